"""Every mistake of an author, with the exact words that answer it: `bad_packs/<mistake>/` holds the pack and both texts.

`pytest tests/test_bad_packs.py --update-expected` writes the texts anew; read them as the author would before you
commit them. A mistake that cannot be kept as a file (a directory, a link, 200,000 brackets) is made here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from innovation_rules import pack
from innovation_rules.errors import MESSAGES, Diagnostic, PackError, width
from innovation_rules.pack import finder, reader

ROOT = Path(__file__).parent / "bad_packs"
KEPT = sorted(path.name for path in ROOT.iterdir() if (path / "pack.yaml").is_file())
PACK = Path(pack.__file__).parent
HEAD = """pack: pack
title: 关于推进企业技术创新的意见
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01}
"""

# --- what cannot be kept as a file ------------------------------------------------------------------------


def brackets(folder: Path) -> None:
    (folder / "pack.yaml").write_text(HEAD + "version: " + "[" * 200_000)


def billion_laughs(folder: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    (folder / "pack.yaml").write_text("\n".join(lines) + "\n")


def too_many_items(folder: Path) -> None:
    """The limit is lowered for this one: a million items are slow to refuse."""
    (folder / "pack.yaml").write_text(HEAD + "version: [" + "1," * 1_001 + "1]\n")


def long_text(folder: Path) -> None:
    (folder / "pack.yaml").write_text(HEAD + "version: " + "长" * 100_001 + "\n")


def large_file(folder: Path) -> None:
    (folder / "pack.yaml").write_text("# " + "x" * reader.MAX_BYTES)


def directory(folder: Path) -> None:
    (folder / "pack.yaml").mkdir()


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "pack.yaml")


def no_file(folder: Path) -> None:
    pass


def locked(folder: Path) -> None:
    (folder / "pack.yaml").write_text(HEAD)
    (folder / "pack.yaml").chmod(0)


def symbolic_link(folder: Path) -> None:
    (folder / "elsewhere.yaml").write_text(HEAD.replace("pack: pack", "pack: higher"))
    (folder / "higher.yaml").symlink_to("elsewhere.yaml")
    (folder / "pack.yaml").write_text(HEAD + "extends: [higher]\n")


MADE: dict[str, Callable[[Path], None]] = {
    make.__name__: make
    for make in (
        brackets,
        billion_laughs,
        too_many_items,
        long_text,
        large_file,
        directory,
        pipe,
        no_file,
        symbolic_link,
    )
}

# --- the codes that no file here can show -----------------------------------------------------------------

ELSEWHERE = {
    "unreadable-file": "needs a user without rights: test_an_unreadable_file",
    "unexpected-end": "what the parser refuses and nothing explains: test_reader",
    "case-differs": "a worked case: test_cases",
    "case-unknown-name": "a worked case: test_cases",
    "cases-of-another-pack": "a worked case: test_cases",
    "like-circle": "a worked case: test_cases",
    "same-case-twice": "a worked case: test_cases",
    "unknown-like": "a worked case: test_cases",
    "two-in-force": "takes two packs: test_checker",
    "nested-aggregate": "a guard: a count inside a condition on activities is taken of the enterprise",
    "spelling-not-reversible": "fmt's: its own tests",
    "data-kind-needs-evidence": "data's: the tests of packs",
}


def raised_by_packs() -> set[str]:
    """Every error of MESSAGES that some module of `pack/` names, and those of its written figures."""
    found = {"bare-percent", "percent-in-words", "thousands-separator", "number-in-words", "not-a-number"}
    found |= {"number-too-long", "too-many-decimals", "unknown-unit", "fen-not-a-unit", "full-width"}
    found |= {"no-such-region", "region-form"}
    for path in PACK.glob("*.py"):
        found |= set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"', path.read_text(encoding="utf-8")))
    return {code for code in found if code in MESSAGES and MESSAGES[code].severity == "error"}


# --- the tests --------------------------------------------------------------------------------------------


def mistakes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> PackError:
    """What loading the pack of a folder says, seen from that folder, with no other packs about."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(finder, "policies", lambda: Path())
    with pytest.raises(PackError) as caught:
        pack.load("pack.yaml" if (folder / "pack.yaml").exists() else Path("pack.yaml"))
    return caught.value


def allowed(folder: Path) -> int:
    """How many errors the pack is meant to show: one, unless its first line says otherwise."""
    path = folder / "pack.yaml"
    first = path.read_bytes().split(b"\n")[0] if path.is_file() else b""
    found = re.match(rb"# (\d+) errors", first)
    return int(found[1]) if found else 1


def compare(error: PackError, folder: Path, update: bool) -> None:
    for lang in ("zh", "en"):
        text = error.render(lang) + "\n"
        path = folder / f"expected.{lang}.txt"
        if update:
            folder.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")


def well_said(one: Diagnostic) -> None:
    """Both languages, a statement and a way out, no hole in either, nothing that a terminal obeys."""
    for lang in ("zh", "en"):
        text = f"{one.message(lang)}\n{one.help(lang)}"
        assert one.message(lang)
        assert one.help(lang)
        assert "``" not in text
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
        assert not one.message(lang).endswith(("?", "？"))
    assert one.message("zh") != one.message("en")


@pytest.mark.parametrize("slug", KEPT)
def test_a_mistake_is_answered(
    slug: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    error = mistakes(ROOT / slug, monkeypatch)
    compare(error, ROOT / slug, request.config.getoption("--update-expected"))
    assert len(error.diagnostics) == allowed(ROOT / slug)
    for one in error.diagnostics:
        assert one.place is not None
        well_said(one)


@pytest.mark.parametrize("slug", MADE)
def test_a_mistake_that_is_made_is_answered(
    slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    MADE[slug](tmp_path)
    if slug == "too_many_items":
        monkeypatch.setattr(reader, "MAX_NODES", 1_000)
    error = mistakes(tmp_path, monkeypatch)
    compare(error, ROOT / slug, request.config.getoption("--update-expected"))
    (one,) = error.diagnostics
    well_said(one)


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked(tmp_path)
    (one,) = mistakes(tmp_path, monkeypatch).diagnostics
    assert one.code == "unreadable-file"


def test_every_code_that_a_pack_can_trigger_is_shown() -> None:
    shown = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("*/expected.en.txt"))
    codes = set(re.findall(r"^error\[([a-z0-9-]+)\]", shown, re.MULTILINE))
    assert raised_by_packs() - codes == set(ELSEWHERE) & raised_by_packs()


def test_lines_fit_a_screen_of_eighty_columns() -> None:
    """The lines of source do; a sentence may run on."""
    for path in ROOT.glob("*/expected.*.txt"):
        for line in path.read_text(encoding="utf-8").split("\n"):
            if re.match(r" *\d* \|", line):
                assert width(line.replace("第一次出现在这里", "").replace("first defined here", "")) <= 100, (
                    path
                )


def test_there_are_many_kinds_of_mistake() -> None:
    assert len(KEPT) + len(MADE) >= 45
