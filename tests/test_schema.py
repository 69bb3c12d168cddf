"""The JSON Schemas say what the grammar says; an editor's own reading of them is tried in tests/schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from innovation_rules.case import VOCABULARY
from innovation_rules.pack import finder, formatter, parser, reader, schema
from innovation_rules.pack import grammar as g
from innovation_rules.pack.operators import OPERATORS
from innovation_rules.quantities import DecimalText, Type

ROOT = Path(__file__).parent.parent
POLICIES = sorted(finder.policies().glob("*.yaml"))
SPELLINGS: list[schema.Spelling] = ["en", "zh"]


def data(node: reader.Node) -> Any:
    """A document as an editor's YAML 1.2 reads it."""
    if isinstance(node, reader.Mapping):
        return {key.text: data(value) for key, value in node}
    if isinstance(node, reader.Sequence):
        return [data(one) for one in node]
    return float(node.value) if isinstance(node.value, DecimalText) else node.value


KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def is_a(value: Any, kind: str) -> bool:
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def faults(value: Any, one: Any, root: Any, path: str = "") -> Iterator[str]:
    """What is wrong with a value, by the keywords of draft-07 that the schemas use."""
    if one is False:
        yield f"{path}: not allowed"
    if not isinstance(one, dict):
        return
    if "$ref" in one:
        yield from faults(value, root["definitions"][one["$ref"].rpartition("/")[2]], root, path)
        return
    kinds = one.get("type", [])
    if kinds and not any(is_a(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        yield f"{path}: type"
    if "enum" in one and not any(
        value is this or (value == this and type(value) is type(this)) for this in one["enum"]
    ):
        yield f"{path}: enum"
    if "const" in one and value != one["const"]:
        yield f"{path}: const"
    for part in one.get("allOf", ()):
        yield from faults(value, part, root, path)
    if "if" in one:
        holds = "not" not in one["if"] and not [*faults(value, one["if"], root)]
        if "not" in one["if"]:
            holds = all([*faults(value, part, root)] for part in one["if"]["not"]["anyOf"])
        if holds:
            yield from faults(value, one["then"], root, path)
    if isinstance(value, dict):
        yield from object_faults(value, one, root, path)
    if isinstance(value, list) and "items" in one:
        for index, item in enumerate(value):
            yield from faults(item, one["items"], root, f"{path}[{index}]")
    if isinstance(value, str) and not re.search(one.get("pattern", ""), value):
        yield f"{path}: pattern"


def object_faults(value: dict[str, Any], one: Any, root: Any, path: str) -> Iterator[str]:
    yield from (f"{path}: lacks {key}" for key in one.get("required", ()) if key not in value)
    for key, part in value.items():
        matching = [this for form, this in one.get("patternProperties", {}).items() if re.search(form, key)]
        if key in one.get("properties", {}):
            matching.append(one["properties"][key])
        for this in matching or [one.get("additionalProperties", True)]:
            yield from faults(part, this, root, f"{path}.{key}")


def check(text: str, names: schema.Spelling) -> list[str]:
    root = schema.schema(names)
    return [*faults(data(reader.read(text.encode(), "town.yaml").root), root, root)]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_policies_are_as_their_schema_says(path: Path) -> None:
    document = reader.read_file(path)
    assert check(document.text, "en") == []
    assert check(formatter.format_source(document, "zh"), "zh") == []


HEAD = """\
pack: town
title: 镇
jurisdiction: {within: "140400"}
in_force: {from: 2020-01-01}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("awards: {a: {eligable_when: {year: 2020年}}}", ".awards.a.eligable_when: not allowed"),
        ("awards: {a: {kind: rewrad}}", ".awards.a.kind: enum"),
        ("awards: {a: {bearing: weighs, amount: {fixed: 1元}}}", ".awards.a.amount: not allowed"),
        ("coverages: {a: {label: 甲}}", ".coverages.a: lacks covered_when"),
        ("coverages: {a: {covered_when: yes}}", ".coverages.a.covered_when: type"),
        ("coverages: {a: {covered_when: {ownership: stat}}}", ".coverages.a.covered_when.ownership: enum"),
        (
            'coverages: {a: {covered_when: {in_directory: "true"}}}',
            ".coverages.a.covered_when.in_directory: type",
        ),
        ("coverages: {a: {covered_when: {b: {more: 3人}}}}", ".coverages.a.covered_when.b.more: not allowed"),
        ("facts: {a: {label: 甲}}", ".facts.a: const"),
        ("facts: {a: {sum: [employees], count: {}}}", ".facts.a.count: not allowed"),
        ("facts: {a: {count: {category: platfrom}}}", ".facts.a.count.category: enum"),
        ("facts: {a: {count: {level: {at_least: provincal}}}}", ".facts.a.count.level.at_least: enum"),
        ("facts: {a: {growth: {of: employees, since: last}}}", ".facts.a.growth.since: enum"),
        ("inputs: {a: {of: enterprise, type: choice}}", ".inputs.a: lacks choices"),
        ("profile: {talents: {year: 2020年}}", ".profile.talents: not allowed"),
        ("parameters: {a: {values: {2020: 3人}}}", ".parameters.a.values.2020: not allowed"),
        ("in_force_: 1", ".in_force_: not allowed"),
    ],
)
def test_a_mistake_is_one_fault(text: str, expected: str) -> None:
    assert check(HEAD + text, "en") == [expected]


@pytest.mark.parametrize("names", SPELLINGS)
def test_every_key_operator_and_fact_is_described_in_chinese(names: schema.Spelling) -> None:
    root = schema.schema(names)
    zh = names == "zh"
    condition = root["definitions"]["Condition"]["properties"]
    facts = [spec for (owner, _), spec in VOCABULARY.items() if owner in ("enterprise", "report")]
    for spec in facts:
        if spec.type is not Type.TEXT:
            shown = condition[spec.zh if zh else spec.name]
            assert shown["title"] == (spec.name if zh else spec.zh)
            assert shown["description"].startswith(spec.zh)
    fact = root["definitions"]["Fact"]["properties"]
    assert {one.words[zh] for one in OPERATORS} <= fact.keys()
    assert set(parser.keys_of(g.Pack, zh)) == root["properties"].keys()
    assert all(re.search("[一-鿿]", one["description"]) for one in [*condition.values(), *fact.values()])


@pytest.mark.parametrize("names", SPELLINGS)
def test_every_reference_leads_somewhere(names: schema.Spelling) -> None:
    root = schema.schema(names)
    found = set(re.findall(r'"#/definitions/(\w+)"', json.dumps(root)))
    assert found == root["definitions"].keys()
    assert "oneOf" not in json.dumps(root)


def test_the_files_are_those_of_the_grammar() -> None:
    for path, text in schema.pages().items():
        assert (ROOT / path).read_text() == text, f"{path} is stale: make docs"
