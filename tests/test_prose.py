"""What a pack means, in Chinese: every word of the language, and that no sentence can be read in two ways."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from innovation_rules.pack import finder, link
from innovation_rules.pack import grammar as g
from innovation_rules.pack import prose as p
from innovation_rules.pack.linker import Linked, declarations
from innovation_rules.pack.prose import Prose, Said

HEAD = """pack: pack
title: 意见
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01}
extends: [national]
periods: {plan: {from: 2020-01-01, to: 2021-12-31}, trial: {label: 试行期, from: 2022-06-01}}
"""
BODY = """
inputs:
  able: {of: enterprise, type: yes_no, label: 有条件的企业}
  ranked: {of: enterprise, type: yes_no, label: 行业排名靠前}
  area: {of: region, at: county, type: yes_no, label: 有条件的地区}
  field: {of: activity, type: choice, label: 所属领域, choices: {steel: 钢铁, other: 其他}}
  new: {of: activity, type: yes_no, label: 新建}
  profit: {of: activity, type: money, label: 当年净利润}
  labs: {of: region, type: count, unit: 个, label: 实验室数}
  province_labs: {of: region, at: province, type: count, unit: 个, label: 全省实验室数}
  built: {of: region, type: yes_no, label: 园区建成}
qualification_kinds:
  demo: {label: 示范企业}
  gazelle: {label: 瞪羚企业}
activity_kinds:
  platform:
    centre: {label: 技术中心, lasts: state, quantity: 个}
    lab: {label: 重点实验室, lasts: state}
    odd: {label: 新技术、新工艺应用, lasts: state, needs_evidence: true, levels: [provincial]}
  project: {task: {label: 承担科研任务}}
parameters:
  floor: {label: 起点, values: {2020-01-01: 500万元, 2020-10-01: 800万元, 2021-06-18: 2000万元}}
layers:
  high: {label: 高端, of: [platform]}
coverages:
  cover: {label: 全覆盖, source: 一, scope: {listed_industrial: true}, covered_when: {active: any}}
"""


def linked(tmp_path: Path, body: str = BODY) -> Linked:
    path = tmp_path / "pack.yaml"
    path.write_text(HEAD + body, encoding="utf-8")
    return link(path)


def said(tmp_path: Path, condition: str) -> Said:
    text = f"{BODY}facts:\n  it: {{label: 此项, when: {condition}}}\n"
    found = linked(tmp_path, text)
    return Prose(found).fact(found.tables["facts"]["it"].item)


CONDITIONS = {
    "{main_business_revenue: {at_least: 2000万元}}": "主营业务收入不低于2000万元",
    "{main_business_revenue: {more_than: 2000万元}}": "主营业务收入超过2000万元",
    "{main_business_revenue: {at_most: 2000万元}}": "主营业务收入不超过2000万元",
    "{main_business_revenue: {less_than: 2000万元}}": "主营业务收入低于2000万元",
    "{employees: {more_than: 20人, at_most: 300人}}": "从业人员超过20人，且从业人员不超过300人",
    "{employees: {between: [20人, 300人]}}": "从业人员在20人与300人之间（含两端）",
    "{employees: 300人}": "从业人员等于300人",
    "{main_business_revenue: {at_least: {parameter: floor}}}": (
        "主营业务收入不低于起点（2021年6月18日起2000万元，2020年10月起800万元，2020年起500万元）"
    ),
    "{net_profit: {more_than: {fact: total_profit}}}": "净利润超过利润总额",
    "{established: {more_than: 2018-01-01}}": "成立日期晚于2018-01-01",
    "{established: {at_least: 2018-01-01}}": "成立日期不早于2018-01-01",
    "{established: {within: {last: 3年}}}": "成立日期在判定日前3年内",
    "{established: {within: plan}}": "成立日期在计划期（2020年1月1日至2021年12月31日）内",
    "{established: {within: trial}}": "成立日期在试行期（自2022年6月1日起）内",
    "{established: {within: {year: 2019}}}": "成立日期在2019年",
    "{rd_expenditure: {is_known: true}}": "R&D经费内部支出已填报",
    '{industry: {under: ["06", "07", "08", "111"]}}': "行业代码以06至08、111开头",
    "{ownership: state}": "控股情况为国有",
    "{ownership: [state, private]}": "控股情况为国有或民营",
    "{size_class: [large, medium]}": "企业规模为大型或中型",
    "{cover: not_covered}": "“全覆盖”的结果为未覆盖",
    "{in_jurisdiction: true}": "在辖区内",
    "{year: 2020年}": "年份等于2020年",
    "{listed_industrial: true}": "属于在库规上工业企业",
    "{listed_industrial: false}": "不属于在库规上工业企业",
    "{able: true}": "属于有条件的企业",
    "{able: false}": "不属于有条件的企业",
    "{not: {ranked: true}}": "“行业排名靠前”不成立",
    "{not: {not: {ranked: true}}}": "行业排名靠前",
    "{area: true}": "所在县为有条件的地区",
    "{area: false}": "所在县不是有条件的地区",
    "{active: any}": "当年有创新活动（不论哪一方面）",
    "{not: {active: any}}": "当年没有任何一方面的创新活动",
    "{active: platform}": "当年有创新平台活动",
    "{active: high}": "当年有高端活动",
    "{not: {active: high}}": "当年没有高端活动",
    "{has_activity: platform}": "台账中当年有创新平台活动",
    "{not: {has_activity: task}}": "台账中当年没有“承担科研任务”活动",
    "{holds: demo}": "持有有效的示范企业资质",
    "{not: {holds: demo}}": "没有有效的示范企业资质",
    "{holds: {kind: [demo, gazelle], level: {at_least: provincial}, status: [applied, recognised]}}": (
        "持有已申报或有效的省级及以上资质〔示范企业、瞪羚企业〕之一"
    ),
    "{exists: {kind: centre}}": "当年有技术中心",
    "{exists: {}}": "当年有任何一方面的活动",
    "{exists: {category: [platform, project], status: recognised}}": "当年有已认定的创新平台或创新项目活动",
    "{exists: {kind: [centre, odd], level: [provincial, national], during: as_of}}": (
        "截至判定日有省级或国家级〔技术中心、“新技术、新工艺应用”〕之一"
    ),
    "{exists: {kind: task, during: {last: 2年}}}": "判定日前2年内有“承担科研任务”",
    "{exists: {kind: lab, level: {less_than: national}, where: {field: steel, new: false}}}": (
        "当年有低于国家级的重点实验室（同一项须：所属领域为钢铁，且“新建”不成立）"
    ),
    "{at_least_of: {n: 2, of: [{able: true}, {ranked: true}, {active: any}]}}": (
        "下列3项中至少2项成立：1. 属于有条件的企业；2. 行业排名靠前；3. 当年有创新活动（不论哪一方面）"
    ),
    "{listed_industrial: true, any: [{active: platform}, {rd_expenditure: {more_than: 0元}}]}": (
        "属于在库规上工业企业，且（当年有创新平台活动，或R&D经费内部支出超过0元）"
    ),
    "{any: [{able: true}, {employees: {more_than: 20人, at_most: 300人}}]}": (
        "属于有条件的企业，或（从业人员超过20人，且从业人员不超过300人）"
    ),
    "{able: true, not: {any: [{ranked: true}, {active: any}]}}": (
        "属于有条件的企业，且不符合（行业排名靠前，或当年有创新活动（不论哪一方面））"
    ),
    "{all: [{able: true}, {all: [{ranked: true}, {active: any}]}]}": (
        "属于有条件的企业，且行业排名靠前，且当年有创新活动（不论哪一方面）"
    ),
}


@pytest.mark.parametrize(("condition", "line"), CONDITIONS.items(), ids=CONDITIONS)
def test_a_condition_in_one_line(tmp_path: Path, condition: str, line: str) -> None:
    assert said(tmp_path, condition).line() == line


FACTS = {
    "ratio: {of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}": (
        "R&D经费内部支出 ÷ 主营业务收入（主营业务收入为零或负数时按0%计）"
    ),
    "sum: [basic_research, applied_research]": "基础研究支出 + 应用研究支出",
    "difference: {of: total_profit, less: net_profit}": "利润总额 − 净利润",
    "times: {of: taxable_income, by: 15%}": "应纳税所得额 × 15%",
    "max: [net_profit, total_profit]": "净利润、利润总额中最大的一个",
    "min: [net_profit, {parameter: floor}]": (
        "净利润、起点（2021年6月18日起2000万元，2020年10月起800万元，2020年起500万元）中最小的一个"
    ),
    "growth: {of: rd_expenditure, since: previous, if_not_positive: 0%}": (
        "R&D经费内部支出比上年的增长率（上年的数为零或负数时按0%计）"
    ),
    "growth: {of: rd_expenditure, since: {year: 2018}, if_not_positive: 0%}": (
        "R&D经费内部支出比2018年的增长率（2018年的数为零或负数时按0%计）"
    ),
    "previous: rd_expenditure": "上年的R&D经费内部支出",
    "over_years: {of: rd_expenditure, last: 3年}": "最近3年的R&D经费内部支出之和（含当年）",
    "over_years: {of: rd_expenditure, last: 3年, or_since: established}": (
        "最近3年的R&D经费内部支出之和（含当年，成立日期以前结束的年度按零计）"
    ),
    "count: {kind: [centre, lab], where: {new: true}}": (
        "当年〔技术中心、重点实验室〕（每一项须：新建）的项数"
    ),
    "total: {of: profit, category: platform}": "当年各项创新平台活动的当年净利润合计",
    "years_since: established": "从成立日期到判定日的整年数",
    "holds: demo": "持有有效的示范企业资质",
    "table: [{is: 1万元, when: {able: true}}, {otherwise: 0元}]": (
        "自上而下取第一个成立的：1. （属于有条件的企业）时为1万元；2. 其余为0元"
    ),
    "steps: {of: employees, more_than: {300人: 2点, 20人: 1点}, otherwise: 0点}": (
        "按从业人员分档：超过300人的为2点，超过20人的为1点，其余为0点"
    ),
}


@pytest.mark.parametrize(("fact", "line"), FACTS.items(), ids=FACTS)
def test_a_derived_fact_in_one_line(tmp_path: Path, fact: str, line: str) -> None:
    found = linked(tmp_path, f"{BODY}facts:\n  it:\n    label: 此项\n    {fact}\n")
    assert Prose(found).fact(found.tables["facts"]["it"].item).line() == line


AWARDS = {
    "{}": ("辖区内的企业都可享受", ""),
    "{unless: {able: true}}": ("辖区内的企业都可享受；但属于有条件的企业的除外", ""),
    "{eligible_when: {ranked: true}, unless: {able: true, active: any}}": (
        "行业排名靠前；但（属于有条件的企业，且当年有创新活动（不论哪一方面））的除外",
        "",
    ),
    "{beneficiary: 创客}": ("对象是创客，只作记录，不对企业判定", ""),
    "{eligible_when: {ranked: true}, amount: {fixed: 20万元}}": ("行业排名靠前", "20万元"),
    "{amount: {fixed: 1万元, per: employees, cap: 50万元}}": (
        "辖区内的企业都可享受",
        "1万元 × 从业人员，最高50万元",
    ),
    "{amount: {share: {between: [5%, 10%]}, of: net_profit, floor: 1万元, rounding: {to: 1元, mode: down}}}": (
        "辖区内的企业都可享受",
        "净利润的5%至10%，最低1万元，舍去到1元",
    ),
    "{for_each: {kind: centre}, amount: {fixed: 5万元}}": ("当年有技术中心", "每一项5万元"),
    "{for_each: {kind: centre}, amount: {share: 10%, of: profit, cap_each: 3万元}}": (
        "当年有技术中心",
        "每一项按当年净利润的10%计，各项相加，每项最高3万元",
    ),
    "{grants: national.rd_super_deduction, eligible_when: {able: true}}": (
        "申报加计扣除的研究开发支出超过0元，且不属于不适用加计扣除的行业，且属于有条件的企业",
        "研发费用加计扣除额",
    ),
    "{grants: national.high_tech_income_tax}": (
        "持有有效的高新技术企业资质",
        "应纳税所得额 × 高新技术企业少缴的税率（2008年起10%）",
    ),
}


@pytest.mark.parametrize(("award", "lines"), AWARDS.items(), ids=AWARDS)
def test_an_award_in_one_line(tmp_path: Path, award: str, lines: tuple[str, str]) -> None:
    found = linked(tmp_path, f"{BODY}awards:\n  it: {{label: 此项, source: 一, {award[1:]}\n")
    item = found.tables["awards"]["it"].item
    assert (Prose(found).award(item), Prose(found).amount(item)) == lines


TARGETS = {
    "{measure: {coverage: cover, over: all}, at_least: 100%, by: 2020-12-31}": (
        "“全覆盖”的覆盖率（已覆盖户数 ÷ 应覆盖户数），到2020年12月31日不低于100%"
    ),
    "{measure: {statistic: labs, basis: stock}, about: {value: 70个, tolerance: 5%}}": (
        "实验室数（地区统计，期末数），到2021年12月31日（计划期末）达到70个左右（可少5%，超过的也算达到）"
    ),
    "{measure: {statistic: labs, basis: flow, for_each: county}, more_than: 1个, each_year: true}": (
        "每个县的实验室数（地区统计，当年数），每年超过1个"
    ),
    "{measure: {statistic: labs}, benchmark: province_labs, by: 2020-12-31}": (
        "实验室数（地区统计），到2020年12月31日不低于全省实验室数（省一级地区统计）"
    ),
    "{measure: {statistic: built}, is: true, by: 2020-12-31}": (
        "园区建成（地区统计），到2020年12月31日须为“是”"
    ),
    "{measure: {statistic: labs, change_from: {year: 2018, as: times}}, at_least: {2020-12-31: 2倍, 2021-12-31: 3倍}}": (
        "实验室数（地区统计）与2018年相比的倍数，到2020年12月31日不低于2倍，到2021年12月31日不低于3倍"
    ),
    "{measure: {count_of: {enterprises: {holds: demo}}, over: all}, at_least: 3家, by: 2020-12-31}": (
        "辖区内全部企业中持有有效的示范企业资质的户数，到2020年12月31日不低于3家"
    ),
    "{measure: {count_of: {activities: {kind: lab, during: as_of}}, over: {industrial: true}}, at_least: 3个, by: 2020-12-31}": (
        "工业企业截至判定日重点实验室的项数，到2020年12月31日不低于3个"
    ),
    "{measure: {average_of: employees, over: {able: true, ranked: true}}, less_than: 9人, by: 2020-12-31}": (
        "（属于有条件的企业，且行业排名靠前）的企业的从业人员平均数，到2020年12月31日低于9人"
    ),
    "{measure: {ratio: {of: {count_of: {enterprises: {ranked: true}}}, to: {count_of: {enterprises: all}}},"
    " over: all}, at_least: 40%, by: 2020-12-31}": (
        "辖区内全部企业中行业排名靠前的户数所占比例，到2020年12月31日不低于40%"
    ),
    "{measure: {ratio: {of: {sum_of: rd_expenditure}, to: {sum_of: main_business_revenue}}, over: all,"
    " change_from: {previous: true, as: points}}, more_than: 0个百分点, each_year: true}": (
        "〔辖区内全部企业的R&D经费内部支出之和 ÷ 同一批企业的主营业务收入之和〕比上年增加的百分点，每年超过0个百分点"
    ),
    "{measure: {difference: {of: {statistic: labs}, less: {statistic: province_labs}}}, at_most: 0个, by: 2020-12-31}": (
        "实验室数（地区统计） − 全省实验室数（省一级地区统计），到2020年12月31日不超过0个"
    ),
}


@pytest.mark.parametrize(("target", "line"), TARGETS.items(), ids=TARGETS)
def test_a_target_in_one_line(tmp_path: Path, target: str, line: str) -> None:
    found = linked(tmp_path, f"{BODY}targets:\n  it: {{label: 此项, source: 一, {target[1:]}\n")
    assert Prose(found).target(found.tables["targets"]["it"].item) == line


DUTIES = {
    "{due: {date: 2020-06-01}, to: [市办公室], responsible: [各县区, 工作组]}": (
        "2020年6月1日前（含当日）；报市办公室；由各县区、工作组负责"
    ),
    "{due: {monthly: 3}, inclusive: false}": "每月3日前（不含当日）",
    "{due: {quarterly: 10}}": "每季度结束后10日前（含当日）",
    "{due: {yearly: 12-31}}": "每年12月31日前（含当日）",
    "{every: 不定期}": "不定期",
    "{note: 未定}": "没有写时限",
}


@pytest.mark.parametrize(("duty", "line"), DUTIES.items(), ids=DUTIES)
def test_a_duty_in_one_line(tmp_path: Path, duty: str, line: str) -> None:
    found = linked(tmp_path, f"{BODY}schedule:\n  it: {{label: 此项, source: 一, {duty[1:]}\n")
    assert Prose(found).duty(found.tables["schedule"]["it"].item) == line


def test_every_sort_of_item_has_a_line(tmp_path: Path) -> None:
    found = linked(tmp_path)
    prose = Prose(found)
    lines = {entry.id: prose.entry(entry) for section in found.tables.values() for entry in section.values()}
    assert lines["cover"] == "应当覆盖的：在库规上工业企业；算已覆盖的：当年有创新活动（不论哪一方面）"
    assert lines["floor"] == "2021年6月18日起2000万元，2020年10月起800万元，2020年起500万元"
    assert lines["field"] == "活动：选项：钢铁、其他"
    assert lines["area"] == "地区（县）：是非"
    assert lines["high"] == "创新平台"
    assert lines["demo"] == "示范企业"
    odd = found.kind("odd")
    assert odd is not None
    assert prose.entry(odd) == "算在存续的每一年；附印证材料才算；级别：省级"


# ------------------------------------------------------------------------------------------ one reading only


def test_a_long_condition_becomes_a_list() -> None:
    long = Said("从业人员不低于大型工业企业从业人员下限")
    some = Said(how="any", parts=(long, Said(how="all", parts=(long, long, long))))
    assert some.long
    assert list(some.outline()) == [
        (0, "满足下列之一："),
        (1, long.text),
        (1, "同时满足："),
        *[(2, long.text)] * 3,
    ]
    assert not Said(how="any", parts=(Said("甲"), Said("乙"))).long


@pytest.mark.parametrize("seed", range(200))
def test_a_line_reads_back_as_what_was_said(seed: int) -> None:
    rng = random.Random(seed)
    made = tree(rng, 3)
    assert read(made.line()) == shape(made)


def tree(rng: random.Random, depth: int) -> Said:
    if not depth or rng.random() < 0.3:
        return Said(rng.choice("甲乙丙丁戊己庚辛"))
    how = rng.choice(("all", "any", "some", "none"))
    parts = tuple(tree(rng, depth - 1) for _ in range(1 if how == "none" else rng.randint(2, 3)))
    if how == "all":
        return p.both(parts, "all")
    if how == "any":
        return p.both(parts, "any")
    return Said(how="some" if how == "some" else "none", parts=parts, n=1)


def shape(said: Said) -> Any:
    return said.text if not said.how else (said.how, [shape(part) for part in said.parts])


def read(line: str) -> Any:
    """A sentence read by its brackets and joining words alone."""
    for word, how in (("，且", "all"), ("，或", "any")):
        parts = split(line, word)
        if len(parts) > 1:
            return how, [read(part) for part in parts]
    listed = re.match(r"下列\d项中至少1项成立：", line)
    if listed:
        return "some", [read(one.split(". ", 1)[1]) for one in split(line[listed.end() :], "；")]
    if line.startswith("不符合（"):
        return "none", [read(line[4:-1])]
    return read(line[1:-1]) if line.startswith("（") else line


def split(line: str, word: str) -> list[str]:
    """The parts outside all brackets and quotes."""
    depth, parts, start = 0, [], 0
    for at, char in enumerate(line):
        depth += (char in "（〔“") - (char in "）〕”")
        if not depth and line.startswith(word, at):
            parts.append(line[start:at])
            start = at + len(word)
    return [*parts, line[start:]]


@pytest.mark.parametrize("name", finder.names())
def test_no_sentence_of_our_packs_joins_in_two_ways_without_brackets(name: str) -> None:
    found = link(finder.find(name))
    prose = Prose(found)
    for condition, owner in conditions(found.pack):
        line = prose.condition(condition, owner).line()
        for part in nested(line):
            assert len(split(part, "，且")) == 1 or len(split(part, "，或")) == 1, line


@pytest.mark.parametrize("name", finder.names())
def test_every_item_of_our_packs_is_said_with_its_figures(name: str) -> None:
    found = link(finder.find(name))
    prose = Prose(found)
    for entry in declarations(found.pack):
        line = prose.entry(entry)
        assert line
        assert "\n" not in line
        assert "None" not in line
        assert line.count("（") == line.count("）")
    for condition, owner in conditions(found.pack):
        line = prose.condition(condition, owner).line()
        for figure, word in figures(condition):
            assert f"{word}{figure}" in line


WORDS = {"at_least": "不低于", "more_than": "超过", "at_most": "不超过", "less_than": "低于"}


def figures(condition: Any) -> Iterator[tuple[str, str]]:
    """Every figure of a comparison, with the word that must stand before it."""
    for one in walk(condition):
        if isinstance(one, g.Test) and one.word in WORDS:
            numbers = [
                side for side in one.operands if isinstance(side, g.Figure) and side.text[:1].isdigit()
            ]
            yield from ((side.text, WORDS[one.word]) for side in numbers)


def conditions(pack: g.Pack) -> Iterator[tuple[g.Condition, p.Owner]]:
    """Every condition of a pack with what it speaks of."""
    inside = {id(one.where) for one in walk(pack) if isinstance(one, g.Filter) and one.where is not None}
    deep = {id(part) for one in walk(pack) if id(one) in inside for part in walk(one)}
    for one in walk(pack):
        if isinstance(one, g.AllOf | g.AnyOf | g.NotOf | g.AtLeastOf | g.Active | g.Asserted | g.Subject):
            yield one, "activity" if id(one) in deep else "enterprise"


def walk(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, g.Item):
        parts = [part for name, part in value.__dict__.items() if name != "at"]
    elif isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, tuple | list):
        parts = list(value)
    elif is_dataclass(value) and not isinstance(value, type | g.Figure):
        parts = [getattr(value, one.name) for one in fields(value) if one.name != "place"]
    else:
        return
    for part in parts:
        yield from walk(part)


def nested(line: str) -> Iterator[str]:
    """A line and everything that stands in brackets in it."""
    yield line
    opened: list[int] = []
    for at, char in enumerate(line):
        if char in "（〔":
            opened.append(at + 1)
        elif char in "）〕":
            yield line[opened.pop() : at]
