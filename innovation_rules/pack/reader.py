"""Turn the bytes of a YAML file into a Document: nodes with places, and nothing that a pack must not hold.

`grammar` reads the Document next; `fmt` edits its text through the offsets that every node keeps.

The parser is PyYAML's C loader, its pure Python one where the C library is absent. Only its events are used,
guarded while they stream in, so that nothing deep or large is ever built up. Values are resolved here, not by
YAML 1.1: `no` and `0100` are text. What a refused text means is worked out in `syntax`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from collections.abc import Sequence as SequenceOf
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from innovation_rules.errors import Diagnostic, PackError, Place, Problems, Words
from innovation_rules.pack import syntax

if TYPE_CHECKING:
    from innovation_rules.quantities import DecimalText

__all__ = [
    "Document",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "Source",
    "Value",
    "node_kind",
    "read",
    "read_file",
    "suspicion",
]

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 1_000_000
MAX_TEXT = 100_000
MAX_PROBLEMS = 1_000

Value = "bool | int | DecimalText | str | None"


class Source:
    """The text of one file, and the way from offsets in it to places."""

    __slots__ = ("_starts", "file", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._starts: list[int] | None = None

    def place(self, start: int, end: int) -> Place:
        """The place of the characters from `start` up to `end` (offsets in `text`)."""
        return Place(self.file, *self.line_column(start), *self.line_column(max(start, end)))

    def line_column(self, offset: int) -> tuple[int, int]:
        """The line and column, from 1, of an offset."""
        if self._starts is None:
            self._starts = [0, *(found.end() for found in syntax.LINE_BREAK.finditer(self.text))]
        offset = min(offset, len(self.text))
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


class Scalar:
    """One word, number or text. `start` and `end` are offsets in the Document's text, quotes included."""

    __slots__ = ("end", "source", "start", "style", "text")

    def __init__(self, text: str, style: str, start: int, end: int, source: Source) -> None:
        self.text = text
        self.style = style
        self.start = start
        self.end = end
        self.source = source

    @property
    def quoted(self) -> bool:
        """Whether it stands in quotes or is a block (`|`, `>`), and so is text whatever it says."""
        return self.style != ""

    @property
    def place(self) -> Place:
        """Where it stands, quotation marks included."""
        return self.source.place(self.start, self.end)

    @property
    def value(self) -> bool | int | DecimalText | str | None:
        """What it says (see `resolve`); in quotes it is text whatever it says."""
        return self.text if self.style else resolve(self.text)

    def __repr__(self) -> str:
        return f"Scalar({self.text!r})"


class Sequence:
    """A list of nodes."""

    __slots__ = ("end", "flow", "items", "source", "start")

    def __init__(self, items: list[Node], start: int, end: int, flow: bool, source: Source) -> None:
        self.items = items
        self.start = start
        self.end = end
        self.flow = flow
        self.source = source

    @property
    def place(self) -> Place:
        """From its first character to the end of its last item or bracket."""
        return self.source.place(self.start, self.end)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"Sequence({self.items!r})"


class Mapping:
    """Keys and their nodes in the order of the text; a key is a Scalar and stands once."""

    __slots__ = ("end", "entries", "flow", "source", "start")

    def __init__(
        self, entries: dict[str, tuple[Scalar, Node]], start: int, end: int, flow: bool, source: Source
    ) -> None:
        self.entries = entries
        self.start = start
        self.end = end
        self.flow = flow
        self.source = source

    @property
    def items(self) -> list[tuple[Scalar, Node]]:
        """Pairs of key and node."""
        return list(self.entries.values())

    @property
    def place(self) -> Place:
        """From its first character to the end of its last value or bracket."""
        return self.source.place(self.start, self.end)

    def get(self, key: str) -> Node | None:
        """The node of a key, None where the key is absent."""
        found = self.entries.get(key)
        return found[1] if found else None

    def key(self, key: str) -> Scalar | None:
        """The key itself as a node, None where it is absent."""
        found = self.entries.get(key)
        return found[0] if found else None

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        return f"Mapping({self.items!r})"


Node = Scalar | Sequence | Mapping


class Document:
    """What a file holds: its root node, its name and its text without a byte order mark."""

    __slots__ = ("root", "source")

    def __init__(self, root: Node, source: Source) -> None:
        self.root = root
        self.source = source

    @property
    def file(self) -> str:
        """The name that places carry."""
        return self.source.file

    @property
    def text(self) -> str:
        """The text that offsets point into."""
        return self.source.text

    def node_at(self, path: SequenceOf[str | int]) -> Node:
        """The node at a path of keys and indexes; what can't be followed is passed over.

        So the `loc` of a pydantic error, which holds names of models too, leads as far as the text goes, and
        a missing key leads to the mapping that lacks it.
        """
        return self._follow(path)[1]

    def place_of(self, path: SequenceOf[str | int], *, key: bool = False) -> Place:
        """The place of the node at a path, or with `key` that of the key that holds it (see `node_at`)."""
        found_key, node = self._follow(path)
        return found_key.place if key and found_key else node.place

    def _follow(self, path: SequenceOf[str | int]) -> tuple[Scalar | None, Node]:
        key: Scalar | None = None
        node = self.root
        for step in path:
            if isinstance(node, Mapping) and (found := node.entries.get(str(step))):
                key, node = found
            elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
                key, node = None, node.items[step]
        return key, node


# --- values -----------------------------------------------------------------------------------------------

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,39})\Z")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,39})\.[0-9]{1,40}\Z")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


def resolve(text: str) -> bool | int | DecimalText | str | None:
    """What an unquoted scalar says: true, false, null (`~`, nothing), an integer, a decimal, a text.

    Leading zeros, other bases, separators, more than 40 digits make text: `0100`, `0x1F`, `1_000`, `12:30`.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _DECIMAL.match(text):
        from innovation_rules.quantities import (
            DecimalText,
        )  # here: it brings pydantic, which reading needs not

        return DecimalText(text)
    return text


def node_kind(node: Node) -> Words:
    """What a node is, for a message that expected something else."""
    if isinstance(node, Mapping):
        return Words("一组“名称: 值”", "a group of `name: value`")
    if isinstance(node, Sequence):
        return Words("列表", "a list")
    value = node.value
    if value is None:
        return Words("空值", "nothing")
    if isinstance(value, bool):
        return Words("是非值", "true or false")
    if isinstance(value, int):
        return Words("不带单位的整数", "an integer without a unit")
    return Words("文字", "text") if node.quoted or type(value) is str else Words("小数", "a decimal")


def suspicion(node: Node) -> Diagnostic | None:
    """Why a text stands where a list or a group was expected: punctuation that YAML took for letters.

    The grammar asks this before it says that the shape is wrong: `- is：large`, `label:大型`.
    """
    if not isinstance(node, Scalar) or node.quoted:
        return None
    raw = node.source.text[node.start : node.end]
    fault = syntax.suspect(raw)
    return _diagnostic(fault.moved(node.start), node.source) if fault else None


# --- files and bytes --------------------------------------------------------------------------------------


def read_file(path: str | Path) -> Document:
    """Read a YAML file; places carry the path as given. PackError as `read`, and for what is no file."""
    file = str(path)
    try:
        return read(_bytes_of(Path(path), file), file)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "NUL"
        missing = isinstance(problem, (FileNotFoundError, NotADirectoryError))
        _refuse("no-such-file" if missing else "unreadable-file", file, reason=reason)


def _bytes_of(path: Path, file: str) -> bytes:
    if path.is_dir():
        _refuse("is-a-directory", file)
    if path.exists() and not path.is_file():
        _refuse("not-a-regular-file", file)
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _refuse(code: str, file: str, **fields: object) -> NoReturn:
    raise PackError([Diagnostic(code, None, {"file": file, **fields})])


def read(data: bytes, file: str) -> Document:
    """Read YAML. PackError with every mistake found and its place; no other exception, whatever the bytes."""
    if len(data) > MAX_BYTES:
        raise PackError([Diagnostic("file-too-large", Place(file, 1, 1, 1, 1), {"limit": MAX_BYTES})])
    source = Source(file, _decode(data, file))
    _fail(syntax.hidden_character(source.text), source)
    _fail(syntax.misplaced_tab(source.text), source)
    return _Builder(source).document()


def _fail(fault: syntax.Fault | None, source: Source) -> None:
    if fault:
        raise PackError([_diagnostic(fault, source)], {source.file: source.text})


def _diagnostic(fault: syntax.Fault, source: Source) -> Diagnostic:
    related = tuple((source.place(start, end), label) for start, end, label in fault.related)
    return Diagnostic(fault.code, source.place(fault.start, fault.end), fault.fields, related)


def _decode(data: bytes, file: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:2].count(0) == 1:
        raise PackError([Diagnostic("utf16-encoding", Place(file, 1, 1, 1, 1), {})])
    body = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return body.decode()
    except UnicodeDecodeError as problem:
        raise _undecodable(body, file, problem.start) from None


def _undecodable(body: bytes, file: str, at: int) -> PackError:
    """What is wrong with bytes that are not UTF-8, shown in the text with the bad bytes replaced."""
    source = Source(file, body.decode("utf-8", "replace"))
    start = len(body[:at].decode())
    code = "gbk-encoding" if _is_gbk(body) else "not-utf8"
    place, fields = source.place(start, start + 1), {"byte": f"0x{body[at]:02X}"}
    return PackError([Diagnostic(code, place, fields)], {file: source.text})


def _is_gbk(data: bytes) -> bool:
    try:
        return any("\u4e00" <= character <= "\u9fff" for character in data.decode("gb18030"))
    except UnicodeDecodeError:
        return False


# --- events to nodes --------------------------------------------------------------------------------------


def _events(source: Source) -> Callable[[], Any]:
    """The parser's one verb: the next event."""
    if yaml.__with_libyaml__:
        parser: Any = yaml.CSafeLoader(source.text.encode())
    else:
        parser = yaml.SafeLoader(source.text)
    get_event: Callable[[], Any] = parser.get_event
    return get_event


_PARSER_ERRORS = (yaml.YAMLError, ValueError, OverflowError)  # the last two: the pure parser, of an escape


_NO_KEYS = {"<<": "merge-key", "": "empty-key"}


class _Builder:
    """Builds nodes from the events of one text, one method for each kind of node."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.next_event = _events(source)
        self.problems = Problems({source.file: source.text})
        self.nodes = 0

    def document(self) -> Document:
        try:
            root = self._only_document()
        except _PARSER_ERRORS as problem:
            if not any(one.code.startswith("full-width") for one in self.problems):  # those are the cause
                self.problems.extend([_diagnostic(_explain(problem, self.source), self.source)])
            self.problems.fail()
        self.problems.raise_if_any()
        return Document(root, self.source)

    def _only_document(self) -> Node:
        self.next_event()
        opening = self.next_event()
        if isinstance(opening, yaml.StreamEndEvent):
            self._stop("empty-file", 0, 0)
        directive = syntax.directive(self.source.text[: opening.end_mark.index])
        if directive:
            self._report(directive)
        root = self._node(self.next_event(), 0, "")
        if isinstance(root, Scalar) and not root.quoted and not root.text:
            self._stop("empty-file", 0, 0)
        if found := suspicion(root):
            self.problems.extend([found])
        self.next_event()
        after = self.next_event()
        if not isinstance(after, yaml.StreamEndEvent):
            self._stop("second-document", after.start_mark.index, after.end_mark.index)
        return root

    def _node(self, event: Any, depth: int, around: str) -> Node:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event, around)
        if kind is yaml.MappingStartEvent:
            return self._mapping(event, depth + 1)
        if kind is yaml.AliasEvent:
            self._stop("alias", event.start_mark.index, event.end_mark.index, name=event.anchor)
        return self._sequence(event, depth + 1)

    def _scalar(self, event: Any, around: str) -> Scalar:
        text, style = event.value, event.style or ""
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        if len(text) > MAX_TEXT:
            self._stop("text-too-long", start, start + 1, limit=MAX_TEXT)
        if not style:
            if not text.isascii():
                self._check_plain(start, end, around)
        elif style == '"':
            if not text.isprintable():
                self._check_escapes(start, end)
        elif style != "'":
            end = syntax.end_without_blank_lines(self.source.text, start, end)
        return Scalar(text, style, start, end, self.source)

    def _mapping(self, opening: Any, depth: int) -> Mapping:
        self._enter(opening, depth)
        next_event, scalar_event = self.next_event, yaml.ScalarEvent
        closing: Any = yaml.MappingEndEvent
        flow, start = bool(opening.flow_style), opening.start_mark.index
        around = "group" if flow else ""
        entries: dict[str, tuple[Scalar, Node]] = {}
        while type(event := next_event()) is not closing:
            if type(event) is not scalar_event:
                self._refuse_key(event)
            key = self._scalar(event, "key")
            event = next_event()
            node = (
                self._scalar(event, around)
                if type(event) is scalar_event
                else self._node(event, depth, around)
            )
            self._count(key)
            if entries.setdefault(key.text, pair := (key, node)) is not pair:
                self._duplicate(entries[key.text][0], key)
            if key.text in _NO_KEYS and not key.style:
                self.problems.add(_NO_KEYS[key.text], key.place)
        end = event.end_mark.index if flow else next(reversed(entries.values()))[1].end if entries else start
        return Mapping(entries, start, end, flow, self.source)

    def _sequence(self, opening: Any, depth: int) -> Sequence:
        self._enter(opening, depth)
        next_event, scalar_event = self.next_event, yaml.ScalarEvent
        closing: Any = yaml.SequenceEndEvent
        flow, start = bool(opening.flow_style), opening.start_mark.index
        around = "list" if flow else ""
        items: list[Node] = []
        while type(event := next_event()) is not closing:
            node = (
                self._scalar(event, around)
                if type(event) is scalar_event
                else self._node(event, depth, around)
            )
            self._count(node)
            items.append(node)
        end = event.end_mark.index if flow else items[-1].end if items else start
        return Sequence(items, start, end, flow, self.source)

    # --- guards -------------------------------------------------------------------------------------------

    def _enter(self, opening: Any, depth: int) -> None:
        if opening.anchor is not None or opening.tag is not None:
            self._refuse_properties(opening)
        if depth > MAX_DEPTH:
            start = opening.start_mark.index
            self._stop("too-deep", start, start + 1, limit=MAX_DEPTH)

    def _count(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._stop("too-many-nodes", node.start, node.start + 1, limit=MAX_NODES)

    def _check_plain(self, start: int, end: int, around: str) -> None:
        self._note(syntax.misread(self.source.text[start:end], around), start)

    def _check_escapes(self, start: int, end: int) -> None:
        self._note(syntax.hidden_escape(self.source.text[start:end]), start)

    def _note(self, fault: syntax.Fault | None, start: int) -> None:
        if fault:
            self.problems.extend([_diagnostic(fault.moved(start), self.source)])
            self._enough()

    def _enough(self) -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            self.problems.fail()

    def _duplicate(self, first: Scalar, again: Scalar) -> None:
        self.problems.add(
            "duplicate-key",
            again.place,
            related=[(first.place, "first-defined-here")],
            key=again.text,
            first=first.place.line,
        )
        self._enough()

    def _refuse_key(self, event: Any) -> NoReturn:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            self._stop("alias", start, end, name=event.anchor)
        group = isinstance(event, yaml.MappingStartEvent)
        found = Words("一组“名称: 值”", "a group of `name: value`") if group else Words("列表", "a list")
        self._stop("complex-key", start, start + 1, found=found)

    def _refuse_properties(self, event: Any) -> NoReturn:
        self._report(syntax.foreign_at(self.source.text, event.start_mark.index))

    def _stop(self, code: str, start: int, end: int, **fields: object) -> NoReturn:
        self._report(syntax.Fault(code, start, end, fields))

    def _report(self, fault: syntax.Fault) -> NoReturn:
        self.problems.extend([_diagnostic(fault, self.source)])
        self.problems.fail()


def _explain(problem: Exception, source: Source) -> syntax.Fault:
    """The parser's refusal in our own words."""
    at = getattr(problem, "problem_mark", None)
    if at is None:
        return syntax.bad_escape(source.text)
    began = getattr(problem, "context_mark", None)
    words = f"{getattr(problem, 'context', '')} {getattr(problem, 'problem', '')}"
    return syntax.explain(
        source.text, syntax.Refusal(at.index, began.index if began else None, words.lower())
    )
