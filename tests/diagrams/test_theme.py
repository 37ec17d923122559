import datetime
import os
import sys
import tomllib
from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path

import pytest

import consortflow as cf
from consortflow.diagrams.errors import ThemeError
from consortflow.diagrams.figure import draw_chart
from consortflow.diagrams.scene import faults
from consortflow.diagrams.theme import BUILT_IN, Theme, load_theme, theme_names
from consortflow.diagrams.width import width_in_mm
from consortflow.schemas.errors import FileError

sys.path.insert(0, str(Path(__file__).parent))
import charts

KINDS = ("stage", "exit", "enter", "set")
JOURNALS = ("nejm", "jama", "lancet", "blood", "bmj")
STUDY = "stages: [{kind: screening, n: 3, exits: [{kind: excluded, n: 1}]}, {kind: enrollment}]\n"


def fills(theme):
    return {theme.bar_fill, *(theme.fill(kind) for kind in KINDS)}


# The built-in themes


def test_there_are_the_themes_that_the_documentation_lists():
    page = (Path(__file__).parents[2] / "docs" / "themes.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    told = {row[1].strip(" `"): (row[2].strip(), row[3].strip()) for row in rows[: len(theme_names())]}
    assert theme_names() == tuple(told)
    for name, (widths, sizes) in told.items():
        theme = load_theme(name)
        assert widths == ", ".join(f"{column} {mm:g}" for column, mm in theme.columns.items())
        assert sizes == f"{theme.size:g} / {theme.min_size:g}"


def test_the_themes_are_the_tables_of_their_file():
    tables = tomllib.loads(BUILT_IN.read_text(encoding="utf-8"))
    assert list(tables) == list(theme_names())
    for name, table in tables.items():
        theme = load_theme(name)
        assert {key: getattr(theme, key) for key in table if key != "base"} == {
            key: tuple(value) if key == "fonts" else value for key, value in table.items() if key != "base"
        }


def test_every_theme_loads_and_keeps_its_type_legible():
    for name in theme_names():
        theme = load_theme(name)
        assert theme.name == name
        assert theme.size >= theme.min_size >= 6
        assert theme.leading >= 1.2 * theme.size
        assert theme.source


def test_the_default_theme_is_what_a_theme_is_without_a_file():
    assert replace(load_theme("consort"), columns={}, source="") == Theme()
    assert load_theme("consort").paper == load_theme("consort").box_fill == "#ffffff"
    assert {name for name in theme_names() if load_theme(name).paper != "#ffffff"} == {"dark"}


def test_a_theme_inherits_from_its_base():
    assert load_theme("consort").bars
    assert not load_theme("plain").bars
    assert load_theme("plain").fonts == load_theme("consort").fonts
    assert load_theme("monochrome").bar_fill == "#ffffff"
    assert load_theme("nejm").bar_fill == "#ffffff"
    assert load_theme("lancet").leading == pytest.approx(11.5 * 10 / 9)


@pytest.mark.parametrize("name", JOURNALS)
def test_a_journal_s_theme_says_what_it_rests_on_and_since_when(name):
    theme = load_theme(name)
    assert isinstance(theme.checked, datetime.date)
    assert "States no" in theme.source or "no width" in theme.source, "no journal states everything"


def test_widths_are_those_the_journals_state():
    assert load_theme("blood").columns == {"single": 80, "middle": 115, "double": 170}
    assert load_theme("lancet").columns == {"single": 75, "double": 154}
    assert load_theme("jama").columns == {"minimum": 127}
    for name in ("nejm", "bmj"):
        assert load_theme(name).columns == load_theme("consort").columns


def linear(colour):
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(one, other):
    """Return the contrast of two colours as WCAG 2 defines it."""
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05 for r, g, b in map(linear, (one, other))]
    return max(light) / min(light)


@pytest.mark.parametrize("name", theme_names())
def test_text_stands_out_from_whatever_it_stands_on(name):
    theme = load_theme(name)
    assert {colour: contrast(theme.ink, colour) >= 4.5 for colour in {*fills(theme), theme.paper}} == dict.fromkeys(
        {*fills(theme), theme.paper}, True
    )
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


SEEN_WITH = {
    # Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def lab(colour, eyes):
    """Return a colour in CIE L*a*b* as it is seen."""
    r, g, b = (min(max(sum(map(float.__mul__, map(float, row), linear(colour))), 0), 1) for row in SEEN_WITH[eyes])
    x, y, z = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (
            (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
            0.2126 * r + 0.7152 * g + 0.0722 * b,
            (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("eyes", SEEN_WITH)
def test_the_fills_of_the_colour_blind_safe_theme_are_told_apart(eyes):
    colours = fills(load_theme("colour-blind-safe"))
    assert len(colours) == 5
    for one, other in combinations(colours, 2):
        apart = sum((a - b) ** 2 for a, b in zip(lab(one, eyes), lab(other, eyes), strict=True)) ** 0.5
        assert apart > 10, (one, other)


@pytest.mark.parametrize("name", theme_names())
def test_every_theme_draws_every_design(name):
    for chart in (charts.single_arm(), charts.parallel(), charts.crossover(), charts.four_arms()):
        figure = draw_chart(chart, name)
        assert faults(figure.scene) == ()
        assert {run.size for _, run in figure.scene.runs()} <= {
            size for size in (figure.scene.theme.size, figure.scene.theme.size - 1) if size >= 6
        } | {max(figure.scene.theme.size * 0.72, 6), max((figure.scene.theme.size - 1) * 0.72, 6)}


def test_a_figure_has_the_colours_of_its_theme():
    theme = load_theme("colour-blind-safe")
    study = cf.loads(STUDY + "analysis_sets: [{label: Safe, of: enrollment, n: 2}]\n")
    figure = cf.draw(study, theme="colour-blind-safe")
    svg, dot = figure.svg("p"), figure.dot()
    for kind in ("exit", "set"):
        assert f".p .box.{kind} rect{{fill:{theme.fill(kind)}}}" in svg
        assert f'fillcolor="{theme.fill(kind)}"' in dot
        assert svg.count(f'fill="{theme.fill(kind)}"') == 1
    assert svg.count(f'fill="{theme.box_fill}"') == 2
    assert "bgcolor" not in dot


def test_a_dark_figure_is_dark_behind_its_boxes_in_every_format():
    theme = load_theme("dark")
    figure = cf.draw(cf.loads(STUDY), theme="dark")
    assert f'<rect class="paper" width="{figure.scene.width:g}"' in figure.svg()
    assert f'fill="{theme.paper}"' in figure.svg()
    assert "#000000" not in figure.svg()
    assert "#ffffff" not in figure.svg()
    assert f'bgcolor="{theme.paper}"' in figure.dot()
    assert f'fontcolor="{theme.ink}"' in figure.dot()


def test_an_unknown_theme_is_met_with_a_suggestion():
    with pytest.raises(ThemeError, match="did you mean 'monochrome'") as caught:
        load_theme("monocrome")
    assert isinstance(caught.value, ValueError)
    assert caught.value.name == "monocrome"
    assert caught.value.known == theme_names()
    with pytest.raises(ThemeError, match=r"no theme is called 'x\\x00\.toml' \(known: consort"):
        load_theme("x\0.toml")


# A theme of one's own


@pytest.fixture
def own(tmp_path):
    def write(text, name="mine.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_file_is_a_theme_that_says_what_differs_from_its_base(own):
    theme = load_theme(own('base = "blood"\nink = "#112233"\nfonts = ["Source Sans 3"]\nbars = false\n'))
    assert theme == replace(load_theme("blood"), name="mine", ink="#112233", fonts=("Source Sans 3",), bars=False)


def test_a_file_without_a_base_is_the_default_with_changes(own):
    assert load_theme(own("")) == replace(Theme(), name="mine")
    assert load_theme(own("line_width = 1\n")) == replace(Theme(), name="mine", line_width=1)


def test_lines_keep_their_distance_when_only_the_type_is_changed(own):
    assert load_theme(own("size = 12\n")).leading == pytest.approx(11.5 * 12 / 9)
    assert load_theme(own("size = 12\nleading = 13\n")).leading == 13
    assert load_theme(own('base = "mine.toml"\nmin_size = 7\n', "other.toml")).leading == 13


def test_a_base_may_be_a_file_beside_the_one_that_names_it(own):
    own('base = "dark"\ncolumns = { poster = 300 }\n', "house/base.toml")
    theme = load_theme(own('base = "house/base.toml"\nsize = 10\n'))
    assert (theme.name, theme.size, theme.paper, theme.columns) == (
        "mine",
        10,
        load_theme("dark").paper,
        {"poster": 300},
    )
    assert width_in_mm(theme, "poster") == 300


def test_a_path_is_relative_to_the_folder_given(own):
    path = Path(own("size = 8\n", "sub/mine.toml"))
    assert load_theme("mine.toml", path.parent).size == 8
    assert load_theme("./mine.toml", path.parent).size == 8
    assert load_theme(str(path), "elsewhere").size == 8


WRONG = {
    "a key misspelt": ("sise = 9", "mine.toml: `sise` is no key of a theme (did you mean `size`?)"),
    "a key of other programs": ('background-color = "#ffffff"', "(did you mean `paper`?)"),
    "a key like nothing": ("zzz = 1", "`zzz` is no key of a theme (size, min_size,"),
    "a key with an escape": ('"a\\u001b[31m" = 1', "`a\\x1b[31m` is no key"),
    "the name, which is the file's": ('name = "x"', "`name` is no key"),
    "a heading": ("[mine]\nsize = 9", "[mine] is no table of a theme"),
    "a colour by name": ('ink = "red"', "`ink` is a colour, as in #1b3a5c, and this is 'red'"),
    "a short colour": ('paper = "#AbC"', "`paper` is a colour, as in #AAbbCC, and this is '#AbC'"),
    "a colour that closes its style": ('box_fill = "#ffffff}*{x:y"', "`box_fill` is a colour"),
    "a number for a colour": ("exit_fill = 255", "`exit_fill` is a colour, as in #1b3a5c, and this is 255"),
    "a size of nothing": ("size = 0", "`size` is a number of points from 4 to 15, and this is 0"),
    "a negative width": ("stage_width = -100", "`stage_width` is a number of points from 80 to 600, and this is -100"),
    "a number in quotation marks": ('size = "9"', "`size` is a number of points from 4 to 15, and this is '9'"),
    "true for a number": ("line_width = true", "`line_width` is a number of points from 0.1 to 1.5, and this is true"),
    "not a number": ("pad_x = nan", "`pad_x` is a number of points"),
    "type smaller than the least": ("min_size = 10", "`min_size` (10) is more than `size` (9)"),
    "lines on one another": ("size = 12\nleading = 10", "`leading` (10) is less than `size` (12)"),
    "bars too narrow": ("size = 14\nbar_width = 12", "`bar_width` (12) holds no type of 14 points: 16.8 does"),
    "no fonts": ("fonts = []", "`fonts` is a list of font families"),
    "one font": ('fonts = "Arial"', "`fonts` is a list of font families"),
    "a font that closes its style": ('fonts = ["A\'; } * { fill: red"]', "`fonts` is a list of font families"),
    "text for a switch": ('bars = "no"', "`bars` is true or false, and this is 'no'"),
    "a column of no width": ("columns = { single = 0 }", "`columns` gives widths of 10 to 5000 mm by name"),
    "columns that are a list": ("columns = [85]", "`columns` gives widths"),
    "a column of no printable name": ('columns = { "\\u001b[31m" = 85 }', "`columns` gives widths"),
    "a column without a name": ("columns = { '' = 85 }", "`columns` gives widths"),
    "a date in quotation marks": ('checked = "2026-01-31"', "`checked` is a date"),
    "a time of day": ("checked = 2026-01-31T10:00:00", "`checked` is a date"),
    "a source that is none": ("source = ''", "`source` is text"),
    "an unknown base": (
        'base = "consrt"',
        "mine.toml: `base` is 'consrt', and no theme is called 'consrt'; did you mean",
    ),
    "a base that is none": ("base = 3", "`base` is the name of a theme, or the path of a .toml file, and this is 3"),
    "a base with a NUL": ('base = "a\\u0000.toml"', "`base` is the name of a theme"),
    "a base that is the file": ('base = "mine.toml"', "`base` leads round in a circle: "),
    "no TOML": ("size = ", "mine.toml: this is not TOML: Invalid value (at "),
    "a number of no figure": ("size = 1" + "0" * 400, "`size` is a number of points"),
    "a number of no computer": ("size = 1" + "0" * 5000, "this is not TOML: Exceeds the limit"),
    "TOML without end": ("a = " + "[" * 5000, "this is not TOML: nested too deeply"),
    "two mistakes": ("sise = 9\nink = 0", "(did you mean `size`?); `ink` is a colour"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_a_file_is_said_in_a_sentence_that_helps(own, case):
    text, said = WRONG[case]
    path = own(text)
    with pytest.raises(ThemeError) as caught:
        load_theme(path)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()
    assert caught.value.name == path
    assert caught.value.known == theme_names()


def test_a_mistake_in_a_base_is_reported_at_the_base(own):
    own("ink = 3", "base.toml")
    with pytest.raises(ThemeError, match=r"base\.toml: `ink` is a colour"):
        load_theme(own('base = "base.toml"'))


def test_bases_that_lead_round_in_a_circle_are_named(own):
    own('base = "../mine.toml"', "sub/two.toml")
    with pytest.raises(ThemeError, match=r"circle: \S*mine.toml > \S*two.toml > \S*mine.toml"):
        load_theme(own('base = "sub/two.toml"'))


def test_a_file_that_cannot_be_read_is_an_error_of_the_file(own, tmp_path):
    (tmp_path / "folder.toml").mkdir()
    for path, said in (
        ("none.toml", "no such file"), ("sub/", "no such file"), ("folder.toml", "a folder"), ("./", "a folder"),
        (f"{'a' * 5000}.toml", "too long"),
    ):  # fmt: skip
        with pytest.raises(FileError, match=said):
            load_theme(path, tmp_path)
    with pytest.raises(FileError, match=r"none\.toml: no such file"):
        load_theme(own('base = "none.toml"'))
    (tmp_path / "16.toml").write_bytes("size = 9".encode("utf-16"))
    with pytest.raises(FileError, match="UTF-16"):
        load_theme("16.toml", tmp_path)
    with pytest.raises(FileError, match="larger than 1 MB"):
        load_theme(own("#" * 2_000_000))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_a_pipe_is_no_theme_since_it_may_never_end(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(FileError, match="not a regular file"):
        load_theme("pipe.toml", tmp_path)


def test_every_field_of_a_theme_can_be_set_in_a_file():
    from consortflow.diagrams.theme_table import KEYS

    assert set(KEYS) == {field.name for field in fields(Theme)} - {"name"} | {"base"}


def test_a_study_s_own_theme_is_a_file_beside_it_and_the_caller_s_is_where_the_caller_says(own, tmp_path, monkeypatch):
    own("size = 8\n", "sub/mine.toml")
    own("size = 10\n")
    study = tmp_path / "sub" / "a.consort.yaml"
    study.write_text(STUDY + "picture: {theme: mine.toml}\n")
    monkeypatch.chdir(tmp_path)
    assert cf.draw(study).scene.theme.size == 8
    assert cf.draw(cf.read(study)).scene.theme.size == 8
    assert cf.draw(study, theme="mine.toml").scene.theme.size == 10
    assert cf.draw(cf.loads(study.read_text())).scene.theme.size == 10
