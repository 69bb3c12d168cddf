"""Hold a lower document against the higher one that it says it carries out: nothing forgotten, nothing looser.

`cli check` and `cli test` call `check`, with the packs and worked cases that lie beside the pack; `findings` compares
two packs at hand. What a case shows is decided by both packs as any other enterprise is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, NamedTuple

from innovation_rules.decision import CoverageResult, Decision
from innovation_rules.errors import DataError, Diagnostic, PackError, Place, Problems, Words, nearest
from innovation_rules.intake import parse_enterprise
from innovation_rules.jurisdictions import WHOLE_COUNTRY, prefix
from innovation_rules.pack import cases as worked
from innovation_rules.pack import finder
from innovation_rules.pack import grammar as g
from innovation_rules.pack import measures as m
from innovation_rules.pack.cases import Case, Cases
from innovation_rules.pack.linker import Entry, clause_of
from innovation_rules.packs import Pack, load_pack
from innovation_rules.program import Number
from innovation_rules.quantities import format_quantity, unit_of

SECTIONS: Final = ("coverages", "targets")
"""What a higher document asks for that a lower one may carry out."""
TESTS_SHOWN: Final = 2
"""Deciding tests of each side that a counter-example names."""
CASES_SHOWN: Final = 3
"""Counter-examples of one coverage whose places are shown."""


def check(pack: Pack) -> tuple[list[Diagnostic], dict[str, str]]:
    """A pack against every document that it implements, notes included; and the texts that the findings point into.

    The higher packs are found beside it, or in the library; so are the worked cases of all.
    """
    found: list[Diagnostic] = []
    texts: dict[str, str] = dict(pack.linked.sources)
    for name in pack.linked.pack.implements:
        place = _place(name)
        try:
            higher = load_pack(finder.find(str(name), pack.path.parent))
            cases = [one for one in map(worked.find, (pack.linked, higher.linked)) if one is not None]
        except PackError as error:
            found += [
                Diagnostic(one.code, one.place or place, one.fields, one.related) for one in error.diagnostics
            ]
            texts.update(error.sources)
            continue
        texts.update(higher.linked.sources)
        texts.update((one.document.file, one.document.text) for one in cases)
        found += comparison(pack, higher, cases)
    return found, texts


def findings(pack: Pack, higher: Pack, cases: Iterable[Cases]) -> list[Diagnostic]:
    """What is wrong with how a pack carries out a higher one; nothing where it does not say that it does."""
    return [one for one in comparison(pack, higher, cases) if one.severity != "note"]


def comparison(pack: Pack, higher: Pack, cases: Iterable[Cases]) -> list[Diagnostic]:
    """The findings, and as notes the departures that worked cases show."""
    stated = pack.linked.pack.implements.get(higher.id)
    if stated is None:
        return []
    both = Both(pack, higher, stated, tuple(cases))
    return [finding for one in CHECKS for finding in one(both)]


class Shared(NamedTuple):
    """A worked case as both packs decide it."""

    case: Case
    lower: Decision
    higher: Decision


class Pair(NamedTuple):
    """A coverage or target of the higher document, and what carries it out here."""

    section: str
    higher: Entry
    lower: Entry
    place: Place
    departure: g.Because | None


@dataclass(frozen=True)
class Both:
    """A lower pack, a higher one, what the lower says of it, and the worked cases to compare them on."""

    pack: Pack
    higher: Pack
    stated: g.Implements
    cases: tuple[Cases, ...]

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The mapped items whose names exist on both sides, in the order of the map."""
        return tuple(self._pairs())

    def _pairs(self) -> Iterator[Pair]:
        for section in SECTIONS:
            for name, own in getattr(self.stated, section).items():
                above, below = self.of_higher(section, name), self.pack.linked.find(section, str(own))
                if above is not None and below is not None:
                    yield Pair(section, above, below, own.place, self.departure(above))

    def of_higher(self, section: str, name: str) -> Entry | None:
        """An item of the higher document by its identifier, or by the label that a Chinese spelling names it with."""
        items = self.higher.linked.own(section)
        return next((one for one in items if one.id == name), None) or next(
            (one for one in items if one.item.label == name), None
        )

    def departure(self, entry: Entry) -> g.Because | None:
        """Where this document says that it differs from an item on purpose."""
        departs = self.stated.departs
        return departs.get(entry.id) or departs.get(entry.item.label)

    @cached_property
    def together(self) -> tuple[date, date] | None:
        """The first and last day on which both are in force; None where there is none."""
        spans = self.pack.linked.pack.in_force, self.higher.linked.pack.in_force
        start, end = max(one.from_ for one in spans), min(one.to or date.max for one in spans)
        return (start, end) if start <= end else None

    def day(self, start: date) -> date:
        """The day whose law the targets are compared by: when the first of the two plans ends, after `start`."""
        packs = self.pack.linked.pack, self.higher.linked.pack
        ends = [one.in_force.to for one in packs]
        ends += [plan.to for one in packs if (plan := one.periods.get("plan")) is not None]
        return min(
            (end for end in ends if end is not None and end >= start), default=date(start.year, 12, 31)
        )

    @cached_property
    def shared(self) -> tuple[Shared, ...]:
        """Every worked case in both periods, as both decide it.

        One whose data either pack refuses is left to the test of its own pack.
        """
        every = ((case, one.document.file) for one in self.cases for case in one.cases if self.in_both(case))
        found = ((case, self._decided(case, file)) for case, file in every)
        return tuple(Shared(case, *decided) for case, decided in found if decided is not None)

    def in_both(self, case: Case) -> bool:
        """Whether both documents are in force on the law date of a case."""
        year = case.year or (case.as_of.year if case.as_of else 0)
        last = date(year, 12, 31)
        day = min(case.as_of or last, last)
        return self.together is not None and self.together[0] <= day <= self.together[1]

    def _decided(self, case: Case, file: str) -> tuple[Decision, Decision] | None:
        try:
            who = parse_enterprise(case.enterprise, file=file, place=case.enterprise_place)
            regions = worked.regions_of(case, who)
            lower, higher = (
                pack.decide(who, case.year, case.as_of, regions=regions, strict=False)
                for pack in (self.pack, self.higher)
            )
        except DataError:
            return None
        return lower, higher

    def fields(self, pair: Pair) -> dict[str, object]:
        """What every finding about a pair names: both items, both clauses."""
        return {
            "higher": self.higher.id,
            "id": pair.higher.id,
            "higher_clause": clause_of(pair.higher.item),
            "lower": pair.lower.id,
            "lower_clause": clause_of(pair.lower.item),
        }


Check = Callable[[Both], Iterator[Diagnostic]]

# ------------------------------------------------------------------------------------------ where and when


def jurisdictions(both: Both) -> Iterator[Diagnostic]:
    """The lower document governs a part of what the higher one governs."""
    own, above = both.pack.linked.pack.jurisdiction, both.higher.linked.pack.jurisdiction
    around = "" if above.within == WHOLE_COUNTRY else prefix(str(above.within))
    if not str(own.within).startswith(around) or (above.zone and above.zone != own.zone):
        fields = {"within": _area(own), "around": _area(above), "higher": both.higher.id}
        yield Diagnostic("implements-outside", both.stated.place, fields, ((above.place, "higher-here"),))


def _area(one: g.Jurisdiction) -> str:
    return f"{one.zone or one.name} {one.within}".strip()


def periods(both: Both) -> Iterator[Diagnostic]:
    """There are days on which both are in force."""
    if both.together is None:
        related = ((both.higher.linked.pack.in_force.place, "higher-here"),)
        fields = {"higher": both.higher.id}
        yield Diagnostic("implements-apart", both.stated.place, fields, related)


# ------------------------------------------------------------------------------------------ the map itself


def names(both: Both) -> Iterator[Diagnostic]:
    """What is mapped or departed from exists in the higher document; the checker sees to the names of this one."""
    known = {section: [one.id for one in both.higher.linked.own(section)] for section in SECTIONS}
    for section, code in (
        ("coverages", "implements-unknown-coverage"),
        ("targets", "implements-unknown-target"),
    ):
        for name in getattr(both.stated, section):
            if both.of_higher(section, name) is None:
                yield _unknown(code, name, known[section], both)
    every = [*known["coverages"], *known["targets"]]
    for name in both.stated.departs:
        if not any(both.of_higher(section, name) for section in known):
            yield _unknown("implements-unknown-departure", name, every, both)


def _unknown(code: str, name: str, known: Sequence[str], both: Both) -> Diagnostic:
    fields = {
        "found": str(name),
        "nearest": nearest(name, known),
        "known": list(known),
        "higher": both.higher.id,
    }
    return Diagnostic(code, _place(name) or both.stated.place, fields)


def reasons(both: Both) -> Iterator[Diagnostic]:
    """A departure says why."""
    for name, departure in both.stated.departs.items():
        entry = both.of_higher("coverages", name) or both.of_higher("targets", name)
        if entry is not None and not departure.because.strip():
            fields = {"id": entry.id, "higher": both.higher.id, "higher_clause": clause_of(entry.item)}
            yield Diagnostic("implements-without-reason", departure.place, fields, _defined(entry))


def complete(both: Both) -> Iterator[Diagnostic]:
    """Every coverage and target of the higher document is mapped or departed from; an empty map says nothing."""
    stated = both.stated
    every = [one for section in SECTIONS for one in both.higher.linked.own(section)]
    if not stated.coverages and not stated.targets:
        fields = {"higher": both.higher.id, "known": [one.id for one in every]}
        yield Diagnostic("implements-empty", stated.place, fields)
        if not stated.departs:
            return
    given = (both.of_higher(section, name) for section in SECTIONS for name in getattr(stated, section))
    mapped = {(one.section, one.id) for one in given if one is not None}
    left = [one for one in every if (one.section, one.id) not in mapped and both.departure(one) is None]
    if left:
        names_ = [f"{one.id}（{clause_of(one.item)}）" for one in left]
        related = tuple(place for one in left[:CASES_SHOWN] for place in _defined(one))
        more = {"higher": both.higher.id, "count": len(left), "names": names_}
        yield Diagnostic("implements-unmapped", stated.place, more, related)


def _defined(entry: Entry) -> tuple[tuple[Place, str], ...]:
    return ((entry.place, "higher-here"),) if entry.place else ()


def _place(name: str) -> Place | None:
    return name.place if isinstance(name, g.Name) else None


# ------------------------------------------------------------------------------------------ coverages


def coverages(both: Both) -> Iterator[Diagnostic]:
    """On the worked cases in both scopes and both periods, whom this document covers the higher one does not miss."""
    if both.together is None:
        return
    for pair in both.pairs:
        if pair.section == "coverages":
            yield from _coverage(both, pair)


def _coverage(both: Both, pair: Pair) -> Iterator[Diagnostic]:
    results = [
        (one.case, one.lower.coverages[pair.lower.id], one.higher.coverages[pair.higher.id])
        for one in both.shared
    ]
    outside = ("not_in_force", "out_of_scope")
    inside = [one for one in results if one[1].status not in outside and one[2].status not in outside]
    looser = [one for one in inside if (one[1].status, one[2].status) == ("covered", "not_covered")]
    if looser:
        yield _looser(both, pair, looser)
    elif not inside and pair.departure is None:
        yield Diagnostic("implements-untested", pair.place, both.fields(pair), _defined(pair.higher))


def _looser(
    both: Both, pair: Pair, found: Sequence[tuple[Case, CoverageResult, CoverageResult]]
) -> Diagnostic:
    """A counter-example: the first case, what decided it on either side, and how many more there are."""
    case, lower, higher = found[0]
    fields = both.fields(pair)
    fields |= {
        "case": str(case.name),
        "lower_because": _tests(lower),
        "higher_because": _tests(higher),
        "more": len(found) - 1 or None,
        "count": len(found),
        "because": pair.departure.because if pair.departure else None,
    }
    places = tuple((one.name.place, "case-here") for one, *_ in found[:CASES_SHOWN])
    code = "implements-looser" if pair.departure is None else "implements-departure"
    return Diagnostic(code, pair.place, fields, (*_defined(pair.higher), *places))


def _tests(one: CoverageResult) -> Words:
    """The tests that decided a coverage, in a line."""
    found = list(one.reason.deciding())
    shown = found[:TESTS_SHOWN]
    more = len(found) - len(shown)
    zh = "；".join(leaf.text("zh") for leaf in shown) + (f"；等 {len(found)} 项测试" if more else "")
    en = "; ".join(leaf.text("en") for leaf in shown) + (f"; and {more} more tests" if more else "")
    return Words(zh, en)


# ------------------------------------------------------------------------------------------ targets


def targets(both: Both) -> Iterator[Diagnostic]:
    """A mapped target asks for as much, by the same day, as firmly."""
    pairs = [one for one in both.pairs if one.section == "targets" and one.departure is None]
    if pairs and both.together is not None:
        day = both.day(both.together[0])
        own, above = _aims(both.pack, day), _aims(both.higher, day)
        for pair in pairs:
            aims = own.get(pair.lower.id), above.get(pair.higher.id)
            if aims[0] is not None and aims[1] is not None:
                yield from _target(both, pair, aims[0], aims[1])


def _aims(pack: Pack, day: date) -> Mapping[str, m.Aim]:
    return {one.id: one for one in m.plan(pack.linked, day, Problems(pack.linked.sources)).aims}


def _target(both: Both, pair: Pair, own: m.Aim, above: m.Aim) -> Iterator[Diagnostic]:
    """The first of what is wrong with one target: what it measures, how much, by when, how firmly."""
    found = both.fields(pair)
    if not _comparable(own, above):
        yield Diagnostic("implements-not-comparable", pair.place, found, _defined(pair.higher))
        return
    short = next((one for step in _steps(above) if (one := _short(step, own, above))), None)
    if short is not None:
        code, more = short
        yield Diagnostic(code, pair.place, found | more, _defined(pair.higher))
    elif own.aspirational and not above.aspirational:
        yield Diagnostic("implements-only-aspires", pair.place, found, _defined(pair.higher))


def _comparable(own: m.Aim, above: m.Aim) -> bool:
    """Both measure the same sort of number, towards the same side, as widely."""
    one, other = own.threshold, above.threshold
    if (
        own.type is not above.type
        or _side(one.word) != _side(other.word)
        or own.each_county < above.each_county
    ):
        return False
    if one.benchmark is not None or other.benchmark is not None:
        return (
            one.benchmark is not None
            and other.benchmark is not None
            and one.benchmark.spec.name == other.benchmark.spec.name
        )
    if one.word == "is" and {figure for _, figure in (*one.steps, *other.steps)} == {True, False}:
        return False
    if any(figure is None for _, figure in (*one.steps, *other.steps)):
        return False
    units = unit_of(own.unit), unit_of(above.unit)
    return units[0] is None or units[1] is None or units[0].dimension == units[1].dimension


def _side(word: str) -> str:
    return "below" if word in ("at_most", "less_than") else "is" if word == "is" else "above"


class Step(NamedTuple):
    """What a target asks for from a day on: the greater the demand, the more."""

    due: date
    demand: tuple[Number, bool]
    figure: int | bool | None


def _steps(aim: m.Aim) -> list[Step]:
    """The milestones of a target; one without a day is due at once."""
    word, tolerance = aim.threshold.word, aim.threshold.tolerance
    falling, strict = _side(word) == "below", word in ("more_than", "less_than")
    found = []
    for due, figure in aim.threshold.steps:
        size = int(figure or 0) - (tolerance if word == "about" else 0)
        found.append(Step(due or date.min, (-size if falling else size, strict), figure))
    return found


def _short(step: Step, own: m.Aim, above: m.Aim) -> tuple[str, dict[str, object]] | None:
    """How a target falls short of one milestone of the higher one: too little, or too late; None where it does not."""
    enough = [one for one in _steps(own) if one.demand >= step.demand]
    if any(one.due <= step.due for one in enough):
        return None
    fields: dict[str, object] = {"by": _day(step.due)}
    if enough:
        return "implements-later", fields | {"due": _day(min(one.due for one in enough))}
    most = max(_steps(own), key=lambda one: one.demand)
    return "implements-lower-threshold", fields | {
        "figure": _figure(most, own),
        "wanted": _figure(step, above),
    }


def _day(due: date) -> object:
    return Words("随时", "any time") if due == date.min else due


WORDS: Final = {
    "more_than": Words("超过 ", "more than "),
    "less_than": Words("低于 ", "less than "),
    "at_most": Words("不超过 ", "at most "),
    "about": Words("约 ", "about "),
}


def _figure(step: Step, aim: m.Aim) -> Words:
    """A milestone's figure with its unit, and the word that is not plain 不低于."""
    before = WORDS.get(aim.threshold.word, Words("", ""))
    if step.figure is None or isinstance(step.figure, bool):
        return Words("建成" if step.figure else "对标", "reached")
    number = step.figure
    zh, en = (format_quantity(number, aim.type, aim.unit or None, lang) for lang in ("zh", "en"))
    return Words(before.zh + zh, before.en + en)


CHECKS: Final[tuple[Check, ...]] = (
    jurisdictions,
    periods,
    names,
    reasons,
    complete,
    coverages,
    targets,
)
"""Every comparison, the map first."""

__all__ = ["CHECKS", "Both", "check", "comparison", "findings"]
