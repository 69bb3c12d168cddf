"""Decide tables with Polars: terms become expressions, tables lazy frames that stream.

`plan` lays a program out with it; nothing of Polars leaves this folder but the frames that go in and out.
Only what is read is computed, once, and is dropped when nobody reads it any more. The items of an enterprise are
counted several counts to a number, and texts are compared as codes of a closed list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import polars as pl

from innovation_rules.case import MOST_ITEMS
from innovation_rules.engines.bulk.adapter import Kind
from innovation_rules.engines.bulk.cases import OneByOne
from innovation_rules.engines.bulk.plan import Tables
from innovation_rules.engines.bulk.sql import EPOCH, Base, Carried, Grouped, Joined, Source, Sql, Table
from innovation_rules.engines.bulk.terms import Term, Terms, layered, ordered
from innovation_rules.facts import CATEGORIES

DTYPES: Final[Mapping[str, Any]] = {
    "number": pl.Int64,
    "wide": pl.Int128,
    "truth": pl.Boolean,
    "text": pl.String,
}
LANE: Final = 16
LANES: Final = 4
COUNT: Final = pl.UInt16
"""Counts are summed four to a number of 64 bits, 16 bits each."""
assert MOST_ITEMS * len(CATEGORIES) < 1 << LANE
OTHER: Final = "\0"
"""The code of a text that no test names."""
CODED: Final = 2
"""A text that is compared so often is coded first."""
LITTLE: Final = 2
"""An expression of so few parts is computed again rather than kept in a column."""
ROW: Final = "rowno"
CODE: Final = "#"
SEPARATOR: Final = "\n"
BYTE: Final = 8
Words = Mapping[str, Sequence[str]]
"""The texts that each coded column is compared with."""


@dataclass(frozen=True, eq=False)
class Rows(Base):
    """A lazy frame with the column `rowno`; of several, the first has it, and the others are as long."""

    frames: list[pl.LazyFrame]

    @property
    def frame(self) -> pl.LazyFrame:
        """All columns side by side."""
        return self.frames[0] if len(self.frames) == 1 else pl.concat(self.frames, how="horizontal")


class Shorter(Terms):
    """Terms where columns cost little, and a test for null that is read off the parts costs least."""

    def is_null(self, item: Term) -> Term:
        if item.form in ("not", "compare", "in", "begin", "calculate", "widen", "part"):
            return self.either([self.is_null(one) for one in item.parts])
        if item.form == "case":
            *rows, last = item.parts
            found = self.is_null(last)
            for when, then in reversed(list(zip(rows[::2], rows[1::2], strict=True))):
                found = self.choose(when, self.is_null(then), found)
            return found
        return super().is_null(item)

    def choose(self, when: Term, then: Term, otherwise: Term) -> Term:
        """A choice with a certain truth on one side is and, or, not."""
        if then is self.true:
            return self.either([when, otherwise])
        if otherwise is self.false:
            return self.both([when, then])
        if then is self.false:
            return self.both([self.opposite(when), otherwise])
        if otherwise is self.true:
            return self.either([self.opposite(when), then])
        return super().choose(when, then, otherwise)


class Polars(Sql):
    """The backend."""

    def __init__(self) -> None:
        super().__init__()
        self.terms = Shorter()

    def rows(self, frame: pl.LazyFrame) -> Table:
        """A table of the rows of a frame."""
        return Table(Rows("", [frame]))

    def tables(self, frames: Tables[pl.LazyFrame]) -> Tables[Table]:
        """The tables of a run."""
        return Tables(
            self.rows(frames.enterprises), self.rows(frames.activities), self.rows(frames.qualifications)
        )

    def frame(self, table: Table, columns: Mapping[str, Term]) -> pl.LazyFrame:
        """Those columns of a table, and nothing else."""
        laid = Layout(self.terms).laid(table.source, self._over(table, columns))
        return laid.frame.select(**laid.values)

    # ---------------------------------------------------------------------------------------- expressions

    def starts_with(self, item: Term, prefixes: Sequence[str]) -> Term:
        return self.any_of([self.terms.make("begin", [item], word=prefix) for prefix in prefixes])

    def word(self, word: str, words: Sequence[str]) -> Term:
        return self.terms.make("word", word=word, value=SEPARATOR.join(words), kind="text")

    def worded(self, item: Term, words: Sequence[str], unknown: str) -> Term:
        return self.terms.make("worded", [item], unknown, SEPARATOR.join(words), "text")

    def mask(self, flags: Sequence[Term]) -> Term:
        return self.terms.make("mask", flags, kind="number")

    # ---------------------------------------------------------------------------------------- tables

    def build(self, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, Kind]) -> Table:
        made = [pl.Series(name, values, dtype=DTYPES[kinds[name]]) for name, values in columns.items()]
        return self.rows(pl.DataFrame(made).lazy())

    def collect(self, table: Table, columns: Mapping[str, Term]) -> dict[str, list[object]]:
        found = self.frame(table, {"rowno": self.column("rowno"), **columns}).sort("rowno").collect()
        return {name: found[name].to_list() for name in columns}


# ------------------------------------------------------------------------------------------------ frames


@dataclass(frozen=True)
class Laid:
    """A frame, and expressions over it by name."""

    frame: pl.LazyFrame
    values: Mapping[str, pl.Expr]


class Layout:
    """Puts the source of a table, and terms over it, into a lazy frame and expressions."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms

    def laid(self, source: Source, columns: Mapping[str, Term]) -> Laid:
        """What is read more than once is made first, layer by layer, and dropped after its last reader."""
        outputs = {name: _spelt(self.terms, one) for name, one in columns.items()}
        wanted = list(outputs.values())
        writer = Expressions(_compared(wanted))
        frame = self.read(source, writer.reads(wanted), writer.words)
        layers = layered(wanted, LITTLE)
        for at, layer in enumerate(layers):
            made = {f"c{at}_{place}": term for place, term in enumerate(layer)}
            written = {name: writer.of(term) for name, term in made.items()}
            writer.keep(made)
            later = [*wanted, *(one for after in layers[at + 1 :] for one in after)]
            passed = writer.reads(later) - written.keys() - {ROW}
            frame = frame.select(ROW, *sorted(passed), **written)
        return Laid(frame, {name: writer.of(one) for name, one in outputs.items()})

    def read(self, source: Source, names: Collection[str], words: Words) -> pl.LazyFrame:
        """A frame that has `rowno` and these columns."""
        wanted = sorted({*names} - {ROW})
        match source:
            case Rows():
                return self._rows(source, wanted, words)
            case Joined():
                return self._joined(source, wanted, words)
            case Carried():
                return self._carried(source, wanted, words)
            case _:
                raise TypeError(source)

    def _rows(self, source: Rows, wanted: Sequence[str], words: Words) -> pl.LazyFrame:
        """Texts as codes where they are compared, else as texts; whole numbers with their 64 bits."""
        schema = source.frame.collect_schema()
        return source.frame.select(ROW, *(_read(name, schema, words) for name in wanted))

    def _joined(self, source: Joined, wanted: Sequence[str], words: Words) -> pl.LazyFrame:
        """All sums beside the enterprises."""
        left: Source = source
        sums: list[tuple[Grouped, list[str]]] = []
        rest = list(wanted)
        while isinstance(left, Joined):
            here = [name for name in rest if name in left.names]
            rest = [name for name in rest if name not in left.names]
            if here:
                sums.append((left.sums, here))
            left = left.left
        frame = self.read(left, rest, words)
        for serial, (grouped, here) in enumerate(sums):
            added, values = self.sums(grouped, here, f"{serial}_")
            frame = frame.join(added, on=ROW, how="left").select(ROW, *rest, **values)
            rest += here
        return frame

    def sums(
        self, source: Grouped, names: Sequence[str], serial: str
    ) -> tuple[pl.LazyFrame, dict[str, pl.Expr]]:
        """Sums by `rowno`, and how to read each beside an enterprise: zero where it has no items."""
        terms = self.terms
        wanted = {name: source.sums[name][0] for name in names}
        counted = {name: flag for name, one in wanted.items() if (flag := flag_of(terms, one)) is not None}
        flags = list(dict.fromkeys(counted.values()))
        packs = [flags[at : at + LANES] for at in range(0, len(flags), LANES)]
        columns = {f"p{serial}{at}": terms.make("lanes", pack) for at, pack in enumerate(packs)}
        totals = list(dict.fromkeys(one for name, one in wanted.items() if name not in counted))
        columns |= {f"s{serial}{at}": one for at, one in enumerate(totals)}
        laid = self.laid(source.items.source, columns)
        items = laid.frame.select(ROW, **laid.values)
        grouped = items.group_by(ROW).agg(pl.col(name).sum() for name in columns)
        read = {
            **{flag: _lane(f"p{serial}{at // LANES}", at % LANES) for at, flag in enumerate(flags)},
            **{one: pl.col(f"s{serial}{at}").fill_null(0) for at, one in enumerate(totals)},
        }
        return grouped, {name: read[counted.get(name, one)] for name, one in wanted.items()}

    def _carried(self, source: Carried, wanted: Sequence[str], words: Words) -> pl.LazyFrame:
        own = [name for name in wanted if name not in source.names]
        theirs = {name: source.table.defined[name] for name in wanted if name in source.names}
        laid = self.laid(source.table.source, theirs)
        beside = laid.frame.select(ROW, **laid.values)
        return self.read(source.items, own, words).join(beside, on=ROW, how="left")


def _read(name: str, schema: Mapping[str, Any], words: Words) -> pl.Expr:
    if name.startswith(CODE):
        return _code(name[1:], words[name[1:]]).alias(name)
    if schema[name] in (pl.Categorical, pl.Enum):
        return pl.col(name).cast(pl.String)
    return pl.col(name).cast(pl.Int64) if schema[name] == COUNT else pl.col(name)


def _code(name: str, words: Sequence[str]) -> pl.Expr:
    text, words = pl.col(name), [*words, OTHER]
    code = text.cast(pl.Enum(words), strict=False)
    return pl.when(code.is_null() & text.is_not_null()).then(pl.lit(OTHER, pl.Enum(words))).otherwise(code)


def _lane(pack: str, at: int) -> pl.Expr:
    """One count out of a pack."""
    found = pl.col(pack).fill_null(0)
    if at:
        found = found // pl.lit(1 << at * LANE, pl.UInt64)
    return (found if at == LANES - 1 else found % pl.lit(1 << LANE, pl.UInt64)).cast(pl.Int64)


def flag_of(terms: Terms, one: Term) -> Term | None:
    """What a sum counts, where it counts."""
    if one.form != "case" or len(one.parts) != 3:
        return None
    when, then, otherwise = one.parts
    ends = then.value, otherwise.value
    if then.form == otherwise.form == "value" and ends in ((1, 0), (0, 1)):
        return when if ends == (1, 0) else terms.opposite(when)
    return None


def _spelt(terms: Terms, term: Term) -> Term:
    """Words of a closed list are chosen as such, not as texts that are looked up afterwards."""
    return _closed(terms, term.parts[0], term) if term.form == "worded" else term


def _closed(terms: Terms, item: Term, like: Term) -> Term:
    if item.form == "value":
        word = like.word if item.value is None else str(item.value)
        return terms.make("word", word=word, value=like.value, kind="text")
    if item.form != "case":
        return terms.make("worded", [item], like.word, like.value, "text")
    *rows, last = item.parts
    found = _closed(terms, last, like)
    for when, then in reversed(list(zip(rows[::2], rows[1::2], strict=True))):
        found = terms.choose(when, _closed(terms, then, like), found)
    return found


# ------------------------------------------------------------------------------------------------ expressions


class Expressions:
    """Writes terms as expressions; those kept as columns are read."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.kept: dict[Term, str] = {}
        self.made: dict[Term, pl.Expr] = {}

    def keep(self, columns: Mapping[str, Term]) -> None:
        """From now on, these terms are those columns."""
        self.kept |= {term: name for name, term in columns.items()}
        self.made = {}

    def of(self, term: Term) -> pl.Expr:
        """The expression of a term."""
        if term in self.kept:
            return pl.col(self.kept[term])
        found = self.made.get(term)
        if found is None:
            found = self.made[term] = self._of(term)
        return found

    def _of(self, term: Term) -> pl.Expr:
        match term.form:
            case "column":
                return pl.col(term.word)
            case "value":
                return _constant(term.value, term.kind)
            case "word":
                return pl.lit(term.word, dtype=_enum(term))
            case "case":
                return self._case(term.parts)
            case "mask":
                return self._mask(term.parts)
            case "lanes":
                parts = [_bit(self.of(one), at * LANE, pl.UInt64) for at, one in enumerate(term.parts)]
                return _folded(pl.Expr.__add__, parts)
            case "in":
                return self._in(term)
            case "compare" if self._coded(term):
                return self._in(term)
            case _:
                return _FORMS[term.form](term, [self.of(one) for one in term.parts])

    def _case(self, parts: Sequence[Term]) -> pl.Expr:
        *rows, last = map(self.of, parts)
        found: Any = pl
        for when, then in zip(rows[::2], rows[1::2], strict=True):
            found = found.when(when).then(then)
        return found.otherwise(last)  # type: ignore[no-any-return]

    def _mask(self, flags: Sequence[Term]) -> pl.Expr:
        """Bytes first: eight times as many rows fit."""
        parts = []
        for start in range(0, len(flags), BYTE):
            bits = [_bit(self.of(one), at, pl.UInt8) for at, one in enumerate(flags[start : start + BYTE])]
            byte = _folded(pl.Expr.__or__, bits).cast(pl.Int64)
            parts.append(byte * _power(start, pl.Int64)[0] if start else byte)
        return _folded(pl.Expr.__or__, parts)

    # ---------------------------------------------------------------------------------------- texts

    def _coded(self, term: Term) -> bool:
        return _asks(term) is not None and term.parts[0].word in self.words and term.parts[0] not in self.kept

    def _in(self, term: Term) -> pl.Expr:
        values: list[Any] = [one.value for one in term.parts[1:]]
        item, dtype = self.of(term.parts[0]), None
        if self._coded(term):
            name = term.parts[0].word
            item, dtype = pl.col(CODE + name), pl.Enum([*self.words[name], OTHER])
        if len(values) == 1:
            return item == pl.lit(values[0], dtype=dtype)
        return item.is_in(pl.Series(values, dtype=dtype).implode())

    def reads(self, terms: Iterable[Term]) -> set[str]:
        """The columns that these terms read now."""
        found: set[str] = set()
        seen: set[Term] = set()

        def visit(term: Term) -> None:
            if term in seen:
                return
            seen.add(term)
            if term in self.kept:
                found.add(self.kept[term])
            elif term.form == "column":
                found.add(term.word)
            elif self._coded(term):
                found.add(CODE + term.parts[0].word)
            else:
                for part in term.parts:
                    visit(part)

        for one in terms:
            visit(one)
        return found


def _asks(term: Term) -> list[str] | None:
    """The texts that a column is compared with, where it is."""
    if term.form != "in" and not (term.form == "compare" and term.word == "="):
        return None
    item, *values = term.parts
    texts = [one.value for one in values if one.form == "value" and isinstance(one.value, str)]
    return texts if item.form == "column" and len(texts) == len(values) else None


def _compared(terms: Iterable[Term]) -> dict[str, list[str]]:
    """The texts that each column is compared with, where that is often enough."""
    asked: dict[str, list[list[str]]] = {}
    for term in ordered(terms):
        texts = _asks(term)
        if texts is not None:
            asked.setdefault(term.parts[0].word, []).append(texts)
    often = {name: lists for name, lists in asked.items() if len(lists) >= CODED}
    return {name: sorted({text for one in lists for text in one}) for name, lists in often.items()}


def _enum(term: Term) -> pl.Enum:
    return pl.Enum(str(term.value).split(SEPARATOR))


@lru_cache(4096, typed=True)
def _constant(value: int | str | bool | None, kind: Kind) -> pl.Expr:
    return pl.lit(value, dtype=DTYPES[kind])


@lru_cache(4096)
def _power(at: int, dtype: Any) -> tuple[pl.Expr, pl.Expr]:
    return pl.lit(1 << at, dtype), pl.lit(0, dtype)


def _bit(flag: pl.Expr, at: int, dtype: Any) -> pl.Expr:
    bit, none = _power(at, dtype)
    return pl.when(flag).then(bit).otherwise(none)


def _folded(join: Callable[[pl.Expr, pl.Expr], pl.Expr], items: Sequence[pl.Expr]) -> pl.Expr:
    """Joined two by two: the tree stays flat."""
    while len(items) > 1:
        pairs = [join(one, two) for one, two in zip(items[::2], items[1::2], strict=False)]
        items = [*pairs, *items[len(pairs) * 2 :]]
    return items[0]


def _part(term: Term, parts: Sequence[pl.Expr]) -> pl.Expr:
    day = (parts[0] - EPOCH).cast(pl.Int32).cast(pl.Date)
    return {"YEAR": day.dt.year, "MONTH": day.dt.month, "DAY": day.dt.day}[term.word]().cast(pl.Int64)


_FORMS: Final[Mapping[str, Callable[[Term, Sequence[pl.Expr]], pl.Expr]]] = {
    "and": lambda _, parts: _folded(pl.Expr.__and__, parts),
    "or": lambda _, parts: _folded(pl.Expr.__or__, parts),
    "not": lambda _, parts: ~parts[0],
    "null?": lambda _, parts: parts[0].is_null(),
    "compare": lambda term, parts: _COMPARE[term.word](*parts),
    "coalesce": lambda _, parts: parts[0].fill_null(parts[1]),
    "begin": lambda term, parts: parts[0].str.starts_with(term.word),
    "calculate": lambda term, parts: _folded(_CALCULATE[term.word], parts),
    "widen": lambda _, parts: parts[0].cast(pl.Int128),
    "part": _part,
    "worded": lambda term, parts: parts[0].fill_null(term.word).cast(_enum(term)),
}
_COMPARE: Final[Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    ">=": pl.Expr.__ge__,
    ">": pl.Expr.__gt__,
    "<=": pl.Expr.__le__,
    "<": pl.Expr.__lt__,
    "=": pl.Expr.__eq__,
}
_CALCULATE: Final[Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    "+": pl.Expr.__add__,
    "*": pl.Expr.__mul__,
    "//": pl.Expr.__floordiv__,
}

name = "polars"
evaluate = OneByOne(Polars)
