"""Run the text of `sql` in Spark, in this process's session or one that is given.

It needs PySpark and Java 17 or later; without either the import fails, and `engines` reports the engine as absent.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyspark  # pyright: ignore[reportMissingImports]

from innovation_rules.engines.bulk.adapter import Kind
from innovation_rules.engines.bulk.cases import OneByOne
from innovation_rules.engines.bulk.sql import Base, Spark, Sql, Table
from innovation_rules.engines.bulk.terms import Term

if TYPE_CHECKING:
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

JAVA: Final = 17
"""The oldest Java that Spark 4 runs on."""
SETTINGS: Final[Mapping[str, str]] = {"spark.sql.ansi.enabled": "true", "spark.sql.session.timeZone": "UTC"}
"""What the text relies on: an overflow is an error, never null."""
LOCAL: Final[Mapping[str, str]] = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.log.level": "OFF",
}
"""A session of two threads for few rows: nothing is compiled for them."""


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    found = Path(home, "bin", "java") if home else shutil.which("java")
    if not found:
        raise ImportError(f"Java {JAVA} or later is not installed")
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < JAVA:
        raise ImportError(f"Java {JAVA} or later is needed")
    return str(found)


_java()


@cache
def local() -> SparkSession:
    """The session of this process: two threads of this machine."""
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

    builder = SparkSession.builder.master("local[2]").appName("innovation-rules")
    for key, value in {**SETTINGS, **LOCAL}.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


class SparkSql(Sql):
    """The backend. Raises ValueError for a session whose arithmetic overflows in silence."""

    def __init__(self, session: SparkSession | None = None) -> None:
        super().__init__()
        self.session: Any = session or local()
        for key, value in SETTINGS.items():
            if self.session.conf.get(key) != value:
                self.session.conf.set(key, value)
        self.serial = 0

    def build(self, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, Kind]) -> Table:
        """A view of the session, of this process's rows."""
        self.serial += 1
        name = f"built_{self.serial}"
        self.frame(columns, kinds).createOrReplaceTempView(name)
        return Table(Base(name))

    def frame(self, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, Kind]) -> Any:
        """A small frame from lists."""
        types = Spark.types
        schema = ", ".join(f"{Spark().identifier(name)} {types[kinds[name]]}" for name in columns)
        rows = [
            tuple(
                int(one) if kinds[name] == "number" and one is not None else one
                for name, one in zip(columns, row, strict=True)
            )
            for row in zip(*columns.values(), strict=True)
        ]
        return self.session.createDataFrame(rows, schema)

    def collect(self, table: Table, columns: Mapping[str, Term]) -> dict[str, list[object]]:
        rows = self.session.sql(self.statement(table, columns, Spark())).collect()
        rows.sort(key=lambda row: row[0])
        return {name: [_whole(row[at]) for row in rows] for at, name in enumerate(columns, start=1)}


def _whole(value: object) -> object:
    """128-bit whole numbers arrive as decimals."""
    return int(value) if isinstance(value, Decimal) else value


name = "spark"
evaluate = OneByOne(SparkSql)
__all__ = ["SparkSql", "evaluate", "local", "name", "pyspark"]
