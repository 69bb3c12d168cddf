"""assess, clauses and check --notes on the command line, in both languages."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from innovation_rules.cli import main
from innovation_rules.errors import width

EXAMPLES = Path(__file__).parents[1] / "examples"
LEDGER = str(EXAMPLES / "changzhi-2020.jsonl")
ASSESS = ("assess", "changzhi", LEDGER, "--as-of", "2020-12-31")


def run(*args: str, lang: str = "zh") -> Result:
    return CliRunner().invoke(
        main, [*args], env={"INNOVATION_RULES_LANG": lang, "NO_COLOR": "1", "COLUMNS": "80"}
    )


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ("未达到", "还差", "可补的企业")), ("en", ("not met", "short by", "who could"))],
)
def test_a_region_is_told_within_eighty_columns(lang: str, words: tuple[str, ...]) -> None:
    done = run(*ASSESS, lang=lang)
    assert done.exit_code == 0, done.output
    assert all(word in done.stdout for word in words)
    assert max(width(line) for line in done.stdout.splitlines()) <= 80


def test_a_statistic_is_asked_for_by_name_and_then_read(tmp_path: Path) -> None:
    assert "key_technologies_under_rd@2020" in run(*ASSESS).stdout
    file = tmp_path / "figures.yaml"
    text = 'region: "140400"\nstatistics: {2020: {key_technologies_under_rd: 24}}\n'
    file.write_text(text, encoding="utf-8")
    done = run(*ASSESS, "--statistics", str(file), "--format", "json")
    targets = {one["id"]: one for one in json.loads(done.stdout)["targets"]}
    assert targets["key_technology_rd_count"]["status"] == "met"
    file.write_text(text.replace("24", "23"), encoding="utf-8")
    done = run(*ASSESS, "--statistics", str(file), "--format", "json")
    targets = {one["id"]: one for one in json.loads(done.stdout)["targets"]}
    assert (
        targets["key_technology_rd_count"]["status"],
        targets["key_technology_rd_count"]["gap"]["low"],
    ) == ("not_met", "1项")


def test_the_shares_are_those_of_the_ledger() -> None:
    """123 of 200 are covered, as the stories of the example ledger say; the target counts those in scope."""
    found = json.loads(run(*ASSESS, "--format", "json").stdout)
    target = found["targets"][0]
    assert found["enterprises"] == 200
    assert (target["status"], target["numerator"][0], target["due"]) == ("not_met", "123", "2020-12-31")
    assert len(target["waiting"]) >= target["enterprises_wanted"]


def test_a_bad_record_is_reported_and_the_rest_is_judged() -> None:
    done = run(
        "assess",
        "changzhi",
        str(EXAMPLES / "changzhi-2020-dirty.jsonl"),
        "--as-of",
        "2020-12-31",
        "--format",
        "json",
    )
    assert done.exit_code == 1
    assert json.loads(done.stdout)["enterprises"] > 0
    assert done.stderr


def test_a_date_is_needed() -> None:
    assert run("assess", "changzhi", LEDGER).exit_code == 2


@pytest.mark.parametrize("pack", ["changzhi", "shanxi", "changzhi_hightech_zone", "pingxiang", "hengshui"])
def test_every_clause_is_accounted_for(pack: str) -> None:
    done = run("clauses", pack)
    assert done.exit_code == 0
    data = json.loads(run("clauses", pack, "--format", "json").stdout)
    assert data
    assert "共 " in done.stdout


def test_notes_are_printed_with_their_clauses() -> None:
    done = run("check", "changzhi_hightech_zone", "--notes")
    assert "changzhi_hightech_zone [" in done.stdout


@pytest.mark.parametrize(("lang", "words"), [("zh", "各规则包的结论并列"), ("en", "the packs side by side")])
def test_auto_sets_the_packs_side_by_side(lang: str, words: str) -> None:
    """Enterprises in the Zone are judged by the Zone, the city and the province, each on its own."""
    done = run("decide", "auto", LEDGER, "--year", "2021", "--summary", lang=lang)
    assert done.exit_code in (0, 1), done.stderr
    assert words in done.stdout
    assert max(width(line) for line in done.stdout.splitlines()) <= 80


def test_auto_says_why_packs_differ() -> None:
    done = run("why", "auto", LEDGER, "91140403XF00791982", "--year", "2020")
    assert "个规则包并列" in done.stdout
    assert "山西省企业技术创新发展三年行动计划（shanxi）" in done.stdout


def test_check_holds_a_pack_against_what_it_implements(tmp_path: Path) -> None:
    for name in ("higher", "lower"):
        (tmp_path / f"{name}.yaml").write_text(IMPLEMENTS.format(name=name), encoding="utf-8")
    with (tmp_path / "lower.yaml").open("a", encoding="utf-8") as file:
        file.write("implements: {higher: {coverages: {all: everyone}}}\n")
    done = run("check", str(tmp_path / "lower.yaml"))
    assert done.exit_code == 1
    assert "`all`" in done.stdout


IMPLEMENTS = """\
pack: {name}
title: 测试
jurisdiction: {{within: "140400", name: 长治市}}
in_force: {{from: 2020-01-01}}
coverages:
  everyone: {{label: 覆盖, source: 一, covered_when: {{rd_expenditure: {{more_than: 0元}}}}}}
"""
