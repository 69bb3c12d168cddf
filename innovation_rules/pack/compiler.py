"""Turn a linked pack into a Program for a year and a law date.

`pack.checker` runs it to find type errors; `Pack.program` runs it to decide. Names are already resolved to
English by the linker; what is found wrong here is reported once, in place, and what depends on it stays silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from innovation_rules.case import Frame
from innovation_rules.errors import Problems
from innovation_rules.facts import CATEGORIES
from innovation_rules.pack import claims, decisions
from innovation_rules.pack.claims import Audited
from innovation_rules.pack.linker import Entry, Linked, holds_on
from innovation_rules.pack.lowering import Lowering
from innovation_rules.program import PackInfo, Program


def compile(linked: Linked, year: int, law_date: date) -> Program:
    """The program of a pack that has passed its checks. Raises PackError if it has not."""
    problems = Problems(linked.sources)
    program = lower(linked, year, law_date, problems)
    problems.raise_if_any()
    return program


def lower(linked: Linked, year: int, law_date: date, problems: Problems) -> Program:
    """The program, with every mistake met on the way added to `problems`."""
    return lower_program(Lowering(linked, year, law_date, problems))


def lower_everything(linked: Linked, year: int, law_date: date, problems: Problems) -> Program:
    """The program, after a try at every definition of the pack, whether or not a decision needs it."""
    to = Lowering(linked, year, law_date, problems)
    for section in ("facts", "classes"):
        for entry in linked.own(section):
            decisions.guarded(to, entry)
    return lower_program(to)


def audit(linked: Linked, year: int, law_date: date, properties: Sequence[Entry]) -> Audited:
    """The program with the conditions of properties behind it. Raises PackError for a mistake in one."""
    problems = Problems(linked.sources)
    audited = lower_audited(linked, year, law_date, properties, problems)
    problems.raise_if_any()
    return audited


def lower_audited(
    linked: Linked, year: int, law_date: date, properties: Sequence[Entry], problems: Problems
) -> Audited:
    """The audited program, with every mistake met on the way added to `problems`.

    The nodes that decide come first and keep their places, so that every rule means what it means in `lower`.
    """
    to = Lowering(linked, year, law_date, problems)
    program = lower_program(to)
    found = [claims.lower_property(to, entry, program) for entry in properties]
    return Audited(with_all(to, program), tuple(one for one in found if one is not None))


def with_all(to: Lowering, program: Program) -> Program:
    """A program with the nodes that were lowered after it behind its own, which keep their places."""
    scope = to.scopes[0]
    nodes, origins = tuple(scope.nodes), tuple(scope.origins)
    return replace(program, frame=frame_of(to), nodes=nodes, origins=origins, body_origins=to.body_origins)


def frame_of(to: Lowering) -> Frame:
    """The columns that the nodes so far read."""
    return Frame(tuple(to.facts), tuple(to.item_facts["activity"]), tuple(to.item_facts["qualification"]))


def lower_program(to: Lowering) -> Program:
    """Every decision of the pack, in the order of a Program's fields."""
    pack = to.linked.pack
    jurisdiction = decisions.own_jurisdiction(to)
    profile = tuple(decisions.lower_category(to, name) for name in CATEGORIES)
    layers = tuple(decisions.lower_layer(to, entry) for entry in to.linked.all("layers"))
    classes = [decisions.lower_class_rule(to, entry) for entry in reported_classes(to.linked)]
    coverages = [decisions.lower_coverage(to, entry, jurisdiction) for entry in to.linked.own("coverages")]
    awards = [decisions.lower_award(to, entry, jurisdiction) for entry in to.linked.own("awards")]
    for entry in (*to.linked.all_kinds(), *to.linked.all("qualification_kinds")):
        to.labels.setdefault(entry.id, entry.item.label)
    scope = to.scopes[0]
    return Program(
        pack=pack_info(to),
        year=to.year,
        law_date=to.law_date,
        in_force=holds_on(pack.in_force, to.law_date),
        frame=frame_of(to),
        nodes=tuple(scope.nodes),
        origins=tuple(scope.origins),
        jurisdiction=jurisdiction,
        profile=profile,
        layers=layers,
        classes=tuple(one for one in classes if one),
        coverages=tuple(one for one in coverages if one),
        awards=tuple(one for one in awards if one),
        labels=to.labels,
        body_origins=to.body_origins,
    )


def reported_classes(linked: Linked) -> list[Entry]:
    """The pack's own classifications, and the inherited ones that it lists under `reports`."""
    return [one for one in linked.all("classes") if one.owner is linked.pack or one.id in linked.pack.reports]


def pack_info(to: Lowering) -> PackInfo:
    """Which pack, version and digest."""
    pack = to.linked.pack
    return PackInfo(
        pack.pack, pack.title, pack.version, to.linked.digest, pack.in_force.from_, pack.in_force.to
    )
