"""Claims about what is missing: a fact that a decision lists as missing can change the outcome.

The list goes by the tests that are open, so that a fact which several tests read may be on it although every value
of it gives one and the same outcome. Such a case is sought by trying values, and a value that gives another outcome
is learnt from until there is none; that it is so is then proved for the very enterprise. It is listed, not a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Final

from innovation_rules.audit.prover.conditions import _above, statuses
from innovation_rules.audit.prover.desk import Answer, Desk, Question
from innovation_rules.audit.prover.findings import Refuted
from innovation_rules.case import BaseFact, Raw
from innovation_rules.engines.smt import Costs, Formula, Proved, Run, Space, Unsettled, Witness
from innovation_rules.errors import Words
from innovation_rules.gaps import UNDETERMINED, Outcome, missing
from innovation_rules.program import Fact, Leaf, Program
from innovation_rules.quantities import Type
from innovation_rules.walk import cones, readers

ROUNDS: Final = 6
"""Values learnt of one fact before the question is left open."""


def excess(desk: Desk) -> Iterator[Question]:
    """What is listed as missing can change the outcome, for each fact that an outcome reads in several tests."""
    for outcome in desk.decided():
        if outcome.many or not desk.own(desk.place(outcome)):
            continue
        for fact in _read_twice(desk, outcome):
            says = Words(
                f"缺“{fact.spec.zh}”而“{outcome.label}”待定时，结论确实取决于它",
                f"where {outcome.key} is open for want of {fact.spec.name}, it depends on it",
            )
            yield Question(
                f"{outcome.key}?{fact.spec.name}",
                says,
                outcome.clause,
                desk.place(outcome),
                outcome.rests_on,
                lambda one=outcome, of=fact: _Search(desk, one, of).answer(),  # type: ignore[misc]
                informs=True,
            )


def _read_twice(desk: Desk, outcome: Outcome) -> Iterator[BaseFact]:
    """The facts that at least two tests under an outcome read: elsewhere the list is exact."""
    program = desk.program
    above = _above(program)
    at = list(desk.outcomes).index(outcome.key)
    tests = {
        index for index, node in enumerate(program.nodes) if isinstance(node, Leaf) and at in above[index]
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


class _Search:
    """One outcome and one fact: is there an enterprise whom the fact cannot help?"""

    def __init__(self, desk: Desk, outcome: Outcome, fact: BaseFact) -> None:
        self.desk, self.outcome, self.fact = desk, outcome, fact
        self.space = Space(timeout=desk.seconds)
        self.blank = self._run("enterprise")
        self.copies: list[Run] = []
        self.values: list[Raw] = []

    def _run(self, name: str) -> Run:
        subject = self.space.enterprise(name)
        return self.space.run(self.desk.program, subject, self.desk.term.last, pack=self.desk.pack)

    def answer(self) -> Answer:
        start = monotonic()
        for value in _first_values(self.fact):
            self._try(value)
        for _ in range(ROUNDS):
            self.desk.solved += 1
            found = self.space.find(self._useless(), minimise=False)
            if not isinstance(found, Witness):
                return type(found)(monotonic() - start, *(() if isinstance(found, Proved) else (found.why, found.detail)))
            settled = self._settled(found)
            if settled is None:
                return Refuted(monotonic() - start, self.desk.shown(_only(found), (self.outcome.key,)))
            if isinstance(settled, Unsettled):
                return settled
            self._try(settled)
        return Unsettled(monotonic() - start, "time", f"{len(self.values)} values tried")

    def _try(self, value: Raw) -> None:
        """One more value that must not give another outcome."""
        self.values.append(value)
        self.copies.append(self._run(f"with{len(self.values)}"))

    def _useless(self) -> Formula:
        """It is open without the fact, and one and the same with every value tried."""
        run, space, name = self.blank, self.space, self.fact.name
        parts: list[Formula] = [run.status(self.outcome.key, UNDETERMINED), ~run.known(name)]
        for copy, value in zip(self.copies, self.values, strict=True):
            parts += [
                space.same(run.subject, copy.subject, (name,)),
                space.same_items(run.subject, copy.subject),
                copy.fact(name, "==", value),  # type: ignore[arg-type]
            ]
        return space.all_of(parts) & self._one_status(self.copies)

    def _one_status(self, copies: Sequence[Run]) -> Formula:
        key, space = self.outcome.key, self.space
        every = statuses(self.outcome, self.blank)
        return space.any_of(space.all_of(copy.status(key, one) for copy in copies) for one in every)

    def _settled(self, found: Witness) -> Raw | Unsettled:
        """Another value that does change it; None where it is proved that there is none."""
        enterprise = found.enterprises["enterprise"]
        case = found.cases[0]
        results = _results(self.desk.program, case)
        if self.fact.name not in missing(self.desk.program, case, results, (self.outcome,)):
            return Unsettled(found.seconds, "replay", "not listed")
        status = self._status_of(found)
        space = Space(timeout=self.desk.seconds)
        subject = space.enterprise("enterprise")
        run = space.run(self.desk.program, subject, self.desk.term.last, pack=self.desk.pack)
        goal = run.known(self.fact.name) & ~run.status(self.outcome.key, status)
        self.desk.solved += 1
        other = space.optimise(goal, subject, enterprise, Costs(facts={self.fact.name: 1}))
        match other:
            case Proved():
                return None
            case Unsettled():
                return other
        return next(change.after for change in other.changes if change.name == self.fact.name)

    def _status_of(self, found: Witness) -> str:
        case = found.cases[1]
        return self.outcome.status(_results(self.desk.program, case))


def _results(program: Program, case):  # type: ignore[no-untyped-def]
    from innovation_rules.engines import compiled

    return compiled.evaluate(program, case)


def _only(found: Witness) -> Witness:
    """The enterprise itself, without the copies."""
    from dataclasses import replace

    return replace(found, enterprises={"enterprise": found.enterprises["enterprise"]})


def _first_values(fact: BaseFact) -> list[Raw]:
    """What is tried at once: every value of a short list, else two that differ."""
    spec = fact.spec
    if spec.type is Type.YES_NO or fact.key is not None:
        return [True, False]
    if spec.choices:
        return list(spec.choices)
    if spec.type is Type.LEVEL:
        return list(range(spec.low or 0, (spec.high or 0) + 1))
    if spec.type in (Type.CODE, Type.TEXT):
        return ["01" if spec.name == "industry" else "110000"]
    return [0 if spec.low is None or spec.low < 0 else spec.low]


__all__ = ["excess"]
