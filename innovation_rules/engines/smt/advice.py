"""Find the cheapest changes to one enterprise after which a formula holds; `Space.optimise` asks here.

What has no cost stays as it is. Each item that is there keeps its answers, or moves to others at the cost of the
fields that must change for it; new items are counted like those of any other question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import eq, ge, le
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from innovation_rules.engines.smt import sketch as sketches
from innovation_rules.engines.smt.answers import Answer, Change, Proved, Unsettled, Witness
from innovation_rules.engines.smt.domain import Column, same_class
from innovation_rules.engines.smt.formula import Cell, Formula, Subject, cell_of
from innovation_rules.engines.smt.items import OVERS, Amount, Family, Over, Template
from innovation_rules.engines.smt.search import Builder, Drafts, Lemma, Search
from innovation_rules.engines.smt.sketch import Fields, Sketch
from innovation_rules.engines.smt.solver import z3
from innovation_rules.engines.smt.terms import Bool, all_, any_, both, not_
from innovation_rules.engines.smt.world import Counts, World, _id
from innovation_rules.enterprise import Enterprise
from innovation_rules.facts import CATEGORIES, STATUS_AFTER
from innovation_rules.region import RegionStatistics

if TYPE_CHECKING:
    from innovation_rules.engines.smt.space import Costs


Sizes: TypeAlias = Mapping[str, tuple[Bool, int]]
"""For each field that can change, when it is as it was, and the cost of changing it."""
Amounts: TypeAlias = Mapping[int, tuple[int, int]]
"""The least and the most that an item adds to each total."""


@dataclass(frozen=True)
class Option:
    """What an item that is there may become: its answers, what changes, and what that costs."""

    at: int | None
    """The signature's place; None: it answers no to all."""
    fields: Fields
    changed: tuple[str, ...]
    cost: int
    amounts: Amounts


@dataclass
class Held:
    """An item that is there, with its options and the Boolean of each."""

    over: Over
    place: int
    options: list[Option]
    chosen: list[Any]
    solver: Any
    """Holds what the item keeps to, whatever becomes of it."""
    sizes: Sizes

    def option(self, model: Any) -> Option:
        """What it becomes in a model."""
        return next(one for one, chosen in zip(self.options, self.chosen, strict=True) if _so(model, chosen))


class Advice(Search):
    """One question about one enterprise, and what to change of it."""

    def __init__(
        self,
        world: World,
        formula: Formula,
        started: float,
        deadline: float,
        subject: Subject,
        start: Enterprise,
        costs: Costs,
        without: Sequence[Sequence[Change]],
        statistics: Mapping[str, RegionStatistics],
    ) -> None:
        super().__init__(world, formula, started, deadline)
        self.subject, self.start, self.costs, self.without = subject, start, costs, without
        self.statistics = statistics
        self.when = max(run.as_of for run in subject.runs)
        self.before = sketches.sketch_of(start, subject, self.when, statistics)
        self.stage.makers[subject] = lambda draft: sketches.changed(start, self.before, draft, subject)
        self.stage.statistics = dict(statistics)
        self.costed: list[tuple[Change, Any, int]] = []
        """Each change that may be made, when it is, and its cost."""
        self.held: list[Held] = []
        self.added: dict[Over, list[Any]] = {}

    def answer(self, minimise: bool = True) -> Answer:
        if self.question.wide:
            return Unsettled(self._seconds(), "wider", self.question.wide)
        if self.question.clashes:
            return Unsettled(self._seconds(), "wider", "type")
        if self.question.term is False:
            return Proved(self._seconds())
        try:
            self._bind()
        except _LateError as late:
            return Unsettled(self._seconds(), "time", str(late))
        solver = z3.SimpleSolver()
        solver.add(self.question.limits())
        solver.add([one for one in self.bound if one is not True])
        if self.question.term is not True:
            solver.add(self.question.term)
        for _ in range(60):
            result = self._check(solver)
            if result == z3.unsat:
                return Proved(self._seconds())
            if result != z3.sat:
                return Unsettled(self._seconds(), "time", solver.reason_unknown())
            model = self._least(solver, solver.model())
            found = self._drafts(model)
            if isinstance(found, Lemma):
                solver.add(found.term)
                continue
            if found is not None and self.stage.holds(found):
                return self._advised(found, model)
            return self._unbuilt(found)
        return Unsettled(self._seconds(), "wider", "rounds")

    def _sizes(self) -> Iterator[Any]:
        for _, when, cost in self.costed:
            if when is not False:
                yield z3.If(when, cost, 0)
        for item in self.held:
            for option, chosen in zip(item.options, item.chosen, strict=True):
                if option.cost:
                    yield z3.If(chosen, option.cost, 0)
        for over, numbers in self.added.items():
            each = (self.costs.item if over == "activities" else self.costs.qualification) or 0
            for number in numbers:
                yield number * each

    # -- what is there

    def _bind(self) -> None:
        """Tie the subject to the enterprise: frozen, or changed at a cost."""
        self.bound: list[Bool] = []
        for cell, column in self.question.columns(self.subject):
            self._bind_fact(cell, column)
        self._bind_survey()
        for over in OVERS:
            self._bind_items(over)
        for earlier in self.without:
            self.bound.append(not_(all_([self._made(one) for one in earlier])))

    def _bind_fact(self, cell: Cell, column: Column) -> None:
        now = self.before.facts.get(cell)
        held = now
        if isinstance(now, str):
            held = same_class(
                now, [str(way.low.num) for way in column.value.ways], self.world.words.about(cell)
            )
        same = column.is_(held)
        fact = sketches.specs_by_cell(self.subject)[cell]
        cost = self.costs.facts.get(fact.name, self.costs.facts.get(fact.spec.name))
        if cost is None or cell[:2] in (("enterprise", "uscc"), ("enterprise", "name")):
            self.bound.append(same if cell[1] not in ("uscc", "name") else True)
            return
        if now is not None:
            self.bound.append(column.known)
        self.costed.append((Change("fact", fact.name, now), not_(same), cost))

    def _bind_survey(self) -> None:
        facts = self.world.facts[self.subject]
        for name in CATEGORIES:
            self._bind_list(f"activities.{name}", facts.unsurveyed[name], name in self.before.unsurveyed)
        self._bind_list("qualifications", not_(facts.held), self.before.qualifications is None)

    def _bind_list(self, name: str, unknown: Any, now: bool) -> None:
        if not now:
            self.bound.append(not_(unknown))
        elif self.costs.survey is None:
            self.bound.append(unknown)
        else:
            self.costed.append((Change("survey", name), not_(unknown), self.costs.survey))

    def _bind_items(self, over: Over) -> None:
        counts = self.question.counts[self.subject, over]
        family = counts.family
        items = self.before.activities if over == "activities" else self.before.qualifications or ()
        first = len(self.held)
        for place, fields in enumerate(items):
            if (str(fields.get("category", "")), str(fields.get("kind", ""))) not in family.groups:
                continue
            solver, sizes = self._movable(family.template, fields)
            options = list(self._options(family, fields, solver, sizes))
            if not options:
                continue
            chosen = [z3.FreshBool("option") for _ in options]
            self.bound += [z3.AtMost(*chosen, 1), z3.Or(chosen)]
            self.held.append(Held(over, place, options, chosen, solver, sizes))
        mine = self.held[first:]
        cost = self.costs.item if over == "activities" else self.costs.qualification
        added = self.added[over] = [z3.FreshInt("added") for _ in counts.numbers]
        for at, number in enumerate(counts.numbers):
            there = [
                chosen
                for item in mine
                for option, chosen in zip(item.options, item.chosen, strict=True)
                if option.at == at
            ]
            self.bound.append(number == z3.Sum([added[at], *(z3.If(one, 1, 0) for one in there)]))
            allowed = cost is not None and self._possible(family, at)
            self.bound.append(added[at] >= 0 if allowed else added[at] == 0)
        self._bind_totals(counts, mine, added)

    def _bind_totals(self, counts: Counts, mine: Sequence[Held], added: Sequence[Any]) -> None:
        for (at, key), whole in counts.totals.items():
            amount = _amount(counts, at, key)
            low, high = [added[at] * amount.low], [added[at] * amount.high]
            for item in mine:
                for option, chosen in zip(item.options, item.chosen, strict=True):
                    if option.at == at:
                        least, most = option.amounts[key]
                        low.append(z3.If(chosen, least, 0))
                        high.append(z3.If(chosen, most, 0))
            self.bound += [whole >= z3.Sum(low), whole <= z3.Sum(high)]

    def _until(self, template: Template) -> Bool:
        """The ledger's word that all goes on, as it stands."""
        day, known = template.until
        now = self.before.ongoing_as_of
        return z3.Not(known) if now is None else z3.And(known, day == now)

    def _possible(self, family: Family, at: int) -> bool:
        """Whether a new item can have this signature, as the ledger stands."""
        solver = self._solver(family.template)
        solver.add(family.signatures[at].condition)
        return self._found(solver)

    def _solver(self, template: Template) -> Any:
        solver = z3.SimpleSolver()
        solver.add([one for one in (*template.limits(), self._until(template)) if one is not True])
        return solver

    def _movable(self, template: Template, fields: Fields) -> tuple[Any, Sizes]:
        """What an item that is there keeps to, whatever becomes of it, and what can change of it."""
        solver = self._solver(template)
        sizes: dict[str, tuple[Bool, int]] = {}
        for name, column in template.columns.items():
            now = fields.get(name)
            same, cost = column.is_(now), self.costs.fields.get(name)
            if cost is None:
                solver.add(same)
                continue
            if now is not None:
                solver.add(_onwards(column, now) if self.costs.onwards else column.known)
            sizes[name] = (same, cost)
        return solver, sizes

    def _options(self, family: Family, fields: Fields, solver: Any, sizes: Sizes) -> Iterator[Option]:
        """What an item that is there can become."""
        group = family.groups[str(fields.get("category", "")), str(fields.get("kind", ""))]
        cases: list[tuple[int | None, Bool, dict[int, Any]]] = [
            (at, one.condition, {_id(amount.term): amount.term for amount in one.amounts.values()})
            for at, one in enumerate(family.signatures)
            if (one.category, one.kind) == group
        ]
        for at, condition, terms in (*cases, (None, any_(family.nothing.get(group, ())), {})):
            for changed, amounts, model in self._ways(solver, condition, sizes, terms):
                cost = sum(sizes[name][1] for name in changed)
                yield Option(at, _after(fields, changed, family.template, model), changed, cost, amounts)

    def _ways(
        self, solver: Any, condition: Bool, sizes: Sizes, terms: Mapping[int, Any]
    ) -> Iterator[tuple[tuple[str, ...], Amounts, Any]]:
        """Each set of fields to change for a condition, what an item can then add to each total, and a model.

        A set is left out where another within it allows for as much. So whatever becomes of an item, there is a set
        here that holds nothing else than what changes and allows for what the item adds.
        """
        wanted = condition
        while wanted is not False and (model := self._cheapest(solver, wanted, sizes)) is not None:
            changed = tuple(name for name, (same, _) in sizes.items() if not _so(model, same))
            kept = [same for name, (same, _) in sizes.items() if name not in changed]
            amounts = {key: self._ends(solver, [condition, *kept], term) for key, term in terms.items()}
            yield changed, amounts, model
            beyond = (_beyond(terms[key], *ends) for key, ends in amounts.items())
            wanted = both(wanted, any_([*(sizes[name][0] for name in changed), *beyond]))

    def _cheapest(self, solver: Any, wanted: Bool, sizes: Sizes) -> Any:
        """A model of what is wanted in which the least is changed; None: there is none."""
        model = None
        solver.push()
        solver.add(wanted)
        while self._found(solver):
            model = solver.model()
            cost = sum(0 if _so(model, same) else cost for same, cost in sizes.values())
            if not cost:
                break
            solver.add(z3.Sum([z3.If(same, 0, each) for same, each in sizes.values()]) < cost)
        solver.pop()
        return model

    def _ends(self, solver: Any, terms: Sequence[Bool], amount: Any) -> tuple[int, int]:
        """The least and the most that an amount is where some terms hold."""
        if isinstance(amount, int):
            return amount, amount
        ends = []
        for find, end in ((z3.Optimize.minimize, "lower"), (z3.Optimize.maximize, "upper")):
            search = z3.Optimize()
            search.add(solver.assertions())
            search.add(terms)
            goal = find(search, amount)
            if not self._found(search):
                raise AssertionError("what was found is gone")
            ends.append(getattr(search, end)(goal).as_long())
        return ends[0], ends[1]

    def _found(self, solver: Any) -> bool:
        """Raises _LateError where the solver does not know in time."""
        found = self._check(solver)
        if found == z3.unknown:
            raise _LateError(solver.reason_unknown() or "timeout")
        return found == z3.sat  # type: ignore[no-any-return]

    # -- earlier answers

    def _made(self, change: Change) -> Bool:
        """Whether an earlier answer's change is made again."""
        if change.kind in ("fact", "survey"):
            return next((when for one, when, _ in self.costed if one.name == change.name), False)
        if change.kind == "field":
            list_name, _, rest = change.name.partition("[")
            place, _, name = rest.partition("].")
            return z3.Or(
                [
                    chosen
                    for item in self.held
                    if item.over == list_name and item.place == int(place)
                    for option, chosen in zip(item.options, item.chosen, strict=True)
                    if name in option.changed
                ]
                or [z3.BoolVal(False)]
            )
        over: Over = "activities" if change.name.startswith("activities") else "qualifications"
        family = self.question.counts[self.subject, over].family
        group = family.groups.get((str(change.item.get("category", "")), str(change.item["kind"])))
        numbers = [
            number
            for one, number in zip(family.signatures, self.added[over], strict=True)
            if (one.category, one.kind) == group
        ]
        return z3.Sum(numbers) > 0 if numbers else False

    # -- what comes of it

    def _drafts(self, model: Any) -> Drafts | Lemma | None:
        """The enterprise with its changes, and whoever else the question speaks of."""
        return _AdviceBuilder(self, model).drafts()

    def draft(self, builder: Builder) -> Sketch | Lemma | None:
        """The enterprise with the changes that a model makes."""
        model, after = builder.model, self.before
        for cell, column in self.question.columns(self.subject):
            fact = sketches.specs_by_cell(self.subject)[cell]
            when = next((when for one, when, _ in self.costed if one.name == fact.name), False)
            if _so(model, when):
                after = sketches.with_fact(after, cell, column.raw(model))
        facts = self.world.facts[self.subject]
        unsurveyed = frozenset(one for one in CATEGORIES if _so(model, facts.unsurveyed[one]))
        after = replace(after, unsurveyed=unsurveyed)
        if self.before.qualifications is None and _so(model, facts.held):
            after = replace(after, qualifications=())
        for over in OVERS:
            there, rest = self._shares(over, builder)
            new = builder.new_items(self.subject, over, self.added[over], rest)
            if not isinstance(new, tuple):
                return new
            items = list(after.activities if over == "activities" else after.qualifications or ())
            for item in self.held:
                if item.over == over:
                    items[item.place] = self._become(item, item.option(model), there[item.place])
            if items or new:
                after = sketches.with_items(after, over, [*items, *new])
        return after

    def _shares(
        self, over: Over, builder: Builder
    ) -> tuple[Mapping[int, dict[int, int]], dict[tuple[int, int], int]]:
        """What each item that is there adds to each total, by its place, and what new items must add."""
        counts = self.question.counts[self.subject, over]
        chosen = [(item.place, item.option(builder.model)) for item in self.held if item.over == over]
        there: dict[int, dict[int, int]] = {place: {} for place, _ in chosen}
        rests = {}
        for (at, key), total in counts.totals.items():
            ends = {place: option.amounts[key] for place, option in chosen if option.at == at}
            whole, new = builder.number(total), builder.number(self.added[over][at])
            least = new * _amount(counts, at, key).low
            spare = whole - least - sum(low for low, _ in ends.values())
            for place, (low, high) in ends.items():
                more = min(spare, high - low)
                there[place][key] = low + more
                spare -= more
            rests[at, key] = least + spare
        return there, rests

    def _become(self, item: Held, option: Option, shares: Mapping[int, int]) -> Fields:
        """An item that is there as an option makes it, adding its share to each total; else about as much."""
        counts = self.question.counts[self.subject, item.over]
        if option.at is None or all(low == high for low, high in option.amounts.values()):
            return option.fields
        kept = [same for name, (same, _) in item.sizes.items() if name not in option.changed]
        terms = {key: _amount(counts, option.at, key).term for key in shares}
        for way in (eq, ge, le):
            item.solver.push()
            item.solver.add(counts.family.signatures[option.at].condition, *kept)
            item.solver.add([way(terms[key], share) for key, share in shares.items()])
            model = item.solver.model() if self._check(item.solver) == z3.sat else None
            item.solver.pop()
            if model is not None:
                return _after(option.fields, option.changed, counts.family.template, model)
        return option.fields

    def _advised(self, drafts: Drafts, model: Any) -> Witness:
        after = self._tidied(drafts)
        after = after if self.stage.holds(after) else drafts
        draft = after[self.subject]
        changes = tuple(self._changes(draft))
        witness = self._as_witness(after)
        cost = sum(self._cost(one) for one in changes)
        return replace(witness, changes=changes, cost=cost)

    def _cost(self, change: Change) -> int:
        match change.kind:
            case "fact":
                spec = next(f for f in self.subject.frame.facts if f.name == change.name).spec
                return self.costs.facts.get(change.name, self.costs.facts.get(spec.name, 0))
            case "survey":
                return self.costs.survey or 0
            case "field":
                return self.costs.fields[change.name.rpartition("].")[2]]
            case "item":
                return (self.costs.item if change.name.startswith("act") else self.costs.qualification) or 0

    def _tidied(self, drafts: Drafts) -> Drafts:
        """No change that is not needed, no figure moved further than it must be, no field that need not be known."""
        until = monotonic() + 3
        again = True
        while again and monotonic() < until:
            again = False
            for candidate in self._less(drafts[self.subject]):
                trial = {**drafts, self.subject: candidate}
                if self._fits(trial):
                    drafts, again = trial, True
                    break
        for cell, value in list(drafts[self.subject].facts.items()):
            before = self.before.facts.get(cell)
            if value != before and type(value) is int:
                drafts = self._nearer(drafts, cell, value, before if type(before) is int else 0)
        return self._with_round_days(drafts)

    def _with_round_days(self, drafts: Drafts) -> Drafts:
        """Rounder figures and dates in what was added."""
        first = {
            "activities": len(self.before.activities),
            "qualifications": len(self.before.qualifications or ()),
        }
        tried: set[Any] = set()
        again = True
        while again:
            again = False
            for place, edits in sketches.rounder(drafts[self.subject], self.subject, self.when):
                if len(place) != 3 or place[1] < first[place[0]] or place in tried:
                    continue
                tried.add(place)
                trials = ({**drafts, self.subject: edit(drafts[self.subject])} for edit in edits)
                better = next((one for one in trials if self._fits(one)), None)
                if better is not None:
                    drafts, again = better, True
                    break
        return drafts

    def _less(self, draft: Sketch) -> Iterator[Sketch]:
        for cell, value in draft.facts.items():
            if self.before.facts.get(cell) != value:
                yield sketches.with_fact(draft, cell, self.before.facts.get(cell))
        for over in OVERS:
            old = self.before.activities if over == "activities" else self.before.qualifications or ()
            new = draft.activities if over == "activities" else draft.qualifications or ()
            for at, fields in enumerate(new):
                rest = [*new[:at], *new[at + 1 :]]
                if at >= len(old):
                    yield sketches.with_items(draft, over, rest)
                    if (simpler := sketches.begun(fields, self.when)) is not None:
                        yield sketches.with_items(draft, over, [*new[:at], simpler, *new[at + 1 :]])
                    for name in sketches.spare(fields):
                        several = [*new[:at], sketches.without(fields, name), *new[at + 1 :]]
                        yield sketches.with_items(draft, over, several)
                elif fields != old[at]:
                    yield sketches.with_items(draft, over, [*new[:at], old[at], *new[at + 1 :]])

    def _nearer(self, drafts: Drafts, cell: Cell, value: int, before: int) -> Drafts:
        """A figure no further from what it was than it must be, as far as halving finds it."""
        holds, fails = value, before
        until = monotonic() + 1
        while abs(holds - fails) > 1 and monotonic() < until:
            middle = (holds + fails) // 2
            trial = {**drafts, self.subject: sketches.with_fact(drafts[self.subject], cell, middle)}
            if self._fits(trial):
                holds, drafts = middle, trial
            else:
                fails = middle
        return drafts

    def _changes(self, draft: Sketch) -> Iterator[Change]:
        for fact in self.subject.frame.facts:
            cell = cell_of(fact)
            before, after = self.before.facts.get(cell), draft.facts.get(cell)
            if before != after:
                yield Change("fact", fact.name, before, after)
        for name in CATEGORIES:
            if name in self.before.unsurveyed and name not in draft.unsurveyed:
                yield Change("survey", f"activities.{name}")
        if self.before.qualifications is None and draft.qualifications is not None:
            yield Change("survey", "qualifications")
        yield from self._item_changes(draft)

    def _item_changes(self, draft: Sketch) -> Iterator[Change]:
        for over in OVERS:
            old = self.before.activities if over == "activities" else self.before.qualifications or ()
            new = draft.activities if over == "activities" else draft.qualifications or ()
            family = self.question.counts[self.subject, over].family
            for at, fields in enumerate(new):
                if at >= len(old):
                    kinds = family.alike(str(fields.get("category", "")), str(fields["kind"]))
                    yield Change("item", f"{over}[+{at - len(old)}]", item=dict(fields), kinds=kinds)
                    continue
                for name in {**old[at], **fields}:
                    before, after = old[at].get(name), fields.get(name)
                    if before != after:
                        yield Change("field", f"{over}[{at}].{name}", before, after)


class _AdviceBuilder(Builder):
    """Builds the enterprise that advice is for from what it was; others from the model alone."""

    def __init__(self, advice: Advice, model: Any) -> None:
        super().__init__(advice.question, model, advice.deadline)
        self.advice = advice

    def _draft(self, subject: Subject) -> Sketch | Lemma | None:
        return self.advice.draft(self) if subject is self.advice.subject else super()._draft(subject)


def _onwards(column: Column, now: str | int) -> Bool:
    """A field that is known stays so, and moves only as it can."""
    spec = column.spec
    if spec.name == "status":
        return any_(column.is_(one) for one in (now, *STATUS_AFTER.get(str(now), ())))
    if spec.changes in ("", "either"):
        return column.known if spec.changes else column.is_(now)
    way = ge if spec.changes == "rises" else le
    if column.number is not None:
        return both(column.known, way(column.number, now))
    return any_(one.guard for one in column.value.ways if way(one.low.num, now))


def _amount(counts: Counts, at: int, key: int) -> Amount:
    """What an item of a signature adds to a total."""
    return next(one for one in counts.family.signatures[at].amounts.values() if _id(one.term) == key)


def _beyond(amount: Any, low: int, high: int) -> Bool:
    """An amount is not between two ends."""
    return False if isinstance(amount, int) else z3.Or(amount < low, amount > high)


def _after(fields: Fields, changed: Sequence[str], template: Template, model: Any) -> Fields:
    """The fields of an item, some of them as they are in a model."""
    after = {**fields, **{name: template.columns[name].raw(model) for name in changed}}
    return {name: value for name, value in after.items() if value is not None}


class _LateError(Exception):
    """The time was up before it was known what an item can become: nothing is out of reach for that."""


def _so(model: Any, term: Bool) -> bool:
    return term if isinstance(term, bool) else z3.is_true(model.eval(term, model_completion=True))
