"""Properties: written in a pack, a file or Python; what each word means on one enterprise; verdicts; proofs."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_mutation import REGIONAL

from innovation_rules import load_pack
from innovation_rules.audit import properties as audit
from innovation_rules.audit.enterprises import Situation
from innovation_rules.audit.moves import with_fact
from innovation_rules.audit.properties import (
    Fails,
    Holds,
    NotExercised,
    Property,
    Proved,
    Unknown,
    asserts,
    check,
    implies,
    invariant_under,
    monotone_in,
    never_both,
    totality,
    within,
)
from innovation_rules.audit.prover import prove
from innovation_rules.audit.trials import STATUSES_ZH
from innovation_rules.cli import main
from innovation_rules.engines import interpreter
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import PackError
from innovation_rules.pack import compiler, finder, formatter, pages, reader
from innovation_rules.packs import Pack
from innovation_rules.terminal import wording

solver = pytest.mark.skipif(find_spec("z3") is None, reason="needs the extra prove")
LAST = date(2020, 12, 31)
TOWN = """pack: town
title: 镇
jurisdiction: {within: "140400"}
in_force: {from: 2020-01-01}
inputs:
  able: {of: enterprise, type: yes_no, label: 有条件}
activity_kinds:
  platform:
    centre: {label: 中心, lasts: state, levels: [provincial, national]}
  project:
    patent: {label: 专利}
facts:
  intensity: {label: 强度, ratio: {of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}}
classes:
  size: {label: 规模, source: 一, rows: [{is: large, label: 大, when: {employees: {at_least: 300人}}}, {otherwise: small, label: 小}]}
coverages:
  covered:
    label: 全覆盖
    source: 一
    scope: {size: large}
    covered_when: {any: [{intensity: {at_least: 2%}}, {has_activity: platform}]}
awards:
  first: {label: 头奖, source: 一, eligible_when: {exists: {kind: centre, level: national}}, amount: {fixed: 20万元}}
  second:
    label: 次奖
    source: 一
    eligible_when: {exists: {kind: centre, level: provincial}}
    unless: {exists: {kind: centre, level: national}}
    amount: {share: 10%, of: rd_expenditure, cap: 10万元}
  helped: {label: 帮扶, source: 一, eligible_when: {able: true}}
"""
CASES = """pack: town
enterprises:
  big:
    region: "140403"
    reports: {2020: {employees: 500人, rd_expenditure: 100万元, main_business_revenue: 4000万元, net_profit: 10万元}}
    activities: []
    inputs: {able: true}
cases:
  - {name: 大厂, clause: 一, why: 强度够, year: 2020, enterprise: {like: big}, expect: {coverage: covered}}
  - name: 省级中心
    clause: 一
    why: 省级的归次奖
    year: 2020
    enterprise: {like: big, activities: [{category: platform, kind: centre, level: provincial, started: 2019-01-01, ended: ongoing}]}
    expect: {awards: {second: eligible, first: ineligible}}
"""
STATED = """properties:
  more: {label: 多投不失, source: 一, monotone_in: {rises: rd_expenditure, falls: [net_profit], outcomes: covered}}
  tiers: {label: 两档不兼得, source: 一, never_both: [{first: eligible}, {second: eligible}]}
  bounded: {label: 不超过十万, source: 一, within: {of: second, at_least: 0元, at_most: 10万元}}
  names: {label: 名称无关, source: 一, invariant_under: {facts: [net_profit], of_activities: [name, partners], order: true}}
  sure: {label: 都有结论, source: 一, totality: []}
  higher: {label: 级别, source: 一, monotone_in: {of_activities: level, one_more: platform, outcomes: [covered, {size: large}]}}
  then: {label: 大企业, source: 一, assume: {able: true}, implies: {if: {covered: covered}, then: {size: large}}}
  either: {label: 大或小, source: 一, assert: {any: [{size: large}, {size: small}]}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("policies")
    (root / "town.yaml").write_text(TOWN + STATED, encoding="utf-8")
    (root / "cases").mkdir()
    (root / "cases" / "town.yaml").write_text(CASES, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def town(folder: Path) -> Pack:
    return load_pack(folder / "town.yaml", cache=False)


def one(pack: Pack, written: Property, way: Any = "cases", **more: Any) -> Any:
    (verdict,) = check(pack, written.of("一"), way=way, **more)
    return verdict


# --- in a pack ----------------------------------------------------------------------------------------------


def test_a_pack_states_its_properties_and_its_cases_put_them_to_the_test(town: Pack) -> None:
    verdicts = check(town)
    assert [one.id for one in verdicts] == [
        "more",
        "tiers",
        "bounded",
        "names",
        "sure",
        "higher",
        "then",
        "either",
    ]
    assert all(isinstance(one, Holds) for one in verdicts)
    assert all(one.tried == 2 for one in verdicts if isinstance(one, Holds))


def test_a_property_is_not_part_of_what_decides(folder: Path, town: Pack, tmp_path: Path) -> None:
    (tmp_path / "town.yaml").write_text(TOWN, encoding="utf-8")
    plain = load_pack(tmp_path / "town.yaml", cache=False)
    assert plain.digest == town.digest
    assert plain.linked.surface != town.linked.surface
    assert plain.program(2020).nodes == town.program(2020).nodes
    audited = compiler.audit(town.linked, 2020, LAST, audit.of_pack(town.linked)).program
    own = town.program(2020)
    assert audited.nodes[: len(own.nodes)] == own.nodes
    assert len(audited.nodes) > len(own.nodes)
    assert (audited.coverages, audited.awards) == (own.coverages, own.awards)


def test_a_property_in_chinese_is_the_same_property(folder: Path) -> None:
    document = reader.read_file(folder / "town.yaml")
    chinese = formatter.format_source(document, "zh")
    assert "单调: {提高: R&D经费内部支出, 降低: [净利润], 结果: 全覆盖}" in chinese
    assert "不兼有: [{头奖: 可享受}, {次奖: 可享受}]" in chinese
    assert "前提: {有条件: 是}, 蕴含: {若: {全覆盖: 已覆盖}, 则: {规模: 大}}" in chinese
    back = formatter.format_source(reader.read(chinese.encode(), document.file), "en")
    assert back == formatter.format_source(document)


def test_a_page_says_each_property_in_a_line(town: Pack) -> None:
    page = pages.page(town.linked)
    assert "提高R&D经费内部支出，或降低净利润，不失去全覆盖" in page
    assert "凡（“全覆盖”的结果为已覆盖），必有（规模为大）" in page
    assert "“次奖”的金额不低于0元，不超过10万元" in page
    assert (
        "改变净利润，或改变一项活动的活动名称或合作单位，或活动、资质换一个次序列出，任何一项覆盖和奖励不变"
        in page
    )


# --- what each word means -----------------------------------------------------------------------------------


def test_a_counterexample_speaks_of_statuses_as_decisions_do() -> None:
    told = {status: words.zh for status, words in wording.STATUS.items()}
    assert STATUSES_ZH.items() <= told.items()
    assert {"not_in_force", "not_applicable", "undetermined"} <= STATUSES_ZH.keys()


def test_monotone_in_a_fact_finds_the_threshold_of_a_ratio(town: Pack) -> None:
    """Revenue of 5000万元 brings 100万元 of 4000万元 to exactly 2 %; one 分 more loses the coverage."""
    verdict = one(town, monotone_in("main_business_revenue", outcomes="covered"))
    assert isinstance(verdict, Fails)
    found = verdict.counterexample
    assert found.name == "大厂"
    assert found.change is not None
    assert found.change.text("zh").startswith("主营业务收入：4000万元 → ")
    assert found.outcome("zh").endswith("全覆盖 已覆盖 → 全覆盖 未覆盖")
    assert found.before.engine == "interpreter"
    assert found.after is not None
    assert found.after.coverages["covered"].status == "not_covered"


def test_a_denominator_that_falls_to_nothing_is_tried(town: Pack) -> None:
    """Without revenue the ratio counts as 0 %: less revenue is better, down to none at all."""
    verdict = one(town, monotone_in(falls="main_business_revenue", outcomes="covered"))
    assert isinstance(verdict, Fails)
    assert verdict.counterexample.change is not None
    assert verdict.counterexample.change.after == "0元"
    positive = {"main_business_revenue": {"more_than": "0元"}}
    assert isinstance(
        one(town, monotone_in(falls="main_business_revenue", outcomes="covered").assuming(positive)), Holds
    )


def test_the_neighbours_of_a_figure_stand_where_a_ratio_turns(town: Pack) -> None:
    suite = audit.Suite(
        town, audit.bound([monotone_in("main_business_revenue", outcomes="covered")], town.linked)
    )
    trials = suite.trials(2020, LAST)
    ((_, situation), *_) = audit.worked(town)
    case = situation.case(trials.program)
    (trial,) = trials.each
    assert trial.copies is not None
    (index,) = trial.copies.moves.rises
    copies = trial.copies.of(situation, case, interpreter.evaluate(trials.program, case))
    assert {5_000_000_000, 5_000_000_001} <= {copy.case.values[index] for copy in copies}


def test_monotone_in_the_level_of_an_activity(town: Pack) -> None:
    verdict = one(town, monotone_in(of_activities="level"))
    assert isinstance(verdict, Fails)
    assert verdict.counterexample.name == "省级中心"
    assert "第1项活动的级别：省级 → 国家级" in verdict.counterexample.outcome("zh")
    assert isinstance(one(town, monotone_in(of_activities="level", outcomes="covered")), Holds)


def test_one_activity_more(town: Pack) -> None:
    assert isinstance(one(town, monotone_in(one_more=["platform", "patent"], outcomes="covered")), Holds)
    verdict = one(town, monotone_in(one_more="centre"))
    assert isinstance(verdict, Fails)
    assert verdict.counterexample.change is not None
    assert verdict.counterexample.change.text("en") == "one centre more"


def test_an_amount_that_falls_is_a_loss(town: Pack) -> None:
    assert isinstance(one(town, monotone_in("rd_expenditure", outcomes="second")), Holds)
    verdict = one(town, monotone_in(falls=["rd_expenditure"], outcomes="second"))
    assert isinstance(verdict, Fails)
    assert "次奖 可享受 10万元 → 次奖 可享受" in verdict.counterexample.outcome("zh")


def test_invariant_under(town: Pack) -> None:
    assert isinstance(one(town, invariant_under("net_profit", outcomes=["covered", "size"])), Holds)
    verdict = one(town, invariant_under("employees", outcomes=["size"]))
    assert isinstance(verdict, Fails)
    assert "规模 大 → 规模 小" in verdict.counterexample.outcome("zh")
    assert isinstance(one(town, invariant_under(order=True)), NotExercised)  # no case lists two activities
    assert isinstance(one(town, invariant_under(of_activities="level", outcomes="helped")), Holds)


def test_never_both_and_implies(town: Pack) -> None:
    assert isinstance(one(town, never_both({"first": "eligible"}, {"second": "eligible"})), Holds)
    verdict = one(town, never_both({"covered": "covered"}, {"second": "eligible"}))
    assert isinstance(verdict, Fails)
    assert verdict.counterexample.name == "省级中心"
    assert isinstance(one(town, implies({"second": "eligible"}, {"covered": "covered"})), Holds)
    assert isinstance(one(town, implies({"covered": "covered"}, {"second": "eligible"})), Fails)


def test_within(town: Pack) -> None:
    assert isinstance(one(town, within("second", at_least="0元", at_most={"fact": "rd_expenditure"})), Holds)
    verdict = one(town, within("second", less_than="10万元"))
    assert isinstance(verdict, Fails)
    assert isinstance(one(town, within("intensity", at_most="2.5%")), Holds)
    assert isinstance(one(town, within("intensity", more_than="2.5%")), Fails)


@pytest.mark.parametrize(
    "label", ["甲, 乙", "甲: 乙", "甲 #乙", "[甲", "“甲”", '"甲"', "甲\n乙", "- 甲", "true", "2020"]
)
def test_a_label_in_python_may_say_anything(town: Pack, label: str) -> None:
    written = within("intensity", at_most="2.5%").of("一(三)，二", label)
    (verdict,) = check(town, written)
    assert isinstance(verdict, Holds)
    assert (verdict.claim.label, verdict.claim.clause) == (label, "一(三)，二")


def test_figures_and_codes_in_python_are_read_as_what_they_are(town: Pack) -> None:
    conditions: list[dict[str, Any]] = [
        {"region": {"under": "1404"}},
        {"region": {"under": ["06", "1403"]}},
        {"rd_expenditure": {"between": ["1万元", "1.5亿元"]}},
        {"rd_expenditure": {"less_than": "100.0万元"}},
        {"any": [{"established": {"at_most": date(2020, 1, 1)}}, {"able": True}]},
        {"any": [{"established": {"at_most": "2020-01-01"}}, {"able": False}]},
    ]
    written = [asserts(one).of("一").called(f"figure_{at}") for at, one in enumerate(conditions)]
    verdicts = check(town, *written)
    assert [one.id for one in verdicts] == [one.id for one in written]
    assert [type(one) for one in verdicts] == [Holds, Fails, Holds, Fails, Holds, NotExercised]


def test_totality_is_of_what_is_fully_known(town: Pack) -> None:
    (suite,) = [audit.Suite(town, audit.bound([totality()], town.linked))]
    (trial,) = suite.trials(2020, LAST).each
    program = suite.trials(2020, LAST).program

    def tried(**known: Any) -> Any:
        one = Enterprise.model_validate({"uscc": "91350100M000100Y43", "name": "某厂", **known})
        situation = Situation(one, 2020, LAST, LAST)
        return trial.on(situation, situation.case(program))

    assert tried() == "idle"
    assert (
        tried(region="140000", inputs={"able": True}) == "idle"
    )  # a code too short is not known well enough
    assert tried(region="140403", inputs={"able": True}) == "held"


def test_a_parameter_without_a_value_yet_is_found_undetermined(tmp_path: Path) -> None:
    text = """pack: late
title: 镇
jurisdiction: {within: "140400"}
in_force: {from: 2020-01-01}
parameters: {floor: {label: 起点, values: {2019-01-01: 5人}}}
facts: {reached: {label: 够线, when: {employees: {at_least: {parameter: floor}}}}}
coverages: {covered: {label: 全覆盖, source: 一, covered_when: {reached: true}}}
"""
    (tmp_path / "late.yaml").write_text(text, encoding="utf-8")
    pack = load_pack(tmp_path / "late.yaml", cache=False)
    suite = audit.Suite(pack, audit.bound([totality("reached")], pack.linked))
    one = Enterprise.model_validate(
        {
            "uscc": "91350100M000100Y43",
            "name": "某厂",
            "region": "140403",
            "reports": {2018: {"employees": 9}},
        }
    )
    day = date(2018, 12, 31)
    situation = Situation(one, 2018, day, day)
    trials = suite.trials(2018, day)
    assert not trials.program.in_force
    (trial,) = trials.each
    assert trial.on(situation, situation.case(trials.program)) == "idle"


@pytest.fixture
def ended(tmp_path: Path) -> Pack:
    """A pack of which the law changes after one of its awards has ended, and which says something of that award."""
    when = "{employees: {at_least: {parameter: floor}}}"
    span = "{from: 2020-01-01, to: 2021-12-31}"
    ended = f"  old: {{label: 旧奖, source: 一, in_force: {span}, eligible_when: {when}}}\n"
    kept = "properties: {kept: {label: 不失, source: 一, monotone_in: {rises: employees, outcomes: old}}}\n"
    floor = "parameters: {floor: {label: 线, source: 一, values: {2019-01-01: 5人, 2022-06-01: 9人}}}\n"
    text = TOWN.replace("facts:\n", f"{floor}facts:\n") + ended + kept
    (tmp_path / "town.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "town.yaml").write_text(CASES, encoding="utf-8")
    return load_pack(tmp_path / "town.yaml", cache=False)


def test_an_award_that_has_ended_leaves_nothing_to_hold_or_to_prove(ended: Pack) -> None:
    assert audit.present(ended.linked)[0] == 2022
    found = {way: check(ended, way=way, examples=5)[0] for way in ("cases", "generated")}
    assert isinstance(found["cases"], Holds), "the cases are of a year in which it was in force"
    assert isinstance(found["generated"], NotExercised)


@solver
def test_a_property_is_proved_for_the_years_in_which_it_says_something(ended: Pack) -> None:
    assert isinstance(check(ended, way="proof")[0], NotExercised)
    (finding,) = prove(ended, ["property"]).findings
    assert finding.holds
    assert [one.text("en") for one in finding.years] == ["2020–2021"]


def test_an_assumption_holds_in_both_copies(town: Pack) -> None:
    bounded = {"main_business_revenue": {"at_most": "5000万元"}}
    written = monotone_in("main_business_revenue", outcomes="covered").assuming(bounded)
    assert isinstance(one(town, written), Holds)


def test_a_property_that_speaks_of_nobody_does_not_pass(town: Pack) -> None:
    verdict = one(town, asserts({"size": "large"}).assuming({"employees": {"at_least": "9000人"}}))
    assert isinstance(verdict, NotExercised)
    assert not verdict.good
    (said,) = verdict.diagnostics
    assert "没有用到" in said.message("zh")
    assert verdict.to_json()["verdict"] == "not_exercised"


def test_without_a_worked_case_nothing_is_put_to_the_test(tmp_path: Path) -> None:
    """Neither the command nor pytest lets a property pass that no enterprise was tried on."""
    path = tmp_path / "town.yaml"
    path.write_text(TOWN + STATED, encoding="utf-8")
    pack = load_pack(path, cache=False)
    verdicts = check(pack)
    assert [one.id for one in verdicts] == [one.id for one in audit.of_pack(pack.linked)]
    assert all(isinstance(one, NotExercised) and one.tried == 0 for one in verdicts)
    tried = audit.Tried(audit.Suite(pack, audit.of_pack(pack.linked)), None, 0)
    assert isinstance(tried.verdict("tiers"), NotExercised)
    done = CliRunner().invoke(main, ["test", str(path), "--lang", "en"])
    assert done.exit_code == 1
    assert done.output.count("was not exercised: it spoke of none of the 0 enterprises") == len(verdicts)


def test_a_second_copy_must_be_an_enterprise_that_there_can_be(town: Pack) -> None:
    report = {"rd_expenditure": "100万元", "basic_research": "100万元"}
    given = {"uscc": "91350100M000100Y43", "name": "某厂", "reports": {2020: report}}
    enterprise = Enterprise.model_validate(given)
    fact = next(one for one in town.program(2020).frame.facts if one.spec.name == "rd_expenditure")
    with pytest.raises(ValueError):
        with_fact(enterprise, fact, 50_000_000)
    assert with_fact(enterprise, fact, 200_000_000).reports[2020].rd_expenditure == 200_000_000


# --- files of an auditor ------------------------------------------------------------------------------------

AUDITOR = """规则包: town
性质:
  两档不兼得: {英文名: tiers, 条款: 一, 不兼有: [{头奖: 可享受}, {次奖: 可享受}]}
  升级不失去: {英文名: lost, 条款: 一, 单调: {活动: 级别}}
"""


def test_an_auditors_file_in_chinese(town: Pack, tmp_path: Path) -> None:
    path = tmp_path / "mine.property.yaml"
    path.write_text(AUDITOR, encoding="utf-8")
    verdicts = check(town, *audit.read(path, town.linked))
    assert [type(one) for one in verdicts] == [Holds, Fails]
    (failed,) = verdicts[1].diagnostics
    assert failed.place is not None
    assert (failed.place.file, failed.place.line) == (str(path), 4)
    assert "依据条款：一" in failed.help("zh")
    assert "级别：省级 → 国家级" in failed.help("zh")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("规则包: town", "规则包: city", "properties-of-another-pack"),
        ("头奖: 可享受", "头将: 可享受", "unknown-fact"),
        ("条款: 一, 单调", "单调", "source-missing"),
        ("单调: {活动: 级别}", "单吊: {活动: 级别}", "unknown-key"),
        ("单调: {活动: 级别}", "monotone_in: {活动: 级别}", "mixed-spelling"),
    ],
)
def test_a_mistake_in_an_auditors_file_has_a_place(
    old: str, new: str, code: str, town: Pack, tmp_path: Path
) -> None:
    path = tmp_path / "mine.property.yaml"
    path.write_text(AUDITOR.replace(old, new), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        audit.read(path, town.linked)
    (one,) = caught.value.diagnostics
    assert one.code == code
    assert one.place is not None
    assert one.place.file == str(path)


def test_files_beside_a_pack_are_found(folder: Path, town: Pack) -> None:
    there = folder / "properties"
    there.mkdir()
    (there / "mine.property.yaml").write_text(AUDITOR, encoding="utf-8")
    (there / "other.property.yaml").write_text("pack: city\nproperties: {}\n", encoding="utf-8")
    try:
        assert audit.beside(town.linked) == (there / "mine.property.yaml",)
        assert [one.id for one in check(town)][-2:] == ["tiers", "lost"]
    finally:
        for path in there.iterdir():
            path.unlink()
        there.rmdir()


def test_a_mistake_in_python_is_a_pack_error(town: Pack) -> None:
    with pytest.raises(PackError) as caught:
        check(town, monotone_in("rd_expanditure", outcomes="covered"))
    assert [one.code for one in caught.value.diagnostics] == ["unknown-fact"]
    assert "rd_expenditure" in caught.value.render("en")


# --- generated, and proved ----------------------------------------------------------------------------------


def test_a_generated_counterexample_is_cut_down_to_what_matters(town: Pack) -> None:
    verdict = one(town, monotone_in(of_activities="level", outcomes="second"), "generated", examples=60)
    assert isinstance(verdict, Fails)
    found = verdict.counterexample
    assert found.enterprise.activities is not None
    assert len(found.enterprise.activities) == 1
    assert found.enterprise.reports == {}
    pasted = found.worked_case(verdict.claim)
    assert "level: provincial" in pasted
    assert "enterprise:" in pasted


@pytest.mark.parametrize("way", ["generated", pytest.param("proof", marks=solver)])
def test_a_counterexample_holds_what_is_so_of_the_region(way: Any, tmp_path: Path) -> None:
    (tmp_path / "regional.yaml").write_text(REGIONAL, encoding="utf-8")
    pack = load_pack(tmp_path / "regional.yaml", cache=False)
    verdict = one(pack, asserts({"a": ["ineligible", "out_of_scope"]}).of("一"), way)
    assert isinstance(verdict, Fails)
    assert "region: {able_area: true}" in verdict.counterexample.worked_case(verdict.claim)


def test_generated_enterprises_exercise_what_the_pack_states(town: Pack) -> None:
    assert all(isinstance(one, Holds) for one in check(town, way="generated", examples=60))


@solver
def test_what_a_pack_states_is_proved(town: Pack) -> None:
    verdicts = {one.id: one for one in check(town, way="proof")}
    assert all(isinstance(one, Proved) for one in verdicts.values())


@solver
def test_a_solver_finds_what_breaks_a_property(town: Pack) -> None:
    for written in (
        asserts({"size": "small"}),
        never_both({"covered": "covered"}, {"second": "eligible"}),
        monotone_in("main_business_revenue", outcomes="covered"),
        invariant_under("employees", outcomes="size"),
        monotone_in(one_more="platform", outcomes="second"),
    ):
        verdict = one(town, written, "proof")
        assert isinstance(verdict, Fails), (written, verdict)
        assert verdict.counterexample.before.engine == "interpreter"
    assert isinstance(one(town, monotone_in(of_activities="level")), Fails)
    assert isinstance(one(town, monotone_in(of_activities="level"), "proof"), Unknown)


# --- ours ---------------------------------------------------------------------------------------------------

OURS = finder.names()
EVERY_DAY = ("national", "pingxiang")


@pytest.mark.parametrize(
    "name", [one if one in EVERY_DAY else pytest.param(one, marks=pytest.mark.deep) for one in OURS]
)
def test_our_cases_hold_our_properties(name: str) -> None:
    verdicts = check(load_pack(name))
    assert len(verdicts) >= 4
    assert [audit.summary(one, "en") for one in verdicts if not one.good] == []
    assert all(one.claim.clause for one in verdicts)


@pytest.mark.deep
@pytest.mark.parametrize("name", OURS)
def test_generated_enterprises_hold_our_properties(name: str) -> None:
    verdicts = check(load_pack(name), way="generated", examples=1_000)
    assert [one for one in verdicts if isinstance(one, Fails)] == []


@solver
@pytest.mark.deep
@pytest.mark.parametrize("name", OURS)
def test_our_properties_are_never_disproved(name: str) -> None:
    verdicts = check(load_pack(name), way="proof")
    assert [one for one in verdicts if isinstance(one, Fails)] == []
    assert sum(isinstance(one, Proved) for one in verdicts) >= len(verdicts) * 2 // 3
