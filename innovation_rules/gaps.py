"""Find what stands between a case and a better decision: the facts that are missing, and the near misses.

`decision` asks it on demand. Both start from a program's outcomes: its coverages, awards, profile, layers and
classes, each with the nodes that it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from innovation_rules.case import Case
from innovation_rules.program import (
    AWARD_STATUSES,
    COVERAGE_STATUSES,
    OPPOSITE,
    Aggregate,
    AwardRule,
    CategoryRule,
    ClassRule,
    Compare,
    Constant,
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
    YearsSince,
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
    cones,
    items_of,
    readers,
    rerun,
    steps,
    truth,
)

UNDETERMINED: Final = "undetermined"
READ_OFF: Final[Mapping[str, str]] = {
    "begun_by": "started",
    "lasted_until": "ended",
    "evidenced": "evidence",
}
"""Columns that a case reads off a field of another name: what is missing is the field."""
Kind = Literal["coverages", "awards", "profile", "layers", "classes"]
_ACTIVITY: Final = ("active", "inactive", UNDETERMINED)
_STATUSES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "coverages": COVERAGE_STATUSES,
    "awards": AWARD_STATUSES,
    "profile": _ACTIVITY,
    "layers": _ACTIVITY,
}

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
    rests_on: tuple[int, ...] = ()
    """The gate, the roots and the amounts."""


def statuses_of(kind: Kind) -> tuple[str, ...]:
    """Every status that an outcome of a kind can have; a classification has values of its own (KeyError)."""
    return _STATUSES[kind]


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
    found = (
        *(_coverage(index, rule, program) for index, rule in enumerate(program.coverages)),
        *(_award(index, rule, program) for index, rule in enumerate(program.awards)),
        *(_category("profile", index, rule) for index, rule in enumerate(program.profile)),
        *(_category("layers", index, rule) for index, rule in enumerate(program.layers)),
        *(_class(index, rule) for index, rule in enumerate(program.classes)),
    )
    return tuple(
        one._replace(rests_on=(*(() if one.gate is None else (one.gate,)), *one.roots, *one.amounts))
        for one in found
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
        results = self.results
        open_roots = [root for root in outcome.rests_on if not is_plain(results[root])]
        if not open_roots or (outcome.gate is not None and results[outcome.gate] is False):
            return
        status = outcome.status(results)
        if status in SETTLED:
            return
        if status not in ("eligible", "favoured", UNDETERMINED):
            open_roots = [root for root in open_roots if root not in outcome.amounts]
        for root in open_roots:
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


class NearMiss(NamedTuple):
    """One number that would have to move for a decision to come out better, all else unchanged."""

    fact: str
    """The base fact, or what is counted."""
    label: str
    present: int
    needed: int
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
    def gap(self) -> int:
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
    present: int
    needed: int
    value: Result
    """What the node would give: the number, or an interval that starts with it."""


Again = Callable[[Program, Case, Results, int, Result], Results]
"""Runs a program again with another result for one node (for a fact: its whole column)."""


def walk_again(program: Program, case: Case, results: Results, node: int, value: Result) -> Results:
    """By a plain walk over what can change."""
    plan = _plans(program)
    return rerun(case, results, dict.fromkeys(plan.starts(node), value), plan.steps(node))


def near_misses(
    program: Program, case: Case, results: Results, again: Again = walk_again
) -> tuple[NearMiss, ...]:
    """False tests over one number, moved by the least that makes them true, where that betters a decision.

    A ratio moves by its numerator, a count by that many more items. Each is checked by running the program
    again. Of several for the same fact and decision the smallest is kept.
    """
    plan = _plans(program)
    trial = _Trial(plan, case, results, again)
    now = [one.status(results) for one in plan.outcomes]
    open_to = [_improvable(one, status) for one, status in zip(plan.outcomes, now, strict=True)]
    found: dict[tuple[int, int], NearMiss] = {}
    for leaf in plan.leaves:
        if results[leaf] is not False:
            continue
        touched = [one for one in plan.touched(leaf) if open_to[one]]
        move = _move(plan, results, leaf) if touched else None
        if move is not None:
            _try(trial, leaf, move, touched, now, found)
    return tuple(found[key] for key in sorted(found, key=itemgetter(0)))


def _improvable(outcome: Outcome, now: str) -> bool:
    """Whether the outcome can come out better at all."""
    if outcome.kind == "classes":
        return not outcome.many
    return BETTER.get(now, 0) < BETTER["covered"] and now not in SETTLED


class _Trial:
    """Runs the program again with one number moved."""

    def __init__(self, plan: _Plan, case: Case, results: Results, again: Again) -> None:
        self.plan, self.case, self.results, self.again = plan, case, results, again
        self._done: dict[tuple[int, int], Results] = {}

    def run(self, move: _Move) -> Results:
        """All results after a move; the same move is run once."""
        key = move.node, move.needed
        done = self._done.get(key)
        if done is None:
            program = self.plan.program
            done = self.again(program, self.case, self.results, move.node, move.value)
            self._done[key] = done
        return done


def _try(
    trial: _Trial,
    leaf: int,
    move: _Move,
    touched: Iterable[int],
    now: Sequence[str],
    found: dict[tuple[int, int], NearMiss],
) -> None:
    """Note the outcomes that come out better when a move makes a test true."""
    after, plan = trial.run(move), trial.plan
    if after[leaf] is not True:
        return
    if not plan.reads_once(leaf, move.node):
        move = _nearest(trial, leaf, move)
        after = trial.run(move)
    for place in touched:
        outcome = plan.outcomes[place]
        becomes = outcome.status(after)
        if becomes != now[place] and _better(outcome, now[place], becomes):
            key = place, plan.starts(move.node)[0]
            known = found.get(key)
            if known is None or abs(move.needed - move.present) < abs(known.gap):
                found[key] = _near_miss(plan, leaf, move, outcome, now[place], becomes)


def _nearest(trial: _Trial, leaf: int, move: _Move) -> _Move:
    """The nearest number that does, where a test reads it in several places: halved until one unit is left."""
    fails, holds = int(move.present), move
    while abs(holds.needed - fails) > 1:
        middle = (fails + holds.needed) // 2
        tried = _Move(move.node, move.present, middle, middle)
        if trial.run(tried)[leaf] is True:
            holds = tried
        else:
            fails = middle
    return holds


def _better(outcome: Outcome, now: str, becomes: str) -> bool:
    if outcome.kind == "classes":
        return becomes != UNDETERMINED
    return BETTER.get(becomes, 0) > BETTER.get(now, 0)


def _near_miss(plan: _Plan, leaf: int, move: _Move, outcome: Outcome, now: str, becomes: str) -> NearMiss:
    info = plan.infos[move.node]
    return NearMiss(
        info.name or info.en,
        info.zh,
        int(move.present),
        move.needed,
        info.type or Type.COUNT,
        info.unit,
        outcome.key,
        outcome.label,
        now,
        becomes,
        plan.infos[leaf].clause or outcome.clause,
        leaf,
    )


class _Plan:
    """What near misses need of a program: its comparisons, who reads whom, and which outcomes rest on what."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.infos = infos(program)
        self.outcomes = outcomes(program)
        self.readers = readers(program)
        self.fixed, never = _fixed_moves(program)
        self.leaves = [
            index
            for index, node in enumerate(program.nodes)
            if isinstance(node, Compare) and index not in never
        ]
        self._fact_nodes: dict[int, tuple[int, ...]] = {}
        for index, node in enumerate(program.nodes):
            if isinstance(node, Fact):
                self._fact_nodes[node.index] = (*self._fact_nodes.get(node.index, ()), index)
        self._roots: dict[int, list[int]] = {}
        for place, outcome in enumerate(self.outcomes):
            for root in (*outcome.roots, *(() if outcome.gate is None else (outcome.gate,))):
                self._roots.setdefault(root, []).append(place)
        self._steps: dict[int, tuple[Step, ...]] = {}
        self._touched: dict[int, tuple[int, ...]] = {}
        self._once: dict[tuple[int, int], bool] = {}

    def starts(self, node: int) -> tuple[int, ...]:
        """The node, or every node that reads the same column."""
        found = self.program.nodes[node]
        return self._fact_nodes[found.index] if isinstance(found, Fact) else (node,)

    def steps(self, node: int) -> tuple[Step, ...]:
        """What to run again when a node has changed."""
        known = self._steps.get(node)
        if known is None:
            known = self._steps[node] = steps(self.program, cones(self.readers, self.starts(node)))
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
        moving = {*self.starts(number), *(step.at for step in self.steps(number))}
        stack = [leaf]
        while stack:
            ways = [child for child in children(self.program.nodes[stack.pop()]) if child in moving]
            if len(ways) > 1:
                return False
            stack += ways
        return True

    def touched(self, leaf: int) -> tuple[int, ...]:
        """The outcomes that rest on a test, by their place."""
        known = self._touched.get(leaf)
        if known is None:
            above = (leaf, *cones(self.readers, (leaf,)))
            found = {place for index in above for place in self._roots.get(index, ())}
            known = self._touched[leaf] = tuple(sorted(found))
        return known


_plans: Final = PerProgram(_Plan)


# -- the least that makes a test true


def _move(plan: _Plan, results: Results, leaf: int) -> _Move | None:
    """How to make a comparison true by moving one number; None where no one number can."""
    fixed = plan.fixed.get(leaf)
    if fixed is not None:
        index, needed = fixed
        return _to(results[index], index, needed)
    node = plan.program.nodes[leaf]
    assert isinstance(node, Compare)
    return _solved(plan, results, node, node.op)


def _solved(plan: _Plan, results: Results, node: Compare, op: Op) -> _Move | None:
    run = _Run(plan, results, set())
    left, right = results[node.left], results[node.right]
    return _solve(run, node.left, op, _bound(right)) or _solve(run, node.right, OPPOSITE[op], _bound(left))


NEGATED: Final[Mapping[Op, Op]] = {">=": "<", ">": "<=", "<=": ">", "<": ">=", "==": "<"}
"""What holds where a comparison does not (for `==`, one of the two)."""


def solved(program: Program, results: Results, leaf: int, holds: bool) -> tuple[int, int, int] | None:
    """A number under a comparison, what it is, and the value nearest to where the comparison turns true (or false).

    The number is the node of a fact or of an aggregate; None where no one number turns it.
    """
    node = program.nodes[leaf]
    assert isinstance(node, Compare)
    move = _solved(_plans(program), results, node, node.op if holds else NEGATED[node.op])
    return None if move is None else (move.node, move.present, move.needed)


def at_boundary(program: Program, results: Results, leaf: int) -> bool:
    """Whether one unit more or less of one number would turn a comparison that is true or false."""
    node = program.nodes[leaf]
    assert isinstance(node, Compare)
    now, left, right = results[leaf], results[node.left], results[node.right]
    if now is None:
        return False
    if isinstance(program.nodes[node.left], Fact | Aggregate | YearsSince) and is_plain(left):
        return any(compare(left + step, node.op, right) is not now for step in (-1, 1))  # type: ignore[operator]
    move = solved(program, results, leaf, holds=not now)
    return move is not None and abs(move[2] - move[1]) == 1


def _to(value: Result, index: int, needed: int) -> _Move | None:
    """A fact moved to a number, or a count raised to it: more items, never fewer."""
    if isinstance(value, Interval):
        low, high = value
        if not isinstance(low, int) or not isinstance(high, int):
            return None
        return _Move(index, low, needed, Interval(needed, high + needed - low))
    return _Move(index, value, needed, needed) if isinstance(value, int) else None


class _Bound(NamedTuple):
    """A number as a fraction over a positive whole number."""

    above: int
    below: int

    def times(self, factor: Number, over: Number) -> _Bound:
        """This × factor / over; both are positive."""
        return _Bound(
            self.above * factor.numerator * over.denominator,
            self.below * factor.denominator * over.numerator,
        )


def _bound(value: Result) -> _Bound | None:
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        return _Bound(value.numerator, value.denominator)
    return None


class _Run(NamedTuple):
    """One search for a move; a node is tried once."""

    plan: _Plan
    results: Results
    tried: set[int]


def _solve(run: _Run, index: int, op: Op, target: _Bound | None) -> _Move | None:
    """The least move of one number under a node after which `node op target` holds."""
    if target is None or index in run.tried:
        return None
    run.tried.add(index)
    value = run.results[index]
    match run.plan.program.nodes[index]:
        case Fact() as fact:
            return _solve_fact(run.plan, value, index, fact, op, target)
        case Aggregate():
            return _solve_count(value, index, op, target)
        case Quotient() as ratio:
            to = run.results[ratio.to]
            if not isinstance(to, int | Fraction) or to <= 0 or ratio.factor <= 0:
                return None
            return _solve(run, ratio.of, op, target.times(to, ratio.factor))
        case Linear() as total if isinstance(value, int | Fraction):
            return _solve_linear(run, total, value, op, target)
        case Extreme() as extreme:
            return _solve_extreme(run, extreme, op, target)
        case FirstMatch() as table:
            row = _deciding(table, run.results)
            return None if row is None else _solve(run, row, op, target)
        case _:
            return None


def _solve_fact(plan: _Plan, value: Result, index: int, fact: Fact, op: Op, target: _Bound) -> _Move | None:
    needed = _allowed(plan.program, fact, _least(op, target))
    return None if needed is None else _to(value, index, needed)


def _allowed(program: Program, fact: Fact, needed: int | None) -> int | None:
    """A number that the fact's declared range holds; None for another, and for what is no number."""
    spec = program.frame.facts[fact.index].spec
    if needed is None or spec.type not in QUANTITIES or (spec.low is not None and needed < spec.low):
        return None
    return None if spec.high is not None and needed > spec.high else needed


def _least(op: Op, target: _Bound) -> int | None:
    """The whole number nearest to the target for which `number op target` holds, from the side where it fails."""
    above, below = target
    match op:
        case ">=":
            return -(-above // below)
        case ">":
            return above // below + 1
        case "<=":
            return above // below
        case "<":
            return -(-above // below) - 1
        case "==":
            return above // below if above % below == 0 else None


def _solve_count(value: Result, index: int, op: Op, target: _Bound) -> _Move | None:
    needed = _least(op, target)
    low = value.low if isinstance(value, Interval) else value
    if needed is None or not isinstance(low, int) or needed <= low:
        return None
    return _to(value, index, needed)


def _fixed_moves(program: Program) -> tuple[dict[int, tuple[int, int]], frozenset[int]]:
    """For a fact or a rising count against a figure: what it must become; and the tests that no move can meet."""
    found: dict[int, tuple[int, int]] = {}
    never: set[int] = set()
    for leaf, test in enumerate(program.nodes):
        if not isinstance(test, Compare):
            continue
        sides: tuple[tuple[int, Op, int], ...] = (
            (test.left, test.op, test.right),
            (test.right, OPPOSITE[test.op], test.left),
        )
        for index, op, other in sides:
            figure, node = program.nodes[other], program.nodes[index]
            if not isinstance(figure, Constant) or (target := _bound(figure.value)) is None:
                continue
            if isinstance(node, Fact):
                needed = _allowed(program, node, _least(op, target))
            elif isinstance(node, Aggregate) and op in (">=", ">"):
                needed = _least(op, target)
            else:
                continue
            if needed is None:
                never.add(leaf)
            else:
                found[leaf] = index, needed
    return found, frozenset(never)


def _solve_linear(run: _Run, total: Linear, value: Number, op: Op, target: _Bound) -> _Move | None:
    """Moves the first term that can move, the others staying: in a growth the later year."""
    for factor, term in total.terms:
        now = run.results[term]
        if factor == 0 or not isinstance(now, int | Fraction):
            continue
        wanted = (Fraction(*target) - value + factor * now) / factor
        move = _solve(run, term, op if factor > 0 else OPPOSITE[op], _bound(wanted))
        if move is not None:
            return move
    return None


def _solve_extreme(run: _Run, node: Extreme, op: Op, target: _Bound) -> _Move | None:
    """A maximum rises with its largest item; a minimum only where one item alone keeps it down."""
    known = [(run.results[one], one) for one in node.items if is_plain(run.results[one])]
    if len(known) != len(node.items) or op == "==":
        return None
    rising = op in (">=", ">")
    if rising == (node.kind == "max"):
        pick = max if rising else min
        return _solve(run, pick(known)[1], op, target)
    failing = [one for value, one in known if compare(value, op, Fraction(*target)) is not True]
    return _solve(run, failing[0], op, target) if len(failing) == 1 else None


def _deciding(table: FirstMatch, results: Results) -> int | None:
    """The value node of the row that decided, if one did."""
    for when, value in table.rows:
        if results[when] is None:
            return None
        if results[when]:
            return value
    return table.otherwise
