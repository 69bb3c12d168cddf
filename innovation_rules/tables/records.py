"""Turn rows of tables back into a record: what the intake of single records reads, and the interpreter explains.

`rejects` words faults with it, `why` on the command line reads one enterprise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import polars as pl

from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import DataError, Diagnostic
from innovation_rules.facts import CATEGORIES
from innovation_rules.intake import parse_enterprise
from innovation_rules.quantities import DecimalText
from innovation_rules.tables.cells import _BARE, NOTHING, SEPARATOR, YES_NO
from innovation_rules.tables.contract import ENDS, NO_END, Contract, Given, Table
from innovation_rules.tables.intake import Source

Row = Mapping[str, Any]
_bare: Final = re.compile(_BARE).match


class Records:
    """Reads rows of some tables as records."""

    def __init__(self, contract: Contract, sources: Mapping[Table, Source]) -> None:
        self.sources = sources
        self.given: dict[Table, list[Given]] = {
            table: contract.bind(table, source.frame.collect_schema().names())[0]
            for table, source in sources.items()
        }

    def enterprise(self, uscc: str) -> Enterprise:
        """The enterprise of that credit code. Raises DataError where there is none, or its rows have faults."""
        rows: dict[Table, list[Row]] = {}
        for table, source in self.sources.items():
            code = pl.col(self.written(table, "uscc")).cast(pl.String, strict=False)
            rows[table] = [*source.frame.filter(code == uscc).collect().to_dicts()]
        return self._enterprise(uscc, rows)

    def _enterprise(self, uscc: str, rows: Mapping[Table, Sequence[Row]]) -> Enterprise:
        if not rows["enterprises"]:
            raise DataError([Diagnostic("table-no-enterprise", None, {"value": uscc})])
        if len(rows["enterprises"]) > 1:
            raise DataError([Diagnostic("table-enterprise-twice", None, {"value": uscc})])
        years = [row[self.written("reports", "year")] for row in rows.get("reports", ())]
        if len(set(map(str, years))) < len(years):
            raise DataError([Diagnostic("table-report-twice")])
        one = parse_enterprise(self.record(rows))
        own = self.fields("enterprises", rows["enterprises"][0])
        partly = own.get("qualifications_surveyed") is False
        return one.model_copy(update={"qualifications": None}) if partly else one

    def enterprises(self, codes: Sequence[str]) -> Iterator[Enterprise]:
        """The enterprises of some credit codes, each table read once. Raises DataError as `enterprise` does."""
        wanted = pl.Series(codes, dtype=pl.String)
        rows: dict[Table, dict[str, list[Row]]] = {}
        for table, source in self.sources.items():
            code = pl.col(self.written(table, "uscc")).cast(pl.String, strict=False)
            held = rows[table] = {}
            for row in (
                source.frame.filter(code.is_in(wanted.implode())).collect(engine="streaming").to_dicts()
            ):
                held.setdefault(str(row[self.written(table, "uscc")]), []).append(row)
        for uscc in codes:
            yield self._enterprise(uscc, {table: held.get(uscc, []) for table, held in rows.items()})

    def written(self, table: Table, name: str) -> str:
        """How a table writes a column of the model."""
        return next(
            one.written for one in self.given[table] if one.column.name == name and not one.column.declared
        )

    def record(self, rows: Mapping[Table, Sequence[Row]]) -> dict[str, Any]:
        """The record of one row of enterprises and the rows that belong to it."""
        found = self.fields("enterprises", rows["enterprises"][0])
        found.setdefault("name", str(found.get("uscc")))
        reports = [self.fields("reports", row) for row in rows.get("reports", ())]
        if reports:
            found["reports"] = {one.pop("year", None): one for one in reports}
        for table in ("activities", "qualifications"):
            items = [self.fields(table, row) for row in rows.get(table, ())]
            surveyed = found.pop(f"{table}_surveyed", None)
            if surveyed is True or items:
                found[table] = items
            if surveyed is False and items and table == "activities":
                found["unsurveyed"] = list(CATEGORIES)
        return found

    def fields(self, table: Table, row: Row) -> dict[str, Any]:
        """The fields of one row; a cell that is empty is a field that is not there."""
        found: dict[str, Any] = {}
        inputs: dict[str, Any] = {}
        days: dict[str, Any] = {}
        for one in self.given[table]:
            value = value_of(one, row[one.written], self.sources[table].untyped)
            column = one.column
            if value is None or (column.name == "uscc" and table != "enterprises"):
                continue
            if column.declared:
                (days if column.found_on else inputs)[column.input] = value
            elif column.year is not None:
                found.setdefault("in_directory", {})[str(column.year)] = value
            else:
                found[column.name] = value
        for name, day in days.items():
            inputs[name] = {"value": inputs.get(name), "found_on": day}
        return found | ({"inputs": inputs} if inputs else {})


def value_of(given: Given, cell: Any, untyped: bool) -> Any:
    """A cell as the intake of single records takes it."""
    column = given.column
    if cell is None:
        return None
    if given.fen:
        return Decimal(int(cell)).scaleb(-2) if re.fullmatch("[+-]?[0-9]+", str(cell)) else cell
    if column.form == "end" and not column.declared:
        if cell == NO_END or (untyped and cell == NO_END.isoformat()):
            return next(iter(ENDS[column.name].values()))
        return ENDS[column.name].get(cell, cell) if isinstance(cell, str) else cell
    if column.form == "texts" and isinstance(cell, str):
        return [] if cell == NOTHING else cell.split(SEPARATOR)
    if untyped and isinstance(cell, str):
        if column.form == "quantity" and _bare(cell):
            return DecimalText(cell)
        if column.form == "yes_no":
            return YES_NO.get(cell, cell)
    return cell
