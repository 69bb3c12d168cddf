"""Say what is wrong with what was set aside, in the words of the intake of single records.

A bad row is given to that intake again, which names each fault; rows beyond a limit keep the code of their kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from innovation_rules.case import MOST_ITEMS
from innovation_rules.errors import DataError, Diagnostic
from innovation_rules.fields import EXAMPLE_CODE
from innovation_rules.intake import parse_enterprise
from innovation_rules.quantities import shown
from innovation_rules.tables.contract import Given, Table
from innovation_rules.tables.decide import Answers
from innovation_rules.tables.intake import CELL
from innovation_rules.tables.records import Records

MOST_WORDED: Final = 10_000
"""How many bad rows are worded one by one; other cells that cannot be read stay `table-cell`."""
FALLBACK: Final = "table-cell"
_ALONE: Final = frozenset(
    {"table-enterprise-twice", "table-report-twice", "table-orphan", "missing-field", "too-many-items"}
)
"""Codes whose words need no more than the cell."""


def worded(found: Answers, rejects: pl.DataFrame) -> pl.DataFrame:
    """The rejects in order, with the code of each fault and its words in both languages (`zh`, `en`)."""
    ordered = rejects.sort("table", "row", "column", "code", nulls_last=True)
    said = _Wording(found).diagnostics(ordered)
    codes = [one.code if code == CELL else code for one, code in zip(said, ordered["code"], strict=True)]
    return ordered.with_columns(
        pl.Series("code", codes, dtype=pl.String),
        pl.Series("zh", [one.message("zh") for one in said], dtype=pl.String),
        pl.Series("en", [one.message("en") for one in said], dtype=pl.String),
    )


class _Wording:
    """Finds the diagnostic of each reject."""

    def __init__(self, found: Answers) -> None:
        self.found = found
        self.records = Records(found.contract, found.sources)
        self.given: dict[Table, dict[str, Given]] = {}
        for table, given in self.records.given.items():
            self.given[table] = {one.written: one for one in given}

    def diagnostics(self, rejects: pl.DataFrame) -> list[Diagnostic]:
        """One for each reject."""
        rows = rejects.select("table", "row").drop_nulls().unique(maintain_order=True).head(MOST_WORDED)
        faults: dict[tuple[Table, int], list[Diagnostic]] = {}
        for (table,), part in rows.group_by("table"):
            faults |= dict(self._faults(table, part["row"].to_list()))
        return [self._one(reject, faults) for reject in rejects.iter_rows(named=True)]

    def _faults(self, table: Table, rows: list[int]) -> Iterator[tuple[tuple[Table, int], list[Diagnostic]]]:
        """What the intake of records and the pack say of some rows of a table."""
        frame = self.found.sources[table].frame.with_row_index("#row", offset=1)
        wanted = frame.filter(
            pl.col("#row").is_in(pl.Series(rows, dtype=pl.get_index_type()).implode())
        ).collect()
        for row in wanted.iter_rows(named=True):
            yield (table, row["#row"]), [*self._of_row(table, row)]

    def _of_row(self, table: Table, row: Mapping[str, Any]) -> Iterator[Diagnostic]:
        fields = self.records.fields(table, row)
        record: dict[str, Any] = {"uscc": EXAMPLE_CODE, "name": "-"}
        if table == "enterprises":
            record |= {key: value for key, value in fields.items() if not key.endswith("_surveyed")}
        elif table == "reports":
            record["reports"] = {str(fields.pop("year", None)): fields}
        else:
            record[table] = [fields]
        found, pack = self.found, self.found.pack
        try:
            enterprise = parse_enterprise(record)
        except DataError as error:
            yield from error.diagnostics
            return
        yield from pack.vocabulary.strangers(enterprise, found.contract.strict)
        try:
            found.program.frame.case(enterprise, found.program.year, found.as_of)
        except DataError as error:
            yield from error.diagnostics

    def _one(
        self, reject: Mapping[str, Any], faults: Mapping[tuple[Table, int], list[Diagnostic]]
    ) -> Diagnostic:
        said = faults.get((reject["table"], reject["row"]), [])
        code, value = reject["code"], reject["value"]
        if code == CELL:
            path = self._path(reject["table"], reject["column"])
            known = next((one for one in said if _at(one, path)), None)
        else:
            known = next((one for one in said if one.code == code), None)
        if known is not None:
            return Diagnostic(known.code, None, known.fields)
        fields = {"value": shown(value or reject["uscc"]), "name": reject["column"], "limit": MOST_ITEMS}
        return Diagnostic(code if code in _ALONE else FALLBACK, None, fields)

    def _path(self, table: Table, written: str) -> str:
        """How the intake of records calls a column, from its record on."""
        column = self.given[table][written].column
        if column.declared:
            return f"inputs.{column.input}"
        return column.name if column.year is None else f"in_directory.{column.year}"


def _at(problem: Diagnostic, path: str) -> bool:
    """Whether a problem is with that field of its record."""
    field = str(problem.fields.get("field", ""))
    if path == "year":
        return field.startswith("reports.") and field.count(".") == 1
    start = field.rfind(path)
    before, after = field[:start], field[start + len(path) :]
    return start >= 0 and (not before or before.endswith(".")) and (not after or after[0] in ".[")
