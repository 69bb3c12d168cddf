"""The pytest plugin: worked cases and properties are collected as tests, and any suite runs against another pack.

pytest loads it at every start, so it imports nothing heavy until it meets a file of its own. Its options: `--pack`,
`--property-examples`, `--rule-coverage`, `--rule-coverage-min`; its fixtures: `pack`, `engine`, `cases`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from innovation_rules.audit.enterprises import Situation
    from innovation_rules.audit.properties import Suite, Tried
    from innovation_rules.audit.reach import Reach
    from innovation_rules.engines import Engine
    from innovation_rules.errors import Diagnostic, InnovationRulesError, Lang
    from innovation_rules.pack.cases import Case, CaseResult, Cases
    from innovation_rules.pack.linker import Entry
    from innovation_rules.packs import Pack

SUFFIX: Final = ".property.yaml"
WORKED: Final = (
    re.compile(rb"^(pack|\xe8\xa7\x84\xe5\x88\x99\xe5\x8c\x85):", re.M),
    re.compile(rb"^(cases|\xe7\xae\x97\xe4\xbe\x8b):", re.M),
)
"""What a file of worked cases has at its left edge: pack (规则包) and cases (算例)."""
MOST: Final = 8 * 1024 * 1024
"""The most that is read of a file to see whose it is: what the library reads of a pack at all."""
ENGINES: Final = ("interpreter", "compiled", "rete")


# ------------------------------------------------------------------------------------------ options


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin, in a group of their own."""
    group = parser.getgroup("innovation-rules", "policy packs (innovation-rules)")
    group.addoption("--pack", metavar="PACK", help="run worked cases, properties and tests against this pack")
    group.addoption(
        "--property-examples",
        type=int,
        default=50,
        metavar="N",
        help="try each property on N generated enterprises too (default 50)",
    )
    group.addoption(
        "--rule-coverage",
        action="store_true",
        help="report the rules, tests and table rows that no worked case reached, by clause",
    )
    group.addoption(
        "--rule-coverage-min",
        type=float,
        default=None,
        metavar="PERCENT",
        help="fail where the worked cases reach less than this of a pack",
    )
    parser.addini("rules_pack", "the pack of the fixtures `pack` and `cases` where --pack is not given")


@dataclass
class Session:
    """What one run of pytest keeps: packs by path, and what worked cases reached of each."""

    config: pytest.Config
    packs: dict[str, Pack] = field(default_factory=dict)
    reached: dict[str, Reach] = field(default_factory=dict)

    def pack(self, name: str | Path) -> Pack:
        """A pack by name or path, loaded once. Raises PackError."""
        from innovation_rules.packs import load_pack

        key = str(name)
        if key not in self.packs:
            self.packs[key] = load_pack(name)
        return self.packs[key]

    def pack_for(self, name: str, file: Path) -> Pack:
        """The pack that a file speaks of: --pack, else beside it or a folder up, else by name. Raises PackError."""
        given = self.config.getoption("--pack")
        if given:
            return self.pack(given)
        for folder in (file.parent, file.parent.parent):
            path = folder / f"{name}.yaml"
            if path.is_file() and path != file:
                return self.pack(path)
        return self.pack(name)

    @property
    def covering(self) -> bool:
        """Whether what cases reach is asked for."""
        config = self.config
        return bool(
            config.getoption("--rule-coverage") or config.getoption("--rule-coverage-min") is not None
        )

    def reach(self, pack: Pack) -> Reach:
        """What worked cases have reached of a pack so far."""
        from innovation_rules.audit.reach import Reach

        return self.reached.setdefault(str(pack.path), Reach(pack))


SESSION: Final = pytest.StashKey[Session]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep what the files of one run share."""
    config.stash[SESSION] = Session(config)


# ------------------------------------------------------------------------------------------ fixtures


@pytest.fixture(scope="session")
def pack(request: pytest.FixtureRequest) -> Pack:
    """The pack under audit: `--pack`, else `rules_pack` of the configuration."""
    name = request.config.getoption("--pack") or request.config.getini("rules_pack")
    if not name:
        pytest.fail("give --pack, or rules_pack in the configuration of pytest", pytrace=False)
    return request.config.stash[SESSION].pack(name)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn; one whose extra is not installed is skipped, and says so."""
    from innovation_rules import engines

    try:
        return engines.engine(request.param)
    except engines.EngineError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def cases(pack: Pack) -> Mapping[str, Situation]:
    """The worked cases of the pack under audit by name: who, which year and date; `.decide(pack)` decides one."""
    from innovation_rules.audit.properties import worked

    return dict(worked(pack))


# ------------------------------------------------------------------------------------------ collecting


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file of worked cases, or of properties; any other YAML is left alone."""
    if file_path.name.endswith(SUFFIX):
        return PropertyFile.from_parent(parent, path=file_path)
    if file_path.suffix == ".yaml" and _of_cases(file_path):
        return CasesFile.from_parent(parent, path=file_path)
    return None


def _of_cases(path: Path) -> bool:
    """Whether a file says `pack:` and `cases:` at its left edge."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST)
    except OSError:
        return False
    return all(one.search(text) for one in WORKED)


class _File(pytest.File):
    """A file of the plugin's: what is wrong with it is shown as the library shows it."""

    @property
    def kept(self) -> Session:
        return self.config.stash[SESSION]

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        from innovation_rules.errors import InnovationRulesError

        try:
            yield from self.items()
        except InnovationRulesError as error:
            raise self.CollectError(shown(error)) from None

    def items(self) -> Iterator[pytest.Item]:
        """The tests of the file. Raises PackError."""
        raise NotImplementedError

    def tried(self, suite: Suite, found: Cases | None) -> Iterator[pytest.Item]:
        """A test for each property of a suite."""
        from innovation_rules.audit.properties import Tried

        both = Tried(suite, found, int(self.config.getoption("--property-examples") or 0))
        for entry in suite.entries:
            yield PropertyItem.from_parent(self, name=entry.id, entry=entry, tried=both)


class CasesFile(_File):
    """The worked cases of a pack, and the properties that the pack states itself."""

    def items(self) -> Iterator[pytest.Item]:
        from innovation_rules.audit import properties
        from innovation_rules.pack import cases as worked_cases

        found = worked_cases.load(self.path)
        pack = self.kept.pack_for(str(found.pack), self.path)
        if not self.config.getoption("--pack"):
            wrong = [one for one in worked_cases.check(pack.linked, found) if one.severity == "error"]
            if wrong:
                raise self.CollectError(_drawn(wrong, {found.document.file: found.document.text}))
        for case in found.cases:
            yield CaseItem.from_parent(self, name=str(case.name), case=case, found=found, pack=pack)
        entries = properties.of_pack(pack.linked)
        yield from self.tried(properties.Suite(pack, entries), found)


class PropertyFile(_File):
    """An auditor's properties of a pack."""

    def items(self) -> Iterator[pytest.Item]:
        from innovation_rules.audit import properties
        from innovation_rules.pack import cases as worked_cases

        pack = self.kept.pack_for(properties.pack_of(self.path), self.path)
        entries = properties.read(self.path, pack.linked, any_pack=bool(self.config.getoption("--pack")))
        suite = properties.Suite(pack, entries)
        suite.audited(*properties.present(pack.linked))
        yield from self.tried(suite, worked_cases.find(pack.linked))


class Failed(Exception):
    """What a worked case or a property did not come to."""

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
        super().__init__()
        self.diagnostics, self.sources = tuple(diagnostics), dict(sources)


class _Item(pytest.Item):
    """One test of the plugin's: where it stands, and how its failure is told."""

    line: int
    file: str

    @property
    def kept(self) -> Session:
        return self.config.stash[SESSION]

    def reportinfo(self) -> tuple[Path, int, str]:
        return Path(self.file), self.line - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The library's own words for what it raised; a traceback for all else."""
        from innovation_rules.errors import InnovationRulesError

        error = excinfo.value
        if isinstance(error, Failed):
            return _drawn(error.diagnostics, error.sources)
        if isinstance(error, InnovationRulesError):
            return shown(error)
        return super().repr_failure(excinfo, style)


class CaseItem(_Item):
    """One worked case."""

    def __init__(self, *, case: Case, found: Cases, pack: Pack, **rest: Any) -> None:
        super().__init__(**rest)
        self.case, self.found, self.pack = case, found, pack
        self.file, self.line = case.name.place.file, case.name.place.line

    def runtest(self) -> None:
        """Decide it and compare what it expects. Raises Failed."""
        from innovation_rules.pack import cases as worked_cases

        document = self.found.document
        result: CaseResult = worked_cases.run_one(self.pack, self.case, document.file)
        if self.kept.covering:
            self.kept.reach(self.pack).note(result)
        if not result.holds:
            raise Failed(result.diagnostics, {document.file: document.text})


class PropertyItem(_Item):
    """One property, on the worked cases and on generated enterprises."""

    def __init__(self, *, entry: Entry, tried: Tried, **rest: Any) -> None:
        super().__init__(**rest)
        self.entry, self.tried = entry, tried
        assert entry.place is not None
        self.file, self.line = entry.place.file, entry.place.line

    def runtest(self) -> None:
        """Try it. Raises Failed for a counterexample, and where it speaks of no enterprise tried."""
        verdict = self.tried.verdict(self.entry.id)
        if not verdict.good:
            linked = self.tried.suite.pack.linked
            raise Failed(verdict.diagnostics, {**linked.sources, **_texts(verdict.diagnostics)})


def _texts(diagnostics: Iterable[Diagnostic]) -> dict[str, str]:
    """The texts of the files that diagnostics point at."""
    files = {one.place.file for one in diagnostics if one.place is not None}
    return {file: Path(file).read_text(encoding="utf-8") for file in files if Path(file).is_file()}


def shown(error: InnovationRulesError) -> str:
    """An error of the library in the language of the user."""
    return error.render()


def _drawn(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> str:
    from innovation_rules.errors import default_lang, render_all

    return render_all(tuple(diagnostics), sources, default_lang())


# ------------------------------------------------------------------------------------------ what was reached


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What no worked case reached, by pack and clause, and why the gate fails the run."""
    kept = config.stash.get(SESSION, None)
    if kept is None or not kept.covering or config.option.collectonly:
        return
    from innovation_rules.errors import default_lang

    lang = default_lang()
    terminalreporter.section("规则覆盖" if lang == "zh" else "rule coverage")
    for reach in kept.reached.values():
        for line in reach.lines(lang, full=bool(config.getoption("--rule-coverage"))):
            terminalreporter.write_line(line)
    for line in _short(kept, lang):
        terminalreporter.write_line(line)


def _short(kept: Session, lang: Lang) -> Iterator[str]:
    """Why what was reached does not pass the gate. Where no worked case ran, nothing is known of any pack."""
    least = kept.config.getoption("--rule-coverage-min", None)
    if not kept.reached:
        if lang == "zh":
            yield "这个进程里没有运行算例，不知道走到了什么；选上算例，用了 -n 的去掉 -n"
        else:
            yield "no worked case ran in this process: nothing was measured; select some, and leave out -n"
    for one in kept.reached.values():
        if least is not None and one.percent < least:
            below = "低于" if lang == "zh" else "is under"
            yield f"{one.pack.id}: {one.percent:.2f}% {below} --rule-coverage-min {least:g}"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """The gate: a pack of which too little was reached fails the run, and so does a run that reached none.

    A worker of xdist leaves that to the process that started it.
    """
    config = session.config
    kept = config.stash.get(SESSION, None)
    if kept is None or config.getoption("--rule-coverage-min", None) is None:
        return
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if exitstatus == pytest.ExitCode.OK and any(_short(kept, "en")):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
