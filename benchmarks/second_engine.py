"""The second engine, durable_rules, beside our other engines and two forward-chaining peers, in one run.

First every contender must say the same as the plain function on 300 records; then microseconds a decision and the
memory of a whole process, on the neutral workload, and how both grow from 10 to 1,000 rules. A peer that is absent is
said. Run by `make bench`. With --check nothing is timed.
"""

import collections
import collections.abc
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import ours
import workload
from peers import Contender
from timing import best_per_call, table
from workload import Outcome, Record

RECORDS = 300
SIZES = (10, 100, 1000)
ENGINES = ("compiled", "interpreter", "rete")
FLAGS = ("in_scope", "rd_active", "intensive", "staffed", "capable", "covered", "subsidy", "new_products")

# ------------------------------------------------------------------------------------------------ CLIPS

CLIPS_RULES = """
(defrule in_scope
  (firm (in_directory TRUE) (industry ?i) (main_business_revenue ?r&:(>= ?r 20000)))
  (test (member$ (sub-string 1 2 ?i) (create$ "06" "13" "26" "35"))) => (assert (in_scope)))
(defrule rd_active (firm (rd_expenditure ?s&:(> ?s 0))) => (assert (rd_active)))
(defrule intensive
  (firm (main_business_revenue ?r&:(> ?r 0)) (rd_expenditure ?s&:(>= (* ?s 1000) (* ?r 25)))) => (assert (intensive)))
(defrule staffed (firm (employees ?e&:(> ?e 0)) (rd_personnel ?p&:(>= (* ?p 10) ?e))) => (assert (staffed)))
(defrule size (firm (employees ?e) (operating_revenue ?r)) =>
  (assert (size (if (and (>= ?e 1000) (>= ?r 400000)) then large else
    (if (and (>= ?e 300) (>= ?r 20000)) then medium else
    (if (and (>= ?e 20) (>= ?r 3000)) then small else micro))))))
(defrule capable
  (firm (rd_institution ?a) (high_tech ?b) (patents ?c) (standards ?d) (partner ?f))
  (test (>= (+ (if ?a then 1 else 0) (if ?b then 1 else 0) (if (>= ?c 3) then 1 else 0)
    (if (>= ?d 1) then 1 else 0) (if ?f then 1 else 0)) 2)) => (assert (capable)))
(defrule covered (in_scope) (or (rd_active) (firm (high_tech TRUE) (rd_institution TRUE))) => (assert (covered)))
(defrule subsidy
  (firm (restricted FALSE) (total_assets ?t&:(<= ?t 1000000))) (intensive) (capable) (size medium|small)
  => (assert (subsidy)))
(defrule new_products
  (firm (operating_revenue ?o&:(> ?o 0)) (new_product_revenue ?n&:(>= (* ?n 5) ?o))) => (assert (new_products)))
(defrule new_products_by_patents (firm (patents ?p&:(>= ?p 5))) (rd_active) => (assert (new_products)))
(defrule points (firm (main_business_revenue ?r) (rd_expenditure ?s)) =>
  (assert (points (if (<= ?r 0) then 0 else (if (>= (* ?s 100) (* ?r 6)) then 50 else
    (if (>= (* ?s 100) (* ?r 5)) then 40 else (if (>= (* ?s 100) (* ?r 4)) then 30 else 0)))))))
"""
CLIPS_RULE = """
(defrule rule_{n} (firm (revenue ?r&:(>= ?r {revenue})) (employees ?e) (spent ?s))
  (test (or (>= ?e {employees}) (> ?s {spent}))) => (assert (said {n})))
"""


_KEPT: list[Any] = []
"""Environments live as long as the process: CLIPS complains of what Python still holds when one is taken down."""


def clips_environment(slots: tuple[str, ...], rules: list[str]) -> Any:
    import clips

    environment = clips.Environment()
    _KEPT.append(environment)
    environment.build(f"(deftemplate firm {' '.join(f'(slot {name})' for name in slots)})")
    for rule in rules:
        environment.build(rule)
    return environment


def clips_run(environment: Any) -> Callable[[Record], list[Any]]:
    """Every fact that holds after one record, as a list."""
    template = environment.find_template("firm")

    def run(record: Record) -> list[Any]:
        environment.reset()
        template.assert_fact(**record)
        environment.run()
        return [(one.template.name, *map(str, one)) for one in environment.facts() if one.template.implied]

    return run


def clips_read(said: list[Any]) -> Outcome:
    found = {name: values for name, *values in said}
    return _outcome(set(found), found["size"][0], int(found["points"][0]))


def clips_neutral() -> Contender:
    rules = ["(defrule" + one for one in CLIPS_RULES.split("(defrule")[1:]]
    return Contender("clipspy", "", clips_run(clips_environment(tuple(workload.FACTS), rules)), clips_read)


def clips_grown(rules: list["Grown"]) -> Callable[[Record], frozenset[int]]:
    run = clips_run(
        clips_environment(
            ("revenue", "employees", "spent"), [CLIPS_RULE.format(**one._asdict()) for one in rules]
        )
    )
    return lambda record: frozenset(int(values[0]) for _, *values in run(record))


# ------------------------------------------------------------------------------------------------ experta


def experta() -> Any:
    """The library; its frozendict looks for names that left `collections` with Python 3.10, so they are lent."""
    for name in ("Mapping", "MutableMapping", "Sequence", "Iterable", "Hashable"):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    import experta

    return experta


def experta_neutral() -> Contender:
    e = experta()
    match, p, rule, test = e.MATCH, e.P, e.Rule, e.TEST

    class Firm(e.Fact):  # type: ignore[misc,name-defined]
        pass

    class Said(e.Fact):  # type: ignore[misc,name-defined]
        pass

    def says(name: str) -> Callable[[Any], None]:
        return lambda self: self.declare(Said(name)) and None

    def size(self: Any, e: int, r: int) -> None:
        tiers = ((1000, 400_000, "large"), (300, 20_000, "medium"), (20, 3_000, "small"))
        self.declare(Said("size", next((name for n, m, name in tiers if e >= n and r >= m), "micro")))

    def points(self: Any, r: int, s: int) -> None:
        given = next((n for n, m in ((50, 6), (40, 5), (30, 4)) if s * 100 >= r * m), 0)
        self.declare(Said("points", 0 if r <= 0 else given))

    inside = p(lambda code: code.startswith(("06", "13", "26", "35")))
    rules = {
        "in_scope": [
            Firm(in_directory=True, industry=inside, main_business_revenue=p(lambda r: r >= 20_000))
        ],
        "rd_active": [Firm(rd_expenditure=p(lambda s: s > 0))],
        "intensive": [
            Firm(main_business_revenue=match.r, rd_expenditure=match.s),
            test(lambda r, s: r > 0 and s * 1000 >= r * 25),
        ],
        "staffed": [
            Firm(employees=match.n, rd_personnel=match.m),
            test(lambda n, m: n > 0 and m * 10 >= n),
        ],
        "capable": [
            Firm(
                rd_institution=match.a, high_tech=match.b, patents=match.c, standards=match.d, partner=match.f
            ),
            test(lambda a, b, c, d, f: a + b + (c >= 3) + (d >= 1) + f >= 2),
        ],
        "covered": [
            Said("in_scope"),
            e.OR(Said("rd_active"), Firm(high_tech=True, rd_institution=True)),
        ],
        "subsidy": [
            Firm(restricted=False, total_assets=p(lambda t: t <= 1_000_000)),
            Said("intensive"),
            Said("capable"),
            Said("size", p(lambda size: size in ("medium", "small"))),
        ],
        "new_products": [
            Firm(operating_revenue=match.o, new_product_revenue=match.n),
            test(lambda o, n: o > 0 and n * 5 >= o),
        ],
        "new_products_by_patents": [Firm(patents=p(lambda n: n >= 5)), Said("rd_active")],
    }
    body: dict[str, Any] = {
        name: rule(*when)(says(name.removesuffix("_by_patents"))) for name, when in rules.items()
    }
    body["size"] = rule(Firm(employees=match.e, operating_revenue=match.r))(size)
    body["points"] = rule(Firm(main_business_revenue=match.r, rd_expenditure=match.s))(points)
    engine = type("Neutral", (e.KnowledgeEngine,), body)()

    def run(record: Record) -> list[Any]:
        engine.reset()
        engine.declare(Firm(**record))
        engine.run()
        return [one for one in engine.facts.values() if isinstance(one, Said)]

    def read(said: list[Any]) -> Outcome:
        found = {one[0]: one.get(1) for one in said}
        return _outcome(set(found), found["size"], found["points"])

    return Contender("experta", "", run, read)


def experta_grown(rules: list["Grown"]) -> Callable[[Record], frozenset[int]]:
    e = experta()

    class Firm(e.Fact):  # type: ignore[misc,name-defined]
        pass

    said: list[int] = []

    def made(one: Grown) -> Any:
        when = Firm(revenue=e.P(lambda r: r >= one.revenue), employees=e.MATCH.e, spent=e.MATCH.s)
        test = e.TEST(lambda e, s: e >= one.employees or s > one.spent)
        return e.Rule(when, test)(lambda self, e, s: said.append(one.n))

    engine = type("Grown", (e.KnowledgeEngine,), {f"rule_{one.n}": made(one) for one in rules})()

    def run(record: Record) -> frozenset[int]:
        said.clear()
        engine.reset()
        engine.declare(Firm(**record))
        engine.run()
        return frozenset(said)

    return run


def _outcome(found: set[str], size: str, points: int) -> Outcome:
    return Outcome(size=size, points=points, **{name: name in found for name in FLAGS})


# ------------------------------------------------------------------------------------------------ the neutral workload


def contenders() -> Iterator[Contender]:
    """Plain Python, our engines, and every peer that is installed."""
    yield Contender("plain Python", "", workload.plain, lambda outcome: Outcome(*outcome))
    for name, one in ours.by_engine(ENGINES):
        yield one._replace(name=f"ours, {name}")
    for bring in (clips_neutral, experta_neutral):
        try:
            yield bring()
        except ImportError as error:
            print(f"absent: {error.name}")


# ------------------------------------------------------------------------------------------------ growing


class Grown(NamedTuple):
    """One rule of the growing workload: enough revenue, and either enough employees or more than so much spent."""

    n: int
    revenue: int
    employees: int
    spent: int


def grown(size: int) -> list[Grown]:
    return [Grown(n, 1000 + 997 * n % 5000, 20 + 31 * n % 700, 1 + 13 * n % 400) for n in range(1, size + 1)]


def grown_records(count: int) -> list[Record]:
    dice = random.Random(workload.SEED)
    return [
        {"revenue": dice.randint(0, 7000), "employees": dice.randint(0, 800), "spent": dice.randint(0, 500)}
        for _ in range(count)
    ]


def grown_contenders(
    size: int, only: str = ""
) -> Iterator[tuple[str, Callable[[Any], frozenset[int]], Callable[[Record], Any]]]:
    """Each by name, or one alone: what is timed, and what it is given for a record."""
    rules = grown(size)
    mine = [engine for engine in ENGINES if only in ("", f"ours, {engine}")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grown.yaml"
        path.write_text(ours.grown_text(rules), encoding="utf-8")
        for name, run in ours.grown_by_engine(path, mine) if mine else ():
            yield f"ours, {name}", run, ours.grown_enterprise
    for name, make in (("clipspy", clips_grown), ("experta", experta_grown)):
        if only in ("", name):
            with suppress(ImportError):
                yield name, make(rules), dict


# ------------------------------------------------------------------------------------------------ memory


def megabytes(name: str, size: int) -> float:
    """What a fresh process holds, with its child where it has one, after deciding with one contender."""
    command = [sys.executable, __file__, "--memory", name, str(size)]
    said = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    return next(float(line.split()[1]) for line in said.splitlines() if line.startswith("resident "))


def held(name: str, size: int) -> float:
    """Megabytes of this process and its children after 50 decisions."""
    found = list(grown_contenders(size, name))
    for _, run, given in found:
        for record in grown_records(50):
            run(given(record))
    return sum(_resident(one) for one in (os.getpid(), *_children())) / 1024


def _children() -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                yield int(stat.parent.name)


def _resident(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


# ------------------------------------------------------------------------------------------------ the run


def versions() -> str:
    found = []
    for name in ("durable_rules", "clipspy", "experta"):
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return ", ".join(found) or "no peer is installed"


def check(found: list[Contender], records: list[Record]) -> str:
    """The first disagreement with the plain function; empty where there is none."""
    for one in found:
        for record in records:
            expected, said = workload.plain(record), one.read(one.run(one.given(record)))
            if said != expected:
                return f"{one.name}: {record}\n  expected {expected}\n  said     {said}"
    return ""


def check_grown(size: int, records: list[Record]) -> str:
    """The same on the growing workload."""
    rules = grown(size)
    for name, run, given in grown_contenders(size):
        for record in records:
            expected = frozenset(
                one.n
                for one in rules
                if record["revenue"] >= one.revenue
                and (record["employees"] >= one.employees or record["spent"] > one.spent)
            )
            if run(given(record)) != expected:
                return f"{name}: {record}"
    return ""


def main() -> int:
    if "--memory" in sys.argv:
        print("resident", held(sys.argv[2], int(sys.argv[3])))
        return 0
    records = list(workload.records(RECORDS))
    found = list(contenders())
    wrong = check(found, records) or check_grown(10, grown_records(100))
    if wrong:
        print(f"they differ:\n{wrong}")
        return 1
    print(f"{len(found)} contenders agree on {len(records)} records; {versions()}")
    if "--check" in sys.argv:
        return 0
    best = best_per_call({one.name: (one.run, [one.given(r) for r in records]) for one in found}, rounds=9)
    table("One decision, 15 facts, 10 rules", best, "µs", "ours, interpreter")
    for size in SIZES:
        timed = {
            name: (run, [given(one) for one in grown_records(10)])
            for name, run, given in grown_contenders(size)
        }
        best = best_per_call(timed, rounds=3, seconds=0.1)
        table(f"{size:,} rules, 3 facts", best, "µs", "ours, interpreter")
        if Path("/proc/self/statm").exists():
            memory = {name: megabytes(name, size) for name in timed}
            table(f"{size:,} rules, the whole process", memory, "MB", "ours, interpreter")
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # see _KEPT
