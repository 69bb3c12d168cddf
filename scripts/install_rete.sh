#!/bin/sh
# Install the second engine, durable_rules, into the environment of the Python named by $1.
# It comes as source only. Where it cannot be built, that is said and the rest goes on: exit 0.
# $CC chooses the compiler. From Python 3.13 on, a function that Python dropped is named anew.
set -eu
cd "$(dirname "$0")/.."
python=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

absent() {
    echo "setup: second engine: not installed ($1)"
    echo "       everything else works; to add it, install a C compiler and the Python headers"
    echo "       (Debian, Ubuntu: apt-get install gcc python3-dev), then: make rete"
}
reason() {
    { grep -i -E 'no such file|not found|fatal error|error:' "$log" || echo unknown; } |
        grep -v subprocess | head -n 1 | sed 's/^ *//' | cut -c1-120
}
works() { "$python" -c 'import durable.engine, durable_rules_engine' >>"$log" 2>&1; }

if works; then exit 0; fi

compiler=${CC:-$(command -v gcc || command -v cc || command -v clang || true)}
if [ -z "$compiler" ]; then absent "no C compiler found"; exit 0; fi
if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 13))'; then
    compiler="$compiler -DPyEval_CallObject=PyObject_CallObject"
fi

# no cache: a wheel built without the flag would be taken from it and fail to import
if ! CC="$compiler" "$python" -m pip --disable-pip-version-check install --quiet --no-cache-dir \
        --no-deps --no-build-isolation --require-hashes -r constraints-rete.txt >"$log" 2>&1; then
    absent "it did not build: $(reason)"
elif ! works; then
    "$python" -m pip --disable-pip-version-check uninstall --quiet --yes durable_rules >/dev/null 2>&1
    absent "it was built and does not import: $(reason)"
else
    echo "setup: second engine: durable_rules, installed"
fi
