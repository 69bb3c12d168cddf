"""Fixtures that many tests share: every test of the core runs on every engine that is installed."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from innovation_rules import engines

WRITTEN = [name for name, module in engines.ENGINES.items() if find_spec(module)]


SLOW = ("spark",)
"""Engines that start slowly: their run of the shared tests is deep."""
PARAMS = [pytest.param(name, marks=pytest.mark.deep if name in SLOW else ()) for name in WRITTEN]


@pytest.fixture(params=PARAMS)
def engine(request: pytest.FixtureRequest) -> engines.Engine:
    """Each engine in turn; one whose extra is absent is skipped, and says so."""
    try:
        return engines.engine(request.param)
    except engines.EngineError as error:
        pytest.skip(error.diagnostics[0].message("en"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-expected` writes the expected texts beside the inputs anew."""
    parser.addoption("--update-expected", action="store_true", help="write the expected texts anew")
