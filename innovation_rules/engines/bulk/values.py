"""What the result of a node looks like in columns: one number or nothing, a range, or the options of a table.

`lower` makes them of nodes; `Arithmetic` holds the rules for numbers that stay exact: fractions as two whole
numbers, ranges that prove that 64 bits are enough, 128 where they are not, a refusal beyond.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm
from typing import Any, Final, Generic, NamedTuple, TypeAlias

from innovation_rules.engines.bulk.adapter import Backend, E, Kind, Operation
from innovation_rules.errors import Diagnostic, InnovationRulesError
from innovation_rules.program import Op

INT64, INT128 = 2**63 - 1, 10**38 - 1
"""What 64 bits hold, and what both 128 bits and a DECIMAL(38, 0) hold."""


class BulkError(InnovationRulesError):
    """A program that this engine would not decide exactly, or tables that it cannot read."""


def refuse(what: str) -> BulkError:
    """A number that no column can hold."""
    return BulkError([Diagnostic("bulk-overflow", None, {"what": what})])


class Bounds(NamedTuple):
    """The least and greatest that a number can be, both ends in."""

    low: int
    high: int

    def __mul__(self, other: object) -> Bounds:
        assert isinstance(other, Bounds)
        ends = [one * two for one in self for two in other]
        return Bounds(min(ends), max(ends))

    def __add__(self, other: object) -> Bounds:
        assert isinstance(other, Bounds)
        return Bounds(self.low + other.low, self.high + other.high)

    def either(self, other: Bounds) -> Bounds:
        """What one of two can be."""
        return Bounds(min(self.low, other.low), max(self.high, other.high))

    @property
    def most(self) -> int:
        return max(abs(self.low), abs(self.high))


ONE: Final = Bounds(1, 1)
ANY: Final = Bounds(-INT64, INT64)
ONCE: Final = Fraction(1)


@dataclass(frozen=True)
class Scalar(Generic[E]):
    """One value, null where it is unknown. A number is value × factor / by, where `by` is above zero."""

    value: E
    kind: Kind = "number"
    bounds: Bounds = ANY
    factor: Fraction = ONCE
    by: Scalar[E] | None = None


@dataclass(frozen=True)
class Span(Generic[E]):
    """A number of which both ends are known, each times `factor`."""

    low: E
    high: E
    bounds: Bounds
    kind: Kind = "number"
    factor: Fraction = ONCE


@dataclass(frozen=True)
class Options(Generic[E]):
    """What a table can still give: each value with whether it is possible; `open` where more than one way is left."""

    branches: tuple[tuple[E, Scalar[E] | Span[E]], ...]
    open: E


Shape: TypeAlias = "Scalar[E] | Span[E] | Options[E]"


def unit_of(*factors: Fraction) -> Fraction:
    """The greatest factor of which all these are whole multiples; 1 where all are zero."""
    below = lcm(*(one.denominator for one in factors))
    return Fraction(gcd(*(int(one * below) for one in factors)), below) or ONCE


class Arithmetic(Generic[E]):
    """Exact whole-number arithmetic with nulls. Constant factors are multiplied out last, reduced."""

    def __init__(self, backend: Backend[E, Any]) -> None:
        self.b = backend
        self.null = backend.constant(None, "truth")
        self.true = backend.constant(True, "truth")
        self.false = backend.constant(False, "truth")
        self.one = backend.constant(1, "number")
        self.unknown: Scalar[E] = Scalar(backend.constant(None, "number"), "number", Bounds(0, 0))

    # ---------------------------------------------------------------------------------------- whole numbers

    def number(self, value: int | Fraction) -> Scalar[E]:
        """A constant: 1 × value."""
        return Scalar(self.one, "number", ONE, Fraction(value))

    def whole(self, value: int) -> Scalar[E]:
        """A whole constant as it stands."""
        bounds = Bounds(value, value)
        kind = kind_for(bounds)
        return Scalar(self.b.constant(value, kind), kind, bounds)

    def _as(self, one: Scalar[E], kind: Kind) -> E:
        return self.b.widen(one.value) if kind == "wide" and one.kind != "wide" else one.value

    def _calculated(self, op: Operation, left: Scalar[E], right: Scalar[E], bounds: Bounds) -> Scalar[E]:
        kind = kind_for(bounds.either(left.bounds).either(right.bounds))
        return Scalar(self.b.arithmetic(op, self._as(left, kind), self._as(right, kind), kind), kind, bounds)

    def times(self, left: Scalar[E], right: Scalar[E]) -> Scalar[E]:
        """The product of two whole numbers, their factors apart."""
        if left.value is self.one:
            return right
        if right.value is self.one:
            return left
        return self._calculated("*", left, right, left.bounds * right.bounds)

    def multiple(self, one: Scalar[E], by: int) -> Scalar[E]:
        """A whole number some times, with nothing left in its factor."""
        bare = replace(one, factor=ONCE, by=None)
        if one.value is self.one:
            return self.whole(by)
        return bare if by == 1 else self.times(bare, self.whole(by))

    def over(self, one: Scalar[E], unit: Fraction) -> Scalar[E]:
        """The same number as a whole multiple of a unit; what it is divided by stays apart."""
        steps = one.factor / unit
        assert steps.denominator == 1
        return self.multiple(one, steps.numerator)

    def plus(self, left: Scalar[E], right: Scalar[E]) -> Scalar[E]:
        """The sum of two whole numbers."""
        return self._calculated("+", left, right, left.bounds + right.bounds)

    def divided(self, left: Scalar[E], right: Scalar[E]) -> Scalar[E]:
        """The whole part of a quotient of two that are not negative."""
        return self._calculated("//", left, right, Bounds(0, left.bounds.most))

    def pick(self, when: E, then: Scalar[E], otherwise: Scalar[E]) -> Scalar[E]:
        """One of two whole numbers, texts or truths; `when` is never null."""
        if "text" in (then.kind, otherwise.kind) or "truth" in (then.kind, otherwise.kind):
            return replace(then, value=self.b.choose(when, then.value, otherwise.value))
        bounds = then.bounds.either(otherwise.bounds)
        kind = kind_for(bounds)
        value = self.b.choose(when, self._as(then, kind), self._as(otherwise, kind))
        return Scalar(value, kind, bounds)

    def test(self, left: Scalar[E], op: Op, right: Scalar[E]) -> E:
        """A comparison of two whole numbers, texts or truths."""
        if left.kind in ("truth", "text"):
            return self.b.compare(op, left.value, right.value)
        kind = kind_for(left.bounds.either(right.bounds))
        return self.b.compare(op, self._as(left, kind), self._as(right, kind))

    def nothing(self, like: Scalar[E]) -> Scalar[E]:
        """Unknown, of the same kind."""
        return replace(like, value=self.b.constant(None, like.kind))

    # ---------------------------------------------------------------------------------------- exact numbers

    def weighted(self, one: Scalar[E], factor: int | Fraction) -> Scalar[E]:
        """factor × a number."""
        return replace(one, factor=one.factor * factor)

    def added(self, left: Scalar[E], right: Scalar[E]) -> Scalar[E]:
        """The sum of two numbers."""
        unit = unit_of(left.factor, right.factor)
        one, two = self.over(left, unit), self.over(right, unit)
        if left.by is not None:
            two = self.times(two, left.by)
        if right.by is not None:
            one = self.times(one, right.by)
        return replace(self.plus(one, two), factor=unit, by=self._both(left.by, right.by))

    def _both(self, left: Scalar[E] | None, right: Scalar[E] | None) -> Scalar[E] | None:
        return right if left is None else left if right is None else self.times(left, right)

    def compared(self, left: Scalar[E], op: Op, right: Scalar[E]) -> E:
        """A comparison of two numbers, cross-multiplied and reduced."""
        unit = unit_of(left.factor, right.factor)
        one, two = self.over(left, unit), self.over(right, unit)
        if right.by is not None:
            one = self.times(one, right.by)
        if left.by is not None:
            two = self.times(two, left.by)
        return self.test(one, op, two)

    def chosen(self, when: E, then: Scalar[E], otherwise: Scalar[E]) -> Scalar[E]:
        """One of two values; `when` is never null."""
        if then.kind in ("truth", "text"):
            return self.pick(when, then, otherwise)
        unit = unit_of(then.factor, otherwise.factor)
        top = self.pick(when, self.over(then, unit), self.over(otherwise, unit))
        if then.by is None and otherwise.by is None:
            return replace(top, factor=unit)
        one = self.whole(1)
        return replace(top, factor=unit, by=self.pick(when, then.by or one, otherwise.by or one))

    def where(self, when: E, one: Scalar[E]) -> Scalar[E]:
        """A value, unknown where the condition fails; `when` is never null."""
        value = replace(one, factor=ONCE, by=None)
        if one.value is self.one:
            value = self.whole(1)
        return replace(self.pick(when, value, self.nothing(value)), factor=one.factor, by=one.by)


def kind_for(bounds: Bounds) -> Kind:
    """64 bits where they are proved enough, else 128. Raises BulkError beyond."""
    if bounds.most > INT128:
        raise refuse(str(bounds.most))
    return "number" if bounds.most <= INT64 else "wide"
