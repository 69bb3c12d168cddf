"""Say whom of a ledger a new version touches: who flips, from what to what, and which clauses flipped them.

The command `diff --data` feeds it enterprises; both packs decide each, and only what differs is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from innovation_rules.audit.verdicts import Pair, Side, forms, side
from innovation_rules.decision import Amount, Decision
from innovation_rules.engines import compiled
from innovation_rules.enterprise import Enterprise
from innovation_rules.gaps import Outcome
from innovation_rules.reasons import Reason
from innovation_rules.region import RegionStatistics


class Culprit(NamedTuple):
    """A test that decided, and that the other pack does not have: its clause, and in which pack it stands."""

    new: bool
    clause: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Flipped:
    """One decision on one enterprise that the two packs make differently."""

    uscc: str
    name: str
    key: str
    label: str
    old: Side
    new: Side
    culprits: tuple[Culprit, ...] = field(compare=False)

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that flipped it, each once; those of the new pack where both have some."""
        found = [one for one in self.culprits if one.new] or list(self.culprits)
        return tuple(dict.fromkeys(one.clause for one in found if one.clause))


@dataclass
class Flips:
    """The enterprises of a ledger as two packs decide them for a year."""

    pair: Pair
    count: int = 0
    enterprises: int = 0
    """How many of them flip in some decision."""
    found: list[Flipped] = field(default_factory=list)

    def add(self, enterprise: Enterprise, regions: Mapping[str, RegionStatistics] | None = None) -> None:
        """Decide one enterprise by both packs. Raises DataError."""
        old, new = self.pair.decisions(enterprise, regions, compiled)
        before = len(self.found)
        for key in self.pair.outcomes[1]:
            if key in self.pair.outcomes[0]:
                self._compare(key, old, new)
        self.count += 1
        self.enterprises += len(self.found) > before

    def _compare(self, key: str, old: Decision, new: Decision) -> None:
        before, after = (found[key] for found in self.pair.outcomes)
        if before.status(old.results) == after.status(new.results) and (
            not (before.amounts or after.amounts) or _amount(old, before) == _amount(new, after)
        ):
            return
        sides = side(old, before), side(new, after)
        culprits = tuple(culprits_of(self.pair, sides))
        self.found.append(Flipped(new.uscc, new.name, key, after.label, *sides, culprits))

    # ------------------------------------------------------------------------------------- the summary

    @property
    def moves(self) -> Counter[tuple[str, str, str]]:
        """How many go from which status to which, by decision."""
        return Counter((one.key, one.old.status, one.new.status) for one in self.found)

    @property
    def clauses(self) -> Counter[tuple[str, str]]:
        """How many flips each clause made, by decision."""
        return Counter((one.key, clause) for one in self.found for clause in one.clauses)


def _amount(decision: Decision, one: Outcome) -> Amount | None:
    return decision.awards[one.id].amount


def culprits_of(pair: Pair, sides: tuple[Side, Side]) -> list[Culprit]:
    """The deciding tests of each side that the other pack does not have; where both have them all, all of them.

    Then the tests are put together in another way, and any of them may have made the difference.
    """
    own: list[Culprit] = []
    every: list[Culprit] = []
    for which, one in enumerate(sides):
        there = frozenset(forms(pair.programs[1 - which]))
        here = forms(pair.programs[which])
        for reason in one.because:
            culprit = Culprit(which == 1, reason.clause, reason)
            every.append(culprit)
            if here[reason.node] not in there:
                own.append(culprit)
    return own or every


__all__ = ["Culprit", "Flipped", "Flips", "culprits_of"]
