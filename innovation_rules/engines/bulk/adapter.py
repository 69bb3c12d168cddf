"""What a backend must be able to say: a few verbs over expressions and a few over tables.

`lower` puts every core node into these verbs, so a backend that has them decides what the interpreter decides.
Truth is a nullable boolean under Kleene's rules, a number a nullable whole number; null is unknown.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, Literal, TypeVar

from innovation_rules.program import Op

E = TypeVar("E")
"""An expression of the backend."""
T = TypeVar("T")
"""A table of the backend."""

Kind = Literal["number", "wide", "truth", "text"]
"""64-bit number, 128-bit number, truth, text."""
Operation = Literal["+", "*", "//"]


class Backend(ABC, Generic[E, T]):
    """Expressions over the columns of one table, and tables that grow by columns.

    Every table has the column `rowno`, an enterprise's number.
    """

    # ---------------------------------------------------------------------------------------- expressions

    @abstractmethod
    def column(self, name: str) -> E: ...

    @abstractmethod
    def constant(self, value: int | str | bool | None, kind: Kind) -> E: ...

    @abstractmethod
    def arithmetic(self, op: Operation, left: E, right: E, kind: Kind) -> E:
        """Whole-number arithmetic in that kind; `//` of two that are not negative, the right one not zero."""

    @abstractmethod
    def compare(self, op: Op, left: E, right: E) -> E:
        """Null where either side is null."""

    @abstractmethod
    def all_of(self, items: Sequence[E]) -> E:
        """Kleene's and; true of nothing."""

    @abstractmethod
    def any_of(self, items: Sequence[E]) -> E:
        """Kleene's or; false of nothing."""

    @abstractmethod
    def negate(self, item: E) -> E: ...

    @abstractmethod
    def is_null(self, item: E) -> E: ...

    @abstractmethod
    def choose(self, when: E, then: E, otherwise: E) -> E:
        """`when` is never null."""

    @abstractmethod
    def among(self, item: E, values: Sequence[int | str | bool]) -> E:
        """Null where the item is null; false of no values."""

    @abstractmethod
    def starts_with(self, item: E, prefixes: Sequence[str]) -> E:
        """Null where the item is null."""

    @abstractmethod
    def widen(self, item: E) -> E:
        """A whole number in 128 bits."""

    @abstractmethod
    def year_month_day(self, ordinal: E) -> tuple[E, E, E]:
        """Of a proleptic ordinal; each null where it is."""

    @abstractmethod
    def word(self, word: str, words: Sequence[str]) -> E:
        """One word of a closed list."""

    @abstractmethod
    def worded(self, item: E, words: Sequence[str], unknown: str) -> E:
        """A text as a word of a closed list; `unknown` where it is null."""

    @abstractmethod
    def mask(self, flags: Sequence[E]) -> E:
        """A whole number with a bit for each flag, the first lowest; no flag is null."""

    # ---------------------------------------------------------------------------------------- tables

    @abstractmethod
    def with_columns(self, table: T, columns: Mapping[str, E]) -> T: ...

    @abstractmethod
    def totals(self, items: T, sums: Mapping[str, tuple[E, Kind]]) -> T:
        """Sums of whole numbers by `rowno`, proved to fit their kind; nothing in them is null."""

    @abstractmethod
    def attach(self, table: T, totals: T, names: Sequence[str]) -> T:
        """Those columns beside each enterprise, zero where it has no items."""

    @abstractmethod
    def carry(self, items: T, table: T, names: Sequence[str]) -> T:
        """Columns of the enterprise beside each of its items."""

    @abstractmethod
    def build(self, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, Kind]) -> T:
        """A small table from lists."""

    @abstractmethod
    def collect(self, table: T, columns: Mapping[str, E]) -> dict[str, list[object]]:
        """Columns as lists, in the order of `rowno`."""
