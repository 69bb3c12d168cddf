"""The account of a document's clauses: what is encoded, why the rest is not, and that the pack agrees with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from innovation_rules.errors import PackError
from innovation_rules.pack import checker, clauses, finder, load

HEAD = """pack: pack
title: 意见
jurisdiction: {within: "140400", name: 长治市}
document: {number: 一号, issued: 2020-01-01}
in_force: {from: 2020-01-01}
awards:
  help: {label: 补助, source: 一(二)1, inventory: [help], eligible_when: {active: any}}
  more: {label: 奖励, source: 一(二), eligible_when: {active: any}}
"""
ACCOUNT = """pack: pack
clauses:
  - {id: help, locator: 一(二)1, kind: enterprise_eligibility, encoded_by: [awards.help]}
  - {id: more, locator: 一(二)2, kind: enterprise_eligibility, encoded_by: [awards.more, in_force.from, jurisdiction]}
  - {id: talk, locator: 二, kind: process_step, not_encoded: process, because: 工作安排}
  - {id: hope, locator: 二, kind: qualitative_target, not_encoded: exhortation, because: 没有尺度}
"""
ACCOUNTED = sorted(path.stem for path in (finder.policies() / "clauses").glob("*.yaml"))


def found(tmp_path: Path, account: str, head: str = HEAD) -> list[str]:
    (tmp_path / "clauses").mkdir()
    (tmp_path / "clauses" / "pack.yaml").write_text(account, encoding="utf-8")
    path = tmp_path / "pack.yaml"
    path.write_text(head, encoding="utf-8")
    try:
        return [one.code for one in checker.findings(load(path).linked)]
    except PackError as error:
        return [one.code for one in error.diagnostics]


def test_a_pack_and_its_account_agree(tmp_path: Path) -> None:
    assert found(tmp_path, ACCOUNT) == []


def test_an_account_in_chinese_says_the_same(tmp_path: Path) -> None:
    account = (
        ACCOUNT.replace("awards.help", "奖励.补助")
        .replace("awards.more", "奖励.奖励")
        .replace("in_force.from, jurisdiction", "施行.自, 辖区, national:事实.在库规上工业企业")
    )
    assert found(tmp_path, account, HEAD.replace("in_force:", "extends: [national]\nin_force:")) == []


def test_a_misspelt_reference_in_chinese_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "clauses").mkdir()
    account = ACCOUNT.replace("awards.help", "奖励.补助金")
    (tmp_path / "clauses" / "pack.yaml").write_text(account, encoding="utf-8")
    (tmp_path / "pack.yaml").write_text(HEAD, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load(tmp_path / "pack.yaml")
    assert "最接近的是 `奖励.补助`" in caught.value.render("zh")


def test_the_totals(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(ACCOUNT, encoding="utf-8")
    totals = clauses.account(clauses.load(path).ledger)
    assert (totals.total, totals.encoded) == (4, 2)
    assert totals.not_encoded == {"process": 1, "exhortation": 1}
    assert totals.by_kind["enterprise_eligibility"] == {"encoded": 2}


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("encoded_by: [awards.help]", "encoded_by: [awards.more]", "account-disagrees"),
        ("encoded_by: [awards.more, in", "encoded_by: [in", "item-without-clause"),
        ("awards.more, in_force.from", "awards.more, in_force.to", "unknown-item"),
        ("awards.more, in_force.from", "awards.more, national:facts.industrial", "unknown-item"),
        ("not_encoded: process", "not_encoded: proces", "unknown-word"),
        ("because: 工作安排", "cause: 工作安排", "unknown-key"),
        ("id: talk", "id: hope", "same-clause-twice"),
        ("id: hope", 'figure: ">= 5"', "missing-key"),
        ("pack: pack", "pack: pakc", "account-of-another-pack"),
    ],
)
def test_what_is_wrong_with_an_account(before: str, after: str, code: str, tmp_path: Path) -> None:
    assert before in ACCOUNT
    codes = found(tmp_path, ACCOUNT.replace(before, after))
    assert code in codes
    assert len([one for one in codes if one not in ("account-disagrees", "item-without-clause")]) <= 1


def test_an_inherited_item_may_encode_a_clause(tmp_path: Path) -> None:
    head = HEAD.replace("awards:", "extends: [national]\nawards:")
    account = ACCOUNT.replace("in_force.from", '"national:facts.industrial"')
    assert found(tmp_path, account, head) == []


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("一(二)1", True),
        ("一(二)", True),
        ("一", True),
        ("一(二)3", False),
        ("一(", False),
        ("二(一)", False),
    ],
)
def test_a_clause_is_one_of_the_account_or_the_whole_of_one(name: str, is_one: bool) -> None:
    assert clauses.is_locator(name, ["一(二)1", "一(二)2", "二"]) is is_one


@pytest.mark.parametrize("name", ACCOUNTED)
def test_every_clause_of_our_documents_is_accounted_for(name: str) -> None:
    read = clauses.find(load(name).linked)
    assert read is not None
    totals = clauses.account(read.ledger)
    assert totals.total == totals.encoded + sum(totals.not_encoded.values())
    assert totals.encoded > totals.total / 2
    warnings = [
        one.code
        for one in checker.findings(load(name).linked)
        if "clause" in one.code or "account" in one.code
    ]
    assert warnings == []
