"""Build small core Programs and Cases by hand, and random well-formed ones, for the tests of the core.

No pack and no Enterprise is needed: a Builder names facts and nodes, `random_program` and `random_case` draw from
a `random.Random` (hypothesis hands one that shrinks).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from innovation_rules.case import BaseFact, Case, Frame, Item, Raw
from innovation_rules.facts import FactSpec
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
    Extreme,
    Fact,
    FirstMatch,
    Interval,
    ItemFact,
    Known,
    Linear,
    Member,
    Node,
    Not,
    Number,
    OneOf,
    Op,
    Or,
    Origin,
    Outer,
    PackInfo,
    Program,
    Quotient,
    Result,
    Round,
    Under,
    YearsSince,
)
from innovation_rules.quantities import Type

CATEGORIES = ("rd_input", "talent", "project", "platform", "key_technology", "international")
AS_OF = date(2020, 12, 31)


def spec(
    name: str, type: Type, owner: str = "enterprise", zh: str = "", unit: str = "", **more: Any
) -> FactSpec:
    return FactSpec(
        name=name,
        zh=zh or name,
        type=type,
        unit=unit,
        low=more.pop("low", None),
        high=more.pop("high", None),
        owner=owner,  # type: ignore[arg-type]
        **more,
    )


ITEM_SPECS = (
    spec("category", Type.CHOICE, "activity"),
    spec("kind", Type.CHOICE, "activity"),
    spec("level", Type.LEVEL, "activity"),
    spec("started", Type.DATE, "activity"),
    spec("ended", Type.DATE, "activity"),
    spec("quantity", Type.COUNT, "activity"),
    spec("amount", Type.MONEY, "activity"),
    spec("excellent", Type.YES_NO, "activity"),
)
QUALIFICATION_SPECS = (
    spec("kind", Type.CHOICE, "qualification"),
    spec("level", Type.LEVEL, "qualification"),
    spec("expires", Type.DATE, "qualification"),
)


class Builder:
    """Nodes by name of what they mean; every method gives the index of the node it adds."""

    def __init__(self, year: int = 2020) -> None:
        self.year = year
        self.nodes: list[Node] = []
        self.origins: list[Origin] = []
        self.facts: list[BaseFact] = []
        self.values: list[Raw] = []
        self.coverages: list[CoverageRule] = []
        self.awards: list[AwardRule] = []
        self.classes: list[ClassRule] = []
        self.profile: list[CategoryRule] = []
        self.layers: list[CategoryRule] = []
        self.body_origins: dict[int, tuple[Origin, ...]] = {}

    def add(self, node: Node, clause: str = "", **origin: Any) -> int:
        index = len(self.nodes)
        self.nodes.append(node)
        self.origins.append(Origin(path=f"node.{index}", clause=clause, **origin))
        return index

    # -- values

    def fact(
        self, name: str, type: Type = Type.MONEY, value: Raw = None, year: int | None = None, **more: Any
    ) -> int:
        """A base fact of a new column, whose value in `case()` is `value`."""
        owner = "enterprise" if year is None else "report"
        self.facts.append(BaseFact(spec(name, type, owner, **more), year))
        self.values.append(value)
        return self.add(Fact(len(self.facts) - 1))

    def constant(self, value: int | Fraction | str | bool | None, parameter: str = "", **origin: Any) -> int:
        return self.add(Constant(value, parameter), **origin)

    def linear(self, *terms: tuple[Number, int], constant: Number = 0) -> int:
        return self.add(Linear(terms, constant))

    def quotient(
        self, of: int, to: int, otherwise: int | None = None, factor: int = 1_000_000, **origin: Any
    ) -> int:
        fallback = self.constant(0) if otherwise is None else otherwise
        return self.add(Quotient(of, to, factor, fallback), **origin)

    def first_match(self, rows: Sequence[tuple[int, int]], otherwise: int) -> int:
        return self.add(FirstMatch(tuple(rows), otherwise))

    def count(
        self,
        *tests: Node,
        over: Literal["activities", "qualifications"] = "activities",
        categories: Iterable[str] = (),
        of: int | None = None,
        highest: int = 1,
        unsurveyed: int = 1000,
        body: Sequence[Node] = (),
    ) -> int:
        """Items for which every test holds; tests read ItemFacts `body[i]`, where `i` is a column."""
        columns = ITEM_SPECS if over == "activities" else QUALIFICATION_SPECS
        parts: list[Node] = [*(ItemFact(index) for index in range(len(columns))), *body]
        first = len(parts)
        parts += [*tests, And(tuple(range(first, first + len(tests))))]
        return self.add(
            Aggregate(over, tuple(categories), tuple(parts), len(parts) - 1, of, highest, unsurveyed)
        )

    # -- truths

    def compare(self, left: int, op: Op, right: int, clause: str = "", **origin: Any) -> int:
        return self.add(Compare(left, op, right), clause, **origin)

    def at_least(self, left: int, value: int, clause: str = "", parameter: str = "") -> int:
        return self.compare(left, ">=", self.constant(value, parameter), clause)

    def is_true(self, of: int) -> int:
        return self.add(Member(of, (True,)))

    def all(self, *items: int) -> int:
        return self.add(And(items))

    def any(self, *items: int) -> int:
        return self.add(Or(items))

    def negate(self, item: int) -> int:
        return self.add(Not(item))

    # -- decisions

    def coverage(self, condition: int, scope: int | None = None, id: str = "covered_thing") -> None:
        scope = self.constant(True) if scope is None else scope
        self.coverages.append(CoverageRule(id, id, "一", scope, condition))

    def award(
        self,
        condition: int,
        amount: tuple[int, int] | None = None,
        jurisdiction: int | None = None,
        **more: Any,
    ) -> None:
        jurisdiction = self.constant(True) if jurisdiction is None else jurisdiction
        rule = AwardRule(
            id=more.pop("id", f"award_{len(self.awards)}"),
            label=more.pop("label", "奖励"),
            clause="二(一)",
            kind="subsidy",
            bearing=more.pop("bearing", "required"),
            discretionary=False,
            granted_by=(),
            decided=more.pop("decided", True),
            in_force=more.pop("in_force", True),
            jurisdiction=jurisdiction,
            condition=condition,
            amount=None if amount is None else AmountRule(*amount),
        )
        self.awards.append(rule)

    def classify(self, node: int, *values: str, id: str = "group", many: tuple[int, ...] = ()) -> None:
        choices = tuple(Choice(value, value) for value in values)
        self.classes.append(ClassRule(id, id, "一", choices, node, many))

    def program(self, in_force: bool = True, labels: Mapping[str, str] | None = None) -> Program:
        jurisdiction = self.constant(True)
        return Program(
            pack=PackInfo("testpack", "test", "1", "sha256:" + "0" * 64, date(2017, 1, 1), None),
            year=self.year,
            law_date=AS_OF,
            in_force=in_force,
            frame=Frame(tuple(self.facts), ITEM_SPECS, QUALIFICATION_SPECS),
            nodes=tuple(self.nodes),
            origins=tuple(self.origins),
            jurisdiction=jurisdiction,
            profile=tuple(self.profile),
            layers=tuple(self.layers),
            classes=tuple(self.classes),
            coverages=tuple(self.coverages),
            awards=tuple(self.awards),
            labels=labels or {},
            body_origins=self.body_origins,
        )

    def case(self, **more: Any) -> Case:
        return case(self.values, **more)


def case(
    values: Sequence[Raw] = (),
    activities: Sequence[Item] = (),
    qualifications: Sequence[Item] = (),
    unsurveyed: Iterable[str] = (),
    qualifications_known: bool = True,
    as_of: date = AS_OF,
) -> Case:
    return Case(
        year=as_of.year,
        as_of=as_of.toordinal(),
        values=tuple(values),
        activities=tuple(activities),
        qualifications=tuple(qualifications),
        unsurveyed=frozenset(unsurveyed),
        qualifications_known=qualifications_known,
    )


def activity(
    category: str = "platform",
    kind: str = "k0",
    level: int | None = 2,
    started: int | None = date(2019, 1, 1).toordinal(),
    ended: int | None = date.max.toordinal(),
    quantity: int | None = 1,
    amount: int | None = 100,
    excellent: bool | None = True,
) -> Item:
    return (category, kind, level, started, ended, quantity, amount, excellent)


# ------------------------------------------------------------------------------------------- random ones

NUMBERS = (0, 1, 2, 3, 5, 10, 100, 20_000, 1_000_000)
HIGHEST = 10**15
DAYS = tuple(
    day.toordinal()
    for day in (*(date(year, 1, 1) for year in (2016, 2019, 2020, 2021)), date(2020, 2, 29), AS_OF, date.max)
)
CHOICES = ("a", "b", "c")
CODES = ("06", "061", "0610", "25", "4")
KINDS = ("k0", "k1", "k2")
OPS: tuple[Op, ...] = (">=", ">", "<=", "<", "==")


class _Pools:
    """Indexes of the nodes that give each sort of value."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.of: dict[str, list[int]] = {}

    def put(self, sort: str, index: int) -> int:
        self.of.setdefault(sort, []).append(index)
        return index

    def pick(self, *sorts: str) -> int:
        return self.rng.choice([index for sort in sorts for index in self.of.get(sort, ())])

    def several(self, sort: str, low: int, high: int) -> tuple[int, ...]:
        return tuple(self.pick(sort) for _ in range(self.rng.randint(low, high)))


def _number(rng: random.Random) -> int:
    return rng.choice(NUMBERS) * rng.choice((1, 1, 1, -1))


def _value_node(rng: random.Random, pools: _Pools) -> tuple[str, Node]:
    """A value from the numbers, dates and texts at hand; `number` is one that arithmetic may read."""
    choice = rng.randrange(9)
    if choice == 0:
        factors = (1, 1, -1, 2, 3, Fraction(1, 2))
        terms = tuple((rng.choice(factors), pools.pick("number")) for _ in range(rng.randint(1, 3)))
        return "number", Linear(terms, rng.choice((0, 0, 1, -5)))
    if choice in (1, 2):
        of, to, otherwise = pools.pick("number"), pools.pick("number"), pools.pick("number", "constant")
        return "number", Quotient(of, to, rng.choice((1, 100, 1_000_000)), otherwise)
    if choice == 3:
        bound = rng.choice((None, HIGHEST))
        items = tuple(pools.pick("number", "constant") for _ in range(rng.randint(1, 3)))
        return (
            ("number", Extreme("max", items, bound))
            if rng.random() < 0.5
            else (
                "number",
                Extreme("min", items, None if bound is None else -HIGHEST),
            )
        )
    if choice == 4:
        return "number", Round(
            pools.pick("number"), rng.choice((1, 100)), rng.choice(("half_up", "down", "up"))
        )
    if choice == 5:
        return "number", YearsSince(pools.pick("date"))
    if choice == 6:
        return "date", AsOf(rng.choice((0, 1, 4)), rng.choice((0, 1, 14)), rng.choice((0, 3)))
    sort = rng.choice(("number", "text"))
    rows = tuple((pools.pick("truth"), pools.pick(sort)) for _ in range(rng.randint(1, 3)))
    return sort, FirstMatch(rows, pools.pick(sort))


def _truth_node(rng: random.Random, pools: _Pools) -> Node:
    choice = rng.randrange(11)
    if choice <= 2:
        sides = [pools.pick("number", "count"), pools.pick("number", "constant", "count")]
        rng.shuffle(sides)
        return Compare(sides[0], rng.choice(OPS), sides[1])
    if choice == 3:
        return Compare(pools.pick("date"), rng.choice(OPS), pools.pick("date"))
    if choice == 4:
        return Compare(pools.pick("level"), rng.choice(OPS), pools.pick("level"))
    if choice == 5:
        if rng.random() < 0.3:
            return Compare(pools.pick("text"), "==", pools.pick("text"))
        values = tuple(sorted(rng.sample(CHOICES, rng.randint(1, 2))))
        return Member(pools.pick("text"), values)
    if choice == 6:
        return Under(pools.pick("code"), tuple(sorted(rng.sample(CODES, rng.randint(1, 2)))))
    if choice == 7:
        return Known(pools.pick("number", "text", "date", "count"))
    if choice == 8:
        return Not(pools.pick("truth"))
    if choice == 9:
        items = tuple(dict.fromkeys(pools.several("truth", 1, 4)))
        return AtLeast(rng.randint(1, len(items)), items)
    kind = rng.choice((And, Or))
    return kind(tuple(dict.fromkeys(pools.several("truth", 1, rng.choice((3, 10))))))


def _aggregate(rng: random.Random, pools: _Pools) -> Aggregate:
    """A count or total whose `where` names the categories that it depends on."""
    over: Literal["activities", "qualifications"] = rng.choice(("activities", "activities", "qualifications"))
    columns = ITEM_SPECS if over == "activities" else QUALIFICATION_SPECS
    body: list[Node] = [ItemFact(index) for index in range(len(columns))]
    inner = _Pools(rng)
    sorts = {Type.LEVEL: "level", Type.DATE: "date", Type.COUNT: "number", Type.MONEY: "number"}
    for index, column in enumerate(columns):
        inner.put(sorts.get(column.type, "truth" if column.type is Type.YES_NO else "text"), index)
    for sort in ("number", "date", "level", "text", "truth"):
        body.append(Outer(pools.pick(sort)))
        inner.put(sort, len(body) - 1)
    for value in (rng.choice(NUMBERS), "06"):
        body.append(Constant(value))
        inner.put("constant" if isinstance(value, int) else "code", len(body) - 1)
    categories = tuple(sorted(rng.sample(CATEGORIES, rng.randint(1, 3)))) if over == "activities" else ()
    body.append(Member(0, categories or KINDS))
    tests = [len(body) - 1]
    for _ in range(rng.randint(1, 4)):
        if rng.random() < 0.2:
            sort, node = _value_node(rng, inner)
            body.append(node)
            inner.put(sort, len(body) - 1)
        body.append(_truth_node(rng, inner))
        inner.put("truth", len(body) - 1)
        tests.append(len(body) - 1)
    body.append(And(tuple(tests)))
    total = over == "activities" and rng.random() < 0.4
    of = rng.choice((5, 6)) if total else None
    highest = 10**6 if total else 1
    return Aggregate(over, categories, tuple(body), len(body) - 1, of, highest, 50 * highest)


def random_program(rng: random.Random, size: int = 40) -> Program:
    """A well-formed program with every kind of node, and decisions over it."""
    builder = Builder()
    pools = _Pools(rng)
    _base(rng, builder, pools)
    while len(builder.nodes) < size:
        roll = rng.random()
        if roll < 0.3:
            sort, node = _value_node(rng, pools)
            pools.put(sort, builder.add(node))
        elif roll < 0.4:
            pools.put("count", builder.add(_aggregate(rng, pools)))
        else:
            pools.put("truth", builder.add(_truth_node(rng, pools)))
    _decisions(rng, builder, pools)
    return builder.program()


def _base(rng: random.Random, builder: Builder, pools: _Pools) -> None:
    for index in range(5):
        pools.put("number", builder.fact(f"number_{index}", Type.MONEY))
    for index in range(2):
        pools.put("date", builder.fact(f"date_{index}", Type.DATE))
        pools.put("truth", builder.fact(f"flag_{index}", Type.YES_NO))
        pools.put("text", builder.fact(f"choice_{index}", Type.CHOICE))
    pools.put("level", builder.fact("level", Type.LEVEL))
    pools.put("code", builder.fact("industry", Type.CODE))
    for _ in range(3):
        pools.put("constant", builder.constant(_number(rng)))
    pools.put("constant", builder.constant(rng.choice((HIGHEST, Fraction(7, 3), -HIGHEST))))
    pools.put("date", builder.constant(rng.choice(DAYS)))
    pools.put("level", builder.constant(rng.randint(0, 4)))
    pools.put("text", builder.constant(rng.choice(CHOICES)))


def _decisions(rng: random.Random, builder: Builder, pools: _Pools) -> None:
    for index in range(2):
        builder.coverage(pools.pick("truth"), pools.pick("truth"), id=f"coverage_{index}")
    for index in range(3):
        low, high = builder.constant(rng.choice(NUMBERS)), builder.constant(HIGHEST)
        amount = (low, high) if rng.random() < 0.5 else None
        number = pools.pick("number")
        if rng.random() < 0.4:
            amount = (number, number)
        bearing = "weighs" if index == 2 else "required"
        builder.award(pools.pick("truth"), amount, pools.pick("truth"), id=f"award_{index}", bearing=bearing)
    builder.profile.append(CategoryRule("talent", "人才", "一", pools.pick("truth")))
    builder.layers.append(CategoryRule("basic", "基础", "一", pools.pick("truth")))
    builder.classify(pools.pick("text"), *CHOICES)
    builder.classify(pools.pick("text"), *CHOICES, id="overlapping", many=tuple(pools.several("truth", 3, 3)))


def random_value(rng: random.Random, fact: FactSpec) -> Raw:
    """A value near the figures that random programs use; never unknown."""
    match fact.type:
        case Type.YES_NO:
            return rng.random() < 0.5
        case Type.DATE:
            return rng.choice(DAYS[:-1]) + rng.choice((-1, 0, 0, 1)) if rng.random() < 0.9 else DAYS[-1]
        case Type.LEVEL:
            return rng.randint(0, 4)
        case Type.CODE:
            return rng.choice(CODES)
        case Type.CHOICE | Type.TEXT:
            return rng.choice(KINDS if fact.name == "kind" else CHOICES)
        case _:
            value = _number(rng) + rng.choice((-1, 0, 0, 1))
            return min(abs(value), 10**6) if fact.owner == "activity" else value


def random_case(rng: random.Random, program: Program, unknown: float = 0.25) -> Case:
    """Values at the figures and one unit either side, some of them unknown."""

    def value(fact: FactSpec) -> Raw:
        return None if rng.random() < unknown else random_value(rng, fact)

    frame = program.frame
    return case(
        values=[value(fact.spec) for fact in frame.facts],
        activities=[
            (rng.choice(CATEGORIES), rng.choice(KINDS), *map(value, frame.activity_facts[2:]))
            for _ in range(rng.randint(0, 4))
        ],
        qualifications=[
            (rng.choice(KINDS), *map(value, frame.qualification_facts[1:])) for _ in range(rng.randint(0, 2))
        ],
        unsurveyed=[one for one in CATEGORIES if rng.random() < unknown / 2],
        qualifications_known=rng.random() > unknown / 2,
    )


def with_less(rng: random.Random, known: Case) -> Case:
    """The same case with one more thing unknown."""
    roll = rng.randrange(4)
    if roll == 0 and known.activities:
        return replace(known, activities=_forget(rng, known.activities, 2))
    if roll == 1 and known.qualifications:
        return replace(known, qualifications=_forget(rng, known.qualifications, 1))
    if roll == 2:
        if rng.random() < 0.5:
            return replace(known, qualifications_known=False)
        return replace(known, unsurveyed=known.unsurveyed | {rng.choice(CATEGORIES)})
    index = rng.randrange(len(known.values))
    return replace(known, values=(*known.values[:index], None, *known.values[index + 1 :]))


def _forget(rng: random.Random, items: tuple[Item, ...], first: int) -> tuple[Item, ...]:
    which = rng.randrange(len(items))
    column = rng.randrange(first, len(items[which]))
    changed = (*items[which][:column], None, *items[which][column + 1 :])
    return (*items[:which], changed, *items[which + 1 :])


# ------------------------------------------------------------------------------------------- judging


def same(left: Result, right: Result) -> bool:
    """Equal, and a truth where the other is a truth."""
    truths = [one is None or isinstance(one, bool) for one in (left, right)]
    return (
        left is right
        if any(truths)
        else left == right and left.__class__.__name__ == right.__class__.__name__
    )


def allows(less: Result, more: Result) -> bool:
    """Whether what is known with less still allows what is known with more."""
    match less:
        case None:
            return True
        case Interval():
            low, high = (more.low, more.high) if isinstance(more, Interval) else (more, more)
            return more is not None and less.low <= low <= high <= less.high  # type: ignore[operator]
        case OneOf():
            return more <= less if isinstance(more, OneOf) else more in less
        case _:
            return same(less, more)
