"""PNG and TIFF: as many dots as asked for, said in the file, and never more than a machine can hold."""

import struct
import warnings
from io import BytesIO

import pytest
from PIL import Image
from printing import figure, hostile, painted, unlike

from consortflow.diagrams.errors import DotsError
from consortflow.diagrams.writers import Wishes, tiff, write, write_pages


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


@pytest.mark.parametrize(("name", "theme", "pages"), [
    ("inati-cel", "consort", 1), ("single-arm", "plain", 1), ("cluster", "consort", 3),
])  # fmt: skip
def test_what_was_in_memory_is_in_no_tiff(monkeypatch, name, theme, pages):
    """libtiff fills gaps with whatever is there: one byte in some files, another at each run."""
    made = []
    monkeypatch.setattr(tiff, "_cleared", lambda data: made.append(data) or data)
    write_pages([figure(name, theme).scene] * pages, "tiff", Wishes(dpi=90))
    monkeypatch.undo()
    (data,) = made
    clear = tiff._cleared(data)
    changed = [at for at, (one, other) in enumerate(zip(data, clear, strict=True)) if one != other]
    assert len(changed) <= 16 * pages
    assert all(clear[at] == 0 for at in changed)
    with Image.open(BytesIO(data)) as one, Image.open(BytesIO(clear)) as other:
        assert one.n_frames == other.n_frames == pages
        for page in range(pages):
            one.seek(page)
            other.seek(page)
            assert dict(one.tag_v2) == dict(other.tag_v2)
            assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("order", ["little", "big"])
def test_every_gap_of_a_tiff_is_cleared(order):
    letter = {"little": "<", "big": ">"}[order]
    entries = [(256, 3, 1, 1), (270, 2, 5, 40), (273, 4, 1, 60), (279, 4, 1, 3)]
    head = struct.pack(f"{letter}2sHL", b"II" if order == "little" else b"MM", 42, 100)
    packed = b"".join(struct.pack(f"{letter}HHLL", *entry) for entry in entries)
    directory = struct.pack(f"{letter}H", len(entries)) + packed + bytes(4)
    data = bytearray(b"?" * (100 + len(directory) + 5))
    for start, part in ((0, head), (40, b"abcd\0"), (60, b"xyz"), (100, directory)):
        data[start : start + len(part)] = part
    clear = tiff._cleared(bytes(data))
    assert len(clear) == len(data)
    assert clear.replace(b"\0", b"") == bytes(data).replace(b"?", b"").replace(b"\0", b"")
    assert (clear[40:45], clear[60:63], clear[100 : 100 + len(directory)]) == (b"abcd\0", b"xyz", directory)


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
