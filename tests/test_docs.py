"""The documentation: generated pages are fresh and complete, links lead somewhere, names of files are right."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from innovation_rules import cli
from innovation_rules.case import VOCABULARY
from innovation_rules.errors import MESSAGES
from innovation_rules.pack.grammar import CONNECTIVES, TESTS
from innovation_rules.pack.operators import OPERATORS

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")]
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """docs/generate.py as a module."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_generated_page_is_stale(generate: ModuleType) -> None:
    stale = [
        name for name, text in generate.pages().items() if (ROOT / name).read_text(encoding="utf-8") != text
    ]
    assert not stale, "run `make docs`"


def test_check_tells_a_stale_page_from_a_fresh_one(
    generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "pages", lambda: {"docs/a.md": "text\n"})
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert generate.main() == 1
    monkeypatch.setattr(sys, "argv", ["generate.py"])
    assert generate.main() == 0
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert generate.main() == 0


def test_the_reference_names_everything(generate: ModuleType) -> None:
    text = generate.language()
    for one in OPERATORS:
        assert f"### `{one.words[0]}` · `{one.words[1]}`" in text
        assert one.__doc__, one
    for word in (*CONNECTIVES, *TESTS):
        assert f"`{word.en}`" in text
    for _, name in VOCABULARY:
        assert f"`{name}`" in text
    for code in MESSAGES:
        assert f"`{code}`" in text


def test_the_command_page_has_every_command_in_both_languages(generate: ModuleType) -> None:
    text = generate.commands()
    for name in cli.main.every_command():
        assert f"## innovation-rules {name}\n" in text
        assert f"Usage: innovation-rules {name} " in text
        assert f"用法：innovation-rules {name} " in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert "://" not in target, "a link out of the project"
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", ["pipeline.md", "changing.md"])
def test_files_that_a_page_names_exist(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for name in re.findall(r"`((?:\w+/)*\w+\.py)`", text):
        assert (ROOT / name).exists() or (ROOT / "innovation_rules" / name).exists(), name


def test_the_guide_for_authors_is_in_chinese_and_the_two_readmes_run_side_by_side() -> None:
    guide = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
    assert len(CHINESE.findall(guide)) > 1000
    english, chinese = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
    )
    for command in ("make demo", "make test"):
        assert command in english
        assert command in chinese


def test_generate_runs_as_a_script() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout.decode()
