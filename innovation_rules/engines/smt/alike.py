"""Tell which nodes of which runs say the same: versions and mutants of one program share all but a few.

`world` makes the terms of such nodes once, and knows without asking the solver that they agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from innovation_rules.engines.smt.domain import meaning
from innovation_rules.engines.smt.formula import Run, cell_of
from innovation_rules.program import (
    Aggregate,
    AsOf,
    AtLeast,
    Compare,
    Constant,
    Extreme,
    Fact,
    ItemFact,
    Linear,
    Member,
    Node,
    Outer,
    Quotient,
    Round,
    Under,
    YearsSince,
    children,
)


class Alike:
    """Which nodes of which runs say the same: versions and mutants of one program share all but a few.

    Nodes that say the same have one key, so that their terms are made once, and that they agree is plain.
    """

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._keys: dict[Run, list[int]] = {}
        self._bodies: dict[int, tuple[Aggregate, Any]] = {}
        self._kinds: dict[int, Any] = {}

    def key(self, run: Run, index: int) -> int:
        """What a node says, as a number."""
        keys = self._keys.get(run)
        if keys is None:
            keys = self._keys[run] = []
            for node in run.program.nodes:
                form = self._form(run, node, keys)
                keys.append(self._numbers.setdefault(form, len(self._numbers)))
        return keys[index]

    def asks(self, run: Run, node: Aggregate) -> Any:
        """What an aggregate asks of an item, apart from where it stands; it reads nothing of the enterprise's own."""
        held = self._bodies.get(id(node))
        if held is None:
            # the constants with their types: 1 and True are told apart
            held = self._bodies[id(node)] = node, repr(node.body)
        frame = run.program.frame
        specs = frame.activity_facts if node.over == "activities" else frame.qualification_facts
        read = [specs[part.index] for part in node.body if isinstance(part, ItemFact)]
        columns = tuple((spec.name, meaning(spec)) for spec in read)
        return (
            run.subject,
            run.as_of,
            self.kinds(run),
            node.over,
            held[1],
            columns,
            node.where,
            node.of,
            node.highest,
        )

    def kinds(self, run: Run) -> Any:
        """The kinds that a run's pack names, which decide what is foreign to it."""
        found = self._kinds.get(id(run.pack))
        if found is None:
            found = None if run.pack is None else frozenset(run.pack.head.kinds.items())
            self._kinds[id(run.pack)] = found
        return found

    def _form(self, run: Run, node: Node, keys: Sequence[int]) -> Any:
        match node:
            case Fact():
                fact = run.program.frame.facts[node.index]
                return "fact", run.subject, cell_of(fact), meaning(fact.spec)
            case AsOf():
                return node, run.as_of
            case YearsSince():
                return "years", keys[node.of], run.as_of
            case Aggregate():
                outside = tuple(keys[part.of] for part in node.body if isinstance(part, Outer))
                return self.asks(run, node), node.categories, node.unsurveyed, outside
            case Constant():
                return "constant", repr(node.value)
            case _:
                below = tuple(keys[one] for one in children(node))
                return type(node), below, _apart_from_children(node)


def _apart_from_children(node: Node) -> Any:
    """What a node says besides what it reads."""
    match node:
        case Linear():
            return tuple(factor for factor, _ in node.terms), node.constant
        case Quotient():
            return node.factor
        case Extreme():
            return node.kind, node.bound
        case Round():
            return node.unit, node.mode
        case Compare():
            return node.op
        case Member():
            return repr(node.values)
        case Under():
            return node.prefixes, node.wider
        case AtLeast():
            return node.n
        case _:
            return None
