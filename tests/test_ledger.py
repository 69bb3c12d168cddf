"""A ledger of events: what it takes, what it refuses and in which words, and the sheets of its months."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import CALENDAR, FIRST, LAST, USCC, credit_code, random_ledger

from examples import make_ledger as maker
from innovation_rules import load_pack
from innovation_rules.cli import main
from innovation_rules.engines import EngineError
from innovation_rules.errors import DataError, Diagnostic, width
from innovation_rules.intake import parse_enterprise
from innovation_rules.ledger import Ledger, parse, read
from innovation_rules.ledger.events import Kind
from innovation_rules.ledger.history import fits
from innovation_rules.ledger.months import Month, Sheet, add_up, count, duty, months, sheet, to_json
from innovation_rules.ledger.replay import Judge
from innovation_rules.packs import Pack
from innovation_rules.terminal.ledger import SheetPage

EXAMPLE = Path(maker.__file__).parent / maker.FILE
SEEDS = st.integers(0, 10**9)
FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
Record = dict[str, Any]


@pytest.fixture(scope="module")
def changzhi() -> Judge:
    return Judge(load_pack("changzhi"))


@pytest.fixture(scope="module")
def county() -> Ledger:
    return read(EXAMPLE)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    path = tmp_path_factory.mktemp("packs") / "calendar.yaml"
    path.write_text(CALENDAR, encoding="utf-8")
    return Judge(load_pack(path, cache=False))


def event(id: str, kind: str, effective: str | None = "2020-06-01", **more: Any) -> Record:
    found: Record = {"id": id, "uscc": USCC, "event": kind, "recorded": effective or "2020-09-01", **more}
    return found if effective is None else {**found, "effective": effective}


def opening(id: str = "s", day: str = "2020-06-01", **more: Any) -> Record:
    enterprise = {"name": "甲", "activities": [], "qualifications": []}
    return {**event(id, "surveyed", day, enterprise=enterprise), **more}


PATENT = {"category": "project", "kind": "patent", "started": "2020-06-03", "status": "applied"}


def patent(id: str, day: str = "2020-06-05", **more: Any) -> Record:
    return {**event(id, "activity", day, activity=PATENT), **more}


def on(day: str, *events: Record, known: str = "2030-01-01") -> Any:
    """The enterprise on a day as known on a day."""
    return parse(list(events)).enterprise_on(USCC, date.fromisoformat(day), date.fromisoformat(known))


# ------------------------------------------------------------------------------------------- the enterprise of a day


def test_before_the_opening_there_is_no_enterprise() -> None:
    assert on("2020-05-31", opening()) is None
    assert on("2020-06-01", opening(recorded="2020-06-10"), known="2020-06-09") is None


def test_what_has_not_happened_is_not_unknown() -> None:
    found = on("2020-06-02", opening(), patent("p"))
    assert (found.activities, found.qualifications, found.unsurveyed) == ((), (), frozenset())
    assert found.ongoing_as_of == date(2020, 6, 2)
    assert [one.kind for one in on("2020-06-05", opening(), patent("p")).activities] == ["patent"]


def test_what_nobody_surveyed_is_unknown() -> None:
    bare = opening(enterprise={"name": "甲"})
    found = on("2020-06-02", bare, patent("p"))
    assert (found.activities, len(found.unsurveyed), found.qualifications) == ((), 6, None)
    later = event("u", "stated", "2020-07-01", enterprise={"unsurveyed": ["talent"], "qualifications": []})
    found = on("2020-07-01", bare, patent("p"), later)
    assert ([*found.unsurveyed], found.qualifications, len(found.activities)) == (["talent"], (), 1)


def test_the_same_record_as_decide_takes() -> None:
    """Every part, put together from events, is the enterprise read from one record."""
    held = {"kind": "high_tech_enterprise", "granted": "2019-01-01", "status": "recognised"}
    report = {"employees": 120, "rd_expenditure": "12.5万元", "inputs": {"st_staff": 3}}
    fields = {
        "name": "甲",
        "region": "140403",
        "industry": "3511",
        "zones": ["某园区"],
        "inputs": {"able": True},
    }
    found = on(
        "2020-08-01",
        opening(
            enterprise={**fields, "in_directory": {"2019": True}, "activities": [], "qualifications": []}
        ),
        event(
            "r1", "report", "2020-06-10", year=2020, report={"employees": 100, "rd_expenditure": "12.5万元"}
        ),
        event("r2", "report", "2020-06-20", year=2020, report={"employees": 120, "inputs": {"st_staff": 3}}),
        patent("p"),
        event("q", "qualification", "2020-06-07", qualification={**held, "expires": "2021-12-31"}),
        event("c", "changed", "2020-07-01", of="q", to={"expires": "never"}),
        event("d", "stated", "2020-07-02", enterprise={"in_directory": {"2020": False}, "region": "140404"}),
    )
    record = {**fields, "uscc": USCC, "region": "140404", "in_directory": {"2019": True, "2020": False}}
    whole = {**record, "reports": {"2020": report}, "activities": [PATENT], "ongoing_as_of": "2020-08-01"}
    assert found == parse_enterprise({**whole, "qualifications": [{**held, "expires": "never"}]})


def test_chinese_and_english_say_the_same() -> None:
    chinese = [
        {"事件编号": "s", "统一社会信用代码": USCC, "事件": "摸底", "生效日期": "2020-06-01", "登记日期": "2020-06-01",
         "企业": {"企业名称": "甲", "创新活动": [], "资质": []}},
        {"事件编号": "p", "统一社会信用代码": USCC, "事件": "活动", "生效日期": "2020-06-05", "登记日期": "2020-06-05",
         "活动": {"活动类别": "创新项目", "活动类型": "patent", "开始日期": "2020-06-03", "状态": "已申报"}},
        {"事件编号": "c", "统一社会信用代码": USCC, "事件": "变更", "生效日期": "2020-06-09", "登记日期": "2020-06-09",
         "所指事件": "p", "改为": {"状态": "未通过"}},
    ]  # fmt: skip
    english = [opening(), patent("p"), event("c", "changed", "2020-06-09", of="p", to={"status": "rejected"})]
    assert on("2020-07-01", *chinese) == on("2020-07-01", *english)


def test_a_correction_stands_in_for_what_it_corrects_once_it_is_known() -> None:
    newer = patent("c", "2020-06-20", replaces="p", activity={**PATENT, "quantity": 3}, recorded="2020-07-10")
    change = event("x", "changed", "2020-06-25", of="p", to={"status": "recognised"})
    events = opening(), patent("p"), newer, change
    assert [one.quantity for one in on("2020-06-30", *events, known="2020-07-09").activities] == [None]
    (found,) = on("2020-06-30", *events, known="2020-07-10").activities
    assert (found.quantity, str(found.status)) == (3, "recognised")
    assert on("2020-06-19", *events).activities == ()


def test_a_withdrawal_can_be_withdrawn() -> None:
    strike = event("w", "withdrawn", None, withdraws="p", recorded="2020-07-01")
    again = event("v", "withdrawn", None, withdraws="w", recorded="2020-08-01")
    events = opening(), patent("p"), strike, again
    counts = [
        len(on("2020-06-30", *events, known=known).activities)
        for known in ("2020-06-30", "2020-07-15", "2020-08-15")
    ]
    assert counts == [1, 0, 1]


def test_what_is_recorded_ahead_waits_for_its_day() -> None:
    ahead = patent("p", "2020-09-01", recorded="2020-06-10")
    assert on("2020-08-31", opening(), ahead).activities == ()
    assert len(on("2020-09-01", opening(), ahead).activities) == 1


# ------------------------------------------------------------------------------------------- what is refused

OTHER = credit_code(5)
BAD: dict[str, tuple[list[Record], str]] = {
    "event-twice": ([opening(), patent("s")], "the event `s` is already in record 1"),
    "event-lacks": ([opening(), event("p", "activity")], "p, activity: a `activity` event lacks `activity`"),
    "event-key-unused": ([opening(), patent("p", year=2020)], "a `activity` event has no use for `year`"),
    "event-absent": (
        [opening(), event("w", "withdrawn", None, withdraws="x")],
        "the ledger has no event `x`",
    ),
    "event-of-another": (
        [opening(), {**opening("t"), "uscc": OTHER}, {**patent("p"), "uscc": OTHER, "replaces": "s"}],
        "the event `s` is another enterprise's",
    ),
    "event-circle": (
        [opening(), patent("p", replaces="r"), patent("r", replaces="p")],
        "corrections or withdrawals come back to themselves",
    ),
    "recorded-before-target": (
        [opening(), patent("p"), event("w", "withdrawn", None, withdraws="p", recorded="2020-06-04")],
        "it was recorded before the event `p`, which was recorded on 2020-06-05",
    ),
    "correction-of-other-kind": (
        [opening(), patent("p"), event("r", "report", "2020-06-06", year=2020, report={}, replaces="p")],
        "it corrects `p`, which is a `activity` event",
    ),
    "corrected-twice": (
        [opening(), patent("p"), patent("q", replaces="p"), patent("r", replaces="p", recorded="2020-07-01")],
        "the event `p` was already corrected or withdrawn by `q`",
    ),
    "no-opening": ([patent("p")], "has no `surveyed` event"),
    "opened-twice": ([opening(), opening("t", "2020-07-01")], "has a `surveyed` event already"),
    "event-before-opening": ([opening(), patent("p", "2020-05-20")], "before the ledger opens on 2020-06-01"),
    "same-day-clash": (
        [
            opening(),
            event("a", "stated", "2020-07-01", enterprise={"in_directory": {"2020": True}}),
            event("b", "stated", "2020-07-01", enterprise={"in_directory": {"2020": False}}),
        ],
        "gives `in_directory.2020` another value than the event `a` of the same day, 2020-07-01",
    ),
    "change-of-no-item": (
        [opening(), event("c", "changed", "2020-06-09", of="s", to={"status": "rejected"})],
        "`s` is a `surveyed` event and brought no activity",
    ),
    "change-before-item": (
        [opening(), patent("p"), event("c", "changed", "2020-06-02", of="p", to={"status": "rejected"})],
        "before the event `p` does, on 2020-06-05",
    ),
    "change-of-kind": (
        [opening(), patent("p"), event("c", "changed", "2020-06-09", of="p", to={"kind": "standard"})],
        "of another kind",
    ),
    "withdrawal-from-a-day": (
        [opening(), patent("p"), event("w", "withdrawn", "2020-09-01", withdraws="p")],
        "from the start (2020-06-05, as `p`)",
    ),
    "item-in-opening": (
        [opening(enterprise={"name": "甲", "activities": [PATENT]})],
        "the enterprise's `activities` are events of their own",
    ),
    "survey-restated": (
        [opening(), event("u", "stated", "2020-07-01", enterprise={"activities": []})],
        "a `stated` event has no list of activities",
    ),
    "ongoing-in-ledger": (
        [opening(enterprise={"name": "甲", "ongoing_as_of": "2020-12-31"})],
        "has no `ongoing_as_of`",
    ),
    "qualifications-not-surveyed": (
        [
            opening(enterprise={"name": "甲", "activities": []}),
            event("q", "qualification", "2020-06-02", qualification={"kind": "high_tech_enterprise"}),
        ],
        "qualifications were not surveyed",
    ),
    "unknown-field": ([opening(), patent("p", activty=1)], "p, activty: there is no field `activty`"),
    "missing-field": ([{"id": "s", "uscc": USCC, "event": "surveyed"}], "recorded: the field is missing"),
    "unknown-choice": ([event("s", "survey")], "there is no choice `survey`"),
    "same-field-twice": ([{**opening(), "事件": "摸底"}], "are the same field"),
    "uscc-lower-case": ([{**opening(), "uscc": USCC.lower()}], "lower-case letters"),
    "ended-before-started": (
        [opening(), patent("p"), event("c", "changed", "2020-06-09", of="p", to={"ended": "2020-01-01"})],
        "c: ",
    ),
}


def strike(id: str, of: str, recorded: str) -> Record:
    return event(id, "withdrawn", None, withdraws=of, recorded=recorded)


REVIVED: dict[str, tuple[list[Record], str]] = {
    "a withdrawal beside a correction": (
        [
            strike("w1", "p1", "2020-06-10"),
            strike("w2", "w1", "2020-06-11"),
            patent("c1", replaces="p1", recorded="2020-06-12"),
            strike("w3", "w2", "2020-06-13"),
        ],
        "c1",
    ),
    "a correction of a correction that was withdrawn": (
        [
            patent("c1", replaces="p1", recorded="2020-06-10"),
            strike("w1", "c1", "2020-06-11"),
            strike("w2", "w1", "2020-06-12"),
            patent("c2", replaces="c1", recorded="2020-06-13"),
            strike("w3", "w2", "2020-06-14"),
        ],
        "c2",
    ),
    "a correction beside a correction": (
        [
            patent("c1", replaces="p1", recorded="2020-06-10"),
            strike("w1", "c1", "2020-06-11"),
            strike("w2", "w1", "2020-06-12"),
            strike("w3", "w2", "2020-06-13"),
            patent("c2", replaces="p1", recorded="2020-06-14"),
            strike("w4", "w3", "2020-06-15"),
        ],
        "c2",
    ),
}


@pytest.mark.parametrize(("events", "second"), REVIVED.values(), ids=REVIVED)
def test_what_was_withdrawn_does_not_come_back_beside_a_correction(events: list[Record], second: str) -> None:
    """It is refused on whichever day the two stand together, and taken as long as they do not."""
    assert parse([opening(), patent("p1"), *events[:-1]])
    with pytest.raises(DataError) as caught:
        parse([opening(), patent("p1"), *events])
    assert [(one.code, one.fields["subject"]) for one in caught.value.diagnostics] == [
        ("corrected-twice", second)
    ]


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_of_an_event_and_its_corrections_one_stands_at_most(seed: int) -> None:
    """On every day, whatever is corrected and withdrawn in whichever order, as long as it is taken."""
    random = Random(seed)
    events: list[Record] = [opening(), patent("p0")]
    refused: set[str] = set()
    for number in range(1, 12):
        recorded = f"2020-06-{9 + number:02}"
        of = random.choice(events[1:])["id"]
        newer = patent(f"p{number}", replaces=of, recorded=recorded)
        made = newer if of[0] == "p" and random.random() < 0.5 else strike(f"w{number}", of, recorded)
        try:
            (history,) = parse([*events, made]).histories.values()
        except DataError as error:
            refused.update(one.code for one in error.diagnostics)
            continue
        events.append(made)
        assert all(len(history.live(known)) <= 2 for known in history.recorded)
    assert refused <= {"corrected-twice"}
    assert len(events) > 2


def test_every_further_correction_is_listed() -> None:
    more = [patent(id, replaces="p", recorded=f"2020-07-0{day}") for day, id in enumerate("qrt", 1)]
    with pytest.raises(DataError) as caught:
        parse([opening(), patent("p"), *more])
    assert [one.fields["subject"] for one in caught.value.diagnostics] == ["r", "t"]


@pytest.mark.parametrize("code", BAD)
def test_bad_ledgers(code: str) -> None:
    events, words = BAD[code]
    with pytest.raises(DataError) as caught:
        parse(events, file="台账.jsonl")
    found = {one.code: one.message("en") for one in caught.value.diagnostics}
    assert code in found, found
    assert words in found[code], found
    assert all(one.message("zh") for one in caught.value.diagnostics)


def test_a_fault_in_what_an_event_carries_is_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "台账.jsonl"
    lines = [
        opening(),
        patent("p", activity={**PATENT, "amount": "12吨", "kindd": 1}),
        event("r", "report", "2020-06-10", year=2020, report={"employees": "很多"}),
    ]
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), "utf-8")
    with pytest.raises(DataError) as caught:
        read(path)
    found = [(one.fields["field"], one.place.line) for one in caught.value.diagnostics if one.place]
    assert sorted(map(str, found)) == sorted(
        map(str, [("activity.amount", 2), ("activity.kindd", 2), ("report.employees", 3)])
    )
    text = str(caught.value)
    assert f"{path}:2:1" in text


def test_every_fault_of_a_stage_is_listed_and_the_whole_ledger_refused() -> None:
    with pytest.raises(DataError) as caught:
        parse(
            [
                opening(),
                patent("a", "2020-05-01"),
                patent("b", "2020-04-01"),
                {"id": "x"},
                patent("c", year=1),
            ]
        )
    assert {one.fields.get("subject") for one in caught.value.diagnostics} == {"x", "c"}
    with pytest.raises(DataError) as caught:
        parse([opening(), patent("a", "2020-05-01"), patent("b", "2020-04-01")])
    assert {one.fields["subject"] for one in caught.value.diagnostics} == {"a", "b"}


def test_yaml_and_keys_that_stand_twice(tmp_path: Path) -> None:
    path = tmp_path / "ledger.yaml"
    path.write_text(
        f'- {{id: s, uscc: "{USCC}", event: 摸底, effective: 2020-06-01, recorded: 2020-06-01, enterprise: {{name: 甲}}}}\n',
        "utf-8",
    )
    assert len(read(path)) == 1
    twice = tmp_path / "twice.jsonl"
    twice.write_text(
        '{"id": "s", "enterprise": {"name": "甲", "name": "乙"}}\n{"ongoing_as_of": "2020-12-31"}\n{}\n',
        "utf-8",
    )
    with pytest.raises(DataError) as caught:
        read(twice)
    assert [one.code for one in caught.value.diagnostics] == [
        "same-key-twice",
        "unknown-field",
        "not-a-record",
    ]


# ------------------------------------------------------------------------------------------- the sheets


def test_months_of_the_calendar() -> None:
    assert (Month(2020, 2).last, Month(2020, 12).after, str(Month(2021, 1).before)) == (
        date(2020, 2, 29), Month(2021, 1), "2020-12",
    )  # fmt: skip
    assert [str(one) for one in months(date(2020, 11, 30), date(2021, 1, 1))] == [
        "2020-11",
        "2020-12",
        "2021-01",
    ]
    for text in ("2020-9", "2020-13", "202009", "2020-09-01", "二〇二〇-09"):
        with pytest.raises(ValueError):
            Month.parse(text)


def test_the_schedule_says_when_a_month_is_closed(changzhi: Judge, judge: Judge) -> None:
    asked = duty(changzhi.pack)
    assert (asked.day, asked.by, asked.clause) == (3, ("working_group",), "五(一)2")
    assert asked.due(Month(2020, 12)) == asked.closing(Month(2020, 12)) == date(2021, 1, 3)
    assert asked._replace(inclusive=False).closing(Month(2020, 9)) == date(2020, 10, 2)
    assert asked._replace(day=31).due(Month(2020, 5)) == date(2020, 6, 30)
    assert duty(judge.pack).closing(Month(2020, 9)) == date(2020, 9, 30)


def issued(ledger: Ledger, judge: Judge, last: date = LAST) -> list[Sheet]:
    return [sheet(ledger, judge, month) for month in months(FIRST, last)]


@given(seed=SEEDS)
@FEW
def test_an_issued_sheet_never_changes(seed: int, judge: Judge) -> None:
    """Whatever is recorded after its closing day."""
    random = Random(seed)
    ledger, events = random_ledger(judge.pack, random, 2)
    month = Month.of(random.choice([FIRST + timedelta(days) for days in range(60, 500, 30)]))
    closing = duty(judge.pack).closing(month)
    early = [one for one in events if date.fromisoformat(one["recorded"]) <= closing]
    opened = {one["uscc"] for one in early if one["event"] == "surveyed" and "replaces" not in one}
    then = parse([one for one in early if one["uscc"] in opened])
    assert to_json(sheet(then, judge, month)) == to_json(sheet(ledger, judge, month))


@given(seed=SEEDS)
@FEW
def test_the_changes_of_all_sheets_add_up(seed: int, judge: Judge) -> None:
    random = Random(seed)
    ledger, _ = random_ledger(judge.pack, random, 2)
    after: dict[str, Any] = {}
    for one in issued(ledger, judge):
        after = add_up(after, one)
        assert after == {row.enterprise.uscc: row.statuses for row in one.rows}


@given(seed=SEEDS)
@FEW
def test_what_comes_late_is_in_the_next_sheet_and_marked(seed: int, judge: Judge) -> None:
    """Every event stands in exactly one sheet as new, unless it was replaced or struck out before it could."""
    ledger, _ = random_ledger(judge.pack, Random(seed), 1)
    (history,) = ledger.histories.values()
    found = [one for one in issued(ledger, judge, LAST + timedelta(120)) if one.rows]
    told = Counter(id for one in found for id, mark in new_in(one) if mark != "moved")
    for entry in history.entries:
        could = [one for one in found if entry.effective <= one.month.last and entry.recorded <= one.closing]
        if entry.kind is not Kind.WITHDRAWN:
            stood = bool(could) and entry in history.live(could[0].closing)
            assert told[entry.id] == (1 if stood else 0), entry.id
    assert set(told.values()) <= {1}
    for one in found:
        before = one.month.before
        for noted in one.rows[0].noted:
            entry = noted.entry
            assert entry.recorded <= one.closing
            assert (entry.effective > one.month.last) == (noted.mark == "moved") or noted.mark == "withdrawal"
            if noted.mark == "late":
                assert entry.effective <= before.last
                assert entry.recorded > duty(judge.pack).closing(before)


def new_in(one: Sheet) -> list[tuple[str, str]]:
    """The new events of a sheet, each with its mark."""
    return [(noted.entry.id, noted.mark) for row in one.rows for noted in row.noted]


@given(seed=SEEDS)
@FEW
def test_a_change_is_laid_to_the_calendar_where_nothing_new_was_needed(seed: int, judge: Judge) -> None:
    """What the sheet before was made of, taken to the end of the month, has the status just where no event is named."""
    ledger, _ = random_ledger(judge.pack, Random(seed), 1)
    (history,) = ledger.histories.values()
    for one in issued(ledger, judge, LAST + timedelta(60)):
        before = one.month.before
        held = [
            each for each in history.live(duty(judge.pack).closing(before)) if each.effective <= before.last
        ]
        for change in [change for row in one.rows for change in row.changes]:
            standing = history.standing(held, one.month.last)
            assert standing is not None
            by_itself = judge.statuses(standing, one.month.last)[change.key] == change.after
            assert by_itself == (not change.events) == bool(change.causes)


CENTRE = {"category": "platform", "kind": "centre", "started": "2020-06-03"}
IN_SCOPE = {"name": "甲", "region": "140403", "in_directory": {"2020": True}, "activities": []}


def centre(id: str, day: str, recorded: str, **more: Any) -> Record:
    return event(id, "activity", day, recorded=recorded, activity=CENTRE, **more)


def turns_of(judge: Judge, *events: Record) -> dict[int, tuple[Any, ...]]:
    """By month of 2020: what the coverage turned from and to, by which events, and the new events."""
    ledger = parse([opening(enterprise=IN_SCOPE), *events])
    found = {}
    for number in range(7, 10):
        (row,) = (made := sheet(ledger, judge, Month(2020, number))).rows
        turn = row.turn
        moved = turn and (turn.before, turn.after, turn.events)
        if moved or row.noted:
            found[number] = moved, new_in(made)
    return found


def test_a_correction_past_the_month_is_named_and_marked(judge: Judge) -> None:
    """And once more in the month in which it takes effect."""
    later = centre("c", "2020-08-20", "2020-07-10", replaces="p")
    assert turns_of(judge, centre("p", "2020-06-05", "2020-06-05"), later) == {
        7: (("covered", "not_covered", ("c",)), [("c", "moved")]),
        8: (("not_covered", "covered", ("c",)), [("c", "correction")]),
    }


@pytest.mark.parametrize(("lang", "word"), [("zh", "改期"), ("en", "moved on")])
@pytest.mark.usefixtures("packs")
def test_a_correction_past_the_month_is_shown(lang: str, word: str, judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    later = centre("c", "2020-08-20", "2020-07-10", replaces="p")
    events = opening(enterprise=IN_SCOPE), centre("p", "2020-06-05", "2020-06-05"), later
    path.write_text("".join(json.dumps(one) + "\n" for one in events), "utf-8")
    words = "month", str(judge.pack.path), str(path), "--month", "2020-07"
    text = run(*words, "--lang", lang)
    assert f"{word} c" in text
    assert text.splitlines()[-2].split()[-2 if lang == "zh" else -1] == "0"
    assert "改期 c" in run(*words, "--format", "csv")


def test_a_withdrawal_of_a_correction_past_the_month_brings_back_what_was_told_before(judge: Judge) -> None:
    later = centre("c", "2020-09-20", "2020-07-10", replaces="p")
    back = strike("w", "c", "2020-08-05")
    assert turns_of(judge, centre("p", "2020-06-05", "2020-06-05"), later, back) == {
        7: (("covered", "not_covered", ("c",)), [("c", "moved")]),
        8: (("not_covered", "covered", ("w",)), [("w", "withdrawal")]),
    }


def test_what_came_late_and_was_corrected_at_once_is_no_work_of_the_calendar(judge: Judge) -> None:
    newer = centre("c", "2020-06-06", "2020-07-10", replaces="p")
    assert turns_of(judge, centre("p", "2020-06-05", "2020-07-05"), newer) == {
        7: (("not_covered", "covered", ("c",)), [("c", "correction")]),
    }


def test_of_the_new_events_those_are_named_that_alone_are_needed(judge: Judge) -> None:
    """A correction that changes nothing beside one that does."""
    again = centre("c", "2020-06-06", "2020-07-10", replaces="p")
    ended = event("x", "changed", "2020-07-20", of="p", to={"ended": "2019-12-31", "started": "2019-01-01"})
    assert turns_of(judge, centre("p", "2020-06-05", "2020-06-05"), again, ended) == {
        7: (("covered", "not_covered", ("x",)), [("c", "correction"), ("x", "")]),
    }


def test_what_is_told_before_the_opening_is_new_with_it(judge: Judge) -> None:
    late = opening(enterprise=IN_SCOPE, recorded="2020-08-10")
    ledger = parse([late, centre("p", "2020-06-05", "2020-06-05")])
    found = [new_in(sheet(ledger, judge, Month(2020, number))) for number in (6, 7, 8, 9)]
    assert found == [[], [], [("s", "late"), ("p", "")], []]


def test_an_enterprise_whose_opening_is_withdrawn_is_gone(judge: Judge) -> None:
    strike = event("w", "withdrawn", None, withdraws="s", recorded="2020-07-10")
    ledger = parse([opening(), patent("p"), strike])
    june, july = (sheet(ledger, judge, Month(2020, number)) for number in (6, 7))
    assert [row.enterprise.uscc for row in june.rows] == [USCC]
    assert (july.rows, [(one.enterprise.uscc, one.events) for one in july.gone]) == ((), [(USCC, ("w",))])
    assert add_up(add_up({}, june), july) == {}
    assert [(noted.entry.id, noted.mark) for noted in july.gone[0].noted] == [("w", "withdrawal")]
    (gone,) = to_json(july)["gone"]
    assert (gone["name"], gone["by"], [one["id"] for one in gone["events"]]) == ("甲", ["w"], ["w"])
    page = [line.strip() for line in SheetPage(judge.pack, "en").lines(july)]
    assert [page[page.index(line) + 1] for line in page if line.startswith(("changes", "events"))] == [
        "· 甲: gone (w)",
        "withdrawal w (of s), 甲, effective 2020-06-01, recorded 2020-07-10",
    ]
    assert [line.split()[-1] for line in page if line.startswith(("changes", "events"))] == ["1", "1"]


def test_an_enterprise_that_opens_later_after_all_is_gone_until_then(judge: Judge) -> None:
    """And the correction that moved its opening is named, not what else was struck out."""
    later = opening("t", "2020-08-05", replaces="s", recorded="2020-07-10")
    ledger = parse([opening(), patent("p"), strike("w", "p", "2020-07-09"), later])
    june, july, august = (sheet(ledger, judge, Month(2020, number)) for number in (6, 7, 8))
    assert (july.rows, [(one.enterprise.uscc, one.events) for one in july.gone]) == ((), [(USCC, ("t",))])
    assert (len(june.rows), len(august.rows), august.gone) == (1, 1, ())
    assert new_in(august) == [("t", "correction")]


def test_the_example_month_by_month(county: Ledger, changzhi: Judge) -> None:
    found = {
        str(one.month): one
        for one in (sheet(county, changzhi, month) for month in months(county.first, county.last))
    }
    totals = {name: tuple(count(one.rows)) for name, one in found.items()}
    assert totals == {  # enterprises, in scope, covered, not covered, undetermined, crossed off, reversed
        "2020-06": (40, 40, 16, 21, 3, 0, 0),
        "2020-07": (40, 40, 20, 18, 2, 4, 0),
        "2020-08": (40, 39, 23, 14, 2, 3, 0),
        "2020-09": (40, 39, 27, 12, 0, 4, 0),
        "2020-10": (40, 39, 28, 11, 0, 2, 1),
        "2020-11": (40, 39, 29, 10, 0, 3, 2),
        "2020-12": (40, 39, 29, 10, 0, 0, 0),
    }
    marks = {
        name: sorted((noted.mark, noted.entry.id) for row in one.rows for noted in row.noted if noted.mark)
        for name, one in found.items()
    }
    assert {name: those for name, those in marks.items() if those} == {
        "2020-09": [("correction", "334-04"), ("late", "331-03"), ("late", "332-03")],
        "2020-10": [("withdrawal", "333-04")],
    }
    (back,) = [row for row in found["2020-10"].rows if row.turn is not None and row.turn.reversed]
    assert back.turn is not None
    assert back.turn.events == ("333-04",)


def test_the_example_is_fresh_and_covers_a_year() -> None:
    assert maker.text() == EXAMPLE.read_bytes()
    assert sum(story.enterprises for story in maker.STORIES) == 40


# ------------------------------------------------------------------------------------------- the command line


@pytest.fixture
def packs(changzhi: Judge, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line finds the packs that are loaded already."""
    held = {"changzhi": changzhi.pack, str(judge.pack.path): judge.pack}
    monkeypatch.setattr("innovation_rules.packs.load_pack", held.__getitem__)


def run(*words: str, status: int = 0) -> str:
    found = CliRunner().invoke(main, ["ledger", *words, "--engine", "compiled"])
    assert found.exit_code == status, found.output
    return found.output


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.usefixtures("packs")
def test_a_month_on_80_columns(lang: str) -> None:
    text = run("month", "changzhi", str(EXAMPLE), "--month", "2020-09", "--lang", lang)
    assert max(width(line) for line in text.splitlines()) <= 80
    wanted = (
        ("【销号】", "补记 331-03", "五(一)2", "能源工业领域")
        if lang == "zh"
        else ("[crossed off]", "late", "energy")
    )
    assert all(word in text for word in wanted)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.usefixtures("packs")
def test_a_replay_on_80_columns(lang: str) -> None:
    text = run("replay", "changzhi", str(EXAMPLE), "--only", maker_code(333), "--full", "--lang", lang)
    assert max(width(line) for line in text.splitlines()) <= 80
    assert "333-04" in text


def maker_code(number: int) -> str:
    return maker.credit_code(maker.COUNTY.code, number)


@pytest.mark.usefixtures("packs")
def test_a_marked_event_is_shown_with_its_enterprise(county: Ledger) -> None:
    names = {number: county.histories[maker_code(number)].name for number in (331, 333)}
    for month, wanted in (
        ("2020-09", f"补记 331-03，{names[331]} 活动，2020-07-06 生效"),
        ("2020-10", f"撤销 333-04（原 333-03），{names[333]}，2020-08-03 生效"),
    ):
        text = run("month", "changzhi", str(EXAMPLE), "--month", month, "--lang", "zh")
        assert wanted in "".join(line.removeprefix("    ") for line in text.splitlines())


@pytest.mark.usefixtures("packs")
def test_a_sheet_that_is_not_closed_yet_says_so() -> None:
    asked = "month", "changzhi", str(EXAMPLE), "--lang", "en", "--month"
    found = {month: " ".join(run(*asked, month).split()) for month in ("2020-10", "2020-11", "2020-12")}
    told = "this sheet may still change: the last record is of 2020-12-04"
    assert {month: told in text for month, text in found.items()} == {
        "2020-10": False, "2020-11": False, "2020-12": True,
    }  # fmt: skip


@pytest.mark.usefixtures("packs")
def test_a_month_as_data_and_as_a_spreadsheet(tmp_path: Path) -> None:
    words = "month", "changzhi", str(EXAMPLE), "--month", "2020-09", "--by", "推进工作组(按主管部门)"
    data = json.loads(run(*words, "--format", "json"))
    assert (data["month"], data["closing"], data["engine"]) == ("2020-09", "2020-10-03", "compiled")
    assert set(data["groups"]) == {"working_group_by_department"}
    assert sum(one["covered"] for one in data["counties"].values()) == data["total"]["covered"] == 27
    out = tmp_path / "sheet.csv"
    run(*words, "--format", "csv", "--out", str(out))
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert len(rows) == 40
    assert sum(row["本月变化"] == "销号" for row in rows) == 4
    assert {row["统一社会信用代码"] for row in rows} == {one["uscc"] for one in data["enterprises"]}


@pytest.mark.usefixtures("packs")
def test_a_replay_as_data() -> None:
    (line,) = run(
        "replay", "changzhi", str(EXAMPLE), "--only", maker_code(334), "--format", "json"
    ).splitlines()
    data = json.loads(line)
    assert data["final"]["coverages.technology_innovation"] == "covered"
    assert [one["events"] for one in data["reversals"]] == [["334-04"]]
    early = json.loads(
        run("replay", "changzhi", str(EXAMPLE), "--only", maker_code(334), "--format", "json",
            "--known", "2020-08-31", "--until", "2020-08-31").splitlines()[0]
    )  # fmt: skip
    assert early["moments"][0]["day"] == "2020-07-20"


@pytest.mark.usefixtures("packs")
def test_misuse_names_the_way_out(tmp_path: Path) -> None:
    month = "month", "changzhi", str(EXAMPLE)
    assert run(*month, "--month", "2020-9", status=2)
    assert run(*month, "--month", "2020-05", status=1)
    assert run(*month, "--month", "2020-09", "--by", "working_grup", status=2)
    assert run("replay", "changzhi", str(EXAMPLE), "--only", "没有这家", status=2)
    assert run("replay", "changzhi", str(tmp_path / "absent.jsonl"), status=2)


@pytest.mark.usefixtures("packs")
def test_names_that_the_pack_does_not_know_are_refused_with_their_lines(tmp_path: Path, judge: Judge) -> None:
    """All of them at once, also in what was struck out or changed later; the kind of an item once only."""
    path = tmp_path / "ledger.jsonl"
    events = (
        opening(enterprise={**IN_SCOPE, "qualifications": [], "inputs": {"abel": True}}),
        patent("p", activity={**PATENT, "kind": "no_such_kind"}),
        strike("w", "p", "2020-06-07"),
        event("q", "qualification", "2020-06-08", qualification={"kind": "no_such_thing"}),
        event("r", "report", "2020-06-09", year=2020, report={"inputs": {"nothing": 1}}),
        event("c", "changed", "2020-06-10", of="p", to={"inputs": {"naught": 1}}),
        event("u", "stated", "2020-06-11", enterprise={"inputs": {"able": True}}),
    )
    path.write_text("".join(json.dumps(one) + "\n" for one in events), "utf-8")
    with pytest.raises(DataError) as caught:
        fits(read(path), judge.pack)
    assert [
        (one.place.line, one.fields["subject"], one.fields["field"], one.code.removeprefix("data-unknown-"))
        for one in caught.value.diagnostics
        if one.place
    ] == [
        (1, "s", "enterprise.inputs.abel", "input"),
        (2, "p", "activity.kind", "kind"),
        (4, "q", "qualification.kind", "qualification"),
        (5, "r", "report.inputs.nothing", "input"),
        (6, "c", "to.inputs.naught", "input"),
    ]
    assert "record 2, p: activity.kind: " in caught.value.diagnostics[1].message("en")
    for words in (("replay",), ("month", "--month", "2020-06")):
        asked = words[0], str(judge.pack.path), str(path), *words[1:]
        assert run(*asked, "--lang", "en", status=1).count("error[") == 5
        assert run(*asked, "--allow-unknown")


@pytest.mark.usefixtures("packs")
def test_without_durable_rules_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"engine": "rete", "extra": "rete", "reason": "no such module"}
    missing = EngineError([Diagnostic("engine-absent", None, fields)])
    monkeypatch.setattr("innovation_rules.engines.absent", lambda name: missing)
    for words in (("month", "--month", "2020-07"), ("replay", "--only", maker_code(301))):
        found = CliRunner().invoke(
            main, ["ledger", words[0], "changzhi", str(EXAMPLE), *words[1:], "--lang", "en"]
        )
        assert found.exit_code == 0, found.output
        assert "second engine: not run; replayed by compiled" in " ".join(found.stdout.split())
        assert "the engine `rete` isn't installed (no such module)" in found.stderr


def test_a_cell_is_no_formula(changzhi: Judge) -> None:
    from innovation_rules.ledger.months import write_csv

    record = opening(enterprise={"name": "=1+1", "activities": [], "qualifications": []})
    stream = io.StringIO()
    write_csv(sheet(parse([record]), changzhi, Month(2020, 6)), stream, {}, {})
    assert ",'=1+1," in stream.getvalue()
    assert isinstance(changzhi.pack, Pack)
