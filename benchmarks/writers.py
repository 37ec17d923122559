"""What the writers cost beyond the libraries they use, in the same run.

    python benchmarks/writers.py [--runs 9] [--check]

Each row is our writer against its library doing the bare work: resvg the same SVG, reportlab as many rectangles,
lines, polygons and strings, python-pptx and python-docx as many bare shapes. `--check` fails where a row is beyond its
limit.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from measure import cpu_of_call

import consortflow as cf
from consortflow.diagrams.paint import Polygon, Polyline, Rectangle, Text, paint
from consortflow.diagrams.scene import Scene
from consortflow.diagrams.subsets import subset
from consortflow.diagrams.text import NBSP
from consortflow.diagrams.typefaces import Lettering
from consortflow.diagrams.writers import Wishes, write
from consortflow.diagrams.writers.docx import bound
from consortflow.diagrams.writers.wordml import NAMESPACES

EXAMPLE = Path(__file__).parents[1] / "examples" / "inati-cel.consort.yaml"


class Row(NamedTuple):
    """A writer's work and its library's; `limit` is how many times the second the first may take."""

    name: str
    ours: Callable[[], object]
    theirs: Callable[[], object]
    limit: float


def rows(scene: Scene) -> list[Row]:
    """Return what is measured."""
    return [
        Row("PNG, 300 dpi", lambda: write(scene, "png", Wishes(dpi=300)), resvg(scene, 300), 1.5),
        Row("PDF", lambda: write(scene, "pdf"), reportlab(scene), 2.0),
        Row("PPTX", lambda: write(scene, "pptx"), python_pptx(scene), 2.0),
        Row("DOCX, shapes", lambda: bound([scene], [b""]), python_docx(scene), 2.0),
        Row("DOCX, 300 dpi", lambda: write(scene, "docx"), python_docx(scene, picture=True), 2.0),
    ]


def resvg(scene: Scene, dpi: float) -> Callable[[], object]:
    """Return resvg's work on the SVG with text, as it is written by default, with the fonts it needs."""
    import tempfile

    import resvg_py

    svg = write(scene, "svg").decode()
    folder = Path(tempfile.mkdtemp())
    files = []
    for face, characters in Lettering(scene).used().items():
        files.append(folder / f"{face.name}.ttf")
        files[-1].write_bytes(subset(face, characters))
    fonts = [str(file) for file in files]
    return lambda: resvg_py.svg_to_bytes(svg_string=svg, dpi=dpi, skip_system_fonts=True, font_files=fonts)


def reportlab(scene: Scene) -> Callable[[], object]:
    """Return reportlab's work on the same number of bare shapes and strings, with the same fonts embedded."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    faces = {}
    for face, characters in Lettering(scene).used().items():
        font = TTFont(f"bare {face.name}", BytesIO(subset(face, characters)), asciiReadable=False)
        pdfmetrics.registerFont(font)
        faces[face.bold] = font.fontName
    marks = list(paint(scene))

    def work() -> bytes:
        out = BytesIO()
        canvas = Canvas(
            out, pagesize=(scene.width, scene.height), invariant=1, pageCompression=1, initialFontName=faces[True]
        )
        for mark in marks:
            match mark:
                case Rectangle():
                    canvas.rect(mark.x, mark.y, mark.w, mark.h, fill=1)
                case Polyline(points) | Polygon(points):
                    path = canvas.beginPath()
                    path.moveTo(*points[0])
                    for point in points[1:]:
                        path.lineTo(*point)
                    canvas.drawPath(path, fill=int(isinstance(mark, Polygon)))
                case Text(run):
                    canvas.setFont(faces[run.bold], run.size)
                    canvas.drawString(run.x, run.y, run.text.replace(NBSP, " "))
        canvas.save()
        return out.getvalue()

    return work


def python_pptx(scene: Scene) -> Callable[[], object]:
    """Return python-pptx's work on the same number of bare shapes and connectors on one slide."""
    from pptx import Presentation
    from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
    from pptx.util import Pt

    def work() -> bytes:
        out = BytesIO()
        presentation = Presentation()
        shapes = presentation.slides.add_slide(presentation.slide_layouts[6]).shapes
        for solid in scene.solids:
            shapes.add_shape(MSO_SHAPE.RECTANGLE, Pt(solid.x), Pt(solid.y), Pt(solid.w), Pt(solid.h))
        for line in scene.connectors:
            (x0, y0), (x1, y1) = line.points[0], line.points[-1]
            shapes.add_connector(MSO_CONNECTOR.ELBOW, Pt(x0), Pt(y0), Pt(x1), Pt(y1))
        presentation.save(out)
        return out.getvalue()

    return work


def python_docx(scene: Scene, *, picture: bool = False) -> Callable[[], object]:
    """Return python-docx's work on a group of the same number of bare shapes, and on resvg's picture of them.

    The library has no shapes of its own: what it does is read them, hold them and save them.
    """
    from docx import Document
    from docx.oxml import parse_xml

    dots = resvg(scene, 300)

    def shape(x: float, y: float, w: float, h: float) -> str:
        place = f'<a:off x="{x * 12700:.0f}" y="{y * 12700:.0f}"/><a:ext cx="{w * 12700:.0f}" cy="{h * 12700:.0f}"/>'
        return f"<wps:wsp><wps:cNvSpPr/><wps:spPr><a:xfrm>{place}</a:xfrm></wps:spPr><wps:bodyPr/></wps:wsp>"

    def work() -> bytes:
        out = BytesIO()
        document = Document()
        shapes = [shape(solid.x, solid.y, solid.w, solid.h) for solid in scene.solids]
        shapes += [shape(*line.points[0], *line.points[-1]) for line in scene.connectors]
        paragraph = document.add_paragraph()
        paragraph._p.append(
            parse_xml(f"<w:r {NAMESPACES}><w:drawing><wpg:wgp>{''.join(shapes)}</wpg:wgp></w:drawing></w:r>")
        )
        if picture:
            document.add_picture(BytesIO(bytes(dots())))
        document.save(out)
        return out.getvalue()

    return work


def main() -> int:
    """Print the rows."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=9)
    options.add_argument("--check", action="store_true")
    asked = options.parse_args()
    scene = cf.draw(EXAMPLE).scene
    beyond = False
    for row in rows(scene):
        row.ours(), row.theirs()
        ours = theirs = float("inf")
        for _ in range(asked.runs):  # in turns, so that a busy machine is as unkind to one as to the other
            ours, theirs = min(ours, cpu_of_call(row.ours)), min(theirs, cpu_of_call(row.theirs))
        ratio = ours / theirs
        beyond |= ratio > row.limit
        print(
            f"{row.name:<14} {ours * 1000:7.1f} ms, its library {theirs * 1000:7.1f} ms: {ratio:.2f} of it "
            f"(limit {row.limit:g})"
        )
    return int(asked.check and beyond)


if __name__ == "__main__":
    sys.exit(main())
