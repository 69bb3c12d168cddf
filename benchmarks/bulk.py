"""A country at once: the bulk engine against the same rules by hand, in one run, with peak memory. Run by `make bench`.

Enterprises with five activities each, unknowns and figures at the thresholds among them, are generated as Parquet.
Every contender runs in a process of its own, reads the same files and writes Parquet; whatever it writes is held to
what the engine writes, row by row. Without arguments: 100,000 and 1,000,000 enterprises. Ten million, about a quarter
of an hour and 7 GB: `.venv-bench/bin/python benchmarks/bulk.py --sizes 10000000 --packs country`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import by_hand
import ours_bulk as ours
from country import generate
from timing import goal

ROOT = Path(__file__).parents[1]
SAMPLE = 2_000
"""Enterprises that the engine of single records decides, scaled to all."""
FEW = 3_000
"""Enterprises of `--check`."""


# ------------------------------------------------------------------------------------------------ contenders


def scanned(program: Any, folder: Path) -> None:
    """Decode every column that a program reads."""
    import polars as pl

    for name, columns in ours.columns(program).items():
        wanted = ["rowno", *(one for one, _, _ in columns)]
        pl.scan_parquet(folder / f"{name}.parquet").select(pl.col(wanted).is_null().sum()).collect(
            engine="streaming"
        )


def _in_duckdb(query: str, out: Path) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET threads = 2; SET preserve_insertion_order = false")
        connection.execute(f"COPY ({query}) TO '{out}' (FORMAT parquet)")


def _polars(what: str, program: Any, folder: Path, count: int) -> Any:
    """What a contender of Polars gives, as a lazy frame."""
    if what == "ours":
        return ours.polars_frame(program, folder)
    return by_hand.in_polars(program, folder, count) if what == HAND else ours.held_frame(program, folder)


def decide(what: str, program: Any, folder: Path, count: int, out: Path) -> None:
    """One contender over the tables of a folder."""
    import polars as pl

    match what:
        case "scan":
            scanned(program, folder)
        case "ours" | "by hand, Polars" | "snapshot, first" | "snapshot, again":
            _polars(what, program, folder, count).sink_parquet(out, engine="streaming")
        case "snapshot, not written":
            frame = _polars(what, program, folder, count)
            frame.select(pl.all().to_physical().sum()).collect(engine="streaming")
        case "ours in 16 buckets":
            ours.in_buckets(program, folder, folder / "buckets", 16)
        case "DuckDB":
            _in_duckdb(ours.duckdb_text(program, folder), out)
        case "by hand, DuckDB":
            _in_duckdb(by_hand.in_duckdb(program, folder, count), out)
        case "by hand, NumPy":
            by_hand.in_numpy(program, folder, count, out)
        case "openfisca-core":
            by_hand.in_openfisca(program, folder, count, out)
        case _:
            raise ValueError(what)


def door(what: str, name: str, folder: Path) -> None:
    """One contender over a user's tables."""
    match what:
        case "tables, scanned":
            ours.door_scanned(folder / "door")
        case "tables, checked and decided":
            ours.by_the_door(name, folder / "door", folder / f"out-{what}.parquet")
        case _:
            ours.held_tables(name, folder / "door", folder / "held", folder / f"out-{what}.parquet")


def run(what: str, name: str, count: int, folder: Path) -> float:
    """Seconds of one contender, without imports and without loading the pack."""
    program, out = ours.program_of(name, count, folder), folder / f"out-{what}.parquet"
    if what == "Spark":
        return _spark(program, folder, out)
    if what == "compiled, one by one":
        return _compiled(program, folder)
    for module in MODULES.get(what, ("innovation_rules.tables.snapshot", "innovation_rules.tables.decide")):
        import_module(module)
    start = time.perf_counter()
    if what in DOOR:
        door(what, name, folder)
    else:
        decide(what, program, folder, count, out)
    return time.perf_counter() - start


def _spark(program: Any, folder: Path, out: Path) -> float:
    """Without the start of the session."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "6g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "8")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    for name in ours.columns(program):
        session.read.parquet(str(folder / f"{name}.parquet")).createOrReplaceTempView(name)
    text = ours.spark_text(program)
    start = time.perf_counter()
    session.sql(text).write.mode("overwrite").parquet(str(out))
    return time.perf_counter() - start


def _compiled(program: Any, folder: Path) -> float:
    """Decide a sample and scale: the cases are made before."""
    import polars as pl

    some, evaluate = list(ours.cases(program, folder, SAMPLE)), ours.compiled(program)
    evaluate(some[0])
    start = time.perf_counter()
    for one in some:
        evaluate(one)
    rows = pl.scan_parquet(folder / "enterprises.parquet").select(pl.len()).collect().item()
    return (time.perf_counter() - start) / SAMPLE * rows


class Figure(NamedTuple):
    """What a run cost."""

    seconds: float
    cpu: float
    """Seconds of all threads, imports and the loading of the pack among them: what a busy machine does not change."""
    peak: float
    """MB."""


def python_of(what: str) -> str:
    """Spark is of another environment than the peers (`make spark`)."""
    return str(ROOT / ".venv" / "bin" / "python") if what == "Spark" else sys.executable


BRIEF, RUNS = 1.0, 5
ONCE = ("snapshot, first", "tables, snapshot made")
"""What finds its work done when it runs a second time."""


def measured(what: str, name: str, count: int, folder: Path) -> Figure | None:
    """One contender; what takes less than a second is run five times, and the middle run counts."""
    found = _run_alone(what, name, count, folder)
    if found is None or found.seconds >= BRIEF or what in ONCE:
        return found
    more = [_run_alone(what, name, count, folder) for _ in range(RUNS - 1)]
    return sorted([found, *filter(None, more)])[RUNS // 2]


def _run_alone(what: str, name: str, count: int, folder: Path) -> Figure | None:
    """One run in a process of its own."""
    options = {"one": what, "pack": name, "rules": count, "folder": folder}
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    done = subprocess.run(
        [python_of(what), __file__, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "POLARS_MAX_THREADS": "2"},
        check=False,
    )
    if done.returncode:
        print(f"  absent: {what} ({(done.stderr.strip() or 'killed').splitlines()[-1][:100]})")
        return None
    return Figure(**json.loads(done.stdout.splitlines()[-1]))


def compared(folder: Path, what: str) -> int:
    """In how many rows what a contender wrote differs from ours; a row that one of them lacks differs."""
    import polars as pl

    files = folder / f"out-{what}.parquet"
    left = pl.scan_parquet(folder / "out-ours.parquet")
    right = pl.scan_parquet(files / "*.parquet" if files.is_dir() else files)
    names = [one for one, dtype in right.collect_schema().items() if one != "rowno"]
    both = left.join(right, on="rowno", how="full", suffix="!")

    def said(one: str) -> Any:
        text = pl.col(one).cast(pl.String)
        return text.replace_strict(NUMBERS, return_dtype=pl.String) if what in NUMBERED else text

    alone = pl.col("rowno").is_null() | pl.col("rowno!").is_null()
    differ = [said(one).ne_missing(pl.col(f"{one}!").cast(pl.String)) for one in names]
    found = both.select(pl.any_horizontal(alone, *differ).sum(), pl.len()).collect(engine="streaming")
    differing, rows = found.row(0)
    assert rows, "nothing was compared"
    return int(differing)


HAND = "by hand, Polars"
BUCKETS = "ours in 16 buckets"
NUMBERED = ("by hand, NumPy", "openfisca-core")
NUMBERS = {
    "not_covered": "0",
    "ineligible": "0",
    "covered": "1",
    "eligible": "1",
    "undetermined": "2",
    "out_of_scope": "3",
}
"""How a status is written by those that write numbers."""
COUNTRY = (
    "scan",
    "ours",
    HAND,
    "by hand, DuckDB",
    "DuckDB",
    *NUMBERED,
    "compiled, one by one",
    "snapshot, first",
    "snapshot, again",
    "snapshot, not written",
    "Spark",
)
OURS = ("scan", "ours", "DuckDB", "compiled, one by one", "snapshot, first", "snapshot, again")
DOOR = (
    "tables, scanned",
    "tables, checked and decided",
    "tables, snapshot made",
    "tables, snapshot again",
)
"""Contenders over a user's tables: read, checked, laid out."""
AT_MOST = {"Spark": 100_000, "openfisca-core": 1_000_000, "DuckDB": 1_000_000, "by hand, DuckDB": 1_000_000}
"""Beyond so many enterprises a contender takes too long or too much memory for a run; it is said."""
AT_LEAST = 10_000_000
"""From so many enterprises on, buckets are measured."""
MODULES: Mapping[str, Sequence[str]] = {
    "scan": ("polars",),
    HAND: ("polars",),
    "by hand, DuckDB": ("duckdb",),
    "DuckDB": ("duckdb", "innovation_rules.engines.bulk.sql"),
    "by hand, NumPy": ("numpy", "pyarrow.parquet"),
    "openfisca-core": (
        "numpy",
        "pyarrow.parquet",
        "openfisca_core.simulations",
        "openfisca_core.taxbenefitsystems",
    ),
}
"""What is imported before the clock starts; the others of ours import the engine."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="100000,1000000")
    parser.add_argument("--packs", default="country,changzhi")
    parser.add_argument("--without", default="", help="contenders, and `many` for the pack of 1,000 rules")
    parser.add_argument("--folder", type=Path, help="where the tables are put")
    parser.add_argument("--check", action="store_true", help="only that all say the same of few enterprises")
    parser.add_argument("--one", help="one contender, in this process")
    parser.add_argument("--pack", default="country")
    parser.add_argument("--rules", type=int, default=30)
    given = parser.parse_args()
    if given.one:
        return alone(given)
    sizes = [int(one) for one in given.sizes.split(",")]
    without = {one.strip() for one in given.without.split(";")}
    with tempfile.TemporaryDirectory(dir=given.folder) as base:
        few = Path(base) / "few"
        reached = checked(few) if given.check else bench(Path(base), sizes, given.packs.split(","), without)
    return 0 if all(reached) else 1


def checked(folder: Path) -> list[bool]:
    """Whether everything written by hand says what ours says."""
    generate(ours.asked(ours.program_of("country", 30, folder.parent)), folder, FEW)
    return _agreed(
        folder, _measured(("ours", HAND, "by hand, DuckDB", *NUMBERED), "country", FEW, folder, set())
    )


def alone(given: argparse.Namespace) -> int:
    """Run one contender and print its Figure."""
    seconds = run(given.one, given.pack, given.rules, given.folder)
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak = next(int(one.split()[1]) / 1024 for one in status if one.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "cpu": time.process_time(), "peak": peak}))
    return 0


def bench(base: Path, sizes: Sequence[int], packs: Sequence[str], without: set[str]) -> list[bool]:
    """Every contender at every size; whether each goal is reached."""
    reached, seconds = list[bool](), dict[int, tuple[float, float]]()
    for size in sizes:
        for name in packs:
            folder = base / f"{name}-{size}"
            figures = _tables(name, size, folder, without)
            reached += _agreed(folder, figures)
            if name == "country" and "ours" in figures:
                reached += _goals(folder, size, figures, without)
                seconds[size] = figures["ours"].seconds, figures["snapshot, again"].seconds
            if name != "country":
                _through_the_door(name, size, folder, without)
            shutil.rmtree(folder)
    return [*reached, *_growth(seconds)]


def _tables(name: str, size: int, folder: Path, without: set[str]) -> dict[str, Figure]:
    """Tables of facts, and what each contender takes for them."""
    scratch = folder.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    generate(ours.asked(ours.program_of(name, 30, scratch)), folder, size)
    listed = [*(COUNTRY if name == "country" else OURS), *([BUCKETS] if size >= AT_LEAST else [])]
    figures = _measured(listed, name, size, folder, without)
    shown(f"{name}, {size:,} enterprises, facts laid out beforehand", figures, "ours")
    return figures


def _measured(
    listed: Sequence[str], name: str, size: int, folder: Path, without: set[str]
) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for one in listed:
        if size > AT_MOST.get(one, size):
            print(f"  not run: {one} beyond {AT_MOST[one]:,}")
        elif one not in without and (found := measured(one, name, 30, folder)) is not None:
            figures[one] = found
    return figures


def _agreed(folder: Path, figures: Mapping[str, Figure]) -> list[bool]:
    """Whatever was written says what ours says."""
    reached = []
    for one in figures:
        if one != "ours" and (folder / f"out-{one}.parquet").exists():
            differ = compared(folder, one)
            print(f"  rows that differ from ours: {differ} ({one})")
            reached.append(differ == 0)
    return reached


def _goals(folder: Path, size: int, figures: Mapping[str, Figure], without: set[str]) -> list[bool]:
    reached = []
    if HAND in figures:
        ratio = figures["ours"].seconds / figures[HAND].seconds
        reached.append(goal("over Polars by hand", ratio, 1.2, "x"))
    if "many" not in without:
        reached.append(_many_rules(folder, figures["snapshot, again"]))
    print(f"  on a snapshot: {size / figures['snapshot, again'].seconds:,.0f} enterprises a second")
    if BUCKETS in figures:
        reached.append(goal("peak memory in buckets", figures[BUCKETS].peak, 1024, "MB"))
    return reached


def _many_rules(folder: Path, few: Figure) -> bool:
    """1,000 rules on a snapshot: the second run, when every sum is there."""
    runs = [measured(one, "country", 1000, folder) for one in ("snapshot, first", "snapshot, again")]
    many = runs[-1]
    return many is not None and goal("1,000 rules over 30 on a snapshot", many.seconds / few.seconds, 2, "x")


def _through_the_door(name: str, size: int, folder: Path, without: set[str]) -> None:
    """The tables that a user brings: what reading and checking them takes beside deciding."""
    if size > AT_LEAST // 10 or "door" in without:
        return
    ours.door_tables(name, folder / "door", size)
    figures = _measured(DOOR, name, size, folder, without)
    shown(f"{name}, {size:,} enterprises, tables as users have them", figures, DOOR[1])


def _growth(seconds: Mapping[int, tuple[float, float]]) -> list[bool]:
    """The slope of the log-log fit between the first and the last size, and the pace of a snapshot."""
    if not seconds:
        return []
    sizes, reached = sorted(seconds), []
    first, last = sizes[0], sizes[-1]
    if first < last:
        slope = math.log(seconds[last][0] / seconds[first][0]) / math.log(last / first)
        print(f"\nslope of the log-log fit: {slope:.2f}")
        reached.append(0.9 <= slope <= 1.1)
    pace = seconds[last][1] / last * 1e6
    return [*reached, goal("re-deciding, seconds a million", pace, 0.5, "s")]


def shown(title: str, figures: Mapping[str, Figure], base: str) -> None:
    """A table of seconds, ratios and peak memory; a JVM's work is not ours to count."""
    print(f"\n{title}")
    for name, one in sorted(figures.items(), key=lambda item: item[1].seconds):
        ratio = f"{one.seconds / figures[base].seconds:>7.2f} x" if base in figures else ""
        rest = f"{one.cpu:>9.2f} s CPU {one.peak:>8,.0f} MB" if name not in ELSEWHERE else ""
        print(f"  {name:<28} {one.seconds:>9.2f} s {ratio} {rest}".rstrip())
    sys.stdout.flush()


ELSEWHERE = ("Spark", "compiled, one by one")
"""Whose seconds of all threads and memory say nothing: a process of its own, a sample."""


if __name__ == "__main__":
    sys.exit(main())
