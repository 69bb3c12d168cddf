"""Hold every diagnostic: its code, its place, its wording in Chinese and English, and how it is shown.

The reader, the grammar, the linker, the checker and the intake create diagnostics; a person sees them
through `render`, an editor or a build through `to_json` and `to_sarif`. Nothing of the library is imported.

A diagnostic is data. Its words stand in `MESSAGES`, once for each language, in one voice: a statement, then
the way out. To add a mistake, add a row there and call `Problems.add` with its code.
"""

from __future__ import annotations

import os
import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple, NoReturn
from urllib.parse import quote

__all__ = [
    "MESSAGES",
    "DataError",
    "Diagnostic",
    "InnovationRulesError",
    "Lang",
    "Message",
    "PackError",
    "Place",
    "Problems",
    "Words",
    "default_lang",
    "nearest",
    "render",
    "render_all",
    "split_lines",
    "to_json",
    "to_sarif",
    "visible",
    "width",
]

Lang = Literal["zh", "en"]
Severity = Literal["error", "warning", "note"]


class Place(NamedTuple):
    """A span of a file. Lines and columns count from 1, columns in characters; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Words(NamedTuple):
    """A term that a message field shows in the language of the message."""

    zh: str
    en: str

    def in_(self, lang: Lang) -> str:
        """The term in one language."""
        return self.zh if lang == "zh" else self.en


class Message(NamedTuple):
    """The wording of one code: `str.format` templates over the fields of a diagnostic.

    A help may have several lines. A line that names a field which is absent, None or empty is left out,
    so that `write `{nearest}`` appears only where something is near.
    """

    zh: str
    en: str
    help_zh: str = ""
    help_en: str = ""
    severity: Severity = "error"


MESSAGES: dict[str, Message] = {
    # --- files: finder and reader -------------------------------------------------------------------------
    "no-such-file": Message(
        "没有这个文件：`{file}`",
        "there is no file `{file}`",
        "检查路径；相对路径从当前目录算起",
        "check the path; a relative path starts at the current directory",
    ),
    "is-a-directory": Message(
        "`{file}` 是目录，不是文件",
        "`{file}` is a directory, not a file",
        "写出目录里那个文件的名字",
        "name the file inside the directory",
    ),
    "not-a-regular-file": Message(
        "`{file}` 不是普通文件（而是管道、设备之类）",
        "`{file}` is not a regular file (it is a pipe, a device or the like)",
        "先存成文件再读",
        "save it as a file first",
    ),
    "unreadable-file": Message(
        "文件 `{file}` 不能读取（{reason}）",
        "the file `{file}` can't be read ({reason})",
        "检查文件的权限",
        "check the permissions of the file",
    ),
    "file-too-large": Message(
        "文件超过 {limit} 字节的上限",
        "the file is larger than the limit of {limit} bytes",
        "把内容分成几个文件",
        "split the content over several files",
    ),
    "empty-file": Message(
        "文件里没有内容",
        "the file has no content",
        "用 `innovation-rules new` 生成一个样板",
        "`innovation-rules new` writes a skeleton to start from",
    ),
    "not-utf8": Message(
        "文件不是 UTF-8 编码：此处的字节 {byte} 无法解读",
        "the file isn't UTF-8: the byte {byte} here can't be read",
        "在编辑器里“另存为”，编码选 UTF-8",
        "save the file again with the encoding UTF-8",
    ),
    "gbk-encoding": Message(
        "文件不是 UTF-8 编码，很可能是 GBK：此处的字节 {byte} 无法解读",
        "the file isn't UTF-8 and is probably GBK: the byte {byte} here can't be read",
        "在编辑器里“另存为”，编码选 UTF-8；或运行 `iconv -f GB18030 -t UTF-8`",
        "save the file again with the encoding UTF-8, or run `iconv -f GB18030 -t UTF-8`",
    ),
    "utf16-encoding": Message(
        "文件是 UTF-16 编码（有的编辑器称为 Unicode），不是 UTF-8",
        "the file is UTF-16 (some editors call it Unicode), not UTF-8",
        "在编辑器里“另存为”，编码选 UTF-8；或运行 `iconv -f UTF-16 -t UTF-8`",
        "save the file again with the encoding UTF-8, or run `iconv -f UTF-16 -t UTF-8`",
    ),
    "control-character": Message(
        "文件里有看不见的控制字符 {character}",
        "the file has a control character, {character}",
        "删去这个字符",
        "delete the character",
    ),
    "invisible-character": Message(
        "文件里有看不见的字符 {character}",
        "the file has an invisible character, {character}",
        "删去这个字符；它多半是从网页或文档里粘贴来的",
        "delete the character; it usually comes with text pasted from a page or a document",
    ),
    # --- layout and punctuation: reader -------------------------------------------------------------------
    "tab-indentation": Message(
        "缩进用了制表符（Tab）",
        "a tab is used for indentation",
        "改用空格，每层两个",
        "use spaces, two for each level",
    ),
    "tab-separator": Message(
        "此处用了制表符（Tab）",
        "a tab stands where a space belongs",
        "改成一个空格",
        "replace it by a space",
    ),
    "full-width-punctuation": Message(
        "此处的全角 `{found}` 不起标点作用",
        "the full-width `{found}` is not punctuation here",
        '改成半角 `{wanted}`{after}；如果它是文字的一部分，把整段文字放进半角引号 "…"',
        'write the half-width `{wanted}`{after}; if it is part of a text, put the text between " and "',
    ),
    "full-width-space": Message(
        "此处用了{space}",
        "{space} stands where a space belongs",
        "改成半角空格",
        "replace it by an ordinary space",
    ),
    "unclosed-bracket": Message(
        "`{bracket}` 没有对应的 `{wanted}`",
        "this `{bracket}` has no closing `{wanted}`",
        "在这一组的末尾补上 `{wanted}`",
        "add `{wanted}` where the group ends",
    ),
    "mismatched-bracket": Message(
        "`{bracket}` 用 `{found}` 收尾，应当用 `{wanted}`",
        "`{bracket}` is closed by `{found}` instead of `{wanted}`",
        "改成 `{wanted}`",
        "write `{wanted}`",
    ),
    "stray-bracket": Message(
        "`{found}` 前面没有对应的 `{wanted}`",
        "this `{found}` has no opening `{wanted}`",
        "删去 `{found}`，或在前面补上 `{wanted}`",
        "delete `{found}`, or add `{wanted}` before it",
    ),
    "unclosed-quote": Message(
        "引号 {quote} 没有收尾",
        "this quotation mark {quote} is never closed",
        "在文字末尾补上半角 {quote}",
        "add {quote} at the end of the text",
    ),
    "text-after-quote": Message(
        "引号之后还有文字",
        "text follows the closing quotation mark",
        "把整段文字放进一对引号；引号里的 {quote} 写作 {escaped}",
        "put the whole text between the quotation marks; inside them {quote} is written {escaped}",
    ),
    "missing-comma": Message(
        "`{bracket}` 里的两项之间缺少逗号",
        "two items inside `{bracket}` have no comma between them",
        "在各项之间加半角逗号 `,`",
        "put `,` between the items",
    ),
    "missing-colon": Message(
        "`{text}` 之后缺少冒号和值",
        "`{text}` has no colon and value after it",
        "写成 `{text}: 值`",
        "write `{text}: value`",
    ),
    "missing-space-after-colon": Message(
        "冒号之后缺少空格",
        "there is no space after the colon",
        "写成 `{wanted}`",
        "write `{wanted}`",
    ),
    "second-colon": Message(
        "同一行里有第二个冒号",
        "a second colon stands on the same line",
        '值里如果有冒号，把值放进半角引号 "…"；如果是下一层，另起一行并多缩进两格',
        'put a value that holds a colon between " and "; a deeper level starts a line, two spaces in',
    ),
    "bad-indentation": Message(
        "这一行的缩进与上文对不齐",
        "the indentation of this line fits no level above it",
        "同一层的各行从同一列开始，下一层多缩进两格",
        "lines of one level start in the same column, a deeper level two spaces further in",
    ),
    "unexpected-character": Message(
        "`{found}` 不能出现在这里",
        "`{found}` can't stand here",
        '如果它是文字的一部分，把整段文字放进半角引号 "…"',
        'if it is part of a text, put the text between " and "',
    ),
    "unexpected-end": Message(
        "文件在这里意外结束",
        "the file ends unexpectedly here",
        "补全最后一项",
        "complete the last item",
    ),
    "bad-escape": Message(
        "`{found}` 不是有效的转义",
        "`{found}` is not a valid escape",
        "反斜杠本身写作 `\\\\`，或改用单引号 '…'",
        "a backslash itself is written `\\\\`; between ' and ' it needs no escape",
    ),
    # --- what YAML has and a pack has not: reader ---------------------------------------------------------
    "duplicate-key": Message(
        "`{key}` 在同一层出现了两次",
        "`{key}` stands twice on the same level",
        "删去一处，或合并两处（第一处在第 {first} 行）",
        "delete one of them, or merge the two (the first is on line {first})",
    ),
    "complex-key": Message(
        "名称必须是一个词，不能是{found}",
        "a key must be a single word, not {found}",
        '以 {{ 或 [ 开头的文字要放进半角引号 "…"',
        'a text that begins with {{ or [ goes between " and "',
    ),
    "merge-key": Message(
        "不能用 `<<` 合并",
        "`<<` (a merge) is not part of the pack language",
        "把要合并的内容写出来；整篇继承用 `extends`",
        "write the merged content out; `extends` inherits a whole pack",
    ),
    "anchor": Message(
        "不能用锚点 `&{name}`",
        "`&{name}` (an anchor) is not part of the pack language",
        "把内容写出来；重复的数字放进 `parameters`，重复的条件放进 `facts`",
        "write the content out; a repeated figure belongs in `parameters`, a repeated condition in `facts`",
    ),
    "alias": Message(
        "不能用别名 `*{name}`",
        "`*{name}` (an alias) is not part of the pack language",
        '把内容写出来；以 * 开头的文字要放进半角引号 "…"',
        'write the content out; a text that begins with * goes between " and "',
    ),
    "tag": Message(
        "不能用标签 `{name}`",
        "`{name}` (a tag) is not part of the pack language",
        '删去标签；以 ! 开头的文字要放进半角引号 "…"',
        'delete the tag; a text that begins with ! goes between " and "',
    ),
    "directive": Message(
        "不能用以 % 开头的指令行",
        "a line that begins with % (a directive) is not part of the pack language",
        "删去这一行",
        "delete the line",
    ),
    "second-document": Message(
        "一个文件只能有一篇，这里又开始了一篇",
        "a file holds one document, and a second one begins here",
        "删去分隔行（`---` 或 `...`），或把后面的内容放进另一个文件",
        "delete the separating line (`---` or `...`), or move what follows to a file of its own",
    ),
    "too-deep": Message(
        "嵌套超过 {limit} 层",
        "the nesting is deeper than {limit} levels",
        "给里层的内容取个名字，放进 `facts`",
        "give the inner content a name in `facts`",
    ),
    "too-many-nodes": Message(
        "内容超过 {limit} 项",
        "the file holds more than {limit} items",
        "把内容分成几个文件",
        "split the content over several files",
    ),
    "text-too-long": Message(
        "一段文字超过 {limit} 个字符",
        "one text is longer than {limit} characters",
        "缩短它，或检查前面的引号是否收尾",
        "shorten it, or see whether a quotation mark before it is closed",
    ),
    # --- labels of related places -------------------------------------------------------------------------
    "first-defined-here": Message("第一次出现在这里", "first defined here", severity="note"),
    "defined-here": Message("定义在这里", "defined here", severity="note"),
    "opened-here": Message("从这里开始", "opened here", severity="note"),
    "stopped-here": Message("读到这里发现不对", "it was noticed here", severity="note"),
    "used-here": Message("用在这里", "used here", severity="note"),
    "inherited-here": Message("从这里继承", "inherited from here", severity="note"),
    # --- names and shapes: grammar and linker -------------------------------------------------------------
    "unknown-key": Message(
        "{where}没有 `{key}` 这一项",
        "{where} has no key `{key}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit has: {known}",
    ),
    "missing-key": Message(
        "{where}缺少 `{key}`",
        "{where} lacks `{key}`",
        "加上一行 `{key}: …`",
        "add a line `{key}: ...`",
    ),
    "wrong-shape": Message(
        "`{key}` 应当是{expected}，这里是{found}",
        "`{key}` takes {expected}, and here is {found}",
        "例如 {example}",
        "for example {example}",
    ),
    "unknown-fact": Message(
        "没有名为 `{name}` 的事实",
        "there is no fact `{name}`",
        "最接近的是 `{nearest}`\n`innovation-rules show {pack}` 列出全部事实",
        "the nearest is `{nearest}`\n`innovation-rules show {pack}` lists every fact",
    ),
    "unknown-operator": Message(
        "没有名为 `{name}` 的比较或运算",
        "there is no test or operator `{name}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nthere are: {known}",
    ),
    "unknown-name": Message(
        "{kind} `{name}` 没有定义",
        "{kind} `{name}` is not defined",
        "最接近的是 `{nearest}`\n已有：{known}",
        "the nearest is `{nearest}`\nthere are: {known}",
    ),
}

_HEADINGS: dict[str, Words] = {
    "error": Words("错误", "error"),
    "warning": Words("警告", "warning"),
    "note": Words("说明", "note"),
    "help": Words("帮助", "help"),
}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a code of `MESSAGES`, where it is, and the fields that its wording needs.

    `related` holds further places, each with the code of its label. `place` is None for what has no text.
    """

    code: str
    place: Place | None = None
    fields: Mapping[str, object] = field(default_factory=dict, hash=False)
    related: tuple[tuple[Place, str], ...] = ()

    @property
    def severity(self) -> Severity:
        """error, warning or note, as the code's message says."""
        return MESSAGES[self.code].severity

    def message(self, lang: Lang = "en") -> str:
        """The statement, on one line and safe for a terminal."""
        found = MESSAGES[self.code]
        return _fill(found.zh if lang == "zh" else found.en, self.fields, lang)

    def help(self, lang: Lang = "en") -> str:
        """The way out: lines whose fields are all present; empty where the code has none."""
        found = MESSAGES[self.code]
        lines = (found.help_zh if lang == "zh" else found.help_en).split("\n")
        return "\n".join(
            _fill(line, self.fields, lang) for line in lines if line and _complete(line, self.fields)
        )


class InnovationRulesError(Exception):
    """What the library raises: diagnostics, and the texts they point into.

    `str()` renders them all in `default_lang()`, without colour.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, str] | None = None) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        self.sources: dict[str, str] = dict(sources or {})
        super().__init__(self.diagnostics, self.sources)

    def __str__(self) -> str:
        return self.render()

    def render(self, lang: Lang | None = None, color: bool = False) -> str:
        """Every diagnostic in rustc's shape."""
        return render_all(self.diagnostics, self.sources, lang or default_lang(), color)


class PackError(InnovationRulesError):
    """A pack (or another YAML file) that can't be used, with every mistake of the stage that refused it."""


class DataError(InnovationRulesError):
    """An enterprise, a record or a ledger row that can't be used."""


class Problems:
    """Collects the diagnostics of one stage: each code once at a place, in the order of the text."""

    def __init__(self, sources: Mapping[str, str] | None = None) -> None:
        self.sources: dict[str, str] = dict(sources or {})
        self._found: dict[object, Diagnostic] = {}

    def add(
        self, code: str, place: Place | None, *, related: Iterable[tuple[Place, str]] = (), **fields: object
    ) -> None:
        """Record a mistake. KeyError if `code` is not in MESSAGES."""
        MESSAGES[code]
        self.extend([Diagnostic(code, place, fields, tuple(related))])

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Record diagnostics made elsewhere."""
        for one in diagnostics:
            key = (one.code, one.place) if one.place else (one.code, repr(sorted(one.fields.items())))
            self._found.setdefault(key, one)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything found, by file, line and column; what has no place comes first."""
        return tuple(sorted(self._found.values(), key=lambda one: one.place or ("", 0, 0, 0, 0)))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What was found and is neither a warning nor a note."""
        return tuple(one for one in self.diagnostics if one.severity == "error")

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self) -> None:
        """PackError with everything found, if any of it is an error."""
        if self.errors:
            self.fail()

    def fail(self) -> NoReturn:
        """PackError with everything found."""
        raise PackError(self.diagnostics, self.sources)


def default_lang(environ: Mapping[str, str] | None = None) -> Lang:
    """The language of messages: INNOVATION_RULES_LANG, else the locale's; English unless it says Chinese."""
    environ = os.environ if environ is None else environ
    for name in ("INNOVATION_RULES_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


# --- wording ----------------------------------------------------------------------------------------------

_LONGEST_FIELD = 80


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def _fill(template: str, fields: Mapping[str, object], lang: Lang) -> str:
    return template.format_map(_Shown({name: _show(value, lang) for name, value in fields.items()}))


@lru_cache(maxsize=1024)
def _names_in(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


def _complete(template: str, fields: Mapping[str, object]) -> bool:
    absent: tuple[object, ...] = (None, (), [])
    return all(name in fields and fields[name] not in absent for name in _names_in(template))


def _show(value: object, lang: Lang) -> str:
    if value is None:
        return ""
    if isinstance(value, Words):
        return value.in_(lang)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ("、" if lang == "zh" else ", ").join(_show(item, lang) for item in value)
    return _shorten(visible(str(value)))


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_FIELD else text[: _LONGEST_FIELD - 3] + "..."


# --- names ------------------------------------------------------------------------------------------------


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was probably meant to be, or None where nothing is near.

    Counts insertions, deletions, substitutions and swaps of neighbours (optimal string alignment), after
    folding case, width and separators. A third of the longer name may differ, at least one character.
    """
    wanted = _fold(name)
    if not 1 <= len(wanted) <= _LONGEST_FIELD:
        return None
    best: tuple[int, int, str] | None = None
    for candidate in candidates:
        folded = _fold(candidate)
        most = _tolerance(wanted, folded)
        if best is not None:
            most = min(most, best[0])
        distance = _distance(wanted, folded, most)
        if distance <= most:
            rank = (distance, abs(len(wanted) - len(folded)), candidate)
            best = rank if best is None else min(best, rank)
    return best[2] if best else None


def _fold(name: str) -> str:
    return re.sub(r"[\s_\-]+", "_", unicodedata.normalize("NFKC", name).casefold()).strip("_")


def _tolerance(a: str, b: str) -> int:
    longer = max(len(a), len(b))
    shortest = 3 if (a + b).isascii() else 2
    return max(1, longer // 3) if min(len(a), len(b)) >= shortest else 0


def _distance(a: str, b: str, most: int) -> int:
    """Optimal string alignment distance, or anything above `most` once it is sure to be."""
    if a == b:
        return 0
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    previous = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        current = [i]
        for j, right in enumerate(b, 1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > most:
            return most + 1
        before, previous = previous, current
    return previous[-1]


# --- showing ----------------------------------------------------------------------------------------------

_SCREEN = 80
_WINDOW_CHARACTERS = 240
_NAMED_ESCAPES = {"\t": "\u2409", "\n": "\u240a", "\r": "\u240d", "\x7f": "\u2421"}
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> list[str]:
    """The lines of a text as places count them: CR LF, CR or LF ends a line, and nothing else does."""
    return _LINE_BREAK.split(text)


def visible(text: str) -> str:
    """The text with every control, format and surrogate character replaced by something a terminal prints."""
    return text if text.isascii() and text.isprintable() else "".join(map(_visible_character, text))


def _visible_character(character: str) -> str:
    if character.isprintable() or character == "\u3000" or character == "\u00a0":
        return character
    if character in _NAMED_ESCAPES:
        return _NAMED_ESCAPES[character]
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width(text: str) -> int:
    """The columns that a terminal uses for a text: wide characters two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


_Sources = Mapping[str, str] | Mapping[str, Sequence[str]] | Sequence[str] | None
_COLORS = {"error": "1;31", "warning": "1;33", "note": "1;36", "gutter": "1;34", "bold": "1"}


class _Paint(NamedTuple):
    color: bool

    def __call__(self, name: str, text: str) -> str:
        return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if self.color and text else text


def render(diagnostic: Diagnostic, sources: _Sources = None, lang: Lang = "en", color: bool = False) -> str:
    """One diagnostic as text in rustc's shape, without a final line break.

    `sources` is the lines of the file that the place is in, or a mapping of files to their texts, or None
    where there is nothing to show. With `color` false the text holds no escape code, whatever the data holds.
    """
    paint, colon, severity = _Paint(color), "：" if lang == "zh" else ": ", diagnostic.severity
    head = f"{_HEADINGS[severity].in_(lang)}[{diagnostic.code}]"
    rows = [paint(severity, head) + paint("bold", colon + diagnostic.message(lang))]
    places = _places(diagnostic)
    shown = [
        _Snippet(place, _lines_of(place, places[0].file, sources), _margin(places), paint) for place in places
    ]
    for i, snippet in enumerate(shown):
        label = (
            ""
            if i == 0 and diagnostic.place
            else _label(diagnostic, i - (diagnostic.place is not None), lang)
        )
        rows += snippet.rows("-->" if i == 0 else ":::", severity if i == 0 else "note", label)
    gutter = " " * _margin(places)
    help_lines = [line for line in diagnostic.help(lang).split("\n") if line]
    if help_lines and shown and shown[-1].line is not None:
        rows.append(paint("gutter", f"{gutter} |"))
    rows += [
        paint("gutter", f"{gutter} = ") + _HEADINGS["help"].in_(lang) + colon + line for line in help_lines
    ]
    return "\n".join(rows)


def render_all(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, str] | None = None,
    lang: Lang = "en",
    color: bool = False,
    limit: int = 100,
) -> str:
    """Diagnostics one after another, an empty line between; the first `limit` of them, then how many more."""
    every = list(diagnostics)
    lines = {file: split_lines(text) for file, text in (sources or {}).items()}
    blocks = [render(one, lines, lang, color) for one in every[:limit]]
    if len(every) > limit:
        more = len(every) - limit
        blocks.append(f"……还有 {more} 处" if lang == "zh" else f"... and {more} more")
    return "\n\n".join(blocks)


def _places(diagnostic: Diagnostic) -> list[Place]:
    first = [diagnostic.place] if diagnostic.place else []
    return first + [place for place, _ in diagnostic.related]


def _label(diagnostic: Diagnostic, index: int, lang: Lang) -> str:
    message = MESSAGES[diagnostic.related[index][1]]
    return _fill(message.zh if lang == "zh" else message.en, diagnostic.fields, lang)


def _margin(places: Sequence[Place]) -> int:
    return max((len(str(place.line)) for place in places), default=1)


def _lines_of(place: Place, main_file: str, sources: _Sources) -> Sequence[str] | None:
    if isinstance(sources, Mapping):
        text = sources.get(place.file)
        return split_lines(text) if isinstance(text, str) else text
    return sources if place.file == main_file else None


class _Snippet:
    """One place drawn: its arrow, its line within the screen, its caret."""

    def __init__(self, place: Place, lines: Sequence[str] | None, margin: int, paint: _Paint) -> None:
        self.place, self.margin, self.paint = place, margin, paint
        self.line = lines[place.line - 1] if lines and 0 < place.line <= len(lines) else None

    def rows(self, arrow: str, color: str, label: str) -> list[str]:
        gutter = " " * self.margin
        where = f" {visible(str(self.place))}"
        if self.line is None:
            return [self.paint("gutter", gutter + arrow) + where + (f"  {label}" if label else "")]
        text, indent, length = _window(self.line, self.place, _SCREEN - self.margin - 3)
        marks = ("^" if arrow == "-->" else "-") * length + (f" {label}" if label else "")
        return [
            self.paint("gutter", gutter + arrow) + where,
            self.paint("gutter", f"{gutter} |"),
            self.paint("gutter", f"{self.place.line:>{self.margin}} | ") + text,
            self.paint("gutter", f"{gutter} | ") + " " * indent + self.paint(color, marks),
        ]


def _window(line: str, place: Place, room: int) -> tuple[str, int, int]:
    """What is shown of a line in `room` columns, the columns before the caret, and the caret's length."""
    start = min(place.column - 1, len(line))
    end = min(place.end_column - 1, len(line)) if place.end_line == place.line else len(line)
    end = max(start, end)
    left, right = max(0, start - _WINDOW_CHARACTERS), min(len(line), start + _WINDOW_CHARACTERS)
    cells = [visible(character) for character in line[left:right]]
    widths = [width(cell) for cell in cells]
    at, first, last = start - left, 0, len(cells)
    if left or right < len(line) or sum(widths) > room:
        first, last = _around(widths, at, end - left, room - 6)
    before = "..." if left + first > 0 else ""
    after = "..." if left + last < len(line) else ""
    shown = before + "".join(cells[first:last]) + after
    indent = len(before) + sum(widths[first:at])
    return shown, indent, max(1, sum(widths[at : min(end - left, last)]))


def _around(widths: Sequence[int], at: int, end: int, room: int) -> tuple[int, int]:
    """The range of cells to show: the marked ones first, then what fits, a third of it before them."""
    first = last = at
    used = 0
    while last < min(end, len(widths)) and used + widths[last] <= room:
        used += widths[last]
        last += 1
    before = (room - used) // 3
    while first > 0 and widths[first - 1] <= before:
        first -= 1
        before -= widths[first]
        used += widths[first]
    while last < len(widths) and used + widths[last] <= room:
        used += widths[last]
        last += 1
    while first > 0 and used + widths[first - 1] <= room:
        first -= 1
        used += widths[first]
    return first, last


# --- for programs -----------------------------------------------------------------------------------------


def to_json(diagnostics: Iterable[Diagnostic], lang: Lang = "en") -> list[dict[str, Any]]:
    """Diagnostics as plain data: code, severity, message, help, the place, and related places."""
    return [
        {
            "code": one.code,
            "severity": one.severity,
            "message": one.message(lang),
            "help": one.help(lang),
            **_place_json(one.place),
            "related": [
                {"message": _label(one, i, lang), **_place_json(place)}
                for i, (place, _) in enumerate(one.related)
            ],
        }
        for one in diagnostics
    ]


def _place_json(place: Place | None) -> dict[str, Any]:
    return dict(place._asdict()) if place else dict.fromkeys(Place._fields)


_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def to_sarif(
    diagnostics: Iterable[Diagnostic], lang: Lang = "en", version: str | None = None
) -> dict[str, Any]:
    """Diagnostics as a SARIF 2.1.0 log (OASIS), with one rule for each code; columns count code points."""
    every = list(diagnostics)
    codes = sorted({one.code for one in every})
    driver: dict[str, Any] = {
        "name": "innovation-rules",
        "rules": [_sarif_rule(code, lang) for code in codes],
    }
    if version:
        driver["version"] = version
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "language": "zh-CN" if lang == "zh" else "en-US",
        "results": [_sarif_result(one, codes.index(one.code), lang) for one in every],
    }
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _sarif_rule(code: str, lang: Lang) -> dict[str, Any]:
    message = MESSAGES[code]
    statement, help_ = (message.zh, message.help_zh) if lang == "zh" else (message.en, message.help_en)
    rule: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": _sarif_text(statement)},
        "defaultConfiguration": {"level": message.severity},
    }
    return {**rule, "help": {"text": _sarif_text(help_)}} if help_ else rule


def _sarif_result(one: Diagnostic, rule: int, lang: Lang) -> dict[str, Any]:
    text = "\n".join(filter(None, (one.message(lang), one.help(lang))))
    result: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": one.severity,
        "message": {"text": _sarif_text(text)},
        "locations": [_sarif_location(one.place)] if one.place else [],
    }
    if one.related:
        result["relatedLocations"] = [
            {"id": i, **_sarif_location(place), "message": {"text": _sarif_text(_label(one, i, lang))}}
            for i, (place, _) in enumerate(one.related)
        ]
    return result


def _sarif_text(text: str) -> str:
    """Braces are placeholders in a SARIF message, and doubled where they are meant (SARIF 2.1.0, 3.11.5)."""
    return text.replace("{", "{{").replace("}", "}}")


def _sarif_location(place: Place) -> dict[str, Any]:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}, "region": region}}


def _uri(file: str) -> str:
    path = quote(file.replace(os.sep, "/").encode("utf-8", "surrogateescape"))
    return f"file://{path}" if path.startswith("/") else path
