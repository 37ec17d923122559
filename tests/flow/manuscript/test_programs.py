"""Long manuscripts: only the figure changes, and the programs they are written for take them."""

import re
import unicodedata

import pytest
from manuscripts import LATER, folder, program, ran

import consortflow as cf

WORDS = (
    "Participants were assessed at nine centres and gave written informed consent before any procedure of the trial. "
    * 6
)


def long_tex():
    """Return a LaTeX manuscript of about 20 pages, the marker in the middle of it."""
    head = (
        "\\documentclass[11pt]{article}\n\\usepackage[T1]{fontenc}\n\\usepackage[utf8]{inputenc}\n\\usepackage{graphicx}\n"
        "\\title{A trial}\n\\begin{document}\n\\maketitle\nAs Figure~\\ref{fig:trial} shows.\n"
    )
    table = "\\begin{tabular}{lr}a & 1 \\\\ b & 2\\end{tabular}"
    parts = [head]
    for chapter in range(1, 21):
        parts.append(f"\\section{{Section {chapter}}}\n{WORDS}\\footnote{{A note, 5\\% of it.}}\n\n{WORDS}\n\n")
        if chapter % 4 == 0:
            parts.append(f"\\begin{{table}}[htbp]\\centering\\caption{{Rows}}{table}\\end{{table}}\n")
        if chapter == 6:
            parts.append("\\begin{verbatim}\n% consortflow: trial\n\\includegraphics{trial}\n\\end{verbatim}\n")
        if chapter == 9:
            parts.append("% consortflow: trial\n\n")
        parts.append(f"{WORDS} % consortflow: trial\n" + ("\\clearpage\n" if chapter % 2 else ""))
    return "".join([*parts, "\\end{document}\n% consortflow: trial\n"])


def long_qmd():
    """Return a Quarto manuscript as long, with chunks, divs, footnotes, tables and mathematics."""
    parts = ["---\ntitle: A trial\nformat: {html: default, docx: default}\n---\n\nSee @fig-trial.\n\n"]
    for chapter in range(1, 21):
        parts.append(f"# Section {chapter}\n\n{WORDS}[^{chapter}]\n\n[^{chapter}]: A note.\n\n{WORDS * 3}\n\n")
        if chapter % 4 == 0:
            parts.append("| a | b |\n|---|--:|\n| x | 1 |\n\n: Rows {#tbl-x" + f"{chapter}" + "}\n\n")
        if chapter == 6:
            parts.append("```{r}\n#| label: code\n# <!-- consortflow: trial -->\n1 + 1\n```\n\n")
        if chapter == 8:
            parts.append("::: {.callout-note}\n`<!-- consortflow: trial -->` is a marker. $a < b$\n:::\n\n")
        if chapter == 9:
            parts.append("<!-- consortflow: trial -->\n\n")
    return "".join(parts)


LONG = {"tex": long_tex, "qmd": long_qmd}


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_in_a_long_manuscript_only_the_figure_changes(tmp_path, kind, eol):
    text = LONG[kind]().replace("\n", eol)
    study, manuscript = folder(tmp_path, kind, text.encode())
    cf.embed(study, manuscript)
    new = manuscript.read_bytes().decode()
    end = {"tex": "% /consortflow: trial", "qmd": "<!-- /consortflow: trial -->"}[kind]
    stop = new.index(end) + len(end)
    marker = {"tex": "% consortflow: trial", "qmd": "<!-- consortflow: trial -->"}[kind]
    start = new.rindex(marker, 0, stop - len(end)) + len(marker)
    assert new[:start] + new[stop:] == text
    assert "trial-flow" in new[start:stop]
    once = manuscript.read_bytes()
    study.write_text(LATER)
    cf.embed(study, manuscript)
    later = manuscript.read_bytes().decode()
    assert (later[:start], later[later.index(end) :]) == (new[:start], new[new.index(end) :])
    assert once != manuscript.read_bytes()


def test_pdflatex_takes_a_long_manuscript(tmp_path):
    latex = program("pdflatex")
    study, manuscript = folder(tmp_path, "tex", long_tex())
    cf.embed(study, manuscript)
    for _ in range(2):
        ran(latex, "-interaction=nonstopmode", "-halt-on-error", "paper.tex", cwd=tmp_path)
    log = (tmp_path / "paper.log").read_text(errors="replace")
    assert "undefined" not in log
    assert "Missing character" not in log
    pages = int(re.search(r"Output written on paper\.pdf \((\d+) pages", log.replace("\n", ""))[1])
    assert 18 <= pages <= 26
    text = unicodedata.normalize("NFKC", ran(program("pdftotext"), "-layout", "paper.pdf", "-", cwd=tmp_path))
    assert re.search(r"As Figure\s+1\s+shows", text)
    # a ligature has no letters of its own in TeX's fonts without a map
    assert re.search(r"Figure 1:\s+Participant \S*ow: Sleep & light\.", " ".join(text.split()))
    assert "[any cause] <30 d, 50% of_them" in " ".join(text.split())


@pytest.mark.parametrize("output", ["html", "docx", "latex"])
def test_pandoc_reads_a_figure_with_its_caption_and_words(tmp_path, output):
    pandoc = program("pandoc")
    study, manuscript = folder(tmp_path, "rmd", long_qmd())
    cf.embed(study, manuscript, format="png")
    ran(pandoc, "-f", "markdown", "paper.rmd", "-o", f"out.{output}", "--wrap=none", "-s", cwd=tmp_path)
    if output == "html":
        page = (tmp_path / "out.html").read_text()
        assert len(re.findall(r"<figure|<div class=\"figure\"", page)) == 1
        assert "<strong>Participant flow: Sleep &amp; light.</strong> Of 67 patients" in page
        assert "[any cause] &lt;30 d, 50% of_them" in page
        assert "&amp;1 $5 {a~b} @ward ^x #2" in page
        assert 'id="fig-trial"' in page
    if output == "latex":
        assert "\\includegraphics" in (tmp_path / "out.latex").read_text()


def test_typst_takes_a_manuscript(tmp_path):
    typst = pytest.importorskip("typst", reason="typst compiles the manuscript")
    study, manuscript = folder(tmp_path, "typ")
    cf.embed(study, manuscript)
    made = typst.compile(str(manuscript))
    assert made.startswith(b"%PDF")
    (tmp_path / "paper.pdf").write_bytes(made)
    text = " ".join(ran(program("pdftotext"), "paper.pdf", "-", cwd=tmp_path).split())
    assert "See Figure 1" in text
    assert "Participant flow: Sleep & light." in text
    assert "[any cause] <30 d, 50% of_them" in text
    assert "&1 $5 {a~b} @ward ^x #2" in text


def test_xmllint_takes_a_manuscript(tmp_path):
    study, manuscript = folder(tmp_path, "xml")
    cf.embed(study, manuscript)
    ran(program("xmllint"), "--noout", "--nonet", manuscript, cwd=tmp_path)


def test_chromium_shows_the_figure_of_a_page(tmp_path):
    chromium = program("chromium")
    study, manuscript = folder(tmp_path, "html")
    cf.embed(study, manuscript)
    page = ran(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", manuscript.as_uri(), cwd=tmp_path)
    assert page.count("<svg ") == 1
    assert "<figcaption><strong>Participant flow: Sleep &amp; light.</strong> Of 67 patients" in page
    assert page.index("</figure>") < page.index("<p>More.</p>")
