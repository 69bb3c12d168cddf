"""Say what an enterprise can do to reach a goal, as a clerk would: what to provide, raise, add, and by which clause.

`commands.advise` prints it, as text or as plain data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from innovation_rules.audit.advice import Advice, Plan, Step
from innovation_rules.audit.applied import place_of, specs_of, written
from innovation_rules.errors import Lang
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.packs import Pack
from innovation_rules.quantities import SCALE, Type, format_quantity
from innovation_rules.reasons import Reason
from innovation_rules.terminal.known import test_words, value_words
from innovation_rules.terminal.render import PLAIN, Paint, heading, plain, wrapped
from innovation_rules.terminal.wording import (
    category_words,
    item_words,
    kind_words,
    status_of,
    status_style,
    status_words,
)

NUMERALS: Final = "一二三四五六七八九十"
SHOWN: Final = 4
"""Kinds that are named before the rest is counted."""
TESTS: Final = 6
"""Tests that keep the goal away now, before the rest is counted."""


@dataclass(frozen=True)
class Advising:
    """Advice on one enterprise, told in a language for so many columns."""

    advice: Advice
    pack: Pack
    lang: Lang
    paint: Paint = PLAIN
    columns: int = 80

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    # ---------------------------------------------------------------------------------------- the whole

    def lines(self) -> Iterator[str]:
        yield from self.head()
        match self.advice.found:
            case "reached":
                yield from self._line(
                    self.say(
                        "已经达到目标，不必改变什么。", "The goal is reached already; nothing need change."
                    ),
                    "good",
                )
            case "plans":
                for at, plan in enumerate(self.advice.plans):
                    yield from self.plan(at, plan)
                yield from self.rest()
            case "unreachable":
                yield from self.unreachable()
            case "unsettled":
                text = self.say(
                    f"{self.advice.seconds:.1f} 秒内没有算出办法，也没有证明没有办法。",
                    f"Within {self.advice.seconds:.1f} s no way was found, nor was it proved that there is none.",
                )
                yield from self._line(text, "open")

    def head(self) -> Iterator[str]:
        """Who, by which pack, what is wanted, how it stands and by which tests."""
        one, outcome = self.advice.decision, self.advice.outcome
        yield f"{self.paint('bold', plain(one.name))}  {self.paint('dim', plain(one.uscc))}"
        version = self.say(f"版本 {one.pack.version}", f"version {one.pack.version}")
        aside = self.say(f"（{one.pack.id}，{version}）", f" ({one.pack.id}, {version})")
        yield from wrapped(plain(f"{one.pack.title}{aside}"), self.columns)
        yield self.say(
            f"判定 {one.year} 年，情况截至 {one.as_of}，适用 {one.law_date} 的规定",
            f"judged for {one.year}, as known on {one.as_of}, by the law of {one.law_date}",
        )
        name = outcome.label if self.lang == "zh" else outcome.key
        wanted = self.say("、", ", ").join(self._status(status) for status in self.advice.goal.statuses)
        title = f"{self.say('目标：', 'goal: ')}{name} {self.say('', '= ')}{wanted}"
        yield from heading(plain(title), self.paint, plain(outcome.clause), self.columns)
        status = self._status(self.advice.status)
        yield f"  {self.say('现在：', 'now: ')}{self.paint(status_style(self.advice.status), status)}"
        if self.advice.found != "reached":
            yield from self._tests(self.advice.because[:TESTS], "  ")
            more = len(self.advice.because) - TESTS
            if more > 0:
                yield self.paint(
                    "dim", self.say(f"    另有 {more} 项测试", f"    and {more} more test{'s' * (more > 1)}")
                )
        yield ""

    def _status(self, status: str) -> str:
        return status_of(status, self.advice.outcome, self.advice.decision.program, self.lang)

    def _line(self, text: str, style: Any = "") -> Iterator[str]:
        yield from (self.paint(style, line) for line in wrapped(plain(text), self.columns, "  "))

    def _tests(self, tests: Sequence[Reason], indent: str) -> Iterator[str]:
        for one in tests:
            clause = f"  {one.clause}" if one.clause else ""
            text = plain(f"{test_words(one, self.lang)}{clause}")
            lines = wrapped(text, self.columns, f"{indent}· ", hang=f"{indent}  ")
            yield from (self.paint("dim", line) for line in lines)

    # ---------------------------------------------------------------------------------------- plans

    def plan(self, at: int, plan: Plan) -> Iterator[str]:
        """One way: its steps, each with the test and the clause that ask for it."""
        number = NUMERALS[at] if self.lang == "zh" and at < len(NUMERALS) else str(at + 1)
        count = len(plan.steps)
        alone = len(self.advice.plans) == 1 and self.advice.complete
        title = self.say(
            "只有一种办法" if alone else f"办法{number}", "the only way" if alone else f"way {number}"
        )
        aside = self.say(f"{count} 处", f"{count} step{'s' if count > 1 else ''}")
        yield f"  {self.paint('head', title)}{self.paint('dim', self.say('，', ', ') + aside)}"
        for step in plan.steps:
            yield from wrapped(plain(self.step(step)), self.columns, "    ▸ ", hang="      ")
            yield from self._tests(step.because[:2], "      ")
        yield ""

    def rest(self) -> Iterator[str]:
        """Whether there are other ways."""
        if not self.advice.complete:
            text = self.say(
                "还可能有别的办法，没有再找。", "There may be other ways; no more were looked for."
            )
        elif len(self.advice.plans) > 1:
            text = self.say(
                "此外的办法都包含上面的某一种，或只是换一种活动、换一个数。",
                "Every other way contains one of these, or has but another kind or figure.",
            )
        else:
            return
        yield from (self.paint("dim", line) for line in wrapped(text, self.columns, "  "))

    def unreachable(self) -> Iterator[str]:
        """Why not: what of the enterprise stands in the way, or that nobody could."""
        if self.advice.blocked:
            text = self.say(
                "办不到：企业能改变的都改了也不行（已证明）。挡在前面的是企业不能改变的：",
                "Out of reach, whatever the enterprise changes (proved). In the way stands what it can't change:",
            )
            yield from self._line(text, "bad")
            for step in self.advice.blocked:
                yield from wrapped(plain(self._blocked(step)), self.columns, "    ▸ ", hang="      ")
                yield from self._tests(step.because[:2], "      ")
            return
        status = self.advice.status
        if status in ("not_in_force", "not_applicable"):
            text = self.say(
                f"办不到：{status_words(status, 'zh')}，与企业的情况无关。",
                f"Out of reach: {status_words(status, 'en')}, whatever the enterprise is like.",
            )
        else:
            text = self.say(
                "办不到：企业能改变的都改了也不行（已证明）。办法里从不减少已有的数字，也不去掉已有的活动。",
                "Out of reach, whatever the enterprise changes (proved). No way ever lowers a figure or takes an activity away.",
            )
        yield from self._line(text, "bad")

    def _blocked(self, step: Step) -> str:
        spec = step.spec
        assert spec is not None
        now, instead = (value_words(spec, one, self.lang) for one in (step.change.before, step.change.after))
        return self.say(
            f"{self._name(step, spec)} {now}（如为 {instead} 则可）",
            f"{self._name(step, spec)} {now} (it would do if it were {instead})",
        )

    # ---------------------------------------------------------------------------------------- steps

    def step(self, step: Step) -> str:
        """One step in a sentence."""
        if step.kind == "add":
            return self._added(step)
        if step.kind == "survey":
            return self._surveyed(step)
        spec = step.spec
        assert spec is not None
        name, after = self._name(step, spec), value_words(spec, step.change.after, self.lang)
        if step.kind == "change":
            before = value_words(spec, step.change.before, self.lang)
            return f"{name}{self.say('：', ': ')}{before} → {after}{self._gap(step, spec)}"
        if not step.free:
            return self.say(
                f"查明 {name}（现在未知，企业不能选）：须符合下面的测试，如 {after}",
                f"make known {name} (unknown now, not to be chosen): it has to pass the test below, such as {after}",
            )
        return self.say(f"填报 {name}（现在未知）：{after}", f"provide {name} (unknown now): {after}")

    def _gap(self, step: Step, spec: FactSpec) -> str:
        before, after = step.change.before, step.change.after
        if spec.type not in SCALE or not isinstance(before, int) or not isinstance(after, int):
            return ""
        gap = format_quantity(abs(after - before), spec.type, spec.unit, self.lang)
        if after < before:
            return self.say(f"（减 {gap}）", f" (−{gap})")
        return self.say(f"（差 {gap}）", f" (+{gap})")

    def _name(self, step: Step, spec: FactSpec) -> str:
        name = spec.zh if self.lang == "zh" else spec.name
        if step.change.kind == "field":
            over, at, _ = place_of(step.change)
            items = getattr(self.advice.decision.subject, over)
            return f"{item_words(items[at], self.pack, self.lang)}{self.say('的', ', ')}{name}"
        if step.year is not None:
            name += self.say(f"（{step.year}年）", f" ({step.year})")
        key = step.change.name.partition("[")[2].rstrip("]")
        return f"{name} {key}" if key and step.change.kind == "fact" else name

    def _surveyed(self, step: Step) -> str:
        over, _, category = step.change.name.partition(".")
        if over == "qualifications":
            return self.say(
                "资质填报齐全（现在没有填报），除所列外没有别的",
                "list the qualifications in full (nothing is listed now): there are no others",
            )
        name = category_words(category, self.lang)
        return self.say(
            f"{name}方面的活动调查清楚（现在没有查），除所列外没有别的",
            f"survey the activities of {name} to the end (not surveyed now): there are no others than listed",
        )

    def _added(self, step: Step) -> str:
        """新增 1 个 省级 企业技术中心."""
        item = step.change.item
        kind = str(item["kind"])
        unit = self._unit(kind)
        quantity = item.get("quantity", 1)
        details = self._details(step)
        name = kind_words(kind, self.pack, self.lang)
        if self.lang == "zh":
            lead = "新增" if step.change.name.startswith("activities") else "取得"
            text = f"{lead} {quantity} {unit} {name}"
        else:
            text = f"add {quantity} {name}"
        text += self.say("（", " (") + details + self.say("）", ")") if details else ""
        also = self._also(step)
        return f"{text}{self.say('；', '; ')}{also}" if also else text

    def _unit(self, kind: str) -> str:
        entry = self.pack.linked.kind(kind)
        return (entry.item.quantity if entry is not None else "") or "项"

    def _details(self, step: Step) -> str:
        specs = specs_of(step.change, self.advice.decision.program.frame)
        parts = []
        for name, value in step.change.item.items():
            if name in ("category", "kind", "quantity"):
                continue
            if name == "evidence":
                parts.append(self.say("附印证材料", "with evidence"))
                continue
            spec = specs[name]
            words = value_words(spec, value, self.lang)
            words = _day(value, self.lang) if spec.type is Type.DATE and isinstance(value, int) else words
            if name == "expires":
                words = self.say(f"不早于 {words}", f"no earlier than {words}")
            elif spec.type is Type.DATE:
                words = self.say(f"如 {words}", f"e.g. {words}")
            plainly = spec.type in (Type.LEVEL, Type.CHOICE) and self.lang == "zh"
            parts.append(words if plainly else f"{spec.zh if self.lang == 'zh' else spec.name} {words}")
        return self.say("，", ", ").join(parts)

    def _also(self, step: Step) -> str:
        """The other kinds that would do: whole categories by name, else the first few."""
        if not step.as_well:
            return ""
        kinds = self.pack.head.kinds
        categories = {kinds[one] for one in step.as_well if one in kinds}
        count = len(step.as_well) + 1
        if len(categories) > 1:
            names = self.say("、", ", ").join(
                category_words(one, self.lang) for one in CATEGORIES if one in categories
            )
            return self.say(
                f"也可以是{names}中别的活动，共 {count} 种任选其一",
                f"or another activity of {names}: any one of {count} kinds",
            )
        labels = [kind_words(one, self.pack, self.lang) for one in step.as_well[:SHOWN]]
        more = len(step.as_well) - len(labels)
        text = self.say("、", ", ").join(labels)
        text += self.say(f"等 {count} 种任选其一", f" and {more} more: any one will do") if more else ""
        return self.say(f"也可以是{text}", f"or {text}")


def _day(value: int, lang: Lang) -> str:
    return format_quantity(value, Type.DATE, None, lang)


# ------------------------------------------------------------------------------------------ plain data


def to_json(told: Advising) -> dict[str, Any]:
    """The advice as plain data."""
    advice = told.advice
    return {
        "uscc": advice.decision.uscc,
        "name": advice.decision.name,
        "pack": {"id": advice.decision.pack.id, "digest": advice.decision.pack.digest},
        "year": advice.decision.year,
        "as_of": advice.decision.as_of.isoformat(),
        "goal": {"decision": advice.goal.key, "wanted": list(advice.goal.statuses)},
        "now": advice.status,
        "found": advice.found,
        "complete": advice.complete,
        "seconds": round(advice.seconds, 3),
        "because": [one.to_dict() for one in advice.because],
        "plans": [
            {"least": one.least, "steps": [_step_json(step, told) for step in one.steps]}
            for one in advice.plans
        ],
        "blocked": [_step_json(step, told) for step in advice.blocked],
    }


def _step_json(step: Step, told: Advising) -> dict[str, Any]:
    change, spec = step.change, step.spec
    found: dict[str, Any] = {
        "kind": step.kind,
        "fact": change.name,
        "text": told.step(step),
        "free": step.free,
    }
    if spec is not None:
        found |= {"before": written(spec, change.before), "after": written(spec, change.after)}
    if change.item:
        specs = specs_of(change, told.advice.decision.program.frame)
        found["item"] = {name: written(specs[name], value) for name, value in change.item.items()}
        found["kinds"] = [str(change.item["kind"]), *step.as_well]
    clauses = dict.fromkeys(one.clause for one in step.because if one.clause)
    return {**found, "clauses": list(clauses), "because": [one.to_dict() for one in step.because]}


__all__ = ["Advising", "to_json"]
