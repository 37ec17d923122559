"""A scene as Encapsulated PostScript, Level 2: vectors, its text as outlines, nothing that a printer must have."""

from __future__ import annotations

from math import ceil
from textwrap import wrap
from typing import TYPE_CHECKING

from consortflow.diagrams.paint import Polygon, Polyline, Rectangle, Text, colour_of, number, paint
from consortflow.diagrams.typefaces import Lettering

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consortflow.diagrams.scene import Point, Run, Scene
    from consortflow.diagrams.typefaces import Glyph
    from consortflow.diagrams.writers import Wishes

__all__ = ["write"]

EM = 2048
"""Units that letters are written in."""
LONGEST = 120
"""Characters of a line; the Document Structuring Conventions 3.0 allow 255."""
ROUND = 0.5523
"""How far the handles of a quarter circle reach, of its radius."""
VERBS = {"M": "m", "L": "l", "Q": "c", "C": "c", "Z": "h"}
"""Of outlines, in the words of the prolog."""
PROLOG = """\
%%BeginProlog
save 16 dict begin
/m {moveto} bind def /l {lineto} bind def /c {curveto} bind def /h {closepath} bind def
/f {fill} bind def /s {stroke} bind def /w {setlinewidth} bind def /d {0 setdash} bind def
/gray {setgray} bind def /rgb {setrgbcolor} bind def
/at {gsave translate dup scale} bind def /up {90 rotate} bind def /go {0 translate} bind def
%%EndProlog"""


def write(scene: Scene, wishes: Wishes) -> bytes:  # noqa: ARG001 - a writer's form; EPS has nothing to wish for
    """Return the scene as EPS, in ASCII; raises TypefaceError for letters that no typeface at hand has."""
    drawing = _Drawing(scene)
    painted = [line for mark in paint(scene) for line in drawing.of(mark)]
    letters = [f"/{name} {{{_strokes(glyph)} f}} bind def" for glyph, name in drawing.names.items()]
    head = [
        "%!PS-Adobe-3.0 EPSF-3.0",
        f"%%BoundingBox: 0 0 {ceil(scene.width)} {ceil(scene.height)}",
        f"%%HiResBoundingBox: 0 0 {scene.width:.3f} {scene.height:.3f}",
        f"%%Title: ({_words(scene.title)})",
        "%%Creator: (consortflow)",
        "%%LanguageLevel: 2",
        "%%Pages: 1",
        "%%DocumentData: Clean7Bit",
        "%%EndComments",
        PROLOG,
        "%%Page: 1 1",
        f"{len(letters) + 1} dict begin",
    ]
    body = [part for line in (*letters, *painted) for part in wrap(line, LONGEST, break_long_words=False)]
    return "\n".join([*head, *body, "end end restore", "showpage", "%%Trailer", "%%EOF", ""]).encode("ascii")


class _Drawing:
    """Marks to lines of PostScript; `names` are the procedures of the letters that were asked for."""

    def __init__(self, scene: Scene) -> None:
        self.height = scene.height
        self.size = scene.width, scene.height
        self.lettering = Lettering(scene)
        self.names: dict[Glyph, str] = {}

    def of(self, mark: Rectangle | Polyline | Polygon | Text) -> Iterator[str]:
        match mark:
            case Rectangle() if mark.width == 0 and (mark.w, mark.h) == self.size:
                # the paper: up to the whole points of the BoundingBox, or a rim of white would be left of it
                yield f"{_colour(mark.fill)} 0 0 {ceil(mark.w)} {ceil(mark.h)} rectfill"
            case Rectangle():
                path = self._rounded(mark) if mark.radius else self._path(_corners(mark)) + " h"
                yield f"{_colour(mark.fill)} {path} f"
                if mark.width:
                    yield f"{_colour(mark.stroke)} {number(mark.width)} w {_dash(mark.dash)} {path} s"
            case Polyline(points, stroke, width, dash):
                yield f"{_colour(stroke)} {number(width)} w {_dash(dash)} {self._path(points)} s"
            case Polygon(points, fill):
                yield f"{_colour(fill)} {self._path(points)} h f"
            case Text(run, fill):
                yield f"{_colour(fill)} {self._run(run)}"

    def _at(self, point: Point) -> str:
        return f"{number(point[0])} {number(self.height - point[1])}"

    def _path(self, points: Sequence[Point]) -> str:
        return " ".join([f"{self._at(points[0])} m", *(f"{self._at(point)} l" for point in points[1:])])

    def _rounded(self, mark: Rectangle) -> str:
        """Return the outline of a rectangle with round corners, clockwise from its top left."""
        r = min(mark.radius, mark.w / 2, mark.h / 2)
        out: list[str] = []
        corners = _corners(mark)
        for place, (x, y) in enumerate(corners):
            (px, py), (nx, ny) = corners[place - 1], corners[(place + 1) % 4]
            back, on = (_sign(px - x), _sign(py - y)), (_sign(nx - x), _sign(ny - y))
            begin, end = (x + back[0] * r, y + back[1] * r), (x + on[0] * r, y + on[1] * r)
            left = 1 - ROUND
            one = (x + back[0] * r * left, y + back[1] * r * left)
            other = (x + on[0] * r * left, y + on[1] * r * left)
            out.append(f"{self._at(begin)} {'l' if out else 'm'}")
            out.append(f"{self._at(one)} {self._at(other)} {self._at(end)} c")
        return " ".join([*out, "h"])

    def _run(self, run: Run) -> str:
        """Return a run: its letters are procedures, and between them the way from one to the next."""
        parts: list[str] = []
        here = 0
        for glyph, at in self.lettering.letters(run):
            there = round(at / run.size * EM)
            name = self.names.setdefault(glyph, f"g{len(self.names) + 1}")
            parts += [*([f"{there - here} go"] if there != here else []), name]
            here = there
        scale = f"{run.size / EM:.6f}"
        return " ".join([f"{scale} {self._at((run.x, run.y))} at", *(["up"] * run.upward), *parts, "grestore"])


def _corners(mark: Rectangle) -> tuple[Point, ...]:
    right, bottom = mark.x + mark.w, mark.y + mark.h
    return (mark.x, mark.y), (right, mark.y), (right, bottom), (mark.x, bottom)


def _sign(length: float) -> int:
    return (length > 0) - (length < 0)


def _colour(hexadecimal: str) -> str:
    parts = [number(part / 255) for part in colour_of(hexadecimal)]
    return f"{parts[0]} gray" if len(set(parts)) == 1 else f"{' '.join(parts)} rgb"


def _dash(lengths: tuple[float, float] | None) -> str:
    return f"[{' '.join(map(number, lengths or ()))}] d"


def _strokes(glyph: Glyph) -> str:
    """Return a glyph's outline in units."""
    out: list[str] = []
    here = (0.0, 0.0)
    for mark, points in glyph.strokes:
        exact = _cubic(here, *points) if mark == "Q" else points
        out += [*(f"{round(x * EM)} {round(y * EM)}" for x, y in exact), VERBS[mark]]
        here = points[-1] if points else here
    return " ".join(out)


def _cubic(start: Point, by: Point, end: Point) -> tuple[Point, ...]:
    """Return a quadratic curve's points after its start as those of the cubic curve that is the same."""
    handles = ((x + 2 / 3 * (by[0] - x), y + 2 / 3 * (by[1] - y)) for x, y in (start, end))
    return (*handles, end)


def _words(text: str) -> str:
    """Return a text as the inside of a PostScript string: Latin-1 in octal, what is beyond it as a question mark."""
    out = []
    for byte in text.encode("latin-1", "replace")[:LONGEST]:
        plain = 0x20 <= byte < 0x7F and byte not in b"()\\"
        out.append(chr(byte) if plain else f"\\{byte:03o}")
    return "".join(out)
