"""Tables in and out: the same answers as one by one, the same refusals, and what is set aside says why."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import hypothesis
import pytest
from click.testing import CliRunner
from hypothesis import strategies as st
from stdnum.cn import uscc as credit_code
from test_bulk import expected

from innovation_rules import load_pack
from innovation_rules.audit import generator
from innovation_rules.audit.differential import generated_pack
from innovation_rules.cli import main
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import DataError
from innovation_rules.fields import QuantityError, parse_industry, parse_region, parse_uscc, region_name
from innovation_rules.intake import parse_enterprise
from innovation_rules.packs import Pack
from innovation_rules.quantities import parse_text

pytest.importorskip("polars", reason="the extra `bulk` is not installed")

import polars as pl

from innovation_rules.tables import cells
from innovation_rules.tables.cells import NOTHING, SEPARATOR
from innovation_rules.tables.contract import SURVEYED, Given, columns_of_model
from innovation_rules.tables.decide import Answers, as_source, decide
from innovation_rules.tables.export import frames
from innovation_rules.tables.intake import Source
from innovation_rules.tables.legend import tests as legend_of
from innovation_rules.tables.records import Records
from innovation_rules.tables.rejects import worded
from innovation_rules.tables.sources import open_tables
from innovation_rules.tables.write import write

YEAR = 2020


def code(number: int) -> str:
    """A valid credit code."""
    base = f"91140403{number:09d}"
    return base + str(credit_code.calc_check_digit(base))


def some(pack: Pack, count: int, seed: int = 5) -> list[Enterprise]:
    """Random enterprises at a pack's thresholds, each with a code of its own."""
    random, program = Random(seed), pack.program(YEAR)
    made = [generator.enterprise(program, pack.head, random) for _ in range(count)]
    return [one.model_copy(update={"uscc": code(at)}) for at, one in enumerate(made)]


def sources(tables: Mapping[Any, Any]) -> dict[Any, Source]:
    return {name: as_source(one) for name, one in tables.items()}


def ran(pack: Pack, tables: Mapping[Any, Any], **options: Any) -> tuple[Answers, dict[str, Any], Any]:
    """The answers by credit code, and the rejects in words."""
    found = decide(pack, sources(tables), YEAR, **options)
    decisions, rejects = pl.collect_all([found.frame, found.rejects])
    return found, {row["uscc"]: row for row in decisions.to_dicts()}, worded(found, rejects)


def assert_same(
    pack: Pack, enterprises: Sequence[Enterprise], rows: Mapping[str, Any], **options: Any
) -> None:
    assert set(rows) == {one.uscc for one in enterprises}
    for one in enterprises:
        for name, meant in expected(pack.decide(one, YEAR, **options)):
            assert rows[one.uscc][name] == meant, (one, name)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("changzhi")


@pytest.fixture(scope="module")
def people(pack: Pack) -> list[Enterprise]:
    return some(pack, 25)


@pytest.fixture(scope="module")
def tables(pack: Pack, people: list[Enterprise]) -> dict[Any, Any]:
    return dict(frames(people, pack.program(YEAR)))


@pytest.fixture(scope="module")
def plainly(pack: Pack, tables: dict[Any, Any]) -> tuple[Answers, dict[str, Any], Any]:
    """What those tables give."""
    return ran(pack, tables)


Plainly = tuple[Answers, dict[str, Any], Any]


# ------------------------------------------------------------------------------------------ the same answers


def test_tables_decide_as_one_by_one(pack: Pack, people: list[Enterprise], plainly: Plainly) -> None:
    _, rows, rejects = plainly
    assert rejects.is_empty()
    assert_same(pack, people, rows)


def test_an_earlier_day_hides_what_was_not_yet_known(pack: Pack, tmp_path: Path) -> None:
    random = Random(21)
    made = generated_pack(random, tmp_path)
    day = date(YEAR, 6, 1)
    people = [_dated(one, random) for one in some(made, 30, 3)]
    _, rows, rejects = ran(made, frames(people, made.program(YEAR, day)), as_of=day)
    assert rejects.is_empty()
    assert_same(made, people, rows, as_of=day)


def _dated(one: Enterprise, random: Random) -> Enterprise:
    """With a day on which each report was filed and each declared value found, and one for what goes on."""
    days = [None, date(YEAR, 5, 31), date(YEAR, 6, 1), date(YEAR, 6, 2)]
    reports = {
        year: report.model_copy(update={"filed": random.choice(days)}) for year, report in one.reports.items()
    }
    inputs = {name: {"value": value, "found_on": random.choice(days)} for name, value in one.inputs.items()}
    data = {**one.model_dump(), "reports": {y: r.model_dump() for y, r in reports.items()}, "inputs": inputs}
    return Enterprise.model_validate({**data, "ongoing_as_of": random.choice(days)})


def test_the_order_of_rows_never_matters(pack: Pack, tables: dict[Any, Any], plainly: Plainly) -> None:
    shuffled = {name: one.sample(fraction=1, shuffle=True, seed=7) for name, one in tables.items()}
    assert ran(pack, shuffled)[1] == plainly[1]


@pytest.mark.deep
def test_many_random_packs_over_tables(tmp_path: Path) -> None:
    """5,000 enterprises under 50 random packs, no difference."""
    for seed in range(50):
        made = generated_pack(Random(seed), tmp_path)
        people = some(made, 100, seed)
        _, rows, rejects = ran(made, frames(people, made.program(YEAR)))
        assert rejects.is_empty()
        assert_same(made, people, rows)
    for name in ("changzhi_hightech_zone", "shanxi", "hengshui", "pingxiang"):
        ours = load_pack(name)
        people = some(ours, 100)
        assert_same(ours, people, ran(ours, frames(people, ours.program(YEAR)))[1])


# ------------------------------------------------------------------------------------------ the same refusals

NUMBERS = [
    "1200万元", "12元", "0元", "-3万元", "3.2万元", "0.001元", "0.01元", "1.10万元", "1.234567千元", "00元", "1,200元",
    "12 元", "12  元", "12", "1e3", "+5元", "", " ", "１２元", "一万元", "12%", "2.5%", "12人", "3万人", "999999999999999亿元",
    "10000000000000元", "10000000000000.01元", "12美元", "0.5点", "50点", "1000000000000000000000000000000000000000000元",
    "-0元", "−3元", "3.元", ".5元", "12万元/人", "1.5亿元", "2百万元", "NaN", "1200万元\n", "3吨标准煤", "3.25吨标准煤", "7万吨标准煤",
]  # fmt: skip
DAYS = [
    "2020-01-31", "2020-02-30", "1899-12-31", "1900-01-01", "2100-12-31", "2101-01-01", "2020-1-1", "20200101", "ongoing",
    "持续", "never", "2020-W01-1", "２０２０-01-01", "", "2020-01-01 ",
]  # fmt: skip
CODES = [
    "91350100M000100Y43", "91350100M000100Y44", "91350100m000100y43", "91350100M000100Y4", "91350100I000100Y43",
    "91350100 M000100Y43", "９1350100M000100Y43", "", "000000000000000000",
]  # fmt: skip
WORDS = [
    "国有",
    "state",
    "State",
    "市级",
    "municipal",
    "某某",
    "a\u200bb",
    "a\nb",
    " ",
    "",
    "é",
    "e\u0301",
    "x" * 2001,
    "\u00a0",
    "省部级",
]


def column(table: Any, name: str) -> Given:
    return Given(next(one for one in columns_of_model(table) if one.name == name), name)


def accepted(given: Given, values: Sequence[Any], untyped: bool = False) -> list[Any]:
    """What the expressions make of cells."""
    frame = pl.DataFrame({given.written: values})
    return frame.with_columns(cells.read(given, frame.schema[given.written], untyped).alias("v"))[
        "v"
    ].to_list()


def refused(table: Any, name: str, value: Any) -> bool:
    """Whether the intake of single records refuses a field."""
    record: dict[str, Any] = {"uscc": code(1), "name": "某企业"}
    fields = {"category": "project", "kind": "某"} if table == "activities" else {}
    if table == "enterprises":
        record[name] = value
    elif table == "reports":
        record["reports"] = {"2020": {name: value}}
    else:
        record["activities"] = [{**fields, name: value}]
    try:
        parse_enterprise(record)
    except DataError:
        return True
    return False


@pytest.mark.parametrize(
    ("table", "name", "values"),
    [
        ("reports", "rd_expenditure", NUMBERS),
        ("reports", "net_profit", NUMBERS),
        ("reports", "employees", NUMBERS),
        ("reports", "energy_use", NUMBERS),
        ("reports", "hnte_score", NUMBERS),
        ("reports", "filed", DAYS),
        ("activities", "ended", DAYS),
        ("enterprises", "uscc", CODES),
        ("enterprises", "ownership", WORDS),
        ("activities", "level", WORDS),
        ("activities", "name", WORDS),
        ("activities", "quantity", [0, 1, -1, 10**6, 10**6 + 1, 2**62]),
        ("reports", "total_assets", [0, -1, 10**13, 10**13 + 1, 2**62]),
        ("reports", "total_assets", [Decimal("12.50"), Decimal("12.505"), Decimal("-1")]),
        ("reports", "total_assets", [1.0, float("nan")]),
        ("reports", "total_assets", [True, False]),
        ("reports", "filed", [date(2020, 1, 1), date(1800, 1, 1), date(9999, 12, 31)]),
        ("enterprises", "industry", [2710, 5]),
    ],
)
def test_a_cell_is_refused_where_the_intake_refuses_it(table: Any, name: str, values: list[Any]) -> None:
    found = accepted(column(table, name), values)
    assert [one is None for one in found] == [refused(table, name, one) for one in values], list(
        zip(values, found, strict=True)
    )


def test_accepted_cells_are_read_to_the_same_base_units() -> None:
    for name in ("rd_expenditure", "employees", "energy_use", "hnte_score"):
        for text, value in zip(NUMBERS, accepted(column("reports", name), NUMBERS), strict=True):
            if value is not None:
                record = {"uscc": code(1), "name": "某", "reports": {"2020": {name: text}}}
                assert int(getattr(parse_enterprise(record).reports[2020], name)) == value, text


LETTERS = "aZ~ 甲龥龦（\u0301\u3099か\u212a\uf90a\u200b\u00a0\u3000\n\t豈"
"""Plain ones, and those that compose, are composed, are blank or cannot be seen."""


@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(st.lists(st.text(LETTERS, max_size=6) | st.text(max_size=3), min_size=30, max_size=60))
def test_a_text_is_read_as_the_intake_reads_it(texts: list[str]) -> None:
    long = [letter * times for letter in "a甲\u212a" for times in (666, 667, 2000, 2001)]
    every = [*texts, *long]
    assert accepted(column("activities", "name"), every) == [raises(parse_text, one) for one in every]


def raises(parse: Any, text: str) -> str | None:
    try:
        return str(parse(text))
    except QuantityError:
        return None


def test_codes_are_those_of_the_standards() -> None:
    industries = [f"{letter}{number}" for letter in ("", "C", "A", "T") for number in range(10000)]
    industries += [f"{number:0{size}}" for size in (2, 3, 4) for number in range(100)]
    read = accepted(column("enterprises", "industry"), industries)
    assert read == [raises(parse_industry, one) for one in industries]
    regions = [f"{number:06}" for number in range(110000, 160000, 7)] + [
        "140403",
        "14040",
        "x",
        "990000",
        "140000",
    ]
    assert accepted(column("enterprises", "region"), regions) == [
        raises(parse_region, one) for one in regions
    ]
    assert sum(region_name(one) is not None for one in regions) > 100
    random, alphabet = Random(1), "0123456789ABCDEFGHJKLMNPQRTUWXYIOSVZ"
    usccs = [code(one) for one in range(200)]
    usccs += [
        one[:at] + random.choice(alphabet) + one[at + 1 :] for one in usccs for at in (random.randrange(18),)
    ]
    usccs += ["91350100" + "".join(random.choice(alphabet[:31]) for _ in range(10)) for _ in range(2000)]
    read = accepted(column("enterprises", "uscc"), usccs)
    assert read == [raises(parse_uscc, one) for one in usccs]
    assert 200 < sum(one is not None for one in read) < 400


BAD: list[tuple[str, str, Any]] = [
    ("enterprises", "region", "14040"), ("enterprises", "industry", "A27"), ("enterprises", "ownership", "公有"),
    ("enterprises", "uscc", "91140403000000070X"), ("enterprises", "uscc", None), ("enterprises", "name", "a\u200bb"),
    ("reports", "employees", -1), ("reports", "year", 1980), ("reports", "rd_expenditure_fen", 10**15 + 1),
    ("activities", "kind", "nonsense"), ("activities", "category", "别的"), ("activities", "category", "international"),
    ("activities", "status", "maybe"), ("activities", "kind", None), ("activities", "uscc", None),
    ("activities", "ended", date(1800, 1, 1)), ("qualifications", "kind", "某资质"), ("qualifications", "status", "completed"),
    ("qualifications", "granted", date(2099, 1, 1)),
]  # fmt: skip


def spoiled(tables: Mapping[Any, Any], random: Random, each: int = 1) -> dict[Any, Any]:
    """The tables with bad cells here and there."""
    found = dict(tables)
    for table, name, value in BAD * each:
        frame = found[table]
        if name in frame.columns:
            values = frame[name].to_list()
            values[random.randrange(len(values))] = value
            found[table] = frame.with_columns(pl.Series(name, values, dtype=frame.schema[name]))
    return found


@pytest.mark.parametrize("seed", [0, *(pytest.param(one, marks=pytest.mark.deep) for one in range(1, 30))])
def test_bad_rows_are_those_that_the_intake_refuses(pack: Pack, tables: dict[Any, Any], seed: int) -> None:
    """An enterprise is decided exactly where its rows, read as a record, pass the intake and the pack."""
    bad = spoiled(tables, Random(seed))
    found, rows, rejects = ran(pack, bad)
    records = Records(found.contract, found.sources)
    aside = set(rejects.filter(pl.col("code") != "table-orphan")["uscc"])
    for uscc in bad["enterprises"]["uscc"].drop_nulls():
        said = codes_of(pack, records, uscc)
        assert (uscc in rows) is not (uscc in aside)
        assert (uscc in rows) is (said is None), (uscc, said)
        if said is not None:
            given = set(rejects.filter(pl.col("uscc") == uscc)["code"])
            assert given & said, (given, said)
    assert len(aside) > 5
    assert "table-cell" not in set(rejects["code"])


def codes_of(pack: Pack, records: Records, uscc: str) -> set[str] | None:
    """The codes with which one enterprise is refused, None where it is decided."""
    try:
        pack.decide(records.enterprise(uscc), YEAR)
    except DataError as error:
        return {one.code for one in error.diagnostics}
    return None


def with_cell(frame: Any, row: int, **cell: Any) -> Any:
    """The table with some cells of one row (from 1) written anew."""
    changed = []
    for name, value in cell.items():
        before = pl.col(name) if name in frame.columns else None
        changed.append(
            pl.when(pl.int_range(1, pl.len() + 1) == row).then(pl.lit(value)).otherwise(before).alias(name)
        )
    return frame.with_columns(changed)


def test_each_fault_of_rows_is_named(pack: Pack, tables: dict[Any, Any]) -> None:
    own, reports = tables["enterprises"], tables["reports"]
    activities, held = tables["activities"], tables["qualifications"]
    own = pl.concat([own, own.slice(2, 1)])
    reports = pl.concat([reports, reports.slice(0, 1)])
    reports = with_cell(reports, 5, rd_staff=3, rd_staff_women=4)
    reports = with_cell(reports, 6, technical_renovation=float("nan"))
    reports = with_cell(with_cell(reports, 7, technology_bought=1.5), 8, employees=-1)
    activities = with_cell(activities, 2, uscc=code(999))
    activities = with_cell(activities, 3, started=date(2020, 5, 2), ended=date(2020, 5, 1))
    held = with_cell(held, 1, granted=date(2020, 5, 2), expires=date(2020, 5, 1))
    many = activities.slice(19, 1).select(pl.all().repeat_by(10_001).explode())
    activities = pl.concat([activities, many])
    bad = {"enterprises": own, "reports": reports, "activities": activities, "qualifications": held}
    _, rows, rejects = ran(pack, bad)
    assert set(rejects.select("table", "row", "column", "code").rows()) == {
        ("enterprises", 3, "uscc", "table-enterprise-twice"),
        ("enterprises", 26, "uscc", "table-enterprise-twice"),
        ("reports", 1, "year", "table-report-twice"),
        ("reports", len(reports), "year", "table-report-twice"),
        ("reports", 5, "rd_staff", "parts-exceed-whole"),
        ("reports", 6, "technical_renovation", "not-finite"),
        ("reports", 7, "technology_bought", "float-refused"),
        ("reports", 8, "employees", "out-of-range"),
        ("activities", 2, "uscc", "table-orphan"),
        ("activities", 3, "ended", "ended-before-started"),
        ("qualifications", 1, "expires", "expired-before-granted"),
        ("activities", None, "uscc", "too-many-items"),
    }
    named = set(rejects.filter(pl.col("code") != "table-orphan")["uscc"])
    assert set(rows) == set(tables["enterprises"]["uscc"]) - named


def test_a_column_that_does_not_fit_stops_everything(pack: Pack, tables: dict[Any, Any]) -> None:
    def codes(changed: dict[Any, Any], **options: Any) -> set[str]:
        with pytest.raises(DataError) as caught:
            decide(pack, sources({**tables, **changed}), YEAR, **options)
        return {one.code for one in caught.value.diagnostics}

    own = tables["enterprises"]
    assert codes({"enterprises": own.drop("uscc")}) == {"table-key-missing"}
    assert codes({"reports": tables["reports"].drop("year")}) == {"table-key-missing"}
    assert codes({"enterprises": own.with_columns(统一社会信用代码="uscc")}) == {"table-column-twice"}
    assert codes({"enterprises": own.rename({"region": "regoin"})}) == {"table-column-unknown"}
    without = {name: one for name, one in tables.items() if name != "enterprises"}
    with pytest.raises(DataError, match="enterprises"):
        decide(pack, sources(without), YEAR)
    lenient = decide(pack, sources({**tables, "enterprises": own.with_columns(x=1)}), YEAR, strict=False)
    assert "table-column-ignored" in {one.code for one in lenient.notes}


def test_an_absent_column_is_unknown_for_all_and_named(pack: Pack, tables: dict[Any, Any]) -> None:
    alone = {"enterprises": tables["enterprises"].select("uscc", "region")}
    found, rows, _ = ran(pack, alone)
    absent = {one.fields["table"] for one in found.notes if one.code == "table-absent"}
    assert absent == {"reports", "activities", "qualifications"}
    listed = next(one for one in found.notes if one.code == "table-columns-absent")
    assert "industry" in listed.fields["columns"]  # type: ignore[operator]
    assert {row["profile.talent"] for row in rows.values()} == {"undetermined"}


@pytest.mark.parametrize("surveyed", [True, False, None])
def test_rows_of_a_list_that_nobody_surveyed_are_decided_as_the_record_is(
    pack: Pack, surveyed: bool | None
) -> None:
    """Activities are counted and more may exist; what is held is unknown, as a record cannot hold a part of it."""
    ours = code(1)
    own = {"uscc": ours, "name": "某企业", "region": "140403", "in_directory_2020": True}
    own |= {"activities_surveyed": surveyed, "qualifications_surveyed": surveyed}
    item = {
        "uscc": ours,
        "category": "platform",
        "kind": "engineering_research_centre",
        "status": "recognised",
    }
    held = {"uscc": ours, "kind": "high_tech_enterprise", "status": "recognised", "granted": date(2019, 1, 1)}
    given = {
        "enterprises": pl.DataFrame([own], schema_overrides=dict.fromkeys(SURVEYED, pl.Boolean)),
        "activities": pl.DataFrame([{**item, "started": date(2020, 1, 1), "ended": date(9999, 12, 31)}]),
        "qualifications": pl.DataFrame([{**held, "expires": date(9999, 12, 31)}]),
    }
    found, rows, rejects = ran(pack, given)
    assert rejects.is_empty()
    one = Records(found.contract, found.sources).enterprise(ours)
    assert_same(pack, [one], rows)
    meant = "undetermined" if surveyed is False else "eligible"
    assert rows[ours]["awards.preference_high_tech_enterprise"] == meant
    other = "undetermined" if surveyed is False else "inactive"
    assert (rows[ours]["profile.platform"], rows[ours]["profile.international"]) == ("active", other)
    strange = with_cell(given["qualifications"], 1, kind="strange")
    found, rows, _ = ran(pack, {**given, "qualifications": strange})
    said = codes_of(pack, Records(found.contract, found.sources), ours)
    assert (set(rows), said) == (
        ({ours}, None) if surveyed is False else (set(), {"data-unknown-qualification"})
    )
    bad = with_cell(given["qualifications"], 1, expires=date(2018, 1, 1))
    found, rows, _ = ran(pack, {**given, "qualifications": bad})
    assert not rows
    assert codes_of(pack, Records(found.contract, found.sources), ours) == {"expired-before-granted"}


# ------------------------------------------------------------------------------------------ where tables stand


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The same table with nothing but text and numbers in it, as CSV and SQLite hold it."""
    lists = [name for name, dtype in frame.schema.items() if dtype == pl.List(pl.String)]
    return frame.with_columns(
        pl.when(pl.col(name).list.len() == 0)
        .then(pl.lit(NOTHING))
        .otherwise(pl.col(name).list.join(SEPARATOR))
        .alias(name)
        for name in lists
    )


def put(tables: Mapping[Any, Any], folder: Path, files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, frame in tables.items():
        if files == "csv":
            as_text(frame).write_csv(folder / f"{name}.csv")
        else:
            frame.write_parquet(folder / f"{name}.parquet")
    return folder


def put_sqlite(tables: Mapping[Any, Any], file: Path) -> Path:
    with sqlite3.connect(file) as connection:
        for name, frame in tables.items():
            plain = as_text(frame).with_columns(
                pl.col(pl.Date).cast(pl.String).str.replace("9999-12-31", WORD[name])
            )
            kinds = [
                f'"{one}" {"BOOLEAN" if dtype == pl.Boolean else ""}' for one, dtype in plain.schema.items()
            ]
            connection.execute(f"create table {name} ({', '.join(kinds)})")
            marks = ", ".join("?" * plain.width)
            connection.executemany(f"insert into {name} values ({marks})", plain.rows())
    connection.close()
    return file


WORD = {"activities": "ongoing", "qualifications": "never", "enterprises": "", "reports": ""}


def put_duckdb(tables: Mapping[Any, Any], file: Path) -> Path:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(file)) as connection:
        for name, frame in tables.items():
            connection.register("given", frame.to_arrow())
            connection.execute(f"create table {name} as select * from given")
            connection.unregister("given")
    return file


@pytest.mark.parametrize("kind", [pytest.param("parquet", marks=pytest.mark.deep), "csv", "sqlite", "duckdb"])
def test_tables_are_the_same_wherever_they_stand(
    pack: Pack, tables: dict[Any, Any], plainly: Plainly, tmp_path: Path, kind: str
) -> None:
    if kind in ("parquet", "csv"):
        where = put(tables, tmp_path / kind, kind)
    else:
        where = (put_sqlite if kind == "sqlite" else put_duckdb)(tables, tmp_path / f"data.{kind}")
    found = decide(pack, open_tables(str(where)), YEAR)
    decisions, rejects = pl.collect_all([found.frame, found.rejects])
    assert rejects.is_empty(), worded(found, rejects)
    assert {row["uscc"]: row for row in decisions.to_dicts()} == plainly[1]


def test_frames_of_arrow_and_duckdb(pack: Pack, tables: dict[Any, Any]) -> None:
    duckdb = pytest.importorskip("duckdb")
    arrow = {name: one.to_arrow() for name, one in tables.items()}
    relations = {name: duckdb.from_arrow(one) for name, one in arrow.items()}
    for given in (arrow, relations):
        frame = pack.decide_frame(*given.values(), year=YEAR)
        assert isinstance(frame, pl.LazyFrame)
        assert frame.select("uscc", "set_aside", "coverages.technology_innovation").collect().height == 25


PREMISES = """\
pack: premises
title: 场所
jurisdiction: {within: "140400"}
in_force: {from: 2018-01-01}
inputs: {owned: {of: activity, type: yes_no, label: 自有}}
activity_kinds: {platform: {centre: {label: 中心, lasts: state, source: 一}}}
coverages:
  c: {label: 覆盖, source: 一, scope: {employees: {at_least: 1人}}, covered_when: {exists: {kind: centre, where: {owned: true}}}}
"""


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_frames_whose_rows_come_in_any_order_keep_each_enterprises_own(tmp_path: Path, engine: Any) -> None:
    (tmp_path / "premises.yaml").write_text(PREMISES, encoding="utf-8")
    ours = load_pack(tmp_path / "premises.yaml", cache=False)
    codes = [code(at) for at in range(12_000)]
    own = pl.DataFrame({"uscc": codes}).with_columns(name=pl.lit("甲"), region=pl.lit("140400"))
    reports = pl.DataFrame({"uscc": codes}).with_columns(year=2020, employees=5)
    items = pl.DataFrame({"uscc": codes}).with_row_index("n").with_columns(owned=pl.col("n") % 3 == 0)
    items = items.drop("n").with_columns(category=pl.lit("platform"), kind=pl.lit("centre"))
    items = items.with_columns(started=pl.lit("2019-01-01"), ended=pl.lit("ongoing"))
    shuffled = pl.concat([own, own]).lazy().group_by("uscc").agg(pl.all().first())
    for one in (own, own.lazy(), shuffled):
        found = ours.decide_frame(one, reports, items, year=YEAR).collect(engine=engine)
        assert found.height == len(codes)
        rows = found.select("uscc", pl.col("coverages.c").cast(pl.String)).rows()
        said = {uscc for uscc, status in rows if status == "covered"}
        assert said == set(codes[::3])


def test_decide_frame_keeps_who_was_set_aside(pack: Pack, tables: dict[Any, Any]) -> None:
    bad = {**tables, "enterprises": with_cell(tables["enterprises"], 4, region="14040")}
    frame = pack.decide_frame(*bad.values(), year=YEAR).collect()
    assert frame.filter("set_aside")["uscc"].to_list() == [code(3)]
    assert frame.filter("set_aside")["coverages.technology_innovation"].to_list() == [None]
    assert frame.height == 25


def test_a_place_without_tables_is_named(tmp_path: Path) -> None:
    def code_of(where: object) -> str:
        with pytest.raises(DataError) as caught:
            open_tables(str(where))
        return caught.value.diagnostics[0].code

    assert code_of(tmp_path) == "table-missing"
    assert code_of(tmp_path / "no.duckdb") == "no-such-file"
    (tmp_path / "enterprises.csv").write_text("uscc\n")
    (tmp_path / "企业.csv").write_text("uscc\n")
    assert code_of(tmp_path) == "table-two-files"
    mixed = tmp_path / "mixed.sqlite"
    with sqlite3.connect(mixed) as connection:
        connection.execute("create table enterprises (uscc, region)")
        connection.executemany(
            "insert into enterprises values (?, ?)", [(code(1), "140403"), (code(2), 140403)]
        )
    connection.close()
    assert code_of(mixed) == "table-column-mixed"


@pytest.mark.parametrize(
    ("text", "line", "cells"),
    [("{0},140403,27\n{1}\n", 3, 1), ("{0},,\n\n{1},x\n", 4, 2), ('{0},"a\nb",27\n{1},1,2,3\n', 4, 4)],
)
def test_a_line_with_too_few_or_too_many_cells_is_named(
    tmp_path: Path, text: str, line: int, cells: int
) -> None:
    file = tmp_path / "enterprises.csv"
    file.write_text("uscc,region,industry\n" + text.format(code(1), code(2)), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        open_tables(str(tmp_path))
    (problem,) = caught.value.diagnostics
    assert problem.code == "table-line-cells"
    assert problem.fields == {"file": str(file), "line": line, "found": cells, "columns": 3}


def test_an_empty_line_is_an_enterprise_without_a_code(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "enterprises.csv").write_text(f"uscc,region\n{code(1)},140403\n\n", encoding="utf-8")
    found = decide(pack, open_tables(str(tmp_path)), YEAR)
    assert found.rejects.select("row", "code").collect().rows() == [(2, "missing-field")]
    assert found.frame.collect().height == 1


@pytest.mark.deep
def test_tables_in_postgresql(
    pack: Pack, tables: dict[Any, Any], plainly: Plainly, postgres: str, tmp_path: Path
) -> None:
    types = {
        pl.Boolean: "boolean",
        pl.Date: "date",
        pl.Int64: "bigint",
        pl.String: "text",
        pl.Float64: "float8",
    }
    put(tables, tmp_path, "csv")
    for name, frame in tables.items():
        kinds = ", ".join(f'"{one}" {types.get(dtype, "text")}' for one, dtype in frame.schema.items())
        copy = f"\\copy {name} from '{tmp_path / name}.csv' csv header"
        for said in (f"create table {name} ({kinds})", copy):
            subprocess.run(
                ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", postgres, "-c", said], check=True
            )
    found = decide(pack, open_tables(postgres), YEAR)
    decisions, rejects = pl.collect_all([found.frame, found.rejects])
    assert rejects.is_empty(), worded(found, rejects)
    assert {row["uscc"]: row for row in decisions.to_dicts()} == plainly[1]
    with pytest.raises(DataError) as caught:
        open_tables(postgres.replace("someone", "nobody_at_all"))
    assert caught.value.diagnostics[0].code == "table-source"


# ------------------------------------------------------------------------------------------ what comes out


def test_masks_name_the_tests_that_the_record_names(
    pack: Pack, people: list[Enterprise], plainly: Plainly
) -> None:
    from innovation_rules.record import record

    found, rows, _ = plainly
    every = legend_of(found.program)
    assert all(one.zh and one.en and "未知" not in one.zh and "unknown" not in one.en for one in every)
    for one in people[:3]:
        letters = record(pack.decide(one, YEAR))["leaves"]
        named = {(test.mask, test.bit): said(test, rows[one.uscc]) for test in every}
        meant = {"F": "failed", "U": "unknown", "T": None}
        assert [named.get((one.mask, one.bit)) for one in every] == [meant[letter] for letter in letters]


def said(test: Any, row: Mapping[str, int]) -> str | None:
    """What the masks of a row say of a test."""
    failed, unknown = (row[mask] >> test.bit & 1 for mask in test.columns)
    return "failed" if failed else "unknown" if unknown else None


@pytest.mark.parametrize("files", ["parquet", pytest.param("csv", marks=pytest.mark.deep)])
def test_a_folder_holds_decisions_rejects_and_the_legend(
    pack: Pack, tables: dict[Any, Any], tmp_path: Path, files: Any
) -> None:
    bad = {**tables, "enterprises": with_cell(tables["enterprises"], 4, region="14040")}
    told: list[int] = []
    said = write(decide(pack, sources(bad), YEAR), tmp_path / "out", files, told.append)
    assert (said.decided, said.aside, sum(told)) == (24, 1, 24)
    names = {one.name for one in (tmp_path / "out").iterdir()}
    assert names == {f"decisions.{files}", f"rejects.{files}", f"groups.{files}", "legend.csv", "legend.json"}
    read = pl.read_parquet if files == "parquet" else pl.read_csv
    decisions = read(tmp_path / "out" / f"decisions.{files}")
    counted = decisions.group_by("coverages.technology_innovation").len().rows()
    assert dict(counted) == said.statuses["coverages.technology_innovation"]
    assert sum(said.statuses["coverages.technology_innovation"].values()) == 24
    of_mine = pl.col("group") == "140403", pl.col("column") == "coverages.technology_innovation"
    by_county = said.groups.filter(pl.col("by") == "region", *of_mine)
    mine = decisions.filter(pl.col("region").cast(pl.String) == "140403")
    meant = dict(mine["coverages.technology_innovation"].cast(pl.String).value_counts().rows())
    assert dict(by_county.select("status", "enterprises").rows()) == meant
    amount = "awards.tax_rd_super_deduction"
    lows = [one for one in decisions[f"{amount}.low"] if one is not None]
    assert said.amounts[amount][:2] == (len(lows), sum(lows))
    assert read(tmp_path / "out" / f"rejects.{files}")["code"].to_list() == ["region-form"]
    head = json.loads((tmp_path / "out" / "legend.json").read_text())
    with (tmp_path / "out" / "legend.csv").open(encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == len(head["tests"])
    assert (head["pack"], head["year"], head["amounts"]) == ("changzhi", YEAR, "分")


def test_only_enterprises_are_counted_as_set_aside(pack: Pack, tmp_path: Path) -> None:
    """An enterprise with several faults counts once, one without a code too, a row of nobody's not at all."""
    own = pl.DataFrame({"uscc": [code(1), code(2), None], "region": ["140403", "14040", "140403"]})
    rows = [(code(9), "别的"), (None, "project"), (code(2), "别的")]
    items = pl.DataFrame([{"uscc": uscc, "category": one, "kind": "x"} for uscc, one in rows])

    def counted(own: pl.DataFrame, items: pl.DataFrame) -> tuple[int, int]:
        given = sources({"enterprises": own, "activities": items})
        found = write(decide(pack, given, YEAR), tmp_path)
        assert len(found.rejects) >= len(items)
        return found.decided, found.aside

    assert counted(own.head(1), items.head(2)) == (1, 0)
    assert counted(own, items) == (1, 2)


BARE = """\
pack: bare
title: 无奖励无覆盖
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01}
classes:
  size:
    source: 一
    label: 规模
    rows:
      - {is: large, label: 大, when: {employees: {at_least: 1000人}}}
      - {otherwise: small, label: 小}
"""


def test_a_pack_without_coverages_and_awards_has_no_groups(tables: dict[Any, Any], tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text(BARE, encoding="utf-8")
    bare = load_pack(tmp_path / "bare.yaml", cache=False)
    found = write(decide(bare, sources(tables), YEAR, strict=False), tmp_path / "out")
    assert found.decided == 25
    assert pl.read_parquet(tmp_path / "out" / "groups.parquet").rows() == []
    usual = pl.read_parquet_schema(tmp_path / "out" / "groups.parquet")
    assert list(usual) == ["by", "group", "column", "status", "enterprises"]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", "判定 24 家，搁置 1 家"),
        pytest.param("en", "24 enterprises decided, 1 set aside", marks=pytest.mark.deep),
    ],
)
def test_the_command_line_says_what_was_decided(
    tables: dict[Any, Any], tmp_path: Path, lang: str, words: str
) -> None:
    from innovation_rules.terminal.render import width

    bad = {**tables, "enterprises": with_cell(tables["enterprises"], 4, region="14040")}
    where, out = str(put(bad, tmp_path / "in", "parquet")), str(tmp_path / "out")
    done = run(
        "--lang", lang, "decide", "changzhi", where, "--engine", "bulk", "--out", out, "--year", "2020"
    )
    assert done.exit_code == 1
    assert words in done.stdout
    assert "region-form" in done.stdout
    assert [line for line in done.stdout.splitlines() if width(line) > 80] == []


@pytest.mark.deep
def test_the_command_line_gives_a_summary_in_json(tables: dict[Any, Any], tmp_path: Path) -> None:
    good, out = str(put(tables, tmp_path / "in", "parquet")), str(tmp_path / "out")
    words = ("--engine", "bulk", "--out", out, "--year", "2020", "--format", "json")
    done = run("decide", "changzhi", good, *words)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["decided"] == 25


def test_the_command_line_explains_one_enterprise_of_tables(tables: dict[Any, Any], tmp_path: Path) -> None:
    good, out = str(put(tables, tmp_path / "in", "parquet")), str(tmp_path / "out")
    told = run("--lang", "zh", "why", "changzhi", good, code(3), "--year", "2020")
    assert told.exit_code == 0
    assert code(3) in told.stdout
    assert run("why", "changzhi", good, code(999), "--year", "2020").exit_code == 1
    assert run("decide", "changzhi", good, "--year", "2020").exit_code == 2
    assert run("decide", "changzhi", good, "--engine", "bulk", "--year", "2020").exit_code == 2
    assert run("decide", "auto", good, "--engine", "bulk", "--out", out, "--year", "2020").exit_code == 2


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("decide", "--engine bulk --year 2020 --out out"),
        ("why", "91350100M000100Y43 --year 2020"),
        ("assess", "--as-of 2020-12-31"),
    ],
)
@pytest.mark.parametrize("file", ["enterprises.csv", "held.sqlite", "held.duckdb"])
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, options: str, file: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(file).write_bytes("uscc,name\n91350100M000100Y43,某企业\n".encode("gbk") * 200)
    where = "." if file.endswith(".csv") else file
    done = run("--lang", "en", command, "changzhi", where, *options.split())
    assert done.exit_code == 1
    assert "table-source" in done.stderr
    assert f"can't read `{where}`" in done.stderr


def test_only_the_bulk_engine_judges_tables(tables: dict[Any, Any], tmp_path: Path) -> None:
    where = str(put(tables, tmp_path / "in", "parquet"))
    words = ("--lang", "en", "assess", "changzhi", where, "--as-of", "2020-12-31")
    for engine in ("rete", "compiled"):
        done = run(*words, "--engine", engine)
        assert done.exit_code == 2
        assert "the engine bulk" in done.stderr
    records = ("assess", "changzhi", "examples/changzhi-2020.jsonl", "--as-of", "2020-12-31")
    assert run(*records, "--engine", "bulk").exit_code == 2
    bulk, plain = run(*words, "--engine", "bulk"), run(*words)
    assert bulk.exit_code == plain.exit_code == 0
    assert bulk.stdout == plain.stdout


def test_judging_a_region_counts_the_faults_of_its_tables(tables: dict[Any, Any], tmp_path: Path) -> None:
    own = with_cell(tables["enterprises"], 4, region="14040")
    activities = with_cell(tables["activities"], 2, uscc=code(999))
    bad = put({**tables, "enterprises": own, "activities": activities}, tmp_path / "in", "parquet")
    done = run("--lang", "en", "assess", "changzhi", str(bad), "--as-of", "2020-12-31")
    assert done.exit_code == 1
    told = [line for line in done.stderr.splitlines() if "fault" in line]
    assert told == ["note: 1 fault in activities.uscc", "note: 1 fault in enterprises.region"]


def run(*words: str) -> Any:
    return CliRunner().invoke(main, [*words])


# ------------------------------------------------------------------------------------------ regions


@pytest.mark.parametrize("name", ["changzhi", pytest.param("hengshui", marks=pytest.mark.deep)])
def test_a_region_is_judged_as_on_records(name: str) -> None:
    from innovation_rules.assess import assess, to_json
    from innovation_rules.tables.regions import assess as on_tables

    ours, day = load_pack(name), date(YEAR, 12, 31)
    people = some(ours, 40)
    found = on_tables(ours, sources(frames(people, ours.program(YEAR))), as_of=day)
    meant = to_json(assess(ours, people, as_of=day))
    assert to_json(found.assessment) == meant
    assert any(one["waiting"] for one in meant["targets"])


@pytest.mark.deep
def test_the_list_of_who_is_waited_for_can_be_cut(
    pack: Pack, people: list[Enterprise], tables: dict[Any, Any]
) -> None:
    from innovation_rules.tables.regions import assess as on_tables

    cut = on_tables(pack, sources(tables), as_of=date(YEAR, 12, 31), most_waiting=1)
    assert max(len(one.candidates) for one in cut.assessment.judgements) == 1
