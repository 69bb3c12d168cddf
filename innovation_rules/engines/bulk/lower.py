"""Put every core node into expressions of a backend: the second reading of the meaning, column by column.

`plan` runs it over a whole program; the rules of `program` and `walk` stand here once more, and the tests hold every
backend to the interpreter's results. A node that no expression can hold exactly is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any, Final, Generic, assert_never

from innovation_rules.engines.bulk.adapter import Backend, E
from innovation_rules.engines.bulk.values import (
    ONCE,
    Arithmetic,
    Bounds,
    Options,
    Scalar,
    Shape,
    Span,
)
from innovation_rules.program import (
    Aggregate,
    And,
    AsOf,
    AtLeast,
    Compare,
    Constant,
    Extreme,
    Fact,
    FirstMatch,
    ItemFact,
    Known,
    Linear,
    Member,
    Node,
    Not,
    Op,
    Or,
    Outer,
    Quotient,
    Round,
    Under,
    YearsSince,
    moved_back,
)

EDGES: Final[tuple[Op, Op]] = ("<", ">")
"""What makes one number better than another as the least, and as the greatest."""


class Lowering(Generic[E]):
    """Gives the shape of one node after another; `read` gives those that come from outside."""

    def __init__(self, backend: Backend[E, Any], as_of: int, read: Callable[[int, Node], Shape[E]]) -> None:
        self.b, self.as_of, self.read = backend, as_of, read
        self.a = Arithmetic(backend)

    def shape(self, index: int, node: Node, shapes: Sequence[Shape[E]]) -> Shape[E]:
        """The shape of a node from the shapes of those before it."""
        b = self.b
        match node:
            case Fact() | ItemFact() | Outer() | Aggregate():
                return self.read(index, node)
            case Constant():
                return self.constant(node.value)
            case AsOf():
                return self.a.number(moved_back(self.as_of, node.years, node.months, node.days))
            case Compare():
                return self.truth(self.compare(shapes[node.left], node.op, shapes[node.right]))
            case Member():
                return self.truth(self.member(shapes[node.of], node.values))
            case Under():
                return self.truth(self.under(shapes[node.of], node))
            case Known():
                known = b.negate(b.is_null(self.plain(shapes[node.of]).value))
                return self.truth(b.choose(known, self.a.true, self.a.null))
            case And():
                return self.truth(b.all_of(self.truths(shapes, node.items)))
            case Or():
                return self.truth(b.any_of(self.truths(shapes, node.items)))
            case Not():
                return self.truth(b.negate(self.of(shapes[node.item])))
            case AtLeast():
                return self.truth(self.at_least(node.n, self.truths(shapes, node.items)))
            case FirstMatch():
                return self.first_match(node, shapes)
            case Linear():
                return self.linear(node, shapes)
            case Quotient():
                return self.quotient(node, shapes)
            case Extreme():
                return self.extreme(node, [self.plain(shapes[one]) for one in node.items])
            case Round():
                return self.rounded(node, shapes[node.of])
            case YearsSince():
                return self.years_since(self.plain(shapes[node.of]))
            case _:
                assert_never(node)

    # ---------------------------------------------------------------------------------------- truths

    def truth(self, value: E) -> Scalar[E]:
        return Scalar(value, "truth")

    def of(self, shape: Shape[E]) -> E:
        """The truth that a shape holds."""
        return self.plain(shape).value

    def truths(self, shapes: Sequence[Shape[E]], items: Iterable[int]) -> list[E]:
        return [self.of(shapes[one]) for one in items]

    def is_true(self, truth: E) -> E:
        """True, and not unknown."""
        return self.b.choose(self.b.is_null(truth), self.a.false, truth)

    def is_possible(self, truth: E) -> E:
        """True or unknown."""
        return self.b.choose(self.b.is_null(truth), self.a.true, truth)

    def verdict(self, surely: E, possibly: E) -> E:
        """True, unknown or false from two that are known."""
        return self.b.any_of([surely, self.b.all_of([possibly, self.a.null])])

    def at_least(self, n: int, truths: Sequence[E]) -> E:
        def reached(of: Callable[[E], E]) -> E:
            one, none = self.a.whole(1), self.a.whole(0)
            total = none
            for truth in truths:
                total = self.a.plus(total, self.a.pick(of(truth), one, none))
            return self.a.test(total, ">=", self.a.whole(n))

        return self.verdict(reached(self.is_true), reached(self.is_possible))

    # ---------------------------------------------------------------------------------------- values

    def constant(self, value: object) -> Scalar[E]:
        if value is None:
            return Scalar(self.a.null, "truth")
        if isinstance(value, bool):
            return Scalar(self.b.constant(value, "truth"), "truth")
        if isinstance(value, str):
            return Scalar(self.b.constant(value, "text"), "text")
        if isinstance(value, int):
            return self.a.number(value)
        assert isinstance(value, Fraction)
        return self.a.number(value)

    def plain(self, shape: Shape[E]) -> Scalar[E]:
        """The one known value, null where there is none or more than one."""
        if isinstance(shape, Scalar):
            return shape
        if isinstance(shape, Span):
            low, high = self.ends(shape)
            same = self.a.test(low, "==", high)
            return self.a.where(same, low)
        plains = [(possible, self.plain(value)) for possible, value in shape.branches]
        result = self.a.nothing(_not_null([one for _, one in plains]))
        for possible, value in reversed(plains):
            alone = self.b.all_of([possible, self.b.negate(shape.open)])
            result = self.a.chosen(alone, self._like(value, result), result)
        return result

    def _like(self, value: Scalar[E], other: Scalar[E]) -> Scalar[E]:
        """A constant null takes the kind of what it stands beside."""
        return self.a.nothing(other) if value.value is self.a.null else value

    def linear(self, node: Linear, shapes: Sequence[Shape[E]]) -> Scalar[E]:
        total = self.constant(node.constant)
        for factor, term in node.terms:
            total = self.a.added(total, self.a.weighted(self.number(shapes[term]), factor))
        return total

    def number(self, shape: Shape[E]) -> Scalar[E]:
        """A plain number; a constant null is a number that is not known."""
        found = self.plain(shape)
        return self.a.unknown if found.kind == "truth" else found

    def quotient(self, node: Quotient, shapes: Sequence[Shape[E]]) -> Shape[E]:
        a, b = self.a, self.b
        of, to = a.weighted(self.number(shapes[node.of]), node.factor), self.number(shapes[node.to])
        unknown = b.any_of([b.is_null(of.value), b.is_null(to.value)])
        positive = self.is_true(a.compared(to, ">", a.number(0)))
        ratio = self._over(of, to, positive)
        otherwise = shapes[node.otherwise]
        if isinstance(otherwise, Scalar):
            return a.where(b.negate(unknown), a.chosen(positive, ratio, self.number(otherwise)))
        branches = otherwise.branches if isinstance(otherwise, Options) else ((a.true, otherwise),)
        open_ = otherwise.open if isinstance(otherwise, Options) else a.false
        known, else_ = b.negate(unknown), b.negate(positive)
        rows: list[tuple[E, Scalar[E] | Span[E]]] = [
            (b.all_of([known, positive]), ratio),
            (unknown, a.unknown),
            *((b.all_of([known, else_, possible]), value) for possible, value in branches),
        ]
        return Options(tuple(rows), b.all_of([known, else_, open_]))

    def _over(self, of: Scalar[E], to: Scalar[E], positive: E) -> Scalar[E]:
        """One number over another that is above zero; over 1 where it is not, so that nothing is divided by zero."""
        a = self.a
        factor = Fraction(0) if to.factor == 0 else of.factor / to.factor
        top, by = replace(of, factor=ONCE, by=None), replace(to, factor=ONCE, by=None)
        if to.by is not None:
            top = a.times(top, to.by)
        if of.by is not None:
            by = a.times(by, of.by)
        if to.factor < 0:
            by, factor = a.multiple(by, -1), -factor
        by = a.pick(positive, by if by.value is not a.one else a.whole(1), a.whole(1))
        return replace(top, factor=factor, by=replace(by, bounds=Bounds(1, max(1, by.bounds.high))))

    def extreme(self, node: Extreme, items: Sequence[Scalar[E]]) -> Scalar[E]:
        a, op = self.a, (">" if node.kind == "max" else "<")
        items = [self.number(one) for one in items]
        best = items[0]
        for one in items[1:]:
            better = self.b.any_of([self.b.is_null(best.value), self.is_true(a.compared(one, op, best))])  # type: ignore[arg-type]
            best = a.chosen(better, one, best)
        if len(items) == 1:
            return best
        settled = self.b.negate(self.b.any_of([self.b.is_null(one.value) for one in items]))
        if node.bound is not None:
            at_bound = self.is_true(a.compared(best, "==", a.number(node.bound)))
            settled = self.b.any_of([settled, at_bound])
        return a.where(settled, best)

    def rounded(self, node: Round, shape: Shape[E]) -> Shape[E]:
        if isinstance(shape, Span):
            ends = [self._round(node, end) for end in self.ends(shape)]
            bounds = ends[0].bounds.either(ends[1].bounds)
            return Span(ends[0].value, ends[1].value, bounds, ends[0].kind)
        if isinstance(shape, Options):
            return self._round_options(node, shape)
        return self._round(node, self.number(shape))

    def _round_options(self, node: Round, shape: Options[E]) -> Shape[E]:
        """Each way by itself while only one is left; a set of numbers does not survive."""
        alone = self.b.negate(shape.open)
        rows = [
            (self.b.all_of([alone, possible]), self.rounded(node, value))
            for possible, value in shape.branches
        ]
        return Options((*rows, (shape.open, self.a.unknown)), self.a.false)  # type: ignore[arg-type]

    def _round(self, node: Round, one: Scalar[E]) -> Scalar[E]:
        a, zero = self.a, self.a.whole(0)
        factor = one.factor / node.unit
        top = a.multiple(one, factor.numerator)
        negative = self.is_true(a.test(top, "<", zero))
        size = a.pick(negative, a.multiple(top, -1), top)
        size = replace(size, bounds=Bounds(0, size.bounds.most))
        unit = a.whole(factor.denominator) if one.by is None else a.multiple(one.by, factor.denominator)
        whole = a.divided(size, unit)
        if node.mode != "down":
            rest = a.plus(size, a.multiple(a.times(whole, unit), -1))
            rest = replace(rest, bounds=Bounds(0, unit.bounds.high))
            up = a.test(rest, ">", zero) if node.mode == "up" else a.test(a.multiple(rest, 2), ">=", unit)
            whole = a.plus(whole, a.pick(self.is_true(up), a.whole(1), zero))
        size = a.multiple(whole, node.unit)
        return a.pick(negative, a.multiple(size, -1), size)

    def years_since(self, start: Scalar[E]) -> Scalar[E]:
        end, a = date.fromordinal(self.as_of), self.a
        parts = self.b.year_month_day(self.a.over(self.number(start), ONCE).value)
        year, month, day = (Scalar(part, "number", Bounds(0, 9999)) for part in parts)
        before = self.b.any_of(
            [
                a.test(month, ">", a.whole(end.month)),
                self.b.all_of([a.test(month, "==", a.whole(end.month)), a.test(day, ">", a.whole(end.day))]),
            ]
        )
        whole = a.plus(a.whole(end.year), a.multiple(year, -1))
        less = a.pick(self.is_true(before), a.whole(-1), a.whole(0))
        return a.plus(whole, less)

    # ---------------------------------------------------------------------------------------- tables

    def first_match(self, node: FirstMatch, shapes: Sequence[Shape[E]]) -> Shape[E]:
        """Every row that can still be the first true one."""
        b = self.b
        before: list[E] = []
        open_: list[E] = []
        rows: list[tuple[E, Shape[E]]] = []
        for when, value in node.rows:
            truth = self.of(shapes[when])
            rows.append((b.all_of([self.is_possible(truth), *before]), shapes[value]))
            open_.append(b.all_of([b.is_null(truth), *before]))
            before = [*before, b.negate(self.is_true(truth))]
        rows.append((b.all_of(before) if before else self.a.true, shapes[node.otherwise]))
        return self._flat(rows, open_)

    def _flat(self, rows: Sequence[tuple[E, Shape[E]]], open_: list[E]) -> Options[E]:
        branches: list[tuple[E, Scalar[E] | Span[E]]] = []
        for possible, value in rows:
            if isinstance(value, Options):
                branches += [(self.b.all_of([possible, inner]), one) for inner, one in value.branches]
                open_.append(self.b.all_of([possible, value.open]))
            else:
                branches.append((possible, value))
        return Options(tuple(branches), self.b.any_of(open_) if open_ else self.a.false)

    def unanimous(self, shape: Options[E], answer: Callable[[Scalar[E] | Span[E]], E]) -> E:
        """The answer that every way still possible gives."""
        b = self.b
        surely, possibly, spoilt = [], [], []
        for possible, value in shape.branches:
            truth = answer(value)
            surely.append(b.any_of([b.negate(possible), self.is_true(truth)]))
            possibly.append(b.all_of([possible, self.is_possible(truth)]))
            spoilt.append(b.all_of([possible, b.is_null(self.plain(value).value)]))
        agreed = self.verdict(b.all_of(surely), b.any_of(possibly))
        return b.choose(b.all_of([shape.open, b.any_of(spoilt)]), self.a.null, agreed)

    # ---------------------------------------------------------------------------------------- tests

    def compare(self, left: Shape[E], op: Op, right: Shape[E]) -> E:
        """Known when every value still possible on either side answers alike."""
        if isinstance(left, Options):
            if op == "==" and isinstance(right, Span):
                return self._overlap(left, right)
            return self.unanimous(left, lambda one: self.compare(one, op, right))
        if isinstance(right, Options):
            if op == "==" and isinstance(left, Span):
                return self._overlap(right, left)
            return self.unanimous(right, lambda one: self.compare(left, op, one))
        if isinstance(left, Scalar) and isinstance(right, Scalar):
            return self._plain_test(left, op, right)
        (low, high), (least, most) = self.ends(left), self.ends(right)
        compared = self.a.compared
        if op == "==":
            apart = self.b.any_of([compared(low, ">", most), compared(least, ">", high)])
            alike = self.b.all_of(
                [compared(low, "==", high), compared(least, "==", most), compared(low, "==", least)]
            )
            return self.b.any_of([alike, self.b.all_of([self.b.negate(apart), self.a.null])])
        if op in (">=", ">"):
            return self.verdict(compared(low, op, most), compared(high, op, least))
        return self.verdict(compared(high, op, least), compared(low, op, most))

    def _plain_test(self, left: Scalar[E], op: Op, right: Scalar[E]) -> E:
        if left.value is self.a.null or right.value is self.a.null:
            return self.a.null
        if left.kind in ("truth", "text"):
            return self.b.compare(op, left.value, right.value)
        return self.a.compared(left, op, right)

    def ends(self, shape: Scalar[E] | Span[E]) -> tuple[Scalar[E], Scalar[E]]:
        """The least and the greatest."""
        if isinstance(shape, Span):
            low, high = (
                Scalar(end, shape.kind, shape.bounds, shape.factor) for end in (shape.low, shape.high)
            )
            return low, high
        return self.number(shape), self.number(shape)

    def outermost(self, shape: Shape[E]) -> tuple[Scalar[E], Scalar[E]]:
        """The least and the greatest of what is possible, null where that is not known."""
        if not isinstance(shape, Options):
            return self.ends(shape)
        b = self.b
        spoilt = b.any_of(
            [b.all_of([possible, b.is_null(self.plain(value).value)]) for possible, value in shape.branches]
        )
        ways = b.negate(b.all_of([shape.open, spoilt]))
        low, high = (self._edge(shape, op, which) for which, op in enumerate(EDGES))
        return self.a.where(ways, low), self.a.where(ways, high)

    def _edge(self, shape: Options[E], op: Op, which: int) -> Scalar[E]:
        best: Scalar[E] | None = None
        for possible, value in shape.branches:
            end = self.a.where(possible, self.ends(value)[which])
            if best is not None:
                better = [self.b.is_null(best.value), self.is_true(self.a.compared(end, op, best))]
                end = self.a.chosen(self.b.any_of(better), end, best)
            best = end
        assert best is not None
        return best

    def _overlap(self, options: Options[E], span: Span[E]) -> E:
        """Equality of a table's set with a range: by the outermost of the set, as the interpreter does."""
        b, compared = self.b, self.a.compared
        (low, high), (least, most) = self.outermost(options), self.ends(span)
        apart = b.any_of([compared(low, ">", most), compared(least, ">", high)])
        alike = b.all_of(
            [
                compared(low, "==", high),
                compared(least, "==", most),
                compared(low, "==", least),
                b.negate(options.open),
            ]
        )
        verdict = b.any_of([self.is_true(alike), b.all_of([b.negate(self.is_true(apart)), self.a.null])])
        return b.choose(b.is_null(low.value), self.a.null, verdict)

    def member(self, shape: Shape[E], values: Sequence[int | str | bool]) -> E:
        if isinstance(shape, Options):
            return self.unanimous(shape, lambda one: self.member(one, values))
        if isinstance(shape, Span):
            return self._member_of_span(shape, values)
        if shape.value is self.a.null:
            return self.a.null
        if shape.factor == 1 and shape.by is None and shape.kind != "wide":
            return self.b.among(shape.value, values)
        whole = [one for one in values if isinstance(one, int) and not isinstance(one, bool)]
        tests = [self.a.compared(shape, "==", self.a.number(one)) for one in whole]
        return (
            self.b.any_of(tests)
            if tests
            else self.b.choose(self.b.is_null(shape.value), self.a.null, self.a.false)
        )

    def _member_of_span(self, shape: Span[E], values: Sequence[int | str | bool]) -> E:
        a = self.a
        low, high = self.ends(shape)
        inside = a.whole(0)
        for one in values:
            if isinstance(one, int):
                value = a.number(one)
                within = self.b.all_of([a.compared(low, "<=", value), a.compared(high, ">=", value)])
                inside = a.plus(inside, a.pick(within, a.whole(1), a.whole(0)))
        width = a.added(high, a.weighted(low, -1))
        return self.verdict(a.compared(width, "<", inside), a.test(inside, ">", a.number(0)))

    def under(self, shape: Shape[E], node: Under) -> E:
        if isinstance(shape, Options):
            return self.unanimous(shape, lambda one: self.under(one, node))
        assert isinstance(shape, Scalar)
        if shape.value is self.a.null:
            return self.a.null
        shorter = {prefix[:size] for prefix in node.prefixes for size in range(len(prefix))} | set(node.wider)
        begins = self.b.starts_with(shape.value, node.prefixes)
        open_ = self.b.among(shape.value, sorted(shorter))
        return self.b.any_of([begins, self.b.all_of([open_, self.a.null])])

    # ---------------------------------------------------------------------------------------- items

    def contributions(self, node: Aggregate, inner: Sequence[Shape[E]]) -> tuple[Scalar[E], Scalar[E]]:
        """What one item surely adds, and what it can add at most."""
        a, zero, belongs = self.a, self.a.number(0), self.of(inner[node.where])
        if node.of is None:
            least = most = a.number(1)
        else:
            amount = self.number(inner[node.of])
            unknown = self.b.is_null(amount.value)
            least = a.chosen(unknown, zero, amount)
            most = a.chosen(unknown, a.number(node.highest), amount)
        return (
            a.chosen(self.is_true(belongs), least, zero),
            a.chosen(self.is_possible(belongs), most, zero),
        )


def _not_null(items: Sequence[Scalar[E]]) -> Scalar[E]:
    """The first that says what kind of value it is."""
    return next((one for one in items if one.kind != "truth"), items[0])
