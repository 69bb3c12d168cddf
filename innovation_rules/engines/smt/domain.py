"""Symbolic facts: for each column what values it can have, as guarded ways over solver variables.

`items` makes the fields of an item with it, `world` the base facts of an enterprise. A closed list is one Boolean a
value (a level and yes or no too); a number or date is a Boolean for known and a bounded integer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import Any, Final

from stdnum import numdb

from innovation_rules.activities import Status
from innovation_rules.case import Raw
from innovation_rules.engines.smt.formula import Cell, cell_of
from innovation_rules.engines.smt.solver import z3
from innovation_rules.engines.smt.terms import Bool, Q, all_, any_, both, not_
from innovation_rules.engines.smt.values import V, Way
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.fields import FIRST_DAY, LAST_DAY, SECTIONS, region_name
from innovation_rules.program import (
    Aggregate,
    Constant,
    Fact,
    Member,
    Node,
    Outer,
    Program,
    Under,
    children,
    under,
)
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

    texts: frozenset[str]
    unders: tuple[Under, ...]
    by_cell: Mapping[Cell, tuple[Under, ...]] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(programs: Iterable[Program]) -> Words:
        texts: set[str] = set()
        unders: dict[Under, None] = {}
        by_cell: dict[Cell, dict[Under, None]] = {}
        for program in programs:
            for node in _all_nodes(program.nodes):
                if isinstance(node, Under):
                    unders[replace(node, of=0)] = None
                elif isinstance(node, Member):
                    texts.update(one for one in node.values if isinstance(one, str))
                elif isinstance(node, Constant) and isinstance(node.value, str):
                    texts.add(node.value)
            for cell, node in under_facts(program):
                by_cell.setdefault(cell, {})[replace(node, of=0)] = None
        told = {cell: tuple(found) for cell, found in by_cell.items()}
        return Words(frozenset(texts), tuple(unders), told)

    def about(self, cell: Cell) -> Words:
        """Those that can matter to one base fact: prefixes that another fact is held against tell nothing of it."""
        return replace(self, unders=self.by_cell.get(cell, ()))

    @cached_property
    def begun(self) -> frozenset[str]:
        """Every beginning of a prefix."""
        return frozenset(
            prefix[:end]
            for node in self.unders
            for prefix in node.prefixes
            for end in range(1, len(prefix) + 1)
        )

    @cached_property
    def wider(self) -> frozenset[str]:
        return frozenset(one for node in self.unders for one in node.wider)

    def told(self, one: str) -> tuple[object, ...]:
        """All that the programs can tell of a text."""
        named = one if one in self.texts else None
        return (named, *(under(one, node.prefixes, node.wider) for node in self.unders))

    def place(self, one: str) -> tuple[str, bool]:
        """Where a text leaves the prefixes: texts of one place are told alike; quicker than `told`."""
        exact = one in self.begun or one in self.wider or one in self.texts
        if exact:
            return one, True
        return next((one[:end] for end in range(len(one), 0, -1) if one[:end] in self.begun), ""), False


def _all_nodes(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if isinstance(node, Aggregate):
            yield from node.body


def under_facts(program: Program) -> Iterator[tuple[Cell, Under]]:
    """The base facts whose codes a program holds against prefixes, with the test."""
    for node in program.nodes:
        if isinstance(node, Under):
            yield from ((cell, node) for cell in _cells_below(program, node.of))
        elif isinstance(node, Aggregate):
            tests = [part for part in node.body if isinstance(part, Under)]
            for part in node.body if tests else ():
                if isinstance(part, Outer):
                    yield from ((cell, one) for cell in _cells_below(program, part.of) for one in tests)


def _cells_below(program: Program, start: int) -> set[Cell]:
    found: set[Cell] = set()
    todo = [start]
    while todo:
        node = program.nodes[todo.pop()]
        if isinstance(node, Fact):
            found.add(cell_of(program.frame.facts[node.index]))
        todo += children(node)
    return found


# ------------------------------------------------------------------------------------------------ texts


def texts_of(spec: FactSpec, words: Words) -> tuple[str, ...]:
    """The values of a text, choice or code that the programs tell apart: one of each class."""
    if spec.name == "category":
        return tuple(CATEGORIES)
    if spec.choices:
        if spec.owner == "qualification" and spec.name == "status":
            return tuple(one for one in spec.choices if one not in _NEVER_OF_A_QUALIFICATION)
        return tuple(spec.choices)
    if spec.type is Type.CODE and spec.source and spec.owner == "enterprise":
        if spec.name == "region":
            return _classes(region_codes(), words, region_name)
        if spec.name == "industry":
            return _classes(industry_codes(), words)
    return _classes(_free(words), words)


def _free(words: Words) -> tuple[str, ...]:
    """Every text that prefixes can tell apart: each beginning of one, and each beginning with a way out of it."""
    left = {one + "~" for one in words.begun}
    return (OTHER, *sorted({*words.texts, *words.begun, *words.wider, *left}))


@lru_cache(maxsize=256)
def _classes(
    candidates: tuple[str, ...], words: Words, valid: Callable[[str], object] = bool
) -> tuple[str, ...]:
    """The first valid one of all that are told alike."""
    placed: dict[object, str] = {}
    for one in candidates:
        place = words.place(one)
        if place not in placed and valid(one):
            placed[place] = one
    first: dict[object, str] = {}
    for one in placed.values():
        first.setdefault(words.told(one), one)
    return tuple(first.values())


def same_class(value: str, among: Sequence[str], words: Words) -> str:
    """The text of these that the programs cannot tell from a value; the value itself where there is none."""
    if value in among:
        return value
    told = words.told(value)
    return next((one for one in among if words.told(one) == told), value)


@cache
def region_codes() -> tuple[str, ...]:
    """The codes of GB/T 2260, counties before cities before provinces; past and collective ones are among them."""
    found = []
    for _, province, _, _, parts in numdb.get("cn/loc").prefixes:
        found += [province + part for _, part, _, _, _ in parts]
    return tuple(
        sorted(found, key=lambda code: (code[2:] == "0000", code[4:] == "00", code[4:] == "01", code))
    )


@cache
def industry_codes() -> tuple[str, ...]:
    """Every code of GB/T 4754 in form: two to four digits under a division; four first, which say most."""
    divisions = [f"{number:02}" for numbers in SECTIONS.values() for number in numbers]
    ends = ([f"{n:02}" for n in range(100)], [str(n) for n in range(10)], [""])
    return tuple(division + end for group in ends for division in divisions for end in group)


# ------------------------------------------------------------------------------------------------ columns


def clash(specs: Sequence[FactSpec]) -> bool:
    """Whether one datum can be one value to one of the packs that declare a fact and another to another.

    A choice or a range that is missing in one of them is no clash: that pack refuses the datum.
    """
    if len({(one.type, one.declared, one.choices is None) for one in specs}) > 1:
        return True
    said: dict[str, str] = {}
    return any(said.setdefault(word, one) != one for spec in specs for word, one in _read_as(spec).items())


def _read_as(spec: FactSpec) -> dict[str, str]:
    """The choice that each word of data stands for, as `case` reads it: an identifier before a label."""
    choices = dict(spec.choices or {})
    labels = {label: one for one, label in reversed(choices.items())}
    return {**labels, **{one: one for one in choices}}


def meaning(spec: FactSpec) -> tuple[object, ...]:
    """What two specs of one place must share for a datum to be one value to both."""
    return spec.type, spec.declared, tuple(sorted(_read_as(spec).items()))


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
