"""Run a backend on Cases, one row each, and read a Result for every node: how the tests hold it to the interpreter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from innovation_rules.case import Case
from innovation_rules.engines.bulk.adapter import Backend, E, Kind, T
from innovation_rules.engines.bulk.missing import Missing, item_gaps, names
from innovation_rules.engines.bulk.outcomes import BITS, Outcomes, kept
from innovation_rules.engines.bulk.plan import (
    ACTIVITY,
    FACT,
    HELD,
    QUALIFICATION,
    UNSURVEYED,
    Plan,
    Tables,
    columns_of,
    named,
)
from innovation_rules.engines.bulk.values import Options, Scalar, Shape, Span
from innovation_rules.facts import CATEGORIES
from innovation_rules.program import OneOf, Program, Result, is_plain, spread


def tables(program: Program, cases: Sequence[Case], backend: Backend[E, T]) -> Tables[T]:
    """The tables of some cases."""
    frame = program.frame
    facts: dict[str, list[Any]] = {"rowno": list(range(len(cases)))}
    facts |= {f"{FACT}{at}": [case.values[at] for case in cases] for at in range(len(frame.facts))}
    for category in CATEGORIES:
        facts[f"{UNSURVEYED}{category}"] = [category in case.unsurveyed for case in cases]
    facts[HELD] = [case.qualifications_known for case in cases]
    kinds = columns_of(frame)
    return Tables(
        backend.build(facts, kinds["enterprises"]),
        backend.build(
            _items(ACTIVITY, [case.activities for case in cases], kinds["activities"]), kinds["activities"]
        ),
        backend.build(
            _items(QUALIFICATION, [case.qualifications for case in cases], kinds["qualifications"]),
            kinds["qualifications"],
        ),
    )


def _items(
    letter: str, lists: Sequence[Sequence[Sequence[Any]]], kinds: Mapping[str, Kind]
) -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = {"rowno": [row for row, items in enumerate(lists) for _ in items]}
    for at in range(len(kinds) - 1):
        table[f"{letter}{at}"] = [item[at] for items in lists for item in items]
    return table


def evaluate(program: Program, cases: Sequence[Case], backend: Backend[E, T]) -> list[tuple[Result, ...]]:
    """One result a node for each case; the cases share their as-of date."""
    plan = Plan(program, backend, cases[0].as_of, keep=range(len(program.nodes)))
    table = plan.run(tables(program, cases, backend))
    wanted: dict[str, E] = {}

    def column(name: str, value: E) -> E:
        wanted[name] = value
        return name  # type: ignore[return-value]

    shapes = [named(f"r{i}", shape, column, plan.lowering.a.null) for i, shape in enumerate(plan.shapes)]
    read = backend.collect(table, wanted)
    none: list[Any] = [None] * len(cases)
    found = [results(shape, lambda name: read[name] if isinstance(name, str) else none) for shape in shapes]
    return list(zip(*found, strict=True))


class OneByOne:
    """What an engine does with one case: a table of one row."""

    def __init__(self, backend: Callable[[], Backend[Any, Any]]) -> None:
        self.backend = backend

    def __call__(self, program: Program, case: Case) -> tuple[Result, ...]:
        """One result a node. Raises BulkError for a program whose numbers no column can hold."""
        return evaluate(program, [case], self.backend())[0]


def answers(program: Program, cases: Sequence[Case], backend: Backend[E, T]) -> dict[str, list[Any]]:
    """The columns that come out for some cases; the cases share their as-of date."""
    plan = Plan(program, backend, cases[0].as_of, keep=kept(program))
    table = plan.run(tables(program, cases, backend))
    return backend.collect(table, Outcomes(plan).every().values)


def missing(program: Program, cases: Sequence[Case], backend: Backend[E, T]) -> list[set[str]]:
    """The names of what each case misses; the cases share their as-of date."""
    plan = Plan(program, backend, cases[0].as_of, keep=kept(program), also=item_gaps)
    table = plan.run(tables(program, cases, backend))
    masks: dict[str, list[Any]] = backend.collect(table, Missing(plan).masks())
    every = names(program)
    return [
        {name for at, name in enumerate(every) if masks[f"missing_{at // BITS}"][row] >> at % BITS & 1}
        for row in range(len(cases))
    ]


def results(shape: Shape[Any], read: Callable[[Any], Sequence[Any]]) -> list[Result]:
    """The results that a shape holds, row by row."""
    if isinstance(shape, Scalar):
        below = [1] * len(read(shape.value)) if shape.by is None else read(shape.by.value)
        pairs = zip(read(shape.value), below, strict=True)
        return [_number(value, shape.factor / (by or 1)) for value, by in pairs]
    if isinstance(shape, Span):
        ends = zip(read(shape.low), read(shape.high), strict=True)
        return [spread(_number(low, shape.factor), _number(high, shape.factor)) for low, high in ends]  # type: ignore[arg-type]
    return _options(shape, read)


def _number(value: Any, factor: Fraction) -> Result:
    if value is None or isinstance(value, str | bool):
        return value
    exact: Fraction = value * factor
    return exact.numerator if exact.denominator == 1 else exact


def _options(shape: Options[Any], read: Callable[[Any], Sequence[Any]]) -> list[Result]:
    rows = [(read(possible), results(value, read)) for possible, value in shape.branches]
    found: list[Result] = []
    for at, open_ in enumerate(read(shape.open)):
        left = [values[at] for possible, values in rows if possible[at]]
        if not open_:
            found.append(left[0])
        else:
            found.append(OneOf(left) if all(is_plain(one) for one in left) else None)
    return found
