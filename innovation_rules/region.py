"""What no enterprise's row holds: the statistics of a region, by year, each figure with its vintage.

`assess` judges a region's targets on it; a pack's `inputs` of a region say how each statistic is read.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from innovation_rules.activities import Inputs
from innovation_rules.fields import Day, Model, Raw, Region, Text, Year, fact, known
from innovation_rules.quantities import Named


class Basis(Named):
    """How a statistic was recorded; one never adds to another."""

    STOCK = "stock", "期末数"
    FLOW = "flow", "当年数"
    CUMULATIVE = "cumulative", "累计数"


class Statistic(Model):
    """One published figure: its value, how it was recorded, and the day it was published."""

    value: Raw = known("值")
    basis: Basis | None = fact("口径", "统计公报、统计年鉴")
    vintage: Day | None = fact("发布日期", "统计公报、统计年鉴")


def _vintages(value: object) -> object:
    """One figure alone, or a list of the vintages of it."""
    if isinstance(value, list | tuple):
        return value
    return (value if isinstance(value, dict | Statistic) else {"value": value},)


Vintages = Annotated[tuple[Statistic, ...], BeforeValidator(_vintages)]


class RegionStatistics(Model):
    """The statistics of one region (GB/T 2260), by year and by the name that a pack declares."""

    region: Region = known("行政区划", "GB/T 2260")
    name: Text | None = fact("地区名称", "GB/T 2260")
    statistics: dict[Year, dict[Text, Vintages]] = Field(default_factory=dict, title="统计数据")
    inputs: Inputs = Field(default_factory=dict, title="补充信息")

    def statistic(self, name: str, year: int, as_of: date | None = None) -> Statistic | None:
        """The latest vintage that was out on the as-of date; one without a date counts as the oldest."""
        held = [
            one
            for one in self.statistics.get(year, {}).get(name, ())
            if as_of is None or one.vintage is None or one.vintage <= as_of
        ]
        return max(held, key=lambda one: one.vintage or date.min, default=None)
