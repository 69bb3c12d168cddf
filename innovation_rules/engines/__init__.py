"""Offer the engines by name: each turns a Program and a Case into one result a node.

`decide` makes a Decision of them. An engine is imported when it is first asked for; one whose extra is not
installed is reported as absent, never replaced by another.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, cast

from innovation_rules.case import Case
from innovation_rules.decision import Decision, Who
from innovation_rules.engines import compiled
from innovation_rules.errors import Diagnostic, InnovationRulesError, nearest
from innovation_rules.program import Program, Result

if TYPE_CHECKING:
    from innovation_rules.engines.opinion import Opinion

__all__ = [
    "BULK",
    "DEFAULT",
    "ENGINES",
    "Engine",
    "EngineError",
    "absent",
    "decide",
    "engine",
    "second_opinion",
]


class Engine(Protocol):
    """A module that can run programs."""

    name: str

    def evaluate(self, program: Program, case: Case) -> tuple[Result, ...]:
        """One result a node, in the program's order."""
        ...


ENGINES: Final = MappingProxyType(
    {
        "interpreter": "innovation_rules.engines.interpreter",
        "compiled": "innovation_rules.engines.compiled",
        "rete": "innovation_rules.engines.rete",
        "polars": "innovation_rules.engines.bulk.polars",
        "duckdb": "innovation_rules.engines.bulk.duckdb",
        "spark": "innovation_rules.engines.bulk.spark",
    }
)
"""Every engine by name, with the module that holds it."""

BULK: Final = ("polars", "duckdb", "spark")
"""Engines for tables: they decide a single case too, slowly."""

EXTRAS: Final = MappingProxyType({"rete": "rete", "polars": "bulk", "duckdb": "bulk", "spark": "spark"})
"""The extra that an engine needs beyond the library's own dependencies."""

DEFAULT: Final = "compiled"


class EngineError(InnovationRulesError):
    """An engine that does not exist, or whose extra is not installed."""


def engine(name: str = DEFAULT) -> Engine:
    """The engine of that name. Raises EngineError for an unknown name and for an absent extra."""
    if name not in ENGINES:
        fields = {"engine": name, "engines": list(ENGINES), "nearest": nearest(name, ENGINES)}
        raise EngineError([Diagnostic("unknown-engine", None, fields)])
    try:
        return cast(Engine, import_module(ENGINES[name]))
    except ImportError as error:
        if name not in EXTRAS:
            raise
        fields = {"engine": name, "extra": EXTRAS[name], "reason": str(error)}
        raise EngineError([Diagnostic("engine-absent", None, fields)]) from error


def absent(name: str) -> EngineError | None:
    """Why an engine can't be had here; None where it can."""
    try:
        engine(name)
    except EngineError as error:
        return error
    return None


def decide(program: Program, case: Case, *, subject: Who, engine: str = DEFAULT) -> Decision:
    """Run a program on a case and keep every result. Raises EngineError."""
    if engine == DEFAULT:
        return Decision(program, case, compiled.evaluate(program, case), subject, engine, compiled.again)
    return Decision(program, case, _engine(engine).evaluate(program, case), subject, engine)


_engine: Final = engine


def second_opinion(decision: Decision) -> Opinion:
    """Decide the same case again with durable_rules, and compare every node.

    Raises Disagreement (an EngineError) where one differs, EngineError where durable_rules is absent or fails.
    """
    from innovation_rules.engines import opinion

    return opinion.second_opinion(decision)
