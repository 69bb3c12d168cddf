"""The example ledgers: fresh, plainly invented, broad enough, and decided as their stories say.

The expected coverage of each enterprise stands in `examples/make_examples.py`, beside the story that it tells.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stdnum.cn import uscc

from examples import make_examples as maker
from innovation_rules import Decision, Enterprise, Pack, load_pack
from innovation_rules.errors import DataError
from innovation_rules.fields import region_name
from innovation_rules.intake import read_all, read_enterprises

FOLDER = Path(maker.__file__).parent
ENGINES = ("interpreter", "compiled")
DISTRICTS = {
    "140403": "潞州区",
    "140404": "上党区",
    "140405": "屯留区",
    "140406": "潞城区",
    "140423": "襄垣县",
    "140425": "平顺县",
    "140426": "黎城县",
    "140427": "壶关县",
    "140428": "长子县",
    "140429": "武乡县",
    "140430": "沁县",
    "140431": "沁源县",
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("changzhi")


@pytest.fixture(scope="module")
def enterprises() -> tuple[Enterprise, ...]:
    found = read_all(FOLDER / maker.LEDGER)
    assert found.problems == ()
    return found.records


@pytest.fixture(scope="module")
def decisions(pack: Pack, enterprises: tuple[Enterprise, ...]) -> dict[str, Decision]:
    return {one.uscc: pack.decide(one, maker.YEAR) for one in enterprises}


# ---- the files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [maker.LEDGER, maker.DIRTY, maker.EXPECTED, maker.ONE])
def test_the_generator_writes_the_file_as_it_is(name: str) -> None:
    assert (FOLDER / name).read_bytes() == maker.files()[name]


def test_check_passes_here_and_names_what_is_stale_elsewhere(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, maker.__file__, "--check"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    (tmp_path / maker.ONE).write_bytes(maker.files()[maker.ONE] + b" ")
    assert maker.stale(tmp_path) == list(maker.files())


# ---- the ledger ---------------------------------------------------------------------------------


def test_two_hundred_enterprises_that_nobody_takes_for_real(enterprises: tuple[Enterprise, ...]) -> None:
    assert len({one.uscc for one in enterprises}) == len({one.name for one in enterprises}) == 200
    for one in enterprises:
        assert one.name.startswith("(虚构)")
        assert uscc.is_valid(one.uscc)
        assert (one.uscc[:2], one.uscc[8:10]) == ("91", "XF")
        assert region_name(one.uscc[2:8])


def test_every_district_and_county_of_2020(enterprises: tuple[Enterprise, ...]) -> None:
    assert {code: region_name(code) for code in DISTRICTS} == DISTRICTS
    held = Counter(one.region for one in enterprises)
    assert min(held[code] for code in DISTRICTS) >= 5
    assert {code for code in held if code} - set(DISTRICTS) == {code for code, _ in maker.ELSEWHERE}


def test_every_kind_of_the_pack(pack: Pack, enterprises: tuple[Enterprise, ...]) -> None:
    held = {(str(act.category), act.kind) for one in enterprises for act in one.activities or ()}
    own = pack.linked.pack.activity_kinds
    assert held == {(str(category), str(kind)) for category, kinds in own.items() for kind in kinds}


def test_money_is_written_in_every_exact_way() -> None:
    text = (FOLDER / maker.LEDGER).read_text("utf-8")
    assert all(f'{unit}"' in text for unit in ("万元", "千元", "亿元"))
    assert '"main_business_revenue": 1' in text  # an integer is 元


def test_research_is_of_a_plausible_size(enterprises: tuple[Enterprise, ...]) -> None:
    reports = [report for one in enterprises for report in one.reports.values()]
    shares = [
        100 * report.rd_expenditure / report.main_business_revenue
        for report in reports
        if report.rd_expenditure is not None and report.main_business_revenue
    ]
    assert max(shares) <= 6
    assert sum(share <= 3 for share in shares) >= 0.9 * len(shares)


# ---- what is decided ----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_each_is_covered_as_its_story_says(
    pack: Pack, enterprises: tuple[Enterprise, ...], engine: str
) -> None:
    wanted = {record["uscc"]: (cast.story.__name__, cast.coverage) for record, cast in maker.ledger()}
    for one in enterprises:
        found = pack.decide(one, maker.YEAR, engine=engine).coverage
        assert found is not None
        assert (wanted[one.uscc][0], found.status) == wanted[one.uscc]


def test_every_status_of_a_coverage(decisions: dict[str, Decision]) -> None:
    for name in next(iter(decisions.values())).coverages:
        found = {one.coverages[name].status for one in decisions.values()}
        assert found == {"covered", "not_covered", "undetermined", "out_of_scope"}


def test_every_state_of_the_six_categories_and_both_layers(decisions: dict[str, Decision]) -> None:
    for part in ("profile", "layers"):
        held: dict[str, set[str]] = {}
        for one in decisions.values():
            for name, state in getattr(one, part).items():
                held.setdefault(name, set()).add(state)
        assert len(held) == (6 if part == "profile" else 2)
        assert all(states == {"active", "inactive", "undetermined"} for states in held.values())


def test_every_value_of_every_class(pack: Pack, decisions: dict[str, Decision]) -> None:
    for rule in pack.program(maker.YEAR).classes:
        held: set[str] = set()
        for one in decisions.values():
            value = one.classes[rule.id]
            held |= {value} if isinstance(value, str) else set(value)
        assert {choice.id for choice in rule.values} <= held, rule.id


def test_every_award_won_lost_and_open(decisions: dict[str, Decision]) -> None:
    for name in next(iter(decisions.values())).awards:
        found = {one.awards[name].status for one in decisions.values()}
        assert found == {"eligible", "ineligible", "undetermined", "out_of_scope"}, name


def test_open_for_many_different_reasons(decisions: dict[str, Decision]) -> None:
    open_ones = [
        one.coverage for one in decisions.values() if one.coverage and one.coverage.status == "undetermined"
    ]
    missing = {name for one in open_ones for name in one.missing}
    assert {"in_directory@2020", "industry", "region", "rd_expenditure@2020", "rd_personnel@2020"} <= missing
    assert all(one.missing for one in open_ones)


def test_the_one_that_the_demo_explains(decisions: dict[str, Decision]) -> None:
    code = next(record["uscc"] for record, cast in maker.ledger() if cast.story is maker.showcase)
    shown = decisions[code]
    statuses = Counter(one.status for one in shown.awards.values())
    assert shown.coverage is not None
    assert shown.coverage.status == "covered"
    assert (
        min(statuses["eligible"], statuses["ineligible"], statuses["undetermined"], len(shown.near_misses))
        >= 3
    )


# ---- the dirty copy -----------------------------------------------------------------------------


def test_every_fault_is_reported_once_and_every_good_record_decided(pack: Pack) -> None:
    expected = json.loads((FOLDER / maker.EXPECTED).read_bytes())
    found, good = _decided(pack)
    wanted = [(one["line"], one["field"], one["code"], one["found"]) for one in expected["faults"]]
    assert sorted(found) == sorted(wanted)
    assert good == expected["good"]


def _decided(pack: Pack) -> tuple[list[tuple[Any, ...]], list[str]]:
    """What is reported of the dirty copy, and the credit codes of what is decided."""
    found, good = [], []
    for one in read_enterprises(FOLDER / maker.DIRTY):
        if not isinstance(one, Enterprise):
            assert one.place is not None
            found.append((one.place.line, one.fields["field"], one.code, "on reading"))
            continue
        try:
            pack.decide(one, maker.YEAR)
            good.append(one.uscc)
        except DataError as error:
            line = next(_lines_with(one.uscc))
            found += [(line, said.fields["field"], said.code, "on deciding") for said in error.diagnostics]
    return found, good


def _lines_with(code: str) -> Iterator[int]:
    for number, line in enumerate((FOLDER / maker.DIRTY).read_bytes().split(b"\n"), start=1):
        if code.encode() in line:
            yield number


def test_what_is_reported_shows_nothing_that_a_terminal_obeys() -> None:
    for problem in read_all(FOLDER / maker.DIRTY).problems:
        for lang in ("zh", "en"):
            assert problem.message(lang).isprintable()  # type: ignore[arg-type]
            assert problem.help(lang).replace("\n", "").isprintable()  # type: ignore[arg-type]


# ---- one enterprise -----------------------------------------------------------------------------


def test_the_yaml_is_in_chinese_and_covered(pack: Pack) -> None:
    found = read_all(FOLDER / maker.ONE)
    assert found.problems == ()
    (one,) = found.records
    assert one.name.startswith("(虚构)")
    decision = pack.decide(one, maker.YEAR)
    assert decision.coverage is not None
    assert decision.coverage.status == "covered"
    assert decision.awards["tax_rd_super_deduction"].status == "eligible"
