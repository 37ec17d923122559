# ruff: noqa: E501 - documents are written as the programs write them
"""The Sphinx directive, in documents that Sphinx builds."""

import subprocess
import sys

import pytest
from manuscripts import LATER, STUDY, program, ran

pytest.importorskip("sphinx", reason="Sphinx comes with the extra [sphinx]")
CONF = 'project = "T"\nextensions = ["consortflow.manuscript.sphinx"]\nnumfig = True\n'
INDEX = """\
Title
=====

See :numref:`fig-flow`.

.. consortflow:: sub/trial.consort.yaml
   :name: fig-flow
   :width: 120mm

.. consortflow:: sub/trial.consort.yaml
   :class: wide
   :theme: plain

   A caption with *emphasis*.

   And a legend.
"""


@pytest.fixture
def build(tmp_path):
    """Build a project, and return its exit code, what it said, and the folder of what was built."""
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "conf.py").write_text(CONF)

    def run(builder="html", index=INDEX, study=STUDY, *, strict=True):
        for path, text in ((source / "index.rst", index), (source / "sub" / "trial.consort.yaml", study)):
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        done = subprocess.run(  # noqa: S603 - Sphinx
            [sys.executable, "-m", "sphinx", "-q", *(["-W"] if strict else []), "-b", builder, source, tmp_path / builder],
            capture_output=True, text=True, check=False, timeout=240, cwd=tmp_path,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr, tmp_path / builder

    return run


def test_html_holds_the_figure_with_its_number_legend_and_words(build):
    code, said, out = build()
    assert (code, said) == (0, "")
    page = (out / "index.html").read_text()
    assert page.count("<svg ") == 2
    assert page.count('id="consortflow-trial-0-title"') == page.count('id="consortflow-trial-1-title"') == 1
    assert 'id="fig-flow"' in page
    assert '<a class="reference internal" href="#fig-flow"><span class="std std-numref">Fig. 1</span></a>' in page
    assert "<strong>Participant flow: Sleep &amp; light.</strong> Of 67 patients" in page
    assert "A caption with <em>emphasis</em>." in page
    assert "And a legend." in page
    assert "<desc" in page


def test_latex_gets_a_pdf_that_compiles(build):
    code, said, out = build("latex")
    assert (code, said) == (0, "")
    (tex,) = out.glob("*.tex")
    assert r"\sphinxincludegraphics{consortflow-trial-0.pdf}" in tex.read_text()
    assert (out / "consortflow-trial-0.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("builder", ["text", "man", "texinfo"])
def test_other_builders_tell_the_flow_in_words(build, builder):
    code, said, out = build(builder, INDEX.replace("See :numref:`fig-flow`.", ""))
    assert (code, said) == (0, "")
    told = " ".join(" ".join(path.read_text() for path in out.iterdir() if path.is_file()).split())
    assert "67" in told
    assert "Died" in told


def test_a_study_with_errors_fails_a_strict_build_and_says_where(build):
    wrong = STUDY.replace("55", "54")
    index = INDEX.replace("See :numref:`fig-flow`.", "")
    code, said, out = build(index=index, study=wrong, strict=False)
    assert code == 0
    assert said.count("trial.consort.yaml:4: WARNING: error[B301]") == 2
    assert "<svg" not in (out / "index.html").read_text()
    assert build(index=index, study=wrong)[0] == 1


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (".. consortflow:: none.yaml\n", "index.rst:4: WARNING: none.yaml: no such file or folder"),
        (".. consortflow:: sub/trial.consort.yaml\n   :theme: plian\n", "plain"),
        (".. consortflow:: sub/trial.consort.yaml\n   :width: 11mm\n", "needs at least"),
        (".. consortflow:: sub/trial.consort.yaml\n   :widht: 1mm\n", 'unknown option: "widht"'),
    ],
)
def test_what_cannot_be_drawn_is_a_warning(build, index, said):
    assert said in build(index=f"Title\n=====\n\n{index}", strict=False)[1]


def test_a_page_is_built_again_when_its_study_changes(build):
    build()
    _, _, out = build(study=LATER)
    assert "Of 68 patients" in (out / "index.html").read_text()
    stamp = (out / "index.html").stat().st_mtime_ns
    build(study=LATER)
    assert (out / "index.html").stat().st_mtime_ns == stamp


def test_the_latex_of_sphinx_is_what_pdflatex_takes(build):
    """Sphinx's own styles need more than a small TeX has: its figures are compiled in a plain article."""
    latex = program("pdflatex")
    _, _, out = build("latex")
    (tex,) = out.glob("*.tex")
    figures = tex.read_text().partition("\\begin{figure}")[2].rpartition("\\end{figure}")[0]
    article = (
        "\\documentclass{article}\n\\usepackage{graphicx}\n\\usepackage[T1]{fontenc}\n\\def\\capstart{}\n"
        "\\newcommand\\sphinxincludegraphics[1]{\\includegraphics[width=\\linewidth,height=.7\\textheight,keepaspectratio]{#1}}\n"
        "\\newcommand\\sphinxstylestrong[1]{\\textbf{#1}}\\newcommand\\sphinxstyleemphasis[1]{\\emph{#1}}\n"
        "\\newcommand\\sphinxhyphen[1]{-}\\newenvironment{sphinxlegend}{}{}\\newcommand\\sphinxAtStartPar{}\n\\begin{document}\n"
        f"\\begin{{figure}}{figures}\\end{{figure}}\n\\end{{document}}\n"
    )
    (out / "plain.tex").write_text(article)
    ran(latex, "-interaction=nonstopmode", "-halt-on-error", "plain.tex", cwd=out)
