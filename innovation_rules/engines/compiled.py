"""Turn a Program into one generated Python function that gives every node's result.

`engines.__init__` offers this engine by name; it is the default for one case. The function is straight-line code,
a local a node, specialised by what is known of each node beforehand: whether it can be unknown, an interval or a
set, a fraction. Where it cannot be told, the functions of `program` are called, so what an unknown value means
stands there alone.

The text is generated from the checked nodes only. Its identifiers are letters and indexes, its constants are
written by `repr` when they are integers or truths and are passed in a table otherwise: no text of a pack or of
the data ever becomes part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple, assert_never, cast

from innovation_rules.case import Case
from innovation_rules.program import (
    OPPOSITE,
    Aggregate,
    And,
    AsOf,
    AtLeast,
    Compare,
    Constant,
    Extreme,
    Fact,
    FirstMatch,
    Interval,
    ItemFact,
    Known,
    Linear,
    Member,
    Node,
    Not,
    Op,
    Or,
    Outer,
    Program,
    Quotient,
    Result,
    Round,
    Under,
    YearsSince,
    children,
    compare,
    extreme,
    first_match,
    is_plain,
    known,
    linear,
    member,
    moved_back,
    quotient,
    rounded,
    spread,
    under,
    years_between,
)
from innovation_rules.walk import PerProgram, Step, cones, readers, rerun, steps

name = "compiled"

Evaluate = Callable[[Case], tuple[Result, ...]]

_NAMES: Final[dict[str, object]] = {
    "Fraction": Fraction,
    "Interval": Interval,
    "compare": compare,
    "extreme": extreme,
    "first_match": first_match,
    "is_plain": is_plain,
    "known": known,
    "linear": linear,
    "member": member,
    "moved_back": moved_back,
    "quotient": quotient,
    "rounded": rounded,
    "spread": spread,
    "under": under,
    "years_between": years_between,
    "sum": sum,
}
"""All that generated code can name besides its own locals and constants; it has no builtins."""

_LISTS: Final = {"activities": "items", "qualifications": "quals"}
_WIDE: Final = 8
"""Operands from which a connective tests a tuple instead of naming each in turn."""
_LONG_SUM: Final = 50
"""Terms from which a sum is no longer one chain of additions."""
_MANY_ROWS: Final = 40
"""Rows from which a first match calls `program.first_match`."""


def evaluate(program: Program, case: Case) -> tuple[Result, ...]:
    """One result a node, in the program's order; the function is generated on the program's first case."""
    return function(program)(case)


def source(program: Program) -> str:
    """The generated text, for reading; the same for equal programs. Nothing is run."""
    return _generate(program).text


def _build(program: Program) -> Evaluate:
    return cast(Evaluate, _function(*_generate(program), "evaluate"))


def _function(text: str, constants: dict[str, object], name: str) -> object:
    scope: dict[str, Any] = {"__builtins__": {}, **_NAMES, **constants}
    exec(compile(text, "<compiled program>", "exec"), scope)
    return scope[name]


function: Final = PerProgram(_build)
"""The generated function of a program: Case -> results; kept as long as the program lives."""


# ------------------------------------------------------------------------------------------- what if


Again = Callable[[Case, Sequence[Result], Result], list[Result]]
WORTHWHILE: Final = 10
"""Runs of one what-if that are walked before a function is generated for it."""


class _WhatIf:
    """The what-ifs of one program: for a node that gives something else, what else changes."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.readers = readers(program)
        self._runs: dict[int, int] = {}
        self._steps: dict[int, tuple[Step, ...]] = {}
        self._functions: dict[int, Again] = {}

    def starts(self, node: int) -> tuple[int, ...]:
        """The node, or every node that reads the same column."""
        found = self.program.nodes[node]
        if not isinstance(found, Fact):
            return (node,)
        return tuple(index for index, one in enumerate(self.program.nodes) if one == found)

    def run(self, case: Case, results: Sequence[Result], node: int, value: Result) -> Sequence[Result]:
        """All results, were this node's another."""
        function = self._functions.get(node)
        if function is not None:
            return function(case, results, value)
        runs = self._runs[node] = self._runs.get(node, 0) + 1
        if runs > WORTHWHILE:
            function = self._functions[node] = self._generate(node)
            return function(case, results, value)
        if node not in self._steps:
            self._steps[node] = steps(self.program, cones(self.readers, self.starts(node)))
        return rerun(case, results, dict.fromkeys(self.starts(node), value), self._steps[node])

    def _generate(self, node: int) -> Again:
        starts = self.starts(node)
        text, constants = _generate_again(self.program, starts, cones(self.readers, starts))
        return cast(Again, _function(text, constants, "again"))


_what_ifs: Final = PerProgram(_WhatIf)


def again(
    program: Program, case: Case, results: Sequence[Result], node: int, value: Result
) -> Sequence[Result]:
    """The results as they would be if a node gave something else (a Fact: its whole column)."""
    return _what_ifs(program).run(case, results, node, value)


# ------------------------------------------------------------------------------------- what is known before


class Shape(NamedTuple):
    """What a node's result can be: unknown, an interval or set (`open`), other than a whole number."""

    unknown: bool = False
    open: bool = False
    fraction: bool = False

    @property
    def vague(self) -> bool:
        """Not surely one known value."""
        return self.unknown or self.open


_UNKNOWN: Final = Shape(unknown=True)


def _any_vague(shapes: Iterable[Shape]) -> Shape:
    return Shape(unknown=any(shape.vague for shape in shapes))


def _shape(node: Node, shapes: Sequence[Shape], outer: Sequence[Shape] = ()) -> Shape:
    """The shape of a node from the shapes of those before it."""
    match node:
        case Constant():
            return Shape(unknown=node.value is None, fraction=isinstance(node.value, Fraction))
        case Fact() | ItemFact():
            return _UNKNOWN
        case AsOf():
            return Shape()
        case Outer():
            return outer[node.of]
        case Round():
            return shapes[node.of]
        case YearsSince():
            return Shape(unknown=shapes[node.of].vague)
        case Linear():
            parts = [shapes[term] for _, term in node.terms]
            factors = [node.constant, *(factor for factor, _ in node.terms)]
            return Shape(
                unknown=any(part.vague for part in parts),
                fraction=any(part.fraction for part in parts)
                or any(isinstance(factor, Fraction) for factor in factors),
            )
        case Quotient():
            otherwise = shapes[node.otherwise]
            vague = shapes[node.of].vague or shapes[node.to].vague or otherwise.unknown
            return Shape(unknown=vague, open=otherwise.open, fraction=True)
        case Extreme():
            parts = [shapes[one] for one in node.items]
            return Shape(
                unknown=any(part.vague for part in parts) or not parts,
                fraction=any(part.fraction for part in parts),
            )
        case Aggregate():
            inner: list[Shape] = []
            for part in node.body:
                inner.append(_shape(part, inner, shapes))
            return Shape(open=True, fraction=node.of is not None and inner[node.of].fraction)
        case FirstMatch():
            values = [shapes[node.otherwise], *(shapes[value] for _, value in node.rows)]
            undecided = any(shapes[when].unknown for when, _ in node.rows)
            return Shape(
                unknown=any(value.vague if undecided else value.unknown for value in values),
                open=undecided or any(value.open for value in values),
                fraction=any(value.fraction for value in values),
            )
        case Compare():
            return _any_vague((shapes[node.left], shapes[node.right]))
        case Member() | Known():
            return Shape(unknown=shapes[node.of].vague)
        case Under():
            return _UNKNOWN
        case And() | Or() | AtLeast():
            return _any_vague(shapes[one] for one in node.items)
        case Not():
            return Shape(unknown=shapes[node.item].unknown)
        case _:
            assert_never(node)


# ------------------------------------------------------------------------------------------- the text


class Generated(NamedTuple):
    """The text of `evaluate(case)` and the constants that it names."""

    text: str
    constants: dict[str, object]


class _Constants:
    """Names for the values that do not stand in the text: texts, fractions, tuples, sets."""

    def __init__(self) -> None:
        self.table: dict[str, object] = {}
        self._names: dict[object, str] = {}

    def text(self, value: object) -> str:
        """How generated code writes a constant."""
        if value is None or value.__class__ is bool or value.__class__ is int:
            return repr(value)
        if isinstance(value, int):
            return int.__repr__(value)
        return self._name(value)

    def _name(self, value: object) -> str:
        key = (value.__class__, value if value.__class__ is not tuple else repr(value))
        if key not in self._names:
            self._names[key] = f"k{len(self._names)}"
            self.table[self._names[key]] = value
        return self._names[key]


class _Writer:
    """Writes the statements of some nodes; `names` says how each node's result is written."""

    def __init__(self, constants: _Constants, prefix: str, indent: str, outer: _Writer | None = None) -> None:
        self.lines: list[str] = []
        self.names: dict[int, str] = {}
        self.shapes: list[Shape] = []
        self.constants = constants
        self.prefix = prefix
        self.indent = indent
        self.outer = outer
        self.guards: set[tuple[str, int]] = outer.guards if outer else set()

    def line(self, text: str, deeper: int = 0) -> None:
        self.lines.append(self.indent + "    " * deeper + text)

    def node(self, index: int, node: Node, nodes: Sequence[Node]) -> None:
        """Write what computes one node, and note its name."""
        match node:
            case Constant():
                self.names[index] = self.constants.text(node.value)
            case Fact():
                self.names[index] = f"f{node.index}"
            case ItemFact():
                self.names[index] = self._local(index, f"x[{node.index}]")
            case Outer():
                assert self.outer is not None
                self.names[index] = self.outer.names[node.of]
            case FirstMatch():
                self._first_match(index, node)
            case Aggregate():
                _write_aggregate(self, index, node)
            case AtLeast():
                self._at_least(index, node)
            case _:
                self.names[index] = self._local(index, self._expression(node, nodes))

    def _local(self, index: int, expression: str) -> str:
        local = f"{self.prefix}{index}"
        self.line(f"{local} = {expression}")
        return local

    # -- expressions

    def _expression(self, node: Node, nodes: Sequence[Node]) -> str:
        match node:
            case Compare():
                return self._compare(node, nodes)
            case Member():
                return self._member(node)
            case And():
                return self._connective(node.items, "False")
            case Or():
                return self._connective(node.items, "True")
            case Not():
                return self._unless_none([node.item], f"not {self.names[node.item]}")
            case Under():
                return self._under(node)
            case Known():
                return f"known({self.names[node.of]})"
            case Linear():
                return self._linear(node)
            case Quotient():
                return self._quotient(node)
            case Extreme():
                return self._extreme(node)
            case Round():
                return f"rounded({self.names[node.of]}, {node.unit!r}, {self.constants.text(node.mode)})"
            case AsOf():
                return self._as_of(node)
            case YearsSince():
                return f"years_between({self.names[node.of]}, a)"
            case _:
                raise AssertionError(node)

    def _unless_none(self, reads: Iterable[int], expression: str) -> str:
        """None where one of the nodes read is None, else the expression."""
        unknown = dict.fromkeys(self.names[one] for one in reads if self.shapes[one].unknown)
        if not unknown:
            return expression
        return f"None if {' or '.join(f'{one} is None' for one in unknown)} else {expression}"

    def _compare(self, node: Compare, nodes: Sequence[Node]) -> str:
        left, right = self.names[node.left], self.names[node.right]
        crossed = self._crossed(node, nodes)
        if crossed is not None:
            return crossed
        if self.shapes[node.left].open or self.shapes[node.right].open:
            return self._compare_open(node)
        return self._unless_none((node.left, node.right), f"{left} {node.op} {right}")

    def _compare_open(self, node: Compare) -> str:
        """A compare with an interval or a set; plain values are met first, the rest is `program.compare`."""
        left, right = self.names[node.left], self.names[node.right]
        call = f"compare({left}, {self.constants.text(node.op)}, {right})"
        sides = ((node.left, left), (node.right, right))
        tests = [f"{name}.__class__ is k_int" for one, name in sides if self.shapes[one].open]
        self.constants.table["k_int"] = int
        plain = self._unless_none(
            [one for one, _ in sides if not self.shapes[one].open], f"{left} {node.op} {right}"
        )
        return f"({plain}) if {' and '.join(tests)} else {call}"

    def _crossed(self, node: Compare, nodes: Sequence[Node]) -> str | None:
        """A ratio against a whole number, by cross-multiplication: the fraction is never looked at."""
        sides: tuple[tuple[int, Op, int], ...] = (
            (node.left, node.op, node.right),
            (node.right, OPPOSITE[node.op], node.left),
        )
        for ratio, op, bound in sides:
            found = nodes[ratio]
            if not isinstance(found, Quotient) or self.shapes[bound].open or self.shapes[bound].fraction:
                continue
            if self.shapes[found.otherwise].vague or any(
                self.shapes[one].open or self.shapes[one].fraction for one in (found.of, found.to)
            ):
                continue
            of, to = self.names[found.of], self.names[found.to]
            factor = self.constants.text(found.factor)
            limit, otherwise = self.names[bound], self.names[found.otherwise]
            test = f"({of} * {factor} {op} {limit} * {to} if {to} > 0 else {otherwise} {op} {limit})"
            return self._unless_none((found.of, found.to, bound), test)
        return None

    def _member(self, node: Member) -> str:
        of = self.names[node.of]
        if self.shapes[node.of].open:
            return f"member({of}, {self.constants.text(node.values)})"
        if len(node.values) == 1:
            return self._unless_none((node.of,), f"{of} == {self.constants.text(node.values[0])}")
        values: object = node.values if len(node.values) <= 3 else frozenset(node.values)
        return self._unless_none((node.of,), f"{of} in {self.constants.text(values)}")

    def _under(self, node: Under) -> str:
        of, prefixes = self.names[node.of], self.constants.text(node.prefixes)
        wider = self.constants.text(node.wider)
        if self.shapes[node.of].open:
            return f"under({of}, {prefixes}, {wider})"
        return self._unless_none(
            (node.of,), f"True if {of}.startswith({prefixes}) else under({of}, {prefixes}, {wider})"
        )

    def _connective(self, items: Sequence[int], decides: str) -> str:
        """Kleene's and (`decides` is False) or or (True)."""
        rest = "True" if decides == "False" else "False"
        names = list(dict.fromkeys(self.names[one] for one in items))
        unknown = list(dict.fromkeys(self.names[one] for one in items if self.shapes[one].unknown))
        if not names:
            return rest
        if len(names) == 1:
            return names[0]
        if len(names) >= _WIDE:
            first = f"{decides} in ({', '.join(names)})"
            second = f"None in ({', '.join(unknown)},)"
        else:
            first = " or ".join(f"{one} is {decides}" for one in names)
            second = " or ".join(f"{one} is None" for one in unknown)
        middle = f"None if {second} else " if unknown else ""
        return f"{decides} if {first} else {middle}{rest}"

    def _at_least(self, index: int, node: AtLeast) -> None:
        items = f"({', '.join(self.names[one] for one in node.items)},)" if node.items else "()"
        self.line(f"t = {items}")
        self.line("n = t.count(True)")
        text = f"True if n >= {node.n!r} else False if n + t.count(None) < {node.n!r} else None"
        self.names[index] = self._local(index, text)

    def _linear(self, node: Linear) -> str:
        if any(self.shapes[term].open for _, term in node.terms):
            terms = "".join(
                f"({self.constants.text(factor)}, {self.names[term]}), " for factor, term in node.terms
            )
            return f"linear(({terms}), {self.constants.text(node.constant)})"
        parts = [
            self.names[term] if factor == 1 else f"{self.names[term]} * {self.constants.text(factor)}"
            for factor, term in node.terms
        ]
        if node.constant != 0 or not parts:
            parts.append(self.constants.text(node.constant))
        total = " + ".join(parts) if len(parts) < _LONG_SUM else f"sum(({', '.join(parts)}))"
        whole = not _shape(node, self.shapes).fraction
        return self._unless_none([term for _, term in node.terms], total if whole else f"linear((), {total})")

    def _quotient(self, node: Quotient) -> str:
        of, to, otherwise = self.names[node.of], self.names[node.to], self.names[node.otherwise]
        shapes = self.shapes[node.of], self.shapes[node.to]
        if isinstance(node.factor, Fraction) or any(shape.open or shape.fraction for shape in shapes):
            return f"quotient({of}, {to}, {self.constants.text(node.factor)}, {otherwise})"
        above = of if node.factor == 1 else f"{of} * {self.constants.text(node.factor)}"
        exact = f"{above} // {to} if {above} % {to} == 0 else Fraction({above}, {to})"
        return self._unless_none((node.of, node.to), f"{otherwise} if {to} <= 0 else {exact}")

    def _extreme(self, node: Extreme) -> str:
        items = "".join(f"{self.names[one]}, " for one in node.items)
        kind, bound = self.constants.text(node.kind), self.constants.text(node.bound)
        call = f"extreme({kind}, ({items}), {bound})"
        if len(node.items) != 2 or any(self.shapes[one].vague for one in node.items):
            return call
        left, right = (self.names[one] for one in node.items)
        return f"{left} if {left} {'>=' if node.kind == 'max' else '<='} {right} else {right}"

    def _as_of(self, node: AsOf) -> str:
        if node.years or node.months:
            return f"moved_back(a, {node.years!r}, {node.months!r}, {node.days!r})"
        return f"a - {node.days!r}" if node.days else "a"

    # -- statements

    def _first_match(self, index: int, node: FirstMatch) -> None:
        local = f"{self.prefix}{index}"
        self.names[index] = local
        rows = [(self.names[when], self.names[value]) for when, value in node.rows]
        otherwise = self.names[node.otherwise]
        call = (
            f"{local} = first_match(({''.join(f'({when}, {value}), ' for when, value in rows)}), {otherwise})"
        )
        if not rows or len(rows) > _MANY_ROWS:
            self.line(call if rows else f"{local} = {otherwise}")
            return
        self._rows(local, rows, otherwise, call, node)

    def _rows(
        self, local: str, rows: Sequence[tuple[str, str]], otherwise: str, call: str, node: FirstMatch
    ) -> None:
        unknown = dict.fromkeys(self.names[when] for when, _ in node.rows if self.shapes[when].unknown)
        first, value = rows[0]
        self.line(f"if {first}:")
        self.line(f"{local} = {value}", 1)
        if unknown:
            self.line(f"elif {' or '.join(f'{one} is None' for one in unknown)}:")
            self.line(call, 1)
        for when, value in rows[1:]:
            self.line(f"elif {when}:")
            self.line(f"{local} = {value}", 1)
        self.line("else:")
        self.line(f"{local} = {otherwise}", 1)


# ------------------------------------------------------------------------------------------- aggregates


def _write_aggregate(writer: _Writer, index: int, node: Aggregate) -> None:
    """A loop over the items: the parts of `where` one after another, each dropping an item that fails it.

    Where a part asks for some kinds, the loop is skipped unless one of them, or an unknown one, occurs at all.
    """
    local, low, high = f"{writer.prefix}{index}", f"l{index}", f"h{index}"
    writer.names[index] = local
    writer.line(f"{low} = {high} = 0")
    body = _Body(writer, node)
    guard = body.guard()
    if guard:
        writer.line(f"if not {guard}:")
        body.indent += "    "
    writer.line(f"for x in {_LISTS[node.over]}:", 1 if guard else 0)
    unsure = body.filter()
    body.add(low, high, unsure)
    writer.lines += body.lines
    _write_unsurveyed(writer, high, node)
    writer.line(f"{local} = {low} if {low} == {high} else Interval({low}, {high})")


def _write_unsurveyed(writer: _Writer, high: str, node: Aggregate) -> None:
    if not node.unsurveyed:
        return
    if node.over == "qualifications":
        writer.line("if not quals_known:")
        writer.line(f"{high} += {node.unsurveyed!r}", 1)
    elif node.categories:
        tests = " + ".join(f"({writer.constants.text(one)} in blank)" for one in node.categories)
        writer.line("if blank:")
        writer.line(f"{high} += {node.unsurveyed!r} * ({tests})", 1)


class _Body(_Writer):
    """Writes an aggregate's body for one item `x`, each part where it is first needed."""

    def __init__(self, writer: _Writer, node: Aggregate) -> None:
        super().__init__(writer.constants, "b", writer.indent + "    ", writer)
        self.aggregate = node
        for part in node.body:
            assert not isinstance(part, Aggregate), "an aggregate has no aggregates inside"
            self.shapes.append(_shape(part, self.shapes, writer.shapes))

    def need(self, index: int) -> str:
        """The name of a part's result, written now if it was not before."""
        if index not in self.names:
            part = self.aggregate.body[index]
            for child in children(part):
                self.need(child)
            self.node(index, part, self.aggregate.body)
        return self.names[index]

    def guard(self) -> str:
        """A test that no item can pass, from a part that asks for some values of one column; else nothing."""
        over, body = self.aggregate.over, self.aggregate.body
        best: tuple[int, Member] | None = None
        for index in self._conjuncts(self.aggregate.where):
            part = body[index]
            if not isinstance(part, Member) or not isinstance(read := body[part.of], ItemFact):
                continue
            if best is None or len(part.values) < len(best[1].values):
                best = read.index, part
        if best is None:
            return ""
        column, asked = best
        self.guards.add((over, column))
        wanted = self.constants.text(frozenset((*asked.values, None)))
        return f"{_LISTS[over]}{column}.isdisjoint({wanted})"

    def filter(self) -> list[str]:
        """Write the tests that drop an item; gives the names whose None leaves its membership open."""
        unsure: list[str] = []
        for part in self._conjuncts(self.aggregate.where):
            test = self.need(part)
            if self.shapes[part].unknown:
                self.line(f"if {test} is False:")
                unsure.append(test)
            else:
                self.line(f"if not {test}:")
            self.line("continue", 1)
        return list(dict.fromkeys(unsure))

    def _conjuncts(self, index: int) -> list[int]:
        part = self.aggregate.body[index]
        if not isinstance(part, And):
            return [index]
        return [one for item in part.items for one in self._conjuncts(item)]

    def add(self, low: str, high: str, unsure: list[str]) -> None:
        """Write what an item that stays adds to both ends."""
        of = self.aggregate.of
        amount = "1" if of is None else self.need(of)
        shape = Shape() if of is None else self.shapes[of]
        depth = 0
        if shape.vague:
            test = f"not is_plain({amount})" if shape.open else f"{amount} is None"
            self.line(f"if {test}:")
            self.line(f"{high} += {self.aggregate.highest!r}", 1)
            self.line("else:")
            depth = 1
        self.line(f"{high} += {amount}", depth)
        if unsure:
            self.line(f"if not ({' or '.join(f'{one} is None' for one in unsure)}):", depth)
            depth += 1
        self.line(f"{low} += {amount}", depth)


# ------------------------------------------------------------------------------------------- the function


def _generate(program: Program) -> Generated:
    """The whole text: one function."""
    writer = _Writer(_Constants(), "v", "    ")
    for index, node in enumerate(program.nodes):
        writer.shapes.append(_shape(node, writer.shapes))
        writer.node(index, node, program.nodes)
    results = ", ".join(writer.names[index] for index in range(len(program.nodes)))
    head = ["def evaluate(case):", *_opening(program, writer.guards)]
    lines = [*head, *writer.lines, f"    return ({results},)" if results else "    return ()"]
    return Generated("\n".join(lines) + "\n", writer.constants.table)


def _generate_again(program: Program, starts: Sequence[int], affected: Sequence[int]) -> Generated:
    """The text of `again(case, results, new)`: only what the starts can change is computed anew."""
    writer = _Writer(_Constants(), "v", "    ")
    inside, nodes = frozenset(affected), program.nodes
    for index, node in enumerate(nodes):
        writer.shapes.append(_shape(node, writer.shapes))
        if index in starts:
            writer.names[index] = "new"
        elif index in inside:
            writer.node(index, node, nodes)
        elif isinstance(node, Constant):
            writer.names[index] = writer.constants.text(node.value)
        else:
            writer.names[index] = f"r[{index}]"
    kept = [f"    r[{index}] = {writer.names[index]}" for index in sorted((*starts, *affected))]
    moved = [nodes[index] for index in affected]
    head = ["def again(case, results, new):", "    r = [*results]", *_openings(moved, writer.guards)]
    return Generated("\n".join([*head, *writer.lines, *kept, "    return r", ""]), writer.constants.table)


def _opening(program: Program, guards: set[tuple[str, int]]) -> Iterable[str]:
    count = len(program.frame.facts)
    if count:
        yield f"    {''.join(f'f{index}, ' for index in range(count))}= case.values"
    yield from _openings(program.nodes, guards)


def _openings(nodes: Sequence[Node], guards: set[tuple[str, int]]) -> Iterable[str]:
    """The parts of the case that some nodes read, as locals."""
    aggregates = [node for node in nodes if isinstance(node, Aggregate)]
    kinds = {type(node) for node in (*nodes, *(part for one in aggregates for part in one.body))}
    if AsOf in kinds or YearsSince in kinds:
        yield "    a = case.as_of"
    if any(node.over == "activities" for node in aggregates):
        yield "    items = case.activities"
        yield "    blank = case.unsurveyed"
    if any(node.over == "qualifications" for node in aggregates):
        yield "    quals = case.qualifications"
        yield "    quals_known = case.qualifications_known"
    for over, column in sorted(guards):
        yield f"    {_LISTS[over]}{column} = {{x[{column}] for x in {_LISTS[over]}}}"
