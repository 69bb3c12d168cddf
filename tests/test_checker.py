"""What the checks find doubtful, what they leave alone, and that ranges never call a possible thing impossible."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import random_case, random_program

from innovation_rules.engines import interpreter
from innovation_rules.pack import _extended, checker, finder, linker, parser, ranges, reader
from innovation_rules.pack.linker import Linked
from innovation_rules.program import Program, TruthNode

HEAD = """pack: pack
title: 意见
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01}
"""
OURS = sorted(path.stem for path in finder.policies().glob("*.yaml"))


def linked(path: Path) -> Linked:
    """A pack linked and not yet checked."""
    document = reader.read_file(path)
    parsed = linker.Parsed(parser.parse(document), document)
    return linker.link(parsed, lambda name: _extended(name, path.parent))


def codes(tmp_path: Path, body: str, head: str = HEAD) -> list[str]:
    """The codes of everything that the checks find in a pack without coverages being looked for."""
    path = tmp_path / "pack.yaml"
    path.write_text(head + body, encoding="utf-8")
    return [one.code for one in checker.findings(linked(path)) if one.code != "account-missing"]


@pytest.mark.parametrize("name", OURS)
def test_nothing_is_found_in_our_own_packs(name: str) -> None:
    errors = [one for one in checker.findings(linked(finder.find(name))) if one.severity == "error"]
    assert errors == []


WARNED = {
    "unused": "parameters:\n  floor: {label: 下限, source: 一, values: {2020-01-01: 5%}}\n",
    "duty-without-time": "schedule:\n  summary: {label: 汇总, source: 一}\n",
    "category-in-no-layer": "layers:\n  basic: {label: 基础, source: 一, of: [rd_input, talent]}\n",
}


@pytest.mark.parametrize("code", WARNED)
def test_what_is_doubtful_is_a_warning_and_the_pack_loads(code: str, tmp_path: Path) -> None:
    assert codes(tmp_path, WARNED[code]) == [code]
    checker.check(linked(tmp_path / "pack.yaml"))


def test_a_pack_without_an_account_of_clauses_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(HEAD, encoding="utf-8")
    (one,) = checker.findings(linked(path))
    assert (one.code, one.severity) == ("account-missing", "warning")


def test_a_pack_that_is_there_to_be_extended_uses_nothing_itself(tmp_path: Path) -> None:
    body = "coverages: {none: {because: 只作定义}}\n"
    facts = "facts:\n  big: {label: 大, when: {employees: {at_least: 300人}}}\n"
    assert codes(tmp_path, body + facts) == []


LEFT_ALONE = {
    "a value that only a later law makes impossible": (
        "parameters:\n  floor: {label: 下限, source: 一, values: {2020-01-01: 0人, 2022-01-01: 2000万人}}\n"
        "awards:\n  help: {label: 补助, source: 一, eligible_when: {employees: {at_least: {parameter: floor}}}}\n"
    ),
    "a parameter that an award with a later start uses": (
        "parameters:\n  floor: {label: 下限, source: 一, values: {2021-01-01: 300人}}\n"
        "awards:\n  help:\n    label: 补助\n    source: 一\n    in_force: {from: 2021-01-01}\n"
        "    eligible_when: {employees: {at_least: {parameter: floor}}}\n"
    ),
    "a period inside another": (
        "periods:\n  plan: {from: 2020-01-01, to: 2022-12-31}\n  first: {from: 2020-01-01, to: 2020-12-31}\n"
    ),
    "rows that share no value": (
        "classes:\n  size:\n    label: 规模\n    source: 一\n    rows:\n"
        "      - {is: large, label: 大, when: {employees: {at_least: 300人}}}\n"
        "      - {is: medium, label: 中, when: {employees: {between: [100人, 299人]}}}\n"
        "      - {otherwise: small, label: 小}\n"
    ),
    "two facts against each other": (
        "awards:\n  help:\n    label: 补助\n    source: 一\n    eligible_when:\n"
        "      rd_expenditure: {more_than: {fact: basic_research}, at_most: {fact: total_assets}}\n"
    ),
}


@pytest.mark.parametrize("body", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_what_can_be_meant_is_left_alone(body: str, tmp_path: Path) -> None:
    assert codes(tmp_path, body) == []


TARGETS = """inputs:
  gdp: {of: region, type: money, label: 地区生产总值}
  park_built: {of: region, type: yes_no, label: 园区建成}
activity_kinds:
  platform:
    lab: {label: 实验室, source: 一, levels: [provincial]}
parameters:
  floor: {label: 下限, source: 一, values: {2020-01-01: 2.5%}}
facts:
  share: {label: 占比, ratio: {of: rd_expenditure, to: total_assets, if_not_positive: 0%}, rises_with: [rd_expenditure]}
coverages:
  full: {label: 全覆盖, source: 一, covered_when: {active: any}}
targets:
  one: {label: 甲, source: 一, by: 2020-12-31, measure: {coverage: full}, at_least: 100%}
  two: {label: 乙, source: 一, by: 2020-12-31, measure: {average_of: share, over: all}, more_than: {parameter: floor}}
  three:
    label: 丙
    source: 一
    measure: {count_of: {activities: {kind: lab, level: provincial}}, over: all}
    at_least: {2021-12-31: 3个, 2022-12-31: 4个}
  four: {label: 丁, source: 一, by: 2020-12-31, measure: {statistic: park_built}, is: true}
  five:
    label: 戊
    source: 一
    each_year: true
    measure: {ratio: {of: {sum_of: rd_expenditure}, to: {statistic: gdp}}, over: all, change_from: {previous: true, as: points}}
    at_least: 0.1个百分点
  six:
    label: 己
    source: 一
    by: 2020-12-31
    measure: {difference: {of: {sum_of: rd_expenditure}, less: {statistic: gdp}}, over: {employees: {at_least: 300人}}}
    at_most: 5亿元
  seven: {label: 庚, source: 一, by: 2020-12-31, measure: {statistic: gdp, change_from: {year: 2018, as: times}}, about: {value: 2倍, tolerance: 10%}}
  eight: {label: 辛, source: 一, by: 2020-12-31, measure: {sum_of: rd_expenditure, over: all}, benchmark: gdp}
implements:
  shanxi: {coverages: {all: full}, targets: {all: one}}
schedule:
  first: {label: 报送, source: 一, due: {yearly: 02-29}}
  second: {label: 通报, source: 一, due: {quarterly: 15}}
"""


def test_every_sort_of_target_passes(tmp_path: Path) -> None:
    assert codes(tmp_path, TARGETS) == []


FOUND = {
    "against one fact, both ways": (
        "contradiction",
        "      rd_expenditure: {more_than: {fact: basic_research}, at_most: {fact: basic_research}}\n",
    ),
    "a choice and another": ("contradiction", "      all: [{ownership: state}, {ownership: private}]\n"),
    "a code and another": (
        "contradiction",
        '      all: [{industry: {under: ["06"]}}, {not: {industry: {under: ["0"]}}}]\n',
    ),
    "yes and no of one definition": ("contradiction", "      all: [{big: true}, {big: false}]\n"),
    "a definition and its bounds": (
        "contradiction",
        "      all: [{big: true}, {employees: {less_than: 200人}}]\n",
    ),
    "a scale that never gives so much": ("never-true", "      score: {more_than: 9点}\n"),
    "two of three that exclude each other": (
        "never-true-or-contradiction",
        "      at_least_of: {n: 2, of: [{employees: {less_than: 9人}}, {employees: {more_than: 99人}}]}\n",
    ),
}
DEFINED = (
    "facts:\n  big: {label: 大, when: {employees: {at_least: 300人}}}\n"
    "  score: {label: 得分, steps: {of: employees, at_least: {100人: 9点, 10人: 5点}, otherwise: 0点}}\n"
)


@pytest.mark.parametrize(("code", "body"), FOUND.values(), ids=FOUND)
def test_what_can_never_hold_is_found(code: str, body: str, tmp_path: Path) -> None:
    award = "awards:\n  help:\n    label: 补助\n    source: 一\n    eligible_when:\n"
    found = [one for one in codes(tmp_path, DEFINED + award + body) if one != "unused"]
    assert len(found) == 1
    assert found[0] in code or found[0] == "never-eligible"


def test_the_law_of_each_date_is_looked_at(tmp_path: Path) -> None:
    body = (
        "parameters:\n  floor: {label: 下限, source: 一, values: {2019-01-01: 5人, 2021-01-01: 6人, 2030-01-01: 7人}}\n"
        "facts:\n  big: {label: 大, when: {employees: {at_least: {parameter: floor}}}}\n"
    )
    path = tmp_path / "pack.yaml"
    path.write_text(HEAD.replace("2020-01-01}", "2020-01-01, to: 2025-12-31}") + body, encoding="utf-8")
    assert checker.regimes(linked(path)) == [date(2020, 1, 1), date(2021, 1, 1)]


def test_two_versions_of_one_document_are_not_in_force_together(tmp_path: Path) -> None:
    packs = []
    for name, start in (("old", "2020-01-01"), ("new", "2021-01-01"), ("other", "2021-01-01")):
        text = HEAD.replace("pack: pack", f"pack: {name}").replace("2020-01-01", start)
        path = tmp_path / f"{name}.yaml"
        path.write_text(text if name != "other" else text.replace("意见", "办法"), encoding="utf-8")
        packs.append(linked(path))
    assert [one.code for one in checker.across(packs)] == ["two-in-force"]


# --- ranges -----------------------------------------------------------------------------------------------


def truths(program: Program) -> list[int]:
    return [index for index, node in enumerate(program.nodes) if isinstance(node, TruthNode)]


@given(st.integers(0, 2**32))
def test_what_happens_is_never_called_impossible(seed: int) -> None:
    rng = random.Random(seed)
    program = random_program(rng)
    known = ranges.Ranges(program.nodes, program.frame)
    impossible = [
        (index, wanted)
        for index in truths(program)
        for wanted in (True, False)
        if not known.can((index, wanted))
    ]
    for _ in range(8):
        results = interpreter.evaluate(program, random_case(rng, program))
        for index, wanted in impossible:
            assert results[index] is not wanted


@given(st.integers(0, 2**32))
def test_what_happens_together_is_never_called_impossible(seed: int) -> None:
    rng = random.Random(seed)
    program = random_program(rng)
    known = ranges.Ranges(program.nodes, program.frame)
    for _ in range(4):
        results = interpreter.evaluate(program, random_case(rng, program))
        held = [(index, bool(results[index])) for index in truths(program) if results[index] is not None]
        assert known.can(*rng.sample(held, min(3, len(held))))
