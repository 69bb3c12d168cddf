"""Judge a region's targets on its enterprises and its statistics.

The columns that a pack's targets need are read off each enterprise by an engine, added up with what is unknown kept
apart, and held against each threshold. `cli` prints the Assessment; nothing here knows what a target is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final, Literal, NamedTuple

from innovation_rules import engines
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import PackError, Problems
from innovation_rules.fields import regions_under
from innovation_rules.pack import measures as m
from innovation_rules.pack.linker import holds_on
from innovation_rules.packs import Pack
from innovation_rules.program import Interval, Number, Result
from innovation_rules.quantities import SCALE, Type, format_quantity, parse_data
from innovation_rules.region import RegionStatistics

Status = Literal["met", "not_met", "undetermined", "not_due", "not_in_force"]
PERCENT: Final = SCALE[Type.RATIO]


class Bounds(NamedTuple):
    """What a figure can be, both ends in; None is an open end."""

    low: Number | None
    high: Number | None

    @property
    def known(self) -> bool:
        return self.low is not None and self.low == self.high


OPEN: Final = Bounds(None, None)


class Who(NamedTuple):
    """An enterprise that a target still waits for."""

    uscc: str
    name: str
    why: Literal["no", "unknown"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One target judged on a region as of a date.

    `value`, `numerator`, `denominator` and `gap` are in base units of `type`; `wanted` is how many more enterprises
    would reach it, `candidates` those that do not count yet. `needs` names statistics that were not given.
    """

    aim: m.Aim
    status: Status
    value: Bounds
    numerator: Bounds | None
    denominator: Bounds | None
    threshold: Number | bool | None
    due: date | None
    gap: Bounds | None
    wanted: int | None
    candidates: tuple[Who, ...]
    needs: tuple[str, ...]
    by_county: Mapping[str, Bounds] = field(default_factory=dict)


@dataclass(frozen=True)
class Assessment:
    """A pack's targets judged on one region."""

    pack: str
    digest: str
    as_of: date
    enterprises: int
    judgements: tuple[Judgement, ...]


def assess(
    pack: Pack,
    enterprises: Iterable[Enterprise],
    statistics: Sequence[RegionStatistics] = (),
    *,
    as_of: date,
    year: int | None = None,
    engine: str = engines.DEFAULT,
) -> Assessment:
    """Judge every target of a pack on these enterprises and statistics, as of a date.

    A target that has fallen due is measured in the year it fell due, by what is known on the as-of date; others in
    `year` (default: the as-of date's).

    Raises PackError where a target cannot be lowered, DataError where an enterprise does not fit the pack.
    """
    problems = Problems(pack.linked.sources)
    plan = m.plan(pack.linked, as_of, problems, year)
    if problems.errors:
        raise PackError(problems.errors, problems.sources)
    figures = Figures(pack, statistics, as_of)
    tallies = Tallies(plan, pack, figures.regions)
    run = engines.engine(engine).evaluate
    count = 0
    for enterprise in enterprises:
        tallies.add(enterprise, run)
        count += 1
    judge = Judge(tallies, figures, as_of, pack)
    return Assessment(pack.id, pack.digest, as_of, count, tuple(map(judge.judge, plan.aims)))


# ------------------------------------------------------------------------------------------ adding up


@dataclass
class Tally:
    """One column added up: how many rows are how sure, and the sum with its two ends."""

    rows: dict[tuple[Any, Any], int] = field(default_factory=dict)
    """(belongs, value) → how many, for truths; (belongs, None) for numbers."""
    low: Number = 0
    high: Number = 0
    open_low: bool = False
    open_high: bool = False
    waiting: list[Who] = field(default_factory=list)

    def add(self, member: Result, value: Result, column: m.Column, who: Enterprise) -> None:
        if member is False:
            return
        if column.type is Type.YES_NO:
            key = member, value
            self.rows[key] = self.rows.get(key, 0) + 1
            if value is not True:
                self.waiting.append(Who(who.uscc, who.name, "no" if value is False else "unknown"))
            return
        self.rows[member, None] = self.rows.get((member, None), 0) + 1
        low, high = _ends(value)
        sure = member is True
        if low is None:
            self.open_low = True
        else:
            self.low += low if sure else min(low, 0)
        if high is None:
            self.open_high = True
        else:
            self.high += high if sure else max(high, 0)

    def count(self, member: Any, value: Any) -> int:
        return self.rows.get((member, value), 0)

    @property
    def members(self) -> Bounds:
        """How many belong."""
        sure = sum(many for (member, _), many in self.rows.items() if member is True)
        return Bounds(sure, sum(self.rows.values()))

    @property
    def true(self) -> Bounds:
        """How many belong and are true."""
        possible = sum(many for (_, value), many in self.rows.items() if value is not False)
        return Bounds(self.count(True, True), possible)

    @property
    def sum(self) -> Bounds:
        return Bounds(None if self.open_low else self.low, None if self.open_high else self.high)

    @property
    def share(self) -> Bounds:
        """The share of the true among those that belong, with exact bounds, in ppm; open while nobody surely does."""
        yes, no, maybe = (self.count(True, value) for value in (True, False, None))
        also_yes, also_no, also_maybe = (self.count(None, value) for value in (True, False, None))
        sure = yes + no + maybe
        if sure == 0:
            return OPEN
        low = Fraction(yes * PERCENT, sure + also_no + also_maybe)
        high = Fraction((yes + maybe + also_yes + also_maybe) * PERCENT, sure + also_yes + also_maybe)
        return Bounds(low, high)


def _ends(value: Result) -> tuple[Number | None, Number | None]:
    if isinstance(value, Interval):
        return value.low, value.high
    if isinstance(value, int | Fraction):
        return value, value
    return None, None


class Tallies:
    """Every column of a plan, added up over the region and over each county."""

    def __init__(self, plan: m.Plan, pack: Pack, regions: Mapping[str, RegionStatistics]) -> None:
        self.plan, self.pack, self.regions = plan, pack, regions
        self.whole: dict[m.Column, Tally] = {one: Tally() for sheet in plan.sheets for one in sheet.columns}
        self.counties: dict[str, dict[m.Column, Tally]] = {}

    def add(self, enterprise: Enterprise, run: Callable[[Any, Any], tuple[Result, ...]]) -> None:
        for sheet in self.plan.sheets:
            case = self.pack.read(sheet.program, enterprise, sheet.as_of, self.regions)
            results = run(sheet.program, case)
            for column in sheet.columns:
                member, value = results[column.member], results[column.value]
                self.whole[column].add(member, value, column, enterprise)
                if enterprise.region:
                    self.of(enterprise.region)[column].add(member, value, column, enterprise)

    def of(self, county: str) -> dict[m.Column, Tally]:
        """The columns of one county."""
        if county not in self.counties:
            self.counties[county] = {column: Tally() for column in self.whole}
        return self.counties[county]


class Figures:
    """The statistics of the region that a pack governs, and of the regions around and inside it."""

    def __init__(self, pack: Pack, statistics: Sequence[RegionStatistics], as_of: date) -> None:
        area = pack.linked.pack.jurisdiction
        self.code, self.zone, self.as_of = str(area.within), area.zone, as_of
        self.all = statistics
        self.regions = {one.region: one for one in statistics if not one.name or one.name != self.zone}
        self.missing: dict[str, None] = {}

    def value(self, wanted: m.StatisticOf, county: str | None = None) -> Bounds:
        """The figure, or an open one whose name is kept in `missing`."""
        region = self._region(wanted, county)
        found = None if region is None else region.statistic(wanted.spec.name, wanted.year, self.as_of)
        if found is None or found.value is None:
            self.missing[f"{wanted.spec.name}@{wanted.year}"] = None
            return OPEN
        read = parse_data(found.value, wanted.spec.type, wanted.spec.unit or None)
        number = int(read) if isinstance(read, int) else None
        return Bounds(number, number)

    def _region(self, wanted: m.StatisticOf, county: str | None) -> RegionStatistics | None:
        if wanted.part == "province":
            return self.regions.get(self.code[:2] + "0000")
        if wanted.part == "city":
            return self.regions.get(self.code[:4] + "00")
        if county is not None:
            return self.regions.get(county)
        if self.zone:
            return next((one for one in self.all if one.name == self.zone), None)
        return self.regions.get(self.code)


# ------------------------------------------------------------------------------------------ judging


class Judge:
    """Holds what was added up against the thresholds."""

    def __init__(self, tallies: Tallies, figures: Figures, as_of: date, pack: Pack) -> None:
        self.tallies, self.figures, self.as_of = tallies, figures, as_of
        self.span = pack.linked.pack.in_force

    def judge(self, aim: m.Aim) -> Judgement:
        self.figures.missing.clear()
        due, threshold = self._step(aim.threshold)
        by_county = dict(self._counties(aim)) if aim.each_county else {}
        value = least(by_county.values()) if by_county else self.value(aim.measured, self.tallies.whole)
        truth = self._truth(aim, value, threshold, by_county)
        status = self._status(truth, due)
        below, above = self._parts(aim.measured)
        gap = None if truth is True else self._gap(aim, value, threshold)
        wanted, candidates = (None, ()) if truth is True else self._wanted(aim, threshold)
        return Judgement(
            aim, status, value, below, above, threshold, due, gap, wanted, candidates,
            tuple(self.figures.missing), by_county,
        )  # fmt: skip

    def _step(self, threshold: m.Threshold) -> tuple[date | None, Number | bool | None]:
        """The milestone that counts on the day: the last that has come due, else the next."""
        past = [step for step in threshold.steps if step[0] is None or step[0] <= self.as_of]
        due, figure = past[-1] if past else threshold.steps[0]
        if threshold.benchmark is not None:
            return due, self.figures.value(threshold.benchmark).low
        return due, figure

    def _status(self, truth: bool | None, due: date | None) -> Status:
        day = self.as_of if due is None else min(self.as_of, due)
        if not holds_on(self.span, day):
            return "not_in_force"
        if due is not None and due > self.as_of:
            return "not_due"
        return "undetermined" if truth is None else "met" if truth else "not_met"

    def _truth(
        self, aim: m.Aim, value: Bounds, threshold: Number | bool | None, by_county: Mapping[str, Bounds]
    ) -> bool | None:
        if threshold is None:
            return None
        if not aim.each_county:
            return reached(aim.threshold, value, threshold)
        answers = [reached(aim.threshold, one, threshold) for one in by_county.values()]
        return False if False in answers else None if None in answers or not answers else True

    def _counties(self, aim: m.Aim) -> Iterator[tuple[str, Bounds]]:
        """Every county of the code table under the jurisdiction, those without an enterprise too."""
        for code in regions_under(self.figures.code, self.as_of):
            yield code, self.value(aim.measured, self.tallies.of(code), code)

    # ---------------------------------------------------------------------- values

    def value(
        self, measured: m.Measured, tallies: Mapping[m.Column, Tally], county: str | None = None
    ) -> Bounds:
        """What a measure can be, from what was added up."""
        match measured:
            case m.CountOf(column=column):
                return tallies[column].true
            case m.ShareOf(column=column):
                return tallies[column].share
            case m.SumOf(column=column, average=average):
                total = tallies[column].sum
                return divided(total, tallies[column].members, 1) if average else total
            case m.StatisticOf():
                return self.figures.value(measured, county)
            case m.RatioOf(of=of, to=to):
                factor = self._factor(of, to)
                return divided(self.value(of, tallies, county), self.value(to, tallies, county), factor)
            case m.DifferenceOf(of=of, less=less):
                first, second = self.value(of, tallies, county), self.value(less, tallies, county)
                return Bounds(_minus(first.low, second.high), _minus(first.high, second.low))
            case m.ChangeOf(now=now, base=base, as_=how):
                return changed(self.value(now, tallies, county), self.value(base, tallies, county), how)

    def _factor(self, of: m.Measured, to: m.Measured) -> Number:
        """Base units of a quotient: ppm where both measure the same, else so much of one for each of the other."""
        first, second = _type(of), _type(to)
        if first is second:
            return PERCENT
        return Fraction(SCALE.get(second, 1))

    def _parts(self, measured: m.Measured) -> tuple[Bounds | None, Bounds | None]:
        """Numerator and denominator, where a measure has them."""
        whole = self.tallies.whole
        match measured:
            case m.ShareOf(column=column):
                return whole[column].true, whole[column].members
            case m.RatioOf(of=of, to=to):
                return self.value(of, whole), self.value(to, whole)
        return None, None

    # ---------------------------------------------------------------------- gaps

    def _gap(self, aim: m.Aim, value: Bounds, threshold: Number | bool | None) -> Bounds | None:
        """How far the value is from the threshold, in the target's own unit."""
        if threshold is None or isinstance(threshold, bool):
            return None
        if aim.threshold.word in ("at_most", "less_than"):
            ends = _minus(value.low, threshold), _minus(value.high, threshold)
        else:
            ends = _minus(threshold, value.high), _minus(threshold, value.low)
        low, high = (None if end is None else max(end, 0) for end in ends)
        return Bounds(low, high)

    def _wanted(self, aim: m.Aim, threshold: Number | bool | None) -> tuple[int | None, tuple[Who, ...]]:
        """How many more enterprises a count or a share asks for, and which do not count yet."""
        if (
            not isinstance(aim.measured, m.CountOf | m.ShareOf)
            or threshold is None
            or isinstance(threshold, bool)
        ):
            return None, ()
        if aim.threshold.word not in ("at_least", "more_than", "about", "benchmark"):
            return None, ()
        tally = self.tallies.whole[aim.measured.column]
        needed, counting = Fraction(threshold), tally.count(True, True)
        if isinstance(aim.measured, m.ShareOf):
            needed *= Fraction(tally.members.high or 0) / PERCENT
            counting += tally.count(None, True)
        goal = floor(needed) + 1 if aim.threshold.word == "more_than" else ceil(needed)
        return max(goal - counting, 0), tuple(tally.waiting)


def least(values: Iterable[Bounds]) -> Bounds:
    """What the smallest of several figures can be."""
    lows, highs = zip(*values, strict=True)
    return Bounds(
        None if None in lows else min(lows), min((one for one in highs if one is not None), default=None)
    )


def reached(threshold: m.Threshold, value: Bounds, figure: Number | bool) -> bool | None:
    """Whether a value reaches a threshold; known only when both of its ends agree."""
    low, high = value
    if threshold.word == "is":
        return None if low is None or not value.known else bool(low) is figure
    at_least: Callable[[Number], bool] = {
        "more_than": lambda one: one > figure,
        "at_most": lambda one: one <= figure,
        "less_than": lambda one: one < figure,
        "about": lambda one: one >= figure - threshold.tolerance,
    }.get(threshold.word, lambda one: one >= figure)
    falling = threshold.word in ("at_most", "less_than")
    surely, possibly = (high, low) if falling else (low, high)
    if surely is not None and at_least(surely):
        return True
    return None if possibly is None or at_least(possibly) else False


def divided(of: Bounds, to: Bounds, factor: Number) -> Bounds:
    """Sound bounds of a quotient; open where the divisor can be zero or less."""
    if to.low is None or to.low <= 0:
        return Bounds(Fraction(0), None) if of.low is not None and of.low >= 0 and to.high != 0 else OPEN
    low = None if of.low is None else _over(of.low, to.high if of.low >= 0 else to.low, factor)
    high = None if of.high is None else _over(of.high, to.low if of.high >= 0 else to.high, factor)
    return Bounds(low, high)


def _over(of: Number, to: Number | None, factor: Number) -> Number:
    """of / to; an open divisor leaves only the sign."""
    return Fraction(0) if to is None else Fraction(of * factor) / to


def changed(now: Bounds, base: Bounds, how: str) -> Bounds:
    """A measure against its base: times, growth, reduction in ppm, or the difference of two ratios."""
    if how == "points":
        return Bounds(_minus(now.low, base.high), _minus(now.high, base.low))
    low, high = divided(now, base, PERCENT)
    if how == "times":
        return Bounds(low, high)
    if how == "growth":
        return Bounds(_minus(low, PERCENT), _minus(high, PERCENT))
    return Bounds(_minus(PERCENT, high), _minus(PERCENT, low))


def _minus(first: Number | None, second: Number | None) -> Number | None:
    return None if first is None or second is None else first - second


def _type(measured: m.Measured) -> Type:
    """The type of a measure's value."""
    match measured:
        case m.CountOf():
            return Type.COUNT
        case m.SumOf(column=column):
            return column.type
        case m.StatisticOf(spec=spec):
            return spec.type
        case m.DifferenceOf(of=of):
            return _type(of)
    return Type.RATIO


# ------------------------------------------------------------------------------------------ what comes out


def to_json(assessment: Assessment) -> dict[str, Any]:
    """An assessment as JSON data: figures as text that reads back exactly, open ends as null."""
    return {
        "pack": {"id": assessment.pack, "digest": assessment.digest},
        "as_of": assessment.as_of.isoformat(),
        "enterprises": assessment.enterprises,
        "targets": [_judgement(one) for one in assessment.judgements],
    }


def _judgement(one: Judgement) -> dict[str, Any]:
    aim = one.aim
    figure = one.threshold
    threshold: Any = figure if isinstance(figure, bool) or figure is None else written(figure, aim)
    return {
        "id": aim.id,
        "label": aim.label,
        "clause": aim.clause,
        "status": one.status,
        "binding": aim.binding,
        "value": _bounds(one.value, aim),
        "numerator": _counted(one.numerator),
        "denominator": _counted(one.denominator),
        "test": aim.threshold.word,
        "threshold": threshold,
        "due": None if one.due is None else one.due.isoformat(),
        "gap": None if one.gap is None else _bounds(one.gap, aim),
        "enterprises_wanted": one.wanted,
        "waiting": [{"uscc": who.uscc, "name": who.name, "why": who.why} for who in one.candidates],
        "needs": list(one.needs),
        "by_county": {code: _bounds(value, aim) for code, value in one.by_county.items()},
        "responsible": list(aim.responsible),
    }


def written(figure: Number, aim: m.Aim) -> str:
    """A figure in the target's unit."""
    return format_quantity(figure, aim.type, aim.unit or None)


def _bounds(value: Bounds, aim: m.Aim) -> dict[str, str | None]:
    return {
        "low": None if value.low is None else written(value.low, aim),
        "high": None if value.high is None else written(value.high, aim),
    }


def _counted(value: Bounds | None) -> list[str | None] | None:
    return None if value is None else [None if end is None else str(end) for end in value]
