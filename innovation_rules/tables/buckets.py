"""Decide tables that are larger than memory: every enterprise falls into one of some buckets, each decided by itself.

The rows of an enterprise fall into the same bucket in every table, by the hash of its code, so that the answers are
those of the whole, whatever the order of the rows.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from innovation_rules.packs import Pack
from innovation_rules.tables.contract import TABLES, Contract, Table
from innovation_rules.tables.decide import Answers, decide
from innovation_rules.tables.intake import Source
from innovation_rules.tables.regions import Targets
from innovation_rules.tables.sources import new_folder

NUMBER: Final = "#number"
"""The number of a row in the table that it comes from."""
BUCKET: Final = "#bucket"


def decide_in_buckets(
    pack: Pack,
    sources: Mapping[Table, Source],
    folder: Path,
    buckets: int,
    *,
    step: Callable[[int], None] | None = None,
    targets: Targets | None = None,
    **options: Any,
) -> Answers:
    """What `decide` gives, made bucket by bucket and kept as Parquet in a new folder, which must live as long.

    `step` is told the number of each bucket that is done; `targets` are added up on the way. Raises what `decide`
    raises, and DataError where something stands in the folder already.
    """
    whole = decide(pack, sources, **options)
    new_folder(folder)
    keyed = {name: _keyed(name, one, whole.contract) for name, one in sources.items()}
    untyped: dict[Table, bool] = {name: one.untyped for name, one in sources.items()}
    decided, aside = folder / "decided", folder / "rejects"
    for one in (decided, aside):
        one.mkdir()
    for at, part in enumerate(split(keyed, "#code", folder, buckets)):
        found = decide(pack, _sources(part, untyped), targets=targets, **options)
        sink = found.frame.sink_parquet(decided / f"{at}.parquet", lazy=True)
        pl.collect_all([sink, *([] if targets is None else targets.sinks(part))], engine="streaming")
        others = found.aside(pl.scan_parquet(decided / f"{at}.parquet").select("uscc"))
        numbers = _numbers(part)
        rejects = others.join(numbers, on=["table", "row"], how="left").with_columns(
            pl.col(NUMBER).alias("row")
        )
        rejects.drop(NUMBER).sink_parquet(aside / f"{at}.parquet", engine="streaming")
        if targets is not None:
            own = numbers.filter(pl.col("table") == "enterprises")
            targets.add(part, own.select(pl.col("row").alias("#rowno"), NUMBER))
        shutil.rmtree(part)
        if step is not None:
            step(at)
    whole.frame = pl.scan_parquet(sorted(decided.glob("*.parquet")))
    rejected = pl.scan_parquet(sorted(aside.glob("*.parquet")))
    whole.aside = lambda _: rejected
    return whole


def split(tables: Mapping[Any, pl.LazyFrame], key: str, folder: Path, buckets: int) -> Iterator[Path]:
    """New folders in one that is ours, a Parquet file for each table: rows with the same key in the same one."""
    for name, frame in tables.items():
        bucket = pl.col(key).hash(0) % buckets
        parts = folder / "parts" / str(name)
        target = pl.PartitionBy(parts, key=bucket.alias(BUCKET), include_key=False)
        frame.sink_parquet(target, mkdir=True, engine="streaming")
    for at in range(buckets):
        part = folder / f"bucket-{at}"
        part.mkdir()
        for name, frame in tables.items():
            held = folder / "parts" / str(name) / f"{BUCKET}={at}"
            rows = pl.scan_parquet(sorted(held.glob("*.parquet"))) if held.is_dir() else frame.head(0)
            rows.sink_parquet(part / f"{name}.parquet", engine="streaming")
            shutil.rmtree(held, ignore_errors=True)
        yield part
    shutil.rmtree(folder / "parts", ignore_errors=True)


def _keyed(table: Table, source: Source, contract: Contract) -> pl.LazyFrame:
    """A table with its row numbers and the code by which it is split."""
    given, _ = contract.bind(table, source.frame.collect_schema().names())
    code = next(one.written for one in given if one.column.form == "uscc")
    return source.frame.with_row_index(NUMBER, offset=1).with_columns(
        pl.col(code).cast(pl.String, strict=False).alias("#code")
    )


def _sources(part: Path, untyped: Mapping[Table, bool]) -> dict[Table, Source]:
    return {
        name: Source(pl.scan_parquet(part / f"{name}.parquet").drop("#code", NUMBER), untyped[name])
        for name in untyped
    }


def _numbers(part: Path) -> pl.LazyFrame:
    """The row of each table that a row of this bucket is."""
    return pl.concat(
        [
            pl.scan_parquet(one)
            .select(pl.lit(one.stem).alias("table"), pl.col(NUMBER).cast(pl.Int64))
            .with_row_index("row", offset=1)
            .with_columns(pl.col("row").cast(pl.Int64))
            for name in TABLES
            if (one := part / f"{name}.parquet").exists()
        ]
    )
