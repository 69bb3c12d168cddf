"""Every command as a person and a program use it: both languages, exit statuses, streams, broken input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from innovation_rules import cli
from innovation_rules.errors import width
from innovation_rules.terminal import bilingual

ROOT = Path(__file__).parents[1]
LEDGER = ROOT / "examples" / "changzhi-2020.jsonl"
DIRTY = ROOT / "examples" / "changzhi-2020-dirty.jsonl"
ONE = ROOT / "examples" / "one-enterprise.yaml"
ESCAPE = "\x1b"
COMMANDS = list(cli.main.every_command())
CHINESE = re.compile("[\u4e00-\u9fff]")

MINI = """\
pack: mini
title: 测试用
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2019-01-01, to: 2022-12-31}
coverages:
  spending: {label: 有投入, source: 一, covered_when: {rd_expenditure: {more_than: 0元}}}
awards:
  big:
    label: 大额
    kind: reward
    source: 二
    eligible_when: {rd_expenditure: {at_least: 100万元}}
    amount: {share: 10%, of: rd_expenditure}
"""
FIRM = {
    "uscc": "91350100M000100Y43",
    "name": "甲厂",
    "region": "140403",
    "reports": {"2020": {"rd_expenditure": "87.6万元"}},
}
OTHER = {"uscc": "91140403XF00791982", "name": "乙厂", "region": "110101"}


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "INNOVATION_RULES_LANG", "INNOVATION_RULES_POLICIES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INNOVATION_RULES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def mini(tmp_path: Path) -> Path:
    """A small pack in a folder of its own."""
    path = tmp_path / "mini.yaml"
    path.write_text(MINI, encoding="utf-8")
    return path


@pytest.fixture
def firms(tmp_path: Path) -> Path:
    """A ledger of two enterprises, one inside the jurisdiction."""
    path = tmp_path / "firms.jsonl"
    path.write_text(
        "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in (FIRM, OTHER)), encoding="utf-8"
    )
    return path


def run(*args: object, lang: str = "zh", input: str | bytes | None = None) -> Result:
    return CliRunner().invoke(
        cli.main, [*map(str, args), "--lang", lang], input=input, prog_name="innovation-rules"
    )


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


# ---- the whole ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_is_in_the_language_asked_for(name: str) -> None:
    chinese = CliRunner().invoke(cli.main, [*([name] if name else []), "--help", "--lang", "zh"])
    english = CliRunner().invoke(cli.main, ["--lang=en", *([name] if name else []), "-h"])
    assert chinese.exit_code == english.exit_code == 0
    assert chinese.stdout.startswith("用法：")
    assert english.stdout.startswith("Usage: innovation-rules")
    body = [line for line in english.stdout.splitlines() if "钧曜" not in line]
    assert not CHINESE.search("\n".join(body))
    assert all(width(line) <= 80 for line in (chinese.stdout + english.stdout).splitlines())


def every_command(group: bilingual.Group) -> Iterator[bilingual.Command | bilingual.Group]:
    for command in group.every_command().values():
        assert isinstance(command, bilingual.Command | bilingual.Group)
        yield command
        if isinstance(command, bilingual.Group):
            yield from every_command(command)


def test_every_command_has_a_summary_in_both_languages() -> None:
    for command in every_command(cli.main):
        assert CHINESE.search(command.summary.zh)
        assert not CHINESE.search(command.summary.en)


def test_the_language_comes_from_the_option_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INNOVATION_RULES_LANG", "zh")
    assert CliRunner().invoke(cli.main, ["--help"]).stdout.startswith("用法")
    assert CliRunner().invoke(cli.main, ["--lang", "en", "--help"]).stdout.startswith("Usage")
    monkeypatch.delenv("INNOVATION_RULES_LANG")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert CliRunner().invoke(cli.main, ["--help"]).stdout.startswith("用法")


def test_version() -> None:
    done = CliRunner().invoke(cli.main, ["--version"])
    assert re.fullmatch(r"innovation-rules \d+\.\d+\.\d+\n", done.stdout)


def test_no_command_shows_the_help_as_misuse() -> None:
    for args in ([], ["--lang", "en"]):
        done = CliRunner().invoke(cli.main, args)
        assert done.exit_code == 2
        assert "decide" in done.stderr
        assert not done.stdout


@pytest.mark.parametrize(
    ("args", "zh", "en"),
    [
        (["decid"], "最接近的是 `decide`", "the nearest is `decide`"),
        (["xyzzy"], "有这些：decide", "there are: decide"),
        (["decide", "--yaer", "1"], "最接近的是 `--year`", "the nearest is `--year`"),
        (["decide", "--zzzzzz"], "没有 `--zzzzzz` 这个选项", "there is no option `--zzzzzz`"),
        (["decide", "changzhi"], "缺少 数据", "INPUT is missing"),
        (["decide", "a", "b", "c"], "多出了参数：c", "more than the command takes: c"),
        (["decide", "a", "b", "--format", "xml"], "只能是 text、json", "takes one of text, json"),
        (["decide", "a", "b", "--year", "x"], "要一个整数", "takes a whole number"),
        (["decide", "a", "b", "--as-of", "2020/1/1"], "不是日期", "is not a date"),
        (["decide", "a", "b", "--year", "20200"], "--year", "--year"),
        (["decide", "nowhere", "b"], "没有名为 `nowhere` 的规则包", "there is no pack `nowhere`"),
        (["decide", "changzhi", "nowhere.json"], "没有这个文件", "there is no file"),
        (["decide", "changzhi", "b", "--engine", "compild"], "compiled", "compiled"),
        (["decide", "auto", "b"], "要写明判定哪一年", "auto needs the year"),
        (["show", "changzhi", "--section", "x"], "只能是", "takes one of"),
        (["fmt", "a", "--check", "--write"], "不能同用", "exclude each other"),
        (["verify", "-", "-"], "不能都从标准输入读", "can't both be read"),
        (["new", "../x"], "不能作规则包的名称", "can't name a pack"),
    ],
)
def test_misuse_is_said_in_a_line_with_the_way_out(args: list[str], zh: str, en: str) -> None:
    for lang, words in (("zh", zh), ("en", en)):
        done = run(*args, lang=lang)
        assert done.exit_code == 2, done.output
        assert words in done.stderr
        assert not done.stdout
        assert "Traceback" not in done.stderr


def test_an_option_without_its_value_is_misuse() -> None:
    done = CliRunner().invoke(cli.main, ["decide", "a", "b", "--lang", "zh", "--year"])
    assert done.exit_code == 2
    assert "选项 `--year` 缺少值" in done.stderr


def test_an_unexpected_failure_is_one_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError(f"boom {ESCAPE}[31m")

    monkeypatch.setattr(cli.main.commands["doctor"], "callback", lambda **_: broken())
    for lang, words in (("zh", "程序内部出错"), ("en", "the library itself failed")):
        done = run("doctor", lang=lang)
        assert done.exit_code == bilingual.INTERNAL
        assert words in done.stderr
        assert "--debug" in done.stderr
        assert "Traceback" not in done.stderr
        assert ESCAPE not in done.stderr
    assert isinstance(run("doctor", "--debug").exception, RuntimeError)


@pytest.mark.parametrize(
    ("raised", "status"), [(KeyboardInterrupt(), 130), (click.Abort(), 130), (OSError(13, "Denied", "x"), 2)]
)
def test_how_a_run_is_stopped(monkeypatch: pytest.MonkeyPatch, raised: BaseException, status: int) -> None:
    def stop(**_: object) -> None:
        raise raised

    monkeypatch.setattr(cli.main.commands["doctor"], "callback", stop)
    done = run("doctor")
    assert done.exit_code == status
    assert "Traceback" not in done.stderr


# ---- decide -------------------------------------------------------------------------------------------------


def test_json_gives_one_object_a_line_in_the_shape_promised() -> None:
    done = run("decide", "changzhi", LEDGER, "--year", 2020, "--format", "json")
    assert done.exit_code == 0, done.stderr
    found = lines(done.stdout)
    assert len(found) == 200
    keys = {
        "uscc", "name", "pack", "year", "as_of", "coverage", "coverages", "profile", "layers", "classes", "awards",
        "missing", "near_misses", "input_digest",
    }  # fmt: skip
    assert keys <= found[0].keys()
    assert {"id", "version", "digest"} <= found[0]["pack"].keys()  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_table_fits_eighty_columns(lang: str) -> None:
    done = run("decide", "changzhi", LEDGER, "--year", 2020, lang=lang)
    assert done.exit_code == 0
    assert all(width(line) <= 80 for line in done.stdout.splitlines())
    assert ESCAPE not in done.stdout
    assert len([line for line in done.stdout.splitlines() if "XF" in line]) == 200


def test_the_summary_alone_has_no_rows_and_adds_up() -> None:
    done = run("decide", "changzhi", LEDGER, "--year", 2020, "--summary")
    assert "XF" not in done.stdout
    assert "覆盖率" in done.stdout
    figures = json.loads(
        run("decide", "changzhi", LEDGER, "--year", 2020, "--summary", "--format", "json").stdout
    )
    assert figures["enterprises"] == 200
    assert all(sum(found.values()) == 200 for found in figures["coverages"].values())
    assert sum(sum(found.values()) for found in figures["counties"].values()) == 200


def test_bad_records_are_reported_and_the_others_decided() -> None:
    done = run("decide", "changzhi", DIRTY, "--year", 2020, "--format", "json")
    expected = json.loads((DIRTY.parent / "changzhi-2020-dirty.expected.json").read_text(encoding="utf-8"))
    assert done.exit_code == 1
    assert len(lines(done.stdout)) == len(expected["good"]), done.stderr[-300:]
    assert "错误[" in done.stderr
    assert "其余" in done.stderr
    assert ESCAPE not in done.output


def test_standard_input_and_a_file_for_output(mini: Path, firms: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = run(
        "decide", mini, "-", "--year", 2020, "--format", "json", "--out", out, input=firms.read_bytes()
    )
    assert done.exit_code == 0, done.stderr
    assert not done.stdout
    assert [one["coverage"]["status"] for one in lines(out.read_text(encoding="utf-8"))] == [  # type: ignore[index]
        "covered",
        "out_of_scope",
    ]
    assert list(tmp_path.glob(".*part")) == []


def test_a_failed_run_leaves_no_half_written_file(mini: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = run("decide", mini, tmp_path / "absent.json", "--year", 2020, "--out", out)
    assert done.exit_code == 2
    assert not out.exists()


def test_the_year_comes_from_the_plan_or_the_force_or_the_date(
    mini: Path, firms: Path, tmp_path: Path
) -> None:
    assert "按规则包计划的最后一年 2022" in run("decide", mini, firms, "--format", "json").stderr
    dated = run("decide", mini, firms, "--as-of", "2020-06-30", "--format", "json")
    assert {(one["year"], one["as_of"]) for one in lines(dated.stdout)} == {(2020, "2020-06-30")}
    endless = tmp_path / "endless.yaml"
    endless.write_text(MINI.replace("mini", "endless").replace(", to: 2022-12-31", ""), encoding="utf-8")
    assert "没有计划期" in run("decide", endless, firms).stderr


def test_auto_takes_every_pack_in_force_where_the_enterprise_is(
    tmp_path: Path, mini: Path, firms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = MINI.replace("mini", "wide").replace('"140400"', '"140000"')
    late = MINI.replace("mini", "late").replace("2019-01-01", "2021-01-01")
    zone = MINI.replace("mini", "zone").replace("name: 长治市", "zone: 长治高新区")
    whole = MINI.replace("mini", "whole").replace('"140400"', '"000000"')
    for name, text in {
        "wide": wide,
        "late": late,
        "zone": zone,
        "whole": whole,
        "broken": "pack: [\n",
    }.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    from innovation_rules.pack import finder

    finder.policies.cache_clear()
    monkeypatch.setenv("INNOVATION_RULES_POLICIES", str(tmp_path))
    try:
        done = run("decide", "auto", firms, "--year", 2020, "--format", "json")
        found = [(one["name"], one["pack"]["id"]) for one in lines(done.stdout)]  # type: ignore[index]
        assert found == [("甲厂", "whole"), ("甲厂", "wide"), ("甲厂", "mini"), ("乙厂", "whole")]
        assert "broken.yaml" in done.stderr
        text = run("decide", "auto", firms, "--year", 2020)
        assert text.stdout.count("测试用") == 3
        listed = run("packs", "--format", "json")
        assert listed.exit_code == 1
        assert {one["id"] for one in lines(listed.stdout)} == {"late", "mini", "whole", "wide", "zone"}
    finally:
        finder.policies.cache_clear()


def test_a_name_that_no_pack_knows_is_an_error_unless_allowed(mini: Path, tmp_path: Path) -> None:
    firm = {**FIRM, "inputs": {"nobody_asked": 1}}
    path = tmp_path / "firm.json"
    path.write_text(json.dumps(firm), encoding="utf-8")
    done = run("decide", mini, path, "--year", 2020)
    assert done.exit_code == 1
    assert "nobody_asked" in done.stderr
    assert "甲厂" in done.stderr
    assert run("decide", mini, path, "--year", 2020, "--allow-unknown").exit_code == 0


def test_every_engine_that_is_there_gives_the_same_lines(mini: Path, firms: Path) -> None:
    texts = {
        run("decide", mini, firms, "--year", 2020, "--engine", engine, "--format", "json").stdout
        for engine in ("compiled", "interpreter")
    }
    assert len(texts) == 1


# ---- why ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("more", [[], ["--full"]])
def test_the_story_fits_eighty_columns_and_names_clauses_and_lines(lang: str, more: list[str]) -> None:
    done = run("why", "changzhi", LEDGER, "91140403XF00791982", "--year", 2020, *more, lang=lang)
    assert done.exit_code == 0, done.stderr
    wide = [line for line in done.stdout.splitlines() if width(line) > 80]
    assert not wide
    assert re.search(r"changzhi\.yaml:\d+", done.stdout)
    assert "附件" in done.stdout
    assert ESCAPE not in done.stdout


@pytest.mark.parametrize("every", [20, pytest.param(1, marks=pytest.mark.deep)])
def test_every_enterprise_of_the_ledger_has_a_story(every: int) -> None:
    from innovation_rules.intake import read_all
    from innovation_rules.packs import load_pack
    from innovation_rules.terminal.story import Story

    pack = load_pack("changzhi")
    for enterprise in read_all(LEDGER).records[::every]:
        decision = pack.decide(enterprise, 2020)
        for lang in ("zh", "en"):
            told = list(Story(decision, pack, lang, full=lang == "zh").lines())  # type: ignore[arg-type]
            assert all(width(line) <= 80 for line in told), enterprise.name


def test_a_part_of_a_name_is_enough_when_no_other_has_it() -> None:
    assert "钧曜矿山" in run("why", "changzhi", LEDGER, "钧曜矿山", "--year", 2020).stdout
    several = run("why", "changzhi", LEDGER, "有限", "--year", 2020)
    assert several.exit_code == 2
    assert "家企业" in several.stderr
    none = run("why", "changzhi", LEDGER, "没有这家", "--year", 2020)
    assert none.exit_code == 2
    assert "数据里没有" in none.stderr


def test_a_near_miss_says_by_how_much(mini: Path, firms: Path) -> None:
    done = run("why", mini, firms, "甲厂", "--year", 2020)
    assert "还差 12.4万元（现 87.6万元，需 100万元）" in done.stdout
    assert "→ 大额：可享受" in done.stdout
    assert "short by 12.4万元" in run("why", mini, firms, "甲厂", "--year", 2020, lang="en").stdout


def test_one_award_alone(mini: Path, firms: Path) -> None:
    for wanted in ("big", "大额", "大"):
        done = run("why", mini, firms, "甲厂", "--year", 2020, "--award", wanted)
        assert "≥ 100万元" in done.stdout
        assert "有投入" not in done.stdout
    absent = run("why", mini, firms, "甲厂", "--year", 2020, "--award", "bigg")
    assert absent.exit_code == 2
    assert "最接近的是 `big`" in absent.stderr
    assert "big（大额）" in run("why", mini, firms, "甲厂", "--year", 2020, "--award", "zzz").stderr


def test_what_is_missing_is_named(mini: Path, tmp_path: Path) -> None:
    path = tmp_path / "firm.yaml"
    path.write_text("uscc: 91350100M000100Y43\nname: 甲厂\nregion: '140403'\n", encoding="utf-8")
    done = run("why", mini, path, "甲厂", "--year", 2020)
    assert "? 待定" in done.stdout
    assert "R&D经费内部支出（2020年）" in done.stdout.split("还缺的数据")[1]


def test_why_as_json_holds_whole_trees(mini: Path, firms: Path) -> None:
    (found,) = lines(run("why", mini, firms, "甲厂", "--year", 2020, "--format", "json").stdout)
    assert "condition" in found["coverage"]["reasons"]  # type: ignore[index]


def test_why_mentions_the_problem_of_the_record_asked_for(mini: Path, tmp_path: Path) -> None:
    path = tmp_path / "firms.jsonl"
    bad = {**FIRM, "region": "999999"}
    path.write_text(f"{json.dumps(bad, ensure_ascii=False)}\n{json.dumps(OTHER)}\n", encoding="utf-8")
    asked = run("why", mini, path, "甲厂", "--year", 2020)
    assert asked.exit_code == 2
    assert "999999" in asked.stderr
    other = run("why", mini, path, "乙厂", "--year", 2020)
    assert "另：数据里有 1 处问题" in other.stderr


def test_colours_only_where_they_are_wanted(mini: Path, firms: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    args = ("why", mini, firms, "甲厂", "--year", 2020)
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = run(*args).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    plain = run(*args).stdout
    assert ESCAPE in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


# ---- check, test, packs, show -------------------------------------------------------------------------------


def test_check_is_silent_about_a_sound_pack(tmp_path: Path) -> None:
    run("new", "sound", "--in", tmp_path)
    done = run("check", tmp_path / "sound.yaml")
    assert (done.exit_code, done.stdout) == (0, ""), done.stdout


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_check_shows_the_place_and_the_way_out(mini: Path, lang: str) -> None:
    mini.write_text(MINI.replace("rd_expenditure: {more", "rd_expenditur: {more"), encoding="utf-8")
    done = run("check", mini, lang=lang)
    assert done.exit_code == 1
    assert "mini.yaml:6:" in done.stdout
    assert "rd_expenditure" in done.stdout
    found = lines(run("check", mini, "--format", "json", lang=lang).stdout)
    assert found[0]["line"] == 6
    assert found[0]["code"] == "unknown-fact"
    sarif = json.loads(run("check", mini, "--format", "sarif", lang=lang).stdout)
    assert sarif["version"] == "2.1.0"
    assert sarif["runs"][0]["results"][0]["ruleId"] == "unknown-fact"


def test_check_goes_on_after_a_broken_pack(mini: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("pack: broken\npack: twice\n", encoding="utf-8")
    done = run("check", broken, mini)
    assert done.exit_code == 1
    assert "broken.yaml" in done.stdout
    assert "2 个规则包" in done.stderr


@pytest.mark.deep
def test_our_packs_check_and_their_cases_hold() -> None:
    assert run("check", "changzhi", "national").exit_code == 0
    done = run("test", "changzhi")
    assert done.exit_code == 0, done.stdout[:2000]
    assert not done.stdout


def test_a_failing_case_shows_clause_expectation_and_tests(mini: Path, tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    case = {
        "name": "该享受", "clause": "二", "why": "一百万元以上", "year": 2020,
        "enterprise": {"region": "140403", "reports": {2020: {"rd_expenditure": "87.6万元"}}},
        "expect": {"coverage": "covered", "awards": {"big": "eligible"}},
    }  # fmt: skip
    text = json.dumps({"pack": "mini", "cases": [case]}, ensure_ascii=False)
    (tmp_path / "cases" / "mini.yaml").write_text(text, encoding="utf-8")
    done = run("test", mini)
    assert done.exit_code == 1
    assert "✗ 该享受" in done.stdout
    assert "预期 可享受（eligible），得到 不可享受（ineligible）" in done.stdout
    assert "100万元" in done.stdout
    assert "expected eligible, got" in run("test", mini, lang="en").stdout
    (found,) = lines(run("test", mini, "--format", "json").stdout)
    assert found["holds"] is False
    assert "奖励.大额  不可享受" in run("test", mini, "--reach").stdout
    assert "awards.big" in run("test", mini, "--reach", lang="en").stdout
    (tmp_path / "cases" / "mini.yaml").write_text(text.replace("eligible", "elegible"), encoding="utf-8")
    assert "最接近的是" in run("test", mini).stdout


def test_packs_without_cases_and_packs_that_are_not_there(mini: Path) -> None:
    done = run("test", mini)
    assert done.exit_code == 0
    assert "没有算例" in done.stderr
    assert run("test", "nowhere").exit_code == 2
    mini.write_text("pack: [", encoding="utf-8")
    assert run("test", mini).exit_code == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_packs_lists_them(lang: str) -> None:
    done = run("packs", lang=lang)
    assert done.exit_code == 0
    assert "changzhi" in done.stdout
    assert "140400" in done.stdout
    assert all(width(line) <= 80 for line in done.stdout.splitlines())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_show_every_section(lang: str) -> None:
    from innovation_rules.packs import load_pack
    from innovation_rules.terminal.inside import Inside

    inside = Inside(load_pack("changzhi"), lang)  # type: ignore[arg-type]
    for section in (None, *cli.SECTIONS):
        shown = list(inside.lines(section))
        assert len(shown) > 4, section
        assert all(width(line) <= 80 for line in shown), section
        json.dumps(inside.json(section))


@pytest.mark.parametrize("section", ["base", "clauses"])
def test_show_one_section(section: str) -> None:
    done = run("show", "changzhi", "--section", section)
    assert done.exit_code == 0
    found = json.loads(run("show", "changzhi", "--section", section, "--format", "json").stdout)
    assert len(found[section]) > 50


def test_show_gives_kinds_and_awards_with_their_clauses() -> None:
    kinds = run("show", "changzhi", "--section", "kinds").stdout
    assert re.search(r"企业技术中心 +附件二\(一\)", kinds)
    assert re.search(r"试点示范企业奖励 +五\(二\)1", run("show", "changzhi").stdout)


# ---- schema, fmt, verify, new, doctor -----------------------------------------------------------------------


@pytest.mark.parametrize("names", ["zh", "en"])
def test_schema_is_json(names: str) -> None:
    assert "$schema" in json.loads(run("schema", "--names", names).stdout)


def test_fmt_prints_checks_and_writes(mini: Path) -> None:
    messy = MINI.replace("title: 测试用", "title: 测试用   ") + "\n\n\n"
    mini.write_text(messy, encoding="utf-8")
    assert run("fmt", mini).stdout.count("title: 测试用\n") == 1
    assert run("fmt", mini, "--check").exit_code == 1
    mini.chmod(0o640)
    assert run("fmt", mini, "--write").exit_code == 0
    assert mini.stat().st_mode & 0o777 == 0o640
    assert run("fmt", mini, "--check").exit_code == 0
    tidy = mini.read_text(encoding="utf-8")
    assert run("fmt", "-", input=messy.encode()).stdout == tidy


def test_fmt_turns_one_spelling_into_the_other_and_back(mini: Path) -> None:
    tidy = run("fmt", mini).stdout
    chinese = run("fmt", mini, "--names", "zh")
    assert "规则包: mini" in chinese.stdout
    mini.write_text(chinese.stdout, encoding="utf-8")
    assert run("fmt", mini, "--names", "en").stdout == tidy


def test_records_stand_until_something_changes(mini: Path, firms: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    decided = run("decide", mini, firms, "--year", 2020, "--format", "json").stdout
    record.write_text(decided, encoding="utf-8")
    sound = run("verify", record, firms, "--pack", mini)
    assert sound.exit_code == 0, sound.output
    assert "2 条成立" in sound.stderr
    record.write_text(decided.replace('"year": 2020', '"year": 2021', 1), encoding="utf-8")
    assert run("verify", record, firms, "--pack", mini).exit_code == 1
    record.write_text(decided, encoding="utf-8")
    firms.write_text(firms.read_text(encoding="utf-8").replace("87.6", "87.7"), encoding="utf-8")
    changed = run("verify", record, firms, "--pack", mini, lang="en")
    assert changed.exit_code == 1
    assert "record.jsonl:1" in changed.stdout
    firms.write_text(json.dumps(OTHER) + "\n", encoding="utf-8")
    assert "数据里没有" in run("verify", "-", firms, "--pack", mini, input=decided).stdout


def test_what_is_no_record_is_refused(tmp_path: Path, firms: Path) -> None:
    path = tmp_path / "record.jsonl"
    for text in (b"[1]\n", b"{nope\n", b"{\n", b"\xff\xfe\n"):
        path.write_bytes(text)
        done = run("verify", path, firms)
        assert done.exit_code in (1, 2)
        assert "Traceback" not in done.output
    assert run("verify", tmp_path / "absent", firms).exit_code == 2


@pytest.mark.parametrize("names", ["zh", "en"])
def test_a_new_pack_passes_check_and_test_at_once(tmp_path: Path, names: str) -> None:
    done = run("new", "my_city", "--in", tmp_path / "deep", "--names", names)
    assert done.exit_code == 0, done.output
    pack = tmp_path / "deep" / "my_city.yaml"
    assert pack.read_text(encoding="utf-8").startswith("#")
    assert run("check", pack).exit_code == 0
    tested = run("test", pack, "--reach")
    assert tested.exit_code == 0, tested.output
    assert tested.stdout == ""  # every outcome of the skeleton is shown
    assert run("fmt", pack, "--check").exit_code == 0
    again = run("new", "my_city", "--in", tmp_path / "deep")
    assert again.exit_code == 2
    assert "已经有了" in again.stderr


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_doctor_says_which_engines_are_there(lang: str) -> None:
    done = run("doctor", lang=lang)
    assert done.exit_code == 0
    assert "interpreter" in done.stdout
    assert "rete" in done.stdout
    assert json.loads(run("doctor", "--format", "json").stdout)["engines"]["compiled"] is True


def test_doctor_says_how_to_get_what_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    from innovation_rules import engines
    from innovation_rules.terminal import doctor

    def no(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", no)
    monkeypatch.setattr(engines, "ENGINES", {**engines.ENGINES, "rete": "innovation_rules.engines.no_such"})
    text = run("doctor").stdout
    assert "innovation-rules[rete]" in text
    assert "没有安装" in text


# ---- real processes -----------------------------------------------------------------------------------------


def process(*args: object, **more: object) -> subprocess.CompletedProcess[bytes]:
    code = "import sys; from innovation_rules.cli import main; main()"
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", code, *map(str, args)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        **more,
    )


def test_a_closed_pipe_is_quiet() -> None:
    command = f"{sys.executable} -c 'from innovation_rules.cli import main; main()' decide changzhi {LEDGER} --year 2020 --format json | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, cwd=ROOT)
    assert json.loads(done.stdout)["year"] == 2020
    assert done.stderr == b""


def test_a_terminal_that_knows_only_ascii_still_gets_text() -> None:
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "INNOVATION_RULES_LANG": "zh"}
    done = process("packs", env=env)
    assert done.returncode == 0, done.stderr
    assert b"changzhi" in done.stdout


def test_the_command_line_starts_without_the_library() -> None:
    code = "import sys; import innovation_rules.cli; print(sorted({'pydantic', 'yaml', 'stdnum'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == b"[]"


def test_ctrl_c_is_quiet(tmp_path: Path) -> None:
    import signal
    import time

    code = "from innovation_rules.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "decide", "changzhi", "-", "--year", "2020"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as running:
        time.sleep(2)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert b"Traceback" not in said
