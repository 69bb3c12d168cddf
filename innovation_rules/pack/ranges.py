"""Find, from declared ranges alone, the conditions that can never hold, always hold, or hide behind earlier rows.

`checker` runs it over a pack's Programs. Each value keeps the set of values that it can still have: intervals for
numbers, names for choices, prefixes for codes. A condition is assumed, and what it leaves of each set is looked at;
an empty set is a contradiction. It finds no mistake where there is none, and not every one that there is: a
relation between two values is kept, arithmetic on them is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf
from typing import Final, NamedTuple

from innovation_rules.case import Frame
from innovation_rules.errors import Place
from innovation_rules.facts import FactSpec
from innovation_rules.program import (
    OPPOSITE,
    Aggregate,
    And,
    AsOf,
    AtLeast,
    Compare,
    Connective,
    Constant,
    Extreme,
    Fact,
    FirstMatch,
    ItemFact,
    Leaf,
    Linear,
    Member,
    Node,
    Not,
    Number,
    Op,
    Or,
    Origin,
    Outer,
    Program,
    Quotient,
    Round,
    TruthNode,
    Under,
    YearsSince,
    children,
)
from innovation_rules.quantities import Type

# ------------------------------------------------------------------------------------------ sets of values

Bound = tuple[float | Number, int]
"""A number, and whether the end stands just below it (-1), at it (0) or just above it (1)."""
Span = tuple[Bound, Bound]
NEGATED: Final[dict[Op, Op]] = {">=": "<", ">": "<=", "<=": ">", "<": ">="}


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers, dates or levels: disjoint spans in order; `whole` where only integers occur."""

    spans: tuple[Span, ...]
    whole: bool = False

    @property
    def empty(self) -> bool:
        return not self.spans

    @property
    def ends(self) -> tuple[float | Number, float | Number]:
        return self.spans[0][0][0], self.spans[-1][1][0]

    def meet(self, spans: Sequence[Span]) -> Numbers:
        """What also lies in these spans."""
        found = [
            _tightened((max(one[0], other[0]), min(one[1], other[1])), self.whole)
            for one in self.spans
            for other in spans
        ]
        return replace(self, spans=tuple(span for span in found if span[0] <= span[1]))

    def join(self, other: Numbers) -> Numbers:
        """What lies in either."""
        merged: list[Span] = []
        for span in sorted((*self.spans, *other.spans)):
            if merged and span[0] <= _after(merged[-1][1]):
                merged[-1] = (merged[-1][0], max(merged[-1][1], span[1]))
            else:
                merged.append(span)
        return Numbers(tuple(merged), self.whole and other.whole)


def _tightened(span: Span, whole: bool) -> Span:
    """A span of integers ends at integers."""
    if not whole:
        return span
    (low, above), (high, below) = span
    least = low if low in (inf, -inf) else floor(low) + 1 if above > 0 else ceil(low)
    most = high if high in (inf, -inf) else ceil(high) - 1 if below < 0 else floor(high)
    return (least, 0), (most, 0)


def _after(bound: Bound) -> Bound:
    return bound[0], bound[1] + 1


ALL: Final[Span] = ((-inf, 0), (inf, 0))


def _spans(op: Op, value: Number, wanted: bool) -> tuple[Span, ...]:
    """The numbers that pass a comparison with `value`, or that fail it."""
    if op == "==":
        point: tuple[Span, ...] = (((value, 0), (value, 0)),)
        return point if wanted else ((ALL[0], (value, -1)), ((value, 1), ALL[1]))
    match op if wanted else NEGATED[op]:
        case ">=":
            return (((value, 0), ALL[1]),)
        case ">":
            return (((value, 1), ALL[1]),)
        case "<=":
            return ((ALL[0], (value, 0)),)
        case _:
            return ((ALL[0], (value, -1)),)


@dataclass(frozen=True, slots=True)
class Names:
    """Choices, yes and no: those allowed (None: any), less those barred."""

    allowed: frozenset[object] | None
    barred: frozenset[object] = frozenset()

    @property
    def empty(self) -> bool:
        return self.allowed is not None and not self.allowed - self.barred

    def keep(self, values: frozenset[object]) -> Names:
        return replace(self, allowed=values if self.allowed is None else self.allowed & values)

    def drop(self, values: frozenset[object]) -> Names:
        return replace(self, barred=self.barred | values)

    def join(self, other: Names) -> Names:
        if self.allowed is None or other.allowed is None:
            return Names(None, self.barred & other.barred)
        return Names((self.allowed - self.barred) | (other.allowed - other.barred))


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes by prefix: those under a prefix allowed (None: any), less those under one barred."""

    allowed: frozenset[str] | None = None
    barred: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        return self.allowed is not None and all(one.startswith(tuple(self.barred)) for one in self.allowed)

    def keep(self, prefixes: frozenset[str]) -> Codes:
        if self.allowed is None:
            return replace(self, allowed=prefixes)
        pairs = [(one, other) for one in self.allowed for other in prefixes]
        both = {
            max(pair, key=len) for pair in pairs if pair[0].startswith(pair[1]) or pair[1].startswith(pair[0])
        }
        return replace(self, allowed=frozenset(both))

    def drop(self, prefixes: frozenset[str]) -> Codes:
        return replace(self, barred=self.barred | prefixes)

    def join(self, other: Codes) -> Codes:
        allowed = None if self.allowed is None or other.allowed is None else self.allowed | other.allowed
        return Codes(allowed, self.barred & other.barred)


Domain = Numbers | Names | Codes
Key = int | tuple[int, int]
"""A value node, or the difference of two."""
Env = Mapping[Key, Domain]
YES_OR_NO: Final = Names(frozenset((True, False)))
ANYTHING: Final = Names(None)
COUNTS: Final = Numbers((((0, 0), (inf, 0)),), whole=True)


def of_spec(spec: FactSpec) -> Domain:
    """The values that a base fact can have, as it is declared."""
    match spec.type:
        case Type.YES_NO:
            return YES_OR_NO
        case Type.CODE:
            return Codes()
        case Type.CHOICE | Type.TEXT:
            return Names(frozenset(spec.choices) if spec.choices else None)
    low = -inf if spec.low is None or spec.type is Type.DATE else spec.low
    high = inf if spec.high is None or spec.type is Type.DATE else spec.high
    return Numbers((((low, 0), (high, 0)),), whole=True)


def _join(one: Domain, other: Domain) -> Domain | None:
    """What lies in either; None where the two are not of one sort."""
    match one, other:
        case (Numbers(), Numbers()):
            return one.join(other)
        case (Names(), Names()):
            return one.join(other)
        case (Codes(), Codes()):
            return one.join(other)
    return None


# ------------------------------------------------------------------------------------------ assuming

MOST_STEPS: Final = 5_000
"""How many nodes one question may visit before it is given up, which finds nothing wrong."""
MOST_DEPTH: Final = 120


class Test(NamedTuple):
    """What is asked of a value: a comparison with a number, or membership of values."""

    op: Op | None
    number: Number
    values: frozenset[object]
    wanted: bool


class Ranges:
    """The nodes of a program, or of an aggregate's body, and what each value in it can be."""

    def __init__(
        self, nodes: Sequence[Node], frame: Frame, outer: Ranges | None = None, over: str = ""
    ) -> None:
        self.nodes, self.frame, self.outer, self.over = nodes, frame, outer, over
        self.domains: dict[int, Domain] = {}
        self.steps = 0
        self.depth = 0

    def can(self, *wanted: tuple[int, bool]) -> bool:
        """Whether these nodes can have these truths together."""
        return self.after({}, *wanted) is not None

    def after(self, env: Env | None, *wanted: tuple[int, bool]) -> Env | None:
        """What is left when these nodes have these truths; None where they cannot."""
        self.steps = 0
        for index, truth in wanted:
            env = None if env is None else self.assume(index, truth, env)
        return env

    # -------------------------------------------------------------------------------- truths

    def assume(self, index: int, wanted: bool, env: Env) -> Env | None:
        self.steps += 1
        if self.steps > MOST_STEPS or self.depth > MOST_DEPTH:
            return env
        self.depth += 1
        try:
            return self._assume(self.nodes[index], wanted, env)
        finally:
            self.depth -= 1

    def _assume(self, node: Node, wanted: bool, env: Env) -> Env | None:
        match node:
            case And(items=items) | Or(items=items):
                return (
                    self._every(items, wanted, env)
                    if isinstance(node, And) is wanted
                    else self._some(items, wanted, env)
                )
            case Not(item=item):
                return self.assume(item, not wanted, env)
            case AtLeast():
                return self._at_least(node, wanted, env)
            case Compare():
                return self._compare(node, wanted, env)
            case Member(of=of, values=values):
                return self.constrain(of, Test(None, 0, frozenset(values), wanted), env)
            case Under(of=of, prefixes=prefixes):
                return self._under(of, frozenset(prefixes), wanted, env)
        return env

    def _every(self, items: Sequence[int], wanted: bool, env: Env | None) -> Env | None:
        for item in items:
            env = None if env is None else self.assume(item, wanted, env)
        return env

    def _some(self, items: Sequence[int], wanted: bool, env: Env) -> Env | None:
        return joined([self.assume(item, wanted, env) for item in items])

    def _at_least(self, node: AtLeast, wanted: bool, env: Env) -> Env | None:
        possible = [item for item in node.items if self.assume(item, wanted, env) is not None]
        needed = node.n if wanted else len(node.items) - node.n + 1
        if len(possible) < needed:
            return None
        return self._every(possible, wanted, env) if len(possible) == needed else env

    def _under(self, of: int, prefixes: frozenset[str], wanted: bool, env: Env) -> Env | None:
        domain = self._now(of, env)
        if not isinstance(domain, Codes):
            return env
        return _with(env, of, domain.keep(prefixes) if wanted else domain.drop(prefixes))

    def _compare(self, node: Compare, wanted: bool, env: Env) -> Env | None:
        left, right = self.constant(node.left), self.constant(node.right)
        if right is not None:
            return self.constrain(node.left, Test(node.op, right, frozenset(), wanted), env)
        if left is not None:
            return self.constrain(node.right, Test(OPPOSITE[node.op], left, frozenset(), wanted), env)
        if self._unknown(node.left) or self._unknown(node.right):
            return env
        return self._relation(node, wanted, env)

    def _relation(self, node: Compare, wanted: bool, env: Env) -> Env | None:
        """Two values against each other: their difference against zero."""
        op = node.op
        one, other = node.left, node.right
        if one > other:
            one, other, op = other, one, OPPOSITE[op]
        if one == other:
            return env if (op in (">=", "<=", "==")) is wanted else None
        difference = env.get((one, other)) or self._difference(one, other, env)
        if not isinstance(difference, Numbers):
            return env
        return _with(env, (one, other), difference.meet(_spans(op, 0, wanted)))

    def _difference(self, one: int, other: int, env: Env) -> Domain | None:
        first, second = self._now(one, env), self._now(other, env)
        if not isinstance(first, Numbers) or not isinstance(second, Numbers) or first.empty or second.empty:
            return None
        (low, high), (least, most) = first.ends, second.ends
        return Numbers((((low - most, 0), (high - least, 0)),), first.whole and second.whole)

    # -------------------------------------------------------------------------------- values

    def constrain(self, index: int, test: Test, env: Env) -> Env | None:
        """What is left when a value passes a test."""
        node = self.nodes[index]
        if isinstance(node, TruthNode):
            return self._truth_is(index, test, env)
        if isinstance(node, Constant):
            return env if node.value is None or _passes(node.value, test) else None
        narrowed = self._narrow(index, test, env)
        if narrowed is None or not isinstance(node, FirstMatch):
            return narrowed
        return self._first_match(node, test, narrowed)

    def _truth_is(self, index: int, test: Test, env: Env) -> Env | None:
        asked = [truth for truth in (True, False) if (truth in test.values) is test.wanted]
        if len(asked) != 1:
            return env if asked else None
        return self.assume(index, asked[0], env)

    def _narrow(self, index: int, test: Test, env: Env) -> Env | None:
        domain = self._now(index, env)
        match domain:
            case Numbers():
                return _with(env, index, domain.meet(_wanted_spans(test)))
            case Names() if test.op is None:
                return _with(
                    env, index, domain.keep(test.values) if test.wanted else domain.drop(test.values)
                )
            case Codes() if test.op is None and test.wanted:
                return _with(env, index, domain.keep(frozenset(map(str, test.values))))
        return env

    def _first_match(self, node: FirstMatch, test: Test, env: Env) -> Env | None:
        """Each row in turn: reached, true, and its value passing."""
        found: list[Env | None] = []
        rest: Env | None = env
        for condition, value in node.rows:
            if rest is None:
                break
            here = self.assume(condition, True, rest)
            found.append(None if here is None else self.constrain(value, test, here))
            rest = self.assume(condition, False, rest)
        if rest is not None:
            found.append(self.constrain(node.otherwise, test, rest))
        return joined(found)

    def _now(self, index: int, env: Env) -> Domain:
        return env.get(index) or self.domain(index)

    def constant(self, index: int) -> Number | None:
        """The number that a node always is, if it is one."""
        node = self.nodes[index]
        if isinstance(node, Outer) and self.outer is not None:
            return self.outer.constant(node.of)
        if isinstance(node, Constant) and isinstance(node.value, Number) and not isinstance(node.value, bool):
            return node.value
        return None

    def _unknown(self, index: int) -> bool:
        """A parameter before its first value."""
        node = self.nodes[index]
        if isinstance(node, Outer) and self.outer is not None:
            return self.outer._unknown(node.of)
        return isinstance(node, Constant) and node.value is None

    def domain(self, index: int) -> Domain:
        """The values that a node can have, whatever the case."""
        found = self.domains.get(index)
        if found is None:
            found = self.domains[index] = self._domain(self.nodes[index])
        return found

    def _domain(self, node: Node) -> Domain:
        match node:
            case Constant(value=value):
                return _of_constant(value)
            case Fact(index=index):
                fact = self.frame.facts[index]
                return YES_OR_NO if fact.key is not None else of_spec(fact.spec)
            case ItemFact(index=index):
                frame = self.frame
                specs = frame.qualification_facts if self.over == "qualifications" else frame.activity_facts
                return of_spec(specs[index])
            case Outer(of=of):
                return self.outer.domain(of) if self.outer is not None else ANYTHING
            case Aggregate():
                return replace(COUNTS, whole=node.of is None)
            case FirstMatch(rows=rows, otherwise=otherwise):
                return self._union([*(value for _, value in rows), otherwise])
            case AsOf() | YearsSince():
                return Numbers((ALL,), whole=True)
            case Linear() | Quotient() | Extreme() | Round():
                return self._arithmetic(node)
        return YES_OR_NO

    def _union(self, indexes: Sequence[int]) -> Domain:
        whole: Domain | None = self.domain(indexes[0])
        for index in indexes[1:]:
            whole = None if whole is None else _join(whole, self.domain(index))
        return ANYTHING if whole is None else whole

    def _arithmetic(self, node: Linear | Quotient | Extreme | Round) -> Domain:
        domains = [self.domain(child) for child in children(node)]
        numbers = [one for one in domains if isinstance(one, Numbers) and not one.empty]
        if len(numbers) < len(domains):
            return Numbers((ALL,))
        match node:
            case Linear(terms=terms, constant=constant):
                low, high = _linear_ends([factor for factor, _ in terms], numbers, constant)
                whole = all(one.whole for one in numbers) and all(
                    isinstance(factor, int) for factor, _ in terms
                )
                return Numbers((((low, 0), (high, 0)),), whole)
            case Extreme(kind=kind):
                pick = max if kind == "max" else min
                low, high = pick(one.ends[0] for one in numbers), pick(one.ends[1] for one in numbers)
                return Numbers((((low, 0), (high, 0)),), all(one.whole for one in numbers))
            case Quotient():
                above = 0 if numbers[0].ends[0] >= 0 and numbers[2].ends[0] >= 0 else -inf
                return Numbers((((above, 0), (inf, 0)),))
            case Round(unit=unit):
                low, high = numbers[0].ends
                return Numbers((((low - unit, 0), (high + unit, 0)),), whole=True)


def _linear_ends(
    factors: Sequence[Number], numbers: Sequence[Numbers], constant: Number
) -> tuple[float | Number, float | Number]:
    low: float | Number = constant
    high: float | Number = constant
    for factor, one in zip(factors, numbers, strict=True):
        if factor != 0:
            ends = sorted((_times(factor, one.ends[0]), _times(factor, one.ends[1])))
            low, high = low + ends[0], high + ends[1]
    return low, high


def _times(factor: Number, end: float | Number) -> float | Number:
    """Exact; an open end stays open."""
    if end in (inf, -inf):
        return inf if (end > 0) == (factor > 0) else -inf
    return factor * end


def _of_constant(value: object) -> Domain:
    if isinstance(value, bool | str):
        return Names(frozenset((value,)))
    if isinstance(value, Number):
        return Numbers((((value, 0), (value, 0)),), whole=isinstance(value, int))
    return ANYTHING


def _wanted_spans(test: Test) -> tuple[Span, ...]:
    if test.op is not None:
        return _spans(test.op, test.number, test.wanted)
    points = sorted(one for one in test.values if isinstance(one, int))
    if test.wanted:
        return tuple(((one, 0), (one, 0)) for one in points)
    left = Numbers((ALL,))
    for one in points:
        left = left.meet(_spans("==", one, False))
    return left.spans


def _passes(value: object, test: Test) -> bool:
    if test.op is None:
        return (value in test.values) is test.wanted
    if not isinstance(value, Number):
        return True
    return bool(Numbers((((value, 0), (value, 0)),)).meet(_wanted_spans(test)).spans)


def _with(env: Env, key: Key, domain: Domain) -> Env | None:
    return None if domain.empty else {**env, key: domain}


def joined(envs: Sequence[Env | None]) -> Env | None:
    """What holds whichever of these is the case."""
    given = [env for env in envs if env is not None]
    if not given:
        return None
    first, *others = given
    for other in others:
        pairs = {key: _join(domain, other[key]) for key, domain in first.items() if key in other}
        first = {key: domain for key, domain in pairs.items() if domain is not None}
    return first


# ------------------------------------------------------------------------------------------ findings


class Finding(NamedTuple):
    """Something that can never matter: a code of errors.MESSAGES, and where."""

    code: str
    place: Place
    related: tuple[tuple[Place, str], ...] = ()


def findings(program: Program) -> list[Finding]:
    """Conditions that can never or must always hold, contradictions, rows never reached, in one program."""
    ranges = Ranges(program.nodes, program.frame)
    scan = Scan(ranges, program.origins, program.body_origins)
    found = list(scan.run())
    for rule in program.coverages:
        if not scan.idle & {rule.scope, rule.condition} and not ranges.can(
            (rule.scope, True), (rule.condition, True)
        ):
            found += scan.at("never-covered", rule.condition, rule.scope, "the-scope-here")
    for award in program.awards:
        gates = (award.jurisdiction, True), (award.condition, True)
        if not scan.idle & {award.jurisdiction, award.condition} and not ranges.can(*gates):
            found += scan.at("never-eligible", award.condition)
    return found


class Scan:
    """One walk over the nodes, children first: what rests on a finding is not reported again."""

    def __init__(
        self, ranges: Ranges, origins: Sequence[Origin], bodies: Mapping[int, Sequence[Origin]] | None = None
    ) -> None:
        self.ranges, self.origins, self.bodies = ranges, origins, bodies or {}
        self.idle: set[int] = set()
        self.rows = {row for node in ranges.nodes if isinstance(node, FirstMatch) for row, _ in node.rows}

    def run(self) -> Iterator[Finding]:
        for index, node in enumerate(self.ranges.nodes):
            if any(child in self.idle for child in children(node)):
                self.idle.add(index)
                continue
            found = list(self.look(index, node))
            if found:
                self.idle.add(index)
                yield from found

    def look(self, index: int, node: Node) -> Iterator[Finding]:
        match node:
            case Compare() | Member() | Under():
                yield from self._leaf(index, node)
            case And(items=items):
                yield from self._conjunction(items)
            case FirstMatch():
                yield from self._table(node)
            case Aggregate(over=over, body=body):
                inner = Ranges(body, self.ranges.frame, self.ranges, over)
                yield from Scan(inner, self.bodies.get(index, ())).run()

    def at(
        self, code: str, index: int, related: int | None = None, label: str = "against-this"
    ) -> Iterator[Finding]:
        place = self._place(index)
        other = None if related is None else self._place(related)
        if place is not None:
            yield Finding(code, place, () if other is None or other == place else ((other, label),))

    def _place(self, index: int) -> Place | None:
        return self.origins[index].place if index < len(self.origins) else None

    def _leaf(self, index: int, node: Leaf) -> Iterator[Finding]:
        if not self.ranges.can((index, True)):
            yield from self.at("never-true", index)
        elif index not in self.rows and self._says_a_number(node) and not self.ranges.can((index, False)):
            yield from self.at("always-true", index)

    def _says_a_number(self, node: Leaf) -> bool:
        """A comparison with a number written out, not with a parameter that may change."""
        if not isinstance(node, Compare):
            return False
        right = self.ranges.nodes[node.right]
        return isinstance(right, Constant) and not right.parameter

    def _conjunction(self, items: Sequence[int]) -> Iterator[Finding]:
        env: Env | None = {}
        for position, item in enumerate(items):
            env = self.ranges.after(env, (item, True))
            if env is None:
                yield from self.at("contradiction", item, self._against(items[:position], item, True))
                return

    def _against(self, before: Sequence[int], item: int, truth: bool) -> int | None:
        """The one earlier condition that alone leaves nothing for this one."""
        return next((one for one in before if not self.ranges.can((one, truth), (item, True))), None)

    def _table(self, node: FirstMatch) -> Iterator[Finding]:
        before: list[int] = []
        rest: Env | None = {}
        for condition, _ in node.rows:
            if self.ranges.after(rest, (condition, True)) is None:
                taker = self._against(before, condition, False)
                yield from self.at("row-never-reached", condition, taker, "taken-here")
            before.append(condition)
            rest = self.ranges.after(rest, (condition, False))
            if rest is None and condition != node.rows[-1][0]:
                following = node.rows[len(before)][0]
                yield from self.at("row-never-reached", following, condition, "taken-here")
                return


__all__ = ["Codes", "Connective", "Finding", "Names", "Numbers", "Ranges", "Scan", "findings"]
