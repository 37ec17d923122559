"""Office files with the same bytes for the same content: ZIP packages whose parts stand in a fixed order, at one date."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["MADE", "settled"]

MADE = datetime.datetime(2000, 1, 1)
"""When every file says it was made: a figure has no date, or the same study would give different bytes."""
STAMP = (1980, 1, 1, 0, 0, 0)
"""The earliest time an entry of a ZIP archive can have."""
FIRST = "[Content_Types].xml"


def settled(package: bytes, without: Collection[str] = ()) -> bytes:
    """Return a package with its parts in the order of their names, at a fixed date, leaving some out.

    `[Content_Types].xml` comes first, as readers of streams expect.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(written, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != FIRST, name)):
            if name in without:
                continue
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            entry.external_attr = 0
            new.writestr(entry, old.read(name), compresslevel=6)
    return written.getvalue()
