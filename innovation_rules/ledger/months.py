"""The sheet of a month: who is covered, what changed since the sheet before, who is still to be covered.

`commands.ledger` prints it. A sheet holds the events that took effect by the last day of its month and were recorded
by its closing day, so that it never changes once it is issued: what is recorded later stands in the next sheet,
marked as late, as a correction or as a withdrawal.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import IO, Any, Final, Literal, NamedTuple, TypeAlias

from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import Words
from innovation_rules.fields import region_name
from innovation_rules.ledger.events import Entry, Kind
from innovation_rules.ledger.history import ONE_DAY, History, Ledger
from innovation_rules.ledger.replay import (
    COVERED,
    WAITING,
    Blame,
    Change,
    Judge,
    Statuses,
    Timeline,
    clauses,
    differing,
    replay,
    replay_of,
    statuses_in,
)
from innovation_rules.ledger.turns import Cause
from innovation_rules.pack import Pack
from innovation_rules.pack.linker import clause_of

Mark: TypeAlias = Literal["", "late", "correction", "withdrawal", "moved"]
"""How an event came into a sheet; empty for one of its own month.

moved: a correction of what the sheet before held, which itself takes effect in a later month only. It is new there.
"""
MARKS: Final[Mapping[str, Words]] = {
    "late": Words("补记", "late"),
    "correction": Words("更正", "correction"),
    "withdrawal": Words("撤销", "withdrawal"),
    "moved": Words("改期", "moved on"),
}


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """2020-09. Raises ValueError."""
        year, _, month = text.partition("-")
        if not (len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdigit()):
            raise ValueError(text)
        return cls.of(date(int(year), int(month), 1))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.day(31)

    def day(self, number: int) -> date:
        """A day of it; a number that it lacks is its last."""
        return date(self.year, self.month, min(number, monthrange(self.year, self.month)[1]))

    @property
    def before(self) -> Month:
        return Month.of(self.day(1) - ONE_DAY)

    @property
    def after(self) -> Month:
        return Month.of(self.last + ONE_DAY)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"


class Duty(NamedTuple):
    """What a pack's schedule says of the monthly report; `day` is None where it says nothing."""

    label: str = ""
    clause: str = ""
    day: int | None = None
    inclusive: bool = True
    by: tuple[str, ...] = ()
    to: tuple[str, ...] = ()

    def due(self, month: Month) -> date | None:
        """The day in the next month by which the report of a month is due."""
        return None if self.day is None else month.after.day(self.day)

    def closing(self, month: Month) -> date:
        """The last day of which records stand in the sheet: the due day if it counts, else the day before."""
        due = self.due(month)
        if due is None:
            return month.last
        return due if self.inclusive else due - ONE_DAY


def duty(pack: Pack) -> Duty:
    """The monthly report of a pack: the first duty that is due on a day of the month, one with `by` before others."""
    found = [one for one in pack.linked.own("schedule") if one.item.due and one.item.due.monthly is not None]
    for entry in sorted(found, key=lambda one: not one.item.by):
        item = entry.item
        by, to = tuple(map(str, item.by)), tuple(item.to)
        return Duty(item.label, clause_of(item), item.due.monthly, item.inclusive, by, to)
    return Duty()


class Noted(NamedTuple):
    """An event that is new in a sheet."""

    entry: Entry
    mark: Mark


class Row(NamedTuple):
    """An enterprise in a sheet."""

    enterprise: Enterprise
    groups: tuple[str, ...]
    """Its value of each class that the sheet is broken down by."""
    headline: str
    """The key of the headline coverage; empty where the pack has none."""
    in_scope: bool | None
    statuses: Statuses
    before: Statuses | None
    """Its statuses in the sheet before; None where it was not in the ledger."""
    changes: tuple[Change, ...]
    noted: tuple[Noted, ...]
    since: date | None
    """The day on which it was struck off the list, where it is covered and was not from the first."""

    @property
    def status(self) -> str:
        """The status of the headline coverage."""
        return self.statuses.get(self.headline, "")

    @property
    def turn(self) -> Change | None:
        """The change of the headline coverage."""
        return next((one for one in self.changes if one.key == self.headline), None)


class Gone(NamedTuple):
    """An enterprise of the sheet before whose opening was withdrawn, or now holds from a later day only."""

    enterprise: Enterprise
    events: tuple[str, ...]
    """The new events without which it would still be in."""
    noted: tuple[Noted, ...]


class Count(NamedTuple):
    """Enterprises of a county or of a group, counted."""

    enterprises: int
    in_scope: int
    covered: int
    not_covered: int
    undetermined: int
    struck_off: int
    reversed: int


@dataclass(frozen=True)
class Sheet:
    """The sheet of a month, as it is issued."""

    pack: Pack
    month: Month
    closing: date
    duty: Duty
    by: tuple[str, ...]
    engine: str
    rows: tuple[Row, ...]
    gone: tuple[Gone, ...] = ()

    @property
    def due(self) -> date | None:
        return self.duty.due(self.month)

    @property
    def headline(self) -> str:
        """The key of the coverage that is counted; empty where the pack has none, or the sheet no row."""
        return self.rows[0].headline if self.rows else ""

    @property
    def changed(self) -> tuple[Row, ...]:
        """Those in the sheet before whose headline is another now."""
        return tuple(row for row in self.rows if row.turn is not None)

    @property
    def waiting(self) -> tuple[Row, ...]:
        """Those still to be covered."""
        return tuple(row for row in self.rows if row.status in WAITING)

    def counts(self, group: int | None = None) -> dict[str, Count]:
        """The counts by county (None), or by the values of one of the classes in `by`."""
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            name = (row.enterprise.region or "") if group is None else row.groups[group]
            groups.setdefault(name, []).append(row)
        return {name: count(rows) for name, rows in sorted(groups.items())}


def count(rows: Sequence[Row]) -> Count:
    """How many, in scope, covered and not, struck off and reversed."""
    statuses = Counter(row.status for row in rows)
    turns = [row.turn for row in rows if row.turn is not None]
    return Count(
        len(rows),
        sum(row.in_scope is True for row in rows),
        statuses[COVERED],
        statuses["not_covered"],
        statuses["undetermined"],
        sum(one.struck_off for one in turns),
        sum(one.reversed for one in turns),
    )


# ------------------------------------------------------------------------------------------- issuing


def sheet(ledger: Ledger, judge: Judge, month: Month, by: Sequence[str] | None = None) -> Sheet:
    """The sheet of a month. Raises DataError for data that the pack refuses, EngineError where engines differ."""
    asked = duty(judge.pack)
    groups = asked.by if by is None else tuple(by)
    clerk = Clerk(judge, month, asked, groups)
    rows = [row for one in ledger.histories.values() if (row := clerk.row(one)) is not None]
    rows.sort(key=lambda row: (row.enterprise.region or "", row.groups, row.enterprise.uscc))
    gone = tuple(one for each in ledger.histories.values() if (one := clerk.gone(each)) is not None)
    return Sheet(judge.pack, month, asked.closing(month), asked, groups, judge.engine, tuple(rows), gone)


@dataclass(frozen=True)
class Clerk:
    """Makes the rows of one month's sheet."""

    judge: Judge
    month: Month
    duty: Duty
    by: tuple[str, ...]

    @property
    def last(self) -> date:
        """The last day that the sheet is about."""
        return self.month.last

    @property
    def known(self) -> date:
        """The last day whose records are in the sheet."""
        return self.duty.closing(self.month)

    @property
    def earlier(self) -> date:
        """The last day that the sheet before was about."""
        return self.month.before.last

    @property
    def then(self) -> date:
        """The last day whose records were in the sheet before."""
        return self.duty.closing(self.month.before)

    def row(self, history: History) -> Row | None:
        """An enterprise's row, its state held against the interpreter; None before its ledger opens."""
        line = replay(history, self.judge, self.last, self.known)
        if line is None:
            return None
        standing = history.on(self.last, self.known)
        assert standing is not None
        self.judge.confirm(line, standing)
        before = self._before(history)
        first = next(iter(line.decision.program.coverages), None)
        key = "" if first is None else f"coverages.{first.id}"
        noted = tuple(self._noted(history))
        changes = () if before is None else tuple(self._changes(history, before, noted, line))
        return Row(
            standing.enterprise,
            tuple(line.final.get(f"classes.{name}", "") for name in self.by),
            key,
            None if first is None else line.decision.results[first.scope],  # type: ignore[arg-type]
            line.final,
            before,
            changes,
            noted,
            line.struck_off(key),
        )

    def gone(self, history: History) -> Gone | None:
        """An enterprise that was in the sheet before and is not in this one."""
        standing = history.on(self.earlier, self.then)
        if standing is None or history.on(self.last, self.known) is not None:
            return None
        noted = tuple(self._noted(history))
        ids = tuple(one.entry.id for one in noted)
        alone = tuple(id for id in ids if self._opens(history, self._without(history, frozenset((id,)))))
        return Gone(standing.enterprise, alone or ids, noted)

    def _opens(self, history: History, live: Iterable[Entry]) -> bool:
        return history.supposed(live, self.last) is not None

    def _before(self, history: History) -> Statuses | None:
        """The statuses in the sheet before, as it was issued."""
        standing = history.on(self.earlier, self.then)
        return None if standing is None else statuses_in(self.judge.decide(standing, self.earlier))

    # -- what is new

    def _noted(self, history: History) -> Iterator[Noted]:
        """The events that are new in this sheet, and the corrections that take something out of it."""
        first = history.on(self.earlier, self.then) is None
        stands, struck = {one.id for one in history.live(self.known)}, history.struck(self.known)
        for one in history.entries:
            if one.kind is Kind.WITHDRAWN:
                if one.id not in struck and self._told(one) and self._spoken_of(history, one) <= self.last:
                    yield Noted(one, "withdrawal")
            elif one.id in stands and one.effective <= self.last:
                if first or self._new(one):
                    yield Noted(one, self._mark(one))
            elif one.id in stands and self._told(one) and self._spoken_of(history, one) <= self.last:
                yield Noted(one, "moved")

    def _new(self, one: Entry) -> bool:
        """Whether an event takes effect or is told in this sheet."""
        return self._told(one) or self.earlier < one.effective <= self.last

    def _told(self, one: Entry) -> bool:
        """Whether an event was recorded after the sheet before was closed."""
        return self.then < one.recorded <= self.known

    def _spoken_of(self, history: History, one: Entry) -> date:
        """The first day that a correction or withdrawal is about."""
        return min(each.effective for each in history.chain(one.id))

    def _mark(self, one: Entry) -> Mark:
        late = one.effective <= self.earlier and self._told(one)
        return "correction" if one.event.replaces else "late" if late else ""

    # -- what did it

    def _changes(
        self, history: History, before: Statuses, noted: Sequence[Noted], line: Timeline
    ) -> Iterator[Change]:
        new = tuple(one.entry.id for one in noted)
        blame = Blame(self.judge, history, self.last, new, partial(self._without, history))
        calendar: Timeline | None = None if noted else line
        for one, was, after in differing(line.decision, before):
            events = blame.events(one.key, after)
            if not events and calendar is None:
                calendar = replay_of(history, self.judge, self._held(history), self.last)
            causes = () if events else self._causes(calendar, one.key)
            yield Change(one.key, one.label, was, after, events, causes, clauses(line.decision, one, was))

    def _without(self, history: History, ids: frozenset[str]) -> Iterable[Entry]:
        """What stands without some new events, nor any new one that they correct or withdraw."""
        left_out = {each.id for id in ids for each in history.chain(id) if self._new(each)}
        untold = frozenset(id for id in left_out if self._told(history.by_id[id]))
        return (one for one in history.live(self.known, untold) if one.id not in left_out)

    def _held(self, history: History) -> Sequence[Entry]:
        """The events of which the sheet before was made."""
        return [one for one in history.live(self.then) if one.effective <= self.earlier]

    def _causes(self, calendar: Timeline | None, key: str) -> tuple[Cause, ...]:
        """What the calendar brought when an outcome last changed in the month, as it goes without the new events."""
        assert calendar is not None
        moments = [one for one in calendar.moments if one.day > self.earlier]
        return [change.causes for one in moments for change in one.changes if change.key == key][-1]


def add_up(before: Mapping[str, Statuses], sheet: Sheet) -> dict[str, Statuses]:
    """The statuses after a sheet, from those before it and its changes alone; the first sheet of an enterprise opens it."""
    gone = {one.enterprise.uscc for one in sheet.gone}
    after = {uscc: statuses for uscc, statuses in before.items() if uscc not in gone}
    for row in sheet.rows:
        uscc = row.enterprise.uscc
        if row.before is None:
            after[uscc] = row.statuses
        else:
            after[uscc] = {**after[uscc], **{one.key: one.after for one in row.changes}}
    return after


# ------------------------------------------------------------------------------------------- plain data


def to_json(found: Sheet) -> dict[str, Any]:
    """A sheet as plain data."""
    return {
        "pack": {"id": found.pack.id, "version": found.pack.version, "digest": found.pack.digest},
        "month": str(found.month),
        "as_of": found.month.last.isoformat(),
        "closing": found.closing.isoformat(),
        "due": found.due.isoformat() if found.due else None,
        "clause": found.duty.clause,
        "engine": found.engine,
        "coverage": found.headline.removeprefix("coverages."),
        "total": count(found.rows)._asdict(),
        "counties": {name or "unknown": one._asdict() for name, one in found.counts().items()},
        "groups": {
            name: {value: one._asdict() for value, one in found.counts(index).items()}
            for index, name in enumerate(found.by)
        },
        "enterprises": [row_json(row, found.by) for row in found.rows],
        "gone": [
            {
                "uscc": one.enterprise.uscc,
                "name": one.enterprise.name,
                "by": list(one.events),
                "events": [noted_json(each) for each in one.noted],
            }
            for one in found.gone
        ],
    }


def row_json(row: Row, by: Sequence[str]) -> dict[str, Any]:
    """One enterprise of a sheet as plain data."""
    return {
        "uscc": row.enterprise.uscc,
        "name": row.enterprise.name,
        "region": row.enterprise.region,
        "classes": dict(zip(by, row.groups, strict=True)),
        "status": row.status,
        "before": None if row.before is None else row.before.get(row.headline),
        "struck_off_on": row.since.isoformat() if row.since else None,
        "changes": [change_json(one) for one in row.changes],
        "events": [noted_json(one) for one in row.noted],
    }


def noted_json(one: Noted) -> dict[str, Any]:
    """A new event as plain data."""
    entry = one.entry
    days = {"effective": entry.effective.isoformat(), "recorded": entry.recorded.isoformat()}
    return {"id": entry.id, "event": entry.kind.value, **days, "mark": one.mark, "about": entry.target}


def change_json(one: Change) -> dict[str, Any]:
    """A change as plain data."""
    return {
        "outcome": one.key,
        "before": one.before,
        "after": one.after,
        "events": list(one.events),
        "causes": [{"cause": cause.kind, "event": cause.event} for cause in one.causes],
        "clauses": list(one.clauses),
    }


COLUMNS: Final = {
    "number": "序号", "region": "行政区划", "county": "县区", "name": "企业名称", "uscc": "统一社会信用代码",
    "industry": "行业代码", "before": "上月状态", "status": "本月状态", "turn": "本月变化", "since": "销号日期",
    "events": "事件", "marks": "补记更正撤销改期", "clauses": "条款", "month": "报送月份",
}  # fmt: skip
"""The columns of the spreadsheet; the classes that the sheet is broken down by stand after the county."""


def write_csv(found: Sheet, stream: IO[str], words: Mapping[str, str], classes: Mapping[str, str]) -> None:
    """A sheet for a spreadsheet, a row for each enterprise; `words` and `classes` name statuses and values."""
    titles = list(COLUMNS.values())
    names = [class_label(found.pack, name) for name in found.by]
    stream.write("\ufeff")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([*titles[:3], *names, *titles[3:]])
    for number, row in enumerate(found.rows, 1):
        cells = _cells(number, row, found, words)
        groups = [classes.get(value, value) for value in row.groups]
        writer.writerow([_safe(one) for one in (*cells[:3], *groups, *cells[3:])])


def _cells(number: int, row: Row, found: Sheet, words: Mapping[str, str]) -> list[str]:
    one, turn = row.enterprise, row.turn
    moved = "" if turn is None else "销号" if turn.struck_off else "回退" if turn.reversed else "变动"
    before = "（新入账）" if row.before is None else words.get(row.before.get(row.headline, ""), "")
    marked = [f"{MARKS[noted.mark].zh} {noted.entry.id}" for noted in row.noted if noted.mark]
    return [
        str(number), one.region or "", region_name(one.region or "") or "", one.name, one.uscc,
        one.industry or "", before, words.get(row.status, row.status), moved,
        row.since.isoformat() if row.since else "", "；".join(noted.entry.id for noted in row.noted),
        "；".join(marked), "；".join(turn.clauses if turn else ()), str(found.month),
    ]  # fmt: skip


def class_label(pack: Pack, name: str) -> str:
    """What a class is called in Chinese."""
    entry = pack.linked.find("classes", name)
    return entry.item.label if entry is not None and entry.item.label else name


def _safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def months(first: date, last: date) -> Iterable[Month]:
    """The months from one day's to another's."""
    month = Month.of(first)
    while month.day(1) <= last:
        yield month
        month = month.after
