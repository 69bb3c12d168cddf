"""Read a ledger of events: what happened to each enterprise, when it took effect, and when it was recorded.

`history` makes the enterprise of any day from them. An event carries a piece of an enterprise's record in the form
that `decide` takes, so that one vocabulary serves both; whatever is wrong with one event refuses the whole ledger,
since a history with holes is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from pydantic import Field, ValidationError

from innovation_rules import intake
from innovation_rules.activities import Activity, Category
from innovation_rules.enterprise import Qualification
from innovation_rules.errors import DataError, Diagnostic, Place, Words, nearest
from innovation_rules.facts import FIELDS_ZH
from innovation_rules.fields import Day, Model, Text, Uscc, Year, fact, known
from innovation_rules.intake import PlainRecord, RecordProblem, Source
from innovation_rules.quantities import Named, QuantityError, shown

Item: TypeAlias = Activity | Qualification
Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands in an enterprise's record: ("industry",), ("reports", 2020, "employees")."""


class Kind(Named):
    """What an event says."""

    SURVEYED = "surveyed", "摸底"
    STATED = "stated", "登记"
    REPORT = "report", "年报"
    ACTIVITY = "activity", "活动"
    QUALIFICATION = "qualification", "资质"
    CHANGED = "changed", "变更"
    WITHDRAWN = "withdrawn", "撤销"


class Event(Model):
    """One line of a ledger. `enterprise`, `report`, `activity` and `qualification` are as in an enterprise's record.

    surveyed: opens an enterprise's ledger with `enterprise`: its fields, `activities: []` where activities were
    surveyed (less `unsurveyed`), `qualifications: []` where qualifications were. stated: sets fields of `enterprise`
    from a day on. report: figures of a `year`. changed: sets the fields `to` of the activity or qualification that
    the event `of` brought. withdrawn: strikes the event `withdraws` out, as if it had never been.
    """

    id: Text = known("事件编号")
    uscc: Uscc = known("统一社会信用代码", "GB 32100-2015")
    event: Kind = known("事件")
    effective: Day | None = fact("生效日期")
    recorded: Day = known("登记日期")
    replaces: Text | None = fact("更正")
    withdraws: Text | None = fact("撤销")
    of: Text | None = fact("所指事件")
    year: Year | None = fact("年度")
    enterprise: Any = Field(default=None, title="企业")
    report: Any = Field(default=None, title="年报")
    activity: Any = Field(default=None, title="活动")
    qualification: Any = Field(default=None, title="资质")
    to: Any = Field(default=None, title="改为")
    note: Text | None = fact("备注")
    recorded_by: Text | None = fact("登记人")


NEEDS: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        Kind.SURVEYED: ("effective", "enterprise"),
        Kind.STATED: ("effective", "enterprise"),
        Kind.REPORT: ("effective", "year", "report"),
        Kind.ACTIVITY: ("effective", "activity"),
        Kind.QUALIFICATION: ("effective", "qualification"),
        Kind.CHANGED: ("effective", "of", "to"),
        Kind.WITHDRAWN: ("withdraws",),
    }
)
"""What each kind of event cannot do without; of these keys it takes no others."""
_EITHER: Final = frozenset(key for keys in NEEDS.values() for key in keys) - {"effective"}
_TITLES: Final = {str(field.title): name for name, field in Event.model_fields.items()}
_KINDS: Final = {one.zh: one.value for one in Kind}
ITEMS: Final = frozenset((Kind.ACTIVITY, Kind.QUALIFICATION))


@dataclass(frozen=True, slots=True)
class Entry:
    """An event that was read: what it sets or brings, the day from which it holds, and where it is written."""

    event: Event
    effective: date
    sets: Mapping[Path, Any]
    """Values by path, of an opening, a statement, a report or a change."""
    item: Item | None
    place: Place | None
    number: int

    @property
    def id(self) -> str:
        return self.event.id

    @property
    def kind(self) -> Kind:
        return self.event.event

    @property
    def recorded(self) -> date:
        return self.event.recorded

    @property
    def target(self) -> str | None:
        """The event that this one corrects or strikes out."""
        return self.event.replaces or self.event.withdraws


class Reading(NamedTuple):
    """The events of a file that could be read, and what is wrong with the others."""

    entries: tuple[Entry, ...]
    problems: tuple[Diagnostic, ...]
    file: str


def read(source: Source, *, name: str | None = None) -> Reading:
    """The events of a JSON, JSON Lines or YAML file. Raises DataError when it cannot be opened."""
    desk = _Desk(name or (str(source) if isinstance(source, str) else ""))
    for one in intake.read_plain(source, name=name):
        if isinstance(one, PlainRecord):
            desk.add(one)
        else:
            desk.problems.append(one)
    return desk.done()


def parse(records: list[Mapping[str, Any]], *, file: str = "") -> Reading:
    """The events of plain records, keys in English or Chinese."""
    desk = _Desk(file)
    for number, record in enumerate(records, 1):
        desk.add(PlainRecord(dict(record), number, None))
    return desk.done()


def problem(entry: Entry, code: str, file: str = "", **fields: object) -> RecordProblem:
    """What is wrong with an event that was read."""
    return _problem(code, entry.place, entry.number, entry.id, file, **fields)


def _problem(
    code: str, place: Place | None, number: int, subject: object, file: str = "", **fields: object
) -> RecordProblem:
    line = place.line if place else None
    known_ = {"file": file, "record": number, "line": line, "subject": subject}
    return RecordProblem(code, place, {**known_, **fields})


# ------------------------------------------------------------------------------------------- one event


class _Draft(NamedTuple):
    """An event whose own keys are right, before what it carries is read."""

    event: Event
    place: Place | None
    number: int


class _Desk:
    """Reads events one by one; what a change or a withdrawal speaks of may stand later in the file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.drafts: list[_Draft] = []
        self.problems: list[Diagnostic] = []

    def add(self, record: PlainRecord) -> None:
        """Take in one record."""
        found = list(_envelope(record, self.file))
        self.problems += [one for one in found if isinstance(one, Diagnostic)]
        self.drafts += [_Draft(one, record.place, record.number) for one in found if isinstance(one, Event)]

    def done(self) -> Reading:
        """Every event with what it carries."""
        entries: dict[str, Entry] = {}
        first: dict[str, _Draft] = {}
        later: list[_Draft] = []
        for draft in self.drafts:
            before = first.setdefault(draft.event.id, draft)
            if before is not draft:
                self._report("event-twice", draft, id=draft.event.id, first=before.number)
            elif draft.event.event in (Kind.CHANGED, Kind.WITHDRAWN):
                later.append(draft)
            else:
                self._carried(draft, entries)
        self._changes([one for one in later if one.event.event is Kind.CHANGED], first, entries)
        self._withdrawals([one for one in later if one.event.event is Kind.WITHDRAWN], first, entries)
        ordered = sorted(entries.values(), key=lambda one: (one.effective, one.id))
        return Reading(tuple(ordered), tuple(self.problems), self.file)

    def _report(self, code: str, draft: _Draft, **fields: object) -> None:
        self.problems.append(_problem(code, draft.place, draft.number, draft.event.id, self.file, **fields))

    def _carried(self, draft: _Draft, entries: dict[str, Entry]) -> None:
        """An event that needs no other: its piece of a record, read as a record of the enterprise."""
        event = draft.event
        try:
            sets, item = _READ[event.event](self, draft)
        except DataError as error:
            self.problems += error.diagnostics
            return
        assert event.effective is not None
        entries[event.id] = Entry(event, event.effective, sets, item, draft.place, draft.number)

    def _changes(self, drafts: list[_Draft], first: Mapping[str, _Draft], entries: dict[str, Entry]) -> None:
        """What a change sets, read with the activity or qualification that it is about."""
        for draft in drafts:
            event = draft.event
            about = first.get(str(event.of))
            if about is None or about.event.uscc != event.uscc:
                code = "event-absent" if about is None else "event-of-another"
                self._report(code, draft, id=event.of, nearest=nearest(str(event.of), first))
            elif about.event.event not in ITEMS:
                self._report("change-of-no-item", draft, id=event.of, kind=about.event.event.words)
            elif about.event.id in entries:
                self._change(draft, entries[about.event.id], entries)

    def _change(self, draft: _Draft, about: Entry, entries: dict[str, Entry]) -> None:
        event, item = draft.event, about.item
        assert item is not None
        assert event.effective is not None
        if event.effective < about.effective:
            self._report("change-before-item", draft, id=about.id, day=about.effective)
            return
        key = about.kind.value
        names = FIELDS_ZH[key]
        given = {names.get(name, name): value for name, value in _mapping(event.to).items()}
        for fixed in ("kind", "category"):
            if fixed in given:
                self._report("change-of-kind", draft, id=about.id)
                return
        base = {name: getattr(item, name) for name in _IDENTITY if hasattr(item, name)}
        try:
            found = self._item(draft, key, {**base, **given} if isinstance(event.to, dict) else event.to)
        except DataError as error:
            self.problems += error.diagnostics
            return
        sets: dict[Path, Any] = {(name,): getattr(found, name) for name in given}
        entries[event.id] = Entry(event, event.effective, sets, None, draft.place, draft.number)

    def _withdrawals(
        self, drafts: list[_Draft], first: Mapping[str, _Draft], entries: dict[str, Entry]
    ) -> None:
        """A withdrawal holds from the day from which what it strikes out held."""
        for draft in drafts:
            event, about = draft.event, first.get(str(draft.event.withdraws))
            seen = {event.id}
            while about is not None and about.event.event is Kind.WITHDRAWN and about.event.id not in seen:
                seen.add(about.event.id)
                about = first.get(str(about.event.withdraws))
            if about is None or about.event.id in seen:
                names = [one for one in first if one != event.id]
                fields = {"id": event.withdraws, "nearest": nearest(str(event.withdraws), names)}
                self._report("event-absent" if about is None else "event-circle", draft, **fields)
                continue
            day = about.event.effective
            assert day is not None
            if event.effective not in (None, day):
                self._report("withdrawal-from-a-day", draft, id=about.event.id, day=day)
            entries[event.id] = Entry(event, day, {}, None, draft.place, draft.number)

    # -- the piece of a record that an event carries

    def _enterprise(self, draft: _Draft) -> tuple[Mapping[Path, Any], None]:
        given = _mapping(draft.event.enterprise)
        opening = draft.event.event is Kind.SURVEYED
        record: dict[str, Any] = {"uscc": draft.event.uscc, **given}
        if not opening and not {"name", "企业名称"} & given.keys():
            record["name"] = _PLACEHOLDER
        carried = record if isinstance(draft.event.enterprise, dict) else draft.event.enterprise
        found = self._record(draft, carried, "enterprise")
        for name, code in _ELSEWHERE.items():
            if getattr(found, name):
                raise DataError([self._diagnostic(code, draft, name=Words(_title(name), name))])
        if not opening and "activities" in found.model_fields_set:
            raise DataError([self._diagnostic("survey-restated", draft)])
        if "ongoing_as_of" in found.model_fields_set:
            raise DataError([self._diagnostic("ongoing-in-ledger", draft)])
        sets: dict[Path, Any] = {}
        for name in found.model_fields_set - {"uscc", "reports"}:
            value = getattr(found, name)
            if name in ("in_directory", "inputs"):
                sets.update({(name, key): one for key, one in value.items()})
            elif value != _PLACEHOLDER:
                sets[name,] = value
        if opening and found.activities is None:
            sets["unsurveyed",] = frozenset(Category)
        sets.pop(("activities",), None)
        return sets, None

    def _annual(self, draft: _Draft) -> tuple[Mapping[Path, Any], None]:
        event = draft.event
        found = self._record(draft, self._around(draft, {"reports": {event.year: event.report}}), "report")
        assert event.year is not None
        report = found.reports[event.year]
        sets: dict[Path, Any] = {}
        for name in report.model_fields_set:
            value = getattr(report, name)
            if name == "inputs":
                sets.update({("reports", event.year, name, key): one for key, one in value.items()})
            else:
                sets["reports", event.year, name] = value
        return sets, None

    def _brought(self, draft: _Draft) -> tuple[Mapping[Path, Any], Item]:
        key = draft.event.event.value
        return {}, self._item(draft, key, getattr(draft.event, key))

    def _item(self, draft: _Draft, key: str, value: Any) -> Item:
        many = "activities" if key == "activity" else "qualifications"
        found: Item = getattr(self._record(draft, self._around(draft, {many: [value]}), key), many)[0]
        return found

    def _around(self, draft: _Draft, part: dict[str, Any]) -> dict[str, Any]:
        return {"uscc": draft.event.uscc, "name": _PLACEHOLDER, **part}

    def _record(self, draft: _Draft, record: Any, key: str) -> Any:
        """A piece read as an enterprise's record; what is wrong is named by its path in the event."""
        try:
            return intake.parse_enterprise(record, file=self.file, place=draft.place)
        except DataError as error:
            raise DataError([of_event(one, draft, key) for one in error.diagnostics]) from None

    def _diagnostic(self, code: str, draft: _Draft, **fields: object) -> Diagnostic:
        return _problem(code, draft.place, draft.number, draft.event.id, self.file, **fields)


_PLACEHOLDER: Final = "—"
_IDENTITY: Final = ("kind", "category")
_ELSEWHERE: Final = dict.fromkeys(("reports", "activities", "qualifications"), "item-in-opening")
_READ: Final = {
    Kind.SURVEYED: _Desk._enterprise,
    Kind.STATED: _Desk._enterprise,
    Kind.REPORT: _Desk._annual,
    Kind.ACTIVITY: _Desk._brought,
    Kind.QUALIFICATION: _Desk._brought,
}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _title(name: str) -> str:
    return next(zh for zh, english in FIELDS_ZH["enterprise"].items() if english == name)


def of_event(one: Diagnostic, draft: _Draft | Entry, key: str) -> RecordProblem:
    """A fault of a piece, with its path and its event in place of the record that was built around it."""
    before = {
        "report": (f"reports.{draft.event.year}", f"年度报告·{draft.event.year}"),
        "activity": ("activities[0]", "创新活动·第1项"),
        "qualification": ("qualifications[0]", "资质·第1项"),
    }.get(key, ("", ""))
    name = "to" if draft.event.event is Kind.CHANGED else key
    zh = str(Event.model_fields[name].title)
    field, words = str(one.fields.get("field") or ""), one.fields.get("field_words")
    fields: dict[str, object] = {"field": _under(name, field, before[0], ".")}
    if isinstance(words, Words):
        fields["field_words"] = Words(_under(zh, words.zh, before[1], "·"), fields["field"])  # type: ignore[arg-type]
    given = {**one.fields, **fields, "subject": draft.event.id, "record": draft.number}
    return RecordProblem(one.code, draft.place, given)


def _under(name: str, path: str, before: str, join: str) -> str:
    rest = path.removeprefix(before).lstrip(join)
    return f"{name}{join}{rest}" if rest else name


# ------------------------------------------------------------------------------------------- its own keys


def _envelope(record: PlainRecord, file: str) -> Iterator[Event | Diagnostic]:
    """The event of a record, or what is wrong with its own keys."""
    subject = record.data.get("id") or record.data.get("事件编号")

    def report(code: str, name: str, /, **fields: object) -> Diagnostic:
        known_ = Event.model_fields.get(name)
        words = Words(str(known_.title) if known_ else name, name)
        given = {**fields, "field": name, "field_words": words, "file": file, "subject": subject}
        line = record.place.line if record.place else None
        return RecordProblem(code, record.place, {**given, "record": record.number, "line": line})

    english: dict[str, Any] = {}
    for key, value in record.data.items():
        name = _TITLES.get(key) or str(key)
        if name in english:
            yield report("same-field-twice", name, name=name, other=key)
            return
        english[name] = _KINDS.get(value, value) if name == "event" and isinstance(value, str) else value
    try:
        event = Event.model_validate(english)
    except ValidationError as error:
        yield from _faults(error, english, report)
        return
    problems = list(_lacking(event, report))
    yield from problems
    if not problems:
        yield event


def _faults(error: ValidationError, english: Mapping[str, Any], report: Any) -> Iterator[Diagnostic]:
    unknown = {str(one["loc"][0]) for one in error.errors() if one["type"] == "extra_forbidden"}
    near = {name: nearest(name, [*Event.model_fields, *_TITLES]) for name in unknown}
    meant = {_TITLES.get(str(one), one) for one in near.values()}
    for one in error.errors(include_url=False):
        name, cause = str(one["loc"][0]), one.get("ctx", {}).get("error")
        if name in unknown:
            yield report("unknown-field", name, name=shown(name), nearest=near[name])
        elif one["type"] == "missing":
            if name not in meant:
                yield report("missing-field", name, name=name)
        elif isinstance(cause, QuantityError):
            yield report(cause.code, name, **cause.fields)
        else:
            given = english.get(name)
            names = [*(kind.value for kind in Kind), *_KINDS]
            close = nearest(given, names) if isinstance(given, str) else None
            words = [kind.words for kind in Kind]
            yield report("unknown-choice", name, value=shown(given), choices=words, nearest=close)


def _lacking(event: Event, report: Any) -> Iterator[Diagnostic]:
    """The keys that the kind of event needs, and those that it has no use for."""
    for key in NEEDS[event.event]:
        if getattr(event, key) is None:
            yield report("event-lacks", key, key=key, kind=event.event.words)
    for key in sorted(_EITHER & event.model_fields_set - set(NEEDS[event.event])):
        yield report("event-key-unused", key, key=key, kind=event.event.words)
    if event.replaces is not None and event.event is Kind.WITHDRAWN:
        yield report("event-key-unused", "replaces", key="replaces", kind=event.event.words)
