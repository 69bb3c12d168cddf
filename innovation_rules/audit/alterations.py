"""Say in which ways a pack's document can be altered, one place at a time, and apply one of them.

`mutation` makes a mutant of each and asks who notices. An alteration is made on the nodes of the YAML document,
so it has a place and is spelt as its author spelt it; what it leaves is read like any document. WAYS is the list;
each way is one small function that looks at one spot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from innovation_rules.errors import Place
from innovation_rules.pack import parser
from innovation_rules.pack.reader import Document, Mapping, Node, Scalar
from innovation_rules.pack.reader import Sequence as List
from innovation_rules.quantities import LEVELS, QuantityError, format_quantity, parse_literal

Path = tuple[str | int, ...]
Role = Literal["plain", "condition", "conditions", "filter", "test", "rows", "many rows"]
Kind = Literal[
    "figure",
    "comparison",
    "connective",
    "number of",
    "branch",
    "not",
    "level",
    "date",
    "member",
    "rows",
    "choice",
]

SECTIONS: Final = (
    "in_force",
    "periods",
    "parameters",
    "facts",
    "layers",
    "profile",
    "classes",
    "reports",
    "coverages",
    "awards",
)
"""What a decision on an enterprise rests on. A region's targets and schedule are judged elsewhere: no worked case
decides them."""
SAID: Final = frozenset(
    {
        *(
            "label",
            "english",
            "source",
            "interpretation",
            "verified",
            "responsible",
            "inventory",
            "overrides",
        ),
        *("note", "granted_by", "funded_by", "bearing", "discretionary", "paid_to"),
        *("beneficiary", "quoted", "grants", "rises_with", "unit"),
    }
)
"""Keys whose values are read by people, or name other things: no outcome rests on a figure or a list there."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """One change to a document: what stands at `path` becomes `node`."""

    kind: Kind
    section: str
    id: str
    clause: str
    place: Place
    before: str
    after: str
    """Empty where something is left out."""
    path: Path
    node: Node

    def __str__(self) -> str:
        return f"{self.before} → {self.after}" if self.after else f"− {self.before}"

    def of(self, document: Document) -> Document:
        """The document with this one change."""
        return Document(_put(document.root, self.path, self.node), document.source)


class Change(NamedTuple):
    """What a way makes of a spot: where the author finds it, and what replaces the spot's node."""

    kind: Kind
    at: Node
    before: str
    after: str
    node: Node


class Spot(NamedTuple):
    """A node, the English word of the key that it stands under, and what part it plays."""

    node: Node
    key: str
    role: Role
    words: dict[int, str]
    """The English word at the offset of each word of the language."""
    zh: bool
    path: Path = ()
    clause: str = ""

    def word(self, key: Scalar) -> str:
        """A key as the English spelling has it."""
        return self.words.get(key.start, key.text)

    def spelt(self, english: str) -> str:
        """A word of conditions as this document spells it."""
        return parser.other_words(False)[english] if self.zh else english


def alterations(document: Document) -> list[Alteration]:
    """Every way in which one thing of the document can be altered, in the order of the text. Raises PackError."""
    _, words = parser.parse_with_words(document)
    zh = parser.spelling_of(document) == "zh"
    root = document.root
    assert isinstance(root, Mapping)
    spot = Spot(root, "", "plain", {one.at.start: one.en for one in words}, zh)
    found = [
        Alteration(kind, section, id, one.clause, at.place, before, after, one.path, node)
        for key, value in root.items
        if (section := spot.word(key)) in SECTIONS
        for one in _spots(spot._replace(node=value, key=section, role=_role(section), path=(key.text,)))
        for kind, at, before, after, node in _changes(one)
        for id in [str(one.path[1]) if len(one.path) > 1 else ""]
    ]
    return sorted(found, key=lambda one: one.place[1:])


def _changes(spot: Spot) -> Iterator[Change]:
    for way in WAYS:
        yield from way(spot)


# ------------------------------------------------------------------------------------------ the way through

CONDITIONS: Final = frozenset(
    {"when", "where", "eligible_when", "unless", "covered_when", "scope", "not", "condition"}
)
FILTERS: Final = frozenset({"exists", "count", "total", "for_each", "holds"})
LISTS: Final = frozenset({"all", "any", "of"})


def _role(section: str) -> Role:
    return "conditions" if section == "profile" else "plain"


def _spots(spot: Spot) -> Iterator[Spot]:
    """The spot and all below it, but for what is only said."""
    node = spot.node
    if isinstance(node, Mapping):
        spot = spot._replace(clause=_clause(node, spot))
    yield spot
    if isinstance(node, Mapping):
        for key, value in node.items:
            word = spot.word(key)
            if not _only_said(word, spot):
                below = spot._replace(node=value, key=word, path=(*spot.path, key.text))
                yield from _spots(below._replace(role=_below(word, spot)))
    elif isinstance(node, List):
        role: Role = (
            "condition" if spot.role == "conditions" else "plain" if "rows" in spot.role else spot.role
        )
        for index, value in enumerate(node.items):
            yield from _spots(spot._replace(node=value, role=role, path=(*spot.path, index)))


def _only_said(word: str, spot: Spot) -> bool:
    """Whether nothing decides by what stands under a key; an award's own `kind` is a heading."""
    own = spot.role == "plain" and len(spot.path) == 2
    return (
        (own and word in SAID)
        or (word in ("label", "source", "note") and spot.role == "plain")
        or (own and word == "kind")
    )


def _clause(node: Mapping, spot: Spot) -> str:
    for key, value in node.items:
        if spot.word(key) == "source" and spot.role == "plain":
            return "、".join(one.text for one in _scalars(value))
    return spot.clause


def _scalars(node: Node) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    return [one for one in node if isinstance(one, Scalar)] if isinstance(node, List) else []


def _below(word: str, spot: Spot) -> Role:
    """The part that a value plays, by its key and by the part of the mapping that it stands in."""
    if spot.role == "conditions" and isinstance(spot.node, Mapping):
        return "conditions" if word in LISTS else "condition" if spot.key == "profile" else "plain"
    if spot.role == "condition":
        return _in_condition(word)
    if word in CONDITIONS:
        return "condition"
    if word in FILTERS:
        return "filter"
    if word in ("rows", "table"):
        return "many rows" if _is_many(spot) else "rows"
    return "test" if spot.role in ("filter", "test") else "plain"


def _in_condition(word: str) -> Role:
    if word in ("all", "any", "at_least_of"):
        return "conditions"
    if word == "not":
        return "condition"
    return "filter" if word in FILTERS else "plain" if word in ("active", "has_activity") else "test"


def _is_many(spot: Spot) -> bool:
    node = spot.node
    assert isinstance(node, Mapping)
    return any(
        spot.word(key) == "many" and value.value is True
        for key, value in node.items
        if isinstance(value, Scalar)
    )


# ------------------------------------------------------------------------------------------ the ways


def figures(spot: Spot) -> Iterator[Change]:
    """A figure one smallest unit higher or lower: 2000万元 → 2000.000001万元."""
    for at, put in _values(spot):
        for text in _beside(at.text) if not at.quoted and not DATE.fullmatch(at.text) else ():
            yield Change("figure", at, at.text, text, put(_scalar(at, text)))


def days(spot: Spot) -> Iterator[Change]:
    """A day one later or earlier; a year of {year: 2018} likewise."""
    for at, put in _values(spot):
        if DATE.fullmatch(at.text):
            day = date.fromisoformat(at.text)
            others = [(day + timedelta(by)).isoformat() for by in (1, -1)]
        elif spot.key == "year" and at.text.isdigit():
            others = [str(int(at.text) + by) for by in (1, -1)]
        else:
            continue
        for text in others:
            yield Change("date", at, at.text, text, put(_scalar(at, text)))


def levels(spot: Spot) -> Iterator[Change]:
    """A level one higher or lower."""
    at = spot.node
    names = [one.zh if spot.zh else one.value for one in LEVELS]
    if isinstance(at, Scalar) and at.text in names and spot.role == "test":
        rank = names.index(at.text)
        for text in names[max(0, rank - 1) : rank] + names[rank + 1 : rank + 2]:
            yield Change("level", at, at.text, text, _scalar(at, text))


def comparisons(spot: Spot) -> Iterator[Change]:
    """以上 for 超过, 以下 for 不满, and back."""
    yield from _swapped(spot, COMPARISONS, "comparison")


def connectives(spot: Spot) -> Iterator[Change]:
    """Any for all and all for any; also where several keys stand for all."""
    if spot.role != "condition" or not isinstance(spot.node, Mapping):
        return
    yield from _swapped(spot, {"any": "all", "all": "any"}, "connective")
    node = spot.node
    if len(node) > 1:
        parts = [_mapping(node, [entry]) for entry in node.items]
        either = _key(spot.spelt("any"), node)
        after = f"{either.text}: [{', '.join(f'{{{_entry(entry)}}}' for entry in node.items)}]"
        new = _mapping(node, [(either, _list(node, parts))])
        yield Change("connective", node, _text(node), after, new)


def extremes(spot: Spot) -> Iterator[Change]:
    """The largest for the smallest; rounded down for up."""
    yield from _swapped(spot, {"max": "min", "min": "max"}, "choice")
    at = spot.node
    words = ("四舍五入", "舍去", "进位") if spot.zh else ("half_up", "down", "up")
    if spot.key == "mode" and isinstance(at, Scalar):
        for text in words:
            if text != at.text:
                yield Change("choice", at, at.text, text, _scalar(at, text))


def numbers_of(spot: Spot) -> Iterator[Change]:
    """One more or one fewer of k of n."""
    if spot.key != "at_least_of" or not isinstance(spot.node, Mapping):
        return
    entries = {spot.word(key): (key, value) for key, value in spot.node.items}
    (at, n), (_, parts) = entries["n"], entries["of"]
    if isinstance(n, Scalar) and isinstance(parts, List):
        for number in (int(n.text) - 1, int(n.text) + 1):
            if 1 <= number <= len(parts):
                fewer = _with_key(spot.node, at, at, _scalar(n, str(number)))
                yield Change("number of", n, n.text, str(number), fewer)


def negations(spot: Spot) -> Iterator[Change]:
    """A `not` left out; yes for no."""
    node = spot.node
    if spot.role == "condition" and isinstance(node, Mapping):
        for key, value in node.items:
            if spot.word(key) == "not":
                bare = value if len(node) == 1 else _instead(spot, node, key, value)
                yield Change("not", key, _entry((key, value)), _text(value), bare)
    elif isinstance(node, Scalar) and spot.role == "test" and spot.key != "is_known":
        opposite = {"true": "false", "false": "true", "是": "否", "否": "是"}.get(node.text)
        if opposite and not node.quoted:
            yield Change("not", node, node.text, opposite, _scalar(node, opposite))


def branches(spot: Spot) -> Iterator[Change]:
    """One of several conditions left out, a part of what is asked of an activity, an `unless`, a cap."""
    node = spot.node
    if isinstance(node, List) and spot.role == "conditions" and len(node) > 1:
        yield from _shorter(node, "branch")
    if not isinstance(node, Mapping):
        return
    words = {spot.word(key): key for key, _ in node.items}
    for word, key in words.items():
        if _may_go(word, words, spot):
            kept = [entry for entry in node.items if entry[0] is not key]
            yield Change(
                "branch", key, f"{key.text}: {_text(node.entries[key.text][1])}", "", _mapping(node, kept)
            )


LEFT_OUT: Final = frozenset(
    {"unless", "cap", "cap_each", "floor", "rounding", "scope", "or_since", "for_each"}
)
"""Keys of an item that only add to it."""


def _may_go(word: str, words: dict[str, Scalar], spot: Spot) -> bool:
    """Whether a key can be left out and something that says less remains."""
    if spot.role == "condition":
        return len(words) > 1
    if spot.role == "filter":
        implied = word == "category" and "kind" in words
        return (
            len(words) > 1
            and word not in ("of", "during")
            and not implied
            and (spot.key != "holds" or word != "kind")
        )
    if spot.key in ("at_least", "more_than", "at_most", "less_than", "values"):
        return len(words) > 1
    return spot.role == "plain" and word in LEFT_OUT and _keeps_a_rule(word, words)


def _keeps_a_rule(word: str, words: dict[str, Scalar]) -> bool:
    """A scope or an `unless` may go; a for_each only where conditions stay."""
    return word != "for_each" or ("eligible_when" in words and "amount" not in words)


def members(spot: Spot) -> Iterator[Change]:
    """One of several kinds, statuses, values or categories left out."""
    node = spot.node
    if not isinstance(node, List) or spot.key in ("between", "share", "reports", "range"):
        return
    if len(node) > 1 and spot.role in ("test", "plain") and len(_scalars(node)) == len(node):
        yield from _shorter(node, "member")


def rows(spot: Spot) -> Iterator[Change]:
    """Two rows of a table in the other order, or one left out; where several may hold their order says nothing."""
    node = spot.node
    if "rows" not in spot.role or not isinstance(node, List):
        return
    items = node.items
    asked = [index for index, one in enumerate(items) if not _is_last(one, spot)]
    if len(asked) > 1:
        yield from (
            one._replace(kind="rows")
            for one in _shorter(node, "rows")
            if one.at in [items[at] for at in asked]
        )
    for index in asked[1:] if spot.role == "rows" else ():
        swapped = [*items[: index - 1], items[index], items[index - 1], *items[index + 1 :]]
        yield Change(
            "rows", items[index], f"{index} {index + 1}", f"{index + 1} {index}", _list(node, swapped)
        )


def _is_last(row: Node, spot: Spot) -> bool:
    return isinstance(row, Mapping) and any(spot.word(key) == "otherwise" for key, _ in row.items)


WAYS: Final[tuple[Callable[[Spot], Iterator[Change]], ...]] = (
    figures,
    days,
    levels,
    comparisons,
    connectives,
    extremes,
    numbers_of,
    negations,
    branches,
    members,
    rows,
)
"""Every way to alter a spot."""

# ------------------------------------------------------------------------------------------ their tools

DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMBER: Final = re.compile(r"[-+]?\d")
COMPARISONS: Final = {
    "at_least": "more_than",
    "more_than": "at_least",
    "at_most": "less_than",
    "less_than": "at_most",
}


def _values(spot: Spot) -> Iterator[tuple[Scalar, Callable[[Scalar], Node]]]:
    """The scalar of a spot, and the keys of a mapping by day or by step, with what puts another in its place."""
    node = spot.node
    if isinstance(node, Scalar):
        yield node, lambda new: new
    elif isinstance(node, Mapping) and spot.key in (*COMPARISONS, "values"):
        for key, value in node.items:
            yield key, lambda new, old=key, kept=value: _with_key(node, old, new, kept)  # type: ignore[misc]


def _beside(text: str) -> list[str]:
    """The figures one smallest unit above and below, in the unit that is written; none of what is no figure."""
    if not NUMBER.match(text):
        return []
    try:
        type, value, unit = parse_literal(text)
        return [format_quantity(int(value) + by, type, unit, "zh") for by in (1, -1)]
    except QuantityError:
        return []


def _swapped(spot: Spot, words: dict[str, str], kind: Kind) -> Iterator[Change]:
    """Each key of a mapping that is one of some words, replaced by its counterpart."""
    node = spot.node
    if not isinstance(node, Mapping):
        return
    present = {spot.word(key) for key, _ in node.items}
    for key, value in node.items:
        other = words.get(spot.word(key))
        if other and other not in present and key.start in spot.words:
            new = _key(spot.spelt(other), key)
            yield Change(kind, key, key.text, new.text, _with_key(node, key, new, value))


def _shorter(node: List, kind: Kind) -> Iterator[Change]:
    for index, one in enumerate(node.items):
        kept = [*node.items[:index], *node.items[index + 1 :]]
        yield Change(kind, one, _text(one), "", _list(node, kept))


def _instead(spot: Spot, node: Mapping, key: Scalar, value: Node) -> Node:
    """The mapping with a bare condition where a `not` stood; under `all` or `any`, whichever is free."""
    word = next(one for one in ("all", "any") if spot.spelt(one) not in node)
    return _with_key(node, key, _key(spot.spelt(word), key), _list(node, [value]))


def _text(node: Node) -> str:
    """What the author wrote, on one line."""
    return " ".join(node.source.text[node.start : node.end].split())


def _entry(entry: tuple[Scalar, Node]) -> str:
    key, value = entry
    return f"{key.text}: {_text(value)}"


def _scalar(like: Scalar, text: str) -> Scalar:
    return Scalar(text, like.style, like.start, like.end, like.source)


def _key(text: str, like: Node) -> Scalar:
    return Scalar(text, "", like.start, like.end, like.source)


def _mapping(like: Mapping, entries: Sequence[tuple[Scalar, Node]]) -> Mapping:
    return Mapping(
        {key.text: (key, value) for key, value in entries}, like.start, like.end, like.flow, like.source
    )


def _list(like: Node, items: Sequence[Node]) -> List:
    return List([*items], like.start, like.end, True, like.source)


def _with_key(node: Mapping, old: Scalar, new: Scalar, value: Node) -> Mapping:
    return _mapping(node, [(new, value) if key is old else (key, one) for key, one in node.items])


def _put(node: Node, path: Path, new: Node) -> Node:
    """A copy of the nodes along a path with another node at its end."""
    if not path:
        return new
    at, rest = path[0], path[1:]
    if isinstance(node, Mapping):
        return _mapping(
            node, [(key, _put(one, rest, new) if key.text == at else one) for key, one in node.items]
        )
    assert isinstance(node, List)
    return List(
        [_put(one, rest, new) if index == at else one for index, one in enumerate(node.items)],
        node.start,
        node.end,
        node.flow,
        node.source,
    )


__all__ = ["Alteration", "alterations"]
