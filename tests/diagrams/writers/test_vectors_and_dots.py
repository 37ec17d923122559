"""Every format shows the same figure as the SVG does, from the same bytes every time, whatever the labels say."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from io import BytesIO

import pytest
from PIL import Image
from printing import DPI, EXAMPLES, ROOT, figure, hostile, names, painted, run, unlike

from consortflow.diagrams.figure import Figure
from consortflow.diagrams.theme import theme_names
from consortflow.diagrams.writers import FORMATS, PAGED, Wishes, write, write_pages
from consortflow.schemas.errors import ConsortflowError, MissingExtraError

ALIKE, WORST = 5.0, 60
"""Of 255: what programs that smooth lines and letters in their own ways differ by; a missing line of text is beyond."""
FIGURES = [*names(), "hostile"]
LOOKS = [*theme_names()]


def drawn(name, theme="consort"):
    return hostile() if name == "hostile" else figure(name, theme)


def opened(data, form, folder):
    """Return a file as an independent program paints it."""
    file = folder / f"figure.{FORMATS[form].endings[0]}"
    file.write_bytes(data)
    target = folder / "painted.png"
    if form in ("png", "tiff"):
        return Image.open(BytesIO(data))
    if form == "eps":
        smooth = ("-dTextAlphaBits=4", "-dGraphicsAlphaBits=4", "-dEPSCrop", f"-r{DPI}", "-sDEVICE=png16m")
        run("gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", *smooth, f"-sOutputFile={target}", file)
        return Image.open(target)
    if form == "tikz":
        run("pdflatex", "-interaction=nonstopmode", "-halt-on-error", file.name, at=folder)
        file = folder / "figure.pdf"
    run("pdftoppm", "-r", DPI, "-png", "-singlefile", file, target.with_suffix(""))
    return Image.open(target)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("form", ["pdf", "png", "eps"])
def test_every_example_looks_as_its_svg_does(name, form, tmp_path):
    scene = drawn(name).scene
    mean, worst = unlike(painted(scene, tmp_path), opened(write(scene, form, Wishes(dpi=DPI)), form, tmp_path))
    assert mean < (0.2 if form == "png" else ALIKE)
    assert worst < (20 if form == "png" else WORST)


@pytest.mark.parametrize("name", ["inati-cel", "cluster", "crossover", "parallel", "eight-arm", "smart"])
def test_tikz_looks_as_the_svg_does(name, tmp_path):
    scene = drawn(name).scene
    mean, worst = unlike(painted(scene, tmp_path), opened(write(scene, "tikz"), "tikz", tmp_path))
    assert mean < ALIKE
    assert worst < WORST


@pytest.mark.parametrize("theme", LOOKS)
@pytest.mark.parametrize("form", ["pdf", "tiff", "eps"])
def test_every_theme_looks_as_its_svg_does(theme, form, tmp_path):
    scene = drawn("single-arm", theme).scene
    mean, worst = unlike(painted(scene, tmp_path), opened(write(scene, form, Wishes(dpi=DPI)), form, tmp_path))
    assert mean < ALIKE
    assert worst < WORST


def test_a_line_of_text_less_is_seen(tmp_path):
    scene = drawn("inati-cel").scene
    box = scene.boxes[1]
    less = scene._replace(boxes=(scene.boxes[0], box._replace(runs=box.runs[:-1]), *scene.boxes[2:]))
    assert unlike(painted(scene, tmp_path), painted(less, tmp_path))[1] > WORST


@pytest.mark.parametrize("form", [form for form in FORMATS if form in ("pdf", "png", "tiff", "eps", "tikz")])
@pytest.mark.parametrize("name", FIGURES)
def test_the_same_figure_is_the_same_bytes(name, form):
    scene = drawn(name).scene
    assert write(scene, form, Wishes(dpi=60)) == write(scene, form, Wishes(dpi=60))


def test_no_seed_of_hashes_changes_a_byte():
    code = (
        "import sys, hashlib, consortflow as cf\n"
        "figure = cf.draw(sys.argv[1])\n"
        "for form in ('pdf', 'png', 'tiff', 'eps', 'tikz'): print(hashlib.sha256(figure.to_bytes(form)).hexdigest())\n"
        "for fonts in ('embed', 'outline'): print(hashlib.sha256(figure.svg(fonts=fonts).encode()).hexdigest())\n"
    )
    said = set()
    for seed in ("0", "7"):
        command = [sys.executable, "-c", code, str(EXAMPLES[0])]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        said.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)  # noqa: S603 - ourselves
    (lines,) = said
    assert len(lines.split()) == 7
    first = figure(names()[0])
    assert hashlib.sha256(first.to_bytes("pdf")).hexdigest() == lines.split()[0], "nor does what ran before"


@pytest.mark.parametrize(("form", "library"), [("pdf", "reportlab"), ("png", "resvg_py"), ("tiff", "PIL")])
def test_a_missing_library_is_named_with_its_extra(form, library, monkeypatch):
    scene = drawn("single-arm").scene
    for module in [module for module in sys.modules if module.split(".")[0] == library]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=rf"{form.upper()} needs .*consortflow\[{FORMATS[form].extra}\]"):
        write(scene, form)


def test_pages_are_written_where_a_format_has_them(tmp_path):
    pages = [page.scene for page in figure("inati-cel").pages(120)]
    assert len(pages) > 1
    document = tmp_path / "pages.pdf"
    document.write_bytes(write_pages(pages, "pdf"))
    said = run("pdfinfo", document)
    assert f"Pages:           {len(pages)}" in said
    assert "(1/" not in said
    tiff = Image.open(BytesIO(write_pages(pages, "tiff", Wishes(dpi=60))))
    assert tiff.n_frames == len(pages)
    for number, page in enumerate(pages):
        run("pdftoppm", "-r", DPI, "-png", "-singlefile", "-f", number + 1, document, tmp_path / "page")
        mean, worst = unlike(painted(page, tmp_path), Image.open(tmp_path / "page.png"))
        assert mean < ALIKE
        assert worst < WORST
    with pytest.raises(ValueError, match="docx, pdf, pptx and tiff have"):
        write_pages(pages, "png")
    assert set(FORMATS) >= PAGED


def test_figures_with_labels_of_every_kind_are_saved(tmp_path):
    for form in ("pdf", "png", "tiff", "eps", "tikz"):
        hostile().save(tmp_path / f"x.{FORMATS[form].endings[0]}", dpi=60)
    assert len(list(tmp_path.iterdir())) == 5


def test_a_letter_that_cannot_be_written_leaves_no_file(tmp_path):
    scene = figure("single-arm").scene
    box = scene.boxes[0]
    runs = (box.runs[0]._replace(text="died 😀"),)
    odd = Figure(figure("single-arm").chart, scene._replace(boxes=(box._replace(runs=runs), *scene.boxes[1:])))
    for form in ("pdf", "png", "tiff", "eps"):
        with pytest.raises(ConsortflowError, match="GRINNING FACE"):
            odd.save(tmp_path / f"x.{form}")
    assert list(tmp_path.iterdir()) == []
    assert "😀" in odd.svg()


def test_every_writer_is_in_the_documentation():
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    for form in FORMATS.values():
        assert f"`{form.name}`" in text
        assert not form.extra or f"`[{form.extra}]`" in text


def test_the_python_of_the_documentation_runs(tmp_path, monkeypatch):
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    shutil.copy(ROOT / "examples" / "inati-cel.consort.yaml", tmp_path / "study.consort.yaml")
    monkeypatch.chdir(tmp_path)
    known = {}
    for block in blocks:
        exec(block, known)  # noqa: S102 - our own documentation
    assert {path.name for path in tmp_path.iterdir()} == {"study.consort.yaml", "figure1.pdf", "figure1.tiff"}
