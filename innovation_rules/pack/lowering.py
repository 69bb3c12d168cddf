"""The workbench of the compiler: nodes under construction, names and literals turned into typed nodes.

`compiler` makes one for each compilation; `conditions`, `aggregates`, `amounts`, `decisions` and the operators
lower themselves with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from innovation_rules.case import VOCABULARY, BaseFact
from innovation_rules.errors import Diagnostic, Place, Problems, nearest
from innovation_rules.facts import FactSpec
from innovation_rules.pack import aggregates, conditions, decisions
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Entry, Linked, clause_of
from innovation_rules.pack.spelling import is_chinese_name
from innovation_rules.pack.typed import Reported, Scope, Typed, Wrong, choices_of, misread, per
from innovation_rules.program import Constant, Fact, Node, Number, Op, Origin, Outer
from innovation_rules.quantities import (
    SCALE,
    Level,
    QuantityError,
    Type,
    compatible,
    parse_duration,
    parse_literal,
)


class Lowering:
    """One compilation: the nodes so far, the facts they read, and where in the pack the work stands."""

    def __init__(self, linked: Linked, year: int, law_date: date, problems: Problems) -> None:
        self.linked = linked
        self.judged_year = self.year = year
        self.judged_law_date = self.law_date = law_date
        self.problems = problems
        self.scopes = [Scope("program")]
        self.origin = Origin("")
        self.facts: list[BaseFact] = []
        self.fact_nodes: dict[str, Typed] = {}
        self.item_facts: dict[str, list[FactSpec]] = {
            "activity": [VOCABULARY["activity", "category"], VOCABULARY["activity", "kind"]],
            "qualification": [],
        }
        self.body_origins: dict[int, tuple[Origin, ...]] = {}
        self.named: dict[tuple[str, int, date], Typed | None] = {}
        self.under_way: list[Entry] = []
        self.labels: dict[str, str] = {}
        self.coverage_pairs: dict[str, tuple[int, int]] = {}
        self.many_rows: dict[tuple[str, int, date], tuple[tuple[str, int], ...]] = {}

    def add(self, node: Node, type: Type, unit: str = "") -> int:
        """Append a node to the scope at hand."""
        scope = self.scopes[-1]
        scope.nodes.append(node)
        scope.origins.append(replace(self.origin, type=type, unit=unit, name=""))
        return len(scope.nodes) - 1

    def truth(self, node: Node) -> int:
        return self.add(node, Type.YES_NO)

    def constant(self, value: Any, type: Type, unit: str = "", parameter: str = "") -> Typed:
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        return Typed(self.add(Constant(value, parameter), type, unit), type, unit, number, number)

    @contextmanager
    def inside(self, path: str, item: Any, label: str = "") -> Iterator[None]:
        """Everything added meanwhile comes from this item."""
        before = self.origin
        self.origin = Origin(
            path=path,
            clause=clause_of(item) or (before.clause if item is None else ""),
            label=label or getattr(item, "label", ""),
            place=getattr(item, "place", None) or before.place,
        )
        try:
            yield
        finally:
            self.origin = before

    @contextmanager
    def at(self, place: Place | None) -> Iterator[None]:
        before = self.origin
        self.origin = replace(before, place=place)
        try:
            yield
        finally:
            self.origin = before

    @contextmanager
    def in_year(self, year: int) -> Iterator[None]:
        """Facts of another year, with the parameters of that year's end."""
        before = self.year, self.law_date
        self.year = year
        self.law_date = min(date(year, 12, 31), self.judged_law_date)
        try:
            yield
        finally:
            self.year, self.law_date = before

    @contextmanager
    def in_program(self) -> Iterator[None]:
        """Back from an aggregate's body to the program around it."""
        inner = self.scopes[1:]
        del self.scopes[1:]
        try:
            yield
        finally:
            self.scopes.extend(inner)

    @contextmanager
    def working_on(self, entry: Entry) -> Iterator[None]:
        if entry in self.under_way:
            start = self.under_way.index(entry)
            path = " → ".join([*(one.id for one in self.under_way[start:]), entry.id])
            raise Wrong("cycle", entry.place, path=path)
        self.under_way.append(entry)
        try:
            yield
        finally:
            self.under_way.pop()

    def last_day(self, year: int) -> int:
        return date(year, 12, 31).toordinal()

    def wrong(self, code: str, place: Place | None, **fields: object) -> Wrong:
        wrong = Wrong(code, place)
        wrong.fields = fields
        return wrong

    def unknown(self, code: str, name: str, place: Place | None, known: Sequence[str]) -> Wrong:
        if is_chinese_name(str(name), self.linked):
            return Wrong("mixed-spelling", place, found=str(name))
        return Wrong(code, place, found=str(name), nearest=nearest(str(name), known), known=list(known))

    def report(self, wrong: Wrong) -> None:
        self.problems.extend([Diagnostic(wrong.code, wrong.place, wrong.fields, tuple(wrong.related))])

    # -------------------------------------------------------------------------------- what the other parts lower

    def condition(self, condition: g.Condition) -> int:
        return conditions.lower_condition(self, condition)

    def all_true(self, nodes: Sequence[int]) -> int:
        return conditions.all_true(self, nodes)

    def any_true(self, nodes: Sequence[int]) -> int:
        return conditions.any_true(self, nodes)

    def test(self, typed: Typed, test: g.Test, name: str) -> int:
        return conditions.lower_test(self, typed, test, name)

    def table(self, rows: Sequence[g.Row], place: Place) -> Typed:
        return conditions.lower_table(self, rows, place)

    def active(self, what: str, place: Place | None) -> int:
        return decisions.lower_active(self, what, place)

    def statuses(self, entry: Entry) -> dict[str, Any]:
        return decisions.statuses_of(self, entry)

    def window(self, window: g.Window) -> tuple[int | None, Op, int | None]:
        return aggregates.lower_window(self, window)

    def activities(self, item: g.Filter, of: g.Name | None = None) -> Typed:
        return aggregates.lower_activities(self, item, of)

    def qualifications(
        self, kinds: Sequence[g.Name], level: Sequence[g.Test], statuses: Sequence[g.Name]
    ) -> Typed:
        return aggregates.lower_qualifications(self, kinds, level, statuses)

    def filter_of(self, name: g.Name, at: Any) -> g.Filter:
        return aggregates.filter_of(self, name, at)

    def item_fact(self, name: g.Name) -> Typed:
        return aggregates.item_fact(self, name)

    def some(self, count: Typed) -> Typed:
        return aggregates.some(self, count)

    def fact(self, name: g.Name) -> Typed:
        """A base fact, an input, a derived fact, a class or a decision, by its name."""
        return self.subject(name, name.place)

    def subject(self, name: str, place: Place | None) -> Typed:
        if name == "in_jurisdiction":
            return Typed(decisions.own_jurisdiction(self), Type.YES_NO)
        if name == "year":
            return self.constant(self.year, Type.COUNT, "年")
        entry = self.linked.subject(name)
        if entry is not None:
            return self.entry(entry, place)
        spec = VOCABULARY.get(("enterprise", name)) or VOCABULARY.get(("report", name))
        if spec is None:
            raise self.unknown("unknown-fact", name, place, self.linked.subjects())
        if spec.type is Type.TEXT:
            raise Wrong("not-testable", place, type=spec.type.words)
        return self.base(spec, self.year if spec.yearly else None)

    def base(self, spec: FactSpec, year: int | None, key: str | None = None) -> Typed:
        fact = BaseFact(spec, year, key)
        known = self.fact_nodes.get(fact.name)
        if known is None:
            with self._plain_origin(spec):
                node = self.add(Fact(len(self.facts)), spec.type, spec.unit or "")
            self.facts.append(fact)
            type = Type.YES_NO if key is not None else spec.type
            known = Typed(node, type, spec.unit or "", spec.low, spec.high, choices_of(spec))
            self.fact_nodes[fact.name] = known
            self.labels.update(choices_of(spec))
        return known

    @contextmanager
    def _plain_origin(self, spec: FactSpec) -> Iterator[None]:
        before = self.origin
        self.origin = Origin(path=f"{spec.owner}.{spec.name}", label=spec.zh)
        try:
            yield
        finally:
            self.origin = before

    def entry(self, entry: Entry, place: Place | None) -> Typed:
        """What a declared name means, lowered once for each year asked of it."""
        if entry.section == "inputs":
            return self._input(entry, place)
        if entry.section == "coverages":
            raise Wrong("decision-as-value", place, name=entry.id)
        memo_key = f"{entry.section}.{entry.id}", self.year, self.law_date
        if memo_key in self.named:
            memo = self.named[memo_key]
            if memo is None:
                raise Reported
            return memo
        try:
            with self.working_on(entry), self.inside(f"{entry.section}.{entry.id}", entry.item):
                typed = self._define(entry)
        except Wrong as wrong:
            self.report(wrong)
            self.named[memo_key] = None
            raise Reported from None
        except Reported:
            self.named[memo_key] = None
            raise
        self._name_node(typed.node, entry)
        self.named[memo_key] = typed
        return typed

    def _name_node(self, node: int, entry: Entry) -> None:
        origins = self.scopes[0].origins
        year = "" if self.year == self.judged_year else f"@{self.year}"
        if not origins[node].name and origins[node].path.startswith(entry.section):
            origins[node] = replace(origins[node], name=entry.id + year)

    def _define(self, entry: Entry) -> Typed:
        with self.in_program():
            if entry.section == "classes":
                return decisions.lower_class(self, entry)
            fact: g.Fact = entry.item
            return self._named_unit(fact, fact.operator.lower(self))

    def _named_unit(self, fact: g.Fact, typed: Typed) -> Typed:
        """The unit that the fact declares, where it measures the same."""
        if not fact.unit or fact.unit == typed.unit:
            return typed
        if typed.unit and not compatible(fact.unit, typed.unit):
            raise Wrong("unit-mismatch", fact.place, unit=fact.unit, expected=typed.unit)
        return replace(typed, unit=fact.unit)

    def _input(self, entry: Entry, place: Place | None) -> Typed:
        item: g.Input = entry.item
        spec = self.linked.input_spec(entry)
        if item.of is g.InputOf.ACTIVITY:
            raise Wrong("input-of-activity", place or item.place, name=entry.id)
        if item.of is g.InputOf.BENEFICIARY:
            raise Wrong("input-of-beneficiary", place or item.place, name=entry.id)
        yearly = item.of in (g.InputOf.REPORT, g.InputOf.REGION)
        return self.base(spec, self.year if yearly else None)

    def numbers(self, operands: Sequence[g.Reference]) -> list[Typed]:
        """Several numbers of one type; facts first, so that a literal takes its type from them."""
        like = next((self.number(one) for one in operands if isinstance(one, g.FactRef)), None)
        values = []
        for one in operands:
            typed = self.number(one, like=like)
            if like is not None and typed.type is not like.type:
                raise Wrong("type-mismatch", one.place, found=typed.type.words, expected=like.type.words)
            values.append(typed)
        return values

    def number(self, operand: g.Reference, like: Typed | None = None) -> Typed:
        """A number: a literal with its unit, a parameter, or a numeric fact."""
        typed = self.operand(operand, like)
        if not typed.is_number:
            raise Wrong("not-a-number-fact", operand.place, name=name_of(operand), type=typed.type.words)
        return typed

    def operand(self, operand: g.Reference, like: Typed | None) -> Typed:
        if isinstance(operand, g.Figure):
            return self.literal(operand, like)
        if isinstance(operand, g.ParameterRef):
            typed = self.parameter(operand.name)
            self._same_type(typed, like, operand.place)
            return typed
        if len(self.scopes) > 1:
            with self.in_program():
                typed = self.fact(operand.name)
            self._same_type(typed, like, operand.place)
            return replace(typed, node=self.add(Outer(typed.node), typed.type, typed.unit))
        typed = self.fact(operand.name)
        self._same_type(typed, like, operand.place)
        return typed

    def _same_type(self, typed: Typed, like: Typed | None, place: Place) -> None:
        if like is not None and typed.type is not like.type:
            raise Wrong("type-mismatch", place, found=typed.type.words, expected=like.type.words)

    def literal(self, figure: g.Reference, like: Typed | None = None) -> Typed:
        """A written value, read as the type of what it stands beside."""
        if not isinstance(figure, g.Figure):
            return self.operand(figure, like)
        if like is None or like.type in SCALE:
            return self._number_literal(figure, like)
        value = self.other_literal(figure, like)
        return self.constant(value, like.type, like.unit)

    def _number_literal(self, figure: g.Figure, like: Typed | None) -> Typed:
        try:
            type, value, unit = self.parsed(figure, like.type if like else None)
        except Wrong as wrong:
            if wrong.code != "wrong-unit" or like is None or not like.unit:
                raise
            written = wrong.fields["unit"]
            raise Wrong("unit-mismatch", figure.place, unit=written, expected=like.unit) from None
        if like is not None and like.unit and type in (Type.COUNT, Type.NUMBER, Type.MONEY):
            expected = like.unit if type is not Type.MONEY or "/" in like.unit + unit else ""
            if expected and not compatible(unit, expected):
                raise Wrong("unit-mismatch", figure.place, unit=unit, expected=expected)
        return self.constant(int(value), type, unit)

    def parsed(self, figure: g.Figure, type: Type | None) -> tuple[Type, int, str]:
        try:
            return parse_literal(figure.text, type)
        except QuantityError as error:
            raise misread(error, figure.place) from None

    def other_literal(self, figure: g.Figure, like: Typed) -> Any:
        match like.type:
            case Type.YES_NO:
                return self._yes_no(figure)
            case Type.DATE:
                return self._date(figure)
            case Type.LEVEL:
                return self._level(figure)
            case Type.CODE:
                return self.code(figure)
            case Type.CHOICE:
                return self.choice(figure, like)
            case _:
                raise Wrong("not-testable", figure.place, type=like.type.words)

    def _yes_no(self, figure: g.Figure) -> bool:
        if figure.text not in ("true", "false") or figure.node.quoted:
            raise Wrong("expected-yes-no", figure.place, found=figure.text)
        return figure.text == "true"

    def _date(self, figure: g.Figure) -> int:
        try:
            return date.fromisoformat(figure.text).toordinal()
        except ValueError:
            raise Wrong("not-a-date", figure.place, found=figure.text) from None

    def _level(self, figure: g.Figure) -> int:
        names = [level.value for level in Level]
        if figure.text not in names:
            raise self.unknown("unknown-level", figure.text, figure.place, names)
        return Level(figure.text).rank

    def code(self, figure: g.Figure) -> str:
        if not figure.node.quoted:
            raise Wrong("unquoted-code", figure.place, found=figure.text)
        return figure.text

    def choice(self, figure: g.Figure, like: Typed) -> str:
        names = [one for one, _ in like.choices]
        if names and figure.text not in names:
            raise self.unknown("unknown-choice-value", figure.text, figure.place, names)
        return figure.text

    def factor(self, operand: g.Reference) -> Number | None:
        """A share or multiple that the pack states, exactly; None before its parameter's first value."""
        if isinstance(operand, g.FactRef):
            raise Wrong("factor-is-a-fact", operand.place, name=operand.name)
        if isinstance(operand, g.Figure):
            return per(int(self.parsed(operand, Type.RATIO)[1]), SCALE[Type.RATIO])
        _, value, type, _ = self._parameter_value(operand.name)
        if type is not Type.RATIO:
            raise Wrong("type-mismatch", operand.place, found=type.words, expected=Type.RATIO.words)
        return None if value is None else per(value, SCALE[Type.RATIO])

    def years(self, figure: g.Figure) -> int:
        try:
            duration = parse_duration(figure.text)
        except QuantityError as error:
            raise misread(error, figure.place) from None
        if duration.unit != "年" or not 1 <= duration.length <= 20:
            raise Wrong("whole-years", figure.place, found=figure.text)
        return duration.length

    def parameter(self, name: g.Name) -> Typed:
        """A parameter at the law date; before its first value, unknown."""
        entry, value, type, unit = self._parameter_value(name)
        if len(self.scopes) > 1:
            with self.in_program():
                typed = self.constant(value, type, unit, entry.id)
            return replace(typed, node=self.add(Outer(typed.node), type, unit))
        return self.constant(value, type, unit, entry.id)

    def _parameter_value(self, name: g.Name) -> tuple[Entry, int | None, Type, str]:
        entry = self.linked.find("parameters", name)
        if entry is None:
            raise self.unknown("unknown-parameter", name, name.place, self.linked.ids("parameters"))
        item: g.Parameter = entry.item
        if not item.values:
            raise Wrong("empty-parameter", item.place, name=entry.id)
        readings = {day: self.parsed(figure, None) for day, figure in item.values.items()}
        type, _, unit = next(iter(readings.values()))
        current = max((day for day in readings if day <= self.law_date), default=None)
        value = None if current is None else int(readings[current][1])
        return entry, value, type, unit


def name_of(operand: g.Reference) -> str:
    """What an operand is called in a message."""
    return operand.text if isinstance(operand, g.Figure) else str(operand.name)
