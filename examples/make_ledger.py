"""Write the example ledger of events: a county's year 2020, forty invented enterprises and what happened to them.

    python examples/make_ledger.py            writes the file beside this one
    python examples/make_ledger.py --check    fails when it is not what would be written

Nothing here is a real enterprise: names begin with (虚构), organisation codes with XF. Read `STORIES` first: it says
how many enterprises there are of each kind and what each of them is to show. Every ledger opens with a survey on
1 June; what an enterprise spent on research by then is a report of the year, as far as the year had gone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from examples.make_examples import BRANDS, DISTRICTS, INDUSTRIES, Dice, credit_code

HERE = Path(__file__).resolve().parent
FILE = "ledger-2020.events.jsonl"
SEED = 20200601
COUNTY = next(one for one in DISTRICTS if one.short == "襄垣")
OPENED = "2020-06-01"
FIRST_NUMBER = 301
"""Numbers of credit codes that no other example uses."""
Record = dict[str, Any]


@dataclass
class Book:
    """The events of one enterprise while they are being invented."""

    dice: Dice
    number: int
    industry: str
    employees: int
    events: list[Record] = field(default_factory=list)

    @property
    def uscc(self) -> str:
        return credit_code(COUNTY.code, self.number)

    @property
    def name(self) -> str:
        brand, trade = BRANDS[2 * (self.number - FIRST_NUMBER)], INDUSTRIES[self.industry].trade[0]
        return f"(虚构){COUNTY.short}{brand[::-1]}{trade}有限公司"

    def event(self, kind: str, effective: str | None, recorded: str, **more: Any) -> str:
        """Record an event; its id is made of the enterprise's number and its place."""
        id = f"{self.number}-{len(self.events) + 1:02}"
        record: Record = {"id": id, "uscc": self.uscc, "event": kind}
        if effective is not None:
            record["effective"] = effective
        self.events.append({**record, "recorded": recorded, **more, "recorded_by": "襄垣县推进工作组"})
        return id

    def opened(self, listed: bool | None = True, surveyed: Sequence[str] | None = None, **more: Any) -> None:
        """The survey: who the enterprise is, and that nothing else was found."""
        enterprise: Record = {
            "name": self.name,
            "region": COUNTY.code,
            "industry": self.industry,
            "ownership": self.dice.one(("private", "private", "private", "state")),
            "established": self.dice.day(date(1998, 1, 1), date(2016, 12, 31)),
            "activities": [],
            "qualifications": [],
            **more,
        }
        if listed is not None:
            enterprise["in_directory"] = {"2020": listed}
        if surveyed is not None:
            enterprise["unsurveyed"] = list(surveyed)
        self.event("surveyed", OPENED, OPENED, enterprise=enterprise)

    def reported(self, rd: int | None, effective: str = OPENED, recorded: str = OPENED) -> str:
        """The year's figures so far, research in 千元."""
        revenue = self.employees * INDUSTRIES[self.industry].each // 10
        report: Record = {
            "employees": self.employees,
            "main_business_revenue": f"{revenue}万元",
            "operating_revenue": f"{revenue * 102 // 100}万元",
        }
        if rd is not None:
            report["rd_expenditure"] = f"{rd}千元"
            report["rd_personnel"] = self.employees * 4 // 100 if rd else 0
        return self.event("report", effective, recorded, year=2020, report=report)

    def did(self, category: str, kind: str, day: str, recorded: str, **more: Any) -> str:
        """An activity that began on a day."""
        activity = {"category": category, "kind": kind, "started": day, **more}
        return self.event("activity", max(day, OPENED), recorded, activity=activity)


# ------------------------------------------------------------------------------------------ stories


def always(book: Book) -> None:
    """Active when it was surveyed: covered from the first day."""
    book.opened()
    book.reported(book.dice.whole(300, 4000))
    book.did("project", "technology_rd", "2019-09-10", OPENED, status="under_way", amount="260万元")


def crossed_off(book: Book) -> None:
    """Nothing at the survey, an activity later: 未覆盖 → 已覆盖, on the day it began."""
    book.opened()
    book.reported(0)
    day = book.dice.day(date(2020, 6, 5), date(2020, 11, 28))
    category, kind, more = book.dice.one(FIRSTS)
    book.did(category, kind, day, _soon(book, day, 3), **more)


def never(book: Book) -> None:
    """Nothing all year."""
    book.opened()
    book.reported(0)


def open_question(book: Book) -> None:
    """What it spends on research nobody could say until September: undetermined, then not covered."""
    book.opened()
    book.reported(None)
    book.reported(0, "2020-09-10", "2020-09-11")


def found_late(book: Book) -> None:
    """An activity of July that was recorded in September: July's sheet stays, September's has it as late."""
    book.opened()
    book.reported(0)
    book.did(
        "talent", "master_craftsman", "2020-07-06", "2020-09-15", level="provincial", status="recognised"
    )


def struck_out(book: Book) -> None:
    """A platform that turned out to be another enterprise's: withdrawn in October, the reversal is in that sheet."""
    book.opened()
    book.reported(0)
    id = book.did("platform", "studio", "2020-08-03", "2020-08-10", status="under_way")
    book.event("withdrawn", None, "2020-10-12", withdraws=id, note="查实为同一集团另一企业的工作室")


def corrected(book: Book) -> None:
    """An application recorded a month too early, corrected in September."""
    book.opened()
    book.reported(0)
    id = book.did("project", "patent", "2020-07-20", "2020-07-22", quantity=2, status="applied")
    activity = {"category": "project", "kind": "patent", "started": "2020-08-20", "quantity": 2}
    book.event(
        "activity",
        "2020-08-20",
        "2020-09-08",
        replaces=id,
        activity={**activity, "status": "applied"},
        note="受理通知书的日期为8月20日",
    )


def refused(book: Book) -> None:
    """Covered by an application alone, until it was refused."""
    book.opened()
    book.reported(0)
    id = book.did(
        "platform",
        "enterprise_technology_centre",
        "2020-06-18",
        "2020-06-20",
        level="municipal",
        status="applied",
    )
    book.event("changed", "2020-11-09", "2020-11-12", of=id, to={"status": "rejected"})


def expiring(book: Book) -> None:
    """A high-tech enterprise whose certificate expires in the year, and is renewed a month later."""
    book.opened()
    book.reported(book.dice.whole(2000, 9000))
    held = {"kind": "high_tech_enterprise", "status": "recognised"}
    book.event(
        "qualification",
        OPENED,
        OPENED,
        qualification={**held, "granted": "2017-11-09", "expires": "2020-11-08"},
    )
    book.event(
        "qualification",
        "2020-12-03",
        "2020-12-04",
        qualification={**held, "granted": "2020-12-03", "expires": "2023-12-02"},
    )


def dropped(book: Book) -> None:
    """Struck from the directory in August: out of scope from then on."""
    book.opened()
    book.reported(0)
    record: Record = {"in_directory": {"2020": False}}
    book.event("stated", "2020-08-17", "2020-08-18", enterprise=record, note="停产退库")


def asked_later(book: Book) -> None:
    """International work was not asked about until July; there was none."""
    book.opened(surveyed=("international",))
    book.reported(0)
    book.event("stated", "2020-07-15", "2020-07-15", enterprise={"unsurveyed": []})


FIRSTS: tuple[tuple[str, str, Record], ...] = (
    ("project", "university_industry_cooperation", {"status": "under_way", "amount": "80万元", "partners": ["某省属高校"]}),
    ("project", "patent", {"status": "applied", "quantity": 1}),
    ("project", "technical_renovation", {"status": "under_way", "amount": "1500万元"}),
    ("platform", "technology_development_department", {"status": "under_way"}),
    ("platform", "enterprise_technology_centre", {"level": "municipal", "status": "applied"}),
    ("talent", "jointly_trained_personnel", {"status": "under_way", "quantity": 4}),
    ("key_technology", "applied_technology", {"status": "under_way", "amount": "120万元"}),
    ("international", "with_expert", {"status": "under_way", "partners": ["某外籍专家"]}),
)  # fmt: skip
"""What an enterprise begins with."""


class Story(NamedTuple):
    """How many enterprises tell it."""

    tell: Callable[[Book], None]
    enterprises: int


STORIES = (
    Story(always, 9),
    Story(crossed_off, 15),
    Story(never, 4),
    Story(open_question, 2),
    Story(found_late, 2),
    Story(struck_out, 1),
    Story(corrected, 1),
    Story(refused, 2),
    Story(expiring, 2),
    Story(dropped, 1),
    Story(asked_later, 1),
)


def _soon(book: Book, day: str, most: int) -> str:
    """A day or some days later."""
    return date.fromordinal(date.fromisoformat(day).toordinal() + book.dice.whole(0, most)).isoformat()


# ------------------------------------------------------------------------------------------ the file


def books() -> Iterator[Book]:
    """Every enterprise with its events."""
    dice = Dice(SEED)
    number = FIRST_NUMBER
    for story in STORIES:
        for _ in range(story.enterprises):
            book = Book(dice, number, dice.one(COUNTY.industries), dice.whole(40, 900))
            story.tell(book)
            yield book
            number += 1


def events() -> list[Record]:
    """Every event, in the order in which they were recorded."""
    found = [event for book in books() for event in book.events]
    return sorted(found, key=lambda one: one["recorded"])


def text() -> bytes:
    """What the file should hold."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in events()).encode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or with --check say whether it is stale; 1 when it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is stale")
    path = HERE / FILE
    if not parser.parse_args(arguments).check:
        path.write_bytes(text())
        return 0
    if path.is_file() and path.read_bytes() == text():
        return 0
    print(f"examples/{FILE} is stale: run python examples/make_ledger.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
