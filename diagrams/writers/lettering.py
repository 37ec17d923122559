"""Letters that an SVG brings along: as fonts of its own with the characters used, or as outlines."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from typing import TYPE_CHECKING

from consortflow.diagrams.subsets import subset
from consortflow.diagrams.typefaces import Lettering

if TYPE_CHECKING:
    from collections.abc import Callable

    from consortflow.diagrams.scene import Run, Scene
    from consortflow.diagrams.typefaces import Glyph

__all__ = ["embedded", "outlines"]

GRAIN = 100
"""Steps a point that outlines are rounded to."""


def embedded(scene: Scene) -> dict[str, str]:
    """Return CSS rules by the family they bring; names end in U+0000, where the figure's own prefix goes.

    A page has one set of fonts: those of another figure, with other characters, must not have the same names.
    """
    rules: dict[str, str] = {}
    for face, characters in Lettering(scene).used().items():
        family = f"{face.family} \x00"
        # plain TrueType: what packs it, WOFF and zlib, packs it differently from one machine to another
        data = b64encode(subset(face, characters)).decode("ascii")
        rules[family] = rules.get(family, "") + (
            f"@font-face{{font-family:'{family}';font-weight:{700 if face.bold else 400};"
            f"src:url(data:font/ttf;base64,{data}) format('truetype')}}"
        )
    return rules


def outlines(scene: Scene) -> Callable[[Run, float, float | None], str]:
    """Return what writes a run as the path of its letters; the size of the rest and the middle are of no use to it."""
    lettering = Lettering(scene)

    def outline(run: Run, theme_size: float, middle: float | None) -> str:  # noqa: ARG001 - as writing text is called
        letters = [
            f"M{_n(round((run.x + at) * GRAIN) + x)} {_n(round(run.y * GRAIN) + y)}{rest}"
            for glyph, at in lettering.letters(run)
            for x, y, rest in (_path(glyph, run.size),)
        ]
        if not letters:
            return ""
        turn = f' transform="rotate(-90 {_n(round(run.x * GRAIN))} {_n(round(run.y * GRAIN))})"' if run.upward else ""
        return f'<path{turn} d="{"".join(letters)}"/>'

    return outline


def _n(steps: int) -> str:
    """Return a length in steps as points, without the zeros that say nothing."""
    if steps % GRAIN == 0:
        return str(steps // GRAIN)
    whole, part = divmod(abs(steps), GRAIN)
    return f"{'-' if steps < 0 else ''}{whole or ''}.{part:02d}".rstrip("0")


@lru_cache(maxsize=20_000)
def _path(glyph: Glyph, size: float) -> tuple[int, int, str]:
    """Return where a glyph's outline starts, in steps from its origin, and the rest of it in relative commands."""
    start = (0, 0)
    here = last = (0, 0)
    out: list[str] = []
    for mark, points in glyph.strokes:
        steps = [(round(x * size * GRAIN), round(-y * size * GRAIN)) for x, y in points]
        if mark == "Z":
            out.append("z")
            here = last
            continue
        if mark == "M":
            last = steps[0]
            if not out:
                start = here = last
                out.append("")
                continue
        if mark == "L" and here[1] == steps[0][1]:
            out.append(f"h{_n(steps[0][0] - here[0])}")
        elif mark == "L" and here[0] == steps[0][0]:
            out.append(f"v{_n(steps[0][1] - here[1])}")
        else:
            moves = " ".join(f"{_n(x - here[0])} {_n(y - here[1])}" for x, y in steps)
            out.append(f"{mark.lower()}{moves.replace(' -', '-')}")
        here = steps[-1]
    return *start, "".join(out)
