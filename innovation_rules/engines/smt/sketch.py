"""A possible enterprise as plain values, between a model of the solver and the real thing.

`space` reads one from a model, makes it smaller by replay, and turns it into a valid Enterprise with its regions; a
hand-made Program, whose facts no Enterprise can hold, gets its cases directly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, Final

from innovation_rules.case import VOCABULARY, BaseFact, Case, Frame, Item, Raw
from innovation_rules.engines.smt.formula import Cell, Subject, cell_of
from innovation_rules.engines.smt.items import READ_OFF
from innovation_rules.enterprise import Enterprise
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.fields import credit_code_of
from innovation_rules.quantities import FOREVER, LEVELS, QUANTITIES, Type, format_quantity
from innovation_rules.region import RegionStatistics

Fields = Mapping[str, Raw]

_SOME_REGION: Final = "110101"
"""A county of GB/T 2260, for statistics of a region that no program asks about."""


@dataclass(frozen=True)
class Sketch:
    """What is known of one enterprise: base facts by cell, items by field, what nobody surveyed."""

    facts: Mapping[Cell, Raw] = field(default_factory=dict)
    activities: tuple[Fields, ...] = ()
    qualifications: tuple[Fields, ...] | None = ()
    unsurveyed: frozenset[str] = frozenset()
    ongoing_as_of: int | None = None

    def __hash__(self) -> int:
        return id(self)


_TELLING: Final = ("level", "status", "granted", "started")
"""The fields of an item that say most of it: the last to be left out."""


def spare(fields: Fields) -> list[str]:
    """The fields that an item can do without, the least telling first."""
    names = [name for name in fields if name not in ("category", "kind")]
    return sorted(names, key=lambda name: _TELLING.index(name) if name in _TELLING else -1)


def begun(fields: Fields, as_of: date) -> Fields | None:
    """An item known by when it began, where it was known by when it ended alone: easier to read."""
    ended = fields.get("ended")
    if ended is None or "started" in fields:
        return None
    day = as_of.year if ended == FOREVER else min(as_of.year, date.fromordinal(int(ended)).year)
    return {**without(fields, "ended"), "started": date(day, 1, 1).toordinal()}


def without(fields: Fields, name: str) -> Fields:
    """Fields with one less."""
    return {key: value for key, value in fields.items() if key != name}


def with_fact(sketch: Sketch, cell: Cell, value: Raw) -> Sketch:
    """A sketch with another value of a fact; None makes it unknown."""
    facts = dict(sketch.facts)
    facts.pop(cell, None)
    if value is not None:
        facts[cell] = value
    return replace(sketch, facts=facts)


# ------------------------------------------------------------------------------------------------ an Enterprise


def enterprise(sketch: Sketch, subject: Subject, serial: int) -> Enterprise:
    """The Enterprise of a sketch. Raises ValueError (pydantic) where it contradicts itself."""
    return Enterprise.model_validate(record(sketch, subject, serial))


def record(sketch: Sketch, subject: Subject, serial: int) -> dict[str, Any]:
    """The data of an Enterprise, as its models read it."""
    frame = subject.frame
    specs = {cell_of(fact): fact.spec for fact in frame.facts}
    data: dict[str, Any] = {"uscc": credit_code_of(serial), "name": subject.name}
    for cell, value in sketch.facts.items():
        _put(data, cell, specs.get(cell) or VOCABULARY[cell[0], cell[1]], value)
    if sketch.ongoing_as_of is not None:
        data["ongoing_as_of"] = date.fromordinal(sketch.ongoing_as_of)
    items = {spec.name: spec for spec in frame.activity_facts}
    if not (len(sketch.unsurveyed) == len(CATEGORIES) and not sketch.activities):
        data["activities"] = [_item(one, items) for one in sketch.activities]
        data["unsurveyed"] = sorted(sketch.unsurveyed)
    if sketch.qualifications is not None:
        held = {spec.name: spec for spec in frame.qualification_facts}
        data["qualifications"] = [_item(one, held) for one in sketch.qualifications]
    return data


def changed(start: Enterprise, before: Sketch, after: Sketch, subject: Subject) -> Enterprise:
    """An enterprise with the changes between two sketches of it, all else as it was. Raises ValueError."""
    frame = subject.frame
    specs = {cell_of(fact): fact.spec for fact in frame.facts}
    data = start.model_dump()
    for cell, value in after.facts.items():
        if before.facts.get(cell) == value:
            continue
        if cell[3] is not None:
            kept = [one for one in data.get(cell[1]) or () if one != cell[3]]
            data[cell[1]] = [*kept, cell[3]] if value else kept
        else:
            _put(data, cell, specs[cell], value)
    items = {spec.name: spec for spec in frame.activity_facts}
    if after.activities or len(after.unsurveyed) < len(CATEGORIES):
        data["activities"] = _changed_items(data["activities"], before.activities, after.activities, items)
        data["unsurveyed"] = sorted(after.unsurveyed)
    if after.qualifications is not None:
        held = {spec.name: spec for spec in frame.qualification_facts}
        data["qualifications"] = _changed_items(
            data["qualifications"], before.qualifications or (), after.qualifications, held
        )
    return Enterprise.model_validate(data)


def _changed_items(
    records: Any, before: tuple[Fields, ...], after: tuple[Fields, ...], specs: Mapping[str, FactSpec]
) -> list[dict[str, Any]]:
    found = [dict(one) for one in records or ()]
    for at, fields in enumerate(after):
        if at >= len(found):
            found.append(_item(fields, specs))
        elif fields != before[at]:
            news = {name: value for name, value in fields.items() if before[at].get(name) != value}
            written = _item(
                {"category": fields.get("category"), **news} if "category" in fields else news, specs
            )
            inputs = {**found[at].get("inputs", {}), **written.pop("inputs", {})}
            found[at] = {**found[at], **written, **({"inputs": inputs} if inputs else {})}
    return found


def _put(data: dict[str, Any], cell: Cell, spec: FactSpec, value: Raw) -> None:
    owner, name, year, key = cell
    if owner == "region":
        return
    if key is not None:
        data[name] = [*data.get(name, ()), *([key] if value else ())]
    elif owner == "report":
        report = data.setdefault("reports", {}).setdefault(year, {})
        _set(report, spec, value)
    elif year is not None:
        data.setdefault(name, {})[year] = value
    else:
        _set(data, spec, value)


def _set(record: dict[str, Any], spec: FactSpec, value: Raw) -> None:
    if spec.declared:
        record.setdefault("inputs", {})[spec.name] = _written(spec, value)
    else:
        record[spec.name] = _typed(spec, value)


def _item(fields: Fields, specs: Mapping[str, FactSpec]) -> dict[str, Any]:
    owner = "activity" if "category" in fields else "qualification"
    data: dict[str, Any] = {}
    for name, value in fields.items():
        if name in ("category", "kind"):
            data[name] = value
        elif name == "evidence":
            data[name] = ["印证材料"]
        else:
            _set(data, specs.get(name) or VOCABULARY[owner, name], value)
    return data


def _typed(spec: FactSpec, value: Any) -> Any:
    """A value in base units as a model's field takes it."""
    if spec.type in QUANTITIES:
        return QUANTITIES[spec.type](value)
    if spec.type is Type.DATE:
        return (
            ("never" if spec.name == "expires" else "ongoing")
            if value == FOREVER
            else date.fromordinal(value)
        )
    return LEVELS[value] if spec.type is Type.LEVEL else value


def _written(spec: FactSpec, value: Any) -> Any:
    """A value in base units as the data of an input carries it."""
    if spec.type in QUANTITIES:
        return format_quantity(value, spec.type, spec.unit or None)
    if spec.type is Type.DATE:
        return date.fromordinal(value).isoformat()
    return LEVELS[value].value if spec.type is Type.LEVEL else value


def regions(sketches: Mapping[Subject, Sketch]) -> dict[str, RegionStatistics]:
    """The statistics that the sketches hold, by region code."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for subject, sketch in sketches.items():
        specs = {cell_of(fact): fact.spec for fact in subject.frame.facts}
        code = sketch.facts.get(("enterprise", "region", None, None))
        for cell, value in sketch.facts.items():
            if cell[0] == "region" and cell[2] is not None:
                years = found.setdefault(str(code or _SOME_REGION), {})
                years.setdefault(cell[2], {})[cell[1]] = _written(specs[cell], value)
    return {
        code: RegionStatistics.model_validate({"region": code, "statistics": years})
        for code, years in found.items()
    }


def needs_region(sketch: Sketch) -> Sketch:
    """A sketch whose region's statistics are known has a region."""
    cell: Cell = ("enterprise", "region", None, None)
    if any(one[0] == "region" for one in sketch.facts) and cell not in sketch.facts:
        return with_fact(sketch, cell, _SOME_REGION)
    return sketch


def sketch_of(
    one: Enterprise, subject: Subject, as_of: date, statistics: Mapping[str, RegionStatistics]
) -> Sketch:
    """What the runs over a subject see of an enterprise; what they do not ask for is left out."""
    frame = subject.frame
    seen = frame.case(one, as_of.year, as_of, statistics)
    facts = {
        cell_of(fact): _plain(value)
        for fact, value in zip(frame.facts, seen.values, strict=True)
        if value is not None
    }
    activities = tuple(_fields(item, frame.activity_facts) for item in seen.activities)
    for fields, activity in zip(activities, one.activities or (), strict=True):
        for name, value in _own_fields(activity).items():
            fields.setdefault(name, value)
    held = tuple(_fields(item, frame.qualification_facts) for item in seen.qualifications)
    until = None if one.ongoing_as_of is None else one.ongoing_as_of.toordinal()
    return Sketch(facts, activities, held if seen.qualifications_known else None, seen.unsurveyed, until)


def _plain(value: Raw) -> Raw:
    """A quantity as the plain integer that it is."""
    return value if isinstance(value, str | bool) or value is None else int(value)


def _fields(item: Item, specs: Iterable[FactSpec]) -> dict[str, Raw]:
    return {
        spec.name: _plain(value)
        for spec, value in zip(specs, item, strict=True)
        if value is not None and (spec.declared or spec.name not in READ_OFF)
    }


def _own_fields(activity: Any) -> dict[str, Raw]:
    """The fields that others are read off."""
    found: dict[str, Raw] = {}
    if activity.started is not None:
        found["started"] = activity.started.toordinal()
    if activity.ended is not None:
        found["ended"] = FOREVER if isinstance(activity.ended, str) else activity.ended.toordinal()
    if activity.status is not None:
        found["status"] = str(activity.status)
    if activity.evidence:
        found["evidence"] = True
    return found


# ------------------------------------------------------------------------------------------------ a Case


def case(sketch: Sketch, frame: Frame, year: int, as_of: date) -> Case:
    """The case of a sketch as a hand-made frame has it."""
    return Case(
        year,
        as_of.toordinal(),
        tuple(sketch.facts.get(cell_of(fact)) for fact in frame.facts),
        tuple(_row(one, frame.activity_facts) for one in sketch.activities),
        tuple(_row(one, frame.qualification_facts) for one in sketch.qualifications or ()),
        sketch.unsurveyed,
        sketch.qualifications is not None,
    )


def _row(fields: Fields, specs: Iterable[FactSpec]) -> Item:
    return tuple(fields.get(spec.name) for spec in specs)


# ------------------------------------------------------------------------------------------------ smaller ones


Edit = Callable[["Sketch"], "Sketch"]
"""A change to a sketch that may be made to several: what it does not concern stays as it is."""


def smaller(sketch: Sketch, as_of: date) -> Iterator[Edit]:
    """What could be left out of a sketch, or be said more plainly; what says most first."""
    yield from (_all_unsurveyed, _all_surveyed, _no_list)
    for name in sorted(sketch.unsurveyed):
        yield partial(_surveyed, name=name)
    for over in ("activities", "qualifications"):
        for item in items_of(sketch, over):
            yield partial(_replaced, over=over, item=item, by=())
    for cell in sketch.facts:
        yield partial(with_fact, cell=cell, value=None)
    yield _no_word
    for over in ("activities", "qualifications"):
        for item in items_of(sketch, over):
            if (simpler := begun(item, as_of)) is not None:
                yield partial(_replaced, over=over, item=item, by=(simpler,))
            for name in spare(item):
                yield partial(_replaced, over=over, item=item, by=(without(item, name),))


def items_of(sketch: Sketch, over: str) -> tuple[Fields, ...]:
    """The activities or the qualifications of a sketch."""
    return sketch.activities if over == "activities" else sketch.qualifications or ()


def with_items(sketch: Sketch, over: str, items: Iterable[Fields]) -> Sketch:
    """A sketch with other activities or qualifications."""
    if over == "activities":
        return replace(sketch, activities=tuple(items))
    return replace(sketch, qualifications=tuple(items))


def _all_unsurveyed(sketch: Sketch) -> Sketch:
    return sketch if sketch.activities else replace(sketch, unsurveyed=frozenset(CATEGORIES))


def _all_surveyed(sketch: Sketch) -> Sketch:
    plain = not sketch.activities and len(sketch.unsurveyed) == len(CATEGORIES)
    return sketch if plain else replace(sketch, unsurveyed=frozenset())


def _surveyed(sketch: Sketch, name: str) -> Sketch:
    plain = not sketch.activities and len(sketch.unsurveyed) == len(CATEGORIES)
    return sketch if plain else replace(sketch, unsurveyed=sketch.unsurveyed - {name})


def _no_list(sketch: Sketch) -> Sketch:
    return sketch if sketch.qualifications else replace(sketch, qualifications=None)


def _no_word(sketch: Sketch) -> Sketch:
    return replace(sketch, ongoing_as_of=None)


def _replaced(sketch: Sketch, over: str, item: Fields, by: tuple[Fields, ...]) -> Sketch:
    """One item of these fields gives way to others."""
    items = items_of(sketch, over)
    if item not in items:
        return sketch
    at = items.index(item)
    return with_items(sketch, over, (*items[:at], *by, *items[at + 1 :]))


def rounder(sketch: Sketch, subject: Subject, as_of: date) -> Iterator[tuple[Any, list[Edit]]]:
    """For each number and date: edits that give it a rounder value, the roundest first."""
    specs = {cell_of(fact): fact.spec for fact in subject.frame.facts}
    for cell, value in sketch.facts.items():
        choices = _round_values(specs.get(cell), value, as_of)
        yield cell, [partial(with_fact, cell=cell, value=one) for one in choices]
    for over, owner in (("activities", "activity"), ("qualifications", "qualification")):
        for at, item in enumerate(items_of(sketch, over)):
            for name, value in item.items():
                choices = _round_values(VOCABULARY.get((owner, name)), value, as_of)
                edits: list[Edit] = [
                    partial(_replaced, over=over, item=item, by=({**item, name: one},)) for one in choices
                ]
                yield (over, at, name), edits


def _round_values(spec: FactSpec | None, value: Raw, as_of: date) -> list[int]:
    """Rounder values of a number or date, the roundest first; fewer than the solver's own."""
    if spec is None or isinstance(value, bool | str) or value is None:
        return []
    if spec.type is Type.DATE:
        return [one for one in _round_days(spec, value, as_of) if one != value]
    if spec.type not in QUANTITIES:
        return []
    low = spec.low if spec.low is not None else -(10**18)
    high = spec.high if spec.high is not None else 10**18
    found = [one for one in _round_numbers(value, spec) if low <= one <= high and _rounder_than(one, value)]
    return list(dict.fromkeys(found))


def _round_numbers(value: int, spec: FactSpec) -> Iterator[int]:
    yield 0
    unit = {Type.MONEY: 1_000_000, Type.RATIO: 10_000}.get(spec.type, 1)
    yield unit
    for power in range(18, -1, -1):
        step = 10**power
        if step <= max(abs(value) * 100, 1_000):
            yield step
            floor = value // step * step
            yield from (floor, floor + step)


def _rounder_than(one: int, other: int) -> bool:
    return _roughness(one) < _roughness(other)


def _roughness(value: int) -> tuple[int, int]:
    """Digits that are not trailing zeros, then size."""
    return len(str(abs(value)).rstrip("0")) + (value < 0), abs(value)


def _round_days(spec: FactSpec, value: int, as_of: date) -> Iterator[int]:
    if spec.name in ("ended", "expires"):
        yield FOREVER
    if value == FOREVER:
        return
    day = date.fromordinal(value)
    choices = [date(as_of.year, 1, 1), as_of, date(as_of.year - 10, 1, 1), date(day.year, 1, 1)]
    choices += [date(day.year, 12, 31), date(day.year, day.month, 1)]
    if day.year < 9999:
        choices.append(date(day.year + 1, 1, 1))
    for one in choices:
        if one == day:
            return
        yield one.toordinal()


def specs_by_cell(subject: Subject) -> dict[Cell, BaseFact]:
    """The base facts that the runs over a subject ask for."""
    return {cell_of(fact): fact for fact in subject.frame.facts}
