"""Count what cases reach of a program: each leaf true, false and unknown, each deciding alone, each boundary.

`strategies` is measured by it, the pytest plugin prints it, and the prover's witnesses are sought for what it finds
unreached. A leaf is a test that the author wrote; the dates of one window count as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from innovation_rules.case import BaseFact, Case, Frame, Item
from innovation_rules.engines import compiled
from innovation_rules.errors import Place
from innovation_rules.gaps import Outcome, at_boundary, outcomes
from innovation_rules.program import (
    Aggregate,
    Compare,
    Extreme,
    Fact,
    FirstMatch,
    ItemFact,
    Known,
    Leaf,
    Linear,
    Member,
    Node,
    Number,
    Origin,
    Outer,
    Program,
    Quotient,
    Result,
    Round,
    Truth,
    TruthNode,
    YearsSince,
    children,
    ends,
    is_plain,
    spread,
)
from innovation_rules.quantities import QUANTITIES, Type
from innovation_rules.walk import PerProgram, Results, below, cones, items_of, readers, rerun, steps, truth

Kind: TypeAlias = Literal[
    "true", "false", "unknown", "decides_true", "decides_false", "holds", "fails", "row"
]
"""What is to be reached of a leaf: a result; the outcome resting on it alone while it is true or false; a number
that only just holds or fails it; and of a table, a row that answers."""

_WINDOW: Final = frozenset(("started", "ended", "begun_by", "lasted_until"))
_UNSPOKEN: Final = frozenset(("begun_by", "lasted_until"))
_REACHED: Final[Mapping[Truth, Kind]] = {True: "true", False: "false", None: "unknown"}
_DECIDES: Final[Mapping[bool, Kind]] = {True: "decides_true", False: "decides_false"}


class Spot(NamedTuple):
    """Where a leaf stands: a node, or a node of an aggregate's body."""

    node: int
    inner: int | None = None


class Obligation(NamedTuple):
    """One thing that cases should reach; `outcome` names the rule where it matters which."""

    kind: Kind
    spot: Spot
    outcome: str = ""
    row: int | None = None


# ------------------------------------------------------------------------------------------------ leaves


def is_leaf(nodes: Sequence[Node], index: int) -> bool:
    """A test of a value. A truth asked for once more (`fact: true`) only passes it on."""
    node = nodes[index]
    return isinstance(node, Leaf) and not (isinstance(node, Member) and isinstance(nodes[node.of], TruthNode))


def inner_leaves(program: Program, aggregate: int) -> tuple[int, ...]:
    """The leaves of an aggregate's body."""
    node = program.nodes[aggregate]
    assert isinstance(node, Aggregate)
    names = column_names(program, node)
    windows = _windows(node.body, names)
    inside = set[int]()
    for index in reversed(range(len(node.body))):
        if index in windows or index in inside:
            inside.update(_within(node.body[index]))
    leaves = (index for index in range(len(node.body)) if index in windows or is_leaf(node.body, index))
    return tuple(index for index in leaves if index not in inside)


def column_names(program: Program, node: Aggregate) -> tuple[str, ...]:
    """The names of the columns of an aggregate's items."""
    frame = program.frame
    columns = frame.activity_facts if node.over == "activities" else frame.qualification_facts
    return tuple(column.name for column in columns)


def reads_dates(program: Program, spot: Spot) -> bool:
    """Whether a leaf inside an aggregate holds a date of the item against another."""
    node = program.nodes[spot.node]
    assert isinstance(node, Aggregate)
    beneath = below(node.body, (spot.inner or 0,))
    frame = program.frame
    columns = frame.activity_facts if node.over == "activities" else frame.qualification_facts
    read = (node.body[index] for index in beneath)
    return any(isinstance(part, ItemFact) and columns[part.index].type is Type.DATE for part in read)


def _windows(body: Sequence[Node], names: Sequence[str]) -> set[int]:
    """The truths about dates alone, of which some is read off: parts of a window that no author spelt out."""
    columns: list[frozenset[str]] = []
    for node in body:
        own = frozenset((names[node.index],)) if isinstance(node, ItemFact) else frozenset[str]()
        columns.append(own.union(*(columns[child] for child in _within(node))))
    return {
        index
        for index, node in enumerate(body)
        if isinstance(node, TruthNode) and columns[index] <= _WINDOW and columns[index] & _UNSPOKEN
    }


def _within(node: Node) -> tuple[int, ...]:
    return () if isinstance(node, Outer) else children(node)


class Spots:
    """The leaves of a program, by outcome, and what else is to be reached."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.outcomes = tuple(one for one in outcomes(program) if _varies_at_all(program, one))
        self.readers = readers(program)
        self.inner = {
            index: inner_leaves(program, index)
            for index, node in enumerate(program.nodes)
            if isinstance(node, Aggregate)
        }
        self.below = tuple(frozenset(below(program.nodes, one.rests_on)) for one in self.outcomes)
        self.leaves = tuple(self._leaves(below) for below in self.below)
        self.aggregates = tuple(
            tuple(sorted(index for index in below if index in self.inner)) for below in self.below
        )

    def _leaves(self, below: frozenset[int]) -> tuple[int, ...]:
        return tuple(sorted(index for index in below if is_leaf(self.program.nodes, index)))

    def obligations(self) -> Iterator[Obligation]:
        """Everything that cases should reach."""
        nodes = self.program.nodes
        every = sorted(frozenset().union(*self.below))
        for index in every:
            if is_leaf(nodes, index):
                yield from (Obligation(kind, Spot(index)) for kind in _results_of(nodes[index]))
            if is_boundary(self.program, index):
                yield from (Obligation(kind, Spot(index)) for kind in ("holds", "fails"))
            node = nodes[index]
            if isinstance(node, FirstMatch):
                rows = range(len(node.rows) + 1)
                yield from (Obligation("row", Spot(index), "", row) for row in rows)
            for inner in self.inner.get(index, ()):
                kinds = (*_results_of(cast(Aggregate, node).body[inner]), *_DECIDES.values())
                yield from (Obligation(kind, Spot(index, inner)) for kind in kinds)
        for outcome, leaves in zip(self.outcomes, self.leaves, strict=True):
            for leaf in leaves:
                yield from (Obligation(kind, Spot(leaf), outcome.key) for kind in _DECIDES.values())


spots: Final = PerProgram(Spots)
"""The leaves of a program."""


def _varies_at_all(program: Program, outcome: Outcome) -> bool:
    """Whether any fact changes an outcome: not outside its period, nor where another party is judged."""
    if outcome.kind == "awards":
        rule = program.awards[outcome.place]
        return program.in_force and rule.in_force and rule.decided
    return program.in_force or outcome.kind != "coverages"


def _results_of(node: Node) -> tuple[Kind, ...]:
    """`is_known` is never false, by its meaning."""
    return ("true", "unknown") if isinstance(node, Known) else ("true", "false", "unknown")


def is_boundary(program: Program, index: int) -> bool:
    """Whether a comparison has a boundary: some number in it varies by whole units."""
    node = program.nodes[index]
    return isinstance(node, Compare) and any(_varies(program, side) for side in (node.left, node.right))


def _varies(program: Program, index: int) -> bool:
    match program.nodes[index]:
        case Fact() as fact:
            return program.frame.facts[fact.index].spec.type in QUANTITIES
        case Aggregate() | YearsSince():
            return True
        case Linear() | Extreme() | Round() as node:
            return any(_varies(program, child) for child in children(node))
        case Quotient() as ratio:
            return _varies(program, ratio.of)
        case FirstMatch() as table:
            return any(_varies(program, at) for at in (*(value for _, value in table.rows), table.otherwise))
        case _:
            return False


# ------------------------------------------------------------------------------------------- an item alone


def item_program(program: Program, aggregate: int) -> Program:
    """An aggregate's body as a program of its own: its facts are the item's columns, then what it reads outside."""
    node = program.nodes[aggregate]
    assert isinstance(node, Aggregate)
    frame = program.frame
    columns = frame.activity_facts if node.over == "activities" else frame.qualification_facts
    outside = [part.of for part in node.body if isinstance(part, Outer)]
    facts = (
        *map(BaseFact, columns),
        *(BaseFact(columns[0], None, f"outside {at}") for at in range(len(outside))),
    )
    nodes: list[Node] = []
    for part in node.body:
        if isinstance(part, Outer):
            nodes.append(Fact(len(columns) + sum(isinstance(one, Outer) for one in node.body[: len(nodes)])))
        else:
            nodes.append(Fact(part.index) if isinstance(part, ItemFact) else part)
    return replace(
        program,
        frame=Frame(facts, (), ()),
        nodes=tuple(nodes),
        origins=program.body_origins.get(aggregate) or (Origin(""),) * len(nodes),
        jurisdiction=node.where,
        profile=(),
        layers=(),
        classes=(),
        coverages=(),
        awards=(),
        body_origins={},
    )


class Body:
    """One aggregate's body, ready to be run on items and to have a leaf turned round."""

    def __init__(self, program: Program, aggregate: int) -> None:
        self.node = cast(Aggregate, program.nodes[aggregate])
        self.alone = item_program(program, aggregate)
        self.outside = tuple(part.of for part in self.node.body if isinstance(part, Outer))
        self._readers = readers(self.alone)
        self._steps = {
            leaf: steps(self.alone, cones(self._readers, (leaf,)))
            for leaf in inner_leaves(program, aggregate)
        }

    def case(self, item: Item, results: Results, case: Case) -> Case:
        values = (*item, *(results[one] for one in self.outside))
        return Case(case.year, case.as_of, cast(tuple[int, ...], values), (), (), frozenset())

    def run(self, alone: Case) -> tuple[Result, ...]:
        return compiled.evaluate(self.alone, alone)

    def turned(self, alone: Case, inner: Results, leaf: int) -> Results:
        """The results for an item, had one leaf come out the other way."""
        return rerun(alone, inner, {leaf: not inner[leaf]}, self._steps[leaf])

    def adds(self, inner: Results) -> tuple[Number, Number]:
        """What an item adds to the lower and to the upper end."""
        node = self.node
        belongs = truth(inner[node.where])
        if belongs is False:
            return 0, 0
        amount: Result = 1 if node.of is None else inner[node.of]
        least, most = ends(amount) if is_plain(amount) else (0, node.highest)
        return (least if belongs else 0), most


# ------------------------------------------------------------------------------------------ what is reached


@dataclass(frozen=True, slots=True)
class Unreached:
    """One obligation that no case met, with where it stands for a reader."""

    obligation: Obligation
    clause: str
    path: str
    place: Place | None


class Obligations:
    """What cases have reached of a program, and what not yet."""

    def __init__(self, program: Program, infeasible: Iterable[Obligation] = ()) -> None:
        self.program = program
        self.spots = spots(program)
        self.infeasible = frozenset(infeasible)
        self.all = tuple(one for one in self.spots.obligations() if one not in self.infeasible)
        self.met: dict[Obligation, None] = {}
        self._bodies = {at: Body(program, at) for at in self.spots.inner}
        self._open = set(self.all)
        self._at: dict[Spot, dict[Kind, list[Obligation]]] = defaultdict(lambda: defaultdict(list))
        for one in self.all:
            self._at[one.spot][one.kind].append(one)
        self._outcome = {one.key: one for one in self.spots.outcomes}
        self.touched = touched(self.spots)

    def note(self, results: Results, case: Case) -> tuple[Obligation, ...]:
        """Note what one case reaches; gives what was new."""
        look = _Look(self, results, case)
        for spot in [spot for spot, kinds in self._at.items() if kinds]:
            look.at(spot)
        for one in look.new:
            self._meet(one)
        return tuple(look.new)

    def _meet(self, one: Obligation) -> None:
        self.met[one] = None
        self._open.discard(one)
        kinds = self._at[one.spot]
        kinds[one.kind].remove(one)
        if not kinds[one.kind]:
            del kinds[one.kind]
        if not kinds:
            del self._at[one.spot]

    def open(self, spot: Spot) -> Mapping[Kind, Sequence[Obligation]]:
        """What is still to be reached at a leaf."""
        return self._at.get(spot, {})

    def meets(self, one: Obligation) -> bool:
        return one in self.met

    @property
    def share(self) -> float:
        """How much of what can be reached has been."""
        return len(self.met) / len(self.all) if self.all else 1.0

    def unreached(self) -> dict[str, list[Unreached]]:
        """What no case met, by clause, in the order of the program."""
        found: dict[str, list[Unreached]] = {}
        for one in self.all:
            if one not in self.met:
                told = located(self.program, one)
                found.setdefault(told.clause, []).append(told)
        return found


def located(program: Program, one: Obligation) -> Unreached:
    """An obligation with its clause, its path in the pack and its place; where it has none, its rule's."""
    node, inner = one.spot
    own = program.origins[node]
    inside = program.body_origins.get(node, ()) if inner is not None else ()
    origin = inside[inner] if inner is not None and inside else own
    of = spots(program)
    rule = next(
        (
            outcome
            for outcome, below in zip(of.outcomes, of.below, strict=True)
            if (outcome.key == one.outcome if one.outcome else node in below)
        ),
        None,
    )
    root = program.origins[rule.roots[0]] if rule else own
    clause = origin.clause or own.clause or (rule.clause if rule else "")
    return Unreached(one, clause, origin.path, origin.place or own.place or root.place)


def touched(of: Spots) -> dict[int, tuple[Outcome, ...]]:
    """For each aggregate, the outcomes that rest on it."""
    pairs = list(zip(of.outcomes, of.below, strict=True))
    return {at: tuple(outcome for outcome, below in pairs if at in below) for at in of.inner}


Answer = tuple[str, tuple[Result, ...]]


def answer(outcome: Outcome, results: Results) -> Answer:
    """What an outcome comes to: its status, and its amount where there is one; of a class, what is still possible."""
    if outcome.kind == "classes":
        return "", tuple([results[at] for at in outcome.roots])
    status = outcome.status(results)
    if outcome.amounts and status in ("eligible", "favoured", "undetermined"):
        return status, tuple([results[at] for at in outcome.amounts])
    return status, ()


class _Look:
    """One look at the results of one case."""

    def __init__(self, of: Obligations, results: Results, case: Case) -> None:
        self.of, self.results, self.case = of, results, case
        self.program = of.program
        self.new: list[Obligation] = []
        self._answers: dict[str, Answer] = {}
        self._items: dict[int, list[tuple[Case, Results]]] = {}

    def at(self, spot: Spot) -> None:
        """Note what is reached at one leaf or table."""
        if spot.inner is not None:
            self._inner(spot, spot.inner)
            return
        node = self.program.nodes[spot.node]
        if isinstance(node, FirstMatch):
            self._row(spot, node)
            return
        kinds = self.of.open(spot)
        result = cast(Truth, self.results[spot.node])
        self.new += kinds.get(_REACHED[result], ())
        if result is None:
            return
        if wanted := kinds.get(_DECIDES[result]):
            after = compiled.again(self.program, self.case, self.results, spot.node, not result)
            self.new += [one for one in wanted if self._changes(one.outcome, after)]
        edge: Kind = "holds" if result else "fails"
        if (wanted := kinds.get(edge)) and at_boundary(self.program, self.results, spot.node):
            self.new += wanted

    def _changes(self, key: str, after: Results) -> bool:
        outcome = self.of._outcome[key]
        before = self._answers.get(key)
        if before is None:
            before = self._answers[key] = answer(outcome, self.results)
        return answer(outcome, after) != before

    def _row(self, spot: Spot, node: FirstMatch) -> None:
        row = answering(node, self.results)
        self.new += [one for one in self.of.open(spot).get("row", ()) if one.row == row]

    # -- inside an aggregate

    def _inner(self, spot: Spot, leaf: int) -> None:
        kinds = self.of.open(spot)
        body = self.of._bodies[spot.node]
        found: dict[Obligation, None] = {}
        for alone, inner in self._ran(spot.node, body):
            result = cast(Truth, inner[leaf])
            found.update(dict.fromkeys(kinds.get(_REACHED[result], ())))
            if result is None:
                continue
            wanted = [one for one in kinds.get(_DECIDES[result], ()) if one not in found]
            if wanted and self._decides(spot.node, body, alone, inner, leaf):
                found.update(dict.fromkeys(wanted))
        self.new += found

    def _ran(self, at: int, body: Body) -> list[tuple[Case, Results]]:
        if at not in self._items:
            cases = [body.case(item, self.results, self.case) for item in items_of(body.node, self.case)]
            self._items[at] = [(alone, body.run(alone)) for alone in cases]
        return self._items[at]

    def _decides(self, at: int, body: Body, alone: Case, inner: Results, leaf: int) -> bool:
        """Whether some outcome changes when one leaf of one item comes out the other way."""
        now, then = body.adds(inner), body.adds(body.turned(alone, inner, leaf))
        if now == then:
            return False
        low, high = ends(self.results[at])
        value = spread(low - now[0] + then[0], high - now[1] + then[1])
        after = compiled.again(self.program, self.case, self.results, at, value)
        return any(self._changes(outcome.key, after) for outcome in self.of.touched[at])


def answering(node: FirstMatch, results: Results) -> int | None:
    """Which row of a table answers, counting from 0; the last is `otherwise`. None where that is open."""
    for row, (when, _) in enumerate(node.rows):
        if results[when] is None:
            return None
        if results[when]:
            return row
    return len(node.rows)


__all__ = [
    "Obligation",
    "Obligations",
    "Spot",
    "Spots",
    "Unreached",
    "located",
    "spots",
]
