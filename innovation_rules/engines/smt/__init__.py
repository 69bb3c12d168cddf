"""Ask of every case at once: a Program as solver terms, questions as formulas, answers that the interpreter replayed.

`audit.prover`, `audit.compare`, `audit.advice`, `audit.strategies` and `audit.mutation` ask here. Needs the extra
`prove` (z3-solver); importing this module does not load the solver, the first question does.

    space = Space()
    subject = space.enterprise()
    run = space.run(program, subject, pack=pack)
    answer = space.find(run.status("coverages.innovation", "undetermined") & run.fully_known())
"""

from __future__ import annotations

from innovation_rules.engines.smt.answers import Answer, Change, Proved, Unsettled, Witness
from innovation_rules.engines.smt.formula import Formula, Run, Subject
from innovation_rules.engines.smt.space import Costs, Space

__all__ = [
    "Answer",
    "Change",
    "Costs",
    "Formula",
    "Proved",
    "Run",
    "Space",
    "Subject",
    "Unsettled",
    "Witness",
    "name",
]

name = "smt"
