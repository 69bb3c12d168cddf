"""Try an installed innovation-rules from outside the checkout, without pytest.

Run by run.sh with the fresh environment's Python and the checkout's path; the working directory holds
a copy of examples/.
"""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

CHECKOUT = Path(sys.argv[1])
COMMAND = Path(sys.executable).with_name("innovation-rules")
LEDGER = "examples/changzhi-2020.jsonl"


def run(*arguments: str) -> str:
    """The standard output of a command of the installed library, which must end with 0."""
    done = subprocess.run(
        [COMMAND, *arguments], capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        called = f"innovation-rules {' '.join(arguments)}"
        sys.exit(f"error: {called}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def holds(fact: bool, text: str) -> None:
    """Stop with `text` where `fact` is false; `assert` would be silent under -O."""
    if not fact:
        sys.exit(f"error: {text}")


before = set(sys.modules)
import innovation_rules  # noqa: E402

heavy = {"durable", "hypothesis", "pytest", "polars", "duckdb", "z3"} & (set(sys.modules) - before)
home = Path(innovation_rules.__file__).parent
holds(CHECKOUT not in home.parents, f"imported from the checkout: {home}")
holds(not heavy, f"`import innovation_rules` brings optional libraries: {sorted(heavy)}")
holds((home / "py.typed").is_file(), "py.typed is not there")
holds((home / "policies" / "changzhi.yaml").is_file(), "the policies are not there")
holds(version("innovation-rules") in run("--version"), "--version tells another version")
holds("changzhi" in run("packs"), "`packs` does not list changzhi")

run("check", "changzhi")
run("decide", "changzhi", LEDGER, "--year", "2020", "--summary")
decisions = [
    json.loads(line)
    for line in run("decide", "changzhi", LEDGER, "--year", "2020", "--format", "json").splitlines()
]
given = sum(1 for line in Path(LEDGER).read_text(encoding="utf-8").splitlines() if '"uscc"' in line)
holds(len(decisions) == given, f"{len(decisions)} decisions for {given} enterprises")
run("why", "changzhi", LEDGER, decisions[0]["uscc"], "--year", "2020")
run("doctor")
print(f"wheel: {len(decisions)} enterprises decided, installed version {version('innovation-rules')}")
