"""Lower what a pack decides: the profile and its layers, classes, coverages and awards.

`compiler.lower` calls these in the order of a Program's fields; conditions that name a decision come back here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from innovation_rules.case import VOCABULARY
from innovation_rules.errors import Place
from innovation_rules.facts import CATEGORIES
from innovation_rules.pack import grammar as g
from innovation_rules.pack.amounts import AmountLowering
from innovation_rules.pack.linker import Entry, clause_of, holds_on
from innovation_rules.pack.typed import Reported, Typed, Wrong
from innovation_rules.program import (
    AmountRule,
    And,
    AwardRule,
    CategoryRule,
    Choice,
    ClassRule,
    Constant,
    CoverageRule,
    Member,
    Not,
    Or,
    Under,
)
from innovation_rules.quantities import Type

if TYPE_CHECKING:
    from innovation_rules.pack.lowering import Lowering


def lower_jurisdiction(to: Lowering, item: g.Jurisdiction) -> int:
    """Whether the enterprise stands in the pack's area, and in its zone; the whole country needs no region."""
    area = item.within.rstrip("0")
    prefix = area + "0" * (len(area) % 2)
    inside = in_area(to, prefix) if prefix else to.add(Constant(True), Type.YES_NO)
    if not item.zone:
        return inside
    zone = to.base(VOCABULARY["enterprise", "zones"], None, key=item.zone)
    return to.truth(And((inside, to.truth(Member(zone.node, (True,))))))


def in_area(to: Lowering, prefix: str) -> int:
    """Under a GB/T 2260 code; the code of a wider area that contains it leaves the answer open."""
    region = to.base(VOCABULARY["enterprise", "region"], None)
    wider = tuple(prefix[:size].ljust(6, "0") for size in range(2, len(prefix), 2))
    return to.truth(Under(region.node, (prefix,), wider))


def lower_category(to: Lowering, name: str) -> CategoryRule:
    entry = to.linked.profile.get(name)
    label = CATEGORIES[name]
    with to.inside(f"profile.{name}", entry.item if entry else None, label=label):
        node = category_active(to, name)
        return CategoryRule(name, label, to.origin.clause, node)


def category_active(to: Lowering, name: str) -> int:
    """The profile's row for a category; without one, some activity of it in the judged year."""
    memo = to.named.get((f"profile.{name}", to.year, to.law_date))
    if memo is None:
        entry = to.linked.profile.get(name)
        with to.inside(f"profile.{name}", entry.item if entry else None, label=CATEGORIES[name]):
            if entry is None:
                node = to.some(to.activities(g.Filter.model_construct(category=(g.Name(name),)))).node
            else:
                with to.working_on(entry):
                    node = to.condition(entry.item)
        memo = Typed(node, Type.YES_NO)
        to.named[f"profile.{name}", to.year, to.law_date] = memo
    return memo.node


def lower_layer(to: Lowering, entry: Entry) -> CategoryRule:
    with to.inside(f"layers.{entry.id}", entry.item):
        return CategoryRule(entry.id, entry.item.label, to.origin.clause, lower_active(to, entry.id, None))


def lower_active(to: Lowering, what: str, place: Place | None) -> int:
    """active: any, a category or a layer."""
    if what in CATEGORIES:
        return category_active(to, what)
    if what == "any":
        return to.truth(Or(tuple(category_active(to, one) for one in CATEGORIES)))
    layer = to.linked.find("layers", what)
    if layer is None:
        raise to.unknown("unknown-category", what, place, [*CATEGORIES, *to.linked.ids("layers"), "any"])
    return to.truth(Or(tuple(category_active(to, one) for one in layer.item.of)))


def lower_class_rule(to: Lowering, entry: Entry) -> ClassRule | None:
    typed = guarded(to, entry)
    if typed is None:
        return None
    many = to.many_rows.get((entry.id, to.year, to.law_date), ())
    return ClassRule(
        entry.id,
        entry.item.label,
        clause_of(entry.item),
        tuple(Choice(id, label) for id, label in typed.choices),
        typed.node,
        tuple(node for _, node in many),
    )


def guarded(to: Lowering, entry: Entry) -> Typed | None:
    try:
        return to.entry(entry, None)
    except Reported:
        return None
    except Wrong as wrong:
        to.report(wrong)
        return None


def lower_coverage(to: Lowering, entry: Entry, jurisdiction: int) -> CoverageRule | None:
    item: g.Coverage = entry.item
    scope, condition = coverage_nodes(to, entry, jurisdiction)
    return CoverageRule(entry.id, item.label, clause_of(item), scope, condition)


def coverage_nodes(to: Lowering, entry: Entry, jurisdiction: int | None = None) -> tuple[int, int]:
    """(scope, condition) of a coverage; the scope includes the jurisdiction."""
    memo = to.coverage_pairs.get(entry.id)
    if memo is None:
        item: g.Coverage = entry.item
        with to.inside(f"coverages.{entry.id}.scope", item):
            parts = [own_jurisdiction(to)]
            if item.scope is not None:
                parts.append(to.condition(item.scope))
            scope = to.truth(And(tuple(parts)))
        with to.working_on(entry), to.inside(f"coverages.{entry.id}.covered_when", item):
            memo = scope, to.condition(item.covered_when)
        to.coverage_pairs[entry.id] = memo
    return memo


def own_jurisdiction(to: Lowering) -> int:
    key = "in_jurisdiction", to.judged_year, to.judged_law_date
    memo = to.named.get(key)
    if memo is None:
        area = to.linked.pack.jurisdiction
        with to.in_program(), to.inside("jurisdiction", area):
            memo = Typed(lower_jurisdiction(to, area), Type.YES_NO)
        to.named[key] = memo
    return memo.node


def lower_award(to: Lowering, entry: Entry, jurisdiction: int) -> AwardRule | None:
    item: g.Award = entry.item
    granted = None
    try:
        granted = granted_award(to, item)
        condition = award_condition(to, entry)
        amount = lower_amount(to, entry, granted)
    except Reported:
        return None
    except Wrong as wrong:
        to.report(wrong)
        return None
    period = item.in_force
    higher = granted.item if granted else item
    return AwardRule(
        id=entry.id,
        label=item.label,
        clause=clause_of(item),
        kind=(item.kind if "kind" in item.model_fields_set else higher.kind).value,
        bearing=item.bearing.value,  # type: ignore[arg-type]
        discretionary=item.discretionary,
        granted_by=item.granted_by,
        decided=not item.beneficiary,
        in_force=holds_on(period, to.law_date) and holds_on(higher.in_force, to.law_date),
        jurisdiction=jurisdiction,
        condition=condition,
        amount=amount,
        quoted=item.quoted,
        responsible=item.responsible,
    )


def granted_award(to: Lowering, item: g.Award) -> Entry | None:
    if item.grants is None:
        return None
    pack, _, name = item.grants.rpartition(".")
    entry = to.linked.granted(pack, name)
    if entry is None:
        names = to.linked.grantable()
        raise to.unknown("unknown-grant", item.grants, item.grants.place, names)
    return entry


def award_condition(to: Lowering, entry: Entry) -> int:
    """eligible_when and not unless, in Kleene's logic, and one qualifying item where it is for each."""
    memo = to.named.get((f"awards.{entry.id}", to.year, to.law_date))
    if memo is not None:
        return memo.node
    item: g.Award = entry.item
    parts: list[int] = []
    with to.working_on(entry):
        granted = granted_award(to, item)
        if granted is not None:
            with to.inside(f"awards.{granted.id}", granted.item):
                parts.append(award_condition(to, granted))
        if item.for_each is not None:
            with to.inside(f"awards.{entry.id}.for_each", item):
                parts.append(to.some(to.activities(item.for_each)).node)
        if item.eligible_when is not None:
            with to.inside(f"awards.{entry.id}.eligible_when", item):
                parts.append(to.condition(item.eligible_when))
        if item.unless is not None:
            with to.inside(f"awards.{entry.id}.unless", item):
                parts.append(to.truth(Not(to.condition(item.unless))))
    with to.inside(f"awards.{entry.id}", item):
        node = parts[0] if len(parts) == 1 else to.truth(And(tuple(parts)))
    to.named[f"awards.{entry.id}", to.year, to.law_date] = Typed(node, Type.YES_NO)
    return node


def lower_amount(to: Lowering, entry: Entry, granted: Entry | None) -> AmountRule | None:
    item: g.Award = entry.item
    if item.amount is None:
        return lower_amount(to, granted, None) if granted else None
    with to.inside(f"awards.{entry.id}.amount", item):
        return AmountLowering(to, item).rule()


def lower_class(to: Lowering, entry: Entry) -> Typed:
    item: g.Classification = entry.item
    if not item.many:
        return to.table(item.rows, item.place)
    rows: list[tuple[str, int]] = []
    choices: dict[str, str] = {}
    for row in item.rows:
        if row.otherwise is not None:
            raise Wrong("many-has-otherwise", row.place)
        if row.when is None or not isinstance(row.is_, g.Figure):
            raise Wrong("missing-key", row.place, key="when" if row.when is None else "is")
        word = row.is_.text
        if word in choices:
            raise Wrong("duplicate-value", row.is_.place)
        choices[word] = row.label or word
        with to.inside(f"classes.{entry.id}.{word}", row):
            rows.append((word, to.condition(row.when)))
    to.labels.update(choices)
    to.many_rows[entry.id, to.year, to.law_date] = tuple(rows)
    return Typed(to.truth(Or(tuple(node for _, node in rows))), Type.CHOICE, choices=tuple(choices.items()))


def statuses_of(to: Lowering, entry: Entry) -> dict[str, Any]:
    """The statuses of a decision that a condition may ask for, each as the truth of its having it."""
    if entry.section == "coverages":
        scope, condition = coverage_nodes(to, entry)
        return {
            "covered": lambda: to.truth(And((scope, condition))),
            "not_covered": lambda: to.truth(And((scope, to.truth(Not(condition))))),
            "out_of_scope": lambda: to.truth(Not(scope)),
        }
    inside = own_jurisdiction(to)
    condition = award_condition(to, entry)
    yes, no = (
        ("favoured", "not_favoured") if entry.item.bearing is g.Bearing.WEIGHS else ("eligible", "ineligible")
    )
    return {
        yes: lambda: to.truth(And((inside, condition))),
        no: lambda: to.truth(And((inside, to.truth(Not(condition))))),
        "out_of_scope": lambda: to.truth(Not(inside)),
    }
