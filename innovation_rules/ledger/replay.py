"""Replay a ledger: every moment at which a status of an enterprise changes, with the events and the clause that did it.

`commands.ledger` prints it, `months` takes the state of a day from it. Facts are decided afresh at every moment,
since no engine takes back what it derived: a withdrawal is a replay without the event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

from pydantic import ValidationError

from innovation_rules import engines
from innovation_rules.decision import Decision
from innovation_rules.engines import EngineError
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import Diagnostic
from innovation_rules.gaps import Outcome, outcomes
from innovation_rules.ledger.events import Entry, Kind
from innovation_rules.ledger.history import EVER, NOTHING, ONE_DAY, History, Standing
from innovation_rules.ledger.turns import Cause, Law, known_from, new_years, turns
from innovation_rules.packs import Pack
from innovation_rules.reasons import Reason

KINDS: Final = ("coverages", "classes", "awards", "profile")
"""The outcomes whose changes are recorded."""
SEARCH: Final = engines.DEFAULT
"""The engine that looks for moments; each moment found is then judged by the engine that was asked for."""
COVERED: Final = "covered"
WAITING: Final = frozenset(("not_covered", "undetermined"))
"""Coverage statuses that are still on the list."""

Statuses = Mapping[str, str]
"""The status of each outcome, by its key."""


class Change(NamedTuple):
    """One outcome that is another than before: which, from what to what, what did it, and by which clauses."""

    key: str
    label: str
    before: str
    after: str
    events: tuple[str, ...]
    """The events without which it would not be; empty where the calendar did it."""
    causes: tuple[Cause, ...]
    """What the calendar brought that day, where no event did it."""
    clauses: tuple[str, ...]
    """The outcome's clause, then those of the tests that decided."""

    @property
    def struck_off(self) -> bool:
        """销号: an enterprise that was to be covered is."""
        return self.key.startswith("coverages.") and self.before in WAITING and self.after == COVERED

    @property
    def reversed(self) -> bool:
        """An enterprise that was covered no longer is."""
        return self.key.startswith("coverages.") and self.before == COVERED and self.after in WAITING

    @property
    def moved(self) -> tuple[str, str, str]:
        return self.key, self.before, self.after


class Moment(NamedTuple):
    """A day on which something changed."""

    day: date
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Timeline:
    """One enterprise from the day its ledger opens until a day, as known on a day."""

    uscc: str
    name: str
    opened: date
    until: date
    opening: Statuses
    moments: tuple[Moment, ...]
    final: Statuses
    decision: Decision = field(compare=False, repr=False)
    """That of the last day, by the engine that was asked for."""
    judged: int = field(compare=False)
    """On how many days the search decided."""

    def struck_off(self, key: str) -> date | None:
        """The day on which a coverage became what it is at the end, where it is covered and was not from the first."""
        days = [one.day for one in self.moments for change in one.changes if change.key == key]
        return days[-1] if days and self.final[key] == COVERED else None

    @property
    def moved(self) -> frozenset[tuple[date, str, str, str]]:
        """Every change by day, key, before and after: what two replays are compared by."""
        return frozenset((one.day, *change.moved) for one in self.moments for change in one.changes)


class Reversal(NamedTuple):
    """What corrections and withdrawals recorded on a day undid of an enterprise's replay, and what they made."""

    recorded: date
    events: tuple[str, ...]
    gone: tuple[tuple[date, str, str, str], ...]
    new: tuple[tuple[date, str, str, str], ...]


# ------------------------------------------------------------------------------------------- judging


@dataclass(frozen=True)
class Judge:
    """Decides enterprises on days, under a pack, by an engine."""

    pack: Pack
    engine: str = engines.DEFAULT
    strict: bool = True

    @cached_property
    def law(self) -> Law:
        return Law.of(self.pack)

    def statuses(self, standing: Standing, day: date) -> Statuses:
        """Every status on a day, by the engine that searches."""
        return statuses_in(self.search(standing, day))

    def search(self, standing: Standing, day: date) -> Decision:
        """The decision of a day by the engine that searches."""
        return self.decision(standing.on(day), day, SEARCH)

    def decide(self, standing: Standing, day: date, searched: Decision | None = None) -> Decision:
        """The decision of a day by the engine that was asked for; `searched` is that of the engine that searches.

        Raises EngineError where the two differ.
        """
        searched = searched or self.search(standing, day)
        if self.engine == SEARCH:
            return searched
        found = self.decision(standing.on(day), day, self.engine)
        agree(found, searched)
        return found

    def decision(self, enterprise: Enterprise, day: date, engine: str) -> Decision:
        program = self.law.program(day)
        case = self.pack.read(program, enterprise, day, None, self.strict)
        return engines.decide(program, case, subject=enterprise, engine=engine)

    def confirm(self, line: Timeline, standing: Standing) -> None:
        """Hold the last state of a timeline against the interpreter's decision, by the program of that very day.

        Raises EngineError where they differ.
        """
        enterprise, day = standing.on(line.until), line.until
        meant = self.pack.decide(enterprise, day.year, day, engine="interpreter", strict=self.strict)
        agree(line.decision, meant)


def agree(one: Decision, other: Decision) -> None:
    """Raise EngineError where two decisions on one case differ in any status."""
    left, right = statuses_in(one), statuses_in(other)
    for key in left.keys() | right.keys():
        if left.get(key) != right.get(key):
            fields = {"engine": one.engine, "other": other.engine, "name": one.name, "day": one.as_of}
            differing = {"key": key, "left": left.get(key), "right": right.get(key)}
            raise EngineError([Diagnostic("ledger-engines-differ", None, {**fields, **differing})])


def statuses_in(decision: Decision) -> dict[str, str]:
    """The status of every outcome whose changes are recorded, by its key."""
    return {one.key: one.status(decision.results) for one in outcomes(decision.program) if one.kind in KINDS}


# ------------------------------------------------------------------------------------------- the walk


def replay(
    history: History,
    judge: Judge,
    until: date,
    known: date = EVER,
    without: frozenset[str] = NOTHING,
) -> Timeline | None:
    """Every moment of one enterprise until a day, as known on a day; None where its ledger has not opened.

    Raises DataError for data that the pack refuses, EngineError where two engines differ.
    """
    return replay_of(history, judge, history.live(known, without), until)


def replay_of(history: History, judge: Judge, live: Sequence[Entry], until: date) -> Timeline | None:
    """The replay of some events of an enterprise. Raises as `replay`."""
    opened = next((one.effective for one in live if one.kind is Kind.SURVEYED), None)
    if opened is None or opened > until:
        return None
    walk = _Walk(history, judge, live, opened, until)
    before: Statuses | None = None
    opening: Statuses = {}
    moments: list[Moment] = []
    for day, causes in walk.days():
        standing = walk.standing(day)
        searched = judge.search(standing, day)
        now = statuses_in(searched)
        if before is None:
            opening = statuses_in(judge.decide(standing, day, searched))
        elif now != before:
            decision = judge.decide(standing, day, searched)
            moments.append(Moment(day, tuple(walk.changes(day, before, decision, causes))))
        before = now
    last = judge.decide(walk.standing(until), until)
    return Timeline(
        history.uscc,
        last.name,
        opened,
        until,
        opening,
        tuple(moments),
        statuses_in(last),
        last,
        walk.judged,
    )


@dataclass
class _Walk:
    """The days of one enterprise on which something can change."""

    history: History
    judge: Judge
    live: Sequence[Entry]
    opened: date
    until: date
    judged: int = 0

    def standing(self, day: date) -> Standing:
        found = self.history.standing(self.live, day)
        assert found is not None
        return found

    def days(self) -> Iterator[tuple[date, frozenset[Cause]]]:
        """Each such day in order, with what the calendar brings on it."""
        starts = self._starts()
        for first, following in pairwise([*sorted(starts), self.until + ONE_DAY]):
            self.judged += 1
            yield first, frozenset(starts[first])
            standing, program = self.standing(first), self.judge.law.program(first)
            case = self.judge.pack.read(program, standing.on(first), first, None, self.judge.strict)
            found = turns(program, case, standing, first, following - ONE_DAY)
            for day in sorted(found):
                self.judged += 1
                yield day, frozenset(found[day])

    def _starts(self) -> dict[date, set[Cause]]:
        """The days from which the data or the program are others."""
        starts: dict[date, set[Cause]] = {self.opened: set()}

        def add(day: date, *causes: Cause) -> None:
            if self.opened < day <= self.until:
                starts.setdefault(day, set()).update(causes)

        for one in self.live:
            add(one.effective)
        for day in new_years(self.opened, self.until):
            add(day, Cause("year"))
        for day in self.judge.law.changes(self.opened, self.until):
            add(day, Cause("law"))
        for at in [day for day in starts if day <= self.until]:
            for day, cause in known_from(self.standing(at).enterprise):
                add(day, cause)
        return starts

    # -- what did it

    def changes(
        self, day: date, before: Statuses, decision: Decision, causes: frozenset[Cause]
    ) -> Iterator[Change]:
        """What changed on a day, and what did it."""
        of_day = tuple(one.id for one in self.live if one.effective == day)
        blame = Blame(self.judge, self.history, day, of_day, self._without)
        for one, was, now in differing(decision, before):
            events = blame.events(one.key, now)
            brought = () if events else tuple(sorted(causes))
            yield Change(one.key, one.label, was, now, events, brought, clauses(decision, one, was))

    def _without(self, ids: frozenset[str]) -> Iterator[Entry]:
        return (one for one in self.live if one.id not in ids)


def differing(decision: Decision, before: Statuses) -> Iterator[tuple[Outcome, str, str]]:
    """Each outcome whose status is another than before, with both."""
    now = statuses_in(decision)
    for one in outcomes(decision.program):
        if one.key in now and before.get(one.key) != now[one.key]:
            yield one, before.get(one.key, ""), now[one.key]


@dataclass
class Blame:
    """Finds the events without which a status of a day would not be what it is, by deciding without them."""

    judge: Judge
    history: History
    day: date
    suspects: tuple[str, ...]
    without: Callable[[frozenset[str]], Iterable[Entry]]
    """The events that stand where some suspects are left out."""
    _found: dict[frozenset[str], Statuses] = field(default_factory=dict)

    def events(self, key: str, after: str) -> tuple[str, ...]:
        """Those without which alone it would not be; all where none alone is needed; none where it would be anyway."""
        if not self.suspects or self._status(frozenset(self.suspects), key) == after:
            return ()
        alone = tuple(id for id in self.suspects if self._status(frozenset((id,)), key) != after)
        return alone or self.suspects

    def _status(self, ids: frozenset[str], key: str) -> str | None:
        """A status as it would be without some events; None where the others make no enterprise."""
        if ids not in self._found:
            standing = self.history.supposed(self.without(ids), self.day)
            self._found[ids] = {} if standing is None else self.judge.statuses(standing, self.day)
        return self._found[ids].get(key)


# ------------------------------------------------------------------------------------------- by which clause


def clauses(decision: Decision, one: Outcome, before: str = "") -> tuple[str, ...]:
    """The clause of an outcome, then those of the tests that gave it its status."""
    roots = list(one.roots)
    if one.gate is not None and (decision.results[one.gate] is not True or before == "out_of_scope"):
        roots = [one.gate] if decision.results[one.gate] is not True else [one.gate, *roots]
    found = [one.clause, *(leaf.clause for root in roots for leaf in _deciding(decision.reason(root)))]
    return tuple(dict.fromkeys(clause for clause in found if clause))


def _deciding(reason: Reason) -> Iterator[Reason]:
    """The tests that decided; of a table, those of the row that did."""
    row = reason.row if reason.kind == "table" else None
    if row is not None and 2 * row + 1 < len(reason.parts):
        yield from reason.parts[2 * row].deciding()
    else:
        yield from reason.deciding()


# ------------------------------------------------------------------------------------------- reversals


def reversals(history: History, judge: Judge, until: date, known: date = EVER) -> tuple[Reversal, ...]:
    """What each day's corrections and withdrawals changed: the replay as known that day, without and with them.

    Where the rest of that day does not go together without them, it is left out too.
    """
    found: list[Reversal] = []
    for day, those in _by_recorded(history, known).items():
        ids = frozenset(one.id for one in those)
        then = _without(history, judge, until, day, ids)
        now = replay(history, judge, until, day)
        was = then.moved if then else frozenset()
        is_ = now.moved if now else frozenset()
        found.append(Reversal(day, tuple(sorted(ids)), tuple(sorted(was - is_)), tuple(sorted(is_ - was))))
    return tuple(found)


def _without(history: History, judge: Judge, until: date, day: date, ids: frozenset[str]) -> Timeline | None:
    try:
        return replay(history, judge, until, day, ids)
    except ValidationError:
        return replay(history, judge, until, day - ONE_DAY)


def _by_recorded(history: History, known: date) -> dict[date, list[Entry]]:
    """Corrections and withdrawals, by the day on which they were recorded."""
    found: dict[date, list[Entry]] = {}
    for one in sorted(history.entries, key=lambda one: (one.recorded, one.id)):
        if one.target is not None and one.recorded <= known:
            found.setdefault(one.recorded, []).append(one)
    return found


def chosen(name: str | None) -> tuple[str, EngineError | None]:
    """The engine that replays: the one asked for; else durable_rules where it is installed, else the default.

    With it comes why durable_rules does not run, where it was not asked for by name. Raises EngineError.
    """
    if name is not None:
        engines.engine(name)
        return name, None
    missing = engines.absent("rete")
    return ("rete", None) if missing is None else (engines.DEFAULT, missing)


def timelines(
    histories: Iterable[History], judge: Judge, until: date, known: date = EVER
) -> Iterator[tuple[History, Timeline]]:
    """The timeline of each enterprise whose ledger has opened, its last state held against the interpreter."""
    for history in histories:
        found = replay(history, judge, until, known)
        if found is not None:
            standing = history.on(until, known)
            assert standing is not None
            judge.confirm(found, standing)
            yield history, found
