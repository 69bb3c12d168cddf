"""The benchmark of tables measures what it says: what is written by hand says what the bulk engine says."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.deep
def test_what_is_written_by_hand_says_what_the_engine_says() -> None:
    pytest.importorskip("duckdb", reason="the extra `bulk` is not installed")
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "bulk.py", "--check"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for one in ("Polars", "DuckDB", "NumPy"):
        assert f"rows that differ from ours: 0 (by hand, {one})" in done.stdout
