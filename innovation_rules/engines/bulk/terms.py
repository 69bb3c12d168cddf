"""Expressions of SQL as trees, so that text is written once, at the end, of what is read and nothing else.

`sql` builds tables of them. Equal expressions are one object, so that one read twice is found and becomes a column;
what is certain from the shape alone (and of one thing, a choice between equals) is never written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from innovation_rules.engines.bulk.adapter import Kind

Form = Literal[
    "column",
    "value",
    "and",
    "or",
    "not",
    "null?",
    "compare",
    "case",
    "coalesce",
    "in",
    "begin",
    "calculate",
    "widen",
    "part",
    "word",
    "worded",
    "mask",
    "lanes",
]
"""The last four are frames', never text: words of a closed list, flags as bits, counts side by side in a number."""
Plain = int | str | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One expression: a form, a word where the form needs one (a name, an operator), the kind of a value, and parts.

    `size` is how many expressions it is made of, `names` the columns that it reads; `sure` means never null.
    """

    form: Form
    word: str = ""
    value: Plain = None
    kind: Kind = "truth"
    parts: tuple[Term, ...] = ()
    size: int = 1
    names: frozenset[str] = field(default=frozenset(), repr=False)
    sure: bool = False

    def is_value(self, *values: Plain) -> bool:
        """One of these constants."""
        return self.form == "value" and any(self.value is one for one in values)


class Terms:
    """Makes terms; equal ones are one object."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Term] = {}
        self.true, self.false = self.constant(True, "truth"), self.constant(False, "truth")

    def make(
        self,
        form: Form,
        parts: Sequence[Term] = (),
        word: str = "",
        value: Plain = None,
        kind: Kind = "truth",
    ) -> Term:
        """That term, the one made before where there is one."""
        key = (form, word, value.__class__, value, kind, *map(id, parts))
        found = self._made.get(key)
        if found is None:
            names = (
                frozenset([word]) if form == "column" else frozenset().union(*(one.names for one in parts))
            )
            size = 1 + sum(one.size for one in parts)
            found = self._made[key] = Term(
                form, word, value, kind, tuple(parts), size, names, _sure(form, value, parts)
            )
        return found

    def column(self, name: str, *, sure: bool = False) -> Term:
        return self.make("column", word=name, value=sure)

    def constant(self, value: Plain, kind: Kind) -> Term:
        return self.make("value", value=value, kind=kind)

    # ---------------------------------------------------------------------------------------- truth

    def both(self, items: Iterable[Term]) -> Term:
        """Kleene's and."""
        return self._joined("and", items, self.true, self.false)

    def either(self, items: Iterable[Term]) -> Term:
        """Kleene's or."""
        return self._joined("or", items, self.false, self.true)

    def _joined(self, form: Form, items: Iterable[Term], nothing: Term, decides: Term) -> Term:
        flat = (part for one in items for part in (one.parts if one.form == form else (one,)))
        left = [one for one in dict.fromkeys(flat) if one is not nothing]
        if decides in left:
            return decides
        return left[0] if len(left) == 1 else self.make(form, left) if left else nothing

    def opposite(self, item: Term) -> Term:
        if item.form == "not":
            return item.parts[0]
        if item.form == "value":
            return item if item.value is None else self.constant(not item.value, "truth")
        return self.make("not", [item])

    def is_null(self, item: Term) -> Term:
        if item.is_value(None):
            return self.true
        return self.false if item.sure else self.make("null?", [item])

    # ---------------------------------------------------------------------------------------- choices

    def choose(self, when: Term, then: Term, otherwise: Term) -> Term:
        """`when` is never null."""
        if then is otherwise or when is self.true:
            return then
        if when is self.false:
            return otherwise
        if when.form == "null?" and when.parts[0] is otherwise and then.form == "value":
            return self.coalesce(otherwise, then)
        if when.form == "not" and otherwise.form != "case":
            return self.choose(when.parts[0], otherwise, then)
        rest = otherwise.parts if otherwise.form == "case" else (otherwise,)
        return self.make("case", (when, then, *rest))

    def coalesce(self, item: Term, instead: Term) -> Term:
        """An expression, and a constant where it is null."""
        if item.is_value(None):
            return instead
        return item if item.sure or instead.is_value(None) else self.make("coalesce", (item, instead))


def _sure(form: Form, value: Plain, parts: Sequence[Term]) -> bool:
    """Never null, whatever the columns hold."""
    if form in ("column", "value"):
        return value is True if form == "column" else value is not None
    if form in ("null?", "coalesce"):
        return True
    if form == "case":
        return all(one.sure for one in (*parts[1::2], parts[-1]))
    return all(one.sure for one in parts)


def substituted(terms: Terms, term: Term, columns: Mapping[str, Term], seen: dict[Term, Term]) -> Term:
    """The term with columns replaced by what they stand for."""
    if columns.keys().isdisjoint(term.names):
        return term
    if term.form == "column":
        return columns.get(term.word, term)
    found = seen.get(term)
    if found is None:
        parts = [substituted(terms, one, columns, seen) for one in term.parts]
        found = seen[term] = _again(terms, term, parts)
    return found


def _again(terms: Terms, term: Term, parts: list[Term]) -> Term:
    """The same form over other parts, simplified anew where the parts now allow it."""
    match term.form:
        case "and":
            return terms.both(parts)
        case "or":
            return terms.either(parts)
        case "not":
            return terms.opposite(parts[0])
        case "null?":
            return terms.is_null(parts[0])
        case "coalesce":
            return terms.coalesce(*parts)
        case "case":
            *rows, last = parts
            for when, then in reversed(list(zip(rows[::2], rows[1::2], strict=True))):
                last = terms.choose(when, then, last)
            return last
        case _:
            return terms.make(term.form, parts, term.word, term.value, term.kind)


SMALL: Final = 4
"""An expression of so few parts is written again rather than kept in a column."""


def layered(outputs: Sequence[Term], small: int = SMALL) -> list[list[Term]]:
    """What is written more than once becomes a column, layer by layer: each reads those of the layers before it."""
    order = ordered(outputs)
    written = dict.fromkeys(order, 0)
    for one in outputs:
        written[one] += 1
    kept: set[Term] = set()
    for term in reversed(order):
        if written[term] > 1 and term.size > small:
            kept.add(term)
        times = 1 if term in kept else written[term]
        for part in term.parts:
            written[part] += times
    depth: dict[Term, int] = {}
    for term in order:
        depth[term] = max((depth[part] for part in term.parts), default=0) + (term in kept)
    layers: list[list[Term]] = [[] for _ in range(max(depth.values(), default=0))]
    for term in order:
        if term in kept:
            layers[depth[term] - 1].append(term)
    return layers


def ordered(outputs: Iterable[Term]) -> list[Term]:
    """Every expression once, parts first."""
    order: dict[Term, None] = {}

    def visit(term: Term) -> None:
        if term not in order:
            for part in term.parts:
                visit(part)
            order[term] = None

    for one in outputs:
        visit(one)
    return list(order)
