"""The column contract: which columns each table may have, read off the vocabulary and what a pack declares.

`intake` binds the columns of a table to it, `dictionary` prints it. Money in whole numbers and decimals is 元, in a
column whose name ends in `_fen` (`_分`) whole 分.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from innovation_rules.errors import DataError, Diagnostic, nearest
from innovation_rules.facts import CATEGORIES, VOCABULARY, FactSpec, Owner
from innovation_rules.fields import FIRST_YEAR, LAST_YEAR
from innovation_rules.program import Program
from innovation_rules.quantities import FOREVER, QUANTITIES, Type

Table: TypeAlias = Literal["enterprises", "reports", "activities", "qualifications"]
TABLES: Final[tuple[Table, ...]] = ("enterprises", "reports", "activities", "qualifications")
TABLES_ZH: Final[Mapping[Table, str]] = {
    "enterprises": "企业",
    "reports": "年度报告",
    "activities": "创新活动",
    "qualifications": "资质",
}
OWNERS: Final[Mapping[Table, Owner]] = {
    "enterprises": "enterprise",
    "reports": "report",
    "activities": "activity",
    "qualifications": "qualification",
}
REQUIRED: Final[Mapping[Table, tuple[str, ...]]] = {
    "enterprises": ("uscc",),
    "reports": ("uscc", "year"),
    "activities": ("uscc", "category", "kind"),
    "qualifications": ("uscc", "kind"),
}
"""The columns that a table must have, and that must be filled in every row."""

Form: TypeAlias = Literal[
    "uscc",
    "region",
    "industry",
    "year",
    "day",
    "end",
    "level",
    "choice",
    "text",
    "texts",
    "yes_no",
    "quantity",
    "raw",
]
"""How a cell is read."""
ENDS: Final[Mapping[str, Mapping[str, str]]] = {
    "ended": {"ongoing": "ongoing", "持续": "ongoing"},
    "expires": {"never": "never", "长期": "never"},
}
"""The words that a date column also takes for no end."""
NO_END: Final = date.fromordinal(FOREVER)
"""The day that says the same."""
SURVEYED: Final[Mapping[str, str]] = {
    "activities_surveyed": "创新活动已调查",
    "qualifications_surveyed": "资质已调查",
}
DATABASES: Final[Mapping[str, str]] = {
    ".duckdb": "duckdb",
    ".db": "sqlite",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
}
SCHEMES: Final = ("postgresql://", "postgres://")
SNAPSHOT: Final = "snapshot.json"
"""The file by which a folder is told to hold a snapshot."""
INPUT: Final = "inputs."
FOUND_ON: Final = "_found_on"
_LISTS: Final = frozenset({"zones", "partners", "evidence"})
_FEN: Final = ("_fen", "_分")
_IN_DIRECTORY: Final = re.compile("(?:in_directory|在库规上)_([0-9]{4})")


def is_tables(where: str) -> bool:
    """Whether what the command line names is tables, and no file of records."""
    return where.startswith(SCHEMES) or Path(where).is_dir() or Path(where).suffix.lower() in DATABASES


def is_snapshot(where: str) -> bool:
    """Whether a folder holds a snapshot, and no tables that others wrote."""
    return Path(where, SNAPSHOT).is_file()


@dataclass(frozen=True, slots=True)
class Column:
    """One column that a table may have: how its cells are read, and the fact that they hold."""

    table: Table
    name: str
    zh: str
    form: Form
    spec: FactSpec | None = None
    year: int | None = None
    declared: bool = False
    """A pack declares it: it stands among the record's `inputs`."""
    found_on: bool = False
    """The day on which an authority found the declared value; what was found later is unknown."""

    @property
    def input(self) -> str:
        """The name of the declared value that it holds, or whose day."""
        return self.name.removesuffix(FOUND_ON) if self.found_on else self.name


class Given(NamedTuple):
    """A column that a table has."""

    column: Column
    written: str
    """Its name in the table."""
    fen: bool = False


def _form(spec: FactSpec) -> Form:
    if spec.type in QUANTITIES:
        return "quantity"
    if spec.name in ENDS and not spec.declared:
        return "end"
    if spec.name in _LISTS and not spec.declared:
        return "texts"
    if not spec.declared and spec.name in ("uscc", "region", "industry"):
        return spec.name  # type: ignore[return-value]
    if spec.choices and spec.type is not Type.LEVEL:
        return "choice"
    return _FORMS.get(spec.type, "text")


_FORMS: Final[Mapping[Type, Form]] = {Type.YES_NO: "yes_no", Type.DATE: "day", Type.LEVEL: "level"}


def columns_of_model(table: Table) -> Iterator[Column]:
    """The columns that do not depend on a pack."""
    if table != "enterprises":
        yield Column(table, "uscc", "统一社会信用代码", "uscc", VOCABULARY["enterprise", "uscc"])
    if table == "reports":
        yield Column(table, "year", "年份", "year")
    for (owner, name), spec in VOCABULARY.items():
        if owner == OWNERS[table] and name != "in_directory":
            yield Column(table, name, spec.zh, _form(spec), spec)
    if table == "enterprises":
        yield Column(table, "unsurveyed", "未调查类别", "texts")
        for name, zh in SURVEYED.items():
            yield Column(table, name, zh, "yes_no")


class Contract:
    """The columns of the four tables for a program of a pack."""

    def __init__(
        self,
        program: Program,
        inputs: Mapping[str, Iterable[str]],
        elsewhere: Iterable[str] = (),
        strict: bool = True,
    ) -> None:
        self.program, self.strict = program, strict
        self.elsewhere = frozenset(elsewhere)
        """Inputs that other packs declare: they say nothing here, and are no mistake."""
        self.tables: dict[Table, dict[str, Column]] = {}
        self.spellings: dict[Table, dict[str, str]] = {}
        for table in TABLES:
            model = {one.name: one for one in columns_of_model(table)}
            self.spellings[table] = {one.zh: name for name, one in model.items()}
            self.tables[table] = model | dict(self._inputs(table, inputs.get(OWNERS[table], ()), model))

    def _inputs(
        self, table: Table, names: Iterable[str], model: Mapping[str, Column]
    ) -> Iterator[tuple[str, Column]]:
        for name in names:
            spec = next(
                (one for one in _declared(self.program) if (one.owner, one.name) == (OWNERS[table], name)),
                None,
            )
            found = Column(
                table, name, spec.zh if spec else name, _form(spec) if spec else "raw", spec, declared=True
            )
            day = Column(table, name + FOUND_ON, f"{found.zh}认定日期", "day", declared=True, found_on=True)
            for key, one in ((name, found), (name + FOUND_ON, day)):
                yield INPUT + key, one
                if key not in model:
                    yield key, one

    def bind(self, table: Table, written: Iterable[str]) -> tuple[list[Given], list[Diagnostic]]:
        """The columns that a table has, and notes on what it has not, or has and nobody knows.

        Raises DataError where a key column is absent, a column stands twice, or, in a strict contract, is unknown.
        """
        found: dict[str, Given] = {}
        problems: list[Diagnostic] = []
        notes: list[Diagnostic] = []
        for name in written:
            given = self._given(table, name)
            if given is None:
                if self.strict and not self._known_elsewhere(name):
                    problems.append(self._unknown(table, name, "table-column-unknown"))
                else:
                    notes.append(self._unknown(table, name, "table-column-ignored"))
                continue
            key = given.column.name + ("/" if given.column.declared else "")
            if key in found:
                fields = {"table": table, "name": found[key].written, "other": name}
                problems.append(Diagnostic("table-column-twice", None, fields))
            found[key] = given
        problems += [
            Diagnostic("table-key-missing", None, {"table": table, "column": name})
            for name in REQUIRED[table]
            if name not in found
        ]
        if problems:
            raise DataError(problems)
        return list(found.values()), [*notes, *self._missing(table, found)]

    def _given(self, table: Table, written: str) -> Given | None:
        known, spelt = self.tables[table], self.spellings[table]
        name = spelt.get(written, written)
        if name in known:
            return Given(known[name], written)
        for end in _FEN:
            column = known.get(spelt.get(written.removesuffix(end), written.removesuffix(end)))
            if written.endswith(end) and column and column.spec and column.spec.type is Type.MONEY:
                return Given(column, written, fen=True)
        match = _IN_DIRECTORY.fullmatch(written) if table == "enterprises" else None
        if match and FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            year, spec = int(match[1]), VOCABULARY["enterprise", "in_directory"]
            return Given(
                Column(table, f"in_directory_{year}", f"在库规上_{year}", "yes_no", spec, year), written
            )
        return None

    def _known_elsewhere(self, name: str) -> bool:
        return name.removeprefix(INPUT).removesuffix(FOUND_ON) in self.elsewhere

    def _unknown(self, table: Table, name: str, code: str) -> Diagnostic:
        near = nearest(name, [*self.tables[table], *self.spellings[table]])
        return Diagnostic(code, None, {"table": table, "column": name, "nearest": near})

    def _missing(self, table: Table, found: Mapping[str, Given]) -> Iterator[Diagnostic]:
        """A column that the program reads and the table has not: unknown for all."""
        absent = [name for name in self.wanted(table) if name not in found]
        if absent:
            yield Diagnostic("table-columns-absent", None, {"table": table, "columns": absent})

    def wanted(self, table: Table) -> list[str]:
        """The columns that the program reads, by the key of `bind`."""
        frame = self.program.frame
        names: dict[str, None] = {}
        if table in ("enterprises", "reports"):
            for fact in frame.facts:
                if fact.spec.owner == OWNERS[table]:
                    year = f"_{fact.year}" if fact.spec.name == "in_directory" else ""
                    names[fact.spec.name + year + ("/" if fact.spec.declared else "")] = None
                elif fact.spec.owner == "region" and table == "enterprises":
                    names["region"] = None
            return list(names)
        specs = frame.activity_facts if table == "activities" else frame.qualification_facts
        for spec in specs:
            for name in READ_OFF.get(spec.name, (spec.name,)):
                names[name + ("/" if spec.declared else "")] = None
        return list(names)


READ_OFF: Final[Mapping[str, tuple[str, ...]]] = {
    "standing": ("status",),
    "evidenced": ("evidence",),
    "begun_by": ("started", "ended"),
    "lasted_until": ("ended",),
}
"""The columns that the facts of an activity are read off which no table holds."""


def _declared(program: Program) -> Iterator[FactSpec]:
    frame = program.frame
    every = (*(fact.spec for fact in frame.facts), *frame.activity_facts, *frame.qualification_facts)
    return (spec for spec in every if spec.declared)


def words_of(column: Column) -> Mapping[str, str]:
    """The closed list of a choice, each name and each Chinese name, with the value that it stands for."""
    choices = CATEGORIES if column.name == "unsurveyed" else column.spec.choices if column.spec else None
    return (
        {}
        if choices is None
        else {**{zh: name for name, zh in choices.items()}, **{name: name for name in choices}}
    )
