"""What the prover found: each claim about a pack, for which years, proved, unsettled or refuted; plain data.

The checks of this folder make them, `terminal.proof` prints them, `commands.prove` writes them as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from innovation_rules.engines.smt import Proved, Unsettled, Witness
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import Lang, Place, Words
from innovation_rules.region import RegionStatistics


@dataclass(frozen=True, slots=True)
class Shown:
    """Enterprises that show something, as the interpreter read them, and when they are judged."""

    enterprises: Mapping[str, Enterprise]
    """One, or by the names `before` and `after`, `with` and `without`."""
    year: int
    as_of: date
    regions: Mapping[str, RegionStatistics]
    outcomes: tuple[str, ...] = ()
    """Keys of the outcomes that matter here."""
    least: bool = False
    """The solver showed that nothing smaller would do."""


@dataclass(frozen=True, slots=True)
class Refuted:
    """The claim does not hold: an enterprise shows it, or where something should exist, nothing does."""

    seconds: float
    shown: Shown | None = None
    """None: there is no enterprise of the kind that the claim says there is."""


Answer: TypeAlias = Proved | Unsettled | Refuted


@dataclass(frozen=True, slots=True)
class Span:
    """The judged years, and the part of the last year where the law changes within it, that an answer is for."""

    first: date
    """The first day of the first stretch of one and the same law."""
    last: date | None
    """The last day; None: from then on."""

    def text(self, lang: Lang) -> str:
        """2021–2023, 2022-10-01 – 2022-12-31, from 2023."""
        first, last = (
            _edge(self.first, start=True),
            "" if self.last is None else _edge(self.last, start=False),
        )
        if self.last is None:
            return f"{first} 起" if lang == "zh" else f"from {first}"
        return first if first == last else f"{first}{'–' if len(first) == len(last) == 4 else ' – '}{last}"


def _edge(day: date, start: bool) -> str:
    whole = (day.month, day.day) == ((1, 1) if start else (12, 31))
    return str(day.year) if whole else day.isoformat()


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim about one item of a pack, and what became of it."""

    check: str
    item: str
    says: Words
    """The claim, as a sentence."""
    clause: str
    place: Place | None
    years: tuple[Span, ...]
    answer: Answer
    informs: bool = False
    """Worth listing, and no fault of the pack."""
    because: str = ""
    """How the pack accounts for it: a note that names it, or a departure."""

    @property
    def id(self) -> str:
        """What a note of the pack and `--only` call it."""
        return f"{self.check}:{self.item}"

    @property
    def holds(self) -> bool:
        return isinstance(self.answer, Proved)

    @property
    def is_open(self) -> bool:
        """Neither proved nor accounted for."""
        return not self.holds and not self.because and not self.informs


@dataclass(frozen=True, slots=True)
class Proofs:
    """Everything that was asked of a pack."""

    pack: str
    findings: tuple[Finding, ...]
    questions: int
    """Answers worked out, by the cases at hand or by the solver; the others are the same law in other years."""
    solved: int
    """Those of them that needed the solver."""
    seconds: float

    @property
    def open(self) -> tuple[Finding, ...]:
        """What the pack has to answer for."""
        return tuple(one for one in self.findings if one.is_open)


def to_json(proofs: Proofs) -> dict[str, Any]:
    """Plain data."""
    return {
        "pack": proofs.pack,
        "seconds": round(proofs.seconds, 3),
        "questions": proofs.questions,
        "solved": proofs.solved,
        "open": len(proofs.open),
        "findings": [_finding_json(one) for one in proofs.findings],
    }


def _finding_json(one: Finding) -> dict[str, Any]:
    return {
        "id": one.id,
        "check": one.check,
        "item": one.item,
        "says": {"zh": one.says.zh, "en": one.says.en},
        "clause": one.clause,
        "place": None if one.place is None else f"{one.place.file}:{one.place.line}",
        "years": [[span.first.isoformat(), span.last and span.last.isoformat()] for span in one.years],
        "informs": one.informs,
        "because": one.because or None,
        **_answer_json(one.answer),
    }


def _answer_json(answer: Answer) -> dict[str, Any]:
    line: dict[str, Any] = {"seconds": round(answer.seconds, 3)}
    match answer:
        case Proved():
            return {"answer": "proved", **line, "exact": answer.exact}
        case Unsettled():
            return {"answer": "unknown", **line, "why": answer.why, "detail": answer.detail}
        case Refuted():
            return {
                "answer": "refuted",
                **line,
                "shown": None if answer.shown is None else _shown_json(answer.shown),
            }


def _shown_json(shown: Shown) -> dict[str, Any]:
    return {
        "year": shown.year,
        "as_of": shown.as_of.isoformat(),
        "enterprises": {
            name: one.model_dump(mode="json", exclude_none=True) for name, one in shown.enterprises.items()
        },
        "regions": {
            code: one.model_dump(mode="json", exclude_none=True) for code, one in shown.regions.items()
        },
        "outcomes": list(shown.outcomes),
        "least": shown.least,
    }


__all__ = ["Answer", "Finding", "Proofs", "Refuted", "Shown", "Span", "Witness", "to_json"]
