"""Claims about a document that carries out a higher one: whom it covers, the higher one covers too.

Which coverage answers to which stands in the pack's `implements`; both are asked of one enterprise, in both scopes
and both periods. The targets are figures against figures, which `implements` compares without any enterprise.
"""

from __future__ import annotations

from collections.abc import Iterator

from innovation_rules.audit.prover.desk import Answer, Desk, Question
from innovation_rules.audit.prover.plan import implemented, shape_of
from innovation_rules.engines.smt import Space
from innovation_rules.errors import Words
from innovation_rules.implements import Both, Pair
from innovation_rules.pack.linker import clause_of
from innovation_rules.packs import Pack


def implements(desk: Desk) -> Iterator[Question]:
    """No enterprise in both scopes is covered here and not covered by the higher document."""
    for higher in implemented(desk.pack):
        span = higher.linked.pack.in_force
        if not span.from_ <= desk.term.last or (span.to is not None and desk.term.last > span.to):
            continue
        both = Both(desk.pack, higher, desk.pack.linked.pack.implements[higher.id], ())
        for pair in both.pairs:
            if pair.section == "coverages":
                yield _question(desk, higher, pair)


def _question(desk: Desk, higher: Pack, pair: Pair) -> Question:
    outcome = desk.outcomes[f"coverages.{pair.lower.id}"]
    program = desk.term.program(higher)
    above = next(one for one in program.coverages if one.id == pair.higher.id)
    zh = f"这里已覆盖的，“{pair.higher.item.label}”（{higher.id} {clause_of(pair.higher.item)}）也算覆盖"
    en = f"whom {pair.lower.id} covers, {pair.higher.id} of {higher.id} covers too"
    return Question(
        f"coverages.{pair.lower.id}>{higher.id}.{pair.higher.id}",
        Words(zh, en),
        outcome.clause,
        pair.place,
        outcome.rests_on,
        lambda: _looser(desk, higher, pair),
        besides=shape_of(program, (above.scope, above.condition)),
        because=pair.departure.because if pair.departure else "",
    )


def _looser(desk: Desk, higher: Pack, pair: Pair) -> Answer:
    space = Space(timeout=desk.seconds)
    subject = space.enterprise("enterprise")
    own = space.run(desk.program, subject, desk.term.last, pack=desk.pack)
    above = space.run(desk.term.program(higher), subject, desk.term.last, pack=higher)
    lower, upper = f"coverages.{pair.lower.id}", f"coverages.{pair.higher.id}"
    return desk.never(own.status(lower, "covered") & above.status(upper, "not_covered"), (lower,), space)


__all__ = ["implements"]
