"""What the columns of the output mean: each bit of the reason masks in words.

`write` puts it beside the decisions.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal, NamedTuple

from innovation_rules.engines import interpreter
from innovation_rules.engines.bulk.missing import HELD_BY_NOBODY, names
from innovation_rules.engines.bulk.outcomes import BITS, legend
from innovation_rules.enterprise import Enterprise
from innovation_rules.facts import CATEGORIES, VOCABULARY
from innovation_rules.program import Program
from innovation_rules.reasons import Explainer

_NOBODY: Final = Enterprise.model_construct(uscc="", name="")
_UNKNOWN: Final = re.compile(r" ?= (?:未知|unknown|0 至 [0-9]+|0 to [0-9]+)")
_AGAINST: Final = re.compile(r"(?:未知（|unknown \()(.+)[）)]$")


class Test(NamedTuple):
    """One bit of a pair of masks: the test that it stands for, in words, its clause and its place in the pack."""

    mask: int
    bit: int
    path: str
    clause: str
    label: str
    zh: str
    en: str

    @property
    def columns(self) -> tuple[str, str]:
        """The two masks: where the bit says that the test failed, and that it is unknown."""
        return f"failed_{self.mask}", f"unknown_{self.mask}"


def tests(program: Program) -> list[Test]:
    """Every bit of the masks in order, its test worded as of an enterprise of which nothing is known."""
    case = program.frame.case(_NOBODY, program.year, date(program.year, 12, 31))
    explainer = Explainer(program, case, interpreter.evaluate(program, case))
    found = []
    for code in legend(program):
        reason = explainer.of(code.node)
        zh, en = (
            _general(reason.text(lang).rpartition("：" if lang == "zh" else ": ")[0]) for lang in _LANGS
        )
        found.append(Test(code.mask, code.bit, code.path, code.clause, code.label, zh, en))
    return found


class Gap(NamedTuple):
    """One bit of the masks of missing facts: the fact, by the name that `decide` has in JSON, and in Chinese."""

    column: str
    bit: int
    fact: str
    zh: str


def gaps(program: Program) -> list[Gap]:
    """Every bit of the masks `missing_0`, `missing_1`, ... in order."""
    words = _words(program)
    return [
        Gap(f"missing_{at // BITS}", at % BITS, name, words.get(name, name))
        for at, name in enumerate(names(program))
    ]


def _words(program: Program) -> dict[str, str]:
    """What missing facts are called."""
    frame = program.frame
    found = {one.name: one.spec.zh + (f"（{one.year}年）" if one.year else "") for one in frame.facts}
    for owner, list_, specs in (
        ("activity", "activities", frame.activity_facts),
        ("qualification", "qualifications", frame.qualification_facts),
    ):
        zh = {name: one.zh for (of, name), one in VOCABULARY.items() if of == owner}
        zh |= {one.name: one.zh for one in specs}
        found |= {f"{list_}[].{name}": f"{_LISTS[list_]}：{words}" for name, words in zh.items()}
    found |= {f"activities.{one}": f"{zh}方面的活动（未调查）" for one, zh in CATEGORIES.items()}
    return {**found, HELD_BY_NOBODY: "资质（未填报）"}


_LISTS: Final = {"activities": "创新活动", "qualifications": "资质"}


def _general(words: str) -> str:
    """A test without the values that nobody knows; a bound that nobody knows has a name."""
    return _AGAINST.sub(r"\1", _UNKNOWN.sub("", words))


_LANGS: Final[tuple[Literal["zh"], Literal["en"]]] = ("zh", "en")
