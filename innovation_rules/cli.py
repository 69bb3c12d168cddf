"""The command line: one function a command; it parses words, asks the library, and prints.

Nothing imports it. What a command needs is imported inside it, so that `--version` and `--help` start at once.
Data goes to standard output, messages to standard error; 0 is clean, 1 that something was found, 2 misuse.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from innovation_rules import __version__
from innovation_rules.terminal.bilingual import (
    FINDINGS,
    Command,
    Group,
    Later,
    Option,
    Refused,
    Text,
    argument,
    fail,
    note,
    option,
    session,
)

if TYPE_CHECKING:
    from innovation_rules.decision import Decision
    from innovation_rules.engines import EngineError
    from innovation_rules.engines.opinion import Opinion
    from innovation_rules.enterprise import Enterprise
    from innovation_rules.errors import Diagnostic
    from innovation_rules.jurisdictions import Head
    from innovation_rules.packs import Pack
    from innovation_rules.program import Program
    from innovation_rules.region import RegionStatistics
    from innovation_rules.terminal.render import Paint
    from innovation_rules.terminal.second import SecondEngine

__all__ = ["main"]


def _show_version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"innovation-rules {__version__}")
        context.exit()


LATER = {
    name: f"innovation_rules.commands.{name}"
    for name in ("ledger", "prove", "diff", "advise", "mutate", "sql")
}
"""Commands with a module of their own, imported when one is asked for."""

main = Group(
    "innovation-rules",
    later=LATER,
    summary=Text(
        "把政策写成规则包，据以判定企业，并说明理由",
        "policies as packs of rules: decide enterprises, with reasons",
    ),
    story=Text(
        "innovation-rules decide changzhi examples/changzhi-2020.jsonl 判定一份台账；"
        "innovation-rules why changzhi 台账 企业名称 讲清其中一家。\n\n"
        "数据写到标准输出，说明写到标准错误。退出状态：0 没有问题，1 有发现，2 用法不对。",
        "innovation-rules decide changzhi examples/changzhi-2020.jsonl decides a ledger; "
        "innovation-rules why changzhi LEDGER NAME tells the whole story of one enterprise.\n\n"
        "Data goes to standard output, messages to standard error. Exit status: 0 clean, 1 something was found, "
        "2 misuse.",
    ),
    params=[
        Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            says=Text("显示版本", "show the version"),
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
)


def command(
    name: str, summary: Text, story: Text, *parameters: Later
) -> Callable[[Callable[..., Any]], Command]:
    """Register a function as a command."""

    def register(function: Callable[..., Any]) -> Command:
        made = Command(name, function, parameters, summary, story)
        main.add_command(made)
        return made

    return register


# ------------------------------------------------------------------------------------------------ parameters


class Day(click.ParamType[date]):
    """A date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            fail(
                Text(f"`{_safe(value)}` 不是日期", f"`{_safe(value)}` is not a date"),
                Text("写成 2020-12-31 这样", "write it like 2020-12-31"),
            )


def _safe(text: object) -> str:
    from innovation_rules.errors import visible

    return visible(str(text))


PACK = Text(
    "规则包的名称或路径；auto 为企业所在地区当时施行的全部规则包",
    "a pack's name or path; auto: every pack in force where each enterprise is",
)
INPUT = Text(
    "企业数据：JSON、JSON Lines 或 YAML 文件，或数据表；- 为标准输入",
    "enterprises: a file of JSON, JSON Lines or YAML, or tables; - for standard input",
)
YEAR = Text(
    "判定哪一年（默认：--as-of 所在年，否则规则包计划的最后一年）",
    "the year to judge (default: that of --as-of, else the last year of the pack's plan)",
)
AS_OF = Text(
    "情况截至哪天（默认：当年 12 月 31 日）", "what was known by this day (default: 31 December of the year)"
)
ENGINE = Text(
    "用哪个引擎：compiled（默认）、interpreter、rete；数据表用 bulk",
    "which engine: compiled (default), interpreter, rete; bulk for tables",
)
ALLOW = Text(
    "数据里有规则包不认识的种类、填报项也照判（默认：报错，以防写错）",
    "decide although the data holds kinds or inputs that the pack does not know (default: an error)",
)
FORMAT = Text("输出给人看的文字，或给程序用的 JSON", "text for people, or JSON for programs")
OUT = Text("写到文件，不写到标准输出", "write to a file instead of standard output")


def _pack(**more: Any) -> Later:
    return argument(["pack"], metavar="PACK", says=PACK, **more)


def _input() -> Later:
    return argument(["input"], metavar="INPUT", says=INPUT)


def _dates() -> list[Later]:
    return [
        option(["--year"], type=click.IntRange(1990, 2100), metavar="YEAR", says=YEAR),
        option(["--as-of"], type=Day(), metavar="DATE", says=AS_OF),
        option(["--engine"], default="compiled", metavar="NAME", says=ENGINE),
        option(["--allow-unknown"], is_flag=True, says=ALLOW),
    ]


def _format(*formats: str) -> Later:
    return option(["--format", "format_"], type=click.Choice(formats), default=formats[0], says=FORMAT)


def _out() -> Later:
    return option(["--out"], type=click.Path(dir_okay=False), metavar="FILE", says=OUT)


# ------------------------------------------------------------------------------------------------ decide, why


@command(
    "decide",
    Text("判定各家企业", "decide enterprises"),
    Text(
        "文字输出每家一行，最后是小结；JSON 输出每行一个对象。有问题的记录在标准错误上说明，其余照常判定，退出状态为 1。\n\n"
        "innovation-rules decide changzhi 台账.jsonl --summary\n"
        "cat 台账.jsonl | innovation-rules decide auto - --year 2020 --format json",
        "Text gives a line for each enterprise and a summary; JSON one object a line. Bad records are reported on "
        "standard error, the others are decided, and the exit status is 1.\n\n"
        "innovation-rules decide changzhi ledger.jsonl --summary\n"
        "cat ledger.jsonl | innovation-rules decide auto - --year 2020 --format json",
    ),
    _pack(),
    _input(),
    *_dates(),
    _format("text", "json"),
    option(["--summary"], is_flag=True, says=Text("只要小结", "the summary alone")),
    option(
        ["--reasons"],
        type=click.Choice(["leaves", "tree", "none"]),
        default="leaves",
        says=Text(
            "JSON 里的理由：各项测试、整棵树，或不要", "reasons in JSON: each test, whole trees, or none"
        ),
    ),
    option(
        ["--second-opinion"],
        is_flag=True,
        says=Text(
            "每项判定再由 durable_rules 独立判一遍；有任何不同就不作数",
            "decide everything a second time with durable_rules; whatever differs has no decision",
        ),
    ),
    option(
        ["--out"],
        type=click.Path(),
        metavar="FILE",
        says=Text("写到文件；判定数据表时，写到文件夹", "write to a file; tables are decided into a folder"),
    ),
    option(
        ["--files"],
        type=click.Choice(["parquet", "csv"]),
        default="parquet",
        says=Text("判定数据表时，结果写成哪种文件", "which files tables are decided into"),
    ),
    option(
        ["--by"],
        multiple=True,
        metavar="COLUMN",
        says=Text(
            "判定数据表时，按哪一列分组计数，可写几次：region、industry，或 classes.某分类",
            "what tables are also counted by, repeatable: region, industry, or classes.ID",
        ),
    ),
    option(
        ["--missing"],
        is_flag=True,
        says=Text(
            "判定数据表时，也写出每家缺哪些数据", "for tables: also the facts that each enterprise is missing"
        ),
    ),
    option(
        ["--assess"],
        is_flag=True,
        says=Text(
            "判定数据表时，同一遍里也评估地区的目标",
            "for tables: judge the region's targets too, in the same pass",
        ),
    ),
    option(
        ["--statistics"],
        metavar="FILE",
        says=Text("评估目标用的地区统计数文件", "a file of regional statistics for --assess"),
    ),
    option(
        ["--buckets"],
        type=click.IntRange(2, 10_000),
        metavar="N",
        says=Text(
            "数据表比内存大时，分成几份逐份判定",
            "for tables larger than memory: decide them in so many parts, one after another",
        ),
    ),
    option(
        ["--snapshot"],
        type=click.Path(),
        metavar="DIR",
        says=Text(
            "判定时把数据表存成快照；再判时把它写作 INPUT，快得多",
            "keep tables as a snapshot; give it as INPUT to decide again in little time",
        ),
    ),
)
def decide(
    pack: str,
    input: str,
    year: int | None,
    as_of: date | None,
    engine: str,
    allow_unknown: bool,
    format_: str,
    summary: bool,
    reasons: str,
    second_opinion: bool,
    out: str | None,
    files: str,
    **tables: Any,
) -> int:
    """Decide every enterprise of a file, or of tables."""
    from innovation_rules.tables.contract import is_tables

    if engine == BULK or is_tables(input):
        _fits(input, engine)
        desk = Desk(pack, year, as_of, "polars", not allow_unknown)
        return int(_tables().decide(desk, input, out, format_, files=files, **tables))
    _for_tables_alone(tables)
    desk = Desk(pack, year, as_of, engine, not allow_unknown)
    if second_opinion:
        desk.ask_twice()
    desk.quiet = summary or out is not None
    with _output(out) as (stream, color):
        if format_ == "json" and not summary:
            _decide_lines(desk, input, stream, reasons)
        else:
            _decide_text(desk, input, stream, color, summary, format_ == "json")
    return desk.end()


BULK, COMPILED = "bulk", "compiled"
"""The engine for tables, by the name that the command line has for it, and the one for records."""


def _for_tables_alone(given: dict[str, Any]) -> None:
    """Refuse options that say something of tables alone."""
    named = ", ".join(f"--{name}" for name, value in given.items() if value)
    if named:
        fail(Text(f"{named} 只用于数据表", f"{named}: for tables alone"))


def _fits(input: str, engine: str | None) -> None:
    """Tables are judged by the engine bulk, and records are not."""
    from innovation_rules.tables.contract import is_tables

    if is_tables(input) and engine not in (None, BULK):
        fail(
            Text("数据表由 bulk 引擎判定", "tables are decided by the engine bulk"),
            Text("写 --engine bulk", "write --engine bulk"),
        )
    if engine == BULK and not is_tables(input):
        fail(
            Text("bulk 引擎判定数据表，这不是数据表", "the engine bulk decides tables, and this is none"),
            Text(
                "写一个放着 enterprises.parquet（或 .csv）的文件夹、.duckdb 或 .sqlite 文件、postgresql:// 地址",
                "give a folder with enterprises.parquet (or .csv), a .duckdb or .sqlite file, or a postgresql:// address",
            ),
        )


def _tables() -> Any:
    """What commands do with tables, imported when tables are met."""
    return import_module("innovation_rules.commands.tables")


class Desk:
    """Where decisions are made: which packs, for when, and what went wrong with which record."""

    def __init__(
        self, pack: str, year: int | None, as_of: date | None, engine: str, strict: bool = True
    ) -> None:
        from innovation_rules.engines import engine as find_engine

        find_engine(engine)
        self.engine, self.as_of, self.strict = engine, as_of, strict
        self.auto = pack == "auto"
        self.packs: dict[str, Pack] = {}
        self.heads: list[Head] = []
        self.quiet = False
        self.problems = self.records = self.decided = self.nowhere = self.failed = 0
        self.second: SecondEngine | None = None
        self.opinion: Opinion | None = None
        self.programs: dict[str, Program] = {}
        self.year = _year_for_auto(year, as_of) if self.auto else self._one_pack(pack, year, as_of)
        if self.auto:
            self.heads = _all_heads()

    def _one_pack(self, name: str, year: int | None, as_of: date | None) -> int:
        from innovation_rules.packs import load_pack

        loaded = load_pack(name)
        self.packs[name] = loaded
        if year is None and as_of is None:
            return _plan_year(loaded)
        return year or (as_of.year if as_of else 0)

    def ask_twice(self) -> None:
        """Ask the second engine about every decision."""
        from innovation_rules.engines.opinion import SECOND
        from innovation_rules.terminal.second import SecondEngine

        if self.engine == SECOND:
            fail(
                Text(f"{SECOND} 不能给自己当第二引擎", f"{SECOND} can't be its own second engine"),
                Text("去掉 --engine，或去掉 --second-opinion", "leave out --engine or --second-opinion"),
            )
        self.second = SecondEngine()

    def day(self) -> date:
        """The day whose law applies."""
        end = date(self.year, 12, 31)
        return min(self.as_of, end) if self.as_of else end

    def packs_for(self, enterprise: Enterprise) -> Sequence[Pack]:
        """The packs that decide this enterprise."""
        if not self.auto:
            return tuple(self.packs.values())
        from innovation_rules.jurisdictions import applicable

        found = applicable(self.heads, enterprise.region, enterprise.zones, self.day())
        return [self.loaded(head) for head in found]

    def decisions(self, input: str) -> Iterator[tuple[Pack, Decision]]:
        """Every decision, in the order of the data; bad records are reported on the way."""
        for enterprise in self.enterprises(input):
            yield from self.decide(enterprise)

    def considered(self, enterprise: Enterprise) -> list[Pack]:
        """The packs that govern the enterprise's place, in force or not."""
        from innovation_rules.beside import considered

        return [self.loaded(head) for head in considered(self.heads, enterprise.region, enterprise.zones)]

    def loaded(self, head: Head) -> Pack:
        """A pack by its head, loaded once."""
        from innovation_rules.packs import load_pack

        if str(head.path) not in self.packs:
            self.packs[str(head.path)] = load_pack(head.path)
        return self.packs[str(head.path)]

    def decide(
        self, enterprise: Enterprise, packs: Sequence[Pack] | None = None
    ) -> Iterator[tuple[Pack, Decision]]:
        """The decisions on one enterprise, one for each pack."""
        from innovation_rules.engines import EngineError
        from innovation_rules.errors import DataError

        packs = self.packs_for(enterprise) if packs is None else packs
        self.nowhere += not packs
        problems: dict[tuple[str, object], Diagnostic] = {}
        done = 0
        for pack in packs:
            try:
                one = pack.decide(enterprise, self.year, self.as_of, engine=self.engine, strict=self.strict)
                self.opinion = None if self.second is None else self.second.ask(one)
            except DataError as error:
                problems |= {(one.code, one.fields.get("field")): one for one in error.diagnostics}
            except EngineError as error:
                self.fail(error, enterprise)
            else:
                done += 1
                self.programs[pack.id] = one.program
                yield pack, one
        self.decided += done > 0
        for problem in problems.values():
            self.report(_named(problem, enterprise))

    def enterprises(
        self, input: str, report: Callable[[Diagnostic], None] | None = None
    ) -> Iterator[Enterprise]:
        """The good records of a file, with a progress line on a terminal; the bad ones are reported."""
        from innovation_rules.enterprise import Enterprise
        from innovation_rules.intake import read_enterprises
        from innovation_rules.terminal.render import Progress

        say = session().say
        shown = sys.stderr.isatty() and (self.quiet or not sys.stdout.isatty())
        self.progress = Progress(sys.stderr, shown, say("已判定", "decided"))
        try:
            for one in read_enterprises(input):
                if isinstance(one, Enterprise):
                    self.records += 1
                    yield one
                    self.progress.step()
                else:
                    (report or self.report)(one)
        finally:
            self.progress.clear()

    def report(self, problem: Diagnostic) -> None:
        """Say what is wrong with a record."""
        from innovation_rules.errors import render

        self.progress.clear()
        self.problems += 1
        if self.problems <= MOST_PROBLEMS:
            click.echo(
                render(problem, None, session().lang, session().error_color) + "\n", err=True, color=True
            )

    def fail(self, error: EngineError, enterprise: Enterprise) -> None:
        """Say why an engine gave no decision on a record: it failed, or another one says something else."""
        from innovation_rules.errors import render

        self.failed += 1
        self.progress.clear()
        for one in error.diagnostics:
            named = _named(one, enterprise)
            text = render(named, None, session().lang, session().error_color)
            click.echo(text + "\n", err=True, color=True)

    def opinions(self) -> list[str]:
        """What the summary says of the second engine, where it was asked for."""
        from innovation_rules.terminal.render import columns

        return [] if self.second is None else [*self.second.lines(self.failed, session().lang, columns())]

    def end(self) -> int:
        """What remains to be said on standard error, and the exit status."""
        self._end_of_engines()
        if self.problems > MOST_PROBLEMS:
            more = self.problems - MOST_PROBLEMS
            note(f"……还有 {more} 处问题没有列出", f"... and {more} more problems")
        if self.problems:
            note(
                f"数据有 {self.problems} 处问题；有问题的记录没有判定，其余 {self.decided} 家已判定",
                f"{self.problems} problems in the data; records with problems were not decided, the other {self.decided} were",
            )
        if self.nowhere:
            note(
                f"{self.nowhere} 家企业没有适用的规则包（区划未知，或所在地区当时没有）",
                f"no pack applies to {self.nowhere} enterprises (region unknown, or none in force there)",
            )
        unheard = self.second is not None and self.second.absent is not None
        return FINDINGS if self.problems or self.nowhere or self.failed or unheard else 0

    def _end_of_engines(self) -> None:
        """What the engines did and what they failed to do."""
        from innovation_rules.errors import render_all

        if self.engine == "rete":
            from innovation_rules.terminal.render import columns
            from innovation_rules.terminal.second import footnote

            for program in self.programs.values():
                click.echo("\n".join(footnote(program, session().lang, columns())), err=True)
        if self.second is not None and self.second.absent is not None:
            click.echo(render_all(self.second.why_not(), {}, session().lang, session().error_color), err=True)
        if self.failed:
            note(
                f"{self.failed} 项判定没有结果：引擎出错，或两个引擎不一致",
                f"{self.failed} decisions have no result: an engine failed, or two engines differ",
            )


MOST_PROBLEMS = 100


def _named(problem: Diagnostic, enterprise: Enterprise) -> Diagnostic:
    """A pack's complaint about a record, with the enterprise that it is about."""
    from innovation_rules.intake import RecordProblem

    return RecordProblem(problem.code, problem.place, {**problem.fields, "subject": enterprise.name})


def _year_for_auto(year: int | None, as_of: date | None) -> int:
    if year is None and as_of is None:
        fail(
            Text("用 auto 时要写明判定哪一年", "auto needs the year to judge"),
            Text("加上 --year 2020 或 --as-of 2020-12-31", "add --year 2020 or --as-of 2020-12-31"),
        )
    return year or (as_of.year if as_of else 0)


def _plan_year(pack: Pack) -> int:
    from innovation_rules.jurisdictions import head

    year = head(pack.path).plan_year
    if year is None:
        fail(
            Text(
                f"规则包 {pack.id} 没有计划期，要写明判定哪一年",
                f"the pack {pack.id} has no plan that ends, so it needs the year to judge",
            ),
            Text("加上 --year 2020", "add --year 2020"),
        )
    note(
        f"没有写 --year，按规则包计划的最后一年 {year} 年判定",
        f"without --year: judged for {year}, the last year of the pack's plan",
    )
    return year


def _all_heads() -> list[Head]:
    from innovation_rules.jurisdictions import heads

    found, broken = heads()
    for error in broken:
        _print_diagnostics(error.diagnostics, error.sources, err=True)
    return found


def _decide_lines(desk: Desk, input: str, stream: IO[str], reasons: str) -> None:
    from innovation_rules.decision import to_json

    for _, one in desk.decisions(input):
        line = to_json(one, reasons=reasons)  # type: ignore[arg-type]
        stream.write(json.dumps({**line, **_opinion(desk)}, ensure_ascii=False) + "\n")
    for said in desk.opinions():
        click.echo(said, err=True)


def _opinion(desk: Desk) -> dict[str, Any]:
    """The second engine's opinion on the decision at hand, where it was asked for."""
    if desk.second is None:
        return {}
    from innovation_rules.terminal.second import opinion_json

    return {"second_opinion": opinion_json(desk.opinion)}


def _decide_text(desk: Desk, input: str, stream: IO[str], color: bool, summary: bool, as_json: bool) -> None:
    from innovation_rules.terminal.render import Paint, columns
    from innovation_rules.terminal.tally import Tally, to_json

    tallies: dict[str, Tally] = {}
    rows: dict[str, list[str]] = {}
    headlines: dict[tuple[str, str], dict[str, str]] = {}
    for pack, one in desk.decisions(input):
        if desk.auto and one.coverage is not None:
            headlines.setdefault((one.uscc, one.name), {})[pack.id] = one.coverage.status
        tally = tallies.get(pack.id)
        first = tally is None
        if tally is None:
            tally = tallies[pack.id] = Tally(pack, session().lang, Paint(color), columns())
        tally.add(one)
        if as_json:
            continue
        lines = [*(tally.title(one) if summary else tally.head(one))] if first else []
        lines += [] if summary else [tally.row(one)]
        if desk.auto:
            rows.setdefault(pack.id, []).extend(lines)
        else:
            _write(stream, lines)
    for index, (id, tally) in enumerate(tallies.items()):
        if as_json:
            stream.write(json.dumps({**to_json(tally), **_engines(desk, id)}, ensure_ascii=False) + "\n")
        else:
            _write(stream, [*([""] if index else []), *rows.get(id, ()), *tally.summary()])
    if desk.auto and not as_json:
        from innovation_rules.beside import overview

        _write(stream, overview(headlines, list(tallies), session().lang, Paint(color), columns()))
    if not as_json and (said := desk.opinions()):
        _write(stream, ["", *said])


def _engines(desk: Desk, pack: str) -> dict[str, Any]:
    """What a summary in JSON says of the engines beyond the default one."""
    found: dict[str, Any] = {}
    if desk.second is not None:
        found["second_opinion"] = desk.second.to_json(desk.failed)
    if desk.engine == "rete":
        from innovation_rules.terminal.second import account_json

        found["rete"] = account_json(desk.programs[pack])
    return found


def _write(stream: IO[str], lines: Iterable[str]) -> None:
    for line in lines:
        stream.write(line + "\n")


@command(
    "why",
    Text("讲清一家企业的来龙去脉", "tell the whole story of one enterprise"),
    Text(
        "结论、由什么决定、每项测试的数值、条款和所在的行，还缺什么数据，差多少就能达到。\n\n"
        "innovation-rules why changzhi 台账.jsonl 91140403XF00791982\n"
        "innovation-rules why changzhi 台账.jsonl 钧曜 --award 研发费用加计扣除",
        "The decision, what decided it, each test with its value, clause and line, what is missing, and what is "
        "only a little short.\n\n"
        "innovation-rules why changzhi ledger.jsonl 91140403XF00791982\n"
        "innovation-rules why changzhi ledger.jsonl 钧曜 --award tax_rd_super_deduction",
    ),
    _pack(),
    _input(),
    argument(
        ["id"],
        metavar="ID",
        says=Text(
            "统一社会信用代码，或企业名称（只写能认出的一部分也可）",
            "the credit code, or the name, or a part of it that no other has",
        ),
    ),
    *_dates(),
    option(
        ["--award"], metavar="ID", says=Text("只看一项奖励：标识或名称", "one award alone: its id or name")
    ),
    option(
        ["--full"],
        is_flag=True,
        says=Text("列出全部测试，不只是起决定作用的", "show every test, not only those that decided"),
    ),
    _format("text", "json"),
)
def why(
    pack: str,
    input: str,
    id: str,
    year: int | None,
    as_of: date | None,
    engine: str,
    allow_unknown: bool,
    award: str | None,
    full: bool,
    format_: str,
) -> int:
    """Explain the decisions on one enterprise."""
    desk = Desk(pack, year, as_of, engine, not allow_unknown)
    enterprise, problems = _one_of(desk, input, id)
    if desk.auto and format_ == "text" and award is None:
        _tell_beside(desk, enterprise)
    for index, (loaded, one) in enumerate(desk.decide(enterprise)):
        if format_ == "json":
            from innovation_rules.decision import to_json

            click.echo(json.dumps(to_json(one, reasons="tree"), ensure_ascii=False))
            continue
        if index:
            click.echo("\n" + "─" * 60 + "\n")
        _tell(loaded, one, award, full)
    if problems:
        note(f"另：数据里有 {problems} 处问题", f"besides, the data has {problems} problems")
    return desk.end()


def _tell_beside(desk: Desk, enterprise: Enterprise) -> None:
    """The decisions of every pack that governs the enterprise's place, side by side, those not in force too."""
    from innovation_rules.beside import beside, lines
    from innovation_rules.terminal.render import Paint, columns

    decisions = list(desk.decide(enterprise, desk.considered(enterprise)))
    if len(decisions) > 1:
        for line in lines(beside(decisions), session().lang, Paint(session().color), columns()):
            click.echo(line, color=True)
        click.echo("\n" + "─" * 60 + "\n")


def _tell(pack: Pack, one: Decision, award: str | None, full: bool) -> None:
    from innovation_rules.terminal.render import Paint, columns
    from innovation_rules.terminal.story import Story

    story = Story(one, pack, session().lang, Paint(session().color), columns(), full)
    lines = story.lines() if award is None else story.award(_award_of(one, award))
    for line in lines:
        click.echo(line, color=True)


def _award_of(one: Decision, wanted: str) -> Any:
    """The award that an id, a label or a part of one means."""
    from innovation_rules.errors import nearest

    awards = list(one.awards.values())
    exact = [award for award in awards if wanted in (award.id, award.label)]
    found = exact or [award for award in awards if wanted in award.id or wanted in award.label]
    if len(found) == 1:
        return found[0]
    names = [f"{award.id}（{award.label}）" for award in found or awards]
    listed = Text("有这些：" + "、".join(names), "there are: " + ", ".join(names))
    near = None if found else nearest(wanted, [*one.awards, *(award.label for award in awards)])
    help = Text(f"最接近的是 `{near}`", f"the nearest is `{near}`") if near else listed
    shown = _safe(wanted)
    statement = (
        Text(f"`{shown}` 对应几项", f"`{shown}` fits several")
        if found
        else Text(f"没有名为 `{shown}` 的奖励", f"there is no award `{shown}`")
    )
    raise Refused(statement, help)


def _one_of(desk: Desk, input: str, wanted: str) -> tuple[Enterprise, int]:
    """The enterprise that a code or a part of a name means, and how many problems the data has."""
    from innovation_rules.tables.contract import is_tables

    if is_tables(input):
        return _tables().one_of(desk, input, wanted), 0
    part: list[Enterprise] = []
    problems: list[Diagnostic] = []
    for one in desk.enterprises(input, problems.append):
        if wanted in (one.uscc, one.name):
            return one, len(problems)
        if wanted and (wanted in one.name or wanted in one.uscc):
            part.append(one)
    if len(part) == 1:
        return part[0], len(problems)
    for problem in problems:
        if wanted in str(problem.fields.get("subject", "")) or len(problems) == 1:
            desk.report(problem)
    if part:
        names = [f"{one.uscc} {one.name}" for one in part[:10]]
        more = "" if len(part) <= 10 else "\n……"
        listed = "\n".join(map(_safe, names)) + more
        fail(
            Text(
                f"`{_safe(wanted)}` 对应 {len(part)} 家企业",
                f"`{_safe(wanted)}` fits {len(part)} enterprises",
            ),
            Text(listed, listed),
        )
    help = Text(
        f"核对代码或名称；数据里有 {desk.records} 家企业",
        f"see whether the code or the name is right; the data holds {desk.records} enterprises",
    )
    raise Refused(Text(f"数据里没有 `{_safe(wanted)}`", f"the data has no `{_safe(wanted)}`"), help)


# ------------------------------------------------------------------------------------------------ check, test


@command(
    "check",
    Text("检查规则包", "check packs"),
    Text(
        "错误与警告都带行号和改法。不写规则包时检查全部。退出状态：没有发现为 0，有发现为 1。",
        "Every error and warning with its line and the way out. Without PACK all packs are checked. The exit status is "
        "0 when nothing was found, else 1.",
    ),
    argument(
        ["packs"], nargs=-1, metavar="[PACK]...", says=Text("规则包的名称或路径", "names or paths of packs")
    ),
    option(
        ["--notes"],
        is_flag=True,
        says=Text(
            "同时列出规则包作者读文件时的发现", "also print what the pack's author found in the document"
        ),
    ),
    _format("text", "json", "sarif"),
    _out(),
)
def check(packs: tuple[str, ...], notes: bool, format_: str, out: str | None) -> int:
    """Check packs and print what is found."""
    from innovation_rules.errors import to_json, to_sarif
    from innovation_rules.pack import finder

    names = packs or tuple(finder.names())
    found, sources = _findings(names)
    with _output(out) as (stream, color):
        if format_ == "json":
            for one in to_json(found, session().lang):
                stream.write(json.dumps(one, ensure_ascii=False) + "\n")
        elif format_ == "sarif":
            stream.write(
                json.dumps(to_sarif(found, session().lang, __version__), ensure_ascii=False, indent=2) + "\n"
            )
        elif found:
            from innovation_rules.errors import render_all

            stream.write(render_all(found, sources, session().lang, color) + "\n")
        if notes and format_ == "text":
            _write(stream, _notes(names))
    errors, warnings = (sum(one.severity == severity for one in found) for severity in ("error", "warning"))
    note(
        f"检查了 {len(names)} 个规则包：{errors} 个错误，{warnings} 个警告",
        f"{len(names)} packs checked: {errors} errors, {warnings} warnings",
    )
    return FINDINGS if errors or warnings else 0


def _notes(names: Sequence[str]) -> Iterator[str]:
    """What the authors of packs noted of their documents, with the clauses."""
    from innovation_rules.pack import finder, parse
    from innovation_rules.terminal.render import columns, wrapped

    for name in names:
        pack = parse(finder.find(name)).pack
        for note_ in pack.notes:
            yield from wrapped(f"{pack.pack} [{'、'.join(note_.clauses)}] {note_.text}", columns(), hang="  ")


def _findings(names: Sequence[str]) -> tuple[list[Diagnostic], dict[str, str]]:
    """What is wrong with each pack, then with all of them together."""
    from innovation_rules import implements, pack
    from innovation_rules.errors import PackError
    from innovation_rules.pack import checker, finder
    from innovation_rules.packs import load_pack

    found: list[Diagnostic] = []
    sources: dict[str, str] = {}
    sound = []
    for name in names:
        try:
            linked = pack.link(finder.find(name))
        except PackError as error:
            found += error.diagnostics
            sources.update(error.sources)
        else:
            sound.append(linked)
            found += checker.findings(linked)
            sources.update(linked.sources)
            against, texts = implements.check(load_pack(finder.find(name)))
            found += [one for one in against if one.severity != "note"]
            sources.update(texts)
    found += checker.across(sound)
    return list(dict.fromkeys(found)) if _hashable(found) else found, sources


def _hashable(found: Sequence[object]) -> bool:
    try:
        return bool({*found}) or True
    except TypeError:
        return False


def _print_diagnostics(found: Iterable[Diagnostic], sources: Any, err: bool = False) -> None:
    from innovation_rules.errors import render_all

    color = session().error_color if err else session().color
    click.echo(render_all(found, sources, session().lang, color), err=err, color=True)


@command(
    "test",
    Text("运行规则包的算例", "run the worked cases of packs"),
    Text(
        "算例在 policies/cases/ 里：一家企业、预期的结果、依据的条款。不写规则包时运行全部。",
        "The cases are in policies/cases/: an enterprise, the decision expected of it, and the clause. "
        "Without PACK all of them are run.",
    ),
    argument(
        ["packs"], nargs=-1, metavar="[PACK]...", says=Text("规则包的名称或路径", "names or paths of packs")
    ),
    option(["--engine"], default="compiled", metavar="NAME", says=ENGINE),
    _format("text", "json"),
    option(
        ["--reach"],
        is_flag=True,
        says=Text("列出还没有算例见到的结果", "list the outcomes that no case shows"),
    ),
)
def test(packs: tuple[str, ...], engine: str, format_: str, reach: bool) -> int:
    """Run worked cases and print those that fail."""
    from innovation_rules.terminal.trial import run

    return run(packs, engine, format_ == "json", reach)


# ------------------------------------------------------------------------------------------------ packs, show


@command(
    "packs",
    Text("列出全部规则包", "list the packs"),
    Text("", ""),
    _format("text", "json"),
)
def packs(format_: str) -> int:
    """List the packs: name, title, where and when."""
    from innovation_rules.jurisdictions import heads
    from innovation_rules.terminal.inside import heads_json, heads_lines
    from innovation_rules.terminal.render import columns

    found, broken = heads()
    if format_ == "json":
        for one in found:
            click.echo(json.dumps(heads_json(one), ensure_ascii=False))
    else:
        for line in heads_lines(found, session().lang, _paint(), columns()):
            click.echo(line, color=True)
    for error in broken:
        _print_diagnostics(error.diagnostics, error.sources, err=True)
    return FINDINGS if broken else 0


def _paint() -> Paint:
    from innovation_rules.terminal.render import Paint

    return Paint(session().color)


SECTIONS = (
    "all", "base", "inputs", "kinds", "qualifications", "parameters", "facts", "layers", "profile", "classes", "coverages",
    "awards", "targets", "schedule", "clauses", "notes",
)  # fmt: skip
PART = Text(f"只看一部分：{'、'.join(SECTIONS)}", f"one part alone: {', '.join(SECTIONS)}")


@command(
    "show",
    Text("看规则包里有什么", "show what is in a pack"),
    Text(
        "不写 --section 时只看概要。base 是企业数据本来就有的事实，clauses 是文件逐条的去处。",
        "Without --section an overview. base lists the facts of the enterprise data itself, clauses what became of each "
        "clause of the document.",
    ),
    argument(["pack"], metavar="PACK", says=Text("规则包的名称或路径", "a pack's name or path")),
    option(["--section"], type=click.Choice(SECTIONS), metavar="NAME", says=PART),
    _format("text", "json"),
)
def show(pack: str, section: str | None, format_: str) -> int:
    """Show the definitions of a pack, with clauses and lines."""
    from innovation_rules.packs import load_pack
    from innovation_rules.terminal.inside import Inside
    from innovation_rules.terminal.render import columns

    inside = Inside(load_pack(pack), session().lang, _paint(), columns())
    if format_ == "json":
        click.echo(json.dumps(inside.json(section), ensure_ascii=False, indent=2))
        return 0
    for line in inside.lines(section):
        click.echo(line, color=True)
    return 0


# ------------------------------------------------------------------------------------------------ assess, clauses


@command(
    "assess",
    Text("对照目标评估一个地区", "judge a region's targets"),
    Text(
        "按企业数据和统计数逐项评估规则包的目标：数值、差距、还差几家、可补的是谁。没有的统计数会点名。\n\n"
        "innovation-rules assess changzhi 台账.jsonl --as-of 2020-12-31 --statistics 统计.yaml",
        "Every numeric target judged on the enterprises and the statistics: its value, the gap, how many enterprises "
        "short and which. A statistic that is not given is named.\n\n"
        "innovation-rules assess changzhi ledger.jsonl --as-of 2020-12-31 --statistics figures.yaml",
    ),
    argument(["pack"], metavar="PACK", says=Text("规则包的名称或路径", "a pack's name or path")),
    _input(),
    option(["--statistics"], metavar="FILE", says=Text("地区统计数的文件", "a file of regional statistics")),
    option(["--as-of"], type=Day(), required=True, metavar="DATE", says=AS_OF),
    option(
        ["--year"],
        type=click.IntRange(1990, 2100),
        metavar="YEAR",
        says=Text(
            "未到期的目标看哪一年（默认：--as-of 所在年）",
            "the year for what has not fallen due (default: that of --as-of)",
        ),
    ),
    option(["--engine"], metavar="NAME", says=ENGINE),
    _format("text", "json"),
    _out(),
)
def assess(
    pack: str,
    input: str,
    statistics: str | None,
    as_of: date,
    year: int | None,
    engine: str | None,
    format_: str,
    out: str | None,
) -> int:
    """Judge a region's targets."""
    from innovation_rules.assess import assess as judge
    from innovation_rules.assess import to_json
    from innovation_rules.packs import load_pack
    from innovation_rules.tables.contract import is_tables
    from innovation_rules.terminal.region import RegionStory
    from innovation_rules.terminal.render import Paint, columns

    _fits(input, engine)
    engine = COMPILED if engine in (None, BULK) else engine
    desk = Desk(pack, as_of.year, as_of, engine)
    desk.quiet = True
    loaded = load_pack(pack)
    figures = _statistics(desk, statistics) if statistics else []
    if is_tables(input):
        found = _tables().assess(desk, loaded, input, figures, as_of, year)
    else:
        found = judge(loaded, _fitting(desk, loaded, input), figures, as_of=as_of, year=year, engine=engine)
    desk.decided = found.enterprises
    with _output(out) as (stream, color):
        if format_ == "json":
            stream.write(json.dumps(to_json(found), ensure_ascii=False, indent=2) + "\n")
        else:
            _write(stream, RegionStory(loaded, found, session().lang, Paint(color), columns()).lines())
    return desk.end()


def _fitting(desk: Desk, pack: Pack, input: str) -> Iterator[Enterprise]:
    """The enterprises whose names the pack knows; the others are reported and left out."""
    from innovation_rules.errors import DataError

    for one in desk.enterprises(input):
        try:
            pack.case(one, desk.year, desk.as_of)
        except DataError as error:
            for problem in error.diagnostics:
                desk.report(_named(problem, one))
        else:
            yield one


def _statistics(desk: Desk, file: str) -> list[RegionStatistics]:
    """The good records of a file of regional statistics; the bad ones are reported."""
    from innovation_rules.intake import read_regions
    from innovation_rules.region import RegionStatistics
    from innovation_rules.terminal.render import Progress

    desk.progress = Progress(sys.stderr, False, "")
    found = []
    for one in read_regions(file):
        if isinstance(one, RegionStatistics):
            found.append(one)
        else:
            desk.report(one)
    return found


@command(
    "clauses",
    Text("看文件逐条的去处", "account for every clause of a document"),
    Text(
        "每一条由规则包里的什么编码，或为什么没有编码，以及合计。",
        "What encodes each clause, or why nothing does, with the totals.",
    ),
    argument(["pack"], metavar="PACK", says=Text("规则包的名称或路径", "a pack's name or path")),
    _format("text", "json"),
)
def clauses(pack: str, format_: str) -> int:
    """The account of a document's clauses."""
    from innovation_rules.packs import load_pack
    from innovation_rules.terminal.inside import Inside
    from innovation_rules.terminal.render import columns

    inside = Inside(load_pack(pack), session().lang, _paint(), columns())
    if format_ == "json":
        click.echo(json.dumps(inside.json("clauses"), ensure_ascii=False, indent=2))
        return 0
    for line in inside.lines("clauses"):
        click.echo(line, color=True)
    return 0


# ------------------------------------------------------------------------------------------------ schema, fmt


@command(
    "schema",
    Text("输出规则包的 JSON Schema，供编辑器补全和提示", "print the JSON Schema of packs, for editors"),
    Text(
        "编辑器里，在规则包的第一行写 # yaml-language-server: $schema=schema 文件的路径。",
        "In an editor, let the first line of a pack be # yaml-language-server: $schema=PATH.",
    ),
    option(
        ["--names"], type=click.Choice(["zh", "en"]), default="en", says=Text("哪一种写法", "which spelling")
    ),
    _out(),
)
def schema(names: str, out: str | None) -> int:
    """Print the JSON Schema of the pack language."""
    from innovation_rules.pack.schema import text

    with _output(out) as (stream, _):
        stream.write(text(names))  # type: ignore[arg-type]
    return 0


@command(
    "fmt",
    Text("整理规则包的排版，或换一种写法", "tidy packs, or turn one spelling into the other"),
    Text(
        "只改该改的字，注释、次序和排版都保留。不写 --write 和 --check 时，把结果写到标准输出。",
        "Only what must change is changed; comments, order and layout stay. Without --write or --check the text goes to "
        "standard output.",
    ),
    argument(
        ["files"],
        nargs=-1,
        required=True,
        metavar="FILE...",
        says=Text("规则包文件；- 为标准输入", "pack files; - for standard input"),
    ),
    option(
        ["--check"],
        is_flag=True,
        says=Text("不改，只列出会改动的文件", "change nothing, list the files that would change"),
    ),
    option(["--write"], is_flag=True, says=Text("写回文件", "write the files")),
    option(
        ["--names"],
        type=click.Choice(["zh", "en"]),
        says=Text("换成中文或英文写法", "turn it into Chinese or English spelling"),
    ),
)
def fmt(files: tuple[str, ...], check: bool, write: bool, names: str | None) -> int:
    """Format pack files."""
    if check and write:
        fail(Text("--check 与 --write 不能同用", "--check and --write exclude each other"))
    changed = 0
    for file in files:
        before, after = _formatted(file, names)
        if check and before != after:
            changed += 1
            click.echo(_safe(file))
        elif write and file != "-" and before != after:
            _replace(Path(file), after.encode())
            note(f"已改写 {_safe(file)}", f"rewritten: {_safe(file)}")
        elif not check and (not write or file == "-"):
            click.echo(after, nl=False)
    return FINDINGS if changed else 0


def _formatted(file: str, names: str | None) -> tuple[str, str]:
    from innovation_rules.pack import reader
    from innovation_rules.pack.formatter import format_source

    document = (
        reader.read(sys.stdin.buffer.read(), "<stdin>") if file == "-" else reader.read_file(Path(file))
    )
    return document.text, format_source(document, names)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ verify


@command(
    "verify",
    Text("核验判定记录", "verify decision records"),
    Text(
        "从同一份数据重新推出每条记录（decide --format json 的输出）。数据、规则包或记录有改动，都会指出是哪一个。",
        "Derives each record (the output of decide --format json) again from the same data. Where the data, the pack or "
        "the record has changed, it says which.",
    ),
    argument(
        ["record"],
        metavar="RECORD",
        says=Text("判定记录：一行一个对象；- 为标准输入", "records: one object a line; - for standard input"),
    ),
    _input(),
    option(
        ["--pack"],
        metavar="PACK",
        says=Text(
            "用这个规则包核验（默认：记录里写的）",
            "verify by this pack (default: the one that the record names)",
        ),
    ),
    option(["--engine"], default="compiled", metavar="NAME", says=ENGINE),
)
def verify(record: str, input: str, pack: str | None, engine: str) -> int:
    """Derive records again and report every difference."""
    from innovation_rules.enterprise import Enterprise
    from innovation_rules.intake import read_enterprises

    if record == input == "-":
        fail(
            Text(
                "记录与数据不能都从标准输入读",
                "the records and the data can't both be read from standard input",
            )
        )
    kept = list(_records(record))
    wanted = {str(one.get("uscc")) for _, one in kept}
    known = {
        one.uscc: one for one in read_enterprises(input) if isinstance(one, Enterprise) and one.uscc in wanted
    }
    clerk = _Clerk(pack, engine)
    refused = sum(clerk.refuses(where, one, known) for where, one in kept)
    note(
        f"核验了 {len(kept)} 条记录：{len(kept) - refused} 条成立，{refused} 条不成立",
        f"{len(kept)} records verified: {len(kept) - refused} stand, {refused} do not",
    )
    return FINDINGS if refused else 0


class _Clerk:
    """Derives records again with the packs that they name."""

    def __init__(self, pack: str | None, engine: str) -> None:
        self.pack, self.engine = pack, engine
        self.loaded: dict[str, Pack] = {}

    def decide(self, pack: str, enterprise: Enterprise, year: int, as_of: date, law_date: date) -> Decision:
        from innovation_rules.packs import load_pack

        name = self.pack or pack
        if name not in self.loaded:
            self.loaded[name] = load_pack(name)
        return self.loaded[name].decide(
            enterprise, year, as_of, law_date=law_date, engine=self.engine, strict=False
        )

    def refuses(self, where: str, kept: dict[str, Any], known: dict[str, Enterprise]) -> bool:
        """Whether a record does not stand; what is wrong with it goes to standard output."""
        from innovation_rules.errors import render
        from innovation_rules.record import verify as derive

        uscc = str(kept.get("uscc"))
        if uscc not in known:
            say = session().say(
                f"{where}：数据里没有 {_safe(uscc)}", f"{where}: the data has no {_safe(uscc)}"
            )
            click.echo(say)
            return True
        found = derive(kept, known[uscc], self.decide)
        for one in found:
            click.echo(f"{where}: " + render(one, None, session().lang, session().color), color=True)
        return any(one.severity == "error" for one in found)


def _records(file: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records of a file, each with its line."""
    name = "<stdin>" if file == "-" else file
    with click.open_file(file, encoding="utf-8-sig", errors="strict") as stream:
        for number, line in enumerate(_decoded(stream, name), 1):
            if line.strip():
                yield f"{_safe(name)}:{number}", _record(line, f"{_safe(name)}:{number}")


def _decoded(stream: IO[str], name: str) -> Iterator[str]:
    try:
        yield from stream
    except UnicodeDecodeError:
        fail(Text(f"`{_safe(name)}` 不是 UTF-8 编码", f"`{_safe(name)}` isn't UTF-8"))


def _record(line: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        fail(
            Text(f"{where} 不是判定记录", f"{where} is not a decision record"),
            Text(
                "记录由 decide --format json 写出，一行一条",
                "decide --format json writes records, one a line",
            ),
            FINDINGS,
        )
    return found


# ------------------------------------------------------------------------------------------------ new, doctor


@command(
    "new",
    Text("新建一个规则包的样板", "write the skeleton of a pack"),
    Text(
        "写出规则包、算例和条款清单三个文件，马上就能通过 check 和 test。已有的文件不会被覆盖。",
        "Writes the pack, its worked cases and its account of clauses; they pass check and test as they are. No file is "
        "overwritten.",
    ),
    argument(
        ["name"],
        metavar="NAME",
        says=Text("规则包的名称：小写字母、数字和下划线", "the pack's name: letters, digits and _"),
    ),
    option(
        ["--in", "folder"],
        type=click.Path(file_okay=False),
        default=".",
        metavar="FOLDER",
        says=Text("放在哪个文件夹（默认：当前）", "the folder to write in (default: this one)"),
    ),
    option(
        ["--names"],
        type=click.Choice(["zh", "en"]),
        says=Text("中文或英文写法（默认：随语言）", "Chinese or English spelling (default: the language's)"),
    ),
)
def new(name: str, folder: str, names: str | None) -> int:
    """Write a new pack with a case and an account of clauses."""
    from innovation_rules.terminal.skeleton import write

    for path in write(name, Path(folder), names or session().lang):
        click.echo(_safe(path))
    where = _safe(Path(folder) / f"{name}.yaml")
    note(f"接着：innovation-rules check {where}", f"next: innovation-rules check {where}")
    return 0


@command(
    "doctor",
    Text(
        "看看装了哪些引擎和扩展，缺的怎样补", "which engines and extras are present, and how to get the rest"
    ),
    Text("", ""),
    _format("text", "json"),
)
def doctor(format_: str) -> int:
    """Report versions, engines, extras and folders."""
    from innovation_rules.terminal import doctor as report

    if format_ == "json":
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
        return 0
    for line in report.lines(session().lang, _paint()):
        click.echo(line, color=True)
    return 0


# ------------------------------------------------------------------------------------------------ output


@contextmanager
def _output(out: str | None) -> Iterator[tuple[IO[str], bool]]:
    """Where data goes, and whether it takes colour: standard output, or a file that appears only when all went well."""
    if out is None or out == "-":
        yield sys.stdout, session().color
        return
    path = Path(out)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream, False
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
    """Write a file anew in one step, its permissions kept."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.chmod(path.stat().st_mode & 0o7777)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
