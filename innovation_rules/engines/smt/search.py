"""Answer one question: ask the solver, build what it found, replay it, and make it small.

Called by `Space.find`. A Proved is the solver's `unsat`; a Witness has passed the interpreter, whatever the solver said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import Any, Final, Literal, TypeAlias

from innovation_rules.case import Raw
from innovation_rules.engines import compiled
from innovation_rules.engines.smt import sketch as sketches
from innovation_rules.engines.smt.answers import Answer, Proved, Unsettled, Witness
from innovation_rules.engines.smt.formula import Formula, Subject
from innovation_rules.engines.smt.items import Amount, Family, Over, Signature
from innovation_rules.engines.smt.replay import Stage, read
from innovation_rules.engines.smt.sketch import Fields, Sketch
from innovation_rules.engines.smt.solver import z3
from innovation_rules.engines.smt.terms import Bool, all_
from innovation_rules.engines.smt.world import Counts, Question, World, _id
from innovation_rules.facts import CATEGORIES

ROUNDS: Final = 60
"""How often a model whose items cannot stand together is refused before the question is left open."""
FEW: Final = 12
"""The items that a witness should have at most, if that will do."""
SMALLER: Final = 3.0
"""The most seconds that making a witness smaller may take, and rounder again as many."""


Drafts: TypeAlias = Mapping[Subject, Sketch]


@dataclass
class Lemma:
    """What the solver must be told, because a model could not be built."""

    term: Bool


class Search:
    """One question, from the solver's first answer to the witness."""

    def __init__(self, world: World, formula: Formula, started: float, deadline: float) -> None:
        self.world, self.formula = world, formula
        self.started, self.deadline = started, deadline
        self.question = Question(world, formula, deadline)
        self.stage = Stage(formula, [one for one in world.subjects if one.runs], ())
        self.least = False

    def answer(self, minimise: bool) -> Answer:
        question = self.question
        if question.clashes:
            return Unsettled(self._seconds(), "wider", "type")
        if question.term is False:
            return Proved(self._seconds(), not question.wide)
        solver = z3.SimpleSolver()
        solver.add(question.limits())
        if question.term is not True:
            solver.add(question.term)
        for _ in range(ROUNDS):
            result = self._check(solver)
            if result == z3.unsat:
                return Proved(self._seconds(), not question.wide)
            if result != z3.sat:
                return Unsettled(self._seconds(), "time", solver.reason_unknown())
            model = self._few(solver, solver.model())
            model = self._least(solver, model) if minimise else model
            found = Builder(question, model, self.deadline).drafts()
            if isinstance(found, Lemma):
                solver.add(found.term)
                continue
            if found is not None and self.stage.holds(found):
                return self._witness(found, minimise)
            return self._unbuilt(found)
        return Unsettled(self._seconds(), "wider", "rounds")

    def _unbuilt(self, found: object) -> Unsettled:
        question = self.question
        if question.wide:
            return Unsettled(self._seconds(), "time" if question.wide == "time" else "wider", question.wide)
        why: Literal["wider", "replay"] = "wider" if question.coupled or found is None else "replay"
        return Unsettled(self._seconds(), why)

    def _seconds(self) -> float:
        return monotonic() - self.started

    def _check(self, solver: Any, *assumptions: Any) -> Any:
        left = self.deadline - monotonic()
        if left <= 0:
            return z3.unknown
        solver.set("timeout", max(1, int(left * 1000)))
        return solver.check(*assumptions)

    def _few(self, solver: Any, model: Any) -> Any:
        """A model with few items, where there is one at hand: thousands can be built, but who would read them."""
        numbers = [one for counts in self.question.counts.values() for one in counts.numbers]
        if not numbers:
            return model
        whole = z3.Sum(numbers)
        for most in (FEW, FEW**2):
            if model.eval(whole, model_completion=True).as_long() <= most:
                return model
            solver.push()
            solver.add(whole <= most)
            found = self._check(solver)
            if found == z3.sat:
                model = solver.model()
            solver.pop()
        return model

    def _least(self, solver: Any, model: Any) -> Any:
        """A model with the fewest known facts and items, as far as time allows."""
        sizes = list(self._sizes())
        if not sizes:
            self.least = True
            return model
        size = z3.Sum(sizes)
        solver.push()
        until = min(self.deadline, monotonic() + SMALLER)
        while monotonic() < until:
            now = model.eval(size, model_completion=True).as_long()
            solver.add(size < now)
            solver.set("timeout", max(1, int((until - monotonic()) * 1000)))
            result = solver.check()
            if result != z3.sat:
                self.least = result == z3.unsat
                break
            model = solver.model()
        solver.pop()
        return model

    def _sizes(self) -> Iterator[Any]:
        for subject in self.world.subjects:
            for _, column in self.question.columns(subject):
                if column.known is not True:
                    yield z3.If(column.known, 1, 0)
        for counts in self.question.counts.values():
            yield from counts.numbers

    # -- the witness

    def _witness(self, drafts: Drafts, minimise: bool) -> Witness:
        best = drafts
        if minimise:
            smaller = self._rounder(self._smaller(drafts))
            best = smaller if self.stage.holds(smaller) else best
        return self._as_witness(best)

    def _as_witness(self, drafts: Drafts) -> Witness:
        made = self.stage.enterprises(drafts)
        statistics = self.stage.regions(drafts)
        spoken_of = {run.parent or run for run in self.stage.runs}
        cases = tuple(
            read(run, made[run.subject], statistics)
            if run.subject in made
            else self.stage.case(run, drafts[run.subject])
            for run in self.world.runs
            if run in spoken_of
        )
        named = {subject.name: one for subject, one in made.items()}
        return Witness(named, cases, self._seconds(), statistics, least=self.least)

    def _fits(self, drafts: Drafts) -> bool:
        return self.stage.holds(drafts, compiled.evaluate)

    def _smaller(self, drafts: Drafts) -> Drafts:
        """Without all that can go, one thing at a time."""
        until = min(max(self.deadline, monotonic() + 0.5), monotonic() + SMALLER)
        again = True
        while again and monotonic() < until:
            again = False
            for candidate in _with_less(drafts):
                if monotonic() > until:
                    break
                if self._fits(candidate):
                    drafts, again = candidate, True
                    break
        return drafts

    def _rounder(self, drafts: Drafts) -> Drafts:
        """With rounder figures."""
        until = min(max(self.deadline, monotonic() + 0.5), monotonic() + SMALLER)
        tried: set[Any] = set()
        again = True
        while again:
            again = False
            for place, choices in _with_rounder(drafts):
                if place in tried or monotonic() > until:
                    continue
                tried.add(place)
                better = next((one for one in choices if monotonic() < until and self._fits(one)), None)
                if better is not None:
                    drafts, again = better, True
                    break
        return drafts


def _when(subject: Subject) -> date:
    return max(run.as_of for run in subject.runs)


def _with_less(drafts: Drafts) -> Iterator[Drafts]:
    """Candidates with one thing less: of all subjects at once, then of each alone."""
    for subject, draft in drafts.items():
        for edit in sketches.smaller(draft, _when(subject)):
            yield from _edited(drafts, subject, edit)


def _edited(drafts: Drafts, subject: Subject, edit: sketches.Edit) -> Iterator[Drafts]:
    """An edit made to all, then to one alone; nothing where it changes nothing."""
    if len(drafts) > 1:
        everywhere = {one: edit(draft) for one, draft in drafts.items()}
        if sum(everywhere[one] != drafts[one] for one in drafts) > 1:
            yield everywhere
    alone = edit(drafts[subject])
    if alone != drafts[subject]:
        yield {**drafts, subject: alone}


def _with_rounder(drafts: Drafts) -> Iterator[tuple[Any, list[Drafts]]]:
    for subject, draft in drafts.items():
        for place, edits in sketches.rounder(draft, subject, _when(subject)):
            yield (
                (subject.name, place),
                [candidate for edit in edits for candidate in _edited(drafts, subject, edit)],
            )


# ------------------------------------------------------------------------------------------------ building


class Builder:
    """Reads a model: facts as they are; items of each signature, as many as the model counts."""

    def __init__(self, question: Question, model: Any, deadline: float) -> None:
        self.question, self.model, self.deadline = question, model, deadline

    def drafts(self) -> Drafts | Lemma | None:
        """A sketch of every subject; a Lemma where items cannot stand together; None where nothing can be said."""
        found: dict[Subject, Sketch] = {}
        for subject in self.question.world.subjects:
            if not subject.runs:
                continue
            one = self._draft(subject)
            if not isinstance(one, Sketch):
                return one
            found[subject] = one
        return found

    def _draft(self, subject: Subject) -> Sketch | Lemma | None:
        facts = self.question.world.facts[subject]
        known = {cell: column.raw(self.model) for cell, column in self.question.columns(subject)}
        values = {cell: value for cell, value in known.items() if value is not None}
        if facts.real:
            values = {cell: value for cell, value in values.items() if cell[1] not in ("uscc", "name")}
        items = _Items(self, subject)
        activities = items.built("activities")
        if not isinstance(activities, tuple):
            return activities
        held = items.built("qualifications")
        if not isinstance(held, tuple):
            return held
        unsurveyed = frozenset(one for one in CATEGORIES if self._true(facts.unsurveyed[one]))
        qualifications = held if held or self._true(facts.held) else None
        return sketches.needs_region(Sketch(values, activities, qualifications, unsurveyed, items.until))

    def new_items(
        self, subject: Subject, over: Over, numbers: Sequence[Any], totals: Mapping[tuple[int, int], int]
    ) -> tuple[Fields, ...] | Lemma | None:
        """So many new items of each signature, which add so much to the totals."""
        return _Items(self, subject, numbers, totals).built(over)

    def _true(self, term: Bool) -> bool:
        return term if isinstance(term, bool) else z3.is_true(self.model.eval(term, model_completion=True))

    def number(self, term: Any) -> int:
        return term if isinstance(term, int) else self.model.eval(term, model_completion=True).as_long()


class _Items:
    """The items of one subject: what each signature stored, or solved anew where items share something."""

    def __init__(
        self,
        builder: Builder,
        subject: Subject,
        numbers: Sequence[Any] | None = None,
        totals: Mapping[tuple[int, int], Any] | None = None,
    ) -> None:
        self.builder, self.subject = builder, subject
        self.numbers, self.totals = numbers, totals
        self.until: int | None = None

    def built(self, over: Over) -> tuple[Fields, ...] | Lemma | None:
        counts = self.builder.question.counts[self.subject, over]
        used = [
            (at, number)
            for at, term in enumerate(counts.numbers if self.numbers is None else self.numbers)
            if (number := self.builder.number(term)) > 0
        ]
        family = counts.family
        shares = {at: self._shares(counts, at, number) for at, number in used}
        alone = family.coupled or any(family.signatures[at].ongoing for at in shares)
        if alone or any(share for several in shares.values() for share in several):
            together = self._together(counts, shares)
            if together is not True:
                return together
        found: list[Fields] = []
        for at, several in shares.items():
            made = self._several(counts, at, several)
            if made is None:
                return None
            found += made
        return tuple(found)

    def _shares(self, counts: Counts, at: int, number: int) -> list[tuple[int, ...]]:
        """For each item of a signature, what it adds to each total."""
        totals = counts.totals if self.totals is None else self.totals
        shares = [
            _shared(self.builder.number(totals[at, key]), number, one.low, one.high)
            for key, one in _amounts(counts.family.signatures[at]).items()
        ]
        return list(zip(*shares, strict=True)) if shares else [()] * number

    def _together(
        self, counts: Counts, shares: Mapping[int, Sequence[tuple[int, ...]]]
    ) -> Lemma | Literal[True] | None:
        """Whether items of these signatures suit one enterprise; the day to which all goes on is kept.

        Without the ledger's word where that will do. None where nothing can be said.
        """
        family = counts.family
        template, (day, known) = family.template, family.template.until
        solver = z3.SimpleSolver()
        limits = all_(template.limits())
        variables = [one for column in template.columns.values() for one in _variables(column)]
        there: dict[Any, Any] = {}
        adds: list[Any] = []
        for at, several in shares.items():
            signature = family.signatures[at]
            for each in dict.fromkeys(several):
                fresh = [(one, z3.FreshConst(one.sort())) for one in variables]
                there[holds := z3.FreshBool("there")] = counts.numbers[at] > 0
                solver.add(z3.Implies(holds, _renamed(all_((limits, signature.condition)), fresh)))
                for one, share in zip(_amounts(signature).values(), each, strict=True):
                    adds.append(amounts := z3.FreshBool("adds"))
                    solver.add(z3.Implies(amounts, _renamed(one.term == share, fresh)))
        fixed = self._fixed() if family.coupled else []
        if family.coupled:
            solver.add([one for one in self.builder.question.world._case_limits() if one is not True])
        solver.set("timeout", max(1, int((self.builder.deadline - monotonic()) * 1000)))
        silent = not any(family.signatures[at].ongoing for at in shares)
        result = z3.unknown
        for exactly in (adds, []) if adds else ([],):
            for word in ([z3.Not(known)], []) if silent else ([],):
                result = solver.check(*there, *fixed, *exactly, *word)
                if result == z3.sat:
                    model = solver.model()
                    if z3.is_true(model.eval(known, model_completion=True)):
                        self.until = model.eval(day, model_completion=True).as_long()
                    return True
        if result != z3.unsat:
            return None
        return Lemma(z3.Not(z3.And([there.get(one, one) for one in solver.unsat_core()])))

    def _several(self, counts: Counts, at: int, shares: Sequence[tuple[int, ...]]) -> list[Fields] | None:
        signature = counts.family.signatures[at]
        amounts = _amounts(signature)
        if not amounts and self.until is None and not counts.family.coupled:
            return [self._stored(counts.family, signature)] * len(shares)
        found: dict[tuple[int, ...], Fields] = {}
        for each in dict.fromkeys(shares):
            extra = [one.term == share for one, share in zip(amounts.values(), each, strict=True)]
            one = self._solved(counts, at, extra)
            if one is None and len(extra) > 1:
                one = self._solved(counts, at, extra[:1])
            if one is None:
                return None
            found[each] = one
        return [found[each] for each in shares]

    @staticmethod
    def _stored(family: Family, one: Signature) -> Fields:
        own: dict[str, Raw] = {"kind": one.kind, **one.fields}
        return {"category": one.category, **own} if family.over == "activities" else own

    def _solved(self, counts: Counts, at: int, extra: Sequence[Any]) -> Fields | None:
        family = counts.family
        template, signature = family.template, family.signatures[at]
        solver = z3.SimpleSolver()
        solver.add([one for one in (*template.limits(), signature.condition, *extra) if one is not True])
        day, known = template.until
        solver.add(z3.Not(known) if self.until is None else z3.And(known, day == self.until))
        if family.coupled:
            limits = self.builder.question.world._case_limits()
            solver.add([one for one in (*limits, *self._fixed()) if one is not True])
        solver.set("timeout", max(1, int((self.builder.deadline - monotonic()) * 1000)))
        if solver.check() != z3.sat:
            return None
        model = solver.model()
        fields = {name: column.raw(model) for name, column in template.columns.items()}
        known_fields = {name: value for name, value in fields.items() if value is not None}
        own: dict[str, Raw] = {"kind": signature.kind, **known_fields}
        return {"category": signature.category, **own} if family.over == "activities" else own

    def _fixed(self) -> list[Any]:
        """The facts of the model, as assumptions."""
        question = self.builder.question
        found = []
        for subject in question.world.subjects:
            for _, column in question.columns(subject):
                term = column.is_(column.raw(self.builder.model))
                if not isinstance(term, bool):
                    found.append(term)
        return found


def _amounts(signature: Signature) -> dict[int, Amount]:
    """What an item of a signature adds, by the term: each once."""
    return {_id(one.term): one for one in signature.amounts.values()}


def _renamed(term: Bool, names: Sequence[tuple[Any, Any]]) -> Bool:
    return term if isinstance(term, bool) else z3.substitute(term, *names)


def _shared(whole: int, number: int, low: int, high: int) -> list[int]:
    """A total as so many amounts, each within the bounds."""
    rest = whole - number * low
    shares = []
    for _ in range(number):
        more = min(rest, high - low)
        shares.append(low + more)
        rest -= more
    return shares


def _variables(column: Any) -> list[Any]:
    found = [] if column.number is None else [column.number]
    for way in column.value.ways:
        found += [] if isinstance(way.guard, bool) else [way.guard]
    return [one for one in found if z3.is_const(one)]
