"""What an enterprise did: an innovation activity in one of six categories, told apart by `category`.

`enterprise` holds a tuple of them; a pack's `activity_kinds` says which kinds there are and what they mean.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from innovation_rules.fields import (
    Amount,
    Day,
    Grade,
    Kind,
    Model,
    OngoingOrDay,
    Raw,
    Read,
    Text,
    Texts,
    Yuan,
    fact,
    known,
    parse_raw,
)
from innovation_rules.quantities import Named, QuantityError

_LEDGER = "创新活动台账"


class Category(Named):
    """The six aspects of an innovation activity."""

    RD_INPUT = "rd_input", "创新投入"
    TALENT = "talent", "创新人才"
    PROJECT = "project", "创新项目"
    PLATFORM = "platform", "创新平台"
    KEY_TECHNOLOGY = "key_technology", "关键技术"
    INTERNATIONAL = "international", "国际化合作"


class Status(Named):
    """How far an application or a piece of work has come."""

    APPLIED = "applied", "已申报"
    RECOGNISED = "recognised", "已认定"
    REJECTED = "rejected", "未通过"
    WITHDRAWN = "withdrawn", "已撤销"
    UNDER_WAY = "under_way", "进行中"
    COMPLETED = "completed", "已完成"


class Finding(Model):
    """What an authority found, of an input that only it can find."""

    value: Raw = known("值")
    found_on: Day | None = fact("认定日期", _LEDGER)
    found_by: Text | None = fact("认定机构", _LEDGER)


def _input(value: Any) -> Any:
    return Finding.model_validate(value) if isinstance(value, dict | Finding) else parse_raw(value)


InputValue: TypeAlias = Annotated[Finding | bool | int | str | date | None, Read(_input)]
Inputs: TypeAlias = dict[Text, InputValue]
"""What a pack asks for beyond the model, by the names that the pack gives."""


class _Activity(Model):
    """What every activity has, whatever its category."""

    kind: Kind = known("活动类型", _LEDGER)
    name: Text | None = fact("活动名称", f"{_LEDGER}；107-1表 项目名称")
    level: Grade | None = fact("级别", _LEDGER)
    started: Day | None = fact("开始日期", f"{_LEDGER}；107-1表 起始日期")
    ended: OngoingOrDay | None = fact("结束日期", f"{_LEDGER}；107-1表 完成日期")
    status: Status | None = fact("状态", _LEDGER)
    quantity: Amount | None = fact("数目", _LEDGER)
    amount: Yuan | None = fact("金额", f"{_LEDGER}；107-1表 项目经费支出")
    partners: Texts | None = fact("合作单位", f"{_LEDGER}；107-1表 项目开展形式")
    evidence: Texts | None = fact("印证材料", _LEDGER)
    inputs: Inputs = Field(default_factory=dict, title="补充信息")

    @model_validator(mode="after")
    def _in_order(self) -> _Activity:
        if self.started is not None and isinstance(self.ended, date) and self.ended < self.started:
            raise QuantityError("ended-before-started", started=self.started, ended=self.ended)
        return self


class RdInput(_Activity):
    """Money put into research and development."""

    category: Literal[Category.RD_INPUT] = known("活动类别")


class Talent(_Activity):
    """People who innovate: owned, trained, brought in or used."""

    category: Literal[Category.TALENT] = known("活动类别")


class Project(_Activity):
    """A project, an intellectual property right, a standard, a renovation."""

    category: Literal[Category.PROJECT] = known("活动类别")


class Platform(_Activity):
    """A laboratory, a centre, an alliance."""

    category: Literal[Category.PLATFORM] = known("活动类别")


class KeyTechnology(_Activity):
    """Work on a key or generic technology of an industry."""

    category: Literal[Category.KEY_TECHNOLOGY] = known("活动类别")


class International(_Activity):
    """Work with, or in, other countries."""

    category: Literal[Category.INTERNATIONAL] = known("活动类别")


ACTIVITIES: tuple[type[_Activity], ...] = (RdInput, Talent, Project, Platform, KeyTechnology, International)
"""The class of each category, in the order of Category."""

Activity = Annotated[
    RdInput | Talent | Project | Platform | KeyTechnology | International, Field(discriminator="category")
]
