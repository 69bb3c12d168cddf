"""Say, in an author's words, why a text is not YAML or not what its author meant.

`reader` calls it before the parser (hidden characters, tabs), for texts that the parser took (`misread`), and
when the parser has refused the file (`explain`). The parser's own messages differ between implementations
and blame the line after the mistake; they are never shown. Everything here works on offsets.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from innovation_rules.errors import Words, visible

LINE_BREAK = re.compile(r"\r\n|\r|\n")


class Fault(NamedTuple):
    """A diagnostic's code and fields with offsets in place of places."""

    code: str
    start: int
    end: int
    fields: Mapping[str, object] = {}
    related: tuple[tuple[int, int, str], ...] = ()

    def moved(self, by: int) -> Fault:
        """The same fault in a text that begins `by` characters earlier."""
        related = tuple((start + by, end + by, label) for start, end, label in self.related)
        return self._replace(start=self.start + by, end=self.end + by, related=related)


# --- characters -------------------------------------------------------------------------------------------

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_HIDDEN = re.compile(f"{_CONTROL.pattern}|{_INVISIBLE.pattern}")
_DIRECTIVE = re.compile(r"^%[^\r\n]*", re.MULTILINE)


def hidden_character(text: str) -> Fault | None:
    """The first control or invisible character, among them those that turn the direction of writing."""
    found = _HIDDEN.search(text)
    if not found:
        return None
    code = "control-character" if _CONTROL.match(found[0]) else "invisible-character"
    return Fault(code, found.start(), found.end(), {"character": f"U+{ord(found[0]):04X}"})


def misplaced_tab(text: str) -> Fault | None:
    """The first tab that is neither in quotes, nor in a block, nor in a comment.

    YAML allows some, and its parsers differ over which.
    """
    if "\t" not in text:
        return None
    for token in lexemes(text):
        if token.kind in ("space", "plain") and (offset := text.find("\t", token.start, token.end)) >= 0:
            indents = not text[_line_start(text, offset) : offset].strip(" ")
            return Fault("tab-indentation" if indents else "tab-separator", offset, offset + 1)
    return None


def directive(head: str) -> Fault | None:
    """A `%` line before the document."""
    found = _DIRECTIVE.search(head)
    return Fault("directive", found.start(), found.end()) if found else None


_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{0,2}|u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8}|.|\Z)", re.DOTALL)
_HIDING = frozenset("0abvfeNLP")


def hidden_escape(raw: str) -> Fault | None:
    """The first escape in a double-quoted text that stands for a hidden character."""
    for found in _ESCAPE.finditer(raw):
        code = int(found[0][2:], 16) if found[0][1] in "xuU" else 0
        if 0xD800 <= code <= 0xDFFF:
            return Fault("bad-escape", found.start(), found.end(), {"found": found[0]})
        if found[0][1] in _HIDING or (code and _HIDDEN.match(chr(code))):
            return Fault("control-character", found.start(), found.end(), {"character": found[0]})
    return None


def bad_escape(text: str) -> Fault:
    """The first escape in a text that stands for no character of Unicode."""
    found = re.search(r"\\U[0-9a-fA-F]{8}(?<!\\U000[0-9a-fA-F]{5})(?<!\\U0010[0-9a-fA-F]{4})", text)
    start, end = found.span() if found else (0, 1)
    return Fault("bad-escape", start, end, {"found": text[start:end]})


_FOREIGN = re.compile(r"([&!])[^\s,\[\]{}]*")


def foreign_at(text: str, start: int) -> Fault:
    """The anchor or tag that begins at an offset."""
    found = _FOREIGN.match(text, start)
    end = found.end() if found else start + 1
    if text[start] == "&":
        return Fault("anchor", start, end, {"name": text[start + 1 : end]})
    return Fault("tag", start, end, {"name": text[start:end]})


# --- full-width punctuation in texts that the parser took -------------------------------------------------

_AFTER_COLON = Words("，后面空一格", " with a space after it")
_HALF_WIDTH = {
    "：": ":", "，": ",", "、": ",", "；": ",", "＃": "#", "－": "-",
    "【": "[", "】": "]", "［": "[", "］": "]", "｛": "{", "｝": "}",
    "“": '"', "”": '"', "「": '"', "」": '"', "『": '"', "』": '"', "＂": '"',
    "‘": "'", "’": "'", "＇": "'",
}  # fmt: skip
_SPACES = {
    "\u3000": Words("全角空格", "a full-width space"),
    "\u00a0": Words("不间断空格", "a no-break space"),
}
_OPENING, _CLOSING = "【［｛“「『＂‘＇", "】］｝”」』＂’＇"
_PARTNER = dict(zip(_OPENING, _CLOSING, strict=True))

_SPACE = re.compile("^[\u3000\u00a0]|[\u3000\u00a0]$|(?<=[:：])[\u3000\u00a0]")
_MARK = re.compile("^[＃]|(?<= )＃|^[－](?= )")
_ASCII_KEY = re.compile(r"[a-z][a-z0-9_]*(：)")
_ANY_KEY = re.compile(r"[^\s：:，,。；;、]{1,30}?(：)")
_WITHIN = {
    "key": re.compile("[：，；＂“”「」【】［］｛｝]"),
    "list": re.compile("[，；、]"),
    "group": re.compile(r"(，)\s*[^，、。；：:\s]{1,40}[:：]"),
}
_NO_SPACE = re.compile(r"[^\s：:，,。；;、\"']{1,40}(:)(?=\S)")


def _mark(text: str, offset: int) -> Fault:
    found = text[offset]
    if found in _SPACES:
        return Fault("full-width-space", offset, offset + 1, {"space": _SPACES[found]})
    after = _AFTER_COLON if found == "：" else ""
    fields = {"found": found, "wanted": _HALF_WIDTH[found], "after": after}
    return Fault("full-width-punctuation", offset, offset + 1, fields)


def misread(text: str, around: str = "") -> Fault | None:
    """Full-width punctuation that its author took for syntax, in an unquoted text that the parser took.

    `around` is `key` for the name before a colon, `list` for an item between [ and ], `group` for a value
    between { and }. Only what is hardly meant as text is refused: `label: 注：…`, `name: “四上”企业` stand.
    """
    found = _SPACE.search(text) or _MARK.search(text)
    if found:
        return _mark(text, found.start())
    if text[0] in _PARTNER and _wraps(text):
        return _mark(text, 0)
    found = _ASCII_KEY.match(text)
    if not found and around in _WITHIN:
        found = _WITHIN[around].search(text)
    if found:
        return _mark(text, found.start(found.lastindex or 0))
    return _mark(text, text.index("：")) if _lines_of_keys(text) else None


def _wraps(text: str) -> bool:
    closing = _PARTNER[text[0]]
    return text.find(closing, 1) == len(text) - 1 or text[-1] == _HALF_WIDTH[closing]


def _lines_of_keys(text: str) -> bool:
    lines = [line.strip() for line in LINE_BREAK.split(text)]
    return len(lines) > 1 and all(_ANY_KEY.match(line) for line in lines)


def suspect(text: str) -> Fault | None:
    """Why an unquoted text stands where a list or a group was expected, None where nothing tells."""
    if not text:
        return None
    found = _ANY_KEY.match(text)
    if found:
        return _mark(text, found.start(1))
    found = _NO_SPACE.match(text)
    if found:
        return _no_space(text, 0, found.start(1))
    found = re.search("[，、；]", text) if text[0] not in _PARTNER else re.match(".", text)
    return _mark(text, found.start()) if found else None


def _no_space(text: str, start: int, colon: int) -> Fault:
    wanted = f"{text[start:colon]}: {LINE_BREAK.split(text[colon + 1 :], 1)[0].strip()}"
    return Fault("missing-space-after-colon", colon, colon + 1, {"wanted": wanted})


# --- tokens -----------------------------------------------------------------------------------------------


class Token(NamedTuple):
    """A piece of the text: what it is and from where to where."""

    kind: str
    start: int
    end: int
    depth: int


_COMMON = r"""
  (?P<space>[ \t]+) | (?P<newline>\r\n|\r|\n) | (?P<comment>\#[^\r\n]*)
| (?P<double>"[^"\\]*+(?:\\.[^"\\]*+)*+") | (?P<single>'[^']*+(?:''[^']*+)*+') | (?P<unclosed>["'])
| (?P<open>[\[{]) | (?P<close>[\]}])
| (?P<dash>-(?=[ \t\r\n]|\Z)) | (?P<question>\?(?=[ \t\r\n]|\Z))
| (?P<alias>\*[^ \t\r\n,\[\]{}]*) | (?P<anchor>&[^ \t\r\n,\[\]{}]*) | (?P<tag>![^ \t\r\n,\[\]{}]*)
| (?P<percent>%) | (?P<bad>[@`])
"""
_IN_BLOCK = re.compile(
    _COMMON
    + r"""
| (?P<colon>:(?=[ \t\r\n]|\Z)) | (?P<block>[|>][-+0-9]*[ \t]*(?:\#[^\r\n]*)?(?=[\r\n]|\Z))
| (?P<plain>(?:[^ \t\r\n:]|:(?=[^ \t\r\n]))(?:[^ \t\r\n:]|:(?=[^ \t\r\n])|[ \t]++(?=[^ \t\r\n\#]))*+)
""",
    re.VERBOSE | re.DOTALL,
)
_IN_FLOW = re.compile(
    _COMMON
    + r"""
| (?P<comma>,) | (?P<colon>:(?=[ \t\r\n,\[\]{}]|\Z)|(?<=["'\]}]):)
| (?P<plain>(?:[^ \t\r\n:,\[\]{}]|:(?=[^ \t\r\n,\[\]{}]))(?:[^ \t\r\n:,\[\]{}]|:(?=[^ \t\r\n,\[\]{}])|[ \t]++(?=[^ \t\r\n\#]))*+)
""",
    re.VERBOSE | re.DOTALL,
)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, right or wrong, line by line, without white space and comments."""
    return (token for token in lexemes(text) if token.kind not in ("space", "newline", "comment"))


def lexemes(text: str) -> Iterator[Token]:
    """The tokens, white space and comments of a text. They end at a quotation mark that is never closed."""
    at = depth = 0
    while at < len(text):
        found = (_IN_FLOW if depth else _IN_BLOCK).match(text, at)
        if not found:
            at += 1
            continue
        kind, start, at = str(found.lastgroup), at, found.end()
        if kind == "close":
            depth = max(0, depth - 1)
        elif kind == "block":
            at = _end_of_block(text, start)
        elif kind == "plain":
            at = start + len(found[0].rstrip(" \t"))
        elif kind == "unclosed":
            at = len(text)
        yield Token(kind, start, at, depth)
        if kind == "open":
            depth += 1


_FIRST_LINE = re.compile(r"[\r\n]+(?:[ ]*[\r\n]+)*([ ]*)")
_BLOCK_PARENT = re.compile(r"[ ]*(?:[-?][ ]+)*")


def _end_of_block(text: str, start: int) -> int:
    """Where a `|` or `>` text ends: before the first line that is less indented than its first one."""
    line = _line_start(text, start)
    parent = _BLOCK_PARENT.match(text, line, start)
    indent = parent.end() - line if parent else 0
    if parent and parent.end() == start:
        indent = len(parent[0].rstrip("- ?"))
    first = _FIRST_LINE.match(text, _line_end(text, start))
    indent = max(indent + 1, len(first[1])) if first else indent + 1
    inside = re.compile(rf"[^\r\n]*(?:(?:\r\n|\r|\n)(?:[ \t]*(?=[\r\n]|\Z)|[ ]{{{indent},}}[^\r\n]*))*+")
    found = inside.match(text, start)
    return found.end() if found else start + 1


def end_without_blank_lines(text: str, start: int, end: int) -> int:
    """Where the last line of a block that is not blank ends."""
    last = start + len(text[start:end].rstrip(" \t\r\n"))
    return min(end, _line_end(text, last))


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _line_end(text: str, offset: int) -> int:
    found = LINE_BREAK.search(text, offset)
    return found.start() if found else len(text)


# --- why the parser refused a file ------------------------------------------------------------------------


class Refusal(NamedTuple):
    """Where the parser noticed, where that which it was reading began, and its words, which are not shown."""

    at: int
    began: int | None
    words: str


_NEARBY = 4096


class _Scene:
    """The text around a refusal: the tokens before and after it, some thousands, and the open brackets."""

    def __init__(self, text: str, refusal: Refusal) -> None:
        self.text = text
        self.at = min(refusal.at, len(text))
        self.began = refusal.began
        self.words = refusal.words
        self.open: list[Token] = []
        self.before: list[Token] = []
        self.after: list[Token] = []
        self._gather()
        self.all = self.before + self.after
        self.here = next((token for token in self.all if token.start <= self.at < token.end), None)

    def _gather(self) -> None:
        before: deque[Token] = deque(maxlen=_NEARBY)
        for token in tokens(self.text):
            if token.start >= self.at:
                self.after.append(token)
                if len(self.after) == _NEARBY:
                    break
                continue
            before.append(token)
            if token.kind == "open":
                self.open.append(token)
            elif token.kind == "close" and self.open:
                self.open.pop()
        self.before = list(before)

    def character(self) -> str:
        return self.text[self.at : self.at + 1]

    def same_line(self, token: Token, offset: int) -> bool:
        return not LINE_BREAK.search(self.text, token.start, max(offset, token.start))

    def word(self, token: Token) -> str:
        return self.text[token.start : token.end]


def explain(text: str, refusal: Refusal) -> Fault:
    """The likeliest mistake behind a refusal: the first of EXPLANATIONS that recognises one."""
    scene = _Scene(text, refusal)
    for explanation in EXPLANATIONS:
        if fault := explanation(scene):
            return fault
    return _unexpected(scene)


def _foreign(scene: _Scene) -> Fault | None:
    """An alias, anchor, tag or directive that is not even well formed."""
    for offset in (scene.at, scene.began):
        token = next((token for token in scene.all if token.start == offset), None)
        if token and token.kind in ("alias", "anchor", "tag"):
            word = scene.word(token)
            return Fault(
                token.kind, token.start, token.end, {"name": word if token.kind == "tag" else word[1:]}
            )
    found = _DIRECTIVE.search(scene.text, 0, max(scene.at, 1))
    if found and ("directive" in scene.words or "document start" in scene.words):
        return Fault("directive", found.start(), found.end())
    return None


def _second_document(scene: _Scene) -> Fault | None:
    if "document start" not in scene.words:
        return None
    return Fault("second-document", scene.at, _line_end(scene.text, scene.at))


def _bad_escape(scene: _Scene) -> Fault | None:
    inside = [token for token in scene.before if token.kind in ("double", "unclosed")]
    if ("escape" not in scene.words and "hexdecimal" not in scene.words) or not inside:
        return None
    start = scene.text.rfind("\\", inside[-1].start, scene.at + 2)
    found = _ESCAPE.match(scene.text, start) if start >= 0 else None
    return Fault("bad-escape", start, found.end(), {"found": found[0]}) if found else None


def _unclosed_quote(scene: _Scene) -> Fault | None:
    """A quotation mark that pairs with nothing, or with the opening one of a later text."""
    for token in scene.all[len(scene.before) - 1 if scene.before else 0 : len(scene.before) + 1]:
        if token.kind == "unclosed" and token.start <= max(scene.at, scene.began or 0):
            return _quote_fault(scene, token)
    last = scene.before[-1] if scene.before else None
    if last and last.kind == "plain" and len(scene.before) > 1 and scene.before[-2].end == last.start:
        last = scene.before[-2]
    if (
        last
        and last.kind in ("double", "single")
        and last.end <= scene.at
        and scene.character() not in ":,]}\r\n"
    ):
        if LINE_BREAK.search(scene.word(last)):
            return _quote_fault(scene, last)
        if scene.same_line(last, scene.at):
            return _text_after_quote(scene, last)
    return None


def _quote_fault(scene: _Scene, token: Token) -> Fault:
    end = _line_end(scene.text, token.start)
    for found in re.finditer("[”」』＂’＇]", scene.text[token.start : end]):
        if _HALF_WIDTH[found[0]] == scene.text[token.start]:
            return _mark(scene.text, token.start + found.start())
    related = (
        ((scene.at, scene.at + 1, "stopped-here"),) if scene.at < len(scene.text) and scene.at > end else ()
    )
    return Fault("unclosed-quote", token.start, token.start + 1, {"quote": scene.text[token.start]}, related)


def _text_after_quote(scene: _Scene, token: Token) -> Fault:
    quote = scene.text[token.start]
    end = _line_end(scene.text, scene.at)
    after = re.compile(r"[^,\]}\r\n]*").match(scene.text, token.end, end)
    start = token.end + len(scene.text[token.end : end]) - len(scene.text[token.end : end].lstrip(" \t"))
    stop = max(start + 1, len(scene.text[: after.end() if after else end].rstrip()))
    fields = {"quote": quote, "escaped": '\\"' if quote == '"' else "''"}
    return Fault("text-after-quote", start, stop, fields)


def _in_brackets(scene: _Scene) -> Fault | None:
    """A mistake between brackets: full-width punctuation, a wrong or missing closing one, a missing comma."""
    if not scene.open:
        return None
    opener = scene.open[-1]
    bracket = scene.text[opener.start]
    inside = [token for token in scene.before if token.start > opener.start and token.kind == "plain"]
    if fault := _full_width_in(scene, inside):
        return fault
    wanted = "]" if bracket == "[" else "}"
    if scene.character() in ("]", "}") and scene.character() != wanted:
        fields = {"bracket": bracket, "found": scene.character(), "wanted": wanted}
        return Fault(
            "mismatched-bracket", scene.at, scene.at + 1, fields, ((opener.start, opener.end, "opened-here"),)
        )
    if not _closed(scene, opener):
        return _unclosed(scene, opener, wanted)
    return _missing_comma(scene, bracket, inside)


def _full_width_in(scene: _Scene, inside: list[Token]) -> Fault | None:
    for token in inside:
        found = re.search("[：，；、】］｝＂“”「」]", scene.word(token))
        if found:
            return _mark(scene.text, token.start + found.start())
    return None


def _closed(scene: _Scene, opener: Token) -> bool:
    """Whether a bracket is closed, and not by what belongs to a later line of the same or an outer level."""
    if "\n" in scene.text[opener.start : scene.at] and _indent(scene, scene.at) <= _indent(
        scene, opener.start
    ):
        return scene.character() in ("]", "}")
    closes = any(token.kind == "close" and token.depth == opener.depth for token in scene.after)
    return closes or len(scene.after) == _NEARBY


def _indent(scene: _Scene, offset: int) -> int:
    start = _line_start(scene.text, offset)
    line = scene.text[start : _line_end(scene.text, start)]
    return len(line) - len(line.lstrip(" "))


def _unclosed(scene: _Scene, opener: Token, wanted: str) -> Fault:
    fields = {"bracket": scene.text[opener.start], "wanted": wanted}
    elsewhere = scene.at < len(scene.text) and not scene.same_line(opener, scene.at)
    related = ((scene.at, scene.at + 1, "stopped-here"),) if elsewhere else ()
    return Fault("unclosed-bracket", opener.start, opener.end, fields, related)


def _missing_comma(scene: _Scene, bracket: str, inside: list[Token]) -> Fault | None:
    if scene.character() == ",":
        return None
    if scene.character() == ":" and inside:
        word = scene.word(inside[-1])
        start = inside[-1].start + max(word.rfind(" "), word.rfind("\t")) + 1
        return Fault("missing-comma", start, inside[-1].end, {"bracket": bracket})
    end = scene.here.end if scene.here and scene.here.kind == "plain" else scene.at + 1
    return Fault("missing-comma", scene.at, end, {"bracket": bracket}) if scene.here else None


def _stray_bracket(scene: _Scene) -> Fault | None:
    if scene.open or scene.character() not in ("]", "}"):
        return None
    found = scene.character()
    fields = {"found": found, "wanted": "[" if found == "]" else "{"}
    return Fault("stray-bracket", scene.at, scene.at + 1, fields)


def _tab(scene: _Scene) -> Fault | None:
    return Fault("tab-separator", scene.at, scene.at + 1) if scene.character() == "\t" else None


def _line_without_colon(scene: _Scene) -> Fault | None:
    """A line that should hold a name and a value, and is one word: `label：大型`, `label:大型`, `label`."""
    lines = _lines_before(scene)
    suspects = [line[0] for line in lines if _is_one_word(line)]
    for token in suspects:
        word = scene.word(token)
        if found := _SPACE.search(word):
            return _mark(scene.text, token.start + found.start())
        if found := _ANY_KEY.match(word):
            return _mark(scene.text, token.start + found.start(1))
        if (found := _NO_SPACE.match(word)) and not re.match(r"\w+://", word):
            return _no_space(scene.text, token.start, token.start + found.start(1))
    began = next((token for token in suspects if token.start == scene.began), None)
    if not began and "mapping values" in scene.words and len(lines) == 2 and _is_one_word(lines[0]):
        began = lines[0][0] if _indent(scene, lines[0][0].start) == _indent(scene, scene.at) else None
    return Fault("missing-colon", began.start, began.end, {"text": scene.word(began)}) if began else None


def _is_one_word(line: list[Token]) -> bool:
    return len(line) == 1 and line[0].kind in ("plain", "double", "single")


def _lines_before(scene: _Scene) -> list[list[Token]]:
    """The tokens of the refusal's line and of the run of one-word lines above it, dashes left out."""
    limit = _line_end(scene.text, scene.at)
    lines: list[list[Token]] = []
    for token in (token for token in scene.all if token.start < limit):
        if not lines or not scene.same_line(lines[-1][-1], token.start):
            lines.append([])
        lines[-1].append(token)
    lines = [[token for token in line if token.kind != "dash"] or line for line in lines]
    first = max(0, len(lines) - 2)
    while first > 0 and _is_one_word(lines[first]) and _is_one_word(lines[first - 1]):
        first -= 1
    return lines[first:]


def _second_colon(scene: _Scene) -> Fault | None:
    if scene.character() != ":" or scene.open:
        return None
    start = _line_start(scene.text, scene.at)
    if any(token.kind == "colon" and token.start >= start for token in scene.before):
        return Fault("second-colon", scene.at, scene.at + 1)
    return None


def _bad_indentation(scene: _Scene) -> Fault | None:
    """The first word of its line stands in a column that no level has."""
    start = _line_start(scene.text, scene.at)
    first = next((token for token in scene.all if token.start >= start), None)
    if scene.open or not first or not scene.same_line(first, scene.at) or first.start > scene.at:
        return None
    if first.start == scene.at or (scene.character() == ":" and first.end <= scene.at):
        return Fault("bad-indentation", first.start, first.end)
    return None


def _unexpected(scene: _Scene) -> Fault:
    """What nothing else explains."""
    rest = scene.text[scene.at :]
    if not rest.strip(" \r\n"):
        end = len(scene.text.rstrip())
        return Fault("unexpected-end", max(0, end - 1), end)
    at = scene.at + len(rest) - len(rest.lstrip(" \r\n"))
    return Fault("unexpected-character", at, at + 1, {"found": visible(scene.text[at])})


EXPLANATIONS = (
    _bad_escape,
    _foreign,
    _second_document,
    _unclosed_quote,
    _in_brackets,
    _stray_bracket,
    _tab,
    _line_without_colon,
    _second_colon,
    _bad_indentation,
)
