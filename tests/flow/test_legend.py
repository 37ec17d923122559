# ruff: noqa: E501, RUF001, S311 - study files as an author writes them, legends as they read; flows are repeatable
"""The legend as prose: every count of a flow and no other, in sentences; and what each format does to a label."""

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from random import Random

import pytest
from flows import FLOWS, blank, grow
from markdown_it import MarkdownIt
from typer.testing import CliRunner
from typesetting import needs_pdflatex, typeset

import consortflow as cf
from consortflow.cli import app, run
from consortflow.legends import LEGEND_FORMATS, legend_of
from consortflow.prose import write_legend
from consortflow.schemas.errors import MissingExtraError
from consortflow.schemas.study import Study
from consortflow.words import digits

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.consort.yaml"))
PUBLISHED = sorted((ROOT / "tests" / "published").glob("*.consort.yaml"))
LANGUAGES = ("en-US", "en-GB", "zh", "de", "fr", "es", "ja")
every_flow = pytest.mark.parametrize("path", [*EXAMPLES, *PUBLISHED], ids=lambda path: path.name.split(".")[0])

INATI = """\
Participant flow: Inaticabtagene autoleucel in adult relapsed or refractory B-cell acute lymphoblastic leukemia (NCT04684147). \
Of 92 patients screened for eligibility, 25 were not enrolled: 2 withdrew voluntarily, 4 did not meet inclusion criteria (<5% blasts in bone marrow at screening), and 19 met exclusion criteria (hepatitis B, hepatitis C, Epstein-Barr virus, cytomegalovirus or uncontrolled infection, n = 11; physician decision owing to rapid disease progression, n = 4; ineligible for apheresis, n = 3; central nervous system leukemia, n = 1). \
Of 67 patients enrolled, 12 discontinued before lymphodepletion: uncontrolled infection (n = 6), voluntary withdrawal (n = 3), physician decision (n = 2 [1 remitted after bridging chemotherapy and 1 was diagnosed with mixed-phenotype acute leukemia]), and ineligible (n = 1). \
Of 55 patients who received lymphodepletion, 7 were not infused: physician decision (n = 2 [accompanying teratoma, n = 1; remitted, n = 1]), uncontrolled infection (n = 2), and rapid disease progression (n = 3). \
The remaining 48 patients received inati-cel infusion. \
All 48 patients who received inati-cel infusion were evaluated for efficacy and safety, with overall remission at the end of month 3 in 34 of 48 (70.8%; 95% CI 55.9–83.0) and best overall remission in 41 of 48 (85.4%; 95% CI 72.2–93.9).
Enrolled: Completed screening, and the apheresis product was received by the manufacturing facility. Derived from the other counts: screened for eligibility; enrolled; received lymphodepletion. Abbreviations: CI, confidence interval.
"""


def body(text, **more):
    """Return the sentences of a study's legend, with plain spaces."""
    return " ".join(write_legend(cf.solve(cf.loads(text)), **more).body).replace("\u00a0", " ")


def notes(text, **more):
    return " ".join(write_legend(cf.solve(cf.loads(text)), **more).notes).replace("\u00a0", " ")


def flow(*stages, unit="patients", more=""):
    return f"study: {{unit: {unit}}}\nstages:\n" + "".join(f"  - {{{stage}}}\n" for stage in stages) + more


# Every count, and no other


def counts_of(solution):
    """Return the numbers a legend may say, as they are printed: counts and the ends of what is between two numbers."""
    found = set()
    for account in solution.network.accounts.values():
        for unit in account.units:
            found |= {digits(end) for end in solution.interval(account.id, unit) if end is not None}
        attempts = getattr(account.item, "attempts", None)
        found |= {digits(attempts.low)} if attempts is not None else set()
        gap = getattr(account.item, "unexplained", None)
        by_unit = gap.n if gap is not None and isinstance(gap.n, dict) else {"": gap.n} if gap is not None else {}
        found |= {str(abs(n)) for n in by_unit.values()}
    return found


def numbers_in(text):
    return set(re.findall(r"\d+(?:,\d{3})*", text))


def words_of(solution):
    """Return every text of a study that may hold digits, longest first."""
    about = solution.network.study.study
    texts = {about.title or "", about.registration or ""}
    for account in solution.network.accounts.values():
        item = account.item
        texts |= {account.label, *(getattr(item, key, None) or "" for key in ("note", "regimen", "dose", "definition"))}
        texts |= {also.label for also in getattr(item, "also", ())}
        gap = getattr(item, "unexplained", None)
        texts |= {(gap.note or "") if gap is not None else ""}
    return sorted({" ".join(text.split()) for text in texts} - {""}, key=len, reverse=True)


def without_words(text, solution):
    """Return a legend without its labels, rates, ratios and dates."""
    for words in words_of(solution):
        text = re.sub(re.escape(words.rstrip(".")), " ", text, flags=re.IGNORECASE)
    text = re.sub(r"1人の参加者|95 ?% ?(?:CI|信頼区間)|95%-KI|IC (?:à|del) 95\s?%", " ", text)
    text = re.sub(r"\d+\.\d+–\d+\.\d+|\d+(?:\.\d+)?%|ratio of [\d:]+", " ", text)
    dates = (
        r"\d{4}-\d\d-\d\d|[A-Z][a-z]+ \d\d?, \d{4}|\d\d? [A-Z][a-z]+ \d{4}|\d\d?[./]\d\d?[./]\d{4}|\d{4}年\d+月\d+日"
    )
    return re.sub(dates, " ", text)


@every_flow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_count_is_told_and_no_number_that_is_none(path, language):
    study = cf.read(path)
    solution = cf.solve(study.model_copy(update={"study": study.study.model_copy(update={"language": language})}))
    text = legend_of(solution)
    known = counts_of(solution)
    assert numbers_in(without_words(text, solution)) - known == set()
    shown = study.picture.zero_counts
    for account in solution.network.accounts.values():
        for unit in account.units:
            n = solution.n(account.id, unit)
            if n is not None and (n or shown) and not (n == 0 and language.startswith("en")):
                assert digits(n) in numbers_in(text), account.id


@every_flow
def test_every_label_is_told(path):
    solution = cf.solve(cf.read(path))
    text = legend_of(solution).lower()
    for account in solution.network.accounts.values():
        default = account.item is not None and getattr(account.item, "label", None) is None
        hidden = not solution.network.study.picture.zero_counts and solution.n(account.id) == 0
        if account.kind == "movement" or default or hidden:
            continue
        said = account.label.lower().replace("not meeting", "did not meet")
        said = re.sub(r" (and|but) (?=randomized|not treated)", r" \1 were ", said) if said not in text else said
        assert said in text or account.label.lower() in text, account.id


EVERYTHING = """\
study: {title: A trial, unit: patients, data_cutoff: 2025-03-31}
stages:
  - kind: screening
    n: 2003
    exits:
      - label: Excluded
        reasons: {Declined: 101, Not eligible: {Too old: 211, Other criteria: 47}}
  - kind: randomization
    arms:
      - label: Drug
        stages:
          - kind: allocation
            n: 811
            details: [{label: Received drug, n: 797}, {label: Called us, n: 89, reasons: {Rash: 53, Fever: 36}}]
            exits:
              - {kind: died, n: 17}
              - {kind: lost-to-follow-up, reasons: {Moved away: 13, No response: 29}, details: [{label: Had called, n: 7}]}
              - {kind: ongoing, n: 31}
          - {kind: analysis}
      - label: Placebo
        stages: [{kind: allocation, exits: [{kind: withdrew, n: 3-9, reasons: {Pain: '<=8'}}]}, {kind: analysis}]
analysis_sets:
  - {label: Safety set, of: randomization, n: 1601, excluded: {Never treated: 43}, outcomes: {Serious event: 149}}
transfers: [{from: placebo/allocation, to: drug/analysis, n: 19, counted: false, label: Crossed over}]
pooled: [{over: [drug/allocation/died], reasons: {Infection: 11, Bleeding: 6}}]
"""


def test_every_construct_is_told_with_its_own_number():
    solution = cf.solve(cf.loads(EVERYTHING))
    text = legend_of(solution)
    assert counts_of(solution) - numbers_in(text) <= {"0"}


@pytest.mark.parametrize("language", ["en-US", "de"])
def test_every_count_of_a_random_flow_is_told_and_no_number_that_is_none(language):
    for seed in range(min(FLOWS, 60)):
        random = Random(seed)
        flow_ = grow(random)
        data = (blank(random, flow_) if seed % 2 else flow_).data
        solution = cf.solve(Study.model_validate({**data, "study": {**data.get("study", {}), "language": language}}))
        text = legend_of(solution)
        assert numbers_in(without_words(text, solution)) - counts_of(solution) == set(), seed
        assert text.count("(") == text.count(")"), seed
        assert not re.search(r"\(\)|\[\]|  |;;|,,|: ;|\( ", text), seed
        for account in solution.network.accounts.values():
            for unit in account.units:
                n = solution.n(account.id, unit)
                assert not n or digits(n) in numbers_in(text), (seed, account.id)


# Sentences


def test_the_legend_of_the_trial_the_program_began_with():
    assert cf.legend(ROOT / "examples" / "inati-cel.consort.yaml") == INATI


def test_one_is_singular_and_none_is_said_in_words():
    text = body(
        flow(
            "kind: screening, n: 3, exits: [{n: 1}, {label: Not eligible, n: 1}, {kind: died, n: 0}]",
            "kind: enrollment",
        )
    )
    assert (
        text
        == "Of 3 patients screened for eligibility, 1 was excluded, 1 was not eligible, and none died. 1 patient was enrolled."
    )
    assert body(flow("kind: enrollment, n: 1", unit="women")) == "1 woman was enrolled."
    assert body(flow("kind: enrollment, n: 0")) == "No patients were enrolled."


def test_a_list_has_the_serial_comma_in_american_english_only():
    text = flow("kind: screening, n: 9, exits: [{reasons: {Declined: 2, Died: 1, Moved away: 1}}]")
    assert "2 declined, 1 died, and 1 moved away" in body(text)
    assert "2 declined, 1 died and 1 moved away" in body(
        text.replace("unit: patients", "unit: patients, language: en-GB")
    )


def test_the_spelling_is_that_of_the_study_s_english():
    text = flow("kind: randomization, n: 9", "kind: analysis")
    assert body(text) == "A total of 9 patients were randomized. All 9 patients were analyzed."
    british = text.replace("unit: patients", "unit: patients, language: en-GB")
    assert body(british) == "A total of 9 patients were randomised. All 9 patients were analysed."


def test_counts_that_are_not_known_are_said_to_be_between_or_unknown():
    text = body(
        flow(
            "kind: screening, exits: [{label: Declined}, {kind: died, n: '>=3'}]",
            "kind: enrollment, n: '>=40', exits: [{kind: withdrew, n: 3-7}, {kind: other, n: '<=5'}]",
        )
    )
    assert text == (
        "Of at least 43 patients screened for eligibility, an unknown number declined and at least 3 died. "
        "Of at least 40 patients enrolled, 3 to 7 withdrew and at most 5 left the study."
    )


def test_reasons_that_overlap_or_are_not_all_are_said_to_be():
    text = body(
        flow(
            "kind: treatment, n: 9, exits: [{kind: discontinued, n: 5, overlapping: true, partial: true, reasons: {Pain: 3, Rash: 3}}]"
        )
    )
    assert text == (
        "Of 9 patients who received treatment, 5 discontinued: pain (n = 3) and rash (n = 3); not all reasons are given; "
        "one person may have several reasons."
    )


def test_people_who_are_ongoing_are_not_said_to_have_left():
    stages = "kind: treatment, n: 9, exits: [{kind: ongoing, n: 4}, {kind: ongoing, label: Treatment ongoing, n: 2}, {kind: ongoing, label: Day 28 not reached, n: 1}]"
    assert body(flow(stages)) == (
        "Of 9 patients who received treatment, 4 were ongoing, 2 had treatment ongoing, and 1 was ongoing (day 28 not reached)."
    )
    dated = flow(stages).replace("unit: patients", "unit: patients, data_cutoff: 2025-03-01")
    assert "4 were ongoing at the data cutoff" in body(dated)
    assert notes(dated) == "Data cutoff: March 1, 2025."
    assert notes(dated.replace("unit:", "language: en-GB, unit:")) == "Data cutoff: 1 March 2025."


def test_an_exit_that_is_a_thing_is_said_by_its_kind():
    text = body(
        flow(
            "kind: screening, n: 99, exits: [{label: Screening failures, n: 9}, {kind: excluded, label: Comorbidity, n: 4}, {label: No product, n: 2}, {kind: withdrew, label: Remission, n: 1}]"
        )
    )
    assert text == (
        "Of 99 patients screened for eligibility, 9 did not continue (screening failures), 4 were excluded (comorbidity), "
        "2 had no product, and 1 withdrew (remission)."
    )


def test_each_arm_is_one_sentence_and_nested_arms_say_where_they_are():
    text = body(
        "stages:\n  - kind: randomization\n    n: 30\n    arms:\n"
        "      - label: Drug\n        ratio: 2\n        stages:\n"
        "          - {kind: allocation, n: 20, exits: [{kind: died, n: 2}]}\n"
        "          - {kind: follow-up, arms: [{label: High, stages: [{kind: treatment, n: 10}]}, {label: Low, stages: [{kind: treatment}]}]}\n"
        "      - {label: Usual care, ratio: 1, stages: [{kind: allocation}, {kind: analysis}]}\n"
    )
    assert text == (
        "A total of 30 participants were randomized in a ratio of 2:1 to drug (n = 20) or usual care (n = 10). "
        "In the drug group, of 20 participants allocated, 2 died; and the remaining 18 participants were followed up: "
        "high (n = 10) and low (n = 8). "
        "In the high group (drug), 10 participants received treatment. In the low group (drug), 8 participants received treatment. "
        "In the usual care group, all 10 participants were analyzed."
    )


def test_several_units_are_all_named():
    text = body(
        "study: {units: [homes, residents]}\nstages:\n"
        "  - {kind: screening, n: {homes: 9, residents: 90}, exits: [{reasons: {Declined: {homes: 1, residents: 12}, Fire: {homes: 0, residents: 1}}}]}\n"
        "  - {kind: enrollment}\n"
    )
    assert text == (
        "Of 9 homes (90 residents) screened for eligibility, 1 home (13 residents) were excluded: declined (1 home, 12 residents) "
        "and fire (0 homes, 1 resident). A total of 8 homes (77 residents) were enrolled."
    )


def test_sets_are_told_with_who_is_left_out_and_rates():
    text = body(
        flow(
            "kind: infusion, n: 9", more="analysis_sets:\n"
            "  - {label: Safety, of: infusion, n: 9}\n"
            "  - {label: Evaluated for response, id: r, of: infusion, n: 8, excluded: {No scan: 1}, outcomes: {Response: 4, Cure: 2}}\n"
            "  - {label: Responders, of: r, n: 4, outcomes: {Died: 1}}\n",
        )
    )  # fmt: skip
    assert text == (
        "A total of 9 patients received infusion. The safety set included all 9 patients who received infusion. "
        "Of 9 patients who received infusion, 8 were evaluated for response (not included: no scan, n = 1), "
        "with response in 4 of 8 (50.0%; 95% CI 15.7–84.3) and cure in 2 of 8 (25.0%; 95% CI 3.2–65.1). "
        "The analysis set “Responders” included 4 of 8 patients evaluated for response; of these, 1 of 4 (25.0%; 95% CI 0.6–80.6) died."
    )


def test_a_percentage_is_told_where_the_figure_prints_one():
    text = flow(
        "kind: screening, n: 80, exits: [{reasons: {Declined: 5, Age: 3}}]",
        "kind: enrollment",
        more="picture: {percent: parent}\n",
    )
    assert body(text) == (
        "Of 80 patients screened for eligibility, 8 (10.0%) were excluded: declined (n = 5 [62.5%]) and age (n = 3 [37.5%]). "
        "The remaining 72 patients (90.0%) were enrolled."
    )


def test_a_count_of_zero_is_left_out_where_the_figure_leaves_it_out():
    text = flow(
        "kind: screening, n: 8, exits: [{reasons: {Declined: 5, Age: 0}}, {kind: died, n: 0}]",
        more="picture: {zero_counts: false}\n",
    )
    assert body(text) == "Of 8 patients screened for eligibility, 5 were excluded (declined)."


def test_remarks_are_said_once_with_all_boxes_they_are_about():
    text = (
        "stages:\n  - kind: enrollment\n    n: 9\n    unexplained: {n: 2, note: Nobody knows.}\n    arms:\n"
        "      - {label: A, n: 4, status: non-randomised}\n      - {label: B, n: 3, status: non-randomised}\n"
    )
    assert (
        notes(text) == "Enrolled: Nobody knows. Participants the source does not account for: 2. A; B: Not randomized."
    )


def test_derived_counts_are_said_unless_they_are_not_wanted():
    text = flow("kind: screening, n: 9, exits: [{reasons: {A: 1}}]", "kind: enrollment")
    assert notes(text) == "Derived from the other counts: enrolled."
    assert notes(text, derived=False) == ""
    assert "Derived" not in cf.legend(cf.loads(text), show_derived=False)


def test_abbreviations_are_those_the_study_explains_and_that_of_the_interval():
    text = (
        "study: {unit: patients, abbreviations: {OR: overall response, CAR: chimeric antigen receptor}}\nstages: [{kind: infusion, n: 9}]\n"
        "analysis_sets: [{label: Safety, of: infusion, n: 9, outcomes: {OR: 4}}]\n"
    )
    assert notes(text) == (
        "Abbreviations: CAR, chimeric antigen receptor; CI, confidence interval; OR, overall response."
    )
    assert notes(text.replace("OR: overall response", "CI: credible interval")).startswith(
        "Abbreviations: CAR, chimeric antigen receptor; CI, credible interval."
    )


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "de",
            "Auf Eignung gescreent (n = 9). Ausgeschieden: Ausgeschlossen (n = 3: Zu alt, n = 2 [Über 80, n = 1]; Nein, n = 1).",
        ),
        ("fr", "Présélectionnés (n = 9). Exclus (n = 3 : Zu alt, n = 2 [Über 80, n = 1] ; Nein, n = 1)."),
        ("zh", "接受筛选（n = 9）。排除（n = 3：Zu alt，n = 2［Über 80，n = 1］；Nein，n = 1）。"),
        ("ja", "スクリーニングを実施（n = 9）。除外（n = 3：Zu alt、n = 2［Über 80、n = 1］；Nein、n = 1）。"),
    ],
)
def test_other_languages_are_told_as_lists_with_their_own_marks(language, told):
    text = (
        (
            f"study: {{language: {language}}}\nstages:\n  - kind: screening\n    n: 9\n"
            "    exits: [{reasons: {Zu alt: {n: 2, partial: true, reasons: {Über 80: 1}}, Nein: 1}}]\n"
        )
        .replace(", partial: true", "")
        .replace("n: 2, reasons: {Über 80: 1}", "n: 2, partial: true, reasons: {Über 80: 1}")
    )
    legend = write_legend(cf.solve(cf.loads(text)))
    said = "".join(legend.body) if legend.gap == "" else " ".join(legend.body)
    said = re.sub(
        r"；一|; Nicht alle Gründe sind angegeben| ; Les motifs ne sont pas tous indiqués|；未列出全部原因|；すべての理由が記載されているわけではない",
        "",
        said.replace("\u00a0", " "),
    )
    assert said == told.replace("Ausgeschieden: ", "")


# Counts that are protected

SMALL = flow(
    "kind: screening, n: 92, exits: [{reasons: {Declined: 2, Age: 23}}]", "kind: enrollment, n: 67, exits: [{kind: died, n: 1}]",
    "kind: analysis",
)  # fmt: skip


def test_hidden_counts_are_never_told_and_the_legend_says_so():
    made = cf.legend(cf.loads(SMALL), disclosure=cf.Disclosure("mask", 5))
    told = without_words(made, cf.solve(cf.loads(SMALL)))
    assert not {"1", "2", "23", "66"} & numbers_in(told.replace("below 5", ""))
    assert "fewer than 5 died" in made
    assert "declined, n < 5" in made or "declined (n < 5)" in made
    assert "Counts below 5 are not shown" in made


def test_rounded_counts_are_not_said_to_be_all_none_or_the_rest():
    made = cf.legend(cf.loads(SMALL), disclosure=cf.Disclosure("round", 5))
    assert made == (
        "Participant flow. Of 90 patients screened for eligibility, 25 were excluded: declined (n = 0) and age (n = 25). "
        "Of 65 patients enrolled, 0 died. A total of 65 patients were analyzed.\n"
        "Counts are rounded to the nearest 5 and may not add up.\n"
    )


# Formats

HOSTILE = [
    "1. first", "- item", "# head", "<b>bold</b> & <script>x()</script>", "R&D &lt; &#65;", "`code` ``two``", "*em* **strong** _u_ ~~s~~",
    "[link](http://x.org) ![i](j)", "http://x.org www.x.org a@b.org", "$x^2$ $$y$$", "100% \\alpha \\\\ {x} ^ ~", "| a | b |", "-- --- ...",
    "\\N \\input{x} \\end{document}", "患者 ≥ 5 µg α ± ½ é ß", "“quoted” 'single' \"double\"", "]]> --> <!-- x",
]  # fmt: skip


def hostile():
    reasons = [{"label": label, "n": 3 + place} for place, label in enumerate(HOSTILE)]
    return Study.model_validate(
        {
            "study": {"title": HOSTILE[3]},
            "stages": [
                {"kind": "screening", "label": HOSTILE[0], "n": 999, "note": HOSTILE[7],
                 "exits": [{"label": HOSTILE[1], "reasons": reasons}, {"label": HOSTILE[9], "n": 5}]},
                {"kind": "enrollment", "label": HOSTILE[2]},
            ],
        }
    )  # fmt: skip


def plain(text):
    return " ".join(text.split())


def test_markdown_means_nothing_but_its_letters():
    study = hostile()
    written = cf.legend(study, format="markdown")
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(written)
    inline = [token for token in tokens if token.type == "inline"]
    assert {token.type for token in tokens} == {"paragraph_open", "inline", "paragraph_close"}
    kinds = {child.type for token in inline for child in token.children}
    assert kinds <= {"text", "text_special", "strong_open", "strong_close"}
    read = " ".join("".join(child.content for child in token.children) for token in inline)
    assert plain(read) == plain(cf.legend(study))


def test_latex_is_ascii_where_it_can_be_and_one_paragraph():
    written = cf.legend(ROOT / "examples" / "inati-cel.consort.yaml", format="latex")
    assert written.isascii()
    assert written.count("\n") == 1
    assert written.startswith(r"\textbf{Participant flow: Inati")
    assert r"(<5\%" not in written
    assert r"n~=~11" in written


@needs_pdflatex
def test_latex_compiles_in_a_caption_whatever_the_labels_hold(tmp_path):
    written = cf.legend(hostile(), format="latex").replace("患者", "")
    shown = typeset(tmp_path, rf"\begin{{figure}}X\caption{{{written}}}\end{{figure}}")
    assert not shown or r"\input{x}" in shown


def test_a_word_document_says_what_the_text_says_in_its_language():
    docx = pytest.importorskip("docx")
    study = hostile()
    made = cf.legend(study, format="docx")
    document = docx.Document(io.BytesIO(made))
    assert plain(" ".join(paragraph.text for paragraph in document.paragraphs)) == plain(cf.legend(study))
    assert document.paragraphs[0].runs[0].bold
    german = cf.legend(cf.loads("study: {language: de}\nstages: [{kind: screening, n: 3}]"), format="docx")
    with zipfile.ZipFile(io.BytesIO(german)) as package:
        assert 'w:lang w:val="de-DE"' in package.read("word/styles.xml").decode()
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_format_has_the_same_bytes_in_every_process():
    pytest.importorskip("docx")
    code = (
        "import sys, zlib, consortflow as cf; from consortflow.legends import LEGEND_FORMATS\n"
        "made = [cf.legend(sys.argv[1], format=form) for form in LEGEND_FORMATS]\n"
        "print([zlib.crc32(m if isinstance(m, bytes) else m.encode()) for m in made])"
    )
    path = str(ROOT / "examples" / "multi-arm.consort.yaml")
    ran = [
        subprocess.run(  # noqa: S603 - this program
            [sys.executable, "-c", code, path], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in "12"
    ]
    assert ran[0] == ran[1]


def test_a_format_there_is_not_is_refused():
    with pytest.raises(ValueError, match="text, markdown, latex, docx"):
        cf.legend(cf.loads("stages: [{kind: screening, n: 3}]"), format="rtf")


def test_without_its_library_word_names_the_extra_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'consortflow\[office\]'"):
        cf.legend(cf.loads("stages: [{kind: screening, n: 3}]"), format="docx")


# The command

CLEAN = "study: {unit: patients}\nstages:\n  - {kind: screening, n: 9, exits: [{label: Excluded, n: 2}]}\n  - {kind: enrollment, n: 7}\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.consort.yaml"
    path.write_text(CLEAN, encoding="utf-8")
    return path


@pytest.mark.parametrize("form", LEGEND_FORMATS)
def test_the_command_prints_every_format(file, form):
    pytest.importorskip("docx")
    ran = CliRunner().invoke(app, ["legend", str(file), "--format", form])
    assert ran.exit_code == 0
    made = cf.legend(file, format=form)
    assert ran.stdout_bytes == (made if isinstance(made, bytes) else made.encode())


@pytest.mark.parametrize(
    ("name", "form"), [("l.txt", "text"), ("l.md", "markdown"), ("l.tex", "latex"), ("l.docx", "docx")]
)
def test_a_file_s_ending_says_the_format(file, name, form):
    pytest.importorskip("docx")
    out = file.with_name(name)
    ran = CliRunner().invoke(app, ["legend", str(file), "-o", str(out)])
    assert (ran.exit_code, ran.stdout) == (0, f"wrote {out}\n")
    made = cf.legend(file, format=form)
    assert out.read_bytes() == (made if isinstance(made, bytes) else made.encode())


def test_the_command_protects_small_counts(file):
    ran = CliRunner().invoke(app, ["legend", str(file), "--mask", "5"])
    assert ran.stdout == cf.legend(file, disclosure=cf.Disclosure("mask", 5))
    assert "2" not in ran.stdout
    assert CliRunner().invoke(app, ["legend", str(file), "--mask", "5", "--round", "5"]).exit_code == 2


def test_a_study_with_errors_has_no_legend(file):
    file.write_text(CLEAN.replace("n: 7", "n: 8"), encoding="utf-8")
    out = file.with_name("l.txt")
    ran = CliRunner().invoke(app, ["legend", str(file), "-o", str(out)])
    assert (ran.exit_code, ran.stdout, out.exists()) == (1, "", False)
    assert "error[B301]" in ran.stderr
    with pytest.raises(cf.InvalidStudyError):
        cf.legend(file)


def test_a_legend_never_overwrites_the_study(file):
    ran = CliRunner().invoke(app, ["legend", str(file), "-o", str(file)])
    assert ran.exit_code == 2
    assert "is the study file itself" in ran.stderr
    assert file.read_text(encoding="utf-8") == CLEAN


def test_a_legend_that_cannot_be_written_says_why(file, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["consortflow", "legend", str(file), "-o", str(file.parent / "no" / "l.txt")])
    assert run() == 3
    assert capsys.readouterr().err == f"consortflow: {file.parent / 'no' / 'l.txt'}: no such file or folder\n"
    monkeypatch.setitem(sys.modules, "docx", None)
    ran = CliRunner().invoke(app, ["legend", str(file), "-f", "docx", "-o", str(file.with_name("l.docx"))])
    assert ran.exit_code == 3
    assert "consortflow[office]" in ran.stderr
