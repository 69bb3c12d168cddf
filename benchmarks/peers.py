"""The neutral workload in each peer's own terms, by the fastest form that its documentation offers.

Read by decision.py. A contender is a function from a record, in the form it takes, to whatever it gives, and
a function that reads an Outcome from that; only the first is timed.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

from workload import FACTS, Outcome, Record, plain


class Contender(NamedTuple):
    """Who, which reasons it gives (empty: none), what is timed, how an Outcome is read from what it
    gives, and what it is given for a record (made beforehand)."""

    name: str
    reasons: str
    run: Callable[[Any], Any]
    read: Callable[[Any], Outcome]
    given: Callable[[Record], Any] = dict


# ------------------------------------------------------------------------------------------ zen-engine

ZEN_RULES = {
    "in_scope": "in_directory and (startsWith(industry, '06') or startsWith(industry, '13') or "
    "startsWith(industry, '26') or startsWith(industry, '35')) and main_business_revenue >= 20000",
    "rd_active": "rd_expenditure > 0",
    "intensive": "main_business_revenue > 0 and rd_expenditure * 1000 >= main_business_revenue * 25",
    "staffed": "employees > 0 and rd_personnel * 10 >= employees",
    "capable": "(rd_institution ? 1 : 0) + (high_tech ? 1 : 0) + (patents >= 3 ? 1 : 0) + "
    "(standards >= 1 ? 1 : 0) + (partner ? 1 : 0) >= 2",
    "covered": "$.in_scope and ($.rd_active or (high_tech and rd_institution))",
    "subsidy": "not restricted and $.intensive and $.capable and size in ['medium', 'small'] "
    "and total_assets <= 1000000",
    "new_products": "(operating_revenue > 0 and new_product_revenue * 5 >= operating_revenue) "
    "or (patents >= 5 and $.rd_active)",
}
ZEN_TIERS_IN_WORDS = {
    "size": "employees >= 1000 and operating_revenue >= 400000 ? 'large' : "
    "employees >= 300 and operating_revenue >= 20000 ? 'medium' : "
    "employees >= 20 and operating_revenue >= 3000 ? 'small' : 'micro'",
    "points": "main_business_revenue <= 0 ? 0 : "
    "rd_expenditure * 100 >= main_business_revenue * 6 ? 50 : "
    "rd_expenditure * 100 >= main_business_revenue * 5 ? 40 : "
    "rd_expenditure * 100 >= main_business_revenue * 4 ? 30 : 0",
}
ZEN_SIZES = (
    (">= 1000", ">= 400000", '"large"'),
    (">= 300", ">= 20000", '"medium"'),
    (">= 20", ">= 3000", '"small"'),
    ("", "", '"micro"'),
)
ZEN_POINTS = (
    ("main_business_revenue <= 0", "0"),
    ("rd_expenditure * 100 >= main_business_revenue * 6", "50"),
    ("rd_expenditure * 100 >= main_business_revenue * 5", "40"),
    ("rd_expenditure * 100 >= main_business_revenue * 4", "30"),
    ("", "0"),
)

Node = dict[str, Any]


def _zen_node(name: str, type_: str, **content: Any) -> Node:
    return {"id": name, "name": name, "type": type_, **({"content": content} if content else {})}


def _zen_expressions(expressions: dict[str, str], pass_on: bool) -> Node:
    rows = [{"id": key, "key": key, "value": value} for key, value in expressions.items()]
    return _zen_node("rules", "expressionNode", passThrough=pass_on, expressions=rows)


def _zen_table(name: str, fields: list[str | None], output: str, rows: tuple[tuple[str, ...], ...]) -> Node:
    inputs = [{"id": f"i{n}", "name": f"i{n}", **({"field": f} if f else {})} for n, f in enumerate(fields)]
    rules = [
        {"_id": f"{name}{n}", **{f"i{m}": cell for m, cell in enumerate(row[:-1])}, "o": row[-1]}
        for n, row in enumerate(rows)
    ]
    outputs = [{"id": "o", "name": output, "field": output}]
    return _zen_node(
        name,
        "decisionTableNode",
        hitPolicy="first",
        passThrough=True,
        inputs=inputs,
        outputs=outputs,
        rules=rules,
    )


def _zen_graph(*middle: Node) -> dict[str, Any]:
    nodes = [_zen_node("in", "inputNode"), *middle, _zen_node("out", "outputNode")]
    edges = [
        {"id": f"{a['id']}-{b['id']}", "sourceId": a["id"], "targetId": b["id"], "type": "edge"}
        for a, b in itertools.pairwise(nodes)
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def zen_graphs() -> dict[str, dict[str, Any]]:
    """`flat`, one node of expressions, the fastest; `tables`, first match as decision tables, which its
    trace explains by the row that matched."""
    flat = {**ZEN_TIERS_IN_WORDS, **ZEN_RULES}
    flat["subsidy"] = flat["subsidy"].replace("size in", "$.size in")
    return {
        "flat": _zen_graph(_zen_expressions(flat, pass_on=False)),
        "tables": _zen_graph(
            _zen_table("sizes", ["employees", "operating_revenue"], "size", ZEN_SIZES),
            _zen_table("tiers", [None], "points", ZEN_POINTS),
            _zen_expressions(ZEN_RULES, pass_on=True),
        ),
    }


def zen_contenders() -> Iterator[Contender]:
    """`engine.evaluate` with graphs compiled once by the static loader, with and without the trace."""
    import zen

    graphs = zen_graphs()
    engine = zen.ZenEngine({"loader": {"type": "static", "content": graphs}})
    evaluate, traced = engine.evaluate, {"trace": True}

    def read(response: Any) -> Outcome:
        result = response["result"]
        return Outcome(**{name: result[name] for name in Outcome._fields})

    yield Contender("zen-engine", "", lambda r: evaluate("flat", r), read)
    yield Contender("zen-engine, trace", "each rule's result", lambda r: evaluate("flat", r, traced), read)
    yield Contender("zen-engine, tables", "", lambda r: evaluate("tables", r), read)
    yield Contender(
        "zen-engine, tables, trace",
        "each rule's result and the row that matched",
        lambda r: evaluate("tables", r, traced),
        read,
    )
    decision = zen.ZenEngine().create_decision(json.dumps(graphs["flat"]))
    yield Contender("zen-engine, readme's form", "", decision.evaluate, read)


# ----------------------------------------------------------------------------------------- rule-engine

RULE_ENGINE_RULES = {
    "in_scope": "in_directory and industry =~ '(06|13|26|35).*' and main_business_revenue >= 20000",
    "rd_active": "rd_expenditure > 0",
    "intensive": "main_business_revenue > 0 and rd_expenditure * 1000 >= main_business_revenue * 25",
    "staffed": "employees > 0 and rd_personnel * 10 >= employees",
    "size": "employees >= 1000 and operating_revenue >= 400000 ? 'large' : "
    "(employees >= 300 and operating_revenue >= 20000 ? 'medium' : "
    "(employees >= 20 and operating_revenue >= 3000 ? 'small' : 'micro'))",
    "capable": "(rd_institution ? 1 : 0) + (high_tech ? 1 : 0) + (patents >= 3 ? 1 : 0) + "
    "(standards >= 1 ? 1 : 0) + (partner ? 1 : 0) >= 2",
    "covered": "in_scope and (rd_active or (high_tech and rd_institution))",
    "subsidy": "not restricted and intensive and capable and size in ['medium', 'small'] "
    "and total_assets <= 1000000",
    "new_products": "(operating_revenue > 0 and new_product_revenue * 5 >= operating_revenue) "
    "or (patents >= 5 and rd_active)",
    "points": "main_business_revenue <= 0 ? 0 : "
    "(rd_expenditure * 100 >= main_business_revenue * 6 ? 50 : "
    "(rd_expenditure * 100 >= main_business_revenue * 5 ? 40 : "
    "(rd_expenditure * 100 >= main_business_revenue * 4 ? 30 : 0)))",
}


def rule_engine_contenders() -> Iterator[Contender]:
    """Rules parsed once with a typed context; a rule's result is a fact for the rules after it."""
    import rule_engine

    types = {
        bool: rule_engine.DataType.BOOLEAN,
        int: rule_engine.DataType.FLOAT,
        str: rule_engine.DataType.STRING,
    }
    known = {name: types[type_] for name, type_ in FACTS.items()}
    known |= {name: types[type_] for name, type_ in Outcome.__annotations__.items()}
    context = rule_engine.Context(type_resolver=rule_engine.type_resolver_from_dict(known))
    rules = [(name, rule_engine.Rule(text, context=context)) for name, text in RULE_ENGINE_RULES.items()]

    def run(record: Record) -> Record:
        facts = dict(record)
        for name, rule in rules:
            facts[name] = rule.evaluate(facts)
        return facts

    def read(facts: Record) -> Outcome:
        return Outcome(**{name: facts[name] for name in Outcome._fields})._replace(
            points=int(facts["points"])
        )

    yield Contender("rule-engine", "", run, read)


# --------------------------------------------------------------------------------------- openfisca-core


def openfisca_contenders() -> Iterator[Contender]:
    """One simulation a record, values set as arrays of one; the trace is its own reasons."""
    import numpy as np
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import DateUnit
    from openfisca_core.simulations import Simulation
    from openfisca_core.simulations.simulation_builder import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    firm = build_entity(key="firm", plural="firms", label="enterprise", is_person=True)
    system = TaxBenefitSystem([firm])

    def add(name: str, type_: type, formula: Callable[..., Any] | None = None) -> None:
        body = {"value_type": type_, "entity": firm, "definition_period": DateUnit.YEAR, "label": name}
        if formula is not None:
            body["formula"] = formula
        system.add_variable(type(name, (Variable,), body))

    def wide(firm: Any, name: str, period: Any) -> Any:
        return firm(name, period).astype(np.int64)  # its integers have 32 bits: a product of two overflows

    def in_scope(firm: Any, period: Any) -> Any:
        industry = firm("industry", period).astype(str)
        inside = np.isin(np.char.ljust(industry, 2).astype("U2"), ["06", "13", "26", "35"])
        return firm("in_directory", period) * inside * (firm("main_business_revenue", period) >= 20_000)

    def rd_active(firm: Any, period: Any) -> Any:
        return firm("rd_expenditure", period) > 0

    def intensive(firm: Any, period: Any) -> Any:
        revenue = wide(firm, "main_business_revenue", period)
        return (revenue > 0) * (wide(firm, "rd_expenditure", period) * 1000 >= revenue * 25)

    def staffed(firm: Any, period: Any) -> Any:
        employees = firm("employees", period)
        return (employees > 0) * (firm("rd_personnel", period) * 10 >= employees)

    def size(firm: Any, period: Any) -> Any:
        employees, revenue = firm("employees", period), firm("operating_revenue", period)
        rows = ((1000, 400_000), (300, 20_000), (20, 3_000))
        return np.select(
            [(employees >= heads) * (revenue >= money) for heads, money in rows],
            ["large", "medium", "small"],
            default="micro",
        )

    def capable(firm: Any, period: Any) -> Any:
        flags = sum(firm(name, period).astype(int) for name in ("rd_institution", "high_tech", "partner"))
        return flags + (firm("patents", period) >= 3) + (firm("standards", period) >= 1) >= 2

    def covered(firm: Any, period: Any) -> Any:
        able = firm("high_tech", period) * firm("rd_institution", period)
        return firm("in_scope", period) * (firm("rd_active", period) + able)

    def subsidy(firm: Any, period: Any) -> Any:
        fits = np.isin(firm("size", period).astype(str), ["medium", "small"])
        able = firm("intensive", period) * firm("capable", period)
        return ~firm("restricted", period) * able * fits * (firm("total_assets", period) <= 1_000_000)

    def new_products(firm: Any, period: Any) -> Any:
        revenue = firm("operating_revenue", period)
        share = (revenue > 0) * (wide(firm, "new_product_revenue", period) * 5 >= revenue)
        return share + (firm("patents", period) >= 5) * firm("rd_active", period)

    def points(firm: Any, period: Any) -> Any:
        revenue, spent = (
            wide(firm, "main_business_revenue", period),
            wide(firm, "rd_expenditure", period) * 100,
        )
        tiers = [revenue <= 0, spent >= revenue * 6, spent >= revenue * 5, spent >= revenue * 4]
        return np.select(tiers, [0, 50, 40, 30], default=0)

    formulas = (
        in_scope,
        rd_active,
        intensive,
        staffed,
        size,
        capable,
        covered,
        subsidy,
        new_products,
        points,
    )
    for name, type_ in FACTS.items():
        add(name, type_)
    for formula in formulas:
        add(formula.__name__, Outcome.__annotations__[formula.__name__], formula)
    builder, names = SimulationBuilder(), Outcome._fields
    dtypes = {name: {int: np.int32, bool: np.bool_, str: object}[type_] for name, type_ in FACTS.items()}

    def simulate(record: Record, trace: bool) -> Any:
        simulation: Simulation = builder.build_default_simulation(system, 1)
        simulation.trace = trace
        for name, value in record.items():
            simulation.set_input(name, "2020", np.array([value], dtype=dtypes[name]))
        return [simulation.calculate(name, "2020") for name in names]

    def read(arrays: Any) -> Outcome:
        values = [array[0] for array in arrays]
        plain_types = (Outcome.__annotations__[name] for name in names)
        return Outcome(*(type_(value) for type_, value in zip(plain_types, values, strict=True)))

    yield Contender("openfisca-core", "", lambda r: simulate(r, False), read)
    yield Contender("openfisca-core, trace", "trace of variables", lambda r: simulate(r, True), read)


# ------------------------------------------------------------------------------------------------- all


def contenders() -> list[Contender]:
    """Plain Python and every peer that is installed; an absent one is said."""
    found = [Contender("plain Python", "", plain, lambda outcome: Outcome(*outcome))]
    for bring in (zen_contenders, rule_engine_contenders, openfisca_contenders):
        try:
            found.extend(bring())
        except ImportError as error:
            print(f"absent: {error.name}")
    return found


def versions() -> str:
    """The versions of the peers that are here, for the head of the table."""
    found = []
    for name in ("zen-engine", "rule-engine", "openfisca-core"):
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return ", ".join(found) or "no peer is installed"
