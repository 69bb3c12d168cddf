"""Set the decisions that several packs make on one enterprise side by side: where they differ, and why.

`cli decide auto` and `cli why auto` print it. The rows are matched here: coverages by name or by the map of what
carries out what, awards by name or by the national award that they grant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final, Literal

from innovation_rules.decision import (
    UNKNOWN,
    Amount,
    AwardResult,
    ClassResult,
    CoverageResult,
    Decision,
    amount_json,
)
from innovation_rules.errors import Lang
from innovation_rules.jurisdictions import Head, prefix
from innovation_rules.pack import grammar as g
from innovation_rules.packs import Pack
from innovation_rules.quantities import Type, format_quantity
from innovation_rules.reasons import Reason
from innovation_rules.terminal.render import (
    PLAIN,
    Column,
    Paint,
    Style,
    Tree,
    branches,
    heading,
    plain,
    table,
    wrapped,
)
from innovation_rules.terminal.story import Story
from innovation_rules.terminal.wording import GOOD, status_mark, status_style, status_words

Kind = Literal["headline", "coverage", "class", "award"]
Standing = Literal["applies", "not_in_force", "out_of_scope", "undetermined"]
"""How a pack stands to the enterprise: by its period first, then by its jurisdiction."""

TESTS_SHOWN: Final = 3
"""Deciding tests of one side that are printed before the rest is only counted."""
PARTS_SHOWN: Final = 3
"""Values under one test that are printed."""

# ------------------------------------------------------------------------------------------ what is beside what


@dataclass(frozen=True, slots=True)
class Side:
    """One pack and its decision."""

    pack: Pack
    decision: Decision

    @property
    def standing(self) -> Standing:
        """Whether the pack applies at all."""
        if not self.decision.program.in_force:
            return "not_in_force"
        inside = self.decision.results[self.decision.program.jurisdiction]
        return "applies" if inside else "undetermined" if inside is None else "out_of_scope"

    @property
    def why(self) -> tuple[Reason, ...]:
        """The tests that put the enterprise outside the jurisdiction, or leave that open."""
        if self.standing not in ("out_of_scope", "undetermined"):
            return ()
        return tuple(self.decision.reason(self.decision.program.jurisdiction).deciding())

    @property
    def place(self) -> str:
        """What the jurisdiction is called: the zone, or else the region."""
        area = self.pack.linked.pack.jurisdiction
        return area.zone or area.name or str(area.within)

    @property
    def without_coverage(self) -> str:
        """Why the document has no coverage of its own; empty where it has one."""
        said = self.pack.linked.pack.coverages
        return said.none.because if isinstance(said, g.NoCoverage) else ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one pack says in one row.

    `status` is a status of coverages or awards, or the value of a class; `why` holds the tests that decided it.
    """

    id: str
    label: str
    clause: str
    status: str
    values: Mapping[str, str]
    """For a class: the label of each value that applies, or that still may."""
    amount: Amount | None
    has_amount: bool
    why: tuple[Reason, ...]
    result: CoverageResult | AwardResult | ClassResult

    @property
    def outcome(self) -> tuple[object, ...]:
        """What differs where two packs differ."""
        return self.status, self.has_amount, self.amount, frozenset(self.values)


@dataclass(frozen=True, slots=True)
class Row:
    """One matter, a cell for each pack in the order of the sides; None where a document has nothing of the kind."""

    kind: Kind
    cells: tuple[Cell | None, ...]

    @property
    def present(self) -> list[Cell]:
        return [cell for cell in self.cells if cell is not None]

    @property
    def id(self) -> str:
        return self.present[0].id

    @property
    def label(self) -> str:
        return self.present[0].label

    @property
    def differs(self) -> bool:
        """Whether two packs that speak of it say different things."""
        return len({cell.outcome for cell in self.present}) > 1

    @property
    def shared(self) -> bool:
        """Whether more than one pack speaks of it."""
        return len(self.present) > 1


@dataclass(frozen=True, slots=True)
class Beside:
    """The decisions of several packs on one enterprise."""

    sides: tuple[Side, ...]
    rows: tuple[Row, ...]

    @property
    def differences(self) -> tuple[Row, ...]:
        """The rows in which packs differ."""
        return tuple(row for row in self.rows if row.differs)


def considered(heads: Iterable[Head], region: str | None, zones: Iterable[str] | None) -> list[Head]:
    """The packs that govern a region and its zones, in force or not, the widest jurisdiction first.

    Like `jurisdictions.applicable` without the date, so that a lapsed or coming document stands in the table as such.
    """
    own = tuple(zones or ())
    fitting = [one for one in heads if one.covers(region, own)]
    return sorted(
        fitting, key=lambda one: (len(prefix(one.within)), bool(one.zone), one.in_force_from, one.id)
    )


def beside(decisions: Iterable[tuple[Pack, Decision]]) -> Beside:
    """Match what several packs decided of one enterprise, in the order given. ValueError without a decision."""
    sides = tuple(Side(pack, decision) for pack, decision in decisions)
    if not sides:
        raise ValueError("nothing to set side by side")
    return Beside(sides, (*_coverages(sides), *_classes(sides), *_awards(sides)))


# ------------------------------------------------------------------------------------------ rows


def _coverages(sides: Sequence[Side]) -> Iterator[Row]:
    """The headlines together, then each coverage; a row that is that of the headlines is not told twice."""
    headline = tuple(next(iter(side.decision.coverages), None) for side in sides)
    groups = list(_matched([_coverage_keys(side) for side in sides]))
    if any(headline):
        groups = [headline, *(group for group in groups if group != headline)]
    for at, group in enumerate(groups):
        cells = tuple(_cell(side, id) for side, id in zip(sides, group, strict=True))
        yield Row("headline" if at == 0 else "coverage", cells)


def _cell(side: Side, id: str | None) -> Cell | None:
    return None if id is None else _coverage(side.decision.coverages[id])


def _coverage_keys(side: Side) -> dict[str, set[str]]:
    """For each coverage what it may be matched by: its name, and those of what it carries out."""
    keys = {id: {id, f"{side.pack.id}.{id}"} for id in side.decision.coverages}
    for higher, stated in side.pack.linked.pack.implements.items():
        for above, own in stated.coverages.items():
            if str(own) in keys:
                keys[str(own)].add(f"{higher}.{above}")
    return keys


def _classes(sides: Sequence[Side]) -> Iterator[Row]:
    names = dict.fromkeys(id for side in sides for id in side.decision.class_results)
    for id in names:
        results = [side.decision.class_results.get(id) for side in sides]
        values = {value for one in results if one is not None for value in _all_values(one)}
        yield Row("class", tuple(None if one is None else _class(one, values) for one in results))


def _awards(sides: Sequence[Side]) -> Iterator[Row]:
    for group in _matched([_award_keys(side) for side in sides]):
        cells = (
            None if id is None else _award(side.decision.awards[id])
            for side, id in zip(sides, group, strict=True)
        )
        yield Row("award", tuple(cells))


def _award_keys(side: Side) -> dict[str, set[str]]:
    """For each award what it may be matched by: its name, and the higher award that it grants."""
    keys = {}
    for id in side.decision.awards:
        entry = side.pack.linked.find("awards", id)
        grants = entry.item.grants if entry is not None else None
        keys[id] = {id, f"{side.pack.id}.{id}"} | ({str(grants)} if grants else set())
    return keys


def _matched(sides: Sequence[Mapping[str, set[str]]]) -> Iterator[tuple[str | None, ...]]:
    """Items of several sides that share a key, directly or through another; one a side and row, in order."""
    groups: list[tuple[set[str], list[list[str]]]] = []
    for at, items in enumerate(sides):
        for id, keys in items.items():
            joined = [group for group in groups if group[0] & keys]
            first = joined[0] if joined else (set(), [[] for _ in sides])
            if not joined:
                groups.append(first)
            for other in joined[1:]:
                groups.remove(other)
                first[0].update(other[0])
                for mine, theirs in zip(first[1], other[1], strict=True):
                    mine.extend(theirs)
            first[0].update(keys)
            first[1][at].append(id)
    for _, members in groups:
        yield from zip_longest(*members)


# ------------------------------------------------------------------------------------------ cells


def _coverage(one: CoverageResult) -> Cell:
    return Cell(one.id, one.label, one.clause, one.status, {}, None, False, _gated(one), one)


def _award(one: AwardResult) -> Cell:
    return Cell(
        one.id, one.label, one.clause, one.status, {}, one.amount, one.has_amount, _gated(one), one
    )  # fmt: skip


def _gated(one: CoverageResult | AwardResult) -> tuple[Reason, ...]:
    """The tests of the scope where it keeps the enterprise out or leaves it open, else those of the condition."""
    if one.status in ("not_in_force", "not_applicable"):
        return ()
    found: list[Reason] = []
    if one.scope.result is not True:
        found += one.scope.deciding()
    if one.scope.result is not False:
        found += (
            [] if one.status == "undetermined" and one.reason.result is not None else one.reason.deciding()
        )
    return tuple(found)


def _class(one: ClassResult, among: set[str]) -> Cell:
    labels = {choice.id: choice.label or choice.id for choice in one.rule.values}
    given = one.value if isinstance(one.value, tuple) else (one.value,)
    values = {value: labels[value] for value in (*given, *one.possible) if value in labels}
    status = "、".join(given) if given else "none"
    return Cell(one.id, one.label, one.clause, status, values, None, False, _rows(one, among), one)


def _all_values(one: ClassResult) -> tuple[str, ...]:
    return one.value if isinstance(one.value, tuple) else (one.value,)


def _rows(one: ClassResult, among: set[str]) -> tuple[Reason, ...]:
    """The tests of the row that decided, or that leaves it open; with several values, of each that some side has."""
    if one.rule.many:
        pairs = zip(one.rule.values, one.rule.many, strict=True)
        nodes = [one.decision.reason(node) for choice, node in pairs if choice.id in among]
        return tuple(test for reason in nodes for test in reason.deciding())
    table = one.reason
    conditions = table.parts[:-1:2]
    row = next((condition for condition in conditions if condition.result is not False), None)
    return tuple(test for condition in ((row,) if row else conditions) for test in condition.deciding())


# ------------------------------------------------------------------------------------------ plain data


def to_json(found: Beside) -> dict[str, Any]:
    """Everything as plain data; the tests that decided stand in the cells of the rows that differ."""
    first = found.sides[0].decision
    return {
        "uscc": first.uscc,
        "name": first.name,
        "year": first.year,
        "as_of": first.as_of.isoformat(),
        "packs": [_side_json(side) for side in found.sides],
        "rows": [_row_json(found, row) for row in found.rows],
        "differences": len(found.differences),
    }


def _side_json(side: Side) -> dict[str, Any]:
    info = side.decision.pack
    line: dict[str, Any] = {
        "id": info.id,
        "title": info.title,
        "place": side.place,
        "version": info.version,
        "digest": info.digest,
        "in_force": {
            "from": info.in_force_from.isoformat() if info.in_force_from else None,
            "to": info.in_force_to.isoformat() if info.in_force_to else None,
        },
        "law_date": side.decision.law_date.isoformat(),
        "standing": side.standing,
    }
    if side.why:
        line["why"] = [reason.to_dict() for reason in side.why]
    return line | ({"without_coverage": side.without_coverage} if side.without_coverage else {})


def _row_json(found: Beside, row: Row) -> dict[str, Any]:
    cells = {
        side.pack.id: None if cell is None else _cell_json(cell, row.differs)
        for side, cell in zip(found.sides, row.cells, strict=True)
    }
    return {"kind": row.kind, "id": row.id, "label": row.label, "differs": row.differs, "cells": cells}


def _cell_json(cell: Cell, why: bool) -> dict[str, Any]:
    line: dict[str, Any] = {"id": cell.id, "label": cell.label, "clause": cell.clause}
    match cell.result:
        case ClassResult() as one:
            line |= {"value": list(one.value) if isinstance(one.value, tuple) else one.value}
            line |= {"possible": list(one.possible)} if one.possible else {}
        case AwardResult() as one:
            line |= {"status": cell.status, "amount": amount_json(one)}
        case _:
            line |= {"status": cell.status}
    return line | ({"why": [reason.to_dict() for reason in cell.why]} if why else {})


# ------------------------------------------------------------------------------------------ text


def lines(found: Beside, lang: Lang, paint: Paint = PLAIN, columns: int = 80) -> Iterator[str]:
    """The whole, for a terminal of so many columns."""
    return _Text(found, lang, paint, columns).lines()


OVERVIEW: Final = 20
"""Enterprises that an overview names."""


def overview(
    headlines: Mapping[tuple[str, str], Mapping[str, str]],
    packs: Sequence[str],
    lang: Lang,
    paint: Paint = PLAIN,
    columns: int = 80,
) -> Iterator[str]:
    """The enterprises on which several packs do not say the same, a column a pack; (uscc, name) → pack → status."""
    several = {who: said for who, said in headlines.items() if len(said) > 1}
    if not several:
        return
    differing = {who: said for who, said in several.items() if len({*said.values()}) > 1}
    title = "各规则包的结论并列" if lang == "zh" else "the packs side by side"
    aside = f"{len(differing)}/{len(several)}"
    yield from heading(title, paint, aside, columns)
    shown = [pack for pack in packs if any(pack in said for said in several.values())]
    head = [
        Column("企业" if lang == "zh" else "enterprise"),
        *(Column(pack, 14) for pack in shown),
    ]
    rows: list[list[str | tuple[Style, str]]] = [
        [
            name,
            *((status_style(said.get(pack, "")), status_words(said.get(pack, ""), lang)) for pack in shown),
        ]
        for (_, name), said in list(differing.items())[:OVERVIEW]
    ]
    yield from table(head, rows, paint, columns)
    more = len(differing) - OVERVIEW
    if more > 0:
        yield f"… 还有 {more} 家不同" if lang == "zh" else f"... and {more} more that differ"
    reason = (
        "why auto 台账 企业 讲清为什么不同" if lang == "zh" else "why auto LEDGER NAME says why they differ"
    )
    yield paint("dim", reason)


class _Text:
    """A Beside in one language."""

    def __init__(self, found: Beside, lang: Lang, paint: Paint, columns: int) -> None:
        self.found, self.paint, self.columns = found, paint, columns
        self.lang: Lang = lang
        number = len(found.sides)
        self.size = max(4, min(16, (columns * 2 // 3) // number - 2))
        self.short = self.size < (14 if lang == "zh" else 15)
        if self.short:
            self.size = 4

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def lines(self) -> Iterator[str]:
        yield from self.head()
        yield from self.section(self.say("覆盖", "coverage"), ("headline", "coverage"))
        yield from self.section(self.say("分类", "classifications"), ("class",))
        yield from self.section(self.say("奖励、优惠与指导", "awards, preferences and guidance"), ("award",))
        yield from self.alone()
        yield from self.foot()

    # -------------------------------------------------------------------------------- who and what

    def head(self) -> Iterator[str]:
        """Who, when, and each pack with its number and how it stands."""
        one = self.found.sides[0].decision
        yield f"{self.paint('bold', plain(one.name))}  {self.paint('dim', plain(one.uscc))}"
        yield self.say(
            f"判定 {one.year} 年，情况截至 {one.as_of}；{len(self.found.sides)} 个规则包并列",
            f"judged for {one.year}, as known on {one.as_of}; {len(self.found.sides)} packs side by side",
        )
        yield ""
        for number, side in enumerate(self.found.sides, 1):
            yield from self.side(number, side)

    def side(self, number: int, side: Side) -> Iterator[str]:
        """One pack: its number, title and period; why it does not apply, where it does not."""
        info = side.decision.pack
        name = f"{number} {side.place}" if self.lang == "zh" else f"{number} {info.id}"
        title = f"{info.title}（{info.id}）" if self.lang == "zh" else info.title
        first, *rest = wrapped(plain(f"{name}  {title}"), self.columns - 4, "", hang="  ")
        standing = side.standing
        mark = "✓" if standing == "applies" else status_mark(standing)
        style: Style = "good" if standing == "applies" else status_style(standing)
        yield f"  {self.paint(style, mark)} {first}"
        yield from (f"    {line}" for line in rest)
        yield self.paint("dim", f"      {self.standing(side)}")
        story = self.story(side)
        yield from branches(
            [self.test(story, reason) for reason in side.why], self.paint, self.columns, "      "
        )

    def standing(self, side: Side) -> str:
        info, one = side.decision.pack, side.decision
        start, end = info.in_force_from, info.in_force_to
        span = self.say(f"{start} 起施行", f"in force from {start}")
        if end is not None:
            span = self.say(f"{start} 至 {end} 施行", f"in force from {start} to {end}")
        words = {
            "applies": ("适用", "applies"),
            "not_in_force": (f"{one.law_date} 不在施行期", f"not in force on {one.law_date}"),
            "out_of_scope": ("不在辖区", "outside its jurisdiction"),
            "undetermined": ("是否在辖区未定", "jurisdiction undetermined"),
        }[side.standing]
        return f"{span}{self.say('；', '; ')}{self.say(*words)}"

    # -------------------------------------------------------------------------------- rows

    def section(self, title: str, kinds: Sequence[str]) -> Iterator[str]:
        """The rows of some kinds that several packs speak of; under each that differs, why."""
        rows = self.rows(kinds)
        if not rows:
            return
        yield from heading(title, self.paint, self.say("≠ 有不同", "≠ differs"), self.columns)
        yield next(iter(table(self.titles(), (), self.paint, self.columns)))
        for row in rows:
            yield from self.row(row)
        if "headline" in kinds:
            yield from self.without()

    def rows(self, kinds: Sequence[str]) -> list[Row]:
        """The rows of some kinds; a class that one pack alone has stands beside nothing, its awards come later."""
        found = [row for row in self.found.rows if row.kind in kinds]
        return [row for row in found if row.kind in ("headline", "coverage") or row.shared]

    def titles(self) -> list[Column]:
        names = [
            f"{number}" if self.short else f"{number} {side.place if self.lang == 'zh' else side.pack.id}"
            for number, side in enumerate(self.found.sides, 1)
        ]
        return [Column(""), *(Column(name, self.size) for name in names)]

    def row(self, row: Row) -> Iterator[str]:
        """One matter, and where packs differ in it why."""
        yield from self.in_words(row) if self.short and row.kind == "class" else self.in_columns(row)
        if row.differs:
            yield from branches(list(self.why(row)), self.paint, self.columns, "    ")

    def in_words(self, row: Row) -> Iterator[str]:
        """A class where the columns are too narrow for its values."""
        values = [
            f"{number} {self.value(cell)}" for number, cell in enumerate(row.cells, 1) if cell is not None
        ]
        mark = "≠ " if row.differs else "  "
        text = f"{mark}{self.label(row)}{self.say('：', ': ')}{self.say('；', '; ').join(values)}"
        yield from wrapped(plain(text), self.columns, "", hang="    ")

    def in_columns(self, row: Row) -> Iterator[str]:
        """The label and a cell for each pack, the amounts on a line of their own."""
        columns = [column._replace(title="") for column in self.titles()]
        taken = (self.size + 2) * len(self.found.sides)
        mark = "≠ " if row.differs else "  "
        label, *rest = wrapped(plain(self.label(row)), self.columns - taken - 3) or [""]
        for index, text in enumerate([label, *rest]):
            first: tuple[Style, str] = ("bold" if row.differs else "", (mark if index == 0 else "  ") + text)
            cells = [self.cell(cell) for cell in row.cells] if index == 0 else [""] * len(row.cells)
            yield from table(columns, [[first, *cells]], self.paint, self.columns)
        if row.kind == "award" and not self.short and any(self.amount(cell) for cell in row.cells):
            amounts = [self.amount(cell) for cell in row.cells]
            yield from table(
                columns, [[f"    {self.say('金额', 'amount')}", *amounts]], self.paint, self.columns
            )

    def label(self, row: Row) -> str:
        if row.kind == "headline":
            ids = dict.fromkeys(cell.label if self.lang == "zh" else cell.id for cell in row.present)
            name = next(iter(ids)) if len(ids) == 1 else ""
            return self.say("总的结论", "headline") + (f"{self.say('：', ': ')}{name}" if name else "")
        return row.label if self.lang == "zh" else row.id

    def cell(self, cell: Cell | None) -> str | tuple[Style, str]:
        """A mark with its words, or the value of a class; a dash where the document has nothing of the kind."""
        if cell is None:
            return "dim", "—"
        if isinstance(cell.result, ClassResult):
            return "open" if self.open(cell) else "", self.value(cell)
        mark = status_mark(cell.status)
        return status_style(
            cell.status
        ), mark if self.short else f"{mark} {status_words(cell.status, self.lang)}"

    def value(self, cell: Cell) -> str:
        """The class, the classes that may apply after a question mark, or none."""
        words = list(cell.values.values() if self.lang == "zh" else cell.values)
        joined = self.say("、", ", ").join(words) or self.say("无", "none")
        return f"? {joined}" if self.open(cell) else joined

    def open(self, cell: Cell) -> bool:
        return isinstance(cell.result, ClassResult) and bool(cell.result.possible)

    def amount(self, cell: Cell | None) -> str:
        if cell is None or not cell.has_amount:
            return ""
        if cell.amount is None:
            return self.say("未知", UNKNOWN)
        low, high = (format_quantity(end, Type.MONEY, None, self.lang) for end in cell.amount)
        return high if low == high else self.say(f"{low} 至 {high}", f"{low} to {high}")

    def without(self) -> Iterator[str]:
        """Documents that have no coverage of their own, and why."""
        for side in self.found.sides:
            if side.without_coverage:
                text = self.say(
                    f"— {side.place}：没有覆盖要求，{side.without_coverage}",
                    f"— {side.pack.id}: no coverage of its own; {side.without_coverage}",
                )
                yield from (
                    self.paint("dim", line) for line in wrapped(plain(text), self.columns, "  ", hang="    ")
                )

    # -------------------------------------------------------------------------------- why

    def why(self, row: Row) -> Iterator[Tree]:
        """For each side that applies: its name for the matter, and the tests that decided."""
        for number, (side, cell) in enumerate(zip(self.found.sides, row.cells, strict=True), 1):
            if cell is None or side.standing in ("not_in_force", "out_of_scope"):
                continue
            told = self.tests(side, cell)
            if len({other.status for other in row.present}) == 1 and row.kind == "award":
                told = self.amounts(side, cell)
            yield Tree(self.named(number, side, row, cell), "", tuple(told), cell.clause)

    def named(self, number: int, side: Side, row: Row, cell: Cell) -> str:
        """A side, what it calls the matter where the row is called otherwise, and the class that it gives."""
        own, common = (cell.label, row.label) if self.lang == "zh" else (cell.id, row.id)
        parts = [f"{number} {side.place if self.lang == 'zh' else side.pack.id}"]
        parts += [own] if own != common else []
        parts += [self.value(cell)] if row.kind == "class" else []
        return self.say("：", ": ").join(parts)

    def tests(self, side: Side, cell: Cell) -> Iterator[Tree]:
        story = self.story(side)
        for reason in cell.why[:TESTS_SHOWN]:
            yield self.test(story, reason)
        if len(cell.why) > TESTS_SHOWN:
            yield Tree(self.say(f"……共 {len(cell.why)} 项测试", f"... {len(cell.why)} tests in all"), "dim")
        if cell.status == "not_in_force":
            yield Tree(self.say("这一项不在施行期", "this item is not in force"), "dim")

    def amounts(self, side: Side, cell: Cell) -> Iterator[Tree]:
        """How an amount is reckoned, for a row in which nothing else differs."""
        rule = cell.result.rule.amount if isinstance(cell.result, AwardResult) else None
        if rule is not None and cell.has_amount:
            reason = side.decision.reason(rule.high)
            reason = reason.parts[0] if reason.kind == "rounded" else reason
            text = f"{self.say('金额：', 'amount: ')}{self.amount(cell)}"
            yield Tree(text, "", self.story(side).tree(reason).branches[:PARTS_SHOWN], reason.clause)

    def test(self, story: Story, reason: Reason) -> Tree:
        tree = story.tree(reason)
        return tree._replace(branches=tree.branches[:PARTS_SHOWN])

    def story(self, side: Side) -> Story:
        return Story(side.decision, side.pack, self.lang, self.paint, self.columns)

    # -------------------------------------------------------------------------------- the rest

    def alone(self) -> Iterator[str]:
        """Awards that one pack alone knows: how many, and which of them may be had."""
        found = [(side, *self.own(at)) for at, side in enumerate(self.found.sides)]
        if not any(every for _, every, _ in found):
            return
        yield from heading(self.say("只有一份文件有的奖励", "awards of one document alone"), self.paint)
        for number, (side, every, good) in enumerate(found, 1):
            if not every:
                continue
            name = f"{number} {side.place if self.lang == 'zh' else side.pack.id}"
            text = self.say(
                f"{name}：{every} 项，可享受 {len(good)} 项",
                f"{name}: {every}, of which {len(good)} may be had",
            )
            names = self.say("、", ", ").join(cell.label if self.lang == "zh" else cell.id for cell in good)
            yield from wrapped(
                plain(text + (f"{self.say('：', ': ')}{names}" if names else "")),
                self.columns,
                "  ",
                hang="    ",
            )

    def own(self, at: int) -> tuple[int, list[Cell]]:
        """The awards of one side alone: their number, and those that may be had."""
        cells = [
            row.cells[at]
            for row in self.found.rows
            if row.kind == "award" and not row.shared and row.cells[at]
        ]
        every = [cell for cell in cells if cell is not None]
        return len(every), [cell for cell in every if cell.status in GOOD]

    def foot(self) -> Iterator[str]:
        number = len(self.found.differences)
        yield ""
        text = self.say(
            f"{number} 处不同" if number else "没有不同",
            f"rows that differ: {number}" if number else "nothing differs",
        )
        yield self.paint("bold", text)


__all__ = ["Beside", "Cell", "Row", "Side", "beside", "considered", "lines", "to_json"]
