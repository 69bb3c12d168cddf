"""Say a decision's words to a person: statuses, kinds of award, the names of facts and of activities.

`tally` and `story` speak with it; nothing here is computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from innovation_rules.activities import Activity
from innovation_rules.case import VOCABULARY
from innovation_rules.enterprise import Enterprise, Qualification
from innovation_rules.errors import Lang, Words
from innovation_rules.facts import CATEGORIES, LEVELS, STATUSES
from innovation_rules.gaps import Outcome
from innovation_rules.pack import Pack
from innovation_rules.program import Choice, Program, Result
from innovation_rules.terminal.render import Style

STATUS: Final = {
    "covered": Words("已覆盖", "covered"),
    "not_covered": Words("未覆盖", "not covered"),
    "undetermined": Words("待定", "undetermined"),
    "out_of_scope": Words("不在范围", "out of scope"),
    "not_in_force": Words("不在施行期", "not in force"),
    "eligible": Words("可享受", "eligible"),
    "ineligible": Words("不可享受", "ineligible"),
    "favoured": Words("优先考虑", "favoured"),
    "not_favoured": Words("不优先", "not favoured"),
    "not_applicable": Words("只作记录", "recorded only"),
    "active": Words("有", "active"),
    "inactive": Words("无", "inactive"),
}
GOOD: Final = frozenset(("covered", "eligible", "favoured", "active"))
BAD: Final = frozenset(("not_covered", "ineligible", "not_favoured", "inactive"))
OPEN: Final = frozenset(("undetermined",))

BY_WORTH: Final = ("eligible", "favoured", "undetermined", "ineligible", "not_favoured", "out_of_scope", "not_in_force",
                  "not_applicable")  # fmt: skip
"""The statuses of awards, the best first."""
ORDER: Final = ("covered", "not_covered", "undetermined", "out_of_scope", "not_in_force")
MARKS: Final = {True: "✓", False: "✗", None: "?"}
STYLES: Final[dict[Result, Style]] = {True: "good", False: "bad", None: "open"}


def status_words(status: str, lang: Lang) -> str:
    """A status in words."""
    return STATUS[status].in_(lang) if status in STATUS else status


def status_of(status: str, outcome: Outcome | None, program: Program, lang: Lang) -> str:
    """The status of an outcome in words; of a classification, the labels of its values."""
    if outcome is None or outcome.kind != "classes":
        return status_words(status, lang)
    return values_words(status, program.classes[outcome.place].values, lang)


def values_words(status: str, values: Iterable[Choice], lang: Lang) -> str:
    """What a classification comes to: the labels of its values, in English their names."""
    if not status:
        return "（无）" if lang == "zh" else "(none)"
    names = {one.id: (lang == "zh" and one.label) or one.id for one in values}
    return ("、" if lang == "zh" else ", ").join(
        names.get(one) or status_words(one, lang) for one in status.split(",")
    )


def status_style(status: str) -> Style:
    """The colour of a status."""
    return "good" if status in GOOD else "bad" if status in BAD else "open" if status in OPEN else "dim"


def status_mark(status: str) -> str:
    """One character for a status."""
    return "✓" if status in GOOD else "✗" if status in BAD else "?" if status in OPEN else "·"


def category_words(category: str, lang: Lang) -> str:
    """A category of activity."""
    return CATEGORIES.get(category, category) if lang == "zh" else category


# --------------------------------------------------------------------------------------------- names of facts

_OF_A_LIST = re.compile(r"(activities|qualifications)\[(\d+)\]\.(\w+)")


def fact_words(name: str, program: Program, pack: Pack, enterprise: Enterprise | None, lang: Lang) -> str:
    """What a base fact is called: `rd_expenditure@2020`, `activities.platform`, `activities[3].started`."""
    if lang == "en":
        return _in_english(name, pack, enterprise)
    at = program.frame.indexes.get(name)
    if at is not None:
        fact = program.frame.facts[at]
        return fact.spec.zh + (f"（{fact.year}年）" if fact.year else "")
    found = _OF_A_LIST.fullmatch(name)
    if found:
        return f"{_item_words(found, pack, enterprise, lang)}：{_column(found, program)}"
    if name.startswith("activities."):
        return f"{CATEGORIES.get(name[11:], name[11:])}方面的活动（未调查）"
    return "资质（未填报）" if name == "qualifications" else name


def _in_english(name: str, pack: Pack, enterprise: Enterprise | None) -> str:
    found = _OF_A_LIST.fullmatch(name)
    if found:
        return f"{_item_words(found, pack, enterprise, 'en')}: {found[3]}"
    if name.startswith("activities."):
        return f"activities of {name[11:]} (not surveyed)"
    base, _, year = name.partition("@")
    return f"{base} ({year})" if year else name


def _item_words(found: re.Match[str], pack: Pack, enterprise: Enterprise | None, lang: Lang) -> str:
    items = (getattr(enterprise, found[1], None) or ()) if enterprise else ()
    index = int(found[2])
    return item_words(items[index], pack, lang) if index < len(items) else f"{found[1]}[{index}]"


def _column(found: re.Match[str], program: Program) -> str:
    frame = program.frame
    columns = frame.activity_facts if found[1] == "activities" else frame.qualification_facts
    spec = next((one for one in columns if one.name == found[3]), None)
    owner = "activity" if found[1] == "activities" else "qualification"
    return spec.zh if spec else VOCABULARY[owner, found[3]].zh


# ------------------------------------------------------------------------------ activities and qualifications


def kind_words(kind: str, pack: Pack, lang: Lang) -> str:
    """What a kind of activity or qualification is called."""
    entry = pack.linked.kind(kind) or pack.linked.find("qualification_kinds", kind)
    return entry.item.label if entry is not None and entry.item.label and lang == "zh" else kind


def item_words(item: Activity | Qualification, pack: Pack, lang: Lang) -> str:
    """One activity or qualification: its name or kind, with level, status and dates."""
    kind = kind_words(item.kind, pack, lang)
    name = getattr(item, "name", None)
    return (f"{kind}“{name}”" if lang == "zh" else f'{kind} "{name}"') if name else kind


def item_facts(item: Activity | Qualification, lang: Lang) -> str:
    """What tells one activity from another: level, status, from when to when."""
    parts = []
    if item.level is not None:
        parts.append(LEVELS[item.level.value] if lang == "zh" else item.level.value)
    if item.status is not None:
        parts.append(STATUSES[item.status.value] if lang == "zh" else item.status.value)
    start = getattr(item, "started", None) or getattr(item, "granted", None)
    end = getattr(item, "ended", None) or getattr(item, "expires", None)
    if start or end:
        parts.append(_span(start, end, lang))
    return ("，" if lang == "zh" else ", ").join(parts)


def _span(start: object, end: object, lang: Lang) -> str:
    last = {"ongoing": ("至今", "on"), "never": ("长期", "without end")}.get(str(end))
    if last is not None:
        return (
            f"{start or ''}{' ' if start else ''}{last[0]}"
            if lang == "zh"
            else f"from {start or '?'} {last[1]}"
        )
    if end is None:
        return f"{start} 起" if lang == "zh" else f"from {start}"
    return f"{start or '?'} 至 {end}" if lang == "zh" else f"{start or '?'} to {end}"
