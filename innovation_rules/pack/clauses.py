"""Account for every clause of a document: what in the pack encodes it, or why nothing does.

`checker` holds a pack against its account, `policies/clauses/<pack>.yaml`; `account` gives the totals.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from innovation_rules.errors import Place, Problems, nearest
from innovation_rules.pack import grammar as g
from innovation_rules.pack import parser, reader
from innovation_rules.pack.grammar import key
from innovation_rules.pack.linker import SECTIONS, Entry, Linked, declarations
from innovation_rules.quantities import Named

CITED: Final = frozenset({"activity_kinds", "classes", "coverages", "awards", "targets", "schedule"})
"""The sections whose every item some clause must stand behind."""


class Cause(Named):
    """Why nothing in the pack encodes a clause."""

    EXHORTATION = "exhortation", "倡导"
    PROCESS = "process", "工作程序"
    DEFINITION = "definition", "定义"
    TEXTUAL_FAULT = "textual_fault", "文字差错"
    ADDRESSED_ELSEWHERE = "addressed_elsewhere", "另有处理"


class Clause(g.Item):
    """One clause, or one of the several things that a clause says."""

    id: g.Name = key("编号", "清单中的编号,不重复")
    locator: g.Name = key("条款", "在文件的哪一条,如 二(一)1")
    kind: g.Name = key("性质", "条款的性质,如 enterprise_eligibility、region_numeric_target")
    figure: str = key("数字", "条款里的数字", "")
    deadline: str = key("期限", "条款里的期限", "")
    encoded_by: tuple[g.Name, ...] = key("编码于", "编码它的各项:awards.x,或 national:facts.y", ())
    not_encoded: Cause | None = key("未编码", "没有编码的缘由", None)
    because: str = key("理由", "缘由的说明", "")
    note: str = key("备注", "给读者的说明", "")


class Ledger(g.Item):
    """The account of one document."""

    pack: g.Name = key("规则包", "所属的规则包")
    clauses: tuple[Clause, ...] = key("各条", "逐条说明")


class Account(NamedTuple):
    """Totals: all clauses, those encoded, and those that are not by cause; and all of these by kind."""

    total: int
    encoded: int
    not_encoded: Mapping[str, int]
    by_kind: Mapping[str, Mapping[str, int]]
    """kind → `encoded` or a cause → how many clauses."""


@dataclass(frozen=True)
class Read:
    """An account and the document that it was read from."""

    ledger: Ledger
    document: reader.Document


def path_of(linked: Linked) -> Path:
    """Where the account of a pack is kept: `clauses/<pack>.yaml` beside it."""
    pack = linked.pack.pack
    return Path(pack.place.file).parent / "clauses" / f"{pack}.yaml"


def find(linked: Linked) -> Read | None:
    """The account of a pack; None where it has none yet. Raises PackError."""
    path = path_of(linked)
    if not path.is_file():
        return None
    read = load(path)
    chinese = in_chinese(linked)
    rows = tuple(_in_english(clause, chinese) for clause in read.ledger.clauses)
    return Read(read.ledger.model_copy(update={"clauses": rows}), read.document)


def _in_english(clause: Clause, chinese: Mapping[str, str]) -> Clause:
    names = tuple(g.Name.of(chinese.get(str(one), str(one)), one.at) for one in clause.encoded_by)
    return clause.model_copy(update={"encoded_by": names})


def load(path: Path) -> Read:
    """Read an account. Raises PackError with every mistake in its shape."""
    document = reader.read_file(path)
    state = parser.Parser(document)
    ledger = parser.read_item(Ledger, document.root, state)
    state.problems.raise_if_any()
    return Read(ledger, document)


def account(ledger: Ledger) -> Account:
    """How many clauses are encoded, and why the others are not."""
    by_kind: dict[str, Counter[str]] = {}
    for clause in ledger.clauses:
        by_kind.setdefault(str(clause.kind), Counter())[_outcome(clause)] += 1
    totals = sum(by_kind.values(), Counter())
    encoded = totals.pop("encoded", 0)
    return Account(
        len(ledger.clauses), encoded, dict(totals), {kind: dict(counts) for kind, counts in by_kind.items()}
    )


def _outcome(clause: Clause) -> str:
    return "encoded" if clause.not_encoded is None else clause.not_encoded.value


# ------------------------------------------------------------------------------------------ checks


def check(linked: Linked, ledger: Ledger, problems: Problems) -> None:
    """Hold a pack and its account against each other."""
    if ledger.pack != linked.pack.pack:
        problems.add(
            "account-of-another-pack", ledger.pack.place, found=str(ledger.pack), pack=str(linked.pack.pack)
        )
        return
    clauses = _by_id(ledger, problems)
    _complete(linked, ledger, clauses, problems)
    items = encodable(linked)
    for clause in ledger.clauses:
        _accounted(clause, problems)
        for reference in clause.encoded_by:
            if str(reference) not in items:
                near = nearest(reference, [*items, *in_chinese(linked)])
                problems.add("unknown-item", reference.place, found=str(reference), nearest=near)
    _sources(linked, ledger, problems)
    _inventories(linked, clauses, problems)
    _uncited(linked, ledger, problems)


INVENTORY: Final = "inventory.csv"
"""The file beside the accounts that lists every clause found in the documents: id, locator, kind and figure."""


def _complete(linked: Linked, ledger: Ledger, clauses: Mapping[str, Clause], problems: Problems) -> None:
    """Every clause of the inventory has its row in the account, under the same locator and of the same kind."""
    for row in inventory(path_of(linked).parent / INVENTORY, str(linked.pack.pack)):
        clause = clauses.get(row["id"])
        if clause is None:
            problems.add("clause-missing", ledger.pack.place, id=row["id"], locator=row["locator"])
        elif (str(clause.locator), str(clause.kind)) != (row["locator"], row["kind"]):
            fields = {"id": row["id"], "locator": row["locator"], "kind": row["kind"]}
            problems.add("clause-differs", clause.id.place, **fields)  # type: ignore[arg-type]


def inventory(path: Path, pack: str) -> list[dict[str, str]]:
    """The clauses of one document in the inventory; none where there is no inventory."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if row["pack"] == pack]
    except FileNotFoundError:
        return []


def _by_id(ledger: Ledger, problems: Problems) -> dict[str, Clause]:
    found: dict[str, Clause] = {}
    for clause in ledger.clauses:
        first = found.setdefault(str(clause.id), clause)
        if first is not clause:
            related = [(first.id.place, "first-defined-here")]
            problems.add("same-clause-twice", clause.id.place, related=related, id=str(clause.id))
    return found


def _accounted(clause: Clause, problems: Problems) -> None:
    """Encoded, or not encoded for a named cause and a stated reason."""
    if bool(clause.encoded_by) == (clause.not_encoded is not None):
        problems.add("clause-not-accounted", clause.id.place, id=str(clause.id))
    elif clause.not_encoded is not None and not clause.because:
        problems.add("clause-without-reason", clause.id.place, id=str(clause.id))


def _sources(linked: Linked, ledger: Ledger, problems: Problems) -> None:
    """Every locator that the pack cites is one of the document's."""
    locators = locators_of(ledger)
    for name, place in cited_locators(linked.pack):
        if not is_locator(name, locators):
            near = nearest(name, locators)
            problems.add("unknown-clause", place, found=name, nearest=near, pack=str(linked.pack.pack))


def locators_of(ledger: Ledger) -> list[str]:
    """The locators of an account, each once."""
    return list(dict.fromkeys(str(clause.locator) for clause in ledger.clauses))


def is_locator(name: str, locators: Sequence[str]) -> bool:
    """Whether a locator is one of these, or the whole of which one is a part: 五(二) of 五(二)1."""
    parts = (one[len(name) : len(name) + 1] for one in locators if one.startswith(name))
    return any(part in ("", "(", " ", "¶") or part.isdigit() for part in parts)


def cited_locators(pack: g.Pack) -> Iterator[tuple[str, Place]]:
    """Every locator that a pack cites, and where."""
    for item in items_in(pack):
        for name in getattr(item, "source", ()):
            yield str(name), name.place
    for note in pack.notes:
        for text in note.clauses:
            yield text, note.place


def items_in(value: Any) -> Iterator[g.Item]:
    """Every item inside a value, itself included."""
    if isinstance(value, g.Item):
        yield value
        parts: Any = [part for name, part in value.__dict__.items() if name != "at"]
    elif isinstance(value, Mapping):
        parts = value.values()
    elif isinstance(value, tuple | list):
        parts = value
    elif is_dataclass(value) and not isinstance(value, g.Figure | type):
        parts = [getattr(value, one.name) for one in fields(value)]
    else:
        return
    for part in parts:
        if not isinstance(part, str | int | Place):
            yield from items_in(part)


def _inventories(linked: Linked, clauses: Mapping[str, Clause], problems: Problems) -> None:
    """An item and its clause name each other."""
    for entry in declarations(linked.pack):
        reference = f"{entry.section}.{entry.id}"
        for number in getattr(entry.item, "inventory", ()):
            clause = clauses.get(number)
            if clause is None:
                near = nearest(number, clauses)
                problems.add("unknown-inventory", entry.place, found=number, name=entry.id, nearest=near)
            elif reference not in clause.encoded_by:
                related = [(clause.id.place, "the-clause-here")]
                problems.add("account-disagrees", entry.place, related=related, id=number, item=reference)


def _uncited(linked: Linked, ledger: Ledger, problems: Problems) -> None:
    """No item without a row of the account that names it."""
    cited = {str(one) for clause in ledger.clauses for one in clause.encoded_by}
    for entry in declarations(linked.pack):
        if entry.section in CITED and f"{entry.section}.{entry.id}" not in cited:
            problems.add("item-without-clause", entry.place, name=entry.id)


def encodable(linked: Linked) -> frozenset[str]:
    """Everything that a clause may be encoded by: `section.id`, and `pack:section.id` for what is inherited."""
    names: set[str] = set()
    for pack in linked.lineage:
        prefix = "" if pack is linked.pack else f"{pack.pack}:"
        names |= {prefix + name for name in _names_of(pack)}
    return frozenset(names)


def in_chinese(linked: Linked) -> dict[str, str]:
    """What a clause may be encoded by as Chinese packs write it, 奖励.研发奖励 → awards.rd_reward; only what is unique."""
    found: dict[str, list[str]] = {}
    for pack in linked.lineage:
        prefix = "" if pack is linked.pack else f"{pack.pack}:"
        labels = {f"{one.section}.{one.id}": one.item.label for one in declarations(pack)}
        for name in _names_of(pack):
            section, _, id = name.partition(".")
            zh = parser.fields_of(g.Pack)[section][1]
            if section in ("jurisdiction", "document", "in_force"):
                written = _keys_in_chinese(type(getattr(pack, section))).get(id, id)
            else:
                written = labels.get(name) or id
            for one in dict.fromkeys((written, id)):
                found.setdefault(f"{prefix}{zh}.{one}" if one else f"{prefix}{zh}", []).append(prefix + name)
    return {written: names[0] for written, names in found.items() if len(names) == 1}


def _keys_in_chinese(model: type[g.Item]) -> dict[str, str]:
    return {english: chinese for english, chinese, *_ in parser.fields_of(model).values()}


def _names_of(pack: g.Pack) -> Iterator[str]:
    for entry in declarations(pack):
        if entry.section != "properties":
            yield f"{entry.section}.{entry.id}"
    for section in ("periods", "profile", "implements"):
        yield from (f"{section}.{name}" for name in getattr(pack, section))
    for section in ("jurisdiction", "document", "in_force"):
        item = getattr(pack, section)
        if item is not None:
            given = [name.rstrip("_") for name in item.model_fields_set if name != "at"]
            yield from (section, *(f"{section}.{name}" for name in given))
    yield from (name for name in ("title", "notes") if getattr(pack, name))


__all__ = [
    "CITED",
    "SECTIONS",
    "Account",
    "Cause",
    "Clause",
    "Entry",
    "Ledger",
    "Read",
    "account",
    "check",
    "encodable",
    "find",
    "load",
    "path_of",
]
