"""Decide tables as a Spark job: `spark-submit spark_job.py PACK TABLES OUT --year 2020`.

TABLES is a folder, or any address that Spark reads, with Parquet tables enterprises, activities and qualifications
whose columns are those that `innovation-rules sql PACK --dialect spark` lists at its head. OUT is written as Parquet,
a row an enterprise, partitioned by the columns of `--partition` (region, where the tables have it).
`python -m innovation_rules.tables.spark_job` runs the same on this machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from innovation_rules.engines.bulk.script import Read, script
from innovation_rules.engines.bulk.spark import SETTINGS
from innovation_rules.engines.bulk.sql import Spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession  # pyright: ignore[reportMissingImports]

    from innovation_rules.program import Program


def decide(
    session: SparkSession,
    program: Program,
    as_of: date,
    tables: Mapping[str, DataFrame],
    beside: Sequence[str] = (),
) -> DataFrame:
    """A lazy frame with a row for each enterprise; `beside` are columns of theirs that come out too.

    Raises ValueError where a table lacks a column or has it in another type, BulkError for what 128 bits cannot hold.
    """
    for key, value in SETTINGS.items():
        session.conf.set(key, value)
    found = script(program, as_of, Spark(), beside=beside)
    for table, columns in found.reads.items():
        _checked(table, tables[table], columns).createOrReplaceTempView(table)
    return session.sql(found.text.rstrip().rstrip(";"))


def _checked(table: str, frame: DataFrame, columns: Sequence[Read]) -> DataFrame:
    """The columns that are read, under their readable names; a table may have them as f0, a1, ... too."""
    from pyspark.sql import functions  # pyright: ignore[reportMissingImports]

    types = dict(frame.dtypes)
    chosen: list[Any] = []
    for name, short, kind in columns:
        written = name if name in types else short
        wanted = Spark.types[kind].lower()
        if types.get(written) != wanted:
            raise ValueError(f"{table}.{name}: {wanted} is needed, {types.get(written, 'nothing')} is there")
        chosen.append(functions.col(f"`{written}`").alias(name))
    return frame.select(*chosen)


def main(words: Sequence[str] | None = None) -> None:
    """Read the tables, decide them, write what comes out."""
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

    from innovation_rules.packs import dates_of, law_date_of, load_pack

    given = _parser().parse_args(words)
    year, as_of = dates_of(given.year, given.as_of)
    program = load_pack(given.pack).program(year, law_date_of(year, as_of))
    session = SparkSession.builder.appName(f"innovation-rules {given.pack}").getOrCreate()
    names = ("enterprises", "activities", "qualifications")
    tables = {name: session.read.parquet(f"{given.tables}/{name}") for name in names}
    found = decide(session, program, as_of, tables, given.partition)
    found.write.mode("errorifexists").partitionBy(*given.partition).parquet(given.out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spark_job", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("pack", metavar="PACK")
    parser.add_argument("tables", metavar="TABLES")
    parser.add_argument("out", metavar="OUT")
    parser.add_argument("--year", type=int, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat)
    parser.add_argument("--partition", action="append", default=[], metavar="COLUMN")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
