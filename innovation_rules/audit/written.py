"""Write an enterprise as a worked case that can be pasted into `cases/<pack>.yaml`.

`differential` prints one beside a difference, `mutation` one for each mutant that only the solver tells apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from innovation_rules.enterprise import Enterprise
from innovation_rules.pack.cases import NOBODY
from innovation_rules.region import RegionStatistics


def worked_case(
    enterprise: Enterprise,
    year: int,
    as_of: date | None = None,
    *,
    name: str,
    clause: str = "",
    why: str = "",
    expect: Mapping[str, Any] | None = None,
    region: Mapping[str, Any] | None = None,
) -> str:
    """The case as YAML, an item of the list under `cases:`; its last day of the year is not written out."""
    head: dict[str, Any] = {"name": name, "clause": clause, "why": why, "year": year}
    if as_of is not None and as_of != date(year, 12, 31):
        head["as_of"] = as_of.isoformat()
    lines = [
        f"{'- ' if not index else '  '}{key}: {flow(value)}"
        for index, (key, value) in enumerate(head.items())
    ]
    lines.append("  enterprise:")
    lines += [f"    {key}: {flow(value)}" for key, value in record(enterprise).items()]
    if region:
        lines.append(f"  region: {flow(region)}")
    lines.append("  expect:")
    lines += [f"    {section}: {flow(value)}" for section, value in (expect or {}).items()]
    return "\n".join(f"  {line}" for line in lines)


def record(enterprise: Enterprise) -> dict[str, Any]:
    """What is known of an enterprise as plain data that reads back the same."""
    data = enterprise.model_dump(mode="json", exclude_none=True)
    kept = {
        name: _known(value) for name, value in data.items() if value not in ({}, "") or name == "activities"
    }
    return {
        name: value
        for name, value in kept.items()
        if not (name == "uscc" and value == NOBODY) and value != {}
    }


def statistics(regions: Mapping[str, RegionStatistics], year: int) -> dict[str, Any] | None:
    """The statistics of a region as a worked case writes them."""
    found = {
        name: one[-1].value
        for region in regions.values()
        for name, one in region.statistics.get(year, {}).items()
        if one
    }
    return found or None


def _known(value: Any) -> Any:
    """Without the empty parts of reports and items, which say nothing."""
    if isinstance(value, Mapping):
        return {key: _known(one) for key, one in value.items() if one not in ({}, [], None)}
    return [_known(one) for one in value] if isinstance(value, list) else value


def flow(value: Any) -> str:
    """A value in the flow style of YAML, texts in quotes where they could be read as something else."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and not _bare(value):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if isinstance(value, bool) else str(value)


_READ_OTHERWISE: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
"""Words that some reader of YAML takes for a truth or for nothing, however they are written."""


def _bare(text: str) -> bool:
    """Whether a text reads back as itself without quotation marks, in an editor that reads YAML its own way too."""
    plain = text.replace("_", "").isalnum() and not text.isdigit()
    return plain and not (text.isascii() and text[0].isdigit()) and text.lower() not in _READ_OTHERWISE


__all__ = ["flow", "record", "statistics", "worked_case"]
