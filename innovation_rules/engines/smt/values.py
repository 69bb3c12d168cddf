"""What each node gives, written once for concrete values and solver terms: `walk.result_of` over terms that fold.

`engine` runs it on concrete cases, where it must agree with the interpreter; `world` on symbolic ones. A truth is a
pair (surely true, surely false). A value is a list of guarded possibilities: at most one guard holds; none: unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias, assert_never

from innovation_rules.engines.smt.terms import (
    Bool,
    Q,
    all_,
    any_,
    at_least,
    both,
    choose,
    is_constant,
    mul,
    not_,
    q,
    q_add,
    q_choose,
    q_compare,
    q_rounded,
    q_scale,
    same_truth,
    test,
    total,
    years,
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
    Interval,
    ItemFact,
    Known,
    Linear,
    Member,
    Node,
    Not,
    Number,
    OneOf,
    Op,
    Or,
    Outer,
    Quotient,
    Result,
    Round,
    Truth,
    Under,
    Value,
    YearsSince,
    moved_back,
    rounded,
    under,
)


class T(NamedTuple):
    """A truth: surely true, surely false; neither is unknown."""

    t: Bool
    f: Bool

    @property
    def open(self) -> Bool:
        return all_((not_(self.t), not_(self.f)))


class Way(NamedTuple):
    """One possibility: under a guard, a number from low to high; one known value where both are the same."""

    guard: Bool
    low: Q
    high: Q

    @property
    def one(self) -> Bool:
        """It is one known value."""
        return True if self.low is self.high else q_compare(self.low, "==", self.high)


class Alt(NamedTuple):
    """A member of the set of values still possible, under a guard."""

    guard: Bool
    value: Q


class V(NamedTuple):
    """A value: exclusive ways; or, where `many` holds, the set of those alternatives whose guards hold."""

    ways: tuple[Way, ...] = ()
    many: Bool = False
    alts: tuple[Alt, ...] = ()


Sym: TypeAlias = T | V
UNKNOWN = V()
OPEN = T(False, False)


def plain(value: Q) -> V:
    """One known value."""
    return V((Way(True, value, value),))


def of_constant(value: Number | str | bool | None) -> V:
    return UNKNOWN if value is None else plain(q(value))


def as_truth(one: Sym) -> T:
    """A result that stands where a truth must stand."""
    if isinstance(one, T):
        return one
    for way in one.ways:
        assert way.low.num is True or way.low.num is False, way
    return T(
        any_(way.guard for way in one.ways if way.low.num is True),
        any_(way.guard for way in one.ways if way.low.num is False),
    )


_YES, _NO = Q(True), Q(False)


def as_value(one: Sym) -> V:
    """A result that stands where a value must stand."""
    if isinstance(one, V):
        return one
    ways = (Way(one.t, _YES, _YES), Way(one.f, _NO, _NO))
    return V(tuple(way for way in ways if way.guard is not False))


def plain_ways(value: V) -> list[Alt]:
    """The ways in which a value is one known value."""
    found = (Alt(both(way.guard, way.one), way.low) for way in value.ways)
    return [one for one in found if one.guard is not False]


def is_plain(value: V) -> Bool:
    return any_(one.guard for one in plain_ways(value))


def is_known(value: V) -> Bool:
    """Not None: one value, an interval or several."""
    return any_((value.many, *(way.guard for way in value.ways)))


# ------------------------------------------------------------------------------------------------ results


def concrete(one: Sym) -> Result:
    """The result that a concrete term stands for."""
    if isinstance(one, T):
        return True if one.t is True else False if one.f is True else None
    if one.many is True:
        return OneOf(alt.value.plain() for alt in one.alts if alt.guard is True)
    for way in one.ways:
        if way.guard is True:
            low, high = way.low.plain(), way.high.plain()
            return low if low == high else Interval(low, high)  # type: ignore[arg-type]
    return None


def equal(left: Sym, right: Sym) -> Bool:
    """Two results are the same."""
    if isinstance(left, T) and isinstance(right, T):
        return both(same_truth(left.t, right.t), same_truth(left.f, right.f))
    one, other = as_value(left), as_value(right)
    pairs = [
        all_((a.guard, b.guard, q_compare(a.low, "==", b.low), q_compare(a.high, "==", b.high)))
        for a in one.ways
        for b in other.ways
    ]
    neither = not_(any_((is_known(one), is_known(other))))
    sets = all_((one.many, other.many, _subset(one.alts, other.alts), _subset(other.alts, one.alts)))
    return any_((*pairs, neither, sets))


def _subset(one: Sequence[Alt], other: Sequence[Alt]) -> Bool:
    return all_(
        any_((not_(a.guard), *(both(b.guard, q_compare(a.value, "==", b.value)) for b in other))) for a in one
    )


# ------------------------------------------------------------------------------------------------ tests


def compare(left: V, op: Op, right: V) -> T:
    """`program.compare`: known when every value still possible on either side answers alike."""
    surely, never = [], []
    for one in left.ways:
        for other in right.ways:
            guard = both(one.guard, other.guard)
            if guard is not False:
                t, f = _ways_compare(one, op, other)
                surely.append(both(guard, t))
                never.append(both(guard, f))
    for one in left.ways:
        if right.many is not False:
            t, f = _way_against(one, op, right.alts)
            surely.append(all_((one.guard, right.many, t)))
            never.append(all_((one.guard, right.many, f)))
    for other in right.ways:
        if left.many is not False:
            t, f = _way_against(other, _TURNED[op], left.alts)
            surely.append(all_((left.many, other.guard, t)))
            never.append(all_((left.many, other.guard, f)))
    if left.many is not False and right.many is not False:
        pairs = [
            (both(a.guard, b.guard), q_compare(a.value, op, b.value)) for a in left.alts for b in right.alts
        ]
        guard = both(left.many, right.many)
        surely.append(both(guard, all_(_implies(given, holds) for given, holds in pairs)))
        never.append(both(guard, all_(_implies(given, not_(holds)) for given, holds in pairs)))
    return T(any_(surely), any_(never))


_TURNED: dict[Op, Op] = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "==": "=="}


def _implies(given: Bool, then: Bool) -> Bool:
    return any_((not_(given), then))


def _ways_compare(one: Way, op: Op, other: Way) -> tuple[Bool, Bool]:
    """Surely, and surely not, for two numbers or intervals."""
    if one.low is one.high and other.low is other.high:
        holds = q_compare(one.low, op, other.low)
        return holds, not_(holds)
    if op == "==":
        apart = any_((q_compare(one.high, "<", other.low), q_compare(other.high, "<", one.low)))
        return all_((one.one, other.one, q_compare(one.low, "==", other.low))), apart
    rising = op in (">=", ">")
    worst = q_compare(one.low, op, other.high) if rising else q_compare(one.high, op, other.low)
    best = q_compare(one.high, op, other.low) if rising else q_compare(one.low, op, other.high)
    return worst, not_(best)


def _way_against(one: Way, op: Op, alts: Sequence[Alt]) -> tuple[Bool, Bool]:
    """Surely, and surely not, for a number or interval against a set."""

    def every(make: Callable[[Q], Bool]) -> Bool:
        return all_(_implies(alt.guard, make(alt.value)) for alt in alts)

    if op != "==":
        ends = (one.low,) if one.low is one.high else (one.low, one.high)
        return (
            all_(every(lambda value, end=end: q_compare(end, op, value)) for end in ends),  # type: ignore[misc]
            all_(every(lambda value, end=end: not_(q_compare(end, op, value))) for end in ends),  # type: ignore[misc]
        )
    same = both(one.one, every(lambda value: q_compare(one.low, "==", value)))
    differ = every(lambda value: not_(q_compare(one.low, "==", value)))
    if one.low is one.high:
        return same, differ
    below = every(lambda value: q_compare(value, "<", one.low))
    above = every(lambda value: q_compare(value, ">", one.high))
    return same, any_((both(one.one, differ), all_((not_(one.one), any_((below, above))))))


def member(value: V, values: Sequence[str | int | bool]) -> T:
    """`program.member`."""
    surely, never = [], []
    for way in value.ways:
        if way.low is way.high:
            inside = _among(way.low, values)
            surely.append(both(way.guard, inside))
            never.append(both(way.guard, not_(inside)))
        else:
            t, f = _interval_among(way, values)
            surely.append(both(way.guard, t))
            never.append(both(way.guard, f))
    if value.many is not False:
        found = [(alt.guard, _among(alt.value, values)) for alt in value.alts]
        surely.append(both(value.many, all_(_implies(guard, inside) for guard, inside in found)))
        never.append(both(value.many, all_(_implies(guard, not_(inside)) for guard, inside in found)))
    return T(any_(surely), any_(never))


def _among(value: Q, values: Sequence[str | int | bool]) -> Bool:
    if value.concrete:
        return value.plain() in values
    return any_(q_compare(value, "==", q(one)) for one in values if not isinstance(one, str))


def _interval_among(way: Way, values: Sequence[str | int | bool]) -> tuple[Bool, Bool]:
    """An interval lies among the values when it holds as many of them as whole numbers."""
    within = [
        both(q_compare(way.low, "<=", q(one)), q_compare(way.high, ">=", q(one)))
        for one in values
        if isinstance(one, int)
    ]
    held = Q(total(choose(one, 1, 0) for one in within))
    width = q_add(way.high, q_scale(-1, way.low))
    none = not_(any_(within))
    alone = both(way.one, _among(way.low, values))
    several = both(not_(way.one), q_compare(width, "<", held))
    return any_((alone, several)), any_(
        (both(way.one, not_(_among(way.low, values))), both(not_(way.one), none))
    )


def under_codes(value: V, node: Under) -> T:
    """`program.under`; symbolic codes are ways with constant texts."""
    answers = [(way.guard, _under(way.low, node)) for way in value.ways]
    surely = [guard for guard, answer in answers if answer is True]
    never = [guard for guard, answer in answers if answer is False]
    if value.many is not False:
        found = [(alt.guard, _under(alt.value, node)) for alt in value.alts]
        surely.append(both(value.many, all_(not_(guard) for guard, answer in found if answer is not True)))
        never.append(both(value.many, all_(not_(guard) for guard, answer in found if answer is not False)))
    return T(any_(surely), any_(never))


def _under(code: Q, node: Under) -> Truth:
    return under(code.plain(), node.prefixes, node.wider)


# ------------------------------------------------------------------------------------------------ arithmetic

MOST_WAYS = 48
"""Ways that a sum may have before they are put together into one."""


def _merged(ways: Sequence[Alt]) -> Alt:
    """Several plain ways as one, whose value is a choice."""
    value = ways[-1].value
    for one in reversed(ways[:-1]):
        value = q_choose(one.guard, one.value, value)
    return Alt(any_(one.guard for one in ways), value)


def _product(left: Sequence[Alt], right: Sequence[Alt], make: Callable[[Q, Q], Q]) -> list[Alt]:
    if len(left) * len(right) > MOST_WAYS:
        left = [_merged(left)] if len(left) > 1 else left
        right = [_merged(right)] if len(right) > 1 else right
    found = (Alt(both(a.guard, b.guard), make(a.value, b.value)) for a in left for b in right)
    return [one for one in found if one.guard is not False]


def _of_plain(ways: Iterable[Alt]) -> V:
    return V(tuple(Way(one.guard, one.value, one.value) for one in ways))


def linear(terms: Iterable[tuple[Number, V]], constant: Number) -> V:
    """`program.linear`."""
    sums = [Alt(True, q(constant))]
    for factor, value in terms:
        ways = [Alt(one.guard, q_scale(factor, one.value)) for one in plain_ways(value)]
        sums = _product(sums, ways, q_add)
        if not sums:
            return UNKNOWN
    return _of_plain(sums)


def quotient(of: V, to: V, factor: Number, otherwise: V) -> V:
    """`program.quotient`."""
    above, below = plain_ways(of), plain_ways(to)
    ways: list[Way] = []
    zero = []
    for one in above:
        for other in below:
            guard = both(one.guard, other.guard)
            positive = test(other.value.num, ">", 0)
            ratio = _divided(one.value, other.value, factor) if positive is not False else None
            if ratio is not None and (when := both(guard, positive)) is not False:
                ways.append(Way(when, ratio, ratio))
            zero.append(both(guard, not_(positive)))
    fallback = guarded(any_(zero), otherwise)
    return V((*ways, *fallback.ways), fallback.many, fallback.alts)


def _divided(of: Q, to: Q, factor: Number) -> Q:
    scaled = q_scale(factor, of)
    return Q(mul(scaled.num, to.den), mul(scaled.den, to.num))


def guarded(when: Bool, value: V) -> V:
    """A value only where something holds, else unknown."""
    if when is True:
        return value
    ways = (Way(both(when, way.guard), way.low, way.high) for way in value.ways)
    return V(tuple(way for way in ways if way.guard is not False), both(when, value.many), value.alts)


def extreme(node: Extreme, values: Sequence[V]) -> V:
    """`program.extreme`."""
    op: Op = ">=" if node.kind == "max" else "<="
    items = [plain_ways(value) for value in values]
    known = [any_(one.guard for one in ways) for ways in items]
    complete = all_(known)
    ways: list[Way] = []
    for at, mine in enumerate(items):
        for one in mine:
            rivals = [
                _beats(one.value, op if other > at else _STRICT[op], theirs)
                for other, theirs in enumerate(items)
                if other != at
            ]
            guard = all_((complete, one.guard, *rivals))
            if guard is not False:
                ways.append(Way(guard, one.value, one.value))
    if node.bound is not None and complete is not True:
        ways.append(_at_bound(node.bound, op, items, complete))
    return V(tuple(ways))


_STRICT: dict[Op, Op] = {">=": ">", "<=": "<"}


def _beats(value: Q, op: Op, rival: Sequence[Alt]) -> Bool:
    """A value against one that is known."""
    return any_(both(one.guard, q_compare(value, op, one.value)) for one in rival)


def _at_bound(bound: Number, op: Op, items: Sequence[Sequence[Alt]], complete: Bool) -> Way:
    """What an extreme is when not all are known, but one of them stands at the bound and none beyond it."""
    value = q(bound)
    ways = [one for ways in items for one in ways]
    there = any_(both(one.guard, q_compare(one.value, "==", value)) for one in ways)
    beyond = any_(both(one.guard, not_(q_compare(value, op, one.value))) for one in ways)
    return Way(all_((not_(complete), there, not_(beyond))), value, value)


def round_to(value: V, node: Round) -> V:
    """`program.rounded`: both ends of an interval alike; a set becomes unknown."""
    ways = []
    for way in value.ways:
        low = _rounded(way.low, node)
        ways.append(Way(way.guard, low, low if way.low is way.high else _rounded(way.high, node)))
    return V(tuple(ways))


def _rounded(value: Q, node: Round) -> Q:
    if value.concrete:
        return q(rounded(value.plain(), node.unit, node.mode))  # type: ignore[arg-type]
    return q_rounded(value, node.unit, node.mode)


def years_since(value: V, end: int) -> V:
    """`program.years_between`."""
    return _of_plain(Alt(one.guard, Q(years(one.value.num, end))) for one in plain_ways(value))


def first_match(rows: Sequence[tuple[T, V]], otherwise: V) -> V:
    """`program.first_match`: the first true row's value, or the set of what an unknown row leaves possible."""
    untouched: Bool = True
    reached: Bool = True
    ways: list[Way] = []
    several: list[Bool] = []
    alts: list[Alt] = []
    included: list[tuple[Bool, V]] = []
    open_before: list[Bool] = []
    for truth, value in (*rows, (T(True, False), otherwise)):
        chosen = guarded(both(untouched, truth.t), value)
        ways += chosen.ways
        several.append(chosen.many)
        if chosen.many is not False:
            alts += [Alt(both(chosen.many, alt.guard), alt.value) for alt in value.alts]
        included.append((both(reached, not_(truth.f)), value))
        open_before.append(both(untouched, truth.open))
        untouched = both(untouched, truth.f)
        reached = both(reached, not_(truth.t))
        if reached is False:
            break
    opened = any_(open_before)
    if opened is not False:
        several.append(both(opened, all_(_implies(given, _may_stand(value)) for given, value in included)))
        for given, value in included:
            when = both(opened, given)
            alts += [Alt(both(when, one.guard), one.value) for one in plain_ways(value)]
            if value.many is not False:
                alts += [Alt(all_((when, value.many, alt.guard)), alt.value) for alt in value.alts]
    return V(tuple(ways), any_(several), tuple(alt for alt in alts if alt.guard is not False))


def _may_stand(value: V) -> Bool:
    """Known and no interval: may be one of several still possible."""
    return any_((is_plain(value), value.many))


# ------------------------------------------------------------------------------------------------ nodes


class Scene:
    """Where a program, or the body of an aggregate, is read: what its facts, items and aggregates are."""

    as_of: int

    def fact(self, index: int) -> V:
        raise AssertionError("no facts here")

    def item(self, index: int) -> V:
        raise AssertionError("no item here")

    def outer(self, index: int) -> Sym:
        raise AssertionError("nothing outside")

    def aggregate(self, index: int, node: Aggregate) -> V:
        raise AssertionError("no aggregates here")


class Reading:
    """The results of nodes in a scene, each worked out once, when it is asked for."""

    def __init__(self, nodes: Sequence[Node], scene: Scene) -> None:
        self.nodes, self.scene = nodes, scene
        self.results: dict[int, Sym] = {}

    def __getitem__(self, index: int) -> Sym:
        found = self.results.get(index)
        if found is None:
            found = self.results[index] = self._result(index)
        return found

    def truth(self, index: int) -> T:
        return as_truth(self[index])

    def value(self, index: int) -> V:
        return as_value(self[index])

    def _result(self, index: int) -> Sym:
        node, value, truth, scene = self.nodes[index], self.value, self.truth, self.scene
        match node:
            case Constant():
                return of_constant(node.value)
            case Fact():
                return scene.fact(node.index)
            case ItemFact():
                return scene.item(node.index)
            case Outer():
                return scene.outer(node.of)
            case AsOf():
                return plain(Q(moved_back(scene.as_of, node.years, node.months, node.days)))
            case YearsSince():
                return years_since(value(node.of), scene.as_of)
            case Linear():
                return linear([(factor, value(one)) for factor, one in node.terms], node.constant)
            case Quotient():
                return quotient(value(node.of), value(node.to), node.factor, value(node.otherwise))
            case Extreme():
                return extreme(node, [value(one) for one in node.items])
            case Round():
                return round_to(value(node.of), node)
            case Aggregate():
                return scene.aggregate(index, node)
            case FirstMatch():
                rows = [(truth(when), value(one)) for when, one in node.rows]
                return first_match(rows, value(node.otherwise))
            case Compare():
                return compare(value(node.left), node.op, value(node.right))
            case Member():
                return member(value(node.of), node.values)
            case Under():
                return under_codes(value(node.of), node)
            case Known():
                return T(is_plain(value(node.of)), False)
            case And():
                return conjunction(map(truth, node.items))
            case Or():
                return negated(conjunction(negated(truth(one)) for one in node.items))
            case Not():
                return negated(truth(node.item))
            case AtLeast():
                items = [truth(one) for one in node.items]
                return T(
                    at_least(node.n, (one.t for one in items)),
                    at_least(len(items) - node.n + 1, (one.f for one in items)),
                )
            case _:
                assert_never(node)


def negated(one: T) -> T:
    return T(one.f, one.t)


def conjunction(items: Iterator[T] | Iterable[T]) -> T:
    """Kleene's and; stops at the first that is plainly false."""
    trues, falses = [], []
    for one in items:
        if one.f is True:
            return T(False, True)
        trues.append(one.t)
        falses.append(one.f)
    return T(all_(trues), any_(falses))


def summed(
    members: Iterable[tuple[T, V | None, Bool]], highest: int, unsurveyed: int, parts: Iterable[Bool]
) -> V:
    """`walk.aggregate`: (belongs, amount or None for a count, is there at all) of each item, and unsurveyed parts."""
    low, high = q(0), q(0)
    for belongs, amount, there in members:
        sure, possible = both(there, belongs.t), both(there, not_(belongs.f))
        if possible is False:
            continue
        if amount is None:
            low = q_add(low, Q(choose(sure, 1, 0)))
            high = q_add(high, Q(choose(possible, 1, 0)))
            continue
        ways = plain_ways(amount)
        unknown = not_(any_(one.guard for one in ways))
        for one in ways:
            low = q_add(low, q_choose(both(sure, one.guard), one.value, q(0)))
            high = q_add(high, q_choose(both(possible, one.guard), one.value, q(0)))
        high = q_add(high, Q(choose(both(possible, unknown), highest, 0)))
    open_parts = total(choose(one, unsurveyed, 0) for one in parts)
    return V((Way(True, low, q_add(high, Q(open_parts))),))


__all__ = [
    "OPEN",
    "UNKNOWN",
    "Alt",
    "Reading",
    "Scene",
    "Sym",
    "T",
    "V",
    "Value",
    "Way",
    "as_truth",
    "as_value",
    "concrete",
    "equal",
    "is_constant",
    "is_plain",
    "plain",
    "summed",
]
