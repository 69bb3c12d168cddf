"""A lower document held against the higher one that it carries out: the map, the worked cases, the targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from innovation_rules import implements
from innovation_rules.errors import Diagnostic, render_all
from innovation_rules.pack import cases as worked
from innovation_rules.pack import finder
from innovation_rules.packs import Pack, load_pack

PROVINCE = """\
pack: province
title: 省文件
jurisdiction: {within: "140000", name: 山西省}
in_force: {from: 2019-01-01, to: 2021-12-31}
periods: {plan: {from: 2019-01-01, to: 2021-12-31}}
inputs:
  average: {of: region, at: province, type: ratio, label: 全省平均}
  centre_built: {of: region, type: yes_no, label: 中心建成}
parameters:
  floor: {label: 下限, source: 二, values: {2019-01-01: 2%, 2021-01-01: 3%}}
coverages:
  spending: {label: 投入覆盖, source: 一, scope: {in_directory: true}, covered_when: {rd_expenditure: {at_least: 100万元}}}
targets:
  rate: {label: 覆盖率, source: 二, measure: {coverage: spending, over: all}, at_least: 100%, by: 2020-12-31}
"""
CITY = """\
pack: city
title: 市文件
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01}
inputs:
  average: {of: region, at: province, type: ratio, label: 全省平均}
  centre_built: {of: region, type: yes_no, label: 中心建成}
coverages:
  money: {label: 经费覆盖, source: 三, scope: {in_directory: true}, covered_when: {rd_expenditure: {at_least: %s}}}
targets:
  share: {label: 覆盖率, source: 四, measure: {coverage: money, over: all}, %s}
implements:
  province: %s
"""
MAP = "{coverages: {spending: money}, targets: {rate: share}%s}"
AS_MUCH = "at_least: 100%, by: 2020-12-31"
CASES = """\
pack: city
cases:
  - name: 一分不差
    clause: 三
    why: 正好
    year: 2020
    enterprise: {region: "140403", in_directory: {2020: true}, reports: {2020: {rd_expenditure: 100万元}}}
    expect: {coverage: covered}
  - name: 五十万
    clause: 三
    why: 不够
    year: 2020
    enterprise: {region: "140403", in_directory: {2020: true}, reports: {2020: {rd_expenditure: 50万元}}}
    expect: {coverage: covered}
  - name: 六十万
    clause: 三
    why: 不够
    year: 2020
    enterprise: {region: "140403", in_directory: {2020: true}, reports: {2020: {rd_expenditure: 60万元}}}
    expect: {coverage: covered}
  - name: 省文件已失效
    clause: 三
    why: 只有市文件在施行
    year: 2022
    enterprise: {region: "140403", in_directory: {2022: true}, reports: {2022: {rd_expenditure: 50万元}}}
    expect: {coverage: covered}
  - name: 不在库
    clause: 三
    why: 不在范围
    year: 2020
    enterprise: {region: "140403", in_directory: {2020: false}, reports: {2020: {rd_expenditure: 50万元}}}
    expect: {coverage: out_of_scope}
"""


def packs(
    folder: Path,
    stated: str = MAP % "",
    floor: str = "100万元",
    target: str = AS_MUCH,
    cases: str | None = CASES,
    province: str = PROVINCE,
    city: str = CITY,
) -> tuple[Pack, Pack]:
    (folder / "cases").mkdir(exist_ok=True)
    (folder / "province.yaml").write_text(province, encoding="utf-8")
    (folder / "city.yaml").write_text(city % (floor, target, stated), encoding="utf-8")
    if cases is not None:
        (folder / "cases" / "city.yaml").write_text(cases, encoding="utf-8")
    return load_pack(folder / "city.yaml", cache=False), load_pack(folder / "province.yaml", cache=False)


def found(city: Pack, province: Pack) -> list[Diagnostic]:
    cases = worked.find(city.linked)
    return implements.findings(city, province, [] if cases is None else [cases])


def codes(folder: Path, **said: str) -> list[str]:
    return [one.code for one in found(*packs(folder, **said))]


# -------------------------------------------------------------------------------- the map


def test_a_document_as_strict_as_the_higher_one_passes(tmp_path: Path) -> None:
    city, province = packs(tmp_path)
    assert found(city, province) == []
    assert implements.check(city)[0] == []


def test_who_does_not_say_that_it_implements_is_not_held_to_it(tmp_path: Path) -> None:
    city, province = packs(tmp_path)
    assert implements.findings(province, city, []) == []


@pytest.mark.parametrize(
    ("stated", "code", "near"),
    [
        (
            "{coverages: {spendin: money}, targets: {rate: share}, departs: {spending: 另有安排}}",
            "coverage",
            "spending",
        ),
        (
            "{coverages: {spending: money}, targets: {rat: share}, departs: {rate: 另有安排}}",
            "target",
            "rate",
        ),
        (MAP % ", departs: {spendings: 另有安排}", "departure", "spending"),
    ],
)
def test_names_that_the_higher_document_lacks(stated: str, code: str, near: str, tmp_path: Path) -> None:
    (one,) = found(*packs(tmp_path, stated))
    assert (one.code, one.fields["nearest"]) == (f"implements-unknown-{code}", near)
    assert one.place is not None
    assert one.place.file.endswith("city.yaml")


def test_an_empty_map_is_a_finding(tmp_path: Path) -> None:
    assert codes(tmp_path, stated="{coverages: {}}") == ["implements-empty"]
    assert codes(tmp_path, stated="{departs: {rate: 另有安排}}") == [
        "implements-empty",
        "implements-unmapped",
    ]


def test_what_is_neither_mapped_nor_departed_from_is_named_with_its_clause(tmp_path: Path) -> None:
    (one,) = found(*packs(tmp_path, "{coverages: {spending: money}}"))
    assert (one.code, one.fields["count"]) == ("implements-unmapped", 1)
    assert "rate（二）" in one.message("zh")
    assert one.related[0][0].file.endswith("province.yaml")
    assert codes(tmp_path, stated="{coverages: {spending: money}, departs: {rate: 另有安排}}") == []


def test_a_departure_says_why(tmp_path: Path) -> None:
    assert codes(tmp_path, stated=MAP % ', departs: {rate: {because: " "}}') == ["implements-without-reason"]


def test_a_chinese_spelling_names_the_higher_items_by_their_labels(tmp_path: Path) -> None:
    stated = "{coverages: {投入覆盖: money}, departs: {覆盖率: 另有安排}}"
    assert codes(tmp_path, stated=stated) == []


def test_the_jurisdiction_lies_within_the_higher_one(tmp_path: Path) -> None:
    outside = CITY.replace('"140400", name: 长治市', '"131100", name: 衡水市')
    first, *_ = found(*packs(tmp_path, city=outside))
    assert first.code == "implements-outside"
    assert "衡水市 131100" in first.message("zh")


def test_documents_that_are_never_in_force_together(tmp_path: Path) -> None:
    later = CITY.replace("2020-01-01}", "2022-01-01}")
    assert codes(tmp_path, city=later, target="at_least: 100%, by: 2022-12-31") == ["implements-apart"]


def test_a_higher_pack_that_is_not_there(tmp_path: Path) -> None:
    city, _ = packs(tmp_path)
    (tmp_path / "province.yaml").unlink()
    (one,), _ = implements.check(city)
    assert one.code == "no-such-pack"
    assert one.place is not None


# -------------------------------------------------------------------------------- the worked cases


def test_a_looser_coverage_is_shown_by_the_first_case_and_both_clauses(tmp_path: Path) -> None:
    city, province = packs(tmp_path, floor="50万元")
    (one,) = found(city, province)
    assert one.code == "implements-looser"
    assert (one.fields["case"], one.fields["more"], one.fields["count"]) == ("五十万", 1, 2)
    assert (one.fields["lower_clause"], one.fields["higher_clause"]) == ("三", "一")
    assert "50万元 ≥ 100万元" in one.help("zh")
    assert [code for _, code in one.related] == ["higher-here", "case-here", "case-here"]


def test_a_departure_turns_the_counter_examples_into_a_note(tmp_path: Path) -> None:
    city, province = packs(tmp_path, MAP % ", departs: {spending: 市里另有安排}", floor="50万元")
    assert found(city, province) == []
    (one,), texts = implements.check(city)
    assert (one.code, one.severity, one.fields["case"]) == ("implements-departure", "note", "五十万")
    for lang in ("zh", "en"):
        shown = render_all([one], texts, lang)
        assert all(file in shown for file in ("city.yaml", "province.yaml", "cases/city.yaml"))
        assert "市里另有安排" in shown


def test_stricter_is_no_finding(tmp_path: Path) -> None:
    assert codes(tmp_path, floor="200万元") == []


def test_a_coverage_that_no_case_compares(tmp_path: Path) -> None:
    only = CASES[: CASES.index("  - name: 一分不差")] + CASES[CASES.index("  - name: 省文件已失效") :]
    (one,) = found(*packs(tmp_path, cases=only))
    assert (one.code, one.severity) == ("implements-untested", "warning")


def test_a_case_whose_data_a_pack_refuses_is_left_to_its_own_test(tmp_path: Path) -> None:
    wrong = CASES.replace('region: "140403", in_directory: {2020: true}, reports: {2020: {rd_expenditure: 50', (
        'region: "999999", in_directory: {2020: true}, reports: {2020: {rd_expenditure: 50'
    ))  # fmt: skip
    (one,) = found(*packs(tmp_path, floor="50万元", cases=wrong))
    assert (one.fields["case"], one.fields["more"]) == ("六十万", None)


# -------------------------------------------------------------------------------- the targets


def demands(higher: str) -> str:
    """The province with another target: what it measures and asks for."""
    return PROVINCE[: PROVINCE.index("  rate:")] + f"  rate: {{label: 目标, source: 二, {higher}}}\n"


def asks(lower: str) -> str:
    """The city with another target."""
    return CITY.replace("measure: {coverage: money, over: all}, %s", "%s") % ("100万元", lower, MAP % "")


SHARE = "measure: {ratio: {of: {sum_of: rd_expenditure}, to: {sum_of: main_business_revenue}}, over: all}"
COUNT = "measure: {count_of: {enterprises: {rd_expenditure: {more_than: 0元}}}, over: all}"
LESS = "implements-lower-threshold"
LATER = "implements-later"
OTHER = "implements-not-comparable"
TARGETS = {
    "the same": (f"{SHARE}, at_least: 2%, by: 2020-12-31", f"{SHARE}, at_least: 2%, by: 2020-12-31", None),
    "more and sooner": (f"{SHARE}, at_least: 2%, by: 2020-12-31", f"{SHARE}, at_least: 3%, by: 2020-06-30", None),
    "less": (f"{SHARE}, at_least: 2%, by: 2020-12-31", f"{SHARE}, at_least: 1.9%, by: 2020-12-31", LESS),
    "at least for more than": (f"{SHARE}, more_than: 2%, by: 2020-12-31", f"{SHARE}, at_least: 2%, by: 2020-12-31", LESS),
    "about": (f"{COUNT}, at_least: 100家, by: 2020-12-31", f"{COUNT}, about: {{value: 100家, tolerance: 5%}}, by: 2020-12-31", LESS),
    "later": (f"{SHARE}, at_least: 2%, by: 2020-12-31", f"{SHARE}, at_least: 2%, by: 2021-12-31", LATER),
    "at most, more": (f"{COUNT}, at_most: 10家, by: 2020-12-31", f"{COUNT}, at_most: 11家, by: 2020-12-31", LESS),
    "at most, fewer": (f"{COUNT}, at_most: 10家, by: 2020-12-31", f"{COUNT}, less_than: 10家, by: 2020-12-31", None),
    "milestones": (
        f"{COUNT}, at_least: {{2020-12-31: 3家, 2021-12-31: 4家}}",
        f"{COUNT}, at_least: {{2020-12-31: 3家, 2022-12-31: 4家}}",
        LATER,
    ),
    "milestones met by one figure": (
        f"{COUNT}, at_least: {{2020-12-31: 3家, 2021-12-31: 4家}}",
        f"{COUNT}, at_least: 4家, by: 2020-12-31",
        None,
    ),
    "only aspires": (
        f"{SHARE}, at_least: 2%, by: 2020-12-31",
        f"{SHARE}, at_least: 2%, by: 2020-12-31, binding: aspirational",
        "implements-only-aspires",
    ),
    "a count for a share": (f"{SHARE}, at_least: 2%, by: 2020-12-31", f"{COUNT}, at_least: 2家, by: 2020-12-31", OTHER),
    "the other side": (f"{COUNT}, at_least: 2家, by: 2020-12-31", f"{COUNT}, at_most: 2家, by: 2020-12-31", OTHER),
    "the same benchmark": (f"{SHARE}, benchmark: average, by: 2020-12-31", f"{SHARE}, benchmark: average, by: 2020-12-31", None),
    "a figure for a benchmark": (
        f"{SHARE}, benchmark: average, by: 2020-12-31",
        f"{SHARE}, at_least: 2%, by: 2020-12-31",
        OTHER,
    ),
    "a parameter of that day": (
        f"{SHARE}, at_least: {{parameter: floor}}, by: 2020-12-31",
        f"{SHARE}, at_least: 2%, by: 2020-12-31",
        None,
    ),
    "built": (
        "measure: {statistic: centre_built}, is: true, by: 2020-12-31",
        "measure: {statistic: centre_built}, is: true, by: 2021-12-31",
        LATER,
    ),
    "not built": (
        "measure: {statistic: centre_built}, is: true, by: 2020-12-31",
        "measure: {statistic: centre_built}, is: false, by: 2020-12-31",
        OTHER,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("higher", "lower", "code"), TARGETS.values(), ids=TARGETS)
def test_targets(higher: str, lower: str, code: str | None, tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "city.yaml").write_text(CASES, encoding="utf-8")
    (tmp_path / "province.yaml").write_text(demands(higher), encoding="utf-8")
    (tmp_path / "city.yaml").write_text(asks(lower), encoding="utf-8")
    city, province = (load_pack(tmp_path / f"{name}.yaml", cache=False) for name in ("city", "province"))
    result = found(city, province)
    assert [one.code for one in result] == ([] if code is None else [code])
    for one in result:
        assert (one.fields["lower_clause"], one.fields["higher_clause"]) == ("四", "二")
        for lang in ("zh", "en"):
            assert "{" not in one.message(lang)


def test_a_departure_excuses_a_later_target(tmp_path: Path) -> None:
    later = "at_least: 100%, by: 2021-12-31"
    assert codes(tmp_path, target=later) == ["implements-later"]
    assert codes(tmp_path, target=later, stated=MAP % ", departs: {rate: 三年计划}") == []


# -------------------------------------------------------------------------------- the packs of the library


@pytest.mark.parametrize("name", ["changzhi", "changzhi_hightech_zone"])
def test_our_own_documents_carry_out_what_they_say(name: str) -> None:
    if name not in finder.names():
        pytest.skip(f"{name} is not there")
    pack = load_pack(name)
    assert pack.linked.pack.implements
    findings, texts = implements.check(pack)
    assert [one.message("en") for one in findings if one.severity != "note"] == []
    assert render_all(findings, texts, "zh") or not findings
