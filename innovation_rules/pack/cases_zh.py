"""Read worked cases that are written in Chinese: the keys of the file, the names of items, the words of outcomes.

`cases` reads and compares in English; both spellings may stand in one file, and an identifier is always understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from innovation_rules.facts import CATEGORIES, FIELDS_ZH
from innovation_rules.pack.linker import Linked
from innovation_rules.pack.spelling import Names, Space
from innovation_rules.program import AWARD_STATUSES, COVERAGE_STATUSES

if TYPE_CHECKING:
    from innovation_rules.pack.cases import Expectation

KEYS: Final = {
    "规则包": "pack",
    "起点企业": "enterprises",
    "算例": "cases",
    "名称": "name",
    "条款": "clause",
    "理由": "why",
    "年份": "year",
    "截至": "as_of",
    "企业": "enterprise",
    "地区": "region",
    "预期": "expect",
}
LIKE: Final = "参照"
SECTIONS: Final = {
    "覆盖": "coverages",
    "画像": "profile",
    "层次": "layers",
    "分类": "classes",
    "可能的分类": "open_classes",
    "奖励": "awards",
    "事实": "facts",
    "还缺": "missing",
}
"""`覆盖` with one outcome is `coverage`, with names it is `coverages`."""

OUTCOMES: Final = {
    "已覆盖": "covered",
    "未覆盖": "not_covered",
    "待定": "undetermined",
    "不在范围": "out_of_scope",
    "不在施行期": "not_in_force",
    "可享受": "eligible",
    "不可享受": "ineligible",
    "优先考虑": "favoured",
    "不优先": "not_favoured",
    "只作记录": "not_applicable",
}
OF_COVERAGE: Final = {zh: status for zh, status in OUTCOMES.items() if status in COVERAGE_STATUSES}
OF_AN_AWARD: Final = {zh: status for zh, status in OUTCOMES.items() if status in AWARD_STATUSES}
ACTIVITY: Final = {"有": "active", "无": "inactive", "待定": "undetermined"}
OF_AWARD: Final = {"结果": "status", "金额": "amount"}
OF_AMOUNT: Final = {"最低": "min", "最高": "max", "未知": "unknown", "无": "none"}
TRUTHS: Final[Mapping[str, Any]] = {"是": True, "否": False, "未知": None}
"""What these words are where they stand without quotes."""


def in_english(one: Expectation, linked: Linked) -> Expectation:
    """An expectation with the identifiers and the words that `cases.compare` knows."""
    names = Names(linked)
    match one.section:
        case "coverage":
            return replace(one, value=_word(one.value, OF_COVERAGE))
        case "coverages":
            return replace(one, id=_named(one.id, names, "coverage"), value=_word(one.value, OF_COVERAGE))
        case "awards":
            return replace(one, id=_id(one.id, _labels(names, "awards")), value=_award(one.value))
        case "profile":
            return replace(one, id=_id(one.id, Space("", CATEGORIES)), value=_word(one.value, ACTIVITY))
        case "layers":
            return replace(one, id=_id(one.id, _labels(names, "layers")), value=_word(one.value, ACTIVITY))
        case "classes" | "open_classes":
            return _class(one, names)
        case "facts":
            return replace(one, id=_named(one.id, names, "subject"))
        case "missing":
            return replace(one, value=[_dated(name, names) for name in one.value])
    return one


def _class(one: Expectation, names: Names) -> Expectation:
    id = _named(one.id, names, "class")
    values = names.values(id, "subject")
    if values is None:
        return replace(one, id=id)
    listed = one.value if isinstance(one.value, list) else [one.value]
    words = [_word(_id(value, values), {"待定": "undetermined"}) for value in listed]
    return replace(one, id=id, value=words if isinstance(one.value, list) else words[0])


def _award(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return _word(value, OF_AN_AWARD)
    award = {OF_AWARD.get(name, name): inner for name, inner in value.items()}
    if "status" in award:
        award["status"] = _word(award["status"], OF_AN_AWARD)
    amount = award.get("amount")
    if isinstance(amount, Mapping):
        award["amount"] = {OF_AMOUNT.get(name, name): inner for name, inner in amount.items()}
    elif amount is not None:
        award["amount"] = _word(amount, OF_AMOUNT)
    return award


def _dated(name: Any, names: Names) -> str:
    """`R&D经费内部支出@2020` as the identifier of the fact, with its year."""
    fact, at, year = str(name).partition("@")
    return f"{_named(fact, names, 'subject')}{at}{year}"


def _word(value: Any, words: Mapping[str, str]) -> Any:
    return words.get(value, value) if isinstance(value, str) else value


def _named(name: str, names: Names, space: str) -> str:
    return str(_id(name, names.space(space)))


def _labels(names: Names, section: str) -> Space:
    return Space("", names.labels(section))


def _id(name: Any, space: Space) -> Any:
    """The identifier that a Chinese name stands for, where it stands for one only."""
    if not isinstance(name, str) or name in space.zh:
        return name
    meanings = space.en.get(name, ())
    return meanings[0] if len(meanings) == 1 else name


def goal_in_chinese(section: str, id: str, status: str, linked: Linked) -> tuple[str, str, str]:
    """An outcome of a rule with the words that a case would write."""
    names = Names(linked)
    words = next(zh for zh, english in SECTIONS.items() if english == section)
    if section == "classes":
        values = names.values(id, "subject")
        return words, names.labels(section).get(id, id), values.zh.get(status, status) if values else status
    table = ACTIVITY if section in ("profile", "layers") else OUTCOMES
    outcome = next((zh for zh, english in table.items() if english == status), status)
    labels = CATEGORIES if section == "profile" else names.labels(section)
    return words, labels.get(id, id), outcome


def record_in_english(record: Mapping[str, Any], linked: Linked) -> dict[str, Any]:
    """The record of a case with the pack's identifiers for its kinds and its inputs; `intake` knows the fields."""
    names = Names(linked)
    kinds, qualifications = names.space("kind"), names.space("qualification")
    found: dict[str, Any] = {}
    for key, value in record.items():
        field = FIELDS_ZH["enterprise"].get(key, key)
        if field == "activities" and isinstance(value, list):
            value = [_entry(one, "activity", kinds, names) for one in value]
        elif field == "qualifications" and isinstance(value, list):
            value = [_entry(one, "qualification", qualifications, names) for one in value]
        elif field == "reports" and isinstance(value, Mapping):
            value = {year: _entry(report, "report", kinds, names) for year, report in value.items()}
        elif field == "inputs":
            value = _inputs(value, "enterprise", names)
        found[key] = value
    return found


def _entry(entry: Any, owner: str, kinds: Space, names: Names) -> Any:
    """A report, an activity or a qualification: its kind, and its inputs."""
    if not isinstance(entry, Mapping):
        return entry
    found: dict[str, Any] = {}
    for key, value in entry.items():
        field = FIELDS_ZH[owner].get(key, key)
        if field == "kind":
            value = _id(value, kinds)
        elif field == "inputs":
            value = _inputs(value, owner, names)
        found[key] = value
    return found


def _inputs(inputs: Any, owner: str, names: Names) -> Any:
    if not isinstance(inputs, Mapping):
        return inputs
    known = Space("", names.inputs(owner))
    return {_id(name, known): value for name, value in inputs.items()}
