# ruff: noqa: E501 - labels stand several to a line, and a page of HTML is written as one
"""Mermaid: the same boxes and arrows, and labels in which nothing is interpreted, asked of Mermaid itself."""

import html
import json
import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import charts
import pytest

import consortflow as cf
from consortflow.diagrams.chart import Card, Chart, Footnote, Line, Link, Side
from consortflow.diagrams.figure import draw_chart
from consortflow.diagrams.writers.mermaid import escaped

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.consort.yaml"))
HOSTILE = [
    "end", "1. first", "2) second", "- item", "* item", "+ item", "# head", "> quote", "===", "---", "%% comment",
    "%%{init: {}}%%", '"quoted"', "'single'", "`code`", "**bold** _em_ ~~s~~", "<b>bold</b>", "<script>alert(1)</script>",
    "&lt; &amp; &#65;", "#35; #quot;", "a --> b", "a ~~~ b", "[x] {y} (z)", "a|b", "c;d", "e:f", "fa:fa-car", "$$x^2$$",
    "http://x.org www.x.org a@b.org", "\\N \\\\", "graph TD", "subgraph", "click b1 href", "classDef x", "style b1", ":::exit",
    "@{ shape: cyl }", "R&D", "5 mg/m², ≥ 3", "患者 سلام", "]]> --", "```mermaid", "![i](j)", "[l](m)", "2.5-fold follow-up",
]  # fmt: skip


def lines(figure):
    return figure.to_bytes("mermaid").decode("utf-8").splitlines()


def figure_of(labels, **more):
    cards = tuple(Card(f"c{place}", "stage", (Line(text, "(n = 3)"),)) for place, text in enumerate(labels))
    links = tuple(Link(one.id, other.id) for one, other in pairwise(cards))
    return draw_chart(Chart("T", "Told", cards, links, (), **more))


def test_every_box_and_arrow_of_the_figure_is_there():
    for path in EXAMPLES:
        figure = cf.draw(path)
        written = lines(figure)
        boxes = [line for line in written if re.match(r'  b\d+\["', line)]
        arrows = [line for line in written if re.match(r"  b\d+ (-->|-\.->)", line)]
        assert len(boxes) == len(figure.scene.boxes), path.name
        assert len(arrows) == len(figure.scene.connectors), path.name
        assert sum("-.->" in line for line in arrows) == sum(line.dotted for line in figure.scene.connectors)


def test_a_box_holds_its_lines_and_marks_and_the_notes_explain_them():
    cards = (
        Card("a", "stage", (Line("Assessed", "(n = 9)", bold=True, mark="a"),)),
        Card("b", "exit", (Line("Excluded", "(n = 2)"), Line("Age", "(n = 2)", 1), Line("Young", "(n = 2)", 2))),
    )
    chart = Chart(
        "T", "Told", cards, (), (Side("b", "a"),), footnotes=(Footnote("a", "By letter."), Footnote("", "Invented."))
    )
    written = [line.replace("\u00a0", " ") for line in lines(draw_chart(chart))]
    assert '  b1["Assessed (n = 9) #91;a#93;"]:::stage' in written
    assert '  b2["Excluded (n = 2)<br/>#8226; Age (n = 2)<br/>#160;#160;#8211; Young (n = 2)"]:::exit' in written
    assert "  b1 --> b2" in written
    assert '  notes["#91;a#93; By letter#46;<br/>Invented#46;"]' in written
    assert "  class b2,notes listed" in written


def test_a_transfer_carries_its_label():
    written = lines(cf.draw(ROOT / "examples" / "multi-arm.consort.yaml"))
    assert any('-.->|"Crossed over at progression' in line for line in written)


def test_it_opens_with_its_title_unless_that_would_be_read_as_html():
    assert lines(draw_chart(charts.single_arm()))[:3] == ["---", 'title: "Inaticabtagene autoleucel"', "---"]
    told = lines(draw_chart(charts.single_arm()._replace(title='A "<b>" & B')))
    assert told[:2] == ["flowchart TB", "  accTitle: A #34;#60;b#62;#34; #38; B"]


def test_nothing_of_a_label_is_left_that_could_be_read_as_anything_else():
    for text in HOSTILE:
        left = re.sub(r"#\d+;", "", escaped(text))
        assert not re.search(r"[\"`#;<>&|{}\[\]~*_$\\%:@!+^']", left), text
        assert not re.match(r"\s*(?:\d+[.)]|[-+*>=])(?:\s|$)", left) or "#" in escaped(text), text
        read = html.unescape(re.sub(r"#(\d+);", r"&#\1;", escaped(text))).replace("\u2060", "")
        assert read == text


def test_the_same_figure_gives_the_same_bytes():
    figure = cf.draw(EXAMPLES[0])
    assert figure.to_bytes("mermaid") == cf.draw(EXAMPLES[0]).to_bytes("mmd")


PAGE = """<!DOCTYPE html><meta charset="utf-8"><pre id="out">nothing</pre><div id="d"></div><script src="{script}"></script>
<script>
const sources = {sources};
mermaid.initialize({{startOnLoad: false}});
(async () => {{
  const found = [];
  for (const [place, source] of sources.entries()) {{
    try {{
      const made = await mermaid.render('g' + place, source);
      document.getElementById('d').innerHTML = made.svg;
      const all = name => [...document.querySelectorAll('#d ' + name)].map(e => e.textContent);
      found.push({{nodes: [...document.querySelectorAll('#d .node .nodeLabel')].map(e => e.innerText), title: all('title'), desc: all('desc'),
        elements: [...new Set([...document.querySelectorAll('#d .node .nodeLabel *')].map(e => e.tagName.toLowerCase()))]}});
    }} catch (error) {{ found.push({{error: String(error)}}); }}
  }}
  document.getElementById('d').innerHTML = '';
  document.getElementById('out').textContent = JSON.stringify(found);
}})();
</script>"""


def rendered(tmp_path, sources):
    """Return what Mermaid makes of sources; `CONSORTFLOW_MERMAID` is the path of its mermaid.min.js."""
    script = os.environ.get("CONSORTFLOW_MERMAID", "")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not script or chromium is None:
        pytest.skip("needs chromium, and CONSORTFLOW_MERMAID to name mermaid.min.js (npm install mermaid)")
    page = tmp_path / "page.html"
    data = json.dumps(sources).replace("</", "<\\/")
    page.write_text(PAGE.format(script=Path(script).as_uri(), sources=data), encoding="utf-8")
    ran = subprocess.run(  # noqa: S603 - a tool of the tests
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
         "--virtual-time-budget=60000", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return json.loads(html.unescape(re.search(r'<pre id="out">(.*?)</pre>', ran.stdout, re.DOTALL)[1]))


def test_mermaid_shows_every_label_as_it_was_typed(tmp_path):
    figure = figure_of(HOSTILE)
    (found,) = rendered(tmp_path, [figure.to_bytes("mermaid").decode()])
    assert "error" not in found
    shown = [" ".join(text.replace("\u2060", "").split()) for text in found["nodes"]]
    assert sorted(shown) == sorted(f"{' '.join(text.split())} (n = 3)" for text in HOSTILE)
    assert set(found["elements"]) <= {"p", "br"}


def test_mermaid_reads_every_example(tmp_path):
    figures = [cf.draw(path) for path in EXAMPLES]
    found = rendered(tmp_path, [figure.to_bytes("mermaid").decode() for figure in figures])
    for figure, made in zip(figures, found, strict=True):
        assert "error" not in made
        assert figure.chart.title in made["title"]
        assert figure.chart.description in made["desc"]
        assert len(made["nodes"]) == len(figure.scene.boxes) + bool(figure.scene.footnotes)
