"""Run a Program on one concrete case through the solver's encoding: the fourth engine of the differential tests.

What `values` says of solver terms it says of concrete values too, so that each node can be held against the
interpreter. Needs the extra `prove`, as all that the encoding is written with does.
"""

from __future__ import annotations

from innovation_rules.case import Case, Item
from innovation_rules.engines.smt.values import (
    Reading,
    Scene,
    Sym,
    V,
    concrete,
    of_constant,
    summed,
)
from innovation_rules.program import Aggregate, Program, Result
from innovation_rules.walk import items_of

name = "smt"


def evaluate(program: Program, case: Case) -> tuple[Result, ...]:
    """One result a node, in the program's order."""
    reading = Reading(program.nodes, _Whole(case))
    reading.scene.reading = reading  # type: ignore[attr-defined]
    return tuple(concrete(reading[index]) for index in range(len(program.nodes)))


class _Whole(Scene):
    """A concrete case."""

    reading: Reading

    def __init__(self, case: Case) -> None:
        self.case, self.as_of = case, case.as_of

    def fact(self, index: int) -> V:
        return of_constant(self.case.values[index])

    def aggregate(self, index: int, node: Aggregate) -> V:
        case = self.case
        members = []
        for item in items_of(node, case):
            body = Reading(node.body, _OneItem(item, self))
            belongs = body.truth(node.where)
            members.append((belongs, None if node.of is None else body.value(node.of), True))
        return summed(members, node.highest, node.unsurveyed, self._unknown_parts(node))

    def _unknown_parts(self, node: Aggregate) -> list[bool]:
        if node.over == "qualifications":
            return [not self.case.qualifications_known]
        return [one in self.case.unsurveyed for one in node.categories]


class _OneItem(Scene):
    """One item of a concrete case."""

    def __init__(self, item: Item, whole: _Whole) -> None:
        self.values, self.whole, self.as_of = item, whole, whole.as_of

    def item(self, index: int) -> V:
        return of_constant(self.values[index])

    def outer(self, index: int) -> Sym:
        return self.whole.reading[index]
