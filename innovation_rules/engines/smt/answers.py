"""What the solver answers: proved, unsettled, or a witness that the interpreter has replayed.

`space` gives them; nothing of the solver stands in them, so that they can be kept, printed and pickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from innovation_rules.case import Case, Raw
from innovation_rules.enterprise import Enterprise
from innovation_rules.region import RegionStatistics


@dataclass(frozen=True, slots=True)
class Proved:
    """No case there could be makes the formula true."""

    seconds: float
    exact: bool = True
    """False where the encoding is wider than the model: it held even there, so this is a proof all the same."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Neither proved nor refuted."""

    seconds: float
    why: Literal["time", "wider", "replay"]
    """`time`: the solver gave up or ran out of time; `wider`: only cases were found that no enterprise can have;
    `replay`: a case was found on which the interpreter differs from the solver, which is a fault in the encoding."""
    detail: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs from the enterprise that a search started from."""

    kind: Literal["fact", "field", "item", "survey"]
    """A base fact; a field of an item that was there; an added item; a list or category now surveyed."""
    name: str
    """`rd_expenditure@2020`; `activities[3].level`; `activities[+0]`; `activities.platform`, `qualifications`."""
    before: Raw = None
    """In base units; None is unknown."""
    after: Raw = None
    item: Mapping[str, Raw] = field(default_factory=dict)
    """The fields of an added item, by name, in base units; what is not known is absent."""
    kinds: tuple[str, ...] = ()
    """Of an added item: the kinds of its category that would do as well."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Enterprises that make the formula true: built, validated, read and replayed by the interpreter."""

    enterprises: Mapping[str, Enterprise]
    """By the names of the subjects. Empty for a Program whose facts no Enterprise can hold (hand-made frames)."""
    cases: tuple[Case, ...]
    """What each run that the formula speaks of sees of them, in the order of `Space.runs`."""
    seconds: float
    regions: Mapping[str, RegionStatistics] = field(default_factory=dict)
    """Statistics of regions, where a run asks for any: to be given to `Pack.decide` as they are."""
    changes: tuple[Change, ...] = ()
    """From `Space.optimise`: what differs from the start."""
    cost: int = 0
    """From `Space.optimise`: the sum of the costs of the changes."""
    least: bool = False
    """The solver showed that nothing smaller (or cheaper) would do; else smallest as far as it looked."""
    exact: bool = True


Answer: TypeAlias = Proved | Unsettled | Witness
