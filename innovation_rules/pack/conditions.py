"""Lower conditions, tests and tables to truth nodes and first matches.

Called through `Lowering.condition` and `Lowering.table`; a mistake in one part is reported and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from innovation_rules.case import VOCABULARY
from innovation_rules.errors import Place
from innovation_rules.pack import grammar as g
from innovation_rules.pack.linker import Entry
from innovation_rules.pack.typed import OPS, ORDERED, Reported, Typed, Wrong
from innovation_rules.program import (
    And,
    AtLeast,
    Compare,
    Constant,
    FirstMatch,
    Known,
    Member,
    Not,
    Or,
    Outer,
    Under,
)
from innovation_rules.quantities import SCALE, Type

if TYPE_CHECKING:
    from innovation_rules.pack.lowering import Lowering


def lower_condition(to: Lowering, condition: g.Condition) -> int:
    """The truth node of a condition; a mistake in one part is reported and the rest goes on."""
    try:
        return lower_part(to, condition)
    except Wrong as wrong:
        to.report(wrong)
    except Reported:
        pass
    return to.add(Constant(None), Type.YES_NO)


def lower_part(to: Lowering, condition: g.Condition) -> int:
    """The truth node of a condition; raises Wrong or Reported."""
    match condition:
        case g.AllOf(items=items):
            return to.truth(And(tuple(lower_condition(to, one) for one in items)))
        case g.AnyOf(items=items):
            return to.truth(Or(tuple(lower_condition(to, one) for one in items)))
        case g.AtLeastOf(n=n, items=items):
            return lower_at_least_of(to, n, items, condition.place)
        case g.NotOf(item=item):
            return to.truth(Not(lower_condition(to, item)))
        case g.Active(what=what, place=place):
            return outside(to, lambda: to.active(what, place))
        case g.Asserted(operator=operator, place=place):
            with to.at(place):
                return outside(to, lambda: operator.lower(to).node)
        case g.Subject():
            with to.at(condition.place):
                return lower_subject(to, condition)


def lower_at_least_of(to: Lowering, n: int, items: Sequence[g.Condition], place: Place) -> int:
    seen: dict[str, g.Condition] = {}
    for one in items:
        form = to.linked.form(one)
        if form in seen:
            raise Wrong("duplicate-condition", one.place, related=((seen[form].place, "first-defined-here"),))
        seen[form] = one
    return to.truth(AtLeast(n, tuple(lower_condition(to, one) for one in items)))


def outside(to: Lowering, lower: Any) -> int:
    """A truth of the program around it, also from inside an aggregate's body."""
    if len(to.scopes) == 1:
        return lower()  # type: ignore[no-any-return]
    with to.in_program():
        node = lower()
    return to.truth(Outer(node))


def lower_subject(to: Lowering, condition: g.Subject) -> int:
    decision = None if len(to.scopes) > 1 else to.linked.subject(condition.name)
    if decision is not None and decision.section in ("coverages", "awards"):
        return all_true(to, [decision_test(to, decision, test) for test in condition.tests])
    if decision is not None and decision.section == "classes" and decision.item.many:
        return all_true(to, [many_test(to, decision, test) for test in condition.tests])
    if condition.name == "zones" and len(to.scopes) == 1:
        return all_true(to, [in_zone(to, test) for test in condition.tests])
    typed = to.item_fact(condition.name) if len(to.scopes) > 1 else to.fact(condition.name)
    return all_true(to, [lower_test(to, typed, test, condition.name) for test in condition.tests])


def in_zone(to: Lowering, test: g.Test) -> int:
    """One of the zones in which the enterprise stands has this name, or one of these names."""
    names = [one for one in test.operands if isinstance(one, g.Figure)]
    if test.word != "equals" or len(names) < len(test.operands):
        raise Wrong("zone-test", test.place)
    zones = [to.base(VOCABULARY["enterprise", "zones"], None, key=one.text) for one in names]
    return any_true(to, [to.truth(Member(zone.node, (True,))) for zone in zones])


def all_true(to: Lowering, nodes: Sequence[int]) -> int:
    return nodes[0] if len(nodes) == 1 else to.truth(And(tuple(nodes)))


def any_true(to: Lowering, nodes: Sequence[int]) -> int:
    return nodes[0] if len(nodes) == 1 else to.truth(Or(tuple(nodes)))


def lower_test(to: Lowering, typed: Typed, test: g.Test, name: str) -> int:
    """One test of one value."""
    match test.word:
        case "is_known":
            return to.truth(Known(typed.node))
        case "equals":
            return lower_equals(to, typed, test)
        case "under":
            return lower_under(to, typed, test, name)
        case "within":
            return lower_within(to, typed, test, name)
    if typed.type not in ORDERED:
        raise Wrong("not-ordered", test.place, name=name, word=test.word, type=typed.type.words)
    if test.word == "between":
        low, high = (to.operand(one, typed) for one in test.operands)
        check_rising(to, low, high, test.place)
        return all_true(
            to,
            [to.truth(Compare(typed.node, ">=", low.node)), to.truth(Compare(typed.node, "<=", high.node))],
        )
    side = to.operand(test.operands[0], typed)
    return to.truth(Compare(typed.node, OPS[test.word], side.node))


def check_rising(to: Lowering, low: Typed, high: Typed, place: Place) -> None:
    if low.low is not None and high.high is not None and low.low > high.high:
        raise Wrong("between-reversed", place)


def lower_equals(to: Lowering, typed: Typed, test: g.Test) -> int:
    figures = [one for one in test.operands if isinstance(one, g.Figure)]
    if len(figures) == len(test.operands) and typed.type not in SCALE:
        values = [to.other_literal(one, typed) for one in figures]
        if len(set(values)) < len(values):
            raise Wrong("duplicate-value", test.place)
        return to.truth(Member(typed.node, tuple(values)))
    sides = [to.operand(one, typed) for one in test.operands]
    return any_true(to, [to.truth(Compare(typed.node, "==", side.node)) for side in sides])


def lower_under(to: Lowering, typed: Typed, test: g.Test, name: str) -> int:
    if typed.type is not Type.CODE:
        raise Wrong("not-a-code", test.place, name=name, type=typed.type.words)
    prefixes = [to.code(one) if isinstance(one, g.Figure) else "" for one in test.operands]
    if "" in prefixes:
        raise Wrong("unquoted-code", test.place, found=None)
    return to.truth(Under(typed.node, tuple(prefixes)))


def lower_within(to: Lowering, typed: Typed, test: g.Test, name: str) -> int:
    if typed.type is not Type.DATE:
        raise Wrong("not-a-date-fact", test.place, name=name, type=typed.type.words)
    assert test.window is not None
    start, op, end = to.window(test.window)
    parts = [] if start is None else [to.truth(Compare(typed.node, op, start))]
    parts += [] if end is None else [to.truth(Compare(typed.node, "<=", end))]
    return all_true(to, parts) if parts else to.truth(Known(typed.node))


def decision_test(to: Lowering, entry: Entry, test: g.Test) -> int:
    """A decision under its own name: {technology_innovation: covered}."""
    if test.word != "equals" or not all(isinstance(one, g.Figure) for one in test.operands):
        raise Wrong("decision-test", test.place, name=entry.id)
    statuses = to.statuses(entry)
    nodes = []
    for one in test.operands:
        assert isinstance(one, g.Figure)
        if one.text not in statuses:
            raise to.unknown("unknown-choice-value", one.text, one.place, list(statuses))
        nodes.append(statuses[one.text]())
    return any_true(to, nodes)


def many_test(to: Lowering, entry: Entry, test: g.Test) -> int:
    """One of the words of a classification in which several may hold."""
    typed = to.entry(entry, test.place)
    rows = dict(to.many_rows[entry.id, to.year, to.law_date])
    if test.word != "equals":
        raise Wrong("decision-test", test.place, name=entry.id)
    return any_true(to, [rows[to.choice(one, typed)] for one in test.operands if isinstance(one, g.Figure)])


def lower_table(to: Lowering, rows: Sequence[g.Row], place: Place) -> Typed:
    """First match: rows in order, the last otherwise."""
    check_rows(to, rows, place)
    values = row_values(to, rows)
    tests = []
    for index, (row, value) in enumerate(zip(rows[:-1], values[:-1], strict=True)):
        with to.inside(f"{to.origin.path}.rows[{index}]", row, label=row.label):
            clause = to.origin.clause
            assert row.when is not None
            tests.append((lower_condition(to, row.when), value.node))
        del clause
    last = values[-1]
    node = to.add(FirstMatch(tuple(tests), last.node), last.type, last.unit)
    lows, highs = [one.low for one in values], [one.high for one in values]
    return Typed(
        node,
        last.type,
        last.unit,
        None if None in lows else min(lows),  # type: ignore[type-var]
        None if None in highs else max(highs),  # type: ignore[type-var]
        last.choices,
    )


def check_rows(to: Lowering, rows: Sequence[g.Row], place: Place) -> None:
    if not rows or rows[-1].otherwise is None:
        raise Wrong("otherwise-missing", rows[-1].place if rows else place)
    for row in rows[:-1]:
        if row.otherwise is not None:
            raise Wrong("otherwise-not-last", row.place)
        if row.is_ is None or row.when is None:
            raise Wrong("missing-key", row.place, key="is" if row.is_ is None else "when")
    if rows[-1].when is not None or rows[-1].is_ is not None:
        raise Wrong("otherwise-with-when", rows[-1].place)


def row_values(to: Lowering, rows: Sequence[g.Row]) -> list[Typed]:
    sides = [row.otherwise if row.is_ is None else row.is_ for row in rows]
    first = sides[0]
    assert all(side is not None for side in sides)
    if isinstance(first, g.Figure) and first.text in ("true", "false") and not first.node.quoted:
        like: Typed | None = Typed(-1, Type.YES_NO)
    elif isinstance(first, g.Figure) and not looks_numeric(first.text):
        pairs = {side.text: row.label or side.text for side, row in zip(sides, rows, strict=True)}  # type: ignore[union-attr]
        to.labels.update(pairs)
        like = Typed(-1, Type.CHOICE, choices=tuple(pairs.items()))
    else:
        like = None
    values: list[Typed] = []
    for side in sides:
        typed = to.operand(side, like)  # type: ignore[arg-type]
        like = like or typed
        values.append(replace(typed, choices=like.choices))
    return values


def looks_numeric(text: str) -> bool:
    return text[:1].isdigit() or (text[:1] in "+-" and text[1:2].isdigit())
