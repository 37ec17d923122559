"""Where a marker is one, where it is none, and what is said of those that cannot be followed."""

import pytest
from manuscripts import BEFORE, LATER, STUDY, folder, run

import consortflow as cf
from consortflow.manuscript.forms import form_of

MARKERS = {
    "md": {
        "no": [
            "```\n{}\n```",
            "~~~~ {{.r}}\n{}\n~~~~",
            "    {}",
            "`{}`",
            "<!-- not now:\n{}\n",
            "<pre>\n{}\n</pre>",
            "<script>\n{}\n</script>",
            "- list\n\n      ```\n      {}\n      ```",
            "> ```\n> {}\n> ```",
            "\\{}",
        ],
        "yes": [
            "{}",
            "  {}",
            "text\n{}\n",
            "> {}",
            "- item\n\n  {}\n",
            "1. {}",
            "<div>\n\n{}\n\n</div>",
            "<!--consortflow:trial-->",
            "::: {{.x}}\n{}\n:::",
            "```\nx\n```\n{}\n",
            "<!--   consortflow:   trial   -->",
        ],
        "fault": ["text {} text", "<div>\n{}\n</div>", "{} and more"],
    },
    "tex": {
        "no": [
            "\\begin{{verbatim}}\n{}\n\\end{{verbatim}}",
            "\\begin{{lstlisting}}[x]\n{}\n\\end{{lstlisting}}",
            "\\begin{{minted}}{{tex}}\n{}\n\\end{{minted}}",
            "\\begin{{comment}}\n{}\n\\end{{comment}}",
            "% {}",
            "\\{}",
            "text {}",
            "\\end{{document}}\n{}",
            "\\endinput\n{}",
            "%{}",
        ],
        "yes": [
            "{}",
            "  {}",
            "\t{}",
            "%consortflow:trial",
            "%  consortflow:  trial  ",
            "% \\begin{{verbatim}}\n{}",
            "\\begin{{verbatim}}\n\\end{{document}}\n\\end{{verbatim}}\n{}",
            "% \\end{{document}}\n{}",
        ],
    },
    "html": {
        "no": [
            "<script>let a = '{}'</script>",
            "<style>/* {} */</style>",
            "<textarea>{}</textarea>",
            "<p title='{}'>x</p>",
            "<!-- <p>{} -->",
            "<title>{}</title>",
            "<template>{}</template>",
            "<noscript>{}</noscript>",
            "<script>{}",
            "&lt;!-- consortflow: trial --&gt;",
            '<a data-x="{}" href=x>y</a>',
            "<![CDATA[{}]]>",
            "<SCRIPT\n>{}</SCRIPT >",
        ],
        "yes": ["{}", "<div>{}</div>", "<p>It's {}", "<!-- x -->{}", "<script>'</scr'</script>{}", "<pre>{}</pre>"],
    },
    "typ": {
        "no": [
            "```\n{}\n```",
            "`{}`",
            "/* {} */",
            "/* /* */ {} */",
            "text {}",
            '#link("x") {}',
            "````typ\n```\n{}\n````",
        ],
        "yes": ["{}", "  {}", "/* a */\n{}", "https://x.org/a\n{}", "//consortflow:trial", "\\`\n{}", "``` x ```\n{}"],
    },
    "xml": {
        "no": ["<!-- <p> {} -->", "<p><![CDATA[{}]]></p>", "<?other {}"],
        "yes": [
            "{}",
            "<p>{}</p>",
            "<!-- consortflow: trial -->",
            "<!--consortflow:trial-->",
            "<boxed-text>{}</boxed-text>",
        ],
        "fault": ["<table-wrap>{}</table-wrap>", "<title>{}</title>"],
    },
}
FRAME = {
    "md": "# T\n\n@\n\nend\n",
    "tex": "\\documentclass{article}\n\\begin{document}\n@\n\\end{document}\n",
    "html": '<!doctype html><meta charset="utf-8"><body>\n@\n</body>\n',
    "typ": "= T\n\n@\n\nend\n",
    "xml": "<article><body><sec><p>a</p>\n@\n</sec></body></article>\n",
}
CASES = [(kind, what, form) for kind, forms in MARKERS.items() for what, listed in forms.items() for form in listed]


def text_of(kind, form):
    return FRAME[kind].replace("@", form.format(form_of(f"a.{kind}").markup.opening("trial")))


@pytest.mark.parametrize(("kind", "form"), [(kind, form) for kind, what, form in CASES if what == "no"])
def test_what_is_shown_or_hidden_is_no_marker(tmp_path, kind, form):
    study, manuscript = folder(tmp_path, kind, text_of(kind, form))
    with pytest.raises(cf.InvalidManuscriptError) as caught:
        cf.embed(study, manuscript)
    (finding,) = caught.value.diagnostics
    assert finding.code == "M102"
    assert form_of(str(manuscript)).markup.opening("trial") in finding.fix
    assert manuscript.read_text() == text_of(kind, form)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(("kind", "form"), [(kind, form) for kind, what, form in CASES if what == "yes"])
def test_a_marker_of_its_own_is_one_wherever_it_stands(tmp_path, kind, form):
    study, manuscript = folder(tmp_path, kind, text_of(kind, form))
    assert not cf.embed(study, manuscript).current
    assert cf.embed(study, manuscript).current
    once = manuscript.read_text()
    study.write_text(LATER)
    cf.embed(study, manuscript)
    study.write_text(STUDY)
    cf.embed(study, manuscript)
    assert manuscript.read_text() == once


@pytest.mark.parametrize(("kind", "form"), [(kind, form) for kind, what, form in CASES if what == "fault"])
def test_a_marker_where_no_figure_can_stand_is_a_finding_at_its_place(tmp_path, kind, form):
    study, manuscript = folder(tmp_path, kind, text_of(kind, form))
    with pytest.raises(cf.InvalidManuscriptError) as caught:
        cf.embed(study, manuscript)
    (finding,) = caught.value.diagnostics
    assert finding.code == "M103"
    line = manuscript.read_text().splitlines()[finding.span.line - 1]
    assert line[finding.span.column - 1 : finding.span.end_column - 1] == form_of(f"a.{kind}").markup.opening("trial")


def found(tmp_path, text, kind="md"):
    study, manuscript = folder(tmp_path, kind, text)
    try:
        return cf.embed(study, manuscript).findings
    except cf.InvalidManuscriptError as error:
        assert manuscript.read_text() == text
        assert len(list(tmp_path.iterdir())) == 2
        return error.diagnostics


def test_a_name_that_is_misspelt_is_told_with_its_place_and_what_was_meant(tmp_path):
    warning, error = sorted(found(tmp_path, "# T\n\n<!-- consortflow: trail -->\n"), key=lambda d: d.code)
    assert (warning.code, warning.span.line, warning.span.column, warning.severity) == ("M101", 3, 1, "warning")
    assert warning.message == 'no study "trail" was given; did you mean trial?'
    assert error.code == "M102"


def test_another_study_s_figure_is_left_alone_and_a_marker_that_waits_is_a_warning(tmp_path):
    text = BEFORE["md"] + "\n<!-- consortflow: other -->\nfigure\n<!-- /consortflow: other -->\n"
    assert found(tmp_path, text) == ()
    assert "other -->\nfigure\n<!-- /" in (tmp_path / "paper.md").read_text()
    assert [d.code for d in found(tmp_path, BEFORE["md"] + "\n<!-- consortflow: other -->\n")] == ["M101"]


def test_a_study_that_is_marked_twice_is_told_at_the_second(tmp_path):
    (finding,) = found(tmp_path, "<!-- consortflow: trial -->\n\n<!-- consortflow: trial -->\n")
    assert (finding.code, finding.span.line, finding.related[0].span.line) == ("M104", 3, 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<!-- /consortflow: trial -->\n\n<!-- consortflow: trial -->\n", 1),
        ("<!-- consortflow: trial -->\n\n<!-- consortflow: other -->\n\n<!-- /consortflow: trial -->\n", 5),
        ("<!-- consortflow: trial -->\n\nx\n\n<!-- /consortflow: trail -->\n", 5),
    ],
)
def test_an_end_that_does_not_match_is_an_error_and_nothing_is_taken(tmp_path, text, line):
    assert ("M105", line) in {(d.code, d.span.line) for d in found(tmp_path, text)}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("widht: 3mm", '"widht: 3mm" is no option of a marker; did you mean width?'),
        ("zzz", '"zzz" is no option of a marker; legend, width, theme, image, attributes are'),
        ("legend: maybe", 'legend is yes or keep, not "maybe"'),
        ("attributes: perhaps", 'attributes is yes or no, not "perhaps"'),
        ("width:", "width says nothing"),
        ("image: ../x.svg", '"../x.svg" leads out of the manuscript\'s folder'),
        ("image: /etc/x.svg", '"/etc/x.svg" leads out of the manuscript\'s folder'),
        ("image: C:\\x.svg", '"C:\\x.svg" leads out of the manuscript\'s folder'),
        ("image: a/../../x.svg", '"a/../../x.svg" leads out of the manuscript\'s folder'),
    ],
)
def test_an_option_that_there_is_not_is_told(tmp_path, options, said):
    (finding,) = found(tmp_path, f"<!-- consortflow: trial, {options} -->\n")
    assert (finding.code, finding.message) == ("M106", said)


def test_a_name_may_hold_blanks_commas_and_letters_of_any_script(tmp_path):
    name = "Größe, 2 試験"
    study = tmp_path / f"{name}.consort.yaml"
    study.write_text(STUDY)
    manuscript = tmp_path / "paper.md"
    manuscript.write_text(f"<!-- consortflow: {name} -->\n")
    cf.embed(study, manuscript)
    assert cf.embed(study, manuscript).current
    assert (tmp_path / "Gr-e-2-flow.svg").exists()


def test_several_figures_go_into_one_manuscript(tmp_path, monkeypatch, capsys):
    study, manuscript = folder(tmp_path, "md", BEFORE["md"] + "\n<!-- consortflow: two -->\n")
    two = tmp_path / "two.consort.yaml"
    two.write_text(LATER)
    monkeypatch.chdir(tmp_path)
    code, out, err = run(monkeypatch, capsys, "embed", study, two, manuscript)
    assert (code, err) == (0, "")
    text = manuscript.read_text()
    assert text.index("trial-flow.svg") < text.index("two-flow.svg")
    study.write_text(LATER)
    code, out, _ = run(monkeypatch, capsys, "embed", study, two, manuscript, "--check")
    assert code == 1
    assert "trial" in out
    assert "two" not in out


def test_ends_without_the_manuscript_s_marker_in_front_matter_are_no_markers(tmp_path):
    text = "---\ntitle: x\nheader-includes: |\n  <!-- consortflow: trial -->\n---\n\n<!-- consortflow: trial -->\n"
    assert found(tmp_path, text) == ()
    assert (tmp_path / "paper.md").read_text().startswith(text.rstrip())
