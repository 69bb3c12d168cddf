"""The enterprise of any day, as it was known on any day: events put together, struck-out and corrected ones left out.

`events` reads them; `replay` walks through a history, `months` takes it month by month. Nothing here depends on the
order of the events in the file, nor on the order of those of one day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from innovation_rules.enterprise import AnnualReport, Enterprise
from innovation_rules.errors import DataError, Diagnostic
from innovation_rules.intake import Source
from innovation_rules.ledger import events as reading
from innovation_rules.ledger.events import ITEMS, Entry, Item, Kind, Path, Reading, problem
from innovation_rules.packs import Pack, Vocabulary
from innovation_rules.quantities import QuantityError

NOTHING: Final[frozenset[str]] = frozenset()
EVER: Final = date.max
"""Known by then: everything that was ever recorded."""
ONE_DAY: Final = timedelta(days=1)


class Standing(NamedTuple):
    """An enterprise on a day, with the event that brought each of its activities and qualifications."""

    enterprise: Enterprise
    activities: tuple[str, ...]
    qualifications: tuple[str, ...]

    def on(self, day: date) -> Enterprise:
        """The enterprise as the engines are to see it: what has no end in the ledger goes on."""
        return self.enterprise.model_copy(update={"ongoing_as_of": day})


@dataclass(frozen=True, eq=False)
class History:
    """All events of one enterprise, by the day from which they hold."""

    uscc: str
    entries: tuple[Entry, ...]
    _standings: dict[tuple[str, ...], Standing] = field(default_factory=dict, repr=False)

    @cached_property
    def by_id(self) -> Mapping[str, Entry]:
        return {one.id: one for one in self.entries}

    @cached_property
    def targeted(self) -> Mapping[str, tuple[Entry, ...]]:
        """The corrections and withdrawals of each event."""
        found: dict[str, list[Entry]] = {}
        for one in self.entries:
            if one.target is not None:
                found.setdefault(one.target, []).append(one)
        return {id: tuple(those) for id, those in found.items()}

    @property
    def name(self) -> str:
        """What the enterprise is called in the newest opening or statement that names it."""
        named = [one.sets["name",] for one in self.live() if ("name",) in one.sets]
        return str(named[-1]) if named else self.uscc

    @cached_property
    def recorded(self) -> tuple[date, ...]:
        """The days on which something was recorded."""
        return tuple(sorted({one.recorded for one in self.entries}))

    # -- what stands

    def live(self, known: date = EVER, without: frozenset[str] = NOTHING) -> tuple[Entry, ...]:
        """The events that stand as known on a day: not withdrawn, not replaced; `without` were never recorded."""
        struck = self.struck(known, without)
        recorded = [one for one in self.entries if one.recorded <= known and one.id not in struck | without]
        replaced = {one.event.replaces for one in recorded}
        return tuple(one for one in recorded if one.kind is not Kind.WITHDRAWN and one.id not in replaced)

    def struck(self, known: date = EVER, without: frozenset[str] = NOTHING) -> frozenset[str]:
        """The events that are withdrawn as known on a day, by withdrawals that are not withdrawn themselves."""
        found: set[str] = set()
        for one in self._withdrawals:
            if one.recorded <= known and one.id not in without and one.id not in found:
                found.add(str(one.event.withdraws))
        return frozenset(found)

    @cached_property
    def _withdrawals(self) -> tuple[Entry, ...]:
        """Withdrawals, those of withdrawals before the withdrawals that they strike out."""
        found: dict[str, Entry] = {}
        for one in self.entries:
            chain: list[Entry] = []
            at: Entry | None = one
            while at is not None and at.event.withdraws and at.id not in found:
                chain.append(at)
                at = self.by_id.get(at.event.withdraws)
            found.update((each.id, each) for each in reversed(chain))
        return tuple(reversed(found.values()))

    def root(self, id: str) -> str:
        """The first event of a chain of corrections: what they all are about."""
        while (one := self.by_id.get(id)) is not None and one.event.replaces:
            id = one.event.replaces
        return id

    def chain(self, id: str) -> Iterator[Entry]:
        """An event, the one that it corrects or withdraws, the one that this does, and so on."""
        at: Entry | None = self.by_id[id]
        while at is not None:
            yield at
            at = self.by_id[at.target] if at.target else None

    # -- the enterprise

    def on(self, day: date, known: date = EVER, without: frozenset[str] = NOTHING) -> Standing | None:
        """The enterprise on a day as known on a day; None before its ledger opens."""
        return self.standing(self.live(known, without), day)

    def standing(self, live: Iterable[Entry], day: date) -> Standing | None:
        """The enterprise that some events make on a day; None where none of them opens its ledger."""
        held = tuple([one for one in live if one.effective <= day])
        if not any(one.kind is Kind.SURVEYED for one in held):
            return None
        key = tuple([one.id for one in held])
        found = self._standings.get(key)
        if found is None:
            found = self._standings[key] = self._build(held)
        return found

    def supposed(self, live: Iterable[Entry], day: date) -> Standing | None:
        """The same for events that never stood together, and so may make no enterprise: None then too."""
        try:
            return self.standing(live, day)
        except ValidationError:
            return None

    def _build(self, held: tuple[Entry, ...]) -> Standing:
        values: dict[Path, Any] = {}
        changes: dict[str, list[Entry]] = {}
        for one in held:
            if one.kind is Kind.CHANGED:
                changes.setdefault(self.root(str(one.event.of)), []).append(one)
            else:
                values.update(one.sets)
        items = {
            kind: {
                self.root(one.id): _changed(one, changes.get(self.root(one.id), ()))
                for one in held
                if one.kind is kind
            }
            for kind in ITEMS
        }
        activities, qualifications = items[Kind.ACTIVITY], items[Kind.QUALIFICATION]
        record = _record(self.uscc, values)
        record["activities"] = tuple(activities.values())
        if ("qualifications",) in values:
            record["qualifications"] = tuple(qualifications.values())
        return Standing(Enterprise.model_validate(record), tuple(activities), tuple(qualifications))


def _changed(one: Entry, changes: Iterable[Entry]) -> Item:
    """An activity or qualification with what later events changed of it."""
    item = one.item
    assert item is not None
    values = {name: getattr(item, name) for name in item.model_fields_set}
    for change in changes:
        values.update({str(path[0]): value for path, value in change.sets.items()})
    return type(item).model_validate(values) if changes else item


def _record(uscc: str, values: Mapping[Path, Any]) -> dict[str, Any]:
    """An enterprise's record from values by path."""
    record: dict[str, Any] = {"uscc": uscc}
    reports: dict[Any, dict[str, Any]] = {}
    for path, value in values.items():
        match path:
            case ("reports", year, "inputs", name):
                reports.setdefault(year, {}).setdefault("inputs", {})[name] = value
            case ("reports", year, name):
                reports.setdefault(year, {})[str(name)] = value
            case (name, key):
                record.setdefault(str(name), {})[key] = value
            case (name,):
                record[str(name)] = value
    record["reports"] = {year: AnnualReport.model_validate(report) for year, report in reports.items()}
    return record


# ------------------------------------------------------------------------------------------- a ledger


@dataclass(frozen=True, eq=False)
class Ledger:
    """The histories of all enterprises of a file, each sound on every day as known on every day."""

    histories: Mapping[str, History]
    file: str = ""

    def __len__(self) -> int:
        return sum(len(one.entries) for one in self.histories.values())

    @cached_property
    def last(self) -> date:
        """The last day of which the ledger speaks: the newest day that an event holds from or was recorded on."""
        entries = [entry for one in self.histories.values() for entry in one.entries]
        return max(max(one.effective, one.recorded) for one in entries)

    @cached_property
    def recorded(self) -> date:
        """The last day on which something was recorded."""
        return max(one.recorded[-1] for one in self.histories.values())

    @cached_property
    def first(self) -> date:
        """The day on which the first enterprise's ledger opens."""
        return min(one.entries[0].effective for one in self.histories.values())

    def enterprise_on(self, uscc: str, day: date, known: date = EVER) -> Enterprise | None:
        """An enterprise on a day as known on a day; None before its ledger opens. Raises KeyError."""
        standing = self.histories[uscc].on(day, known)
        return None if standing is None else standing.on(day)


def read(source: Source, *, name: str | None = None) -> Ledger:
    """The ledger in a JSON, JSON Lines or YAML file. Raises DataError with everything that is wrong with it."""
    return ledger(reading.read(source, name=name))


def parse(records: list[Mapping[str, Any]], *, file: str = "") -> Ledger:
    """The ledger of plain records. Raises DataError with everything that is wrong with it."""
    return ledger(reading.parse(records, file=file))


def ledger(found: Reading) -> Ledger:
    """The ledger of the events that were read. Raises DataError where one of them is not sound."""
    if found.problems:
        raise DataError(found.problems)
    histories: dict[str, list[Entry]] = {}
    for one in found.entries:
        histories.setdefault(one.event.uscc, []).append(one)
    made = {uscc: History(uscc, tuple(those)) for uscc, those in histories.items()}
    by_id = {one.id: one for one in found.entries}
    for check in CHECKS:
        problems = [one for history in made.values() for one in check(history, by_id, found.file)]
        if problems:
            raise DataError(problems)
    return Ledger(made, found.file)


# ------------------------------------------------------------------------------------------- against a pack


def fits(found: Ledger, pack: Pack, strict: bool = True) -> None:
    """Hold a ledger against a pack. Raises DataError with every name that the pack does not know, at its event.

    Names that other packs of the library know are no mistake; `strict` is that of `Pack.decide`.
    """
    entries = [(entry, history) for history in found.histories.values() for entry in history.entries]
    problems = [
        problem
        for entry, history in sorted(entries, key=lambda one: one[0].number)
        for problem in _strange(entry, history, pack.vocabulary, strict)
        if not (strict and pack.elsewhere.knows(problem))
    ]
    if problems:
        raise DataError(problems)


def _strange(entry: Entry, history: History, names: Vocabulary, strict: bool) -> Iterator[Diagnostic]:
    """The names in what an event brings that a pack does not know, in an enterprise that has nothing else."""
    changes = entry.kind is Kind.CHANGED
    about = history.by_id[str(entry.event.of)] if changes else entry
    record = _record(history.uscc, {} if changes else entry.sets)
    if about.item is not None:
        inputs = {"inputs": entry.sets.get(("inputs",), {})} if changes else {}
        many = "activities" if about.kind is Kind.ACTIVITY else "qualifications"
        record[many] = (about.item.model_copy(update=inputs),)
    key = "enterprise" if about.kind in (Kind.SURVEYED, Kind.STATED) else about.kind.value
    for one in names.strangers(Enterprise.model_construct(**record), strict):
        if not changes or one.code == "data-unknown-input":
            yield reading.of_event(one, entry, key)


# ------------------------------------------------------------------------------------------- what must hold


def targets(history: History, by_id: Mapping[str, Entry], file: str) -> Iterator[Diagnostic]:
    """A correction or withdrawal is of an event of the same enterprise and, if it corrects, of the same kind."""
    for one in history.entries:
        if one.target is None:
            continue
        about = by_id.get(one.target)
        if about is None:
            yield problem(one, "event-absent", file, id=one.target)
        elif about.event.uscc != history.uscc:
            yield problem(one, "event-of-another", file, id=one.target)
        elif one.recorded < about.recorded:
            yield problem(one, "recorded-before-target", file, id=one.target, day=about.recorded)
        elif one.event.replaces and one.kind is not about.kind:
            yield problem(one, "correction-of-other-kind", file, id=one.target, kind=about.kind.words)
        elif _circular(one, history):
            yield problem(one, "event-circle", file, id=one.target)


def _circular(one: Entry, history: History) -> bool:
    seen: set[str] = set()
    at: Entry | None = one
    while at is not None and at.target is not None:
        if at.id in seen:
            return True
        seen.add(at.id)
        at = history.by_id.get(at.target)
    return False


def one_correction(history: History, _: Mapping[str, Entry], file: str) -> Iterator[Diagnostic]:
    """What was corrected or withdrawn already is not corrected again, the correction is: on no day do two stand."""
    several = [sorted(those, key=_recorded_first) for those in history.targeted.values() if len(those) > 1]
    found: dict[str, Diagnostic] = {}
    for known in history.recorded if several else ():
        struck = history.struck(known)
        for those in several:
            standing = [one for one in those if one.recorded <= known and one.id not in struck]
            for newer in standing[1:]:
                fields = {"id": newer.target, "first": standing[0].id}
                found.setdefault(newer.id, problem(newer, "corrected-twice", file, **fields))
    yield from found.values()


def _recorded_first(one: Entry) -> tuple[date, str]:
    return one.recorded, one.id


def openings(history: History, _: Mapping[str, Entry], file: str) -> Iterator[Diagnostic]:
    """A ledger opens once, before anything else."""
    opened = [one for one in history.entries if one.kind is Kind.SURVEYED and not one.event.replaces]
    if not opened:
        yield problem(history.entries[0], "no-opening", file, uscc=history.uscc)
    for second in sorted(opened, key=lambda one: (one.recorded, one.effective, one.id))[1:]:
        yield problem(second, "opened-twice", file, uscc=history.uscc)


def sound(history: History, _: Mapping[str, Entry], file: str) -> Iterator[Diagnostic]:
    """On every day, as known on every day, the events make an enterprise, and one enterprise only."""
    seen: set[tuple[str, ...]] = set()
    told: set[tuple[str, str]] = set()
    for known in history.recorded:
        live = history.live(known)
        for found in (*_before_opening(live, file), *_clashes(live, history, file)):
            key = found.code, str(found.fields["subject"])
            if key not in told:
                told.add(key)
                yield found
        for day in sorted({one.effective for one in live}):
            held = tuple(one.id for one in live if one.effective <= day)
            if held not in seen and not told:
                seen.add(held)
                yield from _builds(history, live, day, file, told)


def _before_opening(live: tuple[Entry, ...], file: str) -> Iterator[Diagnostic]:
    opening = next((one for one in live if one.kind is Kind.SURVEYED), None)
    for one in live if opening is not None else ():
        if opening is not None and one.effective < opening.effective:
            yield problem(one, "event-before-opening", file, day=opening.effective, first=opening.id)


def _clashes(live: tuple[Entry, ...], history: History, file: str) -> Iterator[Diagnostic]:
    """Two events of one day that give one field two values: which comes first must not matter."""
    seen: dict[tuple[Any, ...], tuple[Entry, Any]] = {}
    for one in live:
        about = history.root(str(one.event.of)) if one.kind is Kind.CHANGED else ""
        for path, value in one.sets.items():
            first, other = seen.setdefault((one.effective, about, path), (one, value))
            if other != value:
                yield problem(one, "same-day-clash", file, id=first.id, day=one.effective, path=_shown(path))


def _shown(path: Path) -> str:
    return ".".join(map(str, path))


def _builds(
    history: History, live: tuple[Entry, ...], day: date, file: str, told: set[tuple[str, str]]
) -> Iterator[Diagnostic]:
    """Whether the events up to a day go together; a fault is laid to those that took effect that day."""
    held = [one for one in live if one.effective <= day]
    if not any(one.kind is Kind.SURVEYED for one in held):
        return
    newest = [one for one in held if one.effective == day]
    surveyed = any(("qualifications",) in one.sets for one in held)
    stray = [one for one in newest if one.kind is Kind.QUALIFICATION and not surveyed]
    for one in stray:
        yield problem(one, "qualifications-not-surveyed", file)
    if stray:
        told.update(("qualifications-not-surveyed", one.id) for one in stray)
        return
    try:
        history.standing(live, day)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            cause = fault.get("ctx", {}).get("error")
            told.add(("", newest[0].id))
            if not isinstance(cause, QuantityError):
                raise
            yield problem(newest[-1], cause.code, file, **cause.fields)


CHECKS: Final = (targets, one_correction, openings, sound)
"""Each one after the other; what an earlier one finds ends the reading, since the later ones build on it."""
