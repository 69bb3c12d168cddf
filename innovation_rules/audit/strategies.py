"""Hypothesis strategies: enterprises at a pack's thresholds, regions, ledgers of events.

`pack.cases()` comes from here, and `st.from_type(Enterprise)` by `entry`. What is drawn is made in `enterprises`, every
choice of it a drawn number of which 0 is the simplest, so that a failing example shrinks to the few facts that matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from hypothesis import example
from hypothesis import strategies as st

from innovation_rules.audit.enterprises import Choose, Maker, Situation, plain, written
from innovation_rules.case import VOCABULARY, BaseFact, Frame
from innovation_rules.enterprise import Enterprise
from innovation_rules.facts import FactSpec
from innovation_rules.fields import EXAMPLE_CODE, credit_code_of, regions_under
from innovation_rules.ledger.events import Event
from innovation_rules.packs import Pack
from innovation_rules.program import PackInfo, Program
from innovation_rules.region import RegionStatistics

F = TypeVar("F", bound=Callable[..., Any])
YEAR: Final = 2020
"""The year of what no pack asks for."""


_EVEN: Final = 100
"""Up to so many numbers Hypothesis draws each as often as any other; beyond, it favours the small ones."""


@st.composite
def choosing(draw: st.DrawFn) -> Choose:
    """Whole numbers below another one, each as likely, each drawn when it is asked for.

    They come from one drawn Random rather than from a strategy each: what Hypothesis takes for alike it copies over
    one another, and half of a run would be spent on copies that change nothing.
    """
    drawn = draw(st.randoms(use_true_random=False)).randrange

    def choose(n: int) -> int:
        if n <= _EVEN:
            return drawn(n) if n > 1 else 0
        return (choose(-(-n // _EVEN)) * _EVEN + drawn(_EVEN)) % n

    return choose


# ------------------------------------------------------------------------------------------------ cases


def cases(pack: Pack, year: int | None = None) -> st.SearchStrategy[Situation]:
    """Enterprises whose figures stand where a pack decides, with the year, the dates and their region's figures.

    Without `year`, one of the years in which the pack is in force, the first being the simplest.
    """
    of = st.sampled_from(years(pack) if year is None else (year,)).map(lambda one: maker(pack, one))
    return of.flatmap(_situations)


def witnessed(situations: Iterable[Situation], argument: str) -> Callable[[F], F]:
    """Run a test on given situations first, as explicit examples of one of its arguments; the drawn ones follow.

    What a solver found for every obligation of a pack (`witnesses(pack).situations`) reaches them all, whatever is
    drawn after it. Stands above `@given`.
    """

    def decorate(test: F) -> F:
        for one in situations:
            test = example(**{argument: one})(test)
        return test

    return decorate


def years(pack: Pack, most: int = 4) -> tuple[int, ...]:
    """The first years in which a pack is in force; the usual year where it always is."""
    info = pack.program(YEAR).pack
    if info.in_force_from is None:
        return (YEAR,)
    first = info.in_force_from.year
    last = info.in_force_to.year if info.in_force_to else first + most - 1
    found = tuple(year for year in range(first, last + 1) if pack.program(year).in_force)
    return found[:most] or (first,)


_makers: WeakKeyDictionary[Pack, dict[int, Maker]] = WeakKeyDictionary()


def maker(pack: Pack, year: int) -> Maker:
    """What makes situations for a pack and a year; made once."""
    held = _makers.setdefault(pack, {})
    if year not in held:
        held[year] = Maker(pack.program(year), pack.head)
    return held[year]


@st.composite
def _situations(draw: st.DrawFn, of: Maker) -> Situation:
    return of.situation(draw(choosing()))


# ------------------------------------------------------------------------------------------------ alone


def enterprises(pack: Pack | None = None) -> st.SearchStrategy[Enterprise]:
    """Valid enterprises: of a pack, those of its cases; without one, any that the model admits."""
    found = _situations(_anyone()) if pack is None else cases(pack)
    return found.map(lambda one: one.enterprise)


@lru_cache(maxsize=1)
def _anyone() -> Maker:
    """A maker for no pack at all: every fact of the model, in two years, at round figures and the ends of its range."""
    day = date(YEAR, 12, 31)
    nobody = PackInfo("", "", "", "", None, None)
    specs = [spec for spec in VOCABULARY.values() if spec.name not in _ELSEWHERE]
    facts = (*_facts(specs, "enterprise"), *_facts(specs, "report", YEAR), *_facts(specs, "report", YEAR - 1))
    frame = Frame(facts, _fields(specs, "activity"), _fields(specs, "qualification"))
    return Maker(Program(nobody, YEAR, day, True, frame, (), (), 0, (), (), (), (), ()), None)


_ELSEWHERE: Final = frozenset(
    ("uscc", "name", "zones", "ongoing_as_of", "standing", "evidenced", "begun_by", "lasted_until")
)


def _facts(specs: list[FactSpec], owner: str, year: int | None = None) -> list[BaseFact]:
    return [
        BaseFact(spec, YEAR if spec.name == "in_directory" else year) for spec in specs if spec.owner == owner
    ]


def _fields(specs: list[FactSpec], owner: str) -> tuple[FactSpec, ...]:
    return tuple(spec for spec in specs if spec.owner == owner)


def uscc() -> st.SearchStrategy[str]:
    """Valid credit codes (GB 32100), the standard's own example first."""
    return st.integers(0, 10**7 - 1).map(lambda number: credit_code_of(number) if number else EXAMPLE_CODE)


# ------------------------------------------------------------------------------------------------ regions


@st.composite
def regions(draw: st.DrawFn, pack: Pack | None = None, year: int = YEAR) -> RegionStatistics:
    """A county or district of a pack's jurisdiction (any of one province without a pack), with its statistics.

    Each statistic that the pack declares is unknown, or a round figure, zero, one, or an end of its range.
    """
    within = "140000" if pack is None else pack.linked.pack.jurisdiction.within
    code = draw(st.sampled_from(regions_under(str(within), date(year, 12, 31)) or (str(within),)))
    specs = [] if pack is None else [pack.linked.input_spec(one) for one in pack.linked.all("inputs")]
    found: dict[str, Any] = {}
    for spec in specs:
        if spec.owner == "region" and draw(st.booleans()):
            found[spec.name] = written(draw(st.sampled_from(plain(spec))), spec)
    return RegionStatistics.model_validate({"region": code, "statistics": {year: found} if found else {}})


# ------------------------------------------------------------------------------------------------ ledgers


@st.composite
def events(draw: st.DrawFn, pack: Pack | None = None) -> tuple[Event, ...]:
    """The ledger of one enterprise: its opening, reports, activities and qualifications; now and then a withdrawal.

    Recorded on the day they took effect or up to a year later, never in the opposite order of their days.
    """
    enterprise, choose = draw(enterprises(pack)), draw(choosing())
    record = enterprise.model_dump(mode="json", exclude_defaults=True)
    opening = {key: value for key, value in record.items() if key not in _BROUGHT}
    if enterprise.activities is not None:
        opening["activities"] = []
    if enterprise.qualifications is not None:
        opening["qualifications"] = []
    brought = [("surveyed", {"enterprise": opening})]
    brought += [
        ("report", {"year": year, "report": report}) for year, report in record.get("reports", {}).items()
    ]
    brought += [("activity", {"activity": one}) for one in record.get("activities", ())]
    brought += [("qualification", {"qualification": one}) for one in record.get("qualifications", ())]
    day = date(YEAR, 1, 1)
    found: list[dict[str, Any]] = []
    for number, (kind, piece) in enumerate(brought):
        day += timedelta(choose(60))
        late = (0, 0, 30, 365)[choose(4)]
        found.append(_event(number, enterprise.uscc, kind, day, late, piece))
    if len(found) > 1 and choose(4) == 3:
        struck = found[1 + choose(len(found) - 1)]
        last = max(date.fromisoformat(one["recorded"]) for one in found)
        withdrawn: dict[str, Any] = _event(
            len(found), enterprise.uscc, "withdrawn", last, 1, {"withdraws": struck["id"]}
        )
        del withdrawn["effective"]
        found.append(withdrawn)
    return tuple(Event.model_validate(one) for one in found)


_BROUGHT: Final = frozenset(("uscc", "reports", "activities", "qualifications", "ongoing_as_of"))


def _event(
    number: int, uscc: str, kind: str, day: date, late: int, piece: Mapping[str, Any]
) -> dict[str, Any]:
    recorded = day + timedelta(late)
    head = {"id": f"事件{number}", "uscc": uscc, "event": kind}
    return {**head, "effective": day.isoformat(), "recorded": recorded.isoformat(), **piece}


__all__ = [
    "Situation",
    "cases",
    "enterprises",
    "events",
    "maker",
    "regions",
    "uscc",
    "witnessed",
    "years",
]
