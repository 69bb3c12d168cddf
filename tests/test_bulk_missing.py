"""The bulk engines name the missing facts that `gaps.missing` names, an item's field without its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from test_bulk import backend, polars, random_programs

from innovation_rules import load_pack
from innovation_rules.audit import generator
from innovation_rules.audit.differential import generated_pack
from innovation_rules.case import Case
from innovation_rules.engines import interpreter
from innovation_rules.engines.bulk import cases as bulk
from innovation_rules.gaps import missing, outcomes
from innovation_rules.program import Program

__all__ = ["backend"]
NUMBER = re.compile(r"^(activities|qualifications)\[\d+\]")


def assert_missing(program: Program, cases: Sequence[Case], backend: Any) -> None:
    for case, found in zip(cases, bulk.missing(program, cases, backend), strict=True):
        results = interpreter.evaluate(program, case)
        meant = missing(program, case, results, outcomes(program))
        assert found == {NUMBER.sub(r"\1[]", one) for one in meant}


def test_random_packs(backend: Any, tmp_path: Path) -> None:
    seen = 0
    for seed in (3, 4, 5):
        random = Random(seed)
        pack = generated_pack(random, tmp_path)
        program = pack.program(2020)
        made = [generator.enterprise(program, pack.head, random) for _ in range(40)]
        cases = [program.frame.case(one, 2020, program.law_date) for one in made]
        assert_missing(program, cases, backend)
        seen += sum(map(bool, bulk.missing(program, cases, backend)))
    assert seen > 20


OTHERS = ("changzhi", "changzhi_hightech_zone", "shanxi", "hengshui")
EVERYDAY = ["pingxiang", *(pytest.param(one, marks=pytest.mark.deep) for one in OTHERS)]


@pytest.mark.parametrize("name", EVERYDAY)
def test_our_packs(name: str) -> None:
    pack, random = load_pack(name), Random(9)
    program = pack.program(2020)
    made = [generator.enterprise(program, pack.head, random) for _ in range(60)]
    assert_missing(program, [program.frame.case(one, 2020, program.law_date) for one in made], polars())


def test_random_programs(backend: Any) -> None:
    size = 8 if backend.__class__.__name__ == "Polars" else 3
    assert random_programs(range(size), 20, assert_missing, backend) >= 20 * (size - 2)
