"""Write the example ledgers: 200 invented enterprises of Changzhi, a dirty copy, and one enterprise in YAML.

    python examples/make_examples.py            writes the files beside this one
    python examples/make_examples.py --check    fails, naming them, when they are not what would be written

Nothing here is a real enterprise. Every name begins with (虚构), and every organisation code with XF, which is
given to nobody; check digits are right all the same. Regions are the districts and counties of 2020. The same
seed writes the same bytes on every Python, because only `random.random()` is used, which promises that.

Read `STORIES` first: it says how many enterprises there are of each kind and what each of them is to show.
Then `Firm`, which is written into by the stories, and `FAULTS`, which spoils good records one by one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

from stdnum.cn import uscc

HERE = Path(__file__).resolve().parent
SEED = 20200521
YEAR = 2020
HEADER = {"ongoing_as_of": "2020-12-31"}
Record = dict[str, Any]
T = TypeVar("T")


class Dice:
    """Chance that comes out the same everywhere."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def chance(self, percent: int) -> bool:
        return self._random() * 100 < percent

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends in."""
        return low + int(self._random() * (high - low + 1))

    def one(self, of: Sequence[T]) -> T:
        return of[self.whole(0, len(of) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        rest = list(items)
        return [rest.pop(self.whole(0, len(rest) - 1)) for _ in range(len(rest))]

    def day(self, first: date, last: date) -> str:
        return (first + timedelta(days=self.whole(0, (last - first).days))).isoformat()

    def parts(self, total: int, *weights: int) -> list[int]:
        """A whole split by weights that waver a little; the parts add up to it exactly."""
        wavering = [weight * self.whole(70, 130) for weight in weights]
        parts = [total * weight // sum(wavering) for weight in wavering]
        parts[wavering.index(max(wavering))] += total - sum(parts)
        return parts


# ------------------------------------------------------------------------------------------ where


class District(NamedTuple):
    """A district or county of Changzhi, how many of the 197 stand there, and what it makes."""

    code: str
    short: str
    enterprises: int
    industries: tuple[str, ...]


DISTRICTS = (
    District(
        "140403",
        "潞州",
        40,
        ("3511", "3444", "3975", "3825", "2740", "2710", "4412", "3670", "4511", "2319", "1491", "4610"),
    ),
    District("140404", "上党", 22, ("0610", "3511", "3434", "3670", "3021", "2740", "1110", "3484")),
    District("140405", "屯留", 20, ("0610", "2523", "2720", "3612", "1391", "4411", "2614")),
    District("140406", "潞城", 24, ("2521", "3011", "2621", "4411", "3120", "2614", "3089", "0810")),
    District("140423", "襄垣", 22, ("0610", "2523", "2521", "4411", "3021", "3841", "2651")),
    District("140425", "平顺", 8, ("2730", "4415", "1373", "0810", "3140")),
    District("140426", "黎城", 12, ("3120", "3391", "2521", "0810", "1373", "4415")),
    District("140427", "壶关", 9, ("3130", "3089", "2740", "1462", "4415", "3484")),
    District("140428", "长子", 13, ("0610", "1391", "1711", "3021", "2730", "0721")),
    District("140429", "武乡", 9, ("0610", "4416", "0721", "1319", "3031")),
    District("140430", "沁县", 7, ("1319", "1512", "4416", "2614", "2740")),
    District("140431", "沁源", 11, ("0610", "2521", "2730", "4511", "1110", "1011")),
)
"""GB/T 2260 in 2020, since the changes of 2018 that made 潞州, 上党, 屯留 and 潞城 districts."""

ELSEWHERE = (("140502", "晋城"), ("140105", "太原"), ("410502", "安阳"))
OLD_CODES = {"140403": "140402", "140404": "140421", "140405": "140424", "140406": "140481"}
"""Codes until 2018; an enterprise keeps the credit code that it was registered under."""


# ------------------------------------------------------------------------------------------ what


class Industry(NamedTuple):
    """An industry (GB/T 4754-2017): what its enterprises are called, make, and turn over for each employee."""

    trade: tuple[str, ...]
    works_on: tuple[str, ...]
    each: int  # 千元 a year


INDUSTRIES = {
    "0610": Industry(("煤业", "煤矿", "矿业"), ("综采工作面远程操作", "瓦斯分级抽采", "充填开采"), 950),
    "0721": Industry(("煤层气开发", "煤层气"), ("低渗煤层水力压裂", "井组排采控制"), 1600),
    "0810": Industry(("铁矿", "矿业"), ("贫矿预选", "尾矿干排"), 620),
    "1011": Industry(("石灰石矿业",), ("矿山粉尘治理",), 520),
    "1110": Industry(("煤矿服务", "洗选技术服务"), ("重介洗选自动加药", "矸石分选"), 480),
    "1319": Industry(("小米", "谷物"), ("杂粮低温碾磨", "谷物保鲜"), 900),
    "1373": Industry(("果蔬食品",), ("花椒精深加工", "核桃分级"), 700),
    "1391": Industry(("淀粉", "农产品加工"), ("玉米淀粉副产物利用", "豆制品保质"), 1300),
    "1462": Industry(("醋业",), ("陈醋固态发酵", "醋糟利用"), 560),
    "1491": Industry(("营养食品",), ("党参食品开发", "功能饮品配方"), 640),
    "1512": Industry(("酒业",), ("清香型白酒酿造",), 600),
    "1711": Industry(("纺织",), ("精梳纱线节能纺制",), 450),
    "2319": Industry(("包装印刷",), ("医药包装可追溯印制",), 430),
    "2521": Industry(("焦化", "煤焦"), ("焦炉烟气余热回收", "干熄焦节能", "焦油深加工"), 2600),
    "2523": Industry(("煤制油", "煤基合成"), ("费托合成催化剂", "煤基润滑油"), 2200),
    "2614": Industry(("化工",), ("粗苯加氢精制", "煤基精细化学品"), 1900),
    "2621": Industry(("化肥",), ("缓释氮肥配方",), 1500),
    "2651": Industry(("新材料",), ("聚氯乙烯专用料",), 1700),
    "2710": Industry(("制药", "原料药"), ("原料药连续结晶", "杂质控制"), 820),
    "2720": Industry(("药业",), ("口服固体制剂一致性评价",), 860),
    "2730": Industry(("中药材", "中药饮片"), ("党参趁鲜加工", "连翘饮片炮制"), 600),
    "2740": Industry(("中药", "制药"), ("中药注射剂质控", "经典名方研究"), 780),
    "3011": Industry(("水泥",), ("水泥窑协同处置", "低碱水泥"), 1500),
    "3021": Industry(("混凝土", "建材"), ("煤矸石骨料混凝土",), 900),
    "3031": Industry(("新型墙材",), ("粉煤灰烧结砖",), 420),
    "3089": Industry(("耐火材料",), ("镁碳砖回用",), 520),
    "3120": Industry(("钢铁",), ("转炉终点控制", "高强钢筋"), 2400),
    "3130": Industry(("轧钢",), ("控轧控冷",), 1900),
    "3140": Industry(("硅铁",), ("矿热炉余热发电",), 1400),
    "3391": Industry(("粉末冶金", "铸造"), ("铁基粉末成形", "消失模铸造"), 520),
    "3434": Industry(("输送机械",), ("带式输送机永磁驱动",), 560),
    "3444": Industry(("液压",), ("液压支架电液控制", "高压柱塞泵"), 600),
    "3484": Industry(("机械制造",), ("矿用零件表面强化",), 480),
    "3511": Industry(("煤机", "矿山装备"), ("薄煤层采煤机", "巷道快速掘进", "矿用防爆机器人"), 640),
    "3612": Industry(("新能源汽车",), ("纯电动专用车底盘", "氢燃料电池客车"), 880),
    "3670": Industry(("汽车零部件",), ("轻量化轮毂", "电机壳体压铸"), 560),
    "3825": Industry(("光伏",), ("高效电池片", "光伏组件"), 1300),
    "3841": Industry(("锂电",), ("矿用锂离子电源",), 900),
    "3975": Industry(("光电", "半导体照明"), ("深紫外芯片", "倒装封装"), 700),
    "4411": Industry(("发电", "电力"), ("循环流化床超低排放", "低热值煤发电"), 3000),
    "4412": Industry(("热电",), ("热网智能调度",), 2000),
    "4415": Industry(("风电",), ("低风速机组运维",), 5200),
    "4416": Industry(("光伏发电",), ("采煤沉陷区光伏",), 4600),
    "4511": Industry(("燃气",), ("煤层气管网安全监测",), 1900),
    "4610": Industry(("水务",), ("管网漏损监测",), 500),
    "5161": Industry(("煤炭销售",), ("配煤信息系统",), 5000),
    "5430": Industry(("物流",), ("散货运输调度",), 600),
    "6513": Industry(("软件", "信息技术"), ("矿山数据平台",), 380),
    "7320": Industry(("工程技术研究",), ("煤机检测方法",), 350),
    "4710": Industry(("建筑",), ("装配式构件",), 520),
    "6110": Industry(("饭店",), ("客房能耗管理",), 180),
}

HEAVY = ("25", "26", "30", "31", "44")
"""Divisions that use ten times the energy of others."""
SERVICES = ("5161", "5430", "6513", "7320", "4710", "6110")
BRANDS = [a + b for a in "沃钧砺霁翊衡翰禹澍麓" for b in "岚驰拓舟桓屿澜擎曜朴"]
FORMS = ("有限公司", "有限公司", "有限责任公司", "股份有限公司")


# ------------------------------------------------------------------------------------------ activities


class Kind(NamedTuple):
    """A kind of the annex as the ledger shows it: its levels and statuses, its cost in 万元, how many at once."""

    kind: str
    levels: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("under_way", "completed")
    cost: tuple[int, int] = (0, 0)
    many: int = 1
    event: bool = False


_ASKED = ("recognised", "applied", "recognised")
_CITY_UP = ("municipal", "provincial", "national")
_OWN = ("enterprise",)


def _names(text: str) -> list[str]:
    return text.split()


def _platforms(levels: tuple[str, ...], statuses: tuple[str, ...], names: str) -> tuple[Kind, ...]:
    return tuple(Kind(name, levels, statuses, (20, 600)) for name in _names(names))


ALLIANCE = Kind("industry_alliance", ("municipal",), ("under_way", "recognised"))

KINDS: dict[str, tuple[Kind, ...]] = {
    "rd_input": tuple(
        Kind(f"rd_{name}", statuses=("completed",), cost=(15, 400), event=True)
        for name in _names(
            "type_basic_research type_applied_research type_experimental_development component_labour_cost "
            "component_materials component_capital_expenditure component_management_cost component_other_cost"
        )
    ),
    "talent": (
        Kind("st_personnel", statuses=("under_way",), many=60),
        Kind("jointly_trained_personnel", statuses=("under_way", "completed"), many=12),
        Kind("academician", ("national",), ("recognised",)),
        Kind("leading_talent", ("provincial", "national"), ("recognised", "applied"), many=2),
        Kind("outstanding_talent", ("provincial",), ("recognised",), many=2),
        Kind("sanjin_talent", ("provincial",), ("recognised", "applied"), many=3),
        Kind("master_craftsman", ("municipal", "provincial"), ("recognised",), many=3),
        Kind("freelance_service_outsourcing", cost=(5, 60), many=8),
        Kind("freelance_rd_outsourcing", cost=(5, 120), many=6),
        Kind("other_talent", statuses=("under_way",), many=5),
    ),
    "project": (
        Kind("national_key_programme", ("national",), ("under_way", "recognised"), (300, 2500)),
        Kind("university_industry_cooperation", cost=(20, 400)),
        Kind("product_innovation", cost=(30, 900), many=3),
        Kind("process_innovation", cost=(30, 900), many=3),
        Kind("technology_rd", cost=(30, 1200), many=4),
        Kind("patent", statuses=("applied", "recognised"), many=15, event=True),
        Kind("standard", ("provincial", "national"), ("recognised", "applied"), many=2, event=True),
        Kind("quality", cost=(5, 60)),
        Kind("brand", ("municipal", "provincial"), ("recognised", "applied")),
        Kind("equipment_upgrade", cost=(80, 1800), many=3),
        Kind("technical_renovation", cost=(300, 9000)),
        Kind("major_technical_renovation_project", ("provincial",), ("applied", "recognised"), (2000, 30000)),
        Kind("key_technology_innovation_project", ("provincial",), ("applied", "recognised"), (200, 3000), 2),
        Kind("science_technology_award", ("municipal", "provincial"), ("recognised", "applied"), event=True),
        Kind("other_project", cost=(20, 200)),
    ),
    "platform": (
        *_platforms(
            _CITY_UP, _ASKED, "enterprise_technology_centre key_laboratory engineering_technology_centre"
        ),
        *_platforms(
            _CITY_UP, _ASKED, "skilled_talent_studio academician_workstation technology_innovation_centre"
        ),
        *_platforms(
            ("provincial", "national"),
            _ASKED,
            "manufacturing_innovation_centre industry_technology_centre engineering_research_centre "
            "technology_innovation_demonstration_enterprise graduate_education_innovation_centre quality_benchmark "
            "smart_manufacturing_pilot green_manufacturing big_data_pilot hydrogen_energy_pilot "
            "national_standardisation_pilot ip_utilisation_pilot industrial_technology_public_service "
            "postdoctoral_workstation industrial_technology_research_institute science_technology_innovation_centre "
            "other_new_type_rd_institution other_pilot_demonstration",
        ),
        ALLIANCE,
        *_platforms(
            _OWN,
            ("under_way",),
            "acquired_overseas_rd_institution university_industry_rd_institution technology_development_department "
            "rd_department technical_task_force studio other_enterprise_institution",
        ),
        *_platforms((), ("under_way",), "zbj_platform shanxi_technology_exchange other_external_platform"),
    ),
    "key_technology": tuple(
        Kind(name, cost=(80, 2600))
        for name in _names(
            "basic_theory applied_technology industry_generic indigenous_and_integrated commercialisation"
        )
    ),
    "international": tuple(
        Kind(
            name, cost=(30, 1500), event=name in ("overseas_merger_acquisition", "overseas_direct_investment")
        )
        for name in _names(
            "cooperation_platform innovation_carrier global_resource_layout introduce_top500_rd_institution "
            "with_university with_academy with_institute with_expert with_enterprise overseas_merger_acquisition "
            "overseas_direct_investment overseas_rd_centre overseas_joint_research_centre "
            "overseas_innovation_resources international_talent_strategy other_international_cooperation"
        )
    ),
}
"""The kinds of the annex of the Changzhi document and those that its lists leave open (等), by category."""

BASIC = ("rd_input", "talent", "project")
ADVANCED = ("platform", "key_technology", "international")
ALLIANCES = {
    "0610": "coal",
    "2521": "coking",
    "2523": "modern_coal_chemical",
    "27": "modern_medicine",
    "3434": "coal_machinery",
    "3444": "coal_machinery",
    "3511": "coal_machinery",
    "3612": "new_energy_vehicle",
    "3670": "new_energy_vehicle",
    "38": "electronic_information",
    "39": "electronic_information",
}
"""The alliance (四(二)1) that the enterprises of an industry would join; `other` for the rest."""
PARTNERS = ("某省属高校", "某部属高校", "某省级科研院所", "某央企研究院", "本市某职业技术学院")
FOREIGN_PARTNERS = ("某国外大学", "某国外研究院", "某国外研究所", "某国外企业", "某外籍专家")
EVIDENCE = ("立项文件", "合作协议", "受理通知书", "检测报告", "财务凭证", "验收意见")


# ------------------------------------------------------------------------------------------ one enterprise


@dataclass
class Firm:
    """An enterprise while it is being invented; money is in 千元, the unit of the forms, until it is written."""

    dice: Dice
    number: int
    region: str
    short: str
    industry: str
    size: str = "small"
    record: Record = field(default_factory=dict)
    style: str = "wan"
    employees: int = 0
    revenue: int = 0

    @property
    def trade(self) -> Industry:
        return INDUSTRIES[self.industry]

    @property
    def alliance(self) -> str:
        return ALLIANCES.get(self.industry, ALLIANCES.get(self.industry[:2], "other"))

    def money(self, thousands: int) -> int | str:
        """Written as this enterprise writes money; exact whichever way."""
        if self.style == "yuan":
            return thousands * 1000
        if self.style == "thousands":
            return f"{thousands}千元"
        if thousands >= 100_000 and thousands % 1000 == 0:
            return f"{_decimal(thousands, 100_000)}亿元"
        return f"{_decimal(thousands, 10)}万元"

    def founded(self, name: str) -> None:
        """Who it is: names, codes, ownership, how many people and what revenue."""
        dice = self.dice
        low, high = {"large": (1000, 4200), "medium": (300, 990), "small": (22, 290), "micro": (9, 19)}[
            self.size
        ]
        self.employees = dice.whole(low, high)
        floor = {"large": 420_000, "medium": 21_000, "small": 21_000, "micro": 20_000}[self.size]
        self.revenue = max(floor, self.employees * self.trade.each * dice.whole(60, 150) // 100)
        self.revenue -= self.revenue % (1000 if self.revenue > 100_000 else 10)
        self.style = ("wan", "yuan", "wan", "thousands")[self.number % 4]
        self.record |= {
            "uscc": credit_code(self._registered(), self.number),
            "name": name,
            "region": self.region,
            "industry": self.industry,
            "established": dice.day(date(1996, 1, 1), date(2017, 12, 31)),
            "ownership": dice.one(
                (
                    "private",
                    "private",
                    "private",
                    "state",
                    "collective",
                    "foreign",
                    "hk_macao_taiwan",
                    "other",
                )
            ),
            "in_directory": {"2019": True, "2020": True},
        }
        if self.region in ("140403", "140404", "140405") and dice.chance(25):
            self.record["zones"] = [dice.one(("长治高新区", "长治经开区"))]

    def _registered(self) -> str:
        if self.region in OLD_CODES and self.dice.chance(35):
            return OLD_CODES[self.region]
        return "140400" if self.region.startswith("1404") and self.dice.chance(12) else self.region

    def reports(self, rd: int | None, years: Sequence[int] = (2019, 2020), full: bool = False) -> None:
        """Annual reports; `rd` is the R&D intensity of the last year in hundredths of a percent, None unsaid."""
        held: Record = self.record.setdefault("reports", {})
        for year in years:
            back = YEAR - year
            revenue = self.revenue * (100 - 6 * back + self.dice.whole(-4, 4) * (back > 0)) // 100
            spent = None if rd is None else revenue * max(rd - 12 * back, 1 if rd else 0) // 10_000
            held[str(year)] = self._report(revenue - revenue % 10, spent, full)

    def _report(self, revenue: int, rd: int | None, full: bool) -> Record:
        dice, money = self.dice, self.money
        operating = revenue * dice.whole(1000, 1040) // 1000
        margin = dice.whole(-30, 120)
        report: Record = {
            "main_business_revenue": money(revenue),
            "operating_revenue": money(operating - operating % 10),
            "total_assets": money(revenue * dice.whole(80, 190) // 1000 * 10),
            "net_profit": money(revenue * margin // 1000),
            "employees": self.employees,
        }
        if dice.chance(40):
            report["value_added"] = money(revenue * dice.whole(18, 36) // 100)
        if dice.chance(40):
            each = dice.whole(20, 300) if self.industry[:2] in HEAVY else dice.whole(2, 20)
            report["energy_use"] = f"{_decimal(revenue * each // 100, 10)}吨标准煤"
        if rd is not None:
            report |= self._research(rd, full)
        return report

    def _research(self, rd: int, full: bool) -> Record:
        dice, money = self.dice, self.money
        if rd == 0:
            return {
                "rd_personnel": 0,
                "rd_expenditure": 0,
                "rd_expense_deductible": 0,
                "new_product_revenue": 0,
            }
        people = max(2, min(self.employees // 4, rd // 320))
        basic, applied, trial = dice.parts(rd, 1, 6, 93)
        spent = dice.parts(rd, 34, 38, 14, 5, 9)
        names = ("rd_labour", "rd_materials", "rd_capital", "rd_management", "rd_other")
        accounting = rd * dice.whole(105, 135) // 100
        report: Record = {
            "rd_personnel": people,
            "rd_personnel_fte": f"{_decimal(people * dice.whole(5, 9), 10)}人年",
            "rd_expenditure": money(rd),
            "basic_research": money(basic),
            "applied_research": money(applied),
            "experimental_development": money(trial),
            **{name: money(part) for name, part in zip(names, spent, strict=True)},
            "rd_expense_accounting": money(accounting),
            "rd_expense_deductible": money(accounting * dice.whole(70, 95) // 100),
            "new_product_revenue": money(rd * dice.whole(0, 8)),
        }
        return report | self._detail(people, accounting) if full else report

    def _detail(self, people: int, accounting: int) -> Record:
        """The rows of 107-2, with sums that its edit checks accept."""
        dice, money = self.dice, self.money
        costs = dict(
            zip(
                (
                    "labour",
                    "direct",
                    "depreciation",
                    "amortisation",
                    "design",
                    "trial",
                    "outsourced",
                    "other",
                ),
                dice.parts(accounting, 34, 36, 10, 2, 3, 4, 7, 4),
                strict=True,
            )
        )
        institutes, universities, enterprises = dice.parts(costs["outsourced"], 3, 5, 2)
        own, government, bank = dice.parts(accounting, 90, 6, 4)
        staff = people + dice.whole(2, 12)
        patents = dice.whole(2, 25)
        valid = dice.whole(3, 40)
        return {
            "rd_staff": staff,
            "rd_staff_management": staff // 8,
            "rd_staff_women": staff // 4,
            "rd_staff_full_time": staff * 7 // 10,
            "rd_staff_graduates": staff // 2,
            **{f"rd_expense_{name}": money(part) for name, part in costs.items()},
            "rd_outsourced_institutes": money(institutes),
            "rd_outsourced_universities": money(universities),
            "rd_outsourced_enterprises": money(enterprises),
            "rd_outsourced_overseas": 0,
            "rd_expense_domestic": money(accounting),
            "rd_funds_own": money(own),
            "rd_funds_government": money(government),
            "rd_funds_bank_loans": money(bank),
            "rd_funds_venture": 0,
            "rd_funds_other": 0,
            "rd_institutions": dice.whole(1, 3),
            "rd_institution_staff": staff * 2 // 3,
            "rd_institution_doctors": staff // 40,
            "rd_institution_masters": staff // 10,
            "rd_institution_expense": money(accounting * 6 // 10),
            "patents_applied": patents,
            "inventions_applied": patents // 3,
            "valid_inventions": valid,
            "inventions_used": valid * 2 // 3,
        }

    def report(self, **fields: Any) -> None:
        """Add to the report of the judged year."""
        self.record["reports"][str(YEAR)] |= fields

    def bought(self, rd: int) -> None:
        """R&D that was materials and equipment only, with nobody who counts as R&D personnel."""
        materials, capital = self.dice.parts(rd, 3, 2)
        self.report(
            rd_expenditure=self.money(rd),
            rd_labour=0,
            rd_materials=self.money(materials),
            rd_capital=self.money(capital),
            rd_management=0,
            rd_other=0,
        )

    def inputs(self, **fields: Any) -> None:
        self.record["inputs"] = self.record.get("inputs", {}) | fields

    def found(self, **fields: bool) -> None:
        """Findings of an authority, with their day and finder."""
        day, by = self.dice.day(date(2020, 6, 1), date(2020, 11, 30)), "市推进小组办公室"
        self.inputs(
            **{name: {"value": value, "found_on": day, "found_by": by} for name, value in fields.items()}
        )

    def qualification(self, kind: str, granted: str, expires: str | None, status: str = "recognised") -> None:
        held = {"kind": kind, "granted": granted, "expires": expires, "status": status}
        self.record.setdefault("qualifications", []).append({k: v for k, v in held.items() if v is not None})

    def activity(self, category: str, kind: Kind, **changes: Any) -> None:
        """An activity of the judged year, or as `changes` say; a change to None leaves the field out."""
        dice = self.dice
        self.record.setdefault("activities", [])
        made: Record = {"category": category, "kind": kind.kind, "name": self._title(kind)}
        if kind.levels:
            made["level"] = dice.one(kind.levels)
        made |= self._span(kind)
        if dice.chance(85) or "recognised" in kind.statuses:
            made["status"] = dice.one(kind.statuses)
        if kind.many > 1:
            made["quantity"] = dice.whole(1, kind.many)
        if kind.cost[1]:
            made["amount"] = self.money(dice.whole(*kind.cost) * 10)
        if category == "international" or kind.kind.startswith(("university", "joint")) or dice.chance(12):
            made["partners"] = [dice.one(FOREIGN_PARTNERS if category == "international" else PARTNERS)]
        if kind.kind.startswith("other_") or dice.chance(30):
            made["evidence"] = [dice.one(EVIDENCE)]
        if kind.kind == "industry_alliance":
            made["inputs"] = {"alliance_industry": self.alliance}
        made |= changes
        if made.get("status") == "completed" and not kind.event and made.get("started"):
            made["ended"] = made["ended"] if str(made.get("ended", "")).startswith("20") else "2020-12-25"
        self.record["activities"].append({name: value for name, value in made.items() if value is not None})

    def _title(self, kind: Kind) -> str | None:
        return self.dice.one(self.trade.works_on) if kind.cost[1] and self.dice.chance(70) else None

    def _span(self, kind: Kind) -> Record:
        dice = self.dice
        if kind.event:
            return {"started": dice.day(date(2020, 1, 6), date(2020, 12, 20))}
        started = dice.day(date(2016, 3, 1), date(2020, 11, 30))
        match dice.whole(1, 10):
            case 1 | 2:
                return {"started": started, "ended": dice.day(date(2020, 12, 1), date(2020, 12, 31))}
            case 3 | 4 | 5:
                return {"started": started, "ended": "ongoing"}
            case _:
                return {"started": started}


def _decimal(number: int, by: int) -> str:
    whole, rest = divmod(abs(number), by)
    digits = f"{rest:0{len(str(by)) - 1}d}".rstrip("0")
    return ("-" if number < 0 else "") + str(whole) + (f".{digits}" if digits else "")


def credit_code(region: str, number: int) -> str:
    """A credit code with right check digits over an organisation code that begins with XF, which is nobody's."""
    body = f"XF{number * 7919 % 1_000_000:06d}"
    values = [ord(char) - 55 if char.isalpha() else int(char) for char in body]
    check = -sum(a * b for a, b in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    code = f"91{region}{body}{'X' if check == 10 else check}"
    return code + uscc.calc_check_digit(code)


# ------------------------------------------------------------------------------------------ stories


@dataclass
class Shelf:
    """Hands out the kinds of each category in turn, so that every one of them is used."""

    dice: Dice
    left: dict[str, deque[Kind]] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)
    """Alliances that somebody has joined."""

    def add(self, firm: Firm, category: str, times: int = 1, **changes: Any) -> None:
        for _ in range(times):
            firm.activity(category, self.next(category), **changes)

    def next(self, category: str) -> Kind:
        left = self.left.setdefault(category, deque())
        if not left:
            left.extend(self.dice.shuffled(KINDS[category]))
        return left.popleft()


Story = Callable[[Firm, Shelf], None]


def flagship(firm: Firm, shelf: Shelf) -> None:
    """Active in all six aspects, with findings of rank and conformity: most awards."""
    firm.reports(firm.dice.whole(180, 420), years=(2018, 2019, 2020), full=True)
    for category in BASIC:
        shelf.add(firm, category, 2)
    shelf.add(firm, "platform", 3)
    shelf.add(firm, "key_technology")
    shelf.add(firm, "international", 2)
    firm.found(
        industry_rank_high=firm.dice.chance(60),
        conforms_industrial_policy=firm.dice.chance(85),
        able_enterprise=True,
    )
    firm.inputs(rd_mechanism=True, assistance_matched=False)
    firm.report(taxable_income=firm.money(firm.revenue // 40))
    if firm.dice.chance(70):
        firm.qualification("high_tech_enterprise", "2018-11-29", "2021-11-28")
    if firm.dice.chance(60):
        firm.report(technology_transfer_income=firm.money(firm.dice.whole(800, 9000)))
    cost = firm.dice.whole(500, 9000)
    firm.report(
        inputs={"rd_equipment_cost": firm.money(cost), "rd_equipment_unit_value": firm.money(cost // 3)}
    )


def strong(firm: Firm, shelf: Shelf) -> None:
    """Active in both layers."""
    dice = firm.dice
    firm.reports(dice.whole(40, 300), full=dice.chance(15))
    shelf.add(firm, "project", dice.whole(1, 2))
    for category in ("rd_input", "talent"):
        if dice.chance(45):
            shelf.add(firm, category)
    shelf.add(firm, "platform", dice.whole(1, 2))
    if dice.chance(35):
        shelf.add(firm, "key_technology")
    if dice.chance(25):
        shelf.add(firm, "international")
    if firm.alliance not in shelf.joined or dice.chance(12):
        shelf.joined.add(firm.alliance)
        firm.activity("platform", ALLIANCE)
    if dice.chance(60):
        firm.inputs(rd_mechanism=dice.chance(70))
    if dice.chance(30):
        firm.found(industry_rank_high=False, able_enterprise=dice.chance(40))
    if dice.chance(40):
        firm.report(technology_transfer_income=0, inputs={"rd_equipment_cost": 0})
    if dice.chance(70):
        firm.inputs(assistance_matched=dice.chance(60))
    _qualified(firm)


def _qualified(firm: Firm) -> None:
    """A qualification in force, asked for, expired, refused, without an end, or none."""
    match firm.number % 9:
        case 0:
            firm.qualification("high_tech_enterprise", "2019-09-16", "2022-09-15")
        case 1:
            firm.qualification("high_tech_enterprise", "2017-11-09", "2020-11-08")
        case 2:
            firm.qualification("high_tech_enterprise", "2020-12-03", None, "applied")
        case 3:
            firm.qualification("technology_sme", "2020-04-20", "2020-12-31")
        case 4:
            firm.record["qualifications"] = []
        case 5:
            firm.qualification("high_tech_enterprise", "2019-12-02", None)
        case 6:
            firm.qualification("high_tech_enterprise", "2020-09-10", None, "rejected")


def single(firm: Firm, shelf: Shelf) -> None:
    """Active in one aspect of the basic layer only."""
    category = BASIC[firm.number % 3]
    if category == "rd_input":
        firm.reports(0)
        firm.bought(firm.revenue * firm.dice.whole(5, 60) // 10_000)
        firm.record["activities"] = []
        return
    firm.reports(0)
    shelf.add(firm, category, firm.dice.whole(1, 2))
    if firm.dice.chance(50):
        firm.inputs(assistance_matched=True)


def scattered(firm: Firm, shelf: Shelf) -> None:
    """Active in several aspects of the basic layer, with no platform."""
    firm.reports(firm.dice.whole(10, 160))
    for category in firm.dice.shuffled(BASIC)[: firm.dice.whole(1, 3)]:
        shelf.add(firm, category)
    firm.record["qualifications"] = []
    if firm.dice.chance(50):
        firm.inputs(assistance_matched=True)


def advanced_only(firm: Firm, shelf: Shelf) -> None:
    """Active in the advanced layer only: a platform, a key technology, or work abroad."""
    firm.reports(0)
    shelf.add(firm, ADVANCED[firm.number % 3], firm.dice.whole(1, 2))


def small_revenue(firm: Firm, shelf: Shelf) -> None:
    """In the directory though its revenue fell below the floor: still in scope."""
    firm.revenue = firm.dice.whole(1200, 19_500)
    firm.reports(firm.dice.whole(20, 120))
    shelf.add(firm, "project")


def idle(firm: Firm, shelf: Shelf) -> None:
    """Surveyed, and nothing found."""
    firm.reports(0)
    firm.record["activities"] = []
    firm.record["qualifications"] = []
    firm.inputs(assistance_matched=firm.dice.chance(70))


def refused(firm: Firm, shelf: Shelf) -> None:
    """What there was has been rejected or withdrawn."""
    firm.reports(0)
    shelf.add(firm, "platform", status="rejected")
    shelf.add(firm, "project", status="withdrawn")
    firm.inputs(assistance_matched=True)


def past(firm: Firm, shelf: Shelf) -> None:
    """All of it ended before the year."""
    firm.reports(0)
    for kind in (shelf.next("project"), shelf.next("talent")):
        category = "project" if kind in KINDS["project"] else "talent"
        day = firm.dice.day(date(2017, 2, 1), date(2018, 6, 30))
        firm.activity(
            category, kind, started=day, ended=None if kind.event else "2019-11-30", status="completed"
        )


def directory_unknown(firm: Firm, shelf: Shelf) -> None:
    """Nobody has said whether it is in the directory."""
    del firm.record["in_directory"]
    strong(firm, shelf)


def industry_unknown(firm: Firm, shelf: Shelf) -> None:
    """Its industry is not known, so neither is the scope."""
    strong(firm, shelf)
    del firm.record["industry"]


def region_unknown(firm: Firm, shelf: Shelf) -> None:
    """It has not said where it stands."""
    strong(firm, shelf)
    del firm.record["region"]


def unasked(firm: Firm, shelf: Shelf) -> None:
    """Nobody asked about its activities, and the year's report is not there."""
    firm.reports(0, years=(2019,))


def partly_asked(firm: Firm, shelf: Shelf) -> None:
    """Some aspects were surveyed and empty, others not."""
    firm.reports(0)
    firm.record["activities"] = []
    firm.record["unsurveyed"] = sorted(
        firm.dice.shuffled(("talent", "project", *ADVANCED))[: firm.dice.whole(1, 3)]
    )


def undated(firm: Firm, shelf: Shelf) -> None:
    """One thing that happened, and nobody wrote down when."""
    firm.reports(0)
    patent = next(kind for kind in KINDS["project"] if kind.kind == "patent")
    firm.activity("project", patent, started=None, ended=None)


def unevidenced(firm: Firm, shelf: Shelf) -> None:
    """Its one activity is of the kinds that the annex leaves open, and nothing shows what it was."""
    firm.reports(0)
    firm.activity("project", KINDS["project"][-1], evidence=None)


def late(firm: Firm, shelf: Shelf) -> None:
    """The year's report came in after the year: not known yet on 31 December."""
    firm.reports(firm.dice.whole(20, 90))
    firm.record["reports"]["2019"]["filed"] = "2020-03-06"
    firm.report(filed=firm.dice.day(date(2021, 2, 20), date(2021, 3, 10)))
    firm.record["activities"] = []


def research_untold(firm: Firm, shelf: Shelf) -> None:
    """A report without a word on R&D, and no activity found."""
    firm.reports(None)
    firm.record["activities"] = []


def below(firm: Firm, shelf: Shelf) -> None:
    """Below the designated size: out of scope, active or not."""
    firm.revenue = firm.dice.whole(900, 19_000)
    firm.record["in_directory"] = {"2019": False, "2020": False}
    firm.reports(firm.dice.whole(0, 1) * firm.dice.whole(100, 500))
    if firm.number % 2:
        shelf.add(firm, "project")
    else:
        firm.record["activities"] = []


def unlisted(firm: Firm, shelf: Shelf) -> None:
    """Its revenue reaches the floor, but it has not entered the directory."""
    firm.record["in_directory"] = {"2019": False, "2020": False}
    firm.record["established"] = firm.dice.day(date(2018, 1, 1), date(2019, 6, 30))
    firm.reports(firm.dice.whole(20, 120))
    shelf.add(firm, "project")


def dropped(firm: Firm, shelf: Shelf) -> None:
    """It left the directory at the end of 2019."""
    firm.record["in_directory"] = {"2019": True, "2020": False}
    firm.reports(0)
    firm.record["activities"] = []


def service(firm: Firm, shelf: Shelf) -> None:
    """Not an industrial enterprise."""
    firm.record["in_directory"] = {"2019": True, "2020": True}
    firm.reports(firm.dice.whole(0, 1) * firm.dice.whole(50, 400))
    shelf.add(firm, "project")


def elsewhere(firm: Firm, shelf: Shelf) -> None:
    """It stands in another city: neither coverage nor award."""
    strong(firm, shelf)


def showcase(firm: Firm, shelf: Shelf) -> None:
    """The one that `make demo` explains: covered; awards won, open, and missed by little."""
    kinds = {kind.kind: kind for each in KINDS.values() for kind in each}
    firm.employees, firm.revenue, firm.style = 316, 208_600, "wan"
    firm.reports(186, years=(2018, 2019, 2020), full=True)
    firm.report(
        patents_applied=6, inventions_applied=2, technology_transfer_income=0, taxable_income="924万元"
    )
    firm.activity(
        "project", kinds["product_innovation"], name="薄煤层采煤机", started="2019-04-08", ended="ongoing",
        status="under_way", quantity=2, amount="460万元", partners=["某省属高校"], evidence=["立项文件"],
    )  # fmt: skip
    firm.activity(
        "project", kinds["patent"], started="2020-07-21", status="applied", quantity=6, name=None, partners=None,
        evidence=["受理通知书"],
    )  # fmt: skip
    firm.activity(
        "platform", kinds["enterprise_technology_centre"], level="municipal", started="2020-05-11", ended=None,
        status="applied", amount="120万元", name=None, partners=None, evidence=["受理通知书"],
    )  # fmt: skip
    firm.activity(
        "platform", kinds["smart_manufacturing_pilot"], level="provincial", started="2019-10-01", ended="ongoing",
        status="recognised", amount="380万元", name=None, partners=None, evidence=None,
    )  # fmt: skip
    firm.activity(
        "talent", kinds["master_craftsman"], level="municipal", started="2018-05-01", ended="ongoing",
        status="recognised", quantity=1, partners=None, evidence=None,
    )  # fmt: skip
    firm.record["unsurveyed"] = ["international"]
    firm.qualification("high_tech_enterprise", "2017-11-09", "2020-11-08")
    firm.inputs(rd_mechanism=True, assistance_matched=False)
    firm.found(conforms_industrial_policy=True)


class Cast(NamedTuple):
    """How many enterprises tell a story, of which sizes, and what the headline says of them."""

    story: Story
    number: int
    sizes: tuple[str, ...]
    coverage: str


_ANY = ("small", "small", "medium", "small", "large", "micro")
_SMALL = ("small", "small", "micro", "small", "medium")

STORIES = (
    Cast(showcase, 1, ("medium",), "covered"),
    Cast(flagship, 10, ("large", "large", "medium"), "covered"),
    Cast(strong, 43, ("medium", "small", "small", "large"), "covered"),
    Cast(single, 28, _SMALL, "covered"),
    Cast(scattered, 26, _SMALL, "covered"),
    Cast(advanced_only, 10, _ANY, "covered"),
    Cast(small_revenue, 5, ("small", "micro"), "covered"),
    Cast(idle, 14, _ANY, "not_covered"),
    Cast(refused, 5, _SMALL, "not_covered"),
    Cast(past, 5, _SMALL, "not_covered"),
    Cast(directory_unknown, 4, _SMALL, "undetermined"),
    Cast(industry_unknown, 3, _SMALL, "undetermined"),
    Cast(region_unknown, 2, _SMALL, "undetermined"),
    Cast(unasked, 5, _ANY, "undetermined"),
    Cast(partly_asked, 5, _SMALL, "undetermined"),
    Cast(undated, 3, _SMALL, "undetermined"),
    Cast(unevidenced, 2, _SMALL, "undetermined"),
    Cast(late, 3, _SMALL, "undetermined"),
    Cast(research_untold, 2, _SMALL, "undetermined"),
    Cast(below, 8, ("micro", "small"), "out_of_scope"),
    Cast(unlisted, 4, ("small",), "out_of_scope"),
    Cast(dropped, 3, ("small", "micro"), "out_of_scope"),
    Cast(service, 6, _SMALL, "out_of_scope"),
    Cast(elsewhere, 3, ("medium", "small"), "out_of_scope"),
)


def ledger() -> list[tuple[Record, Cast]]:
    """The 200 enterprises with the story each tells, by district."""
    dice = Dice(SEED)
    shelf = Shelf(dice)
    places = iter(_places(dice))
    brands = iter(dice.shuffled(BRANDS) + dice.shuffled([brand[::-1] for brand in BRANDS]))
    held = []
    for number, (cast, size) in enumerate(_roles(), start=1):
        firm = _firm(dice, number, cast.story, size, places)
        firm.founded(_name(firm, next(brands)))
        cast.story(firm, shelf)
        held.append((firm.region, number, firm.record, cast))
    held.sort(key=lambda one: (not one[0].startswith("1404"), one[:2]))
    return [(record, cast) for _, _, record, cast in held]


def _roles() -> Iterator[tuple[Cast, str]]:
    for cast in STORIES:
        for at in range(cast.number):
            yield cast, cast.sizes[at % len(cast.sizes)]


def _places(dice: Dice) -> list[tuple[District, str]]:
    """A district and an industry for each enterprise of the city; the showcase first."""
    places = [
        (district, district.industries[at % len(district.industries)])
        for district in DISTRICTS
        for at in range(district.enterprises)
    ]
    return [places.pop(0), *dice.shuffled(places)]


def _firm(dice: Dice, number: int, story: Story, size: str, places: Iterator[tuple[District, str]]) -> Firm:
    if story is elsewhere:
        region, short = ELSEWHERE[number % len(ELSEWHERE)]
        return Firm(dice, number, region, short, dice.one(("3511", "2740", "3120")), size)
    district, industry = next(places)
    if story is service:
        industry = SERVICES[number % len(SERVICES)]
    return Firm(dice, number, district.code, district.short, industry, size)


def _name(firm: Firm, brand: str) -> str:
    place = firm.dice.one(
        (firm.short, firm.short, "山西", "长治" if firm.region.startswith("1404") else firm.short)
    )
    form = firm.dice.one(FORMS) if firm.size != "large" else firm.dice.one(("集团有限公司", "股份有限公司"))
    return f"(虚构){place}{brand}{firm.dice.one(firm.trade.trade)}{form}"


# ------------------------------------------------------------------------------------------ what goes wrong


class Fault(NamedTuple):
    """One thing wrong with one record: what it is, the field and code it is reported with, and how to do it.

    `spoil` gets a good record and returns the line to write instead: a record, or the text itself.
    """

    what: str
    field: str
    code: str
    spoil: Callable[[Record], Record | str | bytes]
    deciding: bool = False
    """Only a pack can tell: it is found on deciding, not on reading."""


def _code(change: Callable[[str], Any]) -> Callable[[Record], Record]:
    return lambda record: record | {"uscc": change(record["uscc"])}


def _with(**fields: Any) -> Callable[[Record], Record]:
    return lambda record: record | fields


def _reported(**fields: Any) -> Callable[[Record], Record]:
    return lambda record: record | {"reports": {"2020": record["reports"]["2020"] | fields}}


def _did(**changes: Any) -> Callable[[Record], Record]:
    made = {"category": "project", "kind": "product_innovation", "started": "2020-03-02", "ended": "ongoing"}
    return lambda record: record | {"activities": [made | changes]}


def _holds(**changes: Any) -> Callable[[Record], Record]:
    held = {
        "kind": "high_tech_enterprise",
        "granted": "2019-09-16",
        "expires": "2022-09-15",
        "status": "recognised",
    }
    return lambda record: record | {"qualifications": [held | changes]}


def _without(name: str, **fields: Any) -> Callable[[Record], Record]:
    return lambda record: {key: value for key, value in record.items() if key != name} | fields


def _raw(old: str, new: str) -> Callable[[Record], str]:
    """The line with a piece of its text replaced, once."""

    def spoil(record: Record) -> str:
        line = _line(record)
        if old not in line:
            raise LookupError(f"{old} is not in {line[:80]}")
        return line.replace(old, new, 1)

    return spoil


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


def _wrong_digit(code: str) -> str:
    return code[:-1] + ("1" if code[-1] == "0" else "0")


_SUMS = {
    "rd_expenditure": "1000千元",
    "rd_labour": "4000千元",
    "rd_materials": "3000千元",
    "rd_capital": "2000千元",
    "rd_management": "500千元",
    "rd_other": "500千元",
}
_SHORT = {
    "rd_expense_accounting": "1000万元",
    "rd_funds_own": "800万元",
    "rd_funds_government": "100万元",
    "rd_funds_bank_loans": 0,
    "rd_funds_venture": 0,
    "rd_funds_other": 0,
}
_REVENUE = "reports.2020.main_business_revenue"

FAULTS = (
    Fault("信用代码写成小写", "uscc", "uscc-lower-case", _code(str.lower)),
    Fault("信用代码带空格", "uscc", "uscc-space", _code(lambda code: f"{code[:8]} {code[8:17]} {code[17]}")),
    Fault("信用代码是全角字符", "uscc", "uscc-full-width", _code(_full_width)),
    Fault("信用代码带连字符", "uscc", "uscc-hyphen", _code(lambda code: f"{code[:8]}-{code[8:]}")),
    Fault("填了组织机构代码", "uscc", "uscc-organisation-code", _code(lambda code: f"{code[8:16]}-{code[16]}")),
    Fault("信用代码校验位不对", "uscc", "uscc-check-digit", _code(_wrong_digit)),
    Fault("信用代码少一位", "uscc", "uscc-length", _code(lambda code: code[:-1])),
    Fault("信用代码里有字母 O", "uscc", "uscc-character", _code(lambda code: code[:12] + "O" + code[13:])),
    Fault("信用代码成了科学记数", "uscc", "code-is-number", _code(lambda code: "9.1140403E+17")),
    Fault("信用代码成了数字", "uscc", "code-is-number", _code(lambda code: 911404035757588190)),
    Fault("缺信用代码(合计行)", "uscc", "missing-field", lambda record: {"name": "(虚构)合计", "reports": record["reports"]}),
    Fault("缺企业名称", "name", "missing-field", _without("name")),
    Fault("企业名称空白", "name", "empty-text", _with(name="  ")),
    Fault("企业名称是数字", "name", "text-not-number", _with(name=17)),
    Fault("企业名称里有终端控制码", "name", "control-in-text", _with(name="(虚构)\u001b[31m潞州红字有限公司\u001b[0m")),
    Fault("企业名称里有改变文字方向的字符", "name", "control-in-text", _with(name="(虚构)潞州\u202e司公限有")),
    Fault("行政区划成了数字", "region", "code-is-number", _with(region=140403)),
    Fault("行政区划少一位", "region", "region-form", _with(region="40403")),
    Fault("行政区划写了名称", "region", "region-form", _with(region="潞州区")),
    Fault("没有这个行政区划", "region", "no-such-region", _with(region="140499")),
    Fault("行业代码丢了前导零(文字)", "industry", "code-lost-zero", _with(industry="6")),
    Fault("行业代码丢了前导零(数字)", "industry", "code-lost-zero", _with(industry=610)),
    Fault("行业代码成了数字", "industry", "code-is-number", _with(industry=2521)),
    Fault("行业代码门类不符", "industry", "industry-section", _with(industry="B2521")),
    Fault("没有这个行业", "industry", "no-such-industry", _with(industry="9900")),
    Fault("行业写了名称", "industry", "industry-form", _with(industry="炼焦")),
    Fault("控股情况不在名单上", "ownership", "unknown-choice", _with(ownership="央企")),
    Fault("用是代替 true", "in_directory.2020", "not-yes-no", _with(in_directory={"2020": "是"})),
    Fault("用√代替 true", "in_directory.2020", "not-yes-no", _with(in_directory={"2020": "√"})),
    Fault("用 1 代替 true", "in_directory.2020", "not-yes-no", _with(in_directory={"2020": 1})),
    Fault("在库没有分年度", "in_directory", "field-shape", _with(in_directory=True)),
    Fault("年份带了年字", "in_directory.2020年", "year-form", _with(in_directory={"2020年": True})),
    Fault("日期只有年月", "established", "date-form", _with(established=200806)),
    Fault("日期用点分隔", "established", "date-form", _with(established="2008.6")),
    Fault("日期成了电子表格序列值", "established", "date-form", _with(established=39600)),
    Fault("没有这一天", "established", "no-such-date", _with(established="2009-02-29")),
    Fault("成立日期太早", "established", "out-of-range", _with(established="0208-06-01")),
    Fault("园区不是列表", "zones", "field-shape", _with(zones="长治高新区")),
    Fault("字段名拼错", "regoin", "unknown-field", _without("region", regoin="140403")),
    Fault("年报里的字段名拼错", "reports.2020.rd_expenditures", "unknown-field", _reported(rd_expenditures="10万元")),
    Fault("中英文各写了一次", "region", "same-field-twice", _with(行政区划="140404")),
    Fault("同一个键写了两次", "industry", "same-key-twice", _raw('"industry": ', '"industry": "0610", "industry": ')),
    Fault("金额是 NaN", _REVENUE, "not-finite", _reported(main_business_revenue=float("nan"))),
    Fault("金额指数巨大", _REVENUE, "exponent-too-large", lambda record: _raw('"@"', "1e400000000")(_reported(main_business_revenue="@")(record))),
    Fault("金额单位只有万", _REVENUE, "unknown-unit", _reported(main_business_revenue="1200万")),
    Fault("金额是外币", _REVENUE, "unknown-unit", _reported(main_business_revenue="350万美元")),
    Fault("金额以分为单位", _REVENUE, "fen-not-a-unit", _reported(main_business_revenue="120000000分")),
    Fault("金额文字没有单位", _REVENUE, "unit-missing", _reported(main_business_revenue="12000")),
    Fault("金额用了人数的单位", _REVENUE, "wrong-unit", _reported(main_business_revenue="12000人")),
    Fault("金额是全角数字", _REVENUE, "full-width", _reported(main_business_revenue="１２００万元")),
    Fault("金额是汉字数字", _REVENUE, "number-in-words", _reported(main_business_revenue="一千二百万元")),
    Fault("金额是约数", _REVENUE, "not-a-number", _reported(main_business_revenue="约1200万元")),
    Fault("金额是空文字", _REVENUE, "not-a-number", _reported(main_business_revenue="")),
    Fault("金额细到厘", _REVENUE, "too-many-decimals", lambda record: _raw('"@"', "12345678.905")(_reported(main_business_revenue="@")(record))),
    Fault("收入为负", _REVENUE, "out-of-range", _reported(main_business_revenue="-50万元")),
    Fault("收入超过全国总量", _REVENUE, "out-of-range", _reported(main_business_revenue="99999999亿元")),
    Fault("人数为负", "reports.2020.employees", "out-of-range", _reported(employees=-12)),
    Fault("人数是 true", "reports.2020.employees", "boolean-not-number", _reported(employees=True)),
    Fault("费用合计超过总额(千元当成万元)", "reports.2020", "parts-exceed-whole", _reported(**_SUMS)),
    Fault("经费来源合计不足总额", "reports.2020", "parts-differ-from-whole", _reported(**_SHORT)),
    Fault("未知的活动类别", "activities[0].category", "unknown-choice", _did(category="projects")),
    Fault("活动没有类别", "activities[0].category", "missing-field", _with(activities=[{"kind": "patent"}])),
    Fault("未知的级别", "activities[0].level", "unknown-choice", _did(level="地市")),
    Fault("未知的状态", "activities[0].status", "unknown-choice", _did(status="在办")),
    Fault("结束早于开始", "activities[0]", "ended-before-started", _did(ended="2019-12-31")),
    Fault("金额带千位分隔符", _REVENUE, "thousands-separator", _reported(main_business_revenue="12,000,000元")),
    Fault("数目为零", "activities[0].quantity", "out-of-range", _did(quantity=0)),
    Fault("活动不是列表", "activities", "field-shape", _with(activities={"category": "project"})),
    Fault("有效期早于认定", "qualifications[0]", "expired-before-granted", _holds(expires="2018-09-15")),
    Fault("资质状态不对", "qualifications[0]", "qualification-status", _holds(status="under_way")),
    Fault("未调查类别拼错", "unsurveyed[0]", "unknown-choice", _with(unsurveyed=["talents"])),
    Fault("同一企业出现两次", "uscc", "same-enterprise-twice", dict),
    Fault("多一个逗号", "", "bad-json", lambda record: _line(record)[:-1] + ",}"),
    Fault("行没有写完", "", "bad-json", lambda record: _line(record)[:80]),
    Fault("不是一条记录", "", "not-a-record", lambda record: json.dumps([record["uscc"]])),
    Fault("表头在中间", "", "header-not-first", lambda record: _line(HEADER)),
    Fault("GBK 编码", "", "gbk-encoding", lambda record: _line(record).encode("gb18030")),
    Fault("附件里没有的活动类型", "activities[0].kind", "data-unknown-kind", _did(kind="product_inovation"), True),
    Fault(
        "活动类型属于另一类别", "activities[0].category", "data-kind-of-other-category", _did(kind="key_laboratory"), True
    ),
    Fault(
        "政策没有声明的补充信息", "inputs.rd_mechanisms", "data-unknown-input", _with(inputs={"rd_mechanisms": True}), True
    ),
    Fault("未知的资质", "qualifications[0].kind", "data-unknown-qualification", _holds(kind="high_tech"), True),
    Fault("补充信息的类型不对", "inputs.rd_mechanism", "not-yes-no", _with(inputs={"rd_mechanism": "有"}), True),
)  # fmt: skip
"""Every fault once. In the manifest a field is spelt as the diagnostic spells it."""

GOOD_BETWEEN = 4


def dirty() -> tuple[bytes, Record]:
    """The dirty copy, and what a reader should report of it: the good records and the faults by line."""
    records = [record for record, _ in ledger()]
    whole = [record for record in records if "2020" in record.get("reports", {}) and "region" in record]
    whole = [record for record in whole if "industry" in record]
    lines: list[bytes] = [b"\xef\xbb\xbf" + _line(HEADER).encode(), b""]
    good: list[str] = []
    faults: list[Record] = []
    for at, (fault, record) in enumerate(zip(FAULTS, whole, strict=False)):
        if at % GOOD_BETWEEN == 0:
            keeper = whole[-1 - at // GOOD_BETWEEN]
            lines.append(_line(keeper).encode() + b"\r" * (at % 8 == 0))
            good.append(keeper["uscc"])
        spoilt = fault.spoil(keeper if fault.code == "same-enterprise-twice" else _excerpt(record))
        lines.append(
            spoilt
            if isinstance(spoilt, bytes)
            else (spoilt if isinstance(spoilt, str) else _line(spoilt)).encode()
        )
        faults.append(
            {
                "line": len(lines),
                "field": fault.field,
                "code": fault.code,
                "found": "on deciding" if fault.deciding else "on reading",
                "fault": fault.what,
            }
        )
    return b"\n".join(lines) + b"\n", {"file": DIRTY, "year": YEAR, "good": good, "faults": faults}


def _excerpt(record: Record) -> Record:
    """A good record cut short, so that a spoilt line can be taken in at a glance."""
    keep = ("main_business_revenue", "operating_revenue", "employees", "rd_expenditure")
    report = record["reports"]["2020"]
    return {
        **{name: record[name] for name in ("uscc", "name", "region", "industry", "established")},
        "in_directory": {"2020": True},
        "reports": {"2020": {name: report[name] for name in keep if name in report}},
    }


# ------------------------------------------------------------------------------------------ files

LEDGER = "changzhi-2020.jsonl"
DIRTY = "changzhi-2020-dirty.jsonl"
EXPECTED = "changzhi-2020-dirty.expected.json"
ONE = "one-enterprise.yaml"

ONE_TEXT = """\
# 一家虚构的企业：字段用中文名称，金额带单位。不知道的就不写，不写就是未知，不是零也不是否。
# innovation-rules decide changzhi examples/one-enterprise.yaml --year 2020
统一社会信用代码: "{uscc}"
企业名称: (虚构)上党砺舟煤机有限公司
行政区划: "140404"            # 上党区
行业代码: "3511"              # 矿山机械制造
成立日期: 2009-06-18
控股情况: 民营
在库规上: {{2020: true}}
年度报告:
  2020:
    主营业务收入: 1.2亿元
    营业收入: 1.23亿元
    从业人员: 168
    R&D人员: 14
    R&D经费内部支出: 286万元
    申报加计扣除的研究开发支出: 240万元
创新活动:
  - 活动类别: 创新项目
    活动类型: product_innovation
    活动名称: 矿用防爆机器人
    开始日期: 2019-03-01
    结束日期: 持续
    状态: 进行中
    金额: 180万元
  - 活动类别: 创新平台
    活动类型: enterprise_technology_centre
    级别: 市级
    开始日期: 2020-05-11
    结束日期: 持续
    状态: 已申报
资质:
  - {{资质类型: high_tech_enterprise, 认定日期: 2019-09-16, 有效期至: 2022-09-15, 状态: 已认定}}
补充信息:
  rd_mechanism: true
"""


def files() -> dict[str, bytes]:
    """What every file should hold, by name."""
    spoilt, expected = dirty()
    lines = [_line(HEADER), *(_line(record) for record, _ in ledger())]
    return {
        LEDGER: ("\n".join(lines) + "\n").encode(),
        DIRTY: spoilt,
        EXPECTED: (json.dumps(expected, ensure_ascii=False, indent=1) + "\n").encode(),
        ONE: ONE_TEXT.format(uscc=credit_code("140404", 201)).encode(),
    }


def _line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False)


def stale(folder: Path = HERE) -> list[str]:
    """The files that are absent, or not what would be written."""
    return [
        name
        for name, held in files().items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != held
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with --check say which are stale; 1 when some are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    if not parser.parse_args(arguments).check:
        for name, held in files().items():
            (HERE / name).write_bytes(held)
        return 0
    old = stale()
    for name in old:
        print(f"examples/{name} is stale: run python examples/make_examples.py", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
