"""A scene as TIFF: RGB, or grey where its theme has no colour, packed without loss (LZW), with its dpi in the file."""

from __future__ import annotations

from io import BytesIO
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
    return out.getvalue()


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
