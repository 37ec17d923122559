"""A scene as SVG: readable without its picture, selectable text, and the same widths whatever font is found.

What CSS says is repeated as presentation attributes, for Word and PowerPoint, which read no style sheets. Text may
also bring its fonts along, or be drawn as outlines: see `lettering.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from consortflow.diagrams.fonts import fallbacks
from consortflow.diagrams.measure import BULLET, DASH
from consortflow.diagrams.paint import DASHED, DOTTED, HEAVY, names_of, number, outline, shaft
from consortflow.diagrams.text import estimated, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from consortflow.diagrams.paint import Rectangle
    from consortflow.diagrams.scene import Point, Run, Scene
    from consortflow.diagrams.writers import Fonts, Wishes

__all__ = ["to_svg", "write"]

ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
FAMILY_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
"""A font family that needs no quotation marks."""
NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9_.-]+")


def write(scene: Scene, wishes: Wishes) -> bytes:
    """Return the scene as an SVG document in UTF-8."""
    return to_svg(scene, wishes.prefix, wishes.fonts).encode("utf-8")


def to_svg(scene: Scene, prefix: str = "", fonts: Fonts = "stack") -> str:
    """Write a scene as one SVG document.

    Every id starts with `prefix`, so that several figures can live in one page; one is made from the content
    where none is given. The same scene gives the same bytes. Raises TypefaceError or MissingExtraError where `fonts`
    asks for letters in the file, and they are not to be had.
    """
    hand = _hand(scene, fonts)
    head = [
        f'<rect class="paper" width="{_n(scene.width)}" height="{_n(scene.height)}" fill="{scene.theme.paper}"/>',
    ]
    content = "\n".join(
        [*head, *_bars(scene, hand), *_connectors(scene, hand), *_boxes(scene, hand), *_notes(scene, hand)]
    )
    prefix = NOT_IN_AN_ID.sub("-", prefix) or f"cf{crc32((scene.title + content).encode('utf-8')):08x}"
    content = content.replace("\x00", prefix)
    css = _css(scene, hand, prefix).replace("\x00", prefix)
    width, height, language = _n(scene.width), _n(scene.height), _escape(scene.language)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="consortflow {prefix}" role="img" lang="{language}" '
        f'xml:lang="{language}" aria-labelledby="{prefix}-title {prefix}-desc" width="{width}pt" '
        f'height="{height}pt" viewBox="0 0 {width} {height}">'
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            opening,
            f'<title id="{prefix}-title">{_escape(scene.title)}</title>',
            f'<desc id="{prefix}-desc">{_escape(scene.description)}</desc>',
            f"<style>{css}</style>",
            content,
            "</svg>",
            "",
        ]
    )


def _n(value: float) -> str:
    return number(value, 2)


def _escape(text: str) -> str:
    return printable(text).translate(ENTITIES)


class _Hand(NamedTuple):
    """How text is written: a run to its element, the families it asks for, and the fonts that come along as CSS."""

    text: Callable[[Run, float, float | None], str]
    families: str
    faces: str = ""


def _hand(scene: Scene, fonts: Fonts) -> _Hand:
    if fonts == "outline":
        from consortflow.diagrams.writers.lettering import outlines

        return _Hand(outlines(scene), "")
    names = (*scene.theme.fonts, *fallbacks(scene.language, (run.text for _, run in scene.runs())))
    rules: dict[str, str] = {}
    if fonts == "embed":
        from consortflow.diagrams.writers.lettering import embedded

        rules = embedded(scene)
    families = [*(name if FAMILY_NAME.fullmatch(name) else f"'{name}'" for name in (*rules, *names)), "sans-serif"]
    return _Hand(_text, ", ".join(families), "".join(rules.values()))


def _css(scene: Scene, hand: _Hand, prefix: str) -> str:
    theme = scene.theme
    own = [kind for kind in ("exit", "enter", "set") if theme.fill(kind) != theme.box_fill]
    text = (
        f"{hand.faces}.{prefix} text{{font-family:{hand.families};fill:{theme.ink};white-space:pre}}"
        f".{prefix} .strong{{font-weight:700}}"
    )
    return (
        (text if hand.families else "")
        + f".{prefix} .box rect{{fill:{theme.box_fill};stroke:{theme.ink};stroke-width:{_n(theme.line_width)}}}"
        + "".join(f".{prefix} .box.{kind} rect{{fill:{theme.fill(kind)}}}" for kind in own)
        + f".{prefix} .box.flagged rect{{stroke-width:{_n(theme.line_width * HEAVY)};stroke-dasharray:{_dash(DASHED)}}}"
        f".{prefix} .phase rect{{fill:{theme.bar_fill};stroke:{theme.ink};"
        f"stroke-width:{_n(theme.line_width)}}}"
        f".{prefix} .line{{fill:none;stroke:{theme.ink};stroke-width:{_n(theme.line_width)}}}"
        f".{prefix} .dotted .line{{stroke-dasharray:{_dash(DOTTED)}}}"
        f".{prefix} .arrow{{fill:{theme.ink};stroke:none}}"
    )


def _type(scene: Scene, hand: _Hand) -> str:
    """Return what a group of texts has in common."""
    if not hand.families:
        return f'fill="{scene.theme.ink}"'
    fonts = hand.families.replace("'", "&#39;")
    return f'font-family="{fonts}" font-size="{_n(scene.theme.size)}" fill="{scene.theme.ink}"'


def _text(run: Run, theme_size: float, middle: float | None) -> str:
    """Return a run; one around the `middle` of its box stays there where its true width is not known."""
    strong = ' class="strong" font-weight="700"' if run.bold else ""
    size = f' font-size="{_n(run.size)}"' if run.size != theme_size else ""
    x, y = run.x, run.y
    # a bullet squeezed to another font's width would be an ellipse; one sign alone has room beside it
    length = f' textLength="{_n(run.width)}" lengthAdjust="spacingAndGlyphs"' if len(run.text) > 1 else ""
    if estimated(run.text):
        length = ""
        if run.upward:
            y -= run.width / 2
            length = ' text-anchor="middle"'
        elif middle is not None and abs(x + run.width / 2 - middle) < 0.01:
            x, length = middle, ' text-anchor="middle"'
    turn = f' transform="rotate(-90 {_n(x)} {_n(y)})"' if run.upward else ""
    return f'<text x="{_n(x)}" y="{_n(y)}"{strong}{size}{length}{turn}>{_escape(run.text)}</text>'


def _bars(scene: Scene, hand: _Hand) -> Iterable[str]:
    if not scene.bars:
        return
    theme = scene.theme
    yield f'<g class="phases" {_type(scene, hand)}>'
    for bar in scene.bars:
        yield (
            f'<g class="phase" id="\x00-{bar.id}"><title>{_escape(bar.label)}</title>'
            f"{_rect(outline(bar, theme))}" + "".join(hand.text(run, theme.size, None) for run in bar.runs) + "</g>"
        )
    yield "</g>"


def _rect(shape: Rectangle) -> str:
    """Return an outlined rectangle."""
    rounded = f' rx="{_n(shape.radius)}"' if shape.radius else ""
    dash = f' stroke-dasharray="{_dash(shape.dash)}"' if shape.dash else ""
    return (
        f'<rect {_frame(shape.x, shape.y, shape.w, shape.h)}{rounded} fill="{shape.fill}" stroke="{shape.stroke}" '
        f'stroke-width="{_n(shape.width)}"{dash}/>'
    )


def _frame(x: float, y: float, w: float, h: float) -> str:
    return f'x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"'


def _dash(lengths: tuple[float, float]) -> str:
    return " ".join(map(_n, lengths))


def _connectors(scene: Scene, hand: _Hand) -> Iterable[str]:
    theme = scene.theme
    yield f'<g class="connectors" {_type(scene, hand)}>'
    for index, line in enumerate(scene.connectors):
        points, head = shaft(line, theme)
        dash = f' stroke-dasharray="{_dash(DOTTED)}"' if line.dotted else ""
        dotted = " dotted" if line.dotted else ""
        yield (
            f'<g class="connector {line.kind}{dotted}" id="\x00-line-{index + 1}">'
            f'<path class="line" d="{_path(points)}" fill="none" stroke="{theme.ink}" '
            f'stroke-width="{_n(theme.line_width)}"'
            f'{dash}/><path class="arrow" d="{_path(head)}Z" fill="{theme.ink}" stroke="none"/>'
            + (_plate(line.plate, theme.paper) if line.plate else "")
            + "".join(hand.text(run, theme.size, None) for run in line.runs)
            + "</g>"
        )
    yield "</g>"


def _plate(plate: tuple[float, float, float, float], paper: str) -> str:
    left, top, right, bottom = plate
    return f'<rect {_frame(left, top, right - left, bottom - top)} fill="{paper}"/>'


def _path(points: tuple[Point, ...]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _boxes(scene: Scene, hand: _Hand) -> Iterable[str]:
    theme = scene.theme
    yield f'<g class="boxes" {_type(scene, hand)}>'
    names = names_of((box.id for box in scene.boxes), NOT_IN_AN_ID)
    for box, name in zip(scene.boxes, names, strict=True):
        flagged = " flagged" if box.flagged else ""
        listed = box.kind == "exit" or any(run.text in (BULLET, DASH) for run in box.runs)
        middle = None if listed else box.x + box.w / 2
        yield (
            f'<g class="box {box.kind}{flagged}" id="\x00-box-{name}"><title>{_escape(box.title)}</title>'
            f"{_rect(outline(box, theme))}" + "".join(hand.text(run, theme.size, middle) for run in box.runs) + "</g>"
        )
    yield "</g>"


def _notes(scene: Scene, hand: _Hand) -> Iterable[str]:
    if scene.notes:
        yield f'<g class="notes" {_type(scene, hand)}>'
        yield from (hand.text(run, scene.theme.size, None) for run in scene.notes)
        yield "</g>"
