"""Check that a wheel holds every module and data file of the tree, and nothing else."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

FOLDERS = {"flow": "consortflow", "schemas": "consortflow/schemas", "diagrams": "consortflow/diagrams"}
KINDS = {".py", ".toml", ".json", ".yaml", ".typed"}


def wanted() -> set[str]:
    """Return the names that the tree's folders make in a wheel."""
    found = set()
    for folder, inside in FOLDERS.items():
        for path in Path(folder).rglob("*"):
            if path.is_file() and path.suffix in KINDS | {""} and "__pycache__" not in path.parts:
                found.add(f"{inside}/{path.relative_to(folder).as_posix()}")
    return found


def main() -> int:
    """Compare the wheel named on the command line with the tree; return 1 where they differ."""
    names = {name for name in zipfile.ZipFile(sys.argv[1]).namelist() if ".dist-info/" not in name}
    expected = wanted()
    for name in sorted(expected - names):
        print(f"missing from the wheel: {name}")
    for name in sorted(names - expected):
        print(f"only in the wheel: {name}")
    if names != expected:
        return 1
    print(f"{len(names)} files, as in the tree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
