"""TikZ: compiles by itself and inside a manuscript, and its lines follow its boxes."""

import re
import unicodedata

import pytest
from printing import figure, hostile, names, run

from consortflow.diagrams import tex
from consortflow.diagrams.writers import write

NEEDS = r"\usepackage{tikz}\usetikzlibrary{arrows.meta,babel}"


def compiled(folder, text, program="pdflatex"):
    (folder / "paper.tex").write_text(text, encoding="utf-8")
    said = run(program, "-interaction=nonstopmode", "-halt-on-error", "paper.tex", at=folder)
    assert "Overfull" not in said
    return folder / "paper.pdf"


def test_every_example_goes_into_one_manuscript(tmp_path):
    drawn = [*names(), "hostile"]
    for name in drawn:
        scene = hostile().scene if name == "hostile" else figure(name).scene
        (tmp_path / f"{name}.tex").write_bytes(write(scene, "tikz"))
    figures = "\n".join(
        rf"\begin{{figure}}\resizebox{{0.5\linewidth}}{{!}}{{\input{{{name}}}}}\caption{{{name}}}\end{{figure}}\clearpage"
        for name in drawn
    )
    document = compiled(
        tmp_path,
        rf"\documentclass{{article}}{NEEDS}\begin{{document}}Before.\clearpage {figures} After.\end{{document}}",
    )
    assert f"Pages:           {len(drawn) + 2}" in run("pdfinfo", document)


@pytest.mark.parametrize("name", ["inati-cel", "hostile"])
def test_by_itself_it_is_a_page_of_the_figure_s_size(name, tmp_path):
    scene = hostile().scene if name == "hostile" else figure(name).scene
    document = compiled(tmp_path, write(scene, "tikz").decode("utf-8"))
    said = run("pdfinfo", document)
    assert "Pages:           1\n" in said
    size = re.search(r"Page size: +([\d.]+) x ([\d.]+) pts", said)
    assert float(size[1]) == pytest.approx(scene.width, abs=0.1)
    assert float(size[2]) == pytest.approx(scene.height, abs=0.1)


def test_a_manuscript_without_its_packages_is_told_so(tmp_path):
    (tmp_path / "figure.tex").write_bytes(write(figure("single-arm").scene, "tikz"))
    with pytest.raises(AssertionError, match="This figure needs tikz"):
        compiled(tmp_path, r"\documentclass{article}\begin{document}\input{figure}\end{document}")


def test_signs_that_a_language_makes_active_do_no_harm(tmp_path):
    (tmp_path / "figure.tex").write_bytes(write(figure("inati-cel").scene, "tikz"))
    active = r"\catcode`\;=13 \def;{\string;}\catcode`\:=13 \def:{\string:}"
    text = rf"\documentclass{{article}}{NEEDS}\begin{{document}}{active}"
    compiled(tmp_path, text + r"\resizebox{3cm}{!}{\input{figure}}\end{document}")


def test_a_box_that_is_moved_takes_its_lines_and_its_text_along():
    text = write(figure("inati-cel").scene, "tikz").decode("ascii")
    assert r"\draw[->, flow line] (screening.south) -- (enrollment.north);" in text
    (exit_line,) = re.findall(r"\\draw\[->, flow line\] (\(screening\.south \|- (\S+)\.west\) -- \(\2\.west\));", text)
    assert exit_line
    shown = [line for line in text.splitlines() if r"\node[flow text" in line and "Enrolled" in line]
    assert all("enrollment.north" in line for line in shown)


@pytest.mark.parametrize("name", names())
def test_every_line_begins_and_ends_at_a_node(name):
    text = write(figure(name).scene, "tikz").decode("utf-8")
    nodes = set(re.findall(r"\\node\[flow [^]]*\] \(([A-Za-z0-9-]+)\) at", text))
    nodes |= set(re.findall(r"\\coordinate \((line-[\d]+-\w+)\)", text))
    drawn = re.findall(r"\\draw\[->, [^]]*\] (.*);", text)
    assert len(drawn) == len(figure(name).scene.connectors)
    for path in drawn:
        places = path.split(" -- ")
        for place in (places[0], places[-1]):
            assert any(re.search(rf"\b{re.escape(node)}\b", place) for node in nodes), place


@pytest.mark.parametrize("name", names())
def test_it_is_ascii_where_no_letter_is_beyond_tex(name):
    scene = figure(name).scene._replace(title="x")
    write(scene, "tikz").decode("ascii")


def test_every_sign_that_has_a_command_is_printed_by_it(tmp_path):
    latin = [chr(code) for code in (*range(0x21, 0x7F), *range(0xA1, 0x180), *range(0x391, 0x3CA))]
    signs = [sign for sign in (*tex.SIGNS, *tex.MATHS, *latin) if sign.isprintable() and unicodedata.name(sign, "")]
    known = {sign: made for sign in signs if tex.BEYOND not in (made := tex.escape(sign))}
    assert len(known) > 380
    shown = "\n\n".join(rf"\consortflowfont {made} \fontseries{{b}}\selectfont {made}" for made in known.values())
    font = r"\newcommand\consortflowfont{\fontencoding{T1}\fontfamily{phv}\fontseries{m}\fontshape{n}\selectfont}"
    document = compiled(tmp_path, rf"\documentclass{{article}}{font}\begin{{document}}{shown}\end{{document}}")
    log = (tmp_path / "paper.log").read_text(encoding="latin-1")
    assert "Missing character" not in log
    printed = run("pdftotext", "-raw", document, "-")
    # what TeX's file says of these is another sign of the same look; letters and their accents are two in it
    others = {*"\u2010\u2012\u2116\u20acĐđ", *tex.MATHS, *map(chr, range(0x391, 0x3CA))}
    bases = {unicodedata.normalize("NFKD", sign)[0] for sign in known} - others
    assert sorted(base for base in bases if base not in printed) == []


def test_letters_beyond_tex_say_how_they_can_be_set():
    scene = figure("single-arm").scene
    box = scene.boxes[0]
    runs = (box.runs[0]._replace(text="筛选"), *box.runs[1:])
    text = write(scene._replace(language="zh", boxes=(box._replace(runs=runs), *scene.boxes[1:])), "tikz").decode()
    assert r"\bfseries \consortflowunicode{筛选}" in text
    assert r"% It has letters that TeX has no commands for" in text
    assert r"\begin{CJK}{UTF8}{gbsn}" in text
    assert r"\fontspec{Noto Sans CJK SC}" in text
