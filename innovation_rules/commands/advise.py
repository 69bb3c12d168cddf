"""`innovation-rules advise`: what one enterprise can do to reach a goal, each step with its clause."""

from __future__ import annotations

import json
from datetime import date

import click

from innovation_rules.cli import AS_OF, YEAR, Day, Desk, _format, _input, _one_of, _pack, command
from innovation_rules.commands import solver
from innovation_rules.terminal.bilingual import FINDINGS, Text, argument, fail, note, option, session


@command(
    "advise",
    Text("一企一策：怎样达到目标", "what an enterprise can do to reach a goal"),
    Text(
        "在企业能改变的情况里找最少的几处改变，使目标达成：填报未知的，提高当年的数字，新增活动或资质。每一处写明哪一条要求它；"
        "互不包含的办法分别列出。每个办法都由判定程序重新判过，少一处都不行。办不到的，写明挡在前面的是什么。"
        "退出状态：已达到或有办法为 0，办不到或没有定论为 1。\n\n"
        "innovation-rules advise changzhi 台账.jsonl 91140403XF00791982 --goal 已覆盖\n"
        "innovation-rules advise changzhi 台账.jsonl 钧曜 --goal 奖励:研发费用加计扣除",
        "Finds the fewest changes that reach the goal, of what the enterprise can change: provide what is unknown, raise "
        "this year's figures, add an activity or a qualification. Each step names the clause that asks for it; ways of "
        "which none contains another are listed one by one. Each was decided again, and none of its steps can be left "
        "out. Where it can't be reached, it says what stands in the way. Exit status: 0 reached or ways found, 1 out of "
        "reach or not settled.\n\n"
        "innovation-rules advise changzhi ledger.jsonl 91140403XF00791982 --goal covered\n"
        "innovation-rules advise changzhi ledger.jsonl 钧曜 --goal award:tax_rd_super_deduction",
    ),
    _pack(),
    _input(),
    argument(
        ["id"],
        metavar="ID",
        says=Text("统一社会信用代码，或企业名称的一部分", "the credit code, or a part of the name"),
    ),
    option(
        ["--goal"],
        required=True,
        metavar="GOAL",
        says=Text(
            "目标：已覆盖、覆盖:名称、奖励:名称、分类:名称=值",
            "the goal: covered, covered:<id>, award:<id>, class:<id>=<value>",
        ),
    ),
    option(["--year"], type=click.IntRange(1990, 2100), metavar="YEAR", says=YEAR),
    option(["--as-of"], type=Day(), metavar="DATE", says=AS_OF),
    option(
        ["--most"],
        type=click.IntRange(1, 10),
        default=5,
        metavar="N",
        says=Text("最多列出几种办法", "how many ways to look for"),
    ),
    option(
        ["--seconds"],
        type=click.FloatRange(0.1),
        default=10.0,
        metavar="N",
        says=Text("求解器每问最多几秒", "what one question to the solver may take"),
    ),
    _format("text", "json"),
)
def advise(
    pack: str,
    input: str,
    id: str,
    goal: str,
    year: int | None,
    as_of: date | None,
    most: int,
    seconds: float,
    format_: str,
) -> int:
    """Advise one enterprise."""
    from innovation_rules.audit import advice
    from innovation_rules.terminal.advising import Advising, to_json
    from innovation_rules.terminal.render import Paint, columns

    if pack == "auto":
        fail(Text("advise 要写明规则包", "advise needs one pack"), Text("写规则包的名称", "name the pack"))
    solver()
    desk = Desk(pack, year, as_of, "compiled", strict=False)
    (loaded,) = desk.packs.values()
    program = loaded.program(desk.year, desk.day())
    wanted = advice.goal_of(goal, program)
    enterprise, problems = _one_of(desk, input, id)
    found = advice.advise(loaded, program, enterprise, wanted, as_of, most=most, seconds=seconds)
    told = Advising(found, loaded, session().lang, Paint(session().color), columns())
    if format_ == "json":
        click.echo(json.dumps(to_json(told), ensure_ascii=False, indent=1))
    else:
        for line in told.lines():
            click.echo(line, color=True)
    if problems:
        note(f"另：数据里有 {problems} 处问题", f"besides, the data has {problems} problems")
    return 0 if found.found in ("reached", "plans") else FINDINGS
