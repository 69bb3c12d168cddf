"""Run every example that README and docs/ show, and compare what it prints with what the page says.

A ```console block is a session: a line `$ innovation-rules ...` is run, the lines up to the next `$` are
its expected output (`...` stands for anything; none shown, none compared). A line `$ ...; echo $?` shows
an exit status. A ```python block is run as it is; with `>>>` it is a doctest. A block after the comment
`<!-- not run: why -->` and every other kind of block is left alone. All blocks of a page run in one folder
that holds copies of examples/ and policies/, in the page's order.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(
    r"(?P<skip><!-- not run:[^\n]*-->\n\s*)?^```(?P<kind>console|python)\n(?P<body>.*?)^```", re.M | re.S
)


class Command(NamedTuple):
    """One command of a session, and the output shown under it."""

    text: str
    shown: str


def blocks(page: Path) -> list[tuple[str, str, int]]:
    """The page's examples: kind, body, line."""
    text = page.read_text(encoding="utf-8")
    return [
        (m["kind"], m["body"], text.count("\n", 0, m.start("body")) + 1)
        for m in BLOCK.finditer(text)
        if not m["skip"]
    ]


def commands(body: str) -> list[Command]:
    """The commands of a console block with what is shown under each."""
    parts = re.split(r"^\$ ", body.replace("\\\n", " "), flags=re.M)[1:]
    return [Command(*(part.split("\n", 1) if "\n" in part else (part, ""))) for part in parts]


def matches(shown: str, printed: str) -> bool:
    """Whether the output is what the page shows, `...` standing for anything, trailing blanks ignored."""
    plain = [line.rstrip() for line in printed.rstrip().splitlines()]
    wanted = "\n".join(line.rstrip() for line in shown.rstrip().splitlines())
    pattern = ".*?".join(re.escape(piece) for piece in wanted.split("..."))
    return re.fullmatch(pattern, "\n".join(plain), re.S) is not None


def run_console(body: str, folder: Path) -> None:
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
        "COLUMNS": "80",
    }
    for command in commands(body):
        if not command.text.startswith(
            ("innovation-rules ", "cat ", "echo ", "printf ", "INNOVATION_RULES_LANG=")
        ):
            continue
        done = subprocess.run(
            ["bash", "-c", command.text],
            cwd=folder,
            env=env,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        if command.shown.strip():
            printed = done.stdout + done.stderr
            assert matches(command.shown, printed), (
                f"$ {command.text}\n--- shown\n{command.shown}\n--- printed\n{printed}"
            )
        else:
            assert done.returncode == 0, f"$ {command.text}\n{done.stdout}{done.stderr}"


def run_python(body: str, folder: Path, names: dict[str, object], where: str) -> None:
    if ">>>" in body:
        test = doctest.DocTestParser().get_doctest(body, names, where, where, 0)
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        report: list[str] = []
        outcome = doctest.DocTestRunner(optionflags=flags).run(test, out=report.append, clear_globs=False)
        names.update(test.globs)
        assert outcome.failed == 0, "".join(report)
    else:
        exec(compile(body, where, "exec"), names)  # our own page, in our own test


@pytest.mark.deep
@pytest.mark.parametrize(
    "page", [p for p in PAGES if blocks(p)], ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_every_example_of_a_page_does_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("examples", "policies"):
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for kind, body, line in blocks(page):
        if kind == "console":
            run_console(body, tmp_path)
        else:
            run_python(body, tmp_path, names, f"{page.name}:{line}")


def test_output_is_compared_as_said() -> None:
    assert matches("a\n...\nz\n", "a\nb\nc\nz  \n")
    assert not matches("a\nz", "a\nb")
    assert commands("$ a \\\n  b\nout\n$ c\n") == [Command("a    b", "out\n"), Command("c", "")]
