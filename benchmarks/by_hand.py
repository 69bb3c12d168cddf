"""The generated pack written by hand: what somebody would write who knows the rules and the tool well.

Read by bulk.py, which holds what they write to what the engine writes. Polars and DuckDB give every column that
the engine gives; NumPy and openfisca-core give the coverage and the rules, without the class, the profile and the
masks of reason codes. An openfisca variable holds no unknown and no whole number of more than 32 bits: what is not
known is a second variable, a count has two ends, and the sizes by revenue cannot be said in 分.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import ours_bulk as ours
from country import CATEGORIES, FIRST, KINDS, LAST, MOST, SIZES, rules

REVENUE, STAFF, SPENT = "main_business_revenue@2020", "employees@2020", "rd_expenditure@2020"
LISTED, SALES = "in_directory@2020", "operating_revenue@2020"
COVERAGE = ("covered", "not_covered", "undetermined", "out_of_scope", "not_in_force")
AWARD = ("eligible", "ineligible", "undetermined", "out_of_scope", "not_in_force", "not_applicable")
ACTIVE = ("active", "inactive", "undetermined")
BITS = 63


def surveyed(one: str) -> str:
    """The column that says that nobody surveyed what is counted; every kind is one of talent."""
    return f"u_{one if one in CATEGORIES else 'talent'}"


# ------------------------------------------------------------------------------------------------ Polars


def in_polars(program: Any, folder: Path, count: int) -> Any:
    """The generated pack in Polars as somebody would write it who knows the rules and Polars well."""
    import polars as pl

    c = {name: pl.col(column) for column, name, _ in ours.columns(program)["enterprises"]}
    a = {name: pl.col(column) for column, name, _ in ours.columns(program)["activities"]}
    counted = a["standing"] & (a["started"] >= FIRST) & (a["started"] <= LAST)
    flags = {one: (a["category"] == one) & counted for one in CATEGORIES}
    flags["talent"] = flags["talent"] & a["kind"].is_in(KINDS)
    flags |= {one: (a["kind"] == one) & counted for one in KINDS}
    sums = (
        pl.scan_parquet(folder / "activities.parquet")
        .group_by("rowno")
        .agg(
            *(flag.fill_null(False).sum().alias(f"{one}_low") for one, flag in flags.items()),
            *(flag.fill_null(True).sum().alias(f"{one}_most") for one, flag in flags.items()),
        )
    )
    joined = pl.scan_parquet(folder / "enterprises.parquet").join(sums, on="rowno", how="left")
    ends = [f"{one}_{end}" for one in flags for end in ("low", "most")]
    counts = joined.with_columns(pl.col(ends).fill_null(0).cast(pl.Int64)).with_columns(
        (pl.col(f"{one}_most") + pl.when(surveyed(one)).then(MOST).otherwise(0)).alias(f"{one}_most")
        for one in flags
    )

    def reached(one: str, least: int) -> Any:
        low, most = pl.col(f"{one}_low"), pl.col(f"{one}_most")
        return pl.when(low >= least).then(True).when(most >= least).then(None).otherwise(False)

    def test(name: str, op: str, figure: int) -> Any:
        if name in flags:
            return reached(name, figure)
        if name == "region":
            inside = c["region"].cast(pl.String).str.starts_with("1404")
            return pl.when(c["region"] == "140000").then(None).otherwise(inside)
        if name.startswith("in_directory"):
            return c[name]
        return c[name] > figure if op == ">" else c[name] >= figure

    leaves = ours.masks(program)
    named = {key: f"t{at}" for at, key in enumerate(leaves)}
    tested = counts.with_columns(test(*key).alias(name) for key, name in named.items())

    def leaf(name: str, op: str, figure: int) -> Any:
        return pl.col(named[name, op, figure])

    def three(truth: Any, yes: str, no: str, words: tuple[str, ...], within: Any) -> Any:
        kind = pl.Enum(words)
        inside = (
            pl.when(truth).then(pl.lit(yes, kind)).when(truth.is_null()).then(pl.lit("undetermined", kind))
        )
        whole = inside.otherwise(pl.lit(no, kind))
        gate = pl.when(within.is_null()).then(pl.lit("undetermined", kind)).when(~within)
        return gate.then(pl.lit("out_of_scope", kind)).otherwise(whole)

    within, listed = pl.col(named[leaves[0]]), leaf(LISTED, "Member", 0)
    out: dict[str, Any] = {"rowno": pl.col("rowno")}
    out["coverages.covered"] = three(
        leaf("kind_0", ">=", 1), "covered", "not_covered", COVERAGE, within & listed
    )
    for one in rules(count):
        some = leaf(STAFF, ">=", one.employees) | leaf(SPENT, ">", one.spent * 100)
        some = some | leaf(KINDS[one.which], ">=", one.count)
        holds = leaf(REVENUE, ">=", one.revenue * 100) & some
        out[f"awards.rule_{one.n}"] = three(holds, "eligible", "ineligible", AWARD, within)
    for one in CATEGORIES:
        active = leaf(one, ">=", 1)
        kind = pl.Enum(ACTIVE)
        out[f"profile.{one}"] = (
            pl.when(active).then(pl.lit("active", kind))
            .when(active.is_null()).then(pl.lit("undetermined", kind))
            .otherwise(pl.lit("inactive", kind))
        )  # fmt: skip
    kind = pl.Enum([*(word for word, _, _ in SIZES), "micro", "undetermined"])
    size: Any = pl
    for word, people, money in SIZES:
        both = leaf(STAFF, ">=", people) & leaf(SALES, ">=", money)
        size = size.when(both).then(pl.lit(word, kind))
        size = size.when(both.is_null()).then(pl.lit("undetermined", kind))
    out["classes.size"] = size.otherwise(pl.lit("micro", kind))
    for start in range(0, len(leaves), BITS):
        part = [pl.col(named[key]) for key in leaves[start : start + BITS]]
        for word, flags_ in (
            ("failed", [~one.fill_null(True) for one in part]),
            ("unknown", [one.is_null() for one in part]),
        ):
            bits = [
                pl.when(one).then(pl.lit(1 << at, pl.Int64)).otherwise(pl.lit(0, pl.Int64))
                for at, one in enumerate(flags_)
            ]
            while len(bits) > 1:
                bits = [
                    *(one | two for one, two in zip(bits[::2], bits[1::2], strict=False)),
                    *bits[len(bits) // 2 * 2 :],
                ]
            out[f"{word}_{start // BITS}"] = bits[0]
    return tested.select(**out)


# ------------------------------------------------------------------------------------------------ DuckDB


def in_duckdb(program: Any, folder: Path, count: int) -> str:
    """The same columns as a query."""
    own = {name: column for column, name, _ in ours.columns(program)["enterprises"]}
    item = {name: column for column, name, _ in ours.columns(program)["activities"]}
    inside = f"{item['standing']} AND {item['started']} BETWEEN {FIRST} AND {LAST}"
    kinds = ", ".join(f"'{one}'" for one in KINDS)
    flags = {one: f"{item['category']} = '{one}' AND {inside}" for one in CATEGORIES}
    flags["talent"] += f" AND {item['kind']} IN ({kinds})"
    flags |= {one: f"{item['kind']} = '{one}' AND {inside}" for one in KINDS}
    sums = [f"count(*) FILTER (WHERE {flag}) AS {one}_low" for one, flag in flags.items()]
    sums += [f"count(*) FILTER (WHERE coalesce({flag}, true)) AS {one}_most" for one, flag in flags.items()]
    leaves = ours.masks(program)
    named = {key: f"t{at}" for at, key in enumerate(leaves)}

    def test(name: str, op: str, figure: int) -> str:
        if name in flags:
            most = f"coalesce({name}_most, 0) + CASE WHEN {surveyed(name)} THEN {MOST} ELSE 0 END"
            low = f"coalesce({name}_low, 0)"
            return f"CASE WHEN {low} >= {figure} THEN true WHEN {most} < {figure} THEN false END"
        if name == "region":
            return f"CASE WHEN {own[name]} <> '140000' THEN starts_with({own[name]}, '1404') END"
        return own[name] if name == LISTED else f"{own[name]} {op} {figure}"

    def three(truth: str, yes: str, no: str, within: str) -> str:
        return (
            f"CASE WHEN {within} IS NULL THEN 'undetermined' WHEN NOT {within} THEN 'out_of_scope' "
            f"WHEN {truth} IS NULL THEN 'undetermined' WHEN {truth} THEN '{yes}' ELSE '{no}' END"
        )

    def leaf(name: str, op: str, figure: int) -> str:
        return named[name, op, figure]

    within = named[leaves[0]]
    out = {
        "coverages.covered": three(
            leaf("kind_0", ">=", 1), *COVERAGE[:2], f"({within} AND {leaf(LISTED, 'Member', 0)})"
        )
    }
    for one in rules(count):
        some = (
            leaf(STAFF, ">=", one.employees),
            leaf(SPENT, ">", one.spent * 100),
            leaf(KINDS[one.which], ">=", one.count),
        )
        holds = f"({leaf(REVENUE, '>=', one.revenue * 100)} AND ({' OR '.join(some)}))"
        out[f"awards.rule_{one.n}"] = three(holds, *AWARD[:2], within)
    for one in CATEGORIES:
        out[f"profile.{one}"] = three(leaf(one, ">=", 1), *ACTIVE[:2], "true")
    sizes = ""
    for word, people, money in SIZES:
        both = f"({leaf(STAFF, '>=', people)} AND {leaf(SALES, '>=', money)})"
        sizes += f"WHEN {both} THEN '{word}' WHEN {both} IS NULL THEN 'undetermined' "
    out["classes.size"] = f"CASE {sizes}ELSE 'micro' END"
    for start in range(0, len(leaves), BITS):
        part = [named[one] for one in leaves[start : start + BITS]]
        failed = (f"(NOT coalesce({one}, true))::BIGINT << {at}" for at, one in enumerate(part))
        unknown = (f"({one} IS NULL)::BIGINT << {at}" for at, one in enumerate(part))
        out[f"failed_{start // BITS}"] = " | ".join(f"({one})" for one in failed)
        out[f"unknown_{start // BITS}"] = " | ".join(f"({one})" for one in unknown)
    tests = ", ".join(f"({test(*key)}) AS {name}" for key, name in named.items())
    columns = ", ".join(f'{value} AS "{name}"' for name, value in out.items())
    return (
        f"WITH sums AS (SELECT rowno, {', '.join(sums)} FROM '{folder / 'activities.parquet'}' GROUP BY rowno), "
        f"tested AS (SELECT e.rowno, {tests} FROM '{folder / 'enterprises.parquet'}' AS e "
        f"LEFT JOIN sums ON sums.rowno = e.rowno) SELECT rowno, {columns} FROM tested"
    )


# ------------------------------------------------------------------------------------------------ NumPy

Truth = tuple[Any, Any]
"""Whether something is surely so, and whether it may be so."""


def _both(one: Truth, two: Truth) -> Truth:
    return one[0] & two[0], one[1] & two[1]


def _either(*some: Truth) -> Truth:
    sure, may = some[0]
    for more in some[1:]:
        sure, may = sure | more[0], may | more[1]
    return sure, may


class _Arrays:
    """The columns of the tables as arrays: a value, and whether it is known."""

    def __init__(self, program: Any, folder: Path) -> None:
        import pyarrow.parquet as pq

        self.rows = pq.read_table(folder / "enterprises.parquet")
        self.items = pq.read_table(folder / "activities.parquet")
        self.own = {name: column for column, name, _ in ours.columns(program)["enterprises"]}
        self.item = {name: column for column, name, _ in ours.columns(program)["activities"]}
        self.owner = self.items.column("rowno").to_numpy()

    def value(self, table: Any, column: str) -> Truth:
        """Values, zero or false where they are not known; and whether they are."""
        import pyarrow as pa

        found = table.column(column)
        known = found.is_valid().to_numpy()
        nothing = pa.scalar(0).cast(found.type)
        return found.fill_null(nothing).to_numpy(), known

    def codes(self, table: Any, column: str) -> tuple[Any, list[str]]:
        """A text as its number in a list; the last of the list is none."""
        coded = table.column(column).combine_chunks()
        words = [*coded.dictionary.to_pylist(), None]
        return coded.indices.fill_null(len(words) - 1).to_numpy(), words

    def counted(self) -> Truth:
        """Which activities surely count in the year, and which may."""
        started, known = self.value(self.items, self.item["started"])
        standing = self.items.column(self.item["standing"]).to_numpy()
        inside = (started >= FIRST) & (started <= LAST)
        return standing & inside & known, standing & (inside | ~known)

    def flags(self) -> Iterator[tuple[str, Any]]:
        """Of each category and kind: which activities are of it."""
        import numpy as np

        kinds, words = self.codes(self.items, self.item["kind"])
        listed = np.isin(kinds, [words.index(one) for one in KINDS])
        for one in KINDS:
            yield one, kinds == words.index(one)
        categories, words = self.codes(self.items, self.item["category"])
        for one in CATEGORIES:
            found = categories == words.index(one)
            yield one, found & listed if one == "talent" else found

    def inside(self) -> Truth:
        """Whether the region is the city's; the province's code may be."""
        import numpy as np

        codes, words = self.codes(self.rows, self.own["region"])
        sure = np.array([one is not None and one.startswith("1404") for one in words])
        may = sure | np.array([one in (None, "140000") for one in words])
        return sure[codes], may[codes]


def _status(within: Truth, holds: Truth) -> Any:
    """0 no, 1 yes, 2 undetermined, 3 out of scope."""
    import numpy as np

    found = np.where(within[0] & holds[0], np.int8(1), np.int8(2))
    found = np.where(within[0] & ~holds[1], np.int8(0), found)
    return np.where(~within[1], np.int8(3), found)


def in_numpy(program: Any, folder: Path, count: int, out: Path) -> None:
    """Statuses of the coverage and the rules as numbers."""
    import numpy as np

    arrays = _Arrays(program, folder)
    many, surely = arrays.rows.num_rows, arrays.counted()
    ends = {}
    for one, flag in arrays.flags():
        low, most = (np.bincount(arrays.owner[flag & end], minlength=many) for end in surely)
        ends[one] = low, most + MOST * arrays.rows.column(surveyed(one)).to_numpy()
    facts = {name: arrays.value(arrays.rows, arrays.own[name]) for name in (STAFF, SPENT, REVENUE, LISTED)}

    def at_least(name: str, figure: int) -> Truth:
        if name in ends:
            return ends[name][0] >= figure, ends[name][1] >= figure
        value, known = facts[name]
        return known & (value >= figure), (value >= figure) | ~known

    listed, known = facts[LISTED]
    within = arrays.inside()
    scope = _both(within, (listed & known, listed | ~known))
    found = {"coverages.covered": _status(scope, at_least("kind_0", 1))}
    for one in rules(count):
        some = _either(
            at_least(STAFF, one.employees),
            at_least(SPENT, one.spent * 100 + 1),
            at_least(KINDS[one.which], one.count),
        )
        holds = _both(at_least(REVENUE, one.revenue * 100), some)
        found[f"awards.rule_{one.n}"] = _status(within, holds)
    _written(found, out)


def _written(found: Mapping[str, Any], out: Path) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    many = len(next(iter(found.values())))
    pq.write_table(pa.table({"rowno": np.arange(many), **found}), out)


# ------------------------------------------------------------------------------------------------ openfisca-core


def in_openfisca(program: Any, folder: Path, count: int, out: Path) -> None:
    """A country template of enterprises with activities, one simulation of all of them."""
    import numpy as np
    from openfisca_core.simulations.simulation_builder import SimulationBuilder

    system, names = _template(count)
    arrays, builder = _Arrays(program, folder), SimulationBuilder()
    builder.create_entities(system)
    many, items = arrays.rows.num_rows, arrays.items.num_rows
    builder.declare_person_entity("activity", np.arange(items))
    firms = builder.declare_entity("firm", np.arange(many))
    firms.members_entity_id = arrays.owner
    simulation = builder.build(system)

    def put(name: str, values: Any, dtype: Any = np.bool_) -> None:
        simulation.set_input(name, "2020", values.astype(dtype))

    for word, flag in zip(("surely", "possibly"), arrays.counted(), strict=True):
        put(word, flag)
    for one, flag in arrays.flags():
        if one in KINDS:
            put(f"is_{one}", flag)
    for name in (STAFF, SPENT, REVENUE, LISTED):
        value, known = arrays.value(arrays.rows, arrays.own[name])
        put(_plain(name), value, np.bool_ if name == LISTED else np.int32)
        put(f"{_plain(name)}_known", known)
    put("unsurveyed", arrays.rows.column(surveyed("talent")).to_numpy())
    for word, flag in zip(("inside", "maybe_inside"), arrays.inside(), strict=True):
        put(word, flag)
    _written({key: simulation.calculate(name, "2020").astype(np.int8) for key, name in names.items()}, out)


def _plain(name: str) -> str:
    return name.partition("@")[0]


def _template(count: int) -> tuple[Any, dict[str, str]]:
    """The system, and the variable of each column."""
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import DateUnit
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    activity = build_entity("activity", "activities", "activity", is_person=True)
    firm = build_entity("firm", "firms", "enterprise", roles=[{"key": "own", "plural": "owns"}])
    system = TaxBenefitSystem([activity, firm])

    def add(name: str, of: Any, type_: type, formula: Callable[..., Any] | None = None) -> str:
        body: dict[str, Any] = {
            "value_type": type_,
            "entity": of,
            "definition_period": DateUnit.YEAR,
            "label": name,
        }
        if formula is not None:
            body["formula"] = formula
        system.add_variable(type(name, (Variable,), body))
        return name

    for name in ("surely", "possibly", *(f"is_{one}" for one in KINDS)):
        add(name, activity, bool)
    for name in ("unsurveyed", "inside", "maybe_inside", _plain(LISTED), f"{_plain(LISTED)}_known"):
        add(name, firm, bool)
    for name in (STAFF, SPENT, REVENUE):
        add(_plain(name), firm, int)
        add(f"{_plain(name)}_known", firm, bool)
    for one in KINDS:
        add(f"{one}_low", firm, int, _count(one, "surely"))
        add(f"{one}_most", firm, int, _count(one, "possibly"))
    names = {"coverages.covered": add("covered", firm, int, _covered)}
    for one in rules(count):
        names[f"awards.rule_{one.n}"] = add(f"rule_{one.n}", firm, int, _rule(one))
    return system, names


def _count(kind: str, end: str) -> Callable[..., Any]:
    def formula(firm: Any, period: Any) -> Any:
        import numpy as np

        flag = firm.members(f"is_{kind}", period) & firm.members(end, period)
        found = np.zeros(firm.count, dtype=np.int32)
        sums = firm.sum(flag)
        found[: len(sums)] = sums
        return found + MOST * firm("unsurveyed", period) if end == "possibly" else found

    return formula


def _figure(firm: Any, period: Any, name: str, least: int) -> Truth:
    value, known = firm(_plain(name), period) >= least, firm(f"{_plain(name)}_known", period)
    return known & value, value | ~known


def _many(firm: Any, period: Any, kind: str, least: int) -> Truth:
    return firm(f"{kind}_low", period) >= least, firm(f"{kind}_most", period) >= least


def _covered(firm: Any, period: Any) -> Any:
    listed, known = firm(_plain(LISTED), period), firm(f"{_plain(LISTED)}_known", period)
    within = firm("inside", period), firm("maybe_inside", period)
    return _status(_both(within, (listed & known, listed | ~known)), _many(firm, period, "kind_0", 1))


def _rule(one: Any) -> Callable[..., Any]:
    def formula(firm: Any, period: Any) -> Any:
        some = _either(
            _figure(firm, period, STAFF, one.employees),
            _figure(firm, period, SPENT, one.spent * 100 + 1),
            _many(firm, period, KINDS[one.which], one.count),
        )
        holds = _both(_figure(firm, period, REVENUE, one.revenue * 100), some)
        return _status((firm("inside", period), firm("maybe_inside", period)), holds)

    return formula
