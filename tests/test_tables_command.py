"""Tables on the command line: targets in the same pass, facts missing, snapshots, buckets, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from shutil import copytree
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from test_tables import code, put, some, sources, with_cell

from innovation_rules import load_pack
from innovation_rules.audit.flips import Flips
from innovation_rules.audit.verdicts import Pair
from innovation_rules.cli import main
from innovation_rules.commands.tables import say_faults, set_aside_besides
from innovation_rules.enterprise import Enterprise
from innovation_rules.packs import Pack

pytest.importorskip("polars", reason="the extra `bulk` is not installed")

import polars as pl

from innovation_rules.engines.bulk.plan import Plan
from innovation_rules.tables.decide import decide
from innovation_rules.tables.export import frames
from innovation_rules.tables.regions import Targets, assess
from innovation_rules.tables.touched import touched
from innovation_rules.tables.write import write

YEAR, DAY = 2020, date(2020, 12, 31)
SMALL = """\
pack: small
title: 小规则包
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2018-01-01}
inputs:
  output: {of: region, type: money, label: 总产值}
activity_kinds:
  platform:
    centre: {label: 中心, lasts: state, source: 一}
classes:
  size_class:
    label: 规模
    source: 一
    rows:
      - {is: large, label: 大, when: {employees: {at_least: 1000人}}}
      - {otherwise: small, label: 小}
coverages:
  platforms: {label: 覆盖, source: 一, scope: {employees: {at_least: 300人}}, covered_when: {active: platform}}
awards:
  bonus:
    label: 奖励
    kind: reward
    source: 一
    eligible_when: {exists: {kind: centre, level: {at_least: municipal}}}
    amount: {share: 5%, of: rd_expenditure}
targets:
  rate:
    label: 覆盖率
    source: 一
    measure: {coverage: platforms, over: all}
    at_least: 100%
    by: 2020-12-31
    binding: firm
  rise:
    label: 研发经费增长
    source: 一
    measure: {sum_of: rd_expenditure, over: all, change_from: {year: 2019, as: growth}}
    at_least: 10%
    by: 2020-12-31
    binding: firm
  total:
    label: 总产值
    source: 一
    measure: {statistic: output, basis: flow}
    at_least: 1亿元
    by: 2020-12-31
    binding: firm
"""
FIGURES = 'region: "140400"\nstatistics: {2020: {output: 2亿元, key_technologies_under_rd: 30}}\n'
BOTH = ["small", pytest.param("changzhi", marks=pytest.mark.deep)]


@pytest.fixture(scope="module", params=BOTH)
def pack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """A copy of a pack."""
    if request.param == "changzhi":
        policies = tmp_path_factory.mktemp("pack") / "policies"
        copytree(Path(load_pack("changzhi").path).parent, policies)
        return load_pack(policies / "changzhi.yaml")
    return written(tmp_path_factory.mktemp("pack") / "small.yaml", SMALL)


def written(path: Path, text: str) -> Pack:
    path.write_text(text, encoding="utf-8")
    return load_pack(path, cache=False)


@pytest.fixture(scope="module")
def people(pack: Pack) -> list[Enterprise]:
    return some(pack, 12, seed=8)


@pytest.fixture(scope="module")
def tables(pack: Pack, people: list[Enterprise]) -> dict[Any, Any]:
    """With one enterprise that is set aside."""
    found = frames(people, pack.program(YEAR))
    return {**found, "enterprises": with_cell(found["enterprises"], 4, region="14040")}


@pytest.fixture(scope="module")
def where(tables: dict[Any, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put(tables, tmp_path_factory.mktemp("tables") / "in", "parquet")


def run(*words: object) -> Any:
    return CliRunner().invoke(main, [*map(str, words)])


def decided(*words: object, out: Path, status: int = 1) -> Any:
    done = run("--lang", "en", "decide", *words, "--engine", "bulk", "--out", out)
    assert done.exit_code == status, done.stderr
    return done


def answers(out: Path) -> pl.DataFrame:
    return pl.read_parquet(out / "decisions.parquet").sort("uscc")


def read(out: Path, name: str) -> Any:
    return json.loads((out / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plain(pack: Pack, where: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Decided with everything that can be asked for."""
    out = tmp_path_factory.mktemp("plain") / "out"
    return out, decided(pack.path, where, "--year", YEAR, "--missing", "--assess", out=out)


Plain = tuple[Path, Any]


def said(done: Any, out: Path) -> list[str]:
    """What was printed, wherever it was written."""
    return str(done.stdout).replace(str(out), "").split()


# ------------------------------------------------------------------------------------------ the same pass


def test_decisions_and_targets_come_of_one_run_of_the_plan(
    pack: Pack, people: list[Enterprise], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = sources(frames(people, pack.program(YEAR)))
    alone, beside = decide(pack, given, YEAR, missing=True), assess(pack, given, as_of=DAY)
    runs: list[int] = []
    plainly = Plan.run

    def counted(self: Any, tables: Any) -> Any:
        runs.append(self.program.year)
        return plainly(self, tables)

    monkeypatch.setattr(Plan, "run", counted)
    targets = Targets(pack, as_of=DAY)
    both = decide(pack, given, YEAR, missing=True, targets=targets)
    write(both, tmp_path)
    assert runs.count(YEAR) == 1
    assert sorted(runs) == sorted(sheet.year for sheet in targets.plan.sheets)
    assert targets.judge().assessment == beside.assessment
    assert answers(tmp_path).equals(
        pl.concat([answers(tmp_path).clear(), alone.frame.collect()]).sort("uscc")
    )
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "decisions.parquet",
        "groups.parquet",
        "legend.csv",
        "legend.json",
        "rejects.parquet",
    ]


@pytest.mark.parametrize(
    "name", ["changzhi", *(pytest.param(one, marks=pytest.mark.deep) for one in ("hengshui", "shanxi"))]
)
def test_the_program_of_targets_begins_with_the_one_that_decides(name: str) -> None:
    ours = load_pack(name)
    plan = Targets(ours, as_of=DAY).plan
    for sheet in plan.sheets:
        own = ours.program(sheet.year, sheet.program.law_date)
        assert sheet.program.nodes[: len(own.nodes)] == own.nodes
        assert sheet.program.frame.facts[: len(own.frame.facts)] == own.frame.facts
        assert sheet.program.awards == own.awards
        assert max(sheet.read, default=0) < len(sheet.program.nodes)
    assert plan.sheets


def test_the_command_gives_decisions_and_targets(
    pack: Pack, where: Path, plain: Plain, tmp_path: Path
) -> None:
    out, done = plain
    judged = run("--lang", "en", "assess", pack.path, where, "--as-of", DAY, "--format", "json")
    assert read(out, "assessment") == json.loads(judged.stdout)
    assert "11 enterprises decided, 1 set aside" in done.stdout
    assert all(one["id"] in done.stdout for one in read(out, "assessment")["targets"])
    assert "legend, groups, assessment" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    (tmp_path / "figures.yaml").write_text(FIGURES, encoding="utf-8")
    words = (pack.path, where, "--as-of", DAY, "--statistics", tmp_path / "figures.yaml")
    known = decided(*words, "--format", "json", "--by", "classes.size_class", out=tmp_path / "out")
    found = json.loads(known.stdout)["assessment"]["targets"]
    assert not any(one["needs"] for one in found)
    assert any(one["needs"] for one in read(out, "assessment")["targets"])
    assert set(pl.read_parquet(tmp_path / "out" / "groups.parquet")["by"]) == {"classes.size_class"}
    decided(pack.path, where, "--year", YEAR, out=tmp_path / "out")
    assert not (tmp_path / "out" / "assessment.json").exists()
    said = run("--lang", "zh", "decide", *words, "--engine", "bulk", "--out", tmp_path / "zh")
    assert "判定 11 家，搁置 1 家" in said.stdout


def test_who_only_the_targets_set_aside_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A base year has a program of its own, with checks of its own."""
    fields = ("table", "row", "uscc", "column", "code", "value")
    rows = [("reports", 1, "a", "staff", "cell", "x"), ("reports", 2, "b", "staff", "cell", "y")]
    rows += [
        ("reports", 3, "c", "uscc", "table-orphan", None),
        ("reports", 4, None, "uscc", "missing-field", None),
    ]
    rejects = pl.DataFrame(rows, schema=fields, orient="row")
    desk: Any = SimpleNamespace(problems=0)
    say_faults(desk, set_aside_besides(rejects, rejects.head(1)))
    assert desk.problems == 1
    assert "reports.staff" in capsys.readouterr().err


def test_masks_of_missing_facts_have_names(pack: Pack, people: list[Enterprise], plain: Plain) -> None:
    out, _ = plain
    names = read(out, "legend")["missing"]
    assert all(one["fact"] and one["zh"] for one in names)
    assert {one["zh"] for one in names} >= {"从业人员（2020年）", "资质（未填报）"}
    rows = {row["uscc"]: row for row in answers(out).iter_rows(named=True)}
    assert len(rows) == 11
    for one in people:
        if one.uscc in rows:
            row = rows[one.uscc]
            said = {each["fact"] for each in names if row[each["column"]] >> each["bit"] & 1}
            meant = {_general(name) for name in pack.decide(one, YEAR).missing}
            assert said >= meant
            assert bool(said) == bool(meant)


def _general(name: str) -> str:
    """A missing fact without the number of its item."""
    before, bracket, after = name.partition("[")
    return before + "[]" + after.partition("]")[2] if bracket else name


# ------------------------------------------------------------------------------------------ snapshots, buckets


def test_a_snapshot_is_decided_again(pack: Pack, where: Path, plain: Plain, tmp_path: Path) -> None:
    out, kept = plain[0], tmp_path / "kept"
    decided(pack.path, where, "--year", YEAR, "--snapshot", kept, out=tmp_path / "first")
    again = decided(pack.path, kept, "--year", YEAR, "--missing", "--assess", out=tmp_path / "again")
    assert said(again, tmp_path / "again") == said(plain[1], out)
    assert answers(tmp_path / "again").equals(answers(out))
    assert read(tmp_path / "again", "assessment") == read(out, "assessment")
    decided(pack.path, kept, "--as-of", "2019-06-30", out=tmp_path / "held")
    decided(pack.path, where, "--as-of", "2019-06-30", out=tmp_path / "anew")
    assert answers(tmp_path / "held").equals(answers(tmp_path / "anew"))
    for words in (("why", pack.path, [code(1), "--year", YEAR]), ("assess", pack.path, ["--as-of", DAY])):
        name, path, more = words
        assert run(name, path, kept, *more).stdout == run(name, path, where, *more).stdout


@pytest.mark.deep
def test_tables_in_buckets(pack: Pack, where: Path, plain: Plain, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = decided(pack.path, where, "--year", YEAR, "--missing", "--assess", "--buckets", 3, out=out)
    assert said(done, out) == said(plain[1], plain[0])
    assert answers(out).equals(answers(plain[0]))
    assert read(out, "assessment") == read(plain[0], "assessment")
    rejects = [pl.read_parquet(one / "rejects.parquet") for one in (out, plain[0])]
    assert rejects[0].equals(rejects[1])
    assert {one.name for one in out.iterdir()} == {one.name for one in plain[0].iterdir()}


# ------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--buckets", "2", "--snapshot", "kept"], 2, "exclude each other"),
        (["--snapshot", "taken"], 1, "folder-not-empty"),
        (["--statistics", "nowhere.yaml"], 2, "nowhere.yaml"),
        (["--buckets", "1"], 2, "from 2 to 10000"),
    ],
)
def test_what_cannot_be_is_refused(
    pack: Pack,
    where: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    status: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").mkdir()
    Path("taken/mine.txt").write_text("mine")
    done = decided(pack.path, where, "--year", YEAR, *options, out=tmp_path / "out", status=status)
    assert said in done.stderr
    assert not Path("kept").exists()
    assert [one.name for one in Path("taken").iterdir()] == ["mine.txt"]


def test_snapshots_and_tables_are_told_apart(pack: Pack, tables: Mapping[Any, Any], tmp_path: Path) -> None:
    kept, out = tmp_path / "kept", tmp_path / "out"
    kept.mkdir()
    assert "table-missing" in decided(pack.path, kept, "--year", YEAR, out=out).stderr
    (kept / "facts").mkdir()
    (kept / "facts" / "mine.txt").write_text("mine")
    for text in ("{", "[]", '{"disk": "weekly"}', '{"format": 0, "untyped": {}, "decided": []}'):
        (kept / "snapshot.json").write_text(text)
        assert "no-snapshot" in decided(pack.path, kept, "--year", YEAR, out=out).stderr
        assert (kept / "snapshot.json").read_text() == text
    assert (kept / "facts" / "mine.txt").read_text() == "mine"
    words = (pack.path, kept, "--year", YEAR, "--snapshot", tmp_path / "more")
    assert "is a snapshot already" in decided(*words, out=out, status=2).stderr
    words = (pack.path, kept, "--year", YEAR, "--buckets", 2)
    assert "--buckets" in decided(*words, out=out, status=2).stderr
    strange = {**tables, "enterprises": tables["enterprises"].rename({"region": "regio"})}
    bad = put(strange, tmp_path / "bad", "parquet")
    words = (pack.path, bad, "--year", YEAR, "--snapshot", tmp_path / "made")
    assert "table-column-unknown" in decided(*words, out=out).stderr
    assert not (tmp_path / "made").exists()


def test_options_for_tables_say_so_of_records() -> None:
    records = ("decide", "changzhi", "examples/changzhi-2020.jsonl", "--year", YEAR)
    for option in (["--assess"], ["--missing"], ["--buckets", 3], ["--snapshot", "kept"], ["--by", "region"]):
        done = run("--lang", "en", *records, *option)
        assert done.exit_code == 2
        assert f"{option[0]}: for tables alone" in done.stderr


# ------------------------------------------------------------------------------------------ what if


def test_a_difference_is_seen_on_tables_as_on_records(
    pack: Pack, people: list[Enterprise], where: Path, tmp_path: Path
) -> None:
    old = tmp_path / "policies"
    copytree(Path(pack.path).parent, old)
    old /= Path(pack.path).name
    text = old.read_text(encoding="utf-8")
    changed = "level: {at_least: municipal}" if pack.id == "small" else "industry_rank_high: true, "
    assert changed in text
    old.write_text(text.replace(changed, "level: national" if pack.id == "small" else ""), encoding="utf-8")
    records = tmp_path / "records.jsonl"
    good = [one for one in people if one.uscc != code(3)]
    records.write_text("\n".join(one.model_dump_json(exclude_none=True) for one in good), encoding="utf-8")
    words = ("--lang", "en", "diff", old, pack.path, "--year", YEAR, "--seconds", 0, "--full", "--data")
    on_records, on_tables = run(*words, records), run(*words, where)
    assert "11 enterprises, " in on_tables.stdout
    assert "11 enterprises, 0 differ" not in on_tables.stdout
    assert on_tables.stdout == on_records.stdout
    assert "problems in the data" in on_tables.stderr
    decided(pack.path, where, "--year", YEAR, "--snapshot", tmp_path / "kept", out=tmp_path / "out")
    assert run(*words, tmp_path / "kept").stdout == on_tables.stdout


PACK = """\
pack: bonus
title: 奖励
jurisdiction: {within: "140000", name: 山西省}
in_force: {from: 2020-01-01}
classes:
  size:
    label: 规模
    source: 一
    many: true
    rows:
      - {is: large, label: 大, when: {employees: {at_least: 1000人}}}
      - {is: SECOND, label: 亏, when: {employees: {at_most: 5000人}}}
awards:
  bonus:
    label: 奖励
    kind: reward
    source: 一
    eligible_when: {employees: {at_least: 300人}}AMOUNT
"""


@pytest.mark.parametrize(
    ("amount", "second"),
    [
        pytest.param("", "small", marks=pytest.mark.deep),
        ("\n    amount: {fixed: 5万元}", "small"),
        pytest.param("", "other", marks=pytest.mark.deep),
    ],
)
def test_whom_two_packs_decide_otherwise_are_never_too_few(amount: str, second: str, tmp_path: Path) -> None:
    packs = []
    for name, changes in (("old", ("", "small")), ("new", (amount, second))):
        (tmp_path / name).mkdir()
        text = PACK.replace("AMOUNT", changes[0]).replace("SECOND", changes[1])
        (tmp_path / name / "bonus.yaml").write_text(text, encoding="utf-8")
        packs.append(load_pack(tmp_path / name / "bonus.yaml", cache=False))
    made = some(packs[0], 30)
    given = sources(frames(made, packs[0].program(YEAR)))
    old, new = (decide(pack, given, YEAR, strict=False) for pack in packs)
    found = touched(old, new)
    flips = Flips(Pair(*packs, YEAR))
    for one in made:
        flips.add(one)
    meant = {one.uscc for one in flips.found}
    assert set(found.codes) >= meant
    assert found.compared == 30
    assert bool(found.codes) == bool(meant) == ((amount, second) != ("", "small"))
    assert [one.uscc for one in found.enterprises()] == list(found.codes)
