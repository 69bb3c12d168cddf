"""Apply changes to an enterprise: a valid Enterprise with other facts, with more items, with more of it surveyed.

`advice` tries with it whether a set of changes reaches a goal, and whether a smaller one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from innovation_rules.activities import Category
from innovation_rules.case import VOCABULARY, BaseFact, Frame, Raw
from innovation_rules.engines.smt import Change
from innovation_rules.enterprise import AnnualReport, Enterprise, Finding
from innovation_rules.facts import FactSpec
from innovation_rules.quantities import FOREVER, LEVELS, QUANTITIES, Type, format_quantity

EVIDENCE: Final = "印证材料"
"""What stands for evidence that is to be brought."""


def applied(enterprise: Enterprise, changes: Iterable[Change], frame: Frame) -> Enterprise:
    """The enterprise after the changes. Raises ValueError (pydantic) where it would contradict itself."""
    data = _given(enterprise)
    for change in changes:
        match change.kind:
            case "fact":
                _fact(data, frame.facts[frame.indexes[change.name]], change.after)
            case "field":
                _field(data, change, frame)
            case "item":
                _add(data, change, frame)
            case "survey":
                _survey(data, change.name)
    return Enterprise.model_validate(data)


def known_on(enterprise: Enterprise, day: date) -> Enterprise:
    """An enterprise as far as it was known on a day: without reports filed, and findings made, after it."""
    data = _given(enterprise)
    reports = data.get("reports", {})
    data["reports"] = {year: one for year, one in reports.items() if one.filed is None or one.filed <= day}
    data["inputs"] = {name: one for name, one in enterprise.inputs.items() if _found_by(one, day)}
    return Enterprise.model_validate(data)


def _found_by(value: Any, day: date) -> bool:
    return not isinstance(value, Finding) or value.found_on is None or value.found_on <= day


def _given(model: Any) -> dict[str, Any]:
    """The fields of a record that were given."""
    return {name: getattr(model, name) for name in type(model).model_fields if name in model.model_fields_set}


def _fact(data: dict[str, Any], fact: BaseFact, value: Raw) -> None:
    spec, name, year = fact.spec, fact.spec.name, fact.year
    if fact.key is not None:
        held = [one for one in data.get(name) or () if one != fact.key]
        data[name] = tuple([*held, fact.key] if value else held)
    elif spec.owner == "report":
        reports = dict(data.get("reports", {}))
        report = _given(reports[year]) if year in reports else {}
        _set(report, spec, value)
        data["reports"] = {**reports, year: AnnualReport.model_validate(report)}
    elif year is not None:
        data[name] = {**data.get(name, {}), year: value}
    else:
        _set(data, spec, value)


def _set(record: dict[str, Any], spec: FactSpec, value: Raw) -> None:
    if spec.declared:
        record["inputs"] = {**record.get("inputs", {}), spec.name: written(spec, value)}
    elif spec.name in ("evidence", "evidenced"):
        record["evidence"] = (EVIDENCE,) if value else None
    else:
        record[spec.name] = _typed(spec, value)


def _typed(spec: FactSpec, value: Any) -> Any:
    """A value in base units as a model's field takes it."""
    if value is None:
        return None
    if spec.type in QUANTITIES:
        return QUANTITIES[spec.type](value)
    if spec.type is Type.DATE:
        return (
            ("never" if spec.name == "expires" else "ongoing")
            if value == FOREVER
            else date.fromordinal(value)
        )
    return LEVELS[value] if spec.type is Type.LEVEL else value


def written(spec: FactSpec, value: Any) -> Any:
    """A value in base units as the data of an input carries it."""
    if value is None or isinstance(value, str | bool):
        return value
    if spec.type in QUANTITIES:
        return format_quantity(value, spec.type, spec.unit or None)
    if spec.type is Type.DATE:
        return date.fromordinal(value).isoformat()
    return LEVELS[value].value if spec.type is Type.LEVEL else value


def specs_of(change: Change, frame: Frame) -> Mapping[str, FactSpec]:
    """The fields of an item that a change speaks of, by name."""
    columns = frame.activity_facts if change.name.startswith("activities") else frame.qualification_facts
    owner = "activity" if change.name.startswith("activities") else "qualification"
    model = {name: spec for (whose, name), spec in VOCABULARY.items() if whose == owner}
    return {**model, **{spec.name: spec for spec in columns if spec.declared}}


def place_of(change: Change) -> tuple[str, int, str]:
    """The list, the place and the field of `activities[3].level`; the field is empty for an added item."""
    over, _, rest = change.name.partition("[")
    at, _, field = rest.partition("]")
    return over, int(at.lstrip("+")), field.removeprefix(".")


def _field(data: dict[str, Any], change: Change, frame: Frame) -> None:
    over, at, name = place_of(change)
    items = list(data[over])
    one = items[at]
    record = _given(one)
    _set(record, specs_of(change, frame)[name], change.after)
    items[at] = type(one).model_validate(record)
    data[over] = tuple(items)


def _add(data: dict[str, Any], change: Change, frame: Frame) -> None:
    over, _, _ = place_of(change)
    specs = specs_of(change, frame)
    record: dict[str, Any] = {}
    for name, value in change.item.items():
        _set(record, specs[name], value)
    if over == "activities" and data.get(over) is None:
        data["unsurveyed"] = frozenset(Category)
    data[over] = (*(data.get(over) or ()), record)


def _survey(data: dict[str, Any], name: str) -> None:
    """A category, or the qualifications, is surveyed: what is listed is all that there is."""
    over, _, category = name.partition(".")
    if over == "qualifications":
        data[over] = tuple(data.get(over) or ())
        return
    before = frozenset(Category) if data.get(over) is None else frozenset(data.get("unsurveyed", ()))
    data[over] = tuple(data.get(over) or ())
    data["unsurveyed"] = before - {Category(category)}


__all__ = ["EVIDENCE", "applied", "known_on", "place_of", "specs_of", "written"]
