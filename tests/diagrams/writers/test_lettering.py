"""SVG that brings its letters along: fonts of its own, or outlines; the words stay for who cannot see."""

import re
from base64 import b64decode
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from printing import figure, hostile, names, program, run, unlike

from consortflow.diagrams.writers import Wishes, write

FACE = re.compile(
    r"@font-face\{font-family:'([^']+)';font-weight:(\d+);"
    r"src:url\(data:font/ttf;base64,([^)]+)\) format\('truetype'\)\}"
)


def svg(name, fonts):
    return (hostile() if name == "hostile" else figure(name)).svg(fonts=fonts)


@pytest.mark.parametrize("fonts", ["embed", "outline"])
@pytest.mark.parametrize("name", [*names(), "hostile"])
def test_it_is_well_formed_and_refers_to_nothing_outside(name, fonts, tmp_path):
    text = svg(name, fonts)
    file = tmp_path / "figure.svg"
    file.write_text(text, encoding="utf-8")
    run("xmllint", "--noout", "--nonet", file)
    assert "<script" not in text
    assert "href" not in text
    assert set(re.findall(r"url\((\w+):", text)) <= {"data"}
    assert "\x00" not in text


@pytest.mark.parametrize("name", [*names(), "hostile"])
def test_embedded_fonts_have_every_letter_in_its_weight_and_no_other(name):
    scene = (hostile() if name == "hostile" else figure(name)).scene
    found = {int(weight): data for _, weight, data in FACE.findall(svg(name, "embed"))}
    for weight, data in found.items():
        letters = {chr(code) for code in TTFont(BytesIO(b64decode(data))).getBestCmap()}
        wanted = {letter for _, run in scene.runs() if run.bold == (weight == 700) for letter in run.text}
        assert letters == (wanted | {" "}) - {"\u200b", "\u200d"}


def test_figures_of_one_page_have_fonts_of_different_names():
    one, other = (FACE.findall(svg(name, "embed"))[0][0] for name in ("inati-cel", "parallel"))
    assert one != other
    text = svg("inati-cel", "embed")
    assert f"font-family:'{one}', Arial" in text
    assert f'font-family="&#39;{one}&#39;, Arial' in text
    assert FACE.findall(figure("inati-cel").svg("mine", fonts="embed"))[0][0] == "Arimo mine"


def test_embedded_text_can_be_selected_and_is_what_the_plain_svg_says():
    texts = re.compile(r"<text[^>]*>([^<]*)</text>")
    assert texts.findall(svg("inati-cel", "embed")) == texts.findall(svg("inati-cel", "stack"))


def test_outlines_have_no_text_but_keep_titles_and_the_description():
    plain, drawn = svg("inati-cel", "stack"), svg("inati-cel", "outline")
    assert "<text" not in drawn
    assert "font-family" not in drawn
    for pattern in (r"<title[^>]*>([^<]*)</title>", r"<desc[^>]*>([^<]*)</desc>"):
        assert re.findall(pattern, drawn) == re.findall(pattern, plain)


def test_the_plain_svg_is_as_it_was():
    assert write(figure("inati-cel").scene, "svg", Wishes(fonts="stack")).decode() == figure("inati-cel").svg()


def test_a_browser_takes_the_embedded_fonts(tmp_path):
    page = tmp_path / "page.html"
    script = (
        "const families = [...document.fonts].map(face => face.load().then(() => face.weight, () => 'refused'));"
        "Promise.all(families).then(found => document.title = 'loaded ' + found.join(' '));"
    )
    svg_only = svg("inati-cel", "embed").partition("?>")[2]
    page.write_text(f"<!doctype html><meta charset=utf-8>{svg_only}<script>{script}</script>", encoding="utf-8")
    said = run(
        "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
        "--virtual-time-budget=5000", "--dump-dom", page.as_uri(),
    )  # fmt: skip
    assert "<title>loaded 400 700</title>" in said


@pytest.mark.parametrize("fonts", ["embed", "outline"])
@pytest.mark.parametrize("name", ["inati-cel", "eight-arm", "hostile"])
def test_a_browser_shows_what_resvg_paints_of_outlines(name, fonts, tmp_path):
    scene = (hostile() if name == "hostile" else figure(name)).scene
    file, shot = tmp_path / "figure.svg", tmp_path / "shot.png"
    # a browser takes its window in pixels of 3/4 pt
    wide, high = round(scene.width * 4 / 3), round(scene.height * 4 / 3)
    file.write_text(svg(name, fonts), encoding="utf-8")
    program("chromium")
    run(
        "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        f"--user-data-dir={tmp_path}/profile", "--force-device-scale-factor=1.5",
        f"--window-size={wide + 50},{high + 200}", f"--screenshot={shot}", file.as_uri(),
    )  # fmt: skip
    seen = Image.open(shot)
    ours = Image.open(BytesIO(write(scene, "png", Wishes(dpi=144))))
    mean, worst = unlike(ours, seen.crop((0, 0, ours.width, ours.height)))
    assert mean < 3
    assert worst < 60
