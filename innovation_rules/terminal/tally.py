"""Show many decisions: a row for each enterprise, and a summary by status, county, category, award and gap.

`cli decide` prints it. Rows are written as decisions come; only counts are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from innovation_rules.decision import Decision
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import Lang
from innovation_rules.fields import region_name
from innovation_rules.pack import Pack
from innovation_rules.program import Program
from innovation_rules.quantities import Type, format_quantity
from innovation_rules.terminal.render import (
    PLAIN,
    Column,
    Paint,
    Style,
    bar,
    fit,
    heading,
    pad,
    plain,
    table,
    wrapped,
)
from innovation_rules.terminal.wording import (
    BAD,
    GOOD,
    OPEN,
    ORDER,
    category_words,
    fact_words,
    status_mark,
    status_style,
    status_words,
)

_MOST_GAPS: Final = 8
_MARKS: Final = {"active": "✓", "inactive": "-", "undetermined": "?"}


@dataclass
class Tally:
    """The decisions of one pack for one year, counted as they are shown."""

    pack: Pack
    lang: Lang
    paint: Paint = PLAIN
    columns: int = 80
    count: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    counties: dict[str, Counter[str]] = field(default_factory=dict)
    profile: dict[str, Counter[str]] = field(default_factory=dict)
    layers: dict[str, Counter[str]] = field(default_factory=dict)
    classes: dict[str, Counter[str]] = field(default_factory=dict)
    awards: dict[str, Counter[str]] = field(default_factory=dict)
    amounts: dict[str, list[int]] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)
    coverages: dict[str, Counter[str]] = field(default_factory=dict)
    program: Program | None = None

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    # ------------------------------------------------------------------------------------------- counting

    def add(self, one: Decision, gaps: bool = True) -> None:
        """Count a decision."""
        self.count += 1
        self.program = one.program
        headline = one.coverage.status if one.coverage else ""
        self.statuses[headline] += 1
        subject = one.subject
        county = subject.region or "" if isinstance(subject, Enterprise) else ""
        self.counties.setdefault(county, Counter())[headline] += 1
        for kept, found in ((self.profile, one.profile), (self.layers, one.layers)):
            for id, status in found.items():
                kept.setdefault(id, Counter())[status] += 1
        for id, value in one.classes.items():
            values = value if isinstance(value, tuple) else (value,)
            self.classes.setdefault(id, Counter()).update(values)
        for id, coverage in one.coverages.items():
            self.coverages.setdefault(id, Counter())[coverage.status] += 1
        for id, award in one.awards.items():
            self.awards.setdefault(id, Counter())[award.status] += 1
            if award.status in GOOD and award.amount is not None:
                total = self.amounts.setdefault(id, [0, 0])
                total[0] += int(award.amount.low)
                total[1] += int(award.amount.high)
        if gaps:
            self.missing.update(_general(name) for name in one.missing)

    # ------------------------------------------------------------------------------------------- rows

    def head(self, one: Decision) -> Iterator[str]:
        """What decides, and the headings of the rows."""
        yield from self.title(one)
        if one.program.profile:
            names = "、".join(category_words(rule.id, self.lang) for rule in one.program.profile)
            if self.lang == "en":
                names = ", ".join(rule.id for rule in one.program.profile)
            text = self.say(
                f"活动一栏依次为：{names}（✓ 有，- 无，? 未定）",
                f"activity, in order: {names} (✓ yes, - no, ? open)",
            )
            yield from (self.paint("dim", line) for line in wrapped(text, self.columns))
        yield ""
        yield next(iter(table(self._columns(one), (), self.paint, self.columns)))

    def title(self, one: Decision) -> Iterator[str]:
        """The pack, the year and the dates."""
        text = plain(
            f"{one.pack.title}（{one.pack.id}）" if self.lang == "zh" else f"{one.pack.id}: {one.pack.title}"
        )
        yield from (self.paint("bold", line) for line in wrapped(text, self.columns))
        yield self.say(
            f"判定 {one.year} 年，情况截至 {one.as_of}，适用 {one.law_date} 的规定",
            f"judged for {one.year}, as known on {one.as_of}, by the law of {one.law_date}",
        )

    def row(self, one: Decision) -> str:
        """One enterprise in one line."""
        cells: list[str | tuple[Style, str]] = [one.name, ("dim", one.uscc)]
        if one.coverage:
            status = one.coverage.status
            cells.append((status_style(status), f"{status_mark(status)} {status_words(status, self.lang)}"))
        if one.program.profile:
            cells.append("".join(_MARKS.get(status, "?") for status in one.profile.values()))
        awards = Counter(award.status for award in one.awards.values())
        cells.append(str(sum(awards[status] for status in GOOD)))
        cells.append(str(sum(awards[status] for status in OPEN)))
        cells.append(str(len(one.missing) or ""))
        return list(
            table(
                [column._replace(title="") for column in self._columns(one)],
                [cells],
                Paint(self.paint.color),
                self.columns,
            )
        )[-1]

    def _columns(self, one: Decision) -> list[Column]:
        columns = [
            Column(self.say("企业", "enterprise")),
            Column(self.say("统一社会信用代码", "credit code"), 18),
        ]
        if one.coverage:
            columns.append(Column(self.say("结论", "decision"), 10 if self.lang == "zh" else 14))
        if one.program.profile:
            columns.append(
                Column(
                    self.say("活动", "activity"), max(len(one.program.profile), 4 if self.lang == "zh" else 8)
                )
            )
        columns.append(Column(self.say("可享", "yes"), 4, right=True))
        columns.append(Column(self.say("待定", "open"), 4, right=True))
        columns.append(Column(self.say("缺项", "gaps"), 4, right=True))
        return columns

    # ------------------------------------------------------------------------------------------- summary

    def summary(self) -> Iterator[str]:
        """The whole by status, then by county, category, class, award and gap."""
        if self.program is None:
            return
        for rule in self.program.coverages:
            yield from self._coverage(rule.id, rule.label, rule.clause)
        yield from self._counties()
        yield from self._profile()
        yield from self._classes()
        yield from self._awards()
        yield from self._gaps()

    def _coverage(self, id: str, label: str, clause: str) -> Iterator[str]:
        found = self.coverages.get(id, Counter())
        title = label if self.lang == "zh" else id
        yield from heading(plain(title), self.paint, plain(clause), self.columns)
        for status in ORDER:
            if found[status]:
                name = pad(status_words(status, self.lang), 14)
                share = found[status] / self.count
                mark = self.paint(status_style(status), f"{status_mark(status)} {name}")
                line = f"  {mark}{found[status]:>8,}  {share:6.1%}  {self.paint(status_style(status), bar(share, self.columns - 40))}"
                yield line.rstrip()
        yield from self._share(found)

    def _share(self, found: Mapping[str, int]) -> Iterator[str]:
        """The covered among those in scope; while some are open, from the lowest to the highest it can be."""
        covered, open_ = found.get("covered", 0), found.get("undetermined", 0)
        whole = covered + open_ + found.get("not_covered", 0)
        if not whole:
            return
        low, high = f"{covered / whole:.1%}", f"{(covered + open_) / whole:.1%}"
        if open_:
            text = self.say(
                f"覆盖率 {low} 至 {high}（应覆盖至多 {whole:,} 家，其中 {open_:,} 家待定）",
                f"coverage {low} to {high} (at most {whole:,} in scope, {open_:,} of them undetermined)",
            )
        else:
            text = self.say(f"覆盖率 {low}（应覆盖 {whole:,} 家）", f"coverage {low} ({whole:,} in scope)")
        yield f"  {self.paint('bold', text)}"

    def _counties(self) -> Iterator[str]:
        if len(self.counties) < 2 or not any(self.statuses[status] for status in ORDER):
            return
        yield from heading(self.say("各县区", "by county"), self.paint)
        shown = [status for status in ORDER if self.statuses[status]]
        size = 10 if self.lang == "zh" else 13
        head = [Column(""), *(Column(status_words(status, self.lang), size, right=True) for status in shown)]
        rows = [
            ["  " + self._county(code), *((str(found[status]) if found[status] else "·") for status in shown)]
            for code, found in sorted(self.counties.items())
        ]
        yield from table(
            [head[0]._replace(size=self.columns - (size + 2) * len(shown) - 2), *head[1:]],
            rows,
            self.paint,
            self.columns,
        )

    def _county(self, code: str) -> str:
        if not code:
            return self.say("（区划未知）", "(region unknown)")
        return f"{code} {region_name(code) or ''}"

    def _profile(self) -> Iterator[str]:
        if self.program is None or not self.program.profile:
            return
        yield from heading(self.say("六个方面", "the six categories"), self.paint)
        size = 24
        head = [Column("", size), *(Column(word, 8, right=True) for word in self._states())]
        rules = [(rule.id, category_words(rule.id, self.lang), self.profile) for rule in self.program.profile]
        rules += [
            (rule.id, rule.label if self.lang == "zh" else rule.id, self.layers)
            for rule in self.program.layers
        ]
        rows = [
            [f"  {name}", *(str(kept[id][status]) for status in ("active", "inactive", "undetermined"))]
            for id, name, kept in rules
            if id in kept
        ]
        yield from table(head, rows, self.paint, self.columns)

    def _states(self) -> Sequence[str]:
        return (
            [status_words(status, self.lang) for status in ("active", "inactive", "undetermined")]
            if self.lang == "zh"
            else ["yes", "no", "open"]
        )

    def _classes(self) -> Iterator[str]:
        if self.program is None or not self.classes:
            return
        yield from heading(self.say("分类", "classifications"), self.paint)
        for rule in self.program.classes:
            found = self.classes.get(rule.id)
            if found is None:
                continue
            labels = (
                {choice.id: choice.label or choice.id for choice in rule.values} if self.lang == "zh" else {}
            )
            labels["undetermined"] = status_words("undetermined", self.lang)
            order = [choice.id for choice in rule.values]
            values = sorted(found, key=lambda id: order.index(id) if id in order else len(order))
            text = "  ".join(
                f"{labels.get(value, value)} {found[value]:,}" for value in dict.fromkeys(values)
            )
            name = rule.label if self.lang == "zh" else rule.id
            yield from wrapped(
                plain(f"{name}{self.say('：', ': ')}{text}"), self.columns, "  ", hang="      "
            )

    def _awards(self) -> Iterator[str]:
        if self.program is None or not self.awards:
            return
        yield from heading(
            self.say("奖励、优惠与指导（家）", "awards, preferences and guidance (enterprises)"), self.paint
        )
        head = [
            Column(""),
            Column(self.say("可享受", "yes"), 6, right=True),
            Column(self.say("待定", "open"), 6, right=True),
            Column(self.say("不可", "no"), 6, right=True),
            Column(self.say("可享受金额", "amount"), 14, right=True),
        ]
        if not self.amounts:
            head.pop()
        yield from table(
            head, [self._award(rule.id, rule.label) for rule in self.program.awards], self.paint, self.columns
        )

    def _award(self, id: str, label: str) -> list[str | tuple[Style, str]]:
        found = self.awards.get(id, Counter())
        numbers: list[str | tuple[Style, str]] = []
        for statuses in (GOOD, OPEN, BAD):
            number = sum(found[status] for status in statuses)
            numbers.append(f"{number:,}" if number else ("dim", "·"))
        amounts: list[str | tuple[Style, str]] = [self._amount(id)] if self.amounts else []
        return [f"  {label if self.lang == 'zh' else id}", *numbers, *amounts]

    def _amount(self, id: str) -> str:
        if id not in self.amounts:
            return ""
        low, high = (format_quantity(end, Type.MONEY, None, self.lang) for end in self.amounts[id])
        return high if low == high else self.say(f"至多 {high}", f"up to {high}")

    def _gaps(self) -> Iterator[str]:
        if not self.missing or self.program is None:
            return
        yield from heading(
            self.say("最常缺的数据（补上可能改变结果）", "most often missing (each may change something)"),
            self.paint,
        )
        most = self.missing.most_common(_MOST_GAPS)
        for name, number in most:
            words = fact_words(name, self.program, self.pack, None, self.lang)
            home = self.say(f"{number:,} 家", f"{number:,}")
            yield f"  {pad(fit(plain(words), self.columns - 16), self.columns - 14)}{pad(home, 12, right=True)}"
        more = len(self.missing) - len(most)
        if more:
            yield self.paint("dim", self.say(f"  另有 {more} 项", f"  and {more} more"))


def _general(name: str) -> str:
    """The same field of any activity counts as one gap."""
    head, bracket, rest = name.partition("[")
    return (
        f"{head}[*].{rest.partition('.')[2]}"
        if bracket and head in ("activities", "qualifications")
        else name
    )


def to_json(tally: Tally) -> dict[str, Any]:
    """The summary as plain data."""
    return {
        "pack": tally.pack.id,
        "enterprises": tally.count,
        "coverages": {id: dict(found) for id, found in tally.coverages.items()},
        "counties": {code or "unknown": dict(found) for code, found in sorted(tally.counties.items())},
        "profile": {id: dict(found) for id, found in tally.profile.items()},
        "layers": {id: dict(found) for id, found in tally.layers.items()},
        "classes": {id: dict(found) for id, found in tally.classes.items()},
        "awards": {id: dict(found) for id, found in tally.awards.items()},
        "missing": dict(tally.missing.most_common()),
    }
