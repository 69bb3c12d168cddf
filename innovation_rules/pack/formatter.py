"""Edit the text of a pack in place: a tidy layout, and one spelling turned into the other.

`innovation-rules fmt` calls `format_source`. Only what must change is written anew, through the offsets that every
node keeps; comments, order and layout stay as their author wrote them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any, Final, Literal

from innovation_rules.errors import PackError, Problems
from innovation_rules.pack import finder, linker, reader
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Linked, Load, Parsed
from innovation_rules.pack.parser import FIGURE, parse, parse_with_words, spelling_of
from innovation_rules.pack.reader import Document, Mapping, Node, Scalar, Sequence
from innovation_rules.pack.spelling import YES_NO, Names, Space, Walker, is_truth, to_english

Spelling = Literal["zh", "en"]
Around = Literal["value", "key", "list", "group", "group key"]
"""Where a scalar stands: which decides whether it needs quotation marks."""


def format_source(document: Document, names: Spelling | None = None, load: Load | None = None) -> str:
    """The text of a pack, tidy; with `names` in that spelling.

    Raises PackError where the pack does not parse or link, or its labels cannot stand for its names. `load` finds
    what the pack extends, by default beside the file.
    """
    if names is None or spelling_of(document) == names:
        return tidy(document)
    load = load or _beside(Path(document.file).parent)
    text = respelt(document, names, load)
    return tidy(reader.read(text.encode(), document.file))


def _beside(folder: Path) -> Load:
    def load(name: g.Name) -> Parsed:
        document = reader.read_file(finder.find_extended(name, name.place, folder))
        return Parsed(parse(document), document)

    return load


# ------------------------------------------------------------------------------------------ layout


def tidy(document: Document) -> str:
    """No spaces at the ends of lines, no more than one blank line, one before each section, one end of line."""
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    kept = set(_inside_texts(document.root, lines))
    openings = set(_sections(document))
    result: list[str] = []
    fixed = 0
    for number, line in enumerate(lines, 1):
        if number in kept:
            result.append(line)
            fixed = len(result)
            continue
        if number in openings:
            _blank_above(result)
        if line.strip() or (result and result[-1]):
            result.append(line.rstrip())
    while len(result) > fixed and not result[-1]:
        result.pop()
    return "\n".join(result) + "\n"


def _inside_texts(node: Node, lines: list[str]) -> Iterator[int]:
    """The lines whose end stands inside a text of several lines: spaces there may be part of it."""
    if isinstance(node, Scalar):
        place = node.place
        yield from range(place.line, place.end_line + (node.style in ("|", ">")))
        if node.style in ("|", ">") and "+" in lines[place.line - 1][place.column - 1 :]:
            rest = range(place.end_line + 1, len(lines) + 1)
            yield from takewhile(lambda number: not lines[number - 1].strip(), rest)
    elif isinstance(node, Mapping):
        for key, value in node:
            yield from _inside_texts(key, lines)
            yield from _inside_texts(value, lines)
    else:
        for one in node:
            yield from _inside_texts(one, lines)


def _sections(document: Document) -> Iterator[int]:
    """The first lines of the sections: keys at the top whose value is a block of lines."""
    if isinstance(document.root, Mapping):
        for key, value in document.root.items[1:]:
            if not isinstance(value, Scalar) and not value.flow:
                yield key.place.line


def _blank_above(lines: list[str]) -> None:
    """A blank line above the section that comes next, and above the comment that belongs to it."""
    at = len(lines)
    while at and lines[at - 1].startswith("#"):
        at -= 1
    if at and lines[at - 1]:
        lines.insert(at, "")


# ------------------------------------------------------------------------------------------ spelling


def respelt(document: Document, names: Spelling, load: Load) -> str:
    """The text with every name and word in the other spelling. Raises PackError where that cannot be undone."""
    pack, words = parse_with_words(document)
    linked = linker.link(Parsed(pack, document), load)
    edits = Edits(document, names)
    for word in words:
        edits.word(word.at, word.zh if names == "zh" else word.en)
    Respelling(pack, linked, edits).collect()
    edits.problems.raise_if_any()
    text = _schema_line(edits.text(), names)
    if _surface(text, document, load) != linked.surface:
        problems = Problems({document.file: document.text})
        problems.add("spelling-not-reversible", document.root.place)
        problems.fail()
    return text


def _surface(text: str, document: Document, load: Load) -> str:
    """The digest of all that a text says, nothing where it is not a pack."""
    try:
        again = reader.read(text.encode(), document.file)
        return linker.link(Parsed(parse(again), again), load).surface
    except PackError:
        return ""


SCHEMA_LINE: Final = re.compile(
    r"^(# yaml-language-server: \$schema=\S*?)\.(?:zh\.)?schema\.json", re.MULTILINE
)


def _schema_line(text: str, names: Spelling) -> str:
    """The comment that names the schema for editors, for the spelling at hand."""
    return SCHEMA_LINE.sub(r"\1.zh.schema.json" if names == "zh" else r"\1.schema.json", text, count=1)


class Edits:
    """Scalars to be written anew, each in the quotation marks that it needs where it stands."""

    def __init__(self, document: Document, names: Spelling) -> None:
        self.document = document
        self.names = names
        self.problems = Problems({document.file: document.text})
        self.around = dict(_surroundings(document.root, "value"))
        self.new: dict[int, tuple[int, str]] = {}

    def write(self, at: Scalar, text: str) -> None:
        """A word or name; marks that were needless stay, marks that were needed only before go."""
        if text == at.text:
            return
        style = at.style if at.style in ("'", '"') else ""
        if self.names == "en" and style and not fits_plain(at.text, self.around[id(at)]):
            style = ""
        self.put(at, quoted(text, style) if style else self.plainly(text, at))

    def word(self, at: Scalar, text: str) -> None:
        """A word of the language, which needs no marks; those around a truth would make a text of it."""
        keeps = at.style in ("'", '"') and text not in ("true", "false")
        self.put(at, quoted(text, at.style) if keeps else text)

    def write_fact(self, at: Scalar, text: str) -> None:
        """A fact where a number could stand: a Chinese name that starts like one is quoted, an English one never."""
        if self.names == "zh" and FIGURE.match(text):
            self.put(at, quoted(text, '"'))
        elif at.text != text or at.quoted:
            self.put(at, self.plainly(text, at))

    def swap(self, one: Scalar, other: Scalar) -> None:
        """Two scalars change places, with their quotation marks."""
        self.put(one, self.moved(other, one))
        self.put(other, self.moved(one, other))

    def moved(self, scalar: Scalar, to: Scalar) -> str:
        raw = self.document.text[scalar.start : scalar.end]
        keeps = scalar.style in ("'", '"') and "\n" not in raw and "\r" not in raw
        return raw if keeps else self.plainly(scalar.text, to)

    def plainly(self, text: str, at: Scalar) -> str:
        return text if fits_plain(text, self.around[id(at)]) else quoted(text, '"')

    def put(self, at: Scalar, raw: str) -> None:
        self.new[at.start] = at.end, raw

    def text(self) -> str:
        parts, done = [], 0
        for start, (end, raw) in sorted(self.new.items()):
            parts += [self.document.text[done:start], raw]
            done = end
        return "".join([*parts, self.document.text[done:]])


def _surroundings(node: Node, around: Around) -> Iterator[tuple[int, Around]]:
    """Where each scalar stands, by identity."""
    if isinstance(node, Scalar):
        yield id(node), around
    elif isinstance(node, Sequence):
        for one in node:
            yield from _surroundings(one, "list" if node.flow else "value")
    else:
        for key, value in node:
            yield id(key), "group key" if node.flow else "key"
            yield from _surroundings(value, "group" if node.flow else "value")


PROBES: Final[dict[Around, str]] = {
    "value": "k: {}\nz: 1\n",
    "key": "{}: 1\nz: 1\n",
    "list": "[{}, z]\n",
    "group": "{{k: {}, z: 1}}\n",
    "group key": "{{{}: 1, z: 1}}\n",
}


@lru_cache(maxsize=4096)
def fits_plain(text: str, around: Around) -> bool:
    """Whether a text means itself without quotation marks, where it stands."""
    try:
        root = reader.read(PROBES[around].format(text).encode(), "").root
    except PackError:
        return False
    if len(root) != 2:  # type: ignore[arg-type]
        return False
    first: Any = root.items[0]  # type: ignore[union-attr]
    found = first if around == "list" else first["key" not in around]
    return (
        isinstance(found, Scalar) and not found.quoted and found.text == text and isinstance(found.value, str)
    )


def quoted(text: str, style: str) -> str:
    """A text in quotation marks; double ones where single ones cannot hold it."""
    if style == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text, ensure_ascii=False)


class Respelling:
    """Finds in a parsed pack what is called otherwise in the other spelling."""

    def __init__(self, pack: g.Pack, linked: Linked, edits: Edits) -> None:
        self.pack = pack
        self.edits = edits
        self.zh = edits.names == "zh"
        self.read = to_english(edits.problems)
        lineage = (*linked.lineage[:-1], pack)
        self.names = Names(Linked(pack, lineage, linked.sources))

    def collect(self) -> None:
        """Names by the walk that the linker takes too; then what is declared, whose key and label change places."""
        Walker(self.names, self.name, self.fact).item(self.pack)
        for one in _parts(self.pack):
            if isinstance(one, dict):
                self.section(one)
            elif isinstance(one, g.Row):
                self.row(one)
            elif isinstance(one, g.Input):
                self.choices(one)

    def name(self, at: Scalar, text: str, space: Space) -> str:
        new = self.other(at, text, space)
        if space is YES_NO:
            self.edits.put(at, new)
        else:
            self.edits.write(at, new)
        return text

    def fact(self, at: Scalar, text: str, space: Space) -> str:
        self.edits.write_fact(at, self.other(at, text, space))
        return text

    def other(self, at: Scalar, text: str, space: Space) -> str:
        """What a name is called in the other spelling; as it is where it names nothing, which `check` reports."""
        if not self.zh:
            return self.read(at, text, space)
        zh = space.zh.get(text)
        if zh is not None:
            self.unique(at, zh, space.meanings(zh))
        return zh or text

    def unique(self, at: Scalar, zh: str, meanings: Iterable[str]) -> None:
        if len(set(meanings)) > 1:
            self.edits.problems.add("ambiguous-name", at.place, name=zh, ids="、".join(meanings))

    def section(self, section: dict[Any, Any]) -> None:
        """Declared items: the identifier is the key in one spelling, the label in the other."""
        labels: dict[str, str] = {}
        for name, item in section.items():
            if isinstance(item, g.Item) and item.declared and isinstance(name, g.Name):
                label = getattr(item, "label", "") or str(name)
                self.unique(name.at, label, (labels.setdefault(label, str(name)), str(name)))
                self.exchange(name.at, item)

    def row(self, row: g.Row) -> None:
        """{is: large, label: 大型} and {为: 大型, 英文名: large}; a figure, a fact and a truth keep their place."""
        value = row.otherwise if row.is_ is None else row.is_
        if isinstance(value, g.Figure) and not (self.zh and (FIGURE.match(value.text) or is_truth(value))):
            self.exchange(value.node, row)

    def exchange(self, name: Scalar, item: g.Item) -> None:
        """The name of an item and what stands under `label` or 英文名 change places."""
        here, there = ("label", "英文名") if self.zh else ("英文名", "label")
        entry = item.at.entries.get(here) if isinstance(item.at, Mapping) else None
        if entry and isinstance(entry[1], Scalar):
            self.edits.put(entry[0], there)
            self.edits.swap(name, entry[1])

    def choices(self, item: g.Input) -> None:
        """{identifier: label} and {label: identifier}."""
        node = item.at.get("choices" if self.zh else "可选值")
        ids: dict[str, str] = {}
        for key, value in node or ():
            if isinstance(value, Scalar):
                self.unique(value, value.text, (ids.setdefault(value.text, key.text), key.text))
                self.edits.swap(key, value)


def _parts(value: Any) -> Iterator[Any]:
    """Every item and every group of items in a parsed pack."""
    if isinstance(value, g.Item):
        yield value
        for field, one in vars(value).items():
            if field != "at":
                yield from _parts(one)
    elif isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _parts(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _parts(one)
