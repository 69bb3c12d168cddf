"""What an engine sees of an enterprise: the values of the facts that a program asks for, and nothing else.

`pack.compiler` lists the facts in a Frame; `Frame.case` reads them from an Enterprise for a year and a date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from operator import attrgetter, itemgetter
from typing import Any, Final

from innovation_rules import facts
from innovation_rules.enterprise import Enterprise, Finding
from innovation_rules.errors import DataError, Diagnostic, nearest
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.quantities import (
    FOREVER,
    QUANTITIES,
    QuantityError,
    Type,
    data_parser,
    parse_data,
    parse_text,
    parse_yes_no,
    shown,
)
from innovation_rules.region import RegionStatistics

Raw = int | str | bool | None
"""A base fact's value in base units; None is unknown."""
Item = tuple[Raw, ...]


def _made(name: str, zh: str, type: Type, owner: facts.Owner) -> FactSpec:
    return FactSpec(name, zh, type, None, None, None, owner)


VOCABULARY: Final[Mapping[tuple[str, str], FactSpec]] = {
    **facts.VOCABULARY,
    ("enterprise", "in_directory"): _made("in_directory", "在库规上", Type.YES_NO, "enterprise"),
    ("enterprise", "zones"): _made("zones", "所在园区", Type.TEXT, "enterprise"),
    ("activity", "standing"): _made("standing", "未被否决或撤销", Type.YES_NO, "activity"),
    ("activity", "evidenced"): _made("evidenced", "有印证材料", Type.YES_NO, "activity"),
    ("activity", "begun_by"): _made("begun_by", "最迟开始于", Type.DATE, "activity"),
    ("activity", "lasted_until"): _made("lasted_until", "至少持续到", Type.DATE, "activity"),
}
"""Every base fact by owner and name: those of the models, and six that are read off them."""


UNSPOKEN: Final = frozenset({"standing", "begun_by", "lasted_until"})
"""Facts of an activity that only windows and statuses read: no pack names them."""


@dataclass(frozen=True, slots=True)
class BaseFact:
    """A fact read from the data as it is: whose, of which year, and for a keyed field which entry."""

    spec: FactSpec
    year: int | None = None
    key: str | None = None

    @property
    def name(self) -> str:
        entry = "" if self.key is None else f"[{self.key}]"
        return f"{self.spec.name}{entry}" + ("" if self.year is None else f"@{self.year}")


@dataclass(frozen=True, slots=True)
class Case:
    """One enterprise, for a year, as of a date: raw values in the order of the program's frame."""

    year: int
    as_of: int
    values: tuple[Raw, ...]
    activities: tuple[Item, ...]
    qualifications: tuple[Item, ...]
    unsurveyed: frozenset[str]
    """Categories of activity of which nothing is known beyond what is listed."""
    qualifications_known: bool = True


@dataclass(frozen=True)
class Frame:
    """The columns a program reads: base facts, and the fields of each activity and qualification.

    The first two columns of an activity are always `category` and `kind`.
    """

    facts: tuple[BaseFact, ...]
    activity_facts: tuple[FactSpec, ...]
    qualification_facts: tuple[FactSpec, ...]

    def case(
        self,
        enterprise: Enterprise,
        year: int,
        as_of: date,
        regions: Mapping[str, RegionStatistics] | None = None,
    ) -> Case:
        """Read the case from a validated enterprise.

        Raises DataError where an input that the pack declares holds a value of another type.
        """
        values, activities, qualifications = self._readers
        listed, held = enterprise.activities, enterprise.qualifications
        return Case(
            year,
            as_of.toordinal(),
            values(enterprise, as_of, regions),
            tuple([activities(one, enterprise, as_of) for one in listed]) if listed else (),
            tuple([qualifications(one, enterprise, as_of) for one in held]) if held else (),
            _unsurveyed(enterprise),
            held is not None,
        )

    @cached_property
    def indexes(self) -> dict[str, int]:
        """Where each base fact stands, by name."""
        return {fact.name: index for index, fact in enumerate(self.facts)}

    @cached_property
    def _readers(self) -> tuple[_ValueReader, _ItemReader, _ItemReader]:
        return (
            _ValueReader(self.facts),
            _ItemReader(self.activity_facts),
            _ItemReader(self.qualification_facts),
        )

    def __getstate__(self) -> dict[str, Any]:
        """The columns alone: readers are made anew where a frame arrives."""
        return {name: getattr(self, name) for name in ("facts", "activity_facts", "qualification_facts")}


MOST_ITEMS: Final = 10_000
"""The most activities of one category, or qualifications, that an enterprise can have: what a category nobody
surveyed adds to the upper end of a count."""

_EVERY_CATEGORY: Final = frozenset(CATEGORIES)


_NO_CATEGORY: Final[frozenset[str]] = frozenset()


def _unsurveyed(enterprise: Enterprise) -> frozenset[str]:
    if enterprise.activities is None:
        return _EVERY_CATEGORY
    return frozenset(map(str, enterprise.unsurveyed)) if enterprise.unsurveyed else _NO_CATEGORY


# ------------------------------------------------------------------------------------------------ reading


class _Fields:
    """Reads plain fields of one record in a single step, those of a type that needs it converted to base units."""

    def __init__(self, specs: Sequence[FactSpec]) -> None:
        names = [spec.name for spec in specs]
        self.get: Callable[[Any], tuple[Any, ...]] = _many(attrgetter, names)
        self.conversions = [
            (at, _CONVERT[spec.type]) for at, spec in enumerate(specs) if spec.type in _CONVERT
        ]
        self.unknown: tuple[Raw, ...] = (None,) * len(names)

    def __call__(self, record: Any) -> Sequence[Raw]:
        values = self.get(record)
        if not self.conversions:
            return values
        converted = list(values)
        for at, convert in self.conversions:
            if converted[at] is not None:
                converted[at] = convert(converted[at])
        return converted


class _Inputs:
    """Reads what the pack declares from the `inputs` of one record; what was found after the as-of date is unknown."""

    def __init__(self, specs: Sequence[FactSpec], where: str = "") -> None:
        self.where = where
        self.readers = [(spec.name, _typed(spec)) for spec in specs]
        self.unknown: list[Raw] = [None] * len(specs)

    def __call__(self, inputs: Mapping[str, Any], as_of: date) -> list[Raw]:
        values: list[Raw] = []
        name = ""
        try:
            for name, read in self.readers:
                value = inputs.get(name)
                if isinstance(value, Finding):
                    value = value.value if value.found_on is None or value.found_on <= as_of else None
                values.append(None if value is None else read(value))
        except QuantityError as error:
            raise _misread(error, f"{self.where}inputs.{name}") from None
        return values


class _ValueReader:
    """Reads the base facts of one enterprise: its own, each year's report's, and those kept by year or by key."""

    def __init__(self, facts: Sequence[BaseFact]) -> None:
        groups: dict[Any, list[tuple[int, FactSpec]]] = {}
        others: list[tuple[int, Callable[..., Raw]]] = []
        for index, fact in enumerate(facts):
            spec = fact.spec
            if spec.owner == "report" or (
                spec.owner == "enterprise" and fact.year is None and fact.key is None
            ):
                groups.setdefault((spec.owner, fact.year, spec.declared), []).append((index, spec))
            else:
                others.append((index, _reader(fact)))
        own = groups.pop(("enterprise", None, False), [])
        declared = groups.pop(("enterprise", None, True), [])
        order = [index for index, _ in (*own, *declared)]
        self.fields, self.inputs = _Fields(_specs(own)), _Inputs(_specs(declared))
        self.reports: list[tuple[int | None, _Fields, _Inputs]] = []
        for year in dict.fromkeys(year for _, year, _ in groups):
            fields, inputs = groups.get(("report", year, False), []), groups.get(("report", year, True), [])
            order += [index for index, _ in (*fields, *inputs)]
            self.reports.append((year, _Fields(_specs(fields)), _Inputs(_specs(inputs), f"reports.{year}.")))
        order += [index for index, _ in others]
        self.others = [read for _, read in others]
        self.put = _many(itemgetter, sorted(range(len(order)), key=order.__getitem__))

    def __call__(
        self, enterprise: Enterprise, as_of: date, regions: Mapping[str, RegionStatistics] | None
    ) -> tuple[Raw, ...]:
        values = [*self.fields(enterprise), *self.inputs(enterprise.inputs, as_of)]
        for year, fields, inputs in self.reports:
            report = enterprise.reports.get(year)  # type: ignore[arg-type]
            if report is None or (report.filed is not None and report.filed > as_of):
                values += (*fields.unknown, *inputs.unknown)
            else:
                values += (*fields(report), *inputs(report.inputs, as_of))
        values += [read(enterprise, as_of, regions) for read in self.others]
        return self.put(values)


def _specs(columns: Sequence[tuple[int, FactSpec]]) -> list[FactSpec]:
    return [spec for _, spec in columns]


class _ItemReader:
    """Reads the fields of one activity or qualification, what is read off them, and what the pack declares."""

    def __init__(self, specs: Sequence[FactSpec]) -> None:
        columns = list(enumerate(specs))
        plain = [one for one in columns if not one[1].declared and one[1].name not in _READ_OFF]
        read_off = [one for one in columns if one[1].name in _READ_OFF]
        declared = [one for one in columns if one[1].declared]
        self.fields, self.inputs = _Fields(_specs(plain)), _Inputs(_specs(declared), "activities[].")
        self.read_off = [_READ_OFF[spec.name] for _, spec in read_off]
        order = [at for at, _ in (*plain, *read_off, *declared)]
        self.put = _many(itemgetter, sorted(range(len(order)), key=order.__getitem__))

    def __call__(self, record: Any, enterprise: Enterprise, as_of: date) -> Item:
        values = list(self.fields(record))
        values += [read(record, enterprise) for read in self.read_off]
        if self.inputs.readers:
            values += self.inputs(record.inputs, as_of)
        return self.put(values)


def _many(getter: Any, names: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """A getter that always gives a tuple."""
    if len(names) > 1:
        return getter(*names)  # type: ignore[no-any-return]
    if not names:
        return lambda record: ()
    one = getter(names[0])
    return lambda record: (one(record),)


def _reader(fact: BaseFact) -> Callable[[Enterprise, date, Mapping[str, RegionStatistics] | None], Raw]:
    """How a fact is read that is kept by year, by key, or for a region."""
    spec, year, key, name = fact.spec, fact.year, fact.key, fact.spec.name
    if spec.owner == "region":
        return lambda enterprise, as_of, regions: _of_region(enterprise, spec, year, as_of, regions or {})
    if key is not None:
        return lambda enterprise, *_: None if (held := getattr(enterprise, name)) is None else key in held
    return lambda enterprise, *_: getattr(enterprise, name).get(year)


def _of_region(
    enterprise: Enterprise,
    spec: FactSpec,
    year: int | None,
    as_of: date,
    regions: Mapping[str, RegionStatistics],
) -> Raw:
    region = regions.get(enterprise.region or "")
    figure = None if region is None or year is None else region.statistic(spec.name, year, as_of)
    if figure is None or figure.value is None:
        return None
    try:
        return _typed(spec)(figure.value)
    except QuantityError as error:
        raise _misread(error, spec.name) from None


def _misread(error: QuantityError, where: str) -> DataError:
    """A value that is not of its declared type, with the path of the field."""
    return DataError([Diagnostic(error.code, None, {**error.fields, "field": where})])


def _typed(spec: FactSpec) -> Callable[[Any], Raw]:
    """Reads an input's value as its declared type and holds it to its range and choices. It raises QuantityError."""
    kind = QUANTITIES.get(spec.type)
    if kind is not None:
        return data_parser(kind, spec.unit or None, spec.low, spec.high)
    if spec.type is Type.YES_NO:
        return parse_yes_no
    if spec.choices:
        return partial(_chosen, spec.choices)
    return partial(parse_data, type=spec.type)


def _chosen(choices: Mapping[str, str], value: Any) -> str:
    """One of the choices, by its identifier or its Chinese name."""
    found = parse_text(value)
    if found in choices:
        return found
    for one, label in choices.items():
        if label == found:
            return one
    raise QuantityError(
        "unknown-choice", value=shown(value), choices=list(choices), nearest=nearest(found, choices)
    )


def _lasted_until(activity: Any, enterprise: Enterprise) -> Raw:
    """The last day on which the activity is known to have gone on, from its end or the ledger's word."""
    if activity.ended is not None:
        return _ordinal(activity.ended)
    until = enterprise.ongoing_as_of
    return None if until is None else until.toordinal()


def _begun_by(activity: Any, enterprise: Enterprise) -> Raw:
    """The latest day on which the activity can have begun: its start, else its end or the ledger's word."""
    for day in (activity.started, activity.ended, enterprise.ongoing_as_of):
        if isinstance(day, date):
            return day.toordinal()
    return None


def _ordinal(value: Any) -> int:
    """A date as its ordinal; `ongoing` and `never` have no end."""
    return FOREVER if isinstance(value, str) else value.toordinal()


_CONVERT: Final[Mapping[Type, Callable[[Any], Raw]]] = {
    Type.DATE: _ordinal,
    Type.LEVEL: attrgetter("rank"),
    Type.CHOICE: str,
}
_READ_OFF: Final[Mapping[str, Callable[[Any, Enterprise], Raw]]] = {
    "standing": lambda activity, _: activity.status not in ("rejected", "withdrawn"),
    "evidenced": lambda activity, _: True if activity.evidence else None,
    "begun_by": _begun_by,
    "lasted_until": _lasted_until,
}
"""The facts of an activity that are read off other fields."""
