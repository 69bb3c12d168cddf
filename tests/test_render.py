"""Laying text out: columns, wrapping, tables, trees, bars, progress; wide characters count two."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innovation_rules.errors import width
from innovation_rules.terminal import render
from innovation_rules.terminal.render import (
    Column,
    Paint,
    Progress,
    Tree,
    bar,
    branches,
    fit,
    pad,
    plain,
    table,
    wrapped,
)

COLOURED = Paint(True)
TEXTS = st.text(st.sampled_from("a b，。企业（）R&D 100万元—、x"), max_size=80)


def test_columns_follow_the_terminal_within_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    for given_, taken in (("80", 80), ("20", 60), ("500", 100)):
        monkeypatch.setenv("COLUMNS", given_)
        assert render.columns() == taken


@given(TEXTS, st.integers(1, 30))
def test_what_is_fitted_fits(text: str, most: int) -> None:
    assert width(fit(text, most)) <= max(most, 1)
    assert fit(text, width(text)) == text


def test_padding_counts_wide_characters_twice() -> None:
    assert pad("企业", 6) == "企业  "
    assert pad("企业", 6, right=True) == "  企业"
    assert pad("企业名称", 4) == "企业名称"


@given(TEXTS, st.integers(20, 60))
def test_wrapped_lines_fit_and_lose_nothing(text: str, most: int) -> None:
    lines = wrapped(text, most, "  ", hang="    ")
    longest = max((width(word) for word in re.split(r"(?<=[^\x00-\x7f])| ", text)), default=0)
    assert all(width(line) <= max(most, longest + 12) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrapping_keeps_punctuation_where_it_belongs() -> None:
    lines = wrapped("一二三四五，六七八九十（甲乙）丙丁", 10)
    assert not any(line[0] in "，）" or line[-1] == "（" for line in lines)
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("", 10) == [""]


def test_a_table_lines_up_under_wide_characters() -> None:
    head = [Column("企业"), Column("代码", 4), Column("数", 3, right=True)]
    lines = list(table(head, [["甲乙丙丁戊己庚辛", "ab", "1"], ["x", ("dim", "cd"), "22"]], Paint(), 24))
    starts = {width(line[: line.index(code)]) for line, code in zip(lines[1:], ("ab", "cd"), strict=True)}
    assert len(starts) == 1
    assert all(width(line) <= 24 for line in lines)
    assert "…" in lines[1]


def test_names_from_data_write_no_escape_codes() -> None:
    evil = "甲\x1b[31m厂\x07\r\n\x9b0m"
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", plain(evil))
    assert "\x1b" not in "".join(table([Column("")], [[evil]], Paint(), 40))
    assert "\x1b" not in "".join(branches([Tree(evil, aside=evil)], Paint(), 40))


def test_a_tree_draws_its_branches() -> None:
    tree = Tree("甲", branches=(Tree("乙", mark="✓"), Tree("丙", branches=(Tree("丁"),))), aside="二(一)")
    assert list(branches([tree], Paint(), 30)) == [
        "  └─ 甲                 二(一)",
        "     ├─ ✓ 乙",
        "     └─ 丙",
        "        └─ 丁",
    ]


def test_an_aside_without_room_takes_a_line_of_its_own() -> None:
    lines = list(branches([Tree("一二三四五六七八九十", aside="国统字〔2017〕213号")], Paint(), 30))
    assert len(lines) == 2
    assert all(width(line) <= 30 for line in lines)


def test_paint_writes_codes_only_with_colour() -> None:
    assert Paint()("good", "x") == "x"
    assert COLOURED("good", "x") == "\x1b[32mx\x1b[0m"
    assert COLOURED("", "x") == "x"


def test_bars_are_in_proportion() -> None:
    assert bar(0, 10) == ""
    assert bar(1, 10) == "█" * 10
    assert bar(0.5, 10) == "█" * 5
    assert bar(7, 10) == "█" * 10
    assert len(bar(1 / 16, 8)) == 1


def test_progress_is_drawn_on_a_terminal_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Progress, "AFTER", 0.0)
    monkeypatch.setattr(Progress, "EVERY", 0.0)
    stream = io.StringIO()
    progress = Progress(stream, True, "已判定")
    progress.step()
    progress.step()
    assert "已判定 2" in stream.getvalue()
    progress.clear()
    assert stream.getvalue().endswith("\r\x1b[K")
    whole = Progress(stream, True, "读", total=10)
    whole.step(5)
    assert "50%" in stream.getvalue()


def test_progress_is_silent_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Progress, "AFTER", 0.0)
    stream = io.StringIO()
    progress = Progress(stream, False, "x")
    progress.step()
    progress.clear()
    assert stream.getvalue() == ""
