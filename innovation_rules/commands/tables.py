"""Tables on the command line: what `decide`, `why` and `assess` do where their input is tables and no records."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from innovation_rules.cli import Desk, _safe, _statistics, _write
from innovation_rules.gaps import outcomes
from innovation_rules.terminal.bilingual import FINDINGS, Text, fail, session

if TYPE_CHECKING:
    from datetime import date

    from polars import DataFrame

    from innovation_rules.assess import Assessment
    from innovation_rules.audit.verdicts import Pair
    from innovation_rules.enterprise import Enterprise
    from innovation_rules.errors import Diagnostic
    from innovation_rules.packs import Pack
    from innovation_rules.region import RegionStatistics
    from innovation_rules.tables.contract import Table
    from innovation_rules.tables.decide import Answers
    from innovation_rules.tables.intake import Source
    from innovation_rules.tables.regions import Targets
    from innovation_rules.tables.touched import Touched
    from innovation_rules.tables.write import Files, Summary

MOST_ROWS = 12
"""Columns and codes that the notes and the table of rejects show."""


def decide(
    desk: Desk,
    input: str,
    out: str | None,
    format_: str,
    *,
    files: Files,
    by: Sequence[str],
    missing: bool,
    assess: bool,
    statistics: str | None,
    buckets: int | None,
    snapshot: str | None,
) -> int:
    """Decide tables, or a snapshot of some, into a folder and print the summary."""
    from innovation_rules.tables.sources import readable

    folder = _folder(out)
    _alone(input, buckets, snapshot)
    with readable(input):
        run = _Run(desk, input, missing)
        if assess or statistics:
            run.judge(_statistics(desk, statistics) if statistics else [])
        with run.answers(folder, buckets, snapshot) as found:
            summary = _written(found, folder, files, by)
        judged = run.judged(folder, summary)
    _print(found, summary, judged, str(folder), format_)
    return FINDINGS if len(summary.rejects) or desk.problems else 0


def _folder(out: str | None) -> Path:
    if out is None:
        fail(
            Text(
                "判定数据表要写明结果放在哪个文件夹", "tables are decided into a folder, which was not named"
            ),
            Text("加上 --out 文件夹", "add --out DIR"),
        )
    if Path(out).is_file():
        fail(Text("--out 要写一个文件夹", "--out needs a folder"))
    return Path(out)


def _alone(input: str, buckets: int | None, snapshot: str | None) -> None:
    """Refuse options that say two things at once."""
    from innovation_rules.tables.contract import is_snapshot

    if buckets and snapshot:
        fail(Text("--buckets 与 --snapshot 不能同用", "--buckets and --snapshot exclude each other"))
    if buckets and is_snapshot(input):
        fail(
            Text("--buckets 用于数据表，不用于快照", "--buckets is for tables, not for a snapshot"),
            Text("去掉 --buckets", "leave out --buckets"),
        )
    if snapshot and is_snapshot(input):
        fail(
            Text("INPUT 已经是快照", "INPUT is a snapshot already"),
            Text("去掉 --snapshot", "leave out --snapshot"),
        )


class _Run:
    """One run over tables, or over a snapshot of some."""

    def __init__(self, desk: Desk, input: str, missing: bool) -> None:
        self.desk, self.input, self.pack = desk, input, _one_pack(desk)
        self.options: dict[str, Any] = {"strict": desk.strict, "missing": missing}
        self.targets: Targets | None = None

    def judge(self, statistics: Sequence[RegionStatistics]) -> None:
        """Judge the region's targets too."""
        from innovation_rules.packs import dates_of
        from innovation_rules.tables.regions import Targets

        year, day = dates_of(self.desk.year, self.desk.as_of)
        self.targets = Targets(self.pack, statistics, as_of=day, year=year)

    @contextmanager
    def answers(self, folder: Path, buckets: int | None, snapshot: str | None) -> Iterator[Answers]:
        """The answers, while what they are read from is there."""
        from innovation_rules.tables.contract import is_snapshot
        from innovation_rules.tables.decide import decide
        from innovation_rules.tables.snapshot import Snapshot
        from innovation_rules.tables.sources import open_tables

        dates = self.desk.year, self.desk.as_of
        if is_snapshot(self.input):
            yield Snapshot(Path(self.input)).decide(self.pack, *dates, **self.options, targets=self.targets)
            return
        sources = open_tables(self.input)
        if buckets is not None:
            with self._in_buckets(sources, folder, buckets) as found:
                yield found
            return
        found = decide(self.pack, sources, *dates, **self.options, targets=None if snapshot else self.targets)
        if snapshot is not None:  # tables that do not fit were refused above, before anything is copied
            held = Snapshot.create(Path(snapshot), sources)
            found = held.decide(self.pack, *dates, **self.options, targets=self.targets)
        yield found

    @contextmanager
    def _in_buckets(self, sources: Mapping[Table, Source], folder: Path, buckets: int) -> Iterator[Answers]:
        from innovation_rules.tables.buckets import decide_in_buckets

        folder.mkdir(parents=True, exist_ok=True)
        progress = _progress(buckets)
        with TemporaryDirectory(prefix=".buckets-", dir=folder) as work:
            try:
                found = decide_in_buckets(
                    self.pack,
                    sources,
                    Path(work),
                    buckets,
                    step=lambda at: progress.step(at + 1),
                    targets=self.targets,
                    year=self.desk.year,
                    as_of=self.desk.as_of,
                    **self.options,
                )
            finally:
                progress.clear()
            yield found

    def judged(self, folder: Path, summary: Summary) -> Assessment | None:
        """The targets, kept beside the decisions; None where nobody asked for them."""
        from innovation_rules.assess import to_json as assessment_json

        kept = folder / "assessment.json"
        if self.targets is None:
            kept.unlink(missing_ok=True)
            return None
        found = self.targets.judge()
        say_faults(self.desk, set_aside_besides(found.rejects, summary.rejects))
        text = json.dumps(assessment_json(found.assessment), ensure_ascii=False, indent=1)
        kept.write_text(text + "\n", encoding="utf-8")
        return found.assessment


def _written(found: Answers, folder: Path, files: Files, by: Sequence[str]) -> Summary:
    from innovation_rules.tables.write import write

    _say_notes(found.notes)
    columns, progress, done = _by(found, by), _progress(), 0

    def step(more: int) -> None:
        nonlocal done
        done += more
        progress.step(done)

    try:
        return write(found, folder, files, step, columns)
    finally:
        progress.clear()


def _print(found: Answers, summary: Summary, judged: Assessment | None, out: str, format_: str) -> None:
    from innovation_rules.assess import to_json as assessment_json
    from innovation_rules.terminal.region import RegionStory
    from innovation_rules.terminal.render import Paint, columns

    if format_ == "json":
        also = {} if judged is None else {"assessment": assessment_json(judged)}
        sys.stdout.write(json.dumps(to_json(found, summary) | also, ensure_ascii=False) + "\n")
        return
    lang = session().lang
    _write(sys.stdout, lines(found, summary, lang))
    if judged is not None:
        story = RegionStory(found.pack, judged, lang, Paint(session().color), columns())
        _write(sys.stdout, ["", *story.lines()])
    _write(sys.stdout, _where(out, judged is not None, lang))


def _by(found: Answers, by: Sequence[str]) -> Sequence[str]:
    """The columns that groups are counted by. A name that is no column is refused."""
    from innovation_rules.tables.write import BY

    known = [*BY, *(one for one in found.columns if one.startswith("classes."))]
    for name in by:
        if name not in known:
            listed = ", ".join(known)
            fail(
                Text(f"--by 不能是 `{name}`", f"--by can't be `{name}`"),
                Text(f"可以是：{listed}", f"it can be: {listed}"),
            )
    return by or BY


def one_of(desk: Desk, input: str, uscc: str) -> Enterprise:
    """The enterprise of that credit code in some tables."""
    from innovation_rules.tables.records import Records
    from innovation_rules.tables.sources import readable

    with readable(input):
        found = _answers(desk, input)
        return Records(found.contract, found.sources).enterprise(uscc)


def assess(
    desk: Desk, pack: Pack, input: str, statistics: Sequence[RegionStatistics], as_of: date, year: int | None
) -> Assessment:
    """A pack's targets judged on tables; what was set aside is counted on standard error."""
    from innovation_rules.tables.contract import is_snapshot
    from innovation_rules.tables.regions import assess as judge
    from innovation_rules.tables.snapshot import Snapshot
    from innovation_rules.tables.sources import open_tables, readable

    with readable(input):
        lay = Snapshot(Path(input)).lay if is_snapshot(input) else None
        found = judge(pack, open_tables(input), statistics, as_of=as_of, year=year, lay=lay)
    _say_notes(found.notes)
    say_faults(desk, found.rejects)
    return found.assessment


def set_aside_besides(rejects: DataFrame, told: DataFrame) -> DataFrame:
    """What is wrong with enterprises that were decided: a base year of a target asks more of them."""
    return rejects.drop_nulls("uscc").remove(code="table-orphan").join(told, on="uscc", how="anti")


def say_faults(desk: Desk, rejects: DataFrame) -> None:
    """Count what was set aside, on standard error."""
    desk.problems += len(rejects)
    counts = rejects.group_by("table", "column").len().sort("table", "column")
    for table, column, many in counts.iter_rows():
        where, faults = f"{table}.{_safe(column)}", "1 fault" if many == 1 else f"{many} faults"
        _remark(session().say(f"{where} 有 {many} 处问题", f"{faults} in {where}"))


def touched(pair: Pair, input: str) -> Touched:
    """Whom of some tables, or of a snapshot, the two packs of a pair decide otherwise."""
    from innovation_rules.audit.verdicts import law_day
    from innovation_rules.tables.contract import is_snapshot
    from innovation_rules.tables.decide import decide as answers
    from innovation_rules.tables.snapshot import Snapshot
    from innovation_rules.tables.sources import open_tables, readable
    from innovation_rules.tables.touched import touched as between

    with readable(input):
        lay = Snapshot(Path(input)).lay if is_snapshot(input) else None
        sources, dates = open_tables(input), (pair.year, pair.as_of)
        old, new = (
            answers(pack, sources, *dates, law_date=law_day(pack, pair.year), strict=False, lay=lay)
            for pack in (pair.old, pair.new)
        )
        return between(old, new)


def _answers(desk: Desk, input: str) -> Answers:
    from innovation_rules.tables.decide import decide as answers
    from innovation_rules.tables.sources import open_tables

    return answers(_one_pack(desk), open_tables(input), desk.year, desk.as_of, strict=desk.strict)


def _one_pack(desk: Desk) -> Pack:
    if desk.auto:
        fail(
            Text("数据表一次由一个规则包判定", "tables are decided by one pack at a time"),
            Text("把 auto 换成规则包的名称", "name a pack instead of auto"),
        )
    (pack,) = desk.packs.values()
    return pack


def _progress(total: int = 0) -> Any:
    from innovation_rules.terminal.render import Progress

    return Progress(sys.stderr, sys.stderr.isatty(), session().say("已判定", "decided"), total)


def _say_notes(notes: Sequence[Diagnostic]) -> None:
    from innovation_rules.terminal.render import plain

    lang = session().lang
    for one in notes:
        listed = one.fields.get("columns")
        if isinstance(listed, list) and len(listed) > MOST_ROWS:
            rest = f"……共 {len(listed)} 列" if lang == "zh" else f"... {len(listed)} in all"
            one = type(one)(one.code, None, {**one.fields, "columns": [*listed[:MOST_ROWS], rest]})
        _remark(plain(one.message(lang)))


def _remark(words: str) -> None:
    from innovation_rules.terminal.render import columns, wrapped

    mark = session().say("说明：", "note: ")
    for line in wrapped(mark + words, columns(), hang="  "):
        click.echo(line, err=True)


# ------------------------------------------------------------------------------------------ what is printed


def lines(found: Answers, summary: Summary, lang: str) -> Iterator[str]:
    """The summary as text."""
    from innovation_rules.terminal.render import Paint, columns, heading, wrapped

    chinese, most, paint = lang == "zh", columns(), Paint(session().color)
    title = (
        f"{found.pack.id} {found.program.year} 年：判定 {summary.decided:,} 家，搁置 {summary.aside:,} 家"
        if chinese
        else f"{found.pack.id} {found.program.year}: {summary.decided:,} enterprises decided, "
        f"{summary.aside:,} set aside"
    )
    yield from wrapped(title, most)
    for kind, words in _KINDS.items():
        rows = [*_rows(found, summary, kind, lang)]
        if rows:
            yield from heading(words[lang == "en"], paint, most=most)
            yield from _table(rows, most, lang)
    if len(summary.rejects):
        yield from heading("搁置的原因" if chinese else "why rows were set aside", paint, most=most)
        yield from _rejected(summary, most, lang)


def _where(out: str, judged: bool, lang: str) -> Iterator[str]:
    """What was written."""
    from innovation_rules.terminal.render import columns, plain, wrapped

    where = f"结果在 {plain(out)}：" if lang == "zh" else f"written to {plain(out)}: "
    also = ", assessment" if judged else ""
    yield from ["", *wrapped(f"{where}decisions, rejects, legend, groups{also}", columns())]


_KINDS = {
    "coverages": ("覆盖", "coverage"),
    "profile": ("各方面", "aspects"),
    "layers": ("层次", "layers"),
    "classes": ("分类", "classes"),
    "awards": ("奖励", "awards"),
}


def _rows(found: Answers, summary: Summary, kind: str, lang: str) -> Iterator[tuple[str, list[str]]]:
    """A name, and how many enterprises have which status."""
    from innovation_rules.terminal.wording import status_words

    for column, counts in summary.statuses.items():
        if column.startswith(f"{kind}."):
            ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
            names = _names(found, column) if lang == "zh" else {}
            said = [
                f"{names.get(word) or _status(word, status_words, lang)} {many:,}" for word, many in ordered
            ]
            amount = summary.amounts.get(column)
            if amount is not None and amount[0]:
                said.append(_amount(*amount, lang=lang))
            yield _label(found, column, lang), said


def _status(word: str, words: Any, lang: Any) -> str:
    plain = {"True": ("是", "yes"), "true": ("是", "yes"), "False": ("否", "no"), "false": ("否", "no")}
    plain["None"] = "未知", "unknown"
    return plain[word][lang == "en"] if word in plain else str(words(word, lang))


def _amount(many: int, low: int, high: int, lang: Any) -> str:
    from innovation_rules.quantities import Type, format_quantity

    ends = [format_quantity(end, Type.MONEY, None, lang) for end in dict.fromkeys((low, high))]
    total = (" 至 " if lang == "zh" else " to ").join(ends)
    return f"{many:,} 家合计 {total}" if lang == "zh" else f"{many:,} in all {total}"


def _label(found: Answers, column: str, lang: str) -> str:
    """What a column of the output is about."""
    from innovation_rules.facts import CATEGORIES

    kind, _, id = column.partition(".")
    if lang == "en":
        return id
    if kind == "profile":
        return CATEGORIES.get(id, id)
    if kind == "layers":
        return next((one.label or id for one in found.program.layers if one.id == id), id)
    one = next(
        (one for one in outcomes(found.program) if column == one.key or column.startswith(f"{one.key}.")),
        None,
    )
    if one is None or kind not in ("coverages", "awards", "classes"):
        return id
    rules = getattr(found.program, kind)
    rest = column.removeprefix(one.key)
    return str(rules[one.place].label or one.id) + rest


def _names(found: Answers, column: str) -> dict[str, str]:
    """The Chinese names of the values of a class."""
    rules = found.program.classes
    one = next((one for one in outcomes(found.program) if one.kind == "classes" and column == one.key), None)
    return {} if one is None else {choice.id: choice.label for choice in rules[one.place].values}


def _table(rows: Sequence[tuple[str, list[str]]], most: int, lang: str) -> Iterator[str]:
    """A name and its counts, which are broken between and never within."""
    from innovation_rules.terminal.render import fit, pad, width, wrapped

    comma, size = "，" if lang == "zh" else ", ", min(36, max(width(name) for name, _ in rows))
    for name, said in rows:
        line = f"  {pad(fit(name, size), size)}  "
        for at, item in enumerate(said):
            tail = item + (comma if at < len(said) - 1 else "")
            if at and width(line + tail.rstrip()) > most:
                yield line.rstrip()
                line = " " * (size + 4)
            line += tail
        yield from wrapped(line.rstrip(), most, hang=" " * (size + 4))


def _rejected(summary: Summary, most: int, lang: str) -> Iterator[str]:
    """Counts by reason, with one example each in words."""
    import polars as pl

    from innovation_rules.terminal.render import plain, wrapped

    counts = (
        summary.rejects.group_by("table", "column", "code")
        .agg(pl.len().alias("many"), pl.col("uscc").min(), pl.col(lang).first().alias("words"))
        .sort("many", "table", "column", "code", descending=[True, False, False, False])
    )
    for row in counts.head(MOST_ROWS).iter_rows(named=True):
        head = f"  {row['many']:>6,}  {row['table']}.{plain(row['column'])}  {row['code']}"
        yield from wrapped(head, most, hang=" " * 10)
        yield from wrapped(" " * 10 + plain(row["words"]), most, hang=" " * 10)
    left = len(counts) - MOST_ROWS
    if left > 0:
        rest = counts["many"].slice(MOST_ROWS).sum()
        yield f"  {rest:>6,}  " + (f"另有 {left} 种" if lang == "zh" else f"{left} more reasons")


def to_json(found: Answers, summary: Summary) -> dict[str, Any]:
    """The summary as JSON data; amounts in 分."""
    rejects = summary.rejects.group_by("table", "column", "code").len().sort("table", "column", "code")
    return {
        "pack": found.pack.id,
        "digest": found.pack.digest,
        "year": found.program.year,
        "as_of": found.as_of.isoformat(),
        "decided": summary.decided,
        "set_aside": summary.aside,
        "columns": summary.statuses,
        "amounts": {
            name: dict(zip(("enterprises", "low", "high"), one, strict=True))
            for name, one in summary.amounts.items()
        },
        "rejects": rejects.rename({"len": "rows"}).to_dicts(),
        "notes": [{"code": one.code, **one.fields} for one in found.notes],
    }
