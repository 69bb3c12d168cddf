"""The generated country: a pack of so many rules, and tables of enterprises at its thresholds.

Read by bulk.py, by_hand.py and ours_bulk.py. The tables hold what the engine reads of an enterprise, fact by fact.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

EACH = 5
STEP = 1_000_000
SEED = 20_200_601
FIRST, LAST = 737_425, 737_790
"""1 January and 31 December 2020 as ordinals."""
CATEGORIES = ("rd_input", "talent", "project", "platform", "key_technology", "international")
KINDS = tuple(f"kind_{at}" for at in range(4))
MOST = 10_000
SIZES = (("large", 1000, 40_000_000_000), ("medium", 300, 2_000_000_000), ("small", 20, 300_000_000))
"""Employees and operating revenue in 分 from which an enterprise has a size; any other is micro."""


class Rule(NamedTuple):
    """One rule of the generated pack: a floor, and one of three figures."""

    n: int
    revenue: int
    employees: int
    spent: int
    which: int
    count: int


def rules(count: int) -> list[Rule]:
    """That many rules, no two thresholds of a fact alike."""
    return [Rule(n, 1_000 * n + 17, 3 * n + 2, 500 * n + 3, n % 4, 1 + n // 4) for n in range(1, count + 1)]


PACK = """\
pack: country
title: 生成的规则
jurisdiction: {within: "140400", name: 长治市}
in_force: {from: 2020-01-01}
activity_kinds:
  talent:
    kind_0: {label: 种类0, lasts: event, source: 一}
    kind_1: {label: 种类1, lasts: event, source: 一}
    kind_2: {label: 种类2, lasts: event, source: 一}
    kind_3: {label: 种类3, lasts: event, source: 一}
facts:
  count_0: {label: 数0, count: {kind: kind_0, during: year}}
  count_1: {label: 数1, count: {kind: kind_1, during: year}}
  count_2: {label: 数2, count: {kind: kind_2, during: year}}
  count_3: {label: 数3, count: {kind: kind_3, during: year}}
classes:
  size:
    source: 一(一)
    label: 规模档
    rows:
      - {is: large, label: 大, when: {employees: {at_least: 1000人}, operating_revenue: {at_least: 4亿元}}}
      - {is: medium, label: 中, when: {employees: {at_least: 300人}, operating_revenue: {at_least: 2000万元}}}
      - {is: small, label: 小, when: {employees: {at_least: 20人}, operating_revenue: {at_least: 300万元}}}
      - {otherwise: micro, label: 微}
coverages:
  covered:
    label: 覆盖
    source: 一
    scope: {in_directory: true}
    covered_when: {count_0: {at_least: 1项}}
awards:
"""
TWO_WAYS = """\
  rule_{n}:
    label: 第{n}条
    kind: reward
    source: 二({n})
    eligible_when:
      main_business_revenue: {{at_least: {revenue}元}}
      any:
        - {{employees: {{at_least: {employees}人}}}}
        - {{rd_expenditure: {{more_than: {spent}元}}}}
"""
"""One rule: a floor, and one of two figures. ours.py grows a pack of these."""
ONE_RULE = TWO_WAYS + "        - {{count_{which}: {{at_least: {count}项}}}}\n"


def pack_text(count: int) -> str:
    """The pack with so many rules, in the language of packs."""
    return PACK + "".join(ONE_RULE.format(**one._asdict()) for one in rules(count))


# ------------------------------------------------------------------------------------------------ tables


class Asked(NamedTuple):
    """What a program asks of its tables."""

    columns: dict[str, list[tuple[str, str, Any]]]
    """Of each table: (column, fact, specification)."""
    figures: dict[str, list[int]]
    """The figures that a column is compared with."""
    texts: dict[str, list[str]]


def generate(asked: Asked, folder: Path, count: int) -> None:
    """The tables of so many enterprises, a million at a time; the same for a count."""
    import polars as pl

    folder.mkdir(parents=True)
    named, figures, texts = asked
    for start in range(0, count, STEP):
        some = min(STEP, count - start)
        made = _Maker(some, start, figures, texts)
        made.rows(named).write_parquet(folder / f"enterprises-{start}.parquet")
        made.items(named["activities"], some * EACH).write_parquet(folder / f"activities-{start}.parquet")
        made.items(named["qualifications"], some // 2).write_parquet(
            folder / f"qualifications-{start}.parquet"
        )
    for name in named:
        parts = sorted(folder.glob(f"{name}-*.parquet"))
        pl.scan_parquet(parts).sink_parquet(folder / f"{name}.parquet", engine="streaming")
        for one in parts:
            one.unlink()


class _Maker:
    """Columns of one step."""

    def __init__(
        self, some: int, start: int, figures: dict[str, list[int]], texts: dict[str, list[str]]
    ) -> None:
        import numpy as np

        self.np, self.dice = np, np.random.default_rng([SEED, start])
        self.some, self.start, self.figures, self.texts = some, start, figures, texts

    def rows(self, named: dict[str, Any]) -> Any:
        import polars as pl

        surveys = {f"u_{one}": self.dice.random(self.some) < 0.05 for one in CATEGORIES}
        facts = {name: self.column(name, spec, self.some) for name, _, spec in named["enterprises"]}
        held = self.dice.random(self.some) < 0.9
        own = self.np.arange(self.start, self.start + self.some)
        return pl.DataFrame({"rowno": own, **facts, **surveys, "q_known": held})

    def items(self, columns: list[Any], many: int) -> Any:
        """Items of enterprises in no order."""
        import polars as pl

        owner = self.start + self.dice.integers(0, self.some, many)
        return pl.DataFrame(
            {"rowno": owner, **{name: self.column(name, spec, many) for name, _, spec in columns}}
        )

    def column(self, name: str, spec: Any, many: int) -> Any:
        """Values about the thresholds, one in twenty unknown."""
        import polars as pl

        kind, dice = spec.type.value, self.dice
        if kind == "yes_no":
            values = pl.Series(dice.random(many) < 0.7)
        elif spec.name == "category":
            values = self._text(list(CATEGORIES), many)
        elif kind in ("choice", "code", "text"):
            values = self._text([*self.texts.get(name, []), "other"], many)
        elif kind == "date":
            values = pl.Series(dice.integers(FIRST - 400, LAST + 100, many))
        else:
            values = pl.Series(self._near(self.figures.get(name) or [0, 1, 5, 100], spec, many))
        if spec.name in ("category", "kind", "standing"):
            return values
        known = pl.Series(dice.random(many) >= 0.05)
        return pl.select(pl.when(known).then(values)).to_series()

    def _text(self, words: list[str], many: int) -> Any:
        import polars as pl

        return (
            pl.Series(self.dice.integers(0, len(words), many))
            .replace_strict(list(range(len(words))), pl.Series(words), return_dtype=pl.String)
            .cast(pl.Categorical)
        )

    def _near(self, figures: list[int], spec: Any, many: int) -> Any:
        low = 0 if spec.low is None else spec.low
        high = 10**15 if spec.high is None else spec.high
        near = self.dice.choice(self.np.array(sorted(set(figures))), many) + self.dice.integers(-1, 2, many)
        return self.np.clip(near, low, high)
