"""Find the enterprises of some tables that two packs decide otherwise: the columns of both, held against each other.

`diff --data` on tables explains those alone, one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from innovation_rules.enterprise import Enterprise
from innovation_rules.tables.decide import Answers
from innovation_rules.tables.records import Records

KINDS: Final = ("coverages.", "awards.", "profile.", "layers.", "classes.")
NEW: Final = "#new"
OPEN: Final = ("eligible", "undetermined", "favoured")
"""The statuses that an amount goes with."""


@dataclass(frozen=True)
class Touched:
    """Who may be decided otherwise, of how many that both packs decide; how many rows one of them sets aside."""

    codes: tuple[str, ...]
    compared: int
    rejects: int
    records: Records

    def enterprises(self) -> Iterator[Enterprise]:
        """Their records. Raises DataError for one that cannot be read."""
        return self.records.enterprises(self.codes)


def touched(old: Answers, new: Answers) -> Touched:
    """Whom two packs decide otherwise, of the same tables: never too few."""
    with TemporaryDirectory(prefix="innovation-rules-") as folder:
        one, other = (_kept(found, Path(folder, name)) for found, name in ((old, "old"), (new, "new")))
        both = one.join(other, on="uscc", suffix=NEW)
        count, codes, *rejects = pl.collect_all(
            [
                both.select(pl.len()),
                both.filter(pl.any_horizontal([*_differ(old, new), pl.lit(False)])).select("uscc"),
                *(
                    found.aside(rows.select("uscc")).select("table", "row", "column", "code")
                    for found, rows in ((old, one), (new, other))
                ),
            ],
            engine="streaming",
        )
    aside = pl.concat(rejects).unique().height
    records = Records(new.contract, new.sources)
    return Touched(tuple(codes["uscc"].sort()), count.item(), aside, records)


def _kept(found: Answers, file: Path) -> pl.LazyFrame:
    """What one pack decides, once."""
    named = [name for name in found.columns if name.startswith(KINDS)]
    found.frame.select("uscc", *named).sink_parquet(file, engine="streaming")
    return pl.scan_parquet(file)


def _differ(old: Answers, new: Answers) -> Iterator[pl.Expr]:
    """For each column of both whether it says otherwise; of an amount or a class value that only one has, where it may hold."""
    mine, theirs = ({one for one in found.columns if one.startswith(KINDS)} for found in (old, new))
    for name in sorted(mine & theirs):
        one, other = (pl.col(each).cast(pl.String) for each in (name, name + NEW))
        yield one.ne_missing(other)
    for name in sorted(mine ^ theirs):
        whole = name.removesuffix(".low") if name.startswith("awards.") else ".".join(name.split(".")[:2])
        if name.startswith("awards.") and whole in mine & theirs:
            yield pl.col(whole).cast(pl.String).is_in(OPEN)
        elif name.startswith("classes.") and all(
            any(_of(whole, one) for one in some) for some in (mine, theirs)
        ):
            yield pl.lit(True) if whole in mine | theirs else pl.col(name).fill_null(True)


def _of(whole: str, name: str) -> bool:
    """Whether a column is of that class."""
    return name == whole or name.startswith(f"{whole}.")
