"""Tell Hypothesis how enterprises are made, once both are there: the entry point that `import hypothesis` runs.

It imports nothing of the library: a model is registered when its module has been imported, before or after.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

MODELS: Final = {
    "innovation_rules.enterprise": ("Enterprise", "enterprises"),
    "innovation_rules.region": ("RegionStatistics", "regions"),
}
"""The module of each model, its name, and the strategy for it."""


def register() -> None:
    """Register the models already imported; the others on the day that they are."""
    for module in MODELS:
        if module in sys.modules:
            _known(sys.modules[module])
    if not all(module in sys.modules for module in MODELS):
        sys.meta_path.insert(0, _Waiting())


def _known(module: ModuleType) -> None:
    from hypothesis import strategies as st

    name, strategy = MODELS[module.__name__]
    st.register_type_strategy(getattr(module, name), lambda _: _strategy(strategy))


def _strategy(name: str) -> Any:
    from innovation_rules.audit import strategies

    return getattr(strategies, name)()


class _Waiting(MetaPathFinder):
    """Finds nothing itself: has the models registered as soon as their module has run."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in MODELS or fullname in self.asked:
            return None
        self.asked.add(fullname)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Then(spec.loader)
        return spec


class _Then(Loader):
    """Loads a module as it would have been, then registers its model."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)  # type: ignore[no-any-return]

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        _known(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)
