"""Questions about runs of programs: formulas that hold of solver terms and of concrete results alike.

A Space makes Subjects and Runs, a Run makes Formulas. `world.Question` turns a Formula into solver terms; `holds`
evaluates it on what the interpreter gave, which is how every witness is replayed. Nothing of the solver stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from innovation_rules.case import BaseFact, Case, Frame, Raw
from innovation_rules.enterprise import Enterprise
from innovation_rules.gaps import UNDETERMINED, Outcome, outcomes, statuses_of
from innovation_rules.program import (
    COMPARISONS,
    Aggregate,
    Number,
    Op,
    Program,
    Result,
    Truth,
    Under,
    activity_status,
    compare,
    is_plain,
    under,
)
from innovation_rules.region import RegionStatistics

if TYPE_CHECKING:
    from innovation_rules.pack.cache import Head


class Elsewhere(Protocol):
    """The names that other packs of the library give, by the diagnostic that a stranger would meet."""

    @property
    def known(self) -> Mapping[str, set[str]]: ...


class Reads(Protocol):
    """What a run needs of a pack: the names of kinds, and how an enterprise is read. `packs.Pack` is one."""

    @property
    def head(self) -> Head: ...

    @property
    def elsewhere(self) -> Elsewhere: ...

    def read(
        self,
        program: Program,
        enterprise: Enterprise,
        as_of: date,
        regions: Mapping[str, RegionStatistics] | None = None,
        strict: bool = True,
    ) -> Case: ...


Cell: TypeAlias = tuple[str, str, int | None, str | None]
"""Where a base fact is kept: owner, name, year, key. Runs of one subject share what stands in one cell."""


def cell_of(fact: BaseFact) -> Cell:
    return fact.spec.owner, fact.spec.name, fact.year, fact.key


# ------------------------------------------------------------------------------------------------ formulas


class Formula:
    """A claim about runs and subjects; combine with `&`, `|`, `~` and `implies`."""

    __slots__ = ()

    def __and__(self, other: Formula) -> Formula:
        return AllOf((self, other))

    def __or__(self, other: Formula) -> Formula:
        return AnyOf((self, other))

    def __invert__(self) -> Formula:
        return Negation(self)

    def implies(self, other: Formula) -> Formula:
        """False only where this holds and the other does not."""
        return AnyOf((Negation(self), other))

    def parts(self) -> tuple[Formula, ...]:
        """The formulas that this one is put together from."""
        return ()


@dataclass(frozen=True, slots=True)
class AllOf(Formula):
    items: tuple[Formula, ...]

    def parts(self) -> tuple[Formula, ...]:
        return self.items


@dataclass(frozen=True, slots=True)
class AnyOf(Formula):
    items: tuple[Formula, ...]

    def parts(self) -> tuple[Formula, ...]:
        return self.items


@dataclass(frozen=True, slots=True)
class Negation(Formula):
    item: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.item,)


@dataclass(frozen=True, slots=True)
class TruthIs(Formula):
    """A truth node's result is one of these."""

    run: Run
    node: int
    among: tuple[Truth, ...]


@dataclass(frozen=True, slots=True)
class PlainIs(Formula):
    """A node's result is one known value; `value` names which, None any."""

    run: Run
    node: int
    value: Raw | Number = None


@dataclass(frozen=True, slots=True)
class NumberIs(Formula):
    """A value node surely compares so with a constant."""

    run: Run
    node: int
    op: Op
    constant: Number


@dataclass(frozen=True, slots=True)
class Agree(Formula):
    """Two nodes give equal results."""

    run: Run
    node: int
    other: Run
    other_node: int


@dataclass(frozen=True, slots=True)
class Ordered(Formula):
    """Two value nodes surely compare so."""

    run: Run
    node: int
    op: Op
    other: Run
    other_node: int


@dataclass(frozen=True, slots=True)
class FactKnown(Formula):
    """A base fact is known."""

    run: Run
    index: int


@dataclass(frozen=True, slots=True)
class FactIs(Formula):
    """A base fact is known and compares so."""

    run: Run
    index: int
    op: Op
    value: int | str | bool


@dataclass(frozen=True, slots=True)
class FullyKnown(Formula):
    """Every base fact, category, list and field of an item that a run asks for is known."""

    run: Run


@dataclass(frozen=True, slots=True)
class SameFacts(Formula):
    """Two subjects are alike in every fact that a run asks for, save some, and in what was surveyed."""

    one: Subject
    other: Subject
    except_facts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Items(Formula):
    """The second subject has the items of the first, and with `more` perhaps others."""

    one: Subject
    other: Subject
    more: bool


@dataclass(frozen=True, slots=True)
class AtLeastAs(Formula):
    """A fact is known of both subjects, and the second's value is no less than the first's."""

    cell: Cell
    one: Subject
    other: Subject


TRUE = AllOf(())
FALSE = AnyOf(())


def walk(formula: Formula) -> Iterator[Formula]:
    """A formula and all its parts, each once."""
    seen: set[int] = set()
    todo = [formula]
    while todo:
        one = todo.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += one.parts()


def runs_of(formula: Formula) -> list[Run]:
    """The runs that a formula speaks of."""
    found: dict[Run, None] = {}
    for one in walk(formula):
        for name in ("run", "other"):
            run = getattr(one, name, None)
            if isinstance(run, Run):
                found[run] = None
    return list(found)


def subjects_of(formula: Formula) -> list[Subject]:
    """The subjects that a formula speaks of."""
    found: dict[Subject, None] = {run.subject: None for run in runs_of(formula)}
    for one in walk(formula):
        if isinstance(one, SameFacts | Items | AtLeastAs):
            found |= {one.one: None, one.other: None}
    return list(found)


# ------------------------------------------------------------------------------------------------ subjects


@dataclass(eq=False)
class Subject:
    """One symbolic enterprise of a Space; the runs over it share its facts and its items."""

    name: str
    runs: list[Run] = field(default_factory=list, repr=False)
    _frame: tuple[int, Frame] | None = field(default=None, repr=False)

    @property
    def frame(self) -> Frame:
        """Every column that some run over this subject asks for."""
        if self._frame is None or self._frame[0] != len(self.runs):
            self._frame = len(self.runs), self._joined()
        return self._frame[1]

    def _joined(self) -> Frame:
        facts: dict[Cell, BaseFact] = {}
        for run in self.runs:
            for fact in run.program.frame.facts:
                facts.setdefault(cell_of(fact), fact)
        activities = {spec.name: spec for run in self.runs for spec in run.program.frame.activity_facts}
        held = {spec.name: spec for run in self.runs for spec in run.program.frame.qualification_facts}
        return Frame(tuple(facts.values()), tuple(activities.values()), tuple(held.values()))


@dataclass(eq=False, repr=False)
class Run:
    """A program run on a subject as of a date; it makes formulas about what the program gives there."""

    program: Program
    subject: Subject
    as_of: date
    pack: Reads | None = field(default=None, repr=False)
    forcing: Mapping[int, Truth] = field(default_factory=dict)
    parent: Run | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        forced = f", forced {dict(self.forcing)}" if self.forcing else ""
        return f"Run({self.program.pack.id} {self.program.year}, {self.subject.name}, {self.as_of}{forced})"

    def forced(self, results: Mapping[int, Truth]) -> Run:
        """The same run with the results of some truth nodes replaced by these.

        Does a leaf matter here: `~space.agree(run.forced({leaf: True}), root, run.forced({leaf: False}), root)`.
        """
        return Run(
            self.program,
            self.subject,
            self.as_of,
            self.pack,
            {**self.forcing, **results},
            self.parent or self,
        )

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """What the program decides, by key (`coverages.innovation`)."""
        return {one.key: one for one in outcomes(self.program)}

    # -- about nodes

    def true(self, node: int) -> Formula:
        """A truth node is surely true."""
        return TruthIs(self, node, (True,))

    def false(self, node: int) -> Formula:
        """A truth node is surely false."""
        return TruthIs(self, node, (False,))

    def unknown(self, node: int) -> Formula:
        """A node's result is not one known value (for a value node also: an interval, or several still possible)."""
        return Negation(PlainIs(self, node))

    def plain(self, node: int) -> Formula:
        """A node's result is one known value."""
        return PlainIs(self, node)

    def value(self, node: int, value: Number | str | bool) -> Formula:
        """A node's result is exactly this known value."""
        return PlainIs(self, node, value)

    def number(self, node: int, op: Op, constant: Number) -> Formula:
        """A value node surely compares so with a constant in base units (an interval with both its ends)."""
        return NumberIs(self, node, op, constant)

    # -- about outcomes

    def status(self, key: str, *statuses: str) -> Formula:
        """An outcome (by its key in `gaps.outcomes`) has one of these statuses.

        Of a classification: its values, or `undetermined`; with `many`, one value, which surely applies.
        Raises KeyError for an outcome that the program does not have.
        """
        outcome = self.outcomes[key]
        return AnyOf(tuple(self._status(outcome, status) for status in statuses))

    def _status(self, outcome: Outcome, status: str) -> Formula:
        program = self.program
        if outcome.kind == "classes":
            return self._class(outcome, status)
        root = outcome.roots[0]
        if status not in statuses_of(outcome.kind):
            raise KeyError(status)
        choices: tuple[Truth, ...] = (True, False, None)
        if outcome.gate is None:
            return TruthIs(self, root, tuple(one for one in choices if activity_status(one) == status))
        gate, pairs = outcome.gate, [(one, other) for one in choices for other in choices]
        found = [
            AllOf((TruthIs(self, gate, (one,)), TruthIs(self, root, (other,))))
            for one, other in pairs
            if (one is other or gate != root)
            and outcome.status(_row(program, gate, one, root, other)) == status
        ]
        return TRUE if len(found) == len(pairs) else AnyOf(tuple(found))

    def _class(self, outcome: Outcome, status: str) -> Formula:
        rule = self.program.classes[outcome.place]
        if rule.many:
            return self.class_is(rule.id, status)
        if status == UNDETERMINED:
            return Negation(PlainIs(self, rule.node))
        return PlainIs(self, rule.node, status)

    def class_is(self, id: str, value: str) -> Formula:
        """A classification surely gives this value (with `many`: among others perhaps). Raises KeyError."""
        rule = self.program.classes[self.outcomes[f"classes.{id}"].place]
        if not rule.many:
            return PlainIs(self, rule.node, value)
        for choice, node in zip(rule.values, rule.many, strict=True):
            if choice.id == value:
                return TruthIs(self, node, (True,))
        raise KeyError(value)

    def amount(self, award: str, end: Literal["low", "high"], op: Op, constant: int) -> Formula:
        """An end of an award's amount, in 分, surely compares so; whether the award is had is `status`'s to say.

        Raises KeyError for an award without an amount.
        """
        rule = self.program.awards[self.outcomes[f"awards.{award}"].place]
        if rule.amount is None:
            raise KeyError(award)
        return NumberIs(self, rule.amount.low if end == "low" else rule.amount.high, op, constant)

    # -- about what is known

    def fully_known(self) -> Formula:
        """Nothing that this program asks for is unknown: facts, lists, categories, fields of items.

        A code that is wider than what the program tests (a province, where a city is asked) is not fully known.
        """
        return FullyKnown(self)

    def known(self, fact: BaseFact | str) -> Formula:
        """A base fact is known. Raises KeyError for one that the program does not ask for."""
        return FactKnown(self, self._index(fact))

    def fact(self, fact: BaseFact | str, op: Op, value: int | str | bool) -> Formula:
        """A base fact is known and compares so, in base units (ordinals, ranks). Raises KeyError."""
        return FactIs(self, self._index(fact), op, value)

    def _index(self, fact: BaseFact | str) -> int:
        return self.program.frame.indexes[fact if isinstance(fact, str) else fact.name]


def _row(program: Program, gate: int, of_gate: Truth, root: int, of_root: Truth) -> list[Result]:
    """Results in which two nodes are set, for a status function to read."""
    results: list[Result] = [None] * len(program.nodes)
    results[gate], results[root] = of_gate, of_root
    return results


# ------------------------------------------------------------------------------------------- on concrete results


@dataclass(frozen=True)
class World:
    """Concrete cases and what the interpreter gave on them."""

    cases: Mapping[Run, Case]
    results: Mapping[Run, tuple[Result, ...]]
    subjects: Mapping[Subject, Case]
    """Each subject under all the columns of its runs."""


def holds(formula: Formula, world: World) -> bool:
    """Whether a formula is true of concrete results."""
    match formula:
        case AllOf():
            return all(holds(one, world) for one in formula.items)
        case AnyOf():
            return any(holds(one, world) for one in formula.items)
        case Negation():
            return not holds(formula.item, world)
        case TruthIs():
            result = world.results[formula.run][formula.node]
            return any(result is one for one in formula.among)
        case PlainIs():
            result = world.results[formula.run][formula.node]
            return is_plain(result) and (formula.value is None or result == formula.value)
        case NumberIs():
            result = world.results[formula.run][formula.node]
            return compare(result, formula.op, formula.constant) is True
        case Agree():
            left = world.results[formula.run][formula.node]
            return left == world.results[formula.other][formula.other_node]
        case Ordered():
            result, right = (
                world.results[formula.run][formula.node],
                world.results[formula.other][formula.other_node],
            )
            return compare(result, formula.op, right) is True
        case FactKnown():
            return world.cases[formula.run].values[formula.index] is not None
        case FactIs():
            value = world.cases[formula.run].values[formula.index]
            return value is not None and COMPARISONS[formula.op](value, formula.value)
        case FullyKnown():
            return _fully_known(formula.run.program, world.cases[formula.run])
        case SameFacts():
            return _same_facts(formula, world)
        case Items():
            return _items(formula, world)
        case AtLeastAs():
            values = [_of_cell(one, formula.cell, world) for one in (formula.one, formula.other)]
            return None not in values and values[1] >= values[0]  # type: ignore[operator]
    raise AssertionError(formula)


def asked_categories(program: Program) -> frozenset[str]:
    """The categories whose survey matters to a program."""
    return frozenset(one for node in program.nodes if isinstance(node, Aggregate) for one in node.categories)


def asks_qualifications(program: Program) -> bool:
    """Whether a program looks at qualifications."""
    return any(isinstance(node, Aggregate) and node.over == "qualifications" for node in program.nodes)


def open_code(code: str, test: Under) -> bool:
    """Whether a code is too wide for a test of prefixes: then it is known only in part."""
    return under(code, test.prefixes, test.wider) is None


def _fully_known(program: Program, case: Case) -> bool:
    from innovation_rules.engines.smt.domain import under_facts

    values = {cell_of(fact): value for fact, value in zip(program.frame.facts, case.values, strict=True)}
    for cell, test in under_facts(program):
        code = values[cell]
        if isinstance(code, str) and open_code(code, test):
            return False
    if None in case.values or not case.unsurveyed.isdisjoint(asked_categories(program)):
        return False
    if asks_qualifications(program) and not case.qualifications_known:
        return False
    return not any(None in item for item in (*case.activities, *case.qualifications))


def _of_cell(subject: Subject, cell: Cell, world: World) -> Raw:
    case = world.subjects[subject]
    for fact, value in zip(subject.frame.facts, case.values, strict=True):
        if cell_of(fact) == cell:
            return value
    raise KeyError(cell)


def _same_facts(formula: SameFacts, world: World) -> bool:
    one, other = world.subjects[formula.one], world.subjects[formula.other]
    if one.unsurveyed != other.unsurveyed or one.qualifications_known != other.qualifications_known:
        return False
    left, right = (
        {
            cell_of(fact): value
            for fact, value in zip(subject.frame.facts, world.subjects[subject].values, strict=True)
            if fact.name not in formula.except_facts and fact.spec.name not in formula.except_facts
        }
        for subject in (formula.one, formula.other)
    )
    return all(value == right[cell] for cell, value in left.items() if cell in right)


def _items(formula: Items, world: World) -> bool:
    for owner in ("activity", "qualification"):
        left, rest = (
            _rows(formula.one, formula.other, owner, world),
            _rows(formula.other, formula.one, owner, world),
        )
        for item in left:
            if item not in rest:
                return False
            rest.remove(item)
        if rest and not formula.more:
            return False
    return True


def _rows(of: Subject, beside: Subject, owner: str, world: World) -> list[list[Raw]]:
    """The items of one subject, by the columns that both are asked for."""
    case, mine, theirs = world.subjects[of], of.frame, beside.frame
    if owner == "activity":
        specs, others, items = mine.activity_facts, theirs.activity_facts, case.activities
    else:
        specs, others, items = mine.qualification_facts, theirs.qualification_facts, case.qualifications
    common = sorted({one.name for one in specs} & {one.name for one in others})
    places = {spec.name: at for at, spec in enumerate(specs)}
    return [[item[places[name]] for name in common] for item in items]


def join(kind: Literal["all", "any"], formulas: Iterable[Formula]) -> Formula:
    """Several formulas as one."""
    items = tuple(formulas)
    return AllOf(items) if kind == "all" else AnyOf(items)
