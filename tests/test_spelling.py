"""One language, two spellings: a pack in Chinese is the same pack, and each mistake in it is one error."""

from __future__ import annotations

from datetime import date

import pytest

from innovation_rules.errors import PackError, Problems
from innovation_rules.pack import compiler, linker, parser, reader
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Linked, Parsed

ENGLISH = """\
pack: town
title: 镇
jurisdiction: {within: "140400"}
in_force: {from: 2020-01-01}
periods: {plan: {label: 规划期, from: 2020-01-01, to: 2020-12-31}}
inputs:
  able: {of: enterprise, type: yes_no, label: 有条件}
  grade: {of: enterprise, type: choice, label: 等次, choices: {good: 优, fair: 良}}
  reviewed: {of: activity, type: date, label: 评审日期}
  bureau_count: {of: region, type: count, unit: 家, label: 局里的数}
qualification_kinds:
  star: {label: 星级企业}
activity_kinds:
  platform:
    centre: {label: 中心, lasts: state, levels: [provincial, national]}
  project:
    patent: {label: 专利, needs_evidence: true}
parameters:
  floor: {label: 起点, values: {2020-01-01: 500万元}}
facts:
  five_hundred: {label: 500强数, count: {kind: centre}}
  more: {label: 合计数, sum: [five_hundred, 3个]}
  grown: {label: 增长, growth: {of: rd_expenditure, since: previous, if_not_positive: 0%}}
  size_before: {label: 上年规模, previous: size}
  starred: {label: 有星, when: {holds: {kind: star, level: {at_least: provincial}, status: [applied, recognised]}}}
  reached: {label: 够线, when: {main_business_revenue: {at_least: {parameter: floor}}}}
  paid:
    label: 档位
    table:
      - {is: high, label: 高, when: {five_hundred: {more_than: 3个}}}
      - {otherwise: low, label: 低}
  flag: {label: 标记, table: [{is: true, when: {in_jurisdiction: true}}, {otherwise: false}]}
  lately:
    label: 近来
    when:
      exists:
        category: platform
        kind: centre
        where: {level: {at_least: municipal}, reviewed: {within: {last: 2年}}, status: recognised}
        during: plan
layers:
  upper: {label: 高端, of: [platform, key_technology]}
profile:
  rd_input: {rd_expenditure: {more_than: 0元}}
classes:
  size:
    label: 规模
    rows:
      - {is: large, label: 大型, when: {employees: {at_least: 1000人}}}
      - {otherwise: other, label: 其他}
  words:
    label: 毛病
    many: true
    rows: [{is: thin, label: 薄, when: {able: false}}, {is: poor, label: 弱, when: {active: upper}}]
coverages:
  covered:
    label: 全覆盖
    scope: {size: [large, other], ownership: state, grade: good, words: thin}
    covered_when: {active: any}
awards:
  first:
    label: 头奖
    paid_to: staff
    eligible_when: {covered: covered, paid: high, flag: true, size_before: large, year: 2020年}
    for_each: {category: project, where: {kind: patent, quantity: {at_least: 2个}}}
    amount: {share: {between: [5%, 10%]}, of: amount, cap: 10万元}
  second: {label: 次奖, bearing: weighs, unless: {first: eligible}, eligible_when: {at_least_of: {n: 1, of: [{able: true}]}}}
  third: {label: 三奖, kind: tax, eligible_when: {able: true}}
targets:
  all:
    label: 全都
    measure: {coverage: covered, over: all}
    at_least: 100%
  built: {label: 建成, measure: {statistic: bureau_count, basis: stock}, at_least: {2020-12-31: 3家}}
"""

CHINESE = """\
规则包: town
标题: 镇
辖区: {行政区划代码: "140400"}
施行: {自: 2020-01-01}
期间: {规划期: {英文名: plan, 自: 2020-01-01, 至: 2020-12-31}}
填报项:
  有条件: {属于: 企业, 类型: 是非, 英文名: able}
  等次: {属于: 企业, 类型: 选项, 英文名: grade, 可选值: {优: good, 良: fair}}
  评审日期: {属于: 活动, 类型: 日期, 英文名: reviewed}
  局里的数: {属于: 地区, 类型: 计数, 单位: 家, 英文名: bureau_count}
资质种类:
  星级企业: {英文名: star}
活动种类:
  创新平台:
    中心: {英文名: centre, 持续: 状态, 可有级别: [省级, 国家级]}
  创新项目:
    专利: {英文名: patent, 需说明: 是}
参数:
  起点: {英文名: floor, 取值: {2020-01-01: 500万元}}
事实:
  500强数: {英文名: five_hundred, 计数: {种类: 中心}}
  合计数: {英文名: more, 和: ["500强数", 3个]}
  增长: {英文名: grown, 增长率: {数: R&D经费内部支出, 相比: 上年, 分母非正时: 0%}}
  上年规模: {英文名: size_before, 上年: 规模}
  有星: {英文名: starred, 当: {具有资质: {种类: 星级企业, 级别: {不低于: 省级}, 状态: [已申报, 已认定]}}}
  够线: {英文名: reached, 当: {主营业务收入: {不低于: {参数: 起点}}}}
  档位:
    英文名: paid
    分行:
      - {为: 高, 英文名: high, 当: {500强数: {超过: 3个}}}
      - {其余: 低, 英文名: low}
  标记: {英文名: flag, 分行: [{为: 是, 当: {在辖区内: 是}}, {其余: 否}]}
  近来:
    英文名: lately
    当:
      存在:
        方面: 创新平台
        种类: 中心
        其中: {级别: {不低于: 市级}, 评审日期: {期间内: {最近: 2年}}, 状态: 已认定}
        时段: 规划期
层次:
  高端: {英文名: upper, 包括: [创新平台, 关键技术]}
画像:
  创新投入: {R&D经费内部支出: {超过: 0元}}
分类:
  规模:
    英文名: size
    分行:
      - {为: 大型, 英文名: large, 当: {从业人员: {不低于: 1000人}}}
      - {其余: 其他, 英文名: other}
  毛病:
    英文名: words
    可多选: 是
    分行: [{为: 薄, 英文名: thin, 当: {有条件: 否}}, {为: 弱, 英文名: poor, 当: {活跃: 高端}}]
覆盖:
  全覆盖:
    英文名: covered
    范围: {规模: [大型, 其他], 控股情况: 国有, 等次: 优, 毛病: 薄}
    覆盖条件: {活跃: 任一}
奖励:
  头奖:
    英文名: first
    支付给: 人员
    享受条件: {全覆盖: 已覆盖, 档位: 高, 标记: 是, 上年规模: 大型, 年份: 2020年}
    逐项: {方面: 创新项目, 其中: {活动类型: 专利, 数目: {不低于: 2个}}}
    金额: {比例: {介于: [5%, 10%]}, 基数: 金额, 封顶: 10万元}
  次奖: {英文名: second, 分量: 重要条件, 除外: {头奖: 可享受}, 享受条件: {至少几项: {n: 1, 所列: [{有条件: 是}]}}}
  三奖: {英文名: third, 类别: 税收优惠, 享受条件: {有条件: 是}}
目标:
  全都:
    英文名: all
    指标: {覆盖率: 全覆盖, 对象: 全部}
    不低于: 100%
  建成: {英文名: built, 指标: {统计指标: 局里的数, 口径: 存量}, 不低于: {2020-12-31: 3家}}
"""
"""The same pack, written by hand: between them the two hold every kind of name."""


def link(text: str) -> Linked:
    document = reader.read(text.encode(), "town.yaml")
    return linker.link(Parsed(parser.parse(document), document), extended)


def extended(name: g.Name) -> Parsed:
    raise AssertionError(f"nothing is extended here: {name}")


def read_and_check(text: str) -> None:
    linked = link(text)
    problems = Problems(linked.sources)
    compiler.lower_everything(linked, 2020, date(2020, 12, 31), problems)
    problems.raise_if_any()


def codes(text: str) -> list[tuple[str, int]]:
    """(code, line) of each mistake that is found in a pack."""
    with pytest.raises(PackError) as caught:
        read_and_check(text)
    return [(one.code, one.place.line) for one in caught.value.diagnostics if one.place]


def changed(text: str, old: str, new: str) -> tuple[str, int]:
    """The text with one thing changed, and the line of the change."""
    assert text.count(old) == 1, old
    return text.replace(old, new), text[: text.index(old)].count("\n") + 1


def test_both_spellings_have_one_digest() -> None:
    assert linker.canonical(link(CHINESE).pack) == linker.canonical(link(ENGLISH).pack)
    assert link(CHINESE).digest == link(ENGLISH).digest


def test_both_spellings_compile_to_one_program() -> None:
    chinese, english = (compiler.compile(link(text), 2020, date(2020, 12, 31)) for text in (CHINESE, ENGLISH))
    assert chinese.nodes == english.nodes
    assert chinese.labels == english.labels
    assert [one.id for one in chinese.awards] == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{活跃: 任一}", "{活跃: 随便}", "unknown-category"),
        ("画像:\n  创新投入", "画像:\n  创新投人", "unknown-category"),
        ("{主营业务收入: {不低于", "{主营业务收人: {不低于", "unknown-fact"),
        ("评审日期: {期间内", "评审日: {期间内", "unknown-activity-fact"),
        (
            "存在:\n        方面: 创新平台\n        种类: 中心",
            "存在:\n        方面: 创新平台\n        种类: 中芯",
            "unknown-kind",
        ),
        ("{种类: 星级企业,", "{种类: 星极企业,", "unknown-qualification"),
        ("{参数: 起点}", "{参数: 起步}", "unknown-parameter"),
        ("时段: 规划期", "时段: 规化期", "unknown-period"),
        ("状态: [已申报, 已认定]", "状态: [已申报, 认定了]", "unknown-status"),
        ("{级别: {不低于: 市级}", "{级别: {不低于: 地级}", "unknown-level"),
        ("控股情况: 国有", "控股情况: 国营", "unknown-choice-value"),
        ("等次: 优,", "等次: 忧,", "unknown-choice-value"),
        ("{规模: [大型, 其他]", "{规模: [大形, 其他]", "unknown-choice-value"),
        ("{全覆盖: 已覆盖", "{全覆盖: 覆盖了", "unknown-choice-value"),
        ("{覆盖率: 全覆盖", "{覆盖率: 全复盖", "unknown-coverage"),
        ("{统计指标: 局里的数", "{统计指标: 局里数", "unknown-statistic"),
        ("{有条件: 否}", "{有条件: 没有}", "expected-yes-no"),
        ("{主营业务收入: {不低于", "{main_business_revenue: {不低于", "mixed-spelling"),
        ("时段: 规划期", "时段: plan", "mixed-spelling"),
        ("控股情况: 国有", "控股情况: state", "mixed-spelling"),
        ("需说明: 是", "needs_evidence: 是", "mixed-spelling"),
        ("持续: 状态", "持续: state", "mixed-spelling"),
    ],
)
def test_a_mistake_in_a_chinese_name_is_one_error(old: str, new: str, code: str) -> None:
    text, line = changed(CHINESE, old, new)
    found = codes(text)
    assert [one for one, _ in found] == [code]
    assert found[0][1] in range(line, line + 1 + new.count("\n"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{main_business_revenue: {at_least", "{主营业务收入: {at_least"),
        ("kind: centre\n", "kind: 中心\n"),
        ("{parameter: floor}", "{parameter: 起点}"),
        ("ownership: state", "ownership: 国有"),
        ("{size: [large,", "{size: [大型,"),
        ("{active: any}", "{active: 任一}"),
        ("lasts: state", "lasts: 状态"),
        ("needs_evidence: true", "需说明: true"),
        ("within: {last: 2年}", "期间内: {last: 2年}"),
    ],
)
def test_a_chinese_name_in_an_english_file_is_mixed_spelling(old: str, new: str) -> None:
    text, line = changed(ENGLISH, old, new)
    assert ("mixed-spelling", line) in codes(text)
    assert {code for code, _ in codes(text)} == {"mixed-spelling"}


def test_a_label_that_names_two_things_is_refused_where_it_is_used() -> None:
    text, _ = changed(CHINESE, "有条件: {属于", "够线: {属于")
    text = text.replace("{有条件: 否}", "{够线: 否}").replace("{有条件: 是}", "{标记: 是}")
    assert [code for code, _ in codes(text)] == ["ambiguous-name"]


def test_true_and_false_are_of_both_spellings() -> None:
    text, _ = changed(CHINESE, "{有条件: 否}", "{有条件: false}")
    assert link(text).digest == link(ENGLISH).digest


def test_without_an_english_name_the_label_is_the_identifier() -> None:
    text, _ = changed(CHINESE, "星级企业: {英文名: star}", "星级企业: {备注: 无}")
    assert link(text).ids("qualification_kinds") == ["星级企业"]


def test_a_chinese_pack_extends_an_english_one() -> None:
    lower = """\
规则包: street
标题: 街
辖区: {行政区划代码: "140402"}
施行: {自: 2020-01-01}
沿用: [town]
覆盖:
  街覆盖: {英文名: street_cover, 范围: {规模: 大型}, 覆盖条件: {有星: 是}}
奖励:
  街奖: {英文名: street_award, 落实: town.三奖}
"""
    document = reader.read(lower.encode(), "street.yaml")
    above = reader.read(ENGLISH.encode(), "town.yaml")
    linked = linker.link(
        Parsed(parser.parse(document), document), lambda _: Parsed(parser.parse(above), above)
    )
    assert linked.pack.awards["street_award"].grants == "town.third"
    assert compiler.compile(linked, 2020, date(2020, 12, 31)).awards[0].kind == "tax"
