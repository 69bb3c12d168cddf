"""What an engine sees of an enterprise: the values of the facts that a program asks for, and nothing else.

`pack.compiler` lists the facts in a Frame; `Frame.case` reads them from an Enterprise for a year and a date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from innovation_rules.activities import Activity
from innovation_rules.enterprise import AnnualReport, Enterprise, Finding, Qualification
from innovation_rules.errors import DataError, Diagnostic
from innovation_rules import facts
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.quantities import FOREVER, QuantityError, Type, parse_data
from innovation_rules.region import RegionStatistics

Raw = int | str | bool | None
"""A base fact's value in base units; None is unknown."""
Item = tuple[Raw, ...]


def _made(name: str, zh: str, type: Type, owner: facts.Owner) -> FactSpec:
    return FactSpec(name, zh, type, None, None, None, owner)


VOCABULARY: Final[Mapping[tuple[str, str], FactSpec]] = {
    **facts.VOCABULARY,
    ("enterprise", "in_directory"): _made("in_directory", "在库规上", Type.YES_NO, "enterprise"),
    ("enterprise", "zones"): _made("zones", "所在园区", Type.TEXT, "enterprise"),
    ("activity", "standing"): _made("standing", "未被否决或撤销", Type.YES_NO, "activity"),
    ("activity", "evidenced"): _made("evidenced", "有印证材料", Type.YES_NO, "activity"),
    ("activity", "lasted_until"): _made("lasted_until", "至少持续到", Type.DATE, "activity"),
}
"""Every base fact by owner and name: those of the models, and five that are read off them."""


@dataclass(frozen=True, slots=True)
class BaseFact:
    """A fact read from the data as it is: whose, of which year, and for a keyed field which entry."""

    spec: FactSpec
    year: int | None = None
    key: str | None = None

    @property
    def name(self) -> str:
        entry = "" if self.key is None else f"[{self.key}]"
        return f"{self.spec.name}{entry}" + ("" if self.year is None else f"@{self.year}")


@dataclass(frozen=True, slots=True)
class Case:
    """One enterprise, for a year, as of a date: raw values in the order of the program's frame."""

    year: int
    as_of: int
    values: tuple[Raw, ...]
    activities: tuple[Item, ...]
    qualifications: tuple[Item, ...]
    unsurveyed: frozenset[str]
    """Categories of activity of which nothing is known beyond what is listed."""
    qualifications_known: bool = True


@dataclass(frozen=True)
class Frame:
    """The columns a program reads: base facts, and the fields of each activity and qualification.

    The first two columns of an activity are always `category` and `kind`.
    """

    facts: tuple[BaseFact, ...]
    activity_facts: tuple[FactSpec, ...]
    qualification_facts: tuple[FactSpec, ...]

    def case(
        self,
        enterprise: Enterprise,
        year: int,
        as_of: date,
        regions: Mapping[str, RegionStatistics] | None = None,
    ) -> Case:
        """Read the case from a validated enterprise.

        Raises DataError where an input that the pack declares holds a value of another type.
        """
        reader = _Reader(enterprise, as_of, regions or {})
        return Case(
            year=year,
            as_of=as_of.toordinal(),
            values=tuple(reader.value(fact) for fact in self.facts),
            activities=self._activities(enterprise, as_of),
            qualifications=self._qualifications(enterprise, as_of),
            unsurveyed=_unsurveyed(enterprise),
            qualifications_known=enterprise.qualifications is not None,
        )

    def _activities(self, enterprise: Enterprise, as_of: date) -> tuple[Item, ...]:
        if not enterprise.activities or not self.activity_facts:
            return ()
        return tuple(
            tuple(_activity_value(activity, spec, enterprise, as_of) for spec in self.activity_facts)
            for activity in enterprise.activities
        )

    def _qualifications(self, enterprise: Enterprise, as_of: date) -> tuple[Item, ...]:
        if not enterprise.qualifications or not self.qualification_facts:
            return ()
        return tuple(
            tuple(_plain(getattr(one, spec.name), spec) for spec in self.qualification_facts)
            for one in enterprise.qualifications
        )

    @cached_property
    def indexes(self) -> dict[str, int]:
        """Where each base fact stands, by name."""
        return {fact.name: index for index, fact in enumerate(self.facts)}


MOST_ITEMS = 10_000
"""The most activities of one category, or qualifications, that an enterprise can have: what a category nobody
surveyed adds to the upper end of a count."""


class _Reader:
    """Reads one enterprise's base facts as of a date."""

    def __init__(self, enterprise: Enterprise, as_of: date, regions: Mapping[str, RegionStatistics]) -> None:
        self.enterprise, self.as_of, self.regions = enterprise, as_of, regions

    def value(self, fact: BaseFact) -> Raw:
        match fact.spec.owner:
            case "report":
                return self._of_report(fact)
            case "region":
                return self._of_region(fact)
            case _:
                return self._of_enterprise(fact)

    def _of_enterprise(self, fact: BaseFact) -> Raw:
        spec = fact.spec
        if spec.declared:
            return _input(self.enterprise.inputs, spec, self.as_of)
        value = getattr(self.enterprise, spec.name)
        if value is None:
            return None
        if fact.key is not None:
            return fact.key in value
        if fact.year is not None:
            return value.get(fact.year)  # type: ignore[no-any-return]
        return _plain(value, spec)

    def _of_report(self, fact: BaseFact) -> Raw:
        report = self.enterprise.reports.get(fact.year) if fact.year is not None else None
        if report is None or (report.filed is not None and report.filed > self.as_of):
            return None
        if fact.spec.declared:
            return _input(report.inputs, fact.spec, self.as_of)
        return _plain(getattr(report, fact.spec.name), fact.spec)

    def _of_region(self, fact: BaseFact) -> Raw:
        region = self.regions.get(self.enterprise.region or "")
        if region is None or fact.year is None:
            return None
        figure = region.statistic(fact.spec.name, fact.year, self.as_of)
        return None if figure is None or figure.value is None else _typed(figure.value, fact.spec)


def _input(inputs: Mapping[str, Any], spec: FactSpec, as_of: date) -> Raw:
    """A value that the pack declares; a finding made after the as-of date is not known yet."""
    value = inputs.get(spec.name)
    if isinstance(value, Finding):
        if value.found_on is not None and value.found_on > as_of:
            return None
        value = value.value
    return None if value is None else _typed(value, spec)


def _typed(value: Any, spec: FactSpec) -> Raw:
    """An input's value read as its declared type and held to its range and choices."""
    try:
        read = parse_data(value, spec.type, spec.unit or None)
    except QuantityError as error:
        raise DataError([Diagnostic(error.code, None, {**error.fields, "field": spec.name})]) from None
    if spec.choices and read not in spec.choices:
        by_label = [one for one, label in spec.choices.items() if label == read]
        if not by_label:
            fields = {"field": spec.name, "value": str(value), "choices": list(spec.choices)}
            raise DataError([Diagnostic("unknown-choice", None, fields)])
        read = by_label[0]
    if spec.low is not None and isinstance(read, int) and not spec.low <= read <= (spec.high or read):
        fields = {"field": spec.name, "value": str(value), "low": str(spec.low), "high": str(spec.high)}
        raise DataError([Diagnostic("out-of-range", None, fields)])
    return int(read) if isinstance(read, int) and not isinstance(read, bool) else read


def _plain(value: Any, spec: FactSpec) -> Raw:
    """A validated field in base units: dates as ordinals, levels as ranks."""
    if value is None:
        return None
    if spec.type is Type.DATE:
        return FOREVER if isinstance(value, str) else value.toordinal()
    if spec.type is Type.LEVEL:
        return value.rank  # type: ignore[no-any-return]
    if spec.type in (Type.CHOICE, Type.CODE):
        return str(value)
    return value  # type: ignore[no-any-return]


def _activity_value(activity: Activity, spec: FactSpec, enterprise: Enterprise, as_of: date) -> Raw:
    if spec.declared:
        return _input(activity.inputs, spec, as_of)
    if spec.name == "standing":
        return activity.status not in ("rejected", "withdrawn")
    if spec.name == "evidenced":
        return True if activity.evidence else None
    if spec.name == "lasted_until":
        return _lasted_until(activity, enterprise)
    return _plain(getattr(activity, spec.name), spec)


def _lasted_until(activity: Activity, enterprise: Enterprise) -> Raw:
    """The last day on which the activity is known to have gone on, from its end, its start or the ledger's word."""
    if activity.ended is not None:
        return FOREVER if isinstance(activity.ended, str) else activity.ended.toordinal()
    if enterprise.ongoing_as_of is not None:
        return enterprise.ongoing_as_of.toordinal()
    return None


def _unsurveyed(enterprise: Enterprise) -> frozenset[str]:
    if enterprise.activities is None:
        return frozenset(CATEGORIES)
    return frozenset(map(str, enterprise.unsurveyed))
