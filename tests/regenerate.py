"""Rewrite the golden figures and the documentation's: `python tests/regenerate.py`. Look at each one that changes."""

import sys
from pathlib import Path

from consortflow import draw

__all__ = ["figures", "main"]

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "diagrams" / "golden"
DOCS = ROOT / "docs" / "figures"


def figures() -> dict[Path, bytes]:
    """Return what every generated figure holds, by its file."""
    found = {}
    for example in sorted((ROOT / "examples").glob("*.consort.yaml")):
        name = example.name.removesuffix(".consort.yaml")
        figure = draw(example)
        found[GOLDEN / f"{name}.svg"] = found[DOCS / f"{name}.svg"] = figure.to_bytes("svg")
        found[GOLDEN / f"{name}.dot"] = figure.to_bytes("dot")
    return found


def main() -> int:
    """Write every file that differs, delete those that nothing makes any more, and name them."""
    made = figures()
    for path in sorted(path for folder in (GOLDEN, DOCS) for path in folder.glob("*") if path not in made):
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
