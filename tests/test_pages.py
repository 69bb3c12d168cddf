"""The pages of the packs: every item of a pack is on its page, with its clause, its reading and its account."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from innovation_rules.errors import PackError
from innovation_rules.pack import clauses, finder, link, pages
from innovation_rules.pack.linker import Linked, declarations

ROOT = Path(__file__).parents[1]
PACKS = finder.names()

PACK = """pack: pack
title: 意见|一*
jurisdiction: {within: "140400", name: 长治市, zone: 高新区}
document: {number: 一号, issuer: 市政府, issued: 2020-01-01}
in_force: {from: 2020-01-01, to: 2020-12-31}
extends: [national]
inputs:
  able: {of: enterprise, type: yes_no, label: 有条件的企业, found_by: authority, source: 一,
    interpretation: {reading: 由部门认定, because: 条款没有标准, alternatives: [按规模, 按收入]}}
  field: {of: activity, type: choice, label: 领域, choices: {a: 甲, b: 乙}, note: 可不填}
  size: {of: report, type: money, unit: 万元, range: [0元, 1亿元], label: 规模}
qualification_kinds: {demo: {label: 示范企业, source: 一}}
activity_kinds:
  platform:
    centre: {label: 技术中心, lasts: state, quantity: 个, source: 一}
    other: {label: 其他平台, needs_evidence: true, source: 一, note: 须说明}
parameters:
  floor: {label: 起点, source: 一, verified: false, values: {2020-01-01: 1万元, 2020-06-01: 2万元}}
facts:
  big: {label: 大企业, source: 一, when: {operating_revenue: {at_least: {parameter: floor}}}, verified: false}
layers: {high: {label: 高端, of: [platform], source: 一}}
profile: {platform: {any: [{big: true}, {has_activity: platform}]}}
classes:
  group: {label: 分组, source: 一, responsible: [甲局], note: 暂行,
    rows: [{is: a, label: 甲组, when: {big: true}, source: 二}, {otherwise: b, label: 乙组}]}
reports: [size_class]
coverages:
  cover: {label: 全覆盖, source: [一, 二], scope: {listed_industrial: true}, covered_when: {active: any}}
awards:
  bonus: {label: 奖金, kind: reward, source: 二(一), eligible_when: {able: true}, unless: {big: true},
    amount: {fixed: 5万元}, granted_by: [市财政局], funded_by: [专项资金], paid_to: staff, discretionary: true,
    in_force: {from: 2020-02-01}}
  first: {label: 优先, kind: priority, bearing: weighs, source: 二(一), eligible_when: {any: [{able: true},
    {exists: {kind: [centre, other], status: [recognised, under_way, completed], during: {last: 2年}}},
    {operating_revenue: {more_than: 4000万元}, employees: {more_than: 300人}}]}}
  tax: {label: 加计扣除, source: 二(二), grants: national.rd_super_deduction, quoted: 75%}
targets:
  share: {label: 覆盖率, source: 一, measure: {coverage: cover, over: all}, at_least: 100%, by: 2020-12-31,
    binding: aspirational, responsible: [乙局]}
schedule: {report: {label: 报送, source: 三, due: {monthly: 3}, to: [办公室], responsible: [乙局], note: 逾期通报}}
notes: [{clauses: [一, 二], text: 两处相同。}]
"""
ACCOUNT = """pack: pack
clauses:
  - {id: one, locator: 一, kind: enterprise_condition, encoded_by: [coverages.cover, classes.group, targets.share,
     activity_kinds.centre, activity_kinds.other]}
  - {id: two, locator: 二, kind: definition, encoded_by: [coverages.cover]}
  - {id: two_one, locator: 二(一), kind: enterprise_eligibility, encoded_by: [awards.bonus, awards.first]}
  - {id: two_two, locator: 二(二), kind: enterprise_eligibility, encoded_by: [awards.tax]}
  - {id: three, locator: 三, kind: reporting_deadline, encoded_by: [schedule.report]}
  - {id: hope, locator: 四, kind: qualitative_target, not_encoded: exhortation, because: 没有尺度}
  - {id: odd, locator: 四, kind: a_kind_of_its_own, not_encoded: process, because: 工作安排}
"""


@pytest.fixture
def small(tmp_path: Path) -> Linked:
    (tmp_path / "clauses").mkdir()
    (tmp_path / "clauses" / "pack.yaml").write_text(ACCOUNT, encoding="utf-8")
    path = tmp_path / "pack.yaml"
    path.write_text(PACK, encoding="utf-8")
    return link(path)


@cache
def ours(name: str) -> Linked:
    return link(finder.find(name))


@cache
def written() -> dict[str, str]:
    return pages.write([ours(name) for name in PACKS])


def test_a_page_says_everything(small: Linked) -> None:
    text = pages.page(small, {"national": ours("national")})
    for line in (
        "# 意见\\|一\\*",
        "| 辖区 | 长治市，高新区，140400 |",
        "| 施行 | 2020年1月1日至2020年12月31日 |",
        "| 沿用定义 | [全国通用定义](national.md) |",
        "- 覆盖 1 项：全覆盖",
        "- 奖励、优惠与指导 3 项：奖励 1、税收优惠 1、优先 1",
        "- 目标 1 项：约束性 0、力争 1",
        "- **全覆盖**（一；二）",
        "  - 应当覆盖的：在库规上工业企业",
        "| 创新平台 | 高端 | 属于大企业，或台账中当年有创新平台活动 |",
        "| 甲组 | 属于大企业（二） |",
        "| 乙组 | 其余 |",
        "责任单位：甲局",
        "一并报告沿用的分类：企业规模。",
        "- **奖金**〔酌情〕（二(一)）：属于有条件的企业；但属于大企业的除外",
        "  - 金额：5万元",
        "  - 实施：市财政局",
        "  - 资金：专项资金",
        "  - 给企业的人员，按企业的情况判定",
        "  - 有效期：自2020年2月1日起",
        "- **优先**〔只分优先与否，不作门槛〕（二(一)）：",
        "  - 满足下列之一：",
        "    - 判定日前2年内有已认定、进行中或已完成的〔技术中心、其他平台〕之一",
        "    - 营业收入超过4000万元，且从业人员超过300人",
        "  - 文件印出的数字：75%，只作记录，不据以计算",
        "- **覆盖率**〔力争〕（一）：“全覆盖”的覆盖率（已覆盖户数 ÷ 应覆盖户数），到2020年12月31日不低于100%",
        "| 报送（逾期通报） | 每月3日前（含当日） | 办公室 | 乙局 | 三 |",
        "- **大企业**（一）：营业收入不低于起点（2020年6月起2万元，2020年起1万元）",
        "  - 未对照公开文本核实",
        "| 起点 | 2020年6月起2万元，2020年起1万元（未核实） | 一 |  |",
        "| 有条件的企业 [解读1](#解读) | 企业 | 是非 | 主管部门认定 | 一 |",
        "| 领域（可不填） | 活动 | 选项：甲、乙 |  |  |",
        "| 规模 | 年报 | 金额（万元），0元至1亿元 |  |  |",
        "| 示范企业 | 一 |",
        "### 创新平台（2种）",
        "| 其他平台（须说明） | 开始那年 |  | 附印证材料才算 | 一 |",
        "| 1 | 有条件的企业 | 一 | 由部门认定 | 条款没有标准 | 按规模；按收入 |",
        "- 两处相同。（一；二）",
        "清单共 7 条：编码 5 条，没有编码 2 条（倡导 1、工作程序 1）。",
        "| 四 | 定性目标 | `hope` | 没有尺度 |",
        "| 四 | a\\_kind\\_of\\_its\\_own | `odd` | 工作安排 |",
    ):
        assert line in text.splitlines(), line


def test_only_what_is_used_of_an_inherited_pack_is_shown(small: Linked) -> None:
    text = pages.page(small)
    assert "**研发费用加计扣除额**" in text
    assert "**企业规模**" in text
    assert "**符合高新技术企业认定条件**" not in text


def test_a_pack_without_an_account_has_no_account_on_its_page(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(
        'pack: pack\ntitle: 意见\njurisdiction: {within: "140400"}\nin_force: {from: 2020-01-01}\n'
        "coverages: {none: {because: 没有这样的条款}}\n",
        encoding="utf-8",
    )
    text = pages.page(link(path))
    assert "## 条款账" not in text
    assert "没有。没有这样的条款" in text.splitlines()


@pytest.mark.parametrize("name", PACKS)
def test_every_item_of_a_pack_stands_on_its_page(name: str) -> None:
    text = written()[f"docs/packs/{name}.md"]
    for entry in declarations(ours(name).pack):
        assert pages.escaped(entry.item.label) in text, entry.id
        for clause in entry.item.source:
            assert pages.escaped(clause) in text
        reading = entry.item.interpretation
        if reading is not None:
            for words in (reading.reading, reading.because, *reading.alternatives):
                assert pages.escaped(words) in text, entry.id


@pytest.mark.parametrize("name", PACKS)
def test_every_clause_that_is_not_encoded_stands_on_its_page_with_its_reason(name: str) -> None:
    read = clauses.find(ours(name))
    text = written()[f"docs/packs/{name}.md"]
    for clause in read.ledger.clauses if read else ():
        if clause.not_encoded is not None:
            assert f"`{clause.id}` | {pages.escaped(clause.because)} |" in text


@pytest.mark.parametrize("name", PACKS)
def test_the_tables_of_a_page_are_even_and_its_links_lead_somewhere(name: str) -> None:
    text = written()[f"docs/packs/{name}.md"]
    columns = 0
    for line in text.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1 if line.startswith("|") else 0
        assert cells == columns or not columns or not cells, line
        columns = cells
    assert "\n\n\n" not in text
    for target in re.findall(r"\]\(([^)#]+\.md)\)", text):
        assert f"docs/packs/{target}" in written()


def test_pages_are_the_same_each_time() -> None:
    assert pages.write([ours(name) for name in PACKS]) == written()


def test_there_is_a_page_for_every_pack_and_none_besides() -> None:
    assert {f"docs/packs/{path.name}" for path in (ROOT / "docs" / "packs").glob("*")} == set(written())
    listed = written()["docs/packs/README.md"]
    assert all(f"({name}.md)" in listed for name in PACKS)


def test_a_pack_that_does_not_load_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("pack: pack\n", encoding="utf-8")
    with pytest.raises(PackError):
        pages.write([link(path)])
