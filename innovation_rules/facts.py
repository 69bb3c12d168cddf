"""The vocabulary: every base fact with its English and Chinese name, its type, unit and range.

It is read from the models, which are the vocabulary. The pack language, the intake and the printers look
names up here.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from innovation_rules.activities import ACTIVITIES, Category, Finding, Status
from innovation_rules.enterprise import AnnualReport, Enterprise, Ownership, Qualification
from innovation_rules.fields import Model, choices_of
from innovation_rules.quantities import Level, Type
from innovation_rules.region import Basis, RegionStatistics, Statistic

Owner: TypeAlias = Literal["enterprise", "report", "activity", "qualification", "region"]
Changes: TypeAlias = Literal["", "rises", "falls", "either"]
"""How an enterprise can change a fact of its own by what it does: not at all, upwards, downwards, or as it likes."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One base fact: its names, its type, and the range of its values in base units, both ends in.

    `choices` are the names of a closed list with their Chinese names; `source` is the form and row it comes from.
    """

    name: str
    zh: str
    type: Type
    unit: str | None
    low: int | None
    high: int | None
    owner: Owner
    choices: MappingProxyType[str, str] | None = None
    source: str = ""
    declared: bool = False
    """A pack declares it: its value stands among the record's `inputs`."""
    changes: Changes = ""
    """How an enterprise can change it in the year at hand; past years stand as they are."""

    @property
    def yearly(self) -> bool:
        """It has a value for each year."""
        return self.owner in ("report", "region") or self.name == "in_directory"


CATEGORIES: Final = MappingProxyType({one.value: one.zh for one in Category})
LEVELS: Final = MappingProxyType({one.value: one.zh for one in Level})
STATUSES: Final = MappingProxyType({one.value: one.zh for one in Status})
OWNERSHIPS: Final = MappingProxyType({one.value: one.zh for one in Ownership})
BASES: Final = MappingProxyType({one.value: one.zh for one in Basis})

MODELS: Final[MappingProxyType[str, type[Model]]] = MappingProxyType(
    {
        "enterprise": Enterprise,
        "report": AnnualReport,
        "activity": ACTIVITIES[0],
        "qualification": Qualification,
        "region": RegionStatistics,
        "finding": Finding,
        "statistic": Statistic,
    }
)
"""The model of each owner of facts, and of the two records that hold a declared value."""

FIELDS_ZH: Final = MappingProxyType(
    {
        owner: MappingProxyType({str(field.title): name for name, field in model.model_fields.items()})
        for owner, model in MODELS.items()
    }
)
"""The English name of each Chinese one, by owner: of facts, and of fields that hold records."""


CHANGES: Final[dict[tuple[Owner, str], Changes]] = {
    ("report", "filed"): "",
    ("report", "energy_use"): "falls",
    ("report", "costs_and_expenses"): "either",
    ("activity", "level"): "rises",
    ("activity", "status"): "either",
    ("activity", "quantity"): "rises",
    ("activity", "amount"): "rises",
    ("activity", "evidence"): "rises",
    ("qualification", "level"): "rises",
    ("qualification", "status"): "either",
    ("qualification", "expires"): "rises",
}
"""What can change otherwise than the rest of its owner: an enterprise's year rises in its figures; where it stands,
what it makes, when it was founded and what it did already are not its to change."""


STATUS_AFTER: Final = MappingProxyType(
    {Status.APPLIED.value: (Status.RECOGNISED.value,), Status.UNDER_WAY.value: (Status.COMPLETED.value,)}
)
"""What can still become of a status; what was rejected or withdrawn stays so, and is done anew."""


def _changes(owner: Owner, name: str) -> Changes:
    return CHANGES.get((owner, name), "rises" if owner == "report" else "")


def _spec(owner: Owner, name: str, annotation: Any, zh: str, extra: dict[str, Any]) -> FactSpec:
    kind = Type(extra["type"])
    choices = CATEGORIES if name == "category" else LEVELS if kind is Type.LEVEL else choices_of(annotation)
    return FactSpec(
        name,
        zh,
        Type.CHOICE if name == "category" else kind,
        extra["unit"],
        0 if kind is Type.LEVEL else extra["low"],
        len(LEVELS) - 1 if kind is Type.LEVEL else extra["high"],
        owner,
        MappingProxyType(dict(choices)) if choices else None,
        extra["source"],
        changes=_changes(owner, name),
    )


def _specs() -> dict[tuple[str, str], FactSpec]:
    owners: tuple[Owner, ...] = ("enterprise", "report", "activity", "qualification", "region")
    return {
        (owner, name): _spec(owner, name, field.annotation, str(field.title), field.json_schema_extra)
        for owner in owners
        for name, field in MODELS[owner].model_fields.items()
        if isinstance(field.json_schema_extra, dict)
    }


VOCABULARY: Final = MappingProxyType(_specs())
"""Every base fact by owner and English name."""
