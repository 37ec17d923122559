"""Figures for the writers to write, programs that open what they wrote, and a measure of how alike two pictures are."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import charts
import pytest
from PIL import Image, ImageChops, ImageFilter

import consortflow as cf
from consortflow.diagrams.figure import draw_chart
from consortflow.diagrams.subsets import subset
from consortflow.diagrams.typefaces import Lettering
from consortflow.diagrams.writers.svg import to_svg

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.consort.yaml"))
DPI = 144
HOSTILE = (
    r"\N \G %s \input{x} $x^2$ {} }{ #1 _a~b",
    "<b>&lt;]]>--></svg> <script>alert(1)</script>",
    "(unbalanced ( and a last \\",
    "Ålesund, Łódź, naïve: ≥5 \u00d7 10⁶ µg/kg, β2, CO₂, ½ \u2013 — •",
    "'single' \"double\" `back` ,,low,, <<left>> ?` !` -- --- fi ffl",
    "ends with 100%",
    "^^M ^^41 \\end{document} \\relax",
    "EOF\\n%%EOF %%BoundingBox: 0 0 1 1",
    "Ελληνικά Ωμέγα, Việt Nam, café, x\u200b\u200dy",
)


@cache
def figure(name: str, theme: str = "consort"):
    width = None if theme == "consort" else 170  # what an example asks for may be a column of its own theme's
    return cf.draw(ROOT / "examples" / f"{name}.consort.yaml", theme=theme, width=width)


@cache
def hostile():
    lines = [(text, 3) for text in HOSTILE]
    cards = (
        charts.card("a", "stage", HOSTILE[0], 30, phase=0),
        charts.card("out/1", "exit", HOSTILE[1], 27, *lines),
        charts.card("a.b c", "stage", HOSTILE[2], 3, *lines, phase=0),
    )
    chart = charts.Chart(
        "100% of {these} \\labels (and ) <are> hostile_",
        "A \\description (of ) it & more \u2013 all",
        cards,
        tuple(charts.Link(a, b, "flow") for a, b in pairwise(("a", "a.b c"))),
        (charts.Side("out/1", "a"),),
        ("Phase {1} & <2> 50%",),
    )
    return draw_chart(chart)


def names():
    return [path.name.removesuffix(".consort.yaml") for path in EXAMPLES]


def program(name: str) -> str:
    """Return where a program is; the test is skipped where it is not."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not on this machine")
    return found


def run(name: str, *arguments: object, at: Path | None = None) -> str:
    """Return what a program prints; it must succeed."""
    command = [program(name), *map(str, arguments)]
    done = subprocess.run(command, cwd=at, capture_output=True, timeout=240, check=False)  # noqa: S603 - found above
    said = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, said[-3000:] + done.stderr.decode("utf-8", "replace")[-3000:]
    return said


def painted(scene, folder: Path, dpi: float = DPI) -> Image.Image:
    """Return the SVG as resvg paints it, its text set in the fonts that are embedded in others."""
    import resvg_py

    files = []
    for face, characters in Lettering(scene).used().items():
        files.append(folder / f"{face.name}.ttf")
        files[-1].write_bytes(subset(face, characters))
    arimo = to_svg(scene, "x").replace("Arial, Helvetica, ", "")
    data = resvg_py.svg_to_bytes(
        svg_string=arimo, dpi=dpi, skip_system_fonts=True, font_files=[str(file) for file in files]
    )
    return Image.open(BytesIO(bytes(data))).convert("L")


def unlike(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return how far two pictures of one figure are apart, 0 to 255: on the whole, and where they are most.

    Lines and letters that fall on other halves of a pixel are one to the eye: both are smoothed first. The outermost
    pixels are left out: where a page ends within one, programs disagree about the rest of it.
    """
    assert abs(one.width - other.width) <= 2
    assert abs(one.height - other.height) <= 2
    box = (2, 2, min(one.width, other.width) - 2, min(one.height, other.height) - 2)
    smooth = [image.convert("L").crop(box).filter(ImageFilter.GaussianBlur(3)) for image in (one, other)]
    apart = ImageChops.difference(*smooth)
    counts = apart.histogram()
    return sum(level * count for level, count in enumerate(counts)) / sum(counts), apart.getextrema()[1]
