"""Try the claims of properties on enterprises: held, not exercised, or a counterexample with its reasons.

`properties.check` runs it on worked cases and on generated enterprises. What a claim means for one enterprise stands
here once. The compiled engine looks for what breaks it; nothing is a counterexample that the interpreter does not replay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from innovation_rules import engines
from innovation_rules.audit.enterprises import Situation
from innovation_rules.audit.moves import Change, Copies, Copy, between
from innovation_rules.audit.written import statistics, worked_case
from innovation_rules.case import Case
from innovation_rules.decision import Decision
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import Lang, Words
from innovation_rules.pack.cases_zh import OUTCOMES
from innovation_rules.pack.claims import Always, Audited, Claim, Goal, Rising, Same, Total
from innovation_rules.program import Aggregate, Fact, Origin, Program, Result, Under, compare, is_plain
from innovation_rules.quantities import Type, format_quantity
from innovation_rules.reasons import Reason
from innovation_rules.walk import below

_SEARCH: Final = engines.engine("compiled").evaluate
Answer = Literal["held", "idle"]
"""The claim held where it speaks, or it does not speak of this enterprise."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """An enterprise of which a claim does not hold, replayed by the interpreter."""

    situation: Situation
    before: Decision
    """Over the audited program: what was decided, with every reason."""
    nodes: tuple[int, ...]
    """The nodes that went wrong."""
    goal: Goal | None = None
    change: Change | None = None
    other: Enterprise | None = None
    after: Decision | None = None
    name: str = ""
    """The worked case that it comes from."""

    @property
    def enterprise(self) -> Enterprise:
        """The first copy."""
        return self.situation.enterprise

    def reasons(self) -> tuple[Reason, ...]:
        """The tests that decided: of one copy those under what went wrong, of two those that differ."""
        found = _leaves(self.before, self.nodes)
        if self.after is None:
            return found
        was = {one.node: one.result for one in found}
        moved = [one for one in _leaves(self.after, self.nodes) if was.get(one.node) != one.result]
        return tuple(moved) or found

    def outcome(self, lang: Lang) -> str:
        """What came out, in words: before, and after the move."""
        parts = [_said(self.goal, self.before, lang)] if self.goal else []
        if self.after is not None and self.goal is not None:
            parts.append(_said(self.goal, self.after, lang))
        text = " → ".join(one for one in parts if one)
        moved = self.change.text(lang) if self.change else ""
        joint = "；" if lang == "zh" else "; "
        return joint.join(one for one in (moved, text) if one)

    def worked_case(self, claim: Claim) -> str:
        """The first copy as a worked case that can be pasted."""
        why = claim.label or claim.id
        name = f"{claim.id} 的反例"
        of = self.situation
        region = statistics(of.regions, of.year)
        return worked_case(
            of.enterprise, of.year, of.as_of, name=name, clause=claim.clause, why=why, region=region
        )


def _leaves(decision: Decision, nodes: Iterable[int]) -> tuple[Reason, ...]:
    seen: dict[int, Reason] = {}
    for node in nodes:
        for leaf in decision.reason(node).leaves():
            seen.setdefault(leaf.node, leaf)
    return tuple(seen.values())


STATUSES_ZH: Final = {status: zh for zh, status in OUTCOMES.items()}
TRUTHS: Final[Mapping[Result, Words]] = {
    True: Words("成立", "holds"),
    False: Words("不成立", "does not hold"),
    None: Words("未知", "unknown"),
}


def _said(goal: Goal, decision: Decision, lang: Lang) -> str:
    """A goal's outcome: its name with its status, amount, class or value; a condition by whether it holds."""
    name = goal.label if lang == "zh" else goal.name
    return f"{name} {_what(goal, decision, lang)}".strip()


def _what(goal: Goal, decision: Decision, lang: Lang) -> str:
    if goal.name in decision.coverages:
        return _status(decision.coverages[goal.name].status, lang)
    if goal.name in decision.awards:
        award = decision.awards[goal.name]
        ends = () if award.amount is None else dict.fromkeys(award.amount)
        amounts = "—".join(format_quantity(one, Type.MONEY, None, lang) for one in ends)
        return f"{_status(award.status, lang)} {amounts}".strip()
    origins = decision.program.origins
    values = (decision.reason(one) for one in goal.nodes)
    if goal.truth is None:
        return "、".join(_value(one.result, origins[one.node], decision, lang) for one in values)
    return TRUTHS[decision.results[goal.truth]].in_(lang)


def _status(status: str, lang: Lang) -> str:
    return STATUSES_ZH.get(status, status) if lang == "zh" else status


def _value(result: Result, origin: Origin, decision: Decision, lang: Lang) -> str:
    if isinstance(result, bool):
        return TRUTHS[result].in_(lang)
    if isinstance(result, int | Fraction) and origin.type is not None:
        return format_quantity(result, origin.type, origin.unit or None, lang)
    if isinstance(result, str):
        return decision.program.labels.get(result, result) if lang == "zh" else result
    return TRUTHS[None].in_(lang)


# ------------------------------------------------------------------------------------------ one claim


class Trial:
    """One claim of one audited program, ready to be tried on many enterprises."""

    def __init__(self, audited: Audited, claim: Claim) -> None:
        self.program: Program = audited.program
        self.claim = claim
        self.cone = below(self.program.nodes, claim.nodes)
        self.copies: Copies | None = None
        if isinstance(claim, Rising | Same):
            self.copies = Copies(self.program, self.cone, claim.moves, isinstance(claim, Rising))
        self.rests_on = (
            {goal: below(self.program.nodes, goal.nodes) for goal in claim.goals}
            if isinstance(claim, Total)
            else {}
        )

    def on(self, situation: Situation, case: Case, name: str = "") -> Answer | Counterexample:
        """What the claim says of one enterprise."""
        if not self.program.in_force:
            return "idle"
        results = _SEARCH(self.program, case)
        claim = self.claim
        match claim:
            case Always():
                return self._always(claim, situation, case, results, name)
            case Total():
                return self._total(claim, situation, case, results, name)
            case _:
                return self._two(claim, situation, case, results, name)

    def _speaks(self, results: Sequence[Result]) -> bool:
        return self.claim.assume is None or results[self.claim.assume] is True

    def _always(
        self, claim: Always, of: Situation, case: Case, results: Sequence[Result], name: str
    ) -> Answer | Counterexample:
        if not self._speaks(results):
            return "idle"
        wrong = tuple(node for node in claim.holds if results[node] is False)
        if wrong:
            return self._found(of, wrong, name)
        return "held" if any(results[node] is True for node in claim.holds) else "idle"

    def _total(
        self, claim: Total, of: Situation, case: Case, results: Sequence[Result], name: str
    ) -> Answer | Counterexample:
        if not self._speaks(results):
            return "idle"
        answer: Answer = "idle"
        for goal in claim.goals:
            if all(map(_known(self.program, results), self.rests_on[goal])):
                answer = "held"
                if not settled(goal, results):
                    return self._found(of, goal.nodes, name, goal)
        return answer

    # -------------------------------------------------------------------------------- two copies

    def _two(
        self, claim: Rising | Same, of: Situation, case: Case, results: Sequence[Result], name: str
    ) -> Answer | Counterexample:
        goals = [goal for goal in claim.goals if spoken_of(claim, goal, results)]
        if not self._speaks(results) or not goals:
            return "idle"
        assert self.copies is not None
        if self.copies.idle and not self.copies.moves.order:
            return "held"
        answer: Answer = "held" if self.copies.unread else "idle"
        for copy in self.copies.of(of, case, results):
            after = _SEARCH(self.program, copy.case)
            if not self._speaks(after):
                continue
            answer = "held"
            for goal in goals:
                if breaks(claim, goal, results, after):
                    found = self._moved(of, copy, goal, name)
                    if found is not None:
                        return found
        return answer

    def _moved(self, of: Situation, copy: Copy, goal: Goal, name: str) -> Counterexample | None:
        """The counterexample, where the second copy is a valid enterprise of which the same comes out."""
        assert isinstance(self.claim, Rising | Same)
        other = copy.enterprise(of.enterprise)
        if other is None:
            return None
        second = of._replace(enterprise=other)
        before, after = self._decided(of), self._decided(second)
        if not breaks(self.claim, goal, before.results, after.results) or not self._speaks(after.results):
            return None
        return Counterexample(of, before, goal.nodes, goal, copy.change, other, after, name)

    def witnessed(self, first: Situation, second: Situation | None = None) -> Counterexample | None:
        """The counterexample that a solver's enterprises are, tried like any other; None where they are none."""
        claim = self.claim
        if second is not None and isinstance(claim, Rising | Same):
            before, after = self._decided(first), self._decided(second)
            for goal in claim.goals:
                spoken = self._speaks(before.results) and self._speaks(after.results)
                broken = spoken_of(claim, goal, before.results) and breaks(
                    claim, goal, before.results, after.results
                )
                if spoken and broken and not claim.moves.one_more:
                    change = between(self.program, before.case, after.case)
                    other = second.enterprise
                    return Counterexample(first, before, goal.nodes, goal, change, other, after)
        found = self.on(first, first.case(self.program))
        return found if isinstance(found, Counterexample) else None

    def _found(
        self, of: Situation, nodes: tuple[int, ...], name: str, goal: Goal | None = None
    ) -> Counterexample:
        decided = self._decided(of)
        if goal is None:
            assert any(decided.results[node] is False for node in nodes), "the engines differ"
        return Counterexample(of, decided, nodes, goal, name=name)

    def _decided(self, of: Situation) -> Decision:
        """What the interpreter makes of it, over the audited program."""
        case = of.case(self.program)
        return engines.decide(self.program, case, subject=of.enterprise, engine="interpreter")


def _known(program: Program, results: Sequence[Result]) -> Callable[[int], bool]:
    """A test of a node: what it reads of the data is known, and no code is too short for what is asked of it."""

    def known(index: int) -> bool:
        return not isinstance(program.nodes[index], Fact | Aggregate | Under) or is_plain(results[index])

    return known


def settled(goal: Goal, results: Sequence[Result]) -> bool:
    """Whether a goal's outcome is known: not to be had, or had with what it is worth."""
    if goal.gate is not None:
        if results[goal.gate] is None:
            return False
        if results[goal.gate] is False:
            return True
    if goal.truth is not None:
        if results[goal.truth] is None:
            return False
        if results[goal.truth] is False:
            return True
    return all(is_plain(results[one]) for one in goal.values)


def had(goal: Goal, results: Sequence[Result]) -> bool:
    """Whether a goal is surely had."""
    return all(results[one] is True for one in (goal.gate, goal.truth) if one is not None)


def spoken_of(claim: Rising | Same, goal: Goal, results: Sequence[Result]) -> bool:
    """Whether a claim about two copies says anything of this goal of the first."""
    if isinstance(claim, Rising):
        return had(goal, results)
    return (goal.gate is None or results[goal.gate] is True) and settled(goal, results)


def breaks(claim: Rising | Same, goal: Goal, before: Sequence[Result], after: Sequence[Result]) -> bool:
    """Whether a goal went wrong from the first copy to the second."""
    if isinstance(claim, Same):
        return _outcome(goal, before) != _outcome(goal, after)
    if not had(goal, before):
        return False
    if any(after[one] is False for one in (goal.gate, goal.truth) if one is not None):
        return True
    return goal.numbers and any(compare(after[one], "<", before[one]) is True for one in goal.values)


def _outcome(goal: Goal, results: Sequence[Result]) -> tuple[object, ...]:
    """What came of a goal; what it would be worth does not count where it is not had."""
    firsts = tuple(None if one is None else results[one] for one in (goal.gate, goal.truth))
    if False in firsts:
        return (False,)
    return (*firsts, *(results[one] for one in goal.values))


# ------------------------------------------------------------------------------------------ many claims


class Trials:
    """All the claims of an audited program."""

    def __init__(self, audited: Audited) -> None:
        self.audited = audited
        self.program = audited.program
        self.each = tuple(Trial(audited, claim) for claim in audited.claims)

    def on(self, situation: Situation, name: str = "") -> Iterator[tuple[Trial, Answer | Counterexample]]:
        """What each claim says of one enterprise."""
        case = situation.case(self.program)
        for trial in self.each:
            yield trial, trial.on(situation, case, name)


__all__ = ["Answer", "Counterexample", "Trial", "Trials", "breaks", "had", "settled"]
