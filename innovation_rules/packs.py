"""A pack that decides: joins the pack pipeline with the engines. This is what an importing system calls.

`innovation_rules.load_pack` comes from here; the command line, the worked cases and the auditor's kit use it too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from innovation_rules import engines, pack
from innovation_rules.case import Case
from innovation_rules.decision import Decision
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import DataError, Diagnostic, PackError, Words, nearest
from innovation_rules.facts import CATEGORIES
from innovation_rules.pack import finder
from innovation_rules.program import Program
from innovation_rules.region import RegionStatistics

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from polars import LazyFrame

    from innovation_rules.audit.enterprises import Situation


def load_pack(name: str | os.PathLike[str], *, cache: bool = True) -> Pack:
    """A pack by its name or path, checked and ready to decide.

    Raises PackError with every mistake of the first stage that finds one. `cache` allows a pack compiled before
    from the same sources to be taken from the user's cache.
    """
    loaded = pack.load(name, cache=cache)
    return Pack(loaded.head, loaded.path, loaded.store, loaded._link)


class Pack(pack.Pack):
    """A policy, ready to decide an enterprise."""

    def decide(
        self,
        enterprise: Enterprise,
        year: int | None = None,
        as_of: date | None = None,
        *,
        law_date: date | None = None,
        engine: str = engines.DEFAULT,
        regions: Mapping[str, RegionStatistics] | None = None,
        strict: bool = True,
    ) -> Decision:
        """Decide one enterprise for a year, as far as it was known on a date.

        `year` selects the reports and activities (default: the year of `as_of`), `as_of` cuts what was known
        (default: the last day of the year), `law_date` selects the law (default: the earlier of the two).
        With `strict`, a kind or input that the pack does not know is an error, since a misspelt name would
        otherwise pass for an absent one. Raises DataError for such data, ValueError without a year.
        """
        judged, day = dates_of(year, as_of)
        program = self.program(judged, law_date or law_date_of(judged, day))
        case = self.read(program, enterprise, day, regions, strict)
        return engines.decide(program, case, subject=enterprise, engine=engine)

    def case(
        self,
        enterprise: Enterprise,
        year: int,
        as_of: date | None = None,
        *,
        law_date: date | None = None,
        regions: Mapping[str, RegionStatistics] | None = None,
        strict: bool = True,
    ) -> Case:
        """What an engine sees of an enterprise under this pack. Raises DataError."""
        judged, day = dates_of(year, as_of)
        program = self.program(judged, law_date or law_date_of(judged, day))
        return self.read(program, enterprise, day, regions, strict)

    def read(
        self,
        program: Program,
        enterprise: Enterprise,
        as_of: date,
        regions: Mapping[str, RegionStatistics] | None = None,
        strict: bool = True,
    ) -> Case:
        """An enterprise as a program of this pack sees it. Raises DataError.

        Whether an activity of a kind that this pack does not name counts here, nobody has said: its category is
        as good as unsurveyed, and the answer open rather than no.
        """
        case = program.frame.case(enterprise, program.year, as_of, regions)
        if self.vocabulary.knows(enterprise):
            return case
        self._refuse_strangers(enterprise, strict)
        foreign = self.vocabulary.foreign(enterprise)
        return replace(case, unsurveyed=case.unsurveyed | foreign) if foreign else case

    def _refuse_strangers(self, enterprise: Enterprise, strict: bool) -> None:
        problems = [*self.vocabulary.strangers(enterprise, strict)]
        if problems and strict:
            problems = [one for one in problems if not self.elsewhere.knows(one)]
        if problems:
            raise DataError(problems)

    def decide_frame(
        self,
        enterprises: Any,
        reports: Any = None,
        activities: Any = None,
        qualifications: Any = None,
        year: int | None = None,
        as_of: date | None = None,
        *,
        law_date: date | None = None,
        regions: Mapping[str, RegionStatistics] | None = None,
        strict: bool = True,
    ) -> LazyFrame:
        """Decide tables: a lazy Polars frame with a row for each enterprise. Needs the extra `bulk`.

        A table is a Polars frame, lazy or not, an Arrow table or a DuckDB relation; its columns are those of
        docs/data-dictionary.md. Dates are those of `decide`. An enterprise with a fault in any of its rows has
        `set_aside` true and no answers. Raises DataError where a table does not fit.
        """
        tables = import_module("innovation_rules.tables.decide")
        options = {"year": year, "as_of": as_of, "law_date": law_date, "regions": regions, "strict": strict}
        return tables.decide_frame(  # type: ignore[no-any-return]
            self, enterprises, reports, activities, qualifications, **options
        )

    def cases(self, year: int | None = None) -> SearchStrategy[Situation]:
        """A Hypothesis strategy: enterprises whose figures stand where this pack decides. Needs the extra `audit`.

        `situation.decide(pack)` decides what is drawn; without `year`, a year in which the pack is in force.
        """
        strategies = import_module("innovation_rules.audit.strategies")
        return strategies.cases(self, year)  # type: ignore[no-any-return]

    @property
    def elsewhere(self) -> Elsewhere:
        """The names that other packs of the library give: one ledger may serve several packs."""
        return self._elsewhere

    @cached_property
    def _elsewhere(self) -> Elsewhere:
        return Elsewhere(self)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The names that this pack gives to what the data may hold."""
        return Vocabulary(self)


def dates_of(year: int | None, as_of: date | None) -> tuple[int, date]:
    """The judged year and the as-of date, each by default of the other. Raises ValueError without both."""
    if year is None:
        if as_of is None:
            raise ValueError("decide needs a year, an as-of date, or both")
        return as_of.year, as_of
    return year, as_of or date(year, 12, 31)


def law_date_of(year: int, as_of: date) -> date:
    """The earlier of the as-of date and the last day of the judged year."""
    return as_of if as_of.year <= year else date(year, 12, 31)


class Elsewhere:
    """Kinds, qualifications and inputs that some pack beside this one, or of the library, declares."""

    def __init__(self, owner: Pack) -> None:
        heads = [head for name in finder.names(owner.path.parent) if (head := _head(name, owner)) is not None]
        self.known: dict[str, set[str]] = {
            "data-unknown-kind": {kind for head in heads for kind in head.kinds},
            "data-unknown-qualification": {kind for head in heads for kind in head.qualifications},
            "data-unknown-input": {
                name for head in heads for names in head.inputs.values() for name in names
            },
        }

    def knows(self, problem: Diagnostic) -> bool:
        """Whether a name that this pack does not know is another's: then it says nothing here, and is no mistake."""
        return problem.fields.get("found") in self.known.get(problem.code, ())


def _head(name: str, owner: Pack) -> pack.Head | None:
    try:
        return owner.head if name == owner.id else pack.load(finder.find(name, owner.path.parent)).head
    except PackError:
        return None


class Vocabulary:
    """The kinds and inputs that a pack knows, held against the names in an enterprise's data."""

    def __init__(self, owner: Pack) -> None:
        self.pack = owner.id
        self.kinds = owner.head.kinds
        self.qualifications = frozenset(owner.head.qualifications)
        owners = ("enterprise", "report", "activity")
        self.inputs = {who: frozenset(owner.head.inputs.get(who, ())) for who in owners}

    def knows(self, enterprise: Enterprise) -> bool:
        """Whether every name is known and every kind stands in its category: the quick answer for good data."""
        kinds, inputs = self.kinds, self.inputs
        for activity in enterprise.activities or ():
            if (
                kinds.get(activity.kind) != activity.category
                or not activity.inputs.keys() <= inputs["activity"]
            ):
                return False
        for report in enterprise.reports.values():
            if not report.inputs.keys() <= inputs["report"]:
                return False
        for one in enterprise.qualifications or ():
            if one.kind not in self.qualifications:
                return False
        return enterprise.inputs.keys() <= inputs["enterprise"]

    def foreign(self, enterprise: Enterprise) -> frozenset[str]:
        """The categories of activities whose kind this pack does not name, though it names some."""
        if not self.kinds:
            return frozenset()
        strange = (one.category for one in enterprise.activities or () if one.kind not in self.kinds)
        return frozenset(category.value for category in strange)

    def strangers(self, enterprise: Enterprise, strict: bool) -> Iterator[Diagnostic]:
        """Names in the data that the pack does not know, and kinds filed under another category than theirs."""
        for index, activity in enumerate(enterprise.activities or ()):
            category = self.kinds.get(activity.kind)
            where = f"activities[{index}]"
            if category is None:
                if strict and self.kinds:
                    yield self._unknown("data-unknown-kind", f"{where}.kind", activity.kind, self.kinds)
            elif category != activity.category:
                given = Words(CATEGORIES[activity.category], activity.category.value)
                belongs = Words(CATEGORIES[category], category)
                fields = {
                    "field": f"{where}.category",
                    "kind": activity.kind,
                    "given": given,
                    "belongs": belongs,
                }
                yield Diagnostic("data-kind-of-other-category", None, fields)
            if strict:
                yield from self._inputs("activity", activity.inputs, f"{where}.inputs")
        if strict:
            yield from self._inputs("enterprise", enterprise.inputs, "inputs")
            for year, report in enterprise.reports.items():
                yield from self._inputs("report", report.inputs, f"reports.{year}.inputs")
            yield from self._qualifications(enterprise)

    def _qualifications(self, enterprise: Enterprise) -> Iterator[Diagnostic]:
        for index, one in enumerate(enterprise.qualifications or ()):
            if one.kind not in self.qualifications:
                where = f"qualifications[{index}].kind"
                yield self._unknown("data-unknown-qualification", where, one.kind, self.qualifications)

    def _inputs(self, owner: str, given: Mapping[str, object], where: str) -> Iterator[Diagnostic]:
        known = self.inputs[owner]
        for name in given:
            if name not in known:
                yield self._unknown("data-unknown-input", f"{where}.{name}", name, known)

    def _unknown(
        self, code: str, field: str, name: str, known: Mapping[str, str] | frozenset[str]
    ) -> Diagnostic:
        names = sorted(known)
        fields = {"field": field, "found": name, "nearest": nearest(name, names), "pack": self.pack}
        return Diagnostic(code, None, fields)
