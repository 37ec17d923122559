"""Study files that are written read back as they were meant, whatever their labels are."""

import doctest
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trialrecords import HOSTILE

from consortflow.registries.naming import Naming
from consortflow.registries.writing import Inline, Noted, quoted_scalar, written
from consortflow.schemas.source import parse

TEXTS = st.one_of(
    st.sampled_from([text for text in HOSTILE if text.isprintable() and text.strip()]),
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30),
)


def plain(node):
    """Return what was read as plain data."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    return [plain(value) for value in node] if isinstance(node, list) else node


@given(st.lists(TEXTS, min_size=1, max_size=5), TEXTS)
def test_text_reads_back_as_it_was_wherever_it_stands(texts, comment):
    data = {
        "study": {"title": Noted(texts[0], beside=comment), "note": Noted(texts[-1], above=comment)},
        "stages": [{"label": text, "n": 3} for text in texts],
        "inline": [Inline({"label": text, "n": 3}) for text in texts],
        "picture": Inline([*texts, "unknown"]),
    }
    source = parse(written(data, [comment]), "x.yaml")
    assert source.findings == ()
    assert plain(source.root) == {
        "study": {"title": texts[0], "note": texts[-1]},
        "stages": [{"label": text, "n": 3} for text in texts],
        "inline": [{"label": text, "n": 3} for text in texts],
        "picture": [*texts, "unknown"],
    }


@given(st.dictionaries(TEXTS, st.integers(0, 99), min_size=1, max_size=5))
def test_labels_read_back_as_keys(labels):
    named = Naming(("participants",))
    made = named.reasons([(label, n, "") for label, n in labels.items()])
    source = parse(written({"reasons": made}, []), "x.yaml")
    assert source.findings == ()
    found = plain(source.root["reasons"])
    if isinstance(found, list):
        found = {item["label"].removesuffix(" (as labelled)"): item["n"] for item in found}
    assert found == labels


def test_a_comment_is_never_a_waiver():
    text = written({"stages": [Noted({"n": 1}, above="consortflow: allow B301: mine")]}, [])
    assert "consortflow: allow" not in text


@pytest.mark.parametrize("text", ["Lost to follow-up", "12 Month f/u", "Arm 1- Control", "Groups 1 to 6"])
def test_plain_words_need_no_quotation_marks(text):
    assert quoted_scalar(text) == text


def test_ids_are_given_once():
    named = Naming()
    assert named.arm("", "group-1", "Drug").keys == {}
    assert named.arm("", "group-2", "drug!").keys == {"id": "drug-2"}
    assert named.arm("", "group-3", "???").keys == {"id": "group-3"}
    assert named.arm("", "group-4", "x" * 100).keys == {"id": "group-4"}
    assert named.stage("drug", "period-1", "", "allocation") == {}
    assert named.stage("drug", "period-2", "", "allocation") == {"id": "allocation-2"}


@pytest.mark.parametrize("name", ["record", "writing", "terminology", "matching", "widths"])
def test_the_examples_in_the_documentation_hold(name):
    found = doctest.testmod(importlib.import_module(f"consortflow.registries.{name}"))
    assert found.attempted
    assert not found.failed
