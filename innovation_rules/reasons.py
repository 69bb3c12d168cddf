"""Put the results of a Program into words: a tree of reasons, from a decision down to the base facts.

`decision` builds it on demand, from the results alone, whichever engine gave them. A Reason carries its node's
index, path and clause; the place in a file is looked up for showing only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NamedTuple, cast

from innovation_rules import facts
from innovation_rules.case import Case, Item
from innovation_rules.errors import Lang, Place
from innovation_rules.program import (
    OPPOSITE,
    Aggregate,
    And,
    AtLeast,
    Compare,
    Constant,
    Extreme,
    Fact,
    Interval,
    ItemFact,
    Member,
    Node,
    Number,
    OneOf,
    Or,
    Origin,
    Outer,
    Program,
    Result,
    Truth,
    Under,
    children,
)
from innovation_rules.quantities import FOREVER, LEVELS, Type, format_quantity
from innovation_rules.walk import PerProgram, Results, body_results, items_of, passes

KINDS: Final[Mapping[str, str]] = {
    "Constant": "figure",
    "Fact": "fact",
    "ItemFact": "fact",
    "Outer": "outer",
    "AsOf": "date",
    "YearsSince": "years",
    "Linear": "sum",
    "Quotient": "ratio",
    "Round": "rounded",
    "FirstMatch": "table",
    "Compare": "compare",
    "Member": "member",
    "Under": "under",
    "Known": "known",
    "And": "all",
    "Or": "any",
    "Not": "not",
    "AtLeast": "at_least_of",
}
LEAVES: Final = frozenset(("compare", "member", "under", "known"))
CONNECTIVES: Final = frozenset(("all", "any", "not", "at_least_of"))
ONGOING: Final = "ongoing"
"""How plain data writes a date that never comes."""
MAX_DEPTH: Final = 60
"""Levels of a tree given as plain data."""
SHOWN: Final = 3
"""Kinds that a count is named after before the rest is summed up."""
SIGNS: Final = {">=": "≥", ">": ">", "<=": "≤", "<": "<", "==": "="}
_TRUTHS: Final = {
    "zh": {True: "满足", False: "不满足", None: "未知"},
    "en": {True: "met", False: "not met", None: "unknown"},
}
_WORDS: Final = {
    "all": ("以下 {n} 项都要满足", "all of {n}"),
    "any": ("以下 {n} 项满足一项即可", "any of {n}"),
    "not": ("以下不得满足", "not"),
    "at_least_of": ("以下 {n} 项至少满足 {least} 项", "at least {least} of {n}"),
    "count": ("符合条件的数量", "number that qualify"),
    "total": ("符合条件的合计", "total that qualify"),
    "sum": ("合计", "sum"),
    "ratio": ("比值", "ratio"),
    "max": ("最大者", "largest"),
    "min": ("最小者", "smallest"),
    "rounded": ("取整", "rounded"),
    "table": ("按表取值", "by table"),
    "years": ("满年数", "whole years"),
}


@dataclass(frozen=True, slots=True)
class Info:
    """What is known of a node before any case: what it is called, its type, its test and its clause."""

    node: int
    kind: str
    path: str = ""
    clause: str = ""
    name: str = ""
    """The fact's name with its year, or the derived fact's; empty for what has no name."""
    zh: str = ""
    en: str = ""
    type: Type | None = None
    unit: str | None = None
    test: str = ""
    against: tuple[object, ...] = ()
    """What a member or prefix test compares with; the n of at_least_of."""
    parameter: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    place: Place | None = field(default=None, compare=False, repr=False)

    def label(self, lang: Lang) -> str:
        """What the node is called in a sentence; empty where it has no name."""
        own = self.zh if lang == "zh" else self.en
        if own or self.kind not in _WORDS:
            return own
        return _WORDS[self.kind][lang == "en"]


def _kind(node: Node) -> str:
    if isinstance(node, Aggregate):
        return "count" if node.of is None else "total"
    if isinstance(node, Extreme):
        return node.kind
    return KINDS[type(node).__name__]


def _id(origin: Origin) -> str:
    """What an item is called in English where its node has no name: as its path says, `profile.platform`."""
    return origin.label and (origin.path.split(".")[1:2] or [origin.label])[0]


def _info(index: int, node: Node, origin: Origin, program: Program, named: bool) -> Info:
    """`named` where the node is what the item's label speaks of, and not a part of it."""
    unit, name, type_ = origin.unit, origin.name, origin.type
    zh, en = (origin.label, origin.name or _id(origin)) if named or name else ("", "")
    labels = program.labels
    if isinstance(node, Aggregate) and not zh:
        zh, en = _counted(node, program)
    if isinstance(node, Fact | ItemFact):
        base = program.frame.facts[node.index] if isinstance(node, Fact) else None
        spec = base.spec if base else _item_spec(program, origin, node.index)
        year = f"（{base.year}年）" if base and base.year else ""
        zh, en = spec.zh + year, spec.name + (f" ({base.year})" if base and base.year else "")
        name, type_, unit = base.name if base else spec.name, spec.type, spec.unit or ""
        labels = dict(spec.choices or labels)
    parameter = node.parameter if isinstance(node, Constant) else ""
    return Info(
        index,
        _kind(node),
        origin.path,
        origin.clause,
        name,
        zh,
        en,
        type_,
        unit or None,
        node.op if isinstance(node, Compare) else "",
        _against(node),
        parameter,
        labels,
        origin.place,
    )


def _counted(node: Aggregate, program: Program) -> tuple[str, str]:
    """What an aggregate counts, from the kinds or else the categories that its body asks for."""
    columns = program.frame.activity_facts if node.over == "activities" else program.frame.qualification_facts
    asked: dict[str, tuple[object, ...]] = {}
    for part in node.body:
        if isinstance(part, Member) and isinstance(read := node.body[part.of], ItemFact):
            asked.setdefault(columns[read.index].name, part.values)
    names = [str(one) for one in asked.get("kind") or asked.get("category") or node.categories]
    labels = [program.labels.get(one) or facts.CATEGORIES.get(one, one) for one in names]
    more = f"等{len(names)}种" if len(names) > SHOWN else ""
    what = "、".join(labels[:SHOWN]) + more
    zh = f"符合条件的{what}{'数量' if node.of is None else '合计'}"
    listed = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more kinds" if more else "")
    return zh, f"{'number' if node.of is None else 'total'} of qualifying {listed or node.over}"


def _item_spec(program: Program, origin: Origin, index: int) -> Any:
    columns = (
        program.frame.qualification_facts if origin.path == "qualifications" else program.frame.activity_facts
    )
    return columns[index]


def _against(node: Node) -> tuple[object, ...]:
    match node:
        case Member():
            return node.values
        case Under():
            return node.prefixes
        case AtLeast():
            return (node.n,)
        case _:
            return ()


def _infos(program: Program) -> tuple[Info, ...]:
    roots = _roots(program)
    return tuple(
        _info(index, node, origin, program, index in roots)
        for index, (node, origin) in enumerate(zip(program.nodes, program.origins, strict=True))
    )


def _roots(program: Program) -> frozenset[int]:
    """The nodes that decide something."""
    return frozenset(
        (
            *(rule.condition for rule in program.coverages),
            *(rule.condition for rule in program.awards),
            *(rule.node for rule in (*program.profile, *program.layers)),
            *(rule.node for rule in program.classes),
        )
    )


infos: Final = PerProgram(_infos)
"""What is known of each node of a program before any case."""


def _body_infos(program: Program, index: int, node: Aggregate) -> list[Info]:
    """The same for the body of an aggregate; an ItemFact is named after the list it reads."""
    known = program.body_origins.get(index, ())
    found = []
    for inner, part in enumerate(node.body):
        origin = known[inner] if inner < len(known) else Origin("")
        if isinstance(part, ItemFact):
            origin = Origin(node.over)
        found.append(_info(inner, part, origin, program, False))
    return found


# ------------------------------------------------------------------------------------------- a reason


class Reason(NamedTuple):
    """Why a node has its result: the node, the result, and the reasons of what it was made from.

    For a test the parts are what is tested and what it is tested against; for a table its rows (condition,
    value, condition, value, ...) and last the value for all others.
    """

    info: Info
    result: Result
    parts: tuple[Reason, ...] = ()
    tally: Tally | None = None

    @property
    def node(self) -> int:
        """The index of the node in its program (inside an aggregate: in the aggregate's body)."""
        return self.info.node

    @property
    def kind(self) -> str:
        """fact, figure, compare, all, any, count, table, ..."""
        return self.info.kind

    @property
    def clause(self) -> str:
        """The clause that the node comes from."""
        return self.info.clause

    @property
    def place(self) -> Place | None:
        """Where it stands in the pack's file, for showing."""
        return self.info.place

    @property
    def items(self) -> tuple[ItemReason, ...]:
        """For a count or a total: each item, whether it counts, and why not."""
        return self.tally.items() if self.tally else ()

    @property
    def row(self) -> int | None:
        """For a table: the row that decided, the number of rows for the last; None while that is open."""
        conditions = self.parts[:-1:2]
        for index, condition in enumerate(conditions):
            if condition.result is not False:
                return index if condition.result else None
        return len(conditions)

    def leaves(self) -> Iterator[Reason]:
        """The tests under this node, through its connectives, in order and each once."""
        seen: set[int] = set()
        stack: list[Reason] = [self]
        while stack:
            reason = stack.pop()
            if reason.node in seen:
                continue
            seen.add(reason.node)
            if reason.kind in CONNECTIVES:
                stack.extend(reversed(reason.parts))
            else:
                yield reason

    def deciding(self) -> Iterator[Reason]:
        """The tests that gave this node its result, through connectives and derived yes/no facts, each once."""
        seen: set[int] = set()
        stack: list[Reason] = [self]
        while stack:
            reason = stack.pop()
            if reason.node in seen:
                continue
            seen.add(reason.node)
            inner = _decisive(reason)
            if inner:
                stack.extend(reversed(inner))
            else:
                yield reason

    def walk(self) -> Iterator[tuple[int, Reason]]:
        """This reason and all beneath it with its depth, parents first; what comes again is not opened again."""
        opened: set[int] = set()
        stack = [(0, self)]
        while stack:
            depth, reason = stack.pop()
            yield depth, reason
            if reason.node not in opened:
                opened.add(reason.node)
                stack += [(depth + 1, part) for part in reversed(reason.parts)]

    def shown(self, lang: Lang = "zh", like: Reason | None = None) -> str:
        """The result in words; `like` lends its type where this node has none of its own."""
        info = self.info if self.info.type or like is None else like.info
        return shown(self.result, info, lang)

    def text(self, lang: Lang = "zh") -> str:
        """One line, such as `研发经费内部支出（2020年）= 1200万元 ≥ 1000万元：满足`."""
        if self.kind in LEAVES or self.kind in CONNECTIVES:
            colon = "：" if lang == "zh" else ": "
            return f"{self._statement(lang)}{colon}{_TRUTHS[lang][self.result]}"  # type: ignore[index]
        return self._equation(lang)

    def _statement(self, lang: Lang) -> str:
        own = self.info.zh if lang == "zh" else self.info.en
        if self.kind in CONNECTIVES:
            least = self.info.against[0] if self.info.against else ""
            words = _WORDS[self.kind][lang == "en"].format(n=len(self.parts), least=least)
        else:
            words = self._test(lang)
        return f"{own}{'：' if lang == 'zh' else ': '}{words}" if own else words

    def _test(self, lang: Lang) -> str:
        subject = self.parts[0]
        if self.kind == "compare":
            return self._comparison(lang)
        if self.kind == "known":
            return f"{subject._equation(lang)}{'，须为已知' if lang == 'zh' else ', must be known'}"
        listed = "、" if lang == "zh" else ", "
        values = listed.join(shown(one, subject.info, lang) for one in self.info.against)  # type: ignore[arg-type]
        if len(self.info.against) == 1 and self.kind == "member":
            verb = "应为" if lang == "zh" else "must be"
        elif self.kind == "member":
            verb = "应为其一：" if lang == "zh" else "one of"
        else:
            verb = "应属" if lang == "zh" else "under"
        comma = "，" if lang == "zh" else ", "
        return f"{subject._equation(lang)}{comma}{verb}{'' if lang == 'zh' else ' '}{values}"

    def _comparison(self, lang: Lang) -> str:
        left, right, sign = self.parts[0], self.parts[1], self.info.test
        if left.kind == "figure" and right.kind != "figure":
            left, right, sign = right, left, OPPOSITE[sign]  # type: ignore[index]
        bound = right.shown(lang, left)
        name = right.info.parameter if right.kind == "figure" else right.info.label(lang)
        if name:
            bound += f"（{name}）" if lang == "zh" else f" ({name})"
        return f"{left._equation(lang, right)} {SIGNS[sign]} {bound}"

    def _equation(self, lang: Lang, like: Reason | None = None) -> str:
        label, value = self.info.label(lang), self.shown(lang, like)
        if not label:
            return value
        return f"{label}{'' if label.endswith('）') else ' '}= {value}"

    def to_dict(self, tree: bool = False, depth: int = MAX_DEPTH) -> dict[str, Any]:
        """Plain data: a test with its values, and with `tree` everything beneath it.

        What comes again in a tree is not opened again; `cut` marks where a tree is deeper than anyone reads.
        """
        return self._to_dict(tree, depth, set())

    def _to_dict(self, tree: bool, depth: int, opened: set[int]) -> dict[str, Any]:
        info = self.info
        found: dict[str, Any] = {"node": info.node, "kind": info.kind, "clause": info.clause}
        if info.zh:
            found["label"] = info.zh
        if info.name:
            found["name"] = info.name
        if self.kind in LEAVES:
            found |= self._test_dict()
        found["result"] = plain(self.result, info)
        if tree and info.node not in opened:
            opened.add(info.node)
            self._add_parts(found, depth, opened)
        return found

    def _add_parts(self, found: dict[str, Any], depth: int, opened: set[int]) -> None:
        if self.parts and depth == 0:
            found["cut"] = True
        elif self.parts:
            found["parts"] = [part._to_dict(True, depth - 1, opened) for part in self.parts]
        if self.tally:
            found["items"] = [one.to_dict() for one in self.items]

    def _test_dict(self) -> dict[str, Any]:
        subject, info = self.parts[0], self.info
        found = {"fact": subject.info.name or subject.info.zh or subject.kind, "fact_label": subject.info.zh}
        if self.kind != "compare":
            found |= {"value": plain(subject.result, subject.info), "test": self.kind}
            return found | ({"against": list(info.against)} if info.against else {})
        bound, test = self.parts[1], info.test
        if subject.kind == "figure" and bound.kind != "figure":
            subject, bound, test = bound, subject, OPPOSITE[test]  # type: ignore[index]
            found = {
                "fact": subject.info.name or subject.info.zh or subject.kind,
                "fact_label": subject.info.zh,
            }
        of, to = subject.info, bound.info
        found |= {
            "value": plain(subject.result, of if of.type else to),
            "test": test,
            "threshold": plain(bound.result, to if to.type else of),
        }
        return found | ({"parameter": to.parameter} if to.parameter else {})


def _decisive(reason: Reason) -> tuple[Reason, ...]:
    """The parts that gave a connective, or a test of a derived yes/no fact, its result; none for any other."""
    result, parts = reason.result, reason.parts
    if reason.kind == "not":
        return parts
    if reason.kind in CONNECTIVES:
        every = reason.kind != "at_least_of" and result is (reason.kind == "all")
        return parts if every else tuple(part for part in parts if part.result is result) or parts
    derived = reason.kind == "member" and reason.info.against in ((True,), (False,))
    return parts[:1] if derived and parts[0].kind in CONNECTIVES | LEAVES else ()


@dataclass(frozen=True, slots=True)
class ItemReason:
    """One activity or qualification under a count or total: whether it counts, and what keeps it out or open."""

    where: str
    """Which one: `activities[3]`."""
    result: Truth
    amount: Number | None
    because: Reason | None
    """The first test that keeps it out or leaves it open; None where it counts."""

    def text(self, lang: Lang = "zh") -> str:
        """One line."""
        words = {
            True: ("计入", "counts"),
            False: ("不计入", "does not count"),
            None: ("可能计入", "may count"),
        }
        verdict = words[self.result][lang == "en"]
        if self.because is None:
            return f"{self.where} {verdict}"
        return f"{self.where} {verdict}{'：' if lang == 'zh' else ': '}{self.because.text(lang)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        found: dict[str, Any] = {"item": self.where, "result": self.result}
        if self.because is not None:
            found["because"] = self.because.to_dict(tree=True)
        return found


# ------------------------------------------------------------------------------------------- building


class _Part(NamedTuple):
    """What building a reason needs of a node."""

    node: int
    info: Info
    children: tuple[int, ...]
    counts: bool


class _Table:
    """The parts of a program, and the reasons of its figures, which are the same in every case."""

    def __init__(self, program: Program) -> None:
        nodes = enumerate(zip(infos(program), program.nodes, strict=True))
        self.parts = [
            _Part(at, info, children(node), isinstance(node, Aggregate)) for at, (info, node) in nodes
        ]
        self.figures: list[Reason | None] = [
            Reason(part.info, node.value) if isinstance(node, Constant) else None
            for part, node in zip(self.parts, program.nodes, strict=True)
        ]
        self.others = [part for part in self.parts if self.figures[part.node] is None]


_tables: Final = PerProgram(_Table)
SMALL: Final = 300
"""Nodes up to which all reasons of a program are built at once."""


class Explainer:
    """Builds the reasons of one run; each node's is built once and shared."""

    def __init__(self, program: Program, case: Case, results: Results) -> None:
        self.program, self.case, self.results = program, case, results
        self._table = _tables(program)
        self._built: list[Reason | None] = self._table.figures.copy()

    def of(self, index: int) -> Reason:
        """Why a node has its result."""
        if self._built[index] is None:
            small = len(self._built) <= SMALL
            self._build(self._table.others if small else self._beneath(index))
        return cast(Reason, self._built[index])

    def _beneath(self, index: int) -> list[_Part]:
        """The parts not yet built that a node is made from, and its own, children first."""
        parts = self._table.parts
        found = {index}
        stack = [index]
        while stack:
            for child in parts[stack.pop()].children:
                if child not in found and self._built[child] is None:
                    found.add(child)
                    stack.append(child)
        return [parts[one] for one in sorted(found)]

    def _build(self, parts: Iterable[_Part]) -> None:
        built, results = self._built, self.results
        done, new, run = built.__getitem__, tuple.__new__, (self.program, self.case, results)
        for node, info, below, counts in parts:
            tally = Tally(node, run) if counts else None
            built[node] = new(Reason, (info, results[node], tuple(map(done, below)), tally))


@dataclass(frozen=True, slots=True)
class Tally:
    """What an aggregate counted, looked into on demand."""

    index: int
    run: tuple[Program, Case, Results] = field(repr=False, compare=False)

    def items(self) -> tuple[ItemReason, ...]:
        """Each item in the order of the data."""
        program, case, results = self.run
        node = program.nodes[self.index]
        assert isinstance(node, Aggregate)
        look = _Look(node, _body_infos(program, self.index, node), Explainer(program, case, results))
        return tuple(look.item(place, item) for place, item in enumerate(items_of(node, case)))


class _Look(NamedTuple):
    """A look at the items of one aggregate."""

    node: Aggregate
    infos: Sequence[Info]
    around: Explainer

    def item(self, place: int, item: Item) -> ItemReason:
        """Whether an item counts, and what keeps it out or open."""
        node, case, results = self.node, self.around.case, self.around.results
        belongs, amount = passes(node, item, results, case)
        inner = body_results(node, item, results, case)
        where = f"{node.over}[{place}]"
        if belongs is not True:
            decisive = _first(node, inner, node.where)
            return ItemReason(where, belongs, amount, self._inside(inner)[decisive])
        if amount is None and node.of is not None:
            return ItemReason(where, None, None, self._inside(inner)[node.of])
        return ItemReason(where, True, amount, None)

    def _inside(self, inner: Results) -> list[Reason]:
        """The reasons of the body's parts for one item."""
        built: list[Reason] = []
        for info, result, part in zip(self.infos, inner, self.node.body, strict=True):
            if isinstance(part, Outer):
                built.append(self.around.of(part.of))
            else:
                built.append(Reason(info, result, tuple([built[child] for child in children(part)])))
        return built


def _first(node: Aggregate, inner: Results, index: int) -> int:
    """The first test that gave a connective its result."""
    while True:
        part = node.body[index]
        if not isinstance(part, And | Or):
            return index
        decisive = next((one for one in part.items if inner[one] is inner[index]), None)
        if decisive is None:
            return index
        index = decisive


# ------------------------------------------------------------------------------------------- values


def shown(value: Result, info: Info, lang: Lang) -> str:
    """A result in words: with its unit, a name with its label, an interval by its ends."""
    match value:
        case None:
            return "未知" if lang == "zh" else "unknown"
        case Interval():
            return f"{shown(value.low, info, lang)}{' 至 ' if lang == 'zh' else ' to '}{shown(value.high, info, lang)}"
        case OneOf():
            return (" 或 " if lang == "zh" else " or ").join(sorted(shown(one, info, lang) for one in value))  # type: ignore[arg-type]
        case bool():
            return ("否是" if lang == "zh" else ("no", "yes"))[value]
        case str():
            return info.labels.get(value, value) if lang == "zh" else value
        case _:
            of = info.type
            if of is None or of in (Type.YES_NO, Type.CHOICE, Type.CODE, Type.TEXT):
                return str(value) if isinstance(value, Fraction) else str(int(value))
            return format_quantity(value, of, info.unit, lang)


def plain(value: Result, info: Info) -> Any:
    """A result as plain data: money and ratios as text with their unit, ranges as min and max, dates as ISO."""
    match value:
        case None | bool() | str():
            return value
        case Interval():
            return {"min": plain(value.low, info), "max": plain(value.high, info)}
        case OneOf():
            return {"one_of": sorted((plain(one, info) for one in value), key=str)}  # type: ignore[arg-type]
        case _:
            if info.type is Type.LEVEL and isinstance(value, int):
                return LEVELS[value].value
            of = info.type
            if of is not None and of in (Type.MONEY, Type.RATIO, Type.POINTS, Type.NUMBER, Type.DATE):
                return (
                    ONGOING if of is Type.DATE and value == FOREVER else format_quantity(value, of, info.unit)
                )
            return int(value) if isinstance(value, int) else str(value)
