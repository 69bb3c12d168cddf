"""Put questions to the solver: one Space holds symbolic enterprises, runs over them, and what it learnt of them.

`find` looks for an enterprise of which a formula holds; what it finds is built, validated, read and replayed by the
interpreter before it is handed out. Domain: every valid Enterprise, unknown facts included, whose activities and
qualifications are of kinds that the pack names; facts within their declared ranges; reports that add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import monotonic
from typing import TYPE_CHECKING

from innovation_rules.case import BaseFact
from innovation_rules.engines.smt.answers import Answer, Change, Witness
from innovation_rules.engines.smt.formula import (
    FALSE,
    TRUE,
    Agree,
    AtLeastAs,
    Formula,
    Items,
    Ordered,
    Reads,
    Run,
    SameFacts,
    Subject,
    cell_of,
    holds,
    join,
    runs_of,
)
from innovation_rules.enterprise import Enterprise
from innovation_rules.program import Op, Program
from innovation_rules.region import RegionStatistics

if TYPE_CHECKING:
    from innovation_rules.engines.smt.world import World


@dataclass(frozen=True)
class Costs:
    """What may change on the way from an enterprise to a goal, and what each change costs (whole numbers above 0)."""

    facts: Mapping[str, int] = field(default_factory=dict)
    """By the name of the base fact (`rd_expenditure@2020`) or of the field (`rd_expenditure`); others are frozen."""
    fields: Mapping[str, int] = field(default_factory=dict)
    """By the field of an activity or qualification that is there already (`level`, `status`); others are frozen."""
    item: int | None = None
    """An added activity; None: none may be added."""
    qualification: int | None = None
    """An added qualification."""
    survey: int | None = None
    """A category, or the list of qualifications, that nobody had surveyed and that now is."""
    onwards: bool = False
    """A field of an item that is there moves only as it can: a level rises, what was refused stays refused."""


class Space:
    """Symbolic enterprises, and the programs that run over them; one solver for all questions asked here.

    `timeout`: the seconds that one question may take.
    """

    true: Formula = TRUE
    false: Formula = FALSE

    def __init__(self, timeout: float = 10.0) -> None:
        self.timeout = timeout
        self.subjects: list[Subject] = []
        self.runs: list[Run] = []
        self._world: World | None = None

    # -- what there is

    def enterprise(self, name: str = "enterprise") -> Subject:
        """A new symbolic enterprise, about which nothing is assumed."""
        subject = Subject(name)
        self.subjects.append(subject)
        return subject

    def run(
        self, program: Program, subject: Subject, as_of: date | None = None, *, pack: Reads | None = None
    ) -> Run:
        """A program run on a subject, as of a date (default: 31 December of the program's year).

        Runs over one subject share its facts and items, whichever pack, year or version they are of; what was known
        on one as-of date is taken to be known on the other. `pack` names the kinds that items can have and reads
        enterprises in the replay; without it, kinds are those that the program tells apart and one more.
        """
        run = Run(program, subject, as_of or date(program.year, 12, 31), pack)
        subject.runs.append(run)
        self.runs.append(run)
        return run

    # -- formulas about several runs or subjects

    @staticmethod
    def all_of(formulas: Iterable[Formula]) -> Formula:
        """All of them hold; true for none."""
        return join("all", formulas)

    @staticmethod
    def any_of(formulas: Iterable[Formula]) -> Formula:
        """One of them holds; false for none."""
        return join("any", formulas)

    @staticmethod
    def agree(one: Run, node: int, other: Run, other_node: int) -> Formula:
        """Two nodes give equal results, unknown ones, intervals and sets included."""
        return Agree(one, node, other, other_node)

    @staticmethod
    def compare(one: Run, node: int, op: Op, other: Run, other_node: int) -> Formula:
        """Two value nodes surely compare so: every value still possible on either side answers alike."""
        return Ordered(one, node, op, other, other_node)

    @staticmethod
    def same(one: Subject, other: Subject, except_facts: Iterable[str] = ()) -> Formula:
        """Two subjects are alike in all that their runs ask for, items included, save the facts named.

        A name is a base fact's own (`rd_expenditure@2020`) or its field's (`rd_expenditure`: of every year).
        """
        return SameFacts(one, other, frozenset(except_facts)) & Items(one, other, more=False)

    @staticmethod
    def same_facts(one: Subject, other: Subject, except_facts: Iterable[str] = ()) -> Formula:
        """Two subjects are alike in all base facts save those named, and in what was surveyed; not in their items."""
        return SameFacts(one, other, frozenset(except_facts))

    @staticmethod
    def same_items(one: Subject, other: Subject) -> Formula:
        """Two subjects have the same activities and qualifications.

        To be assumed, not claimed: where it is denied, nothing is said of the items.
        """
        return Items(one, other, more=False)

    @staticmethod
    def includes(one: Subject, other: Subject) -> Formula:
        """The second subject has every activity and qualification of the first. To be assumed, not claimed."""
        return Items(one, other, more=True)

    def at_least_as(self, fact: BaseFact | str, one: Subject, other: Subject) -> Formula:
        """A fact is known of both, and of the second no less than of the first. Raises KeyError."""
        found = self.fact(one, fact) if isinstance(fact, str) else fact
        return AtLeastAs(cell_of(found), one, other)

    # -- questions

    def find(self, formula: Formula, *, minimise: bool = True, seconds: float | None = None) -> Answer:
        """Enterprises of which a formula holds, smallest first; Proved says that there are none.

        `minimise`: fewest known facts and items, then the roundest values; else the first that is found.
        """
        from innovation_rules.engines.smt.search import Search

        started = monotonic()
        deadline = started + (self.timeout if seconds is None else seconds)
        return Search(self._known(), formula, started, deadline).answer(minimise)

    def prove(self, claim: Formula, *, minimise: bool = True, seconds: float | None = None) -> Answer:
        """Whether a claim always holds: Proved, or a Witness against it."""
        return self.find(~claim, minimise=minimise, seconds=seconds)

    def settle(self, formulas: Sequence[Formula], *, seconds: float | None = None) -> list[Answer]:
        """Every formula's answer, in order, for many questions at once: a witness serves all that hold of it.

        Witnesses are not made small. `seconds` is for each question.
        """
        from innovation_rules.engines.smt.replay import replayed

        answers: list[Answer | None] = [None] * len(formulas)
        for place, formula in enumerate(formulas):
            if answers[place] is not None:
                continue
            answer = answers[place] = self.find(formula, minimise=False, seconds=seconds)
            if not isinstance(answer, Witness) or not answer.enterprises:
                continue
            open_places = [at for at in range(place + 1, len(formulas)) if answers[at] is None]
            runs = dict.fromkeys(run for at in open_places for run in runs_of(formulas[at]))
            named = {
                one: answer.enterprises[one.name] for one in self.subjects if one.name in answer.enterprises
            }
            world = replayed(runs, named, answer.regions)
            for at in open_places:
                if holds(formulas[at], world):
                    answers[at] = answer
        return [one for one in answers if one is not None]

    def holds(
        self,
        formula: Formula,
        enterprises: Mapping[str, Enterprise],
        regions: Mapping[str, RegionStatistics] | None = None,
    ) -> bool:
        """Whether a formula is true of concrete enterprises (by the names of their subjects), by the interpreter.

        Raises DataError where a run's pack cannot read one.
        """
        from innovation_rules.engines.smt.replay import replayed

        named = {
            subject: enterprises[subject.name] for subject in self.subjects if subject.name in enterprises
        }
        return holds(formula, replayed(runs_of(formula), named, regions or {}))

    def optimise(
        self,
        goal: Formula,
        subject: Subject,
        start: Enterprise,
        costs: Costs,
        *,
        hard: Formula = TRUE,
        without: Sequence[Sequence[Change]] = (),
        regions: Mapping[str, RegionStatistics] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """The cheapest changes to an enterprise after which a goal holds, and what must hold besides.

        Each further answer must leave out at least one change of every earlier one given as `without`. Proved: the
        goal is out of reach by these changes. A Witness lists its `changes` and their `cost`.
        """
        from innovation_rules.engines.smt.advice import Advice

        started = monotonic()
        deadline = started + (self.timeout if seconds is None else seconds)
        world, given = self._known(), regions or {}
        return Advice(world, goal & hard, started, deadline, subject, start, costs, without, given).answer()

    def _known(self) -> World:
        """What the solver knows of the runs that there are."""
        from innovation_rules.engines.smt.world import World

        if self._world is None or len(self._world.runs) != len(self.runs):
            self._world = World(self.subjects, self.runs)
        return self._world

    def fact(self, subject: Subject, fact: str) -> BaseFact:
        """A base fact that some run over a subject asks for, by name. Raises KeyError."""
        for one in subject.frame.facts:
            if one.name == fact:
                return one
        raise KeyError(fact)
