"""Say what one node of a Program gives, from the results of the nodes before it: the meaning, node by node.

`engines.interpreter` walks a whole program with it; `gaps` runs a part of a program again with it, and `reasons`
looks inside an aggregate. Truth tables and arithmetic on unknowns stand in `program`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar, assert_never

from innovation_rules.case import Case, Item
from innovation_rules.program import (
    Aggregate,
    And,
    AsOf,
    AtLeast,
    Compare,
    Constant,
    Extreme,
    Fact,
    FirstMatch,
    ItemFact,
    Known,
    Linear,
    Member,
    Node,
    Not,
    Number,
    Or,
    Outer,
    Program,
    Quotient,
    Result,
    Round,
    Truth,
    Under,
    Value,
    YearsSince,
    all_of,
    any_of,
    at_least_of,
    children,
    compare,
    extreme,
    first_match,
    is_plain,
    known,
    linear,
    member,
    moved_back,
    not_,
    quotient,
    rounded,
    spread,
    under,
    years_between,
)

Results = Sequence[Result]


def result_of(
    node: Node, results: Results, case: Case, item: Item = (), outer: Results | None = None
) -> Result:
    """The result of one node from the results of those before it.

    Inside an Aggregate's body `results` are the body's own, `item` is the activity or qualification at hand
    and `outer` the results of the program around it.
    """
    match node:
        case Compare():
            return compare(results[node.left], node.op, results[node.right])
        case Fact():
            return case.values[node.index]
        case Constant():
            return node.value
        case And():
            return all_of([truth(results[one]) for one in node.items])
        case Or():
            return any_of([truth(results[one]) for one in node.items])
        case Not():
            return not_(truth(results[node.item]))
        case AtLeast():
            return at_least_of(node.n, [truth(results[one]) for one in node.items])
        case ItemFact():
            return item[node.index]
        case Outer():
            return (outer or ())[node.of]
        case Member():
            return member(results[node.of], node.values)
        case Under():
            return under(results[node.of], node.prefixes, node.wider)
        case Known():
            return known(results[node.of])
        case Aggregate():
            return aggregate(node, results, case)
        case FirstMatch():
            rows = [(truth(results[when]), results[value]) for when, value in node.rows]
            return first_match(rows, results[node.otherwise])
        case Quotient():
            return quotient(results[node.of], results[node.to], node.factor, results[node.otherwise])
        case Linear():
            return linear([(factor, results[term]) for factor, term in node.terms], node.constant)
        case Extreme():
            return extreme(node.kind, [results[one] for one in node.items], node.bound)
        case Round():
            return rounded(results[node.of], node.unit, node.mode)
        case AsOf():
            return moved_back(case.as_of, node.years, node.months, node.days)
        case YearsSince():
            return years_between(results[node.of], case.as_of)
        case _:
            assert_never(node)


def truth(result: Result) -> Truth:
    """A result that stands where a truth must stand."""
    assert result is None or result is True or result is False, result
    return result


# ------------------------------------------------------------------------------------------ aggregates


def aggregate(node: Aggregate, results: Results, case: Case) -> Value:
    """A count or a total over the items: exact where all is known, else from what is sure to what is possible."""
    low: Number = 0
    high: Number = 0
    for item in items_of(node, case):
        belongs, amount = passes(node, item, results, case)
        if belongs is False:
            continue
        least, most = (0, node.highest) if amount is None else (amount, amount)
        low += least if belongs else 0
        high += most
    return spread(low, high + node.unsurveyed * unknown_parts(node, case))


def items_of(node: Aggregate, case: Case) -> tuple[Item, ...]:
    """The items an aggregate looks at."""
    return case.activities if node.over == "activities" else case.qualifications


def unknown_parts(node: Aggregate, case: Case) -> int:
    """How many parts of the list nobody surveyed: categories, or the qualifications as a whole."""
    if node.over == "qualifications":
        return 0 if case.qualifications_known else 1
    return sum(category in case.unsurveyed for category in node.categories)


def passes(node: Aggregate, item: Item, results: Results, case: Case) -> tuple[Truth, Number | None]:
    """Whether an item belongs, and what it adds (1 for a count; None where its amount is unknown)."""
    inner = body_results(node, item, results, case)
    belongs = truth(inner[node.where])
    if node.of is None:
        return belongs, 1
    amount = inner[node.of]
    return belongs, amount if is_plain(amount) else None  # type: ignore[return-value]


def body_results(node: Aggregate, item: Item, results: Results, case: Case) -> list[Result]:
    """The results of an aggregate's body for one item."""
    inner: list[Result] = []
    for part in node.body:
        inner.append(result_of(part, inner, case, item, results))
    return inner


# ------------------------------------------------------------------------------- running a part again


def readers(program: Program) -> tuple[tuple[int, ...], ...]:
    """For each node, the nodes that read it, lowest first: `children` turned round."""
    found: list[list[int]] = [[] for _ in program.nodes]
    for index, node in enumerate(program.nodes):
        for child in dict.fromkeys(children(node)):
            found[child].append(index)
    return tuple(map(tuple, found))


def cones(readers_of: Sequence[Sequence[int]], starts: Iterable[int]) -> tuple[int, ...]:
    """Every node whose result can depend on the starts, in the program's order, without the starts."""
    begun = set(starts)
    seen = set(begun)
    open_ends = list(begun)
    while open_ends:
        for reader in readers_of[open_ends.pop()]:
            if reader not in seen:
                seen.add(reader)
                open_ends.append(reader)
    return tuple(sorted(seen - begun))


def below(nodes: Sequence[Node], roots: Iterable[int]) -> tuple[int, ...]:
    """Every node that the roots rest on, themselves included, in order; of a body those within it."""
    seen = set(roots)
    open_ends = list(seen)
    while open_ends:
        node = nodes[open_ends.pop()]
        for child in () if isinstance(node, Outer) else children(node):
            if child not in seen:
                seen.add(child)
                open_ends.append(child)
    return tuple(sorted(seen))


class Step(NamedTuple):
    """A node to run again, and what it reads."""

    at: int
    node: Node
    reads: tuple[int, ...]


def steps(program: Program, affected: Iterable[int]) -> tuple[Step, ...]:
    """What to run again, in order."""
    nodes = program.nodes
    return tuple(Step(index, nodes[index], children(nodes[index])) for index in affected)


def rerun(
    case: Case, results: Results, changes: Mapping[int, Result], affected: Iterable[Step]
) -> list[Result]:
    """The results as they would be if some nodes gave something else; `affected` are the steps of their cone."""
    new = list(results)
    for index, value in changes.items():
        new[index] = value
    moved = set(changes)
    for index, node, reads in affected:
        if moved.isdisjoint(reads) or index in changes:
            continue
        result = result_of(node, new, case)
        if result is not (old := new[index]) and (result != old or result.__class__ is not old.__class__):
            new[index] = result
            moved.add(index)
    return new


# ------------------------------------------------------------------------------------- kept per program

Kept = TypeVar("Kept")


class PerProgram(Generic[Kept]):
    """Something worked out once for each Program and forgotten with it; the Program itself stays as it is."""

    def __init__(self, make: Callable[[Program], Kept]) -> None:
        self._make = make
        self._kept: dict[int, tuple[weakref.ref[Program], Kept]] = {}

    def __call__(self, program: Program) -> Kept:
        entry = self._kept.get(id(program))
        if entry is not None and entry[0]() is program:
            return entry[1]
        return self._add(program)

    def _add(self, program: Program) -> Kept:
        key, kept = id(program), self._make(program)
        self._kept[key] = (weakref.ref(program, lambda _: self._kept.pop(key, None) and None), kept)
        return kept
