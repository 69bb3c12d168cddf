"""Say what the second engine did: how it agrees, what it judged itself and what was computed for it.

`cli decide` prints it, with `--second-opinion` and with `--engine rete`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from innovation_rules import engines
from innovation_rules.decision import Decision
from innovation_rules.engines.opinion import SECOND, Opinion
from innovation_rules.errors import Diagnostic, Lang
from innovation_rules.program import Program
from innovation_rules.terminal.render import wrapped

_REASONS: Final = {
    "items": ("对活动和资质的计数、合计", "counts and totals over items"),
    "arithmetic": ("加减、最值和取整", "sums, extremes and roundings"),
    "ratio": ("比值", "ratios"),
    "date": ("日期推算", "dates"),
}


class SecondEngine:
    """Asks the second engine about each decision, and counts its opinions."""

    def __init__(self) -> None:
        self.absent = engines.absent(SECOND)
        self.agreed = self.judged = self.handed = 0

    def ask(self, decision: Decision) -> Opinion | None:
        """Its opinion; None where it isn't installed. Raises EngineError where it differs or fails."""
        if self.absent is not None:
            return None
        opinion = engines.second_opinion(decision)
        self.agreed += 1
        self.judged += opinion.judged
        self.handed += opinion.handed
        return opinion

    def why_not(self) -> Iterable[Diagnostic]:
        """Why it was not asked."""
        return () if self.absent is None else self.absent.diagnostics

    def lines(self, failed: int, lang: Lang, columns: int) -> Iterator[str]:
        """One line for the summary: it was not run, it agrees, or so many decisions have no result."""
        if self.absent is not None:
            text = "第二引擎：未运行" if lang == "zh" else "second engine: not run"
        elif lang == "zh":
            start = (
                f"{failed:,} 项判定不作数，其余 {self.agreed:,} 项一致"
                if failed
                else f"一致，{self.agreed:,} 项判定"
            )
            text = f"第二引擎：{start}，自行判断 {self.judged:,} 处，代为计算 {self.handed:,} 处"
        else:
            start = (
                f"{failed:,} decisions have no result, {self.agreed:,} agree"
                if failed
                else f"agrees, {self.agreed:,} decisions"
            )
            text = f"second engine: {start}, {self.judged:,} tests judged, {self.handed:,} values handed"
        yield from wrapped(text, columns)

    def to_json(self, failed: int = 0) -> dict[str, Any]:
        """The opinions as plain data."""
        if self.absent is not None:
            return {"engine": SECOND, "run": False}
        counts = {"agreed": self.agreed, "failed": failed, "judged": self.judged, "handed": self.handed}
        return {"engine": SECOND, "run": True, **counts}


def opinion_json(opinion: Opinion | None) -> dict[str, Any]:
    """An opinion on one decision as plain data."""
    if opinion is None:
        return {"engine": SECOND, "run": False}
    return {
        "engine": SECOND,
        "run": True,
        "agrees": True,
        "judged": opinion.judged,
        "handed": opinion.handed,
    }


def footnote(program: Program, lang: Lang, columns: int) -> list[str]:
    """What durable_rules judged of a program and what was handed to it, by reason."""
    from innovation_rules.engines import rete

    account = rete.account(program)
    parts = []
    for reason, number in account.reasons.items():
        zh, en = _REASONS[reason]
        more = ""
        if reason == "items" and account.inside:
            more = (
                f"（含逐项测试 {account.inside} 项）" if lang == "zh" else f" ({account.inside} tests inside)"
            )
        parts.append(f"{zh} {number} 处{more}" if lang == "zh" else f"{number} {en}{more}")
    judged, given = len(account.judged), len(account.given)
    if lang == "zh":
        text = (
            f"{program.pack.id}：durable_rules 自行判断 {judged} 处；精确算好再交给它的有："
            f"{'，'.join(parts) or '无'}；其余 {given} 处是事实和数额"
        )
    else:
        text = (
            f"{program.pack.id}: durable_rules judged {judged} nodes itself; computed exactly and handed to it: "
            f"{', '.join(parts) or 'nothing'}; the other {given} are facts and figures"
        )
    return wrapped(text, columns, hang="  ")


def account_json(program: Program) -> dict[str, Any]:
    """Which nodes durable_rules judged and which were handed to it, one by one."""
    from innovation_rules.engines import rete

    account, origins = rete.account(program), program.origins
    return {
        "judged": [{"node": one, "path": origins[one].path} for one in account.judged],
        "handed": [
            {"node": one, "path": origins[one].path, "reason": reason}
            for one, reason in account.handed.items()
        ],
    }
