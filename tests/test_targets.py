"""Every numeric target of the five documents is encoded, and judged on a real ledger without a gap."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from innovation_rules import Enterprise, load_pack
from innovation_rules.assess import assess, to_json
from innovation_rules.intake import read_enterprises
from innovation_rules.pack import clauses

LEDGER = Path(__file__).parents[1] / "examples" / "changzhi-2020.jsonl"
PACKS = {
    "shanxi": (32, date(2021, 12, 31)),
    "changzhi": (3, date(2020, 12, 31)),
    "changzhi_hightech_zone": (34, date(2023, 12, 31)),
    "hengshui": (33, date(2020, 12, 31)),
    "pingxiang": (14, date(2025, 12, 31)),
}
"""The rows of the inventory that state a numeric target, and a day on which all have fallen due."""


def numeric(name: str) -> list[tuple[str, ...]]:
    """What encodes each numeric target of a document."""
    read = clauses.find(load_pack(name).linked)
    assert read is not None
    rows = [one for one in read.ledger.clauses if str(one.kind) == "region_numeric_target"]
    return [tuple(map(str, one.encoded_by)) for one in rows]


def test_a_hundred_and_sixteen_numeric_targets_are_encoded() -> None:
    found = {name: numeric(name) for name in PACKS}
    assert {name: len(rows) for name, rows in found.items()} == {
        name: many for name, (many, _) in PACKS.items()
    }
    assert sum(map(len, found.values())) == 116
    for rows in found.values():
        assert all(any(one.startswith("targets.") for one in row) for row in rows)


@pytest.fixture(scope="module")
def ledger() -> list[Enterprise]:
    return [one for one in read_enterprises(LEDGER) if isinstance(one, Enterprise)]


@pytest.mark.parametrize("name", PACKS)
def test_every_target_is_judged(name: str, ledger: list[Enterprise]) -> None:
    """Each has a verdict; one that is open says which statistic it needs, or shows an open or empty figure."""
    pack = load_pack(name)
    found = assess(pack, ledger[::2], as_of=PACKS[name][1])
    assert len(found.judgements) == len(pack.linked.pack.targets)
    statuses = Counter(one.status for one in found.judgements)
    assert set(statuses) <= {"met", "not_met", "undetermined"}, statuses
    for one in found.judgements:
        assert (one.status == "undetermined") or (one.value != (None, None))
        assert one.status != "undetermined" or one.needs or not one.value.known
    assert len(to_json(found)["targets"]) == len(found.judgements)


@pytest.mark.parametrize("name", PACKS)
def test_both_engines_judge_alike(name: str, ledger: list[Enterprise]) -> None:
    day, few = PACKS[name][1], ledger[::25]
    pack = load_pack(name)
    first, second = (
        to_json(assess(pack, few, as_of=day, engine=engine)) for engine in ("compiled", "interpreter")
    )
    assert first == second


def test_a_kind_stands_in_one_category_in_every_pack() -> None:
    """One ledger may serve several packs, so that an identifier means one thing."""
    categories: dict[str, set[str]] = {}
    for name in ("national", *PACKS):
        for kind, category in load_pack(name).head.kinds.items():
            categories.setdefault(kind, set()).add(category)
    assert {kind: found for kind, found in categories.items() if len(found) > 1} == {}
