"""Lower counts and totals over activities and qualifications, with the windows of time they look at.

Called through `Lowering.activities` and `Lowering.qualifications`. What makes an item belong is written in core
nodes, so that every engine has it for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from innovation_rules.case import MOST_ITEMS, UNSPOKEN, VOCABULARY
from innovation_rules.errors import Words
from innovation_rules.facts import CATEGORIES, STATUSES, FactSpec
from innovation_rules.pack import grammar as g
from innovation_rules.pack.typed import Scope, Typed, Wrong, choices_of
from innovation_rules.program import Aggregate, And, AsOf, Compare, ItemFact, Member, Not, Op, Or
from innovation_rules.quantities import Type

if TYPE_CHECKING:
    from innovation_rules.pack.lowering import Lowering


def lower_window(to: Lowering, window: g.Window) -> tuple[int | None, Op, int | None]:
    """(start, how the start is compared, end) as date nodes; None is open."""
    match window:
        case g.Last(figure=figure):
            years = to.years(figure)
            return to.add(AsOf(years=years), Type.DATE), ">", to.add(AsOf(), Type.DATE)
        case g.InYear(year=year):
            return days_between(to, date(year, 1, 1), date(year, 12, 31))
        case "year":
            return days_between(to, date(to.year, 1, 1), date(to.year, 12, 31))
        case "as_of":
            today = to.add(AsOf(), Type.DATE)
            return today, ">=", today
    span = to.linked.pack.periods.get(window)
    if span is None:
        known = ["year", "as_of", *to.linked.pack.periods]
        raise to.unknown("unknown-period", window, window.place, known)
    return days_between(to, span.from_, span.to)


def days_between(to: Lowering, start: date, end: date | None) -> tuple[int | None, Op, int | None]:
    last = None if end is None else to.constant(end.toordinal(), Type.DATE).node
    return to.constant(start.toordinal(), Type.DATE).node, ">=", last


def filter_of(to: Lowering, name: g.Name, at: Any) -> g.Filter:
    """The filter of has_activity: a category, or a kind."""
    if name in CATEGORIES:
        return g.Filter.model_construct(category=(name,), at=at)
    if to.linked.kind(name) is None:
        raise to.unknown("unknown-category", name, name.place, [*CATEGORIES, *to.linked.kinds()])
    return g.Filter.model_construct(kind=(name,), at=at)


def some(to: Lowering, count: Typed) -> Typed:
    """At least one."""
    one = to.constant(1, Type.COUNT)
    return Typed(to.truth(Compare(count.node, ">=", one.node)), Type.YES_NO)


def lower_activities(to: Lowering, item: g.Filter, of: g.Name | None = None) -> Typed:
    """A count, or the total of a field, over the activities that match."""
    if len(to.scopes) > 1:
        raise Wrong("nested-aggregate", item.place)
    categories, kinds = categories_and_kinds(to, item)
    with body_of(to, "activity") as body:
        parts = membership(to, item, categories, kinds)
        where = to.all_true(parts)
        amount = None if of is None else added_up(to, of)
    return lower_aggregate(to, "activities", categories, body, where, amount)


def lower_aggregate(
    to: Lowering, over: Any, categories: tuple[str, ...], body: Scope, where: int, amount: Typed | None
) -> Typed:
    highest = 1 if amount is None else int(amount.high or 0)
    parts = max(len(categories), 1)
    node = to.add(
        Aggregate(
            over,
            categories,
            tuple(body.nodes),
            where,
            amount.node if amount else None,
            highest,
            highest * MOST_ITEMS,
        ),
        amount.type if amount else Type.COUNT,
        amount.unit if amount else "",
    )
    to.body_origins[node] = tuple(body.origins)
    return Typed(
        node,
        amount.type if amount else Type.COUNT,
        amount.unit if amount else "",
        0,
        highest * MOST_ITEMS * parts,
    )


@contextmanager
def body_of(to: Lowering, owner: Literal["activity", "qualification"]) -> Iterator[Scope]:
    scope = Scope(owner)
    to.scopes.append(scope)
    try:
        yield scope
    finally:
        to.scopes.pop()


def added_up(to: Lowering, name: g.Name) -> Typed:
    """A field or input of the activity that may be totalled: a number of zero or more."""
    typed = item_fact(to, name)
    if not typed.is_number or typed.low is None or typed.low < 0 or typed.high is None:
        raise Wrong("total-of-negative", name.place, name=str(name))
    return typed


def categories_and_kinds(to: Lowering, item: g.Filter) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for name in item.category:
        if name not in CATEGORIES:
            raise to.unknown("unknown-category", name, name.place, list(CATEGORIES))
    found = []
    for name in item.kind:
        kind = to.linked.kind(name)
        if kind is None:
            raise to.unknown("unknown-kind", name, name.place, to.linked.kinds())
        if item.category and kind.category not in item.category:
            raise Wrong(
                "kind-of-other-category",
                name.place,
                name=str(name),
                category=Words(CATEGORIES[kind.category], kind.category),
            )
        found.append(kind.category)
    if found:
        return tuple(dict.fromkeys(found)), tuple(map(str, item.kind))
    categories = tuple(map(str, item.category)) or tuple(CATEGORIES)
    kinds = [kind.id for kind in to.linked.all_kinds() if kind.category in categories]
    return categories, tuple(kinds)


def membership(to: Lowering, item: g.Filter, categories: Sequence[str], kinds: Sequence[str]) -> list[int]:
    """What an activity must be to belong, cheapest and plainest first."""
    parts = []
    if item.category or not kinds:
        category = item_base(to, VOCABULARY["activity", "category"])
        parts.append(to.truth(Member(category.node, tuple(categories))))
    parts.append(in_window(to, kinds, item.during))
    parts += evidence_given(to, kinds)
    parts.append(status_asked(to, item.status))
    if item.level:
        level = item_base(to, VOCABULARY["activity", "level"])
        parts += [to.test(level, test, "level") for test in item.level]
    if item.where is not None:
        parts.append(to.condition(item.where))
    return parts


def evidence_given(to: Lowering, kinds: Sequence[str]) -> list[int]:
    """Kinds that need evidence count once there is some: until then their membership is unknown."""
    entries = [to.linked.kind(name) for name in kinds]
    needing = tuple(entry.id for entry in entries if entry and entry.item.needs_evidence)
    if not needing:
        return []
    evidenced = item_base(to, VOCABULARY["activity", "evidenced"])
    shown = to.truth(Member(evidenced.node, (True,)))
    kind = item_base(to, VOCABULARY["activity", "kind"])
    return [to.truth(Or((to.truth(Not(to.truth(Member(kind.node, needing)))), shown)))]


def status_asked(to: Lowering, statuses: Sequence[g.Name]) -> int:
    """The statuses asked for; without any, all but those refused or withdrawn."""
    if not statuses:
        standing = item_base(to, VOCABULARY["activity", "standing"])
        return to.truth(Member(standing.node, (True,)))
    names = list(STATUSES)
    for name in statuses:
        if name not in names:
            raise to.unknown("unknown-status", name, name.place, names)
    status = item_base(to, VOCABULARY["activity", "status"])
    return to.truth(Member(status.node, tuple(map(str, statuses))))


def in_window(to: Lowering, kinds: Sequence[str], during: g.Window | None) -> int:
    """An event by its start, a state by every year that it touches, among the kinds given."""
    groups: dict[str, list[str]] = {"event": [], "state": []}
    for name in kinds:
        entry = to.linked.kind(name)
        groups[entry.item.lasts.value if entry else "event"].append(name)
    branches = []
    for lasts, names in groups.items():
        if names or (lasts == "event" and not kinds):
            branches.append(lasting(to, lasts, names, during))
    return to.any_true(branches)


def lasting(to: Lowering, lasts: str, kinds: Sequence[str], during: g.Window | None) -> int:
    """Kinds that last alike, begun by the as-of date and in the window as events or as states are."""
    parts = []
    if kinds:
        kind = item_base(to, VOCABULARY["activity", "kind"])
        parts.append(to.truth(Member(kind.node, tuple(kinds))))
    start, op, end = lower_window(to, during or g.Name("year"))
    if during == "as_of" and lasts == "event":
        start = None
    ends = [to.add(AsOf(), Type.DATE)]
    ends += [] if end is None else [end]
    parts += [begun(to, lasts, one) for one in ends]
    if start is not None:
        parts.append(touches(to, lasts, op, start))
    return to.all_true(parts)


def begun(to: Lowering, lasts: str, day: int) -> int:
    """Begun by a day; what had an end, or is known to have gone on, by then had begun, whenever that was."""
    started = item_base(to, VOCABULARY["activity", "started"])
    by_start = to.truth(Compare(started.node, "<=", day))
    if lasts == "event":
        return by_start
    latest = item_base(to, VOCABULARY["activity", "begun_by"])
    return to.truth(Or((by_start, to.truth(Compare(latest.node, "<=", day)))))


def touches(to: Lowering, lasts: str, op: Op, start: int) -> int:
    """An event begins in the window; a state begins in it, ends in it or later, or is known to have gone on."""
    begins = to.truth(Compare(item_base(to, VOCABULARY["activity", "started"]).node, op, start))
    if lasts == "event":
        return begins
    latest, ended, until = (
        item_base(to, VOCABULARY["activity", name]) for name in ("begun_by", "ended", "lasted_until")
    )
    in_time = to.truth(And((begins, to.truth(Compare(latest.node, op, start)))))
    later = [to.truth(Compare(one.node, op, start)) for one in (ended, until)]
    return to.truth(Or((in_time, *later)))


def item_fact(to: Lowering, name: g.Name) -> Typed:
    """A field or input of the activity at hand."""
    owner = to.scopes[-1].owner
    spec = None if name in UNSPOKEN else VOCABULARY.get((owner, name))
    entry = to.linked.find("inputs", name)
    if spec is None and entry is not None and entry.item.of.value == owner:
        spec = to.linked.input_spec(entry)
    if spec is None or spec.type is Type.TEXT:
        known = [one for who, one in VOCABULARY if who == owner and one not in UNSPOKEN]
        known += [one.id for one in to.linked.all("inputs") if one.item.of.value == owner]
        raise to.unknown("unknown-activity-fact", name, name.place, known)
    return item_base(to, spec)


def item_base(to: Lowering, spec: FactSpec) -> Typed:
    scope = to.scopes[-1]
    specs = to.item_facts[scope.owner]
    if spec not in specs:
        specs.append(spec)
    with to._plain_origin(spec):
        node = to.add(ItemFact(specs.index(spec)), spec.type, spec.unit or "")
    return Typed(node, spec.type, spec.unit or "", spec.low, spec.high, choices_of(spec))


def lower_qualifications(
    to: Lowering, kinds: Sequence[g.Name], level: Sequence[g.Test], statuses: Sequence[g.Name]
) -> Typed:
    """How many qualifications of these kinds stand on the as-of date."""
    for name in kinds:
        if to.linked.find("qualification_kinds", name) is None:
            known = to.linked.ids("qualification_kinds")
            raise to.unknown("unknown-qualification", name, name.place, known)
    with body_of(to, "qualification") as body:
        kind = item_base(to, VOCABULARY["qualification", "kind"])
        parts = [to.truth(Member(kind.node, tuple(map(str, kinds))))]
        parts.append(stands(to, tuple(map(str, statuses)) or ("recognised",)))
        if level:
            rank = item_base(to, VOCABULARY["qualification", "level"])
            parts += [to.test(rank, test, "level") for test in level]
        where = to.all_true(parts)
    return lower_aggregate(to, "qualifications", (), body, where, None)


def stands(to: Lowering, statuses: tuple[str, ...]) -> int:
    """Recognised and unexpired on the as-of date; other statuses as they are written."""
    status = item_base(to, VOCABULARY["qualification", "status"])
    today = to.add(AsOf(), Type.DATE)
    branches = []
    if "recognised" in statuses:
        granted = item_base(to, VOCABULARY["qualification", "granted"])
        expires = item_base(to, VOCABULARY["qualification", "expires"])
        recognised = to.truth(Member(status.node, ("recognised",)))
        since = to.truth(Compare(granted.node, "<=", today))
        until = to.truth(Compare(expires.node, ">=", today))
        branches.append(to.truth(And((recognised, since, until))))
    others = tuple(one for one in statuses if one != "recognised")
    if others:
        branches.append(to.truth(Member(status.node, others)))
    return to.any_true(branches)
