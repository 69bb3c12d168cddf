"""Claims about what excludes each other: awards that one denies the other, and tiers that meet at one figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from innovation_rules.audit.prover.desk import DECIDED, Answer, Desk, Question
from innovation_rules.audit.prover.plan import shapes
from innovation_rules.errors import Words
from innovation_rules.gaps import Outcome
from innovation_rules.pack.checker import names
from innovation_rules.program import OPPOSITE, And, Compare, Constant, Number, Op, Or, Origin, Program


def overlap(desk: Desk) -> Iterator[Question]:
    """What the pack says excludes each other never holds together, and tiers leave no figure between them out."""
    yield from _denied(desk)
    for path, clause, members in _groups(desk):
        yield from _tiers(desk, path, clause, members)


def _denied(desk: Desk) -> Iterator[Question]:
    """An award under `unless` with the one that it stands under."""
    awards = {one.id: one for one in desk.decided() if one.kind == "awards"}
    for entry in desk.pack.linked.own("awards"):
        denied = set(names(entry.item.unless)) & set(awards) - {entry.id} if entry.item.unless else set()
        for name in sorted(denied) if entry.id in awards else ():
            one, other = awards[entry.id], awards[name]
            yield Question(
                f"{one.key}&{name}",
                Words(
                    f"“{one.label}”与“{other.label}”不会同时享受",
                    f"{one.key} and {other.key} are never had together",
                ),
                one.clause,
                entry.place,
                (*one.rests_on, *other.rests_on),
                lambda a=one, b=other: _both(desk, a, b),  # type: ignore[misc]
            )


def _both(desk: Desk, one: Outcome, other: Outcome) -> Answer:
    had = desk.run.status(one.key, *DECIDED) & desk.run.status(other.key, *DECIDED)
    return desk.never(had, (one.key, other.key))


# ------------------------------------------------------------------------------------------ tiers


class Bound(NamedTuple):
    """A test of a number against a figure that it must not exceed, or not fall short of."""

    leaf: int
    figure: Number
    strict: bool


class Tier(NamedTuple):
    """A branch between two figures of one number."""

    node: int
    low: Bound | None
    high: Bound | None


def _groups(desk: Desk) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Branches of which one is to hold: of an `any`, rows of a class with several values, awards of one clause."""
    program = desk.program
    for index, node in enumerate(program.nodes):
        origin = program.origins[index]
        if isinstance(node, Or) and len(node.items) > 1 and desk.own(origin.place):
            yield origin.path, origin.clause, node.items
    clauses: dict[str, list[Outcome]] = {}
    for one in desk.decided():
        if one.kind == "awards":
            clauses.setdefault(one.clause, []).append(one)
    for clause, awards in clauses.items():
        if len(awards) > 1:
            yield f"awards@{clause}", clause, tuple(one.roots[0] for one in awards)


def _tiers(desk: Desk, path: str, clause: str, members: Sequence[int]) -> Iterator[Question]:
    """Neighbours that meet at a figure: the lower ends where the upper begins, and neither leaves the figure out."""
    for tiers in _bounded(desk.program, members).values():
        ordered = sorted(tiers, key=lambda one: (one.low is not None, one.low.figure if one.low else 0))
        for below, above in pairwise(ordered):
            if below.high is not None and above.low is not None and below.low is not above.low:
                yield _question(desk, path, clause, below, above)


def _bounded(program: Program, members: Sequence[int]) -> dict[str, list[Tier]]:
    """For each number (by its shape) the branches that bound it."""
    found: dict[str, list[Tier]] = {}
    for member in members:
        for number, (low, high) in _bounds(program, member).items():
            found.setdefault(number, []).append(Tier(member, low, high))
    return {number: tiers for number, tiers in found.items() if len(tiers) > 1}


def _bounds(program: Program, member: int) -> dict[str, tuple[Bound | None, Bound | None]]:
    found: dict[str, tuple[Bound | None, Bound | None]] = {}
    for leaf in _conjuncts(program, member):
        node = program.nodes[leaf]
        assert isinstance(node, Compare)
        sides: tuple[tuple[int, Op, int], ...] = (
            (node.left, node.op, node.right),
            (node.right, OPPOSITE[node.op], node.left),
        )
        for side, op, other in sides:
            figure = program.nodes[other]
            if isinstance(figure, Constant) and isinstance(figure.value, Number) and op != "==":
                name = shapes(program)[side]
                found[name] = _narrowed(
                    found.get(name, (None, None)), Bound(leaf, figure.value, op in (">", "<")), op
                )
    return found


def _narrowed(
    bounds: tuple[Bound | None, Bound | None], one: Bound, op: Op
) -> tuple[Bound | None, Bound | None]:
    return (one, bounds[1]) if op in (">", ">=") else (bounds[0], one)


def _conjuncts(program: Program, node: int) -> Iterator[int]:
    """The comparisons that all hold where a branch holds."""
    match program.nodes[node]:
        case And(items=items):
            for item in items:
                yield from _conjuncts(program, item)
        case Compare():
            yield node


def _question(desk: Desk, path: str, clause: str, below: Tier, above: Tier) -> Question:
    program = desk.program
    assert below.high is not None
    assert above.low is not None
    at = program.origins[below.high.leaf]
    end, start = below.high, above.low
    gap = end.figure == start.figure and end.strict and start.strict
    zh = "相邻两档之间没有遗漏" if gap else "相邻两档不重叠"
    en = "neighbouring tiers leave no figure out" if gap else "neighbouring tiers do not overlap"
    if gap:
        side = _side(program, end.leaf)
        claim = lambda: desk.never(desk.run.value(side, end.figure))  # noqa: E731
    else:
        claim = lambda: desk.never(desk.run.true(below.node) & desk.run.true(above.node))  # noqa: E731
    return Question(
        f"{path}.{'gap' if gap else 'tiers'}@{_place(at)}",
        Words(zh, en),
        clause or at.clause,
        at.place,
        (below.node, above.node),
        claim,
    )


def _side(program: Program, leaf: int) -> int:
    node = program.nodes[leaf]
    assert isinstance(node, Compare)
    return node.right if isinstance(program.nodes[node.left], Constant) else node.left


def _place(origin: Origin) -> str:
    return origin.name or origin.path.rpartition(".")[2]


__all__ = ["overlap"]
