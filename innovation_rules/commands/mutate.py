"""`innovation-rules mutate`: which alterations of a pack its worked cases notice, and which nobody does."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import click

from innovation_rules.cli import _format, _out, _output, _pack, command
from innovation_rules.terminal.bilingual import FINDINGS, Text, fail, note, option, session

if TYPE_CHECKING:
    from innovation_rules.audit.mutation import Report


@command(
    "mutate",
    Text("逐处改动规则包，看谁能发现", "alter a pack one thing at a time, and see who notices"),
    Text(
        "数字、比较词、任一与全部、是与否、级别、日期、名单、分行、金额逐处改动一点，重新编译，再问检查、算例、性质和求解器谁能发现。"
        "没有人发现、又不能证明与原文等价的，列出行号、改动、条款和能发现它的算例。\n\n"
        "innovation-rules mutate changzhi\n"
        "innovation-rules mutate changzhi --only facts.rd_spending\n"
        "innovation-rules mutate hengshui --sample 60 --seed 1 --seconds 0",
        "Figures, comparisons, connectives, negations, levels, dates, lists, rows and amounts are altered one at a time; "
        "the pack is compiled again, and the check, the worked cases, the properties and the solver are asked who notices. "
        "What nobody notices, and is not proved to mean the same, is listed with its line, the change, the clause, and a "
        "case that would notice it.\n\n"
        "innovation-rules mutate changzhi\n"
        "innovation-rules mutate changzhi --only facts.rd_spending\n"
        "innovation-rules mutate hengshui --sample 60 --seed 1 --seconds 0",
    ),
    _pack(),
    option(
        ["--only"],
        default="",
        metavar="SECTION.ID",
        says=Text("只改这一部分或这一项", "alter this section or item alone"),
    ),
    option(
        ["--sample"],
        type=click.IntRange(1),
        metavar="N",
        says=Text("随机抽 N 处，先看个大概", "a random sample of N, for a quick look"),
    ),
    option(["--seed"], type=int, default=0, says=Text("抽样的种子", "the seed of the sample")),
    option(
        ["--seconds"],
        type=click.FloatRange(0),
        default=10.0,
        says=Text(
            "算例没有发现的，求解器每处最多用几秒；0 为不问",
            "what the solver may take over each that no case notices; 0: it is not asked",
        ),
    ),
    option(
        ["--allow"],
        type=click.IntRange(0),
        default=0,
        metavar="N",
        says=Text("容许 N 处没有人发现，多了退出状态为 1", "exit with 1 only when more than N go unnoticed"),
    ),
    option(
        ["--jobs"],
        type=click.IntRange(1),
        metavar="N",
        says=Text("用几个进程（默认：处理器核数）", "how many processes (default: one a core)"),
    ),
    option(
        ["--write-cases"],
        type=click.Path(dir_okay=False),
        metavar="FILE",
        says=Text(
            "把能发现它们的算例写到文件，供人核对后采用",
            "write the cases that would notice them to a file, for a person to judge",
        ),
    ),
    _format("text", "json"),
    _out(),
)
def mutate(
    pack: str,
    only: str,
    sample: int | None,
    seed: int,
    seconds: float,
    allow: int,
    jobs: int | None,
    write_cases: str | None,
    format_: str,
    out: str | None,
) -> int:
    """Alter a pack and print who noticed."""
    from innovation_rules.audit import mutation
    from innovation_rules.terminal.mutants import MutantStory, cases_text, to_json
    from innovation_rules.terminal.render import Paint, Progress, columns

    progress = Progress(sys.stderr, sys.stderr.isatty(), session().say("改动", "mutants"), 1)

    def step(done: int, total: int) -> None:
        progress.total = total
        progress.step(done)

    workers = jobs or os.cpu_count() or 1
    report = mutation.run(
        pack, only=only, sample=sample, seed=seed, workers=workers, seconds=seconds, step=step
    )
    progress.clear()
    if not report.verdicts:
        fail(
            Text(f"{pack} 里没有 {only} 可改", f"{pack} has nothing to alter in {only or 'it'}"),
            Text("写成 facts、awards.编号 这样", "write it like `facts` or `awards.some_award`"),
        )
    with _output(out) as (stream, color):
        if format_ == "json":
            stream.write(json.dumps(to_json(report), ensure_ascii=False, indent=1) + "\n")
        else:
            for line in MutantStory(report, session().lang, Paint(color), columns()).lines():
                stream.write(line + "\n")
    if write_cases is not None:
        with _output(write_cases) as (stream, _):
            stream.write(cases_text([report]))
    alive = report.count("survives")
    _totals(report, alive)
    return FINDINGS if alive > allow else 0


def _totals(report: Report, alive: int) -> None:
    made = len(report.verdicts) - report.count("check", "equivalent")
    killed = report.count("case")
    share = f"{100 * killed / made:.1f}%" if made else "—"
    note(
        f"检查之外、不等价的改动 {made} 处：算例发现 {killed} 处（{share}），没有人发现 {alive} 处",
        f"of {made} mutants that pass the check and differ: cases kill {killed} ({share}), {alive} survive",
    )
