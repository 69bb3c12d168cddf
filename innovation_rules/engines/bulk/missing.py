"""Say in columns which facts are missing: `gaps.missing` once more, top-down from the open outcomes.

A plan that is given `item_gaps` also counts the items of which a field is missing. A field is named without the
number of its item (`activities[].started`); everything else is named as `gaps` names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Generic

from innovation_rules.engines.bulk.adapter import E, Kind, T
from innovation_rules.engines.bulk.lower import Lowering
from innovation_rules.engines.bulk.outcomes import BITS
from innovation_rules.engines.bulk.plan import HELD, UNSURVEYED, Plan
from innovation_rules.engines.bulk.values import Shape
from innovation_rules.facts import CATEGORIES
from innovation_rules.gaps import READ_OFF, Outcome, outcomes
from innovation_rules.program import (
    Aggregate,
    Fact,
    FirstMatch,
    ItemFact,
    Node,
    Outer,
    Program,
    Quotient,
    Under,
    children,
)

HELD_BY_NOBODY: Final = "qualifications"


def names(program: Program) -> tuple[str, ...]:
    """What each bit of the masks `missing_0`, `missing_1`, … stands for, 63 to a mask."""
    frame = program.frame
    items = {"activities": frame.activity_facts, "qualifications": frame.qualification_facts}
    return (
        *dict.fromkeys(one.name for one in frame.facts),
        *dict.fromkeys(_field(over, one.name) for over, specs in items.items() for one in specs),
        *(f"activities.{one}" for one in CATEGORIES),
        HELD_BY_NOBODY,
    )


def _field(over: str, name: str) -> str:
    return f"{over}[].{READ_OFF.get(name, name)}"


def _bases(nodes: Sequence[Node], index: int) -> Iterator[Node]:
    """Everything beneath a node, itself among it."""
    stack, seen = [index], {index}
    while stack:
        node = nodes[stack.pop()]
        yield node
        new = [] if isinstance(node, Outer) else [one for one in children(node) if one not in seen]
        seen.update(new)
        stack += new


class _Descent(Generic[E]):
    """Which of some nodes are reached, from the last to the first, through what is not known."""

    def __init__(self, lowering: Lowering[E], nodes: Sequence[Node], shapes: Sequence[Shape[E]]) -> None:
        self.low, self.b, self.nodes, self.shapes = lowering, lowering.b, nodes, shapes
        self.reached: dict[int, list[E]] = {}

    def open(self, index: int) -> E:
        """Not one known value."""
        return self.b.is_null(self.low.plain(self.shapes[index]).value)

    def reach(self, index: int, where: E) -> None:
        self.reached.setdefault(index, []).append(where)

    def down(self, leaf: Callable[[Node, E], bool], short: Callable[[int, E], None]) -> None:
        """`leaf` takes what has no children to go down to; `short` a code that is known, but too short for a test."""
        for index in range(len(self.nodes) - 1, -1, -1):
            if index in self.reached:
                node = self.nodes[index]
                where = self.b.all_of([self.b.any_of(self.reached[index]), self.open(index)])
                if not leaf(node, where):
                    self._undecided(node, where, short)

    def _undecided(self, node: Node, where: E, short: Callable[[int, E], None]) -> None:
        """`gaps._undecided` over columns."""
        b = self.b
        match node:
            case FirstMatch():
                self._rows(node, where)
            case Quotient():
                self.reach(node.of, where)
                self.reach(node.to, where)
                to = self.low.a.compared(self.low.number(self.shapes[node.to]), ">", self.low.a.number(0))
                self.reach(node.otherwise, b.all_of([where, b.negate(self.low.is_true(to))]))
            case Under():
                open_ = self.open(node.of)
                short(node.of, b.all_of([where, b.negate(open_)]))
                self.reach(node.of, b.all_of([where, open_]))
            case _:
                for child in children(node):
                    self.reach(child, where)

    def _rows(self, node: FirstMatch, where: E) -> None:
        b = self.b
        for when, value in node.rows:
            truth = self.low.of(self.shapes[when])
            here = b.all_of([where, self.low.is_possible(truth)])
            self.reach(when, here)
            self.reach(value, here)
            where = b.all_of([where, b.negate(self.low.is_true(truth))])
        self.reach(node.otherwise, where)


# ------------------------------------------------------------------------------------------------ items


def _gap(index: int, what: str, which: int) -> str:
    return f"n{index}_{what}{which}"


def item_gaps(plan: Plan[E, T], group: Sequence[int]) -> dict[str, tuple[E, Kind]]:
    """For each aggregate: how many items leave it open by a field of theirs, or by a result of the enterprise."""
    a = plan.lowering.a
    return {
        name: (a.pick(plan.backend.any_of(flags), a.whole(1), a.whole(0)).value, "number")
        for index in group
        for name, flags in _inner(plan, index).items()
    }


def _inner(plan: Plan[E, T], index: int) -> dict[str, list[E]]:
    node = plan.program.nodes[index]
    assert isinstance(node, Aggregate)
    lowering, shapes = plan.body(index)
    descent: _Descent[E] = _Descent(lowering, node.body, shapes)
    found: dict[str, list[E]] = {}

    def note(what: str, which: int, where: E) -> None:
        found.setdefault(_gap(index, what, which), []).append(where)

    def leaf(part: Node, where: E) -> bool:
        if isinstance(part, ItemFact):
            note("field", part.index, where)
        elif isinstance(part, Outer):
            note("outer", part.of, where)
        return isinstance(part, ItemFact | Outer)

    def short(below: int, where: E) -> None:
        for part in _bases(node.body, below):
            if isinstance(part, ItemFact):
                note("field", part.index, where)
            elif isinstance(part, Outer):
                note("base", part.of, where)

    truth = lowering.of(shapes[node.where])
    descent.reach(node.where, plan.backend.is_null(truth))
    if node.of is not None:
        descent.reach(node.of, lowering.is_possible(truth))
    descent.down(leaf, short)
    return found


# ------------------------------------------------------------------------------------------------ enterprises


class Missing(Generic[E, T]):
    """The masks of a plan that was given `item_gaps` and has run.

    The plan may run more than the program: further nodes and facts behind those of its own.
    """

    def __init__(self, plan: Plan[E, T], program: Program | None = None) -> None:
        self.plan, self.program, self.b = plan, program or plan.program, plan.backend
        self.low = plan.lowering
        self.descent: _Descent[E] = _Descent(self.low, plan.program.nodes, plan.shapes)
        self.found: dict[str, list[E]] = {}

    def masks(self) -> dict[str, E]:
        """missing_0, missing_1, …: a bit for each of `names`."""
        for one in outcomes(self.program):
            self._outcome(one)
        self.descent.down(self._leaf, self._short)
        every, false = names(self.program), self.low.a.false
        flags = [self.b.any_of(self.found[one]) if one in self.found else false for one in every]
        parts = [flags[at : at + BITS] for at in range(0, len(flags), BITS)]
        return {f"missing_{at}": self.b.mask(part) for at, part in enumerate(parts)}

    def _outcome(self, one: Outcome) -> None:
        """`gaps._Search.outcome` over columns."""
        if self._settled(one):
            return
        truth = self._truth
        gate = self.low.a.true if one.gate is None else self.low.is_possible(truth(one.gate))
        for root in one.rests_on:
            where = gate
            if root in one.amounts:
                assert one.gate is not None
                open_ = self.b.is_null(truth(one.gate))
                may = self.b.any_of([open_, self.low.is_possible(truth(one.roots[0]))])
                where = self.b.all_of([gate, may])
            self.descent.reach(root, where)

    def _truth(self, index: int) -> E:
        return self.low.of(self.plan.shapes[index])

    def _settled(self, one: Outcome) -> bool:
        if one.kind == "coverages":
            return not self.program.in_force
        if one.kind != "awards":
            return False
        rule = self.program.awards[one.place]
        return not (self.program.in_force and rule.in_force and rule.decided)

    def _note(self, name: str, where: Iterable[E]) -> None:
        self.found.setdefault(name, []).append(self.b.all_of([*where]))

    def _fact(self, node: Node, where: Iterable[E]) -> None:
        if isinstance(node, Fact):
            self._note(self.program.frame.facts[node.index].name, where)

    def _short(self, index: int, where: E) -> None:
        for node in _bases(self.program.nodes, index):
            self._fact(node, [where])

    def _leaf(self, node: Node, where: E) -> bool:
        self._fact(node, [where])
        if isinstance(node, Aggregate):
            self._aggregate(self._place(node), node, where)
        return isinstance(node, Fact | Aggregate)

    def _place(self, node: Aggregate) -> int:
        return next(at for at, one in enumerate(self.plan.program.nodes) if one is node)

    def _aggregate(self, index: int, node: Aggregate, where: E) -> None:
        frame = self.program.frame
        specs = frame.activity_facts if node.over == "activities" else frame.qualification_facts
        for at, spec in enumerate(specs):
            for some in self._counted(index, "field", at):
                self._note(_field(node.over, spec.name), [where, some])
        for outer in dict.fromkeys(children(node)):
            for some in self._counted(index, "outer", outer):
                self.descent.reach(outer, self.b.all_of([where, some]))
            for some in self._counted(index, "base", outer):
                self._short(outer, self.b.all_of([where, some]))
        if node.unsurveyed and node.over == "qualifications":
            self._note(HELD_BY_NOBODY, [where, self.b.negate(self.b.column(HELD))])
        elif node.unsurveyed:
            for one in node.categories:
                self._note(f"activities.{one}", [where, self.b.column(f"{UNSURVEYED}{one}")])

    def _counted(self, index: int, what: str, which: int) -> Iterator[E]:
        """Where some item leaves the aggregate open by that; nothing where none can."""
        name = _gap(index, what, which)
        if name in self.plan.counted:
            yield self.b.compare(">", self.b.column(name), self.b.constant(0, "number"))
