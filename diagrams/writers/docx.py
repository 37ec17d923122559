"""A scene as a Word document: the figure as a group of native shapes on a page that it fits, with a picture beside it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.writers.drawingml import EMU, cleaned, locale_of
from consortflow.diagrams.writers.packages import MADE, settled
from consortflow.diagrams.writers.wordml import figure_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.document import Document

    from consortflow.diagrams.scene import Scene
    from consortflow.diagrams.writers import Wishes

__all__ = ["write", "write_pages"]

LETTER, A4 = (612.0, 792.0), (595.3, 841.9)
MARGINS = (72.0, 54.0, 36.0)
"""Of a page, the usual first."""
MOST = 1584.0
"""Points that a side of a page can have: 22 inches."""
LINE = 14.0
"""Under the figure, for the line it stands in."""
