"""Find the file of a pack: by name among the policies, or by path.

`pack.load` calls it first; the linker calls it again for what a pack extends, by name only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from innovation_rules.errors import Diagnostic, PackError, Place, nearest

NAME = re.compile(r"[^\W\d]\w*")


@cache
def policies() -> Path:
    """The folder of the packs that come with the library: beside the package in a checkout, inside it in a wheel.

    INNOVATION_RULES_POLICIES names another one.
    """
    given = os.environ.get("INNOVATION_RULES_POLICIES")
    if given:
        return Path(given)
    package = Path(__file__).resolve().parent.parent
    inside = package / "policies"
    return inside if inside.is_dir() else package.parent / "policies"


def find(pack: str | os.PathLike[str], beside: Path | None = None) -> Path:
    """The file of a pack given by name or path. Raises PackError, with the nearest name where one is near."""
    text = os.fspath(pack)
    if not is_name(text):
        return Path(text)
    for folder in folders(beside):
        path = folder / f"{text}.yaml"
        if path.exists():
            return path
    if Path(text).exists():
        return Path(text)
    raise PackError([no_such_pack(text, None, beside)])


def find_extended(name: str, place: Place, beside: Path) -> Path:
    """The file of a pack that another extends: a name, never a path, a link or a file elsewhere."""
    if not is_name(name):
        raise PackError([Diagnostic("extends-a-path", place, {"name": name})])
    for folder in folders(beside):
        path = folder / f"{name}.yaml"
        if path.is_symlink():
            raise PackError([Diagnostic("extends-a-link", place, {"name": name})])
        if path.is_file():
            return path
    raise PackError([no_such_pack(name, place, beside)])


def no_such_pack(name: str, place: Place | None, beside: Path | None) -> Diagnostic:
    known = names(beside)
    near = nearest(name, known)
    return Diagnostic("no-such-pack", place, {"name": name, "nearest": near, "known": known})


def is_name(text: str) -> bool:
    return NAME.fullmatch(text) is not None


def folders(beside: Path | None) -> Iterator[Path]:
    """Where packs are looked for: beside the pack that asks, then the library's own."""
    if beside is not None:
        yield beside
    if beside is None or beside.resolve() != policies().resolve():
        yield policies()


def names(beside: Path | None = None) -> list[str]:
    """The packs that can be named, in order."""
    found = {path.stem for folder in folders(beside) if folder.is_dir() for path in folder.glob("*.yaml")}
    return sorted(found)
