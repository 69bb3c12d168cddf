"""Numbers as people write them: exact both ways, everything doubtful refused with a way out."""

from __future__ import annotations

import pickle
import time
from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from innovation_rules.quantities import (
    FOREVER,
    LEVELS,
    QUANTITIES,
    SCALE,
    UNITS,
    Count,
    DecimalText,
    Duration,
    Level,
    Money,
    Number,
    Points,
    QuantityError,
    Ratio,
    Type,
    compatible,
    format_quantity,
    parse_data,
    parse_duration,
    parse_literal,
    shown,
    unit_of,
)

NUMERIC = sorted(QUANTITIES)


@pytest.mark.parametrize(
    ("value", "type", "base"),
    [
        ("1200万元", Type.MONEY, 1_200_000_000),
        ("1.2亿元", Type.MONEY, 12_000_000_000),
        ("3500千元", Type.MONEY, 350_000_000),
        ("2百万元", Type.MONEY, 200_000_000),
        ("0.01元", Type.MONEY, 1),
        ("-120.5万元", Type.MONEY, -120_500_000),
        ("0元", Type.MONEY, 0),
        ("0.5万元", Type.MONEY, 500_000),
        ("1200 万元", Type.MONEY, 1_200_000_000),
        (1200, Type.MONEY, 120_000),
        (Decimal("12.34"), Type.MONEY, 1_234),
        (Decimal("1E+3"), Type.MONEY, 100_000),
        (DecimalText("12.34"), Type.MONEY, 1_234),
        (DecimalText("1e3"), Type.MONEY, 100_000),
        (DecimalText("-1.50"), Type.MONEY, -150),
        (Money(7), Type.MONEY, 7),
        ("2.5%", Type.RATIO, 25_000),
        ("-10%", Type.RATIO, -100_000),
        ("2倍", Type.RATIO, 2_000_000),
        (DecimalText("0.025"), Type.RATIO, 25_000),
        (1, Type.RATIO, 1_000_000),
        ("300人", Type.COUNT, 300),
        ("1.2万人", Type.COUNT, 12_000),
        (300, Type.COUNT, 300),
        (DecimalText("3.0"), Type.COUNT, 3),
        ("3.2人年", Type.NUMBER, 320),
        ("1.5万吨标准煤", Type.NUMBER, 1_500_000),
        ("50点", Type.POINTS, 5_000),
    ],
)
def test_data_is_read_exactly(value: Any, type: Type, base: int) -> None:
    read = parse_data(value, type)
    assert read == base
    assert isinstance(read, QUANTITIES[type])


@pytest.mark.parametrize(
    ("value", "type", "code"),
    [
        (1.5, Type.MONEY, "float-refused"),
        (float("nan"), Type.MONEY, "not-finite"),
        (float("inf"), Type.RATIO, "not-finite"),
        (Decimal("NaN"), Type.MONEY, "not-finite"),
        (Decimal("-Infinity"), Type.MONEY, "not-finite"),
        (True, Type.COUNT, "boolean-not-number"),
        (None, Type.MONEY, "wrong-value"),
        ([1], Type.MONEY, "wrong-value"),
        (Ratio(1), Type.MONEY, "wrong-type"),
        ("1200", Type.MONEY, "unit-missing"),
        ("300", Type.COUNT, "unit-missing"),
        ("1200万", Type.MONEY, "unknown-unit"),
        ("1200wan", Type.MONEY, "unknown-unit"),
        ("12分", Type.MONEY, "fen-not-a-unit"),
        ("12角", Type.MONEY, "fen-not-a-unit"),
        ("2.5%", Type.MONEY, "wrong-unit"),
        ("300家", Type.MONEY, "wrong-unit"),
        ("2个百分点", Type.RATIO, "wrong-unit"),
        ("１２００万元", Type.MONEY, "full-width"),
        ("2.5％", Type.RATIO, "full-width"),
        ("一千万元", Type.MONEY, "number-in-words"),
        ("百分之三", Type.RATIO, "percent-in-words"),
        ("3 percent", Type.RATIO, "percent-in-words"),
        ("1,200万元", Type.MONEY, "thousands-separator"),
        ("1e5", Type.MONEY, "not-a-number"),
        ("1e5元", Type.MONEY, "not-a-number"),
        ("007万元", Type.MONEY, "not-a-number"),
        ("+5万元", Type.MONEY, "not-a-number"),
        (".5万元", Type.MONEY, "not-a-number"),
        ("", Type.MONEY, "not-a-number"),
        ("万元", Type.MONEY, "not-a-number"),
        (DecimalText("x"), Type.MONEY, "not-a-number"),
        ("9" * 41 + "元", Type.MONEY, "number-too-long"),
        (DecimalText("9" * 41), Type.MONEY, "number-too-long"),
        (Decimal("9" * 41), Type.MONEY, "number-too-long"),
        (DecimalText("1e400000000"), Type.MONEY, "exponent-too-large"),
        (Decimal("1e400000000"), Type.MONEY, "exponent-too-large"),
        (DecimalText("1e-400000000"), Type.RATIO, "exponent-too-large"),
        ("0.001元", Type.MONEY, "too-many-decimals"),
        (DecimalText("0.001"), Type.MONEY, "too-many-decimals"),
        ("1.5人", Type.COUNT, "too-many-decimals"),
        (DecimalText("1.5"), Type.COUNT, "too-many-decimals"),
        ("0.00001%", Type.RATIO, "too-many-decimals"),
        (10**30, Type.MONEY, "out-of-range"),
        pytest.param(10**5000, Type.MONEY, "out-of-range", id="5000-digits"),
    ],
)
def test_data_that_is_refused(value: Any, type: Type, code: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_data(value, type)
    assert caught.value.code == code
    assert_speaks(caught.value)


def assert_speaks(error: QuantityError) -> None:
    """Both languages, every field filled, and a way out."""
    (diagnostic,) = error.diagnostics
    for lang in ("zh", "en"):
        assert "?" not in diagnostic.message(lang)
        assert diagnostic.help(lang)
        assert (
            "``" not in diagnostic.message(lang) + diagnostic.help(lang) or diagnostic.fields["value"] == ""
        )


def test_a_huge_exponent_is_refused_at_once() -> None:
    before = time.perf_counter()
    with pytest.raises(QuantityError):
        parse_data(DecimalText("1e400000000"), Type.MONEY)
    assert time.perf_counter() - before < 0.05


def test_the_messages_name_the_way_out() -> None:
    with pytest.raises(QuantityError) as caught:
        parse_data("１２００万元", Type.MONEY)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message("zh") == "`１２００万元` 里有全角字符"
    assert diagnostic.help("zh") == "改成半角：`1200万元`"
    assert diagnostic.help("en") == "write them in half width: `1200万元`"


@pytest.mark.parametrize(
    ("text", "type", "base", "unit"),
    [
        ("1200万元", Type.MONEY, 1_200_000_000, "万元"),
        ("2.5%", Type.RATIO, 25_000, "%"),
        ("-10%", Type.RATIO, -100_000, "%"),
        ("18个百分点", Type.RATIO, 180_000, "个百分点"),
        ("2倍", Type.RATIO, 2_000_000, "倍"),
        ("50点", Type.POINTS, 5_000, "点"),
        ("300人", Type.COUNT, 300, "人"),
        ("3家", Type.COUNT, 3, "家"),
        ("2年", Type.COUNT, 2, "年"),
        ("18个月", Type.COUNT, 18, "个月"),
        ("12万元/人", Type.MONEY, 12_000_000, "万元/人"),
        ("0.5吨标准煤/万元", Type.NUMBER, 50, "吨标准煤/万元"),
        ("3.2人年", Type.NUMBER, 320, "人年"),
        ("1.5万吨", Type.NUMBER, 1_500_000, "万吨"),
    ],
)
def test_literals(text: str, type: Type, base: int, unit: str) -> None:
    assert parse_literal(text) == (type, base, unit)
    assert parse_literal(text, type) == (type, base, unit)
    assert format_quantity(base, type, unit) == text


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_every_unit_is_read_and_written_back(unit: str) -> None:
    type, base, name = parse_literal(f"3{unit}")
    assert (type, base, name) == (UNITS[unit].type, 3 * UNITS[unit].factor, unit)
    assert format_quantity(base, type, unit) == f"3{unit}"


@pytest.mark.parametrize(
    ("text", "type", "code"),
    [
        ("1200", Type.MONEY, "bare-number"),
        ("1200", None, "bare-number"),
        ("2.5", Type.RATIO, "bare-percent"),
        ("2.5 percent", Type.RATIO, "percent-in-words"),
        ("百分之二", None, "percent-in-words"),
        ("12分", None, "fen-not-a-unit"),
        ("12万元", Type.RATIO, "wrong-unit"),
        ("12万圆", Type.MONEY, "unknown-unit"),
        ("12万元/%", None, "unknown-unit"),
        ("2%/人", None, "unknown-unit"),
    ],
)
def test_literals_that_are_refused(text: str, type: Type | None, code: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_literal(text, type)
    assert caught.value.code == code
    assert_speaks(caught.value)


def test_an_unknown_unit_is_answered_with_the_nearest() -> None:
    with pytest.raises(QuantityError) as caught:
        parse_literal("12万圆", Type.MONEY)
    assert caught.value.diagnostics[0].help("zh").startswith("最接近的是 `万元`")


@pytest.mark.parametrize("type", NUMERIC)
@given(base=st.integers(-(10**17), 10**17))
def test_format_then_parse_is_the_identity(type: Type, base: int) -> None:
    unit = {Type.COUNT: "人", Type.NUMBER: "人年"}.get(type)
    text = format_quantity(base, type, unit)
    assert parse_literal(text, type)[1] == base
    assert parse_data(text, type) == base
    if unit is None:
        assert str(QUANTITIES[type](base)) == text


@given(base=st.integers(-(10**17), 10**17), unit=st.sampled_from(["元", "千元", "万元", "百万元", "亿元"]))
def test_money_in_any_unit_is_read_back(base: int, unit: str) -> None:
    assert parse_data(format_quantity(base, Type.MONEY, unit), Type.MONEY) == base


@given(value=st.decimals(-(10**12), 10**12, places=2))
def test_a_decimal_is_read_as_it_is_written(value: Decimal) -> None:
    assert parse_data(value, Type.MONEY) == parse_data(DecimalText(value), Type.MONEY) == value * 100


@given(text=st.text(max_size=60))
def test_no_text_raises_anything_but_a_quantity_error(text: str) -> None:
    for type in NUMERIC:
        with suppress(QuantityError):
            parse_data(text, type)


@pytest.mark.parametrize(
    ("base", "text"),
    [
        (1_200_000_000, "1200万元"),
        (12_000_000_000, "1.2亿元"),
        (12_345_000_000, "12345万元"),
        (123_456_789, "1234567.89元"),
        (-120_500_000, "-120.5万元"),
        (0, "0元"),
        (1, "0.01元"),
    ],
)
def test_money_is_written_in_the_unit_that_reads_best(base: int, text: str) -> None:
    assert str(Money(base)) == repr(Money(base)) == f"{Money(base)}" == text


@pytest.mark.parametrize(
    ("value", "type", "unit", "zh", "en"),
    [
        (None, Type.MONEY, None, "未知", "unknown"),
        (True, Type.YES_NO, None, "是", "yes"),
        (False, Type.YES_NO, None, "否", "no"),
        (FOREVER, Type.DATE, None, "无期限", "no end"),
        (date(2020, 6, 1).toordinal(), Type.DATE, None, "2020-06-01", "2020-06-01"),
        (3, Type.LEVEL, None, "省级", "provincial"),
        ("large", Type.CHOICE, None, "large", "large"),
        (300, Type.COUNT, "人", "300人", "300 people"),
        (300, Type.COUNT, None, "300", "300"),
        (180_000, Type.RATIO, "个百分点", "18个百分点", "18 percentage points"),
        (Fraction(1_000_000, 3), Type.RATIO, None, "约33.3333%", "about 33.3333%"),
        (Fraction(10**10, 3), Type.MONEY, None, "约3333.3333万元", "about 3333.3333万元"),
        (Fraction(-1, 2), Type.COUNT, None, "-0.5", "-0.5"),
    ],
)
def test_printing(value: Any, type: Type, unit: str | None, zh: str, en: str) -> None:
    assert format_quantity(value, type, unit, "zh") == zh
    assert format_quantity(value, type, unit, "en") == en


def test_quantities_are_integers() -> None:
    total = Money(100) + Money(200)
    assert type(total) is int
    assert total == 300
    assert f"{Money(1234):d}" == "1234"
    for kind in (Count, Number, Money, Ratio, Points):
        again = pickle.loads(pickle.dumps(kind(12)))
        assert type(again) is kind
        assert again == 12


def test_pydantic_reads_quantities_and_writes_what_reads_back() -> None:
    class Held(BaseModel):
        money: Money
        share: Ratio
        people: Count

    held = Held.model_validate({"money": "1200万元", "share": "2.5%", "people": 3})
    assert held.model_dump() == {"money": 1_200_000_000, "share": 25_000, "people": 3}
    assert held.model_dump_json() == '{"money":"1200万元","share":"2.5%","people":3}'
    assert Held.model_validate_json(held.model_dump_json()) == held


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("万元", "亿元", True),
        ("家", "户", True),
        ("人", "名", True),
        ("个", "家", True),
        ("家", "人", False),
        ("%", "个百分点", False),
        ("元", "元/人", False),
        ("万元/人", "元/人", True),
        ("奇", "奇", True),
        ("奇", "怪", False),
    ],
)
def test_units_that_measure_the_same(one: str, other: str, same: bool) -> None:
    assert compatible(one, other) is compatible(other, one) is same


def test_a_count_goes_by_the_unit_of_its_field() -> None:
    assert parse_data("3名", Type.COUNT, "人") == 3
    with pytest.raises(QuantityError, match="家"):
        parse_data("3家", Type.COUNT, "人")
    assert parse_data("2个百分点", Type.RATIO, "个百分点") == 20_000
    assert unit_of("nothing") is None


@pytest.mark.parametrize(
    ("text", "start", "after", "before"),
    [
        ("3年", date(2020, 2, 29), date(2023, 2, 28), date(2017, 2, 28)),
        ("18个月", date(2020, 8, 31), date(2022, 2, 28), date(2019, 2, 28)),
        ("5日", date(2020, 12, 31), date(2021, 1, 5), date(2020, 12, 26)),
        ("9000年", date(2020, 1, 1), date.max, date.min),
    ],
)
def test_durations(text: str, start: date, after: date, before: date) -> None:
    duration = parse_duration(text)
    assert (duration.after(start), duration.before(start)) == (after, before)


def test_what_is_no_duration() -> None:
    for text in ("3人", "-3年"):
        with pytest.raises(QuantityError) as caught:
            parse_duration(text)
        assert caught.value.code == "not-a-duration"
    assert parse_duration("3年") == Duration(3, "年")


def test_levels_rise() -> None:
    assert [level.rank for level in LEVELS] == [0, 1, 2, 3, 4]
    assert Level("市级") is Level("municipal") is Level.MUNICIPAL
    assert pickle.loads(pickle.dumps(Level.COUNTY)) is Level.COUNTY
    with pytest.raises(ValueError):
        Level("州级")


def test_values_that_are_not_numbers() -> None:
    assert parse_data(True, Type.YES_NO) is True
    assert parse_data("2020-06-01", Type.DATE) == date(2020, 6, 1).toordinal()
    assert parse_data("ongoing", Type.DATE) == parse_data("never", Type.DATE) == FOREVER
    assert parse_data("省级", Type.LEVEL) == 3
    assert parse_data("large", Type.CHOICE) == "large"


@pytest.mark.parametrize(
    ("value", "type", "code"),
    [
        (1, Type.YES_NO, "not-yes-no"),
        ("是", Type.YES_NO, "not-yes-no"),
        ("2020-6-1", Type.DATE, "date-form"),
        ("2020/06/01", Type.DATE, "date-form"),
        ("20200601", Type.DATE, "date-form"),
        (43983, Type.DATE, "date-form"),
        ("2020-02-30", Type.DATE, "no-such-date"),
        ("州级", Type.LEVEL, "unknown-choice"),
        (3, Type.LEVEL, "unknown-choice"),
        (3, Type.TEXT, "text-not-number"),
        (DecimalText("1.5"), Type.TEXT, "text-not-number"),
        ([], Type.TEXT, "not-text"),
        (" ", Type.TEXT, "empty-text"),
        ("x" * 2001, Type.TEXT, "field-too-long"),
        ("a\u202eb", Type.TEXT, "control-in-text"),
    ],
)
def test_values_that_are_refused(value: Any, type: Type, code: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_data(value, type)
    assert caught.value.code == code
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.help("zh")
    assert diagnostic.help("en")


def test_text_is_composed() -> None:
    assert parse_data("e\u0301", Type.TEXT) == "\u00e9"
    assert parse_data("某\u3000厂", Type.TEXT) == "某\u3000厂"


def test_what_an_error_shows_is_short_and_safe() -> None:
    assert shown("a\x1b[31m" + "x" * 99) == "a\\u001b[31m" + "x" * 42 + "…"
    assert shown(10**5000) == "…"
    assert (shown(None), shown(True), shown({1: 2}), shown((1,))) == ("null", "true", "{…}", "[…]")


def test_errors_travel() -> None:
    error = pickle.loads(pickle.dumps(QuantityError("bare-number", value="3")))
    assert (error.code, error.fields) == ("bare-number", {"value": "3"})


def test_every_type_has_a_scale_or_none() -> None:
    assert set(SCALE) == set(QUANTITIES)
    assert Type("金额") is Type.MONEY
    assert Type.MONEY.words.zh == "金额"
