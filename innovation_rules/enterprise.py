"""What is judged: an enterprise, its reports by year, its qualifications and activities.

A field is a base fact of the same name; an absent one is unknown, never zero and never false. `facts` lists
them, `intake` reads them from files, `case` hands the engines the ones a program asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from datetime import date
from typing import Final, NamedTuple

from pydantic import Field, model_validator

from innovation_rules.activities import Activity, Category, Finding, Inputs, Status
from innovation_rules.errors import Words
from innovation_rules.fields import (
    CoalTonnes,
    Day,
    Grade,
    Industry,
    Institutions,
    Kind,
    Model,
    NeverOrDay,
    Papers,
    People,
    PersonMonths,
    PersonYears,
    Pieces,
    Projects,
    Region,
    Score,
    SignedYuan,
    Text,
    Texts,
    Uscc,
    Year,
    YesNo,
    Yuan,
    fact,
    known,
)
from innovation_rules.quantities import Named, QuantityError, Type, format_quantity

__all__ = [
    "AnnualReport",
    "Enterprise",
    "Finding",
    "Inconsistency",
    "Ownership",
    "Qualification",
    "inconsistencies",
]

_LEDGER = "创新活动台账"
_FINANCE = "B603表 财务状况"
_STAFF = "I602表 从业人员"
_ENERGY = "B205-1表 能源购进、消费与库存"
_RD = "研究与试验发展(R&D)投入统计"
_PROJECTS = "107-1表 研发项目情况"
_HNTE = "国科发火〔2016〕195号 认定申请书"
_SME = "国科发政〔2017〕115号 信息表"
_TAX = "企业所得税年度纳税申报表"


def _row(number: int) -> str:
    return f"107-2表 第{number}行"


MOST_ITEMS: Final = 10_000
"""The most activities, or qualifications, that one enterprise can have."""


class Ownership(Named):
    """Who holds the enterprise."""

    STATE = "state", "国有"
    COLLECTIVE = "collective", "集体"
    PRIVATE = "private", "民营"
    FOREIGN = "foreign", "外商投资"
    HK_MACAO_TAIWAN = "hk_macao_taiwan", "港澳台投资"
    OTHER = "other", "其他"


class Qualification(Model):
    """A recognition that an enterprise asked for or holds. `holds` needs it recognised and unexpired."""

    kind: Kind = known("资质类型", _LEDGER)
    level: Grade | None = fact("级别", _LEDGER)
    granted: Day | None = fact("认定日期", "证书")
    expires: NeverOrDay | None = fact("有效期至", "证书")
    status: Status | None = fact("状态", _LEDGER)

    @model_validator(mode="after")
    def _in_order(self) -> Qualification:
        if self.status is Status.UNDER_WAY or self.status is Status.COMPLETED:
            allowed = [one.words for one in Status if one not in (Status.UNDER_WAY, Status.COMPLETED)]
            raise QuantityError("qualification-status", value=self.status.words, choices=allowed)
        if self.granted is not None and isinstance(self.expires, date) and self.expires < self.granted:
            raise QuantityError("expired-before-granted", granted=self.granted, expires=self.expires)
        return self


class AnnualReport(Model):
    """What an enterprise reported of one year: finance, people, R&D (107-1 and 107-2), results.

    R&D expenditure (statistical), R&D expense (accounting) and R&D expense (deductible) are three figures, and
    so are main business revenue, operating revenue and total revenue: none stands in for another.
    """

    filed: Day | None = fact("上报日期", _LEDGER)
    # finance
    main_business_revenue: Yuan | None = fact("主营业务收入", _FINANCE)
    operating_revenue: Yuan | None = fact("营业收入", _FINANCE)
    total_revenue: Yuan | None = fact("总收入", _HNTE)
    manufacturing_revenue: Yuan | None = fact("制造业业务收入", "公告2021年第13号")
    high_tech_revenue: Yuan | None = fact("高新技术产品收入", _HNTE)
    costs_and_expenses: Yuan | None = fact("成本费用", _SME)
    total_assets: Yuan | None = fact("资产总计", _FINANCE)
    net_assets: SignedYuan | None = fact("净资产", _HNTE)
    total_profit: SignedYuan | None = fact("利润总额", _FINANCE)
    net_profit: SignedYuan | None = fact("净利润", _FINANCE)
    taxable_income: SignedYuan | None = fact("应纳税所得额", _TAX)
    taxes_paid: SignedYuan | None = fact("实缴税费", _TAX)
    industrial_output: Yuan | None = fact("工业总产值", "B204-1表 工业产销总值")
    value_added: SignedYuan | None = fact("工业增加值", _FINANCE)
    energy_use: CoalTonnes | None = fact("综合能源消费量", _ENERGY)
    # people
    employees: People | None = fact("从业人员", _STAFF)
    hnte_st_staff: People | None = fact("累计工作183天以上科技人员", _HNTE)
    sme_st_staff: People | None = fact("累计工作6个月以上科技人员", _SME)
    rd_personnel: People | None = fact("R&D人员", _RD)
    rd_personnel_fte: PersonYears | None = fact("R&D人员折合全时当量", _RD)
    rd_staff: People | None = fact("研究开发人员合计", _row(1))
    rd_staff_management: People | None = fact("研究开发管理和服务人员", _row(2))
    rd_staff_women: People | None = fact("研究开发女性人员", _row(3))
    rd_staff_full_time: People | None = fact("研究开发全职人员", _row(4))
    rd_staff_graduates: People | None = fact("研究开发本科及以上人员", _row(5))
    rd_staff_external: People | None = fact("研究开发外聘人员", _row(6))
    # R&D expenditure, statistical, intramural
    rd_expenditure: Yuan | None = fact("R&D经费内部支出", _RD)
    basic_research: Yuan | None = fact("基础研究支出", _RD)
    applied_research: Yuan | None = fact("应用研究支出", _RD)
    experimental_development: Yuan | None = fact("试验发展支出", _RD)
    rd_labour: Yuan | None = fact("人员劳务费", _RD)
    rd_materials: Yuan | None = fact("原材料费", _RD)
    rd_capital: Yuan | None = fact("固定资产购建费", _RD)
    rd_management: Yuan | None = fact("管理费", _RD)
    rd_other: Yuan | None = fact("其他研发支出", _RD)
    rd_expenditure_external: Yuan | None = fact("R&D经费外部支出", _RD)
    rd_projects: Projects | None = fact("研发项目数", _PROJECTS)
    rd_project_months: PersonMonths | None = fact("研发项目人员实际工作时间", _PROJECTS)
    # R&D expense, accounting
    rd_expense_accounting: Yuan | None = fact("研究开发费用合计", _row(7))
    rd_expense_labour: Yuan | None = fact("人员人工费用", _row(8))
    rd_expense_direct: Yuan | None = fact("直接投入费用", _row(9))
    rd_expense_depreciation: Yuan | None = fact("折旧费用与长期待摊费用", _row(10))
    rd_expense_amortisation: Yuan | None = fact("无形资产摊销费用", _row(11))
    rd_expense_design: Yuan | None = fact("设计费用", _row(12))
    rd_expense_trial: Yuan | None = fact("装备调试费用与试验费用", _row(13))
    rd_expense_outsourced: Yuan | None = fact("委托外部研究开发费用", _row(14))
    rd_outsourced_institutes: Yuan | None = fact("委托境内研究机构", _row(15))
    rd_outsourced_universities: Yuan | None = fact("委托境内高等学校", _row(16))
    rd_outsourced_enterprises: Yuan | None = fact("委托境内企业", _row(17))
    rd_outsourced_overseas: Yuan | None = fact("委托境外机构", _row(18))
    rd_expense_other: Yuan | None = fact("其他研究开发费用", _row(19))
    rd_expense_domestic: Yuan | None = fact("境内研究开发费用", _HNTE)
    rd_fixed_assets: Yuan | None = fact("形成用于研究开发的固定资产", _row(20))
    rd_instruments: Yuan | None = fact("形成用于研究开发的仪器和设备", _row(21))
    rd_funds_own: Yuan | None = fact("企业自筹研发资金", "107-2表 经费来源")
    rd_funds_government: Yuan | None = fact("政府研发资金", "107-2表 经费来源")
    rd_funds_bank_loans: Yuan | None = fact("银行贷款研发资金", "107-2表 经费来源")
    rd_funds_venture: Yuan | None = fact("风险投资研发资金", "107-2表 经费来源")
    rd_funds_other: Yuan | None = fact("其他研发资金", "107-2表 经费来源")
    # R&D expense, deductible, and the relief
    rd_expense_deductible: Yuan | None = fact("申报加计扣除的研究开发支出", "107-2表 加计扣除")
    rd_intangible_amortisation: Yuan | None = fact("研发形成无形资产当年摊销额", _TAX)
    super_deduction_relief: Yuan | None = fact("加计扣除减免税金额", "107-2表 加计扣除")
    hnte_tax_relief: Yuan | None = fact("高新技术企业减免税金额", "107-2表 减免税")
    technology_transfer_income: Yuan | None = fact("技术转让所得", _TAX)
    technology_contracts: Yuan | None = fact("技术合同成交额", "技术合同认定登记")
    # institutions
    rd_institutions: Institutions | None = fact("期末研发机构数", _row(22))
    rd_institution_staff: People | None = fact("机构研究开发人员", _row(23))
    rd_institution_doctors: People | None = fact("机构博士", _row(24))
    rd_institution_masters: People | None = fact("机构硕士", _row(25))
    rd_institution_expense: Yuan | None = fact("机构研究开发费用", _row(26))
    rd_institution_equipment: Yuan | None = fact("机构仪器和设备原价", _row(27))
    overseas_rd_institutions: Institutions | None = fact("境外研发机构数", "107-2表 境外机构")
    # results
    patents_applied: Pieces | None = fact("当年专利申请数", _row(29))
    inventions_applied: Pieces | None = fact("当年发明专利申请数", _row(30))
    patents_granted: Pieces | None = fact("当年专利授权数", "专利证书")
    valid_inventions: Pieces | None = fact("期末有效发明专利数", _row(32))
    inventions_used: Pieces | None = fact("已被实施的发明专利数", _row(33))
    patents_transferred: Pieces | None = fact("专利转让及许可数", "107-2表 专利转让及许可")
    patent_transfer_revenue: Yuan | None = fact("专利转让及许可收入", "107-2表 专利转让及许可")
    ip_class_one: Pieces | None = fact("I类知识产权数", f"{_SME}；{_HNTE}")
    ip_class_two: Pieces | None = fact("II类知识产权数", f"{_SME}；{_HNTE}")
    results_converted: Projects | None = fact("科技成果转化数", _HNTE)
    hnte_score: Score | None = fact("创新能力评价得分", _HNTE)
    new_product_revenue: Yuan | None = fact("新产品销售收入", _row(36))
    new_product_exports: Yuan | None = fact("新产品出口", _row(37))
    trademarks: Pieces | None = fact("注册商标数", "107-2表 注册商标")
    papers: Papers | None = fact("科技论文数", "107-2表 科技论文")
    standards: Projects | None = fact("形成国家或行业标准数", "107-2表 国家或行业标准")
    # technology bought and renewed
    technical_renovation: Yuan | None = fact("技术改造经费支出", "107-2表 技术改造")
    technology_bought: Yuan | None = fact("购买境内技术经费支出", "107-2表 技术获取")
    technology_imported: Yuan | None = fact("引进境外技术经费支出", "107-2表 技术获取")
    technology_absorbed: Yuan | None = fact("消化吸收经费支出", "107-2表 技术获取")
    inputs: Inputs = Field(default_factory=dict, title="补充信息")

    @model_validator(mode="after")
    def _adds_up(self) -> AnnualReport:
        for found in inconsistencies(self.__dict__, self.model_fields_set):
            raise found.error()
        return self


# ---- the checks of the forms that are arithmetic ----------------------------------------------------------


class Breakdown(NamedTuple):
    """Parts that add up to a whole (`complete`), or that only cannot come to more than it."""

    whole: str
    parts: tuple[str, ...]
    complete: bool = False


_TYPES = ("basic_research", "applied_research", "experimental_development")
_COMPONENTS = ("rd_labour", "rd_materials", "rd_capital", "rd_management", "rd_other")
_FUNDS = ("rd_funds_own", "rd_funds_government", "rd_funds_bank_loans", "rd_funds_venture", "rd_funds_other")
_OUTSOURCED = tuple(f"rd_outsourced_{to}" for to in ("institutes", "universities", "enterprises", "overseas"))
_EXPENSES = tuple(
    f"rd_expense_{part}"
    for part in "labour direct depreciation amortisation design trial outsourced other".split()  # noqa: SIM905
)
_DEGREES = ("rd_institution_doctors", "rd_institution_masters")

BREAKDOWNS: Final = (
    Breakdown("rd_expenditure", _TYPES, complete=True),
    Breakdown("rd_expenditure", _COMPONENTS, complete=True),
    Breakdown("rd_expense_accounting", _EXPENSES, complete=True),
    Breakdown("rd_expense_accounting", _FUNDS, complete=True),
    Breakdown("rd_expense_outsourced", _OUTSOURCED, complete=True),
    Breakdown("rd_expense_accounting", ("rd_institution_expense",)),
    Breakdown("rd_expense_accounting", ("rd_expense_domestic",)),
    Breakdown("rd_fixed_assets", ("rd_instruments",)),
    Breakdown("new_product_revenue", ("new_product_exports",)),
    Breakdown("total_revenue", ("high_tech_revenue",)),
    Breakdown("rd_staff", ("rd_staff_management",)),
    Breakdown("rd_staff", ("rd_staff_women",)),
    Breakdown("rd_staff", ("rd_staff_full_time",)),
    Breakdown("rd_staff", ("rd_staff_external",)),
    Breakdown("rd_staff", ("rd_staff_graduates",)),
    Breakdown("rd_staff", ("rd_institution_staff",)),
    Breakdown("rd_staff_graduates", _DEGREES),
    Breakdown("rd_institution_staff", _DEGREES),
    Breakdown("patents_applied", ("inventions_applied",)),
    Breakdown("valid_inventions", ("inventions_used",)),
)
"""The edit checks of 107-2 that any report must pass (7 = 8 + ... + 19 >= 26, 1 >= 5 >= 24 + 25, ...)."""

_ROUNDING: Final = 50_000
"""Half of 1千元 in 分: what rounding to the forms' unit can move one figure by."""
_WHOLES: Final = frozenset(check.whole for check in BREAKDOWNS)
_CHECKS_OF: Final = {
    whole: tuple(check for check in BREAKDOWNS if check.whole == whole) for whole in sorted(_WHOLES)
}
_MONEY: Final = frozenset(name for check in BREAKDOWNS[:10] for name in (check.whole, *check.parts))


class Inconsistency(NamedTuple):
    """Parts that come to more than their whole, or to another sum than it."""

    check: Breakdown
    parts: tuple[str, ...]
    whole: int
    sum: int
    short: bool

    def error(self) -> QuantityError:
        """As an error that names both figures."""
        kind = Type.MONEY if self.check.whole in _MONEY else Type.COUNT
        return QuantityError(
            "parts-differ-from-whole" if self.short else "parts-exceed-whole",
            whole=_titled(self.check.whole),
            parts=[_titled(name) for name in self.parts],
            total=format_quantity(self.whole, kind),
            sum=format_quantity(self.sum, kind),
        )


def _titled(name: str) -> Words:
    return Words(str(AnnualReport.model_fields[name].title), name)


def inconsistencies(report: Mapping[str, object], given: Set[str] | None = None) -> Iterator[Inconsistency]:
    """Where a report's figures contradict each other, by the arithmetic checks of the forms.

    Only figures that are given are compared (`given` names them where the mapping holds unknown ones too), and
    money may be off by the rounding to 千元.
    """
    given = report.keys() if given is None else given
    for name in _WHOLES & given:
        for check in _CHECKS_OF[name]:
            if not given.isdisjoint(check.parts):
                yield from _compared(check, report)


def _compared(check: Breakdown, report: Mapping[str, object]) -> Iterator[Inconsistency]:
    whole = report[check.whole]
    parts = {name: value for name in check.parts if isinstance(value := report.get(name), int)}
    if not isinstance(whole, int) or not parts:
        return
    total, slack = sum(parts.values()), (len(parts) + 1) * _ROUNDING if check.whole in _MONEY else 0
    short = total + slack < whole and check.complete and len(parts) == len(check.parts)
    if total - slack > whole or short:
        yield Inconsistency(check, tuple(parts), int(whole), total, short)


class Enterprise(Model):
    """One enterprise as far as it is known; only its credit code and its name are always there."""

    uscc: Uscc = known("统一社会信用代码", "GB 32100-2015")
    name: Text = known("企业名称", "101-1表 单位基本情况")
    region: Region | None = fact("行政区划", "GB/T 2260；101-1表")
    industry: Industry | None = fact("行业代码", "GB/T 4754-2017；101-1表")
    established: Day | None = fact("成立日期", "101-1表 开业（成立）时间")
    ownership: Ownership | None = fact("控股情况", "101-1表 企业控股情况")
    in_directory: dict[Year, YesNo] = Field(
        default_factory=dict, title="在库规上", json_schema_extra={"source": "一套表调查单位库"}
    )
    zones: Texts | None = fact("所在园区", _LEDGER)
    qualifications: tuple[Qualification, ...] | None = Field(
        default=None, title="资质", max_length=MOST_ITEMS
    )
    reports: dict[Year, AnnualReport] = Field(default_factory=dict, title="年度报告")
    activities: tuple[Activity, ...] | None = Field(default=None, title="创新活动", max_length=MOST_ITEMS)
    unsurveyed: frozenset[Category] = Field(default=frozenset(), title="未调查类别")
    inputs: Inputs = Field(default_factory=dict, title="补充信息")
    ongoing_as_of: Day | None = fact("持续截至日期", "台账表头")
