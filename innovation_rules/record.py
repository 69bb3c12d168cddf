"""Keep a decision so that it can be checked later: a compact record with digests, and `verify`.

`ledger` and the command line write records; anyone who has the input and the pack can derive them again. Canonical
JSON and digests are those of `canonical`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, Final

from innovation_rules.canonical import canonical, digest
from innovation_rules.decision import (
    Decision,
    Reasons,
    amount_json,
    engine_version,
    heading,
    input_digest,
    to_json,
)
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import Diagnostic
from innovation_rules.gaps import outcomes
from innovation_rules.program import Compare, Known, Member, Program, Result, Under
from innovation_rules.walk import PerProgram

__all__ = ["Decide", "canonical", "digest", "input_digest", "record", "verify"]

Decide = Callable[[str, Enterprise, int, date, date], Decision]
"""Decides again: (pack id, enterprise, year, as-of date, law date) -> Decision."""

_LETTERS: Final = {True: "T", False: "F", None: "U"}


def record(decision: Decision) -> dict[str, Any]:
    """The compact record: who, by what, when, each outcome, each test's result, and the digests.

    `leaves` has one letter for each test of the program in order: T, F or U (unknown).
    """
    statuses: dict[str, dict[str, str]] = {}
    amounts: dict[str, Any] = {}
    for outcome in outcomes(decision.program):
        status = outcome.status(decision.results)
        statuses.setdefault(outcome.kind, {})[outcome.id] = status
        if outcome.amounts:
            result = decision.award_result(outcome, status)
            if result.has_amount:
                amounts[outcome.id] = amount_json(result)
    kept = {
        **heading(decision),
        **statuses,
        "amounts": amounts,
        "leaves": leaves(decision.program, decision.results),
        "input_digest": decision.input_digest,
    }
    kept["record_digest"] = digest(kept)
    return kept


def leaves(program: Program, results: Sequence[Result]) -> str:
    """One letter for each test of a program: T, F or U."""
    return "".join([_LETTERS[result] for result in _picker(program)(results)])  # type: ignore[index]


def _pick(program: Program) -> Callable[[Sequence[Result]], Sequence[Result]]:
    tests = [
        index
        for index, node in enumerate(program.nodes)
        if isinstance(node, Compare | Member | Under | Known)
    ]
    if len(tests) < 2:
        return lambda results: [results[index] for index in tests]
    return itemgetter(*tests)


_picker: Final = PerProgram(_pick)


# ------------------------------------------------------------------------------------------- verify

_NEEDED: Final = (
    "uscc",
    "pack",
    "year",
    "as_of",
    "law_date",
    "engine_version",
    "input_digest",
    "record_digest",
)
_BESIDE: Final = frozenset(("record_digest", "second_opinion"))
"""What stands beside a decision in its line: the digest is of all else."""
_OWN: Final = _BESIDE | {"engine_version"}


def verify(kept: Mapping[str, Any], enterprise: Enterprise, decide: Decide) -> list[Diagnostic]:
    """Derive a record, or a whole decision line, again; empty when it stands.

    Otherwise it says which of the three changed: the record itself, the input, or the pack. A record of another
    version of the library is noted, and refused only where the outcome differs.
    """
    found = _changed(kept, enterprise)
    if found:
        return found
    pack = kept["pack"]
    dates = date.fromisoformat(kept["as_of"]), date.fromisoformat(kept["law_date"])
    again = decide(pack["id"], enterprise, kept["year"], *dates)
    if again.pack.digest != pack["digest"]:
        versions = {"was": pack["version"], "now": again.pack.version}
        return [
            Diagnostic("record-pack-changed", None, {"uscc": kept["uscc"], "pack": pack["id"], **versions})
        ]
    return _compared(kept, again)


def _changed(kept: Mapping[str, Any], enterprise: Enterprise) -> list[Diagnostic]:
    """What the digests alone tell."""
    lacking = [name for name in _NEEDED if name not in kept]
    if lacking or not _well_formed(kept):
        return [Diagnostic("not-a-decision-record", None, {"fields": lacking or ["pack", "year", "as_of"]})]
    who = {"uscc": kept["uscc"]}
    if digest({name: value for name, value in kept.items() if name not in _BESIDE}) != kept["record_digest"]:
        return [Diagnostic("record-changed", None, who)]
    if input_digest(enterprise) != kept["input_digest"]:
        return [Diagnostic("record-input-changed", None, who)]
    return []


def _well_formed(kept: Mapping[str, Any]) -> bool:
    pack = kept["pack"]
    try:
        date.fromisoformat(kept["as_of"])
        date.fromisoformat(kept["law_date"])
    except (TypeError, ValueError):
        return False
    texts = isinstance(pack, Mapping) and all(
        isinstance(pack.get(one), str) for one in ("id", "version", "digest")
    )
    return texts and type(kept["year"]) is int


def _compared(kept: Mapping[str, Any], again: Decision) -> list[Diagnostic]:
    """What differs although every digest agrees."""
    derived = record(again) if "leaves" in kept else to_json(again, reasons=_reasons_in(kept))
    names = sorted((kept.keys() | derived.keys()) - _OWN)
    differing = [name for name in names if not _alike(name, kept, derived)]
    who = {"uscc": kept["uscc"], "fields": differing}
    versions = {"was": kept["engine_version"], "now": engine_version()}
    if versions["was"] == versions["now"]:
        return [Diagnostic("record-changed", None, who)] if differing else []
    if differing:
        return [Diagnostic("record-not-reproduced", None, {**who, **versions})]
    return [Diagnostic("record-other-version", None, {**who, **versions})]


def _alike(name: str, kept: Mapping[str, Any], derived: Mapping[str, Any]) -> bool:
    return name in kept and name in derived and canonical(kept[name]) == canonical(derived[name])


def _reasons_in(kept: Mapping[str, Any]) -> Reasons:
    """How much of the reasons a decision line holds."""
    shown = [one.get("reasons") for one in _judged(kept) if isinstance(one, Mapping)]
    if any(isinstance(one, Mapping) for one in shown):
        return "tree"
    return "leaves" if any(isinstance(one, Sequence) for one in shown) else "none"


def _judged(kept: Mapping[str, Any]) -> list[Any]:
    groups = (kept.get("coverages"), kept.get("awards"))
    return [one for group in groups if isinstance(group, Mapping) for one in group.values()]
