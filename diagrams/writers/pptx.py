"""A scene as a PowerPoint slide of native shapes: every box one shape, its text in paragraphs, its lines glued to it.

The slide is as large as the figure, with a margin. Its title stands above the slide, where PowerPoint puts a hidden
one, and its notes tell the figure in words. Text is DrawingML's (ECMA-376 part 1, chapter 21).
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

from consortflow.diagrams.writers.drawingml import (
    DECORATIVE,
    EMU,
    body,
    cleaned,
    connector,
    drawn,
    emu,
    ends,
    escaped,
    lines_of,
    locale_of,
    rectangle,
    tinted,
)
from consortflow.diagrams.writers.frames import Frame, indents, laid, leading_of, numbers, office
from consortflow.diagrams.writers.packages import described, settled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pptx.presentation import Presentation
    from pptx.slide import Slide

    from consortflow.diagrams.scene import Paragraph, Scene
    from consortflow.diagrams.theme import Theme
    from consortflow.diagrams.writers import Wishes
    from consortflow.diagrams.writers.frames import Block
    from consortflow.diagrams.writers.joints import Piece

__all__ = ["write", "write_pages"]

MARGIN = 9.0
"""Points between the figure and the edges of its slide."""
LEAST, MOST = 72.0, 4032.0
"""Points that a side of a slide can have: 1 to 56 inches."""
FIRST = 10
"""The number of a slide's first shape; the title and the tree have theirs below."""
LEAST_TYPE = 100
"""Hundredths of a point: the smallest type there is."""
SUPERSCRIPT = 2 / 3
"""Of a raised run's size is what PowerPoint sets it in."""
RAISED = 30_000
OTHERS = 1_000_000
"""What is added to a line's number where it is drawn once more."""
CHOICE = '<mc:Choice xmlns:d14="http://schemas.microsoft.com/office/drawing/2010/main" Requires="d14">'
"""For PowerPoint since 2010, which goes by the namespace; LibreOffice goes by the prefix, and knows no such one."""
LAYOUT = "Title Only"
TITLE_HEIGHT, TITLE_SIZE = 54, 12
"""Points of the title above the slide."""
NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def write(scene: Scene, wishes: Wishes) -> bytes:
    """Return the scene as a presentation of one slide."""
    return write_pages((scene,), wishes)


def write_pages(scenes: Sequence[Scene], wishes: Wishes) -> bytes:  # noqa: ARG001 - a writer's form; there is nothing to wish for
    """Return a presentation with a slide for each page of a figure, all of one size.

    A figure larger than any slide is drawn smaller as a whole.
    """
    import pptx
    from pptx.util import Emu

    wide = max(scene.width for scene in scenes) + 2 * MARGIN
    tall = max(scene.height for scene in scenes) + 2 * MARGIN
    scale = min(1.0, MOST / wide, MOST / tall)
    presentation = pptx.Presentation(io.BytesIO(_template()))
    presentation.slide_width = Emu(emu(max(wide * scale, LEAST)))
    presentation.slide_height = Emu(emu(max(tall * scale, LEAST)))
    for scene in scenes:
        corner = (presentation.slide_width / EMU - scene.width * scale) / 2, MARGIN * scale
        _draw(laid(scene, scale, corner), presentation)
    described(presentation.core_properties, scenes[0])
    written = io.BytesIO()
    presentation.save(written)
    return settled(written.getvalue())


@cache
def _template() -> bytes:
    """Return an empty presentation: one layout, with nothing but a title, and no picture or printer of its author."""
    import pptx

    presentation = pptx.Presentation()
    for layout in list(presentation.slide_layouts):
        if layout.name != LAYOUT:
            presentation.slide_layouts.remove(layout)
    package = presentation.part.package
    for relations in (presentation.part.rels, package._rels):
        for rid, relation in list(relations.items()):
            if relation.reltype.endswith(("/extended-properties", "/printerSettings", "/thumbnail")):
                relations.pop(rid)
    size = presentation.part._element.sldSz
    size.attrib.pop("type", None)  # says 4:3, which no figure is
    written = io.BytesIO()
    presentation.save(written)
    return written.getvalue()


def _draw(scene: Scene, presentation: Presentation) -> None:
    from pptx.oxml import parse_xml

    slide = presentation.slides.add_slide(presentation.slide_layouts[0])
    _titled(slide, scene, presentation)
    paper = f"<p:bg {NAMESPACES}><p:bgPr>{tinted(scene.theme.paper)}<a:effectLst/></p:bgPr></p:bg>"
    slide._element.cSld.insert(0, parse_xml(paper))
    parts = office(scene)
    ids = numbers(parts, FIRST)
    shapes = "".join(
        _shape(part, place, scene) if isinstance(part, Frame) else _line(part, place, ids, scene.theme)
        for place, part in enumerate(parts, FIRST)
    )
    slide.shapes._spTree.extend(parse_xml(f"<p:spTree {NAMESPACES}>{shapes}</p:spTree>"))
    notes = slide.notes_slide.notes_text_frame
    if notes is not None:
        notes.text = cleaned(scene.description)


def _titled(slide: Slide, scene: Scene, presentation: Presentation) -> None:
    """Put the title above the slide: there it names the slide, and does not stand in the figure."""
    from pptx.enum.text import MSO_ANCHOR
    from pptx.util import Emu, Pt

    title = slide.shapes.title
    if title is None:
        return
    title.left, title.top = Emu(0), Emu(-2 * TITLE_HEIGHT * EMU)
    title.width, title.height = presentation.slide_width, Emu(TITLE_HEIGHT * EMU)
    title.text_frame.vertical_anchor = MSO_ANCHOR.TOP
    title.text_frame.text = cleaned(scene.title)
    for run in title.text_frame.paragraphs[0].runs:
        run.font.size = Pt(TITLE_SIZE)
        run._r.get_or_add_rPr().set("lang", locale_of(scene.language))


def _shape(frame: Frame, number: int, scene: Scene) -> str:
    """Return a frame as a shape, or as a text box where it has no outline."""
    said = f' descr="{escaped(frame.alt)}"' if frame.alt else ""
    text = ' txBox="1"' if frame.block and not frame.shape.width else ""
    silent = "" if frame.block or frame.alt else DECORATIVE
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{escaped(frame.name)}"{said}>{silent}</p:cNvPr>'
        f"<p:cNvSpPr{text}/><p:nvPr/></p:nvSpPr><p:spPr>{rectangle(frame)}</p:spPr>"
        f"{_text(frame, frame.block, scene) if frame.block else ''}</p:sp>"
    )


def _line(piece: Piece, number: int, ids: Mapping[str, int], theme: Theme) -> str:
    """Return a line glued to its shapes; LibreOffice gets some as they are drawn, and so never bends them anew."""
    name = escaped(piece.line.id)
    line = (
        f'<p:cxnSp><p:nvCxnSpPr><p:cNvPr id="{number}" name="{name}">{DECORATIVE}</p:cNvPr>'
        f"<p:cNvCxnSpPr>{ends(piece, ids)}</p:cNvCxnSpPr><p:nvPr/></p:nvCxnSpPr>"
        f"<p:spPr>{connector(piece, theme)}</p:spPr></p:cxnSp>"
    )
    if piece.usual:
        return line
    drawing = (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number + OTHERS}" name="{name}">{DECORATIVE}</p:cNvPr><p:cNvSpPr/><p:nvPr/>'
        f"</p:nvSpPr><p:spPr>{drawn(piece, theme)}</p:spPr></p:sp>"
    )
    return f"<mc:AlternateContent>{CHOICE}{line}</mc:Choice><mc:Fallback>{drawing}</mc:Fallback></mc:AlternateContent>"


def _text(frame: Frame, block: Block, scene: Scene) -> str:
    paragraphs = "".join(_paragraph(said, frame, block, scene) for said in block.paragraphs)
    return f"<p:txBody><a:bodyPr {body(block)}><a:noAutofit/></a:bodyPr><a:lstStyle/>{paragraphs}</p:txBody>"


def _paragraph(said: Paragraph, frame: Frame, block: Block, scene: Scene) -> str:
    """Return a paragraph; the sign of a point is its bullet, and its lines hang from its words."""
    hang = said.inner - said.outer if said.sign or (block.note and said.mark) else 0.0
    left, right = indents(said, frame)
    level = f' lvl="{min(said.depth, 9) - 1}"' if said.depth > 1 else ""
    spacing = f'<a:lnSpc><a:spcPts val="{round(leading_of(said, scene.theme) * 100)}"/></a:lnSpc>'
    sign = f'<a:buFont typeface="{_font(scene.theme)}"/><a:buChar char="{said.sign}"/>' if said.sign else "<a:buNone/>"
    tab = f'<a:tabLst><a:tab pos="{emu(said.inner)}" algn="l"/></a:tabLst>' if block.note and said.mark else ""
    words = f"<a:br>{_style(said, scene)}</a:br>".join(
        f"<a:r>{_style(said, scene)}<a:t>{line}</a:t></a:r>" for line in lines_of(said)
    )
    if said.mark:
        mark = f"<a:r>{_style(said, scene, raised=True)}<a:t>{escaped(said.mark)}</a:t></a:r>"
        between = f"<a:r>{_style(said, scene)}<a:t>\t</a:t></a:r>"
        words = f"{mark}{between}{words}" if block.note else f"{words}{mark}"
    return (
        f'<a:p><a:pPr marL="{emu(left)}" marR="{emu(right)}" indent="{-emu(hang)}"{level} '
        f'algn="{"ctr" if block.centred else "l"}">'
        f'{spacing}<a:spcBef><a:spcPts val="0"/></a:spcBef><a:spcAft><a:spcPts val="0"/></a:spcAft>'
        f"{sign}{tab}</a:pPr>{words}{_style(said, scene, name='endParaRPr')}</a:p>"
    )


def _style(said: Paragraph, scene: Scene, *, raised: bool = False, name: str = "rPr") -> str:
    """Return how a run looks; a mark is as small as in the figure and stands as high."""
    size = said.mark_size / SUPERSCRIPT if raised else said.size
    more = f' baseline="{RAISED}"' if raised else ""
    bold = int(said.bold and not raised)
    font, language = _font(scene.theme), locale_of(scene.language)
    return (
        f'<a:{name} lang="{language}" sz="{max(round(size * 100), LEAST_TYPE)}" b="{bold}"{more}>{tinted(scene.theme.ink)}'
        f'<a:latin typeface="{font}"/><a:cs typeface="{font}"/></a:{name}>'
    )


def _font(theme: Theme) -> str:
    return escaped(theme.fonts[0])
