"""The operators of derived facts: what each is called, what it takes, what it means in core nodes.

`parser` reads their arguments, `compiler` asks each to lower itself, `docs/language.md` prints their docstrings.
To add an operator write one class here and name it in OPERATORS; no engine changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from innovation_rules.pack.grammar import (
    Conditions,
    Figure,
    Filter,
    Item,
    LevelTest,
    Name,
    Operand,
    Reference,
    Row,
    key,
)
from innovation_rules.pack.typed import Typed, whole
from innovation_rules.program import Compare, Extreme, FirstMatch, Linear, Number, Op, Quotient, YearsSince
from innovation_rules.quantities import SCALE, Type, compatible

if TYPE_CHECKING:
    from innovation_rules.pack.lowering import Lowering


class Operator(Item):
    """One operator; `words` are its English and Chinese keys."""

    words: ClassVar[tuple[str, str]]
    whole: ClassVar[bool] = False
    """The shorthand is the only way to write it."""
    asserts: ClassVar[bool] = False
    """It is a yes or no, and may stand straight in a condition."""

    def lower(self, to: Lowering) -> Typed:
        raise NotImplementedError


class RatioOf(Operator):
    """`of` divided by `to`, exactly. Where `to` can be zero or less, `if_not_positive` says what holds then."""

    words: ClassVar = ("ratio", "比率")
    of: Operand = key("分子", "被除数")
    to: Operand = key("分母", "除数")
    if_not_positive: Operand | None = key("分母非正时", "分母为零或负数时取的值", None)

    def lower(self, to: Lowering) -> Typed:
        of, below = to.number(self.of), to.number(self.to)
        return divide(to, self, of, below, self.if_not_positive)


def divide(to: Lowering, item: Item, of: Typed, below: Typed, otherwise: Reference | None) -> Typed:
    """A quotient of two numbers: a ratio where they measure the same, else so much of one for each other."""
    if otherwise is None and (below.low is None or below.low <= 0):
        raise to.wrong("if-not-positive-missing", item.place)
    kind, unit = (
        (Type.RATIO, "%")
        if of.type is below.type
        and (of.type is not Type.COUNT or compatible(of.unit or "个", below.unit or "个"))
        else (of.type if of.type is Type.MONEY else Type.NUMBER, f"{of.unit}/{below.unit}")
    )
    factor = Fraction(SCALE[kind], 1) * Fraction(SCALE[below.type], SCALE[of.type])
    like = Typed(-1, kind, unit)
    fallback = to.constant(0, kind, unit) if otherwise is None else to.number(otherwise, like=like)
    node = to.add(Quotient(of.node, below.node, whole(factor), fallback.node), kind, unit)
    low = 0 if of.low is not None and of.low >= 0 and fallback.low is not None and fallback.low >= 0 else None
    return Typed(node, kind, unit, low=low)


class SumOf(Operator):
    """The sum of several numbers of one type."""

    words: ClassVar = ("sum", "和")
    shorthand: ClassVar = "of"
    whole: ClassVar = True
    of: tuple[Operand, ...] = key("各项", "相加的各项")

    def lower(self, to: Lowering) -> Typed:
        return combine(to, [(1, one) for one in to.numbers(self.of)])


class DifferenceOf(Operator):
    """`of` less `less`."""

    words: ClassVar = ("difference", "差")
    of: Operand = key("被减", "被减数")
    less: Operand = key("减去", "减数")

    def lower(self, to: Lowering) -> Typed:
        first = to.number(self.of)
        return combine(to, [(1, first), (-1, to.number(self.less, like=first))])


class TimesOf(Operator):
    """A number multiplied by a share or a multiple that the pack states, or a count by so much for each one."""

    words: ClassVar = ("times", "乘")
    of: Operand = key("数", "被乘数")
    by: Operand = key("乘以", "比例或倍数,如 50%、2倍;被乘数是计数时也可写每一个多少,如 1人年、3万元")

    def lower(self, to: Lowering) -> Typed:
        value = to.number(self.of)
        each = to.literal(self.by) if isinstance(self.by, Figure) and value.type is Type.COUNT else None
        if each is None or each.type is Type.RATIO:
            return combine(to, [(to.factor(self.by), value)])
        assert each.low is not None
        high = None if value.high is None else each.low * value.high
        node = to.add(Linear(((each.low, value.node),)), each.type, each.unit)
        return Typed(node, each.type, each.unit, None if value.low is None else each.low * value.low, high)


def combine(to: Lowering, terms: Sequence[tuple[Number | None, Typed]]) -> Typed:
    """A linear combination of numbers of one type, with the range that follows from theirs.

    A factor of None is a parameter before its first value: the result is unknown.
    """
    first = terms[0][1]
    given = [(factor, one) for factor, one in terms if factor is not None]
    if len(given) < len(terms):
        return replace(to.constant(None, first.type, first.unit), low=first.low, high=first.high)
    node = to.add(Linear(tuple((factor, one.node) for factor, one in given)), first.type, first.unit)
    low = _end(given, lambda one, up: one.low if up else one.high)
    high = _end(given, lambda one, up: one.high if up else one.low)
    return Typed(node, first.type, first.unit, low, high)


def _end(terms: list[tuple[Number, Typed]], pick: Any) -> Number | None:
    total: Number = 0
    for factor, one in terms:
        end = pick(one, factor >= 0)
        if end is None:
            return None
        total += factor * end
    return total


class MaxOf(Operator):
    """The largest of several numbers; known early when one already stands at the highest that any can be."""

    words: ClassVar = ("max", "取大")
    shorthand: ClassVar = "of"
    whole: ClassVar = True
    of: tuple[Operand, ...] = key("各项", "取最大者")

    def lower(self, to: Lowering) -> Typed:
        return pick_one(to, "max", to.numbers(self.of))


class MinOf(Operator):
    """The smallest of several numbers; known early when one already stands at the lowest that any can be."""

    words: ClassVar = ("min", "取小")
    shorthand: ClassVar = "of"
    whole: ClassVar = True
    of: tuple[Operand, ...] = key("各项", "取最小者")

    def lower(self, to: Lowering) -> Typed:
        return pick_one(to, "min", to.numbers(self.of))


def pick_one(to: Lowering, kind: Any, values: list[Typed]) -> Typed:
    """An Extreme with its declared bound and range."""
    lows, highs = [one.low for one in values], [one.high for one in values]
    low = None if None in lows else (max if kind == "max" else min)(lows)  # type: ignore[type-var]
    high = None if None in highs else (max if kind == "max" else min)(highs)  # type: ignore[type-var]
    bound = high if kind == "max" else low
    node = to.add(Extreme(kind, tuple(one.node for one in values), bound), values[0].type, values[0].unit)
    return replace(values[0], node=node, low=low, high=high)


class GrowthOf(Operator):
    """(this year − base) / base; the base is the year before, or a named year."""

    words: ClassVar = ("growth", "增长率")
    of: Operand = key("数", "哪个数")
    since: Annotated[Any, "since"] = key("相比", "previous(上年)或 {year: 2018}")
    if_not_positive: Operand | None = key("分母非正时", "基数为零或负数时取的值", None)

    def lower(self, to: Lowering) -> Typed:
        now = to.number(self.of)
        with to.in_year(to.year - 1 if self.since == "previous" else self.since.year):
            base = to.number(self.of)
        return divide(to, self, combine(to, [(1, now), (-1, base)]), base, self.if_not_positive)


class PreviousOf(Operator):
    """The same fact a year earlier, with the parameters of that year's end."""

    words: ClassVar = ("previous", "上年")
    shorthand: ClassVar = "of"
    whole: ClassVar = True
    of: Name = key("数", "哪个事实", names="subject")

    def lower(self, to: Lowering) -> Typed:
        with to.in_year(to.year - 1):
            return to.fact(self.of)


class OverYears(Operator):
    """The sum over the last years; with `or_since`, years that ended before that date count as nothing."""

    words: ClassVar = ("over_years", "多年合计")
    of: Operand = key("数", "哪个数")
    last: Figure = key("最近", "几年,如 3年")
    or_since: Name | None = key("或自", "不足时自此日起算,如 established", None, names="subject")

    def lower(self, to: Lowering) -> Typed:
        length = to.years(self.last)
        start = None if self.or_since is None else to.fact(self.or_since)
        terms = []
        for year in range(to.year, to.year - length, -1):
            with to.in_year(year):
                value = to.number(self.of)
                terms.append((1, value if start is None else self._since(to, start, value, year)))
        return combine(to, terms)

    def _since(self, to: Lowering, start: Typed, value: Typed, year: int) -> Typed:
        end = to.constant(to.last_day(year), Type.DATE)
        later = to.add(Compare(start.node, ">", end.node), Type.YES_NO)
        nothing = to.constant(0, value.type, value.unit)
        node = to.add(FirstMatch(((later, nothing.node),), value.node), value.type, value.unit)
        return replace(value, node=node)


class CountOf(Filter, Operator):
    """How many activities match; between what is sure and what is possible while something is unsurveyed."""

    words: ClassVar = ("count", "计数")

    def lower(self, to: Lowering) -> Typed:
        return to.activities(self)


class TotalOf(Filter, Operator):
    """The total of an amount, a quantity or an input of zero or more over the matching activities."""

    words: ClassVar = ("total", "合计")
    of: Name = key("数", "amount(金额)、quantity(数量)或填报项", names="item")

    def lower(self, to: Lowering) -> Typed:
        return to.activities(self, of=self.of)


class ExistsSome(Filter, Operator):
    """Some activity matches all that is said, in one and the same activity."""

    words: ClassVar = ("exists", "存在")
    asserts: ClassVar = True

    def lower(self, to: Lowering) -> Typed:
        return to.some(to.activities(self))


class HasActivity(Operator):
    """Some activity of a category, or of a kind, in the judged year."""

    words: ClassVar = ("has_activity", "有活动")
    shorthand: ClassVar = "of"
    whole: ClassVar = True
    asserts: ClassVar = True
    of: Name = key("方面", "活动方面或活动种类", names="activity")

    def lower(self, to: Lowering) -> Typed:
        return to.some(to.activities(to.filter_of(self.of, self.at)))


class HoldsOne(Operator):
    """A qualification that is recognised and unexpired on the as-of date; 申报 is status: [applied, recognised]."""

    words: ClassVar = ("holds", "具有资质")
    shorthand: ClassVar = "kind"
    asserts: ClassVar = True
    kind: tuple[Name, ...] = key("种类", "资质种类", names="qualification")
    level: LevelTest = key("级别", "级别本身,或 {at_least: provincial}", (), names="level")
    status: tuple[Name, ...] = key("状态", "申报、认定等;不写即已认定", (), names="status")

    def lower(self, to: Lowering) -> Typed:
        return to.some(to.qualifications(self.kind, self.level, self.status))


class YearsSinceDate(Operator):
    """Whole years from a date to the as-of date."""

    words: ClassVar = ("years_since", "满年数")
    shorthand: ClassVar = "of"
    whole: ClassVar = True
    of: Name = key("日期", "哪个日期", names="subject")

    def lower(self, to: Lowering) -> Typed:
        start = to.fact(self.of)
        if start.type is not Type.DATE:
            raise to.wrong("not-a-date-fact", self.of.place, name=self.of, type=start.type.words)
        node = to.add(YearsSince(start.node), Type.COUNT, "年")
        return Typed(node, Type.COUNT, "年", -200, 2000)


class WhenTrue(Operator):
    """Yes where the condition holds."""

    words: ClassVar = ("when", "当")
    shorthand: ClassVar = "condition"
    whole: ClassVar = True
    condition: Conditions = key("条件", "条件")

    def lower(self, to: Lowering) -> Typed:
        return Typed(to.condition(self.condition), Type.YES_NO)


class TableOf(Operator):
    """The value of the first row whose condition holds; the last row is otherwise."""

    words: ClassVar = ("table", "分行")
    shorthand: ClassVar = "rows"
    whole: ClassVar = True
    rows: tuple[Row, ...] = key("行", "自上而下")

    def lower(self, to: Lowering) -> Typed:
        return to.table(self.rows, self.at.place)


class StepsOf(Operator):
    """A scale: the value of the first step that the number reaches, else `otherwise`."""

    words: ClassVar = ("steps", "分档")
    of: Operand = key("数", "按哪个数分档")
    at_least: Annotated[Any, "steps"] = key("不低于", "下限: 取值,由高到低", None)
    more_than: Annotated[Any, "steps"] = key("超过", "严格下限: 取值,由高到低", None)
    at_most: Annotated[Any, "steps"] = key("不超过", "上限: 取值,由低到高", None)
    less_than: Annotated[Any, "steps"] = key("低于", "严格上限: 取值,由低到高", None)
    otherwise: Figure = key("其余", "都不到时的取值")

    OPS: ClassVar[dict[str, Op]] = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<"}

    def lower(self, to: Lowering) -> Typed:
        word = self._word(to)
        of = to.number(self.of)
        last = to.literal(self.otherwise)
        values = [last]
        rows: list[tuple[Typed, Typed]] = []
        for edge, figure in getattr(self, word):
            bound, value = to.literal(edge, like=of), to.literal(figure, like=last)
            self._ordered(to, word, rows, bound, edge)
            rows.append((bound, value))
            values.append(value)
        tests = [
            (to.add(Compare(of.node, self.OPS[word], bound.node), Type.YES_NO), value.node)
            for bound, value in rows
        ]
        node = to.add(FirstMatch(tuple(tests), last.node), last.type, last.unit)
        return Typed(
            node,
            last.type,
            last.unit,
            min(one.low for one in values),  # type: ignore[type-var]
            max(one.high for one in values),  # type: ignore[type-var]
        )

    def _word(self, to: Lowering) -> str:
        given = [word for word in self.OPS if getattr(self, word) is not None]
        if len(given) != 1:
            raise to.wrong("steps-one-comparison", self.place)
        return given[0]

    def _ordered(self, to: Lowering, word: str, rows: list[Any], bound: Typed, edge: Figure) -> None:
        if not rows:
            return
        before, now = rows[-1][0].low, bound.low
        falling = word in ("at_least", "more_than")
        if now >= before if falling else now <= before:
            raise to.wrong("steps-out-of-order", edge.place, falling=falling)


OPERATORS: Final[tuple[type[Operator], ...]] = (
    RatioOf,
    SumOf,
    DifferenceOf,
    TimesOf,
    MaxOf,
    MinOf,
    GrowthOf,
    PreviousOf,
    OverYears,
    CountOf,
    TotalOf,
    ExistsSome,
    HoldsOne,
    HasActivity,
    YearsSinceDate,
    WhenTrue,
    TableOf,
    StepsOf,
)
