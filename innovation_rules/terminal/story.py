"""Tell the whole story of one decision: what was decided, by which tests, on what values, by which clause and line.

`cli why` prints it. A reason is shown as a tree in which only what decided stands, unless all is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from pathlib import PurePath

from innovation_rules.case import MOST_ITEMS
from innovation_rules.decision import AwardResult, ClassResult, CoverageResult, Decision, NearMiss
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import Lang, Place, width
from innovation_rules.pack import Pack
from innovation_rules.program import (
    OPPOSITE,
    Aggregate,
    Interval,
    ItemFact,
    Linear,
    Member,
    Number,
    Quotient,
    ends,
    is_plain,
)
from innovation_rules.quantities import Type, format_quantity
from innovation_rules.reasons import CONNECTIVES, LEAVES, SIGNS, ItemReason, Reason, shown
from innovation_rules.terminal.render import PLAIN, Paint, Tree, branches, heading, pad, plain, wrapped
from innovation_rules.terminal.wording import (
    BAD,
    BY_WORTH,
    GOOD,
    MARKS,
    OPEN,
    STYLES,
    category_words,
    fact_words,
    item_facts,
    item_words,
    kind_words,
    status_mark,
    status_style,
    status_words,
)


@dataclass(frozen=True)
class Story:
    """One decision, told in a language, for a terminal of so many columns."""

    decision: Decision
    pack: Pack
    lang: Lang
    paint: Paint = PLAIN
    columns: int = 80
    full: bool = False
    """Show also what did not decide."""
    _told: set[int] = field(default_factory=set)
    """Nodes of named facts that have been shown: the second time a reference is enough."""

    _telling: list[str] = field(default_factory=list)
    """The coverage at hand: its own parts are not references."""

    @property
    def enterprise(self) -> Enterprise | None:
        subject = self.decision.subject
        return subject if isinstance(subject, Enterprise) else None

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    # ---------------------------------------------------------------------------------------- the whole

    def lines(self) -> Iterator[str]:
        """Everything, from the headline to the digests."""
        yield from self.head()
        for coverage in self.decision.coverages.values():
            yield from self.coverage(coverage)
        yield from self.profile()
        yield from self.classes()
        yield from self.awards()
        yield from self.near_misses()
        yield from self.missing()
        yield from self.foot()

    def award(self, award: AwardResult) -> Iterator[str]:
        """One award alone, with everything about it."""
        yield from self.head()
        yield from self._section(award.label, award.clause)
        yield self._verdict(award.status, self._amount(award))
        yield from self._branches([*self._award_trees(award), *self._amount_trees(award)])
        yield from self._listed(self.say("还缺的数据", "still missing"), award.missing)
        yield from self.near_misses(award.near_misses)
        yield from self.foot()

    def head(self) -> Iterator[str]:
        """Who, by what, when."""
        one = self.decision
        yield f"{self.paint('bold', plain(one.name))}  {self.paint('dim', plain(one.uscc))}"
        version = self.say(f"版本 {one.pack.version}", f"version {one.pack.version}")
        yield from wrapped(plain(f"{one.pack.title}（{one.pack.id}，{version}）"), self.columns)
        yield self.say(
            f"判定 {one.year} 年，情况截至 {one.as_of}，适用 {one.law_date} 的规定",
            f"judged for {one.year}, as known on {one.as_of}, by the law of {one.law_date}",
        )

    def foot(self) -> Iterator[str]:
        """The digests, by which this decision can be checked."""
        one = self.decision
        yield ""
        text = self.say(
            f"规则 {one.pack.digest[:19]}…  数据 {one.input_digest[:19]}…",
            f"pack {one.pack.digest[:19]}…  input {one.input_digest[:19]}…",
        )
        yield self.paint("dim", text)
        if not self.full:
            hint = self.say(
                "只列出起决定作用的测试；--full 全部列出，--award 名称 只看一项",
                "only the tests that decided; --full shows all of them, --award NAME one award",
            )
            yield self.paint("dim", hint)

    def _section(self, title: str, aside: str = "") -> list[str]:
        return heading(plain(title), self.paint, plain(aside), self.columns)

    def _verdict(self, status: str, more: str = "") -> str:
        text = f"{status_mark(status)} {status_words(status, self.lang)}"
        return f"  {self.paint(status_style(status), text)}{more and '  ' + more}"

    def _branches(self, trees: Sequence[Tree]) -> Iterator[str]:
        return branches(trees, self.paint, self.columns)

    # ---------------------------------------------------------------------------------------- coverages

    def coverage(self, one: CoverageResult) -> Iterator[str]:
        """A coverage: its status, why it is in scope, why it is covered."""
        yield from self._section(one.label, one.clause)
        yield self._verdict(one.status)
        if one.status == "not_in_force":
            return
        self._telling[:] = [one.id]
        trees = self._gated(one.scope, one.reason, one.status, self.say("条件", "condition"))
        self._telling.clear()
        yield from self._branches(trees)

    def _gated(self, gate: Reason, reason: Reason, status: str, name: str) -> list[Tree]:
        """The scope, and the condition where the scope does not settle the matter."""
        trees = [self._named(gate, self.say("范围", "scope"))]
        if gate.result is not False or self.full:
            trees.append(self._named(reason, name))
        return trees

    def _named(self, reason: Reason, name: str) -> Tree:
        """A root under a heading of its own; a connective's words join the heading."""
        tree = self.tree(reason, root=True)
        if reason.kind in CONNECTIVES and tree.text:
            return tree._replace(text=f"{name}{self.say('：', ': ')}{tree.text}")
        return self._marked(reason, name, (tree,), "")

    # ---------------------------------------------------------------------------------------- profile, classes

    def profile(self) -> Iterator[str]:
        """The six categories and the layers over them."""
        program, one = self.decision.program, self.decision
        if not program.profile:
            return
        yield from self._section(self.say("六个方面", "the six categories"))
        for rule in program.profile:
            status = one.profile[rule.id]
            mark = self.paint(status_style(status), f"{status_mark(status)} ")
            name = pad(category_words(rule.id, self.lang), 16)
            detail = self._category_detail(one.reason(rule.node))
            first, *rest = wrapped(plain(detail), self.columns - 20) or [""]
            yield f"  {mark}{name}{first}"
            yield from (" " * 20 + line for line in rest)
        if program.layers:
            states = (
                f"{rule.label if self.lang == 'zh' else rule.id} "
                f"{self.paint(status_style(one.layers[rule.id]), status_words(one.layers[rule.id], self.lang))}"
                for rule in program.layers
            )
            yield f"  {self.say('层次', 'layers')}  {'   '.join(states)}"

    def _category_detail(self, reason: Reason) -> str:
        """In a line: the tests that are as the category is."""
        wanted = [leaf for leaf in reason.leaves() if leaf.result is reason.result]
        if reason.result is False:
            return self.say("未见活动", "none found")
        return self.say("；", "; ").join(dict.fromkeys(self._brief(leaf) for leaf in wanted))

    def _brief(self, leaf: Reason) -> str:
        """A test in as few words as will do."""
        subject = leaf.parts[0] if leaf.parts else leaf
        if subject.kind == "count":
            counted = [item for item in subject.items if item.result is leaf.result]
            words = list(dict.fromkeys(self._item(item) for item in counted))
            if words:
                return self.say("、", ", ").join(words[:3]) + (
                    self.say(f"等 {len(words)} 种", " …") if len(words) > 3 else ""
                )
            return self.say("未调查", "not surveyed") if leaf.result is None else self._counted(subject)
        if leaf.kind == "member" and subject.kind in LEAVES and subject.parts:
            return self._test(subject, named=False)
        return self._test(leaf, named=False)

    def classes(self) -> Iterator[str]:
        """Each classification that the pack reports, and the row that gave it."""
        found = self.decision.class_results
        if not found:
            return
        yield from self._section(self.say("分类", "classifications"))
        trees = [self._class_tree(one) for one in found.values()]
        yield from self._branches(trees)

    def _class_tree(self, one: ClassResult) -> Tree:
        labels = {choice.id: choice.label or choice.id for choice in one.rule.values}
        name = one.label if self.lang == "zh" else one.id
        values = one.value if isinstance(one.value, tuple) else (one.value,)
        words = [
            labels.get(value, value) if self.lang == "zh" else value
            for value in values
            if value != "undetermined"
        ]
        open_ = [labels.get(value, value) if self.lang == "zh" else value for value in one.possible]
        text = self.say("、", ", ").join(words) or (
            self.say("待定", "undetermined") if open_ else self.say("无", "none")
        )
        if open_:
            text += self.say(f"（可能：{'、'.join(open_)}）", f" (possible: {', '.join(open_)})")
        inner: tuple[Tree, ...] = ()
        if self.full and not one.rule.many:
            inner = tuple(self._table(one.reason))
        elif self.full:
            inner = tuple(
                self.tree(self.decision.reason(node))._replace(text=labels[choice.id])
                for choice, node in zip(one.rule.values, one.rule.many, strict=True)
            )
        return Tree(f"{name}{self.say('：', ': ')}{text}", "open" if open_ else "", inner, one.clause)

    # ---------------------------------------------------------------------------------------- awards

    def awards(self) -> Iterator[str]:
        """The awards, those that may be had first; the ones out of reach only counted unless all is wanted."""
        found = list(self.decision.awards.values())
        if not found:
            return
        counts = Counter(one.status for one in found)
        aside = " · ".join(
            f"{status_words(status, self.lang)} {counts[status]}" for status in BY_WORTH if counts[status]
        )
        yield from self._section(self.say("奖励、优惠与指导", "awards, preferences and guidance"), aside)
        for statuses in (GOOD, OPEN, BAD):
            for one in found:
                if one.status in statuses:
                    yield from self._award_lines(one)
        rest = [one for one in found if one.status not in GOOD | OPEN | BAD]
        for one in rest if self.full else []:
            yield from self._award_lines(one)

    def _award_lines(self, one: AwardResult) -> Iterator[str]:
        status = status_words(one.status, self.lang)
        mark = self.paint(status_style(one.status), status_mark(one.status))
        label = one.label if self.lang == "zh" else f"{one.id}"
        amount = self._amount(one)
        text = f"{label}{amount and '  ' + amount}"
        aside = f"{status}  {one.clause}"
        lines = wrapped(plain(text), self.columns - 4)
        room = self.columns - 4 - width(lines[-1]) - width(aside)
        for index, line in enumerate(lines):
            lead = f"  {mark} " if index == 0 else "    "
            tail = " " * room + self.paint("dim", aside) if index == len(lines) - 1 and room >= 2 else ""
            yield f"{lead}{line}{tail}"
        if room < 2:
            yield " " * max(4, self.columns - width(aside)) + self.paint("dim", aside)
        yield from branches(self._award_trees(one, brief=not self.full), self.paint, self.columns, "    ")

    def _award_trees(self, one: AwardResult, brief: bool = False) -> list[Tree]:
        if one.status in ("not_in_force", "not_applicable"):
            return []
        if one.scope.result is not True or not brief:
            return self._gated(one.scope, one.reason, one.status, self.say("条件", "condition"))
        tree = self.tree(one.reason, root=True)
        return list(tree.branches) if one.reason.kind == "all" else [tree]

    def _amount_trees(self, one: AwardResult) -> list[Tree]:
        """How the amount is reckoned: from the upper end, whose parts both ends share."""
        if not one.has_amount or one.rule.amount is None:
            return []
        reason = self.decision.reason(one.rule.amount.high)
        return [Tree(f"{self.say('金额：', 'amount: ')}{self._amount(one)}", "", tuple(self._value(reason)))]

    def _amount(self, one: AwardResult) -> str:
        if not one.has_amount:
            return ""
        amount = one.amount
        if amount is None:
            return self.say("金额未知", "amount unknown")
        low, high = (format_quantity(end, Type.MONEY, None, self.lang) for end in amount)
        return high if low == high else self.say(f"{low} 至 {high}", f"{low} to {high}")

    # ---------------------------------------------------------------------------------------- gaps

    def near_misses(self, found: Sequence[NearMiss] | None = None) -> Iterator[str]:
        """What is only a number away: how much, and what it would give."""
        misses = self.decision.near_misses if found is None else found
        shown_ = [
            miss for miss in misses if miss.decision.partition(".")[0] in ("coverages", "awards", "classes")
        ]
        numbers = [miss for miss in shown_ if self._counted_by(miss) is None]
        items = [miss for miss in shown_ if self._counted_by(miss) is not None]
        if not shown_:
            return
        yield from self._section(self.say("还差一点", "near misses"))
        numbers.sort(key=_what_moves)
        trees = [self._near_miss(list(same)) for _, same in groupby(numbers, _what_moves)]
        items.sort(key=self._more)
        trees += [self._one_more(list(same)) for _, same in groupby(items, self._more)]
        yield from self._branches(trees)

    def _counted_by(self, miss: NearMiss) -> Reason | None:
        """The count that would have to rise, where more activities would do; None where a number has to move."""
        reason = self.decision.reason(miss.node)
        return next((part for part in reason.parts if part.kind == "count"), None)

    def _more(self, miss: NearMiss) -> str:
        count = self._counted_by(miss)
        what = self._looked_for(count) if count is not None else miss.label
        return self.say(f"再有 {miss.gap} 项{what}", f"{miss.gap} more: {what}")

    def _one_more(self, same: Sequence[NearMiss]) -> Tree:
        return Tree(self._more(same[0]), "", self._gains(same))

    def _gains(self, same: Sequence[NearMiss]) -> tuple[Tree, ...]:
        """What would be gained."""
        return tuple(
            Tree(self._gain(miss), aside=self._clause(miss.clause), mark="→", mark_style="good")
            for miss in same
        )

    def _near_miss(self, same: Sequence[NearMiss]) -> Tree:
        first = same[0]
        kind, unit = first.type or Type.COUNT, first.unit
        numbers: tuple[Number, ...] = (max(first.gap, -first.gap), first.present, first.needed)
        gap, present, needed = (format_quantity(number, kind, unit, self.lang) for number in numbers)
        label = fact_words(first.fact, self.decision.program, self.pack, self.enterprise, self.lang)
        label = first.label if self.lang == "zh" else label
        short = self.say("还差", "short by") if first.gap > 0 else self.say("超出", "over by")
        text = f"{_beside(label, short)} {gap}" + self.say(
            f"（现 {present}，需 {needed}）", f" (now {present}, needs {needed})"
        )
        if first.present == 0 and first.needed == 1 and kind is not Type.COUNT:
            text = self.say(
                f"{label} 现为 {present}，大于 0 即可", f"{label} is {present}; anything above 0 will do"
            )
        return Tree(text, "bold", self._gains(same))

    def _gain(self, miss: NearMiss) -> str:
        kind, _, id = miss.decision.partition(".")
        label = miss.decision_label if self.lang == "zh" else id
        if kind == "classes":
            rule = next(rule for rule in self.decision.program.classes if rule.id == id)
            words = {choice.id: choice.label or choice.id for choice in rule.values}
            return f"{label}{self.say('：', ': ')}{words.get(miss.becomes, miss.becomes) if self.lang == 'zh' else miss.becomes}"
        return f"{label}{self.say('：', ': ')}{status_words(miss.becomes, self.lang)}"

    def missing(self) -> Iterator[str]:
        """The facts not known that can still change something, each with what it may change."""
        names = self.decision.missing
        if not names:
            return
        yield from self._listed(
            self.say(
                f"还缺的数据（{len(names)} 项，补上可能改变结果）",
                f"still missing ({len(names)}; each may change something)",
            ),
            names,
        )

    def _listed(self, title: str, names: Sequence[str]) -> Iterator[str]:
        if not names:
            return
        yield from self._section(title)
        words = [
            fact_words(name, self.decision.program, self.pack, self.enterprise, self.lang) for name in names
        ]
        yield from wrapped(plain(self.say("、", ", ").join(words)), self.columns, "  ", hang="  ")

    # ---------------------------------------------------------------------------------------- a reason as a tree

    def tree(self, reason: Reason, root: bool = False) -> Tree:
        """A reason and what decided it, for showing."""
        if reason.kind in CONNECTIVES:
            return self._connective(reason, root)
        if reason.kind in ("member", "under", "known") and reason.parts:
            return self._about(reason)
        if reason.kind == "compare":
            return self._comparison(reason)
        text = f"{self._label(reason)}{self.say('：', ': ')}{reason.shown(self.lang)}"
        return self._marked(reason, text, tuple(self._value(reason)))

    def _marked(
        self, reason: Reason, text: str, inner: tuple[Tree, ...] = (), aside: str | None = None
    ) -> Tree:
        result = reason.result if isinstance(reason.result, bool) or reason.result is None else None
        mark, style = MARKS[result], STYLES[result]
        return Tree(text, "", inner, self._aside(reason) if aside is None else aside, mark, style)

    def _aside(self, reason: Reason) -> str:
        place = f"{_file(reason.place)}:{reason.place.line}" if reason.place else ""
        return "  ".join(filter(None, (self._clause(reason.clause), place)))

    def _clause(self, clause: str) -> str:
        """The first of several long clauses stands for all of them."""
        first, comma, _ = clause.partition("、")
        return self.say(f"{first}等", f"{first} …") if comma and width(clause) > 30 else clause

    # connectives

    def _connective(self, reason: Reason, root: bool) -> Tree:
        name = "" if root else self._reference(reason)
        again = self._again(reason) if name else None
        if root:
            self._told.add(reason.node)
        if again is not None:
            return again
        kept = reason.parts if self.full else _decisive(reason)
        inner = [self.tree(part) for part in self._flat(kept, reason.kind)]
        words = self._joined(reason, len(kept))
        if not words and len(inner) == 1 and not name and not root:
            return inner[0]
        text = f"{name}{self.say('：', ': ')}{words}" if name and words else name or words
        return self._marked(reason, text, tuple(inner), self._aside(reason) if name else "")

    def _flat(self, parts: Iterable[Reason], kind: str) -> Iterator[Reason]:
        """An unnamed and within an and (or an or within an or) is no level of its own."""
        for part in parts:
            if part.kind == kind and kind in ("all", "any") and not self._reference(part):
                yield from self._flat(part.parts if self.full else _decisive(part), kind)
            else:
                yield part

    def _joined(self, reason: Reason, kept: int) -> str:
        """What a connective asks for, and how many of its parts decided."""
        number = len(reason.parts)
        kept = kept if not self.full else sum(part.result is reason.result for part in reason.parts)
        if reason.kind == "not":
            return self.say("不得有以下情形", "none of this")
        if reason.kind == "at_least_of":
            least = reason.info.against[0] if reason.info.against else 0
            met = sum(part.result is True for part in reason.parts)
            return self.say(
                f"{number} 项中至少 {least} 项，已有 {met} 项", f"at least {least} of {number}, {met} met"
            )
        if number < 2:
            return ""
        return self._all(reason, number, kept) if reason.kind == "all" else self._any(reason, number, kept)

    def _all(self, reason: Reason, number: int, kept: int) -> str:
        if reason.result is True:
            return self.say(f"{number} 项都满足", f"all {number} are met")
        if reason.result is False:
            return self.say(f"{number} 项都要满足，{kept} 项不满足", f"all {number} needed, {kept} not met")
        return self.say(f"{number} 项都要满足，{kept} 项未知", f"all {number} needed, {kept} unknown")

    def _any(self, reason: Reason, number: int, kept: int) -> str:
        if reason.result is True:
            return self.say(
                f"{number} 项满足一项即可，已有 {kept} 项", f"any of {number} will do, {kept} met"
            )
        if reason.result is False:
            return self.say(f"{number} 项满足一项即可，都不满足", f"any of {number} would do, none is met")
        return self.say(
            f"{number} 项满足一项即可，{kept} 项未知", f"any of {number} would do, {kept} unknown"
        )

    def _reference(self, reason: Reason) -> str:
        """The name of what a node defines: a derived fact, a category, another decision's condition."""
        section, _, rest = reason.info.path.partition(".")
        if reason.info.name and section != "awards":
            return self._label(reason)
        if section in ("profile", "layers") and reason.kind in CONNECTIVES:
            return category_words(rest.partition(".")[0], self.lang)
        if section == "coverages" and reason.kind in CONNECTIVES:
            part = {"scope": self.say("的范围", ", scope"), "covered_when": self.say("的条件", ", condition")}
            id, _, which = rest.partition(".")
            if id in self._telling:
                return ""
            label = next((rule.label for rule in self.decision.program.coverages if rule.id == id), id)
            return (label if self.lang == "zh" else id) + part.get(which, "")
        return ""

    def _again(self, reason: Reason) -> Tree | None:
        """A short reference to what has been shown in full; None the first time."""
        if self.full:
            return None
        if reason.node in self._told:
            return self._marked(
                reason, self._reference(reason) + self.say("（见上）", " (see above)"), (), ""
            )
        self._told.add(reason.node)
        return None

    # tests

    def _about(self, reason: Reason) -> Tree:
        """A test of one subject: a derived yes/no is opened, anything else shows its value."""
        subject = reason.parts[0]
        if subject.kind in CONNECTIVES | LEAVES and reason.info.against in ((True,), (False,)):
            inner = self.tree(subject)
            wanted = "" if reason.info.against == (True,) else self.say("（须为否）", " (must be no)")
            named = self._reference(subject) or self._label(subject)
            if subject.kind in LEAVES and named and not inner.text.startswith(named):
                inner = inner._replace(text=f"{named}{self.say('：', ': ')}{inner.text}")
            return self._marked(reason, inner.text + wanted, inner.branches, inner.aside)
        return self._marked(reason, self._test(reason), tuple(self._value(subject)))

    def _comparison(self, reason: Reason) -> Tree:
        name = self._label(reason) if reason.info.name else ""
        left, right, _ = _sides(reason)
        inner = [*self._value(left), *self._value(right)]
        text = self._test(reason)
        if name and not text.startswith(name):
            text = f"{name}{self.say('：', ': ')}{text}"
        return self._marked(reason, text, tuple(inner))

    def _test(self, reason: Reason, named: bool = True) -> str:
        """A test as one line: the subject, its value, and what it is held against."""
        if reason.kind in CONNECTIVES or not reason.parts:
            return f"{self._label(reason)}{self.say('：', ': ')}{reason.shown(self.lang)}"
        if reason.kind == "compare":
            return self._compared(reason)
        subject, against = reason.parts[0], reason.info.against
        label, value = self._label(subject), self._shown(subject)
        if reason.kind == "known":
            return _beside(label, value) + self.say("，须为已知", ", must be known")
        if reason.kind == "member" and against == (True,):
            return f"{label}{self.say('：', ': ')}{value}"
        if reason.kind == "under" and against == ("",):
            return _beside(label, value) + self.say("，辖区为全国", ", anywhere in the country")
        if reason.kind == "under":
            prefixes = _ranges([str(one) for one in against])
            return _beside(label, value) + self.say(f"，应属 {prefixes}", f", under {prefixes}")
        wanted = self.say("、", ", ").join(shown(one, subject.info, self.lang) for one in against)  # type: ignore[arg-type]
        return self.say(f"{label}：{value}（须为{wanted}）", f"{label}: {value} (must be {wanted})")

    def _compared(self, reason: Reason) -> str:
        left, right, sign = _sides(reason)
        if left.kind == "count" and right.kind == "figure" and sign == ">=" and right.result == 1:
            return self._counted(left)
        bound = right.shown(self.lang, left)
        parameter = right.info.parameter
        name = parameter or (self._label(right) if right.kind not in ("figure", "date") else "")
        if name:
            bound += self.say(f"（{self._parameter(name)}）", f" ({name})")
        return f"{_beside(self._label(left), self._tallied(left, right))} {SIGNS[sign]} {bound}"

    def _tallied(self, reason: Reason, like: Reason) -> str:
        """A value in words; of a count or total that nobody surveyed only the lower end means anything."""
        whole = reason.shown(self.lang, like)
        if reason.kind not in ("count", "total") or not isinstance(reason.result, Interval):
            return whole
        low, high = reason.result
        if high - low < MOST_ITEMS:
            return whole
        least = whole.partition(self.say(" 至 ", " to "))[0]
        return self.say(f"至少 {least}（未查清）", f"at least {least} (not surveyed)")

    def _parameter(self, name: str) -> str:
        entry = self.pack.linked.find("parameters", name)
        return entry.item.label if entry is not None and entry.item.label else name

    def _shown(self, reason: Reason) -> str:
        labels = reason.shown(self.lang)
        known = reason.result
        return (
            kind_words(known, self.pack, self.lang) if isinstance(known, str) and labels == known else labels
        )

    def _label(self, reason: Reason) -> str:
        return reason.info.label(self.lang) or reason.info.name

    # counts

    def _counted(self, count: Reason) -> str:
        """How many activities qualify, of which kinds."""
        what = self._looked_for(count)
        if is_plain(count.result):
            found = int(count.result)  # type: ignore[arg-type]
            return self.say(
                f"{what}：{found} 项" if found else f"没有符合的{what}",
                f"{what}: {found}" if found else f"no {what}",
            )
        low, high = ends(count.result)
        if high - low >= MOST_ITEMS:
            if low > 0:
                return self.say(f"{what}：至少 {low} 项", f"{what}: at least {low}")
            return self.say(f"{what}：未调查", f"{what}: not surveyed")
        return self.say(f"{what}：{low} 至 {high} 项", f"{what}: {low} to {high}")

    def _looked_for(self, count: Reason) -> str:
        """The kinds or categories that an aggregate asks for."""
        node = self._node(count)
        section, _, category = count.info.path.partition(".")
        if section == "profile":
            words = category_words(category, self.lang)
            return self.say(f"{words}方面的活动", f"activity of {words}")
        if not isinstance(node, Aggregate):
            return self._label(count)
        kinds: list[str] = []
        categories: list[str] = []
        for part in node.body:
            if isinstance(part, Member) and isinstance(of := node.body[part.of], ItemFact):
                frame = self.decision.program.frame
                columns = frame.activity_facts if node.over == "activities" else frame.qualification_facts
                asked = {"kind": kinds, "category": categories}.get(columns[of.index].name, [])
                asked += map(str, part.values)
        names = [kind_words(kind, self.pack, self.lang) for kind in kinds] or [
            category_words(one, self.lang) for one in categories
        ]
        listed = self.say("、", ", ").join(names[:3]) + (
            self.say(f"等 {len(names)} 种", f" … ({len(names)})") if len(names) > 3 else ""
        )
        if node.over == "qualifications":
            return self.say(f"资质（{listed}）", f"qualification ({listed})")
        return (
            self.say(f"活动（{listed}）", f"activity ({listed})") if listed else self.say("活动", "activity")
        )

    def _node(self, reason: Reason) -> object:
        nodes = self.decision.program.nodes
        return nodes[reason.node] if reason.node < len(nodes) else None

    def _items(self, count: Reason) -> Iterator[Tree]:
        """The items that count or may; and, of those that do not, the ones of the right kind."""
        for item in count.items:
            if item.result is not False or self.full or not _other_kind(item):
                style = STYLES[item.result]
                why = (
                    f"{self.say('：', ': ')}{self._because(item.because)}" if item.because is not None else ""
                )
                yield Tree(f"{self._item(item, facts=True)}{why}", mark=MARKS[item.result], mark_style=style)

    def _item(self, item: ItemReason, facts: bool = False) -> str:
        kind, _, index = item.where.rstrip("]").partition("[")
        items = getattr(self.enterprise, kind, None) or ()
        if int(index) >= len(items):
            return item.where
        one = items[int(index)]
        more = item_facts(one, self.lang) if facts else ""
        return item_words(one, self.pack, self.lang) + (self.say(f"（{more}）", f" ({more})") if more else "")

    def _because(self, reason: Reason) -> str:
        return self._test(reason)

    # values

    def _value(self, reason: Reason) -> Iterator[Tree]:
        """Where a number or a choice comes from; nothing for a base fact or a figure."""
        if reason.kind in ("fact", "figure", "date") or reason.kind in LEAVES:
            return
        if reason.kind in ("count", "total"):
            yield from self._items(reason)
        elif reason.kind == "table":
            yield from self._table(reason)
        elif reason.kind in CONNECTIVES:
            yield self.tree(reason)
        elif reason.kind == "rounded":
            yield from self._value(reason.parts[0])
        else:
            yield Tree(f"= {self._formula(reason)}")
            for part in self._named_parts(reason):
                yield from self._value(part)

    def _named_parts(self, reason: Reason) -> Iterator[Reason]:
        """The operands of a formula that have names, through those that have none."""
        for part in reason.parts:
            if part.info.zh or not part.parts:
                yield part
            else:
                yield from self._named_parts(part)

    def _formula(self, reason: Reason) -> str:
        node = self._node(reason)
        if isinstance(node, Quotient):
            return f"{self._operand(reason.parts[0])} ÷ {self._operand(reason.parts[1])}"
        if isinstance(node, Linear):
            terms = [self._term(of, part) for (of, _), part in zip(node.terms, reason.parts, strict=True)]
            return " ".join(terms).removeprefix("+ ")
        words = self.say("、", ", ").join(self._operand(part) for part in reason.parts)
        return f"{self._label(reason)}{self.say('：', ': ')}{words}"

    def _term(self, factor: Number, part: Reason) -> str:
        sign, size = ("−" if factor < 0 else "+"), Fraction(max(factor, -factor))
        times = "" if size == 1 else f" × {size}" if size.denominator == 1 else f" × {float(size):g}"
        return f"{sign} {self._operand(part)}{times}"

    def _operand(self, reason: Reason) -> str:
        """A named value, a figure, or what an unnamed one is made of."""
        if reason.kind == "figure":
            return reason.shown(self.lang)
        if not reason.info.zh and reason.parts and reason.kind in ("sum", "ratio"):
            return f"({self._formula(reason)})"
        return _beside(self._label(reason), reason.shown(self.lang))

    def _table(self, reason: Reason) -> Iterator[Tree]:
        """The rows that decided a table: the true one, and the open ones before it."""
        conditions, values = reason.parts[:-1:2], [*reason.parts[1::2], reason.parts[-1]]
        for index, condition in enumerate(conditions):
            if condition.result is False and not self.full:
                continue
            value = values[index].shown(self.lang, reason)
            arrow = self.say(f"第 {index + 1} 行（{value}）", f"row {index + 1} ({value})")
            yield self._marked(condition, arrow, (self.tree(condition), *self._value(values[index])), "")
            if condition.result is True:
                return
        if all(condition.result is False for condition in conditions):
            value = values[-1].shown(self.lang, reason)
            text = self.say(f"各行都不满足，取其余：{value}", f"no row applies: {value}")
            yield Tree(text, "", tuple(self._value(values[-1])))


# ------------------------------------------------------------------------------------------- small helpers


def _beside(label: str, value: str) -> str:
    """A label and its value, a blank between them where they would run together."""
    return f"{label}{'' if not label or label.endswith('）') else ' '}{value}"


def _what_moves(miss: NearMiss) -> tuple[str, Number, Number]:
    return miss.fact, miss.present, miss.needed


def _file(place: Place | None) -> str:
    return PurePath(place.file).name if place else ""


def _decisive(reason: Reason) -> tuple[Reason, ...]:
    """The parts of a connective that gave it its result."""
    result, parts = reason.result, reason.parts
    if reason.kind in ("not", "at_least_of") or result is (reason.kind == "all"):
        return parts
    return tuple(part for part in parts if part.result is result)


def _sides(reason: Reason) -> tuple[Reason, Reason, str]:
    """Left, right and sign of a comparison, the figure on the right."""
    left, right, sign = reason.parts[0], reason.parts[1], reason.info.test
    if left.kind == "figure" and right.kind != "figure":
        return right, left, OPPOSITE[sign]  # type: ignore[index]
    return left, right, sign


def _other_kind(item: ItemReason) -> bool:
    """Kept out because it is another kind of thing altogether."""
    because = item.because
    return because is not None and bool(because.parts) and because.parts[0].info.name in ("kind", "category")


def _ranges(codes: Sequence[str]) -> str:
    """Codes with neighbours joined: 06、07、08 as 06–08."""
    runs: list[list[str]] = []
    for code in codes:
        if (
            runs
            and code.isdecimal()
            and len(code) == len(runs[-1][-1])
            and int(code) == int(runs[-1][-1]) + 1
        ):
            runs[-1].append(code)
        else:
            runs.append([code])
    return "、".join(
        run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" if len(run) > 2 else "、".join(run) for run in runs
    )
