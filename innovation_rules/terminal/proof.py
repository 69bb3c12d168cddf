"""Print what the prover found: a table of the checks, then every finding with its enterprise and its reasons.

`commands.prove` prints it. A counterexample is decided again by the interpreter, and written as a worked case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from innovation_rules.audit.coverage import Kind, Unreached
from innovation_rules.audit.prover import CHECKS, STALE
from innovation_rules.audit.prover.findings import Finding, Proofs, Refuted, Shown, Span
from innovation_rules.audit.written import statistics, worked_case
from innovation_rules.decision import AwardResult, ClassResult, CoverageResult, Decision
from innovation_rules.engines.smt import Proved, Unsettled
from innovation_rules.errors import Lang, Words, width
from innovation_rules.packs import Pack
from innovation_rules.reasons import Reason
from innovation_rules.terminal.render import PLAIN, Column, Paint, heading, plain, table, wrapped
from innovation_rules.terminal.wording import status_words, values_words

NAMES: Final[Mapping[str, Words]] = {
    "undetermined": Words("情况已知就有结论", "decided where all is known"),
    "dead-outcome": Words("每种结果都会出现", "every outcome can come out"),
    "shadowed-row": Words("每一行都用得上", "every row answers somewhere"),
    "dead-condition": Words("每个条件都起作用", "every condition matters"),
    "overlap": Words("互斥的不同时享受，相邻的档不重叠", "what excludes each other does not overlap"),
    "rising": Words("改善不会失去", "improving loses nothing"),
    "amount": Words("金额不出界限", "amounts within their bounds"),
    "implements": Words("不比上级宽", "never looser than the higher document"),
    "missing": Words("所缺的确实影响结论", "what is missing matters"),
    "property": Words("规则包自己的性质", "the pack's own properties"),
    STALE: Words("说明里的发现还在", "notes of findings that are there"),
}
REASONS: Final = 6
"""Deciding tests that are shown of one outcome."""


@dataclass(frozen=True)
class Report:
    """The proofs of one pack, told in a language, for a terminal of so many columns."""

    pack: Pack
    proofs: Proofs
    lang: Lang
    paint: Paint = PLAIN
    columns: int = 80
    full: bool = False
    """Show also what is proved."""

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def lines(self) -> Iterator[str]:
        """The table, what is open, what is accounted for, what is worth knowing."""
        yield from self._head()
        yield from self._table()
        found = self.proofs.findings
        yield from self._section(self.say("有待处理", "open"), [one for one in found if one.is_open])
        accounted = [one for one in found if one.because and not one.holds]
        yield from self._section(self.say("规则包已交代", "accounted for by the pack"), accounted)
        informs = [one for one in found if one.informs and not one.holds and not one.because]
        yield from self._section(self.say("仅供了解", "worth knowing"), informs)
        if self.full:
            yield from self._section(self.say("已证明", "proved"), [one for one in found if one.holds])
        yield from self._foot()

    def _head(self) -> Iterator[str]:
        aside = self.say(f"（{self.pack.id}）", f" ({self.pack.id})")
        yield from (
            self.paint("bold", line) for line in wrapped(plain(f"{self.pack.title}{aside}"), self.columns)
        )
        one = self.proofs
        yield from wrapped(
            self.say(
                f"{len(one.findings)} 项论断，{one.questions} 个问题，求解 {one.solved} 次，用时 {one.seconds:.1f} 秒",
                f"{_count(len(one.findings), 'claim')}, {_count(one.questions, 'question')}, "
                f"{one.solved} put to the solver, {one.seconds:.1f} s",
            ),
            self.columns,
        )
        yield ""

    def _table(self) -> Iterator[str]:
        head = [
            Column(self.say("检查", "check"), 16),
            Column("", None),
            Column(self.say("证明", "proved"), 7, right=True),
            Column(self.say("反例", "refuted"), 7, right=True),
            Column(self.say("未知", "unknown"), 7, right=True),
            Column(self.say("已交代", "noted"), 6, right=True),
        ]
        yield from table(head, list(self._rows()), self.paint, self.columns)

    def _rows(self) -> Iterator[list[Any]]:
        by_check: dict[str, list[Finding]] = {}
        for one in self.proofs.findings:
            by_check.setdefault(one.check, []).append(one)
        for code in (*CHECKS, STALE):
            found = by_check.get(code)
            if found:
                counts = Counter(_kind(one) for one in found)
                open_ = any(one.is_open for one in found)
                yield [
                    ("bad" if open_ else "good", code),
                    NAMES[code].in_(self.lang),
                    *(str(counts[kind]) if counts[kind] else "" for kind in ("proved", "refuted", "unknown")),
                    str(sum(bool(one.because) and not one.holds for one in found) or ""),
                ]

    def _section(self, title: str, findings: Sequence[Finding]) -> Iterator[str]:
        if findings:
            yield from heading(title, self.paint, str(len(findings)), self.columns)
            for one in findings:
                yield from self.finding(one)

    # ---------------------------------------------------------------------------------------- one finding

    def finding(self, one: Finding) -> Iterator[str]:
        """One finding: the claim, its clause and place, and what became of it."""
        mark, style = _MARKS[_kind(one)]
        if one.because or one.informs:
            style = "dim"
        first, *rest = wrapped(plain(one.id), self.columns - 4)
        yield f"  {self.paint(style, mark)} {self.paint('bold', first)}"
        yield from (f"    {self.paint('bold', line)}" for line in rest)
        yield from wrapped(plain(one.says.in_(self.lang)), self.columns, "    ")
        yield from wrapped(plain(self._where(one)), self.columns, "    ", hang="      ")
        if one.because:
            yield from wrapped(
                plain(self.say("说明：", "note: ") + one.because), self.columns, "    ", hang="      "
            )
        yield from wrapped(plain(self._answer(one)), self.columns, "    ", hang="      ")
        shown = one.answer.shown if isinstance(one.answer, Refuted) else None
        if shown is not None and (one.is_open or self.full):
            yield from self._shown(one, shown)
        yield ""

    def _where(self, one: Finding) -> str:
        parts = [f"{self.say('条款', 'clause')} {one.clause}"] if one.clause else []
        if one.place is not None:
            parts.append(f"{PurePath(one.place.file).name}:{one.place.line}")
        if one.years:
            parts.append(years_words(one.years, self.lang))
        return self.say("，", ", ").join(parts)

    def _answer(self, one: Finding) -> str:
        answer = one.answer
        match answer:
            case Proved():
                return self.say(f"已证明（{answer.seconds:.2f} 秒）", f"proved ({answer.seconds:.2f} s)")
            case Unsettled():
                why = WHY[answer.why].in_(self.lang)
                more = f"：{answer.detail}" if answer.detail and self.lang == "zh" else ""
                more = f": {answer.detail}" if answer.detail and self.lang == "en" else more
                return self.say(
                    f"未知（用时 {answer.seconds:.1f} 秒）：{why}{more}",
                    f"unknown (after {answer.seconds:.1f} s): {why}{more}",
                )
            case Refuted():
                if answer.shown is None:
                    nothing = one.check == STALE
                    return (
                        self.say(
                            "没有这个发现了，删去说明",
                            "there is no such finding any more: take the note away",
                        )
                        if nothing
                        else self.say("已证明没有这样的企业", "it is proved that there is no such enterprise")
                    )
                least = answer.shown.least
                colon = one.is_open or self.full
                zh = "最小的反例，解释器已复核" if least else "反例，解释器已复核"
                en = f"a {'smallest ' if least else ''}counterexample, replayed by the interpreter"
                return self.say(zh + "：" * colon, en + ":" * colon)

    def _shown(self, one: Finding, shown: Shown) -> Iterator[str]:
        for text in case_texts(self.pack, one, shown, self.lang):
            for line in text.splitlines():
                yield from (self.paint("dim", part) for part in _folded(line, self.columns, "    "))
        for name, decision in decisions(self.pack, shown).items():
            yield from self._reasons(name if len(shown.enterprises) > 1 else "", decision, shown)

    def _reasons(self, name: str, decision: Decision, shown: Shown) -> Iterator[str]:
        for key in shown.outcomes:
            result = _result(decision, key)
            if result is None:
                continue
            before = f"{self._role(name)} " if name else ""
            label = result.label if self.lang == "zh" else key
            line = f"{before}{label}{self.say('：', ': ')}{self._status(result)}"
            yield from wrapped(plain(line), self.columns, "    ")
            for leaf in _deciding(result)[:REASONS]:
                yield from wrapped(plain(leaf.text(self.lang)), self.columns, "      · ", hang="        ")

    def _status(self, result: Any) -> str:
        if not isinstance(result, ClassResult):
            return status_words(result.status, self.lang)
        return values_words(result.status, result.rule.values, self.lang)

    def _role(self, name: str) -> str:
        roles = {"before": self.say("提高前", "before"), "after": self.say("提高后", "after")}
        return roles.get(name, name)

    def _foot(self) -> Iterator[str]:
        open_ = len(self.proofs.open)
        yield ""
        if open_:
            yield self.paint("bad", self.say(f"✗ 有 {open_} 项有待处理", f"✗ {open_} to be dealt with"))
            hint = self.say(
                "改规则包，或在“说明”里用“发现”一键写明编号和理由；--write-case 文件 把反例写成算例",
                "change the pack, or name the finding in a note under `findings`; --write-case FILE writes the "
                "counterexamples as cases",
            )
            yield from (self.paint("dim", line) for line in wrapped(hint, self.columns))
        else:
            yield self.paint(
                "good", self.say("✓ 没有规则包未交代的发现", "✓ nothing that the pack does not account for")
            )


_MARKS: Final[Mapping[str, tuple[str, Any]]] = {
    "proved": ("✓", "good"),
    "refuted": ("✗", "bad"),
    "unknown": ("?", "open"),
}
WHY: Final[Mapping[str, Words]] = {
    "time": Words("求解器没有在限时内答出", "the solver did not answer in the time it had"),
    "wider": Words(
        "编码比模型宽，只找到现实中没有的企业",
        "the encoding is wider than the model: only enterprises that cannot be were found",
    ),
    "replay": Words("解释器复核不一致", "the interpreter did not agree in the replay"),
}


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _kind(one: Finding) -> str:
    return "proved" if one.holds else "unknown" if isinstance(one.answer, Unsettled) else "refuted"


def years_words(years: Iterable[Span], lang: Lang) -> str:
    """The years that an answer is for."""
    return ("、" if lang == "zh" else ", ").join(span.text(lang) for span in years)


# ------------------------------------------------------------------------------------------ out of reach

REACHED: Final[Mapping[Kind, Words]] = {
    "true": Words("成立", "holds"),
    "false": Words("不成立", "does not hold"),
    "unknown": Words("未知", "unknown"),
    "decides_true": Words("成立时单凭它决定结果", "decides alone by holding"),
    "decides_false": Words("不成立时单凭它决定结果", "decides alone by not holding"),
    "holds": Words("刚好达到", "only just holds"),
    "fails": Words("差一点达不到", "only just fails"),
    "row": Words("用上这一行", "this row answers"),
}
"""What a case is to reach of a test or a row."""


def unreached(found: Iterable[Unreached], lang: Lang, columns: int = 80) -> Iterator[str]:
    """What no enterprise can reach, each place with its clause once."""
    places: dict[str, dict[str, None]] = {}
    for one in found:
        where = [f"{PurePath(one.place.file).name}:{one.place.line}"] if one.place is not None else []
        clause = [f"（{one.clause}）" if lang == "zh" else f"({one.clause})"] if one.clause else []
        at = " ".join([*where, one.path, *clause])
        places.setdefault(at, {})[REACHED[one.obligation.kind].in_(lang)] = None
    if not places:
        return
    zh = "任何企业都做不到的（已证明），按测试所在的位置："
    yield zh if lang == "zh" else "What tests never come to, whatever the enterprise (proved), by place:"
    for at, kinds in places.items():
        text = f"{at}：{'；'.join(kinds)}" if lang == "zh" else f"{at}: {'; '.join(kinds)}"
        yield from wrapped(plain(text), columns, "  ", hang="    ")


# ------------------------------------------------------------------------------------------ worked cases


def decisions(pack: Pack, shown: Shown) -> dict[str, Decision]:
    """Each enterprise, decided by the interpreter."""
    return {
        name: pack.decide(
            one, shown.year, shown.as_of, engine="interpreter", regions=shown.regions, strict=False
        )
        for name, one in shown.enterprises.items()
    }


def case_texts(pack: Pack, finding: Finding, shown: Shown, lang: Lang = "zh") -> list[str]:
    """The enterprises as items of a file of worked cases, with what the pack decides of them now."""
    found = decisions(pack, shown)
    return [
        worked_case(
            shown.enterprises[name],
            shown.year,
            shown.as_of,
            name=finding.id if len(found) == 1 else f"{finding.id} ({name})",
            clause=finding.clause,
            why=finding.says.in_(lang),
            expect=expected(decision, shown.outcomes),
            region=statistics(shown.regions, shown.year),
        )
        for name, decision in found.items()
    ]


def expected(decision: Decision, outcomes: Iterable[str]) -> dict[str, Any]:
    """What a case is to expect of some outcomes, as they come out now; of a fact alone, the coverages or the profile."""
    found: dict[str, Any] = {}
    coverages = [f"coverages.{id}" for id in decision.coverages]
    for key in [*outcomes] or coverages or [f"profile.{id}" for id in decision.profile]:
        section, _, id = key.partition(".")
        if section == "classes":
            value: Any = decision.classes[id]
            found.setdefault(section, {})[id] = list(value) if isinstance(value, tuple) else value
        elif section in ("profile", "layers"):
            found.setdefault(section, {})[id] = getattr(decision, section)[id]
        else:
            found.setdefault(section, {})[id] = getattr(decision, section)[id].status
    return found


def _result(decision: Decision, key: str) -> CoverageResult | AwardResult | ClassResult | None:
    section, _, id = key.partition(".")
    match section:
        case "coverages":
            return decision.coverages[id]
        case "awards":
            return decision.awards[id]
        case "classes":
            return decision.class_results[id]
    return None


def _deciding(result: CoverageResult | AwardResult | ClassResult) -> list[Reason]:
    """The tests that decided; of a classification those of the rows that did not apply and of the one that did."""
    if not isinstance(result, ClassResult):
        return [*result.scope.deciding(), *result.reason.deciding()]
    rows = result.reason.parts[:-1:2]
    return [leaf for row in rows for leaf in row.deciding()]


def _folded(line: str, most: int, indent: str) -> Iterator[str]:
    """A line of YAML cut where it is too long for the terminal, so that nothing is lost."""
    if width(line) + len(indent) <= most:
        yield indent + line
        return
    hang = indent + " " * (len(line) - len(line.lstrip()) + 4)
    yield from wrapped(line, most, indent, hang=hang)


__all__ = ["NAMES", "Report", "case_texts", "decisions", "expected", "unreached", "years_words"]
