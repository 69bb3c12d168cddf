"""What the worked cases of a pack reach: its rules' outcomes, each test both ways, each row of a table, by clause.

The pytest plugin notes each case and prints it with `--rule-coverage`; `coverage` says what there is to reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from innovation_rules.audit.coverage import Kind, Obligation, Obligations, located
from innovation_rules.errors import Lang, Place
from innovation_rules.pack import cases
from innovation_rules.pack.cases import CaseResult, Goal
from innovation_rules.pack.cases_zh import goal_in_chinese
from innovation_rules.packs import Pack
from innovation_rules.program import Program

KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "true": ("从未成立", "never true"),
    "false": ("从未不成立", "never false"),
    "row": ("没有取到这一行", "row never taken"),
}
"""What is asked of worked cases: each test both ways, each row. Boundaries and independence are generated cases' work."""


class Open(NamedTuple):
    """Something that no case reached."""

    clause: str
    what_zh: str
    what_en: str
    place: Place | None

    def line(self, lang: Lang) -> str:
        where = "" if self.place is None else f"  {self.place.file}:{self.place.line}"
        return f"{self.what_zh if lang == 'zh' else self.what_en}{where}"


class Reach:
    """What cases have reached of one pack."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.results: list[CaseResult] = []

    def note(self, result: CaseResult) -> None:
        """One worked case that was run."""
        self.results.append(result)

    # -------------------------------------------------------------------------------- how much

    @property
    def percent(self) -> float:
        """How much of all there is to reach was, from 0 to 100."""
        total, open_ = self._counts()
        return 100.0 * (total - open_) / total if total else 100.0

    def _counts(self) -> tuple[int, int]:
        goals, (every, met) = cases.goals(self.pack.linked), self._tests()
        left = len(cases.unreached(self.pack.linked, self.results))
        return len(goals) + len(every), left + len(every) - len(every & met)

    def _tests(self) -> tuple[set[Obligation], set[Obligation]]:
        """What there is to reach of tests and rows, and what was, under the law that most cases are judged by."""
        programs: dict[int, tuple[Program, list[CaseResult]]] = {}
        for one in self.results:
            if one.decision is not None:
                program = one.decision.program
                programs.setdefault(id(program), (program, []))[1].append(one)
        if not programs:
            return set(), set()
        main = max(programs.values(), key=lambda pair: len(pair[1]))[0]
        met: set[Obligation] = set()
        for program, results in programs.values():
            if _shape(program) == _shape(main):
                met |= _met(program, results)
        self.main = main
        return {one for one in Obligations(main).all if one.kind in KINDS}, met

    # -------------------------------------------------------------------------------- what is left

    def open(self) -> dict[str, list[Open]]:
        """What no case reached, by clause."""
        found: dict[str, list[Open]] = {}
        for goal in cases.unreached(self.pack.linked, self.results):
            one = self._goal(goal)
            found.setdefault(one.clause, []).append(one)
        every, met = self._tests()
        for obligation in sorted(every - met, key=lambda one: (one.spot.node, one.spot.inner or 0, one.kind)):
            one = self._test(obligation)
            found.setdefault(one.clause, []).append(one)
        return found

    def _goal(self, goal: Goal) -> Open:
        section, id, status = goal
        entry = self.pack.linked.find(section, id) if section in self.pack.linked.tables else None
        clause = "、".join(entry.item.source) if entry else ""
        zh = "{}.{}  {}".format(*goal_in_chinese(section, id, status, self.pack.linked))
        return Open(clause, zh, f"{section}.{id}  {status}", entry.place if entry else None)

    def _test(self, obligation: Obligation) -> Open:
        found = located(self.main, obligation)
        zh, en = KINDS[obligation.kind]
        return Open(found.clause, f"{found.path}  {zh}", f"{found.path}  {en}", found.place)

    def lines(self, lang: Lang, full: bool) -> Iterator[str]:
        """The report: how much, and with `full` all that is left, by clause."""
        total, open_ = self._counts()
        reached = total - open_
        if lang == "zh":
            yield f"{self.pack.id}：{len(self.results)} 个算例走到 {reached}/{total}（{self.percent:.1f}%）"
        else:
            yield f"{self.pack.id}: {len(self.results)} cases reach {reached} of {total} ({self.percent:.1f} %)"
        for clause, items in self.open().items() if full else ():
            yield f"  {clause or '—'}"
            yield from (f"    {one.line(lang)}" for one in items)


def _shape(program: Program) -> tuple[type, ...]:
    """Programs of one pack for two dates are built alike unless what they read differs."""
    return tuple(map(type, program.nodes))


def _met(program: Program, results: list[CaseResult]) -> set[Obligation]:
    obligations = Obligations(program)
    for one in results:
        if one.decision is not None:
            obligations.note(one.decision.results, one.decision.case)
    return set(obligations.met)
