"""Make the second copies of an enterprise that two-copy properties compare: one thing moved, all else alike.

`trials` asks for them. A base fact is moved to its neighbours: the figures that the program holds it against, a unit
either side, the ends of its range, and where a comparison turns (a ratio's boundary, solved for this one fact).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import floor
from typing import Any, Final, NamedTuple

from innovation_rules.audit.enterprises import AsOfDay, Maker, Situation, written
from innovation_rules.case import BaseFact, Case, Item, Raw
from innovation_rules.engines import compiled
from innovation_rules.enterprise import AnnualReport, Enterprise
from innovation_rules.errors import Lang
from innovation_rules.facts import FactSpec
from innovation_rules.fields import EXAMPLE_CODE
from innovation_rules.pack.claims import Column, Moves
from innovation_rules.program import (
    Aggregate,
    Compare,
    Constant,
    Fact,
    ItemFact,
    Member,
    Number,
    Program,
    Quotient,
    Result,
)
from innovation_rules.quantities import FOREVER, LEVELS, SCALE, Type, format_quantity, parse_data
from innovation_rules.walk import PerProgram

READ_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "started": ("started", "begun_by"),
    "ended": ("ended", "lasted_until"),
    "status": ("status", "standing"),
    "evidence": ("evidence", "evidenced"),
}
"""The columns of a program that read a field of an activity, where they are called otherwise."""
TEXTS: Final = ("甲", "乙")


class Change(NamedTuple):
    """What was moved, from what to what."""

    what_zh: str
    what_en: str
    before: str
    after: str

    def text(self, lang: Lang) -> str:
        """R&D经费内部支出:100万元 → 1000万元."""
        colon = "：" if lang == "zh" else ": "
        what = self.what_zh if lang == "zh" else self.what_en
        return f"{what}{colon}{self.before} → {self.after}" if self.before or self.after else what


class Copy(NamedTuple):
    """A second copy: the case an engine sees, and how to have the enterprise itself, None where it is not valid."""

    case: Case
    change: Change
    moved: Moved

    def enterprise(self, of: Enterprise) -> Enterprise | None:
        return self.moved.apply(of)


@dataclass(frozen=True, slots=True)
class Moved:
    """How an enterprise is changed: a fact, or its list of activities."""

    fact: BaseFact | None = None
    value: Raw = None
    activities: tuple[Any, ...] | None = None
    qualifications: tuple[Any, ...] | None = None

    def apply(self, enterprise: Enterprise) -> Enterprise | None:
        """The changed enterprise; None where no valid enterprise is like that."""
        try:
            if self.fact is not None:
                return with_fact(enterprise, self.fact, self.value)
            given = {"activities": self.activities, "qualifications": self.qualifications}
            changed: Enterprise = _again(
                enterprise, {name: one for name, one in given.items() if one is not None}
            )
            return changed
        except ValueError:
            return None


# ------------------------------------------------------------------------------------------ changing data


def with_fact(enterprise: Enterprise, fact: BaseFact, value: Raw) -> Enterprise:
    """The enterprise with another value of a base fact. Raises ValueError where that is no valid enterprise."""
    spec, year = fact.spec, fact.year
    changed: Enterprise
    if spec.owner == "report":
        assert year is not None
        report = enterprise.reports.get(year) or AnnualReport()
        changed = _again(enterprise, {"reports": {**enterprise.reports, year: _with(report, spec, value)}})
    elif year is not None:
        changed = _again(enterprise, {spec.name: {**getattr(enterprise, spec.name), year: value}})
    else:
        changed = _with(enterprise, spec, value)
    return changed


def _with(record: Any, spec: FactSpec, value: Raw) -> Any:
    if spec.declared:
        return _again(record, {"inputs": {**record.inputs, spec.name: written(value, spec)}})
    if value == FOREVER and spec.type is Type.DATE:
        return _again(record, {spec.name: "ongoing"})
    return _again(record, {spec.name: written(value, spec)})


def _again(record: Any, changes: Mapping[str, Any]) -> Any:
    """The record with changes, validated as a whole."""
    given = {name: getattr(record, name) for name in record.model_fields_set}
    return type(record).model_validate({**given, **changes})


# ------------------------------------------------------------------------------------------ the copies


class Copies:
    """The second copies for one claim: what it moves, and the part of the program that it rests on."""

    def __init__(self, program: Program, cone: Sequence[int], moves: Moves, rising: bool) -> None:
        self.program, self.cone, self.moves, self.rising = program, cone, moves, rising
        self._items: dict[Any, tuple[dict[str, Any], Item]] = {}

    @cached_property
    def idle(self) -> bool:
        """Nothing that is moved is read: no copy can differ, by construction."""
        moves = self.moves
        facts = {*moves.rises, *moves.falls, *moves.changes}
        return not (facts & self.facts or moves.one_more or any(map(self.read, moves.columns)))

    @cached_property
    def facts(self) -> frozenset[int]:
        """The base facts, by index, that the claim rests on."""
        nodes = self.program.nodes
        return frozenset(node.index for at in self.cone if isinstance(node := nodes[at], Fact))

    @cached_property
    def columns(self) -> frozenset[str]:
        """The fields of an activity that the claim rests on."""
        frame, nodes = self.program.frame.activity_facts, self.program.nodes
        bodies = [
            node.body
            for at in self.cone
            if isinstance(node := nodes[at], Aggregate) and node.over == "activities"
        ]
        return frozenset(
            frame[part.index].name for body in bodies for part in body if isinstance(part, ItemFact)
        )

    def read(self, column: Column) -> bool:
        """Whether the claim rests on a field of an activity."""
        return not self.columns.isdisjoint(READ_AS.get(column.name, (column.name,)))

    @cached_property
    def unread(self) -> bool:
        """Something that is moved is not read: that it changes nothing is so by construction."""
        moves = self.moves
        facts = {*moves.rises, *moves.falls, *moves.changes}
        return bool(facts - self.facts) or not all(map(self.read, moves.columns))

    @cached_property
    def kinds(self) -> tuple[tuple[str, str], ...]:
        """One kind of activity for each way in which the claim tells kinds apart, with its category."""
        nodes, frame = self.program.nodes, self.program.frame.activity_facts
        asked = [
            frozenset(part.values)
            for at in self.cone
            if isinstance(node := nodes[at], Aggregate) and node.over == "activities"
            for part in node.body
            if isinstance(part, Member)
            and isinstance(read := node.body[part.of], ItemFact)
            and frame[read.index].name == "kind"
        ]
        seen: dict[object, tuple[str, str]] = {}
        for category, kind in self.moves.one_more:
            seen.setdefault((category, tuple(kind in one for one in asked)), (category, kind))
        return tuple(seen.values())

    def of(self, situation: Situation, case: Case, results: Sequence[Result]) -> Iterator[Copy]:
        """Every second copy of one enterprise."""
        yield from self._facts(case, results)
        if situation.enterprise.activities is not None:
            yield from self._more(situation, case)
        if self.moves.columns or self.moves.order:
            for moved, change in self._lists(situation.enterprise):
                enterprise = moved.apply(situation.enterprise)
                if enterprise is not None:
                    yield Copy(situation._replace(enterprise=enterprise).case(self.program), change, moved)

    # -------------------------------------------------------------------------------- facts

    def _facts(self, case: Case, results: Sequence[Result]) -> Iterator[Copy]:
        moves = self.moves
        for index, way in (
            *((one, 1) for one in moves.rises),
            *((one, -1) for one in moves.falls),
            *((one, 0) for one in moves.changes),
        ):
            if index not in self.facts:
                continue
            fact, present = self.program.frame.facts[index], case.values[index]
            for value in self._values(index, case, results):
                if _goes(present, value, way):
                    values = (*case.values[:index], value, *case.values[index + 1 :])
                    moved = Moved(fact, value)
                    yield Copy(_with_values(case, values), _change(fact, present, value), moved)

    def _values(self, index: int, case: Case, results: Sequence[Result]) -> list[Raw]:
        """The neighbours of a fact's value, each once."""
        spec, present = self.program.frame.facts[index].spec, case.values[index]
        found = list(_plain_values(spec) or figures(self.program).facts[index])
        if isinstance(present, int) and not isinstance(present, bool) and spec.type in SCALE:
            found += [present + 1, present - 1, *self._turning(index, case, results)]
            found = [one for one in found if isinstance(one, int) and _inside(one, spec)]
        return [one for one in dict.fromkeys(found) if one != present]

    def _turning(self, index: int, case: Case, results: Sequence[Result]) -> Iterator[int]:
        """Where a comparison turns as this fact alone moves, by the secant: exact where the relation is linear."""
        present = case.values[index]
        assert isinstance(present, int)
        step = max(abs(present), 1)
        values = (*case.values[:index], present + step, *case.values[index + 1 :])
        further = compiled.evaluate(self.program, _with_values(case, values))
        for at in self.cone:
            node = self.program.nodes[at]
            if isinstance(node, Compare):
                before, after = (self._distance(node, one) for one in (results, further))
                if before is not None and after is not None and before != after:
                    root = floor(present - Fraction(before) * step / (Fraction(after) - before))
                    yield from (root - 1, root, root + 1, root + 2)

    def _distance(self, node: Compare, results: Sequence[Result]) -> Number | None:
        """How far a comparison's sides are apart, a ratio multiplied out."""
        left, right = self.program.nodes[node.left], results[node.right]
        if isinstance(left, Quotient):
            of, to = results[left.of], results[left.to]
            if _numbers(of, to, right):
                return of * left.factor - right * to  # type: ignore[operator]
            return None
        if _numbers(results[node.left], right):
            return results[node.left] - right  # type: ignore[operator, return-value]
        return None

    # -------------------------------------------------------------------------------- lists

    def _lists(self, enterprise: Enterprise) -> Iterator[tuple[Moved, Change]]:
        listed = enterprise.activities or ()
        for at, activity in enumerate(listed):
            for column in self.moves.columns:
                if not self.read(column):
                    continue
                for value in self._column_values(column, activity):
                    try:
                        one = _with(activity, column.spec, value)
                    except ValueError:
                        continue
                    new = (*listed[:at], one, *listed[at + 1 :])
                    yield Moved(activities=new), _change_of(at, column.spec, activity, value)
        held = enterprise.qualifications or ()
        if self.moves.order and (len(listed) > 1 or len(held) > 1):
            turned = Moved(activities=listed[::-1] or None, qualifications=held[::-1] or None)
            yield turned, Change("活动和资质倒过来列", "the lists turned round", "", "")

    def _more(self, situation: Situation, case: Case) -> Iterator[Copy]:
        """One activity more: recognised or under way, of the highest level, begun in the judged year."""
        listed = situation.enterprise.activities or ()
        for category, kind in self.kinds:
            label = self.program.labels.get(kind, kind)
            for status in ("recognised", "under_way"):
                activity, item = self._item(category, kind, status, situation)
                moved = Moved(activities=(*listed, activity))
                more = replace(case, activities=(*case.activities, item))
                yield Copy(more, Change(f"多一项{label}", f"one {kind} more", "", ""), moved)

    def _item(self, category: str, kind: str, status: str, of: Situation) -> tuple[dict[str, Any], Item]:
        """An activity, and what the program sees of it."""
        key = category, kind, status, of.as_of
        if key not in self._items:
            day = date(self.program.year, 1, 2)
            data = {"category": category, "kind": kind, "started": day, "ended": "ongoing", "status": status}
            data |= {"level": "national", "quantity": 1, "amount": "1万元", "evidence": ["材料"]}
            alone = Enterprise.model_validate({"uscc": EXAMPLE_CODE, "name": "某企业", "activities": [data]})
            self._items[key] = data, of._replace(enterprise=alone).case(self.program).activities[0]
        return self._items[key]

    def _column_values(self, column: Column, activity: Any) -> list[Raw]:
        present = _field(column.spec, activity)
        values = [one for one in _worth(column.spec, self.program) if one != present]
        if not self.rising:
            return values
        return [one for one in values if _goes(present, one, 1)]


def _figures(program: Program) -> AsOfDay:
    return Maker(program, None).days[0]


figures: Final = PerProgram(_figures)
"""The values worth trying of each base fact of a program, and of each field of an item."""


def _with_values(case: Case, values: tuple[Raw, ...]) -> Case:
    """The case with other base facts."""
    rest = case.activities, case.qualifications, case.unsurveyed, case.qualifications_known
    return Case(case.year, case.as_of, values, *rest)


def _numbers(*values: object) -> bool:
    return all(isinstance(one, int | Fraction) and not isinstance(one, bool) for one in values)


def _goes(present: Raw, value: Raw, way: int) -> bool:
    """Whether a move goes the way asked: up, down, or anywhere. What is unknown has no up."""
    if way == 0:
        return True
    if present is None or value is None:
        return False
    return value > present if way > 0 else value < present  # type: ignore[operator]


def _inside(value: int, spec: FactSpec) -> bool:
    return (spec.low is None or value >= spec.low) and (spec.high is None or value <= spec.high)


def _field(spec: FactSpec, activity: Any) -> Raw:
    """The present value of a field of an activity in base units."""
    if spec.declared:
        found = activity.inputs.get(spec.name)
        found = getattr(found, "value", found)
        return None if found is None else parse_data(found, spec.type, spec.unit or None)
    value = getattr(activity, spec.name)
    if isinstance(value, date):
        return value.toordinal()
    if spec.type is Type.DATE and value is not None:
        return FOREVER
    return value.rank if spec.type is Type.LEVEL and value is not None else value  # type: ignore[no-any-return]


def _worth(spec: FactSpec, program: Program) -> Sequence[Raw]:
    """The values worth trying of a field of an activity."""
    if spec.type is Type.TEXT:
        return TEXTS
    if spec.type in SCALE:
        return _figures_of(program)
    return _plain_values(spec) or figures(program).columns["activities"].pools.get(spec.name, ())


def _plain_values(spec: FactSpec) -> Sequence[Raw]:
    """All values of a type that has few, and of a number the ends of its range: thresholds are solved for."""
    if spec.type is Type.YES_NO:
        return (True, False)
    if spec.type is Type.LEVEL:
        return range(len(LEVELS))
    if spec.type is Type.CHOICE:
        return tuple(spec.choices or ())
    if spec.type in SCALE:
        return tuple(one for one in (0, spec.low, spec.high) if one is not None)
    return ()


def _body_figures(program: Program) -> tuple[int, ...]:
    found = {
        part.value + step
        for node in program.nodes
        if isinstance(node, Aggregate)
        for part in node.body
        if isinstance(part, Constant) and isinstance(part.value, int) and not isinstance(part.value, bool)
        for step in (-1, 0, 1)
    }
    return tuple(sorted(one for one in {*found, 0, 1, 10**8} if one >= 0))


_figures_of: Final = PerProgram(_body_figures)
"""The whole numbers that a program holds the fields of an activity against, a unit either side."""


def between(program: Program, before: Case, after: Case) -> Change:
    """What differs in the base facts of two cases: the first of it."""
    for fact, one, other in zip(program.frame.facts, before.values, after.values, strict=True):
        if one != other:
            return _change(fact, one, other)
    return Change("", "", "", "")


def _change(fact: BaseFact, before: Raw, after: Raw) -> Change:
    spec = fact.spec
    return Change(spec.zh, fact.name, _shown(spec, before), _shown(spec, after))


def _change_of(at: int, spec: FactSpec, activity: Any, after: Raw) -> Change:
    before = _shown(spec, _field(spec, activity))
    return Change(
        f"第{at + 1}项活动的{spec.zh}", f"activities[{at}].{spec.name}", before, _shown(spec, after)
    )


def _shown(spec: FactSpec, value: Any) -> str:
    if spec.type in (Type.CHOICE, Type.CODE, Type.TEXT) and value is not None:
        texts = value if isinstance(value, tuple) else (value,)
        names = dict(spec.choices or {})
        return "、".join(names.get(str(one), str(one)) for one in texts)
    return format_quantity(value, spec.type, spec.unit or None)
