import pytest

import consortflow as cf
from consortflow.diagrams.errors import ThemeError, WidthError
from consortflow.drawing import draw_solution

TEXT = "stages:\n  - {kind: screening, n: 10, exits: [{label: Out, n: 3}]}\n  - {kind: enrollment, n: 7}\n"


def mm(figure):
    return round(figure.scene.width / 72 * 25.4, 1)


def test_a_study_a_path_and_a_solution_give_the_same_figure(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(TEXT)
    study = cf.read(path)
    assert cf.draw(path).svg() == cf.draw(study).svg() == draw_solution(cf.solve(study)).svg()


def test_the_theme_s_columns_are_widths():
    study = cf.loads(TEXT)
    assert mm(cf.draw(study, width="middle")) == 114
    assert mm(cf.draw(cf.loads(TEXT + "picture: {width: middle}\n"))) == 114
    assert mm(cf.draw(cf.loads(TEXT + "picture: {width: 120.5}\n"))) == 120.5
    assert mm(cf.draw(cf.loads(TEXT + "picture: {width: 12cm}\n"))) == 120


def test_a_drawing_has_its_own_width_where_none_is_asked_for():
    assert 60 < mm(cf.draw(cf.loads(TEXT))) < 174


def test_a_picture_that_asks_for_what_is_not_there_is_said():
    with pytest.raises(ThemeError, match="no theme is called 'x'"):
        cf.draw(cf.loads(TEXT + "picture: {theme: x}\n"))
    with pytest.raises(ThemeError, match="is not a width"):
        cf.draw(cf.loads(TEXT + "picture: {width: wide}\n"))
    with pytest.raises(WidthError, match="at least"):
        cf.draw(cf.loads(TEXT + "picture: {width: 15}\n"))


def test_a_file_with_damaged_counts_is_not_drawn_even_as_a_draft(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(TEXT.replace("n: 7", "n: seven"))
    for allow in (False, True):
        with pytest.raises(cf.InvalidStudyError, match="S105"):
            cf.draw(path, allow_invalid=allow)


def test_a_circle_is_not_drawn_even_as_a_draft():
    study = cf.loads("stages:\n  - {kind: screening, n: 9, from: enrollment}\n  - {kind: enrollment, n: 8}\n")
    with pytest.raises(cf.InvalidStudyError, match="S110"):
        cf.draw(study, allow_invalid=True)


def test_nothing_in_picture_changes_a_count_or_a_finding():
    picture = (
        "picture: {theme: plain, width: 150, percent: previous, show_derived: true, zero_counts: false, bars: false,"
        " sides: {screening/out: left}}\n"
    )
    for text in (TEXT, TEXT.replace("n: 7", "n: 8")):
        plain, dressed = cf.loads(text), cf.loads(text + picture)
        assert list(cf.counts(cf.solve(plain))) == list(cf.counts(cf.solve(dressed)))
        assert cf.check(plain) == cf.check(dressed)


DERIVED = "Derived from the other counts"


@pytest.mark.parametrize(
    ("said", "asked", "shown"),
    [("", None, False), ("", True, True), ("picture: {show_derived: true}\n", None, True),
     ("picture: {show_derived: true}\n", False, False)],
)  # fmt: skip
def test_what_is_asked_about_derived_counts_wins_over_the_study(said, asked, shown):
    study = cf.loads(
        f"stages: [{{kind: screening, n: 9, exits: [{{label: Died, n: 2}}]}}, {{kind: enrollment}}]\n{said}"
    )
    assert (DERIVED in cf.draw(study, show_derived=asked).svg()) is shown


TALL = "stages:\n" + "".join(
    f"  - {{kind: other, label: Visit {visit}, n: {400 - visit}, exits: [{{label: Left after visit {visit}, n: 1}}]}}\n"
    for visit in range(16)
)


def size(figure):
    return mm(figure), round(figure.height_mm, 1)


def test_a_height_is_kept_with_smaller_type_where_that_helps():
    study = cf.loads(TALL)
    natural = cf.draw(study)
    asked = natural.height_mm - 40
    lower = cf.draw(study, height=asked)
    assert lower.height_mm <= asked
    assert lower.width_mm == natural.width_mm
    assert lower.scene.theme.size < natural.scene.theme.size
    assert cf.draw(study, height="30mm").scene.theme.size == natural.scene.theme.size
    assert any("a page holds 30 mm" in remark for remark in cf.draw(study, height="30mm").remarks)
    assert cf.draw(cf.loads(TALL + f"picture: {{height: {asked}mm}}\n")).svg() == lower.svg()


def test_a_page_has_a_width_and_a_height_and_what_is_asked_for_wins():
    study = cf.loads(TEXT + "picture: {page: landscape}\n")
    assert mm(cf.draw(study)) == 257
    assert mm(cf.draw(study, page="portrait")) == 170
    assert mm(cf.draw(study, width=120)) == 120
    assert mm(cf.draw(cf.loads(TEXT + "picture: {page: landscape, width: 100}\n"))) == 100
    assert mm(cf.draw(cf.loads(TEXT + "picture: {width: 100}\n"), page="landscape")) == 257
    assert cf.draw(study).most_mm == 170


def test_pages_are_as_tall_as_the_figure_was_to_be():
    figure = cf.draw(cf.loads(TALL), height=120)
    pages = figure.pages()
    assert len(pages) > 2
    assert all(page.height_mm <= 120 for page in pages)
    assert not any("tall" in remark for page in pages for remark in page.remarks)
    shown = {box.id for page in pages for box in page.scene.boxes}
    assert {box.id for box in figure.scene.boxes} <= shown


def test_a_height_that_is_none_is_said():
    with pytest.raises(ThemeError, match="is not a height"):
        cf.draw(cf.loads(TEXT + "picture: {height: tall}\n"))
