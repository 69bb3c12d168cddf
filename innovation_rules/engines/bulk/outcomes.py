"""Say in columns what a program decides: statuses, classes, amounts, reason codes, missing facts.

The columns read the shapes that `plan` laid out. What a status, an amount or a missing fact is stands in `program`,
`decision` and `gaps`; here it is said once more over columns, and the tests hold one to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic

from innovation_rules.engines.bulk.adapter import E, T
from innovation_rules.engines.bulk.plan import Plan
from innovation_rules.engines.bulk.values import ONCE, Scalar
from innovation_rules.gaps import UNDETERMINED, Outcome, outcomes
from innovation_rules.program import (
    AWARD_STATUSES,
    COVERAGE_STATUSES,
    Aggregate,
    AwardRule,
    ClassRule,
    Compare,
    Extreme,
    Known,
    Linear,
    Member,
    Program,
    Round,
    Under,
    children,
)

BITS: Final = 63
"""Tests in one mask: a 64-bit whole number without its sign."""
PROFILE_STATUSES: Final = ("active", "inactive", UNDETERMINED)


@dataclass(frozen=True)
class Code:
    """One reason code: a bit of a pair of masks, and the test that it stands for."""

    mask: int
    bit: int
    node: int
    path: str
    clause: str
    label: str


@dataclass
class Columns(Generic[E]):
    """What comes out, by name, and what a closed column can hold."""

    values: dict[str, E] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)


def tests(program: Program) -> list[int]:
    """The tests of a program in order, as `record.leaves` has them."""
    return [i for i, node in enumerate(program.nodes) if isinstance(node, Compare | Member | Under | Known)]


def legend(program: Program) -> list[Code]:
    """Which test each bit of the reason masks stands for."""
    origins = program.origins
    return [
        Code(at // BITS, at % BITS, node, origins[node].path, origins[node].clause, origins[node].label)
        for at, node in enumerate(tests(program))
    ]


def kept(program: Program) -> set[int]:
    """The nodes that the columns read more than once: better as columns themselves."""
    found = {root for one in outcomes(program) for root in one.rests_on}
    return found | set(tests(program))


class Outcomes(Generic[E, T]):
    """The columns of a plan that has run."""

    def __init__(self, plan: Plan[E, T]) -> None:
        self.plan, self.program = plan, plan.program
        self.b, self.low, self.a = plan.backend, plan.lowering, plan.lowering.a
        self.columns: Columns[E] = Columns()

    def every(self) -> Columns[E]:
        """Statuses, classes, amounts and reason codes."""
        for one in outcomes(self.program):
            self._outcome(one)
        self._masks()
        return self.columns

    def _put(self, name: str, value: E, words: tuple[str, ...] = ()) -> None:
        self.columns.values[name] = value
        if words:
            self.columns.words[name] = words

    def truth(self, node: int) -> E:
        """The truth of a node, null where it is not known."""
        return self.low.of(self.plan.shapes[node])

    # ---------------------------------------------------------------------------------------- statuses

    def _outcome(self, one: Outcome) -> None:
        if one.kind == "coverages":
            rule = self.program.coverages[one.place]
            self._put(
                one.key, self._gated(self.program.in_force, rule.scope, rule.condition), COVERAGE_STATUSES
            )
        elif one.kind == "awards":
            award = self.program.awards[one.place]
            self._put(one.key, self._award(award), AWARD_STATUSES)
            self._amount(one.key, award)
        elif one.kind == "classes":
            self._class(one.key, self.program.classes[one.place])
        else:
            active = self._three(self.truth(one.roots[0]), "active", "inactive", PROFILE_STATUSES)
            self._put(one.key, active, PROFILE_STATUSES)

    def _word(self, word: str, words: Sequence[str]) -> E:
        return self.b.word(word, words)

    def _three(self, truth: E, yes: str, no: str, words: Sequence[str]) -> E:
        known = self.b.choose(self.low.is_true(truth), self._word(yes, words), self._word(no, words))
        return self.b.choose(self.b.is_null(truth), self._word(UNDETERMINED, words), known)

    def _gated(self, in_force: bool, scope: int, condition: int) -> E:
        """`program.coverage_status` over columns."""
        words = COVERAGE_STATUSES
        if not in_force:
            return self._word("not_in_force", words)
        gate, holds = self.truth(scope), self.truth(condition)
        return self._scoped(gate, self._three(holds, "covered", "not_covered", words), words)

    def _scoped(self, gate: E, inside: E, words: Sequence[str]) -> E:
        b = self.b
        outside = b.negate(self.low.is_possible(gate))
        open_ = b.choose(b.is_null(gate), self._word(UNDETERMINED, words), inside)
        return b.choose(outside, self._word("out_of_scope", words), open_)

    def _award(self, rule: AwardRule) -> E:
        """`program.award_status` over columns."""
        words = AWARD_STATUSES
        if not (self.program.in_force and rule.in_force):
            return self._word("not_in_force", words)
        if not rule.decided:
            return self._word("not_applicable", words)
        yes, no = ("favoured", "not_favoured") if rule.bearing == "weighs" else ("eligible", "ineligible")
        holds = self._three(self.truth(rule.condition), yes, no, words)
        return self._scoped(self.truth(rule.jurisdiction), holds, words)

    def _class(self, key: str, rule: ClassRule) -> None:
        if rule.many:
            for choice, node in zip(rule.values, rule.many, strict=True):
                self._put(f"{key}.{choice.id}", self.truth(node))
            return
        words = (*dict.fromkeys(choice.id for choice in rule.values), UNDETERMINED)
        value = self.low.plain(self.plan.shapes[rule.node])
        self._put(key, self.b.worded(value.value, words, UNDETERMINED), words)

    # ---------------------------------------------------------------------------------------- amounts

    def _amount(self, key: str, rule: AwardRule) -> None:
        """`AwardResult.amount` over columns, in 分: null where there is none or it is not known."""
        if rule.amount is None or not (self.program.in_force and rule.in_force and rule.decided):
            return
        b, gate, holds = self.b, self.truth(rule.jurisdiction), self.truth(rule.condition)
        open_ = b.any_of([b.is_null(gate), b.is_null(holds)])
        has = b.all_of([self.low.is_possible(gate), b.any_of([b.is_null(gate), self.low.is_possible(holds)])])
        known = b.all_of([has, *(b.negate(one) for one in self._base_unknown(rule.amount.high))])
        low = self._end(rule.amount.low, 0)
        high = self._end(rule.amount.high, 1)
        known = b.all_of([known, b.negate(b.is_null(low.value)), b.negate(b.is_null(high.value))])
        self._put(f"{key}.low", self.a.where(known, self.a.pick(open_, self.a.whole(0), low)).value)
        self._put(f"{key}.high", self.a.where(known, high).value)

    def _end(self, node: int, which: int) -> Scalar[E]:
        """The lower or upper end of an amount, at least zero, in whole 分."""
        end = self.a.over(self.low.outermost(self.plan.shapes[node])[which], ONCE)
        zero = self.a.whole(0)
        below = self.low.is_true(self.a.test(end, "<", zero))
        return self.a.pick(below, zero, end)

    def _base_unknown(self, index: int) -> Iterator[E]:
        """Where some item that may count has no amount, or nobody surveyed for items."""
        node = self.program.nodes[index]
        if isinstance(node, Round | Extreme | Linear):
            for child in dict.fromkeys(children(node)):
                yield from self._base_unknown(child)
        elif isinstance(node, Aggregate) and node.of is not None:
            yield self.b.compare(">", self.b.column(self.plan.bare(index)), self.b.constant(0, "number"))
            yield from self.plan.unsurveyed(node)

    # ---------------------------------------------------------------------------------------- reason codes

    def _masks(self) -> None:
        """failed_0, unknown_0, ...: a bit for each test that is false, and for each that is not known."""
        truths = [self.truth(node) for node in tests(self.program)]
        for start in range(0, len(truths), BITS):
            part, at = truths[start : start + BITS], start // BITS
            self._put(f"failed_{at}", self.b.mask([self.b.negate(self.low.is_possible(one)) for one in part]))
            self._put(f"unknown_{at}", self.b.mask([self.b.is_null(one) for one in part]))
