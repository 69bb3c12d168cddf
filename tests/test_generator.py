"""The rulings hold on packs and enterprises that nobody chose. That the engines agree on them: `test_differential`."""

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from innovation_rules.audit import generator
from innovation_rules.audit.differential import generated_pack
from innovation_rules.case import Case
from innovation_rules.engines import interpreter
from innovation_rules.errors import PackError
from innovation_rules.pack import link
from innovation_rules.program import Interval, OneOf, Result, compare


def narrower(after: Result, before: Result) -> bool:
    """Whether what is known after learning a fact was possible before."""
    if before is None or after == before:
        return True
    if after is None:
        return False
    if isinstance(before, Interval):
        low, high = after if isinstance(after, Interval) else (after, after)
        return before.low <= low and high <= before.high  # type: ignore[operator]
    if isinstance(before, OneOf):
        return after <= before if isinstance(after, OneOf) else after in before
    return False


@given(seed=st.integers(0, 10**9))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_learning_a_fact_only_narrows(seed: int, tmp_path: Path) -> None:
    """Whatever base fact is forgotten, every result stays possible."""
    random = Random(seed)
    pack = generated_pack(random, tmp_path)
    program = pack.program(2020)
    enterprise = generator.enterprise(program, pack.head, random)
    case = program.frame.case(enterprise, 2020, program.law_date)
    known = interpreter.evaluate(program, case)
    for index, value in enumerate(case.values):
        if value is None:
            continue
        values = (*case.values[:index], None, *case.values[index + 1 :])
        forgetful = interpreter.evaluate(program, Case(**{**_fields(case), "values": values}))
        for node, (after, before) in enumerate(zip(known, forgetful, strict=True)):
            note(f"{program.frame.facts[index].name}: {program.nodes[node]}")
            assert narrower(after, before)


def _fields(case: Case) -> dict[str, object]:
    return {name: getattr(case, name) for name in Case.__dataclass_fields__}


def test_a_pack_that_is_ill_typed_is_rejected_with_a_place(tmp_path: Path) -> None:
    """One figure of a good random pack loses its unit: a PackError that points at it."""
    random = Random(3)
    pack = generated_pack(random, tmp_path)
    path = tmp_path / "generated.yaml"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["facts"]["spoilt"] = {"label": "坏", "when": {"main_business_revenue": {"at_least": "2000"}}}
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        link(path)
    found = [one for one in caught.value.diagnostics if one.code == "bare-number"]
    assert len(found) == 1
    assert found[0].place is not None
    assert pack.id == "generated"


def test_comparisons_of_intervals_are_sharp() -> None:
    """An interval answers as soon as both of its ends do, and not before."""
    assert compare(Interval(2, 5), ">=", 2) is True
    assert compare(Interval(2, 5), ">=", 3) is None
    assert compare(Interval(2, 5), ">", 5) is False
    assert compare(OneOf({1, 9}), "==", 5) is False
