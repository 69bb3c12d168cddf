"""The prover on packs with a known fault, and on the same without it: what is wrong is found, what is right is proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest

from innovation_rules import cli
from innovation_rules.audit.differential import generated_pack
from innovation_rules.audit.generator import EnterpriseMaker
from innovation_rules.audit.prover import (
    CHECKS,
    Answer,
    Finding,
    NoSuchItem,
    Proofs,
    Refuted,
    Unsettled,
    _Asked,
    _joined,
    conditions,
    prove,
    to_json,
)
from innovation_rules.audit.prover.desk import Desk, Look, Question
from innovation_rules.audit.prover.plan import Term, shape_of, shapes, spans, terms
from innovation_rules.case import Case
from innovation_rules.engines import compiled
from innovation_rules.engines.smt import Proved
from innovation_rules.errors import Words, width
from innovation_rules.pack import cases as worked
from innovation_rules.packs import Pack, load_pack
from innovation_rules.program import Result
from innovation_rules.terminal.proof import NAMES, Report, case_texts

pytest.importorskip("z3", reason="the extra `prove`")

HEAD = """pack: {name}
title: 试验
jurisdiction: {{within: "140400", name: 长治市}}
in_force: {{from: 2020-01-01, to: 2020-12-31}}
"""
CLEAN = """
inputs:
  listed: {of: enterprise, type: yes_no, label: 在册, source: 一}
  winner: {of: enterprise, type: yes_no, label: 已受奖, source: 一}
facts:
  intensity: {label: 强度, ratio: {of: rd_expenditure, to: main_business_revenue, if_not_positive: 0%}, source: 一, rises_with: [rd_expenditure]}
classes:
  size:
    label: 规模
    source: 一
    rows:
      - {is: large, label: 大, when: {employees: {at_least: 300人}}}
      - {is: medium, label: 中, when: {employees: {at_least: 20人}}}
      - {otherwise: small, label: 小}
coverages:
  innovation:
    label: 创新覆盖
    source: 一
    scope: {listed: true}
    covered_when: {intensity: {at_least: 3%}}
awards:
  bonus:
    label: 奖励
    source: 二
    eligible_when: {size: [large, medium], intensity: {at_least: 2%}}
    unless: {winner: true}
    amount: {share: 10%, of: rd_expenditure, cap: 100万元, rounding: {to: 1元, mode: down}}
  advice: {label: 辅导, kind: guidance, source: 二, eligible_when: {size: small}}
"""

BAND = """coverages:
  innovation:
"""
SHADOWED = (
    BAND,
    """  band:
    label: 档
    source: 一
    rows:
      - {is: high, label: 高, when: {intensity: {at_least: 3%}}}
      - {is: medium, label: 中, when: {main_business_revenue: {more_than: 0元}, rd_expenditure: {at_least: {fact: main_business_revenue}}}}
      - {otherwise: low, label: 低}
"""
    + BAND,
)
"""A row that no figure reaches, which only the relation between two figures tells."""
LATE = (
    BAND,
    """  band:
    label: 档
    source: 一
    rows: [{is: high, label: 高, when: {employees: {at_least: {parameter: floor}}}}, {otherwise: low, label: 低}]
"""
    + BAND,
)

Made = Callable[..., Pack]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A pack of the clean text with some of it replaced."""

    def make(*changes: tuple[str, str], name: str = "trial", text: str = CLEAN, more: str = "") -> Pack:
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / f"{name}.yaml"
        path.write_text(HEAD.format(name=name) + text + more, encoding="utf-8")
        return load_pack(path, cache=False)

    return make


def refuted(proofs: Proofs) -> set[str]:
    return {one.id for one in proofs.findings if isinstance(one.answer, Refuted) and not one.informs}


def one(proofs: Proofs, id: str) -> Finding:
    return next(finding for finding in proofs.findings if finding.id == id)


# ------------------------------------------------------------------------------------------ clean


def test_a_clean_pack_is_proved_in_every_check(made: Made) -> None:
    proofs = prove(made())
    assert not proofs.open
    assert not refuted(proofs)
    assert {one.check for one in proofs.findings if one.holds} >= {
        "undetermined",
        "dead-outcome",
        "shadowed-row",
        "dead-condition",
        "rising",
        "amount",
    }
    assert not [one for one in proofs.findings if isinstance(one.answer, Unsettled)]


# ------------------------------------------------------------------------------------------ seeded faults


@pytest.mark.parametrize(
    ("change", "check", "item"),
    [
        # a row below a wider one
        (SHADOWED, "shadowed-row", "classes.band.rows[1]"),
        (SHADOWED, "dead-outcome", "classes.band.medium"),
        # a condition that the scope has already asked for
        (
            (
                "covered_when: {intensity: {at_least: 3%}}",
                "covered_when: {intensity: {at_least: 3%}, listed: true}",
            ),
            "dead-condition",
            "coverages.innovation.covered_when.listed=false",
        ),
        # a second threshold below the first
        (
            (
                "eligible_when: {size: small}",
                "eligible_when: {any: [{intensity: {at_least: 3%}}, {intensity: {at_least: 4%}}]}",
            ),
            "dead-condition",
            "awards.advice.eligible_when.intensity#2=true",
        ),
        # more revenue loses what rests on a share of it
        (
            ("rises_with: [rd_expenditure]", "rises_with: [main_business_revenue]"),
            "rising",
            "facts.intensity<main_business_revenue",
        ),
        (
            ("rises_with: [rd_expenditure]", "rises_with: [main_business_revenue]"),
            "rising",
            "coverages.innovation<main_business_revenue",
        ),
        # more of it leads out of the scope
        (
            ("scope: {listed: true}", "scope: {listed: true, rd_expenditure: {less_than: 5000万元}}"),
            "rising",
            "coverages.innovation<rd_expenditure",
        ),
        # rounding up above the cap
        (
            (
                "cap: 100万元, rounding: {to: 1元, mode: down}",
                "cap: 999999元, rounding: {to: 10元, mode: up}",
            ),
            "amount",
            "awards.bonus.cap",
        ),
        # never at all
        (
            ("scope: {listed: true}", "scope: {listed: true, rd_expenditure: {at_most: 0元}}"),
            "dead-outcome",
            "coverages.innovation.covered",
        ),
    ],
)
def test_a_seeded_fault_is_found(made: Made, change: tuple[str, str], check: str, item: str) -> None:
    proofs = prove(made(change), [check])
    assert f"{check}:{item}" in refuted(proofs)


def test_tiers_that_meet_in_a_figure_overlap_or_leave_it_out(made: Made) -> None:
    tiers = (
        "any: [{{employees: {{{low}: 100人}}, winner: true}}, {{employees: {{{high}: 100人}}, listed: true}}]"
    )

    def found(low: str, high: str) -> set[str]:
        change = "eligible_when: {size: small}", f"eligible_when: {{{tiers.format(low=low, high=high)}}}"
        return {id.rpartition(".")[2].partition("@")[0] for id in refuted(prove(made(change), ["overlap"]))}

    assert found("at_most", "at_least") == {"tiers"}
    assert found("less_than", "more_than") == {"gap"}
    assert found("less_than", "at_least") == set()


def test_awards_that_one_denies_the_other_never_go_together(made: Made) -> None:
    change = "unless: {winner: true}", "unless: {any: [{winner: true}, {advice: eligible}]}"
    proofs = prove(made(change), ["overlap"])
    assert [(one.id, one.holds) for one in proofs.findings if "&" in one.id] == [
        ("overlap:awards.bonus&advice", True)
    ]


def test_what_is_open_although_all_is_known_is_shown_by_an_enterprise(made: Made) -> None:
    late = "parameters: {floor: {label: 起点, source: 一, values: {2020-07-01: 300人}}}\n"
    proofs = prove(made(LATE, more=late), ["undetermined"])
    found = next(each for each in proofs.findings if each.item == "classes.band" and not each.holds)
    assert isinstance(found.answer, Refuted)
    assert found.informs
    assert one(proofs, "undetermined:classes.band").years[0].text("en") == "2020-07-01 – 2020"
    assert [span.text("en") for span in found.years] == ["2020 – 2020-06-30"]


def test_every_counterexample_is_decided_so_by_the_interpreter(made: Made) -> None:
    pack = made(("rises_with: [rd_expenditure]", "rises_with: [main_business_revenue]"))
    found = one(prove(pack, ["rising"]), "rising:coverages.innovation<main_business_revenue")
    assert isinstance(found.answer, Refuted)
    shown = found.answer.shown
    assert shown is not None
    statuses = {
        name: pack.decide(who, shown.year, shown.as_of, engine="interpreter", strict=False)
        .coverages["innovation"]
        .status
        for name, who in shown.enterprises.items()
    }
    assert statuses == {"before": "covered", "after": "not_covered"}


# ------------------------------------------------------------------------------------------ carrying out another

HIGHER = CLEAN.replace("at_least: 3%", "at_least: 4%")
MAP = """
implements:
  above: {coverages: {innovation: innovation}}
"""


def test_a_looser_document_is_shown_by_an_enterprise_and_a_stricter_one_is_proved(made: Made) -> None:
    made(name="above", text=HIGHER)
    loose = prove(made(text=CLEAN + MAP), ["implements"])
    assert refuted(loose) == {"implements:coverages.innovation>above.innovation"}
    assert loose.open
    made(name="above", text=CLEAN)
    strict = prove(made(text=HIGHER + MAP), ["implements"])
    assert [one.holds for one in strict.findings] == [True]


def test_a_departure_accounts_for_being_looser(made: Made) -> None:
    made(name="above", text=HIGHER)
    departs = MAP.replace("innovation}}", "innovation}, departs: {innovation: 本地另有规定}}")
    proofs = prove(made(text=CLEAN + departs), ["implements"])
    assert refuted(proofs)
    assert not proofs.open
    assert proofs.findings[0].because == "本地另有规定"


# ------------------------------------------------------------------------------------------ an author's own properties


def test_two_files_may_call_their_properties_alike(made: Made, tmp_path: Path) -> None:
    """A false one of an auditor's file is refuted, whatever the pack's own of that name says."""
    holds = "{any: [{intensity: {at_least: 0%}}, {intensity: {less_than: 1%}}]}"
    (tmp_path / "properties").mkdir()
    (tmp_path / "properties" / "audit.property.yaml").write_text(
        "pack: trial\nproperties:\n  same: {label: 假, source: 一, assert: {intensity: {at_most: 5%}}}\n",
        encoding="utf-8",
    )
    pack = made(more=f"properties:\n  same: {{label: 真, source: 一, assert: {holds}}}\n")
    found = {one.says.zh: type(one.answer) for one in prove(pack, ["property"]).findings}
    assert found == {"真": Proved, "假": Refuted}


# ------------------------------------------------------------------------------------------ what is missing


def test_a_fact_that_cannot_matter_is_listed_where_it_is_missing(made: Made) -> None:
    either = "eligible_when: {any: [{listed: true}, {listed: false, winner: true}, {listed: false, winner: false}]}"
    proofs = prove(made(("eligible_when: {size: small}", either)), ["missing"])
    found = one(proofs, "missing:awards.advice?winner")
    assert isinstance(found.answer, Refuted)
    assert found.informs
    assert not proofs.open
    listed = one(proofs, "missing:awards.advice?listed")
    assert isinstance(listed.answer, Refuted | Proved)


# ------------------------------------------------------------------------------------------ several laws


def test_a_fault_under_one_law_is_not_hidden_by_what_another_only_tells(made: Made) -> None:
    """Answers of several laws are joined where they are alike, and a fault is not alike to what informs."""
    every = [Term(date(year, 1, 1), date(year, 12, 31)) for year in range(2020, 2026)]

    def asked(term: Term, answer: Answer, informs: bool) -> _Asked:
        question = Question("item", Words("说", "says"), "", None, (), lambda: answer, informs=informs)
        return _Asked("undetermined", question, answer, [term])

    answers: list[tuple[Answer, bool]] = [
        (Unsettled(1, "wider"), False),
        (Refuted(1), True),
        (Refuted(1), False),
        (Unsettled(1, "time"), False),
        (Proved(1), True),
        (Proved(1), False),
    ]
    found = list(_joined(asked(term, *each) for term, each in zip(every, answers, strict=True)))
    assert [
        (type(each.answer), each.question.informs, getattr(each.answer, "why", ""), len(each.terms))
        for each in found
    ] == [
        (Proved, True, "", 2),
        (Refuted, False, "", 1),
        (Refuted, True, "", 1),
        (Unsettled, False, "time", 1),
        (Unsettled, False, "wider", 1),
    ]


# ------------------------------------------------------------------------------------------ accounting for findings

NOTE = """
notes:
  - {clauses: [一], text: 这一行是照条文写的, findings: ["shadowed-row:classes.band.rows[1]", "dead-outcome:classes.band.medium"]}
"""


def test_a_note_accounts_for_a_finding_and_a_stale_note_is_one(made: Made) -> None:
    proofs = prove(made(SHADOWED, more=NOTE))
    assert one(proofs, "shadowed-row:classes.band.rows[1]").because == "这一行是照条文写的"
    assert all(found.check == "dead-condition" for found in proofs.open)
    stale = prove(made(more=NOTE))
    assert [one.check for one in stale.open] == ["stale-note", "stale-note"]


def test_only_names_checks_and_items(made: Made) -> None:
    pack = made()
    assert {one.check for one in prove(pack, ["amount", "undetermined:awards.bonus"]).findings} == {
        "amount",
        "undetermined",
    }
    assert [one.item for one in prove(pack, ["undetermined:awards.bonus"]).findings] == ["awards.bonus"]
    parts = prove(pack, ["rising:coverages.innovation", "dead-condition:coverages.innovation"]).findings
    assert {one.item for one in parts} == {
        "coverages.innovation<rd_expenditure",
        *(f"coverages.innovation.scope.listed={truth}" for truth in ("true", "false")),
    }
    with pytest.raises(ValueError, match="misspelt"):
        prove(pack, ["misspelt"])
    with pytest.raises(NoSuchItem) as absent:
        prove(pack, ["amount", "undetermined:awards.bonsu"])
    assert absent.value.name == "undetermined:awards.bonsu"
    assert "undetermined:awards.bonus" in absent.value.known
    assert not prove(pack, ["implements"]).findings


# ------------------------------------------------------------------------------------------ years


def test_the_same_law_is_asked_once_and_the_answer_is_for_all_its_years(made: Made) -> None:
    values = (
        "parameters: {floor: {label: 起点, source: 一, values: {2018-01-01: 300人, 2022-01-01: 400人}}}\n"
    )
    text = CLEAN.replace("employees: {at_least: 300人}", "employees: {at_least: {parameter: floor}}")
    pack = made(text=text, more=values)
    path = pack.path
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "from: 2020-01-01, to: 2020-12-31", "from: 2020-01-01, to: 2023-12-31"
        ),
        encoding="utf-8",
    )
    pack = load_pack(path, cache=False)
    every = terms(pack)
    assert [term.year for term in every] == [2020, 2021, 2022, 2023]
    programs = [term.program(pack) for term in every]
    root = [program.classes[0].node for program in programs]
    forms = [shape_of(program, (node,)) for program, node in zip(programs, root, strict=True)]
    assert forms[0] == forms[1] != forms[2] == forms[3]
    assert shapes(programs[0])[root[0]] != shapes(programs[2])[root[2]]
    assert [span.text("en") for span in spans(every)] == ["2020–2023"]
    proofs = prove(pack, ["undetermined:classes.size"])
    assert [span.text("zh") for span in proofs.findings[0].years] == ["2020–2023"]
    assert proofs.questions == 2


# ------------------------------------------------------------------------------------------ on the command line


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_fits_the_terminal_and_says_what_is_wrong(made: Made, lang: str) -> None:
    pack = made(("rises_with: [rd_expenditure]", "rises_with: [main_business_revenue]"))
    proofs = prove(pack, ["rising"])
    lines = list(Report(pack, proofs, lang, full=True).lines())  # type: ignore[arg-type]
    assert max(map(width, lines)) <= 80
    text = "\n".join(lines)
    assert "rising:coverages.innovation<main_business_revenue" in text.replace("\n    ", "")
    assert ("未覆盖" if lang == "zh" else "not covered") in text


def test_a_counterexample_is_a_worked_case_that_holds(made: Made, tmp_path: Path) -> None:
    pack = made(("rises_with: [rd_expenditure]", "rises_with: [main_business_revenue]"))
    found = one(prove(pack, ["rising"]), "rising:coverages.innovation<main_business_revenue")
    assert isinstance(found.answer, Refuted)
    assert found.answer.shown is not None
    texts = case_texts(pack, found, found.answer.shown)
    file = tmp_path / "found.yaml"
    file.write_text(f"pack: {pack.id}\ncases:\n" + "\n".join(texts), encoding="utf-8")
    results = worked.run(pack, worked.load(file))
    assert len(results) == 2
    assert all(result.holds for result in results)


def test_the_command_exits_with_what_it_found(
    made: Made, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    clean = str(made().path)
    words = ["prove", "--only", "rising", "--lang", "en"]
    with pytest.raises(SystemExit) as done:
        cli.main.main([*words, clean])
    assert done.value.code == 0
    assert "nothing that the pack does not account for" in capsys.readouterr().out
    faulty = str(made(("rises_with: [rd_expenditure]", "rises_with: [main_business_revenue]")).path)
    file = tmp_path / "found.yaml"
    with pytest.raises(SystemExit) as done:
        cli.main.main([*words, faulty, "--write-case", str(file)])
    assert done.value.code == 1
    assert len(worked.load(file).cases) > 1
    capsys.readouterr()
    for option in ("--write-case", "--write-cases"):
        with pytest.raises(SystemExit) as done:
            cli.main.main([*words, faulty, option, str(tmp_path / "absent" / "found.yaml")])
        assert done.value.code == 2
        assert capsys.readouterr().out == ""
    with pytest.raises(SystemExit) as done:
        cli.main.main(["prove", clean, "--only", "amounts"])
    assert done.value.code == 2
    for item in ("awards.bonsu", "bonus"):
        with pytest.raises(SystemExit) as done:
            cli.main.main(["prove", clean, "--only", f"undetermined:{item}"])
        assert done.value.code == 2
        assert "undetermined:awards.bonus" in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_out_of_every_case_s_reach_is_said_once_for_each_place(
    lang: str, made: Made, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "all.yaml"
    with pytest.raises(SystemExit):
        cli.main.main(
            [
                "prove",
                str(made(SHADOWED).path),
                "--only",
                "implements",
                "--write-cases",
                str(file),
                "--lang",
                lang,
            ]
        )
    lines = capsys.readouterr().err.splitlines()
    assert worked.load(file).cases
    places = [line.split()[1] for line in lines if line.startswith("  trial.yaml:")]
    assert "classes.band" in places
    assert len(places) == len(set(places))
    assert max(map(width, lines[1:])) <= 80
    assert ("用上这一行" if lang == "zh" else "this row answers") in "\n".join(lines)


def test_plain_data_tells_the_same(made: Made) -> None:
    proofs = prove(made(("rises_with: [rd_expenditure]", "rises_with: [main_business_revenue]")), ["rising"])
    data = to_json(proofs)
    assert data["open"] == len(proofs.open) > 0
    assert {line["answer"] for line in data["findings"]} <= {"proved", "refuted", "unknown"}
    shown = [line["shown"] for line in data["findings"] if line["answer"] == "refuted"]
    assert all(one["enterprises"] for one in shown)


def test_every_check_has_a_name_in_both_languages() -> None:
    assert set(CHECKS) <= set(NAMES)


# ------------------------------------------------------------------------------------------ our packs


@pytest.mark.deep
@pytest.mark.parametrize(
    "name", ["national", "shanxi", "changzhi", "changzhi_hightech_zone", "hengshui", "pingxiang"]
)
def test_our_packs_are_proved_or_account_for_it(name: str) -> None:
    assert not prove(load_pack(name)).open


# ------------------------------------------------------------------------------------------ generated packs


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(12, 20))
def test_no_enterprise_contradicts_what_is_proved_dead_in_a_generated_pack(seed: int, tmp_path: Path) -> None:
    draw = Random(seed)
    pack = generated_pack(draw, tmp_path)
    checks = ["dead-outcome", "shadowed-row", "dead-condition"]
    dead = {one.id for one in prove(pack, checks).findings if isinstance(one.answer, Refuted)}
    assert dead
    for term in terms(pack):
        desk = Desk(pack, term, (), 10.0)
        maker = EnterpriseMaker(desk.program, pack.head, draw)
        for _ in range(100):
            case = desk.program.frame.case(maker.enterprise(), term.year, term.last)
            results = compiled.evaluate(desk.program, case)
            assert dead.isdisjoint(_shown_alive(desk, case, results))


def _shown_alive(desk: Desk, case: Case, results: tuple[Result, ...]) -> Iterator[str]:
    """The claims that something is there which one case shows."""
    for outcome in desk.decided():
        yield from (f"dead-outcome:{outcome.key}.{one}" for one in outcome.status(results).split(","))
    for one in conditions.of(desk):
        for truth in (True, False):
            if conditions.shows(desk, one, truth, [Look(case, results)]):
                yield f"dead-condition:{one.name}={'true' if truth else 'false'}"
