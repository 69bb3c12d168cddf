"""Read enterprises from JSON, JSON Lines or YAML; set the bad records aside, each with a way out.

Everything that takes data from outside calls it: the command line, the worked cases, the ledger. Records are
read one by one, so that a long JSON Lines file is never held, and a bad one never loses a good one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final, Generic, NamedTuple, TypeAlias, TypeVar, cast

from pydantic import ValidationError

from innovation_rules.activities import Finding
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import DataError, Diagnostic, Lang, PackError, Place, Words, nearest
from innovation_rules.facts import BASES, CATEGORIES, FIELDS_ZH, MODELS, OWNERSHIPS, STATUSES
from innovation_rules.quantities import DecimalText, QuantityError, parse_date, shown
from innovation_rules.region import RegionStatistics

__all__ = [
    "Intake",
    "PlainRecord",
    "RecordProblem",
    "enterprise_from_json",
    "parse_enterprise",
    "parse_region",
    "read_all",
    "read_enterprises",
    "read_plain",
    "read_regions",
]

M = TypeVar("M", Enterprise, RegionStatistics)
Source: TypeAlias = str | Path | bytes | BinaryIO
"""A path, `-` for standard input, the bytes themselves, or an open binary stream."""
Loc: TypeAlias = tuple[int | str, ...]

MAX_BYTES: Final = 256 * 1024 * 1024
"""The most that is read of a file that has to be read whole; JSON Lines may be as long as they like."""
MAX_RECORD: Final = 4 * 1024 * 1024

# ---- what comes out ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordProblem(Diagnostic):
    """What is wrong with one field of one record.

    `fields` hold `file`, `record` (from 1), `line` (or None), `name` of the enterprise, `field` (`reports.2020.papers`)
    and `field_words`, besides what the code's wording needs.
    """

    def message(self, lang: Lang = "en", chinese: bool = False) -> str:
        """The record, the field, and what is wrong with it, on one line and safe for a terminal."""
        return _where(self, lang) + Diagnostic.message(self, lang, chinese)


def _where(problem: Diagnostic, lang: Lang) -> str:
    fields = problem.fields
    parts = []
    if problem.place is None and fields.get("file"):
        parts.append(str(fields["file"]))
    if fields.get("record"):
        parts.append(f"第 {fields['record']} 条记录" if lang == "zh" else f"record {fields['record']}")
    if fields.get("subject"):
        parts.append(shown(fields["subject"]))
    words = fields.get("field_words")
    if isinstance(words, Words):
        parts.append(
            f"{shown(words.zh, 120)}（{shown(words.en, 120)}）" if lang == "zh" else shown(words.en, 120)
        )
    if not parts:
        return ""
    return "，".join(parts) + "：" if lang == "zh" else ", ".join(parts) + ": "


@dataclass(frozen=True)
class Intake(Generic[M]):
    """All of a file: what could be read, and what is wrong with the rest."""

    records: tuple[M, ...]
    problems: tuple[Diagnostic, ...]


def read_enterprises(source: Source, *, name: str | None = None) -> Iterator[Enterprise | Diagnostic]:
    """Every enterprise of a file as it is read, and a Diagnostic for every fault, in the order of the file.

    The format goes by the suffix of `name` (or of the path), else by the first line. A file that cannot be opened
    raises DataError at the first record asked for; nothing else does.
    """
    return _File(Enterprise, "enterprise", source, name).read()


def read_regions(source: Source, *, name: str | None = None) -> Iterator[RegionStatistics | Diagnostic]:
    """The statistics of every region of a file, as `read_enterprises` reads enterprises."""
    return _File(RegionStatistics, "region", source, name).read()


class PlainRecord(NamedTuple):
    """One record of a file as it stands: plain data, its number from 1, and where it is written."""

    data: Any
    number: int
    place: Place | None


def read_plain(source: Source, *, name: str | None = None) -> Iterator[PlainRecord | Diagnostic]:
    """Every record of a file as plain data, for readers with a model of their own; no key stands twice.

    Formats and errors are those of `read_enterprises`; a file of plain records has no header.
    """
    return _PlainFile(source, name).read()


def read_all(source: Source, *, name: str | None = None) -> Intake[Enterprise]:
    """A whole file at once. Raises DataError when it cannot be opened."""
    records: list[Enterprise] = []
    problems: list[Diagnostic] = []
    for one in read_enterprises(source, name=name):
        (problems if isinstance(one, Diagnostic) else records).append(one)  # type: ignore[arg-type]
    return Intake(tuple(records), tuple(problems))


def parse_enterprise(record: Mapping[str, Any], *, file: str = "", place: Place | None = None) -> Enterprise:
    """One enterprise from plain data, field names in English or Chinese. Raises DataError with every fault."""
    return _parsed(Enterprise, "enterprise", record, file, place)


def parse_region(
    record: Mapping[str, Any], *, file: str = "", place: Place | None = None
) -> RegionStatistics:
    """The statistics of one region from plain data. Raises DataError with every fault."""
    return _parsed(RegionStatistics, "region", record, file, place)


def enterprise_from_json(text: str | bytes, *, file: str = "") -> Enterprise:
    """One enterprise from the text of one JSON object. Raises DataError with every fault."""
    origin = _Origin(file, None, None, lambda loc: None)
    try:
        data = text.encode() if isinstance(text, str) else text
        quick = _straight(data)
        if quick is not None:
            return quick
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        return _validated(Enterprise, "enterprise", _decode(text), origin)
    except UnicodeDecodeError as error:
        raise DataError([_not_utf8(error, origin)]) from None
    except _Refused as refused:
        raise DataError(refused.problems) from None


def _parsed(model: type[M], owner: str, record: Mapping[str, Any], file: str, place: Place | None) -> M:
    try:
        return _validated(model, owner, record, _Origin(file, None, place, lambda loc: place))
    except _Refused as refused:
        raise DataError(refused.problems) from None


# ---- one record -------------------------------------------------------------------------------------------


class _Origin(NamedTuple):
    """Where a record comes from, and the place of a field of it."""

    file: str
    record: int | None
    place: Place | None
    place_of: Callable[[Loc], Place | None]

    def problem(
        self, code: str, loc: Loc = (), words: Words | None = None, **fields: object
    ) -> RecordProblem:
        path = _path(loc)
        line = self.place.line if self.place else None
        known = {"file": self.file, "record": self.record, "line": line, "field": path, "field_words": words}
        return RecordProblem(code, self.place_of(loc), {**known, **fields})


class _Refused(Exception):
    def __init__(self, problems: Iterable[Diagnostic]) -> None:
        super().__init__()
        self.problems = tuple(problems)


def _validated(model: type[M], owner: str, record: Any, origin: _Origin) -> M:
    """The model of a record. Raises _Refused; a record in Chinese is put into English first."""
    if isinstance(record, model):
        return record
    if not isinstance(record, dict):
        if not isinstance(record, Mapping):
            raise _Refused([origin.problem("not-a-record", value=shown(record))])
        record = dict(record)
    try:
        return model.model_validate(record)
    except ValidationError as error:
        first = error
    twice: list[Diagnostic] = []
    english = _English(origin, twice).record(record, owner, ())
    if twice:
        raise _Refused(twice)
    try:
        return model.model_validate(english)
    except ValidationError as error:
        raise _Refused(
            _problems(error if english != record else first, owner, english, record, origin)
        ) from None


_NESTED: Final[Mapping[tuple[str, str], tuple[str, bool]]] = {
    ("enterprise", "reports"): ("report", True),
    ("enterprise", "activities"): ("activity", False),
    ("enterprise", "qualifications"): ("qualification", False),
    ("region", "statistics"): ("statistics", True),
    **{(owner, "inputs"): ("finding", True) for owner in ("enterprise", "report", "activity", "region")},
}
"""The fields that hold records: whose, and whether by key or as a list."""

_VALUES_ZH: Final[Mapping[str, Mapping[str, str]]] = {
    "category": {zh: name for name, zh in CATEGORIES.items()},
    "ended": {"持续": "ongoing"},
    "expires": {"长期": "never"},
}
_CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "category": CATEGORIES,
    "unsurveyed": CATEGORIES,
    "status": STATUSES,
    "ownership": OWNERSHIPS,
    "basis": BASES,
}


class _Twice(dict[str, Any]):
    """An object of JSON in which a key stands twice; it also holds a key that no model lets pass."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__([*pairs, ("\0", None)])
        names = [name for name, _ in pairs]
        self.name = next(name for name in names if names.count(name) > 1)


class _English:
    """Puts the field names of a record into English, and reports the ones that stand twice."""

    def __init__(self, origin: _Origin, twice: list[Diagnostic]) -> None:
        self.origin, self.twice = origin, twice

    def record(self, value: Any, owner: str, loc: Loc) -> Any:
        if not isinstance(value, dict):
            return value
        self._same_key(value, loc)
        english: dict[str, Any] = {}
        spelt: dict[str, str] = {}
        for key, inner in value.items():
            name = FIELDS_ZH[owner].get(key, key)
            if name in spelt:
                self._report("same-field-twice", (*loc, name), name=spelt[name], other=key)
            spelt[name] = key
            english[name] = self._field(owner, name, inner, (*loc, name))
        return english

    def _field(self, owner: str, name: str, value: Any, loc: Loc) -> Any:
        if isinstance(value, dict):
            self._same_key(value, loc)
        inner, keyed = _NESTED.get((owner, name), ("", False))
        if inner == "statistics":
            return self._statistics(value, loc)
        if inner and keyed and isinstance(value, dict):
            return {key: self.record(one, inner, (*loc, key)) for key, one in value.items()}
        if inner and isinstance(value, list):
            return [self.record(one, inner, (*loc, index)) for index, one in enumerate(value)]
        if isinstance(value, str) and name in _VALUES_ZH:
            return _VALUES_ZH[name].get(value, value)
        return value

    def _statistics(self, value: Any, loc: Loc) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            year: self._of_year(named, (*loc, year)) if isinstance(named, dict) else named
            for year, named in value.items()
        }

    def _of_year(self, named: dict[str, Any], loc: Loc) -> dict[str, Any]:
        self._same_key(named, loc)
        return {name: self._vintages(one, (*loc, name)) for name, one in named.items()}

    def _vintages(self, value: Any, loc: Loc) -> Any:
        if isinstance(value, list):
            return [self.record(one, "statistic", (*loc, index)) for index, one in enumerate(value)]
        return self.record(value, "statistic", loc)

    def _same_key(self, value: dict[str, Any], loc: Loc) -> None:
        if isinstance(value, _Twice):
            self._report("same-key-twice", (*loc, value.name), name=value.name)

    def _report(self, code: str, loc: Loc, **fields: object) -> None:
        if not any(one.fields.get("field") == _path(loc) for one in self.twice):
            self.twice.append(self.origin.problem(code, loc, _words("", loc), **fields))


# ---- pydantic's errors in our words -----------------------------------------------------------------------


def _problems(
    error: ValidationError, owner: str, english: Any, record: Any, origin: _Origin
) -> list[RecordProblem]:
    """One problem for each mistake; a field that is missing only because it is misspelt is not another."""
    chinese = english != record
    faults = [
        _fault(one["type"], one["loc"], one["input"], one.get("ctx", {}), owner, english, chinese)
        for one in error.errors(include_url=False)
    ]
    meant = {
        (loc[:-1], FIELDS_ZH[_owner_of(owner, loc[:-1])].get(str(fields["nearest"]), fields["nearest"]))
        for code, loc, fields in faults
        if code == "unknown-field"
    }
    subject = english.get("name") or english.get("uscc")
    return [
        origin.problem(code, loc, _words(owner, loc), subject=subject, **fields)
        for code, loc, fields in faults
        if code != "missing-field" or (loc[:-1], loc[-1]) not in meant
    ]


_Fault: TypeAlias = tuple[str, Loc, dict[str, Any]]


def _fault(
    type: str, raw: Loc, value: Any, context: Mapping[str, Any], owner: str, record: Any, chinese: bool
) -> _Fault:
    loc = _followed(raw, record, type)
    inner = _owner_of(owner, loc[:-1])
    if type == "value_error" and isinstance(context.get("error"), QuantityError):
        return context["error"].code, loc, dict(context["error"].fields)
    if type == "union_tag_not_found":
        return "missing-field", (*loc, "category"), {"name": "活动类别" if chinese else "category"}
    if type == "missing":
        return "missing-field", loc, {"name": _title(inner, str(loc[-1])) if chinese else loc[-1]}
    if type == "extra_forbidden":
        return "unknown-field", loc, _unknown_field(str(loc[-1]), inner, chinese)
    if type in ("enum", "union_tag_invalid"):
        return _unknown_choice(loc if type == "enum" else (*loc, "category"), value, context)
    if type == "too_long":
        return "too-many-items", loc, {"limit": context.get("max_length")}
    expected, example = _SHAPES.get(type, _SHAPES["dict_type"])
    return "field-shape", loc, {"expected": expected, "value": shown(value), "example": example}


_LIST: Final = (Words("一个列表", "a list"), "`[…]`")
_SHAPES: Final[Mapping[str, tuple[Words, str]]] = {
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type"), _LIST),
    "dict_type": (Words("一组“名称: 值”", "a mapping"), "`{…}`"),
}


def _unknown_field(name: str, owner: str, chinese: bool) -> dict[str, Any]:
    names = [*MODELS[owner].model_fields, *(FIELDS_ZH[owner] if chinese or not name.isascii() else ())]
    near = nearest(name, names)
    return {"name": shown(name), "nearest": near}


def _unknown_choice(loc: Loc, value: Any, context: Mapping[str, Any]) -> _Fault:
    name = next((str(step) for step in reversed(loc) if isinstance(step, str)), "")
    given = value.get(name) if isinstance(value, dict) else value
    choices = _CHOICES[name]
    near = nearest(given, [*choices, *choices.values()]) if isinstance(given, str) else None
    words = [Words(zh, name) for name, zh in choices.items()]
    return "unknown-choice", loc, {"value": shown(given), "choices": words, "nearest": near}


def _followed(raw: Loc, record: Any, type: str) -> Loc:
    """A pydantic location as a path in the record: names of models and functions drop out."""
    loc: list[int | str] = []
    node = record
    for index, step in enumerate(raw):
        key = next((one for one in (step, str(step)) if isinstance(node, dict) and one in node), None)
        if key is not None:
            loc.append(str(key))
            node = cast(Any, node)[key]
        elif isinstance(step, int) and isinstance(node, list | tuple) and step < len(node):
            loc.append(step)
            node = cast(Any, node)[step]
        elif type == "missing" and index == len(raw) - 1:
            loc.append(step)
    return tuple(loc)


def _owner_of(owner: str, path: Loc) -> str:
    """Whose fields stand at a path: a report's, an activity's, ..."""
    for step in path:
        inner, _ = _NESTED.get((owner, str(step)), ("", False))
        owner = "statistic" if inner == "statistics" else inner or owner
    return owner


def _title(owner: str, name: str) -> str:
    field = MODELS[owner].model_fields.get(name) if owner in MODELS else None
    if field is None and name == "category":
        return "活动类别"
    return str(field.title) if field else name


def _words(owner: str, loc: Loc) -> Words | None:
    """A path as people read it, in Chinese and English."""
    if not loc:
        return None
    chinese = [
        f"第{step + 1}项"
        if isinstance(step, int)
        else _title(_owner_of(owner or "enterprise", loc[:index]), step)
        for index, step in enumerate(loc)
    ]
    return Words("·".join(chinese), _path(loc))


def _path(loc: Loc) -> str:
    """A path as programs read it: `activities[0].kind`, `reports.2020.employees`."""
    path = ""
    for step in loc:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


# ---- files ------------------------------------------------------------------------------------------------


class _File(Generic[M]):
    """One file of records, read by its format."""

    def __init__(self, model: type[M], owner: str, source: Source, name: str | None) -> None:
        self.model: type[M] = model
        self.owner, self.source = owner, source
        self.name = name or _name_of(source)
        self.count = 0
        self.header: dict[str, Any] = {}
        self.seen: dict[str, int] = {}

    def read(self) -> Iterator[M | Diagnostic]:
        try:
            opened = _open(self.source, self.name)
        except OSError as error:
            raise DataError([_cannot_open(error, self.name)]) from None
        with opened as stream:
            first = stream.readline(MAX_RECORD + 1)
            if first[:2] in (b"\xff\xfe", b"\xfe\xff") or first[:2].count(0) == 1:
                yield Diagnostic("utf16-encoding", Place(self.name, 1, 1, 1, 1))
                return
            match _format(self.name, first):
                case "jsonl":
                    yield from self._lines(first, stream)
                case "json":
                    yield from self._json(first + stream.read(MAX_BYTES + 1 - len(first)))
                case _:
                    yield from self._yaml(first + stream.read(MAX_BYTES + 1 - len(first)))
        if not self.count:
            yield Diagnostic("empty-file", Place(self.name, 1, 1, 1, 1))

    # JSON Lines

    def _lines(self, first: bytes, stream: BinaryIO) -> Iterator[M | Diagnostic]:
        number, line = 1, first.removeprefix(b"\xef\xbb\xbf")
        while line:
            if len(line) > MAX_RECORD:
                self.count += 1
                yield self._at(number).problem("record-too-long", limit=MAX_RECORD)
                _skip_line(line, stream)
            elif not line.isspace():
                yield from self._line(line, number)
            number, line = number + 1, stream.readline(MAX_RECORD + 1)

    def _line(self, line: bytes, number: int) -> Iterator[M | Diagnostic]:
        try:
            quick = _straight(line) if self.owner == "enterprise" and not self.header else None
            record = quick or _decode(line.decode())
        except UnicodeDecodeError as error:
            self.count += 1
            yield _not_utf8(error, self._at(number))
            return
        except _BadJson as bad:
            self.count += 1
            place = Place(self.name, number, bad.column, number, bad.column + 1)
            origin = _Origin(self.name, self.count, place, lambda loc: place)
            yield origin.problem(bad.code, line=number, column=bad.column)
            return
        if isinstance(record, dict) and not record.keys() - _HEADER_KEYS:
            yield from self._read_header(record, self._at(number))
        else:
            yield from self._record(record, self._at(number, 1))

    def _at(self, line: int, ahead: int = 0) -> _Origin:
        place = Place(self.name, line, 1, line, 1)
        return _Origin(self.name, self.count + ahead, place, lambda loc: place)

    # JSON and YAML, whole

    def _json(self, data: bytes) -> Iterator[M | Diagnostic]:
        self.count += 1  # whatever is found, it is not an empty file
        if len(data) > MAX_BYTES:
            yield Diagnostic("file-too-large", Place(self.name, 1, 1, 1, 1), {"limit": MAX_BYTES})
            return
        try:
            text = data.decode("utf-8-sig")
            self.count = 0 if not text.strip() else self.count
            if self.count:
                document = _decode(text)
                self.count = 0
                yield from self._document(document, lambda path: None)
        except UnicodeDecodeError as error:
            place = _line_place(self.name, data, error)
            yield _not_utf8(error, _Origin(self.name, None, place, lambda loc: place))
        except _BadJson as bad:
            place = Place(self.name, bad.line, bad.column, bad.line, bad.column + 1)
            yield Diagnostic(bad.code, place, {"line": bad.line, "column": bad.column})

    def _yaml(self, data: bytes) -> Iterator[M | Diagnostic]:
        from innovation_rules.pack import reader  # here: JSON needs no parser of YAML

        if not data.strip():
            return
        self.count += 1
        try:
            document = reader.read(data, self.name)
        except PackError as error:
            yield from error.diagnostics
            return
        self.count = 0
        yield from self._document(_plain(document.root), lambda path: document.place_of(list(path)))

    def _document(self, document: Any, place_of: Callable[[Loc], Place | None]) -> Iterator[M | Diagnostic]:
        origin = _Origin(self.name, None, place_of(()), place_of)
        prefix: Loc = ()
        key = next((key for key in _LIST_KEYS if isinstance(document, dict) and key in document), None)
        if key is not None:
            header = {name: value for name, value in document.items() if name != key}
            yield from self._read_header(header, origin)
            document, prefix = document[key], (key,)
        if not isinstance(document, list):
            document = [document] if key is None else document
        if not isinstance(document, list):
            self.count += 1
            yield origin.problem(
                "field-shape", prefix, expected=_LIST[0], value=shown(document), example=_LIST[1]
            )
            return
        alone = not prefix and len(document) == 1 and not isinstance(place_of((0,)), Place)
        for index, record in enumerate(document):
            at = () if alone else (*prefix, index)
            yield from self._record(record, _inside(self.name, self.count + 1, at, place_of))

    # both

    def _read_header(self, header: dict[str, Any], origin: _Origin) -> Iterator[Diagnostic]:
        if self.count:
            yield origin.problem("header-not-first")
            return
        for key, value in header.items():
            if key not in _HEADER_KEYS:
                fields = _unknown_field(key, self.owner, False)
                yield origin.problem("unknown-field", (key,), Words(key, key), **fields)
                continue
            try:
                self.header = {"ongoing_as_of": parse_date(value)}
            except QuantityError as error:
                words = Words("持续截至日期", "ongoing_as_of")
                yield origin.problem(error.code, (key,), words, **error.fields)

    def _record(self, record: Any, origin: _Origin) -> Iterator[M | Diagnostic]:
        self.count += 1
        if self.header and isinstance(record, dict) and record.keys().isdisjoint(_HEADER_KEYS):
            record.update(self.header)
        try:
            found = _validated(self.model, self.owner, record, origin)
        except _Refused as refused:
            yield from refused.problems
            return
        key = getattr(found, "uscc" if self.owner == "enterprise" else "region")
        first = self.seen.setdefault(key, self.count)
        if first != self.count:
            name = "uscc" if self.owner == "enterprise" else "region"
            words = _words(self.owner, (name,))
            yield origin.problem("same-enterprise-twice", (name,), words, value=key, first=first)
        else:
            yield found


class _PlainFile(_File[Any]):
    """One file of plain records."""

    def __init__(self, source: Source, name: str | None) -> None:
        super().__init__(Enterprise, "plain", source, name)

    def _read_header(self, header: dict[str, Any], origin: _Origin) -> Iterator[Diagnostic]:
        for key in header:
            yield origin.problem("unknown-field", (key,), Words(key, key), name=shown(key))
        if not header:
            yield origin.problem("not-a-record", value="{}")

    def _record(self, record: Any, origin: _Origin) -> Iterator[Any]:
        self.count += 1
        twice = _first_twice(record)
        if twice is not None:
            yield origin.problem("same-key-twice", (twice,), Words(twice, twice), name=shown(twice))
        elif not isinstance(record, dict):
            yield origin.problem("not-a-record", value=shown(record))
        else:
            yield PlainRecord(record, self.count, origin.place)


def _first_twice(value: Any) -> str | None:
    """A key that stands twice in one object, somewhere in a value."""
    if isinstance(value, _Twice):
        return value.name
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((name for one in inner if (name := _first_twice(one)) is not None), None)


_HEADER_KEYS: Final = frozenset({"ongoing_as_of", "持续截至日期"})
_LIST_KEYS: Final = ("enterprises", "企业", "regions", "地区")


def _inside(name: str, record: int, prefix: Loc, place_of: Callable[[Loc], Place | None]) -> _Origin:
    return _Origin(name, record, place_of(prefix), lambda loc: place_of((*prefix, *loc)))


def _name_of(source: Source) -> str:
    if isinstance(source, str | Path):
        return "<stdin>" if source == "-" else str(source)
    return str(getattr(source, "name", "<data>"))


def _open(source: Source, name: str) -> Any:
    if isinstance(source, bytes):
        return BytesIO(source)
    if isinstance(source, str | Path):
        if source == "-":
            return nullcontext(sys.stdin.buffer)
        return Path(source).open("rb")
    return nullcontext(source)


def _cannot_open(error: OSError, name: str) -> Diagnostic:
    missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    code = (
        "no-such-file"
        if missing
        else "is-a-directory"
        if isinstance(error, IsADirectoryError)
        else "unreadable-file"
    )
    return Diagnostic(code, None, {"file": name, "reason": error.strerror or ""})


def _format(name: str, first: bytes) -> str:
    """json, jsonl or yaml: by the suffix, else by the first line."""
    suffix = Path(name).suffix.lower()
    known = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml"}
    if suffix in known:
        return known[suffix]
    start = first.removeprefix(b"\xef\xbb\xbf").strip()
    if not start.startswith((b"{", b"[")):
        return "yaml"
    try:
        whole = _decode(start.decode())
    except (UnicodeDecodeError, _BadJson):
        return "jsonl" if start.startswith(b"{") and start.endswith(b"}") else "json"
    return "jsonl" if isinstance(whole, dict) and not whole.keys() & set(_LIST_KEYS) else "json"


def _skip_line(line: bytes, stream: BinaryIO) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_RECORD)


def _line_place(name: str, data: bytes, error: UnicodeDecodeError) -> Place:
    before = data[: error.start]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
    return Place(name, line, column, line, column + 1)


def _not_utf8(error: UnicodeDecodeError, origin: _Origin) -> RecordProblem:
    try:
        error.object.decode("gb18030")
        code = "gbk-encoding"
    except UnicodeDecodeError:
        code = "not-utf8"
    return origin.problem(code, byte=f"0x{error.object[error.start]:02X}")


def _plain(node: Any) -> Any:
    """A node of a YAML document as plain data."""
    if hasattr(node, "entries"):
        return {key.text: _plain(value) for key, value in node}
    return [_plain(item) for item in node.items] if hasattr(node, "items") else node.value


# ---- JSON, straight into a model --------------------------------------------------------------------------


def _straight(data: bytes) -> Enterprise | None:
    """The enterprise of a JSON text without a detour by way of plain data; None when that cannot be trusted.

    pydantic's own parser takes the last of two equal keys in silence. So this counts: where every colon of the
    text follows a quotation mark, and there are as many as the model has keys, no key stood twice. A decimal
    comes as a float, which every field refuses; what is refused here is read again with care.
    """
    colons = data.count(b":")
    if colons != data.count(b'":'):
        return None
    try:
        found = _read_json(data)
    except ValidationError:
        return None
    return found if _keys(found) == colons else None


def _keys(one: Enterprise) -> int:
    """How many keys the JSON text had from which an enterprise was read, when none stood twice."""
    keys = len(one.__pydantic_fields_set__) + len(one.in_directory) + len(one.reports) + _keys_of(one.inputs)
    for part in (*one.reports.values(), *(one.activities or ())):
        keys += len(part.__pydantic_fields_set__)
        if part.inputs:
            keys += _keys_of(part.inputs)
    return keys + sum(len(held.__pydantic_fields_set__) for held in one.qualifications or ())


def _keys_of(inputs: Mapping[str, Any]) -> int:
    findings = [one for one in inputs.values() if isinstance(one, Finding)]
    return len(inputs) + sum(len(one.__pydantic_fields_set__) for one in findings)


_read_json: Final[Callable[[bytes], Enterprise]] = Enterprise.__pydantic_validator__.validate_json


# ---- JSON -------------------------------------------------------------------------------------------------


class _BadJson(_Refused):
    def __init__(self, code: str, line: int = 1, column: int = 1) -> None:
        super().__init__([RecordProblem(code, None, {"line": line, "column": column})])
        self.code, self.line, self.column = code, line, column


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Twice(pairs)


def _bounded(digits: str) -> int | DecimalText:
    return int(digits) if len(digits) <= 40 else DecimalText(digits)


_HOOKS: Final[dict[str, Any]] = {"object_pairs_hook": _unique, "parse_float": DecimalText}
_quick: Final = json.JSONDecoder(**_HOOKS).decode
_careful: Final = json.JSONDecoder(parse_int=_bounded, **_HOOKS).decode


def _decode(text: str) -> Any:
    """The value of a JSON text: decimals as text, an object with a key twice as `_Twice`. Raises _BadJson."""
    try:
        return _quick(text)
    except json.JSONDecodeError as error:
        raise _BadJson("bad-json", error.lineno, error.colno) from None
    except RecursionError:
        raise _BadJson("json-too-deep") from None
    except ValueError:  # an integer of thousands of digits
        return _careful(text)
