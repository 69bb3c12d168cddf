"""Make valid enterprises whose figures stand where a program decides: what every generated case starts from.

`strategies` draws them with Hypothesis, the differential tests make them from a Random, `coverage` counts what they
reach. Every choice is a whole number below another one and 0 is the simplest, so that one maker serves all.

A case is aimed: a leaf is picked, the tests beside it are set so that it alone decides, and its relation is solved
for one fact. What nothing asked for stays unknown, or is filled from the figures of the pack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple, TypeVar, cast

from innovation_rules.audit.coverage import Body, Spot, Spots, column_names, reads_dates, spots, touched
from innovation_rules.case import BaseFact, Case, Item, Raw
from innovation_rules.decision import Decision
from innovation_rules.enterprise import BREAKDOWNS, Enterprise, inconsistencies
from innovation_rules.facts import CATEGORIES, LEVELS, STATUSES, VOCABULARY, FactSpec
from innovation_rules.fields import (
    EXAMPLE_CODE,
    FIRST_DAY,
    LAST_DAY,
    SECTIONS,
    credit_code_of,
    region_name,
    regions_under,
)
from innovation_rules.gaps import Outcome, solved
from innovation_rules.pack.cache import Head
from innovation_rules.pack.cases import Decider
from innovation_rules.program import (
    Aggregate,
    And,
    AsOf,
    AtLeast,
    Compare,
    Constant,
    Fact,
    FirstMatch,
    ItemFact,
    Known,
    Member,
    Node,
    Not,
    Number,
    Or,
    Program,
    Result,
    Truth,
    TruthNode,
    Under,
    YearsSince,
    children,
    moved_back,
    not_,
    spread,
)
from innovation_rules.quantities import FOREVER, QUANTITIES, SCALE, Type, format_quantity
from innovation_rules.region import RegionStatistics
from innovation_rules.walk import Results, result_of

Choose = Callable[[int], int]
"""A whole number below the one given; 0 is the simplest choice."""
T = TypeVar("T")


class Situation(NamedTuple):
    """An enterprise, the year and the dates that it is judged for, and what is known of its region."""

    enterprise: Enterprise
    year: int
    as_of: date
    law_date: date
    regions: Mapping[str, RegionStatistics] = {}

    def decide(self, pack: Decider, engine: str = "compiled") -> Decision:
        """What a pack decides of it."""
        return pack.decide(
            self.enterprise,
            self.year,
            self.as_of,
            law_date=self.law_date,
            engine=engine,
            regions=self.regions,
        )

    def case(self, program: Program) -> Case:
        """What an engine sees of it."""
        return program.frame.case(self.enterprise, self.year, self.as_of, self.regions)

    def __repr__(self) -> str:
        """Only what is known, as a worked case would write it."""
        known = self.enterprise.model_dump(mode="json", exclude_defaults=True)
        del known["uscc"], known["name"]
        regions = {
            code: one.model_dump(mode="json", exclude_defaults=True) for code, one in self.regions.items()
        }
        more = f", regions={regions}" if regions else ""
        return f"Situation({known}, year={self.year}, as_of={self.as_of}, law_date={self.law_date}{more})"


# ------------------------------------------------------------------------------------------------ figures


def picked(options: Sequence[T], choose: Choose) -> T:
    return options[choose(len(options))]


def turned(options: Sequence[T], choose: Choose) -> list[T]:
    """The options from a chosen one on, round to those before it."""
    first = choose(len(options)) if len(options) > 1 else 0
    return [*options[first:], *options[:first]]


_ROUND: Final = {
    Type.MONEY: 10**9,
    Type.COUNT: 10,
    Type.NUMBER: SCALE[Type.NUMBER] * 10,
    Type.RATIO: SCALE[Type.RATIO] // 10,
    Type.POINTS: SCALE[Type.POINTS] * 10,
}
"""1000万元, 10, 10%, 10点: what stands for any number."""


def _against(nodes: Sequence[Node], column: int) -> list[Any]:
    """What a column is compared with: numbers and dates, members, prefixes, years since."""
    found: list[Any] = []
    for node in nodes:
        match node:
            case Compare():
                for side, other in ((node.left, node.right), (node.right, node.left)):
                    found += _figure_against(nodes, nodes[side], nodes[other], column)
            case Member() if _reads(nodes, node.of, column):
                found += [one for one in node.values if not isinstance(one, bool)]
            case Under() if _reads(nodes, node.of, column):
                found += [*node.prefixes, *node.wider]
            case _:
                pass
    return list(dict.fromkeys(found))


def _figure_against(nodes: Sequence[Node], side: Node, other: Node, column: int) -> list[Any]:
    if isinstance(side, YearsSince) and isinstance(other, Constant) and _reads(nodes, side.of, column):
        return [AsOf(years=cast(int, other.value))]
    if not (isinstance(side, Fact | ItemFact) and side.index == column):
        return []
    if isinstance(other, AsOf):
        return [other]
    return [other.value] if isinstance(other, Constant) and isinstance(other.value, int) else []


def _reads(nodes: Sequence[Node], index: int, column: int) -> bool:
    node = nodes[index]
    return isinstance(node, Fact | ItemFact) and node.index == column


def _pool(spec: FactSpec, against: Sequence[Any], as_of: int) -> tuple[Raw, ...]:
    """The values worth trying of a fact, the simplest first."""
    match spec.type:
        case Type.YES_NO:
            found: Sequence[Raw] = (True, False)
        case Type.LEVEL:
            found = range(len(LEVELS))
        case Type.DATE:
            found = _days(against, as_of)
        case Type.CODE:
            codes = _industries if spec.name == "industry" else _regions
            found = codes([one for one in against if isinstance(one, str)])
        case Type.CHOICE:
            found = tuple(spec.choices or against or ("某种",))
        case Type.TEXT:
            found = ("某某",)
        case _:
            found = _numbers(spec, [one for one in against if isinstance(one, int)])
    return tuple(dict.fromkeys(found))


def plain(spec: FactSpec) -> tuple[Raw, ...]:
    """What is worth trying of a fact that nothing is known of."""
    return _pool(spec, (), date(2020, 12, 31).toordinal())


def _numbers(spec: FactSpec, against: Sequence[int]) -> list[int]:
    """A round figure, each threshold and one unit either side, zero, one, and the ends of the range."""
    high = 10**13 if spec.high is None else spec.high
    low = (-high if spec.type in (Type.MONEY, Type.RATIO) else 0) if spec.low is None else spec.low
    found = [_ROUND[spec.type], *(edge + step for edge in against for step in (0, 1, -1)), 0, 1, low, high]
    return [one for one in found if low <= one <= high] or [low]


def _days(against: Sequence[Any], as_of: int) -> list[int]:
    edges = [
        moved_back(as_of, one.years, one.months, one.days) if isinstance(one, AsOf) else one
        for one in against
    ]
    found = [as_of - 180, *(edge + step for edge in edges for step in (0, 1, -1)), as_of - 4000]
    return [one for one in found if FIRST_DAY.toordinal() <= one <= LAST_DAY.toordinal()]


def _industries(prefixes: Sequence[str]) -> list[str]:
    """Codes with each prefix, a shorter and a longer one, and one of another section."""
    found = [one for prefix in prefixes for one in (_padded(prefix), prefix + "0", prefix[:2])]
    others = ("3411", "5100", "0610", "44")
    divisions = {f"{division:02}" for section in SECTIONS.values() for division in section}
    return [one for one in (*others[:2], *found, *others) if 2 <= len(one) <= 4 and one[:2] in divisions]


def _padded(prefix: str) -> str:
    return prefix if len(prefix) > 3 else (prefix + "10")[:4]


def _regions(prefixes: Sequence[str]) -> list[str]:
    """A county under each prefix, the city and the province that contain it, and one elsewhere."""
    found: list[str] = []
    for prefix in prefixes:
        whole = prefix.ljust(6, "0")
        found += [*regions_under(whole, date(2020, 12, 31))[:2], whole, whole[:4] + "00", whole[:2] + "0000"]
    return [one for one in (*found, "110101", "440305") if region_name(one)]


# ------------------------------------------------------------------------------------------------ the maker


class Columns(NamedTuple):
    """What the maker knows of one kind of item: its columns, and the values worth trying of each field."""

    specs: tuple[FactSpec, ...]
    pools: Mapping[str, tuple[Raw, ...]]
    reads: tuple[tuple[str, str | None], ...]
    """Each column with the field that it is; None where it is read off."""


class AsOfDay(NamedTuple):
    """What is worth trying as of one day: of each fact, of each field of an item."""

    day: date
    facts: tuple[tuple[Raw, ...], ...]
    columns: Mapping[str, Columns]


class Goal(NamedTuple):
    """A leaf that is to decide an outcome."""

    outcome: Outcome
    spot: Spot


class Maker:
    """Makes situations for one program; made once a program."""

    def __init__(self, program: Program, head: Head | None) -> None:
        self.program = program
        self.spots: Spots = spots(program)
        self.specs = [fact.spec for fact in program.frame.facts]
        kinds = (
            dict(head.kinds)
            if head and head.kinds
            else {f"某种{zh}": name for name, zh in CATEGORIES.items()}
        )
        self.kinds: Mapping[str, str] = kinds
        self.qualifications = tuple(head.qualifications) if head else ("某种资质",)
        law_date = program.law_date
        self.days = [self._as_of(day) for day in (law_date, _later(law_date, 180), _later(law_date, -100))]
        pairs = list(zip(self.spots.outcomes, self.spots.leaves, strict=True))
        self.goals = [Goal(outcome, Spot(leaf)) for outcome, leaves in pairs for leaf in leaves]
        self.inner = [Spot(at, leaf) for at, leaves in self.spots.inner.items() for leaf in leaves]
        self.touched = touched(self.spots)
        self.inner = [spot for spot in self.inner if self.touched[spot.node]]
        self.dated = frozenset(spot for spot in self.inner if reads_dates(program, spot))
        self._above: dict[tuple[int, int], frozenset[int]] = {}
        self._bodies: dict[int, Body] = {}
        self._rests_on: dict[int | str, frozenset[int]] = {}

    def goal(self, choose: Choose) -> Goal:
        """A leaf, and an outcome for it to decide."""
        at = choose(len(self.goals) + len(self.inner))
        if at < len(self.goals):
            return self.goals[at]
        spot = self.inner[at - len(self.goals)]
        return Goal(picked(self.touched[spot.node], choose), spot)

    def _as_of(self, day: date) -> AsOfDay:
        nodes, frame = self.program.nodes, self.program.frame
        facts = tuple(
            (True, False) if fact.key else _pool(fact.spec, _against(nodes, index), day.toordinal())
            for index, fact in enumerate(frame.facts)
        )
        columns = {
            "activities": self._columns("activities", frame.activity_facts, day),
            "qualifications": self._columns("qualifications", frame.qualification_facts, day),
        }
        return AsOfDay(day, facts, columns)

    def _columns(self, over: str, specs: tuple[FactSpec, ...], day: date) -> Columns:
        bodies = [node for node in self.program.nodes if isinstance(node, Aggregate) and node.over == over]
        pools: dict[str, tuple[Raw, ...]] = {}
        for index, spec in enumerate(specs):
            against = [one for node in bodies for one in _against(node.body, index)]
            name = _FIELD.get(spec.name, spec.name)
            pool = _pool(spec, list(dict.fromkeys(against)), day.toordinal())
            pools[name] = tuple(dict.fromkeys((*pools.get(name, ()), *pool)))
        end = "ended" if over == "activities" else "expires"
        pools[end] = (FOREVER, *pools.get(end, ()))
        if over == "activities":
            own: dict[str, tuple[Raw, ...]] = {
                "category": tuple(dict.fromkeys(self.kinds.values())),
                "kind": tuple(self.kinds),
                "status": tuple(STATUSES),
                "evidence": (True,),
            }
        else:
            own = {"kind": self.qualifications, "status": tuple(STATUSES)[:4]}
        names = [spec.name for spec in specs]
        reads = tuple((name, None if name in _READ_OFF else _FIELD.get(name, name)) for name in names)
        return Columns(specs, {**pools, **own}, reads)

    def body(self, aggregate: int) -> Body:
        """An aggregate's body as a program of its own."""
        found = self._bodies.get(aggregate)
        if found is None:
            found = self._bodies[aggregate] = Body(self.program, aggregate)
        return found

    def rests_on(self, what: int | str) -> frozenset[int]:
        """The nodes that rest on a fact, or on the items of a list."""
        found = self._rests_on.get(what)
        if found is None:
            nodes = self.program.nodes
            starts = [
                index
                for index, node in enumerate(nodes)
                if (isinstance(node, Fact) and node.index == what)
                or (isinstance(node, Aggregate) and node.over == what)
            ]
            found = frozenset().union(*(self.above(nodes, start) for start in starts))
            self._rests_on[what] = found
        return found

    def above(self, nodes: Sequence[Node], target: int) -> frozenset[int]:
        """The nodes that rest on a target, with the target."""
        key = id(nodes), target
        found = self._above.get(key)
        if found is None:
            held = {target}
            for index in range(target + 1, len(nodes)):
                if not held.isdisjoint(children(nodes[index])):
                    held.add(index)
            found = self._above[key] = frozenset(held)
        return found

    def situation(self, choose: Choose) -> Situation:
        """One situation, by the choices given."""
        return Draft(self, choose).made()


_FIELD: Final = {
    "begun_by": "started",
    "lasted_until": "ended",
    "evidenced": "evidence",
    "standing": "status",
}
"""The field that a column is read off."""
_READ_OFF: Final = frozenset(("category", "standing", "begun_by"))


# ------------------------------------------------------------------------------------------------ one draft


class _Lazy(dict[int, Result]):
    """Results worked out when they are asked for."""

    def __init__(self, given: Mapping[int, Result], work: Callable[[int, Results], Result]) -> None:
        super().__init__(given)
        self.work = work

    def __missing__(self, index: int) -> Result:
        found = self[index] = self.work(index, cast(Results, self))
        return found


@dataclass
class Sheet:
    """What a draft holds so far; None of a fact is a decision to leave it unknown."""

    values: dict[int, Raw] = field(default_factory=dict)
    activities: list[dict[str, Raw]] = field(default_factory=list)
    qualifications: list[dict[str, Raw]] = field(default_factory=list)
    surveyed: set[str] = field(default_factory=set)
    unsurveyed: set[str] = field(default_factory=set)

    def copy(self) -> Sheet:
        return Sheet(
            dict(self.values),
            [dict(one) for one in self.activities],
            [dict(one) for one in self.qualifications],
            set(self.surveyed),
            set(self.unsurveyed),
        )

    def items(self, over: str) -> list[dict[str, Raw]]:
        return self.activities if over == "activities" else self.qualifications


class Mark(NamedTuple):
    """A draft as it was."""

    sheet: Sheet
    results: dict[int, Result]


class Draft:
    """One situation in the making."""

    def __init__(self, maker: Maker, choose: Choose) -> None:
        self.maker, self.choose = maker, choose
        self.program = maker.program
        aims = self._goals()
        dated = any(goal.spot in maker.dated for goal, _ in aims)
        self.at = maker.days[choose(len(maker.days)) if dated else 0]
        self.bare = Case(self.program.year, self.at.day.toordinal(), (), (), (), frozenset())
        self.aims = aims
        self.sheet = Sheet()
        self._adds: dict[tuple[int, Item], tuple[Number, Number]] = {}
        self._items: dict[str, list[Item]] = {}
        self.changed()

    def _goals(self) -> list[tuple[Goal, Truth]]:
        maker, choose = self.maker, self.choose
        if not (maker.goals or maker.inner):
            return []
        return [(maker.goal(choose), _WANTS[choose(len(_WANTS))]) for _ in range(1 + choose(_GOALS))]

    def changed(self, above: frozenset[int] | None = None) -> None:
        """Forget the results above what was set; all of them, where that is not known."""
        self._items.clear()
        if above is None:
            self.results = self.worked({})
        else:
            for index in above.intersection(self.results):
                del self.results[index]

    def mark(self) -> Mark:
        """What there is, to come back to."""
        return Mark(self.sheet.copy(), dict(self.results))

    def undo(self, mark: Mark) -> None:
        """Go back to what there was."""
        self.sheet = mark.sheet
        self._items.clear()
        self.results = self.worked(mark.results)

    def worked(self, given: Mapping[int, Result]) -> _Lazy:
        """The results, worked out as they are asked for; those given stand."""
        nodes, bare = self.program.nodes, self.bare

        def work(index: int, results: Results) -> Result:
            node = nodes[index]
            if isinstance(node, Fact):
                return self.sheet.values.get(node.index)
            if isinstance(node, Aggregate):
                return self._aggregate(index, node, results)
            return result_of(node, results, bare)

        return _Lazy(given, work)

    def _aggregate(self, index: int, node: Aggregate, results: Results) -> Result:
        """As `walk.aggregate`, what each item adds being kept as long as nothing outside has a say in it."""
        body = self.maker.body(index)
        low: Number = 0
        high: Number = 0
        for item in self._listed(node.over):
            adds = self._adds.get((index, item))
            if adds is None or body.outside:
                adds = self._adds[index, item] = body.adds(body.run(body.case(item, results, self.bare)))
            low += adds[0]
            high += adds[1]
        return spread(low, high + node.unsurveyed * len(self.unlisted(node)))

    def _listed(self, over: str) -> list[Item]:
        if over not in self._items:
            self._items[over] = [self.columns(over, one) for one in self.sheet.items(over)]
        return self._items[over]

    def unlisted(self, node: Aggregate) -> set[str]:
        """The parts of a list that nobody surveyed."""
        return _parts(node) - self.sheet.surveyed

    def columns(self, over: str, item: Mapping[str, Raw]) -> Item:
        """An item as the program sees it."""
        get = item.get
        return tuple(
            [
                self.read_off(name, item) if field is None else get(field)
                for name, field in self.at.columns[over].reads
            ]
        )

    def read_off(self, name: str, item: Mapping[str, Raw]) -> Raw:
        """A column that no field of the item holds as it is."""
        match name:
            case "category":
                return item.get("category") or self.maker.kinds.get(cast(str, item.get("kind")))
            case "standing":
                return item.get("status") not in ("rejected", "withdrawn")
            case _:
                started, ended = item.get("started"), item.get("ended")
                return started if started is not None else None if ended == FOREVER else ended

    # -- what is aimed at

    def made(self) -> Situation:
        """A situation: some leaves aimed at, the rest left unknown or filled, a little of it taken away again."""
        aims = TopAims(self)
        for goal, want in self.aims:
            aims.decide(goal, want)
        filling = self.choose(4)
        if filling > 1:
            self._fill(survey=filling == 3)
        self._edit()
        return self.finished()

    def _fill(self, survey: bool) -> None:
        """What nothing asked for, from the figures of the pack; of very many facts only some."""
        pools = self.at.facts
        many = len(pools) > _MANY
        picks = [self.choose(len(pools)) for _ in range(self.choose(_MANY))] if many else range(len(pools))
        for index in picks:
            if index not in self.sheet.values and (at := self.choose(len(pools[index]) + 1)):
                self.sheet.values[index] = pools[index][at - 1]
        for over in ("activities", "qualifications"):
            for _ in range(self.choose(3)):
                self._random_item(over)
        if survey:
            self.sheet.surveyed |= {*CATEGORIES, "qualifications"} - self.sheet.unsurveyed
        self.changed()

    def _random_item(self, over: str) -> None:
        """An item of any kind that there is; none where a pack knows no kinds."""
        if not self.at.columns[over].pools["kind"]:
            return
        item: dict[str, Raw] = {}
        for name, pool in self.at.columns[over].pools.items():
            if name not in ("category", "kind") and (at := self.choose(len(pool) + 1)):
                item[name] = pool[at - 1]
        item["kind"] = picked(self.at.columns[over].pools["kind"], self.choose)
        if _in_order(item):
            self.sheet.items(over).append(item)
            self.sheet.surveyed |= {over} & {"qualifications"}

    def _edit(self) -> None:
        """Take away a little: what a smallest example can do without."""
        sheet = self.sheet
        for index in [index for index, raw in sheet.values.items() if raw is not None]:
            if self._drops():
                sheet.values[index] = None
        for items in (sheet.activities, sheet.qualifications):
            items[:] = [one for one in items if not self._drops()]
            for item in items:
                for name in [name for name, raw in item.items() if raw is not None and name not in _NAMED]:
                    if self._drops():
                        item[name] = None
        listed = {"qualifications"} if sheet.qualifications else set()
        for category in sorted(sheet.surveyed - listed):
            if self._drops():
                sheet.surveyed.discard(category)

    def _drops(self) -> bool:
        return self.choose(_KEEP) == 0

    # -- as an enterprise

    def finished(self) -> Situation:
        """The draft as an enterprise that any intake would accept."""
        data: dict[str, Any] = {"uscc": self._code(), "name": "某企业"}
        statistics: dict[int, dict[str, Any]] = {}
        for index, raw in self.sheet.values.items():
            if raw is not None:
                _write(data, statistics, self.program.frame.facts[index], raw)
        for year, report in data.get("reports", {}).items():
            data["reports"][year] = self._consistent(report)
        self._write_items(data)
        region = data.get("region")
        regions: dict[str, RegionStatistics] = {}
        if region is not None and statistics:
            regions = {region: RegionStatistics.model_validate({"region": region, "statistics": statistics})}
        enterprise = Enterprise.model_validate(data)
        return Situation(enterprise, self.program.year, self.at.day, self.program.law_date, regions)

    def _code(self) -> str:
        number = self.choose(10**7)
        return EXAMPLE_CODE if number == 0 else credit_code_of(number)

    def _consistent(self, report: dict[str, Any]) -> dict[str, Any]:
        """The report without the parts that contradict their whole; now and then a whole with all its parts."""
        while found := next(inconsistencies(report), None):
            del report[found.parts[-1]]
        wholes = [one for one in BREAKDOWNS if one.complete and _free(one.whole, one.parts, report)]
        if wholes and self.choose(_KEEP) == _KEEP - 1:
            whole, parts, _ = picked(wholes, self.choose)
            rest = int(report[whole])
            for part in parts[:-1]:
                report[part] = QUANTITIES[Type.MONEY](rest // (1 + self.choose(3)))
                rest -= int(report[part])
            report[parts[-1]] = QUANTITIES[Type.MONEY](rest)
            if next(inconsistencies(report), None):
                report = {name: value for name, value in report.items() if name not in parts}
        return report

    def _write_items(self, data: dict[str, Any]) -> None:
        sheet = self.sheet
        surveyed = sheet.surveyed & CATEGORIES.keys()
        if sheet.activities or surveyed:
            specs = self.at.columns["activities"].specs
            data["activities"] = [self._item(one, specs, "ongoing") for one in sheet.activities]
            data["unsurveyed"] = sorted(CATEGORIES.keys() - surveyed)
        if sheet.qualifications or "qualifications" in sheet.surveyed:
            specs = self.at.columns["qualifications"].specs
            data["qualifications"] = [self._item(one, specs, "never") for one in sheet.qualifications]

    def _item(self, item: Mapping[str, Raw], specs: Sequence[FactSpec], forever: str) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": item["kind"]}
        if forever == "ongoing":
            found["category"] = self.maker.kinds[str(item["kind"])]
        for spec in specs:
            raw = item.get(spec.name)
            if raw is None or spec.name in _NAMED or spec.name == "evidence":
                continue
            if spec.declared:
                found.setdefault("inputs", {})[spec.name] = written(raw, spec)
            else:
                found[spec.name] = forever if raw == FOREVER else written(raw, spec)
        for name in ("started", "status", "ended"):
            if item.get(name) is not None and name not in found:
                found[name] = (
                    written(item[name], VOCABULARY["activity", name]) if item[name] != FOREVER else forever
                )
        if item.get("evidence"):
            found["evidence"] = ["材料"]
        return found


_KEEP: Final = 40
_MANY: Final = 80
_GOALS: Final = 7
_WANTS: Final[tuple[Truth, ...]] = (True, False, True, False, None)
_NAMED: Final = frozenset(("category", "kind"))


def _later(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)


def _free(whole: str, parts: Sequence[str], report: Mapping[str, Any]) -> bool:
    return isinstance(report.get(whole), int) and report.keys().isdisjoint(parts)


def _in_order(item: Mapping[str, Raw]) -> bool:
    """Whether an item ends no earlier than it begins."""
    begun = item.get("started") or item.get("granted")
    ended = item.get("ended") or item.get("expires")
    return begun is None or ended is None or int(begun) <= int(ended)


def written(raw: Raw, spec: FactSpec) -> Any:
    """A value as the data carries it."""
    if spec.type in SCALE:
        number = int(cast(int, raw))
        return (
            format_quantity(number, spec.type, spec.unit or None)
            if spec.declared
            else QUANTITIES[spec.type](number)
        )
    if spec.type is Type.DATE:
        return date.fromordinal(int(cast(int, raw))).isoformat()
    if spec.type is Type.LEVEL:
        return list(LEVELS)[int(cast(int, raw))]
    return [raw] if spec.name in ("partners", "evidence") else raw


def _write(data: dict[str, Any], statistics: dict[int, dict[str, Any]], fact: BaseFact, raw: Raw) -> None:
    """Put a value where the data keeps it."""
    spec, year = fact.spec, fact.year
    if spec.owner == "region" and year is not None:
        statistics.setdefault(year, {})[spec.name] = written(raw, spec)
    elif fact.key is not None:
        data.setdefault(spec.name, []).extend([fact.key] if raw else [])
    elif spec.owner == "report":
        report = data.setdefault("reports", {}).setdefault(year, {})
        place = report.setdefault("inputs", {}) if spec.declared else report
        place[spec.name] = written(raw, spec)
    elif year is not None:
        data.setdefault(spec.name, {})[year] = raw
    else:
        (data.setdefault("inputs", {}) if spec.declared else data)[spec.name] = written(raw, spec)


# ------------------------------------------------------------------------------------------------ aiming


class Aims:
    """Sets what is still open so that a truth comes out as wanted; what was set before stays."""

    def __init__(self, draft: Draft, nodes: Sequence[Node]) -> None:
        self.draft, self.nodes, self.choose = draft, nodes, draft.choose

    # what a program and an item do differently

    def results(self, given: Mapping[int, Result]) -> Mapping[int, Result]:
        """The results as the draft stands, were those of some nodes others."""
        raise NotImplementedError

    def result(self, index: int) -> Result:
        raise NotImplementedError

    def is_open(self, column: str | int) -> bool:
        raise NotImplementedError

    def put(self, column: Any, raw: Raw) -> bool:
        raise NotImplementedError

    def drop(self, column: Any) -> None:
        raise NotImplementedError

    def pool(self, column: Any) -> Sequence[Raw]:
        raise NotImplementedError

    def column(self, node: Node) -> Any:
        """The column that a node reads; None for another node."""
        raise NotImplementedError

    def compare(self, index: int, node: Compare, want: bool) -> None:
        raise NotImplementedError

    # what they do alike

    def aim(self, index: int, want: Truth) -> bool:
        """Make a truth come out as wanted, if that is still possible."""
        if want is not None and self.result(index) is want:
            return True
        node = self.nodes[index]
        match node:
            case And():
                self._joint(node.items, want, True)
            case Or():
                self._joint(node.items, want, False)
            case Not():
                self.aim(node.item, not_(want))
            case AtLeast():
                self._some(node, want)
            case Member() if isinstance(self.nodes[node.of], TruthNode):
                self.aim(node.of, want if True in node.values else not_(want))
            case _:
                self._leaf(index, node, want)
        return self.result(index) is want

    def _joint(self, items: Sequence[int], want: Truth, neutral: bool) -> None:
        if want is neutral:
            for one in items:
                if not self.aim(one, neutral):
                    return
            return
        for one in turned(items, self.choose):
            before = self.draft.mark()
            if self.aim(one, want):
                break
            self.undo(before)
        else:
            return
        if want is None:
            for other in items:
                if other != one:
                    self.aim(other, neutral)

    def undo(self, mark: Mark) -> None:
        self.draft.undo(mark)

    def _some(self, node: AtLeast, want: Truth) -> None:
        order = turned(node.items, self.choose)
        if want is False:
            for one in order[node.n - 1 :]:
                self.aim(one, False)
            return
        if want is None:
            self.aim(order[0], None)
            order = order[1:]
        trues = node.n - (want is None)
        for one in order[:trues]:
            self.aim(one, True)
        if want is None:
            for one in order[trues:]:
                self.aim(one, False)

    def _leaf(self, index: int, node: Node, want: Truth) -> None:
        if want is None:
            self.forget(index)
        elif isinstance(node, Compare):
            self.compare(index, node, want)
        elif isinstance(node, Known):
            self.settle(node.of)
        elif isinstance(node, Member | Under):
            tables = [one for one in self.values(index) if isinstance(self.nodes[one], FirstMatch)]
            if not (tables and self.answer(index, tables[0], want)):
                self.search(index, want)

    def values(self, index: int) -> list[int]:
        """The value nodes beneath a node, tests left out."""
        found, stack = [], [index]
        while stack:
            one = stack.pop()
            node = self.nodes[one]
            found.append(one)
            if not isinstance(node, FirstMatch | Aggregate):
                stack += [child for child in children(node) if not isinstance(self.nodes[child], TruthNode)]
        return found[1:]

    def columns(self, index: int) -> list[Any]:
        """The columns beneath a node that are still open."""
        found = dict.fromkeys(self.column(self.nodes[one]) for one in self.values(index))
        return [one for one in found if one is not None and self.is_open(one)]

    def search(self, index: int, want: Truth) -> bool:
        """Try what is worth trying of each open column until the leaf comes out as wanted."""
        for column in self.columns(index):
            for raw in turned(self.pool(column), self.choose):
                if self.put(column, raw):
                    if self.result(index) is want:
                        return True
                    self.drop(column)
        return False

    def forget(self, index: int) -> None:
        """Leave what a leaf reads unknown, whatever is asked later."""
        for column in self.columns(index):
            self.put(column, None)

    def settle(self, index: int) -> None:
        """Make a value known."""
        node = self.nodes[index]
        column = self.column(node)
        if column is not None:
            if self.is_open(column):
                self.put(column, picked(self.pool(column), self.choose))
        elif isinstance(node, FirstMatch):
            self.row(node, self.choose(len(node.rows) + 1))
        else:
            for child in children(node):
                if not isinstance(self.nodes[child], TruthNode):
                    self.settle(child)

    def would(self, index: int, at: int, value: Result) -> Result:
        """The result of a node, were a table's a value."""
        results = self.results({at: value})
        return results[index]

    def answer(self, index: int, at: int, want: Truth) -> bool:
        """Make a table answer with a row that makes a leaf come out as wanted."""
        table = self.nodes[at]
        assert isinstance(table, FirstMatch)
        ends = [*(value for _, value in table.rows), table.otherwise]
        for row in turned(range(len(ends)), self.choose):
            before = self.draft.mark()
            self.settle(ends[row])
            if self.would(index, at, self.result(ends[row])) is want:
                self.row(table, row)
                if self.result(index) is want:
                    return True
            self.undo(before)
        return False

    def row(self, table: FirstMatch, row: int) -> None:
        """Make a row of a table answer: of steps, the row itself settles those before it."""
        if row < len(table.rows):
            self.aim(table.rows[row][0], True)
        for when, _ in reversed(table.rows[:row]):
            self.aim(when, False)

    # -- one leaf alone

    def way(self, root: int, target: int) -> list[tuple[int, int]]:
        """A way down from a root to a leaf: each node with the child that is next."""
        above = self.above(target)
        found, at = [], root
        while at != target:
            ahead = list(dict.fromkeys(one for one in children(self.nodes[at]) if one in above))
            child = picked(ahead, self.choose) if len(ahead) > 1 else ahead[0]
            found.append((at, child))
            at = child
        return found

    def above(self, target: int) -> frozenset[int]:
        """The nodes that rest on a target, with the target."""
        return self.draft.maker.above(self.nodes, target)

    def beside(self, at: int, child: int) -> None:
        """Set what stands beside a child so that the child alone decides its parent."""
        node = self.nodes[at]
        match node:
            case And() | Or():
                for other in node.items:
                    if other != child:
                        self.aim(other, isinstance(node, And))
            case AtLeast():
                others = [one for one in turned(node.items, self.choose) if one != child]
                for place, other in enumerate(others):
                    self.aim(other, place < node.n - 1)
            case FirstMatch():
                row = next((place for place, pair in enumerate(node.rows) if child in pair), len(node.rows))
                for when, _ in node.rows[:row]:
                    self.aim(when, False)
                if row < len(node.rows) and node.rows[row][1] == child:
                    self.aim(node.rows[row][0], True)
            case _:
                pass


class TopAims(Aims):
    """Aims at the nodes of the program: facts are set, items added."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, draft.program.nodes)

    def results(self, given: Mapping[int, Result]) -> Mapping[int, Result]:
        return self.draft.worked(given)

    def result(self, index: int) -> Result:
        return self.draft.results[index]

    def is_open(self, column: str | int) -> bool:
        return column not in self.draft.sheet.values

    def put(self, column: Any, raw: Raw) -> bool:
        self.draft.sheet.values[column] = raw
        self.draft.changed(self.draft.maker.rests_on(column))
        return True

    def drop(self, column: Any) -> None:
        del self.draft.sheet.values[column]
        self.draft.changed(self.draft.maker.rests_on(column))

    def pool(self, column: Any) -> Sequence[Raw]:
        return self.draft.at.facts[column]

    def column(self, node: Node) -> Any:
        return node.index if isinstance(node, Fact) else None

    # -- comparisons

    def compare(self, index: int, node: Compare, want: bool) -> None:
        """Solve a comparison for one fact, for a table's row, or for a number of items."""
        beneath = self.values(index)
        counts = [one for one in beneath if isinstance(self.nodes[one], Aggregate)]
        tables = [one for one in beneath if isinstance(self.nodes[one], FirstMatch)]
        fresh = self.columns(index)
        if tables and self.answer(index, tables[0], want):
            return
        for column in fresh:
            self.put(
                column, picked(self.pool(column), self.choose) if len(fresh) > 1 else self.pool(column)[0]
            )
        if fresh:
            self._land(index, want, fresh)
        for count in counts:
            self._count(index, count, want)
        if self.result(index) is not want and fresh:
            for column in fresh:
                self.drop(column)
            for column in fresh[1:]:
                self.put(column, self.pool(column)[0])
            self.search(index, want)

    def _land(self, index: int, want: bool, fresh: Sequence[int]) -> None:
        """Move one fact to where the comparison only just holds, or fails, or one unit past that."""
        found = solved(self.draft.program, cast(Results, self.draft.results), index, want)
        if found is None:
            return
        node = self.nodes[found[0]]
        if not isinstance(node, Fact) or node.index not in fresh:
            return
        spec = self.draft.maker.specs[node.index]
        now = self.draft.sheet.values[node.index]
        past = self.choose(4)
        if past == 3 and self.result(index) is want:
            return
        needed = found[2]
        for raw in (needed + 1, needed - 1, needed) if past == 2 else (needed,):
            if (spec.low is None or raw >= spec.low) and (spec.high is None or raw <= spec.high):
                self.put(node.index, raw)
                if self.result(index) is want:
                    return
        self.put(node.index, now)

    def _count(self, index: int, at: int, want: bool) -> None:
        node = self.nodes[at]
        assert isinstance(node, Aggregate)
        if not (want and self._rises(index)):
            self.survey(node)
            if self.result(index) is want:
                if self.choose(3) == 2:
                    self.item(at, False)
                return
        for _ in range(_MOST_ADDED):
            if self.result(index) is want or not self.item(at, True):
                return

    def _rises(self, index: int) -> bool:
        node = self.nodes[index]
        return isinstance(node, Compare) and node.op in (">=", ">")

    def survey(self, node: Aggregate) -> None:
        """Say that everything of an aggregate's categories is listed."""
        found = self.draft.unlisted(node) - self.draft.sheet.unsurveyed
        if found:
            self.draft.sheet.surveyed |= found
            self.draft.changed(self.draft.maker.rests_on(node.over))

    def forget(self, index: int) -> None:
        super().forget(index)
        for at in self.values(index):
            node = self.nodes[at]
            if isinstance(node, FirstMatch) and node.rows:
                self.aim(node.rows[0][0], None)
            elif isinstance(node, Aggregate):
                self._forget_items(at, node)

    def _forget_items(self, at: int, node: Aggregate) -> None:
        sheet = self.draft.sheet
        wanted = _parts(node)
        if not wanted & sheet.surveyed and self.choose(2) == 0:
            sheet.unsurveyed |= wanted
            return
        self.survey(node)
        self.item(at, None)

    def settle(self, index: int) -> None:
        node = self.nodes[index]
        if isinstance(node, Aggregate):
            self.survey(node)
        else:
            super().settle(index)

    def item(self, at: int, want: Truth, leaf: int | None = None) -> bool:
        """Add an item that an aggregate counts, or does not, or may; with a leaf, which decides that alone."""
        node = self.nodes[at]
        assert isinstance(node, Aggregate)
        sheet = self.draft.sheet
        sheet.items(node.over).append({})
        if node.over == "qualifications":
            sheet.surveyed.add("qualifications")
        self.draft.changed(self.draft.maker.rests_on(node.over))
        aims = ItemAims(self.draft, at, node, len(sheet.items(node.over)) - 1)
        if leaf is not None:
            aims.decide(leaf, want)
            aims.name()
            return True
        done = aims.aim(node.where, want)
        aims.name()
        if done and want and node.of is not None:
            aims.settle(node.of)
        if not done:
            self.draft.sheet.items(node.over).pop()
            self.draft.changed(self.draft.maker.rests_on(node.over))
        return done

    def decide(self, goal: Goal, want: Truth) -> None:
        """Make a leaf come out as wanted, and decide its outcome alone."""
        outcome, spot = goal
        above = self.above(spot.node)
        root = picked([one for one in outcome.rests_on if one in above], self.choose)
        way = self.way(root, spot.node)
        if spot.inner is None:
            self.aim(spot.node, want)
        else:
            self.item(spot.node, want, spot.inner)
            self.survey(cast(Aggregate, self.nodes[spot.node]))
        for at, child in reversed(way):
            self.beside(at, child)
        if root in outcome.amounts:
            for one in outcome.roots:
                self.aim(one, True)
        if outcome.gate is not None and root != outcome.gate:
            self.aim(outcome.gate, True)


_MOST_ADDED: Final = 6


def _parts(node: Aggregate) -> set[str]:
    """What has to be surveyed for an aggregate to be known."""
    return set(node.categories if node.over == "activities" else ("qualifications",))


class ItemAims(Aims):
    """Aims at the body of an aggregate for one item: its fields are set."""

    def __init__(self, draft: Draft, at: int, node: Aggregate, place: int) -> None:
        super().__init__(draft, node.body)
        self.node, self.place = node, place
        self.names = column_names(draft.program, node)
        self._results = self.results({})

    @property
    def fields(self) -> dict[str, Raw]:
        return self.draft.sheet.items(self.node.over)[self.place]

    def results(self, given: Mapping[int, Result]) -> _Lazy:
        draft, nodes = self.draft, self.nodes
        item = draft.columns(self.node.over, self.fields)
        outer = cast(Results, draft.results)
        return _Lazy(given, lambda index, results: result_of(nodes[index], results, draft.bare, item, outer))

    def result(self, index: int) -> Result:
        return self._results[index]

    def _changed(self) -> None:
        self.draft.changed(self.draft.maker.rests_on(self.node.over))
        self._results = self.results({})

    def undo(self, mark: Mark) -> None:
        super().undo(mark)
        self._results = self.results({})

    def is_open(self, column: str | int) -> bool:
        fields = self.fields
        return column not in fields and not (column == "category" and fields.get("kind") is not None)

    def put(self, column: Any, raw: Raw) -> bool:
        fields = self.fields
        fields[column] = raw
        if not _in_order(fields):
            del fields[column]
            return False
        self._changed()
        return True

    def drop(self, column: Any) -> None:
        del self.fields[column]
        self._changed()

    def pool(self, column: Any) -> Sequence[Raw]:
        pool = self.draft.at.columns[self.node.over].pools[column]
        category = self.fields.get("category")
        if column != "kind" or category is None:
            return pool
        kinds = self.draft.maker.kinds
        return tuple(kind for kind in pool if kinds.get(cast(str, kind)) == category)

    def column(self, node: Node) -> Any:
        if not isinstance(node, ItemFact):
            return None
        name = self.names[node.index]
        return _FIELD.get(name, name)

    def compare(self, index: int, node: Compare, want: bool) -> None:
        self.search(index, want)

    def _leaf(self, index: int, node: Node, want: Truth) -> None:
        if want is None and self.column(self.nodes[children(node)[0]]) == "status":
            self.fields.setdefault("status", None)
        super()._leaf(index, node, want)

    def name(self) -> None:
        """Give the item a kind, which every item has."""
        fields = self.fields
        if fields.get("kind") is None:
            fields.pop("kind", None)
            fields["kind"] = self.pool("kind")[0]
            self._changed()

    def decide(self, leaf: int, want: Truth) -> None:
        """Make a leaf come out as wanted, and decide alone whether the item counts."""
        root = self.node.where
        if leaf not in self.above(leaf) or root not in self.above(leaf):
            self.aim(leaf, want)
            self.aim(root, True)
            return
        way = self.way(root, leaf)
        self.aim(leaf, want)
        for at, child in reversed(way):
            self.beside(at, child)
        if self.node.of is not None:
            self.settle(self.node.of)
