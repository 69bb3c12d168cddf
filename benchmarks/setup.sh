#!/bin/sh
# Make .venv-bench ready: the peers and this checkout, in an environment of their own. Run by `make bench`.
set -eu
cd "$(dirname "$0")/.."
[ -x .venv-bench/bin/python ] || .venv/bin/python -m venv .venv-bench
pip() { .venv-bench/bin/python -m pip --disable-pip-version-check "$@"; }
echo "setup: the peers"
pip install --quiet --require-hashes -r benchmarks/requirements.txt
pip install --quiet --no-deps --no-build-isolation -e .
scripts/install_rete.sh .venv-bench/bin/python
