"""The names of a pack in its two spellings: which space each name belongs to, and what it is called there.

The linker calls `in_english` on a pack that is written in Chinese, before it builds its tables; the formatter walks
a pack with the same Walker to turn one spelling into the other. Keys and the language's own words are the parser's.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

from innovation_rules.case import VOCABULARY
from innovation_rules.errors import Problems, nearest
from innovation_rules.facts import CATEGORIES, LEVELS, STATUSES, FactSpec
from innovation_rules.pack import grammar as g
from innovation_rules.pack.operators import ExistsSome, HasActivity, HoldsOne, PreviousOf, TableOf, WhenTrue
from innovation_rules.pack.parser import FIGURE, asserted_words, condition_words
from innovation_rules.pack.reader import Scalar
from innovation_rules.quantities import Type

if TYPE_CHECKING:
    from innovation_rules.pack.linker import Entry, Linked

CONDITIONS: Final = typing.get_args(g.Condition)
SUBJECTS: Final = {"in_jurisdiction": "在辖区内", "year": "年份"}
COVERAGE_STATUSES: Final = {"covered": "已覆盖", "not_covered": "未覆盖", "out_of_scope": "不在范围"}
AWARD_STATUSES: Final = {
    "eligible": "可享受",
    "ineligible": "不可享受",
    "favoured": "优先考虑",
    "not_favoured": "不优先",
    "out_of_scope": "不在范围",
}
"""What a condition may ask of a decision, with the Chinese words."""


@dataclass(frozen=True)
class Space:
    """Names that may stand in one kind of place: English → Chinese."""

    code: str
    """The mistake of a name that is not among them."""
    zh: Mapping[str, str]
    taken: frozenset[str] = frozenset()
    """Chinese words that mean something else in that place."""

    @cached_property
    def en(self) -> dict[str, tuple[str, ...]]:
        """Chinese → English, several where a label is not unique."""
        table: dict[str, tuple[str, ...]] = {}
        for en, zh in self.zh.items():
            table[zh] = (*table.get(zh, ()), en)
        return table

    def meanings(self, zh: str) -> tuple[str, ...]:
        """All that a Chinese name means in that place."""
        return (*self.en.get(zh, ()), *(zh,) * (zh in self.taken))


YES_NO: Final = Space("expected-yes-no", {"true": "是", "false": "否"})


class Names:
    """Everything that a pack can refer to, by space, in both spellings."""

    def __init__(self, linked: Linked) -> None:
        self.linked = linked
        self._spaces: dict[str, Space] = {}

    def space(self, name: str) -> Space:
        """A space by the name that the grammar's keys give it."""
        found = self._spaces.get(name)
        if found is None:
            found = self._spaces[name] = SPACES[name](self)
        return found

    def labels(self, section: str) -> dict[str, str]:
        return {entry.id: entry.item.label or entry.id for entry in self.linked.all(section)}

    def inputs(self, owner: str) -> dict[str, str]:
        entries = self.linked.all("inputs")
        return {entry.id: entry.item.label for entry in entries if entry.item.of.value == owner}

    def values(self, name: str, owner: str) -> Space | None:
        """What a fact may be tested against, where that is a word: the values of `name` in a space of facts."""
        english = (*self.space(owner).en.get(name, ()), name)[0]
        if owner == "item":
            return self._item_values(english)
        entry = self.linked.subject(english)
        if entry is not None:
            return self._entry_values(entry)
        if english == "in_jurisdiction":
            return YES_NO
        spec = VOCABULARY.get(("enterprise", english)) or VOCABULARY.get(("report", english))
        return self._spec_values(spec)

    def _item_values(self, name: str) -> Space | None:
        if name in ("kind", "category", "status"):
            return self.space(name)
        spec = VOCABULARY.get(("activity", name))
        entry = self.linked.find("inputs", name)
        return self._entry_values(entry) if spec is None and entry is not None else self._spec_values(spec)

    def _spec_values(self, spec: FactSpec | None) -> Space | None:
        if spec is None:
            return None
        if spec.type is Type.YES_NO:
            return YES_NO
        if spec.type is Type.LEVEL:
            return self.space("level")
        return Space("unknown-choice-value", spec.choices) if spec.choices else None

    def _entry_values(self, entry: Entry) -> Space | None:
        match entry.section:
            case "inputs":
                return self._spec_values(self.linked.input_spec(entry))
            case "coverages":
                return Space("unknown-choice-value", COVERAGE_STATUSES)
            case "awards":
                return Space("unknown-choice-value", AWARD_STATUSES)
            case "classes":
                return self._row_values(entry.item.rows)
        operator = entry.item.operator
        if isinstance(operator, WhenTrue | ExistsSome | HoldsOne | HasActivity):
            return YES_NO
        if isinstance(operator, TableOf):
            return self._row_values(operator.rows)
        # a fact that leads back to itself is the compiler's to report
        if isinstance(operator, PreviousOf) and operator.of not in (entry.id, entry.item.label):
            return self.values(operator.of, "subject")
        return None

    def _row_values(self, rows: Sequence[g.Row]) -> Space | None:
        """The words that a classification or table gives; yes and no, or None, where it gives no words."""
        words: dict[str, str] = {}
        for row in rows:
            value = row.otherwise if row.is_ is None else row.is_
            if not isinstance(value, g.Figure) or FIGURE.match(value.text):
                return None
            if is_truth(value):
                return YES_NO
            words[value.text] = row.label or value.text
        return Space("unknown-choice-value", words)


def is_truth(figure: g.Figure) -> bool:
    """Whether a row's value is yes or no, in either spelling."""
    return not figure.node.quoted and figure.text in ("true", "false", "是", "否")


SPACES: Final[dict[str, Callable[[Names], Space]]] = {
    "subject": lambda names: Space(
        "unknown-fact",
        {
            **{
                name: spec.zh
                for (owner, name), spec in VOCABULARY.items()
                if owner in ("enterprise", "report")
            },
            **{
                name: zh
                for section in ("inputs", "facts", "classes", "coverages", "awards")
                for name, zh in names.labels(section).items()
            },
            **SUBJECTS,
        },
        frozenset({*condition_words(True), *asserted_words(True)}),
    ),
    "item": lambda names: Space(
        "unknown-activity-fact",
        {
            **{name: spec.zh for (owner, name), spec in VOCABULARY.items() if owner == "activity"},
            **names.inputs("activity"),
        },
        frozenset({*condition_words(True), *asserted_words(True)}),
    ),
    "region": lambda names: Space(
        "unknown-statistic",
        {
            **{name: spec.zh for (owner, name), spec in VOCABULARY.items() if owner == "region"},
            **names.inputs("region"),
        },
    ),
    "category": lambda names: Space("unknown-category", CATEGORIES),
    "active": lambda names: Space(
        "unknown-category", {"any": "任一", **CATEGORIES, **names.labels("layers")}
    ),
    "activity": lambda names: Space("unknown-category", {**names.space("kind").zh, **CATEGORIES}),
    "kind": lambda names: Space(
        "unknown-kind", {entry.id: entry.item.label for entry in names.linked.all_kinds()}
    ),
    "qualification": lambda names: Space("unknown-qualification", names.labels("qualification_kinds")),
    "parameter": lambda names: Space("unknown-parameter", names.labels("parameters")),
    "status": lambda names: Space("unknown-status", STATUSES),
    "level": lambda names: Space("unknown-level", LEVELS),
    "period": lambda names: Space(
        "unknown-period",
        {
            "year": "当年",
            "as_of": "截至日",
            **{str(name): period.label or str(name) for name, period in names.linked.pack.periods.items()},
        },
    ),
    "class": lambda names: Space("unknown-class", names.labels("classes")),
    "coverage": lambda names: Space("unknown-coverage", names.labels("coverages")),
    "target": lambda names: Space("unknown-target", names.labels("targets")),
    "grant": lambda names: Space(
        "unknown-grant",
        {
            name: f"{entry.owner.pack}.{entry.item.label}"
            for name, entry in names.linked.granted_by_name.items()
        },
    ),
}
"""What each space of names holds; the grammar's keys say which one their values belong to."""


# ------------------------------------------------------------------------------------------ the walk

Visit = Callable[[Scalar, str, Space], str]
"""Called for each name where it is written, as it stands in the tree; gives what shall stand there."""


class Walker:
    """Goes through a parsed pack and hands every name to `visit`, with the space that it belongs to.

    `fact` is called instead for a fact's name where a number could stand.
    """

    def __init__(self, names: Names, visit: Visit, fact: Visit | None = None) -> None:
        self.names = names
        self.visit = visit
        self.fact = fact or visit

    def item(self, item: Any, owner: str = "subject") -> Any:
        """An item of the grammar with its names replaced; `owner` is the space that its facts belong to."""
        changes = {}
        for field, value in vars(item).items():
            if field == "at" or not value:
                continue
            new = self._field(item, field, value, owner)
            if new is not value:
                changes[field] = new
        return item.model_copy(update=changes) if changes else item

    def _field(self, item: g.Item, field: str, value: Any, owner: str) -> Any:
        if isinstance(item, g.Row) and isinstance(value, g.Figure):
            return value if value.canonical or not is_truth(value) else self.figure(value, YES_NO)
        if isinstance(item, g.Award) and field == "amount" and item.for_each is not None:
            return self.item(value, "item")
        space = space_of(type(item), field)
        return self.value(value, owner if space == "subject" else space)

    def value(self, value: Any, space: str) -> Any:
        """Whatever a field holds."""
        if isinstance(value, g.Name):
            return self.name(value, space) if space else value
        if isinstance(value, tuple):
            new = tuple(self.value(one, space) for one in value)
            return value if all(map(_same, new, value)) else new
        if isinstance(value, dict):
            return self._mapping(value, space)
        if isinstance(value, g.Item):
            return self.item(value)
        if isinstance(value, CONDITIONS):
            return self.condition(value, space or "subject")
        if isinstance(value, g.Test):
            return self.test(value, self.names.space(space))
        return self.reference(value)

    def _mapping(self, value: dict[Any, Any], space: str) -> dict[Any, Any]:
        """Keys are names of the space, or where the values are names these are."""
        named = any(isinstance(one, g.Name) for one in value.values())
        return {
            self.name(key, space) if space and not named and isinstance(key, g.Name) else key: self.value(
                one, space if named else ""
            )
            for key, one in value.items()
        }

    def name(self, name: g.Name, space: str, visit: Visit | None = None) -> g.Name:
        new = (visit or self.visit)(name.at, str(name), self.names.space(space))
        return name if new == name else g.Name.of(new, name.at)

    def figure(self, figure: g.Figure, space: Space) -> g.Figure:
        new = self.visit(figure.node, figure.text, space)
        return figure if new == figure.text else g.Figure(figure.node, new)

    def reference(self, value: Any) -> Any:
        """A parameter's or a fact's name; all else holds no names."""
        if isinstance(value, g.ParameterRef):
            return g.ParameterRef(self.name(value.name, "parameter"))
        if isinstance(value, g.FactRef):
            return g.FactRef(self.name(value.name, "subject", self.fact))
        return value

    def condition(self, condition: Any, owner: str = "subject") -> Any:
        match condition:
            case g.AllOf() | g.AnyOf() | g.AtLeastOf():
                items = tuple(self.condition(one, owner) for one in condition.items)
                return dataclasses.replace(condition, items=items)
            case g.NotOf():
                return dataclasses.replace(condition, item=self.condition(condition.item, owner))
            case g.Active():
                return dataclasses.replace(condition, what=self.name(condition.what, "active"))
            case g.Asserted():
                return dataclasses.replace(condition, operator=self.item(condition.operator))
        values = self.names.values(condition.name, owner)
        tests = tuple(self.test(one, values) for one in condition.tests)
        return dataclasses.replace(condition, name=self.name(condition.name, owner), tests=tests)

    def test(self, test: g.Test, values: Space | None) -> g.Test:
        """A test of a fact that has these words as values, None where it has none."""
        operands = tuple(
            self.figure(one, values) if values and isinstance(one, g.Figure) else self.reference(one)
            for one in test.operands
        )
        window = self.name(test.window, "period") if isinstance(test.window, g.Name) else test.window
        return dataclasses.replace(test, operands=operands, window=window)


def _same(one: object, other: object) -> bool:
    return one is other


@cache
def space_of(model: type[g.Item], field: str) -> str:
    """The space that a key's names belong to, by the grammar; nothing where they are not names."""
    info = model.model_fields.get(field)
    extra = info.json_schema_extra if info else None
    return str(extra.get("names", "")) if isinstance(extra, dict) else ""


# ------------------------------------------------------------------------------------------ Chinese to English


def is_chinese_name(text: str, linked: Linked) -> bool:
    """Whether an English pack has used the Chinese name of something: of an item, a word, or a value."""
    names = Names(linked)
    spaces = [names.space(one) for one in SPACES]
    spaces += [one for name in linked.subjects() if (one := names.values(name, "subject"))]
    return any(text in one.en and text not in one.zh for one in spaces)


def in_english(pack: g.Pack, names: Names, problems: Problems) -> g.Pack:
    """A pack written in Chinese with every name in English; a name that does not exist is added to `problems`."""
    english: g.Pack = Walker(names, to_english(problems)).item(pack)
    return english


def to_english(problems: Problems) -> Visit:
    """A visitor that reads Chinese names."""

    def visit(at: Scalar, text: str, space: Space) -> str:
        meanings = space.meanings(text)
        if len(meanings) == 1:
            return meanings[0]
        if meanings:
            problems.add("ambiguous-name", at.place, name=text, ids="、".join(meanings))
        elif space is YES_NO:
            if text not in YES_NO.zh:
                problems.add(space.code, at.place, found=text)
        elif text in space.zh:
            problems.add("mixed-spelling", at.place, found=text)
        else:
            near, known = nearest(text, list(space.en)), list(space.en)
            problems.add(space.code, at.place, found=text, nearest=near, known=known)
        return text

    return visit
