"""The statement of a program for readers and for other systems: a head that says what it reads, readable columns.

`commands.sql` prints it, `tables.spark_job` runs it. The text of the same program, date and dialect is always the same.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from innovation_rules.case import BaseFact, Frame
from innovation_rules.engines.bulk.adapter import Kind
from innovation_rules.engines.bulk.outcomes import Outcomes, kept, legend
from innovation_rules.engines.bulk.plan import (
    ACTIVITY,
    FACT,
    HELD,
    QUALIFICATION,
    UNSURVEYED,
    Plan,
    Tables,
    columns_of,
)
from innovation_rules.engines.bulk.sql import WIDTH, Base, Dialect, Shown, Sql, Table
from innovation_rules.engines.bulk.terms import Term
from innovation_rules.errors import Lang, Words
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.gaps import outcomes
from innovation_rules.program import Aggregate, Program
from innovation_rules.quantities import SCALE, Type

TABLES: Final = ("enterprises", "activities", "qualifications")
SURVEY: Final = Words("true：没有人调查过", "true: nobody surveyed it")
_OWN: Final = re.compile(r"rowno|[a-z][0-9]+(_.*)?")
HELD_NAME: Final = "qualifications_known"


class Read(NamedTuple):
    """A column that a statement reads: its name, that of `columns_of`, and its kind."""

    name: str
    short: str
    kind: Kind


@dataclass(frozen=True)
class Script:
    """A statement, the columns that it reads of each table, and those that it gives."""

    text: str
    reads: Mapping[str, Sequence[Read]]
    columns: tuple[str, ...]


def names_of(frame: Frame) -> dict[str, str]:
    """Readable names of the columns of `columns_of(frame)`: `operating_revenue@2020` for f3.

    A name that could be one of the statement's own columns is left out.
    """
    names = {f"{FACT}{at}": fact.name for at, fact in enumerate(frame.facts)}
    names |= {f"{ACTIVITY}{at}": spec.name for at, spec in enumerate(frame.activity_facts)}
    names |= {f"{QUALIFICATION}{at}": spec.name for at, spec in enumerate(frame.qualification_facts)}
    names |= {f"{UNSURVEYED}{one}": f"unsurveyed_{one}" for one in CATEGORIES} | {HELD: HELD_NAME}
    return {short: name for short, name in names.items() if not _OWN.fullmatch(name)}


def script(
    program: Program,
    as_of: date,
    dialect: Dialect,
    lang: Lang = "zh",
    head: Sequence[str] = (),
    beside: Sequence[str] = (),
) -> Script:
    """The statement that decides the tables enterprises, activities and qualifications as of a date.

    `beside` are columns of the enterprises' table that come out as they are. Raises BulkError for a program that
    the dialect cannot decide exactly.
    """
    backend, names = Sql(), names_of(program.frame)
    plan = Plan(program, backend, as_of.toordinal(), keep=kept(program))
    table = plan.run(Tables(*(Table(Base(name)) for name in TABLES)))
    facts = {fact.name: f"{FACT}{at}" for at, fact in enumerate(program.frame.facts)}
    columns: dict[str, Term] = {name: backend.column(facts.get(name, name)) for name in beside}
    columns |= Outcomes(plan).every().values
    kinds = columns_of(program.frame)
    reads = {
        where: [Read(names.get(one, one), one, kinds[where].get(one, "text")) for one in ("rowno", *found)]
        for where, found in backend.reads(table, columns).items()
    }
    body = backend.statement(table, columns, dialect, Shown(names, _notes(program)))
    comment = [*head, *_listed(program.frame, reads, dialect, lang), *_legend(program, lang)]
    text = "".join(f"{line}\n" for line in (*_commented(comment), body)).rstrip("\n") + ";\n"
    return Script(text, reads, tuple(columns))


def _commented(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if len(line) + 3 <= WIDTH or not line.strip():
            yield f"-- {line}".rstrip()
            continue
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        for part in textwrap.wrap(line, WIDTH - 3, subsequent_indent=indent, break_long_words=False):
            yield f"-- {part}"


# ------------------------------------------------------------------------------------------------ the head


def _listed(frame: Frame, reads: Mapping[str, Sequence[Read]], dialect: Dialect, lang: Lang) -> Iterator[str]:
    meanings = dict(_meanings(frame, lang))
    for table, columns in reads.items():
        yield ""
        yield Words(f"读取表 {table}：", f"reads the table {table}:").in_(lang)
        for one in columns:
            yield f"  {one.name} {dialect.types[one.kind]}  {meanings.get(one.short, '')}".rstrip()


def _meanings(frame: Frame, lang: Lang) -> Iterator[tuple[str, str]]:
    yield "rowno", Words("企业序号，每户一个", "the number of an enterprise, one each").in_(lang)
    for at, fact in enumerate(frame.facts):
        yield f"{FACT}{at}", f"{_label(fact)}{_unit(fact.spec, lang)}"
    for letter, specs in ((ACTIVITY, frame.activity_facts), (QUALIFICATION, frame.qualification_facts)):
        for at, spec in enumerate(specs):
            yield f"{letter}{at}", f"{spec.zh}{_unit(spec, lang)}"
    for one, zh in CATEGORIES.items():
        yield f"{UNSURVEYED}{one}", f"{zh}，{SURVEY.in_(lang)}"
    yield HELD, Words("true：资质已全部列出", "true: every qualification is listed").in_(lang)


def _label(fact: BaseFact) -> str:
    year = "" if fact.year is None else f"（{fact.year}）"
    key = "" if fact.key is None else f"[{fact.key}]"
    return f"{fact.spec.zh}{key}{year}"


_UNITS: Final[Mapping[Type, Words]] = {
    Type.MONEY: Words("分", "分, 1/100 元"),
    Type.RATIO: Words("百万分之一", "millionths"),
    Type.DATE: Words("日序，公元 1 年 1 月 1 日为 1", "ordinal day, 0001-01-01 is 1"),
    Type.LEVEL: Words("级别序号，从 0 起", "rank of the level, from 0"),
}


def _unit(spec: FactSpec, lang: Lang) -> str:
    unit = _UNITS.get(spec.type)
    said = unit.in_(lang) if unit else spec.unit or ""
    if unit is None and SCALE.get(spec.type, 1) != 1:
        said = f"{said} × {SCALE[spec.type]}".strip()
    return f"，{said}" if said else ""


def _legend(program: Program, lang: Lang) -> Iterator[str]:
    """What each bit of the masks stands for."""
    yield ""
    yield Words(
        "failed_k、unknown_k：不成立的、不明的测试，一位一项：",
        "failed_k, unknown_k: the tests that fail, that are not known, a bit each:",
    ).in_(lang)
    for code in legend(program):
        said = " ".join(f"{code.path} {code.clause} {code.label}".split())
        yield f"  {code.mask}.{code.bit} {said}"


def _notes(program: Program) -> dict[str, str]:
    """Comments in the statement: what each sum and each column that comes out is."""
    notes: dict[str, str] = {}
    for at, node in enumerate(program.nodes):
        if isinstance(node, Aggregate):
            origin = program.origins[at]
            notes[f"n{at}_low"] = _one_line(f"{origin.path} {origin.name or origin.label}")
    for one in outcomes(program):
        notes[one.key] = _one_line(f"{one.label} {one.clause}")
    return notes


def _one_line(text: str) -> str:
    return " ".join(text.split())
