# ruff: noqa: E501 - study files are written as an author would
import pytest

from consortflow.diagrams.errors import ThemeError
from consortflow.diagrams.theme import load_theme
from consortflow.diagrams.width import MOST_MM, PAGE_TURNED_MM, height_in_mm, remedy, width_in_mm

THEME = load_theme("consort")


@pytest.mark.parametrize(
    ("width", "mm"),
    [
        (170, 170), (170.5, 170.5), ("170", 170), ("170mm", 170), (" 170 mm ", 170), ("17cm", 170), ("17.5 cm", 175),
        ("6in", 152.4), ("482pt", 482 / 72 * 25.4), (10, 10), (MOST_MM, 5000), ("10.0mm", 10),
    ],
)  # fmt: skip
def test_a_width_is_millimetres_unless_it_says_otherwise(width, mm):
    assert width_in_mm(THEME, width) == pytest.approx(mm)


def test_a_theme_s_columns_are_widths():
    assert THEME.columns
    for name, mm in THEME.columns.items():
        assert width_in_mm(THEME, name) == mm


@pytest.mark.parametrize(
    "width",
    [
        "", " ", "abc", "-1", -1, "1e3", "0x10", "17,5cm", "17 km", "mm", "170mm wide", "\u0661\u0667\u0660", "nan", "inf",
        float("nan"), float("inf"), True, None, "Double", "1_0",
    ],
)  # fmt: skip
def test_what_is_no_width_is_refused_and_the_columns_are_named(width):
    with pytest.raises(ThemeError, match=r"is not a width.*170mm.*single") as caught:
        width_in_mm(THEME, width)
    assert caught.value.known == tuple(THEME.columns)


@pytest.mark.parametrize("width", [0, 0.0, "0", "0mm", 9.9, 5000.1, "501cm", "99999999999999999999"])
def test_a_width_that_can_hold_nothing_or_no_page_could_is_refused(width):
    with pytest.raises(ThemeError, match="10 to 5000 mm"):
        width_in_mm(THEME, width)


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        (80, "the column single (85 mm) is wide enough"),
        (85, "the column single (85 mm) is wide enough"),
        (86, "the column middle (114 mm) is wide enough"),
        (174, "the column double (174 mm) is wide enough"),
        (175, "a page turned on its side (257 mm) is wide enough"),
        (PAGE_TURNED_MM, "a page turned on its side (257 mm) is wide enough"),
        (258, "no page is that wide: show fewer arms in one figure, or shorten its longest words"),
    ],
)
def test_what_helps_a_figure_that_is_too_wide_is_the_first_column_or_page_that_holds_it(needed, said):
    assert remedy(THEME, needed) == said


@pytest.mark.parametrize(("height", "mm"), [(225, 225), ("225mm", 225), ("22.5cm", 225), ("9in", 228.6), (10, 10)])
def test_a_height_is_millimetres_unless_it_says_otherwise(height, mm):
    assert height_in_mm(THEME, height) == pytest.approx(mm)


@pytest.mark.parametrize("height", ["", "single", "-5", 0, 5, 6000, "tall", "nan"])
def test_what_is_no_height_is_refused(height):
    with pytest.raises(ThemeError, match=r"is not a height.*225mm"):
        height_in_mm(THEME, height)
