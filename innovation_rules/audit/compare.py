"""Compare what two packs say, item by item: what was added, removed or altered, in the pack language's own words.

`verdicts` says by proof what the changes mean for the decisions, `flips` whom of a ledger they touch; the command
`diff` prints all three. An item is known by its section and identifier, wherever it stands in the file.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import zip_longest
from typing import Any, Final, Literal, NamedTuple

from innovation_rules.errors import PackError, Place
from innovation_rules.facts import CATEGORIES
from innovation_rules.pack import formatter, linker, parser, reader
from innovation_rules.pack import grammar as g
from innovation_rules.pack.checker import names, parts
from innovation_rules.pack.linker import SECTIONS, SUBJECTS, Entry, Linked, Parsed, canonical, clause_of
from innovation_rules.pack.prose import Prose
from innovation_rules.pack.reader import Document, Node, Scalar

What = Literal["added", "removed", "altered"]
ORDER: Final = "order"
"""The last step of a path whose list holds the same things in another order."""

WORDS: Final = frozenset(
    {
        *("label", "english", "source", "interpretation", "verified", "responsible", "inventory", "note"),
        *(
            "quoted",
            "overrides",
            "granted_by",
            "funded_by",
            "title",
            "version",
            "document",
            "implements",
            "pack",
        ),
    }
)
"""Keys that say something of an item without changing what it decides."""
HEAD: Final = (
    *("pack", "title", "version", "document", "jurisdiction", "in_force", "extends", "implements"),
    *("periods", "reports", "notes"),
)
"""Keys of a pack that are no section of items."""
WORDY: Final = frozenset({"notes", "schedule", "properties"})
"""Sections that decide nothing about an enterprise."""


class Edit(NamedTuple):
    """One place in an item where the two packs differ: the keys that lead there, and what stands there."""

    path: tuple[str, ...]
    old: str | None
    """None where nothing stood there."""
    new: str | None
    meaning: bool
    """False for labels, clauses, readings and notes."""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that is new, gone or altered, with its clause and its place in both files."""

    what: What
    section: str
    id: str
    label: str
    clauses: tuple[str, str]
    """By which clause, in the old pack and in the new one; empty where it is not there."""
    places: tuple[Place | None, Place | None]
    says: tuple[str, str]
    """What it says in plain Chinese, in the old pack and in the new one."""
    edits: tuple[Edit, ...] = ()
    category: str = ""
    """Of a kind of activity."""

    @property
    def meaning(self) -> bool:
        """Whether it can change a decision or an assessment; else only words about it were changed."""
        if self.section in WORDY:
            return False
        return any(one.meaning for one in self.edits) if self.edits else self.what != "altered"


def surface(old: Linked, new: Linked) -> tuple[ItemChange, ...]:
    """Every difference between what two linked packs say, in the order of the language's sections."""
    return tuple(_Comparison(_alike(old, new), new).changes())


def _alike(old: Linked, new: Linked) -> Linked:
    """The old pack in the spelling of the new one, so that their words can be held against each other."""
    document, other = _document(old), _document(new)
    names: formatter.Spelling = "zh" if parser.spelling_of(other) == "zh" else "en"
    if parser.spelling_of(document) == names:
        return old

    def load(name: g.Name) -> Parsed:
        found = next(one for one in old.lineage if one.pack == name)
        return _parsed(_document_of(found))

    try:
        text = formatter.respelt(document, names, load)
        return linker.link(_parsed(reader.read(text.encode(), document.file)), load)
    except PackError:  # a label that means two things: the words are then shown as they are
        return old


def _document(linked: Linked) -> Document:
    return _document_of(linked.pack)


def _document_of(pack: g.Pack) -> Document:
    return Document(pack.at, pack.at.source)


def _parsed(document: Document) -> Parsed:
    return Parsed(parser.parse(document), document)


# ------------------------------------------------------------------------------------------ items


@dataclass(frozen=True)
class _Comparison:
    old: Linked
    new: Linked

    @cached_property
    def prose(self) -> tuple[Prose, Prose]:
        return Prose(self.old), Prose(self.new)

    @cached_property
    def words(self) -> frozenset[str]:
        """The keys that only say something of an item: not those that a pack declares as a name to be tested."""
        declared = (linked.tables[section] for linked in (self.old, self.new) for section in SUBJECTS)
        names = ((id, getattr(one.item, "label", "")) for table in declared for id, one in table.items())
        return _WORDS.difference(*names)

    def changes(self) -> Iterator[ItemChange]:
        yield from self.head()
        before, after = _entries(self.old), _entries(self.new)
        for key in dict.fromkeys((*after, *before)):
            one = self.entry(before.get(key), after.get(key))
            if one is not None:
                yield one

    def head(self) -> Iterator[ItemChange]:
        """The keys at the top of the file: the period of force, the jurisdiction, the notes."""
        old, new = self.old.pack, self.new.pack
        for field in HEAD:
            before, after = getattr(old, field), getattr(new, field)
            if canonical(before) != canonical(after):
                was, now = _key_of(old, field), _key_of(new, field)
                what: What = "added" if was is None else "removed" if now is None else "altered"
                edits = tuple(_edits(was, now, (), field not in WORDS, self.words))
                places = (None if was is None else was.place, None if now is None else now.place)
                section = "notes" if field == "notes" else "pack"
                yield ItemChange(what, section, field, "", ("", ""), places, ("", ""), edits)

    def entry(self, old: Entry | None, new: Entry | None) -> ItemChange | None:
        """One item, or None where both packs say the same of it."""
        if old is not None and new is not None and canonical(old.item) == canonical(new.item):
            return None
        one = new or old
        assert one is not None
        what: What = "added" if old is None else "removed" if new is None else "altered"
        both = (old, new)
        return ItemChange(
            what,
            one.section,
            one.id,
            getattr(one.item, "label", "") or one.id,
            tuple("" if entry is None else clause_of(entry.item) for entry in both),  # type: ignore[arg-type]
            tuple(None if entry is None else entry.place for entry in both),  # type: ignore[arg-type]
            tuple("" if e is None else _said(p, e) for p, e in zip(self.prose, both, strict=True)),  # type: ignore[arg-type]
            tuple(self.edits(old, new)) if old is not None and new is not None else (),
            one.category,
        )

    def edits(self, old: Entry, new: Entry) -> Iterator[Edit]:
        """Where two writings of an item differ; its label too, which in Chinese is its name."""
        labels = tuple(getattr(one.item, "label", "") for one in (old, new))
        if labels[0] != labels[1]:
            yield Edit(("label",), labels[0] or None, labels[1] or None, False)
        for one in _edits(_node_of(old), _node_of(new), (), True, self.words):
            if one.path not in (("label",), ("英文名",)):
                yield one


def _entries(linked: Linked) -> dict[tuple[str, str], Entry]:
    """Every item that counts in a pack, inherited ones included."""
    found = {("activity_kinds", one.id): one for one in linked.all_kinds()}
    found |= {("profile", name): one for name, one in linked.profile.items()}
    tables = {(section, id): one for section in SECTIONS for id, one in linked.tables[section].items()}
    order = ("activity_kinds", "profile")
    return {**{key: found[key] for section in order for key in found if key[0] == section}, **tables}


def _said(prose: Prose, entry: Entry) -> str:
    if entry.section == "profile":
        return prose.category(entry.id).line()
    return prose.entry(entry)


def _node_of(entry: Entry) -> Node | None:
    """What is written of an item."""
    if isinstance(entry.item, g.Item):
        return entry.item.at  # type: ignore[no-any-return]
    name = next(name for name in entry.owner.profile if str(name) == entry.id)
    profile = _key_of(entry.owner, "profile")
    if not isinstance(profile, reader.Mapping) or not isinstance(name, g.Name):
        return None
    return next((value for key, value in profile if key is name.at), None)


def _key_of(pack: g.Pack, field: str) -> Node | None:
    """What is written under a key at the top of a file, in either spelling."""
    zh: Any = g.Pack.model_fields[field].json_schema_extra
    root: reader.Mapping = pack.at
    return root.get(field) or root.get(zh["zh"])


# ------------------------------------------------------------------------------------------ targets


def touched(
    changes: Iterable[ItemChange], old: Linked, new: Linked, settled: Container[str]
) -> dict[str, tuple[ItemChange, ...]]:
    """The targets of both packs that come to what changed, and the changes of meaning that they come to, by target.

    `settled`: decisions, by key, that were shown to mean the same; a target that compares with another year looks
    behind them too.
    """
    meant = [one for one in changes if one.meaning and one.section != "targets"]
    found = {}
    for id in new.tables["targets"]:
        if id not in old.tables["targets"]:
            continue
        behind = [_behind(linked, id, settled) for linked in (old, new)]
        by = tuple(
            one for one in meant if any((one.section, key) in names for names in behind for key in _keys(one))
        )
        if by:
            found[id] = by
    return found


def _keys(one: ItemChange) -> tuple[str, ...]:
    """What a change is found by: itself, and the category whose activities it is one of."""
    return (one.id, one.category) if one.category else (one.id,)


def _behind(linked: Linked, target: str, settled: Container[str]) -> frozenset[tuple[str, str]]:
    """Everything that a target comes to, by section and name; a category of activities stands among their kinds."""
    start = linked.tables["targets"][target].item
    if any(isinstance(one, g.ChangeFrom) for one in parts(start)):
        settled = ()
    entries = _entries(linked)
    found: set[tuple[str, str]] = set()
    waiting = [*_named(start)]
    while waiting:
        key = waiting.pop()
        if key in found or ".".join(key) in settled:
            continue
        found.add(key)
        if key in entries:
            waiting += _named(entries[key].item)
        if key[0] == "profile":
            waiting.append(("activity_kinds", key[1]))
    return frozenset(found)


def _named(item: Any) -> Iterator[tuple[str, str]]:
    """What an item names, wherever it may be declared; what is active goes by the whole profile."""
    for name in names(item):
        yield from ((section, name) for section in ("activity_kinds", *SECTIONS))
    if any(isinstance(one, g.Active) for one in parts(item)):
        yield from (("profile", name) for name in CATEGORIES)


# ------------------------------------------------------------------------------------------ words


def written(node: Node | None) -> str | None:
    """What a node says in one line of the pack language, in its own spelling; None where there is nothing."""
    match node:
        case None:
            return None
        case Scalar():
            raw = node.source.text[node.start : node.end]
            return node.text if "\n" in raw else raw.strip()
        case reader.Sequence():
            return "[" + ", ".join(str(written(one)) for one in node) + "]"
    return "{" + ", ".join(f"{written(key)}: {written(one)}" for key, one in node) + "}"


def _edits(
    old: Node | None, new: Node | None, path: tuple[str, ...], meaning: bool, words: frozenset[str]
) -> Iterator[Edit]:
    """Where two nodes differ, as deep as they are built alike."""
    if old is not None and new is not None and written(old) == written(new):
        return
    if isinstance(old, reader.Mapping) and isinstance(new, reader.Mapping):
        for key in dict.fromkeys((*old.entries, *new.entries)):
            yield from _edits(old.get(key), new.get(key), (*path, key), meaning and key not in words, words)
    elif isinstance(old, reader.Sequence) and isinstance(new, reader.Sequence):
        yield from _in_lists(old.items, new.items, path, meaning, words)
    else:
        yield Edit(path, written(old), written(new), meaning)


def _in_lists(
    old: Sequence[Node], new: Sequence[Node], path: tuple[str, ...], meaning: bool, words: frozenset[str]
) -> Iterator[Edit]:
    before, after = [str(written(one)) for one in old], [str(written(one)) for one in new]
    if sorted(before) == sorted(after):
        places = [str(before.index(one) + 1) for one in after]
        was = ", ".join(str(at) for at in range(1, len(before) + 1))
        yield Edit((*path, ORDER), was, ", ".join(places), meaning)
        return
    for how, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if how != "equal":
            yield from _in_stretches(
                enumerate(old[i1:i2], i1 + 1), enumerate(new[j1:j2], j1 + 1), path, meaning, words
            )


def _in_stretches(
    old: Iterable[tuple[int, Node]],
    new: Iterable[tuple[int, Node]],
    path: tuple[str, ...],
    meaning: bool,
    words: frozenset[str],
) -> Iterator[Edit]:
    """Elements that stand in each other's place: what is of one kind is compared, all else is gone or new."""
    for one, other in zip_longest(old, new):
        if one is not None and other is not None and _kindred(one[1], other[1]):
            yield from _edits(one[1], other[1], (*path, f"#{other[0]}"), meaning, words)
            continue
        if one is not None:
            yield Edit((*path, f"#{one[0]}"), written(one[1]), None, meaning)
        if other is not None:
            yield Edit((*path, f"#{other[0]}"), None, written(other[1]), meaning)


def _kindred(one: Node, other: Node) -> bool:
    """Whether two elements of a list are two writings of one thing: they share a key, and where they can a value."""
    if not isinstance(one, reader.Mapping) or not isinstance(other, reader.Mapping):
        return type(one) is type(other)
    shared = one.entries.keys() & other.entries.keys()
    alike = any(written(one.get(key)) == written(other.get(key)) for key in shared)
    return alike or (bool(shared) and len(one) == len(other) == 1)


def _spellings() -> frozenset[str]:
    """The keys of WORDS in both spellings."""
    found = set(WORDS)
    for model in vars(g).values():
        fields: Mapping[str, Any] = getattr(model, "model_fields", {}) if isinstance(model, type) else {}
        for name, field in fields.items():
            if name.rstrip("_") in WORDS and isinstance(field.json_schema_extra, dict):
                found.add(str(field.json_schema_extra["zh"]))
    return frozenset(found)


_WORDS: Final = _spellings()


__all__ = ["HEAD", "ORDER", "WORDS", "Edit", "ItemChange", "surface", "touched", "written"]
