"""What `reader` gives for good files, and what it says of each bad one, word for word."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from innovation_rules.errors import PackError
from innovation_rules.pack import reader
from innovation_rules.pack.reader import Document, Mapping, Node, Scalar, Sequence, node_kind, read, read_file
from innovation_rules.quantities import DecimalText

PARSERS = ["c", "python"] if yaml.__with_libyaml__ else ["python"]


@pytest.fixture(params=PARSERS)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """PyYAML's C parser, then its pure Python one: the same results."""
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param == "c")
    return str(request.param)


class Case(NamedTuple):
    """A bad text and all that is said of it: one mistake, one error."""

    name: str
    text: str
    code: str
    place: tuple[int, int, int, int]
    zh: str
    en: str


CASES = [
    Case(
        "full_width_colon_then_a_good_line",
        "label：大型\nkind: subsidy\n",
        "full-width-punctuation",
        (1, 6, 1, 7),
        "此处的全角 `：` 不起标点作用",
        "the full-width `：` is not punctuation here",
    ),
    Case(
        "full_width_colon_after_a_good_line",
        "kind: subsidy\nlabel：大型\nsource: 一\n",
        "full-width-punctuation",
        (2, 6, 2, 7),
        "此处的全角 `：` 不起标点作用",
        "the full-width `：` is not punctuation here",
    ),
    Case(
        "full_width_colons_on_every_line",
        "facts:\n  甲：1元\n  乙：2元\n",
        "full-width-punctuation",
        (2, 4, 2, 5),
        "此处的全角 `：` 不起标点作用",
        "the full-width `：` is not punctuation here",
    ),
    Case(
        "full_width_colon_is_all_there_is",
        "pack：changzhi\n",
        "full-width-punctuation",
        (1, 5, 1, 6),
        "此处的全角 `：` 不起标点作用",
        "the full-width `：` is not punctuation here",
    ),
    Case(
        "full_width_colon_in_a_list",
        "rows:\n  - is：large\n",
        "full-width-punctuation",
        (2, 7, 2, 8),
        "此处的全角 `：` 不起标点作用",
        "the full-width `：` is not punctuation here",
    ),
    Case(
        "full_width_colon_in_a_key",
        "rows:\n  is：large: 1\n",
        "full-width-punctuation",
        (2, 5, 2, 6),
        "此处的全角 `：` 不起标点作用",
        "the full-width `：` is not punctuation here",
    ),
    Case(
        "full_width_comma_in_a_group",
        "share: {of: rd，to: sales}\n",
        "full-width-punctuation",
        (1, 15, 1, 16),
        "此处的全角 `，` 不起标点作用",
        "the full-width `，` is not punctuation here",
    ),
    Case(
        "full_width_comma_and_colon_in_a_group",
        "share: {of: rd，to：sales}\n",
        "full-width-punctuation",
        (1, 15, 1, 16),
        "此处的全角 `，` 不起标点作用",
        "the full-width `，` is not punctuation here",
    ),
    Case(
        "full_width_comma_in_a_list",
        "size: [large，medium]\n",
        "full-width-punctuation",
        (1, 13, 1, 14),
        "此处的全角 `，` 不起标点作用",
        "the full-width `，` is not punctuation here",
    ),
    Case(
        "enumeration_comma_in_a_list",
        "size: [大型、中型]\n",
        "full-width-punctuation",
        (1, 10, 1, 11),
        "此处的全角 `、` 不起标点作用",
        "the full-width `、` is not punctuation here",
    ),
    Case(
        "full_width_square_brackets",
        "size: 【large, medium】\n",
        "full-width-punctuation",
        (1, 7, 1, 8),
        "此处的全角 `【` 不起标点作用",
        "the full-width `【` is not punctuation here",
    ),
    Case(
        "full_width_closing_bracket",
        "size: [large, medium】\nkind: 1\n",
        "full-width-punctuation",
        (1, 21, 1, 22),
        "此处的全角 `】` 不起标点作用",
        "the full-width `】` is not punctuation here",
    ),
    Case(
        "full_width_closing_brace",
        "share: {of: rd｝\nkind: 1\n",
        "full-width-punctuation",
        (1, 15, 1, 16),
        "此处的全角 `｝` 不起标点作用",
        "the full-width `｝` is not punctuation here",
    ),
    Case(
        "full_width_quotes",
        "label: “大型企业”\n",
        "full-width-punctuation",
        (1, 8, 1, 9),
        "此处的全角 `“` 不起标点作用",
        "the full-width `“` is not punctuation here",
    ),
    Case(
        "corner_quotes",
        "label: 「大型企业」\n",
        "full-width-punctuation",
        (1, 8, 1, 9),
        "此处的全角 `「` 不起标点作用",
        "the full-width `「` is not punctuation here",
    ),
    Case(
        "full_width_closing_quote",
        'label: "大型企业”\nname: "x"\n',
        "full-width-punctuation",
        (1, 13, 1, 14),
        "此处的全角 `”` 不起标点作用",
        "the full-width `”` is not punctuation here",
    ),
    Case(
        "full_width_hash",
        "＃ 说明\npack: x\n",
        "full-width-punctuation",
        (1, 1, 1, 2),
        "此处的全角 `＃` 不起标点作用",
        "the full-width `＃` is not punctuation here",
    ),
    Case(
        "full_width_hash_after_a_value",
        "pack: x ＃ 说明\n",
        "full-width-punctuation",
        (1, 9, 1, 10),
        "此处的全角 `＃` 不起标点作用",
        "the full-width `＃` is not punctuation here",
    ),
    Case(
        "full_width_dash",
        "－ 甲\n－ 乙\n",
        "full-width-punctuation",
        (1, 1, 1, 2),
        "此处的全角 `－` 不起标点作用",
        "the full-width `－` is not punctuation here",
    ),
    Case(
        "full_width_space_indents",
        "facts:\n\u3000\u3000rd: 1元\n",
        "full-width-space",
        (2, 1, 2, 2),
        "此处用了全角空格",
        "a full-width space stands where a space belongs",
    ),
    Case(
        "full_width_space_after_colon",
        "pack:\u3000x\n",
        "full-width-space",
        (1, 6, 1, 7),
        "此处用了全角空格",
        "a full-width space stands where a space belongs",
    ),
    Case(
        "no_break_space_indents",
        "facts:\n\xa0\xa0rd: 1元\n",
        "full-width-space",
        (2, 1, 2, 2),
        "此处用了不间断空格",
        "a no-break space stands where a space belongs",
    ),
    Case(
        "tab_indents",
        "facts:\n\trd: 1元\n",
        "tab-indentation",
        (2, 1, 2, 2),
        "缩进用了制表符（Tab）",
        "a tab is used for indentation",
    ),
    Case(
        "tab_separates",
        "pack:\tx\n",
        "tab-separator",
        (1, 6, 1, 7),
        "此处用了制表符（Tab）",
        "a tab stands where a space belongs",
    ),
    Case(
        "control_character",
        "pack: x\x07y\n",
        "control-character",
        (1, 8, 1, 9),
        "文件里有看不见的控制字符 U+0007",
        "the file has a control character, U+0007",
    ),
    Case(
        "nul",
        "pack: \x00\n",
        "control-character",
        (1, 7, 1, 8),
        "文件里有看不见的控制字符 U+0000",
        "the file has a control character, U+0000",
    ),
    Case(
        "control_character_by_escape",
        'pack: "\\e[31mx"\n',
        "control-character",
        (1, 8, 1, 10),
        "文件里有看不见的控制字符 \\e",
        "the file has a control character, \\e",
    ),
    Case(
        "direction_override",
        "label: 企业\u202exyz\n",
        "invisible-character",
        (1, 10, 1, 11),
        "文件里有看不见的字符 U+202E",
        "the file has an invisible character, U+202E",
    ),
    Case(
        "zero_width_space",
        "pa\u200bck: x\n",
        "invisible-character",
        (1, 3, 1, 4),
        "文件里有看不见的字符 U+200B",
        "the file has an invisible character, U+200B",
    ),
    Case(
        "byte_order_mark_inside",
        "a: 1\n\ufeffb: 2\n",
        "invisible-character",
        (2, 1, 2, 2),
        "文件里有看不见的字符 U+FEFF",
        "the file has an invisible character, U+FEFF",
    ),
    Case(
        "bad_escape",
        'path: "C:\\目录"\n',
        "bad-escape",
        (1, 10, 1, 12),
        "`\\目` 不是有效的转义",
        "`\\目` is not a valid escape",
    ),
    Case(
        "surrogate_escape",
        'path: "\\ud800"\n',
        "bad-escape",
        (1, 8, 1, 14),
        "`\\ud800` 不是有效的转义",
        "`\\ud800` is not a valid escape",
    ),
    Case(
        "impossible_escape",
        'path: "\\U00110000"\n',
        "bad-escape",
        (1, 8, 1, 18),
        "`\\U00110000` 不是有效的转义",
        "`\\U00110000` is not a valid escape",
    ),
    Case(
        "unclosed_square_bracket",
        "size: [large, medium\nkind: subsidy\n",
        "unclosed-bracket",
        (1, 7, 1, 8),
        "`[` 没有对应的 `]`",
        "this `[` has no closing `]`",
    ),
    Case(
        "unclosed_brace_at_the_end",
        "share: {of: rd\n",
        "unclosed-bracket",
        (1, 8, 1, 9),
        "`{` 没有对应的 `}`",
        "this `{` has no closing `}`",
    ),
    Case(
        "mismatched_bracket",
        "share: {between: [5%, 10%}, of: rd}\n",
        "mismatched-bracket",
        (1, 26, 1, 27),
        "`[` 用 `}` 收尾，应当用 `]`",
        "`[` is closed by `}` instead of `]`",
    ),
    Case(
        "stray_bracket",
        "size: large]\nkind: ]\n",
        "stray-bracket",
        (2, 7, 2, 8),
        "`]` 前面没有对应的 `[`",
        "this `]` has no opening `[`",
    ),
    Case(
        "unclosed_double_quote",
        'label: "大型\nname: x\n',
        "unclosed-quote",
        (1, 8, 1, 9),
        '引号 " 没有收尾',
        'this quotation mark " is never closed',
    ),
    Case(
        "unclosed_quote_pairs_with_the_next",
        'label: "大型\nname: "中型"\n',
        "unclosed-quote",
        (1, 8, 1, 9),
        '引号 " 没有收尾',
        'this quotation mark " is never closed',
    ),
    Case(
        "unclosed_single_quote",
        "label: '大型\n",
        "unclosed-quote",
        (1, 8, 1, 9),
        "引号 ' 没有收尾",
        "this quotation mark ' is never closed",
    ),
    Case(
        "text_after_quote",
        'label: "四上"企业\n',
        "text-after-quote",
        (1, 12, 1, 14),
        "引号之后还有文字",
        "text follows the closing quotation mark",
    ),
    Case(
        "apostrophe_in_single_quotes",
        "label: 'it's'\n",
        "text-after-quote",
        (1, 12, 1, 14),
        "引号之后还有文字",
        "text follows the closing quotation mark",
    ),
    Case(
        "missing_comma",
        "share: {of: rd to: sales}\n",
        "missing-comma",
        (1, 16, 1, 18),
        "`{` 里的两项之间缺少逗号",
        "two items inside `{` have no comma between them",
    ),
    Case(
        "missing_comma_between_lines",
        "share: {\n  of: rd\n  to: sales\n}\n",
        "missing-comma",
        (3, 3, 3, 5),
        "`{` 里的两项之间缺少逗号",
        "two items inside `{` have no comma between them",
    ),
    Case(
        "double_comma",
        "size: [a,, b]\n",
        "unexpected-character",
        (1, 10, 1, 11),
        "`,` 不能出现在这里",
        "`,` can't stand here",
    ),
    Case(
        "missing_colon",
        "pack: x\ntitle\nkind: y\n",
        "missing-colon",
        (2, 1, 2, 6),
        "`title` 之后缺少冒号和值",
        "`title` has no colon and value after it",
    ),
    Case(
        "missing_colon_at_the_end",
        "pack: x\ntitle\n",
        "missing-colon",
        (2, 1, 2, 6),
        "`title` 之后缺少冒号和值",
        "`title` has no colon and value after it",
    ),
    Case(
        "missing_space_after_colon",
        "label:大型\nkind: subsidy\n",
        "missing-space-after-colon",
        (1, 6, 1, 7),
        "冒号之后缺少空格",
        "there is no space after the colon",
    ),
    Case(
        "second_colon",
        "label: 注: 说明\n",
        "second-colon",
        (1, 9, 1, 10),
        "同一行里有第二个冒号",
        "a second colon stands on the same line",
    ),
    Case(
        "indented_too_far",
        "pack: x\n  title: y\n",
        "bad-indentation",
        (2, 3, 2, 8),
        "这一行的缩进与上文对不齐",
        "the indentation of this line fits no level above it",
    ),
    Case(
        "indented_between_levels",
        "facts:\n    a: 1元\n  b: 2元\n",
        "bad-indentation",
        (3, 3, 3, 4),
        "这一行的缩进与上文对不齐",
        "the indentation of this line fits no level above it",
    ),
    Case(
        "list_left_for_a_key",
        "- a\nb: 1\n",
        "bad-indentation",
        (2, 1, 2, 2),
        "这一行的缩进与上文对不齐",
        "the indentation of this line fits no level above it",
    ),
    Case(
        "block_text_left",
        "because: |\n    甲\n  乙: 1\n",
        "bad-indentation",
        (3, 3, 3, 4),
        "这一行的缩进与上文对不齐",
        "the indentation of this line fits no level above it",
    ),
    Case(
        "at_sign",
        "name: @x\n",
        "unexpected-character",
        (1, 7, 1, 8),
        "`@` 不能出现在这里",
        "`@` can't stand here",
    ),
    Case(
        "bare_percent_sign",
        "rate: %5\n",
        "unexpected-character",
        (1, 7, 1, 8),
        "`%` 不能出现在这里",
        "`%` can't stand here",
    ),
    Case(
        "text_after_bracket",
        "size: [large] 大型\n",
        "unexpected-character",
        (1, 15, 1, 16),
        "`大` 不能出现在这里",
        "`大` can't stand here",
    ),
    Case(
        "duplicate_key",
        "rd: 1元\nsales: 2元\nrd: 3元\n",
        "duplicate-key",
        (3, 1, 3, 3),
        "`rd` 在同一层出现了两次",
        "`rd` stands twice on the same level",
    ),
    Case(
        "duplicate_key_quoted",
        'rd: 1元\n"rd": 3元\n',
        "duplicate-key",
        (2, 1, 2, 5),
        "`rd` 在同一层出现了两次",
        "`rd` stands twice on the same level",
    ),
    Case(
        "list_as_key",
        "? [a, b]\n: 1\n",
        "complex-key",
        (1, 3, 1, 4),
        "名称必须是一个词，不能是列表",
        "a key must be a single word, not a list",
    ),
    Case(
        "group_as_key",
        "{{a: 1}: 2}\n",
        "complex-key",
        (1, 2, 1, 3),
        "名称必须是一个词，不能是一组“名称: 值”",
        "a key must be a single word, not a group of `name: value`",
    ),
    Case(
        "alias_as_key",
        "*a : 1\n",
        "alias",
        (1, 1, 1, 3),
        "不能用别名 `*a`",
        "`*a` (an alias) is not part of the pack language",
    ),
    Case(
        "merge_key",
        "base: {a: 1}\nnext:\n  <<: {b: 2}\n",
        "merge-key",
        (3, 3, 3, 5),
        "不能用 `<<` 合并",
        "`<<` (a merge) is not part of the pack language",
    ),
    Case(
        "anchor",
        "base: &rd {a: 1}\n",
        "anchor",
        (1, 7, 1, 10),
        "不能用锚点 `&rd`",
        "`&rd` (an anchor) is not part of the pack language",
    ),
    Case(
        "anchor_on_text",
        "base: &rd 1元\n",
        "anchor",
        (1, 7, 1, 10),
        "不能用锚点 `&rd`",
        "`&rd` (an anchor) is not part of the pack language",
    ),
    Case(
        "alias",
        "next: *rd\n",
        "alias",
        (1, 7, 1, 10),
        "不能用别名 `*rd`",
        "`*rd` (an alias) is not part of the pack language",
    ),
    Case(
        "asterisk",
        "next: * 注\n",
        "alias",
        (1, 7, 1, 8),
        "不能用别名 `*`",
        "`*` (an alias) is not part of the pack language",
    ),
    Case(
        "tag",
        "base: !!python/object:os.system x\n",
        "tag",
        (1, 7, 1, 32),
        "不能用标签 `!!python/object:os.system`",
        "`!!python/object:os.system` (a tag) is not part of the pack language",
    ),
    Case(
        "tag_on_a_list",
        "base: !set [a]\n",
        "tag",
        (1, 7, 1, 11),
        "不能用标签 `!set`",
        "`!set` (a tag) is not part of the pack language",
    ),
    Case(
        "yaml_directive",
        "%YAML 1.1\n---\npack: x\n",
        "directive",
        (1, 1, 1, 10),
        "不能用以 % 开头的指令行",
        "a line that begins with % (a directive) is not part of the pack language",
    ),
    Case(
        "unknown_directive",
        "%FOO\n---\npack: x\n",
        "directive",
        (1, 1, 1, 5),
        "不能用以 % 开头的指令行",
        "a line that begins with % (a directive) is not part of the pack language",
    ),
    Case(
        "second_document",
        "pack: x\n---\npack: y\n",
        "second-document",
        (2, 1, 2, 4),
        "一个文件只能有一篇，这里又开始了一篇",
        "a file holds one document, and a second one begins here",
    ),
    Case(
        "second_document_after_an_end",
        "pack: x\n...\npack: y\n",
        "second-document",
        (3, 1, 3, 8),
        "一个文件只能有一篇，这里又开始了一篇",
        "a file holds one document, and a second one begins here",
    ),
    Case(
        "nothing",
        "",
        "empty-file",
        (1, 1, 1, 1),
        "文件里没有内容",
        "the file has no content",
    ),
    Case(
        "comments_only",
        "# 说明\n",
        "empty-file",
        (1, 1, 1, 1),
        "文件里没有内容",
        "the file has no content",
    ),
    Case(
        "marker_only",
        "---\n",
        "empty-file",
        (1, 1, 1, 1),
        "文件里没有内容",
        "the file has no content",
    ),
    Case(
        "too_deep",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        "too-deep",
        (1, 65, 1, 66),
        "嵌套超过 64 层",
        "the nesting is deeper than 64 levels",
    ),
    Case(
        "open_brace_at_the_end",
        "a: {\n",
        "unclosed-bracket",
        (1, 4, 1, 5),
        "`{` 没有对应的 `}`",
        "this `{` has no closing `}`",
    ),
    Case(
        "no_key_before_a_colon",
        "rows:\n  : 1\n",
        "bad-indentation",
        (2, 3, 2, 4),
        "这一行的缩进与上文对不齐",
        "the indentation of this line fits no level above it",
    ),
    Case(
        "question_mark_alone",
        "? \n",
        "empty-key",
        (1, 2, 1, 2),
        "冒号前没有名称",
        "there is no key before the colon",
    ),
    Case(
        "missing_colon_in_the_first_line",
        "title\nkind: x\n",
        "missing-colon",
        (1, 1, 1, 6),
        "`title` 之后缺少冒号和值",
        "`title` has no colon and value after it",
    ),
    Case(
        "full_width_colon_after_a_word",
        "甲\n乙：1\nkind: y\n",
        "full-width-punctuation",
        (2, 2, 2, 3),
        "此处的全角 `：` 不起标点作用",
        "the full-width `：` is not punctuation here",
    ),
    Case(
        "full_width_space_in_one_of_two_lines",
        "pack:\u3000x\nkind: y\n",
        "full-width-space",
        (1, 6, 1, 7),
        "此处用了全角空格",
        "a full-width space stands where a space belongs",
    ),
    Case(
        "missing_comma_after_a_bracket",
        "x: [[a] b]\n",
        "missing-comma",
        (1, 9, 1, 10),
        "`[` 里的两项之间缺少逗号",
        "two items inside `[` have no comma between them",
    ),
    Case(
        "missing_comma_before_quotes",
        'x: [[a] "b"]\n',
        "missing-comma",
        (1, 9, 1, 10),
        "`[` 里的两项之间缺少逗号",
        "two items inside `[` have no comma between them",
    ),
    Case(
        "comment_hides_the_bracket",
        "x: {#}\n",
        "unclosed-bracket",
        (1, 4, 1, 5),
        "`{` 没有对应的 `}`",
        "this `{` has no closing `}`",
    ),
    Case(
        "anchor_without_a_name",
        "a: &\n",
        "anchor",
        (1, 4, 1, 5),
        "不能用锚点 `&`",
        "`&` (an anchor) is not part of the pack language",
    ),
    Case(
        "tag_that_never_ends",
        "a: !<x\n",
        "tag",
        (1, 4, 1, 7),
        "不能用标签 `!<x`",
        "`!<x` (a tag) is not part of the pack language",
    ),
    Case(
        "percent_alone",
        "a: 1\n%\n",
        "directive",
        (2, 1, 2, 2),
        "不能用以 % 开头的指令行",
        "a line that begins with % (a directive) is not part of the pack language",
    ),
    Case(
        "text_after_the_block_sign",
        "a: > x\n",
        "unexpected-character",
        (1, 6, 1, 7),
        "`x` 不能出现在这里",
        "`x` can't stand here",
    ),
    Case(
        "block_text_in_a_list",
        "- |\n  甲\n 乙: 1\n",
        "bad-indentation",
        (3, 2, 3, 3),
        "这一行的缩进与上文对不齐",
        "the indentation of this line fits no level above it",
    ),
    Case(
        "list_in_a_group",
        "a: 1\n- b\n",
        "bad-indentation",
        (2, 1, 2, 2),
        "这一行的缩进与上文对不齐",
        "the indentation of this line fits no level above it",
    ),
    Case(
        "comma_between_brackets_only",
        "a: [,]\n",
        "unexpected-character",
        (1, 5, 1, 6),
        "`,` 不能出现在这里",
        "`,` can't stand here",
    ),
]


def parse(text: str) -> Document:
    return read(text.encode(), "x.yaml")


def refused(text: str | bytes) -> PackError:
    with pytest.raises(PackError) as caught:
        read(text if isinstance(text, bytes) else text.encode(), "x.yaml")
    return caught.value


def plain(node: Node) -> object:
    """A node as Python data, keys by their text."""
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node}
    return [plain(item) for item in node] if isinstance(node, Sequence) else node.value


@pytest.mark.usefixtures("parser")
class TestRefusals:
    @pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
    def test_says_exactly_this(self, case: Case) -> None:
        (one,) = refused(case.text).diagnostics
        assert (one.code, one.place and one.place[1:]) == (case.code, case.place)
        assert (one.message("zh"), one.message("en")) == (case.zh, case.en)
        assert one.help("zh")
        assert one.help("en")

    @pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
    def test_line_endings_of_windows_change_no_place(self, case: Case) -> None:
        (one,) = refused(case.text.replace("\n", "\r\n")).diagnostics
        assert (one.code, one.place and one.place[1:]) == (case.code, case.place)

    def test_every_duplicate_is_told(self) -> None:
        error = refused("a: {x: 1, x: 2}\nb: 1\nb: 2\n")
        assert [(one.code, one.fields["key"]) for one in error.diagnostics] == [
            ("duplicate-key", "x"),
            ("duplicate-key", "b"),
        ]
        assert [one.related[0][0][1:3] for one in error.diagnostics] == [(1, 5), (2, 1)]

    def test_duplicates_before_a_syntax_error_are_told_too(self) -> None:
        error = refused("a: 1\na: 2\nb: ]\n")
        assert [one.code for one in error.diagnostics] == ["duplicate-key", "stray-bracket"]

    def test_endless_duplicates_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reader, "MAX_PROBLEMS", 10)
        assert len(refused("a: 1\n" * 100).diagnostics) == 10


class TestLimits:
    def test_bytes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reader, "MAX_BYTES", 10)
        assert plain(parse("pack: abcd").root) == {"pack": "abcd"}
        (one,) = refused("pack: abcde").diagnostics
        assert (one.code, one.message("en")) == (
            "file-too-large",
            "the file is larger than the limit of 10 bytes",
        )
        assert one.message("zh") == "文件超过 10 字节的上限"

    @pytest.mark.usefixtures("parser")
    def test_nodes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reader, "MAX_NODES", 3)
        assert plain(parse("[a, b, c]").root) == ["a", "b", "c"]
        (one,) = refused("[a, b, c, d]").diagnostics
        assert (one.code, one.message("en")) == ("too-many-nodes", "the file holds more than 3 items")
        assert one.message("zh") == "内容超过 3 项"
        assert one.place
        assert one.place[1:3] == (1, 11)

    @pytest.mark.usefixtures("parser")
    def test_length_of_a_text(self) -> None:
        assert plain(parse("a" * reader.MAX_TEXT).root) == "a" * reader.MAX_TEXT
        (one,) = refused("a" * (reader.MAX_TEXT + 1)).diagnostics
        assert (one.code, one.message("en")) == ("text-too-long", "one text is longer than 100000 characters")
        assert one.message("zh") == "一段文字超过 100000 个字符"

    @pytest.mark.usefixtures("parser")
    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
    def test_depth(self, opening: str, closing: str) -> None:
        parse(opening * 64 + closing * 64)
        (one,) = refused(opening * 65 + closing * 65).diagnostics
        assert (one.code, one.place and one.place.column) == ("too-deep", 64 * len(opening) + 1)

    @pytest.mark.parametrize(
        "text", ["'[' * 200_000", "'{a: ' * 200_000", "'- ' * 200_000", "'? ' * 200_000"]
    )
    def test_200_000_brackets_do_not_reach_the_parsers_recursion(self, text: str) -> None:
        script = f"""
            from innovation_rules.errors import PackError
            from innovation_rules.pack.reader import read
            try:
                read(({text}).encode(), "x.yaml")
            except PackError as error:
                print(error.diagnostics[0].code, len(error.render("zh")) < 1000)
        """
        command = [sys.executable, "-c", textwrap.dedent(script)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, cwd=Path(__file__).parents[1]
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout in ("too-deep True\n", "complex-key True\n")

    @pytest.mark.usefixtures("parser")
    def test_a_billion_laughs_are_not_begun(self) -> None:
        lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
        lines += [
            f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ]
        (one,) = refused("\n".join(lines)).diagnostics
        assert (one.code, one.place and one.place[1:3]) == ("anchor", (1, 4))

    def test_a_mistake_among_very_many_words_is_found(self) -> None:
        (one,) = refused("a: [" + "1, " * 9000 + "b: c: d" + ", 1" * 9000 + "]").diagnostics
        assert (one.code, one.place and one.place.column) == ("missing-comma", 27008)


class TestEncodings:
    def test_a_byte_order_mark_is_dropped(self) -> None:
        document = read("\ufeffpack: 长治".encode(), "x.yaml")
        assert document.text == "pack: 长治"
        assert document.place_of(["pack"])[1:] == (1, 7, 1, 9)

    @pytest.mark.parametrize(
        ("data", "code", "place", "zh", "en"),
        [
            (
                "pack: a\nname: 长治市".encode("gbk"),
                "gbk-encoding",
                (2, 7),
                "文件不是 UTF-8 编码，很可能是 GBK：此处的字节 0xB3 无法解读",
                "the file isn't UTF-8 and is probably GBK: the byte 0xB3 here can't be read",
            ),
            (
                b"\xef\xbb\xbf" + "名: a\nb: ".encode() + b"\xff\xff",
                "not-utf8",
                (2, 4),
                "文件不是 UTF-8 编码：此处的字节 0xFF 无法解读",
                "the file isn't UTF-8: the byte 0xFF here can't be read",
            ),
            *(
                (
                    data,
                    "utf16-encoding",
                    (1, 1),
                    "文件是 UTF-16 编码（有的编辑器称为 Unicode），不是 UTF-8",
                    "the file is UTF-16 (some editors call it Unicode), not UTF-8",
                )
                for data in (
                    "pack: 长治".encode("utf-16"),
                    "pack: a".encode("utf-16-le"),
                    "pack: a".encode("utf-16-be"),
                    b"\xfe\xff" + "长治".encode("utf-16-be"),
                )
            ),
        ],
    )
    def test_others_are_named(self, data: bytes, code: str, place: tuple[int, int], zh: str, en: str) -> None:
        (one,) = refused(data).diagnostics
        assert (one.code, one.place and one.place[1:3]) == (code, place)
        assert (one.message("zh"), one.message("en")) == (zh, en)

    def test_the_line_with_the_bad_byte_is_shown(self) -> None:
        text = refused("name: 长治".encode("gbk")).render("en")
        assert "1 | name: \ufffd" in text


class TestFiles:
    def test_reads(self, tmp_path: Path) -> None:
        path = tmp_path / "长治.yaml"
        path.write_text("pack: changzhi", encoding="utf-8")
        assert read_file(path).file == str(path)
        assert plain(read_file(str(path)).root) == {"pack": "changzhi"}

    @pytest.mark.parametrize("name", ["no.yaml", "x.yaml/y.yaml", "a" * 300, "nul\0byte"])
    def test_missing(self, name: str, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").write_text("a: 1")
        with pytest.raises(PackError) as caught:
            read_file(tmp_path / name)
        (one,) = caught.value.diagnostics
        assert one.code in ("no-such-file", "unreadable-file")

    def test_missing_in_words(self) -> None:
        with pytest.raises(PackError) as caught:
            read_file("no/such.yaml")
        (one,) = caught.value.diagnostics
        assert one.message("zh") == "没有这个文件：`no/such.yaml`"
        assert one.message("en") == "there is no file `no/such.yaml`"
        assert one.place is None

    def test_a_directory(self, tmp_path: Path) -> None:
        with pytest.raises(PackError) as caught:
            read_file(tmp_path)
        (one,) = caught.value.diagnostics
        assert (one.code, one.message("zh")) == ("is-a-directory", f"`{tmp_path}` 是目录，不是文件")
        assert one.message("en") == f"`{tmp_path}` is a directory, not a file"

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(PackError) as caught:
            read_file(tmp_path / "pipe")
        (one,) = caught.value.diagnostics
        assert one.code == "not-a-regular-file"
        assert one.message("zh").endswith("不是普通文件（而是管道、设备之类）")
        assert one.message("en").endswith("is not a regular file (it is a pipe, a device or the like)")

    def test_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "x.yaml"
        path.write_text("a: 1")

        def forbidden(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", forbidden)
        with pytest.raises(PackError) as caught:
            read_file(path)
        (one,) = caught.value.diagnostics
        assert one.message("en") == f"the file `{path}` can't be read (Permission denied)"
        assert one.message("zh") == f"文件 `{path}` 不能读取（Permission denied）"


GOOD = """\
pack: changzhi   # 说明，含：标点
label: 注：如下，“四上”企业、其他
name: “四上”企业
title: "“全覆盖”：方案"
rows:
  - {is: large, label: 有人员、有场所、有设备}
  - [一, '二', "三"]
text: |
  第一行：甲

  第二行\t乙
last: >-
  a
  b
empty:
url: http://x
ref: national:classes.size
"""


@pytest.mark.usefixtures("parser")
class TestNodes:
    def test_values(self) -> None:
        assert plain(parse(GOOD).root) == {
            "pack": "changzhi",
            "label": "注：如下，“四上”企业、其他",
            "name": "“四上”企业",
            "title": "“全覆盖”：方案",
            "rows": [{"is": "large", "label": "有人员、有场所、有设备"}, ["一", "二", "三"]],
            "text": "第一行：甲\n\n第二行\t乙\n",
            "last": "a b",
            "empty": None,
            "url": "http://x",
            "ref": "national:classes.size",
        }

    def test_offsets_cut_out_exactly_what_was_written(self) -> None:
        document = parse(GOOD)
        texts = {document.text[one.start : one.end] for one in scalars(document.root)}
        assert {
            "pack",
            "changzhi",
            "注：如下，“四上”企业、其他",
            '"“全覆盖”：方案"',
            "'二'",
            '"三"',
            "",
        } <= texts
        assert "|\n  第一行：甲\n\n  第二行\t乙" in texts
        rows = document.node_at(["rows", 0])
        assert document.text[rows.start : rows.end] == "{is: large, label: 有人员、有场所、有设备}"
        rows = document.node_at(["rows"])
        assert document.text[rows.start : rows.end].endswith('"三"]')

    def test_places_count_characters(self) -> None:
        document = parse("名称: {甲乙: [一, 二二], 丙: 三}\r\n下: 四\r\n")
        assert document.place_of(["名称", "甲乙", 1]) == ("x.yaml", 1, 14, 1, 16)
        assert document.place_of(["名称", "甲乙"]) == ("x.yaml", 1, 10, 1, 17)
        assert document.place_of(["名称", "甲乙"], key=True) == ("x.yaml", 1, 6, 1, 8)
        assert document.place_of(["下"]) == ("x.yaml", 2, 4, 2, 5)
        assert document.place_of([]) == ("x.yaml", 1, 1, 2, 5)

    def test_a_path_leads_as_far_as_it_can_be_followed(self) -> None:
        document = parse("awards:\n  a: {amount: 1元}\n2020: {x: [7]}\n")
        assert document.node_at(["awards", "Award", "a", "amount", "Share"]) is document.node_at(
            ["awards", "a", "amount"]
        )
        assert document.node_at(["awards", "a", "label"]) is document.node_at(["awards", "a"])
        assert plain(document.node_at([2020, "x", 0])) == 7
        assert plain(document.node_at([2020, "x", 5])) == [7]

    def test_mappings_answer(self) -> None:
        root = parse("a: 1\nb: [2]\n").root
        assert isinstance(root, Mapping)
        assert plain(root.get("a") or root) == 1
        assert (root.get("c"), root.key("c"), "a" in root, "c" in root, len(root)) == (
            None,
            None,
            True,
            False,
            2,
        )
        assert root.key("b") is root.items[1][0]
        assert repr(root) == "Mapping([(Scalar('a'), Scalar('1')), (Scalar('b'), Sequence([Scalar('2')]))])"

    def test_empty_collections(self) -> None:
        document = parse("a: []\nb: {}\n")
        assert plain(document.root) == {"a": [], "b": {}}
        assert [document.place_of([key])[2:5:2] for key in "ab"] == [(4, 6), (4, 6)]
        assert len(document.node_at(["a"])) == 0  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("true", True), ("false", False), ("null", None), ("~", None), ("", None),
            ("0", 0), ("7", 7), ("-12", -12), ("+3", 3), ("1" + "0" * 39, 10**39),
            ("2.50", DecimalText("2.50")), ("-0.5", DecimalText("-0.5")), ("0.0", DecimalText("0.0")),
        ],
    )  # fmt: skip
    def test_what_is_a_value(self, text: str, value: object) -> None:
        found = parse(f"a: {text}").root
        assert isinstance(found, Mapping)
        assert plain(found) == {"a": value}
        assert type(plain(found)["a"]) is type(value)  # type: ignore[index]

    @pytest.mark.parametrize(
        "text",
        ["no", "yes", "on", "off", "True", "TRUE", "y", "0100", "017", "-07", "0x1F", "0o17", "1_000", "12:30:00",
         "2020-12-31", "1e5", "1.", ".5", "1.2.3", ".inf", ".nan", "NULL", "=", "１２", "1" * 42, "00.5"],
    )  # fmt: skip
    def test_what_stays_text(self, text: str) -> None:
        assert plain(parse(f"a: {text}").root) == {"a": text}

    @pytest.mark.parametrize("text", ["true", "7", "2.5", "null", ""])
    def test_quotes_make_text(self, text: str) -> None:
        for quoted in (f'"{text}"', f"'{text}'"):
            assert plain(parse(f"a: {quoted}").root) == {"a": text}

    def test_kinds_in_words(self) -> None:
        root = parse("[{a: 1}, [], ~, true, 7, 2.5, x, '7']").root
        assert isinstance(root, Sequence)
        assert [node_kind(item).en for item in root] == [
            "a group of `name: value`",
            "a list",
            "nothing",
            "true or false",
            "an integer without a unit",
            "a decimal",
            "text",
            "text",
        ]
        assert node_kind(root).zh == "列表"

    @pytest.mark.parametrize(
        ("text", "code", "column"),
        [
            ("- 名称：大型", "full-width-punctuation", 5),
            ("- is:large", "missing-space-after-colon", 5),
            ("- 甲、乙", "full-width-punctuation", 4),
            ("- “甲”乙", "full-width-punctuation", 3),
            ("- 甲", None, None),
            ("- '名称：大型'", None, None),
            ("-", None, None),
            ("- []", None, None),
        ],
    )
    def test_suspicion_explains_a_text_in_the_place_of_a_group(
        self, text: str, code: str | None, column: int | None
    ) -> None:
        root = parse(text).root
        assert isinstance(root, Sequence)
        found = reader.suspicion(root.items[0])
        assert (found and found.code, found and found.place and found.place.column) == (code, column)


def scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node:
            yield from scalars(item)
    else:
        for key, value in node:
            yield key
            yield from scalars(value)


# --- properties -------------------------------------------------------------------------------------------

PIECES = [*"ab1:,-[]{}\"'#|>&*!%@`?~\\ \t：，“”【】、＃－　科元\u202e\x00\ufeff", "\n", "\n  ", "\r\n", "- ", ": ", "---\n",
          "...\n", "<<: ", "\\ud800", "\\U00110000", "%FOO"]  # fmt: skip
SPOILT = st.tuples(
    st.sampled_from([case.text for case in CASES] + [GOOD]), st.integers(0, 300), st.sampled_from(PIECES)
).map(lambda drawn: drawn[0][: drawn[1]] + drawn[2] + drawn[0][drawn[1] + 1 :])
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join), SPOILT)


def outcome(data: bytes) -> Document | None:
    """The document, or None after an error that can be shown; anything else fails the test."""
    try:
        return read(data, "x.yaml")
    except PackError as error:
        lines = len(data) + 1
        for one in error.diagnostics:
            assert one.place is None or (1 <= one.place.line <= lines and one.place.column >= 1)
        for lang in ("zh", "en"):
            shown = error.render(lang)
            assert "\x1b" not in shown
            assert all(character == "\n" or ord(character) >= 0x20 for character in shown)
        return None


@given(TEXTS)
@example('a: "\\U0011000')
@example("a: \n b\n: ]")
@example("a: [　]\n: ]")
def test_any_text_is_read_or_refused(text: str) -> None:
    for c in (True, False):
        yaml.__with_libyaml__, kept = c and yaml.__with_libyaml__, yaml.__with_libyaml__
        try:
            outcome(text.encode("utf-8", "surrogatepass"))
        finally:
            yaml.__with_libyaml__ = kept


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    outcome(data)


@given(TEXTS)
def test_unquoted_texts_on_one_line_are_cut_out_exactly(text: str) -> None:
    document = outcome(text.encode("utf-8", "surrogatepass"))
    for one in scalars(document.root) if document else ():
        raw = document.text[one.start : one.end] if document else ""
        assert one.quoted or "\n" in raw or "\r" in raw or raw == one.text
        line, column = one.place.line, one.place.column
        assert document is not None
        assert document.source.line_column(one.start) == (line, column)


NAMES = st.text(st.sampled_from("abc_研发经费"), min_size=1, max_size=6)
LEAVES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]))
TREES: st.SearchStrategy[object] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=15,
)


@given(TREES, st.booleans(), st.integers(20, 200))
def test_what_yaml_writes_is_read_back(tree: object, flow: bool, width: int) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, default_style='"', width=width)
    assert plain(parse(text).root) == tree
