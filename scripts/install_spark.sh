#!/bin/sh
# Install PySpark, pinned, into the environment of the Python named by $1: some 450 MB, built from its source.
# Where Java 17 or later is absent, or it cannot be built, that is said and the rest goes on: exit 0.
set -eu
cd "$(dirname "$0")/.."
python=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

absent() {
    echo "spark: not installed ($1)"
    echo "       everything else works; to add it, install Java 17 or later and try again: make spark"
}
java=${JAVA_HOME:+$JAVA_HOME/bin/java}
version=$("${java:-java}" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' || true)
if [ "${version:-0}" -lt 17 ]; then absent "Java 17 or later is absent"; exit 0; fi
if "$python" -c 'import pyspark' >"$log" 2>&1; then exit 0; fi
if ! "$python" -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation \
        --require-hashes -r constraints-spark.txt >"$log" 2>&1; then
    absent "$(tail -n 1 "$log" | cut -c1-120)"
elif ! "$python" -c 'import pyspark' >>"$log" 2>&1; then
    absent "it was installed and does not import"
else
    echo "spark: PySpark, installed"
fi
