"""Write enterprises as the four tables: the way from records (JSON) to tables.

What the tables hold is read back by `intake` as the same enterprises; the tests and examples are made with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from innovation_rules.activities import Finding
from innovation_rules.case import Frame
from innovation_rules.enterprise import Enterprise
from innovation_rules.facts import CATEGORIES
from innovation_rules.program import Program
from innovation_rules.quantities import QUANTITIES, Money, Quantity, Type, format_quantity, parse_data
from innovation_rules.tables.contract import (
    FOUND_ON,
    INPUT,
    NO_END,
    OWNERS,
    REQUIRED,
    TABLES,
    Column,
    Table,
    columns_of_model,
)


def frames(enterprises: Iterable[Enterprise], program: Program | None = None) -> dict[Table, pl.DataFrame]:
    """The four tables of some enterprises, money in 分 (columns `_fen`).

    The program says of which type a declared value is; without it, the values of an input must be of one kind.
    """
    writer = _Writer(program)
    rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for one in enterprises:
        rows["enterprises"].append(writer.enterprise(one))
        for year, report in one.reports.items():
            rows["reports"].append({"uscc": one.uscc, "year": year, **writer.fields("reports", report)})
        for item in one.activities or ():
            rows["activities"].append({"uscc": one.uscc, **writer.fields("activities", item)})
        for held in one.qualifications or ():
            rows["qualifications"].append({"uscc": one.uscc, **writer.fields("qualifications", held)})
    return {table: _frame(table, found) for table, found in rows.items()}


class _Writer:
    """Makes rows of records."""

    def __init__(self, program: Program | None) -> None:
        frame = program.frame if program else Frame((), (), ())
        specs = (*(fact.spec for fact in frame.facts), *frame.activity_facts)
        self.declared = {(spec.owner, spec.name): spec for spec in specs if spec.declared}
        self.columns = {table: [*columns_of_model(table)] for table in TABLES}

    def enterprise(self, one: Enterprise) -> dict[str, Any]:
        row = self.fields("enterprises", one)
        row |= {f"in_directory_{year}": held for year, held in one.in_directory.items()}
        row["activities_surveyed"] = one.activities is not None
        row["qualifications_surveyed"] = one.qualifications is not None
        row["unsurveyed"] = [name for name in CATEGORIES if name in one.unsurveyed]
        return row

    def fields(self, table: Table, record: Any) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for column in self.columns[table]:
            value = getattr(record, column.name, None)
            if value is not None and column.name != "unsurveyed":
                name, cell = _cell(column, value)
                row[name] = cell
        for name, value in getattr(record, "inputs", {}).items():
            row |= self._input(table, name, value)
        return row

    def _input(self, table: Table, name: str, value: Any) -> dict[str, Any]:
        row: dict[str, Any] = {}
        if isinstance(value, Finding):
            row[f"{INPUT}{name}{FOUND_ON}"] = value.found_on
            value = value.value
        spec = self.declared.get((OWNERS[table], name))
        if spec is not None and spec.type in QUANTITIES and value is not None:
            unit = spec.unit or None
            value = format_quantity(parse_data(value, spec.type, unit), spec.type, unit, "zh")
        row[INPUT + name] = str(value) if isinstance(value, str) else value
        return {key: one for key, one in row.items() if one is not None}


def _cell(column: Column, value: Any) -> tuple[str, Any]:
    if isinstance(value, Money):
        return f"{column.name}_fen", int(value)
    if isinstance(value, Quantity):
        unit = column.spec.unit if column.spec else None
        return column.name, int(value) if value.type is Type.COUNT else format_quantity(
            int(value), value.type, unit, "zh"
        )
    if value in ("ongoing", "never"):
        return column.name, NO_END
    if isinstance(value, tuple):
        return column.name, list(value)
    return column.name, str(value) if isinstance(value, str) else value


def _frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    names = dict.fromkeys((*REQUIRED[table], *(name for row in rows for name in row)))
    if not rows:
        return pl.DataFrame(schema={name: pl.Int64 if name == "year" else pl.String for name in names})
    return pl.DataFrame([{name: row.get(name) for name in names} for row in rows], infer_schema_length=None)
