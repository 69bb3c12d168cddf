"""Find what stands between a case and a better decision: the facts that are missing, and the near misses.

`decision` asks it on demand. Both start from a program's outcomes: its coverages, awards, profile, layers and
classes, each with the nodes that it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final, Literal, NamedTuple

from innovation_rules.case import Case
from innovation_rules.program import (
    OPPOSITE,
    Aggregate,
    AwardRule,
    CategoryRule,
    ClassRule,
    Compare,
    CoverageRule,
    Extreme,
    Fact,
    FirstMatch,
    Interval,
    ItemFact,
    Linear,
    Node,
    Number,
    Op,
    Outer,
    Program,
    Quotient,
    Result,
    Under,
    activity_status,
    award_status,
    children,
    compare,
    coverage_status,
    is_plain,
)
from innovation_rules.quantities import QUANTITIES, Type
from innovation_rules.reasons import infos
from innovation_rules.walk import (
    PerProgram,
    Results,
    Step,
    body_results,
    cone,
    items_of,
    readers,
    rerun,
    truth,
)

UNDETERMINED: Final = "undetermined"
READ_OFF: Final[Mapping[str, str]] = {"lasted_until": "ended", "evidenced": "evidence"}
"""Columns that a case reads off a field of another name: what is missing is the field."""
Kind = Literal["coverages", "awards", "profile", "layers", "classes"]

# ------------------------------------------------------------------------------------------- outcomes


class Outcome(NamedTuple):
    """One thing that a program decides: what it is called, what it rests on, and how results become its status."""

    key: str
    """`coverages.technology_innovation`, `awards.…`: unique in a program."""
    kind: Kind
    id: str
    label: str
    clause: str
    gate: int | None
    """The scope or jurisdiction, without which nothing else matters."""
    roots: tuple[int, ...]
    amounts: tuple[int, ...]
    status: Callable[[Results], str]
    place: int = 0
    """Which one of its kind it is in the program."""
    many: bool = False
    """A classification of which several values can apply."""


def class_value(rule: ClassRule, results: Results) -> str | tuple[str, ...]:
    """The class, `undetermined`, or with `many` every class that surely applies."""
    if rule.many:
        return tuple(
            choice.id for choice, node in zip(rule.values, rule.many, strict=True) if results[node] is True
        )
    value = results[rule.node]
    return str(value) if is_plain(value) else UNDETERMINED


def _coverage(index: int, rule: CoverageRule, program: Program) -> Outcome:
    def status(results: Results) -> str:
        return coverage_status(program.in_force, truth(results[rule.scope]), truth(results[rule.condition]))

    return Outcome(
        f"coverages.{rule.id}",
        "coverages",
        rule.id,
        rule.label,
        rule.clause,
        rule.scope,
        (rule.condition,),
        (),
        status,
        index,
    )


def _award(index: int, rule: AwardRule, program: Program) -> Outcome:
    def status(results: Results) -> str:
        gate, condition = truth(results[rule.jurisdiction]), truth(results[rule.condition])
        return award_status(rule, program.in_force, gate, condition)

    amounts = () if rule.amount is None else (rule.amount.low, rule.amount.high)
    roots = (rule.condition,)
    return Outcome(
        f"awards.{rule.id}",
        "awards",
        rule.id,
        rule.label,
        rule.clause,
        rule.jurisdiction,
        roots,
        amounts,
        status,
        index,
    )


def _category(kind: Kind, index: int, rule: CategoryRule) -> Outcome:
    def status(results: Results) -> str:
        return activity_status(truth(results[rule.node]))

    return Outcome(
        f"{kind}.{rule.id}", kind, rule.id, rule.label, rule.clause, None, (rule.node,), (), status, index
    )


def _class(index: int, rule: ClassRule) -> Outcome:
    def status(results: Results) -> str:
        value = class_value(rule, results)
        return value if isinstance(value, str) else ",".join(value)

    roots = rule.many or (rule.node,)
    return Outcome(
        f"classes.{rule.id}",
        "classes",
        rule.id,
        rule.label,
        rule.clause,
        None,
        roots,
        (),
        status,
        index,
        bool(rule.many),
    )


def _outcomes(program: Program) -> tuple[Outcome, ...]:
    return (
        *(_coverage(index, rule, program) for index, rule in enumerate(program.coverages)),
        *(_award(index, rule, program) for index, rule in enumerate(program.awards)),
        *(_category("profile", index, rule) for index, rule in enumerate(program.profile)),
        *(_category("layers", index, rule) for index, rule in enumerate(program.layers)),
        *(_class(index, rule) for index, rule in enumerate(program.classes)),
    )


outcomes: Final = PerProgram(_outcomes)
"""Everything that a program decides, in the order of a decision."""


# ------------------------------------------------------------------------------------------- missing


def missing(program: Program, case: Case, results: Results, wanted: Iterable[Outcome]) -> tuple[str, ...]:
    """The unknown base facts at unknown leaves that are reached only through unknown nodes, in order.

    A fact is named as in the frame (`rd_expenditure@2020`), an activity's field as `activities[3].started`, a
    category nobody surveyed as `activities.platform`, a list of qualifications nobody gave as `qualifications`.
    Never too few: setting all other unknown facts changes none of the outcomes.
    """
    search = _Search(program, case, results)
    for outcome in wanted:
        search.outcome(outcome)
    return tuple(search.found)


class _Search:
    """Goes down from the roots through what is not known."""

    def __init__(self, program: Program, case: Case, results: Results) -> None:
        self.program, self.case, self.results = program, case, results
        self.found: dict[str, None] = {}
        self._seen: set[int] = set()
        self._todo: list[int] = []

    def outcome(self, outcome: Outcome) -> None:
        """Note what can still change an outcome."""
        if outcome.gate is not None and self.results[outcome.gate] is False:
            return
        status = outcome.status(self.results)
        if status in SETTLED:
            return
        reached = [outcome.gate] if outcome.gate is not None else []
        wants_amount = status in ("eligible", "favoured", UNDETERMINED)
        for root in (*reached, *outcome.roots, *(outcome.amounts if wants_amount else ())):
            self._todo.append(root)
            while self._todo:
                self._node(self._todo.pop())

    def _node(self, index: int) -> None:
        """Note what is unknown beneath a node, unless its own result is known."""
        if index in self._seen or is_plain(self.results[index]):
            return
        self._seen.add(index)
        node = self.program.nodes[index]
        if isinstance(node, Aggregate):
            self._aggregate(node)
        elif isinstance(node, Fact):
            self.found[self.program.frame.facts[node.index].name] = None
        else:
            self._todo += reversed(_undecided(node, self.results, self._bases))

    def _bases(self, index: int) -> None:
        """Note every base fact beneath a node: a code that is known, but too short for a test."""
        stack, seen = [index], {index}
        while stack:
            node = self.program.nodes[stack.pop()]
            if isinstance(node, Fact):
                self.found[self.program.frame.facts[node.index].name] = None
            new = [child for child in children(node) if child not in seen]
            seen.update(new)
            stack += reversed(new)

    # -- aggregates

    def _aggregate(self, node: Aggregate) -> None:
        for place, item in enumerate(items_of(node, self.case)):
            inner = body_results(node, item, self.results, self.case)
            where = f"{node.over}[{place}]"
            if inner[node.where] is None:
                self._inner(node, inner, node.where, where)
            if inner[node.where] is not False and node.of is not None:
                self._inner(node, inner, node.of, where)
        if not node.unsurveyed:
            return
        if node.over == "qualifications":
            if not self.case.qualifications_known:
                self.found["qualifications"] = None
            return
        for category in node.categories:
            if category in self.case.unsurveyed:
                self.found[f"activities.{category}"] = None

    def _inner(self, node: Aggregate, inner: Results, index: int, where: str) -> None:
        if is_plain(inner[index]):
            return
        part = node.body[index]
        if isinstance(part, ItemFact):
            self._column(node, part, where)
        elif isinstance(part, Outer):
            self._todo.append(part.of)
        else:
            for child in _undecided(part, inner, lambda below: self._inner_bases(node, below, where)):
                self._inner(node, inner, child, where)

    def _column(self, node: Aggregate, part: ItemFact, where: str) -> None:
        frame = self.program.frame
        columns = frame.activity_facts if node.over == "activities" else frame.qualification_facts
        column = columns[part.index].name
        self.found[f"{where}.{READ_OFF.get(column, column)}"] = None

    def _inner_bases(self, node: Aggregate, index: int, where: str) -> None:
        part = node.body[index]
        if isinstance(part, ItemFact):
            self._column(node, part, where)
        elif isinstance(part, Outer):
            self._bases(part.of)
        for child in children(part) if not isinstance(part, Outer) else ():
            self._inner_bases(node, child, where)


def _undecided(node: Node, results: Results, short: Callable[[int], None]) -> Sequence[int]:
    """The children that can still change a node whose result is not known."""
    match node:
        case FirstMatch():
            return _undecided_rows(node, results)
        case Quotient():
            to: object = results[node.to]
            settled = isinstance(to, int | Fraction) and to > 0
            return (node.of, node.to) if settled else (node.of, node.to, node.otherwise)
        case Under() if is_plain(results[node.of]):
            short(node.of)
            return ()
        case _:
            return children(node)


def _undecided_rows(node: FirstMatch, results: Results) -> list[int]:
    found: list[int] = []
    for when, value in node.rows:
        if results[when] is False:
            continue
        found += (when, value)
        if results[when]:
            return found
    return [*found, node.otherwise]


# ------------------------------------------------------------------------------------------- near misses


@dataclass(frozen=True, slots=True)
class NearMiss:
    """One number that would have to move for a decision to come out better, all else unchanged."""

    fact: str
    """The base fact, or what is counted."""
    label: str
    present: Number
    needed: Number
    type: Type
    unit: str | None
    decision: str
    """Which outcome changes: `awards.new_product_bonus`."""
    decision_label: str
    now: str
    becomes: str
    clause: str
    node: int
    """The test that fails now."""

    @property
    def gap(self) -> Number:
        """By how much the number must rise; negative where it must fall."""
        return self.needed - self.present


BETTER: Final[Mapping[str, int]] = {
    "covered": 2,
    "eligible": 2,
    "favoured": 2,
    "active": 2,
    UNDETERMINED: 1,
}
"""A near miss is listed where the status rises; every other status ranks 0."""


SETTLED: Final = frozenset(("not_in_force", "not_applicable"))
"""Statuses that no fact changes."""


class _Move(NamedTuple):
    """A node, and what it would have to give."""

    node: int
    present: Number
    needed: Number
    results: Mapping[int, Result]


def near_misses(program: Program, case: Case, results: Results) -> tuple[NearMiss, ...]:
    """False tests over one number, moved by the least that makes them true, where that betters a decision.

    A ratio moves by its numerator, a count by that many more items. Each is checked by running the program
    again from the number on. Of several for the same fact and decision the smallest is kept.
    """
    plan = _plans(program)
    now = {one.key: one.status(results) for one in outcomes(program)}
    open_to = frozenset(one.key for one in outcomes(program) if _improvable(one, now[one.key]))
    found: dict[tuple[str, str], NearMiss] = {}
    for leaf in plan.leaves:
        touched = [one for one in plan.touched(leaf) if one.key in open_to] if results[leaf] is False else ()
        if touched:
            for miss in _from_leaf(plan, case, results, leaf, touched, now):
                key = miss.decision, miss.fact
                if key not in found or abs(Fraction(miss.gap)) < abs(Fraction(found[key].gap)):
                    found[key] = miss
    order = {key: index for index, key in enumerate(now)}
    return tuple(sorted(found.values(), key=lambda one: order[one.decision]))


def _improvable(outcome: Outcome, now: str) -> bool:
    """Whether the outcome can come out better at all."""
    if outcome.kind == "classes":
        return not outcome.many
    return BETTER.get(now, 0) < BETTER["covered"] and now not in SETTLED


def _from_leaf(
    plan: _Plan,
    case: Case,
    results: Results,
    leaf: int,
    touched: Iterable[Outcome],
    now: Mapping[str, str],
) -> Iterable[NearMiss]:
    move = _move(plan, results, leaf)
    if move is None:
        return
    again = rerun(case, results, move.results, plan.steps(move.node))
    if again[leaf] is not True:
        return
    if not plan.reads_once(leaf, move.node):
        move, again = _nearest(plan, case, results, leaf, move, again)
    for outcome in touched:
        becomes = outcome.status(again)
        if now[outcome.key] != becomes and _better(outcome, now[outcome.key], becomes):
            yield _near_miss(plan.program, leaf, move, outcome, now[outcome.key], becomes)


def _nearest(
    plan: _Plan, case: Case, results: Results, leaf: int, move: _Move, again: list[Result]
) -> tuple[_Move, list[Result]]:
    """The nearest number that does, where a test reads it in several places: halved until one unit is left."""
    fails, holds = int(move.present), move
    while abs((least := int(holds.needed)) - fails) > 1:
        middle = (fails + least) // 2
        tried = holds._replace(needed=middle, results=dict.fromkeys(holds.results, middle))
        outcome = rerun(case, results, tried.results, plan.steps(move.node))
        if outcome[leaf] is True:
            holds, again = tried, outcome
        else:
            fails = middle
    return holds, again


def _better(outcome: Outcome, now: str, becomes: str) -> bool:
    if outcome.kind == "classes":
        return becomes != UNDETERMINED
    return BETTER.get(becomes, 0) > BETTER.get(now, 0)


def _near_miss(
    program: Program, leaf: int, move: _Move, outcome: Outcome, now: str, becomes: str
) -> NearMiss:
    info = infos(program)[move.node]
    return NearMiss(
        info.name or info.en,
        info.zh,
        int(move.present) if isinstance(move.present, int) else move.present,
        int(move.needed) if isinstance(move.needed, int) else move.needed,
        info.type or Type.COUNT,
        info.unit,
        outcome.key,
        outcome.label,
        now,
        becomes,
        program.origins[leaf].clause or outcome.clause,
        leaf,
    )


class _Plan:
    """What near misses need of a program: its comparisons, who reads whom, and which outcomes rest on what."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.readers = readers(program)
        self.fact_nodes: dict[int, list[int]] = {}
        for index, node in enumerate(program.nodes):
            if isinstance(node, Fact):
                self.fact_nodes.setdefault(node.index, []).append(index)
        self.roots: dict[int, list[Outcome]] = {}
        for outcome in outcomes(program):
            for root in (*outcome.roots, *(() if outcome.gate is None else (outcome.gate,))):
                self.roots.setdefault(root, []).append(outcome)
        self.leaves = [index for index, node in enumerate(program.nodes) if isinstance(node, Compare)]
        self._cones: dict[int, tuple[int, ...]] = {}
        self._steps: dict[int, tuple[Step, ...]] = {}
        self._touched: dict[int, tuple[Outcome, ...]] = {}
        self._once: dict[tuple[int, int], bool] = {}

    def cone(self, index: int) -> tuple[int, ...]:
        """What can change with a node; for a fact, with every node that reads the same column."""
        known = self._cones.get(index)
        if known is None:
            node = self.program.nodes[index]
            starts = self.fact_nodes[node.index] if isinstance(node, Fact) else [index]
            known = tuple(sorted({one for start in starts for one in cone(self.readers, start)}))
            self._cones[index] = known
        return known

    def steps(self, index: int) -> tuple[Step, ...]:
        """What to run again when a node has changed."""
        known = self._steps.get(index)
        if known is None:
            nodes = self.program.nodes
            known = tuple(Step(one, nodes[one], children(nodes[one])) for one in self.cone(index))
            self._steps[index] = known
        return known

    def reads_once(self, leaf: int, number: int) -> bool:
        """Whether a test reads a number along one way only, so that the least move is what was solved for."""
        if not isinstance(self.program.nodes[number], Fact):
            return True
        known = self._once.get((leaf, number))
        if known is None:
            known = self._once[leaf, number] = self._one_way(leaf, number)
        return known

    def _one_way(self, leaf: int, number: int) -> bool:
        node = self.program.nodes[number]
        assert isinstance(node, Fact)
        moving = {*self.fact_nodes[node.index], *self.cone(number)}
        stack = [leaf]
        while stack:
            ways = [child for child in children(self.program.nodes[stack.pop()]) if child in moving]
            if len(ways) > 1:
                return False
            stack += ways
        return True

    def touched(self, leaf: int) -> tuple[Outcome, ...]:
        """The outcomes that rest on a test."""
        known = self._touched.get(leaf)
        if known is None:
            found = {
                outcome.key: outcome
                for index in (leaf, *self.cone(leaf))
                for outcome in self.roots.get(index, ())
            }
            known = self._touched[leaf] = tuple(found.values())
        return known


_plans: Final = PerProgram(_Plan)


# -- the least that makes a test true


def _move(plan: _Plan, results: Results, leaf: int) -> _Move | None:
    """How to make a comparison true by moving one number; None where no one number can."""
    node = plan.program.nodes[leaf]
    assert isinstance(node, Compare)
    run = _Run(plan, results, set())
    return _solve(run, node.left, node.op, results[node.right]) or _solve(
        run, node.right, OPPOSITE[node.op], results[node.left]
    )


class _Run(NamedTuple):
    """One search for a move; a node is tried once."""

    plan: _Plan
    results: Results
    tried: set[int]


def _solve(run: _Run, index: int, op: Op, target: Result) -> _Move | None:
    """The least move of one number under a node after which `node op target` holds."""
    if not isinstance(target, int | Fraction) or isinstance(target, bool) or index in run.tried:
        return None
    run.tried.add(index)
    plan, results = run.plan, run.results
    value = results[index]
    match plan.program.nodes[index]:
        case Fact() as fact:
            return _solve_fact(plan, value, index, fact, op, target)
        case Aggregate() as aggregate:
            return _solve_count(value, index, aggregate, op, target)
        case Quotient() as ratio:
            to = results[ratio.to]
            if not isinstance(to, int | Fraction) or to <= 0 or ratio.factor <= 0:
                return None
            return _solve(run, ratio.of, op, Fraction(target) * to / ratio.factor)
        case Linear() as total if is_plain(value):
            return _solve_linear(run, total, value, op, target)  # type: ignore[arg-type]
        case Extreme() as extreme:
            return _solve_extreme(run, extreme, op, target)
        case FirstMatch() as table:
            row = _deciding(table, results)
            return None if row is None else _solve(run, row, op, target)
        case _:
            return None


def _solve_fact(plan: _Plan, value: Result, index: int, fact: Fact, op: Op, target: Number) -> _Move | None:
    spec = plan.program.frame.facts[fact.index].spec
    needed = _least(op, target)
    if spec.type not in QUANTITIES or needed is None or not isinstance(value, int):
        return None
    if (spec.low is not None and needed < spec.low) or (spec.high is not None and needed > spec.high):
        return None
    changes: dict[int, Result] = dict.fromkeys(plan.fact_nodes[fact.index], needed)
    return _Move(index, value, needed, changes)


def _least(op: Op, target: Number) -> int | None:
    """The whole number nearest to the target for which `number op target` holds, from the side where it fails."""
    match op:
        case ">=":
            return ceil(target)
        case ">":
            return floor(target) + 1
        case "<=":
            return floor(target)
        case "<":
            return ceil(target) - 1
        case "==":
            return int(target) if target == int(target) else None


def _solve_count(value: Result, index: int, node: Aggregate, op: Op, target: Number) -> _Move | None:
    """More items (or a larger total); fewer are never asked for."""
    needed = _least(op, target)
    low, high = (value.low, value.high) if isinstance(value, Interval) else (value, value)
    if needed is None or not isinstance(low, int) or not isinstance(high, int) or needed <= low:
        return None
    more = needed - low
    moved: Result = needed if low == high else Interval(low + more, high + more)
    return _Move(index, low, needed, {index: moved})


def _solve_linear(run: _Run, total: Linear, value: Number, op: Op, target: Number) -> _Move | None:
    """Moves the first term that can move, the others staying: in a growth the later year."""
    for factor, term in total.terms:
        now = run.results[term]
        if factor == 0 or not isinstance(now, int | Fraction):
            continue
        rest = value - factor * now
        turned = op if factor > 0 else OPPOSITE[op]
        move = _solve(run, term, turned, Fraction(target - rest) / factor)
        if move is not None:
            return move
    return None


def _solve_extreme(run: _Run, node: Extreme, op: Op, target: Number) -> _Move | None:
    """A maximum rises with its largest item; a minimum only where one item alone keeps it down."""
    results = run.results
    known = [(results[one], one) for one in node.items if is_plain(results[one])]
    if len(known) != len(node.items) or op == "==":
        return None
    rising = op in (">=", ">")
    if rising == (node.kind == "max"):
        pick = max if rising else min
        return _solve(run, pick(known)[1], op, target)
    failing = [one for value, one in known if not _holds(value, op, target)]
    return _solve(run, failing[0], op, target) if len(failing) == 1 else None


def _holds(value: Result, op: Op, target: Number) -> bool:
    return compare(value, op, target) is True


def _deciding(table: FirstMatch, results: Results) -> int | None:
    """The value node of the row that decided, if one did."""
    for when, value in table.rows:
        if results[when] is None:
            return None
        if results[when]:
            return value
    return table.otherwise
