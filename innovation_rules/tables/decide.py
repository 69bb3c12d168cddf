"""Decide tables: facts in, one row an enterprise out, with the legend of its reason codes and what was set aside.

`Pack.decide_frame` and the command line call it. Everything stays lazy until it is written or collected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import polars as pl

from innovation_rules.engines.bulk.missing import Missing, item_gaps
from innovation_rules.engines.bulk.outcomes import Code, Outcomes, kept, legend
from innovation_rules.engines.bulk.plan import Plan, Tables
from innovation_rules.engines.bulk.polars import Polars
from innovation_rules.errors import Diagnostic
from innovation_rules.packs import Pack, dates_of, law_date_of
from innovation_rules.program import Program
from innovation_rules.region import RegionStatistics
from innovation_rules.tables.contract import Contract, Table
from innovation_rules.tables.intake import Intake, SetAside, Source
from innovation_rules.tables.sources import as_source

if TYPE_CHECKING:
    from innovation_rules.pack.measures import Sheet
    from innovation_rules.tables.regions import Targets


class Laid(NamedTuple):
    """The facts of some tables, laid out for a plan to run over them."""

    backend: Polars
    facts: Tables[Any]
    aside: SetAside
    notes: Sequence[Diagnostic]


Lay: TypeAlias = Callable[[Intake], Laid]
"""How facts are laid out for an intake: checked and read anew, or read from a snapshot."""


def laying(sources: Mapping[Table, Source]) -> Lay:
    """Check some tables and read them anew."""

    def lay(intake: Intake) -> Laid:
        checked, backend = intake.check(sources), Polars()
        return Laid(backend, backend.tables(checked.facts), checked.aside, checked.notes)

    return lay


@dataclass
class Answers:
    """What a pack decides of tables."""

    pack: Pack
    program: Program
    as_of: date
    contract: Contract
    sources: Mapping[Table, Source]
    frame: pl.LazyFrame
    """uscc, region, industry, then a column for each decision, amounts in 分, masks of reason codes."""
    aside: SetAside
    """Gives `rejects`, quickly where it is told who was decided."""
    notes: Sequence[Diagnostic]
    columns: tuple[str, ...]
    """The columns that the pack decides, in order."""
    missing: bool = False
    """Whether there are masks of missing facts among them."""
    targets: Targets | None = None
    """The region's targets that are added up in the same pass."""

    @property
    def rejects(self) -> pl.LazyFrame:
        """table, row (from 1), uscc, column, code, value; the code of a cell is `cell` until `rejects.worded`.

        Decides first. Whoever has written the decisions asks `aside`.
        """
        decided = self.frame.select("uscc").collect(engine="streaming")
        return self.aside(decided.lazy())

    @property
    def legend(self) -> list[Code]:
        """The test that each bit of the masks stands for."""
        return legend(self.program)


def decide(
    pack: Pack,
    sources: Mapping[Table, Source],
    year: int | None = None,
    as_of: date | None = None,
    *,
    law_date: date | None = None,
    regions: Mapping[str, RegionStatistics] | None = None,
    strict: bool = True,
    missing: bool = False,
    targets: Targets | None = None,
    lay: Lay | None = None,
) -> Answers:
    """Decide the enterprises of some tables, lazily. Year and dates are those of `Pack.decide`.

    `missing` adds masks of the facts that are missing, a bit for each of `engines.bulk.missing.names`. `targets` are
    added up by whoever writes the answers, from the same run of the plan; their statistics are then the `regions`.
    `lay` gives the facts in place of the sources.
    Raises DataError where a table does not fit the contract, BulkError where the pack cannot be decided in columns.
    """
    judged, day = dates_of(year, as_of)
    program = pack.program(judged, law_date or law_date_of(judged, day))
    sheet = None if targets is None else targets.begin(program, day)
    lay = lay or laying(sources)
    seen = regions if targets is None else targets.figures.regions
    intake = Intake(pack, program if sheet is None else sheet.program, day, seen, strict)
    laid = lay(intake)
    frame, names = _decided(program, laid, day, missing, sheet, targets)
    if targets is not None:
        targets.lay(lay, strict)
    contract, notes = intake.contract, laid.notes
    return Answers(
        pack, program, day, contract, sources, frame, laid.aside, notes, names, missing, targets
    )  # fmt: skip


def _decided(
    program: Program, laid: Laid, day: date, missing: bool, sheet: Sheet | None, targets: Targets | None
) -> tuple[pl.LazyFrame, tuple[str, ...]]:
    """What a program decides of facts, with who each row is; and the names of what is decided."""
    backend = laid.backend
    whole, read = (program, set()) if sheet is None else (sheet.program, sheet.read)
    also = item_gaps if missing else None
    plan = Plan(whole, backend, day.toordinal(), keep=kept(program) | read, also=also)
    table = plan.run(laid.facts)
    outcomes = Outcomes(plan)
    outcomes.program = program
    columns = outcomes.every().values | (Missing(plan, program).masks() if missing else {})
    own = {name: backend.column(name) for name in ("uscc", "region", "industry")} | columns
    if sheet is None or targets is None:
        return backend.frame(table, own), tuple(columns)
    beside = targets.columns(sheet, plan)
    frame = backend.frame(table, own | beside)
    targets.put(sheet, frame.select("uscc", "region", *beside), laid.aside)
    return frame.select(*own), tuple(columns)


def decide_frame(
    pack: Pack,
    enterprises: Any,
    reports: Any = None,
    activities: Any = None,
    qualifications: Any = None,
    **options: Any,
) -> pl.LazyFrame:
    """`Pack.decide_frame`: every enterprise has its row, one that was set aside with `set_aside` true and no answers."""
    tables: dict[Table, Any] = {
        "enterprises": enterprises,
        "reports": reports,
        "activities": activities,
        "qualifications": qualifications,
    }
    found = decide(pack, {name: as_source(one) for name, one in tables.items() if one is not None}, **options)
    aside = _set_aside(found)
    decided = found.frame.with_columns(pl.lit(False).alias("set_aside"))
    return pl.concat([decided, aside], how="diagonal")


def _set_aside(found: Answers) -> pl.LazyFrame:
    """The codes of the enterprises that have no answers."""
    given, _ = found.contract.bind("enterprises", found.sources["enterprises"].frame.collect_schema().names())
    written = next(one.written for one in given if one.column.name == "uscc")
    codes = found.sources["enterprises"].frame.select(
        pl.col(written).cast(pl.String, strict=False).alias("uscc")
    )
    decided = found.frame.select("uscc")
    return codes.join(decided, on="uscc", how="anti").with_columns(pl.lit(True).alias("set_aside"))
