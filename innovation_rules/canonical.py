"""Write validated data in one canonical form, and take its digest.

`record` digests enterprises and records with it. Canonical JSON has sorted keys, NFC text and integers in base
units; what is absent, and a mapping or set without entries, is left out; there are no floats. A digest proves
consistency, not origin.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
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
    if isinstance(value, BaseModel):
        return {
            name: field
            for name, field in value.__dict__.items()
            if field is not None and (field or field.__class__ not in _SILENT)
        }
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no canonical form for {type(value).__name__}")


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
