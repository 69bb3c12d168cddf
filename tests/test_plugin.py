"""The pytest plugin, in pytest runs of its own: what it collects, what a failure says, and what it leaves alone."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from innovation_rules import engines
from innovation_rules.audit import plugin

pytest_plugins = ["pytester"]

INSTALLED = any(one.value == "innovation_rules.audit.plugin" for one in entry_points(group="pytest11"))
TOWN = """pack: town
title: 镇
jurisdiction: {within: "140400"}
in_force: {from: 2020-01-01}
activity_kinds:
  platform:
    centre: {label: 中心, lasts: state, levels: [provincial, national]}
classes:
  size: {label: 规模, source: 一, rows: [{is: large, label: 大, when: {employees: {at_least: 300人}}}, {otherwise: small, label: 小}]}
coverages:
  covered: {label: 全覆盖, source: 一, scope: {size: large}, covered_when: {has_activity: platform}}
awards:
  helped: {label: 帮扶, source: 二, eligible_when: {covered: not_covered}}
properties:
  one_more: {label: 多一个不失去, source: 一, monotone_in: {one_more: platform, outcomes: covered}}
"""
CASES = """pack: town
enterprises:
  big: {region: "140403", reports: {2020: {employees: 500人}}, activities: []}
  busy: {like: big, activities: [{category: platform, kind: centre, level: provincial, started: 2019-01-01, ended: ongoing}]}
cases:
  - {name: 有中心, clause: 一, why: 有平台活动, year: 2020, enterprise: {like: busy}, expect: {coverage: covered, classes: {size: large}}}
  - {name: 没有中心, clause: 二, why: 没有就帮扶, year: 2020, enterprise: {like: big}, expect: {coverage: not_covered, awards: {helped: eligible}}}
"""
WRONG = """  - {name: 写错的, clause: 二, why: 故意写错, year: 2020, enterprise: {like: big}, expect: {coverage: covered}}
"""
MINE = """pack: town
properties:
  higher: {label: 升级不失去, source: 一, monotone_in: {of_activities: level, outcomes: covered}}
  small: {label: 都是小企业, source: 一, assert: {size: small}}
"""
FOREIGN = "cases: [not ours]\n"
TESTS = """
def test_every_case_on_every_engine(pack, engine, cases):
    assert set(cases) == {"有中心", "没有中心"}
    for one in cases.values():
        assert one.decide(pack, engine.name).coverage.status in ("covered", "not_covered")
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> object:
    """Runs pytest in a process of its own, with the plugin, in Chinese."""
    monkeypatch.setenv("INNOVATION_RULES_LANG", "zh")
    monkeypatch.setenv("PYTHONPATH", str(Path(plugin.__file__).parents[2]))
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    given = () if INSTALLED else ("-p", "innovation_rules.audit.plugin")
    quiet = ("-p", "no:cacheprovider", "-p", "no:cov", "-p", "no:hypothesispytest")
    alone = ("-p", "no:xdist")
    return lambda *args: pytester.runpytest_subprocess(
        *given, *quiet, *(() if "-n" in args else alone), *args
    )


def laid_out(pytester: pytest.Pytester, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_cases_and_properties_are_collected_and_fail_with_clause_and_line(
    pytester: pytest.Pytester, run: object
) -> None:
    laid_out(
        pytester,
        {
            "town.yaml": TOWN,
            "cases/town.yaml": CASES + WRONG,
            "mine.property.yaml": MINE,
            "foreign.yaml": FOREIGN,
            "other/broken.yaml": "pack: [unclosed\n",
        },
    )
    result = run("-q", "--property-examples", "0")  # type: ignore[operator]
    result.assert_outcomes(passed=4, failed=2)
    text = result.stdout.str()
    assert "错误[case-differs]：算例“写错的”（二）：coverage 应为 covered，判定为 not_covered" in text
    assert f"{pytester.path / 'cases' / 'town.yaml'}:8:95" in text
    assert "错误[property-fails]：性质“都是小企业”不成立" in text
    assert f"{pytester.path / 'mine.property.yaml'}:4:3" in text
    assert "帮助：依据条款：一" in text
    assert "帮助：企业：有中心" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("args", "ret", "said"),
    [
        (["suite/test_it.py"], 1, "这个进程里没有运行算例*"),
        (["suite/test_it.py", "--collect-only"], 0, "*1 test collected*"),
        pytest.param(["cases"], 0, "town：2 个算例走到 54/106（50.9%）", marks=pytest.mark.deep),
        pytest.param(["cases", "-n", "2"], 1, "*去掉 -n", marks=pytest.mark.deep),
    ],
)
def test_the_gate_passes_only_what_was_measured(
    pytester: pytest.Pytester, run: object, args: list[str], ret: int, said: str
) -> None:
    """Not a run that selects no worked case, nor one whose cases ran in other processes."""
    passing = "def test_it():\n    pass\n"
    laid_out(pytester, {"town.yaml": TOWN, "cases/town.yaml": CASES, "suite/test_it.py": passing})
    result = run("-q", *args, "--property-examples", "0", "--rule-coverage-min", "1")  # type: ignore[operator]
    assert result.ret == ret
    result.stdout.fnmatch_lines([said])


@pytest.mark.deep
def test_another_pack_a_report_of_what_was_reached_and_a_gate(pytester: pytest.Pytester, run: object) -> None:
    """The same suite against a draft in which the centre no longer counts; then the gate on the pack as it was."""
    draft = TOWN.replace("pack: town", "pack: draft").replace(
        "has_activity: platform", "has_activity: project"
    )
    draft = draft.replace("properties:\n", "activities_:\n").split("activities_:")[0]
    laid_out(
        pytester,
        {
            "town.yaml": TOWN,
            "draft.yaml": draft,
            "suite/cases.yaml": CASES,
            "suite/mine.property.yaml": MINE.rsplit("\n", 2)[0] + "\n",
            "suite/test_it.py": TESTS,
        },
    )
    result = run("-q", "suite", "--pack", "draft.yaml", "--property-examples", "0")  # type: ignore[operator]
    assert result.ret == 1
    said = "错误[case-differs]：算例“有中心”（一）：coverage 应为 covered，判定为 not_covered"
    assert said in result.stdout.str()
    result = run(  # type: ignore[operator]
        "-q",
        "suite/cases.yaml",
        "--property-examples",
        "0",
        "--pack",
        "town.yaml",
        "--rule-coverage",
        "--rule-coverage-min",
        "99",
    )
    assert result.ret == 1
    wanted = [
        "*规则覆盖*",
        "town：2 个算例走到 54/106（50.9%）",
        "  一",
        "    覆盖.全覆盖  待定  town.yaml:11",
        "    coverages.covered.scope（规模）  从未不成立  town.yaml:11",
        "  二",
        "    奖励.帮扶  不可享受  town.yaml:13",
        "town: 50.94% 低于 --rule-coverage-min 99",
    ]
    result.stdout.fnmatch_lines(wanted)


def test_fixtures_and_a_conftest_of_the_same_name(pytester: pytest.Pytester, run: object) -> None:
    laid_out(pytester, {"town.yaml": TOWN, "cases/town.yaml": CASES, "suite/test_it.py": TESTS})
    result = run("-q", "suite", "--pack", "town.yaml")  # type: ignore[operator]
    outcomes = result.parseoutcomes()
    assert outcomes.get("failed", 0) == 0
    assert outcomes["passed"] + outcomes.get("skipped", 0) == len(plugin.ENGINES)
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef engine():\n    return 'ours'\n")
    laid_out(pytester, {"suite/test_it.py": "def test_ours(engine):\n    assert engine == 'ours'\n"})
    run("-q", "suite").assert_outcomes(passed=1)  # type: ignore[operator]


def test_the_plugin_is_light_and_leaves_others_alone(pytester: pytest.Pytester, run: object) -> None:
    laid_out(pytester, {"foreign.yaml": FOREIGN, "test_it.py": "def test_it():\n    pass\n"})
    pytester.makeconftest(
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    heavy = {'hypothesis', 'yaml', 'pydantic', 'innovation_rules.packs', 'innovation_rules.errors'}\n"
        "    print('imported:', sorted(heavy & set(sys.modules)))\n"
    )
    result = run("-q")  # type: ignore[operator]
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["imported: []"])


def test_the_engines_of_the_fixture_are_those_of_the_library() -> None:
    assert set(plugin.ENGINES) == set(engines.ENGINES) - set(engines.BULK)


def test_whose_a_file_is_is_told_by_its_content(tmp_path: Path) -> None:
    for text, ours in (
        (CASES, True),
        ("规则包: town\n算例: []\n", True),
        (FOREIGN, False),
        ("pack: town\nclauses: []\n", False),
        ("  pack: town\n  cases: []\n", False),
    ):
        path = tmp_path / "one.yaml"
        path.write_text(text, encoding="utf-8")
        assert plugin._of_cases(path) is ours
    assert plugin._of_cases(tmp_path / "absent.yaml") is False


def test_this_repository_runs_its_cases_once(request: pytest.FixtureRequest) -> None:
    """The cases of policies/ are run by test_cases; pytest itself looks into tests/ alone."""
    root = Path(__file__).parent
    assert request.config.getini("testpaths") == ["tests"]
    assert [path for path in root.rglob("*.yaml") if plugin._of_cases(path)] == []
    assert not list(root.rglob("*.property.yaml"))
    assert sys.modules["innovation_rules.audit.plugin"] is plugin
