"""Lay a pack out as a page in Chinese that the officer in charge can hold against the document: Markdown text.

`docs/generate.py` writes the page of every pack to `docs/packs/`. The sentences come from `prose`, the totals from
`clauses`; a page says nothing that changes with layout or digests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any, Final

from innovation_rules.facts import CATEGORIES
from innovation_rules.pack import clauses
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Entry, Linked, declarations
from innovation_rules.pack.prose import Prose, Said, asked_of, day, history, span, values_of

FOLDER: Final = "docs/packs"
KINDS_OF_CLAUSE: Final = {
    "activity_kind": "活动种类",
    "definition": "定义",
    "enterprise_condition": "企业条件",
    "enterprise_eligibility": "企业待遇",
    "legal_basis": "上位依据",
    "priority_treatment": "优先",
    "process_step": "工作程序",
    "qualitative_target": "定性目标",
    "region_numeric_target": "数字目标",
    "reporting_deadline": "报告期限",
    "responsible": "责任单位",
    "text_fault": "文字差错",
}
"""What the account's kinds of clause are called; another is shown as it is written."""

_SPECIAL: Final = re.compile(r"([\\`*_<>\[\]|~#])")


def write(linked: Sequence[Linked]) -> dict[str, str]:
    """The page of every pack, and the list of them, by path."""
    others = {str(one.pack.pack): one for one in linked}
    found = {f"{FOLDER}/{name}.md": page(one, others) for name, one in others.items()}
    return {f"{FOLDER}/README.md": contents(linked), **found}


def page(linked: Linked, others: Mapping[str, Linked] | None = None) -> str:
    """One pack's page. `others` are the packs that it may speak of, by name, and link to."""
    return "\n".join(Page(linked, others or {}).lines()).rstrip() + "\n"


def contents(linked: Sequence[Linked]) -> str:
    """The list of all packs."""
    lines = ["# 规则包", "", WRITTEN, ""]
    head = ("规则包", "文件", "辖区", "施行", "覆盖", "奖励优惠", "目标", "条款(已编码/共)")
    lines += table(head, (_listed(one) for one in linked))
    return "\n".join(lines) + "\n"


def _listed(linked: Linked) -> tuple[object, ...]:
    pack = linked.pack
    read = clauses.find(linked)
    account = None if read is None else clauses.account(read.ledger)
    name = str(pack.pack)
    return (
        f"[{escaped(name)}]({name}.md)",
        escaped(pack.title),
        escaped(_area(pack.jurisdiction)),
        span(pack.in_force),
        *(len(linked.own(section)) for section in ("coverages", "awards", "targets")),
        "—" if account is None else f"{account.encoded}/{account.total}",
    )


# ------------------------------------------------------------------------------------------ Markdown

WRITTEN: Final = "<!-- 由 docs/generate.py 依 policies/ 生成：改规则包，再运行 `make docs` -->"


def escaped(text: object) -> str:
    """A text that Markdown takes as it is."""
    return _SPECIAL.sub(r"\\\1", str(text)).replace("\n", " ")


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """A table; its cells are Markdown already. Nothing where there is no row."""
    titles = list(head)
    body = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return [f"| {' | '.join(titles)} |", "|" + "---|" * len(titles), *body] if body else []


def bullets(outline: Iterable[tuple[int, str]], depth: int = 0) -> list[str]:
    """A nested list."""
    return [f"{'  ' * (depth + at)}- {escaped(text)}" for at, text in outline]


def _area(area: g.Jurisdiction) -> str:
    return "，".join(one for one in (area.name, area.zone, area.within) if one)


# ------------------------------------------------------------------------------------------ the page


@dataclass(frozen=True)
class Page:
    """A page in the making."""

    linked: Linked
    others: Mapping[str, Linked]

    @cached_property
    def prose(self) -> Prose:
        return Prose(self.linked)

    @property
    def pack(self) -> g.Pack:
        return self.linked.pack

    def lines(self) -> Iterator[str]:
        """The page, a section at a time; a section without content is left out."""
        yield from (f"# {escaped(self.pack.title)}", "", WRITTEN, "")
        yield from self.head()
        for title, body in self.sections():
            lines = "\n".join(body()).strip("\n")
            if lines:
                yield from ("", f"## {title}", "", lines)

    def sections(self) -> tuple[tuple[str, Callable[[], Iterator[str]]], ...]:
        """The sections in order."""
        return (
            ("判定什么", self.figures),
            ("怎样读这一页", self.conventions),
            ("覆盖", self.coverages),
            ("六个方面", self.profile),
            ("分类", self.classes),
            ("奖励、优惠与指导", self.awards),
            ("地区目标", self.targets),
            ("时限与报送", self.schedule),
            ("应当成立的性质", self.properties),
            ("本包的定义", self.facts),
            ("沿用的定义", self.inherited),
            ("参数", self.parameters),
            ("要另外提供的情况", self.inputs),
            ("资质种类", self.qualifications),
            ("活动种类", self.kinds),
            ("解读", self.interpretations),
            ("读文件时的发现", self.notes),
            ("与上级文件的关系", self.implements),
            ("条款账", self.account),
            ("没有编码的条款", self.not_encoded),
        )

    # -------------------------------------------------------------------------------- the head

    def head(self) -> Iterator[str]:
        """Document, jurisdiction, period."""
        yield from table(("", ""), ((name, text) for name, text in self._head() if text))

    def _head(self) -> Iterator[tuple[str, str]]:
        pack, document = self.pack, self.pack.document
        yield "规则包", f"{escaped(pack.pack)}，版本 {escaped(pack.version)}"
        if document is not None:
            yield "文号", escaped(document.number)
            yield "发文机关", escaped(document.issuer)
            yield "成文日期", day(document.issued) if document.issued else ""
        yield "辖区", escaped(_area(pack.jurisdiction))
        yield "施行", span(pack.in_force) + ("" if pack.in_force.to else "，没有写明废止")
        for name, period in pack.periods.items():
            yield escaped(_period_name(name, period)), span(period)
        yield "沿用定义", "、".join(self._link(name) for name in pack.extends)
        yield "落实", "、".join(self._link(name) for name in pack.implements)

    def _link(self, name: str) -> str:
        other = self.others.get(str(name))
        return escaped(name) if other is None else f"[{escaped(other.pack.title)}]({name}.md)"

    def figures(self) -> Iterator[str]:
        """What is decided, in figures."""
        yield "对一家企业："
        yield ""
        coverages = self.linked.own("coverages")
        if coverages:
            names = "、".join(escaped(one.item.label) for one in coverages)
            yield f"- 覆盖 {len(coverages)} 项：{names}"
        else:
            yield f"- 覆盖：没有。{escaped(_no_coverage(self.pack))}"
        if self._profiled:
            total = sum(map(len, self.pack.activity_kinds.values()))
            yield f"- 六个方面的活动有无：本包列出 {total} 种活动"
        yield from self._counted("classes", "分类 {} 项")
        awards = self.linked.own("awards")
        if awards:
            counts = Counter(self._award_kind(one.item) for one in awards)
            kinds = "、".join(f"{kind.zh} {counts[kind]}" for kind in g.AwardKind if counts[kind])
            yield f"- 奖励、优惠与指导 {len(awards)} 项：{kinds}"
        if not (self.linked.own("targets") or self.pack.schedule):
            return
        yield from ("", "对一个地区：", "")
        targets = self.linked.own("targets")
        if targets:
            firm = sum(one.item.binding is g.Binding.FIRM for one in targets)
            yield f"- 目标 {len(targets)} 项：约束性 {firm}、力争 {len(targets) - firm}"
        yield from self._counted("schedule", "时限与报送 {} 项")

    def _counted(self, section: str, words: str) -> Iterator[str]:
        entries = self.linked.own(section)
        if entries:
            yield f"- {words.format(len(entries))}"

    def conventions(self) -> Iterator[str]:
        """How the sentences are meant."""
        yield "- “不低于”“不超过”“及以上”“及以下”含本数；“超过”“低于”不含本数。"
        yield "- “，且”“，或”连接条件，同一层只用一种；里层的条件放在（）里。〔〕里是一份名单。"
        yield "- “当年”是判定的年度。只发生一次的活动(事件)算在开始那年，持续的活动(状态)算在存续的每一年；“截至判定日”的状态须在判定日仍存续。"
        yield "- 没有写状态的活动，未通过和已撤销的不算，其余都算；资质“有效”是判定日已认定而未过期。"
        yield "- 没有填报的情况是未知，不是零，也不是没有；结果随之待定。"
        yield "- 各项只对辖区内的企业判定，句子里不再重复。"

    # -------------------------------------------------------------------------------- rules

    def rule(self, entry: Entry, said: Said | None, line: str, mark: str = "") -> Iterator[str]:
        """A rule: its name and clause, its line or, where long, its list; then what else is said of it."""
        head = f"- **{escaped(entry.item.label)}**{mark}{self._clause(entry)}："
        if said is not None and said.long:
            yield head
            yield from bullets(said.outline(), 1)
        else:
            yield f"{head}{escaped(line)}{self._see(entry)}"
            return
        if self._see(entry):
            yield f"  - {self._see(entry).strip()}"

    def _clause(self, entry: Entry) -> str:
        clause = sources_of(entry.item)
        word = "条款 " if clause[:1].isascii() and clause[:1].isdigit() else ""
        return f"（{word}{escaped(clause)}）" if clause else ""

    def _see(self, entry: Entry) -> str:
        number = self._numbers.get((entry.section, entry.id))
        return f" [解读{number}](#解读)" if number else ""

    def _named(self, entry: Entry) -> str:
        """An item's name in a table, with what the table has no column for."""
        item = entry.item
        aside = ["未核实"] if not item.verified else []
        aside += [item.note] if item.note else []
        return escaped(item.label + (f"（{'；'.join(aside)}）" if aside else "")) + self._see(entry)

    def more(self, entry: Entry, *extra: str) -> Iterator[str]:
        """What else an item carries: responsibility, notes, doubts."""
        item = entry.item
        yield from (f"  - {escaped(one)}" for one in extra if one)
        if item.responsible:
            yield f"  - 责任单位：{escaped('、'.join(item.responsible))}"
        if not item.verified:
            yield "  - 未对照公开文本核实"
        if item.note:
            yield f"  - 备注：{escaped(item.note)}"

    def coverages(self) -> Iterator[str]:
        """Each coverage: who is in scope, when one is covered."""
        if isinstance(self.pack.coverages, g.NoCoverage):
            yield f"没有。{escaped(_no_coverage(self.pack))}"
            return
        for entry in self.linked.own("coverages"):
            item: g.Coverage = entry.item
            covered = self.prose.condition(item.covered_when)
            yield f"- **{escaped(item.label)}**{self._clause(entry)}{self._see(entry)}"
            yield from self._part("应当覆盖的", self.prose.scope(item))
            yield from self._part("算已覆盖的", covered)
            yield from self.more(entry)

    def _part(self, name: str, said: Said) -> Iterator[str]:
        if said.long:
            yield f"  - {name}："
            yield from bullets(said.outline(), 2)
        else:
            yield f"  - {name}：{escaped(said.line())}"

    def profile(self) -> Iterator[str]:
        """When each category counts as active, and the layers over them."""
        if not self._profiled:
            return
        layers = {
            category: entry.item.label
            for entry in self.linked.own("layers")
            for category in map(str, entry.item.of)
        }
        head = ("方面", "层次", "当年有活动的条件") if layers else ("方面", "当年有活动的条件")
        rows = []
        for name, label in CATEGORIES.items():
            said = escaped(self.prose.category(name).line())
            rows.append((label, escaped(layers.get(name, "")), said) if layers else (label, said))
        yield from table(head, rows)
        cited = [one for one in self.linked.own("layers") if one.item.source or self._see(one)]
        yield from ("", *(f"- {escaped(one.item.label)}{self._clause(one)}{self._see(one)}" for one in cited))

    @property
    def _profiled(self) -> bool:
        """Activity is this pack's matter: it says when a category is active, or lists kinds of several."""
        return bool(self.pack.profile or self.pack.layers or len(self.pack.activity_kinds) > 1)

    def classes(self) -> Iterator[str]:
        """Each classification as a table of its rows."""
        for entry in self.linked.own("classes"):
            yield from self._class(entry)
        reported = [self.linked.find("classes", name) for name in self.pack.reports]
        names = "、".join(escaped(one.item.label) for one in reported if one is not None)
        if names:
            yield f"一并报告沿用的分类：{names}。"

    def _class(self, entry: Entry) -> Iterator[str]:
        item: g.Classification = entry.item
        yield f"### {escaped(item.label)}{self._clause(entry)}"
        yield ""
        yield ("各行可同时成立。" if item.many else "自上而下取第一个成立的一行。") + self._see(entry)
        yield ""
        rows = zip(self.prose.rows(item.rows), item.rows, strict=True)
        yield from table(("结果", "条件"), ((escaped(name), _row(said, row)) for (name, said), row in rows))
        yield ""
        if item.responsible:
            yield from (f"责任单位：{escaped('、'.join(item.responsible))}", "")
        if item.note:
            yield from (f"备注：{escaped(item.note)}", "")

    # -------------------------------------------------------------------------------- awards

    def awards(self) -> Iterator[str]:
        """The awards by kind."""
        groups: dict[g.AwardKind, list[Entry]] = {}
        for entry in self.linked.own("awards"):
            groups.setdefault(self._award_kind(entry.item), []).append(entry)
        for kind in g.AwardKind:
            if kind in groups:
                yield from (f"### {kind.zh}（{len(groups[kind])}项）", "")
                for entry in groups[kind]:
                    yield from self._award(entry)
                yield ""

    def _award_kind(self, award: g.Award) -> g.AwardKind:
        higher = self.prose.granted(award)
        if higher is not None and "kind" not in award.model_fields_set:
            return higher.item.kind  # type: ignore[no-any-return]
        return award.kind

    def _award(self, entry: Entry) -> Iterator[str]:
        item: g.Award = entry.item
        plain = item.unless is None and not item.beneficiary
        said = self.prose.entitled(item) if plain else None
        yield from self.rule(entry, said, self.prose.award(item), _marks(item))
        yield from self.more(entry, *self._granted(item), *self._details(item))

    def _granted(self, item: g.Award) -> Iterator[str]:
        higher = self.prose.granted(item)
        if higher is None:
            return
        clause = sources_of(higher.item)
        doubt = "" if higher.item.verified else "；它未对照公开文本核实"
        yield f"落实：{higher.owner.title}的“{higher.item.label}”（{clause}），条件和数额以它为准{doubt}"
        if item.quoted:
            yield f"文件印出的数字：{item.quoted}，只作记录，不据以计算"

    def _details(self, item: g.Award) -> Iterator[str]:
        amount = self.prose.amount(item)
        if amount:
            yield f"金额：{amount}"
        if item.granted_by:
            yield f"实施：{'、'.join(item.granted_by)}"
        if item.funded_by:
            yield f"资金：{'、'.join(item.funded_by)}"
        if item.paid_to is g.PaidTo.STAFF:
            yield "给企业的人员，按企业的情况判定"
        if item.in_force is not None:
            yield f"有效期：{span(item.in_force)}"

    # -------------------------------------------------------------------------------- targets, schedule

    def targets(self) -> Iterator[str]:
        """Each target in a line."""
        for entry in self.linked.own("targets"):
            mark = f"〔{entry.item.binding.zh}〕"
            yield from self.rule(entry, None, self.prose.target(entry.item), mark)
            yield from self.more(entry)

    def schedule(self) -> Iterator[str]:
        """Deadlines and reports in a table."""
        rows = []
        for entry in self.linked.own("schedule"):
            item: g.Duty = entry.item
            cells = (
                self.prose.when(item),
                "、".join(item.to),
                "、".join(item.responsible),
                sources_of(item),
            )
            rows.append((self._named(entry), *map(escaped, cells)))
        yield from table(("事项", "时限", "报送", "责任单位", "条款"), rows)

    def properties(self) -> Iterator[str]:
        """What must hold of every enterprise; it decides nothing."""
        entries = self.linked.own("properties")
        if entries:
            yield from ("对任何企业都应成立，供核查，不参与判定。", "")
        for entry in entries:
            yield from self.rule(entry, None, self.prose.property(entry.item))
            yield from self.more(entry)

    # -------------------------------------------------------------------------------- definitions

    def facts(self) -> Iterator[str]:
        """What the pack's own derived facts mean."""
        for entry in self.linked.own("facts"):
            said = self.prose.fact(entry.item)
            yield from self.rule(entry, said, said.line())
            yield from self.more(entry)

    def inherited(self) -> Iterator[str]:
        """What the inherited facts and classes mean that the pack uses, directly or through others."""
        for entry in self._used:
            if entry.section in ("facts", "classes"):
                doubt = "" if entry.item.verified else "（未核实）"
                line = escaped(self.prose.entry(entry) + doubt)
                yield f"- **{escaped(entry.item.label)}**{self._clause(entry)}：{line}"
        if self._used:
            owners = dict.fromkeys(str(entry.owner.pack) for entry in self._used)
            yield ""
            yield f"出自{'、'.join(self._link(name) for name in owners)}；那里有解读和全部定义。"

    @cached_property
    def _used(self) -> list[Entry]:
        """Inherited entries that the pack reaches, in the order in which they were declared."""
        reached: dict[tuple[str, str], Entry] = {}
        waiting: list[Any] = [self.pack]
        while waiting:
            for name in _names_in(waiting.pop()):
                for entry in self._definitions(name):
                    key = entry.section, entry.id
                    if entry.owner is not self.pack and key not in reached:
                        reached[key] = entry
                        waiting.append(entry.item)
        order = [(one.section, one.id) for one in self.linked.declared()]
        return sorted(reached.values(), key=lambda one: order.index((one.section, one.id)))

    def _definitions(self, name: str) -> Iterator[Entry]:
        sections = ("facts", "classes", "parameters", "inputs")
        found = [self.linked.find(section, name) for section in sections]
        pack, dot, award = name.rpartition(".")
        if dot:
            found.append(self.linked.granted(pack, award))
        yield from (one for one in found if one is not None)

    def parameters(self) -> Iterator[str]:
        """Figures with a name: the present value and those before."""
        entries = [
            *self.linked.own("parameters"),
            *(one for one in self._used if one.section == "parameters"),
        ]
        rows = []
        for entry in entries:
            item: g.Parameter = entry.item
            doubt = "" if item.verified else "（未核实）"
            cells = (item.label, history(item) + doubt, sources_of(item), item.note)
            rows.append(tuple(map(escaped, cells)))
        yield from table(("参数", "取值，现行在前", "依据", "备注"), rows)

    def inputs(self) -> Iterator[str]:
        """What must be told besides the reports, with who says so."""
        entries = [*self.linked.own("inputs"), *(one for one in self._used if one.section == "inputs")]
        rows = []
        for entry in entries:
            item: g.Input = entry.item
            found = item.found_by.zh + "认定" if item.found_by else ""
            whose = f"{item.of.zh}（{item.at_.zh}）" if item.at_ else item.of.zh
            cells = (whose, values_of(item), found, sources_of(item))
            rows.append((self._named(entry), *map(escaped, cells)))
        yield from table(("情况", "谁的", "填什么", "由谁认定", "条款"), rows)

    def qualifications(self) -> Iterator[str]:
        """The kinds of qualification that the pack names."""
        entries = self.linked.own("qualification_kinds")
        rows = ((self._named(one), escaped(sources_of(one.item))) for one in entries)
        yield from table(("资质", "条款"), rows)

    def kinds(self) -> Iterator[str]:
        """The kinds of activity by category."""
        for category, kinds in self.pack.activity_kinds.items():
            yield from (f"### {CATEGORIES[str(category)]}（{len(kinds)}种）", "")
            rows = (self._kind(str(name), item) for name, item in kinds.items())
            yield from table(("种类", "算在", "计量", "要求", "条款"), rows)
            yield ""

    def _kind(self, name: str, item: g.ActivityKind) -> tuple[str, ...]:
        entry = self.linked.kind(name)
        assert entry is not None
        when = "开始那年" if item.lasts is g.Lasts.EVENT else "存续各年"
        cells = (when, item.quantity, "；".join(asked_of(item)), sources_of(item))
        return (self._named(entry), *map(escaped, cells))

    # -------------------------------------------------------------------------------- readings

    @cached_property
    def _interpreted(self) -> list[Entry]:
        return [one for one in declarations(self.pack) if getattr(one.item, "interpretation", None)]

    @cached_property
    def _numbers(self) -> dict[tuple[str, str], int]:
        return {(one.section, one.id): at for at, one in enumerate(self._interpreted, 1)}

    def interpretations(self) -> Iterator[str]:
        """Every reading that the text allows but does not force."""
        if self._interpreted:
            yield "条文没有说死的地方，本库采用的读法、理由，以及没有采用的读法。"
            yield ""
        rows = []
        for at, entry in enumerate(self._interpreted, 1):
            read: g.Interpretation = entry.item.interpretation
            others = "；".join(read.alternatives)
            cells = (entry.item.label, sources_of(entry.item), read.reading, read.because, others)
            rows.append((str(at), *map(escaped, cells)))
        yield from table(("", "事项", "条款", "采用的读法", "理由", "没有采用的读法"), rows)

    def notes(self) -> Iterator[str]:
        """What a careful reader found."""
        for note in self.pack.notes:
            yield f"- {escaped(note.text)}（{escaped('；'.join(note.clauses))}）"

    def implements(self) -> Iterator[str]:
        """How this document carries out a higher one, and where it departs."""
        for name, item in self.pack.implements.items():
            higher = self.others.get(str(name))
            yield from (f"### {self._link(name)}", "")
            yield from table(("上级的项目", "本文件的项目"), self._carried(item, higher))
            if item.departs:
                yield from ("", "有意不同的：", "")
                rows = (
                    (escaped(_name_in(higher, str(one))), escaped(why.because))
                    for one, why in item.departs.items()
                )
                yield from table(("上级的项目", "为什么不同"), rows)
            yield ""

    def _carried(self, item: g.Implements, higher: Linked | None) -> Iterator[tuple[str, str]]:
        for section in ("coverages", "targets"):
            for above, here in getattr(item, section).items():
                own = self.linked.find(section, str(here))
                label = str(here) if own is None else own.item.label
                yield escaped(_name_in(higher, str(above), section)), escaped(label)

    # -------------------------------------------------------------------------------- the account

    @cached_property
    def _ledger(self) -> clauses.Ledger | None:
        read = clauses.find(self.linked)
        return None if read is None else read.ledger

    def account(self) -> Iterator[str]:
        """How many clauses are encoded, and why the others are not."""
        if self._ledger is None:
            return
        totals = clauses.account(self._ledger)
        rest = "、".join(
            f"{cause.zh} {totals.not_encoded[cause.value]}"
            for cause in clauses.Cause
            if cause.value in totals.not_encoded
        )
        left = totals.total - totals.encoded
        yield f"清单共 {totals.total} 条：编码 {totals.encoded} 条，没有编码 {left} 条{f'（{rest}）' if rest else ''}。"
        yield ""
        causes = [cause for cause in clauses.Cause if cause.value in totals.not_encoded]
        head = ("性质", "共", "已编码", *(cause.zh for cause in causes))
        rows = []
        for kind, counts in sorted(totals.by_kind.items()):
            cells = (counts.get(one) or "" for one in ("encoded", *(cause.value for cause in causes)))
            rows.append((escaped(kind_of_clause(kind)), sum(counts.values()), *cells))
        yield from table(head, rows)

    def not_encoded(self) -> Iterator[str]:
        """The clauses that nothing encodes, by cause."""
        for cause in clauses.Cause:
            found = [
                one for one in (self._ledger.clauses if self._ledger else ()) if one.not_encoded is cause
            ]
            if found:
                yield from (f"### {cause.zh}（{len(found)}条）", "")
                yield from table(("条款", "性质", "编号", "为什么没有编码"), map(_left_out, found))
                yield ""


# ------------------------------------------------------------------------------------------ small things


def kind_of_clause(kind: str) -> str:
    """What a kind of clause is called."""
    return KINDS_OF_CLAUSE.get(kind, kind)


def sources_of(item: Any) -> str:
    """The clauses that an item cites; locators hold 、 of their own, so that ； stands between them."""
    return "；".join(getattr(item, "source", ()))


def _row(said: Said | None, row: g.Row) -> str:
    """A row's condition with its own clause and note."""
    aside = "；".join([*row.source, *([row.note] if row.note else [])])
    return escaped((said.line() if said else "其余") + (f"（{aside}）" if aside else ""))


def _left_out(clause: clauses.Clause) -> tuple[str, ...]:
    locator, kind, because = map(escaped, (clause.locator, kind_of_clause(clause.kind), clause.because))
    return locator, kind, f"`{clause.id}`", because


def _no_coverage(pack: g.Pack) -> str:
    return pack.coverages.none.because if isinstance(pack.coverages, g.NoCoverage) else ""


def _period_name(name: str, period: g.Period) -> str:
    return period.label if period.label not in ("", name) else {"plan": "计划期"}.get(name, name)


def _marks(item: g.Award) -> str:
    marks = ["只分优先与否，不作门槛"] if item.bearing is g.Bearing.WEIGHS else []
    marks += ["酌情"] if item.discretionary else []
    return f"〔{'，'.join(marks)}〕" if marks else ""


def _name_in(linked: Linked | None, name: str, section: str = "") -> str:
    """What an item of another pack is called."""
    sections = (section,) if section else ("coverages", "targets", "awards", "facts", "classes")
    found = [linked.find(one, name) for one in sections] if linked else []
    return next((str(one.item.label) for one in found if one is not None), name)


def _names_in(value: Any) -> Iterator[str]:
    """Every name written inside an item."""
    if isinstance(value, g.Name):
        yield str(value)
        return
    if isinstance(value, g.Item):
        parts: Iterable[Any] = [part for name, part in value.__dict__.items() if name != "at"]
    elif isinstance(value, Mapping):
        parts = value.values()
    elif isinstance(value, tuple | list):
        parts = value
    elif is_dataclass(value) and not isinstance(value, g.Figure | type):
        parts = [getattr(value, one.name) for one in fields(value) if one.name != "place"]
    else:
        return
    for part in parts:
        yield from _names_in(part)


__all__ = ["FOLDER", "Page", "contents", "page", "write"]
