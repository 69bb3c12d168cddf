"""Published figures through `assess`: the shares that follow from them, and the verdicts against the targets.

Fujian statistical yearbook 2020, industrial enterprises above designated size in 2019, by size; Shanxi's R&D bulletin
for 2020. The rows stand in the target's region and year: what is asked is how far a real province would be.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from innovation_rules import Enterprise, RegionStatistics, load_pack
from innovation_rules.assess import Judgement, assess
from innovation_rules.packs import Pack


class Row(NamedTuple):
    """Enterprises of a size, how many have an R&D institution, and a typical staff and revenue of the size."""

    size: str
    enterprises: int
    with_institution: int
    employees: int
    revenue: str


FUJIAN = (
    Row("large", 451, 172, 1500, "10亿元"),
    Row("medium", 2538, 408, 500, "1亿元"),
    Row("small", 14183, 1112, 100, "3000万元"),
    Row("micro", 1193, 11, 10, "2500万元"),
)
HAVES = dict.fromkeys(
    (f"institution_{part}" for part in ("staff", "premises", "equipment", "funds", "projects")), True
)


def firms(region: str, year: int) -> Iterator[Enterprise]:
    """Every enterprise of the table, one by one."""
    for row in FUJIAN:
        for number in range(row.enterprises):
            yield Enterprise.model_validate(firm(row, region, year, number < row.with_institution))


def firm(row: Row, region: str, year: int, has: bool) -> dict[str, Any]:
    institution = {
        "category": "platform",
        "kind": "rd_institution",
        "started": f"{year}-01-01",
        "inputs": HAVES,
    }
    return {
        "uscc": "91350100M000100Y43",
        "name": row.size,
        "region": region,
        "industry": "3411",
        "in_directory": {year: True},
        "qualifications": [],
        "activities": [{**institution, "ended": "ongoing"}] if has else [],
        "reports": {
            year: {
                "rd_institutions": int(has),
                "employees": row.employees,
                "operating_revenue": row.revenue,
                "main_business_revenue": row.revenue,
            }
        },
    }


def judged(pack: Pack, region: str, year: int, target: str) -> Judgement:
    found = assess(pack, firms(region, year), as_of=date(year, 12, 31))
    assert found.enterprises == 18365
    return next(one for one in found.judgements if one.aim.id == target)


def percent(one: Judgement) -> str:
    assert one.value.known
    assert one.value.low is not None
    return f"{float(Fraction(one.value.low) / 10_000):.3g}"


def test_the_counts_of_the_table_add_up() -> None:
    assert sum(row.enterprises for row in FUJIAN) == 18365
    assert sum(row.with_institution for row in FUJIAN) == 1703


@pytest.mark.deep
def test_large_enterprises_against_shanxi() -> None:
    """38.1 % of the large have an institution; Shanxi asks all of them, by the end of 2021: 279 are short."""
    one = judged(load_pack("shanxi"), "140100", 2021, "large_enterprise_rd_institution_share")
    assert (percent(one), one.status, one.wanted) == ("38.1", "not_met", 451 - 172)


@pytest.mark.deep
def test_large_and_medium_and_all_against_hengshui() -> None:
    """19.4 % of the large and medium, and 9.27 % of all; Hengshui asks all and 80 % by the end of 2020."""
    pack = load_pack("hengshui")
    found = assess(pack, firms("131102", 2020), as_of=date(2020, 12, 31))
    by_id = {one.aim.id: one for one in found.judgements}
    both, everyone = (
        by_id["rd_institution_coverage_large_medium"],
        by_id["rd_institution_coverage_above_size"],
    )
    assert (percent(both), both.status, both.wanted) == ("19.4", "not_met", 2989 - 580)
    assert (percent(everyone), everyone.status, everyone.wanted) == ("9.27", "not_met", 14692 - 1703)


# -------------------------------------------------------------------------------- Shanxi's bulletin of 2020

BULLETIN = """\
pack: bulletin
title: 统计公报
jurisdiction: {within: "140000", name: 山西省}
in_force: {from: 2020-01-01}
inputs:
  rd_total: {of: region, type: money, label: 研究与试验发展经费}
  rd_basic: {of: region, type: money, label: 基础研究经费}
  rd_applied: {of: region, type: money, label: 应用研究经费}
  rd_experimental: {of: region, type: money, label: 试验发展经费}
  rd_enterprises: {of: region, type: money, label: 企业经费}
  rd_intensity_of_gdp: {of: region, type: ratio, label: 与地区生产总值之比}
  rd_intensity_above_size: {of: region, type: ratio, label: 规上工业与营业收入之比}
targets:
  enterprises:
    label: 企业占比
    source: 一
    measure: {ratio: {of: {statistic: rd_enterprises}, to: {statistic: rd_total}}}
    at_least: 90%
    by: 2020-12-31
  basic:
    label: 基础研究占比
    source: 一
    measure: {ratio: {of: {statistic: rd_basic}, to: {statistic: rd_total}}}
    at_least: 5%
    by: 2020-12-31
  gdp: {label: 强度, source: 一, measure: {statistic: rd_intensity_of_gdp}, at_least: 1.2%, by: 2020-12-31}
  floor: {label: 规上强度, source: 一, measure: {statistic: rd_intensity_above_size}, at_least: 1.1%, by: 2020-12-31}
"""
FIGURES = {
    "rd_total": "211.1亿元",
    "rd_basic": "11.4亿元",
    "rd_applied": "24.3亿元",
    "rd_experimental": "175.3亿元",
    "rd_enterprises": "176.2亿元",
    "rd_intensity_above_size": "0.71%",
    "rd_intensity_of_gdp": [
        {"value": "1.20%", "vintage": "2021-09-01"},
        {"value": "1.18%", "vintage": "2022-09-01"},
    ],
}


def test_the_bulletin_and_its_revision(tmp_path: Path) -> None:
    """Enterprises carry 83.5 %, basic research 5.4 %; 1.20 % of GDP met the mark until 1.18 % replaced it."""
    path = tmp_path / "bulletin.yaml"
    path.write_text(BULLETIN, encoding="utf-8")
    region = RegionStatistics.model_validate({"region": "140000", "statistics": {2020: FIGURES}})
    pack = load_pack(path, cache=False)

    def on(day: date) -> dict[str, Judgement]:
        return {one.aim.id: one for one in assess(pack, [], [region], as_of=day).judgements}

    first, revised = on(date(2021, 12, 31)), on(date(2022, 12, 31))
    assert (percent(first["enterprises"]), first["enterprises"].status) == ("83.5", "not_met")
    assert (percent(first["basic"]), first["basic"].status) == ("5.4", "met")
    assert (percent(first["floor"]), first["floor"].status) == ("0.71", "not_met")
    assert (first["gdp"].status, revised["gdp"].status) == ("met", "not_met")


def test_the_types_come_to_the_total_within_rounding() -> None:
    parts = [Fraction(str(FIGURES[name])[:-2]) for name in ("rd_basic", "rd_applied", "rd_experimental")]
    assert abs(sum(parts) - Fraction("211.1")) <= Fraction(1, 10)
