"""The neutral workload: 15 facts of an enterprise, 10 rules over them, records at the rules' thresholds.

Read by decision.py, which runs it on every contender, and said once more in workload.yaml, in our own
language. The rules are in the manner of the policies (a floor, ratios, and/or, k of n, first-match tiers)
and no law. Money is an integer in 千元: small enough that no contender is helped or hurt by the unit.
"""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

Record = dict[str, Any]
SEED = 20_200_601

FACTS: dict[str, type] = {
    "in_directory": bool,
    "industry": str,
    "main_business_revenue": int,
    "operating_revenue": int,
    "total_assets": int,
    "employees": int,
    "rd_personnel": int,
    "rd_expenditure": int,
    "new_product_revenue": int,
    "patents": int,
    "standards": int,
    "high_tech": bool,
    "partner": bool,
    "rd_institution": bool,
    "restricted": bool,
}


class Outcome(NamedTuple):
    """What the ten rules say, in their order; every contender must say the same."""

    in_scope: bool
    rd_active: bool
    intensive: bool
    staffed: bool
    size: str
    capable: bool
    covered: bool
    subsidy: bool
    new_products: bool
    points: int


def plain(r: Record) -> Outcome:
    """The rules as a plain Python function: the floor, without unknowns and without reasons."""
    revenue, spent = r["main_business_revenue"], r["rd_expenditure"]
    in_scope = r["in_directory"] and r["industry"].startswith(("06", "13", "26", "35")) and revenue >= 20_000
    rd_active = spent > 0
    intensive = revenue > 0 and spent * 1000 >= revenue * 25
    staffed = r["employees"] > 0 and r["rd_personnel"] * 10 >= r["employees"]
    if r["employees"] >= 1000 and r["operating_revenue"] >= 400_000:
        size = "large"
    elif r["employees"] >= 300 and r["operating_revenue"] >= 20_000:
        size = "medium"
    elif r["employees"] >= 20 and r["operating_revenue"] >= 3_000:
        size = "small"
    else:
        size = "micro"
    assets = r["rd_institution"] + r["high_tech"] + (r["patents"] >= 3) + (r["standards"] >= 1) + r["partner"]
    capable = assets >= 2
    covered = in_scope and (rd_active or (r["high_tech"] and r["rd_institution"]))
    subsidy = (
        not r["restricted"]
        and intensive
        and capable
        and size in ("medium", "small")
        and r["total_assets"] <= 1_000_000
    )
    new_products = (
        r["operating_revenue"] > 0 and r["new_product_revenue"] * 5 >= r["operating_revenue"]
    ) or (r["patents"] >= 5 and rd_active)
    if revenue <= 0:
        points = 0
    elif spent * 100 >= revenue * 6:
        points = 50
    elif spent * 100 >= revenue * 5:
        points = 40
    elif spent * 100 >= revenue * 4:
        points = 30
    else:
        points = 0
    return Outcome(
        in_scope, rd_active, intensive, staffed, size, capable, covered, subsidy, new_products, points
    )


def records(count: int, seed: int = SEED) -> Iterator[Record]:
    """Records whose numbers stand at a threshold, one unit either side, or nearby; the same for a seed."""
    dice = random.Random(seed)

    def near(*thresholds: int) -> int:
        return max(0, dice.choice(thresholds) + dice.choice((-1, 0, 0, 1)))

    def yes(chance: float) -> bool:
        return dice.random() < chance

    for _ in range(count):
        revenue = near(0, 20_000, 40_000, 200_000, 400_000, 1_000_000)
        operating = revenue if yes(0.5) else near(3_000, 20_000, 400_000)
        employees = near(0, 20, 100, 300, 500, 1_000)
        yield {
            "in_directory": yes(0.8),
            "industry": dice.choice(("0610", "1310", "2614", "3511", "4411", "5101")),
            "main_business_revenue": revenue,
            "operating_revenue": operating,
            "total_assets": near(50_000, 1_000_000),
            "employees": employees,
            "rd_personnel": near(employees // 10),
            "rd_expenditure": near(
                0, revenue * 25 // 1000, revenue * 4 // 100, revenue * 5 // 100, revenue * 6 // 100
            ),
            "new_product_revenue": near(operating // 5),
            "patents": near(0, 3, 5),
            "standards": near(0, 1),
            "high_tech": yes(0.4),
            "partner": yes(0.3),
            "rd_institution": yes(0.4),
            "restricted": yes(0.2),
        }
