"""A country at once: each pack decided on 100,000 enterprises by every engine, column by column the same."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from innovation_rules import engines, load_pack
from innovation_rules.audit import generator
from innovation_rules.case import Case
from innovation_rules.decision import Decision, Subject
from innovation_rules.facts import CATEGORIES
from innovation_rules.gaps import outcomes
from innovation_rules.program import Compare, Constant, Fact, Op, Program, Result

pytest.importorskip("polars", reason="the extra `bulk` is not installed")

import polars as pl

from innovation_rules.engines.bulk import cases as bulk
from innovation_rules.engines.bulk.outcomes import BITS, Outcomes, kept
from innovation_rules.engines.bulk.outcomes import tests as leaves
from innovation_rules.engines.bulk.plan import HELD, UNSURVEYED, Plan, Tables
from innovation_rules.engines.bulk.polars import Polars, Rows

ENTERPRISES: Final = 100_000
DRAWN: Final = 2_000
"""Enterprises that the generator makes; the others are put together from their columns and lists."""
ELSEWHERE: Final = 0.15
"""How many of a row's columns come from another enterprise: figures that decide together mostly stay together."""
OPPOSITE: Final[Mapping[str, Op]] = {">=": ">", ">": ">="}
SEEN: Final = 0.9
"""The share of a pack's tests that must be met, failed and unknown in some enterprise."""
SAMPLES: Final = {"interpreter": 300, "rete": 40}
"""Engines that take milliseconds for an enterprise decide some of the same ones."""
COMPILED: Final = {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}
"""What Spark does with many rows by itself; the session of the other tests compiles nothing."""
YEAR: Final = 2021
"""A year in which all five packs are in force."""
PACKS: Final = ("changzhi", "changzhi_hightech_zone", "hengshui", "pingxiang", "shanxi")
NAMES: Final = ("enterprises", "activities", "qualifications")
SUBJECT: Final = Subject("91350100M000100Y43", "随机企业")


# ------------------------------------------------------------------------------------------------ enterprises


def drawn(name: str, count: int, seed: int = 1) -> tuple[Program, list[Case]]:
    """A pack's program, and enterprises about its thresholds with much that is not known."""
    pack, random = load_pack(name), Random(seed)
    program = pack.program(YEAR)
    made = (generator.enterprise(program, pack.head, random) for _ in range(count))
    return program, [program.frame.case(one, YEAR, program.law_date) for one in made]


def multiplied(program: Program, cases: Sequence[Case], count: int, seed: int = 2) -> dict[str, Any]:
    """The tables of so many different enterprises, each made of one case, with columns and lists of others."""
    import numpy as np

    dice = np.random.default_rng(seed)
    own, *items = (_frame(table) for table in _each(bulk.tables(program, cases, Polars())))
    lists: dict[Any, int] = {}
    alike = [lists.setdefault((one.activities, one.qualifications), at) for at, one in enumerate(cases)]
    many = count + count // 4
    first = dice.integers(0, len(cases), many)

    def source() -> Any:
        return np.where(dice.random(many) < ELSEWHERE, dice.integers(0, len(cases), many), first)

    columns = {name: own[name].gather(source()) for name in own.columns if name != "rowno"}
    rows = pl.DataFrame({**columns, "list": np.array(alike)[source()]}).unique(maintain_order=True)
    rows = rows.head(count).with_row_index("rowno").cast({"rowno": pl.Int64})
    assert len(rows) == count
    of = rows.select("rowno", "list")
    made = {
        name: of.join(one.rename({"rowno": "list"}), on="list")
        .drop("list")
        .sample(fraction=1, shuffle=True, seed=3)
        for name, one in zip(NAMES[1:], items, strict=True)
    }
    return {"enterprises": rows.drop("list").sample(fraction=1, shuffle=True, seed=4), **made}


def _each(tables: Tables[Any]) -> tuple[Any, Any, Any]:
    return tables.enterprises, tables.activities, tables.qualifications


def _frame(table: Any) -> Any:
    assert isinstance(table.source, Rows)
    return table.source.frame.collect()


def as_cases(program: Program, frames: dict[str, Any]) -> Iterator[Case]:
    """The same enterprises one by one, in the order of their numbers."""
    own = frames["enterprises"].sort("rowno")
    facts = own.select(f"f{at}" for at in range(len(program.frame.facts)))
    flags = own.select(f"{UNSURVEYED}{one}" for one in CATEGORIES)
    lists = [_lists(frames[name], len(own)) for name in NAMES[1:]]
    rows = zip(facts.iter_rows(), flags.iter_rows(), own[HELD], *lists, strict=True)
    for values, unsurveyed, held, activities, qualifications in rows:
        without = frozenset(one for one, flag in zip(CATEGORIES, unsurveyed, strict=True) if flag)
        day = program.law_date.toordinal()
        yield Case(YEAR, day, values, tuple(activities), tuple(qualifications), without, held)


def _lists(items: Any, count: int) -> list[list[tuple[Any, ...]]]:
    found: list[list[tuple[Any, ...]]] = [[] for _ in range(count)]
    for rowno, *item in items.iter_rows():
        found[rowno].append(tuple(item))
    return found


# ------------------------------------------------------------------------------------------------ engines


def one_by_one(program: Program, cases: Sequence[Case], engine: Callable[..., Sequence[Result]]) -> Any:
    """What an engine of single cases says, as the columns of the others."""
    parts = []
    for start in range(0, len(cases), 5_000):
        some = cases[start : start + 5_000]
        results = [engine(program, one) for one in some]
        decisions = [Decision(program, one, found, SUBJECT) for one, found in zip(some, results, strict=True)]
        columns = {**_outcomes(program, decisions, results), **_masks(program, results)}
        parts.append(pl.DataFrame(columns).with_row_index("rowno", start))
    return pl.concat(parts)


def _outcomes(
    program: Program, decisions: Sequence[Decision], results: Sequence[Sequence[Result]]
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for one in outcomes(program):
        if one.many:
            rule = program.classes[one.place]
            for choice, node in zip(rule.values, rule.many, strict=True):
                columns[f"{one.key}.{choice.id}"] = pl.Series(
                    [found[node] for found in results], dtype=pl.Boolean
                )
            continue
        statuses = [one.status(found) for found in results]
        columns[one.key] = statuses
        award = program.awards[one.place] if one.kind == "awards" else None
        if award is not None and award.amount is not None and award.in_force and award.decided:
            amounts = [
                decision.award_result(one, status).amount or (None, None)
                for decision, status in zip(decisions, statuses, strict=True)
            ]
            for at, end in enumerate(("low", "high")):
                columns[f"{one.key}.{end}"] = pl.Series([both[at] for both in amounts], dtype=pl.Int128)
    return columns


def _masks(program: Program, results: Sequence[Sequence[Result]]) -> dict[str, Any]:
    import numpy as np

    columns: dict[str, Any] = {}
    listed = leaves(program)
    for start in range(0, len(listed), BITS):
        for word, meant in (("failed", False), ("unknown", None)):
            mask = np.zeros(len(results), dtype=np.int64)
            for bit, node in enumerate(listed[start : start + BITS]):
                mask |= np.array([found[node] is meant for found in results], dtype=np.int64) << bit
            columns[f"{word}_{start // BITS}"] = mask
    return columns


def by_polars(program: Program, folder: Path) -> Any:
    backend = Polars()
    plan = Plan(program, backend, program.law_date.toordinal(), keep=kept(program))
    frames = Tables(*(pl.scan_parquet(folder / f"{name}.parquet") for name in NAMES))
    table = plan.run(backend.tables(frames))
    found = {"rowno": backend.column("rowno"), **Outcomes(plan).every().values}
    return backend.frame(table, found).collect(engine="streaming")


def _statement(program: Program, dialect: Any, bases: Sequence[str]) -> str:
    from innovation_rules.engines.bulk.sql import Base, Sql, Table

    backend = Sql()
    plan = Plan(program, backend, program.law_date.toordinal(), keep=kept(program))
    table = plan.run(Tables(*(Table(Base(one)) for one in bases)))
    return backend.statement(table, Outcomes(plan).every().values, dialect)


def by_duckdb(program: Program, folder: Path) -> Any:
    import duckdb

    from innovation_rules.engines.bulk.sql import Dialect

    text = _statement(program, Dialect(), [f"'{folder / name}.parquet'" for name in NAMES])
    with duckdb.connect() as connection:
        return pl.from_arrow(connection.sql(text).to_arrow_table())


def by_spark(program: Program, folder: Path) -> Any:
    from innovation_rules.engines.bulk.spark import SparkSql, local
    from innovation_rules.engines.bulk.sql import Spark

    session = SparkSql(local().newSession()).session
    for key, value in COMPILED.items():
        session.conf.set(key, value)
    for name in NAMES:
        session.read.parquet(str(folder / f"{name}.parquet")).createOrReplaceTempView(name)
    session.sql(_statement(program, Spark(), NAMES)).write.parquet(str(folder / "spark"))
    return pl.read_parquet(folder / "spark" / "*.parquet")


BULK: Final = {"polars": by_polars, "duckdb": by_duckdb, "spark": by_spark}


# ------------------------------------------------------------------------------------------------ comparing


def differences(meant: Any, found: Any) -> dict[str, int]:
    """In how many rows each column differs; a row that one of them lacks differs in every column."""
    assert meant.columns == found.columns
    sides = [_comparable(one) for one in (meant, found)]
    both = sides[0].join(sides[1], on="rowno", how="full", suffix="!")
    absent = pl.col("rowno").is_null() | pl.col("rowno!").is_null()
    names = [one for one in meant.columns if one != "rowno"]
    differ = {one: (absent | pl.col(one).ne_missing(pl.col(f"{one}!"))).sum() for one in names}
    counted = both.select(**differ)
    assert sides[1]["rowno"].is_unique().all()
    return {name: many for name, many in counted.row(0, named=True).items() if many}


def _comparable(frame: Any) -> Any:
    """Words as texts, whole numbers in 128 bits: what a column is called in another engine does not matter."""
    types = {
        name: pl.Int128 if dtype.is_numeric() else pl.String
        for name, dtype in frame.schema.items()
        if dtype != pl.Boolean
    }
    return frame.cast(types)


def otherwise_read(program: Program) -> Iterator[Program]:
    """The same program with 以上 read as 超过, or the other way, in one test of a fact's figure after another."""
    for at, node in enumerate(program.nodes):
        if isinstance(node, Compare) and node.op in OPPOSITE and _figure(program, node):
            other = replace(node, op=OPPOSITE[node.op])
            yield replace(program, nodes=(*program.nodes[:at], other, *program.nodes[at + 1 :]))


def _figure(program: Program, node: Compare) -> bool:
    return isinstance(program.nodes[node.left], Fact) and isinstance(program.nodes[node.right], Constant)


# ------------------------------------------------------------------------------------------------ what must hold


def test_a_difference_is_seen() -> None:
    """One cell, one row, one column, in either frame."""
    meant = pl.DataFrame({"rowno": [0, 1, 2], "status": ["a", None, "b"], "bits": [1, 2, 3]})
    closed = pl.col("status").cast(pl.Enum(["a", "b", "c"]))
    assert differences(meant, meant.reverse().with_columns(closed, pl.col("bits").cast(pl.Int32))) == {}
    other = meant.with_columns(
        pl.when(pl.col("rowno") == 1).then(pl.lit("c")).otherwise("status").alias("status")
    )
    assert differences(meant, other) == differences(other, meant) == {"status": 1}
    assert differences(meant, meant.head(2)) == differences(meant.head(2), meant) == {"status": 1, "bits": 1}
    with pytest.raises(AssertionError):
        differences(meant, meant.drop("bits"))
    with pytest.raises(AssertionError):
        differences(meant, pl.concat([meant, meant.head(1)]))


def test_a_thousand_enterprises_are_decided_alike(tmp_path: Path) -> None:
    assert_alike("pingxiang", 1_000, 80, ["polars"], {"interpreter": 20}, tmp_path)


@pytest.mark.deep
@pytest.mark.parametrize("name", PACKS)
def test_a_hundred_thousand_enterprises_are_decided_alike(name: str, tmp_path: Path) -> None:
    """Every engine, every status, class, amount and reason code; those that take milliseconds decide some."""
    here = [one for one in BULK if not _absent(one)]
    assert_alike(name, ENTERPRISES, DRAWN, here, SAMPLES, tmp_path)


def _absent(engine: str) -> bool:
    why = engines.absent(engine)
    if why:
        print(f"NOT TESTED: {engine} ({why})", file=sys.stderr)
    return bool(why)


def assert_alike(
    name: str, count: int, draw: int, bulks: Sequence[str], samples: Mapping[str, int], folder: Path
) -> None:
    """The compiled engine's columns are those of every other, and a test read differently is seen in them."""
    program, cases = drawn(name, draw)
    frames = multiplied(program, cases, count)
    for table, frame in frames.items():
        frame.write_parquet(folder / f"{table}.parquet")
    every = list(as_cases(program, frames))
    meant = one_by_one(program, every, engines.engine("compiled").evaluate)
    for engine in bulks:
        assert differences(meant, BULK[engine](program, folder)) == {}, engine
    for engine, many in samples.items():
        if not _absent(engine):
            assert_sample(program, every, meant, engine, many)
    for other in otherwise_read(program):
        assert differences(meant, by_polars(other, folder))
    assert seen_every_way(program, meant) >= SEEN


def assert_sample(program: Program, every: Sequence[Case], meant: Any, engine: str, many: int) -> None:
    """Some of the enterprises, from first to last."""
    step = len(every) // many
    alone = one_by_one(program, every[::step][:many], engines.engine(engine).evaluate)
    rows = meant.gather_every(step).head(many).with_columns(alone["rowno"])
    assert differences(rows, alone) == {}, engine


def seen_every_way(program: Program, meant: Any) -> float:
    """The share of the program's tests that are met, failed and unknown in some enterprise each."""
    found = 0
    for at, _ in enumerate(leaves(program)):
        failed, unknown = (
            meant[f"{one}_{at // BITS}"] // (1 << at % BITS) % 2 == 1 for one in ("failed", "unknown")
        )
        found += failed.any() and unknown.any() and not (failed | unknown).all()
    return found / len(leaves(program))
