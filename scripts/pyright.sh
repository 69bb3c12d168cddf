#!/bin/sh
# Run pyright over the package. Where node is absent that is said, and the check is skipped: exit 0.
set -eu
cd "$(dirname "$0")/.."
if [ -f .node/node_modules/pyright/index.js ]; then
    node .node/node_modules/pyright/index.js --pythonpath .venv/bin/python
else
    echo "pyright: SKIPPED, node is absent"
fi
