"""Write a new pack: its file, its worked cases and its account of clauses, small and complete.

`cli new` calls it. What is written passes `check` and `test` as it is, in either spelling.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from innovation_rules.bilingual import Text, fail
from innovation_rules.errors import visible
from innovation_rules.pack import finder

PACK: Final = """\
# {name}：样板。把数字、条款和名称换成文件里的；改一处，运行一次 check 和 test。
# 写法见 docs/authoring.md；`innovation-rules show {name}.yaml --section base` 列出可用的事实。
pack: {name}
title: 样板文件
jurisdiction: {{within: "000000", name: 全国}}        # 换成所在地的六位区划代码，要加引号
document: {{number: 样板〔2020〕1号, issuer: 样板市人民政府, issued: 2020-01-01}}
in_force: {{from: 2020-01-01}}                        # 没有 to，就是至今有效
periods: {{plan: {{from: 2020-01-01, to: 2020-12-31}}}}

parameters:                                          # 会变的数字：一个名字，一段历史
  intensity_floor:
    label: 研发投入强度下限
    source: 一
    values: {{2020-01-01: 2.5%}}

facts:                                               # 由基础数据推出的事实
  rd_intensity:
    label: 研发投入强度
    source: 一
    ratio: {{of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}}

coverages:                                           # 覆盖：哪些企业在范围内，满足什么算已覆盖
  rd_coverage:
    label: 研发活动全覆盖
    source: 一
    scope: {{in_directory: true}}
    covered_when: {{rd_expenditure: {{more_than: 0元}}}}

awards:                                              # 奖励、优惠、优先与指导
  intensity_reward:
    label: 研发投入强度奖励
    kind: reward
    source: 二
    granted_by: [样板市财政局]
    eligible_when:
      rd_coverage: covered
      rd_intensity: {{at_least: {{parameter: intensity_floor}}}}
    amount: {{share: 10%, of: rd_expenditure, cap: 50万元, rounding: {{to: 1元}}}}
"""

CASES: Final = """\
# {name} 的算例：一家企业、由条款推出的预期结果、推出的经过。每条规则都要有成立和不成立两种算例。
pack: {name}

enterprises:
  factory:                                           # 起点企业；各算例只写与它不同之处，null 表示未知
    region: "110101"
    industry: "3411"
    in_directory: {{2020: true}}
    reports: {{2020: {{rd_expenditure: 100万元, main_business_revenue: 4000万元}}}}

cases:
  - name: 强度刚好达到下限
    clause: 二
    why: 100万元除以4000万元等于2.5%，达到即可享受；奖励为10%，即10万元
    year: 2020
    enterprise: {{like: factory}}
    expect:
      coverage: covered
      awards: {{intensity_reward: {{status: eligible, amount: 10万元}}}}
  - name: 强度差一点
    clause: 二
    why: 收入多一元，比值就低于2.5%
    year: 2020
    enterprise: {{like: factory, reports: {{2020: {{main_business_revenue: 40000001元}}}}}}
    expect:
      coverage: covered
      awards: {{intensity_reward: ineligible}}
  - name: 没有研发经费
    clause: 一
    why: 研发经费为零，未覆盖，也就没有奖励
    year: 2020
    enterprise: {{like: factory, reports: {{2020: {{rd_expenditure: 0元}}}}}}
    expect: {{coverage: not_covered, awards: {{intensity_reward: ineligible}}}}
  - name: 研发经费未知
    clause: 一
    why: 缺了要用的数字，就不下结论
    year: 2020
    enterprise: {{like: factory, reports: {{2020: {{rd_expenditure: null}}}}}}
    expect: {{coverage: undetermined, missing: [rd_expenditure@2020]}}
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
  - {{id: rd_coverage, locator: 一, kind: enterprise_eligibility, encoded_by: [coverages.rd_coverage]}}
  - id: rd_intensity_floor
    locator: 一
    kind: enterprise_eligibility
    figure: ">= 2.5 percent"
    encoded_by: [parameters.intensity_floor, facts.rd_intensity]
  - {{id: intensity_reward, locator: 二, kind: award, figure: 10 percent, encoded_by: [awards.intensity_reward]}}
  - {{id: strengthen_leadership, locator: 三, kind: process_step, not_encoded: process, because: 对政府工作的要求，不判定企业}}
"""

PARTS: Final = (("", PACK), ("cases", CASES), ("clauses", CLAUSES))


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
    paths = [folder / part / f"{name}.yaml" for part, _ in PARTS]
    for path in paths:
        if path.exists() or path.is_symlink():
            shown = visible(str(path))
            fail(
                Text(f"`{shown}` 已经有了", f"`{shown}` is already there"),
                Text("换一个名称，或先移走", "choose another name, or move it away"),
            )
    for path, (_, text) in zip(paths, PARTS, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(name=name), encoding="utf-8", newline="\n")
        yield path
    if names == "zh":
        _respell(paths[0])


def _respell(path: Path) -> None:
    """The pack in the Chinese spelling; its cases and clauses keep the identifiers, which both spellings share."""
    from innovation_rules.pack import reader
    from innovation_rules.pack.formatter import format_source

    path.write_text(format_source(reader.read_file(path), "zh"), encoding="utf-8", newline="\n")
