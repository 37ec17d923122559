# ruff: noqa: E501 - study files are written as an author would
"""The page: valid, by itself, readable without its picture, on light and dark and narrow screens."""

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import charts
import pytest

import consortflow as cf
from consortflow.diagrams.chart import Card, Chart, Line, Table
from consortflow.diagrams.dusk import contrast, palettes
from consortflow.diagrams.figure import draw_chart
from consortflow.diagrams.theme import Theme, load_theme, theme_names
from consortflow.telling import flat

ROOT = Path(__file__).parents[2]
MULTI = ROOT / "examples" / "multi-arm.consort.yaml"
VOID = {"meta", "br", "path", "rect", "link", "img"}
HOSTILE = '</style></title><script>alert(1)</script> "x" & &lt; <b> ]]>'


class Page(HTMLParser):
    """A page as elements: what stands in what, with attributes and text; anything unclosed is an error."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "attrs": dict(attrs), "text": "", "in": [e["tag"] for e in self.open]}
        assert len(attrs) == len(dict(attrs))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag):
        return [element for element in self.elements if element["tag"] == tag]


def written(study=MULTI):
    return cf.draw(study).to_bytes("html").decode()


def hostile():
    text = f"stages:\n  - {{kind: screening, label: '{HOSTILE}', n: 9, exits: [{{label: '{HOSTILE} out', n: 2, note: '{HOSTILE} note'}}]}}\n"
    return cf.loads(f"study: {{title: '{HOSTILE} title'}}\n{text}")


def test_the_page_says_its_language_title_and_description():
    page = Page(written())
    assert page.all("html")[0]["attrs"]["lang"] == "en-US"
    title = "Two checkpoint inhibitors or chemotherapy in advanced urothelial cancer"
    assert [element["text"] for element in (*page.all("title")[:1], *page.all("h1"))] == [title, title]
    metas = {element["attrs"].get("name"): element["attrs"].get("content") for element in page.all("meta")}
    assert metas["description"] == f"Participant flow: {title}"
    assert "width=device-width" in metas["viewport"]
    assert page.elements[3]["attrs"] == {"charset": "utf-8"} or page.elements[2]["attrs"] == {"charset": "utf-8"}


def test_the_page_needs_nothing_but_itself():
    for text in (written(), written(hostile())):
        page = Page(text)
        tags = {element["tag"] for element in page.elements}
        assert not tags & {"script", "link", "img", "iframe", "object", "base", "foreignobject"}
        names = {name for element in page.elements for name in element["attrs"]}
        assert not {name for name in names if name.startswith("on") or name in ("src", "href", "xlink:href")}
        assert not re.search(r"url\(|@import|javascript:", text)
        policy = next(e["attrs"]["content"] for e in page.all("meta") if "http-equiv" in e["attrs"])
        assert policy.startswith("default-src 'none'")


def test_labels_are_data_in_the_page():
    page = Page(written(hostile()))
    assert page.all("h1")[0]["text"] == f"{HOSTILE} title"
    assert any(
        element["text"] == f"Left: {HOSTILE} out (n\u00a0=\u00a02)\n\n{HOSTILE} note\n\n" for element in page.all("li")
    )
    assert f"{HOSTILE}" in {element["text"] for element in page.all("th")}


def test_the_whole_flow_is_a_nested_list():
    figure = cf.draw(MULTI)
    page = Page(figure.to_bytes("html").decode())
    lines = [element["text"].split("\n")[0] for element in page.all("li")]
    told = []

    def walk(items):
        for item in items:
            told.append(str(item) if item.text else f"{item.lead}:")
            walk(item.parts)

    walk(figure.chart.telling)
    assert lines == told
    assert len(told) > 50
    deepest = max(page.all("li"), key=lambda element: element["in"].count("ul"))
    assert deepest["in"].count("ul") == 5
    assert flat(figure.chart.telling) == figure.chart.description


def test_the_picture_leads_to_the_list_in_place_of_telling_all_of_it():
    page = Page(written())
    (svg,) = page.all("svg")
    assert svg["attrs"]["role"] == "img"
    ids = {element["attrs"]["id"] for element in page.elements if "id" in element["attrs"]}
    assert svg["attrs"]["aria-labelledby"] in ids
    assert svg["attrs"]["aria-details"] in ids
    assert page.all("desc") == []
    assert "lang" not in svg["attrs"]
    without = draw_chart(charts.parallel()).to_bytes("html").decode()
    assert "<desc" in without
    assert "aria-details" not in without


def test_ids_are_unique_and_all_that_is_named_is_there():
    page = Page(written())
    ids = [element["attrs"]["id"] for element in page.elements if "id" in element["attrs"]]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        for name in ("aria-labelledby", "aria-details"):
            assert set(element["attrs"].get(name, "").split()) <= set(ids)


def test_the_counts_are_a_table_with_heads_for_columns_and_rows():
    page = Page(written())
    heads = [element for element in page.all("th") if element["in"][-2] == "thead"]
    assert [head["text"] for head in heads] == ["Arm", "Stage", "n", "Left", "Ongoing", "% of previous", "% of first"]
    assert {head["attrs"]["scope"] for head in heads} == {"col"}
    rows = [element for element in page.all("th") if element["in"][-2] == "tbody"]
    assert {row["attrs"]["scope"] for row in rows} == {"row"}
    assert all(row["text"] for row in rows)
    cells = [element for element in page.all("td") if element["attrs"].get("class") == "number"]
    assert [cell["text"] for cell in cells[:5]] == ["561", "141", "0", "", ""]
    assert ".number{text-align:right" in written()


def test_a_wide_figure_or_table_can_be_moved_with_the_keyboard():
    page = Page(written())
    moved = [element for element in page.all("div") if element["attrs"].get("class") == "sheet"]
    assert len(moved) == 2
    assert all(element["attrs"]["tabindex"] == "0" and element["attrs"]["role"] == "region" for element in moved)


def test_words_of_the_page_are_in_the_language_of_the_study():
    study = cf.loads("study: {language: fr}\nstages: [{kind: screening, n: 9, exits: [{n: 2}]}, {kind: enrollment}]\n")
    page = Page(written(study))
    assert page.all("html")[0]["attrs"]["lang"] == "fr"
    assert [element["text"] for element in page.all("h2")] == [
        "Le diagramme en toutes lettres",
        "Effectifs à chaque étape",
    ]
    assert page.all("th")[0]["text"] == "Étape"


def test_a_chart_without_words_or_counts_is_a_page_all_the_same():
    chart = Chart("T", "d", (Card("a", "stage", (Line("A"),)),), (), ())
    page = Page(draw_chart(chart).to_bytes("html").decode())
    assert page.all("table") == page.all("section") == []


def test_a_table_is_made_only_when_a_page_asks_for_it():
    made = []

    def table():
        made.append(1)
        return Table("Counts", ("Stage", "n"), (("A", "3"),), 1)

    figure = draw_chart(charts.single_arm(), table=table)
    figure.svg()
    figure.to_bytes("dot")
    assert made == []
    assert "<caption" not in figure.to_bytes("html").decode()
    assert made == [1]


@pytest.mark.parametrize("fonts", ["stack", "embed", "outline"])
def test_letters_follow_the_screen_however_they_are_drawn(fonts):
    text = cf.draw(MULTI).to_bytes("html", fonts=fonts).decode()
    Page(text)
    assert re.search(r"\.sheet \.(cf\w+)>g\{fill:var\(--ink\)\}|,\.sheet \.cf\w+>g\{fill:var\(--ink\)\}", text)


# Colours


@pytest.mark.parametrize("name", theme_names())
def test_both_screens_are_as_easy_to_read_in_every_theme(name):
    own = load_theme(name)
    light, dark = palettes(own)
    kept = dark if name == "dark" else light
    assert (kept.paper, kept.ink, dict(kept.fills)["stage"]) == (own.paper, own.ink, own.box_fill)
    assert contrast(light.paper, "#000000") > 10 > contrast(dark.paper, "#000000")
    for ground in (dark.paper, dark.bar, *dict(dark.fills).values()):
        assert contrast(dark.ink, ground) >= 4.5


def test_a_dark_theme_is_the_dark_one_and_is_printed_in_the_light():
    theme = Theme(paper="#101010", ink="#f0f0f0", box_fill="#808080", bar_fill="#303030")
    light, dark = palettes(theme)
    assert (dark.paper, dark.ink) == ("#101010", "#f0f0f0")
    assert contrast(light.ink, light.paper) > 10
    assert contrast(light.ink, dict(light.fills)["stage"]) >= 4.5
    text = draw_chart(charts.single_arm(), theme).to_bytes("html").decode()
    root, _, screen = text.partition("@media screen and (prefers-color-scheme:dark)")
    assert f"--paper:{light.paper}" in root
    assert "--paper:#101010" in screen


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


# Other programs


def test_the_page_is_valid_html_to_the_validator(tmp_path):
    """`CONSORTFLOW_VNU` is the path of vnu.jar, the Nu Html Checker, run by Java."""
    jar = os.environ.get("CONSORTFLOW_VNU", "")
    if not jar or shutil.which("java") is None:
        pytest.skip("needs Java, and CONSORTFLOW_VNU to name vnu.jar")
    for name, study in {"multi": MULTI, "hostile": hostile()}.items():
        (tmp_path / f"{name}.html").write_text(written(study), encoding="utf-8")
    ran = subprocess.run(["java", "-jar", jar, str(tmp_path)], capture_output=True, text=True, check=False)  # noqa: S603, S607 - a tool of the tests
    found = [line for line in ran.stderr.splitlines() if "color-scheme" not in line]  # newer than some versions of it
    assert found == []


def test_the_page_is_valid_html_to_tidy(tmp_path):
    if shutil.which("tidy") is None:
        pytest.skip("needs tidy")
    path = tmp_path / "page.html"
    path.write_text(written(), encoding="utf-8")
    ran = subprocess.run(["tidy", "-q", "-e", "-utf8", str(path)], capture_output=True, text=True, check=False)  # noqa: S603, S607 - as above
    known = (
        "proprietary attribute",
        "trimming empty",
        "moved <style> tag",
        "<svg> attribute",
    )  # of aria and SVG tidy knows little
    assert [line for line in ran.stderr.splitlines() if not any(word in line for word in known)] == []


def test_a_browser_shows_the_page_in_the_light_and_in_the_dark(tmp_path):
    """The page's own colours, as Chromium computes them."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs chromium")
    from PIL import Image

    path = tmp_path / "page.html"
    path.write_text(written(), encoding="utf-8")
    seen = {}
    for scheme, value in (("light", 1), ("dark", 0)):
        shot = tmp_path / f"{scheme}.png"
        subprocess.run(  # noqa: S603 - as above
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=900,900",
             f"--blink-settings=preferredColorScheme={value}", f"--screenshot={shot}", path.as_uri()],
            capture_output=True, check=True, timeout=120,
        )  # fmt: skip
        picture = Image.open(shot).convert("L")
        seen[scheme] = picture.getpixel((2, 2)), sorted(picture.getextrema())
    assert seen["light"][0] == 255
    assert seen["dark"][0] < 40
    assert seen["dark"][1][1] > 200
