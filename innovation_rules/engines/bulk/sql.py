"""Decide tables with SQL: the verbs of `adapter` as trees, and one statement written of what is read.

Everything is parenthesised and every number has its width, so that a reader needs no table of precedences and no
dialect guesses. `duckdb` and `spark` run the text, `script` puts it beside a head for readers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, TypeAlias

from innovation_rules.engines.bulk.adapter import Backend, Kind, Operation
from innovation_rules.engines.bulk.terms import Term, Terms, layered, substituted
from innovation_rules.engines.bulk.values import BulkError
from innovation_rules.errors import Diagnostic
from innovation_rules.program import Op

EPOCH: Final = 719_163
"""1970-01-01 as a proleptic ordinal."""
WIDTH: Final = 80
"""Columns of a line of text, where the names allow it."""


# ------------------------------------------------------------------------------------------------ where rows come from


@dataclass(frozen=True, eq=False)
class Base:
    """A table that is there, by its name."""

    name: str


@dataclass(frozen=True, eq=False)
class Grouped:
    """Sums over the rows of each enterprise."""

    items: Table
    sums: Mapping[str, tuple[Term, Kind]]


@dataclass(frozen=True, eq=False)
class Joined:
    """Enterprises with sums beside them, zero where there are no rows."""

    left: Source
    sums: Grouped
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Carried:
    """Rows with columns of their enterprise."""

    items: Source
    table: Table
    names: tuple[str, ...]


Source: TypeAlias = "Base | Grouped | Joined | Carried"


@dataclass(frozen=True, eq=False)
class Table:
    """Rows from a source, and columns made of its columns."""

    source: Source
    defined: Mapping[str, Term] = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------ the backend


class Sql(Backend[Term, Table]):
    """Builds the trees; what runs the text adds `build` and `collect`."""

    def __init__(self) -> None:
        self.terms = Terms()

    def column(self, name: str) -> Term:
        return self.terms.column(name)

    def constant(self, value: int | str | bool | None, kind: Kind) -> Term:
        return self.terms.constant(int(value) if kind == "number" and value is not None else value, kind)

    def arithmetic(self, op: Operation, left: Term, right: Term, kind: Kind) -> Term:
        return self.terms.make("calculate", (left, right), op, kind=kind)

    def compare(self, op: Op, left: Term, right: Term) -> Term:
        return self.terms.make("compare", (left, right), "=" if op == "==" else op)

    def all_of(self, items: Sequence[Term]) -> Term:
        return self.terms.both(items)

    def any_of(self, items: Sequence[Term]) -> Term:
        return self.terms.either(items)

    def negate(self, item: Term) -> Term:
        return self.terms.opposite(item)

    def is_null(self, item: Term) -> Term:
        return self.terms.is_null(item)

    def choose(self, when: Term, then: Term, otherwise: Term) -> Term:
        return self.terms.choose(when, then, otherwise)

    def among(self, item: Term, values: Sequence[int | str | bool]) -> Term:
        if not values:
            return self.choose(self.is_null(item), self.constant(None, "truth"), self.terms.false)
        return self.terms.make("in", (item, *(self.constant(one, _kind(one)) for one in values)))

    def starts_with(self, item: Term, prefixes: Sequence[str]) -> Term:
        sizes = dict.fromkeys(len(one) for one in prefixes)
        return self.any_of(
            [
                self.among(
                    self.terms.make("begin", [item], value=size),
                    [one for one in prefixes if len(one) == size],
                )
                for size in sizes
            ]
        )

    def widen(self, item: Term) -> Term:
        return self.terms.make("widen", [item], kind="wide")

    def year_month_day(self, ordinal: Term) -> tuple[Term, Term, Term]:
        year, month, day = (self.terms.make("part", [ordinal], one) for one in ("YEAR", "MONTH", "DAY"))
        return year, month, day

    def word(self, word: str, words: Sequence[str]) -> Term:
        return self.constant(word, "text")

    def worded(self, item: Term, words: Sequence[str], unknown: str) -> Term:
        return self.terms.coalesce(item, self.constant(unknown, "text"))

    def mask(self, flags: Sequence[Term]) -> Term:
        zero = self.constant(0, "number")
        bits = [self.choose(one, self.constant(1 << at, "number"), zero) for at, one in enumerate(flags)]
        return self.terms.make("calculate", bits, "+", kind="number") if len(bits) > 1 else bits[0]

    # ---------------------------------------------------------------------------------------- tables

    def with_columns(self, table: Table, columns: Mapping[str, Term]) -> Table:
        return Table(table.source, {**table.defined, **self._over(table, columns)})

    def _over(self, table: Table, columns: Mapping[str, Term]) -> dict[str, Term]:
        """Expressions over a table as expressions over its source."""
        seen: dict[Term, Term] = {}
        return {name: substituted(self.terms, one, table.defined, seen) for name, one in columns.items()}

    def totals(self, items: Table, sums: Mapping[str, tuple[Term, Kind]]) -> Table:
        over = self._over(items, {name: value for name, (value, _) in sums.items()})
        return Table(Grouped(items, {name: (over[name], kind) for name, (_, kind) in sums.items()}))

    def attach(self, table: Table, totals: Table, names: Sequence[str]) -> Table:
        assert isinstance(totals.source, Grouped)
        sure = {name: self.terms.column(name, sure=True) for name in names}
        return Table(Joined(table.source, totals.source, tuple(names)), {**table.defined, **sure})

    def carry(self, items: Table, table: Table, names: Sequence[str]) -> Table:
        return Table(Carried(items.source, table, tuple(names)), items.defined)

    def build(self, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, Kind]) -> Table:
        raise NotImplementedError("text holds no rows")

    def collect(self, table: Table, columns: Mapping[str, Term]) -> dict[str, list[object]]:
        raise NotImplementedError("text is not run")

    def statement(
        self, table: Table, columns: Mapping[str, Term], dialect: Dialect, shown: Shown | None = None
    ) -> str:
        """The text that gives `rowno` and these columns of a table."""
        return Writer(dialect, shown or Shown()).statement(table.source, self._over(table, columns))

    def reads(self, table: Table, columns: Mapping[str, Term]) -> dict[str, list[str]]:
        """The columns that the text reads of each table that is there."""
        found: dict[str, dict[str, None]] = {}
        over = self._over(table, columns).values()
        for name, column in columns_read(table.source, _read(over)):
            found.setdefault(name, {})[column] = None
        return {name: sorted(read, key=_natural) for name, read in found.items()}


def _kind(value: int | str | bool) -> Kind:
    return "truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


# ------------------------------------------------------------------------------------------------ the text


class Dialect:
    """What DuckDB reads; another dialect says only what it says otherwise."""

    name: ClassVar[str] = "duckdb"
    types: ClassVar[Mapping[Kind, str]] = {
        "number": "BIGINT",
        "wide": "HUGEINT",
        "truth": "BOOLEAN",
        "text": "VARCHAR",
    }
    quote: ClassVar[str] = '"'

    def identifier(self, name: str) -> str:
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def text(self, value: str) -> str:
        """A text literal."""
        return "'" + value.replace("'", "''") + "'"

    def cast(self, text: str, kind: Kind) -> str:
        return f"CAST({text} AS {self.types[kind]})"

    def divided(self, left: str, right: str, kind: Kind) -> str:
        """The whole part of a quotient of two that are not negative."""
        return f"({left} // {right})"

    def day(self, ordinal: str) -> str:
        """A date of a proleptic ordinal."""
        return f"(DATE '1970-01-01' + CAST(({ordinal} - {EPOCH}) AS INTEGER))"


class Spark(Dialect):
    """What Spark reads."""

    name = "spark"
    types: ClassVar[Mapping[Kind, str]] = {
        "number": "BIGINT",
        "wide": "DECIMAL(38, 0)",
        "truth": "BOOLEAN",
        "text": "STRING",
    }
    quote = "`"

    def text(self, value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def divided(self, left: str, right: str, kind: Kind) -> str:
        """`div` wraps a quotient of decimals to 64 bits, and `/` keeps 32 digits: so 128 bits divide in two halves."""
        if kind != "wide":
            return f"({left} div {right})"
        half = self.cast(f"'{10**19}'", "wide")

        def whole(top: str, by: str) -> str:
            return self.cast(f"(({top} - ({top} % {by})) / {by})", "wide")

        high = whole(left, half)
        rest = f"((({high} % {right}) * {half}) + ({left} % {half}))"
        return f"(({whole(high, right)} * {half}) + {whole(rest, right)})"

    def day(self, ordinal: str) -> str:
        return f"DATE_ADD(DATE '1970-01-01', CAST(({ordinal} - {EPOCH}) AS INT))"


class Postgres(Dialect):
    """What PostgreSQL reads. Its NUMERIC is exact, and an overflow of 64 bits is an error there too."""

    name = "postgres"
    types: ClassVar[Mapping[Kind, str]] = {
        "number": "BIGINT",
        "wide": "NUMERIC(39, 0)",
        "truth": "BOOLEAN",
        "text": "TEXT",
    }
    longest: ClassVar[int] = 63
    """Bytes of a name: what is longer would be cut."""

    def identifier(self, name: str) -> str:
        if len(name.encode()) > self.longest:
            raise BulkError([Diagnostic("sql-name-long", None, {"dialect": self.name, "name": name})])
        return super().identifier(name)

    def divided(self, left: str, right: str, kind: Kind) -> str:
        return self.cast(f"DIV({left}, {right})", kind)


DIALECTS: Final[Mapping[str, type[Dialect]]] = {one.name: one for one in (Dialect, Spark, Postgres)}
"""The dialects that are held to the interpreter by running them; no other is written."""


@dataclass(frozen=True)
class Shown:
    """How a statement looks to a reader: other names for columns, and a comment above some."""

    names: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


class Writer:
    """Writes one statement: named steps, each of the columns that later ones read."""

    def __init__(self, dialect: Dialect, shown: Shown) -> None:
        self.dialect, self.shown = dialect, shown
        self.steps: list[tuple[str, str]] = []
        self.serial = 0
        self.texts: dict[Term, str] = {}
        self.kept: dict[Term, str] = {}

    def statement(self, source: Source, columns: Mapping[str, Term]) -> str:
        """The whole statement."""
        last, values = self.laid(source, columns)
        select = self._select(
            ["rowno", *(self._as(value, name) for name, value in values.items())], f"FROM {last}"
        )
        steps = ",\n".join(f"{name} AS (\n{textwrap.indent(text, '  ')}\n)" for name, text in self.steps)
        return f"WITH {steps}\n{select}" if steps else select

    def _step(self, name: str, text: str) -> str:
        taken = {one for one, _ in self.steps}
        number = 1 + sum(one.rpartition("_")[0] == name for one in taken)
        self.steps.append((f"{name}_{number}", text))
        return f"{name}_{number}"

    def _select(self, columns: Iterable[str], rest: str) -> str:
        listed = ",\n".join(textwrap.indent(one, "  ") for one in columns)
        return f"SELECT\n{listed}\n{rest}"

    def _name(self, column: str) -> str:
        return self.dialect.identifier(self.shown.names.get(column, column)) if column != "rowno" else column

    def _as(self, value: str, name: str) -> str:
        own = self._name(name)
        return self._noted(name, own if value == own else f"{value} AS {own}")

    def _noted(self, name: str, text: str) -> str:
        note = self.shown.notes.get(name)
        return text if note is None else f"-- {note}\n{text}"

    # ---------------------------------------------------------------------------------------- steps

    def laid(
        self, source: Source, columns: Mapping[str, Term], *, typed: bool = True
    ) -> tuple[str, dict[str, str]]:
        """The step that columns can be read from, and the text of each."""
        outputs = list(columns.values())
        layers = layered(outputs)
        last = self.read(source, _read(outputs))
        self.kept, self.texts = {}, {}
        for at, layer in enumerate(layers):
            made = [(self._fresh(), term, self._show(term)) for term in layer]
            later = [*outputs, *(one for after in layers[at + 1 :] for one in after)]
            passed = self._passed([one for one in later if one not in layer], [term for _, term, _ in made])
            self.kept |= {term: name for name, term, _ in made}
            shown = [f"{text} AS {self._name(name)}" for name, _, text in made]
            last = self._step(
                "step", self._select(["rowno", *map(self._name, passed), *shown], f"FROM {last}")
            )
        show = self._show if typed else self._bare
        return last, {name: show(value) for name, value in columns.items()}

    def _fresh(self) -> str:
        self.serial += 1
        return f"c{self.serial}"

    def _passed(self, later: Sequence[Term], made: Sequence[Term]) -> list[str]:
        """The columns there are that later expressions read otherwise than through those just made."""
        names: dict[str, None] = {}
        seen = set(made)

        def visit(term: Term) -> None:
            if term in seen:
                return
            seen.add(term)
            if term in self.kept:
                names[self.kept[term]] = None
            elif term.form == "column":
                names[term.word] = None
            else:
                for part in term.parts:
                    visit(part)

        for one in later:
            visit(one)
        return sorted(names, key=_natural)

    def read(self, source: Source, names: Sequence[str]) -> str:
        """The name of something that has `rowno` and these columns."""
        match source:
            case Base():
                return source.name
            case Grouped():
                return self._grouped(source, names)
            case Joined():
                return self._joined(source, names)
            case Carried():
                return self._carried(source, names)

    def _grouped(self, source: Grouped, names: Sequence[str]) -> str:
        wanted = {name: source.sums[name][0] for name in names}
        last, values = self.laid(source.items.source, wanted, typed=False)
        kinds: dict[str, Kind] = {name: source.sums[name][1] for name in names}
        sums = [self._as(self.dialect.cast(f"SUM({values[name]})", kinds[name]), name) for name in names]
        return self._step("sums", self._select(["rowno", *sums], f"FROM {last}\nGROUP BY rowno"))

    def _joined(self, source: Source, names: Sequence[str]) -> str:
        """All sums beside the enterprises in one step."""
        joins: list[tuple[str, str]] = []
        columns: list[str] = []
        left, rest = source, list(names)
        while isinstance(left, Joined):
            here = [name for name in rest if name in left.names]
            rest = [name for name in rest if name not in left.names]
            if here:
                alias = f"t{len(joins) + 1}"
                joins.append((self._grouped(left.sums, here), alias))
                zero = {name: self._zero(left.sums.sums[name][1]) for name in here}
                columns += [
                    f"COALESCE({alias}.{self._name(one)}, {zero[one]}) AS {self._name(one)}" for one in here
                ]
            left = left.left
        first = self.read(left, rest)
        if not joins:
            return first
        beside = "\n".join(f"LEFT JOIN {name} AS {alias} ON {alias}.rowno = e.rowno" for name, alias in joins)
        own = [f"e.{self._name(name)}" for name in rest]
        return self._step("joined", self._select(["e.rowno", *own, *columns], f"FROM {first} AS e\n{beside}"))

    def _zero(self, kind: Kind) -> str:
        return self.dialect.cast("0", kind)

    def _carried(self, source: Carried, names: Sequence[str]) -> str:
        own = [name for name in names if name not in source.names]
        theirs = [name for name in names if name in source.names]
        items = self.read(source.items, own)
        last, values = self.laid(source.table.source, {name: source.table.defined[name] for name in theirs})
        beside = self._step(
            "carried",
            self._select(["rowno", *(self._as(values[name], name) for name in theirs)], f"FROM {last}"),
        )
        columns = [*(f"i.{self._name(name)}" for name in own), *(f"o.{self._name(name)}" for name in theirs)]
        text = f"FROM {items} AS i\nLEFT JOIN {beside} AS o ON o.rowno = i.rowno"
        return self._step("items", self._select(["i.rowno", *columns], text))

    # ---------------------------------------------------------------------------------------- expressions

    def _show(self, term: Term) -> str:
        """The text of an expression; one that is kept is a column."""
        if term in self.kept:
            return self._name(self.kept[term])
        found = self.texts.get(term)
        if found is None:
            found = self.texts[term] = self._text(term)
        return found

    def _bare(self, term: Term) -> str:
        """The same where something beside it says how wide a number is, or where it does not matter."""
        if term.form == "value":
            return self._value(term, typed=False)
        return (
            self._case(term.parts, typed=False)
            if term.form == "case" and term not in self.kept
            else self._show(term)
        )

    def _text(self, term: Term) -> str:
        parts = term.parts
        match term.form:
            case "column":
                return self._name(term.word)
            case "value":
                return self._value(term, typed=True)
            case "and" | "or":
                return self._list("(", [self._bare(one) for one in parts], f" {term.form.upper()} ", ")")
            case "not":
                return f"(NOT {self._show(parts[0])})"
            case "null?":
                return f"({self._show(parts[0])} IS NULL)"
            case "compare":
                return f"({self._bare(parts[0])} {term.word} {self._bare(parts[1])})"
            case "case":
                return self._case(parts, typed=True)
            case "coalesce":
                return f"COALESCE({self._show(parts[0])}, {self._bare(parts[1])})"
            case "in":
                return self._in([self._bare(one) for one in parts])
            case "begin":
                return f"SUBSTRING({self._show(parts[0])}, 1, {term.value})"
            case "calculate":
                return self._calculation(term)
            case "widen":
                return self.dialect.cast(self._bare(parts[0]), "wide")
            case "part":
                day = self.dialect.day(self._show(parts[0]))
                return self.dialect.cast(f"EXTRACT({term.word} FROM {day})", "number")
            case "word" | "worded" | "mask" | "lanes":
                raise TypeError(term.form)

    def _value(self, term: Term, *, typed: bool) -> str:
        """A constant; with its width where nothing beside it says so."""
        value, kind = term.value, term.kind
        if value is None:
            return self.dialect.cast("NULL", kind) if typed else "NULL"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, str):
            return self.dialect.text(value)
        small = abs(value) < 2**31
        if small and not typed and kind == "number":
            return str(value) if value >= 0 else f"({value})"
        return self.dialect.cast(str(value) if small else f"'{value}'", kind)

    def _calculation(self, term: Term) -> str:
        """One operand at least says how wide the result is."""
        first, *rest = term.parts
        sides = [
            self._show(first) if self._constant(term.parts) else self._bare(first),
            *map(self._bare, rest),
        ]
        if term.word == "//":
            return self.dialect.divided(sides[0], sides[1], term.kind)
        return self._list("(", sides, f" {term.word} ", ")")

    def _constant(self, terms: Iterable[Term]) -> bool:
        """Nothing but constants and choices between some: none of them says how wide it is."""
        return all(one.form in ("value", "case") and one not in self.kept for one in terms)

    def _in(self, shown: Sequence[str]) -> str:
        head, *values = shown
        if len(values) == 1:
            return f"({head} = {values[0]})"
        return self._list(f"({head} IN (", values, ", ", "))")

    def _case(self, parts: Sequence[Term], *, typed: bool) -> str:
        """Where no branch says how wide it is, and it matters, the first does."""
        *rows, last = parts
        values = [*rows[1::2], last]
        typed = typed and self._constant(values)
        shown = [self._show(one) if typed and at == 0 else self._bare(one) for at, one in enumerate(values)]
        lines = [f"WHEN {self._show(when)} THEN {then}" for when, then in zip(rows[::2], shown, strict=False)]
        lines.append(f"ELSE {shown[-1]}")
        flat = " ".join(lines)
        if "\n" not in flat and len(flat) < WIDTH - 20:
            return f"CASE {flat} END"
        inner = textwrap.indent("\n".join(lines), "  ")
        return f"CASE\n{inner}\nEND"

    def _list(self, head: str, items: Sequence[str], between: str, tail: str) -> str:
        """On one line where it fits, else an item a line."""
        flat = between.join(items)
        if "\n" not in flat and len(head) + len(flat) < WIDTH - 16:
            return f"{head}{flat}{tail}"
        joint = f"{between.rstrip()}\n" if between == ", " else f"\n{between.lstrip()}"
        return f"{head}\n{textwrap.indent(joint.join(items), '  ')}\n{tail}"


def _read(terms: Iterable[Term]) -> list[str]:
    """The columns that expressions read."""
    return sorted(frozenset[str]().union(*(one.names for one in terms)), key=_natural)


def _natural(name: str) -> tuple[str, int, str]:
    """Columns in the order of their letter and number."""
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    return letters, int(digits or 0), name


def columns_read(source: Source, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The tables and columns that a statement reads: (table, column)."""
    match source:
        case Base():
            yield from ((source.name, name) for name in names)
        case Grouped():
            yield from columns_read(source.items.source, _read(source.sums[name][0] for name in names))
        case Joined():
            yield from columns_read(source.left, [name for name in names if name not in source.names])
            here = [name for name in names if name in source.names]
            yield from columns_read(source.sums, here) if here else ()
        case Carried():
            theirs = [source.table.defined[name] for name in names if name in source.names]
            yield from columns_read(source.table.source, _read(theirs))
            yield from columns_read(source.items, [name for name in names if name not in source.names])
