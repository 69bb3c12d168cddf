"""Check a linked pack: everything that can be found wrong before any case is decided.

`pack.load` calls it after the linker. CHECKS is the list; each check is one small function.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from collections.abc import Callable

from innovation_rules.errors import Problems
from innovation_rules.pack import compiler
from innovation_rules.pack.linker import Linked


def check(linked: Linked) -> None:
    """Raise PackError with everything that CHECKS find."""
    problems = Problems(linked.sources)
    for one in CHECKS:
        one(linked, problems)
    problems.raise_if_any()


def types(linked: Linked, problems: Problems) -> None:
    """Every condition, fact and amount compiles."""
    day = linked.pack.in_force.from_
    compiler.lower(linked, day.year, date(day.year, 12, 31), problems)


CHECKS: Final[tuple[Callable[[Linked, Problems], None], ...]] = (types,)
