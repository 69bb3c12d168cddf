"""The neutral workload in our own library, and the only place of this folder that calls it.

Read by decision.py, loading.py and records.py. What is timed is what a user calls.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from country import TWO_WAYS
from peers import Contender
from timing import goal
from workload import Outcome, Record

HERE = Path(__file__).parent
PACK = HERE / "workload.yaml"
USCC = "91350100M000100Y43"  # the worked example of GB 32100
YEAR = 2020
POINTS = {"fifty": 50, "forty": 40, "thirty": 30, "zero": 0}
ELIGIBLE = ("in_scope", "rd_active", "intensive", "staffed", "capable", "subsidy", "new_products")


def data(record: Record) -> dict[str, Any]:
    """A record of the workload as the JSON of an enterprise."""
    report = {
        name: f"{record[name]}千元"
        for name in ("main_business_revenue", "operating_revenue", "total_assets", "rd_expenditure")
    }
    report |= {"employees": record["employees"], "rd_personnel": record["rd_personnel"]}
    report["inputs"] = {
        "held_patents": record["patents"],
        "new_goods_revenue": f"{record['new_product_revenue']}千元",
    }
    return {
        "uscc": USCC,
        "name": "基准企业",
        "region": "140403",
        "industry": record["industry"],
        "in_directory": {str(YEAR): record["in_directory"]},
        "reports": {str(YEAR): report},
        "activities": [],
        "qualifications": [],
        "inputs": {
            "high_tech_firm": record["high_tech"],
            "school_partner": record["partner"],
            "own_institution": record["rd_institution"],
            "under_restriction": record["restricted"],
            "led_standards": record["standards"],
        },
    }


def enterprise(record: Record) -> Any:
    """A record of the workload as a validated Enterprise."""
    from innovation_rules import Enterprise

    return Enterprise.model_validate(data(record))


def load(path: Path) -> Any:
    """A pack from a file, read anew: the cache of compiled packs is not asked."""
    from innovation_rules import load_pack

    return load_pack(path, cache=False)


def load_cached(path: Path) -> Any:
    """A pack from a file, taken from the cache of compiled packs where it is there."""
    from innovation_rules import load_pack

    return load_pack(path)


def whole(decision: Any) -> Any:
    """The decision with everything that is made on demand: the trees of reasons, `missing`, near misses."""
    _ = decision.reasons, decision.missing, decision.near_misses
    return decision


def read(decision: Any) -> Outcome:
    """What the ten rules said, from a Decision."""
    eligible = {name: decision.awards[name].status == "eligible" for name in ELIGIBLE}
    return Outcome(
        size=decision.classes["size"],
        covered=decision.coverages["covered"].status == "covered",
        points=POINTS[decision.classes["points"]],
        **eligible,
    )


def contenders() -> Iterator[Contender]:
    """Each of our engines, as it answers and with everything made; and the whole way from JSON text."""
    import json

    try:
        from innovation_rules.intake import enterprise_from_json
        from innovation_rules.record import record
    except ImportError as error:
        print(f"absent: our engines ({error})")
        return
    pack = load(PACK)

    def decide(one: Any, engine: str) -> Any:
        return pack.decide(one, year=YEAR, engine=engine)

    def from_json(text: str) -> Any:
        return record(pack.decide(enterprise_from_json(text), year=YEAR))

    every_leaf, tree = "every leaf result", "the whole tree, missing, near misses"
    for engine in ("compiled", "interpreter"):
        run = partial(decide, engine=engine)
        yield Contender(f"ours, {engine}", every_leaf, run, read, enterprise)
        yield Contender(
            f"ours, {engine}, whole", tree, lambda one, run=run: whole(run(one)), read, enterprise
        )
    yield Contender(
        "ours, JSON to record",
        "every leaf result, digests",
        from_json,
        lambda record: read_record(record),
        lambda record: json.dumps(data(record), ensure_ascii=False),
    )


def by_engine(engines: Sequence[str]) -> Iterator[tuple[str, Contender]]:
    """The workload by each of our engines; one that is not installed is said."""
    from innovation_rules.engines import absent

    pack = load(PACK)
    for engine in engines:
        if absent(engine):
            print(f"absent: {engine}")
        else:
            run = partial(pack.decide, year=YEAR, engine=engine)
            yield engine, Contender(engine, "every leaf result", run, read, enterprise)


GROWN = """\
pack: grown
title: 生成的规则
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01}
awards:
"""


def grown_text(rules: Any) -> str:
    """The growing workload as a pack: one award a rule."""
    return GROWN + "".join(TWO_WAYS.format(**one._asdict()) for one in rules)


def grown_enterprise(record: Record) -> Any:
    """A record of the growing workload as a validated Enterprise."""
    from innovation_rules import Enterprise

    report = {
        "main_business_revenue": record["revenue"],
        "employees": record["employees"],
        "rd_expenditure": record["spent"],
    }
    who = {"uscc": USCC, "name": "基准企业", "region": "140403", "reports": {str(YEAR): report}}
    return Enterprise.model_validate(who)


def grown_by_engine(path: Path, engines: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """The growing workload by each of our engines that is installed: the numbers of the rules that hold."""
    from innovation_rules.engines import absent

    pack = load(path)

    def run(one: Any, engine: str) -> frozenset[int]:
        awards = pack.decide(one, year=YEAR, engine=engine).awards
        return frozenset(int(id[5:]) for id, award in awards.items() if award.status == "eligible")

    for engine in engines:
        if not absent(engine):
            yield engine, partial(run, engine=engine)


def read_record(record: Any) -> Outcome:
    """What the ten rules said, from a decision record (a mapping)."""
    eligible = {name: record["awards"][name] == "eligible" for name in ELIGIBLE}
    return Outcome(
        size=record["classes"]["size"],
        covered=record["coverages"]["covered"] == "covered",
        points=POINTS[record["classes"]["points"]],
        **eligible,
    )


def goals(best: dict[str, float]) -> bool:
    """Print whether the figures to reach are reached, and give it back; true where our engines are absent."""
    if "ours, compiled" not in best:
        return True
    compiled, whole_tree = best["ours, compiled"], best["ours, compiled, whole"]
    met = [
        goal("compiled, every leaf result recorded", compiled, 15, "µs"),
        goal("compiled, whole tree, missing, near misses", whole_tree, 150, "µs"),
        goal("JSON text to decision record", best["ours, JSON to record"], 100, "µs"),
        goal("interpreter over compiled", best["ours, interpreter"] / compiled, 20, "x"),
        *(
            goal(f"compiled over {name}", compiled / figure, 1, "x")
            for name, figure in best.items()
            if name.endswith(", trace")
        ),
    ]
    return all(met)
