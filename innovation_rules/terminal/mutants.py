"""Show who noticed the mutants of a pack: by section, by clause, and each that nobody did, with its line.

`commands.mutate` prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import Any, Final

from innovation_rules.audit.alterations import Alteration
from innovation_rules.audit.mutation import FATES, Fate, Report, Verdict
from innovation_rules.errors import Lang, Words
from innovation_rules.terminal.render import PLAIN, Column, Paint, Style, fit, heading, plain, table, wrapped

TITLES: Final[dict[Fate, Words]] = {
    "check": Words("检查", "check"),
    "case": Words("算例", "cases"),
    "property": Words("性质", "props"),
    "proof": Words("证明", "proofs"),
    "equivalent": Words("等价", "equiv"),
    "survives": Words("未发现", "alive"),
}
Cell = str | tuple[Style, str]
KINDS: Final = {
    "figure": Words("数字", "figure"),
    "comparison": Words("比较", "comparison"),
    "connective": Words("任一与全部", "connective"),
    "number of": Words("几项", "number of"),
    "branch": Words("删去一支", "branch left out"),
    "not": Words("是与否", "negation"),
    "level": Words("级别", "level"),
    "date": Words("日期", "date"),
    "member": Words("删去一员", "member left out"),
    "rows": Words("分行", "rows"),
    "choice": Words("取法", "choice"),
}


class MutantStory:
    """The lines that tell a report."""

    def __init__(self, report: Report, lang: Lang, paint: Paint = PLAIN, columns: int = 80) -> None:
        self.report, self.paint, self.columns = report, paint, columns
        self.lang: Lang = lang

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def lines(self) -> Iterator[str]:
        """Both tables, then the survivors."""
        report = self.report
        yield self.paint(
            "bold",
            self.say(
                f"{report.pack}：{len(report.verdicts)} 处改动，{report.cases} 个算例",
                f"{report.pack}: {len(report.verdicts)} mutants, {report.cases} worked cases",
            ),
        )
        section = self.say("部分", "section"), lambda one: one.section
        clause = self.say("条款", "clause"), lambda one: one.clause or "—"
        for title, name in (section, clause):
            yield ""
            yield from self.counts(title, name)
        yield from self.survivors()

    def counts(self, title: str, name: Callable[[Alteration], str]) -> Iterator[str]:
        """How many mutants met which fate, by one of their names."""
        rows = tally(self.report, name)
        total = [sum(row[at] for row in rows.values()) for at in range(len(FATES) + 1)]
        head = [Column(title), Column(self.say("改动", "all"), 5, True)]
        head += [Column(TITLES[fate].in_(self.lang), 6, True) for fate in FATES]
        all_of_them = self.say("合计", "total")
        lines = [(one, counts) for one, counts in rows.items()] + [(all_of_them, total)]
        cells: list[Sequence[Cell]] = [
            (one, *(self.cell(at, count) for at, count in enumerate(counts))) for one, counts in lines
        ]
        yield from table(head, cells, self.paint, self.columns)

    def cell(self, at: int, count: int) -> tuple[Style, str]:
        alive = at == len(FATES)
        return ("bad" if alive and count else "", str(count) if count or not at else "·")

    def survivors(self) -> Iterator[str]:
        """Each mutant that nobody noticed."""
        found = self.report.of("survives")
        if found:
            title = self.say("没有人发现的改动", "mutants that nobody noticed")
            yield from heading(title, self.paint, str(len(found)), self.columns)
        for one, verdict in found:
            yield from self.survivor(one, verdict)

    def survivor(self, one: Alteration, verdict: Verdict) -> Iterator[str]:
        where = f"{PurePath(one.place.file).name}:{one.place.line}"
        name = ".".join(filter(None, (one.section, one.id)))
        head = f"{where} {name}" + (f" [{one.clause}]" if one.clause else "")
        yield self.paint("bad", "✗") + " " + fit(plain(head), self.columns - 2)
        colon = "：" if self.lang == "zh" else ": "
        before, after = fit(one.before, 120), fit(one.after, 120)
        change = f"{before} → {after}" if after else self.say(f"删去 {before}", f"left out: {before}")
        yield from wrapped(
            plain(f"{KINDS[one.kind].in_(self.lang)}{colon}{change}"), self.columns, "    ", hang="      "
        )
        yield from (self.paint("dim", line) for line in wrapped(self.why(verdict), self.columns, "    "))
        yield from (
            self.paint("dim", f"  {fit(plain(line), self.columns - 2)}")
            for line in verdict.case.split("\n")
            if line
        )

    def why(self, verdict: Verdict) -> str:
        """What is known of a survivor."""
        if verdict.case:
            return self.say("下面这个算例能发现它：", "this worked case would notice it:")
        if verdict.by == "unread":
            return self.say(
                "没有一项判定用到它；算例可以在 facts 里写出这个事实",
                "no decision reads it; a case can name the fact under `facts`",
            )
        if verdict.by == "no-solver":
            return self.say(
                "没有问求解器（未安装，或 --seconds 0），是否等价不知道",
                "the solver was not asked (not installed, or --seconds 0): equivalent or not is unknown",
            )
        return self.say(f"求解器没有答案：{verdict.by}", f"the solver has no answer: {verdict.by}")


def tally(report: Report, name: Callable[[Alteration], str]) -> dict[str, list[int]]:
    """By name: how many in all, and how many of each fate."""
    rows: dict[str, list[int]] = {}
    for verdict in report.verdicts:
        counts = rows.setdefault(name(report.mutants[verdict.number]), [0] * (len(FATES) + 1))
        counts[0] += 1
        counts[1 + FATES.index(verdict.fate)] += 1
    return rows


def to_json(report: Report) -> dict[str, Any]:
    """A report as plain data."""
    return {
        "pack": report.pack,
        "cases": report.cases,
        "counts": {fate: report.count(fate) for fate in FATES},
        "mutants": [_mutant(report.mutants[one.number], one) for one in report.verdicts],
    }


def _mutant(one: Alteration, verdict: Verdict) -> dict[str, Any]:
    return {
        "section": one.section,
        "id": one.id,
        "clause": one.clause,
        "place": f"{one.place.file}:{one.place.line}",
        "kind": one.kind,
        "before": one.before,
        "after": one.after or None,
        "fate": verdict.fate,
        "by": verdict.by or None,
        "case": verdict.case or None,
    }


def cases_text(reports: Sequence[Report]) -> str:
    """The worked cases that would notice the survivors, as a list to paste, judge and correct."""
    return "\n".join(one.case for report in reports for one in report.verdicts if one.case) + "\n"


__all__ = ["MutantStory", "cases_text", "tally", "to_json"]
