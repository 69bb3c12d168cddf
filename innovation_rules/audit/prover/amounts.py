"""Claims about amounts: never below zero, the lower end never above the upper, never above the cap nor under the floor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from innovation_rules.audit.prover.desk import DECIDED, Answer, Desk, Question
from innovation_rules.engines.smt import Space
from innovation_rules.errors import Words
from innovation_rules.program import AwardRule, Compare, Constant, Extreme, Number, Op, Origin, Program, Round

WORDS: Final = {
    "negative": Words("金额不会低于零", "the amount is never below zero"),
    "order": Words("金额的下限不会高于上限", "the lower end of the amount is never above the upper"),
    "cap": Words("金额不会超过封顶", "the amount is never above its cap"),
    "floor": Words("金额不会低于保底", "the amount is never below its floor"),
}


class Fault(NamedTuple):
    """What must never be: one end of an amount so compared with another node, or a figure."""

    name: str
    end: int
    op: Op
    other: int | Number
    """A figure stands as itself where `figure` is true, a node by its index else."""
    figure: bool


def amount(desk: Desk) -> Iterator[Question]:
    """An amount that is had stays within its bounds."""
    for outcome in desk.decided():
        rule = desk.program.awards[outcome.place] if outcome.kind == "awards" else None
        if rule is None or rule.amount is None:
            continue
        for fault in _faults(desk.program, rule):
            words = WORDS[fault.name]
            yield Question(
                f"{outcome.key}.{fault.name}",
                Words(f"“{outcome.label}”的{words.zh}", f"{outcome.key}: {words.en}"),
                outcome.clause,
                desk.place(outcome),
                outcome.rests_on,
                lambda key=outcome.key, one=fault: _asked(desk, key, one),  # type: ignore[misc]
            )


def _faults(program: Program, rule: AwardRule) -> Iterator[Fault]:
    assert rule.amount is not None
    low, high = rule.amount.low, rule.amount.high
    yield Fault("negative", low, "<", 0, True)
    if low != high:
        yield Fault("order", low, ">", high, False)
    for kind, name, end, op in (("min", "cap", high, ">"), ("max", "floor", low, "<")):
        for figure in _limits(program, end, kind):
            yield Fault(name, end, op, figure, True)  # type: ignore[arg-type]


def _limits(program: Program, end: int, kind: str) -> Iterator[Number]:
    """The figures of a cap or a floor: constants beside the amount, above zero."""
    node = program.nodes[end]
    at = node.of if isinstance(node, Round) else end
    while isinstance(extreme := program.nodes[at], Extreme):
        values = [program.nodes[one] for one in extreme.items]
        figures = [one.value for one in values if isinstance(one, Constant) and isinstance(one.value, Number)]
        if extreme.kind == kind:
            yield from (figure for figure in figures if figure > 0)
        inner = [one for one in extreme.items if not isinstance(program.nodes[one], Constant)]
        if len(inner) != 1:
            return
        at = inner[0]


def _asked(desk: Desk, key: str, fault: Fault) -> Answer:
    had = (key, *DECIDED)
    if fault.figure:
        wrong = desk.run.status(*had) & desk.run.number(fault.end, fault.op, fault.other)
        return desk.never(wrong, (key,))
    space = Space(timeout=desk.seconds)
    assert isinstance(fault.other, int)
    program, node = compared(desk.program, fault.end, fault.op, fault.other)
    run = space.run(program, space.enterprise("enterprise"), desk.term.last, pack=desk.pack)
    return desk.never(run.status(*had) & run.true(node), (key,), space)


def compared(program: Program, left: int, op: Op, right: int) -> tuple[Program, int]:
    """The program with one comparison more behind all else."""
    nodes = (*program.nodes, Compare(left, op, right))
    return replace(program, nodes=nodes, origins=(*program.origins, Origin(""))), len(nodes) - 1


__all__ = ["amount", "compared"]
