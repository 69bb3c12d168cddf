"""Decide tables with Polars: the verbs of `adapter` as expressions and lazy frames.

`plan` lays a program out with it; nothing of Polars leaves this folder but the frames that go in and out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, Final

import polars as pl

from innovation_rules.engines.bulk.adapter import Backend, Kind, Operation
from innovation_rules.program import Op

DTYPES: Final[Mapping[str, Any]] = {
    "number": pl.Int64,
    "wide": pl.Int128,
    "truth": pl.Boolean,
    "text": pl.String,
}
_EPOCH: Final = 719_163
"""1970-01-01 as a proleptic ordinal."""


class Polars(Backend[pl.Expr, pl.LazyFrame]):
    """The backend."""

    def column(self, name: str) -> pl.Expr:
        return pl.col(name)

    def constant(self, value: int | str | bool | None, kind: Kind) -> pl.Expr:
        return pl.lit(value, dtype=DTYPES[kind])

    def arithmetic(self, op: Operation, left: pl.Expr, right: pl.Expr, kind: Kind) -> pl.Expr:
        match op:
            case "+":
                return left + right
            case "*":
                return left * right
            case "//":
                return left // right

    def compare(self, op: Op, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        match op:
            case ">=":
                return left >= right
            case ">":
                return left > right
            case "<=":
                return left <= right
            case "<":
                return left < right
            case "==":
                return left == right

    def all_of(self, items: Sequence[pl.Expr]) -> pl.Expr:
        return reduce(lambda one, two: one & two, items) if items else pl.lit(True)

    def any_of(self, items: Sequence[pl.Expr]) -> pl.Expr:
        return reduce(lambda one, two: one | two, items) if items else pl.lit(False)

    def negate(self, item: pl.Expr) -> pl.Expr:
        return ~item

    def is_null(self, item: pl.Expr) -> pl.Expr:
        return item.is_null()

    def choose(self, when: pl.Expr, then: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
        return pl.when(when).then(then).otherwise(otherwise)

    def among(self, item: pl.Expr, values: Sequence[int | str | bool]) -> pl.Expr:
        if not values:
            return pl.when(item.is_null()).then(None).otherwise(pl.lit(False))
        if len(values) == 1:
            return item == pl.lit(values[0])
        return item.is_in(list(values))

    def starts_with(self, item: pl.Expr, prefixes: Sequence[str]) -> pl.Expr:
        return self.any_of([item.str.starts_with(prefix) for prefix in prefixes])

    def word(self, word: str, words: Sequence[str]) -> pl.Expr:
        return pl.lit(word, dtype=pl.Enum(words))

    def worded(self, item: pl.Expr, words: Sequence[str], unknown: str) -> pl.Expr:
        return item.fill_null(unknown).cast(pl.Enum(words))

    def mask(self, flags: Sequence[pl.Expr]) -> pl.Expr:
        bits = [
            pl.when(flag).then(pl.lit(1 << at, pl.Int64)).otherwise(pl.lit(0, pl.Int64))
            for at, flag in enumerate(flags)
        ]
        return reduce(lambda one, two: one | two, bits)

    def widen(self, item: pl.Expr) -> pl.Expr:
        return item.cast(pl.Int128)

    def year_month_day(self, ordinal: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
        day = (ordinal - _EPOCH).cast(pl.Int32).cast(pl.Date)
        return (
            day.dt.year().cast(pl.Int64),
            day.dt.month().cast(pl.Int64),
            day.dt.day().cast(pl.Int64),
        )

    # ---------------------------------------------------------------------------------------- tables

    def with_columns(self, table: pl.LazyFrame, columns: Mapping[str, pl.Expr]) -> pl.LazyFrame:
        return table.with_columns(**columns)

    def totals(self, items: pl.LazyFrame, sums: Mapping[str, tuple[pl.Expr, Kind]]) -> pl.LazyFrame:
        return items.group_by("rowno").agg(**{name: value.sum() for name, (value, _) in sums.items()})

    def attach(self, table: pl.LazyFrame, totals: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
        joined = table.join(totals, on="rowno", how="left", maintain_order="left")
        return joined.with_columns(pl.col(name).fill_null(0) for name in names)

    def carry(self, items: pl.LazyFrame, table: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
        return items.join(table.select("rowno", *names), on="rowno", how="left")

    def build(self, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, Kind]) -> pl.LazyFrame:
        made = [pl.Series(name, values, dtype=DTYPES[kinds[name]]) for name, values in columns.items()]
        return pl.DataFrame(made).lazy()

    def collect(self, table: pl.LazyFrame, columns: Mapping[str, pl.Expr]) -> dict[str, list[object]]:
        rows = pl.col("rowno").alias("rowno")
        found = table.select(rows, **columns).sort("rowno").collect()
        return {name: found[name].to_list() for name in columns}
