"""From a name to a pack that decides: find, read, parse, link, check, compile.

This is the whole pipeline; each stage is a module of this folder with one function that its name says.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from innovation_rules.errors import Diagnostic, PackError, Problems
from innovation_rules.pack import checker, compiler, finder, grammar, linker, parser, reader
from innovation_rules.pack.linker import Linked, Parsed
from innovation_rules.program import Program


def load(pack: str | os.PathLike[str]) -> Pack:
    """A pack by its name or path, ready to decide. Raises PackError with every mistake of the first bad stage."""
    path = finder.find(pack)
    document = reader.read_file(path)
    parsed = Parsed(parser.parse(document), document)
    linked = linker.link(parsed, lambda name: _extended(name, path.parent))
    checker.check(linked)
    return Pack(linked, path)


def _extended(name: grammar.Name, beside: Path) -> Parsed:
    """A pack that another extends, through the same first stages."""
    document = reader.read_file(finder.find_extended(name, name.place, beside))
    return Parsed(parser.parse(document), document)


@dataclass(frozen=True, eq=False)
class Pack:
    """A checked pack: what it says, and its Program for any year and law date."""

    linked: Linked
    path: Path

    @property
    def id(self) -> str:
        return str(self.linked.pack.pack)

    @property
    def title(self) -> str:
        return self.linked.pack.title

    @property
    def version(self) -> str:
        return self.linked.pack.version

    @property
    def digest(self) -> str:
        return self.linked.digest

    def program(self, year: int, law_date: date | None = None) -> Program:
        """The pack as it stands on a law date (default: the end of the year), for a judged year."""
        day = law_date or date(year, 12, 31)
        program = self._programs.get((year, day))
        if program is None:
            program = self._programs[year, day] = compiler.compile(self.linked, year, day)
        return program

    @cached_property
    def _programs(self) -> dict[tuple[int, date], Program]:
        return {}


__all__ = ["Diagnostic", "Pack", "PackError", "Problems", "load"]
