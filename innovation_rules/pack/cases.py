"""Run the worked cases of a pack: an enterprise, the outcome that a person worked out, the clause it follows from.

Read from `policies/cases/<pack>.yaml`. `innovation-rules test` and the tests of the packs call `run`; `unreached`
says which rules no case has shown both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol

from innovation_rules.case import Frame
from innovation_rules.decision import AwardResult, Decision
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import DataError, Diagnostic, Lang, PackError, Place, Problems, Words, nearest
from innovation_rules.facts import CATEGORIES
from innovation_rules.fields import EXAMPLE_CODE
from innovation_rules.intake import parse_enterprise
from innovation_rules.pack import cases_zh, clauses, parser, reader
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Entry, Linked
from innovation_rules.pack.lowering import Lowering
from innovation_rules.pack.reader import Mapping as MappingNode
from innovation_rules.pack.reader import Node, Scalar
from innovation_rules.pack.reader import Sequence as SequenceNode
from innovation_rules.pack.typed import Reported, Typed, Wrong
from innovation_rules.program import AWARD_STATUSES, COVERAGE_STATUSES, Result, is_plain
from innovation_rules.quantities import SCALE, QuantityError, Type, format_quantity, parse_data
from innovation_rules.region import RegionStatistics
from innovation_rules.walk import result_of

NOBODY: Final = EXAMPLE_CODE
"""The credit code of a case that gives none."""
ACTIVE: Final = ("active", "inactive", "undetermined")


class Decider(Protocol):
    """A pack that decides, such as `innovation_rules.load_pack` gives."""

    @property
    def linked(self) -> Linked: ...

    def decide(
        self,
        enterprise: Enterprise,
        year: int | None = None,
        as_of: date | None = None,
        *,
        law_date: date | None = None,
        engine: str = ...,
        regions: Mapping[str, RegionStatistics] | None = ...,
    ) -> Decision: ...


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that a case expects: of which part of a decision, under which name, what."""

    section: str
    id: str
    value: Any
    place: Place

    @property
    def path(self) -> str:
        return f"{self.section}.{self.id}" if self.id else self.section

    def words(self, lang: Lang) -> str:
        """The same for a reader of that language."""
        section = self.section_words(lang)
        return f"{section}.{self.id}" if self.id else section

    def section_words(self, lang: Lang) -> str:
        """The part of the decision, as a case in that language writes it."""
        chinese = {section: zh for zh, section in cases_zh.SECTIONS.items()}
        return self.section if lang == "en" else chinese.get(self.section, "覆盖")


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case."""

    name: g.Name
    clause: str
    why: str
    year: int | None
    as_of: date | None
    enterprise: Mapping[str, Any]
    enterprise_place: Place
    expect: tuple[Expectation, ...]
    region: Mapping[str, Any] = field(default_factory=dict)
    """Statistics of the enterprise's region in the judged year, by their names."""

    @property
    def moment(self) -> tuple[int, date, date]:
        """The judged year, the as-of date and the law date, as `decide` takes them."""
        year = (self.as_of or date.min).year if self.year is None else self.year
        end = date(year, 12, 31)
        as_of = self.as_of or end
        return year, as_of, min(as_of, end)


@dataclass(frozen=True)
class Cases:
    """The worked cases of a pack, and the document that they were read from."""

    pack: g.Name
    cases: tuple[Case, ...]
    document: reader.Document


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An outcome that is not the one worked out, with the tests that made it."""

    expectation: Expectation
    expected: str
    got: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one case: it holds where nothing mismatches and nothing is wrong with it."""

    case: Case
    decision: Decision | None
    mismatches: tuple[Mismatch, ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.mismatches and not self.problems

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong, as errors with their places."""
        return (*self.problems, *(_differs(self.case, one) for one in self.mismatches))


def _differs(case: Case, one: Mismatch) -> Diagnostic:
    fields = {
        "case": str(case.name),
        "clause": case.clause,
        "what": one.expectation.path,
        "expected": one.expected,
        "got": one.got,
        "reasons": "；".join(one.reasons[:3]) or None,
    }
    return Diagnostic("case-differs", one.expectation.place, fields)


# ------------------------------------------------------------------------------------------ reading


def path_of(linked: Linked) -> Path:
    """Where the cases of a pack are kept: `cases/<pack>.yaml` beside it."""
    pack = linked.pack.pack
    return Path(pack.place.file).parent / "cases" / f"{pack}.yaml"


def find(linked: Linked) -> Cases | None:
    """The cases of a pack; None where it has none. Raises PackError."""
    path = path_of(linked)
    return load(path) if path.is_file() else None


def load(path: Path) -> Cases:
    """Read worked cases. Raises PackError with every mistake in their shape."""
    document = reader.read_file(path)
    return Reading(document).cases()


class Reading:
    """One reading of a file of cases: the enterprises that others start from, and the mistakes so far."""

    def __init__(self, document: reader.Document) -> None:
        self.document = document
        self.parser = parser.Parser(document)
        self.problems = self.parser.problems
        self.named: dict[str, Node] = {}
        root = document.root
        self.zh = isinstance(root, MappingNode) and any(key.text in cases_zh.KEYS for key, _ in root.items)

    def cases(self) -> Cases:
        values = self.keys(
            {"pack": parser.read_name, "enterprises": _as_it_is, "cases": _as_it_is},
            self.document.root,
            required=("pack", "cases"),
        )
        self.named = {key.text: node for key, node in self.mapping(values.get("enterprises"))}
        found = [self.case(node) for node in self.sequence(values.get("cases"))]
        self.problems.raise_if_any()
        cases = tuple(one for one in found if one is not None)
        self._names_once(cases)
        self.problems.raise_if_any()
        return Cases(values["pack"], cases, self.document)

    def _names_once(self, cases: Iterable[Case]) -> None:
        seen: dict[str, Case] = {}
        for case in cases:
            first = seen.setdefault(str(case.name), case)
            if first is not case:
                related = [(first.name.place, "first-defined-here")]
                self.problems.add("same-case-twice", case.name.place, related=related, name=str(case.name))

    def case(self, node: Node) -> Case | None:
        table: dict[str, parser.Read] = {
            "name": parser.read_name,
            "clause": parser.read_text,
            "why": parser.read_text,
            "year": parser.read_whole,
            "as_of": parser.read_date,
            "enterprise": _as_it_is,
            "region": _as_it_is,
            "expect": _as_it_is,
        }
        values = self.keys(table, node, required=("name", "clause", "why", "enterprise", "expect"))
        if parser.BAD in values.values() or not values:
            return None
        if "year" not in values and "as_of" not in values:
            self.problems.add("missing-key", node.place, key=self.spelt(["year"])[0])
            return None
        given = values["enterprise"]
        record = self.record(given, ())
        name = str(values["name"])
        return Case(
            values["name"],
            values["clause"],
            values["why"],
            values.get("year"),
            values.get("as_of"),
            {"uscc": NOBODY, "name": name, **record},
            given.place,
            tuple(self.expectations(values["expect"])),
            {key.text: _plain(value) for key, value in self.mapping(values.get("region"))},
        )

    # -------------------------------------------------------------------------------- enterprises

    def record(self, node: Node, path: tuple[str, ...]) -> dict[str, Any]:
        """An enterprise as plain data: what it is like, with what it states laid over it."""
        own = {"like" if key.text == cases_zh.LIKE else key.text: value for key, value in self.mapping(node)}
        like = own.pop("like", None)
        over = {name: _known(value) for name, value in own.items()}
        if like is None:
            return _without_unknown(over)
        name = like.text if isinstance(like, Scalar) else ""
        if name not in self.named or name in path:
            code = "like-circle" if name in path else "unknown-like"
            near = nearest(name, self.named)
            self.problems.add(code, like.place, found=name, nearest=near, known=list(self.named))
            return {}
        return _merged(self.record(self.named[name], (*path, name)), over)

    # -------------------------------------------------------------------------------- expectations

    def expectations(self, node: Node) -> Iterator[Expectation]:
        for key, value in self.mapping(node):
            section = cases_zh.SECTIONS.get(key.text, key.text)
            if key.text in cases_zh.SECTIONS and section == "coverages" and isinstance(value, Scalar):
                section = "coverage"
            match section:
                case "coverage":
                    yield Expectation("coverage", "", _plain(value), value.place)
                case "missing":
                    yield Expectation("missing", "", [_plain(one) for one in self.sequence(value)], key.place)
                case "facts":
                    for name, one in self.mapping(value):
                        yield Expectation("facts", name.text, _known(one), name.place)
                case "coverages" | "profile" | "layers" | "classes" | "awards" | "open_classes":
                    for name, one in self.mapping(value):
                        yield Expectation(section, name.text, _plain(one), name.place)
                case _:
                    known = list(cases_zh.SECTIONS) if self.zh else [*COMPARE, "facts"]
                    near = nearest(key.text, known)
                    self.problems.add("unknown-key", key.place, key=key.text, nearest=near, known=list(known))

    # -------------------------------------------------------------------------------- shapes

    def keys(self, table: Mapping[str, parser.Read], node: Node, required: Sequence[str]) -> dict[str, Any]:
        if not isinstance(node, MappingNode):
            self.parser.bad(
                "expected-mapping", node.place, found=reader.node_kind(node), keys=self.spelt(table)
            )
            return {}
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, value in node.items:
            name = cases_zh.KEYS.get(key.text, key.text)
            first = lines.setdefault(name, key.place.line)
            if name in values:
                self.problems.add("duplicate-key", key.place, key=key.text, first=first)
            elif name in table:
                values[name] = table[name](value, self.parser)
            else:
                known = self.spelt(table)
                self.problems.add(
                    "unknown-key", key.place, key=key.text, nearest=nearest(key.text, known), known=known
                )
                values[""] = parser.BAD
        absent = [name for name in required if name not in values]
        if absent and parser.BAD not in values.values():
            self.problems.add("missing-key", node.place, key=self.spelt(absent)[0])
            return {}
        return values

    def spelt(self, keys: Iterable[str]) -> list[str]:
        """Keys as the file spells them."""
        chinese = {english: key for key, english in cases_zh.KEYS.items()} if self.zh else {}
        return [chinese.get(name, name) for name in keys]

    def mapping(self, node: Node | None) -> list[tuple[Scalar, Node]]:
        if node is None or isinstance(node, MappingNode):
            return node.items if node else []
        self.parser.bad("expected-mapping", node.place, found=reader.node_kind(node), keys="")
        return []

    def sequence(self, node: Node | None) -> list[Node]:
        if node is None or isinstance(node, SequenceNode):
            return node.items if node else []
        self.parser.bad("expected-list", node.place, found=reader.node_kind(node))
        return []


def _as_it_is(node: Node, p: parser.Parser) -> Any:
    return node


def _plain(node: Node) -> Any:
    if isinstance(node, MappingNode):
        return {key.text: _plain(value) for key, value in node.items}
    return [_plain(one) for one in node.items] if isinstance(node, SequenceNode) else node.value


def _known(node: Node) -> Any:
    """As `_plain`, with the Chinese words for true, false and null."""
    if isinstance(node, MappingNode):
        return {key.text: _known(value) for key, value in node.items}
    if isinstance(node, SequenceNode):
        return [_known(one) for one in node.items]
    return cases_zh.TRUTHS.get(node.text, node.value) if not node.quoted else node.value


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`: mappings merge, anything else replaces, null takes away."""
    found = dict(base)
    for name, value in over.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping):
            below = found.get(name)
            found[name] = _merged(below if isinstance(below, Mapping) else {}, value)
        else:
            found[name] = value
    return found


def _without_unknown(record: Mapping[str, Any]) -> dict[str, Any]:
    return _merged({}, record)


# ------------------------------------------------------------------------------------------ running


def run(pack: Decider, cases: Cases, engine: str = "compiled") -> list[CaseResult]:
    """Decide every case with the named engine and compare what it expects. Raises EngineError."""
    return [run_one(pack, case, cases.document.file, engine) for case in cases.cases]


def run_one(pack: Decider, case: Case, file: str = "", engine: str = "compiled") -> CaseResult:
    """Decide one case and compare what it expects."""
    return judge(pack, prepare(case, pack.linked, file), engine)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case whose enterprise has been read, ready for any pack that gives its names the same meaning."""

    case: Case
    enterprise: Enterprise | None
    regions: Mapping[str, RegionStatistics]
    problems: tuple[Diagnostic, ...] = ()


def prepare(case: Case, linked: Linked, file: str = "") -> Prepared:
    """Read the enterprise of a case, and its names as the English spelling has them."""
    case = replace(case, expect=tuple(cases_zh.in_english(one, linked) for one in case.expect))
    try:
        record = cases_zh.record_in_english(case.enterprise, linked)
        enterprise = parse_enterprise(record, file=file, place=case.enterprise_place)
        return Prepared(case, enterprise, regions_of(case, enterprise))
    except DataError as error:
        return Prepared(case, None, {}, _all_placed(error, case))


def judge(pack: Decider, prepared: Prepared, engine: str = "compiled") -> CaseResult:
    """Decide a prepared case and compare what it expects."""
    case, enterprise, regions = prepared.case, prepared.enterprise, prepared.regions
    if enterprise is None:
        return CaseResult(case, None, (), prepared.problems)
    try:
        decision = pack.decide(enterprise, case.year, case.as_of, engine=engine, regions=regions)
    except DataError as error:
        return CaseResult(case, None, (), _all_placed(error, case))
    mismatches: list[Mismatch] = []
    problems: list[Diagnostic] = []
    for one in case.expect:
        of_fact = one.section == "facts"
        found = _fact(one, pack.linked, enterprise, decision, regions) if of_fact else compare(one, decision)
        if isinstance(found, Diagnostic):
            problems.append(found)
        elif found is not None:
            mismatches.append(found)
    return CaseResult(case, decision, tuple(mismatches), tuple(problems))


def _all_placed(error: DataError, case: Case) -> tuple[Diagnostic, ...]:
    return tuple(_placed(one, case) for one in error.diagnostics)


def regions_of(case: Case, enterprise: Enterprise) -> dict[str, RegionStatistics]:
    """What the case says of the region that its enterprise stands in."""
    if not case.region or enterprise.region is None:
        return {}
    record = {"region": enterprise.region, "statistics": {case.moment[0]: case.region}}
    return {enterprise.region: RegionStatistics.model_validate(record)}


def _placed(one: Diagnostic, case: Case) -> Diagnostic:
    """A mistake in the data of a case, shown where the case's enterprise stands."""
    return one if one.place else Diagnostic(one.code, case.enterprise_place, one.fields, one.related)


def compare(one: Expectation, decision: Decision) -> Mismatch | Diagnostic | None:
    """None where the expectation holds; a Diagnostic where the pack has no such name or status."""
    return COMPARE[one.section](one, decision)


def _status(
    one: Expectation, got: Mapping[str, str], allowed: Sequence[str], reasons: Any
) -> Mismatch | Diagnostic | None:
    if one.id not in got:
        return _no_such(one, list(got))
    if one.value not in allowed:
        return _not_a_status(one, allowed)
    if one.value == got[one.id]:
        return None
    return Mismatch(one, str(one.value), got[one.id], tuple(reasons(one.id)))


def _no_such(one: Expectation, known: Sequence[str]) -> Diagnostic:
    section = Words(one.section_words("zh"), one.section)
    fields = {"section": section, "found": one.id, "nearest": nearest(one.id, known)}
    return Diagnostic("case-unknown-name", one.place, {**fields, "known": list(known)})


def _not_a_status(one: Expectation, allowed: Sequence[str]) -> Diagnostic:
    found = str(one.value)
    if not found.isascii():
        chinese = {word: zh for zh, word in {**cases_zh.ACTIVITY, **cases_zh.OUTCOMES}.items()}
        allowed = [chinese.get(word, word) for word in allowed]
    fields = {"found": found, "nearest": nearest(found, allowed), "known": list(allowed)}
    return Diagnostic("unknown-word", one.place, fields)


def _coverage(one: Expectation, decision: Decision) -> Mismatch | Diagnostic | None:
    headline = decision.coverage
    got = {} if headline is None else {"": headline.status}
    return _status(one, got, COVERAGE_STATUSES, lambda _: _texts(headline))


def _coverages(one: Expectation, decision: Decision) -> Mismatch | Diagnostic | None:
    got = {id: result.status for id, result in decision.coverages.items()}
    return _status(one, got, COVERAGE_STATUSES, lambda id: _texts(decision.coverages[id]))


def _texts(result: Any) -> list[str]:
    return [] if result is None else [reason.text("zh") for reason in result.reasons]


def _profile(one: Expectation, decision: Decision) -> Mismatch | Diagnostic | None:
    got = decision.profile if one.section == "profile" else decision.layers
    return _status(one, got, ACTIVE, lambda _: ())


def _classes(one: Expectation, decision: Decision) -> Mismatch | Diagnostic | None:
    if one.id not in decision.classes:
        return _no_such(one, list(decision.classes))
    value = decision.classes[one.id]
    rule = decision.class_results[one.id].rule
    words = [choice.id for choice in rule.values]
    wanted = one.value if isinstance(one.value, list) else [one.value]
    if isinstance(value, tuple) and isinstance(one.value, list):
        allowed, same = words, sorted(value) == sorted(map(str, wanted))
    else:
        allowed, same = [*words, "undetermined"], value == one.value
    if not all(word in allowed for word in wanted):
        return _not_a_status(one, allowed)
    got = _listed(value) if isinstance(value, tuple) else value
    return None if same else Mismatch(one, _listed(wanted), got, ())


def _open_classes(one: Expectation, decision: Decision) -> Mismatch | Diagnostic | None:
    """The values that a classification may still take."""
    if one.id not in decision.classes:
        return _no_such(one, list(decision.classes))
    words = [choice.id for choice in decision.class_results[one.id].rule.values]
    wanted = one.value if isinstance(one.value, list) else [one.value]
    stray = next((str(word) for word in wanted if word not in words), None)
    if stray is not None:
        return _not_a_status(replace(one, value=stray), words)
    got = decision.open_classes.get(one.id, ())
    return None if sorted(wanted) == sorted(got) else Mismatch(one, _listed(wanted), _listed(got), ())


def _listed(words: Iterable[Any]) -> str:
    return "、".join(map(str, words)) or "（无）"


def _awards(one: Expectation, decision: Decision) -> Mismatch | Diagnostic | None:
    if not isinstance(one.value, Mapping):
        got = {id: result.status for id, result in decision.awards.items()}
        return _status(one, got, AWARD_STATUSES, lambda id: _texts(decision.awards[id]))
    status = Expectation(one.section, one.id, one.value.get("status"), one.place)
    found = None if "status" not in one.value else _awards(status, decision)
    if found is not None or "amount" not in one.value:
        return found
    if one.id not in decision.awards:
        return _no_such(one, list(decision.awards))
    return _amount(one, one.value["amount"], decision.awards[one.id])


def _amount(one: Expectation, expected: Any, award: AwardResult) -> Mismatch | Diagnostic | None:
    """An amount, {min, max}, `unknown`, or null for none."""
    try:
        wanted = _ends_of(expected)
    except QuantityError as error:
        return Diagnostic(error.code, one.place, error.fields)
    if not award.has_amount:
        got: Any = None
    else:
        got = "unknown" if award.amount is None else (award.amount.low, award.amount.high)
    if wanted == got:
        return None
    return Mismatch(one, _shown(wanted), _shown(got), tuple(_texts(award)))


def _ends_of(expected: Any) -> Any:
    if expected in (None, "none"):
        return None
    if expected == "unknown":
        return expected
    if isinstance(expected, Mapping):
        return tuple(int(parse_data(expected.get(end), Type.MONEY)) for end in ("min", "max"))
    amount = int(parse_data(expected, Type.MONEY))
    return amount, amount


def _shown(amount: Any) -> str:
    if amount is None:
        return "没有金额"
    if amount == "unknown":
        return "金额未知"
    low, high = (format_quantity(end, Type.MONEY, None, "zh") for end in amount)
    return low if low == high else f"{low} 至 {high}"


def _fact(
    one: Expectation,
    linked: Linked,
    enterprise: Enterprise,
    decision: Decision,
    regions: Mapping[str, RegionStatistics],
) -> Mismatch | Diagnostic | None:
    """A fact of the judged year, whether or not a decision rests on it: true, false, a value, or unknown."""
    to = Lowering(linked, decision.year, decision.law_date, Problems())
    try:
        typed = to.subject(one.id, None)
        wanted = _value_of(one.value, typed.type, typed.unit)
    except (Wrong, Reported):
        return _no_such(one, linked.subjects())
    except QuantityError as error:
        return Diagnostic(error.code, one.place, error.fields)
    frame = Frame(tuple(to.facts), tuple(to.item_facts["activity"]), tuple(to.item_facts["qualification"]))
    case = frame.case(enterprise, decision.year, decision.as_of, regions)
    results: list[Result] = []
    for node in to.scopes[0].nodes:
        results.append(result_of(node, results, case))
    got = results[typed.node]
    held = not is_plain(got) if wanted is None else wanted == got
    return None if held else Mismatch(one, str(one.value), _told(got, typed), ())


def _told(got: Result, typed: Typed) -> str:
    if got is None:
        return "unknown"
    if isinstance(got, int | Fraction) and not isinstance(got, bool):
        return format_quantity(got, typed.type, typed.unit or None, "zh")
    return str(got).lower() if isinstance(got, bool) else str(got)


def _value_of(value: Any, type: Type | None, unit: str) -> Any:
    if value in (None, "unknown"):
        return None
    if isinstance(value, bool) or type is None or type not in SCALE:
        return value
    return parse_data(value, type, unit or None)


def _missing(one: Expectation, decision: Decision) -> Mismatch | None:
    """The facts named are missing, those of reports in the judged year; an empty list: nothing is."""
    got = [name.removesuffix(f"@{decision.year}") for name in decision.missing]
    wanted = [str(name).removesuffix(f"@{decision.year}") for name in one.value]
    holds = all(name in got for name in wanted) if wanted else not got
    return None if holds else Mismatch(one, _listed(wanted), _listed(got), ())


COMPARE: Final[dict[str, Callable[[Expectation, Decision], Mismatch | Diagnostic | None]]] = {
    "coverage": _coverage,
    "coverages": _coverages,
    "profile": _profile,
    "layers": _profile,
    "classes": _classes,
    "open_classes": _open_classes,
    "awards": _awards,
    "missing": _missing,
}


# ------------------------------------------------------------------------------------------ checks and reach


def check(linked: Linked, cases: Cases) -> list[Diagnostic]:
    """What can be told without deciding: the pack's name, and the clauses that the cases cite."""
    problems = Problems({cases.document.file: cases.document.text})
    if cases.pack != linked.pack.pack:
        problems.add(
            "cases-of-another-pack", cases.pack.place, found=str(cases.pack), pack=str(linked.pack.pack)
        )
    read = clauses.find(linked)
    if read is not None:
        locators = clauses.locators_of(read.ledger)
        for case in cases.cases:
            for locator in filter(None, map(str.strip, re.split("[、；]", case.clause))):
                if not clauses.is_locator(locator, locators):
                    near = nearest(locator, locators)
                    name = str(linked.pack.pack)
                    problems.add("unknown-clause", case.name.place, found=locator, nearest=near, pack=name)
    return list(problems)


Goal = tuple[str, str, str]
"""A part of a decision, a name in it, and an outcome: ("awards", "some_award", "eligible")."""


def goals(linked: Linked) -> list[Goal]:
    """Every outcome that the cases of a pack are to show: each rule, both ways."""
    found: list[Goal] = []
    for entry in linked.own("coverages"):
        found += [("coverages", entry.id, status) for status in COVERAGE_STATUSES if status != "not_in_force"]
    spoken_of = {entry.category for entry in linked.all_kinds()} | set(linked.profile)
    for name in CATEGORIES:
        if name in spoken_of:
            found += [("profile", name, status) for status in ACTIVE[:2]]
    for entry in linked.all("layers"):
        found += [("layers", entry.id, status) for status in ACTIVE[:2]]
    for entry in linked.all("classes"):
        if entry.owner is linked.pack or entry.id in linked.pack.reports:
            found += [("classes", entry.id, value) for value in _values(entry)]
    for entry in linked.own("awards"):
        found += [("awards", entry.id, status) for status in _ways(entry.item)]
    return found


def _values(entry: Entry) -> list[str]:
    sides = [row.is_ if row.otherwise is None else row.otherwise for row in entry.item.rows]
    return list(dict.fromkeys(side.text for side in sides if isinstance(side, g.Figure)))


def _ways(item: g.Award) -> tuple[str, ...]:
    """The outcomes of an award within the jurisdiction; one without a condition is for everyone there."""
    if item.beneficiary:
        return ()
    yes, no = ("favoured", "not_favoured") if item.bearing is g.Bearing.WEIGHS else ("eligible", "ineligible")
    conditions = (item.eligible_when, item.unless, item.for_each, item.grants)
    return (yes, no) if any(one is not None for one in conditions) else (yes,)


def reached(results: Iterable[CaseResult]) -> set[Goal]:
    """The outcomes that the cases name and that came out as named."""
    found: set[Goal] = set()
    for result in results:
        if result.decision is None or not result.holds:
            continue
        for one in result.case.expect:
            found |= {(_section(one), _name(one, result.decision), value) for value in _outcomes(one)}
    return found


def _section(one: Expectation) -> str:
    return "coverages" if one.section == "coverage" else one.section


def _name(one: Expectation, decision: Decision) -> str:
    if one.section == "coverage" and decision.coverage is not None:
        return decision.coverage.id
    return one.id


def _outcomes(one: Expectation) -> list[str]:
    if isinstance(one.value, Mapping):
        return [str(one.value.get("status"))]
    if one.section == "open_classes":
        return []
    return [str(value) for value in one.value] if isinstance(one.value, list) else [str(one.value)]


def unreached(linked: Linked, results: Iterable[CaseResult]) -> list[Goal]:
    """The outcomes that no case shows, in the order of the pack."""
    shown = reached(results)
    return [goal for goal in goals(linked) if goal not in shown]


__all__ = [
    "Case",
    "CaseResult",
    "Cases",
    "Decider",
    "Expectation",
    "Goal",
    "Mismatch",
    "PackError",
    "Prepared",
    "Words",
    "check",
    "find",
    "goals",
    "judge",
    "load",
    "path_of",
    "prepare",
    "reached",
    "run",
    "run_one",
    "unreached",
]
