"""Lay text out for a terminal: columns with wide characters, wrapping, trees, tables, bars and colour.

`tally`, `story` and `cli` print with it. Everything that comes from data passes through `plain`, so that no name
can write an escape code; only Paint writes them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from innovation_rules.errors import visible
from innovation_rules.errors import width as _width

__all__ = [
    "PLAIN",
    "Column",
    "Paint",
    "Progress",
    "Tree",
    "bar",
    "branches",
    "columns",
    "fit",
    "heading",
    "pad",
    "plain",
    "table",
    "wrapped",
]

WIDEST: Final = 100
"""Lines longer than this are hard to read, however wide the terminal."""


def columns() -> int:
    """The columns to print in: the terminal's (or COLUMNS), between 60 and 100; 80 where there is no terminal."""
    return max(60, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))


plain: Final = visible
"""A text of the data with every control character made visible."""

# ------------------------------------------------------------------------------------------------ colour

Style = Literal["good", "bad", "open", "dim", "bold", "head", ""]
_CODES: Final = {"good": "32", "bad": "31", "open": "33", "dim": "2", "bold": "1", "head": "1;36"}


class Paint(NamedTuple):
    """Writes colours, or nothing where the stream takes none."""

    color: bool = False

    def __call__(self, style: Style, text: str) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.color and style and text else text


PLAIN: Final = Paint()
"""No colour at all."""

# ------------------------------------------------------------------------------------------------ columns

width: Final = lru_cache(maxsize=1 << 15)(_width)
"""The columns that a text takes; the pieces of lines come again and again."""


def fit(text: str, most: int) -> str:
    """The text in at most so many columns, its end replaced by … where it is longer."""
    if width(text) <= most:
        return text
    kept, used = "", 0
    for character in text:
        used += width(character)
        if used > most - 1:
            break
        kept += character
    return f"{kept}…"


def pad(text: str, size: int, right: bool = False) -> str:
    """The text filled up with blanks to so many columns."""
    gap = " " * max(0, size - width(text))
    return gap + text if right else text + gap


_CLOSING: Final = frozenset("，。、；：！？）」』》”’…,.;:!?)]}%")
_OPENING: Final = frozenset("（「『《“‘([{")


def wrapped(text: str, most: int, indent: str = "", hang: str | None = None) -> list[str]:
    """The text in lines of at most so many columns: between words, or between Chinese characters.

    A line never starts with closing punctuation nor ends with opening punctuation. `hang` indents all but the first.
    """
    hang = indent if hang is None else hang
    lines: list[str] = []
    line, used = indent, width(indent)
    bare = True
    for piece in _short_pieces(text, max(2, most - max(width(indent), width(hang)))):
        size = width(piece.rstrip())
        if used + size > most and not bare:
            lines.append(line.rstrip())
            line, used, bare = hang, width(hang), True
        if bare:
            piece = piece.lstrip() if lines else piece
        line, used, bare = line + piece, used + width(piece), bare and not piece.strip()
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _short_pieces(text: str, most: int) -> Iterator[str]:
    """The pieces, one that fits no line cut where it must be."""
    for piece in _pieces(text):
        while width(piece.rstrip()) > most:
            head = fit(piece, most + 1).removesuffix("…")
            yield head
            piece = piece[len(head) :]
        yield piece


def _pieces(text: str) -> Iterator[str]:
    """What a line may not break: a Latin word with the blanks after it, a wide character with its punctuation."""
    piece = ""
    for character in text:
        if piece and _breaks(piece[-1], character):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _breaks(before: str, after: str) -> bool:
    if after in _CLOSING or before in _OPENING or after == " ":
        return False
    return before == " " or width(before) == 2 or width(after) == 2


# ------------------------------------------------------------------------------------------------ tables


class Column(NamedTuple):
    """A column of a table: its heading, its size (None takes what is left), and whether it is set right."""

    title: str
    size: int | None = None
    right: bool = False


def table(
    head: Sequence[Column], rows: Iterable[Sequence[str | tuple[Style, str]]], paint: Paint, most: int
) -> Iterator[str]:
    """The lines of a table, the heading first; a cell may bring its style."""
    taken = sum(column.size or 0 for column in head) + 2 * (len(head) - 1)
    open_ = sum(column.size is None for column in head)
    rest = max(8, (most - taken) // max(1, open_))
    sizes = [column.size or rest for column in head]
    if any(column.title for column in head):
        titles = (pad(fit(one.title, size), size, one.right) for one, size in zip(head, sizes, strict=True))
        yield paint("dim", "  ".join(titles).rstrip())
    for row in rows:
        yield "  ".join(_cells(head, sizes, row, paint)).rstrip()


def _cells(
    head: Sequence[Column], sizes: Sequence[int], row: Sequence[str | tuple[Style, str]], paint: Paint
) -> Iterator[str]:
    for column, size, cell in zip(head, sizes, row, strict=True):
        plainly: tuple[Style, str] = ("", cell) if isinstance(cell, str) else cell
        style, text = plainly
        yield paint(style, pad(fit(plain(text), size), size, column.right))


def heading(text: str, paint: Paint, aside: str = "", most: int = 80) -> list[str]:
    """A heading with a line of air before it, and what stands at its right."""
    room = most - width(text) - width(aside)
    if not aside or room < 2:
        below = [paint("dim", line) for line in wrapped(aside, most, "  ")] if aside else []
        return ["", *(paint("head", line) for line in wrapped(text, most)), *below]
    return ["", paint("head", text) + " " * room + paint("dim", aside)]


# ------------------------------------------------------------------------------------------------ trees


class Tree(NamedTuple):
    """A line with its branches; `aside` stands at the right edge where there is room, else on a line below."""

    text: str
    style: Style = ""
    branches: tuple[Tree, ...] = ()
    aside: str = ""
    mark: str = ""
    mark_style: Style = ""


def branches(trees: Sequence[Tree], paint: Paint, most: int, before: str = "  ") -> Iterator[str]:
    """The lines of some trees, joined by branches."""
    for index, tree in enumerate(trees):
        last = index == len(trees) - 1
        yield from _lines(
            tree, paint, most, before + ("└─ " if last else "├─ "), before + ("   " if last else "│  ")
        )


def _lines(tree: Tree, paint: Paint, most: int, first: str, rest: str) -> Iterator[str]:
    mark = f"{tree.mark} " if tree.mark else ""
    under = rest + ("│  " if tree.branches else "   ") if mark else rest
    lines = wrapped(plain(tree.text), most, first + mark, rest + " " * len(mark))
    aside = plain(tree.aside)
    for index, line in enumerate(lines):
        body = line[len(first) + len(mark) :] if index == 0 else line[len(rest) + len(mark) :]
        lead = (
            paint("dim", first) + paint(tree.mark_style, mark)
            if index == 0
            else paint("dim", rest) + " " * len(mark)
        )
        tail = ""
        if aside and index == len(lines) - 1:
            room = most - width(line) - width(aside)
            if room >= 2:
                tail = " " * room + paint("dim", aside)
                aside = ""
        yield lead + paint(tree.style, body) + tail
    if aside:
        yield paint("dim", pad(rest, max(width(rest), most - width(aside))) + aside)
    del under
    yield from branches(tree.branches, paint, most, rest)


# ------------------------------------------------------------------------------------------------ bars, progress


def bar(share: float, size: int) -> str:
    """A bar of blocks for a share of 1, to an eighth of a column."""
    eighths = round(max(0.0, min(1.0, share)) * size * 8)
    whole, part = divmod(eighths, 8)
    return "█" * whole + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[part]


class Progress:
    """How far long work has come: one line on a terminal that is rewritten, nothing anywhere else."""

    EVERY: Final = 0.1
    AFTER: Final = 0.5

    def __init__(self, stream: object, shown: bool, words: str, total: int = 0) -> None:
        from time import monotonic

        self._stream, self._shown, self._words, self.total = stream, shown, words, total
        self._clock, self._count, self._drawn = monotonic, 0, False
        self._next = monotonic() + self.AFTER

    def step(self, done: int | None = None) -> None:
        """One more item (or so many in all) is done."""
        self._count = self._count + 1 if done is None else done
        if self._shown and self._clock() >= self._next:
            self._next = self._clock() + self.EVERY
            self._write(f"\r{self._line()}\x1b[K")
            self._drawn = True

    def clear(self) -> None:
        """Take the line away, so that other text can be written."""
        if self._drawn:
            self._write("\r\x1b[K")
            self._drawn = False

    def _line(self) -> str:
        if not self.total:
            return f"{self._words} {self._count:,}"
        share = self._count / self.total
        return f"{self._words} {pad(bar(share, 30), 30)} {share:4.0%}"

    def _write(self, text: str) -> None:
        self._stream.write(text)  # type: ignore[attr-defined]
        self._stream.flush()  # type: ignore[attr-defined]
