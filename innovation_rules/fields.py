"""The kinds of field that the models are made of: quantities with a range, dates, texts, credit and other codes.

`activities`, `enterprise` and `region` are written with them; `facts` reads the titles, units and ranges back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from operator import mul
from types import UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from stdnum import numdb
from stdnum.cn import uscc as credit_code

from innovation_rules.quantities import (
    Count,
    DecimalText,
    Level,
    Money,
    Named,
    Number,
    Points,
    QuantityError,
    Type,
    float_refused,
    parse_date,
    parse_level,
    parse_text,
    parse_yes_no,
    quantity_schema,
    shown,
)

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100

MOST_MONEY: Final = 10**15
"""10万亿元 in 分: three times the largest revenue there is, and small enough that a million of them fit 64 bits."""


class Meaning(NamedTuple):
    """What the type of a field says of it: its type as a fact, its unit, its range in base units."""

    type: Type
    unit: str | None = None
    low: int | None = None
    high: int | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if self.low is None or self.type is Type.DATE:
            return handler(source)
        return quantity_schema(source, self.unit, self.low, self.high)


class Read(NamedTuple):
    """How a field is read; it is written as it is, by what it holds."""

    parse: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)


class Model(BaseModel):
    """The base of what is judged: frozen, closed, every field with its Chinese title."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        for field in cls.model_fields.values():
            if isinstance(field.json_schema_extra, dict):
                meaning = meaning_of(field.annotation, field.metadata)
                field.json_schema_extra.update({**meaning._asdict(), "type": meaning.type.value})


def fact(title: str, source: str = "", **more: Any) -> Any:
    """A field that may be absent, which is unknown: its exact Chinese name, and the form and row it comes from."""
    return Field(default=None, title=title, json_schema_extra={"source": source, **more})


def known(title: str, source: str = "") -> Any:
    """A field that every record has."""
    return Field(title=title, json_schema_extra={"source": source})


def meaning_of(annotation: Any, metadata: list[Any]) -> Meaning:
    """The Meaning inside an annotation; a choice for a closed list, else a text."""
    for part in _parts(annotation, metadata):
        if isinstance(part, Meaning):
            return part
        if isinstance(part, type) and issubclass(part, Named):
            return Meaning(Type.CHOICE)
        if part is bool:
            return Meaning(Type.YES_NO)
    return Meaning(Type.TEXT)


def choices_of(annotation: Any) -> dict[str, str] | None:
    """The names of a closed list with their Chinese names, when the annotation holds one."""
    for part in _parts(annotation, []):
        if isinstance(part, type) and issubclass(part, Named):
            return {member.value: member.zh for member in part}
        if isinstance(part, Named):
            return {member.value: member.zh for member in type(part)}
    return None


def _parts(annotation: Any, metadata: list[Any]) -> Iterator[Any]:
    yield from metadata
    if get_origin(annotation) is None:
        yield annotation
    elif get_origin(annotation) is Annotated:
        yield from annotation.__metadata__
        yield from _parts(annotation.__origin__, [])
    elif get_origin(annotation) in (Union, UnionType, Literal, tuple, frozenset, dict):
        for inner in get_args(annotation):
            yield from _parts(inner, [])


# ---- quantities -------------------------------------------------------------------------------------------


def _count(unit: str, high: int) -> Meaning:
    return Meaning(Type.COUNT, unit, 0, high)


Yuan: TypeAlias = Annotated[Money, Meaning(Type.MONEY, "元", 0, MOST_MONEY)]
SignedYuan: TypeAlias = Annotated[Money, Meaning(Type.MONEY, "元", -MOST_MONEY, MOST_MONEY)]
People: TypeAlias = Annotated[Count, _count("人", 10_000_000)]
Pieces: TypeAlias = Annotated[Count, _count("件", 1_000_000)]
Projects: TypeAlias = Annotated[Count, _count("项", 1_000_000)]
Papers: TypeAlias = Annotated[Count, _count("篇", 1_000_000)]
Institutions: TypeAlias = Annotated[Count, _count("个", 1_000_000)]
Amount: TypeAlias = Annotated[Count, Meaning(Type.COUNT, "个", 1, 1_000_000)]
PersonYears: TypeAlias = Annotated[Number, Meaning(Type.NUMBER, "人年", 0, 10**9)]
PersonMonths: TypeAlias = Annotated[Number, Meaning(Type.NUMBER, "人月", 0, 10**10)]
CoalTonnes: TypeAlias = Annotated[Number, Meaning(Type.NUMBER, "吨标准煤", 0, 10**12)]
Score: TypeAlias = Annotated[Points, Meaning(Type.POINTS, "点", 0, 10_000)]


# ---- dates, texts, yes and no -----------------------------------------------------------------------------


def _day(value: Any) -> date:
    return _day_of(value) if type(value) is str or type(value) is date else parse_date(value)


@lru_cache(maxsize=8192)
def _day_of(value: str | date) -> date:
    day = parse_date(value)
    if FIRST_DAY <= day <= LAST_DAY:
        return day
    raise QuantityError("out-of-range", value=shown(value), low=FIRST_DAY, high=LAST_DAY)


def _end(word: str) -> Callable[[Any], Any]:
    return lambda value: word if value == word else _day(value)


def _year(value: Any) -> int:
    if type(value) is str and len(value) == 4 and value.isascii() and value.isdecimal():
        value = int(value)
    if type(value) is not int:
        raise QuantityError("year-form", value=shown(value))
    if FIRST_YEAR <= value <= LAST_YEAR:
        return value
    raise QuantityError("out-of-range", value=shown(value), low=FIRST_YEAR, high=LAST_YEAR)


def parse_raw(value: Any) -> Any:
    """A value whose type a pack declares: kept as written, but for what no type could ever read."""
    if value is None:
        return None
    if type(value) is str:
        return parse_text(value)
    if isinstance(value, DecimalText | int | date):
        return value
    if isinstance(value, Decimal):
        return DecimalText(value)
    if isinstance(value, float):
        raise float_refused(value)
    raise QuantityError("not-a-value", value=shown(value))


_DAYS: Final = Meaning(Type.DATE, None, FIRST_DAY.toordinal(), LAST_DAY.toordinal())

Day: TypeAlias = Annotated[date, Read(_day), _DAYS]
OngoingOrDay: TypeAlias = Annotated[date | Literal["ongoing"], Read(_end("ongoing")), _DAYS]
NeverOrDay: TypeAlias = Annotated[date | Literal["never"], Read(_end("never")), _DAYS]
Year: TypeAlias = Annotated[int, Read(_year)]
Text: TypeAlias = Annotated[str, Read(parse_text), Meaning(Type.TEXT)]
Texts: TypeAlias = Annotated[tuple[Text, ...], Meaning(Type.TEXT)]
YesNo: TypeAlias = Annotated[bool, Read(parse_yes_no), Meaning(Type.YES_NO)]
Grade: TypeAlias = Annotated[Level, Read(parse_level), Meaning(Type.LEVEL)]
Kind: TypeAlias = Annotated[str, Read(parse_text), Meaning(Type.CHOICE)]
Raw: TypeAlias = Annotated[bool | int | str | date | None, Read(parse_raw)]
"""A value of an input, as it was written; the pack that declares the input says how to read it."""


# ---- codes ------------------------------------------------------------------------------------------------

EXAMPLE_CODE: Final = "91350100M000100Y43"
"""The worked example of GB 32100-2015: for enterprises that stand for any."""
_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_VALUE_OF: Final = {char: value for value, char in enumerate(_ALPHABET)}.__getitem__
_SHAPE_OF_USCC: Final = re.compile(f"[0-9]{{8}}[{_ALPHABET}]{{10}}").fullmatch


def credit_code_of(number: int) -> str:
    """A valid credit code (GB 32100) that holds a number of at most seven digits, for enterprises that are made up."""
    stem = f"{EXAMPLE_CODE[:8]}MA{number:07}"
    return stem + str(credit_code.calc_check_digit(stem))


def parse_uscc(value: Any) -> str:
    """A unified social credit code (GB 32100), exactly as registered: nothing is mended.

    Raises QuantityError that names the fault: lower case, spaces, hyphens, full width, the old 9-character code,
    a code that a spreadsheet turned into a number, a wrong check digit.
    """
    if type(value) is str and _SHAPE_OF_USCC(value):
        total = sum(map(mul, map(_VALUE_OF, value), _WEIGHTS))
        if _ALPHABET[-total % 31] == value[17] or credit_code.is_valid(value):
            return value
        raise QuantityError(
            "uscc-check-digit", value=value, expected=credit_code.calc_check_digit(value[:17])
        )
    raise _uscc_fault(value)


def _uscc_fault(value: Any) -> QuantityError:
    if type(value) is not str:
        return _not_a_code(value, EXAMPLE_CODE)
    plain = unicodedata.normalize("NFKC", value)
    tidy = "".join(plain.split()).replace("-", "").upper()
    if re.fullmatch(r"[0-9.]+E[+-]?[0-9]+", tidy):
        return QuantityError("code-is-number", value=shown(value), example=EXAMPLE_CODE)
    if len(tidy) == 9:
        return QuantityError("uscc-organisation-code", value=shown(value))
    if _SHAPE_OF_USCC(tidy) is None:
        return _uscc_shape_fault(value, tidy)
    for code, found in (
        ("uscc-full-width", plain != value),
        ("uscc-space", any(char.isspace() for char in value)),
        ("uscc-hyphen", "-" in value),
    ):
        if found:
            return QuantityError(code, value=shown(value), suggestion=tidy)
    return QuantityError("uscc-lower-case", value=shown(value), suggestion=tidy)


def _uscc_shape_fault(value: str, tidy: str) -> QuantityError:
    if len(tidy) != 18:
        return QuantityError("uscc-length", value=shown(value), length=len(tidy))
    wrong = next((char for char in tidy[:8] if char not in "0123456789"), None) or next(
        char for char in tidy[8:] if char not in _ALPHABET
    )
    return QuantityError("uscc-character", value=shown(value), character=wrong)


@cache
def regions() -> Mapping[str, str]:
    """Every code of GB/T 2260, past ones included, and its last name, by python-stdnum's table."""
    return {code: re.sub(r"\[[^]]*\]", "", names).split(",")[-1] for code, names in _regions()}


def _regions() -> Iterator[tuple[str, str]]:
    for _, province, _, _, parts in numdb.get("cn/loc").prefixes:
        for _, part, _, properties, _ in parts:
            if "county" in properties:
                yield province + part, properties["county"]


def region_name(code: str) -> str | None:
    """The name of a GB/T 2260 code; None when it has none."""
    return regions().get(code)


def regions_under(code: str, day: date) -> tuple[str, ...]:
    """The counties and districts (GB/T 2260) under a province or city on a day, by python-stdnum's table."""
    prefix = code.rstrip("0") if code[2:] != "0000" else code[:2]
    prefix += "0" * (len(prefix) % 2)
    return tuple(
        code for code, names in _regions() if code.startswith(prefix) and _is_county(code, names, day.year)
    )


_NAMES: Final = re.compile(r"(?:\[([0-9]*)-([0-9]*)\])?([^,\[]+)")


def _is_county(code: str, names: str, year: int) -> bool:
    """A county-level code, not a city's own or a collective one, that is in use in a year."""
    if code.endswith("00"):
        return False
    for since, until, name in _NAMES.findall(names):
        if int(since or 0) <= year < int(until or 9999) and name not in (
            "市辖区",
            "县",
            "省直辖县级行政区划",
        ):
            return True
    return False


def parse_region(value: Any) -> str:
    """Six digits of GB/T 2260, as text. Raises QuantityError; a number or a lost zero is named."""
    if type(value) is not str:
        raise _not_a_code(value, "140400")
    if region_name(value) is not None:
        return value
    if re.fullmatch("[0-9]{5}", value) and region_name(f"0{value}"):
        raise QuantityError("code-lost-zero", value=value, suggestion=f"0{value}")
    raise QuantityError(
        "no-such-region" if re.fullmatch("[0-9]{6}", value) else "region-form", value=shown(value)
    )


def _not_a_code(value: Any, example: str) -> QuantityError:
    if isinstance(value, int | float | Decimal | DecimalText) and not isinstance(value, bool):
        return QuantityError("code-is-number", value=shown(value), example=example)
    return QuantityError("not-text", value=shown(value))


SECTIONS: Final = {
    "A": range(1, 6),
    "B": range(6, 13),
    "C": range(13, 44),
    "D": range(44, 47),
    "E": range(47, 51),
    "F": range(51, 53),
    "G": range(53, 61),
    "H": range(61, 63),
    "I": range(63, 66),
    "J": range(66, 70),
    "K": range(70, 71),
    "L": range(71, 73),
    "M": range(73, 76),
    "N": range(76, 80),
    "O": range(80, 83),
    "P": range(83, 84),
    "Q": range(84, 86),
    "R": range(86, 91),
    "S": range(91, 97),
    "T": range(97, 98),
}
"""The divisions of each section of GB/T 4754-2017."""


def _section(industry: str) -> str | None:
    """The section letter of an industry code without one."""
    return next((name for name, divisions in SECTIONS.items() if int(industry[:2]) in divisions), None)


def parse_industry(value: Any) -> str:
    """Two to four digits of GB/T 4754 as text; a section letter before them must fit, and is dropped.

    Raises QuantityError; a number is named, and the zero that it lost.
    """
    if type(value) is str:
        return _industry(value)
    lost = type(value) is int and (0 < value < 10 or 100 <= value < 1000)
    if lost and _section(f"0{value}"):
        raise QuantityError("code-lost-zero", value=value, suggestion=f"0{value}")
    raise _not_a_code(value, "0610")


@lru_cache(maxsize=8192)
def _industry(value: str) -> str:
    found = re.fullmatch("([A-Z]?)([0-9]{2,4})", value)
    if found is None:
        if re.fullmatch("[1-9]", value):
            raise QuantityError("code-lost-zero", value=value, suggestion=f"0{value}")
        raise QuantityError("industry-form", value=shown(value))
    letter, digits = found.groups()
    section = _section(digits)
    if section is None:
        raise QuantityError("no-such-industry", value=value, division=digits[:2])
    if letter and letter != section:
        raise QuantityError(
            "industry-section", value=value, division=digits[:2], section=section, digits=digits
        )
    return digits


Uscc: TypeAlias = Annotated[str, Read(parse_uscc), Meaning(Type.CODE)]
Region: TypeAlias = Annotated[str, Read(parse_region), Meaning(Type.CODE)]
Industry: TypeAlias = Annotated[str, Read(parse_industry), Meaning(Type.CODE)]
