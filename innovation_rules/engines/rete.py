"""Decide with durable_rules: a second engine, made by others, for an independent opinion on every decision.

`engines.__init__` offers it by name. It judges every truth of a program: comparisons, membership, prefixes, and, or,
not, k of n, and which row of a table is the first. What durable_rules can't compute exactly (arithmetic, ratios,
counts over items, dates) is computed as `walk` says and handed to it; `account` names each such node.

A truth is a field that is 2 (true), 0 (false) or 1 (not known). For each truth one rule concludes that it is true
and another that it is false; when neither fires it is not known, and when both do, that is an error. What kills or
misleads durable_rules is not written at all: `Test` can't express it, and `_fenced` and `_token` refuse the rest.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from math import comb
from typing import Any, Final, Literal, NamedTuple, TypeGuard

from innovation_rules.case import Case
from innovation_rules.engines import EngineError
from innovation_rules.engines.rete_host import Host
from innovation_rules.errors import Diagnostic
from innovation_rules.program import (
    OPPOSITE,
    Aggregate,
    And,
    AsOf,
    AtLeast,
    Compare,
    Constant,
    Extreme,
    FirstMatch,
    Known,
    Leaf,
    Linear,
    Member,
    Node,
    Not,
    Number,
    OneOf,
    Op,
    Or,
    Program,
    Quotient,
    Result,
    Round,
    TruthNode,
    Under,
    Value,
    YearsSince,
    children,
    compare,
    ends,
    first_match,
    is_plain,
    member,
    under,
)
from innovation_rules.walk import PerProgram, Results, result_of, truth

name = "rete"

TRUE: Final = 2
OPEN: Final = 1
FALSE: Final = 0
_TRUTHS: Final = {TRUE: True, OPEN: None, FALSE: False}


# ------------------------------------------------------------------------------------------------ what is judged

Reason = Literal["arithmetic", "ratio", "items", "date"]
"""Why a node is computed before it enters: sums and roundings, ratios, activities and qualifications, dates."""


@dataclass(frozen=True, slots=True)
class Account:
    """Which nodes of a program durable_rules judges, and which are handed to it and why; the rest are given."""

    judged: tuple[int, ...]
    handed: Mapping[int, Reason]
    given: tuple[int, ...]
    """Facts of the case and figures of the pack: nothing is worked out there."""
    inside: int
    """Tests inside the aggregates that are handed over: one for each item, judged with the aggregate."""

    @property
    def reasons(self) -> Mapping[Reason, int]:
        """How many nodes are handed over for each reason."""
        return Counter(self.handed.values())


def account(program: Program) -> Account:
    """What durable_rules judges of a program, and what is handed to it."""
    judged, handed, given, inside = [], {}, [], 0
    for index, node in enumerate(program.nodes):
        reason = _reason(node)
        if isinstance(node, FirstMatch | TruthNode):
            judged.append(index)
        elif reason is None:
            given.append(index)
        else:
            handed[index] = reason
        if isinstance(node, Aggregate):
            inside += sum(isinstance(part, TruthNode) for part in node.body)
    return Account(tuple(judged), handed, tuple(given), inside)


def _reason(node: Node) -> Reason | None:
    match node:
        case Linear() | Extreme() | Round():
            return "arithmetic"
        case Quotient():
            return "ratio"
        case Aggregate():
            return "items"
        case AsOf() | YearsSince():
            return "date"
        case _:
            return None


# ------------------------------------------------------------------------------------------------ rules

Token = int | str
Operator = Literal["==", "!=", ">=", ">", "<=", "<"]


class Test(NamedTuple):
    """A field against a constant: all that a rule can ask."""

    field: int
    op: Operator
    value: Token


Branch = tuple[Test, ...]
"""Tests that must all hold; of the branches of a rule at most one does."""


class Conclusion(NamedTuple):
    """A truth, and the branches that make it true and those that make it false."""

    field: int
    true: tuple[Branch, ...]
    false: tuple[Branch, ...]

    @property
    def reads(self) -> Iterator[int]:
        """The fields that its tests read."""
        return (test.field for branch in (*self.true, *self.false) for test in branch)


NAMES: Final = tuple(f"f{index}" for index in range(64))
"""The names that the fields of a fact can have; no two have the same 32-bit hash (tested)."""
MOST_RULES: Final = 12
MOST_BRANCHES: Final = 64
MOST_BRANCHES_OF_ALL: Final = 256
MOST_TESTS: Final = 15
MOST_CONNECTIVES: Final = 15
WIDE: Final = 10
"""Items of a gate, rows of a table or values of a set that one rule takes; more are split."""
MOST_PATHS: Final = 12
LONGEST: Final = 64
"""Characters of a text that enters as it is; a longer one is told apart before it enters."""
BEYOND: Final = 2**63
"""Whole numbers enter up to this, on either side of zero."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9_%-]{1,800}")
_OPERATORS: Final = {"!=": "$neq", ">=": "$gte", ">": "$gt", "<=": "$lte", "<": "$lt"}


class Ruleset(NamedTuple):
    """Some conclusions as one ruleset of durable_rules, with what the worker needs to use it."""

    rules: str
    reads: list[tuple[int, str]]
    says: list[tuple[str, int, int]]


def ruleset(conclusions: Sequence[Conclusion]) -> Ruleset:
    """The rules of some conclusions, each behind the guard, and the sentinel. Raises EngineError outside the fence."""
    reads = list(dict.fromkeys(one for conclusion in conclusions for one in conclusion.reads))
    _limit("fields", len(reads), len(NAMES))
    names = dict(zip(reads, NAMES, strict=False))
    rules: dict[str, Any] = {}
    says: list[tuple[str, int, int]] = []
    for conclusion in conclusions:
        for value, branches in ((TRUE, conclusion.true), (FALSE, conclusion.false)):
            if branches:
                rule = f"r{len(says)}"
                says.append((rule, conclusion.field, value))
                rules[rule] = _rule(branches, names)
    _limit("rules", len(rules) + 1, MOST_RULES)
    branches_of_all = sum(len(one.true) + len(one.false) for one in conclusions)
    _limit("branches", branches_of_all, MOST_BRANCHES_OF_ALL)
    rules["z"] = {"all": [{"m": _GUARD}], "pri": 1000}
    return Ruleset(json.dumps(rules), [(one, names[one]) for one in reads], says)


_GUARD: Final = {"kind": "c"}


def _rule(branches: Sequence[Branch], names: Mapping[int, str]) -> dict[str, Any]:
    _limit("branches", len(branches), MOST_BRANCHES)
    _limit("connectives", 2 + sum(len(branch) > 1 for branch in branches), MOST_CONNECTIVES)
    _limit("tests", max(map(len, branches)), MOST_TESTS)
    written = [[_test(one, names) for one in branch] for branch in branches]
    if written == [[]]:
        return {"all": [{"m": _GUARD}]}
    tests = written[0] if len(written) == 1 else [{"$or": [_all(branch) for branch in written]}]
    return {"all": [{"m": {"$and": [_GUARD, *tests]}}]}


def _all(tests: list[dict[str, Any]]) -> dict[str, Any]:
    return {"$and": tests} if len(tests) > 1 else tests[0]


def _test(test: Test, names: Mapping[int, str]) -> dict[str, Any]:
    written = {names[test.field]: _fenced(test.value)}
    return written if test.op == "==" else {_OPERATORS[test.op]: written}


def _limit(what: str, found: int, limit: int) -> None:
    if found > limit:
        raise _refused(what=what, found=found, limit=limit)


def _fenced(value: object) -> Token:
    """A value that durable_rules compares exactly. Raises EngineError for any other."""
    if value.__class__ is int and _is_whole(value):
        return value
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    raise _refused(what="value", found=repr(value)[:40], limit="64 bits")


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and -BEYOND < value < BEYOND


def _refused(**fields: object) -> EngineError:
    return EngineError([Diagnostic("engine-fence", None, {"engine": name, **fields})])


# ------------------------------------------------------------------------------------------------ truths of truths


def paths(need: int, items: Sequence[int], hit: Test, miss: Test) -> tuple[Branch, ...]:
    """Exclusive branches for "at least `need` of the items": where the needed hits stand, misses before them.

    `hit` and `miss` say what a hit is; their own field stands for any item.
    """
    if need <= 0:
        return ((),)
    found: list[Branch] = []
    for at in range(len(items) - need + 1):
        before = tuple(miss._replace(field=item) for item in items[:at])
        here = hit._replace(field=items[at])
        found += [(*before, here, *rest) for rest in paths(need - 1, items[at + 1 :], hit, miss)]
    return tuple(found)


_IS_TRUE, _NOT_TRUE = Test(0, "==", TRUE), Test(0, "<=", OPEN)
_IS_FALSE, _NOT_FALSE = Test(0, "==", FALSE), Test(0, ">=", OPEN)


def gate(field: int, need: int, items: Sequence[int]) -> Conclusion:
    """At least `need` of the items are true: and (all of them), or (one), k of n."""
    return Conclusion(
        field,
        paths(need, items, _IS_TRUE, _NOT_TRUE),
        paths(len(items) - need + 1, items, _IS_FALSE, _NOT_FALSE),
    )


def _fits(need: int, size: int) -> bool:
    return size <= WIDE and max(comb(size, need), comb(size, size - need + 1)) <= MOST_PATHS


# ------------------------------------------------------------------------------------------------ leaves

_OTHERWISE: Final[Mapping[Op, Operator]] = {">=": "<", ">": "<=", "<=": ">", "<": ">=", "==": "!="}
Entered = tuple[Token | None, ...]
"""Values of the fields of one leaf; None for a field that the fact goes without."""


class Door(NamedTuple):
    """Where results enter: the fields of a leaf or of a truth that was not judged, and how they are filled."""

    fields: tuple[int, ...]
    enter: Callable[[Results], Entered]


def by_ends(op: Op, low: int, high: int) -> tuple[tuple[Branch, ...], tuple[Branch, ...]]:
    """Branches over the signs of the least and the greatest difference of two sides: true, false."""
    if op == "==":
        same = ((Test(low, "==", 0), Test(high, "==", 0)),)
        return same, ((Test(low, ">", 0),), (Test(high, "<", 0),))
    sure, possible = (low, high) if op in (">=", ">") else (high, low)
    return ((Test(sure, op, 0),),), ((Test(possible, _OTHERWISE[op], 0),),)


def _sign(number: Number) -> int:
    return int(number > 0) - int(number < 0)


def enter_ends(left: Value, op: Op, right: Value) -> Entered:
    """The signs of the least and the greatest difference; (0, 0) for what is surely equal, (1, 1) surely not."""
    if left is None or right is None:
        return None, None
    if op == "==" and not (_is_range(left) and _is_range(right)):
        equal = compare(left, op, right)
        return (None, None) if equal is None else (int(not equal),) * 2
    (low, high), (least, most) = ends(left), ends(right)
    return _sign(low - most), _sign(high - least)


def _is_range(value: Value) -> bool:
    """A number or an interval: what is possible is all that lies between the ends."""
    return not isinstance(value, OneOf | str)


def enter_compared(of: int, op: Op, bound: int, results: Results) -> Entered:
    """A whole number as it is; anything else as the ends of its difference to the bound."""
    value = results[of]
    if _is_whole(value):
        return int(value), None, None
    return (None, *enter_ends(value, op, bound))


def enter_difference(node: Compare, results: Results) -> Entered:
    return enter_ends(results[node.left], node.op, results[node.right])


def token(value: Value) -> Token | None:
    """A value as it enters for equality: whole numbers and truths as numbers, texts spelt in plain letters.

    None where it can't: a text that is too long, a number beyond 64 bits, an interval.
    """
    if _is_whole(value):
        return int(value)
    if isinstance(value, str) and len(value) <= LONGEST:
        return "s" + _AWKWARD.sub(_spelt, value)
    return None


_AWKWARD: Final = re.compile(r"[^A-Za-z0-9_-]")


def _spelt(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def enter_token(node: Member, kind: type | None, results: Results) -> Entered:
    """One value as it is; where it can't enter, or several are possible, whether it is one of the set."""
    value = results[node.of]
    found = token(value)
    if found is not None and found.__class__ is kind:
        return found, None
    return None, _truth(member(value, node.values))


def enter_code(node: Under, lengths: Sequence[int], results: Results) -> Entered:
    """A code whole and cut at each prefix's length; where it can't enter, whether it is under a prefix."""
    value = results[node.of]
    whole = token(value)
    if isinstance(value, str) and whole is not None:
        return (*(token(value[:size]) for size in lengths), whole, None)
    return (*(None for _ in lengths), None, _truth(under(value, node.prefixes, node.wider)))


def _truth(result: Result) -> int | None:
    """A truth as it enters; nothing where it is not known."""
    found = truth(result)
    return None if found is None else TRUE if found else FALSE


def enter_known(of: int, results: Results) -> Entered:
    return (1 if is_plain(results[of]) else None,)


def enter_truth(of: int, results: Results) -> Entered:
    found = _truth(results[of])
    return (OPEN if found is None else found,)


# ------------------------------------------------------------------------------------------------ the plan


class Stage(NamedTuple):
    """One question to durable_rules, and what is computed before it is asked."""

    computed: tuple[int, ...]
    doors: tuple[Door, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    truths: tuple[tuple[int, int], ...]
    """Nodes whose truth the stage judges, with their fields."""
    levels: tuple[tuple[Ruleset, ...], ...]


@dataclass(frozen=True)
class Plan:
    """A program as stages; `rows` are the fields of each table's rows, the last for `otherwise`."""

    stages: tuple[Stage, ...]
    rows: Mapping[int, tuple[int, ...]]

    @cached_property
    def host(self) -> Host:
        """The process that knows these stages."""
        return Host([_lesson(stage) for stage in self.stages])


def _lesson(stage: Stage) -> dict[str, Any]:
    levels = [[one._asdict() for one in level] for level in stage.levels]
    return {"inputs": stage.inputs, "outputs": stage.outputs, "levels": levels}


@dataclass
class _Planner:
    """Turns nodes into conclusions, and remembers at which stage each is had."""

    nodes: Sequence[Node]
    fields: int = 0
    truth_of: dict[int, int] = field(default_factory=dict)
    """The field of each judged truth, by its node."""
    rows: dict[int, tuple[int, ...]] = field(default_factory=dict)
    had: list[int] = field(default_factory=list)
    """The stage before whose question a node's result is had: that after the one which judges it."""
    entering: dict[int, Door] = field(default_factory=dict)
    stage_of: dict[int, int] = field(default_factory=dict)
    """The stage that concludes a field."""
    conclusions: dict[int, list[Conclusion]] = field(default_factory=dict)
    doors: dict[int, list[Door]] = field(default_factory=dict)

    def plan(self) -> Plan:
        """Every node in turn, then the stages."""
        for index, node in enumerate(self.nodes):
            self.had.append(self.place(index, node))
        last = max([*self.had, *self.conclusions], default=0)
        return Plan(tuple(map(self.stage, range(last + 1))), self.rows)

    def place(self, index: int, node: Node) -> int:
        match node:
            case Compare() | Member() | Under() | Known() | And() | Or() | Not() | AtLeast():
                self.stage_now = max(map(self.enters, children(node)), default=0)
                if not isinstance(node, And | Or | Not | AtLeast) and not self.is_truth_test(node):
                    self.stage_now = max((self.had[one] for one in children(node)), default=0)
                true, false = self.judged(node)
                self.truth_of[index] = self.conclude(true, false)
                return self.stage_now + 1
            case FirstMatch():
                whens = [when for when, _ in node.rows]
                self.stage_now = max(map(self.enters, whens), default=0)
                self.rows[index] = self.first(list(map(self.truth, whens)))
                values = [self.had[one] for one in children(node)]
                return max(self.stage_now + 1, *values)
            case _:
                return max((self.had[one] for one in children(node)), default=0)

    def enters(self, index: int) -> int:
        """The first stage whose rules can read a node as a truth."""
        return self.stage_of[self.truth_of[index]] if index in self.truth_of else self.had[index]

    def is_truth_test(self, node: Node) -> bool:
        return isinstance(node, Member) and node.of in self.truth_of

    # -- fields

    def new(self, count: int) -> tuple[int, ...]:
        first = self.fields
        self.fields += count
        return tuple(range(first, self.fields))

    def conclude(self, true: tuple[Branch, ...], false: tuple[Branch, ...]) -> int:
        """A new truth, concluded at the stage at hand."""
        (made,) = self.new(1)
        self.stage_of[made] = self.stage_now
        self.conclusions.setdefault(self.stage_now, []).append(Conclusion(made, true, false))
        return made

    def door(self, count: int, enter: Callable[[Results], Entered]) -> tuple[int, ...]:
        made = Door(self.new(count), enter)
        self.doors.setdefault(self.stage_now, []).append(made)
        return made.fields

    def truth(self, index: int) -> int:
        """The field of a node that stands where a truth must stand."""
        if index in self.truth_of:
            return self.truth_of[index]
        if index not in self.entering:
            made = self.entering[index] = Door(self.new(1), partial(enter_truth, index))
            self.doors.setdefault(self.had[index], []).append(made)
        return self.entering[index].fields[0]

    # -- truths

    def judged(self, node: Leaf | And | Or | Not | AtLeast) -> tuple[tuple[Branch, ...], tuple[Branch, ...]]:
        """The branches that make a node true, and those that make it false."""
        match node:
            case And():
                return self.gate(len(node.items), list(map(self.truth, node.items)))
            case Or():
                return self.gate(1, list(map(self.truth, node.items)))
            case AtLeast():
                return self.gate(node.n, list(map(self.truth, node.items)))
            case Not():
                item = self.truth(node.item)
                return ((Test(item, "==", FALSE),),), ((Test(item, "==", TRUE),),)
            case Compare():
                return self.compared(node)
            case Member():
                return self.truth_test(node) if node.of in self.truth_of else self.member(node)
            case Under():
                return self.under(node)
            case Known():
                (there,) = self.door(1, partial(enter_known, node.of))
                return ((Test(there, "==", 1),),), ()

    def gate(self, need: int, items: list[int]) -> tuple[tuple[Branch, ...], tuple[Branch, ...]]:
        """At least `need` of the items, split where it is too wide for one pair of rules."""
        size = len(items)
        if need <= 0 or need > size:
            return (((),), ()) if need <= 0 else ((), ((),))
        if not _fits(need, size):
            need, items = self.narrower(need, items)
        return gate(0, need, items)[1:]

    def narrower(self, need: int, items: list[int]) -> tuple[int, list[int]]:
        """The same with fewer items: groups of an and or an or; for k of n the ways to share k between two halves."""
        if need in (1, len(items)):
            groups = [items[at : at + WIDE] for at in range(0, len(items), WIDE)]
            made = [self.threshold(1 if need == 1 else len(group), group) for group in groups]
            need = 1 if need == 1 else len(made)
            return (need, made) if _fits(need, len(made)) else self.narrower(need, made)
        half = len(items) // 2
        left, right = items[:half], items[half:]
        shares = range(max(0, need - len(right)), min(need, len(left)) + 1)
        ways = [self.both(self.threshold(one, left), self.threshold(need - one, right)) for one in shares]
        return (1, ways) if _fits(1, len(ways)) else self.narrower(1, ways)

    def threshold(self, need: int, items: list[int]) -> int:
        return self.conclude(*self.gate(need, items))

    def both(self, left: int, right: int) -> int:
        return self.threshold(2, [left, right])

    def first(self, rows: list[int]) -> tuple[int, ...]:
        """For each row, and for `otherwise`, whether it can be the first true one: none before it is true."""
        found: list[int] = []
        before: list[int] = []
        for row in rows:
            if len(before) == WIDE:
                before = [self.threshold(1, before)]
            found.append(self.reached(before, (Test(row, ">=", OPEN),)))
            before = [*before, row]
        return (*found, self.reached(before, ()))

    def reached(self, before: Sequence[int], here: Branch) -> int:
        return self.conclude(((*(Test(row, "<=", OPEN) for row in before), *here),), ())

    # -- leaves

    def compared(self, node: Compare) -> tuple[tuple[Branch, ...], tuple[Branch, ...]]:
        """A whole number against a constant; else the signs of the difference's ends against zero."""
        sides: tuple[tuple[int, Op, int], ...] = (
            (node.left, node.op, node.right),
            (node.right, OPPOSITE[node.op], node.left),
        )
        for of, op, other in sides:
            bound = self.nodes[other]
            if isinstance(bound, Constant) and _is_whole(bound.value):
                limit = int(bound.value)
                value, low, high = self.door(3, partial(enter_compared, of, op, limit))
                true, false = by_ends(op, low, high)
                test = Test(value, op, limit)
                return ((test,), *true), ((test._replace(op=_OTHERWISE[op]),), *false)
        low, high = self.door(2, partial(enter_difference, node))
        return by_ends(node.op, low, high)

    def truth_test(self, node: Member) -> tuple[tuple[Branch, ...], tuple[Branch, ...]]:
        """A judged truth that must be one of these."""
        of = self.truth_of[node.of]
        wanted = [TRUE if one else FALSE for one in (True, False) if one in node.values]
        others = {TRUE, FALSE}.difference(wanted)
        return tuple((Test(of, "==", one),) for one in wanted), tuple(
            (Test(of, "==", one),) for one in others if wanted != [TRUE, FALSE]
        )

    def member(self, node: Member) -> tuple[tuple[Branch, ...], tuple[Branch, ...]]:
        """One of a set of values, by equality."""
        tokens = [token(one) for one in node.values]
        kinds = {one.__class__ for one in tokens}
        kind = kinds.pop() if len(kinds) == 1 else None
        value, decided = self.door(2, partial(enter_token, node, kind))
        true, false = self.inside(value, [one for one in tokens if one is not None and one.__class__ is kind])
        return (*true, (Test(decided, "==", TRUE),)), (*false, (Test(decided, "==", FALSE),))

    def inside(self, value: int, tokens: Sequence[Token]) -> tuple[tuple[Branch, ...], tuple[Branch, ...]]:
        """A field equals one of the tokens; in groups where there are many."""
        tokens = list(dict.fromkeys(tokens))
        if not tokens:
            return (), ()
        if len(tokens) <= WIDE:
            true = tuple((Test(value, "==", one),) for one in tokens)
            return true, (tuple(Test(value, "!=", one) for one in tokens),)
        groups = [tokens[at : at + WIDE] for at in range(0, len(tokens), WIDE)]
        return self.gate(1, [self.conclude(*self.inside(value, group)) for group in groups])

    def under(self, node: Under) -> tuple[tuple[Branch, ...], tuple[Branch, ...]]:
        """A code that starts with a prefix: its cuts equal one; left open by a shorter code that begins one."""
        lengths = sorted({len(one) for one in node.prefixes})
        shorter = {one[:size] for one in node.prefixes for size in range(len(one))}
        *cuts, whole, decided = self.door(len(lengths) + 2, partial(enter_code, node, lengths))
        under = [
            self.conclude(*self.inside(cut, _tokens(one for one in node.prefixes if len(one) == size)))
            for cut, size in zip(cuts, lengths, strict=True)
        ]
        open_ = self.conclude(*self.inside(whole, _tokens(sorted(shorter.union(node.wider)))))
        below = self.threshold(1, under)
        return (
            ((Test(below, "==", TRUE),), (Test(decided, "==", TRUE),)),
            (
                (Test(below, "==", FALSE), Test(open_, "==", FALSE)),
                (Test(decided, "==", FALSE),),
            ),
        )

    # -- stages

    def stage(self, at: int) -> Stage:
        conclusions = self.conclusions.get(at, [])
        outputs = tuple(one.field for one in conclusions)
        inputs = {read for one in conclusions for read in one.reads}.difference(outputs)
        return Stage(
            tuple(one for one, had in enumerate(self.had) if had == at and one not in self.truth_of),
            tuple(self.doors.get(at, ())),
            tuple(sorted(inputs)),
            outputs,
            tuple((node, one) for node, one in self.truth_of.items() if self.stage_of[one] == at),
            tuple(map(tuple, _levels(conclusions))),
        )


def _tokens(texts: Iterable[str]) -> list[Token]:
    return [found for text in texts if (found := token(text)) is not None]


def _levels(conclusions: Sequence[Conclusion]) -> Iterator[list[Ruleset]]:
    """Rulesets, those first that read nothing which another of the stage concludes."""
    depth: dict[int, int] = {}
    levels: dict[int, list[Conclusion]] = {}
    for one in conclusions:
        depth[one.field] = max((depth[read] + 1 for read in one.reads if read in depth), default=0)
        levels.setdefault(depth[one.field], []).append(one)
    for level in sorted(levels):
        yield [ruleset(shard) for shard in _shards(levels[level])]


def _shards(conclusions: Sequence[Conclusion]) -> Iterator[list[Conclusion]]:
    """As many conclusions in a ruleset as the fence allows."""
    shard: list[Conclusion] = []
    rules = branches = 0
    reads: set[int] = set()
    for one in conclusions:
        size = len(one.true) + len(one.false)
        more = bool(one.true) + bool(one.false)
        reads.update(one.reads)
        if shard and (
            rules + more >= MOST_RULES or branches + size > MOST_BRANCHES_OF_ALL or len(reads) > len(NAMES)
        ):
            yield shard
            shard, rules, branches, reads = [], 0, 0, set(one.reads)
        shard.append(one)
        rules, branches = rules + more, branches + size
    if shard:
        yield shard


def _plan(program: Program) -> Plan:
    return _Planner(program.nodes).plan()


plan: Final = PerProgram(_plan)


# ------------------------------------------------------------------------------------------------ a case


def evaluate(program: Program, case: Case) -> tuple[Result, ...]:
    """One result a node, in the program's order.

    Raises EngineError where durable_rules crashes, hangs or contradicts itself; the next case has a fresh process.
    """
    made = plan(program)
    results: list[Result] = [None] * len(program.nodes)
    known: dict[int, Token | None] = {}
    for at, stage in enumerate(made.stages):
        for index in stage.computed:
            results[index] = _computed(made, index, program.nodes[index], results, known, case)
        for door in stage.doors:
            known.update(zip(door.fields, door.enter(results), strict=True))
        if stage.outputs:
            given = [None if (one := known[field]) is None else _fenced(one) for field in stage.inputs]
            known.update(_checked(stage.outputs, made.host.judge(at, given)))
        for index, field_ in stage.truths:
            results[index] = _TRUTHS[known[field_]]  # type: ignore[index]
    return tuple(results)


def _computed(
    made: Plan,
    index: int,
    node: Node,
    results: Results,
    known: Mapping[int, Token | None],
    case: Case,
) -> Result:
    """What is handed to durable_rules; of a table, the value of the row that it says is the first true one."""
    if not isinstance(node, FirstMatch):
        return result_of(node, results, case)
    values = [*(results[value] for _, value in node.rows), results[node.otherwise]]
    reached = [value for value, one in zip(values, made.rows[index], strict=True) if known[one] == TRUE]
    if not reached:
        raise _confused("no row is the first")
    *open_, last = reached
    return first_match([(None, value) for value in open_], last)


def _checked(fields: Sequence[int], said: object) -> dict[int, Token | None]:
    """What durable_rules concluded, once it is what an answer looks like."""
    if not isinstance(said, list) or len(said) != len(fields) or not all(one in _TRUTHS for one in said):
        raise _confused(str(said)[:80])
    return dict(zip(fields, said, strict=True))


def _confused(said: str) -> EngineError:
    return EngineError([Diagnostic("engine-confused", None, {"engine": name, "said": said})])
