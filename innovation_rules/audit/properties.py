"""Say in a line what must hold of every enterprise, and find out whether it does: on cases, on many more, by proof.

An auditor writes a property in Python (`monotone_in("rd_expenditure")`), in a file `*.property.yaml`, or the author
in the pack under `properties:`; all are one language and one meaning (`pack.claims`). `check` gives a verdict for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from innovation_rules.audit.enterprises import Maker, Situation
from innovation_rules.audit.trials import Counterexample, Trial, Trials
from innovation_rules.audit.written import flow, record
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import Diagnostic, Lang, PackError, Place, Problems, Words, nearest
from innovation_rules.pack import cases, checker, clauses, compiler, parser, reader
from innovation_rules.pack import grammar as g
from innovation_rules.pack.claims import Always, Audited, Claim, Goal, Rising, Same, Total
from innovation_rules.pack.linker import Entry, Linked
from innovation_rules.pack.spelling import Names, Walker, to_english
from innovation_rules.packs import Pack
from innovation_rules.program import Program, Under
from innovation_rules.walk import below

if TYPE_CHECKING:
    from innovation_rules.engines.smt import Formula, Run, Space, Subject, Witness

Way = Literal["cases", "generated", "proof"]
Condition: TypeAlias = Mapping[str, Any]
"""A condition as a pack writes it: {"technology_innovation": "covered"}."""
Outcome: TypeAlias = "str | Condition"
Names_: TypeAlias = "str | Sequence[str]"
Outcomes: TypeAlias = "Outcome | Sequence[Outcome]"

SUFFIX: Final = ".property.yaml"


# ------------------------------------------------------------------------------------------ the vocabulary


@dataclass(frozen=True)
class Property:
    """What must hold of every enterprise, written in Python; the same words as in a pack."""

    id: str
    said: Mapping[str, Any]
    """The property as a pack would write it, in plain data."""

    def assuming(self, condition: Condition) -> Property:
        """The same, of those enterprises alone that meet a condition."""
        return replace(self, said={**self.said, "assume": condition})

    def of(self, clause: str, label: str = "") -> Property:
        """The same with the clause that it follows from, and a name for people."""
        named = {"label": label} if label else {}
        return replace(self, said={**self.said, "source": clause, **named})

    def called(self, id: str) -> Property:
        """The same under another name: of two that differ in their figures alone."""
        return replace(self, id=id)

    @property
    def text(self) -> str:
        """As YAML, for `properties:` of a pack or a file of its own."""
        return f"  {self.id}: {flow(self.said)}\n"


def asserts(condition: Condition) -> Property:
    """The condition always holds; with `assuming`, where that holds."""
    return _property("assert", condition, condition)


def monotone_in(
    *rises: str,
    falls: Names_ = (),
    of_activities: Names_ = (),
    one_more: Names_ = (),
    outcomes: Outcomes = (),
) -> Property:
    """Raising a fact (lowering one of `falls`, bettering an activity, adding one) never loses an outcome."""
    said = _kept(rises=rises, falls=falls, of_activities=of_activities, one_more=one_more, outcomes=outcomes)
    return _property("monotone_in", said, rises, falls, of_activities, one_more)


def never_both(*conditions: Condition) -> Property:
    """No two of the conditions ever hold together."""
    return _property("never_both", list(conditions), conditions)


def implies(condition: Condition, then: Condition) -> Property:
    """Where the first holds, the second does."""
    return _property("implies", {"if": condition, "then": then}, condition, then)


def invariant_under(
    *facts: str, of_activities: Names_ = (), order: bool = False, outcomes: Outcomes = ()
) -> Property:
    """Changing these facts, these fields of an activity, or the order of the lists changes no outcome."""
    said = _kept(facts=facts, of_activities=of_activities, order=order, outcomes=outcomes)
    return _property("invariant_under", said, facts, of_activities)


def within(
    of: str,
    *,
    at_least: object = None,
    more_than: object = None,
    at_most: object = None,
    less_than: object = None,
) -> Property:
    """The amount of an award, or a fact that is a number, stays within bounds: `within("bonus", at_most="100万元")`."""
    said = _kept(of=of, at_least=at_least, more_than=more_than, at_most=at_most, less_than=less_than)
    return _property("within", said, of)


def totality(*outcomes: Outcome) -> Property:
    """Of an enterprise of which all is known, these outcomes (default: all of the pack's) are never undetermined."""
    return _property("totality", {"outcomes": list(outcomes)} if outcomes else [], outcomes)


def _kept(**given: Any) -> dict[str, Any]:
    return {
        name: list(one) if isinstance(one, tuple) else one
        for name, one in given.items()
        if one not in (None, (), [], False)
    }


def _property(word: str, said: Any, *about: object) -> Property:
    names = dict.fromkeys(re.findall(r"[^\W\d]\w*", " ".join(map(str, about))))
    return Property("_".join((word, *names))[:60], {word: said})


# ------------------------------------------------------------------------------------------ where they stand


def of_pack(linked: Linked) -> tuple[Entry, ...]:
    """The properties that a pack states itself."""
    return tuple(linked.own("properties"))


def beside(linked: Linked) -> tuple[Path, ...]:
    """The auditors' files for a pack: `properties/*.property.yaml` beside it that speak of it."""
    folder = Path(linked.pack.pack.place.file).parent / "properties"
    name = str(linked.pack.pack)
    return tuple(path for path in sorted(folder.glob(f"*{SUFFIX}")) if pack_of(path) == name)


def pack_of(path: Path) -> str:
    """The pack that a file of properties speaks of. Raises PackError."""
    return str(parser.parse_properties(reader.read_file(path)).pack)


def read(path: Path, linked: Linked, *, any_pack: bool = False) -> tuple[Entry, ...]:
    """The properties of an auditor's file, checked against a pack. Raises PackError with every mistake.

    With `any_pack` the file may name another pack: an auditor's suite, tried on a pack that it was not written for.
    """
    return _checked(reader.read_file(path), linked, any_pack)


def _checked(document: reader.Document, linked: Linked, any_pack: bool) -> tuple[Entry, ...]:
    file = parser.parse_properties(document)
    problems = Problems({document.file: document.text})
    if file.pack != linked.pack.pack and not any_pack:
        name = str(linked.pack.pack)
        problems.add("properties-of-another-pack", file.pack.place, found=str(file.pack), pack=name)
    if parser.spelling_of(document) == "zh":
        file = Walker(Names(linked), to_english(problems)).item(file)
    entries = tuple(
        Entry("properties", str(name), item, linked.pack, _place(name, item))
        for name, item in file.properties.items()
    )
    _cited(entries, linked, problems)
    problems.raise_if_any()
    return entries


def _place(name: str, item: g.Property) -> Place:
    """Where a property is named."""
    return name.place if isinstance(name, g.Name) else item.place


def _cited(entries: Iterable[Entry], linked: Linked, problems: Problems) -> None:
    """Every property cites a clause, and one that the pack's account of clauses has."""
    account = clauses.find(linked)
    known = [] if account is None else clauses.locators_of(account.ledger)
    for entry in entries:
        if not entry.item.source:
            problems.add("source-missing", entry.place, name=entry.id)
        for name in entry.item.source:
            if known and not clauses.is_locator(name, known):
                near, pack = nearest(name, known), str(linked.pack.pack)
                problems.add("unknown-clause", name.place, found=str(name), nearest=near, pack=pack)


def bound(properties: Iterable[Property], linked: Linked) -> tuple[Entry, ...]:
    """Properties written in Python, as a pack has them. Raises PackError where the language does not know a word."""
    written = [one.text for one in properties]
    if not written:
        return ()
    text = f"pack: {linked.pack.pack}\nproperties:\n" + "".join(written)
    file = parser.parse_properties(reader.read(text.encode(), "<properties>"))
    return tuple(
        Entry("properties", str(name), item, linked.pack, _place(name, item))
        for name, item in file.properties.items()
    )


# ------------------------------------------------------------------------------------------ verdicts


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one property."""

    claim: Claim
    way: Way

    @property
    def id(self) -> str:
        return self.claim.id

    @property
    def good(self) -> bool:
        """It held, and was put to the test."""
        return isinstance(self, Holds | Proved)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong, as an error with its place; nothing where it is good."""
        return ()

    def to_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """As plain data: the property, the verdict, how often it was tried, and what breaks it."""
        place = self.claim.place
        line: dict[str, Any] = {
            "property": self.claim.id,
            "clause": self.claim.clause,
            "way": self.way,
            "verdict": VERDICTS[type(self)],
            "place": f"{place.file}:{place.line}" if place else None,
        }
        line |= {
            name: getattr(self, name)
            for name in ("tried", "exercised", "seconds", "why")
            if hasattr(self, name)
        }
        if isinstance(self, Fails):
            found = self.counterexample
            line["enterprise"] = record(found.enterprise)
            line["case"] = found.name or None
            line["outcome"] = found.outcome(lang)
            line["reasons"] = [one.text(lang) for one in found.reasons()]
        return line


@dataclass(frozen=True, slots=True)
class Holds(Verdict):
    """Tried on so many enterprises, and it spoke of so many of them."""

    tried: int
    exercised: int


@dataclass(frozen=True, slots=True)
class NotExercised(Verdict):
    """Tried on so many enterprises, and it spoke of none: this says nothing."""

    tried: int

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        fields = {"property": _called(self.claim), "tried": self.tried}
        return (Diagnostic("property-not-exercised", self.claim.place, fields),)


def _called(claim: Claim) -> Words:
    """A property by its label in Chinese and its name in English."""
    return Words(claim.label or claim.id, claim.id)


def _told(reasons: Sequence[Any], lang: Lang) -> str:
    """Some reasons in a line."""
    return ("；" if lang == "zh" else "; ").join(one.text(lang) for one in reasons)


@dataclass(frozen=True, slots=True)
class Fails(Verdict):
    """An enterprise of which it does not hold."""

    counterexample: Counterexample

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        claim, found = self.claim, self.counterexample
        reasons = [one for one in found.reasons() if one.result is not None][:3] or list(found.reasons())[:3]
        fields = {
            "property": _called(claim),
            "clause": claim.clause or None,
            "who": found.name or found.enterprise.name,
            "outcome": Words(found.outcome("zh"), found.outcome("en")) if found.outcome("zh") else None,
            "reasons": Words(_told(reasons, "zh"), _told(reasons, "en")) if reasons else None,
        }
        related = [(one.place, "decided-here") for one in reasons if one.place is not None][:2]
        return (Diagnostic("property-fails", claim.place, fields, tuple(related)),)


@dataclass(frozen=True, slots=True)
class Proved(Verdict):
    """It holds of every enterprise that there could be."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unknown(Verdict):
    """No proof and no counterexample, and why."""

    why: str
    seconds: float = 0.0


VERDICTS: Final[Mapping[type[Verdict], str]] = {
    Holds: "holds",
    NotExercised: "not_exercised",
    Fails: "fails",
    Proved: "proved",
    Unknown: "unknown",
}
"""What each verdict is called in plain data."""


# ------------------------------------------------------------------------------------------ running


class Suite:
    """Properties bound to a pack: compiled once for each year and law date at which they are tried."""

    def __init__(self, pack: Pack, entries: Sequence[Entry]) -> None:
        self.pack, self.entries = pack, tuple(entries)
        self._trials: dict[tuple[int, date], Trials] = {}

    def audited(self, year: int, law_date: date) -> Audited:
        """The program with what the properties ask. Raises PackError for a mistake in one of them."""
        return self.trials(year, law_date).audited

    def trials(self, year: int, law_date: date) -> Trials:
        found = self._trials.get((year, law_date))
        if found is None:
            made = compiler.audit(self.pack.linked, year, law_date, self.entries)
            found = self._trials[year, law_date] = Trials(made)
        return found

    def verdicts(self, way: Way, situations: Iterable[tuple[str, Situation]]) -> tuple[Verdict, ...]:
        """Each property on each enterprise, none of them too; one that failed is not tried further."""
        tally: dict[Any, _Tally] = {}
        for name, one in situations:
            for trial, answer in self.trials(one.year, one.law_date).on(one, name):
                claim = trial.claim
                tally.setdefault((claim.id, claim.place), _Tally(claim)).note(answer)
        if not tally:
            claims = self.audited(*present(self.pack.linked)).claims
            return tuple(NotExercised(claim, way, 0) for claim in claims)
        return tuple(one.verdict(way) for one in tally.values())


class _Tally:
    """How often one property was tried and spoke, and the first enterprise that broke it."""

    def __init__(self, claim: Claim) -> None:
        self.claim, self.tried, self.exercised = claim, 0, 0
        self.counterexample: Counterexample | None = None

    def note(self, answer: str | Counterexample) -> None:
        self.tried += 1
        if isinstance(answer, Counterexample):
            self.counterexample = self.counterexample or answer
        else:
            self.exercised += answer == "held"

    def verdict(self, way: Way) -> Verdict:
        if self.counterexample is not None:
            return Fails(self.claim, way, self.counterexample)
        if not self.exercised:
            return NotExercised(self.claim, way, self.tried)
        return Holds(self.claim, way, self.tried, self.exercised)


def check(
    pack: Pack,
    *properties: Property | Entry,
    way: Way = "cases",
    examples: int = 200,
    seed: int = 0,
    seconds: float = 10.0,
) -> tuple[Verdict, ...]:
    """The verdict on each property (default: those of the pack and of the files beside it), one way.

    `cases`: on the worked cases. `generated`: on `examples` enterprises that stand where the pack decides, drawn by
    Hypothesis and cut down. `proof`: for every enterprise there could be, `seconds` a question (the extra `prove`).
    Raises PackError for a mistake in a property.
    """
    entries = _entries(pack, properties)
    suite = Suite(pack, entries)
    if not entries:
        return ()
    if way == "cases":
        return suite.verdicts(way, worked(pack))
    if way == "generated":
        return _generated(suite, examples, seed)
    return tuple(prove(suite, seconds=seconds))


class Tried:
    """The properties of a suite, each tried on worked cases and on generated enterprises: once, when first asked."""

    def __init__(self, suite: Suite, found: cases.Cases | None, examples: int) -> None:
        self.suite, self.found, self.examples = suite, found, examples

    def verdict(self, id: str) -> Verdict:
        """The verdict on one of them: a failure of either way, else the better of the two."""
        return self._verdicts[id]

    @cached_property
    def _verdicts(self) -> dict[str, Verdict]:
        kept = {one.id: one for one in self.suite.verdicts("cases", worked(self.suite.pack, self.found))}
        left = [one for one in self.suite.entries if not isinstance(kept.get(one.id), Fails)]
        if self.examples and left:
            for one in _generated(Suite(self.suite.pack, left), self.examples, 0):
                if one.good or isinstance(one, Fails) or one.id not in kept:
                    kept[one.id] = one
        return kept


def _entries(pack: Pack, properties: Sequence[Property | Entry]) -> tuple[Entry, ...]:
    if not properties:
        found = [*of_pack(pack.linked)]
        for path in beside(pack.linked):
            found += read(path, pack.linked)
        return tuple(found)
    written = [one for one in properties if isinstance(one, Entry)]
    return (*written, *bound([one for one in properties if isinstance(one, Property)], pack.linked))


def sources(pack: Pack) -> dict[str, str]:
    """The texts that properties stand in, for showing the line at hand."""
    files = {str(path): path.read_text(encoding="utf-8") for path in beside(pack.linked)}
    return {**pack.linked.sources, **files}


def worked(pack: Pack, found: cases.Cases | None = None) -> Iterator[tuple[str, Situation]]:
    """The enterprises of the worked cases of a pack, by the names of the cases."""
    found = found or cases.find(pack.linked)
    for case in found.cases if found else ():
        one = cases.prepare(case, pack.linked, found.document.file if found else "")
        if one.enterprise is None:
            continue
        yield str(case.name), Situation(one.enterprise, *case.moment, one.regions)


# ------------------------------------------------------------------------------------------ generated


def _generated(suite: Suite, examples: int, seed: int) -> tuple[Verdict, ...]:
    """Many enterprises at the pack's own thresholds, drawn by Hypothesis; a counterexample is cut down."""
    trials = suite.trials(*present(suite.pack.linked))
    drawn = (("", one) for one in _drawn(Maker(trials.program, suite.pack.head), examples, seed))
    return tuple(
        _least(one, trials) if isinstance(one, Fails) else one for one in suite.verdicts("generated", drawn)
    )


def _drawn(maker: Maker, examples: int, number: int) -> list[Situation]:
    """So many enterprises, the same for the same number."""
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st

    from innovation_rules.audit.strategies import choosing

    found: list[Situation] = []

    @st.composite
    def situations(draw: st.DrawFn) -> Situation:
        return maker.situation(draw(choosing()))

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=(
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ),
        phases=(Phase.generate,),
    )
    @given(situations())
    def draw(one: Situation) -> None:
        found.append(one)

    draw()
    return found


def _least(failed: Fails, trials: Trials) -> Fails:
    """The same failure of an enterprise of which as little as possible is known."""
    trial = next(one for one in trials.each if one.claim == failed.claim)
    found = failed.counterexample
    data = record(found.enterprise)
    for path in _paths(data):
        less = _without(data, path)
        try:
            enterprise = Enterprise.model_validate({**less, "uscc": cases.NOBODY})
        except ValueError:
            continue
        situation = found.situation._replace(enterprise=enterprise)
        answer = trial.on(situation, situation.case(trials.program))
        if isinstance(answer, Counterexample):
            data, found = less, answer
    return replace(failed, counterexample=found)


Path_: TypeAlias = "tuple[str | int, ...]"


def _paths(data: Any, above: Path_ = ()) -> list[Path_]:
    """Where something can be left out: the last of a list first, what holds others before what it holds."""
    keys = range(len(data) - 1, -1, -1) if isinstance(data, list) else list(data)
    found: list[Path_] = []
    for key in keys:
        if (*above, key) not in (("uscc",), ("name",)):
            found.append((*above, key))
        if isinstance(data[key], dict | list):
            found += _paths(data[key], (*above, key))
    return found


def _without(data: Any, path: Path_) -> Any:
    """The data without what stands at a path; as it is where nothing does any more."""
    key, *rest = path
    if isinstance(data, list):
        assert isinstance(key, int)
        if key >= len(data):
            return data
        return [*data[:key], *([_without(data[key], tuple(rest))] if rest else ()), *data[key + 1 :]]
    if not isinstance(data, dict) or key not in data:
        return data
    if rest:
        return {**data, key: _without(data[key], tuple(rest))}
    return {name: one for name, one in data.items() if name != key}


def present(linked: Linked) -> tuple[int, date]:
    """The year and the law date under which a pack is tried and proved: its latest law, at that year's end."""
    last = checker.regimes(linked)[-1]
    end = date(last.year, 12, 31)
    until = linked.pack.in_force.to
    return last.year, end if until is None or until >= end else until


# ------------------------------------------------------------------------------------------ proof


def prove(
    suite: Suite, year: int | None = None, law_date: date | None = None, *, seconds: float = 10.0
) -> Iterator[Verdict]:
    """A proof or a counterexample for each property, under the law of one date (default: the pack's latest)."""
    judged, day = present(suite.pack.linked)
    judged, day = year or judged, law_date or (date(year, 12, 31) if year else day)
    trials = suite.trials(judged, day)
    for trial in trials.each:
        if trial.claim.says_nothing:
            yield NotExercised(trial.claim, "proof", 0)
        else:
            yield _proved(suite.pack, trials, trial, seconds)


def _proved(pack: Pack, trials: Trials, trial: Trial, seconds: float) -> Verdict:
    from time import perf_counter

    from innovation_rules.engines import smt

    started, claim = perf_counter(), trial.claim
    if trial.copies is not None and trial.copies.idle:
        return Proved(claim, "proof", perf_counter() - started)
    if trial.copies is not None and any(map(trial.copies.read, trial.copies.moves.columns)):
        return Unknown(claim, "proof", "wider", perf_counter() - started)
    space = smt.Space(timeout=seconds)
    answer = space.find(broken(claim, trials.audited, space, pack))
    if isinstance(answer, smt.Proved):
        return Proved(claim, "proof", answer.seconds)
    if isinstance(answer, smt.Unsettled):
        return Unknown(claim, "proof", answer.why, answer.seconds)
    found = trial.witnessed(
        *(_situation(trials.program, answer, name) for name in sorted(answer.enterprises))
    )
    if found is not None:
        return Fails(claim, "proof", found)
    return Unknown(claim, "proof", "replay", answer.seconds)


def _situation(program: Program, answer: Witness, name: str) -> Situation:
    """A solver's witness as any other enterprise."""
    day = program.law_date
    return Situation(answer.enterprises[name], program.year, day, day, answer.regions)


def broken(claim: Claim, audited: Audited, space: Space, pack: Pack) -> Formula:
    """What an enterprise, or two copies of one, would have to be like to break a claim.

    Fields of an activity that move are left out: items have no second copies in the solver.
    """
    program = audited.program
    a = space.enterprise("a")
    first = space.run(program, a, as_of=program.law_date, pack=pack)
    speaks = space.true if claim.assume is None else first.true(claim.assume)
    match claim:
        case Always():
            return speaks & space.any_of(first.false(one) for one in claim.holds)
        case Total():
            return (
                speaks
                & first.fully_known()
                & space.any_of(_open(first, space, goal, program) for goal in claim.goals)
            )
    b = space.enterprise("b")
    second = space.run(program, b, as_of=program.law_date, pack=pack)
    spoken = space.true if claim.assume is None else second.true(claim.assume)
    differs = space.any_of(_lost(space, claim, goal, first, second) for goal in claim.goals)
    return speaks & spoken & _moved(space, claim, program, a, b) & differs


def _open(run: Run, space: Space, goal: Goal, program: Program) -> Formula:
    """The goal's outcome is not known, and it is not for a code that is too short for what is asked of it."""
    codes = [one for one in below(program.nodes, goal.nodes) if isinstance(program.nodes[one], Under)]
    long = space.all_of(~run.unknown(one) for one in codes)
    parts: list[Formula] = []
    held: Formula = space.true
    for one in (goal.gate, goal.truth):
        if one is not None:
            parts.append(held & run.unknown(one))
            held = held & run.true(one)
    parts += [held & ~run.plain(one) for one in goal.values]
    return long & space.any_of(parts)


def _moved(space: Space, claim: Rising | Same, program: Program, a: Subject, b: Subject) -> Formula:
    """The second enterprise is the first with one fact moved."""
    facts = program.frame.facts
    ways = [
        *((facts[one], a, b) for one in claim.moves.rises),
        *((facts[one], b, a) for one in claim.moves.falls),
    ]
    parts = [
        space.same(a, b, except_facts=(one.name,)) & space.at_least_as(one, low, high)
        for one, low, high in ways
    ]
    parts += [space.same(a, b, except_facts=(facts[one].name,)) for one in claim.moves.changes]
    if claim.moves.one_more:
        parts.append(space.same_facts(a, b) & space.includes(a, b))
    return space.any_of(parts)


def _lost(space: Space, claim: Rising | Same, goal: Goal, first: Run, second: Run) -> Formula:
    """A goal went wrong between the copies."""
    asked = [one for one in (goal.gate, goal.truth) if one is not None]
    had = space.all_of(first.true(one) for one in asked)
    if isinstance(claim, Rising):
        lost = space.any_of(second.false(one) for one in asked)
        kept = space.all_of(second.true(one) for one in asked)
        fallen = space.any_of(space.compare(second, one, "<", first, one) for one in goal.values)
        return had & (lost | (kept & fallen)) if goal.numbers else had & lost
    gate = space.true if goal.gate is None else first.true(goal.gate)
    settled = space.all_of(first.true(one) | first.false(one) for one in asked)
    differ = space.any_of(~space.agree(first, one, second, one) for one in asked)
    plain = space.all_of(first.plain(one) for one in goal.values)
    worth = space.any_of(~space.agree(first, one, second, one) for one in goal.values)
    return gate & settled & (differ | (had & plain & worth))


# ------------------------------------------------------------------------------------------ in words


def summary(verdict: Verdict, lang: Lang) -> str:
    """One verdict in a line."""
    match verdict:
        case Holds(tried=tried, exercised=exercised):
            zh, en = f"成立（{tried} 户中用到 {exercised} 户）", f"holds (spoke of {exercised} of {tried})"
        case NotExercised(tried=tried):
            zh, en = f"没有用到（{tried} 户中没有一户符合前提）", f"not exercised ({tried} tried)"
        case Fails():
            zh, en = "不成立", "fails"
        case Proved(seconds=seconds):
            zh, en = f"已证明（{seconds:.1f} 秒）", f"proved ({seconds:.1f} s)"
        case Unknown(why=why, seconds=seconds):
            zh, en = f"没有结论（{why}，{seconds:.1f} 秒）", f"unknown ({why}, {seconds:.1f} s)"
        case _:
            zh = en = ""
    claim = verdict.claim
    return f"{claim.label or claim.id}：{zh}" if lang == "zh" else f"{claim.id}: {en}"


__all__ = [
    "Fails",
    "Holds",
    "NotExercised",
    "PackError",
    "Property",
    "Proved",
    "Suite",
    "Unknown",
    "Verdict",
    "asserts",
    "check",
    "implies",
    "invariant_under",
    "monotone_in",
    "never_both",
    "of_pack",
    "read",
    "summary",
    "totality",
    "within",
    "worked",
]
