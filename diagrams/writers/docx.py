"""A scene as a Word document: a group of native shapes on a page that it fits, and a picture for other programs."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.errors import TypefaceError
from consortflow.diagrams.writers import png
from consortflow.diagrams.writers.packages import described, settled
from consortflow.diagrams.writers.wordml import figure_run, list_levels, list_number
from consortflow.schemas.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.document import Document

    from consortflow.diagrams.scene import Scene
    from consortflow.diagrams.theme import Theme
    from consortflow.diagrams.writers import Wishes

__all__ = ["bound", "write", "write_pages"]

LETTER, A4 = (612.0, 792.0), (595.3, 841.9)
MARGINS = (72.0, 54.0, 36.0)
"""Of a page, the usual first."""
MOST = 1584.0
"""Points that a side of a page can have: 22 inches."""
MOST_DOTS = 20_000_000
"""Of the picture, which only programs without native shapes show."""
LEFT_OUT = ("/customXml", "/extended-properties", "/stylesWithEffects", "/thumbnail")
"""Of the library's template: what it says of itself, and styles for programs older than these shapes."""
LINE = 6.0
"""Points a page must have left below its figure: programs round the height of the line it stands in."""


class _Page(NamedTuple):
    """A page, in points, and how much smaller the figure is drawn on it."""

    wide: float
    tall: float
    margin: float
    scale: float = 1.0


def write(scene: Scene, wishes: Wishes) -> bytes:
    """Return the scene as a document of one page; the picture has `wishes.dpi` dots per inch, or fewer if large."""
    return write_pages((scene,), wishes)


def write_pages(scenes: Sequence[Scene], wishes: Wishes) -> bytes:
    """Return a document with a page for each page of a figure, all of one size."""
    return bound(scenes, [_dots(scene, wishes) for scene in scenes])


def bound(scenes: Sequence[Scene], pictures: Sequence[bytes]) -> bytes:
    """Return the pages of a figure, each with its picture as PNG (empty where there is none), as a document."""
    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import parse_xml
    from docx.shared import Pt

    document = docx.Document(io.BytesIO(_template()))
    page = _page_for(scenes)
    _sized(document, page)
    lists, number = _listed(document, scenes[0].theme), 1
    for place, (scene, dots) in enumerate(zip(scenes, pictures, strict=True)):
        picture = document.part.get_or_add_image(io.BytesIO(dots))[0] if dots else ""
        run, number = figure_run(
            scene,
            picture=picture,
            editable=True,
            width=scene.width * page.scale,
            first_id=number,
            lists=lists,
        )
        paragraph = document.add_paragraph()
        form = paragraph.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing = 1.0
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER
        form.page_break_before = place > 0
        paragraph._p.append(parse_xml(run))
    described(document.core_properties, scenes[0])
    written = io.BytesIO()
    document.save(written)
    return settled(written.getvalue())


def _page_for(scenes: Sequence[Scene]) -> _Page:
    """Return the first usual page that holds the widest and the tallest figure, or one made for them."""
    wide = max(scene.width for scene in scenes)
    tall = max(scene.height for scene in scenes) + LINE
    short, long = LETTER if scenes[0].language == "en-US" else A4
    for margin in MARGINS:
        for across, down in ((short, long), (long, short)):
            if wide + 2 * margin <= across and tall + 2 * margin <= down:
                return _Page(across, down, margin)
    margin = MARGINS[-1]
    scale = min(1.0, (MOST - 2 * margin) / wide, (MOST - 2 * margin) / tall)
    return _Page(wide * scale + 2 * margin, tall * scale + 2 * margin, margin, scale)


def _sized(document: Document, page: _Page) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Pt

    section = document.sections[0]
    section.page_width, section.page_height = Pt(page.wide), Pt(page.tall)
    section.orientation = WD_ORIENT.LANDSCAPE if page.wide > page.tall else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Pt(page.margin)
    section.header_distance = section.footer_distance = Pt(page.margin / 2)


def _dots(scene: Scene, wishes: Wishes) -> bytes:
    """Return the scene as PNG with the dots per inch that are asked for, or as many as one of its size can have.

    Empty where its letters are in no typeface at hand: shapes have those of the reader's own fonts.
    """
    inches = scene.width * scene.height / 72**2
    dpi = max(min(wishes.dpi, int((MOST_DOTS / inches) ** 0.5)), png.DPI[0])
    try:
        return png.write(scene, replace(wishes, dpi=dpi))
    except (TypefaceError, MissingExtraError):
        return b""


@cache
def _template() -> bytes:
    """Return an empty document, without what figures have no use for."""
    import docx

    document = docx.Document()
    package = document.part.package
    for relations in (document.part.rels, package.rels):
        for rid, relation in list(relations.items()):
            if relation.reltype.endswith(LEFT_OUT):
                relations.pop(rid)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _listed(document: Document, theme: Theme) -> int:
    """Give a document the bullets and dashes of a figure's lists, and return the number of their list."""
    from docx.oxml import parse_xml

    numbering = document.part.numbering_part.element
    kinds = [int(found) for found in numbering.xpath("./w:abstractNum/@w:abstractNumId")]
    numbers = [int(found) for found in numbering.xpath("./w:num/@w:numId")]
    kind, number = max(kinds, default=-1) + 1, max(numbers, default=0) + 1
    first = next(iter(numbering.xpath("./w:num")), None)
    levels = parse_xml(list_levels(kind, theme))
    if first is None:
        numbering.append(levels)
    else:
        first.addprevious(levels)
    numbering.append(parse_xml(list_number(kind, number)))
    return number
