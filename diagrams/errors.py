"""What goes wrong between a chart and its figure: one exception a cause, with its facts as attributes."""

from __future__ import annotations

import unicodedata

from consortflow.schemas.errors import ConsortflowError

__all__ = [
    "DotsError",
    "GraphvizError",
    "PictureError",
    "ThemeError",
    "TypefaceError",
    "WidthError",
]


class ThemeError(ConsortflowError, ValueError):
    """No theme has this name, or a theme's table is not one.

    `name` is what was asked for, `known` the names there are.
    """

    def __init__(self, name: str, known: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.name = name
        self.known = known


class WidthError(ConsortflowError, ValueError):
    """The figure cannot be that narrow: not with all side cards in their columns and the smallest type allowed.

    `asked_mm` and `needed_mm` say by how much; it is drawn at `needed_mm`, with type of `size` points. `remedy` says
    what would help.
    """

    def __init__(self, asked_mm: float, needed_mm: float, size: float, remedy: str = "") -> None:
        super().__init__(
            f"the figure needs at least {needed_mm:g} mm, with type as small as {size:g} pt; {asked_mm:g} mm was "
            f"asked for" + (f"; {remedy}" if remedy else "")
        )
        self.asked_mm = asked_mm
        self.needed_mm = needed_mm
        self.size = size
        self.remedy = remedy


class GraphvizError(ConsortflowError, RuntimeError):
    """Graphviz could not be run, or what it answered cannot be used.

    `code` is one of missing, time-out, crash, garbage, too-large, moved; `engine` is the program that was
    run.
    """

    def __init__(self, code: str, message: str, engine: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.engine = engine


class PictureError(ConsortflowError, RuntimeError):
    """A placed figure did not pass its own check; `faults` lists what was found. A bug to report."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
        super().__init__(f"the figure failed its check, please report it: {shown}")
        self.faults = faults


class TypefaceError(ConsortflowError, ValueError):
    """A `character` of `text` cannot be written with its letters in the file, for a reason."""

    def __init__(self, character: str, text: str, reason: str) -> None:
        shown = character if character.isprintable() else ascii(character)[1:-1]
        label = unicodedata.name(character, f"U+{ord(character):04X}")
        within = text if len(text) <= 60 else f"{text[:57]}..."
        super().__init__(
            f"{shown} ({label}) in '{within}' {reason}; "
            "svg, whose letters come from the reader's own fonts, can have it"
        )
        self.character = character
        self.text = text


class DotsError(ConsortflowError, ValueError):
    """A picture of that many dots is not made; `dpi` is what was asked for, `possible` the nearest that can be had."""

    def __init__(self, dpi: float, possible: float, message: str) -> None:
        super().__init__(message)
        self.dpi = dpi
        self.possible = possible
