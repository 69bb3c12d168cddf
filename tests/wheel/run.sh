#!/bin/sh
# Build the sdist and the wheel, install each into a fresh environment outside the checkout, try both.
# Run by `make wheel`. The pins are used without their hashes, so that the package's own declared
# dependencies decide what is installed: a forgotten one fails here.
set -eu
cd "$(dirname "$0")/../.."
checkout=$(pwd -P)
python=$checkout/.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -E '/^ *--hash/d; s/ *\\$//' constraints.txt > "$work/pins.txt"

echo "wheel: building"
"$python" -m hatchling build --target sdist --directory "$work/dist" >/dev/null 2>"$work/log" || { cat "$work/log"; exit 1; }
mkdir "$work/source"
tar -xzf "$work"/dist/*.tar.gz -C "$work/source" --strip-components 1
# the wheel is built from the sdist: what the sdist forgot, the wheel cannot have
(cd "$work/source" && "$python" -m hatchling build --target wheel --directory "$work/dist" >/dev/null 2>"$work/log") || { cat "$work/log"; exit 1; }
(cd "$work/dist" && ls -1)

"$python" "$checkout/tests/wheel/contents.py" "$work"/dist/*.whl "$checkout"

for kind in whl tar.gz; do
    echo "wheel: installing the .$kind"
    venv=$work/venv-$kind
    "$python" -m venv "$venv"
    install() { "$venv/bin/python" -m pip --disable-pip-version-check install --quiet -c "$work/pins.txt" "$@"; }
    if [ "$kind" = tar.gz ]; then install hatchling; set -- --no-build-isolation; else set --; fi
    install "$@" "$work"/dist/*."$kind"
    mkdir "$work/try-$kind"
    cp -r examples "$work/try-$kind/"
    (cd "$work/try-$kind" && "$venv/bin/python" -I "$checkout/tests/wheel/smoke.py" "$checkout")
done
echo "wheel: ok"
