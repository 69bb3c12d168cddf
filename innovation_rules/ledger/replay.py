"""Replay a ledger: every moment at which a status of an enterprise changes, with the events and the clause that did it.

`commands.ledger` prints it, `months` takes the state of a day from it. Facts are decided afresh at every moment,
since no engine takes back what it derived: a withdrawal is a replay without the event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

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
        return _statuses(self.search(standing, day))

    def search(self, standing: Standing, day: date) -> Decision:
        """The decision of a day by the engine that searches."""
        return self.decision(standing.on(day), day, SEARCH)

    def decide(self, standing: Standing, day: date) -> Decision:
        """The decision of a day by the engine that was asked for. Raises EngineError where the two differ."""
        enterprise = standing.on(day)
        found = self.decision(enterprise, day, self.engine)
        if self.engine != SEARCH:
            agree(found, self.decision(enterprise, day, SEARCH))
        return found

    def decision(self, enterprise: Enterprise, day: date, engine: str) -> Decision:
        program = self.law.program(day)
        case = self.pack.read(program, enterprise, day, None, self.strict)
        return engines.decide(program, case, subject=enterprise, engine=engine)

    def confirm(self, standing: Standing, day: date) -> None:
        """Hold a day's state against the interpreter's decision, by the program of that very day.

        Raises EngineError where they differ.
        """
        enterprise = standing.on(day)
        meant = self.pack.decide(enterprise, day.year, day, engine="interpreter", strict=self.strict)
        agree(self.decide(standing, day), meant)


def agree(one: Decision, other: Decision) -> None:
    """Raise EngineError where two decisions on one case differ in any status."""
    left, right = _statuses(one), _statuses(other)
    for key in left.keys() | right.keys():
        if left.get(key) != right.get(key):
            fields = {"engine": one.engine, "other": other.engine, "name": one.name, "day": one.as_of}
            differing = {"key": key, "left": left.get(key), "right": right.get(key)}
            raise EngineError([Diagnostic("ledger-engines-differ", None, {**fields, **differing})])


def _statuses(decision: Decision) -> dict[str, str]:
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
    live = history.live(known, without)
    opened = next((one.effective for one in live if one.kind is Kind.SURVEYED), None)
    if opened is None or opened > until:
        return None
    walk = _Walk(history, judge, live, opened, until)
    before: Statuses | None = None
    opening: Statuses = {}
    moments: list[Moment] = []
    for day, causes in walk.days():
        standing = walk.standing(day)
        now = judge.statuses(standing, day)
        if before is None:
            opening = _statuses(judge.decide(standing, day))
        elif now != before:
            moments.append(Moment(day, tuple(walk.changes(day, before, standing, causes))))
        before = now
    last = walk.standing(until)
    return Timeline(
        history.uscc,
        last.enterprise.name,
        opened,
        until,
        opening,
        tuple(moments),
        _statuses(judge.decide(last, until)),
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
        self, day: date, before: Statuses, standing: Standing, causes: frozenset[Cause]
    ) -> Iterator[Change]:
        """What changed on a day, and what did it."""
        decision = self.judge.decide(standing, day)
        now = _statuses(decision)
        blame = _Blame(self, day)
        for one in outcomes(decision.program):
            if one.kind in KINDS and before.get(one.key) != now[one.key]:
                was = before.get(one.key, "")
                events = blame.events(one.key, now[one.key])
                brought = () if events else tuple(sorted(causes))
                yield Change(
                    one.key, one.label, was, now[one.key], events, brought, clauses(decision, one, was)
                )


class _Blame:
    """Finds the events of a day without which a status would not be what it is."""

    def __init__(self, walk: _Walk, day: date) -> None:
        self.walk, self.day = walk, day
        self.of_day = [one for one in walk.live if one.effective == day]
        self.without: dict[str, Statuses | None] = {}

    def events(self, key: str, after: str) -> tuple[str, ...]:
        if not self.of_day or self._status(self.of_day, "*", key) == after:
            return ()
        alone = tuple(one.id for one in self.of_day if self._status([one], one.id, key) != after)
        return alone or tuple(one.id for one in self.of_day)

    def _status(self, left_out: Sequence[Entry], name: str, key: str) -> str | None:
        """A status as it would be without some events."""
        if name not in self.without:
            rest = [one for one in self.walk.live if one not in left_out]
            standing = self.walk.history.standing(rest, self.day)
            found = None if standing is None else self.walk.judge.statuses(standing, self.day)
            self.without[name] = found
        statuses = self.without[name]
        return None if statuses is None else statuses[key]


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
    """What each day's corrections and withdrawals changed: the replay as known that day, without and with them."""
    found: list[Reversal] = []
    for day, those in _by_recorded(history, known).items():
        ids = frozenset(one.id for one in those)
        then = replay(history, judge, until, day, ids)
        now = replay(history, judge, until, day)
        was = then.moved if then else frozenset()
        is_ = now.moved if now else frozenset()
        found.append(Reversal(day, tuple(sorted(ids)), tuple(sorted(was - is_)), tuple(sorted(is_ - was))))
    return tuple(found)


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
            judge.confirm(standing, until)
            yield history, found
