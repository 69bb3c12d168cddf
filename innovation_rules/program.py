"""The core: what a policy pack becomes once it is compiled, and what its nodes mean.

`pack.compiler` writes Programs; every engine reads them, and `decision` puts an engine's results into words.

A Program is a flat tuple of nodes, children before parents; a child is named by its index. Running a program
on a case gives one result a node. What an unknown value means stands here and nowhere else.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple

from innovation_rules.case import Frame
from innovation_rules.errors import Place
from innovation_rules.quantities import Type

# ------------------------------------------------------------------------------------------------ results

Number = int | Fraction
Truth = bool | None
"""True, False, or None: not known."""


class Interval(NamedTuple):
    """A number of which only the two ends are known: a count or a total while something is unsurveyed."""

    low: Number
    high: Number


class OneOf(frozenset[object]):
    """The results still possible of a first match in which a row before the true one is unknown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"OneOf({', '.join(sorted(map(repr, self)))})"


Value = Number | str | bool | Interval | OneOf | None
"""A value node's result; None is unknown."""
Result = Value

# ------------------------------------------------------------------------------------------------ nodes

Op = Literal[">=", ">", "<=", "<", "=="]


@dataclass(frozen=True, slots=True)
class Constant:
    """A figure of the pack, in base units (分, ppm, ordinal days); `parameter` names where it comes from."""

    value: int | Fraction | str | bool | None
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A base fact of the case, by its index in the program's frame."""

    index: int


@dataclass(frozen=True, slots=True)
class AsOf:
    """The as-of date moved back by whole years, months and days (29 February falls on the 28th)."""

    years: int = 0
    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class YearsSince:
    """Whole years from a date to the as-of date; a date in the future gives a negative number."""

    of: int


@dataclass(frozen=True, slots=True)
class Linear:
    """constant + the sum of coefficient × value; unknown as soon as one value is not a known number."""

    terms: tuple[tuple[Number, int], ...]
    constant: Number = 0


@dataclass(frozen=True, slots=True)
class Quotient:
    """factor × of / to, exactly; where `to` is zero or less the value is `otherwise`."""

    of: int
    to: int
    factor: Number
    otherwise: int


@dataclass(frozen=True, slots=True)
class Extreme:
    """The largest or smallest of several numbers; known early when one already stands at the declared bound."""

    kind: Literal["max", "min"]
    items: tuple[int, ...]
    bound: Number | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A number rounded to a multiple of `unit`."""

    of: int
    unit: int
    mode: Literal["half_up", "down", "up"]


@dataclass(frozen=True, slots=True)
class ItemFact:
    """A field of the activity or qualification at hand; only inside the body of an Aggregate."""

    index: int


@dataclass(frozen=True, slots=True)
class Outer:
    """A result of the enclosing program; only inside the body of an Aggregate."""

    of: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """How many items pass `where`, or the total of `of` over them.

    `body` is a small program run on each item. A category nobody surveyed adds `unsurveyed` to the upper end.
    `categories` are those whose survey matters (empty for qualifications). An item whose membership or amount
    is unknown widens the interval; `highest` is the declared maximum of one item's amount.
    """

    over: Literal["activities", "qualifications"]
    categories: tuple[str, ...]
    body: tuple[Node, ...]
    where: int
    of: int | None
    highest: int
    unsurveyed: int


@dataclass(frozen=True, slots=True)
class FirstMatch:
    """The value of the first true row, else `otherwise`; an unknown row leaves both ways open."""

    rows: tuple[tuple[int, int], ...]
    otherwise: int


@dataclass(frozen=True, slots=True)
class Compare:
    """left op right, between numbers, dates (ordinals) or levels (ranks)."""

    left: int
    op: Op
    right: int


@dataclass(frozen=True, slots=True)
class Member:
    """The value is one of these."""

    of: int
    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class Under:
    """A hierarchical code starts with one of these prefixes; the `wider` codes contain them and leave it open."""

    of: int
    prefixes: tuple[str, ...]
    wider: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """True when the value is known, else unknown: never false, so that learning a fact only narrows."""

    of: int


@dataclass(frozen=True, slots=True)
class And:
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: int


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least n of the items are true."""

    n: int
    items: tuple[int, ...]


ValueNode = (
    Constant
    | Fact
    | AsOf
    | YearsSince
    | Linear
    | Quotient
    | Extreme
    | Round
    | ItemFact
    | Outer
    | Aggregate
    | FirstMatch
)
Leaf = Compare | Member | Under | Known
Connective = And | Or | Not | AtLeast
TruthNode = Leaf | Connective
Node = ValueNode | TruthNode

NODES: Final[tuple[type, ...]] = (
    Constant,
    Fact,
    AsOf,
    YearsSince,
    Linear,
    Quotient,
    Extreme,
    Round,
    ItemFact,
    Outer,
    Aggregate,
    FirstMatch,
    Compare,
    Member,
    Under,
    Known,
    And,
    Or,
    Not,
    AtLeast,
)


def children(node: Node) -> tuple[int, ...]:
    """The indexes a node reads, in the order it names them (an Aggregate reads what its body calls Outer)."""
    match node:
        case Linear():
            return tuple(index for _, index in node.terms)
        case Quotient():
            return (node.of, node.to, node.otherwise)
        case Extreme() | And() | Or() | AtLeast():
            return node.items
        case FirstMatch():
            return (*(index for row in node.rows for index in row), node.otherwise)
        case Compare():
            return (node.left, node.right)
        case YearsSince() | Round() | Member() | Under() | Known():
            return (node.of,)
        case Not():
            return (node.item,)
        case Aggregate():
            return tuple(inner.of for inner in node.body if isinstance(inner, Outer))
        case Constant() | Fact() | AsOf() | ItemFact() | Outer():
            return ()


# ------------------------------------------------------------------------------- three-valued truth (Kleene)


def all_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's and: one false decides; else one unknown leaves it open."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's or: one true decides; else one unknown leaves it open."""
    result: Truth = False
    for truth in truths:
        if truth:
            return True
        if truth is None:
            result = None
    return result


def not_(truth: Truth) -> Truth:
    return None if truth is None else not truth


def at_least_of(n: int, truths: Iterable[Truth]) -> Truth:
    """True when the trues reach n; false when trues and unknowns together cannot."""
    trues = unknowns = 0
    for truth in truths:
        trues += truth is True
        unknowns += truth is None
    return True if trues >= n else False if trues + unknowns < n else None


# ------------------------------------------------------------------------------------- values in a test

COMPARISONS: Final[dict[Op, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}
OPPOSITE: Final[dict[Op, Op]] = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "==": "=="}


def is_plain(value: Value) -> bool:
    """Known, and one value."""
    return value is not None and value.__class__ is not Interval and value.__class__ is not OneOf


def _as_number(value: object) -> Number:
    assert isinstance(value, int | Fraction)
    return value


def ends(value: Value) -> tuple[Number, Number]:
    """The least and the greatest a known numeric value can be."""
    match value:
        case Interval():
            return value.low, value.high
        case OneOf():
            numbers: list[Any] = sorted(value, key=_as_number)
            return numbers[0], numbers[-1]
        case _:
            assert isinstance(value, int | Fraction)
            return value, value


def compare(left: Value, op: Op, right: Value) -> Truth:
    """A comparison, known when every value still possible on either side answers alike."""
    if left is None or right is None:
        return None
    if is_plain(left) and is_plain(right):
        return COMPARISONS[op](left, right)
    if op == "==":
        return _equal(left, right)
    (low, high), (least, most) = ends(left), ends(right)
    if op in (">=", ">"):
        answers = COMPARISONS[op](low, most), COMPARISONS[op](high, least)
    else:
        answers = COMPARISONS[op](high, least), COMPARISONS[op](low, most)
    surely, possibly = answers
    return True if surely else None if possibly else False


def _equal(left: Value, right: Value) -> Truth:
    if left.__class__ is Interval or right.__class__ is Interval:
        (low, high), (least, most) = ends(left), ends(right)
        return None if low <= most and least <= high else False
    one, other = possible(left), possible(right)
    if one.isdisjoint(other):
        return False
    return True if len(one) == len(other) == 1 else None


def possible(value: Value) -> frozenset[object]:
    """The values still possible of what is known and no interval."""
    return value if isinstance(value, OneOf) else frozenset((value,))


def member(value: Value, values: Sequence[object]) -> Truth:
    """Whether a value is one of these, known when every value still possible answers alike."""
    if value is None:
        return None
    if isinstance(value, OneOf):
        inside = sum(one in values for one in value)
        return True if inside == len(value) else False if inside == 0 else None
    if isinstance(value, Interval):
        inside = sum(value.low <= one <= value.high for one in values if isinstance(one, int))
        return True if value.high - value.low < inside else False if inside == 0 else None
    return value in values


def under(value: Value, prefixes: tuple[str, ...], wider: tuple[str, ...] = ()) -> Truth:
    """Whether a code starts with one of the prefixes; a code shorter than a prefix that it begins is unknown."""
    if value is None:
        return None
    if isinstance(value, OneOf):
        answers = {under(one, prefixes, wider) for one in value}  # type: ignore[arg-type]
        return answers.pop() if len(answers) == 1 else None
    assert isinstance(value, str)
    if value.startswith(prefixes):
        return True
    return None if value in wider or any(prefix.startswith(value) for prefix in prefixes) else False


def known(value: Value) -> Truth:
    """True or unknown, never false."""
    return True if is_plain(value) else None


# ------------------------------------------------------------------------------------- values by arithmetic


def linear(terms: Iterable[tuple[Number, Value]], constant: Number) -> Value:
    """constant + Σ coefficient × value; what is not one known number makes the whole unknown."""
    total: Number = constant
    for coefficient, value in terms:
        if not is_plain(value):
            return None
        total += coefficient * value  # type: ignore[operator]
    return _tidy(total)


def quotient(of: Value, to: Value, factor: Number, otherwise: Value) -> Value:
    """factor × of / to as an exact fraction; `otherwise` where `to` is zero or less."""
    if not is_plain(of) or not is_plain(to):
        return None
    if to <= 0:  # type: ignore[operator]
        return otherwise
    return _tidy(Fraction(of * factor) / to)  # type: ignore[operator, arg-type]


def extreme(kind: Literal["max", "min"], values: Sequence[Value], bound: Number | None) -> Value:
    """The largest or smallest; with an unknown among them only when another stands at the declared bound."""
    plain = [value for value in values if is_plain(value)]
    best = (max if kind == "max" else min)(plain, default=None)  # type: ignore[type-var]
    if len(plain) == len(values):
        return best
    return best if bound is not None and best == bound else None


def rounded(value: Value, unit: int, mode: Literal["half_up", "down", "up"]) -> Value:
    """A multiple of `unit`; half away from zero for half_up. Both ends of an interval are rounded alike."""
    if isinstance(value, Interval):
        low, high = rounded(value.low, unit, mode), rounded(value.high, unit, mode)
        return spread(low, high)  # type: ignore[arg-type]
    if not is_plain(value):
        return None
    steps = Fraction(value) / unit  # type: ignore[arg-type]
    whole, rest = divmod(abs(steps), 1)
    up = rest > 0 if mode == "up" else rest * 2 >= 1 if mode == "half_up" else False
    size = (whole + up) * unit
    return int(size if steps >= 0 else -size)


def years_between(start: Value, end: int) -> Value:
    """Whole years from one ordinal to another; the anniversary counts."""
    if not is_plain(start):
        return None
    first, last = date.fromordinal(start), date.fromordinal(end)  # type: ignore[arg-type]
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


def moved_back(day: int, years: int, months: int, days: int) -> int:
    """An ordinal moved back; a day that the earlier month lacks becomes its last."""
    if not years and not months:
        return day - days
    moved = date.fromordinal(day)
    month = moved.year * 12 + moved.month - 1 - years * 12 - months
    year, month = divmod(month, 12)
    for last in (moved.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(moved.day, last)).toordinal() - days
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def first_match(rows: Iterable[tuple[Truth, Value]], otherwise: Value) -> Value:
    """The first true row's value; once a row is unknown, the set of what is still possible."""
    possible: list[Value] = []
    for truth, value in rows:
        if truth is False:
            continue
        if truth and not possible:
            return value
        possible.append(value)
        if truth:
            return _still_possible(possible)
    if not possible:
        return otherwise
    return _still_possible([*possible, otherwise])


def _still_possible(values: list[Value]) -> Value:
    flat: set[object] = set()
    for value in values:
        if value is None or isinstance(value, Interval):
            return None
        flat.update(value if isinstance(value, OneOf) else (value,))
    return OneOf(flat)


def spread(low: Number, high: Number) -> Value:
    """An interval, or the one number when both ends meet."""
    return low if low == high else Interval(low, high)


def _tidy(number: Number) -> Number:
    """A whole fraction as an int, so that equal results are equal in every engine and in print."""
    return number.numerator if isinstance(number, Fraction) and number.denominator == 1 else number


# ------------------------------------------------------------------------------------------- decisions


@dataclass(frozen=True, slots=True)
class Origin:
    """What a node comes from: its path in the pack, its clause, its type; its place is for showing only."""

    path: str
    clause: str = ""
    type: Type | None = None
    unit: str = ""
    name: str = ""
    """The derived fact that this node defines, with its year; empty elsewhere."""
    label: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a class or choice can take."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """A category of the profile, or a layer of categories, and the node that says whether it is active."""

    id: str
    label: str
    clause: str
    node: int


@dataclass(frozen=True, slots=True)
class ClassRule:
    """A classification: a FirstMatch node, or with `many` one truth node a value."""

    id: str
    label: str
    clause: str
    values: tuple[Choice, ...]
    node: int
    many: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverageRule:
    """A coverage: who is in scope, and what covers them."""

    id: str
    label: str
    clause: str
    scope: int
    condition: int


@dataclass(frozen=True, slots=True)
class AmountRule:
    """An amount's lower and upper end, each a node in 分 already rounded; fixed amounts have both alike."""

    low: int
    high: int
    rounding: str = ""


@dataclass(frozen=True, slots=True)
class AwardRule:
    """An award, preference or duty: who may have it and how much."""

    id: str
    label: str
    clause: str
    kind: str
    bearing: Literal["required", "weighs"]
    discretionary: bool
    granted_by: tuple[str, ...]
    decided: bool
    """False where another party than the enterprise is judged: recorded, not decided."""
    in_force: bool
    jurisdiction: int
    condition: int
    amount: AmountRule | None = None
    quoted: str = ""
    """A figure that the document prints where a higher law now rules otherwise."""
    responsible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackInfo:
    """Which pack a program was compiled from."""

    id: str
    title: str
    version: str
    digest: str
    in_force_from: date | None
    in_force_to: date | None


@dataclass(frozen=True)
class Program:
    """A pack compiled for a year and a law date: pure data, picklable, the same for every engine."""

    pack: PackInfo
    year: int
    law_date: date
    in_force: bool
    frame: Frame
    nodes: tuple[Node, ...]
    origins: tuple[Origin, ...]
    jurisdiction: int
    profile: tuple[CategoryRule, ...]
    layers: tuple[CategoryRule, ...]
    classes: tuple[ClassRule, ...]
    coverages: tuple[CoverageRule, ...]
    awards: tuple[AwardRule, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of the names that values can take (choices, kinds), for showing."""
    body_origins: Mapping[int, tuple[Origin, ...]] = field(default_factory=dict)
    """Origins of the nodes inside an Aggregate's body, by the Aggregate's index."""


# ------------------------------------------------------------------------------------------- statuses

COVERAGE_STATUSES: Final = ("covered", "not_covered", "undetermined", "out_of_scope", "not_in_force")
AWARD_STATUSES: Final = (
    "eligible",
    "ineligible",
    "undetermined",
    "out_of_scope",
    "not_in_force",
    "not_applicable",
    "favoured",
    "not_favoured",
)


def activity_status(truth: Truth) -> str:
    return "undetermined" if truth is None else "active" if truth else "inactive"


def coverage_status(in_force: bool, scope: Truth, condition: Truth) -> str:
    """Outside the period no answer is given; an unknown scope leaves it open whatever the rest says."""
    if not in_force:
        return "not_in_force"
    if scope is False:
        return "out_of_scope"
    if scope is None or condition is None:
        return "undetermined"
    return "covered" if condition else "not_covered"


def award_status(rule: AwardRule, in_force: bool, jurisdiction: Truth, condition: Truth) -> str:
    """Like coverage, for the jurisdiction alone; an award that weighs favours or does not."""
    if not (in_force and rule.in_force):
        return "not_in_force"
    if not rule.decided:
        return "not_applicable"
    if jurisdiction is False:
        return "out_of_scope"
    if jurisdiction is None or condition is None:
        return "undetermined"
    if rule.bearing == "weighs":
        return "favoured" if condition else "not_favoured"
    return "eligible" if condition else "ineligible"
