"""Records and digests: what is derived again stands, and what has changed is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from programs import Builder, activity

from innovation_rules import decision as decisions
from innovation_rules import record as records
from innovation_rules.canonical import canonical, digest
from innovation_rules.decision import Decision, to_json
from innovation_rules.engines import decide
from innovation_rules.enterprise import Enterprise
from innovation_rules.program import PackInfo, Program
from innovation_rules.quantities import Money, Type
from innovation_rules.record import record, verify

DATA: dict[str, Any] = {
    "uscc": "91350100M000100Y43",
    "name": "某厂",
    "region": "140403",
    "industry": "0610",
    "established": "2010-05-01",
    "reports": {"2020": {"rd_expenditure": "1200万元", "rd_personnel": 12}, "2019": {"rd_expenditure": 5}},
    "activities": [
        {"category": "platform", "kind": "design_centre", "level": "municipal", "started": "2019-01-01"}
    ],
    "unsurveyed": ["talent", "project"],
}


def enterprise(**changes: object) -> Enterprise:
    return Enterprise.model_validate({**DATA, **changes})


def builder() -> Builder:
    made = Builder()
    money = made.fact("rd_expenditure", value=120_000_000, year=2020)
    test = made.at_least(money, 130_000_000, "一")
    made.coverage(test)
    made.award(made.negate(test), (made.constant(5), made.constant(700)), id="bonus")
    made.award(made.fact("flag", Type.YES_NO), (money, money), id="open")
    made.classify(made.first_match([(test, made.constant("a"))], made.constant("b")), "a", "b")
    made.classify(test, "x", "y", id="words", many=(test, made.negate(test)))
    return made


def decided(program: Program, whom: Enterprise) -> Decision:
    return decide(program, builder().case(), subject=whom)


def again(program: Program | None = None) -> records.Decide:
    """Decides as before, whatever it is asked."""

    def run(pack: str, whom: Enterprise, year: int, as_of: date, law_date: date) -> Decision:
        assert (pack, year, as_of, law_date) == ("testpack", 2020, date(2020, 12, 31), date(2020, 12, 31))
        return decided(program or builder().program(), whom)

    return run


MODES = ("record", "leaves", "tree", "none")


def kept(mode: str) -> dict[str, Any]:
    made = decided(builder().program(), enterprise())
    line = record(made) if mode == "record" else to_json(made, reasons=mode)  # type: ignore[arg-type]
    return dict(json.loads(json.dumps(line)))


def codes(
    line: Mapping[str, Any], whom: Enterprise | None = None, program: Program | None = None
) -> list[str]:
    return [one.code for one in verify(line, whom or enterprise(), again(program))]


# ------------------------------------------------------------------------------------------- canonical


def test_keys_are_sorted_units_are_base_units_and_the_absent_is_absent() -> None:
    text = canonical(enterprise())
    assert json.loads(text)["reports"] == {
        "2019": {"rd_expenditure": 500},
        "2020": {"rd_expenditure": 1_200_000_000, "rd_personnel": 12},
    }
    assert "null" not in text
    assert "." not in text
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert json.loads(text)["unsurveyed"] == ["project", "talent"]


def test_an_empty_list_is_not_an_absent_one() -> None:
    assert digest(enterprise(activities=[])) != digest(enterprise(activities=None))
    assert digest(enterprise(unsurveyed=[])) == digest(
        Enterprise.model_validate({name: value for name, value in DATA.items() if name != "unsurveyed"})
    )


def test_the_same_data_written_differently_has_one_digest() -> None:
    other = {"rd_expenditure": 12_000_000, "rd_personnel": 12}
    reports = {"2019": {"rd_expenditure": "5元"}, "2020": other}
    assert digest(enterprise(reports=reports)) == digest(enterprise())


def test_text_is_composed() -> None:
    assert canonical({"a": "e\u0301", "e\u0301": [1]}) == canonical({"a": "\u00e9", "\u00e9": [1]})
    assert canonical({"a": "\n\u0303"}) == '{"a":"\\n\u0303"}'


def test_a_digest_is_sha_256_of_the_canonical_form() -> None:
    assert digest({"b": 1, "a": Money(5)}) == "sha256:" + sha256(b'{"a":5,"b":1}').hexdigest()


def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical(object())


def test_mappings_sets_and_dates_have_one() -> None:
    from types import MappingProxyType

    assert (
        canonical(MappingProxyType({"d": date(2020, 1, 2), "s": {"b", "a"}}))
        == '{"d":"2020-01-02","s":["a","b"]}'
    )


# ------------------------------------------------------------------------------------------- record


def test_a_record_says_who_by_what_when_and_every_outcome() -> None:
    made = decided(builder().program(), enterprise())
    line = record(made)
    assert line["uscc"] == DATA["uscc"]
    assert line["pack"]["id"] == "testpack"
    assert line["coverages"] == {"covered_thing": "not_covered"}
    assert line["awards"] == {"bonus": "eligible", "open": "undetermined"}
    assert line["amounts"] == {
        "bonus": {"min": "0.05元", "max": "7元"},
        "open": {"min": "0元", "max": "120万元"},
    }
    assert line["classes"] == {"group": "b", "words": "y"}
    assert line["leaves"] == "F"
    assert line["input_digest"] == digest(enterprise()) == made.input_digest
    body = {name: value for name, value in line.items() if name != "record_digest"}
    assert line["record_digest"] == digest(body)


def test_leaves_has_one_letter_for_each_test() -> None:
    made = Builder()
    for value in (5, 7, None):
        made.at_least(made.fact(f"m{value}", value=value), 6)
    program = made.program()
    assert records.leaves(program, decide(program, made.case(), subject=enterprise()).results) == "FTU"
    assert records.leaves(Builder().program(), (True,)) == ""


def test_the_input_digest_does_not_depend_on_the_year() -> None:
    program = replace(builder().program(), year=2019)
    assert (
        decided(program, enterprise()).input_digest == decided(builder().program(), enterprise()).input_digest
    )


# ------------------------------------------------------------------------------------------- verify


@pytest.mark.parametrize("mode", MODES)
def test_an_untouched_record_stands(mode: str) -> None:
    assert codes(kept(mode)) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "field", ["name", "input_digest", "engine_version", "awards", "record_digest", "added"]
)
def test_a_changed_record_is_named(mode: str, field: str) -> None:
    line = kept(mode)
    line[field] = "sha256:changed" if "digest" in field else {"bonus": "ineligible"}
    assert codes(line) == ["record-changed"]


@pytest.mark.parametrize("mode", MODES)
def test_a_record_rewritten_with_a_fitting_digest_is_still_found_out(mode: str) -> None:
    line = kept(mode)
    line["coverages"] = {"covered_thing": "covered"}
    line["record_digest"] = digest({name: value for name, value in line.items() if name != "record_digest"})
    (found,) = verify(line, enterprise(), again())
    assert (found.code, found.fields["fields"]) == ("record-changed", ["coverages"])


@pytest.mark.parametrize("mode", MODES)
def test_a_changed_input_is_named(mode: str) -> None:
    changed = enterprise(reports={"2020": {"rd_expenditure": "1300万元"}})
    assert codes(kept(mode), changed) == ["record-input-changed"]


@pytest.mark.parametrize("mode", MODES)
def test_a_changed_pack_is_named(mode: str) -> None:
    program = builder().program()
    other = PackInfo("testpack", "test", "2", "sha256:other", None, None)
    assert codes(kept(mode), program=replace(program, pack=other)) == ["record-pack-changed"]


def test_another_version_of_the_library_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    line = kept("record")
    monkeypatch.setattr(decisions, "engine_version", lambda: "9.9")
    monkeypatch.setattr(records, "engine_version", lambda: "9.9")
    (found,) = verify(line, enterprise(), again())
    assert (found.code, found.severity) == ("record-other-version", "note")


def test_another_version_that_decides_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    line = kept("record")
    monkeypatch.setattr(records, "engine_version", lambda: "9.9")
    made = Builder()
    made.coverage(made.constant(True))
    (found,) = verify(line, enterprise(), again(made.program()))
    assert found.code == "record-not-reproduced"
    assert "9.9" in found.message("en")


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": "someday"},
        {"as_of": 5},
        {"pack": None},
        {"pack": {"id": "x"}},
        {"year": "2020"},
        {"year": True},
    ],
)
def test_what_is_no_record_is_refused(change: dict[str, object]) -> None:
    assert codes({**kept("record"), **change}) == ["not-a-decision-record"]


def test_half_a_record_says_what_it_lacks() -> None:
    line = kept("record")
    del line["as_of"]
    (found,) = verify(line, enterprise(), again())
    assert found.fields["fields"] == ["as_of"]
    assert "as_of" in found.message("zh")


def test_activities_are_part_of_the_input() -> None:
    assert digest(enterprise(activities=[])) != digest(enterprise())
    assert activity()[0] == "platform"
