"""Find what an enterprise would have to change to reach a goal: the smallest sets of changes, each with its clause.

The solver looks for them over the facts that the enterprise can change, the interpreter replays each; what a set could
do without is left out of it. `terminal.advising` says them as a clerk would, the command `advise` prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import combinations
from time import monotonic
from typing import Final, Literal, NamedTuple

from innovation_rules.audit.applied import applied, known_on, place_of, specs_of
from innovation_rules.audit.verdicts import because, decided
from innovation_rules.case import BaseFact, Case
from innovation_rules.decision import Decision
from innovation_rules.engines.smt import Change, Costs, Formula, Proved, Run, Space, Subject, Unsettled
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import DataError, Diagnostic, InnovationRulesError, nearest
from innovation_rules.facts import STATUS_AFTER, FactSpec
from innovation_rules.gaps import READ_OFF, SETTLED, Outcome, outcomes
from innovation_rules.packs import Pack
from innovation_rules.program import COMPARISONS, Op, Program
from innovation_rules.quantities import SCALE, Type
from innovation_rules.reasons import Reason
from innovation_rules.region import RegionStatistics

Kind = Literal["provide", "change", "add", "survey"]
"""Make known; change what is known; add an activity or qualification; have a list surveyed to its end."""
Found = Literal["reached", "plans", "unreachable", "unsettled"]
MOST: Final = 5
"""Alternatives that are looked for."""
ROUNDS: Final = 4
"""Answers of the solver for each alternative, before the search ends: some say in other words what was said."""
SECONDS: Final = 10.0

ONE: Final = 100
"""The cost of any change: the fewest come first. What is added to it only breaks ties."""
TIES: Final = {"provide": 0, "survey": 1, "change": 2, "field": 3, "add": 4, "turns out": 6}
FIXED: Final = 100 * ONE
"""The cost of what an enterprise can't change: to see what blocks the way."""
NATURAL: Final = {Type.MONEY: 10**6, Type.RATIO: 1000}
"""The step in which a clerk asks for more: 1万元, 0.1%; of other numbers one unit."""


# ------------------------------------------------------------------------------------------ goals


class Goal(NamedTuple):
    """An outcome and the statuses (or values) that are wanted of it."""

    key: str
    statuses: tuple[str, ...]


class GoalError(InnovationRulesError):
    """A goal that is no outcome of the pack."""


COVERED: Final = ("covered", "已覆盖", "覆盖")
WORDS: Final = {
    "covered": "coverages",
    "coverage": "coverages",
    "已覆盖": "coverages",
    "覆盖": "coverages",
    "award": "awards",
    "奖励": "awards",
    "class": "classes",
    "分类": "classes",
}


def goal_of(text: str, program: Program) -> Goal:
    """`covered`, `covered:<id>`, `award:<id>`, `class:<id>=<value>`, in English or Chinese, by id or by label.

    Raises GoalError.
    """
    word, _, rest = text.strip().replace("：", ":").partition(":")
    kind = WORDS.get(word.strip())
    if kind is None:
        raise _wrong("goal-form", goal=text)
    every = [one for one in outcomes(program) if one.kind == kind]
    if not rest.strip():
        if kind != "coverages":
            raise _wrong("goal-form", goal=text)
        if not every:
            raise _wrong("goal-no-coverage", pack=program.pack.id)
        return _goal(every[0], program)
    name, _, value = rest.replace("＝", "=").partition("=")
    outcome = _named(name.strip(), every)
    return _class(outcome, value.strip(), program) if kind == "classes" else _goal(outcome, program)


def _wrong(code: str, **fields: object) -> GoalError:
    return GoalError([Diagnostic(code, None, fields)])


def _named(name: str, every: Sequence[Outcome]) -> Outcome:
    for one in every:
        if name in (one.id, one.label):
            return one
    part = [one for one in every if name and (name in one.id or name in one.label)]
    if len(part) == 1:
        return part[0]
    names = [f"{one.id}（{one.label}）" for one in part or every]
    near = nearest(name, [*(one.id for one in every), *(one.label for one in every)])
    raise _wrong("goal-unknown", name=name, nearest=near, known=names)


def _goal(one: Outcome, program: Program) -> Goal:
    if one.kind == "coverages":
        return Goal(one.key, ("covered",))
    weighs = program.awards[one.place].bearing == "weighs"
    return Goal(one.key, ("favoured" if weighs else "eligible",))


def _class(one: Outcome, value: str, program: Program) -> Goal:
    choices = program.classes[one.place].values
    for choice in choices:
        if value in (choice.id, choice.label):
            return Goal(one.key, (choice.id,))
    known = [f"{choice.id}（{choice.label}）" for choice in choices]
    raise _wrong("goal-unknown", name=value, nearest=nearest(value, [one.id for one in choices]), known=known)


# ------------------------------------------------------------------------------------------ what comes out


@dataclass(frozen=True, slots=True)
class Step:
    """One change, said so that it can be shown: what, from what to what, and the tests that ask for it."""

    kind: Kind
    change: Change
    spec: FactSpec | None
    """Of the fact or field; None for an added item and for a survey."""
    year: int | None
    as_well: tuple[str, ...]
    """Other kinds of activity or qualification that would do as well."""
    because: tuple[Reason, ...] = field(compare=False)
    """The tests that fail without this step, all others taken."""
    free: bool = True
    """False where the enterprise can't choose it: it has to turn out so, or an authority has to find it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A set of changes that reaches the goal, of which none can be left out."""

    steps: tuple[Step, ...]
    enterprise: Enterprise
    least: bool
    """The solver showed that no cheaper one does."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What an enterprise can do to reach a goal."""

    goal: Goal
    outcome: Outcome
    decision: Decision
    found: Found
    plans: tuple[Plan, ...] = ()
    blocked: tuple[Step, ...] = ()
    """Unreachable: what of the enterprise stands in the way and is not its to change; none where nobody can reach it."""
    complete: bool = False
    """There are no other alternatives."""
    seconds: float = 0.0

    @property
    def status(self) -> str:
        return self.outcome.status(self.decision.results)

    @property
    def because(self) -> tuple[Reason, ...]:
        """The tests that keep the goal away now."""
        return because(self.decision, self.outcome)


def advise(
    pack: Pack,
    program: Program,
    enterprise: Enterprise,
    goal: Goal,
    as_of: date | None = None,
    *,
    regions: Mapping[str, RegionStatistics] | None = None,
    most: int = MOST,
    seconds: float = SECONDS,
) -> Advice:
    """The smallest sets of changes after which the goal holds. Raises DataError; ImportError without the solver."""
    day = as_of or date(program.year, 12, 31)
    start = known_on(enterprise, day)
    return _Search(pack, program, start, goal, day, regions, seconds).advice(most)


# ------------------------------------------------------------------------------------------ what can change


def movable(fact: BaseFact, year: int) -> bool:
    """Whether an enterprise can change a fact that is known: its own, of the year at hand."""
    own = fact.spec.owner == "report" or (fact.spec.owner == "enterprise" and fact.spec.declared)
    return own and bool(fact.spec.changes) and fact.year in (None, year)


def learnable(fact: BaseFact) -> bool:
    """Whether a fact that is not known can be made known: everything that stands in the enterprise's own data."""
    return fact.spec.owner in ("enterprise", "report") and fact.spec.name != "filed"


def costs_of(program: Program, case: Case, fixed: bool = False) -> Costs:
    """What each change costs; with `fixed` also what the enterprise can't change, at a price that shows it."""
    frame = program.frame
    facts: dict[str, int] = {}
    for fact, value in zip(frame.facts, case.values, strict=True):
        if value is None and learnable(fact):
            free = movable(fact, program.year)
            facts[fact.name] = ONE + TIES["provide" if free else "turns out"]
        elif value is not None and movable(fact, program.year):
            facts[fact.name] = ONE + TIES["change"]
        elif fixed and value is not None:
            facts[fact.name] = FIXED
    return Costs(
        facts=facts,
        fields=dict.fromkeys(_fields(program, case), ONE + TIES["field"]),
        item=ONE + TIES["add"],
        qualification=ONE + TIES["add"],
        survey=ONE + TIES["survey"],
        onwards=not fixed,
    )


def _fields(program: Program, case: Case) -> Iterator[str]:
    """The fields of the items at hand that can change; those that are unknown of every item can be made known."""
    frame = program.frame
    for specs, items in (
        (frame.activity_facts, case.activities),
        (frame.qualification_facts, case.qualifications),
    ):
        for at, spec in enumerate(specs):
            name = READ_OFF.get(spec.name, "status" if spec.name == "standing" else spec.name)
            unknown = bool(items) and all(item[at] is None for item in items)
            if spec.changes or name in ("evidence", "status") or unknown:
                yield name


# ------------------------------------------------------------------------------------------ the search


@dataclass(frozen=True)
class _Search:
    pack: Pack
    program: Program
    enterprise: Enterprise
    goal: Goal
    as_of: date
    regions: Mapping[str, RegionStatistics] | None
    seconds: float

    @cached_property
    def outcome(self) -> Outcome:
        return next(one for one in outcomes(self.program) if one.key == self.goal.key)

    @cached_property
    def decision(self) -> Decision:
        return self._decided(self.enterprise)

    @cached_property
    def space(self) -> Space:
        return Space(timeout=self.seconds)

    @cached_property
    def subject(self) -> Subject:
        return self.space.enterprise()

    @cached_property
    def run(self) -> Run:
        return self.space.run(self.program, self.subject, self.as_of, pack=self.pack)

    def _decided(self, enterprise: Enterprise) -> Decision:
        return decided(self.pack, self.program, enterprise, self.as_of, self.regions)

    def reaches(self, decision: Decision) -> bool:
        """Whether the goal holds of a decision."""
        status = self.outcome.status(decision.results)
        values = status.split(",") if self.outcome.many else [status]
        return any(one in values for one in self.goal.statuses)

    def advice(self, most: int) -> Advice:
        started = monotonic()
        base = Advice(self.goal, self.outcome, self.decision, "reached")
        if self.reaches(self.decision):
            return base
        if base.status in SETTLED:
            return replace(base, found="unreachable")
        plans, complete, open_ = self._plans(most)
        found: Found = "plans" if plans else "unsettled" if open_ else "unreachable"
        blocked = self._blocked() if found == "unreachable" else ()
        return replace(
            base,
            found=found,
            plans=tuple(plans),
            blocked=blocked,
            complete=complete,
            seconds=monotonic() - started,
        )

    # -- asking

    @cached_property
    def wanted(self) -> Formula:
        return self.run.status(self.goal.key, *self.goal.statuses)

    @cached_property
    def onwards(self) -> Formula:
        """What is known and only rises does not fall, and the other way round."""
        case = self.decision.case
        facts = zip(self.program.frame.facts, case.values, strict=True)
        return self.space.all_of(
            self.run.fact(fact, _OPS[fact.spec.changes], value)
            for fact, value in facts
            if value is not None and fact.spec.changes in _OPS and movable(fact, self.program.year)
        )

    def _plans(self, most: int) -> tuple[list[Plan], bool, bool]:
        """The plans, whether there are no others, and whether the solver left something open."""
        costs = costs_of(self.program, self.decision.case)
        plans: list[Plan] = []
        without: list[Sequence[Change]] = []
        refused = False
        for _ in range(most * ROUNDS):
            answer = self.space.optimise(
                self.wanted,
                self.subject,
                self.enterprise,
                costs,
                hard=self.onwards,
                without=without,
                regions=self.regions,
            )
            if isinstance(answer, Proved):
                return self._ordered(plans), not refused, refused
            if isinstance(answer, Unsettled):
                return self._ordered(plans), False, True
            plan = self._plan(answer.changes, answer.least)
            refused = refused or plan is None
            without += [answer.changes, *self._in_other_words(answer.changes, plan)]
            if plan is not None and not any(_says(one, plan) for one in plans):
                plans.append(plan)
            if len(plans) == most:
                break
        return self._ordered(plans), False, refused

    def _in_other_words(self, changes: Sequence[Change], plan: Plan | None) -> Iterator[list[Change]]:
        """The same changes with an added item of another kind that does as well."""
        for step in plan.steps if plan else ():
            for kind in step.as_well:
                other = self._of_kind(step.change, kind)
                yield [other if _same_place(one, step.change) else one for one in changes]

    @staticmethod
    def _ordered(plans: Sequence[Plan]) -> list[Plan]:
        return sorted(plans, key=lambda one: (len(one.steps), sum(_weight(step) for step in one.steps)))

    def _blocked(self) -> tuple[Step, ...]:
        """What stands in the way: the fewest things that would have to be otherwise and are not to be changed."""
        costs = costs_of(self.program, self.decision.case, fixed=True)
        answer = self.space.optimise(self.wanted, self.subject, self.enterprise, costs, regions=self.regions)
        if isinstance(answer, Proved | Unsettled):
            return ()
        changes = self._smallest(answer.changes)
        steps = [self._step(one, changes) for one in changes]
        return tuple(one for one in steps if one.kind == "change" and not self._done(one.change))

    def _done(self, change: Change) -> bool:
        """Whether a change is one that the enterprise can make."""
        if change.kind != "fact":
            return self._onwards(change)
        fact = self.program.frame.facts[self.program.frame.indexes[change.name]]
        if not movable(fact, self.program.year):
            return False
        op, before, after = _OPS.get(fact.spec.changes), change.before, change.after
        return op is None or (before is not None and after is not None and COMPARISONS[op](after, before))

    # -- from changes to a plan

    def _plan(self, changes: Sequence[Change], least: bool) -> Plan | None:
        """The changes as a plan, none of them needless, each as small as will do; None where they do not hold up."""
        if self._after(changes) is None or not all(map(self._onwards, changes)):
            return None
        smallest = self._tuned(self._smallest(changes))
        after = self._after(smallest)
        assert after is not None
        return Plan(tuple(self._step(one, smallest) for one in smallest), after, least)

    def _onwards(self, change: Change) -> bool:
        """Whether a field of an item that is there moves as it can."""
        if change.kind != "field" or change.before is None:
            return True
        spec = specs_of(change, self.program.frame)[place_of(change)[2]]
        if not spec.changes:
            return False
        before, after = change.before, change.after
        if spec.name == "status":
            return after in STATUS_AFTER.get(str(before), ())
        if isinstance(before, str) or isinstance(after, str) or after is None:
            return spec.changes == "either"
        return spec.changes == "either" or (after >= before if spec.changes == "rises" else after <= before)

    def _after(self, changes: Sequence[Change]) -> Enterprise | None:
        """The enterprise after some changes where these reach the goal, by the interpreter; else None."""
        try:
            after = applied(self.enterprise, changes, self.program.frame)
            return after if self.reaches(self._decided(after)) else None
        except (ValueError, DataError):
            return None

    def _smallest(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """The smallest part of some changes that reaches the goal."""
        for size in range(len(changes)):
            for part in combinations(changes, size):
                if self._after(part) is not None:
                    return part
        return tuple(changes)

    def _tuned(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """The same changes, each no greater than it must be, an added item with no more than is asked."""
        for at in range(len(changes)):
            changes = self._tuned_at(changes, at)
        return changes

    def _tuned_at(self, changes: tuple[Change, ...], at: int) -> tuple[Change, ...]:
        def with_(other: Change) -> tuple[Change, ...]:
            return (*changes[:at], other, *changes[at + 1 :])

        return with_(self._smaller(changes[at], lambda other: self._after(with_(other)) is not None))

    def _smaller(self, change: Change, holds: Callable[[Change], bool]) -> Change:
        if change.kind == "item":
            return self._plainer(change, holds)
        spec = self._spec(change)
        if spec is None or not isinstance(change.after, int) or isinstance(change.after, bool):
            return change
        if spec.type not in SCALE and spec.type is not Type.LEVEL:
            return change
        before = change.before if isinstance(change.before, int) else max(0, spec.low or 0)
        value = _nearest_to(
            before, change.after, _step_of(spec), lambda value: holds(replace(change, after=value))
        )
        return replace(change, after=value)

    def _plainer(self, change: Change, holds: Callable[[Change], bool]) -> Change:
        """An added item without the fields that nobody asks for, its figures and level the least that will do."""
        for name in [one for one in change.item if one not in ("category", "kind")]:
            less = replace(change, item={key: value for key, value in change.item.items() if key != name})
            if holds(less):
                change = less
        specs = specs_of(change, self.program.frame)
        for name, value in change.item.items():
            spec = specs[name]
            if not isinstance(value, int) or isinstance(value, bool):
                continue
            if spec.type in SCALE or spec.type is Type.LEVEL:
                change = _item_with(change, name, (spec.low or 0, value), _step_of(spec), holds)
            elif spec.name == "expires":
                today = replace(change, item={**change.item, name: self.as_of.toordinal()})
                change = today if holds(today) else change
        return change

    # -- from a change to a step

    def _spec(self, change: Change) -> FactSpec | None:
        frame = self.program.frame
        if change.kind == "fact":
            return frame.facts[frame.indexes[change.name]].spec
        if change.kind == "field":
            return specs_of(change, frame)[place_of(change)[2]]
        return None

    def _step(self, change: Change, changes: Sequence[Change]) -> Step:
        kind: Kind = "add" if change.kind == "item" else "survey"
        year, free = None, True
        if change.kind in ("fact", "field"):
            kind = "provide" if change.before is None else "change"
        if change.kind == "fact":
            fact = self.program.frame.facts[self.program.frame.indexes[change.name]]
            year, free = fact.year, movable(fact, self.program.year)
        elif change.kind == "field":
            spec = self._spec(change)
            free = spec is not None and bool(spec.changes)
        as_well = tuple(self._as_well(change, changes)) if change.kind == "item" else ()
        return Step(kind, change, self._spec(change), year, as_well, self._asked(change, changes), free)

    def _as_well(self, change: Change, changes: Sequence[Change]) -> Iterator[str]:
        """The other kinds that an added item could be of."""
        head = self.pack.head
        activity = change.name.startswith("activities")
        kinds = list(head.kinds) if activity else list(head.qualifications)
        rest = [one for one in changes if one is not change]
        for kind in kinds:
            if kind != change.item["kind"] and self._after([*rest, self._of_kind(change, kind)]) is not None:
                yield kind

    def _of_kind(self, change: Change, kind: str) -> Change:
        item = {**change.item, "kind": kind}
        if "category" in item:
            item["category"] = self.pack.head.kinds[kind]
        return replace(change, item=item)

    def _asked(self, change: Change, changes: Sequence[Change]) -> tuple[Reason, ...]:
        """The tests that keep the goal away without a change, and that it turns."""
        rest = [one for one in changes if one is not change]
        try:
            less = self._decided(applied(self.enterprise, rest, self.program.frame))
            full = self._decided(applied(self.enterprise, changes, self.program.frame))
        except (ValueError, DataError):
            return ()
        found = because(less, self.outcome)
        turned = tuple(one for one in found if full.results[one.node] != less.results[one.node])
        return turned or found


_OPS: Final[dict[str, Op]] = {"rises": ">=", "falls": "<="}


def _step_of(spec: FactSpec) -> int:
    return NATURAL.get(spec.type, SCALE.get(spec.type, 1))


def _nearest_to(before: int, after: int, step: int, holds: Callable[[int], bool]) -> int:
    """The number nearest to `before` that will do, on the way to `after`, which does: in whole steps where they do."""
    way = 1 if after >= before else -1
    rounded = -(-after * way // step) * step * way
    if not holds(rounded):
        step, rounded = 1, after
    steps = abs(rounded - before) // step

    def at(back: int) -> int:
        return rounded - way * (steps - back) * step

    low, high = 0, steps
    while low < high:
        middle = (low + high) // 2
        if holds(at(middle)):
            high = middle
        else:
            low = middle + 1
    return at(high)


def _item_with(
    change: Change, name: str, ends: tuple[int, int], step: int, holds: Callable[[Change], bool]
) -> Change:
    """An added item with the least of a field that will do, from the first of two ends on."""

    def with_(figure: int) -> Change:
        return replace(change, item={**change.item, name: figure})

    return with_(_nearest_to(*ends, step, lambda figure: holds(with_(figure))))


def _same_place(one: Change, other: Change) -> bool:
    return one.kind == other.kind and one.name == other.name


def _weight(step: Step) -> int:
    return TIES["turns out" if step.kind == "provide" and not step.free else step.kind]


def _says(one: Plan, other: Plan) -> bool:
    """Whether a plan asks for nothing beyond another, whatever the figures: then that is no alternative to it."""
    return all(any(_alike(step, asked) for asked in other.steps) for step in one.steps)


def _alike(one: Step, other: Step) -> bool:
    """Whether two steps are the same but for figures; two added items are where a kind would do for both."""
    if one.kind != "add" or other.kind != "add":
        return (one.kind, one.change.name) == (other.kind, other.change.name)
    return not _kinds(one).isdisjoint(_kinds(other))


def _kinds(step: Step) -> frozenset[str]:
    return frozenset((*step.as_well, str(step.change.item["kind"])))


__all__ = [
    "MOST",
    "SECONDS",
    "Advice",
    "Goal",
    "GoalError",
    "Plan",
    "Step",
    "advise",
    "costs_of",
    "goal_of",
    "learnable",
    "movable",
]
