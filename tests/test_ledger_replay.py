"""Replaying a ledger: no moment is missed, no order matters, every state is the interpreter's."""

from __future__ import annotations

from dataclasses import replace as replaced
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ledgers import CALENDAR, FIRST, LAST, USCC, about, random_ledger

from innovation_rules import engines, load_pack
from innovation_rules.audit import generator
from innovation_rules.decision import Decision
from innovation_rules.engines import EngineError
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import PackError
from innovation_rules.ledger import replay as replaying
from innovation_rules.ledger.history import History, Ledger, parse
from innovation_rules.ledger.months import Month, sheet
from innovation_rules.ledger.replay import SEARCH, Judge, Timeline, chosen, replay, reversals, timelines
from innovation_rules.ledger.turns import Cause, Law, anniversaries, turned
from innovation_rules.packs import Pack
from innovation_rules.program import moved_back, years_between

SEEDS = st.integers(0, 10**9)
FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
DAYS = [FIRST + timedelta(days) for days in range((LAST - FIRST).days + 1)]


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    path = tmp_path_factory.mktemp("packs") / "calendar.yaml"
    path.write_text(CALENDAR, encoding="utf-8")
    return load_pack(path, cache=False)


@pytest.fixture(scope="module")
def judge(calendar: Pack) -> Judge:
    return Judge(calendar)


def states(line: Timeline) -> dict[date, dict[str, str]]:
    """The state of every day, from the opening and the moments alone."""
    now, found = dict(line.opening), {}
    moments = {one.day: one for one in line.moments}
    day = line.opened
    while day <= line.until:
        for change in moments[day].changes if day in moments else ():
            assert now.get(change.key, "") == change.before
            now[change.key] = change.after
        found[day] = dict(now)
        day += timedelta(1)
    return found


def held_every_day(history: History, judge: Judge, known: date) -> int:
    """Hold a replay against deciding every single day; how many moments it has."""
    line = replay(history, judge, LAST, known)
    if line is None:
        assert history.on(LAST, known) is None
        return 0
    found = states(line)
    for day in DAYS:
        standing = history.on(day, known)
        assert (standing is None) == (day not in found)
        if standing is not None:
            assert found[day] == judge.statuses(standing, day), day
    return len(line.moments)


# ------------------------------------------------------------------------------------------- no moment is missed


@given(seed=SEEDS)
@FEW
def test_no_day_between_the_moments_changes_anything(seed: int, judge: Judge) -> None:
    random = Random(seed)
    ledger, _ = random_ledger(judge.pack, random)
    for history in ledger.histories.values():
        held_every_day(history, judge, random.choice([*DAYS[30::60], LAST + timedelta(90)]))


def test_moments_are_found_and_most_days_left_out(judge: Judge) -> None:
    """So that the test above is not about ledgers in which nothing ever changes."""
    moments = judged = 0
    for seed in range(20):
        ledger, _ = random_ledger(judge.pack, Random(seed))
        for history in ledger.histories.values():
            line = replay(history, judge, LAST)
            assert line is not None
            moments, judged = moments + len(line.moments), judged + line.judged
    assert moments > 100
    assert judged < 20 * len(DAYS) / 10


@pytest.mark.deep
def test_no_moment_is_missed_under_random_packs(tmp_path: Path) -> None:
    moments = packs = 0
    for seed in range(120):
        random = Random(seed)
        path = tmp_path / "generated.yaml"
        path.write_text(generator.pack_text(random), encoding="utf-8")
        try:
            judge = Judge(load_pack(path, cache=False), strict=False)
        except PackError:
            continue
        packs += 1
        for _ in range(3):
            ledger, _ = random_ledger(judge.pack, random)
            for history in ledger.histories.values():
                moments += held_every_day(history, judge, LAST)
    assert packs > 20
    assert moments > 200


@given(value=st.integers(date(1995, 1, 1).toordinal(), date(2030, 1, 1).toordinal()), years=st.integers(0, 5),
       months=st.integers(0, 14), days=st.integers(0, 40))  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_a_comparison_turns_on_the_days_named(value: int, years: int, months: int, days: int) -> None:
    first, later = turned(value, (years, months, days))
    assert moved_back(first - 1, years, months, days) < value <= moved_back(first, years, months, days)
    assert moved_back(later - 1, years, months, days) <= value < moved_back(later, years, months, days)


@pytest.mark.parametrize("start", [date(2016, 2, 29), date(2015, 7, 15), date(2018, 1, 1)])
def test_anniversaries(start: date) -> None:
    low, high = date(2019, 1, 1).toordinal(), date(2024, 12, 31).toordinal()
    each = [
        day
        for day in range(low, high + 1)
        if years_between(start.toordinal(), day) != years_between(start.toordinal(), day - 1)
    ]
    assert list(anniversaries(start.toordinal(), low, high)) == each


def test_the_law_changes_on_its_days_only(calendar: Pack) -> None:
    law = Law.of(calendar)
    assert law.changes(FIRST, LAST) == [
        date(2020, 1, 15), date(2020, 6, 10), date(2020, 8, 1), date(2020, 11, 21), date(2021, 4, 1),
    ]  # fmt: skip
    for day in (*law.days, *DAYS[::23]):
        exact = calendar.program(day.year, day)
        assert replaced(law.program(day), law_date=day) == exact, day


@pytest.mark.deep
@pytest.mark.parametrize("name", ["changzhi", "changzhi_hightech_zone", "hengshui", "pingxiang", "shanxi"])
def test_the_law_of_the_packs_changes_on_its_days_only(name: str) -> None:
    pack = load_pack(name)
    law = Law.of(pack)
    random = Random(1)
    days = [date(2017, 1, 1) + timedelta(random.randrange(2400)) for _ in range(12)]
    for day in (*(one for one in law.days if 2016 < one.year < 2024), *days):
        assert replaced(law.program(day), law_date=day) == pack.program(day.year, day), day


# ------------------------------------------------------------------------------------------- no order matters


@given(seed=SEEDS)
@FEW
def test_the_order_of_the_events_does_not_matter(seed: int, judge: Judge) -> None:
    random = Random(seed)
    ledger, events = random_ledger(judge.pack, random, 2)
    shuffled = parse(random.sample(events, len(events)))
    assert shuffled.histories.keys() == ledger.histories.keys()
    for uscc, history in ledger.histories.items():
        assert replay(shuffled.histories[uscc], judge, LAST) == replay(history, judge, LAST)


@given(seed=SEEDS)
@FEW
def test_any_split_gives_the_same_state(seed: int, judge: Judge) -> None:
    """A replay until some day is the beginning of the replay until a later one."""
    random = Random(seed)
    ledger, _ = random_ledger(judge.pack, random)
    for history in ledger.histories.values():
        whole = replay(history, judge, LAST)
        assert whole is not None
        for until in random.sample(DAYS[1:], 6):
            part = replay(history, judge, until)
            assert part is not None
            assert part.moments == tuple(one for one in whole.moments if one.day <= until)
            assert part.final == states(whole)[until]


@given(seed=SEEDS)
@FEW
def test_what_is_recorded_later_does_not_change_what_was_known(seed: int, judge: Judge) -> None:
    random = Random(seed)
    ledger, events = random_ledger(judge.pack, random)
    known = random.choice(DAYS)
    early = [one for one in events if date.fromisoformat(one["recorded"]) <= known]
    opened = {one["uscc"] for one in early if one["event"] == "surveyed" and "replaces" not in one}
    for uscc in opened:
        then = parse([one for one in early if one["uscc"] == uscc]).histories[uscc]
        assert replay(then, judge, LAST) == replay(ledger.histories[uscc], judge, LAST, known)


# ------------------------------------------------------------------------------------------- the engines


@given(seed=SEEDS)
@FEW
def test_the_state_is_the_interpreters(seed: int, judge: Judge) -> None:
    random = Random(seed)
    ledger, _ = random_ledger(judge.pack, random)
    for history, line in timelines(ledger.histories.values(), judge, random.choice(DAYS)):
        standing = history.on(line.until)
        assert standing is not None
        judge.confirm(line, standing)


@pytest.mark.parametrize("name", [one for one in engines.ENGINES if one not in engines.BULK])
def test_every_engine_replays_alike(name: str, judge: Judge) -> None:
    if (missing := engines.absent(name)) is not None:
        pytest.skip(missing.diagnostics[0].message("en"))
    ledger, _ = random_ledger(judge.pack, Random(7), 2)
    other = Judge(judge.pack, name)
    for history in ledger.histories.values():
        assert replay(history, other, LAST) == replay(history, judge, LAST)


@pytest.fixture
def lying(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter answers the reverse."""
    honest = engines.decide

    def decide(program, case, *, subject, engine):  # type: ignore[no-untyped-def]
        found = honest(program, case, subject=subject, engine=engine)
        flipped = tuple(not one if isinstance(one, bool) else one for one in found.results)
        return replaced(found, results=flipped) if engine == "interpreter" else found

    monkeypatch.setattr(engines, "decide", decide)


@pytest.mark.usefixtures("lying")
def test_engines_that_differ_end_the_replay(judge: Judge) -> None:
    ledger, _ = random_ledger(judge.pack, Random(7))
    (history,) = ledger.histories.values()
    with pytest.raises(EngineError) as caught:
        replay(history, Judge(judge.pack, "interpreter"), LAST)
    assert caught.value.diagnostics[0].code == "ledger-engines-differ"


@pytest.mark.usefixtures("lying")
def test_the_last_state_is_held_against_the_interpreter(judge: Judge) -> None:
    """That of a replay and that of a sheet."""
    ledger, _ = random_ledger(judge.pack, Random(7))
    (history,) = ledger.histories.values()
    assert replay(history, judge, LAST) is not None
    for ask in (
        lambda: list(timelines([history], judge, LAST)),
        lambda: sheet(ledger, judge, Month.of(LAST)),
    ):
        with pytest.raises(EngineError) as caught:
            ask()
        assert caught.value.diagnostics[0].code == "ledger-engines-differ"


def test_no_day_is_decided_twice_by_one_engine(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the last day once for its state, which the interpreter is then asked about."""
    days: list[tuple[date, str]] = []
    honest = Judge.decision

    def decision(self: Judge, enterprise: Enterprise, day: date, engine: str) -> Decision:
        days.append((day, engine))
        return honest(self, enterprise, day, engine)

    monkeypatch.setattr(Judge, "decision", decision)
    strict = Judge(judge.pack, "interpreter")
    found = history({"id": "f", "event": "stated", "effective": "2020-05-01", "enterprise": {"name": "乙"}})
    (_, line), *_ = timelines([found], strict, date(2020, 5, 31))
    searched = [day for day, engine in days if engine == SEARCH]
    asked = [day for day, engine in days if engine == "interpreter"]
    assert len(searched) == len(set(searched)) == line.judged + 1
    assert asked == [line.opened, *(one.day for one in line.moments), line.until]


def test_the_engine_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = EngineError([])
    monkeypatch.setattr(engines, "absent", lambda name: missing)
    assert chosen(None) == ("compiled", missing)
    assert chosen("interpreter") == ("interpreter", None)
    monkeypatch.setattr(engines, "absent", lambda name: None)
    assert chosen(None) == ("rete", None)
    with pytest.raises(EngineError):
        chosen("no_such_engine")


# ------------------------------------------------------------------------------------------- what did it


def history(*events: dict[str, object]) -> History:
    opening = {
        "id": "s",
        "event": "surveyed",
        "effective": "2020-01-01",
        "enterprise": {
            "name": "甲",
            "region": "140403",
            "in_directory": {2020: True, 2021: True},
            "established": "2016-02-29",
            "activities": [],
            "qualifications": [],
        },
    }
    records = [
        {"uscc": USCC, "recorded": one.get("effective", "2020-09-01"), **one} for one in (opening, *events)
    ]
    return parse(records).histories[USCC]


def patent(id: str, day: str, **more: object) -> dict[str, object]:
    activity = {"category": "project", "kind": "patent", "started": day, "status": "applied"}
    return {"id": id, "event": "activity", "effective": day, "activity": activity, **more}


def told(line: Timeline | None) -> list[tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]]:
    """The changes in a line each: day, outcome, before, after, events, causes."""
    assert line is not None
    return [
        (one.day.isoformat(), change.key.partition(".")[2], change.before, change.after, change.events,
         tuple(cause.kind for cause in change.causes))
        for one in line.moments
        for change in one.changes
        if not change.key.startswith("profile")
    ]  # fmt: skip


def test_each_moment_names_its_event_or_the_calendar(judge: Judge) -> None:
    line = replay(history(patent("p1", "2020-03-01"), patent("p2", "2020-09-20")), judge, LAST)
    assert told(line) == [
        ("2020-01-15", "innovative", "not_in_force", "not_covered", (), ("law",)),
        ("2020-01-15", "high_tech_award", "not_in_force", "ineligible", (), ("law",)),
        ("2020-01-15", "size_award", "not_in_force", "undetermined", (), ("law",)),
        ("2020-01-15", "today_award", "not_in_force", "undetermined", (), ("law",)),
        ("2020-03-01", "innovative", "not_covered", "covered", ("p1",), ()),
        ("2020-06-10", "plan_award", "not_in_force", "ineligible", (), ("law",)),
        ("2020-08-01", "innovative", "covered", "not_covered", (), ("law",)),
        ("2020-09-20", "innovative", "not_covered", "covered", ("p2",), ()),
        ("2020-11-21", "plan_award", "ineligible", "not_in_force", (), ("law",)),
        ("2021-03-01", "age_group", "young", "old", (), ("anniversary",)),
        ("2021-04-01", "innovative", "covered", "not_in_force", (), ("law",)),
        ("2021-04-01", "high_tech_award", "ineligible", "not_in_force", (), ("law",)),
        ("2021-04-01", "size_award", "undetermined", "not_in_force", (), ("law",)),
        ("2021-04-01", "today_award", "undetermined", "not_in_force", (), ("law",)),
    ]


def test_crossed_off_and_its_clause(judge: Judge) -> None:
    line = replay(history(patent("p1", "2020-03-01")), judge, date(2020, 8, 1))
    assert line is not None
    moved = [change for one in line.moments for change in one.changes if change.key == "coverages.innovative"]
    assert [one.struck_off for one in moved] == [False, True, False]
    assert [one.reversed for one in moved] == [False, False, True]
    assert moved[1].clauses == ("一",)
    assert line.struck_off("coverages.innovative") is None


def test_an_expiry_and_a_window_are_named(judge: Judge) -> None:
    held = {"kind": "high_tech", "status": "recognised", "granted": "2017-11-09", "expires": "2020-11-08"}
    line = replay(
        history(
            {"id": "q", "event": "qualification", "effective": "2020-01-01", "qualification": held},
            patent(
                "old",
                "2020-01-01",
                activity={"category": "project", "kind": "patent", "started": "2018-07-04"},
            ),
        ),
        judge,
        date(2020, 12, 1),
    )
    causes = [change.causes for one in told_changes(line) for change in [one] if change.causes]
    assert (Cause("expiry", "q"),) in causes
    assert (Cause("window", "old"),) in causes
    days = {change.key: one.day for one in line.moments for change in one.changes} if line else {}
    assert days["awards.high_tech_award"] == date(2020, 11, 9)
    assert days["coverages.innovative"] == date(2020, 7, 4)


def test_what_comes_to_be_known_later_is_named(judge: Judge) -> None:
    able = {"inputs": {"able": {"value": False, "found_on": "2020-03-10"}}}
    report = {"employees": 120, "filed": "2020-04-20"}
    line = replay(
        history(
            {"id": "f", "event": "stated", "effective": "2020-02-01", "enterprise": able},
            {"id": "r", "event": "report", "effective": "2020-02-01", "year": 2020, "report": report},
        ),
        judge,
        date(2020, 5, 1),
    )
    assert told(line)[-2:] == [
        ("2020-03-10", "today_award", "undetermined", "ineligible", (), ("found",)),
        ("2020-04-20", "size_award", "undetermined", "eligible", (), ("filed",)),
    ]


def told_changes(line: Timeline | None) -> list[replaying.Change]:
    assert line is not None
    return [change for one in line.moments for change in one.changes]


def test_two_events_of_a_day_that_do_it_together_are_both_named(judge: Judge) -> None:
    two = (patent("p1", "2020-08-05"), patent("p2", "2020-08-05"))
    line = replay(history(*two), judge, LAST)
    assert ("2020-08-05", "innovative", "not_covered", "covered", ("p1", "p2"), ()) in told(line)
    three = replay(history(*two, patent("p3", "2020-08-05")), judge, LAST)
    assert ("2020-08-05", "innovative", "not_covered", "covered", ("p1", "p2", "p3"), ()) in told(three)


def begun(day: str) -> dict[str, object]:
    return {"category": "platform", "kind": "centre", "started": day}


TOGETHER: dict[str, tuple[dict[str, object], ...]] = {
    "on one day": (
        {"id": "x", "event": "changed", "effective": "2020-07-10", "of": "p", "to": {"started": "2019-01-01"}},
        {"id": "y", "event": "changed", "effective": "2020-07-10", "of": "p", "to": {"ended": "2019-12-31"}},
    ),
    "in one month": (
        {"id": "x", "event": "changed", "effective": "2020-07-08", "of": "p", "to": {"started": "2019-01-01"}},
        {"id": "y", "event": "changed", "effective": "2020-07-10", "of": "p", "to": {"ended": "2019-12-31"}},
    ),
    "beside a correction": (
        {"id": "x", "event": "activity", "effective": "2020-06-03", "replaces": "p", "recorded": "2020-07-10",
         "activity": begun("2019-01-01")},
        {"id": "y", "event": "changed", "effective": "2020-07-10", "of": "p", "to": {"ended": "2019-12-31"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("events", TOGETHER.values(), ids=TOGETHER)
def test_of_events_that_go_together_only_none_is_judged_alone(
    events: tuple[dict[str, object], ...], judge: Judge
) -> None:
    """It ended before it first was said to begin: without the event that sets the beginning there is no such thing."""
    opened = {"id": "p", "event": "activity", "effective": "2020-06-03", "activity": begun("2020-06-03")}
    found = history(opened, *events)
    line, until = replay(found, judge, date(2020, 7, 31)), date(2020, 7, 31)
    ended = [change for change in told_changes(line) if change.struck_off or change.reversed][-1]
    assert (ended.after, "y" in ended.events) == ("not_covered", True)
    (row,) = sheet(Ledger({USCC: found}), judge, Month(2020, 7)).rows
    assert row.turn is not None
    assert (row.turn.after, row.turn.events) == ("not_covered", ("x", "y"))
    undone = [one for one in reversals(found, judge, until) if one.new]
    assert [one.events for one in undone] == ([("x",)] if "recorded" in events[0] else [])


# ------------------------------------------------------------------------------------------- reversals


def test_a_withdrawal_reports_what_it_undid(judge: Judge) -> None:
    strike = {"id": "w", "event": "withdrawn", "withdraws": "p1", "recorded": "2020-05-10"}
    found = history(patent("p1", "2020-03-01"), strike)
    line = replay(found, judge, date(2020, 7, 1))
    assert "p1" not in {id for change in told_changes(line) for id in change.events}
    (undone,) = reversals(found, judge, date(2020, 7, 1))
    assert (undone.recorded, undone.events) == (date(2020, 5, 10), ("w",))
    assert (date(2020, 3, 1), "coverages.innovative", "not_covered", "covered") in undone.gone
    assert undone.new == ()
    assert reversals(found, judge, date(2020, 7, 1), known=date(2020, 5, 9)) == ()


def test_a_correction_reports_what_became_of_it(judge: Judge) -> None:
    found = history(
        patent("p1", "2020-03-01"), patent("c1", "2020-04-01", replaces="p1", recorded="2020-05-10")
    )
    (undone,) = reversals(found, judge, date(2020, 7, 1))
    key = "coverages.innovative"
    assert [move for move in undone.gone if move[1] == key] == [
        (date(2020, 3, 1), key, "not_covered", "covered")
    ]
    assert [move for move in undone.new if move[1] == key] == [
        (date(2020, 4, 1), key, "not_covered", "covered")
    ]


@given(seed=SEEDS)
@FEW
def test_a_withdrawal_is_a_replay_without_the_event(seed: int, judge: Judge) -> None:
    """And undoing it gives the replay as it was."""
    random = Random(seed)
    _, events = random_ledger(judge.pack, random)
    spoken = set().union(*map(about, events))
    free = [one for one in events if one["id"] not in spoken and one["event"] == "activity"]
    assume(free)
    one = random.choice(free)
    code, day = one["uscc"], (LAST + timedelta(100)).isoformat()
    strike = {"id": "w1", "uscc": code, "event": "withdrawn", "withdraws": one["id"], "recorded": day}
    undo = {**strike, "id": "w2", "withdraws": "w1"}
    before = replay(parse(events).histories[code], judge, LAST)
    without = replay(parse([each for each in events if each is not one]).histories[code], judge, LAST)
    assert replay(parse([*events, strike]).histories[code], judge, LAST) == without
    assert replay(parse([*events, strike, undo]).histories[code], judge, LAST) == before
