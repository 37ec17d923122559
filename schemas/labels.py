"""The words a study file may leave out, by language: read from `labels.toml`, which a translator can edit."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

__all__ = ["Labels", "labels", "languages"]

Labels = dict[str, dict[str, str]]
"""Words by group (stage, exit, transfer, phase, word, telling, legend, table, page) and name."""

_TABLE = re.compile(r"^\[([\w-]+)\..*?(?=^\[|\Z)", re.MULTILINE | re.DOTALL)


@cache
def _texts() -> dict[str, str]:
    """Return the tables of each language as they are written: parsing all of them would cost each start a few ms."""
    texts: dict[str, str] = {}
    for table in _TABLE.finditer(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8")):
        texts[table[1]] = texts.get(table[1], "") + table[0]
    return texts


def languages() -> tuple[str, ...]:
    """Return the languages there are words in, in the order of the file."""
    return tuple(_texts())


@cache
def labels(language: str) -> Labels:
    """Return the words of a language; KeyError where there is no table for it."""
    import tomllib

    table: dict[str, Labels] = tomllib.loads(_texts()[language])
    return table[language]
