"""Decisions: statuses, amounts, reasons, what is missing and what nearly holds, ruling by ruling."""

from __future__ import annotations

import json
import pickle
import random
from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import Builder, activity, case, random_case, random_program, random_value, spec

from innovation_rules.case import Case
from innovation_rules.decision import Amount, Decision, Subject, to_json
from innovation_rules.engines import Engine, decide
from innovation_rules.gaps import outcomes
from innovation_rules.program import (
    CategoryRule,
    Compare,
    Constant,
    Extreme,
    Known,
    Member,
    Origin,
    Program,
    Under,
    YearsSince,
)
from innovation_rules.quantities import Type

WHO = Subject("91350100M000100Y43", "某厂", "sha256:input")
TRUTHS = (True, False, None)
RANDOM = st.randoms(use_true_random=False)
CORE = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def decided(builder: Builder, in_force: bool = True, **fields: object) -> Decision:
    return decide(builder.program(in_force), builder.case(**fields), subject=WHO)


def flag(builder: Builder, value: bool | None, name: str = "") -> int:
    return builder.fact(name or f"flag_{len(builder.facts)}", Type.YES_NO, value)


# ------------------------------------------------------------------------------------------- statuses


@pytest.mark.parametrize(
    ("scope", "condition", "status"),
    [
        (True, True, "covered"),
        (True, False, "not_covered"),
        (True, None, "undetermined"),
        (False, True, "out_of_scope"),
        (False, None, "out_of_scope"),
        (None, True, "undetermined"),
        (None, False, "undetermined"),
    ],
)
def test_scope_comes_first_and_an_unknown_scope_leaves_all_open(
    engine: Engine, scope: bool | None, condition: bool | None, status: str
) -> None:
    builder = Builder()
    builder.coverage(flag(builder, condition), flag(builder, scope))
    decision = decide(builder.program(), builder.case(), subject=WHO, engine=engine.name)
    assert decision.coverage is not None
    assert decision.coverage.status == status
    assert decision.engine == engine.name


@pytest.mark.parametrize("condition", TRUTHS)
def test_outside_its_period_a_pack_is_not_in_force_never_not_covered(condition: bool | None) -> None:
    builder = Builder()
    builder.coverage(flag(builder, condition))
    builder.award(flag(builder, condition), (builder.constant(5), builder.constant(5)))
    decision = decided(builder, in_force=False)
    assert decision.coverages["covered_thing"].status == "not_in_force"
    award = decision.awards["award_0"]
    assert (award.status, award.amount, award.missing, award.near_misses) == ("not_in_force", None, (), ())


@pytest.mark.parametrize(
    ("more", "condition", "status"),
    [
        ({}, True, "eligible"),
        ({}, False, "ineligible"),
        ({}, None, "undetermined"),
        ({"bearing": "weighs"}, True, "favoured"),
        ({"bearing": "weighs"}, False, "not_favoured"),
        ({"bearing": "weighs"}, None, "undetermined"),
        ({"decided": False}, True, "not_applicable"),
        ({"in_force": False}, True, "not_in_force"),
    ],
)
def test_award_statuses(more: dict[str, object], condition: bool | None, status: str) -> None:
    builder = Builder()
    builder.award(flag(builder, condition), **more)
    assert decided(builder).awards["award_0"].status == status


def test_an_award_implies_its_jurisdiction_only() -> None:
    builder = Builder()
    for gate in TRUTHS:
        builder.award(builder.constant(True), jurisdiction=flag(builder, gate))
    statuses = [one.status for one in decided(builder).awards.values()]
    assert statuses == ["eligible", "out_of_scope", "undetermined"]


def test_a_pack_without_coverage_has_no_headline() -> None:
    decision = decided(Builder())
    assert decision.coverage is None
    assert to_json(decision)["coverage"] is None


def test_profile_and_layers() -> None:
    builder = Builder()
    for name, value in zip(("talent", "project", "platform"), TRUTHS, strict=True):
        builder.profile.append(CategoryRule(name, name, "一", flag(builder, value)))
    builder.layers.append(CategoryRule("basic", "基础", "一", 0))
    decision = decided(builder)
    assert decision.profile == {"talent": "active", "project": "inactive", "platform": "undetermined"}
    assert decision.layers == {"basic": "active"}


# ------------------------------------------------------------------------------------------- classes


def test_a_class_is_its_first_true_row_or_undetermined_with_what_is_possible() -> None:
    for value, expected, possible in ((True, "a", ()), (False, "b", ()), (None, "undetermined", ("a", "b"))):
        builder = Builder()
        rows = [(flag(builder, value), builder.constant("a"))]
        builder.classify(builder.first_match(rows, builder.constant("b")), "a", "b", "c")
        decision = decided(builder)
        assert decision.classes == {"group": expected}
        assert decision.open_classes == ({"group": possible} if possible else {})


def test_many_gives_every_true_row_and_lists_unknown_ones_apart() -> None:
    builder = Builder()
    many = tuple(flag(builder, value) for value in (True, None, False, True))
    builder.classify(many[0], "a", "b", "c", "d", many=many)
    decision = decided(builder)
    assert decision.classes == {"group": ("a", "d")}
    assert decision.open_classes == {"group": ("b",)}
    assert to_json(decision)["classes"] == {"group": ["a", "d"]}


# ------------------------------------------------------------------------------------------- amounts


@pytest.mark.parametrize(
    ("condition", "low", "high", "amount", "written"),
    [
        (True, 500, 500, Amount(500, 500), "5元"),
        (False, 500, 500, None, None),
        (None, 500, 500, Amount(0, 500), {"min": "0元", "max": "5元"}),
        (True, 500, 900, Amount(500, 900), {"min": "5元", "max": "9元"}),
        (None, 500, 900, Amount(0, 900), {"min": "0元", "max": "9元"}),
        (True, None, None, None, "unknown"),
        (None, None, None, None, "unknown"),
        (True, -500, -500, Amount(0, 0), "0元"),
    ],
)
def test_amounts(
    condition: bool | None, low: int | None, high: int | None, amount: Amount | None, written: object
) -> None:
    builder = Builder()
    ends = builder.fact("low", value=low), builder.fact("high", value=high)
    builder.award(flag(builder, condition), ends)
    decision = decided(builder)
    award = decision.awards["award_0"]
    assert award.amount == amount
    assert to_json(decision)["awards"]["award_0"]["amount"] == written


def test_an_unknown_base_leaves_an_eligible_award_eligible_and_names_the_base() -> None:
    builder = Builder()
    base = builder.fact("product_net_profit", year=2020)
    share = builder.linear((1, base))
    builder.award(builder.constant(True), (share, share))
    award = decided(builder).awards["award_0"]
    assert (award.status, award.amount, award.missing) == ("eligible", None, ("product_net_profit@2020",))


def test_an_item_without_an_amount_leaves_the_sum_unknown() -> None:
    """An unknown base gives an unknown amount, not its declared maximum (hengshui's cases hold the ranges)."""
    builder = Builder()
    total = builder.count(Member(0, ("platform",)), of=6, highest=1000, categories=("platform",))
    builder.award(builder.constant(True), (total, total))
    award = decided(builder, activities=[activity(amount=200), activity(amount=None)]).awards["award_0"]
    assert (award.status, award.amount) == ("eligible", None)
    sure = decided(builder, activities=[activity(amount=200), activity(amount=300)]).awards["award_0"]
    assert sure.amount == Amount(500, 500)


# ------------------------------------------------------------------------------------------- reasons


def changzhi_like(rd: int | None = 1_200_000_000, floor: int = 1_000_000_000) -> Builder:
    builder = Builder()
    money = builder.fact("rd_expenditure", value=rd, year=2020, zh="研发经费内部支出", unit="元")
    bound = builder.constant(floor, type=Type.MONEY, unit="元", parameter="rd_floor")
    builder.coverage(builder.compare(money, ">=", bound, clause="二(一)"))
    return builder


def test_a_leaf_says_fact_value_test_threshold_and_result() -> None:
    leaf = decided(changzhi_like()).coverages["covered_thing"].reason
    assert leaf.text("zh") == "研发经费内部支出（2020年）= 1200万元 ≥ 1000万元（rd_floor）：满足"
    assert leaf.text("en") == "rd_expenditure (2020) = 1200万元 ≥ 1000万元 (rd_floor): met"
    assert (leaf.result, leaf.clause, leaf.kind) == (True, "二(一)", "compare")
    short = decided(changzhi_like(999_999_999)).coverages["covered_thing"].reason
    assert short.text("zh").endswith("：不满足")
    assert decided(changzhi_like(None)).coverages["covered_thing"].reason.text("zh").endswith("：未知")


def test_a_constant_on_the_left_reads_the_other_way_round() -> None:
    builder = Builder()
    money = builder.fact("rd_expenditure", value=100, year=2020, zh="研发经费", unit="元")
    builder.coverage(builder.compare(builder.constant(500), "<=", money))
    assert (
        decided(builder).coverages["covered_thing"].reason.text() == "研发经费（2020年）= 1元 ≥ 5元：不满足"
    )


def test_beneath_a_leaf_stands_the_derivation_down_to_base_facts_with_their_year() -> None:
    builder = Builder()
    rd = builder.fact("rd_expenditure", value=25, year=2020, zh="研发经费", unit="元")
    revenue = builder.fact("revenue", value=1000, year=2020, zh="营业收入", unit="元")
    quotient = builder.quotient(rd, revenue, name="rd_intensity@2020", label="研发投入强度", type=Type.RATIO)
    builder.coverage(builder.at_least(quotient, 25_000))
    reason = decided(builder).coverages["covered_thing"].reason
    assert [one.text() for _, one in reason.walk()][:4] == [
        "研发投入强度 = 2.5% ≥ 2.5%：满足",
        "研发投入强度 = 2.5%",
        "研发经费（2020年）= 0.25元",
        "营业收入（2020年）= 10元",
    ]
    assert [one.kind for one in reason.parts] == ["ratio", "figure"]


def test_a_table_says_which_row_decided() -> None:
    for values, row in (((False, True), 1), ((False, False), 2), ((None, True), None), ((True, None), 0)):
        builder = Builder()
        rows = [(flag(builder, value), builder.constant(index)) for index, value in enumerate(values)]
        builder.classify(builder.first_match(rows, builder.constant(9)))
        assert decided(builder).class_results["group"].reason.row == row


def test_an_aggregate_says_which_items_count_which_may_and_what_keeps_the_others_out() -> None:
    builder = Builder()
    tests = Member(0, ("platform",)), Compare(2, ">=", 8)
    node = builder.count(*tests, body=[Constant(3)], categories=("platform",))
    builder.coverage(builder.at_least(node, 2))
    items = [activity(level=3), activity(level=None), activity(level=2), activity("talent")]
    reason = decided(builder, activities=items).coverages["covered_thing"].reason.parts[0]
    assert [(one.where, one.result) for one in reason.items] == [
        ("activities[0]", True),
        ("activities[1]", None),
        ("activities[2]", False),
        ("activities[3]", False),
    ]
    assert reason.items[0].because is None
    assert reason.items[1].because is not None
    assert [one.kind for one in reason.items[1].because.parts] == ["fact", "figure"]
    assert "不计入" in reason.items[3].text()
    assert reason.items[0].text("en") == "activities[0] counts"


def test_an_item_whose_amount_is_unknown_may_count() -> None:
    builder = Builder()
    total = builder.count(Member(0, ("platform",)), of=6, highest=10, categories=("platform",))
    builder.coverage(builder.at_least(total, 2))
    items = (
        decided(builder, activities=[activity(amount=None)]).coverages["covered_thing"].reason.parts[0].items
    )
    assert items[0].result is None
    assert items[0].because is not None
    assert items[0].because.info.name == "amount"


def test_an_item_kept_out_by_a_fact_of_the_enterprise_says_so() -> None:
    from innovation_rules.program import Or, Outer

    builder = Builder()
    outer = flag(builder, False, "permitted")
    node = builder.count(Member(0, ("platform",)), Or((8,)), body=[Outer(outer)])
    builder.coverage(builder.at_least(node, 1))
    items = decided(builder, activities=[activity()]).coverages["covered_thing"].reason.parts[0].items
    assert items[0].because is not None
    assert items[0].because.info.name == "permitted"


def test_every_kind_of_test_reads_well() -> None:
    builder = Builder()
    industry = builder.fact("industry", Type.CODE, "0610", zh="行业")
    size = builder.fact("size", Type.CHOICE, "large", zh="规模", choices={"large": "大型", "small": "小型"})
    yes = builder.fact("listed", Type.YES_NO, None, zh="在库")
    level = builder.fact("level", Type.LEVEL, 3, zh="级别")
    since = builder.fact("established", Type.DATE, date(2018, 5, 1).toordinal(), zh="成立日期")
    two = builder.constant(2, type=Type.LEVEL)
    tests = [
        builder.add(Under(industry, ("06", "07"))),
        builder.add(Member(size, ("small", "large"))),
        builder.add(Member(yes, (True,))),
        builder.add(Known(since)),
        builder.compare(level, ">=", two),
        builder.at_least(builder.add(YearsSince(since)), 3),
    ]
    builder.coverage(builder.all(*tests))
    coverage = decided(builder).coverages["covered_thing"]
    assert [one.text() for one in coverage.reason.leaves()] == [
        "行业 = 0610，应属06、07：满足",
        "规模 = 大型，应为其一：小型、大型：满足",
        "在库 = 未知，应为是：未知",
        "成立日期 = 2018-05-01，须为已知：满足",
        "级别 = 省级 ≥ 市级：满足",
        "满年数 = 2 ≥ 3：不满足",
    ]
    assert coverage.reason.text() == "以下 6 项都要满足：不满足"
    english = [one.text("en") for one in coverage.reason.leaves()]
    assert english[0] == "industry = 0610, under 06, 07: met"
    assert english[2] == "listed = unknown, must be yes: unknown"
    assert coverage.reason.text("en") == "all of 6: not met"


def test_leaves_are_given_once_and_connectives_name_their_numbers() -> None:
    from innovation_rules.program import AtLeast

    builder = Builder()
    facts = [flag(builder, value, f"f{index}") for index, value in enumerate(TRUTHS)]
    node = builder.all(builder.any(*facts), builder.negate(facts[1]), builder.add(AtLeast(2, tuple(facts))))
    builder.coverage(node)
    reason = decided(builder).coverages["covered_thing"].reason
    assert [one.info.name for one in reason.leaves()] == ["f0", "f1", "f2"]
    assert [part.text() for part in reason.parts] == [
        "以下 3 项满足一项即可：满足",
        "以下不得满足：满足",
        "以下 3 项至少满足 2 项：未知",
    ]


def test_open_values_are_shown_by_their_ends_and_their_possibilities() -> None:
    builder = Builder()
    counted = builder.count(Member(0, ("platform",)), categories=("platform",), unsurveyed=5)
    table = builder.first_match([(flag(builder, None), builder.constant("a"))], builder.constant("b"))
    builder.coverage(builder.all(builder.at_least(counted, 1), builder.add(Member(table, ("a",)))))
    decision = decided(builder, unsurveyed=["platform"])
    first, second = decision.coverages["covered_thing"].reason.leaves()
    assert first.text() == "符合条件的创新平台数量 = 0 至 5 ≥ 1：未知"
    assert second.text() == "按表取值 = a 或 b，应为a：未知"
    assert first.to_dict()["value"] == {"min": 0, "max": 5}
    assert second.to_dict()["value"] == {"one_of": ["a", "b"]}


@pytest.mark.parametrize("seed", range(25))
def test_any_decision_can_be_told_in_both_languages_and_as_json(seed: int) -> None:
    rng = random.Random(seed)
    program = random_program(rng)
    decision = decide(program, random_case(rng, program), subject=WHO)
    for one in (*decision.coverages.values(), *decision.awards.values()):
        for _, reason in (*one.scope.walk(), *one.reason.walk()):
            assert reason.text("zh")
            assert reason.text("en")
            assert all(item.text("en") for item in reason.items)
    for mode in ("leaves", "tree", "none"):
        line = to_json(decision, reasons=mode)
        assert json.loads(json.dumps(line)) == line


# ------------------------------------------------------------------------------------------- missing


def coverage_missing(builder: Builder, **fields: object) -> tuple[str, ...]:
    return decided(builder, **fields).coverages["covered_thing"].missing


def test_missing_names_unknown_facts_at_unknown_leaves() -> None:
    builder = Builder()
    of, to = builder.fact("rd", year=2020), builder.fact("revenue", year=2020)
    builder.coverage(builder.at_least(builder.quotient(of, to), 25_000))
    assert coverage_missing(builder) == ("rd@2020", "revenue@2020")


def test_missing_is_reached_only_through_unknown_nodes() -> None:
    builder = Builder()
    settled = builder.any(builder.constant(True), flag(builder, None, "useless"))
    builder.coverage(builder.all(settled, flag(builder, None, "useful"), flag(builder, True, "known")))
    assert coverage_missing(builder) == ("useful",)


def test_missing_is_empty_where_the_outcome_is_settled() -> None:
    builder = Builder()
    builder.coverage(builder.all(builder.constant(False), flag(builder, None)))
    builder.coverage(flag(builder, None), builder.constant(False), id="elsewhere")
    decision = decided(builder)
    assert decision.missing == ()


def test_missing_names_scope_and_condition_while_the_scope_is_unknown() -> None:
    builder = Builder()
    builder.coverage(flag(builder, None, "condition"), flag(builder, None, "scope"))
    assert coverage_missing(builder) == ("scope", "condition")


def test_missing_names_the_unsurveyed_category_and_the_items_unknown_field() -> None:
    builder = Builder()
    node = builder.count(
        Member(0, ("platform",)), Compare(3, "<=", 8), body=[Constant(10**6)], categories=("platform",)
    )
    builder.coverage(builder.at_least(node, 5))
    items = [activity(), activity(started=None), activity("talent", started=None)]
    assert coverage_missing(builder, activities=items, unsurveyed=["platform", "talent"]) == (
        "activities[1].started",
        "activities.platform",
    )


def test_missing_names_qualifications_nobody_listed_and_an_unknown_expiry() -> None:
    builder = Builder()
    tests = Member(0, ("hnte",)), Compare(2, ">=", 3)
    builder.coverage(builder.at_least(builder.count(*tests, over="qualifications", body=[Constant(9)]), 1))
    assert coverage_missing(builder, qualifications_known=False) == ("qualifications",)
    assert coverage_missing(builder, qualifications=[("hnte", 4, None)]) == ("qualifications[0].expires",)


def test_missing_in_a_table_stops_at_the_row_that_decides() -> None:
    builder = Builder()
    whens = [
        flag(builder, value, name)
        for name, value in (("r0", False), ("r1", None), ("r2", True), ("r3", None))
    ]
    rows = [(when, builder.fact(f"v{index}")) for index, when in enumerate(whens)]
    builder.coverage(builder.at_least(builder.first_match(rows, builder.fact("rest")), 1))
    assert coverage_missing(builder) == ("r1", "v1", "v2")


def test_missing_names_a_code_too_short_to_tell() -> None:
    builder = Builder()
    builder.coverage(builder.add(Under(builder.fact("industry", Type.CODE, "0"), ("06",))))
    assert coverage_missing(builder) == ("industry",)


def test_missing_names_what_stands_instead_only_while_it_can_matter() -> None:
    for to, expected in ((None, ("to", "otherwise")), (5, ()), (0, ("otherwise",))):
        builder = Builder()
        of, below = builder.fact("of", value=1), builder.fact("to", value=to)
        builder.coverage(builder.at_least(builder.quotient(of, below, builder.fact("otherwise")), 1))
        assert coverage_missing(builder) == expected


def test_missing_of_the_decision_is_all_of_it_each_once() -> None:
    builder = Builder()
    shared = flag(builder, None, "shared")
    builder.coverage(shared)
    builder.award(builder.all(shared, flag(builder, None, "own")))
    builder.profile.append(CategoryRule("talent", "人才", "", flag(builder, None, "staff")))
    assert decided(builder).missing == ("shared", "own", "staff")


def filled(rng: random.Random, program: Program, case: Case, keep: frozenset[str]) -> Case:
    """The case with everything unknown filled in at random, save what `keep` names."""
    frame = program.frame

    def value(now: object, name: str, fact: object) -> object:
        return random_value(rng, fact) if now is None and name not in keep else now  # type: ignore[arg-type]

    def items(name: str, given: tuple[object, ...], columns: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(
            tuple(
                value(one, f"{name}[{place}].{column.name}", column)
                for one, column in zip(item, columns, strict=True)
            )  # type: ignore[attr-defined, call-overload]
            for place, item in enumerate(given)
        )

    return replace(
        case,
        values=tuple(
            value(one, fact.name, fact.spec) for one, fact in zip(case.values, frame.facts, strict=True)
        ),
        activities=items("activities", case.activities, frame.activity_facts),
        qualifications=items("qualifications", case.qualifications, frame.qualification_facts),
        unsurveyed=frozenset(one for one in case.unsurveyed if f"activities.{one}" in keep),
        qualifications_known=case.qualifications_known or "qualifications" not in keep,
    )


@CORE
@given(RANDOM, st.sampled_from((0.2, 0.5, 0.8)))
def test_missing_never_lacks_a_fact_that_can_change_the_outcome(rng: random.Random, unknown: float) -> None:
    program = random_program(rng)
    case = random_case(rng, program, unknown)
    decision = decide(program, case, subject=WHO)
    for outcome in outcomes(program):
        if outcome.kind not in ("coverages", "awards"):
            continue
        judged = decision.coverages if outcome.kind == "coverages" else decision.awards
        keep = frozenset(judged[outcome.id].missing)
        for _ in range(3):
            again = decide(program, filled(rng, program, case, keep), subject=WHO)
            now = (again.coverages if outcome.kind == "coverages" else again.awards)[outcome.id]
            assert now.status == judged[outcome.id].status
            if outcome.kind == "awards":
                assert now.amount == judged[outcome.id].amount  # type: ignore[union-attr]


# ------------------------------------------------------------------------------------------- near misses


def misses(builder: Builder, **fields: object) -> list[tuple[str, int, int, str, str, str]]:
    found = decided(builder, **fields).near_misses
    return [(one.fact, one.present, one.needed, one.decision, one.now, one.becomes) for one in found]  # type: ignore[misc]


@pytest.mark.parametrize(("op", "needed"), [(">=", 1_000), (">", 1_001), ("==", 1_000)])
def test_a_false_test_moves_by_the_least_that_makes_it_true(op: str, needed: int) -> None:
    builder = Builder()
    money = builder.fact("rd", value=900, year=2020)
    builder.coverage(builder.compare(money, op, builder.constant(1_000)))  # type: ignore[arg-type]
    assert misses(builder) == [("rd@2020", 900, needed, "coverages.covered_thing", "not_covered", "covered")]
    assert decided(builder).near_misses[0].gap == needed - 900


@pytest.mark.parametrize(("op", "needed"), [("<=", 1_000), ("<", 999)])
def test_a_number_may_have_to_fall(op: str, needed: int) -> None:
    builder = Builder()
    money = builder.fact("energy", value=1_500)
    builder.coverage(builder.compare(money, op, builder.constant(1_000)))  # type: ignore[arg-type]
    assert misses(builder) == [("energy", 1_500, needed, "coverages.covered_thing", "not_covered", "covered")]


def test_a_ratio_moves_by_its_numerator_to_the_exact_unit() -> None:
    builder = Builder()
    of, to = builder.fact("rd", value=2_499), builder.fact("revenue", value=100_001)
    builder.coverage(builder.at_least(builder.quotient(of, to), 25_000))
    (miss,) = misses(builder)
    assert miss[:3] == ("rd", 2_499, 2_501)  # 2.5 % of 100,001 is 2,500.025
    strict = Builder()
    of, to = strict.fact("rd", value=2_499), strict.fact("revenue", value=100_000)
    strict.coverage(strict.compare(strict.quotient(of, to), ">", strict.constant(25_000)))
    assert misses(strict)[0][:3] == ("rd", 2_499, 2_501)


def test_a_growth_moves_by_the_later_year() -> None:
    builder = Builder()
    now, before = builder.fact("rd", value=105, year=2020), builder.fact("rd", value=100, year=2019)
    growth = builder.quotient(builder.linear((1, now), (-1, before)), before)
    builder.coverage(builder.at_least(growth, 100_000))
    assert misses(builder)[0][:3] == ("rd@2020", 105, 110)


def test_a_count_needs_k_more_matching_items() -> None:
    builder = Builder()
    node = builder.count(Member(0, ("platform",)), categories=("platform",))
    builder.coverage(builder.at_least(node, 3))
    ((name, present, needed, *_),) = misses(builder, activities=[activity()])
    assert (name, present, needed) == ("number of qualifying platform", 1, 3)


def test_a_near_miss_is_listed_only_where_it_changes_the_decision() -> None:
    builder = Builder()
    money = builder.fact("rd", value=900)
    test = builder.at_least(money, 1_000)
    builder.coverage(builder.all(test, flag(builder, False)), id="still_not")
    builder.coverage(builder.any(test, flag(builder, True)), id="already")
    builder.coverage(test, flag(builder, False), id="elsewhere")
    builder.award(test)
    assert [miss[3] for miss in misses(builder)] == ["awards.award_0"]


def test_a_move_that_only_makes_things_worse_is_no_near_miss() -> None:
    builder = Builder()
    builder.award(builder.negate(builder.at_least(builder.fact("fines", value=0), 1)))
    assert misses(builder) == []


def test_of_two_ways_with_the_same_fact_the_nearer_is_kept() -> None:
    builder = Builder()
    money = builder.fact("rd", value=900)
    builder.award(builder.any(builder.at_least(money, 5_000), builder.at_least(money, 1_000)))
    assert [miss[2] for miss in misses(builder)] == [1_000]


def test_a_class_changes_by_a_near_miss() -> None:
    builder = Builder()
    large = builder.at_least(builder.fact("revenue", value=399), 400)
    builder.classify(builder.first_match([(large, builder.constant("large"))], builder.constant("small")))
    assert misses(builder) == [("revenue", 399, 400, "classes.group", "small", "large")]


def test_a_value_outside_its_declared_range_is_never_asked_for() -> None:
    builder = Builder()
    builder.coverage(builder.at_least(builder.fact("share", value=90, high=100), 101))
    builder.award(builder.compare(builder.fact("less", value=9, low=0), "<", builder.constant(0)))
    assert misses(builder) == []


def test_dates_levels_and_unknowns_are_no_numbers_to_move() -> None:
    builder = Builder()
    day = date(2020, 1, 1).toordinal()
    builder.award(builder.at_least(builder.fact("established", Type.DATE, day), day + 1))
    builder.award(builder.at_least(builder.fact("level", Type.LEVEL, 1), 2))
    builder.award(builder.at_least(builder.fact("unknown"), 2))
    builder.award(builder.at_least(builder.constant(1), 2))
    assert misses(builder) == []


def test_a_maximum_moves_its_largest_and_a_minimum_its_only_failing_part() -> None:
    builder = Builder()
    low, high = builder.fact("low", value=5), builder.fact("high", value=8)
    builder.award(builder.at_least(builder.add(Extreme("max", (low, high))), 10), id="most")
    builder.award(builder.at_least(builder.add(Extreme("min", (low, high))), 7), id="least")
    builder.award(builder.at_least(builder.add(Extreme("min", (low, high))), 9), id="neither")
    assert [miss[:4] for miss in misses(builder)] == [
        ("high", 8, 10, "awards.most"),
        ("low", 5, 7, "awards.least"),
    ]


def test_a_threshold_from_a_table_is_met_by_the_fact() -> None:
    builder = Builder()
    bound = builder.first_match([(builder.constant(True), builder.constant(50))], builder.constant(10))
    builder.award(builder.compare(builder.fact("rd", value=49), ">=", bound))
    assert misses(builder)[0][:3] == ("rd", 49, 50)


@CORE
@given(RANDOM)
def test_every_near_miss_over_a_fact_holds_when_it_is_made_so_and_not_one_unit_before(
    rng: random.Random,
) -> None:
    program = random_program(rng)
    case = random_case(rng, program, 0.1)
    decision = decide(program, case, subject=WHO)
    for miss in decision.near_misses:
        index = program.frame.indexes.get(miss.fact)
        if index is None:
            continue
        kind, _, name = miss.decision.partition(".")
        moved = replace(case, values=(*case.values[:index], miss.needed, *case.values[index + 1 :]))
        after = decide(program, moved, subject=WHO)
        outcome = next(one for one in outcomes(program) if one.kind == kind and one.id == name)
        assert outcome.status(after.results) == miss.becomes
        assert outcome.status(decision.results) == miss.now
        step = 1 if miss.gap > 0 else -1
        before = replace(case, values=(*case.values[:index], miss.needed - step, *case.values[index + 1 :]))
        assert decide(program, before, subject=WHO).results[miss.node] is False


# ------------------------------------------------------------------------------------------- the object


def test_a_decision_is_immutable_picklable_and_equal_to_its_like() -> None:
    builder = changzhi_like()
    decision = decided(builder)
    with pytest.raises(FrozenInstanceError):
        decision.engine = "other"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(decision)) == decision
    assert hash(decision) == hash(decided(builder))
    assert decision.coverages is decision.coverages
    assert decision.reason(0) is decision.reason(0)


def test_all_reasons_by_outcome_the_scope_first() -> None:
    builder = Builder()
    scope, condition = flag(builder, True, "scope"), flag(builder, False, "condition")
    builder.coverage(condition, scope)
    reasons = decided(builder).reasons["coverages.covered_thing"]
    assert [one.info.name for one in reasons] == ["scope", "condition"]


def test_the_json_line_has_the_agreed_shape() -> None:
    builder = changzhi_like(900_000_000)
    builder.award(builder.constant(True), (builder.constant(37_500_000),) * 2, id="bonus")
    line = to_json(decided(builder))
    assert list(line) == [
        *("uscc", "name", "pack", "year", "as_of", "law_date", "engine_version"),
        *("coverage", "coverages", "profile", "layers", "classes", "open_classes", "awards"),
        *("missing", "near_misses", "input_digest", "record_digest"),
    ]
    assert line["pack"] == {"id": "testpack", "version": "1", "digest": "sha256:" + "0" * 64}
    assert (line["year"], line["as_of"], line["law_date"]) == (2020, "2020-12-31", "2020-12-31")
    assert line["coverage"] == line["coverages"]["covered_thing"]
    assert line["coverage"]["reasons"][-1] == {
        "node": 2,
        "kind": "compare",
        "clause": "二(一)",
        "fact": "rd_expenditure@2020",
        "fact_label": "研发经费内部支出（2020年）",
        "value": "900万元",
        "test": ">=",
        "threshold": "1000万元",
        "parameter": "rd_floor",
        "result": False,
    }
    assert line["awards"]["bonus"]["amount"] == "37.5万元"
    assert line["near_misses"][0]["gap"] == "100万元"
    assert line["input_digest"] == "sha256:input"


def test_what_the_ledger_says_goes_on_is_kept_in_the_line() -> None:
    builder = Builder()
    who = Subject("91350100M000100Y43", "某厂", "", date(2020, 6, 30))
    line = to_json(decide(builder.program(), builder.case(), subject=who))
    assert line["ongoing_as_of"] == "2020-06-30"


def test_an_origin_label_names_the_rule_and_not_its_parts() -> None:
    builder = Builder()
    builder.coverage(builder.all(builder.at_least(builder.fact("rd", value=1, zh="研发经费"), 1)))
    program = builder.program()
    labelled = replace(program, origins=tuple(replace(one, label="全覆盖") for one in program.origins))
    reason = decide(labelled, builder.case(), subject=WHO).coverages["covered_thing"].reason
    assert reason.text() == "全覆盖：以下 1 项都要满足：满足"
    assert reason.parts[0].text().startswith("研发经费 = ")


def test_body_origins_carry_the_clause_of_an_inner_test() -> None:
    builder = Builder()
    node = builder.count(Member(0, ("platform",)))
    builder.coverage(builder.at_least(node, 1))
    body = builder.nodes[node].body  # type: ignore[union-attr]
    builder.body_origins[node] = tuple(Origin("inner", clause="三") for _ in body)
    items = decided(builder, activities=[activity("talent")]).coverages["covered_thing"].reason.parts[0].items
    assert items[0].because is not None
    assert items[0].because.clause == "三"


def test_a_spec_helper_builds_what_the_vocabulary_holds() -> None:
    assert spec("a", Type.MONEY).owner == "enterprise"
    assert case().values == ()
