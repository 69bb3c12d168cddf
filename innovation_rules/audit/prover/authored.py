"""Claims that a pack, or an auditor's file beside it, makes itself: its properties, by proof.

`audit.properties` says what each means and finds the proof; here they stand among the other claims of the pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from innovation_rules.audit import properties
from innovation_rules.audit.prover.desk import Answer, Desk, Question
from innovation_rules.audit.prover.findings import Refuted, Shown
from innovation_rules.audit.prover.plan import shape_of
from innovation_rules.audit.trials import Counterexample
from innovation_rules.engines.smt import Proved, Unsettled
from innovation_rules.errors import Words
from innovation_rules.pack.linker import Entry


def authored(desk: Desk) -> Iterator[Question]:
    """Each property holds of every enterprise; not asked where nothing that it speaks of is judged."""
    entries = _entries(desk)
    if not entries:
        return
    audited = properties.Suite(desk.pack, entries).audited(desk.term.year, desk.term.last)
    for entry, item, claim in zip(entries, _items(entries), audited.claims, strict=True):
        if claim.says_nothing:
            continue
        label = claim.label or claim.id
        yield Question(
            item,
            Words(label, f"{item}: {label}"),
            claim.clause,
            claim.place,
            (),
            lambda of=entry: _answer(desk, of),  # type: ignore[misc]
            besides=shape_of(audited.program, claim.nodes),
        )


def _entries(desk: Desk) -> list[Entry]:
    linked = desk.pack.linked
    files = (properties.read(path, linked) for path in properties.beside(linked))
    return [*properties.of_pack(linked), *(entry for file in files for entry in file)]


def _items(entries: Iterable[Entry]) -> Iterator[str]:
    """A name for each, with that of its file where one before it is called so: each is accounted for by itself."""
    seen: set[str] = set()
    for one in entries:
        file = "" if one.place is None else PurePath(one.place.file).name.removesuffix(properties.SUFFIX)
        yield f"{one.id}.{file}" if one.id in seen else one.id
        seen.add(one.id)


def _answer(desk: Desk, entry: Entry) -> Answer:
    suite = properties.Suite(desk.pack, [entry])
    desk.solved += 1
    verdict = next(properties.prove(suite, desk.term.year, desk.term.last, seconds=desk.seconds))
    match verdict:
        case properties.Proved():
            return Proved(verdict.seconds)
        case properties.Fails():
            return Refuted(0.0, _shown(verdict.counterexample))
        case properties.Unknown():
            why = verdict.why if verdict.why in ("time", "wider", "replay") else "wider"
            return Unsettled(verdict.seconds, why)  # type: ignore[arg-type]
    raise AssertionError(verdict)


def _shown(found: Counterexample) -> Shown:
    enterprises = {"enterprise": found.enterprise}
    if found.other is not None:
        enterprises = {"before": found.enterprise, "after": found.other}
    when = found.situation
    return Shown(enterprises, when.year, when.as_of, when.regions, _outcomes(found))


def _outcomes(found: Counterexample) -> tuple[str, ...]:
    if found.goal is None or not found.goal.name:
        return ()
    name = found.goal.name
    sections = ("coverages", "awards", "classes")
    return tuple(f"{one}.{name}" for one in sections if name in getattr(found.before, one))


__all__ = ["authored"]
