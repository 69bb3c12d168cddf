"""The base facts of one symbolic enterprise, and what can stand together in a valid one.

`world` has one Facts a subject. What pydantic's checks refuse (parts that exceed their whole, one zone known and
another not, a report filed after the as-of date) is refused here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from innovation_rules.case import BaseFact
from innovation_rules.engines.smt.domain import Column, Words, clash, column, listed
from innovation_rules.engines.smt.formula import Cell, Subject, cell_of
from innovation_rules.engines.smt.items import is_real
from innovation_rules.engines.smt.solver import z3
from innovation_rules.engines.smt.terms import Bool, Q, total
from innovation_rules.engines.smt.values import V, Way
from innovation_rules.enterprise import BREAKDOWNS, Breakdown, inconsistencies
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.quantities import Type


class Facts:
    """The base facts of one symbolic enterprise, made as they are asked for."""

    def __init__(self, subject: Subject, words: Words) -> None:
        self.subject, self.words = subject, words
        self.real = is_real(subject)
        self.columns: dict[tuple[Cell, Type], Column] = {}
        self.unsurveyed = {one: z3.Bool(f"{subject.name}.unsurveyed.{one}") for one in CATEGORIES}
        self.held = z3.Bool(f"{subject.name}.qualifications?")
        self.specs: dict[tuple[Cell, Type], list[FactSpec]] = {}
        for run in subject.runs:
            for fact in run.program.frame.facts:
                specs = self.specs.setdefault((cell_of(fact), fact.spec.type), [])
                if fact.spec not in specs:
                    specs.append(fact.spec)
        said: dict[Cell, list[FactSpec]] = {}
        for (cell, _), specs in self.specs.items():
            said.setdefault(cell, []).extend(specs)
        self.clashes = frozenset(cell for cell, specs in said.items() if clash(specs))
        """Cells that packs read otherwise: what one reads there says nothing certain of what another does."""

    def column(self, fact: BaseFact) -> Column:
        return self.at(cell_of(fact), fact.spec.type)

    def at(self, cell: Cell, type: Type) -> Column:
        found = self.columns.get((cell, type))
        if found is None:
            found = self.columns[cell, type] = self._made(cell, type)
        return found

    def _made(self, cell: Cell, type: Type) -> Column:
        owner, name, year, key = cell
        specs = self.specs[cell, type]
        place = f"{owner}.{name}" + (f"[{key}]" if key else "") + (f"@{year}" if year else "")
        label = f"{self.subject.name}.{place}:{type}"
        if key is not None:
            return self._zone(label, specs[0])
        if name == "in_directory" and owner == "enterprise":
            return listed(label, specs[0], (True, False))
        always = self.real and owner == "enterprise" and name in ("uscc", "name")
        return column(label, specs, self.words.about(cell), always=always)

    def _zone(self, label: str, spec: FactSpec) -> Column:
        """Whether an enterprise is in one of the zones: known of all zones or of none."""
        known, inside = z3.Bool(f"{self.subject.name}.{spec.name}?"), z3.Bool(label)
        yes, no = Q(True), Q(False)
        ways = (Way(z3.And(known, inside), yes, yes), Way(z3.And(known, z3.Not(inside)), no, no))
        return Column(spec, V(ways), known)

    def limits(self) -> Iterator[Bool]:
        """What an enterprise keeps to, as far as its facts are in use."""
        for one in self.columns.values():
            yield from one.limits
        cells = {cell: one for (cell, _), one in self.columns.items()}
        if not self.real:
            return
        for year in {year for _, _, year, _ in cells}:
            yield from _adds_up(
                {name: one for (o, name, y, _), one in cells.items() if (o, y) == ("report", year)}
            )
        region = cells.get(("enterprise", "region", None, None))
        for (owner, name, _, _), one in cells.items():
            if owner == "region" and region is not None:
                yield z3.Implies(one.known, region.known)
            if name == "filed" and owner == "report":
                first = min(run.as_of for run in self.subject.runs).toordinal()
                yield z3.Implies(one.known, one.number <= first)


def _adds_up(columns: Mapping[str, Column]) -> Iterator[Bool]:
    """The arithmetic checks of the forms, between the figures of one year's report that are known."""
    for check in BREAKDOWNS:
        whole = columns.get(check.whole)
        parts = [columns[name] for name in check.parts if name in columns]
        if whole is None or not parts:
            continue
        number = len(parts)
        known = total(z3.If(one.known, 1, 0) for one in parts)
        summed = total(z3.If(one.known, one.number, 0) for one in parts)
        slack = (known + 1) * slack_of(check)
        given = z3.And(whole.known, z3.Or([one.known for one in parts]))
        yield z3.Implies(given, summed - slack <= whole.number)
        if check.complete and number == len(check.parts):
            everything = z3.And(whole.known, *(one.known for one in parts))
            yield z3.Implies(everything, summed + slack >= whole.number)


@cache
def slack_of(check: Breakdown) -> int:
    """How much each figure of a check may be off, as `enterprise.inconsistencies` has it."""
    part, low = check.parts[0], 0
    high = 10**9
    while low < high:  # the largest excess that passes, of one part alone: twice what one figure may be off
        middle = (low + high + 1) // 2
        if any(found.check is check for found in inconsistencies({check.whole: 0, part: middle})):
            high = middle - 1
        else:
            low = middle
    return low // 2
