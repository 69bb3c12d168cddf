"""Run a Program on a Case by a plain walk: this defines the meaning, every other engine must agree with it.

What one node gives stands in `walk`. `engines.__init__` offers this engine by name; the tests hold all others
against it.
"""

from __future__ import annotations

from innovation_rules.case import Case
from innovation_rules.program import Program, Result
from innovation_rules.walk import result_of

name = "interpreter"


def evaluate(program: Program, case: Case) -> tuple[Result, ...]:
    """One result a node, in the program's order."""
    results: list[Result] = []
    for node in program.nodes:
        results.append(result_of(node, results, case))
    return tuple(results)
