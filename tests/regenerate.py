"""Rewrite the golden figures and what the documentation shows: `python tests/regenerate.py`.

Look at each figure that changes.
"""

import contextlib
import sys
from pathlib import Path

from consortflow import draw
from consortflow.report.pages import pages
from consortflow.rules import all_rules

__all__ = ["figures", "main", "rules"]

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "diagrams" / "golden"
DOCS = ROOT / "docs" / "figures"
RULES = ROOT / "docs" / "rules"
TABLES = ROOT / "examples" / "records"
"""The tables that examples of rules name."""


def figures() -> dict[Path, bytes]:
    """Return what every generated figure holds, by its file."""
    found = {}
    for example in sorted((ROOT / "examples").glob("*.consort.yaml")):
        name = example.name.removesuffix(".consort.yaml")
        figure = draw(example)
        found[GOLDEN / f"{name}.svg"] = found[DOCS / f"{name}.svg"] = figure.to_bytes("svg")
        found[GOLDEN / f"{name}.dot"] = figure.to_bytes("dot")
    return found


def rules() -> dict[Path, bytes]:
    """Return the page of every rule, and their index, by its file."""
    with contextlib.chdir(TABLES):
        return {RULES / name: text.encode() for name, text in pages(all_rules()).items()}


def main() -> int:
    """Write every file that differs, delete those that nothing makes any more, and name them."""
    made = figures() | rules()
    for path in sorted(path for folder in (GOLDEN, DOCS, RULES) for path in folder.glob("*") if path not in made):
        path.unlink()
        print(f"deleted {path.relative_to(ROOT)}")  # noqa: T201 - a command says what it did
    for path, data in made.items():
        if not path.exists() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            print(f"wrote {path.relative_to(ROOT)}")  # noqa: T201 - as above
    return 0


if __name__ == "__main__":
    sys.exit(main())
