"""Decide tables: facts in, one row an enterprise out, with the legend of its reason codes and what was set aside.

`Pack.decide_frame` and the command line call it. Everything stays lazy until it is written or collected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

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
from innovation_rules.tables.intake import Intake, Source
from innovation_rules.tables.sources import as_source


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
    rejects: pl.LazyFrame
    """table, row (from 1), uscc, column, code, value; the code of a cell is `cell` until `rejects.worded`."""
    notes: Sequence[Diagnostic]
    columns: tuple[str, ...]
    """The columns that the pack decides, in order."""

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
) -> Answers:
    """Decide the enterprises of some tables, lazily. Year and dates are those of `Pack.decide`.

    `missing` adds masks of the facts that are missing, a bit for each of `engines.bulk.missing.names`.
    Raises DataError where a table does not fit the contract, BulkError where the pack cannot be decided in columns.
    """
    judged, day = dates_of(year, as_of)
    program = pack.program(judged, law_date or law_date_of(judged, day))
    intake = Intake(pack, program, day, regions, strict)
    checked = intake.check(sources)
    backend = Polars()
    frame, names = decided(program, backend, day, backend.tables(checked.facts), missing)
    return Answers(pack, program, day, intake.contract, sources, frame, checked.rejects, checked.notes, names)


def decided(
    program: Program, backend: Polars, day: date, facts: Tables[Any], missing: bool
) -> tuple[pl.LazyFrame, tuple[str, ...]]:
    """What a program decides of facts, with who each row is; and the names of what is decided."""
    plan = Plan(program, backend, day.toordinal(), keep=kept(program), also=item_gaps if missing else None)
    table = plan.run(facts)
    columns = Outcomes(plan).every().values | (Missing(plan).masks() if missing else {})
    own = {name: backend.column(name) for name in ("uscc", "region", "industry")}
    return backend.frame(table, {**own, **columns}), tuple(columns)


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
    named = found.rejects.filter(pl.col("code") != "table-orphan").select("uscc").unique()
    return codes.join(named, on="uscc", how="semi", nulls_equal=True).with_columns(
        pl.lit(True).alias("set_aside")
    )
