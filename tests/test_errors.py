"""What a diagnostic says and how it is shown: to a person, to an editor, to a build."""

from __future__ import annotations

import pickle
import re
import string
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innovation_rules import errors
from innovation_rules.errors import (
    MESSAGES,
    DataError,
    Diagnostic,
    InnovationRulesError,
    Message,
    PackError,
    Place,
    Problems,
    Words,
    default_lang,
    nearest,
    render,
    render_all,
    split_lines,
    to_json,
    to_sarif,
    visible,
    width,
)

FILE = "policies/x.yaml"


def place(line: int, column: int, end_column: int, end_line: int | None = None, file: str = FILE) -> Place:
    return Place(file, line, column, end_line or line, end_column)


def anchor(at: Place | None, name: str = "x", related: tuple[tuple[Place, str], ...] = ()) -> Diagnostic:
    return Diagnostic("anchor", at, {"name": name}, related)


def drawn(line: str, column: int, end_column: int) -> list[str]:
    """The two rows that show a line: its text and the caret under it."""
    return render(anchor(place(1, column, end_column)), [line]).split("\n")[3:5]


# --- wording ----------------------------------------------------------------------------------------------


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("code", MESSAGES)
def test_one_voice(code: str) -> None:
    message = MESSAGES[code]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    assert fields_of(message.zh) == fields_of(message.en)
    assert fields_of(message.help_zh) == fields_of(message.help_en)
    assert message.help_zh.count("\n") == message.help_en.count("\n")
    assert re.search("[\u4e00-\u9fff]", message.zh)
    assert message.severity in ("error", "warning", "note")
    assert message.severity == "note" or (message.help_zh and message.help_en)
    for text in (message.zh, message.en, message.help_zh, message.help_en):
        assert not re.search("[?？]", text), "a statement, then help; no questions"
        assert not text.endswith(("。", ".")) or text.endswith("...")
        assert not re.search("[A-Za-z]'[A-Z]", text)


class TestMessages:
    def test_in_both_languages(self) -> None:
        one = Diagnostic("duplicate-key", place(3, 1, 3), {"key": "rd", "first": 1})
        assert one.message() == "`rd` stands twice on the same level"
        assert one.message("zh") == "`rd` 在同一层出现了两次"
        assert one.help("zh") == "删去一处，或合并两处（第一处在第 1 行）"
        assert one.severity == "error"

    @pytest.fixture(autouse=True)
    def _messages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shown = Message("值 {value}", "value {value}", "近 {near}\n写", "near {near}\nwrite", "warning")
        monkeypatch.setitem(MESSAGES, "shown", shown)

    @pytest.mark.parametrize(
        ("value", "zh", "en"),
        [
            (Words("列表", "a list"), "列表", "a list"),
            (["a", Words("乙", "b"), 3], "a、乙、3", "a, b, 3"),
            (True, "true", "true"),
            (None, "", ""),
            ("a\nb\x1b[31m\u202e", "a␊b␛[31m\\u202e", "a␊b␛[31m\\u202e"),
            ("{value} {0}", "{value} {0}", "{value} {0}"),
            ("x" * 100, "x" * 77 + "...", "x" * 77 + "..."),
            (tuple(range(30)), "、".join(map(str, range(24))) + " 等 30 项", None),
        ],
    )
    def test_fields(self, value: object, zh: str, en: str | None) -> None:
        one = Diagnostic("shown", None, {"value": value})
        assert one.message("zh") == f"值 {zh}"
        assert en is None or one.message("en") == f"value {en}"

    def test_a_long_list_is_cut_in_english_too(self) -> None:
        assert Diagnostic("shown", None, {"value": list(range(30))}).message().endswith("22, 23 and 6 more")

    def test_a_line_of_help_without_its_field_is_left_out(self) -> None:
        assert Diagnostic("shown", None, {"value": 1, "near": "x"}).help() == "near x\nwrite"
        for nothing in ({}, {"near": None}, {"near": []}, {"near": ()}):
            assert Diagnostic("shown", None, {"value": 1, **nothing}).help("zh") == "写"

    def test_a_missing_field_never_raises(self) -> None:
        assert Diagnostic("shown").message() == "value ?"

    def test_severity_and_heading(self) -> None:
        assert Diagnostic("shown").severity == "warning"
        assert render(Diagnostic("shown"), lang="zh").startswith("警告[shown]：值 ?")
        assert render(Diagnostic("shown"), lang="en").startswith("warning[shown]: value ?")


# --- rendering --------------------------------------------------------------------------------------------


def test_rustc_shape_in_english_and_chinese() -> None:
    lines = ["base: 1元"] * 11 + ["    长治市: &rd {more_than: 0元}"]
    one = anchor(place(12, 10, 13), "rd", ((place(1, 1, 5), "first-defined-here"),))
    assert render(one, lines) == (
        "error[anchor]: `&rd` (an anchor) is not part of the pack language\n"
        "  --> policies/x.yaml:12:10\n"
        "   |\n"
        "12 |     长治市: &rd {more_than: 0元}\n"
        "   |             ^^^\n"
        "  ::: policies/x.yaml:1:1\n"
        "   |\n"
        " 1 | base: 1元\n"
        "   | ---- first defined here\n"
        "   |\n"
        "   = help: write the content out; a repeated figure belongs in `parameters`, "
        "a repeated condition in `facts`"
    )
    assert render(one, {FILE: "\n".join(lines)}, "zh").split("\n") == [
        "错误[anchor]：不能用锚点 `&rd`",
        "  --> policies/x.yaml:12:10",
        "   |",
        "12 |     长治市: &rd {more_than: 0元}",
        "   |             ^^^",
        "  ::: policies/x.yaml:1:1",
        "   |",
        " 1 | base: 1元",
        "   | ---- 第一次出现在这里",
        "   |",
        "   = 帮助：把内容写出来；重复的数字放进 `parameters`，重复的条件放进 `facts`",
    ]


def test_a_message_names_the_keys_as_the_file_spells_them() -> None:
    one = Diagnostic("over-missing", place(1, 1, 5))
    for text, key in (("规则包: x", "对象: 全部"), ("pack: x", "over: all")):
        assert key in render(one, {FILE: text}, "zh")
        assert "over: all" in render(one, {FILE: text}, "en")


def test_without_a_place_or_a_text() -> None:
    one = Diagnostic("no-such-file", None, {"file": "x"})
    assert render(one) == (
        "error[no-such-file]: there is no file `x`\n"
        "  = help: check the path; a relative path starts at the current directory"
    )
    elsewhere = anchor(place(3, 1, 2), related=((place(7, 1, 2, file="national.yaml"), "defined-here"),))
    for sources in (None, [], {}, ["only one line"]):
        assert render(elsewhere, sources).split("\n")[1:3] == [
            " --> policies/x.yaml:3:1",
            " ::: national.yaml:7:1  defined here",
        ]


def test_a_related_place_in_another_file_is_shown_from_its_text() -> None:
    one = anchor(place(1, 1, 2), related=((place(2, 1, 2, file="national.yaml"), "used-here"),))
    rows = render(one, {FILE: "abc", "national.yaml": "x\r\nyz"}).split("\n")
    assert rows[7:9] == ["2 | yz", "  | - used here"]
    assert "national.yaml:2:1  used here" in render(one, ["abc"])


@pytest.mark.parametrize(
    ("line", "column", "end", "text", "caret"),
    [
        ("abc", 2, 3, "abc", " ^"),
        ("长治市", 3, 4, "长治市", "    ^^"),
        ("ｆｕｌｌ：x", 5, 6, "ｆｕｌｌ：x", "        ^^"),
        ("e\u0301te", 3, 4, "e\u0301te", " ^"),
        ("a\tb", 3, 4, "a␉b", "  ^"),
        ("a\tb", 2, 3, "a␉b", " ^"),
        ("\x1b[31mx", 6, 7, "␛[31mx", "     ^"),
        ("a\u202eb", 3, 4, "a\\u202eb", "       ^"),
        ("a\u202eb", 2, 3, "a\\u202eb", " ^^^^^^"),
        ("\x9b1", 2, 3, "\\x9b1", "    ^"),
        ("\x7f", 1, 2, "␡", "^"),
        ("\U000e0001x", 2, 3, "\\U000e0001x", " " * 10 + "^"),
        ("a\u3000b", 2, 3, "a\u3000b", " ^^"),
        ("", 1, 1, "", "^"),
        ("abc", 4, 4, "abc", "   ^"),
        ("abc", 9, 12, "abc", "   ^"),
    ],
)
def test_caret(line: str, column: int, end: int, text: str, caret: str) -> None:
    assert drawn(line, column, end) == [f"1 | {text}", f"  | {caret}"]


def test_a_place_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    rows = render(anchor(place(1, 3, 2, end_line=2)), ["a: {b,", "c}"]).split("\n")
    assert rows[3:5] == ["1 | a: {b,", "  |   ^^^^"]


@pytest.mark.parametrize("at", [1, 40, 60, 150, 295, 300])
@pytest.mark.parametrize("character", ["x", "长", "\x1b", "e\u0301"])
def test_a_long_line_is_cut_to_the_screen(character: str, at: int) -> None:
    marked = (character * 300)[: at - 1] + "标" + (character * 300)[at:300]
    text, caret = drawn(marked, at, at + 1)
    assert width(text) <= 80
    column = caret.index("^")
    assert width(text[: text.index("标")]) == column
    assert text.startswith("1 | ...") == (at > 40 or "..." in text[:7])
    assert caret.count("^") == 2


def test_a_long_mark_is_cut_too() -> None:
    text, caret = drawn("长" * 500, 3, 400)
    assert width(text) <= 80
    assert width(caret) <= 80
    assert caret.strip("| ").count("^") >= 60


def test_a_heap_of_combining_marks_is_cut() -> None:
    assert len(drawn("e" + "\u0301" * 5000, 1, 2)[0]) < 300


def test_color() -> None:
    one = anchor(place(1, 1, 2), "\x1b[0m", ((place(1, 2, 3), "used-here"),))
    plain, colored = render(one, ["ab"]), render(one, ["ab"], color=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain
    assert colored.startswith("\x1b[1;31merror[anchor]\x1b[0m")


PRINTABLE_ROWS = re.compile(
    r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]*"
)


@given(st.text(), st.text(), st.integers(1, 300), st.integers(0, 50), st.sampled_from(["zh", "en"]))
def test_nothing_from_data_reaches_the_terminal(
    name: str, line: str, column: int, length: int, lang: Any
) -> None:
    at = Place(name, 1, column, 1, column + length)
    shown = render(Diagnostic("anchor", at, {"name": name}, ((at, "used-here"),)), [line], lang)
    assert PRINTABLE_ROWS.fullmatch(shown)
    for row in shown.split("\n")[2:5]:
        assert width(row) <= 80 + 10


@given(st.text())
def test_visible_text_is_printable_and_stays_so(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert PRINTABLE_ROWS.fullmatch(visible(text))


@given(st.text())
def test_lines_are_those_that_places_count(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == re.sub("[\r\n]", "", text)
    assert len(lines) == text.replace("\r\n", "\n").count("\n") + text.replace("\r\n", "\n").count("\r") + 1


def test_many_at_once() -> None:
    every = [anchor(place(1, i, i + 1), str(i)) for i in range(1, 6)]
    shown = render_all(every, {FILE: "abcdef"}, "en", limit=2)
    assert shown.count("error[anchor]") == 2
    assert shown.endswith("\n\n... and 3 more")
    assert render_all(every, None, "zh", limit=4).endswith("\n\n……还有 1 处")


# --- errors and collections -------------------------------------------------------------------------------


class TestErrors:
    def test_str_is_what_a_person_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        error = PackError([anchor(place(1, 4, 6))], {FILE: "a: &x 1"})
        monkeypatch.setenv("INNOVATION_RULES_LANG", "zh")
        assert str(error).startswith("错误[anchor]")
        monkeypatch.setenv("INNOVATION_RULES_LANG", "en")
        assert "1 | a: &x 1" in str(error)
        assert error.render("zh", color=True).startswith("\x1b[1;31m错误")

    @pytest.mark.parametrize("kind", [InnovationRulesError, PackError, DataError])
    def test_they_travel_between_processes(self, kind: type[InnovationRulesError]) -> None:
        error = pickle.loads(pickle.dumps(kind([anchor(place(1, 4, 6))], {FILE: "a"})))
        assert type(error) is kind
        assert error.diagnostics == (anchor(place(1, 4, 6)),)
        assert error.sources == {FILE: "a"}

    def test_a_diagnostic_is_a_value(self) -> None:
        assert anchor(place(1, 1, 2)) == anchor(place(1, 1, 2))
        assert len({anchor(place(1, 1, 2)), anchor(place(1, 1, 2)), anchor(None)}) == 2
        with pytest.raises(AttributeError):
            anchor(None).code = "x"  # type: ignore[misc]

    @pytest.mark.parametrize(
        ("environ", "lang"),
        [
            ({}, "en"),
            ({"LANG": "zh_CN.UTF-8"}, "zh"),
            ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
            ({"LANG": "zh_CN", "LC_ALL": ""}, "zh"),
            ({"LC_MESSAGES": "ZH", "LANG": "C"}, "zh"),
            ({"INNOVATION_RULES_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
        ],
    )
    def test_language(self, environ: dict[str, str], lang: str) -> None:
        assert default_lang(environ) == lang


class TestProblems:
    def test_sorts_by_place_and_tells_each_once(self) -> None:
        problems = Problems({FILE: "text"})
        problems.add("anchor", place(2, 1, 2), name="b")
        problems.add("anchor", place(1, 9, 10), name="a")
        problems.add("anchor", place(1, 9, 10), name="again")
        problems.add("alias", place(1, 9, 10), name="a", related=[(place(1, 1, 2), "used-here")])
        problems.add("no-such-file", None, file="x")
        problems.add("no-such-file", None, file="x")
        problems.add("no-such-file", None, file="y")
        found = [(one.code, one.fields.get("name") or one.fields["file"]) for one in problems]
        assert found == [
            ("no-such-file", "x"),
            ("no-such-file", "y"),
            ("anchor", "a"),
            ("alias", "a"),
            ("anchor", "b"),
        ]
        assert len(problems) == 5
        with pytest.raises(PackError) as caught:
            problems.raise_if_any()
        assert caught.value.diagnostics == problems.diagnostics
        assert caught.value.sources == {FILE: "text"}

    def test_a_code_that_has_no_wording_is_a_mistake_of_ours(self) -> None:
        with pytest.raises(KeyError):
            Problems().add("no-wording", None)

    def test_warnings_do_not_raise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(MESSAGES, "mild", Message("轻", "mild", severity="warning"))
        problems = Problems()
        problems.raise_if_any()
        problems.add("mild", None)
        problems.raise_if_any()
        assert (len(problems), problems.errors) == (1, ())


# --- names ------------------------------------------------------------------------------------------------

FACTS = (
    "rd_expenditure", "rd_personnel", "rd_personnel_fte", "main_business_revenue", "operating_revenue",
    "total_assets", "net_profit", "employees", "at_least", "at_most", "more_than", "less_than", "kind", "level",
    "研发经费内部支出", "主营业务收入", "营业收入", "从业人员", "不低于", "超过", "省级", "市级",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("rd_expendture", "rd_expenditure"),
        ("rd_expenditrue", "rd_expenditure"),
        ("rd-expenditure", "rd_expenditure"),
        ("RD_Expenditure", "rd_expenditure"),
        ("rd_personel", "rd_personnel"),
        ("main_buisness_revenue", "main_business_revenue"),
        ("atleast", "at_least"),
        ("at_leats", "at_least"),
        ("more_then", "more_than"),
        ("knid", "kind"),
        ("研发经费支出", "研发经费内部支出"),
        ("研发经费内部支岀", "研发经费内部支出"),
        ("主营业务收人", "主营业务收入"),
        ("从业人数", "从业人员"),
        ("超国", "超过"),
        ("ｋｉｎｄ", "kind"),
        ("gdp", None),
        ("xy", None),
        ("patents", None),
        ("", None),
        ("高新技术", None),
        ("x" * 1000, None),
    ],
)
def test_nearest(name: str, wanted: str | None) -> None:
    assert nearest(name, FACTS) == wanted


def test_nearest_is_the_same_whatever_the_order() -> None:
    assert nearest("abx", ["abz", "aby"]) == nearest("abx", {"aby": 1, "abz": 2}) == "aby"
    assert nearest("x", []) is None


def test_nearest_is_quick() -> None:
    names = [
        f"{word}_{i:03d}_of_the_enterprise"
        for i in range(100)
        for word in ("rd", "sales", "staff", "profit", "tax")
    ]
    began = time.perf_counter()
    for _ in range(10):
        assert nearest("slaes_042_of_the_enterprise", names) == "sales_042_of_the_enterprise"
    assert (time.perf_counter() - began) / 10 < 0.25


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance(a: str, b: str) -> None:
    assert errors._distance(a, b, 9) == errors._distance(b, a, 9)
    assert (errors._distance(a, b, 9) == 0) == (a == b)
    assert errors._distance(a, b, 9) <= max(len(a), len(b))
    assert (errors._distance(a, b, 1) <= 1) == (errors._distance(a, b, 9) <= 1)


# --- for programs -----------------------------------------------------------------------------------------


def test_json() -> None:
    one = anchor(place(1, 4, 6), "x", ((place(2, 1, 2), "used-here"),))
    there = {"file": FILE, "line": 1, "column": 4, "end_line": 1, "end_column": 6}
    used = {"file": FILE, "line": 2, "column": 1, "end_line": 2, "end_column": 2}
    nowhere = Diagnostic("no-such-file", None, {"file": "y"})
    assert to_json([one, nowhere], "zh") == [
        {
            "code": "anchor",
            "severity": "error",
            "message": "不能用锚点 `&x`",
            "help": "把内容写出来；重复的数字放进 `parameters`，重复的条件放进 `facts`",
            **there,
            "related": [{"message": "用在这里", **used}],
        },
        {
            "code": "no-such-file",
            "severity": "error",
            "message": "没有这个文件：`y`",
            "help": "检查路径；相对路径从当前目录算起",
            **dict.fromkeys(there),
            "related": [],
        },
    ]


def test_sarif() -> None:
    """The structure that SARIF 2.1.0 (OASIS, 27 March 2020) asks of a log, a run, a rule, a result, a location."""
    every = [
        anchor(
            place(1, 4, 6, file="政策/x y.yaml"), "{x}", ((place(2, 1, 2, file="/abs/国.yaml"), "used-here"),)
        ),
        Diagnostic("no-such-file", None, {"file": "y"}),
        anchor(place(3, 1, 2)),
    ]
    log = to_sarif(every, "en", version="1.2.3")
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("innovation-rules", "1.2.3")
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    assert re.fullmatch("[a-zA-Z]{2}(-[a-zA-Z]{2})?", run["language"])
    assert [rule["id"] for rule in driver["rules"]] == ["anchor", "no-such-file"]
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
    for one, result in zip(every, run["results"], strict=True):
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == one.code
        assert result["level"] == "error"
        assert result["message"]["text"]
    first = run["results"][0]
    assert first["message"]["text"].startswith("`&{{x}}` (an anchor)")
    location = first["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "%E6%94%BF%E7%AD%96/x%20y.yaml"
    assert location["region"] == {"startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 6}
    (related,) = first["relatedLocations"]
    assert (related["id"], related["message"]["text"]) == (0, "used here")
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "file:///abs/%E5%9B%BD.yaml"
    assert run["results"][1]["locations"] == []
    assert "version" not in to_sarif([], "zh")["runs"][0]["tool"]["driver"]
    assert to_sarif([])["runs"][0]["results"] == []


def test_a_rule_without_help_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MESSAGES, "bare", Message("无", "bare", severity="note"))
    assert "help" not in to_sarif([Diagnostic("bare")])["runs"][0]["tool"]["driver"]["rules"][0]
