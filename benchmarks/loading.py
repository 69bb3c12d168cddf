"""Load generated packs of 100 and 1,000 rules: read anew, and from the cache, against the bare C loader.

The bare loader turns the same text into dictionaries and lists and does nothing else. Run by `make bench`.
"""

import os
import sys
import tempfile
from pathlib import Path

import ours
import yaml
from timing import goal, median_seconds, table

HEAD = """\
pack: generated
title: 生成的规则
jurisdiction: {within: "140400", name: 长治市}
document: {number: 生成〔2020〕1号, issuer: 基准测试, issued: 2020-01-01}
in_force: {from: 2020-01-01}

facts:
  rd_share:
    label: 投入占比
    ratio: {of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}

awards:
"""
RULE = """\
  rule_{n:04}:
    label: 第{n}条奖励
    kind: reward
    source: 二({n})
    granted_by: [市财政局, 市工信局]
    eligible_when:
      in_directory: true
      industry: {{under: ["{industry:02}", "35"]}}
      rd_share: {{at_least: {share}%}}
      any:
        - {{main_business_revenue: {{at_least: {money}万元}}, employees: {{at_least: {people}人}}}}
        - {{rd_expenditure: {{more_than: {spent}万元}}}}
        - at_least_of: {{n: 2, of: [{{rd_personnel: {{at_least: 5人}}}}, {{net_profit: {{more_than: 0元}}}}]}}
    unless: {{total_assets: {{more_than: {assets}亿元}}}}
    amount: {{share: 5%, of: rd_expenditure, cap: {cap}万元}}
    interpretation: {{reading: 按当年年报判断, because: 条款未写年份}}
"""


def pack_text(rules: int) -> str:
    """A pack of so many awards, each of about a dozen lines and 600 bytes, no two alike."""
    return HEAD + "".join(
        RULE.format(
            n=n,
            industry=13 + n % 30,
            share=1 + n % 9,
            money=2000 + n,
            people=20 + n % 500,
            spent=1 + n % 300,
            assets=10 + n % 90,
            cap=10 + n,
        )
        for n in range(1, rules + 1)
    )


def main() -> int:
    met = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # a cache of our own, empty at the start
        for rules in (100, 1000):
            text = pack_text(rules)
            path = Path(folder) / "generated.yaml"
            path.write_text(text, encoding="utf-8")
            figures = median_seconds(
                {
                    "bare C loader": lambda text=text: yaml.load(text, Loader=yaml.CSafeLoader),
                    "read anew": lambda path=path: ours.load(path),
                    "from the cache": lambda path=path: ours.load_cached(path),
                },
                rounds=7,
            )
            milliseconds = {name: seconds * 1000 for name, seconds in figures.items()}
            table(
                f"Loading {rules} rules ({len(text.encode()) // 1024} KiB)",
                milliseconds,
                "ms",
                "bare C loader",
            )
        met.append(goal("1,000 rules read anew", figures["read anew"] / figures["bare C loader"], 6, "x"))
        met.append(goal("1,000 rules from the cache", milliseconds["from the cache"], 30, "ms"))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
