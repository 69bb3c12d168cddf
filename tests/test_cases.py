"""Worked cases: how they are read, what is compared, what is said when one fails; and that ours hold on every engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from innovation_rules import load_pack
from innovation_rules.engines import Engine
from innovation_rules.errors import PackError
from innovation_rules.pack import cases, finder
from innovation_rules.packs import Pack

PACK = """pack: pack
title: 意见
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01}
activity_kinds:
  project:
    patent: {label: 专利, lasts: event, source: 一}
    prize: {label: 奖项, lasts: event, source: 一}
facts:
  share: {label: 占比, ratio: {of: rd_expenditure, to: total_assets, if_not_positive: 0%}}
layers:
  basic: {label: 基础, source: 一, of: [rd_input, talent, project, platform, key_technology, international]}
classes:
  size:
    label: 规模
    source: 一
    rows: [{is: large, label: 大, when: {employees: {at_least: 300人}}}, {otherwise: small, label: 小}]
  marks:
    label: 特点
    source: 一
    many: true
    rows:
      - {is: inventive, label: 有专利, when: {exists: {kind: patent}}}
      - {is: famous, label: 有奖项, when: {exists: {kind: prize}}}
coverages:
  full: {label: 全覆盖, source: 一, scope: {in_directory: true}, covered_when: {active: any}}
awards:
  help: {label: 补助, source: 一, eligible_when: {active: project}, amount: {share: 10%, of: rd_expenditure}}
  first: {label: 优先, source: 一, bearing: weighs, eligible_when: {size: large}}
  open: {label: 服务, source: 一}
"""
START = """pack: pack
enterprises:
  base:
    region: "140403"
    in_directory: {2020: true}
    activities: []
    reports: {2020: {employees: 500人, rd_expenditure: 100万元, total_assets: 1000万元}}
  active: {like: base, activities: [{category: project, kind: patent, started: 2020-05-01}]}
cases:
"""
CASE = "  - {name: 甲, clause: 一, why: 条款如此, year: 2020, enterprise: %s, expect: %s}\n"


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    path = tmp_path_factory.mktemp("packs") / "pack.yaml"
    path.write_text(PACK, encoding="utf-8")
    return load_pack(path)


def read(tmp_path: Path, text: str) -> cases.Cases:
    path = tmp_path / "cases.yaml"
    path.write_text(text, encoding="utf-8")
    return cases.load(path)


def run(pack: Pack, tmp_path: Path, enterprise: str, expect: str) -> cases.CaseResult:
    (result,) = cases.run(pack, read(tmp_path, START + CASE % (enterprise, expect)))
    return result


ACTIVE = "{like: active}"
IDLE = "{like: base}"
HOLDS = [
    (ACTIVE, "{coverage: covered, coverages: {full: covered}, profile: {project: active, talent: inactive}}"),
    (ACTIVE, "{layers: {basic: active}, classes: {size: large, marks: [inventive]}, missing: []}"),
    (ACTIVE, "{awards: {help: eligible, first: favoured, open: eligible}}"),
    (ACTIVE, "{awards: {help: {status: eligible, amount: 10万元}}}"),
    (ACTIVE, "{facts: {share: 10%}}"),
    (
        IDLE,
        "{coverage: not_covered, awards: {help: {status: ineligible, amount: none}}, classes: {marks: []}}",
    ),
    ("{like: active, reports: {2020: {rd_expenditure: null}}}", "{awards: {help: {amount: unknown}}}"),
    (
        "{like: active, reports: {2020: {employees: 299人}}}",
        "{classes: {size: small}, awards: {first: not_favoured}}",
    ),
    ("{like: active, reports: null}", "{classes: {size: undetermined}, missing: [employees]}"),
    ("{like: active, reports: null}", "{facts: {share: unknown}, open_classes: {size: [large, small]}}"),
    (
        "{like: base, activities: null}",
        "{coverage: undetermined, awards: {help: {status: undetermined, amount: {min: 0元, max: 10万元}}}}",
    ),
    ('{like: base, region: "130500"}', "{coverage: out_of_scope, awards: {help: out_of_scope}}"),
]


@pytest.mark.parametrize(("enterprise", "expect"), HOLDS)
def test_a_case_that_holds(enterprise: str, expect: str, pack: Pack, tmp_path: Path) -> None:
    result = run(pack, tmp_path, enterprise, expect)
    assert [one.message("zh") for one in result.diagnostics] == []
    assert result.holds


DIFFERS = [
    ("{coverage: not_covered}", "not_covered", "covered"),
    ("{coverages: {full: undetermined}}", "undetermined", "covered"),
    ("{profile: {talent: active}}", "active", "inactive"),
    ("{layers: {basic: inactive}}", "inactive", "active"),
    ("{classes: {size: small}}", "small", "large"),
    ("{classes: {marks: [famous]}}", "famous", "inventive"),
    ("{classes: {marks: []}}", "（无）", "inventive"),
    ("{open_classes: {size: [small]}}", "small", "（无）"),
    ("{awards: {help: ineligible}}", "ineligible", "eligible"),
    ("{awards: {help: {status: eligible, amount: 11万元}}}", "11万元", "10万元"),
    ("{awards: {help: {amount: none}}}", "没有金额", "10万元"),
    ("{awards: {open: {amount: 1元}}}", "1元", "没有金额"),
    ("{facts: {share: 11%}}", "11%", "10%"),
    ("{missing: [employees]}", "employees", "（无）"),
]


@pytest.mark.parametrize(("expect", "expected", "got"), DIFFERS)
def test_a_case_that_differs_says_how(
    expect: str, expected: str, got: str, pack: Pack, tmp_path: Path
) -> None:
    result = run(pack, tmp_path, ACTIVE, expect)
    (one,) = result.mismatches
    assert (one.expected, one.got) == (expected, got)
    (shown,) = result.diagnostics
    assert shown.code == "case-differs"
    assert shown.place is not None
    assert "甲" in shown.message("zh")
    assert got in shown.message("en")


def test_a_coverage_that_differs_gives_its_reasons(pack: Pack, tmp_path: Path) -> None:
    (one,) = run(pack, tmp_path, ACTIVE, "{coverage: not_covered}").mismatches
    assert one.reasons


WRONG = [
    ("{coverages: {ful: covered}}", "case-unknown-name", "full"),
    ("{awards: {halp: eligible}}", "case-unknown-name", "help"),
    ("{awards: {halp: {amount: 1元}}}", "case-unknown-name", "help"),
    ("{classes: {sise: large}}", "case-unknown-name", "size"),
    ("{open_classes: {sise: [large]}}", "case-unknown-name", "size"),
    ("{open_classes: {size: [larg]}}", "unknown-word", "large"),
    ("{facts: {shard: 1%}}", "case-unknown-name", "share"),
    ("{coverage: coverd}", "unknown-word", "covered"),
    ("{classes: {size: larg}}", "unknown-word", "large"),
    ("{awards: {help: elgible}}", "unknown-word", "eligible"),
    ("{awards: {help: {amount: 10万园}}}", "unknown-unit", "万元"),
    ("{facts: {share: 10万元}}", "wrong-unit", None),
]


@pytest.mark.parametrize(("expect", "code", "near"), WRONG)
def test_an_expectation_that_the_pack_cannot_have(
    expect: str, code: str, near: str | None, pack: Pack, tmp_path: Path
) -> None:
    (one,) = run(pack, tmp_path, ACTIVE, expect).problems
    assert one.code == code
    assert one.place is not None
    assert one.fields.get("nearest") == near


@pytest.mark.parametrize(
    ("enterprise", "code"),
    [
        ('{like: active, industri: "0610"}', "unknown-field"),
        ("{like: active, industry: 610}", "code-lost-zero"),
        ("{like: base, activities: [{category: project, kind: patents}]}", "data-unknown-kind"),
    ],
)
def test_a_mistake_in_the_data_of_a_case(enterprise: str, code: str, pack: Pack, tmp_path: Path) -> None:
    result = run(pack, tmp_path, enterprise, "{coverage: covered}")
    assert not result.holds
    assert result.decision is None
    assert {one.code for one in result.diagnostics} == {code}
    assert all(one.place for one in result.diagnostics)


SHAPES = [
    ("[]\n", "expected-mapping"),
    ("pack: pack\n", "missing-key"),
    ("pack: pack\ncases: {}\n", "expected-list"),
    ("pack: pack\ncase: []\ncases: []\n", "unknown-key"),
    (START + "  - {name: 甲}\n", "missing-key"),
    (START + (CASE % (ACTIVE, "{coverage: covered}")).replace("year: 2020, ", ""), "missing-key"),
    (START + CASE % ("{like: activ}", "{}"), "unknown-like"),
    (START + CASE % (ACTIVE, "{coverege: covered}"), "unknown-key"),
    (START + CASE % (ACTIVE, "[]"), "expected-mapping"),
    (START + CASE % (ACTIVE, "{}") * 2, "same-case-twice"),
    (START.replace("like: base", "like: active") + CASE % (ACTIVE, "{}"), "like-circle"),
]


@pytest.mark.parametrize(("text", "code"), SHAPES)
def test_a_file_of_cases_that_cannot_be_read(text: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(PackError) as caught:
        read(tmp_path, text)
    assert {one.code for one in caught.value.diagnostics} == {code}
    assert all(one.place for one in caught.value.diagnostics)


def test_cases_of_another_pack_and_of_an_absent_clause(pack: Pack, tmp_path: Path) -> None:
    found = read(tmp_path, START.replace("pack: pack", "pack: other") + CASE % (ACTIVE, "{}"))
    assert [one.code for one in cases.check(pack.linked, found)] == ["cases-of-another-pack"]
    account = cases.clauses.path_of(pack.linked)
    account.parent.mkdir()
    text = "pack: pack\nclauses:\n  - {id: a, locator: 二, kind: definition, not_encoded: definition, because: 无}\n"
    account.write_text(text, encoding="utf-8")
    found = read(tmp_path, START + CASE % (ACTIVE, "{}"))
    assert [one.code for one in cases.check(pack.linked, found)] == ["unknown-clause"]


def test_a_case_says_what_its_region_is_like(tmp_path: Path) -> None:
    source = tmp_path / "pack.yaml"
    region = "inputs: {able: {of: region, at: county, type: yes_no, label: 有条件}}\nactivity_kinds:"
    award = "awards:\n  local: {label: 奖补, source: 一, eligible_when: {able: true}}"
    source.write_text(PACK.replace("activity_kinds:", region).replace("awards:", award), encoding="utf-8")
    pack = load_pack(source)
    for said, status in (
        ("region: {able: true}, ", "eligible"),
        ("region: {able: false}, ", "ineligible"),
        ("", "undetermined"),
    ):
        case = CASE % (
            IDLE,
            f"{{facts: {{able: {'unknown' if not said else said[14:-3]}}}, awards: {{local: {status}}}}}",
        )
        (result,) = cases.run(
            pack, read(tmp_path, START + case.replace("year: 2020, ", "year: 2020, " + said, 1))
        )
        assert [one.message("zh") for one in result.diagnostics] == []


def test_what_no_case_has_shown(pack: Pack, tmp_path: Path) -> None:
    shown = run(pack, tmp_path, ACTIVE, "{coverage: covered, classes: {size: large, marks: [inventive]}}")
    failed = run(pack, tmp_path, ACTIVE, "{awards: {help: ineligible}}")
    left = cases.unreached(pack.linked, [shown, failed])
    assert ("coverages", "full", "covered") not in left
    assert ("classes", "size", "large") not in left
    assert ("awards", "help", "ineligible") in left
    assert ("awards", "first", "not_favoured") in left
    assert ("awards", "open", "ineligible") not in cases.goals(pack.linked)


# --- our own ----------------------------------------------------------------------------------------------

WORKED = sorted(path.stem for path in (finder.policies() / "cases").glob("*.yaml"))
DECIDING = [name for name in WORKED if name != "national"]


@pytest.mark.parametrize("name", WORKED)
def test_our_cases_hold_on_every_engine(name: str, engine: Engine) -> None:
    ours = load_pack(name)
    worked = cases.find(ours.linked)
    assert worked is not None
    assert cases.check(ours.linked, worked) == []
    failed: list[Any] = [one for one in cases.run(ours, worked, engine.name) if not one.holds]
    assert [one.message("zh") for result in failed for one in result.diagnostics] == []


@pytest.mark.parametrize("name", DECIDING)
def test_our_cases_reach_every_rule_both_ways(name: str) -> None:
    ours = load_pack(name)
    worked = cases.find(ours.linked)
    assert worked is not None
    assert cases.unreached(ours.linked, cases.run(ours, worked)) == []
    assert len(worked.cases) >= 60
