"""Check tables and lay out the facts that a program reads, as lazy frames; what cannot stand is set aside by name.

`decide` runs a plan over the facts. A row with a fault in any table sets its enterprise aside whole: a decision on
the rest of it would rest on a hole. The rules are those of the intake of single records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

import polars as pl

from innovation_rules.case import MOST_ITEMS, BaseFact, Frame
from innovation_rules.engines.bulk.plan import (
    ACTIVITY,
    FACT,
    HELD,
    QUALIFICATION,
    UNSURVEYED,
    Tables,
    columns_of,
)
from innovation_rules.engines.bulk.polars import DTYPES, ROW
from innovation_rules.enterprise import _MONEY, _ROUNDING, BREAKDOWNS, Breakdown, Enterprise
from innovation_rules.errors import DataError, Diagnostic
from innovation_rules.facts import CATEGORIES, FactSpec
from innovation_rules.packs import Pack
from innovation_rules.program import Program
from innovation_rules.quantities import FOREVER
from innovation_rules.region import RegionStatistics
from innovation_rules.tables.cells import any_of, read
from innovation_rules.tables.contract import REQUIRED, TABLES, Contract, Given, Table

CELL: Final = "cell"
"""The code of a cell that could not be read, until `rejects` says why."""


@dataclass(frozen=True)
class Source:
    """One table as it came: a lazy frame, and whether it holds nothing but text (CSV)."""

    frame: pl.LazyFrame
    untyped: bool = False
    keep: object = None
    """What must live as long as the frame: a folder of its own."""
    shifting: bool = False
    """Its rows may come in another order each time they are read: a lazy frame of the caller's."""


SetAside: TypeAlias = Callable[[pl.LazyFrame], pl.LazyFrame]
"""Who was decided (uscc) → what is wrong with the others: table, row (from 1), uscc, column, code, value."""


@dataclass
class Checked:
    """The facts of the enterprises that stand, and what is wrong with the others."""

    facts: Tables[pl.LazyFrame]
    """`enterprises` also has uscc, region and industry."""
    aside: SetAside
    notes: list[Diagnostic] = field(default_factory=list)


class _Fault(NamedTuple):
    """A test that a good row fails: which code, which column is blamed."""

    code: str
    column: str
    flag: pl.Expr
    shown: pl.Expr | None = None
    late: bool = False
    """It compares several cells, and is asked only where all of them could be read."""


@dataclass
class _Sheet:
    """One table bound to the contract: how its cells are read into `v:<name>`, and its rows' faults."""

    table: Table
    rows: pl.LazyFrame
    """As they came, with #row and uscc."""
    given: list[Given]
    values: Mapping[str, pl.Expr]
    faults: list[_Fault]

    @property
    def frame(self) -> pl.LazyFrame:
        """The rows with their cells read, and #twice where no two may share a key."""
        read = self.rows.with_columns(**self.values)
        keys = KEYS.get(self.table)
        return read.join(_twice(read, keys), on=keys, how="left") if keys else read

    def without(self, decided: pl.LazyFrame) -> _Sheet:
        """The rows of all others."""
        return replace(self, rows=self.rows.join(decided, on="uscc", how="anti"))

    def has(self, name: str, declared: bool = False) -> bool:
        return _key(name, declared) in {_key(one.column.name, one.column.declared) for one in self.given}

    def value(self, name: str, dtype: Any = None, declared: bool = False) -> pl.Expr:
        """A parsed column, or unknown where the table has not got it."""
        if self.has(name, declared):
            return pl.col(_key(name, declared))
        return pl.lit(None, dtype=dtype)


def _key(name: str, declared: bool = False) -> str:
    return f"v:{'inputs.' if declared else ''}{name}"


class Intake:
    """Checks the tables for one program of a pack, as of a date."""

    def __init__(
        self,
        pack: Pack,
        program: Program,
        as_of: date,
        regions: Mapping[str, RegionStatistics] | None = None,
        strict: bool = True,
    ) -> None:
        self.pack, self.program, self.as_of, self.strict = pack, program, as_of, strict
        self.day, self.frame, self.regions = as_of.toordinal(), program.frame, regions or {}
        known = pack.elsewhere.known if strict else {}
        self.foreign_kinds = known.get("data-unknown-kind", set())
        self.foreign_qualifications = known.get("data-unknown-qualification", set())
        self.contract = Contract(program, pack.head.inputs, known.get("data-unknown-input", ()), strict)

    # ---------------------------------------------------------------------------------------- the whole

    def check(self, sources: Mapping[Table, Source]) -> Checked:
        """Check and lay out. Raises DataError where a table cannot be bound to the contract."""
        if "enterprises" not in sources:
            raise DataError([Diagnostic("table-missing", None, {"table": "enterprises"})])
        notes = [Diagnostic("table-absent", None, {"table": one}) for one in TABLES if one not in sources]
        sheets: dict[Table, _Sheet] = {}
        problems: list[Diagnostic] = []
        for table, source in sources.items():
            try:
                sheets[table], said = self._bound(table, source)
                notes += said
            except DataError as error:
                problems += error.diagnostics
        if problems:
            raise DataError(problems)
        return self._laid_out(sheets, notes)

    def _laid_out(self, sheets: Mapping[Table, _Sheet], notes: list[Diagnostic]) -> Checked:
        own, others, keys = sheets["enterprises"], _others(sheets), self._keys(sheets["enterprises"])
        good = _with_faults(own, _numbered(own)).filter(~pl.col("#bad"))
        for table, sheet in others.items():
            good = good.join(self._counted(table, _owned(sheet, keys)), on=ROW, how="left")
        good = good.filter(~any_of([pl.col(f"{one}_bad") | _over(one) for one in others]).fill_null(False))
        parts: dict[Table, pl.LazyFrame] = {
            table: sheet.frame.join(keys, on="uscc") for table, sheet in others.items()
        }
        facts = Tables(
            self._facts(sheets, good, parts.get("reports")),
            self._items("activities", sheets, parts),
            self._items("qualifications", sheets, parts),
        )
        return Checked(facts, partial(self._rejects, sheets), notes)

    def _rejects(self, sheets: Mapping[Table, _Sheet], decided: pl.LazyFrame) -> pl.LazyFrame:
        """What is wrong with those that were not decided: nothing is asked of the rows of the others."""
        keys = self._keys(sheets["enterprises"])
        left: dict[Table, _Sheet] = {table: sheet.without(decided) for table, sheet in sheets.items()}
        own = left["enterprises"]
        rejects = [_rejected(own, _with_faults(own, _numbered(own)))]
        for table, sheet in _others(left).items():
            found = _owned(sheet, keys)
            over = self._counted(table, found).filter(_over(table)).join(keys, on=ROW)
            rejects += [_rejected(sheet, found), _too_many(table, over)]
        return pl.concat(rejects).unique()

    def _keys(self, own: _Sheet) -> pl.LazyFrame:
        """What the rows of the other tables learn of their enterprise."""
        ongoing = own.value("ongoing_as_of", pl.Int64).alias("#ongoing")
        held = own.value("qualifications_surveyed", pl.Boolean).fill_null(True).alias("#held")
        return _numbered(own).filter(pl.col("uscc").is_not_null()).select("uscc", ROW, ongoing, held)

    # ---------------------------------------------------------------------------------------- cells

    def _bound(self, table: Table, source: Source) -> tuple[_Sheet, list[Diagnostic]]:
        schema = source.frame.collect_schema()
        given, notes = self.contract.bind(table, schema.names())
        values: dict[str, pl.Expr] = {}
        faults: list[_Fault] = []
        for one in given:
            if one.column.form == "uscc" and table != "enterprises":
                continue
            key = _key(one.column.name, one.column.declared)
            values[key] = read(one, schema[one.written], source.untyped)
            cell = pl.col(one.written)
            unread = cell.is_not_null() & pl.col(key).is_null()
            faults.append(_Fault(CELL, one.written, unread, _shown(cell, schema[one.written])))
        for name in REQUIRED[table]:
            written = next(
                one.written for one in given if one.column.name == name and not one.column.declared
            )
            faults.append(_Fault("missing-field", written, pl.col(written).is_null()))
        code = next(one.written for one in given if one.column.form == "uscc")
        kept = source.frame.select(one.written for one in given).with_columns(
            pl.col(code).cast(pl.String, strict=False).alias("uscc")
        )
        by_code = source.shifting and table == "enterprises"
        rows = _by_code(kept) if by_code else kept.with_row_index("#row", offset=1)
        sheet = _Sheet(table, rows, given, values, faults)
        faults += self._row_faults(sheet)
        return sheet, notes

    # ---------------------------------------------------------------------------------------- rows

    def _row_faults(self, sheet: _Sheet) -> Iterator[_Fault]:
        v = sheet.value
        if sheet.table == "enterprises":
            yield _Fault("table-enterprise-twice", "uscc", pl.col("#twice"))
        else:
            yield _Fault("table-orphan", "uscc", pl.col("uscc").is_not_null() & pl.col(ROW).is_null())
        if sheet.table == "reports":
            yield _Fault("table-report-twice", "year", pl.col("#twice"))
            yield from self._breakdowns(sheet)
        if sheet.table == "activities":
            yield _ordered(sheet, "ended-before-started", "started", "ended")
            yield from self._kinds()
        if sheet.table == "qualifications":
            yield _ordered(sheet, "expired-before-granted", "granted", "expires")
            working = v("status", pl.String).is_in(["under_way", "completed"])
            yield _Fault("qualification-status", "status", working, late=True)
            if self.strict:
                known = [*self.pack.head.qualifications, *self.foreign_qualifications]
                strange = ~pl.col("v:kind").is_in(known) & pl.col("#held")
                yield _Fault("data-unknown-qualification", "kind", strange, late=True)

    def _kinds(self) -> Iterator[_Fault]:
        """A kind that nobody declares, or one filed under another category than its own."""
        kinds = self.pack.head.kinds
        if not kinds:
            return
        kind = pl.col("v:kind")
        if self.strict:
            yield _Fault("data-unknown-kind", "kind", ~kind.is_in([*kinds, *self.foreign_kinds]), late=True)
        other = _mapped(kind, kinds) != pl.col("v:category")
        yield _Fault("data-kind-of-other-category", "category", other, late=True)

    def _breakdowns(self, sheet: _Sheet) -> Iterator[_Fault]:
        """The arithmetic of the forms: `enterprise.inconsistencies` over columns."""
        for check in BREAKDOWNS:
            parts = [name for name in check.parts if sheet.has(name)]
            if sheet.has(check.whole) and parts:
                yield from _compared(check, parts)

    # ---------------------------------------------------------------------------------------- facts

    def _counted(self, table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Of each enterprise: whether a row is bad, how many it has, the categories of kinds that this pack does not name."""
        sums = {f"{table}_bad": pl.col("#bad").any(), f"{table}_many": pl.len().cast(pl.Int64)}
        kinds = self.pack.head.kinds
        if table == "activities" and kinds:
            strange = ~pl.col("v:kind").is_in([*kinds])
            sums |= {f"foreign_{one}": (strange & (pl.col("v:category") == one)).any() for one in CATEGORIES}
        return rows.filter(pl.col(ROW).is_not_null()).group_by(ROW).agg(**sums)

    def _facts(
        self, sheets: Mapping[Table, _Sheet], rows: pl.LazyFrame, filed: pl.LazyFrame | None
    ) -> pl.LazyFrame:
        own, reports = sheets["enterprises"], sheets.get("reports")
        kinds = columns_of(self.frame)["enterprises"]
        columns: dict[str, pl.Expr] = {}
        late: dict[int, dict[str, pl.Expr]] = {}
        for index, fact in enumerate(self.frame.facts):
            name, dtype = f"{FACT}{index}", DTYPES[kinds[f"{FACT}{index}"]]
            if fact.spec.owner != "report":
                columns[name] = self._own(own, fact, dtype)
            elif reports is None or fact.year is None:
                columns[name] = pl.lit(None, dtype=dtype)
            else:
                late.setdefault(fact.year, {})[name] = self._value(reports, fact.spec, dtype)
        columns |= self._surveys(sheets)
        kept = {name: own.value(name, pl.String) for name in ("region", "industry", "name")}
        found = rows.select(ROW, "uscc", **kept, **columns)
        if reports is not None and filed is not None:
            if reports.has("filed"):
                filed = filed.filter(~(reports.value("filed") > self.day).fill_null(False))
            for year, values in late.items():
                of_year = filed.filter(pl.col("v:year") == year)
                found = found.join(of_year.select(ROW, **values), on=ROW, how="left", maintain_order="left")
        return found

    def _own(self, own: _Sheet, fact: BaseFact, dtype: Any) -> pl.Expr:
        """A fact of the enterprise itself, of one year, of one entry of a list, or of its region."""
        spec = fact.spec
        if spec.owner == "region":
            return _mapped(own.value("region", pl.String), self._of_regions(fact), dtype)
        if fact.key is not None:
            return own.value(spec.name, pl.List(pl.String)).list.contains(fact.key)
        if spec.name == "in_directory":
            return own.value(f"in_directory_{fact.year}", dtype)
        return self._value(own, spec, dtype)

    def _of_regions(self, fact: BaseFact) -> dict[str, Any]:
        """What is known of the fact in each region, as a single record's case reads it."""
        alone = Frame((fact,), (), ())
        found: dict[str, Any] = {}
        for code in self.regions:
            someone = Enterprise.model_construct(uscc="", name="", region=code)
            found[code] = alone.case(someone, self.program.year, self.as_of, self.regions).values[0]
        return found

    def _value(self, sheet: _Sheet, spec: FactSpec, dtype: Any) -> pl.Expr:
        """A field or a declared value in base units; what was found after the as-of date is unknown."""
        value = sheet.value(spec.name, dtype, spec.declared)
        if spec.declared and sheet.has(spec.name, True) and sheet.has(f"{spec.name}_found_on", True):
            later = (sheet.value(f"{spec.name}_found_on", None, True) > self.day).fill_null(False)
            value = pl.when(~later).then(value)
        column = next((one.column for one in sheet.given if one.column.spec is spec), None)
        if column is not None and column.form == "texts":
            value = value.list.join("、")
        return value

    def _surveys(self, sheets: Mapping[Table, _Sheet]) -> dict[str, pl.Expr]:
        """Which categories nobody surveyed. Where the table does not say, an enterprise with items was surveyed.

        Activities count where more may exist. What is held is known whole or not at all, as in a record.
        """
        own = sheets["enterprises"]
        known = {
            table: pl.coalesce(
                own.value(f"{table}_surveyed", pl.Boolean),
                pl.col(f"{table}_many").is_not_null() if table in sheets else pl.lit(False),
            )
            for table in LISTED
        }
        listed = own.value("unsurveyed", pl.List(pl.String))
        flags: dict[str, pl.Expr] = {}
        for one in CATEGORIES:
            foreign = pl.lit(False)
            if "activities" in sheets and self.pack.head.kinds:
                foreign = pl.col(f"foreign_{one}").fill_null(False)
            flags[f"{UNSURVEYED}{one}"] = (
                ~known["activities"] | listed.list.contains(one).fill_null(False) | foreign
            )
        return {**flags, HELD: known["qualifications"]}

    # ---------------------------------------------------------------------------------------- items

    def _items(
        self, table: Table, sheets: Mapping[Table, _Sheet], parts: Mapping[Table, pl.LazyFrame]
    ) -> pl.LazyFrame:
        letter = ACTIVITY if table == "activities" else QUALIFICATION
        specs = self.frame.activity_facts if table == "activities" else self.frame.qualification_facts
        kinds = columns_of(self.frame)[table]
        dtypes = {name: DTYPES[kind] for name, kind in kinds.items()}
        if table not in parts:
            return pl.LazyFrame(schema=dtypes)
        sheet = sheets[table]
        columns = {
            f"{letter}{at}": _READ_OFF[spec.name](sheet)
            if table == "activities" and spec.name in _READ_OFF
            else self._value(sheet, spec, dtypes[f"{letter}{at}"])
            for at, spec in enumerate(specs)
        }
        rows = parts[table].filter("#held") if table == "qualifications" else parts[table]
        return rows.select(ROW, **columns)


LISTED: Final[tuple[Table, Table]] = ("activities", "qualifications")
KEYS: Final[Mapping[Table, Sequence[str]]] = {"enterprises": ["uscc"], "reports": ["uscc", "v:year"]}
"""What no two rows of a table may share."""


def _ended(sheet: _Sheet) -> pl.Expr:
    return sheet.value("ended", pl.Int64)


_READ_OFF: Final[Mapping[str, Any]] = {
    "standing": lambda sheet: (
        ~sheet.value("status", pl.String).is_in(["rejected", "withdrawn"]).fill_null(False)
    ),
    "evidenced": lambda sheet: pl.when(sheet.value("evidence", pl.List(pl.String)).list.len() > 0).then(
        pl.lit(True)
    ),
    "begun_by": lambda sheet: pl.coalesce(
        sheet.value("started", pl.Int64),
        pl.when(_ended(sheet) != FOREVER).then(_ended(sheet)),
        pl.col("#ongoing"),
    ),
    "lasted_until": lambda sheet: pl.coalesce(_ended(sheet), pl.col("#ongoing")),
}
"""`case` over columns: the facts of an activity that are read off other fields."""


def _mapped(value: pl.Expr, into: Mapping[str, Any], dtype: Any = pl.String) -> pl.Expr:
    return (
        value.replace_strict(dict(into), default=None, return_dtype=dtype)
        if into
        else pl.lit(None, dtype=dtype)
    )


def _ordered(sheet: _Sheet, code: str, first: str, last: str) -> _Fault:
    return _Fault(code, last, sheet.value(last, pl.Int64) < sheet.value(first, pl.Int64), late=True)


def _compared(check: Breakdown, names: list[str]) -> Iterator[_Fault]:
    """Parts that come to more than their whole, or, all of them given, to less."""
    whole, parts = pl.col(_key(check.whole)), [pl.col(_key(name)) for name in names]
    total = pl.sum_horizontal(parts)
    given = pl.sum_horizontal(one.is_not_null().cast(pl.Int64) for one in parts)
    slack = (given + 1) * _ROUNDING if check.whole in _MONEY else pl.lit(0)
    yield _Fault("parts-exceed-whole", check.whole, (given > 0) & (total - slack > whole), late=True)
    if check.complete and len(names) == len(check.parts):
        short = (given == len(names)) & (total + slack < whole)
        yield _Fault("parts-differ-from-whole", check.whole, short, late=True)


# ------------------------------------------------------------------------------------------ setting aside


def _others(sheets: Mapping[Table, _Sheet]) -> dict[Table, _Sheet]:
    return {table: one for table, one in sheets.items() if table != "enterprises"}


def _numbered(own: _Sheet) -> pl.LazyFrame:
    return own.frame.with_columns(pl.col("#row").cast(pl.Int64).alias(ROW))


def _owned(sheet: _Sheet, keys: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of a table with what they learn of their enterprise, and whether they are bad."""
    return _with_faults(sheet, sheet.frame.join(keys, on="uscc", how="left"))


def _by_code(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with numbers that stay with their codes, however often and in whatever order they are read."""
    codes = rows.select("uscc").collect(engine="streaming").with_row_index("#row", offset=1)
    numbers = codes.drop_nulls().unique("uscc", keep="first")
    return rows.join(numbers.lazy(), on="uscc", how="left")


def _twice(frame: pl.LazyFrame, keys: Sequence[str]) -> pl.LazyFrame:
    """The keys that stand in several rows."""
    rows = frame.select(keys).drop_nulls().group_by(keys).len()
    return rows.filter(pl.col("len") > 1).select(*keys, pl.lit(True).alias("#twice"))


def _with_faults(sheet: _Sheet, frame: pl.LazyFrame) -> pl.LazyFrame:
    early = any_of([one.flag for one in sheet.faults if not one.late]).fill_null(False)
    late = any_of([one.flag for one in sheet.faults if one.late]).fill_null(False)
    return frame.with_columns(early.alias("#early")).with_columns((pl.col("#early") | late).alias("#bad"))


def _rejected(sheet: _Sheet, frame: pl.LazyFrame) -> pl.LazyFrame:
    """One row for each fault of a bad row."""
    which = pl.concat_list(
        [
            pl.when(one.flag & ~pl.col("#early") if one.late else one.flag)
            .then(pl.lit(at, pl.Int64))
            .otherwise(pl.lit(-1, pl.Int64))
            for at, one in enumerate(sheet.faults)
        ]
    )
    cells = pl.concat_list(
        [pl.lit(None, pl.String) if one.shown is None else one.shown for one in sheet.faults]
    )
    columns = pl.Series([one.column for one in sheet.faults], dtype=pl.String)
    codes = pl.Series([one.code for one in sheet.faults], dtype=pl.String)
    numbers = list(range(len(sheet.faults)))
    return (
        frame.filter("#bad")
        .select("#row", "uscc", which=which, value=cells)
        .explode("which", "value")
        .filter(pl.col("which") >= 0)
        .select(
            pl.lit(sheet.table).alias("table"),
            pl.col("#row").cast(pl.Int64).alias("row"),
            "uscc",
            pl.col("which").replace_strict(numbers, columns, return_dtype=pl.String).alias("column"),
            pl.col("which").replace_strict(numbers, codes, return_dtype=pl.String).alias("code"),
            "value",
        )
    )


def _over(table: Table) -> pl.Expr:
    return pl.lit(False) if table == "reports" else pl.col(f"{table}_many") > MOST_ITEMS


def _too_many(table: Table, over: pl.LazyFrame) -> pl.LazyFrame:
    return over.select(
        pl.lit(table).alias("table"),
        pl.lit(None, pl.Int64).alias("row"),
        "uscc",
        pl.lit("uscc").alias("column"),
        pl.lit("too-many-items").alias("code"),
        pl.col(f"{table}_many").cast(pl.String).alias("value"),
    )


def _shown(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A cell as text."""
    if dtype == pl.List(pl.String):
        return cell.list.join(";")
    if dtype.is_nested() or dtype in (pl.Object, pl.Binary):
        return pl.lit("…")
    return cell.cast(pl.String, strict=False)
