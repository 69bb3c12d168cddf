"""The bulk engines say in columns what the interpreter says of each case: results, statuses, amounts, reason codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from programs import Builder, random_case, random_program

from innovation_rules import load_pack
from innovation_rules.audit import generator
from innovation_rules.audit.differential import generated_pack
from innovation_rules.case import Case, Frame
from innovation_rules.decision import Decision, Subject
from innovation_rules.engines import interpreter
from innovation_rules.facts import FactSpec
from innovation_rules.gaps import outcomes
from innovation_rules.program import Linear, Program, Result
from innovation_rules.quantities import Type

pytest.importorskip("polars", reason="the extra `bulk` is not installed")

from innovation_rules.engines.bulk import cases as bulk
from innovation_rules.engines.bulk.outcomes import legend
from innovation_rules.engines.bulk.values import BulkError

AS_OF = 737_790
SUBJECT = Subject("91350100M000100Y43", "随机企业")


def polars() -> Any:
    from innovation_rules.engines.bulk.polars import Polars

    return Polars()


def duckdb() -> Any:
    from innovation_rules.engines.bulk.duckdb import DuckDB

    return DuckDB()


@pytest.fixture(params=[polars, duckdb], ids=["polars", "duckdb"])
def backend(request: pytest.FixtureRequest) -> Any:
    """Each backend in turn."""
    if request.param is duckdb:
        pytest.importorskip("duckdb", reason="the extra `bulk` is not installed")
    return request.param()


def bounded(program: Program) -> Program:
    """The same program over facts that declare a range, as those of a pack do."""

    def ranged(spec: FactSpec) -> FactSpec:
        plain = spec.type in (Type.COUNT, Type.NUMBER, Type.MONEY, Type.RATIO, Type.POINTS)
        return replace(spec, low=-(10**9), high=10**9) if plain else spec

    frame = program.frame
    return replace(
        program,
        frame=Frame(
            tuple(replace(fact, spec=ranged(fact.spec)) for fact in frame.facts),
            tuple(map(ranged, frame.activity_facts)),
            tuple(map(ranged, frame.qualification_facts)),
        ),
    )


def same(meant: Result, given: Result) -> bool:
    return meant == given and isinstance(meant, bool) is isinstance(given, bool)


def assert_results(program: Program, cases: Sequence[Case], backend: Any) -> None:
    """Every node gives what the interpreter gives."""
    for case, given in zip(cases, bulk.evaluate(program, cases, backend), strict=True):
        for node, meant, found in zip(program.nodes, interpreter.evaluate(program, case), given, strict=True):
            assert same(meant, found), (node, meant, found)


def assert_answers(program: Program, cases: Sequence[Case], backend: Any) -> None:
    """Every column gives what the decision gives."""
    columns = bulk.answers(program, cases, backend)
    for row, case in enumerate(cases):
        results = interpreter.evaluate(program, case)
        decision = Decision(program, case, results, SUBJECT)
        given = {name: values[row] for name, values in columns.items()}
        for name, meant in expected(decision):
            assert given[name] == meant, (name, meant, given[name])


def expected(decision: Decision) -> list[tuple[str, object]]:
    """The columns that a decision must become."""
    results, found = decision.results, list[tuple[str, object]]()
    for one in outcomes(decision.program):
        rule = decision.program.classes[one.place] if one.kind == "classes" else None
        if rule is not None and rule.many:
            pairs = zip(rule.values, rule.many, strict=True)
            found += [(f"{one.key}.{choice.id}", results[node]) for choice, node in pairs]
            continue
        found.append((one.key, one.status(results)))
        if one.kind == "awards" and (rule_ := decision.program.awards[one.place]).amount is not None:
            amount = decision.awards[one.id].amount
            if decision.program.in_force and rule_.in_force and rule_.decided:
                low, high = amount or (None, None)
                found += [(f"{one.key}.low", low), (f"{one.key}.high", high)]
    for masked in ("failed", "unknown"):
        found += masks(decision, masked, False if masked == "failed" else None)
    return found


def masks(decision: Decision, name: str, result: Result) -> list[tuple[str, object]]:
    bits: dict[int, int] = {}
    for code in legend(decision.program):
        bits.setdefault(code.mask, 0)
        if decision.results[code.node] is result:
            bits[code.mask] |= 1 << code.bit
    return [(f"{name}_{mask}", value) for mask, value in bits.items()]


def random_programs(seeds: Sequence[int], cases: int, check: Callable[..., None], backend: Any) -> int:
    """How many cases were checked; programs whose numbers no column can hold are refused."""
    done = 0
    for seed in seeds:
        random = Random(seed)
        program = bounded(random_program(random, random.choice((25, 40, 60))))
        unknown = random.choice((0, 0.1, 0.25, 0.5))
        some = [replace(random_case(random, program, unknown), as_of=AS_OF) for _ in range(cases)]
        try:
            check(program, some, backend)
        except BulkError:
            continue
        done += cases
    return done


def test_random_programs_node_by_node(backend: Any) -> None:
    size = 12 if backend.__class__.__name__ == "Polars" else 3
    assert random_programs(range(size), 20, assert_results, backend) >= 20 * (size - 2)


def test_random_packs_column_by_column(backend: Any, tmp_path: Path) -> None:
    random = Random(11)
    pack = generated_pack(random, tmp_path)
    program = pack.program(2020)
    made = [generator.enterprise(program, pack.head, random) for _ in range(60)]
    cases = [program.frame.case(one, 2020, program.law_date) for one in made]
    assert_answers(program, cases, backend)


@pytest.mark.parametrize(
    "name",
    [
        "pingxiang",
        *(
            pytest.param(one, marks=pytest.mark.deep)
            for one in ("changzhi", "changzhi_hightech_zone", "shanxi", "hengshui")
        ),
    ],
)
def test_our_packs_column_by_column(name: str) -> None:
    pack, random, backend = load_pack(name), Random(5), polars()
    program = pack.program(2020)
    made = [generator.enterprise(program, pack.head, random) for _ in range(80)]
    assert_answers(program, [program.frame.case(one, 2020, program.law_date) for one in made], backend)


def test_a_number_beyond_128_bits_is_refused() -> None:
    builder = Builder()
    fact = builder.fact("huge", Type.MONEY)
    builder.add(Linear(((10**30, fact),), 1))
    program, case = builder.program(), replace(builder.case(), as_of=AS_OF, values=(1,))
    with pytest.raises(BulkError) as caught:
        bulk.evaluate(program, [case], polars())
    assert caught.value.diagnostics[0].code == "bulk-overflow"


@pytest.mark.parametrize("figure", [2**63 - 1, -(2**63) + 1, 2**62])
def test_arithmetic_at_the_edge_of_64_bits_is_widened(figure: int, backend: Any) -> None:
    builder = Builder()
    one, two = builder.fact("one", Type.MONEY), builder.fact("two", Type.MONEY)
    builder.add(Linear(((1, one), (1, two), (3, one)), 7))
    program = builder.program()
    case = replace(builder.case(), as_of=AS_OF, values=(figure, figure))
    assert_results(program, [case, replace(case, values=(None, figure))], backend)


@pytest.mark.deep
def test_many_random_packs(backend: Any, tmp_path: Path) -> None:
    """10,000 cases a backend, no difference."""
    packs, cases = 50, 200
    for seed in range(packs):
        random = Random(seed)
        pack = generated_pack(random, tmp_path)
        program = pack.program(2020)
        made = [generator.enterprise(program, pack.head, random) for _ in range(cases)]
        assert_answers(program, [program.frame.case(one, 2020, program.law_date) for one in made], backend)
    print(f"{packs * cases} cases, 0 differences")
