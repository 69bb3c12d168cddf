"""Prove that two packs decide every enterprise alike, or find the smallest enterprise that they do not.

`mutation` asks it of every mutant that no case told apart. Alike means: the same status, class and amount of every
outcome, for each of the years and law dates asked of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from innovation_rules.audit.verdicts import alike, apart_in, decided
from innovation_rules.audit.written import statistics, worked_case
from innovation_rules.decision import Decision
from innovation_rules.engines.smt import Formula, Proved, Run, Space, Witness
from innovation_rules.gaps import Outcome, outcomes, statuses_of
from innovation_rules.packs import Pack
from innovation_rules.quantities import Type, format_quantity

Moment = tuple[int, date]
"""A judged year and a law date."""


@dataclass(frozen=True, slots=True)
class Apart:
    """An enterprise that two packs decide differently, and when; found by the solver, replayed by the interpreter."""

    moment: Moment
    witness: Witness


@dataclass(frozen=True, slots=True)
class Open:
    """Neither proved nor refuted in the time given."""

    moment: Moment
    detail: str


def told_apart(
    one: Pack, other: Pack, moments: Iterable[Moment], seconds: float = 10.0
) -> Apart | Open | None:
    """None where it is proved, at every moment, that the packs decide alike. Raises ImportError without a solver."""
    unsettled: Open | None = None
    for moment in moments:
        pairs = differing(one, other, moment)
        found = _at(one, other, moment, pairs, seconds) if pairs else None
        if isinstance(found, Apart):
            return found
        unsettled = unsettled or found
    return unsettled


def differing(one: Pack, other: Pack, moment: Moment) -> list[tuple[Outcome, Outcome]]:
    """The outcomes of two packs that are not built alike at a moment or look at other kinds: only these can differ."""
    left, right = one.program(*moment), other.program(*moment)
    pairs, apart = zip(outcomes(left), outcomes(right), strict=True), apart_in(one, other)
    return [(this, that) for this, that in pairs if not alike(left, right, this, that, apart)]


def _at(
    one: Pack, other: Pack, moment: Moment, pairs: Iterable[tuple[Outcome, Outcome]], seconds: float
) -> Apart | Open | None:
    space = Space(timeout=seconds)
    subject = space.enterprise()
    first, second = (space.run(pack.program(*moment), subject, moment[1], pack=pack) for pack in (one, other))
    parts = [part for this, that in pairs for part in _outcome(space, first, second, this, that)]
    answer = space.find(space.any_of(parts))
    if isinstance(answer, Proved):
        return None
    return Apart(moment, answer) if isinstance(answer, Witness) else Open(moment, answer.why)


def _outcome(space: Space, one: Run, other: Run, this: Outcome, that: Outcome) -> Iterator[Formula]:
    """Each way in which an outcome can come out otherwise."""
    if this.kind == "classes":
        for left, right in zip(this.roots, that.roots, strict=True):
            known = one.plain(left) | other.plain(right)
            yield known & ~space.agree(one, left, other, right)
        return
    for status in statuses_of(this.kind):
        yield one.status(this.key, status) & ~other.status(this.key, status)
    had = one.status(this.key, "eligible", "favoured", "undetermined") if this.amounts else space.false
    for left, right in zip(this.amounts, that.amounts, strict=True):
        yield had & ~space.agree(one, left, other, right)


def as_case(one: Pack, other: Pack, apart: Apart, name: str, clause: str) -> str:
    """The enterprise as a worked case that expects what the first pack decides, where the two differ."""
    year, day = apart.moment
    enterprise = next(iter(apart.witness.enterprises.values()))
    regions = apart.witness.regions
    left, right = (decided(pack, pack.program(year, day), enterprise, day, regions) for pack in (one, other))
    its = {outcome.key: _told(right, outcome) for outcome in outcomes(right.program)}
    expect: dict[str, dict[str, object]] = {}
    for outcome in outcomes(left.program):
        mine = _told(left, outcome)
        if mine != its.get(outcome.key):
            expect.setdefault(outcome.kind, {})[outcome.id] = mine
    region = statistics(regions, year)
    return worked_case(enterprise, year, day, name=name, clause=clause, expect=expect, region=region)


def _told(decision: Decision, outcome: Outcome) -> object:
    """An outcome as a worked case expects it."""
    if outcome.kind == "classes":
        return decision.classes[outcome.id]
    status = outcome.status(decision.results)
    if outcome.kind != "awards" or not (award := decision.awards[outcome.id]).has_amount:
        return status
    amount = award.amount
    if amount is None:
        return {"status": status, "amount": "unknown"}
    low, high = (format_quantity(end, Type.MONEY, None, "zh") for end in amount)
    return {"status": status, "amount": low if low == high else {"min": low, "max": high}}


__all__ = ["Apart", "Moment", "Open", "as_case", "differing", "told_apart"]
