"""Writes `advances.py` from the Arimo font of the fontpkg-arimo package.

Run `python -m consortflow.diagrams.measure_font` after a new Arimo; a test compares the committed table to
the font.
"""

from __future__ import annotations

from importlib import resources
from io import BytesIO
from pathlib import Path

from consortflow.schemas.files import write_atomically

__all__ = ["advances_of", "module_text"]

WEIGHTS = {"REGULAR": 400, "BOLD": 700}
SKIPPED = ((0xE000, 0xF8FF), (0x0000, 0x001F), (0x007F, 0x009F))
"""Private use and control characters: never text of a figure."""


def advances_of(weight: int) -> dict[int, int]:
    """Return the advance of every character of Arimo at a weight, by code point, in units of 1/2048 em."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # it ships no types

    data = resources.files("fontpkg_arimo").joinpath("files", "Arimo[wght].ttf").read_bytes()
    font = TTFont(BytesIO(data))
    glyphs = font.getGlyphSet(location={"wght": weight})
    return {
        code: round(glyphs[name].width)
        for code, name in sorted(font.getBestCmap().items())
        if not any(low <= code <= high for low, high in SKIPPED)
    }


def module_text() -> str:
    """Return the source of `advances.py`: runs of code points, then four digits a character and weight."""
    tables = {name: advances_of(weight) for name, weight in WEIGHTS.items()}
    codes = sorted(tables["REGULAR"])
    runs: list[list[int]] = []
    for code in codes:
        if runs and runs[-1][1] + 1 == code:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    lines = [
        '"""Advances of Arimo (the metrics of Arial and Helvetica) in 1/2048 em. Generated, do not edit.',
        "",
        "Regenerate with `python -m consortflow.diagrams.measure_font`.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        '__all__ = ["BOLD", "REGULAR", "RUNS", "UNITS"]',
        "",
        "UNITS = 2048",
        "RUNS = (",
        *_wrapped([f"0x{low:X}-0x{high:X}" for low, high in runs]),
        ")",
    ]
    for name, table in tables.items():
        lines += [f"{name} = (", *_wrapped([f"{table[code]:04x}" for code in codes], join=""), ")"]
    return "\n".join(lines) + "\n"


def _wrapped(parts: list[str], join: str = " ") -> list[str]:
    """Adjacent string literals of at most 96 characters."""
    out, line = [], ""
    for part in parts:
        if len(line) + len(part) > 95:
            out.append(line)
            line = ""
        line += part + join
    return [f'    "{text}"' for text in [*out, line.rstrip()]]


if __name__ == "__main__":
    write_atomically(Path(__file__).with_name("advances.py"), module_text().encode("utf-8"))
