"""Decisions of several packs on one enterprise, side by side: what is matched, where they differ, and why."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from innovation_rules import Enterprise, beside
from innovation_rules.beside import Beside, Row
from innovation_rules.errors import Lang, width
from innovation_rules.intake import parse_enterprise
from innovation_rules.jurisdictions import head
from innovation_rules.pack import cases as worked
from innovation_rules.pack import finder
from innovation_rules.packs import Pack, load_pack
from innovation_rules.terminal.render import Paint
from innovation_rules.terminal.story import Story

CODE = "91350100M000100Y43"
HEAD = """\
pack: {name}
title: {title}
jurisdiction: {{within: "{within}", name: {place}{zone}}}
in_force: {{from: {start}{end}}}
extends: [country]
"""
COUNTRY = """\
pack: country
title: 国家定义
jurisdiction: {within: "000000", name: 全国}
in_force: {from: 2000-01-01}
classes:
  size:
    label: 大小
    source: 一
    rows: [{is: big, label: 大, when: {employees: {at_least: 300人}}}, {otherwise: small, label: 小}]
awards:
  deduction:
    label: 加计扣除
    kind: tax
    source: 九
    eligible_when: {rd_expense_deductible: {more_than: 0元}}
    amount: {share: 75%, of: rd_expense_deductible}
"""
PROVINCE = """\
coverages:
  spending: {label: 投入覆盖, source: 一, covered_when: {rd_expenditure: {at_least: 100万元}}}
  staff: {label: 人员覆盖, source: 二, covered_when: {rd_personnel: {more_than: 0人}}}
reports: [size]
classes:
  rank: {label: 等次, source: 三, rows: [{is: top, label: 上, when: {net_profit: {more_than: 100万元}}}, {otherwise: low, label: 下}]}
awards:
  tax_break: {label: 税收优惠, source: 四, grants: country.deduction}
  grant: {label: 补助, source: 五, eligible_when: {rd_expenditure: {more_than: 0元}}, amount: {share: 5%, of: rd_expenditure}}
  only_here: {label: 省内专项, source: 六, eligible_when: {rd_expenditure: {more_than: 0元}}}
"""
CITY = """\
coverages:
  money: {label: 经费覆盖, source: 甲, covered_when: {rd_expenditure: {at_least: 50万元}}}
reports: [size]
classes:
  rank: {label: 等次, source: 乙, rows: [{is: top, label: 上, when: {net_profit: {more_than: 10万元}}}, {otherwise: low, label: 下}]}
awards:
  deduction_here: {label: 加计扣除优惠, source: 丙, grants: country.deduction}
  grant: {label: 补助, source: 丁, eligible_when: {rd_expenditure: {more_than: 0元}}, amount: {share: 10%, of: rd_expenditure}}
implements:
  province: {coverages: {spending: money}, departs: {staff: 市里不要求}}
"""
ZONE = "coverages: {none: {because: 本文件没有覆盖要求}}\n"


@pytest.fixture
def packs(tmp_path: Path) -> tuple[Pack, ...]:
    """A province, a city in it whose document comes later, and a zone in the city without a coverage."""
    (tmp_path / "country.yaml").write_text(COUNTRY, encoding="utf-8")
    areas = {
        "province": ("省文件", "140000", "山西省", "", "2019-01-01", ", to: 2021-12-31", PROVINCE),
        "city": ("市文件", "140400", "长治市", "", "2020-01-01", "", CITY),
        "park": ("园区文件", "140400", "长治市", ", zone: 甲园", "2021-01-01", "", ZONE),
    }
    found = []
    for name, (title, within, place, zone, start, end, body) in areas.items():
        text = HEAD.format(
            name=name, title=title, within=within, place=place, zone=zone, start=start, end=end
        )
        (tmp_path / f"{name}.yaml").write_text(text + body, encoding="utf-8")
        found.append(load_pack(tmp_path / f"{name}.yaml", cache=False))
    return tuple(found)


def firm(
    year: int = 2021, region: str = "140403", zones: list[str] | None = None, **report: Any
) -> Enterprise:
    figures = {"rd_expenditure": "60万元", "rd_personnel": 0, "rd_expense_deductible": "10万元"}
    figures |= {"net_profit": "50万元", "employees": 20}
    record = {
        "uscc": CODE,
        "name": "某企业",
        "region": region,
        "zones": zones if zones is not None else ["甲园"],
    }
    return Enterprise.model_validate({**record, "activities": [], "reports": {year: {**figures, **report}}})


def together(packs: tuple[Pack, ...], year: int = 2021, who: Enterprise | None = None) -> Beside:
    one = who or firm(year)
    return beside.beside((pack, pack.decide(one, year)) for pack in packs)


def row(found: Beside, kind: str, id: str) -> Row:
    return next(one for one in found.rows if one.kind == kind and any(c.id == id for c in one.present))


def statuses(one: Row) -> list[str | None]:
    return [cell and cell.status for cell in one.cells]


# -------------------------------------------------------------------------------- what is matched


def test_headlines_stand_together_whatever_they_are_called(packs: tuple[Pack, ...]) -> None:
    found = together(packs)
    headline = found.rows[0]
    assert headline.kind == "headline"
    assert statuses(headline) == ["not_covered", "covered", None]
    assert headline.differs
    assert [one.id for one in found.rows if one.kind == "coverage"] == ["staff"]


def test_each_side_of_a_difference_gives_the_test_that_decided(packs: tuple[Pack, ...]) -> None:
    province, city, _ = together(packs).rows[0].cells
    assert province is not None
    assert city is not None
    (one,), (other,) = province.why, city.why
    assert one.text("zh").endswith("= 60万元 ≥ 100万元：不满足")
    assert other.text("zh").endswith("= 60万元 ≥ 50万元：满足")
    assert (one.clause, other.clause) == ("一", "甲")


def test_coverages_are_matched_by_the_map_of_what_carries_out_what(
    packs: tuple[Pack, ...], tmp_path: Path
) -> None:
    path = tmp_path / "city.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "  money:",
        "  first: {label: 首项, source: 甲, covered_when: {rd_personnel: {more_than: 0人}}}\n  money:",
    )
    path.write_text(text, encoding="utf-8")
    found = together((packs[0], load_pack(path, cache=False)))
    assert statuses(row(found, "coverage", "money")) == ["not_covered", "covered"]
    assert statuses(found.rows[0]) == ["not_covered", "not_covered"]


def test_awards_are_matched_by_name_or_by_the_award_that_they_grant(packs: tuple[Pack, ...]) -> None:
    found = together(packs)
    granted = row(found, "award", "tax_break")
    assert [cell and cell.id for cell in granted.cells] == ["tax_break", "deduction_here", None]
    assert not granted.differs
    assert row(found, "award", "only_here").shared is False


def test_amounts_that_differ_are_a_difference(packs: tuple[Pack, ...]) -> None:
    one = row(together(packs), "award", "grant")
    assert statuses(one) == ["eligible", "eligible", None]
    assert [cell.amount.high for cell in one.present if cell.amount] == [3_000_000, 6_000_000]
    assert one.differs


def test_two_awards_of_one_pack_that_grant_the_same_stand_in_two_rows(
    packs: tuple[Pack, ...], tmp_path: Path
) -> None:
    path = tmp_path / "city.yaml"
    more = "  deduction_again: {label: 再次, source: 戊, grants: country.deduction}\nimplements:"
    path.write_text(path.read_text(encoding="utf-8").replace("implements:", more), encoding="utf-8")
    found = together((packs[0], load_pack(path, cache=False)))
    assert [[cell and cell.id for cell in one.cells] for one in found.rows if one.kind == "award"][:2] == [
        ["tax_break", "deduction_here"],
        [None, "deduction_again"],
    ]


def test_classes_of_one_name(packs: tuple[Pack, ...]) -> None:
    found = together(packs)
    assert statuses(row(found, "class", "rank")) == ["low", "top", None]
    assert statuses(row(found, "class", "size")) == ["small", "small", None]
    low, top, _ = row(found, "class", "rank").cells
    assert low is not None
    assert top is not None
    assert (low.why[0].result, top.why[0].result) == (False, True)


def test_an_open_class_differs_from_one_that_can_be_less(packs: tuple[Pack, ...]) -> None:
    who = Enterprise.model_validate({"uscc": CODE, "name": "某企业", "region": "140403", "zones": []})
    one = row(together(packs[:2], 2021, who), "class", "rank")
    assert statuses(one) == ["undetermined", "undetermined"]
    assert not one.differs


# -------------------------------------------------------------------------------- what decided

DECIDED = {
    "an or that fails": ("any: [{employees: {more_than: 30人}}, {net_profit: {less_than: 0元}}]", ["employees", "net_profit"]),
    "an or that holds": ("any: [{employees: {more_than: 30人}}, {net_profit: {more_than: 0元}}]", ["net_profit"]),
    "a not": ("not: {all: [{employees: {more_than: 0人}}, {net_profit: {more_than: 0元}}]}", ["employees", "net_profit"]),
    "two of three": (
        "at_least_of: {n: 2, of: [{employees: {more_than: 30人}}, {net_profit: {more_than: 0元}}, {total_assets: {more_than: 0元}}]}",
        ["total_assets"],
    ),
    "a derived fact": ("busy: true", ["employees"]),
    "a derived fact that must be no": ("busy: false", ["employees"]),
}  # fmt: skip


@pytest.mark.parametrize(("when", "names"), DECIDED.values(), ids=DECIDED)
def test_the_tests_that_decided(when: str, names: list[str], tmp_path: Path) -> None:
    text = HEAD.replace("extends: [country]\n", "").format(
        name="one", title="一", within="140400", place="长治市", zone="", start="2020-01-01", end=""
    )
    text += "facts:\n  busy: {label: 忙, when: {any: [{employees: {more_than: 10人}}, {net_profit: {less_than: 0元}}]}}\n"
    text += f"coverages:\n  only: {{label: 覆盖, source: 一, covered_when: {{{when}}}}}\n"
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    one = load_pack(tmp_path / "one.yaml", cache=False).decide(firm(), 2021).coverages["only"]
    assert [leaf.parts[0].info.name.partition("@")[0] for leaf in one.reason.deciding()] == names


def test_a_count_that_is_open_above_says_at_least(tmp_path: Path) -> None:
    text = HEAD.replace("extends: [country]\n", "").format(
        name="one", title="一", within="140400", place="长治市", zone="", start="2020-01-01", end=""
    )
    text += "activity_kinds: {platform: {lab: {label: 实验室, lasts: state}}}\n"
    text += "coverages:\n  only: {label: 覆盖, source: 一, covered_when: {active: platform}}\n"
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    pack = load_pack(tmp_path / "one.yaml", cache=False)
    lab = {"category": "platform", "kind": "lab", "started": "2020-02-01", "ended": "ongoing"}
    record = {
        "uscc": CODE,
        "name": "某企业",
        "region": "140403",
        "activities": [lab],
        "unsurveyed": ["platform"],
    }
    decision = pack.decide(Enterprise.model_validate(record), 2021)
    assert decision.coverages["only"].status == "covered"
    assert "至少 1 项" in "\n".join(Story(decision, pack, "zh").lines())


# -------------------------------------------------------------------------------- packs that do not apply


@pytest.mark.parametrize(
    ("year", "region", "zones", "standing"),
    [
        (2021, "140403", ["甲园"], ["applies", "applies", "applies"]),
        (2019, "140403", ["甲园"], ["applies", "not_in_force", "not_in_force"]),
        (2022, "140403", ["甲园"], ["not_in_force", "applies", "applies"]),
        (2021, "140403", [], ["applies", "applies", "out_of_scope"]),
        (2021, "131102", [], ["out_of_scope", "out_of_scope", "out_of_scope"]),
        (2021, "140000", [], ["applies", "undetermined", "out_of_scope"]),
    ],
)
def test_standing(
    packs: tuple[Pack, ...], year: int, region: str, zones: list[str], standing: list[str]
) -> None:
    found = together(packs, year, firm(year, region, zones))
    assert [side.standing for side in found.sides] == standing
    for side in found.sides:
        assert bool(side.why) == (side.standing in ("out_of_scope", "undetermined"))
    zh = "\n".join(beside.lines(found, "zh"))
    assert ("不在施行期" in zh) == ("not_in_force" in standing)
    assert ("不在辖区" in zh) == ("out_of_scope" in standing)


def test_a_pack_not_in_force_says_so_in_its_cells(packs: tuple[Pack, ...]) -> None:
    found = together(packs, 2022)
    assert statuses(found.rows[0]) == ["not_in_force", "covered", None]
    assert statuses(row(found, "award", "grant")) == ["not_in_force", "eligible", None]


def test_the_packs_considered_are_those_of_the_place_in_force_or_not(packs: tuple[Pack, ...]) -> None:
    heads = [head(pack.path) for pack in packs]
    assert [one.id for one in beside.considered(heads, "140403", ["甲园"])] == ["province", "city", "park"]
    assert [one.id for one in beside.considered(heads, "140403", None)] == ["province", "city"]
    assert beside.considered(heads, "131102", ()) == []


def test_nothing_to_set_beside() -> None:
    with pytest.raises(ValueError, match="nothing"):
        beside.beside([])


# -------------------------------------------------------------------------------- showing


def test_json(packs: tuple[Pack, ...]) -> None:
    told = beside.to_json(together(packs))
    assert json.loads(json.dumps(told, ensure_ascii=False)) == told
    assert [one["standing"] for one in told["packs"]] == ["applies"] * 3
    assert told["packs"][0]["in_force"] == {"from": "2019-01-01", "to": "2021-12-31"}
    assert told["packs"][2]["without_coverage"] == "本文件没有覆盖要求"
    headline = told["rows"][0]
    assert headline["differs"] is True
    assert headline["cells"]["park"] is None
    why = headline["cells"]["city"]["why"][0]
    assert (why["value"], why["threshold"], why["clause"]) == ("60万元", "50万元", "甲")
    assert told["differences"] == sum(one["differs"] for one in told["rows"])
    grant = next(one for one in told["rows"] if one["id"] == "grant")
    assert grant["cells"]["province"]["amount"] == "3万元"
    size = next(one for one in told["rows"] if one["id"] == "size")
    assert size["cells"]["city"] == {"id": "size", "label": "大小", "clause": "一", "value": "small"}


def test_in_chinese(packs: tuple[Pack, ...]) -> None:
    text = "\n".join(beside.lines(together(packs), "zh"))
    assert "≠ 总的结论" in text
    assert "✗ 未覆盖" in text
    assert "60万元 ≥ 100万元" in text
    assert "— 甲园：没有覆盖要求" in text
    assert "省内专项" in text
    assert "2 长治市：加计扣除优惠" not in text
    assert "金额" in text
    assert text.rstrip().endswith("3 处不同")


def test_in_english(packs: tuple[Pack, ...]) -> None:
    text = "\n".join(beside.lines(together(packs), "en"))
    assert "≠ headline" in text
    assert "✗ not covered" in text
    assert "park: no coverage of its own" in text
    assert "rows that differ: 3" in text


def test_nothing_differs(packs: tuple[Pack, ...]) -> None:
    found = together(packs[:1])
    assert found.differences == ()
    assert list(beside.lines(found, "zh"))[-1] == "没有不同"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("many", [1, 2, 3, 6])
@pytest.mark.parametrize("year", [2019, 2021, 2022])
def test_lines_fit(packs: tuple[Pack, ...], lang: Lang, many: int, year: int) -> None:
    found = together((packs * 2)[:many], year)
    lines = list(beside.lines(found, lang, columns=80))
    assert max(map(width, lines)) <= 80
    if many == 6:
        shown = "等次：" if lang == "zh" else "rank: "
        assert any(shown in line for line in lines)


def test_names_write_no_escape_codes(packs: tuple[Pack, ...]) -> None:
    who = firm().model_copy(update={"name": "\x1b[31m红"})
    text = "\n".join(beside.lines(together(packs, 2021, who), "zh"))
    assert "\x1b" not in text
    assert "\x1b[1m" in "\n".join(beside.lines(together(packs), "zh", Paint(True)))


# -------------------------------------------------------------------------------- the packs of the library


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_enterprise_of_the_zone_under_our_own_packs(lang: Lang) -> None:
    names = ["shanxi", "changzhi", "changzhi_hightech_zone"]
    if not set(names) <= set(finder.names()):
        pytest.skip("the three packs are not there")
    packs = [load_pack(name) for name in names]
    cases = worked.find(packs[2].linked)
    assert cases is not None
    inside = [one for one in cases.cases if one.year == 2021][:12]
    differing = 0
    for case in inside:
        who = parse_enterprise(case.enterprise)
        found = beside.beside((pack, pack.decide(who, 2021, date(2021, 12, 31))) for pack in packs)
        differing += len(found.differences)
        assert max(map(width, beside.lines(found, lang))) <= 80
        deduction = next(
            one for one in found.rows if any(c.id == "tax_rd_super_deduction" for c in one.present)
        )
        assert len(deduction.present) == 3
        for one in found.differences:
            applying = zip(found.sides, one.cells, strict=True)
            assert all(c is None or c.why or side.standing == "not_in_force" or c.status == "not_in_force"
                       for side, c in applying)  # fmt: skip
    assert differing
