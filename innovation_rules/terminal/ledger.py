"""Show a ledger: the timeline of each enterprise, and the sheet of a month.

`commands.ledger` prints with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final

from innovation_rules.errors import Lang, Words
from innovation_rules.fields import region_name
from innovation_rules.ledger.history import History
from innovation_rules.ledger.months import (
    MARKS,
    Count,
    Gone,
    Noted,
    Row,
    Sheet,
    change_json,
    class_label,
    count,
)
from innovation_rules.ledger.replay import Change, Moment, Reversal, Timeline
from innovation_rules.ledger.turns import Cause
from innovation_rules.pack import Pack
from innovation_rules.terminal.render import (
    PLAIN,
    Column,
    Paint,
    Style,
    heading,
    pad,
    plain,
    table,
    wrapped,
)
from innovation_rules.terminal.wording import GOOD, category_words, status_mark, status_style, status_words

CAUSES: Final[Mapping[str, Words]] = {
    "year": Words("新的一年", "a new year"),
    "law": Words("规定有变", "the law changed"),
    "start": Words("到了开始日期", "it began"),
    "end": Words("过了结束日期", "it ended"),
    "expiry": Words("资质到期", "a qualification expired"),
    "window": Words("移出（或移入）时段", "a window of time moved on"),
    "anniversary": Words("满整年", "a whole year is full"),
    "date": Words("到了规定的日期", "a date was reached"),
    "found": Words("认定生效", "a finding came to be known"),
    "filed": Words("年报上报", "a report was filed"),
}
KINDS: Final[Mapping[str, Words]] = {
    "coverages": Words("覆盖", "coverage"),
    "classes": Words("分类", "class"),
    "awards": Words("奖励", "award"),
    "profile": Words("方面", "category"),
}
NAMED: Final = 12
"""How many of those still to be covered a sheet names; the spreadsheet has them all."""


@dataclass(frozen=True)
class Speaker:
    """What both kinds of page need: the pack, a language, a width."""

    pack: Pack
    lang: Lang
    paint: Paint = PLAIN
    columns: int = 80

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def title(self) -> Iterator[str]:
        """The pack."""
        title = self.say(f"{self.pack.title}（{self.pack.id}）", f"{self.pack.id}: {self.pack.title}")
        yield from (self.paint("bold", line) for line in wrapped(plain(title), self.columns))

    def words(self, words: Words) -> str:
        return words.in_(self.lang)

    def colon(self) -> str:
        return self.say("：", ": ")

    def outcome(self, one: Change) -> str:
        """What an outcome is called."""
        kind, _, id = one.key.partition(".")
        if kind == "profile":
            return category_words(id, self.lang)
        return one.label if self.lang == "zh" and one.label else id

    def status(self, key: str, status: str) -> str:
        """A status, or the value of a class, in words."""
        if not key.startswith("classes."):
            return status_words(status, self.lang)
        values = [self.value(key.removeprefix("classes."), one) for one in status.split(",") if one]
        return self.say("、", ", ").join(values) or self.say("无", "none")

    def value(self, name: str, value: str) -> str:
        """A value of a class in words."""
        if value == "undetermined":
            return status_words(value, self.lang)
        return value_labels(self.pack, name).get(value, value) if self.lang == "zh" else value

    def turn(self, one: Change) -> str:
        return f"{self.status(one.key, one.before)} → {self.status(one.key, one.after)}"

    def note(self, one: Change) -> str:
        """销号 or 回退, where it is one."""
        return (
            self.say("【销号】", " [crossed off]")
            if one.struck_off
            else self.say("【回退】", " [reversed]")
            if one.reversed
            else ""
        )

    def doers(self, one: Change) -> str:
        """The events that did it, or what the calendar brought."""
        if one.events:
            return self.say("事件 ", "event ") + self.say("、", ", ").join(one.events)
        return self.say("、", ", ").join(dict.fromkeys(map(self.cause, one.causes)))

    def cause(self, one: Cause) -> str:
        about = "" if not one.event else self.say(f"（{one.event}）", f" ({one.event})")
        return self.words(CAUSES[one.kind]) + about

    def by_clauses(self, one: Change) -> str:
        """The clauses of a change."""
        return self.say("条款 ", "clause ") + self.say("；", "; ").join(one.clauses) if one.clauses else ""

    def style(self, one: Change) -> Style:
        return "" if one.key.startswith("classes.") else status_style(one.after)

    def mark(self, one: Change) -> str:
        return "·" if one.key.startswith("classes.") else status_mark(one.after)

    def engine(self, engine: str, missing: bool) -> str:
        """Which engine ran."""
        if missing:
            return self.say(
                f"第二引擎：未运行；由 {engine} 重放", f"second engine: not run; replayed by {engine}"
            )
        return self.say(f"引擎 {engine}", f"engine {engine}")


def value_labels(pack: Pack, name: str) -> dict[str, str]:
    """The Chinese name of each value of a class."""
    entry = pack.linked.find("classes", name)
    rows = () if entry is None else entry.item.rows
    return {figure.text: row.label for row in rows if row.label and (figure := row.is_ or row.otherwise)}


# ------------------------------------------------------------------------------------------- timelines


@dataclass(frozen=True)
class TimelinePage(Speaker):
    """Timelines, one enterprise after the other, and what they come to."""

    full: bool = False
    """Show also awards, classes and categories one by one."""
    engine_name: str = ""
    missing: bool = False
    counted: Counter[str] = field(default_factory=Counter)

    def head(self, until: str, known: str) -> Iterator[str]:
        """The pack, the days, the engine."""
        yield from self.title()
        text = self.say(
            f"重放至 {until}，按 {known} 为止登记的事件；{self.engine(self.engine_name, self.missing)}",
            f"replayed until {until}, from events recorded by {known}; {self.engine(self.engine_name, self.missing)}",
        )
        yield from wrapped(text, self.columns)

    def lines(self, one: Timeline, undone: Sequence[Reversal]) -> Iterator[str]:
        """One enterprise: how it opened, each moment, what was undone."""
        self.count(one, undone)
        yield from heading(plain(one.name), self.paint, one.uscc, self.columns)
        opened = self.say(f"{one.opened}  入账", f"{one.opened}  opened")
        text = f"{opened}{self.colon()}{self.say('；', '; ').join(self.covers(one.opening))}"
        yield from wrapped(plain(text), self.columns, "  ", " " * 14)
        for moment in one.moments:
            yield from self.moment(moment)
        for reversal in undone:
            yield from self.reversal(reversal)

    def covers(self, statuses: Mapping[str, str]) -> list[str]:
        """The coverages and their statuses."""
        kept = [key for key in statuses if key.startswith("coverages.")]
        return [f"{self.label(key)} {status_words(statuses[key], self.lang)}" for key in kept]

    def label(self, key: str) -> str:
        entry = self.pack.linked.find(key.partition(".")[0], key.partition(".")[2])
        named = entry is not None and entry.item.label and self.lang == "zh"
        return entry.item.label if entry is not None and named else key.partition(".")[2]

    def moment(self, one: Moment) -> Iterator[str]:
        """One day: the coverages, then the others one by one or counted."""
        shown = [change for change in one.changes if self.full or change.key.startswith("coverages.")]
        rest = [change for change in one.changes if change not in shown]
        day = f"  {one.day}  "
        for change in shown:
            yield from self.change(change, day)
            day = " " * 14
        if rest:
            yield from wrapped(self.others(rest), self.columns, day, " " * 14)

    def change(self, one: Change, lead: str) -> Iterator[str]:
        text = f"{self.mark(one)} {self.outcome(one)}{self.colon()}{self.turn(one)}{self.note(one)}"
        lines = wrapped(plain(text), self.columns, lead, " " * 16)
        yield lines[0][:14] + self.paint(self.style(one), lines[0][14:])
        yield from (self.paint(self.style(one), line) for line in lines[1:])
        why = self.say("；", "; ").join(filter(None, (self.doers(one), self.by_clauses(one))))
        yield from (self.paint("dim", line) for line in wrapped(plain(why), self.columns, " " * 16, " " * 16))

    def others(self, changes: Sequence[Change]) -> str:
        """In a line: how many awards were gained and lost, classes reached, categories become active."""
        parts = []
        for kind, words in KINDS.items():
            those = [one for one in changes if one.key.startswith(f"{kind}.")]
            gained = [one for one in those if one.after in GOOD]
            lost = [one for one in those if one.before in GOOD and one.after not in GOOD]
            if kind == "classes":
                parts += [f"{self.outcome(one)} {self.status(one.key, one.after)}" for one in those]
            elif kind == "profile":
                parts += [f"{self.outcome(one)} {status_words(one.after, self.lang)}" for one in those]
            elif those:
                moved = len(those) - len(gained) - len(lost)
                counts = (
                    (len(gained), self.say("得", "gained")),
                    (len(lost), self.say("失", "lost")),
                    (moved, self.say("变", "moved")),
                )
                said = " ".join(f"{word} {number}" for number, word in counts if number)
                parts.append(f"{self.words(words)} {said}")
        return plain(self.say("；", "; ").join(parts))

    def reversal(self, one: Reversal) -> Iterator[str]:
        """What a day's corrections and withdrawals undid."""
        text = self.say(
            f"{one.recorded} 登记的更正、撤销（{'、'.join(one.events)}）：",
            f"corrections and withdrawals recorded on {one.recorded} ({', '.join(one.events)}): ",
        )
        undone = [self.undone(*move) for move in one.gone if move[1].startswith("coverages.")]
        made = [self.undone(*move) for move in one.new if move[1].startswith("coverages.")]
        rest = len(one.gone) + len(one.new) - len(undone) - len(made)
        parts = [
            *(self.say(f"不再有 {said}", f"gone: {said}") for said in undone),
            *(self.say(f"改为 {said}", f"instead: {said}") for said in made),
        ]
        if rest:
            parts.append(self.say(f"另有 {rest} 处变动", f"{rest} more changes"))
        text += self.say("；", "; ").join(parts) or self.say("没有改变任何结论", "no status is another")
        yield from (self.paint("open", line) for line in wrapped(plain(text), self.columns, "  ↶ ", " " * 4))

    def undone(self, day: Any, key: str, before: str, after: str) -> str:
        return f"{day} {self.label(key)} {self.status(key, before)} → {self.status(key, after)}"

    def count(self, one: Timeline, undone: Sequence[Reversal]) -> None:
        changes = [change for moment in one.moments for change in moment.changes]
        self.counted["enterprises"] += 1
        self.counted["moments"] += len(one.moments)
        self.counted["struck"] += sum(change.struck_off for change in changes)
        self.counted["reversed"] += sum(change.reversed for change in changes)
        self.counted["undone"] += sum(bool(each.gone or each.new) for each in undone)
        headline = next((key for key in one.final if key.startswith("coverages.")), "")
        self.counted[one.final.get(headline, "")] += 1

    def summary(self) -> Iterator[str]:
        """What all timelines come to."""
        found = self.counted
        if not found["enterprises"]:
            yield self.say("没有企业的台账已经开始", "no enterprise's ledger has opened")
            return
        yield from heading(self.say("小结", "summary"), self.paint)
        states = ("covered", "not_covered", "undetermined", "out_of_scope", "not_in_force")
        parts = [f"{status_words(one, self.lang)} {found[one]}" for one in states if found[one]]
        text = self.say(
            f"{found['enterprises']} 家企业，{found['moments']} 个变动日；销号 {found['struck']} 次，"
            f"回退 {found['reversed']} 次，更正或撤销改变结论 {found['undone']} 次；最后：{'，'.join(parts)}",
            f"enterprises {found['enterprises']}, days with changes {found['moments']}; crossed off {found['struck']}, "
            f"reversed {found['reversed']}, corrections or withdrawals that changed a status {found['undone']}; "
            f"in the end: {', '.join(parts)}",
        )
        yield from wrapped(text, self.columns, "  ")


def timeline_json(history: History, one: Timeline, undone: Sequence[Reversal], engine: str) -> dict[str, Any]:
    """One enterprise's replay as plain data."""
    return {
        "uscc": one.uscc,
        "name": one.name,
        "engine": engine,
        "opened": one.opened.isoformat(),
        "until": one.until.isoformat(),
        "opening": dict(one.opening),
        "moments": [
            {"day": moment.day.isoformat(), "changes": [change_json(each) for each in moment.changes]}
            for moment in one.moments
        ],
        "final": dict(one.final),
        "events": len(history.entries),
        "reversals": [
            {
                "recorded": each.recorded.isoformat(),
                "events": list(each.events),
                "gone": [_move_json(*move) for move in each.gone],
                "new": [_move_json(*move) for move in each.new],
            }
            for each in undone
        ],
    }


def _move_json(day: Any, key: str, before: str, after: str) -> dict[str, str]:
    return {"day": day.isoformat(), "outcome": key, "before": before, "after": after}


# ------------------------------------------------------------------------------------------- sheets


@dataclass(frozen=True)
class SheetPage(Speaker):
    """The sheet of a month."""

    missing: bool = False

    def lines(self, one: Sheet) -> Iterator[str]:
        """Head, counts by county and by group, changes, who is still to be covered."""
        yield from self.head(one)
        if one.headline:
            yield from self.counts(one)
        if one.headline or one.gone:
            yield from self.changes(one)
        if one.headline:
            yield from self.waiting(one)
        yield from self.noted(one)

    def head(self, one: Sheet) -> Iterator[str]:
        yield from self.title()
        month = one.month
        name = self.say(f"{month.year}年{month.month}月", str(month))
        label = one.duty.label if self.lang == "zh" and one.duty.label else self.say("月报", "monthly report")
        yield from wrapped(plain(f"{name}  {label}  {one.duty.clause}".rstrip()), self.columns)
        text = self.say(
            f"情况截至 {month.last}；{one.closing} 为止登记的事件；{self.engine(one.engine, self.missing)}",
            f"as of {month.last}; events recorded by {one.closing}; {self.engine(one.engine, self.missing)}",
        )
        yield from wrapped(text, self.columns)
        if one.due is not None:
            to = self.say("、", ", ").join(one.duty.to)
            due = self.say(f"{one.due} 前报送", f"due by {one.due}")
            yield from wrapped(plain(f"{due}{to and self.say('：', ', to ')}{to}"), self.columns)

    def counts(self, one: Sheet) -> Iterator[str]:
        groups: list[tuple[str, dict[str, Count], Callable[[str], str]]] = []
        groups.append((self.say("县区", "county"), one.counts(), self.county))
        for index, name in enumerate(one.by):
            label = class_label(self.pack, name) if self.lang == "zh" else name
            groups.append((label, one.counts(index), partial(self.value, name)))
        for label, counted, words in groups:
            yield ""
            rows = [self.row(words(name), each) for name, each in counted.items()]
            if len(rows) > 1:
                rows.append(self.row(self.say("合计", "total"), count(one.rows)))
            yield from table(self.head_row(label), rows, self.paint, self.columns)

    def head_row(self, label: str) -> list[Column]:
        titles = (
            ("在账", "all"), ("应覆盖", "scope"), ("已覆盖", "yes"), ("未覆盖", "no"), ("待定", "open"),
            ("销号", "new"), ("回退", "back"),
        )  # fmt: skip
        size = 6
        return [
            Column(label, self.columns - (size + 2) * len(titles)),
            *(Column(self.say(*title), size, right=True) for title in titles),
        ]

    def row(self, name: str, one: Count) -> list[str | tuple[Style, str]]:
        return [name, *((str(number) if number else ("dim", "·")) for number in one)]

    def county(self, code: str) -> str:
        return f"{code} {region_name(code) or ''}" if code else self.say("（区划未知）", "(region unknown)")

    def changes(self, one: Sheet) -> Iterator[str]:
        changed = one.changed
        opened = [row for row in one.rows if row.before is None]
        yield from heading(
            self.say("本月变动", "changes this month"),
            self.paint,
            self.say(f"{len(changed) + len(one.gone)} 家", f"{len(changed) + len(one.gone)}"),
        )
        if opened:
            states = Counter(row.status for row in opened if row.status)
            said = self.say("，", ", ").join(
                f"{status_words(name, self.lang)} {n}" for name, n in states.items()
            )
            text = self.say(f"新入账 {len(opened)} 家", f"{len(opened)} opened")
            yield from wrapped(f"{text}{self.colon()}{said}" if said else text, self.columns, "  ")
        for gone in one.gone:
            events = self.say("、", ", ").join(gone.events)
            text = self.say(
                f"· {gone.enterprise.name}：不再在账（{events}）",
                f"· {gone.enterprise.name}: gone ({events})",
            )
            yield from wrapped(plain(text), self.columns, "  ", " " * 4)
        for row in changed:
            yield from self.change(row)

    def change(self, row: Row) -> Iterator[str]:
        turn = row.turn
        assert turn is not None
        marks = {noted.entry.id: noted.mark for noted in row.noted}
        text = f"{self.mark(turn)} {row.enterprise.name}{self.colon()}{self.turn(turn)}{self.note(turn)}"
        yield from (
            self.paint(self.style(turn), line) for line in wrapped(plain(text), self.columns, "  ", " " * 4)
        )
        late = [self.marked(id, marks.get(id, "")) for id in turn.events]
        doers = self.say("事件 ", "event ") + self.say("、", ", ").join(late) if late else self.doers(turn)
        since = self.say(f"自 {row.since}", f"since {row.since}") if row.since else ""
        why = self.say("；", "; ").join(filter(None, (since, doers, self.by_clauses(turn))))
        yield from (self.paint("dim", line) for line in wrapped(plain(why), self.columns, " " * 4))

    def marked(self, id: str, mark: str) -> str:
        return id + (
            self.say(f"（{self.words(MARKS[mark])}）", f" ({self.words(MARKS[mark])})") if mark else ""
        )

    def waiting(self, one: Sheet) -> Iterator[str]:
        waiting = one.waiting
        aside = self.say(f"{len(waiting)} 家", f"{len(waiting)}")
        yield from heading(self.say("尚待覆盖", "still to be covered"), self.paint, aside)
        head = [Column("", 2), Column(""), Column("", 18), Column("", 14)]
        rows: list[list[str | tuple[Style, str]]] = [
            [
                "",
                row.enterprise.name,
                ("dim", row.enterprise.uscc),
                (status_style(row.status), status_words(row.status, self.lang)),
            ]
            for row in waiting[:NAMED]
        ]
        yield from table(head, rows, self.paint, self.columns)
        if len(waiting) > NAMED:
            more = len(waiting) - NAMED
            yield self.paint(
                "dim", self.say(f"    另有 {more} 家，见 --format csv", f"    and {more} more: --format csv")
            )

    def noted(self, one: Sheet) -> Iterator[str]:
        """How many events are new, and each that came late, corrects or withdraws."""
        rows: list[Row | Gone] = [*one.rows, *one.gone]
        noted = [(row.enterprise.name, each) for row in rows for each in row.noted]
        new = sum(each.mark != "moved" for _, each in noted)
        marked = [pair for pair in noted if pair[1].mark]
        yield from heading(
            self.say("本月事件", "events of this month"),
            self.paint,
            self.say(f"{new} 件", f"{new}"),
        )
        for name, each in sorted(marked, key=_by_mark):
            yield from wrapped(plain(self.noted_line(each, name)), self.columns, "  ", " " * 4)

    def noted_line(self, one: Noted, name: str) -> str:
        entry = one.entry
        mark = pad(self.words(MARKS[one.mark]), 4)
        about = self.say(f"（原 {entry.target}）", f" (of {entry.target})") if entry.target else ""
        kind = "" if one.mark == "withdrawal" else self.say(f" {entry.kind.zh}", f", {entry.kind.value}")
        days = self.say(
            f"{entry.effective} 生效，{entry.recorded} 登记",
            f"effective {entry.effective}, recorded {entry.recorded}",
        )
        note = f"{self.say('；', '; ')}{entry.event.note}" if entry.event.note else ""
        comma = self.say("，", ", ")
        return f"{mark} {entry.id}{about}{comma}{name}{kind}{comma}{days}{note}"


def _by_mark(pair: tuple[str, Noted]) -> tuple[str, date, str]:
    _, one = pair
    return one.mark, one.entry.recorded, one.entry.id
