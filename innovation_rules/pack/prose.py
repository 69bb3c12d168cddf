"""Say what a pack means in plain Chinese: a condition, a fact, an amount, a measure, a duty, each in one line.

`pages` lays the lines out as Markdown and the command line prints them; nothing here is Markdown. 以上 and 不低于
keep the figure in, 超过 and 低于 leave it out, and what is joined inside something joined stands in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, assert_never

from innovation_rules.case import VOCABULARY
from innovation_rules.facts import BASES, CATEGORIES, LEVELS, STATUSES
from innovation_rules.pack import grammar as g
from innovation_rules.pack import operators as o
from innovation_rules.pack.linker import Entry, Linked
from innovation_rules.pack.spelling import AWARD_STATUSES, COVERAGE_STATUSES, SUBJECTS
from innovation_rules.quantities import Type

Owner = Literal["enterprise", "activity"]
How = Literal["", "all", "any", "some", "none"]

LONG: Final = 60
"""Characters from which a joined condition is better shown as a list than as a line."""


# ------------------------------------------------------------------------------------------ what is said


@dataclass(frozen=True, slots=True)
class Said:
    """A statement: a plain text, or several joined (`all`, `any`, `some`: at least n) or denied (`none`)."""

    text: str = ""
    how: How = ""
    parts: tuple[Said, ...] = ()
    n: int = 0

    @property
    def joined(self) -> bool:
        """It has parts, so that inside another statement it needs brackets."""
        return self.how in ("all", "any", "some")

    @property
    def long(self) -> bool:
        """It reads better as a list."""
        return self.joined and len(self.line()) > LONG

    def line(self) -> str:
        """The whole statement in one line, what is nested in brackets."""
        match self.how:
            case "":
                return self.text
            case "none":
                return f"不符合{self.parts[0].enclosed()}"
            case "all" | "any":
                word = "，且" if self.how == "all" else "，或"
                return word.join(part.inner() for part in self.parts)
            case "some":
                listed = "；".join(f"{at}. {part.inner()}" for at, part in enumerate(self.parts, 1))
                return f"下列{len(self.parts)}项中至少{self.n}项成立：{listed}"
            case _:  # pragma: no cover
                assert_never(self.how)

    def inner(self) -> str:
        """As a part of something joined: in brackets where it is joined itself."""
        return f"（{self.line()}）" if self.joined else self.line()

    def enclosed(self) -> str:
        """In brackets always, without doubling them."""
        return f"（{self.line()}）"

    def outline(self, depth: int = 0) -> Iterator[tuple[int, str]]:
        """As a list: (depth, text), the heads of joined statements above their parts; short ones stay in line."""
        if not self.joined or (depth and not self.long):
            yield depth, self.line()
            return
        heads = {
            "all": "同时满足：",
            "any": "满足下列之一：",
            "some": f"下列{len(self.parts)}项中至少满足{self.n}项：",
        }
        yield depth, heads[self.how]
        for part in self.parts:
            yield from part.outline(depth + 1)


def both(parts: Sequence[Said], how: Literal["all", "any"] = "all") -> Said:
    """Several statements joined; parts joined the same way are drawn in, one alone is itself."""
    flat = [one for part in parts for one in (part.parts if part.how == how else (part,))]
    return flat[0] if len(flat) == 1 else Said(how=how, parts=tuple(flat))


# ------------------------------------------------------------------------------------------ words

_JOINING: Final = frozenset("，、；：或且和及与“”+")
_LISTING: Final = frozenset("，、；：“”")
_OF_A_SORT: Final = ("业", "类", "型", "区", "项目", "产品", "机构", "单位", "对象")
_OPPOSITE: Final = (
    ("有", "没有"),
    ("已", "未"),
    ("当年有", "当年没有"),
    ("当年新建", "当年没有新建"),
    *((word, f"未{word}") for word in ("列入", "达到", "实现", "建立", "取得", "完成", "通过", "实施")),
    *(
        (word, f"不{word}")
        for word in ("是", "属于", "符合", "具备", "具有", "拥有", "适用", "从事", "处于", "享受", "在")
    ),
)
"""How a name that starts with a verb is denied."""
_VERBS: Final = ("当年", *(start for start, _ in _OPPOSITE))
_ASIDE: Final = re.compile(r"\([^()]*\)$")
_DOING: Final = ("承担", "参与")
_COMPARE: Final = {"at_least": "不低于", "more_than": "超过", "at_most": "不超过", "less_than": "低于"}
_DATES: Final = {"at_least": "不早于", "more_than": "晚于", "at_most": "不晚于", "less_than": "早于"}
_LEVELS: Final = {
    "at_least": "{}及以上",
    "more_than": "高于{}的",
    "at_most": "{}及以下",
    "less_than": "低于{}的",
}
_CHANGES: Final = {
    g.ChangeAs.TIMES: "与{}相比的倍数",
    g.ChangeAs.GROWTH: "比{}增长的比例",
    g.ChangeAs.REDUCTION: "比{}下降的比例",
    g.ChangeAs.POINTS: "比{}增加的百分点",
}
_PARTS: Final = {g.RegionPart.COUNTY: "每个县", g.RegionPart.CITY: "每个市", g.RegionPart.PROVINCE: "每个省"}


def quoted(label: str, marks: frozenset[str] = _JOINING) -> str:
    """A name in a sentence: in quotes where its own words could be taken for the sentence's."""
    if not marks.isdisjoint(label):
        return f"“{label.replace('“', '‘').replace('”', '’')}”"
    return label


def listed(labels: Sequence[str]) -> str:
    """Names in a list, in quotes where they hold what a list is made with."""
    return "、".join(quoted(label, _LISTING) for label in labels)


def kind_name(label: str) -> str:
    """A kind of activity in a sentence: in quotes also where its name starts with a verb."""
    return f"“{label}”" if label.startswith(_DOING) and quoted(label) == label else quoted(label)


def affirmed(label: str) -> str:
    """That a yes/no fact is so: its name says it; that of a sort of things with 属于, of conditions with 满足."""
    name = quoted(label)
    if _is_requirement(label):
        return f"满足{name}"
    return f"属于{name}" if _is_sort(label) else name


def denied(label: str) -> str:
    """That a yes/no fact is not so, in the words that fit its name; else that the name does not hold."""
    name = quoted(label)
    if _is_requirement(label):
        return f"不满足{name}"
    if _is_sort(label):
        return f"不属于{name}"
    if label.startswith("所在") and "为" in label:
        return label.replace("为", "不是", 1)
    if name == label and not label.startswith(("有效", "有关")):
        for start, instead in _OPPOSITE:
            if label.startswith(start):
                return f"{instead}{label.removeprefix(start)}"
    return f"“{name.strip('“”')}”不成立"


def _is_requirement(label: str) -> bool:
    """The name is that of conditions that are met or not."""
    return label.endswith("条件") and not label.startswith(_VERBS)


def _is_sort(label: str) -> bool:
    """The name is that of a sort of things, to which something belongs or not."""
    core = _ASIDE.sub("", label)
    if core.endswith(("的企业", "的行业", "的地区", "的对象")):
        return not core.startswith("所在")
    if "属于" in core or core.startswith(("所在", *_VERBS)):
        return core.startswith("在") and core.endswith("企业")
    return core.endswith(_OF_A_SORT)


def enumerated(words: Sequence[str], last: str = "或") -> str:
    """甲、乙或丙."""
    *rest, end = words
    return f"{'、'.join(rest)}{last}{end}" if rest else end


def day(value: date) -> str:
    """2020年5月21日."""
    return f"{value.year}年{value.month}月{value.day}日"


def since(value: date) -> str:
    """From when a figure holds, as short as it can be said: 2011年起, 2022年10月起, 2011年6月18日起."""
    if value.day != 1:
        return f"{day(value)}起"
    return f"{value.year}年起" if value.month == 1 else f"{value.year}年{value.month}月起"


def span(value: g.Span) -> str:
    """2020年5月21日至2020年12月31日; without an end 自2017年1月4日起."""
    return f"自{day(value.from_)}起" if value.to is None else f"{day(value.from_)}至{day(value.to)}"


def history(parameter: g.Parameter) -> str:
    """The present value of a parameter and those before it, the latest first."""
    values = sorted(parameter.values.items(), reverse=True)
    return "，".join(f"{since(start)}{figure.text}" for start, figure in values)


def codes(prefixes: Sequence[str]) -> str:
    """Code prefixes, three or more that follow each other as a run: 06至46、111、112."""
    runs: list[list[str]] = []
    for code in prefixes:
        before = runs[-1][-1] if runs else ""
        if len(before) == len(code) and code.isdigit() and before.isdigit() and int(code) == int(before) + 1:
            runs[-1].append(code)
        else:
            runs.append([code])
    shown = [[f"{run[0]}至{run[-1]}"] if len(run) > 2 else run for run in runs]
    return "、".join(one for run in shown for one in run)


def values_of(item: g.Input) -> str:
    """What an input takes: its choices, or its type, unit and range."""
    if item.choices:
        return f"选项：{listed(list(item.choices.values()))}"
    unit = f"（{item.unit}）" if item.unit else ""
    between = f"，{item.range[0].text}至{item.range[1].text}" if len(item.range) == 2 else ""
    return f"{item.type.zh}{unit}{between}"


def asked_of(item: g.ActivityKind) -> list[str]:
    """What an activity of a kind needs besides, so that it counts."""
    asked = ["附印证材料才算"] if item.needs_evidence else []
    return asked + ([f"级别：{'、'.join(LEVELS[one] for one in item.levels)}"] if item.levels else [])


# ------------------------------------------------------------------------------------------ what is spoken of


@dataclass(frozen=True, slots=True)
class Topic:
    """What a name stands for: its Chinese name, its type, and the names of the values it can take."""

    label: str
    type: Type
    choices: Mapping[str, str] = field(default_factory=dict)


_YES_NO: Final = (o.WhenTrue, o.ExistsSome, o.HoldsOne, o.HasActivity)


@dataclass(frozen=True)
class Prose:
    """The words for everything in one linked pack."""

    linked: Linked

    def entry(self, entry: Entry) -> str:
        """What a declared item says, in one line."""
        match entry.item:
            case g.Coverage() as item:
                return self.coverage(item)
            case g.Award() as item:
                amount = self.amount(item)
                return self.award(item) + (f"；金额：{amount}" if amount else "")
            case g.Target() as item:
                return self.target(item)
            case g.Duty() as item:
                return self.duty(item)
            case g.Fact() as item:
                return self.fact(item).line()
            case g.Classification() as item:
                return self.classification(item)
            case g.Parameter() as item:
                return history(item)
            case g.Layer() as item:
                return "、".join(CATEGORIES[name] for name in item.of)
            case g.Input() as item:
                return self.input(item)
            case g.ActivityKind() as item:
                return self.kind(item)
            case g.Property() as item:
                return self.property(item)
        return str(entry.item.label)

    # -------------------------------------------------------------------------------- names

    def label(self, name: str) -> str:
        """The Chinese name of a fact, in quotes where it needs them."""
        return quoted(self.topic(name).label)

    def topic(self, name: str, of: Owner = "enterprise") -> Topic:
        """What a name stands for: of an activity where the condition speaks of one, else of the enterprise."""
        if of == "activity":
            found = self._of_activity(name)
            if found is not None:
                return found
        if name in SUBJECTS:
            return Topic(SUBJECTS[name], Type.YES_NO if name == "in_jurisdiction" else Type.COUNT)
        entry = self.linked.subject(name)
        if entry is not None:
            return self._of_entry(entry)
        spec = VOCABULARY.get(("enterprise", name)) or VOCABULARY["report", name]
        return Topic(spec.zh, spec.type, spec.choices or {})

    def _of_activity(self, name: str) -> Topic | None:
        spec = VOCABULARY.get(("activity", name))
        if spec is not None:
            return Topic(spec.zh, spec.type, spec.choices or {})
        entry = self.linked.find("inputs", name)
        return None if entry is None else self._of_entry(entry)

    def _of_entry(self, entry: Entry) -> Topic:
        item = entry.item
        match item:
            case g.Input():
                spec = self.linked.input_spec(entry)
                return Topic(_placed(item), spec.type, spec.choices or {})
            case g.Classification():
                return Topic(item.label, Type.CHOICE, _row_labels(item.rows))
            case g.Coverage():
                return Topic(item.label, Type.CHOICE, COVERAGE_STATUSES)
            case g.Award():
                return Topic(item.label, Type.CHOICE, AWARD_STATUSES)
        operator = item.operator
        if isinstance(operator, _YES_NO):
            return Topic(item.label, Type.YES_NO)
        if isinstance(operator, o.TableOf):
            return Topic(item.label, _type_of_rows(operator.rows), _row_labels(operator.rows))
        return Topic(item.label, Type.NUMBER)

    def kinds(self, names: Sequence[str]) -> list[str]:
        """What kinds of activity are called."""
        found = [self.linked.kind(name) for name in names]
        return [entry.item.label if entry else name for entry, name in zip(found, names, strict=True)]

    def qualifications(self, names: Sequence[str]) -> list[str]:
        """What kinds of qualification are called."""
        found = [self.linked.find("qualification_kinds", name) for name in names]
        return [entry.item.label if entry else name for entry, name in zip(found, names, strict=True)]

    def parameter(self, name: str) -> str:
        """A parameter by its name, with its present value and its history."""
        entry = self.linked.find("parameters", name)
        return name if entry is None else f"{quoted(entry.item.label)}（{history(entry.item)}）"

    def value(self, reference: g.Reference, topic: Topic) -> str:
        """The right side of a test: a figure as written, a value's name, a parameter, another fact."""
        match reference:
            case g.ParameterRef(name=name):
                return self.parameter(name)
            case g.FactRef(name=name):
                return self.label(name)
            case g.Figure():
                text = reference.text
                if topic.type is Type.LEVEL:
                    return LEVELS.get(text, text)
                if topic.type is Type.YES_NO:
                    return {"true": "是", "false": "否"}.get(text, text)
                return topic.choices.get(text, text)

    def operand(self, reference: g.Reference) -> str:
        """A number in a calculation."""
        return self.value(reference, Topic("", Type.NUMBER))

    # -------------------------------------------------------------------------------- properties

    def property(self, item: g.Property) -> str:
        """What a property claims, in one line."""
        of = "" if item.assume is None else f"对{self.condition(item.assume).enclosed()}的企业："
        return of + self._claimed(item)

    def _claimed(self, item: g.Property) -> str:
        if item.assert_ is not None:
            return f"总是{self.condition(item.assert_).line()}"
        if item.implies is not None:
            given, then = self.condition(item.implies.if_), self.condition(item.implies.then)
            return f"凡{given.enclosed()}，必有{then.enclosed()}"
        if item.never_both:
            each = (self.condition(one).line() for one in item.never_both)
            return "下列从不同时成立两项：" + "；".join(f"{at}. {one}" for at, one in enumerate(each, 1))
        if item.within is not None:
            return self._bounds(item.within)
        if item.totality is not None:
            return f"情况都已知时，{self._outcomes(item.totality.outcomes)}不会待定"
        return self._moves(item)

    def _bounds(self, item: g.WithinBounds) -> str:
        entry = self.linked.subject(item.of)
        what = f"“{self.topic(item.of).label}”" + ("的金额" if entry and entry.section == "awards" else "")
        given = {word: getattr(item, word) for word in _COMPARE if getattr(item, word) is not None}
        return what + "，".join(f"{_COMPARE[word]}{self.operand(one)}" for word, one in given.items())

    def _moves(self, item: g.Property) -> str:
        if item.monotone_in is not None:
            rising = item.monotone_in
            parts = (
                f"提高{self._named(rising.rises)}" if rising.rises else "",
                f"降低{self._named(rising.falls)}" if rising.falls else "",
                f"一项活动的{self._fields(rising.of_activities)}提高" if rising.of_activities else "",
                f"多一项{enumerated(self._one_more(rising.one_more))}活动" if rising.one_more else "",
            )
            return f"{'，或'.join(filter(None, parts))}，不失去{self._outcomes(rising.outcomes)}"
        assert item.invariant_under is not None
        same = item.invariant_under
        parts = (
            f"改变{self._named(same.facts)}" if same.facts else "",
            f"改变一项活动的{self._fields(same.of_activities)}" if same.of_activities else "",
            "活动、资质换一个次序列出" if same.order else "",
            "",
        )
        return f"{'，或'.join(filter(None, parts))}，{self._outcomes(same.outcomes)}不变"

    def _named(self, names: Sequence[str]) -> str:
        return enumerated([self.label(one) for one in names])

    def _fields(self, names: Sequence[str]) -> str:
        return enumerated([quoted(self.topic(one, "activity").label) for one in names])

    def _one_more(self, names: Sequence[str]) -> list[str]:
        return [CATEGORIES.get(one) or kind_name(self.kinds([one])[0]) for one in names]

    def _outcomes(self, outcomes: Sequence[g.Condition | g.Name]) -> str:
        if not outcomes:
            return "任何一项覆盖和奖励"
        names = (
            quoted(self.topic(one).label) if isinstance(one, g.Name) else self.condition(one).enclosed()
            for one in outcomes
        )
        return "、".join(names)

    # -------------------------------------------------------------------------------- windows

    def window(self, window: g.Window | None) -> str:
        """When an activity must have been there."""
        match window:
            case None | "year":
                return "当年"
            case "as_of":
                return "截至判定日"
            case g.Last(figure=figure):
                return f"判定日前{figure.text}内"
            case g.InYear(year=year):
                return f"{year}年"
        period = self.linked.pack.periods.get(window)
        if period is None:
            return str(window)
        name = period.label if period.label not in ("", window) else "计划期"
        return f"{name}（{span(period)}）内"

    # -------------------------------------------------------------------------------- conditions

    def condition(self, condition: g.Condition, of: Owner = "enterprise") -> Said:
        """A condition as a statement."""
        match condition:
            case g.AllOf(items=items):
                return both([self.condition(one, of) for one in items])
            case g.AnyOf(items=items):
                return both([self.condition(one, of) for one in items], "any")
            case g.AtLeastOf(n=n, items=items):
                return Said(how="some", n=n, parts=tuple(self.condition(one, of) for one in items))
            case g.NotOf(item=item):
                return self.opposite(item, of)
            case g.Active(what=what):
                return Said(self.active(what))
            case g.Asserted(operator=operator):
                return Said(self.asserted(operator))
            case g.Subject():
                return self.subject(condition, of)
            case _:  # pragma: no cover
                assert_never(condition)

    def opposite(self, condition: g.Condition, of: Owner = "enterprise") -> Said:
        """That a condition does not hold."""
        match condition:
            case g.NotOf(item=item):
                return self.condition(item, of)
            case g.Active(what=what):
                return Said(self.active(what, so=False))
            case g.Asserted(operator=operator):
                return Said(self.asserted(operator, so=False))
            case g.Subject(name=name, tests=(test,)):
                topic = self.topic(name, of)
                if topic.type is Type.YES_NO and test.word == "equals" and len(test.operands) == 1:
                    return Said(_yes_no(topic, self.value(test.operands[0], topic) != "是"))
        return Said(how="none", parts=(self.condition(condition, of),))

    def active(self, what: str, so: bool = True) -> str:
        """That the profile shows activity: any, in a category, or in a layer."""
        if what == "any":
            return "当年有创新活动（不论哪一方面）" if so else "当年没有任何一方面的创新活动"
        layer = self.linked.find("layers", what)
        name = CATEGORIES[what] if layer is None else layer.item.label
        return f"当年{'有' if so else '没有'}{name.removesuffix('活动')}活动"

    def asserted(self, operator: Any, so: bool = True) -> str:
        """A yes/no operator that stands in a condition."""
        have = "有" if so else "没有"
        match operator:
            case o.ExistsSome():
                return f"{self.window(operator.during)}{have}{self.items(operator)}"
            case o.HasActivity(of=name):
                what = CATEGORIES.get(name) or kind_name(self.kinds([name])[0])
                return f"台账中当年{have}{what.removesuffix('活动')}活动"
        return f"{'持有' if so else '没有'}{self.held(operator)}"

    def subject(self, condition: g.Subject, of: Owner = "enterprise") -> Said:
        """A fact and its tests; several tests of one fact name it once."""
        topic = self.topic(condition.name, of)
        first, *rest = condition.tests
        said = [self.test(topic, first)]
        said += [self.test(Topic("", topic.type, topic.choices), test) for test in rest]
        if not rest:
            return said[0]
        return both([said[0], *(Said(f"{quoted(topic.label)}{one.line()}") for one in said[1:])])

    def test(self, topic: Topic, test: g.Test) -> Said:
        """One test of one fact."""
        name = quoted(topic.label)
        values = [self.value(one, topic) for one in test.operands]
        match test.word:
            case "is_known":
                return Said(f"{name}已填报")
            case "within":
                return Said(f"{name}在{_in_words(self.window(test.window))}")
            case "under":
                figures = [one.text for one in test.operands if isinstance(one, g.Figure)]
                return Said(f"{name}以{codes(figures)}开头")
            case "equals":
                return Said(self._equals(topic, name, values))
            case "between" if topic.type is Type.DATE:
                return Said(f"{name}在{values[0]}至{values[1]}之间（含两端）")
            case "between":
                return Said(f"{name}在{values[0]}与{values[1]}之间（含两端）")
        if topic.type is Type.LEVEL:
            return Said(f"{name}为{_LEVELS[test.word].format(values[0]).removesuffix('的')}")
        words = _DATES if topic.type is Type.DATE else _COMPARE
        return Said(f"{name}{words[test.word]}{values[0]}")

    def _equals(self, topic: Topic, name: str, values: Sequence[str]) -> str:
        if topic.type is Type.YES_NO and len(values) == 1 and values[0] in "是否":
            return _yes_no(topic, values[0] == "是")
        if topic.choices is COVERAGE_STATUSES or topic.choices is AWARD_STATUSES:
            return f"“{topic.label}”的结果为{enumerated(values)}"
        if topic.type in (Type.CHOICE, Type.LEVEL, Type.CODE, Type.YES_NO):
            return f"{name}为{enumerated([quoted(one, _JOINING if len(values) > 1 else _LISTING) for one in values])}"
        return f"{name}等于{enumerated(values)}"

    # -------------------------------------------------------------------------------- activities

    def items(self, item: g.Filter, each: bool = False) -> str:
        """The activities that a filter looks at, as a noun: one of them, or with `each` all of them."""
        return f"{self._standing(item.status)}{self.levels(item.level)}{self._what(item, each)}{self._where(item, each)}"

    def _what(self, item: g.Filter, each: bool) -> str:
        labels = self.kinds(item.kind)
        if len(labels) == 1:
            return kind_name(labels[0])
        if labels:
            return f"〔{listed(labels)}〕{'' if each else '之一'}"
        if not item.category:
            return "任何一方面的活动"
        return f"{enumerated([CATEGORIES[name] for name in item.category])}活动"

    def _standing(self, statuses: Sequence[str]) -> str:
        return f"{enumerated([STATUSES[one] for one in statuses])}的" if statuses else ""

    def _where(self, item: g.Filter, each: bool) -> str:
        if item.where is None:
            return ""
        return f"（{'每一项' if each else '同一项'}须：{self.condition(item.where, 'activity').line()}）"

    def levels(self, tests: Sequence[g.Test]) -> str:
        """A level, several levels, or tests of a level, before what has it."""
        topic = Topic("", Type.LEVEL)
        said = []
        for test in tests:
            values = [self.value(one, topic) for one in test.operands]
            if test.word == "equals":
                said.append(enumerated(values))
            elif test.word == "between":
                said.append(f"{values[0]}至{values[1]}")
            else:
                said.append(_LEVELS.get(test.word, "{}").format(*values or [""]))
        return "且".join(said)

    def held(self, operator: o.HoldsOne) -> str:
        """The qualifications that are asked for, as a noun."""
        labels = self.qualifications(operator.kind)
        one = len(labels) == 1
        what = f"{quoted(labels[0])}资质" if one else f"资质〔{listed(labels)}〕之一"
        words = {**STATUSES, "recognised": "有效"}
        standing = enumerated([words[one] for one in operator.status or ("recognised",)])
        return f"{standing}的{self.levels(operator.level)}{what}"

    # -------------------------------------------------------------------------------- facts

    def fact(self, fact: g.Fact) -> Said:
        """What a derived fact is, by its operator."""
        operator = fact.operator
        if isinstance(operator, o.WhenTrue):
            return self.condition(operator.condition)
        if isinstance(operator, _YES_NO):
            return Said(self.asserted(operator))
        return Said(self.calculation(operator))

    def calculation(self, operator: Any) -> str:
        """How a number, or the value of a table, is found."""
        match operator:
            case o.RatioOf(of=of, to=to, if_not_positive=instead):
                return f"{self.operand(of)} ÷ {self.operand(to)}{self._instead(to, instead)}"
            case o.SumOf(of=of):
                return " + ".join(map(self.operand, of))
            case o.DifferenceOf(of=of, less=less):
                return f"{self.operand(of)} − {self.operand(less)}"
            case o.TimesOf(of=of, by=by):
                return f"{self.operand(of)} × {self.operand(by)}"
            case o.MaxOf(of=of) | o.MinOf(of=of):
                side = "最大" if isinstance(operator, o.MaxOf) else "最小"
                return f"{'、'.join(map(self.operand, of))}中{side}的一个"
            case o.GrowthOf(of=of, since=base, if_not_positive=instead):
                year = "上年" if base == "previous" else f"{base.year}年"
                tail = "" if instead is None else f"（{year}的数为零或负数时按{self.operand(instead)}计）"
                return f"{self.operand(of)}比{year}的增长率{tail}"
            case o.PreviousOf(of=of):
                return f"上年的{self.label(of)}"
            case o.OverYears(of=of, last=last, or_since=start):
                tail = "" if start is None else f"，{self.label(start)}以前结束的年度按零计"
                return f"最近{last.text}的{self.operand(of)}之和（含当年{tail}）"
            case o.CountOf():
                return f"{self.window(operator.during)}{self.items(operator, each=True)}的项数"
            case o.TotalOf(of=of):
                name = quoted(self.topic(of, "activity").label)
                return f"{self.window(operator.during)}各项{self.items(operator, each=True)}的{name}合计"
            case o.YearsSinceDate(of=of):
                return f"从{self.label(of)}到判定日的整年数"
            case o.TableOf(rows=rows):
                return self._table(rows)
            case o.StepsOf():
                return self._steps(operator)
        raise NotImplementedError(type(operator).__name__)

    def _instead(self, below: g.Reference, instead: g.Reference | None) -> str:
        if instead is None:
            return ""
        return f"（{self.operand(below)}为零或负数时按{self.operand(instead)}计）"

    def _table(self, rows: Sequence[g.Row]) -> str:
        said = [
            f"{at}. {condition.enclosed()}时为{name}" if condition else f"{at}. 其余为{name}"
            for at, (name, condition) in enumerate(self.rows(rows), 1)
        ]
        return f"自上而下取第一个成立的：{'；'.join(said)}"

    def rows(self, rows: Sequence[g.Row]) -> list[tuple[str, Said | None]]:
        """The rows of a classification or table: the value's name and its condition, None for 其余."""
        found = []
        for row in rows:
            side = row.otherwise if row.is_ is None else row.is_
            assert side is not None
            name = row.label or self.operand(side)
            found.append((name, None if row.when is None else self.condition(row.when)))
        return found

    def _steps(self, operator: o.StepsOf) -> str:
        word = next(one for one in operator.OPS if getattr(operator, one) is not None)
        steps = [f"{_COMPARE[word]}{edge.text}的为{value.text}" for edge, value in getattr(operator, word)]
        return f"按{self.operand(operator.of)}分档：{'，'.join(steps)}，其余为{operator.otherwise.text}"

    def classification(self, item: g.Classification) -> str:
        """All rows of a classification in one line."""
        head = "各行可同时成立" if item.many else "自上而下取第一个成立的"
        rows = (f"{name}——{said.line() if said else '其余'}" for name, said in self.rows(item.rows))
        return f"{head}：{'；'.join(rows)}"

    def input(self, item: g.Input) -> str:
        """Whose an input is, and what it takes."""
        whose = f"{item.of.zh}（{item.at_.zh}）" if item.at_ else item.of.zh
        found = f"，由{item.found_by.zh}认定" if item.found_by else ""
        return f"{whose}：{values_of(item)}{found}"

    def kind(self, item: g.ActivityKind) -> str:
        """When a kind of activity counts, and what it needs."""
        when = "算在开始那年" if item.lasts is g.Lasts.EVENT else "算在存续的每一年"
        return "；".join([when, *asked_of(item)])

    # -------------------------------------------------------------------------------- coverages

    def coverage(self, coverage: g.Coverage) -> str:
        """Who should be covered and when one is, in one line."""
        return f"应当覆盖的：{self.scope(coverage).line()}；算已覆盖的：{self.condition(coverage.covered_when).line()}"

    def scope(self, coverage: g.Coverage) -> Said:
        """Who should be covered."""
        if coverage.scope is None:
            return Said("辖区内的全部企业")
        said = self.condition(coverage.scope)
        return said if said.how else Said(said.text.removeprefix("属于"))

    def category(self, name: str) -> Said:
        """When a category of activity counts as active."""
        entry = self.linked.profile.get(name)
        if entry is None:
            return Said(f"台账中当年有{CATEGORIES[name].removesuffix('活动')}活动")
        return self.condition(entry.item)

    # -------------------------------------------------------------------------------- awards

    def granted(self, award: g.Award) -> Entry | None:
        """The award of a higher pack that this one grants."""
        pack, _, name = (award.grants or "").rpartition(".")
        return self.linked.granted(pack, name) if award.grants else None

    def entitled(self, award: g.Award) -> Said | None:
        """Who may have an award, what a higher pack asks for included; None where nothing is asked."""
        parts = []
        higher = self.granted(award)
        if higher is not None:
            above = self.entitled(higher.item)
            parts += [] if above is None else [above]
            parts += [] if higher.item.unless is None else [self.opposite(higher.item.unless)]
        if award.for_each is not None:
            parts.append(Said(f"{self.window(award.for_each.during)}有{self.items(award.for_each)}"))
        if award.eligible_when is not None:
            parts.append(self.condition(award.eligible_when))
        return both(parts) if parts else None

    def award(self, award: g.Award) -> str:
        """Who may have an award and who may not, in one line."""
        if award.beneficiary:
            return f"对象是{award.beneficiary}，只作记录，不对企业判定"
        entitled = self.entitled(award)
        line = "辖区内的企业都可享受" if entitled is None else entitled.line()
        if award.unless is None:
            return line
        return f"{line}；但{self.condition(award.unless).inner()}的除外"

    def amount(self, award: g.Award) -> str:
        """How much an award gives; an empty text where the document names no sum."""
        amount = award.amount
        if amount is None:
            higher = self.granted(award)
            return "" if higher is None else self.amount(higher.item)
        parts = [self._sum(award, amount)]
        for word, operand in (("每项最高", amount.cap_each), ("最低", amount.floor), ("最高", amount.cap)):
            if operand is not None:
                parts.append(f"{word}{self.operand(operand)}")
        if amount.rounding is not None:
            parts.append(f"{amount.rounding.mode.zh}到{amount.rounding.to.text}")
        return "，".join(parts)

    def _sum(self, award: g.Award, amount: g.Amount) -> str:
        each = award.for_each is not None
        if amount.share:
            assert amount.of is not None
            name = quoted(self.topic(amount.of, "activity" if each else "enterprise").label)
            share = "至".join(map(self.operand, amount.share))
            plain = all(isinstance(one, g.Figure) for one in amount.share)
            text = name if share == "100%" else f"{name}的{share}" if plain else f"{name} × {share}"
            return f"每一项按{text}计，各项相加" if each else text
        assert amount.fixed is not None
        fixed = self.operand(amount.fixed)
        if amount.per is not None:
            name = quoted(self.topic(amount.per, "activity" if each else "enterprise").label)
            fixed = f"{fixed} × {name}"
        elif each:
            return f"每一项{fixed}"
        return f"每一项按{fixed}计，各项相加" if each else fixed

    # -------------------------------------------------------------------------------- targets

    def target(self, target: g.Target) -> str:
        """A target in one line: what is measured, by when, against what."""
        measured = self.measure(target.measure)
        each = f"{_PARTS[target.measure.for_each]}的" if target.measure.for_each else ""
        return f"{each}{measured}，{self.threshold(target)}"

    def threshold(self, target: g.Target) -> str:
        """What a target asks for, and by when."""
        due = self._due(target)
        for word, text in _COMPARE.items():
            value = getattr(target, word)
            if isinstance(value, g.Milestones):
                return "，".join(
                    f"到{day(when)}{text}{figure.text}" for when, figure in sorted(value.steps, key=_when)
                )
            if value is not None:
                return f"{due}{text}{self.operand(value)}"
        if target.about is not None:
            less = f"可少{target.about.tolerance.text}，" if target.about.tolerance else ""
            return f"{due}达到{self.operand(target.about.value)}左右（{less}超过的也算达到）"
        if target.benchmark is not None:
            return f"{due}不低于{self.statistic(target.benchmark)}"
        return f"{due}须为“{'是' if target.is_ else '否'}”"

    def _due(self, target: g.Target) -> str:
        if target.by is not None:
            return f"到{day(target.by)}"
        plan = self.linked.pack.periods.get("plan")
        if target.each_year:
            return "每年"
        return "" if plan is None or plan.to is None else f"到{day(plan.to)}（计划期末）"

    def population(self, over: Any) -> str:
        """The enterprises that a measure looks at."""
        if over is None or over == "all":
            return "辖区内全部企业"
        said = self.condition(over)
        line = said.line().removeprefix("属于")
        if said.how:
            return f"{said.enclosed()}的企业"
        if line.endswith("企业"):
            return line
        return f"{line}{'企业' if line.endswith('业') and not line.endswith('行业') else '的企业'}"

    def measure(self, item: g.Measure, over: Any = None, same: bool = False) -> str:
        """What a target measures; `over` is an outer measure's population, `same` says that it was just named."""
        population = item.over if item.over is not None else over
        text = self._plain(item, population, same and item.over is None)
        change = item.change_from
        if change is None:
            return text
        base = "上年" if change.previous else f"{change.year}年"
        return f"{_bracketed(item, text)}{_CHANGES[change.as_].format(base)}"

    def _plain(self, item: g.Measure, over: Any, same: bool) -> str:
        whom = "同一批企业" if same else self.population(over)
        if item.coverage is not None:
            return self._share(item)
        if item.statistic is not None:
            return self.statistic(item.statistic, item.basis)
        if item.count_of is not None:
            return self._count(item.count_of, whom)
        name = item.sum_of or item.average_of
        if name is not None:
            return f"{whom}的{self.label(name)}{'之和' if item.sum_of else '平均数'}"
        if item.ratio is not None:
            return self._quotient(item.ratio, over, same)
        assert item.difference is not None
        of, less = self._nested(item.difference.of, over), self._nested(item.difference.less, over)
        return f"{of} − {less}"

    def _share(self, item: g.Measure) -> str:
        assert item.coverage is not None
        entry = self.linked.find("coverages", item.coverage)
        name = item.coverage if entry is None else entry.item.label
        only = "" if item.over in (None, "all") else f"，只看{self.population(item.over)}"
        return f"“{name}”的覆盖率（已覆盖户数 ÷ 应覆盖户数{only}）"

    def _count(self, counted: g.Counted, whom: str) -> str:
        if counted.activities is not None:
            item = counted.activities
            return f"{whom}{self.window(item.during)}{self.items(item, each=True)}的项数"
        if counted.enterprises in (None, "all"):
            return f"{whom}的户数"
        return f"{whom}中{self.condition(counted.enterprises).inner()}的户数"  # type: ignore[arg-type]

    def _quotient(self, item: g.MeasureRatio, over: Any, same: bool) -> str:
        first, second = item.of.over or over, item.to.over or over
        alike = self.linked.form(first) == self.linked.form(second)
        whole = item.to.count_of
        if (
            alike
            and item.of.count_of
            and item.of.count_of.enterprises
            and whole
            and whole.enterprises == "all"
        ):
            whom = "同一批企业" if same else self.population(first)
            return f"{whom}中{self.condition(item.of.count_of.enterprises).inner()}的户数所占比例"  # type: ignore[arg-type]
        return f"{self._nested(item.of, over)} ÷ {self._nested(item.to, over, same=alike)}"

    def _nested(self, item: g.Measure, over: Any, same: bool = False) -> str:
        text = self.measure(item, over, same)
        return f"〔{text}〕" if item.ratio or item.difference or item.change_from else text

    def statistic(self, name: str, basis: g.Basis | None = None) -> str:
        """A figure that no enterprise's row holds."""
        entry = self.linked.find("inputs", name)
        label = name if entry is None else entry.item.label
        part = "" if entry is None or entry.item.at_ is None else f"{entry.item.at_.zh}一级"
        kept = "" if basis is None else f"，{BASES[basis.value]}"
        return f"{quoted(label)}（{part}地区统计{kept}）"

    # -------------------------------------------------------------------------------- duties

    def duty(self, duty: g.Duty) -> str:
        """When something falls due, to whom it goes and who does it, in one line."""
        parts = [self.when(duty)]
        if duty.to:
            parts.append(f"报{'、'.join(duty.to)}")
        if duty.responsible:
            parts.append(f"由{'、'.join(duty.responsible)}负责")
        if duty.by:
            names = [
                entry.item.label if (entry := self.linked.find("classes", one)) else one for one in duty.by
            ]
            parts.append(f"按{'、'.join(names)}分列")
        return "；".join(parts)

    def when(self, duty: g.Duty) -> str:
        """The deadline or the rhythm of a duty."""
        due = duty.due
        last = "（含当日）" if duty.inclusive else "（不含当日）"
        if due is None:
            return duty.every or "没有写时限"
        if due.date_ is not None:
            return f"{day(due.date_)}前{last}"
        if due.monthly is not None:
            return f"每月{due.monthly}日前{last}"
        if due.quarterly is not None:
            return f"每季度结束后{due.quarterly}日前{last}"
        month, _, number = due.yearly.partition("-")
        return f"每年{int(month)}月{int(number)}日前{last}"


# ------------------------------------------------------------------------------------------ small things


def _yes_no(topic: Topic, so: bool) -> str:
    return affirmed(topic.label) if so else denied(topic.label)


def _placed(item: g.Input) -> str:
    """A fact of the region is said of where the enterprise stands."""
    if item.of is not g.InputOf.REGION:
        return item.label
    where = "所在地区" if item.at_ is None else f"所在{item.at_.zh}"
    return f"{where}{'为' if item.type is g.InputType.YES_NO else '的'}{item.label}"


def _in_words(window: str) -> str:
    return window if window.endswith(("内", "年", "日")) else f"{window}内"


def _bracketed(item: g.Measure, text: str) -> str:
    return f"〔{text}〕" if item.ratio or item.difference else text


def _when(step: tuple[date, g.Figure]) -> date:
    return step[0]


def _row_labels(rows: Sequence[g.Row]) -> dict[str, str]:
    sides = [(row, row.otherwise if row.is_ is None else row.is_) for row in rows]
    return {side.text: row.label or side.text for row, side in sides if isinstance(side, g.Figure)}


def _type_of_rows(rows: Sequence[g.Row]) -> Type:
    labels = _row_labels(rows)
    if set(labels) and set(labels) <= {"true", "false"}:
        return Type.YES_NO
    numeric = len(labels) < len(rows) or all(text[:1].isdigit() for text in labels)
    return Type.NUMBER if numeric else Type.CHOICE


__all__ = [
    "Prose",
    "Said",
    "Topic",
    "affirmed",
    "asked_of",
    "both",
    "codes",
    "day",
    "denied",
    "history",
    "quoted",
    "since",
    "span",
    "values_of",
]
