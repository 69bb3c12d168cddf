"""Terms that fold: plain Python values as long as all is concrete, solver terms as soon as something is symbolic.

`values` writes the meaning of nodes with these, once for both. A number is a fraction of two whole terms, so that
ratios are compared by cross-multiplication and nothing is ever rounded.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Any, Final, NamedTuple, TypeAlias

from innovation_rules.engines.smt.solver import z3
from innovation_rules.program import COMPARISONS, OPPOSITE, Number, Op, years_between

# z3's own operators check and convert each argument, which took most of the time: these hand over what is right already.
_CONTEXT: Final = z3.main_ctx()
_REF: Final = _CONTEXT.ref()
_core: Final = z3.z3core


def _of_many(make: Callable[[Any, int, Any], Any], items: list[Any]) -> Any:
    several = (z3.Ast * len(items))(*[one.ast for one in items])
    return z3.BoolRef(make(_REF, len(items), several), _CONTEXT)


def _negation(one: Any) -> Any:
    return z3.BoolRef(_core.Z3_mk_not(_REF, one.ast), _CONTEXT)


@lru_cache(maxsize=20_000)
def _numeral(value: int) -> Any:
    return z3.IntVal(value)


Bool: TypeAlias = Any
"""True, False, or a solver's Boolean."""
Whole: TypeAlias = Any
"""An int (or a str, a bool: values that are only told apart), a solver's integer, or Years."""


# ------------------------------------------------------------------------------------------------ truths


def not_(one: Bool) -> Bool:
    if one is True or one is False:
        return not one
    return _negation(one)


def all_(items: Iterable[Bool]) -> Bool:
    """Their conjunction; stops at the first that is plainly false."""
    kept = []
    for one in items:
        if one is False:
            return False
        if one is not True:
            kept.append(one)
    return True if not kept else kept[0] if len(kept) == 1 else _of_many(_core.Z3_mk_and, kept)


def any_(items: Iterable[Bool]) -> Bool:
    """Their disjunction; stops at the first that is plainly true."""
    kept = []
    for one in items:
        if one is True:
            return True
        if one is not False:
            kept.append(one)
    return False if not kept else kept[0] if len(kept) == 1 else _of_many(_core.Z3_mk_or, kept)


def both(left: Bool, right: Bool) -> Bool:
    if left is False or right is False:
        return False
    if left is True:
        return right
    return left if right is True else _of_many(_core.Z3_mk_and, [left, right])


def at_least(n: int, items: Iterable[Bool]) -> Bool:
    """At least n of them are true."""
    kept = []
    for one in items:
        if one is True:
            n -= 1
        elif one is not False:
            kept.append(one)
    if n <= 0:
        return True
    if n > len(kept):
        return False
    return any_(kept) if n == 1 else all_(kept) if n == len(kept) else z3.PbGe([(one, 1) for one in kept], n)


def same_truth(left: Bool, right: Bool) -> Bool:
    if isinstance(left, bool):
        return right if left else not_(right)
    if isinstance(right, bool):
        return left if right else not_(left)
    return True if left.eq(right) else left == right


# ------------------------------------------------------------------------------------------------ whole numbers


@dataclass(frozen=True, slots=True, eq=False)
class Years:
    """Whole years from a symbolic day to a fixed one: kept as it is, since against a figure it is a test of the day."""

    start: Any
    end: int

    def at_least(self, n: int) -> Bool:
        last = _birthday(self.end, n)
        return last if isinstance(last, bool) else self.start <= last

    def term(self) -> Any:
        """As a solver's integer, by the arithmetic of the calendar."""
        day = self.start - 1
        in400 = day % 146_097
        n100 = z3.If(in400 / 36_524 > 3, 3, in400 / 36_524)
        in100 = in400 - n100 * 36_524
        in4 = in100 % 1461
        n1 = z3.If(in4 / 365 > 3, 3, in4 / 365)
        year = day / 146_097 * 400 + n100 * 100 + in100 / 1461 * 4 + n1 + 1
        before = year - 1
        first = before * 365 + before / 4 - before / 100 + before / 400
        last = date.fromordinal(self.end)
        leap = z3.And(year % 4 == 0, z3.Or(year % 100 != 0, year % 400 == 0))
        in_leap, in_other = (_day_of_year(one, last) for one in (2000, 2001))
        later = self.start > first + (z3.If(leap, in_leap, in_other) if in_leap != in_other else in_leap)
        return last.year - year - z3.If(later, 1, 0)


def _day_of_year(year: int, day: date) -> int:
    there = date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))
    return there.toordinal() - date(year, 1, 1).toordinal() + 1


def _birthday(end: int, n: int) -> int | bool:
    """The last day from which n years have gone by on a day; a bool where the calendar ends before."""
    last = date.fromordinal(end)
    year = last.year - n
    if not 1 <= year <= 9999:
        return year > 9999
    return date(year, last.month, min(last.day, calendar.monthrange(year, last.month)[1])).toordinal()


def years(start: Whole, end: int) -> Whole:
    """Whole years from one day to another."""
    return years_between(start, end) if isinstance(start, int) else Years(start, end)


def solid(one: Whole) -> Any:
    """A term that arithmetic may read."""
    return one.term() if isinstance(one, Years) else one


def add(left: Whole, right: Whole) -> Whole:
    if isinstance(left, int) and left == 0:
        return right
    if isinstance(right, int) and right == 0:
        return left
    return solid(left) + solid(right)


def mul(left: Whole, right: Whole) -> Whole:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, int):
            if one == 1:
                return other
            if one == 0:
                return 0
    return solid(left) * solid(right)


def choose(when: Bool, left: Whole, right: Whole) -> Whole:
    """One of two whole numbers."""
    if isinstance(when, bool):
        return left if when else right
    if left is right or (is_constant(left) and is_constant(right) and left == right):
        return left
    return z3.If(when, solid(left), solid(right))


def is_constant(one: Whole) -> bool:
    return isinstance(one, int | str)


def test(left: Whole, op: Op, right: Whole) -> Bool:
    """One comparison; texts and truths are only told apart."""
    if is_constant(left):
        if is_constant(right):
            return COMPARISONS[op](left, right)
        return test(right, OPPOSITE[op], left)
    if isinstance(left, Years) and isinstance(right, int):
        return _years_test(left, op, right)
    one, other = solid(left), solid(right)
    other = _numeral(int(other)) if is_constant(other) else other
    if one.sort_kind() != other.sort_kind():
        return _APPLY[op](one, other)
    return z3.BoolRef(_MAKE[op](_REF, one.ast, other.ast), _CONTEXT)


def _years_test(left: Years, op: Op, n: int) -> Bool:
    match op:
        case ">=":
            return left.at_least(n)
        case ">":
            return left.at_least(n + 1)
        case "<":
            return not_(left.at_least(n))
        case "<=":
            return not_(left.at_least(n + 1))
        case "==":
            return both(left.at_least(n), not_(left.at_least(n + 1)))


_MAKE: Final[dict[Op, Callable[[Any, Any, Any], Any]]] = {
    ">=": _core.Z3_mk_ge,
    ">": _core.Z3_mk_gt,
    "<=": _core.Z3_mk_le,
    "<": _core.Z3_mk_lt,
    "==": _core.Z3_mk_eq,
}
_APPLY: Final[dict[Op, Callable[[Any, Any], Any]]] = {
    ">=": lambda left, right: left >= right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    "<": lambda left, right: left < right,
    "==": lambda left, right: left == right,
}


def total(items: Iterable[Whole]) -> Whole:
    """A sum, the constants of it added up first."""
    constant, kept = 0, []
    for one in items:
        if isinstance(one, int):
            constant += one
        else:
            kept.append(solid(one))
    if not kept:
        return constant
    whole = kept[0] if len(kept) == 1 else z3.Sum(kept)
    return whole + constant if constant else whole


# ------------------------------------------------------------------------------------------------ fractions


class Q(NamedTuple):
    """num / den with den above zero; texts and truths stand in `num` as they are."""

    num: Whole
    den: Whole = 1

    @property
    def concrete(self) -> bool:
        return is_constant(self.num) and is_constant(self.den)

    def plain(self) -> Number | str | bool:
        """The value of a concrete one, a whole number as an int."""
        if self.den == 1:
            return self.num  # type: ignore[no-any-return]
        number = Fraction(self.num, self.den)
        return number.numerator if number.denominator == 1 else number


def q(value: Number | str | bool) -> Q:
    """A constant; an amount as the plain integer that it is."""
    if isinstance(value, Fraction):
        return Q(value.numerator, value.denominator)
    return Q(value if isinstance(value, str | bool) else int(value))


def q_compare(left: Q, op: Op, right: Q) -> Bool:
    """By cross-multiplication: both denominators are above zero."""
    if left.den is right.den or (is_constant(left.den) and left.den == right.den):
        return test(left.num, op, right.num)
    by_left, by_right = left.den, right.den
    if is_constant(by_left) and is_constant(by_right):
        common = gcd(by_left, by_right)
        by_left, by_right = by_left // common, by_right // common
    return test(mul(left.num, by_right), op, mul(right.num, by_left))


def q_add(left: Q, right: Q) -> Q:
    if left.den is right.den or (is_constant(left.den) and left.den == right.den):
        return Q(add(left.num, right.num), left.den)
    if is_constant(left.den) and is_constant(right.den):
        common = left.den * right.den // gcd(left.den, right.den)
        return Q(add(mul(left.num, common // left.den), mul(right.num, common // right.den)), common)
    return Q(add(mul(left.num, right.den), mul(right.num, left.den)), mul(left.den, right.den))


def q_scale(factor: Number, one: Q) -> Q:
    return Q(mul(one.num, factor.numerator), mul(one.den, factor.denominator))


def q_choose(when: Bool, left: Q, right: Q) -> Q:
    return Q(choose(when, left.num, right.num), choose(when, left.den, right.den))


def q_rounded(one: Q, unit: int, mode: str) -> Q:
    """A symbolic number rounded to a multiple of a unit; half away from zero for half_up."""
    by = mul(one.den, unit)
    num = solid(one.num)
    size = z3.If(num >= 0, num, -num)
    match mode:
        case "down":
            steps = _floor(size, by)
        case "up":
            steps = -_floor(-size, by)
        case _:
            steps = _floor(2 * size + by, 2 * by)
    return Q(z3.If(num >= 0, steps * unit, -steps * unit))


def _floor(num: Any, by: Whole) -> Any:
    """The whole part of a quotient by a number above zero, whether its terms are whole or real."""
    ratio = num / by
    return z3.ToInt(ratio) if ratio.is_real() else ratio
