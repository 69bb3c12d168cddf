"""Snapshots: tables read and grouped once, then decided again under another pack, date or version in little time.

A folder holds the tables as they came, the facts that a frame reads of them, and sums over activities, each under the
digest of what it sums. `decide` reads the facts and the sums that are there and makes those that are not.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import polars as pl

from innovation_rules import __version__
from innovation_rules.canonical import digest
from innovation_rules.case import Frame
from innovation_rules.engines.bulk.plan import ACTIVITY, FACT, QUALIFICATION, Tables
from innovation_rules.engines.bulk.polars import COUNT, ROW, Layout, Polars, Rows, flag_of
from innovation_rules.engines.bulk.sql import Grouped, Table
from innovation_rules.engines.bulk.terms import Term, Terms
from innovation_rules.errors import DataError, Diagnostic
from innovation_rules.facts import FactSpec
from innovation_rules.packs import Pack
from innovation_rules.program import Program
from innovation_rules.quantities import Type
from innovation_rules.region import RegionStatistics
from innovation_rules.tables.contract import SNAPSHOT as HEAD
from innovation_rules.tables.contract import TABLES
from innovation_rules.tables.contract import Table as Named
from innovation_rules.tables.decide import Answers, Laid, decide
from innovation_rules.tables.intake import Intake, Source
from innovation_rules.tables.regions import Targets
from innovation_rules.tables.sources import new_folder

FORMAT: Final = f"2/{__version__}"
"""The number is raised when other facts or sums are made of the same tables."""


class Snapshot:
    """A folder of tables, facts and sums."""

    def __init__(self, folder: Path) -> None:
        """Open one. What another version of the library made of the tables is made anew.

        Raises DataError where the folder holds none.
        """
        self.folder = folder
        head = _head(folder)
        if head is None:
            raise DataError([Diagnostic("no-snapshot", None, {"file": str(folder)})])
        if head["format"] != FORMAT:
            for one in ("facts", "sums"):
                shutil.rmtree(folder / one, ignore_errors=True)
            _write(folder / HEAD, {**head, "format": FORMAT})
        self.untyped: Mapping[str, bool] = head["untyped"]

    @classmethod
    def create(cls, folder: Path, sources: Mapping[Named, Source]) -> Snapshot:
        """Copy some tables into a new folder. Raises DataError where something stands there already."""
        new_folder(folder)
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        pl.collect_all(
            [
                one.frame.sink_parquet(folder / "tables" / f"{name}.parquet", lazy=True)
                for name, one in sources.items()
            ],
            engine="streaming",
        )
        untyped = {name: one.untyped for name, one in sources.items()}
        _write(folder / HEAD, {"format": FORMAT, "untyped": untyped, "decided": []})
        return cls(folder)

    @property
    def sources(self) -> dict[Named, Source]:
        """The tables."""
        return {
            name: Source(pl.scan_parquet(self.folder / "tables" / f"{name}.parquet"), self.untyped[name])
            for name in TABLES
            if name in self.untyped
        }

    def decide(
        self,
        pack: Pack,
        year: int | None = None,
        as_of: date | None = None,
        *,
        law_date: date | None = None,
        regions: Mapping[str, RegionStatistics] | None = None,
        strict: bool = True,
        missing: bool = False,
        targets: Targets | None = None,
    ) -> Answers:
        """What `tables.decide.decide` gives of the tables, with what is there already not made again."""
        found = decide(
            pack,
            self.sources,
            year,
            as_of,
            law_date=law_date,
            regions=regions,
            strict=strict,
            missing=missing,
            targets=targets,
            lay=self.lay,
        )
        self._note(pack, found.program, found.as_of)
        return found

    def lay(self, intake: Intake) -> Laid:
        """The facts for an intake, from what is held."""
        facts = self._facts(intake)
        backend = Held(facts)
        rejects = pl.scan_parquet(facts.folder / "rejects.parquet")
        return Laid(backend, backend.held, lambda _: rejects, facts.notes)

    def _note(self, pack: Pack, program: Program, day: date) -> None:
        """Keep which packs were decided of it."""
        head = json.loads((self.folder / HEAD).read_text(encoding="utf-8"))
        entry = {
            "pack": pack.id,
            "digest": pack.digest,
            "year": program.year,
            "as_of": day.isoformat(),
            "law_date": program.law_date.isoformat(),
        }
        if entry not in head["decided"]:
            _write(self.folder / HEAD, {**head, "decided": [*head["decided"], entry]})

    # ---------------------------------------------------------------------------------------- facts

    def _facts(self, intake: Intake) -> Facts:
        """The facts that this frame reads of the tables, made where they are not there."""
        folder = self.folder / "facts" / self._key(intake)
        if not folder.is_dir():
            folder.parent.mkdir(exist_ok=True)
            made = Path(mkdtemp(dir=folder.parent))
            self._make(intake, made)
            made.rename(folder)
        return Facts(folder, intake.frame, intake.as_of if self._dated(intake) else None)

    def _key(self, intake: Intake) -> str:
        """Whatever a fact, or whether its row stands, can depend on."""
        head, frame = intake.pack.head, intake.frame
        specs = (frame.activity_facts, frame.qualification_facts)
        read = [
            [(one.year, one.key, _identity(one.spec)) for one in frame.facts],
            *([_identity(one) for one in some] for some in specs),
            repr(head.kinds),
            repr(head.qualifications),
            repr(head.inputs),
            sorted(intake.foreign_kinds),
            sorted(intake.foreign_qualifications),
            sorted(intake.contract.elsewhere),
            intake.strict,
            intake.day if self._dated(intake) else None,
            repr(sorted(intake.regions.items())) if _regional(frame) else None,
        ]
        return digest(json.loads(json.dumps(read))).removeprefix("sha256:")[:32]

    def _dated(self, intake: Intake) -> bool:
        """Whether the facts depend on the as-of date: what was filed or found later is unknown."""
        return _regional(intake.frame) or any(
            one.column.found_on or one.column.name == "filed"
            for name, source in self.sources.items()
            for one in intake.contract.bind(name, source.frame.collect_schema().names())[0]
        )

    def _make(self, intake: Intake, folder: Path) -> None:
        checked, frame = intake.check(self.sources), intake.frame
        specs: dict[str, tuple[str, Sequence[FactSpec | None]]] = {
            "enterprises": (FACT, [one.spec if one.key is None else None for one in frame.facts]),
            "activities": (ACTIVITY, [*frame.activity_facts]),
            "qualifications": (QUALIFICATION, [*frame.qualification_facts]),
        }
        sinks = []
        for name, (letter, some) in specs.items():
            table: pl.LazyFrame = getattr(checked.facts, name)
            closed = [f"{letter}{at}" for at, spec in enumerate(some) if spec is not None and _is_code(spec)]
            coded = table.with_columns(pl.col(closed).cast(pl.Categorical)).sort(ROW)
            sinks.append(coded.sink_parquet(folder / f"{name}.parquet", lazy=True))
        pl.collect_all(sinks, engine="streaming")
        good = pl.scan_parquet(folder / "enterprises.parquet")
        checked.aside(good.select("uscc")).sink_parquet(folder / "rejects.parquet", engine="streaming")
        standing = good.select(ROW).collect()[ROW]
        notes = [[one.code, dict(one.fields)] for one in checked.notes]
        rows = blake2b(standing.to_numpy().tobytes(), digest_size=16).hexdigest()
        _write(folder / "facts.json", {"rows": rows, "notes": notes})


# ------------------------------------------------------------------------------------------------ facts and sums


class Facts:
    """The facts of one frame, and the sums over items that stand beside them."""

    def __init__(self, folder: Path, frame: Frame, day: date | None) -> None:
        self.folder, self.day = folder, day
        head = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        self.notes = [Diagnostic(code, None, fields) for code, fields in head["notes"]]
        self.sums = folder.parent.parent / "sums" / head["rows"]
        self.sums.mkdir(parents=True, exist_ok=True)
        items = {ACTIVITY: frame.activity_facts, QUALIFICATION: frame.qualification_facts}
        self.identities = {
            f"{letter}{at}": repr((_identity(spec), self.day if spec.declared else None))
            for letter, specs in items.items()
            for at, spec in enumerate(specs)
        }

    def scan(self, table: str) -> pl.LazyFrame:
        """A table of facts."""
        return pl.scan_parquet(self.folder / f"{table}.parquet")

    @property
    def index(self) -> dict[str, str]:
        """Which file holds the sum of that digest."""
        path = self.sums / "index.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def beside(self, terms: Terms, grouped: Grouped, names: Sequence[str]) -> dict[str, str]:
        """The column that holds each sum; those that are nowhere yet are grouped, in one pass."""
        digests = {name: self.digest(grouped.sums[name][0]) for name in names}
        index = self.index
        absent = {digests[name]: name for name in names if digests[name] not in index}
        if absent:
            file = f"{len(set(index.values()))}.parquet"
            self._group(terms, grouped, absent, self.sums / file)
            _write(self.sums / "index.json", {**index, **dict.fromkeys(absent, file)})
        return digests

    def _group(self, terms: Terms, grouped: Grouped, absent: Mapping[str, str], file: Path) -> None:
        added, values = Layout(terms).sums(grouped, list(absent.values()), "")
        counts = {name for name in absent.values() if flag_of(terms, grouped.sums[name][0]) is not None}
        columns = {
            key: values[name].cast(COUNT) if name in counts else values[name] for key, name in absent.items()
        }
        rows = self.scan("enterprises").select(ROW)
        beside = rows.join(added, on=ROW, how="left", maintain_order="left").select(**columns)
        beside.sink_parquet(file, engine="streaming")

    def digest(self, term: Term) -> str:
        """What a term says, whatever the columns are called."""
        seen: dict[Term, bytes] = {}

        def of(one: Term) -> bytes:
            found = seen.get(one)
            if found is None:
                word = self.identities[one.word] if one.form == "column" else one.word
                said = repr((one.form, word, one.value, one.kind, [of(part) for part in one.parts]))
                found = seen[one] = blake2b(said.encode(), digest_size=16).digest()
            return found

        return of(term).hex()


class Held(Polars):
    """Tables of facts, where a sum over items that is there already is a column."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts
        self.frames = [facts.scan("enterprises")]
        self.columns: set[str] = set()
        self.held: Tables[Table] = Tables(
            Table(Rows("", self.frames)),
            *(self.rows(facts.scan(name)) for name in ("activities", "qualifications")),
        )

    def attach(self, table: Table, totals: Table, names: Sequence[str]) -> Table:
        assert isinstance(totals.source, Grouped)
        if not isinstance(totals.source.items.source, Rows):
            return super().attach(table, totals, names)
        wide = [name for name in names if totals.source.sums[name][1] == "wide"]
        if wide:
            table = super().attach(table, totals, wide)
        found = self.facts.beside(self.terms, totals.source, [name for name in names if name not in wide])
        self._add(dict.fromkeys(found.values()))
        sums = {name: self.terms.column(column, sure=True) for name, column in found.items()}
        return Table(table.source, {**table.defined, **sums})

    def _add(self, columns: Iterable[str]) -> None:
        """Put columns of sums beside the facts."""
        files: dict[str, list[str]] = {}
        index = self.facts.index
        for one in columns:
            if one not in self.columns:
                self.columns.add(one)
                files.setdefault(index[one], []).append(one)
        self.frames += [pl.scan_parquet(self.facts.sums / file).select(held) for file, held in files.items()]


def _identity(spec: FactSpec) -> str:
    """Everything that a value of this fact depends on."""
    choices = None if spec.choices is None else sorted(spec.choices.items())
    return repr(
        (spec.owner, spec.name, spec.type.value, spec.unit, spec.low, spec.high, choices, spec.declared)
    )


def _is_code(spec: FactSpec) -> bool:
    return spec.type in (Type.CHOICE, Type.CODE) or spec.name == "kind"


def _regional(frame: Frame) -> bool:
    return any(one.spec.owner == "region" for one in frame.facts)


def _head(folder: Path) -> dict[str, Any] | None:
    """What a snapshot says of itself; None where somebody else wrote a file of that name."""
    try:
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    ours = isinstance(head, dict) and {"format", "untyped", "decided"} <= head.keys()
    return head if ours and (folder / "tables" / "enterprises.parquet").is_file() else None


def _write(path: Path, value: object) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    part.replace(path)
