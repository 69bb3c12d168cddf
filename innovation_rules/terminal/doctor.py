"""Look at the machine: versions, engines, extras, folders; and say how to get what is not there.

`cli doctor` prints it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NamedTuple

from innovation_rules import __version__, engines
from innovation_rules.errors import Lang
from innovation_rules.pack import cache, finder
from innovation_rules.terminal.render import Paint, pad, plain

CORE: Final = ("pydantic", "PyYAML", "click", "python-stdnum")


class Extra(NamedTuple):
    """An optional part: its packages, and what it is for."""

    name: str
    packages: tuple[str, ...]
    zh: str
    en: str


EXTRAS: Final = (
    Extra(
        "rete", ("durable_rules",), "第二个引擎（需要 C 编译器）", "the second engine (needs a C compiler)"
    ),
    Extra(
        "audit",
        ("hypothesis", "pytest"),
        "对规则包的性质做随机检验",
        "properties of packs, tried on generated cases",
    ),
    Extra(
        "prove",
        ("z3-solver",),
        "对规则包作证明、比较版本、给企业出主意",
        "proofs about packs, what a new version changes, advice",
    ),
    Extra("bulk", ("polars", "duckdb", "pyarrow"), "成批判定数据表", "whole tables decided at once"),
    Extra("spark", ("pyspark",), "在 Spark 上成批判定（需要 Java 17）", "the same on Spark (needs Java 17)"),
)


def lines(lang: Lang, paint: Paint) -> Iterator[str]:
    """The report for people."""

    def say(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    python = ".".join(map(str, sys.version_info[:3]))
    yield f"innovation-rules {__version__}  Python {python}"
    yield "  " + "  ".join(f"{name} {_version(name) or say('缺失', 'absent')}" for name in CORE)
    yield ""
    yield paint("head", say("引擎", "engines"))
    for name in engines.ENGINES:
        yield from _engine(name, lang, paint)
    yield ""
    yield paint("head", say("扩展", "extras"))
    for extra in EXTRAS:
        there = [f"{name} {_version(name)}" for name in extra.packages if _version(name)]
        whole = len(there) == len(extra.packages)
        mark = paint("good", "✓") if whole else paint("open", "-")
        detail = (
            ", ".join(there)
            if whole
            else say("未安装：", "not installed: ") + f"pip install 'innovation-rules[{extra.name}]'"
        )
        yield f"  {mark} {pad(extra.name, 14)}{say(extra.zh, extra.en)}"
        yield f"    {' ' * 14}{paint('dim', detail)}"
    yield ""
    yield paint("head", say("文件夹", "folders"))
    yield f"  {pad(say('规则包', 'packs'), 12)}{plain(str(finder.policies()))}（{len(finder.names())}）"
    root = cache.root()
    yield f"  {pad(say('缓存', 'cache'), 12)}{plain(str(root)) if root else say('关闭', 'off')}"


def _engine(name: str, lang: Lang, paint: Paint) -> Iterator[str]:
    absent = engines.absent(name)
    role = {
        "interpreter": ("定义含义的解释器", "the interpreter, which defines the meaning"),
        "compiled": ("默认引擎，生成的 Python", "the default: generated Python"),
        "rete": ("第二个引擎，durable_rules", "the second engine: durable_rules"),
        "polars": ("成批判定整张表", "for whole tables"),
        "duckdb": ("成批判定整张表，用 SQL", "for whole tables, by SQL"),
        "spark": ("成批判定，多机", "for whole tables, on many machines"),
    }.get(name, ("", ""))
    yield f"  {paint('good', '✓') if absent is None else paint('open', '-')} {pad(name, 14)}{role[lang == 'en']}"
    if absent is not None:
        for one in absent.diagnostics:
            for line in (one.message(lang), *one.help(lang).split("\n")):
                yield f"    {' ' * 14}{paint('dim', line)}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def to_json() -> dict[str, Any]:
    """The report for programs."""
    root = cache.root()
    return {
        "version": __version__,
        "python": ".".join(map(str, sys.version_info[:3])),
        "packages": {
            name: _version(name) for name in (*CORE, *(one for extra in EXTRAS for one in extra.packages))
        },
        "engines": {name: engines.absent(name) is None for name in engines.ENGINES},
        "packs": {"folder": str(finder.policies()), "names": finder.names()},
        "cache": str(root) if root else None,
    }
