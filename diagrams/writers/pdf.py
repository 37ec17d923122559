"""A scene as PDF: vectors, fonts embedded, tagged as one figure with its description, and no clock in its bytes."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from consortflow.diagrams.paint import Polygon, Polyline, Rectangle, Text, colour_of, paint
from consortflow.diagrams.subsets import subset
from consortflow.diagrams.text import NBSP, printable
from consortflow.diagrams.typefaces import Lettering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from consortflow.diagrams.scene import Scene
    from consortflow.diagrams.typefaces import Face
    from consortflow.diagrams.writers import Wishes

__all__ = ["write", "write_pages"]

_LOCK = Lock()
"""reportlab has one registry of fonts in a process, and ours have the characters of one document."""


def write(scene: Scene, wishes: Wishes) -> bytes:
    """Return the scene as a document of one page of its own size."""
    return write_pages((scene,), wishes)


def write_pages(scenes: Sequence[Scene], wishes: Wishes) -> bytes:  # noqa: ARG001 - a writer's form; PDF has nothing to wish for
    """Return scenes as a document of one page each; title, description and language are the first one's."""
    from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped] # it ships no types

    first = scenes[0]
    lettering = Lettering(*scenes)
    out = BytesIO()
    with _LOCK, _registered(lettering.used()) as names:
        canvas = Canvas(
            out,
            pageCompression=1,
            invariant=1,
            pdfVersion=(1, 7),
            lang=printable(first.language),
            initialFontName=next(iter(names.values()), None),
        )
        canvas.setTitle(printable(first.title.removesuffix(f" (1/{len(scenes)})")))
        canvas.setSubject(printable(first.description))
        canvas.setAuthor("")
        canvas.setCreator("consortflow")
        canvas.setProducer("consortflow, reportlab")
        for scene in scenes:
            _page(canvas, scene, lettering, names)
        _tag(canvas, scenes)
        canvas.save()
    return out.getvalue()


@contextmanager
def _registered(used: Mapping[Face, str]) -> Iterator[dict[Face, str]]:
    """Give the fonts of a document to reportlab, under the names that are returned, until it is written.

    A program's own fonts that have one of these faces' names give way meanwhile: reportlab would use them instead.
    """
    from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped] # it ships no types

    fonts = {face: _font(face, characters) for face, characters in used.items()}
    ours = {font.face.name for font in fonts.values()}
    registered = [pdfmetrics.getFont(name) for name in pdfmetrics.getRegisteredFontNames()]
    theirs = [font for font in registered if font._dynamicFont and font.face.name in ours]
    for font in theirs:
        font.unregister()
    try:
        for font in fonts.values():
            pdfmetrics.registerFont(font)
        yield {face: font.fontName for face, font in fonts.items()}
    finally:
        for font in fonts.values():
            font.unregister()
        for font in theirs:
            pdfmetrics.registerFont(font)


@lru_cache(maxsize=16)
def _font(face: Face, characters: str) -> Any:
    from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped] # it ships no types

    return TTFont(f"consortflow {face.name}", BytesIO(subset(face, characters)), asciiReadable=False)


def _page(canvas: Any, scene: Scene, lettering: Lettering, names: Mapping[Face, str]) -> None:
    canvas.setPageSize((scene.width, scene.height))
    canvas.addLiteral("/Figure <</MCID 0>> BDC")
    for mark in paint(scene):
        match mark:
            case Rectangle():
                _rectangle(canvas, mark, scene.height)
            case Polyline(points, stroke, width, dash):
                canvas.setStrokeColor(_colour(stroke))
                canvas.setLineWidth(width)
                canvas.setDash(*(list(dash or ()), 0))
                _path(canvas, points, scene.height, stroke=1, fill=0)
            case Polygon(points, fill):
                canvas.setFillColor(_colour(fill))
                _path(canvas, points, scene.height, stroke=0, fill=1)
            case Text():
                _text(canvas, mark, scene.height, lettering, names)
    canvas.addLiteral("EMC")
    canvas.showPage()


def _colour(hexadecimal: str) -> tuple[float, ...]:
    return tuple(part / 255 for part in colour_of(hexadecimal))


def _rectangle(canvas: Any, mark: Rectangle, height: float) -> None:
    canvas.setFillColor(_colour(mark.fill))
    if mark.width:
        canvas.setStrokeColor(_colour(mark.stroke))
        canvas.setLineWidth(mark.width)
        canvas.setDash(*(list(mark.dash or ()), 0))
    place = mark.x, height - mark.y - mark.h, mark.w, mark.h
    outlined = int(mark.width > 0)
    if mark.radius:
        canvas.roundRect(*place, min(mark.radius, mark.w / 2, mark.h / 2), stroke=outlined, fill=1)
    else:
        canvas.rect(*place, stroke=outlined, fill=1)


def _path(canvas: Any, points: Sequence[tuple[float, float]], height: float, *, stroke: int, fill: int) -> None:
    path = canvas.beginPath()
    path.moveTo(points[0][0], height - points[0][1])
    for x, y in points[1:]:
        path.lineTo(x, height - y)
    if fill:
        path.close()
    canvas.drawPath(path, stroke=stroke, fill=fill)


def _text(canvas: Any, mark: Text, height: float, lettering: Lettering, names: Mapping[Face, str]) -> None:
    run = mark.run
    canvas.setFillColor(_colour(mark.fill))
    text = canvas.beginText()
    for piece in lettering.pieces(run):
        at = piece.start + piece.gap / 2
        if run.upward:
            text.setTextTransform(0, 1, -1, 0, run.x, height - run.y + at)
        else:
            text.setTextOrigin(run.x + at, height - run.y)
        text.setFont(names[piece.face], run.size)
        text.setCharSpace(piece.gap)
        # readers and searches know a plain space, which is as wide
        text.textOut(piece.text.replace(NBSP, " "))
    # unseen, but without it whoever copies or hears the words gets the last of a line and the next one's first as one
    text.textOut(" ")
    canvas.drawText(text)


def _tag(canvas: Any, scenes: Sequence[Scene]) -> None:
    """Make each page one figure of the document's structure, with its words for who cannot see it.

    reportlab writes what it is given here, but has no verbs for it: ISO 32000-1, 14.7 and 14.8.
    """
    from reportlab.pdfbase.pdfdoc import (  # type: ignore[import-untyped] # it ships no types
        PDFArray,
        PDFDictionary,
        PDFName,
        PDFString,
    )

    document = canvas._doc
    root, whole = PDFDictionary(), PDFDictionary()
    root_at, whole_at = document.Reference(root, "structure"), document.Reference(whole, "structure-document")
    figures = []
    for number, (scene, page) in enumerate(zip(scenes, document.Pages.pages, strict=True)):
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents, page.Tabs = number, PDFName("S")
        words = scene.description if number == 0 else scene.title
        box = PDFDictionary(
            {
                "O": PDFName("Layout"),
                "Placement": PDFName("Block"),
                "BBox": PDFArray([0, 0, round(scene.width, 3), round(scene.height, 3)]),
            }
        )
        figure = PDFDictionary(
            {
                "Type": PDFName("StructElem"),
                "S": PDFName("Figure"),
                "P": whole_at,
                "Pg": document.Reference(page),
                "K": 0,
                "A": box,
                "T": PDFString(printable(scene.title)),
                "Alt": PDFString(printable(words)),
            }
        )
        figures.append(document.Reference(figure, f"structure-figure-{number}"))
    whole.dict.update({"Type": PDFName("StructElem"), "S": PDFName("Document"), "P": root_at, "K": PDFArray(figures)})
    numbers = [part for number, figure in enumerate(figures) for part in (number, PDFArray([figure]))]
    root.dict.update(
        {
            "Type": PDFName("StructTreeRoot"),
            "K": PDFArray([whole_at]),
            "ParentTree": PDFDictionary({"Nums": PDFArray(numbers)}),
            "ParentTreeNextKey": len(figures),
        }
    )
    document.Catalog.StructTreeRoot = root_at
    document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})
    document.Catalog.ViewerPreferences = PDFDictionary({"DisplayDocTitle": "true"})
