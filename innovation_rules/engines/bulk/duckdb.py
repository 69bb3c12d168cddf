"""Run the text of `sql` in DuckDB, over tables of a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import polars as pl

from innovation_rules.engines.bulk.adapter import Kind
from innovation_rules.engines.bulk.cases import OneByOne
from innovation_rules.engines.bulk.polars import DTYPES
from innovation_rules.engines.bulk.sql import Base, Dialect, Sql, Table
from innovation_rules.engines.bulk.terms import Term


class DuckDB(Sql):
    """The backend."""

    def __init__(self, connection: Any = None) -> None:
        super().__init__()
        self.connection: Any = connection or duckdb.connect()
        self.serial = 0

    def build(self, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, Kind]) -> Table:
        """A table of the connection."""
        self.serial += 1
        name = f"built_{self.serial}"
        series = [pl.Series(one, values, dtype=DTYPES[kinds[one]]) for one, values in columns.items()]
        self.connection.register(name, pl.DataFrame(series).to_arrow())
        return Table(Base(name))

    def collect(self, table: Table, columns: Mapping[str, Term]) -> dict[str, list[object]]:
        text = self.statement(table, columns, Dialect()) + "\nORDER BY rowno"
        found = self.connection.sql(text).to_arrow_table()
        return {name: [_whole(one) for one in found[name].to_pylist()] for name in columns}


def _whole(value: object) -> object:
    """128-bit whole numbers arrive as decimals."""
    return int(value) if isinstance(value, Decimal) else value


@cache
def _memory() -> Any:
    return duckdb.connect()


name = "duckdb"
evaluate = OneByOne(lambda: DuckDB(_memory().cursor()))
