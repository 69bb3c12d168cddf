"""The story of one decision, and the summary of many: every sort of rule, in both languages, at eighty columns."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from innovation_rules.decision import Subject
from innovation_rules.enterprise import Enterprise
from innovation_rules.errors import Lang, width
from innovation_rules.intake import parse_enterprise
from innovation_rules.packs import Pack, load_pack
from innovation_rules.terminal.render import Paint
from innovation_rules.terminal.story import Story
from innovation_rules.terminal.tally import Tally, to_json

PACK = """\
pack: sorts
title: 各种写法
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2018-01-01, to: 2022-12-31}
inputs:
  asked: {of: enterprise, type: yes_no, label: 被询问}
  standing: {of: enterprise, type: choice, label: 信用, choices: {good: 良好, poor: 较差}}
qualification_kinds:
  badge: {label: 牌子}
activity_kinds:
  platform:
    lab: {label: 实验室, lasts: state, quantity: 个}
    shop: {label: 工作室, lasts: state, quantity: 个}
    hall: {label: 展厅, lasts: state, quantity: 个}
    desk: {label: 窗口, lasts: state, quantity: 个}
  project:
    patent: {label: 专利, lasts: event, quantity: 件}
parameters:
  floor: {label: 强度下限, source: 一, values: {2018-01-01: 2.5%}}
facts:
  intensity: {label: 强度, source: 一, ratio: {of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}}
  margin: {label: 毛差, source: 一, difference: {of: operating_revenue, less: main_business_revenue}}
  half: {label: 一半, source: 一, times: {of: rd_expenditure, by: 50%}}
  larger: {label: 较大者, source: 一, max: [rd_expenditure, net_profit]}
  points: {label: 得分, source: 一, steps: {of: intensity, at_least: {6%: 50点, 3%: 30点}, otherwise: 0点}}
  strong: {label: 强度达标, source: 一, when: {intensity: {at_least: {parameter: floor}}}}
  labs: {label: 实验室数, source: 一, unit: 个, count: {kind: [lab, shop, hall, desk]}}
  spent: {label: 专利花费, source: 一, total: {of: amount, kind: patent}}
  age: {label: 年限, source: 一, years_since: established}
layers:
  all_six: {label: 全部, of: [rd_input, talent, project, platform, key_technology, international]}
classes:
  size:
    label: 大小
    source: 一
    rows:
      - {is: big, label: 大, when: {employees: {at_least: 300人}}}
      - {is: mid, label: 中, when: {intensity: {at_least: 5%}}}
      - {otherwise: small, label: 小}
  marks:
    label: 记号
    source: 一
    many: true
    rows:
      - {is: rich, label: 有钱, when: {net_profit: {more_than: 0元}}}
      - {is: old, label: 年久, when: {age: {at_least: 10年}}}
coverages:
  main:
    label: 主覆盖
    source: 一
    scope: {industry: {under: ["34", "35", "36"]}, ownership: [state, private]}
    covered_when:
      any:
        - {strong: true}
        - {exists: {kind: patent, level: {at_least: municipal}}}
        - {at_least_of: {n: 2, of: [{asked: true}, {standing: good}, {holds: badge}]}}
awards:
  known: {label: 须已知, kind: reward, source: 二, eligible_when: {net_profit: {is_known: true}}}
  scored: {label: 按得分, kind: reward, source: 二, eligible_when: {points: {at_least: 30点}, margin: {at_least: 0元}}}
  share:
    label: 按比例
    kind: subsidy
    source: 二
    eligible_when: {larger: {more_than: 0元}, half: {at_least: 1元}}
    amount: {share: {between: [5%, 10%]}, of: rd_expenditure, cap: 50万元, rounding: {to: 1元}}
  counted: {label: 按数目, kind: reward, source: 二, eligible_when: {labs: {at_least: 2个}, spent: {at_least: 1万元}}}
  few: {label: 人不过多, kind: reward, source: 二, eligible_when: {employees: {at_most: 100人}}}
  refused: {label: 除外, kind: relief, source: 二, unless: {standing: poor}}
  weighs: {label: 优先, kind: priority, source: 二, bearing: weighs, eligible_when: {not: {asked: true}}}
  theirs: {label: 给个人, kind: reward, source: 二, paid_to: staff, beneficiary: researcher}
  later: {label: 以后才有, kind: reward, source: 二, in_force: {from: 2021-01-01}, eligible_when: {asked: true}}
"""

FULL: dict[str, Any] = {
    "uscc": "91350100M000100Y43",
    "name": "甲厂",
    "region": "140403",
    "industry": "3411",
    "ownership": "private",
    "established": "2005-06-01",
    "qualifications": [{"kind": "badge", "status": "recognised", "granted": "2019-01-01", "expires": "never"}],
    "reports": {
        "2020": {
            "rd_expenditure": "100万元",
            "main_business_revenue": "5000万元",
            "operating_revenue": "5200万元",
            "net_profit": "300万元",
            "employees": 120,
        }
    },
    "activities": [
        {"category": "platform", "kind": "lab", "name": "甲", "level": "municipal", "started": "2018-01-01", "ended": "ongoing"},
        {"category": "platform", "kind": "shop", "started": "2019-01-01", "ended": "2019-12-31"},
        {"category": "project", "kind": "patent", "level": "county", "started": "2020-03-01", "amount": "2万元"},
        {"category": "project", "kind": "patent", "started": "2020-03-01"},
    ],
    "inputs": {"asked": True, "standing": "good"},
}  # fmt: skip
EMPTY: dict[str, Any] = {"uscc": "91350100M000100Y43", "name": "乙厂"}
LANGS: tuple[Lang, Lang] = ("zh", "en")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """A pack with every sort of rule."""
    path = tmp_path_factory.mktemp("packs") / "sorts.yaml"
    path.write_text(PACK, encoding="utf-8")
    return load_pack(path, cache=False)


def enterprise(**changes: Any) -> Enterprise:
    return parse_enterprise({**FULL, **changes})


def told(pack: Pack, one: Enterprise, lang: Lang = "zh", full: bool = False, year: int = 2020) -> str:
    lines = list(Story(pack.decide(one, year), pack, lang, full=full).lines())
    assert all(width(line) <= 80 for line in lines), [line for line in lines if width(line) > 80]
    return "\n".join(lines)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("record", [FULL, EMPTY, {**FULL, "region": "110101"}, {**FULL, "activities": None}])
def test_every_story_can_be_told(pack: Pack, record: dict[str, Any], full: bool, lang: Lang) -> None:
    text = told(pack, parse_enterprise(record), lang, full)
    assert "None" not in text
    assert text.count("\n") > 20


def test_a_ratio_shows_what_it_was_made_of(pack: Pack) -> None:
    text = told(pack, enterprise(), full=True)
    assert "强度 2% ≥ 2.5%（强度下限）" in text
    assert "= R&D经费内部支出（2020年）100万元 ÷ 主营业务收入（2020年）5000万元" in text


def test_sums_and_scales_and_extremes_show_theirs(pack: Pack) -> None:
    text = told(pack, enterprise(), full=True)
    assert "= 营业收入（2020年）5200万元 − 主营业务收入（2020年）5000万元" in text
    assert "R&D经费内部支出（2020年）100万元 × 0.5" in text
    assert "较大者" in text
    assert "净利润（2020年）300万元" in text
    assert "各行都不满足，取其余：0点" in text


def test_a_connective_says_how_many_decided(pack: Pack) -> None:
    text = told(pack, enterprise())
    assert "3 项满足一项即可，已有 1 项" in text
    assert "3 项中至少 2 项，已有 3 项" in text
    english = told(pack, enterprise(), "en")
    assert "any of 3 will do, 1 met" in english
    assert "at least 2 of 3, 3 met" in english


def test_activities_are_told_apart(pack: Pack) -> None:
    text = told(pack, enterprise(), full=True)
    assert "实验室“甲”（市级，2018-01-01 至今）" in text
    assert "工作室（2019-01-01 至 2019-12-31）" in text
    assert "牌子（已认定，2019-01-01 长期）" in text
    assert 'lab "甲" (municipal, from 2018-01-01 on)' in told(pack, enterprise(), "en", full=True)


def test_what_is_not_surveyed_is_said(pack: Pack) -> None:
    text = told(pack, enterprise(activities=None))
    assert "国际化合作      未调查" in text
    assert "实验室数 至少 0" in text
    assert "at least 0" in told(pack, enterprise(activities=None), "en")
    open_ = [{"category": "platform", "kind": "lab"}, {"category": "platform", "kind": "hall"}]
    assert "0 至 2" in told(pack, enterprise(activities=open_), full=True)


def test_missing_facts_are_named_in_words(pack: Pack) -> None:
    text = told(
        pack, parse_enterprise({**EMPTY, "region": "140403", "industry": "3411", "ownership": "state"})
    )
    listed = text.split("还缺的数据")[1]
    for words in ("从业人员（2020年）", "资质（未填报）", "创新项目方面的活动（未调查）", "被询问"):
        assert words in "".join(line.strip() for line in listed.splitlines())
    vague = told(
        pack,
        enterprise(
            activities=[{"category": "platform", "kind": "lab"}],
            qualifications=[{"kind": "badge", "status": "recognised"}],
        ),
    )
    flat = "".join(line.strip() for line in vague.split("还缺的数据")[1].splitlines())
    assert "实验室：" in flat


def test_near_misses_of_every_sort(pack: Pack) -> None:
    text = told(pack, enterprise()).split("还差一点")[1]
    assert "R&D经费内部支出（2020年）还差 50万元（现 100万元，需 150万元）" in text
    assert "从业人员（2020年）超出 20人（现 120人，需 100人）" in text
    assert "→ 人不过多：可享受" in text
    assert "从业人员（2020年）还差 180人" in text
    assert "→ 大小：大" in text
    english = told(pack, enterprise(), "en").split("near misses")[1]
    assert "short by 50万元" in english
    assert "over by 20" in english
    assert "size: big" in english


def test_the_least_above_nothing_is_said_as_such(pack: Pack) -> None:
    reports = {"2020": {"rd_expenditure": 0, "net_profit": 0, "main_business_revenue": 1}}
    story = told(pack, enterprise(reports=reports))
    assert "还差 0.01元" not in story


def test_awards_show_their_amounts_and_why_not(pack: Pack) -> None:
    text = told(pack, enterprise())
    assert "按比例  5万元 至 10万元" in text
    assert re.search(r"✗ 优先 +不优先", text)
    assert "以后才有" not in text
    assert "以后才有" in told(pack, enterprise(), full=True)
    decision = pack.decide(enterprise(), 2020)
    story = Story(decision, pack, "zh")
    share = "\n".join(story.award(decision.awards["share"]))
    assert "金额：5万元 至 10万元" in share
    for id in decision.awards:
        assert list(Story(decision, pack, "en").award(decision.awards[id]))


def test_an_amount_that_nobody_knows(pack: Pack) -> None:
    reports = {"2020": {"net_profit": "1万元"}}
    assert "金额未知" in told(pack, enterprise(reports=reports))


def test_outside_the_force_of_the_pack_nothing_is_decided(pack: Pack) -> None:
    text = told(pack, enterprise(), year=2015)
    assert "不在施行期" in text


def test_a_subject_without_data_can_still_be_explained(pack: Pack) -> None:
    from dataclasses import replace

    decision = replace(
        pack.decide(enterprise(), 2020), subject=Subject("91350100M000100Y43", "某厂"), _kept={}
    )
    text = "\n".join(Story(decision, pack, "zh", full=True).lines())
    assert "某厂" in text


def test_colours_change_nothing_but_colours(pack: Pack) -> None:
    decision = pack.decide(enterprise(), 2020)
    coloured = "\n".join(Story(decision, pack, "zh", Paint(True)).lines())
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == "\n".join(Story(decision, pack, "zh").lines())


# ---- many ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_a_summary_counts_everything(pack: Pack, lang: Lang) -> None:
    tally = Tally(pack, lang)
    people = [
        enterprise(),
        enterprise(region="110101"),
        parse_enterprise(EMPTY),
        enterprise(region="140404", activities=None),
    ]
    rows = []
    for one in people:
        decision = pack.decide(one, 2020)
        tally.add(decision)
        rows.append(tally.row(decision))
        head = list(tally.head(decision))
    text = [*head, *rows, *tally.summary()]
    assert all(width(line) <= 80 for line in text)
    assert len({width(row[: row.index("91350")]) for row in rows}) == 1
    figures = to_json(tally)
    assert figures["enterprises"] == 4
    assert figures["counties"]["unknown"] == {"undetermined": 1}
    assert figures["coverages"]["main"] == {"covered": 2, "out_of_scope": 1, "undetermined": 1}
    assert "66.7%" in "\n".join(text)


def test_a_summary_of_nobody_is_empty(pack: Pack) -> None:
    assert list(Tally(pack, "zh").summary()) == []


def test_a_pack_without_coverages_is_summed_up_too(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(
        'pack: plain\ntitle: 只有奖励\njurisdiction: {within: "000000", name: 全国}\nin_force: {from: 2018-01-01}\n'
        "awards:\n  everyone: {label: 人人有份, kind: reward, source: 一, amount: {fixed: 1万元}}\n",
        encoding="utf-8",
    )
    plain = load_pack(path, cache=False)
    tally = Tally(plain, "zh")
    decision = plain.decide(parse_enterprise(EMPTY), 2020, date(2020, 12, 31))
    tally.add(decision)
    assert "覆盖" not in "".join(tally.head(decision))
    assert "1万元" in "\n".join(tally.summary())
    assert "人人有份" in "\n".join(Story(decision, plain, "zh").lines())
