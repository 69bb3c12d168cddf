"""`innovation-rules diff`: what a new version of a pack changes, in words, by proof, and on a ledger."""

from __future__ import annotations

import json
import sys
from itertools import chain
from typing import TYPE_CHECKING

import click

from innovation_rules.cli import MOST_PROBLEMS, Desk, _format, _named, _out, _output, command
from innovation_rules.commands import folders
from innovation_rules.terminal.bilingual import FINDINGS, Text, argument, fail, note, option, session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from innovation_rules.audit.flips import Flips
    from innovation_rules.audit.verdicts import Pair, Verdict
    from innovation_rules.enterprise import Enterprise
    from innovation_rules.packs import Pack


@command(
    "diff",
    Text("比较规则包的两个版本", "compare two versions of a pack"),
    Text(
        "写法：哪一项新增、删去、改动，哪个词从什么改成什么，条款和所在的行；只改名称、解读、备注的另列。"
        "判定：每一项经证明相同、更严、更宽、有得有失，各举一家最小的企业，写明两版各凭哪些测试；没有算完的写明用时。"
        "台账：谁的结论变了，从什么变成什么，是哪一条造成的。也可比较两个不同的规则包。"
        "退出状态：意思相同为 0，有不同或没有定论为 1。\n\n"
        "innovation-rules diff 旧/changzhi.yaml 新/changzhi.yaml\n"
        "innovation-rules diff 旧/changzhi.yaml changzhi --data examples/changzhi-2020.jsonl",
        "What is said: each item added, removed or altered, which key from what to what, with clauses and lines; what "
        "only words changed of comes last. What is decided: each decision proved the same, stricter, looser or "
        "incomparable, with a smallest enterprise and the tests that decided in both; what was not settled, with the "
        "time. On a ledger: who flips, from what to what, by which clause. Two different packs can be compared too. "
        "Exit status: 0 the same meaning, 1 differs or not settled.\n\n"
        "innovation-rules diff old/changzhi.yaml new/changzhi.yaml\n"
        "innovation-rules diff old/changzhi.yaml changzhi --data examples/changzhi-2020.jsonl",
    ),
    argument(["old"], metavar="OLD", says=Text("旧的规则包：名称或路径", "the old pack: its name or path")),
    argument(["new"], metavar="NEW", says=Text("新的规则包：名称或路径", "the new pack: its name or path")),
    option(
        ["--data"],
        metavar="INPUT",
        says=Text(
            "一份企业数据、数据表或快照，看谁的结论会变",
            "enterprises, as a file, tables or a snapshot: see whose decisions change",
        ),
    ),
    option(
        ["--events"],
        metavar="FILE",
        says=Text(
            "一份事件台账，按当年年末的情况比较", "a ledger of events: as it stands at the end of the year"
        ),
    ),
    option(
        ["--year"],
        type=click.IntRange(1990, 2100),
        multiple=True,
        metavar="YEAR",
        says=Text(
            "比较哪一年，可写几次（默认：两版计划的各年）",
            "the year to compare, repeatable (default: those of both plans)",
        ),
    ),
    option(
        ["--seconds"],
        type=click.FloatRange(0),
        default=10.0,
        metavar="N",
        says=Text(
            "求解器每问最多几秒；0 为不证明", "what one question to the solver may take; 0: nothing is proved"
        ),
    ),
    option(["--full"], is_flag=True, says=Text("全部列出", "list everything")),
    option(
        ["--write-cases"],
        type=click.Path(dir_okay=False),
        metavar="FILE",
        says=Text("把举出的企业写成新版的算例", "write the enterprises as worked cases of the new pack"),
    ),
    _format("text", "json"),
    _out(),
)
def diff(
    old: str,
    new: str,
    data: str | None,
    events: str | None,
    year: tuple[int, ...],
    seconds: float,
    full: bool,
    write_cases: str | None,
    format_: str,
    out: str | None,
) -> int:
    """Compare two packs and print what differs."""
    from innovation_rules.audit.compare import surface
    from innovation_rules.packs import load_pack
    from innovation_rules.terminal.difference import Difference, cases_text, to_json
    from innovation_rules.terminal.render import Paint, columns

    packs = load_pack(old), load_pack(new)
    folders(out, write_cases)
    years = year or _years(*packs)
    pairs = _proved(*packs, years, seconds)
    flips, problems = _touched(pairs[-1][0], data, events)
    changes = surface(packs[0].linked, packs[1].linked)
    with _output(out) as (stream, color):
        told = Difference(
            *packs, changes, pairs, flips, session().lang, Paint(color and format_ == "text"), columns(), full
        )
        if format_ == "json":
            stream.write(json.dumps(to_json(told), ensure_ascii=False, indent=1) + "\n")
        else:
            stream.writelines(line + "\n" for line in told.lines())
    if write_cases is not None:
        with _output(write_cases) as (stream, _):
            stream.write(cases_text(told))
    return 0 if told.same and not problems else FINDINGS


def _years(old: Pack, new: Pack) -> tuple[int, ...]:
    from innovation_rules.audit.verdicts import years

    found = years(old, new)
    if not found:
        fail(
            Text(
                f"{old.id} 和 {new.id} 都没有计划期，要写明比较哪一年",
                f"neither {old.id} nor {new.id} has a plan that ends, so the year to compare is needed",
            ),
            Text("加上 --year 2020", "add --year 2020"),
        )
    return found


def _proved(
    old: Pack, new: Pack, years: Sequence[int], seconds: float
) -> list[tuple[Pair, Sequence[Verdict]]]:
    """Each year's verdicts, with a progress line on a terminal."""
    from innovation_rules.audit.verdicts import Pair, verdicts
    from innovation_rules.terminal.render import Progress

    progress = Progress(sys.stderr, sys.stderr.isatty(), session().say("已比较", "compared"))
    found: list[tuple[Pair, Sequence[Verdict]]] = []
    for year in years:
        pair, kept = Pair(old, new, year, seconds), []
        for one in verdicts(pair):
            kept.append(one)
            progress.step()
        found.append((pair, kept))
    progress.clear()
    if any("absent" in one.unsettled for _, kept in found for one in kept):
        note(
            "没有安装求解器，写法不同的判定都没有证明；安装附加组件 `innovation-rules[prove]`",
            "the solver isn't installed, so nothing that is built otherwise was proved; "
            "install the extra `innovation-rules[prove]`",
        )
    return found


def _touched(pair: Pair, data: str | None, events: str | None) -> tuple[Flips | None, int]:
    """Whom the difference touches, and how many problems their data has; None without data."""
    from innovation_rules.audit.flips import Flips
    from innovation_rules.tables.contract import is_tables

    if data is None and events is None:
        return None, 0
    desk = Desk(str(pair.new.path), pair.year, None, "compiled", strict=False)
    desk.quiet = True
    flips = Flips(pair)
    if data is not None and is_tables(data):
        _touched_tables(flips, data, desk)
        data = None
    for enterprise in chain(
        () if data is None else desk.enterprises(data), () if events is None else _at_year_end(events, pair)
    ):
        _add(flips, enterprise, desk)
    if desk.problems:
        more = max(0, desk.problems - MOST_PROBLEMS)
        note(
            f"数据有 {desk.problems} 处问题（{more} 处没有列出）；有问题的记录没有比较",
            f"{desk.problems} problems in the data ({more} not listed); such records were not compared",
        )
    return flips, desk.problems


def _touched_tables(flips: Flips, data: str, desk: Desk) -> None:
    """Whom the difference touches of tables: the columns of both packs say who, and each of them is explained."""
    from innovation_rules.commands import tables
    from innovation_rules.tables.sources import readable

    found = tables.touched(flips.pair, data)
    with readable(data):
        for enterprise in found.enterprises():
            _add(flips, enterprise, desk)
    flips.count = found.compared
    desk.problems += found.rejects


def _add(flips: Flips, enterprise: Enterprise, desk: Desk) -> None:
    from innovation_rules.errors import DataError

    try:
        flips.add(enterprise)
    except DataError as error:
        for problem in error.diagnostics:
            desk.report(_named(problem, enterprise))


def _at_year_end(events: str, pair: Pair) -> Iterator[Enterprise]:
    """Every enterprise of an event ledger whose ledger is open by then. Raises DataError."""
    from innovation_rules import ledger

    read = ledger.read(events)
    found = (read.enterprise_on(uscc, pair.as_of) for uscc in read.histories)
    return (one for one in found if one is not None)
