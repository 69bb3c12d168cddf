"""Advice: the smallest changes after which an enterprise reaches a goal, each with the clause that asks for it."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from innovation_rules import cli
from innovation_rules.activities import Category
from innovation_rules.audit import generator
from innovation_rules.audit.advice import (
    Advice,
    Goal,
    GoalError,
    _Search,
    advise,
    costs_of,
    goal_of,
    learnable,
    movable,
)
from innovation_rules.audit.applied import applied, known_on
from innovation_rules.audit.differential import CHANCE, generated_pack
from innovation_rules.audit.verdicts import decided
from innovation_rules.case import BaseFact, Frame
from innovation_rules.engines.smt import Change, Space, Unsettled
from innovation_rules.errors import DataError, PackError, width
from innovation_rules.facts import VOCABULARY
from innovation_rules.gaps import SETTLED, outcomes
from innovation_rules.intake import parse_enterprise
from innovation_rules.packs import Pack, load_pack
from innovation_rules.quantities import LEVELS, SCALE, Type
from innovation_rules.reasons import infos

CITY = """\
pack: city
title: 市文件
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01, to: 2022-12-31}
periods: {plan: {from: 2020-01-01, to: 2020-12-31}}
inputs:
  able: {of: enterprise, type: yes_no, label: 有条件, found_by: authority, source: 五}
  mechanism: {of: enterprise, type: yes_no, label: 有机制, source: 五}
qualification_kinds:
  high_tech: {label: 高新技术企业}
activity_kinds:
  platform:
    centre: {label: 企业技术中心, lasts: state, quantity: 个}
    laboratory: {label: 重点实验室, lasts: state, quantity: 个}
    studio: {label: 工作室, lasts: state, quantity: 个}
facts:
  intensity: {label: 投入强度, source: 二, ratio: {of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}}
classes:
  size:
    label: 大小
    source: 四
    rows:
      - {is: large, label: 大, when: {employees: {at_least: 1000人}}}
      - {is: middle, label: 中, when: {employees: {at_least: 300人}}}
      - {otherwise: small, label: 小}
coverages:
  spending: {label: 经费覆盖, source: 一, scope: {in_directory: true}, covered_when: {rd_expenditure: {at_least: 200万元}}}
  platforms:
    label: 平台覆盖
    source: 六
    covered_when: {at_least_of: {n: 2, of: [{exists: {kind: [centre, laboratory], level: {at_least: provincial}, status: recognised}},
      {holds: high_tech}, {intensity: {at_least: 2.5%}}]}}
awards:
  bonus: {label: 奖金, source: 三, eligible_when: {mechanism: true, able: true}}
  past: {label: 旧奖, source: 七, in_force: {from: 2022-01-01, to: 2022-12-31}}
  none: {label: 无活动补助, source: 八, eligible_when: {not: {has_activity: platform}}}
  staff: {label: 人员奖, source: 九, beneficiary: 研发人员}
  favour: {label: 优先, source: 十, bearing: weighs, eligible_when: {net_profit: {more_than: 0元}}}
  young: {label: 新企业补助, source: 十一, eligible_when: {years_old: {at_most: 5年}}}
"""
CITY = CITY.replace(
    "classes:\n", "  years_old: {label: 成立年数, source: 十一, years_since: established}\nclasses:\n", 1
)
FIRM: dict[str, Any] = {
    "uscc": "91350100M000100Y43",
    "name": "甲厂",
    "region": "140403",
    "established": "2000-05-01",
    "in_directory": {2020: True},
    "reports": {2020: {"rd_expenditure": "120万元", "main_business_revenue": "1亿元", "employees": 200}},
    "activities": [
        {
            "category": "platform",
            "kind": "centre",
            "level": "municipal",
            "status": "applied",
            "started": "2019-01-01",
            "ended": "ongoing",
        }
    ],
    "qualifications": [],
    "inputs": {"mechanism": False},
}

pytest.importorskip("z3", reason="the extra `prove` is not installed")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    path = tmp_path_factory.mktemp("packs") / "city.yaml"
    path.write_text(CITY, encoding="utf-8")
    return load_pack(path, cache=False)


Ask = Callable[..., Advice]


@pytest.fixture
def ask(city: Pack) -> Ask:
    """Advice on the firm, some of what is known of it replaced."""

    def make(goal: str, most: int = 5, **more: Any) -> Advice:
        program = city.program(2020)
        firm = {name: value for name, value in {**FIRM, **more}.items() if value is not ...}
        return advise(city, program, parse_enterprise(firm), goal_of(goal, program), most=most)

    return make


def said(advice: Advice) -> list[list[tuple[str, str, object, object]]]:
    return [
        [(step.kind, step.change.name, step.change.before, step.change.after) for step in plan.steps]
        for plan in advice.plans
    ]


# ------------------------------------------------------------------------------------------ goals


@pytest.mark.parametrize(
    ("text", "key", "wanted"),
    [
        ("covered", "coverages.spending", "covered"),
        ("已覆盖", "coverages.spending", "covered"),
        ("covered:platforms", "coverages.platforms", "covered"),
        ("覆盖：平台覆盖", "coverages.platforms", "covered"),
        ("award:bonus", "awards.bonus", "eligible"),
        ("奖励:奖金", "awards.bonus", "eligible"),
        ("奖励:新企业", "awards.young", "eligible"),
        ("award:favour", "awards.favour", "favoured"),
        ("class:size=middle", "classes.size", "middle"),
        ("分类：大小＝中", "classes.size", "middle"),
    ],
)
def test_a_goal_is_named_in_either_language(text: str, key: str, wanted: str, city: Pack) -> None:
    assert goal_of(text, city.program(2020)) == Goal(key, (wanted,))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("rich", "goal-form"),
        ("award", "goal-form"),
        ("award:bonsu", "goal-unknown"),
        ("award:o", "goal-unknown"),
        ("class:size", "goal-unknown"),
        ("class:size=huge", "goal-unknown"),
    ],
)
def test_what_is_no_goal_is_refused(text: str, code: str, city: Pack) -> None:
    with pytest.raises(GoalError) as caught:
        goal_of(text, city.program(2020))
    (one,) = caught.value.diagnostics
    assert one.code == code
    assert one.help("zh")
    assert one.help("en")


def test_a_pack_without_coverage_has_nothing_to_cover(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    start, _, rest = CITY.partition("coverages:\n")
    path.write_text(
        f"{start}coverages: {{none: {{because: 无}}}}\nawards:{rest.partition('awards:')[2]}",
        encoding="utf-8",
    )
    with pytest.raises(GoalError) as caught:
        goal_of("covered", load_pack(path, cache=False).program(2020))
    assert caught.value.diagnostics[0].code == "goal-no-coverage"


# ------------------------------------------------------------------------------------------ steps


def test_a_figure_is_raised_to_the_threshold_and_no_further(ask: Ask) -> None:
    advice = ask("covered")
    assert (advice.found, advice.status, advice.complete) == ("plans", "not_covered", True)
    assert said(advice) == [[("change", "rd_expenditure@2020", 120 * 10**6, 200 * 10**6)]]
    (step,) = advice.plans[0].steps
    assert ([one.clause for one in step.because], step.free) == (["一"], True)
    assert advice.plans[0].enterprise.reports[2020].rd_expenditure == 200 * 10**6


def test_what_is_reached_needs_nothing(ask: Ask) -> None:
    advice = ask("class:size=small")
    assert (advice.found, advice.plans) == ("reached", ())


def test_two_of_three_give_three_ways(ask: Ask) -> None:
    advice = ask("covered:platforms")
    ways = [
        sorted((step.kind, step.change.name.partition("[")[0]) for step in plan.steps)
        for plan in advice.plans
    ]
    assert advice.found == "plans"
    assert {len(way) for way in ways} <= {2, 3}
    flat = [tuple(way) for way in ways]
    assert (("add", "activities"), ("change", "rd_expenditure@2020")) in flat
    assert (("add", "qualifications"), ("change", "rd_expenditure@2020")) in flat
    assert (("add", "activities"), ("add", "qualifications")) in flat


def test_an_added_activity_is_what_is_asked_and_no_more(ask: Ask) -> None:
    advice = ask(
        "covered:platforms", reports={2020: {"rd_expenditure": "1000万元", "main_business_revenue": "1亿元"}}
    )
    steps = [plan.steps[0] for plan in advice.plans if len(plan.steps) == 1]
    (added,) = (step for step in steps if step.kind == "add" and step.change.name.startswith("activities"))
    item = added.change.item
    assert {item["kind"], *added.as_well} == {"centre", "laboratory"}
    assert set(item) == {"category", "kind", "status", "level", "started"}
    assert (item["status"], LEVELS[int(str(item["level"]))].value) == ("recognised", "provincial")


def test_what_is_not_known_is_provided_and_what_is_not_to_be_chosen_says_so(ask: Ask) -> None:
    advice = ask("award:bonus")
    assert [sorted(way) for way in said(advice)] == [
        [("change", "mechanism", False, True), ("provide", "able", None, True)]
    ]
    free = {step.change.name: step.free for step in advice.plans[0].steps}
    assert free == {"mechanism": True, "able": False}


def test_a_list_nobody_surveyed_is_to_be_surveyed(ask: Ask) -> None:
    advice = ask("award:none", activities=[], unsurveyed=["platform"])
    assert said(advice) == [[("survey", "activities.platform", None, None)]]
    assert ask("award:none", activities=...).plans[0].enterprise.unsurveyed == frozenset(Category) - {
        Category.PLATFORM
    }


def test_what_was_done_is_not_undone(ask: Ask) -> None:
    advice = ask("award:none")
    assert advice.found == "unreachable"
    assert [(step.change.name, step.change.before) for step in advice.blocked] == [
        ("activities[0].status", "applied")
    ]


def test_a_figure_is_never_lowered(ask: Ask) -> None:
    report = {"rd_expenditure": "120万元", "main_business_revenue": "1亿元", "employees": 2000}
    advice = ask("class:size=middle", reports={2020: report})
    assert advice.found == "unreachable"
    assert [(step.change.name, step.change.before) for step in advice.blocked] == [("employees@2020", 2000)]


def test_what_blocks_the_way_is_named(ask: Ask) -> None:
    advice = ask("covered", region="110101")
    assert (advice.found, advice.plans) == ("unreachable", ())
    assert [(step.change.name, step.change.before) for step in advice.blocked] == [("region", "110101")]
    assert [one.change.name for one in ask("award:young").blocked] == ["established"]
    both = ask("covered", region="110101", in_directory={2020: False})
    assert [one.change.name for one in both.blocked] == ["region", "in_directory@2020"]


@pytest.mark.parametrize("goal", ["award:past", "award:staff"])
def test_what_no_enterprise_can_have_is_not_looked_for(
    goal: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Space, "optimise", None)
    advice = ask(goal)
    assert (advice.found, advice.blocked) == ("unreachable", ())
    assert advice.status in SETTLED


LABS = """\
pack: labs
title: 实验室
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01}
periods: {plan: {from: 2020-01-01, to: 2021-12-31}}
activity_kinds: {platform: {lab: {label: 实验室, lasts: state, quantity: 台}}}
facts:
  count: {label: 实验室数, source: 一, unit: 个, count: {kind: lab}}
  good: {label: 合格, source: 一, exists: {kind: lab, WHERE}}
  sum: {label: 额, source: 一, total: {of: amount, kind: lab}}
  size: {label: 规模, source: 一, unit: 台, total: {of: quantity, kind: lab}}
coverages:
  enough: {label: 覆盖, source: 一, covered_when: {count: {at_most: MOST个}, WANTED}}
"""
LAB = {
    "category": "platform",
    "kind": "lab",
    "level": "provincial",
    "status": "recognised",
    "started": "2019-01-01",
    "ended": "ongoing",
    "amount": "150万元",
}


@dataclass(frozen=True)
class Labs:
    """What is asked of an enterprise's laboratories, and what they are; no other can be added."""

    wanted: str
    where: str
    labs: Sequence[Mapping[str, Any]]

    def search(self, folder: Path) -> _Search:
        path = folder / "labs.yaml"
        text = LABS.replace("WANTED", self.wanted).replace("WHERE", self.where)
        path.write_text(text.replace("MOST", str(len(self.labs))), encoding="utf-8")
        pack = load_pack(path, cache=False)
        labs = [{name: one for name, one in {**LAB, **lab}.items() if one is not ...} for lab in self.labs]
        firm, program = parse_enterprise({**FIRM, "activities": labs}), pack.program(2020)
        return _Search(pack, program, firm, goal_of("covered", program), date(2020, 12, 31), None, 10)


@pytest.mark.parametrize(
    ("where", "field", "after"),
    [
        ("level: [county, national]", "level", "national"),
        ("level: [enterprise, national]", "level", "national"),
        ("level: [enterprise, county, municipal, national]", "level", "national"),
        (
            "where: {any: [{amount: {at_most: 100万元}}, {amount: {at_least: 200万元}}]}",
            "amount",
            200 * 10**6,
        ),
        ("where: {not: {amount: {between: [100万元, 200万元]}}}", "amount", 201 * 10**6),
    ],
)
def test_the_one_lab_is_raised_where_less_would_do_too(
    where: str, field: str, after: object, tmp_path: Path
) -> None:
    """What is there only rises: the way down is no way, and does not hide the way up."""
    advice = Labs("good: true", where, [{}]).search(tmp_path).advice(5)
    (step,) = advice.plans[0].steps
    assert step.change.name == f"activities[0].{field}"
    assert (LEVELS[int(str(step.change.after))].value if field == "level" else step.change.after) == after


PROVINCIAL = "level: {at_least: provincial}"
AMOUNT = ("activities[0].amount", 200 * 10**6)
LEVEL = ("activities[0].level", 3)


@pytest.mark.parametrize(
    ("wanted", "where", "lab", "steps"),
    [
        ("sum: {at_least: 200万元}", PROVINCIAL, {}, [AMOUNT]),
        ("sum: {between: [200万元, 201万元]}", PROVINCIAL, {}, [AMOUNT]),
        ("size: {at_least: 7台}", PROVINCIAL, {"quantity": 5}, [("activities[0].quantity", 7)]),
        ("sum: {at_least: 200万元}, good: true", PROVINCIAL, {"level": "county"}, [AMOUNT, LEVEL]),
        (
            "sum: {at_least: 200万元}, good: true",
            "where: {any: [{level: {at_least: provincial}}, {amount: {at_most: 100万元}}]}",
            {"level": "county", "amount": "50万元"},
            [AMOUNT, LEVEL],
        ),
        ("sum: {at_least: 200万元}", PROVINCIAL, {"amount": ...}, [AMOUNT]),
        ("sum: {at_least: 200万元}, good: true", PROVINCIAL, {"amount": ..., "level": ...}, [AMOUNT, LEVEL]),
        ("sum: {at_most: 100万元}", PROVINCIAL, {}, []),
    ],
)
def test_what_the_one_lab_adds_to_a_total_is_raised(
    wanted: str, where: str, lab: dict[str, Any], steps: list[tuple[str, int]], tmp_path: Path
) -> None:
    """Of itself it answers as before, and so needs no change: what it adds is for the total to ask."""
    advice = Labs(wanted, where, [lab]).search(tmp_path).advice(5)
    ways = [sorted((one.change.name, one.change.after) for one in plan.steps) for plan in advice.plans]
    assert ways == ([steps] if steps else [])
    assert (advice.found, advice.complete) == ("plans" if steps else "unreachable", True)


@pytest.mark.parametrize("other", ["{amount: {at_least: 200万元}}", "{quantity: {at_least: 7台}}"])
def test_each_way_to_raise_the_one_lab_is_listed(other: str, tmp_path: Path) -> None:
    labs = Labs("good: true", f"where: {{any: [{{level: national}}, {other}]}}", [{"quantity": 5}])
    advice = labs.search(tmp_path).advice(5)
    field = "amount" if "amount" in other else "quantity"
    names = {plan.steps[0].change.name for plan in advice.plans if len(plan.steps) == 1}
    assert names == {"activities[0].level", f"activities[0].{field}"}
    assert (len(advice.plans), advice.complete) == (2, True)


def test_an_application_can_be_granted_and_a_refusal_stays(ask: Ask) -> None:
    report = {2020: {"rd_expenditure": "1000万元", "main_business_revenue": "1亿元"}}
    applied_ = {**FIRM["activities"][0], "level": "provincial"}
    granted = ask("covered:platforms", reports=report, activities=[applied_])
    assert [("change", "activities[0].status", "applied", "recognised")] in said(granted)
    refused = ask("covered:platforms", reports=report, activities=[{**applied_, "status": "rejected"}])
    assert not any("status" in step.change.name for plan in refused.plans for step in plan.steps)


def test_no_answer_is_no_advice(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Space, "optimise", lambda *_, **__: Unsettled(0.5, "time"))
    advice = ask("covered")
    assert (advice.found, advice.plans, advice.complete) == ("unsettled", (), False)


def test_what_does_not_hold_up_leaves_it_open(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A way of the solver's that is no way when it is gone: then nothing is proved out of reach."""
    monkeypatch.setattr(_Search, "_plan", lambda *_: None)
    advice = ask("covered")
    assert (advice.found, advice.plans, advice.complete) == ("unsettled", (), False)


def test_no_more_ways_than_asked_for(ask: Ask) -> None:
    advice = ask("covered:platforms", most=1)
    assert (len(advice.plans), advice.complete) == (1, False)


# ------------------------------------------------------------------------------------------ what can change


def test_an_enterprise_changes_this_year_and_what_is_its_own() -> None:
    def fact(owner: str, name: str, year: int | None = None) -> BaseFact:
        return BaseFact(VOCABULARY[owner, name], year)  # type: ignore[index]

    assert movable(fact("report", "rd_expenditure", 2020), 2020)
    assert not movable(fact("report", "rd_expenditure", 2019), 2020)
    assert not movable(fact("report", "filed", 2020), 2020)
    assert not movable(fact("enterprise", "region"), 2020)
    assert not movable(fact("enterprise", "established"), 2020)
    assert learnable(fact("report", "rd_expenditure", 2019))
    assert learnable(fact("enterprise", "industry"))
    assert not learnable(fact("report", "filed", 2020))


def test_what_an_authority_finds_is_not_the_enterprises_to_change(city: Pack) -> None:
    program = city.program(2020)
    specs = {fact.spec.name: fact.spec.changes for fact in program.frame.facts}
    assert (specs["able"], specs["mechanism"], specs["rd_expenditure"], specs["established"]) == (
        "",
        "either",
        "rises",
        "",
    )
    case = city.case(parse_enterprise(FIRM), 2020)
    free = costs_of(program, case).facts
    assert {"mechanism", "rd_expenditure@2020", "able"} <= set(free)
    assert {"region", "in_directory@2020", "established"}.isdisjoint(free)
    assert {"region", "in_directory@2020", "established"} <= set(costs_of(program, case, fixed=True).facts)


# ------------------------------------------------------------------------------------------ applying


def frame_of(city: Pack) -> Frame:
    return city.program(2020).frame


def test_changes_make_a_valid_enterprise(city: Pack) -> None:
    firm = parse_enterprise(FIRM)
    after = applied(
        firm,
        [
            Change("fact", "rd_expenditure@2020", 1, 200 * 10**6),
            Change("fact", "able", None, True),
            Change("fact", "in_directory@2020", True, False),
            Change("field", "activities[0].level", 2, 3),
            Change(
                "item",
                "activities[+0]",
                item={
                    "category": "platform",
                    "kind": "studio",
                    "evidence": True,
                    "ended": date.max.toordinal(),
                },
            ),
            Change("item", "qualifications[+0]", item={"kind": "high_tech", "expires": date.max.toordinal()}),
        ],
        frame_of(city),
    )
    assert after.reports[2020].rd_expenditure == 200 * 10**6
    assert after.reports[2020].employees == 200
    assert after.inputs == {"mechanism": False, "able": True}
    assert after.in_directory == {2020: False}
    assert after.activities is not None
    assert after.qualifications is not None
    assert [(one.kind, one.level, one.ended) for one in after.activities][1] == ("studio", None, "ongoing")
    assert after.activities[1].evidence
    assert after.qualifications[0].expires == "never"
    assert (after.uscc, after.name) == (firm.uscc, firm.name)


def test_an_activity_added_to_no_list_leaves_the_rest_unsurveyed(city: Pack) -> None:
    bare = parse_enterprise({"uscc": FIRM["uscc"], "name": "乙"})
    item = Change("item", "activities[+0]", item={"category": "platform", "kind": "studio"})
    after = applied(bare, [item], frame_of(city))
    assert after.unsurveyed == frozenset(Category)
    surveyed = applied(
        bare,
        [item, Change("survey", "activities.platform"), Change("survey", "qualifications")],
        frame_of(city),
    )
    assert surveyed.unsurveyed == frozenset(Category) - {Category.PLATFORM}
    assert surveyed.qualifications == ()


def test_what_the_solver_has_no_time_for_is_not_out_of_reach(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether an item can become another is asked of the solver: no answer is not a no."""
    z3 = importlib.import_module("z3")
    hurried = importlib.import_module("innovation_rules.engines.smt.advice")
    assert ask("covered:platforms").found == "plans"

    class Late:
        def __init__(self, solver: Any) -> None:
            self.solver = solver

        def __getattr__(self, name: str) -> Any:
            return getattr(self.solver, name)

        def check(self) -> Any:
            return z3.unknown

    made = hurried.Advice._solver
    monkeypatch.setattr(hurried.Advice, "_solver", lambda self, template: Late(made(self, template)))
    assert ask("covered:platforms").found == "unsettled"


def test_a_report_filed_later_is_still_to_come(ask: Ask) -> None:
    late = {**FIRM["reports"][2020], "rd_expenditure": "500万元", "filed": "2021-03-08"}
    advice = ask("covered", reports={2020: late})
    assert (advice.status, said(advice)) == (
        "undetermined",
        [[("provide", "rd_expenditure@2020", None, 200 * 10**6)]],
    )
    found = {"able": {"value": True, "found_on": "2021-02-01"}, "mechanism": True}
    assert [step.change.name for step in ask("award:bonus", inputs=found).plans[0].steps] == ["able"]


def test_a_report_that_does_not_add_up_is_refused(city: Pack) -> None:
    report = {"rd_expenditure": "100万元", "basic_research": "90万元"}
    firm = parse_enterprise({**FIRM, "reports": {2020: report}})
    with pytest.raises(ValueError):
        applied(firm, [Change("fact", "rd_expenditure@2020", 1, 10**6)], frame_of(city))


# ------------------------------------------------------------------------------------------ what must hold


def holds_up(pack: Pack, advice: Advice, year: int) -> None:
    """Each plan reaches its goal, no part of one does, and none contains another."""
    program = pack.program(year)
    start = advice.decision.subject

    def reaches(changes: Any) -> bool:
        try:
            after = applied(start, changes, program.frame)  # type: ignore[arg-type]
            decision = decided(pack, program, after, date(year, 12, 31))
        except (ValueError, DataError):
            return False
        return advice.outcome.status(decision.results) in advice.goal.statuses

    plans = [[step.change for step in plan.steps] for plan in advice.plans]
    for changes in plans:
        assert reaches(changes)
        for size in range(len(changes)):
            assert not any(map(reaches, combinations(changes, size)))
    names = [{(one.kind, one.name, str(one.item)) for one in changes} for changes in plans]
    assert not any(one <= other for one in names for other in names if one is not other)


def raised(search: _Search) -> Iterator[Change]:
    """Each field of the items that are there and can rise, at the highest that it can be."""
    frame, case = search.program.frame, search.decision.case
    for over, specs, items in (
        ("activities", frame.activity_facts, case.activities),
        ("qualifications", frame.qualification_facts, case.qualifications),
    ):
        for at, item in enumerate(items):
            for spec, before in zip(specs, item, strict=True):
                if spec.changes == "rises" and (spec.type in SCALE or spec.type is Type.LEVEL):
                    after = 10**12 if spec.high is None else spec.high
                    yield Change("field", f"{over}[{at}].{spec.name}", before, after)


def found_nothing_missing(search: _Search, advice: Advice) -> None:
    """What is out of reach stays so whatever is raised, one thing or two; what is said to be all ways is all.

    Of many pairs, some.
    """
    if advice.found != "unreachable" and not (advice.found == "plans" and advice.complete):
        return
    ways = [{step.change.name for step in plan.steps} for plan in advice.plans]
    changes = list(raised(search))
    pairs = list(combinations(changes, 2))
    for some in [*combinations(changes, 1), *Random(0).sample(pairs, min(len(pairs), 200))]:
        if search._after(some) is not None:
            assert any(way <= {one.name for one in some} for way in ways), some


def of_generated(seed: int, firms: int, folder: Path) -> int:
    """Advice on enterprises of a generated pack; how many plans were held up."""
    random = Random(seed)
    pack = generated_pack(random, folder)
    program = pack.program(2020)
    goals = [
        Goal(one.key, ("eligible", "favoured") if one.kind == "awards" else ("covered",))
        for one in outcomes(program)
        if one.kind in ("coverages", "awards")
    ]
    found = 0
    for _ in range(firms):
        who = generator.enterprise(program, pack.head, random)
        day = date(2020, 12, 31)
        search = _Search(pack, program, known_on(who, day), random.choice(goals), day, None, 3)
        advice = search.advice(2)
        holds_up(pack, advice, 2020)
        found_nothing_missing(search, advice)
        found += len(advice.plans)
    return found


def test_every_way_reaches_the_goal_and_no_part_of_it_does(tmp_path: Path) -> None:
    assert of_generated(0, 3, tmp_path) > 0


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 112))
def test_every_way_reaches_the_goal_and_no_part_of_it_does_deep(seed: int, tmp_path: Path) -> None:
    of_generated(seed, 12, tmp_path)


def some_labs(random: Random) -> Labs:
    """One or two laboratories, and what may be asked of what they are and of what they add up to."""

    def figure() -> str:
        return f"{random.choice([50, 100, 150, 200, 250, 300])}万元"

    def test() -> str:
        level = random.choice(["county", "municipal", "provincial", "national"])
        return random.choice(
            [
                f"{{level: {random.choice([level, f'{{at_least: {level}}}', f'{{at_most: {level}}}'])}}}",
                f"{{amount: {{{random.choice(['at_least', 'at_most'])}: {figure()}}}}}",
                f"{{quantity: {{{random.choice(['at_least', 'at_most'])}: {random.randint(1, 9)}台}}}}",
            ]
        )

    tests = ", ".join(test() for _ in range(random.randint(1, 3)))
    wanted = [
        f"sum: {{{random.choice(['at_least', 'at_least', 'at_most'])}: {figure()}}}",
        f"size: {{at_least: {random.randint(3, 12)}台}}",
        f"good: {random.choice(['true', 'true', 'false'])}",
    ]
    asked = ", ".join(random.sample(wanted, random.randint(1, 3)))
    labs = [
        {
            "level": random.choice(["enterprise", "county", "provincial", ...]),
            "amount": random.choice([figure(), figure(), ...]),
            "quantity": random.choice([random.randint(1, 6), ...]),
        }
        for _ in range(random.randint(1, 2))
    ]
    return Labs(asked, f"where: {{{random.choice(['any', 'all'])}: [{tests}]}}", labs)


def asked_of_labs(random: Random, folder: Path) -> _Search:
    """A question about random laboratories; what is pointless by chance is drawn anew."""
    while True:
        try:
            return some_labs(random).search(folder)
        except PackError as error:
            if not {one.code for one in error.diagnostics} <= CHANCE:
                raise


def of_labs(seed: int, size: int, folder: Path) -> set[str]:
    """Advice on random laboratories; what was found."""
    random, found = Random(seed), set()
    for _ in range(size):
        search = asked_of_labs(random, folder)
        advice = search.advice(8)
        holds_up(search.pack, advice, 2020)
        found_nothing_missing(search, advice)
        found.add(advice.found)
    return found


def test_no_way_to_raise_some_labs_is_missed(tmp_path: Path) -> None:
    assert of_labs(0, 8, tmp_path) >= {"plans", "unreachable"}


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(1, 5))
def test_no_way_to_raise_some_labs_is_missed_deep(seed: int, tmp_path: Path) -> None:
    of_labs(seed, 60, tmp_path)


@pytest.mark.parametrize(
    "goal", ["covered", "covered:platforms", "award:bonus", "class:size=large", "award:favour"]
)
def test_the_firms_ways_hold_up(goal: str, ask: Ask, city: Pack) -> None:
    advice = ask(goal)
    assert advice.plans
    holds_up(city, advice, 2020)


# ------------------------------------------------------------------------------------------ the command


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.jsonl"
    other = {**FIRM, "uscc": "91140403XF00791982", "name": "外地厂", "region": "110101"}
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in (FIRM, other))
    path.write_text(text, encoding="utf-8")
    return path


def run(city: Pack, ledger: Path, who: str, goal: str, *args: object, lang: str = "zh") -> Result:
    words = ["advise", str(city.path), str(ledger), who, "--goal", goal, "--year", "2020", "--lang", lang]
    return CliRunner().invoke(cli.main, [*words, *map(str, args)], env={"COLUMNS": "80", "NO_COLOR": "1"})


def test_a_clerk_says_it(city: Pack, ledger: Path) -> None:
    done = run(city, ledger, "甲厂", "已覆盖")
    assert done.exit_code == 0, done.output
    assert "R&D经费内部支出（2020年）：120万元 → 200万元（差 80万元）" in done.stdout
    assert "只有一种办法，1 处" in done.stdout


def test_an_added_activity_is_said_with_its_level_and_unit(city: Pack, ledger: Path) -> None:
    done = run(city, ledger, "甲厂", "覆盖:平台覆盖")
    text = "".join(done.stdout.split())
    assert "新增1个企业技术中心（" in text
    assert "省级" in text
    assert "；也可以是重点实验室" in text
    assert "取得1项高新技术企业（已认定，认定日期如2020-01-01，有效期至不早于2020-12-31）" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("who", "goal", "status"),
    [
        ("甲厂", "covered", 0),
        ("甲厂", "award:bonus", 0),
        ("甲厂", "class:size=small", 0),
        ("甲厂", "award:none", 1),
        ("甲厂", "award:past", 1),
        ("外地厂", "covered", 1),
    ],
)
def test_it_fits_a_terminal(who: str, goal: str, status: int, lang: str, city: Pack, ledger: Path) -> None:
    done = run(city, ledger, who, goal, lang=lang)
    assert done.exit_code == status, done.output
    assert max(map(width, done.stdout.splitlines())) <= 80


def test_as_plain_data(city: Pack, ledger: Path) -> None:
    data = json.loads(run(city, ledger, "甲厂", "covered", "--format", "json").stdout)
    assert (data["found"], data["now"], data["complete"]) == ("plans", "not_covered", True)
    (step,) = data["plans"][0]["steps"]
    assert (step["fact"], step["before"], step["after"], step["clauses"]) == (
        "rd_expenditure@2020",
        "120万元",
        "200万元",
        ["一"],
    )
    away = json.loads(run(city, ledger, "外地厂", "covered", "--format", "json").stdout)
    assert [one["fact"] for one in away["blocked"]] == ["region"]


@pytest.mark.parametrize("name", ["changzhi", "hengshui", "pingxiang"])
def test_in_english_a_test_is_called_by_identifiers_alone(name: str) -> None:
    found = [one.en for one in infos(load_pack(name).program(2020)) if one.en]
    assert found
    assert [one for one in found if any("\u4e00" <= letter <= "\u9fff" for letter in one)] == []


def test_a_wrong_goal_and_an_absent_solver_are_misuse(
    city: Pack, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = run(city, ledger, "甲厂", "奖励:奖品")
    assert (wrong.exit_code, "goal-unknown" in wrong.stderr) == (2, True)
    monkeypatch.setattr("innovation_rules.commands.find_spec", lambda name: None)
    done = run(city, ledger, "甲厂", "covered", lang="en")
    assert (done.exit_code, "innovation-rules[prove]" in done.stderr) == (2, True)
