"""Counts and totals over any number of items, exactly: how many items there are of each kind that a question can tell.

`world` asks for a Family. What a question asks of one item are its aggregates (surely in, perhaps in, not in) and a
few flags. The solver lists every combination of answers that one item can give (a Signature); a list of items is then
how many there are of each signature, and a count is a sum of these numbers, with nothing lost. Only what all items
share (the ledger's word that all goes on, a test against the enterprise's own facts) is looser than the model there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd
from typing import Any, Final, Literal, TypeAlias

from innovation_rules.case import Raw
from innovation_rules.engines.smt.domain import OTHER, Column, Words, clash, column, first_known
from innovation_rules.engines.smt.formula import Run, Subject, asked_categories
from innovation_rules.engines.smt.solver import z3
from innovation_rules.engines.smt.terms import Bool, Q, all_, any_, not_
from innovation_rules.engines.smt.values import (
    UNKNOWN,
    Reading,
    Scene,
    Sym,
    T,
    V,
    Way,
    plain,
    plain_ways,
)
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.program import Aggregate, ItemFact, Outer, children
from innovation_rules.quantities import FOREVER

Over: TypeAlias = Literal["activities", "qualifications"]
OVERS: Final[tuple[Over, ...]] = ("activities", "qualifications")
READ_OFF: Final = frozenset({"standing", "evidenced", "begun_by", "lasted_until"})
MOST_SIGNATURES: Final = 3000
"""Signatures that one question may need; beyond, counts are taken to be free numbers, which is wider."""


@dataclass(frozen=True)
class Asked:
    """One thing asked of an item: an aggregate of a run, or a flag."""

    run: Run
    what: int | Literal["unknown"] | str
    """The aggregate's node; `unknown`: a field that the run asks is not known; a category: foreign to the run's pack."""

    @property
    def node(self) -> Aggregate | None:
        found = self.run.program.nodes[self.what] if isinstance(self.what, int) else None
        assert found is None or isinstance(found, Aggregate)
        return found


# ------------------------------------------------------------------------------------------------ one item


class Template:
    """One symbolic item: its fields, shared by all that is asked of it. Category and kind are set from outside."""

    def __init__(self, over: Over, subjects: Sequence[Subject], words: Words, real: bool) -> None:
        self.over, self.real = over, real
        self.words = words
        specs: dict[str, list[FactSpec]] = {}
        for subject in subjects:
            for run in subject.runs:
                frame = run.program.frame
                for spec in frame.activity_facts if over == "activities" else frame.qualification_facts:
                    if spec not in specs.setdefault(spec.name, []):
                        specs[spec.name].append(spec)
        self.specs = specs
        self.clashes = frozenset(name for name, several in specs.items() if clash(several))
        """Fields that packs read otherwise."""
        self.columns: dict[str, Column] = {}
        self.read_off: dict[str, V] = {}
        self.until = z3.Int("item.ongoing_as_of"), z3.Bool("item.ongoing_as_of?")
        self.category, self.kind = "", ""

    def value(self, name: str) -> V:
        """A field of the item."""
        if name == "kind":
            return plain(Q(self.kind))
        if name == "category" and self.over == "activities":
            return plain(Q(self.category))
        if self.real and name in READ_OFF:
            found = self.read_off.get(name)
            if found is None:
                found = self.read_off[name] = self._read_off(name)
            return found
        return self.column(name).value

    def column(self, name: str) -> Column:
        found = self.columns.get(name)
        if found is None:
            specs = self.specs.get(name) or [self._model_spec(name)]
            found = self.columns[name] = column(f"item.{name}", specs, self.words)
        return found

    def _model_spec(self, name: str) -> FactSpec:
        from innovation_rules.case import VOCABULARY

        return VOCABULARY["activity" if self.over == "activities" else "qualification", name]

    def _read_off(self, name: str) -> V:
        spec = self.specs[name][0]
        if name == "standing":
            status = self.column("status")
            out = any_(way.guard for way in status.value.ways if way.low.num in ("rejected", "withdrawn"))
            yes, no = Q(True), Q(False)
            return V((Way(not_(out), yes, yes), Way(out, no, no)))
        if name == "evidenced":
            yes = Q(True)
            return V((Way(self._flag("evidence"), yes, yes),))
        ended = self.column("ended")
        day, known = self.until
        if name == "lasted_until":
            return first_known(spec, [(ended.known, ended.number), (known, day)]).value
        started = self.column("started")
        dated = z3.And(ended.known, ended.number != FOREVER)
        return first_known(spec, [(started.known, started.number), (dated, ended.number), (known, day)]).value

    def _flag(self, name: str) -> Bool:
        found = self.columns.get(name)
        if found is None:
            flag = z3.Bool(f"item.{name}?")
            yes = Q(True)
            spec = self.specs["evidenced"][0]
            found = self.columns[name] = Column(spec, V((Way(flag, yes, yes),)), flag)
        return found.known

    def limits(self) -> list[Bool]:
        """What every valid item keeps to, as far as its fields are in use."""
        found = [limit for one in self.columns.values() for limit in one.limits]
        first, last = ("started", "ended") if self.over == "activities" else ("granted", "expires")
        if self.real and first in self.columns and last in self.columns:
            start, end = self.columns[first], self.columns[last]
            found.append(z3.Implies(z3.And(start.known, end.known), start.number <= end.number))
        if self.real:
            from innovation_rules.fields import FIRST_DAY, LAST_DAY

            found.append(self.until[0] >= FIRST_DAY.toordinal())
            found.append(self.until[0] <= LAST_DAY.toordinal())
        return found


class _Body(Scene):
    """The body of an aggregate, read on the template."""

    def __init__(self, template: Template, run: Run, outer: Callable[[int], Sym]) -> None:
        self.template, self.run, self.as_of = template, run, run.as_of.toordinal()
        frame = run.program.frame
        self.specs = frame.activity_facts if template.over == "activities" else frame.qualification_facts
        self.outside = outer
        self.coupled = False

    def item(self, index: int) -> V:
        return self.template.value(self.specs[index].name)

    def outer(self, index: int) -> Sym:
        self.coupled = True
        return self.outside(index)


@dataclass
class Answered:
    """What is asked of an item, as terms over the template, for one kind."""

    truth: T
    amount: V | None = None
    coupled: bool = False


# ------------------------------------------------------------------------------------------------ signatures


@dataclass(frozen=True)
class Amount:
    """The amount that an item of a signature adds: num / den between low and high, as the template's term."""

    term: Any
    den: int
    low: int
    high: int
    step: int = 1
    """It is the lowest, or more by a multiple of this."""


@dataclass(eq=False)
class Signature:
    """One way in which an item can answer all that is asked: an item of it, and what it adds to what."""

    sure: frozenset[Asked]
    possible: frozenset[Asked]
    amounts: Mapping[Asked, Amount]
    """Where the amount is known; else it may be anything up to the highest."""
    category: str
    kind: str
    fields: Mapping[str, Raw]
    condition: Bool
    """What an item of this signature keeps to, over the template."""
    ongoing: bool
    """Only with the ledger's word that what it lists goes on."""
    cost: int


@dataclass(eq=False)
class Family:
    """The signatures of the items that a question asks about; `wide` where they are not listed and counts are free."""

    over: Over
    asked: tuple[Asked, ...]
    template: Template
    signatures: list[Signature] = field(default_factory=list)
    wide: str = ""
    coupled: bool = False
    groups: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """(category, kind) → the one that stands for all of which the same is asked in the same way."""
    nothing: dict[tuple[str, str], list[Bool]] = field(default_factory=dict)
    """For each that stands for others: when an item of it answers no to all."""

    def alike(self, category: str, kind: str) -> tuple[str, ...]:
        """The kinds for which the same is asked in the same way, in that category."""
        mine = self.groups.get((category, kind))
        return tuple(
            other for (place, other), group in self.groups.items() if group == mine and place == category
        )


class Catalogue:
    """Makes families, and keeps what it listed."""

    def __init__(
        self, words: Words, outer: Callable[[Run, int], Sym], facts: Callable[[], list[Bool]]
    ) -> None:
        self.words, self.outer, self.facts = words, outer, facts
        self._families: dict[Any, Family] = {}
        self._templates: dict[Any, Template] = {}
        self._answers: dict[Any, Answered] = {}
        self._bodies: dict[Any, tuple[_Body, Reading, frozenset[int]]] = {}

    def family(
        self, over: Over, subjects: Sequence[Subject], asked: Iterable[Asked], deadline: float
    ) -> Family:
        """The signatures of what is asked of the items of some subjects that share their items."""
        order = tuple(sorted(set(asked), key=lambda one: (id(one.run), str(one.what))))
        key = over, tuple(map(id, subjects)), order
        found = self._families.get(key)
        if found is None:
            found = self._listed(over, subjects, order, deadline)
            if found.wide != "time":
                self._families[key] = found
        return found

    def _template(self, over: Over, subjects: Sequence[Subject]) -> Template:
        key = over, tuple(map(id, subjects))
        if key not in self._templates:
            self._templates[key] = Template(over, subjects, self.words, all(map(is_real, subjects)))
        return self._templates[key]

    def _listed(
        self, over: Over, subjects: Sequence[Subject], asked: tuple[Asked, ...], deadline: float
    ) -> Family:
        template = self._template(over, subjects)
        family = Family(over, asked, template)
        if not template.clashes.isdisjoint(name for one in asked for name in _fields(one, over)):
            family.wide = "type"
            return family
        groups: dict[Any, tuple[str, str, list[Answered]]] = {}
        for category, kind in kinds_of(over, subjects, self.words):
            answers = [self._answered(template, one, category, kind) for one in asked]
            if all(one.truth.f is True for one in answers):
                continue
            form = tuple(map(_form, answers))
            first = groups.setdefault(form, (category, kind, answers))
            family.groups[category, kind] = first[0], first[1]
            if time.monotonic() > deadline:
                family.wide = "time"
                return family
        for category, kind, answers in groups.values():
            family.coupled |= any(one.coupled for one in answers)
            _Listing(family, category, kind, answers, self.facts, deadline).run()
            if family.wide:
                family.signatures = []
                return family
        return family

    def _answered(self, template: Template, asked: Asked, category: str, kind: str) -> Answered:
        key = id(template), asked, category, kind
        found = self._answers.get(key)
        if found is None:
            template.category, template.kind = category, kind
            found = self._answers[key] = self._answer(template, asked)
        return found

    def _shared(
        self, template: Template, asked: Asked, node: Aggregate
    ) -> tuple[_Body, Reading, frozenset[int]]:
        """The scene of an aggregate's body, its reading apart from any kind, and the nodes that rest on the kind."""
        key = id(template), asked
        found = self._bodies.get(key)
        if found is None:
            run = asked.run
            scene = _Body(template, run, lambda index: self.outer(run, index))
            told: set[int] = set()
            for index, part in enumerate(node.body):
                of_kind = isinstance(part, ItemFact) and scene.specs[part.index].name in ("kind", "category")
                inner = () if isinstance(part, Outer) else children(part)
                if of_kind or not told.isdisjoint(inner):
                    told.add(index)
            found = self._bodies[key] = scene, Reading(node.body, scene), frozenset(told)
        return found

    def _answer(self, template: Template, asked: Asked) -> Answered:
        node, run = asked.node, asked.run
        if node is None:
            return Answered(_flag(template, run, asked.what))
        scene, base, told = self._shared(template, asked, node)
        body = _OfKind(base, scene, told)
        belongs = body.truth(node.where)
        if belongs.f is True or node.of is None:
            return Answered(belongs, None, scene.coupled)
        return Answered(belongs, body.value(node.of), scene.coupled)


class _OfKind(Reading):
    """The body of an aggregate for one kind; what does not rest on kind or category is shared by all kinds."""

    def __init__(self, base: Reading, scene: Scene, told: frozenset[int]) -> None:
        super().__init__(base.nodes, scene)
        self.base, self.told = base, told

    def __getitem__(self, index: int) -> Sym:
        return super().__getitem__(index) if index in self.told else self.base[index]


def _flag(template: Template, run: Run, what: object) -> T:
    if what == "unknown":
        frame = run.program.frame
        specs = frame.activity_facts if template.over == "activities" else frame.qualification_facts
        known = all_(any_(way.guard for way in template.value(spec.name).ways) for spec in specs)
        return T(not_(known), known)
    kinds = run.pack.head.kinds if run.pack is not None else {}
    foreign = bool(kinds) and template.kind not in kinds and template.category == what
    return T(foreign, not foreign)


def _fields(asked: Asked, over: Over) -> list[str]:
    """The fields of an item that something asked of it reads."""
    frame, node = asked.run.program.frame, asked.node
    specs = frame.activity_facts if over == "activities" else frame.qualification_facts
    if node is None:
        return [spec.name for spec in specs] if asked.what == "unknown" else []
    return [specs[part.index].name for part in node.body if isinstance(part, ItemFact)]


def _form(answer: Answered) -> tuple[Any, ...]:
    """What tells two answers apart: the terms themselves, which the solver shares."""
    parts: list[Any] = [answer.truth.t, answer.truth.f]
    if answer.amount is not None:
        for way in answer.amount.ways:
            parts += [way.guard, way.low.num, way.low.den]
    return tuple(one.get_id() if isinstance(one, z3.ExprRef) else ("constant", one) for one in parts)


def is_real(subject: Subject) -> bool:
    """Whether an Enterprise can hold all that the runs over a subject ask for."""
    from innovation_rules.case import VOCABULARY

    frame = subject.frame
    specs = [fact.spec for fact in frame.facts] + [*frame.activity_facts, *frame.qualification_facts]
    return all(spec.declared or VOCABULARY.get((spec.owner, spec.name)) == spec for spec in specs)


def kinds_of(over: Over, subjects: Sequence[Subject], words: Words) -> list[tuple[str, str]]:
    """(category, kind) of the items there can be; the category is empty for qualifications."""
    packs = [run.pack for subject in subjects for run in subject.runs]
    heads = [pack.head for pack in packs if pack is not None]
    if over == "qualifications":
        named = [kind for head in heads for kind in head.qualifications]
        kinds = named if None not in packs else [*named, *words.texts, OTHER]
        return [("", kind) for kind in dict.fromkeys(kinds)]
    pairs: dict[str, str | None] = {}
    for head in heads:
        for kind, category in head.kinds.items():
            pairs[kind] = category if pairs.get(kind, category) == category else None
    found = [(category, kind) for kind, category in pairs.items() if category is not None]
    found += _unnamed(subjects, {category for category, _ in found}, {kind for _, kind in found})
    if None in packs or not pairs:
        free = dict.fromkeys(
            one for one in (*words.texts, OTHER) if one not in CATEGORIES and one not in pairs
        )
        found += [(category, kind) for kind in free for category in CATEGORIES]
    return found


def _unnamed(subjects: Sequence[Subject], named: set[str], kinds: set[str]) -> Iterator[tuple[str, str]]:
    """An item of another pack's kind for each category that is asked about and in which no pack here names a kind.

    Elsewhere such an item adds no more than an unsurveyed category does.
    """
    for subject in subjects:
        for run in subject.runs:
            if run.pack is None or not run.pack.head.kinds:
                continue
            for category in sorted(asked_categories(run.program) - named):
                elsewhere = run.pack.elsewhere.known["data-unknown-kind"] - kinds
                yield category, min(elsewhere, default=OTHER)


class _Listing:
    """Lists the signatures of the items of one kind: asks for an item, notes its answers, forbids them, asks again."""

    def __init__(
        self,
        family: Family,
        category: str,
        kind: str,
        answers: Sequence[Answered],
        facts: Callable[[], list[Bool]],
        deadline: float,
    ) -> None:
        self.family, self.category, self.kind, self.deadline = family, category, kind, deadline
        self.answers = [
            (asked, answer)
            for asked, answer in zip(family.asked, answers, strict=True)
            if answer.truth.f is not True
        ]
        self.bits: list[tuple[Asked, Bool, Bool, list[Any]]] = []
        for asked, answer in self.answers:
            ways = [] if answer.amount is None else plain_ways(answer.amount)
            self.bits.append((asked, answer.truth.t, not_(answer.truth.f), ways))
        self.solver = z3.SimpleSolver()
        limits = family.template.limits()
        if any(answer.coupled for _, answer in self.answers):
            limits += facts()
        self.limits = [one for one in limits if one is not True]
        self.solver.add(self.limits)
        self.varying = [
            bit
            for _, sure, possible, ways in self.bits
            for bit in (sure, possible, *(way.guard for way in ways))
            if not isinstance(bit, bool)
        ]
        self.varying = list({bit.get_id(): bit for bit in self.varying}.values())

    def run(self) -> None:
        # first those that need no word of the ledger that all goes on, then the others
        self.solver.push()
        self.solver.add(z3.Not(self.family.template.until[1]))
        blocked = self._all(ongoing=False)
        self.solver.pop()
        if self.family.wide or not self.family.template.real:
            return
        for one in blocked:
            self.solver.add(one)
        self._all(ongoing=True)

    def _all(self, ongoing: bool) -> list[Any]:
        blocked: list[Any] = []
        while not self.family.wide:
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.family.wide = "time"
                break
            self.solver.set("timeout", max(1, int(left * 1000)))
            answer = self.solver.check()
            if answer == z3.unknown:
                self.family.wide = "time"
            if answer != z3.sat:
                break
            model = self.solver.model()
            held = [z3.is_true(model.eval(bit, model_completion=True)) for bit in self.varying]
            literals = [bit if is_so else z3.Not(bit) for bit, is_so in zip(self.varying, held, strict=True)]
            self._note(model, literals, ongoing)
            clause = z3.Not(z3.And(literals)) if literals else z3.BoolVal(False)
            blocked.append(clause)
            self.solver.add(clause)
            if len(self.family.signatures) > MOST_SIGNATURES:
                self.family.wide = "many"
        return blocked

    def _note(self, model: Any, literals: Sequence[Any], ongoing: bool) -> None:
        def so(bit: Bool) -> bool:
            return bit if isinstance(bit, bool) else z3.is_true(model.eval(bit, model_completion=True))

        sure = frozenset(asked for asked, t, _, _ in self.bits if so(t))
        possible = frozenset(asked for asked, _, p, _ in self.bits if so(p))
        condition = all_(literals)
        if not possible:
            self.family.nothing.setdefault((self.category, self.kind), []).append(condition)
            return
        amounts = {}
        for asked, _, p, ways in self.bits:
            held = [way for way in ways if so(way.guard)]
            if held and so(p):
                found = self._amount(held[0].value, condition)
                if found is None:
                    self.family.wide = "amount"
                    return
                amounts[asked] = found
        fields = {name: one.raw(model) for name, one in self.family.template.columns.items()}
        known = {name: value for name, value in fields.items() if value is not None}
        self.family.signatures.append(
            Signature(sure, possible, amounts, self.category, self.kind, known, condition, ongoing, 1)
        )

    def _amount(self, value: Q, condition: Bool) -> Amount | None:
        """The range of an amount over a signature, with the ledger's word and without.

        None where its denominator is not a number.
        """
        if not isinstance(value.den, int):
            return None
        if isinstance(value.num, int):
            return Amount(value.num, value.den, value.num, value.num)
        ends = []
        for find in (z3.Optimize.minimize, z3.Optimize.maximize):
            search = z3.Optimize()
            search.set("timeout", max(1, int((self.deadline - time.monotonic()) * 1000)))
            search.add(self.limits)
            if condition is not True:
                search.add(condition)
            goal = find(search, value.num)
            if search.check() != z3.sat:
                return None
            end = search.lower(goal) if find is z3.Optimize.minimize else search.upper(goal)
            if not z3.is_int_value(end):
                return None
            ends.append(end.as_long())
        return Amount(value.num, value.den, ends[0], ends[1], _step(value.num) or 1)


def _step(term: Any) -> int:
    """What divides every difference between two values of a whole term; 0: it has one value only."""
    if z3.is_int_value(term):
        return 0
    if z3.is_mul(term) and len(factors := term.children()) == 2:
        for one, other in (factors, reversed(factors)):
            if z3.is_int_value(one):
                factor: int = one.as_long()
                return abs(factor) * _step(other)
    return gcd(*map(_step, term.children())) if z3.is_add(term) else 1


__all__ = ["UNKNOWN", "Amount", "Asked", "Catalogue", "Family", "Over", "Signature", "Template", "is_real"]
