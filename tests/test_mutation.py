"""What is altered in a pack, who notices, and that what nobody notices is told."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from innovation_rules.audit import alterations, mutation
from innovation_rules.audit.mutation import Bench, Verdict
from innovation_rules.cli import main
from innovation_rules.errors import width
from innovation_rules.pack import cases, formatter, reader
from innovation_rules.pack.linker import Entry
from innovation_rules.terminal.mutants import MutantStory, to_json

solver = pytest.mark.skipif(find_spec("z3") is None, reason="the extra prove is not installed")
PACK = """\
pack: tiny
title: 试验
jurisdiction: {within: "140400"}
in_force: {from: 2020-01-01}
inputs:
  opened: {of: enterprise, type: date, label: 开业, source: 一}
activity_kinds:
  platform:
    lab: {label: 实验室, source: 三}
    centre: {label: 中心, source: 三}
facts:
  big:
    label: 大
    source: 一
    when: {employees: {at_least: 300人}}
  several:
    label: 几项
    source: 一
    when: {at_least_of: {n: 2, of: [{big: true}, {opened: {less_than: 2020-06-01}}, {not: {in_directory: true}}]}}
classes:
  size:
    label: 规模
    source: 一
    rows:
      - {is: large, label: 大, when: {employees: {more_than: 1000人}}}
      - {is: middle, label: 中, when: {big: true}}
      - {otherwise: small, label: 小}
coverages:
  covered:
    label: 覆盖
    source: 二
    covered_when: {any: [{big: true}, {exists: {kind: [lab, centre], level: {at_least: provincial}}}]}
awards:
  reward:
    label: 奖
    source: 三
    kind: reward
    eligible_when: {several: true, in_directory: true}
    unless: {size: large}
    amount: {share: 10%, of: rd_expenditure, cap: 5万元}
"""
PROPERTIES = """\
properties:
  restating:
    label: 同一句话
    source: 一
    implies: {if: {employees: {at_least: 300人}}, then: {big: true}}
  large_is_big:
    label: 大型必大
    source: 一
    implies: {if: {size: large}, then: {big: true}}
  large_without_reward:
    label: 大型没有奖
    source: 三
    never_both: [{size: large}, {reward: eligible}]
"""
CASES = """\
pack: tiny
enterprises:
  plain: {region: "140403", reports: {2020: {employees: 300人}}, activities: []}
cases:
  - {name: 三百人, clause: 一, why: 满三百人, year: 2020, enterprise: {like: plain}, expect: {coverage: covered, facts: {big: true}}}
  - name: 在库的千人企业
    clause: 二
    why: 满三百人
    year: 2020
    enterprise: {like: plain, in_directory: {2020: true}, inputs: {opened: 2020-01-01}, reports: {2020: {employees: 1001人}}}
    expect: {coverage: covered}
  - {name: 少一人, clause: 一, why: 不足, year: 2020, enterprise: {like: plain, reports: {2020: {employees: 299人}}},
     expect: {coverage: not_covered, facts: {big: false}}}
"""


def tiny(folder: Path, more: str = "") -> Path:
    path = folder / "tiny.yaml"
    path.write_text(PACK + more, encoding="utf-8")
    (folder / "cases").mkdir(exist_ok=True)
    (folder / "cases" / "tiny.yaml").write_text(CASES, encoding="utf-8")
    return path


def told(path: Path) -> list[str]:
    found = alterations.alterations(reader.read_file(path))
    return [f"{one.place.line} {one.kind} {one.section}.{one.id} [{one.clause}] {one}" for one in found]


def test_everything_that_decides_is_altered_one_at_a_time(tmp_path: Path) -> None:
    found = told(tiny(tmp_path))
    for expected in (
        "4 date in_force.from [] 2020-01-01 → 2020-01-02",
        "4 date in_force.from [] 2020-01-01 → 2019-12-31",
        "15 comparison facts.big [一] at_least → more_than",
        "15 figure facts.big [一] 300人 → 301人",
        "15 figure facts.big [一] 300人 → 299人",
        "19 number of facts.several [一] 2 → 1",
        "19 number of facts.several [一] 2 → 3",
        "19 branch facts.several [一] − {big: true}",
        "19 date facts.several [一] 2020-06-01 → 2020-05-31",
        "19 not facts.several [一] not: {in_directory: true} → {in_directory: true}",
        "19 not facts.several [一] true → false",
        "26 rows classes.size [一] 1 2 → 2 1",
        "32 connective coverages.covered [二] any → all",
        "32 member coverages.covered [二] − lab",
        "32 branch coverages.covered [二] − level: {at_least: provincial}",
        "32 level coverages.covered [二] provincial → national",
        "32 level coverages.covered [二] provincial → municipal",
        "39 branch awards.reward [三] − unless: {size: large}",
        "40 figure awards.reward [三] 10% → 10.0001%",
        "40 figure awards.reward [三] 5万元 → 4.999999万元",
        "40 branch awards.reward [三] − cap: 5万元",
    ):
        assert expected in found, "\n".join(found)
    assert {int(one.split()[0]) for one in found} == {4, 15, 19, 25, 26, 32, 38, 39, 40}, (
        "what decides, no word"
    )


def test_an_alteration_touches_nothing_else(tmp_path: Path) -> None:
    """The document stays as it was, and so do all places."""
    document = reader.read_file(tiny(tmp_path))
    one = next(one for one in alterations.alterations(document) if one.after == "301人")
    altered = one.of(document)
    assert document.node_at(one.path).text == "300人"  # type: ignore[union-attr]
    assert altered.node_at(one.path).text == "301人"  # type: ignore[union-attr]
    assert altered.node_at(one.path).place == document.node_at(one.path).place
    assert altered.node_at(("awards",)) is document.node_at(("awards",))


def test_both_spellings_are_altered_alike(tmp_path: Path) -> None:
    """A pack written in Chinese has the same mutants."""
    document = reader.read_file(tiny(tmp_path))
    chinese = reader.read(formatter.format_source(document, "zh").encode(), "tiny.yaml")
    kinds = [[(one.kind, one.section) for one in alterations.alterations(one)] for one in (document, chinese)]
    assert kinds[0] == kinds[1]


def verdict(bench: Bench, text: str, line: int) -> Verdict:
    number = next(
        number for number, one in enumerate(bench.mutants) if str(one) == text and one.place.line == line
    )
    return bench.verdict(number)


def test_who_notices(tmp_path: Path) -> None:
    bench = Bench(tiny(tmp_path, PROPERTIES), seconds=0)
    assert verdict(bench, "300人 → 301人", 15)[1:3] == ("case", "三百人")
    assert verdict(bench, "300人 → 299人", 15)[1:3] == ("case", "少一人")
    assert verdict(bench, "at_least → more_than", 15).fate == "case"
    assert verdict(bench, "1 2 → 2 1", 26)[1:3] == ("check", "row-never-reached")
    assert verdict(bench, "− unless: {size: large}", 39)[1:3] == ("property", "large_without_reward")
    assert verdict(bench, "5万元 → 4.999999万元", 40)[1:3] == ("survives", "no-solver")


def test_what_no_decision_reads_is_told_apart_from_what_decides_alike(tmp_path: Path) -> None:
    """A fact that nothing reads can only be named by a case; a plan that nothing looks at changes no decision."""
    path = tiny(tmp_path)
    idle = "  idle: {label: 闲, source: 一, when: {employees: {at_most: 5人}}}\n"
    plan = "periods: {plan: {from: 2020-01-01, to: 2020-12-31}}\n"
    text = PACK.replace("classes:\n", f"{idle}classes:\n").replace("inputs:\n", f"{plan}inputs:\n")
    path.write_text(text, encoding="utf-8")
    bench = Bench(path, seconds=0)
    assert verdict(bench, "at_most → less_than", 21)[1:3] == ("survives", "unread")
    assert verdict(bench, "2020-12-31 → 2021-01-01", 5)[1:3] == ("equivalent", "same-program")


@pytest.mark.parametrize("seconds", [0, pytest.param(20, marks=solver)])
def test_a_figure_of_another_day_decides_otherwise_on_the_days_between(tmp_path: Path, seconds: int) -> None:
    """A figure that changes a day sooner is told on the day before, one that changes a day later on the day itself."""
    path = tiny(tmp_path)
    floor = "parameters: {floor: {label: 线, source: 一, values: {2019-01-01: 300人, 2021-06-01: 900人}}}\n"
    text = PACK.replace("at_least: 300人", "at_least: {parameter: floor}").replace(
        "facts:\n", f"{floor}facts:\n"
    )
    path.write_text(text, encoding="utf-8")
    bench = Bench(path, seconds=seconds)
    for moved, day in (("2021-05-31", "2021-05-31"), ("2021-06-02", "2021-06-01")):
        found = verdict(bench, f"2021-06-01 → {moved}", 11)
        assert found[1:3] == ("survives", "" if seconds else "no-solver"), moved
        assert (f"as_of: {day}" in found.case or f'as_of: "{day}"' in found.case) == bool(seconds)


@solver
def test_a_class_that_is_open_either_way_is_no_difference(tmp_path: Path) -> None:
    """Which values are still possible is not decided: the case that comes with a survivor expects what is."""
    text = """\
pack: sizes
title: 试验
jurisdiction: {within: "140400"}
in_force: {from: 2020-01-01}
parameters: {floor: {label: 线, source: 一, values: {2021-06-01: 300人}}}
classes:
  size:
    label: 规模
    source: 一
    rows:
      - {is: large, label: 大, when: {employees: {at_least: {parameter: floor}}}}
      - {is: medium, label: 中, when: {main_business_revenue: {at_least: 2000万元}}}
      - {otherwise: small, label: 小}
"""
    (tmp_path / "sizes.yaml").write_text(text, encoding="utf-8")
    bench = Bench(tmp_path / "sizes.yaml", seconds=20)
    for moved in ("2021-06-02", "2021-05-31"):
        found = verdict(bench, f"2021-06-01 → {moved}", 5)
        assert found[1:3] == ("survives", "")
        assert "classes: {size: " in found.case


def test_a_difference_outside_the_plan_is_put_to_the_solver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing asked is nothing proved."""
    bench = Bench(tiny(tmp_path), seconds=20)
    monkeypatch.setattr(Bench, "_plan", set())
    asked: list[object] = []
    monkeypatch.setattr(mutation, "find_spec", lambda name: name)
    monkeypatch.setattr(mutation.equivalence, "told_apart", lambda *given: asked.extend(given[2]))
    verdict(bench, "5万元 → 4.999999万元", 40)
    assert asked


def test_a_case_says_when_it_is_judged_as_the_pack_takes_it(tmp_path: Path) -> None:
    """Of a year, of a date, and of a date after or within the year."""
    tiny(tmp_path)
    path = tmp_path / "cases" / "tiny.yaml"
    line = next(one for one in CASES.splitlines() if "year: 2020" in one)
    written = (
        "year: 2020",
        "as_of: 2020-06-01",
        "year: 2020, as_of: 2021-03-01",
        "year: 2021, as_of: 2021-03-01",
    )
    more = [
        line.replace("year: 2020", one).replace("name: ", f"name: {at}") for at, one in enumerate(written)
    ]
    path.write_text("\n".join([*CASES.splitlines(), *more]) + "\n", encoding="utf-8")
    bench = Bench(tmp_path / "tiny.yaml", seconds=0)
    for one in bench.prepared:
        assert one.enterprise is not None
        decision = bench.pack.decide(one.enterprise, one.case.year, one.case.as_of)
        assert one.case.moment == (decision.year, decision.as_of, decision.law_date)
    assert len({one.case.moment for one in bench.prepared}) == 4


def test_a_property_that_restates_the_rule_does_not_count(tmp_path: Path) -> None:
    """It names what was altered and writes its whole condition out; one that says something else of it counts."""
    bench = Bench(tiny(tmp_path, PROPERTIES), seconds=0)
    restating, large_is_big, without_reward = bench.properties

    def restated(entry: Entry) -> set[tuple[str, int]]:
        return {(one.id, one.place.line) for one in bench.mutants if bench.restates(entry, one)}

    assert restated(restating) == {("big", 15)}
    assert restated(large_is_big) == {("size", 26)}, "the row of the middle ones is `big: true`"
    assert restated(without_reward) == set()


@solver
def test_a_survivor_comes_with_the_case_that_kills_it(tmp_path: Path) -> None:
    """The solver's enterprise, expected to come out as the pack decides it, is a case that kills the mutant."""
    path = tiny(tmp_path)
    bench = Bench(path, seconds=20)
    found = verdict(bench, "− cap: 5万元", 40)
    assert found.fate == "survives"
    text = CASES + found.case + "\n"
    (tmp_path / "cases" / "tiny.yaml").write_text(text, encoding="utf-8")
    assert all(one.holds for one in cases.run(bench.pack, cases.load(tmp_path / "cases" / "tiny.yaml")))
    again = verdict(Bench(path, seconds=0), "− cap: 5万元", 40)
    assert again.fate == "case"


REGIONAL = """\
pack: regional
title: 县
jurisdiction: {within: "140400"}
in_force: {from: 2020-01-01}
inputs: {able_area: {of: region, at: county, type: yes_no, label: 有条件的地区, source: 一}}
awards: {a: {label: 奖, source: 一, eligible_when: {able_area: true, employees: {at_least: 2人}}}}
"""


def test_a_survivors_case_holds_what_is_so_of_the_region(tmp_path: Path) -> None:
    path = tmp_path / "regional.yaml"
    path.write_text(REGIONAL, encoding="utf-8")
    bench = Bench(path.resolve(), seconds=20)
    alive = [one for one in map(bench.verdict, range(len(bench.mutants))) if one.fate == "survives"]
    assert len(alive) >= 4
    written = {str(bench.mutants[one.number]): one.case for one in alive}
    assert all("awards: {a: " in one for one in written.values())
    assert "region: {able_area: false}" in written["− able_area: true"]
    (tmp_path / "cases").mkdir()
    text = "\n".join(["pack: regional", "cases:", *written.values(), ""])
    (tmp_path / "cases" / "regional.yaml").write_text(text, encoding="utf-8")
    again = Bench(path.resolve(), seconds=0)
    assert {again.verdict(one.number).fate for one in alive} == {"case"}


def test_a_sample_is_the_same_for_a_seed(tmp_path: Path) -> None:
    mutants = Bench(tiny(tmp_path), seconds=0).mutants
    assert mutation.chosen(mutants, "", 5, 3) == mutation.chosen(mutants, "", 5, 3)
    assert mutation.chosen(mutants, "", 5, 3) != mutation.chosen(mutants, "", 5, 4)
    only = mutation.chosen(mutants, "facts.big", None, 0)
    assert {(mutants[one].section, mutants[one].id) for one in only} == {("facts", "big")}


@pytest.mark.deep
def test_processes_say_what_one_says(tmp_path: Path) -> None:
    path = tiny(tmp_path)
    alone = mutation.run(path, only="facts", seconds=0)
    assert mutation.run(path, only="facts", seconds=0, workers=2).verdicts == alone.verdicts


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_lists_survivors_in_80_columns(tmp_path: Path, lang: str) -> None:
    path = str(tiny(tmp_path))
    given = ["mutate", path, "--only", "awards.reward", "--seconds", "0", "--jobs", "1", "--lang", lang]
    found = CliRunner().invoke(main, given)
    assert found.exit_code == 1, found.output
    assert "tiny.yaml:40 awards.reward [三]" in found.output
    assert max(map(width, found.output.splitlines())) <= 80
    assert CliRunner().invoke(main, [*given, "--allow", "100", "--sample", "1"]).exit_code == 0
    assert CliRunner().invoke(main, [*given[:3], "awards.nobody"]).exit_code == 2


def test_the_report_as_data(tmp_path: Path) -> None:
    report = mutation.run(tiny(tmp_path), only="facts.big", seconds=0)
    data = json.loads(json.dumps(to_json(report)))
    assert data["counts"]["case"] == len(data["mutants"]) == 3
    assert data["mutants"][0]["place"].endswith("tiny.yaml:15")
    lines = list(MutantStory(report, "en").lines())
    assert lines[0] == "tiny: 3 mutants, 3 worked cases"


OURS = ("changzhi", "changzhi_hightech_zone", "shanxi", "hengshui", "pingxiang")


@pytest.mark.deep
@pytest.mark.parametrize("name", OURS)
def test_the_cases_of_our_packs_notice_what_changes_a_decision(name: str) -> None:
    """Cases kill nine of ten mutants; cases and properties all that are not proved to decide alike."""
    report = mutation.run(name, workers=2, seconds=20)
    different = len(report.verdicts) - report.count("check", "equivalent")
    assert report.count("case") >= 0.9 * different
    assert not report.of("survives")
