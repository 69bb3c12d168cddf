"""The data dictionary: every column of the four tables, from the vocabulary, as a page.

`docs/generate.py` writes `page()` to docs/data-dictionary.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from innovation_rules.quantities import Type, format_quantity
from innovation_rules.tables.contract import (
    ENDS,
    REQUIRED,
    TABLES,
    TABLES_ZH,
    Column,
    Table,
    columns_of_model,
)

WRITTEN: Final = {
    "uscc": "text: 18 characters with their check digit (GB 32100), nothing mended",
    "region": "text: six digits of GB/T 2260",
    "industry": "text: two to four digits of GB/T 4754, a section letter before them must fit",
    "year": "whole number",
    "day": "date, or text `2020-12-31`",
    "end": "date, or text `2020-12-31`; no end is `{word}` or the date 9999-12-31",
    "level": "text",
    "choice": "text",
    "text": "text without control characters, at most 2,000 characters",
    "texts": "list of texts, or one text with `;` between; `[]` is a list with nothing in it",
    "yes_no": "boolean; in CSV `true`, `false`, `是`, `否`",
}
"""How each kind of cell is written."""

_HEAD: Final = """# Data dictionary

The columns of the tables that the bulk engine reads. [bulk.md](bulk.md) says how they are used, what is checked and what
comes out. A column has its identifier or its Chinese name; so have the values of closed lists. An empty cell is unknown,
never zero and never no. A column that is not there is unknown for all, and a note says so.

A number is an integer or a decimal in the unit that is named, or text that carries its unit (`1200万元`); in CSV a
number needs no unit. A float is refused wherever a figure is exact. Money may also stand in whole 分, in a column whose
name ends in `_fen` (`_分`): `rd_expenditure_fen`.

What a pack declares (`innovation-rules show PACK --section inputs`) stands in a column of that name, in the table of its owner; `inputs.NAME` is
the same column where a name is already taken. `NAME_found_on` is the day on which an authority found it: what was
found after the as-of date is unknown.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for table in TABLES for line in _table(table))])


def _table(table: Table) -> Iterator[str]:
    yield f"## {table} ({TABLES_ZH[table]})\n"
    yield _ROWS[table] + "\n"
    yield "| column | 中文 | how it is written | source |"
    yield "|---|---|---|---|"
    columns = [*columns_of_model(table)]
    if table == "enterprises":
        columns.append(Column(table, "in_directory_2020", "在库规上_2020", "yes_no"))
    for one in columns:
        name = f"**{one.name}**" if one.name in REQUIRED[table] else one.name
        source = one.spec.source if one.spec else _SOURCES.get(one.name, "")
        yield f"| {name} | {one.zh} | {_written(one)} | {source} |"
    yield ""


_ROWS: Final = {
    "enterprises": "One row for each enterprise. `in_directory_2020` stands for one column a year.",
    "reports": "One row for each enterprise and year.",
    "activities": "One row for each activity; at most 10,000 for one enterprise.",
    "qualifications": "One row for each qualification; at most 10,000 for one enterprise.",
}
_SOURCES: Final = {
    "in_directory_2020": "一套表调查单位库",
    "unsurveyed": "categories of activity of which nobody knows more than what is listed",
    "activities_surveyed": "whether the activities that are listed are all there are; empty: yes where some are listed",
    "qualifications_surveyed": "whether the qualifications that are listed are all there are; empty: yes where some are listed",
}


def _written(column: Column) -> str:
    if column.form == "quantity":
        return _figure(column)
    said = WRITTEN[column.form]
    if column.form == "end":
        return said.format(word="`, `".join(ENDS[column.name]))
    choices = column.spec.choices if column.spec else None
    if choices:
        return "text: " + ", ".join(f"`{name}` {zh}" for name, zh in choices.items())
    return said


def _figure(column: Column) -> str:
    spec = column.spec
    assert spec is not None
    unit = spec.unit or ""
    ends = [
        format_quantity(end, spec.type, unit or None, "zh")
        for end in (spec.low, spec.high)
        if end is not None
    ]
    kind = "whole number" if spec.type is Type.COUNT else "number to two decimals"
    return f"{kind} in {unit}, {' to '.join(ends)}" if ends else f"{kind} in {unit}"
