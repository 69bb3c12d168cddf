"""Claims about `rises_with`: the fact that declares it does not fall, and nothing that is had is lost.

Two enterprises alike in all but one fact, which the second has more of. What the facts of a pack declare to rise
with something, its coverages, awards and classes are asked about too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from innovation_rules.audit.prover.conditions import above
from innovation_rules.audit.prover.desk import DECIDED, Answer, Desk, Question
from innovation_rules.case import BaseFact
from innovation_rules.engines.smt import Formula, Run, Space
from innovation_rules.errors import Place, Words
from innovation_rules.gaps import Outcome
from innovation_rules.pack.linker import Entry
from innovation_rules.program import Fact, TruthNode


class Improved(NamedTuple):
    """A base fact of the judged year that some fact declares to rise with."""

    fact: BaseFact
    column: int
    declared: Entry


def rising(desk: Desk) -> Iterator[Question]:
    """By improving a fact, nothing is lost."""
    for name, entries in _declared(desk).items():
        found = _base(desk, name)
        if found is None:
            continue
        for entry in entries:
            yield from _falls(desk, Improved(*found, entry))
        yield from _lost(desk, Improved(*found, entries[0]))


def _declared(desk: Desk) -> Mapping[str, list[Entry]]:
    """What facts of this pack, or of those it extends, declare to rise with."""
    found: dict[str, list[Entry]] = {}
    for entry in desk.pack.linked.all("facts"):
        for name in entry.item.rises_with:
            found.setdefault(str(name), []).append(entry)
    return found


def _base(desk: Desk, name: str) -> tuple[BaseFact, int] | None:
    """The column of a base fact, of the judged year where it has one for each."""
    for index, fact in enumerate(desk.program.frame.facts):
        if fact.spec.name == name and fact.year in (None, desk.program.year) and fact.key is None:
            return fact, index
    return None


def _falls(desk: Desk, one: Improved) -> Iterator[Question]:
    """The fact itself."""
    node = next(
        (at for at, origin in enumerate(desk.program.origins) if _is(origin.name, one.declared.id)), None
    )
    if node is None or not desk.own(one.declared.place):
        return
    label = one.declared.item.label or one.declared.id
    yield Question(
        f"facts.{one.declared.id}<{one.fact.spec.name}",
        Words(
            f"{one.fact.spec.zh}提高，“{label}”不会降低",
            f"{one.declared.id} does not fall as {one.fact.spec.name} rises",
        ),
        ", ".join(map(str, one.declared.item.source)),
        one.declared.place,
        (node,),
        lambda: _lower(desk, one, node),
    )


def _is(named: str, id: str) -> bool:
    return named == id or named.startswith(f"{id}@")


def _lower(desk: Desk, one: Improved, node: int) -> Answer:
    space, before, after = desk.two("before", "after")
    if isinstance(desk.program.nodes[node], TruthNode):
        falls = before.true(node) & after.false(node)
    else:
        falls = space.compare(after, node, "<", before, node)
    return desk.never(_more(space, before, after, one) & falls, (), space)


def _more(space: Space, before: Run, after: Run, one: Improved) -> Formula:
    """All alike, save that the second has more of the fact."""
    first, second = before.subject, after.subject
    alike = space.same(first, second, (one.fact.name,)) & space.same_items(first, second)
    return alike & space.at_least_as(one.fact.name, first, second)


def _lost(desk: Desk, one: Improved) -> Iterator[Question]:
    """Every outcome of this pack that rests on the fact."""
    nodes = [
        at
        for at, node in enumerate(desk.program.nodes)
        if isinstance(node, Fact) and node.index == one.column
    ]
    over = above(desk.program)
    outcomes = list(desk.outcomes.values())
    touched = {at for node in nodes for at in over[node]}
    decided = set(desk.decided())
    for at in sorted(touched):
        outcome = outcomes[at]
        if outcome in decided and desk.own(desk.place(outcome)):
            yield _keeps(desk, one, outcome)


def _keeps(desk: Desk, one: Improved, outcome: Outcome) -> Question:
    place: Place | None = desk.place(outcome)
    return Question(
        f"{outcome.key}<{one.fact.spec.name}",
        Words(
            f"{one.fact.spec.zh}提高，不会失去“{outcome.label}”",
            f"{outcome.key} is not lost as {one.fact.spec.name} rises",
        ),
        outcome.clause,
        place,
        outcome.rests_on,
        lambda: _loses(desk, one, outcome),
    )


def _loses(desk: Desk, one: Improved, outcome: Outcome) -> Answer:
    space, before, after = desk.two("before", "after")
    return desk.never(
        _more(space, before, after, one) & loss(space, before, after, outcome), (outcome.key,), space
    )


def loss(space: Space, before: Run, after: Run, outcome: Outcome) -> Formula:
    """What was had is not any more, out of scope included; of a class, a row further down answers."""
    key = outcome.key
    match outcome.kind:
        case "coverages":
            return before.status(key, "covered") & after.status(key, "not_covered", "out_of_scope")
        case "awards":
            return before.status(key, *DECIDED) & after.status(
                key, "ineligible", "not_favoured", "out_of_scope"
            )
        case "classes":
            return _lower_row(space, before, after, outcome)
        case _:
            return before.status(key, "active") & after.status(key, "inactive")


def _lower_row(space: Space, before: Run, after: Run, outcome: Outcome) -> Formula:
    rule = before.program.classes[outcome.place]
    if rule.many:
        return space.any_of(before.true(node) & after.false(node) for node in rule.many)
    values = [one.id for one in rule.values]
    return space.any_of(
        before.class_is(outcome.id, one)
        & space.any_of(after.class_is(outcome.id, other) for other in values[at + 1 :])
        for at, one in enumerate(values)
    )


__all__ = ["loss", "rising"]
