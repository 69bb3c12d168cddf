"""The pack language as pydantic models: every key, its Chinese spelling and its meaning, said once.

`parser` reads a Document against these models, `schema` writes the JSON Schema from them, and `docs/language.md`
is generated from them. The operators of derived facts stand in `operators`, each with its arguments and meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from innovation_rules.errors import Place
from innovation_rules.pack.reader import Scalar
from innovation_rules.quantities import Named


def key(zh: str, description: str, default: Any = ..., names: str = "") -> Any:
    """A key of the language: its Chinese spelling, what it means (in Chinese, for editors), its default.

    `names` says what its value, or the keys of its value, are names of: a space of `spelling`.
    """
    return Field(default, description=description, json_schema_extra={"zh": zh, "names": names})


class Name(str):
    """An identifier with the place where it is written."""

    __slots__ = ("at",)
    at: Scalar

    @classmethod
    def of(cls, text: str, at: Scalar) -> Name:
        name = cls(text)
        name.at = at
        return name

    @property
    def place(self) -> Place:
        return self.at.place


class InputOf(Named):
    ENTERPRISE = "enterprise", "企业"
    REPORT = "report", "年报"
    ACTIVITY = "activity", "活动"
    REGION = "region", "地区"
    BENEFICIARY = "beneficiary", "受益人"


class InputType(Named):
    YES_NO = "yes_no", "是非"
    COUNT = "count", "计数"
    NUMBER = "number", "数量"
    MONEY = "money", "金额"
    RATIO = "ratio", "比率"
    POINTS = "points", "点数"
    DATE = "date", "日期"
    LEVEL = "level", "级别"
    CHOICE = "choice", "选项"


class PaidTo(Named):
    ENTERPRISE = "enterprise", "企业"
    STAFF = "staff", "人员"


class Finder(Named):
    AUTHORITY = "authority", "主管部门"
    ENTERPRISE = "enterprise", "企业"


class RegionPart(Named):
    COUNTY = "county", "县"
    CITY = "city", "市"
    PROVINCE = "province", "省"


class Lasts(Named):
    EVENT = "event", "事件"
    STATE = "state", "状态"


class AwardKind(Named):
    REWARD = "reward", "奖励"
    SUBSIDY = "subsidy", "补助"
    TAX = "tax", "税收优惠"
    RELIEF = "relief", "减免"
    FINANCE = "finance", "金融支持"
    PRIORITY = "priority", "优先"
    RECOGNITION = "recognition", "认定表彰"
    GUIDANCE = "guidance", "指导帮扶"
    PROMOTION = "promotion", "推广"
    RESTRICTION = "restriction", "限制"


class Bearing(Named):
    REQUIRED = "required", "必要条件"
    WEIGHS = "weighs", "重要条件"


class Binding(Named):
    FIRM = "firm", "约束性"
    ASPIRATIONAL = "aspirational", "力争"


class Basis(Named):
    STOCK = "stock", "存量"
    FLOW = "flow", "当年"
    CUMULATIVE = "cumulative", "累计"


class RoundingMode(Named):
    HALF_UP = "half_up", "四舍五入"
    DOWN = "down", "舍去"
    UP = "up", "进位"


class ChangeAs(Named):
    TIMES = "times", "倍数"
    GROWTH = "growth", "增长"
    REDUCTION = "reduction", "下降"
    POINTS = "points", "百分点"


class Item(BaseModel):
    """Anything written as a mapping with a closed set of keys."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid", defer_build=True)
    shorthand: ClassVar[str] = ""
    """The key that is meant where the item is written without a mapping."""
    declared: ClassVar[bool] = False
    """It stands under its identifier, in the Chinese spelling under its label."""
    at: Annotated[Any, "hidden"] = None

    @property
    def place(self) -> Place:
        return self.at.place  # type: ignore[no-any-return]


# ------------------------------------------------------------------------------------------ right sides


@dataclass(frozen=True, slots=True)
class Figure:
    """A value written out; what it means depends on the type of what it stands beside."""

    node: Scalar
    canonical: str = ""
    """The English word for a choice, level or yes/no that was written in Chinese."""

    @property
    def text(self) -> str:
        return self.canonical or self.node.text

    @property
    def place(self) -> Place:
        return self.node.place


@dataclass(frozen=True, slots=True)
class ParameterRef:
    """{parameter: name}: a figure with a name and a history."""

    name: Name

    @property
    def place(self) -> Place:
        return self.name.place


@dataclass(frozen=True, slots=True)
class FactRef:
    """A fact's name, or {fact: name}."""

    name: Name

    @property
    def place(self) -> Place:
        return self.name.place


Reference = Figure | ParameterRef | FactRef
Operand = Annotated[Reference, "operand"]
"""A place for a number: a literal with its unit, {parameter: …}, or a fact's name."""
RightSide = Annotated[Reference, "right side"]
"""What a fact is tested against: a value, {parameter: …} or {fact: …}."""


@dataclass(frozen=True, slots=True)
class Last:
    """{last: 2年}: back from the as-of date."""

    figure: Figure


@dataclass(frozen=True, slots=True)
class InYear:
    """{year: 2018}: that calendar year."""

    year: int


Window = Name | Last | InYear
During = Annotated[Window, "during"]
"""A window: year, as_of, the name of a period, {last: 2年} or {year: 2018}."""

# ------------------------------------------------------------------------------------------ conditions


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a subject: a word of TESTS and what it is held against."""

    word: str
    operands: tuple[Reference, ...]
    window: Window | None
    place: Place


@dataclass(frozen=True, slots=True)
class Subject:
    """A fact and all the tests it must pass."""

    name: Name
    tests: tuple[Test, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class AllOf:
    items: tuple[Condition, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class AnyOf:
    items: tuple[Condition, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class NotOf:
    item: Condition
    place: Place


@dataclass(frozen=True, slots=True)
class AtLeastOf:
    n: int
    items: tuple[Condition, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Active:
    """active: any, a category or a layer, by the profile in the judged year."""

    what: Name
    place: Place


@dataclass(frozen=True, slots=True)
class Asserted:
    """A yes/no operator written straight into a condition, such as {has_activity: platform}."""

    operator: Any
    place: Place


Condition = Subject | AllOf | AnyOf | NotOf | AtLeastOf | Active | Asserted


@dataclass(frozen=True, slots=True)
class ConditionWord:
    """A key of conditions that is not a fact."""

    en: str
    zh: str
    doc: str


CONNECTIVES = (
    ConditionWord("all", "全部", "各项条件都成立"),
    ConditionWord("any", "任一", "至少一项条件成立"),
    ConditionWord("not", "非", "条件不成立"),
    ConditionWord("at_least_of", "至少几项", "所列条件中至少有 n 项成立:{n: 3, of: [...]}"),
    ConditionWord("active", "活跃", "当年有创新活动:any(任一方面)、某一方面或某一层次"),
)
TESTS = (
    ConditionWord("equals", "等于", "等于所写的值"),
    ConditionWord("at_least", "不低于", "大于或等于(以上、达到、不低于,含本数)"),
    ConditionWord("more_than", "超过", "严格大于(超过、高于,不含本数)"),
    ConditionWord("at_most", "不超过", "小于或等于(以下、以内,含本数)"),
    ConditionWord("less_than", "低于", "严格小于(不满、低于,不含本数)"),
    ConditionWord("between", "介于", "两端均含:[下限, 上限]"),
    ConditionWord("within", "期间内", "日期落在某个期间,或最近若干年内:{last: 2年}"),
    ConditionWord("under", "归属", "代码以所列前缀开头"),
    ConditionWord("is_known", "已知", "只可写 true:已知为真,未知仍为未知"),
)


Conditions = Annotated[Condition, "condition"]
"""A mapping that reads as and; see CONNECTIVES, TESTS and the yes/no operators."""

LevelTest = Annotated[tuple[Test, ...], "tests"]
"""A level, several levels, or tests of a level."""
ShareFigures = Annotated[tuple[Reference, ...], "share"]
"""One share, or {between: [low, high]}."""
Everyone = Literal["all"]
Over = Annotated[Condition | Everyone, "over"]
"""The enterprises that a measure looks at: a condition, or all."""


@dataclass(frozen=True, slots=True)
class Milestones:
    """{date: value, …}: what must be reached by when."""

    steps: tuple[tuple[date, Figure], ...]
    place: Place


Threshold = Annotated[Reference | Milestones, "threshold"]
"""A target's figure: one for all time, or milestones by date."""


# ------------------------------------------------------------------------------------------ common parts


class Interpretation(Item):
    """A reading that the text allows but does not force."""

    reading: str = key("读法", "采用的读法")
    because: str = key("理由", "为什么这样读")
    alternatives: tuple[str, ...] = key("其他读法", "没有采用的读法", ())


class Because(Item):
    """A deliberate departure, with its reason."""

    shorthand: ClassVar[str] = "because"
    because: str = key("理由", "依据的条款或原因")


class Labelled(Item):
    """What every declared item may carry."""

    declared: ClassVar[bool] = True
    english: str = key("英文名", "英文标识(只用于中文写法)", "")
    label: str = key("名称", "中文名称", "")
    source: tuple[Name, ...] = key("条款", "出自文件的哪一条,如 二(一)", ())
    interpretation: Interpretation | None = key("解读", "条文没有说死时采用的读法", None)
    verified: bool = key("已核实", "国家定义是否已对照公开文本核实", True)
    responsible: tuple[str, ...] = key("责任单位", "负责的部门", ())
    inventory: tuple[str, ...] = key("清单编号", "条款清单中的编号", ())
    overrides: Because | None = key("改写", "有意重新定义上级政策中的同名项目", None)
    note: str = key("备注", "给读者的说明", "")


class Jurisdiction(Item):
    within: Name = key("行政区划代码", "GB/T 2260 六位代码,要加引号")
    name: str = key("名称", "行政区或园区的名称", "")
    zone: str = key("园区", "没有独立代码的开发区、高新区", "")


class Document(Item):
    title: str = key("标题", "文件标题", "")
    number: str = key("文号", "发文字号", "")
    issuer: str = key("发文机关", "发文机关", "")
    issued: date | None = key("发文日期", "成文日期", None)


class Span(Item):
    """A period; without `to` it is open."""

    from_: date = key("自", "开始日期(含)")
    to: date | None = key("至", "结束日期(含)", None)


class Period(Span):
    """A span of time with a name, such as the plan's."""

    declared: ClassVar[bool] = True
    english: str = key("英文名", "英文标识(只用于中文写法)", "")
    label: str = key("名称", "期间的名称", "")


class Input(Labelled):
    """A fact that the model has no field for."""

    of: InputOf = key("属于", "谁的情况:企业、年报、活动、地区、受益人")
    type: InputType = key("类型", "值的类型")
    unit: str = key("单位", "计量单位", "")
    range: tuple[Figure, ...] = key("范围", "[最小值, 最大值]", ())
    choices: dict[str, str] = key("可选值", "选项及其名称", {})
    found_by: Finder | None = key("认定方", "由谁认定", None)
    at_: RegionPart | None = key("层级", "地区的哪一级", None)
    rises_with: tuple[Name, ...] = key("随之提高", "审计用:声明的单调关系", (), names="subject")


class QualificationKind(Labelled):
    pass


class ActivityKind(Labelled):
    lasts: Lasts = key("持续", "事件(记在开始那年)或状态(存续的每一年)", Lasts.EVENT)
    quantity: str = key("计量", "数量的单位", "")
    levels: tuple[Name, ...] = key("可有级别", "常见的级别", (), names="level")
    needs_evidence: bool = key("需说明", "其他类须附文字说明", False)


class Parameter(Labelled):
    """A figure that changes over time: one name, one history."""

    unit: str = key("单位", "计量单位", "")
    values: dict[date, Figure] = key("取值", "自某日起的取值")


class Fact(Labelled):
    """A derived fact: one operator beside its label."""

    unit: str = key("单位", "计量单位", "")
    rises_with: tuple[Name, ...] = key("随之提高", "声明:这些事实提高时,本事实不会降低", (), names="subject")
    operator: Any = None


class Layer(Labelled):
    of: tuple[Name, ...] = key("包括", "所含的活动方面", names="category")


class Filter(Item):
    """Which activities an aggregate looks at."""

    category: tuple[Name, ...] = key("方面", "六个方面之一", (), names="category")
    kind: tuple[Name, ...] = key("种类", "活动种类", (), names="kind")
    level: LevelTest = key("级别", "级别本身,或 {at_least: provincial}(省级以上)", (), names="level")
    status: tuple[Name, ...] = key("状态", "申报、认定等;不写时除被否、撤销外都算", (), names="status")
    where: Conditions | None = key("其中", "对每一项活动的条件", None, names="item")
    during: During | None = key(
        "时段", "year(当年)、as_of(截至日)、期间名、{last: 2年}", None, names="period"
    )


class Row(Item):
    """A row of a classification or table."""

    english: str = key("英文名", "英文标识(只用于中文写法)", "")
    is_: RightSide | None = key("为", "条件成立时的取值", None)
    otherwise: RightSide | None = key("其余", "以上都不成立时的取值,须在最后", None)
    label: str = key("名称", "取值的中文名称", "")
    when: Conditions | None = key("当", "成立的条件", None)
    source: tuple[Name, ...] = key("条款", "这一行的出处", ())
    note: str = key("备注", "给读者的说明", "")


class Classification(Labelled):
    rows: tuple[Row, ...] = key("分行", "自上而下,取第一个成立的行")
    many: bool = key("可多选", "各行可同时成立,没有“其余”行", False)


class Coverage(Labelled):
    scope: Conditions | None = key("范围", "哪些企业应当覆盖(辖区以内不必写)", None)
    covered_when: Conditions = key("覆盖条件", "满足什么算已覆盖")


class Rounding(Item):
    to: Figure = key("到", "取整到,如 1元、1万元")
    mode: RoundingMode = key("方式", "取整方式", RoundingMode.HALF_UP)


class NoCoverage(Item):
    """A document that has no coverage of its own says so, and why."""

    none: Because = key("无", "没有全覆盖要求的原因")


Coverages = Annotated[dict[str, Coverage] | NoCoverage, "coverages"]


class Amount(Item):
    share: ShareFigures = key("比例", "按某金额的比例:10%,或 {between: [5%, 10%]}", ())
    of: Name | None = key("基数", "比例的基数", None, names="subject")
    fixed: Operand | None = key("定额", "固定金额", None)
    per: Name | None = key("每", "按数量计:定额乘以这个数量", None, names="subject")
    cap: Operand | None = key("封顶", "合计最高", None)
    cap_each: Operand | None = key("每项封顶", "每一项最高", None)
    floor: Operand | None = key("保底", "最低", None)
    rounding: Rounding | None = key("取整", "最后一次取整", None)


class Award(Labelled):
    kind: AwardKind = key("类别", "奖励、补助、税收优惠、优先等", AwardKind.REWARD)
    granted_by: tuple[str, ...] = key("实施单位", "由谁给予", ())
    funded_by: tuple[str, ...] = key("出资单位", "资金来源", ())
    bearing: Bearing = key("分量", "必要条件,或只是重要条件、优先", Bearing.REQUIRED)
    discretionary: bool = key("酌情", "统筹、支持等由主管部门酌定", False)
    paid_to: PaidTo = key("支付给", "企业,或其人员", PaidTo.ENTERPRISE)
    beneficiary: str = key("受益人", "不是企业本身时:只记录,不判定", "")
    in_force: Span | None = key("有效期", "与文件不同时写明", None)
    eligible_when: Conditions | None = key("享受条件", "满足什么可以享受", None)
    unless: Conditions | None = key("除外", "出现什么就不能享受", None)
    for_each: Filter | None = key("逐项", "对每一项活动:{category, kind, where, ...}", None)
    amount: Amount | None = key("金额", "金额的算法", None)
    grants: Name | None = key(
        "落实", "适用上级政策的奖励,如 national.rd_super_deduction", None, names="grant"
    )
    quoted: str = key("原文数字", "文件印出、但已被上位法取代的数字", "")


class Due(Item):
    """When something falls due."""

    date_: date | None = key("日期", "到期日", None)
    monthly: int | None = key("每月", "每月几日", None)
    quarterly: int | None = key("每季", "季后几日", None)
    yearly: str = key("每年", "每年的月-日,如 12-31", "")


class Duty(Labelled):
    due: Due | None = key("时限", "何时到期", None)
    inclusive: bool = key("含当日", "“前”是否包括当日", True)
    to: tuple[str, ...] = key("报送", "报给谁", ())
    every: str = key("频次", "没有具体日期的周期", "")
    by: tuple[Name, ...] = key("分列", "报表按哪些分类分列", (), names="class")


Goal = Annotated[Condition | Name, "goal"]
"""An outcome that a property speaks of: a coverage, award, class or fact by its name, or a condition."""


class MonotoneIn(Item):
    """Improving these never loses an outcome that was had."""

    shorthand: ClassVar[str] = "rises"
    rises: tuple[Name, ...] = key("提高", "这些事实提高:数额、级别、日期,或否变为是", (), names="subject")
    falls: tuple[Name, ...] = key("降低", "降低这些事实", (), names="subject")
    of_activities: tuple[Name, ...] = key("活动", "提高一项活动的这些情况,如级别、金额", (), names="item")
    one_more: tuple[Name, ...] = key("增加", "多一项这样的活动:种类,或整个方面", (), names="activity")
    outcomes: tuple[Goal, ...] = key("结果", "哪些结果;不写即本包全部覆盖和奖励", (), names="subject")


class InvariantUnder(Item):
    """Changing these changes no outcome."""

    shorthand: ClassVar[str] = "facts"
    facts: tuple[Name, ...] = key("事实", "改变这些事实", (), names="subject")
    of_activities: tuple[Name, ...] = key("活动", "改变一项活动的这些情况,如名称、合作单位", (), names="item")
    order: bool = key("次序", "活动、资质换一个次序列出", False)
    outcomes: tuple[Goal, ...] = key("结果", "哪些结果;不写即本包全部覆盖和奖励", (), names="subject")


class ImpliesThat(Item):
    """Where one condition holds, the other does too."""

    if_: Conditions = key("若", "成立的条件")
    then: Conditions = key("则", "必然成立的条件")


class WithinBounds(Item):
    """The amount of an award, or a number, stays within bounds."""

    of: Name = key("数额", "奖励(指其金额),或一个数值事实", names="subject")
    at_least: Operand | None = key("不低于", "大于或等于", None)
    more_than: Operand | None = key("超过", "严格大于", None)
    at_most: Operand | None = key("不超过", "小于或等于", None)
    less_than: Operand | None = key("低于", "严格小于", None)


class Totality(Item):
    """No enterprise of which all is known is undetermined."""

    shorthand: ClassVar[str] = "outcomes"
    outcomes: tuple[Goal, ...] = key("结果", "哪些结果;不写即本包全部覆盖和奖励", (), names="subject")


class Property(Labelled):
    """What must hold of every enterprise that there could be: one claim, under an assumption where there is one."""

    assume: Conditions | None = key("前提", "只说满足这个条件的企业", None)
    assert_: Conditions | None = key("断言", "必然成立的条件", None)
    monotone_in: MonotoneIn | None = key("单调", "改善这些事实,从不失去结果", None)
    never_both: tuple[Conditions, ...] = key("不兼有", "这些条件中从不同时成立两项", ())
    implies: ImpliesThat | None = key("蕴含", "{if: 条件, then: 条件}", None)
    invariant_under: InvariantUnder | None = key("不变", "改变这些,结果不变", None)
    within: WithinBounds | None = key("限于", "金额或数值不出界限", None)
    totality: Totality | None = key("必有结论", "情况都已知的企业,从不待定", None)


class PropertyFile(Item):
    """A file of an auditor's own properties of a pack."""

    pack: Name = key("规则包", "审查哪个规则包")
    properties: dict[str, Property] = key("性质", "对任何企业都应成立的性质", {})


class Note(Item):
    clauses: tuple[str, ...] = key("条款", "涉及的条款")
    text: str = key("内容", "说明")
    findings: tuple[str, ...] = key("发现", "交代 prove 的哪些发现:检查:项目,如 dead-condition:awards.x", ())


class Counted(Item):
    enterprises: Over | None = key("企业", "满足条件的企业数;all 为所述对象的全部企业", None)
    activities: Filter | None = key("活动", "符合条件的活动数", None)


class Measure(Item):
    """What a target measures; measures nest."""

    count_of: Counted | None = key("数目", "计数", None)
    sum_of: Name | None = key("总和", "各企业之和", None, names="subject")
    average_of: Name | None = key("平均", "各企业平均", None, names="subject")
    statistic: Name | None = key("统计指标", "企业数据里没有的地区统计数", None, names="region")
    coverage: Name | None = key("覆盖率", "某项覆盖的比例", None, names="coverage")
    ratio: MeasureRatio | None = key("比率", "{of, to}", None)
    difference: MeasureDifference | None = key("差", "{of, less}", None)
    over: Over | None = key("对象", "哪些企业:条件,或 all", None)
    change_from: ChangeFrom | None = key("比较", "与某年相比", None)
    basis: Basis | None = key("口径", "存量、当年或累计", None)
    for_each: RegionPart | None = key("每个", "每个县都要达到", None)


class MeasureRatio(Item):
    of: Measure = key("分子", "分子")
    to: Measure = key("分母", "分母")


class MeasureDifference(Item):
    of: Measure = key("被减", "被减数")
    less: Measure = key("减去", "减数")


class ChangeFrom(Item):
    year: int | None = key("年份", "基年", None)
    previous: bool = key("上年", "与上年相比", False)
    as_: ChangeAs = key("表示为", "倍数、增长、下降或百分点")


class About(Item):
    shorthand: ClassVar[str] = "value"
    value: Operand = key("数值", "左右的中心值")
    tolerance: Figure | None = key("容差", "允许的偏差", None)


class Target(Labelled):
    measure: Measure = key("指标", "怎样计算")
    at_least: Threshold | None = key("不低于", "目标值,或按日期的里程碑", None)
    more_than: Threshold | None = key("超过", "严格大于", None)
    at_most: Threshold | None = key("不超过", "小于或等于", None)
    less_than: Threshold | None = key("低于", "严格小于", None)
    about: About | None = key("左右", "约数", None)
    benchmark: Name | None = key("对标", "不低于某个统计指标,如全省平均", None, names="region")
    is_: bool | None = key("为", "是否建成", None)
    by: date | None = key("截止", "到什么时候", None)
    each_year: bool = key("每年", "每年都要达到", False)
    binding: Binding = key("约束", "约束性或力争", Binding.FIRM)


class Implements(Item):
    """How a lower document carries out a higher one."""

    coverages: dict[str, Name] = key("覆盖", "上级覆盖 → 本级覆盖", {}, names="coverage")
    targets: dict[str, Name] = key("目标", "上级目标 → 本级目标", {}, names="target")
    departs: dict[str, Because] = key("不同之处", "有意不同的项目及原因", {})


class Pack(Item):
    """A whole pack file."""

    pack: Name = key("规则包", "规则包的标识,与文件名相同")
    title: str = key("标题", "政策文件的标题")
    version: str = key("版本", "规则包版本", "1")
    jurisdiction: Jurisdiction = key("辖区", "适用的行政区")
    document: Document | None = key("文件", "所编码的文件", None)
    in_force: Span = key("施行", "有效期;没有“至”即未废止")
    extends: tuple[Name, ...] = key("沿用", "沿用哪些规则包的定义(只写名称)", ())
    implements: dict[str, Implements] = key("落实上级", "落实哪些上级文件", {})
    periods: dict[str, Period] = key("期间", "文件所说的期间", {})
    inputs: dict[str, Input] = key("填报项", "模型里没有、要另外提供的情况", {})
    qualification_kinds: dict[str, QualificationKind] = key("资质种类", "资质、称号的种类", {})
    activity_kinds: dict[str, dict[str, ActivityKind]] = key(
        "活动种类", "六个方面的活动种类", {}, names="category"
    )
    parameters: dict[str, Parameter] = key("参数", "会变动的数字", {})
    facts: dict[str, Fact] = key("事实", "由基础数据推出的事实", {})
    layers: dict[str, Layer] = key("层次", "活动方面的分组", {})
    profile: dict[str, Conditions] = key("画像", "每一方面何时算有活动", {}, names="category")
    classes: dict[str, Classification] = key("分类", "对企业的分类", {})
    reports: tuple[Name, ...] = key("报告分类", "一并报告的上级分类", (), names="class")
    coverages: Coverages = key("覆盖", "全覆盖要求;没有时写 {none: {because: …}}", {})
    awards: dict[str, Award] = key("奖励", "奖励、优惠、优先与指导", {})
    targets: dict[str, Target] = key("目标", "地区目标", {})
    schedule: dict[str, Duty] = key("日程", "时限、报告与通报", {})
    properties: dict[str, Property] = key("性质", "对任何企业都应成立的性质,供核查;不参与判定", {})
    notes: tuple[Note, ...] = key("说明", "读文件时的发现", ())


for _model in (Measure, MeasureRatio, MeasureDifference, ChangeFrom, Target, Pack):
    _model.model_rebuild(raise_errors=False)
