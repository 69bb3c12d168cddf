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
    "empty-key": Message(
        "冒号前没有名称",
        "there is no key before the colon",
        "在冒号前写上名称，或删去这一行",
        "write a key before the colon, or delete the line",
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
    # --- names and shapes: grammar and linker -------------------------------------------------------------
    "unknown-key": Message(
        "这里没有 `{key}` 这一项",
        "there is no key `{key}` here",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit has: {known}",
    ),
    "missing-key": Message(
        "缺少 `{key}`",
        "`{key}` is missing",
        "加上一行 `{key}: …`",
        "add a line `{key}: ...`",
    ),
    "unknown-fact": Message(
        "没有名为 `{found}` 的事实",
        "there is no fact `{found}`",
        "最接近的是 `{nearest}`\n`innovation-rules show` 列出全部事实；另需要的，在 inputs 里声明",
        "the nearest is `{nearest}`\n`innovation-rules show` lists every fact; declare what else is needed under inputs",
    ),
    # --- the pack language: shapes (parser) -----------------------------------------------------------------
    "mixed-spelling": Message(
        "`{found}` 与本文件的写法不一致",
        "`{found}` is of the other spelling than this file",
        "一个文件从头到尾只用一种写法；`innovation-rules fmt --names zh` 或 `--names en` 可整份转换",
        "a file uses one spelling throughout; `innovation-rules fmt --names zh` or `--names en` turns all of it",
    ),
    "ambiguous-name": Message(
        "`{name}` 不止一个意思：{ids}",
        "`{name}` has more than one meaning: {ids}",
        "中文写法以名称指称各项，名称不可相同，也不可与语言的用词相同；改其中一项的名称",
        "in the Chinese spelling items go by their labels, which must differ from each other and from the "
        "words of the language: change one label",
    ),
    "spelling-not-reversible": Message(
        "这份文件换一种写法后意思会变，所以没有改动",
        "in the other spelling this file would say something else, so it was left as it is",
        "查看是否有名称与语言的用词相同，或名称本身就是一个数、是、否",
        "see whether a label is a word of the language, or is itself a figure or a yes or no",
    ),
    "unknown-word": Message(
        "`{found}` 不是这里可用的词",
        "`{found}` is not a word that fits here",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "expected-mapping": Message(
        "这里应当是“键: 值”各行，现在是{found}",
        "this takes `key: value` lines, and here is {found}",
        "可以写的键：{keys}",
        "its keys are: {keys}",
    ),
    "expected-list": Message(
        "这里应当是列表，现在是{found}",
        "this takes a list, and here is {found}",
        "写成 [一, 二]，或每行以“- ”开头",
        "write [one, two], or lines that start with `- `",
    ),
    "expected-value": Message(
        "这里应当是一个值，现在是{found}",
        "this takes one value, and here is {found}",
        "只写一个值，不要方括号或下级键",
        "write one value, without brackets or keys below it",
    ),
    "expected-text": Message(
        "这里没有写值",
        "there is no value here",
        "在冒号后写上内容，或删去这一行",
        "write something after the colon, or delete the line",
    ),
    "expected-yes-no": Message(
        "`{found}` 不是是非值",
        "`{found}` is not a yes or no",
        "写 true 或 false（中文写法可写 是、否），不加引号",
        "write true or false, without quotation marks",
    ),
    "expected-whole-number": Message(
        "`{found}` 不是整数",
        "`{found}` is not a whole number",
        "写整数，不带单位和引号，如 3",
        "write a whole number without unit or quotation marks, such as 3",
    ),
    "not-a-date": Message(
        "`{found}` 不是日期",
        "`{found}` is not a date",
        "写成 2020-06-01，并确有这一天",
        "write it like 2020-06-01, and a day that exists",
    ),
    "expected-dated-values": Message(
        "参数应写明自哪一天起取什么值，现在是{found}",
        "a parameter says from which day it has which value, and here is {found}",
        "例如 {{2017-01-04: 2.5%}}",
        "for example {{2017-01-04: 2.5%}}",
    ),
    "expected-reference": Message(
        "这里只能写一个值、参数或事实",
        "this takes a value, a parameter or a fact",
        "写成 {{键: 名称}}，键为：{known}",
        "write {{key: name}} with one of: {known}",
    ),
    "expected-pair": Message(
        "这里应当是两端：[下限, 上限]",
        "this takes both ends: [low, high]",
        "例如 [5%, 10%]，两端都含",
        "for example [5%, 10%], both ends in",
    ),
    "expected-window": Message(
        "这里应当是一个时段",
        "this takes a window of time",
        "写 year、as_of、期间的名称，或 {{键: 值}}，键为：{known}",
        "write year, as_of, the name of a period, or {{key: value}} with one of: {known}",
    ),
    "expected-base-year": Message(
        "这里应当写与哪一年相比",
        "this says which year it is compared with",
        "写 previous（上年），或 {{year: 2018}}",
        "write previous, or {{year: 2018}}",
    ),
    "expected-steps": Message(
        "这里应当逐档写明：{{界限: 取值}}",
        "this lists the steps: {{edge: value}}",
        "例如 {{6%: 50点, 5%: 40点}}",
        "for example {{6%: 50点, 5%: 40点}}",
    ),
    "expected-condition": Message(
        "这里应当是条件，现在是{found}",
        "this takes a condition, and here is {found}",
        "例如 {{rd_expenditure: {{more_than: 0元}}}}",
        "for example {{rd_expenditure: {{more_than: 0元}}}}",
    ),
    "empty-condition": Message(
        "条件是空的",
        "the condition is empty",
        "写上至少一项，或删去这个键",
        "write at least one test, or delete the key",
    ),
    "empty-list": Message(
        "列表是空的",
        "the list is empty",
        "写上至少一项，或删去这个键",
        "write at least one item, or delete the key",
    ),
    "n-out-of-range": Message(
        "所列共 {count} 项，不能要求其中 {n} 项",
        "{n} cannot be asked of the {count} conditions listed",
        "n 在 1 到 {count} 之间",
        "n lies between 1 and {count}",
    ),
    "is-known-false": Message(
        "`is_known` 只能为 true",
        "`is_known` can only be true",
        "“不知道”不是条件：知道得更多不应使结论翻转；需要的是什么，就测试什么",
        "not knowing is no condition: learning a fact must not overturn an answer; test what is needed instead",
    ),
    "no-operator": Message(
        "这个事实没有写怎样得出",
        "this fact does not say how it is derived",
        "加上一个运算：{known}",
        "add one operator: {known}",
    ),
    "two-operators": Message(
        "一个事实只能有一个运算，这里又有 `{second}`",
        "a fact has one operator, and here is `{second}` as well",
        "拆成两个事实，一个引用另一个；前一个运算是 `{first}`",
        "make two facts of it, one naming the other; the first operator is `{first}`",
    ),
    "unknown-test": Message(
        "没有 `{found}` 这种比较",
        "there is no test `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nthere are: {known}",
    ),
    # --- the pack language: names (finder, linker, compiler) -----------------------------------------------
    "no-such-pack": Message(
        "没有名为 `{name}` 的规则包",
        "there is no pack `{name}`",
        "最接近的是 `{nearest}`\n已有：{known}",
        "the nearest is `{nearest}`\nthere are: {known}",
    ),
    "extends-a-path": Message(
        "`{name}` 是路径，沿用只能写规则包的名称",
        "`{name}` is a path, and a pack extends others by name",
        "把要沿用的规则包放在同一文件夹，只写它的名称",
        "put the pack beside this one, and write its name alone",
    ),
    "extends-a-link": Message(
        "规则包 `{name}` 的文件是符号链接",
        "the file of the pack `{name}` is a symbolic link",
        "把文件本身放进文件夹，让读者看到的就是所判定的",
        "put the file itself there, so that what is read is what decides",
    ),
    "extends-circle": Message(
        "沿用关系成了圈：{path}",
        "the packs extend each other in a circle: {path}",
        "删去其中一处沿用",
        "delete one of the `extends`",
    ),
    "redefined": Message(
        "`{name}` 在规则包 {pack} 里已有定义",
        "`{name}` is already defined in the pack {pack}",
        "换一个名称；有意改写时加上 overrides: {{because: 依据的条款}}",
        "choose another name; where it is meant, add overrides: {{because: the clause}}",
    ),
    "overrides-nothing": Message(
        "`{name}` 写了改写，但上级规则包里没有这一项",
        "`{name}` overrides nothing that is inherited",
        "删去 overrides，或核对名称",
        "delete `overrides`, or see whether the name is right",
    ),
    "name-clash": Message(
        "`{name}` 已经是另一项的名称",
        "`{name}` already names something else",
        "填报项、事实、分类、覆盖和奖励共用一套名称，换一个",
        "inputs, facts, classes, coverages and awards share one set of names: choose another",
    ),
    "name-of-the-model": Message(
        "`{name}` 是企业数据本来就有的名称",
        "`{name}` is a name of the enterprise data itself",
        "换一个名称，或直接使用这个事实",
        "choose another name, or use the fact as it is",
    ),
    "cycle": Message(
        "定义绕成了圈：{path}",
        "the definitions go in a circle: {path}",
        "让其中一项只依赖基础数据",
        "let one of them depend on base facts alone",
    ),
    "unknown-kind": Message(
        "活动种类里没有 `{found}`",
        "there is no kind of activity `{found}`",
        "最接近的是 `{nearest}`\n已有：{known}",
        "the nearest is `{nearest}`\nthere are: {known}",
    ),
    "unknown-qualification": Message(
        "资质种类里没有 `{found}`",
        "there is no kind of qualification `{found}`",
        "最接近的是 `{nearest}`\n已有：{known}",
        "the nearest is `{nearest}`\nthere are: {known}",
    ),
    "unknown-category": Message(
        "活动方面里没有 `{found}`",
        "there is no category of activity `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "unknown-level": Message(
        "级别里没有 `{found}`",
        "there is no level `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "unknown-status": Message(
        "状态里没有 `{found}`",
        "there is no status `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "unknown-parameter": Message(
        "没有名为 `{found}` 的参数",
        "there is no parameter `{found}`",
        "最接近的是 `{nearest}`\n已有：{known}",
        "the nearest is `{nearest}`\nthere are: {known}",
    ),
    "unknown-period": Message(
        "没有名为 `{found}` 的期间",
        "there is no period `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "unknown-grant": Message(
        "上级规则包里没有奖励 `{found}`",
        "no higher pack has an award `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "unknown-choice-value": Message(
        "`{found}` 不在可选值之中",
        "`{found}` is not one of its values",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "unknown-activity-fact": Message(
        "活动没有 `{found}` 这一项",
        "an activity has no `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}；另需要的，在 inputs 里以 of: activity 声明",
        "the nearest is `{nearest}`\nit has: {known}; declare what else is needed under inputs with of: activity",
    ),
    # --- the pack language: types (compiler) ---------------------------------------------------------------
    "type-mismatch": Message(
        "这里需要{expected}，写的是{found}",
        "this needs {expected}, and here is {found}",
        "换成同一类型的值或事实",
        "use a value or a fact of the same type",
    ),
    "unit-mismatch": Message(
        "单位不对：写的是 {unit}，应当是 {expected}",
        "the unit is {unit} where {expected} belongs",
        "改用 {expected} 或同类单位",
        "use {expected} or a unit that measures the same",
    ),
    "unquoted-code": Message(
        "代码没有加引号",
        "the code is not in quotation marks",
        '写成 "{found}"：不加引号的代码会被软件当成数字，丢掉开头的零',
        'write "{found}": without quotation marks programs take a code for a number and drop a leading zero',
    ),
    "not-a-code": Message(
        "`{name}` 是{type}，不能按代码前缀归属",
        "`{name}` is of type {type}, and only a code has prefixes",
        "`under` 只用于行业代码、行政区划代码",
        "`under` is for industry and region codes",
    ),
    "not-a-date-fact": Message(
        "`{name}` 是{type}，不是日期",
        "`{name}` is of type {type}, not a date",
        "换成日期，如 established、started",
        "use a date, such as established or started",
    ),
    "not-a-number-fact": Message(
        "`{name}` 是{type}，不能参加计算",
        "`{name}` is of type {type}, and this needs a number",
        "换成数字型的事实，或带单位的数字",
        "use a numeric fact, or a number with its unit",
    ),
    "zone-test": Message(
        "所在园区只能与园区的名称比较",
        "the zones of an enterprise can only be held against names of zones",
        "写 zones: 园区名称，或 zones: [名称, 名称]",
        "write zones: name, or zones: [name, name]",
    ),
    "not-ordered": Message(
        "`{name}` 是{type}，没有大小，不能用 `{word}`",
        "`{name}` is of type {type}, which has no order for `{word}`",
        "写出允许的值，或值的列表",
        "write the value, or a list of values",
    ),
    "not-testable": Message(
        "{type}不能用作条件",
        "a fact of type {type} cannot be tested",
        "换一个事实",
        "use another fact",
    ),
    "decision-as-value": Message(
        "`{name}` 是判定结果，不是数",
        "`{name}` is a decision, not a number",
        "在条件里写 {{{name}: covered}} 这样的形式",
        "write {{{name}: covered}} in a condition",
    ),
    "decision-test": Message(
        "判定结果 `{name}` 只能与状态比较",
        "the decision `{name}` can only be held against its statuses",
        "写 {{{name}: 状态}} 或 {{{name}: [状态, 状态]}}",
        "write {{{name}: status}} or {{{name}: [status, status]}}",
    ),
    "input-of-activity": Message(
        "`{name}` 是活动的情况，不是企业的",
        "`{name}` belongs to an activity, not to the enterprise",
        "放进 exists、count 的 where 里",
        "put it under the `where` of exists or count",
    ),
    "input-of-beneficiary": Message(
        "`{name}` 是受益人的情况，不能据以判定企业",
        "`{name}` belongs to a beneficiary, on whom no enterprise is judged",
        "只记录、不判定：用 beneficiary 说明",
        "it is recorded, not decided: say so with `beneficiary`",
    ),
    "kind-of-other-category": Message(
        "`{name}` 属于{category}，不在所写的方面里",
        "`{name}` belongs to {category}, not to the category written",
        "删去 category，或改成它所属的方面",
        "delete `category`, or write the one that it belongs to",
    ),
    "nested-aggregate": Message(
        "对活动的条件里不能再数活动",
        "a condition on an activity cannot count activities",
        "先定义一个事实，再与它比较",
        "define a fact first, and compare with it",
    ),
    "total-of-negative": Message(
        "`{name}` 可能为负或没有上限，不能合计",
        "`{name}` can be negative or has no highest value, so it has no total",
        "合计只用于声明了范围且不小于零的数",
        "a total needs a number with a declared range of zero or more",
    ),
    "factor-is-a-fact": Message(
        "`{name}` 是事实，这里需要文件写明的数",
        "`{name}` is a fact, and this needs a figure that the document states",
        "写出比例或倍数，或用 {{parameter: 名称}}",
        "write the share or multiple, or {{parameter: name}}",
    ),
    "whole-years": Message(
        "`{found}` 不是 1 到 20 之间的整年数",
        "`{found}` is not a whole number of years from 1 to 20",
        "写成 3年",
        "write it like 3年",
    ),
    "between-reversed": Message(
        "下限大于上限，没有值能满足",
        "the lower end is above the upper one, so nothing can match",
        "交换两端",
        "swap the ends",
    ),
    "duplicate-value": Message(
        "同一个值写了两次",
        "the same value stands here twice",
        "删去重复的",
        "delete one of them",
    ),
    "duplicate-condition": Message(
        "同一项条件列了两次，会被重复计数",
        "the same condition is listed twice and would count twice",
        "删去重复的",
        "delete one of them",
    ),
    "empty-parameter": Message(
        "参数 `{name}` 没有取值",
        "the parameter `{name}` has no value",
        "至少写一个：{{起始日期: 数值}}",
        "write at least one: {{from this day: value}}",
    ),
    "if-not-positive-missing": Message(
        "分母可能为零或负数，没有写明那时取什么值",
        "the denominator can be zero or less, and nothing says what holds then",
        "加上 if_not_positive: 0%（或条文要求的值）",
        "add if_not_positive: 0% (or what the clause asks for)",
    ),
    "otherwise-missing": Message(
        "最后一行不是 otherwise，有的企业会落空",
        "the last row is not `otherwise`, so some enterprises would fall through",
        "在最后加上 {{otherwise: 取值}}",
        "add {{otherwise: value}} at the end",
    ),
    "otherwise-not-last": Message(
        "otherwise 后面还有行，永远轮不到",
        "rows follow `otherwise` that can never be reached",
        "把 otherwise 移到最后",
        "move `otherwise` to the end",
    ),
    "otherwise-with-when": Message(
        "otherwise 一行不能再带条件或取值",
        "the row `otherwise` takes neither `when` nor `is`",
        "删去 when、is；要设条件就改成 is",
        "delete `when` and `is`; where a condition is meant, write `is`",
    ),
    "many-has-otherwise": Message(
        "可多选的分类没有 otherwise",
        "a classification with `many` has no `otherwise`",
        "删去这一行：各行都不成立时，就是一个也没有",
        "delete the row: where no row holds, there is simply none",
    ),
    "tolerance-missing": Message(
        "“左右”没有写允许的偏差",
        "nothing says how far `about` may be off",
        "写成 {{value: 70户, tolerance: 5%}}，并在 interpretation 里说明为什么这样读",
        "write {{value: 70户, tolerance: 5%}}, and say under interpretation why it is read so",
    ),
    "steps-one-comparison": Message(
        "分档要写一种比较，而且只写一种",
        "a scale takes one comparison, and only one",
        "写 at_least、more_than、at_most、less_than 之一",
        "write one of at_least, more_than, at_most, less_than",
    ),
    "steps-out-of-order": Message(
        "这一档排在前一档之后，永远轮不到",
        "this step comes after one that already takes all it could",
        "at_least、more_than 由高到低排，at_most、less_than 由低到高排",
        "list at_least and more_than from high to low, at_most and less_than from low to high",
    ),
    "amount-one-of": Message(
        "金额要么按比例（share），要么按定额（fixed）",
        "an amount is either a share or a fixed sum",
        "保留其中一个",
        "keep one of `share` and `fixed`",
    ),
    # --- the pack language: what can be told before any case is decided (checker, clauses) --------------------
    "name-not-the-file": Message(
        "规则包叫 `{name}`，文件却叫 `{file}`",
        "the pack is called `{name}`, and its file `{file}`",
        "改成同一个名称：别的规则包按名称找文件",
        "give both the same name: other packs find the file by the name",
    ),
    "period-reversed": Message(
        "结束日期 {end} 早于开始日期 {start}",
        "the period ends on {end}, before it starts on {start}",
        "改正其中一个日期",
        "correct one of the dates",
    ),
    "period-outside": Message(
        "这段有效期与文件的施行期没有一天重合",
        "this period shares no day with the one in which the pack is in force",
        "文件自 {start} 起施行\n文件施行到 {end} 为止",
        "the pack is in force from {start}\nthe pack is in force until {end}",
    ),
    "periods-overlap": Message(
        "两个期间只有一部分重合：{names}",
        "two periods overlap in part: {names}",
        "改正日期，让它们首尾相接，或一个整个在另一个之内",
        "correct the dates, so that one follows the other or lies inside it",
    ),
    "two-in-force": Message(
        "同一份文件有两个规则包在同一天施行：{packs}",
        "two packs of one document are in force on the same day: {packs}",
        "给旧的一个写上截止日期（in_force 的 to）",
        "give the earlier one an end (`to` under `in_force`)",
    ),
    "same-label": Message(
        "同一类里已有一项叫“{label}”",
        "another item of this section is already labelled `{label}`",
        "换一个名称：中文写法用它来指称这一项",
        "choose another label: in the Chinese spelling it is the item's name",
    ),
    "choice-without-choices": Message(
        "`{name}` 是选项，却没有列出可选值",
        "`{name}` is a choice and lists no choices",
        "加上 choices: {{标识: 名称, ...}}",
        "add choices: {{id: label, ...}}",
    ),
    "choices-of-another-type": Message(
        "`{name}` 的类型是{type}，不列可选值",
        "`{name}` is of type {type}, which lists no choices",
        "删去 choices，或写 type: choice",
        "delete `choices`, or write type: choice",
    ),
    "at-needs-region": Message(
        "`{name}` 不是地区的情况，不能写地区层级（at）",
        "`{name}` does not belong to a region, so it takes no `at`",
        "删去 at，或写 of: region",
        "delete `at`, or write of: region",
    ),
    "unit-of-another-type": Message(
        "{type}不用单位 `{unit}`",
        "a value of type {type} has no unit `{unit}`",
        "金额用 元、万元、亿元，计数用 人、家、件、项等，比率用 %，点数用 点；其他类型不写单位",
        "money takes 元, 万元 or 亿元, counts 人, 家, 件 or 项, ratios %, points 点; other types take none",
    ),
    "range-of-two": Message(
        "`{name}` 的范围要写两端",
        "the range of `{name}` takes both ends",
        "写成 [最小值, 最大值]，如 [0元, 100亿元]",
        "write [lowest, highest], such as [0元, 100亿元]",
    ),
    "range-of-no-number": Message(
        "`{name}` 的类型是{type}，没有范围",
        "`{name}` is of type {type}, which has no range",
        "删去 range",
        "delete `range`",
    ),
    "parameter-changes-type": Message(
        "参数 `{name}` 前后取值不是同一种数",
        "the values of the parameter `{name}` are not of one kind",
        "各个日期的取值用同一类单位；不同的数字另立参数",
        "give all its values the same kind of unit; another figure is another parameter",
    ),
    "dates-out-of-order": Message(
        "{day} 排在 {before} 之后，日期没有由早到晚",
        "{day} comes after {before}: the dates do not run forwards",
        "按日期由早到晚排列",
        "list them from the earliest to the latest",
    ),
    "parameter-too-late": Message(
        "参数 `{name}` 自 {first} 才有取值，而用到它的条款自 {start} 起就施行",
        "the parameter `{name}` has no value before {first}, and what uses it takes effect on {start}",
        "补上 {start} 起的取值；条款确实较晚生效时，给该项奖励写 in_force",
        "add its value from {start}; where the clause takes effect later, give the award its own `in_force`",
    ),
    "category-twice": Message(
        "`{name}` 已经在一个层次里了",
        "`{name}` already stands in a layer",
        "每个方面只放进一个层次",
        "put each category into one layer",
    ),
    "category-in-no-layer": Message(
        "有的方面不在任何层次里：{names}",
        "some categories stand in no layer: {names}",
        "放进其中一个层次；文件确实没有提到的可以不放",
        "put them into a layer, unless the document leaves them out",
        severity="warning",
    ),
    "unknown-class": Message(
        "上级规则包里没有分类 `{found}`",
        "no higher pack has a classification `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "unknown-class-to-list-by": Message(
        "本规则包不报告分类 `{found}`，不能按它分列",
        "this pack reports no classification `{found}` to break a report down by",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "unknown-coverage": Message(
        "本规则包没有覆盖 `{found}`",
        "this pack has no coverage `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "unknown-target": Message(
        "本规则包没有目标 `{found}`",
        "this pack has no target `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "unknown-statistic": Message(
        "没有名为 `{found}` 的地区统计数",
        "there is no statistic of a region called `{found}`",
        "最接近的是 `{nearest}`\n已有：{known}\n在 inputs 里声明：{{of: region, type: ..., label: ...}}",
        "the nearest is `{nearest}`\nthere are: {known}\ndeclare it under inputs: {{of: region, type: ..., label: ...}}",
    ),
    "source-missing": Message(
        "`{name}` 没有写出自哪一条",
        "`{name}` does not say which clause it comes from",
        "加上一行 source，如 source: 二(一)1",
        "add a line `source`, such as source: 二(一)1",
    ),
    "weighs-with-amount": Message(
        "“重要条件”只影响先后，没有金额",
        "what only weighs decides precedence and has no amount",
        "删去 amount，或写 bearing: required",
        "delete `amount`, or write bearing: required",
    ),
    "key-needs-another": Message(
        "写了 `{key}`，却没有写 `{needed}`",
        "`{key}` is written without `{needed}`",
        "加上 `{needed}`，或删去 `{key}`",
        "add `{needed}`, or delete `{key}`",
    ),
    "duty-without-time": Message(
        "`{name}` 没有写时限，也没有写频次",
        "`{name}` has neither a due day nor a frequency",
        "写上 due（如 {{monthly: 3}}）或 every（如 每月一次）；文件没有写的可以不写",
        "add `due`, such as {{monthly: 3}}, or `every`, unless the document gives none",
        severity="warning",
    ),
    "due-one-of": Message(
        "时限要写一种日子，而且只写一种",
        "a due day is of one kind, and only one",
        "写 date、monthly、quarterly、yearly 之一",
        "write one of date, monthly, quarterly, yearly",
    ),
    "due-day": Message(
        "没有第 {day} 日，这里是 1 到 {last}",
        "there is no day {day} here: it lies between 1 and {last}",
        "改正日子",
        "correct the day",
    ),
    "not-month-day": Message(
        "`{found}` 不是“月-日”",
        "`{found}` is not a month and a day",
        "写成 12-31 这样，月和日各两位",
        "write it like 12-31, with two digits each",
    ),
    "measure-one-of": Message(
        "一个指标只计算一样东西",
        "a measure measures one thing",
        "写这些之一：{known}",
        "write one of: {known}",
    ),
    "count-one-of": Message(
        "要数的是企业还是活动，写一种",
        "a count is of enterprises or of activities, one of the two",
        "写 enterprises 或 activities",
        "write `enterprises` or `activities`",
    ),
    "over-missing": Message(
        "没有写明对哪些企业计算",
        "nothing says over which enterprises this is taken",
        "加上 over: {{条件}}；全部企业写 over: all",
        "add over: {{condition}}; for every enterprise write over: all",
    ),
    "threshold-one-of": Message(
        "目标 `{name}` 要写一个目标值，而且只写一个",
        "the target `{name}` takes one threshold, and only one",
        "写 at_least、more_than、at_most、less_than、about、benchmark、is 之一",
        "write one of at_least, more_than, at_most, less_than, about, benchmark, is",
    ),
    "change-one-of": Message(
        "要与哪一年相比，写一种",
        "a change is from one year, either named or the one before",
        "写 year: 2018，或 previous: true",
        "write year: 2018, or previous: true",
    ),
    "deadline-missing": Message(
        "目标 `{name}` 没有写到什么时候",
        "the target `{name}` does not say by when",
        "写 by: 2020-12-31 或 each_year: true；也可在 periods 里写明 plan",
        "write by: 2020-12-31 or each_year: true, or name the period `plan` under periods",
    ),
    "deadline-too-early": Message(
        "目标 `{name}` 的期限 {by} 早于施行日 {start}",
        "the target `{name}` is due on {by}, before the pack takes effect on {start}",
        "改正其中一个日期",
        "correct one of the dates",
    ),
    "never-true": Message(
        "这个条件永远不会成立：没有这样的取值",
        "this condition can never hold: there is no such value",
        "检查数字、单位和比较词；取值范围见 `innovation-rules show`",
        "see whether figure, unit and test are right; `innovation-rules show` gives the range of each fact",
    ),
    "always-true": Message(
        "这个条件总是成立，不起作用",
        "this condition always holds, so it decides nothing",
        "大于零写 more_than: 0元；只要求已知写 is_known: true；确不需要就删去",
        "for more than nothing write more_than: 0元, for known at all is_known: true; otherwise delete it",
    ),
    "contradiction": Message(
        "这个条件与前面的条件不能同时成立",
        "this condition can't hold together with those before it",
        "改正其中一个；只需其一时，放进 any",
        "correct one of them; where either is enough, put them under `any`",
    ),
    "against-this": Message("与这里矛盾", "against this", severity="note"),
    "taken-here": Message("已由这一行取走", "taken by this row", severity="note"),
    "the-scope-here": Message("范围在这里", "the scope is here", severity="note"),
    "row-never-reached": Message(
        "这一行永远轮不到：能满足它的，前面的行都已取走",
        "this row can never be reached: whatever it would take, the rows above have taken",
        "把它移到前面，或改正条件",
        "move it up, or correct its condition",
    ),
    "never-covered": Message(
        "在范围之内的企业，没有一家能满足覆盖条件",
        "no enterprise in scope can ever be covered",
        "对照条文，检查 scope 和 covered_when",
        "hold `scope` and `covered_when` against the clause",
    ),
    "never-eligible": Message(
        "辖区之内没有一家企业能享受",
        "no enterprise of the jurisdiction can ever have this award",
        "检查条件里的行政区划和园区",
        "see whether the region and the zone in its condition are right",
    ),
    "property-says-nothing": Message(
        "性质 `{name}` 什么也没有断言",
        "the property `{name}` claims nothing",
        "写一项：assert（断言）、implies（蕴含）、never_both（不兼有）、monotone_in（单调）、invariant_under（不变）、"
        "within（限于）或 totality（必有结论）",
        "give it one of assert, implies, never_both, monotone_in, invariant_under, within, totality",
    ),
    "property-says-two": Message(
        "一项性质只说一件事，这里有 `{first}` 和 `{second}`",
        "a property says one thing; this one has `{first}` and `{second}`",
        "分成两项性质",
        "make two properties of it",
    ),
    "property-one-condition": Message(
        "不兼有至少要两个条件",
        "never_both needs at least two conditions",
        "写成列表：[{{award_a: eligible}}, {{award_b: eligible}}]",
        "write a list: [{{award_a: eligible}}, {{award_b: eligible}}]",
    ),
    "property-without-bounds": Message(
        "没有写界限",
        "there is no bound",
        "写 at_least（不低于）、more_than（超过）、at_most（不超过）或 less_than（低于）",
        "give it at_least, more_than, at_most or less_than",
    ),
    "property-no-amount": Message(
        "奖励 `{name}` 没有金额",
        "the award `{name}` has no amount",
        "换一项有金额的奖励，或一个数值事实",
        "name an award that has an amount, or a fact that is a number",
    ),
    "property-moves-nothing": Message(
        "没有写改变什么",
        "nothing is said to change",
        "写出要改变的事实，或活动的哪些情况",
        "name the facts that change, or what changes of an activity",
    ),
    "property-moves-derived": Message(
        "`{name}` 是推算出来的，不能直接改变",
        "`{name}` is worked out from others and cannot be changed itself",
        "写推算它所用的填报数字",
        "name the figures of the data that it is made from",
    ),
    "property-moves-region": Message(
        "`{name}` 说的是地区，不是企业能改变的",
        "`{name}` is of the region, not of the enterprise",
        "写企业自己的事实；地区的情况写进前提（assume）",
        "name facts of the enterprise; what is so of its region goes into assume",
    ),
    "property-moves-kind": Message(
        "换了 `{name}` 就是另一项活动，不是同一项活动的改变",
        "with another `{name}` it is another activity, not the same one changed",
        "写级别、状态、数量一类的情况；多一项活动写 one_more（增加）",
        "name its level, status, quantity and the like; for one activity more, write one_more",
    ),
    "property-no-order": Message(
        "`{name}` 的类型是{type}，没有高低",
        "`{name}` is of the type {type}: it has no higher and lower",
        "单调只说数额、级别、日期和是非；其他的用 invariant_under（不变）",
        "monotone_in is for numbers, levels, dates and yes/no; use invariant_under for others",
    ),
    "property-of-words": Message(
        "`{name}` 的结果是一个词，不能说失去或没有失去",
        "`{name}` gives a word, which cannot be lost or kept",
        "写成条件，说明不失去哪个结果：{{{name}: …}}",
        "write a condition that says which value is kept: {{{name}: …}}",
    ),
    "property-fails": Message(
        "性质“{property}”不成立",
        "the property `{property}` does not hold",
        "依据条款：{clause}\n企业：{who}\n结果：{outcome}\n判定依据：{reasons}\n改规则使它成立，或改这项性质",
        "by clause: {clause}\nenterprise: {who}\noutcome: {outcome}\ndecided by: {reasons}\n"
        "mend the rule so that it holds, or mend the property",
    ),
    "property-not-exercised": Message(
        "性质“{property}”没有用到：试过的 {tried} 户企业，没有一户符合它的前提",
        "the property `{property}` was not exercised: it spoke of none of the {tried} enterprises tried",
        "加一个符合前提的算例，或改宽前提",
        "add a worked case that meets its assumption, or widen the assumption",
    ),
    "properties-of-another-pack": Message(
        "文件审查的是规则包 `{found}`，不是 `{pack}`",
        "the file is about the pack `{found}`, not `{pack}`",
        "改 `pack`（规则包），或用它所说的规则包来运行",
        "change `pack`, or run it against the pack that it names",
    ),
    "unused": Message(
        "`{name}` 没有用到",
        "`{name}` is not used",
        "在条件里用上它，或删去",
        "use it in a condition, or delete it",
        severity="warning",
    ),
    "account-missing": Message(
        "规则包 {pack} 还没有条款清单",
        "the pack {pack} has no account of its document's clauses yet",
        "在 clauses 文件夹里建一个同名的文件，逐条写明由什么编码，或为什么不编码",
        "add a file of the same name under `clauses`, saying what encodes each clause, or why nothing does",
        severity="warning",
    ),
    "clause-missing": Message(
        "条款清单里没有 `{id}`（{locator}），条款总表里有这一条",
        "the account lacks the clause `{id}` ({locator}) of the inventory",
        "加上一行，写 encoded_by 或 not_encoded 及理由",
        "add its row, with encoded_by, or not_encoded and why",
    ),
    "clause-differs": Message(
        "`{id}` 的位置或种类与条款总表不符：总表写的是 {locator}、{kind}",
        "the locator or kind of `{id}` is not that of the inventory: {locator}, {kind}",
        "核对文件，改条款清单或总表（clauses/inventory.csv）",
        "look at the document, and correct the account or the inventory (clauses/inventory.csv)",
    ),
    "account-of-another-pack": Message(
        "这份条款清单写的是规则包 {found}，不是 {pack}",
        "this account is of the pack {found}, not of {pack}",
        "改正 pack 一行，或文件的名称",
        "correct the line `pack`, or the name of the file",
    ),
    "unknown-clause": Message(
        "规则包 {pack} 的条款清单里没有 `{found}` 这一条",
        "the account of clauses of the pack {pack} has no clause `{found}`",
        "最接近的是 `{nearest}`\n改正条款，或在条款清单（clauses/{pack}.yaml）里补上这一条",
        "the nearest is `{nearest}`\ncorrect the clause, or add it to the account (clauses/{pack}.yaml)",
    ),
    "unknown-inventory": Message(
        "`{name}` 的清单编号 `{found}` 不在条款清单里",
        "`{name}` names `{found}`, which the account of clauses lacks",
        "最接近的是 `{nearest}`\n改正编号，或在条款清单里补上",
        "the nearest is `{nearest}`\ncorrect the number, or add it to the account",
    ),
    "unknown-item": Message(
        "规则包里没有 `{found}`",
        "the pack has no `{found}`",
        "最接近的是 `{nearest}`\n写成“哪一部分.名称”，如 awards.研发奖励；上级规则包的写成 national:facts.名称",
        "the nearest is `{nearest}`\nwrite awards.name; what is inherited, national:facts.name",
    ),
    "same-clause-twice": Message(
        "编号 `{id}` 出现了两次",
        "the number `{id}` stands here twice",
        "合并两处，或改用不同的编号",
        "merge the two, or number them differently",
    ),
    "clause-not-accounted": Message(
        "`{id}` 要么写由什么编码，要么写为什么不编码，只写一种",
        "`{id}` says either what encodes it or why nothing does, one of the two",
        "写 encoded_by: [...]，或 not_encoded 和 because",
        "write encoded_by: [...], or `not_encoded` and `because`",
    ),
    "clause-without-reason": Message(
        "`{id}` 没有编码，也没有写理由",
        "`{id}` is not encoded, and no reason is given",
        "加上一行 because",
        "add a line `because`",
    ),
    "decided-here": Message("判定在这里", "decided here", severity="note"),
    "the-clause-here": Message("条款在这里", "the clause is here", severity="note"),
    "account-disagrees": Message(
        "`{item}` 写了清单编号 `{id}`，条款清单里这一条却没有指向它",
        "`{item}` names the clause `{id}`, whose account does not name it back",
        "在这一条的 encoded_by 里加上 `{item}`，或删去清单编号",
        "add `{item}` to its encoded_by, or delete the number from the item",
        severity="warning",
    ),
    "item-without-clause": Message(
        "条款清单里没有一条指向 `{name}`",
        "no clause of the account names `{name}`",
        "在它所依据的条款的 encoded_by 里加上它",
        "add it to the encoded_by of the clause that it rests on",
        severity="warning",
    ),
    # --- a lower document against the higher one that it carries out ----------------------------------------
    "higher-here": Message("上级的规定在这里", "the higher document has it here", severity="note"),
    "case-here": Message("算例在这里", "the case is here", severity="note"),
    "implements-unknown-coverage": Message(
        "上级 `{higher}` 没有覆盖 `{found}`",
        "the higher document `{higher}` has no coverage `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "implements-unknown-target": Message(
        "上级 `{higher}` 没有目标 `{found}`",
        "the higher document `{higher}` has no target `{found}`",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "implements-unknown-departure": Message(
        "上级 `{higher}` 没有名为 `{found}` 的覆盖或目标",
        "the higher document `{higher}` has no coverage or target `{found}` to depart from",
        "最接近的是 `{nearest}`\n可以写：{known}",
        "the nearest is `{nearest}`\nit can be: {known}",
    ),
    "implements-without-reason": Message(
        "与上级 `{higher}` 的 `{id}`（{higher_clause}）不同，没有写理由",
        "the departure from `{id}` ({higher_clause}) of `{higher}` has no reason",
        "写出依据的条款或原因：{{because: …}}",
        "write the clause or cause that it rests on: {{because: …}}",
    ),
    "implements-empty": Message(
        "落实上级 `{higher}`，却没有对应它的任何一项",
        "this document says that it carries out `{higher}`, yet none of its items is carried out here",
        "把上级的覆盖和目标对应到本级，上级 → 本级；上级有：{known}\n本级不落实它，就删去这一段",
        "map its coverages and targets to those of this pack, higher to lower; it has: {known}\n"
        "where nothing of it is carried out, delete the section",
    ),
    "implements-unmapped": Message(
        "上级 `{higher}` 的 {count} 项既没有对应，也没有说明不同：{names}",
        "{count} items of the higher document `{higher}` are neither mapped nor departed from: {names}",
        "逐项对应到本级的覆盖或目标，或在 departs 里写明为何不同",
        "map each to a coverage or target of this pack, or say under departs why this document differs",
    ),
    "implements-outside": Message(
        "本级的辖区 {within} 不在上级 `{higher}` 的辖区 {around} 之内",
        "the jurisdiction {within} does not lie in that of the higher document `{higher}`, {around}",
        "改正辖区，或删去这一段",
        "correct the jurisdiction, or delete the section",
    ),
    "implements-apart": Message(
        "本级与上级 `{higher}` 没有同时施行的日子，无从比较宽严",
        "this document and the higher one, `{higher}`, are never in force together, so nothing can be compared",
        "改正施行日期，或删去这一段",
        "correct the dates, or delete the section",
        "warning",
    ),
    "implements-untested": Message(
        "没有算例同时在两级的施行期和范围之内：本级 `{lower}`（{lower_clause}），上级 {higher} 的 `{id}`（{higher_clause}）",
        "no worked case is in both periods and both scopes: `{lower}` ({lower_clause}) here, `{id}` ({higher_clause}) of "
        "{higher}",
        "在任一级的算例里加上这样的企业，宽严才算比较过",
        "add such an enterprise to the cases of either pack, so that the two are compared at all",
        "warning",
    ),
    "implements-looser": Message(
        "算例“{case}”：本级 `{lower}`（{lower_clause}）判为已覆盖，上级 {higher} 的 `{id}`（{higher_clause}）判为未覆盖",
        "the case `{case}` is covered here by `{lower}` ({lower_clause}) and not covered by `{id}` ({higher_clause}) of {higher}",
        "本级：{lower_because}\n上级：{higher_because}\n还有 {more} 个算例也是这样\n收紧本级的条件，或在 departs 里写明为何不同",
        "here: {lower_because}\nthere: {higher_because}\nso are {more} more cases\n"
        "make the condition here as strict, or say under departs why this document differs",
    ),
    "implements-lower-threshold": Message(
        "本级目标 `{lower}`（{lower_clause}）为 {figure}，不及上级 {higher} 的 `{id}`（{higher_clause}）{by} 的 {wanted}",
        "the target `{lower}` ({lower_clause}) is {figure} and does not reach the {wanted} of `{id}` ({higher_clause}) of {higher} "
        "for {by}",
        "改正数字，或在 departs 里写明为何不同",
        "correct the figure, or say under departs why this document differs",
    ),
    "implements-later": Message(
        "本级目标 `{lower}`（{lower_clause}）到 {due} 才达到，晚于上级 {higher} 的 `{id}`（{higher_clause}）的 {by}",
        "the target `{lower}` ({lower_clause}) is due {due}, later than `{id}` ({higher_clause}) of {higher}, due {by}",
        "改正日期，或在 departs 里写明为何不同",
        "correct the date, or say under departs why this document differs",
    ),
    "implements-only-aspires": Message(
        "本级目标 `{lower}`（{lower_clause}）是力争，上级 {higher} 的 `{id}`（{higher_clause}）是约束性的",
        "the target `{lower}` ({lower_clause}) is aspirational, `{id}` ({higher_clause}) of {higher} is firm",
        "改为约束性，或在 departs 里写明为何不同",
        "make it firm, or say under departs why this document differs",
    ),
    "implements-not-comparable": Message(
        "本级目标 `{lower}`（{lower_clause}）与上级 {higher} 的 `{id}`（{higher_clause}）量的不是同一种数，无从比较",
        "the target `{lower}` ({lower_clause}) and `{id}` ({higher_clause}) of {higher} measure different things",
        "改为对应量同一种数的目标，或在 departs 里写明为何不同",
        "map a target that measures the same, or say under departs why this document differs",
        "warning",
    ),
    "implements-departure": Message(
        "与上级 {higher} 的 `{id}`（{higher_clause}）有意不同，{count} 个算例看得出本级较宽，如“{case}”",
        "the departure from `{id}` ({higher_clause}) of {higher} shows in the worked cases: `{case}` is covered here and "
        "not there (cases of this sort: {count})",
        "本级：{lower_because}\n上级：{higher_because}\n写明的理由：{because}",
        "here: {lower_because}\nthere: {higher_because}\nthe reason given: {because}",
        "note",
    ),
    # --- worked cases ---------------------------------------------------------------------------------------
    "case-differs": Message(
        "算例“{case}”（{clause}）：{what} 应为 {expected}，判定为 {got}",
        "the case `{case}` ({clause}) expects {expected} for {what}, and the decision is {got}",
        "{reasons}\n对照条款，改正规则或算例",
        "{reasons}\nhold both against the clause, and correct the rule or the case",
    ),
    "case-unknown-name": Message(
        "规则包的 {section} 里没有 `{found}`",
        "the pack has no `{found}` among its {section}",
        "最接近的是 `{nearest}`\n已有：{known}",
        "the nearest is `{nearest}`\nthere are: {known}",
    ),
    "cases-of-another-pack": Message(
        "这份算例写的是规则包 {found}，不是 {pack}",
        "these cases are of the pack {found}, not of {pack}",
        "改正 pack 一行，或文件的名称",
        "correct the line `pack`, or the name of the file",
    ),
    "same-case-twice": Message(
        "有两个算例都叫“{name}”",
        "two cases are called `{name}`",
        "改掉其中一个的名称",
        "give one of them another name",
    ),
    "unknown-like": Message(
        "起点企业（enterprises）里没有 `{found}`",
        "there is no `{found}` under enterprises",
        "最接近的是 `{nearest}`\n已有：{known}",
        "the nearest is `{nearest}`\nthere are: {known}",
    ),
    "like-circle": Message(
        "`{found}` 绕回了自己",
        "`{found}` leads back to itself",
        "让其中一个写明自己的数据",
        "let one of them state its own data",
    ),
    # --- values of data and of packs: quantities, fields, enterprise --------------------------------------
    "float-refused": Message(
        "`{value}` 是浮点数，不精确",
        "`{value}` is a float, which isn't exact",
        "改用 Decimal、整数，或带单位的文字，例如 `1200万元`",
        "use a Decimal, an integer, or text with its unit, such as `1200万元`",
    ),
    "not-finite": Message(
        "`{value}` 不是一个数",
        "`{value}` isn't a number",
        "不知道的值就不写这一项，或写 null",
        "leave out what isn't known, or write null",
    ),
    "boolean-not-number": Message(
        "这里要一个数，不是 `{value}`",
        "this takes a number, not `{value}`",
        "写出数来，例如 1；不知道就写 null",
        "write the number, such as 1; write null if it isn't known",
    ),
    "unit-missing": Message(
        "文字 `{value}` 没有单位",
        "the text `{value}` has no unit",
        "在后面加上单位，例如 `{unit}`",
        "put the unit after it, such as `{unit}`",
    ),
    "bare-number": Message(
        "`{value}` 没有单位",
        "`{value}` has no unit",
        "在后面加上单位，例如 万元、%、人、家、年、点",
        "put its unit after it, such as 万元, %, 人, 家, 年 or 点",
    ),
    "bare-percent": Message(
        "`{value}` 没有百分号",
        "`{value}` has no percent sign",
        "在后面加上 `%`；全部是 `100%`",
        "put `%` after it; the whole is `100%`",
    ),
    "percent-in-words": Message(
        "`{value}` 的百分数不是用 `%` 写的",
        "`{value}` doesn't write its percentage with `%`",
        "写成 `2.5%` 这样；两个比率之差写成 `2个百分点`",
        "write it like `2.5%`; a difference of two ratios is written like `2个百分点`",
    ),
    "unknown-unit": Message(
        "没有 `{unit}` 这个单位（`{value}`）",
        "there is no unit `{unit}` (in `{value}`)",
        "最接近的是 `{nearest}`\n可以用：{units}",
        "the nearest is `{nearest}`\nthere are: {units}",
    ),
    "fen-not-a-unit": Message(
        "`{unit}` 不能作单位（`{value}`）",
        "`{unit}` can't be a unit (in `{value}`)",
        "分数用 `点`；金额用 元、千元、万元、百万元、亿元，例如 `0.01元`",
        "scores use `点`; money uses 元, 千元, 万元, 百万元 or 亿元, such as `0.01元`",
    ),
    "wrong-unit": Message(
        "`{value}` 的单位 `{unit}` 不合这里的{type}",
        "the unit `{unit}` of `{value}` doesn't fit here, where the type is {type}",
        "可以用：{units}",
        "there are: {units}",
    ),
    "wrong-type": Message(
        "这里要{type}，`{value}` 是{given}",
        "this takes {type}, and `{value}` is {given}",
        "换成{type}",
        "give a value of the type {type}",
    ),
    "wrong-value": Message(
        "这里要{type}，不是 `{value}`",
        "this takes {type}, not `{value}`",
        "例如 `{example}`",
        "for example `{example}`",
    ),
    "full-width": Message(
        "`{value}` 里有全角字符",
        "`{value}` has full-width characters",
        "改成半角：`{suggestion}`",
        "write them in half width: `{suggestion}`",
    ),
    "number-in-words": Message(
        "`{value}` 是用汉字写的数",
        "`{value}` writes its number in Chinese characters",
        "用阿拉伯数字，例如 `1200万元`",
        "use digits, such as `1200万元`",
    ),
    "thousands-separator": Message(
        "`{value}` 里有千分位逗号",
        "`{value}` has thousands separators",
        "去掉逗号：`{suggestion}`",
        "leave the commas out: `{suggestion}`",
    ),
    "not-a-number": Message(
        "`{value}` 读不成一个数",
        "`{value}` can't be read as a number",
        "写成数字加单位，例如 `{example}`",
        "write digits and a unit, such as `{example}`",
    ),
    "number-too-long": Message(
        "这个数超过 {limit} 个字符：`{value}`",
        "the number is longer than {limit} characters: `{value}`",
        "检查是否多写了数位",
        "see whether it has digits too many",
    ),
    "exponent-too-large": Message(
        "`{value}` 的指数超过 {limit}",
        "the exponent of `{value}` is beyond {limit}",
        "把数完整写出来，例如 `1200万元`",
        "write the number out, such as `1200万元`",
    ),
    "too-many-decimals": Message(
        "`{value}` 的小数位太多，不能准确保存",
        "`{value}` has more decimals than can be kept exactly",
        "金额到分，数量和点数到两位小数，比率到 0.0001%，计数是整数",
        "money goes to 0.01元, numbers and points to two decimals, ratios to 0.0001%, and counts are whole",
    ),
    "out-of-range": Message(
        "`{value}` 超出范围：应在 {low} 和 {high} 之间",
        "`{value}` is out of range: it lies between {low} and {high}",
        "检查单位和数位",
        "see whether the unit and the digits are right",
    ),
    "not-a-duration": Message(
        "`{value}` 不是一段时间",
        "`{value}` isn't a length of time",
        "写成 `3年`、`18个月` 或 `5日`",
        "write it like `3年`, `18个月` or `5日`",
    ),
    "not-yes-no": Message(
        "这里只能写 true 或 false，不是 `{value}`",
        "this takes true or false, not `{value}`",
        "是写 true，否写 false，不知道写 null",
        "write true for yes, false for no, null if it isn't known",
    ),
    "date-form": Message(
        "`{value}` 不是“年-月-日”形式的日期",
        "`{value}` isn't a date in the form YYYY-MM-DD",
        "写成 `2020-06-01` 这样，月和日各两位",
        "write it like `2020-06-01`, month and day with two digits each",
    ),
    "no-such-date": Message(
        "没有 `{value}` 这一天",
        "there is no day `{value}`",
        "检查月份和日子",
        "see whether the month and the day are right",
    ),
    "year-form": Message(
        "`{value}` 不是年份",
        "`{value}` isn't a year",
        "写成四位数字，例如 `2020`",
        "write four digits, such as `2020`",
    ),
    "unknown-choice": Message(
        "没有 `{value}` 这个选项",
        "there is no choice `{value}`",
        "最接近的是 `{nearest}`\n可以写：{choices}",
        "the nearest is `{nearest}`\nthere are: {choices}",
    ),
    "not-text": Message(
        "这里要文字，不是 `{value}`",
        "this takes text, not `{value}`",
        "用引号写成一段文字",
        "write it as text, in quotation marks",
    ),
    "text-not-number": Message(
        "这里要文字，`{value}` 是数",
        "this takes text, and `{value}` is a number",
        '加上引号：`"{value}"`',
        'put it in quotation marks: `"{value}"`',
    ),
    "not-a-value": Message(
        "这里要单独一个值，不是 `{value}`",
        "this takes one value, not `{value}`",
        "写成 true、整数、小数或文字；认定的结果写成 `{{value: …, found_on: …, found_by: …}}`",
        "write true, an integer, a decimal or text; a finding is `{{value: ..., found_on: ..., found_by: ...}}`",
    ),
    "empty-text": Message(
        "这段文字是空的",
        "the text is empty",
        "写出内容；不知道就不写这一项，或写 null",
        "write the content; leave out what isn't known, or write null",
    ),
    "field-too-long": Message(
        "这段文字超过 {limit} 个字符：`{value}`",
        "the text is longer than {limit} characters: `{value}`",
        "缩短它",
        "shorten it",
    ),
    "control-in-text": Message(
        "文字里有看不见的控制字符 {character}：`{value}`",
        "the text has an invisible control character, {character}: `{value}`",
        "删去这个字符",
        "delete the character",
    ),
    # --- codes --------------------------------------------------------------------------------------------
    "code-is-number": Message(
        "代码 `{value}` 写成了数，不是文字",
        "the code `{value}` is written as a number, not as text",
        '从原始资料取完整的代码，加引号写成文字，例如 `"{example}"`；表格里先把这一列设为文本',
        'take the whole code from its source and quote it, such as `"{example}"`; a spreadsheet needs a text column',
    ),
    "code-lost-zero": Message(
        "代码 `{value}` 丢了开头的零",
        "the code `{value}` has lost its leading zero",
        '加引号写成文字：`"{suggestion}"`',
        'quote it as text: `"{suggestion}"`',
    ),
    "no-such-region": Message(
        "行政区划代码表里没有 `{value}`",
        "the table of region codes (GB/T 2260) has no `{value}`",
        "检查六位数字：省、市、县各两位",
        "check the six digits: two for the province, two for the city, two for the county",
    ),
    "region-form": Message(
        "`{value}` 不是行政区划代码",
        "`{value}` isn't a region code (GB/T 2260)",
        '写成六位数字的文字，例如 `"140000"`',
        'write six digits as text, such as `"140000"`',
    ),
    "industry-form": Message(
        "`{value}` 不是行业代码",
        "`{value}` isn't an industry code (GB/T 4754)",
        '写成二到四位数字的文字，可以带门类字母，例如 `"0610"`、`"C3110"`',
        'write two to four digits as text, with or without the section letter, such as `"0610"` or `"C3110"`',
    ),
    "no-such-industry": Message(
        "行业代码 `{value}` 的大类 {division} 不存在",
        "the industry code `{value}` names a division that doesn't exist, {division}",
        "大类是 01 到 97",
        "divisions run from 01 to 97",
    ),
    "industry-section": Message(
        "行业代码 `{value}` 的门类字母不对：大类 {division} 属于 {section}",
        "the section letter of `{value}` is wrong: division {division} belongs to {section}",
        "改成 `{section}{digits}`，或去掉字母",
        "write `{section}{digits}`, or leave the letter out",
    ),
    "uscc-lower-case": Message(
        "统一社会信用代码 `{value}` 里有小写字母",
        "the unified social credit code `{value}` has lower-case letters",
        "对照营业执照后写成 `{suggestion}`",
        "compare it with the business licence and write `{suggestion}`",
    ),
    "uscc-space": Message(
        "统一社会信用代码 `{value}` 里有空格",
        "the unified social credit code `{value}` has spaces",
        "对照营业执照后写成 `{suggestion}`",
        "compare it with the business licence and write `{suggestion}`",
    ),
    "uscc-hyphen": Message(
        "统一社会信用代码 `{value}` 里有连字符",
        "the unified social credit code `{value}` has hyphens",
        "对照营业执照后写成 `{suggestion}`",
        "compare it with the business licence and write `{suggestion}`",
    ),
    "uscc-full-width": Message(
        "统一社会信用代码 `{value}` 里有全角字符",
        "the unified social credit code `{value}` has full-width characters",
        "对照营业执照后写成 `{suggestion}`",
        "compare it with the business licence and write `{suggestion}`",
    ),
    "uscc-organisation-code": Message(
        "`{value}` 是九位的组织机构代码，不是统一社会信用代码",
        "`{value}` is a 9-character organisation code, not a unified social credit code",
        "从营业执照上取十八位的代码；旧代码是它的第9至17位",
        "take the 18 characters from the business licence; the old code is characters 9 to 17 of them",
    ),
    "uscc-length": Message(
        "统一社会信用代码 `{value}` 有 {length} 位，应当是 18 位",
        "the unified social credit code `{value}` has {length} characters and should have 18",
        "对照营业执照补全或改正",
        "complete or correct it from the business licence",
    ),
    "uscc-character": Message(
        "统一社会信用代码 `{value}` 里不能有 `{character}`",
        "the unified social credit code `{value}` can't hold `{character}` there",
        "前八位是数字，后十位不用 I、O、Z、S、V；多半是把 0 写成 O、1 写成 I、2 写成 Z、5 写成 S",
        "the first eight are digits, the other ten never I, O, Z, S or V; O is often a 0, I a 1, Z a 2, S a 5",
    ),
    "uscc-check-digit": Message(
        "统一社会信用代码 `{value}` 的校验位不对",
        "the check digit of the unified social credit code `{value}` is wrong",
        "某一位写错了，对照营业执照改正（前17位若都对，末位应为 `{expected}`）",
        "compare it with the business licence (if the first 17 characters are right, the last is `{expected}`)",
    ),
    # --- figures and dates that contradict each other -----------------------------------------------------
    "ended-before-started": Message(
        "结束日期 {ended} 早于开始日期 {started}",
        "it ended on {ended}, before it started on {started}",
        "改正其中一个日期；还在进行的写 `ongoing`",
        "correct one of the dates; write `ongoing` if it still goes on",
    ),
    "expired-before-granted": Message(
        "有效期至 {expires}，早于认定日期 {granted}",
        "it expired on {expires}, before it was granted on {granted}",
        "改正其中一个日期；长期有效的写 `never`",
        "correct one of the dates; write `never` if it doesn't expire",
    ),
    "qualification-status": Message(
        "资质的状态不能是“{value}”",
        "the status of a qualification can't be `{value}`",
        "可以写：{choices}",
        "there are: {choices}",
    ),
    "parts-exceed-whole": Message(
        "{parts} 合计 {sum}，超过 {whole} 的 {total}",
        "{parts} come to {sum}, more than the {total} of {whole}",
        "检查单位（千元、万元）和各项数字",
        "check the units (千元, 万元) and each figure",
    ),
    "parts-differ-from-whole": Message(
        "{parts} 合计 {sum}，与 {whole} 的 {total} 不符",
        "{parts} come to {sum}, and {whole} is {total}",
        "检查单位（千元、万元）和各项数字；不知道的项不要写成 0",
        "check the units (千元, 万元) and each figure; a part that isn't known is left out, not 0",
    ),
    # --- records: intake ----------------------------------------------------------------------------------
    "missing-field": Message(
        "缺少这一项",
        "the field is missing",
        "加上 `{name}`",
        "add `{name}`",
    ),
    "unknown-field": Message(
        "没有 `{name}` 这一项",
        "there is no field `{name}`",
        "最接近的是 `{nearest}`\n规则包自己要的数据写在“补充信息”（inputs）里",
        "the nearest is `{nearest}`\nwhat a pack asks for by itself goes under `inputs`",
    ),
    "same-field-twice": Message(
        "`{name}` 和 `{other}` 是同一项，写了两次",
        "`{name}` and `{other}` are the same field, given twice",
        "留下一个",
        "keep one of them",
    ),
    "same-key-twice": Message(
        "`{name}` 写了两次",
        "`{name}` is given twice",
        "留下一个",
        "keep one of them",
    ),
    "field-shape": Message(
        "这里要{expected}，不是 `{value}`",
        "this takes {expected}, not `{value}`",
        "例如 {example}",
        "for example {example}",
    ),
    "too-many-items": Message(
        "这里最多 {limit} 项",
        "this takes at most {limit} items",
        "检查是否重复列出",
        "see whether they are listed more than once",
    ),
    "not-a-record": Message(
        "一条记录是一组“名称: 值”，不是 `{value}`",
        "a record is a mapping of fields, not `{value}`",
        '例如 `{{"uscc": "…", "name": "…"}}`',
        'for example `{{"uscc": "...", "name": "..."}}`',
    ),
    "bad-json": Message(
        "第 {line} 行第 {column} 个字符起不是 JSON",
        "from line {line}, character {column}, this isn't JSON",
        "检查引号、逗号和括号是否成对；键和文字用双引号",
        "see whether quotation marks, commas and brackets match; keys and texts take double quotes",
    ),
    "json-too-deep": Message(
        "括号嵌套太深",
        "the brackets are nested too deep",
        "检查括号是否成对",
        "see whether the brackets match",
    ),
    "record-too-long": Message(
        "这条记录超过 {limit} 字节",
        "the record is longer than {limit} bytes",
        "检查是否少了换行：JSON Lines 一行一条",
        "see whether a line break is missing: JSON Lines has one record a line",
    ),
    "header-not-first": Message(
        "表头不在第一行",
        "the header isn't the first line",
        "把 `ongoing_as_of` 写在文件的第一行",
        "put `ongoing_as_of` on the first line of the file",
    ),
    "same-enterprise-twice": Message(
        "`{value}` 在第 {first} 条记录已经有了",
        "`{value}` is already in record {first}",
        "合并两条记录，或改正代码",
        "merge the two records, or correct the code",
    ),
    # --- tables -------------------------------------------------------------------------------------------
    "table-missing": Message(
        "没有{table}表",
        "there is no table of {table}",
        "文件夹里要有 enterprises.parquet 或 enterprises.csv；数据库里要有名为 enterprises 的表",
        "a folder needs enterprises.parquet or enterprises.csv, a database a table called enterprises",
    ),
    "no-snapshot": Message(
        "{file} 不是快照",
        "{file} holds no snapshot",
        "快照由 decide --snapshot 从数据表建立",
        "a snapshot is made of tables by `decide --snapshot`",
    ),
    "folder-not-empty": Message(
        "文件夹 `{file}` 不是空的",
        "the folder `{file}` is not empty",
        "换一个空的或尚不存在的文件夹",
        "name a folder that is empty or not there yet",
    ),
    "table-absent": Message(
        "没有 {table} 表：其中的内容对所有企业都是未知",
        "there is no table `{table}`: what it would hold is unknown for all enterprises",
        severity="note",
    ),
    "table-two-files": Message(
        "{table} 表有不止一个文件：{files}",
        "the table {table} has more than one file: {files}",
        "只留一个",
        "keep one of them",
    ),
    "table-source": Message(
        "读不了 `{file}`：{reason}",
        "can't read `{file}`: {reason}",
        "可用：放着 Parquet 或 CSV 的文件夹，.duckdb、.sqlite、.db 文件，postgresql:// 地址",
        "a folder of Parquet or CSV, a .duckdb, .sqlite or .db file, or a postgresql:// address",
    ),
    "table-line-cells": Message(
        "`{file}` 第 {line} 行有 {found} 格，表头有 {columns} 列",
        "line {line} of `{file}` has {found} cells where the head has {columns} columns",
        "补齐或删去格子；格子里的逗号、换行要放在双引号里",
        "add or drop cells; a comma or the end of a line within a cell needs quotes around the cell",
    ),
    "table-no-psql": Message(
        "读 PostgreSQL 要用 psql，没有找到",
        "PostgreSQL is read by psql, which was not found",
        "安装 PostgreSQL 的客户端，或把表导出为 CSV",
        "install the PostgreSQL client, or export the tables as CSV",
    ),
    "table-key-missing": Message(
        "{table} 表没有必需的列 `{column}`",
        "the table {table} has no column `{column}`, which it needs",
        "各表的列见 docs/data-dictionary.md",
        "docs/data-dictionary.md lists the columns of each table",
    ),
    "table-column-twice": Message(
        "{table} 表里 `{name}` 和 `{other}` 是同一列",
        "in the table {table}, `{name}` and `{other}` are the same column",
        "只留一列",
        "keep one of them",
    ),
    "table-column-unknown": Message(
        "{table} 表的列 `{column}` 没有人认识",
        "nobody knows the column `{column}` of the table {table}",
        "最接近的是 `{nearest}`\n列名写错，数据就会当作没有；确实多余的列，删去或加 --allow-unknown",
        "the nearest is `{nearest}`\na misspelt column would pass for an absent one; drop it, or use --allow-unknown",
    ),
    "table-column-ignored": Message(
        "{table} 表的列 `{column}` 这个规则包不认识，没有用到",
        "the column `{column}` of the table {table} is not known to this pack, and was not used",
        severity="note",
    ),
    "table-columns-absent": Message(
        "{table} 表没有这些列，对所有企业都是未知：{columns}",
        "the table {table} lacks these columns, which are unknown for all enterprises: {columns}",
        severity="note",
    ),
    "table-column-mixed": Message(
        "列 `{column}` 里混有不同类型的值：{kinds}",
        "the column `{column}` holds values of different types: {kinds}",
        "一列只用一种类型",
        "use one type in a column",
    ),
    "table-cell": Message(
        "`{value}` 读不出来",
        "`{value}` can't be read",
        "各列的写法见 docs/data-dictionary.md",
        "docs/data-dictionary.md says how each column is written",
    ),
    "table-enterprise-twice": Message(
        "`{value}` 在企业表里不止一行",
        "`{value}` has more than one row in the table of enterprises",
        "合并成一行，或改正代码",
        "merge the rows, or correct the code",
    ),
    "table-no-enterprise": Message(
        "企业表里没有 `{value}`",
        "`{value}` is not in the table of enterprises",
        "写统一社会信用代码，18 位",
        "give the credit code, all 18 characters",
    ),
    "table-report-twice": Message(
        "一家企业同一年有不止一份年度报告",
        "an enterprise has more than one report of the same year",
        "每家企业每年留一行",
        "keep one row for each enterprise and year",
    ),
    "table-orphan": Message(
        "企业表里没有这一行所属的企业",
        "the enterprise of this row is not in the table of enterprises",
        "补上企业，或改正代码",
        "add the enterprise, or correct the code",
    ),
    # --- ledgers of events --------------------------------------------------------------------------------
    "event-twice": Message(
        "事件编号 `{id}` 在第 {first} 条已经用过",
        "the event `{id}` is already in record {first}",
        "每个事件用自己的编号；要更正，另记一个事件，写 `replaces: {id}`",
        "give each event an id of its own; a correction is a new event with `replaces: {id}`",
    ),
    "event-lacks": Message(
        "“{kind}”事件缺少 `{key}`",
        "a `{kind}` event lacks `{key}`",
        "加上 `{key}`",
        "add `{key}`",
    ),
    "event-key-unused": Message(
        "“{kind}”事件不用 `{key}`",
        "a `{kind}` event has no use for `{key}`",
        "删去它，或改用另一种事件",
        "delete it, or make it another kind of event",
    ),
    "event-absent": Message(
        "台账里没有事件 `{id}`",
        "the ledger has no event `{id}`",
        "最接近的是 `{nearest}`\n核对编号；被指的事件要在同一份台账里",
        "the nearest is `{nearest}`\ncheck the id; the event has to be in the same ledger",
    ),
    "event-of-another": Message(
        "事件 `{id}` 是另一家企业的",
        "the event `{id}` is another enterprise's",
        "核对编号和统一社会信用代码",
        "check the id and the credit code",
    ),
    "event-circle": Message(
        "更正或撤销绕回了自己：`{id}`",
        "corrections or withdrawals come back to themselves: `{id}`",
        "更正和撤销只能指较早记下的事件",
        "let corrections and withdrawals name events that were recorded before them",
    ),
    "recorded-before-target": Message(
        "登记日期早于所指的事件 `{id}`（{day} 才登记）",
        "it was recorded before the event `{id}`, which was recorded on {day}",
        "更正和撤销在所指事件之后登记；核对登记日期",
        "a correction or withdrawal is recorded later than its event; check the date",
    ),
    "correction-of-other-kind": Message(
        "所更正的 `{id}` 是“{kind}”事件，种类不同",
        "it corrects `{id}`, which is a `{kind}` event and not of its kind",
        "同种事件才能更正；否则先撤销 `{id}`，再记新的事件",
        "a correction is of the same kind; else withdraw `{id}` and record a new event",
    ),
    "corrected-twice": Message(
        "事件 `{id}` 已由 `{first}` 更正或撤销",
        "the event `{id}` was already corrected or withdrawn by `{first}`",
        "改为更正或撤销 `{first}`",
        "correct or withdraw `{first}` instead",
    ),
    "no-opening": Message(
        "企业 {uscc} 没有“摸底”事件，台账没有开始",
        "the enterprise {uscc} has no `surveyed` event, so its ledger never opens",
        "先记一个“摸底”（surveyed）事件，写明调查了哪些方面：没有发生的事才不算未知",
        "record a `surveyed` event first, with what was surveyed, so that what has not happened is not unknown",
    ),
    "opened-twice": Message(
        "企业 {uscc} 已有“摸底”事件",
        "the enterprise {uscc} has a `surveyed` event already",
        "后来查明的用“登记”（stated）；第一次摸底有错，用 `replaces` 更正",
        "what was found later is `stated`; where the first survey was wrong, correct it with `replaces`",
    ),
    "event-before-opening": Message(
        "生效日期早于台账开始的 {day}（事件 `{first}`）",
        "it takes effect before the ledger opens on {day} (event `{first}`)",
        "把摸底日期提前，或把生效日期写成摸底那天；活动自己的开始日期可以更早",
        "open the ledger earlier, or let it take effect on that day; the activity's own start may be earlier",
    ),
    "same-day-clash": Message(
        "与同一天（{day}）生效的事件 `{id}` 给 `{path}` 写了不同的值",
        "it gives `{path}` another value than the event `{id}` of the same day, {day}",
        "同一天的事件不分先后；留下一个，或改正日期",
        "events of one day have no order; keep one of them, or correct the day",
    ),
    "change-of-no-item": Message(
        "所指的 `{id}` 是“{kind}”事件，没有活动或资质可变更",
        "`{id}` is a `{kind}` event and brought no activity or qualification to change",
        "`of` 写记下那项活动或资质的事件",
        "let `of` name the event that brought the activity or qualification",
    ),
    "change-before-item": Message(
        "变更早于事件 `{id}` 的生效日期 {day}",
        "the change takes effect before the event `{id}` does, on {day}",
        "核对生效日期",
        "check the dates",
    ),
    "change-of-kind": Message(
        "变更不能把 `{id}` 的活动或资质改成另一种",
        "a change can't make the item of `{id}` one of another kind",
        "种类记错了，用 `replaces: {id}` 更正",
        "where the kind was wrong, correct it with `replaces: {id}`",
    ),
    "withdrawal-from-a-day": Message(
        "撤销是当作没有发生过，从 `{id}` 生效的 {day} 起，不能另写生效日期",
        "a withdrawal strikes the event out from the start ({day}, as `{id}`) and takes no other day",
        "删去 effective；活动到某天为止，用“变更”（changed）写 ended 或 status",
        "delete `effective`; where an activity ends on a day, use `changed` with `ended` or `status`",
    ),
    "item-in-opening": Message(
        "{name}各记一个事件，不写在这里",
        "the enterprise's `{name}` are events of their own and do not stand here",
        "写 `{name}: []` 表示调查过、没有；已有的每项记一个事件，与摸底同日生效",
        "write `{name}: []` for surveyed and none; record one event for each, from the same day on",
    ),
    "survey-restated": Message(
        "“登记”事件不写活动清单",
        "a `stated` event has no list of activities",
        "后来调查了的方面，写 `unsurveyed` 里还剩哪些",
        "where more was surveyed, say in `unsurveyed` what is left",
    ),
    "ongoing-in-ledger": Message(
        "事件台账不写持续截至日期",
        "a ledger of events has no `ongoing_as_of`",
        "删去它：没有结束日期的活动，在台账里一直持续到记下结束为止",
        "delete it: in a ledger, an activity goes on until an event ends it",
    ),
    "qualifications-not-surveyed": Message(
        "资质还没有调查，不能只记其中一项",
        "qualifications were not surveyed, so that one alone can't be recorded",
        "在摸底或当日的“登记”里写 `qualifications: []`",
        "write `qualifications: []` in the opening, or in a `stated` event by that day",
    ),
    "ledger-engines-differ": Message(
        "引擎 `{engine}` 与 `{other}` 对 {name} 在 {day} 的 `{key}` 结论不同：{left} 与 {right}",
        "the engines `{engine}` and `{other}` differ on {name}, {day}, `{key}`: {left} and {right}",
        "这是本库的缺陷；结果一概不用，请把台账和规则包交给本库的维护者",
        "it is a fault of the library; use none of the results, and hand ledger and pack to its maintainers",
    ),
    # --- goals of advice ----------------------------------------------------------------------------------
    "goal-form": Message(
        "`{goal}` 不是目标的写法",
        "`{goal}` isn't how a goal is written",
        "写成 `已覆盖`、`覆盖:名称`、`奖励:名称` 或 `分类:名称=值`",
        "write `covered`, `covered:<id>`, `award:<id>` or `class:<id>=<value>`",
    ),
    "goal-unknown": Message(
        "规则包里没有 `{name}` 可作目标，或者不止一个",
        "the pack has no `{name}` to aim at, or more than one",
        "最接近的是 `{nearest}`\n有这些：{known}",
        "the nearest is `{nearest}`\nthere are: {known}",
    ),
    "goal-no-coverage": Message(
        "规则包 `{pack}` 没有覆盖要求",
        "the pack `{pack}` has no coverage",
        "改用 `奖励:名称` 或 `分类:名称=值`",
        "aim at `award:<id>` or `class:<id>=<value>` instead",
    ),
    # --- engines and records ------------------------------------------------------------------------------
    "unknown-engine": Message(
        "没有名为 `{engine}` 的引擎",
        "there is no engine `{engine}`",
        "最接近的是 `{nearest}`\n可用的名称：{engines}",
        "the nearest is `{nearest}`\nthe names are: {engines}",
    ),
    "bulk-overflow": Message(
        "成批引擎放不下这样大的数：可达 {what}",
        "the bulk engine has no column for a number as large as {what}",
        "在规则包里写出这些填报项的范围（range），或用默认引擎逐户判定",
        "give the inputs a range in the pack, or decide one by one with the default engine",
    ),
    "sql-name-long": Message(
        "{dialect} 的列名放不下 `{name}`",
        "{dialect} has no room for the column name `{name}`",
        "改短规则包里的名称，或改用 duckdb、spark",
        "shorten the name in the pack, or take duckdb or spark",
    ),
    "engine-absent": Message(
        "引擎 `{engine}` 没有安装（{reason}）",
        "the engine `{engine}` isn't installed ({reason})",
        "安装附加组件 `innovation-rules[{extra}]`；结果与默认引擎相同，可以先用默认引擎",
        "install the extra `innovation-rules[{extra}]`; the default engine gives the same results without it",
    ),
    "engine-stopped": Message(
        "引擎 `{engine}` 的进程中途结束（{how}），这一判定没有结果",
        "the process of the engine `{engine}` ended while it was at work ({how}): there is no decision here",
        "其余判定由新的进程继续；默认引擎不受影响",
        "the other decisions go on in a fresh process; the default engine is not concerned",
    ),
    "engine-silent": Message(
        "引擎 `{engine}` 在 {seconds} 秒内没有回答，已经结束它的进程，这一判定没有结果",
        "the engine `{engine}` gave no answer within {seconds} s and its process was ended: there is no decision here",
        "其余判定由新的进程继续；默认引擎不受影响",
        "the other decisions go on in a fresh process; the default engine is not concerned",
    ),
    "engine-confused": Message(
        "引擎 `{engine}` 的回答不能采信（{said}），这一判定没有结果",
        "an answer of the engine `{engine}` can't be relied on ({said}): there is no decision here",
        "其余判定由新的进程继续；默认引擎不受影响",
        "the other decisions go on in a fresh process; the default engine is not concerned",
    ),
    "engines-differ": Message(
        "两个引擎不一致：{label}（{where}），{engine} 得 {result}，{second} 得 {other}",
        "the engines differ: {label} ({where}): {engine} says {result}, {second} says {other}",
        "这一判定不作数；请报告这个规则包和这条数据",
        "there is no decision here; please report the pack and the record",
    ),
    "engine-fence": Message(
        "引擎 `{engine}` 判不了这样的规则或数值：{what} 为 {found}，上限 {limit}",
        "the engine `{engine}` can't judge such a rule or value: {what}: {found}, the limit is {limit}",
        "用默认引擎判定",
        "decide with the default engine",
    ),
    "not-a-decision-record": Message(
        "这不是完整的判定记录：缺少或不合格的字段有 {fields}",
        "this isn't a whole decision record: {fields} is absent or ill-formed",
        "使用 `innovation-rules decide --format json` 写出的一整行",
        "use a whole line that `innovation-rules decide --format json` wrote",
    ),
    "record-changed": Message(
        "`{uscc}` 的判定记录本身被改动过，与其摘要不符或不能重新得出",
        "the record of `{uscc}` itself has changed: it doesn't match its digest or can't be derived again",
        "不能重新得出的字段：{fields}\n以原始记录为准，或重新判定",
        "fields that can't be derived: {fields}\ngo back to the original record, or decide again",
    ),
    "record-input-changed": Message(
        "`{uscc}` 的输入数据与判定时不同",
        "the input of `{uscc}` isn't what was decided on",
        "用判定时的数据核对，或重新判定",
        "verify against the data of that time, or decide again",
    ),
    "record-pack-changed": Message(
        "判定 `{uscc}` 所用的规则包 {pack} 已经改动",
        "the pack {pack} that decided `{uscc}` has changed",
        "记录所用版本：{was}\n现有版本：{now}\n用当时的规则包核对，或重新判定",
        "the record's version: {was}\nthe version here: {now}\nverify with the pack of that time, or decide again",
    ),
    "record-not-reproduced": Message(
        "`{uscc}` 的判定不能用本版程序（{now}，记录为 {was}）重新得出",
        "this version of the library ({now}, the record's is {was}) doesn't derive the decision on `{uscc}`",
        "不同的字段：{fields}\n用 {was} 版核对",
        "fields that differ: {fields}\nverify with version {was}",
    ),
    "record-other-version": Message(
        "`{uscc}` 的判定由 {was} 版得出，本版（{now}）得出同样的结果",
        "the decision on `{uscc}` was made by version {was}; this one ({now}) derives the same",
        severity="note",
    ),
    # --- data against a pack (packs) -----------------------------------------------------------------------
    "data-unknown-kind": Message(
        "{field}：规则包 {pack} 的活动种类里没有 `{found}`",
        "{field}: the pack {pack} has no kind of activity `{found}`",
        "最接近的是 `{nearest}`\n`innovation-rules show {pack} --section kinds` 列出全部种类",
        "the nearest is `{nearest}`\n`innovation-rules show {pack} --section kinds` lists every kind",
    ),
    "data-unknown-qualification": Message(
        "{field}：规则包 {pack} 的资质种类里没有 `{found}`",
        "{field}: the pack {pack} has no kind of qualification `{found}`",
        "最接近的是 `{nearest}`\n`innovation-rules show {pack} --section qualifications` 列出全部种类",
        "the nearest is `{nearest}`\n`innovation-rules show {pack} --section qualifications` lists every kind",
    ),
    "data-unknown-input": Message(
        "{field}：规则包 {pack} 没有填报项 `{found}`",
        "{field}: the pack {pack} declares no input `{found}`",
        "最接近的是 `{nearest}`\n`innovation-rules show {pack} --section inputs` 列出全部填报项",
        "the nearest is `{nearest}`\n`innovation-rules show {pack} --section inputs` lists every input",
    ),
    "data-kind-of-other-category": Message(
        "{field}：`{kind}` 属于{belongs}，填成了{given}",
        "{field}: `{kind}` belongs to {belongs}, and is filed under {given}",
        "把类别改成{belongs}",
        "change the category to {belongs}",
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

    def message(self, lang: Lang = "en", chinese: bool = False) -> str:
        """The statement, on one line and safe for a terminal; `chinese` where the file is in the Chinese spelling."""
        found = MESSAGES[self.code]
        template = found.zh if lang == "zh" else found.en
        return _fill(_respelt(template) if chinese else template, self.fields, lang)

    def help(self, lang: Lang = "en", chinese: bool = False) -> str:
        """The way out: lines whose fields are all present; empty where the code has none."""
        found = MESSAGES[self.code]
        template = found.help_zh if lang == "zh" else found.help_en
        lines = (_respelt(template) if chinese else template).split("\n")
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
_MOST_ITEMS = 24


_KEYS_ZH = {
    "active": "活跃",
    "all": "全部",
    "any": "任一",
    "about": "左右",
    "amount": "金额",
    "at": "层级",
    "at_least": "不低于",
    "at_most": "不超过",
    "awards": "奖励",
    "bearing: required": "分量: 必要条件",
    "because": "理由",
    "beneficiary": "受益人",
    "benchmark": "对标",
    "by": "截止",
    "category": "方面",
    "choices": "可选值",
    "count": "计数",
    "covered_when": "覆盖条件",
    "date": "日期",
    "departs": "不同之处",
    "due": "时限",
    "each_year: true": "每年: 是",
    "encoded_by": "编码于",
    "enterprises": "起点企业",
    "enterprises 或 activities": "企业 或 活动",
    "every": "频次",
    "exists": "存在",
    "extends": "沿用",
    "facts": "事实",
    "fixed": "定额",
    "if_not_positive": "分母非正时",
    "in_force": "施行",
    "in_force 的 to": "施行 的 至",
    "奖励写 in_force": "奖励写 有效期",
    "inputs": "填报项",
    "（inputs）": "",
    "is": "为",
    "is_known": "已知",
    "is_known: true": "已知: 是",
    "less_than": "低于",
    "monthly": "每月",
    "more_than": "超过",
    "not_encoded": "未编码",
    "of: activity": "属于: 活动",
    "of: region": "属于: 地区",
    "otherwise": "其余",
    "over": "对象",
    "overrides": "改写",
    "pack": "规则包",
    "rd_expenditure": "R&D经费内部支出",
    "parameters": "参数",
    "periods": "期间",
    "previous": "上年",
    "previous: true": "上年: 是",
    "quarterly": "每季",
    "range": "范围",
    "scope": "范围",
    "share": "比例",
    "source": "条款",
    "type: choice": "类型: 选项",
    "type: ..., label: ...": "类型: ...",
    "when": "当",
    "where": "其中",
    "year": "年份",
    "year、as_of": "当年、截至日",
    "yearly": "每年",
}
"""Keys that messages name, in the Chinese spelling; `pack.grammar` has them all, too high up to ask."""
_KEY = re.compile(
    r"\{\w+\}|`innovation-rules[^`]*`|clauses/|national:facts|"
    + "|".join(
        rf"(?<![a-z_-]){re.escape(word)}(?![a-z_-])" for word in sorted(_KEYS_ZH, key=len, reverse=True)
    )
)


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
        return _show_list(list(value), lang)
    return _shorten(visible(str(value)))


def _show_list(items: list[object], lang: Lang) -> str:
    shown = ("、" if lang == "zh" else ", ").join(_show(item, lang) for item in items[:_MOST_ITEMS])
    more = len(items) - _MOST_ITEMS
    return shown if more <= 0 else shown + (f" 等 {len(items)} 项" if lang == "zh" else f" and {more} more")


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
    places = _places(diagnostic)
    chinese = lang == "zh" and bool(places) and _is_chinese(_lines_of(places[0], places[0].file, sources))
    rows = [paint(severity, head) + paint("bold", colon + diagnostic.message(lang, chinese))]
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
    help_lines = [line for line in diagnostic.help(lang, chinese).split("\n") if line]
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


def _is_chinese(lines: Sequence[str] | None) -> bool:
    """Whether a file is written in the Chinese spelling: it has 规则包 for a key."""
    return any(line.startswith("规则包:") for line in lines or ())


def _respelt(template: str) -> str:
    """A Chinese message with the keys that it names as a file in the Chinese spelling writes them."""
    spelt = _KEY.sub(lambda found: _KEYS_ZH.get(found[0], found[0]), template)
    return re.sub(r"(\w+)（\1）", r"\1", spelt)


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
    from urllib.parse import quote  # here: only SARIF needs it, and the command line starts quickly without

    path = quote(file.replace(os.sep, "/").encode("utf-8", "surrogateescape"))
    return f"file://{path}" if path.startswith("/") else path
