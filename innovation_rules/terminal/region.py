"""Show an Assessment: each target with its value, threshold, verdict, gap, and who would close it.

`cli assess` prints it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from innovation_rules.assess import Assessment, Bounds, Judgement, written
from innovation_rules.errors import Lang, Words
from innovation_rules.fields import region_name
from innovation_rules.pack import Pack
from innovation_rules.pack.measures import ShareOf
from innovation_rules.program import Number
from innovation_rules.quantities import Type
from innovation_rules.terminal.render import PLAIN, Paint, Style, heading, wrapped

STATUS: Final[dict[str, tuple[str, Style, Words]]] = {
    "met": ("✓", "good", Words("已达到", "met")),
    "not_met": ("✗", "bad", Words("未达到", "not met")),
    "undetermined": ("?", "open", Words("待定", "undetermined")),
    "not_due": ("·", "dim", Words("未到期", "not due")),
    "not_in_force": ("·", "dim", Words("不在施行期", "not in force")),
}
TESTS: Final = {
    "at_least": Words("不低于", "at least"),
    "more_than": Words("超过", "more than"),
    "at_most": Words("不超过", "at most"),
    "less_than": Words("低于", "less than"),
    "about": Words("左右", "about"),
    "benchmark": Words("对标", "benchmark"),
    "is": Words("为", "is"),
}
SHOWN: Final = 5
"""How many waiting enterprises are named."""


class RegionStory:
    """The lines that tell an assessment."""

    def __init__(
        self, pack: Pack, assessment: Assessment, lang: Lang, paint: Paint = PLAIN, columns: int = 80
    ) -> None:
        self.pack, self.assessment = pack, assessment
        self.paint, self.columns = paint, columns
        self.lang: Lang = lang

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def lines(self) -> Iterator[str]:
        """Everything, the firm targets first."""
        found = self.assessment
        yield f"{found.pack}: {self.pack.title}"
        yield self.say(
            f"截至 {found.as_of}，企业 {found.enterprises} 家",
            f"as of {found.as_of}, {found.enterprises} enterprises",
        )
        for binding, title in (
            ("firm", Words("约束性目标", "firm")),
            ("aspirational", Words("力争目标", "aspirational")),
        ):
            group = [one for one in found.judgements if one.aim.binding == binding]
            if group:
                yield from heading(title.in_(self.lang), self.paint, f"{len(group)}", self.columns)
                for one in group:
                    yield from self.target(one)
        yield ""
        yield self.totals()

    def totals(self) -> str:
        """How many targets have which verdict."""
        counts = [
            (words, sum(one.status == status for one in self.assessment.judgements))
            for status, (_, _, words) in STATUS.items()
        ]
        return "  ".join(f"{words.in_(self.lang)} {count}" for words, count in counts if count)

    def target(self, one: Judgement) -> Iterator[str]:
        """One target."""
        mark, style, words = STATUS[one.status]
        name = one.aim.label if self.lang == "zh" else one.aim.id
        yield from wrapped(
            f"  {self.paint(style, mark)} {name}  [{one.aim.clause}]", self.columns, hang="    "
        )
        parts = [words.in_(self.lang), self.value(one), self.threshold(one)]
        if one.due is not None:
            parts.append(self.say(f"到 {one.due}", f"by {one.due}"))
        yield from wrapped(
            "    " + self.say("，", ", ").join(part for part in parts if part), self.columns, hang="    "
        )
        yield from self.gap(one)
        if one.needs:
            names = self.say("、", ", ").join(one.needs)
            yield from wrapped(
                "    " + self.say(f"还需要统计数：{names}", f"statistics needed: {names}"),
                self.columns,
                hang="      ",
            )
        for county in self.counties(one):
            yield from wrapped(f"      {county}", self.columns, hang="        ")

    def value(self, one: Judgement) -> str:
        """What was measured; of a share, how many of how many."""
        text = self.bounds(one.value, one)
        if (
            isinstance(one.aim.measured, ShareOf)
            and one.numerator is not None
            and one.denominator is not None
        ):
            of, whole = counted(one.numerator), counted(one.denominator)
            text += self.say(f"（{whole} 家中 {of} 家）", f" ({of} of {whole})")
        return self.say(f"现为 {text}", f"now {text}")

    def threshold(self, one: Judgement) -> str:
        """What it is held against."""
        word = TESTS[one.aim.threshold.word].in_(self.lang)
        if one.threshold is None:
            return self.say(f"目标{word}尚无数值", f"{word}: no figure yet")
        if isinstance(one.threshold, bool):
            return self.say("目标为建成", "to be built") if one.threshold else ""
        figure = written(one.threshold, one.aim)
        if one.aim.threshold.word == "about":
            return self.say(f"目标 {figure}左右", f"target about {figure}")
        return self.say(f"目标{word} {figure}", f"target {word} {figure}")

    def gap(self, one: Judgement) -> Iterator[str]:
        """What is short, in the target's own unit and in enterprises, and whose turn it is."""
        if one.status in ("met", "not_in_force") or one.gap is None or one.gap == Bounds(None, None):
            return
        text = self.say(f"还差 {self.bounds(one.gap, one)}", f"short by {self.bounds(one.gap, one)}")
        if one.wanted:
            text += self.say(f"，即 {one.wanted} 家", f", {one.wanted} enterprises")
        yield from wrapped(f"    {text}", self.columns, hang="    ")
        if one.candidates:
            names = self.say("、", ", ").join(
                f"{who.name}{'' if who.why == 'no' else self.say('（待定）', ' (open)')}"
                for who in one.candidates[:SHOWN]
            )
            more = len(one.candidates) - SHOWN
            tail = self.say(f"等 {len(one.candidates)} 家", f" and {more} more") if more > 0 else ""
            label = self.say("可补的企业：", "who could close it: ")
            yield from wrapped(f"    {label}{names}{tail}", self.columns, hang="      ")

    def counties(self, one: Judgement) -> Iterator[str]:
        """Each county's figure, where each must meet the target."""
        for code, value in one.by_county.items():
            yield f"{code} {region_name(code) or ''}  {self.bounds(value, one)}"

    def figure(self, value: Number, one: Judgement) -> str:
        """A figure in the target's unit; a share that no short decimal holds with two places."""
        text = written(value, one.aim)
        if one.aim.type is Type.RATIO and text.startswith("约") and text.endswith("%"):
            return f"{float(Fraction(value) / 10_000):.2f}%"
        return text

    def bounds(self, value: Bounds, one: Judgement) -> str:
        """A figure, an interval, or an open end said as open."""
        if value.low is None and value.high is None:
            return self.say("未知", "unknown")
        if value.known and value.low is not None:
            return self.figure(value.low, one)
        low = "" if value.low is None else self.figure(value.low, one)
        high = "" if value.high is None else self.figure(value.high, one)
        if not high:
            return self.say(f"{low} 以上（上限不明）", f"{low} or more (upper end open)")
        if not low:
            return self.say(f"{high} 以下（下限不明）", f"{high} or less (lower end open)")
        return self.say(f"{low} 至 {high}", f"{low} to {high}")


def counted(value: Bounds) -> str:
    """A count, or its two ends."""
    return str(value.low) if value.known else f"{value.low}–{'' if value.high is None else value.high}"
