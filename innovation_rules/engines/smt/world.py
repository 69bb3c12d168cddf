"""Formulas as solver terms: programs over symbolic enterprises, counts of their items, and what a question rests on.

`space` puts a Question to the solver through `search`: the terms of one formula, and what the facts and items that it
speaks of must keep to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from innovation_rules.case import BaseFact
from innovation_rules.engines.smt.alike import Alike
from innovation_rules.engines.smt.base_facts import Facts
from innovation_rules.engines.smt.domain import Column, Words, under_facts
from innovation_rules.engines.smt.formula import (
    FALSE,
    TRUE,
    Agree,
    AllOf,
    AnyOf,
    AtLeastAs,
    Cell,
    FactIs,
    FactKnown,
    Formula,
    FullyKnown,
    Items,
    Negation,
    NumberIs,
    Ordered,
    PlainIs,
    Run,
    SameFacts,
    Subject,
    TruthIs,
    asked_categories,
    asks_qualifications,
    cell_of,
    open_code,
    walk,
)
from innovation_rules.engines.smt.items import OVERS, Asked, Catalogue, Family, Over, kinds_of
from innovation_rules.engines.smt.solver import z3
from innovation_rules.engines.smt.terms import Bool, Q, all_, any_, not_, q, q_add, same_truth, total
from innovation_rules.engines.smt.values import (
    Reading,
    Scene,
    Sym,
    T,
    V,
    Way,
    compare,
    equal,
    is_plain,
    member,
    of_constant,
    plain_ways,
)
from innovation_rules.enterprise import MOST_ITEMS
from innovation_rules.facts import CATEGORIES
from innovation_rules.program import (
    Aggregate,
    Fact,
    ItemFact,
    Outer,
    children,
)
from innovation_rules.quantities import Type
from innovation_rules.walk import PerProgram, cones, readers

# ------------------------------------------------------------------------------------------------ runs


@dataclass
class Counts:
    """How many items of each signature a subject has, and their totals; free numbers for a family that is wide."""

    family: Family
    numbers: list[Any]
    totals: dict[tuple[int, int], Any]
    """By the place of the signature and the identity of the amount's term."""
    free: dict[Asked, tuple[Any, Any]]
    limits: list[Bool]

    def value(self, asked: Asked, node: Aggregate, parts: Sequence[Bool]) -> V:
        """An aggregate's two ends."""
        if self.family.wide:
            low, high = (Q(one) for one in self.free[asked])
        else:
            low, high = self._ends(asked, node)
        high = q_add(high, Q(total(z3.If(one, node.unsurveyed, 0) for one in parts if one is not False)))
        return V((Way(True, low, high),))

    def _ends(self, asked: Asked, node: Aggregate) -> tuple[Q, Q]:
        low, high = [], []
        loose = [Q(0), Q(0)]
        for at, (one, number) in enumerate(zip(self.family.signatures, self.numbers, strict=True)):
            if asked not in one.possible:
                continue
            sure = asked in one.sure
            if node.of is None:
                high.append(number)
                low += [number] if sure else []
            elif (amount := one.amounts.get(asked)) is None:
                high.append(number * node.highest)
            else:
                added = Q(self.totals[at, _id(amount.term)], amount.den)
                loose = [q_add(loose[0], added) if sure else loose[0], q_add(loose[1], added)]
        return q_add(Q(total(low)), loose[0]), q_add(Q(total(high)), loose[1])

    def some(self, asked: Asked) -> Bool:
        """Some item has a flag."""
        if self.family.wide:
            return self.free[asked][0] > 0
        found = [
            number > 0
            for one, number in zip(self.family.signatures, self.numbers, strict=True)
            if asked in one.sure
        ]
        return any_(found)


def _id(term: Any) -> int:
    return term.get_id() if isinstance(term, z3.ExprRef) else hash(("constant", term))


class _RunScene(Scene):
    """A run: its facts, and its aggregates as the question counts them."""

    def __init__(self, world: World, run: Run, counts: Mapping[Over, Counts]) -> None:
        self.world, self.run, self.counts, self.as_of = world, run, counts, run.as_of.toordinal()

    def fact(self, index: int) -> V:
        return self.world.facts[self.run.subject].column(self.run.program.frame.facts[index]).value

    def aggregate(self, index: int, node: Aggregate) -> V:
        counts = self.counts[node.over]
        return counts.value(self.world.asked(self.run, index), node, self.parts(node, counts))

    def parts(self, node: Aggregate, counts: Counts) -> list[Bool]:
        """What nobody surveyed of what an aggregate looks at."""
        run = self.run.parent or self.run
        facts = self.world.facts[run.subject]
        if node.over == "qualifications":
            return [not_(facts.held)]
        foreign = self.world.foreign(run)
        return [
            any_(
                (
                    facts.unsurveyed[one],
                    counts.some(self.world.strange(run, one)) if one in foreign else False,
                )
            )
            for one in node.categories
            if one in facts.unsurveyed
        ]


class _LooseScene(_RunScene):
    """A run as an item sees it from inside: its facts, and aggregates of which nothing is said."""

    def __init__(self, world: World, run: Run) -> None:
        super().__init__(world, run, {})

    def aggregate(self, index: int, node: Aggregate) -> V:
        low, high = z3.Reals(f"loose.{id(self.run)}.{index}.low loose.{id(self.run)}.{index}.high")
        self.world.loose.append(low <= high)
        return V((Way(True, Q(low), Q(high)),))


class _Forced(Reading):
    """The results of a run in which some are replaced; what does not rest on these is as it was."""

    def __init__(self, base: Reading, scene: Scene, run: Run) -> None:
        super().__init__(base.nodes, scene)
        self.base, self.forcing, self.moved = base, run.forcing, _moved(run)

    def __getitem__(self, index: int) -> Sym:
        if index in self.forcing:
            truth = self.forcing[index]
            return T(truth is True, truth is False)
        return super().__getitem__(index) if index in self.moved else self.base[index]


_readers: Final = PerProgram(lambda program: readers(program))


def _moved(run: Run) -> frozenset[int]:
    """The nodes that rest on what a run is forced to."""
    return frozenset(cones(_readers(run.program), run.forcing))


def _counted(program: Any) -> frozenset[int]:
    """The nodes that rest on an aggregate."""
    starts = [index for index, node in enumerate(program.nodes) if isinstance(node, Aggregate)]
    return frozenset((*starts, *cones(_readers(program), starts)))


_rests_on_counts: Final = PerProgram(_counted)


class _Shared(Reading):
    """The results of a run; nodes of other runs that say the same share their terms."""

    def __init__(self, world: World, scene: Scene, run: Run, place: object) -> None:
        super().__init__(run.program.nodes, scene)
        self.world, self.run, self.place = world, run, place

    def __getitem__(self, index: int) -> Sym:
        found = self.results.get(index)
        if found is None:
            key = self.place, self.world.alike.key(self.run, index)
            found = self.world._shared.get(key)
            if found is None:
                found = self.world._shared[key] = self._result(index)
            self.results[index] = found
        return found


class _Counted(_Shared):
    """The results of a run for one question; what rests on no aggregate is shared by all questions."""

    def __init__(self, world: World, base: Reading, scene: Scene, run: Run, place: object) -> None:
        super().__init__(world, scene, run, place)
        self.base, self.counted = base, _rests_on_counts(run.program)

    def __getitem__(self, index: int) -> Sym:
        return super().__getitem__(index) if index in self.counted else self.base[index]


class World:
    """Everything that the solver knows of a Space: made for the runs that there are, made anew when one is added."""

    def __init__(self, subjects: Sequence[Subject], runs: Sequence[Run]) -> None:
        self.subjects, self.runs = tuple(subjects), tuple(runs)
        self.words = Words.of(run.program for run in runs)
        self.facts = {subject: Facts(subject, self.words) for subject in subjects}
        self.loose: list[Bool] = []
        self.catalogue = Catalogue(self.words, self._outside, self._case_limits)
        self._base: dict[Run, Reading] = {}
        self._inside: dict[Run, Reading] = {}
        self._counts: dict[Any, Counts] = {}
        self._readings: dict[Any, Reading] = {}
        self._foreign: dict[tuple[Subject, int], frozenset[str]] = {}
        self.alike = Alike()
        self._asked: dict[Any, Asked] = {}
        self._forced: dict[Any, tuple[Run, frozenset[int]]] = {}
        self._shared: dict[Any, Sym] = {}

    def asked(self, run: Run, index: int) -> Asked:
        """An aggregate of a run; the same for all runs over a subject that ask the same in the same words."""
        node = run.program.nodes[index]
        assert isinstance(node, Aggregate)
        if any(isinstance(part, Outer) for part in node.body):
            return Asked(self._reads(run, index), index)
        return self._asked.setdefault(self.alike.asks(run, node), Asked(run, index))

    def _reads(self, run: Run, index: int) -> Run:
        """The run whose results an aggregate reads: one that forces none of these leaves it as it is."""
        if not run.forcing:
            return run
        key = self._key(run)
        if key not in self._forced:
            self._forced[key] = run, _moved(run)
        first, moved = self._forced[key]
        return first if index in moved else first.parent or first

    @staticmethod
    def _key(run: Run) -> object:
        """What two runs share that are forced to the same."""
        return run.parent or run, tuple(sorted(run.forcing.items()))

    def strange(self, run: Run, category: str) -> Asked:
        """Whether an item is of a kind that a run's pack does not name, in a category."""
        key = run.subject, self.alike.kinds(run), category
        return self._asked.setdefault(key, Asked(run, category))

    def _outside(self, run: Run, index: int) -> Sym:
        return self._within(run)[index]

    def _within(self, run: Run) -> Reading:
        """The results of a run as an item sees them from inside."""
        found = self._inside.get(run)
        if found is None:
            scene = _LooseScene(self, run)
            found = Reading(run.program.nodes, scene)
            if run.parent is not None:
                found = _Forced(self._within(run.parent), scene, run)
            self._inside[run] = found
        return found

    def _case_limits(self) -> list[Bool]:
        return [*self.loose, *(one for facts in self.facts.values() for one in facts.limits())]

    def foreign(self, run: Run) -> frozenset[str]:
        """The categories in which an enterprise can have items of kinds that a run's pack does not name."""
        key = run.subject, id(run.pack)
        found = self._foreign.get(key)
        if found is None:
            kinds = {} if run.pack is None else run.pack.head.kinds
            pairs = kinds_of("activities", [run.subject], self.words) if kinds else []
            found = frozenset(category for category, kind in pairs if kind not in kinds)
            self._foreign[key] = found
        return found

    def reading(self, run: Run, counts: Mapping[Over, Counts]) -> Reading:
        """The results of a run, for the counts that a question makes."""
        whole = self._key(run), *(id(one) for one in counts.values())
        found = self._readings.get(whole)
        if found is None:
            if run.parent is not None:
                found = _Forced(self.reading(run.parent, counts), _RunScene(self, run, counts), run)
            else:
                base = self._base.get(run)
                if base is None:
                    base = self._base[run] = _Shared(self, _RunScene(self, run, {}), run, None)
                place = tuple(id(one) for one in counts.values())
                found = _Counted(self, base, _RunScene(self, run, counts), run, place)
            self._readings[whole] = found
        return found

    def counts(self, subject: Subject, family: Family) -> Counts:
        """How many items a subject has of each signature."""
        key = subject, id(family)
        found = self._counts.get(key)
        if found is None:
            found = self._counts[key] = self._counting(subject, family, len(self._counts))
        return found

    def _counting(self, subject: Subject, family: Family, serial: int) -> Counts:
        name = f"{subject.name}.{family.over}.{serial}"
        if family.wide:
            return _free_counts(name, family)
        limits: list[Bool] = []
        numbers, totals = [], {}
        for at, one in enumerate(family.signatures):
            number = z3.Int(f"{name}.{at}")
            numbers.append(number)
            limits.append(number >= 0)
            for amount in one.amounts.values():
                if (at, _id(amount.term)) in totals:
                    continue
                if isinstance(amount.term, int):
                    totals[at, _id(amount.term)] = number * amount.term
                    continue
                steps = z3.Int(f"{name}.{at}.{len(totals)}")
                totals[at, _id(amount.term)] = number * amount.low + steps * amount.step
                limits += [steps >= 0, steps <= number * ((amount.high - amount.low) // amount.step)]
        if numbers:
            limits.append(z3.Sum(numbers) <= MOST_ITEMS)
            if family.over == "qualifications" and self.facts[subject].real:
                limits.append(z3.Implies(z3.Not(self.facts[subject].held), z3.Sum(numbers) == 0))
        return Counts(family, numbers, totals, {}, limits)


def _free_counts(name: str, family: Family) -> Counts:
    """Counts of which only the least is said: wider than the model, so that only a proof can come of it."""
    free: dict[Asked, tuple[Any, Any]] = {}
    limits: list[Bool] = []
    for at, asked in enumerate(family.asked):
        node = asked.node
        if node is not None and node.of is not None and not isinstance(node.body[node.of], ItemFact):
            free[asked] = (z3.Real(f"{name}.{at}.low"), z3.Real(f"{name}.{at}.high"))
            continue
        low, high = free[asked] = (z3.Int(f"{name}.{at}.low"), z3.Int(f"{name}.{at}.high"))
        if node is None or node.of is None:
            limits += [low >= 0, low <= high, high <= MOST_ITEMS]
    return Counts(family, [], {}, free, limits)


# ------------------------------------------------------------------------------------------------ questions


@dataclass
class Question:
    """One formula as terms, with all that it rests on."""

    world: World
    formula: Formula
    deadline: float
    counts: dict[tuple[Subject, Over], Counts] = field(default_factory=dict)
    used: dict[Subject, set[tuple[Cell, Type]]] = field(default_factory=dict)
    side: list[Bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.formula = self._plainer(self.formula)
        asked, linked = self._cone()
        for group in linked:
            for over in OVERS:
                mine = [one for one in asked if one.run.subject in group and self._over(one) == over]
                mine += [
                    Asked(one.run, "unknown")
                    for one in asked
                    if one.run.subject in group and one.what == "unknown" and over == "qualifications"
                ]
                family = self.world.catalogue.family(over, group, mine, self.deadline)
                for subject in group:
                    self.counts[subject, over] = self.world.counts(subject, family)
        self.term = self._term(self.formula)

    def _plainer(self, formula: Formula) -> Formula:
        """Without asking whether nodes agree that say the same."""
        match formula:
            case AllOf():
                items = [self._plainer(one) for one in formula.items]
                return FALSE if FALSE in items else AllOf(tuple(one for one in items if one != TRUE))
            case AnyOf():
                items = [self._plainer(one) for one in formula.items]
                return TRUE if TRUE in items else AnyOf(tuple(one for one in items if one != FALSE))
            case Negation():
                inner = self._plainer(formula.item)
                return FALSE if inner == TRUE else TRUE if inner == FALSE else Negation(inner)
            case Agree() if not formula.run.forcing and not formula.other.forcing:
                key = self.world.alike.key
                same = key(formula.run, formula.node) == key(formula.other, formula.other_node)
                return TRUE if same else formula
            case _:
                return formula

    @staticmethod
    def _over(asked: Asked) -> Over:
        return "activities" if asked.node is None else asked.node.over

    # -- what it rests on

    def _cone(self) -> tuple[set[Asked], list[list[Subject]]]:
        """The aggregates and flags that matter; the subjects, those that share items together."""
        roots: dict[Run, set[int]] = {}
        asked: set[Asked] = set()
        groups = [[one] for one in self.world.subjects]
        for one in walk(self.formula):
            for run, node in _nodes_of(one):
                roots.setdefault(run, set()).add(node)
            if isinstance(one, FullyKnown):
                run = one.run.parent or one.run
                asked.add(Asked(run, "unknown"))
                asked |= {
                    Asked(run, name) for name in self.world.foreign(run) & asked_categories(run.program)
                }
                for fact in run.program.frame.facts:
                    self._use(run.subject, fact)
            elif isinstance(one, FactKnown | FactIs):
                self._use(one.run.subject, one.run.program.frame.facts[one.index])
            elif isinstance(one, SameFacts):
                for fact in (*one.one.frame.facts, *one.other.frame.facts):
                    for subject in (one.one, one.other):
                        if (cell_of(fact), fact.spec.type) in self.world.facts[subject].specs:
                            self._use(subject, fact)
            elif isinstance(one, AtLeastAs):
                for subject in (one.one, one.other):
                    self._use(subject, _fact_at(subject, one.cell))
            elif isinstance(one, Items):
                groups = _joined(groups, one.one, one.other)
        for run, starts in roots.items():
            asked |= self._below(run, starts)
        return asked, groups

    def _below(self, run: Run, starts: Iterable[int]) -> set[Asked]:
        """The aggregates below some nodes; the facts are noted as used."""
        nodes, parent = run.program.nodes, run.parent or run
        found: set[Asked] = set()
        seen: set[int] = set()
        todo = [one for one in starts if one not in run.forcing]
        while todo:
            index = todo.pop()
            if index in seen:
                continue
            seen.add(index)
            node = nodes[index]
            if isinstance(node, Aggregate):
                found.add(self.world.asked(run, index))
                foreign = self.world.foreign(parent) & set(node.categories)
                found |= {self.world.strange(parent, one) for one in foreign}
            elif isinstance(node, Fact):
                self._use(run.subject, run.program.frame.facts[node.index])
            todo += [one for one in children(node) if one not in run.forcing]
        return found

    def _use(self, subject: Subject, fact: BaseFact) -> None:
        self.used.setdefault(subject, set()).add((cell_of(fact), fact.spec.type))

    # -- terms

    def columns(self, subject: Subject) -> list[tuple[Cell, Column]]:
        """The facts that the question rests on."""
        facts = self.world.facts[subject]
        order = sorted(self.used.get(subject, ()), key=str)
        return [(cell, facts.at(cell, type)) for cell, type in order]

    def limits(self) -> list[Bool]:
        """What every enterprise keeps to."""
        found = [one for facts in self.world.facts.values() for one in facts.limits()]
        found += [limit for counts in self.counts.values() for limit in counts.limits]
        return [one for one in (*found, *self.side) if one is not True]

    @property
    def wide(self) -> str:
        """Why the encoding is wider than the model; empty where it is not."""
        return next((one.family.wide for one in self.counts.values() if one.family.wide), "")

    @property
    def clashes(self) -> bool:
        """Whether packs read a fact that it rests on otherwise: then not even a proof says anything."""
        facts = self.world.facts
        return any(cell in facts[subject].clashes for subject, used in self.used.items() for cell, _ in used)

    @property
    def coupled(self) -> bool:
        return any(one.family.coupled for one in self.counts.values())

    def _reading(self, run: Run) -> Reading:
        return self.world.reading(run, {over: self.counts[run.subject, over] for over in OVERS})

    def _term(self, formula: Formula) -> Bool:
        match formula:
            case AllOf():
                return all_([self._term(one) for one in formula.items])
            case AnyOf():
                return any_([self._term(one) for one in formula.items])
            case Negation():
                return not_(self._term(formula.item))
            case TruthIs():
                truth = self._reading(formula.run).truth(formula.node)
                terms = {True: truth.t, False: truth.f, None: truth.open}
                return any_(terms[one] for one in formula.among)
            case PlainIs():
                return _plain_is(self._reading(formula.run).value(formula.node), formula.value)
            case NumberIs():
                value = self._reading(formula.run).value(formula.node)
                return compare(value, formula.op, of_constant(formula.constant)).t
            case Agree():
                left = self._reading(formula.run)[formula.node]
                return equal(left, self._reading(formula.other)[formula.other_node])
            case Ordered():
                left = self._reading(formula.run).value(formula.node)
                return compare(left, formula.op, self._reading(formula.other).value(formula.other_node)).t
            case FactKnown():
                return self._column(formula.run, formula.index).known
            case FactIs():
                value = self._column(formula.run, formula.index).value
                if isinstance(formula.value, str | bool):
                    assert formula.op == "=="
                    return member(value, (formula.value,)).t
                return compare(value, formula.op, of_constant(formula.value)).t
            case FullyKnown():
                return self._fully_known(formula.run.parent or formula.run)
            case SameFacts():
                return self._same_facts(formula)
            case Items():
                return self._items(formula)
            case AtLeastAs():
                one, other = (self._at(subject, formula.cell) for subject in (formula.one, formula.other))
                return compare(other.value, ">=", one.value).t
        raise AssertionError(formula)

    def _column(self, run: Run, index: int) -> Column:
        return self.world.facts[run.subject].column(run.program.frame.facts[index])

    def _at(self, subject: Subject, cell: Cell) -> Column:
        return self.world.facts[subject].column(_fact_at(subject, cell))

    def _fully_known(self, run: Run) -> Bool:
        facts, subject = self.world.facts[run.subject], run.subject
        parts: list[Bool] = [facts.column(one).known for one in run.program.frame.facts]
        for cell, test in under_facts(run.program):
            codes = facts.at(cell, Type.CODE).value if (cell, Type.CODE) in facts.specs else V()
            parts += [not_(way.guard) for way in codes.ways if open_code(str(way.low.num), test)]
        asked = asked_categories(run.program)
        counts = self.counts[subject, "activities"]
        parts += [not_(facts.unsurveyed[one]) for one in asked if one in facts.unsurveyed]
        parts += [not_(counts.some(self.world.strange(run, one))) for one in self.world.foreign(run) & asked]
        if asks_qualifications(run.program):
            parts.append(facts.held)
        parts += [not_(self.counts[subject, over].some(Asked(run, "unknown"))) for over in OVERS]
        return all_(parts)

    def _same_facts(self, formula: SameFacts) -> Bool:
        one, other = self.world.facts[formula.one], self.world.facts[formula.other]
        parts = [same_truth(one.unsurveyed[name], other.unsurveyed[name]) for name in CATEGORIES]
        parts.append(same_truth(one.held, other.held))
        for fact in formula.one.frame.facts:
            key = cell_of(fact), fact.spec.type
            if fact.name in formula.except_facts or fact.spec.name in formula.except_facts:
                continue
            if key in other.specs:
                parts.append(equal(one.column(fact).value, other.column(fact).value))
        return all_(parts)

    def _items(self, formula: Items) -> Bool:
        """One way only: where it does not hold, nothing is said of the items."""
        held = z3.FreshBool("items")
        for over in OVERS:
            one, other = self.counts[formula.one, over], self.counts[formula.other, over]
            if one.family.wide:
                continue
            for at, (fewer, more) in enumerate(zip(one.numbers, other.numbers, strict=True)):
                self.side.append(z3.Implies(held, fewer <= more if formula.more else fewer == more))
                for key, less in one.totals.items():
                    if key[0] == at:
                        self.side.append(z3.Implies(held, self._totals(one, other, key, fewer, more, less)))
        return held

    @staticmethod
    def _totals(one: Counts, other: Counts, key: tuple[int, int], fewer: Any, more: Any, less: Any) -> Bool:
        amounts = one.family.signatures[key[0]].amounts.values()
        amount = next(each for each in amounts if _id(each.term) == key[1])
        added = other.totals[key] - less
        return z3.And(added >= (more - fewer) * amount.low, added <= (more - fewer) * amount.high)


def _plain_is(value: V, wanted: Any) -> Bool:
    if wanted is None:
        return is_plain(value)
    found = []
    for one in plain_ways(value):
        if isinstance(wanted, str) or isinstance(one.value.num, str):
            same: Bool = one.value.concrete and one.value.plain() == wanted
        else:
            same = compare(
                V((Way(True, one.value, one.value),)), "==", V((Way(True, q(wanted), q(wanted)),))
            ).t
        found.append(all_((one.guard, same)))
    return any_(found)


def _nodes_of(formula: Formula) -> list[tuple[Run, int]]:
    match formula:
        case TruthIs() | PlainIs() | NumberIs():
            return [(formula.run, formula.node)]
        case Agree() | Ordered():
            return [(formula.run, formula.node), (formula.other, formula.other_node)]
        case _:
            return []


def _fact_at(subject: Subject, cell: Cell) -> BaseFact:
    for run in subject.runs:
        for fact in run.program.frame.facts:
            if cell_of(fact) == cell:
                return fact
    raise KeyError(cell)


def _joined(groups: list[list[Subject]], one: Subject, other: Subject) -> list[list[Subject]]:
    first = next(group for group in groups if one in group)
    second = next(group for group in groups if other in group)
    if first is second:
        return groups
    return [group for group in groups if group is not first and group is not second] + [[*first, *second]]
