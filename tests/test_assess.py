"""A region judged against its targets: exact shares, sound sums, milestones, gaps, what is missing."""

from datetime import date
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from innovation_rules import Enterprise, RegionStatistics, load_pack
from innovation_rules.assess import (
    PERCENT,
    Assessment,
    Bounds,
    Judgement,
    Tally,
    assess,
    changed,
    divided,
    reached,
    to_json,
)
from innovation_rules.pack import measures
from innovation_rules.packs import Pack
from innovation_rules.quantities import Type

HEAD = """\
pack: targets
title: 目标
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2019-01-01}
periods: {plan: {from: 2019-01-01, to: 2020-12-31}}
inputs:
  gdp: {of: region, type: money, label: 地区生产总值}
  park_built: {of: region, type: yes_no, label: 园区建成}
  province_share: {of: region, at: province, type: ratio, label: 全省平均}
  has_institution: {of: enterprise, type: yes_no, label: 有研发机构}
facts:
  intensity:
    label: 投入强度
    ratio: {of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}
coverages:
  institutions:
    label: 机构覆盖
    source: 一
    scope: {in_directory: true}
    covered_when: {has_institution: true}
targets:
"""


def pack(folder: Path, targets: str) -> Pack:
    """A pack with these targets, each as `id: {...}` on a line."""
    path = folder / "targets.yaml"
    lines = [
        f"  {line.split(':', 1)[0]}: {{label: 目标, source: 一, {line.split('{', 1)[1]}"
        for line in targets.split("\n")
    ]
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return load_pack(path, cache=False)


def firm(number: int, region: str = "140403", **fields: Any) -> Enterprise:
    body = f"91{region}MA{number:07}"
    return Enterprise.model_validate(
        {"uscc": body + uscc.calc_check_digit(body), "name": f"企业{number}", "region": region, **fields}
    )


def judged(
    pack: Pack, firms: list[Enterprise], statistics: list[Any] | None = None, day: str = "2020-12-31"
) -> Judgement:
    return all_judged(pack, firms, statistics, day).judgements[0]


def all_judged(
    pack: Pack, firms: list[Enterprise], statistics: list[Any] | None = None, day: str = "2020-12-31"
) -> Assessment:
    given = [RegionStatistics.model_validate(one) for one in statistics or ()]
    return assess(pack, firms, given, as_of=date.fromisoformat(day))


# -------------------------------------------------------------------------------- shares


@given(
    st.lists(
        st.tuples(st.sampled_from([True, None, False]), st.sampled_from([True, None, False])), max_size=6
    )
)
@settings(max_examples=100)
def test_bounds_of_a_share_are_exact(rows: list[tuple[bool | None, bool | None]]) -> None:
    """The ends are those that some way of settling every unknown reaches, and no way passes them."""
    tally, column = Tally(), measures.Column(2020, date(2020, 12, 31), 0, 0, Type.YES_NO)
    for number, (member, value) in enumerate(rows):
        tally.add(member, value, column, firm(number))
    shares, empty = [], False
    ways = [[(m, v) for m in _settled(member) for v in _settled(value)] for member, value in rows]
    for way in product(*ways):
        inside = [value for member, value in way if member]
        empty = empty or not inside
        if inside:
            shares.append(Fraction(sum(inside) * PERCENT, len(inside)))
    if not empty:
        assert tally.share == (min(shares), max(shares))
    else:
        assert tally.share == (None, None)


def _settled(truth: bool | None) -> list[bool]:
    return [True, False] if truth is None else [truth]


def test_a_coverage_asks_for_so_many_more_and_names_them(tmp_path: Path) -> None:
    target = pack(
        tmp_path, "t: {measure: {coverage: institutions, over: all}, at_least: 80%, by: 2020-12-31}"
    )
    firms = [firm(n, in_directory={2020: True}, inputs={"has_institution": n < 2}) for n in range(4)]
    firms.append(firm(4, in_directory={2020: True}))
    firms.append(firm(5, in_directory={2020: False}, inputs={"has_institution": True}))
    one = judged(target, firms)
    assert (one.status, one.value) == ("not_met", Bounds(Fraction(400_000), Fraction(600_000)))
    assert (one.numerator, one.denominator) == (Bounds(2, 3), Bounds(5, 5))
    assert one.wanted == 2
    assert [(who.name, who.why) for who in one.candidates] == [
        ("企业2", "no"),
        ("企业3", "no"),
        ("企业4", "unknown"),
    ]
    assert one.gap == Bounds(200_000, 400_000)


def test_the_number_itself_reaches_and_one_less_does_not(tmp_path: Path) -> None:
    target = pack(
        tmp_path, "t: {measure: {coverage: institutions, over: all}, at_least: 60%, by: 2020-12-31}"
    )
    for having, status in ((3, "met"), (2, "not_met")):
        firms = [firm(n, in_directory={2020: True}, inputs={"has_institution": n < having}) for n in range(5)]
        assert judged(target, firms).status == status


def test_more_than_leaves_the_number_out(tmp_path: Path) -> None:
    line = "t: {measure: {count_of: {enterprises: {has_institution: true}}, over: all}, more_than: 3家, by: 2020-12-31}"
    firms = [firm(n, inputs={"has_institution": True}) for n in range(3)]
    one = judged(pack(tmp_path, line), firms)
    assert (one.status, one.wanted) == ("not_met", 1)


# -------------------------------------------------------------------------------- sums and ratios


def test_a_ratio_of_sums_is_exact_and_an_unknown_report_leaves_an_open_end(tmp_path: Path) -> None:
    line = (
        "t: {measure: {ratio: {of: {sum_of: rd_expenditure}, to: {sum_of: main_business_revenue}}, over: all}, "
        "at_least: 2.5%, by: 2020-12-31}"
    )
    target = pack(tmp_path, line)
    report = {"rd_expenditure": "25万元", "main_business_revenue": "1000万元"}
    one = judged(target, [firm(n, reports={2020: report}) for n in range(3)])
    assert (one.status, one.value) == ("met", Bounds(Fraction(25_000), Fraction(25_000)))
    assert (one.numerator, one.denominator) == (
        Bounds(75_000_000, 75_000_000),
        Bounds(3_000_000_000, 3_000_000_000),
    )
    unknown = judged(target, [firm(0, reports={2020: report}), firm(1)])
    assert unknown.status == "undetermined"
    assert unknown.value.high is None


@given(
    st.tuples(st.integers(-5, 9), st.integers(0, 6)),
    st.tuples(st.integers(1, 9), st.integers(0, 6)),
)
def test_a_quotient_of_intervals_contains_every_quotient(of: tuple[int, int], to: tuple[int, int]) -> None:
    bounds = divided(Bounds(of[0], sum(of)), Bounds(to[0], sum(to)), 1)
    quotients = [Fraction(a, b) for a in range(of[0], sum(of) + 1) for b in range(to[0], sum(to) + 1)]
    assert bounds == (min(quotients), max(quotients))


# -------------------------------------------------------------------------------- against a base year


def test_doubling_is_two_times_the_base_year(tmp_path: Path) -> None:
    line = (
        "t: {measure: {sum_of: rd_expenditure, over: all, change_from: {year: 2018, as: times}}, "
        "at_least: 2倍, by: 2020-12-31}"
    )
    reports = {2018: {"rd_expenditure": "10万元"}, 2020: {"rd_expenditure": "20万元"}}
    assert judged(pack(tmp_path, line), [firm(0, reports=reports)]).status == "met"
    reports[2020] = {"rd_expenditure": "199999.99元"}
    assert judged(pack(tmp_path, line), [firm(0, reports=reports)]).status == "not_met"


@pytest.mark.parametrize(
    ("how", "low"), [("times", 1_500_000), ("growth", 500_000), ("reduction", -500_000), ("points", 50)]
)
def test_each_way_to_state_a_change(how: str, low: int) -> None:
    assert changed(Bounds(150, 150), Bounds(100, 100), how) == (low, low)


# -------------------------------------------------------------------------------- statistics


def statistics(**values: Any) -> list[Any]:
    return [{"region": "140400", "statistics": {2020: values}}]


def test_a_figure_that_no_row_holds_is_read_or_named(tmp_path: Path) -> None:
    line = (
        "t: {measure: {ratio: {of: {sum_of: rd_expenditure, over: all}, to: {statistic: gdp}}}, "
        "at_least: 2.6%, by: 2020-12-31}"
    )
    target = pack(tmp_path, line)
    firms = [firm(0, reports={2020: {"rd_expenditure": "26亿元"}})]
    missing = judged(target, firms)
    assert (missing.status, missing.needs) == ("undetermined", ("gdp@2020",))
    given = judged(target, firms, statistics(gdp="1000亿元"))
    assert (given.status, given.needs) == ("met", ())


def test_the_vintage_known_on_the_day_counts(tmp_path: Path) -> None:
    """1.20 % was published first and revised to 1.18 % later: each day has its figure."""
    target = pack(tmp_path, "t: {measure: {statistic: province_share}, at_least: 1.19%, by: 2020-12-31}")
    vintages = [{"value": "1.20%", "vintage": "2021-09-01"}, {"value": "1.18%", "vintage": "2022-01-15"}]
    given = [{"region": "140000", "statistics": {2020: {"province_share": vintages}}}]
    assert judged(target, [], given, day="2021-10-01").status == "met"
    assert judged(target, [], given, day="2021-08-01").needs == ("province_share@2020",)


def test_a_benchmark_moves(tmp_path: Path) -> None:
    line = "t: {measure: {average_of: intensity, over: all}, benchmark: province_share, by: 2020-12-31}"
    firms = [firm(0, reports={2020: {"rd_expenditure": "1万元", "main_business_revenue": "100万元"}})]
    given = [{"region": "140000", "statistics": {2020: {"province_share": "1%"}}}]
    assert judged(pack(tmp_path, line), firms, given).status == "met"
    given[0]["statistics"] = {2020: {"province_share": "1.01%"}}
    assert judged(pack(tmp_path, line), firms, given).status == "not_met"
    assert judged(pack(tmp_path, line), firms).needs == ("province_share@2020",)


def test_built_or_not(tmp_path: Path) -> None:
    target = pack(tmp_path, "t: {measure: {statistic: park_built}, is: true, by: 2020-12-31}")
    assert judged(target, [], statistics(park_built=True)).status == "met"
    assert judged(target, [], statistics(park_built=False)).status == "not_met"
    assert judged(target, []).status == "undetermined"


# -------------------------------------------------------------------------------- thresholds and dates


def test_about_admits_its_tolerance_and_what_overshoots(tmp_path: Path) -> None:
    line = "t: {measure: {count_of: {enterprises: all}, over: all}, about: {value: 20家, tolerance: 5%}, by: 2020-12-31}"
    for many, status in ((18, "not_met"), (19, "met"), (20, "met"), (30, "met")):
        assert judged(pack(tmp_path, line), [firm(n) for n in range(many)]).status == status


def test_milestones_by_date(tmp_path: Path) -> None:
    line = (
        "t: {measure: {count_of: {enterprises: all}, over: all}, "
        "at_least: {2019-12-31: 2家, 2020-12-31: 4家}, binding: aspirational}"
    )
    target, firms = pack(tmp_path, line), [firm(n) for n in range(3)]
    assert judged(target, firms, day="2019-06-30").status == "not_due"
    assert judged(target, firms, day="2020-06-30").status == "met"
    last = judged(target, firms, day="2020-12-31")
    assert (last.status, last.threshold, last.aim.aspirational) == ("not_met", 4, True)


def test_before_the_pack_nothing_is_missed(tmp_path: Path) -> None:
    target = pack(
        tmp_path, "t: {measure: {count_of: {enterprises: all}, over: all}, at_least: 1家, each_year: true}"
    )
    assert judged(target, [], day="2018-12-31").status == "not_in_force"


def test_every_county_must_meet_it(tmp_path: Path) -> None:
    line = "t: {measure: {count_of: {enterprises: all}, over: all, for_each: county}, at_least: 1家, by: 2020-12-31}"
    target = pack(tmp_path, line)
    counties = [
        *(
            [
                "140403",
                "140404",
                "140405",
                "140406",
                "140423",
                "140425",
                "140426",
                "140427",
                "140428",
                "140429",
                "140430",
                "140431",
            ]
        )
    ]
    everywhere = [firm(n, region) for n, region in enumerate(counties)]
    whole = judged(target, everywhere)
    assert (whole.status, sorted(whole.by_county)) == ("met", counties)
    assert judged(target, everywhere[1:]).status == "not_met"


def test_only_the_jurisdiction_counts(tmp_path: Path) -> None:
    line = "t: {measure: {count_of: {enterprises: all}, over: all}, at_least: 2家, by: 2020-12-31}"
    one = judged(pack(tmp_path, line), [firm(0), firm(1, "131102")])
    assert (one.status, one.value) == ("not_met", Bounds(1, 1))
    unknown = Enterprise(uscc=firm(2).uscc, name="不知在哪")
    assert judged(pack(tmp_path, line), [firm(0), unknown]).status == "undetermined"


@pytest.mark.parametrize(
    ("word", "value", "answer"),
    [
        ("at_least", Bounds(3, 5), True),
        ("at_least", Bounds(2, 5), None),
        ("at_least", Bounds(1, 2), False),
        ("at_most", Bounds(1, 3), True),
        ("at_most", Bounds(1, 4), None),
        ("less_than", Bounds(3, 4), False),
        ("more_than", Bounds(3, 3), False),
        ("at_least", Bounds(None, None), None),
        ("at_least", Bounds(None, 2), False),
    ],
)
def test_certain_only_when_both_ends_agree(word: str, value: Bounds, answer: bool | None) -> None:
    threshold = measures.Threshold(word, ((None, 3),))
    assert reached(threshold, value, 3) is answer


def test_json_reads_back_and_shows_open_ends(tmp_path: Path) -> None:
    line = "t: {measure: {sum_of: rd_expenditure, over: all}, at_least: 1亿元, by: 2020-12-31}"
    found = to_json(all_judged(pack(tmp_path, line), [firm(0)]))
    (target,) = found["targets"]
    assert target["value"] == {"low": None, "high": None}
    assert (target["threshold"], target["due"], target["status"]) == ("1亿元", "2020-12-31", "undetermined")


def test_what_fell_due_is_measured_in_the_year_it_fell_due(tmp_path: Path) -> None:
    """Asked in 2022, a target of 2020 looks at 2020's figures, by what is known in 2022."""
    line = "t: {measure: {sum_of: rd_expenditure, over: all}, at_least: 1万元, by: 2020-12-31}"
    reports = {2020: {"rd_expenditure": "1万元", "filed": "2021-03-10"}, 2022: {"rd_expenditure": "0元"}}
    target, firms = pack(tmp_path, line), [firm(0, reports=reports)]
    assert judged(target, firms, day="2022-06-30").status == "met"
    assert judged(target, firms, day="2020-12-31").status == "undetermined"


def test_a_year_can_be_asked_for(tmp_path: Path) -> None:
    line = "t: {measure: {sum_of: rd_expenditure, over: all}, at_least: 1万元, each_year: true}"
    reports = {2020: {"rd_expenditure": "1万元"}, 2021: {"rd_expenditure": "1元"}}
    target, firms = pack(tmp_path, line), [firm(0, reports=reports)]
    for year, status in ((2020, "met"), (2021, "not_met")):
        (one,) = assess(target, firms, as_of=date(2022, 3, 1), year=year).judgements
        assert one.status == status
    assert judged(target, firms, day="2021-06-30").status == "not_due"


def test_a_multiple_is_shown_as_it_is_written(tmp_path: Path) -> None:
    line = (
        "t: {measure: {sum_of: rd_expenditure, over: all, change_from: {year: 2018, as: times}}, "
        "at_least: 4倍, by: 2020-12-31}"
    )
    (target,) = to_json(all_judged(pack(tmp_path, line), []))["targets"]
    assert target["threshold"] == "4倍"
