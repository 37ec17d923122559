"""A scene as TIFF: RGB, or grey where its theme has no colour, packed without loss (LZW), with its dpi in the file."""

from __future__ import annotations

from io import BytesIO
from struct import unpack_from
from typing import TYPE_CHECKING

from consortflow.diagrams.paint import Polyline, Rectangle, colour_of, paint
from consortflow.diagrams.text import printable
from consortflow.diagrams.writers.png import dots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from consortflow.diagrams.scene import Scene
    from consortflow.diagrams.writers import Wishes

__all__ = ["write", "write_pages"]

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""Bytes of each type of value."""
_STRIPS, _LENGTHS = 273, 279
"""The tags that say where the dots are, and how many bytes of them."""


def write(scene: Scene, wishes: Wishes) -> bytes:
    """Return the scene as TIFF with `wishes.dpi` dots per inch; raises as PNG does."""
    return write_pages((scene,), wishes)


def write_pages(scenes: Sequence[Scene], wishes: Wishes) -> bytes:
    """Return scenes as one TIFF of a page each; raises as PNG does."""
    first, *others = (_image(scene, wishes.dpi) for scene in scenes)
    out = BytesIO()
    first.save(
        out,
        "TIFF",
        compression="tiff_lzw",
        dpi=(wishes.dpi, wishes.dpi),
        description=printable(scenes[0].title),
        save_all=bool(others),
        append_images=others,
    )
    return _cleared(out.getvalue())


def _cleared(data: bytes) -> bytes:
    """Return a TIFF with zeros where nothing stands: libtiff fills up to even places with what was in memory.

    The structure is that of TIFF 6.0, section 2: directories of twelve-byte entries, each with the place of its values.
    """
    order = "<" if data.startswith(b"II") else ">"
    clear = bytearray(len(data))

    def keep(start: int, size: int) -> None:
        clear[start : start + size] = data[start : start + size]

    keep(0, 8)
    (place,) = unpack_from(f"{order}L", data, 4)
    while place:
        (entries,) = unpack_from(f"{order}H", data, place)
        end = place + 2 + 12 * entries
        keep(place, end + 4 - place)
        strips: dict[int, tuple[int, ...]] = {}
        for at in range(place + 2, end, 12):
            tag, kind, number, where = unpack_from(f"{order}HHLL", data, at)
            size = _SIZES[kind] * number
            if size > 4:
                keep(where, size)
            if tag in (_STRIPS, _LENGTHS):
                letter = "H" if _SIZES[kind] == 2 else "L"
                strips[tag] = unpack_from(f"{order}{number}{letter}", data, where if size > 4 else at + 8)
        for start, size in zip(strips[_STRIPS], strips[_LENGTHS], strict=True):
            keep(start, size)
        (place,) = unpack_from(f"{order}L", data, end)
    return bytes(clear)


def _image(scene: Scene, dpi: int) -> Image:
    # opened as what it is: `Image.open` warns of pictures as large as a journal asks for
    from PIL.PngImagePlugin import PngImageFile

    with PngImageFile(BytesIO(dots(scene, dpi))) as image:
        return image.convert("L" if _grey(scene) else "RGB")


def _grey(scene: Scene) -> bool:
    colours = {scene.theme.ink, scene.theme.paper}
    for mark in paint(scene):
        match mark:
            case Rectangle(fill=fill, stroke=stroke):
                colours |= {fill, stroke or fill}
            case Polyline(stroke=stroke):
                colours.add(stroke)
    return all(len(set(colour_of(colour))) == 1 for colour in colours)
