"""Check a linked pack: everything that can be found wrong before any case is decided.

`pack.load` calls it after the linker. CHECKS is the list; each check is one small function, and a defect is
reported once, where it can be mended. `findings` also gives what is doubtful, for the command line.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from innovation_rules.errors import Diagnostic, PackError, Place, Problems, Words, nearest
from innovation_rules.facts import CATEGORIES
from innovation_rules.fields import parse_region
from innovation_rules.pack import clauses, compiler, measures, ranges
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Entry, Linked, declarations, holds_on
from innovation_rules.program import Program
from innovation_rules.quantities import SCALE, Level, QuantityError, Type, parse_literal, unit_of

WHOLE_COUNTRY: Final = "000000"


def check(linked: Linked) -> None:
    """Raise PackError with every error that CHECKS find."""
    problems = run(linked)
    if problems.errors:
        raise PackError(problems.errors, problems.sources)


def findings(linked: Linked) -> list[Diagnostic]:
    """Everything that CHECKS find, warnings included, in the order of the text."""
    return list(run(linked))


def run(linked: Linked) -> Problems:
    """The findings of every check."""
    problems = Problems(linked.sources)
    for one in CHECKS:
        one(linked, problems)
    return problems


def across(packs: Sequence[Linked]) -> list[Diagnostic]:
    """What several packs get wrong together: two versions of one document in force on the same day."""
    problems = Problems()
    for index, later in enumerate(packs):
        for earlier in packs[:index]:
            if _same_document(earlier.pack, later.pack) and _overlap(
                earlier.pack.in_force, later.pack.in_force
            ):
                related = [(earlier.pack.in_force.place, "first-defined-here")]
                names = [str(earlier.pack.pack), str(later.pack.pack)]
                problems.add("two-in-force", later.pack.in_force.place, related=related, packs=names)
    return list(problems)


def _same_document(one: g.Pack, other: g.Pack) -> bool:
    if (one.jurisdiction.within, one.jurisdiction.zone) != (
        other.jurisdiction.within,
        other.jurisdiction.zone,
    ):
        return False
    numbers = [pack.document.number for pack in (one, other) if pack.document and pack.document.number]
    return numbers[0] == numbers[1] if len(numbers) == 2 else one.title == other.title


# ------------------------------------------------------------------------------------------ types


def meaning(linked: Linked, problems: Problems) -> None:
    """Every definition compiles, under the law of each date at which it changes, and means something."""
    programs = [compiler.lower_everything(linked, day.year, day, problems) for day in regimes(linked)]
    if not problems.errors:
        never_and_always(linked, programs, problems)


def never_and_always(linked: Linked, programs: Sequence[Program], problems: Problems) -> None:
    """No condition that cannot hold, no row that cannot be reached, under the law of whatever date."""
    lasting = set(ranges.findings(programs[0]))
    for program in programs[1:]:
        if lasting:
            lasting &= set(ranges.findings(program))
    for one in sorted(lasting):
        if one.place.file == linked.pack.pack.place.file:
            problems.add(one.code, one.place, related=one.related)


def regimes(linked: Linked) -> list[date]:
    """The dates from which the law that the pack applies is another, inside the time that it is in force."""
    pack, start = linked.pack, linked.pack.in_force.from_
    days = {entry.id: _inside(entry.item.values, pack.in_force) for entry in linked.all("parameters")}
    if any(days.values()):
        used = {str(one.name) for ancestor in linked.lineage for one in references(ancestor)}
        return sorted({start, *(day for name in used for day in days.get(name, ()))})
    return [start]


def _inside(values: Iterable[date], span: g.Span) -> list[date]:
    """The dates on which a value changes while the pack is in force."""
    return [day for day in values if day > span.from_ and holds_on(span, day)]


# ------------------------------------------------------------------------------------------ the pack itself


def file_name(linked: Linked, problems: Problems) -> None:
    """A pack is called as its file is, so that the name finds it."""
    name = linked.pack.pack
    stem = Path(name.place.file).stem
    if stem != name:
        problems.add("name-not-the-file", name.place, name=str(name), file=stem)


def jurisdiction(linked: Linked, problems: Problems) -> None:
    """Six digits of GB/T 2260, in quotation marks."""
    code = linked.pack.jurisdiction.within
    if not code.at.quoted:
        problems.add("unquoted-code", code.place, found=str(code))
    elif code != WHOLE_COUNTRY:
        try:
            parse_region(str(code))
        except QuantityError as error:
            problems.extend([Diagnostic(error.code, code.place, error.fields)])


def periods(linked: Linked, problems: Problems) -> None:
    """Periods run forwards, do not cut into each other, and an award's lies within the pack's."""
    pack = linked.pack
    awards = [entry.item.in_force for entry in linked.own("awards") if entry.item.in_force is not None]
    for span in (pack.in_force, *pack.periods.values(), *awards):
        if span.to is not None and span.to < span.from_:
            problems.add("period-reversed", span.place, start=span.from_, end=span.to)
    for span in awards:
        if not _overlap(span, pack.in_force):
            problems.add("period-outside", span.place, start=pack.in_force.from_, end=pack.in_force.to)
    spans = list(pack.periods.items())
    for index, (name, span) in enumerate(spans):
        for other, before in spans[:index]:
            if _overlap(span, before) and not _within(span, before) and not _within(before, span):
                related = [(before.place, "first-defined-here")]
                problems.add("periods-overlap", span.place, related=related, names=[str(other), str(name)])


def _overlap(one: g.Span, other: g.Span) -> bool:
    return one.from_ <= (other.to or date.max) and other.from_ <= (one.to or date.max)


def _within(one: g.Span, other: g.Span) -> bool:
    return other.from_ <= one.from_ and (one.to or date.max) <= (other.to or date.max)


# ------------------------------------------------------------------------------------------ what it declares


def labels(linked: Linked, problems: Problems) -> None:
    """A label is a name in the Chinese spelling: no two items of a section share one."""
    seen: dict[tuple[str, str], Entry] = {}
    current = {id(entry.item) for section in linked.tables for entry in linked.all(section)}
    for entry in linked.declared():
        if entry.section != "activity_kinds" and id(entry.item) not in current:
            continue
        first = seen.setdefault((entry.section, entry.item.label), entry)
        if first is not entry and first.id != entry.id and entry.owner is linked.pack:
            related = [(first.place, "first-defined-here")] if first.place else []
            problems.add("same-label", entry.place, related=related, label=entry.item.label)


def inputs(linked: Linked, problems: Problems) -> None:
    """An input's range, unit, choices and place in a region fit its type and owner."""
    for entry in linked.own("inputs"):
        item: g.Input = entry.item
        type = Type(item.type.value)
        if (type is Type.CHOICE) != bool(item.choices):
            code = "choices-of-another-type" if item.choices else "choice-without-choices"
            problems.add(code, entry.place, name=entry.id, type=type.words)
        if item.at_ is not None and item.of is not g.InputOf.REGION:
            problems.add("at-needs-region", entry.place, name=entry.id)
        unit = unit_of(item.unit) if item.unit else None
        if item.unit and (unit is None or unit.type is not type):
            problems.add("unit-of-another-type", entry.place, unit=item.unit, type=type.words)
        elif item.range:
            _range(entry, type, problems)


def _range(entry: Entry, type: Type, problems: Problems) -> None:
    figures: tuple[g.Figure, ...] = entry.item.range
    if len(figures) != 2 or type not in SCALE:
        code = "range-of-two" if type in SCALE else "range-of-no-number"
        problems.add(code, figures[0].place, name=entry.id, type=type.words)
        return
    try:
        low, high = (parse_literal(one.text, type)[1] for one in figures)
    except QuantityError as error:
        bad = next(one for one in figures if not _reads(one, type))
        problems.extend([Diagnostic(error.code, bad.place, error.fields)])
        return
    if low > high:
        problems.add("between-reversed", figures[0].place)


def _reads(figure: g.Figure, type: Type) -> bool:
    try:
        parse_literal(figure.text, type)
    except QuantityError:
        return False
    return True


def kinds(linked: Linked, problems: Problems) -> None:
    """The levels that a kind of activity names exist."""
    known = [level.value for level in Level]
    for entry in declarations(linked.pack):
        if entry.section == "activity_kinds":
            for name in entry.item.levels:
                if name not in known:
                    near = nearest(name, known)
                    problems.add("unknown-level", entry.place, found=name, nearest=near, known=known)


def parameters(linked: Linked, problems: Problems) -> None:
    """The values of a parameter are of one type and unit, and stand in the order of their dates."""
    for entry in linked.own("parameters"):
        days = list(entry.item.values)
        figures: list[g.Figure] = list(entry.item.values.values())
        if not days:
            problems.add("empty-parameter", entry.place, name=entry.id)
            continue
        _ascending(days, [one.place for one in figures], problems)
        readings = [_reading(figure, problems) for figure in figures]
        first = readings[0]
        for figure, reading in zip(figures, readings, strict=True):
            if first and reading and reading != first:
                related = [(figures[0].place, "first-defined-here")]
                problems.add("parameter-changes-type", figure.place, related=related, name=entry.id)


def _reading(figure: g.Figure, problems: Problems) -> tuple[Type, str] | None:
    """The type of a value and what its unit measures; None where it cannot be read, which is reported."""
    try:
        type, _, unit = parse_literal(figure.text, None)
    except QuantityError as error:
        problems.extend([Diagnostic(error.code, figure.place, error.fields)])
        return None
    known = unit_of(unit)
    return type, known.dimension if known else unit


def _ascending(days: Sequence[date], places: Sequence[Place], problems: Problems) -> None:
    for before, day, place in zip(days, days[1:], places[1:], strict=False):
        if day <= before:
            problems.add("dates-out-of-order", place, day=day, before=before)


def first_dates(linked: Linked, problems: Problems) -> None:
    """No coverage, award or target rests on a parameter that has no value yet when it takes effect."""
    start = linked.pack.in_force.from_
    late = {entry.id for entry in linked.all("parameters") if min(entry.item.values, default=start) > start}
    if not late:
        return
    for root in (one for section in ("coverages", "awards", "targets") for one in linked.own(section)):
        start = _takes_effect(linked, root)
        for parameter in _parameters_behind(linked, root):
            first = min(parameter.item.values, default=start)
            if first > start:
                own = parameter.owner is linked.pack
                place, other = (parameter.place, root.place) if own else (root.place, parameter.place)
                related = [(other, "used-here" if own else "defined-here")] if other else []
                problems.add(
                    "parameter-too-late", place, related=related, name=parameter.id, first=first, start=start
                )


def _takes_effect(linked: Linked, entry: Entry) -> date:
    """When an item is first in force: the pack's date, its own, or that of the award it grants, the latest."""
    days = [linked.pack.in_force.from_]
    for item in _itself_and_granted(linked, entry):
        span = getattr(item, "in_force", None)
        days += [span.from_] if span is not None else []
    return max(days)


def _itself_and_granted(linked: Linked, entry: Entry) -> Iterator[Any]:
    yield entry.item
    grants = getattr(entry.item, "grants", None)
    granted = linked.granted_by_name.get(str(grants)) if grants else None
    if granted is not None:
        yield granted.item


def _parameters_behind(linked: Linked, entry: Entry) -> list[Entry]:
    """The parameters that an item reaches, through facts and classes."""
    found: dict[str, Entry] = {}
    waiting: list[Any] = [*_itself_and_granted(linked, entry)]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        for name in names(item):
            parameter = linked.find("parameters", name)
            if parameter is not None:
                found[parameter.id] = parameter
            for section in ("facts", "classes", "coverages", "awards"):
                definition = linked.find(section, name)
                if definition is not None:
                    waiting.append(definition.item)
        if any(isinstance(one, g.Active) for one in parts(item)):
            waiting += [one.item for one in linked.profile.values()]
    return list(found.values())


def layers(linked: Linked, problems: Problems) -> None:
    """Each category stands in one layer; a layer names each once."""
    where: dict[str, g.Name] = {}
    for entry in linked.own("layers"):
        for name in entry.item.of:
            first = where.setdefault(str(name), name)
            if first is not name:
                problems.add(
                    "category-twice",
                    name.place,
                    related=[(first.place, "first-defined-here")],
                    name=str(name),
                )
    left = [name for name in CATEGORIES if name not in where]
    if where and left:
        words = Words("、".join(CATEGORIES[one] for one in left), ", ".join(left))
        problems.add("category-in-no-layer", linked.own("layers")[0].place, names=words)


def reports(linked: Linked, problems: Problems) -> None:
    """What the pack reports besides its own is an inherited classification."""
    inherited = [entry.id for entry in linked.all("classes") if entry.owner is not linked.pack]
    for name in linked.pack.reports:
        if name not in inherited:
            _unknown("unknown-class", name, inherited, problems)


def rises(linked: Linked, problems: Problems) -> None:
    """What a fact rises with exists."""
    known = linked.subjects()
    for entry in linked.own("facts"):
        for name in entry.item.rises_with:
            if name not in known:
                _unknown("unknown-fact", name, known, problems)


def implements(linked: Linked, problems: Problems) -> None:
    """What a lower document carries a higher one out with is its own."""
    for one in linked.pack.implements.values():
        for section in ("coverages", "targets"):
            own = [entry.id for entry in linked.own(section)]
            for name in getattr(one, section).values():
                if name not in own:
                    _unknown(
                        "unknown-coverage" if section == "coverages" else "unknown-target",
                        name,
                        own,
                        problems,
                    )


def _unknown(code: str, name: g.Name, known: Sequence[str], problems: Problems) -> None:
    near = nearest(name, known)
    problems.add(code, name.place, found=str(name), nearest=near, known=list(known))


# ------------------------------------------------------------------------------------------ awards and duties


def sources(linked: Linked, problems: Problems) -> None:
    """Every coverage, class, award, target, duty and property says which clause it comes from."""
    for section in ("classes", "coverages", "awards", "targets", "schedule", "properties"):
        for entry in linked.own(section):
            if not entry.item.source:
                problems.add("source-missing", entry.place, name=entry.id)


def awards(linked: Linked, problems: Problems) -> None:
    """An award's keys fit together."""
    for entry in linked.own("awards"):
        item: g.Award = entry.item
        if item.amount is not None:
            _amount(item, item.amount, problems)


def _amount(award: g.Award, amount: g.Amount, problems: Problems) -> None:
    if award.bearing is g.Bearing.WEIGHS:
        problems.add("weighs-with-amount", amount.place)
    needs = {
        "of": (amount.of, amount.share, "share"),
        "per": (amount.per, amount.fixed, "fixed"),
        "cap_each": (amount.cap_each, award.for_each, "for_each"),
    }
    for name, (given, wanted, word) in needs.items():
        if given is not None and not wanted and (amount.share or amount.fixed is not None):
            problems.add("key-needs-another", amount.place, key=name, needed=word)


def schedule(linked: Linked, problems: Problems) -> None:
    """A duty falls due on one kind of day, and one that exists; it is broken down by classes that are reported."""
    reported = [entry.id for entry in compiler.reported_classes(linked)]
    for entry in linked.own("schedule"):
        for name in entry.item.by:
            if name not in reported:
                _unknown("unknown-class-to-list-by", name, reported, problems)
        due: g.Due | None = entry.item.due
        if due is None:
            if not entry.item.every:
                problems.add("duty-without-time", entry.place, name=entry.id)
            continue
        given = [
            one for one in (due.date_, due.monthly, due.quarterly, due.yearly or None) if one is not None
        ]
        if len(given) != 1:
            problems.add("due-one-of", due.place)
            continue
        _in_range(due.monthly, 31, due.place, problems)
        _in_range(due.quarterly, 92, due.place, problems)
        if due.yearly and not _is_month_day(due.yearly):
            problems.add("not-month-day", due.place, found=due.yearly)


def _in_range(day: int | None, last: int, place: Place, problems: Problems) -> None:
    if day is not None and not 1 <= day <= last:
        problems.add("due-day", place, day=day, last=last)


def _is_month_day(text: str) -> bool:
    month, _, day = text.partition("-")
    if not (len(month) == len(day) == 2 and (month + day).isdigit()) or not 1 <= int(month) <= 12:
        return False
    return 1 <= int(day) <= monthrange(2000, int(month))[1]


# ------------------------------------------------------------------------------------------ targets


def targets(linked: Linked, problems: Problems) -> None:
    """A target measures one thing over a stated population, against one threshold, by a stated day."""
    planner = measures.Planner(linked, regimes(linked)[-1], problems)
    for entry in linked.own("targets"):
        if planner.aim(entry) is not None:
            milestones(entry.item, problems)
        deadline(linked, entry, problems)


def milestones(item: g.Target, problems: Problems) -> None:
    """Milestones rise with the calendar."""
    for value in thresholds(item):
        if isinstance(value, g.Milestones):
            _ascending([day for day, _ in value.steps], [figure.place for _, figure in value.steps], problems)


def deadline(linked: Linked, entry: Entry, problems: Problems) -> None:
    """By a day, each year, by milestones, or by the end of the plan."""
    item: g.Target = entry.item
    start = linked.pack.in_force.from_
    stepwise = any(isinstance(value, g.Milestones) for value in thresholds(item))
    if not (item.by or item.each_year or stepwise or "plan" in linked.pack.periods):
        problems.add("deadline-missing", entry.place, name=entry.id)
    if item.by is not None and item.by < start:
        problems.add("deadline-too-early", entry.place, name=entry.id, by=item.by, start=start)


def thresholds(item: g.Target) -> list[Any]:
    """The figures that a target is held against, as they are written."""
    return [value for name in measures.THRESHOLDS if (value := getattr(item, name)) is not None]


# ------------------------------------------------------------------------------------------ properties


def properties(linked: Linked, problems: Problems) -> None:
    """Every property says one thing of what the pack has, and compiles."""
    own = linked.own("properties")
    if own and not problems.errors:
        day = regimes(linked)[-1]
        compiler.lower_audited(linked, day.year, day, own, problems)


# ------------------------------------------------------------------------------------------ the account of clauses


def clause_account(linked: Linked, problems: Problems) -> None:
    """The pack and the account of its document's clauses agree."""
    try:
        read = clauses.find(linked)
    except PackError as error:
        problems.sources.update(error.sources)
        problems.extend(error.diagnostics)
        return
    if read is None:
        if not isinstance(linked.pack.coverages, g.NoCoverage):
            problems.add("account-missing", linked.pack.pack.place, pack=str(linked.pack.pack))
        return
    problems.sources[read.document.file] = read.document.text
    clauses.check(linked, read.ledger, problems)


# ------------------------------------------------------------------------------------------ what is not used


def unused(linked: Linked, problems: Problems) -> None:
    """Inputs, parameters and facts that nothing looks at. A pack without coverages is there to be extended."""
    if isinstance(linked.pack.coverages, g.NoCoverage):
        return
    mentioned = set(names(linked.pack))
    for section in ("inputs", "parameters", "facts"):
        for entry in linked.own(section):
            if entry.id not in mentioned:
                problems.add("unused", entry.place, name=entry.id)


def parts(value: Any) -> Iterator[Any]:
    """Everything that a surface item is made of, itself included."""
    yield value
    inner: Iterable[Any] = ()
    if isinstance(value, g.Item):
        inner = (part for name, part in value.__dict__.items() if name not in ("at", "source"))
    elif isinstance(value, Mapping):
        inner = value.values()
    elif isinstance(value, tuple | list) and not isinstance(value, Place):
        inner = value
    elif is_dataclass(value) and not isinstance(value, g.Figure | type):
        inner = (getattr(value, one.name) for one in fields_of(value))
    for part in inner:
        if part is not None and not isinstance(part, bool | int | Place | date):
            yield from parts(part)


def names(item: Any) -> Iterator[str]:
    """The names that an item mentions."""
    return (str(one) for one in parts(item) if isinstance(one, g.Name))


def references(item: Any) -> Iterator[g.ParameterRef]:
    """The parameters that an item names."""
    return (one for one in parts(item) if isinstance(one, g.ParameterRef))


CHECKS: Final[tuple[Callable[[Linked, Problems], None], ...]] = (
    file_name,
    jurisdiction,
    periods,
    labels,
    inputs,
    kinds,
    parameters,
    layers,
    reports,
    rises,
    implements,
    sources,
    awards,
    schedule,
    meaning,
    targets,
    properties,
    first_dates,
    clause_account,
    unused,
)
"""Every check, in the order of a pack."""
