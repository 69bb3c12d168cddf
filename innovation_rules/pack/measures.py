"""Lower a region's targets: which columns to read off each enterprise, and how they make up the measure.

`checker` asks it for the type of every measure; `assess` reads the columns with an engine and adds them up. A
measure that looks back to a base year has columns of its own in that year's program.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from innovation_rules.errors import Problems
from innovation_rules.facts import FactSpec
from innovation_rules.pack import decisions
from innovation_rules.pack import grammar as g
from innovation_rules.pack.compiler import lower_program, with_all
from innovation_rules.pack.linker import Entry, Linked, clause_of
from innovation_rules.pack.lowering import Lowering
from innovation_rules.pack.typed import Reported, Typed, Wrong
from innovation_rules.program import And, Constant, Program
from innovation_rules.quantities import Type

WORDS = ("count_of", "sum_of", "average_of", "statistic", "coverage", "ratio", "difference")
THRESHOLDS = ("at_least", "more_than", "at_most", "less_than", "about", "benchmark", "is_")

# ------------------------------------------------------------------------------------------ what a measure is


@dataclass(frozen=True, slots=True)
class Column:
    """What is read off each enterprise: whether it belongs, and a truth or number of it."""

    year: int
    known: date
    """The day whose knowledge counts: the as-of date, or a base year's end."""
    member: int
    value: int
    type: Type
    unit: str = ""


@dataclass(frozen=True, slots=True)
class CountOf:
    """How many that belong have a true value."""

    column: Column


@dataclass(frozen=True, slots=True)
class ShareOf:
    """Of those that belong, the share whose value is true; its bounds are exact."""

    column: Column


@dataclass(frozen=True, slots=True)
class SumOf:
    """The sum of the value over those that belong; with `average`, divided by their number."""

    column: Column
    average: bool = False


@dataclass(frozen=True, slots=True)
class StatisticOf:
    """A figure that no enterprise's row holds."""

    spec: FactSpec
    year: int
    part: str = ""
    """county, city or province where the figure is of a wider or narrower region than the pack's own."""


@dataclass(frozen=True, slots=True)
class RatioOf:
    of: Measured
    to: Measured


@dataclass(frozen=True, slots=True)
class DifferenceOf:
    of: Measured
    less: Measured


@dataclass(frozen=True, slots=True)
class ChangeOf:
    """A measure against itself in a base year."""

    now: Measured
    base: Measured
    as_: Literal["times", "growth", "reduction", "points"]


Measured = CountOf | ShareOf | SumOf | StatisticOf | RatioOf | DifferenceOf | ChangeOf


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a measure is held against: a comparison and a figure, by a day; `step` for each milestone."""

    word: str
    steps: tuple[tuple[date | None, int | bool | None], ...]
    """(due, figure in base units); a due day of None is at any time."""
    benchmark: StatisticOf | None = None
    tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Aim:
    """A target as it is judged."""

    id: str
    label: str
    clause: str
    binding: str
    responsible: tuple[str, ...]
    measured: Measured
    type: Type
    unit: str
    threshold: Threshold
    each_county: bool
    aspirational: bool
    basis: str = ""


@dataclass(frozen=True)
class Sheet:
    """The program of one year with the columns that the aims read from it.

    The nodes that decide come first, as `Pack.program` has them for that year and law date.
    """

    year: int
    as_of: date
    program: Program
    columns: tuple[Column, ...]

    @property
    def read(self) -> set[int]:
        """The nodes that the columns read."""
        return {node for column in self.columns for node in (column.member, column.value)}


@dataclass(frozen=True)
class Plan:
    """All targets of a pack for an as-of date, and the sheets to fill for them."""

    aims: tuple[Aim, ...]
    sheets: tuple[Sheet, ...]


# ------------------------------------------------------------------------------------------ planning


def plan(linked: Linked, as_of: date, problems: Problems, year: int | None = None) -> Plan:
    """Every target of the pack, lowered; mistakes go to `problems`.

    A target is measured in the year it falls due once that is past, else in `year` (default: the as-of date's).
    """
    planner = Planner(linked, as_of, problems, year, decide=True)
    aims = [planner.aim(entry) for entry in linked.own("targets")]
    return Plan(tuple(aim for aim in aims if aim is not None), planner.sheets())


@dataclass
class Bench:
    """One year's workbench and the columns lowered on it, behind the decisions where those are wanted."""

    to: Lowering
    as_of: date
    program: Program | None
    columns: dict[Column, None] = field(default_factory=dict)


class Planner:
    """Lowers targets, each year's columns on that year's workbench."""

    def __init__(
        self,
        linked: Linked,
        as_of: date,
        problems: Problems,
        year: int | None = None,
        decide: bool = False,
    ) -> None:
        self.decide = decide
        self.linked, self.as_of, self.problems = linked, as_of, problems
        self.benches: dict[tuple[int, date], Bench] = {}
        self.asked = self.year = min(year or as_of.year, as_of.year)
        self.known = as_of

    def bench(self) -> Bench:
        """The workbench of the year at hand, for what was known on the day at hand."""
        key = self.year, self.known
        if key not in self.benches:
            law_date = min(self.known, date(self.year, 12, 31))
            to = Lowering(self.linked, self.year, law_date, self.problems)
            self.benches[key] = Bench(to, self.known, lower_program(to) if self.decide else None)
        return self.benches[key]

    @property
    def to(self) -> Lowering:
        return self.bench().to

    def sheets(self) -> tuple[Sheet, ...]:
        return tuple(
            Sheet(year, known, with_all(bench.to, bench.program), tuple(bench.columns))
            for (year, known), bench in sorted(self.benches.items(), key=lambda one: one[0], reverse=True)
            if bench.program is not None
        )

    def aim(self, entry: Entry) -> Aim | None:
        item: g.Target = entry.item
        self.year = min(self.asked, self._step_due(item).year)
        try:
            with self.to.inside(f"targets.{entry.id}", item):
                measured, typed = self.measure(item.measure, None)
                threshold = self.threshold(entry, typed)
                typed = replace(typed, unit=self._unit(item, typed))
        except Reported:
            return None
        except Wrong as wrong:
            self.to.report(wrong)
            return None
        return Aim(
            id=entry.id,
            label=item.label,
            clause=clause_of(item),
            binding=item.binding.value,
            responsible=item.responsible,
            measured=measured,
            type=typed.type,
            unit=typed.unit,
            threshold=threshold,
            each_county=item.measure.for_each is not None,
            aspirational=item.binding is g.Binding.ASPIRATIONAL,
            basis=item.measure.basis.value if item.measure.basis else "",
        )

    # ---------------------------------------------------------------------- measures

    def measure(self, item: g.Measure, over: Any) -> tuple[Measured, Typed]:
        """A measure and its type; `over` is the population that an outer measure states."""
        given = [name for name in WORDS if getattr(item, name) is not None]
        if len(given) != 1:
            raise Wrong("measure-one-of", item.place, known=list(WORDS))
        population = item.over if item.over is not None else over
        if given[0] in ("count_of", "sum_of", "average_of") and population is None:
            raise Wrong("over-missing", item.place)
        if item.change_from is not None:
            return self._change(item, item.change_from, given[0], population)
        return self._plain(given[0], item, population)

    def _plain(self, word: str, item: g.Measure, over: Any) -> tuple[Measured, Typed]:
        match word:
            case "count_of":
                return self._count(item, over)
            case "sum_of" | "average_of":
                return self._sum(item, over, average=word == "average_of")
            case "statistic":
                assert item.statistic is not None
                found = self._statistic(item.statistic)
                return found, Typed(-1, found.spec.type, found.spec.unit or "")
            case "coverage":
                return self._coverage(item)
            case "ratio":
                assert item.ratio is not None
                return self._ratio(item.ratio, over)
        assert item.difference is not None
        of, first = self.measure(item.difference.of, over)
        less, second = self.measure(item.difference.less, over)
        if first.type is not second.type:
            place = item.difference.less.place
            raise Wrong("type-mismatch", place, found=second.type.words, expected=first.type.words)
        return DifferenceOf(of, less), first

    def _change(self, item: g.Measure, change: g.ChangeFrom, word: str, over: Any) -> tuple[Measured, Typed]:
        if (change.year is None) == (not change.previous):
            raise Wrong("change-one-of", change.place)
        now, typed = self._plain(word, item, over)
        if change.as_ is g.ChangeAs.POINTS and typed.type is not Type.RATIO:
            raise Wrong("type-mismatch", change.place, found=typed.type.words, expected=Type.RATIO.words)
        before = self.year, self.known
        self.year = change.year if change.year is not None else self.year - 1
        self.known = date(self.year, 12, 31)
        try:
            base, _ = self._plain(word, item, over)
        finally:
            self.year, self.known = before
        unit = "个百分点" if change.as_ is g.ChangeAs.POINTS else ""
        return ChangeOf(now, base, change.as_.value), Typed(-1, Type.RATIO, unit)  # type: ignore[arg-type]

    def _member(self, over: Any) -> int:
        """Belonging: in the jurisdiction, and in the population that the target states."""
        inside = decisions.own_jurisdiction(self.to)
        if over is None or over == "all":
            return inside
        return self.to.truth(And((inside, self.to.condition(over))))

    def _column(self, member: int, value: int, typed: Typed) -> Column:
        column = Column(self.year, self.known, member, value, typed.type, typed.unit)
        self.bench().columns[column] = None
        return column

    def _count(self, item: g.Measure, over: Any) -> tuple[Measured, Typed]:
        counted = item.count_of
        assert counted is not None
        if (counted.enterprises is None) == (counted.activities is None):
            raise Wrong("count-one-of", counted.place)
        member = self._member(over)
        if counted.activities is not None:
            typed = replace(self.to.activities(counted.activities), unit="个")
            return SumOf(self._column(member, typed.node, typed)), Typed(-1, Type.COUNT, "个")
        whom = counted.enterprises
        value = self.to.add(Constant(True), Type.YES_NO) if whom == "all" else self.to.condition(whom)  # type: ignore[arg-type]
        return CountOf(self._column(member, value, Typed(value, Type.YES_NO))), Typed(-1, Type.COUNT, "家")

    def _sum(self, item: g.Measure, over: Any, average: bool) -> tuple[Measured, Typed]:
        name = item.sum_of or item.average_of
        assert name is not None
        member = self._member(over)
        typed = self.to.number(g.FactRef(name))
        return SumOf(self._column(member, typed.node, typed), average), typed

    def _coverage(self, item: g.Measure) -> tuple[Measured, Typed]:
        assert item.coverage is not None
        entry = self.linked.find("coverages", item.coverage)
        if entry is None:
            known = self.linked.ids("coverages")
            raise self.to.unknown("unknown-coverage", item.coverage, item.coverage.place, known)
        scope, condition = decisions.coverage_nodes(self.to, entry)
        if item.over is not None and item.over != "all":
            scope = self.to.truth(And((scope, self.to.condition(item.over))))
        column = self._column(scope, condition, Typed(condition, Type.YES_NO))
        return ShareOf(column), Typed(-1, Type.RATIO, "%")

    def _ratio(self, item: g.MeasureRatio, over: Any) -> tuple[Measured, Typed]:
        of, first = self.measure(item.of, over)
        to, second = self.measure(item.to, over)
        unit = f"{first.unit or '元'}/{second.unit}"
        alike = first.type is second.type
        typed = Typed(-1, Type.RATIO, "%") if alike else Typed(-1, first.type, unit)
        if isinstance(of, CountOf) and isinstance(to, CountOf) and self._same_population(item, over):
            return ShareOf(of.column), typed
        return RatioOf(of, to), typed

    def _same_population(self, item: g.MeasureRatio, over: Any) -> bool:
        """Whether both counts look at the same enterprises and the lower one counts all of them."""
        whole = item.to.count_of
        same = self.linked.form(item.of.over or over) == self.linked.form(item.to.over or over)
        return same and whole is not None and whole.enterprises == "all"

    def _statistic(self, name: g.Name) -> StatisticOf:
        entry = self.linked.find("inputs", name)
        if entry is None or entry.item.of is not g.InputOf.REGION:
            known = [one.id for one in self.linked.all("inputs") if one.item.of is g.InputOf.REGION]
            raise self.to.unknown("unknown-statistic", name, name.place, known)
        part = entry.item.at_.value if entry.item.at_ else ""
        return StatisticOf(self.linked.input_spec(entry), self.year, part)

    # ---------------------------------------------------------------------- thresholds

    def threshold(self, entry: Entry, typed: Typed) -> Threshold:
        item: g.Target = entry.item
        given = [name for name in THRESHOLDS if getattr(item, name) is not None]
        if len(given) != 1:
            raise Wrong("threshold-one-of", entry.place, name=entry.id)
        word, value = given[0].rstrip("_"), getattr(item, given[0])
        due = self._due(item)
        match value:
            case bool():
                return Threshold(word, ((due, value),))
            case g.Milestones(steps=steps):
                return Threshold(
                    word, tuple((day, self._figure(figure, typed)) for day, figure in sorted(steps, key=_day))
                )
            case g.About():
                figure = self._figure(value.value, typed)
                return Threshold(word, ((due, figure),), tolerance=self._tolerance(value, figure or 0, typed))
            case g.Name():
                return Threshold(word, ((due, None),), benchmark=self._benchmark(value, typed))
        return Threshold(word, ((due, self._figure(value, typed)),))

    def _benchmark(self, name: g.Name, typed: Typed) -> StatisticOf:
        found = self._statistic(name)
        if found.spec.type is not typed.type:
            raise Wrong("type-mismatch", name.place, found=found.spec.type.words, expected=typed.type.words)
        return found

    def _unit(self, item: g.Target, typed: Typed) -> str:
        """The unit that the target's own figure is written in, so that 4倍 is not shown as 400%."""
        for name in THRESHOLDS:
            value = getattr(item, name)
            figure = value.steps[0][1] if isinstance(value, g.Milestones) else value
            figure = figure.value if isinstance(figure, g.About) else figure
            if isinstance(figure, g.Figure) and typed.type is Type.RATIO:
                return self.to.parsed(figure, Type.RATIO)[2]
        return typed.unit

    def _step_due(self, item: g.Target) -> date:
        """When what is judged fell due: the last milestone past, the deadline; the as-of date where there is none."""
        for name in THRESHOLDS:
            value = getattr(item, name)
            if isinstance(value, g.Milestones):
                past = [day for day, _ in value.steps if day <= self.as_of]
                return max(past) if past else self.as_of
        due = self._due(item)
        return self.as_of if due is None or due > self.as_of else due

    def _figure(self, operand: g.Reference, typed: Typed) -> int | None:
        found = self.to.operand(operand, typed)
        node = self.to.scopes[0].nodes[found.node]
        value = node.value if isinstance(node, Constant) else None
        return int(value) if isinstance(value, int) else None

    def _tolerance(self, about: g.About, figure: int, typed: Typed) -> int:
        """The deviation allowed: a share of the figure, or an amount of its own unit. The pack says which: no law does."""
        if about.tolerance is None:
            raise Wrong("tolerance-missing", about.place)
        written = about.tolerance.text
        if written.endswith("%") and typed.type is not Type.RATIO:
            return abs(figure) * int(self.to.parsed(about.tolerance, Type.RATIO)[1]) // 1_000_000
        return abs(int(self.to.parsed(about.tolerance, typed.type)[1]))

    def _due(self, item: g.Target) -> date | None:
        if item.by is not None:
            return item.by
        if item.each_year:
            return date(self.asked, 12, 31)
        plan = self.linked.pack.periods.get("plan")
        return plan.to if plan is not None else None


def _day(step: tuple[date, g.Figure]) -> date:
    return step[0]
