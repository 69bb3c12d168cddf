"""Read the cells of a column as base units with Polars expressions: a cell that cannot be read comes out null.

`intake` calls `read`; what a refused cell should have been is said by the intake of single records (`rejects`), whose
rules these expressions follow. A test holds one to the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from typing import Any, Final

import polars as pl

from innovation_rules.engines.bulk.sql import EPOCH
from innovation_rules.fields import (
    _ALPHABET,
    _WEIGHTS,
    FIRST_DAY,
    FIRST_YEAR,
    LAST_DAY,
    LAST_YEAR,
    SECTIONS,
    regions,
)
from innovation_rules.quantities import (
    FOREVER,
    LEVELS,
    MAX_LENGTH,
    MAX_TEXT,
    SCALE,
    UNITS,
    Type,
    compatible,
    unit_of,
)
from innovation_rules.tables.contract import ENDS, Column, Given, words_of

SEPARATOR: Final = ";"
"""Between the texts of a list that is written in one cell; `[]` is a list with nothing in it."""
NOTHING: Final = "[]"
YES_NO: Final[Mapping[str, bool]] = {"true": True, "false": False, "是": True, "否": False}
"""How a table that holds only text writes truth."""
_INVISIBLE: Final = r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]"
_PLAIN: Final = r"^ *[!-~\u4E00-\u9FA5][ -~\u4E00-\u9FA5]*$"
"""What nearly every text is: nothing in it is invisible, and it is NFC as it stands, which takes longest to see to."""
_NUMBER: Final = r"^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?: ?([^0-9.,\s][^0-9,\s]*))?$"
_BARE: Final = r"^(?:[+-]?)(?:[0-9]+)(?:\.[0-9]+)?$"


def read(given: Given, dtype: pl.DataType, untyped: bool) -> pl.Expr:
    """The value of each cell in base units, null where it is null or cannot be read.

    `untyped` says that the table holds only text (CSV): a number may then do without its unit, truth is a word.
    """
    cell, column = pl.col(given.written), given.column
    if isinstance(dtype, pl.Categorical | pl.Enum):
        cell, dtype = cell.cast(pl.String), pl.String()
    if given.fen:
        return _fen(cell, dtype, column, untyped)
    match column.form:
        case "quantity":
            return _quantity(cell, dtype, column, untyped)
        case "yes_no":
            return _yes_no(cell, dtype, untyped)
        case "day" | "end":
            return _day(cell, dtype, column, untyped)
        case "year":
            return _year(cell, dtype)
        case "texts":
            return _texts(cell, dtype, column)
        case "raw":
            return _raw(cell, dtype)
    return _of_text(cell, column) if dtype == pl.String else _none(pl.String)


def _of_text(cell: pl.Expr, column: Column) -> pl.Expr:
    match column.form:
        case "uscc":
            return pl.when(is_uscc(cell)).then(cell)
        case "region":
            return pl.when(cell.is_in([*regions()])).then(cell)
        case "industry":
            return _industry(cell)
        case "level":
            ranks = {name: rank for rank, one in enumerate(LEVELS) for name in (one.value, one.zh)}
            return cell.replace_strict(ranks, default=None, return_dtype=pl.Int64)
        case "choice":
            words = dict(words_of(column))
            return text(cell, words).replace_strict(words, default=None, return_dtype=pl.String)
    return text(cell)


def _none(dtype: Any) -> pl.Expr:
    return pl.lit(None, dtype=dtype)


# ---- texts and codes ---------------------------------------------------------------------------------------


def text(cell: pl.Expr, usual: Collection[str] = ()) -> pl.Expr:
    """A text in NFC; empty, blank, too long or with control characters is no text. `usual` ones are clean."""
    plain = cell.is_in([*usual]) if usual else _plain(cell)
    return pl.when(plain).then(cell).otherwise(_cleaned(pl.when(plain.not_()).then(cell)))


def _plain(cell: pl.Expr) -> pl.Expr:
    return cell.str.contains(_PLAIN) & (cell.str.len_bytes() <= MAX_TEXT)


def _cleaned(cell: pl.Expr) -> pl.Expr:
    good = (cell.str.len_chars() <= MAX_TEXT) & cell.str.contains(r"\S") & ~cell.str.contains(_INVISIBLE)
    return pl.when(good).then(cell.str.normalize("NFC"))


def _texts(cell: pl.Expr, dtype: pl.DataType, column: Column) -> pl.Expr:
    """A list of texts: a list column, or one text with `;` between."""
    if dtype == pl.String:
        empty = cell == NOTHING
        parts = pl.when(empty).then(pl.lit([], dtype=pl.List(pl.String))).otherwise(cell.str.split(SEPARATOR))
    elif dtype == pl.List(pl.String):
        parts = cell
    else:
        return _none(pl.List(pl.String))
    one = pl.element()
    if column.name == "unsurveyed":
        words = one.replace_strict(dict(words_of(column)), default=None, return_dtype=pl.String)
        read = parts.list.eval(words)
    else:
        read = parts.list.eval(text(one))
    return pl.when(read.list.drop_nulls().list.len() == parts.list.len()).then(read)


def _raw(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A declared value that the program does not read: only what no type could ever read is refused."""
    if dtype == pl.String:
        return text(cell)
    plain = dtype.is_integer() or dtype.is_decimal() or dtype in (pl.Boolean, pl.Date)
    return cell.cast(pl.String) if plain else _none(pl.String)


def is_uscc(cell: pl.Expr) -> pl.Expr:
    """Whether a text is a unified social credit code: its form and its check digit (GB 32100)."""
    form = cell.str.contains(f"^[0-9]{{8}}[{_ALPHABET}]{{10}}$")
    whole = pl.when(form).then(cell).otherwise(pl.lit("0" * 18))
    bytes_ = whole.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, 18))
    values = [_value_of(bytes_.arr.get(at).cast(pl.Int32)) for at in range(18)]
    weighted = [value * weight for value, weight in zip(values[:17], _WEIGHTS, strict=True)]
    total: pl.Expr = reduce(lambda one, two: one + two, weighted)
    return form & ((total + values[17]) % 31 == 0)


def _value_of(byte: pl.Expr) -> pl.Expr:
    """What a character of the code counts: 0 to 9, then the letters but for I, O, S, V and Z."""
    skipped = reduce(lambda one, two: one + two, ((byte > ord(letter)).cast(pl.Int32) for letter in "IOSV"))
    return pl.when(byte > ord("9")).then(byte - 55 - skipped).otherwise(byte - 48)


def _industry(cell: pl.Expr) -> pl.Expr:
    """Two to four digits of GB/T 4754 without their section letter, which must fit."""
    letter, digits = (cell.str.extract("^([A-Z]?)([0-9]{2,4})$", group) for group in (1, 2))
    sections = {f"{one:02}": name for name, divisions in SECTIONS.items() for one in divisions}
    section = digits.str.slice(0, 2).replace_strict(sections, default=None, return_dtype=pl.String)
    return pl.when(section.is_not_null() & ((letter == "") | (letter == section))).then(digits)


# ---- truth, dates, years -----------------------------------------------------------------------------------


def _yes_no(cell: pl.Expr, dtype: pl.DataType, untyped: bool) -> pl.Expr:
    if dtype == pl.Boolean:
        return cell
    if dtype == pl.String and untyped:
        return cell.replace_strict(dict(YES_NO), default=None, return_dtype=pl.Boolean)
    return _none(pl.Boolean)


def _day(cell: pl.Expr, dtype: pl.DataType, column: Column, untyped: bool) -> pl.Expr:
    """A date as its ordinal. For no end a date column and CSV write 9999-12-31, a text column the word."""
    words = ENDS.get(column.name, {}) if column.form == "end" else {}
    declared = column.spec is not None and column.declared
    if dtype == pl.Date:
        found = cell.cast(pl.Int64) + EPOCH
    elif dtype == pl.String:
        days = pl.when(cell.str.contains("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")).then(cell)
        found = days.str.to_date("%Y-%m-%d", strict=False).cast(pl.Int64) + EPOCH
    else:
        return _none(pl.Int64)
    low, high = (1, FOREVER) if declared else (FIRST_DAY.toordinal(), LAST_DAY.toordinal())
    inside = (found >= low) & (found <= high)
    if words and (untyped or dtype == pl.Date):
        inside = inside | (found == FOREVER)
    day = pl.when(inside).then(found)
    if dtype == pl.String and (words or declared):
        ends = list(words) if words else ["ongoing", "never"]
        return pl.when(cell.is_in(ends)).then(pl.lit(FOREVER, dtype=pl.Int64)).otherwise(day)
    return day


def _year(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        found = pl.when(cell.str.contains("^[0-9]{4}$")).then(cell).cast(pl.Int64, strict=False)
    elif dtype.is_integer():
        found = cell.cast(pl.Int64, strict=False)
    else:
        return _none(pl.Int64)
    return pl.when((found >= FIRST_YEAR) & (found <= LAST_YEAR)).then(found)


# ---- quantities --------------------------------------------------------------------------------------------


def _quantity(cell: pl.Expr, dtype: pl.DataType, column: Column, untyped: bool) -> pl.Expr:
    assert column.spec is not None
    scale = SCALE[column.spec.type]
    low, high = _range(column)
    if dtype.is_integer():
        found = cell.cast(pl.Int64, strict=False)
        return pl.when((found >= -(-low // scale)) & (found <= high // scale)).then(found * scale)
    if dtype.is_decimal():
        found = _scaled(cell.cast(pl.String), scale)
    elif dtype == pl.String:
        found = _written(cell, column.spec.type, column.spec.unit or None)
        if untyped:
            bare = cell.str.contains(_BARE)
            found = pl.when(bare).then(_scaled(cell, scale)).otherwise(found)
        found = pl.when(cell.str.len_chars() <= MAX_LENGTH).then(found)
    else:
        return _none(pl.Int64)
    return pl.when((found >= low) & (found <= high)).then(found)


def _fen(cell: pl.Expr, dtype: pl.DataType, column: Column, untyped: bool) -> pl.Expr:
    """Whole 分."""
    low, high = _range(column)
    if dtype == pl.String and untyped:
        found = pl.when(cell.str.contains("^[+-]?[0-9]+$")).then(cell).cast(pl.Int64, strict=False)
    elif dtype.is_integer():
        found = cell.cast(pl.Int64, strict=False)
    else:
        return _none(pl.Int64)
    return pl.when((found >= low) & (found <= high)).then(found)


def _range(column: Column) -> tuple[int, int]:
    assert column.spec is not None
    low, high = column.spec.low, column.spec.high
    return -(10**18) if low is None else low, 10**18 if high is None else high


def _scaled(cell: pl.Expr, scale: int) -> pl.Expr:
    """A decimal without a unit, in base units; null where it has more decimals than these."""
    parts = cell.str.extract_groups(r"^([+-]?)([0-9]+)(?:\.([0-9]+))?$")
    sign, whole, decimals = (parts.struct.field(str(group)) for group in (1, 2, 3))
    return _joined(sign == "-", whole, decimals, pl.lit(len(str(scale)) - 1))


def _written(cell: pl.Expr, type: Type, unit: str | None) -> pl.Expr:
    """A number with its unit, in base units; every unit is a power of ten."""
    parts = cell.str.extract_groups(_NUMBER)
    sign, whole, decimals, written = (parts.struct.field(str(group)) for group in (1, 2, 3, 4))
    places = written.replace_strict(_places(type, unit), default=None, return_dtype=pl.Int64)
    return _joined(sign == "-", whole, decimals, places)


def _joined(negative: pl.Expr, whole: pl.Expr, decimals: pl.Expr, places: pl.Expr) -> pl.Expr:
    """whole.decimals × 10^places as a whole number; null where that is not exact, or too large."""
    decimals = decimals.fill_null("").str.strip_chars_end("0")
    exact = decimals.str.len_bytes() <= places
    digits = pl.concat_str([whole, decimals.str.pad_end(_MOST_PLACES, "0").str.slice(0, places)])
    value = pl.when(exact).then(digits).cast(pl.Int64, strict=False)
    return pl.when(negative).then(-value).otherwise(value)


_MOST_PLACES: Final = 12


def _places(type: Type, unit: str | None) -> dict[str, int]:
    """The decimal places of each unit that a quantity may carry."""
    units = {
        one.name: one.factor
        for one in UNITS.values()
        if one.type is type and one.name != "个百分点" and (unit is None or compatible(one.name, unit))
    }
    own = unit_of(unit) if unit else None
    if own is not None and own.type is type:
        units[own.name] = own.factor
    return {name: len(str(factor)) - 1 for name, factor in units.items()}


def any_of(flags: Sequence[pl.Expr]) -> pl.Expr:
    """Whether any flag is raised."""
    return pl.any_horizontal(flags) if flags else pl.lit(False)
