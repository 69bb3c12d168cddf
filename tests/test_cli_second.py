"""`decide --engine rete` and `decide --second-opinion`, as a person and a program see them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from innovation_rules import cli, engines
from innovation_rules.errors import Diagnostic, width
from innovation_rules.program import Program

rete = pytest.importorskip("innovation_rules.engines.rete", reason="the extra `rete` is not installed")

PACK = """\
pack: mini
title: 测试用
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2019-01-01, to: 2022-12-31}
coverages:
  spending: {label: 有投入, source: 一, covered_when: {rd_expenditure: {more_than: 0元}}}
"""
FIRMS = [
    {
        "uscc": "91350100M000100Y43",
        "name": "甲厂",
        "region": "140403",
        "reports": {"2020": {"rd_expenditure": 1}},
    },
    {
        "uscc": "91140403XF00791982",
        "name": "乙厂",
        "region": "140404",
        "reports": {"2020": {"rd_expenditure": 0}},
    },
]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A pack and a ledger of two enterprises."""
    monkeypatch.setenv("INNOVATION_RULES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "80")
    pack, firms = tmp_path / "mini.yaml", tmp_path / "firms.jsonl"
    pack.write_text(PACK, encoding="utf-8")
    lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in FIRMS)
    firms.write_text("".join(lines), encoding="utf-8")
    return pack, firms


def decide(files: tuple[Path, Path], *words: str, lang: str = "zh") -> Result:
    args = ["decide", *map(str, files), "--year", "2020", *words, "--lang", lang]
    return CliRunner().invoke(cli.main, args, prog_name="innovation-rules")


def differing(only: int) -> Callable[..., tuple[object, ...]]:
    """A second engine that turns every truth of one of the cases."""
    asked = iter(range(100))
    evaluate = rete.evaluate

    def wrong(program: Program, case: object) -> tuple[object, ...]:
        results = evaluate(program, case)
        if next(asked) != only:
            return results
        return tuple(not one if isinstance(one, bool) else one for one in results)

    return wrong


@pytest.mark.parametrize(
    ("lang", "word"), [("zh", "第二引擎：一致，2 项判定"), ("en", "second engine: agrees, 2 decisions")]
)
def test_a_second_opinion_that_agrees_is_said_in_the_summary(
    files: tuple[Path, Path], lang: str, word: str
) -> None:
    done = decide(files, "--second-opinion", lang=lang)
    assert done.exit_code == 0
    assert word in done.stdout
    assert all(width(line) <= 80 for line in done.output.splitlines())


def test_a_second_opinion_stands_in_every_line_of_json(files: tuple[Path, Path]) -> None:
    done = decide(files, "--second-opinion", "--format", "json")
    opinions = [json.loads(line)["second_opinion"] for line in done.stdout.splitlines()]
    assert [one["agrees"] for one in opinions] == [True, True]
    whole = json.loads(decide(files, "--second-opinion", "--format", "json", "--summary").stdout)
    assert whole["second_opinion"]["agreed"] == 2


def test_a_line_with_an_opinion_still_verifies(files: tuple[Path, Path]) -> None:
    from innovation_rules import Enterprise, load_pack
    from innovation_rules.record import verify

    line = json.loads(decide(files, "--second-opinion", "--format", "json").stdout.splitlines()[0])
    pack = load_pack(files[0])
    again = verify(
        line,
        Enterprise.model_validate(FIRMS[0]),
        lambda _, one, year, day, law: pack.decide(one, year, day, law_date=law),
    )
    assert again == []


def test_a_difference_fails_closed_and_shows_both_sides(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rete, "evaluate", differing(0))
    done = decide(files, "--second-opinion", "--format", "json", lang="en")
    assert done.exit_code == 1
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["乙厂"]
    assert "compiled says true, rete says false" in " ".join(done.stderr.split())
    assert "mini.yaml:6" in done.stderr
    assert "甲厂" in done.stderr
    assert "1 decisions have no result" in done.stderr


def test_a_crash_of_one_case_is_reported_and_the_next_is_decided(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate, asked = rete.evaluate, iter(range(9))

    def crash(program: Program, case: object) -> object:
        if next(asked) == 0:
            rete.plan(program).host.judge(0, ["not what was asked for"])
        return evaluate(program, case)

    monkeypatch.setattr(rete, "evaluate", crash)
    for words in (("--engine", "rete"), ("--second-opinion",)):
        asked = iter(range(9))
        done = decide(files, *words, "--format", "json")
        assert done.exit_code == 1
        assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["乙厂"]
        assert "engine-confused" in done.stderr


def test_without_durable_rules_the_opinion_was_not_had(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = engines.EngineError(
        [Diagnostic("engine-absent", None, {"engine": "rete", "extra": "rete", "reason": "none"})]
    )
    monkeypatch.setattr(engines, "absent", lambda name: absent)
    for lang, word in (("zh", "第二引擎：未运行"), ("en", "second engine: not run")):
        done = decide(files, "--second-opinion", lang=lang)
        assert done.exit_code == 1
        assert word in done.stdout
        assert "甲厂" in done.stdout
        assert "innovation-rules[rete]" in done.stderr
    line = json.loads(decide(files, "--second-opinion", "--format", "json").stdout.splitlines()[0])
    assert line["second_opinion"] == {"engine": "rete", "run": False}


def test_an_engine_is_no_second_opinion_on_itself(files: tuple[Path, Path]) -> None:
    assert decide(files, "--engine", "rete", "--second-opinion").exit_code == 2


@pytest.mark.parametrize(("lang", "word"), [("zh", "durable_rules 自行判断"), ("en", "durable_rules judged")])
def test_the_footnote_says_what_was_judged(files: tuple[Path, Path], lang: str, word: str) -> None:
    done = decide(files, "--engine", "rete", lang=lang)
    assert done.exit_code == 0
    assert word in done.stderr
    whole = json.loads(decide(files, "--engine", "rete", "--format", "json", "--summary").stdout)
    assert {one["path"] for one in whole["rete"]["judged"]}
    assert {one["reason"] for one in whole["rete"]["handed"]} == {"items"}
