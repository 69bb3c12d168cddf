"""From a name to a pack that decides: find, read, parse, link, check, compile.

This is the whole pipeline; each stage is a module of this folder with one function that its name says. What was
checked and compiled once is kept by `cache` and taken from there while its sources stay the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from innovation_rules.pack import cache as kept
from innovation_rules.pack import finder
from innovation_rules.pack.cache import Head, Store
from innovation_rules.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innovation_rules.pack.grammar import Name
    from innovation_rules.pack.linker import Linked, Parsed


def load(pack: str | os.PathLike[str], *, cache: bool = True) -> Pack:
    """A pack by its name or path, ready to decide. Raises PackError with every mistake of the first bad stage."""
    path = finder.find(pack)
    found = kept.find(path) if cache else None
    if found is not None:
        head, store = found
        return Pack(head, path, store, lambda: link(path))
    linked = link(path)
    head = head_of(linked)
    return Pack(head, path, kept.keep(path, head, sources(linked)) if cache else None, lambda: linked)


def link(path: Path) -> Linked:
    """The stages up to a checked pack: read, parse, link, check. Raises PackError."""
    from innovation_rules.pack import checker, linker

    linked = linker.link(parse(path), lambda name: _extended(name, path.parent))
    checker.check(linked)
    return linked


def parse(path: Path) -> Parsed:
    """The first stages alone: read and parse. Raises PackError."""
    from innovation_rules.pack import linker, parser, reader

    document = reader.read_file(path)
    return linker.Parsed(parser.parse(document), document)


def _extended(name: Name, beside: Path) -> Parsed:
    """A pack that another extends, by name."""
    return parse(finder.find_extended(name, name.place, beside))


def sources(linked: Linked) -> list[Path]:
    """Every file that a pack is made from: its own, its ancestors', and their accounts of clauses."""
    files = [Path(file) for file in linked.sources]
    ledgers = [file.parent / "clauses" / file.name for file in files]
    return [*files, *ledgers, *dict.fromkeys(ledger.parent / "inventory.csv" for ledger in ledgers)]


def head_of(linked: Linked) -> Head:
    """The names that a pack gives to what the data may hold."""
    inputs: dict[str, list[str]] = {}
    for entry in linked.all("inputs"):
        inputs.setdefault(entry.item.of.value, []).append(entry.id)
    pack = linked.pack
    return Head(
        str(pack.pack),
        pack.title,
        pack.version,
        linked.digest,
        {entry.id: entry.category for entry in linked.all_kinds()},
        tuple(linked.ids("qualification_kinds")),
        {owner: tuple(names) for owner, names in inputs.items()},
    )


@dataclass(frozen=True, eq=False)
class Pack:
    """A checked pack: what it says, and its Program for any year and law date."""

    head: Head
    path: Path
    store: Store | None = field(repr=False)
    """Where its programs are kept, if they are."""
    _link: Callable[[], Linked] = field(repr=False)

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def title(self) -> str:
        return self.head.title

    @property
    def version(self) -> str:
        return self.head.version

    @property
    def digest(self) -> str:
        """SHA-256 over what the pack and its ancestors say; comments and layout do not count."""
        return self.head.digest

    @property
    def linked(self) -> Linked:
        """Everything that the pack says, with its ancestors; read anew where the pack came from the cache."""
        return self._linked

    @cached_property
    def _linked(self) -> Linked:
        return self._link()

    def program(self, year: int, law_date: date | None = None) -> Program:
        """The pack as it stands on a law date (default: the end of the year), for a judged year."""
        day = law_date or date(year, 12, 31)
        program = self._programs.get((year, day))
        if program is None:
            program = self._programs[year, day] = self._kept_or_compiled(year, day)
        return program

    def _kept_or_compiled(self, year: int, day: date) -> Program:
        program = self.store.program(year, day) if self.store else None
        if program is None:
            from innovation_rules.pack import compiler

            program = compiler.compile(self.linked, year, day)
            if self.store is not None:
                self.store.keep(program)
        return program

    @cached_property
    def _programs(self) -> dict[tuple[int, date], Program]:
        return {}


__all__ = ["Head", "Pack", "link", "load", "parse"]
