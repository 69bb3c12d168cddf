"""Snapshots and buckets decide what the tables decide, whatever was made before and in whatever order rows come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from test_tables import code

from innovation_rules import load_pack
from innovation_rules.audit import generator
from innovation_rules.errors import DataError

pytest.importorskip("polars", reason="the extra `bulk` is not installed")

import polars as pl

from innovation_rules.tables.buckets import decide_in_buckets
from innovation_rules.tables.decide import as_source, decide
from innovation_rules.tables.export import frames
from innovation_rules.tables.snapshot import HEAD, Snapshot

YEAR = 2020


@pytest.fixture(scope="module")
def tables() -> dict[Any, Any]:
    """The tables of enterprises made for the thresholds of two packs, one of them twice."""
    random, made = Random(7), []
    for name in ("changzhi", "changzhi_hightech_zone"):
        pack = load_pack(name)
        program = pack.program(YEAR)
        made += [generator.enterprise(program, pack.head, random) for _ in range(15)]
    made = [one.model_copy(update={"uscc": code(at)}) for at, one in enumerate(made)]
    found = frames(made, load_pack("changzhi").program(YEAR))
    twice = found["enterprises"].head(1)
    return {**found, "enterprises": pl.concat([found["enterprises"], twice])}


def sources(tables: Mapping[Any, Any]) -> dict[Any, Any]:
    return {name: as_source(one) for name, one in tables.items()}


def assert_same(one: Any, other: Any) -> None:
    """The same answers, the same rows set aside."""
    left, right = (found.frame.sort("uscc").collect() for found in (one, other))
    assert left.equals(right)
    rejects = [found.rejects.sort("table", "row", "column").collect() for found in (one, other)]
    assert rejects[0].equals(rejects[1])
    assert len(rejects[0])
    assert [note.code for note in one.notes] == [note.code for note in other.notes]


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*.parquet"))


@pytest.mark.deep
def test_a_snapshot_decides_what_the_tables_decide(tables: Any, tmp_path: Path) -> None:
    snapshot, given = Snapshot.create(tmp_path, sources(tables)), sources(tables)
    pack, other = load_pack("changzhi"), load_pack("changzhi_hightech_zone")
    runs = [(pack, YEAR, None), (pack, YEAR, None), (pack, YEAR, date(2020, 9, 30)), (other, YEAR, None)]
    for which, year, day in runs:
        options = {"strict": False, "missing": True}
        assert_same(snapshot.decide(which, year, day, **options), decide(which, given, year, day, **options))
    decided = json.loads((tmp_path / HEAD).read_text(encoding="utf-8"))["decided"]
    assert [one["as_of"] for one in decided] == ["2020-12-31", "2020-09-30", "2020-12-31"]
    assert decided[0]["digest"] == pack.digest


def test_what_is_there_is_not_made_again(tables: Any, tmp_path: Path) -> None:
    plain = {
        name: one.drop([c for c in one.columns if "found_on" in c or c == "filed"])
        for name, one in tables.items()
    }
    snapshot, pack = Snapshot.create(tmp_path, sources(plain)), load_pack("changzhi")
    snapshot.decide(pack, YEAR, strict=False)
    first = files(tmp_path)
    snapshot.decide(pack, YEAR, strict=False)
    assert files(tmp_path) == first
    text = (Path("policies") / "changzhi.yaml").read_text(encoding="utf-8")
    other = tmp_path / "other"
    other.mkdir()
    (other / "changzhi.yaml").write_text(text.replace("title:", "title: 改", 1), encoding="utf-8")
    changed = load_pack(other / "changzhi.yaml")
    assert changed.digest != pack.digest
    snapshot.decide(changed, YEAR, strict=False)
    assert files(tmp_path) == first


def test_only_the_sums_that_are_not_there_are_made(tables: Any, tmp_path: Path) -> None:
    snapshot, pack = Snapshot.create(tmp_path, sources(tables)), load_pack("changzhi")
    answers = snapshot.decide(pack, YEAR, strict=False).frame.sort("uscc").collect()
    (index,) = tmp_path.glob("sums/*/index.json")
    held = json.loads(index.read_text(encoding="utf-8"))
    gone = sorted(held)[0]
    index.write_text(
        json.dumps({name: file for name, file in held.items() if name != gone}), encoding="utf-8"
    )
    first = files(tmp_path)
    assert snapshot.decide(pack, YEAR, strict=False).frame.sort("uscc").collect().equals(answers)
    (added,) = files(tmp_path) - first
    assert pl.scan_parquet(added).collect_schema().names() == [gone]


@pytest.mark.deep
def test_what_another_version_made_is_made_anew(tables: Any, tmp_path: Path) -> None:
    snapshot, pack = Snapshot.create(tmp_path, sources(tables)), load_pack("changzhi")
    answers = snapshot.decide(pack, YEAR, strict=False).frame.sort("uscc").collect()
    head = json.loads((tmp_path / HEAD).read_text(encoding="utf-8"))
    (tmp_path / HEAD).write_text(json.dumps({**head, "format": "0/0"}), encoding="utf-8")
    again = Snapshot(tmp_path)
    assert not list((tmp_path / "facts").glob("*"))
    assert again.decide(pack, YEAR, strict=False).frame.sort("uscc").collect().equals(answers)


def test_a_folder_without_a_snapshot_and_one_that_is_taken(tables: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        Snapshot(tmp_path / "nothing")
    assert caught.value.diagnostics[0].code == "no-snapshot"
    Snapshot.create(tmp_path / "one", sources(tables))
    with pytest.raises(DataError) as caught:
        Snapshot.create(tmp_path / "one", sources(tables))
    assert caught.value.diagnostics[0].code == "folder-not-empty"


def test_buckets_decide_what_the_whole_decides(tables: Any, tmp_path: Path) -> None:
    pack, options = load_pack("changzhi"), {"year": YEAR, "strict": False}
    whole = decide(pack, sources(tables), **options)
    assert_same(decide_in_buckets(pack, sources(tables), tmp_path, 2, **options), whole)


def test_buckets_leave_alone_what_is_there(tables: Any, tmp_path: Path) -> None:
    (tmp_path / "decided").mkdir()
    (tmp_path / "decided" / "mine.txt").write_text("mine")
    with pytest.raises(DataError) as caught:
        decide_in_buckets(load_pack("changzhi"), sources(tables), tmp_path, 2, year=YEAR, strict=False)
    assert caught.value.diagnostics[0].code == "folder-not-empty"
    assert [one.name for one in tmp_path.rglob("*")] == ["decided", "mine.txt"]


@pytest.mark.deep
def test_the_order_of_rows_never_matters(tables: Any, tmp_path: Path) -> None:
    pack, options = load_pack("changzhi"), {"year": YEAR, "strict": False}
    shuffled = {name: one.sample(fraction=1, shuffle=True, seed=3) for name, one in tables.items()}
    meant = decide(pack, sources(tables), **options).frame.sort("uscc").collect()
    assert decide(pack, sources(shuffled), **options).frame.sort("uscc").collect().equals(meant)
    apart = decide_in_buckets(pack, sources(shuffled), tmp_path / "buckets", 3, **options)
    assert apart.frame.sort("uscc").collect().equals(meant)
    again = Snapshot.create(tmp_path / "snapshot", sources(shuffled)).decide(pack, **options)
    assert again.frame.sort("uscc").collect().equals(meant)
