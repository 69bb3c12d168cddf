"""Symbolic facts: for each column what values it can have, as guarded ways over solver variables.

`items` makes the fields of an item with it, `world` the base facts of an enterprise. A closed list is one Boolean a
value (a level and yes or no too); a number or date is a Boolean for known and a bounded integer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final

import z3
from stdnum import numdb

from innovation_rules.activities import Status
from innovation_rules.case import Raw
from innovation_rules.engines.smt.terms import Bool, Q, all_, any_, both, not_
from innovation_rules.engines.smt.values import V, Way
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.fields import FIRST_DAY, LAST_DAY, SECTIONS, region_name
from innovation_rules.program import Aggregate, Constant, Member, Node, Program, Under, under
from innovation_rules.quantities import FOREVER, QUANTITIES, Type

OTHER: Final = "其他的"
"""A text that no program names."""
MOST: Final = 10**18
"""What a number without a declared range can be, in base units (`quantities.data_parser`)."""
_ENDLESS: Final = frozenset({"ended", "expires", "lasted_until"})
_NEVER_OF_A_QUALIFICATION: Final = (Status.UNDER_WAY.value, Status.COMPLETED.value)


@dataclass(frozen=True)
class Words:
    """The texts that some programs tell apart."""

    texts: tuple[str, ...]
    unders: tuple[Under, ...]

    @staticmethod
    def of(programs: Iterable[Program]) -> Words:
        texts: dict[str, None] = {}
        unders: dict[tuple[tuple[str, ...], tuple[str, ...]], Under] = {}
        for program in programs:
            for node in _all_nodes(program.nodes):
                if isinstance(node, Under):
                    unders.setdefault((node.prefixes, node.wider), node)
                elif isinstance(node, Member):
                    texts.update(dict.fromkeys(one for one in node.values if isinstance(one, str)))
                elif isinstance(node, Constant) and isinstance(node.value, str):
                    texts[node.value] = None
        return Words(tuple(sorted(texts)), tuple(unders[key] for key in sorted(unders)))


def _all_nodes(nodes: Sequence[Node]) -> Iterable[Node]:
    for node in nodes:
        yield node
        if isinstance(node, Aggregate):
            yield from node.body


# ------------------------------------------------------------------------------------------------ texts


def texts_of(spec: FactSpec, words: Words) -> tuple[str, ...]:
    """The values of a text, choice or code that the programs tell apart: one of each class."""
    if spec.name == "category":
        return tuple(CATEGORIES)
    if spec.choices:
        if spec.owner == "qualification" and spec.name == "status":
            return tuple(one for one in spec.choices if one not in _NEVER_OF_A_QUALIFICATION)
        return tuple(spec.choices)
    if spec.type is Type.CODE and not spec.declared and spec.owner == "enterprise":
        if spec.name == "region" and spec.source:
            return _classes(region_codes(), words)
        if spec.name == "industry" and spec.source:
            return _classes(industry_codes(), words)
    return _classes(_free(words), words)


def _free(words: Words) -> tuple[str, ...]:
    """Every text that prefixes can tell apart: each beginning of one, and each beginning with a way out of it."""
    begun = {
        prefix[:end] for node in words.unders for prefix in node.prefixes for end in range(1, len(prefix) + 1)
    }
    wider = {one for node in words.unders for one in node.wider}
    left = {one + "~" for one in begun}
    return (OTHER, *sorted({*words.texts, *begun, *wider, *left}))


@lru_cache(maxsize=64)
def _classes(candidates: tuple[str, ...], words: Words) -> tuple[str, ...]:
    first: dict[object, str] = {}
    for one in candidates:
        first.setdefault(_told(one, words), one)
    return tuple(first.values())


def _told(one: str, words: Words) -> tuple[object, ...]:
    """All that the programs can tell of a text."""
    named = one if one in words.texts else None
    return (named, *(under(one, node.prefixes, node.wider) for node in words.unders))


def same_class(value: str, among: Sequence[str], words: Words) -> str:
    """The text of these that the programs cannot tell from a value; the value itself where there is none."""
    if value in among:
        return value
    told = _told(value, words)
    return next((one for one in among if _told(one, words) == told), value)


@cache
def region_codes() -> tuple[str, ...]:
    """Every code of GB/T 2260 that an enterprise can have."""
    found = []
    for _, province, _, _, parts in numdb.get("cn/loc").prefixes:
        found += [province + part for _, part, _, _, _ in parts]
    return tuple(one for one in sorted(found) if region_name(one) is not None)


@cache
def industry_codes() -> tuple[str, ...]:
    """Every code of GB/T 4754 in form: two to four digits under a division; four first, which say most."""
    divisions = [f"{number:02}" for numbers in SECTIONS.values() for number in numbers]
    ends = ([f"{n:02}" for n in range(100)], [str(n) for n in range(10)], [""])
    return tuple(division + end for group in ends for division in divisions for end in group)


# ------------------------------------------------------------------------------------------------ columns


@dataclass
class Column:
    """One symbolic fact or field: its value, when it is known, and what its variables must keep to."""

    spec: FactSpec
    value: V
    known: Bool
    limits: list[Bool] = field(default_factory=list)
    number: Any = None

    def raw(self, model: Any) -> Raw:
        """Its value in a model of the solver."""
        for way in self.value.ways:
            if way.guard is True or z3.is_true(model.eval(way.guard, model_completion=True)):
                if self.number is None:
                    return way.low.num  # type: ignore[no-any-return]
                return model.eval(self.number, model_completion=True).as_long()  # type: ignore[no-any-return]
        return None

    def is_(self, value: Raw) -> Bool:
        """It has this value; None: it is unknown."""
        if value is None:
            return not_(self.known)
        if self.number is not None:
            return both(self.known, self.number == int(value))
        return any_(way.guard for way in self.value.ways if way.low.num == value)


def column(name: str, specs: Sequence[FactSpec], words: Words, *, always: bool = False) -> Column:
    """A symbolic column for a fact that one or several packs declare; its domain is what all of them allow."""
    spec = specs[0]
    if spec.type in QUANTITIES or spec.type is Type.DATE:
        return _number(name, specs, always)
    values: tuple[Raw, ...]
    if spec.type is Type.YES_NO:
        values = (True, False)
    elif spec.type is Type.LEVEL:
        values = tuple(range(5))
    else:
        values = texts_of(spec, words)
        for other in specs[1:]:
            allowed = set(texts_of(other, words))
            values = tuple(one for one in values if one in allowed)
    return listed(name, spec, values, always=always)


def listed(name: str, spec: FactSpec, values: Sequence[Raw], *, always: bool = False) -> Column:
    """A column whose value is one of a short list."""
    guards = [z3.Bool(f"{name}={value}") for value in values]
    limits = [] if len(guards) < 2 else [z3.AtMost(*guards, 1)]
    known = any_(guards)
    if always:
        limits.append(known)
    ways = tuple(Way(guard, (one := Q(value)), one) for guard, value in zip(guards, values, strict=True))
    return Column(spec, V(ways), known, limits)


def _number(name: str, specs: Sequence[FactSpec], always: bool) -> Column:
    known = True if always else z3.Bool(f"{name}?")
    number = z3.Int(name)
    value = Q(number)
    limits = [_within(number, spec) for spec in specs]
    return Column(specs[0], V((Way(known, value, value),)), known, limits, number)


def _within(number: Any, spec: FactSpec) -> Bool:
    low, high = spec.low, spec.high
    if spec.type is Type.DATE:
        first, last = FIRST_DAY.toordinal(), LAST_DAY.toordinal()
        if low is None or high is None:
            return z3.And(number >= date.min.toordinal(), number <= FOREVER)
        inside = z3.And(number >= max(low, first), number <= min(high, last))
        return z3.Or(inside, number == FOREVER) if spec.name in _ENDLESS else inside
    return z3.And(number >= (-MOST if low is None else low), number <= (MOST if high is None else high))


def first_known(spec: FactSpec, choices: Sequence[tuple[Bool, Any]]) -> Column:
    """The first of several numbers that is known, each with when it may stand."""
    ways = []
    before: list[Bool] = []
    for known, number in choices:
        guard = all_((known, *map(not_, before)))
        if guard is not False:
            value = Q(number)
            ways.append(Way(guard, value, value))
        before.append(known)
    return Column(spec, V(tuple(ways)), any_(known for known, _ in choices))
