#!/bin/sh
# Make .venv ready: a Python from 3.11 on, the pinned packages, the second engine, this checkout itself.
# Run by `make`, which calls it only when pyproject.toml, the pins or these scripts have changed.
# PYTHON=/path/to/python3 chooses the interpreter.
set -eu
cd "$(dirname "$0")/.."
venv=.venv

fit() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
        if fit "$candidate"; then echo "$candidate"; return; fi
    done
    echo "error: Python 3.11 or later is needed; found: $(python3 --version 2>&1 || echo none)" >&2
    echo "help: install python3.11 or later, or say which: make test PYTHON=/path/to/python3" >&2
    return 1
}

if ! fit "$venv/bin/python" || [ "$("$venv/bin/python" -c 'import sys; print(sys.prefix)')" != "$(pwd -P)/$venv" ]; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "error: $python cannot make virtual environments" >&2
        echo "help: on Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
    echo "setup: $venv with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

echo "setup: pinned packages"
pip install --quiet --require-hashes -r constraints.txt
scripts/install_rete.sh "$venv/bin/python"
echo "setup: innovation-rules, editable"
pip install --quiet --no-deps --no-build-isolation -e .
