"""DrawingML, the shapes that Word and PowerPoint share: places, outlines, connection sites, lines and their arrows.

Element names and units are those of ECMA-376 part 1, chapter 20: lengths in EMU, angles in 60,000ths of a degree,
shares in 100,000ths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from consortflow.diagrams.paint import DOTTED
from consortflow.diagrams.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consortflow.diagrams.paint import Rectangle
    from consortflow.diagrams.scene import Paragraph
    from consortflow.diagrams.theme import Theme
    from consortflow.diagrams.writers.frames import Block, Frame
    from consortflow.diagrams.writers.joints import Elbow, End, Piece

__all__ = [
    "DECORATIVE",
    "EMU",
    "body",
    "cleaned",
    "connector",
    "drawn",
    "emu",
    "ends",
    "escaped",
    "lines_of",
    "locale_of",
    "rectangle",
    "tinted",
]

EMU = 12_700
"""To a point."""
DECORATIVE = (
    '<a:extLst><a:ext uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}"><adec:decorative '
    'xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative" val="1"/></a:ext></a:extLst>'
)
"""Screen readers pass over what has this: lines and the paper, which the boxes' words and the description tell."""
QUOTES = {'"': "&quot;"}
BLANKS = str.maketrans("\t\n\r", "   ")
LOCALES = {"zh": "zh-CN", "ja": "ja-JP", "ko": "ko-KR", "de": "de-DE", "fr": "fr-FR", "es": "es-ES", "en": "en-US"}
"""Office programs check spelling by language and country."""


def emu(points: float) -> int:
    """Return a length in EMU."""
    return round(points * EMU)


def cleaned(text: str) -> str:
    """Return a text in one line; what XML cannot hold becomes U+FFFD."""
    return printable(text.translate(BLANKS))


def escaped(text: str) -> str:
    """Return a text, cleaned, as XML content or attribute."""
    return escape(cleaned(text), QUOTES)


def lines_of(said: Paragraph) -> list[str]:
    """Return the parts of a paragraph that must stand on lines of their own, escaped; else all of it."""
    return [escaped(part) for part in said.fixed or (said.text,) if part]


def locale_of(language: str) -> str:
    """Return a language as office programs name it."""
    return escaped(LOCALES.get(language, language))


def rectangle(frame: Frame) -> str:
    """Return a frame's place, outline, fill and line: the content of its shape properties."""
    shape = frame.shape
    place = (
        f'<a:xfrm><a:off x="{emu(shape.x)}" y="{emu(shape.y)}"/>'
        f'<a:ext cx="{emu(shape.x + shape.w) - emu(shape.x)}" cy="{emu(shape.y + shape.h) - emu(shape.y)}"/></a:xfrm>'
    )
    fill = tinted(shape.fill) if shape.fill else "<a:noFill/>"
    return f"{place}{_geometry(frame)}{fill}{_outline(shape)}"


def tinted(colour: str) -> str:
    """Return a fill of a colour #rrggbb."""
    return f'<a:solidFill><a:srgbClr val="{colour.removeprefix("#").upper()}"/></a:solidFill>'


def _geometry(frame: Frame) -> str:
    shape = frame.shape
    if shape.radius:
        share = round(shape.radius / min(shape.w, shape.h) * 100_000)
        return f'<a:prstGeom prst="roundRect"><a:avLst><a:gd name="adj" fmla="val {share}"/></a:avLst></a:prstGeom>'
    if not frame.sites:
        return '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
    return _with_sites(frame)


def _with_sites(frame: Frame) -> str:
    """Return a rectangle with sites besides its own four, in the form programs give to shapes drawn by hand.

    A site's place is a share of the shape, so that it keeps to it when the shape gets another size.
    """
    wide, tall = emu(frame.shape.w), emu(frame.shape.h)
    guides = "".join(
        f'<a:gd name="connsiteX{place}" fmla="*/ {emu(site.x)} w {wide}"/>'
        f'<a:gd name="connsiteY{place}" fmla="*/ {emu(site.y)} h {tall}"/>'
        for place, site in enumerate(frame.sites)
    )
    own = ((270, "hc", "t"), (180, "l", "vc"), (90, "hc", "b"), (0, "r", "vc"))
    added = ((site.angle, f"connsiteX{place}", f"connsiteY{place}") for place, site in enumerate(frame.sites))
    sites = "".join(f'<a:cxn ang="{angle * 60_000}"><a:pos x="{x}" y="{y}"/></a:cxn>' for angle, x, y in (*own, *added))
    corners = ((wide, 0), (wide, tall), (0, tall))
    return (
        f"<a:custGeom><a:avLst/><a:gdLst>{guides}</a:gdLst><a:ahLst/><a:cxnLst>{sites}</a:cxnLst>"
        f'<a:rect l="l" t="t" r="r" b="b"/><a:pathLst><a:path w="{wide}" h="{tall}">'
        '<a:moveTo><a:pt x="0" y="0"/></a:moveTo>'
        + "".join(f'<a:lnTo><a:pt x="{x}" y="{y}"/></a:lnTo>' for x, y in corners)
        + "<a:close/></a:path></a:pathLst></a:custGeom>"
    )


def _outline(shape: Rectangle) -> str:
    if not shape.width:
        return "<a:ln><a:noFill/></a:ln>"
    dash = _dashed(shape.dash, shape.width) if shape.dash else ""
    return f'<a:ln w="{emu(shape.width)}">{tinted(shape.stroke)}{dash}<a:miter lim="800000"/></a:ln>'


def _dashed(lengths: tuple[float, float], width: float) -> str:
    """Return a dash and its gap, which are shares of the line's width."""
    dash, gap = (round(length / width * 100_000) for length in lengths)
    return f'<a:custDash><a:ds d="{dash}" sp="{gap}"/></a:custDash>'


def drawn(piece: Piece, theme: Theme) -> str:
    """Return a line as a shape drawn by hand, which nothing bends: the content of its shape properties."""
    left, top = (min(point[axis] for point in piece.points) for axis in (0, 1))
    points = [(emu(x) - emu(left), emu(y) - emu(top)) for x, y in piece.points]
    wide, tall = (max(point[axis] for point in points) for axis in (0, 1))
    verbs = ("moveTo", *("lnTo" for _ in points[1:]))
    path = "".join(f'<a:{verb}><a:pt x="{x}" y="{y}"/></a:{verb}>' for verb, (x, y) in zip(verbs, points, strict=True))
    return (
        f'<a:xfrm><a:off x="{emu(left)}" y="{emu(top)}"/><a:ext cx="{wide}" cy="{tall}"/></a:xfrm>'
        '<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/><a:rect l="l" t="t" r="r" b="b"/>'
        f'<a:pathLst><a:path w="{wide}" h="{tall}" fill="none">{path}</a:path></a:pathLst></a:custGeom>'
        f"{_stroke(piece, theme)}"
    )


def connector(piece: Piece, theme: Theme) -> str:
    """Return a line's place, bends, dashes and arrow: the content of its shape properties."""
    return f"{_bent(piece.elbow)}{_stroke(piece, theme)}"


def _stroke(piece: Piece, theme: Theme) -> str:
    dash = _dashed(DOTTED, theme.line_width) if piece.line.dotted else ""
    arrow = '<a:tailEnd type="triangle" w="sm" len="med"/>' if piece.arrow else ""
    return (
        f'<a:noFill/><a:ln w="{emu(theme.line_width)}">{tinted(theme.ink)}{dash}<a:miter lim="800000"/>{arrow}</a:ln>'
    )


def _bent(elbow: Elbow) -> str:
    turned = f' rot="{elbow.turn * 60_000}"' if elbow.turn else ""
    flipped = (' flipH="1"' if elbow.flip_h else "") + (' flipV="1"' if elbow.flip_v else "")
    adjust = "".join(
        f'<a:gd name="adj{place}" fmla="val {share}"/>' for place, share in enumerate(elbow.adjust, start=1)
    )
    return (
        f'<a:xfrm{turned}{flipped}><a:off x="{emu(elbow.x)}" y="{emu(elbow.y)}"/>'
        f'<a:ext cx="{emu(elbow.w)}" cy="{emu(elbow.h)}"/></a:xfrm>'
        f'<a:prstGeom prst="{elbow.preset}"><a:avLst>{adjust}</a:avLst></a:prstGeom>'
    )


def ends(piece: Piece, ids: Mapping[str, int]) -> str:
    """Return what both ends of a line are glued to."""
    return _glued("stCxn", piece.start, ids) + _glued("endCxn", piece.end, ids)


def _glued(name: str, end: End, ids: Mapping[str, int]) -> str:
    return f'<a:{name} id="{ids[end.holder]}" idx="{end.site}"/>'


def body(block: Block | None) -> str:
    """Return the attributes of a text body: how it stands in its shape, and that it breaks its lines itself."""
    if block is None:
        return 'lIns="0" tIns="0" rIns="0" bIns="0"'
    upward = ' vert="vert270"' if block.upward else ""
    anchor = "ctr" if block.centred else "t"
    return (
        f'wrap="square" lIns="{emu(block.left)}" tIns="{emu(block.top)}" rIns="{emu(block.right)}" bIns="0" '
        f'rtlCol="0" anchor="{anchor}"{upward}'
    )
