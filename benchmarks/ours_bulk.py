"""The bulk engine on generated tables, and the only place that calls the library for bulk.py; ours.py is for single records."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from country import SEED, Asked, pack_text

YEAR = 2020
POOL = 300
"""Enterprises that the auditor's generator makes for the tables of `door_tables`; the others are those again."""


def load(path: Path) -> Any:
    """A pack from a file, read anew."""
    from innovation_rules import load_pack

    return load_pack(path, cache=False)


def program_of(name: str, rules: int, folder: Path) -> Any:
    """The program of one of our packs, or of the generated one with so many rules."""
    from innovation_rules import load_pack

    if name != "country":
        return load_pack(name).program(YEAR)
    path = folder / "country.yaml"
    path.write_text(pack_text(rules), encoding="utf-8")
    return load(path).program(YEAR)


def asked(program: Any) -> Asked:
    """What the generated tables must hold."""
    return Asked(columns(program), thresholds(program), words(program))


def columns(program: Any) -> dict[str, list[tuple[str, str, Any]]]:
    """The columns that the program's tables have: (column, fact, specification)."""
    frame = program.frame
    return {
        "enterprises": [(f"f{at}", one.name, one.spec) for at, one in enumerate(frame.facts)],
        "activities": [(f"a{at}", one.name, one) for at, one in enumerate(frame.activity_facts)],
        "qualifications": [(f"q{at}", one.name, one) for at, one in enumerate(frame.qualification_facts)],
    }


def thresholds(program: Any) -> dict[str, list[int]]:
    """The figures that each fact is compared with."""
    from innovation_rules.program import Compare, Constant, Fact

    found: dict[str, list[int]] = {}
    for node in program.nodes:
        if isinstance(node, Compare):
            sides = program.nodes[node.left], program.nodes[node.right]
            for one, other in (sides, sides[::-1]):
                if isinstance(one, Fact) and isinstance(other, Constant) and isinstance(other.value, int):
                    found.setdefault(f"f{one.index}", []).append(other.value)
    return found


def words(program: Any) -> dict[str, list[str]]:
    """The texts that each column is compared with."""
    from innovation_rules.engines.bulk.plan import LISTS
    from innovation_rules.program import Aggregate, Fact, ItemFact, Member, Under

    found: dict[str, set[str]] = {}

    def note(nodes: Any, kind: type, letter: str) -> None:
        for node in nodes:
            if isinstance(node, Member | Under) and isinstance(nodes[node.of], kind):
                values = node.values if isinstance(node, Member) else (*node.prefixes, *node.wider)
                texts = {one for one in values if isinstance(one, str)}
                found.setdefault(f"{letter}{nodes[node.of].index}", set()).update(texts)

    note(program.nodes, Fact, "f")
    for node in program.nodes:
        if isinstance(node, Aggregate):
            note(node.body, ItemFact, LISTS[node.over])
    return {name: sorted(texts) for name, texts in found.items()}


def _outcomes(program: Any, backend: Any, tables: Any) -> tuple[Any, dict[str, Any]]:
    from innovation_rules.engines.bulk.outcomes import Outcomes, kept
    from innovation_rules.engines.bulk.plan import Plan

    plan = Plan(program, backend, program.law_date.toordinal(), keep=kept(program))
    table = plan.run(tables)
    return table, Outcomes(plan).every().values


def polars_frame(program: Any, folder: Path) -> Any:
    """What the engine decides of the tables of a folder, as a lazy frame."""
    import polars as pl

    from innovation_rules.engines.bulk.plan import Tables
    from innovation_rules.engines.bulk.polars import Polars

    backend = Polars()
    scans = Tables(*(pl.scan_parquet(folder / f"{one}.parquet") for one in columns(program)))
    table, found = _outcomes(program, backend, backend.tables(scans))
    return backend.frame(table, {"rowno": backend.column("rowno"), **found})


def held_frame(program: Any, folder: Path) -> Any:
    """The same, with the sums kept beside the facts: what a snapshot decides."""
    import json

    from innovation_rules.tables.snapshot import Facts, Held

    facts = folder / "facts" / "made"
    if not facts.is_dir():
        facts.mkdir(parents=True)
        for name in columns(program):
            (facts / f"{name}.parquet").symlink_to(folder.resolve() / f"{name}.parquet")
        (facts / "facts.json").write_text(json.dumps({"rows": "all", "notes": []}), encoding="utf-8")
    backend = Held(Facts(facts, program.frame, None))
    table, found = _outcomes(program, backend, backend.held)
    return backend.frame(table, {"rowno": backend.column("rowno"), **found})


def duckdb_text(program: Any, folder: Path) -> str:
    """The statement for DuckDB."""
    from innovation_rules.engines.bulk.plan import Tables
    from innovation_rules.engines.bulk.sql import Base, Dialect, Sql, Table

    backend = Sql()
    bases = (Table(Base(f"'{folder / one}.parquet'")) for one in columns(program))
    table, found = _outcomes(program, backend, Tables(*bases))
    return backend.statement(table, found, Dialect())


def spark_text(program: Any) -> str:
    """The statement for Spark, over views that are called like the tables."""
    from innovation_rules.engines.bulk.plan import Tables
    from innovation_rules.engines.bulk.sql import Base, Spark, Sql, Table

    backend = Sql()
    table, found = _outcomes(program, backend, Tables(*(Table(Base(one)) for one in columns(program))))
    return backend.statement(table, found, Spark())


def masks(program: Any) -> list[tuple[str, str, int]]:
    """The tests that the bits of the masks stand for: (fact or `n<aggregate>`, operator, figure)."""
    from innovation_rules.engines.bulk.outcomes import tests
    from innovation_rules.program import Aggregate, Compare, Fact, Member, Under

    found = []
    for at in tests(program):
        node = program.nodes[at]
        if isinstance(node, Compare):
            left, right = program.nodes[node.left], program.nodes[node.right]
            name = program.frame.facts[left.index].name if isinstance(left, Fact) else _aggregate(left)
            found.append((name, node.op, right.value))
        else:
            assert isinstance(node, Member | Under)
            assert not isinstance(program.nodes[node.of], Aggregate)
            found.append((program.frame.facts[program.nodes[node.of].index].name, type(node).__name__, 0))
    return found


def _aggregate(node: Any) -> str:
    """The category or the kind that an aggregate of the generated pack counts."""
    from innovation_rules.program import Member

    first = next(one for one in node.body if isinstance(one, Member))
    return first.values[0]  # type: ignore[no-any-return]


def cases(program: Any, folder: Path, count: int) -> Iterator[Any]:
    """The first rows of the tables as cases of single records."""
    import polars as pl

    from innovation_rules.case import Case
    from innovation_rules.facts import CATEGORIES

    named = columns(program)
    rows = pl.scan_parquet(folder / "enterprises.parquet").head(count).collect()
    lists = {}
    for name in ("activities", "qualifications"):
        items = pl.scan_parquet(folder / f"{name}.parquet").filter(pl.col("rowno") < count).collect()
        lists[name] = {}
        for rowno, *item in items.select("rowno", *(one for one, _, _ in named[name])).iter_rows():
            lists[name].setdefault(rowno, []).append(tuple(item))
    for row in rows.iter_rows(named=True):
        yield Case(
            YEAR,
            program.law_date.toordinal(),
            tuple(row[one] for one, _, _ in named["enterprises"]),
            tuple(lists["activities"].get(row["rowno"], ())),
            tuple(lists["qualifications"].get(row["rowno"], ())),
            frozenset(one for one in CATEGORIES if row[f"u_{one}"]),
            row["q_known"],
        )


def compiled(program: Any) -> Any:
    """One case by the compiled engine."""
    from functools import partial

    from innovation_rules.engines import compiled

    return partial(compiled.evaluate, program)


def in_buckets(program: Any, folder: Path, out: Path, buckets: int) -> None:
    """Decide the tables of a folder bucket by bucket, in bounded memory."""
    import polars as pl

    from innovation_rules.tables.buckets import split

    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    parts = split(
        {one: pl.scan_parquet(folder / f"{one}.parquet") for one in columns(program)}, "rowno", out, buckets
    )
    for at, part in enumerate(parts):
        polars_frame(program, part).sink_parquet(out / f"decisions-{at}.parquet", engine="streaming")
        shutil.rmtree(part)


# ------------------------------------------------------------------------------------------------ tables of users


def door_tables(name: str, folder: Path, count: int) -> None:
    """Tables as a user has them (docs/bulk.md), of so many enterprises: those of a pool, each under codes of its own."""
    from random import Random

    import numpy as np
    import polars as pl

    from innovation_rules import load_pack
    from innovation_rules.audit.generator import enterprise
    from innovation_rules.tables.export import frames

    pack, random = load_pack(name), Random(SEED)
    program = pack.program(YEAR)
    pool = [enterprise(program, pack.head, random) for _ in range(POOL)]
    made = frames((one.model_copy(update={"uscc": str(at)}) for at, one in enumerate(pool)), program)
    who = np.random.default_rng(SEED).integers(0, POOL, count)
    own = pl.DataFrame({"code": _codes(count), "uscc": pl.Series(who).cast(pl.String)})
    folder.mkdir(parents=True)
    for table, frame in made.items():
        rows = own.join(frame, on="uscc").drop("uscc").rename({"code": "uscc"})
        rows.sample(fraction=1, shuffle=True, seed=SEED).write_parquet(folder / f"{table}.parquet")


def _codes(count: int) -> Any:
    """So many different unified social credit codes with their check digit."""
    import numpy as np
    import polars as pl

    from innovation_rules.fields import _ALPHABET, _WEIGHTS

    stems = pl.select(pl.format("91140400{}", pl.int_range(count).cast(pl.String).str.zfill(9)).alias("stem"))
    digits = np.frombuffer("".join(stems["stem"]).encode(), dtype=np.uint8).reshape(count, 17) - ord("0")
    check = -(digits.astype(np.int64) @ np.array(_WEIGHTS)) % 31
    return stems["stem"] + pl.Series(np.array([*_ALPHABET])[check])


def door_scanned(folder: Path) -> None:
    """Decode every column of a user's tables."""
    import polars as pl

    for one in sorted(folder.glob("*.parquet")):
        pl.scan_parquet(one).select(pl.all().is_null().sum()).collect(engine="streaming")


def by_the_door(name: str, folder: Path, out: Path) -> None:
    """Read a user's tables, check them, decide, write decisions and rejects: what `decide --engine bulk` does."""
    import polars as pl

    from innovation_rules import load_pack
    from innovation_rules.tables.decide import decide
    from innovation_rules.tables.sources import open_tables

    found = decide(load_pack(name), open_tables(str(folder)), YEAR)
    found.frame.sink_parquet(out, engine="streaming")
    found.aside(pl.scan_parquet(out).select("uscc")).collect(engine="streaming")


def held_tables(name: str, folder: Path, held: Path, out: Path) -> None:
    """Decide a snapshot of a user's tables, made where it is not there."""
    from innovation_rules import load_pack
    from innovation_rules.tables.snapshot import Snapshot
    from innovation_rules.tables.sources import open_tables

    snapshot = Snapshot(held) if held.exists() else Snapshot.create(held, open_tables(str(folder)))
    snapshot.decide(load_pack(name), YEAR).frame.sink_parquet(out, engine="streaming")
