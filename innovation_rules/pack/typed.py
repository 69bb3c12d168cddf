"""What the compiler's parts pass to each other: typed nodes, scopes under construction, and mistakes.

`lowering`, `conditions`, `aggregates`, `amounts`, `decisions` and `operators` are written with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal

from innovation_rules.errors import Place
from innovation_rules.facts import FactSpec
from innovation_rules.program import Node, Number, Op, Origin
from innovation_rules.quantities import SCALE, QuantityError, Type


@dataclass(frozen=True, slots=True)
class Typed:
    """A lowered value: its node, and what is known of it before any case is seen."""

    node: int
    type: Type
    unit: str = ""
    low: Number | None = None
    high: Number | None = None
    choices: tuple[tuple[str, str], ...] = ()
    """(identifier, label) of every value a choice can take."""

    @property
    def is_number(self) -> bool:
        return self.type in SCALE


OPS: Final[dict[str, Op]] = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<"}
"""The comparisons of the language's ordered tests."""
ORDERED: Final = frozenset({*SCALE, Type.DATE, Type.LEVEL})
"""The types whose values have an order."""
MONEY: Final = Typed(-1, Type.MONEY)
"""What a sum of money is read like."""


class Wrong(Exception):
    """A mistake in the item at hand; its report goes to `problems` where it is caught."""

    def __init__(
        self, code: str, place: Place | None, related: Sequence[tuple[Place, str]] = (), **fields: object
    ):
        super().__init__(code)
        self.code, self.place, self.related, self.fields = code, place, related, fields


def misread(error: QuantityError, place: Place | None) -> Wrong:
    """A value that cannot be read, as a mistake at its place."""
    wrong = Wrong(error.code, place)
    wrong.fields = error.fields
    return wrong


class Reported(Exception):
    """What this needs is broken and was reported where it stands."""


@dataclass
class Scope:
    """Nodes under construction: the program's, or those of one aggregate's body."""

    owner: Literal["program", "activity", "qualification"]
    nodes: list[Node] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)


def choices_of(spec: FactSpec) -> tuple[tuple[str, str], ...]:
    """(identifier, label) of each choice of a fact."""
    return tuple((spec.choices or {}).items())


def whole(number: Number) -> Number:
    """A fraction that is whole as an int."""
    return number.numerator if isinstance(number, Fraction) and number.denominator == 1 else number


def per(number: Number, scale: int) -> Number:
    """A figure in base units as so many natural units, exactly."""
    return whole(Fraction(number) / scale)
