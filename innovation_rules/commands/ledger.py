"""`ledger replay` and `ledger month`: an event ledger on the command line.

`cli` imports this module when the command is asked for. It parses words, asks `ledger`, and prints.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from innovation_rules.cli import Day, _format, _out, _output, _safe, main
from innovation_rules.terminal.bilingual import (
    FINDINGS,
    Command,
    Group,
    Later,
    Text,
    argument,
    fail,
    note,
    option,
    session,
)

if TYPE_CHECKING:
    from innovation_rules.ledger.history import History, Ledger
    from innovation_rules.ledger.months import Month
    from innovation_rules.ledger.replay import Judge

ledger = Group(
    "ledger",
    summary=Text(
        "事件台账：重放每家企业的一年，出每月的台账报表",
        "event ledgers: replay a year, issue a month's sheet",
    ),
    story=Text(
        "台账一行一个事件：摸底、登记、年报、活动、资质、变更、撤销，各有生效日期和登记日期。已报出的月份不再变；"
        "更正和撤销是新的事件。格式见 docs/ledger.md。",
        "A ledger has one event a line: surveyed, stated, report, activity, qualification, changed, withdrawn, each with "
        "the day it took effect and the day it was recorded. An issued month never changes; corrections are new events. "
        "docs/ledger.md says how it is written.",
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
)
main.add_command(ledger)


def _register(name: str, function: Any, summary: Text, story: Text, *parameters: Later) -> None:
    ledger.add_command(Command(name, function, parameters, summary, story))


EVENTS = Text(
    "事件台账：JSON Lines、JSON 或 YAML 文件；- 为标准输入",
    "a ledger of events: a file of JSON Lines, JSON or YAML; - for standard input",
)
ENGINE = Text(
    "用哪个引擎（默认：装有 durable_rules 时用 rete，否则用 compiled）",
    "which engine (default: rete where durable_rules is installed, else compiled)",
)
ALLOW = Text(
    "台账里有规则包不认识的种类、填报项也照判（默认：报错，以防写错）",
    "decide although the ledger holds kinds or inputs that the pack does not know (default: an error)",
)


def _shared() -> list[Later]:
    pack = Text("规则包的名称或路径", "a pack's name or path")
    return [
        argument(["pack"], metavar="PACK", says=pack),
        argument(["events"], metavar="EVENTS", says=EVENTS),
        option(["--engine"], metavar="NAME", says=ENGINE),
        option(["--allow-unknown"], is_flag=True, says=ALLOW),
    ]


# ------------------------------------------------------------------------------------------------ replay


def replay(
    pack: str,
    events: str,
    engine: str | None,
    allow_unknown: bool,
    only: str | None,
    until: date | None,
    known: date | None,
    full: bool,
    format_: str,
    out: str | None,
) -> int:
    """Replay every enterprise of a ledger."""
    from innovation_rules.ledger.history import EVER
    from innovation_rules.ledger.replay import reversals, timelines
    from innovation_rules.terminal.ledger import TimelinePage, timeline_json
    from innovation_rules.terminal.render import Paint, columns

    found, judge, missing = _desk(pack, events, engine, allow_unknown)
    last = until or found.last
    chosen = _chosen(found, only)
    with _output(out) as (stream, color), _progress(len(chosen), out is not None) as steps:
        page = TimelinePage(judge.pack, session().lang, Paint(color), columns(), full, judge.engine, missing)
        if format_ == "text":
            stream.writelines(f"{line}\n" for line in page.head(str(last), str(known or found.last)))
        for history, line in timelines(steps(chosen), judge, last, known or EVER):
            undone = reversals(history, judge, last, known or EVER)
            if format_ == "json":
                data = timeline_json(history, line, undone, judge.engine)
                stream.write(json.dumps(data, ensure_ascii=False) + "\n")
            else:
                stream.writelines(f"{text}\n" for text in page.lines(line, undone))
        if format_ == "text":
            stream.writelines(f"{line}\n" for line in page.summary())
    return 0


_register(
    "replay",
    replay,
    Text("重放台账，列出每个结论变动的时刻", "replay a ledger: every moment at which a status changes"),
    Text(
        "逐家列出何时由什么变为什么，是哪些事件、哪些条款使然；没有事件的变动写明是日历上的什么。更正和撤销另列它们撤回了什么。"
        "最后的结论与解释器核对，不一致即报错。\n\n"
        "innovation-rules ledger replay changzhi examples/ledger-2020.events.jsonl --only 企业名称",
        "For each enterprise: when what became what, by which events and clauses; a change without an event names what "
        "the calendar brought. Corrections and withdrawals are listed with what they undid. The last state is held "
        "against the interpreter; a difference is an error.\n\n"
        "innovation-rules ledger replay changzhi examples/ledger-2020.events.jsonl --only NAME",
    ),
    *_shared(),
    option(
        ["--only"],
        metavar="NAME",
        says=Text("只看一家：信用代码或名称", "one enterprise: its credit code or name"),
    ),
    option(
        ["--until"],
        type=Day(),
        metavar="DATE",
        says=Text("重放到哪天（默认：台账的最后一天）", "the last day (default: the ledger's last)"),
    ),
    option(
        ["--known"],
        type=Day(),
        metavar="DATE",
        says=Text("只用这天为止登记的事件", "only events recorded by this day"),
    ),
    option(
        ["--full"],
        is_flag=True,
        says=Text("奖励、分类、方面也逐项列出", "awards, classes and categories one by one too"),
    ),
    _format("text", "json"),
    _out(),
)


# ------------------------------------------------------------------------------------------------ month


def month(
    pack: str,
    events: str,
    engine: str | None,
    allow_unknown: bool,
    month: str,
    by: tuple[str, ...],
    format_: str,
    out: str | None,
) -> int:
    """Issue the sheet of a month."""
    from innovation_rules.ledger.months import sheet, to_json, write_csv
    from innovation_rules.terminal.ledger import SheetPage, value_labels
    from innovation_rules.terminal.render import Paint, columns
    from innovation_rules.terminal.wording import STATUS

    wanted = _month(month)
    found, judge, missing = _desk(pack, events, engine, allow_unknown)
    made = sheet(found, judge, wanted, _classes(judge, by) if by else None)
    if not made.rows and not made.gone:
        fail(
            Text(f"到 {wanted} 为止台账还没有开始", f"no ledger has opened by {wanted}"),
            Text(f"最早的摸底在 {found.first}", f"the first opens on {found.first}"),
            FINDINGS,
        )
    if found.recorded < made.closing:
        note(
            f"本表还会改变：台账最后登记于 {found.recorded}，{made.closing} 为止再登记的也收进本表",
            f"this sheet may still change: the last record is of {found.recorded}, and it takes in\n"
            f"what is recorded until {made.closing}",
        )
    with _output(out) as (stream, color):
        if format_ == "json":
            stream.write(json.dumps(to_json(made), ensure_ascii=False, indent=2) + "\n")
        elif format_ == "csv":
            labels = {id: label for name in made.by for id, label in value_labels(judge.pack, name).items()}
            write_csv(made, stream, {id: words.zh for id, words in STATUS.items()}, labels)
        else:
            page = SheetPage(judge.pack, session().lang, Paint(color), columns(), missing)
            stream.writelines(f"{line}\n" for line in page.lines(made))
    return 0


_register(
    "month",
    month,
    Text("出一个月的台账报表", "issue the sheet of a month"),
    Text(
        "按县区和分类列出应覆盖、已覆盖、未覆盖、待定、本月销号和回退，再列本月变动和尚待覆盖的企业。报表收当月最后一天为止生效、"
        "截止日为止登记的事件，以后再登记的进下一个月的报表，注明补记、更正、撤销或改期。\n\n"
        "innovation-rules ledger month changzhi examples/ledger-2020.events.jsonl --month 2020-09",
        "By county and class: how many are in scope, covered, not covered, open, crossed off and reversed this month; "
        "then the changes and who is still to be covered. A sheet holds the events that took effect by the last day of "
        "the month and were recorded by its closing day; what is recorded later stands in the next one, marked as late, "
        "correction, withdrawal or moved on.\n\n"
        "innovation-rules ledger month changzhi examples/ledger-2020.events.jsonl --month 2020-09",
    ),
    *_shared(),
    option(
        ["--month"],
        required=True,
        metavar="YYYY-MM",
        says=Text("哪个月，如 2020-09", "the month, as 2020-09"),
    ),
    option(
        ["--by"],
        multiple=True,
        metavar="NAME",
        says=Text(
            "按哪个分类分列（默认：规则包日程里写的）",
            "the class to break down by (default: the pack's schedule)",
        ),
    ),
    _format("text", "json", "csv"),
    _out(),
)


def _month(text: str) -> Month:
    from innovation_rules.ledger.months import Month

    try:
        return Month.parse(text)
    except ValueError:
        fail(
            Text(f"`{_safe(text)}` 不是月份", f"`{_safe(text)}` is not a month"),
            Text("写成 2020-09 这样", "write it like 2020-09"),
        )


def _classes(judge: Judge, names: Sequence[str]) -> tuple[str, ...]:
    """Class names as given, in English or Chinese."""
    from innovation_rules.errors import nearest
    from innovation_rules.pack.compiler import reported_classes

    entries = reported_classes(judge.pack.linked)
    known = {key: one.id for one in entries for key in (one.item.label, one.id)}
    for name in names:
        if name not in known:
            near = nearest(name, known)
            fail(
                Text(f"规则包没有分类 `{_safe(name)}`", f"the pack has no classification `{_safe(name)}`"),
                Text(f"最接近的是 `{near}`", f"the nearest is `{near}`") if near
                else Text(f"有这些：{'、'.join(one.id for one in entries)}", f"there are: {', '.join(one.id for one in entries)}"),
            )  # fmt: skip
    return tuple(known[name] for name in names)


# ------------------------------------------------------------------------------------------------ shared


def _desk(pack: str, events: str, engine: str | None, allow_unknown: bool) -> tuple[Ledger, Judge, bool]:
    """The ledger, who judges it, and whether durable_rules is missing; what must be said of that is said."""
    from innovation_rules.ledger.history import fits, read
    from innovation_rules.ledger.replay import Judge, chosen
    from innovation_rules.packs import load_pack

    name, missing = chosen(engine)
    judge = Judge(load_pack(pack), name, not allow_unknown)
    found = read(events)
    fits(found, judge.pack, judge.strict)
    if missing is not None:
        note(
            f"第二引擎：未运行；由 {name} 重放（{missing.diagnostics[0].message('zh')}）",
            f"second engine: not run; replayed by {name} ({missing.diagnostics[0].message('en')})",
        )
    return found, judge, missing is not None


def _chosen(found: Ledger, only: str | None) -> list[History]:
    """The enterprises asked for, in the order of their names."""
    from innovation_rules.errors import nearest

    ordered = sorted(found.histories.values(), key=lambda one: (one.name, one.uscc))
    if only is None:
        return ordered
    chosen = [one for one in ordered if only in (one.uscc, one.name)]
    chosen = chosen or [one for one in ordered if only in one.name]
    if not chosen:
        near = nearest(only, [one.name for one in ordered])
        fail(
            Text(f"台账里没有企业 `{_safe(only)}`", f"the ledger has no enterprise `{_safe(only)}`"),
            Text(f"最接近的是 `{near}`", f"the nearest is `{near}`") if near else None,
        )
    return chosen


@contextmanager
def _progress(total: int, to_file: bool) -> Iterator[Any]:
    """A progress line on a terminal, where the data go elsewhere."""
    from innovation_rules.terminal.render import Progress

    shown = sys.stderr.isatty() and (to_file or not sys.stdout.isatty())
    progress = Progress(sys.stderr, shown, session().say("已重放", "replayed"), total)

    def steps(histories: Iterable[History]) -> Iterator[History]:
        for number, one in enumerate(histories):
            progress.step(number)
            yield one

    try:
        yield steps
    finally:
        progress.clear()
