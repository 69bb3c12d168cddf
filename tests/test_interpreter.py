"""What the core means, ruling by ruling (design, section 5): each test runs on every engine."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from programs import CATEGORIES, Builder, activity, case

from innovation_rules.engines import Engine
from innovation_rules.program import (
    AsOf,
    AtLeast,
    Compare,
    Constant,
    Extreme,
    FirstMatch,
    Interval,
    Known,
    Member,
    OneOf,
    Result,
    Round,
    Under,
    YearsSince,
)
from innovation_rules.quantities import Type

TRUTHS = (True, False, None)


def run(engine: Engine, builder: Builder, node: int, **case_fields: object) -> Result:
    """What an engine gives for one node of a program."""
    return engine.evaluate(builder.program(), builder.case(**case_fields))[node]


def truths(builder: Builder, *values: bool | None) -> list[int]:
    return [builder.fact(f"t{index}", Type.YES_NO, value) for index, value in enumerate(values)]


# ------------------------------------------------------------------------------- Kleene's connectives


@pytest.mark.parametrize("left", TRUTHS)
@pytest.mark.parametrize("right", TRUTHS)
def test_and_is_false_by_one_false_and_open_by_one_unknown(
    engine: Engine, left: object, right: object
) -> None:
    builder = Builder()
    node = builder.all(*truths(builder, left, right))  # type: ignore[arg-type]
    expected = False if False in (left, right) else None if None in (left, right) else True
    assert run(engine, builder, node) is expected


@pytest.mark.parametrize("left", TRUTHS)
@pytest.mark.parametrize("right", TRUTHS)
def test_or_is_true_by_one_true_and_open_by_one_unknown(engine: Engine, left: object, right: object) -> None:
    builder = Builder()
    node = builder.any(*truths(builder, left, right))  # type: ignore[arg-type]
    expected = True if True in (left, right) else None if None in (left, right) else False
    assert run(engine, builder, node) is expected


@pytest.mark.parametrize(("given", "expected"), [(True, False), (False, True), (None, None)])
def test_not_leaves_unknown_unknown(engine: Engine, given: bool | None, expected: bool | None) -> None:
    builder = Builder()
    assert run(engine, builder, builder.negate(*truths(builder, given))) is expected


@pytest.mark.parametrize(
    ("eligible_when", "unless", "expected"),
    [
        (True, False, True),
        (True, True, False),
        (True, None, None),
        (False, None, False),
        (None, True, False),
        (None, None, None),
    ],
)
def test_unless_is_kleene(
    engine: Engine, eligible_when: bool | None, unless: bool | None, expected: bool | None
) -> None:
    builder = Builder()
    condition, exception = truths(builder, eligible_when, unless)
    assert run(engine, builder, builder.all(condition, builder.negate(exception))) is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((True, True, False, None), True),
        ((True, False, False, None), None),
        ((True, False, False, False), False),
        ((False, False, None, False), False),
        ((None, None, None, None), None),
        ((True, True, True, True), True),
    ],
)
def test_k_of_n_is_true_when_the_trues_reach_it_and_false_when_they_cannot(
    engine: Engine, values: tuple[bool | None, ...], expected: bool | None
) -> None:
    builder = Builder()
    assert run(engine, builder, builder.add(AtLeast(2, tuple(truths(builder, *values))))) is expected


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 40])
@pytest.mark.parametrize("odd", TRUTHS)
def test_connectives_of_any_width(engine: Engine, size: int, odd: bool | None) -> None:
    builder = Builder()
    alltrue = truths(builder, *[True] * (size - 1), odd)
    allfalse = truths(builder, *[False] * (size - 1), odd)
    both = builder.all(*alltrue), builder.any(*allfalse)
    assert [run(engine, builder, node) for node in both] == [odd, odd]


def test_no_items_at_all(engine: Engine) -> None:
    builder = Builder()
    nodes = builder.all(), builder.any(), builder.add(AtLeast(0, ()))
    assert [run(engine, builder, node) for node in nodes] == [True, False, True]


# ------------------------------------------------------------------------------------------- tests


@pytest.mark.parametrize(
    ("op", "below", "at", "above"),
    [
        (">=", False, True, True),
        (">", False, False, True),
        ("<=", True, True, False),
        ("<", True, False, False),
        ("==", False, True, False),
    ],
)
def test_a_comparison_turns_within_one_base_unit(
    engine: Engine, op: str, below: bool, at: bool, above: bool
) -> None:
    for value, expected in ((1_199, below), (1_200, at), (1_201, above), (None, None)):
        builder = Builder()
        node = builder.compare(builder.fact("money", value=value), op, builder.constant(1_200))  # type: ignore[arg-type]
        assert run(engine, builder, node) is expected


def test_known_is_true_or_unknown_never_false(engine: Engine) -> None:
    for value, expected in ((0, True), (5, True), (None, None)):
        builder = Builder()
        assert run(engine, builder, builder.add(Known(builder.fact("money", value=value)))) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("0610", True), ("06", True), ("07", False), ("0", None), (None, None), ("0710", False)],
)
def test_a_code_shorter_than_the_prefix_it_begins_is_open(
    engine: Engine, code: str | None, expected: bool | None
) -> None:
    builder = Builder()
    assert (
        run(engine, builder, builder.add(Under(builder.fact("industry", Type.CODE, code), ("06",))))
        is expected
    )


@pytest.mark.parametrize("values", [("a",), ("a", "b"), ("a", "b", "c", "d", "e")])
def test_one_of_several_values(engine: Engine, values: tuple[str, ...]) -> None:
    for given, expected in (("a", True), ("z", False), (None, None)):
        builder = Builder()
        assert (
            run(engine, builder, builder.add(Member(builder.fact("x", Type.CHOICE, given), values)))
            is expected
        )


# ------------------------------------------------------------------------------------ ratio, arithmetic


def ratio(engine: Engine, of: int | None, to: int | None, threshold: int = 25_000) -> Result:
    builder = Builder()
    quotient = builder.quotient(builder.fact("of", value=of), builder.fact("to", value=to))
    return run(engine, builder, builder.at_least(quotient, threshold))


@pytest.mark.parametrize(
    ("of", "to", "expected"),
    [
        (25, 1_000, True),
        (24_999_999_999, 10**12, False),
        (25 * 10**9, 10**12, True),
        (3 * 7, 840, True),  # 2.5 % exactly, where floats differ
        (3 * 7 - 1, 840, False),
        (None, 1_000, None),
        (25, None, None),
    ],
)
def test_a_ratio_is_exact_at_its_threshold(
    engine: Engine, of: int | None, to: int | None, expected: bool | None
) -> None:
    assert ratio(engine, of, to) is expected


@pytest.mark.parametrize("to", [0, -1, -(10**12)])
def test_if_not_positive_takes_the_place_of_the_ratio(engine: Engine, to: int) -> None:
    assert ratio(engine, 10**9, to) is False
    assert ratio(engine, 10**9, to, threshold=0) is True


def test_an_unknown_numerator_leaves_a_ratio_open_even_where_the_denominator_is_zero(engine: Engine) -> None:
    assert ratio(engine, None, 0) is None


def test_a_ratios_value_is_an_exact_fraction_or_a_whole_number(engine: Engine) -> None:
    builder = Builder()
    thirds = builder.quotient(builder.fact("a", value=1), builder.fact("b", value=3))
    halves = builder.quotient(builder.fact("c", value=1), builder.fact("d", value=2))
    assert run(engine, builder, thirds) == Fraction(10**6, 3)
    assert run(engine, builder, halves) == 500_000
    assert isinstance(run(engine, builder, halves), int)


@pytest.mark.parametrize(("of", "otherwise", "expected"), [(5, 7, 7), (5, None, None), (None, 7, None)])
def test_what_stands_instead_may_itself_be_unknown(
    engine: Engine, of: int | None, otherwise: int | None, expected: int | None
) -> None:
    builder = Builder()
    facts = [builder.fact(name, value=value) for name, value in (("a", of), ("b", 0), ("c", otherwise))]
    assert run(engine, builder, builder.quotient(*facts)) == expected


def test_a_sum_with_an_unknown_part_is_unknown(engine: Engine) -> None:
    builder = Builder()
    known, unknown = builder.fact("a", value=2), builder.fact("b")
    assert run(engine, builder, builder.linear((3, known), (-1, known), constant=10)) == 14
    assert run(engine, builder, builder.linear((1, known), (1, unknown))) is None
    assert run(engine, builder, builder.linear((Fraction(1, 2), known), constant=1)) == 2


def test_a_sum_of_many_parts(engine: Engine) -> None:
    builder = Builder()
    parts = [(1, builder.fact(f"m{index}", value=index)) for index in range(200)]
    assert run(engine, builder, builder.linear(*parts)) == sum(range(200))


def test_a_maximum_at_its_declared_bound_is_known_though_another_part_is_not(engine: Engine) -> None:
    builder = Builder()
    unknown, top, below = builder.fact("a"), builder.constant(100), builder.constant(99)
    assert run(engine, builder, builder.add(Extreme("max", (unknown, top), 100))) == 100
    assert run(engine, builder, builder.add(Extreme("max", (unknown, below), 100))) is None
    assert run(engine, builder, builder.add(Extreme("max", (unknown, top)))) is None
    assert run(engine, builder, builder.add(Extreme("min", (below, top)))) == 99


@pytest.mark.parametrize(
    ("mode", "results"),
    [
        ("half_up", [1200, 1300, 1300, -1300]),
        ("down", [1200, 1200, 1200, -1200]),
        ("up", [1300, 1300, 1300, -1300]),
    ],
)
def test_rounding_once_half_away_from_zero(engine: Engine, mode: str, results: list[int]) -> None:
    for value, expected in zip((1249, 1250, 1251, -1250), results, strict=True):
        builder = Builder()
        assert run(engine, builder, builder.add(Round(builder.fact("a", value=value), 100, mode))) == expected  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("start", "years"),
    [(date(2017, 12, 31), 3), (date(2018, 1, 1), 2), (date(2016, 2, 29), 4), (date(2021, 1, 1), -1)],
)
def test_whole_years_the_anniversary_counts(engine: Engine, start: date, years: int) -> None:
    builder = Builder()
    node = builder.add(YearsSince(builder.fact("established", Type.DATE, start.toordinal())))
    assert run(engine, builder, node) == years


def test_moving_back_over_a_leap_day(engine: Engine) -> None:
    builder = Builder()
    node = (
        builder.add(AsOf(years=1)),
        builder.add(AsOf(months=1)),
        builder.add(AsOf(days=1)),
        builder.add(AsOf()),
    )
    expected = date(2019, 2, 28), date(2020, 1, 29), date(2020, 2, 28), date(2020, 2, 29)
    for one, day in zip(node, expected, strict=True):
        assert run(engine, builder, one, as_of=date(2020, 2, 29)) == day.toordinal()


# ------------------------------------------------------------------------------------- first match, tables


def table(engine: Engine, first: bool | None, second: bool | None, values: tuple[int, int, int]) -> Result:
    builder = Builder()
    whens = truths(builder, first, second)
    results = [builder.constant(value) for value in values]
    return run(engine, builder, builder.first_match(list(zip(whens, results, strict=False)), results[2]))


def test_the_first_true_row_decides(engine: Engine) -> None:
    assert table(engine, True, True, (1, 2, 3)) == 1
    assert table(engine, True, None, (1, 2, 3)) == 1
    assert table(engine, False, True, (1, 2, 3)) == 2
    assert table(engine, False, False, (1, 2, 3)) == 3


def test_an_unknown_row_before_a_true_row_leaves_the_table_open_even_where_both_agree(engine: Engine) -> None:
    assert table(engine, None, True, (1, 2, 3)) == OneOf({1, 2})
    assert table(engine, None, True, (2, 2, 3)) == OneOf({2})
    assert table(engine, None, False, (1, 2, 3)) == OneOf({1, 3})
    assert table(engine, False, None, (1, 2, 3)) == OneOf({2, 3})


@pytest.mark.parametrize(("threshold", "expected"), [(1, True), (2, None), (3, False)])
def test_a_test_of_an_open_table_is_known_when_all_its_results_agree(
    engine: Engine, threshold: int, expected: bool | None
) -> None:
    builder = Builder()
    rows = [(*truths(builder, None), builder.constant(1))]
    node = builder.first_match(rows, builder.constant(2))
    assert run(engine, builder, builder.at_least(node, threshold)) is expected


def test_sets_do_not_survive_arithmetic(engine: Engine) -> None:
    builder = Builder()
    node = builder.first_match([(*truths(builder, None), builder.constant(1))], builder.constant(1))
    assert run(engine, builder, builder.linear((1, node))) is None
    assert run(engine, builder, builder.add(Known(node))) is None


def test_a_set_of_names_equals_only_what_it_can_be(engine: Engine) -> None:
    builder = Builder()
    open_table = builder.first_match([(*truths(builder, None), builder.constant("a"))], builder.constant("c"))
    for name, expected in (("a", None), ("b", False)):
        assert run(engine, builder, builder.compare(open_table, "==", builder.constant(name))) is expected
    assert run(engine, builder, builder.add(Member(open_table, ("a", "c")))) is True
    assert run(engine, builder, builder.add(Member(open_table, ("a",)))) is None
    assert run(engine, builder, builder.add(Member(open_table, ("b",)))) is False


def test_a_table_of_many_rows(engine: Engine) -> None:
    builder = Builder()
    value = builder.fact("a", value=70)
    rows = [(builder.at_least(value, 100 - index), builder.constant(index)) for index in range(100)]
    assert run(engine, builder, builder.add(FirstMatch(tuple(rows), builder.constant(-1)))) == 30


# ------------------------------------------------------------------------------------------- aggregates


PLATFORM = Member(0, ("platform",))


def test_a_count_of_what_is_known_is_a_number(engine: Engine) -> None:
    builder = Builder()
    node = builder.count(PLATFORM, categories=("platform",))
    items = [activity(), activity("talent"), activity(level=None)]
    assert run(engine, builder, node, activities=items) == 2


def test_an_item_whose_membership_is_unknown_widens_the_count(engine: Engine) -> None:
    builder = Builder()
    body = [Constant(3)]
    node = builder.count(PLATFORM, Compare(2, ">=", 8), body=body, categories=("platform",))
    items = [activity(level=3), activity(level=None), activity(level=2), activity("talent", level=None)]
    assert run(engine, builder, node, activities=items) == Interval(1, 2)


def test_a_category_nobody_surveyed_adds_the_declared_maximum(engine: Engine) -> None:
    builder = Builder()
    node = builder.count(PLATFORM, categories=("platform",), unsurveyed=1000)
    two = builder.count(categories=("platform", "talent"), unsurveyed=1000)
    assert run(engine, builder, node, activities=[activity()], unsurveyed=["platform"]) == Interval(1, 1001)
    assert run(engine, builder, node, activities=[activity()], unsurveyed=["talent"]) == 1
    assert run(engine, builder, two, unsurveyed=CATEGORIES) == Interval(0, 2000)


@pytest.mark.parametrize(
    ("op", "threshold", "expected"),
    [
        (">=", 1, True),
        (">=", 2, None),
        (">=", 3, None),
        (">=", 4, False),
        (">", 0, True),
        (">", 3, False),
        ("<", 1, False),
        ("<=", 3, True),
        ("<=", 2, None),
        ("==", 2, None),
        ("==", 4, False),
    ],
)
def test_an_interval_becomes_three_valued_at_the_test(
    engine: Engine, op: str, threshold: int, expected: bool | None
) -> None:
    for flipped in (False, True):
        builder = Builder()
        node = builder.count(PLATFORM, Compare(2, ">=", 8), body=[Constant(3)])
        bound = builder.constant(threshold)
        turned = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "==": "=="}[op]
        leaf = builder.compare(bound, turned, node) if flipped else builder.compare(node, op, bound)  # type: ignore[arg-type]
        items = [activity(level=3), activity(level=None), activity(level=None)]  # 1 to 3
        assert run(engine, builder, leaf, activities=items) is expected


def test_a_total_is_exact_or_an_interval(engine: Engine) -> None:
    def total(*items: tuple[object, ...], **more: object) -> Result:
        builder = Builder()
        node = builder.count(
            PLATFORM, categories=("platform",), of=6, highest=10_000, unsurveyed=10**6, body=[Constant(3)]
        )
        return run(engine, builder, node, activities=items, **more)

    assert total(activity(amount=5), activity(amount=7), activity("talent", amount=9)) == 12
    assert total(activity(amount=5), activity(amount=None)) == Interval(5, 10_005)
    assert total(activity(amount=5), unsurveyed=["platform"]) == Interval(5, 10**6 + 5)


def test_intervals_do_not_survive_arithmetic(engine: Engine) -> None:
    builder = Builder()
    node = builder.count(categories=("platform",))
    double = builder.linear((2, node))
    assert run(engine, builder, double, activities=[activity()]) == 2
    assert run(engine, builder, double, unsurveyed=["platform"]) is None


def test_qualifications_empty_means_none_and_absent_means_unknown(engine: Engine) -> None:
    builder = Builder()
    holds = builder.at_least(builder.count(Member(0, ("hnte",)), over="qualifications"), 1)
    assert run(engine, builder, holds) is False
    assert run(engine, builder, holds, qualifications_known=False) is None
    assert run(engine, builder, holds, qualifications=[("hnte", 4, None)]) is True
    assert run(engine, builder, holds, qualifications=[(None, 4, None)]) is None


def test_a_body_reads_the_program_around_it(engine: Engine) -> None:
    from innovation_rules.program import Outer

    builder = Builder()
    level = builder.fact("wanted", Type.LEVEL, 2)
    node = builder.count(Compare(2, ">=", 8), body=[Outer(level)])
    assert (
        run(engine, builder, node, activities=[activity(level=1), activity(level=2), activity(level=4)]) == 2
    )


def test_one_result_a_node_in_order(engine: Engine) -> None:
    builder = Builder()
    builder.fact("a", value=5)
    builder.constant("x")
    assert engine.evaluate(builder.program(), builder.case()) == (5, "x", True)


def test_a_program_of_nothing_but_facts(engine: Engine) -> None:
    assert engine.evaluate(Builder().program(), case()) == (True,)
