"""Replay in the interpreter: concrete enterprises, or cases, become the World that formulas are evaluated on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from innovation_rules.case import Case
from innovation_rules.engines import interpreter
from innovation_rules.engines.smt import sketch as sketches
from innovation_rules.engines.smt.formula import Formula, Run, Subject, World, holds, runs_of, subjects_of
from innovation_rules.engines.smt.items import is_real
from innovation_rules.engines.smt.sketch import Sketch
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import InnovationRulesError
from innovation_rules.program import Program, Result
from innovation_rules.region import RegionStatistics
from innovation_rules.walk import PerProgram, cones, readers, rerun, steps

Evaluate = Callable[[Program, Case], tuple[Result, ...]]


def read(run: Run, one: Enterprise, statistics: Mapping[str, RegionStatistics]) -> Case:
    """What a run sees of an enterprise. Raises DataError."""
    if run.pack is not None:
        return run.pack.read(run.program, one, run.as_of, statistics, False)
    return run.program.frame.case(one, run.program.year, run.as_of, statistics)


def replayed(
    runs: Iterable[Run],
    enterprises: Mapping[Subject, Enterprise],
    statistics: Mapping[str, RegionStatistics],
    evaluate: Evaluate = interpreter.evaluate,
) -> World:
    """Every run on the enterprise of its subject. Raises DataError."""
    whole = [run for run in runs if run.subject in enterprises]
    cases = {run: read(run, enterprises[run.subject], statistics) for run in whole}
    seen = {
        subject: subject.frame.case(one, *_when(subject), statistics) for subject, one in enterprises.items()
    }
    return World(cases, _results(cases, evaluate), seen)


def _when(subject: Subject) -> tuple[int, date]:
    run = subject.runs[-1]
    return run.program.year, run.as_of


def _results(cases: Mapping[Run, Case], evaluate: Evaluate) -> dict[Run, tuple[Result, ...]]:
    plain: dict[Run, tuple[Result, ...]] = {}
    found: dict[Run, tuple[Result, ...]] = {}
    for run, case in cases.items():
        parent = run.parent or run
        if parent not in plain:
            plain[parent] = evaluate(run.program, case)
        found[run] = _forced(run, case, plain[parent])
    return found


_readers = PerProgram(readers)


def _forced(run: Run, case: Case, results: tuple[Result, ...]) -> tuple[Result, ...]:
    if not run.forcing:
        return results
    affected = steps(run.program, cones(_readers(run.program), run.forcing))
    return tuple(rerun(case, results, dict(run.forcing), affected))


class Stage:
    """Where sketches are tried: each becomes an enterprise, or a case, and a formula is evaluated on it."""

    def __init__(self, formula: Formula, subjects: Iterable[Subject], runs: Iterable[Run]) -> None:
        self.formula = formula
        self.subjects = list(dict.fromkeys((*subjects_of(formula), *subjects)))
        self.runs = list(dict.fromkeys((*runs_of(formula), *runs)))
        self.real = {subject: is_real(subject) for subject in self.subjects}
        self.statistics: dict[str, RegionStatistics] = {}
        self.makers: dict[Subject, Callable[[Sketch], Enterprise]] = {}

    def enterprises(self, drafts: Mapping[Subject, Sketch]) -> dict[Subject, Enterprise]:
        """The enterprises of sketches. Raises ValueError where one contradicts itself."""
        return {
            subject: self.makers[subject](draft)
            if subject in self.makers
            else sketches.enterprise(draft, subject, serial)
            for serial, (subject, draft) in enumerate(drafts.items(), 1)
            if self.real[subject]
        }

    def regions(self, drafts: Mapping[Subject, Sketch]) -> dict[str, RegionStatistics]:
        """The statistics that sketches hold, and those given from outside."""
        others = {one: draft for one, draft in drafts.items() if one not in self.makers}
        return {**sketches.regions(others), **self.statistics}

    def world(self, drafts: Mapping[Subject, Sketch], evaluate: Evaluate = interpreter.evaluate) -> World:
        """What every run gives on sketches. Raises ValueError or DataError."""
        made = self.enterprises(drafts)
        real = replayed(self.runs, made, self.regions(drafts), evaluate)
        hand = {run: self.case(run, drafts[run.subject]) for run in self.runs if run.subject not in made}
        seen = {
            subject: sketches.case(draft, subject.frame, *_when(subject))
            for subject, draft in drafts.items()
            if subject not in made
        }
        return World(
            {**real.cases, **hand},
            {**real.results, **_results(hand, evaluate)},
            {**real.subjects, **seen},
        )

    @staticmethod
    def case(run: Run, draft: Sketch) -> Case:
        """What a run of a hand-made program sees of a sketch."""
        return sketches.case(draft, run.program.frame, run.program.year, run.as_of)

    def holds(self, drafts: Mapping[Subject, Sketch], evaluate: Evaluate = interpreter.evaluate) -> bool:
        """Whether the formula is true of sketches; false of those that no enterprise can be."""
        try:
            return holds(self.formula, self.world(drafts, evaluate))
        except (ValueError, InnovationRulesError):
            return False
