"""Turn a Document into a Pack of the grammar, with every mistake in its shape reported once, in place.

`pack.load` calls it after the reader; the linker takes the Pack it returns. Both spellings are read here: from this
stage on keys and the language's own words are English.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NamedTuple, Union

from innovation_rules.errors import Diagnostic, Place, Problems, nearest
from innovation_rules.pack import grammar as g
from innovation_rules.pack.operators import OPERATORS, Operator
from innovation_rules.pack.reader import Document, Node, Scalar, Sequence, node_kind
from innovation_rules.pack.reader import Mapping as MappingNode
from innovation_rules.quantities import Named

BAD: Final = object()
"""What a reader returns where it has reported a mistake."""
Read = Callable[[Node, "Parser"], Any]
Keys = dict[str, tuple[str, Read, str]]
NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)?")
FIGURE = re.compile(r"[-+.]?\d")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse(document: Document) -> g.Pack:
    """The pack that a document says. Raises PackError with every mistake found."""
    return _parsed(g.Pack, document)  # type: ignore[no-any-return]


def parse_properties(document: Document) -> g.PropertyFile:
    """The properties that an auditor's file says. Raises PackError with every mistake found."""
    return _parsed(g.PropertyFile, document)  # type: ignore[no-any-return]


def _parsed(model: type[g.Item], document: Document) -> Any:
    parser = Parser(document)
    item = read_item(model, document.root, parser)
    parser.problems.raise_if_any()
    return item


class Word(NamedTuple):
    """A word of the language where it is written, in both spellings."""

    at: Scalar
    en: str
    zh: str


def parse_with_words(document: Document) -> tuple[g.Pack, list[Word]]:
    """The pack, and every word of the language in it: for the formatter. Raises PackError."""
    parser = Parser(document)
    words: list[Word] = []
    parser.words = words
    pack = read_item(g.Pack, document.root, parser)
    parser.problems.raise_if_any()
    return pack, words


class Parser:
    """The state of one parse: the document's spelling, and the mistakes so far."""

    def __init__(self, document: Document) -> None:
        self.problems = Problems({document.file: document.text})
        self.zh = spelling_of(document) == "zh"
        self.words: list[Word] | None = None
        """The words of the language met so far, where somebody asks for them."""

    def word(self, at: Scalar, here: str, there: str) -> None:
        """Take note of a word: as it is in this document's spelling, and in the other."""
        if self.words is not None:
            self.words.append(Word(at, there, here) if self.zh else Word(at, here, there))

    def bad(self, code: str, place: Place, **fields: object) -> Any:
        self.problems.extend([Diagnostic(code, place, fields)])
        return BAD


def spelling_of(document: Document) -> str:
    """Chinese when the first key of the language that is recognised is Chinese."""
    if isinstance(document.root, MappingNode):
        english, chinese = (keys_of(g.Pack, zh) for zh in (False, True))
        for name, _ in document.root.items:
            if name.text in english or name.text in chinese:
                return "en" if name.text in english else "zh"
    return "en"


# ------------------------------------------------------------------------------------------ mappings


@cache
def fields_of(model: type[g.Item]) -> dict[str, tuple[str, str, Any, bool]]:
    """field → (English key, Chinese key, annotation, required)."""
    hints = typing.get_type_hints(model, include_extras=True)
    table = {}
    for name, info in model.model_fields.items():
        if name in ("at", "operator"):
            continue
        extra = info.json_schema_extra
        zh = extra["zh"] if isinstance(extra, dict) else name
        table[name] = (name.rstrip("_"), str(zh), hints[name], info.is_required())
    return table


@cache
def keys_of(model: type[g.Item], zh: bool) -> Keys:
    """The keys of a model in one spelling: key → (field, reader, key in the other spelling).

    In the English spelling a declared item has its identifier as key and its name under `label`;
    in the Chinese one the name is the key and the identifier stands under 英文名.
    """
    table: Keys = {}
    for name, (english, chinese, annotation, _) in fields_of(model).items():
        if name == ("label" if zh and model.declared else "" if zh else "english"):
            continue
        here, there = (chinese, english) if zh else (english, chinese)
        table[here] = (name, reader_for(annotation), there)
    return table


def read_item(model: type[g.Item], node: Node, p: Parser) -> Any:
    """A mapping with a closed set of keys; its shorthand where it is written otherwise."""
    if not isinstance(node, MappingNode):
        if not model.shorthand:
            return p.bad("expected-mapping", node.place, found=node_kind(node), keys=some_keys(model, p))
        value = reader_for(fields_of(model)[model.shorthand][2])(node, p)
        return BAD if value is BAD else build(model, {model.shorthand: value}, node)
    values = read_keys(keys_of(model, p.zh), node, p, other=keys_of(model, not p.zh))
    item = finish(model, values, node, p)
    return named_row(item) if p.zh and isinstance(item, g.Row) else item


def named_row(row: g.Row) -> g.Row:
    """The identifier and the label of a row that the Chinese spelling names by its label."""
    field = "is_" if row.is_ is not None else "otherwise"
    value = getattr(row, field)
    if not row.english or not isinstance(value, g.Figure):
        return row
    return row.model_copy(update={field: g.Figure(value.node, row.english), "label": value.node.text})


def read_keys(
    table: Mapping[str, tuple[str, Read, str]], node: MappingNode, p: Parser, other: Iterable[str] = ()
) -> dict[str, Any]:
    """Each key read by its own reader; an unknown key is reported with the nearest one."""
    values: dict[str, Any] = {}
    for name, value in node.items:
        entry = table.get(name.text)
        if entry is None:
            values.setdefault("", BAD)
            unknown_key(name, table, other, p)
            continue
        field, read, there = entry
        p.word(name, name.text, there)
        values[field] = read(value, p)
    return values


def unknown_key(name: Scalar, table: Mapping[str, object], other: Iterable[str], p: Parser) -> None:
    """A key that does not belong here: of the other spelling, misspelt, or of no use at all."""
    if name.text in other:
        p.bad("mixed-spelling", name.place, found=name.text, zh=p.zh)
        return
    near = nearest(name.text, table)
    p.bad("unknown-key", name.place, key=name.text, nearest=near, known=list(table))


def finish(model: type[g.Item], values: dict[str, Any], node: Node, p: Parser) -> Any:
    """Build the item when all that is required is there."""
    damaged = any(value is BAD for value in values.values())
    if not damaged:
        for name, (english, chinese, _, required) in fields_of(model).items():
            if required and name not in values:
                p.bad("missing-key", node.place, key=chinese if p.zh else english)
                damaged = True
    return BAD if damaged else build(model, values, node)


def build(model: type[g.Item], values: dict[str, Any], node: Node) -> g.Item:
    return model.model_construct(**values, at=node)


def some_keys(model: type[g.Item], p: Parser) -> list[str]:
    return list(keys_of(model, p.zh))[:8]


def read_section(read_value: Read, node: Node, p: Parser) -> Any:
    """Named items: identifier → item."""
    if not isinstance(node, MappingNode):
        return p.bad("expected-mapping", node.place, found=node_kind(node), keys="")
    section: dict[str, Any] = {}
    for name, value in node.items:
        identifier = read_name(name, p)
        item = read_value(value, p)
        if identifier is BAD or item is BAD:
            section[""] = BAD
            continue
        if isinstance(item, g.Item) and item.declared:
            identifier, item = named(identifier, item, p)
        if identifier in section:
            p.bad("name-clash", name.place, name=identifier)
        section[identifier] = item
    return BAD if "" in section else section


def named(written: g.Name, item: Any, p: Parser) -> tuple[g.Name, Any]:
    """The identifier and the label of a declared item, whichever of the two is its key."""
    if p.zh:
        identifier = g.Name.of(item.english or str(written), written.at)
        return identifier, item.model_copy(update={"label": str(written)})
    return written, item if item.label else item.model_copy(update={"label": str(written)})


# ------------------------------------------------------------------------------------------ readers by type


@cache
def reader_for(annotation: Any) -> Read:
    """The reader of a field, by its annotation."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return SPECIAL[arguments[1]]
    if origin in (Union, UnionType):
        return reader_for(next(one for one in arguments if one is not NoneType))
    if origin is tuple:
        return _tuple_reader(arguments[0])
    if origin is dict:
        return _dict_reader(*arguments)
    if isinstance(annotation, type) and issubclass(annotation, g.Fact):
        return read_fact
    if isinstance(annotation, type) and issubclass(annotation, g.Item):
        return lambda node, p: read_item(annotation, node, p)
    if isinstance(annotation, type) and issubclass(annotation, Named):
        return lambda node, p: read_word(annotation, node, p)
    return PLAIN[annotation]


def _tuple_reader(element: Any) -> Read:
    read = reader_for(element)
    items = isinstance(element, type) and issubclass(element, g.Item)

    def read_tuple(node: Node, p: Parser) -> Any:
        if isinstance(node, Sequence):
            values = tuple(read(one, p) for one in node.items)
            return BAD if BAD in values else values
        if items or (isinstance(node, MappingNode) and not typing.get_origin(element)):
            return p.bad("expected-list", node.place, found=node_kind(node))
        value = read(node, p)
        return BAD if value is BAD else (value,)

    return read_tuple


def _dict_reader(keys: Any, values: Any) -> Read:
    read = reader_for(values)
    if keys is date:
        return lambda node, p: read_dated(read, node, p)
    if values is str:
        return read_choices
    return lambda node, p: read_section(read, node, p)


def read_choices(node: Node, p: Parser) -> Any:
    """Options and their names; the Chinese spelling writes name: identifier."""
    section = read_section(read_text, node, p)
    if section is BAD or not p.zh:
        return section
    return {identifier: label for label, identifier in section.items()}


def read_dated(read: Read, node: Node, p: Parser) -> Any:
    """Values by the day from which they hold."""
    if not isinstance(node, MappingNode):
        return p.bad("expected-dated-values", node.place, found=node_kind(node))
    pairs = [(read_date(day, p), read(value, p)) for day, value in node.items]
    return BAD if any(BAD in pair for pair in pairs) else dict(pairs)


def scalar(node: Node, p: Parser) -> Any:
    return node if isinstance(node, Scalar) else p.bad("expected-value", node.place, found=node_kind(node))


def read_text(node: Node, p: Parser) -> Any:
    one = scalar(node, p)
    if one is BAD:
        return BAD
    return p.bad("expected-text", node.place) if one.value is None else one.text


def read_name(node: Node, p: Parser) -> Any:
    one = scalar(node, p)
    if one is BAD:
        return BAD
    if one.value is None:
        return p.bad("expected-text", node.place)
    return g.Name.of(one.text, one)


def read_yes_no(node: Node, p: Parser) -> Any:
    one = scalar(node, p)
    if one is BAD:
        return BAD
    truth = truth_of(one, p.zh)
    if truth is None:
        return p.bad("expected-yes-no", node.place, found=one.text)
    p.word(one, *(("是", "true") if truth else ("否", "false"))[:: 1 if p.zh else -1])
    return truth


def truth_of(one: Scalar, zh: bool) -> bool | None:
    """true or false as the resolver knows them; 是 and 否 in the Chinese spelling."""
    if isinstance(one.value, bool):
        return one.value
    return {"是": True, "否": False}.get(one.text) if zh else None


def read_whole(node: Node, p: Parser) -> Any:
    one = scalar(node, p)
    if one is BAD:
        return BAD
    if isinstance(one.value, bool) or not isinstance(one.value, int):
        return p.bad("expected-whole-number", node.place, found=one.text)
    return one.value


def read_date(node: Node, p: Parser) -> Any:
    one = scalar(node, p)
    if one is BAD:
        return BAD
    day = date_of(one.text)
    return p.bad("not-a-date", node.place, found=one.text) if day is None else day


def date_of(text: str) -> date | None:
    """A calendar day written 2020-06-01."""
    if not DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_word(words: type[Named], node: Node, p: Parser) -> Any:
    one = scalar(node, p)
    if one is BAD:
        return BAD
    table = {word.zh if p.zh else word.value: word for word in words}
    found = table.get(one.text)
    if found is not None:
        p.word(one, one.text, found.value if p.zh else found.zh)
        return found
    if one.text in {word.value if p.zh else word.zh for word in words}:
        return p.bad("mixed-spelling", node.place, found=one.text, zh=p.zh)
    near = nearest(one.text, table)
    return p.bad("unknown-word", node.place, found=one.text, nearest=near, known=list(table))


def read_figure(node: Node, p: Parser) -> Any:
    one = scalar(node, p)
    return BAD if one is BAD else g.Figure(one)


def read_reference(node: Node, p: Parser, bare_names: bool = False) -> Any:
    """A figure, {parameter: name} or {fact: name}; where `bare_names`, also a fact's name."""
    if isinstance(node, MappingNode):
        return read_reference_mapping(node, p)
    one = scalar(node, p)
    if one is BAD:
        return BAD
    if bare_names and is_bare_name(one, p.zh):
        return g.FactRef(g.Name.of(one.text, one))
    return g.Figure(one)


def is_bare_name(one: Scalar, zh: bool) -> bool:
    """Whether a fact is named where a number could stand; a Chinese name that starts like one is quoted."""
    if not isinstance(one.value, str):
        return False
    if zh:
        return one.quoted or FIGURE.match(one.text) is None
    return not one.quoted and NAME.fullmatch(one.text) is not None


REFERENCES: Final = {"参数": "parameter", "事实": "fact", "parameter": "参数", "fact": "事实"}
BACK: Final = {"最近": "last", "年份": "year", "last": "最近", "year": "年份"}


def read_reference_mapping(node: MappingNode, p: Parser) -> Any:
    words = {"参数": "parameter", "事实": "fact"} if p.zh else {"parameter": "parameter", "fact": "fact"}
    if len(node.items) != 1 or node.items[0][0].text not in words:
        found = node.items[0][0] if node.items else node
        return p.bad("expected-reference", found.place, known=list(words))
    key, value = node.items[0]
    p.word(key, key.text, REFERENCES[key.text])
    name = read_name(value, p)
    if name is BAD:
        return BAD
    return g.ParameterRef(name) if words[key.text] == "parameter" else g.FactRef(name)


def read_operand(node: Node, p: Parser) -> Any:
    return read_reference(node, p, bare_names=True)


def read_share(node: Node, p: Parser) -> Any:
    """One share, or {between: [low, high]}."""
    word, there = ("介于", "between") if p.zh else ("between", "介于")
    if isinstance(node, MappingNode) and len(node.items) == 1 and node.items[0][0].text == word:
        p.word(node.items[0][0], word, there)
        return _pair(node.items[0][1], p)
    one = read_operand(node, p)
    return BAD if one is BAD else (one,)


def _pair(node: Node, p: Parser) -> Any:
    if not isinstance(node, Sequence) or len(node.items) != 2:
        return p.bad("expected-pair", node.place)
    both = tuple(read_operand(one, p) for one in node.items)
    return BAD if BAD in both else both


def read_during(node: Node, p: Parser) -> Any:
    if isinstance(node, MappingNode):
        return read_back(node, p)
    return read_name(node, p)


def read_back(node: MappingNode, p: Parser) -> Any:
    """{last: 2年} or {year: 2018}."""
    words = {"最近": "last", "年份": "year"} if p.zh else {"last": "last", "year": "year"}
    if len(node.items) != 1 or node.items[0][0].text not in words:
        found = node.items[0][0] if node.items else node
        return p.bad("expected-window", found.place, known=list(words))
    key, value = node.items[0]
    p.word(key, key.text, BACK[key.text])
    if words[key.text] == "last":
        figure = read_figure(value, p)
        return BAD if figure is BAD else g.Last(figure)
    year = read_whole(value, p)
    return BAD if year is BAD else g.InYear(year)


def read_since(node: Node, p: Parser) -> Any:
    """previous, or {year: 2018}."""
    if isinstance(node, MappingNode):
        back = read_back(node, p)
        return back if back is BAD or isinstance(back, g.InYear) else p.bad("expected-base-year", node.place)
    word, there = ("上年", "previous") if p.zh else ("previous", "上年")
    if isinstance(node, Scalar) and node.text == word:
        p.word(node, word, there)
        return "previous"
    return p.bad("expected-base-year", node.place)


def read_steps(node: Node, p: Parser) -> Any:
    """{edge: value, …} in the order written."""
    if not isinstance(node, MappingNode) or not node.items:
        return p.bad("expected-steps", node.place)
    pairs = tuple((g.Figure(edge), read_figure(value, p)) for edge, value in node.items)
    return BAD if any(value is BAD for _, value in pairs) else pairs


def read_threshold(node: Node, p: Parser) -> Any:
    """One figure, or milestones by date."""
    if isinstance(node, MappingNode) and node.items and DATE.fullmatch(node.items[0][0].text):
        steps = read_dated(read_figure, node, p)
        return BAD if steps is BAD else g.Milestones(tuple(steps.items()), node.place)
    return read_operand(node, p)


def read_over(node: Node, p: Parser) -> Any:
    word, there = ("全部", "all") if p.zh else ("all", "全部")
    if isinstance(node, Scalar) and node.text == word:
        p.word(node, word, there)
        return "all"
    return read_condition(node, p)


def read_goal(node: Node, p: Parser) -> Any:
    """The name of an outcome, or a condition."""
    return read_condition(node, p) if isinstance(node, MappingNode) else read_name(node, p)


def read_coverages(node: Node, p: Parser) -> Any:
    """Coverages, or {none: {because: …}}."""
    if isinstance(node, MappingNode) and [key.text for key, _ in node.items] == ["无" if p.zh else "none"]:
        return read_item(g.NoCoverage, node, p)
    return read_section(reader_for(g.Coverage), node, p)


def read_fact(node: Node, p: Parser) -> Any:
    """A derived fact: the common keys, and exactly one operator."""
    if not isinstance(node, MappingNode):
        return p.bad("expected-mapping", node.place, found=node_kind(node), keys=some_keys(g.Fact, p))
    operators = operator_keys(p.zh)
    table = keys_of(g.Fact, p.zh) | {
        word: ("operator", read, other_words(p.zh)[word]) for word, read in operators.items()
    }
    written = [name for name, _ in node.items if name.text in operators]
    if len(written) > 1:
        return p.bad("two-operators", written[1].place, first=written[0].text, second=written[1].text)
    other = {**keys_of(g.Fact, not p.zh), **operator_keys(not p.zh)}
    values = read_keys(table, node, p, other=other)
    if not written and BAD not in values.values():
        return p.bad("no-operator", node.place, known=list(operators))
    return finish(g.Fact, values, node, p)


@cache
def operator_keys(zh: bool) -> dict[str, Read]:
    return {one.words[zh]: _operator_reader(one) for one in OPERATORS}


@cache
def other_words(zh: bool) -> dict[str, str]:
    """The word in the other spelling of each operator, connective and test."""
    pairs = [*(one.words for one in OPERATORS), *((one.en, one.zh) for one in (*g.CONNECTIVES, *g.TESTS))]
    return {pair[zh]: pair[not zh] for pair in pairs}


def _operator_reader(operator: type[Operator]) -> Read:
    if operator.whole:
        whole = reader_for(fields_of(operator)[operator.shorthand][2])

        def read_whole_node(node: Node, p: Parser) -> Any:
            value = whole(node, p)
            return BAD if value is BAD else build(operator, {operator.shorthand: value}, node)

        return read_whole_node
    return lambda node, p: read_item(operator, node, p)


# ------------------------------------------------------------------------------------------ conditions


def read_condition(node: Node, p: Parser) -> Any:
    """A mapping of connectives, yes/no operators and facts; several keys read as and."""
    if not isinstance(node, MappingNode):
        return p.bad("expected-condition", node.place, found=node_kind(node))
    if not node.items:
        return p.bad("empty-condition", node.place)
    parts = [read_part(key, value, p) for key, value in node.items]
    if BAD in parts:
        return BAD
    return parts[0] if len(parts) == 1 else g.AllOf(tuple(parts), node.place)


def read_part(key: Scalar, value: Node, p: Parser) -> Any:
    connective = condition_words(p.zh).get(key.text)
    if connective:
        p.word(key, key.text, other_words(p.zh)[key.text])
        return connective(key, value, p)
    operator = asserted_words(p.zh).get(key.text)
    if operator:
        p.word(key, key.text, other_words(p.zh)[key.text])
        one = operator(value, p)
        return BAD if one is BAD else g.Asserted(one, key.place)
    if key.text in condition_words(not p.zh) or key.text in asserted_words(not p.zh):
        return p.bad("mixed-spelling", key.place, found=key.text, zh=p.zh)
    tests = read_tests(value, p, key.text)
    return BAD if tests is BAD else g.Subject(g.Name.of(key.text, key), tests, key.place)


def _read_list(value: Node, p: Parser) -> Any:
    """The conditions in a list, at least one."""
    if not isinstance(value, Sequence):
        return p.bad("expected-list", value.place, found=node_kind(value))
    if not value.items:
        return p.bad("empty-list", value.place)
    items = tuple(read_condition(one, p) for one in value.items)
    return BAD if BAD in items else items


def _read_all(key: Scalar, value: Node, p: Parser) -> Any:
    items = _read_list(value, p)
    return BAD if items is BAD else g.AllOf(items, key.place)


def _read_any(key: Scalar, value: Node, p: Parser) -> Any:
    items = _read_list(value, p)
    return BAD if items is BAD else g.AnyOf(items, key.place)


def _read_not(key: Scalar, value: Node, p: Parser) -> Any:
    item = read_condition(value, p)
    return BAD if item is BAD else g.NotOf(item, key.place)


def _read_at_least_of(key: Scalar, value: Node, p: Parser) -> Any:
    words = {"n": "n", "所列": "of"} if p.zh else {"n": "n", "of": "of"}
    there = {"n": "n", "所列": "of", "of": "所列"}
    if not isinstance(value, MappingNode):
        return p.bad("expected-mapping", value.place, found=node_kind(value), keys=list(words))
    table: Keys = {
        word: (field, read_whole if field == "n" else _read_list, there[word])
        for word, field in words.items()
    }
    values = read_keys(table, value, p)
    if BAD in values.values():
        return BAD
    missing = [word for word, field in words.items() if field not in values]
    if missing:
        return p.bad("missing-key", key.place, key=missing[0])
    if not 1 <= values["n"] <= len(values["of"]):
        return p.bad("n-out-of-range", key.place, n=values["n"], count=len(values["of"]))
    return g.AtLeastOf(values["n"], values["of"], key.place)


def _read_active(key: Scalar, value: Node, p: Parser) -> Any:
    name = read_name(value, p)
    return BAD if name is BAD else g.Active(name, key.place)


_CONDITION_READERS: Final = {
    "all": _read_all,
    "any": _read_any,
    "not": _read_not,
    "at_least_of": _read_at_least_of,
    "active": _read_active,
}


@cache
def condition_words(zh: bool) -> dict[str, Callable[[Scalar, Node, Parser], Any]]:
    return {word.zh if zh else word.en: _CONDITION_READERS[word.en] for word in g.CONNECTIVES}


@cache
def asserted_words(zh: bool) -> dict[str, Read]:
    return {one.words[zh]: _operator_reader(one) for one in OPERATORS if one.asserts}


@cache
def test_words(zh: bool) -> dict[str, str]:
    return {word.zh if zh else word.en: word.en for word in g.TESTS}


def read_tests(node: Node, p: Parser, subject: str = "") -> Any:
    """A value (equals), a list (one of), {parameter}, {fact}, or a mapping of tests (all of them)."""
    if isinstance(node, MappingNode) and not _is_reference(node, p):
        return read_test_mapping(node, p)
    if isinstance(node, Sequence):
        operands = _references(node, p)
        return BAD if operands is BAD else (g.Test("equals", operands, None, node.place),)
    operand = read_reference(node, p)
    return BAD if operand is BAD else (g.Test("equals", (operand,), None, node.place),)


def _is_reference(node: MappingNode, p: Parser) -> bool:
    words = ("参数", "事实") if p.zh else ("parameter", "fact")
    return len(node.items) == 1 and node.items[0][0].text in words


def _references(node: Node, p: Parser) -> Any:
    if not isinstance(node, Sequence):
        one = read_reference(node, p)
        return BAD if one is BAD else (one,)
    if not node.items:
        return p.bad("empty-list", node.place)
    values = tuple(read_reference(one, p) for one in node.items)
    return BAD if BAD in values else values


def read_test_mapping(node: MappingNode, p: Parser) -> Any:
    if not node.items:
        return p.bad("empty-condition", node.place)
    words = test_words(p.zh)
    tests = []
    for key, value in node.items:
        word = words.get(key.text)
        if word is None:
            unknown_test(key, p)
            tests.append(BAD)
        else:
            p.word(key, key.text, other_words(p.zh)[key.text])
            tests.append(read_test(word, key, value, p))
    return BAD if BAD in tests else tuple(tests)


def unknown_test(key: Scalar, p: Parser) -> None:
    words = test_words(p.zh)
    if key.text in test_words(not p.zh):
        p.bad("mixed-spelling", key.place, found=key.text, zh=p.zh)
        return
    near = nearest(key.text, words)
    p.bad("unknown-test", key.place, found=key.text, nearest=near, known=list(words))


def read_test(word: str, key: Scalar, value: Node, p: Parser) -> Any:
    if word == "within":
        window = read_during(value, p)
        return BAD if window is BAD else g.Test(word, (), window, key.place)
    if word == "between":
        pair = _pair(value, p)
        return BAD if pair is BAD else g.Test(word, pair, None, key.place)
    if word == "is_known":
        truth = read_yes_no(value, p)
        if truth is False:
            return p.bad("is-known-false", value.place)
        return BAD if truth is BAD else g.Test(word, (), None, key.place)
    operands = _references(value, p) if word in ("equals", "under") else _single(value, p)
    return BAD if operands is BAD else g.Test(word, operands, None, key.place)


def _single(value: Node, p: Parser) -> Any:
    operand = read_reference(value, p)
    return BAD if operand is BAD else (operand,)


PLAIN: Final[dict[Any, Read]] = {
    str: read_text,
    g.Name: read_name,
    bool: read_yes_no,
    int: read_whole,
    date: read_date,
    g.Figure: read_figure,
}
SPECIAL: Final[dict[str, Read]] = {
    "operand": read_operand,
    "right side": read_reference,
    "during": read_during,
    "condition": read_condition,
    "tests": read_tests,
    "share": read_share,
    "since": read_since,
    "steps": read_steps,
    "over": read_over,
    "threshold": read_threshold,
    "coverages": read_coverages,
    "goal": read_goal,
}
