"""Fixtures that many tests share: every test of the core runs on every engine that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from innovation_rules import engines

settings.register_profile("unhurried", deadline=None)  # other work on the machine is not a fault of the code
settings.load_profile("unhurried")

WRITTEN = [name for name, module in engines.ENGINES.items() if find_spec(module)]
SLOW = ("duckdb", "spark")
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of our own; skipped, and said, where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found or shutil.which("psql") is None:
        pytest.skip("NOT TESTED on PostgreSQL: it is not installed")
    folder, programs = Path(tempfile.mkdtemp(prefix="pg")), found[-1].parent
    as_user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "nobody")

    def run(program: str, *words: str) -> None:
        command = [*as_user, str(programs / program), "-D", str(folder / "data"), *words]
        subprocess.run(command, check=True, capture_output=True, cwd="/")

    run("initdb", "-U", "someone", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses= -k {folder} -c fsync=off -c jit=off"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield f"postgresql://someone@/postgres?host={folder}"
    run("pg_ctl", "-m", "immediate", "stop")
    shutil.rmtree(folder)
