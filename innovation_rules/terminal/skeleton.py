"""Write a new pack: its file, its worked cases and its account of clauses, small and complete.

`cli new` calls it. What is written passes `check` and `test` as it is, in either spelling, and its cases show
every outcome. The two spellings say the same; the Chinese one has no English identifiers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from innovation_rules.errors import visible
from innovation_rules.pack import finder
from innovation_rules.terminal.bilingual import Text, fail

PACK_ZH: Final = """\
# {name}：样板。把数字、条款和名称换成文件里的；改一处，运行一次 check 和 test。
# 写法见 docs/authoring.md；`innovation-rules show {name}.yaml --section base` 列出可用的事实。
规则包: {name}
标题: 样板文件
辖区: {{行政区划代码: "140400", 名称: 长治市}}  # 换成所在地的六位区划代码，要加引号
文件: {{文号: 样板〔2020〕1号, 发文机关: 样板市人民政府, 发文日期: 2020-01-01}}
施行: {{自: 2020-01-01}}  # 只写起始日，就是至今有效
沿用: [national]  # 全国通用的定义，如在库规上工业企业、高新技术企业

填报项:  # 企业数据里没有、要另外填报的情况
  与高校合作紧密:
    属于: 企业
    类型: 是非
    认定方: 主管部门
    条款: 三(三)
    解读: {{读法: 由市科技局认定，未认定即为未知, 理由: 条款没有写怎样算紧密}}

活动种类:  # 文件点名的机构、项目、人才，按六个方面归
  创新平台:
    企业技术中心: {{持续: 状态, 条款: 一(二)}}
    联合实验室: {{持续: 状态, 条款: 一(二)}}

参数:  # 会变的数字：一个名字，一段历史
  研发投入强度下限: {{条款: 二, 取值: {{2020-01-01: 2.5%}}}}

事实:  # 由基础数据推出的事实
  研发投入强度:
    条款: 二
    比率: {{分子: R&D经费内部支出, 分母: 主营业务收入, 分母非正时: 0%}}

分类:  # 自上而下，取第一个成立的行
  研发投入分类:
    条款: 二
    分行:
      - {{为: 引领类, 当: {{研发投入强度: {{不低于: {{参数: 研发投入强度下限}}}}}}}}
      - {{为: 成长类, 当: {{R&D经费内部支出: {{超过: 0元}}}}}}
      - {{其余: 起步类}}

覆盖:  # 哪些企业在范围内，满足什么算已覆盖
  创新活动全覆盖:
    条款: 一
    范围: {{在库规上工业企业: 是}}
    覆盖条件:
      R&D经费内部支出: {{超过: 0元}}
      任一:
        - 存在: {{种类: 企业技术中心, 级别: {{不低于: 市级}}, 状态: 已认定}}
        - 有活动: 联合实验室

奖励:  # 奖励、优惠、优先与指导
  研发投入奖励:  # 按比例，有封顶
    类别: 奖励
    条款: 三(一)
    实施单位: [样板市财政局]
    享受条件: {{创新活动全覆盖: 已覆盖, 研发投入分类: 引领类}}
    金额: {{比例: 10%, 基数: R&D经费内部支出, 封顶: 50万元, 取整: {{到: 1元}}}}
  技术中心奖励:  # 逐项：当年新认定的每一个各奖多少
    类别: 奖励
    条款: 三(二)
    实施单位: [样板市财政局]
    享受条件: {{在库规上工业企业: 是}}
    逐项:
      种类: 企业技术中心
      级别: {{不低于: 省级}}
      状态: 已认定
      其中: {{开始日期: {{期间内: 当年}}}}
    金额: {{定额: 20万元, 封顶: 40万元}}
  优先推荐省级项目:  # 优先：只影响先后，结果是“优先考虑”或“不优先”
    类别: 优先
    条款: 三(三)
    分量: 重要条件
    享受条件: {{创新活动全覆盖: 已覆盖, 与高校合作紧密: 是, 具有资质: {{种类: 高新技术企业}}}}

目标:  # 地区目标，用 assess 评估
  创新活动覆盖率:
    条款: 四(一)
    指标: {{覆盖率: 创新活动全覆盖}}
    不低于: {{2020-12-31: 40%, 2021-12-31: 70%, 2022-12-31: 100%}}
  全市研发投入强度:
    条款: 四(二)
    指标:
      比率:
        分子: {{总和: R&D经费内部支出, 对象: {{在库规上工业企业: 是}}}}
        分母: {{总和: 主营业务收入, 对象: {{在库规上工业企业: 是}}}}
    不低于: 2%
    截止: 2022-12-31

日程:  # 时限、报告与通报
  每月报送进展:
    条款: 五
    责任单位: [各县区科技局]
    时限: {{每月: 5}}
    报送: [样板市科技局]
"""

CASES_ZH: Final = """\
# {name} 的算例：一家企业、由条款推出的预期结果、推出的经过。每条规则都要有成立和不成立两种算例。
规则包: {name}

起点企业:
  工厂:  # 各算例只写与它不同之处；未知 表示不知道
    行政区划: "140403"
    行业代码: "3411"
    在库规上: {{2020: 是}}
    年度报告: {{2020: {{R&D经费内部支出: 100万元, 主营业务收入: 4000万元}}}}
    创新活动:
      - {{活动类别: 创新平台, 活动类型: 企业技术中心, 级别: 省级, 状态: 已认定, 开始日期: 2020-06-01, 结束日期: 持续}}
    资质:
      - {{资质类型: 高新技术企业, 状态: 已认定, 认定日期: 2019-09-16, 有效期至: 2022-09-15}}
    补充信息: {{与高校合作紧密: 是}}

算例:
  - 名称: 样样都有，强度刚好达到下限
    条款: 一；二；三
    理由: 100万元除以4000万元等于2.5%，达到即为引领类；奖励为10%，即10万元；当年认定一个省级技术中心，20万元
    年份: 2020
    企业: {{参照: 工厂}}
    预期:
      覆盖: 已覆盖
      画像: {{创新平台: 有, 创新人才: 无}}
      分类: {{研发投入分类: 引领类}}
      奖励:
        研发投入奖励: {{结果: 可享受, 金额: 10万元}}
        技术中心奖励: {{结果: 可享受, 金额: 20万元}}
        优先推荐省级项目: 优先考虑
  - 名称: 强度差一点
    条款: 二；三(一)
    理由: 收入多一元，比值就低于2.5%，只是成长类，没有研发投入奖励
    年份: 2020
    企业: {{参照: 工厂, 年度报告: {{2020: {{主营业务收入: 40000001元}}}}}}
    预期: {{覆盖: 已覆盖, 分类: {{研发投入分类: 成长类}}, 奖励: {{研发投入奖励: 不可享受}}}}
  - 名称: 奖励封顶
    条款: 三(一)
    理由: 600万元的10%是60万元，最高50万元
    年份: 2020
    企业: {{参照: 工厂, 年度报告: {{2020: {{R&D经费内部支出: 600万元}}}}}}
    预期: {{奖励: {{研发投入奖励: {{结果: 可享受, 金额: 50万元}}}}}}
  - 名称: 没有研发经费
    条款: 一；二
    理由: 研发经费为零，未覆盖，属起步类，也就没有研发投入奖励，不优先
    年份: 2020
    企业: {{参照: 工厂, 年度报告: {{2020: {{R&D经费内部支出: 0元}}}}}}
    预期:
      覆盖: 未覆盖
      分类: {{研发投入分类: 起步类}}
      奖励: {{研发投入奖励: 不可享受, 优先推荐省级项目: 不优先}}
  - 名称: 没有机构
    条款: 一(二)；三(二)
    理由: 有研发经费和研发人员，但两类机构都没有，未覆盖，也没有技术中心可奖
    年份: 2020
    企业:
      参照: 工厂
      创新活动: [{{活动类别: 创新人才, 活动类型: 研发人员(逐人登记), 开始日期: 2018-01-01, 结束日期: 持续}}]
    预期: {{覆盖: 未覆盖, 画像: {{创新平台: 无, 创新人才: 有}}, 奖励: {{技术中心奖励: 不可享受}}}}
  - 名称: 研发经费未知
    条款: 一
    理由: 缺了要用的数字，就不下结论
    年份: 2020
    企业: {{参照: 工厂, 年度报告: {{2020: {{R&D经费内部支出: 未知}}}}}}
    预期: {{覆盖: 待定, 还缺: [R&D经费内部支出]}}
  - 名称: 不在库
    条款: 一
    理由: 不在规上名录库，不在范围
    年份: 2020
    企业: {{参照: 工厂, 在库规上: {{2020: 否}}}}
    预期: {{覆盖: 不在范围}}
"""

CLAUSES_ZH: Final = """\
# {name} 的条款清单：文件的每一条由什么编码，或者为什么不编码。
规则包: {name}
各条:
  - {{编号: 适用范围, 条款: 一(一), 性质: enterprise_eligibility, 编码于: [覆盖.创新活动全覆盖]}}
  - 编号: 机构要求
    条款: 一(二)
    性质: enterprise_eligibility
    编码于: [覆盖.创新活动全覆盖, 活动种类.企业技术中心, 活动种类.联合实验室]
  - {{编号: 投入分类, 条款: 二, 性质: definition, 数字: 2.5%, 编码于: [分类.研发投入分类, 参数.研发投入强度下限, 事实.研发投入强度]}}
  - {{编号: 投入奖励, 条款: 三(一), 性质: enterprise_eligibility, 数字: 10%；50万元, 编码于: [奖励.研发投入奖励]}}
  - {{编号: 中心奖励, 条款: 三(二), 性质: enterprise_eligibility, 数字: 20万元；40万元, 编码于: [奖励.技术中心奖励]}}
  - {{编号: 优先推荐, 条款: 三(三), 性质: priority_treatment, 编码于: [奖励.优先推荐省级项目, 填报项.与高校合作紧密]}}
  - {{编号: 覆盖率, 条款: 四(一), 性质: region_numeric_target, 数字: 40%；70%；100%, 编码于: [目标.创新活动覆盖率]}}
  - {{编号: 投入强度, 条款: 四(二), 性质: region_numeric_target, 数字: 2%, 编码于: [目标.全市研发投入强度]}}
  - {{编号: 月报, 条款: 五, 性质: reporting_deadline, 期限: 每月5日前, 编码于: [日程.每月报送进展]}}
  - {{编号: 加强领导, 条款: 六, 性质: process_step, 未编码: 工作程序, 理由: 对政府工作的要求，不判定企业}}
"""

PACK: Final = """\
# {name}：样板。把数字、条款和名称换成文件里的；改一处，运行一次 check 和 test。
# 写法见 docs/authoring.md；`innovation-rules show {name}.yaml --section base` 列出可用的事实。
pack: {name}
title: 样板文件
jurisdiction: {{within: "140400", name: 长治市}}  # 换成所在地的六位区划代码，要加引号
document: {{number: 样板〔2020〕1号, issuer: 样板市人民政府, issued: 2020-01-01}}
in_force: {{from: 2020-01-01}}  # 只写起始日，就是至今有效
extends: [national]  # 全国通用的定义，如在库规上工业企业、高新技术企业

inputs:  # 企业数据里没有、要另外填报的情况
  close_cooperation:
    of: enterprise
    type: yes_no
    found_by: authority
    label: 与高校合作紧密
    source: 三(三)
    interpretation: {{reading: 由市科技局认定，未认定即为未知, because: 条款没有写怎样算紧密}}

activity_kinds:  # 文件点名的机构、项目、人才，按六个方面归
  platform:
    technology_centre: {{label: 企业技术中心, lasts: state, source: 一(二)}}
    joint_laboratory: {{label: 联合实验室, lasts: state, source: 一(二)}}

parameters:  # 会变的数字：一个名字，一段历史
  intensity_floor: {{label: 研发投入强度下限, source: 二, values: {{2020-01-01: 2.5%}}}}

facts:  # 由基础数据推出的事实
  intensity:
    label: 研发投入强度
    source: 二
    ratio: {{of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}}

classes:  # 自上而下，取第一个成立的行
  rd_class:
    label: 研发投入分类
    source: 二
    rows:
      - {{is: leading, label: 引领类, when: {{intensity: {{at_least: {{parameter: intensity_floor}}}}}}}}
      - {{is: growing, label: 成长类, when: {{rd_expenditure: {{more_than: 0元}}}}}}
      - {{otherwise: starting, label: 起步类}}

coverages:  # 哪些企业在范围内，满足什么算已覆盖
  rd_coverage:
    label: 创新活动全覆盖
    source: 一
    scope: {{listed_industrial: true}}
    covered_when:
      rd_expenditure: {{more_than: 0元}}
      any:
        - exists: {{kind: technology_centre, level: {{at_least: municipal}}, status: recognised}}
        - has_activity: joint_laboratory

awards:  # 奖励、优惠、优先与指导
  intensity_reward:  # 按比例，有封顶
    label: 研发投入奖励
    kind: reward
    source: 三(一)
    granted_by: [样板市财政局]
    eligible_when: {{rd_coverage: covered, rd_class: leading}}
    amount: {{share: 10%, of: rd_expenditure, cap: 50万元, rounding: {{to: 1元}}}}
  centre_reward:  # 逐项：当年新认定的每一个各奖多少
    label: 技术中心奖励
    kind: reward
    source: 三(二)
    granted_by: [样板市财政局]
    eligible_when: {{listed_industrial: true}}
    for_each:
      kind: technology_centre
      level: {{at_least: provincial}}
      status: recognised
      where: {{started: {{within: year}}}}
    amount: {{fixed: 20万元, cap: 40万元}}
  priority_recommendation:  # 优先：只影响先后，结果是“优先考虑”或“不优先”
    label: 优先推荐省级项目
    kind: priority
    source: 三(三)
    bearing: weighs
    eligible_when: {{rd_coverage: covered, close_cooperation: true, holds: {{kind: high_tech_enterprise}}}}

targets:  # 地区目标，用 assess 评估
  coverage_rate:
    label: 创新活动覆盖率
    source: 四(一)
    measure: {{coverage: rd_coverage}}
    at_least: {{2020-12-31: 40%, 2021-12-31: 70%, 2022-12-31: 100%}}
  intensity_target:
    label: 全市研发投入强度
    source: 四(二)
    measure:
      ratio:
        of: {{sum_of: rd_expenditure, over: {{listed_industrial: true}}}}
        to: {{sum_of: main_business_revenue, over: {{listed_industrial: true}}}}
    at_least: 2%
    by: 2022-12-31

schedule:  # 时限、报告与通报
  monthly_report:
    label: 每月报送进展
    source: 五
    responsible: [各县区科技局]
    due: {{monthly: 5}}
    to: [样板市科技局]
"""

CASES: Final = """\
# {name} 的算例：一家企业、由条款推出的预期结果、推出的经过。每条规则都要有成立和不成立两种算例。
pack: {name}

enterprises:
  factory:  # 各算例只写与它不同之处；null 表示未知
    region: "140403"
    industry: "3411"
    in_directory: {{2020: true}}
    reports: {{2020: {{rd_expenditure: 100万元, main_business_revenue: 4000万元}}}}
    activities:
      - {{category: platform, kind: technology_centre, level: provincial, status: recognised, started: 2020-06-01, ended: ongoing}}
    qualifications:
      - {{kind: high_tech_enterprise, status: recognised, granted: 2019-09-16, expires: 2022-09-15}}
    inputs: {{close_cooperation: true}}

cases:
  - name: 样样都有，强度刚好达到下限
    clause: 一；二；三
    why: 100万元除以4000万元等于2.5%，达到即为引领类；奖励为10%，即10万元；当年认定一个省级技术中心，20万元
    year: 2020
    enterprise: {{like: factory}}
    expect:
      coverage: covered
      profile: {{platform: active, talent: inactive}}
      classes: {{rd_class: leading}}
      awards:
        intensity_reward: {{status: eligible, amount: 10万元}}
        centre_reward: {{status: eligible, amount: 20万元}}
        priority_recommendation: favoured
  - name: 强度差一点
    clause: 二；三(一)
    why: 收入多一元，比值就低于2.5%，只是成长类，没有研发投入奖励
    year: 2020
    enterprise: {{like: factory, reports: {{2020: {{main_business_revenue: 40000001元}}}}}}
    expect: {{coverage: covered, classes: {{rd_class: growing}}, awards: {{intensity_reward: ineligible}}}}
  - name: 奖励封顶
    clause: 三(一)
    why: 600万元的10%是60万元，最高50万元
    year: 2020
    enterprise: {{like: factory, reports: {{2020: {{rd_expenditure: 600万元}}}}}}
    expect: {{awards: {{intensity_reward: {{status: eligible, amount: 50万元}}}}}}
  - name: 没有研发经费
    clause: 一；二
    why: 研发经费为零，未覆盖，属起步类，也就没有研发投入奖励，不优先
    year: 2020
    enterprise: {{like: factory, reports: {{2020: {{rd_expenditure: 0元}}}}}}
    expect:
      coverage: not_covered
      classes: {{rd_class: starting}}
      awards: {{intensity_reward: ineligible, priority_recommendation: not_favoured}}
  - name: 没有机构
    clause: 一(二)；三(二)
    why: 有研发经费和研发人员，但两类机构都没有，未覆盖，也没有技术中心可奖
    year: 2020
    enterprise:
      like: factory
      activities: [{{category: talent, kind: rd_person, started: 2018-01-01, ended: ongoing}}]
    expect: {{coverage: not_covered, profile: {{platform: inactive, talent: active}}, awards: {{centre_reward: ineligible}}}}
  - name: 研发经费未知
    clause: 一
    why: 缺了要用的数字，就不下结论
    year: 2020
    enterprise: {{like: factory, reports: {{2020: {{rd_expenditure: null}}}}}}
    expect: {{coverage: undetermined, missing: [rd_expenditure]}}
  - name: 不在库
    clause: 一
    why: 不在规上名录库，不在范围
    year: 2020
    enterprise: {{like: factory, in_directory: {{2020: false}}}}
    expect: {{coverage: out_of_scope}}
"""

CLAUSES: Final = """\
# {name} 的条款清单：文件的每一条由什么编码，或者为什么不编码。
pack: {name}
clauses:
  - {{id: scope, locator: 一(一), kind: enterprise_eligibility, encoded_by: [coverages.rd_coverage]}}
  - id: institutions
    locator: 一(二)
    kind: enterprise_eligibility
    encoded_by: [coverages.rd_coverage, activity_kinds.technology_centre, activity_kinds.joint_laboratory]
  - {{id: classes, locator: 二, kind: definition, figure: 2.5%, encoded_by: [classes.rd_class, parameters.intensity_floor, facts.intensity]}}
  - {{id: intensity_reward, locator: 三(一), kind: enterprise_eligibility, figure: 10%；50万元, encoded_by: [awards.intensity_reward]}}
  - {{id: centre_reward, locator: 三(二), kind: enterprise_eligibility, figure: 20万元；40万元, encoded_by: [awards.centre_reward]}}
  - {{id: priority, locator: 三(三), kind: priority_treatment, encoded_by: [awards.priority_recommendation, inputs.close_cooperation]}}
  - {{id: coverage_rate, locator: 四(一), kind: region_numeric_target, figure: 40%；70%；100%, encoded_by: [targets.coverage_rate]}}
  - {{id: intensity_target, locator: 四(二), kind: region_numeric_target, figure: 2%, encoded_by: [targets.intensity_target]}}
  - {{id: monthly_report, locator: 五, kind: reporting_deadline, deadline: 每月5日前, encoded_by: [schedule.monthly_report]}}
  - {{id: strengthen_leadership, locator: 六, kind: process_step, not_encoded: process, because: 对政府工作的要求，不判定企业}}
"""

FOLDERS: Final = ("", "cases", "clauses")
TEXTS: Final = {"zh": (PACK_ZH, CASES_ZH, CLAUSES_ZH), "en": (PACK, CASES, CLAUSES)}


def write(name: str, folder: Path, names: str) -> Iterator[Path]:
    """Write the three files, each one's path as it is written. Nothing is overwritten."""
    if not finder.is_name(name) or name == "auto":
        fail(
            Text(f"`{visible(name)}` 不能作规则包的名称", f"`{visible(name)}` can't name a pack"),
            Text(
                "用字母、数字和下划线，以字母开头，如 luzhou_2024",
                "use letters, digits and _, a letter first, such as luzhou_2024",
            ),
        )
    paths = [folder / part / f"{name}.yaml" for part in FOLDERS]
    for path in paths:
        if path.exists() or path.is_symlink():
            shown = visible(str(path))
            fail(
                Text(f"`{shown}` 已经有了", f"`{shown}` is already there"),
                Text("换一个名称，或先移走", "choose another name, or move it away"),
            )
    for path, text in zip(paths, TEXTS[names], strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(name=name), encoding="utf-8", newline="\n")
        yield path
