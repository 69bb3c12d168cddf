"""What the worked cases of a pack reach: its rules' outcomes, each test both ways, each row of a table, by clause.

The pytest plugin notes each case and prints it with `--rule-coverage`; `coverage` says what there is to reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from innovation_rules.audit.coverage import Kind, Obligation, Obligations, Spot, located
from innovation_rules.errors import Lang, Place
from innovation_rules.pack import cases
from innovation_rules.pack.cases import CaseResult, Goal
from innovation_rules.pack.cases_zh import goal_in_chinese
from innovation_rules.packs import Pack
from innovation_rules.program import Aggregate, ItemFact, Program, children
from innovation_rules.reasons import infos

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


class _Tests(NamedTuple):
    """What there is to reach of tests and rows, what of it was, and the program that they stand in."""

    every: set[Obligation]
    met: set[Obligation]
    program: Program | None


class Reach:
    """What cases have reached of one pack."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.results: list[CaseResult] = []
        self._kept: tuple[int, _Tests] | None = None

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
        goals, (every, met, _) = cases.goals(self.pack.linked), self._tests()
        left = len(cases.unreached(self.pack.linked, self.results))
        return len(goals) + len(every), left + len(every) - len(every & met)

    def _tests(self) -> _Tests:
        """What there is to reach of tests and rows, and what was, under the law that most cases are judged by."""
        if self._kept is None or self._kept[0] != len(self.results):
            self._kept = len(self.results), _tests(self.results)
        return self._kept[1]

    # -------------------------------------------------------------------------------- what is left

    def open(self) -> dict[str, list[Open]]:
        """What no case reached, by clause."""
        found: dict[str, list[Open]] = {}
        for goal in cases.unreached(self.pack.linked, self.results):
            one = self._goal(goal)
            found.setdefault(one.clause, []).append(one)
        every, met, program = self._tests()
        for obligation in sorted(every - met, key=lambda one: (one.spot.node, one.spot.inner or 0, one.kind)):
            assert program is not None
            one = _test(program, obligation)
            found.setdefault(one.clause, []).append(one)
        return found

    def _goal(self, goal: Goal) -> Open:
        section, id, status = goal
        entry = self.pack.linked.find(section, id) if section in self.pack.linked.tables else None
        clause = "、".join(entry.item.source) if entry else ""
        zh = "{}.{}  {}".format(*goal_in_chinese(section, id, status, self.pack.linked))
        return Open(clause, zh, f"{section}.{id}  {status}", entry.place if entry else None)

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


def _test(program: Program, obligation: Obligation) -> Open:
    found = located(program, obligation)
    zh, en = KINDS[obligation.kind]
    of_zh, of_en = _leaf(program, obligation.spot)
    return Open(found.clause, f"{found.path}{of_zh}  {zh}", f"{found.path}{of_en}  {en}", found.place)


def _impossible(program: Program, one: Obligation) -> bool:
    """Evidence is there or nobody has said: that there is none is never known."""
    return one.kind == "false" and _leaf(program, one.spot)[1] == " (evidenced)"


def _leaf(program: Program, spot: Spot) -> tuple[str, str]:
    """What a test looks at, in brackets, where it has a name."""
    node = program.nodes[spot.node]
    if spot.inner is None or not isinstance(node, Aggregate):
        reads = [infos(program)[one] for one in children(node)]
        named = [(one.zh, one.en or one.zh) for one in reads if one.zh]
    else:
        frame = program.frame
        columns = frame.activity_facts if node.over == "activities" else frame.qualification_facts
        parts = [node.body[one] for one in children(node.body[spot.inner])]
        named = [
            (columns[one.index].zh, columns[one.index].name) for one in parts if isinstance(one, ItemFact)
        ]
    return (f"（{named[0][0]}）", f" ({named[0][1]})") if named else ("", "")


def _tests(results: Sequence[CaseResult]) -> _Tests:
    programs: dict[int, tuple[Program, list[CaseResult]]] = {}
    for one in results:
        if one.decision is not None:
            program = one.decision.program
            programs.setdefault(id(program), (program, []))[1].append(one)
    if not programs:
        return _Tests(set(), set(), None)
    main = max(programs.values(), key=lambda pair: len(pair[1]))[0]
    alike = (pair for pair in programs.values() if _shape(pair[0]) == _shape(main))
    met = {obligation for program, found in alike for obligation in _met(program, found)}
    every = {one for one in Obligations(main).all if one.kind in KINDS and not _impossible(main, one)}
    return _Tests(every, met & every, main)


def _shape(program: Program) -> tuple[type, ...]:
    """Programs of one pack for two dates are built alike unless what they read differs."""
    return tuple(map(type, program.nodes))


def _met(program: Program, results: list[CaseResult]) -> set[Obligation]:
    obligations = Obligations(program)
    for one in results:
        if one.decision is not None:
            obligations.note(one.decision.results, one.decision.case)
    return set(obligations.met)
