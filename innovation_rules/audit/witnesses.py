"""Ask the solver for what no generated case reached: an enterprise for each obligation, or the proof that none can.

`innovation-rules prove --write-cases` writes the enterprises down as worked cases; what is proved out of reach is for
a reviewer to look at. Every enterprise has been replayed before it counts. Needs the extra `prove`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import permutations
from random import Random
from typing import Any, Final, cast

from innovation_rules.audit.coverage import Obligation, Obligations, Unreached, is_leaf, located, spots
from innovation_rules.audit.enterprises import Maker, Situation
from innovation_rules.audit.prover.conditions import differ
from innovation_rules.audit.written import statistics, worked_case
from innovation_rules.decision import Decision
from innovation_rules.engines import compiled
from innovation_rules.engines.smt import Answer, Formula, Proved, Run, Space, Witness
from innovation_rules.packs import Pack
from innovation_rules.program import (
    Aggregate,
    And,
    Compare,
    Constant,
    Fact,
    FirstMatch,
    Node,
    Not,
    Op,
    Origin,
    Outer,
    Program,
    children,
)

_EDGES: Final[Mapping[Op, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    ">=": ((0,), (-1,)),
    ">": ((1,), (0,)),
    "<=": ((0,), (1,)),
    "<": ((-1,), (0,)),
    "==": ((0,), (-1, 1)),
}
"""How far from its figure a whole number only just holds a comparison, and only just fails it."""
TRIED: Final = 400
"""Generated situations that are tried before the solver is asked."""


@dataclass(frozen=True)
class Witnesses:
    """What the cases of a pack and a year reach, which of them reached it first, and what none can."""

    pack: Pack
    program: Program
    situations: tuple[tuple[Situation, tuple[Obligation, ...]], ...]
    """Each situation with what it was the first to reach."""
    infeasible: tuple[Obligation, ...]
    """Proved out of reach of every enterprise."""
    open: tuple[Obligation, ...]
    """Neither reached nor proved out of reach."""
    solved: tuple[Situation, ...] = ()
    """Those of the situations that the solver found."""

    @property
    def met(self) -> int:
        return sum(len(found) for _, found in self.situations)

    def review(self) -> Iterator[Unreached]:
        """What is proved out of reach, with its clause and place."""
        return (located(self.program, one) for one in self.infeasible)

    def texts(self) -> Iterator[str]:
        """The situations as worked cases, each expecting what it is a witness of."""
        for number, (situation, found) in enumerate(self.situations, 1):
            yield _text(self.pack, self.program, situation, found, number)


def witnesses(pack: Pack, year: int | None = None, seconds: float = 5.0, seed: int = 0) -> Witnesses:
    """A small set of situations that reach every obligation of a pack, and the proofs for those that none reaches.

    Generated situations come first, the solver is asked for the rest. Raises ImportError without the extra `prove`.
    """
    program = pack.program(year or _year(pack))
    desk = _Desk(pack, program, seconds)
    maker, random = Maker(program, pack.head), Random(seed)
    for _ in range(TRIED):
        desk.note(maker.situation(random.randrange))
    for one in desk.reached.all:
        desk.ask(one)
    return desk.done()


def _year(pack: Pack) -> int:
    """The first year in which a pack is in force at its end."""
    info = pack.program(2020).pack
    return info.in_force_from.year if info.in_force_from else 2020


def infeasible(
    pack: Pack, program: Program, asked: Iterable[Obligation], seconds: float = 5.0
) -> list[Obligation]:
    """Those of some obligations that the solver proves out of every enterprise's reach."""
    desk, wanted = _Desk(pack, program, seconds), list(asked)
    for one in wanted:
        desk.ask(one)
    desk.seal(wanted)
    return list(desk.proved)


@dataclass
class _Desk:
    pack: Pack
    program: Program
    seconds: float
    reached: Obligations = field(init=False)
    proved: dict[Obligation, None] = field(default_factory=dict)
    situations: list[tuple[Situation, tuple[Obligation, ...]]] = field(default_factory=list)
    solved: list[Situation] = field(default_factory=list)
    sealed: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reached = Obligations(self.program)
        self.probes = _Probes(self.program)
        self.space = Space(timeout=self.seconds)
        self.subject = self.space.enterprise("enterprise")
        self.runs = [
            self.space.run(self.probes.program, self.subject, as_of=day, pack=self.pack)
            for day in self._days()
        ]

    def _days(self) -> tuple[date, ...]:
        """As of the law date; of a window, also before and after, since the date it was known on matters there."""
        law_date = self.program.law_date
        return tuple(date.fromordinal(law_date.toordinal() + days) for days in (0, 180, -100))

    def note(self, situation: Situation) -> bool:
        """Note what a situation reaches; whether that was anything new."""
        case = self.pack.read(self.program, situation.enterprise, situation.as_of, situation.regions)
        found = self.reached.note(compiled.evaluate(self.program, case), case)
        if found:
            self.situations.append((situation, found))
        return bool(found)

    def ask(self, one: Obligation) -> None:
        """Seek an enterprise for an obligation, unless it is met; or the proof that there is none."""
        if self.reached.meets(one) or one in self.proved:
            return
        proved = [
            isinstance(self._sought(run, day, one), Proved)
            for run, day in zip(self.runs, self._days(), strict=True)
        ]
        if all(proved):
            self.proved[one] = None

    def _sought(self, run: Run, day: date, one: Obligation) -> Answer | None:
        """Seek it as of one day: what it needs at least first, then, for a test of an item, with its outcome."""
        answer: Answer | None = None
        for formula in self._formulas(run, one):
            if self.reached.meets(one):
                return None
            found = self.space.find(formula, minimise=False)
            answer = answer or found
            if isinstance(found, Witness):
                enterprise = found.enterprises["enterprise"]
                situation = Situation(
                    enterprise, self.program.year, day, self.program.law_date, found.regions
                )
                if self.note(situation):
                    self.solved.append(situation)
            elif answer is found:
                break
        return answer

    def _formulas(self, run: Run, one: Obligation) -> Iterator[Formula]:
        yield self._formula(run, one)
        if one.spot.inner is not None and one.kind.startswith("decides"):
            counted = self.probes.counted(run, one)
            for test in self.reached.spots.readers[one.spot.node]:
                for truth in (True, False):
                    held = run.true(test) if truth else run.false(test)
                    other = run.forced({test: not truth})
                    for outcome in self.reached.touched[one.spot.node]:
                        yield (
                            self._formula(run, one) & counted & held & differ(self.space, run, other, outcome)
                        )

    def _formula(self, run: Run, one: Obligation) -> Formula:
        """What an obligation asks, or what it needs at least."""
        node, inner = one.spot
        if inner is not None:
            return self.probes.formula(self.space, run, one)
        match one.kind:
            case "true":
                return run.true(node)
            case "false":
                return run.false(node)
            case "holds" | "fails":
                return self._edge(run, node, holds=one.kind == "holds")
            case "unknown":
                return run.unknown(node)
            case "row":
                table = cast(FirstMatch, self.program.nodes[node])
                assert one.row is not None
                own = [run.true(table.rows[one.row][0])] if one.row < len(table.rows) else []
                return self.space.all_of([*(run.false(when) for when, _ in table.rows[: one.row]), *own])
            case _:
                truth = one.kind == "decides_true"
                other = run.forced({node: not truth})
                outcome = next(each for each in spots(self.program).outcomes if each.key == one.outcome)
                held = run.true(node) if truth else run.false(node)
                return held & differ(self.space, run, other, outcome)

    def _edge(self, run: Run, index: int, holds: bool) -> Formula:
        """Where a comparison with a figure only just holds or fails; of any other, that it holds or fails."""
        node = self.program.nodes[index]
        assert isinstance(node, Compare)
        figure, counted = self.program.nodes[node.right], self.program.nodes[node.left]
        if (
            isinstance(counted, Fact | Aggregate)
            and isinstance(figure, Constant)
            and isinstance(figure.value, int)
        ):
            step = _EDGES[node.op][not holds]
            return self.space.any_of(run.number(node.left, "==", figure.value + one) for one in step)
        return run.true(index) if holds else run.false(index)

    def _sealed(self, aggregate: int) -> bool:
        """Whether no outcome is another, whatever becomes of the tests that read an aggregate."""
        if aggregate not in self.sealed:
            tests = self.reached.spots.readers[aggregate]
            tests = tuple(test for test in tests if any(test in below for below in self.reached.spots.below))
            leaves = all(is_leaf(self.program.nodes, test) for test in tests)
            self.sealed[aggregate] = leaves and all(
                isinstance(self.space.find(question, minimise=False), Proved)
                for run in self.runs
                for test in tests
                for question in self._turns(run, test, aggregate)
            )
        return self.sealed[aggregate]

    def _turns(self, run: Run, test: int, aggregate: int) -> Iterator[Formula]:
        """A test comes out one way, and some outcome would be another had it come out another way."""
        held = {True: run.true(test), False: run.false(test), None: run.unknown(test)}
        for now, then in permutations(held, 2):
            other = run.forced({test: then})
            for outcome in self.reached.touched[aggregate]:
                yield held[now] & differ(self.space, run, other, outcome)

    def seal(self, asked: Iterable[Obligation]) -> None:
        """Count out what decides nothing because nothing rests on its aggregate."""
        for one in asked:
            decides = one.spot.inner is not None and one.kind.startswith("decides")
            if (
                decides
                and not self.reached.meets(one)
                and one not in self.proved
                and self._sealed(one.spot.node)
            ):
                self.proved[one] = None

    def done(self) -> Witnesses:
        self.seal(self.reached.all)
        left = [one for one in self.reached.all if not self.reached.meets(one) and one not in self.proved]
        return Witnesses(
            self.pack,
            self.program,
            tuple(self.situations),
            tuple(self.proved),
            tuple(left),
            tuple(self.solved),
        )


# ------------------------------------------------------------------------------------------ inside aggregates


class _Probes:
    """A program with aggregates added that ask of the items what the tests in a body come to."""

    def __init__(self, program: Program) -> None:
        self.nodes: list[Node] = list(program.nodes)
        self.at: dict[tuple[int, int, str], int] = {}
        for index, leaves in spots(program).inner.items():
            for leaf in leaves:
                self._probe(cast(Aggregate, program.nodes[index]), index, leaf)
        added = len(self.nodes) - len(program.nodes)
        origins = (*program.origins, *((Origin("probe"),) * added))
        self.program = replace(program, nodes=tuple(self.nodes), origins=origins)

    def _probe(self, node: Aggregate, index: int, leaf: int) -> None:
        size = len(node.body)
        self._add(index, leaf, "true", node, node.body, leaf)
        self._add(index, leaf, "false", node, (*node.body, Not(leaf)), size)
        for truth in (True, False):
            held: tuple[Node, ...] = () if truth else (Not(leaf),)
            asked = leaf if truth else size
            for way in (True, False):
                body, where = _forced((*node.body, *held), node.where, leaf, way)
                name = f"decides_{str(truth).lower()}_{way}"
                self._add(index, leaf, name, node, (*body, And((asked, where))), len(body))

    def _add(
        self, index: int, leaf: int, name: str, node: Aggregate, body: tuple[Node, ...], where: int
    ) -> None:
        self.at[index, leaf, name] = len(self.nodes)
        self.nodes.append(replace(node, body=body, where=where, of=None, highest=1, unsurveyed=0))

    def counted(self, run: Run, one: Obligation) -> Formula:
        """The item is the only one of its kind."""
        index, leaf = one.spot
        assert leaf is not None
        return run.number(self.at[index, leaf, one.kind.removeprefix("decides_")], "<=", 1)

    def formula(self, space: Space, run: Run, one: Obligation) -> Formula:
        """Some item does what is asked."""
        index, leaf = one.spot
        assert leaf is not None
        if one.kind in ("true", "false"):
            return run.number(self.at[index, leaf, one.kind], ">=", 1)
        if one.kind == "unknown":
            return run.unknown(self.at[index, leaf, "true"])
        ways = [self.at[index, leaf, f"{one.kind}_{way}"] for way in (True, False)]
        truth = self.at[index, leaf, "true"]
        held = run.number(self.at[index, leaf, one.kind.removeprefix("decides_")], ">=", 1)
        return held & run.plain(truth) & ~space.agree(run, ways[0], run, ways[1])


def _forced(body: tuple[Node, ...], where: int, leaf: int, way: bool) -> tuple[tuple[Node, ...], int]:
    """A body with what rests on a leaf written again for one result of it, and its new end."""
    nodes = list(body)
    nodes += [Constant(1), Constant(1 if way else 0)]
    nodes.append(Compare(len(nodes) - 1, "==", len(nodes) - 2))
    moved = {leaf: len(nodes) - 1}
    for index, node in enumerate(body):
        if index > leaf and not isinstance(node, Outer) and not moved.keys().isdisjoint(children(node)):
            moved[index] = len(nodes)
            nodes.append(_renamed(node, moved))
    return tuple(nodes), moved.get(where, where)


def _renamed(node: Node, moved: dict[int, int]) -> Node:
    """A node that reads other ones in place of those moved."""
    changes: dict[str, Any] = {}
    for name in ("items", "item", "of", "to", "otherwise", "left", "right", "terms", "rows"):
        if hasattr(node, name):
            changes[name] = _moved(name, getattr(node, name), moved)
    return replace(node, **changes)


def _moved(name: str, value: Any, moved: dict[int, int]) -> Any:
    if isinstance(value, int):
        return moved.get(value, value)
    if name == "items":
        return tuple(moved.get(one, one) for one in value)
    if name == "terms":
        return tuple((factor, moved.get(one, one)) for factor, one in value)
    return tuple((moved.get(when, when), moved.get(of, of)) for when, of in value)


# ------------------------------------------------------------------------------------------------ worked cases


def _text(
    pack: Pack, program: Program, situation: Situation, found: tuple[Obligation, ...], number: int
) -> str:
    decision = situation.decide(pack)
    told = [located(program, one) for one in found]
    clauses = list(dict.fromkeys(one.clause for one in told if one.clause))
    paths = list(dict.fromkeys(one.path for one in told))
    return worked_case(
        situation.enterprise,
        situation.year,
        situation.as_of,
        name=f"见证{number:03}",
        clause="、".join(clauses[:3]),
        why="；".join(paths[:5]),
        expect=_expected(decision, found),
        region=statistics(situation.regions, situation.year),
    )


def _expected(decision: Decision, found: Iterable[Obligation]) -> dict[str, Any]:
    """What the decision says of the rules that the case is a witness of."""
    wanted = {one.outcome for one in found if one.outcome}
    expect: dict[str, Any] = {}
    for key in sorted(wanted):
        section, _, name = key.partition(".")
        value = _said(decision, section, name)
        if value is not None:
            expect.setdefault(section, {})[name] = value
    if not expect and decision.coverage is not None:
        expect["coverage"] = decision.coverage.status
    return expect or {"profile": decision.profile}


def _said(decision: Decision, section: str, name: str) -> Any:
    match section:
        case "coverages":
            return decision.coverages[name].status
        case "awards":
            return decision.awards[name].status
        case "profile":
            return decision.profile[name]
        case "layers":
            return decision.layers[name]
        case _:
            value = decision.classes[name]
            return list(value) if isinstance(value, tuple) else value


__all__ = ["Witnesses", "infeasible", "witnesses"]
