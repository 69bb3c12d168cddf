"""Claims about what is missing: a fact that a decision lists as missing can change the outcome.

The list goes by the tests that are open, so that a fact which several tests read may be on it although every value
of it gives one and the same outcome. Such a case is sought by trying values, and a value that gives another outcome
is learnt from until there is none; that it is so is then proved for the very enterprise. It is listed, not a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from time import monotonic
from typing import Final

from innovation_rules.audit.prover.conditions import above, statuses
from innovation_rules.audit.prover.desk import Answer, Desk, Question
from innovation_rules.audit.prover.findings import Refuted, Shown
from innovation_rules.case import BaseFact, Case, Raw
from innovation_rules.engines import compiled
from innovation_rules.engines.smt import Costs, Formula, Proved, Run, Space, Unsettled, Witness
from innovation_rules.enterprise import BREAKDOWNS
from innovation_rules.errors import Words
from innovation_rules.gaps import UNDETERMINED, Outcome, missing
from innovation_rules.program import Fact, Leaf, Program, Result
from innovation_rules.quantities import Type
from innovation_rules.walk import cones, readers

MOST_VALUES: Final = 7
"""Values tried of one fact before the question is left open."""


def excess(desk: Desk) -> Iterator[Question]:
    """What is listed as missing can change the outcome, for each fact that an outcome reads in several tests."""
    if (desk.term.last.month, desk.term.last.day) != (12, 31):
        return
    bench = _Lazy(desk)
    for outcome in desk.decided():
        if outcome.many or not desk.own(desk.place(outcome)):
            continue
        for fact in _read_twice(desk, outcome):
            says = Words(
                f"缺“{fact.spec.zh}”而“{outcome.label}”待定时，结论确实取决于它",
                f"where {outcome.key} is open for want of {fact.spec.name}, it depends on it",
            )
            yield Question(
                f"{outcome.key}?{_named(fact, desk)}",
                says,
                outcome.clause,
                desk.place(outcome),
                outcome.rests_on,
                lambda one=outcome, of=fact: _Search(bench(), one, of).answer(),  # type: ignore[misc]
                informs=True,
            )


def _named(fact: BaseFact, desk: Desk) -> str:
    """The fact; of another year than the judged one, how many years before."""
    if fact.year in (None, desk.program.year):
        return fact.name.partition("@")[0]
    return f"{fact.name.partition('@')[0]}@{(fact.year or 0) - desk.program.year:+d}"


class _Lazy:
    """The bench of one law, made when it is first asked for."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.bench: _Bench | None = None

    def __call__(self) -> _Bench:
        if self.bench is None:
            self.bench = _Bench(self.desk)
        return self.bench


def _read_twice(desk: Desk, outcome: Outcome) -> Iterator[BaseFact]:
    """The facts that at least two tests under an outcome read: elsewhere the list is exact."""
    program = desk.program
    over = above(program)
    at = list(desk.outcomes).index(outcome.key)
    tests = {
        index for index, node in enumerate(program.nodes) if isinstance(node, Leaf) and at in over[index]
    }
    for index, fact in enumerate(program.frame.facts):
        if len(_tests_of(program, index) & tests) > 1:
            yield fact


def _tests_of(program: Program, column: int) -> set[int]:
    starts = [at for at, node in enumerate(program.nodes) if isinstance(node, Fact) and node.index == column]
    found = set()
    every = readers(program)
    for at in cones(every, starts):
        if isinstance(program.nodes[at], Leaf):
            found.add(at)
    return found


class _Bench:
    """One solver for all these questions under one law: an enterprise without the fact, and copies that have it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.space = Space(timeout=desk.seconds)
        self.blank = self._run(self.space, "enterprise")
        self.copies = [self._run(self.space, f"with{at}") for at in range(1, MOST_VALUES + 1)]
        self.trial = Space(timeout=desk.seconds)
        self.tried = self._run(self.trial, "enterprise")

    def _run(self, space: Space, name: str) -> Run:
        return space.run(self.desk.program, space.enterprise(name), self.desk.term.last, pack=self.desk.pack)


class _Search:
    """One outcome and one fact: is there an enterprise whom the fact cannot help?"""

    def __init__(self, bench: _Bench, outcome: Outcome, fact: BaseFact) -> None:
        self.bench, self.outcome, self.fact = bench, outcome, fact
        self.program = bench.desk.program
        self.values = _first_values(fact)

    def answer(self) -> Answer:
        start = monotonic()
        while len(self.values) <= MOST_VALUES:
            self.bench.desk.solved += 1
            found = self.bench.space.find(self._useless(), minimise=False)
            if isinstance(found, Proved) and _coupled(self.fact, self.program):
                return Unsettled(monotonic() - start, "wider", "figures of one report that limit each other")
            if not isinstance(found, Witness):
                return replace(found, seconds=monotonic() - start)
            settled = self._settled(found)
            if settled is None:
                return Refuted(monotonic() - start, self._shown(found))
            if isinstance(settled, Unsettled):
                return settled
            self.values.append(settled)
        return Unsettled(monotonic() - start, "time", f"{len(self.values)} values tried")

    def _useless(self) -> Formula:
        """It is open without the fact, and one and the same with every value tried."""
        run, space, name = self.bench.blank, self.bench.space, self.fact.name
        copies = self.bench.copies[: len(self.values)]
        parts: list[Formula] = [run.status(self.outcome.key, UNDETERMINED), ~run.known(name)]
        for copy, value in zip(copies, self.values, strict=True):
            assert value is not None
            alike = space.same(run.subject, copy.subject, (name,)) & space.same_items(
                run.subject, copy.subject
            )
            parts += [alike, copy.fact(name, "==", value)]
        every = statuses(self.outcome, run)
        one = space.any_of(
            space.all_of(copy.status(self.outcome.key, each) for copy in copies) for each in every
        )
        return space.all_of(parts) & one

    def _settled(self, found: Witness) -> Raw | Unsettled:
        """Another value that does change it; None where it is proved that there is none."""
        case, results = self._decided(found, "enterprise")
        if self.values and self.fact.name not in missing(self.program, case, results, (self.outcome,)):
            return Unsettled(found.seconds, "replay", "not listed")
        run = self.bench.tried
        goal = run.known(self.fact.name)
        if self.values:
            status = self.outcome.status(self._decided(found, "with1")[1])
            goal = goal & ~run.status(self.outcome.key, status)
        self.bench.desk.solved += 1
        costs = Costs(facts={self.fact.name: 1})
        other = self.bench.trial.optimise(goal, run.subject, found.enterprises["enterprise"], costs)
        match other:
            case Proved():
                return None if self.values else Unsettled(other.seconds, "wider", "no value")
            case Unsettled():
                return other
        return next(change.after for change in other.changes if change.name == self.fact.name)

    def _decided(self, found: Witness, name: str) -> tuple[Case, tuple[Result, ...]]:
        desk = self.bench.desk
        case = desk.pack.read(
            self.program, found.enterprises[name], desk.term.last, found.regions, strict=False
        )
        return case, compiled.evaluate(self.program, case)

    def _shown(self, found: Witness) -> Shown:
        """The enterprise itself, without the copies."""
        shown = self.bench.desk.shown(found, (self.outcome.key,))
        return replace(shown, enterprises={"enterprise": found.enterprises["enterprise"]})


def _first_values(fact: BaseFact) -> list[Raw]:
    """What is tried at once: every value of a short list; of others nothing, until the solver names one."""
    spec = fact.spec
    if spec.type is Type.YES_NO or fact.key is not None:
        return [True, False]
    short = spec.choices if spec.choices and not spec.declared else {}
    found: list[Raw] = [*short]
    return found[:MOST_VALUES]


def _coupled(fact: BaseFact, program: Program) -> bool:
    """Whether a report's other figures limit this one, so that a value tried is not to be had everywhere."""
    partners = {
        name
        for one in BREAKDOWNS
        if fact.spec.name in (one.whole, *one.parts)
        for name in (one.whole, *one.parts)
    }
    beside = {one.spec.name for one in program.frame.facts if one.year == fact.year} - {fact.spec.name}
    return fact.spec.owner == "report" and not partners.isdisjoint(beside)


__all__ = ["excess"]
