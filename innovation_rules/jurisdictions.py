"""Say which packs apply where and when, from the heads of the files alone.

`cli` asks it for PACK = auto and for the list of packs. Nothing here is linked or compiled; a pack that does not
parse is reported, and hides no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from innovation_rules import pack
from innovation_rules.errors import PackError
from innovation_rules.pack import finder

WHOLE_COUNTRY = "000000"


@dataclass(frozen=True, slots=True)
class Head:
    """What the first lines of a pack say: what it is, where and when it is in force, what it builds on."""

    id: str
    title: str
    version: str
    within: str
    """GB/T 2260; 000000 is the whole country."""
    place: str
    zone: str
    in_force_from: date
    in_force_to: date | None
    extends: tuple[str, ...]
    plan_year: int | None
    """The last year of the document's plan, or of its force; None where it has no end."""
    path: Path

    def covers(self, region: str | None, zones: Iterable[str] | None = ()) -> bool:
        """Whether a region, or an enterprise there with these zones, is in the jurisdiction; unknown is not."""
        if self.zone and self.zone not in (zones or ()):
            return False
        return self.within == WHOLE_COUNTRY or (region is not None and region.startswith(prefix(self.within)))

    def in_force(self, day: date) -> bool:
        """Whether the pack is in force on a day."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


def prefix(code: str) -> str:
    """The digits that the codes of a region's parts share: 140400 gives 1404."""
    while code.endswith("00"):
        code = code[:-2]
    return code


def head(path: Path) -> Head:
    """The head of one pack. Raises PackError where the file cannot be read or parsed."""
    said = pack.parse(path).pack
    plan = said.periods.get("plan")
    end = (plan and plan.to) or said.in_force.to
    return Head(
        id=str(said.pack),
        title=said.title,
        version=said.version,
        within=str(said.jurisdiction.within),
        place=said.jurisdiction.name,
        zone=said.jurisdiction.zone,
        in_force_from=said.in_force.from_,
        in_force_to=said.in_force.to,
        extends=tuple(map(str, said.extends)),
        plan_year=end.year if end else None,
        path=path,
    )


def heads(beside: Path | None = None) -> tuple[list[Head], list[PackError]]:
    """The heads of every pack there is, and the errors of those that do not parse."""
    found: list[Head] = []
    broken: list[PackError] = []
    for name in finder.names(beside):
        try:
            found.append(head(finder.find(name, beside)))
        except PackError as error:
            broken.append(error)
    return found, broken


def applicable(
    found: Iterable[Head], region: str | None, zones: Iterable[str] | None, day: date
) -> list[Head]:
    """The packs in force for a region (and the zones of an enterprise) on a day, the widest jurisdiction first."""
    own = tuple(zones or ())
    fitting = [one for one in found if one.covers(region, own) and one.in_force(day)]
    return sorted(fitting, key=lambda one: (len(prefix(one.within)), bool(one.zone), one.id))
