"""Run a Program over tables: fact columns in, one shape a node out, aggregates by one grouping for each list of items.

`lower` gives expressions; this lays them out in columns: what is read more than once becomes a column, in as few steps
as the nodes' depth allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Generic

from innovation_rules.case import MOST_ITEMS, Frame
from innovation_rules.engines.bulk.adapter import Backend, E, Kind, T
from innovation_rules.engines.bulk.lower import Lowering
from innovation_rules.engines.bulk.values import (
    INT64,
    Bounds,
    Options,
    Scalar,
    Shape,
    Span,
    kind_for,
    unit_of,
)
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.program import Aggregate, Constant, Fact, ItemFact, Node, Outer, Program, children
from innovation_rules.quantities import Type

FACT, ACTIVITY, QUALIFICATION, UNSURVEYED, HELD = "f", "a", "q", "u_", "q_known"
"""Columns: f3 is base fact 3 of the frame, a2 and q2 are fields of an item, u_talent says that nobody surveyed talent."""
LISTS = {"activities": ACTIVITY, "qualifications": QUALIFICATION}


def kind_of(spec: FactSpec, key: str | None = None) -> Kind:
    """truth, text or number: how a base fact is kept in a column; one entry of a list is there or not."""
    if spec.type is Type.YES_NO or key is not None:
        return "truth"
    return "text" if spec.type in (Type.CHOICE, Type.CODE, Type.TEXT) else "number"


@dataclass
class Tables(Generic[T]):
    """The tables of a run, all with the column `rowno`."""

    enterprises: T
    activities: T
    qualifications: T


class Plan(Generic[E, T]):
    """Every node of a program as columns of one table."""

    def __init__(
        self,
        program: Program,
        backend: Backend[E, T],
        as_of: int,
        keep: Iterable[int] = (),
        also: Callable[[Plan[E, T], Sequence[int]], dict[str, tuple[E, Kind]]] | None = None,
    ) -> None:
        """`also` gives more to count over the items of some aggregates, in the same pass."""
        self.program, self.backend = program, backend
        self.lowering: Lowering[E] = Lowering(backend, as_of, self._read)
        self.shapes: list[Shape[E]] = []
        self.kept = frozenset(keep)
        self.also = also
        self.counted: set[str] = set()
        self.readers = Counter(child for node in program.nodes for child in dict.fromkeys(children(node)))

    # ---------------------------------------------------------------------------------------- the run

    def run(self, tables: Tables[T]) -> T:
        """The enterprises' table with the columns that the shapes name."""
        self.tables, self.table = tables, tables.enterprises
        self.pending: dict[int, dict[str, E]] = {}
        self.depth: list[int] = []
        self.aggregates: dict[int, Span[E]] = {}
        self._aggregate([i for i, node in self._aggregates() if not _outer(node)])
        for index, node in enumerate(self.program.nodes):
            self._node(index, node)
        self._flush()
        return self.table

    def _aggregates(self) -> list[tuple[int, Aggregate]]:
        return [(i, node) for i, node in enumerate(self.program.nodes) if isinstance(node, Aggregate)]

    def _node(self, index: int, node: Node) -> None:
        if isinstance(node, Aggregate) and index not in self.aggregates:
            self._aggregate([index])
        shape = self.lowering.shape(index, node, self.shapes)
        depth = max((self.depth[child] for child in children(node)), default=0)
        if not isinstance(node, Constant | Fact | Aggregate) and (
            index in self.kept or self.readers[index] > 1
        ):
            depth += 1
            shape = self._named(f"n{index}", shape, depth)
        self.shapes.append(shape)
        self.depth.append(depth)

    def _flush(self) -> None:
        """Add the columns that wait, those that others read first."""
        for depth in sorted(self.pending):
            self.table = self.backend.with_columns(self.table, self.pending[depth])
        self.pending = {}
        self.depth = [0] * len(self.shapes)

    def _named(self, name: str, shape: Shape[E], depth: int) -> Shape[E]:
        """The same shape, reading columns that are added at that depth."""
        columns = self.pending.setdefault(depth, {})

        def column(name: str, value: E) -> E:
            columns[name] = value
            return self.backend.column(name)

        return named(name, shape, column, self.lowering.a.null)

    # ---------------------------------------------------------------------------------------- what comes from outside

    def _read(self, index: int, node: Node) -> Shape[E]:
        if isinstance(node, Aggregate):
            return self.aggregates[index]
        assert isinstance(node, Fact)
        fact = self.program.frame.facts[node.index]
        return self._column(f"{FACT}{node.index}", fact.spec, fact.key)

    def _column(self, column: str, spec: FactSpec, key: str | None = None) -> Scalar[E]:
        kind = kind_of(spec, key)
        bounds = Bounds(-INT64 if spec.low is None else spec.low, INT64 if spec.high is None else spec.high)
        if spec.type in (Type.DATE, Type.LEVEL):
            bounds = Bounds(0, 3_652_059)
        return Scalar(self.backend.column(column), kind, bounds)

    # ---------------------------------------------------------------------------------------- aggregates

    def _aggregate(self, wanted: Sequence[int]) -> None:
        """Count and total the items of each list that these aggregates look at."""
        for over in LISTS:
            group = [i for i in wanted if self.program.nodes[i].over == over]  # type: ignore[union-attr]
            if group:
                self._group(over, group)

    def _group(self, over: str, group: Sequence[int]) -> None:
        items: T = getattr(self.tables, over)
        outer = self._carried(group)
        if outer:
            items = self.backend.carry(items, self.table, outer)
        sums: dict[str, tuple[E, Kind]] = {}
        spans: dict[int, tuple[Scalar[E], Scalar[E], Fraction]] = {}
        for index in group:
            least, most, unit = self._contributions(index)
            low, high = self._summed(f"n{index}_low", least, sums), self._summed(f"n{index}_most", most, sums)
            spans[index] = low, high, unit
        sums |= self._bare(group)
        if self.also is not None:
            more = self.also(self, group)
            self.counted |= more.keys()
            sums |= more
        self.table = self.backend.attach(self.table, self.backend.totals(items, sums), list(sums))
        unsurveyed: dict[str, E] = {}
        for index in group:
            self.aggregates[index] = self._span(index, *spans[index], unsurveyed)
        if unsurveyed:
            self.table = self.backend.with_columns(self.table, unsurveyed)

    def _carried(self, group: Sequence[int]) -> list[str]:
        """The columns of the enterprise that bodies read, all of them laid out."""
        names: list[str] = []

        def column(name: str, value: E) -> E:
            names.append(name)
            self.pending.setdefault(10**6, {})[name] = value
            return self.backend.column(name)

        for inner in dict.fromkeys(inner for index in group for inner in children(self.program.nodes[index])):
            null = self.lowering.a.null
            self.shapes[inner] = named(f"o{inner}", self.shapes[inner], column, null)
        if names:
            self._flush()
        return names

    def _summed(self, name: str, one: Scalar[E], sums: dict[str, tuple[E, Kind]]) -> Scalar[E]:
        """A sum over the items of an enterprise, in as many bits as the most items can need."""
        bounds = _many(one.bounds, MOST_ITEMS * len(CATEGORIES))
        kind = kind_for(bounds)
        sums[name] = self.backend.widen(one.value) if kind != one.kind else one.value, kind
        return Scalar(self.backend.column(name), kind, bounds)

    def _bare(self, group: Sequence[int]) -> dict[str, tuple[E, Kind]]:
        """For each total: how many items may count whose amount nobody knows."""
        found: dict[str, tuple[E, Kind]] = {}
        for index in group:
            node = self.program.nodes[index]
            if isinstance(node, Aggregate) and node.of is not None:
                lowering, inner = self.body(index)
                counted = [lowering.is_possible(lowering.of(inner[node.where]))]
                counted.append(self.backend.is_null(lowering.number(inner[node.of]).value))
                a, none = lowering.a, lowering.a.whole(0)
                one = a.pick(self.backend.all_of(counted), a.whole(1), none).value
                found[self.bare(index)] = one, "number"
        return found

    def bare(self, index: int) -> str:
        """The column of `_bare`."""
        return f"n{index}_bare"

    def unsurveyed(self, node: Aggregate) -> list[E]:
        """The flags that say that some part of a list was not surveyed."""
        if node.over == "qualifications":
            return [self.backend.negate(self.backend.column(HELD))]
        return [self.backend.column(f"{UNSURVEYED}{one}") for one in node.categories]

    def _contributions(self, index: int) -> tuple[Scalar[E], Scalar[E], Fraction]:
        """What an item adds at least and at most, in whole units, and the unit."""
        node = self.program.nodes[index]
        assert isinstance(node, Aggregate)
        lowering, inner = self.body(index)
        least, most = lowering.contributions(node, inner)
        unit = unit_of(least.factor, most.factor, Fraction(node.unsurveyed))
        return lowering.a.over(least, unit), lowering.a.over(most, unit), unit

    def body(self, index: int) -> tuple[Lowering[E], list[Shape[E]]]:
        """The shapes of an aggregate's body, over the columns of its items."""
        node = self.program.nodes[index]
        assert isinstance(node, Aggregate)
        frame, letter = self.program.frame, LISTS[node.over]
        specs = frame.activity_facts if node.over == "activities" else frame.qualification_facts

        def read(_: int, part: Node) -> Shape[E]:
            if isinstance(part, Outer):
                return self.shapes[part.of]
            assert isinstance(part, ItemFact)
            return self._column(f"{letter}{part.index}", specs[part.index])

        inner: list[Shape[E]] = []
        lowering: Lowering[E] = Lowering(self.backend, self.lowering.as_of, read)
        lowering.a = self.lowering.a
        for at, part in enumerate(node.body):
            inner.append(lowering.shape(at, part, inner))
        return lowering, inner

    def _span(
        self, index: int, least: Scalar[E], most: Scalar[E], unit: Fraction, added: dict[str, E]
    ) -> Span[E]:
        node = self.program.nodes[index]
        assert isinstance(node, Aggregate)
        a, low, high = self.lowering.a, least, most
        for flag in self.unsurveyed(node):
            high = a.plus(high, a.pick(flag, a.whole(int(node.unsurveyed / unit)), a.whole(0)))
        if high is not most:
            added[f"n{index}_high"] = high.value
            high = replace(high, value=self.backend.column(f"n{index}_high"))
        kind: Kind = "wide" if "wide" in (low.kind, high.kind) else "number"
        low_, high_ = (
            self.backend.widen(one.value) if kind != one.kind else one.value for one in (low, high)
        )
        return Span(low_, high_, low.bounds.either(high.bounds), kind, unit)


def named(name: str, shape: Shape[E], column: Callable[[str, E], E], null: E) -> Shape[E]:
    """A shape that reads columns: `column` keeps an expression under a name and gives how to read it."""
    if isinstance(shape, Scalar):
        if shape.value is null:
            return shape
        by = None if shape.by is None else replace(shape.by, value=column(f"{name}_by", shape.by.value))
        return replace(shape, value=column(name, shape.value), by=by)
    if isinstance(shape, Span):
        return replace(shape, low=column(f"{name}_low", shape.low), high=column(f"{name}_high", shape.high))
    branches = tuple(
        (column(f"{name}_may{at}", possible), named(f"{name}_{at}", value, column, null))
        for at, (possible, value) in enumerate(shape.branches)
    )
    return Options(branches, column(f"{name}_open", shape.open))  # type: ignore[arg-type]


def _many(bounds: Bounds, times: int) -> Bounds:
    return Bounds(min(0, bounds.low) * times, max(0, bounds.high) * times)


def _outer(node: Aggregate) -> bool:
    return bool(children(node))


def columns_of(frame: Frame) -> dict[str, dict[str, Kind]]:
    """The columns that each table must have, with their kinds."""
    surveys: dict[str, Kind] = dict.fromkeys((*(f"{UNSURVEYED}{one}" for one in CATEGORIES), HELD), "truth")
    facts: dict[str, Kind] = {
        f"{FACT}{i}": kind_of(fact.spec, fact.key) for i, fact in enumerate(frame.facts)
    }
    items: dict[str, Kind] = {f"{ACTIVITY}{i}": kind_of(spec) for i, spec in enumerate(frame.activity_facts)}
    held: dict[str, Kind] = {
        f"{QUALIFICATION}{i}": kind_of(spec) for i, spec in enumerate(frame.qualification_facts)
    }
    row: dict[str, Kind] = {"rowno": "number"}
    return {"enterprises": row | facts | surveys, "activities": row | items, "qualifications": row | held}
