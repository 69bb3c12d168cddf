"""The models: what they take, what they refuse and in which words, and what they give back."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from stdnum.cn import uscc as credit_code

from innovation_rules.activities import ACTIVITIES, Activity, Category, Status
from innovation_rules.enterprise import (
    BREAKDOWNS,
    AnnualReport,
    Enterprise,
    Finding,
    Ownership,
    Qualification,
    inconsistencies,
)
from innovation_rules.errors import DataError
from innovation_rules.fields import SECTIONS, parse_industry, parse_region, parse_uscc, region_name
from innovation_rules.intake import enterprise_from_json, parse_enterprise
from innovation_rules.quantities import Level, Money, QuantityError
from innovation_rules.region import Basis, RegionStatistics

USCC = "91350100M000100Y43"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def enterprise(**fields: Any) -> Enterprise:
    return parse_enterprise({"uscc": USCC, "name": "某厂", **fields})


def code_of(**fields: Any) -> str:
    """The code of the one problem that a record with these fields has."""
    with pytest.raises(DataError) as caught:
        enterprise(**fields)
    (only,) = caught.value.diagnostics
    for lang in ("zh", "en"):
        assert "?" not in only.message(lang)
        assert only.help(lang)
    return only.code


def test_only_code_and_name_are_needed_and_the_rest_is_unknown() -> None:
    one = enterprise()
    assert (one.region, one.established, one.activities, one.qualifications) == (None, None, None, None)
    assert (one.reports, one.in_directory, one.inputs, one.unsurveyed) == ({}, {}, {}, frozenset())
    assert AnnualReport().papers is None


def test_a_whole_record() -> None:
    one = enterprise(
        region="140403",
        industry="C3411",
        established="2005-05-01",
        ownership="private",
        in_directory={"2020": True, 2021: False},
        zones=["某高新区"],
        qualifications=[{"kind": "high_tech_enterprise", "status": "recognised", "expires": "never"}],
        reports={"2020": {"rd_expenditure": "1200万元", "employees": 300, "rd_personnel_fte": "3.2人年"}},
        activities=[
            {"category": "platform", "kind": "laboratory", "level": "provincial", "ended": "ongoing"},
            {"category": "talent", "kind": "academician", "quantity": 2, "amount": Decimal("0.01")},
        ],
        unsurveyed=["international"],
        inputs={
            "able": {"value": True, "found_on": "2020-03-01", "found_by": "某局"},
            "score": "50点",
            "x": None,
        },
        ongoing_as_of="2020-12-31",
    )
    assert one.industry == "3411"
    assert one.established == date(2005, 5, 1)
    assert one.ownership is Ownership.PRIVATE
    assert one.in_directory == {2020: True, 2021: False}
    assert one.reports[2020].rd_expenditure == 1_200_000_000
    assert one.reports[2020].rd_personnel_fte == 320
    assert one.activities is not None
    assert one.activities[0].category is Category.PLATFORM
    assert one.activities[0].level is Level.PROVINCIAL
    assert one.activities[1].amount == 1
    assert one.unsurveyed == {Category.INTERNATIONAL}
    assert one.inputs["able"] == Finding(value=True, found_on=date(2020, 3, 1), found_by="某局")
    assert one.inputs["x"] is None


def test_a_dump_holds_base_units_and_reads_back() -> None:
    one = enterprise(
        reports={2020: {"rd_expenditure": "1200万元", "rd_personnel_fte": "3.2人年", "papers": 3}},
        activities=[{"category": "talent", "kind": "x", "amount": "1元", "level": "市级"}],
    )
    dumped = one.model_dump(exclude_unset=True)
    assert dumped["reports"][2020] == {"rd_expenditure": 1_200_000_000, "rd_personnel_fte": 320, "papers": 3}
    assert type(dumped["reports"][2020]["rd_expenditure"]) is Money
    assert dumped["activities"][0]["amount"] == 100
    assert Enterprise.model_validate(dumped) == one
    assert Enterprise.model_validate_json(one.model_dump_json(exclude_unset=True)) == one
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.filterwarnings("error")
def test_everything_is_written_as_it_is_read() -> None:
    one = enterprise(
        established="2005-05-01",
        qualifications=[{"kind": "x", "expires": "never", "granted": "2020-01-01", "level": "国家级"}],
        activities=[
            {"category": "project", "kind": "x", "started": "2020-01-01", "ended": "ongoing", "quantity": 2}
        ],
        inputs={"a": "50点", "b": {"value": True, "found_on": "2020-01-01"}, "c": None, "d": 5},
        in_directory={2020: False},
    )
    written = one.model_dump_json(exclude_unset=True)
    assert '"level":"national"' in written
    assert '"found_on":"2020-01-01"' in written
    assert enterprise_from_json(written) == one


def test_models_are_frozen() -> None:
    with pytest.raises(ValidationError):
        enterprise().name = "other"  # type: ignore[misc]


def test_names_are_composed() -> None:
    assert enterprise(name="Cafe\u0301").name == "Caf\u00e9"


# ---- codes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [USCC, "11320000MB151840XJ", "91110000600037341L"])
def test_published_credit_codes(code: str) -> None:
    assert parse_uscc(code) == code


@given(digits=st.text("0123456789", min_size=8, max_size=8), rest=st.text(ALPHABET, min_size=10, max_size=10))
def test_credit_codes_are_judged_as_stdnum_judges_them(digits: str, rest: str) -> None:
    code = digits + rest
    right = code[:17] + credit_code.calc_check_digit(code[:17])
    assert parse_uscc(right) == right
    if code != right:
        assert not credit_code.is_valid(code)
        with pytest.raises(QuantityError) as caught:
            parse_uscc(code)
        assert caught.value.code == "uscc-check-digit"


@pytest.mark.parametrize(
    ("uscc", "code"),
    [
        ("91350100M000100Y44", "uscc-check-digit"),
        ("91350100M000100Y4Z", "uscc-character"),
        ("9135O100M000100Y43", "uscc-character"),
        ("91350100m000100y43", "uscc-lower-case"),
        ("9135 0100 M000100Y43", "uscc-space"),
        (" 91350100M000100Y43", "uscc-space"),
        ("91350100-M000100Y-43", "uscc-hyphen"),
        ("９1350100M000100Y43", "uscc-full-width"),
        ("M000100Y-4", "uscc-organisation-code"),
        ("m000100y4", "uscc-organisation-code"),
        ("91350100M000100Y4", "uscc-length"),
        ("", "uscc-length"),
        ("9.13501E+17", "code-is-number"),
        (913501000000000000, "code-is-number"),
        (9.13e17, "code-is-number"),
        (None, "not-text"),
        (True, "not-text"),
    ],
)
def test_credit_codes_that_are_refused(uscc: Any, code: str) -> None:
    assert code_of(uscc=uscc) == code


def test_a_credit_code_is_never_mended_in_silence() -> None:
    with pytest.raises(DataError) as caught:
        enterprise(uscc="９1350100m000100y43")
    (only,) = caught.value.diagnostics
    assert only.help("zh") == f"对照营业执照后写成 `{USCC}`"
    assert only.help("en") == f"compare it with the business licence and write `{USCC}`"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("140000", "山西省"),
        ("140400", "长治市"),
        ("140403", "潞州区"),
        ("131102", "桃城区"),
        ("360300", "萍乡市"),
    ],
)
def test_regions(code: str, name: str) -> None:
    assert parse_region(code) == code
    assert region_name(code) == name


@pytest.mark.parametrize(
    ("region", "code"),
    [
        (140400, "code-is-number"),
        ("14040", "region-form"),
        ("149999", "no-such-region"),
        ("000000", "no-such-region"),
        ("长治市", "region-form"),
        ("１４０４００", "region-form"),
        ([], "not-text"),
    ],
)
def test_regions_that_are_refused(region: Any, code: str) -> None:
    assert code_of(region=region) == code


def test_a_code_with_a_letter_or_without() -> None:
    assert parse_industry("C3110") == parse_industry("3110") == "3110"
    assert parse_industry("B06") == "06"
    assert region_name("x") is None


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_every_section_takes_its_divisions_and_no_other(section: str) -> None:
    for division in range(1, 98):
        code = f"{division:02}"
        if division in SECTIONS[section]:
            assert parse_industry(section + code) == code
        else:
            with pytest.raises(QuantityError) as caught:
                parse_industry(section + code)
            assert caught.value.code == "industry-section"


@pytest.mark.parametrize(
    ("industry", "code"),
    [
        (6, "code-lost-zero"),
        (610, "code-lost-zero"),
        ("6", "code-lost-zero"),
        (3411, "code-is-number"),
        (25, "code-is-number"),
        ("98", "no-such-industry"),
        ("00", "no-such-industry"),
        ("C0610", "industry-section"),
        ("c3110", "industry-form"),
        ("31101", "industry-form"),
        ("煤炭", "industry-form"),
        ("x" * 99, "industry-form"),
        (True, "not-text"),
    ],
)
def test_industries_that_are_refused(industry: Any, code: str) -> None:
    assert code_of(industry=industry) == code


def test_a_lost_zero_is_named() -> None:
    with pytest.raises(DataError) as caught:
        enterprise(industry=610)
    (only,) = caught.value.diagnostics
    assert only.message("zh") == "某厂，行业代码（industry）：代码 `610` 丢了开头的零"
    assert only.help("zh") == '加引号写成文字：`"0610"`'
    assert only.message("en") == "某厂, industry: the code `610` has lost its leading zero"


# ---- fields -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": None}, "not-text"),
        ({"name": 5}, "text-not-number"),
        ({"name": "  "}, "empty-text"),
        ({"name": "a\x1b[31m"}, "control-in-text"),
        ({"name": "\ud800"}, "control-in-text"),
        ({"established": "1899-12-31"}, "out-of-range"),
        ({"established": "2020.5.1"}, "date-form"),
        ({"established": 43983}, "date-form"),
        ({"established": "2020-13-01"}, "no-such-date"),
        ({"ownership": "privat"}, "unknown-choice"),
        ({"in_directory": {"2020": 1}}, "not-yes-no"),
        ({"in_directory": {"20": True}}, "year-form"),
        ({"in_directory": {"1989": True}}, "out-of-range"),
        ({"in_directory": True}, "field-shape"),
        ({"reports": [1]}, "field-shape"),
        ({"reports": {"2020": 5}}, "field-shape"),
        ({"reports": {2101: {}}}, "out-of-range"),
        ({"reports": {"2020": {"rd_expenditure": 1.5}}}, "float-refused"),
        ({"reports": {"2020": {"rd_expenditure": -1}}}, "out-of-range"),
        ({"reports": {"2020": {"rd_expenditure": "10亿亿元"}}}, "unknown-unit"),
        ({"reports": {"2020": {"rd_expenditure": "20000000000万元"}}}, "out-of-range"),
        ({"reports": {"2020": {"employees": "300家"}}}, "wrong-unit"),
        ({"reports": {"2020": {"rd_expenditur": 1}}}, "unknown-field"),
        ({"zones": "高新区"}, "field-shape"),
        ({"activities": {}}, "field-shape"),
        ({"activities": [5]}, "field-shape"),
        ({"activities": [{"kind": "x"}]}, "missing-field"),
        ({"activities": [{"category": "talent"}]}, "missing-field"),
        ({"activities": [{"category": "tallent", "kind": "x"}]}, "unknown-choice"),
        ({"activities": [{"category": "talent", "kind": "x", "quantity": 0}]}, "out-of-range"),
        ({"activities": [{"category": "talent", "kind": "x", "amount": -1}]}, "out-of-range"),
        ({"activities": [{"category": "talent", "kind": "x", "status": "done"}]}, "unknown-choice"),
        ({"activities": [{"category": "talent", "kind": "x", "ended": "forever"}]}, "date-form"),
        ({"unsurveyed": ["talents"]}, "unknown-choice"),
        ({"unsurveyed": "talent"}, "field-shape"),
        ({"inputs": {"x": 1.5}}, "float-refused"),
        ({"inputs": {"x": float("nan")}}, "not-finite"),
        ({"inputs": {"x": [1]}}, "not-a-value"),
        ({"inputs": {"x": {"valu": 1, "value": 2}}}, "unknown-field"),
        ({"inputs": {"x": {"value": True, "found_on": "soon"}}}, "date-form"),
        ({"colour": "red"}, "unknown-field"),
    ],
)
def test_fields_that_are_refused(fields: dict[str, Any], code: str) -> None:
    assert code_of(**fields) == code


def test_no_more_than_ten_thousand_activities() -> None:
    many = [{"category": "talent", "kind": "x"}] * 10_001
    assert code_of(activities=many) == "too-many-items"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"started": "2020-05-01", "ended": "2020-01-01"}, "ended-before-started"),
        ({"started": "2020-05-01", "ended": "2020-05-01"}, None),
        ({"started": "2020-05-01", "ended": "ongoing"}, None),
        ({"ended": "2020-05-01"}, None),
    ],
)
def test_an_activity_ends_after_it_starts(fields: dict[str, Any], code: str | None) -> None:
    activity = {"category": "project", "kind": "x", **fields}
    if code:
        assert code_of(activities=[activity]) == code
    else:
        assert enterprise(activities=[activity]).activities


@pytest.mark.parametrize("category", list(Category))
def test_the_category_chooses_the_class(category: Category) -> None:
    one = TypeAdapter[Any](Activity).validate_python({"category": category.value, "kind": "x"})
    assert type(one) is ACTIVITIES[list(Category).index(category)]


def test_qualifications() -> None:
    assert code_of(qualifications=[{"kind": "x", "status": "completed"}]) == "qualification-status"
    late = {"kind": "x", "granted": "2020-01-01", "expires": "2019-01-01"}
    assert code_of(qualifications=[late]) == "expired-before-granted"
    assert Qualification.model_validate({"kind": "x", "status": "已认定"}).status is Status.RECOGNISED


# ---- figures that contradict each other -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "code"),
    [
        ({"rd_expenditure": "10万元", "basic_research": "11万元"}, "parts-exceed-whole"),
        ({"rd_expenditure": "10万元", "basic_research": "6万元", "rd_labour": "6万元"}, None),
        (
            {"rd_expenditure": "10万元", "basic_research": "6万元", "applied_research": "6万元"},
            "parts-exceed-whole",
        ),
        (
            {
                "rd_expenditure": "10万元",
                "basic_research": 0,
                "applied_research": 0,
                "experimental_development": "9万元",
            },
            "parts-differ-from-whole",
        ),
        (
            {
                "rd_expenditure": "101千元",
                "basic_research": "33千元",
                "applied_research": "33千元",
                "experimental_development": "34千元",
            },
            None,
        ),
        ({"rd_expenditure": "10万元", "basic_research": "6万元"}, None),
        ({"new_product_revenue": "10万元", "new_product_exports": "12万元"}, "parts-exceed-whole"),
        ({"new_product_revenue": "10万元", "new_product_exports": "100500元"}, None),
        ({"rd_staff": 10, "rd_staff_women": 11}, "parts-exceed-whole"),
        ({"rd_staff": 10, "rd_staff_women": 10, "rd_staff_full_time": 10}, None),
        (
            {"rd_staff_graduates": 2, "rd_institution_doctors": 1, "rd_institution_masters": 2},
            "parts-exceed-whole",
        ),
        ({"patents_applied": 1, "inventions_applied": 2}, "parts-exceed-whole"),
        ({"inventions_applied": 2}, None),
        ({"patents_applied": None, "inventions_applied": 2}, None),
    ],
)
def test_the_checks_of_the_forms(report: dict[str, Any], code: str | None) -> None:
    if code:
        assert code_of(reports={2020: report}) == code
    else:
        assert 2020 in enterprise(reports={2020: report}).reports


def test_a_contradiction_names_both_figures() -> None:
    with pytest.raises(DataError) as caught:
        enterprise(reports={2020: {"rd_expenditure": "10万元", "basic_research": "12万元"}})
    (only,) = caught.value.diagnostics
    assert only.message("zh") == (
        "某厂，年度报告·2020（reports.2020）：基础研究支出 合计 12万元，超过 R&D经费内部支出 的 10万元"
    )
    assert (
        only.message("en")
        == "某厂, reports.2020: basic_research come to 12万元, more than the 10万元 of rd_expenditure"
    )


def test_contradictions_are_found_in_plain_figures_too() -> None:
    assert not list(inconsistencies({}))
    (found,) = inconsistencies({"rd_staff": 1, "rd_staff_women": 2})
    assert (found.whole, found.sum, found.check.parts) == (1, 2, ("rd_staff_women",))


def test_every_check_names_fields_of_the_report() -> None:
    for check in BREAKDOWNS:
        assert {check.whole, *check.parts} <= set(AnnualReport.model_fields)


# ---- regions ----------------------------------------------------------------------------------------------


def test_a_statistic_keeps_its_vintages() -> None:
    region = RegionStatistics.model_validate(
        {
            "region": "140000",
            "statistics": {
                "2020": {
                    "rd_to_gdp": [
                        {"value": "1.20%", "basis": "flow", "vintage": "2021-09-01"},
                        {"value": "1.18%", "basis": "当年数", "vintage": "2022-09-01"},
                    ],
                    "high_tech_enterprises": 3000,
                    "laboratories": {"value": 5, "basis": "stock"},
                }
            },
        }
    )
    latest = region.statistic("rd_to_gdp", 2020)
    assert latest is not None
    assert (latest.value, latest.basis) == ("1.18%", Basis.FLOW)
    first = region.statistic("rd_to_gdp", 2020, date(2021, 12, 31))
    assert first is not None
    assert first.value == "1.20%"
    assert region.statistic("rd_to_gdp", 2020, date(2020, 12, 31)) is None
    assert region.statistic("rd_to_gdp", 2021) is None
    plain = region.statistic("high_tech_enterprises", 2020)
    assert plain is not None
    assert plain.value == 3000
