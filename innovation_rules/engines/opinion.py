"""Ask a second engine about a decision, and fail closed where the two differ in anything.

`engines.second_opinion` offers it; the command line asks for every decision with `decide --second-opinion`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from innovation_rules.decision import Decision
from innovation_rules.engines import EngineError, engine
from innovation_rules.errors import Diagnostic, Words
from innovation_rules.program import Program, Result

SECOND: Final = "rete"
MOST: Final = 20
"""Differing nodes that are told one by one; what stands first in the program comes first."""


class Difference(NamedTuple):
    """A node of which two engines say different things."""

    node: int
    first: Result
    second: Result


class Disagreement(EngineError):
    """Two engines decided a case differently: there is no decision. `differences` names every node."""

    def __init__(self, diagnostics: Sequence[Diagnostic], differences: tuple[Difference, ...]) -> None:
        super().__init__(diagnostics)
        self.differences = differences


@dataclass(frozen=True, slots=True)
class Opinion:
    """The second engine agrees in every node; how many it judged itself, and how many were computed for it."""

    engine: str
    judged: int
    handed: int


def second_opinion(decision: Decision) -> Opinion:
    """Decide the same case again with durable_rules, in every node.

    Raises Disagreement where one differs, EngineError where durable_rules is absent or fails: in neither case is
    there an opinion.
    """
    other = engine(SECOND).evaluate(decision.program, decision.case)
    if len(other) != len(decision.results):
        said = Words(f"{len(other)} 项结果", f"{len(other)} results")
        raise EngineError([Diagnostic("engine-confused", None, {"engine": SECOND, "said": said})])
    found = differences(decision.results, other)
    if found:
        raise Disagreement([_told(decision, one) for one in found[:MOST]], found)
    from innovation_rules.engines import rete

    account = rete.account(decision.program)
    return Opinion(SECOND, len(account.judged), len(account.handed))


def differences(first: Sequence[Result], second: Sequence[Result]) -> tuple[Difference, ...]:
    """The nodes in which two runs of a program differ; a truth is no number, and an interval no pair."""
    pairs = enumerate(zip(first, second, strict=True))
    return tuple(
        Difference(index, one, other)
        for index, (one, other) in pairs
        if one != other or one.__class__ is not other.__class__
    )


def _told(decision: Decision, one: Difference) -> Diagnostic:
    origin = decision.program.origins[one.node]
    fields = {
        "label": _name(decision.program, one.node),
        "where": origin.clause or origin.path,
        "engine": decision.engine,
        "result": _shown(one.first),
        "second": SECOND,
        "other": _shown(one.second),
    }
    return Diagnostic("engines-differ", origin.place, fields)


def _name(program: Program, node: int) -> str:
    origin = program.origins[node]
    return origin.label or origin.name or origin.path


def _shown(result: Result) -> Words:
    """A result as the program holds it: money in 分, ratios in ppm, dates in days."""
    if result is None:
        return Words("未知", "unknown")
    if isinstance(result, bool):
        return Words("是", "true") if result else Words("否", "false")
    return Words(str(result), str(result))
