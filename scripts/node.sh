#!/bin/sh
# Put the npm packages named on the command line (name@version ...) into .node, which git ignores.
# Where node or npm is absent that is said, and the checks that need them are skipped: exit 0.
set -eu
cd "$(dirname "$0")/.."
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "node: absent; SKIPPED: $*"
    exit 0
fi
stamp=.node/.ready
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$*" ]; then exit 0; fi
rm -rf .node && mkdir .node
npm install --prefix .node --no-package-lock --no-save --no-audit --no-fund --ignore-scripts --loglevel error "$@"
echo "$*" > "$stamp"
