"""Compare what a built wheel carries with the checkout: every module, every policy file, the type marker."""

import sys
import zipfile
from pathlib import Path

wheel, checkout = sys.argv[1], Path(sys.argv[2])
carried = set(zipfile.ZipFile(wheel).namelist())
modules = {p.relative_to(checkout).as_posix() for p in (checkout / "innovation_rules").rglob("*.py")}
policies = {
    f"innovation_rules/{p.relative_to(checkout).as_posix()}"
    for p in (checkout / "policies").rglob("*")
    if p.is_file()
}
missing = sorted((modules | policies | {"innovation_rules/py.typed"}) - carried)
if missing or not policies:
    sys.exit(f"error: the wheel lacks {missing or 'every policy file'}")
foreign = sorted(n for n in carried if not n.startswith(("innovation_rules/", "innovation_rules-")))
if foreign:
    sys.exit(f"error: the wheel carries what is not the package's: {foreign}")
print(f"wheel: {len(carried)} files, {len(policies)} of them policies")
