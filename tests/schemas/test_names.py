import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortflow.schemas.names import Names, slug


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Received inati-cel infusion", "received-inati-cel-infusion"),
        ("Met criteria (<5% blasts)", "met-criteria-5-blasts"),
        ("  A  ", "a"),
        ("???", ""),
        ("", ""),
        ("Größe", "grösse"),
        ("患者", "患者"),
        ("a/b", "a-b"),
    ],
)
def test_a_label_becomes_an_id(label, name):
    assert slug(label) == name


@given(st.text())
def test_an_id_has_no_spaces_and_no_slash_and_is_its_own(label):
    name = slug(label)
    assert not any(c.isspace() or c == "/" for c in name)
    assert slug(name) == name


@pytest.fixture
def names():
    made = Names()
    made.add("screening", "screening")
    made.add("a/treatment", "treatment")
    made.add("b/treatment", "treatment")
    made.add("b/follow", "follow-up")
    made.add("b/follow/died")
    return made


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        ("screening", ("screening",)),
        ("a/treatment", ("a/treatment",)),
        ("treatment", ("a/treatment", "b/treatment")),
        ("follow", ("b/follow",)),
        ("follow-up", ("b/follow",)),
        ("follow/died", ("b/follow/died",)),
        ("died", ("b/follow/died",)),
        ("llow", ()),
        ("a", ()),
        ("", ()),
    ],
)
def test_a_reference_is_an_id_or_a_tail_of_whole_parts_or_a_kind(names, reference, meant):
    assert names.find(reference) == meant


def test_a_full_id_wins_over_a_tail():
    names = Names()
    names.add("a/x")
    names.add("x")
    assert names.find("x") == ("x",)


def test_an_id_is_taken_once(names):
    assert not names.add("screening", "screening")
    assert names.find("screening") == ("screening",)
    assert "screening" in names


def test_the_nearest_name_is_suggested(names):
    assert names.nearest("screenign") == "screening"
    assert names.nearest("zzzzzz") == ""
