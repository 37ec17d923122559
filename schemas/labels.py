"""The words a study file may leave out, by language: read from `labels.toml`, which a translator can edit."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["Labels", "labels"]

Labels = dict[str, dict[str, str]]
"""Words by group (stage, exit, transfer, phase, word) and name."""


@cache
def labels(language: str) -> Labels:
    """Return the words of a language; KeyError where there is no table for it."""
    import tomllib

    table: dict[str, Labels] = tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))
    return table[language]
