"""Random well-typed packs, and enterprises whose figures stand at a pack's thresholds.

The tests hold the engines against each other on what this makes: `pack_text` writes a pack in the pack language,
so that the whole pipeline is under test; `enterprise` makes one for any Program, by the maker of `enterprises`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from innovation_rules.audit.enterprises import Maker
from innovation_rules.enterprise import Enterprise
from innovation_rules.facts import CATEGORIES
from innovation_rules.pack.cache import Head
from innovation_rules.program import Program
from innovation_rules.quantities import SCALE, Type

UNITS: Final = {Type.COUNT: "个", Type.MONEY: "元", Type.RATIO: "%", Type.POINTS: "点", Type.NUMBER: "人年"}
REPORT_FACTS: Final = {
    "main_business_revenue": (Type.MONEY, ""),
    "operating_revenue": (Type.MONEY, ""),
    "total_assets": (Type.MONEY, ""),
    "net_profit": (Type.MONEY, ""),
    "rd_expenditure": (Type.MONEY, ""),
    "employees": (Type.COUNT, "人"),
    "rd_personnel": (Type.COUNT, "人"),
    "rd_personnel_fte": (Type.NUMBER, "人年"),
}

# ------------------------------------------------------------------------------------------------ packs


@dataclass
class _Names:
    """What has been declared so far, by type: (name, unit)."""

    numbers: dict[Type, list[tuple[str, str]]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    yes_no: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=lambda: ["established"])
    levels: list[str] = field(default_factory=list)
    parameters: dict[Type, list[tuple[str, str]]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    qualifications: list[str] = field(default_factory=list)
    decisions: dict[str, list[str]] = field(default_factory=dict)
    positive: set[str] = field(default_factory=set)

    def number(self, name: str, type: Type, unit: str) -> None:
        self.numbers.setdefault(type, []).append((name, unit))


class PackMaker:
    """Writes one random pack; every construct of the language has its turn."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names = _Names()
        self.serial = 0
        for name, (type, unit) in REPORT_FACTS.items():
            self.names.number(name, type, unit)

    def text(self) -> str:
        """The pack as YAML (in its JSON form)."""
        return json.dumps(self.pack(), ensure_ascii=False, indent=1)

    def pack(self) -> dict[str, Any]:
        some = self.random.randint
        pack: dict[str, Any] = {
            "pack": "generated",
            "title": "随机规则包",
            "jurisdiction": {"within": "140400"},
            "in_force": {"from": "2019-01-01"},
            "periods": {"plan": {"from": "2019-06-01", "to": "2020-12-31"}},
        }
        pack["inputs"] = self._section("input", some(2, 6), self._input)
        pack["qualification_kinds"] = self._section("title", some(1, 2), self._qualification)
        pack["activity_kinds"] = self._kinds()
        pack["parameters"] = self._section("figure", some(1, 3), self._parameter)
        pack["facts"] = self._section("fact", some(3, 9), self._fact)
        pack["layers"] = {"basic": {"label": "基础", "of": list(CATEGORIES)[:3]}}
        if some(0, 1):
            pack["profile"] = {"rd_input": {"any": [self._report_leaf(), {"has_activity": "rd_input"}]}}
        pack["classes"] = self._section("class", some(1, 3), self._class)
        pack["coverages"] = self._section("coverage", some(1, 2), self._coverage)
        pack["awards"] = self._section("award", some(1, 5), self._award)
        return pack

    def _section(self, word: str, size: int, make: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        section = {}
        for _ in range(size):
            self.serial += 1
            name = f"{word}_{self.serial}"
            section[name] = {"label": f"{word}{self.serial}", "source": f"一{self.serial}", **make(name)}
        return section

    # -------------------------------------------------------------------------------- declarations

    def _input(self, name: str) -> dict[str, Any]:
        kind = self.random.choice(["yes_no", "count", "money", "ratio", "points", "date", "level", "choice"])
        of = self.random.choice(["enterprise", "enterprise", "report", "activity"])
        item: dict[str, Any] = {"of": of, "type": kind}
        if kind == "choice":
            item["choices"] = {"red": "红", "green": "绿", "blue": "蓝"}
        if of == "activity":
            self.names.choices.setdefault("", []).append(name)
            return {"of": of, "type": "yes_no"}
        if kind == "yes_no":
            self.names.yes_no.append(name)
        elif kind == "date":
            self.names.dates.append(name)
        elif kind == "level":
            self.names.levels.append(name)
        elif kind == "choice":
            self.names.choices[name] = ["red", "green", "blue"]
        else:
            type = Type(kind)
            unit = UNITS[type] if type is Type.COUNT else ""
            if unit:
                item["unit"] = unit
            if self.random.random() < 0.4:
                item["range"] = [self._figure(type, 1, unit), self._figure(type, 10**6, unit)]
                self.names.positive.add(name)
            self.names.number(name, type, unit)
        return item

    def _qualification(self, name: str) -> dict[str, Any]:
        self.names.qualifications.append(name)
        return {}

    def _kinds(self) -> dict[str, Any]:
        kinds: dict[str, Any] = {}
        for category in CATEGORIES:
            for _ in range(self.random.randint(0, 2)):
                self.serial += 1
                name = f"kind_{self.serial}"
                item = {
                    "label": f"种类{self.serial}",
                    "source": "附件",
                    "lasts": self.random.choice(["event", "state"]),
                }
                if self.random.random() < 0.2:
                    item["needs_evidence"] = True  # type: ignore[assignment]
                kinds.setdefault(category, {})[name] = item
                self.names.kinds[name] = category
        return kinds

    def _parameter(self, name: str) -> dict[str, Any]:
        type = self.random.choice(list(SCALE))
        unit = UNITS[type]
        days = ["2017-01-01", "2020-01-01", "2020-07-01"][: self.random.randint(1, 3)]
        self.names.parameters.setdefault(type, []).append((name, unit if type is Type.COUNT else ""))
        return {"values": {day: self.figure(type, unit) for day in days}}

    # -------------------------------------------------------------------------------- facts

    def _fact(self, name: str) -> dict[str, Any]:
        makers: list[Callable[[str], dict[str, Any]]] = [
            self._ratio,
            self._sum,
            self._times,
            self._extreme,
            self._growth,
            self._previous,
            self._over_years,
            self._count,
            self._total,
            self._exists,
            self._holds,
            self._years,
            self._when,
            self._table,
            self._steps,
        ]
        return self.random.choice(makers)(name)

    def _any_number(self, *types: Type) -> tuple[str, Type, str]:
        type = self.random.choice([one for one in (types or tuple(SCALE)) if self.names.numbers.get(one)])
        name, unit = self.random.choice(self.names.numbers[type])
        return name, type, unit

    def _ratio(self, name: str) -> dict[str, Any]:
        of, to = self._any_number(Type.MONEY)[0], self._any_number(Type.MONEY)[0]
        self.names.number(name, Type.RATIO, "")
        return {"ratio": {"of": {"fact": of}, "to": {"fact": to}, "if_not_positive": self.figure(Type.RATIO)}}

    def _sum(self, name: str) -> dict[str, Any]:
        first, type, unit = self._any_number(Type.MONEY, Type.RATIO, Type.POINTS)
        second = self.random.choice(self.names.numbers[type])[0]
        self.names.number(name, type, unit)
        if self.random.random() < 0.5:
            return {"difference": {"of": {"fact": first}, "less": {"fact": second}}}
        return {"sum": [{"fact": first}, {"fact": second}, self.figure(type, unit)]}

    def _times(self, name: str) -> dict[str, Any]:
        of, type, unit = self._any_number(Type.MONEY, Type.COUNT)
        self.names.number(name, type, unit)
        return {"times": {"of": {"fact": of}, "by": self.random.choice(["50%", "2倍", "33.3%", "0.07%"])}}

    def _extreme(self, name: str) -> dict[str, Any]:
        first, type, unit = self._any_number()
        word = self.random.choice(["max", "min"])
        items: list[Any] = [{"fact": first}, self.figure(type, unit)]
        parameters = self.names.parameters.get(type)
        if parameters and type is not Type.COUNT and type is not Type.NUMBER:
            items.append({"parameter": self.random.choice(parameters)[0]})
        self.names.number(name, type, unit)
        return {word: items}

    def _growth(self, name: str) -> dict[str, Any]:
        of, _, _ = self._any_number(Type.MONEY)
        since: Any = self.random.choice(["previous", {"year": 2018}])
        self.names.number(name, Type.RATIO, "")
        return {"growth": {"of": {"fact": of}, "since": since, "if_not_positive": "0%"}}

    def _previous(self, name: str) -> dict[str, Any]:
        of, type, unit = self._any_number()
        self.names.number(name, type, unit)
        return {"previous": of}

    def _over_years(self, name: str) -> dict[str, Any]:
        of, type, unit = self._any_number(Type.MONEY)
        self.names.number(name, type, unit)
        item: dict[str, Any] = {"of": {"fact": of}, "last": self.random.choice(["2年", "3年"])}
        if self.random.random() < 0.5:
            item["or_since"] = "established"
        return {"over_years": item}

    def _filter(self) -> dict[str, Any]:
        """Which activities."""
        item: dict[str, Any] = {}
        if self.names.kinds and self.random.random() < 0.6:
            size = min(len(self.names.kinds), self.random.randint(1, 3))
            item["kind"] = self.random.sample(sorted(self.names.kinds), size)
        elif self.random.random() < 0.6:
            item["category"] = self.random.choice(list(CATEGORIES))
        if self.random.random() < 0.3:
            item["level"] = self.random.choice(
                ["provincial", {"at_least": "municipal"}, ["county", "national"]]
            )
        if self.random.random() < 0.3:
            item["status"] = self.random.choice(["recognised", ["applied", "recognised"]])
        if self.random.random() < 0.5:
            item["during"] = self.random.choice(["year", "as_of", "plan", {"last": "2年"}, {"year": 2019}])
        if self.random.random() < 0.4:
            item["where"] = self._item_condition()
        return item or {"category": "project"}

    def _item_condition(self) -> dict[str, Any]:
        parts: list[dict[str, Any]] = [
            {"amount": {"at_least": self.figure(Type.MONEY)}},
            {"quantity": {"more_than": "2个"}},
            {"started": {"within": "plan"}},
            {"not": {"level": "enterprise"}},
        ]
        parts += [{name: True} for name in self.names.choices.get("", ())]
        return self.random.choice(parts)

    def _count(self, name: str) -> dict[str, Any]:
        self.names.number(name, Type.COUNT, "个")
        return {"count": self._filter()}

    def _total(self, name: str) -> dict[str, Any]:
        self.names.number(name, Type.MONEY, "")
        return {"total": {"of": "amount", **self._filter()}}

    def _exists(self, name: str) -> dict[str, Any]:
        self.names.yes_no.append(name)
        return {"exists": self._filter()}

    def _holds(self, name: str) -> dict[str, Any]:
        self.names.yes_no.append(name)
        item: dict[str, Any] = {"kind": self.random.choice(self.names.qualifications)}
        if self.random.random() < 0.4:
            item["status"] = ["applied", "recognised"]
        if self.random.random() < 0.3:
            item["level"] = {"at_least": "provincial"}
        return {"holds": item}

    def _years(self, name: str) -> dict[str, Any]:
        self.names.number(name, Type.COUNT, "年")
        return {"years_since": self.random.choice(self.names.dates)}

    def _when(self, name: str) -> dict[str, Any]:
        condition = self.condition(2)
        self.names.yes_no.append(name)
        return {"when": condition}

    def _table(self, name: str) -> dict[str, Any]:
        if self.random.random() < 0.5:
            values: list[Any] = self.random.sample(["甲", "乙", "丙", "丁"], 3)
            rows = self._rows(values)
            self.names.choices[name] = values
        else:
            rows = self._rows([self.figure(Type.POINTS) for _ in range(3)])
            self.names.number(name, Type.POINTS, "")
        return {"table": rows}

    def _rows(self, values: Sequence[Any]) -> list[dict[str, Any]]:
        rows = [{"is": value, "when": self.condition(1)} for value in values[:-1]]
        return [*rows, {"otherwise": values[-1]}]

    def _steps(self, name: str) -> dict[str, Any]:
        of, type, unit = self._any_number()
        word, falling = self.random.choice(
            [("at_least", True), ("more_than", True), ("at_most", False), ("less_than", False)]
        )
        edges = sorted({self.random.randint(1, 60) for _ in range(3)}, reverse=falling)
        plain = "元" if type is Type.MONEY else unit or UNITS[type]
        steps = {f"{edge}{plain}": self.figure(Type.POINTS) for edge in edges}
        self.names.number(name, Type.POINTS, "")
        return {"steps": {"of": {"fact": of}, word: steps, "otherwise": "0点"}}

    # -------------------------------------------------------------------------------- figures and conditions

    def figure(self, type: Type, unit: str = "") -> str:
        return self._figure(type, self.random.choice([0, 1, 2, 3, 5, 10, 50, 300, 2000]), unit)

    def _figure(self, type: Type, size: int, unit: str = "") -> str:
        if type is Type.MONEY:
            return f"{size}{self.random.choice(['元', '万元'])}" if size < 10**6 else f"{size}元"
        return f"{size}{unit or UNITS[type]}"

    def condition(self, depth: int) -> dict[str, Any]:
        """A random condition; connectives down to `depth`."""
        if depth > 0 and self.random.random() < 0.6:
            word = self.random.choice(["all", "any", "not", "at_least_of"])
            if word == "not":
                return {"not": self.condition(depth - 1)}
            parts = self._different(self.random.randint(2, 3), depth - 1)
            if word == "at_least_of":
                return {word: {"n": self.random.randint(1, len(parts)), "of": parts}}
            return {word: parts}
        return self.leaf()

    def _different(self, size: int, depth: int) -> list[dict[str, Any]]:
        parts: dict[str, dict[str, Any]] = {}
        while len(parts) < size:
            one = self.condition(depth)
            parts[json.dumps(one, sort_keys=True)] = one
        return list(parts.values())

    def leaf(self) -> dict[str, Any]:
        """One test of one fact."""
        makers: list[Callable[[], dict[str, Any] | None]] = [
            self._number_leaf,
            self._number_leaf,
            self._number_leaf,
            self._fact_leaf,
            self._yes_no_leaf,
            self._choice_leaf,
            self._date_leaf,
            self._level_leaf,
            self._decision_leaf,
            lambda: {"industry": {"under": self.random.choice(["06", ["25", "44"], "3"])}},
            lambda: {"in_directory": True},
            lambda: {"active": self.random.choice(["any", "basic", "project", "platform"])},
            lambda: {"has_activity": self.random.choice([*CATEGORIES, *self.names.kinds])},
            lambda: {"exists": self._filter()},
            lambda: {"in_jurisdiction": True},
        ]
        while True:
            found = self.random.choice(makers)()
            if found is not None:
                return found

    def _number_leaf(self) -> dict[str, Any]:
        name, type, unit = self._any_number()
        word = self.random.choice(
            ["at_least", "more_than", "at_most", "less_than", "between", "is_known", "equals"]
        )
        if word == "is_known":
            return {name: {"is_known": True}}
        if word == "between":
            low, high = sorted(self.random.sample(range(60), 2))
            plain = "元" if type is Type.MONEY else unit or UNITS[type]
            return {name: {"between": [f"{low}{plain}", f"{high}{plain}"]}}
        if word == "equals":
            return {name: self.figure(type, unit)}
        parameters = [
            one
            for one, other in self.names.parameters.get(type, ())
            if type is not Type.COUNT or other == unit
        ]
        if parameters and type is not Type.NUMBER and self.random.random() < 0.3:
            return {name: {word: {"parameter": self.random.choice(parameters)}}}
        return {name: {word: self.figure(type, unit)}}

    def _report_leaf(self) -> dict[str, Any]:
        name, (type, unit) = self.random.choice(list(REPORT_FACTS.items()))
        return {name: {"more_than": self.figure(type, unit)}}

    def _fact_leaf(self) -> dict[str, Any]:
        name, type, _ = self._any_number(Type.MONEY, Type.RATIO)
        other = self.random.choice(self.names.numbers[type])[0]
        return {name: {self.random.choice(["at_least", "less_than"]): {"fact": other}}}

    def _yes_no_leaf(self) -> dict[str, Any] | None:
        if not self.names.yes_no:
            return None
        return {self.random.choice(self.names.yes_no): self.random.choice([True, False])}

    def _choice_leaf(self) -> dict[str, Any] | None:
        names = [name for name in self.names.choices if name]
        if not names:
            return None
        name = self.random.choice(names)
        values = self.names.choices[name]
        return {name: self.random.choice([values[0], values[:2]])}

    def _date_leaf(self) -> dict[str, Any]:
        name = self.random.choice(self.names.dates)
        test: Any = self.random.choice(
            [
                {"at_least": "2015-03-01"},
                {"within": "plan"},
                {"within": {"last": "3年"}},
                {"less_than": "2020-02-29"},
            ]
        )
        return {name: test}

    def _level_leaf(self) -> dict[str, Any] | None:
        if not self.names.levels:
            return None
        test: Any = self.random.choice(["municipal", {"at_least": "provincial"}, ["county", "national"]])
        return {self.random.choice(self.names.levels): test}

    def _decision_leaf(self) -> dict[str, Any] | None:
        if not self.names.decisions:
            return None
        name = self.random.choice(sorted(self.names.decisions))
        return {name: self.random.choice(self.names.decisions[name])}

    # -------------------------------------------------------------------------------- decisions

    def _class(self, name: str) -> dict[str, Any]:
        values = ["one", "two", "three"]
        if self.random.random() < 0.4:
            rows = [{"is": value, "when": self.condition(1)} for value in values]
            self.names.choices[name] = values
            return {"many": True, "rows": rows}
        rows = self._rows(values)
        self.names.choices[name] = values
        return {"rows": rows}

    def _coverage(self, name: str) -> dict[str, Any]:
        item: dict[str, Any] = {"covered_when": self.random.choice([{"active": "any"}, self.condition(2)])}
        if self.random.random() < 0.7:
            item["scope"] = self.condition(1)
        self.names.decisions[name] = ["covered", "not_covered", "out_of_scope"]
        return item

    def _award(self, name: str) -> dict[str, Any]:
        item: dict[str, Any] = {
            "kind": self.random.choice(["reward", "subsidy", "tax"]),
            "eligible_when": self.condition(2),
        }
        if self.random.random() < 0.3:
            item["unless"] = self.condition(1)
        if self.random.random() < 0.2:
            item["bearing"] = "weighs"
            return item
        self.names.decisions[name] = ["eligible", "ineligible"]
        if self.random.random() < 0.3:
            item["for_each"] = self._filter()
            item["amount"] = self._amount_each()
        elif self.random.random() < 0.6:
            item["amount"] = self._amount()
        return item

    def _amount(self) -> dict[str, Any]:
        amount: dict[str, Any] = self.random.choice(
            [
                {"fixed": "50万元"},
                {"share": "10%", "of": self._any_number(Type.MONEY)[0]},
                {"share": {"between": ["5%", "10%"]}, "of": self._any_number(Type.MONEY)[0]},
                {"fixed": "3万元", "per": self._any_number(Type.COUNT)[0]},
            ]
        )
        if self.random.random() < 0.4:
            amount["cap"] = "100万元"
        if self.random.random() < 0.2:
            amount["floor"] = "1万元"
        if self.random.random() < 0.3:
            amount["rounding"] = {"to": "1万元", "mode": self.random.choice(["half_up", "down", "up"])}
        return amount

    def _amount_each(self) -> dict[str, Any]:
        return self.random.choice(
            [
                {"fixed": "2万元"},
                {"share": "20%", "of": "amount", "cap_each": "5万元"},
                {"fixed": "1000元", "per": "quantity", "cap": "3万元"},
            ]
        )


def pack_text(random: Random) -> str:
    """A random well-typed pack, as YAML text."""
    return PackMaker(random).text()


# ------------------------------------------------------------------------------------------------ enterprises


class EnterpriseMaker:
    """Makes valid enterprises for a program, their figures at its thresholds, by the choices of a Random."""

    def __init__(self, program: Program, head: Head, random: Random) -> None:
        self.maker, self.choose = _maker(program, head), random.randrange

    def enterprise(self) -> Enterprise:
        """One enterprise; much of what could be known of it may be unknown."""
        return self.maker.situation(self.choose).enterprise


_MOST_KEPT: Final = 4
_kept: dict[int, Maker] = {}
"""The makers used last, by the identity of the programs that they hold."""


def _maker(program: Program, head: Head) -> Maker:
    found = _kept.get(id(program))
    if found is None:
        if len(_kept) == _MOST_KEPT:
            del _kept[next(iter(_kept))]
        found = _kept[id(program)] = Maker(program, head)
    return found


def enterprise(program: Program, head: Head, random: Random) -> Enterprise:
    """A valid enterprise whose figures stand at the thresholds of a program."""
    return EnterpriseMaker(program, head, random).enterprise()
