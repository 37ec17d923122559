"""What each kind of manuscript does of its own: what its author changed around the figure stays."""

import re
import xml.etree.ElementTree as ET

import pytest
from manuscripts import BEFORE, LATER, embedded, folder

import consortflow as cf


def refreshed(tmp_path, kind, change):
    """Embed, change the text as its author would, embed the next counts, and return the text."""
    study, manuscript = folder(tmp_path, kind)
    cf.embed(study, manuscript)
    changed = change(manuscript.read_text())
    assert changed != manuscript.read_text()
    manuscript.write_text(changed)
    study.write_text(LATER)
    cf.embed(study, manuscript)
    assert cf.embed(study, manuscript).current
    return manuscript.read_text()


def test_markdown_has_a_caption_an_identifier_and_an_alternative_text(tmp_path):
    text = embedded(tmp_path, "md")
    image = re.search(r'^!\[(.*)\]\(trial-flow\.svg\)\{#fig-trial alt="((?:\\.|[^"])*)"\}$', text, re.MULTILINE)
    assert image[1].startswith(r"**Participant flow: Sleep & light.** Of 67 patients")
    assert r"\[any cause\] \<30 d, 50% of\_them" in image[1]
    assert r"&1 \$5 \{a\~b\} \@ward \^x \#2" in image[1]
    assert "[any cause] <30 d" in image[2]
    assert "&amp;1" in image[2]


def test_quarto_calls_the_alternative_text_its_own_name(tmp_path):
    assert ' fig-alt="' in embedded(tmp_path, "qmd")


def test_markdown_without_attributes_has_its_legend_below(tmp_path):
    text = BEFORE["md"].replace("trial -->", "trial, attributes: no -->")
    new = embedded(tmp_path, "md", text)
    assert "{#" not in new
    assert re.search(
        r"^!\[[^\n]*Left[^\n]*\]\(trial-flow\.svg\)\n\n\*\*Participant flow: Sleep & light\.\*\*.*\n\n<!-- /",
        new,
        re.MULTILINE,
    )
    study = tmp_path / "trial.consort.yaml"
    study.write_text(LATER)
    cf.embed(study, tmp_path / "paper.md")
    assert (tmp_path / "paper.md").read_text().count("**Participant") == 1
    assert "67" not in (tmp_path / "paper.md").read_text()


def test_markdown_keeps_identifier_width_and_words_beside_the_image(tmp_path):
    def change(text):
        text = text.replace("{#fig-trial", "{#fig-mine .wide width=80%")
        return text.replace("<!-- /consortflow", "Source: the trial office.\n\n<!-- /consortflow")

    new = refreshed(tmp_path, "md", change)
    assert '{#fig-mine .wide width=80% alt="' in new
    assert "Source: the trial office." in new


def test_a_figure_in_a_quotation_has_its_marks(tmp_path):
    new = embedded(tmp_path, "md", "> <!-- consortflow: trial -->\n\nx\n")
    block = new.partition("\n\nx\n")[0].split("\n")
    assert len(block) == 5
    assert all(line.startswith(">") for line in block)


def test_tex_keeps_label_placement_options_and_short_captions(tmp_path):
    def change(text):
        text = text.replace("{figure}[htbp]", "{figure*}[!p]").replace("\\end{figure}", "\\end{figure*}")
        text = text.replace("\\label{fig:trial}", "\\label{fig:flow} % our label")
        text = text.replace("width=\\linewidth", "angle=90,width=3cm").replace("width=", "draft=false, width=", 1)
        return text.replace("\\caption{", "\\caption[Flow]{")

    new = refreshed(tmp_path, "tex", change)
    assert "\\begin{figure*}[!p]" in new
    assert "\\label{fig:flow} % our label" in new
    assert "\\caption[Flow]{\\textbf{Participant flow: Sleep \\& light.}" in new
    assert "draft=false" in new
    assert new.count("alt={") == 1


def test_a_figure_with_an_odd_block_is_made_anew_and_keeps_its_label(tmp_path):
    new = refreshed(
        tmp_path,
        "tex",
        lambda text: re.sub(r"\\begin\{figure\}.*?\\end\{figure\}", r"\\label{fig:mine}", text, flags=re.DOTALL),
    )
    assert new.count("\\includegraphics") == 1
    assert "\\label{fig:mine}" in new


def test_a_part_of_a_document_refers_to_images_from_its_root(tmp_path):
    (tmp_path / "parts").mkdir()
    study, _ = folder(tmp_path, "md")
    part = tmp_path / "parts" / "results.tex"
    part.write_text("% !TEX root = ../main.tex\nText.\n% consortflow: trial\n")
    cf.embed(study, part)
    assert (tmp_path / "parts" / "trial-flow.pdf").exists()
    assert "{parts/trial-flow.pdf}" in part.read_text()


def test_html_holds_the_svg_and_an_author_s_figure_element_stays(tmp_path):
    new = refreshed(
        tmp_path,
        "html",
        lambda text: text.replace(
            '<figure id="fig-trial" class="consortflow">', '<figure id="mine">\n<h3>Flow</h3>'
        ).replace("<figcaption>", '<figcaption class="c">'),
    )
    assert '<figure id="mine">\n<h3>Flow</h3>\n<svg ' in new
    assert '<figcaption class="c"><strong>Participant flow: Sleep &amp; light.</strong> ' in new
    svg = re.search(r"<svg.*?</svg>", new, re.DOTALL).group()
    assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own
    assert "<?xml" not in new


def test_html_that_does_not_say_its_encoding_gets_ascii(tmp_path):
    new = embedded(tmp_path, "html", BEFORE["html"].replace('<meta charset="utf-8">', ""))
    assert new.isascii()


def test_typst_keeps_label_and_width(tmp_path):
    new = refreshed(
        tmp_path,
        "typ",
        lambda text: text.replace("<fig-trial>", "<mine>").replace('flow.svg",', 'flow.svg", width: 80%,'),
    )
    assert ") <mine>" in new
    assert 'image("trial-flow.svg", width: 80%, alt: "' in new


def test_jats_keeps_id_label_and_attributes_and_declares_its_prefix(tmp_path):
    new = refreshed(
        tmp_path,
        "xml",
        lambda text: text.replace('id="fig-trial"', 'id="F1" position="float"').replace("Figure 1", "Fig. 1"),
    )
    assert '<fig id="F1" position="float"' in new
    assert "<label>Fig. 1</label>" in new
    root = ET.fromstring(new)  # noqa: S314 - our own
    figure = root.find(".//fig")
    assert [child.tag for child in figure] == ["label", "caption", "alt-text", "graphic"]
    assert figure.find("graphic").attrib["{http://www.w3.org/1999/xlink}href"] == "trial-flow.svg"
    assert "68" in figure.findtext("alt-text")


def test_jats_counts_figures_and_ends_in_the_form_of_its_marker(tmp_path):
    text = (
        BEFORE["xml"]
        .replace("<p>Text.</p>", "<fig id='a'/>")
        .replace("<?consortflow trial?>", "<!-- consortflow: trial -->")
    )
    new = embedded(tmp_path, "xml", text)
    assert "<label>Figure 2</label>" in new
    assert "<!-- /consortflow: trial -->" in new


BOMB = "<!ENTITY a0 'lol'>" + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))


@pytest.mark.parametrize("declared", [BOMB, "<!ENTITY a11 SYSTEM 'file:///etc/passwd'>", ""])
def test_entities_are_never_expanded_or_read_and_stay_as_they_are(tmp_path, declared):
    doctype = f'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "file:///etc/hosts" [{declared}]>'
    entity = "&a11;" if declared else "&nbsp;"
    text = f"<?xml version='1.0'?>\n{doctype}\n<article><body><p>x{entity}y</p><?consortflow trial?></body></article>"
    new = embedded(tmp_path, "xml", text)
    assert new.startswith(text.partition("<?consortflow")[0])
    assert "root:" not in new


@pytest.mark.parametrize(
    "text", ["", "no xml", "<a>", "<a><b></a>", "<a consortflow=1/>", "<article>&#0;<?consortflow trial?></article>"]
)
def test_what_is_no_xml_is_a_file_error(tmp_path, text):
    study, manuscript = folder(tmp_path, "xml", text)
    with pytest.raises((cf.FileError, cf.InvalidManuscriptError)):
        cf.embed(study, manuscript)
    assert manuscript.read_text() == text


def test_xml_that_nests_without_end_is_refused(tmp_path):
    study, manuscript = folder(tmp_path, "xml", "<a>" * 200_000 + "<?consortflow trial?>" + "</a>" * 200_000)
    with pytest.raises(cf.FileError, match="nest deeper"):
        cf.embed(study, manuscript)


@pytest.mark.parametrize("kind", ["md", "tex", "html", "typ"])
def test_what_is_no_text_is_a_file_error(tmp_path, kind):
    study, manuscript = folder(tmp_path, kind, b"a\0b")
    with pytest.raises(cf.FileError, match="zero byte"):
        cf.embed(study, manuscript)
