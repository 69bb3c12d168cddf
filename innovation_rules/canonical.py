"""Write validated data in one canonical form, and take its digest.

`record` digests enterprises and records with it. Canonical JSON has sorted keys, NFC text and integers in base
units; what is absent, and a mapping or set without entries, is left out; there are no floats. A digest proves
consistency, not origin.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Set
from datetime import date
from hashlib import sha256
from typing import Any

from pydantic import BaseModel


def canonical(value: object) -> str:
    """Canonical JSON of a model, or of plain data made of mappings, sequences, texts, integers and truths.

    Raises TypeError for what has no canonical form. Validated data holds no floats; they are not looked for.
    """
    text = _encode(value)
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return _encode(_composed(json.loads(text)))


def digest(value: object) -> str:
    """`sha256:` and the SHA-256 of the canonical form in UTF-8."""
    return "sha256:" + sha256(canonical(value).encode()).hexdigest()


def _default(value: object) -> object:
    """What the encoder does not know: a model without its unknown fields, a date, a set in order."""
    form = _FORMS.get(value.__class__)
    return form(value) if form else _form_of(value)


def _form_of(value: object) -> object:
    """The same for a class met for the first time; what a class is, is asked once."""
    for kind, form in _KINDS:
        if isinstance(value, kind):
            _FORMS[value.__class__] = form
            return form(value)
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _fields(model: BaseModel) -> dict[str, object]:
    """A model's fields without the unknown ones: those that were given, and those whose default says something."""
    fields = model.__dict__
    kind = type(model)
    always = _ALWAYS.get(kind)
    if always is None:
        always = _ALWAYS[kind] = _telling_defaults(kind)
    found: dict[str, object] = {}
    for name in (*always, *model.model_fields_set):
        field = fields[name]
        if field is not None and (field or field.__class__ not in _SILENT):
            found[name] = field
    return found


def _telling_defaults(kind: type[BaseModel]) -> tuple[str, ...]:
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in kind.model_fields.items()
        if not field.is_required()
    }
    return tuple(
        name for name, one in defaults.items() if one is not None and (one or one.__class__ not in _SILENT)
    )


_KINDS: tuple[tuple[type, Callable[[Any], object]], ...] = (
    (BaseModel, _fields),
    (date, date.isoformat),
    (Set, sorted),
    (Mapping, dict),
)
_FORMS: dict[type, Callable[[Any], object]] = {}
_ALWAYS: dict[type[BaseModel], tuple[str, ...]] = {}
_SILENT = frozenset((dict, frozenset))
"""Containers that say nothing when they are empty; an empty list says that there is none."""

_encoder = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_default
)


def _encode(value: object) -> str:
    return _encoder.encode(value)


def _composed(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_composed(key): _composed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_composed(one) for one in value]
    return value
