"""What a figure shows in a notebook: the formats that the page made of it can use, where their libraries are there.

Jupyter takes the best of several formats for each page it makes, and Quarto an SVG wherever there is one, which neither
LaTeX nor Word can hold. So Quarto, which says what it makes in the environment, is given the one that fits.
"""

from __future__ import annotations

import os
from base64 import b64encode
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from consortflow.schemas.errors import ConsortflowError, FileError
from consortflow.schemas.files import read_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from consortflow.diagrams.figure import Figure

__all__ = ["bundle"]

SVG, PNG, PDF, PLAIN = "image/svg+xml", "image/png", "application/pdf", "text/plain"
PICTURES = frozenset((SVG, PNG, PDF))
NEEDS = {PNG: "resvg_py", PDF: "reportlab"}
"""The library of each format that comes with an extra."""
PAGES = frozenset(("html", "html4", "html5", "revealjs", "dashboard", "slidy", "s5", "typst", "epub", "epub3"))
"""What Quarto makes that can hold an SVG."""
PX_PER_POINT = 96 / 72
DPI = (300, 1200)
"""The least and the most dots per inch: a page may be printed."""


def bundle(
    figure: Figure, include: Collection[str] | None, exclude: Collection[str] | None
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return a figure by media type, binary formats in base64, and what is to be known of each."""
    kinds = [kind for kind in _kinds() if (not include or kind in include) and not (exclude and kind in exclude)]
    made = {kind: data for kind in kinds if (data := _made(figure, kind))}
    if kinds and not made.keys() & PICTURES and PICTURES & set(kinds):
        made[SVG] = figure.svg()
    width, height = (round(length * PX_PER_POINT) for length in (figure.scene.width, figure.scene.height))
    about = {"alt": figure.chart.description, "width": width, "height": height}
    return made, {kind: about for kind in made if kind in (SVG, PNG)}


def _made(figure: Figure, kind: str) -> str:
    """Return a figure in a media type; nothing where it is too large for dots, or its letters are not to be had."""
    match kind:
        case "image/svg+xml":
            return figure.svg()
        case "text/plain":
            return figure.chart.description
        case _:
            try:
                data = figure.to_bytes("png", dpi=_dpi()) if kind == PNG else figure.to_bytes("pdf")
            except ConsortflowError:
                return ""
            return b64encode(data).decode("ascii")


def _kinds() -> list[str]:
    """Return the media types to offer."""
    there = [SVG, *(kind for kind, library in NEEDS.items() if find_spec(library) is not None)]
    asked = os.environ.get("QUARTO_FIG_FORMAT", "")
    if asked in ("png", "jpeg") and _target() not in PAGES and PNG in there:
        there = [PNG]
    elif asked == "pdf" and PDF in there:
        there = [PDF]
    elif asked:
        there = [SVG]
    return [*there, PLAIN]


def _target() -> str:
    """Return what Quarto makes, by the name of the format that its own is based on; empty where it does not say."""
    import json

    place = os.environ.get("QUARTO_EXECUTE_INFO", "")
    try:
        told = json.loads(read_text(place))["format"]["identifier"]["base-format"] if place else ""
    except (FileError, ValueError, KeyError, TypeError):
        return ""
    return told if isinstance(told, str) else ""


def _dpi() -> int:
    asked = os.environ.get("QUARTO_FIG_DPI", "")
    least, most = DPI
    return min(max(int(asked), least), most) if asked.isascii() and asked.isdigit() else least
