#!/bin/sh
# Write constraints*.txt and benchmarks/requirements.txt anew: the newest versions that are admitted,
# for every Python from 3.11 on, with the hashes of all their files. Run by `make pins`; needs a network.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check uv
compile() {
    "$work/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --upgrade \
        --generate-hashes --no-emit-index-url --no-annotate --no-header "$@"
}
compile --extra dev pyproject.toml -o "$work/all.txt"
compile --extra spark pyproject.toml -o "$work/spark.txt"
compile benchmarks/requirements.in -o "$work/peers.txt"
if grep -n '://' "$work/all.txt" "$work/spark.txt" "$work/peers.txt"; then echo "pins: an address got into the file" >&2; exit 1; fi

title() { printf '# Pinned versions with hashes, for %s. Written by `make pins`; names no index.\n' "$1"; }
{ title "running, testing and building innovation-rules"
  awk '/^[a-zA-Z]/ { rete = /^durable-rules==/ } !rete' "$work/all.txt"; } > constraints.txt
{ title "the second engine, which needs a C compiler: scripts/install_rete.sh"
  awk '/^[a-zA-Z]/ { rete = /^durable-rules==/ } rete' "$work/all.txt"; } > constraints-rete.txt
{ title "the bulk engine on Spark, which needs Java 17: scripts/install_spark.sh"
  awk '/^[a-zA-Z]/ { spark = /^(pyspark|py4j)==/ } spark' "$work/spark.txt"; } > constraints-spark.txt
{ title "the peers and what our library needs beside them"; cat "$work/peers.txt"; } > benchmarks/requirements.txt
grep -c '^[a-zA-Z]' constraints.txt constraints-rete.txt constraints-spark.txt benchmarks/requirements.txt
