"""Write the pages that come from the code and the packs: docs/language.md, docs/commands.md,
docs/data-dictionary.md, docs/schema/, docs/packs/.

    python docs/generate.py            writes them anew
    python docs/generate.py --check    fails, naming them, where one is stale

Every key, operator, test, fact and message says what it is where it is defined; nothing is said here a second time.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import click

from innovation_rules import cli
from innovation_rules.case import VOCABULARY
from innovation_rules.errors import MESSAGES
from innovation_rules.facts import CATEGORIES, LEVELS, OWNERSHIPS, STATUSES
from innovation_rules.pack import finder, link, schema
from innovation_rules.pack import grammar as g
from innovation_rules.pack import pages as pack_pages
from innovation_rules.pack.operators import OPERATORS
from innovation_rules.pack.parser import fields_of
from innovation_rules.program import AWARD_STATUSES, COVERAGE_STATUSES
from innovation_rules.quantities import Type
from innovation_rules.tables import dictionary
from innovation_rules.terminal import bilingual
from innovation_rules.terminal.wording import STATUS

ROOT: Final = Path(__file__).resolve().parents[1]
WRITTEN: Final = "<!-- written by docs/generate.py: change the code, then run `make docs` -->\n"


def main() -> int:
    """Write the pages, or with --check say which are stale."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing, fail where a page is stale")
    check = parser.parse_args().check
    written = pages()
    stale = [name for name, text in written.items() if _read(ROOT / name) != text]
    for name in stale:
        if check:
            print(f"stale: {name} (run `make docs`)")
        else:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(written[name], encoding="utf-8", newline="\n")
            print(f"written: {name}")
    return 1 if check and stale else 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def pages() -> dict[str, str]:
    """Every generated page by its path."""
    return {
        "docs/language.md": language(),
        "docs/commands.md": commands(),
        "docs/data-dictionary.md": dictionary.page(),
        **schema.pages(),
        **packs(),
    }


def packs() -> dict[str, str]:
    """A page for every pack among the policies. Raises PackError where one does not load."""
    return pack_pages.write([link(finder.find(name)) for name in finder.names()])


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    titles = list(head)
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(_cell(str(cell)) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")


def code(text: str) -> str:
    """A word in code type; nothing for nothing."""
    return f"`{text}`" if text else ""


# ------------------------------------------------------------------------------------------------ the language


def language() -> str:
    """The reference of the pack language."""
    parts: list[str] = [WRITTEN, "# The pack language\n", INTRODUCTION]
    sections: tuple[tuple[str, Callable[[], Iterator[str]]], ...] = (
        ("A pack", _pack),
        ("Items", _items),
        ("Conditions", _conditions),
        ("Operators of derived facts", _operators),
        ("Words", _words),
        ("Facts of the data", _facts),
        ("Messages", _messages),
    )
    for title, body in sections:
        parts += [f"## {title}\n", *body()]
    return "\n".join(parts)


INTRODUCTION: Final = """\
A pack is one YAML file in a closed, typed language: no expressions in strings, no code, no loops. Every key, operator and
fact has an English name and a Chinese one; a file uses one of the two throughout, and `innovation-rules fmt --names zh|en`
turns one into the other. Every number carries its unit (`1200万元`, `2.5%`, `300人`, `3年`, `2个百分点`); structural
integers (`n`, `monthly`, `year`) carry none. Codes are quoted (`"0610"`). Only `true` and `false` are truths.

A guide in Chinese is [authoring.md](authoring.md); the schemas for editors are in [schema/](schema/).
"""


def _pack() -> Iterator[str]:
    yield "The keys of the file, in the order in which packs write them.\n"
    yield _keys(g.Pack)


def _keys(item: type[g.Item], without: Iterable[str] = ()) -> str:
    """The keys of an item, those of `without` left out; nothing where none is left."""
    rows = []
    for name, (key, zh, _, needed) in fields_of(item).items():
        if name not in without:
            doc = item.model_fields[name].description or ""
            rows.append((code(key), code(zh), doc, "required" if needed else ""))
    return table(("key", "中文", "含义", ""), rows) if rows else ""


_ITEMS: Final = (
    g.Labelled, g.Interpretation, g.Jurisdiction, g.Document, g.Span, g.Input, g.QualificationKind, g.ActivityKind,
    g.Parameter, g.Fact, g.Layer, g.Filter, g.Row, g.Classification, g.Coverage, g.NoCoverage, g.Award, g.Amount, g.Rounding,
    g.Measure, g.MeasureRatio, g.MeasureDifference, g.Counted, g.ChangeFrom, g.About, g.Target, g.Duty, g.Due, g.Implements,
    g.Property, g.MonotoneIn, g.InvariantUnder, g.ImpliesThat, g.WithinBounds, g.Totality, g.PropertyFile, g.Note,
)  # fmt: skip


def _items() -> Iterator[str]:
    yield "What each kind of item takes. Every declared item also takes the keys of *Labelled*.\n"
    for item in _ITEMS:
        inherits = issubclass(item, g.Labelled) and item is not g.Labelled
        keys = _keys(item, g.Labelled.model_fields if inherits else ())
        if keys:
            yield f"### {item.__name__}\n"
            yield f"{inspect.cleandoc(item.__doc__ or '')}\n"
            yield keys


def _conditions() -> Iterator[str]:
    yield (
        "A condition is a mapping, and a mapping is *and*: `fact: value` (equals), `fact: [a, b]` (one of), "
        "`fact: {test: …}`. The right side may be a value, `{parameter: name}` or `{fact: name}`. What is not known is "
        "neither true nor false.\n"
    )
    yield "Connectives:\n"
    yield table(("key", "中文", "含义"), ((code(one.en), code(one.zh), one.doc) for one in g.CONNECTIVES))
    yield "Tests of a fact:\n"
    yield table(("test", "中文", "含义"), ((code(one.en), code(one.zh), one.doc) for one in g.TESTS))
    yield "Facts that come by themselves: `in_jurisdiction`, `year`, and every coverage and award under its own name.\n"


def _operators() -> Iterator[str]:
    for one in OPERATORS:
        english, chinese = one.words
        yield f"### `{english}` · `{chinese}`\n"
        yield f"{inspect.cleandoc(one.__doc__ or '')}\n"
        if one.whole:
            yield f"Written `{english}: …`.\n"
            continue
        yield _keys(one)


def _words() -> Iterator[str]:
    for title, words in (
        ("Categories of activity", CATEGORIES),
        ("Levels, the lowest first", LEVELS),
        ("Statuses of an activity or qualification", STATUSES),
        ("Ownership", OWNERSHIPS),
    ):
        yield f"{title}:\n"
        yield table(("word", "中文"), ((code(name), zh) for name, zh in words.items()))
    yield "Types:\n"
    yield table(("type", "中文"), ((code(one.value), one.words.zh) for one in Type))
    yield "Outcomes of coverages and awards:\n"
    outcomes = dict.fromkeys((*COVERAGE_STATUSES, *AWARD_STATUSES))
    yield table(("outcome", "中文"), ((code(one), STATUS[one].zh) for one in outcomes))


def _facts() -> Iterator[str]:
    yield "The model is the vocabulary: each field is a base fact of the same name. An absent one is unknown.\n"
    for owner in dict.fromkeys(owner for owner, _ in VOCABULARY):
        yield f"### of {owner}\n"
        specs = [spec for (whose, _), spec in VOCABULARY.items() if whose == owner]
        rows = ((code(one.name), one.zh, one.type.words.zh, one.unit or "", one.source) for one in specs)
        yield table(("fact", "中文", "类型", "单位", "来源"), rows)


def _messages() -> Iterator[str]:
    yield "Every diagnostic by its code. `{…}` stands for what was found.\n"
    rows = ((code(name), one.severity, one.zh, one.en) for name, one in sorted(MESSAGES.items()))
    yield table(("code", "", "中文", "English"), rows)


# ------------------------------------------------------------------------------------------------ commands


def commands() -> str:
    """The help of every command, in both languages."""
    parts = [
        WRITTEN,
        "# The command line\n",
        "`innovation-rules COMMAND --help` shows the same, at the terminal.\n",
    ]
    for name, context in _contexts(click.Context(cli.main, info_name=bilingual.NAME)):
        parts.append(f"## {name}\n")
        parts += [f"```text\n{_help(context, lang)}```\n" for lang in ("en", "zh")]
    return "\n".join(parts)


def _contexts(context: click.Context) -> Iterator[tuple[str, click.Context]]:
    """A command and those beneath it, each as it is called."""
    yield context.command_path, context
    if isinstance(context.command, bilingual.Group):
        for name, command in context.command.every_command().items():
            yield from _contexts(click.Context(command, info_name=name, parent=context))


def _help(context: click.Context, lang: str) -> str:
    bilingual.speak(lang)  # type: ignore[arg-type]
    return context.get_help() + "\n"


if __name__ == "__main__":
    sys.exit(main())
