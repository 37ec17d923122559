"""A figure as a run of a Word document: a picture, or a group of native shapes and a picture for programs without them.

Either stands in its line like a letter, so that it moves from page to page as one. Shapes are those of Word 2010
([MS-ODRAWXML] 2.21 and 2.22), their text is WordprocessingML (ECMA-376 part 1, chapter 17).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.measure import BULLET, DASH
from consortflow.diagrams.paint import Rectangle
from consortflow.diagrams.writers.drawingml import (
    DECORATIVE,
    body,
    connector,
    emu,
    ends,
    escaped,
    lines_of,
    locale_of,
    rectangle,
)
from consortflow.diagrams.writers.frames import Frame, indents, laid, leading_of, numbers, office

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consortflow.diagrams.scene import Paragraph, Scene
    from consortflow.diagrams.theme import Theme
    from consortflow.diagrams.writers.frames import Block
    from consortflow.diagrams.writers.joints import Piece

__all__ = ["FigureRun", "figure_run", "list_levels", "list_number"]

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
GROUP = "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup"
PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    f'xmlns:a="{A}" xmlns:pic="{PICTURE}" xmlns:wpg="{GROUP}" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
VECTOR = (
    '<a:extLst><a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}"><asvg:svgBlip '
    'xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" r:embed="{}"/></a:ext></a:extLst>'
)
"""The vector that Word 2016 and later show in place of the dots."""
TWIPS = 20
"""To a point."""
SUPERSCRIPT = 2 / 3
"""Of a raised run's size is what Word sets it in."""
ROUND = 0.29289
"""Of the radius of a rounded rectangle: how far text stands from its sides (presetShapeDefinitions.xml)."""
LEVELS = 9
"""Of a list in Word."""


class FigureRun(NamedTuple):
    """A `w:r` element with all its namespaces, and the first drawing id after those it uses."""

    xml: str
    next_id: int


def figure_run(
    scene: Scene,
    *,
    picture: str = "",
    vector: str = "",
    editable: bool = False,
    width: float | None = None,
    first_id: int = 1,
    lists: int = 0,
    name: str = "Participant flow",
) -> FigureRun:
    """Return a figure as a run for a paragraph of its own.

    `picture` and `vector` are the ids of the document's relationships to the figure as PNG and as SVG (empty where
    there is none). Where it is `editable`, it is a group of shapes, and the picture, or the description in its place,
    is for programs that know none; else there must be a picture.
    It is as wide as the scene, or `width` points. Ids of drawings, which no two in a document share, count on from
    `first_id`. `lists` is the number of the document's list (see `list_levels`) that the points in boxes belong to;
    without one, bullets are text. The scene's description is the alternative text.
    """
    scale = 1.0 if width is None else width / scene.width
    wide, tall = emu(scene.width * scale), emu(scene.height * scale)
    about = _About(name, escaped(scene.title), escaped(scene.description), wide, tall)
    if not (picture or editable):
        raise ValueError("a figure that is no group of shapes is a picture")
    shown = _picture(about, picture, vector, first_id) if picture else f"<w:t>{about.description}</w:t>"
    if not editable:
        return FigureRun(f"<w:r {NAMESPACES}><w:rPr><w:noProof/></w:rPr>{shown}</w:r>", first_id + 2)
    group, next_id = _group(about, laid(scene, scale), first_id + 2, lists)
    return FigureRun(
        f"<w:r {NAMESPACES}><w:rPr><w:noProof/></w:rPr><mc:AlternateContent>"
        f'<mc:Choice Requires="wpg">{group}</mc:Choice><mc:Fallback>{shown}</mc:Fallback></mc:AlternateContent></w:r>',
        next_id,
    )


class _About(NamedTuple):
    """What a drawing says of itself, escaped, and how large it is, in EMU."""

    name: str
    title: str
    description: str
    wide: int
    tall: int


def _inline(about: _About, number: int, uri: str, content: str) -> str:
    return (
        '<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{about.wide}" cy="{about.tall}"/>'
        f'<wp:effectExtent l="0" t="0" r="0" b="0"/><wp:docPr id="{number}" name="{escaped(about.name)}" '
        f'descr="{about.description}" title="{about.title}"/><wp:cNvGraphicFramePr/>'
        f'<a:graphic><a:graphicData uri="{uri}">{content}</a:graphicData></a:graphic></wp:inline></w:drawing>'
    )


def _picture(about: _About, picture: str, vector: str, number: int) -> str:
    more = VECTOR.format(escaped(vector)) if vector else ""
    return _inline(
        about,
        number,
        PICTURE,
        f'<pic:pic><pic:nvPicPr><pic:cNvPr id="{number + 1}" name="{escaped(about.name)}" descr="{about.description}"/>'
        '<pic:cNvPicPr><a:picLocks noChangeAspect="1"/></pic:cNvPicPr></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{escaped(picture)}">{more}</a:blip><a:stretch><a:fillRect/></a:stretch>'
        '</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
        f'<a:ext cx="{about.wide}" cy="{about.tall}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        "</pic:spPr></pic:pic>",
    )


def _group(about: _About, scene: Scene, number: int, lists: int) -> tuple[str, int]:
    # some programs make a group as large as its shapes reach, and a page has no colour to stand on
    paper = Frame("paper", "", Rectangle(0, 0, scene.width, scene.height, scene.theme.paper))
    parts = (paper, *office(scene))
    first = number + 1
    ids = numbers(parts, first)
    shapes = "".join(
        _shape(part, place, scene, lists) if isinstance(part, Frame) else _line(part, place, ids, scene.theme)
        for place, part in enumerate(parts, first)
    )
    size = f'cx="{about.wide}" cy="{about.tall}"'
    content = (
        '<wpg:wgp><wpg:cNvGrpSpPr/><wpg:grpSpPr><a:xfrm><a:off x="0" y="0"/>'
        f'<a:ext {size}/><a:chOff x="0" y="0"/><a:chExt {size}/></a:xfrm></wpg:grpSpPr>{shapes}</wpg:wgp>'
    )
    return _inline(about, number, GROUP, content), first + len(parts)


def _shape(frame: Frame, number: int, scene: Scene, lists: int) -> str:
    said = f' descr="{escaped(frame.alt)}"' if frame.alt else ""
    silent = "" if frame.block or frame.alt else DECORATIVE
    text = _text(frame, frame.block, scene, lists) if frame.block else ""
    box = ' txBox="1"' if frame.block else ""
    flat = frame.block and frame.block._replace(upward=False)
    return (
        f'<wps:wsp><wps:cNvPr id="{number}" name="{escaped(frame.name)}"{said}>{silent}</wps:cNvPr><wps:cNvSpPr{box}/>'
        f"<wps:spPr>{rectangle(frame)}</wps:spPr>{text}"
        f"<wps:bodyPr {body(flat)}><a:noAutofit/></wps:bodyPr></wps:wsp>"
    )


def _line(piece: Piece, number: int, ids: Mapping[str, int], theme: Theme) -> str:
    return (
        f'<wps:wsp><wps:cNvPr id="{number}" name="{escaped(piece.line.id)}">{DECORATIVE}</wps:cNvPr>'
        f"<wps:cNvCnPr>{ends(piece, ids)}</wps:cNvCnPr><wps:spPr>{connector(piece, theme)}</wps:spPr>"
        "<wps:bodyPr/></wps:wsp>"
    )


def _text(frame: Frame, block: Block, scene: Scene, lists: int) -> str:
    paragraphs = "".join(_paragraph(said, frame, block, scene, lists) for said in block.paragraphs)
    if block.upward:
        paragraphs = _upright(frame, paragraphs)
    return f"<wps:txbx><w:txbxContent>{paragraphs or '<w:p/>'}</w:txbxContent></wps:txbx>"


def _upright(frame: Frame, paragraphs: str) -> str:
    """Return paragraphs to be read from bottom to top, in a cell as large as their shape.

    A shape could say so itself, but LibreOffice lays the words of shapes in groups level all the same.
    """
    inset = 2 * ROUND * frame.shape.radius
    wide, tall = max(_twips(frame.shape.w - inset), 1), max(_twips(frame.shape.h - inset) - 2 * TWIPS, 1)
    margins = "".join(f'<w:{side} w:w="0" w:type="dxa"/>' for side in ("top", "left", "bottom", "right"))
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{wide}" w:type="dxa"/><w:tblInd w:w="0" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr><w:tblGrid>'
        f'<w:gridCol w:w="{wide}"/></w:tblGrid><w:tr><w:trPr><w:trHeight w:val="{tall}" w:hRule="exact"/></w:trPr>'
        f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/><w:textDirection w:val="btLr"/><w:vAlign w:val="center"/>'
        f"</w:tcPr>{paragraphs}</w:tc></w:tr></w:tbl>"
        '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
        '<w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
    )


def _paragraph(said: Paragraph, frame: Frame, block: Block, scene: Scene, lists: int) -> str:
    """Return a paragraph that owes nothing to the document's own styles; its lines hang from its words."""
    left, right = indents(said, frame)
    noted = block.note and said.mark
    hanging = said.inner - said.outer if said.sign or noted else 0.0
    tab = f'<w:tabs><w:tab w:val="left" w:pos="{_twips(left)}"/></w:tabs>' if said.sign or noted else ""
    first = f'w:hanging="{_twips(hanging)}"' if hanging else 'w:firstLine="0"'
    style = _style(said, scene)
    words = f"<w:r>{style}<w:br/></w:r>".join(
        f'<w:r>{style}<w:t xml:space="preserve">{line}</w:t></w:r>' for line in lines_of(said)
    )
    listed = ""
    if said.sign and lists:
        level = min(said.depth, LEVELS) - 1
        listed = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{lists}"/></w:numPr>'
    elif said.sign:
        words = f"<w:r>{_style(said, scene, plain=True)}<w:t>{said.sign}</w:t><w:tab/></w:r>{words}"
    if said.mark:
        mark = f"<w:r>{_style(said, scene, plain=True, raised=True)}<w:t>{escaped(said.mark)}</w:t></w:r>"
        words = f"{mark}<w:r>{style}<w:tab/></w:r>{words}" if block.note else f"{words}{mark}"
    return (
        f'<w:p><w:pPr><w:widowControl w:val="0"/>{listed}{tab}<w:suppressAutoHyphens/>'
        '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:bidi w:val="0"/>'
        f'<w:snapToGrid w:val="0"/><w:spacing w:before="0" w:beforeAutospacing="0" w:after="0" w:afterAutospacing="0" '
        f'w:line="{_twips(leading_of(said, scene.theme))}" w:lineRule="exact"/>'
        f'<w:ind w:left="{_twips(left)}" w:right="{_twips(right)}" {first}/><w:contextualSpacing w:val="0"/>'
        f'<w:jc w:val="{"center" if block.centred else "left"}"/>{style}</w:pPr>{words}</w:p>'
    )


def _style(said: Paragraph, scene: Scene, *, plain: bool = False, raised: bool = False) -> str:
    """Return how a run looks; a mark is as small as in the figure."""
    size = said.mark_size / SUPERSCRIPT if raised else said.size
    bold = int(said.bold and not plain)
    font, language = escaped(scene.theme.fonts[0]), locale_of(scene.language)
    half_points = max(int(size * 2 + 0.01), 2)  # else never larger than the room it has
    return (
        f'<w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}"/><w:b w:val="{bold}"/><w:i w:val="0"/>'
        f'<w:caps w:val="0"/><w:color w:val="{scene.theme.ink.removeprefix("#").upper()}"/><w:spacing w:val="0"/>'
        f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'
        + ('<w:vertAlign w:val="superscript"/>' if raised else "")
        + f'<w:lang w:val="{language}" w:eastAsia="{language}"/></w:rPr>'
    )


def list_levels(kind: int, theme: Theme) -> str:
    """Return a `w:abstractNum` numbered `kind`: a bullet, and dashes below it, as far in as in the figure."""
    font = escaped(theme.fonts[0])
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="bullet"/>'
        f'<w:lvlText w:val="{DASH if level else BULLET}"/><w:lvlJc w:val="left"/><w:pPr>'
        f'<w:ind w:left="{_twips(theme.indent * (level + 1))}" w:hanging="{_twips(theme.indent)}"/></w:pPr>'
        f'<w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}" w:hint="default"/><w:b w:val="0"/></w:rPr>'
        "</w:lvl>"
        for level in range(LEVELS)
    )
    return (
        f'<w:abstractNum {NAMESPACES} w:abstractNumId="{kind}"><w:multiLevelType w:val="hybridMultilevel"/>'
        f"{levels}</w:abstractNum>"
    )


def list_number(kind: int, number: int) -> str:
    """Return a `w:num` of that number, a list with the levels numbered `kind`."""
    return f'<w:num {NAMESPACES} w:numId="{number}"><w:abstractNumId w:val="{kind}"/></w:num>'


def _twips(points: float) -> int:
    return round(points * TWIPS)
