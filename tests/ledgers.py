"""A pack in which everything depends on the calendar, and random ledgers of events, for the tests of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from stdnum.cn import uscc

from innovation_rules.audit import generator
from innovation_rules.errors import DataError
from innovation_rules.ledger.history import Ledger, parse
from innovation_rules.packs import Pack

FIRST, LAST = date(2019, 11, 1), date(2021, 6, 30)
USCC = "91350100M000100Y43"

CALENDAR = """\
pack: calendar
title: 日历
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-15, to: 2021-03-31}
periods: {plan: {from: 2020-05-21, to: 2020-12-31}}
qualification_kinds:
  high_tech: {label: 高新技术企业, source: 一}
activity_kinds:
  platform:
    centre: {label: 技术中心, lasts: state, source: 一}
  project:
    patent: {label: 专利, lasts: event, source: 一}
inputs:
  able: {of: enterprise, type: yes_no, label: 有条件, found_by: authority, source: 一}
  opened_on: {of: enterprise, type: date, label: 开放日, source: 一}
parameters:
  patents_needed: {label: 专利数下限, source: 一, values: {2019-01-01: 1件, 2020-08-01: 2件}}
facts:
  recent_patents: {label: 近两年专利, source: 一, count: {kind: patent, during: {last: 2年}}}
  age: {label: 年龄, source: 一, years_since: established}
classes:
  age_group:
    label: 年龄段
    source: 一
    rows:
      - {is: young, label: 新办, when: {age: {less_than: 5年}}}
      - {otherwise: old, label: 老企业}
coverages:
  innovative:
    label: 创新覆盖
    source: 一
    scope: {in_directory: true}
    covered_when: {any: [{has_activity: platform}, {recent_patents: {at_least: {parameter: patents_needed}}}]}
awards:
  high_tech_award:
    {label: 高企奖励, source: 二, kind: reward, granted_by: [市], eligible_when: {holds: {kind: high_tech}}}
  plan_award:
    label: 计划奖励
    source: 三
    kind: reward
    granted_by: [市]
    in_force: {from: 2020-06-10, to: 2020-11-20}
    eligible_when: {exists: {kind: centre, during: plan}}
  size_award:
    {label: 规模奖励, source: 五, kind: reward, granted_by: [市], eligible_when: {employees: {at_least: 100人}}}
  today_award:
    label: 在办奖励
    source: 四
    kind: reward
    granted_by: [市]
    eligible_when: {able: true, any: [{exists: {kind: centre, during: as_of}}, {opened_on: {within: {last: 1年}}}]}
"""


class LedgerMaker:
    """Cuts a random enterprise into events, and adds changes, corrections and withdrawals."""

    def __init__(self, pack: Pack, random: Random) -> None:
        self.pack, self.random = pack, random
        self.events: list[dict[str, Any]] = []
        self.code = ""

    def day(self, first: date = FIRST, last: date = LAST) -> date:
        return first + timedelta(self.random.randrange(max(30, (last - first).days + 1)))

    def ledger(self, enterprises: int = 1) -> list[dict[str, Any]]:
        """The events of some enterprises, in any order."""
        for number in range(enterprises):
            self.code = credit_code(number)
            self.enterprise()
        return self.random.sample(self.events, len(self.events))

    def enterprise(self) -> None:
        program = self.pack.program(2020)
        record = generator.enterprise(program, self.pack.head, self.random).model_dump(
            mode="json", exclude_unset=True
        )
        for key in ("uscc", "ongoing_as_of", "activities", "qualifications", "reports", "unsurveyed"):
            record.setdefault(key, None)
        activities, qualifications = record.pop("activities") or [], record.pop("qualifications") or []
        reports: Mapping[str, Any] = record.pop("reports") or {}
        unsurveyed = record.pop("unsurveyed") or []
        record.pop("uscc"), record.pop("ongoing_as_of")
        if "able" in (record.get("inputs") or {}) and self.random.random() < 0.7:
            found = {"value": record["inputs"]["able"], "found_on": self.day().isoformat()}
            record["inputs"] = {**record["inputs"], "able": found}
        opening = {**record, "activities": [], "qualifications": [], "unsurveyed": unsurveyed}
        self.add("surveyed", FIRST, enterprise=opening)
        for year, report in reports.items():
            if self.random.random() < 0.6:
                report["filed"] = self.day().isoformat()
            self.add("report", self.day(), year=int(year), report=report)
        for one in activities:
            self.item("activity", one)
        for one in qualifications:
            self.item("qualification", one)
        if self.random.random() < 0.5:
            self.add("stated", self.day(), enterprise={"in_directory": {"2020": self.random.random() < 0.5}})
        if unsurveyed and self.random.random() < 0.5:
            self.add("stated", self.day(), enterprise={"unsurveyed": []})

    def add(self, kind: str, effective: date | None, recorded: date | None = None, **more: Any) -> str:
        id = f"{self.code[-4:]}-{len(self.events):03}"
        since = recorded or max(FIRST, (effective or FIRST) + timedelta(self.random.randrange(-5, 60)))
        event = {"id": id, "uscc": self.code, "event": kind, "recorded": since.isoformat(), **more}
        self.events.append(event if effective is None else {**event, "effective": effective.isoformat()})
        return id

    def item(self, kind: str, item: dict[str, Any]) -> None:
        """An activity or qualification, and what becomes of it."""
        effective = self.day()
        id = self.add(kind, effective, **{kind: item})
        recorded = date.fromisoformat(self.events[-1]["recorded"])
        if self.random.random() < 0.3:
            status = self.random.choice(["rejected", "withdrawn", "recognised"])
            self.add("changed", self.day(effective), of=id, to={"status": status})
        chance = self.random.random()
        if chance < 0.2:
            self.add("withdrawn", None, self.day(recorded), withdraws=id)
        elif chance < 0.4:
            newer = self.add(kind, self.day(), self.day(recorded), replaces=id, **{kind: item})
            again = date.fromisoformat(self.events[-1]["recorded"])
            if self.random.random() < 0.3:
                self.add("withdrawn", None, self.day(again), withdraws=newer)


def credit_code(number: int) -> str:
    """A valid credit code."""
    code = f"91140400XF{number:06}X"
    return code + uscc.calc_check_digit(code)


def random_ledger(pack: Pack, random: Random, enterprises: int = 1) -> tuple[Ledger, list[dict[str, Any]]]:
    """A sound ledger, and its events as plain data; events that a random history can't have are left out."""
    events = LedgerMaker(pack, random).ledger(enterprises)
    while True:
        try:
            return parse(events), events
        except DataError as error:
            if not {one.code for one in error.diagnostics} <= MAY_BE:
                raise
            refused = {str(one.fields["subject"]) for one in error.diagnostics}
            events = [one for one in events if not refused & {one["id"], *about(one)}]


def about(event: Mapping[str, Any]) -> set[str]:
    """The events that an event speaks of."""
    return {event[key] for key in ("replaces", "withdraws", "of") if key in event}


MAY_BE = {
    "same-day-clash",
    "event-absent",
    "ended-before-started",
    "expired-before-granted",
    "qualification-status",
    "parts-exceed-whole",
    "parts-differ-from-whole",
}
"""What a random ledger may be refused for: chance put two things together that do not go together."""
