"""Run the worked cases of packs, and their properties on them, and show what does not come out as worked out by hand.

`cli test` prints it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from innovation_rules.audit import properties
from innovation_rules.engines import engine as find_engine
from innovation_rules.errors import Lang, PackError, render, render_all, split_lines
from innovation_rules.pack import cases, cases_zh, finder
from innovation_rules.pack.cases import CaseResult, Cases
from innovation_rules.packs import Pack, load_pack
from innovation_rules.terminal.bilingual import FINDINGS, note, session
from innovation_rules.terminal.render import Paint, columns, plain, wrapped
from innovation_rules.terminal.wording import status_words


def run(names: Sequence[str], engine: str, as_json: bool, reach: bool = False) -> int:
    """Run the cases of packs (of all, without names) and print what failed. Raises EngineError."""
    find_engine(engine)
    failed = 0
    for name in names or finder.names():
        try:
            pack = load_pack(name)
            found = cases.find(pack.linked)
            failed += _one_pack(pack, found, engine, as_json, reach)
        except PackError as error:
            if names and finder.is_name(name) and all(one.place is None for one in error.diagnostics):
                raise
            click.echo(
                render_all(error.diagnostics, error.sources, session().lang, session().color), color=True
            )
            failed += 1
    return FINDINGS if failed else 0


def _one_pack(pack: Pack, found: Cases | None, engine: str, as_json: bool, reach: bool) -> int:
    """The number of failures in one pack's cases, and of its properties that they do not show to hold."""
    if found is None:
        note(f"{pack.id}：没有算例", f"{pack.id}: no worked cases")
        return _properties(pack, as_json)
    wrong = cases.check(pack.linked, found)
    results = cases.run(pack, found, engine)
    failed = [one for one in results if not one.holds]
    if as_json:
        for result in results:
            click.echo(json.dumps(_json(pack, result), ensure_ascii=False))
    else:
        if wrong:
            sources = {found.document.file: found.document.text}
            click.echo(render_all(wrong, sources, session().lang, session().color), color=True)
        for result in failed:
            for line in lines(result, found, session().lang, Paint(session().color), columns()):
                click.echo(line, color=True)
    _totals(pack, results, len(failed), reach and not as_json)
    return len(failed) + len(wrong) + _properties(pack, as_json)


def _properties(pack: Pack, as_json: bool) -> int:
    """The number of properties of a pack that its worked cases break, or never put to the test."""
    verdicts = properties.check(pack)
    if not verdicts:
        return 0
    failed = [one for one in verdicts if not one.good]
    sources = properties.sources(pack)
    for one in verdicts if as_json else failed:
        if as_json:
            click.echo(json.dumps({"pack": pack.id, **one.to_json(session().lang)}, ensure_ascii=False))
        else:
            click.echo(render_all(one.diagnostics, sources, session().lang, session().color), color=True)
    held = len(verdicts) - len(failed)
    note(
        f"{pack.id}：{len(verdicts)} 项性质，算例中 {held} 项成立，{len(failed)} 项不成立或没有用到",
        f"{pack.id}: {len(verdicts)} properties, {held} hold on the cases, {len(failed)} do not or were not exercised",
    )
    return len(failed)


def _totals(pack: Pack, results: Sequence[CaseResult], failed: int, reach: bool) -> None:
    goals, open_ = cases.goals(pack.linked), cases.unreached(pack.linked, results)
    held = len(results) - failed
    note(
        f"{pack.id}：{len(results)} 个算例，{held} 个成立，{failed} 个不成立；"
        f"规则的 {len(goals)} 种结果中，算例见到了 {len(goals) - len(open_)} 种",
        f"{pack.id}: {len(results)} cases, {held} hold, {failed} do not; "
        f"of {len(goals)} outcomes of its rules the cases show {len(goals) - len(open_)}",
    )
    if reach:
        for section, id, status in open_:
            click.echo(goal_words(pack, section, id, status, session().lang))


def goal_words(pack: Pack, section: str, id: str, status: str, lang: Lang) -> str:
    """An outcome that the cases are to show, such as 奖励.研发奖励  不可享受."""
    if lang == "en":
        return f"{section}.{id}  {status_words(status, lang)}"
    return "{}.{}  {}".format(*cases_zh.goal_in_chinese(section, id, status, pack.linked))


def lines(result: CaseResult, found: Cases, lang: Lang, paint: Paint, most: int) -> Iterator[str]:
    """A failing case: what was expected by which clause, what came out, and by which tests."""
    case = result.case
    place = case.name.place
    yield f"{paint('bad', '✗')} {paint('bold', plain(case.name))}"
    yield paint("dim", f"  {plain(place.file)}:{place.line}")
    clause, why = ("条款", "理由") if lang == "zh" else ("clause", "why")
    colon = "：" if lang == "zh" else ": "
    yield from wrapped(plain(f"{clause}{colon}{case.clause}"), most, "  ", hang="    ")
    yield from wrapped(plain(f"{why}{colon}{case.why}"), most, "  ", hang="    ")
    for one in result.mismatches:
        expected = _shown(one.expected, lang), _shown(one.got, lang)
        text = (
            f"预期 {expected[0]}，得到 {expected[1]}"
            if lang == "zh"
            else f"expected {expected[0]}, got {expected[1]}"
        )
        yield from wrapped(plain(f"{one.expectation.words(lang)}{colon}{text}"), most, "  ", hang="    ")
        for reason in one.reasons:
            yield from (paint("dim", line) for line in wrapped(plain(reason), most, "    · ", hang="      "))
    source = split_lines(found.document.text)
    for problem in result.problems:
        yield render(problem, source, lang, paint.color)
    yield ""


def _shown(outcome: str, lang: Lang) -> str:
    words = status_words(outcome, lang)
    return words if words == outcome or lang == "en" else f"{words}（{outcome}）"


def _json(pack: Pack, result: CaseResult) -> dict[str, object]:
    case = result.case
    return {
        "pack": pack.id,
        "case": str(case.name),
        "clause": case.clause,
        "holds": result.holds,
        "place": f"{case.name.place.file}:{case.name.place.line}",
        "mismatches": [
            {
                "what": one.expectation.path,
                "expected": one.expected,
                "got": one.got,
                "reasons": list(one.reasons),
            }
            for one in result.mismatches
        ],
        "problems": [one.message(session().lang) for one in result.problems],
    }
