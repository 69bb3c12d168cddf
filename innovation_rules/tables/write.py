"""Write what was decided into a folder: decisions, then rejects, the legend of the masks, and counts.

The command line calls it, and prints the Summary.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import polars as pl

from innovation_rules.tables.decide import Answers
from innovation_rules.tables.legend import gaps, tests
from innovation_rules.tables.rejects import worded

Files = Literal["parquet", "csv"]
DECISIONS: Final = "decisions"
REJECTS: Final = "rejects"
LEGEND: Final = "legend"
GROUPS: Final = "groups"
GROUPED: Final = ("by", "group", "column", "status", "enterprises")
BY: Final = ("region", "industry")
DIVISION: Final = 2
"""The digits of an industry code that name its division (GB/T 4754)."""


@dataclass(frozen=True)
class Summary:
    """What one run did: how many enterprises were decided and set aside, and how often each column said what."""

    decided: int
    aside: int
    statuses: dict[str, dict[str, int]]
    """Column → status → how many enterprises."""
    amounts: dict[str, tuple[int, int, int]]
    """Column of an amount without `.low`, `.high` → how many have it, and the sums of both ends in 分."""
    rejects: pl.DataFrame
    groups: pl.DataFrame
    """by, group, column, status, enterprises: each coverage and award by county, industry division, or class."""


def write(
    found: Answers,
    folder: Path,
    files: Files = "parquet",
    step: Callable[[int], None] | None = None,
    by: Sequence[str] = BY,
) -> Summary:
    """Decide, and write `decisions`, `rejects`, `legend` and `groups` into a folder, made where it is not there.

    `step` is told how many more enterprises were decided. `by` names the columns that `groups` counts by: region,
    industry (its division), or a class of the pack such as `classes.size_class`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    decisions = folder / f"{DECISIONS}.{files}"
    part = decisions.with_name(f".{decisions.name}.part")
    frame = found.frame if step is None else found.frame.map_batches(_told(step), streamable=True)
    sink = frame.sink_parquet(part, lazy=True) if files == "parquet" else _csv(frame, part)
    try:
        rejects = _run(found, sink, part, files)
        part.replace(decisions)
    finally:
        part.unlink(missing_ok=True)
    said = worded(found, rejects)
    _put(said, folder / f"{REJECTS}.{files}", files)
    _put_legend(found, folder)
    counted = summary(found, _scan(decisions, files), said, by)
    _put(counted.groups, folder / f"{GROUPS}.{files}", files)
    return counted


def _run(found: Answers, sink: pl.LazyFrame, decisions: Path, files: Files) -> pl.DataFrame:
    """One pass: the decisions into their file, what the region's targets read added up. Then what was set aside."""
    targets = found.targets
    if targets is None:
        sink.collect(engine="streaming")
    else:
        with TemporaryDirectory(prefix=".targets-", dir=decisions.parent) as kept:
            pl.collect_all([sink, *targets.sinks(Path(kept))], engine="streaming")
            targets.add(Path(kept))
    return found.aside(_scan(decisions, files).select("uscc")).collect(engine="streaming")


def _scan(decisions: Path, files: Files) -> pl.LazyFrame:
    if files == "parquet":
        return pl.scan_parquet(decisions)
    return pl.scan_csv(decisions, infer_schema_length=0)


def _told(step: Callable[[int], None]) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def count(batch: pl.DataFrame) -> pl.DataFrame:
        step(len(batch))
        return batch

    return count


def _csv(frame: pl.LazyFrame, path: Path) -> Any:
    return frame.sink_csv(path, lazy=True)


def _put(frame: pl.DataFrame, path: Path, files: Files) -> None:
    if files == "parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path)


def _put_legend(found: Answers, folder: Path) -> None:
    program = found.program
    rows = [{**one._asdict(), "failed": one.columns[0], "unknown": one.columns[1]} for one in tests(program)]
    pl.DataFrame(rows).write_csv(folder / f"{LEGEND}.csv")
    head = {
        "pack": found.pack.id,
        "digest": found.pack.digest,
        "year": program.year,
        "as_of": found.as_of.isoformat(),
        "law_date": program.law_date.isoformat(),
        "amounts": "分",
        "tests": rows,
        **({"missing": [one._asdict() for one in gaps(program)]} if found.missing else {}),
    }
    text = json.dumps(head, ensure_ascii=False, indent=1)
    (folder / f"{LEGEND}.json").write_text(text + "\n", encoding="utf-8")


# ------------------------------------------------------------------------------------------ counting


def summary(
    found: Answers, decisions: pl.LazyFrame, rejects: pl.DataFrame, by: Sequence[str] = BY
) -> Summary:
    """Count what was written."""
    amounts = [name.removesuffix(".low") for name in found.columns if name.endswith(".low")]
    skipped = {f"{name}.{end}" for name in amounts for end in ("low", "high")}
    statuses = [
        name
        for name in found.columns
        if name not in skipped and not name.startswith(("failed_", "unknown_", "missing_"))
    ]
    sums: list[pl.Expr] = [pl.len().alias("#")]
    for name in amounts:
        low, high = (pl.col(f"{name}.{end}").cast(pl.Int128) for end in ("low", "high"))
        sums += [
            low.count().alias(f"{name}#"),
            low.sum().alias(f"{name}.low"),
            high.sum().alias(f"{name}.high"),
        ]
    counted = [decisions.group_by(pl.col(one).cast(pl.String).alias("it")).len() for one in statuses]
    grouped = [*_groups(decisions, statuses, by)]
    totals, *counts = pl.collect_all([decisions.select(sums), *counted, *grouped], engine="streaming")
    counts, groups = counts[: len(counted)], counts[len(counted) :]
    row = totals.row(0, named=True)
    return Summary(
        row["#"],
        _aside(rejects),
        {
            name: {str(it): many for it, many in one.iter_rows()}
            for name, one in zip(statuses, counts, strict=True)
        },
        {name: (row[f"{name}#"], row[f"{name}.low"], row[f"{name}.high"]) for name in amounts},
        rejects,
        _together(groups),
    )


def _together(groups: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All groups in order; a pack without coverages and awards has none."""
    if not groups:
        return pl.DataFrame(schema={**dict.fromkeys(GROUPED, pl.String), GROUPED[-1]: pl.get_index_type()})
    return pl.concat(groups).sort(GROUPED[:-1], nulls_last=True)


def _aside(rejects: pl.DataFrame) -> int:
    """How many enterprises were set aside; one without a code is known by its row."""
    orphans = rejects.filter(pl.col("code") == "table-orphan").select("table", "row")
    ours = rejects.join(orphans, on=["table", "row"], how="anti")
    nameless = ours.filter((pl.col("table") == "enterprises") & pl.col("uscc").is_null())
    return ours["uscc"].drop_nulls().n_unique() + nameless["row"].n_unique()


def _groups(decisions: pl.LazyFrame, statuses: Sequence[str], by: Sequence[str]) -> Iterator[pl.LazyFrame]:
    """How many enterprises of each group have which status."""
    for name in by:
        group = pl.col(name).cast(pl.String)
        keyed = group.str.slice(0, DIVISION) if name == "industry" else group
        for column in statuses:
            if column.startswith(("coverages.", "awards.")):
                rows = decisions.select(
                    pl.lit(name).alias("by"),
                    keyed.alias("group"),
                    pl.lit(column).alias("column"),
                    pl.col(column).cast(pl.String).alias("status"),
                )
                yield rows.group_by("by", "group", "column", "status").agg(pl.len().alias("enterprises"))
