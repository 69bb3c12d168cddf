"""Worked cases: how they are read, what is compared, what is said when one fails; and that ours hold on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from innovation_rules import load_pack
from innovation_rules.engines import BULK, ENGINES, Engine
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


CHINESE = """规则包: pack
起点企业:
  某厂:
    行政区划: "140403"
    在库规上: {2020: 是}
    创新活动: [{活动类别: 创新项目, 活动类型: 专利, 开始日期: 2020-05-01}]
    年度报告: {2020: {从业人员: 500人, R&D经费内部支出: 100万元, 资产总计: 1000万元}}
算例:
  - {名称: 甲, 条款: 一, 理由: 条款如此, 年份: 2020, 企业: %s, 预期: %s}
"""
LIKE = "{参照: 某厂}"
IN_CHINESE = [
    (LIKE, "{覆盖: 已覆盖, 画像: {创新项目: 有, 创新人才: 无}, 层次: {基础: 有}, 还缺: []}"),
    (LIKE, "{覆盖: {全覆盖: 已覆盖}, 分类: {规模: 大, 特点: [有专利]}, 事实: {占比: 10%}}"),
    (LIKE, "{奖励: {补助: {结果: 可享受, 金额: 10万元}, 优先: 优先考虑, 服务: 可享受}}"),
    (
        "{参照: 某厂, 创新活动: 未知, 年度报告: {2020: {从业人员: 未知, 资产总计: 未知}}}",
        "{覆盖: 待定, 分类: {规模: 待定}, 可能的分类: {规模: [大, 小]}, 事实: {占比: 未知}, 还缺: [从业人员],"
        " 奖励: {补助: {结果: 待定, 金额: {最低: 0元, 最高: 10万元}}}}",
    ),
    ("{参照: 某厂, 创新活动: []}", "{覆盖: 未覆盖, 奖励: {补助: {结果: 不可享受, 金额: 无}}}"),
    ("{参照: 某厂, 在库规上: {2020: 否}}", "{coverage: out_of_scope, awards: {补助: eligible}}"),
]


@pytest.mark.parametrize(("enterprise", "expect"), IN_CHINESE)
def test_a_case_in_chinese_says_the_same(enterprise: str, expect: str, pack: Pack, tmp_path: Path) -> None:
    (result,) = cases.run(pack, read(tmp_path, CHINESE % (enterprise, expect)))
    assert [one.message("zh") for one in result.diagnostics] == []


def test_a_mistake_in_a_chinese_case_is_answered_in_chinese(pack: Pack, tmp_path: Path) -> None:
    for wrong, words in (
        (CHINESE % (LIKE, "{覆盖: 可享受}"), "已覆盖、未覆盖、待定"),
        (CHINESE % (LIKE, "{奖励: {补贴: 可享受}}"), "奖励"),
    ):
        (result,) = cases.run(pack, read(tmp_path, wrong))
        assert words in "".join(one.message("zh") + one.help("zh") for one in result.diagnostics)
    for wrong, words in (
        (CHINESE.replace("年份: 2020, ", "") % (LIKE, "{}"), "年份"),
        (CHINESE.replace("算例:", "算列:") % (LIKE, "{}"), "最接近的是 `算例`"),
        (CHINESE % (LIKE, "{奖厉: {}}"), "最接近的是 `奖励`"),
        (CHINESE.replace("条款: 一,", "条款: 一, clause: 二,") % (LIKE, "{}"), "出现了两次"),
        (CHINESE.replace("企业: %s", "企业: {参照: 工厂}") % "{}", "起点企业里没有 `工厂`"),
    ):
        with pytest.raises(PackError) as caught:
            read(tmp_path, wrong)
        assert words in caught.value.render("zh")


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


def on_engines(name: str) -> Iterator[object]:
    """Every day on the engine that decides, and one pack on all of them; the rest takes longer."""
    for engine in ENGINES:
        if engine not in BULK:
            everyday = engine == "compiled" or name == "pingxiang"
            yield pytest.param(name, engine, marks=() if everyday else pytest.mark.deep)


@pytest.mark.parametrize(
    ("name", "engine"), [one for name in WORKED for one in on_engines(name)], indirect=["engine"]
)
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
