"""Open tables: a folder of Parquet or CSV files, a DuckDB or SQLite file, a PostgreSQL address, a frame in memory.

`decide` and the command line call it. The extra `bulk` brings what it needs; `psql` reads PostgreSQL.
"""

from __future__ import annotations

import csv
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import polars as pl
from polars.exceptions import PolarsError

from innovation_rules.errors import DataError, Diagnostic
from innovation_rules.tables.cells import NOTHING, SEPARATOR
from innovation_rules.tables.contract import DATABASES, SCHEMES, TABLES, TABLES_ZH, Table, is_snapshot
from innovation_rules.tables.intake import Source


def as_source(table: Any) -> Source:
    """A table in memory: a Polars frame, lazy or not, an Arrow table, a DuckDB relation, or another of the Arrow kind."""
    if isinstance(table, Source):
        return table
    if isinstance(table, pl.LazyFrame):
        return Source(table, shifting=True)
    if isinstance(table, pl.DataFrame):
        return Source(table.lazy())
    if hasattr(table, "pl"):  # a DuckDB relation
        return Source(table.pl().lazy())
    found = pl.DataFrame(table)
    return Source(found.lazy())


def new_folder(folder: Path) -> None:
    """Make a folder. Raises DataError where something stands in it already: nobody's files are written over."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError([Diagnostic("folder-not-empty", None, {"file": str(folder)})])
    folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def readable(where: str) -> Iterator[None]:
    """What cannot be read there (cut short, not UTF-8, another kind of file) is a mistake in the data. Raises DataError."""
    try:
        yield
    except (PolarsError, sqlite3.Error, csv.Error) as error:
        raise _unreadable(where, error) from error


def _unreadable(where: str, error: Exception) -> DataError:
    reason = str(error).strip().splitlines()[:1]
    return DataError([Diagnostic("table-source", None, {"file": where, "reason": reason})])


def open_tables(where: str) -> dict[Table, Source]:
    """The tables that stand at a folder, a database file or an address.

    Raises DataError where there are none, where they cannot be read, or a line of CSV has not as many cells as the head.
    """
    with readable(where):
        return _open(where)


def _open(where: str) -> dict[Table, Source]:
    if where.startswith(SCHEMES):
        return _named(_postgres(where), where)
    path = Path(where)
    if path.is_dir():
        return _folder(path)
    kind = DATABASES.get(path.suffix.lower())
    if kind is None or not path.is_file():
        code = "table-source" if path.is_file() else "no-such-file"
        raise DataError([Diagnostic(code, None, {"file": where, "reason": ""})])
    return _named(_duckdb(path) if kind == "duckdb" else _sqlite(path), where)


def _named(found: Iterator[tuple[Table, Source]], where: str) -> dict[Table, Source]:
    tables = dict(found)
    if "enterprises" not in tables:
        raise DataError([Diagnostic("table-missing", None, {"table": "enterprises", "file": where})])
    return tables


def _spellings(table: Table) -> tuple[str, str]:
    return table, TABLES_ZH[table]


# ---- files -------------------------------------------------------------------------------------------------


def _folder(path: Path) -> dict[Table, Source]:
    if is_snapshot(str(path)):
        from innovation_rules.tables.snapshot import Snapshot

        return Snapshot(path).sources
    return _named(
        ((table, source) for table in TABLES if (source := _file(path, table)) is not None), str(path)
    )


def _file(folder: Path, table: Table) -> Source | None:
    """The one file of a table, or the folder of its parts."""
    held = [
        one
        for name in _spellings(table)
        for one in (folder / f"{name}.parquet", folder / f"{name}.csv", folder / name)
        if one.exists()
    ]
    if len(held) > 1:
        fields = {"table": table, "files": [one.name for one in held]}
        raise DataError([Diagnostic("table-two-files", None, fields)])
    return None if not held else _read(held[0])


def _read(path: Path) -> Source:
    if path.is_dir():
        parts = sorted(path.glob("**/*.parquet"))
        return Source(pl.scan_parquet(parts)) if parts else _csv(sorted(path.glob("**/*.csv")), path)
    return Source(pl.scan_parquet(path)) if path.suffix == ".parquet" else _csv([path], path)


def _csv(paths: list[Path], where: Path) -> Source:
    """CSV as text, cell by cell: nothing is guessed."""
    if not paths:
        raise DataError([Diagnostic("empty-file", None, {"file": str(where)})])
    for one in paths:
        _same_cells(one)
    return Source(pl.scan_csv(paths, infer_schema=False), untyped=True)


_QUOTED: Final = '(^|,)(?:"[^"]*")+'
"""A cell in quotes on one line, a quote in it written twice."""


def _same_cells(path: Path) -> None:
    """Raise DataError at the first line that has not as many cells as the head. An empty line is a row of empty cells."""
    line, cells = pl.col("line"), pl.col("cells")
    lines = pl.scan_lines(path).with_row_index("at", offset=1)
    lines = lines.filter((line.str.strip_chars_end("\r") != "") | (pl.col("at") == 1))
    lines = lines.with_columns(line.str.replace_all(_QUOTED, "$1").alias("cells"))
    lines = lines.select(
        "at", cells.str.count_matches(",", literal=True) + 1, more=cells.str.contains('"', literal=True)
    )
    head = lines.head(1).collect()
    columns = int(head["cells"].sum())
    odd = lines.filter((cells != columns) | pl.col("more")).head(1).collect(engine="streaming")
    for at, found, more in odd.iter_rows():
        if more:
            _same_cells_across_lines(path)
        else:
            raise _of_cells(path, at, found, columns)


def _same_cells_across_lines(path: Path) -> None:
    """The same where a cell holds the end of a line: one row after another."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        rows = csv.reader(stream)
        columns, at = len(next(rows)), rows.line_num + 1
        for row in rows:
            if row and len(row) != columns:
                raise _of_cells(path, at, len(row), columns)
            at = rows.line_num + 1


def _of_cells(path: Path, line: int, found: int, columns: int) -> DataError:
    fields = {"file": str(path), "line": line, "found": found, "columns": columns}
    return DataError([Diagnostic("table-line-cells", None, fields)])


# ---- databases ---------------------------------------------------------------------------------------------


def _duckdb(path: Path) -> Iterator[tuple[Table, Source]]:
    """By way of Parquet, so that a table may be larger than memory."""
    import duckdb

    kept = TemporaryDirectory(prefix="innovation-rules-")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.execute("select table_name from information_schema.tables").fetchall()
            for table, name in _held({str(name) for (name,) in found}):
                file = Path(kept.name, f"{table}.parquet")
                connection.execute(f"""copy (select * from "{name}") to '{file}' (format parquet)""")
                yield table, Source(pl.scan_parquet(file), keep=kept)
    except duckdb.Error as error:
        raise _unreadable(str(path), error) from error


def _held(names: Collection[str]) -> Iterator[tuple[Table, str]]:
    """Our tables among those of a database, and how they are spelt there."""
    return ((table, name) for table in TABLES for name in _spellings(table) if name in names)


def _sqlite(path: Path) -> Iterator[tuple[Table, Source]]:
    """By Python's own sqlite3: a column is what its values are; a declared BOOLEAN holds 0 and 1."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        found = connection.execute("select name from sqlite_master where type in ('table', 'view')")
        for table, name in _held({name for (name,) in found}):
            yield table, Source(_sqlite_frame(connection, name).lazy())
    finally:
        connection.close()


def _sqlite_frame(connection: sqlite3.Connection, name: str) -> pl.DataFrame:
    declared = {row[1]: str(row[2]).upper() for row in connection.execute(f'pragma table_info("{name}")')}
    cursor = connection.execute(f'select * from "{name}"')
    names = [one[0] for one in cursor.description]
    columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
    return pl.DataFrame(
        [
            _sqlite_column(one, values, declared.get(one, ""))
            for one, values in zip(names, columns, strict=True)
        ]
    )


def _sqlite_column(name: str, values: tuple[Any, ...], declared: str) -> pl.Series:
    if declared.startswith("BOOL") and all(one in (0, 1, None) for one in values):
        return pl.Series(name, [None if one is None else bool(one) for one in values], dtype=pl.Boolean)
    try:
        return pl.Series(name, values, strict=True)
    except TypeError:
        fields = {"column": name, "kinds": sorted({type(one).__name__ for one in values if one is not None})}
        raise DataError([Diagnostic("table-column-mixed", None, fields)]) from None


def _postgres(where: str) -> Iterator[tuple[Table, Source]]:
    """By psql, as CSV: a column of inexact numbers stays inexact, so that it is refused where money stands."""
    kept = TemporaryDirectory(prefix="innovation-rules-")
    tables = _psql(
        where,
        "select table_name from information_schema.tables where table_schema = any(current_schemas(false))",
    )
    for table, name in _held(set(tables.splitlines())):
        types = dict(
            line.split("\t")
            for line in _psql(
                where,
                "select column_name, data_type from information_schema.columns where table_schema = "
                f"any(current_schemas(false)) and table_name = '{name}' order by ordinal_position",
            ).splitlines()
        )
        file = Path(kept.name, f"{table}.csv")
        cells = ", ".join(_as_text(column, type) for column, type in types.items())
        _psql(where, f"\\copy (select {cells} from \"{name}\") to '{file}' csv header")
        frame = pl.scan_csv(file, infer_schema=False)
        inexact = [column for column, type in types.items() if type in ("real", "double precision")]
        yield table, Source(frame.with_columns(pl.col(inexact).cast(pl.Float64)), True, kept)


def _as_text(column: str, type: str) -> str:
    """A column as the text that this library reads."""
    name = '"' + column.replace('"', '""') + '"'
    if type == "ARRAY":
        some = f"case when cardinality({name}) = 0 then '{NOTHING}' else array_to_string({name}, '{SEPARATOR}') end"
        return f"{some} as {name}"
    return f"{name}::text as {name}"


def _psql(where: str, command: str) -> str:
    """What psql prints, tab between columns; the password goes by the environment. Raises DataError."""
    program = shutil.which("psql")
    if program is None:
        raise DataError([Diagnostic("table-no-psql")])
    parts = urlsplit(where)
    plain = (
        parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")) if parts.password else parts
    )
    secret = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    words = [
        program,
        "-X",
        "-q",
        "-A",
        "-t",
        "-F",
        "\t",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        plain.geturl(),
        "-c",
        command,
    ]
    done = subprocess.run(words, env={**os.environ, **secret}, capture_output=True, text=True, check=False)
    if done.returncode:
        fields = {"file": plain.geturl(), "reason": done.stderr.strip().splitlines()[-1:]}
        raise DataError([Diagnostic("table-source", None, fields)])
    return done.stdout
