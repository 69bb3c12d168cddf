"""The one place that imports the solver; its own types are of no use to a type checker, so it goes as Any.

Needs the extra `prove` (z3-solver).
"""

from __future__ import annotations

from typing import Any

import z3 as _z3

z3: Any = _z3

__all__ = ["z3"]
