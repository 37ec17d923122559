"""A scene as PNG: its letters are outlines, so that no font of the machine has a say, and its size is in the file."""

from __future__ import annotations

from math import ceil
from struct import pack
from typing import TYPE_CHECKING
from zlib import crc32

from consortflow.diagrams.errors import DotsError
from consortflow.diagrams.text import printable
from consortflow.diagrams.writers.svg import to_svg

if TYPE_CHECKING:
    from consortflow.diagrams.scene import Scene
    from consortflow.diagrams.writers import Wishes

__all__ = ["DPI", "MOST_DOTS", "dots", "write"]

DPI = (30, 1200)
"""The least and the most dots per inch."""
MOST_DOTS = 200_000_000
"""Of a picture: a page of 210 x 297 mm at 1200 dpi has 139 million, in 600 MB of memory."""
SIGNATURE = b"\x89PNG\r\n\x1a\n"
POINTS_PER_INCH = 72
METRE = 0.0254
"""Inches a metre are its inverse."""


def write(scene: Scene, wishes: Wishes) -> bytes:
    """Return the scene as PNG with `wishes.dpi` dots per inch.

    Raises DotsError for fewer or more than it takes, and where the picture would have more than MOST_DOTS.
    """
    data = dots(scene, wishes.dpi)
    after_header = len(SIGNATURE) + 25
    return b"".join(
        (
            data[:after_header],
            _chunk(b"pHYs", pack(">IIB", *(2 * (round(wishes.dpi / METRE),)), 1)),
            _words(b"Title", scene.title, scene.language),
            _words(b"Description", scene.description, scene.language),
            data[after_header:],
        )
    )


def dots(scene: Scene, dpi: int) -> bytes:
    """Return the scene as PNG that says nothing of its size or content; raises as `write` does."""
    import resvg_py

    _heed(scene, dpi)
    svg = to_svg(scene, prefix="figure", fonts="outline")
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, dpi=dpi, skip_system_fonts=True))


def _heed(scene: Scene, dpi: int) -> None:
    least, most = DPI
    if not least <= dpi <= most:
        raise DotsError(dpi, most if dpi > most else least, f"{dpi:g} dpi is not from {least} to {most}")
    wide, high = (ceil(length * dpi / POINTS_PER_INCH) for length in (scene.width, scene.height))
    if wide * high > MOST_DOTS:
        possible = int(dpi * (MOST_DOTS / (wide * high)) ** 0.5)
        raise DotsError(
            dpi,
            possible,
            f"{dpi} dpi would make {wide} x {high} dots of this figure, more than {MOST_DOTS // 1_000_000} million: "
            f"ask for {possible} dpi or less, for pages, or for a format of lines (pdf, svg, eps)",
        )


def _chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", crc32(name + data))


def _words(keyword: bytes, text: str, language: str) -> bytes:
    """Return international text, uncompressed: the PNG specification, 11.3.4.5."""
    tongue = language.encode("ascii", "ignore")
    words = printable(text).replace("\x00", "").encode("utf-8")
    return _chunk(b"iTXt", keyword + b"\x00\x00\x00" + tongue + b"\x00\x00" + words)
