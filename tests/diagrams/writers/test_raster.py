"""PNG and TIFF: as many dots as asked for, said in the file, and never more than a machine can hold."""

import warnings
from io import BytesIO

import pytest
from PIL import Image
from printing import figure, hostile, painted, unlike

from consortflow.diagrams.errors import DotsError
from consortflow.diagrams.writers import Wishes, write


def opened(scene, form, dpi):
    return Image.open(BytesIO(write(scene, form, Wishes(dpi=dpi))))


@pytest.mark.parametrize("dpi", [30, 72, 300, 600])
@pytest.mark.parametrize("form", ["png", "tiff"])
def test_dots_per_inch_are_in_the_file_and_in_its_size(form, dpi):
    scene = figure("inati-cel").scene
    image = opened(scene, form, dpi)
    assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)
    assert image.size == pytest.approx((scene.width * dpi / 72, scene.height * dpi / 72), abs=1)


def test_a_png_says_what_it_shows_in_any_script():
    scene = hostile().scene._replace(title="Łódź \u2265 5", description="one\x00 & <two>")
    image = opened(scene, "png", 60)
    image.load()
    assert image.text["Title"] == "Łódź \u2265 5"
    assert image.text["Description"] == "one\ufffd & <two>"
    assert image.text["Title"].lang == scene.language


def test_a_tiff_has_no_transparency_and_is_packed_without_loss():
    image = opened(figure("inati-cel").scene, "tiff", 100)
    assert (image.mode, image.info["compression"]) == ("RGB", "tiff_lzw")
    assert image.tag_v2[270] == figure("inati-cel").scene.title


@pytest.mark.parametrize(("theme", "mode"), [("consort", "RGB"), ("monochrome", "L"), ("dark", "RGB")])
def test_a_figure_without_colour_is_grey(theme, mode):
    assert opened(figure("single-arm", theme).scene, "tiff", 60).mode == mode


@pytest.mark.parametrize("dpi", [0, 29, 1201, -300])
@pytest.mark.parametrize("form", ["png", "tiff"])
def test_dots_beyond_what_is_possible_are_refused(form, dpi):
    with pytest.raises(DotsError, match=f"{dpi} dpi is not from 30 to 1200"):
        write(figure("single-arm").scene, form, Wishes(dpi=dpi))


def test_a_picture_too_large_for_a_machine_is_refused_with_what_is_possible():
    scene = figure("single-arm").scene._replace(width=2000.0, height=2000.0)
    with pytest.raises(DotsError, match="33334 x 33334 dots") as caught:
        write(scene, "png", Wishes(dpi=1200))
    assert caught.value.dpi == 1200
    most = caught.value.possible
    assert (2000 / 72 * most) ** 2 <= 200_000_000 < (2000 / 72 * (most + 2)) ** 2
    assert f"{most} dpi or less" in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_the_most_dots_that_journals_ask_for_are_possible_and_no_bomb_to_pillow(monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = write(figure("single-arm").scene, "tiff", Wishes(dpi=1200))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    image = Image.open(BytesIO(data))
    assert image.info["dpi"] == (1200, 1200)
    assert image.width * image.height > 90_000_000


def test_no_font_of_the_machine_has_a_say(tmp_path):
    from consortflow.diagrams.writers.svg import to_svg

    scene = figure("inati-cel").scene
    assert "<text" not in to_svg(scene, fonts="outline")
    mean, _ = unlike(painted(scene, tmp_path), opened(scene, "png", 144))
    assert mean < 0.2
