"""One ledger, several packs: names that another pack gives, zones, codes of wider regions."""

from pathlib import Path
from typing import Any

import pytest

from innovation_rules import DataError, Enterprise, load_pack
from innovation_rules.packs import Pack

CODE = "91350100M000100Y43"
TEXT = """\
pack: {name}
title: 测试
jurisdiction: {{within: "140400", name: 长治市}}
in_force: {{from: 2020-01-01}}
activity_kinds:
  platform: {{{name}_centre: {{label: {name}中心, lasts: state, source: 一}}}}
coverages:
  everyone: {{label: 覆盖, source: 一, covered_when: {{active: any}}}}
awards:
  park: {{label: 园区奖励, source: 一, eligible_when: {{zones: [甲园, 乙园]}}}}
"""


@pytest.fixture
def packs(tmp_path: Path) -> tuple[Pack, Pack]:
    for name in ("city", "park"):
        (tmp_path / f"{name}.yaml").write_text(TEXT.format(name=name), encoding="utf-8")
    return load_pack(tmp_path / "city.yaml", cache=False), load_pack(tmp_path / "park.yaml", cache=False)


def firm(**fields: Any) -> Enterprise:
    known = {"region": "140403", "activities": []}
    return Enterprise.model_validate({"uscc": CODE, "name": "某企业", **known, **fields})


def centre(kind: str) -> list[dict[str, str]]:
    return [{"category": "platform", "kind": kind, "started": "2020-02-01"}]


def test_a_kind_of_another_pack_leaves_its_category_open(packs: tuple[Pack, Pack]) -> None:
    city, park = packs
    own = city.decide(firm(activities=centre("city_centre")), year=2020)
    foreign = city.decide(firm(activities=centre("park_centre")), year=2020)
    assert own.coverages["everyone"].status == "covered"
    assert foreign.coverages["everyone"].status == "undetermined"
    assert (
        park.decide(firm(activities=centre("park_centre")), year=2020).coverages["everyone"].status
        == "covered"
    )


def test_a_kind_that_no_pack_names_is_refused_with_the_nearest(packs: tuple[Pack, Pack]) -> None:
    with pytest.raises(DataError) as caught:
        packs[0].decide(firm(activities=centre("city_center")), year=2020)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.fields["nearest"]) == ("data-unknown-kind", "city_centre")


@pytest.mark.parametrize(
    ("zones", "status"),
    [(["乙园"], "eligible"), (["丙园"], "ineligible"), ([], "ineligible"), (None, "undetermined")],
)
def test_zones_by_name(packs: tuple[Pack, Pack], zones: list[str] | None, status: str) -> None:
    assert packs[0].decide(firm(zones=zones), year=2020).awards["park"].status == status


@pytest.mark.parametrize(
    ("region", "status"),
    [
        ("140403", "not_covered"),
        ("140400", "not_covered"),
        ("140000", "undetermined"),
        (None, "undetermined"),
        ("131102", "out_of_scope"),
        ("130000", "out_of_scope"),
    ],
)
def test_a_wider_region_leaves_the_jurisdiction_open(
    packs: tuple[Pack, Pack], region: str | None, status: str
) -> None:
    assert packs[0].decide(firm(region=region), year=2020).coverages["everyone"].status == status
