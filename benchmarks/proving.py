"""How long proofs take: every check of `innovation-rules prove` on generated packs of 30 and 300 rules.

A rule has one to three tests: a figure against a threshold, a ratio, a class, an activity. Time is that of the solver,
of building its terms and of replaying what it finds. Beside each stands what a hand-written encoding took for the like
question on 30 and 300 rules. Run by `make bench`; with --quick 30 rules alone.
"""

import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from time import perf_counter

from innovation_rules import load_pack
from innovation_rules.audit.prover import CHECKS, Proofs, prove

HEAD = """pack: generated
title: 生成的规则包
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01, to: 2020-12-31}
inputs:
  known_brand: {of: enterprise, type: yes_no, label: 知名品牌, source: 一}
  in_park: {of: enterprise, type: yes_no, label: 在园区, source: 一}
activity_kinds:
  platform: {laboratory: {label: 实验室, source: 一}, centre: {label: 中心, source: 一}}
  project: {renovation: {label: 技改, source: 一}, product: {label: 新产品, source: 一}}
facts:
  intensity:
    label: 强度
    ratio: {of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}
    source: 一
    rises_with: [rd_expenditure]
  new_share:
    label: 新产品占比
    ratio: {of: new_product_revenue, to: main_business_revenue, if_not_positive: 0%}
    source: 一
    rises_with: [new_product_revenue]
classes:
  size:
    label: 规模
    source: 一
    rows:
      - {is: large, label: 大, when: {employees: {at_least: 1000人}, operating_revenue: {at_least: 4亿元}}}
      - {is: medium, label: 中, when: {employees: {at_least: 300人}, operating_revenue: {at_least: 2000万元}}}
      - {otherwise: small, label: 小}
coverages:
  innovation:
    label: 覆盖
    source: 一
    scope: {in_park: true}
    covered_when: {any: [{intensity: {at_least: 3%}}, {exists: {kind: laboratory}}]}
awards:
"""
MONEY = ("rd_expenditure", "main_business_revenue", "new_product_revenue", "total_assets", "taxable_income")
PEOPLE = ("employees", "rd_personnel")
REFERENCE = {
    "dead-outcome": (0.023, 0.32),
    "dead-condition": (0.023, 0.32),
    "shadowed-row": (0.013, 0.21),
    "undetermined": (0.053, 0.37),
    "overlap": (0.009, 0.40),
    "rising": (0.039, 0.18),
}
"""Seconds of a hand-written encoding for all questions of the kind, on 30 and on 300 rules (2 cores, z3 5.4)."""


def a_test(draw: random.Random) -> str:
    """One test of a rule."""
    match draw.randrange(6):
        case 0:
            return f"{draw.choice(MONEY)}: {{at_least: {draw.randrange(1, 400) * 50}万元}}"
        case 1:
            return f"{draw.choice(PEOPLE)}: {{at_least: {draw.randrange(1, 60) * 10}人}}"
        case 2:
            return f"{draw.choice(('intensity', 'new_share'))}: {{at_least: {draw.randrange(1, 60) / 2}%}}"
        case 3:
            return f"size: {draw.choice(('large', 'medium', 'small', '[large, medium]'))}"
        case 4:
            return f"{draw.choice(('known_brand', 'in_park'))}: true"
        case _:
            kind = draw.choice(("laboratory", "centre", "renovation", "product"))
            level = draw.choice(("municipal", "provincial"))
            return f"exists: {{kind: {kind}, level: {{at_least: {level}}}}}"


def written(rules: int, seed: int = 1) -> str:
    """A pack with so many awards."""
    draw = random.Random(seed)
    lines = []
    for number in range(rules):
        tests = {one.partition(":")[0]: one for one in (a_test(draw) for _ in range(draw.randrange(1, 4)))}
        when = f"{{{', '.join(tests.values())}}}"
        cap, share = draw.randrange(1, 9) * 100, draw.randrange(1, 20)
        amount = f"share: {share}%, of: rd_expenditure, cap: {cap}万元, rounding: {{to: 1元, mode: down}}"
        more = f", amount: {{{amount}}}" if number % 10 == 0 else ""
        lines.append(f"  a{number}: {{label: 奖励{number}, source: 一, eligible_when: {when}{more}}}\n")
    return HEAD + "".join(lines)


def timed(rules: int) -> dict[str, tuple[Proofs, float]]:
    """Each check alone, with its wall time."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated.yaml"
        path.write_text(written(rules), encoding="utf-8")
        pack = load_pack(path, cache=False)
        pack.program(2020)
        for check in CHECKS:
            start = perf_counter()
            found[check] = prove(pack, [check]), perf_counter() - start
    return found


def main() -> None:
    counts = (30,) if "--quick" in sys.argv else (30, 300)
    print(
        f"{'check':16} {'rules':>5} {'claims':>7} {'solved':>7} {'seconds':>8} {'ms a query':>11} {'reference s':>12}"
    )
    for place, rules in enumerate(counts):
        for check, (proofs, seconds) in timed(rules).items():
            if not proofs.findings:
                continue
            kinds: dict[str, int] = defaultdict(int)
            for one in proofs.findings:
                kinds[type(one.answer).__name__] += 1
            each = f"{1000 * seconds / proofs.solved:.1f}" if proofs.solved else ""
            reference = f"{REFERENCE[check][place]:.3f}" if check in REFERENCE else ""
            print(
                f"{check:16} {rules:5} {len(proofs.findings):7} {proofs.solved:7} {seconds:8.2f} {each:>11} {reference:>12}  {dict(kinds)}"
            )


if __name__ == "__main__":
    main()
