"""Start the command line: `innovation-rules --version` against a bare click program, whole processes.

Interleaved, median. Run by `make bench` with the Python of the environment that is measured.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import goal, median_seconds, table

BARE = """\
#!{python}
import click


@click.command()
@click.version_option("1.0", prog_name="bare")
def main():
    pass


main()
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare"
        bare.write_text(BARE.format(python=sys.executable), encoding="utf-8")
        bare.chmod(0o755)
        ours = Path(sys.executable).with_name("innovation-rules")

        environ = {**os.environ, "PYTHONPYCACHEPREFIX": str(Path(folder) / "bytecode")}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed comes with its bytecode

        def start(*command: str | Path) -> None:
            subprocess.run(command, check=True, capture_output=True, env=environ)

        figures = median_seconds(
            {
                "python -c pass": lambda: start(sys.executable, "-c", "pass"),
                "bare click": lambda: start(bare, "--version"),
                "innovation-rules": lambda: start(ours, "--version"),
                "import innovation_rules": lambda: start(sys.executable, "-c", "import innovation_rules"),
            },
            rounds=41,
        )
    milliseconds = {name: seconds * 1000 for name, seconds in figures.items()}
    table("Start-up, whole process", milliseconds, "ms", "bare click")
    met = goal("innovation-rules --version", figures["innovation-rules"] / figures["bare click"], 2, "x")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
