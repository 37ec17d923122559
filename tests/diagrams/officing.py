"""What an office file says, read apart from what wrote it: shapes and their sites, where lines run, what holds them."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import pairwise
from math import cos, radians, sin

import charts
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from printing import DPI, program, run

from consortflow.diagrams.figure import draw_chart

EMU = 12700
NS = {
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "wpg": "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
}


@dataclass
class Shape:
    """A shape as it is written; lengths are points."""

    element: etree._Element
    id: int
    name: str
    alt: str
    x: float
    y: float
    w: float
    h: float
    turn: float
    flip_h: bool
    flip_v: bool
    preset: str
    guides: dict[str, str]

    @property
    def start(self):
        return glue(self.element, "stCxn")

    @property
    def end(self):
        return glue(self.element, "endCxn")

    def site(self, place):
        """Return where a site is: a rectangle's own four, then those a shape says it has."""
        if self.preset:
            at = ((0.5, 0), (0, 0.5), (0.5, 1), (1, 0.5))[place]
            return self.x + at[0] * self.w, self.y + at[1] * self.h
        pos = self.element.findall(".//a:cxnLst/a:cxn/a:pos", NS)[place]
        return self.x + self.length(pos.get("x")), self.y + self.length(pos.get("y"))

    def length(self, said):
        known = {"l": 0, "t": 0, "r": self.w, "b": self.h, "hc": self.w / 2, "vc": self.h / 2}
        if said in known:
            return known[said]
        factor, whole, part = re.fullmatch(r"\*/ (-?\d+) ([wh]) (\d+)", self.guides[said]).groups()
        return int(factor) * (self.w if whole == "w" else self.h) / int(part)

    def path(self):
        """Return the points a preset connector runs through, as the standard defines them."""
        adjust = [int(self.guides.get(f"adj{n}", "val 50000").removeprefix("val ")) / 100_000 for n in (1, 2, 3)]
        w, h = self.w, self.h
        x1, y2, x3 = adjust[0] * w, adjust[1] * h, adjust[2] * w
        points = {
            "straightConnector1": [(0, 0), (w, h)],
            "bentConnector2": [(0, 0), (w, 0), (w, h)],
            "bentConnector3": [(0, 0), (x1, 0), (x1, h), (w, h)],
            "bentConnector4": [(0, 0), (x1, 0), (x1, y2), (w, y2), (w, h)],
            "bentConnector5": [(0, 0), (x1, 0), (x1, y2), (x3, y2), (x3, h), (w, h)],
        }[self.preset]
        angle = radians(self.turn)
        out = []
        for px, py in points:
            dx, dy = (px - w / 2) * (-1 if self.flip_h else 1), (py - h / 2) * (-1 if self.flip_v else 1)
            out.append(
                (
                    self.x + w / 2 + dx * cos(angle) - dy * sin(angle),
                    self.y + h / 2 + dx * sin(angle) + dy * cos(angle),
                )
            )
        return out

    def paragraphs(self):
        return [
            "".join(part.text or "" for part in p.iter(f"{{{NS['a']}}}t")) for p in self.element.iter(f"{{{NS['a']}}}p")
        ]


@cache
def scripts():
    """A figure in other scripts, with control characters, and with words that are longer than any line."""
    lines = [
        ("\u0645\u0631\u064a\u0636 \u05d7\u05d5\u05dc\u05d4 left", 1),
        ("不符合纳入标准和骨髓原始细胞少于百分之五", 2),
        ("a\x00b\x07c\x1fd\x7f e\tf\ng", 3),
        ("x" * 500, 4),
        ("word " * 100, 5, 2),
        ("]]> &amp; \u2028 \ufffe \U0001f600", 6, 3),
    ]
    cards = (
        charts.card("a", "stage", "受试者\x0b筛选", 30, phase=0),
        charts.card("b", "exit", "Out", 21, *lines),
        charts.card("c", "stage", "y" * 300, 9, phase=0),
    )
    chart = charts.Chart(
        "\x00题目" + "t" * 400,
        "told\x01 in words",
        cards,
        charts.chain("a", "c"),
        (charts.Side("b", "a"),),
        ("阶段\n一",),
    )
    return draw_chart(chart._replace(language="zh"))


def clean(text):
    return "".join(
        "\ufffd" if not (c in "\t\n\r" or c >= " ") or "\x7f" <= c <= "\x9f" or c in "\ufffe\uffff" else c for c in text
    )


def glue(element, name):
    found = element.find(f".//a:{name}", NS)
    return None if found is None else (int(found.get("id")), int(found.get("idx")))


def shape_of(element):
    """Return a `p:sp`, `p:cxnSp` or `wps:wsp` as a shape."""
    about = next(child for child in element.iter() if etree.QName(child).localname == "cNvPr")
    place = element.find(".//a:xfrm", NS)
    off, ext = place.find("a:off", NS), place.find("a:ext", NS)
    preset = element.find(".//a:prstGeom", NS)
    return Shape(
        element,
        int(about.get("id")),
        about.get("name"),
        about.get("descr", ""),
        int(off.get("x")) / EMU,
        int(off.get("y")) / EMU,
        int(ext.get("cx")) / EMU,
        int(ext.get("cy")) / EMU,
        int(place.get("rot", 0)) / 60_000,
        place.get("flipH") == "1",
        place.get("flipV") == "1",
        "" if preset is None else preset.get("prst"),
        {guide.get("name"): guide.get("fmla") for guide in element.iterfind(".//a:gd", NS)},
    )


def part(data, name):
    """Return a part of an office file, parsed."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        return etree.fromstring(package.read(name))


def violations(data, ending, folder):
    """Return where a file is not as Microsoft's schemas and its programs want it."""
    file = folder / f"figure.{ending}"
    file.write_bytes(data)
    found = set()
    for version in (FileFormat.OFFICE_2013, FileFormat.MICROSOFT_365):
        result = OpenXmlValidator(file_format=version, max_errors=20).validate(str(file))
        found |= {str(error) for error in result.errors}
    return found


def every_part_is_well_formed(data):
    with zipfile.ZipFile(BytesIO(data)) as package:
        assert package.testzip() is None
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(package.read(name))


def said_of_times(data):
    """Return every time and author an office file says it was made at and by."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        times = {entry.date_time for entry in package.infolist()}
        core = package.read("docProps/core.xml").decode()
    return times, set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)), re.findall(r"<dc:creator>([^<]*)", core)


def check_glue(scene, shapes, lines, at=(0.0, 0.0), scale=1.0):
    """Every line of a scene is there, runs where it does in the figure, and holds on to its two boxes at its ends."""
    by_id = {shape.id: shape for shape in shapes}
    assert len(by_id) == len(shapes)
    pieces = {}
    for line in lines:
        pieces.setdefault(line.name, []).append(line)
    names = [line.id for line in scene.connectors]
    assert set(pieces) == set(names)
    for line in scene.connectors:
        mine = pieces[line.id]
        if names.count(line.id) > 1:  # the same two boxes joined twice
            mine = [mine[[c for c in scene.connectors if c.id == line.id].index(line)]]
        path = []
        for piece in mine:
            assert piece.start is not None, line.id
            assert piece.end is not None, line.id
            for (ident, site), point in ((piece.start, piece.path()[0]), (piece.end, piece.path()[-1])):
                assert near(by_id[ident].site(site), point, 0.15), (line.id, by_id[ident].name)
            path += piece.path()
        assert by_id[mine[0].start[0]].name == line.tail
        assert by_id[mine[-1].end[0]].name == line.head
        wanted = [(x * scale + at[0], y * scale + at[1]) for x, y in line.points]
        bends = straight(path)
        wanted_bends = straight(wanted)
        assert near(bends[-1], wanted_bends[-1], 0.15)
        for point in wanted_bends[1:-1]:
            assert any(near(point, bend, 0.15) for bend in bends), (line.id, point, bends)
        assert passes(bends, wanted[0]), (line.id, "begins elsewhere")
        added = len(bends) - len(wanted_bends)
        assert 0 <= added <= 1, (line.id, bends, wanted_bends)


def near(one, other, most):
    return abs(one[0] - other[0]) <= most and abs(one[1] - other[1]) <= most


def straight(points):
    """Return an orthogonal line without points at which it does not bend, and with none twice."""
    kept = []
    for point in points:
        if kept and near(kept[-1], point, 0.15):
            continue
        if len(kept) > 1 and any(
            abs(kept[-2][axis] - kept[-1][axis]) < 0.15 and abs(kept[-1][axis] - point[axis]) < 0.15 for axis in (0, 1)
        ):
            kept.pop()
        kept.append(point)
    return kept


def passes(points, point):
    """Return whether a line passes a point."""
    return any(
        min(ax, bx) - 0.15 <= point[0] <= max(ax, bx) + 0.15 and min(ay, by) - 0.15 <= point[1] <= max(ay, by) + 0.15
        for (ax, ay), (bx, by) in pairwise(points)
    )


def check_picture(scene, pdf, folder, at):
    """Every outline and line of a figure is where it should be on a page, and nothing is anywhere else.

    Words may break otherwise, but never leave their boxes.
    """
    run("pdftoppm", "-r", DPI, "-png", "-gray", "-singlefile", pdf, folder / "page")
    page = Image.open(folder / "page.png").convert("L")

    def pixel(x, y):
        return (x + at[0]) * DPI / 72, (y + at[1]) * DPI / 72

    dark = page.filter(ImageFilter.MinFilter(5)).load()
    rest = page.copy()
    paint = ImageDraw.Draw(rest)
    white = page.getpixel((1, 1))
    for solid in scene.solids:
        x0, y0, x1, y1 = solid.x, solid.y, solid.x + solid.w, solid.y + solid.h
        corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))
        for one, other in pairwise(corners):
            assert inked(dark, pixel, one, other) > 0.9, (solid.id, one, other)
        paint.rectangle((*pixel(x0 - 1.5, y0 - 1.5), *pixel(x1 + 1.5, y1 + 1.5)), fill=white)
    for line in scene.connectors:
        for one, other in pairwise(line.points):
            assert inked(dark, pixel, one, other) > (0.3 if line.dotted else 0.9), (line.id, one, other)
            (left, top), (right, bottom) = (tuple(map(pick, zip(one, other, strict=True))) for pick in (min, max))
            paint.rectangle((*pixel(left - 2, top - 2), *pixel(right + 2, bottom + 2)), fill=white)
        (x, y), (px, py) = line.points[-1], line.points[-2]
        paint.rectangle(
            (*pixel(min(x, px, x - 3), min(y, py, y - 3)), *pixel(max(x, px, x + 3), max(y, py, y + 3))), fill=white
        )
        for words_run in line.runs:
            left, top, right, bottom = words_run.extent
            paint.rectangle((*pixel(left - 2, top - 2.5), *pixel(right + 2, bottom + 2.5)), fill=white)
    for note in scene.notes:
        _, top, _, bottom = note.extent
        paint.rectangle((*pixel(0, top - 3), *pixel(scene.width, bottom + 3)), fill=white)
    rest = ImageChops.difference(rest, Image.new("L", rest.size, white))
    assert rest.getextrema()[1] < 60, f"something stands at {rest.point(lambda v: 255 * (v >= 60)).getbbox()}"


def inked(dark, pixel, one, other):
    """Return which share of a stretch is drawn, its ends left out."""
    long = max(abs(one[0] - other[0]), abs(one[1] - other[1]))
    steps = max(int(long / 2), 3)
    found = []
    for step in range(1, steps):
        share = step / steps
        x, y = pixel(one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share)
        found.append(dark[round(x), round(y)] < 140)
    return sum(found) / len(found)


def as_pdf(files, folder):
    """Convert office files with LibreOffice, in one start; the test is skipped where it is not on the machine."""
    program("soffice")
    profile = folder / "profile"
    run(
        "soffice",
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        folder,
        *files,
    )
    return [folder / f"{file.stem}.pdf" for file in files]


def words(text):
    """Return a text as its characters, for lines break elsewhere in other programs."""
    return re.sub(r"[\s\u00a0\u200b-\u200f\u2060\u00ad]+", "", text)
