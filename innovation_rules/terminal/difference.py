"""Show what a new version changes: what is said otherwise, what is decided otherwise, whom of a ledger it touches.

`commands.diff` prints it, as text or as plain data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any, Final

from innovation_rules.audit.compare import HEAD, ORDER, Edit, ItemChange, touched
from innovation_rules.audit.flips import Flipped, Flips, culprits_of
from innovation_rules.audit.verdicts import Flip, Pair, Side, Verdict, law_day
from innovation_rules.audit.written import record, statistics, worked_case
from innovation_rules.decision import Amount
from innovation_rules.errors import Lang, Place, Words
from innovation_rules.gaps import UNDETERMINED
from innovation_rules.packs import Pack
from innovation_rules.quantities import Type, format_quantity
from innovation_rules.reasons import Reason
from innovation_rules.terminal.known import known, test_words
from innovation_rules.terminal.render import PLAIN, Paint, Style, heading, pad, plain, wrapped
from innovation_rules.terminal.wording import category_words, status_of

SECTIONS: Final = {
    "pack": Words("规则包", "pack"),
    "inputs": Words("填报项", "input"),
    "qualification_kinds": Words("资质种类", "qualification kind"),
    "activity_kinds": Words("活动种类", "activity kind"),
    "parameters": Words("参数", "parameter"),
    "facts": Words("事实", "fact"),
    "layers": Words("层次", "layer"),
    "profile": Words("画像", "profile"),
    "classes": Words("分类", "class"),
    "coverages": Words("覆盖", "coverage"),
    "awards": Words("奖励", "award"),
    "targets": Words("目标", "target"),
    "schedule": Words("日程", "duty"),
    "properties": Words("性质", "property"),
    "notes": Words("说明", "notes"),
}
WHAT: Final = {
    "added": Words("新增", "added"),
    "removed": Words("删去", "removed"),
    "altered": Words("改动", "altered"),
}
MARKS: Final = {"added": "+", "removed": "-", "altered": "~"}
RELATIONS: Final = {
    "equivalent": Words("相同", "the same"),
    "stricter": Words("更严：有企业失去或减少，没有企业得到或增加", "stricter: some lose by it, none gains"),
    "looser": Words("更宽：有企业得到或增加，没有企业失去或减少", "looser: some gain by it, none loses"),
    "incomparable": Words("有得有失", "incomparable: some lose by it, some gain"),
    "differs": Words("有不同", "differs"),
    "open": Words("只在一版没有定论时不同", "differs only where one of them leaves it open"),
    "added": Words("旧版没有", "not in the old one"),
    "removed": Words("新版没有", "not in the new one"),
    "unknown": Words("没有定论", "not settled"),
}
STYLES: Final[dict[str, Style]] = {
    "equivalent": "dim",
    "stricter": "bad",
    "looser": "good",
    "incomparable": "open",
    "differs": "open",
    "unknown": "open",
}
WAYS: Final = {
    "lost": Words("失去", "lost"),
    "gained": Words("得到", "gained"),
    "less": Words("金额减少", "worth less"),
    "more": Words("金额增加", "worth more"),
    "moved": Words("变为", "changed"),
}
QUESTIONS: Final = {
    "lost": Words("有没有企业失去", "whether anyone loses it"),
    "gained": Words("有没有企业得到", "whether anyone gains it"),
    "moved": Words("有没有别的不同", "whether anything else differs"),
    "less": Words("有没有企业金额减少", "whether it is worth less to anyone"),
    "more": Words("有没有企业金额增加", "whether it is worth more to anyone"),
    "asked": Words("没有问求解器", "the solver was not asked"),
    "absent": Words("没有安装求解器", "the solver is not installed"),
}
MOST: Final = 8
"""Items of one section that only one pack has, before the rest is counted."""
TESTS: Final = 3
"""Deciding tests of one side."""
ROWS: Final = 20
"""Enterprises that are listed, unless all are asked for."""


@dataclass(frozen=True)
class Difference:
    """Two packs and what was found of them, told in a language for so many columns."""

    old: Pack
    new: Pack
    changes: Sequence[ItemChange]
    pairs: Sequence[tuple[Pair, Sequence[Verdict]]]
    """For each year asked: the programs, and what became of each decision."""
    flips: Flips | None
    lang: Lang
    paint: Paint = PLAIN
    columns: int = 80
    full: bool = False

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    @property
    def verdicts(self) -> list[Verdict]:
        return [one for _, found in self.pairs for one in found]

    @property
    def same(self) -> bool:
        """Whether every decision was shown to mean the same, no target comes to what changed, and nobody flips."""
        decided = all(one.relation == "equivalent" for one in self.verdicts)
        said = any(one.meaning for one in self.changes if one.section in _UNPROVED)
        return decided and not said and not self.targets and self._nobody

    @cached_property
    def targets(self) -> dict[str, tuple[ItemChange, ...]]:
        """The targets that come to what changed, other than through decisions that were shown to mean the same."""
        relations: dict[str, set[str]] = {}
        for one in self.verdicts:
            relations.setdefault(one.key, set()).add(one.relation)
        settled = {key for key, found in relations.items() if found == {"equivalent"}}
        return touched(self.changes, self.old.linked, self.new.linked, settled)

    @property
    def _nobody(self) -> bool:
        return self.flips is None or not self.flips.found

    # ---------------------------------------------------------------------------------------- the whole

    def lines(self) -> Iterator[str]:
        yield from self.head()
        yield from self.surface()
        yield from self.decisions()
        yield from self.regional()
        yield from self.ledger()

    def head(self) -> Iterator[str]:
        for word, pack in ((self.say("旧", "old"), self.old), (self.say("新", "new"), self.new)):
            version = self.say(f"版本 {pack.version}", f"version {pack.version}")
            text = plain(
                f"{pack.title}（{pack.id}，{version}）" if self.lang == "zh" else f"{pack.id}, {version}"
            )
            yield from wrapped(text, self.columns, f"{word}  ", hang="    ")
            yield self.paint("dim", f"    {pack.digest[:19]}…  {_file(pack)}")

    def _heading(self, text: str, aside: str = "") -> list[str]:
        return heading(text, self.paint, aside, self.columns)

    # ---------------------------------------------------------------------------------------- what is said

    def surface(self) -> Iterator[str]:
        """Every item that is new, gone or altered; those of which only words changed come last."""
        meant = [one for one in self.changes if one.meaning]
        words = [one for one in self.changes if not one.meaning]
        aside = self.say(
            f"{len(meant)} 项改了意思，{len(words)} 项只改了文字",
            f"{len(meant)} in meaning, {len(words)} in words alone",
        )
        yield from self._heading(self.say("写法", "what is said"), aside)
        if not self.changes:
            yield self.say("  两版写的完全一样", "  both say the same")
        yield from self._items(meant)
        if words:
            yield ""
            yield self.paint(
                "dim",
                self.say(
                    "  只改了文字（名称、条款、解读、备注）",
                    "  words alone (labels, clauses, readings, notes)",
                ),
            )
            yield from self._items(words)

    def _items(self, changes: Sequence[ItemChange]) -> Iterator[str]:
        counts: Counter[tuple[str, str]] = Counter()
        for one in changes:
            counts[one.section, one.what] += 1
            if self.full or one.what == "altered" or counts[one.section, one.what] <= MOST:
                yield from self._item(one)
        for (section, what), count in counts.items():
            if count > MOST and what != "altered" and not self.full:
                words = SECTIONS[section].in_(self.lang), WHAT[what].in_(self.lang)
                yield self.paint(
                    "dim",
                    self.say(
                        f"  … {words[0]}{words[1]}的还有 {count - MOST} 项",
                        f"  … {count - MOST} more: {words[0]} {words[1]}",
                    ),
                )

    def _item(self, one: ItemChange) -> Iterator[str]:
        section = SECTIONS[one.section].in_(self.lang)
        style: Style = {"added": "good", "removed": "bad"}.get(one.what, "bold")  # type: ignore[assignment]
        name = self._name(one)
        title = f"{section} {name}" + ("" if one.what == "altered" else f"  {WHAT[one.what].in_(self.lang)}")
        clause = self._clauses(one.clauses)
        lines = wrapped(plain(f"{title}{'  ' + clause if clause else ''}"), self.columns - 4)
        for at, line in enumerate(lines):
            yield f"  {MARKS[one.what] if at == 0 else ' '} {self.paint(style, line)}"
        where = self._places(one.places)
        if where:
            yield self.paint("dim", f"      {where}")
        for edit in one.edits:
            yield from self._edit(edit)
        if one.what != "altered" and self.lang == "zh" and one.says[one.what == "added"] != one.label:
            yield from wrapped(plain(one.says[one.what == "added"]), self.columns, "      ")
        elif self.lang == "zh" and one.meaning and one.says[0] != one.says[1]:
            for word, text in zip(("原意", "现意"), one.says, strict=True):
                yield from wrapped(plain(f"{word}：{text}"), self.columns, "      ", hang="            ")

    def _name(self, one: ItemChange) -> str:
        if one.section in ("pack", "notes"):
            return "" if one.section == "notes" else _key(one.id, self.lang)
        if one.section == "profile":
            return category_words(one.id, self.lang)
        return f"{one.label}（{one.id}）" if self.lang == "zh" and one.label != one.id else one.id

    def _clauses(self, clauses: tuple[str, str]) -> str:
        old, new = clauses
        return new or old if old == new or not old or not new else f"{old} → {new}"

    def _places(self, places: tuple[Place | None, Place | None]) -> str:
        words = (self.say("旧 ", "old "), self.say("新 ", "new "))
        return "  ".join(
            f"{word}{PurePath(place.file).name}:{place.line}"
            for word, place in zip(words, places, strict=True)
            if place is not None
        )

    def _edit(self, edit: Edit) -> Iterator[str]:
        path, order = edit.path, edit.path[-1:] == (ORDER,)
        keys = " › ".join(path[:-1] if order else path)
        nothing = self.say("（无）", "(nothing)")
        if order:
            keys += self.say("（次序）", " (order)")
        text = f"{edit.old or nothing} → {edit.new or nothing}"
        yield from wrapped(
            plain(f"{keys}: {text}" if keys else text), self.columns, "      ", hang="        "
        )

    # ---------------------------------------------------------------------------------------- what is decided

    def decisions(self) -> Iterator[str]:
        """Each decision that differs, with an enterprise that shows it; years that came out alike together."""
        for group in _alike(self.pairs):
            yield from self._years(group)

    def _years(self, group: Sequence[tuple[Pair, Sequence[Verdict]]]) -> Iterator[str]:
        pair, found = group[0]
        years = [str(one.year) for one, _ in group]
        span = years[0] if len(years) == 1 else f"{years[0]}–{years[-1]}"
        seconds = sum(one.seconds for _, verdicts in group for one in verdicts)
        asked = sum(one.asked for _, verdicts in group for one in verdicts)
        yield from self._heading(
            self.say(f"判定（{span} 年）", f"what is decided ({span})"),
            self.say(f"求解 {asked} 问，{seconds:.1f} 秒", f"{asked} questions, {seconds:.1f} s"),
        )
        yield from self._laws(pair)
        for one in found:
            if one.relation not in ("equivalent", "added", "removed") and not _unasked(one):
                yield from self._verdict(pair, one)
        yield from self._rest(found)

    def _laws(self, pair: Pair) -> Iterator[str]:
        """By which day's law, where that is not the last of the year; and what one pack alone asks for."""
        last = pair.as_of
        for word, pack in (
            (self.say("旧版", "the old pack"), pair.old),
            (self.say("新版", "the new pack"), pair.new),
        ):
            day = law_day(pack, pair.year)
            if day != last:
                text = self.say(
                    f"{word}按 {day} 的规定（那年年末不在施行期）",
                    f"{word} by its law of {day} (not in force at that year's end)",
                )
                yield from (self.paint("dim", line) for line in wrapped(text, self.columns, "  "))
        for word, names in zip(
            (self.say("旧版", "the old pack"), self.say("新版", "the new pack")), _alone(pair), strict=True
        ):
            if names:
                listed = self._some(names)
                text = self.say(
                    f"只有{word}问到的情况，在另一版里不起作用：{listed}",
                    f"asked by {word} alone, and without effect in the other: {listed}",
                )
                yield from (
                    self.paint("dim", line) for line in wrapped(plain(text), self.columns, "  ", hang="    ")
                )

    def _some(self, names: Sequence[str]) -> str:
        shown = list(names) if self.full else list(names[:MOST])
        more = len(names) - len(shown)
        text = self.say("、", ", ").join(shown)
        return text + (self.say(f" 等 {len(names)} 项", f" and {more} more") if more else "")

    def _rest(self, found: Sequence[Verdict]) -> Iterator[str]:
        same = [one for one in found if one.relation == "equivalent"]
        proved = sum(one.asked > 0 for one in same)
        if same:
            yield from wrapped(
                self.say(
                    f"相同 {len(same)} 项：{len(same) - proved} 项写成的条件一样，{proved} 项经证明等价",
                    f"the same: {len(same)}, of which {len(same) - proved} are built alike and {proved} proved equivalent",
                ),
                self.columns,
                "  = ",
            )
            if proved:
                names = [self._label(one) for one in same if one.asked]
                yield from wrapped(
                    plain(self.say("经证明等价：", "proved equivalent: ") + self.say("、", ", ").join(names)),
                    self.columns,
                    "    ",
                )
        names = [self._label(one) for one in found if _unasked(one)]
        if names:
            why = QUESTIONS[next(one.unsettled[0] for one in found if _unasked(one))].in_(self.lang)
            text = self.say(
                f"条件写得不同，{why}（{len(names)}）：", f"built otherwise, and {why} ({len(names)}): "
            )
            yield from wrapped(plain(text + self._some(names)), self.columns, "  ? ", hang="    ")
        for relation, mark in (("added", "+"), ("removed", "-")):
            names = [self._label(one) for one in found if one.relation == relation]
            if names:
                head = (
                    f"{RELATIONS[relation].in_(self.lang)}（{len(names)}）"
                    if self.lang == "zh"
                    else f"{RELATIONS[relation].en} ({len(names)})"
                )
                text = f"{head}{self.say('：', ': ')}{self._some(names)}"
                yield from wrapped(plain(text), self.columns, f"  {mark} ", hang="    ")

    def _label(self, one: Verdict) -> str:
        section, _, id = one.key.partition(".")
        label = one.labels[1] or one.labels[0]
        if section == "profile":
            label = category_words(id, self.lang)
        return label if self.lang == "zh" else one.key

    def _verdict(self, pair: Pair, one: Verdict) -> Iterator[str]:
        section = one.key.partition(".")[0]
        name = self._label(one) if self.lang == "en" else f"{SECTIONS[section].zh} {self._label(one)}"
        yield ""
        aside = f"{self._clauses(one.clauses)}  {one.seconds:.1f} {self.say('秒', 's')}"
        yield from (
            line for line in heading(plain(f"  {name}"), self.paint, plain(aside), self.columns) if line
        )
        words = RELATIONS["open" if _only_open(one) else one.relation].in_(self.lang)
        yield f"    {self.paint(STYLES[one.relation], words)}"
        for flip in one.flips:
            yield from self._flip(pair, one, flip)
        if one.unsettled:
            names = self.say("、", ", ").join(QUESTIONS[name].in_(self.lang) for name in one.unsettled)
            text = self.say(
                f"{one.seconds:.1f} 秒内没有定论：{names}", f"not settled within {one.seconds:.1f} s: {names}"
            )
            yield from (
                self.paint("open", line) for line in wrapped(text, self.columns, "    ", hang="      ")
            )

    def _flip(self, pair: Pair, one: Verdict, flip: Flip) -> Iterator[str]:
        words = self._statuses(one, flip.old, flip.new, pair)
        yield from wrapped(
            plain(f"{WAYS[flip.way].in_(self.lang)}{self.say('：', ': ')}{words}"),
            self.columns,
            "    ▸ ",
            hang="      ",
        )
        facts = list(known(flip.enterprise, pair.new, self.lang, flip.regions)) or [
            self.say("一无所知", "nothing is known")
        ]
        text = self.say("企业：", "enterprise: ") + self.say("；", "; ").join(facts)
        yield from wrapped(plain(text), self.columns, "      ", hang="        ")
        for word, side in ((self.say("旧", "old"), flip.old), (self.say("新", "new"), flip.new)):
            yield from self._because(word, self._telling(pair, flip, side), side)

    def _telling(self, pair: Pair, flip: Flip, side: Side) -> list[Reason]:
        """The deciding tests of one side, those that the other pack does not have first."""
        own = [one.reason for one in culprits_of(pair, (flip.old, flip.new))]
        return sorted(side.because, key=lambda one: not any(one is other for other in own))

    def _because(self, word: str, because: Sequence[Reason], side: Side) -> Iterator[str]:
        shown = because if self.full else because[:TESTS]
        for reason in shown:
            clause = f"  {reason.clause}" if reason.clause else ""
            yield from wrapped(
                plain(f"{test_words(reason, self.lang)}{clause}"),
                self.columns,
                f"      {word} ",
                hang="         ",
            )
        if len(side.because) > len(shown):
            more = len(side.because) - len(shown)
            yield self.paint(
                "dim",
                self.say(f"         另有 {more} 项测试", f"         and {more} more test{'s' * (more > 1)}"),
            )

    def _statuses(self, one: Verdict | Flipped, old: Side, new: Side, pair: Pair) -> str:
        return " → ".join(self._side(one.key, side, which, pair) for which, side in enumerate((old, new)))

    def _side(self, key: str, side: Side, which: int, pair: Pair) -> str:
        outcome = pair.outcomes[which].get(key)
        text = status_of(side.status, outcome, pair.programs[which], self.lang)
        return f"{text} {amount_words(side.amount, self.lang)}" if side.amount is not None else text

    # ---------------------------------------------------------------------------------------- targets

    def regional(self) -> Iterator[str]:
        """The targets that come to what changed: nothing is proved of a region."""
        if not self.targets:
            return
        aside = self.say(f"{len(self.targets)} 项，不作证明", f"{len(self.targets)}, not proved")
        yield from self._heading(self.say("目标用到改动的内容", "targets that rest on what changed"), aside)
        by_change: dict[tuple[ItemChange, ...], list[str]] = {}
        for id, changes in self.targets.items():
            by_change.setdefault(changes, []).append(self._target(id))
        for changes, names in by_change.items():
            by = self._some([f"{SECTIONS[one.section].in_(self.lang)} {self._name(one)}" for one in changes])
            text = f"{self._some(names)}{self.say('：', ': ')}{by}"
            yield from wrapped(plain(text), self.columns, "  ? ", hang="    ")

    def _target(self, id: str) -> str:
        return str(self.new.linked.tables["targets"][id].item.label) if self.lang == "zh" else id

    # ---------------------------------------------------------------------------------------- a ledger

    def ledger(self) -> Iterator[str]:
        """Who flips, in sum and one by one."""
        if self.flips is None:
            return
        flips = self.flips
        pair = flips.pair
        aside = self.say(
            f"{flips.count:,} 家，{flips.enterprises:,} 家有变化",
            f"{flips.count:,} enterprises, {flips.enterprises:,} differ",
        )
        yield from self._heading(self.say(f"台账（{pair.year} 年）", f"the ledger ({pair.year})"), aside)
        if not flips.found:
            yield self.say("  没有一家的结论变化", "  nobody's decisions change")
            return
        yield from self._summary(flips)
        yield from self._listed(flips)

    def _summary(self, flips: Flips) -> Iterator[str]:
        clauses: dict[str, Counter[str]] = {}
        for (key, clause), count in flips.clauses.items():
            clauses.setdefault(key, Counter())[clause] += count
        labels = {one.key: one for one in flips.found}
        last = ""
        for (key, old, new), count in sorted(
            flips.moves.items(), key=lambda one: (_place(flips.pair, one[0][0]), -one[1])
        ):
            one = labels[key]
            if key != last:
                aside = self.say("、", ", ").join(
                    clause for clause, _ in clauses.get(key, Counter()).most_common(4)
                )
                yield from (
                    line
                    for line in heading(
                        plain(f"  {self._flipped_label(one)}"), self.paint, plain(aside), self.columns
                    )
                    if line
                )
                last = key
            names = (
                status_of(status, flips.pair.outcomes[which][key], flips.pair.programs[which], self.lang)
                for which, status in enumerate((old, new))
            )
            text = " → ".join(names)
            if old == new:
                text += self.say("（金额变化）", " (another amount)")
            yield from wrapped(
                plain(text), self.columns, pad(f"{count:,}", 8, right=True) + "  ", hang=" " * 10
            )

    def _flipped_label(self, one: Flipped) -> str:
        section, _, id = one.key.partition(".")
        if self.lang == "en":
            return one.key
        return f"{SECTIONS[section].zh} {category_words(id, 'zh') if section == 'profile' else one.label}"

    def _listed(self, flips: Flips) -> Iterator[str]:
        yield ""
        by_enterprise: dict[tuple[str, str], list[Flipped]] = {}
        for one in flips.found:
            by_enterprise.setdefault((one.uscc, one.name), []).append(one)
        shown = list(by_enterprise.items())[: None if self.full else ROWS]
        for (uscc, name), found in shown:
            yield f"  {self.paint('bold', plain(name))}  {self.paint('dim', plain(uscc))}"
            yield from self._of_one(found, flips.pair)
        more = len(by_enterprise) - len(shown)
        if more:
            text = self.say(
                f"  还有 {more} 家没有列出；--full 全部列出", f"  and {more} more; --full lists all"
            )
            yield self.paint("dim", text)

    def _of_one(self, found: Sequence[Flipped], pair: Pair) -> Iterator[str]:
        """What became of one enterprise: the test that flipped it, and under it the decisions that it flipped."""
        by_test: dict[str, list[Flipped]] = {}
        for one in found:
            by_test.setdefault(self._culprit(one), []).append(one)
        for test, flipped in by_test.items():
            yield from (
                self.paint("dim", line) for line in wrapped(plain(test), self.columns, "    ", hang="      ")
            )
            for one in flipped if self.full else flipped[:MOST]:
                words = f"{self._flipped_label(one)}{self.say('：', ': ')}{self._statuses(one, one.old, one.new, pair)}"
                yield from wrapped(plain(words), self.columns, "      ", hang="        ")
            if not self.full and len(flipped) > MOST:
                more = len(flipped) - MOST
                text = self.say(
                    f"      另有 {more} 项判定变化", f"      and {more} more decision{'s' * (more > 1)}"
                )
                yield self.paint("dim", text)

    def _culprit(self, one: Flipped) -> str:
        """The test that flipped a decision, that of the new pack where both have one."""
        found = [*(each for each in one.culprits if each.new), *one.culprits]
        if not found:
            return self.say("金额的算法", "how the amount is reckoned")
        side = self.say("新版", "new") if found[0].new else self.say("旧版", "old")
        clause = f"  {found[0].clause}" if found[0].clause else ""
        return f"{side} {test_words(found[0].reason, self.lang)}{clause}"


_UNPROVED: Final = frozenset(("targets", "pack"))
"""What a change of meaning can touch that no decision on an enterprise shows."""


def _file(pack: Pack) -> str:
    """The file with the folder that it lies in, which tells two versions apart."""
    return plain("/".join(PurePath(pack.path).parts[-2:]))


def _only_open(one: Verdict) -> bool:
    """Whether one side is undetermined in every example."""
    return bool(one.flips) and all(UNDETERMINED in (flip.old.status, flip.new.status) for flip in one.flips)


def _unasked(one: Verdict) -> bool:
    return one.unsettled in (("asked",), ("absent",))


def _key(field: str, lang: Lang) -> str:
    from innovation_rules.pack import grammar as g

    extra: Any = g.Pack.model_fields[field].json_schema_extra
    return str(extra["zh"]) if lang == "zh" and field in HEAD else field


def _alike(
    pairs: Sequence[tuple[Pair, Sequence[Verdict]]],
) -> list[list[tuple[Pair, Sequence[Verdict]]]]:
    """Years that follow each other and came out alike, together: the first one's examples stand for all."""
    groups: list[list[tuple[Pair, Sequence[Verdict]]]] = []
    for one in pairs:
        same = [(verdict.key, verdict.relation) for verdict in one[1]]
        if groups and [(verdict.key, verdict.relation) for verdict in groups[-1][0][1]] == same:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _alone(pair: Pair) -> tuple[list[str], list[str]]:
    """The facts that one pack declares and asks for and the other does not know, by label."""
    declared = [
        {fact.spec.name: fact.spec.zh for fact in program.frame.facts if fact.spec.declared}
        for program in pair.programs
    ]
    names = [
        set(pack.head.inputs.get("enterprise", ())) | set(pack.head.inputs.get("report", ()))
        for pack in (pair.old, pair.new)
    ]
    old, new = (
        [label for name, label in mine.items() if name not in other]
        for mine, other in zip(declared, reversed(names), strict=True)
    )
    return old, new


def _place(pair: Pair, key: str) -> int:
    return list(pair.outcomes[1]).index(key)


def amount_words(amount: Amount, lang: Lang) -> str:
    low, high = (format_quantity(end, Type.MONEY, None, lang) for end in amount)
    return high if low == high else f"{low} 至 {high}" if lang == "zh" else f"{low} to {high}"


# ------------------------------------------------------------------------------------------ worked cases


def cases_text(told: Difference) -> str:
    """Every flip as a worked case of the new pack, to be pasted under `cases:`."""
    found = [
        _case(pair, one, flip, told.lang)
        for pair, verdicts in told.pairs
        for one in verdicts
        for flip in one.flips
    ]
    return "\n\n".join(found) + "\n" if found else ""


def _case(pair: Pair, one: Verdict, flip: Flip, lang: Lang) -> str:
    section, _, id = one.key.partition(".")
    statuses = [
        status_of(side.status, pair.outcomes[which][one.key], pair.programs[which], lang)
        for which, side in enumerate((flip.old, flip.new))
    ]
    label = one.labels[1] if lang == "zh" else one.key
    name = f"{label} {statuses[0]} → {statuses[1]} {pair.year}"
    why = "；".join(reason.text(lang) for reason in flip.new.because[:TESTS])
    value: Any = flip.new.status
    if section == "classes" and pair.outcomes[1][one.key].many:
        value = [one for one in flip.new.status.split(",") if one]
    return worked_case(
        flip.enterprise,
        pair.year,
        name=name,
        clause=one.clauses[1],
        why=why,
        expect={section: {id: value}},
        region=statistics(flip.regions, pair.year),
    )


# ------------------------------------------------------------------------------------------ plain data


def to_json(told: Difference) -> dict[str, Any]:
    """The whole as plain data."""
    return {
        "old": _pack_json(told.old),
        "new": _pack_json(told.new),
        "same": told.same,
        "changes": [_change_json(one) for one in told.changes],
        "targets": [
            {"target": id, "by": [f"{one.section}.{one.id}" for one in by]} for id, by in told.targets.items()
        ],
        "years": [_year_json(pair, verdicts) for pair, verdicts in told.pairs],
        "ledger": None if told.flips is None else _ledger_json(told.flips),
    }


def _pack_json(pack: Pack) -> dict[str, str]:
    return {"id": pack.id, "version": pack.version, "digest": pack.digest, "file": str(pack.path)}


def _change_json(one: ItemChange) -> dict[str, Any]:
    return {
        "what": one.what,
        "section": one.section,
        "id": one.id,
        "label": one.label,
        "meaning": one.meaning,
        "clauses": list(one.clauses),
        "places": [None if place is None else str(place) for place in one.places],
        "says": list(one.says),
        "edits": [
            {"path": list(edit.path), "old": edit.old, "new": edit.new, "meaning": edit.meaning}
            for edit in one.edits
        ],
    }


def _year_json(pair: Pair, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "year": pair.year,
        "law_dates": [law_day(pack, pair.year).isoformat() for pack in (pair.old, pair.new)],
        "declared_by_one": dict(zip(("old", "new"), _alone(pair), strict=True)),
        "decisions": [_verdict_json(one) for one in verdicts],
    }


def _verdict_json(one: Verdict) -> dict[str, Any]:
    return {
        "decision": one.key,
        "labels": list(one.labels),
        "clauses": list(one.clauses),
        "relation": one.relation,
        "seconds": round(one.seconds, 3),
        "questions": one.asked,
        "unsettled": list(one.unsettled),
        "flips": [
            {
                "way": flip.way,
                "enterprise": record(flip.enterprise),
                "old": _side_json(flip.old),
                "new": _side_json(flip.new),
                "least": flip.least,
            }
            for flip in one.flips
        ],
    }


def _side_json(side: Side) -> dict[str, Any]:
    amount = None if side.amount is None else [format_quantity(end, Type.MONEY) for end in side.amount]
    return {"status": side.status, "amount": amount, "because": [one.to_dict() for one in side.because]}


def _ledger_json(flips: Flips) -> dict[str, Any]:
    return {
        "year": flips.pair.year,
        "enterprises": flips.count,
        "differ": flips.enterprises,
        "moves": [
            {"decision": key, "old": old, "new": new, "count": count}
            for (key, old, new), count in flips.moves.most_common()
        ],
        "flips": [_flipped_json(one) for one in flips.found],
    }


def _flipped_json(one: Flipped) -> dict[str, Any]:
    return {
        "uscc": one.uscc,
        "name": one.name,
        "decision": one.key,
        "old": _side_json(one.old),
        "new": _side_json(one.new),
        "clauses": list(one.clauses),
    }


__all__ = ["Difference", "amount_words", "cases_text", "to_json"]
