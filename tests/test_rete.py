"""durable_rules as the second engine: it says what the interpreter says, and nothing that kills it reaches anyone."""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import CHOICES, Builder, random_case, random_program, same

from innovation_rules import engines
from innovation_rules.audit import generator
from innovation_rules.case import Case
from innovation_rules.engines import EngineError, interpreter
from innovation_rules.errors import PackError
from innovation_rules.pack import Pack, load
from innovation_rules.program import (
    AtLeast,
    FirstMatch,
    Known,
    Member,
    OneOf,
    Program,
    Truth,
    TruthNode,
    Under,
    at_least_of,
)
from innovation_rules.quantities import Type

pytest.importorskip("durable_rules_engine", reason="the extra `rete` is not installed")

from innovation_rules.engines import rete, rete_host, rete_worker

ROOT = Path(__file__).parents[1]
PACKS = ("national", "shanxi", "changzhi", "changzhi_hightech_zone", "hengshui", "pingxiang")
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


def agree(program: Program, case: Case) -> None:
    meant, judged = interpreter.evaluate(program, case), rete.evaluate(program, case)
    for index, (left, right) in enumerate(zip(meant, judged, strict=True)):
        assert same(left, right), (index, program.nodes[index], left, right)


# ------------------------------------------------------------------------------------------- it agrees


@settings(SLOW, max_examples=8)
@given(st.randoms(use_true_random=False), st.sampled_from((0.0, 0.1, 0.25, 0.5)))
def test_it_agrees_on_random_programs(rng: random.Random, unknown: float) -> None:
    program = random_program(rng, rng.choice((30, 60)))
    for _ in range(4):
        agree(program, random_case(rng, program, unknown))


@pytest.mark.parametrize("name", PACKS)
def test_it_agrees_on_our_packs(name: str) -> None:
    pack, rng = load(name), random.Random(11)
    program = pack.program(2020)
    for _ in range(3):
        enterprise = generator.enterprise(program, pack.head, rng)
        agree(program, program.frame.case(enterprise, 2020, program.law_date))


def generated(seed: int, folder: Path) -> tuple[Pack, random.Random]:
    """A random pack that passes its checks."""
    rng, path = random.Random(seed), folder / "generated.yaml"
    while True:
        path.write_text(generator.pack_text(rng), encoding="utf-8")
        try:
            return load(path, cache=False), rng
        except PackError:
            continue


def pairs(seed: int, folder: Path, cases: int) -> int:
    pack, rng = generated(seed, folder)
    program = pack.program(rng.choice((2019, 2020)))
    for _ in range(cases):
        enterprise = generator.enterprise(program, pack.head, rng)
        agree(program, program.frame.case(enterprise, program.year, program.law_date))
    return cases


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_on_random_packs(seed: int, tmp_path: Path) -> None:
    pairs(seed, tmp_path, 10)


# ------------------------------------------------------------------------------------------- at the edges

EDGES = (0, 1, -1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) + 1, -(2**63), -(2**63) - 1, 10**40, None)


@pytest.mark.parametrize("bound", [0, 2**53, 2**63 - 1, -(2**63) + 1, 2**63, 10**30])
def test_whole_numbers_of_any_size_compare_exactly(bound: int) -> None:
    builder = Builder()
    value, other = builder.fact("a"), builder.fact("b")
    for op in (">=", ">", "<=", "<", "=="):
        builder.compare(value, op, builder.constant(bound))
        builder.compare(builder.constant(bound), op, value)
        builder.compare(value, op, other)
    program = builder.program()
    for edge in EDGES:
        for near in (bound - 1, bound, bound + 1):
            agree(program, Case(**{**fields(builder.case()), "values": (edge, near)}))


def fields(case: Case) -> dict[str, object]:
    return {name: getattr(case, name) for name in Case.__dataclass_fields__}


AWKWARD = (
    "a",
    "A",
    "5",
    "05",
    "true",
    "",
    "a.b",
    "$s",
    "a\nb",
    'q"',
    "\\",
    "%61",
    "规上",
    "规",
    "\ud800",
    "a" * 64,
    "a" * 65,
)


def test_texts_of_any_kind_are_told_apart() -> None:
    builder = Builder()
    value = builder.fact("word", Type.CHOICE)
    for word in AWKWARD:
        builder.add(Member(value, (word,)))
    builder.add(Member(value, AWKWARD[:3]))
    builder.add(Member(value, AWKWARD))
    program = builder.program()
    for word in (*AWKWARD, "b", "x" * 10_000_000, None):
        agree(program, Case(**{**fields(builder.case()), "values": (word,)}))


def test_codes_under_many_prefixes() -> None:
    builder = Builder()
    code = builder.fact("industry", Type.CODE)
    many = tuple(f"{number:02}" for number in range(13, 44))
    builder.add(Under(code, many))
    builder.add(Under(code, ("06", "0710", "251"), ("B", "C")))
    builder.add(Under(code, ("4",)))
    program = builder.program()
    for word in ("", "0", "06", "0610", "07", "071", "0710", "2511", "43", "4", "B", "C25", "9" * 200, None):
        agree(program, Case(**{**fields(builder.case()), "values": (word,)}))


@pytest.mark.parametrize(("need", "size"), [(1, 40), (40, 40), (3, 8), (5, 12), (2, 5), (7, 7), (1, 1)])
def test_wide_gates_and_counts_of_truths(need: int, size: int) -> None:
    builder = Builder()
    items = tuple(builder.is_true(builder.fact(f"t{index}", Type.YES_NO)) for index in range(size))
    node = builder.add(AtLeast(need, items))
    program, rng = builder.program(), random.Random(size)
    for unknown in (0.0, 0.2, 0.5):
        for share in (0.1, 0.5, 0.9, 1.0):
            truths: list[Truth] = [
                None if rng.random() < unknown else rng.random() < share for _ in range(size)
            ]
            case = Case(**{**fields(builder.case()), "values": tuple(truths)})
            assert rete.evaluate(program, case)[node] is at_least_of(need, truths)


def test_a_table_of_many_rows_says_which_is_the_first() -> None:
    builder = Builder()
    facts = [builder.fact(f"t{index}", Type.YES_NO) for index in range(25)]
    rows = [(builder.is_true(fact), builder.constant(index)) for index, fact in enumerate(facts)]
    builder.first_match(rows, builder.constant(99))
    program = builder.program()
    for true in (None, 0, 9, 10, 24):
        for unknown in (None, 0, 5, 11, 24):
            values = tuple(None if index == unknown else index == true for index in range(25))
            agree(program, Case(**{**fields(builder.case()), "values": values}))


def test_several_possible_values_and_intervals_enter_by_their_ends() -> None:
    builder = Builder()
    open_ = builder.is_true(builder.fact("open", Type.YES_NO))
    low, high = builder.constant(2), builder.constant(Fraction(9, 2))
    either = builder.first_match([(open_, low)], high)
    words = builder.first_match([(open_, builder.constant("a"))], builder.constant("b"))
    count = builder.count(Member(0, ("platform",)), categories=("platform",), unsurveyed=3)
    for value in (1, 2, 3, 5):
        for op in (">=", "<", "=="):
            builder.compare(either, op, builder.constant(value))
            builder.compare(count, op, builder.constant(value))
            builder.compare(count, op, either)
    builder.add(Member(either, (2,)))
    builder.add(Member(words, CHOICES))
    builder.compare(words, "==", builder.constant("c"))
    builder.add(Known(words))
    case = builder.case(unsurveyed=["platform"])
    assert isinstance(interpreter.evaluate(builder.program(), case)[either], OneOf)
    agree(builder.program(), case)


# ------------------------------------------------------------------------------------------- the account


def test_every_truth_is_judged_and_every_other_node_is_named() -> None:
    program = load("changzhi").program(2020)
    found = rete.account(program)
    named = sorted((*found.judged, *found.handed, *found.given))
    assert named == list(range(len(program.nodes)))
    judged = {index for index, node in enumerate(program.nodes) if isinstance(node, TruthNode | FirstMatch)}
    assert judged == {*found.judged}
    assert set(found.reasons) <= {"items", "arithmetic", "ratio", "date"}


# ------------------------------------------------------------------------------------------- the fence


def asks(*values: object, field: int = 1) -> tuple[rete.Branch, ...]:
    """A branch for each value that a field may have."""
    return tuple((rete.Test(field, "==", value),) for value in values)  # type: ignore[arg-type]


def each(fields_: range) -> tuple[rete.Branch, ...]:
    return tuple((rete.Test(one, "==", 1),) for one in fields_)


OUTSIDE = {
    "256 equal rules": [rete.Conclusion(0, asks(1), ())] * 256,
    "beyond 64 bits": [rete.Conclusion(0, asks(2**63), ())],
    "a dot": [rete.Conclusion(0, asks("a.b"), ())],
    "10 MB": [rete.Conclusion(0, asks("x" * 10_000_000), ())],
    "a float": [rete.Conclusion(0, asks(1.5), ())],
    "a boolean": [rete.Conclusion(0, asks(True), ())],
    "16 tests": [rete.Conclusion(0, (sum(each(range(16)), ()),), ())],
    "65 branches": [rete.Conclusion(0, asks(*range(65)), ())],
    "70 ways": [rete.gate(0, 4, range(8))],
    "360 branches": [rete.Conclusion(0, asks(*range(60)), asks(*range(60)))] * 3,
    "80 fields": [rete.Conclusion(0, each(range(40)), each(range(40, 80)))],
}


@pytest.mark.parametrize("conclusions", OUTSIDE.values(), ids=OUTSIDE)
def test_the_fence_refuses_what_kills_durable_rules(conclusions: list[rete.Conclusion]) -> None:
    with pytest.raises(EngineError) as raised:
        rete.ruleset(conclusions)
    assert raised.value.diagnostics[0].code == "engine-fence"
    assert "rete" in raised.value.render("en")


def fnv(text: str) -> int:
    """The hash by which durable_rules knows a field."""
    found = 0x811C9DC5
    for byte in text.encode():
        found = (found ^ byte) * 16_777_619 & 0xFFFFFFFF
    return found


def test_no_two_names_of_a_fact_have_the_same_hash() -> None:
    names = (*rete.NAMES, "kind", "sid", "id", "$s", "$m", "$forward")
    assert len({fnv(name) for name in names}) == len(names)
    assert fnv("id") == 926444256


def test_every_program_keeps_inside_the_fence() -> None:
    for seed in range(20):
        made = rete.plan(random_program(random.Random(seed), 80))
        for ruleset in (one for stage in made.stages for level in stage.levels for one in level):
            rules = json.loads(ruleset.rules)
            assert len(rules) <= rete.MOST_RULES
            assert "$not" not in ruleset.rules
            assert all('{"kind": "c"}' in json.dumps(rule) for rule in rules.values())


# ------------------------------------------------------------------------------------------- the process


@pytest.fixture
def small() -> Iterator[tuple[Program, Case, rete_host.Host]]:
    """A small program with its process running."""
    builder = Builder()
    value = builder.fact("a", value=5)
    builder.coverage(builder.all(builder.at_least(value, 3), builder.negate(builder.at_least(value, 9))))
    program, case = builder.program(), builder.case()
    agree(program, case)
    yield program, case, rete.plan(program).host
    rete.plan(program).host.close()


def pid(host: rete_host.Host) -> int:
    assert host.process is not None
    return host.process.popen.pid


def gone(process: int) -> bool:
    for _ in range(200):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def code(raised: pytest.ExceptionInfo[EngineError]) -> str:
    return raised.value.diagnostics[0].code


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_process_killed_between_two_cases_is_an_error_and_the_next_is_decided(
    small: tuple[Program, Case, rete_host.Host],
) -> None:
    program, case, host = small
    os.kill(pid(host), signal.SIGKILL)
    with pytest.raises(EngineError) as raised:
        rete.evaluate(program, case)
    assert code(raised) == "engine-stopped"
    assert "SIGKILL" in raised.value.render("en")
    agree(program, case)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_process_that_hangs_is_ended_and_the_next_case_is_decided(
    small: tuple[Program, Case, rete_host.Host],
) -> None:
    program, case, host = small
    hung, host.patience = pid(host), 0.3
    os.kill(hung, signal.SIGSTOP)
    with pytest.raises(EngineError) as raised:
        rete.evaluate(program, case)
    assert code(raised) == "engine-silent"
    assert gone(hung)
    host.patience = rete_host.PATIENCE
    agree(program, case)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_long_question_to_a_process_that_hangs_does_not_block() -> None:
    process = rete_host.Process()
    os.kill(process.popen.pid, signal.SIGSTOP)
    with pytest.raises(EngineError) as raised:
        process.ask({"learn": ["x" * 10_000_000]}, 0.3)
    assert code(raised) == "engine-silent"
    process.end()


def stage(rules: dict[str, object], reads: list[tuple[int, str]]) -> list[dict[str, object]]:
    """A lesson written behind the fence's back."""
    level = [{"rules": json.dumps(rules), "reads": reads, "says": [["r0", 99, 2]]}]
    return [{"inputs": [one for one, _ in reads], "outputs": [99], "levels": [level]}]


GUARD = {"kind": "c"}
LAST = {"all": [{"m": GUARD}], "pri": 1000}
ONE = {"all": [{"m": {"$and": [GUARD, {"f0": 1}]}}]}


def behind_the_fence(
    lesson: list[dict[str, object]], questions: list[list[object]], patience: float = 5.0
) -> str:
    """The code of the error that some questions end in, straight to a process; empty where all are answered."""
    host = rete_host.Host(lesson, patience)
    try:
        for question in questions:
            host.judge(0, question)  # type: ignore[arg-type]
    except EngineError as error:
        assert host.process is None
        return error.diagnostics[0].code
    finally:
        host.close()
    return ""


def test_a_thousand_and_twenty_five_sids_end_the_process_alone(
    small: tuple[Program, Case, rete_host.Host],
) -> None:
    lesson = stage({"r0": ONE, "z": LAST}, [(0, "f0"), (1, "sid")])
    assert behind_the_fence(lesson, [[1, f"s{one}"] for one in range(1100)])
    agree(*small[:2])


def test_256_equal_rules_end_the_process_alone(small: tuple[Program, Case, rete_host.Host]) -> None:
    rules: dict[str, object] = {f"r{one}": ONE for one in range(256)}
    assert behind_the_fence(stage({**rules, "z": LAST}, [(0, "f0")]), [[1]])
    agree(*small[:2])


def test_a_division_by_zero_ends_the_process_alone(small: tuple[Program, Case, rete_host.Host]) -> None:
    divided = {"$gt": {"f0": {"$div": {"$l": {"$m": "f1"}, "$r": {"$m": "f2"}}}}}
    lesson = stage(
        {"r0": {"all": [{"m": {"$and": [GUARD, divided]}}]}, "z": LAST}, [(0, "f0"), (1, "f1"), (2, "f2")]
    )
    assert behind_the_fence(lesson, [[1, 1, 0]]) == "engine-stopped"
    agree(*small[:2])


def test_a_string_of_ten_megabytes_ends_in_an_answer_or_an_error(
    small: tuple[Program, Case, rete_host.Host],
) -> None:
    lesson = stage({"r0": ONE, "z": LAST}, [(0, "f0"), (1, "f1")])
    assert behind_the_fence(lesson, [[1, "x" * 10_000_000]], 20.0) in (
        "",
        "engine-stopped",
        "engine-confused",
    )
    agree(*small[:2])


def test_rules_that_contradict_each_other_are_an_error() -> None:
    both = {
        "rules": json.dumps({"r0": ONE, "r1": ONE, "z": LAST}),
        "reads": [(0, "f0")],
        "says": [["r0", 9, 2], ["r1", 9, 0]],
    }
    assert behind_the_fence([{"inputs": [0], "outputs": [9], "levels": [[both]]}], [[1]]) == "engine-confused"


def test_a_sentinel_that_does_not_fire_last_is_an_error() -> None:
    early = {"all": [{"m": GUARD}], "pri": 1}
    late = {**ONE, "pri": 1000}
    assert behind_the_fence(stage({"r0": late, "z": early}, [(0, "f0")]), [[1]]) == "engine-confused"


def test_a_process_is_replaced_after_so_many_questions(small: tuple[Program, Case, rete_host.Host]) -> None:
    program, case, host = small
    host.jobs = 3
    seen = set()
    for _ in range(9):
        agree(program, case)
        seen.add(pid(host))
    assert len(seen) >= 3


def test_a_process_ends_with_its_program() -> None:
    builder = Builder()
    builder.coverage(builder.at_least(builder.fact("a", value=1), 1))
    program = builder.program()
    agree(program, builder.case())
    running = pid(rete.plan(program).host)
    del program
    gc.collect()
    assert gone(running)


def test_only_a_few_processes_are_kept() -> None:
    for host in list(rete_host._hosts):
        host.close()
    programs = []
    for index in range(rete_host.MOST + 3):
        builder = Builder()
        builder.coverage(builder.at_least(builder.fact("a", value=1), index))
        programs.append((builder.program(), builder.case()))
    for program, case in programs:
        agree(program, case)
    alive = [one for one, _ in programs if rete.plan(one).host.process is not None]
    assert len(alive) == rete_host.MOST
    agree(*programs[0])


def test_threads_take_turns(small: tuple[Program, Case, rete_host.Host]) -> None:
    program, case, _ = small
    meant, found = interpreter.evaluate(program, case), []
    threads = [
        threading.Thread(target=lambda: found.extend(rete.evaluate(program, case) for _ in range(50)))
        for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [meant] * 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_starts_a_process_of_its_own(small: tuple[Program, Case, rete_host.Host]) -> None:
    program, case, host = small
    before = pid(host)
    child = os.fork()
    if child == 0:
        agrees = rete.evaluate(program, case) == interpreter.evaluate(program, case)
        os._exit(0 if agrees and pid(host) != before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert pid(host) == before
    agree(program, case)


def test_the_worker_answers_until_its_input_ends_and_never_after_an_error() -> None:
    import durable_rules_engine

    said: list[object] = []
    lesson = {"learn": stage({"r0": ONE, "z": LAST}, [(0, "f0")])}
    good = [
        json.dumps(one).encode()
        for one in (lesson, {"judge": 0, "given": [1]}, {"judge": 0, "given": [None]})
    ]
    assert rete_worker.serve(durable_rules_engine, good, said.append) == 0
    assert said == [[], [2], [1]]
    said.clear()
    assert rete_worker.serve(durable_rules_engine, [b"nonsense", good[0]], said.append) == 1
    assert len(said) == 1
    signal.alarm(0)


# ------------------------------------------------------------------------------------------- memory


def kilobytes(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4


@pytest.mark.deep
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")
@pytest.mark.parametrize("jobs", [20_000, 10**9], ids=["recycled", "one life"])
def test_memory_stays_flat_over_many_decisions(jobs: int) -> None:
    """100,000 decisions: from the first tenth on neither this process nor the other grows by more than 4 MB."""
    builder = Builder()
    values = [builder.fact(f"v{index}") for index in range(6)]
    tests = [builder.at_least(value, 50) for value in values]
    builder.coverage(builder.all(*tests[:3]), builder.any(*tests[3:]))
    builder.classify(
        builder.first_match([(tests[0], builder.constant("a"))], builder.constant("b")), "a", "b"
    )
    program, rng = builder.program(), random.Random(5)
    host = rete.plan(program).host
    host.jobs = jobs
    sizes = []
    for count in range(100_000):
        case = Case(**{**fields(builder.case()), "values": tuple(rng.choice((None, 49, 50)) for _ in values)})
        rete.evaluate(program, case)
        if count % 10_000 == 9_999:
            sizes.append((kilobytes(os.getpid()), kilobytes(pid(host))))
    for side in zip(*sizes, strict=True):
        assert max(side) - side[0] < 4096, sizes


# ------------------------------------------------------------------------------------------- a second opinion


def decided() -> engines.Decision:
    from innovation_rules.decision import Subject

    builder = Builder()
    builder.coverage(builder.at_least(builder.fact("a", value=5), 3, clause="一"))
    who = Subject("91350100M000100Y43", "某厂")
    return engines.decide(builder.program(), builder.case(), subject=who)


def test_a_second_opinion_counts_what_was_judged() -> None:
    found = engines.second_opinion(decided())
    assert (found.engine, found.judged, found.handed) == ("rete", 1, 0)


def test_an_engine_that_answers_too_little_gives_no_opinion(monkeypatch: pytest.MonkeyPatch) -> None:
    one = decided()
    monkeypatch.setattr(rete, "evaluate", lambda program, case: one.results[:-1])
    with pytest.raises(EngineError) as raised:
        engines.second_opinion(one)
    assert code(raised) == "engine-confused"
    assert f"{len(one.results) - 1} results" in raised.value.render("en")


def test_any_difference_is_an_error_that_names_every_node(monkeypatch: pytest.MonkeyPatch) -> None:
    from innovation_rules.engines.opinion import Disagreement

    one = decided()
    other = [not result if isinstance(result, bool) else result for result in one.results]
    monkeypatch.setattr(rete, "evaluate", lambda program, case: tuple(other))
    with pytest.raises(Disagreement) as raised:
        engines.second_opinion(one)
    assert len(raised.value.differences) == 3
    text = raised.value.render("en")
    assert "compiled says true" in text
    assert "rete says false" in text
    assert "一" in text
