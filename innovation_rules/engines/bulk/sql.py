"""Decide tables with SQL: the verbs of `adapter` as text, for DuckDB, for Spark, and to be read.

Everything is parenthesised and every number typed, so that a reader needs no table of precedences and no dialect
guesses a width. `Sql` writes text; `DuckDB` also runs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final

from innovation_rules.engines.bulk.adapter import Backend, Kind, Operation
from innovation_rules.program import Op

EPOCH: Final = 719_163
"""1970-01-01 as a proleptic ordinal."""


@dataclass(frozen=True)
class Query:
    """A table as text: named steps, each reading those before it, and which of them it is."""

    name: str
    steps: tuple[tuple[str, str], ...] = ()

    def select(self, columns: str) -> str:
        """The whole statement."""
        steps = ",\n".join(f"{name} AS (\n  {text}\n)" for name, text in self.steps)
        return f"{f'WITH {steps}' if steps else ''}\nSELECT {columns}\nFROM {self.name}"


class Sql(Backend[str, Query]):
    """Text in the DuckDB dialect."""

    types: ClassVar[Mapping[Kind, str]] = {
        "number": "BIGINT",
        "wide": "HUGEINT",
        "truth": "BOOLEAN",
        "text": "VARCHAR",
    }
    quote: ClassVar[str] = '"'

    def __init__(self) -> None:
        self.serial = 0

    def step(self, text: str, *before: Query) -> Query:
        """One more step after those of other queries."""
        self.serial += 1
        name = f"step_{self.serial}"
        steps = {one: text for query in before for one, text in query.steps}
        return Query(name, (*steps.items(), (name, text)))

    def name(self, column: str) -> str:
        """A column's name, quoted."""
        return f"{self.quote}{column.replace(self.quote, self.quote * 2)}{self.quote}"

    def column(self, name: str) -> str:
        return self.name(name)

    def text(self, value: str) -> str:
        """A text literal."""
        return "'" + value.replace("'", "''") + "'"

    def constant(self, value: int | str | bool | None, kind: Kind) -> str:
        if value is None:
            return f"CAST(NULL AS {self.types[kind]})"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        return (
            f"CAST({self.text(str(value))} AS {self.types[kind]})"
            if kind != "text"
            else self.text(str(value))
        )

    def arithmetic(self, op: Operation, left: str, right: str) -> str:
        return f"({left} {op} {right})"

    def compare(self, op: Op, left: str, right: str) -> str:
        return f"({left} {'=' if op == '==' else op} {right})"

    def all_of(self, items: Sequence[str]) -> str:
        return f"({' AND '.join(items)})" if items else "TRUE"

    def any_of(self, items: Sequence[str]) -> str:
        return f"({' OR '.join(items)})" if items else "FALSE"

    def negate(self, item: str) -> str:
        return f"(NOT {item})"

    def is_null(self, item: str) -> str:
        return f"({item} IS NULL)"

    def choose(self, when: str, then: str, otherwise: str) -> str:
        return f"(CASE WHEN {when} THEN {then} ELSE {otherwise} END)"

    def among(self, item: str, values: Sequence[int | str | bool]) -> str:
        if not values:
            return self.choose(self.is_null(item), "NULL", "FALSE")
        return f"({item} IN ({', '.join(map(self._literal, values))}))"

    def _literal(self, value: int | str | bool) -> str:
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        return self.text(value) if isinstance(value, str) else self.constant(int(value), "number")

    def starts_with(self, item: str, prefixes: Sequence[str]) -> str:
        return self.any_of([f"(SUBSTRING({item}, 1, {len(one)}) = {self.text(one)})" for one in prefixes])

    def widen(self, item: str) -> str:
        return f"CAST({item} AS {self.types['wide']})"

    def day(self, ordinal: str) -> str:
        """A date of a proleptic ordinal."""
        return f"(DATE '1970-01-01' + CAST(({ordinal} - {EPOCH}) AS INTEGER))"

    def year_month_day(self, ordinal: str) -> tuple[str, str, str]:
        day = self.day(ordinal)
        year, month, number = (
            f"CAST(EXTRACT({part} FROM {day}) AS BIGINT)" for part in ("YEAR", "MONTH", "DAY")
        )
        return year, month, number

    def word(self, word: str, words: Sequence[str]) -> str:
        return self.text(word)

    def worded(self, item: str, words: Sequence[str], unknown: str) -> str:
        return f"COALESCE({item}, {self.text(unknown)})"

    def mask(self, flags: Sequence[str]) -> str:
        zero = self.constant(0, "number")
        return f"({' + '.join(self.choose(flag, self.constant(1 << at, 'number'), zero) for at, flag in enumerate(flags))})"

    # ---------------------------------------------------------------------------------------- tables

    def _named(self, columns: Mapping[str, str]) -> str:
        return ",\n    ".join(f"{value} AS {self.name(name)}" for name, value in columns.items())

    def with_columns(self, table: Query, columns: Mapping[str, str]) -> Query:
        return self.step(f"SELECT *,\n    {self._named(columns)}\n  FROM {table.name}", table)

    def totals(self, items: Query, sums: Mapping[str, tuple[str, Kind]]) -> Query:
        columns = {name: f"CAST(SUM({value}) AS {self.types[kind]})" for name, (value, kind) in sums.items()}
        text = f"SELECT rowno,\n    {self._named(columns)}\n  FROM {items.name}\n  GROUP BY rowno"
        return self.step(text, items)

    def attach(self, table: Query, totals: Query, names: Sequence[str]) -> Query:
        columns = {name: f"COALESCE(other.{self.name(name)}, 0)" for name in names}
        text = (
            f"SELECT one.*,\n    {self._named(columns)}\n"
            f"  FROM {table.name} AS one LEFT JOIN {totals.name} AS other ON one.rowno = other.rowno"
        )
        return self.step(text, table, totals)

    def carry(self, items: Query, table: Query, names: Sequence[str]) -> Query:
        columns = ", ".join(f"other.{self.name(name)}" for name in names)
        text = (
            f"SELECT one.*, {columns}\n"
            f"  FROM {items.name} AS one LEFT JOIN {table.name} AS other ON one.rowno = other.rowno"
        )
        return self.step(text, items, table)

    def build(self, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, Kind]) -> Query:
        rows = zip(*columns.values(), strict=True)
        values = ", ".join(
            f"({', '.join(self._cell(one, kinds[name]) for name, one in zip(columns, row, strict=True))})"
            for row in rows
        )
        names = ", ".join(map(self.name, columns))
        if not values:
            empty = ", ".join(f"{self.constant(None, kinds[name])} AS {self.name(name)}" for name in columns)
            return self.step(f"SELECT {empty} WHERE FALSE")
        return self.step(f"SELECT * FROM (VALUES {values}) AS t({names})")

    def _cell(self, value: Any, kind: Kind) -> str:
        return self.constant(int(value) if kind == "number" and value is not None else value, kind)

    def collect(self, table: Query, columns: Mapping[str, str]) -> dict[str, list[object]]:
        raise NotImplementedError("text is not run")


class DuckDB(Sql):
    """The same text, run by DuckDB."""

    def __init__(self, connection: Any = None) -> None:
        import duckdb

        super().__init__()
        self.connection: Any = connection or duckdb.connect()

    def build(self, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, Kind]) -> Query:
        """A table of the connection."""
        import polars as pl

        from innovation_rules.engines.bulk.polars import DTYPES

        self.serial += 1
        name = f"built_{self.serial}"
        frame = pl.DataFrame(
            [pl.Series(one, values, dtype=DTYPES[kinds[one]]) for one, values in columns.items()]
        )
        self.connection.register(f"{name}_frame", frame.to_arrow())
        self.connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_frame")
        return Query(name)

    def collect(self, table: Query, columns: Mapping[str, str]) -> dict[str, list[object]]:
        text = table.select(f"rowno, {self._named(columns)}") + "\nORDER BY rowno"
        found = self.connection.sql(text).to_arrow_table()
        return {name: [_whole(one) for one in found[name].to_pylist()] for name in columns}


def _whole(value: object) -> object:
    """128-bit whole numbers arrive as decimals."""
    return int(value) if isinstance(value, Decimal) else value


class SparkSql(Sql):
    """Text in the Spark dialect."""

    types: ClassVar[Mapping[Kind, str]] = {
        "number": "BIGINT",
        "wide": "DECIMAL(38, 0)",
        "truth": "BOOLEAN",
        "text": "STRING",
    }
    quote: ClassVar[str] = "`"

    def text(self, value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def arithmetic(self, op: Operation, left: str, right: str) -> str:
        return f"({left} div {right})" if op == "//" else super().arithmetic(op, left, right)

    def day(self, ordinal: str) -> str:
        return f"DATE_ADD(DATE '1970-01-01', CAST(({ordinal} - {EPOCH}) AS INT))"
