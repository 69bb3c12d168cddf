"""Write the JSON Schema of the pack language from the grammar, for editors: one for each spelling.

`innovation-rules schema` prints one, `docs/generate.py` keeps those of docs/schema; an editor finds them by the first
line of a pack and completes, explains and checks with them (draft-07, which yaml-language-server reads best).
A union is one schema whose keywords each speak of one type, or `if`/`then`: a mistake is then reported once.
"""

from __future__ import annotations

import json
import sys
import typing
from collections.abc import Callable, Iterable
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union

from innovation_rules.case import VOCABULARY
from innovation_rules.facts import CATEGORIES, LEVELS, STATUSES, FactSpec
from innovation_rules.pack import grammar as g
from innovation_rules.pack.operators import OPERATORS, Operator
from innovation_rules.pack.parser import fields_of
from innovation_rules.pack.spelling import SUBJECTS, space_of
from innovation_rules.quantities import Named, Type

Schema = dict[str, Any]
Spelling = Literal["en", "zh"]

DATE: Final = r"^\d{4}-\d{2}-\d{2}$"
TEXT: Final = ["string", "number"]
VALUE: Final = ["string", "number", "boolean"]
OWNERS: Final = {"enterprise": "企业", "report": "年报", "activity": "活动", "region": "地区"}


def pages() -> dict[str, str]:
    """The generated files, by their path in the repository."""
    return {
        "docs/schema/pack.schema.json": text("en"),
        "docs/schema/pack.zh.schema.json": text("zh"),
    }


def text(names: Spelling) -> str:
    """The schema of one spelling as a file."""
    return json.dumps(schema(names), ensure_ascii=False, indent=1) + "\n"


def schema(names: Spelling = "en") -> Schema:
    """The JSON Schema of a pack in one spelling."""
    return Writer(names == "zh").schema()


class Writer:
    """Writes one schema: the definitions so far, and the spelling."""

    def __init__(self, zh: bool) -> None:
        self.zh = zh
        self.definitions: dict[str, Schema] = {}

    def schema(self) -> Schema:
        root = self.model(g.Pack)
        return {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "规则包",
            "description": "把一份政策文件写成规则包；每个数字带单位，每一项注明条款。",
            **root,
            "definitions": dict(sorted(self.definitions.items())),
        }

    def word(self, en: str, zh: str) -> str:
        return zh if self.zh else en

    def named(self, en: str, zh: str, doc: str) -> Schema:
        """What an editor shows of a key or a name: what it is called in the other spelling, what it means."""
        return {"title": self.word(zh, en), "description": f"{zh}：{doc}" if doc != zh else zh}

    def ref(self, name: str, make: Callable[[], Schema]) -> Schema:
        """A definition, written when it is first asked for."""
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = make()
        return {"$ref": f"#/definitions/{name}"}

    def described(self, value: Schema, words: Schema) -> Schema:
        """A value with the words that an editor shows.

        Beside a reference draft-07 has them ignored, which loses a tool its descriptions and nothing else; editors
        read them.
        """
        return {**value, **words}

    def choose(self, first: Schema, other: Schema) -> Schema:
        """The first where the value is of its type, else the other: all types at the top, then a branch for each.

        Editors look for proposals at the top of a schema only, so they are repeated there.
        """
        proposals = other.get("defaultSnippets") or [
            {
                "label": json.dumps(value) if isinstance(value, bool) else value,
                "description": meaning,
                "body": value,
            }
            for value, meaning in zip(other.get("enum", ()), other.get("enumDescriptions", ()), strict=True)
        ]
        chosen = {
            "type": list(dict.fromkeys([*self.types(other), *self.types(first)])),
            "allOf": [*self.branches(first), *self.branches(other)],
        }
        return chosen | ({"defaultSnippets": proposals} if proposals else {})

    def branches(self, value: Schema) -> list[Schema]:
        """What a schema asks beyond its type, under the condition of that type."""
        if value.keys() == {"type"}:
            return []
        if isinstance(value.get("type"), list):
            return list(value["allOf"])
        return [{"if": {"type": self.types(value)}, "then": value}]

    def types(self, value: Schema) -> list[str]:
        """The JSON types that a schema admits; a definition under way is a mapping."""
        if "$ref" in value:
            return self.types(self.definitions[value["$ref"].rpartition("/")[2]])
        if "enum" in value:
            return list(
                dict.fromkeys("boolean" if isinstance(one, bool) else "string" for one in value["enum"])
            )
        found = value.get("type", "object")
        return [found] if isinstance(found, str) else list(found)

    # ------------------------------------------------------------------ items

    def item(self, model: type[g.Item]) -> Schema:
        return self.ref(model.__name__, lambda: self.model(model))

    def model(self, model: type[g.Item]) -> Schema:
        """A mapping with a closed set of keys, or the shorthand of it."""
        properties, required = self.keys(model)
        closed: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if issubclass(model, g.Fact):
            return self.fact(closed)
        if required:
            closed["required"] = required
        if model in EXTRA:
            closed |= EXTRA[model](self)
        if not model.shorthand:
            return closed
        _, _, annotation, _ = fields_of(model)[model.shorthand]
        short = self.value(annotation, space_of(model, model.shorthand))
        return self.choose(closed, self.no_mapping(short))

    def no_mapping(self, value: Schema) -> Schema:
        """The part of a schema that is no mapping: a mapping in a shorthand's place is the item written out."""
        types = [one for one in self.types(value) if one != "object"]
        if len(types) == len(self.types(value)):
            return value
        kept = [one for one in self.branches(value) if "object" not in one["if"]["type"]]
        return {"type": types, "allOf": kept}

    def keys(self, model: type[g.Item]) -> tuple[dict[str, Schema], list[str]]:
        """The keys of a model with their values, and those that must be there."""
        properties, required = {}, []
        for field, (en, zh, annotation, needed) in fields_of(model).items():
            if field == ("label" if self.zh and model.declared else "" if self.zh else "english"):
                continue
            doc = model.model_fields[field].description or ""
            value = self.value(annotation, space_of(model, field))
            properties[self.word(en, zh)] = self.described(value, self.named(en, zh, doc))
            if needed:
                required.append(self.word(en, zh))
        return properties, required

    def fact(self, closed: Schema) -> Schema:
        """A derived fact has exactly one operator; of two, the later in the list is the one reported."""
        words = [self.word(*one.words) for one in OPERATORS]
        properties = closed["properties"] | {
            self.word(*one.words): self.described(self.operator(one), self.named(*one.words, arguments(one)))
            for one in OPERATORS
        }
        one_only = [
            {"if": {"required": [word]}, "then": {"properties": dict.fromkeys(words[index + 1 :], False)}}
            for index, word in enumerate(words[:-1])
        ]
        some = {
            "if": {"not": {"anyOf": [{"required": [word]} for word in words]}},
            "then": {
                "const": "",
                "errorMessage": "这个事实没有写怎样得出，加上一个运算：" + "、".join(words),
            },
        }
        return closed | {"properties": properties, "allOf": [*one_only, some]}

    def operator(self, operator: type[Operator]) -> Schema:
        if operator.whole:
            _, _, annotation, _ = fields_of(operator)[operator.shorthand]
            return self.value(annotation, space_of(operator, operator.shorthand))
        return self.item(operator)

    # ------------------------------------------------------------------ values by annotation

    def value(self, annotation: Any, space: str = "") -> Schema:
        """What may stand under a key, by its annotation in the grammar."""
        origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is Annotated:
            return SPECIAL[parts[1]](self, space)
        if origin in (Union, UnionType):
            return self.value(next(one for one in parts if one is not NoneType), space)
        if origin is tuple:
            return self.several(parts[0], space)
        if origin is dict:
            return self.section(parts[0], parts[1], space)
        if isinstance(annotation, type) and issubclass(annotation, g.Item):
            return self.item(annotation)
        if isinstance(annotation, type) and issubclass(annotation, Named):
            return self.words({one.value: one.zh for one in annotation})
        if annotation is g.Name:
            return self.name(space)
        return PLAIN[annotation](self)

    def several(self, element: Any, space: str) -> Schema:
        one = self.value(element, space)
        if isinstance(element, type) and issubclass(element, g.Item):
            return {"type": "array", "items": one}
        return self.choose({"type": "array", "items": one}, one)

    def section(self, keys: Any, values: Any, space: str) -> Schema:
        """Items by their identifier, or values by date."""
        if keys is date:
            return {
                "type": "object",
                "patternProperties": {DATE: self.value(values)},
                "additionalProperties": False,
            }
        if space == "category":
            one = self.value(values)
            properties = {
                self.word(en, zh): self.described(one, self.named(en, zh, zh))
                for en, zh in CATEGORIES.items()
            }
            return {"type": "object", "properties": properties, "additionalProperties": False}
        return {"type": "object", "additionalProperties": self.value(values, space)}

    def name(self, space: str) -> Schema:
        """A name: one of a list where the language itself has the list."""
        if space in CLOSED:
            return self.words(CLOSED[space])
        return {"type": TEXT}

    def words(self, names: typing.Mapping[str, str]) -> Schema:
        here, there = (names.values(), names.keys()) if self.zh else (names.keys(), names.values())
        return {"enum": list(here), "enumDescriptions": list(there)}

    def truth(self) -> Schema:
        """是 or 否; true or false, which the Chinese spelling reads as well."""
        if self.zh:
            return {"enum": ["是", "否", True, False], "enumDescriptions": ["true", "false", "是", "否"]}
        return {"enum": [True, False], "enumDescriptions": ["是", "否"]}

    def object(self, **keys: tuple[str, str, Schema]) -> Schema:
        """A mapping of the language's own words: word=(Chinese, meaning, value)."""
        properties = {
            self.word(en, zh): self.described(value, self.named(en, zh, doc))
            for en, (zh, doc, value) in keys.items()
        }
        return {"type": "object", "properties": properties, "additionalProperties": False}

    def reference_keys(self) -> dict[str, tuple[str, str, Schema]]:
        return {
            "parameter": ("参数", "会变动的数字,取判定时的值", {"type": TEXT}),
            "fact": ("事实", "另一个事实的值", {"type": TEXT}),
        }

    def references(self) -> Schema:
        return self.object(**self.reference_keys())

    def reference(self, space: str = "") -> Schema:
        return self.ref("Reference", lambda: self.choose(self.references(), {"type": VALUE}))

    def during(self, space: str = "") -> Schema:
        return self.ref(
            "Window",
            lambda: self.choose(
                self.object(
                    last=("最近", "从截至日往回算,如 2年", {"type": "string"}),
                    year=("年份", "某一历年", {"type": "integer"}),
                ),
                {"type": "string", "examples": [self.word("year", "当年"), self.word("as_of", "截至日")]},
            ),
        )

    def share(self, space: str = "") -> Schema:
        pair = {"type": "array", "items": self.reference(), "minItems": 2, "maxItems": 2}
        keys = self.reference_keys() | {"between": ("介于", "两端均含:[下限, 上限]", pair)}
        return self.choose(self.object(**keys), {"type": TEXT})

    def since(self, space: str = "") -> Schema:
        year = self.object(year=("年份", "基年", {"type": "integer"}))
        return self.choose(year, self.words({"previous": "上年"}))

    def steps(self, space: str = "") -> Schema:
        return {"type": "object", "additionalProperties": {"type": VALUE}}

    def threshold(self, space: str = "") -> Schema:
        """A figure, a reference, or milestones by date."""
        return self.choose(self.references() | {"patternProperties": {DATE: {"type": TEXT}}}, {"type": TEXT})

    def over(self, space: str = "") -> Schema:
        return self.choose(self.condition(), self.words({"all": "全部"}))

    def goal(self, space: str = "") -> Schema:
        """The name of an outcome, or a condition."""
        return self.choose(self.condition(), {"type": "string"})

    def coverages(self, space: str = "") -> Schema:
        none = self.described(self.item(g.Because), self.named("none", "无", "没有全覆盖要求的原因"))
        return {
            "type": "object",
            "properties": {self.word("none", "无"): none},
            "additionalProperties": self.item(g.Coverage),
        }

    # ------------------------------------------------------------------ conditions

    def condition(self, space: str = "") -> Schema:
        """A mapping of connectives, yes/no operators and facts; a pack's own names are not listed."""
        if space == "item":
            return self.ref("ActivityCondition", lambda: self.conditions(("activity",)))
        return self.ref("Condition", lambda: self.conditions(("enterprise", "report")))

    def conditions(self, owners: Iterable[str]) -> Schema:
        properties = {
            self.word(one.en, one.zh): self.described(
                self.connective(one.en, owners), self.named(one.en, one.zh, one.doc)
            )
            for one in g.CONNECTIVES
        }
        for operator in OPERATORS:
            if operator.asserts:
                meaning = self.named(*operator.words, arguments(operator))
                properties[self.word(*operator.words)] = self.described(self.operator(operator), meaning)
        for (owner, _), spec in VOCABULARY.items():
            if owner in owners and spec.type is not Type.TEXT:
                properties[self.word(spec.name, spec.zh)] = self.described(
                    self.tests_of(spec), self.of_fact(spec)
                )
        if "enterprise" in owners:
            for en, zh in SUBJECTS.items():
                properties[self.word(en, zh)] = self.described(
                    self.tests(), self.named(en, zh, COMES_BY_ITSELF[en])
                )
        return {
            "type": "object",
            "minProperties": 1,
            "properties": properties,
            "additionalProperties": self.tests(),
        }

    def connective(self, word: str, owners: Iterable[str]) -> Schema:
        condition = self.condition("item" if "activity" in owners else "")
        some = {"type": "array", "items": condition, "minItems": 1}
        match word:
            case "not":
                return condition
            case "active":
                return {"type": "string", "examples": [self.word(*one) for one in ACTIVE.items()]}
            case "at_least_of":
                closed = self.object(
                    n=("n", "至少几项", {"type": "integer", "minimum": 1}), of=("所列", "各项条件", some)
                )
                return closed | {"required": ["n", self.word("of", "所列")]}
        return some

    def of_fact(self, spec: FactSpec) -> Schema:
        """What an editor says of a base fact."""
        parts = [OWNERS[spec.owner], spec.type.zh]
        parts += [f"单位 {spec.unit}"] if spec.unit else []
        parts += [f"来源 {spec.source}"] if spec.source else []
        return self.named(spec.name, spec.zh, "，".join(parts))

    def tests_of(self, spec: FactSpec) -> Schema:
        """What a base fact may be held against, by its type."""
        if spec.type is Type.YES_NO:
            return self.ref("YesNoTests", lambda: self.choose(self.test_words(), self.truth()))
        if spec.type is Type.LEVEL:
            return self.level()
        if spec.choices and spec.name != "kind":
            return self.tests(f"{spec.name.capitalize()}Tests", self.words(spec.choices))
        return self.tests()

    def tests(self, name: str = "Tests", value: Schema | None = None) -> Schema:
        """A value, several values, {parameter}, {fact}, or tests; of a `value` of that kind."""
        return self.ref(name, lambda: self.of_tests(name, value or {"type": VALUE}))

    def of_tests(self, name: str, value: Schema) -> Schema:
        several = {"type": "array", "items": value, "minItems": 1}
        return self.choose(
            self.test_words(name.replace("Tests", "TestWords"), value), self.choose(several, value)
        )

    def test_words(self, name: str = "TestWords", value: Schema | None = None) -> Schema:
        return self.ref(name, lambda: self.all_test_words(value or {"type": VALUE}))

    def all_test_words(self, value: Schema) -> Schema:
        one = self.choose(self.references(), value)
        several = self.choose({"type": "array", "items": one, "minItems": 1}, one)
        special = {
            "equals": several,
            "under": several,
            "between": {"type": "array", "items": one, "minItems": 2, "maxItems": 2},
            "within": self.during(),
            "is_known": {"enum": [True, *(["是"] if self.zh else [])]},
        }
        keys = {word.en: (word.zh, word.doc, special.get(word.en, one)) for word in g.TESTS}
        return self.object(**self.reference_keys(), **keys)

    def level(self, space: str = "") -> Schema:
        return self.tests("LevelTests", self.words(CLOSED["level"]))


def arguments(operator: type[Operator]) -> str:
    """What an operator takes, in Chinese, from its own keys."""
    parts = []
    for field, (_, zh, _, _) in fields_of(operator).items():
        doc = operator.model_fields[field].description or ""
        parts.append(doc if operator.whole else f"{zh}({doc})")
    return "、".join(parts)


CLOSED: Final = {"category": CATEGORIES, "status": STATUSES, "level": LEVELS}
ACTIVE: Final = {"any": "任一", **CATEGORIES}
COMES_BY_ITSELF: Final = {"in_jurisdiction": "企业在本规则包的辖区(园区)内", "year": "判定的年度"}

PLAIN: Final[dict[Any, Callable[[Writer], Schema]]] = {
    str: lambda _: {"type": TEXT},
    bool: Writer.truth,
    int: lambda _: {"type": "integer"},
    date: lambda _: {"type": "string", "pattern": DATE},
    g.Figure: lambda _: {"type": VALUE},
}
SPECIAL: Final[dict[str, Callable[[Writer, str], Schema]]] = {
    "operand": Writer.reference,
    "right side": Writer.reference,
    "during": Writer.during,
    "condition": Writer.condition,
    "tests": Writer.level,
    "share": Writer.share,
    "since": Writer.since,
    "steps": Writer.steps,
    "over": Writer.over,
    "threshold": Writer.threshold,
    "coverages": Writer.coverages,
    "goal": Writer.goal,
}


def _choices_needed(writer: Writer) -> Schema:
    kind, choices = writer.word("type", "类型"), writer.word("choices", "可选值")
    is_choice = {"properties": {kind: {"const": writer.word("choice", "选项")}}, "required": [kind]}
    return {"allOf": [{"if": is_choice, "then": {"required": [choices]}}]}


def _no_amount(writer: Writer) -> Schema:
    bearing, amount = writer.word("bearing", "分量"), writer.word("amount", "金额")
    weighs = {"properties": {bearing: {"const": writer.word("weighs", "重要条件")}}, "required": [bearing]}
    return {"allOf": [{"if": weighs, "then": {"properties": {amount: False}}}]}


EXTRA: Final[dict[type[g.Item], Callable[[Writer], Schema]]] = {g.Input: _choices_needed, g.Award: _no_amount}
"""What one key of an item asks of the others."""


if __name__ == "__main__":
    sys.stdout.write(text("zh" if "zh" in sys.argv[1:] else "en"))
