"""Claims about single outcomes: each is decided where all is known, can come out either way, every row answers."""

from __future__ import annotations

from collections.abc import Iterator

from innovation_rules.audit.prover.desk import DECIDED, SETTLED, Answer, Desk, Question
from innovation_rules.engines.smt import Formula
from innovation_rules.errors import Words
from innovation_rules.gaps import UNDETERMINED, Outcome
from innovation_rules.pack import cases as worked
from innovation_rules.pack import cases_zh
from innovation_rules.program import FirstMatch, Result


def undetermined(desk: Desk) -> Iterator[Question]:
    """An enterprise of which everything is known is never left open, nor its amount."""
    for outcome in desk.in_force():
        says = Words(
            f"情况全部已知时，“{outcome.label}”总有结论", f"{outcome.key} is decided wherever all is known"
        )
        if not desk.ripe(outcome.rests_on):
            says = Words(
                f"“{outcome.label}”所依的数字在这时都已有取值",
                f"every figure that {outcome.key} rests on has a value by then",
            )
        yield Question(
            outcome.key,
            says,
            outcome.clause,
            desk.place(outcome),
            outcome.rests_on,
            lambda one=outcome: desk.never(desk.all_known() & _open(desk, one), (one.key,)),  # type: ignore[misc]
            informs=not desk.ripe(outcome.rests_on),
        )


def _open(desk: Desk, outcome: Outcome) -> Formula:
    run = desk.run
    if outcome.many:
        return desk.space.any_of(run.unknown(root) for root in outcome.roots)
    found = run.status(outcome.key, UNDETERMINED)
    if not outcome.amounts:
        return found
    had = run.status(outcome.key, *DECIDED)
    return found | (had & desk.space.any_of(run.unknown(end) for end in outcome.amounts))


def dead_outcome(desk: Desk) -> Iterator[Question]:
    """Each status that an outcome is to have, each class and each layer, is that of some enterprise."""
    for section, id, status in worked.goals(desk.pack.linked):
        outcome = desk.outcomes.get(f"{section}.{id}")
        if outcome is None or outcome not in desk.decided() or status == UNDETERMINED:
            continue
        says = Words(
            f"有的企业，{outcome.label}的结果是“{_value(desk, outcome, status)}”",
            f"{outcome.key} is {status} for some enterprise",
        )
        yield Question(
            f"{outcome.key}.{status}",
            says,
            outcome.clause,
            desk.place(outcome),
            outcome.rests_on,
            lambda one=outcome, value=status: _reached(desk, one, value),  # type: ignore[misc]
            exists=True,
        )


def _value(desk: Desk, outcome: Outcome, status: str) -> str:
    if outcome.kind != "classes":
        return cases_zh.goal_in_chinese(outcome.kind, outcome.id, status, desk.pack.linked)[2]
    choices = desk.program.classes[outcome.place].values
    return next((one.label for one in choices if one.id == status), status)


def _reached(desk: Desk, outcome: Outcome, status: str) -> Answer:
    def has(results: tuple[Result, ...]) -> bool:
        found = outcome.status(results)
        return status in found.split(",") if outcome.many else found == status

    return SETTLED if desk.seen(has) else desk.sometimes(desk.run.status(outcome.key, status))


def shadowed_row(desk: Desk) -> Iterator[Question]:
    """Each row of a table or a class answers for some enterprise: no earlier row takes all that it would."""
    for index, node in enumerate(desk.program.nodes):
        origin = desk.program.origins[index]
        if not isinstance(node, FirstMatch) or not desk.own(origin.place):
            continue
        for row, (when, _) in enumerate(node.rows):
            if not desk.ripe(one for one, _ in node.rows[: row + 1]):
                continue
            place = desk.program.origins[when].place or origin.place
            name = origin.label or origin.path
            yield Question(
                f"{origin.path}.rows[{row}]",
                Words(
                    f"“{name}”的第 {row + 1} 行有企业用到",
                    f"row {row + 1} of {origin.path} answers for some enterprise",
                ),
                desk.program.origins[when].clause or origin.clause,
                place if desk.own(place) else origin.place,
                tuple(one for one, _ in node.rows[: row + 1]),
                lambda at=row, table=node: _answers(desk, table, at),  # type: ignore[misc]
                exists=True,
            )


def _answers(desk: Desk, table: FirstMatch, row: int) -> Answer:
    before, when = [one for one, _ in table.rows[:row]], table.rows[row][0]
    if desk.seen(lambda results: results[when] is True and all(results[one] is False for one in before)):
        return SETTLED
    run = desk.run
    return desk.sometimes(desk.space.all_of([run.true(when), *(run.false(one) for one in before)]))


__all__ = ["dead_outcome", "shadowed_row", "undetermined"]
