"""Lower the properties of a pack to claims: what must hold of every enterprise, in nodes of an audited program.

`compiler.audit` calls it after everything that decides is lowered; `audit.properties` tries the claims on
enterprises, and proves them. Seven words of the language come down to four claims: Always, Total, Rising and Same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from innovation_rules.case import VOCABULARY
from innovation_rules.errors import Place
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Entry, clause_of
from innovation_rules.pack.typed import MONEY, OPS, ORDERED, Reported, Typed, Wrong
from innovation_rules.program import And, AtLeast, AwardRule, Compare, Constant, Fact, Not, Or, Program
from innovation_rules.quantities import Type

if TYPE_CHECKING:
    from innovation_rules.pack.lowering import Lowering

WORDS: Final = (
    "assert_",
    "monotone_in",
    "never_both",
    "implies",
    "invariant_under",
    "within",
    "totality",
)
"""The vocabulary of properties; each says one of them."""
BOUNDS: Final = ("at_least", "more_than", "at_most", "less_than")
IDENTITY: Final = frozenset(("category", "kind"))
"""What an activity is: with another it would be another activity."""
READ_OFF: Final = frozenset(("standing", "evidenced", "begun_by", "lasted_until"))
"""What is read off other fields of an activity."""
MOVED: Final = tuple(
    name for owner, name in VOCABULARY if owner == "activity" and name not in IDENTITY | READ_OFF
)
"""The fields of an activity that a claim can move; besides them, what a pack declares."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One outcome that a claim speaks of, in nodes.

    It is to be had where `gate` holds; `truth` is whether it is had, `values` are its numbers or words.
    """

    name: str
    label: str
    gate: int | None
    truth: int | None
    values: tuple[int, ...] = ()
    numbers: bool = False
    """The values are numbers: more is better."""

    @property
    def nodes(self) -> tuple[int, ...]:
        return tuple(one for one in (self.gate, self.truth, *self.values) if one is not None)


@dataclass(frozen=True, slots=True)
class Column:
    """A field of an activity that a claim moves."""

    name: str
    spec: FactSpec


@dataclass(frozen=True, slots=True)
class Moves:
    """What a claim changes between two copies of one enterprise."""

    rises: tuple[int, ...] = ()
    """Indexes of base facts in the frame, each moved up alone."""
    falls: tuple[int, ...] = ()
    changes: tuple[int, ...] = ()
    """Each moved anywhere."""
    columns: tuple[Column, ...] = ()
    """Of one activity: up in a Rising claim, anywhere in a Same."""
    one_more: tuple[tuple[str, str], ...] = ()
    """(category, kind) of an activity that is added."""
    order: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """What every claim has: the property it comes from, and the truth under which it speaks."""

    id: str
    label: str
    clause: str
    word: str
    place: Place | None
    assume: int | None
    """A truth node; None: of every enterprise."""

    @property
    def says_nothing(self) -> bool:
        """Whether none of what it speaks of is judged under this law: an award that has ended, say."""
        return False


@dataclass(frozen=True, slots=True)
class Always(Claimed):
    """Where the assumption is true, none of these is false."""

    holds: tuple[int, ...]

    @property
    def nodes(self) -> tuple[int, ...]:
        return (*_some(self.assume), *self.holds)


@dataclass(frozen=True, slots=True)
class _Spoken(Claimed):
    goals: tuple[Goal, ...]

    @property
    def nodes(self) -> tuple[int, ...]:
        return (*_some(self.assume), *(node for goal in self.goals for node in goal.nodes))

    @property
    def says_nothing(self) -> bool:
        return not self.goals


@dataclass(frozen=True, slots=True)
class Total(_Spoken):
    """Where all that a goal rests on is known, the goal is."""


@dataclass(frozen=True, slots=True)
class Rising(_Spoken):
    """A goal that is had is not lost, and a number does not fall, by any one of the moves."""

    moves: Moves


@dataclass(frozen=True, slots=True)
class Same(_Spoken):
    """A goal is what it was after any one of the moves."""

    moves: Moves


Claim = Always | Total | Rising | Same


@dataclass(frozen=True)
class Audited:
    """A program with the conditions of properties behind its own nodes, and the claims that they make."""

    program: Program
    claims: tuple[Claim, ...]


def _some(node: int | None) -> tuple[int, ...]:
    return () if node is None else (node,)


# ------------------------------------------------------------------------------------------ lowering


def lower_property(to: Lowering, entry: Entry, program: Program) -> Claim | None:
    """The claim of a property; None where a mistake was reported."""
    try:
        with to.inside(f"properties.{entry.id}", entry.item):
            return _Lowered(to, entry, program).claim()
    except Wrong as wrong:
        to.report(wrong)
    except Reported:
        pass
    return None


class _Lowered:
    """One property being lowered."""

    def __init__(self, to: Lowering, entry: Entry, program: Program) -> None:
        self.to, self.entry, self.program = to, entry, program
        self.item: g.Property = entry.item

    def claim(self) -> Claim:
        word = self._word()
        self.word = word.rstrip("_")
        match word:
            case "assert_":
                assert self.item.assert_ is not None
                return self._always([self.to.condition(self.item.assert_)])
            case "never_both":
                return self._never_both()
            case "implies":
                assert self.item.implies is not None
                then = self.to.condition(self.item.implies.then)
                return self._always([then], [self.to.condition(self.item.implies.if_)])
            case "within":
                return self._within()
            case "monotone_in":
                return self._rising()
            case "invariant_under":
                return self._same()
        assert self.item.totality is not None
        return Total(*self._common(), goals=self._goals(self.item.totality.outcomes))

    def _word(self) -> str:
        given = [word for word in WORDS if getattr(self.item, word) not in (None, ())]
        if not given:
            raise Wrong("property-says-nothing", self.item.place, name=self.entry.id)
        if len(given) > 1:
            first, second = (one.rstrip("_") for one in given[:2])
            raise Wrong("property-says-two", self.item.place, first=first, second=second)
        return given[0]

    def _common(self, more: Sequence[int] = ()) -> tuple[str, str, str, str, Place | None, int | None]:
        parts = [] if self.item.assume is None else [self.to.condition(self.item.assume)]
        parts += more
        assume = self.to.all_true(parts) if parts else None
        return self.entry.id, self.item.label, clause_of(self.item), self.word, self.entry.place, assume

    def _always(self, holds: Sequence[int], more: Sequence[int] = ()) -> Always:
        return Always(*self._common(more), holds=tuple(holds))

    def _never_both(self) -> Always:
        """Spoken of where one of the conditions holds."""
        if len(self.item.never_both) < 2:
            raise Wrong("property-one-condition", next(iter(self.item.never_both)).place)
        each = tuple(self.to.condition(one) for one in self.item.never_both)
        two = self.to.truth(AtLeast(2, each))
        return self._always([self.to.truth(Not(two))], [self.to.truth(Or(each))])

    # -------------------------------------------------------------------------------- bounds

    def _within(self) -> Always:
        bounds = self.item.within
        assert bounds is not None
        given = [(word, getattr(bounds, word)) for word in BOUNDS if getattr(bounds, word) is not None]
        if not given:
            raise Wrong("property-without-bounds", bounds.place)
        rule = self._award(bounds.of)
        if rule is None:
            typed = self.to.number(g.FactRef(bounds.of))
            return self._always([self._bounded(typed, word, side) for word, side in given])
        if rule.amount is None:
            raise Wrong("property-no-amount", bounds.of.place, name=str(bounds.of))
        ends = {"at_least": rule.amount.low, "more_than": rule.amount.low}
        holds = []
        for word, side in given:
            typed = Typed(ends.get(word, rule.amount.high), Type.MONEY, MONEY.unit)
            holds.append(self._bounded(typed, word, side))
        return self._always(holds, [self._had(rule)])

    def _bounded(self, typed: Typed, word: str, side: g.Reference) -> int:
        right = self.to.operand(side, typed)
        return self.to.truth(Compare(typed.node, OPS[word], right.node))

    def _award(self, name: str) -> AwardRule | None:
        entry = self.to.linked.subject(name)
        if entry is None or entry.section != "awards":
            return None
        found = next((one for one in self.program.awards if one.id == entry.id), None)
        if found is None:
            raise Reported
        return found

    def _had(self, rule: AwardRule) -> int:
        """Whether the award is to be had, in its own period too."""
        to = self.to
        parts: tuple[int, ...] = (rule.jurisdiction, rule.condition)
        if not (rule.in_force and rule.decided):
            parts = (*parts, to.add(Constant(False), Type.YES_NO))
        return to.truth(And(parts))

    # -------------------------------------------------------------------------------- two copies

    def _rising(self) -> Rising:
        item = self.item.monotone_in
        assert item is not None
        moves = Moves(
            rises=tuple(self._base(name, ordered=True) for name in item.rises),
            falls=tuple(self._base(name, ordered=True) for name in item.falls),
            columns=tuple(self._column(name, ordered=True) for name in item.of_activities),
            one_more=tuple(pair for name in item.one_more for pair in self._kinds(name)),
        )
        if moves == Moves():
            raise Wrong("property-moves-nothing", item.place)
        goals = self._goals(item.outcomes)
        words = next((one for one in goals if one.truth is None and not one.numbers), None)
        if words is not None:
            raise Wrong("property-of-words", item.place, name=words.name)
        return Rising(*self._common(), goals=goals, moves=moves)

    def _same(self) -> Same:
        item = self.item.invariant_under
        assert item is not None
        moves = Moves(
            changes=tuple(self._base(name) for name in item.facts),
            columns=tuple(self._column(name) for name in item.of_activities),
            order=item.order,
        )
        if moves == Moves():
            raise Wrong("property-moves-nothing", item.place)
        return Same(*self._common(), goals=self._goals(item.outcomes), moves=moves)

    def _base(self, name: g.Name, ordered: bool = False) -> int:
        """The index of a base fact; what is worked out from others cannot be moved."""
        entry = self.to.linked.subject(name)
        if entry is not None and entry.section != "inputs":
            raise Wrong("property-moves-derived", name.place, name=str(name))
        typed = self.to.subject(name, name.place)
        node = self.to.scopes[0].nodes[typed.node]
        if not isinstance(node, Fact):
            raise Wrong("property-moves-derived", name.place, name=str(name))
        if entry is not None and entry.item.of is g.InputOf.REGION:
            raise Wrong("property-moves-region", name.place, name=str(name))
        if ordered:
            self._ordered(name, typed.type)
        return node.index

    def _column(self, name: g.Name, ordered: bool = False) -> Column:
        if name in IDENTITY:
            raise Wrong("property-moves-kind", name.place, name=str(name))
        if name in READ_OFF:
            raise Wrong("property-moves-derived", name.place, name=str(name))
        spec = VOCABULARY.get(("activity", name))
        entry = self.to.linked.find("inputs", name)
        if spec is None and entry is not None and entry.item.of is g.InputOf.ACTIVITY:
            spec = self.to.linked.input_spec(entry)
        if spec is None:
            raise self.to.unknown("unknown-activity-fact", name, name.place, MOVED)
        if ordered:
            self._ordered(name, spec.type)
        return Column(str(name), spec)

    def _ordered(self, name: g.Name, type: Type) -> None:
        if type not in ORDERED and type is not Type.YES_NO:
            raise Wrong("property-no-order", name.place, name=str(name), type=type.words)

    def _kinds(self, name: g.Name) -> Iterator[tuple[str, str]]:
        """(category, kind) of every kind that a name stands for."""
        kinds = self.to.linked.kinds_by_name
        if name in CATEGORIES:
            yield from ((name, kind) for kind, entry in kinds.items() if entry.category == name)
        elif name in kinds:
            yield kinds[name].category, str(name)
        else:
            raise self.to.unknown("unknown-category", name, name.place, [*CATEGORIES, *kinds])

    # -------------------------------------------------------------------------------- outcomes

    def _goals(self, written: Sequence[g.Condition | g.Name]) -> tuple[Goal, ...]:
        """The goals named; without any, every coverage and award of the pack."""
        if written:
            return tuple(goal for one in written for goal in self._goal(one))
        names = [*(one.id for one in self.program.coverages), *(one.id for one in self.program.awards)]
        return tuple(goal for name in names for goal in self._decision(name))

    def _goal(self, written: g.Condition | g.Name) -> Iterator[Goal]:
        if not isinstance(written, g.Name):
            yield Goal("", "", None, self.to.condition(written))
            return
        entry = self.to.linked.subject(written)
        section = "" if entry is None else entry.section
        if section in ("coverages", "awards"):
            yield from self._decision(str(written))
        elif section == "classes":
            yield self._class(str(written), written)
        else:
            yield self._fact(written)

    def _decision(self, name: str) -> Iterator[Goal]:
        """A coverage or an award; nothing where another party is judged, or it is not in force."""
        for coverage in self.program.coverages:
            if coverage.id == name:
                yield Goal(name, coverage.label, coverage.scope, coverage.condition)
        for award in self.program.awards:
            if award.id == name and award.decided and award.in_force:
                ends = () if award.amount is None else (award.amount.low, award.amount.high)
                values = tuple(dict.fromkeys(ends))
                yield Goal(name, award.label, award.jurisdiction, award.condition, values, numbers=True)

    def _class(self, name: str, at: g.Name) -> Goal:
        typed = self.to.fact(at)
        many = dict(self.to.many_rows.get((name, self.to.year, self.to.law_date), ()))
        return Goal(name, self._label(name), None, None, tuple(many.values()) or (typed.node,))

    def _fact(self, name: g.Name) -> Goal:
        typed = self.to.fact(name)
        if typed.type is Type.YES_NO:
            return Goal(str(name), self._label(name), None, typed.node)
        return Goal(str(name), self._label(name), None, None, (typed.node,), numbers=typed.is_number)

    def _label(self, name: str) -> str:
        entry = self.to.linked.subject(name)
        if entry is not None:
            return str(entry.item.label)
        spec = VOCABULARY.get(("enterprise", name)) or VOCABULARY.get(("report", name))
        return spec.zh if spec else name
