"""One writer for each format, from a scene to bytes: the same scene and wishes give the same bytes everywhere.

Each is a module with a function `write(scene, wishes)`. It is imported when it is used, for some need libraries that
come with an extra.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from consortflow.schemas.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from consortflow.diagrams.scene import Scene

__all__ = ["FONTS", "FORMATS", "PAGED", "Fonts", "Format", "Wishes", "format_named", "write", "write_pages"]

Fonts = Literal["stack", "embed", "outline"]
FONTS: tuple[Fonts, ...] = ("stack", "embed", "outline")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a caller may ask of a writer beyond the scene; each heeds what its format has."""

    dpi: int = 300
    """Dots per inch of formats that are made of dots, 30 to 1200."""
    fonts: Fonts = "stack"
    """SVG's text: by the names of fonts, with the fonts inside, or as outlines."""
    prefix: str = ""
    """What ids start with, in formats that are put into pages with others; made from the content where it is empty."""


class Format(NamedTuple):
    """A format a figure can be written in."""

    name: str
    endings: tuple[str, ...]
    """Of file names, without the dot, the usual one first."""
    module: str
    """In this folder."""
    extra: str = ""
    """The extra of this package that brings the libraries it needs; empty where none are needed."""


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("svg", ("svg",), "svg"),
        Format("pdf", ("pdf",), "pdf", "pdf"),
        Format("png", ("png",), "png", "raster"),
        Format("tiff", ("tiff", "tif"), "tiff", "raster"),
        Format("eps", ("eps",), "eps"),
        Format("tikz", ("tex", "tikz"), "tikz"),
        Format("html", ("html", "htm"), "html"),
        Format("mermaid", ("mmd", "mermaid"), "mermaid"),
        Format("dot", ("dot", "gv"), "dot"),
        Format("docx", ("docx",), "docx", "office"),
        Format("pptx", ("pptx",), "pptx", "office"),
    )
}
"""Every format, by its name."""
PAGED = frozenset({"docx", "pdf", "pptx", "tiff"})
"""Those whose documents may have several pages."""


def format_named(name: str) -> Format:
    """Return the format of that name or file ending; `ValueError` names them all where there is none."""
    wanted = name.lower()
    for form in FORMATS.values():
        if wanted == form.name or wanted in form.endings:
            return form
    raise ValueError(f"no writer for {name!r}; there are {', '.join(FORMATS)}")


def write(scene: Scene, name: str, wishes: Wishes | None = None) -> bytes:
    """Return a scene in the format of that name or file ending.

    Raises `ValueError` where there is none, and `MissingExtraError` where its libraries are not installed.
    """
    return _written(name, "write", scene, wishes)


def write_pages(scenes: Sequence[Scene], name: str, wishes: Wishes | None = None) -> bytes:
    """Return the pages of one figure as one document, in a format that has pages: one of PAGED.

    Raises as `write` does, and `ValueError` where a document of that format is one picture.
    """
    form = format_named(name)
    if form.name not in PAGED:
        *others, last = sorted(PAGED)
        raise ValueError(f"{form.name} has no pages; {', '.join(others)} and {last} have")
    return _written(name, "write_pages", scenes, wishes)


def _written(name: str, verb: str, what: Scene | Sequence[Scene], wishes: Wishes | None) -> bytes:
    form = format_named(name)
    try:
        module = import_module(f"{__name__}.{form.module}")
        writer = cast("Callable[[Any, Wishes], bytes]", getattr(module, verb))
        return writer(what, wishes or Wishes())
    except ModuleNotFoundError as error:
        if form.extra and error.name and not error.name.startswith("consortflow"):
            raise MissingExtraError(form.extra, form.name.upper(), error.name) from error
        raise
