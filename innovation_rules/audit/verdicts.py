"""Say by proof what a new version means for each decision: the same, stricter, looser, or neither.

Two packs are compiled for a year and asked by the solver for an enterprise on which they differ. Outcomes that are
built alike are equal without any question; all others are answered with an enterprise that the interpreter replayed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from operator import gt
from time import monotonic
from typing import Final, Literal

from innovation_rules.decision import Amount, Decision
from innovation_rules.engines import Engine, interpreter
from innovation_rules.engines.smt import Answer, Formula, Proved, Run, Space, Unsettled, Witness
from innovation_rules.enterprise import Enterprise
from innovation_rules.gaps import BETTER, UNDETERMINED, Kind, Outcome, outcomes, statuses_of
from innovation_rules.packs import Pack
from innovation_rules.program import (
    Aggregate,
    And,
    AtLeast,
    Compare,
    Constant,
    Extreme,
    Fact,
    FirstMatch,
    ItemFact,
    Linear,
    Member,
    Node,
    Or,
    Outer,
    Program,
    Quotient,
    Under,
    children,
)
from innovation_rules.reasons import Reason
from innovation_rules.region import RegionStatistics
from innovation_rules.walk import PerProgram, below

Relation = Literal[
    "equivalent", "stricter", "looser", "incomparable", "differs", "added", "removed", "unknown"
]
GOOD: Final = frozenset(status for status, rank in BETTER.items() if rank == max(BETTER.values()))
"""What an enterprise wants to be: covered, eligible, favoured, active."""
MOST_FLIPS: Final = 6
"""Pairs of values of one classification that are each shown by an enterprise."""
SECONDS: Final = 10.0
"""How long one question may take."""

# ------------------------------------------------------------------------------------------ built alike


def _forms(program: Program) -> tuple[str, ...]:
    """For each node a text that two nodes share only if they give the same result in every case."""
    found: list[str] = []
    for node in program.nodes:
        found.append(_digest(_form(node, found, program)))
    return tuple(found)


forms: Final = PerProgram(_forms)
"""How each node of a program is built, wherever it stands and whatever it is called."""


def _digest(form: object) -> str:
    return hashlib.sha256(repr(form).encode()).hexdigest()[:32]


def _form(node: Node, found: Sequence[str], program: Program) -> object:
    name = type(node).__name__
    match node:
        case Constant():
            return name, type(node.value).__name__, str(node.value)
        case Fact():
            fact = program.frame.facts[node.index]
            return name, fact.name, fact.key, _spec(fact.spec)
        case Aggregate():
            return name, *_aggregate(node, found, program)
        case Linear():
            return name, sorted((str(factor), found[one]) for factor, one in node.terms), str(node.constant)
        case And() | Or():
            return name, sorted({found[one] for one in node.items})
        case FirstMatch():
            return name, [(found[when], found[value]) for when, value in node.rows], found[node.otherwise]
        case Compare():
            return name, found[node.left], node.op, found[node.right]
        case Quotient():
            return name, found[node.of], found[node.to], str(node.factor), found[node.otherwise]
        case Extreme():
            return name, node.kind, sorted(found[one] for one in node.items), str(node.bound)
        case Member():
            return name, found[node.of], sorted(map(repr, node.values))
        case Under():
            return name, found[node.of], sorted(node.prefixes), sorted(node.wider)
        case AtLeast():
            return name, node.n, sorted(found[one] for one in node.items)
    own = [getattr(node, one) for one in node.__slots__ if one not in ("of", "item")]
    return name, str(own), [found[one] for one in children(node)]


def _spec(spec: object) -> str:
    names = ("name", "owner", "type", "unit", "low", "high", "declared")
    choices = getattr(spec, "choices", None)
    return str([*(getattr(spec, name) for name in names), sorted(choices.items()) if choices else None])


def _aggregate(node: Aggregate, found: Sequence[str], program: Program) -> tuple[object, ...]:
    frame = program.frame
    columns = frame.activity_facts if node.over == "activities" else frame.qualification_facts
    inner: list[str] = []
    for part in node.body:
        match part:
            case ItemFact():
                form: object = "ItemFact", _spec(columns[part.index])
            case Outer():
                form = "Outer", found[part.of]
            case _:
                form = _form(part, inner, program)
        inner.append(_digest(form))
    of = None if node.of is None else inner[node.of]
    return node.over, sorted(node.categories), inner[node.where], of, node.highest, node.unsurveyed


def alike(
    old: Program, new: Program, one: Outcome, other: Outcome, apart: frozenset[str] = frozenset()
) -> bool:
    """Whether two outcomes are built alike, so that nobody need be asked whether they differ.

    `apart`: the categories of activity that their packs do not see alike; neither may look at one of them.
    """
    if _built(old, one) != _built(new, other):
        return False
    return not apart or apart.isdisjoint(_categories(old, one.rests_on))


def apart_in(old: Pack, new: Pack) -> frozenset[str]:
    """The categories whose kinds two packs do not name alike: there an activity may count in one alone."""
    before, after = (set(one.head.kinds.items()) for one in (old, new))
    return frozenset(category for _, category in before ^ after)


def _built(program: Program, one: Outcome) -> object:
    """What an outcome rests on, and how its status comes of that."""
    rests = tuple(forms(program)[node] for node in one.rests_on)
    if one.kind == "classes":
        values = [choice.id for choice in program.classes[one.place].values]
        return rests, values if one.many else None
    return rests, len(one.amounts), statuses_by_truth(one)


def statuses_by_truth(one: Outcome) -> tuple[str, ...]:
    """The status for each truth of the gate and of the root."""
    truths = (True, False, None)
    root = one.roots[0]
    gate = root if one.gate is None else one.gate
    return tuple(one.status({gate: first, root: second}) for first in truths for second in truths)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------ what comes out


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two packs decides of an enterprise, and by which tests."""

    status: str
    amount: Amount | None
    because: tuple[Reason, ...] = field(compare=False)


_NOTHING: Final = Amount(0, 0)


@dataclass(frozen=True, slots=True)
class Flip:
    """An enterprise on which the two packs differ; the interpreter gave both sides."""

    enterprise: Enterprise
    regions: Mapping[str, RegionStatistics]
    old: Side
    new: Side
    least: bool
    """The solver showed that nothing smaller would do."""

    @property
    def way(self) -> Literal["lost", "gained", "less", "more", "moved"]:
        """Whether an outcome is lost in the new pack or gained there, worth less or more, or something else."""
        before, after = self.old.status, self.new.status
        if before in GOOD and after not in GOOD:
            return "lost"
        if after in GOOD and before not in GOOD:
            return "gained"
        amounts = self.old.amount or _NOTHING, self.new.amount or _NOTHING
        if before == after and amounts[0] != amounts[1]:
            return "less" if any(map(gt, *amounts)) else "more"
        return "moved"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one decision in one year."""

    key: str
    """`coverages.technology_innovation`, as in `gaps.Outcome`."""
    year: int
    labels: tuple[str, str]
    clauses: tuple[str, str]
    relation: Relation
    flips: tuple[Flip, ...] = ()
    seconds: float = 0.0
    asked: int = 0
    """How many questions the solver was asked; none where both are built alike."""
    unsettled: tuple[str, ...] = ()
    """What was not settled in the time: `lost`, `gained`, `less`, `more`, `moved`; `asked` where nothing was to be asked,
    `absent` where the solver is."""


def because(decision: Decision, outcome: Outcome) -> tuple[Reason, ...]:
    """The tests that gave an outcome its status: of its scope where that settled it, else of its condition."""
    if outcome.gate is not None and decision.results[outcome.gate] is not True:
        return tuple(decision.reason(outcome.gate).deciding())
    found = [one for root in outcome.roots for one in _deciding(decision.reason(root))]
    return tuple(dict.fromkeys(found)) if len(found) < 2 else tuple({one.node: one for one in found}.values())


def _deciding(reason: Reason) -> Iterator[Reason]:
    """Through a table: what made its row true, or for the last row what kept the others out."""
    if reason.kind != "table":
        yield from reason.deciding()
        return
    row, conditions = reason.row, reason.parts[:-1:2]
    for condition in conditions if row is None or row == len(conditions) else conditions[row : row + 1]:
        yield from condition.deciding()


# ------------------------------------------------------------------------------------------ the years


def law_day(pack: Pack, year: int) -> date:
    """The day whose law a pack is compared by: the last of the year, or the nearest on which it is in force."""
    span = pack.linked.pack.in_force
    day = max(date(year, 12, 31), span.from_)
    return day if span.to is None else min(day, span.to)


def years(old: Pack, new: Pack) -> tuple[int, ...]:
    """The years of both plans; a pack without a plan goes along with the other's. Empty where neither has one."""
    spans = [_plan(one) for one in (old, new)]
    known = [span for span in spans if span is not None]
    return tuple(sorted({year for first, last in known for year in range(first, last + 1)}))


def _plan(pack: Pack) -> tuple[int, int] | None:
    said = pack.linked.pack
    span = said.periods.get("plan") or said.in_force
    return None if span.to is None else (span.from_.year, span.to.year)


# ------------------------------------------------------------------------------------------ two programs


@dataclass(frozen=True)
class Pair:
    """Two packs compiled for one year, and a solver over both."""

    old: Pack
    new: Pack
    year: int
    seconds: float = SECONDS

    @property
    def as_of(self) -> date:
        return date(self.year, 12, 31)

    @cached_property
    def programs(self) -> tuple[Program, Program]:
        packs = self.old, self.new
        first, second = (pack.program(self.year, law_day(pack, self.year)) for pack in packs)
        return first, second

    @cached_property
    def outcomes(self) -> tuple[dict[str, Outcome], dict[str, Outcome]]:
        first, second = ({one.key: one for one in outcomes(program)} for program in self.programs)
        return first, second

    @cached_property
    def space(self) -> Space:
        return Space(timeout=self.seconds)

    @cached_property
    def runs(self) -> tuple[Run, Run]:
        subject = self.space.enterprise()
        packs = zip(self.programs, (self.old, self.new), strict=True)
        first, second = (self.space.run(program, subject, self.as_of, pack=pack) for program, pack in packs)
        return first, second

    @cached_property
    def apart(self) -> frozenset[str]:
        return apart_in(self.old, self.new)

    def alike(self, key: str) -> bool:
        """Whether an outcome is built alike in both and looks at the same activities."""
        one, other = (found[key] for found in self.outcomes)
        return alike(*self.programs, one, other, self.apart)

    def decisions(
        self,
        enterprise: Enterprise,
        regions: Mapping[str, RegionStatistics] | None = None,
        engine: Engine = interpreter,
    ) -> tuple[Decision, Decision]:
        """What both packs decide. Raises DataError."""
        first, second = (
            decided(pack, program, enterprise, self.as_of, regions, engine)
            for pack, program in zip((self.old, self.new), self.programs, strict=True)
        )
        return first, second

    def sides(self, key: str, decisions: tuple[Decision, Decision]) -> tuple[Side, Side]:
        """One outcome on both sides."""
        pairs = zip(decisions, self.outcomes, strict=True)
        first, second = (side(decision, found[key]) for decision, found in pairs)
        return first, second


def decided(
    pack: Pack,
    program: Program,
    enterprise: Enterprise,
    as_of: date,
    regions: Mapping[str, RegionStatistics] | None = None,
    engine: Engine = interpreter,
) -> Decision:
    """What a program decides of an enterprise; names that its pack lacks say nothing there."""
    case = pack.read(program, enterprise, as_of, regions, strict=False)
    return Decision(program, case, engine.evaluate(program, case), enterprise, engine.name)


def side(decision: Decision, outcome: Outcome) -> Side:
    """What a decision says of one outcome."""
    amount = None
    if outcome.kind == "awards":
        amount = decision.awards[outcome.id].amount
    return Side(outcome.status(decision.results), amount, because(decision, outcome))


def _categories(program: Program, roots: Sequence[int]) -> set[str]:
    """The categories of activity that some nodes look at."""
    nodes = (program.nodes[at] for at in below(program.nodes, roots))
    return {category for node in nodes if isinstance(node, Aggregate) for category in node.categories}


# ------------------------------------------------------------------------------------------ verdicts


def verdicts(pair: Pair) -> Iterator[Verdict]:
    """What became of every decision of two packs in a year, those of the new pack first."""
    before, after = pair.outcomes
    for key in dict.fromkeys((*after, *before)):
        if key not in before or key not in after:
            one = (after if key in after else before)[key]
            relation: Relation = "added" if key in after else "removed"
            texts = (one.label, one.clause)
            labels, clauses = ((("", text) if key in after else (text, "")) for text in texts)
            yield Verdict(key, pair.year, labels, clauses, relation)
        elif pair.alike(key):
            yield _verdict(pair, key, "equivalent")
        elif not pair.seconds:
            yield replace(_verdict(pair, key, "unknown"), unsettled=("asked",))
        else:
            yield _Inquiry(pair, key).verdict()


def _verdict(pair: Pair, key: str, relation: Relation) -> Verdict:
    old, new = (found[key] for found in pair.outcomes)
    return Verdict(key, pair.year, (old.label, new.label), (old.clause, new.clause), relation)


class _Inquiry:
    """The questions about one decision."""

    def __init__(self, pair: Pair, key: str) -> None:
        self.pair, self.key = pair, key
        self.old, self.new = pair.runs
        self.kind: Kind = pair.outcomes[0][key].kind
        self.flips: list[Flip] = []
        self.unsettled: list[str] = []
        self.asked = 0

    def verdict(self) -> Verdict:
        started = monotonic()
        try:
            relation = self._classes() if self.kind == "classes" else self._statuses()
        except ImportError:
            return replace(_verdict(self.pair, self.key, "unknown"), unsettled=("absent",))
        return replace(
            _verdict(self.pair, self.key, relation),
            flips=tuple(self.flips),
            seconds=monotonic() - started,
            asked=self.asked,
            unsettled=tuple(self.unsettled),
        )

    def ask(self, name: str, formula: Formula) -> bool | None:
        """Whether some enterprise makes it true, which is then kept; None where that is not settled."""
        self.asked += 1
        answer: Answer = self.pair.space.find(formula)
        match answer:
            case Proved():
                return False
            case Unsettled():
                self.unsettled.append(name)
                return None
            case Witness():
                self.flips.append(self.flip(answer))
                return True

    def flip(self, found: Witness) -> Flip:
        (enterprise,) = found.enterprises.values()
        decisions = self.pair.decisions(enterprise, found.regions)
        return Flip(enterprise, found.regions, *self.pair.sides(self.key, decisions), found.least)

    # -- statuses

    @cached_property
    def names(self) -> tuple[str, ...]:
        return statuses_of(self.kind)

    def _statuses(self) -> Relation:
        good, bad = self._named(GOOD), [one for one in self.names if one not in (*GOOD, UNDETERMINED)]
        old, new, key = self.old, self.new, self.key
        lost = self.ask("lost", old.status(key, *good) & new.status(key, *bad))
        gained = self.ask("gained", old.status(key, *bad) & new.status(key, *good))
        less, more = self._amounts(old.status(key, *good) & new.status(key, *good))
        answers = lost, gained, less, more
        other = self._otherwise() if True not in answers else False
        return relation(_either(lost, less), _either(gained, more), other)

    def _named(self, among: frozenset[str]) -> list[str]:
        return [one for one in self.names if one in among]

    def _otherwise(self) -> bool | None:
        """Whether anything else differs: first where both packs leave nothing open, then at all."""
        old, new, key = self.old, self.new, self.key
        same = self.pair.space.any_of(old.status(key, one) & new.status(key, one) for one in self.names)
        settled = ~old.status(key, UNDETERMINED) & ~new.status(key, UNDETERMINED)
        other = self.ask("moved", ~same & settled)
        return self.ask("moved", ~same | self._other_range()) if other is False else other

    def _other_range(self) -> Formula:
        """An award that both may give has another range where something about its amount is not known."""
        old, new = (found[self.key].amounts for found in self.pair.outcomes)
        space, may = self.pair.space, [*self._named(GOOD), UNDETERMINED]
        if self._same_amounts(old, new) or not old or not new:
            return space.false
        agree = (space.agree(self.old, one, self.new, other) for one, other in zip(old, new, strict=True))
        both = self.old.status(self.key, *may) & self.new.status(self.key, *may)
        return both & ~space.all_of(agree)

    def _amounts(self, both: Formula) -> tuple[bool | None, bool | None]:
        """Whether an award that both give is worth less to anyone, and whether it is worth more."""
        old, new = (found[self.key].amounts for found in self.pair.outcomes)
        if self._same_amounts(old, new):
            return False, False
        less = self.ask("less", both & self._above(self.old, old, self.new, new))
        return less, self.ask("more", both & self._above(self.new, new, self.old, old))

    def _above(self, one: Run, nodes: Sequence[int], other: Run, others: Sequence[int]) -> Formula:
        """An end of one pack's amount lies above zero and above that of the other, or the other has none."""
        space = self.pair.space
        if not nodes:
            return space.false
        worth = (one.number(node, ">", 0) for node in nodes)
        if not others:
            return space.any_of(worth)
        above = (
            space.compare(one, node, ">", other, beside) for node, beside in zip(nodes, others, strict=True)
        )
        return space.any_of(first & second for first, second in zip(worth, above, strict=True))

    def _same_amounts(self, old: Sequence[int], new: Sequence[int]) -> bool:
        before, after = (
            [forms(program)[node] for node in nodes]
            for program, nodes in zip(self.pair.programs, (old, new), strict=True)
        )
        return before == after

    # -- classes

    def _classes(self) -> Relation:
        """Each pair of values that an enterprise can have in the old and in the new pack, shown by one.

        Pairs in which one side is open are asked for only where no other differs.
        """
        settled = self._definite() & self._differs()
        if self._pairs(settled) is False and not self.flips:
            self._pairs(self._differs())
        return "differs" if self.flips else "unknown" if self.unsettled else "equivalent"

    def _pairs(self, differs: Formula) -> bool | None:
        """Ask until there are no more: False then, None where that was not settled, True where enough were shown."""
        seen: list[Formula] = []
        while len(self.flips) < MOST_FLIPS:
            found = self.ask("moved", differs & ~self.pair.space.any_of(seen))
            if not found:
                return found
            seen.append(self._pair(self.flips[-1]))
        return True

    def _values(self, which: int) -> list[str]:
        rule = self.pair.programs[which].classes[self.pair.outcomes[which][self.key].place]
        return [choice.id for choice in rule.values]

    def _definite(self) -> Formula:
        """Both packs leave nothing open."""
        space = self.pair.space
        return space.all_of(
            ~run.unknown(node)
            for run, found in zip((self.old, self.new), self.pair.outcomes, strict=True)
            for node in found[self.key].roots
        )

    def _differs(self) -> Formula:
        before, after = self._values(0), self._values(1)
        space, key = self.pair.space, self.key
        if any(found[key].many for found in self.pair.outcomes):
            return ~space.all_of(
                self._same(self._has(0, one), self._has(1, one)) for one in dict.fromkeys((*before, *after))
            )
        names = [*(one for one in before if one in after), UNDETERMINED]
        return ~space.any_of(self.old.status(key, one) & self.new.status(key, one) for one in names)

    def _has(self, which: int, value: str) -> Formula:
        """A value surely applies in one of the packs."""
        run = (self.old, self.new)[which]
        return run.status(self.key, value) if value in self._values(which) else self.pair.space.false

    @staticmethod
    def _same(one: Formula, other: Formula) -> Formula:
        return (one & other) | (~one & ~other)

    def _pair(self, flip: Flip) -> Formula:
        """The old and the new value of a flip, so that the next one is of others."""
        return self._exactly(0, flip.old.status) & self._exactly(1, flip.new.status)

    def _exactly(self, which: int, status: str) -> Formula:
        if not self.pair.outcomes[which][self.key].many:
            return (self.old, self.new)[which].status(self.key, status)
        had = status.split(",")
        found = ((one in had, self._has(which, one)) for one in self._values(which))
        return self.pair.space.all_of(has if so else ~has for so, has in found)


def _either(one: bool | None, other: bool | None) -> bool | None:
    """Whether one of two answers is yes; None while that is open."""
    return True if one or other else None if None in (one, other) else False


def relation(lost: bool | None, gained: bool | None, other: bool | None) -> Relation:
    """What the answers come to: whether someone loses, someone gains, something else differs; None is not settled."""
    if lost and gained:
        return "incomparable"
    if lost is None or gained is None:
        return "unknown"
    if lost or gained:
        return "stricter" if lost else "looser"
    return "unknown" if other is None else "differs" if other else "equivalent"


__all__ = [
    "GOOD",
    "SECONDS",
    "Flip",
    "Pair",
    "Relation",
    "Side",
    "Verdict",
    "alike",
    "because",
    "decided",
    "forms",
    "law_day",
    "relation",
    "side",
    "verdicts",
    "years",
]
