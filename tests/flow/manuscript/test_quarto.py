"""The filter and the shortcode of the Quarto extension, run by pandoc, whose Lua Quarto runs too."""

import re
import sys
from pathlib import Path

import pytest
from manuscripts import STUDY, command_on_path, program, ran

EXTENSION = Path(__file__).parents[3] / "docs" / "quarto" / "_extensions" / "consortflow"
PAGE = """\
# T

::: {.consortflow #fig-flow study="trial.consort.yaml" width="120mm"}
My *caption*.
:::

::: {.consortflow study="trial.consort.yaml" theme=plain}
:::
"""


@pytest.fixture
def pandoc(tmp_path, monkeypatch):
    """Run pandoc with the filter in a folder with a study."""
    found = program("pandoc")
    command_on_path(monkeypatch)
    monkeypatch.setenv("CONSORTFLOW", str(Path(sys.executable).parent / "consortflow"))
    (tmp_path / "trial.consort.yaml").write_text(STUDY)
    (tmp_path / "page.md").write_text(PAGE)

    def run(*options):
        return ran(found, "page.md", "-L", EXTENSION / "consortflow.lua", *options, cwd=tmp_path)

    return run


def test_html_gets_an_svg_with_caption_legend_and_words(pandoc, tmp_path):
    page = pandoc("-t", "html", "--extract-media=media", "--wrap=none")
    files = re.findall(r'src="(media/trial-flow-[0-9a-f]{8}\.svg)"', page)
    assert len(set(files)) == 2
    assert all((tmp_path / file).read_text().startswith("<?xml") for file in files)
    assert "<em>caption</em>" in page
    assert "<strong>Participant flow: Sleep &amp; light.</strong>" in page
    assert 'id="fig-flow"' in page
    assert re.search(r'alt="[^"]*n = 67[^"]*"', page.replace("\N{NO-BREAK SPACE}", " "))


def test_word_gets_dots_with_alternative_text(pandoc, tmp_path):
    import zipfile

    pandoc("-o", "page.docx")
    with zipfile.ZipFile(tmp_path / "page.docx") as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == 2
        assert "67" in archive.read("word/document.xml").decode()


def test_pdf_gets_a_pdf(pandoc, tmp_path):
    latex = pandoc("-t", "latex", "--extract-media=media")
    (first, second) = re.findall(r"\\includegraphics(?:\[[^\]]*\])?\{(media/trial-flow-[0-9a-f]{8}\.pdf)\}", latex)
    assert first != second
    assert (tmp_path / first).read_bytes().startswith(b"%PDF")


def test_a_study_with_errors_ends_the_run_and_says_where(pandoc, tmp_path):
    (tmp_path / "trial.consort.yaml").write_text(STUDY.replace("55", "54"))
    with pytest.raises(AssertionError, match=r"trial\.consort\.yaml:4:\d+: error\[B301\]"):
        pandoc("-t", "html")


def test_a_block_without_a_study_says_what_is_missing(pandoc, tmp_path):
    (tmp_path / "page.md").write_text("::: {.consortflow}\n:::\n")
    with pytest.raises(AssertionError, match="names the study file"):
        pandoc("-t", "html")


@pytest.mark.usefixtures("pandoc")
def test_the_shortcode_is_the_image_alone(tmp_path):
    """Quarto calls a shortcode with its arguments: so does this filter."""
    (tmp_path / "call.lua").write_text(
        f'PANDOC_SCRIPT_FILE = "{(EXTENSION / "shortcode.lua").as_posix()}"\n'
        f'local made = dofile("{(EXTENSION / "shortcode.lua").as_posix()}")\n'
        'local function drawn() return made.consortflow({ "trial.consort.yaml" }, { width = "120mm" }) end\n'
        "function Pandoc(doc) return pandoc.Pandoc({ drawn() }) end\n"
    )
    page = ran(program("pandoc"), "page.md", "-L", "call.lua", "-t", "html", cwd=tmp_path)
    assert page.count("<img") == 1
    assert "<figcaption" not in page


def test_the_extension_says_what_it_brings():
    import yaml

    manifest = yaml.safe_load((EXTENSION / "_extension.yml").read_text())
    for files in manifest["contributes"].values():
        assert all((EXTENSION / file).is_file() for file in files)
