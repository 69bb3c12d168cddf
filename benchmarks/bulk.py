"""A country at once: the bulk engine against the same rules by hand, in one run, with peak memory. Run by `make bench`.

Enterprises with five activities each, unknowns and figures at the thresholds among them, are generated as Parquet.
Every contender runs in a process of its own, reads the same files and writes the same columns as Parquet; the
statuses and masks of those that decide the generated pack are compared with ours.
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
from pathlib import Path
from typing import Any, NamedTuple

import ours_bulk as ours
from timing import goal

EACH = 5
STEP = 1_000_000
SEED = 20_200_601
SAMPLE = 2_000
FIRST, LAST = 737_425, 737_790
"""1 January and 31 December 2020 as ordinals."""
CATEGORIES = ("rd_input", "talent", "project", "platform", "key_technology", "international")
KINDS = tuple(f"kind_{at}" for at in range(4))
MOST = 10_000


class Rule(NamedTuple):
    """One rule of the generated pack: a floor, and one of three figures."""

    n: int
    revenue: int
    employees: int
    spent: int
    which: int
    count: int


def rules(count: int) -> list[Rule]:
    """That many rules, no two thresholds of a fact alike."""
    return [Rule(n, 1_000 * n + 17, 3 * n + 2, 500 * n + 3, n % 4, 1 + n // 4) for n in range(1, count + 1)]


# ------------------------------------------------------------------------------------------------ tables


def generate(program: Any, folder: Path, count: int) -> None:
    """The tables of so many enterprises, a million at a time; the same for a count."""
    import polars as pl

    folder.mkdir(parents=True)
    named, figures, texts = ours.columns(program), ours.thresholds(program), ours.words(program)
    for start in range(0, count, STEP):
        some = min(STEP, count - start)
        made = _Maker(some, start, figures, texts)
        made.rows(named).write_parquet(folder / f"enterprises-{start}.parquet")
        made.items(named["activities"], some * EACH).write_parquet(folder / f"activities-{start}.parquet")
        made.items(named["qualifications"], some // 2).write_parquet(
            folder / f"qualifications-{start}.parquet"
        )
    for name in named:
        parts = sorted(folder.glob(f"{name}-*.parquet"))
        pl.scan_parquet(parts).sink_parquet(folder / f"{name}.parquet", engine="streaming")
        for one in parts:
            one.unlink()


class _Maker:
    """Columns of one step."""

    def __init__(
        self, some: int, start: int, figures: dict[str, list[int]], texts: dict[str, list[str]]
    ) -> None:
        import numpy as np

        self.np, self.dice = np, np.random.default_rng([SEED, start])
        self.some, self.start, self.figures, self.texts = some, start, figures, texts

    def rows(self, named: dict[str, Any]) -> Any:
        import polars as pl

        surveys = {f"u_{one}": self.dice.random(self.some) < 0.05 for one in CATEGORIES}
        facts = {name: self.column(name, spec, self.some) for name, _, spec in named["enterprises"]}
        held = self.dice.random(self.some) < 0.9
        own = self.np.arange(self.start, self.start + self.some)
        return pl.DataFrame({"rowno": own, **facts, **surveys, "q_known": held})

    def items(self, columns: list[Any], many: int) -> Any:
        """Items of enterprises in no order."""
        import polars as pl

        owner = self.start + self.dice.integers(0, self.some, many)
        return pl.DataFrame(
            {"rowno": owner, **{name: self.column(name, spec, many) for name, _, spec in columns}}
        )

    def column(self, name: str, spec: Any, many: int) -> Any:
        """Values about the thresholds, one in twenty unknown."""
        import polars as pl

        kind, dice = spec.type.value, self.dice
        if kind == "yes_no":
            values = pl.Series(dice.random(many) < 0.7)
        elif spec.name == "category":
            values = self._text(list(CATEGORIES), many)
        elif kind in ("choice", "code", "text"):
            values = self._text([*self.texts.get(name, []), "other"], many)
        elif kind == "date":
            values = pl.Series(dice.integers(FIRST - 400, LAST + 100, many))
        else:
            values = pl.Series(self._near(self.figures.get(name) or [0, 1, 5, 100], spec, many))
        if spec.name in ("category", "kind", "standing"):
            return values
        known = pl.Series(dice.random(many) >= 0.05)
        return pl.select(pl.when(known).then(values)).to_series()

    def _text(self, words: list[str], many: int) -> Any:
        import polars as pl

        return (
            pl.Series(self.dice.integers(0, len(words), many))
            .replace_strict(list(range(len(words))), pl.Series(words), return_dtype=pl.String)
            .cast(pl.Categorical)
        )

    def _near(self, figures: list[int], spec: Any, many: int) -> Any:
        low = 0 if spec.low is None else spec.low
        high = 10**15 if spec.high is None else spec.high
        near = self.dice.choice(self.np.array(sorted(set(figures))), many) + self.dice.integers(-1, 2, many)
        return self.np.clip(near, low, high)


# ------------------------------------------------------------------------------------------------ by hand


def by_hand(program: Any, folder: Path, count: int) -> Any:
    """The generated pack in Polars as somebody would write it who knows the rules and Polars well."""
    import polars as pl

    c = {name: pl.col(column) for column, name, _ in ours.columns(program)["enterprises"]}
    a = {name: pl.col(column) for column, name, _ in ours.columns(program)["activities"]}
    counted = a["standing"] & (a["started"] >= FIRST) & (a["started"] <= LAST)
    flags = {one: (a["category"] == one) & counted for one in CATEGORIES}
    flags["talent"] = flags["talent"] & a["kind"].is_in(KINDS)
    flags |= {one: (a["kind"] == one) & counted for one in KINDS}
    sums = (
        pl.scan_parquet(folder / "activities.parquet")
        .group_by("rowno")
        .agg(
            *(flag.fill_null(False).sum().alias(f"{one}_low") for one, flag in flags.items()),
            *(flag.fill_null(True).sum().alias(f"{one}_most") for one, flag in flags.items()),
        )
    )
    joined = pl.scan_parquet(folder / "enterprises.parquet").join(sums, on="rowno", how="left")
    ends = [f"{one}_{end}" for one in flags for end in ("low", "most")]
    surveyed = {one: pl.col(f"u_{one if one in CATEGORIES else 'talent'}") for one in flags}
    counts = joined.with_columns(pl.col(ends).fill_null(0).cast(pl.Int64)).with_columns(
        (pl.col(f"{one}_most") + pl.when(surveyed[one]).then(MOST).otherwise(0)).alias(f"{one}_most")
        for one in flags
    )

    def reached(one: str, least: int) -> Any:
        low, most = pl.col(f"{one}_low"), pl.col(f"{one}_most")
        return pl.when(low >= least).then(True).when(most >= least).then(None).otherwise(False)

    def test(name: str, op: str, figure: int) -> Any:
        if name in flags:
            return reached(name, figure)
        if name == "region":
            inside = c["region"].cast(pl.String).str.starts_with("1404")
            return pl.when(c["region"] == "140000").then(None).otherwise(inside)
        if name.startswith("in_directory"):
            return c[name]
        return c[name] > figure if op == ">" else c[name] >= figure

    leaves = ours.masks(program)
    named = {key: f"t{at}" for at, key in enumerate(leaves)}
    tested = counts.with_columns(test(*key).alias(name) for key, name in named.items())

    def leaf(name: str, op: str, figure: int) -> Any:
        return pl.col(named[name, op, figure])

    def three(truth: Any, yes: str, no: str, words: list[str], outside: Any) -> Any:
        kind = pl.Enum(words)
        inside = (
            pl.when(truth).then(pl.lit(yes, kind)).when(truth.is_null()).then(pl.lit("undetermined", kind))
        )
        whole = inside.otherwise(pl.lit(no, kind))
        gate = pl.when(outside.is_null()).then(pl.lit("undetermined", kind)).when(~outside)
        return gate.then(pl.lit("out_of_scope", kind)).otherwise(whole)

    within, listed = pl.col(named[leaves[0]]), pl.col(named["in_directory@2020", "Member", 0])
    out: dict[str, Any] = {"rowno": pl.col("rowno")}
    words = ["covered", "not_covered", "undetermined", "out_of_scope", "not_in_force"]
    out["coverages.covered"] = three(
        leaf("kind_0", ">=", 1), "covered", "not_covered", words, within & listed
    )
    paid = ["eligible", "ineligible", "undetermined", "out_of_scope", "not_in_force", "not_applicable"]
    revenue, staff, spent = "main_business_revenue@2020", "employees@2020", "rd_expenditure@2020"
    for one in rules(count):
        some = leaf(staff, ">=", one.employees) | leaf(spent, ">", one.spent * 100)
        some = some | leaf(KINDS[one.which], ">=", one.count)
        holds = leaf(revenue, ">=", one.revenue * 100) & some
        out[f"awards.rule_{one.n}"] = three(holds, "eligible", "ineligible", paid, within)
    for one in CATEGORIES:
        active = leaf(one, ">=", 1)
        kind = pl.Enum(["active", "inactive", "undetermined"])
        out[f"profile.{one}"] = (
            pl.when(active).then(pl.lit("active", kind))
            .when(active.is_null()).then(pl.lit("undetermined", kind))
            .otherwise(pl.lit("inactive", kind))
        )  # fmt: skip
    sizes = [("large", 1000, 40_000_000_000), ("medium", 300, 2_000_000_000), ("small", 20, 300_000_000)]
    kind = pl.Enum(["large", "medium", "small", "micro", "undetermined"])
    size: Any = pl
    for word, people, money in sizes:
        both = leaf(staff, ">=", people) & leaf("operating_revenue@2020", ">=", money)
        size = size.when(both).then(pl.lit(word, kind))
        size = size.when(both.is_null()).then(pl.lit("undetermined", kind))
    out["classes.size"] = size.otherwise(pl.lit("micro", kind))
    for start in range(0, len(leaves), 63):
        part = [pl.col(named[key]) for key in leaves[start : start + 63]]
        for word, flags_ in (
            ("failed", [~one.fill_null(True) for one in part]),
            ("unknown", [one.is_null() for one in part]),
        ):
            bits = [
                pl.when(one).then(pl.lit(1 << at, pl.Int64)).otherwise(pl.lit(0, pl.Int64))
                for at, one in enumerate(flags_)
            ]
            while len(bits) > 1:
                bits = [
                    *(one | two for one, two in zip(bits[::2], bits[1::2], strict=False)),
                    *bits[len(bits) // 2 * 2 :],
                ]
            out[f"{word}_{start // 63}"] = bits[0]
    return tested.select(**out)


def by_numpy(program: Any, folder: Path, count: int, out: Path) -> None:
    """The same statuses in NumPy: truth as two arrays, surely and possibly. No masks."""
    import numpy as np
    import pyarrow.parquet as pq

    own = {name: column for column, name, _ in ours.columns(program)["enterprises"]}
    item = {name: column for column, name, _ in ours.columns(program)["activities"]}
    rows = pq.read_table(folder / "enterprises.parquet")
    items = pq.read_table(folder / "activities.parquet")

    def read(table: Any, column: str) -> tuple[Any, Any]:
        found = table.column(column)
        known = found.is_valid().to_numpy()
        return found.fill_null(0).to_numpy(), known

    many, owner = rows.num_rows, items.column("rowno").to_numpy()
    started, known = read(items, item["started"])
    standing = items.column(item["standing"]).to_numpy()
    inside = (started >= FIRST) & (started <= LAST)
    surely, possibly = standing & inside & known, standing & (inside | ~known)
    ends = {}
    kinds = items.column(item["kind"]).combine_chunks()
    listed = np.isin(kinds.indices.to_numpy(), [kinds.dictionary.to_pylist().index(one) for one in KINDS])
    for name, words in (("category", CATEGORIES), ("kind", KINDS)):
        coded = items.column(item[name]).combine_chunks()
        codes = coded.indices.to_numpy()
        for word in words:
            which = codes == coded.dictionary.to_pylist().index(word)
            which = which & listed if word == "talent" else which
            low = np.bincount(owner[which & surely], minlength=many)
            most = np.bincount(owner[which & possibly], minlength=many)
            flag = rows.column(f"u_{word if word in CATEGORIES else 'talent'}").to_numpy()
            ends[word] = low, most + MOST * flag
    facts = {name: read(rows, own[name]) for name in own if name not in ("region", "in_directory@2020")}

    def at_least(name: str, figure: int) -> tuple[Any, Any]:
        if name in ends:
            return ends[name][0] >= figure, ends[name][1] >= figure
        value, valid = facts[name]
        return valid & (value >= figure), (value >= figure) | ~valid

    written = {}
    for one in rules(count):
        parts = [
            at_least("employees@2020", one.employees),
            at_least("rd_expenditure@2020", one.spent * 100 + 1),
            at_least(KINDS[one.which], one.count),
        ]
        floor = at_least("main_business_revenue@2020", one.revenue * 100)
        sure = floor[0] & (parts[0][0] | parts[1][0] | parts[2][0])
        may = floor[1] & (parts[0][1] | parts[1][1] | parts[2][1])
        written[f"rule_{one.n}"] = np.where(sure, np.int8(1), np.where(may, np.int8(2), np.int8(0)))
    import pyarrow as pa

    pq.write_table(pa.table(written), out)


# ------------------------------------------------------------------------------------------------ contenders


def scanned(program: Any, folder: Path) -> None:
    """Decode every column that a program reads."""
    import polars as pl

    for name, columns in ours.columns(program).items():
        wanted = ["rowno", *(one for one, _, _ in columns)]
        pl.scan_parquet(folder / f"{name}.parquet").select(pl.col(wanted).is_null().sum()).collect(
            engine="streaming"
        )


def run(what: str, name: str, count: int, folder: Path) -> float:
    """Seconds of one contender, without imports and without loading the pack."""
    import polars as pl

    program, out = ours.program_of(name, count, folder), folder / f"out-{what}.parquet"
    start = time.perf_counter()
    if what == "ours":
        ours.polars_frame(program, folder).sink_parquet(out, engine="streaming")
    elif what in ("snapshot, first", "snapshot, again"):
        ours.held_frame(program, folder).sink_parquet(out, engine="streaming")
    elif what == "snapshot, not written":
        ours.held_frame(program, folder).select(pl.all().to_physical().sum()).collect(engine="streaming")
    elif what.startswith("ours in "):
        ours.in_buckets(program, folder, folder / "buckets", int(what.split()[2]))
    elif what == "by hand, Polars":
        by_hand(program, folder, count).sink_parquet(out, engine="streaming")
    elif what == "by hand, NumPy":
        by_numpy(program, folder, count, out)
    elif what == "scan":
        scanned(program, folder)
    elif what == "DuckDB":
        import duckdb

        with duckdb.connect() as connection:
            connection.execute("SET threads = 2; SET preserve_insertion_order = false")
            connection.execute(f"COPY ({ours.duckdb_text(program, folder)}) TO '{out}' (FORMAT parquet)")
    elif what == "Spark":
        return _spark(program, folder)
    elif what == "compiled, one by one":
        return _compiled(program, folder)
    else:
        raise ValueError(what)
    return time.perf_counter() - start


def _spark(program: Any, folder: Path) -> float:
    """Without the start of the session."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "6g")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    for name in ours.columns(program):
        session.read.parquet(str(folder / f"{name}.parquet")).createOrReplaceTempView(name)
    text = ours.spark_text(program)
    start = time.perf_counter()
    session.sql(text).write.mode("overwrite").parquet(str(folder / "out-spark"))
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


def measured(what: str, name: str, count: int, folder: Path) -> Figure | None:
    """One contender in a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--one",
        what,
        "--pack",
        name,
        "--rules",
        str(count),
        "--folder",
        str(folder),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "POLARS_MAX_THREADS": "2"}, check=False
    )
    if done.returncode:
        print(f"  absent: {what} ({(done.stderr.strip() or 'killed').splitlines()[-1][:100]})")
        return None
    return Figure(**json.loads(done.stdout.splitlines()[-1]))


def compared(folder: Path) -> int:
    """In how many rows the hand-written columns differ from ours."""
    import polars as pl

    left, right = (pl.scan_parquet(folder / f"out-{one}.parquet") for one in ("ours", "by hand, Polars"))
    names = [one for one in right.collect_schema().names() if one != "rowno"]
    both = left.join(right, on="rowno", suffix="!")
    differ = pl.any_horizontal(
        pl.col(one).cast(pl.String).ne_missing(pl.col(f"{one}!").cast(pl.String)) for one in names
    )
    return both.select(differ.sum()).collect(engine="streaming").item()  # type: ignore[no-any-return]


COUNTRY = (
    "scan",
    "ours",
    "by hand, Polars",
    "DuckDB",
    "by hand, NumPy",
    "compiled, one by one",
    "snapshot, first",
    "snapshot, again",
    "snapshot, not written",
    "Spark",
)


OURS = tuple(one for one in COUNTRY if not one.startswith("by hand") and one != "Spark")
BUCKETS = "ours in 16 buckets"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="100000,1000000")
    parser.add_argument("--one")
    parser.add_argument("--pack", default="country")
    parser.add_argument("--rules", type=int, default=30)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--without", default="")
    parser.add_argument("--packs", default="country,changzhi")
    given = parser.parse_args()
    if given.one:
        seconds = run(given.one, given.pack, given.rules, given.folder)
        peak = next(
            int(one.split()[1]) / 1024
            for one in Path("/proc/self/status").read_text().splitlines()
            if one.startswith("VmHWM")
        )
        print(json.dumps({"seconds": seconds, "cpu": time.process_time(), "peak": peak}))
        return 0
    sizes = [int(one) for one in given.sizes.split(",")]
    with tempfile.TemporaryDirectory(dir=given.folder) as base:
        met = [bench(Path(base), sizes, given.packs.split(","), {*given.without.split(",")})]
    return 0 if all(met) else 1


def bench(base: Path, sizes: list[int], packs: list[str], without: set[str]) -> bool:
    """Every contender at every size, and the goals."""
    met, ours_at, again = [], {}, {}
    for size in sizes:
        for name in packs:
            folder = base / f"{name}-{size}"
            scratch = base / "scratch"
            scratch.mkdir(exist_ok=True)
            generate(ours.program_of(name, 30, scratch), folder, size)
            listed = COUNTRY if name == "country" else OURS
            if size >= 10_000_000:
                listed = (*(one for one in listed if one != "Spark"), BUCKETS)
            figures = {
                one: found
                for one in listed
                if one not in without and (found := measured(one, name, 30, folder))
            }
            shown(f"{name}, {size:,} enterprises", figures)
            if "by hand, Polars" in figures:
                differ = compared(folder)
                print(f"  rows in which ours and the hand-written differ: {differ}")
                met.append(differ == 0)
                ratio = figures["ours"].seconds / figures["by hand, Polars"].seconds
                met.append(goal("over Polars by hand", ratio, 1.2, "x"))
            if name == "country":
                ours_at[size] = figures["ours"].seconds
                again[size] = figures["snapshot, again"].seconds
                if "many" not in without:
                    met.append(_many_rules(folder, figures["snapshot, again"]))
                print(f"  on a snapshot: {size / again[size]:,.0f} enterprises a second")
            if BUCKETS in figures:
                met.append(goal("peak memory in buckets", figures[BUCKETS].peak, 1024, "MB"))
            shutil.rmtree(folder)
    if len(sizes) > 1:
        slope = math.log(ours_at[sizes[-1]] / ours_at[sizes[0]]) / math.log(sizes[-1] / sizes[0])
        print(f"\nslope of the log-log fit: {slope:.2f}")
        met.append(0.9 <= slope <= 1.1)
    met.append(goal("re-deciding, seconds a million", again[sizes[-1]] / sizes[-1] * 1e6, 0.5, "s"))
    return all(met)


def _many_rules(folder: Path, few: Figure) -> bool:
    """1,000 rules on a snapshot: the second run, when every sum is there."""
    runs = [measured(one, "country", 1000, folder) for one in ("snapshot, first", "snapshot, again")]
    many = runs[-1]
    return many is not None and goal("1,000 rules over 30 on a snapshot", many.seconds / few.seconds, 2, "x")


def shown(title: str, figures: dict[str, Figure]) -> None:
    """A table of seconds, ratios and peak memory."""
    print(f"\n{title}")
    for name, one in sorted(figures.items(), key=lambda item: item[1].seconds):
        ratio = one.seconds / figures["ours"].seconds
        print(
            f"  {name:<22} {one.seconds:>9.2f} s {ratio:>7.2f} x ours {one.cpu:>9.2f} s CPU {one.peak:>8,.0f} MB"
        )


if __name__ == "__main__":
    sys.exit(main())
