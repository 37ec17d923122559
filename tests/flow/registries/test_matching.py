"""Which arm is which group."""

import pytest

from consortflow.registries.matching import likeness, paired


def test_the_same_label_is_the_same_thing_whatever_the_numbers_are():
    ones = {"a": ("Drug", 10), "b": ("Placebo", 10)}
    others = {1: ("placebo", 9), 2: ("DRUG", 10)}
    assert paired(ones, others) == {"a": 2, "b": 1}


def test_labels_that_share_their_words_are_paired():
    ones = {"g1": ("Arm A: Coaching app", 5), "g2": ("Arm B: Usual care", 5)}
    others = {"x": ("Allocated to usual care", 5), "y": ("Coaching app group", 5)}
    assert paired(ones, others) == {"g1": "y", "g2": "x"}


def test_labels_that_are_as_close_to_two_are_left_to_the_numbers():
    ones = {"low": ("Xanomeline 50", 84), "high": ("Xanomeline 75", 86)}
    others = {1: ("Xanomeline", 86), 2: ("Drug", 84)}
    assert paired(ones, others) == {"high": 1, "low": 2}


def test_a_number_that_two_have_decides_nothing_and_what_is_left_over_is_paired():
    ones = {"a": ("One", 7), "b": ("Two", 7), "c": ("Three", 3)}
    others = {1: ("Eins", 7), 2: ("Zwei", 7), 3: ("Drei", 3)}
    assert paired(ones, others) == {"c": 3}
    assert paired({"a": ("One", 7), "b": ("Two", 3)}, {1: ("Eins", 9), 2: ("Zwei", 3)}) == {"b": 2, "a": 1}
    assert paired({}, others) == {}


def test_two_things_of_one_label_are_told_apart_by_their_numbers():
    ones = {"a": ("Cohort", 3), "b": ("Cohort", 4)}
    assert paired(ones, {1: ("Cohort", 4), 2: ("Cohort", 3)}) == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [("Arm 1", "Arm 1", 1, 1), ("Placebo", "Placebo tablets", 0.6, 0.7), ("A", "B", 0, 0), ("", "x", 0, 0)],
)
def test_likeness_is_the_share_of_words(one, other, low, high):
    assert low <= likeness(one, other) <= high
