"""Run a Program on one concrete case through the solver's encoding: the fourth engine of the differential tests."""

from __future__ import annotations

from innovation_rules.case import Case
from innovation_rules.program import Program, Result


def evaluate(program: Program, case: Case) -> tuple[Result, ...]:
    """One result a node, in the program's order."""
    raise NotImplementedError
