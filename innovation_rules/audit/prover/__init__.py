"""Prove what must hold of a pack for every enterprise there could be; `commands.prove` and the pytest plugin ask.

    from innovation_rules.audit.prover import prove
    proofs = prove(load_pack("changzhi"))
    proofs.open        # what is neither proved nor accounted for by a note of the pack

CHECKS is the list: each check is one function that yields the claims it makes about a pack under one law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from types import MappingProxyType
from typing import Final

from innovation_rules.audit.prover.amounts import amount
from innovation_rules.audit.prover.authored import authored
from innovation_rules.audit.prover.conditions import dead_condition
from innovation_rules.audit.prover.desk import Desk, Question
from innovation_rules.audit.prover.excess import excess
from innovation_rules.audit.prover.exclusion import overlap
from innovation_rules.audit.prover.findings import Answer, Finding, Proofs, Refuted, Shown, Span, to_json
from innovation_rules.audit.prover.implementing import implements
from innovation_rules.audit.prover.outcomes import dead_outcome, shadowed_row, undetermined
from innovation_rules.audit.prover.plan import Term, shape_of, spans, terms
from innovation_rules.audit.prover.rising import rising
from innovation_rules.engines.smt import Proved, Unsettled
from innovation_rules.errors import Words
from innovation_rules.pack import cases as worked
from innovation_rules.pack.grammar import Note
from innovation_rules.packs import Pack

Check = Callable[[Desk], Iterator[Question]]

CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "undetermined": undetermined,
        "dead-outcome": dead_outcome,
        "shadowed-row": shadowed_row,
        "dead-condition": dead_condition,
        "overlap": overlap,
        "rising": rising,
        "amount": amount,
        "implements": implements,
        "property": authored,
        "missing": excess,
    }
)
"""Every check by its code, in the order of a report."""
STALE: Final = "stale-note"
"""The code of a note that accounts for a finding which is none any more."""


@dataclass(slots=True)
class _Asked:
    """One claim, and the terms whose law gives it the same answer."""

    check: str
    question: Question
    answer: Answer
    terms: list[Term] = field(default_factory=list)


def prove(
    pack: Pack,
    only: Iterable[str] = (),
    seconds: float = 30.0,
    step: Callable[[], None] = lambda: None,
) -> Proofs:
    """Everything that CHECKS claim of a pack, under every law of its time.

    `only`: codes of checks, or `check:item`; `seconds`: what one question may take; `step` is called after each.
    Raises ImportError without the extra `prove`, ValueError for a check that there is not, NoSuchItem for an item.
    """
    start = monotonic()
    wanted = _Wanted(tuple(only))
    cases = _cases(pack)
    asked: dict[tuple[str, ...], _Asked] = {}
    shown: set[tuple[str, str]] = set()
    solved = 0
    for term in _best_first(pack, cases):
        desk = Desk(pack, term, _of(term, cases), seconds)
        for check, question in _questions(desk, wanted):
            if question.exists and (check, question.item) in shown:
                continue
            key = (
                check,
                question.item,
                shape_of(desk.program, question.rests_on),
                question.besides,
                _day(term),
            )
            if key not in asked:
                asked[key] = _Asked(check, question, question.ask())
                step()
            asked[key].terms.append(term)
            if question.exists and isinstance(asked[key].answer, Proved):
                shown.add((check, question.item))
        solved += desk.solved
    wanted.raise_if_absent()
    findings = _accounted(pack, [_finding(one) for one in _joined(asked.values())], wanted)
    return Proofs(pack.id, tuple(findings), len(asked), solved, monotonic() - start)


class NoSuchItem(ValueError):
    """An item that a check was asked for alone and that it says nothing of."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(name)
        self.name = name
        self.known = tuple(known)
        """What the check does say something of, as `--only` calls it."""


class _Wanted:
    """Which checks and items were asked for, and what there was to ask."""

    def __init__(self, only: Sequence[str]) -> None:
        self.pairs = [(code, item) for code, _, item in (one.partition(":") for one in only)]
        self.there: dict[str, list[str]] = {code: [] for code, _ in self.pairs}
        for code in self.there:
            if code not in CHECKS:
                raise ValueError(code)

    def check(self, code: str) -> bool:
        return not self.pairs or code in self.there

    def item(self, code: str, item: str) -> bool:
        if not self.pairs:
            return True
        self.there[code].append(item)
        return any(code == one and _within(item, wanted) for one, wanted in self.pairs)

    def raise_if_absent(self) -> None:
        """Nothing was asked of an item that is not there: that it holds must not be read out of it."""
        for code, wanted in self.pairs:
            there = self.there[code]
            if wanted and not any(_within(item, wanted) for item in there):
                raise NoSuchItem(f"{code}:{wanted}", (f"{code}:{one}" for one in dict.fromkeys(there)))

    @property
    def all(self) -> bool:
        return not self.pairs


def _within(item: str, wanted: str) -> bool:
    """Whether an item is one that was asked for, or a part of it: its name goes on with anything but a letter."""
    rest = item.removeprefix(wanted)
    return not wanted or (item.startswith(wanted) and not rest[:1].replace("_", "a").isalnum())


def _questions(desk: Desk, wanted: _Wanted) -> Iterator[tuple[str, Question]]:
    for code, check in CHECKS.items():
        if wanted.check(code):
            yield from ((code, one) for one in check(desk) if wanted.item(code, one.item))


def _day(term: Term) -> str:
    """What an as-of date within the year changes."""
    return f"{term.last:%m-%d}"


# ------------------------------------------------------------------------------------------ the cases at hand


def _cases(pack: Pack) -> tuple[worked.Prepared, ...]:
    """The worked cases of the pack, read."""
    found = worked.find(pack.linked)
    if found is None:
        return ()
    return tuple(worked.prepare(case, pack.linked, found.document.file) for case in found.cases)


def _of(term: Term, cases: Iterable[worked.Prepared]) -> list[worked.Prepared]:
    """The cases whose year and law are those of a term."""
    found = []
    for one in cases:
        year, _, law_date = one.case.moment
        if year == term.year and term.first <= law_date <= term.last:
            found.append(one)
    return found


def _best_first(pack: Pack, cases: Sequence[worked.Prepared]) -> list[Term]:
    """The terms with the most worked cases first: what a case shows needs no solver."""
    return sorted(terms(pack), key=lambda term: -len(_of(term, cases)))


# ------------------------------------------------------------------------------------------ findings


def _joined(asked: Iterable[_Asked]) -> Iterator[_Asked]:
    """The answers of one item under several laws as one, where they are alike.

    What is there under one law is there; a claim about all enterprises is answered for each law.
    """
    items: dict[tuple[str, str], list[_Asked]] = {}
    for one in asked:
        items.setdefault((one.check, one.question.item), []).append(one)
    for same in items.values():
        if same[0].question.exists:
            same = [one for one in same if isinstance(one.answer, Proved)] or same
        kinds: dict[tuple[int, bool, str], list[_Asked]] = {}
        for one in same:
            kinds.setdefault(_kind(one), []).append(one)
        for _, alike in sorted(kinds.items()):
            yield _Asked(
                alike[0].check,
                alike[0].question,
                _sum(alike),
                [term for one in alike for term in one.terms],
            )


def _kind(one: _Asked) -> tuple[int, bool, str]:
    """What is proved comes first, what is not settled last; a fault does not hide behind what only informs."""
    match one.answer:
        case Proved():
            return 0, False, ""
        case Refuted():
            return 1, one.question.informs, ""
        case Unsettled(why=why):
            return 2, one.question.informs, why


def _sum(alike: Sequence[_Asked]) -> Answer:
    """The first answer, with the time that all of them took."""
    return replace(alike[0].answer, seconds=sum(one.answer.seconds for one in alike))


def _finding(one: _Asked) -> Finding:
    question = one.question
    years = spans(sorted(one.terms, key=lambda term: term.first))
    departs = question.because if not isinstance(one.answer, Proved) else ""
    return Finding(
        one.check,
        question.item,
        question.says,
        question.clause,
        question.place,
        years,
        one.answer,
        question.informs or _beyond(one),
        departs,
    )


def _beyond(one: _Asked) -> bool:
    """Whether a property says more than the solver can express; cases and generated enterprises try it all the same."""
    return one.check == "property" and isinstance(one.answer, Unsettled) and one.answer.why == "wider"


def _accounted(pack: Pack, findings: list[Finding], wanted: _Wanted) -> list[Finding]:
    """The findings with the notes that account for them, in the order of CHECKS; and the notes that are stale."""
    notes = {str(name): note for note in _notes(pack) for name in note.findings}
    order = list(CHECKS)
    found = [
        replace(one, because=notes[one.id].text) if one.id in notes and not one.holds else one
        for one in findings
    ]
    found.sort(key=lambda one: order.index(one.check))
    known = {one.id for one in found if not one.holds}
    stale = [
        _stale(name, note.clauses)
        for note in pack.linked.pack.notes
        for name in note.findings
        if str(name) not in known and wanted.all
    ]
    return [*found, *stale]


def _notes(pack: Pack) -> list[Note]:
    return [note for one in pack.linked.lineage for note in one.notes]


def _stale(name: str, clauses: Sequence[str]) -> Finding:
    says = Words(f"说明所指的发现“{name}”还在", f"the finding {name} that a note accounts for is still there")
    return Finding(STALE, str(name), says, ", ".join(clauses), None, (), Refuted(0.0))


__all__ = [
    "CHECKS",
    "STALE",
    "Answer",
    "Finding",
    "NoSuchItem",
    "Proofs",
    "Refuted",
    "Shown",
    "Span",
    "Unsettled",
    "prove",
    "to_json",
]
