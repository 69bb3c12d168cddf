"""Show what is in a pack: its head, and each section with labels, clauses and lines.

`cli packs` and `cli show` print it. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final

from innovation_rules.case import VOCABULARY
from innovation_rules.errors import Lang, Place, width
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.fields import region_name
from innovation_rules.jurisdictions import WHOLE_COUNTRY, Head, head
from innovation_rules.pack import Pack, clauses
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Entry, canonical
from innovation_rules.quantities import Type
from innovation_rules.terminal.render import PLAIN, Paint, fit, heading, pad, plain, wrapped

TITLES: Final[dict[str, tuple[str, str]]] = {
    "base": ("企业数据本来就有的事实", "facts of the enterprise data itself"),
    "inputs": ("另需填报的事实", "declared inputs"),
    "kinds": ("活动种类", "kinds of activity"),
    "qualifications": ("资质种类", "kinds of qualification"),
    "parameters": ("参数", "parameters"),
    "facts": ("推出的事实", "derived facts"),
    "layers": ("层次", "layers"),
    "profile": ("何时算有活动", "when a category is active"),
    "classes": ("分类", "classifications"),
    "coverages": ("覆盖", "coverages"),
    "awards": ("奖励、优惠与指导", "awards, preferences and guidance"),
    "targets": ("地区目标", "targets of the region"),
    "schedule": ("日程", "schedule"),
    "clauses": ("文件各条的去处", "what became of each clause"),
    "notes": ("读文件时的发现", "notes on the document"),
}
_OVERVIEW: Final = ("coverages", "classes", "awards", "targets")
_TABLES: Final = {"qualifications": "qualification_kinds"}
OWNERS: Final = {
    "enterprise": "企业",
    "report": "年报",
    "activity": "活动",
    "qualification": "资质",
    "region": "地区",
}


# ------------------------------------------------------------------------------------------------ packs


def heads_lines(found: Sequence[Head], lang: Lang, paint: Paint, columns: int) -> Iterator[str]:
    """The packs there are, two lines each."""
    for one in found:
        where, when = where_words(one, lang), when_words(one, lang)
        room = columns - width(one.id) - 2
        yield f"{paint('bold', plain(one.id))}  {fit(plain(one.title), room)}"
        more = (
            (f"，沿用 {'、'.join(one.extends)}" if lang == "zh" else f", extends {', '.join(one.extends)}")
            if one.extends
            else ""
        )
        text = f"{where}{'，' if lang == 'zh' else ', '}{when}{more}"
        yield from (paint("dim", line) for line in wrapped(plain(text), columns, "    "))


def heads_json(one: Head) -> dict[str, Any]:
    """A head as plain data."""
    return {
        "id": one.id,
        "title": one.title,
        "version": one.version,
        "jurisdiction": {"within": one.within, "name": one.place, "zone": one.zone},
        "in_force": {
            "from": one.in_force_from.isoformat(),
            "to": one.in_force_to.isoformat() if one.in_force_to else None,
        },
        "extends": list(one.extends),
        "path": str(one.path),
    }


def where_words(one: Head, lang: Lang) -> str:
    """The jurisdiction of a pack."""
    if one.within == WHOLE_COUNTRY:
        return "全国" if lang == "zh" else "the whole country"
    name = one.zone or one.place or region_name(one.within) or ""
    return f"{name}（{one.within}）" if lang == "zh" else f"{name} ({one.within})"


def when_words(one: Head, lang: Lang) -> str:
    """From when to when a pack is in force."""
    if one.in_force_to is None:
        return f"{one.in_force_from} 起施行" if lang == "zh" else f"in force from {one.in_force_from}"
    ends = f"{one.in_force_from} 至 {one.in_force_to}", f"{one.in_force_from} to {one.in_force_to}"
    return f"施行期 {ends[0]}" if lang == "zh" else f"in force {ends[1]}"


# ------------------------------------------------------------------------------------------------ one pack


@dataclass(frozen=True)
class Inside:
    """One pack, laid open."""

    pack: Pack
    lang: Lang
    paint: Paint = PLAIN
    columns: int = 80

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    # -- text

    def lines(self, section: str | None) -> Iterator[str]:
        """The overview, or one section, or all."""
        yield from self._head()
        if section is None:
            yield from self._counts()
            for name in _OVERVIEW:
                yield from self._section(name, brief=True)
            hint = self.say(
                "--section 名称 看一部分的细节，如 --section facts",
                "--section NAME shows a part in full, such as --section facts",
            )
            yield ""
            yield self.paint("dim", hint)
            return
        for name in TITLES if section == "all" else (section,):
            if name != "base" or section == "base":
                yield from self._section(name)

    def _head(self) -> Iterator[str]:
        one = head(self.pack.path)
        yield from wrapped(
            plain(f"{one.title}（{one.id}，{self.say('版本', 'version')} {one.version}）"), self.columns
        )
        document = self.pack.linked.pack.document
        parts = [where_words(one, self.lang), when_words(one, self.lang)]
        if document is not None:
            parts += [text for text in (document.issuer, document.number) if text]
        if one.extends:
            parts.append(self.say(f"沿用 {'、'.join(one.extends)}", f"extends {', '.join(one.extends)}"))
        yield from wrapped(plain(self.say("，", ", ").join(parts)), self.columns)
        yield self.paint("dim", f"{self.pack.digest[:26]}…  {plain(str(one.path))}")

    def _counts(self) -> Iterator[str]:
        yield ""
        parts = []
        for name in TITLES:
            entries = self.entries(name) if name not in ("base", "clauses", "notes", "profile") else []
            own = [one for one in entries if one.owner is self.pack.linked.pack]
            if entries:
                more = len(entries) - len(own)
                text = f"{self._title(name)} {len(own)}"
                parts.append(text + (self.say(f"（另沿用 {more}）", f" (+{more} inherited)") if more else ""))
        yield from wrapped(self.say("；", "; ").join(parts), self.columns)

    def _title(self, name: str) -> str:
        return self.say(*TITLES[name])

    def _section(self, name: str, brief: bool = False) -> Iterator[str]:
        special: dict[str, Callable[[], Iterable[str]]] = {
            "base": self._base,
            "clauses": self._clauses,
            "notes": self._notes,
            "profile": self._profile,
        }
        body = list(special[name]() if name in special else self._entries(name, brief))
        if body:
            yield from heading(self._title(name), self.paint)
            yield from body

    def entries(self, name: str) -> list[Entry]:
        """The items of a section, inherited ones included."""
        if name == "kinds":
            return self.pack.linked.all_kinds()
        if name in ("base", "clauses", "notes", "profile"):
            return []
        return self.pack.linked.all(_TABLES.get(name, name))

    def _entries(self, name: str, brief: bool) -> Iterator[str]:
        group = ""
        for entry in self.entries(name):
            if entry.category and entry.category != group:
                group = entry.category
                yield "  " + self.paint("bold", CATEGORIES.get(group, group) if self.lang == "zh" else group)
            yield from self._entry(entry, brief)

    def _entry(self, entry: Entry, brief: bool) -> Iterator[str]:
        label = plain(entry.item.label or entry.id) if self.lang == "zh" else entry.id
        clause = "、".join(getattr(entry.item, "source", ()))
        clause = clause if width(clause) <= 30 else f"{clause.partition('、')[0]}{self.say('等', ' …')}"
        place = "" if brief else f"  {_at(entry.place)}"
        yield from self._line(label, f"{clause}{place}")
        if brief:
            return
        other = entry.id if self.lang == "zh" else plain(entry.item.label)
        detail = self.detail(entry)
        text = self.say("，", ", ").join(filter(None, (other, detail)))
        yield from (self.paint("dim", line) for line in wrapped(plain(text), self.columns, "      "))
        interpretation = getattr(entry.item, "interpretation", None)
        if interpretation is not None:
            reading = self.say("读法：", "reading: ") + interpretation.reading
            yield from wrapped(plain(reading), self.columns, "      ")

    def _line(self, text: str, aside: str) -> Iterator[str]:
        lines = wrapped(text, self.columns, "    ")
        room = self.columns - width(lines[-1]) - width(aside)
        yield from lines[:-1]
        if room >= 2:
            yield f"{lines[-1]}{' ' * room}{self.paint('dim', aside)}"
        else:
            yield lines[-1]
            yield " " * max(6, self.columns - width(aside)) + self.paint("dim", aside)

    # -- details

    def detail(self, entry: Entry) -> str:
        """What an item is beyond its label: type and unit, operator, rows, kind of award, threshold."""
        match entry.item:
            case g.Input() as item:
                return self._input(item)
            case g.ActivityKind() as item:
                lasts = self.say(item.lasts.zh, item.lasts.value)
                return self.say("，", ", ").join(filter(None, (lasts, item.quantity)))
            case g.Parameter() as item:
                steps = (
                    f"{day} {self.say('起', 'on:')} {figure.text}"
                    for day, figure in sorted(item.values.items())
                )
                return self.say("；", "; ").join(steps)
            case g.Fact() as item:
                words = type(item.operator).words
                return self.say(words[1], words[0]) + (f"（{item.unit}）" if item.unit else "")
            case g.Layer() as item:
                return self.say("、", ", ").join(self._category(str(name)) for name in item.of)
            case g.Classification() as item:
                rows = [row.label or _text(row.is_ or row.otherwise) for row in item.rows]
                many = self.say("可多选：", "several may hold: ") if item.many else ""
                return many + self.say("、", ", ").join(rows)
            case g.Award() as item:
                return self._award(item)
            case g.Target() as item:
                return self._target(item)
            case g.Duty() as item:
                return self.say("、", ", ").join(item.responsible)
        return ""

    def _category(self, name: str) -> str:
        return CATEGORIES.get(name, name) if self.lang == "zh" else name

    def _input(self, item: g.Input) -> str:
        parts = [self.say(item.of.zh, item.of.value), self.say(item.type.zh, item.type.value), item.unit]
        if item.choices:
            parts.append("、".join(item.choices.values()) if self.lang == "zh" else ", ".join(item.choices))
        if item.found_by is not None:
            parts.append(self.say(f"由{item.found_by.zh}认定", f"found by the {item.found_by.value}"))
        return self.say("，", ", ").join(filter(None, parts))

    def _award(self, item: g.Award) -> str:
        parts = ["" if item.grants else self.say(item.kind.zh, item.kind.value)]
        if item.bearing is g.Bearing.WEIGHS:
            parts.append(self.say(item.bearing.zh, "weighs"))
        if item.discretionary:
            parts.append(self.say("酌情", "discretionary"))
        if item.grants:
            parts.append(self.say(f"适用 {item.grants}", f"grants {item.grants}"))
        parts += [
            self.say("、", ", ").join(who)
            for who in (item.granted_by, item.funded_by, item.responsible)
            if who
        ]
        return self.say("，", ", ").join(filter(None, parts))

    def _target(self, item: g.Target) -> str:
        signs = {"at_least": "≥", "more_than": ">", "at_most": "≤", "less_than": "<"}
        parts = [
            f"{sign} {_text(value)}"
            for name, sign in signs.items()
            if (value := getattr(item, name)) is not None
        ]
        if item.by:
            parts.append(self.say(f"{item.by} 前", f"by {item.by}"))
        if item.each_year:
            parts.append(self.say("每年", "each year"))
        parts.append(self.say(item.binding.zh, item.binding.value))
        return self.say("，", ", ").join(parts)

    # -- the special sections

    def _base(self) -> Iterator[str]:
        owner = ""
        order = list(OWNERS)
        for (whose, _), spec in sorted(VOCABULARY.items(), key=lambda item: order.index(item[0][0])):
            if whose != owner:
                owner = whose
                yield "  " + self.paint("bold", self.say(OWNERS[owner], owner))
            words = Type(spec.type).words
            unit = f"（{spec.unit}）" if spec.unit else ""
            first, second = self.say(spec.zh, spec.name), self.say(spec.name, spec.zh)
            size = (self.columns - 24) // 2
            cells = f"    {pad(fit(first, size), size)}  {pad(fit(second, size), size)}  {words.in_(self.lang)}{unit}"
            yield fit(cells.rstrip(), self.columns)

    def _profile(self) -> Iterator[str]:
        for name, entry in self.pack.linked.profile.items():
            yield from self._line(self._category(name), _at(entry.place))

    def _clauses(self) -> Iterator[str]:
        read = clauses.find(self.pack.linked)
        if read is None:
            return
        total = clauses.account(read.ledger)
        causes = self.say("，", ", ").join(
            f"{self.say(clauses.Cause(cause).zh, cause)} {number}"
            for cause, number in total.not_encoded.items()
        )
        text = self.say(
            f"共 {total.total} 条：已编码 {total.encoded}；未编码：{causes}",
            f"{total.total} clauses: {total.encoded} encoded; not encoded: {causes}",
        )
        yield from wrapped(text, self.columns, "  ")
        for one in read.ledger.clauses:
            mark = self.paint("dim", "·") if one.not_encoded else self.paint("good", "✓")
            why = (
                self.say("、", ", ").join(one.encoded_by)
                if one.not_encoded is None
                else self.say(one.not_encoded.zh, one.not_encoded.value)
            )
            lines = wrapped(plain(f"{one.id}  {why}"), self.columns - 22)
            yield f"  {mark} {pad(fit(plain(one.locator), 18), 18)}{lines[0]}"
            yield from (" " * 22 + line for line in lines[1:])

    def _notes(self) -> Iterator[str]:
        for one in self.pack.linked.pack.notes:
            text = f"{'、'.join(one.clauses)}{self.say('：', ': ')}{one.text}"
            yield from wrapped(plain(text), self.columns, "  ", hang="    ")

    # -- plain data

    def json(self, section: str | None) -> dict[str, Any]:
        """The head and every section asked for as plain data."""
        found: dict[str, Any] = {**heads_json(head(self.pack.path)), "digest": self.pack.digest}
        for name in TITLES:
            if section in (None, "all", name) and (name != "base" or section == "base"):
                found[name] = self._section_json(name)
        return found

    def _section_json(self, name: str) -> Any:
        if name == "base":
            return [_spec_json(owner, spec) for (owner, _), spec in VOCABULARY.items()]
        if name == "notes":
            return [canonical(one) for one in self.pack.linked.pack.notes]
        if name == "profile":
            return {category: canonical(entry.item) for category, entry in self.pack.linked.profile.items()}
        if name == "clauses":
            read = clauses.find(self.pack.linked)
            return [canonical(one) for one in read.ledger.clauses] if read else []
        return [
            {
                "id": entry.id,
                "pack": str(entry.owner.pack),
                **({"category": entry.category} if entry.category else {}),
                "place": str(entry.place) if entry.place else None,
                **canonical(entry.item),
            }
            for entry in self.entries(name)
        ]


def _spec_json(owner: str, spec: FactSpec) -> dict[str, Any]:
    choices = dict(spec.choices) if spec.choices else None
    return {
        "of": owner,
        "name": spec.name,
        "zh": spec.zh,
        "type": str(spec.type),
        "unit": spec.unit,
        "choices": choices,
        "source": spec.source,
    }


def _text(reference: Any) -> str:
    """A right side as it was written."""
    match reference:
        case g.Figure():
            return reference.node.text
        case g.ParameterRef() | g.FactRef():
            return str(reference.name)
        case g.Milestones():
            return "，".join(f"{day} {figure.text}" for day, figure in reference.steps)
    return str(reference)


def _at(place: Place | None) -> str:
    return f"{PurePath(place.file).name}:{place.line}" if place else ""


__all__ = ["Inside", "Path", "heads_json", "heads_lines", "when_words", "where_words"]
