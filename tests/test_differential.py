"""Every engine answers what the interpreter answers, on packs and enterprises that nobody chose."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from innovation_rules import engines
from innovation_rules.audit import differential
from innovation_rules.audit.written import worked_case
from innovation_rules.case import Case
from innovation_rules.engines import interpreter
from innovation_rules.pack import cases
from innovation_rules.packs import load_pack
from innovation_rules.program import Program, Result, TruthNode

OURS = ("national", "shanxi", "changzhi", "changzhi_hightech_zone", "hengshui", "pingxiang")
RETE = pytest.mark.skipif(engines.absent("rete") is not None, reason="the extra rete is not installed")


@given(seed=st.integers(0, 10**9))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_compiled_agrees_on_random_packs(seed: int) -> None:
    counts = differential.run([seed], cases=8, engines=["compiled"])
    assert counts.pairs == 8
    assert not counts.differences, counts.differences[0]


@pytest.mark.parametrize("name", OURS)
def test_compiled_agrees_on_our_packs(name: str) -> None:
    counts = differential.run([7], cases=6, packs=[name], years=[2020], engines=["compiled"])
    assert counts.pairs == 6
    assert not counts.differences, counts.differences[0]


@RETE
def test_rete_agrees_on_a_random_pack() -> None:
    counts = differential.run([11], cases=6, engines=["rete"])
    assert not counts.differences, counts.differences[0]


def test_a_seed_makes_the_same_pairs_again(tmp_path: Path) -> None:
    """A run that stopped goes on from its seed."""
    first, again = (list(differential.generated(5, 4, tmp_path)) for _ in range(2))
    assert [one.enterprise for one in first] == [one.enterprise for one in again]
    assert [one.pack.digest for one in first] == [one.pack.digest for one in again]
    seen: list[tuple[int, int]] = []
    differential.run(
        [5, 6], cases=3, engines=["compiled"], step=lambda seed, so_far: seen.append((seed, so_far.pairs))
    )
    assert seen == [(5, 3), (6, 6)]


def liar(program: Program, case: Case) -> Sequence[Result]:
    """An engine that takes the last truth of a program for its opposite."""
    results = list(interpreter.evaluate(program, case))
    at = max(index for index, node in enumerate(program.nodes) if isinstance(node, TruthNode))
    results[at] = None if results[at] else True
    return results


def test_a_difference_is_told_with_all_that_is_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The pack, the enterprise as a worked case, the node with its line, and both results."""
    monkeypatch.setattr(differential, "evaluator", lambda name: liar)
    pair = next(iter(differential.ours(load_pack("changzhi"), [2020], 3, 1)))
    found = differential.agree(pair.program, pair.case, ["liar"])
    assert found is not None
    assert isinstance(found.node, TruthNode)
    assert not differential.same(found.meant, found.found)
    text = differential.described(pair, found)
    assert "changzhi (seed 3), year 2020" in text
    assert f"changzhi.yaml:{found.origin.place.line}" in text  # type: ignore[union-attr]
    assert f"interpreter: {found.meant!r}" in text
    assert f"liar: {found.found!r}" in text
    counts = differential.check([pair, pair], ["liar"])
    assert counts.differences == (text,)
    assert str(counts) == "2 pairs, liar: 1 differences"


def test_the_enterprise_of_a_difference_reads_back(tmp_path: Path) -> None:
    """What is printed can be pasted into a file of worked cases, and is the same enterprise there."""
    for pair in differential.ours(load_pack("hengshui"), [2020], 12, 5):
        text = worked_case(pair.enterprise, 2020, pair.as_of, name="某算例", expect={"missing": []})
        path = tmp_path / "hengshui.yaml"
        path.write_text(f"pack: hengshui\ncases:\n{text}\n", encoding="utf-8")
        (case,) = cases.load(path).cases
        prepared = cases.prepare(case, pair.pack.linked)
        assert not prepared.problems
        assert prepared.enterprise is not None
        year = pair.program.year
        assert pair.program.frame.case(prepared.enterprise, year, case.as_of or pair.as_of) == pair.case


@pytest.mark.deep
def test_every_engine_agrees_on_a_hundred_thousand_pairs() -> None:
    """100,000 pack-case pairs, every installed engine, no difference; a seed printed here starts it again there."""

    def step(seed: int, so_far: differential.Counts) -> None:
        if seed % 50 == 49:
            print(f"seed {seed}: {so_far}", file=sys.stderr)

    own = differential.run(range(4), cases=100, packs=OURS, years=[2017, 2020, 2021, 2022], workers=2)
    made = differential.run(range(904), cases=100, workers=2, step=step)
    print(own, made, sep="\n", file=sys.stderr)
    assert own.pairs + made.pairs == 100_000
    differences = (*own.differences, *made.differences)
    assert not differences, differences[0]
