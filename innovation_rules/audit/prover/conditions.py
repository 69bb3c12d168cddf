"""Claims about conditions: each test and each branch that an author wrote makes a difference somewhere.

A condition is tried both ways: where it holds, some outcome would be another if it did not, and the reverse. A test
of an item is tried on one item alone, which is wider than a whole enterprise: what is proved there holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from innovation_rules.audit.coverage import inner_leaves, is_leaf, item_program
from innovation_rules.audit.prover.desk import DECIDED, SETTLED, Answer, Desk, Look, Question
from innovation_rules.audit.prover.findings import Refuted
from innovation_rules.case import Frame
from innovation_rules.engines import compiled
from innovation_rules.engines.smt import Formula, Proved, Run, Space, Unsettled
from innovation_rules.errors import Words
from innovation_rules.gaps import UNDETERMINED, Outcome, outcomes
from innovation_rules.pack import grammar as g
from innovation_rules.pack import operators as op
from innovation_rules.program import (
    AWARD_STATUSES,
    COVERAGE_STATUSES,
    Aggregate,
    And,
    AtLeast,
    Known,
    Node,
    Not,
    Or,
    Origin,
    Program,
    TruthNode,
    children,
)
from innovation_rules.reasons import infos
from innovation_rules.walk import PerProgram, Results, below

SAYS = {
    True: Words("这个条件成立，有时会改变结果", "it matters somewhere that this holds"),
    False: Words("这个条件不成立，有时会改变结果", "it matters somewhere that this does not hold"),
}


_WINDOW: Final = frozenset(("started", "ended", "begun_by", "lasted_until", "standing"))
"""Columns that windows and the standing of an activity read, which come by themselves."""


class Condition(NamedTuple):
    """A truth that an author wrote, and the outcomes that rest on it."""

    node: int
    name: str
    above: tuple[Outcome, ...]
    facts: tuple[int, ...]
    """Named facts that rest on it, where others are to build on them."""


def dead_condition(desk: Desk) -> Iterator[Question]:
    """Each condition makes a difference by holding, and by not holding."""
    for one in of(desk):
        for truth in (True, False) if not isinstance(desk.program.nodes[one.node], Known) else (True,):
            yield _question(desk, one, truth)
    for index in _aggregates(desk):
        yield from _inside(desk, index)


def _question(desk: Desk, one: Condition, truth: bool) -> Question:
    origin = desk.program.origins[one.node]
    clause = origin.clause or next((each.clause for each in one.above), "")
    over = (node for outcome in one.above for node in outcome.rests_on)
    rests_on = tuple(dict.fromkeys((one.node, *over, *one.facts)))
    return Question(
        f"{one.name}={'true' if truth else 'false'}",
        _says(desk, origin, truth),
        clause,
        origin.place,
        rests_on,
        lambda: _matters(desk, one, truth),
        exists=True,
    )


def _says(desk: Desk, origin: Origin, truth: bool) -> Words:
    zh, en = SAYS[truth]
    place = origin.place
    assert place is not None
    line = desk.pack.linked.sources[place.file].splitlines()[place.line - 1].strip()
    return Words(f"{zh}：{line}", f"{en}: {line}")


# ------------------------------------------------------------------------------------------ which conditions


def of(desk: Desk) -> list[Condition]:
    """Every condition of the pack that something rests on."""
    program = desk.program
    over = above(program)
    every, decided = list(desk.outcomes.values()), set(desk.decided())
    roots = {root for one in every for root in one.rests_on}
    resting = _resting(desk)
    found = []
    for index, node in enumerate(program.nodes):
        if not _written(desk, index, node) or not desk.ripe((index,)):
            continue
        touched = tuple(every[at] for at in over[index] if every[at] in decided and index not in roots)
        facts = resting.get(index, ())
        if touched or facts:
            found.append((index, touched, facts))
    names = _named([(index, _name(program, index)) for index, *_ in found])
    return [Condition(index, names[index], touched, facts) for index, touched, facts in found]


def _resting(desk: Desk) -> dict[int, tuple[int, ...]]:
    """For each node the facts above it, in a pack that is there to be extended: each fact is something it decides."""
    found: dict[int, tuple[int, ...]] = {}
    program = desk.program
    if isinstance(desk.pack.linked.pack.coverages, g.NoCoverage):
        for index, origin in enumerate(program.origins):
            if origin.name and origin.path.startswith("facts.") and desk.own(origin.place):
                for at in below(program.nodes, children(program.nodes[index])):
                    found[at] = (*found.get(at, ()), index)
    return found


def _written(desk: Desk, index: int, node: Node) -> bool:
    """A test, a truth asked for by name, or a branch of a connective; `not` says no more than what it denies."""
    origin = desk.program.origins[index]
    if not isinstance(node, TruthNode) or isinstance(node, Not) or not desk.own(origin.place):
        return False
    section, _, rest = origin.path.partition(".")
    if section != "facts":
        return section != "jurisdiction"
    entry = desk.pack.linked.find("facts", rest.partition(".")[0])
    return entry is not None and isinstance(entry.item.operator, _SPELT_OUT)


_SPELT_OUT: Final = (
    op.WhenTrue,
    op.TableOf,
    op.ExistsSome,
    op.CountOf,
    op.TotalOf,
    op.HasActivity,
    op.HoldsOne,
)
"""The operators whose conditions the author wrote; those of the others come with the operator."""


def _named(pairs: Iterable[tuple[int, str]]) -> dict[int, str]:
    """A name for each, numbered where several are called alike."""
    pairs = list(pairs)
    often = Counter(name for _, name in pairs)
    count: Counter[str] = Counter()
    found = {}
    for index, name in pairs:
        count[name] += 1
        found[index] = name if often[name] == 1 else f"{name}#{count[name]}"
    return found


def _name(program: Program, index: int) -> str:
    """The path of a condition, and what it tests."""
    path, tests = program.origins[index].path, _tested(program, index)
    return path if not tests or path.endswith(f".{tests}") else f"{path}.{tests}"


def _tested(program: Program, index: int) -> str:
    match program.nodes[index]:
        case And():
            return "all"
        case Or():
            return "any"
        case AtLeast():
            return "at_least_of"
    for child in children(program.nodes[index]):
        name = infos(program)[child].name.split("@")[0]
        if name:
            return name
        if isinstance(program.nodes[child], Aggregate):
            return "exists"
    return infos(program)[index].name


def _above(program: Program) -> tuple[tuple[int, ...], ...]:
    found: list[list[int]] = [[] for _ in program.nodes]
    for at, one in enumerate(outcomes(program)):
        for node in below(program.nodes, one.rests_on):
            found[node].append(at)
    return tuple(map(tuple, found))


above: Final = PerProgram(_above)
"""For each node of a program the outcomes that rest on it, by their place."""


# ------------------------------------------------------------------------------------------ does it matter


def _matters(desk: Desk, one: Condition, truth: bool) -> Answer:
    """Some outcome would come out otherwise had the condition come out the other way."""
    if shows(desk, one, truth, desk.looks):
        return SETTLED
    run, other = desk.run, desk.run.forced({one.node: not truth})
    held = run.true(one.node) if truth else run.false(one.node)
    differences = [differ(desk.space, run, other, outcome) for outcome in one.above]
    differences += [~desk.space.agree(run, fact, other, fact) for fact in one.facts]
    seconds = 0.0
    for difference in differences:
        answer = desk.sometimes(held & difference)
        seconds += answer.seconds
        if not isinstance(answer, Refuted):
            return answer if isinstance(answer, Unsettled) else Proved(seconds)
    return Refuted(seconds)


def shows(desk: Desk, one: Condition, truth: bool, looks: Iterable[Look]) -> bool:
    """Whether some case at hand comes out otherwise when the condition is turned round."""
    for case, results in looks:
        if results[one.node] is truth:
            after = compiled.again(desk.program, case, results, one.node, not truth)
            if any(_differs(outcome, results, after) for outcome in one.above) or any(
                results[fact] != after[fact] for fact in one.facts
            ):
                return True
    return False


def _differs(outcome: Outcome, results: Results, after: Results) -> bool:
    if outcome.kind == "classes":
        return any(results[root] != after[root] for root in outcome.roots)
    before, then = outcome.status(results), outcome.status(after)
    worth = outcome.amounts if before in _WORTH else ()
    return before != then or any(results[end] != after[end] for end in worth)


_WORTH: Final = (*DECIDED, UNDETERMINED)


def differ(space: Space, run: Run, other: Run, outcome: Outcome) -> Formula:
    """An outcome comes out otherwise in the two runs: its status, what is still possible, or its amount."""
    if outcome.kind == "classes":
        return space.any_of(~space.agree(run, root, other, root) for root in outcome.roots)
    every = [*statuses(outcome, run), UNDETERMINED]
    found = [run.status(outcome.key, one) & ~other.status(outcome.key, one) for one in every]
    for end in outcome.amounts:
        both = run.status(outcome.key, *_WORTH) & other.status(outcome.key, *_WORTH)
        found.append(both & ~space.agree(run, end, other, end))
    return space.any_of(found)


def statuses(outcome: Outcome, run: Run) -> list[str]:
    """What an outcome can come to, undetermined left out."""
    match outcome.kind:
        case "coverages":
            return [one for one in COVERAGE_STATUSES if one != UNDETERMINED]
        case "awards":
            return [one for one in AWARD_STATUSES if one != UNDETERMINED]
        case "classes":
            return [one.id for one in run.program.classes[outcome.place].values]
        case _:
            return ["active", "inactive"]


# ------------------------------------------------------------------------------------------ tests of an item


def _aggregates(desk: Desk) -> list[int]:
    over = above(desk.program)
    return [
        index
        for index, node in enumerate(desk.program.nodes)
        if isinstance(node, Aggregate) and over[index] and desk.own(desk.program.origins[index].place)
    ]


def _inside(desk: Desk, index: int) -> Iterator[Question]:
    """The tests of what an aggregate counts: whether an item belongs can rest on each."""
    program = desk.program
    origins = program.body_origins.get(index, ())
    node = program.nodes[index]
    assert isinstance(node, Aggregate)
    alone = _Alone(desk, index)
    leaves = [
        one
        for one in inner_leaves(program, index)
        if is_leaf(node.body, one)
        and one < len(origins)
        and desk.own(origins[one].place)
        and alone.is_written(one)
    ]
    path = program.origins[index].path
    names = _named([(one, f"{path}.item.{alone.tested(one)}") for one in leaves])
    for leaf in leaves:
        for truth in (True, False):
            yield Question(
                f"{names[leaf]}={'true' if truth else 'false'}",
                _says(desk, origins[leaf], truth),
                origins[leaf].clause or program.origins[index].clause,
                origins[leaf].place,
                (index,),
                lambda at=leaf, way=truth: alone.matters(at, way),  # type: ignore[misc]
                exists=True,
            )


def _hand_made(program: Program) -> Program:
    """The columns of an item as facts of nobody in particular, so that no enterprise is sought to hold them."""
    facts = tuple(
        replace(fact, spec=replace(fact.spec, owner="enterprise", declared=False, source="item"))
        for fact in program.frame.facts
    )
    return replace(program, frame=Frame(facts, (), ()))


class _Alone:
    """One aggregate's body on a single item."""

    def __init__(self, desk: Desk, index: int) -> None:
        self.desk = desk
        self.program = _hand_made(item_program(desk.program, index))
        node = desk.program.nodes[index]
        assert isinstance(node, Aggregate)
        self.where = node.where
        self._space: Space | None = None
        self._run: Run | None = None

    def tested(self, leaf: int) -> str:
        """The columns that a test reads."""
        return next(iter(self._columns(leaf)), "test")

    def _columns(self, node: int) -> list[str]:
        names = [infos(self.program)[one].name for one in below(self.program.nodes, (node,))]
        return [name for name in names if name]

    def is_written(self, leaf: int) -> bool:
        """Whether an author wrote the test: not the window, nor the evidence that kinds called other need."""
        if not _WINDOW.isdisjoint(self._columns(leaf)):
            return False
        nots = [index for index, node in enumerate(self.program.nodes) if node == Not(leaf)]
        return not any(
            isinstance(node, Or)
            and not set(nots).isdisjoint(node.items)
            and "evidenced" in self._columns(index)
            for index, node in enumerate(self.program.nodes)
        )

    def run(self) -> tuple[Space, Run]:
        if self._space is None or self._run is None:
            self._space = Space(timeout=self.desk.seconds)
            self._run = self._space.run(self.program, self._space.enterprise("item"), self.desk.term.last)
        return self._space, self._run

    def matters(self, leaf: int, truth: bool) -> Answer:
        space, run = self.run()
        other = run.forced({leaf: not truth})
        held = run.true(leaf) if truth else run.false(leaf)
        where = self.where
        turned = ~space.agree(run, where, other, where)
        return self.desk.sometimes(held & turned, space)


__all__ = ["Condition", "above", "dead_condition", "differ", "of", "shows", "statuses"]
