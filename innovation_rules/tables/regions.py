"""Judge a region's targets on tables: each target's columns counted and added up by county, in one pass.

What is added up is handed to `assess`, which judges it as if the enterprises had been read one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

import polars as pl

from innovation_rules.assess import Assessment, Figures, Judge, Tallies, Tally, Who
from innovation_rules.engines.bulk.plan import Plan
from innovation_rules.engines.bulk.polars import Polars
from innovation_rules.engines.bulk.terms import Term
from innovation_rules.engines.bulk.values import Options, Scalar, unit_of
from innovation_rules.errors import Diagnostic, PackError, Problems
from innovation_rules.pack import measures as m
from innovation_rules.packs import Pack
from innovation_rules.quantities import Type
from innovation_rules.region import RegionStatistics
from innovation_rules.tables.contract import Table
from innovation_rules.tables.intake import Intake, Source

KEYS: Final = ("uscc", "name", "region", "rowno")


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
) -> RegionAnswers:
    """Judge every target of a pack on tables, as `assess.assess` does on records.

    `most_waiting` cuts the list of enterprises that a target waits for. An enterprise that is set aside in a year
    that one target reads is left out of all. Raises PackError, DataError and BulkError.
    """
    problems = Problems(pack.linked.sources)
    plan = m.plan(pack.linked, as_of, problems, year)
    if problems.errors:
        raise PackError(problems.errors, problems.sources)
    figures = Figures(pack, statistics, as_of)
    sheets = [_Sheet(pack, one, sources, figures.regions) for one in plan.sheets]
    rejects = _rejects(sheets)
    bad = rejects.filter(pl.col("code") != "table-orphan").select("uscc").unique().lazy()
    tallies = Tallies(plan, pack, figures.regions)
    count = 0
    for sheet in sheets:
        count = sheet.add_up(bad, tallies)
    _in_order(tallies, most_waiting)
    judge = Judge(tallies, figures, as_of, pack)
    judged = Assessment(pack.id, pack.digest, as_of, count, tuple(map(judge.judge, plan.aims)))
    notes = [note for sheet in sheets[:1] for note in sheet.notes]
    return RegionAnswers(judged, rejects, notes)


class _Sheet:
    """The program of one year over the tables, each column's member and value laid out."""

    def __init__(
        self,
        pack: Pack,
        sheet: m.Sheet,
        sources: Mapping[Table, Source],
        regions: Mapping[str, RegionStatistics],
    ) -> None:
        checked = Intake(pack, sheet.program, sheet.as_of, regions).check(sources)
        self.columns, self.rejects, self.notes = sheet.columns, checked.rejects, checked.notes
        read = {node for column in sheet.columns for node in (column.member, column.value)}
        self.backend = Polars()
        self.plan = Plan(sheet.program, self.backend, sheet.as_of.toordinal(), keep=read)
        table = self.plan.run(self.backend.tables(checked.facts))
        wanted = {name: self.backend.column(name) for name in KEYS}
        self.units: dict[m.Column, Fraction] = {}
        for at, column in enumerate(sheet.columns):
            wanted |= {f"{name}{at}": term for name, term in self._terms(column).items()}
        self.frame = self.backend.frame(table, wanted)

    def _terms(self, column: m.Column) -> dict[str, Term]:
        """Whether an enterprise belongs, and its truth, or both ends of its number in whole units."""
        shapes, lowering, b = self.plan.shapes, self.plan.lowering, self.backend
        member = lowering.of(shapes[column.member])
        if column.type is Type.YES_NO:
            return {"member": member, "value": lowering.of(shapes[column.value])}
        low, high = self._ends(column)
        unit = self.units[column] = unit_of(low.factor, high.factor)
        found = {"member": member}
        for name, one in (("low", low), ("high", high)):
            found[name] = lowering.a.over(one, unit).value
            found[f"by_{name}"] = b.constant(1, "number") if one.by is None else one.by.value
        return found

    def _ends(self, column: m.Column) -> tuple[Scalar[Term], Scalar[Term]]:
        """The least and the greatest of a number; null where more than one way is open."""
        lowering, shape = self.plan.lowering, self.plan.shapes[column.value]
        low, high = lowering.outermost(shape)
        if isinstance(shape, Options):
            closed = lowering.b.negate(shape.open)
            return lowering.a.where(closed, low), lowering.a.where(closed, high)
        return low, high

    def add_up(self, bad: pl.LazyFrame, tallies: Tallies) -> int:
        """Add every enterprise that no sheet sets aside, batch by batch; how many they are."""
        count = 0
        for batch in self.frame.join(bad, on="uscc", how="anti").collect_batches(engine="streaming"):
            count += len(batch)
            for at, column in enumerate(self.columns):
                rows = batch.lazy().filter(pl.col(f"member{at}").fill_null(True))
                for question in self._questions(rows, column, at):
                    question.add(tallies)
        return count

    def _questions(self, rows: pl.LazyFrame, column: m.Column, at: int) -> Iterator[_Question]:
        if column.type is Type.YES_NO:
            yield from _truths(rows, column, at)
        else:
            yield _numbers(rows, column, at, self.units[column])


def _rejects(sheets: Sequence[_Sheet]) -> pl.DataFrame:
    found = pl.collect_all([one.rejects for one in sheets], engine="streaming")
    return pl.concat(found).unique() if found else pl.DataFrame(schema={"uscc": pl.String, "code": pl.String})


def _in_order(tallies: Tallies, most: int | None) -> None:
    """Put the enterprises that a target waits for into the order of the table."""
    for tally in (tallies.whole, *tallies.counties.values()):
        for one in tally.values():
            one.waiting = [who for _, who in sorted(one.waiting)][:most]  # type: ignore[misc]


def _truths(rows: pl.LazyFrame, column: m.Column, at: int) -> Iterator[_Question]:
    kept = rows.select(*KEYS, member=f"member{at}", value=f"value{at}")
    yield _Counts(column, kept.group_by("region", "member", "value").len())
    yield _Waiting(column, kept.filter(~pl.col("value").fill_null(False)))


def _numbers(rows: pl.LazyFrame, column: m.Column, at: int, unit: Fraction) -> _Question:
    """What may not belong adds no more than nothing to the low end, and no less to the high one."""
    sure, none = pl.col("member").is_not_null(), pl.lit(0, pl.Int128)
    kept = rows.select(
        "region",
        member=f"member{at}",
        low=pl.col(f"low{at}").cast(pl.Int128),
        high=pl.col(f"high{at}").cast(pl.Int128),
        by_low=f"by_low{at}",
        by_high=f"by_high{at}",
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

    def add(self, tallies: Tallies) -> None:
        """Add what is counted to the region and its counties."""
        for row in self.frame.collect().iter_rows(named=True):
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
        who = Who(row["uscc"], row["name"] or row["uscc"], "no" if row["value"] is False else "unknown")
        tally.waiting.append((row["rowno"], who))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Sums(_Question):
    unit: Fraction

    def put(self, row: Mapping[str, Any], tally: Tally) -> None:
        tally.rows[row["member"], None] = tally.count(row["member"], None) + row["len"]
        tally.open_low |= row["open_low"]
        tally.open_high |= row["open_high"]
        tally.low += row["least"] * self.unit / (row["by_low"] or 1)
        tally.high += row["most"] * self.unit / (row["by_high"] or 1)
