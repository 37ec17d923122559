# ruff: noqa: RUF001 - full-width punctuation is what is tested
"""The default words of every language: complete, distinct where they must be, and set without guessing a width."""

import re
import tomllib
import typing
from pathlib import Path

import pytest

import consortflow as cf
from consortflow.diagrams.scene import faults
from consortflow.diagrams.text import estimated
from consortflow.schemas import labels as module
from consortflow.schemas.labels import labels, languages
from consortflow.schemas.study import About

EXAMPLE = Path(__file__).parents[2] / "examples" / "inati-cel.consort.yaml"
LANGUAGES = ("en-US", "en-GB", "zh", "de", "fr", "es", "ja")


def placeholders(text):
    return sorted(re.findall(r"{(\w+)}", text))


def in_language(language):
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        "  unit: patients\n", f"  unit: patients\n  language: {language}\n"
    )
    return cf.loads(text.replace("    label: Received inati-cel infusion\n", ""))


def test_a_study_may_be_in_every_language_there_are_words_in():
    assert languages() == LANGUAGES
    assert typing.get_args(About.model_fields["language"].annotation) == LANGUAGES


def test_a_language_there_are_no_words_in_is_a_key_error():
    with pytest.raises(KeyError):
        labels("nl")


def test_the_tables_of_one_language_are_what_the_whole_file_says_of_it():
    whole = tomllib.loads(Path(module.__file__).with_name("labels.toml").read_text(encoding="utf-8"))
    assert {language: labels(language) for language in languages()} == whole


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words_with_the_same_placeholders(language):
    assert {group: list(words) for group, words in labels(language).items()} == {
        group: list(words) for group, words in labels("en-US").items()
    }
    for group, words in labels("en-US").items():
        for name, text in words.items():
            assert placeholders(labels(language)[group][name]) == placeholders(text), (group, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_whole_and_different_words_of_a_group_differ(language):
    for group, words in labels(language).items():
        for name, text in words.items():
            assert text.strip() == text, (group, name)
            assert text, (group, name)
        twice = {text for text in words.values() if list(words.values()).count(text) > 1}
        assert twice == set(), group


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_width_of_every_word_is_known(language):
    for group, words in labels(language).items():
        assert [name for name, text in words.items() if estimated(text)] == [], group


@pytest.mark.parametrize("language", ["zh", "de", "fr", "es", "ja"])
def test_only_words_that_two_languages_share_are_left_in_english(language):
    kept = [
        text
        for group, words in labels(language).items()
        for name, text in words.items()
        if text == labels("en-US")[group][name]
    ]
    shared = {
        "zh": ["95% CI", "CI", "n"], "de": ["Arm", "Arm", "n"], "fr": ["Allocation", "participants", "n"], "es": ["n"],
        "ja": ["CI", "n"],
    }  # fmt: skip
    assert kept == shared[language]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-GB", ("Screened for eligibility (n = 92)", "Enrolment")),
        ("zh", ("接受筛选 (n = 92)", "入组", "接受回输 (n = 48)", "治疗", "分析")),
        ("de", ("Auf Eignung gescreent (n = 92)", "Eingeschlossen (n = 67)", "Infusion erhalten (n = 48)", "Analyse")),
        ("fr", ("Présélectionnés (n = 92)", "Inclus (n = 67)", "Ont reçu la perfusion (n = 48)", "Traitement")),
        ("es", ("Cribados para elegibilidad (n = 92)", "Incluidos (n = 67)", "Recibieron la infusión (n = 48)")),
        ("ja", ("スクリーニングを実施 (n = 92)", "登録 (n = 67)", "輸注を実施 (n = 48)", "解析")),
    ],
)
def test_a_figure_has_the_default_labels_of_its_language(language, words):
    figure = cf.draw(in_language(language))
    assert faults(figure.scene) == ()
    shown = " ".join(run.text for _, run in figure.scene.runs()).replace("\u00a0", " ")
    assert [text for text in words if text not in shown] == []
    assert f' lang="{language}" xml:lang="{language}" ' in figure.svg()


EXITS = """
study: {{language: {}}}
stages:
  - kind: randomization
    n: 20
    arms:
      - label: A
        stages:
          - kind: allocation
            n: 10
            exits: [{{kind: lost-to-follow-up}}, {{kind: other, n: 1, unexplained: {{n: 1}}}}]
          - {{kind: analysis, n: 7}}
      - label: B
        stages: [{{kind: allocation, n: 10, exits: [{{kind: lost-to-follow-up}}]}}, {{kind: analysis, n: 8}}]
transfers: [{{from: a/allocation, to: b/analysis, n: 1, counted: false}}]
pooled: [{{over: [a/allocation/lost-to-follow-up, b/allocation/lost-to-follow-up], reasons: {{X: 4}}}}]
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_references_to_exits_without_a_label_hold_in_every_language(language):
    study = cf.loads(EXITS.format(language))
    assert cf.check(study).errors == ()
    assert [row.id for row in cf.counts(cf.solve(study))] == [
        row.id for row in cf.counts(cf.solve(cf.loads(EXITS.format("en-US"))))
    ]


@pytest.mark.parametrize("language", ["zh", "de", "fr", "es", "ja"])
def test_what_the_program_says_of_its_own_is_in_the_figure_s_language(language):
    figure = cf.draw(cf.loads(EXITS.format(language)))
    text = labels(language)
    told = figure.chart.description
    assert f"{text['telling']['left']}: {text['exit']['lost-to-follow-up']}" in told
    assert f"{text['telling']['arm']} B" in told
    assert not {"Left", "to"} & set(re.findall(r"\w+", told))
    unit = text["word"]["unit"]
    note = text["word"]["unexplained"].format(unit=unit[:1].upper() + unit[1:], n=1)
    assert note in [note.text for note in figure.chart.footnotes]
    outcome = cf.draw(in_language(language)).chart
    assert f"{text['word']['interval']} 55.9".replace(" ", "\u00a0") in " ".join(
        line.text for card in outcome.cards for line in card.lines
    )


@pytest.mark.parametrize("language", ["zh", "de", "fr", "es", "ja"])
def test_boxes_keep_their_ids_and_counts_in_every_language(language):
    assert [(row.id, row.n) for row in cf.counts(cf.solve(in_language(language)))] == [
        (row.id, row.n) for row in cf.counts(cf.solve(in_language("en-US")))
    ]


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("zh", "接受合格性评估"), ("de", "Auf Eignung geprüft"), ("fr", "Évalués pour l’éligibilité"),
        ("es", "Evaluados para elegibilidad"), ("ja", "適格性の評価"),
    ],
)  # fmt: skip
def test_a_randomized_trial_assesses_eligibility_in_the_words_of_consort(language, word):
    study = cf.loads(
        f"study: {{language: {language}}}\n"
        "stages: [{kind: screening, n: 4}, {kind: randomization, arms: [{label: A}, {label: B}]}]\n"
    )
    assert next(row.label for row in cf.counts(cf.solve(study))) == word
