r"""A scene as TikZ: a picture to put into a manuscript with `\input`, or a document that compiles by itself.

A box is a node with its own name, lines go from node to node, and text stands where its box does: whoever moves a box
moves what belongs to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from consortflow.diagrams.fonts import wide_family
from consortflow.diagrams.paint import DASHED, DOTTED, HEAVY, colour_of, names_of, number
from consortflow.diagrams.tex import BEYOND, escape
from consortflow.diagrams.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consortflow.diagrams.scene import Bar, Box, Connector, Point, Run, Scene
    from consortflow.diagrams.writers import Wishes

__all__ = ["write"]

NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9-]+")
NEEDS = r"\usepackage{tikz}\usetikzlibrary{arrows.meta,babel}"
SAME = 0.01
"""Points two places may differ in that are one."""
CJK_FAMILIES = {"SC": "gbsn", "TC": "bsmi", "JP": "ipxg", "KR": "mj"}
"""Fonts of the CJKutf8 package by the forms of characters."""


def write(scene: Scene, wishes: Wishes) -> bytes:  # noqa: ARG001 - a writer's form; TikZ has nothing to wish for
    """Return the scene as TikZ: ASCII, but for letters that TeX has no command for, which are UTF-8."""
    body = [*_Picture(scene).lines()]
    beyond = any(BEYOND in line for line in body)
    return "\n".join([*_head(scene, beyond=beyond), *body, r"\consortflowend", ""]).encode("utf-8")


def _head(scene: Scene, *, beyond: bool) -> Iterator[str]:
    """Yield what a document of its own needs, skipped where there is a document already."""
    width, height = number(scene.width), number(scene.height)
    yield f"% {' '.join(printable(scene.title).split())}"
    yield rf"% In a manuscript: {NEEDS} in its preamble,"
    yield r"% and \input{this file} where the figure goes. By itself it compiles to a page of its own size."
    yield r"% \consortflowfont, defined before, sets another font than Helvetica."
    if beyond:
        yield f"% It has letters that TeX has no commands for: define {BEYOND}[1] to say how they are set,"
        yield r"% as in {\fontspec{Noto Sans CJK SC}#1} (LuaLaTeX) or \begin{CJK}{UTF8}{gbsn}#1\end{CJK} (CJKutf8)."
    yield r"\expandafter\ifx\csname @twoclasseserror\endcsname\documentclass"
    yield r"  \let\consortflowbegin\relax \let\consortflowend\relax"
    yield r"\else"
    yield r"  \documentclass{article}"
    yield rf"  \usepackage[paperwidth={width}bp,paperheight={height}bp,margin=0bp,nohead,nofoot]{{geometry}}"
    yield f"  {NEEDS}"
    if beyond:
        yield from _letters(scene)
    yield r"  \pagestyle{empty} \parindent0pt \topskip0pt \maxdepth0pt \vfuzz1pt \hfuzz1pt"
    yield r"  \def\consortflowbegin{\begin{document}} \def\consortflowend{\end{document}}"
    yield r"\fi"
    yield r"\consortflowbegin"
    yield r"\providecommand\consortflowfont{\fontencoding{T1}\fontfamily{phv}\fontseries{m}\fontshape{n}\selectfont}"
    if beyond:
        yield rf"\providecommand{BEYOND}[1]{{#1}}"
    # read in the middle of a document, where signs may be active, the library would fail in words that tell nothing
    yield r"\ifcsname tikz@library@arrows.meta@loaded\endcsname\else"
    yield r"  \errmessage{This figure needs tikz, with its libraries arrows.meta and babel, in the preamble}"
    yield r"\fi"


def _letters(scene: Scene) -> Iterator[str]:
    family = wide_family(scene.language, (run.text for _, run in scene.runs()))
    forms = CJK_FAMILIES[family.rpartition(" ")[2]]
    yield r"  \ifdefined\pdftexversion"
    yield r"    \IfFileExists{CJKutf8.sty}{\usepackage{CJKutf8}%"
    yield rf"      \newcommand{BEYOND}[1]{{\begin{{CJK}}{{UTF8}}{{{forms}}}#1\end{{CJK}}}}}}{{}}"
    yield r"  \else"
    yield rf"    \usepackage{{fontspec}} \newcommand{BEYOND}[1]{{{{\fontspec{{{family}}}#1}}}}"
    yield r"  \fi"


class _Picture:
    """The picture's environment, in the scene's own points, y downwards."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.boxes = {box.id: box for box in scene.boxes}
        self.names = dict(zip(self.boxes, names_of(self.boxes, NOT_IN_A_NAME), strict=True))

    def lines(self) -> Iterator[str]:
        scene = self.scene
        yield r"\begin{tikzpicture}["
        yield from (f"  {style}," for style in self._styles())
        yield "]"
        paper, corner = _colour(scene.theme.paper), _at(scene.width, scene.height)
        yield f"  \\path[use as bounding box, fill={paper}] (0,0) rectangle {corner};"
        for bar in scene.bars:
            yield from self._bar(bar)
        for box in scene.boxes:
            yield from self._box(box)
        for place, line in enumerate(scene.connectors, 1):
            yield from self._connector(line, place)
        yield from (f"  {self._free(run)}" for run in scene.notes)
        yield r"\end{tikzpicture}%"

    def _styles(self) -> Iterator[str]:
        theme = self.scene.theme
        ink, line = _colour(theme.ink), f"line width={number(theme.line_width)}bp"
        size = f"\\consortflowfont\\fontsize{{{number(theme.size)}bp}}{{{number(theme.leading)}bp}}\\selectfont"
        tip = f"Triangle[length={number(theme.arrow_length)}bp, width={number(2 * theme.arrow_half)}bp]"
        yield f"x=1bp, y=-1bp, {line}, color={ink}"
        yield f"flow text/.style={{inner sep=0bp, outer sep=0bp, text={ink}, font={size}}}"
        shape = f"rectangle, inner sep=0bp, outer sep=0bp, draw={ink}, {line}"
        yield f"flow box/.style={{{shape}, fill={_colour(theme.box_fill)}}}"
        for kind in sorted({box.kind for box in self.scene.boxes}):
            yield f"flow {kind}/.style={{flow box, fill={_colour(theme.fill(kind))}}}"
        yield f"flow flagged/.style={{line width={number(theme.line_width * HEAVY)}bp, {_dash(DASHED)}}}"
        round_corners = f"rounded corners={number(theme.bar_radius)}bp"
        yield f"flow phase/.style={{{shape}, {round_corners}, fill={_colour(theme.bar_fill)}}}"
        yield f"flow line/.style={{draw={ink}, {line}, >={{{tip}}}}}"
        yield f"flow dotted/.style={{{_dash(DOTTED)}}}"

    def _bar(self, bar: Bar) -> Iterator[str]:
        name = "phase-" + NOT_IN_A_NAME.sub("-", bar.id)
        yield f"  {_node('flow phase', bar, name)}"
        for run in bar.runs:
            right, up = run.x - bar.x - bar.w / 2, bar.y + bar.h / 2 - run.y + run.width / 2
            away = f"xshift={number(right)}bp, yshift={number(up)}bp"
            yield f"    {self._text(run, f'([{away}]{name}.center)', 'rotate=90, anchor=base')}"

    def _box(self, box: Box) -> Iterator[str]:
        name = self.names[box.id]
        flagged = ", flow flagged" if box.flagged else ""
        yield f"  {_node(f'flow {box.kind}{flagged}', box, name)}"
        for run in box.runs:
            down = number(box.y - run.y)
            if abs(run.x + run.width / 2 - box.x - box.w / 2) < SAME:
                yield f"    {self._text(run, f'([yshift={down}bp]{name}.north)', 'anchor=base')}"
            else:
                away = f"xshift={number(run.x - box.x)}bp, yshift={down}bp"
                yield f"    {self._text(run, f'([{away}]{name}.north west)', 'anchor=base west')}"

    def _connector(self, line: Connector, place: int) -> Iterator[str]:
        """Yield a line in terms of the nodes it joins: it follows them where they are moved."""
        ends = [self._end(line.tail, line.points[0]), self._end(line.head, line.points[-1])]
        known: list[tuple[str, Point]] = []
        for (anchor, at, shift), which in zip(ends, ("tail", "head"), strict=True):
            if shift:
                yield f"  \\coordinate (line-{place}-{which}) at ([{shift}]{anchor});"
            known.append((f"line-{place}-{which}" if shift else anchor, at))
        style = "flow line, flow dotted" if line.dotted else "flow line"
        yield f"  \\draw[->, {style}] {' -- '.join(_via(point, known) for point in line.points)};"
        if line.plate:
            left, top, right, bottom = line.plate
            yield f"  \\fill[{_colour(self.scene.theme.paper)}] {_at(left, top)} rectangle {_at(right, bottom)};"
        yield from (f"  {self._free(run)}" for run in line.runs)

    def _end(self, ident: str, point: Point) -> tuple[str, Point, str]:
        """Return the anchor of a box where a line ends, or whose course it leaves, where it is, and the way from it."""
        box, name = self.boxes[ident], self.names[ident]
        (x, y), level = point, box.y + box.h / 2
        for side, at in (("west", box.x), ("east", box.x + box.w)):
            if abs(x - at) < SAME and box.y - SAME <= y <= box.y + box.h + SAME:
                return f"{name}.{side}", point, f"yshift={number(level - y)}bp" if abs(y - level) >= SAME else ""
        side, at = ("north", box.y) if abs(y - box.y) < SAME else ("south", box.y + box.h)
        along = x - box.x - box.w / 2
        if abs(along) > box.w / 2:
            return f"{name}.{side}", (x - along, at), ""
        return f"{name}.{side}", (x, at), f"xshift={number(along)}bp" if abs(along) >= SAME else ""

    def _free(self, run: Run) -> str:
        if run.upward:
            return self._text(run, _at(run.x, run.y), "rotate=90, anchor=base west")
        return self._text(run, _at(run.x, run.y), "anchor=base west")

    def _text(self, run: Run, place: str, anchor: str) -> str:
        theme = self.scene.theme
        size = (
            ""
            if run.size == theme.size
            else rf"\fontsize{{{number(run.size)}bp}}{{{number(run.size * 1.2)}bp}}\selectfont "
        )
        bold = r"\bfseries " if run.bold else ""
        return rf"\node[flow text, {anchor}] at {place} {{{size}{bold}{escape(run.text)}}};"


def _node(style: str, holder: Box | Bar, name: str) -> str:
    middle = _at(holder.x + holder.w / 2, holder.y + holder.h / 2)
    size = f"minimum width={number(holder.w)}bp, minimum height={number(holder.h)}bp"
    return f"\\node[{style}, {size}] ({name}) at {middle} {{}};"


def _via(point: Point, known: Iterable[tuple[str, Point]]) -> str:
    """Return a point as a place that is known, or as where the upright of one meets the level of another."""
    x, y = point
    for name, at in known:
        if abs(at[0] - x) < SAME and abs(at[1] - y) < SAME:
            return f"({name})"
    upright = next((name for name, at in known if abs(at[0] - x) < SAME), None)
    level = next((name for name, at in known if abs(at[1] - y) < SAME), None)
    if upright is None and level is None:
        return _at(x, y)
    return f"({upright or f'{number(x)},0'} |- {level or f'0,{number(y)}'})"


def _at(x: float, y: float) -> str:
    return f"({number(x)},{number(y)})"


def _colour(hexadecimal: str) -> str:
    if plain := {"#000000": "black", "#ffffff": "white"}.get(hexadecimal.lower()):
        return plain
    red, green, blue = colour_of(hexadecimal)
    return f"{{rgb,255:red,{red};green,{green};blue,{blue}}}"


def _dash(lengths: tuple[float, float]) -> str:
    return f"dash pattern=on {number(lengths[0])}bp off {number(lengths[1])}bp"
