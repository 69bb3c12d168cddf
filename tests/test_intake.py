"""Files of records: every good one is read, every bad one reported with its place and a way out."""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as credit_code

from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import DataError, Diagnostic, render
from innovation_rules.intake import (
    MAX_RECORD,
    RecordProblem,
    enterprise_from_json,
    parse_enterprise,
    parse_region,
    read_all,
    read_enterprises,
    read_regions,
)

A, B, C = "91350100M000100Y43", "11320000MB151840XJ", "91110000600037341L"


def lines(*records: Any) -> bytes:
    return "\n".join(
        one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in records
    ).encode()


def codes(data: bytes, name: str) -> list[str]:
    """What a file gives: the credit code of a good record, the code of a problem."""
    return [
        one.code if isinstance(one, Diagnostic) else one.uscc for one in read_enterprises(data, name=name)
    ]


def record(uscc: str = A, **fields: Any) -> dict[str, Any]:
    return {"uscc": uscc, "name": "某厂", **fields}


def credit(number: int) -> str:
    body = f"9114{number:013d}"
    return body + credit_code.calc_check_digit(body)


# ---- formats ----------------------------------------------------------------------------------------------

JSON = json.dumps([record(A), record(B)]).encode()
YAML = f"- uscc: {A}\n  name: 某厂\n- uscc: {B}\n  name: 某厂\n".encode()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (JSON, "a.json"),
        (JSON, "a"),
        (b"\xef\xbb\xbf" + JSON, "a.json"),
        (json.dumps([record(A), record(B)], indent=1).encode(), "-"),
        (json.dumps({"enterprises": [record(A), record(B)]}).encode(), "-"),
        (json.dumps({"企业": [record(A), record(B)]}).encode(), "a.json"),
        (lines(record(A), record(B)), "a.jsonl"),
        (lines(record(A), "", record(B), ""), "a.ndjson"),
        (lines(record(A), record(B)), "-"),
        (b"\xef\xbb\xbf" + lines(record(A), record(B)), "-"),
        (lines(record(A), record(B)).replace(b"\n", b"\r\n"), "a.jsonl"),
        (YAML, "a.yaml"),
        (YAML, "-"),
        (b"enterprises:\n" + YAML, "a.yml"),
    ],
)
def test_every_format_is_read(data: bytes, name: str) -> None:
    assert codes(data, name) == [A, B]


def test_one_record_alone() -> None:
    assert codes(json.dumps(record(), indent=1).encode(), "a.json") == [A]
    assert codes(json.dumps(record()).encode(), "-") == [A]
    assert codes(f"uscc: {A}\nname: 某厂\n".encode(), "a.yaml") == [A]


def test_paths_streams_and_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(JSON)
    assert len(read_all(path).records) == len(read_all(str(path)).records) == 2
    assert len(read_all(io.BytesIO(JSON)).records) == 2
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(JSON)))
    assert len(read_all("-").records) == 2


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.json", "no-such-file"), (tmp_path, "is-a-directory")):
        with pytest.raises(DataError) as caught:
            read_all(path)
        assert [one.code for one in caught.value.diagnostics] == [code]


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "a.json", ["empty-file"]),
        (b" \n", "a.json", ["empty-file"]),
        (b"", "a.yaml", ["empty-file"]),
        (b"\n\n", "a.jsonl", ["empty-file"]),
        (b"[]", "a.json", ["empty-file"]),
        (b'[{"a":1,}]', "a.json", ["bad-json"]),
        (b"[" * 100_000, "a.json", ["json-too-deep"]),
        (b"[" * 100_000, "-", ["json-too-deep"]),
        (b"5", "a.json", ["not-a-record"]),
        (b'{"enterprises": 5}', "a.json", ["field-shape"]),
        ("[某]".encode("utf-16"), "a.json", ["utf16-encoding"]),
        ('[{"name": "某厂"}]'.encode("gbk"), "a.json", ["gbk-encoding"]),
        (b'["\xff\xff"]', "a.json", ["not-utf8"]),
        (b"- a\n- {", "a.yaml", ["unclosed-bracket"]),
    ],
)
def test_files_that_hold_no_records(data: bytes, name: str, expected: list[str]) -> None:
    assert codes(data, name) == expected


def test_where_json_goes_wrong() -> None:
    (only,) = read_enterprises(b'[\n {"a":1,}]', name="a.json")
    assert isinstance(only, Diagnostic)
    assert only.message("zh") == "第 2 行第 9 个字符起不是 JSON"
    assert str(only.place) == "a.json:2:9"


# ---- the good are never lost ------------------------------------------------------------------------------


def with_code(text: str) -> str:
    return text.replace("%s", B)


DIRTY = [
    (record(A), A),
    (record(A), "same-enterprise-twice"),
    ("{bad", "bad-json"),
    ('{"uscc": 1, "uscc": 2}', "same-key-twice"),
    (record("91350100m000100y43"), "uscc-lower-case"),
    (record(B, region=140400), "code-is-number"),
    (record(B, industry=610), "code-lost-zero"),
    (record(B, established="2020年5月"), "date-form"),
    (record(B, reports={"2020": {"rd_expenditure": "1200"}}), "unit-missing"),
    (record(B, reports={"2020": {"rd_expenditur": "1200元"}}), "unknown-field"),
    (
        with_code('{"uscc": "%s", "name": "x", "reports": {"2020": {"papers": 1, "papers": 1}}}'),
        "same-key-twice",
    ),
    (with_code('{"uscc": "%s", "name": "x", "reports": {"2020": {"net_profit": NaN}}}'), "not-finite"),
    (
        with_code('{"uscc": "%s", "name": "x", "reports": {"2020": {"net_profit": 1e400000000}}}'),
        "exponent-too-large",
    ),
    (
        with_code('{"uscc": "%s", "name": "x", "reports": {"2020": {"papers": NINES}}}').replace(
            "NINES", "9" * 5000
        ),
        "number-too-long",
    ),
    (with_code('{"uscc": "%s", "name": "x", "inputs": {"a": 1, "a": 2}}'), "same-key-twice"),
    ("[1]", "not-a-record"),
    (record(B, name="\x1b[31m"), "control-in-text"),
    ({"uscc": B, "nam": "x"}, "unknown-field"),
    ({"uscc": B}, "missing-field"),
    (record(B, 企业名称="某厂"), "same-field-twice"),
    ({"ongoing_as_of": "2020-12-31"}, "header-not-first"),
    (record(C), C),
]


def test_a_dirty_file_gives_every_good_record_and_one_problem_for_each_fault() -> None:
    assert codes(lines(*(one for one, _ in DIRTY)), "a.jsonl") == [expected for _, expected in DIRTY]


def test_the_same_in_one_json_document() -> None:
    whole = [(one, code) for one, code in DIRTY if code not in ("bad-json", "header-not-first")]
    text = "[" + ",".join(one if isinstance(one, str) else json.dumps(one) for one, _ in whole) + "]"
    assert codes(text.encode(), "a.json") == [code for _, code in whole]


def test_every_problem_says_where_what_and_how_in_both_languages() -> None:
    data = lines(*(one for one, _ in DIRTY))
    problems = [one for one in read_enterprises(data, name="a.jsonl") if isinstance(one, Diagnostic)]
    expected = [number for number, (_, code) in enumerate(DIRTY, 1) if not code[0].isdigit()]
    assert [one.place.line for one in problems if one.place] == expected
    for one in problems:
        assert isinstance(one, RecordProblem)
        assert one.fields["file"] == "a.jsonl"
        for lang, start in (("zh", "条记录"), ("en", "record ")):
            text = render(one, None, lang)  # type: ignore[arg-type]
            assert start in text or one.code == "header-not-first"
            assert "?" not in text
            assert "\x1b" not in text
            assert one.help(lang)  # type: ignore[arg-type]


def test_a_problem_in_full() -> None:
    (one,) = read_enterprises(lines(record(B, reports={"2020": {"rd_expenditure": "1200"}})), name="a.jsonl")
    assert isinstance(one, Diagnostic)
    assert render(one, None, "zh") == (
        "错误[unit-missing]：第 1 条记录，某厂，年度报告·2020·R&D经费内部支出（reports.2020.rd_expenditure）："
        "文字 `1200` 没有单位\n --> a.jsonl:1:1\n  = 帮助：在后面加上单位，例如 `万元`"
    )
    assert render(one, None, "en") == (
        "error[unit-missing]: record 1, 某厂, reports.2020.rd_expenditure: the text `1200` has no unit\n"
        " --> a.jsonl:1:1\n  = help: put the unit after it, such as `万元`"
    )
    assert one.fields["record"] == 1
    assert one.fields["line"] == 1
    assert one.fields["field"] == "reports.2020.rd_expenditure"


def test_a_place_in_yaml_is_the_value_itself() -> None:
    data = f"- uscc: {A}\n  name: 某厂\n  region: 140400\n".encode()
    (one,) = read_enterprises(data, name="a.yaml")
    assert isinstance(one, Diagnostic)
    assert str(one.place) == "a.yaml:3:11"
    data = f"uscc: {A}\nname: 某厂\nreports: {{2020: {{papers: 1.5}}}}\n".encode()
    (one,) = read_enterprises(data, name="a.yaml")
    assert isinstance(one, Diagnostic)
    assert (one.code, str(one.place)) == ("too-many-decimals", "a.yaml:3:26")


def test_several_faults_of_one_record_are_several_problems() -> None:
    one = record(B, region=140400, reports={"2020": {"papers": "3"}, "20": {}}, activities=[{"kind": "x"}])
    assert codes(lines(one), "a.jsonl") == ["code-is-number", "unit-missing", "year-form", "missing-field"]


def test_a_misspelt_field_is_one_mistake() -> None:
    assert codes(lines({"usc": A, "name": "x"}), "a.jsonl") == ["unknown-field"]
    assert codes(lines({"usc": A, "企业名称": "x"}), "a.jsonl") == ["unknown-field"]
    assert codes(lines({"企业名": "x", "统一社会信用代码": A}), "a.jsonl") == ["unknown-field"]


def test_a_line_that_is_too_long_or_not_utf8_costs_only_itself() -> None:
    long = b'{"uscc": "' + b"9" * MAX_RECORD + b'"}'
    data = b"\n".join([lines(record(A)), long, '{"name": "某厂"}'.encode("gbk"), b'{"\xff', lines(record(B))])
    assert codes(data, "a.jsonl") == [A, "record-too-long", "gbk-encoding", "not-utf8", B]


# ---- both languages ---------------------------------------------------------------------------------------

CHINESE = {
    "统一社会信用代码": A,
    "企业名称": "某厂",
    "控股情况": "民营",
    "在库规上": {"2020": True},
    "年度报告": {"2020": {"R&D经费内部支出": "1200万元", "补充信息": {"科技人员": 5}}},
    "资质": [{"资质类型": "x", "状态": "已认定", "有效期至": "长期"}],
    "创新活动": [{"活动类别": "创新人才", "活动类型": "y", "级别": "市级", "结束日期": "持续"}],
    "未调查类别": ["国际化合作"],
    "补充信息": {"有条件的": {"值": True, "认定日期": "2020-01-01"}},
}
ENGLISH = {
    "uscc": A,
    "name": "某厂",
    "ownership": "private",
    "in_directory": {"2020": True},
    "reports": {"2020": {"rd_expenditure": "1200万元", "inputs": {"科技人员": 5}}},
    "qualifications": [{"kind": "x", "status": "recognised", "expires": "never"}],
    "activities": [{"category": "talent", "kind": "y", "level": "municipal", "ended": "ongoing"}],
    "unsurveyed": ["international"],
    "inputs": {"有条件的": {"value": True, "found_on": "2020-01-01"}},
}


def test_a_record_in_chinese_is_the_record_in_english() -> None:
    assert parse_enterprise(CHINESE) == parse_enterprise(ENGLISH)
    (read,) = read_enterprises(lines(CHINESE), name="a.jsonl")
    assert read == enterprise_from_json(json.dumps(ENGLISH))


def test_faults_in_a_chinese_record_are_answered_in_chinese_names() -> None:
    bad = {
        **CHINESE,
        "创新活动": [{"活动类型": "y"}, {"活动类别": "创新", "活动类型": "y"}],
        "企业规模": "大",
    }
    with pytest.raises(DataError) as caught:
        parse_enterprise(bad)
    first, second, third = caught.value.diagnostics
    assert first.message("zh") == "某厂，创新活动·第1项·活动类别（activities[0].category）：缺少这一项"
    assert first.help("zh") == "加上 `活动类别`"
    assert second.code == "unknown-choice"
    assert "创新人才" in second.help("zh")
    assert third.code == "unknown-field"


# ---- the header -------------------------------------------------------------------------------------------


def as_of(data: bytes, name: str) -> list[Any]:
    return [
        one.code if isinstance(one, Diagnostic) else one.ongoing_as_of and one.ongoing_as_of.isoformat()
        for one in read_enterprises(data, name=name)
    ]


def test_a_header_speaks_for_all_that_the_file_lists() -> None:
    own = record(B, ongoing_as_of="2019-12-31")
    day = ["2020-12-31", "2019-12-31"]
    header = {"ongoing_as_of": "2020-12-31"}
    assert as_of(lines(header, record(A), own), "a.jsonl") == day
    assert as_of(lines({"持续截至日期": "2020-12-31"}, record(A), own), "-") == day
    assert as_of(json.dumps({**header, "enterprises": [record(A), own]}).encode(), "a.json") == day
    yaml = f"ongoing_as_of: 2020-12-31\nenterprises:\n- {{uscc: {A}, name: x}}\n"
    assert as_of(yaml.encode(), "a.yaml") == ["2020-12-31"]
    assert as_of(lines(record(A)), "a.jsonl") == [None]


def test_a_bad_header_is_one_problem() -> None:
    assert as_of(lines({"ongoing_as_of": "2020"}, record(A), record(B)), "a.jsonl") == [
        "date-form",
        None,
        None,
    ]
    data = json.dumps({"ongoing_asof": "2020-12-31", "enterprises": [record(A)]}).encode()
    assert as_of(data, "a.json") == ["unknown-field", None]


# ---- the straight way and the careful way -----------------------------------------------------------------


@given(
    st.dictionaries(
        st.sampled_from(["name", "region", "zones", "inputs", "reports", "in_directory", "unsurveyed"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("140400"),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(st.sampled_from(["2020", "papers", "a:b", '"']), inner, max_size=2)
            ),
            max_leaves=4,
        ),
    )
)
def test_both_ways_read_the_same(fields: dict[str, Any]) -> None:
    text = json.dumps({"uscc": A, "name": "x", **fields})
    straight = outcome(lambda: enterprise_from_json(text))
    assert straight == outcome(
        lambda: next(iter(read_enterprises(b"[" + text.encode() + b"]", name="a.json")))
    )


def outcome(read: Any) -> Any:
    try:
        found = read()
    except DataError as error:
        found = error.diagnostics[0]
    return found.code if isinstance(found, Diagnostic) else found


@pytest.mark.parametrize(
    "text",
    [
        '{"uscc": "%s", "name": "x", "name": "y"}',
        '{"uscc": "%s", "name":"x", "name" :"y"}',
        '{"uscc": "%s", "name": "x", "inputs": {"a": 1, "a": 2}}',
        '{"uscc": "%s", "name": "x", "reports": {"2020": {}, "2020": {}}}',
        '{"uscc": "%s", "name": "x", "in_directory": {"2020": true, "2020": true}}',
        '{"uscc": "%s", "name": "x", "activities": [{"category": "talent", "kind": "a", "kind": "a"}]}',
        '{"uscc": "%s", "name": "x", "inputs": {"a": {"value": 1, "value": 1}}}',
    ],
)
def test_a_key_that_stands_twice_is_never_passed_over(text: str) -> None:
    with pytest.raises(DataError) as caught:
        enterprise_from_json(text % A)
    assert [one.code for one in caught.value.diagnostics] == ["same-key-twice"]


def test_texts_with_colons_and_decimals_take_the_careful_way() -> None:
    one = enterprise_from_json(json.dumps({"uscc": A, "name": 'a":b', "inputs": {"x": 0.5, "y": "c:d"}}))
    assert one.name == 'a":b'
    assert one.inputs == {"x": "0.5", "y": "c:d"}
    assert enterprise_from_json(b"\xef\xbb\xbf" + json.dumps(record()).encode()).uscc == A


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", "bad-json"), ("5", "not-a-record"), (b'"\xff"', "not-utf8"), ("{}", "missing-field")],
)
def test_json_that_is_no_enterprise(text: str | bytes, code: str) -> None:
    with pytest.raises(DataError) as caught:
        enterprise_from_json(text)
    assert caught.value.diagnostics[0].code == code


def test_plain_data_that_is_no_mapping() -> None:
    with pytest.raises(DataError):
        parse_enterprise([])  # type: ignore[arg-type]
    assert parse_enterprise(SomeMapping(record())).uscc == A


class SomeMapping(dict[str, Any]):
    pass


# ---- length and regions -----------------------------------------------------------------------------------


class Endless(io.RawIOBase):
    """A stream of records that remembers how many were asked for."""

    def __init__(self) -> None:
        self.given = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self.given += 1
        return json.dumps(record(credit(self.given))).encode() + b"\n"


def test_a_long_file_is_read_record_by_record() -> None:
    stream = Endless()
    reading = read_enterprises(stream, name="a.jsonl")  # type: ignore[arg-type]
    assert [isinstance(next(reading), Enterprise) for _ in range(100)] == [True] * 100
    assert stream.given < 110


def test_regions_are_read_too() -> None:
    data = {
        "region": "140000",
        "statistics": {
            "2020": {"rd_to_gdp": [{"value": "1.20%", "口径": "当年数"}], "labs": {"值": 5}, "n": 1}
        },
    }
    (region,) = read_regions(json.dumps({"regions": [data]}).encode(), name="a.json")
    assert not isinstance(region, Diagnostic)
    assert region == parse_region(data)
    labs = region.statistic("labs", 2020)
    assert labs is not None
    assert labs.value == 5
    bad = {"region": "140000", "statistics": {"2020": {"labs": {"value": 5, "basis": "stocks"}}, "2021": 5}}
    twice = '[{"region": "140000", "statistics": {"2020": {"a": 1, "a": 2}}}]'
    assert Counter(
        one.code for one in read_regions(lines(bad), name="a.jsonl") if isinstance(one, Diagnostic)
    ) == {
        "unknown-choice": 1,
        "field-shape": 1,
    }
    (one,) = read_regions(twice.encode(), name="a.json")
    assert isinstance(one, Diagnostic)
    assert one.code == "same-key-twice"
