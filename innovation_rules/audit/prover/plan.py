"""Split the time of a pack into stretches of one and the same law, and tell programs that mean the same apart.

`prove` walks the stretches; what rests on nodes of the same shape is asked once, and its answer is for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Final

from innovation_rules.audit.prover.findings import Span
from innovation_rules.case import BaseFact, Frame
from innovation_rules.pack import finder
from innovation_rules.pack import grammar as g
from innovation_rules.pack.checker import regimes
from innovation_rules.packs import Pack, load_pack
from innovation_rules.program import (
    Aggregate,
    Constant,
    Fact,
    ItemFact,
    Node,
    Origin,
    Outer,
    Program,
    children,
)
from innovation_rules.quantities import FOREVER, Type
from innovation_rules.walk import PerProgram


@dataclass(frozen=True, slots=True)
class Term:
    """A judged year, or a part of it, under one law: judged as of its last day."""

    first: date
    last: date
    open: bool = False
    """Nothing changes afterwards that the pack knows of."""

    @property
    def year(self) -> int:
        return self.last.year

    def program(self, pack: Pack) -> Program:
        """The pack's program of this term."""
        return pack.program(self.year, self.last)


def terms(pack: Pack) -> tuple[Term, ...]:
    """Every stretch of one law in every year of the pack, up to its end, its plan's end or its last change."""
    span = pack.linked.pack.in_force
    days = sorted(_changes(pack))
    ends = [one.to for one in pack.linked.pack.periods.values() if one.to is not None]
    last = span.to or date(max(day.year for day in (span.from_, *days, *ends)), 12, 31)
    years = (date(year, 1, 1) for year in range(span.from_.year + 1, last.year + 1))
    starts = sorted({span.from_, *years, *(day for day in days if span.from_ < day <= last)})
    pairs = pairwise([*starts, last + timedelta(days=1)])
    found = [Term(start, after - timedelta(days=1)) for start, after in pairs]
    return (*found[:-1], Term(found[-1].first, found[-1].last, open=span.to is None))


def _changes(pack: Pack) -> Iterator[date]:
    """The first days of another law: of parameters, of awards in force for a time of their own, of higher packs."""
    linked = pack.linked
    yield from regimes(linked)
    for higher in implemented(pack):
        yield from regimes(higher.linked)
        yield from _edges(higher.linked.pack.in_force)
    awards = [entry.item for entry in linked.own("awards")]
    granted = [linked.granted_by_name.get(str(one.grants)) for one in awards if one.grants]
    for item in (*awards, *(one.item for one in granted if one is not None)):
        if item.in_force is not None:
            yield from _edges(item.in_force)


def _edges(span: g.Span) -> Iterator[date]:
    """The first day of a time, and the first one after it."""
    yield span.from_
    if span.to is not None:
        yield span.to + timedelta(days=1)


def implemented(pack: Pack) -> tuple[Pack, ...]:
    """The documents that a pack says it carries out. Raises PackError for one that is not there."""
    return tuple(load_pack(finder.find(str(name), pack.path.parent)) for name in pack.linked.pack.implements)


def spans(terms: Sequence[Term]) -> tuple[Span, ...]:
    """Terms in order, joined where one follows the other."""
    found: list[Span] = []
    for term in terms:
        last = None if term.open else term.last
        if found and found[-1].last is not None and found[-1].last + timedelta(days=1) == term.first:
            found[-1] = Span(found[-1].first, last)
        else:
            found.append(Span(term.first, last))
    return tuple(found)


# ------------------------------------------------------------------------------------------ shapes


def _shapes(program: Program) -> tuple[str, ...]:
    return tuple(_shapes_of(program.nodes, program.origins, program, ()))


shapes: Final = PerProgram(_shapes)
"""For each node a text that it shares with nodes that mean the same, in whatever year: years count from the judged one."""


def shape_of(program: Program, nodes: Iterable[int]) -> str:
    """What an answer rests on that rests on these nodes."""
    every = shapes(program)
    return _digest(repr((frame_shape(program.frame, program.year), [every[node] for node in nodes])))


def frame_shape(frame: Frame, year: int) -> object:
    """The columns that a program reads; what is fully known depends on all of them."""
    items = ([one.name for one in columns] for columns in (frame.activity_facts, frame.qualification_facts))
    return [_fact(one, year) for one in frame.facts], *items


def _fact(fact: BaseFact, year: int) -> object:
    spec = fact.spec
    return (
        spec.owner,
        spec.name,
        fact.key,
        None if fact.year is None else fact.year - year,
        spec.low,
        spec.high,
    )


def _shapes_of(
    nodes: Sequence[Node], origins: Sequence[Origin], program: Program, outer: Sequence[str], over: str = ""
) -> Iterator[str]:
    found: list[str] = []
    for index, node in enumerate(nodes):
        origin = origins[index] if index < len(origins) else Origin("")
        below = [outer[node.of]] if isinstance(node, Outer) else [found[one] for one in _own_children(node)]
        found.append(_digest(repr((type(node).__name__, _said(node, origin, program, over), below))))
        if isinstance(node, Aggregate):
            inner = program.body_origins.get(index, ())
            body = list(_shapes_of(node.body, inner, program, found, node.over))
            where, of = body[node.where], "" if node.of is None else body[node.of]
            found[-1] = _digest(found[-1] + where + of)
        yield found[-1]


def _own_children(node: Node) -> tuple[int, ...]:
    return () if isinstance(node, Aggregate) else children(node)


def _said(node: Node, origin: Origin, program: Program, over: str) -> object:
    """What a node says beside the nodes that it reads."""
    match node:
        case Fact():
            return _fact(program.frame.facts[node.index], program.year)
        case ItemFact():
            frame = program.frame
            columns = frame.qualification_facts if over == "qualifications" else frame.activity_facts
            return columns[node.index].name
        case Constant():
            return _figure(node, origin, program.year)
        case Aggregate():
            return node.over, node.categories, node.highest, node.unsurveyed
        case Outer():
            return ""
    names = [one.name for one in fields(node) if one.name not in _READS]
    return [getattr(node, name) for name in names], [factor for factor, _ in getattr(node, "terms", ())]


_READS: Final = frozenset(("of", "to", "otherwise", "items", "item", "rows", "left", "right", "terms"))
"""The fields by which nodes name other nodes."""


def _figure(node: Constant, origin: Origin, year: int) -> object:
    value = node.value
    if (
        origin.type is Type.DATE
        and isinstance(value, int)
        and not isinstance(value, bool)
        and 0 < value < FOREVER
    ):
        day = date.fromordinal(value)
        return "day", day.year - year, day.month, day.day
    return repr(value)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


__all__ = ["Span", "Term", "frame_shape", "shape_of", "shapes", "spans", "terms"]
