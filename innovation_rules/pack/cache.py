"""Keep what was compiled, by the bytes it was compiled from: checked packs and their Programs as plain JSON.

`pack.load` asks here before it runs the stages, and hands over what it made. A kept pack is used only while every
source has the same bytes and the library is the same; nothing is ever executed, only read back into data.
INNOVATION_RULES_CACHE names the folder, or turns the cache off with `off`; the default is XDG_CACHE_HOME's.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from innovation_rules import __version__
from innovation_rules.case import BaseFact, Frame
from innovation_rules.errors import Place
from innovation_rules.facts import FactSpec
from innovation_rules.program import (
    NODES,
    Aggregate,
    AmountRule,
    AwardRule,
    CategoryRule,
    Choice,
    ClassRule,
    CoverageRule,
    Node,
    Origin,
    PackInfo,
    Program,
)
from innovation_rules.quantities import Type


@dataclass(frozen=True)
class Head:
    """What is asked of a pack most: who it is, and the names that it gives to what the data may hold."""

    id: str
    title: str
    version: str
    digest: str
    kinds: Mapping[str, str]
    """Activity kind → category."""
    qualifications: tuple[str, ...]
    inputs: Mapping[str, tuple[str, ...]]
    """Owner (enterprise, report, activity, …) → names of declared inputs."""


@dataclass(frozen=True)
class Store:
    """The kept files of one pack as its sources stand: its head, and one file for each year and law date."""

    folder: Path
    stamp: str
    """A digest over the bytes of every source."""

    def program(self, year: int, law_date: date) -> Program | None:
        """The program compiled for a year and a law date, if it was kept."""
        data = _read(self._file(year, law_date))
        return None if data is None else decode(data)

    def keep(self, program: Program) -> None:
        """Keep a program for the next time."""
        _write(self._file(program.year, program.law_date), encode(program))

    def _file(self, year: int, law_date: date) -> Path:
        return self.folder / f"{self.stamp}-{year}-{law_date.isoformat()}.json"


def find(path: Path) -> tuple[Head, Store] | None:
    """A pack that was checked before, if none of its sources has changed since."""
    folder = _folder(path)
    data = None if folder is None else _read(folder / "head.json")
    if folder is None or data is None:
        return None
    sources = [Path(one) for one in data["sources"]]
    if _stamp(sources) != data["stamp"]:
        return None
    head = data["head"]
    inputs = {owner: tuple(names) for owner, names in head["inputs"].items()}
    found = Head(**{**head, "qualifications": tuple(head["qualifications"]), "inputs": inputs})
    return found, Store(folder, data["stamp"])


def keep(path: Path, head: Head, sources: list[Path]) -> Store | None:
    """Keep what was checked; `sources` are all the files that it was made from, present or absent."""
    folder = _folder(path)
    if folder is None:
        return None
    stamp = _stamp(sources)
    values = {one.name: getattr(head, one.name) for one in fields(head)}
    _write(folder / "head.json", {"head": values, "sources": list(map(str, sources)), "stamp": stamp})
    return Store(folder, stamp)


def _folder(path: Path) -> Path | None:
    base = root()
    key = hashlib.sha256(f"{library()}\n{path.resolve()}".encode()).hexdigest()
    return None if base is None else base / key[:40]


def _stamp(sources: list[Path]) -> str:
    """A digest over the bytes of files; one that can't be read counts as absent."""
    stamp = hashlib.sha256()
    for source in sources:
        try:
            stamp.update(hashlib.sha256(source.read_bytes()).digest())
        except OSError:
            stamp.update(b"absent")
    return stamp.hexdigest()[:40]


def root() -> Path | None:
    """The folder of the cache, None when it is off."""
    given = os.environ.get("INNOVATION_RULES_CACHE", "")
    if given.lower() in ("off", "0", "no"):
        return None
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "innovation_rules"


@cache
def library() -> str:
    """The library as it stands: its version, and when its newest file was written, for those who work on it."""
    folder = Path(__file__).resolve().parent.parent
    newest = max(path.stat().st_mtime_ns for path in folder.rglob("*.py"))
    return f"{__version__}/{newest}"


# ------------------------------------------------------------------------------------------------ files


def _read(path: Path) -> Any:
    """The data of a kept file; None where it is absent, cut short or altered."""
    try:
        text = path.read_bytes()
    except OSError:
        return None
    checksum, _, body = text.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != checksum:
        return None
    return json.loads(body)


def _write(path: Path, data: Any) -> None:
    """Write whole or not at all; a cache that can't be written is no mistake."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        os.replace(name, path)


# ------------------------------------------------------------------------------------------------ programs

_KINDS: Final = {kind: index for index, kind in enumerate(NODES)}
_FIELDS: Final = {kind: tuple(one.name for one in fields(kind)) for kind in NODES}
_AGGREGATE: Final[Any] = Aggregate
_RULES: Final = {"profile": CategoryRule, "layers": CategoryRule, "coverages": CoverageRule}


def encode(program: Program) -> dict[str, Any]:
    """A program as plain JSON data; `decode` gives an equal one."""
    words = _Words()
    return {
        "pack": [_plain(value) for value in _values(program.pack)],
        "year": program.year,
        "law_date": program.law_date.isoformat(),
        "in_force": program.in_force,
        "frame": _frame(program.frame),
        "nodes": [_node(node) for node in program.nodes],
        "origins": [words.origin(one) for one in program.origins],
        "bodies": [
            [index, [words.origin(one) for one in part]] for index, part in program.body_origins.items()
        ],
        "jurisdiction": program.jurisdiction,
        **{name: [_values(rule) for rule in getattr(program, name)] for name in _RULES},
        "classes": [
            [*_values(rule)[:3], [_values(one) for one in rule.values], *_values(rule)[4:]]
            for rule in program.classes
        ],
        "awards": [[_plain(value) for value in _values(rule)] for rule in program.awards],
        "labels": dict(program.labels),
        "words": words.table,
    }


def decode(data: Mapping[str, Any]) -> Program:
    """The program that was encoded."""
    words = data["words"]
    id, title, version, digest, since, until = data["pack"]
    return Program(
        pack=PackInfo(id, title, version, digest, _day(since), _day(until)),
        year=data["year"],
        law_date=date.fromisoformat(data["law_date"]),
        in_force=data["in_force"],
        frame=_frame_of(data["frame"]),
        nodes=tuple(map(_node_of, data["nodes"])),
        origins=_origins(words, data["origins"]),
        jurisdiction=data["jurisdiction"],
        classes=tuple(_class_of(one) for one in data["classes"]),
        awards=tuple(_award_of(one) for one in data["awards"]),
        labels=data["labels"],
        body_origins={index: _origins(words, part) for index, part in data["bodies"]},
        **{name: tuple(kind(*one) for one in data[name]) for name, kind in _RULES.items()},
    )


def _values(item: Any) -> list[Any]:
    return [getattr(item, one.name) for one in fields(item)]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return {"of": [value.numerator, value.denominator]}
    if isinstance(value, AmountRule):
        return _values(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple([_tuples(one) for one in value])
    if isinstance(value, dict):
        return Fraction(*value["of"])
    return value


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _node(node: Node) -> list[Any]:
    kind = type(node)
    if isinstance(node, Aggregate):
        values = _values(node)
        body = _FIELDS[kind].index("body")
        return [_KINDS[kind], *values[:body], [_node(one) for one in node.body], *values[body + 1 :]]
    return [_KINDS[kind], *(_plain(getattr(node, name)) for name in _FIELDS[kind])]


def _node_of(data: list[Any]) -> Any:
    kind: Any = NODES[data[0]]
    if kind is _AGGREGATE:
        body = _FIELDS[kind].index("body") + 1
        inner = tuple(map(_node_of, data[body]))
        return kind(*map(_tuples, data[1:body]), inner, *map(_tuples, data[body + 1 :]))
    return kind(*[_tuples(one) if one.__class__ in (list, dict) else one for one in data[1:]])


class _Words:
    """Texts that origins share, each kept once."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}

    @property
    def table(self) -> list[str]:
        return list(self.index)

    def at(self, text: str) -> int:
        return self.index.setdefault(text, len(self.index))

    def origin(self, one: Origin) -> list[Any]:
        place = one.place
        where = None if place is None else [self.at(place.file), *place[1:]]
        type = None if one.type is None else self.at(one.type.value)
        return [
            self.at(one.path),
            self.at(one.clause),
            type,
            self.at(one.unit),
            self.at(one.name),
            self.at(one.label),
            where,
        ]


def _origins(words: list[str], data: list[list[Any]]) -> tuple[Origin, ...]:
    made: list[Origin] = []
    for path, clause, type, unit, name, label, where in data:
        place = None if where is None else Place(words[where[0]], *where[1:])
        kind = None if type is None else Type(words[type])
        made.append(Origin(words[path], words[clause], kind, words[unit], words[name], words[label], place))
    return tuple(made)


def _frame(frame: Frame) -> list[Any]:
    return [
        [[_spec(one.spec), one.year, one.key] for one in frame.facts],
        [_spec(one) for one in frame.activity_facts],
        [_spec(one) for one in frame.qualification_facts],
    ]


def _frame_of(data: list[Any]) -> Frame:
    facts, activity, qualification = data
    return Frame(
        tuple(BaseFact(_spec_of(spec), year, key) for spec, year, key in facts),
        tuple(map(_spec_of, activity)),
        tuple(map(_spec_of, qualification)),
    )


def _spec(spec: FactSpec) -> list[Any]:
    return [dict(value) if isinstance(value, Mapping) else value for value in _values(spec)]


def _spec_of(data: list[Any]) -> FactSpec:
    values: list[Any] = [MappingProxyType(value) if isinstance(value, dict) else value for value in data]
    values[2] = Type(values[2])
    return FactSpec(*values)


def _class_of(data: list[Any]) -> ClassRule:
    id, label, clause, values, node, many = data
    return ClassRule(id, label, clause, tuple(Choice(*one) for one in values), node, tuple(many))


def _award_of(data: list[Any]) -> AwardRule:
    values: dict[str, Any] = dict(
        zip((one.name for one in fields(AwardRule)), map(_tuples, data), strict=True)
    )
    amount = values["amount"]
    return AwardRule(**{**values, "amount": None if amount is None else AmountRule(*amount)})
