"""Hold the engines against each other: whatever one of them answers, the interpreter answers.

An auditor calls `run` on packs of their own, the tests call it on generated packs as well as the library's. A
difference prints its pack, its enterprise as a worked case, its node with its place, and both results.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from importlib.util import find_spec
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from innovation_rules import engines as offered
from innovation_rules.audit import generator
from innovation_rules.audit.written import worked_case
from innovation_rules.case import Case
from innovation_rules.engines import interpreter
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import PackError
from innovation_rules.packs import Pack, load_pack
from innovation_rules.program import Node, Origin, Program, Result

CHANCE: Final = frozenset(
    {"never-true", "always-true", "contradiction", "row-never-reached", "never-eligible", "never-covered"}
)
"""Findings that a random pack may well have: what it asks for is legal, and pointless."""
SOLVER: Final = "smt"
"""The engine that reasons about every case at once; run on one case only to be held against the others."""


class Difference(NamedTuple):
    """A node on which an engine does not answer what the interpreter does."""

    engine: str
    at: int
    node: Node
    origin: Origin
    meant: Result
    found: Result

    def __str__(self) -> str:
        place = self.origin.place
        where = "" if place is None else f" ({place.file}:{place.line})"
        return (
            f"node {self.at} {self.node}\n  of {self.origin.path}{where}\n"
            f"  interpreter: {self.meant!r}\n  {self.engine}: {self.found!r}"
        )


class Pair(NamedTuple):
    """A pack and an enterprise, for a year and as of a date."""

    pack: Pack
    program: Program
    enterprise: Enterprise
    as_of: date
    seed: int

    @property
    def case(self) -> Case:
        return self.program.frame.case(self.enterprise, self.program.year, self.as_of)


@dataclass(frozen=True)
class Counts:
    """How many pairs were held against each other, by which engines, and what differed."""

    pairs: int
    engines: tuple[str, ...]
    differences: tuple[str, ...]
    """Each with its pack and worked case, ready to print."""

    def __str__(self) -> str:
        return f"{self.pairs:,} pairs, {', '.join(self.engines)}: {len(self.differences)} differences"


Evaluate = Callable[[Program, Case], Sequence[Result]]


def evaluator(name: str) -> Evaluate:
    """What an engine does, by its name; the solver is one too. Raises EngineError, or ImportError for the solver."""
    if name in offered.ENGINES:
        return offered.engine(name).evaluate
    from innovation_rules.engines.smt.engine import evaluate

    return evaluate


def installed() -> tuple[str, ...]:
    """The engines for single cases that can be held against the interpreter here."""
    single = [name for name in offered.ENGINES if name not in (interpreter.name, *offered.BULK)]
    found = [name for name in single if offered.absent(name) is None]
    return (*found, *([SOLVER] if SOLVER not in offered.ENGINES and find_spec("z3") else []))


def agree(program: Program, case: Case, engines: Sequence[str]) -> Difference | None:
    """The first node on which one of the engines differs from the interpreter; None where all agree."""
    meant = interpreter.evaluate(program, case)
    for name in engines:
        found = evaluator(name)(program, case)
        for index, (left, right) in enumerate(zip(meant, found, strict=True)):
            if not same(left, right):
                return Difference(name, index, program.nodes[index], program.origins[index], left, right)
    return None


def same(left: Result, right: Result) -> bool:
    """Equal, and of one kind: one is not true."""
    return left == right and isinstance(left, bool) is isinstance(right, bool)


def described(pair: Pair, difference: Difference) -> str:
    """Everything needed to see a difference again."""
    program = pair.program
    head = f"{pair.pack.id} (seed {pair.seed}), year {program.year}, law date {program.law_date}"
    case = worked_case(pair.enterprise, program.year, pair.as_of, name=f"difference {pair.seed}")
    text = pair.pack.path.read_text(encoding="utf-8") if pair.pack.id == "generated" else ""
    return "\n".join([head, str(difference), case, text])


# ------------------------------------------------------------------------------------------ pairs


def generated_pack(random: Random, folder: Path) -> Pack:
    """A random pack that passes its checks. What the checks may find wrong is chance; all else is a defect."""
    path = folder / "generated.yaml"
    while True:
        path.write_text(generator.pack_text(random), encoding="utf-8")
        try:
            return load_pack(path, cache=False)
        except PackError as error:
            stray = {one.code for one in error.diagnostics} - CHANCE
            assert not stray, stray


def generated(seed: int, size: int, folder: Path) -> Iterator[Pair]:
    """A random pack and so many enterprises at its thresholds."""
    random = Random(seed)
    yield from _pairs(generated_pack(random, folder), random.choice([2019, 2020]), random, seed, size)


def ours(pack: Pack, years: Iterable[int], seed: int, size: int) -> Iterator[Pair]:
    """So many enterprises a year at the thresholds of a pack."""
    random = Random(seed)
    for year in years:
        yield from _pairs(pack, year, random, seed, size)


def _pairs(pack: Pack, year: int, random: Random, seed: int, size: int) -> Iterator[Pair]:
    program = pack.program(year)
    maker = generator.EnterpriseMaker(program, pack.head, random)
    for _ in range(size):
        as_of = random.choice([program.law_date, date(year, 7, 15)])
        yield Pair(pack, program, maker.enterprise(), as_of, seed)


# ------------------------------------------------------------------------------------------ many


def check(pairs: Iterable[Pair], engines: Sequence[str] = ("compiled",)) -> Counts:
    """Hold the engines against the interpreter on every pair; of a pack the first difference is told."""
    count = 0
    found: dict[str, str] = {}
    for pair in pairs:
        count += 1
        difference = agree(pair.program, pair.case, engines)
        if difference is not None:
            found.setdefault(pair.pack.digest, described(pair, difference))
    return Counts(count, tuple(engines), tuple(found.values()))


def run(
    seeds: Iterable[int],
    *,
    cases: int = 20,
    engines: Sequence[str] | None = None,
    packs: Sequence[str | os.PathLike[str]] = (),
    years: Sequence[int] = (),
    workers: int = 1,
    step: Callable[[int, Counts], object] | None = None,
) -> Counts:
    """Hold engines (default: all that are installed) against the interpreter on many enterprises.

    For each seed one generated pack and `cases` enterprises; with `packs`, so many for each of them and each of
    `years`. A seed makes the same pairs again, so that a run goes on where it stopped: `step(seed, counts so far)` is
    called in the order of the seeds. Raises EngineError for an engine that is absent.
    """
    names = tuple(installed() if engines is None else engines)
    for name in names:
        evaluator(name)
    one = partial(of_seed, cases=cases, engines=names, packs=tuple(map(str, packs)), years=tuple(years))
    total = Counts(0, names, ())
    wanted = list(seeds)
    for seed, counts in zip(wanted, _mapped(one, wanted, workers), strict=True):
        total = Counts(total.pairs + counts.pairs, names, (*total.differences, *counts.differences))
        if step is not None:
            step(seed, total)
    return total


def _mapped(one: Callable[[int], Counts], seeds: Sequence[int], workers: int) -> Iterator[Counts]:
    if workers < 2:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(one, seeds)


def of_seed(
    seed: int, *, cases: int, engines: Sequence[str], packs: Sequence[str], years: Sequence[int]
) -> Counts:
    """The counts of one seed."""
    if packs:
        return check(chain.from_iterable(ours(_loaded(one), years, seed, cases) for one in packs), engines)
    with TemporaryDirectory() as folder:
        return check(generated(seed, cases, Path(folder)), engines)


@cache
def _loaded(name: str) -> Pack:
    return load_pack(name)


__all__ = [
    "Counts",
    "Difference",
    "Pair",
    "agree",
    "check",
    "described",
    "generated",
    "generated_pack",
    "installed",
    "ours",
    "run",
]
