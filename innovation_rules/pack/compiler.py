"""Turn a linked pack into a Program for a year and a law date.

`pack.checker` runs it to find type errors; `Pack.program` runs it to decide. Names are already resolved to
English by the linker; what is found wrong here is reported once, in place, and what depends on it stays silent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Literal

from innovation_rules.case import MOST_ITEMS, VOCABULARY, BaseFact, Frame
from innovation_rules.errors import Place, Problems, Words, nearest
from innovation_rules.facts import CATEGORIES, STATUSES, FactSpec
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Entry, Linked
from innovation_rules.pack.operators import ExistsSome, Typed, combine, pick_one, whole
from innovation_rules.program import (
    Aggregate,
    AmountRule,
    And,
    AsOf,
    AtLeast,
    AwardRule,
    CategoryRule,
    Choice,
    ClassRule,
    Compare,
    Constant,
    CoverageRule,
    Fact,
    FirstMatch,
    ItemFact,
    Known,
    Linear,
    Member,
    Node,
    Not,
    Number,
    Op,
    Or,
    Origin,
    Outer,
    PackInfo,
    Program,
    Round,
    Under,
)
from innovation_rules.quantities import SCALE, Level, QuantityError, Type, compatible, parse_duration, parse_literal

OPS: Final[dict[str, Op]] = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<"}
ORDERED: Final = frozenset({*SCALE, Type.DATE, Type.LEVEL})


def compile(linked: Linked, year: int, law_date: date) -> Program:
    """The program of a pack that has passed its checks. Raises PackError if it has not."""
    problems = Problems(linked.sources)
    program = lower(linked, year, law_date, problems)
    problems.raise_if_any()
    return program


def lower(linked: Linked, year: int, law_date: date, problems: Problems) -> Program:
    """The program, with every mistake met on the way added to `problems`."""
    return Lowering(linked, year, law_date, problems).program()


class Wrong(Exception):
    """A mistake in the item at hand; its report goes to `problems` where it is caught."""

    def __init__(self, code: str, place: Place | None, related: Sequence[tuple[Place, str]] = (), **fields: object):
        super().__init__(code)
        self.code, self.place, self.related, self.fields = code, place, related, fields


class Reported(Exception):
    """What this needs is broken and was reported where it stands."""


@dataclass
class Scope:
    """Nodes under construction: the program's, or those of one aggregate's body."""

    owner: Literal["program", "activity", "qualification"]
    nodes: list[Node] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)


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

    # -------------------------------------------------------------------------------- the whole program

    def program(self) -> Program:
        pack = self.linked.pack
        with self.inside("jurisdiction", pack.jurisdiction):
            jurisdiction = self.jurisdiction(pack.jurisdiction)
        profile = tuple(self._category(name) for name in CATEGORIES)
        layers = tuple(self._layer(entry) for entry in self.linked.all("layers"))
        classes = [self._reported_class(entry) for entry in self.linked.all("classes")]
        coverages = [self._coverage(entry, jurisdiction) for entry in self.linked.own("coverages")]
        awards = [self._award(entry, jurisdiction) for entry in self.linked.own("awards")]
        scope = self.scopes[0]
        return Program(
            pack=self._info(),
            year=self.year,
            law_date=self.law_date,
            in_force=_holds_on(pack.in_force, self.law_date),
            frame=Frame(
                tuple(self.facts),
                tuple(self.item_facts["activity"]),
                tuple(self.item_facts["qualification"]),
            ),
            nodes=tuple(scope.nodes),
            origins=tuple(scope.origins),
            jurisdiction=jurisdiction,
            profile=profile,
            layers=layers,
            classes=tuple(one for one in classes if one),
            coverages=tuple(one for one in coverages if one),
            awards=tuple(one for one in awards if one),
            labels=self.labels,
            body_origins=self.body_origins,
        )

    def _info(self) -> PackInfo:
        pack = self.linked.pack
        return PackInfo(
            pack.pack, pack.title, pack.version, self.linked.digest, pack.in_force.from_, pack.in_force.to
        )

    def jurisdiction(self, item: g.Jurisdiction) -> int:
        """Whether the enterprise stands in the pack's area, and in its zone."""
        code = item.within.rstrip("0")
        prefix = code if len(code) % 2 == 0 else code + "0"
        region = self.base(VOCABULARY["enterprise", "region"], None)
        inside = self.truth(Under(region.node, (prefix,)))
        if not item.zone:
            return inside
        zone = self.base(VOCABULARY["enterprise", "zones"], None, key=item.zone)
        return self.truth(And((inside, self.truth(Member(zone.node, (True,))))))

    def _category(self, name: str) -> CategoryRule:
        entry = self.linked.profile.get(name)
        label = CATEGORIES[name]
        with self.inside(f"profile.{name}", entry.item if entry else None, label=label):
            node = self.category_active(name)
            return CategoryRule(name, label, self.origin.clause, node)

    def category_active(self, name: str) -> int:
        """The profile's row for a category; without one, some activity of it in the judged year."""
        memo = self.named.get((f"profile.{name}", self.year, self.law_date))
        if memo is None:
            entry = self.linked.profile.get(name)
            with self.inside(f"profile.{name}", entry.item if entry else None, label=CATEGORIES[name]):
                node = (
                    self.condition(entry.item)
                    if entry
                    else self.some(self.activities(g.Filter.model_construct(category=(name,)))).node
                )
            memo = Typed(node, Type.YES_NO)
            self.named[f"profile.{name}", self.year, self.law_date] = memo
        return memo.node

    def _layer(self, entry: Entry) -> CategoryRule:
        with self.inside(f"layers.{entry.id}", entry.item):
            return CategoryRule(entry.id, entry.item.label, self.origin.clause, self.active(entry.id, None))

    def active(self, what: str, place: Place | None) -> int:
        """active: any, a category or a layer."""
        if what in CATEGORIES:
            return self.category_active(what)
        if what == "any":
            return self.truth(Or(tuple(self.category_active(one) for one in CATEGORIES)))
        layer = self.linked.find("layers", what)
        if layer is None:
            raise self.unknown("unknown-category", what, place, [*CATEGORIES, *self.linked.ids("layers"), "any"])
        return self.truth(Or(tuple(self.category_active(one) for one in layer.item.of)))

    # -------------------------------------------------------------------------------- decisions

    def _reported_class(self, entry: Entry) -> ClassRule | None:
        typed = self._guarded(entry)
        if typed is None:
            return None
        reported = entry.owner is self.linked.pack or entry.id in self.linked.pack.reports
        many = self._many.get((entry.id, self.year, self.law_date), ())
        return ClassRule(
            entry.id,
            entry.item.label,
            _clause(entry.item),
            tuple(Choice(id, label) for id, label in typed.choices),
            typed.node,
            tuple(node for _, node in many),
            reported,
        )

    @property
    def _many(self) -> dict[tuple[str, int, date], tuple[tuple[str, int], ...]]:
        return self.__dict__.setdefault("many_rows", {})

    def _guarded(self, entry: Entry) -> Typed | None:
        try:
            return self.entry(entry, None)
        except Reported:
            return None
        except Wrong as wrong:
            self.report(wrong)
            return None

    def _coverage(self, entry: Entry, jurisdiction: int) -> CoverageRule | None:
        item: g.Coverage = entry.item
        scope, condition = self._coverage_nodes(entry, jurisdiction)
        return CoverageRule(entry.id, item.label, _clause(item), scope, condition)

    def _coverage_nodes(self, entry: Entry, jurisdiction: int | None = None) -> tuple[int, int]:
        """(scope, condition) of a coverage; the scope includes the jurisdiction."""
        memo = self._pairs.get(entry.id)
        if memo is None:
            item: g.Coverage = entry.item
            with self.inside(f"coverages.{entry.id}.scope", item):
                parts = [self._own_jurisdiction()]
                if item.scope is not None:
                    parts.append(self.condition(item.scope))
                scope = self.truth(And(tuple(parts)))
            with self.working_on(entry), self.inside(f"coverages.{entry.id}.covered_when", item):
                memo = scope, self.condition(item.covered_when)
            self._pairs[entry.id] = memo
        return memo

    @property
    def _pairs(self) -> dict[str, tuple[int, int]]:
        return self.__dict__.setdefault("coverage_pairs", {})

    def _own_jurisdiction(self) -> int:
        key = "in_jurisdiction", self.judged_year, self.judged_law_date
        memo = self.named.get(key)
        if memo is None:
            memo = Typed(self.jurisdiction(self.linked.pack.jurisdiction), Type.YES_NO)
            self.named[key] = memo
        return memo.node

    def _award(self, entry: Entry, jurisdiction: int) -> AwardRule | None:
        item: g.Award = entry.item
        granted = None
        try:
            granted = self._granted(item)
            condition = self._award_condition(entry)
            amount = self._amount(entry, granted)
        except Reported:
            return None
        except Wrong as wrong:
            self.report(wrong)
            return None
        period = item.in_force
        higher = granted.item if granted else item
        return AwardRule(
            id=entry.id,
            label=item.label,
            clause=_clause(item),
            kind=(item.kind if "kind" in item.model_fields_set else higher.kind).value,
            bearing=item.bearing.value,  # type: ignore[arg-type]
            discretionary=item.discretionary,
            granted_by=item.granted_by,
            decided=not item.beneficiary,
            in_force=_holds_on(period, self.law_date) and _holds_on(higher.in_force, self.law_date),
            jurisdiction=jurisdiction,
            condition=condition,
            amount=amount,
            quoted=item.quoted,
            responsible=item.responsible,
        )

    def _granted(self, item: g.Award) -> Entry | None:
        if item.grants is None:
            return None
        pack, _, name = item.grants.rpartition(".")
        entry = self.linked.granted(pack, name)
        if entry is None:
            names = self.linked.grantable()
            raise self.unknown("unknown-grant", item.grants, item.grants.place, names)
        return entry

    def _award_condition(self, entry: Entry) -> int:
        """eligible_when and not unless, in Kleene's logic, and one qualifying item where it is for each."""
        memo = self.named.get((f"awards.{entry.id}", self.year, self.law_date))
        if memo is not None:
            return memo.node
        item: g.Award = entry.item
        parts: list[int] = []
        with self.working_on(entry):
            granted = self._granted(item)
            if granted is not None:
                with self.inside(f"awards.{granted.id}", granted.item):
                    parts.append(self._award_condition(granted))
            if item.for_each is not None:
                with self.inside(f"awards.{entry.id}.for_each", item):
                    parts.append(self.some(self.activities(item.for_each)).node)
            if item.eligible_when is not None:
                with self.inside(f"awards.{entry.id}.eligible_when", item):
                    parts.append(self.condition(item.eligible_when))
            if item.unless is not None:
                with self.inside(f"awards.{entry.id}.unless", item):
                    parts.append(self.truth(Not(self.condition(item.unless))))
        with self.inside(f"awards.{entry.id}", item):
            node = parts[0] if len(parts) == 1 else self.truth(And(tuple(parts)))
        self.named[f"awards.{entry.id}", self.year, self.law_date] = Typed(node, Type.YES_NO)
        return node

    def _amount(self, entry: Entry, granted: Entry | None) -> AmountRule | None:
        item: g.Award = entry.item
        if item.amount is None:
            return self._amount(granted, None) if granted else None
        with self.inside(f"awards.{entry.id}.amount", item):
            return AmountLowering(self, item).rule()

    # -------------------------------------------------------------------------------- nodes and origins

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
            clause=_clause(item) or (before.clause if item is None else ""),
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
            raise Wrong("cycle", _key_place(entry), path=path)
        self.under_way.append(entry)
        try:
            yield
        finally:
            self.under_way.pop()

    def last_day(self, year: int) -> int:
        return date(year, 12, 31).toordinal()

    # -------------------------------------------------------------------------------- mistakes

    def wrong(self, code: str, place: Place | None, **fields: object) -> Wrong:
        return Wrong(code, place, **fields)

    def unknown(self, code: str, name: str, place: Place | None, known: Sequence[str]) -> Wrong:
        return Wrong(code, place, found=str(name), nearest=nearest(str(name), known) or "", known="、".join(known[:12]))

    def report(self, wrong: Wrong) -> None:
        self.problems.add(wrong.code, wrong.place, related=wrong.related, **wrong.fields)

    # -------------------------------------------------------------------------------- names

    def fact(self, name: g.Name) -> Typed:
        """A base fact, an input, a derived fact, a class or a decision, by its name."""
        return self.subject(name, name.place)

    def subject(self, name: str, place: Place | None) -> Typed:
        if name == "in_jurisdiction":
            return Typed(self._own_jurisdiction(), Type.YES_NO)
        if name == "year":
            return self.constant(self.year, Type.COUNT, "年")
        entry = self.linked.subject(name)
        if entry is not None:
            return self.entry(entry, place)
        spec = VOCABULARY.get(("enterprise", name)) or VOCABULARY.get(("report", name))
        if spec is None or spec.type is Type.TEXT:
            raise self.unknown("unknown-fact", name, place, self.linked.subjects())
        return self.base(spec, self.year if spec.yearly else None)

    def base(self, spec: FactSpec, year: int | None, key: str | None = None) -> Typed:
        fact = BaseFact(spec, year, key)
        known = self.fact_nodes.get(fact.name)
        if known is None:
            with self._plain_origin(spec):
                node = self.add(Fact(len(self.facts)), spec.type, spec.unit or "")
            self.facts.append(fact)
            type = Type.YES_NO if key is not None else spec.type
            known = Typed(node, type, spec.unit or "", spec.low, spec.high, _pairs(spec))
            self.fact_nodes[fact.name] = known
            self.labels.update(_pairs(spec))
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
                return self._class(entry)
            fact: g.Fact = entry.item
            return self._named_unit(fact, fact.operator.lower(self))

    def _named_unit(self, fact: g.Fact, typed: Typed) -> Typed:
        """The unit that the fact declares, where it measures the same."""
        if not fact.unit or fact.unit == typed.unit:
            return typed
        if typed.unit and not compatible(fact.unit, typed.unit):
            raise Wrong("unit-mismatch", fact.place, unit=fact.unit, expected=typed.unit)
        return replace(typed, unit=fact.unit)

    def _class(self, entry: Entry) -> Typed:
        item: g.Classification = entry.item
        if not item.many:
            return self.table(item.rows, item.place)
        rows = []
        for row in item.rows:
            if row.otherwise is not None:
                raise Wrong("many-has-otherwise", row.place)
            if row.when is None or row.is_ is None:
                raise Wrong("missing-key", row.place, key="when" if row.when is None else "is")
            with self.inside(f"classes.{entry.id}.{row.is_.text}", row):
                rows.append((row.is_.text, self.condition(row.when)))
            self.labels[row.is_.text] = row.label or row.is_.text
        self._many[entry.id, self.year, self.law_date] = tuple(rows)
        choices = tuple((row.is_.text, row.label or row.is_.text) for row in item.rows if row.is_)
        return Typed(self.truth(Or(tuple(node for _, node in rows))), Type.CHOICE, choices=choices)

    def _input(self, entry: Entry, place: Place | None) -> Typed:
        item: g.Input = entry.item
        spec = self.linked.input_spec(entry)
        if item.of is g.InputOf.ACTIVITY:
            raise Wrong("input-of-activity", place or item.place, name=entry.id)
        if item.of is g.InputOf.BENEFICIARY:
            raise Wrong("input-of-beneficiary", place or item.place, name=entry.id)
        yearly = item.of in (g.InputOf.REPORT, g.InputOf.REGION)
        return self.base(spec, self.year if yearly else None)

    # -------------------------------------------------------------------------------- numbers and literals

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
            raise Wrong("not-a-number-fact", operand.place, name=_name_of(operand), type=typed.type.words)
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
        value = self._other_literal(figure, like)
        return self.constant(value, like.type, like.unit)

    def _number_literal(self, figure: g.Figure, like: Typed | None) -> Typed:
        type, value, unit = self._parsed(figure, like.type if like else None)
        if like is not None and like.unit and type in (Type.COUNT, Type.NUMBER, Type.MONEY):
            expected = like.unit if type is not Type.MONEY or "/" in like.unit + unit else ""
            if expected and not compatible(unit, expected):
                raise Wrong("unit-mismatch", figure.place, unit=unit, expected=expected)
        return self.constant(int(value), type, unit)

    def _parsed(self, figure: g.Figure, type: Type | None) -> tuple[Type, int, str]:
        try:
            return parse_literal(figure.text, type)
        except QuantityError as error:
            raise Wrong(error.code, figure.place, **error.fields) from None

    def _other_literal(self, figure: g.Figure, like: Typed) -> Any:
        match like.type:
            case Type.YES_NO:
                return self._yes_no(figure)
            case Type.DATE:
                return self._date(figure)
            case Type.LEVEL:
                return self._level(figure)
            case Type.CODE:
                return self._code(figure)
            case Type.CHOICE:
                return self._choice(figure, like)
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

    def _code(self, figure: g.Figure) -> str:
        if not figure.node.quoted:
            raise Wrong("unquoted-code", figure.place, found=figure.text)
        return figure.text

    def _choice(self, figure: g.Figure, like: Typed) -> str:
        names = [one for one, _ in like.choices]
        if names and figure.text not in names:
            raise self.unknown("unknown-choice-value", figure.text, figure.place, names)
        return figure.text

    def factor(self, operand: g.Reference) -> Number | None:
        """A share or multiple that the pack states, exactly; None before its parameter's first value."""
        if isinstance(operand, g.FactRef):
            raise Wrong("factor-is-a-fact", operand.place, name=operand.name)
        if isinstance(operand, g.Figure):
            _, value, _ = self._parsed(operand, Type.RATIO)
            return _share(int(value))
        _, value, type, _ = self._parameter_value(operand.name)
        if type is not Type.RATIO:
            raise Wrong("type-mismatch", operand.place, found=type.words, expected=Type.RATIO.words)
        return None if value is None else _share(value)

    def years(self, figure: g.Figure) -> int:
        try:
            duration = parse_duration(figure.text)
        except QuantityError as error:
            raise Wrong(error.code, figure.place, **error.fields) from None
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
        readings = {day: self._parsed(figure, None) for day, figure in item.values.items()}
        type, _, unit = next(iter(readings.values()))
        current = max((day for day in readings if day <= self.law_date), default=None)
        value = None if current is None else int(readings[current][1])
        return entry, value, type, unit

    # -------------------------------------------------------------------------------- conditions

    def condition(self, condition: g.Condition) -> int:
        """The truth node of a condition; a mistake in one part is reported and the rest goes on."""
        try:
            return self._condition(condition)
        except Wrong as wrong:
            self.report(wrong)
        except Reported:
            pass
        return self.add(Constant(None), Type.YES_NO)

    def _condition(self, condition: g.Condition) -> int:
        match condition:
            case g.AllOf(items=items):
                return self.truth(And(tuple(self.condition(one) for one in items)))
            case g.AnyOf(items=items):
                return self.truth(Or(tuple(self.condition(one) for one in items)))
            case g.AtLeastOf(n=n, items=items):
                return self._at_least_of(n, items, condition.place)
            case g.NotOf(item=item):
                return self.truth(Not(self.condition(item)))
            case g.Active(what=what, place=place):
                return self._outside(lambda: self.active(what, place))
            case g.Asserted(operator=operator, place=place):
                with self.at(place):
                    return self._outside(lambda: operator.lower(self).node)
            case g.Subject():
                with self.at(condition.place):
                    return self._subject(condition)

    def _at_least_of(self, n: int, items: Sequence[g.Condition], place: Place) -> int:
        seen: dict[str, g.Condition] = {}
        for one in items:
            form = self.linked.form(one)
            if form in seen:
                raise Wrong("duplicate-condition", one.place, related=((seen[form].place, "first-defined-here"),))
            seen[form] = one
        return self.truth(AtLeast(n, tuple(self.condition(one) for one in items)))

    def _outside(self, lower: Any) -> int:
        """A truth of the program around it, also from inside an aggregate's body."""
        if len(self.scopes) == 1:
            return lower()  # type: ignore[no-any-return]
        with self.in_program():
            node = lower()
        return self.truth(Outer(node))

    def _subject(self, condition: g.Subject) -> int:
        decision = None if len(self.scopes) > 1 else self.linked.subject(condition.name)
        if decision is not None and decision.section in ("coverages", "awards"):
            return self._all([self._decision_test(decision, test) for test in condition.tests])
        if decision is not None and decision.section == "classes" and decision.item.many:
            return self._all([self._many_test(decision, test) for test in condition.tests])
        typed = self._item_fact(condition.name) if len(self.scopes) > 1 else self.fact(condition.name)
        return self._all([self.test(typed, test, condition.name) for test in condition.tests])

    def _all(self, nodes: Sequence[int]) -> int:
        return nodes[0] if len(nodes) == 1 else self.truth(And(tuple(nodes)))

    def _any(self, nodes: Sequence[int]) -> int:
        return nodes[0] if len(nodes) == 1 else self.truth(Or(tuple(nodes)))

    def test(self, typed: Typed, test: g.Test, name: str) -> int:
        """One test of one value."""
        match test.word:
            case "is_known":
                return self.truth(Known(typed.node))
            case "equals":
                return self._equals(typed, test)
            case "under":
                return self._under(typed, test, name)
            case "within":
                return self._within(typed, test, name)
        if typed.type not in ORDERED:
            raise Wrong("not-ordered", test.place, name=name, word=test.word, type=typed.type.words)
        if test.word == "between":
            low, high = (self.operand(one, typed) for one in test.operands)
            self._rising(low, high, test.place)
            return self._all(
                [self.truth(Compare(typed.node, ">=", low.node)), self.truth(Compare(typed.node, "<=", high.node))]
            )
        side = self.operand(test.operands[0], typed)
        return self.truth(Compare(typed.node, OPS[test.word], side.node))

    def _rising(self, low: Typed, high: Typed, place: Place) -> None:
        if low.low is not None and high.high is not None and low.low > high.high:
            raise Wrong("between-reversed", place)

    def _equals(self, typed: Typed, test: g.Test) -> int:
        figures = [one for one in test.operands if isinstance(one, g.Figure)]
        if len(figures) == len(test.operands) and typed.type not in SCALE:
            values = [self._other_literal(one, typed) for one in figures]
            if len(set(values)) < len(values):
                raise Wrong("duplicate-value", test.place)
            return self.truth(Member(typed.node, tuple(values)))
        sides = [self.operand(one, typed) for one in test.operands]
        return self._any([self.truth(Compare(typed.node, "==", side.node)) for side in sides])

    def _under(self, typed: Typed, test: g.Test, name: str) -> int:
        if typed.type is not Type.CODE:
            raise Wrong("not-a-code", test.place, name=name, type=typed.type.words)
        prefixes = [self._code(one) if isinstance(one, g.Figure) else "" for one in test.operands]
        if "" in prefixes:
            raise Wrong("unquoted-code", test.place, found="")
        return self.truth(Under(typed.node, tuple(prefixes)))

    def _within(self, typed: Typed, test: g.Test, name: str) -> int:
        if typed.type is not Type.DATE:
            raise Wrong("not-a-date-fact", test.place, name=name, type=typed.type.words)
        assert test.window is not None
        start, op, end = self.window(test.window)
        parts = [] if start is None else [self.truth(Compare(typed.node, op, start))]
        parts += [] if end is None else [self.truth(Compare(typed.node, "<=", end))]
        return self._all(parts) if parts else self.truth(Known(typed.node))

    def _decision_test(self, entry: Entry, test: g.Test) -> int:
        """A decision under its own name: {technology_innovation: covered}."""
        if test.word != "equals" or not all(isinstance(one, g.Figure) for one in test.operands):
            raise Wrong("decision-test", test.place, name=entry.id)
        statuses = self._statuses(entry)
        nodes = []
        for one in test.operands:
            assert isinstance(one, g.Figure)
            if one.text not in statuses:
                raise self.unknown("unknown-choice-value", one.text, one.place, list(statuses))
            nodes.append(statuses[one.text]())
        return self._any(nodes)

    def _statuses(self, entry: Entry) -> dict[str, Any]:
        """The statuses of a decision that a condition may ask for, each as the truth of its having it."""
        if entry.section == "coverages":
            scope, condition = self._coverage_nodes(entry)
            return {
                "covered": lambda: self.truth(And((scope, condition))),
                "not_covered": lambda: self.truth(And((scope, self.truth(Not(condition))))),
                "out_of_scope": lambda: self.truth(Not(scope)),
            }
        inside = self._own_jurisdiction()
        condition = self._award_condition(entry)
        yes, no = ("favoured", "not_favoured") if entry.item.bearing is g.Bearing.WEIGHS else ("eligible", "ineligible")
        return {
            yes: lambda: self.truth(And((inside, condition))),
            no: lambda: self.truth(And((inside, self.truth(Not(condition))))),
            "out_of_scope": lambda: self.truth(Not(inside)),
        }

    def _many_test(self, entry: Entry, test: g.Test) -> int:
        """One of the words of a classification in which several may hold."""
        typed = self.entry(entry, test.place)
        rows = dict(self._many[entry.id, self.year, self.law_date])
        if test.word != "equals":
            raise Wrong("decision-test", test.place, name=entry.id)
        return self._any([rows[self._choice(one, typed)] for one in test.operands if isinstance(one, g.Figure)])

    def table(self, rows: Sequence[g.Row], place: Place) -> Typed:
        """First match: rows in order, the last otherwise."""
        self._well_formed(rows, place)
        values = self._row_values(rows)
        tests = []
        for index, (row, value) in enumerate(zip(rows[:-1], values[:-1], strict=True)):
            with self.inside(f"{self.origin.path}.rows[{index}]", row, label=row.label):
                clause = self.origin.clause
                assert row.when is not None
                tests.append((self.condition(row.when), value.node))
            del clause
        last = values[-1]
        node = self.add(FirstMatch(tuple(tests), last.node), last.type, last.unit)
        lows, highs = [one.low for one in values], [one.high for one in values]
        return Typed(
            node,
            last.type,
            last.unit,
            None if None in lows else min(lows),  # type: ignore[type-var]
            None if None in highs else max(highs),  # type: ignore[type-var]
            last.choices,
        )

    def _well_formed(self, rows: Sequence[g.Row], place: Place) -> None:
        if not rows or rows[-1].otherwise is None:
            raise Wrong("otherwise-missing", rows[-1].place if rows else place)
        for row in rows[:-1]:
            if row.otherwise is not None:
                raise Wrong("otherwise-not-last", row.place)
            if row.is_ is None or row.when is None:
                raise Wrong("missing-key", row.place, key="is" if row.is_ is None else "when")
        if rows[-1].when is not None or rows[-1].is_ is not None:
            raise Wrong("otherwise-with-when", rows[-1].place)

    def _row_values(self, rows: Sequence[g.Row]) -> list[Typed]:
        sides = [row.otherwise if row.is_ is None else row.is_ for row in rows]
        first = sides[0]
        assert all(side is not None for side in sides)
        if isinstance(first, g.Figure) and first.text in ("true", "false") and not first.node.quoted:
            like: Typed | None = Typed(-1, Type.YES_NO)
        elif isinstance(first, g.Figure) and not _looks_numeric(first.text):
            pairs = {side.text: row.label or side.text for side, row in zip(sides, rows, strict=True)}  # type: ignore[union-attr]
            self.labels.update(pairs)
            like = Typed(-1, Type.CHOICE, choices=tuple(pairs.items()))
        else:
            like = None
        values: list[Typed] = []
        for side in sides:
            typed = self.operand(side, like)  # type: ignore[arg-type]
            like = like or typed
            values.append(replace(typed, choices=like.choices))
        return values

    # -------------------------------------------------------------------------------- windows

    def window(self, window: g.Window) -> tuple[int | None, Op, int | None]:
        """(start, how the start is compared, end) as date nodes; None is open."""
        match window:
            case g.Last(figure=figure):
                years = self.years(figure)
                return self.add(AsOf(years=years), Type.DATE), ">", self.add(AsOf(), Type.DATE)
            case g.InYear(year=year):
                return self._days(date(year, 1, 1), date(year, 12, 31))
            case "year":
                return self._days(date(self.year, 1, 1), date(self.year, 12, 31))
            case "as_of":
                today = self.add(AsOf(), Type.DATE)
                return today, ">=", today
        span = self.linked.pack.periods.get(window)
        if span is None:
            known = ["year", "as_of", *self.linked.pack.periods]
            raise self.unknown("unknown-period", window, window.place, known)
        return self._days(span.from_, span.to)

    def _days(self, start: date, end: date | None) -> tuple[int | None, Op, int | None]:
        last = None if end is None else self.constant(end.toordinal(), Type.DATE).node
        return self.constant(start.toordinal(), Type.DATE).node, ">=", last

    # -------------------------------------------------------------------------------- activities

    def filter_of(self, name: g.Name, at: Any) -> g.Filter:
        """The filter of has_activity: a category, or a kind."""
        if name in CATEGORIES:
            return g.Filter.model_construct(category=(name,), at=at)
        if self.linked.kind(name) is None:
            raise self.unknown("unknown-category", name, name.place, [*CATEGORIES, *self.linked.kinds()])
        return g.Filter.model_construct(kind=(name,), at=at)

    def some(self, count: Typed) -> Typed:
        """At least one."""
        one = self.constant(1, Type.COUNT)
        return Typed(self.truth(Compare(count.node, ">=", one.node)), Type.YES_NO)

    def activities(self, item: g.Filter, of: g.Name | None = None) -> Typed:
        """A count, or the total of a field, over the activities that match."""
        if len(self.scopes) > 1:
            raise Wrong("nested-aggregate", item.place)
        categories, kinds = self._categories_and_kinds(item)
        with self.body("activity") as body:
            parts = self._membership(item, categories, kinds)
            where = self._all(parts)
            amount = None if of is None else self.added_up(of)
        return self.aggregate("activities", categories, body, where, amount)

    def aggregate(
        self, over: Any, categories: tuple[str, ...], body: Scope, where: int, amount: Typed | None
    ) -> Typed:
        highest = 1 if amount is None else int(amount.high or 0)
        parts = max(len(categories), 1)
        node = self.add(
            Aggregate(
                over, categories, tuple(body.nodes), where, amount.node if amount else None, highest, highest * MOST_ITEMS
            ),
            amount.type if amount else Type.COUNT,
            amount.unit if amount else "",
        )
        self.body_origins[node] = tuple(body.origins)
        return Typed(
            node,
            amount.type if amount else Type.COUNT,
            amount.unit if amount else "",
            0,
            highest * MOST_ITEMS * parts,
        )

    @contextmanager
    def body(self, owner: Literal["activity", "qualification"]) -> Iterator[Scope]:
        scope = Scope(owner)
        self.scopes.append(scope)
        try:
            yield scope
        finally:
            self.scopes.pop()

    def added_up(self, name: g.Name) -> Typed:
        """A field or input of the activity that may be totalled: a number of zero or more."""
        typed = self._item_fact(name)
        if not typed.is_number or typed.low is None or typed.low < 0 or typed.high is None:
            raise Wrong("total-of-negative", name.place, name=str(name))
        return typed

    def _categories_and_kinds(self, item: g.Filter) -> tuple[tuple[str, ...], tuple[str, ...]]:
        for name in item.category:
            if name not in CATEGORIES:
                raise self.unknown("unknown-category", name, name.place, list(CATEGORIES))
        found = []
        for name in item.kind:
            kind = self.linked.kind(name)
            if kind is None:
                raise self.unknown("unknown-kind", name, name.place, self.linked.kinds())
            if item.category and kind.category not in item.category:
                raise Wrong("kind-of-other-category", name.place, name=str(name), category=CATEGORIES[kind.category])
            found.append(kind.category)
        if found:
            return tuple(dict.fromkeys(found)), tuple(item.kind)
        categories = tuple(item.category) or tuple(CATEGORIES)
        kinds = [kind.id for kind in self.linked.all_kinds() if kind.category in categories]
        return categories, tuple(kinds)

    def _membership(self, item: g.Filter, categories: Sequence[str], kinds: Sequence[str]) -> list[int]:
        """What an activity must be to belong, cheapest and plainest first."""
        parts = []
        if item.category or not kinds:
            category = self._item_base(VOCABULARY["activity", "category"])
            parts.append(self.truth(Member(category.node, tuple(categories))))
        parts.append(self._in_window(kinds, item.during))
        parts += self._evidence(kinds)
        parts.append(self._status(item.status))
        if item.level:
            level = self._item_base(VOCABULARY["activity", "level"])
            parts += [self.test(level, test, "level") for test in item.level]
        if item.where is not None:
            parts.append(self.condition(item.where))
        return parts

    def _evidence(self, kinds: Sequence[str]) -> list[int]:
        """Kinds that need evidence count once there is some: until then their membership is unknown."""
        entries = [self.linked.kind(name) for name in kinds]
        needing = tuple(entry.id for entry in entries if entry and entry.item.needs_evidence)
        if not needing:
            return []
        evidenced = self._item_base(VOCABULARY["activity", "evidenced"])
        shown = self.truth(Member(evidenced.node, (True,)))
        kind = self._item_base(VOCABULARY["activity", "kind"])
        return [self.truth(Or((self.truth(Not(self.truth(Member(kind.node, needing)))), shown)))]

    def _status(self, statuses: Sequence[g.Name]) -> int:
        """The statuses asked for; without any, all but those refused or withdrawn."""
        if not statuses:
            standing = self._item_base(VOCABULARY["activity", "standing"])
            return self.truth(Member(standing.node, (True,)))
        names = list(STATUSES)
        for name in statuses:
            if name not in names:
                raise self.unknown("unknown-status", name, name.place, names)
        status = self._item_base(VOCABULARY["activity", "status"])
        return self.truth(Member(status.node, tuple(map(str, statuses))))

    def _in_window(self, kinds: Sequence[str], during: g.Window | None) -> int:
        """An event by its start, a state by every year that it touches, among the kinds given."""
        groups: dict[str, list[str]] = {"event": [], "state": []}
        for name in kinds:
            entry = self.linked.kind(name)
            groups[entry.item.lasts.value if entry else "event"].append(name)
        branches = []
        for lasts, names in groups.items():
            if names or (lasts == "event" and not kinds):
                branches.append(self._lasting(lasts, names, during))
        return self._any(branches)

    def _lasting(self, lasts: str, kinds: Sequence[str], during: g.Window | None) -> int:
        parts = []
        if kinds:
            kind = self._item_base(VOCABULARY["activity", "kind"])
            parts.append(self.truth(Member(kind.node, tuple(kinds))))
        started = self._item_base(VOCABULARY["activity", "started"])
        start, op, end = self.window(during or g.Name("year"))
        if during == "as_of" and lasts == "event":
            start = None
        today = self.add(AsOf(), Type.DATE)
        parts.append(self.truth(Compare(started.node, "<=", today)))
        if end is not None:
            parts.append(self.truth(Compare(started.node, "<=", end)))
        if start is not None:
            parts.append(self._touches(lasts, started, op, start))
        return self._all(parts)

    def _touches(self, lasts: str, started: Typed, op: Op, start: int) -> int:
        begins = self.truth(Compare(started.node, op, start))
        if lasts == "event":
            return begins
        ended = self._item_base(VOCABULARY["activity", "ended"])
        until = self._item_base(VOCABULARY["activity", "lasted_until"])
        return self.truth(
            Or((begins, self.truth(Compare(ended.node, op, start)), self.truth(Compare(until.node, op, start))))
        )

    def _item_fact(self, name: g.Name) -> Typed:
        """A field or input of the activity at hand."""
        owner = self.scopes[-1].owner
        spec = VOCABULARY.get((owner, name))
        entry = self.linked.find("inputs", name)
        if spec is None and entry is not None and entry.item.of.value == owner:
            spec = self.linked.input_spec(entry)
        if spec is None or spec.type is Type.TEXT:
            known = [one for who, one in VOCABULARY if who == owner]
            known += [one.id for one in self.linked.all("inputs") if one.item.of.value == owner]
            raise self.unknown("unknown-activity-fact", name, name.place, known)
        return self._item_base(spec)

    def _item_base(self, spec: FactSpec) -> Typed:
        scope = self.scopes[-1]
        specs = self.item_facts[scope.owner]
        if spec not in specs:
            specs.append(spec)
        with self._plain_origin(spec):
            node = self.add(ItemFact(specs.index(spec)), spec.type, spec.unit or "")
        return Typed(node, spec.type, spec.unit or "", spec.low, spec.high, _pairs(spec))

    # -------------------------------------------------------------------------------- qualifications

    def qualifications(
        self, kinds: Sequence[g.Name], level: Sequence[g.Test], statuses: Sequence[g.Name]
    ) -> Typed:
        """How many qualifications of these kinds stand on the as-of date."""
        for name in kinds:
            if self.linked.find("qualification_kinds", name) is None:
                known = self.linked.ids("qualification_kinds")
                raise self.unknown("unknown-qualification", name, name.place, known)
        with self.body("qualification") as body:
            kind = self._item_base(VOCABULARY["qualification", "kind"])
            parts = [self.truth(Member(kind.node, tuple(map(str, kinds))))]
            parts.append(self._stands(tuple(map(str, statuses)) or ("recognised",)))
            if level:
                rank = self._item_base(VOCABULARY["qualification", "level"])
                parts += [self.test(rank, test, "level") for test in level]
            where = self._all(parts)
        return self.aggregate("qualifications", (), body, where, None)

    def _stands(self, statuses: tuple[str, ...]) -> int:
        """Recognised and unexpired on the as-of date; other statuses as they are written."""
        status = self._item_base(VOCABULARY["qualification", "status"])
        today = self.add(AsOf(), Type.DATE)
        branches = []
        if "recognised" in statuses:
            granted = self._item_base(VOCABULARY["qualification", "granted"])
            expires = self._item_base(VOCABULARY["qualification", "expires"])
            recognised = self.truth(Member(status.node, ("recognised",)))
            since = self.truth(Compare(granted.node, "<=", today))
            until = self.truth(Compare(expires.node, ">=", today))
            branches.append(self.truth(And((recognised, since, until))))
        others = tuple(one for one in statuses if one != "recognised")
        if others:
            branches.append(self.truth(Member(status.node, others)))
        return self._any(branches)


class AmountLowering:
    """The amount of an award: share, fixed sum, per quantity, cap and floor, rounded once at the end."""

    def __init__(self, to: Lowering, award: g.Award) -> None:
        self.to, self.award = to, award
        assert award.amount is not None
        self.amount: g.Amount = award.amount

    def rule(self) -> AmountRule:
        low, high = self._ends()
        low = self._finish(low)
        high = low if high is None else self._finish(high)
        rounding = self.amount.rounding
        unit = rounding.to.text if rounding else "0.01元"
        mode = rounding.mode.value if rounding else "half_up"
        return AmountRule(low.node, high.node, f"{mode}:{unit}")

    def _ends(self) -> tuple[Typed, Typed | None]:
        """The lower and the upper amount before cap, floor and rounding."""
        amount, to = self.amount, self.to
        if bool(amount.share) == (amount.fixed is not None):
            raise Wrong("amount-one-of", amount.place)
        if amount.share and amount.of is None:
            raise Wrong("missing-key", amount.place, key="of")
        if self.award.for_each is not None:
            return self._each()
        if amount.fixed is not None:
            return self._per(to.number(amount.fixed, like=MONEY)), None
        assert amount.of is not None
        base = self._positive(to.number(g.FactRef(amount.of)))
        ends = [combine(to, [(to.factor(one), base)]) for one in amount.share]
        return ends[0], ends[1] if len(ends) > 1 else None

    def _positive(self, base: Typed) -> Typed:
        """A base of zero or less gives nothing."""
        if base.type is not Type.MONEY:
            raise Wrong("type-mismatch", self.amount.place, found=base.type.words, expected=Type.MONEY.words)
        if base.low is not None and base.low >= 0:
            return base
        return pick_one(self.to, "max", [base, self.to.constant(0, Type.MONEY)])

    def _per(self, fixed: Typed) -> Typed:
        if self.amount.per is None:
            return fixed
        quantity = self.to.number(g.FactRef(self.amount.per))
        each = fixed.low
        if each is None or fixed.low != fixed.high:
            raise Wrong("factor-is-a-fact", self.amount.place, name=str(self.amount.per))
        scale = SCALE[quantity.type]
        node = self.to.add(Linear(((whole(_fraction(each, scale)), quantity.node),)), Type.MONEY)
        return Typed(node, Type.MONEY, "", 0, None if quantity.high is None else each * quantity.high)

    def _each(self) -> tuple[Typed, Typed | None]:
        """The sum over the qualifying activities."""
        amount, award, to = self.amount, self.award, self.to
        assert award.for_each is not None
        if amount.fixed is not None and amount.per is None:
            count = to.activities(award.for_each)
            each = to.number(amount.fixed, like=MONEY)
            if each.low is None:
                raise Wrong("factor-is-a-fact", amount.place, name="")
            high = None if count.high is None else each.low * count.high
            node = to.add(Linear(((each.low, count.node),)), Type.MONEY)
            return Typed(node, Type.MONEY, "", 0, high), None
        factors: list[Number | None]
        if amount.fixed is not None:
            each = to.number(amount.fixed, like=MONEY)
            factors, field_name = [each.low or 0], amount.per
        else:
            factors, field_name = [to.factor(one) for one in amount.share], amount.of
        assert field_name is not None
        ends = [self._total(award.for_each, field_name, factor) for factor in factors]
        return ends[0], ends[1] if len(ends) > 1 else None

    def _total(self, item: g.Filter, name: g.Name, factor: Number | None) -> Typed:
        to = self.to
        categories, kinds = to._categories_and_kinds(item)
        with to.body("activity") as body:
            where = to._all(to._membership(item, categories, kinds))
            base = to._item_fact(name)
            if base.low is None or base.low < 0:
                base = pick_one(to, "max", [base, to.constant(0, base.type)])
            if self.amount.fixed is not None and factor is not None:
                factor = whole(_fraction(factor, SCALE[base.type]))
            each = combine(to, [(factor, base)])
            if self.amount.cap_each is not None:
                each = pick_one(to, "min", [each, to.number(self.amount.cap_each, like=MONEY)])
        return to.aggregate("activities", categories, body, where, replace(each, type=Type.MONEY, unit=""))

    def _finish(self, typed: Typed) -> Typed:
        """Floor, cap, rounding, in that order."""
        to, amount = self.to, self.amount
        if amount.floor is not None:
            typed = pick_one(to, "max", [typed, to.number(amount.floor, like=MONEY)])
        if amount.cap is not None:
            typed = pick_one(to, "min", [typed, to.number(amount.cap, like=MONEY)])
        unit, mode = 1, "half_up"
        if amount.rounding is not None:
            unit = int(to._parsed(amount.rounding.to, Type.MONEY)[1])
            mode = amount.rounding.mode.value
        return replace(typed, node=to.add(Round(typed.node, unit, mode), Type.MONEY))  # type: ignore[arg-type]


MONEY: Final = Typed(-1, Type.MONEY)


def _pairs(spec: FactSpec) -> tuple[tuple[str, str], ...]:
    """(identifier, label) of each choice of a fact."""
    return tuple((spec.choices or {}).items())


def _share(ppm: int) -> Number:
    return whole(_fraction(ppm, SCALE[Type.RATIO]))


def _fraction(number: Number, scale: int) -> Number:
    from fractions import Fraction

    return Fraction(number) / scale


def _looks_numeric(text: str) -> bool:
    return text[:1].isdigit() or (text[:1] in "+-" and text[1:2].isdigit())


def _clause(item: Any) -> str:
    return "、".join(getattr(item, "source", ()) or ())


def _holds_on(span: g.Span | None, day: date) -> bool:
    return span is None or (span.from_ <= day and (span.to is None or day <= span.to))


def _name_of(operand: g.Reference) -> str:
    return operand.text if isinstance(operand, g.Figure) else str(operand.name)


def _key_place(entry: Entry) -> Place | None:
    return entry.place


__all__ = ["ExistsSome", "Lowering", "Words", "compile", "lower"]
