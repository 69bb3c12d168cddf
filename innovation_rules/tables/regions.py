"""Judge a region's targets on tables: each target's columns counted and added up by county, in one pass.

The pass may be that of the decisions: the program of a year's targets begins with the one that decides.

What is added up is handed to `assess`, which judges it as if the enterprises had been read one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars as pl

from innovation_rules.assess import Assessment, Figures, Judge, Tallies, Tally, Who
from innovation_rules.engines.bulk.lower import Lowering
from innovation_rules.engines.bulk.plan import Plan
from innovation_rules.engines.bulk.terms import Term
from innovation_rules.engines.bulk.values import Options, Scalar, Shape, unit_of
from innovation_rules.errors import Diagnostic, PackError, Problems
from innovation_rules.pack import measures as m
from innovation_rules.packs import Pack
from innovation_rules.program import Program
from innovation_rules.quantities import Type
from innovation_rules.region import RegionStatistics
from innovation_rules.tables.contract import Table
from innovation_rules.tables.decide import Lay, laying
from innovation_rules.tables.intake import Intake, SetAside, Source

KEYS: Final = ("uscc", "#name", "region", "#rowno")


@dataclass(frozen=True)
class RegionAnswers:
    """A pack's targets judged on tables, and what was set aside."""

    assessment: Assessment
    rejects: pl.DataFrame
    notes: Sequence[Diagnostic]


def assess(
    pack: Pack,
    sources: Mapping[Table, Source],
    statistics: Sequence[RegionStatistics] = (),
    *,
    as_of: date,
    year: int | None = None,
    most_waiting: int | None = None,
    lay: Lay | None = None,
) -> RegionAnswers:
    """Judge every target of a pack on tables, as `assess.assess` does on records.

    `most_waiting` cuts the list of enterprises that a target waits for. `lay` gives the facts in place of the sources.
    Raises PackError, DataError and BulkError.
    """
    targets = Targets(pack, statistics, as_of=as_of, year=year, most_waiting=most_waiting)
    targets.lay(lay or laying(sources))
    with TemporaryDirectory(prefix="innovation-rules-") as kept:
        pl.collect_all(targets.sinks(Path(kept)), engine="streaming")
        targets.add(Path(kept))
    return targets.judge()


class Targets:
    """The targets of a pack on tables: what one pass writes of each enterprise, added up, and judged at the end.

    Whoever runs the pass puts `sinks` among what it collects and calls `add` afterwards; once for each part of the
    tables. An enterprise that is set aside in a year that one target reads is left out of all.
    """

    def __init__(
        self,
        pack: Pack,
        statistics: Sequence[RegionStatistics] = (),
        *,
        as_of: date,
        year: int | None = None,
        most_waiting: int | None = None,
    ) -> None:
        """Raises PackError."""
        problems = Problems(pack.linked.sources)
        self.plan = m.plan(pack.linked, as_of, problems, year)
        if problems.errors:
            raise PackError(problems.errors, problems.sources)
        self.pack, self.as_of, self.most = pack, as_of, most_waiting
        self.figures = Figures(pack, statistics, as_of)
        self.tallies = Tallies(self.plan, pack, self.figures.regions)
        self.units: dict[m.Column, Fraction] = {}
        self.filled: dict[int, tuple[pl.LazyFrame, SetAside]] = {}
        """For each sheet: what is read off each enterprise, and what is wrong with the others."""
        self.notes: Sequence[Diagnostic] = ()
        self.rejects: list[pl.DataFrame] = []
        self.count = 0

    # ---------------------------------------------------------------------------------------- laying out

    def begin(self, program: Program, day: date) -> m.Sheet | None:
        """Begin a part of the tables. The sheet that a program also fills: the same year, day and law."""
        self.filled = {}
        for sheet in self.plan.sheets:
            if (sheet.year, sheet.as_of, sheet.program.law_date) == (program.year, day, program.law_date):
                return sheet
        return None

    def lay(self, lay: Lay, strict: bool = True) -> None:
        """Lay out the sheets that no program of decisions fills."""
        for at, sheet in enumerate(self.plan.sheets):
            if at not in self.filled:
                laid = lay(Intake(self.pack, sheet.program, sheet.as_of, self.figures.regions, strict))
                plan = Plan(sheet.program, laid.backend, sheet.as_of.toordinal(), keep=sheet.read)
                table = plan.run(laid.facts)
                own = {name: laid.backend.column(name) for name in ("uscc", "region")}
                frame = laid.backend.frame(table, own | self.columns(sheet, plan))
                self.put(sheet, frame, laid.aside)
                self.notes = self.notes or laid.notes

    def columns(self, sheet: m.Sheet, plan: Plan[Term, Any]) -> dict[str, Term]:
        """What a sheet reads off each enterprise, by name."""
        wanted = {f"#{name}": plan.backend.column(name) for name in ("name", "rowno")}
        for at, column in enumerate(sheet.columns):
            wanted |= {f"#{name}{at}": term for name, term in self._terms(plan, column).items()}
        return wanted

    def put(self, sheet: m.Sheet, frame: pl.LazyFrame, aside: SetAside) -> None:
        """Take what a sheet reads, and how to tell what was set aside with it."""
        self.filled[self.plan.sheets.index(sheet)] = frame, aside

    def _terms(self, plan: Plan[Term, Any], column: m.Column) -> dict[str, Term]:
        """Whether an enterprise belongs, and its truth, or both ends of its number in whole units."""
        shapes, lowering, b = plan.shapes, plan.lowering, plan.backend
        member = lowering.of(shapes[column.member])
        if column.type is Type.YES_NO:
            return {"member": member, "value": lowering.of(shapes[column.value])}
        low, high = _ends(lowering, shapes[column.value])
        unit = self.units[column] = unit_of(low.factor, high.factor)
        found = {"member": member}
        for name, one in (("low", low), ("high", high)):
            found[name] = lowering.a.over(one, unit).value
            found[f"by_{name}"] = b.constant(1, "number") if one.by is None else one.by.value
        return found

    # ---------------------------------------------------------------------------------------- adding up

    def sinks(self, folder: Path) -> list[pl.LazyFrame]:
        """What one pass has to write: the sheets, into files of a folder."""
        return [one.sink_ipc(folder / f"{at}.arrow", lazy=True) for at, (one, _) in self.filled.items()]

    def add(self, folder: Path, numbers: pl.LazyFrame | None = None) -> None:
        """Add up what the sinks wrote. `numbers` gives each row of a part (#rowno) its number in the whole (#number)."""
        if not self.filled:
            return
        written = {at: pl.scan_ipc(folder / f"{at}.arrow") for at in self.filled}
        others = [aside(written[at].select("uscc")) for at, (_, aside) in self.filled.items()]
        rejects = pl.concat(pl.collect_all(others, engine="streaming")).unique()
        self.rejects.append(rejects)
        bad = rejects.filter(pl.col("code") != "table-orphan").select("uscc").unique().lazy()
        count = 0
        for at, sheet in written.items():
            rows = sheet.join(bad, on="uscc", how="anti")
            if numbers is not None:
                rows = rows.join(numbers, on="#rowno").with_columns(pl.col("#number").alias("#rowno"))
            questions = [*self._questions(rows, self.plan.sheets[at])]
            total, *answers = pl.collect_all(
                [rows.select(pl.len()), *(one.frame for one in questions)], engine="streaming"
            )
            count = total.item()
            for question, answer in zip(questions, answers, strict=True):
                question.add(answer, self.tallies)
        self.count += count

    def _questions(self, rows: pl.LazyFrame, sheet: m.Sheet) -> Iterator[_Question]:
        for at, column in enumerate(sheet.columns):
            members = rows.filter(pl.col(f"#member{at}").fill_null(True))
            if column.type is Type.YES_NO:
                yield from _truths(members, column, at)
            else:
                yield _numbers(members, column, at, self.units[column])

    def judge(self) -> RegionAnswers:
        """Hold what was added up against the thresholds."""
        _in_order(self.tallies, self.most)
        judge = Judge(self.tallies, self.figures, self.as_of, self.pack)
        judged = tuple(map(judge.judge, self.plan.aims))
        pack = self.pack
        assessment = Assessment(pack.id, pack.digest, self.as_of, self.count, judged)
        return RegionAnswers(assessment, pl.concat(self.rejects or [_NO_REJECTS]), self.notes)


_NO_REJECTS: Final = pl.DataFrame(
    schema={
        "table": pl.String,
        "row": pl.Int64,
        **dict.fromkeys(("uscc", "column", "code", "value"), pl.String),
    }
)


def _ends(lowering: Lowering[Term], shape: Shape[Term]) -> tuple[Scalar[Term], Scalar[Term]]:
    """The least and the greatest of a number; null where more than one way is open."""
    low, high = lowering.outermost(shape)
    if isinstance(shape, Options):
        closed = lowering.b.negate(shape.open)
        return lowering.a.where(closed, low), lowering.a.where(closed, high)
    return low, high


def _in_order(tallies: Tallies, most: int | None) -> None:
    """Put the enterprises that a target waits for into the order of the table."""
    for tally in (tallies.whole, *tallies.counties.values()):
        for one in tally.values():
            one.waiting = [who for _, who in sorted(one.waiting)][:most]  # type: ignore[misc]


def _truths(rows: pl.LazyFrame, column: m.Column, at: int) -> Iterator[_Question]:
    kept = rows.select(*KEYS, member=f"#member{at}", value=f"#value{at}")
    yield _Counts(column, kept.group_by("region", "member", "value").len())
    yield _Waiting(column, kept.filter(~pl.col("value").fill_null(False)))


def _numbers(rows: pl.LazyFrame, column: m.Column, at: int, unit: Fraction) -> _Question:
    """What may not belong adds no more than nothing to the low end, and no less to the high one."""
    sure, none = pl.col("member").is_not_null(), pl.lit(0, pl.Int128)
    kept = rows.select(
        "region",
        member=f"#member{at}",
        low=pl.col(f"#low{at}").cast(pl.Int128),
        high=pl.col(f"#high{at}").cast(pl.Int128),
        by_low=f"#by_low{at}",
        by_high=f"#by_high{at}",
    )
    sums = {
        "least": pl.when(sure | (pl.col("low") < none)).then("low").otherwise(none).sum(),
        "most": pl.when(sure | (pl.col("high") > none)).then("high").otherwise(none).sum(),
        "open_low": pl.col("low").is_null().any(),
        "open_high": pl.col("high").is_null().any(),
    }
    return _Sums(column, kept.group_by("region", "member", "by_low", "by_high").agg(pl.len(), **sums), unit)


@dataclass(frozen=True)
class _Question:
    """A frame to collect for a column, and how its rows are added up."""

    column: m.Column
    frame: pl.LazyFrame

    def add(self, answer: pl.DataFrame, tallies: Tallies) -> None:
        """Add what is counted to the region and its counties."""
        for row in answer.iter_rows(named=True):
            self.put(row, tallies.whole[self.column])
            if row["region"] is not None:
                self.put(row, tallies.of(row["region"])[self.column])

    def put(self, row: Mapping[str, Any], tally: Tally) -> None:
        """Add one row of the answer."""
        raise NotImplementedError


class _Counts(_Question):
    def put(self, row: Mapping[str, Any], tally: Tally) -> None:
        tally.rows[row["member"], row["value"]] = tally.count(row["member"], row["value"]) + row["len"]


class _Waiting(_Question):
    def put(self, row: Mapping[str, Any], tally: Tally) -> None:
        who = Who(row["uscc"], row["#name"] or row["uscc"], "no" if row["value"] is False else "unknown")
        tally.waiting.append((row["#rowno"], who))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Sums(_Question):
    unit: Fraction

    def put(self, row: Mapping[str, Any], tally: Tally) -> None:
        tally.rows[row["member"], None] = tally.count(row["member"], None) + row["len"]
        tally.open_low |= row["open_low"]
        tally.open_high |= row["open_high"]
        tally.low += row["least"] * self.unit / (row["by_low"] or 1)
        tally.high += row["most"] * self.unit / (row["by_high"] or 1)
