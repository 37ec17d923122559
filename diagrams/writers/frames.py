"""A scene as the shapes that office programs know, in reading order, with text that stays text when it is edited.

Their programs break lines themselves: insets give a paragraph as many lines as it has in the figure, in the same place.
Lengths are points.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from consortflow.diagrams.measure import BASELINE
from consortflow.diagrams.paint import Rectangle, outline
from consortflow.diagrams.scene import Paragraph
from consortflow.diagrams.text import ideograph
from consortflow.diagrams.writers.joints import Piece, Site, glued

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consortflow.diagrams.scene import Bar, Box, Connector, Point, Run, Scene
    from consortflow.diagrams.theme import Theme

__all__ = ["Block", "Frame", "indents", "laid", "leading_of", "numbers", "office"]

Solid = TypeVar("Solid", "Box", "Bar")
SLACK, WIDER = 1.0, 0.006
"""Points, and a share of its own width, that are left beside a widest line."""


class Block(NamedTuple):
    """A shape's text and how far it stands from the shape's sides."""

    paragraphs: tuple[Paragraph, ...]
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    centred: bool = False
    """In the middle of the shape; else from its top left."""
    upward: bool = False
    """Turned, to be read from bottom to top."""
    note: bool = False
    """True where a mark stands before its paragraph."""


class Frame(NamedTuple):
    """A rectangle with or without text; without fill where its shape has none."""

    name: str
    """A box's own id."""
    alt: str
    """What the shape says to those who cannot see it; empty where it says nothing."""
    shape: Rectangle
    block: Block | None = None
    sites: tuple[Site, ...] = ()
    """Where lines are glued besides the middles of its sides."""


def numbers(parts: Sequence[Frame | Piece], first: int) -> dict[str, int]:
    """Return the numbers of the frames by their names, where the first part has the number `first`."""
    return {part.name: first + place for place, part in enumerate(parts) if isinstance(part, Frame)}


def office(scene: Scene) -> tuple[Frame | Piece, ...]:
    """Return a scene's parts from the back to the front, which is the order in which programs read them out.

    Bars, lines, boxes in reading order, the labels of lines, footnotes.
    """
    theme, glue = scene.theme, glued(scene)
    parts: list[Frame | Piece] = []
    for place, bar in enumerate(scene.bars, 1):
        said = Paragraph(bar.label, theme.size, len(bar.runs), bold=True, fixed=tuple(run.text for run in bar.runs))
        block = Block((said,), centred=True, upward=True) if bar.runs else None
        parts.append(Frame(f"phase {place}", bar.label, outline(bar, theme), block))
    for joint in glue.joints:
        here = Rectangle(joint.x, joint.y, 0, 0, "")
        parts.append(Frame(joint.id, "", here))
    parts += glue.pieces
    for box in scene.boxes:
        parts.append(Frame(box.id, box.title, outline(box, theme), _block(box, theme), glue.sites.get(box.id, ())))
    for line in scene.connectors:
        if line.label:
            parts.append(_label(line, theme))
    if scene.footnotes:
        parts.append(_notes(scene))
    return tuple(parts)


def indents(said: Paragraph, frame: Frame) -> tuple[float, float]:
    """Return what a paragraph's lines leave free at both sides, so that they break as wide as in the figure."""
    block = frame.block
    if block is None or block.centred or said.lines < 2 or not said.reach or said.fixed:
        return said.inner, 0.0
    return said.inner, max(frame.shape.w - block.left - block.right - said.inner - said.reach - _slack(said), 0.0)


def leading_of(paragraph: Paragraph, theme: Theme) -> float:
    """Return the distance from line to line."""
    return theme.leading * paragraph.size / theme.size


def _slack(said: Paragraph) -> float:
    """Return what is left beside a paragraph's widest line, as programs set words a little wider than their measure.

    Where Latin letters follow ideographs, they also set a gap of a quarter of an em.
    """
    mixed = any(map(ideograph, said.text)) and any(map(str.isascii, said.text))
    return SLACK + said.reach * WIDER + (said.size / 2 if mixed else 0.0)


def _block(box: Box, theme: Theme) -> Block:
    """Return a box's text with insets between which each paragraph takes the lines it has in the figure."""
    if not box.runs:
        return Block(box.paragraphs, theme.pad_x, 0.0, theme.pad_x, box.centred)
    low, high = min(run.x for run in box.runs), max(run.x + run.width for run in box.runs)
    # lines that were broken break again where they did; one line may grow to the whole box
    breaking = [said for said in box.paragraphs if said.lines > 1 and not said.fixed]
    slack = max(map(_slack, breaking), default=0.0)
    if box.centred:
        aside = max((box.w - (high - low) - slack) / 2, 0.0) if breaking else 0.0
        return Block(box.paragraphs, aside, 0.0, aside, centred=True)
    start = min(said.outer if said.sign else said.inner for said in box.paragraphs)
    # the first line stands where it does in the figure: lists begin at the top of their box
    top = box.runs[0].y - BASELINE * theme.size - theme.leading / 2 - box.y
    right = max(box.x + box.w - high - slack, 0.0) if breaking else 0.0
    return Block(box.paragraphs, low - box.x - start, max(top, 0.0), right)


def _label(line: Connector, theme: Theme) -> Frame:
    """Return the words beside a line."""
    first, last = line.runs[0], line.runs[-1]
    said = Paragraph(line.label, first.size, len(line.runs))
    half = leading_of(said, theme) / 2
    top, bottom = (run.y - BASELINE * run.size for run in (first, last))
    wide = max(run.width for run in line.runs) + SLACK
    ground = Rectangle(first.x, top - half, wide, bottom - top + 2 * half, theme.paper if line.plate else "")
    return Frame(f"label of {line.id}", "", ground, Block((said,)))


def _notes(scene: Scene) -> Frame:
    """Return the footnotes, one below the other."""
    left = min(run.x for run in scene.notes)
    first = scene.footnotes[0]
    leading = leading_of(first, scene.theme)
    base = next(run.y for run in scene.notes if run.size == first.size)
    top = base - BASELINE * first.size - leading / 2
    tall = sum(note.lines * leading_of(note, scene.theme) for note in scene.footnotes)
    wide = scene.width - scene.theme.margin - left
    return Frame("notes of the figure", "", Rectangle(left, top, wide, tall, ""), Block(scene.footnotes, note=True))


def laid(scene: Scene, scale: float = 1.0, at: Point = (0.0, 0.0)) -> Scene:
    """Return a scene with all its lengths multiplied, type and lines too, and its top left corner at a point."""
    if scale == 1 and at == (0, 0):
        return scene
    theme = scene.theme
    values = {field.name: getattr(theme, field.name) for field in fields(theme)}
    lengths: dict[str, Any] = {name: value * scale for name, value in values.items() if isinstance(value, float)}
    move = _Move(scale, *at)
    return scene._replace(
        width=scene.width * scale,
        height=scene.height * scale,
        boxes=tuple(
            move.solid(box)._replace(paragraphs=tuple(map(move.paragraph, box.paragraphs))) for box in scene.boxes
        ),
        connectors=tuple(
            line._replace(
                points=tuple(map(move.point, line.points)),
                runs=tuple(map(move.run, line.runs)),
                plate=line.plate and (*move.point(line.plate[:2]), *move.point(line.plate[2:])),
            )
            for line in scene.connectors
        ),
        bars=tuple(map(move.solid, scene.bars)),
        notes=tuple(map(move.run, scene.notes)),
        footnotes=tuple(map(move.paragraph, scene.footnotes)),
        theme=replace(theme, **lengths),
    )


class _Move(NamedTuple):
    scale: float
    dx: float
    dy: float

    def point(self, point: Point) -> Point:
        return point[0] * self.scale + self.dx, point[1] * self.scale + self.dy

    def run(self, run: Run) -> Run:
        x, y = self.point((run.x, run.y))
        return run._replace(x=x, y=y, width=run.width * self.scale, size=run.size * self.scale)

    def solid(self, solid: Solid) -> Solid:
        x, y = self.point((solid.x, solid.y))
        runs = tuple(map(self.run, solid.runs))
        return solid._replace(x=x, y=y, w=solid.w * self.scale, h=solid.h * self.scale, runs=runs)

    def paragraph(self, said: Paragraph) -> Paragraph:
        return said._replace(
            size=said.size * self.scale,
            outer=said.outer * self.scale,
            inner=said.inner * self.scale,
            reach=said.reach * self.scale,
            mark_size=said.mark_size * self.scale,
        )
