"""The schemas in an editor: the real yaml-language-server is asked what an editor asks it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from innovation_rules.pack import formatter, reader
from tests.schema.client import Server

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / ".node" / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
MODELINE = "# yaml-language-server: $schema=../docs/schema/pack.schema.json\n"
HEAD = MODELINE + 'pack: town\ntitle: 镇\njurisdiction: {within: "140400"}\nin_force: {from: 2020-01-01}\n'

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("NOT TESTED in an editor: node is absent; install Node.js 18 or later, then `make node`")
    if not PACKAGE.is_file():
        pytest.skip("NOT TESTED in an editor: yaml-language-server is absent; install it with `make node`")
    running = Server([node, str(PACKAGE), "--stdio"], ROOT)
    yield running
    running.stop()


def place(text: str) -> tuple[str, int, int]:
    """The text without its mark `¦`, and the line and column, from zero, where it stood."""
    before, after = text.split("¦")
    return before + after, before.count("\n"), len(before) - before.rfind("\n") - 1


def completed(server: Server, text: str) -> dict[str, str]:
    """What is offered at the mark: label → explanation."""
    text, line, column = place(HEAD + text)
    name, _ = server.open(text)
    return {
        label: str(one.get("documentation", "")) for label, one in server.complete(name, line, column).items()
    }


def hovered(server: Server, text: str) -> str:
    """What is shown at the mark, in a text without mistakes."""
    text, line, column = place(HEAD + text)
    name, found = server.open(text)
    assert found == []
    return server.hover(name, line, column)


@pytest.mark.parametrize(
    "text",
    [
        "coverages:\n  a:\n    covered_when:\n      rd¦\n",
        "coverages:\n  a:\n    covered_when: {rd¦}\n",
        "facts:\n  a:\n    when:\n      any:\n        - rd¦\n",
        "profile:\n  rd_input:\n    ¦\n",
    ],
)
def test_conditions_complete_the_names_of_facts(server: Server, text: str) -> None:
    offered = completed(server, text)
    assert offered["rd_expenditure"].startswith("R&D经费内部支出：年报，金额，单位 元")
    assert offered["industry"].startswith("行业代码")
    assert {"any", "has_activity", "in_jurisdiction"} <= offered.keys()


def test_conditions_on_activities_complete_what_an_activity_has(server: Server) -> None:
    offered = completed(server, "facts:\n  a:\n    exists:\n      where:\n        ¦\n")
    assert offered["amount"].startswith("金额")
    assert "rd_expenditure" not in offered


def test_the_keys_of_an_award_complete(server: Server) -> None:
    offered = completed(server, "awards:\n  a:\n    label: 甲\n    ¦\n")
    assert offered["eligible_when"] == "享受条件：满足什么可以享受"
    assert {"kind", "unless", "amount", "for_each", "grants", "source"} <= offered.keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("awards:\n  a:\n    kind: ¦\n", {"reward": "奖励", "subsidy": "补助"}),
        ("facts:\n  a:\n    count: {level: {at_least: p¦}}\n", {"provincial": "省级"}),
        ("facts:\n  a:\n    count: {category: ¦}\n", {"platform": "创新平台"}),
        ("facts:\n  a:\n    when: {ownership: [s¦]}\n", {"state": "国有"}),
        ("facts:\n  a:\n    when: {in_directory: ¦}\n", {"true": "是"}),
        (
            "facts:\n  a:\n    when: {rd_expenditure: {m¦}}\n",
            {"more_than": "超过：严格大于(超过、高于,不含本数)"},
        ),
    ],
)
def test_words_complete_with_their_chinese_names(server: Server, text: str, expected: dict[str, str]) -> None:
    offered = completed(server, text)
    assert offered.items() >= expected.items()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("awards:\n  a: {eligi¦ble_when: {year: 2020年}}\n", "满足什么可以享受"),
        (
            "facts:\n  a: {when: {rd_¦expenditure: {more_than: 0元}}}\n",
            "R&D经费内部支出：年报，金额，单位 元",
        ),
        ("facts:\n  a: {when: {rd_expenditure: {more_¦than: 0元}}}\n", "严格大于"),
        ("facts:\n  a: {rat¦io: {of: employees, to: employees}}\n", "分母(除数)"),
    ],
)
def test_hovering_explains_in_chinese(server: Server, text: str, expected: str) -> None:
    assert expected in hovered(server, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("awards:\n  a:\n    ¦eligable_when: {year: 2020年}\n", "eligable_when is not allowed"),
        ("awards:\n  a:\n    kind: ¦rewrad\n", 'Valid values: "reward", "subsidy"'),
        ("facts:\n  a:\n    when: {ownership: ¦stat}\n", 'Valid values: "state"'),
        ("facts:\n  a:\n    when: {rd_expenditure: {¦more: 0元}}\n", "more is not allowed"),
        ("facts:\n  a:\n    count: {level: {at_least: ¦provincal}}\n", 'Valid values: "enterprise"'),
        ("facts:\n  ¦a: {label: 甲, inventory: [b]}\n", "这个事实没有写怎样得出"),
        ("facts:\n  a:\n    sum: [employees]\n    ¦count: {}\n", "count is not allowed"),
        ("inputs:\n  ¦a: {of: enterprise, type: choice}\n", 'Missing property "choices"'),
        ("¦covrages: {}\n", "covrages is not allowed"),
    ],
)
def test_a_mistake_is_one_diagnostic_in_its_place(server: Server, text: str, message: str) -> None:
    text, line, column = place(HEAD + text)
    _, found = server.open(text)
    assert [message in one["message"] for one in found] == [True], found
    start = found[0]["range"]["start"]
    assert start["line"] == line
    if "没有写" not in message:
        assert start["character"] == column


@pytest.mark.parametrize("path", sorted((ROOT / "policies").glob("*.yaml")), ids=lambda path: path.stem)
def test_policies_have_no_diagnostics(server: Server, path: Path) -> None:
    document = reader.read_file(path)
    assert server.open(document.text)[1] == []
    chinese = formatter.format_source(document, "zh")
    assert "pack.zh.schema.json" in chinese.splitlines()[0]
    assert server.open(chinese)[1] == []
    _, found = server.open(chinese.replace("\n覆盖:", "\n复盖:"))
    assert ["复盖" in one["message"] for one in found] == [True]


def test_a_chinese_pack_completes_chinese_names(server: Server) -> None:
    head = formatter.format_source(reader.read(HEAD.encode(), "town.yaml"), "zh")
    text, line, column = place(head + "事实:\n  甲:\n    当: {R¦}\n")
    name, _ = server.open(text)
    offered = server.complete(name, line, column)
    assert offered["R&D经费内部支出"]["documentation"].startswith("R&D经费内部支出：年报")
    assert {"任一", "在辖区内", "活跃"} <= offered.keys()
