"""SQL text means what the interpreter means in every dialect that is written; it is readable, and always the same."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from programs import Builder
from test_bulk import AS_OF, assert_answers, assert_results, bounded, expected, random_programs

from innovation_rules import cli, engines, load_pack
from innovation_rules.audit import generator
from innovation_rules.audit.differential import generated_pack
from innovation_rules.case import Case
from innovation_rules.decision import Decision, Subject
from innovation_rules.engines import interpreter
from innovation_rules.pack import cases as worked_cases
from innovation_rules.program import Constant, Linear, Member, Quotient, Round
from innovation_rules.quantities import Type

pytest.importorskip("duckdb", reason="the extra `bulk` is not installed")
pytest.importorskip("polars", reason="the extra `bulk` is not installed")

from innovation_rules.engines.bulk import sql
from innovation_rules.engines.bulk.adapter import Kind
from innovation_rules.engines.bulk.duckdb import DuckDB
from innovation_rules.engines.bulk.script import names_of, script
from innovation_rules.engines.bulk.terms import Term, Terms, layered, substituted
from innovation_rules.engines.bulk.values import BulkError

SUBJECT = Subject("91350100M000100Y43", "随机企业")

# ------------------------------------------------------------------------------------------ engines of the dialects


class PostgreSQL(sql.Sql):
    """The text, run by psql."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.made: list[str] = []
        self.kinds: dict[str, Kind] = {}

    def build(self, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, Kind]) -> sql.Table:
        dialect, name = sql.Postgres(), f"built_{len(self.made)}"
        listed = ", ".join(f"{dialect.identifier(one)} {dialect.types[kinds[one]]}" for one in columns)
        rows = "".join(",".join(map(_cell, row)) + "\n" for row in zip(*columns.values(), strict=True))
        copy = f"COPY {name} FROM STDIN (FORMAT csv, NULL '\\N');\n{rows}\\.\n"
        self.made.append(f"CREATE TEMP TABLE {name} ({listed});\n{copy}")
        return sql.Table(sql.Base(name))

    def collect(self, table: sql.Table, columns: Mapping[str, Term]) -> dict[str, list[object]]:
        wanted = (
            "SELECT json_agg(t ORDER BY rowno) FROM (\n"
            + self.statement(table, columns, sql.Postgres())
            + "\n) AS t;\n"
        )
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.address],
            input="".join(self.made) + wanted,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[:2000]
        rows = json.loads(done.stdout)
        return {name: [row[name] for row in rows] for name in columns}


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "true" if value else "false"
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else str(int(value))  # type: ignore[call-overload]


def spark() -> Any:
    if (missing := engines.absent("spark")) is not None:
        pytest.skip(missing.diagnostics[0].message("en"))
    from innovation_rules.engines.bulk.spark import SparkSql

    return SparkSql()


@pytest.fixture(
    params=["duckdb", *(pytest.param(one, marks=pytest.mark.deep) for one in ("postgres", "spark"))],
)
def backend(request: pytest.FixtureRequest) -> Any:
    """Each engine that runs a dialect; one that is absent is skipped, and says so."""
    if request.param == "spark":
        return spark()
    return DuckDB() if request.param == "duckdb" else PostgreSQL(request.getfixturevalue("postgres"))


# ------------------------------------------------------------------------------------------ it means the same


def test_random_programs(backend: Any) -> None:
    assert random_programs(range(100, 104), 20, assert_results, backend) >= 40


def test_a_random_pack(backend: Any, tmp_path: Path) -> None:
    random = Random(12)
    pack = generated_pack(random, tmp_path)
    program = pack.program(2020)
    made = [generator.enterprise(program, pack.head, random) for _ in range(40)]
    assert_answers(program, [program.frame.case(one, 2020, program.law_date) for one in made], backend)


EDGES = (2**63 - 1, -(2**63) + 1, 2**62, 2**31, -(2**31), 0, None)


def test_sums_and_products_at_the_edge_of_64_bits(backend: Any) -> None:
    builder = Builder()
    one, two = builder.fact("one", Type.MONEY), builder.fact("two", Type.MONEY)
    builder.add(Linear(((1, one), (1, two), (3, one)), 7))
    program = builder.program()
    cases = [replace(builder.case(), as_of=AS_OF, values=pair) for pair in product(EDGES, EDGES)]
    assert_results(program, cases, backend)


@pytest.mark.parametrize("mode", ["half_up", "down", "up"])
def test_a_rounded_quotient_of_128_bits(mode: Any, backend: Any) -> None:
    """The quotient needs more than 32 digits where the divisor is 1, and its halves carry where it is large."""
    builder = Builder()
    of, to = builder.fact("of", Type.MONEY), builder.fact("to", Type.MONEY)
    scaled = builder.add(Quotient(of, to, 10**18, builder.add(Constant(0))))
    builder.add(Round(scaled, 1, mode))
    program = builder.program() if mode == "down" else bounded(builder.program())
    large = (2**63 - 1, 2**62 + 1, 10**18 - 1) if mode == "down" else (10**9, 10**9 - 1, 2**29 + 1)
    figures = (*large, 7, 3, 1, 0, -5, None)
    cases = [replace(builder.case(), as_of=AS_OF, values=pair) for pair in product(figures, figures)]
    assert_results(program, cases, backend)


def test_texts_are_quoted(backend: Any) -> None:
    words = ("it's", 'a "b"', "back\\slash", "`tick`", "行'业", "\\n", "--", "/* */", "")
    builder = Builder()
    text = builder.fact("word", Type.TEXT)
    for word in words:
        builder.add(Member(text, (word,)))
    builder.add(Member(text, words))
    program = builder.program()
    cases = [replace(builder.case(), as_of=AS_OF, values=(word,)) for word in (*words, "other", None)]
    assert_results(program, cases, backend)


# ------------------------------------------------------------------------------------------ every order, every engine


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    from innovation_rules.engines.bulk.cases import tables
    from innovation_rules.engines.bulk.outcomes import Outcomes, kept
    from innovation_rules.engines.bulk.plan import Plan, Tables

    random = Random(13)
    pack = generated_pack(random, tmp_path)
    program = pack.program(2020)
    cases = [
        program.frame.case(generator.enterprise(program, pack.head, random), 2020, program.law_date)
        for _ in range(50)
    ]
    found = []
    for order in ("rowno", "rowno DESC", "hash(rowno + 1)"):
        backend = DuckDB()
        given = tables(program, cases, backend)
        for at, table in enumerate((given.enterprises, given.activities, given.qualifications)):
            name = table.source.name  # type: ignore[union-attr]
            backend.connection.execute(
                f"CREATE TABLE laid_{at} AS SELECT * FROM {name} ORDER BY {order}, random()"
            )
        plan = Plan(program, backend, cases[0].as_of, keep=kept(program))
        laid = plan.run(Tables(*(sql.Table(sql.Base(f"laid_{at}")) for at in range(3))))
        found.append(backend.collect(laid, Outcomes(plan).every().values))
    assert found[0] == found[1] == found[2]


WORKED = ("changzhi", "changzhi_hightech_zone", "shanxi", "hengshui", "pingxiang", "national")


@pytest.mark.deep
@pytest.mark.parametrize(
    ("pack", "engine"),
    [
        (pack, engine)
        for pack in WORKED
        for engine in engines.BULK
        if engine != "spark" or pack == "pingxiang"
    ],
)
def test_our_cases_in_one_table(pack: str, engine: str) -> None:
    """Every worked case of our packs, a table for each year and day, column by column."""
    made: Callable[[], Any] = {"polars": _polars, "duckdb": DuckDB, "spark": spark}[engine]
    loaded = load_pack(pack)
    backend, groups = made(), dict[tuple[int, date], list[Case]]()
    found = worked_cases.find(loaded.linked)
    assert found is not None
    for one in worked_cases.run(loaded, found):
        decision = one.decision
        groups.setdefault((decision.program.year, decision.program.law_date), []).append(decision.case)
        assert decision.program is loaded.program(decision.program.year, decision.program.law_date)
    for (year, day), cases in groups.items():
        program = loaded.program(year, day)
        for as_of in {case.as_of for case in cases}:
            assert_answers(program, [case for case in cases if case.as_of == as_of], backend)


def _polars() -> Any:
    from innovation_rules.engines.bulk.polars import Polars

    return Polars()


@pytest.mark.deep
def test_many_random_programs(backend: Any, request: pytest.FixtureRequest) -> None:
    """Node by node; Spark plans a statement for tens of seconds, so it has fewer."""
    size = {"duckdb": 100, "postgres": 30, "spark": 4}[request.node.callspec.params["backend"]]
    done = random_programs(range(200, 200 + size), 100, assert_results, backend)
    assert done >= 50 * size
    print(f"{done} cases, 0 differences")


@pytest.mark.deep
def test_many_random_packs(backend: Any, tmp_path: Path) -> None:
    """10,000 cases a dialect, no difference."""
    packs, cases = (10, 1000)
    for seed in range(1000, 1000 + packs):
        random = Random(seed)
        pack = generated_pack(random, tmp_path)
        program = pack.program(2020)
        made = [generator.enterprise(program, pack.head, random) for _ in range(cases)]
        assert_answers(program, [program.frame.case(one, 2020, program.law_date) for one in made], backend)
    print(f"{packs * cases} cases, 0 differences")


# ------------------------------------------------------------------------------------------ the text


def test_the_statement_is_the_same_every_time() -> None:
    pack = load_pack("changzhi")
    program = pack.program(2020)
    one, two = (script(program, date(2020, 12, 31), sql.Dialect()) for _ in range(2))
    assert one.text == two.text


def test_a_fact_named_as_a_column_of_the_statement_keeps_its_short_name() -> None:
    builder = Builder()
    for name in ("c1", "rowno", "n5_low", "revenue"):
        builder.fact(name, Type.MONEY)
    frame = builder.program().frame
    assert names_of(frame)["f3"] == frame.facts[3].name
    assert {"f0", "f1", "f2"}.isdisjoint(names_of(frame))


@pytest.mark.parametrize("dialect", sql.DIALECTS)
def test_what_it_says_it_reads_is_what_it_reads(dialect: str) -> None:
    """An independent parser finds no other table, and no column beyond those of the head."""
    import sqlglot
    from sqlglot import expressions

    program = load_pack("pingxiang").program(2020)
    found = script(program, date(2020, 12, 31), sql.DIALECTS[dialect]())
    tree = sqlglot.parse_one(found.text, read=dialect)
    steps = {one.alias for one in tree.find_all(expressions.CTE)}
    assert {one.name for one in tree.find_all(expressions.Table)} - steps == set(found.reads)
    made = {one.alias for one in tree.find_all(expressions.Alias)}
    read = {one.name for one in tree.find_all(expressions.Column)} - made
    assert read == {one.name for columns in found.reads.values() for one in columns}
    assert tree.named_selects == ["rowno", *found.columns]


def test_the_statement_runs_on_tables_with_readable_columns() -> None:
    """The text of the command, run on tables of the columns that its head lists."""
    from innovation_rules.engines.bulk.cases import tables

    pack, random = load_pack("changzhi"), Random(3)
    program = pack.program(2020)
    cases = [
        program.frame.case(generator.enterprise(program, pack.head, random), 2020, program.law_date)
        for _ in range(30)
    ]
    backend = DuckDB()
    given = tables(program, cases, backend)
    found = script(program, date(2020, 12, 31), sql.Dialect())
    for table, columns in found.reads.items():
        listed = ", ".join(f'"{one.short}" AS "{one.name}"' for one in columns)
        source = getattr(given, table).source.name
        backend.connection.execute(f"CREATE TABLE {table} AS SELECT {listed} FROM {source}")
    rows = (
        backend.connection.sql(found.text.rstrip().rstrip(";")).to_arrow_table().sort_by("rowno").to_pylist()
    )
    for case, row in zip(cases, rows, strict=True):
        decision = Decision(program, case, interpreter.evaluate(program, case), SUBJECT)
        for name, meant in expected(decision):
            assert row[name] == meant, name


def test_a_name_too_long_for_postgresql_is_refused() -> None:
    with pytest.raises(BulkError) as caught:
        sql.Postgres().identifier("名" * 22)
    assert caught.value.diagnostics[0].code == "sql-name-long"
    assert sql.Postgres().identifier("n" * 63) == f'"{"n" * 63}"'


def run(*words: str) -> Any:
    return CliRunner().invoke(cli.main, [*words, "--lang", "en"], prog_name="innovation-rules")


@pytest.mark.parametrize("dialect", sql.DIALECTS)
def test_the_command_prints_the_statement(dialect: str) -> None:
    done = run("sql", "pingxiang", "--dialect", dialect, "--year", "2020")
    assert done.exit_code == 0, done.output
    pack = load_pack("pingxiang")
    assert pack.digest in done.stdout
    assert "year 2020, as of 2020-12-31" in done.stdout
    assert done.stdout.endswith(";\n")
    assert f"-- {pack.title} ({pack.id} {pack.version})" in done.stdout


def test_a_dialect_that_was_never_run_is_refused() -> None:
    assert run("sql", "pingxiang", "--dialect", "tsql", "--year", "2020").exit_code == 2


# ------------------------------------------------------------------------------------------ terms


def test_equal_terms_are_one() -> None:
    terms = Terms()
    one = terms.make("compare", (terms.column("a"), terms.constant(1, "number")), ">")
    two = terms.make("compare", (terms.column("a"), terms.constant(1, "number")), ">")
    assert one is two
    assert terms.constant(1, "number") is not terms.constant(True, "number")
    assert terms.constant(1, "number") is not terms.constant(1, "wide")
    assert terms.column("a") is not terms.column("a", sure=True)


def test_what_is_certain_is_not_written() -> None:
    terms = Terms()
    a, b, null = terms.column("a"), terms.column("b"), terms.constant(None, "truth")
    assert terms.both([a, terms.true, a]) is a
    assert terms.both([a, terms.false]) is terms.false
    assert terms.either([]) is terms.false
    assert terms.both([a, null]) is not a
    assert terms.choose(terms.is_null(a), terms.false, a) is terms.coalesce(a, terms.false)
    assert terms.is_null(terms.coalesce(a, terms.true)) is terms.false
    assert terms.choose(terms.is_null(b), a, a) is a
    assert terms.opposite(terms.opposite(a)) is a
    assert terms.opposite(null) is null
    given = substituted(terms, terms.both([a, b]), {"a": terms.true}, {})
    assert given is b


def test_what_is_written_twice_becomes_a_column() -> None:
    terms = Terms()
    a = terms.column("a")
    long = terms.both([terms.make("compare", (a, terms.constant(n, "number")), ">") for n in range(3)])
    outputs = [terms.opposite(long), terms.either([long, terms.column("b")])]
    assert layered(outputs) == [[long]]
    assert layered([terms.opposite(long)]) == []
    assert layered([terms.opposite(a), terms.either([a, terms.column("b")])]) == []


# ------------------------------------------------------------------------------------------ the Spark job


@pytest.mark.deep
def test_the_job_reads_and_writes_parquet_by_region(tmp_path: Path) -> None:
    """Tables in, answers out in a folder a region; the columns may have their short names."""
    backend = spark()
    from innovation_rules.engines.bulk.cases import tables
    from innovation_rules.tables import spark_job

    pack, random = load_pack("pingxiang"), Random(4)
    program = pack.program(2020)
    made = [generator.enterprise(program, pack.head, random) for _ in range(20)]
    cases = [program.frame.case(one, 2020, program.law_date) for one in made]
    given = tables(program, cases, backend)
    for name in ("enterprises", "activities", "qualifications"):
        frame = backend.session.table(getattr(given, name).source.name)
        if name == "enterprises":
            frame = frame.selectExpr("*", "CAST(rowno % 3 AS STRING) AS county")
        frame.write.parquet(str(tmp_path / name))
    words = ["pingxiang", str(tmp_path), str(tmp_path / "out"), "--year", "2020", "--partition", "county"]
    spark_job.main(words)
    assert {one.name for one in (tmp_path / "out").iterdir() if one.is_dir()} == {
        f"county={n}" for n in range(3)
    }
    rows = backend.session.read.parquet(str(tmp_path / "out")).orderBy("rowno").collect()
    for case, row in zip(cases, rows, strict=True):
        decision = Decision(program, case, interpreter.evaluate(program, case), SUBJECT)
        for name, meant in expected(decision):
            assert row[name] == meant, name
    backend.session.table(given.enterprises.source.name).drop("f0").write.parquet(
        str(tmp_path / "less" / "enterprises")
    )
    for name in ("activities", "qualifications"):
        shutil.copytree(tmp_path / name, tmp_path / "less" / name)
    with pytest.raises(ValueError, match="enterprises"):
        spark_job.main(["pingxiang", str(tmp_path / "less"), str(tmp_path / "no"), "--year", "2020"])
