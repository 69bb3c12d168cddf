"""The vocabulary is the models: every field has its names, its type, its range and its source."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from innovation_rules.activities import ACTIVITIES
from innovation_rules.enterprise import AnnualReport
from innovation_rules.facts import CATEGORIES, FIELDS_ZH, LEVELS, MODELS, STATUSES, VOCABULARY, FactSpec
from innovation_rules.quantities import QUANTITIES, Type, unit_of

ALL = sorted(VOCABULARY.values(), key=lambda one: (one.owner, one.name))


@pytest.mark.parametrize("spec", ALL, ids=lambda one: f"{one.owner}.{one.name}")
def test_every_fact_is_whole(spec: FactSpec) -> None:
    assert re.search("[\u4e00-\u9fff]", spec.zh)
    assert re.fullmatch("[a-z][a-z0-9_]*", spec.name)
    if spec.type in (Type.MONEY, Type.NUMBER, Type.COUNT, Type.POINTS):
        assert spec.low is not None
        assert spec.high is not None
        assert spec.low < spec.high < 2**63
        unit = unit_of(spec.unit or "")
        assert unit is not None
        assert unit.type is spec.type
    if spec.name != "category":
        assert spec.source or spec.owner == "enterprise"


@pytest.mark.parametrize("owner", sorted(FIELDS_ZH))
def test_chinese_names_are_unique_in_their_owner(owner: str) -> None:
    assert len(FIELDS_ZH[owner]) == len(MODELS[owner].model_fields)
    assert "None" not in FIELDS_ZH[owner]


def test_all_activities_have_the_same_fields() -> None:
    assert len({frozenset(one.model_fields) for one in ACTIVITIES}) == 1


def test_names_that_the_packs_use() -> None:
    assert VOCABULARY["report", "rd_expenditure"].zh == "R&D经费内部支出"
    assert VOCABULARY["report", "main_business_revenue"].zh == "主营业务收入"
    assert VOCABULARY["activity", "category"].choices == CATEGORIES
    assert VOCABULARY["activity", "status"].choices == STATUSES
    assert VOCABULARY["qualification", "level"].choices == LEVELS
    assert VOCABULARY["enterprise", "region"].type is Type.CODE
    assert VOCABULARY["enterprise", "in_directory"].type is Type.YES_NO
    assert VOCABULARY["report", "net_profit"].low == -(VOCABULARY["report", "net_profit"].high or 0)


def test_three_research_figures_are_three_facts() -> None:
    names = {"rd_expenditure", "rd_expense_accounting", "rd_expense_deductible"}
    assert len({VOCABULARY["report", name].zh for name in names}) == 3


@pytest.mark.parametrize(
    "spec", [one for one in ALL if one.owner == "report" and one.unit], ids=lambda one: one.name
)
def test_the_ends_of_every_range_are_taken_and_nothing_beyond(spec: FactSpec) -> None:
    assert spec.low is not None
    assert spec.high is not None
    kind = QUANTITIES[spec.type]
    for base in (spec.low, spec.high):
        assert getattr(AnnualReport.model_validate({spec.name: kind(base)}), spec.name) == base
    for base in (spec.low - 1, spec.high + 1):
        with pytest.raises(ValidationError):
            AnnualReport.model_validate({spec.name: kind(base)})
