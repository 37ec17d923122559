"""Office files with the same bytes for the same content: their parts in a fixed order, at one date, by nobody."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import TYPE_CHECKING, Protocol

from consortflow.diagrams.writers.drawingml import cleaned, locale_of

if TYPE_CHECKING:
    from docx.opc.coreprops import CoreProperties as WordProperties
    from pptx.parts.coreprops import CorePropertiesPart as SlideProperties

__all__ = ["Titled", "described", "settled"]

MADE = datetime.datetime(2000, 1, 1)
"""When every file says it was made: a figure has no date, or the same study would give different bytes."""
MOST_TITLE = 255
"""Characters that a property of a document can have."""
STAMP = (1980, 1, 1, 0, 0, 0)
"""The earliest time an entry of a ZIP archive can have."""
FIRST = "[Content_Types].xml"


class Titled(Protocol):
    """What a document is about: a figure, or its legend."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def language(self) -> str:
        """Its language, as a study names it."""


def described(about: WordProperties | SlideProperties, content: Titled) -> None:
    """Write what a document says of itself: its title, and nothing of when and by whom it was made."""
    about.title = cleaned(content.title)[:MOST_TITLE]
    about.language = locale_of(content.language)
    about.author = about.last_modified_by = about.comments = about.keywords = ""
    about.created = about.modified = MADE
    about.revision = 1


def settled(package: bytes) -> bytes:
    """Return a package with its parts in the order of their names, at a fixed date.

    `[Content_Types].xml` comes first, as readers of streams expect.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(written, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != FIRST, name)):
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            entry.external_attr = 0
            new.writestr(entry, old.read(name), compresslevel=6)
    return written.getvalue()
