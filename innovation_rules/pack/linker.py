"""Join a parsed pack with what it extends: one table of names, every name with its definition.

`pack.load` calls it after the parser; the checker and the compiler look names up in the Linked pack it returns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, cast

from innovation_rules.case import VOCABULARY
from innovation_rules.errors import PackError, Place, Problems, nearest
from innovation_rules.facts import CATEGORIES, Changes, FactSpec, Owner
from innovation_rules.pack import grammar as g
from innovation_rules.pack.parser import spelling_of
from innovation_rules.pack.reader import Document
from innovation_rules.pack.spelling import Names, in_english
from innovation_rules.quantities import SCALE, QuantityError, Type, parse_literal

SECTIONS: Final = (
    "inputs",
    "qualification_kinds",
    "parameters",
    "facts",
    "layers",
    "classes",
    "coverages",
    "awards",
    "targets",
    "schedule",
    "properties",
)
"""The sections whose items have identifiers of their own; activity kinds and the profile are kept apart."""
INHERITED: Final = frozenset({"inputs", "qualification_kinds", "parameters", "facts", "layers", "classes"})
SUBJECTS: Final = ("inputs", "facts", "classes", "coverages", "awards")
"""Sections whose names a condition may test: they share one space of names."""
RESERVED: Final = frozenset({"in_jurisdiction", "year", "active", "any", "all", "not", "at_least_of"})


@dataclass(frozen=True, eq=False)
class Entry:
    """A declared item: its section, identifier, definition, and the pack that owns it."""

    section: str
    id: str
    item: Any
    owner: g.Pack
    place: Place | None
    category: str = ""


@dataclass(frozen=True)
class Parsed:
    """A pack and the document it was read from."""

    pack: g.Pack
    document: Document


Load = Callable[[g.Name], Parsed]
"""Finds, reads and parses a pack that another extends."""


def link(parsed: Parsed, load: Load) -> Linked:
    """The pack with its ancestors. Raises PackError with every clash, gap and circle found."""
    lineage = _lineage(parsed, load)
    problems = Problems({one.document.file: one.document.text for one in lineage})
    packs = _in_english(lineage, problems)
    problems.raise_if_any()
    linked = Linked(packs[-1], packs, problems.sources)
    for check in (_names_of_categories, _redefinitions, _one_meaning_a_name):
        check(linked, problems)
    problems.raise_if_any()
    return linked


def _in_english(lineage: Sequence[Parsed], problems: Problems) -> tuple[g.Pack, ...]:
    """Every pack with the names of the English spelling, ancestors first."""
    packs: tuple[g.Pack, ...] = ()
    for one in lineage:
        pack = one.pack
        if spelling_of(one.document) == "zh":
            pack = in_english(pack, Names(Linked(pack, (*packs, pack), problems.sources)), problems)
        packs = (*packs, pack)
    return packs


def _lineage(parsed: Parsed, load: Load) -> list[Parsed]:
    """Ancestors first, each once, the pack itself last."""
    found: dict[str, Parsed] = {}
    problems = Problems({parsed.document.file: parsed.document.text})

    def visit(one: Parsed, path: tuple[str, ...]) -> None:
        for name in one.pack.extends:
            if name in path:
                circle = " → ".join([*path[path.index(name) :], name])
                problems.add("extends-circle", name.place, path=circle)
            elif name not in found:
                visit(_loaded(name, load, problems), (*path, str(name)))
        found[str(one.pack.pack)] = one

    visit(parsed, (str(parsed.pack.pack),))
    problems.raise_if_any()
    return list(found.values())


def _loaded(name: g.Name, load: Load, problems: Problems) -> Parsed:
    """A pack that another extends; what is wrong with it is shown with the texts of both."""
    try:
        one = load(name)
    except PackError as error:
        raise PackError(error.diagnostics, {**problems.sources, **error.sources}) from None
    problems.sources[one.document.file] = one.document.text
    return one


@dataclass(frozen=True)
class Linked:
    """A pack and all it inherits, looked up by name."""

    pack: g.Pack
    lineage: tuple[g.Pack, ...]
    sources: Mapping[str, str]

    # ------------------------------------------------------------------ tables

    @cached_property
    def tables(self) -> dict[str, dict[str, Entry]]:
        """section → identifier → entry; a redefinition stands in the place of what it redefines."""
        tables: dict[str, dict[str, Entry]] = {section: {} for section in SECTIONS}
        for entry in self.declared():
            inherited = entry.section in INHERITED or entry.owner is self.pack
            if inherited and entry.section in tables:
                tables[entry.section][entry.id] = entry
        return tables

    def declared(self) -> Iterator[Entry]:
        """Every declaration of the pack and its ancestors, also those that a later one redefines."""
        for pack in self.lineage:
            yield from declarations(pack)

    @cached_property
    def profile(self) -> dict[str, Entry]:
        """category → its condition, the nearest pack's."""
        return {
            name: Entry("profile", name, condition, pack, _place(name))
            for pack in self.lineage
            for name, condition in pack.profile.items()
        }

    @cached_property
    def kinds_by_name(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.declared() if entry.section == "activity_kinds"}

    @cached_property
    def granted_by_name(self) -> dict[str, Entry]:
        return {
            f"{entry.owner.pack}.{entry.id}": entry
            for entry in self.declared()
            if entry.section == "awards" and entry.owner is not self.pack
        }

    # ------------------------------------------------------------------ look-ups

    def find(self, section: str, name: str) -> Entry | None:
        return self.tables[section].get(name)

    def all(self, section: str) -> list[Entry]:
        return list(self.tables[section].values())

    def own(self, section: str) -> list[Entry]:
        return [entry for entry in self.all(section) if entry.owner is self.pack]

    def ids(self, section: str) -> list[str]:
        return list(self.tables[section])

    def subject(self, name: str) -> Entry | None:
        """What a condition's key names, among the declared."""
        for section in SUBJECTS:
            entry = self.tables[section].get(name)
            if entry is not None:
                return entry
        return None

    def subjects(self) -> list[str]:
        """Every name that a condition may test."""
        owners = ("enterprise", "report")
        base = [
            name
            for (owner, name), spec in VOCABULARY.items()
            if owner in owners and spec.type is not Type.TEXT
        ]
        return [
            *base,
            *(name for section in SUBJECTS for name in self.tables[section]),
            "in_jurisdiction",
            "year",
        ]

    def granted(self, pack: str, name: str) -> Entry | None:
        """An award of a higher pack that this one may grant."""
        return self.granted_by_name.get(f"{pack}.{name}")

    def grantable(self) -> list[str]:
        return list(self.granted_by_name)

    def kind(self, name: str) -> Entry | None:
        return self.kinds_by_name.get(name)

    def kinds(self) -> list[str]:
        return list(self.kinds_by_name)

    def all_kinds(self) -> list[Entry]:
        return list(self.kinds_by_name.values())

    def input_spec(self, entry: Entry) -> FactSpec:
        """An input as a fact of the vocabulary."""
        memo = self._specs.get(entry.id)
        if memo is None:
            memo = self._specs[entry.id] = _spec(entry)
        return memo

    @cached_property
    def _specs(self) -> dict[str, FactSpec]:
        return {}

    def form(self, item: Any) -> str:
        """A text that two items share exactly when they say the same."""
        return json.dumps(canonical(item), ensure_ascii=False, sort_keys=True)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what decides: labels and clauses included, comments, layout and properties excluded.

        A property decides nothing: a record made before one was written down stays verifiable after.
        """
        said = [canonical(pack) for pack in self.lineage]
        return _sha256([{key: one for key, one in pack.items() if key != "properties"} for pack in said])

    @cached_property
    def surface(self) -> str:
        """SHA-256 over everything that the packs say, their properties too."""
        return _sha256([canonical(pack) for pack in self.lineage])


def _sha256(said: object) -> str:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def declarations(pack: g.Pack) -> Iterator[Entry]:
    """Every item that a pack declares, in the order of the language's sections."""
    for section in SECTIONS:
        items = getattr(pack, section)
        if isinstance(items, dict):
            for name, item in items.items():
                yield Entry(section, str(name), item, pack, _place(name))
    for category, kinds in pack.activity_kinds.items():
        for name, item in kinds.items():
            yield Entry("activity_kinds", str(name), item, pack, _place(name), str(category))


def clause_of(item: Any) -> str:
    """The clauses that an item cites, as one text."""
    return "、".join(getattr(item, "source", ()) or ())


def holds_on(span: g.Span | None, day: date) -> bool:
    """Whether a day lies in a period; no period is always."""
    return span is None or (span.from_ <= day and (span.to is None or day <= span.to))


def _place(name: str) -> Place | None:
    return name.place if isinstance(name, g.Name) else None


# ------------------------------------------------------------------------------------------ canonical form


def canonical(value: Any) -> Any:
    """What an item says as plain data: absent as absent, no places, no spelling."""
    if isinstance(value, g.Item):
        return {
            name.rstrip("_"): canonical(one)
            for name, one in value.__dict__.items()
            if name not in ("at", "english") and not _empty(one)
        }
    if isinstance(value, g.Figure):
        return {"figure": value.text}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): canonical(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(one) for one in value]
    if is_dataclass(value):
        parts = {
            one.name: canonical(getattr(value, one.name)) for one in fields(value) if one.name != "place"
        }
        return {type(value).__name__: parts}
    return value


def _empty(value: Any) -> bool:
    return value is None or value == () or value == {} or value == ""


# ------------------------------------------------------------------------------------------ inputs as facts


def _spec(entry: Entry) -> FactSpec:
    item: g.Input = entry.item
    type = Type(item.type.value)
    low, high = _range(item, type)
    return FactSpec(
        name=entry.id,
        zh=item.label,
        type=type,
        unit=item.unit,
        low=low,
        high=high,
        owner=cast(Owner, item.of.value),
        choices=MappingProxyType({str(one): label for one, label in item.choices.items()})
        if item.choices
        else None,
        source="、".join(item.source),
        declared=True,
        changes=_changes(item),
    )


def _changes(item: g.Input) -> Changes:
    """An enterprise's own input is its to change; what an authority finds, and what a region is like, is not."""
    own = item.of in (g.InputOf.ENTERPRISE, g.InputOf.REPORT, g.InputOf.ACTIVITY)
    return "either" if own and item.found_by is not g.Finder.AUTHORITY else ""


DEFAULT_RANGES: Final = {
    Type.COUNT: (0, 10**9),
    Type.NUMBER: (0, 10**15),
    Type.MONEY: (0, 10**16),
    Type.RATIO: (0, 10**9),
    Type.POINTS: (0, 10**6),
}
"""The range of an input that declares none, in base units: zero or more, within 64 bits."""


def _range(item: g.Input, type: Type) -> tuple[int | None, int | None]:
    if type not in SCALE:
        return None, None
    if len(item.range) != 2:
        return DEFAULT_RANGES[type]
    try:
        low, high = (int(parse_literal(one.text, type)[1]) for one in item.range)
    except QuantityError:
        return DEFAULT_RANGES[type]
    return low, high


# ------------------------------------------------------------------------------------------ checks of names


def _names_of_categories(linked: Linked, problems: Problems) -> None:
    """Activity kinds, the profile and the layers speak of the six categories."""
    pack = linked.pack
    names: list[str] = [*pack.activity_kinds, *pack.profile]
    names += [name for layer in pack.layers.values() for name in layer.of]
    for name in names:
        if name not in CATEGORIES:
            near = nearest(name, list(CATEGORIES))
            known = list(CATEGORIES)
            problems.add("unknown-category", _place(name), found=str(name), nearest=near, known=known)


def _redefinitions(linked: Linked, problems: Problems) -> None:
    """An inherited name is redefined only on purpose, and `overrides` only where there is something to override."""
    seen: dict[tuple[str, str], Entry] = {}
    for entry in linked.declared():
        if entry.section not in INHERITED and entry.section != "activity_kinds":
            continue
        key = entry.section, entry.id
        before = seen.get(key)
        overrides = entry.item.overrides
        if before is not None and overrides is None:
            related = [(before.place, "first-defined-here")] if before.place else []
            problems.add(
                "redefined", entry.place, related=related, name=entry.id, pack=str(before.owner.pack)
            )
        elif before is None and overrides is not None:
            problems.add("overrides-nothing", entry.place, name=entry.id)
        seen[key] = entry


def _one_meaning_a_name(linked: Linked, problems: Problems) -> None:
    """Inputs, facts, classes, coverages and awards share one space of names with the model's own facts."""
    seen: dict[str, Entry] = {}
    for section in SUBJECTS:
        for entry in linked.all(section):
            before = seen.get(entry.id)
            if before is not None:
                related = [(before.place, "first-defined-here")] if before.place else []
                problems.add("name-clash", entry.place, related=related, name=entry.id)
            elif _of_the_model(entry):
                problems.add("name-of-the-model", entry.place, name=entry.id)
            seen[entry.id] = entry


def _of_the_model(entry: Entry) -> bool:
    owners: Sequence[str] = ("enterprise", "report")
    if entry.section == "inputs" and entry.item.of.value in ("activity", "region"):
        owners = (entry.item.of.value,)
    return entry.id in RESERVED or any((owner, entry.id) in VOCABULARY for owner in owners)
