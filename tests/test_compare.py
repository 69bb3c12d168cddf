"""Two packs held against each other: what is said otherwise, what is decided otherwise by proof, who flips and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from innovation_rules import cli
from innovation_rules.audit import generator
from innovation_rules.audit.compare import ORDER, ItemChange, surface
from innovation_rules.audit.differential import generated_pack
from innovation_rules.audit.equivalence import Apart, as_case, told_apart
from innovation_rules.audit.flips import Flips
from innovation_rules.audit.mutation import Bench
from innovation_rules.audit.verdicts import (
    GOOD,
    Pair,
    Verdict,
    alike,
    forms,
    law_day,
    relation,
    verdicts,
    years,
)
from innovation_rules.engines import interpreter
from innovation_rules.engines.smt import Space, Unsettled
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import PackError, width
from innovation_rules.fields import EXAMPLE_CODE
from innovation_rules.gaps import UNDETERMINED, outcomes
from innovation_rules.intake import parse_enterprise
from innovation_rules.pack import cases as worked
from innovation_rules.pack import formatter, reader
from innovation_rules.packs import Pack, load_pack

AMPLE = 600.0
"""Seconds for a question that takes a moment: what else the machine does is no fault of the code."""
CITY = """\
pack: city
title: 市文件
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01}
periods: {plan: {from: 2020-01-01, to: 2021-12-31}}
inputs:
  able: {of: enterprise, type: yes_no, label: 有条件, source: 五}
parameters:
  floor: {label: 起点, source: 二, values: {2020-01-01: 10%, 2021-01-01: 20%}}
facts:
  intensity: {label: 投入强度, source: 二, ratio: {of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}}
classes:
  size:
    label: 大小
    source: 四
    rows:
      - {is: large, label: 大, when: {employees: {at_least: 1000人}}}
      - {is: middle, label: 中, when: {main_business_revenue: {at_least: 1亿元}}}
      - {otherwise: small, label: 小}
coverages:
  spending: {label: 经费覆盖, source: 一, scope: {in_directory: true}, covered_when: {rd_expenditure: {at_least: 100万元}}}
awards:
  bonus:
    label: 奖金
    source: 三
    eligible_when: {intensity: {at_least: {parameter: floor}}}
    amount: {share: 5%, of: rd_expenditure, cap: 50万元}
"""
HUNDRED = 100 * 10**6


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name / "city.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def two(tmp_path: Path) -> Callable[..., tuple[Pack, Pack]]:
    """The city's pack, and the same with some words of its text replaced."""

    def make(*changes: tuple[str, str]) -> tuple[Pack, Pack]:
        text = CITY
        for before, after in changes:
            assert before in text, before
            text = text.replace(before, after)
        paths = written(tmp_path, "old", CITY), written(tmp_path, "new", text)
        return load_pack(paths[0], cache=False), load_pack(paths[1], cache=False)

    return make


def judged(packs: tuple[Pack, Pack], year: int = 2020) -> dict[str, Verdict]:
    return {one.key: one for one in verdicts(Pair(*packs, year, AMPLE))}


def changed(packs: tuple[Pack, Pack]) -> dict[str, ItemChange]:
    return {one.id: one for one in surface(packs[0].linked, packs[1].linked)}


# ------------------------------------------------------------------------------------------ what is said


def test_a_pack_says_what_it_says(two: Callable[..., tuple[Pack, Pack]]) -> None:
    assert surface(*(one.linked for one in two())) == ()


def test_a_threshold_is_named_by_the_keys_that_lead_to_it(two: Callable[..., tuple[Pack, Pack]]) -> None:
    (one,) = changed(two(("at_least: 100万元", "at_least: 200万元"))).values()
    assert (one.what, one.section, one.label, one.clauses, one.meaning) == (
        "altered",
        "coverages",
        "经费覆盖",
        ("一", "一"),
        True,
    )
    assert [place.line for place in one.places if place] == [21, 21]
    (edit,) = one.edits
    assert (edit.path, edit.old, edit.new) == (
        ("covered_when", "rd_expenditure", "at_least"),
        "100万元",
        "200万元",
    )
    assert one.says[0] != one.says[1]
    assert "200万元" in one.says[1]


def test_labels_clauses_and_notes_are_words_alone(two: Callable[..., tuple[Pack, Pack]]) -> None:
    found = changed(
        two(
            ("label: 经费覆盖, source: 一", "label: 研发经费覆盖, source: 一(二), note: 见附件"),
            ("label: 大, when", "label: 大型, when"),
        )
    )
    assert [one.meaning for one in found.values()] == [False, False]
    assert {edit.path: (edit.old, edit.new) for edit in found["spending"].edits} == {
        ("label",): ("经费覆盖", "研发经费覆盖"),
        ("source",): ("一", "一(二)"),
        ("note",): (None, "见附件"),
    }
    assert [edit.path for edit in found["size"].edits] == [("rows", "#1", "label")]


def test_items_come_and_go(two: Callable[..., tuple[Pack, Pack]]) -> None:
    packs = two(
        (
            "  able: {of: enterprise, type: yes_no, label: 有条件, source: 五}",
            "  ready: {of: enterprise, type: yes_no, label: 就绪}",
        ),
    )
    found = changed(packs)
    assert {(one.id, one.what) for one in found.values()} == {("able", "removed"), ("ready", "added")}
    assert found["able"].places[1] is None
    assert found["ready"].clauses == ("", "")
    assert found["ready"].says == ("", "企业：是非")


def test_another_order_is_not_another_list(two: Callable[..., tuple[Pack, Pack]]) -> None:
    rows = [line for line in CITY.splitlines() if "- {is:" in line]
    (one,) = changed(two(("\n".join(rows), "\n".join(reversed(rows))))).values()
    assert [(edit.path, edit.old, edit.new) for edit in one.edits] == [
        (("rows", ORDER), "1, 2, 3", "2, 1, 3")
    ]


def test_a_list_tells_what_is_new_in_it_from_what_is_altered(two: Callable[..., tuple[Pack, Pack]]) -> None:
    found = changed(
        two(
            ("{employees: {at_least: 1000人}}", "{employees: {at_least: 2000人}}"),
            (
                "      - {otherwise: small",
                "      - {is: tiny, label: 微, when: {employees: {at_most: 9人}}}\n      - {otherwise: small",
            ),
        )
    )
    assert [(edit.path, edit.old) for edit in found["size"].edits] == [
        (("rows", "#1", "when", "employees", "at_least"), "1000人"),
        (("rows", "#3"), None),
    ]


def test_the_head_of_a_pack_is_compared_too(two: Callable[..., tuple[Pack, Pack]]) -> None:
    found = changed(
        two(
            ("title: 市文件", "title: 市文件(修订)"),
            ("{from: 2020-01-01}\n", "{from: 2020-01-01, to: 2022-12-31}\n"),
        )
    )
    assert {(one.id, one.meaning) for one in found.values()} == {("title", False), ("in_force", True)}


def test_a_version_that_is_written_down_changes_no_meaning(two: Callable[..., tuple[Pack, Pack]]) -> None:
    packs = two(("title: 市文件\n", "title: 市文件\nversion: '2020.2'\n"))
    for old, new in (packs, packs[::-1]):
        (one,) = surface(old.linked, new.linked)
        assert (one.id, one.meaning) == ("version", False)


@pytest.mark.parametrize("spelling", ["en", "zh"])
def test_a_word_that_a_pack_declares_as_a_name_is_no_word_alone(spelling: Any, tmp_path: Path) -> None:
    text = CITY.replace(
        "  able:", "  version: {of: enterprise, type: yes_no, label: 版本, source: 五}\n  able:"
    )
    text = text.replace("scope: {in_directory: true}", "scope: {version: true}")
    sources = (text, text.replace("scope: {version: true}", "scope: {version: false}"))
    old, new = (
        load_pack(
            written(
                tmp_path,
                name,
                formatter.format_source(reader.read_file(written(tmp_path, f"{name}-en", each)), spelling),
            ),
            cache=False,
        )
        for name, each in zip(("old", "new"), sources, strict=True)
    )
    (one,) = surface(old.linked, new.linked)
    assert (one.id, one.meaning, [edit.meaning for edit in one.edits]) == ("spending", True, [True])


def test_profile_kinds_and_notes_are_compared(two: Callable[..., tuple[Pack, Pack]]) -> None:
    more = "activity_kinds: {platform: {lab: {label: 实验室}}}\nprofile: {platform: {has_activity: platform}}\nnotes: [{clauses: [一], text: 存疑}]\n"
    found = changed(two(("facts:\n", more + "facts:\n")))
    assert {(one.section, one.id, one.what, one.meaning) for one in found.values()} == {
        ("activity_kinds", "lab", "added", True),
        ("profile", "platform", "added", True),
        ("notes", "notes", "added", False),
    }
    older = load_pack(
        found
        and written(
            Path(found["lab"].places[1].file).parent.parent,
            "older",
            CITY.replace(
                "facts:\n", more.replace("has_activity: platform", "has_activity: lab") + "facts:\n"
            ),
        ),
        cache=False,
    )  # type: ignore[union-attr]
    newer = load_pack(found["lab"].places[1].file, cache=False)  # type: ignore[union-attr]
    (one,) = surface(older.linked, newer.linked)
    assert [edit.path for edit in one.edits] == [("has_activity",)]


def test_two_spellings_are_held_against_each_other(tmp_path: Path) -> None:
    old = written(tmp_path, "old", CITY)
    chinese = formatter.format_source(reader.read_file(old), "zh")
    same = written(tmp_path, "same", chinese)
    assert surface(load_pack(old, cache=False).linked, load_pack(same, cache=False).linked) == ()
    new = written(tmp_path, "new", chinese.replace("不低于: 100万元", "不低于: 200万元"))
    (one,) = surface(load_pack(old, cache=False).linked, load_pack(new, cache=False).linked)
    (edit,) = one.edits
    assert edit.path == ("覆盖条件", "R&D经费内部支出", "不低于")
    assert (edit.old, edit.new) == ("100万元", "200万元")
    (back,) = surface(load_pack(new, cache=False).linked, load_pack(old, cache=False).linked)
    assert back.edits[0].path == ("covered_when", "rd_expenditure", "at_least")


# ------------------------------------------------------------------------------------------ built alike


def test_what_is_built_alike_is_not_asked(two: Callable[..., tuple[Pack, Pack]]) -> None:
    packs = two(
        ("covered_when: {rd_expenditure", "covered_when: {any: [{rd_expenditure"),
        ("{at_least: 100万元}}}\nawards", "{at_least: 100万元}}, {employees: {at_least: 9人}}]}}\nawards"),
    )
    swapped = two(
        (
            "covered_when: {rd_expenditure",
            "covered_when: {any: [{employees: {at_least: 9人}}, {rd_expenditure",
        ),
        ("{at_least: 100万元}}}\nawards", "{at_least: 100万元}}]}}\nawards"),
    )
    one, other = packs[1], swapped[1]
    assert one.digest != other.digest
    (verdict, *_) = verdicts(Pair(one, other, 2020, AMPLE))
    assert (verdict.relation, verdict.asked) == ("equivalent", 0)


@pytest.mark.parametrize("seed", [0])
def test_nodes_of_one_form_give_one_result(seed: int, tmp_path: Path) -> None:
    """On random enterprises, within a generated pack and between it and an altered one."""
    random = Random(seed)
    pack = generated_pack(random, tmp_path)
    bench = Bench(pack.path, 0)
    programs = [pack.program(2020)]
    for number in random.sample(range(len(bench.mutants)), 4):
        try:
            programs.append(bench.mutant(bench.mutants[number]).program(2020))
        except PackError:
            continue
    shared = 0
    for _ in range(12):
        who = generator.enterprise(programs[0], pack.head, random)
        seen: dict[str, object] = {}
        for program in programs:
            case = pack.read(program, who, date(2020, 12, 31), strict=False)
            for form, result in zip(forms(program), interpreter.evaluate(program, case), strict=True):
                shared += form in seen
                assert seen.setdefault(form, result) == result
    assert shared > 100


# ------------------------------------------------------------------------------------------ what is decided

solver = pytest.importorskip("z3", reason="the extra `prove` is not installed")


@pytest.mark.parametrize(
    ("before", "after", "meant", "way"),
    [
        ("at_least: 100万元", "at_least: 200万元", "stricter", ("covered", "not_covered")),
        ("at_least: 100万元", "at_least: 50万元", "looser", ("not_covered", "covered")),
        ("at_least: 100万元", "more_than: 100万元", "stricter", ("covered", "not_covered")),
    ],
)
def test_a_threshold_makes_it_stricter_or_looser(
    before: str, after: str, meant: str, way: tuple[str, str], two: Callable[..., tuple[Pack, Pack]]
) -> None:
    packs = two((before, after))
    found = judged(packs)
    assert {one.relation for key, one in found.items() if key != "coverages.spending"} == {"equivalent"}
    one = found["coverages.spending"]
    (flip,) = one.flips
    assert (one.relation, one.unsettled, (flip.old.status, flip.new.status)) == (meant, (), way)
    statuses = tuple(
        pack.decide(flip.enterprise, 2020, strict=False).coverages["spending"].status for pack in packs
    )
    assert statuses == way
    assert flip.old.because
    assert flip.new.because


def test_the_witness_of_a_strict_comparison_stands_on_the_threshold(
    two: Callable[..., tuple[Pack, Pack]],
) -> None:
    (flip,) = judged(two(("at_least: 100万元", "more_than: 100万元")))["coverages.spending"].flips
    assert flip.enterprise.reports[2020].rd_expenditure == HUNDRED
    assert [one.clause for one in flip.new.because] == ["一"]


def test_swapped_rows_change_a_class(two: Callable[..., tuple[Pack, Pack]]) -> None:
    rows = [line for line in CITY.splitlines() if "- {is:" in line]
    one = judged(two(("\n".join(rows), "\n".join(reversed(rows)))))["classes.size"]
    assert one.relation == "differs"
    assert {(flip.old.status, flip.new.status) for flip in one.flips} == {("large", "middle")}
    (flip,) = one.flips
    assert flip.enterprise.reports[2020].employees is not None


def test_a_renamed_label_changes_no_decision(two: Callable[..., tuple[Pack, Pack]]) -> None:
    found = judged(two(("label: 经费覆盖", "label: 研发经费覆盖")))
    assert {(one.relation, one.asked) for one in found.values()} == {("equivalent", 0)}
    assert found["coverages.spending"].labels == ("经费覆盖", "研发经费覆盖")


def test_a_condition_that_adds_nothing_is_proved_to_add_nothing(
    two: Callable[..., tuple[Pack, Pack]],
) -> None:
    redundant = "{all: [{rd_expenditure: {at_least: 100万元}}, {any: [{rd_expenditure: {at_least: 40万元}}, {net_profit: {more_than: 0元}}]}]}"
    one = judged(two(("{rd_expenditure: {at_least: 100万元}}", redundant)))["coverages.spending"]
    assert one.relation == "equivalent"
    assert one.asked > 0
    assert not one.flips


@pytest.mark.parametrize(
    ("inputs", "before", "after", "held"),
    [
        (
            (
                "staff: {of: enterprise, type: count, unit: 人,",
                "staff: {of: enterprise, type: number, unit: 人年,",
            ),
            "staff: {at_least: 10人}",
            "staff: {at_least: 15人年}",
            {"staff": 12},
        ),
        (
            (
                "grade: {choices: {one: 甲, two: 乙}, of: enterprise, type: choice,",
                "grade: {choices: {first: 甲, second: 乙}, of: enterprise, type: choice,",
            ),
            "grade: one",
            "grade: second",
            {"grade": "甲"},
        ),
        (
            (
                "grade: {choices: {one: 甲, two: 乙}, of: enterprise, type: choice,",
                "grade: {choices: {one: 乙, two: 甲}, of: enterprise, type: choice,",
            ),
            "grade: one",
            "grade: one",
            {"grade": "甲"},
        ),
    ],
    ids=["another type", "another name of a choice", "labels of choices exchanged"],
)
def test_what_two_packs_read_otherwise_from_one_place_is_not_proved_equivalent(
    inputs: tuple[str, str], before: str, after: str, held: dict[str, Any], tmp_path: Path
) -> None:
    packs = tuple(
        load_pack(
            written(
                tmp_path,
                name,
                CITY.replace("inputs:\n", f"inputs:\n  {said} label: 项, source: 五}}\n").replace(
                    "{rd_expenditure: {at_least: 100万元}}", f"{{{test}}}"
                ),
            ),
            cache=False,
        )
        for name, said, test in zip(("old", "new"), inputs, (before, after), strict=True)
    )
    data = {"uscc": EXAMPLE_CODE, "name": "某厂", "region": "140403", "in_directory": {2020: True}}
    enterprise = Enterprise.model_validate({**data, "inputs": held})
    statuses = [pack.decide(enterprise, 2020).coverages["spending"].status for pack in packs]
    assert statuses == ["covered", "not_covered"]
    assert judged(packs)["coverages.spending"].relation == "unknown"  # type: ignore[arg-type]


def test_another_label_of_a_choice_is_proved_to_change_nothing(tmp_path: Path) -> None:
    text = CITY.replace(
        "inputs:\n",
        "inputs:\n  grade: {of: enterprise, type: choice, label: 项, source: 五, choices: {one: 甲, two: 乙}}\n",
    ).replace("{rd_expenditure: {at_least: 100万元}}", "{grade: one}")
    texts = {"old": text, "new": text.replace("one: 甲", "one: 甲级")}
    old, new = (load_pack(written(tmp_path, name, each), cache=False) for name, each in texts.items())
    assert judged((old, new))["coverages.spending"].relation == "equivalent"


def test_an_activity_of_a_kind_that_one_pack_lacks_tells_two_packs_apart(tmp_path: Path) -> None:
    """Both are built alike; what counts in one is no kind of activity to the other."""
    lab, library = (
        f"    {id}: {{label: {label}, lasts: state}}\n"
        for id, label in (("lab", "实验室"), ("library", "图书馆"))
    )
    base = CITY.replace("{rd_expenditure: {at_least: 100万元}}", "{has_activity: platform}")
    packs = [
        load_pack(
            written(tmp_path, name, base.replace("inputs:", f"activity_kinds:\n  platform:\n{kinds}inputs:")),
            cache=False,
        )
        for name, kinds in (("old", lab), ("new", lab + library))
    ]
    found = told_apart(*packs, [(2020, date(2020, 12, 31))], seconds=AMPLE)
    assert isinstance(found, Apart), found
    (enterprise,) = found.witness.enterprises.values()
    assert {one.kind for one in enterprise.activities or ()} == {"library"}
    text = as_case(*packs, found, "图书馆", "一")
    assert "undetermined" in text, text


def test_another_fact_makes_it_incomparable(two: Callable[..., tuple[Pack, Pack]]) -> None:
    one = judged(two(("{rd_expenditure: {at_least: 100万元}}", "{net_profit: {at_least: 100万元}}")))[
        "coverages.spending"
    ]
    assert one.relation == "incomparable"
    assert [flip.way for flip in one.flips] == ["lost", "gained"]


def test_a_wider_scope_alone_is_neither_lost_nor_gained(two: Callable[..., tuple[Pack, Pack]]) -> None:
    wider = "scope: {any: [{in_directory: true}, {rd_expenditure: {less_than: 100万元}}]}"
    one = judged(two(("scope: {in_directory: true}", wider)))["coverages.spending"]
    assert one.relation == "differs"
    assert [(flip.old.status, flip.new.status) for flip in one.flips] == [("out_of_scope", "not_covered")]


@pytest.mark.parametrize(
    ("changes", "meant", "ways"),
    [
        ([("share: 5%", "share: 6%")], "looser", ["more"]),
        ([("cap: 50万元", "cap: 40万元")], "stricter", ["less"]),
        ([("share: 5%", "share: 6%"), ("cap: 50万元", "cap: 40万元")], "incomparable", ["less", "more"]),
        ([("    amount: {share: 5%, of: rd_expenditure, cap: 50万元}\n", "")], "stricter", ["less"]),
    ],
)
def test_an_amount_alone_makes_it_stricter_or_looser(
    changes: list[tuple[str, str]], meant: str, ways: list[str], two: Callable[..., tuple[Pack, Pack]]
) -> None:
    one = judged(two(*changes))["awards.bonus"]
    assert (one.relation, [flip.way for flip in one.flips]) == (meant, ways)
    assert {(flip.old.status, flip.new.status) for flip in one.flips} == {("eligible", "eligible")}


def test_an_amount_written_otherwise_is_the_same(two: Callable[..., tuple[Pack, Pack]]) -> None:
    one = judged(two(("amount: {share: 5%,", "amount: {floor: 0元, share: 5%,")))["awards.bonus"]
    assert one.relation == "equivalent"


def test_a_parameter_is_compared_in_the_years_that_it_is_for(two: Callable[..., tuple[Pack, Pack]]) -> None:
    packs = two(("2021-01-01: 20%", "2021-01-01: 15%"))
    assert years(*packs) == (2020, 2021)
    found = [judged(packs, year)["awards.bonus"] for year in (2020, 2021)]
    assert [(one.relation, one.asked > 0) for one in found] == [("equivalent", False), ("looser", True)]


def test_the_law_of_a_year_in_which_a_pack_is_not_in_force(two: Callable[..., tuple[Pack, Pack]]) -> None:
    old, new = two(("in_force: {from: 2020-01-01}", "in_force: {from: 2020-06-01, to: 2020-11-30}"))
    assert law_day(old, 2021) == date(2021, 12, 31)
    assert law_day(new, 2021) == date(2020, 11, 30)
    assert law_day(new, 2019) == date(2020, 6, 1)
    assert judged((old, new))["coverages.spending"].relation == "equivalent"


def test_decisions_of_one_pack_alone_are_named(two: Callable[..., tuple[Pack, Pack]]) -> None:
    found = judged(two(("  bonus:\n", "  premium:\n")))
    assert (found["awards.premium"].relation, found["awards.premium"].labels) == ("added", ("", "奖金"))
    assert (found["awards.bonus"].relation, found["awards.bonus"].clauses) == ("removed", ("三", ""))


def test_a_kind_that_one_pack_names_counts_there_alone(
    two: Callable[..., tuple[Pack, Pack]], tmp_path: Path
) -> None:
    kinds = "activity_kinds: {platform: {lab: {label: 实验室}}}\nprofile: {platform: {has_activity: platform}}\nfacts:\n"
    _, old = two(("facts:\n", kinds))
    more = old.path.read_text(encoding="utf-8").replace(
        "{label: 实验室}", "{label: 实验室}, centre: {label: 中心}"
    )
    one = judged((old, load_pack(written(tmp_path, "more", more), cache=False)))["profile.platform"]
    assert one.relation == "differs"
    assert {(flip.old.status, flip.new.status) for flip in one.flips} == {(UNDETERMINED, "active")}


def test_no_answer_is_no_proof(
    two: Callable[..., tuple[Pack, Pack]], monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = two(("at_least: 100万元", "at_least: 200万元"))
    monkeypatch.setattr(Space, "find", lambda *_, **__: Unsettled(0.5, "time"))
    one = judged(packs)["coverages.spending"]
    assert (one.relation, one.unsettled) == ("unknown", ("lost", "gained", "moved"))

    def absent(*_: object, **__: object) -> None:
        raise ImportError("z3")

    monkeypatch.setattr(Space, "find", absent)
    one = judged(packs)["coverages.spending"]
    assert (one.relation, one.unsettled) == ("unknown", ("absent",))
    (one, *_) = (each for each in verdicts(Pair(*packs, 2020, 0)) if each.key == "coverages.spending")
    assert (one.relation, one.unsettled, one.asked) == ("unknown", ("asked",), 0)


@pytest.mark.parametrize(
    ("answers", "meant"),
    [
        ((True, True, False), "incomparable"),
        ((True, False, False), "stricter"),
        ((False, True, True), "looser"),
        ((False, False, False), "equivalent"),
        ((False, False, True), "differs"),
        ((False, False, None), "unknown"),
        ((True, None, False), "unknown"),
        ((None, False, False), "unknown"),
    ],
)
def test_what_the_answers_come_to(answers: tuple[bool | None, bool | None, bool | None], meant: str) -> None:
    assert relation(*answers) == meant


def against(verdict: Verdict, old: Any, new: Any) -> bool:
    """Whether two decisions on one enterprise contradict a verdict."""
    gained = new.status in GOOD and old.status not in (*GOOD, UNDETERMINED)
    lost = old.status in GOOD and new.status not in (*GOOD, UNDETERMINED)
    if old.status in GOOD and new.status in GOOD and old.amount and new.amount:
        lost |= old.amount.low > new.amount.low or old.amount.high > new.amount.high
        gained |= old.amount.low < new.amount.low or old.amount.high < new.amount.high
    match verdict.relation:
        case "equivalent":
            return bool((old.status, old.amount) != (new.status, new.amount))
        case "stricter":
            return gained
        case "looser":
            return lost
        case "differs":
            return gained or lost if not verdict.key.startswith("classes") else False
    return False


def held_against_enterprises(seed: int, mutants: int, folder: Path) -> int:
    """Verdicts on altered generated packs, held against random enterprises; how many were about something altered."""
    random = Random(seed)
    pack = generated_pack(random, folder)
    bench = Bench(pack.path, 0)
    asked = 0
    for number in random.sample(range(len(bench.mutants)), min(mutants, len(bench.mutants))):
        try:
            mutant = bench.mutant(bench.mutants[number])
        except PackError:
            continue
        pair = Pair(pack, mutant, 2020, 5)
        found = [one for one in verdicts(pair) if one.relation not in ("added", "removed")]
        asked += sum(one.asked > 0 for one in found)
        for _ in range(20):
            who = generator.enterprise(random.choice(pair.programs), pack.head, random)
            decisions = pair.decisions(who)
            for one in found:
                assert not against(one, *pair.sides(one.key, decisions)), (seed, bench.mutants[number], one)
    return asked


def test_no_enterprise_contradicts_a_verdict(tmp_path: Path) -> None:
    assert held_against_enterprises(1, 2, tmp_path) > 0


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 112))
def test_no_enterprise_contradicts_a_verdict_deep(seed: int, tmp_path: Path) -> None:
    held_against_enterprises(seed, 10, tmp_path)


# ------------------------------------------------------------------------------------------ a ledger


def firm(name: str, spent: str, **more: object) -> dict[str, Any]:
    report = {"rd_expenditure": spent, "main_business_revenue": "1000万元"}
    return {
        "uscc": "91350100M000100Y43",
        "name": name,
        "region": "140403",
        "in_directory": {2020: True},
        "reports": {2020: report},
        **more,
    }


def test_who_flips_and_by_which_clause(two: Callable[..., tuple[Pack, Pack]]) -> None:
    flips = Flips(Pair(*two(("at_least: 100万元", "at_least: 200万元"), ("share: 5%", "share: 4%")), 2020))
    for one in (
        firm("甲", "150万元"),
        firm("乙", "300万元"),
        firm("丙", "1万元"),
        firm("丁", "150万元", region="110101"),
    ):
        flips.add(parse_enterprise(one))
    assert (flips.count, flips.enterprises) == (4, 2)
    assert flips.moves == {
        ("coverages.spending", "covered", "not_covered"): 1,
        ("awards.bonus", "eligible", "eligible"): 2,
    }
    (one,) = (each for each in flips.found if each.key == "coverages.spending")
    assert (one.name, one.clauses) == ("甲", ("一",))
    assert [(culprit.new, culprit.reason.result) for culprit in one.culprits] == [
        (False, True),
        (True, False),
    ]
    assert flips.clauses["coverages.spending", "一"] == 1


@pytest.mark.parametrize("lost", [True, False])
def test_an_award_that_loses_its_amount_or_gets_one_flips(
    lost: bool, two: Callable[..., tuple[Pack, Pack]]
) -> None:
    old, new = two(("    amount: {share: 5%, of: rd_expenditure, cap: 50万元}\n", ""))
    flips = Flips(Pair(*((old, new) if lost else (new, old)), 2020))
    for who in (firm("甲", "300万元"), firm("丙", "1万元")):
        flips.add(parse_enterprise(who))
    (one,) = flips.found
    assert (one.name, one.key, one.old.status, one.new.status) == (
        "甲",
        "awards.bonus",
        "eligible",
        "eligible",
    )
    assert (one.old.amount is None, one.new.amount is None) == (not lost, lost)


def test_where_tests_are_put_together_otherwise_all_of_them_are_named(
    two: Callable[..., tuple[Pack, Pack]],
) -> None:
    both = "{rd_expenditure: {at_least: 100万元}, employees: {at_least: 9人}}"
    either = "{any: [{rd_expenditure: {at_least: 100万元}}, {employees: {at_least: 9人}}]}"
    _, old = two(("{rd_expenditure: {at_least: 100万元}}", both))
    text = old.path.read_text(encoding="utf-8").replace(both, either)
    flips = Flips(Pair(old, load_pack(written(old.path.parent.parent, "either", text), cache=False), 2020))
    flips.add(
        parse_enterprise(
            {**firm("甲", "150万元"), "reports": {2020: {"rd_expenditure": "150万元", "employees": 1}}}
        )
    )
    (one,) = flips.found
    assert (one.old.status, one.new.status) == ("not_covered", "covered")
    assert {culprit.new for culprit in one.culprits} == {True, False}


# ------------------------------------------------------------------------------------------ the command


def run(*args: object, lang: str = "zh") -> Result:
    return CliRunner().invoke(
        cli.main, ["diff", *map(str, args), "--lang", lang], env={"COLUMNS": "80", "NO_COLOR": "1"}
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.jsonl"
    firms = [firm("甲厂", "150万元"), {**firm("乙厂", "300万元"), "uscc": "91140403XF00791982"}]
    for one in firms:
        one["in_directory"], one["reports"] = {"2020": True}, {"2020": one["reports"][2020]}
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in firms), encoding="utf-8")
    return path


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_tells_all_three(lang: str, two: Callable[..., tuple[Pack, Pack]], ledger: Path) -> None:
    old, new = two(("at_least: 100万元", "at_least: 200万元"), ("label: 奖金", "label: 大奖金"))
    done = run(old.path, new.path, "--data", ledger, "--year", 2020, lang=lang)
    assert done.exit_code == 1, done.output
    assert max(map(width, done.stdout.splitlines())) <= 80
    for text in ("100万元 → 200万元", "更严" if lang == "zh" else "stricter", "甲厂", "city.yaml:21"):
        assert text in done.stdout


def test_an_event_ledger_is_taken_as_it_stands_at_the_end_of_the_year(
    two: Callable[..., tuple[Pack, Pack]], tmp_path: Path
) -> None:
    days = {"uscc": "91140403XF00791982", "effective": "2020-06-01", "recorded": "2020-06-01"}
    who = {"name": "甲厂", "region": "140403", "in_directory": {"2020": True}}
    events = [
        {
            **days,
            "id": "1",
            "event": "surveyed",
            "enterprise": {**who, "activities": [], "qualifications": []},
        },
        {**days, "id": "2", "event": "report", "year": 2020, "report": {"rd_expenditure": "150万元"}},
    ]
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in events), encoding="utf-8")
    old, new = two(("at_least: 100万元", "at_least: 200万元"))
    found = []
    for year in (2020, 2021, 2019):
        done = run(old.path, new.path, "--events", path, "--year", year, "--format", "json")
        ledger = json.loads(done.stdout)["ledger"]
        found.append((ledger["enterprises"], [one["decision"] for one in ledger["flips"]]))
    assert found == [(1, ["coverages.spending"]), (1, []), (0, [])]


def test_the_same_meaning_is_status_zero(two: Callable[..., tuple[Pack, Pack]], ledger: Path) -> None:
    old, new = two(("label: 奖金", "label: 大奖金"))
    done = run(old.path, new.path, "--data", ledger)
    assert (done.exit_code, "没有一家的结论变化" in done.stdout) == (0, True), done.output
    assert run(old.path, old.path, "--year", 2021).exit_code == 0


def test_what_no_decision_shows_is_a_difference_all_the_same(two: Callable[..., tuple[Pack, Pack]]) -> None:
    target = (
        "targets:\n  rate: {label: 率, source: 六, measure: {coverage: spending, over: all}, at_least: 90%}\n"
    )
    old, new = two(("awards:\n", target + "awards:\n"))
    assert run(old.path, new.path).exit_code == 1


TARGETS = """\
  share: {label: 强度, source: 六, measure: {ratio: {of: {sum_of: rd_expenditure}, to: {sum_of: main_business_revenue}},
    over: {size: [large]}}, at_least: {parameter: aim}}
  rate: {label: 覆盖率, source: 六, measure: {coverage: spending, over: all}, at_least: 90%}
  since: {label: 变化, source: 六, measure: {coverage: spending, over: all, change_from: {year: 2018, as: points}}, at_least: 1个百分点}
  growing: {label: 增长户数, source: 七, measure: {count_of: {enterprises: {growing: true}}, over: all}, at_least: 3家}
  labs: {label: 实验室数, source: 八, measure: {count_of: {activities: {category: platform}}, over: all}, at_least: 3个}
  busy: {label: 活跃户数, source: 九, measure: {count_of: {enterprises: {active: any}}, over: all}, at_least: 3家}
"""
REGIONAL = (
    ("parameters:\n", "parameters:\n  aim: {label: 目标值, source: 六, values: {2020-01-01: 3%}}\n"),
    (
        "classes:\n",
        "  more: {label: 增加, source: 七, difference: {of: rd_expenditure, less: net_profit}}\n"
        "  growing: {label: 增长, source: 七, when: {more: {more_than: 0元}}}\nclasses:\n",
    ),
    ("awards:\n", f"activity_kinds: {{platform: {{lab: {{label: 实验室}}}}}}\ntargets:\n{TARGETS}awards:\n"),
)


@pytest.mark.parametrize(
    ("before", "after", "targets"),
    [
        ("values: {2020-01-01: 3%}", "values: {2020-01-01: 2%}", {"share"}),
        ("more: {more_than: 0元}", "more: {more_than: 1元}", {"growing"}),
        ("{of: rd_expenditure, less: net_profit}", "{of: new_product_revenue, less: net_profit}", {"growing"}),
        ("{at_least: 100万元}", "{at_least: 1000000元}", {"since"}),
        ("{lab: {label: 实验室}}", "{lab: {label: 实验室}, studio: {label: 工作室}}", {"labs", "busy"}),
        ("{lab: {label: 实验室}}", "{lab: {label: 重点实验室}}", set()),
        ("share: 5%", "share: 4%", set()),
    ],
)  # fmt: skip
def test_a_target_comes_to_what_changed(
    before: str, after: str, targets: set[str], two: Callable[..., tuple[Pack, Pack]]
) -> None:
    """Through facts and parameters, and through a decision unless it was shown to mean the same."""
    _, old = two(*REGIONAL)
    text = old.path.read_text(encoding="utf-8")
    assert before in text
    new = load_pack(written(old.path.parent.parent, "newer", text.replace(before, after)), cache=False)
    args = (old.path, new.path, "--year", 2020, "--seconds", 0)
    done = run(*args, "--format", "json")
    data = json.loads(done.stdout)
    assert {one["target"] for one in data["targets"]} == targets
    if targets:
        assert (done.exit_code, data["same"]) == (1, False)
    shown = run(*args).stdout
    assert ("目标用到改动的内容" in shown) == bool(targets)
    assert max(map(width, shown.splitlines())) <= 80


def test_as_plain_data(two: Callable[..., tuple[Pack, Pack]], ledger: Path) -> None:
    old, new = two(("at_least: 100万元", "at_least: 200万元"))
    done = run(old.path, new.path, "--data", ledger, "--year", 2020, "--format", "json")
    data = json.loads(done.stdout)
    assert (done.exit_code, data["same"]) == (1, False)
    (change,) = data["changes"]
    assert change["edits"][0]["path"] == ["covered_when", "rd_expenditure", "at_least"]
    found = {one["decision"]: one for one in data["years"][0]["decisions"]}
    assert found["coverages.spending"]["relation"] == "stricter"
    assert found["coverages.spending"]["flips"][0]["old"]["status"] == "covered"
    assert data["ledger"]["moves"] == [
        {"decision": "coverages.spending", "old": "covered", "new": "not_covered", "count": 1}
    ]


def test_what_it_finds_can_be_pasted_as_worked_cases(
    two: Callable[..., tuple[Pack, Pack]], tmp_path: Path
) -> None:
    rows = [line for line in CITY.splitlines() if "- {is:" in line]
    old, new = two(
        ("at_least: 100万元", "more_than: 100万元"),
        ("\n".join(rows), "\n".join(reversed(rows))),
        ("share: 5%", "share: 6%"),
    )
    cases = tmp_path / "cases.yaml"
    assert run(old.path, new.path, "--year", 2020, "--write-cases", cases).exit_code == 1
    file = tmp_path / "all.yaml"
    file.write_text("pack: city\ncases:\n" + cases.read_text(encoding="utf-8"), encoding="utf-8")
    found = worked.load(file)
    assert len(found.cases) == 3
    assert all(result.holds for result in worked.run(new, found))
    assert any(not result.holds for result in worked.run(old, found))


def test_without_a_plan_the_year_is_asked_for(two: Callable[..., tuple[Pack, Pack]]) -> None:
    plan = "periods: {plan: {from: 2020-01-01, to: 2021-12-31}}\n"
    _, new = two((plan, ""))
    done = run(new.path, new.path)
    assert (done.exit_code, "--year" in done.stderr) == (2, True)
    assert run(new.path, new.path, "--year", 2020).exit_code == 0


def test_without_the_solver_it_says_so(
    two: Callable[..., tuple[Pack, Pack]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object, **__: object) -> None:
        raise ImportError("z3")

    old, new = two(("at_least: 100万元", "at_least: 200万元"))
    monkeypatch.setattr(Space, "find", absent)
    done = run(old.path, new.path, lang="en")
    assert done.exit_code == 1
    assert "innovation-rules[prove]" in done.stderr
    assert "built otherwise" in done.stdout


def test_the_outcomes_of_a_pack_are_alike_to_themselves(two: Callable[..., tuple[Pack, Pack]]) -> None:
    program, later = (two()[0].program(year) for year in (2020, 2021))
    pairs = list(zip(outcomes(program), outcomes(later), strict=True))
    assert all(alike(program, program, one, one) for one, _ in pairs)
    assert not any(alike(program, later, one, other) for one, other in pairs if one.kind != "classes")
