"""What generated cases reach of the five packs, in one run: the strategies of the kit, and plain `st.builds()`.

For each pack 1,000 examples of either, drawn by Hypothesis from the same seed, and `both`: the solver's enterprises as
explicit examples and the rest drawn, 1,000 in all. An obligation is a leaf that comes out
true, false or unknown, decides an outcome alone, or stands at its boundary; a row of a table that answers. Those that
the solver proves out of every enterprise's reach are counted out. Run by `make bench`. With --quick 200 examples; a pack's
name measures that pack alone.
"""

import random
import sys
import time
from datetime import date

from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from innovation_rules import AnnualReport, Enterprise, Qualification, load_pack
from innovation_rules.activities import ACTIVITIES, Category, Status
from innovation_rules.audit.coverage import Obligations
from innovation_rules.audit.enterprises import Maker, written
from innovation_rules.audit.witnesses import Witnesses, witnesses
from innovation_rules.engines import compiled
from innovation_rules.facts import LEVELS, FactSpec
from innovation_rules.fields import EXAMPLE_CODE
from innovation_rules.packs import Pack
from innovation_rules.program import Program
from innovation_rules.quantities import Type

FIVE = {"changzhi": 2020, "changzhi_hightech_zone": 2021, "shanxi": 2020, "hengshui": 2019, "pingxiang": 2021}


# ---- plain builds() -------------------------------------------------------------------------------------------


def plain_value(spec: FactSpec) -> st.SearchStrategy:
    """A value of a fact, or none: what its type and its range suggest, as anyone would write it."""
    match spec.type:
        case Type.YES_NO:
            return st.none() | st.booleans()
        case Type.DATE:
            return st.none() | st.dates(date(1990, 1, 1), date(2025, 12, 31)).map(date.isoformat)
        case Type.LEVEL:
            return st.none() | st.sampled_from(list(LEVELS))
        case Type.CHOICE:
            return st.none() | st.sampled_from(list(spec.choices or {"某": ""}))
        case Type.CODE:
            codes = (
                ("140403", "140105", "131102", "360302")
                if spec.name == "region"
                else ("3411", "0610", "2710", "5100")
            )
            return st.none() | st.sampled_from(codes)
    low, high = spec.low or 0, 10**13 if spec.high is None else spec.high
    return st.none() | st.integers(low, high).map(lambda raw: written(raw, spec))


def plain_enterprises(pack: Pack, program: Program) -> st.SearchStrategy:
    """`st.builds()` on the models, with the pack's own kinds and inputs: each field by itself."""
    frame, head = program.frame, pack.head

    def fields(owner: str, year: int | None, declared: bool) -> dict[str, st.SearchStrategy]:
        found = (
            one for one in frame.facts if one.spec.owner == owner and one.year == year and one.key is None
        )
        return {one.spec.name: plain_value(one.spec) for one in found if one.spec.declared is declared}

    def report(year: int) -> st.SearchStrategy:
        inputs = st.fixed_dictionaries(fields("report", year, True))
        return st.builds(AnnualReport, inputs=inputs, **fields("report", year, False))

    years = sorted({one.year for one in frame.facts if one.spec.owner == "report" and one.year})
    own = {spec.name: plain_value(spec) for spec in frame.activity_facts if spec.declared}
    days = st.none() | st.dates(date(2015, 1, 1), date(2023, 12, 31))
    common = {
        "started": days,
        "ended": st.none() | st.just("ongoing") | days,
        "status": st.none() | st.sampled_from(list(Status)),
        "level": st.none() | st.sampled_from(list(LEVELS)),
        "evidence": st.none() | st.just(["材料"]),
        "inputs": st.fixed_dictionaries(own),
    }
    classes = dict(zip(Category, ACTIVITIES, strict=True))
    activities = [
        st.builds(classes[Category(category)], category=st.just(category), kind=st.just(kind), **common)
        for kind, category in head.kinds.items()
    ]
    qualifications = st.builds(
        Qualification,
        kind=st.sampled_from(head.qualifications),
        granted=days,
        expires=st.none() | st.just("never") | days,
        status=st.none() | st.sampled_from(list(Status)[:4]),
    )
    zones = [one.key for one in frame.facts if one.key]
    flat = fields("enterprise", None, False)
    return st.builds(
        Enterprise,
        uscc=st.just(EXAMPLE_CODE),
        name=st.just("某企业"),
        in_directory=st.dictionaries(st.just(program.year), st.booleans(), max_size=1),
        zones=st.none() | st.lists(st.sampled_from(zones), max_size=1) if zones else st.none(),
        reports=st.fixed_dictionaries({year: report(year) for year in years}),
        activities=st.none() | st.lists(st.one_of(activities), max_size=5),
        unsurveyed=st.sets(st.sampled_from(list(Category)), max_size=2),
        qualifications=st.none() | st.lists(qualifications, max_size=3),
        inputs=st.fixed_dictionaries(fields("enterprise", None, True)),
        **flat,
    )


def plain_cases(pack: Pack, program: Program) -> st.SearchStrategy:
    """Those that the models accept, as of the last day of the year."""

    plain = plain_enterprises(pack, program)

    @st.composite
    def drawn(draw: st.DrawFn) -> object:
        try:
            return draw(plain)
        except ValueError:
            assume(False)

    built = drawn()
    return built.map(lambda one: pack.read(program, one, program.law_date))


# ---- measuring ------------------------------------------------------------------------------------------------


def reached(program: Program, cases: st.SearchStrategy, examples: int) -> tuple[Obligations, float]:
    """What so many examples reach, and how many are drawn in a second of the processor."""
    found, drawn = Obligations(program), []

    @seed(1)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(cases)
    def run(case: object) -> None:
        drawn.append(case)

    start = time.process_time()
    run()
    seconds = time.process_time() - start
    for case in drawn[:examples]:
        found.note(compiled.evaluate(program, case), case)
    return found, len(drawn) / seconds


def with_witnesses(
    known: Witnesses, program: Program, cases: st.SearchStrategy, examples: int
) -> Obligations:
    """What the solver's enterprises reach together with drawn ones, so many in all."""
    first = [one for one, _ in known.situations]
    found, _ = reached(program, cases, max(1, examples - len(first)))
    for one in first:
        case = known.pack.read(program, one.enterprise, one.as_of, one.regions)
        found.note(compiled.evaluate(program, case), case)
    return found


def bare_speed(pack: Pack, program: Program, examples: int) -> float:
    """Situations a second without Hypothesis."""
    maker, choose = Maker(program, pack.head), random.Random(1).randrange
    start = time.process_time()
    for _ in range(examples):
        maker.situation(choose)
    return examples / (time.process_time() - start)


def alone(found: Obligations, out: set, decides: bool) -> tuple[int, int]:
    """How many obligations were met, of how many that can be: those of deciding alone, or the others."""
    asked = [one for one in found.all if one not in out and one.kind.startswith("decides") is decides]
    return sum(map(found.meets, asked)), len(asked)


def main() -> int:
    examples = 200 if "--quick" in sys.argv else 1000
    missed = 0
    print(f"{examples} examples a pack; reached of what no proof rules out")
    print(f"{'':<24}{'':>8}{'leaves, edges, rows':>24}{'deciding alone':>24}{'examples a second':>20}")
    for name in [one for one in sys.argv[1:] if one in FIVE] or FIVE:
        pack, year = load_pack(name), FIVE[name]
        program = pack.program(year)
        cases = pack.cases(year).map(
            lambda one, p=pack, q=program: p.read(q, one.enterprise, one.as_of, one.regions)
        )
        ours, speed = reached(program, cases, examples)
        naive, naive_speed = reached(program, plain_cases(pack, program), examples)
        known = witnesses(pack, year, seconds=20)
        out = set(known.infeasible)
        both = with_witnesses(known, program, cases, examples)
        rows = (("both", both, 0.0), ("cases()", ours, speed), ("builds()", naive, naive_speed))
        for told, found, fast in rows:
            shares = [alone(found, out, decides) for decides in (False, True)]
            cells = "".join(f"{f'{met} of {every} {met / every:6.1%}':>24}" for met, every in shares)
            print(f"{name:<24}{told:>8}{cells}{f'{fast:.0f}' if fast else '':>20}", flush=True)
        met, every = (
            sum(pair) for pair in zip(*(alone(both, out, one) for one in (False, True)), strict=True)
        )
        print(
            f"{'':<24}proved out of reach: {len(out)}, left open: {len(known.open)}; without Hypothesis {bare_speed(pack, program, 300):.0f} a second"
        )
        missed += examples == 1000 and met < every - len(known.open)
    print(
        f"  goal {'MISSED' if missed else 'met   '}: `both` reaches all that is neither ruled out nor left open"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
