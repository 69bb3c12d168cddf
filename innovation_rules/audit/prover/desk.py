"""Where questions are answered: the program of one term, the cases at hand, and the solver with its enterprises.

Each check of CHECKS is given a Desk and yields Questions; a Question asks the cases first, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, NamedTuple

from innovation_rules.audit.prover.findings import Answer, Refuted, Shown
from innovation_rules.audit.prover.plan import Term
from innovation_rules.case import Case as Seen
from innovation_rules.engines import compiled
from innovation_rules.engines.smt import Formula, Proved, Run, Space, Subject, Witness
from innovation_rules.errors import DataError, Place, Words
from innovation_rules.gaps import Outcome, outcomes
from innovation_rules.pack import cases as worked
from innovation_rules.packs import Pack
from innovation_rules.program import Constant, Program, Result, Under, children

MOST_LOOKS: Final = 150
"""Cases at hand beyond which asking the solver is quicker than trying them all."""
DECIDED = ("eligible", "favoured")
"""An award is to be had, or favours."""


class Look(NamedTuple):
    """One case at hand and all its results."""

    case: Seen
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Question:
    """One claim about one item, and how it is settled."""

    item: str
    says: Words
    clause: str
    place: Place | None
    rests_on: tuple[int, ...]
    """Nodes of the program; where they mean the same in another year, so does the answer."""
    ask: Callable[[], Answer]
    besides: str = ""
    """What the answer rests on outside this program."""
    exists: bool = False
    """It says that something is there: shown under one law, it need not be under every other."""
    informs: bool = False
    because: str = ""


class Desk:
    """One pack under the law of one term."""

    def __init__(self, pack: Pack, term: Term, cases: Sequence[worked.Prepared], seconds: float) -> None:
        self.pack, self.term, self.seconds = pack, term, seconds
        self.program: Program = term.program(pack)
        self.outcomes: Mapping[str, Outcome] = {one.key: one for one in outcomes(self.program)}
        self._cases = cases
        self.solved = 0

    # -- the cases at hand

    @cached_property
    def looks(self) -> list[Look]:
        """The worked cases of this term, decided, and what the solver has found since."""
        found: list[Look] = []
        for one in self._cases:
            case = self._read(one)
            if case is not None:
                found.append(Look(case, compiled.evaluate(self.program, case)))
        return found

    def _learn(self, witness: Witness) -> None:
        """Keep what the solver found: it often answers the next question too."""
        one = witness.enterprises.get("enterprise")
        if one is not None and len(self.looks) < MOST_LOOKS:
            case = self.pack.read(self.program, one, self.term.last, witness.regions, strict=False)
            self.looks.append(Look(case, compiled.evaluate(self.program, case)))

    def _read(self, one: worked.Prepared) -> Seen | None:
        if one.enterprise is None:
            return None
        as_of = one.case.as_of or date(one.case.year or 0, 12, 31)
        try:
            return self.pack.read(self.program, one.enterprise, as_of, one.regions)
        except DataError:
            return None

    def seen(self, holds: Callable[[tuple[Result, ...]], bool]) -> bool:
        """Whether some case at hand has such results."""
        return any(holds(look.results) for look in self.looks)

    # -- the solver

    @cached_property
    def space(self) -> Space:
        """One solver for all questions about one enterprise."""
        return Space(timeout=self.seconds)

    @cached_property
    def subject(self) -> Subject:
        return self.space.enterprise("enterprise")

    @cached_property
    def run(self) -> Run:
        """The program on that enterprise."""
        return self.space.run(self.program, self.subject, self.term.last, pack=self.pack)

    def all_known(self) -> Formula:
        """Everything that the program asks for is known, and codes to as many digits as its tests ask for."""
        run = self.run
        coarse = (run.plain(at) for at, node in enumerate(self.program.nodes) if isinstance(node, Under))
        return self.space.all_of([run.fully_known(), *coarse])

    def two(self, first: str, second: str) -> tuple[Space, Run, Run]:
        """The program on two enterprises, in a space of their own."""
        space = Space(timeout=self.seconds)
        runs = [
            space.run(self.program, space.enterprise(name), self.term.last, pack=self.pack)
            for name in (first, second)
        ]
        return space, runs[0], runs[1]

    def never(
        self,
        formula: Formula,
        outcomes: Sequence[str] = (),
        space: Space | None = None,
        minimise: bool = True,
    ) -> Answer:
        """Proved where no enterprise makes the formula true; else one that does."""
        self.solved += 1
        answer = (space or self.space).find(formula, minimise=minimise)
        if isinstance(answer, Witness):
            return Refuted(answer.seconds, self.shown(answer, outcomes))
        return answer

    def sometimes(self, formula: Formula, space: Space | None = None) -> Answer:
        """Proved where some enterprise makes the formula true."""
        self.solved += 1
        answer = (space or self.space).find(formula, minimise=False)
        match answer:
            case Witness():
                self._learn(answer)
                return Proved(answer.seconds)
            case Proved():
                return Refuted(answer.seconds)
        return answer

    def shown(self, witness: Witness, outcomes: Sequence[str] = ()) -> Shown:
        """A witness with what is needed to decide it again."""
        return Shown(
            witness.enterprises,
            self.term.year,
            self.term.last,
            witness.regions,
            tuple(outcomes),
            witness.least,
        )

    # -- what belongs to this pack

    def own(self, place: Place | None) -> bool:
        """Whether something is written in the pack itself, not in one that it extends."""
        return place is not None and place.file == self.pack.linked.pack.pack.place.file

    def decided(self) -> Iterator[Outcome]:
        """The outcomes that are this pack's to decide in this term, and whose figures all have a value."""
        yield from (one for one in self.in_force() if self.ripe(one.rests_on))

    def in_force(self) -> Iterator[Outcome]:
        """The outcomes that are this pack's to decide in this term."""
        for one in self.outcomes.values():
            rule: Any = self.program.awards[one.place] if one.kind == "awards" else None
            if rule is None or (rule.in_force and rule.decided):
                yield one

    @cached_property
    def unsettled_yet(self) -> frozenset[int]:
        """Nodes that rest on a parameter which has no value yet under this law: there the answer is unknown."""
        found: set[int] = set()
        for index, node in enumerate(self.program.nodes):
            if (isinstance(node, Constant) and node.value is None) or not found.isdisjoint(children(node)):
                found.add(index)
        return frozenset(found)

    def ripe(self, nodes: Iterable[int]) -> bool:
        """Whether every figure that these nodes rest on has a value under this law."""
        return self.unsettled_yet.isdisjoint(nodes)

    def place(self, outcome: Outcome) -> Place | None:
        """Where an outcome is written."""
        entry = self.pack.linked.find(outcome.kind, outcome.id) if outcome.kind != "profile" else None
        if entry is not None:
            return entry.place
        return self.program.origins[outcome.roots[0]].place


SETTLED = Proved(0.0)
"""The cases at hand settle it."""


__all__ = ["DECIDED", "SETTLED", "Answer", "Desk", "Look", "Question"]
