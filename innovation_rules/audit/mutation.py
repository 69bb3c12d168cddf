"""Ask of every altered pack who would notice: the check, a worked case, a property, or a proof.

`innovation-rules mutate` prints what `run` finds. A mutant that nobody notices, and that is not proved to decide
every enterprise as the pack does, shows what the cases do not test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from importlib.util import find_spec
from itertools import chain
from multiprocessing import get_context
from random import Random
from typing import Any, Final, Literal, NamedTuple

from innovation_rules import pack as pipeline
from innovation_rules.audit import equivalence, properties
from innovation_rules.audit.alterations import Alteration, alterations
from innovation_rules.audit.enterprises import Situation
from innovation_rules.audit.equivalence import Moment, differing
from innovation_rules.audit.verdicts import forms
from innovation_rules.errors import PackError, Problems
from innovation_rules.pack import cases, checker, compiler, finder, linker, parser
from innovation_rules.pack.cases import Prepared
from innovation_rules.pack.claims import Audited
from innovation_rules.pack.linker import Entry, Linked, Parsed
from innovation_rules.pack.reader import Document
from innovation_rules.packs import Elsewhere, Pack, Vocabulary, load_pack
from innovation_rules.program import Program, TruthNode, children

Fate = Literal["check", "case", "property", "proof", "equivalent", "survives"]
FATES: Final[tuple[Fate, ...]] = ("check", "case", "property", "proof", "equivalent", "survives")


class Verdict(NamedTuple):
    """What became of one mutant, and by whom: the code of the check, the name of the case or property."""

    number: int
    fate: Fate
    by: str = ""
    """Of a survivor: `unread` where no decision reads what was altered, else what kept the solver from an answer."""
    case: str = ""
    """Of a survivor: a worked case that would kill it, as the pack decides it now, to be judged by a person."""


@dataclass(frozen=True)
class Report:
    """The mutants of a pack and their verdicts, in the order of the text."""

    pack: str
    mutants: Sequence[Alteration]
    verdicts: Sequence[Verdict]
    cases: int

    def of(self, *fates: Fate) -> list[tuple[Alteration, Verdict]]:
        """The mutants that met one of these fates."""
        return [(self.mutants[one.number], one) for one in self.verdicts if one.fate in fates]

    def count(self, *fates: Fate) -> int:
        return sum(one.fate in fates for one in self.verdicts)


# ------------------------------------------------------------------------------------------ one pack


@dataclass(frozen=True, eq=False)
class Mutant(Pack):
    """An altered pack that decides. An alteration touches no name, so what the original knows of names serves it."""

    original: Pack

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return self.original.vocabulary

    @property
    def elsewhere(self) -> Elsewhere:
        return self.original.elsewhere


class Bench:
    """A pack held ready: read once, its ancestors linked once, its cases read once, its programs kept."""

    def __init__(self, name: str | os.PathLike[str], seconds: float = 10.0) -> None:
        self.seconds = seconds
        """How long the solver may take over one mutant and moment; 0: it is not asked."""
        self.path = finder.find(name)
        self.pack = load_pack(self.path)
        self.parsed = pipeline.parse(self.path)
        self.mutants = alterations(self.parsed.document)
        self._ancestors: dict[str, Parsed] = {}

    @cached_property
    def linked(self) -> Linked:
        return self._linked(self.parsed.document)

    @cached_property
    def prepared(self) -> list[Prepared]:
        """The worked cases, their enterprises read. Raises PackError."""
        found = cases.find(self.linked)
        return [] if found is None else [self._prepared(one, found) for one in found.cases]

    def _prepared(self, case: cases.Case, found: cases.Cases) -> Prepared:
        return cases.prepare(case, self.linked, found.document.file)

    @cached_property
    def groups(self) -> dict[Moment, list[Prepared]]:
        """The cases by the program that decides them, the largest group first."""
        groups: dict[Moment, list[Prepared]] = {}
        for one in self.prepared:
            year, _, law_date = one.case.moment
            groups.setdefault((year, law_date), []).append(one)
        return dict(sorted(groups.items(), key=lambda group: -len(group[1])))

    # -------------------------------------------------------------------------------- mutants

    def _linked(self, document: Document) -> Linked:
        """An altered document, parsed and joined with the ancestors. Raises PackError."""
        return linker.link(Parsed(parser.parse(document), document), self._ancestor)

    def _ancestor(self, name: Any) -> Parsed:
        found = self._ancestors.get(name)
        if found is None:
            found = self._ancestors[name] = pipeline.parse(
                finder.find_extended(name, name.place, self.path.parent)
            )
        return found

    def mutant(self, alteration: Alteration) -> Pack:
        """The pack with one alteration, checked. Raises PackError where the checker rejects it."""
        linked = self._linked(alteration.of(self.parsed.document))
        checker.check(linked)
        return Mutant(self.pack.head, self.path, None, lambda: linked, self.pack)

    # -------------------------------------------------------------------------------- who notices

    def verdict(self, number: int) -> Verdict:
        """Who notices a mutant first."""
        alteration = self.mutants[number]
        try:
            mutant = self.mutant(alteration)
        except PackError as error:
            return Verdict(number, "check", error.diagnostics[0].code)
        name = self.killing_case(mutant, alteration)
        if name is not None:
            return Verdict(number, "case", name)
        name = self.killing_property(mutant, alteration)
        if name is not None:
            return Verdict(number, "property", name)
        return self._unnoticed(number, mutant)

    def _unnoticed(self, number: int, mutant: Pack) -> Verdict:
        """Of a mutant that no case and no property told apart: whether it decides alike, and if not, who would."""
        apart = [at for at in self.moments if differing(self.pack, mutant, at)]
        if not apart:
            alike = all(self._defined_alike(mutant, at) for at in self.moments)
            return (
                Verdict(number, "equivalent", "same-program")
                if alike
                else Verdict(number, "survives", "unread")
            )
        if find_spec("z3") is None or not self.seconds:
            return Verdict(number, "survives", "no-solver")
        found = equivalence.told_apart(self.pack, mutant, self._asked(mutant, apart) or apart, self.seconds)
        if found is None:
            return Verdict(number, "equivalent", "proof")
        return self._by_proof(number, mutant, found)

    def _by_proof(self, number: int, mutant: Pack, found: equivalence.Apart | equivalence.Open) -> Verdict:
        """Killed where the solver refutes a property; else a survivor, with the case that would notice it."""
        alteration = self.mutants[number]
        name = self.killing_property(mutant, alteration, "proof")
        if name is not None:
            return Verdict(number, "proof", name)
        if isinstance(found, equivalence.Open):
            return Verdict(number, "survives", found.detail)
        case = equivalence.as_case(self.pack, mutant, found, str(alteration), alteration.clause)
        return Verdict(number, "survives", "", case)

    def _defined_alike(self, mutant: Pack, moment: Moment) -> bool:
        """Whether every definition means the same, also those that no decision reads."""
        one, other = (
            compiler.lower_everything(pack.linked, *moment, Problems()) for pack in (self.pack, mutant)
        )
        return forms(one) == forms(other)

    def killing_case(self, mutant: Pack, alteration: Alteration) -> str | None:
        """The first worked case that does not hold of a mutant."""
        for moment, group in self.groups.items():
            apart = bool(differing(self.pack, mutant, moment))
            asked = [one for one in group if apart or _asks_for_facts(one)]
            for one in sorted(asked, key=lambda one: _distance(one, alteration)):
                if not cases.judge(mutant, one).holds:
                    return str(one.case.name)
        return None

    def killing_property(
        self, mutant: Pack, alteration: Alteration, way: properties.Way = "cases"
    ) -> str | None:
        """The first property that fails of a mutant and that does not merely restate what was altered."""
        telling = [one for one in self.properties if not self.restates(one, alteration)]
        if not telling:
            return None
        suite = properties.Suite(mutant, telling)
        if way == "proof":
            found: Iterable[properties.Verdict] = properties.prove(suite, seconds=self.seconds)
        else:
            found = suite.verdicts(way, self.situations)
        return next((one.id for one in found if isinstance(one, properties.Fails)), None)

    @cached_property
    def situations(self) -> list[tuple[str, Situation]]:
        """The enterprises of the worked cases, for the properties."""
        return list(properties.worked(self.pack))

    @cached_property
    def properties(self) -> tuple[Entry, ...]:
        """What the pack, and the auditors' files beside it, claim of every enterprise. Raises PackError."""
        files = [properties.read(path, self.linked) for path in properties.beside(self.linked)]
        return (*properties.of_pack(self.linked), *chain.from_iterable(files))

    def restates(self, entry: Entry, alteration: Alteration) -> bool:
        """Whether a property names what was altered and writes its whole condition out anew: then it tests nothing."""
        if alteration.id not in set(checker.names(entry.item)):
            return False
        return bool(self._written.get(entry.id, frozenset()) & self._conditions(alteration))

    @cached_property
    def _audited(self) -> Audited:
        year, day = properties.present(self.linked)
        return compiler.audit(self.linked, year, day, self.properties)

    @cached_property
    def _written(self) -> dict[str, frozenset[str]]:
        """The form of every truth that a property writes itself, by the property."""
        program = self._audited.program
        found: dict[str, set[str]] = {}
        for node, origin, form in zip(program.nodes, program.origins, forms(program), strict=True):
            section, _, id = origin.path.partition(".")
            if section == "properties" and isinstance(node, TruthNode):
                found.setdefault(id, set()).add(form)
        return {id: frozenset(one) for id, one in found.items()}

    def _conditions(self, alteration: Alteration) -> frozenset[str]:
        """The forms of an item's conditions, each as a whole: its `when`, `eligible_when`, the `when` of a row."""
        program = self._audited.program
        own = f"{alteration.section}.{alteration.id}"
        if "rows" in alteration.path[:-1]:
            own += f".rows[{alteration.path[alteration.path.index('rows') + 1]}]"
        inside = {at for at, one in enumerate(program.origins) if _within(one.path, own)}
        below = {child for at in inside for child in children(program.nodes[at]) if child in inside}
        truths = (at for at in inside - below if isinstance(program.nodes[at], TruthNode))
        return frozenset(forms(program)[at] for at in truths)

    # -------------------------------------------------------------------------------- when

    @cached_property
    def moments(self) -> list[Moment]:
        """Every program that a case asks for or that the plan can: its years, the days its law changes, and beside
        them the days before and after its periods."""
        pack = self.linked.pack
        awards = [one.item.in_force for one in self.linked.own("awards") if one.item.in_force]
        ends = [day for span in (pack.in_force, *awards) for day in (span.from_, span.to) if day]
        edges = [day + timedelta(by) for day in ends for by in (-1, 0, 1)]
        return sorted({*self.groups, *self._plan, *((day.year, day) for day in edges)})

    @cached_property
    def _plan(self) -> set[Moment]:
        """The years of the plan, and the days on which the law changes while the pack is in force, each with the day
        before: a figure that changed a day sooner is another on that day alone."""
        pack = self.linked.pack
        first = pack.in_force.from_.year
        last = max([first, *(one.to.year for one in pack.periods.values() if one.to)])
        years = {(year, date(year, 12, 31)) for year in range(first, last + 1)}
        turns = {day - timedelta(by) for day in checker.regimes(self.linked) for by in (0, 1)}
        return {*years, *((day.year, day) for day in turns)}

    def _asked(self, mutant: Pack, moments: Sequence[Moment]) -> list[Moment]:
        """Of the moments at which a mutant is built otherwise: those of the plan, and those at which its period is
        another."""
        return [
            at
            for at in moments
            if at in self._plan or _periods(mutant.program(*at)) != _periods(self.pack.program(*at))
        ]


def _periods(program: Program) -> tuple[bool, ...]:
    """What is in force."""
    return (program.in_force, *(one.in_force for one in program.awards))


def _within(path: str, own: str) -> bool:
    """Whether a node comes from an item, or from a part of it."""
    return path == own or path.startswith((f"{own}.", f"{own}["))


def _asks_for_facts(one: Prepared) -> bool:
    """Whether a case names facts, which may rest on what no decision reads."""
    return any(expected.section == "facts" for expected in one.case.expect)


def _distance(one: Prepared, alteration: Alteration) -> int:
    """How far a case is from an alteration: the likeliest to notice are asked first."""
    if any(expected.id == alteration.id for expected in one.case.expect):
        return 0
    clauses = set(alteration.clause.split("、"))
    return (
        1
        if any(clause.strip() in clauses for clause in one.case.clause.replace("；", "、").split("、"))
        else 2
    )


# ------------------------------------------------------------------------------------------ all of them


def run(
    name: str | os.PathLike[str],
    *,
    only: str = "",
    sample: int | None = None,
    seed: int = 0,
    workers: int = 1,
    seconds: float = 10.0,
    step: Callable[[int, int], object] | None = None,
) -> Report:
    """Try the mutants of a pack: all, those of `only` (section or section.id), or a sample of them.

    `seconds` is what the solver may take over a mutant that no case kills (0: not asked); `step(done, total)` is
    called as they come in. Raises PackError.
    """
    bench = Bench(name, seconds)
    numbers = chosen(bench.mutants, only, sample, seed)
    verdicts: list[Verdict] = []
    for one in _verdicts(bench, numbers, workers):
        verdicts.append(one)
        if step is not None:
            step(len(verdicts), len(numbers))
    return Report(bench.pack.id, bench.mutants, sorted(verdicts), len(bench.prepared))


def chosen(mutants: Sequence[Alteration], only: str, sample: int | None, seed: int) -> list[int]:
    """The numbers of the mutants to try."""
    section, _, id = only.partition(".")
    numbers = [
        number
        for number, one in enumerate(mutants)
        if not only or (one.section == section and (not id or one.id == id))
    ]
    if sample is None or sample >= len(numbers):
        return numbers
    return sorted(Random(seed).sample(numbers, sample))


def _verdicts(bench: Bench, numbers: Sequence[int], workers: int) -> Iterator[Verdict]:
    if workers < 2 or len(numbers) < 2 * workers:
        yield from map(bench.verdict, numbers)
        return
    with ProcessPoolExecutor(
        workers, get_context("spawn"), _open_bench, (str(bench.path), bench.seconds)
    ) as pool:
        yield from pool.map(_verdict, numbers, chunksize=4)


_benches: Final[dict[str, Bench]] = {}


def _open_bench(path: str, seconds: float) -> None:
    _benches[""] = Bench(path, seconds)


def _verdict(number: int) -> Verdict:
    return _benches[""].verdict(number)
