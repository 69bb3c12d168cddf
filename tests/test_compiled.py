"""The compiled engine says what the interpreter says, and runs nothing but what it generated."""

from __future__ import annotations

import ast
import gc
import pickle
import random
import re
import weakref
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import (
    Builder,
    activity,
    allows,
    random_case,
    random_program,
    random_value,
    same,
    with_less,
)

from innovation_rules import engines
from innovation_rules.engines import compiled, interpreter
from innovation_rules.gaps import walk_again
from innovation_rules.program import Compare, Fact, Member
from innovation_rules.quantities import Type

RANDOM = st.randoms(use_true_random=False)
UNKNOWN = st.sampled_from((0.0, 0.1, 0.25, 0.5))
settings.register_profile("core", suppress_health_check=[HealthCheck.too_slow], deadline=None)
CORE = settings(settings.get_profile("core"), max_examples=120)


@CORE
@given(RANDOM, st.sampled_from((25, 40, 60)), UNKNOWN)
def test_compiled_agrees_with_the_interpreter(rng: random.Random, size: int, unknown: float) -> None:
    program = random_program(rng, size)
    for _ in range(4):
        case = random_case(rng, program, unknown)
        pairs = zip(interpreter.evaluate(program, case), compiled.evaluate(program, case), strict=True)
        for index, (meant, given_) in enumerate(pairs):
            assert same(meant, given_), (index, program.nodes[index], meant, given_)


@pytest.mark.slow
def test_compiled_agrees_with_the_interpreter_on_many_seeds() -> None:
    for seed in range(300):
        rng = random.Random(seed)
        program = random_program(rng, rng.choice((30, 45, 80)))
        for _ in range(5):
            case = random_case(rng, program, rng.choice((0, 0.1, 0.25, 0.5)))
            pairs = zip(interpreter.evaluate(program, case), compiled.evaluate(program, case), strict=True)
            assert all(same(meant, given_) for meant, given_ in pairs), seed


@CORE
@given(RANDOM, UNKNOWN)
def test_knowing_less_never_excludes_the_true_result(rng: random.Random, unknown: float) -> None:
    program = random_program(rng)
    case = random_case(rng, program, unknown)
    for _ in range(4):
        less = with_less(rng, case)
        pairs = zip(compiled.evaluate(program, less), compiled.evaluate(program, case), strict=True)
        for index, (dim, clear) in enumerate(pairs):
            assert allows(dim, clear), (index, program.nodes[index], dim, clear)
        case = less


def test_nothing_of_a_pack_or_its_data_stands_in_the_text() -> None:
    builder = Builder()
    hostile = '"); import os; os.abort() #'
    value = builder.fact(hostile, Type.CHOICE, hostile, zh=hostile)
    builder.coverage(builder.add(Member(value, (hostile, "b"))), id=hostile)
    builder.count(Member(0, (hostile,)), categories=(hostile,))
    program = builder.program(labels={hostile: hostile})
    text = compiled.source(program)
    assert "import" not in text
    assert "abort" not in text
    assert '"' not in text
    assert "'" not in text
    assert compiled.evaluate(program, builder.case())[1] is True


NAMES = re.compile(r"[fvblhk]\d+|k_int|case|a|x|t|n|(items|quals)\d*|blank|quals_known|evaluate")


@pytest.mark.parametrize("seed", range(30))
def test_every_identifier_is_on_the_list(seed: int) -> None:
    text = compiled.source(random_program(random.Random(seed), 60))
    tree = ast.parse(text)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {name for name in names if not NAMES.fullmatch(name)} <= set(compiled._NAMES)
    fields = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    case_fields = {"values", "as_of", "activities", "unsurveyed", "qualifications", "qualifications_known"}
    assert fields <= case_fields | {"count", "startswith", "isdisjoint", "__class__"}
    constants = {type(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert constants <= {int, bool, type(None)}


def test_the_source_is_the_same_for_equal_programs() -> None:
    assert compiled.source(random_program(random.Random(7))) == compiled.source(
        random_program(random.Random(7))
    )


def test_a_program_stays_picklable_and_its_function_dies_with_it() -> None:
    program = random_program(random.Random(1))
    case = random_case(random.Random(2), program)
    before = compiled.evaluate(program, case)
    assert compiled.function(program) is compiled.function(program)
    copy = pickle.loads(pickle.dumps(program))
    assert copy == program
    assert compiled.evaluate(copy, case) == before
    function = weakref.ref(compiled.function(program))
    del program
    gc.collect()
    assert function() is None


def test_a_case_of_another_frame_is_refused() -> None:
    builder = Builder()
    builder.fact("a")
    with pytest.raises(ValueError, match="unpack"):
        compiled.evaluate(builder.program(), Builder().case())


@pytest.mark.slow
def test_a_thousand_rules() -> None:
    builder = Builder()
    facts = [builder.fact(f"m{index}", value=index) for index in range(200)]
    tests = [builder.at_least(facts[index % 200], index) for index in range(1000)]
    for index in range(1000):
        builder.award(
            builder.all(tests[index], builder.negate(tests[index * 7 % 1000]), tests[index * 3 % 1000])
        )
    program = builder.program()
    assert compiled.evaluate(program, builder.case()) == interpreter.evaluate(program, builder.case())


def test_a_chain_as_deep_as_the_program_is_long() -> None:
    builder = Builder()
    node = builder.fact("m", value=1)
    for _ in range(3000):
        node = builder.linear((1, node), (1, node))
    builder.coverage(builder.at_least(node, 1))
    program, case = builder.program(), builder.case()
    decision = engines.decide(program, case, subject=engines_subject())
    assert decision.results == interpreter.evaluate(program, case)
    assert decision.near_misses == ()
    assert sum(1 for _ in decision.coverages["covered_thing"].reason.walk()) < 10_000
    unknown = engines.decide(program, builder_case_unknown(builder), subject=engines_subject())
    assert unknown.missing == ("m",)


def engines_subject() -> engines.Who:
    from innovation_rules.decision import Subject

    return Subject("91350100M000100Y43", "某厂")


def builder_case_unknown(builder: Builder) -> object:
    from programs import case

    return case([None] * len(builder.values))


# ------------------------------------------------------------------------------------------- by name


def test_engines_are_had_by_name() -> None:
    assert engines.engine("interpreter") is interpreter
    assert engines.engine() is compiled
    assert engines.absent("compiled") is None


def test_an_unknown_engine_is_answered_with_the_nearest() -> None:
    with pytest.raises(engines.EngineError) as raised:
        engines.engine("compild")
    assert "compiled" in raised.value.diagnostics[0].help("en")


def test_an_absent_extra_is_reported_and_never_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> object:
        raise ModuleNotFoundError("No module named 'durable'", name="durable")

    monkeypatch.setattr(engines, "import_module", refuse)
    error = engines.absent("rete")
    assert error is not None
    assert error.diagnostics[0].code == "engine-absent"
    builder = Builder()
    with pytest.raises(engines.EngineError):
        engines.decide(builder.program(), builder.case(), subject=engines_subject(), engine="rete")


def test_a_broken_module_of_our_own_is_no_absent_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> object:
        raise ImportError("broken")

    monkeypatch.setattr(engines, "import_module", refuse)
    with pytest.raises(ImportError):
        engines.engine("interpreter")


def test_activities_reach_the_generated_loop() -> None:
    builder = Builder()
    node = builder.count(Member(0, ("platform",)), Compare(2, ">=", 3))
    case = builder.case(activities=[activity(level=2)])
    assert (
        compiled.evaluate(builder.program(), case)[node]
        == interpreter.evaluate(builder.program(), case)[node]
    )


# ------------------------------------------------------------------------------------------- what if


@settings(CORE, max_examples=60)
@given(RANDOM)
def test_a_what_if_gives_what_a_whole_run_would(rng: random.Random) -> None:
    program = random_program(rng)
    column = rng.randrange(len(program.frame.facts))
    node = next(index for index, one in enumerate(program.nodes) if one == Fact(column))
    for _ in range(compiled.WORTHWHILE + 3):
        case = random_case(rng, program, 0.2)
        value = random_value(rng, program.frame.facts[column].spec)
        moved = replace(case, values=(*case.values[:column], value, *case.values[column + 1 :]))
        results = compiled.evaluate(program, case)
        whole = interpreter.evaluate(program, moved)
        for run in (compiled.again, walk_again):
            pairs = zip(run(program, case, results, node, value), whole, strict=True)
            assert all(same(again, meant) for again, meant in pairs)


def test_a_what_if_of_a_count() -> None:
    builder = Builder()
    node = builder.count(Member(0, ("platform",)))
    leaf = builder.at_least(node, 2)
    program, case = builder.program(), builder.case(activities=[activity()])
    results = compiled.evaluate(program, case)
    for _ in range(compiled.WORTHWHILE + 2):
        assert compiled.again(program, case, results, node, 2)[leaf] is True
        assert results[leaf] is False
