"""Formatting keeps what a file says; one spelling becomes the other and comes back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import test_spelling

from innovation_rules.errors import PackError
from innovation_rules.pack import finder, formatter, linker, parser, reader
from innovation_rules.pack.formatter import Spelling
from innovation_rules.pack.linker import Parsed

POLICIES = [
    pytest.param(one, marks=() if one.stem in ("changzhi", "national") else pytest.mark.deep)
    for one in sorted(finder.policies().glob("*.yaml"))
]


def fmt(text: str, names: Spelling | None = None, file: str = "town.yaml") -> str:
    return formatter.format_source(reader.read(text.encode(), file), names)


def digest(text: str, file: str) -> str:
    document = reader.read(text.encode(), file)
    return linker.link(Parsed(parser.parse(document), document), formatter._beside(Path(file).parent)).digest


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
class TestPolicies:
    def test_layout_keeps_the_meaning_and_is_stable(self, path: Path) -> None:
        text = path.read_text()
        once = fmt(text, file=str(path))
        assert fmt(once, file=str(path)) == once
        assert digest(once, str(path)) == digest(text, str(path))

    def test_there_and_back(self, path: Path) -> None:
        english = fmt(path.read_text(), file=str(path))
        chinese = fmt(english, "zh", str(path))
        assert chinese != english
        assert digest(chinese, str(path)) == digest(english, str(path))
        assert fmt(chinese, "en", str(path)) == english
        assert fmt(fmt(chinese, "en", str(path)), "zh", str(path)) == chinese

    def test_nothing_english_is_left_but_identifiers(self, path: Path) -> None:
        chinese = fmt(path.read_text(), "zh", str(path))
        keys = {"label:", "when:", "kind:", "source:", "true", "false", "eligible_when", "rows:", "is:"}
        assert not [
            line
            for line in chinese.splitlines()
            if line[0:1] != "#" and keys & set(line.replace("{", " ").split())
        ]


def test_the_hand_written_pair_turns_into_each_other_but_for_order() -> None:
    chinese = fmt(test_spelling.ENGLISH, "zh")
    assert fmt(chinese, "en") == fmt(test_spelling.ENGLISH)
    assert digest(fmt(test_spelling.CHINESE, "en"), "town.yaml") == digest(test_spelling.ENGLISH, "town.yaml")
    tidy = fmt(test_spelling.CHINESE)
    assert fmt(fmt(tidy, "en"), "zh") == tidy


HEAD = """\
pack: town
title: 镇
jurisdiction: {within: "140400"}
in_force: {from: 2020-01-01}
"""


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        pytest.param(
            "facts:\n  a: {label: 甲, when: {in_jurisdiction: true}}  # why\n",
            "事实:\n  甲: {英文名: a, 当: {在辖区内: 是}}  # why\n",
            id="a comment stays",
        ),
        pytest.param(
            "facts:\n  a:\n    label: 甲, 乙\n    sum: [employees, 3人]\n  b: {label: 丙, sum: [a, 3人]}\n",
            '事实:\n  甲, 乙:\n    英文名: a\n    和: [从业人员, 3人]\n  丙: {英文名: b, 和: ["甲, 乙", 3人]}\n',
            id="marks only where they are needed",
        ),
        pytest.param(
            "facts:\n  a:\n    label: '甲: 乙'\n    sum: [employees, 3人]\n  b: {label: \"丙\", max: [a, 3人]}\n",
            '事实:\n  \'甲: 乙\':\n    英文名: a\n    和: [从业人员, 3人]\n  "丙": {英文名: b, 取大: ["甲: 乙", 3人]}\n',
            id="an author's marks move with the text",
        ),
        pytest.param(
            "qualification_kinds:\n  a: {label: 甲}\n  b: {}\n  c: {label: c}\n",
            "资质种类:\n  甲: {英文名: a}\n  b: {}\n  c: {英文名: c}\n",
            id="without a label the key stays",
        ),
        pytest.param(
            "inputs:\n  a: {of: enterprise, type: choice, label: 甲, choices: {x: 一, y: 二}}\n"
            "\nfacts:\n  b: {label: 乙, when: {a: \"x\"}}\n  c: {label: 丙, when: {a: [x, 'y']}}\n",
            "填报项:\n  甲: {属于: 企业, 类型: 选项, 英文名: a, 可选值: {一: x, 二: y}}\n"
            "\n事实:\n  乙: {英文名: b, 当: {甲: \"一\"}}\n  丙: {英文名: c, 当: {甲: [一, '二']}}\n",
            id="choices",
        ),
        pytest.param(
            "facts:\n  a:\n    label: 甲\n    table:\n"
            "      - {is: 5点, label: 高, when: {in_jurisdiction: true}}\n      - {otherwise: 0点, label: 低}\n",
            "事实:\n  甲:\n    英文名: a\n    分行:\n"
            "      - {为: 5点, 名称: 高, 当: {在辖区内: 是}}\n      - {其余: 0点, 名称: 低}\n",
            id="rows of figures",
        ),
    ],
)
def test_pairs(english: str, chinese: str) -> None:
    head = fmt(HEAD, "zh")
    assert fmt(HEAD + "\n" + english, "zh") == head + "\n" + chinese
    assert fmt(head + "\n" + chinese, "en") == HEAD + "\n" + english


def test_the_line_that_names_the_schema_follows() -> None:
    line = "# yaml-language-server: $schema=../docs/schema/pack.schema.json\n"
    assert fmt(line + HEAD, "zh").startswith(line.replace("pack.", "pack.zh."))
    assert fmt(fmt(line + HEAD, "zh"), "en") == line + HEAD


@pytest.mark.parametrize(
    "section",
    [
        "facts:\n  a: {label: 甲, sum: [employees]}\n  b: {label: 甲, sum: [a]}\n",
        "facts:\n  a: {label: 从业人员, sum: [employees]}\n",
        "facts:\n  a: {label: 存在, when: {year: 2020年}}\n  b: {label: 乙, when: {a: true}}\n",
        "inputs:\n  a: {of: enterprise, type: choice, label: 甲, choices: {x: 一, y: 一}}\n",
    ],
)
def test_labels_that_cannot_be_names_are_refused(section: str) -> None:
    with pytest.raises(PackError) as caught:
        fmt(HEAD + section, "zh")
    assert {one.code for one in caught.value.diagnostics} == {"ambiguous-name"}


def test_what_would_come_back_as_something_else_is_refused() -> None:
    with pytest.raises(PackError) as caught:
        fmt(HEAD + "coverages:\n  a: {label: 无, covered_when: {year: 2020年}}\n", "zh")
    assert [one.code for one in caught.value.diagnostics] == ["spelling-not-reversible"]


def test_layout() -> None:
    text = (
        '\n\n# top  \npack: town   \ntitle: 镇\njurisdiction: {within: "140400"}\n\n\n\n'
        "in_force: {from: 2020-01-01}\n# the facts\nfacts:\n  a:\n    label: 甲  \n    sum: [employees]\n"
        "    note: |\n      one  \n\n\n      two\n\n\nlayers:\n  b: {label: 乙, of: [talent]}\n\n"
    )
    assert fmt(text) == (
        '# top\npack: town\ntitle: 镇\njurisdiction: {within: "140400"}\n\n'
        "in_force: {from: 2020-01-01}\n\n# the facts\nfacts:\n  a:\n    label: 甲\n    sum: [employees]\n"
        "    note: |\n      one  \n\n\n      two\n\nlayers:\n  b: {label: 乙, of: [talent]}\n"
    )
    assert fmt(fmt(text)) == fmt(text)
    assert fmt(text.replace("\n", "\r\n")) == fmt(text)


@pytest.mark.parametrize(
    "tail", ["note: |\n      one\n\n", "note: |+\n      one\n\n\n", "note: 'one\n\n      two'\n\n"]
)
def test_a_text_at_the_end_keeps_its_lines(tail: str) -> None:
    text = HEAD + "\nfacts:\n  a:\n    label: 甲\n    sum: [employees]\n    " + tail
    assert digest(fmt(text), "town.yaml") == digest(text, "town.yaml")
    assert fmt(fmt(text)) == fmt(text)
