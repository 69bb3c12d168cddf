"""The days on which a decision can change although nothing happened: worked out from a program and its dates.

`replay` decides on these days and on those of the events, and on no others. A day matters where a comparison of
dates turns (an end is passed, a window of the last years slips), where an anniversary falls, where the law or the
year is another, and where a finding or a report comes to be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from innovation_rules.case import Case
from innovation_rules.enterprise import Enterprise, Finding
from innovation_rules.ledger.history import ONE_DAY, Standing
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Linked
from innovation_rules.packs import Pack
from innovation_rules.program import (
    Aggregate,
    AsOf,
    Compare,
    Constant,
    Extreme,
    Fact,
    FirstMatch,
    ItemFact,
    Linear,
    Member,
    Node,
    Outer,
    Program,
    Quotient,
    Round,
    YearsSince,
    children,
    moved_back,
    years_between,
)
from innovation_rules.quantities import FOREVER, Type
from innovation_rules.walk import PerProgram

Where: TypeAlias = Literal["constant", "fact", "activities", "qualifications"]
Back: TypeAlias = tuple[int, int, int]
TODAY: Final[Back] = (0, 0, 0)
MOVING: Final = frozenset(("begun_by", "lasted_until"))
"""Columns that say the day itself where an activity has no end."""

CauseKind: TypeAlias = Literal[
    "year", "law", "start", "end", "expiry", "window", "anniversary", "date", "found", "filed"
]


class Cause(NamedTuple):
    """What the calendar brings on a day, and which event's activity or qualification it is about, if one's."""

    kind: CauseKind
    event: str = ""


class Source(NamedTuple):
    """Where a date stands: in the pack (`at` is the day itself), among the facts, or in a column of the items."""

    where: Where
    at: int


class Watch(NamedTuple):
    """A date that is compared with the as-of date, moved back so far."""

    source: Source
    back: Back


class Watched(NamedTuple):
    """What the passing of days can change in a program."""

    compared: frozenset[Watch]
    counted: frozenset[Source]
    """Dates since which whole years are counted."""
    every_day: bool
    """A date goes through arithmetic: no day can be left out."""


# ------------------------------------------------------------------------------------------- of a program

_Dates: TypeAlias = frozenset[Source | Back]
"""What a node's value can be: dates that stand still, and days that move with the as-of date."""
_NONE: Final[_Dates] = frozenset()
_FIRST, _LAST = date(1800, 1, 1).toordinal(), date(2200, 1, 1).toordinal()


class _Watcher:
    """Goes through the nodes of a program once and notes every test of a date that time can turn."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.compared: set[Watch] = set()
        self.counted: set[Source] = set()
        self.every_day = False
        self.nodes(program.nodes, None, ())

    def nodes(self, nodes: Iterable[Node], over: Any, outer: tuple[_Dates, ...]) -> None:
        found: list[_Dates] = []
        for node in nodes:
            found.append(self.node(node, found, over, outer))
            if isinstance(node, Aggregate):
                self.nodes(node.body, node.over, tuple(found))

    def node(self, node: Node, found: list[_Dates], over: Any, outer: tuple[_Dates, ...]) -> _Dates:
        match node:
            case AsOf():
                return frozenset(((node.years, node.months, node.days),))
            case Constant():
                return _days_among((node.value,))
            case Fact():
                spec = self.program.frame.facts[node.index].spec
                return frozenset((Source("fact", node.index),)) if spec.type is Type.DATE else _NONE
            case ItemFact():
                return self.column(over, node.index)
            case Outer():
                return outer[node.of]
            case FirstMatch():
                return _NONE.union(*(found[value] for _, value in node.rows), found[node.otherwise])
            case Extreme():
                return _NONE.union(*(found[one] for one in node.items))
            case Compare():
                self.compare(found[node.left], found[node.right])
            case Member():
                self.compare(found[node.of], _days_among(node.values))
            case YearsSince():
                self.counted.update(one for one in found[node.of] if isinstance(one, Source))
                self.every_day |= _moves(found[node.of])
            case Linear() | Quotient() | Round():
                self.every_day |= any(_moves(found[one]) for one in children(node))
            case _:
                pass
        return _NONE

    def column(self, over: Any, index: int) -> _Dates:
        frame = self.program.frame
        spec = (frame.activity_facts if over == "activities" else frame.qualification_facts)[index]
        if spec.type is not Type.DATE:
            return _NONE
        still = frozenset((Source(over, index),))
        return still | {TODAY} if spec.name in MOVING else still

    def compare(self, left: _Dates, right: _Dates) -> None:
        for one, other in ((left, right), (right, left)):
            backs = [back for back in one if not isinstance(back, Source)]
            self.compared.update(Watch(at, back) for at in other if isinstance(at, Source) for back in backs)


def _moves(dates: _Dates) -> bool:
    return any(not isinstance(one, Source) for one in dates)


def _days_among(values: Iterable[object]) -> _Dates:
    """Those figures of a pack that may be days; what is no day is compared with none."""
    return frozenset(Source("constant", one) for one in values if type(one) is int and _FIRST <= one <= _LAST)


def _watched(program: Program) -> Watched:
    found = _Watcher(program)
    return Watched(frozenset(found.compared), frozenset(found.counted), found.every_day)


watched: Final = PerProgram(_watched)
"""What the passing of days can change in a program."""


# ------------------------------------------------------------------------------------------- of an enterprise


def turns(
    program: Program, case: Case, standing: Standing, first: date, last: date
) -> dict[date, set[Cause]]:
    """The days after `first` until `last` on which a decision can change while the data stay, and why."""
    found: dict[date, set[Cause]] = {}
    watch = watched(program)
    low, high = first.toordinal() + 1, last.toordinal()
    for source, back in watch.compared:
        for value, event in _values(source, case, standing):
            for day in turned(value, back):
                if low <= day <= high:
                    cause = Cause(_kind(program, source, back), event)
                    found.setdefault(date.fromordinal(day), set()).add(cause)
    for source in watch.counted:
        for value, event in _values(source, case, standing):
            for day in anniversaries(value, low, high):
                found.setdefault(date.fromordinal(day), set()).add(Cause("anniversary", event))
    if watch.every_day:
        for day in range(low, high + 1):
            found.setdefault(date.fromordinal(day), set()).add(Cause("date"))
    return found


def _values(source: Source, case: Case, standing: Standing) -> Iterator[tuple[int, str]]:
    """The dates at a source, each with the event that brought it."""
    where, at = source
    if where == "constant":
        yield at, ""
    elif where == "fact":
        value = case.values[at]
        if isinstance(value, int):
            yield value, ""
    else:
        items, events = getattr(case, where), getattr(standing, where)
        for item, event in zip(items, events, strict=True):
            if isinstance(item[at], int) and item[at] < FOREVER:
                yield item[at], event


_COLUMNS: Final[Mapping[str, CauseKind]] = {
    "started": "start", "begun_by": "start", "granted": "start",
    "ended": "end", "lasted_until": "end", "expires": "expiry",
}  # fmt: skip


def _kind(program: Program, source: Source, back: Back) -> CauseKind:
    if back != TODAY:
        return "window"
    if source.where in ("constant", "fact"):
        return "date"
    frame = program.frame
    columns = frame.activity_facts if source.where == "activities" else frame.qualification_facts
    return _COLUMNS.get(columns[source.at].name, "date")


@lru_cache(maxsize=1 << 14)
def turned(value: int, back: Back) -> tuple[int, ...]:
    """The first day that, moved back so far, is a date or later, and the first that is later than it."""
    years, months, days = back
    near = moved_back(value, -years, -months, -days)
    found = []
    for wanted in (value, value + 1):
        day = near - 5
        while moved_back(day, years, months, days) < wanted:
            day += 1
        found.append(day)
    return tuple(found)


def anniversaries(value: int, low: int, high: int) -> Iterator[int]:
    """The days between two on which one more whole year since a date is full."""
    start = date.fromordinal(value)
    for year in range(date.fromordinal(low).year, date.fromordinal(high).year + 1):
        try:
            day = start.replace(year=year).toordinal()
        except ValueError:  # 29 February in a common year: the year is full on 1 March
            day = date(year, 3, 1).toordinal()
        if low <= day <= high and years_between(value, day) != years_between(value, day - 1):
            yield day


def known_from(enterprise: Enterprise) -> Iterator[tuple[date, Cause]]:
    """The days on which a finding or a report of an enterprise comes to be known."""
    parts: list[Any] = [enterprise, *enterprise.reports.values(), *(enterprise.activities or ())]
    for part in parts:
        for value in part.inputs.values():
            if isinstance(value, Finding) and value.found_on is not None:
                yield value.found_on, Cause("found")
    for report in enterprise.reports.values():
        if report.filed is not None:
            yield report.filed, Cause("filed")


# ------------------------------------------------------------------------------------------- of the law


@dataclass(frozen=True)
class Law:
    """A pack's programs by day: one for each year and each stretch in which its law stays the same."""

    pack: Pack
    days: tuple[date, ...]
    _differing: dict[date, bool] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, pack: Pack) -> Law:
        return cls(pack, law_days(pack.linked))

    def program(self, day: date) -> Program:
        """The program for the year of a day, under the law of that day."""
        return self.pack.program(day.year, self.since(day))

    def changes(self, first: date, last: date) -> list[date]:
        """The days after one, until another, on which the pack's program is another for its law."""
        return [day for day in self.days if first < day <= last and self._differs(day)]

    def _differs(self, day: date) -> bool:
        known = self._differing.get(day)
        if known is None:
            after = self.pack.program(day.year, day)
            before = self.pack.program(day.year, day - ONE_DAY)
            known = self._differing[day] = replace(before, law_date=day) != after
        return known

    def since(self, day: date) -> date:
        """The first day of the year, or the last on which some law changed by then."""
        return max(date(day.year, 1, 1), *(one for one in self.days if one <= day), date.min)


def law_days(linked: Linked) -> tuple[date, ...]:
    """Every day from which some figure, award or the pack itself holds, or no longer holds."""
    found: set[date] = set()
    for entry in linked.all("parameters"):
        found.update(entry.item.values)
    for pack in linked.lineage:
        for span in (pack.in_force, *(award.in_force for award in pack.awards.values())):
            found.update(_ends(span))
    return tuple(sorted(found))


def _ends(span: g.Span | None) -> Iterator[date]:
    if span is not None:
        yield span.from_
        if span.to is not None:
            yield span.to + ONE_DAY


def new_years(first: date, last: date) -> Iterator[date]:
    """The first days of the years that begin after a day, until another."""
    for year in range(first.year + 1, last.year + 1):
        yield date(year, 1, 1)
