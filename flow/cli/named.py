"""The files that a command line names: patterns written out, and what a study's figure is called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from consortflow.cli.terminal import USAGE, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["expanded", "stem_of"]

ENDINGS = (".consort.yaml", ".consort.yml", ".yaml", ".yml")
_MAGIC = frozenset("*?[")
"""The signs that make a name a pattern."""


def stem_of(file: str) -> str:
    """Return the name of a study file without its folder and ending: what its figure is called."""
    name = Path(file).name
    return next((name.removesuffix(end) for end in ENDINGS if name.endswith(end)), name) or name


def expanded(files: Sequence[str]) -> list[str]:
    """Return the files that names and patterns stand for, each once; a pattern's in the order of their names.

    What names a file is no pattern, whatever signs are in it. A pattern that nothing matches is wrong usage.
    """
    found: list[str] = []
    for file in files:
        if file == "-" or os.path.lexists(file) or not _MAGIC.intersection(file):
            found.append(file)
            continue
        from glob import glob

        matched = sorted(glob(file, recursive=True))  # noqa: PTH207 - a pattern from the root, as a shell takes it
        if not matched:
            stop(f"{file}: no file has such a name", USAGE)
        found += matched
    return list(dict.fromkeys(found))
