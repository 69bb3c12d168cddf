"""Policies as programs: what is known of an enterprise goes in, a decision with its reasons comes out.

    >>> from innovation_rules import Enterprise, load_pack
    >>> pack = load_pack("changzhi")
    >>> decision = pack.decide(Enterprise(uscc="91350100M000100Y43", name="某厂", region="140403"), year=2020)
    >>> decision.coverage.status
    'undetermined'

Importing the package imports no optional dependency, and nothing heavy before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from innovation_rules.decision import Decision
    from innovation_rules.enterprise import AnnualReport, Enterprise, Qualification
    from innovation_rules.errors import DataError, Diagnostic, InnovationRulesError, PackError
    from innovation_rules.packs import Pack, load_pack
    from innovation_rules.program import Program
    from innovation_rules.region import RegionStatistics

__version__ = "0.1.0"

_WHERE = {
    "AnnualReport": "enterprise",
    "DataError": "errors",
    "Decision": "decision",
    "Diagnostic": "errors",
    "Enterprise": "enterprise",
    "InnovationRulesError": "errors",
    "Pack": "packs",
    "PackError": "errors",
    "Program": "program",
    "Qualification": "enterprise",
    "RegionStatistics": "region",
    "load_pack": "packs",
}

__all__ = [
    "AnnualReport",
    "DataError",
    "Decision",
    "Diagnostic",
    "Enterprise",
    "InnovationRulesError",
    "Pack",
    "PackError",
    "Program",
    "Qualification",
    "RegionStatistics",
    "load_pack",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"innovation_rules.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
