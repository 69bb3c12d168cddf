"""Turn written amounts (`1200万元`, `2.5%`, `300人`, `3年`) into exact integers, and back.

The models of `activities` and `enterprise`, the grammar of `pack` and every printer call it. A value is an exact
integer in the base unit of its type (money: 分, ratio: a millionth): nothing is rounded on the way in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple, Self, TypeVar, cast
from unicodedata import category, normalize

from innovation_rules.errors import Diagnostic, InnovationRulesError, Lang, Words, nearest

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


class Named(StrEnum):
    """A closed list of names, each with one exact Chinese name; `Level("市级")` is `Level("municipal")`."""

    zh: str

    def __new__(cls, value: str, zh: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        return member

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return next((member for member in cls if member.zh == value), None)

    @property
    def words(self) -> Words:
        """The name as a message shows it."""
        return Words(self.zh, self.value)


class Type(Named):
    """The closed list of types of a fact."""

    YES_NO = "yes_no", "是非"
    COUNT = "count", "计数"
    NUMBER = "number", "数量"
    MONEY = "money", "金额"
    RATIO = "ratio", "比率"
    POINTS = "points", "点数"
    DATE = "date", "日期"
    LEVEL = "level", "级别"
    CHOICE = "choice", "选项"
    CODE = "code", "代码"
    TEXT = "text", "文字"


SCALE: Final[MappingProxyType[Type, int]] = MappingProxyType(
    {Type.COUNT: 1, Type.NUMBER: 100, Type.MONEY: 100, Type.RATIO: 1_000_000, Type.POINTS: 100}
)
"""Base units in one natural unit: 1 元 is 100 分, a ratio of 1 (100 %) is 1,000,000."""

FOREVER: Final = date.max.toordinal()
"""The ordinal that stands for `ongoing` and `never`."""

MAX_LENGTH: Final = 40
"""Characters that a written number may have; more is refused before anything is converted."""
MAX_EXPONENT: Final = 30


class QuantityError(InnovationRulesError, ValueError):
    """A value that cannot be read. `code` is in `errors.MESSAGES`, `fields` fill its wording."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__([Diagnostic(code, None, fields)])
        self.code = code
        self.fields = fields

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_error, (type(self), self.code, self.fields)


def _rebuild_error(kind: type[QuantityError], code: str, fields: dict[str, object]) -> QuantityError:
    return kind(code, **fields)


class DecimalText(str):
    """A decimal of JSON or YAML, kept as the text that stood there (`0.025`, `1e3`)."""

    __slots__ = ()


class Level(Named):
    """Levels of government and below, in rising order; `rank` is what is compared."""

    ENTERPRISE = "enterprise", "企业级"
    COUNTY = "county", "县级"
    MUNICIPAL = "municipal", "市级"
    PROVINCIAL = "provincial", "省级"
    NATIONAL = "national", "国家级"

    @property
    def rank(self) -> int:
        """0 for the enterprise's own, up to 4 for the national level."""
        return _RANKS[self]


_LEVEL_OF: Final = {name: level for level in Level for name in (level.value, level.zh)}
_RANKS: Final = {level: rank for rank, level in enumerate(Level)}
LEVELS: Final = tuple(Level)
"""The level of each rank."""


# ---- units ------------------------------------------------------------------------------------------------


class Unit(NamedTuple):
    """A unit: its type, the base units in one of it, and the dimension it shares with its multiples."""

    name: str
    type: Type
    factor: int
    dimension: str
    en: str


_COUNTERS: Final = "人家个件项台套次种篇条座所处名户部批支类款组场位只辆株头例期届"
_MEASURED: Final = {
    "人年": "person-years",
    "人月": "person-months",
    "吨标准煤": "tonnes of coal equivalent",
    "吨": "tonnes",
    "千瓦时": "kWh",
    "千瓦": "kW",
    "立方米": "cubic metres",
    "平方米": "square metres",
    "公顷": "hectares",
    "亩": "mu",
    "公里": "km",
    "小时": "hours",
}
_SAME_COUNTER: Final = {"名": "人", "位": "人", "户": "家"}
_COUNTERS_EN: Final = {"人": " people", "名": " people", "位": " people"}


def _units() -> Iterable[Unit]:
    for name, factor in (("元", 1), ("千元", 10**3), ("万元", 10**4), ("百万元", 10**6), ("亿元", 10**8)):
        yield Unit(name, Type.MONEY, factor * 100, "元", name)
    yield Unit("%", Type.RATIO, 10_000, "%", "%")
    yield Unit("个百分点", Type.RATIO, 10_000, "个百分点", " percentage points")
    yield Unit("倍", Type.RATIO, 1_000_000, "倍", " times")
    yield Unit("点", Type.POINTS, 100, "点", " points")
    for name, en in (("年", " years"), ("个月", " months"), ("日", " days")):
        yield Unit(name, Type.COUNT, 1, name, en)
    for name, en in _MEASURED.items():
        yield Unit(name, Type.NUMBER, 100, name, f" {en}")
        yield Unit(f"万{name}", Type.NUMBER, 10**6, name, f"万{name}")
    for name in _COUNTERS:
        dimension = _SAME_COUNTER.get(name, name)
        yield Unit(name, Type.COUNT, 1, dimension, _COUNTERS_EN.get(name, name))
        yield Unit(f"万{name}", Type.COUNT, 10**4, dimension, f"万{name}")


UNITS: Final[MappingProxyType[str, Unit]] = MappingProxyType({unit.name: unit for unit in _units()})
"""Every simple unit by name; `unit_of` also reads compounds such as `万元/人`."""
NATURAL_UNITS: Final = MappingProxyType({Type.MONEY: "元", Type.RATIO: "%", Type.POINTS: "点"})
"""The unit that a type has when none is declared."""


def unit_of(name: str) -> Unit | None:
    """The unit of that name, simple or `one/another`; None when there is none.

    A compound has the type of what stands before the stroke: `12万元/人` is money, 12万元 for each 1人.
    """
    unit = UNITS.get(name)
    if unit is not None or "/" not in name:
        return unit
    above, _, below = name.partition("/")
    over, under = UNITS.get(above), UNITS.get(below)
    if over is None or under is None or Type.RATIO in (over.type, under.type):
        return None
    return Unit(name, over.type, over.factor, f"{over.dimension}/{below}", name)


def compatible(one: str, other: str) -> bool:
    """Whether two units measure the same: `万元` and `亿元`, `家` and `户`; `个` goes with any counter."""
    first, second = unit_of(one), unit_of(other)
    if first is None or second is None:
        return one == other
    return first.type is second.type and (
        first.dimension == second.dimension
        or (first.type is Type.COUNT and "个" in (first.dimension, second.dimension))
    )


# ---- quantities -------------------------------------------------------------------------------------------


class Quantity(int):
    """An exact number in base units; arithmetic gives plain integers, printing gives `1200万元`."""

    __slots__ = ()
    type: ClassVar[Type]

    def __repr__(self) -> str:
        return format_quantity(int(self), self.type, None, "zh")

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(int(self), spec) if spec else str(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return quantity_schema(cls, None, None, None)


class Count(Quantity):
    """Things counted one by one; a base unit is one of them."""

    __slots__ = ()
    type = Type.COUNT


class Number(Quantity):
    """Something measured to two decimals (人年, 吨标准煤); a base unit is a hundredth."""

    __slots__ = ()
    type = Type.NUMBER


class Money(Quantity):
    """An amount of money; a base unit is one 分."""

    __slots__ = ()
    type = Type.MONEY


class Ratio(Quantity):
    """A share, a growth or a multiple; a base unit is one millionth."""

    __slots__ = ()
    type = Type.RATIO


class Points(Quantity):
    """A score in 点; a base unit is a hundredth of a point."""

    __slots__ = ()
    type = Type.POINTS


QUANTITIES: Final[MappingProxyType[Type, type[Quantity]]] = MappingProxyType(
    {kind.type: kind for kind in (Count, Number, Money, Ratio, Points)}
)
"""The class of each numeric type."""

Q = TypeVar("Q", bound=Quantity)


def quantity_schema(kind: type[Quantity], unit: str | None, low: int | None, high: int | None) -> CoreSchema:
    """The pydantic schema of a quantity: the rules of data in, text with its unit (or a whole number) out."""
    from pydantic_core import core_schema  # here: reading a pack's numbers needs no pydantic

    return core_schema.no_info_plain_validator_function(
        data_parser(kind, unit, low, high),
        serialization=core_schema.plain_serializer_function_ser_schema(
            int if kind is Count else _written(unit), when_used="json"
        ),
    )


def _written(unit: str | None) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        return format_quantity(int(value), value.type, unit if value.type is Type.NUMBER else None, "zh")

    return write


# ---- reading ----------------------------------------------------------------------------------------------

_WRITTEN: Final = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))? ?([^0-9.,\s][^0-9,\s]*)?")
_DECIMAL: Final = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
_FULL_WIDTH: Final = re.compile(r"[\uff01-\uff5e\u2212]")
_WORDS: Final = re.compile(
    r"[一二三四五六七八九十两][一二三四五六七八九十百千万亿零两]*(?:元|%|点|人|家|项|个)"
)
_PERCENT_WORDS: Final = re.compile(r"百分之|百分比|(?i:percent|pct)")


def parse_data(value: object, type: Type, unit: str | None = None) -> int | str:
    """A value of data in base units: an integer or decimal is in natural units (元), a text carries its unit.

    Gives a Quantity for numbers, a bool for yes/no, an ordinal for dates, a rank for levels, else a str.
    Raises QuantityError; floats, NaN and booleans for numbers are refused.
    """
    kind = QUANTITIES.get(type)
    if kind is not None:
        return data_parser(kind, unit, None, None)(value)
    return _OTHERS[type](value)


def parse_literal(text: str, type: Type | None = None) -> tuple[Type, Quantity, str]:
    """A number of a pack, which always carries its unit: `1200万元`, `2.5%`, `3年`, `12万元/人`.

    Gives its type, its value in base units and its unit as written; a duration is a count of 年, 个月 or 日.
    Raises QuantityError when it has no unit, an unknown one, or one of another type than `type`.
    """
    match = _match(text)
    if match[4] is None:
        raise QuantityError("bare-percent" if type is Type.RATIO else "bare-number", value=shown(text))
    unit = _known_unit(text, match[4], type)
    if type is not None and unit.type is not type:
        raise _wrong_unit(text, unit.name, type)
    base = _exact(text, match[1], match[2], match[3], unit.factor)
    return unit.type, QUANTITIES[unit.type](base), unit.name


class Duration(NamedTuple):
    """A length of time as the law counts it: whole years, months or days."""

    length: int
    unit: Literal["年", "个月", "日"]

    def after(self, start: date) -> date:
        """The same day that much later; the last day of the month where there is no such day."""
        return self._moved(start, self.length)

    def before(self, end: date) -> date:
        """The same day that much earlier; the last day of the month where there is no such day."""
        return self._moved(end, -self.length)

    def _moved(self, day: date, by: int) -> date:
        try:
            if self.unit == "日":
                return date.fromordinal(day.toordinal() + by)
            months = day.year * 12 + day.month - 1 + (by * 12 if self.unit == "年" else by)
            return _day_of_month(months // 12, months % 12 + 1, day.day)
        except (ValueError, OverflowError):
            return date.min if by < 0 else date.max


def _day_of_month(year: int, month: int, day: int) -> date:
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            if day <= 28:
                raise
            day -= 1


def parse_duration(text: str) -> Duration:
    """`3年`, `18个月` or `5日`. Raises QuantityError."""
    _, value, unit = parse_literal(text)
    if unit not in ("年", "个月", "日") or value < 0:
        raise QuantityError("not-a-duration", value=shown(text))
    return Duration(int(value), cast(Literal["年", "个月", "日"], unit))


def data_parser(kind: type[Q], unit: str | None, low: int | None, high: int | None) -> Callable[[object], Q]:
    """A function that reads one quantity of data and holds it to its range, both ends in, in base units."""
    scale = SCALE[kind.type]
    match = _WRITTEN.fullmatch
    factors = {one.name: one.factor for one in UNITS.values() if _fits(one, kind.type, unit)}
    factor_of = factors.get
    lowest = -(10**18) if low is None else low
    highest = 10**18 if high is None else high

    def parse(value: Any) -> Q:
        given = type(value)
        if given is str:
            factor = factor_of(value[-2:])
            if factor and len(value) <= MAX_LENGTH:  # the usual forms, without a regular expression
                whole, point, decimals = value[:-2].partition(".")
                if whole.isdecimal() and whole.isascii() and (whole[0] != "0" or whole == "0"):
                    if not point:
                        base = int(whole) * factor
                        if lowest <= base <= highest:
                            return kind(base)
                    elif decimals.isdecimal() and decimals.isascii():
                        base, rest = divmod(int(whole + decimals) * factor, 10 ** len(decimals))
                        if not rest and lowest <= base <= highest:
                            return kind(base)
            found = match(value) if len(value) <= MAX_LENGTH else None
            factor = factor_of(found[4]) if found else None
            if found is None or factor is None:
                base = _text_base(value, kind.type, unit)
            elif found[3] is None and not found[1]:
                base = int(found[2]) * factor
            else:
                base = _exact(value, found[1], found[2], found[3], factor)
        elif given is int:
            base = value * scale
        elif given is kind:
            base = value
        else:
            base = _slow(value, kind, scale)
        if lowest <= base <= highest:
            return kind(base)
        raise _out_of_range(value, kind.type, unit, lowest, highest)

    return parse


def _fits(candidate: Unit, type: Type, unit: str | None) -> bool:
    if candidate.type is not type or candidate.name == "个百分点":
        return False
    return unit is None or compatible(candidate.name, unit)


def _slow(value: object, kind: type[Quantity], scale: int) -> int:
    """Base units of a value that is neither a plain str nor a plain int."""
    if isinstance(value, DecimalText):
        return _decimal_base(str(value), scale)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise QuantityError("not-finite", value=shown(value))
        return _decimal_base(str(value), scale)
    if isinstance(value, bool):
        raise QuantityError("boolean-not-number", value=str(value).lower())
    if isinstance(value, Quantity):
        raise QuantityError("wrong-type", value=str(value), type=kind.type.words, given=value.type.words)
    if isinstance(value, float):
        raise float_refused(value)
    raise QuantityError(
        "wrong-value",
        value=shown(value),
        type=kind.type.words,
        example=_EXAMPLES[kind.type],
    )


def float_refused(value: float) -> QuantityError:
    """Why a float is no value: it is inexact, or no number at all."""
    return QuantityError("float-refused" if isfinite(value) else "not-finite", value=shown(value))


_EXAMPLES: Final = {
    Type.COUNT: "300",
    Type.NUMBER: "3.2人年",
    Type.MONEY: "1200万元",
    Type.RATIO: "2.5%",
    Type.POINTS: "50点",
}


def _decimal_base(text: str, scale: int) -> int:
    if len(text) > MAX_LENGTH:
        raise QuantityError("number-too-long", value=shown(text), limit=MAX_LENGTH)
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise QuantityError("not-a-number", value=shown(text), example="1200万元")
    sign, whole, decimals, exponent = found.groups()
    power = int(exponent or 0)
    if abs(power) > MAX_EXPONENT:
        raise QuantityError("exponent-too-large", value=shown(text), limit=MAX_EXPONENT)
    value = Fraction(int(whole + (decimals or ""))) * scale * Fraction(10) ** (power - len(decimals or ""))
    if value.denominator != 1:
        raise QuantityError("too-many-decimals", value=shown(text))
    return -value.numerator if sign == "-" else value.numerator


def _text_base(text: str, type: Type, unit: str | None) -> int:
    """Base units of a text that the short way did not read: an error that says why."""
    match = _match(text)
    if match[4] is None:
        unit_name = unit or NATURAL_UNITS.get(type) or "个"
        raise QuantityError("unit-missing", value=shown(text), unit=_usual(unit_name))
    known = _known_unit(text, match[4], type)
    if known.name == unit:
        return _exact(text, match[1], match[2], match[3], known.factor)
    raise _wrong_unit(text, known.name, type, unit)


def _usual(unit: str) -> str:
    return "万元" if unit == "元" else unit


def _match(text: str) -> re.Match[str]:
    """The parts of a written number. Raises QuantityError that names what is wrong with it."""
    if len(text) > MAX_LENGTH:
        raise QuantityError("number-too-long", value=shown(text), limit=MAX_LENGTH)
    if _FULL_WIDTH.search(text):
        fixed = normalize("NFKC", text).replace("\u2212", "-")
        raise QuantityError("full-width", value=shown(text), suggestion=shown(fixed))
    found = _WRITTEN.fullmatch(text)
    if found is not None:
        return found
    if _PERCENT_WORDS.search(text):
        raise QuantityError("percent-in-words", value=shown(text))
    if _WORDS.fullmatch(text):
        raise QuantityError("number-in-words", value=shown(text))
    if re.match(r"-?[0-9]{1,3}(,[0-9]{3})+", text):
        raise QuantityError("thousands-separator", value=shown(text), suggestion=shown(text.replace(",", "")))
    raise QuantityError("not-a-number", value=shown(text), example="1200万元")


def _known_unit(text: str, name: str, type: Type | None) -> Unit:
    unit = unit_of(name)
    if unit is not None:
        return unit
    if _PERCENT_WORDS.search(name):
        raise QuantityError("percent-in-words", value=shown(text))
    if name in ("分", "角"):
        raise QuantityError("fen-not-a-unit", value=shown(text), unit=name)
    names = [one.name for one in UNITS.values() if type is None or one.type is type]
    raise QuantityError(
        "unknown-unit",
        value=shown(text),
        unit=shown(name),
        nearest=nearest(name, names),
        units=_some(names),
    )


def _wrong_unit(text: str, name: str, type: Type, unit: str | None = None) -> QuantityError:
    names = [one.name for one in UNITS.values() if _fits(one, type, unit)]
    return QuantityError(
        "wrong-unit",
        value=shown(text),
        unit=name,
        type=type.words,
        units=_some(names or [unit or ""]),
    )


def _some(names: list[str]) -> list[str]:
    return names[:6]


def _exact(text: object, sign: str, whole: str, decimals: str | None, factor: int) -> int:
    if decimals is None:
        base, rest = int(whole) * factor, 0
    else:
        base, rest = divmod(int(whole + decimals) * factor, 10 ** len(decimals))
    if rest:
        raise QuantityError("too-many-decimals", value=shown(text))
    return -base if sign else base


def _out_of_range(value: object, type: Type, unit: str | None, low: int, high: int) -> QuantityError:
    return QuantityError(
        "out-of-range",
        value=shown(value),
        low=format_quantity(low, type, unit, "zh"),
        high=format_quantity(high, type, unit, "zh"),
    )


# ---- reading what is not a number -------------------------------------------------------------------------


def parse_yes_no(value: object) -> bool:
    """True or false as such; a word, 0 and 1 are refused."""
    if isinstance(value, bool):
        return value
    raise QuantityError("not-yes-no", value=shown(value))


def parse_date(value: object) -> date:
    """A date, or `YYYY-MM-DD`. Raises QuantityError that names the form that was met."""
    if type(value) is str and len(value) == 10 and value[4] == "-" and value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise QuantityError("no-such-date", value=shown(value)) from None
    if type(value) is date:
        return value
    raise QuantityError("date-form", value=shown(value))


def parse_level(value: object) -> Level:
    """A level by its English or Chinese name."""
    level = _LEVEL_OF.get(value) if isinstance(value, str) else None
    if level is not None:
        return level
    names = [name for level in Level for name in (level.value, level.zh)]
    raise QuantityError(
        "unknown-choice",
        value=shown(value),
        choices=[level.words for level in Level],
        nearest=nearest(value, names) if isinstance(value, str) else None,
    )


def parse_text(value: object) -> str:
    """A text in NFC without control characters or direction marks."""
    if (
        type(value) is str
        and len(value) <= MAX_TEXT
        and value.isprintable()
        and not value.isspace()
        and value
    ):
        return value if value.isascii() else normalize("NFC", value)
    if type(value) is not str:
        if isinstance(value, str):
            raise QuantityError("text-not-number", value=shown(value))
        code = "text-not-number" if isinstance(value, int | float | Decimal) else "not-text"
        raise QuantityError(code, value=shown(value))
    if not value or value.isspace():
        raise QuantityError("empty-text", value="")
    if len(value) > MAX_TEXT:
        raise QuantityError("field-too-long", value=shown(value), limit=MAX_TEXT)
    if not value.isprintable():
        _refuse_control(value)
    return normalize("NFC", value)


MAX_TEXT: Final = 2_000
_CONTROL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def _refuse_control(value: str) -> None:
    for char in value:
        if category(char) in _CONTROL:
            raise QuantityError("control-in-text", value=shown(value), character=f"U+{ord(char):04X}")


def _ordinal(value: object) -> int:
    return FOREVER if value in ("ongoing", "never") else parse_date(value).toordinal()


_OTHERS: Final[dict[Type, Callable[[object], int | str]]] = {
    Type.YES_NO: parse_yes_no,
    Type.DATE: _ordinal,
    Type.LEVEL: lambda value: parse_level(value).rank,
    Type.CHOICE: parse_text,
    Type.CODE: parse_text,
    Type.TEXT: parse_text,
}


def shown(value: object, limit: int = 48) -> str:
    """A value as an error shows it: short, on one line, nothing in it that a terminal obeys."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and value.bit_length() > 256:
        return "…"
    if isinstance(value, dict | list | tuple | set | frozenset):
        return "{…}" if isinstance(value, dict) else "[…]"
    text = str(value)
    cut = text[:limit] + ("…" if len(text) > limit else "")
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in cut)


# ---- printing ---------------------------------------------------------------------------------------------


def format_quantity(
    value: int | Fraction | str | None, type: Type, unit: str | None = None, lang: Lang = "zh"
) -> str:
    """A value in base units as people write it; what `parse_literal` and `parse_data` read back exactly.

    A fraction that no decimal holds is rounded to four places and says so (约, about).
    """
    if value is None:
        return "未知" if lang == "zh" else "unknown"
    if isinstance(value, str):
        return value
    if type is Type.YES_NO:
        return ("否是" if lang == "zh" else ("no", "yes"))[bool(value)]
    if type is Type.DATE:
        return _written_date(int(value), lang)
    if type is Type.LEVEL:
        level = LEVELS[int(value)]
        return level.zh if lang == "zh" else level.value
    return _written_number(value, type, unit, lang)


def _written_date(ordinal: int, lang: Lang) -> str:
    if ordinal >= FOREVER:
        return "无期限" if lang == "zh" else "no end"
    return date.fromordinal(ordinal).isoformat()


def _written_number(value: int | Fraction, type: Type, unit: str | None, lang: Lang) -> str:
    if type is Type.MONEY and unit in (None, "元"):
        unit = _best_money_unit(value)
    found = unit_of(unit or NATURAL_UNITS.get(type, ""))
    factor = found.factor if found else SCALE[type]
    digits, exact = _decimal_digits(Fraction(value) / factor)
    about = "" if exact else ("约" if lang == "zh" else "about ")
    return about + digits + _suffix(found, unit, lang)


def _suffix(found: Unit | None, unit: str | None, lang: Lang) -> str:
    if found is None:
        return unit or ""
    return found.name if lang == "zh" else found.en


def _best_money_unit(value: int | Fraction) -> str:
    size: Fraction = abs(Fraction(value))
    for name, factor in (("亿元", 10**10), ("万元", 10**6)):
        if size >= factor and (size * 100 / factor).denominator == 1:
            return name
    if size >= 10**6 and size.denominator != 1:
        return "万元"
    return "元"


def _decimal_digits(number: Fraction) -> tuple[str, bool]:
    """The shortest decimal of a number, and whether it is exact."""
    below, places = number.denominator, 0
    while below % 10 == 0:
        below, places = below // 10, places + 1
    for prime in (2, 5):
        while below % prime == 0:
            below, places = below // prime, places + 1
    exact = below == 1
    if not exact:
        number, places = round(number, 4), 4
    scaled = abs(number.numerator) * 10**places // number.denominator
    text = str(scaled).rjust(places + 1, "0")
    whole, decimals = (text[:-places], text[-places:].rstrip("0")) if places else (text, "")
    sign = "-" if number < 0 else ""
    return sign + whole + ("." + decimals if decimals else ""), exact
