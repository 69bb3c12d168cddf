"""The benchmark measures what it says: our engines and the plain function agree on the neutral workload."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.deep
def test_our_engines_say_what_the_plain_function_says() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "decision.py", "--check"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "absent: our engines" not in done.stdout
