"""`innovation-rules prove`: what holds of a pack for every enterprise there could be, or an enterprise that shows otherwise."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from innovation_rules.cli import _format, _output, _pack, command
from innovation_rules.commands import folders, solver
from innovation_rules.terminal.bilingual import FINDINGS, Text, fail, note, option, session

if TYPE_CHECKING:
    from innovation_rules.audit.prover import Proofs
    from innovation_rules.packs import Pack

__all__ = ["prove"]


@command(
    "prove",
    Text("证明规则包对任何企业都成立的事", "prove what holds of a pack for every enterprise"),
    Text(
        "逐项证明：情况已知就有结论，没有用不上的规则、条件和行，互斥的不同时享受，改善不会失去，金额不出界限，不比所落实的上级文件宽。"
        "证不成的给出一家最小的企业，由解释器复核，可贴进算例。事实取遍申报范围，未知也在内；每段法律各证一次。\n\n"
        "有规则包没有交代的发现，退出状态为 1；交代写在“说明”的“发现”里。需要附加组件 prove。\n\n"
        "innovation-rules prove changzhi\n"
        "innovation-rules prove changzhi --only dead-condition --write-case 反例.yaml",
        "Proves one by one: decided where all is known; no dead rule, condition or row; what excludes each other never "
        "holds together; improving loses nothing; amounts within bounds; never looser than the document it carries "
        "out. What fails is shown by a smallest enterprise, replayed by the interpreter, that can be pasted as a worked "
        "case. Facts range over their declared domains, unknown included; each stretch of one law is proved.\n\n"
        "Exit status 1 on a finding that the pack does not account for; a note accounts for it under `findings`. "
        "Needs the extra `prove`.\n\n"
        "innovation-rules prove changzhi\n"
        "innovation-rules prove changzhi --only dead-condition --write-case found.yaml",
    ),
    _pack(),
    option(
        ["--only"],
        multiple=True,
        metavar="CHECK[:ID]",
        says=Text(
            "只做这一项检查，或其中一项；可写几次", "only this check, or one item of it; may be repeated"
        ),
    ),
    option(
        ["--seconds"],
        type=click.FloatRange(0.01, 3600),
        default=30.0,
        metavar="N",
        says=Text("一个问题最多几秒", "the seconds that one question may take"),
    ),
    option(
        ["--write-case"],
        type=click.Path(dir_okay=False),
        metavar="FILE",
        says=Text("把反例写成算例文件", "write the counterexamples as worked cases"),
    ),
    option(
        ["--write-cases"],
        type=click.Path(dir_okay=False),
        metavar="FILE",
        says=Text(
            "为每个条件、每个边界各写一个算例", "write a worked case for each condition and each boundary"
        ),
    ),
    option(["--full"], is_flag=True, says=Text("已证明的也逐项列出", "list what is proved, too")),
    _format("text", "json"),
)
def prove(
    pack: str,
    only: tuple[str, ...],
    seconds: float,
    write_case: str | None,
    write_cases: str | None,
    full: bool,
    format_: str,
) -> int:
    """Prove a pack and print what was found."""
    from innovation_rules.packs import load_pack

    loaded = load_pack(pack)
    solver()
    folders(write_case, write_cases)
    if write_cases is not None:
        _write_witnesses(loaded, write_cases, seconds)
    proofs = _proofs(loaded, only, seconds)
    if format_ == "json":
        from innovation_rules.audit.prover import to_json

        click.echo(json.dumps(to_json(proofs), ensure_ascii=False, indent=2, default=str))
    else:
        from innovation_rules.terminal.proof import Report
        from innovation_rules.terminal.render import Paint, columns

        report = Report(loaded, proofs, session().lang, Paint(session().color), columns(), full)
        for line in report.lines():
            click.echo(line, color=True)
    if write_case is not None:
        _write_found(loaded, proofs, write_case)
    return FINDINGS if proofs.open else 0


def _proofs(pack: Pack, only: Iterable[str], seconds: float) -> Proofs:
    from innovation_rules.audit.prover import CHECKS, NoSuchItem
    from innovation_rules.audit.prover import prove as prove_pack
    from innovation_rules.errors import nearest
    from innovation_rules.terminal.render import Progress

    for one in only:
        code = one.partition(":")[0]
        if code not in CHECKS:
            near = nearest(code, CHECKS)
            fail(
                Text(f"没有 `{code}` 这项检查", f"there is no check `{code}`"),
                Text(
                    f"最接近的是 `{near}`；有：{'、'.join(CHECKS)}" if near else f"有：{'、'.join(CHECKS)}",
                    f"the nearest is `{near}`; there are {', '.join(CHECKS)}"
                    if near
                    else f"there are {', '.join(CHECKS)}",
                ),
            )
    progress = Progress(sys.stderr, sys.stderr.isatty(), session().say("已答", "answered"))
    try:
        return prove_pack(pack, only, seconds, progress.step)
    except NoSuchItem as error:
        progress.clear()
        near = nearest(error.name, error.known) or next(iter(error.known), None)
        fail(
            Text(
                f"{pack.id} 没有 `{error.name}` 这一项可证",
                f"there is no `{error.name}` to be proved of {pack.id}",
            ),
            Text(
                f"要写报告里的编号，如 `{near}`；--full 列出全部" if near else "这个规则包没有这类论断",
                f"write an identifier as the report does, such as `{near}`; --full lists all"
                if near
                else "this pack gives that check nothing to prove",
            ),
        )
    finally:
        progress.clear()


def _write_found(pack: Pack, proofs: Proofs, file: str) -> None:
    from innovation_rules.audit.prover import Refuted
    from innovation_rules.terminal.proof import case_texts

    texts = [
        text
        for one in proofs.findings
        if isinstance(one.answer, Refuted) and one.answer.shown is not None
        for text in case_texts(pack, one, one.answer.shown, session().lang)
    ]
    _write(pack, texts, file)


def _write_witnesses(pack: Pack, file: str, seconds: float) -> None:
    """The cases, and on standard error what is proved to be out of every case's reach, for a reviewer."""
    from innovation_rules.audit.witnesses import witnesses
    from innovation_rules.terminal.proof import unreached
    from innovation_rules.terminal.render import columns

    found = witnesses(pack, seconds=seconds)
    _write(pack, list(found.texts()), file)
    for line in unreached(found.review(), session().lang, columns()):
        click.echo(line, err=True)
    if found.open:
        note(f"还有 {len(found.open)} 项没有答出", f"{len(found.open)} are left open")


def _write(pack: Pack, texts: list[str], file: str) -> None:
    """A file of worked cases."""
    body = "\n".join(["", *texts]) if texts else " []"
    with _output(file) as (stream, _):
        stream.write(f"pack: {pack.id}\n\ncases:{body}\n")
    note(f"写了 {len(texts)} 个算例：{file}", f"wrote {len(texts)} cases: {file}")
