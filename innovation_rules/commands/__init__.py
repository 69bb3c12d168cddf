"""Commands that stand apart from `cli`: each module registers its own when the command is first asked for.

`cli.LATER` names them. Nothing imports these modules but the command line, by name. What may take minutes first asks
here whether it can be done at all.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from innovation_rules.terminal.bilingual import Text, fail


def solver() -> None:
    """Refuse early where the solver is not installed."""
    if find_spec("z3") is None:
        fail(
            Text("没有安装求解器", "the solver is not installed"),
            Text("运行 pip install 'innovation-rules[prove]'", "run pip install 'innovation-rules[prove]'"),
        )


def folders(*files: str | None) -> None:
    """Raises FileNotFoundError where there is no folder for a file that is written in the end."""
    for file in files:
        if file is not None and file != "-":
            Path(file).absolute().parent.stat()
