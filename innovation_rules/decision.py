"""Say what was decided: coverages, profile, layers, classes and awards, with reasons, gaps and digests.

An engine's results become a Decision in `engines.decide`; `record` keeps it, `render` prints it. A Decision holds
the program, the case and the results; all else is worked out from these when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeVar

from innovation_rules.canonical import digest
from innovation_rules.case import Case
from innovation_rules.gaps import (
    UNDETERMINED,
    Again,
    NearMiss,
    Outcome,
    class_value,
    missing,
    near_misses,
    outcomes,
    walk_again,
)
from innovation_rules.program import (
    Aggregate,
    AwardRule,
    ClassRule,
    CoverageRule,
    Extreme,
    Linear,
    Number,
    PackInfo,
    Program,
    Result,
    Round,
    children,
    ends,
    is_plain,
)
from innovation_rules.quantities import Type, format_quantity
from innovation_rules.reasons import Explainer, Reason
from innovation_rules.walk import items_of, passes, unknown_parts

__all__ = [
    "Amount",
    "AwardResult",
    "ClassResult",
    "CoverageResult",
    "Decision",
    "NearMiss",
    "Reason",
    "Reasons",
    "Subject",
    "Who",
    "to_json",
]

Reasons = Literal["leaves", "tree", "none"]
T = TypeVar("T")


class Who(Protocol):
    """Whom a decision is about: an Enterprise, or a Subject where the enterprise itself is not kept."""

    @property
    def uscc(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def ongoing_as_of(self) -> date | None: ...


class Subject(NamedTuple):
    """Whom a decision is about, with the digest of what was known of them where that is at hand."""

    uscc: str
    name: str
    input_digest: str = ""
    ongoing_as_of: date | None = None


class Amount(NamedTuple):
    """What an award is worth, in 分, both ends in; the ends differ where the award or its rule leaves a range."""

    low: Number
    high: Number


# ------------------------------------------------------------------------------------------- results


@dataclass(frozen=True, slots=True)
class _Judged:
    """One outcome of a decision."""

    decision: Decision = field(repr=False, compare=False)
    outcome: Outcome = field(repr=False)
    id: str
    label: str
    clause: str
    status: str

    @property
    def missing(self) -> tuple[str, ...]:
        """The unknown facts that can still change this outcome (`gaps.missing`)."""
        run = self.decision
        return missing(run.program, run.case, run.results, (self.outcome,))

    @property
    def near_misses(self) -> tuple[NearMiss, ...]:
        """The numbers that, moved a little, would better this outcome."""
        return tuple(one for one in self.decision.near_misses if one.decision == self.outcome.key)


@dataclass(frozen=True, slots=True)
class _Gated(_Judged):
    """An outcome that asks first who is meant, then what holds of them."""

    rule: CoverageRule | AwardRule = field(repr=False)

    @property
    def scope(self) -> Reason:
        """Why the enterprise is in the scope of a coverage, or in the jurisdiction of an award, or not."""
        rule = self.rule
        return self.decision.reason(rule.scope if isinstance(rule, CoverageRule) else rule.jurisdiction)

    @property
    def reason(self) -> Reason:
        """Why it is covered or may have the award, or not."""
        return self.decision.reason(self.rule.condition)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The tests of the scope, then of the condition."""
        return (*self.scope.leaves(), *self.reason.leaves())


@dataclass(frozen=True, slots=True)
class CoverageResult(_Gated):
    """A coverage: covered, not_covered, undetermined, out_of_scope or not_in_force."""

    rule: CoverageRule = field(repr=False)


@dataclass(frozen=True, slots=True)
class AwardResult(_Gated):
    """An award: eligible, ineligible, undetermined, favoured, not_favoured, out_of_scope, ..."""

    rule: AwardRule = field(repr=False)

    @property
    def has_amount(self) -> bool:
        """Whether there is an amount to speak of: the rule names one and the enterprise may have it."""
        return self.rule.amount is not None and self.status in ("eligible", "favoured", UNDETERMINED)

    @property
    def amount(self) -> Amount | None:
        """What it is worth; None where there is no amount, or (`has_amount`) where it is not known.

        Undetermined: from zero to the upper end. Never less than zero.
        """
        if not self.has_amount or self.rule.amount is None:
            return None
        low = _end(self.decision.results[self.rule.amount.low], 0)
        high = _end(self.decision.results[self.rule.amount.high], 1)
        if low is None or high is None or self._base_unknown(self.rule.amount.high):
            return None
        return Amount(0 if self.status == UNDETERMINED else low, high)

    def _base_unknown(self, index: int) -> bool:
        """Whether some item that may count has no amount, or nobody surveyed for items: then no upper end is known."""
        decision = self.decision
        node = decision.program.nodes[index]
        if isinstance(node, Round | Extreme | Linear):
            return any(self._base_unknown(one) for one in children(node))
        if not isinstance(node, Aggregate) or node.of is None:
            return False
        if unknown_parts(node, decision.case):
            return True
        added = (
            passes(node, item, decision.results, decision.case) for item in items_of(node, decision.case)
        )
        return any(belongs is not False and amount is None for belongs, amount in added)


def _end(value: Result, which: int) -> Number | None:
    """The lower or upper end of an amount, at least zero."""
    return None if value is None else max(0, ends(value)[which])


@dataclass(frozen=True, slots=True)
class ClassResult(_Judged):
    """A classification: its value, or with `many` the values that surely apply and those that may."""

    rule: ClassRule = field(repr=False)

    @property
    def value(self) -> str | tuple[str, ...]:
        """The class, `undetermined`, or every class that surely applies."""
        return class_value(self.rule, self.decision.results)

    @property
    def possible(self) -> tuple[str, ...]:
        """The classes that still may apply, where that is open."""
        results = self.decision.results
        if self.rule.many:
            pairs = zip(self.rule.values, self.rule.many, strict=True)
            return tuple(choice.id for choice, node in pairs if results[node] is None)
        value = results[self.rule.node]
        if is_plain(value):
            return ()
        known = value if isinstance(value, frozenset) else None
        return tuple(choice.id for choice in self.rule.values if known is None or choice.id in known)

    @property
    def reason(self) -> Reason:
        """The table, its rows and which of them decided."""
        return self.decision.reason(self.rule.node)


# ------------------------------------------------------------------------------------------- the decision


@dataclass(frozen=True, slots=True)
class Decision:
    """What a program decides of one case. Immutable; everything but the fields is worked out on demand."""

    program: Program = field(repr=False)
    case: Case = field(repr=False)
    results: tuple[Result, ...] = field(repr=False)
    """One result a node, as the engine gave them."""
    subject: Who
    engine: str = "compiled"
    again: Again = field(default=walk_again, repr=False, compare=False)
    """How near misses run the program again."""
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __hash__(self) -> int:
        return hash((self.program.pack.digest, self.case))

    def _once(self, key: str, make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    # -- who, by what, when

    @property
    def uscc(self) -> str:
        """The enterprise's 统一社会信用代码."""
        return self.subject.uscc

    @property
    def name(self) -> str:
        """The enterprise's name."""
        return self.subject.name

    @property
    def pack(self) -> PackInfo:
        """The pack that decided."""
        return self.program.pack

    @property
    def year(self) -> int:
        """The year judged."""
        return self.case.year

    @property
    def as_of(self) -> date:
        """The date up to which things were known."""
        return date.fromordinal(self.case.as_of)

    @property
    def law_date(self) -> date:
        """The date whose law was applied."""
        return self.program.law_date

    @property
    def input_digest(self) -> str:
        """The digest of the enterprise as it was judged; empty for a Subject that came without one."""
        return self._once("input_digest", lambda: input_digest(self.subject))

    # -- what

    @property
    def coverage(self) -> CoverageResult | None:
        """The headline: the first coverage; None for a pack that has none."""
        return next(iter(self.coverages.values()), None)

    @property
    def coverages(self) -> Mapping[str, CoverageResult]:
        """Each coverage of the pack, by id."""
        return self._once("coverages", lambda: self._results("coverages", self._coverage))

    @property
    def awards(self) -> Mapping[str, AwardResult]:
        """Each award, preference and duty of the pack, by id."""
        return self._once("awards", lambda: self._results("awards", self.award_result))

    @property
    def class_results(self) -> Mapping[str, ClassResult]:
        """Each classification the pack reports, by id."""
        return self._once("classes", lambda: self._results("classes", self._class))

    @property
    def classes(self) -> dict[str, str | tuple[str, ...]]:
        """The value of each classification: a class, `undetermined`, or several where words overlap."""
        return {id: one.value for id, one in self.class_results.items()}

    @property
    def open_classes(self) -> dict[str, tuple[str, ...]]:
        """For each classification that is open: the classes that still may apply."""
        return {id: one.possible for id, one in self.class_results.items() if one.possible}

    @property
    def profile(self) -> dict[str, str]:
        """active, inactive or undetermined, by category."""
        return self._statuses("profile")

    @property
    def layers(self) -> dict[str, str]:
        """active, inactive or undetermined, by layer."""
        return self._statuses("layers")

    # -- why, and what would change it

    def reason(self, node: int) -> Reason:
        """Why a node has its result, with all that it was made from."""
        explainer = self._kept.get("explainer")
        if explainer is None:
            explainer = self._kept["explainer"] = Explainer(self.program, self.case, self.results)
        found: Reason = explainer.of(node)
        return found

    @property
    def reasons(self) -> dict[str, tuple[Reason, ...]]:
        """For each outcome by its key (`coverages.…`, `awards.…`): its scope's tree, its condition's, its amount's."""
        reason = self.reason
        return {one.key: tuple([reason(node) for node in one.rests_on]) for one in outcomes(self.program)}

    @property
    def missing(self) -> tuple[str, ...]:
        """The unknown facts that can still change any of the outcomes."""
        return self._once(
            "missing", lambda: missing(self.program, self.case, self.results, outcomes(self.program))
        )

    @property
    def near_misses(self) -> tuple[NearMiss, ...]:
        """The numbers that, moved a little, would better one of the outcomes."""
        run = self.program, self.case, self.results, self.again
        return self._once("near_misses", lambda: near_misses(*run))

    # -- building

    def _outcomes(self, kind: str) -> Iterable[Outcome]:
        return (one for one in outcomes(self.program) if one.kind == kind)

    def _statuses(self, kind: str) -> dict[str, str]:
        return {one.id: one.status(self.results) for one in self._outcomes(kind)}

    def _results(self, kind: str, make: Callable[[Outcome, str], T]) -> dict[str, T]:
        return {one.id: make(one, one.status(self.results)) for one in self._outcomes(kind)}

    def _coverage(self, one: Outcome, status: str) -> CoverageResult:
        rule = self.program.coverages[one.place]
        return CoverageResult(self, one, one.id, one.label, one.clause, status, rule)

    def award_result(self, one: Outcome, status: str) -> AwardResult:
        """The result of one award whose status is known already."""
        return AwardResult(self, one, one.id, one.label, one.clause, status, self.program.awards[one.place])

    def _class(self, one: Outcome, status: str) -> ClassResult:
        return ClassResult(self, one, one.id, one.label, one.clause, status, self.program.classes[one.place])


def input_digest(subject: Who) -> str:
    """The digest of an enterprise in canonical form, whatever year it is judged for."""
    return subject.input_digest if isinstance(subject, Subject) else digest(subject)


@cache
def engine_version() -> str:
    """The version of this library."""
    from innovation_rules import __version__

    return __version__


# ------------------------------------------------------------------------------------------- plain data

UNKNOWN: Final = "unknown"


def to_json(decision: Decision, *, reasons: Reasons = "leaves") -> dict[str, Any]:
    """A decision as plain data: one line of JSON Lines. `reasons` gives each test, whole trees, or none.

    Money is text that reads back exactly; an amount is null where there is none, `unknown`, one text, or
    `{min, max}`. `record_digest` is the digest of all else.
    """
    line: dict[str, Any] = {
        **heading(decision),
        "coverage": _coverage_json(decision.coverage, reasons),
        "coverages": {id: _coverage_json(one, reasons) for id, one in decision.coverages.items()},
        "profile": decision.profile,
        "layers": decision.layers,
        "classes": {id: list(one) if isinstance(one, tuple) else one for id, one in decision.classes.items()},
        "open_classes": {id: list(one) for id, one in decision.open_classes.items()},
        "awards": {id: _award_json(one, reasons) for id, one in decision.awards.items()},
        "missing": list(decision.missing),
        "near_misses": [near_miss_json(one) for one in decision.near_misses],
        "input_digest": decision.input_digest,
    }
    line["record_digest"] = digest(line)
    return line


def heading(decision: Decision) -> dict[str, Any]:
    """Who was judged, by which pack and library, for which year and dates."""
    pack = decision.pack
    ongoing = decision.subject.ongoing_as_of
    return {
        "uscc": decision.uscc,
        "name": decision.name,
        "pack": {"id": pack.id, "version": pack.version, "digest": pack.digest},
        "year": decision.year,
        "as_of": decision.as_of.isoformat(),
        "law_date": decision.law_date.isoformat(),
        "engine_version": engine_version(),
        **({} if ongoing is None else {"ongoing_as_of": ongoing.isoformat()}),
    }


def _coverage_json(one: CoverageResult | None, reasons: Reasons) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"status": one.status, **_reasons_json(one, reasons)}


def _award_json(one: AwardResult, reasons: Reasons) -> dict[str, Any]:
    found = {"status": one.status, "amount": amount_json(one), **_reasons_json(one, reasons)}
    return {**found, "missing": list(one.missing)}


def _reasons_json(one: CoverageResult | AwardResult, reasons: Reasons) -> dict[str, Any]:
    if reasons == "none":
        return {}
    if reasons == "leaves":
        return {"reasons": [reason.to_dict() for reason in one.reasons]}
    return {"reasons": {"scope": one.scope.to_dict(tree=True), "condition": one.reason.to_dict(tree=True)}}


def amount_json(one: AwardResult) -> Any:
    """An award's amount as plain data."""
    if not one.has_amount:
        return None
    amount = one.amount
    if amount is None:
        return UNKNOWN
    if amount.low == amount.high:
        return _money(amount.low)
    return {"min": _money(amount.low), "max": _money(amount.high)}


def _money(value: Number) -> str:
    return format_quantity(value, Type.MONEY)


def near_miss_json(one: NearMiss) -> dict[str, Any]:
    """A near miss as plain data; the numbers are text with their unit."""

    def text(value: Number) -> str | int:
        if one.type is Type.COUNT and isinstance(value, int):
            return value
        return format_quantity(value, one.type, one.unit)

    return {
        "fact": one.fact,
        "label": one.label,
        "present": text(one.present),
        "needed": text(one.needed),
        "gap": text(one.gap),
        "decision": one.decision,
        "now": one.now,
        "becomes": one.becomes,
        "clause": one.clause,
        "node": one.node,
    }
