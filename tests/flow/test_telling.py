"""What is told of a flow: a structure that says what belongs to what, and running text made from it."""

import re

import consortflow as cf
from consortflow.telling import Told, flat, tell
from consortflow.words import Words

STUDY = """\
study: {unit: patients}
stages:
  - kind: screening
    enters: {Clinic: 25, Press: 15}
    exits:
      - label: Out
        n: 10
        reasons: {A: 4, B: {n: 6, partial: true, reasons: {C: 5}}}
        also: [{label: By sex, reasons: {Women: 6, Men: 4}}]
        note: They were told by letter.
  - kind: randomization
    arms:
      - label: Drug
        status: added
        stages:
          - kind: allocation
            n: 15
            details: [{label: Received, n: 14}]
            arms:
              - {label: High, stages: [{kind: treatment, n: 9}]}
              - {label: Low, stages: [{kind: treatment, label: Low dose}]}
      - {label: Placebo, stages: [{kind: apheresis, attempts: 16}]}
  - {kind: analysis, label: All, n: 30}
analysis_sets:
  - {label: Safety, of: randomization, n: 29, excluded: {Untreated: 1}, outcomes: {Death: 2}}
transfers: [{from: drug/allocation, to: placebo/apheresis, n: 1, counted: false}]
pooled: [{over: [screening/out], reasons: {X: 10}}]
"""


def told(text=STUDY):
    return tell(Words(cf.solve(cf.loads(text))))


def every(items):
    for item in items:
        yield item
        yield from every(item.parts)


def roles(item):
    return [part.role for part in item.parts]


def test_arms_stand_in_the_box_that_splits_and_hold_their_boxes():
    first, split, last, *rest = told()
    assert [item.role for item in (first, split, last, *rest)] == ["stage"] * 3 + ["set", "transfer", "pooled"]
    drug, placebo = (part for part in split.parts if part.role == "arm")
    allocation = next(part for part in drug.parts if part.role == "stage")
    assert [part.account for part in allocation.parts if part.role == "arm"] == ["drug/high", "drug/low"]
    assert [part.account for part in placebo.parts] == ["placebo/apheresis"]
    assert last.account == "all"


def test_a_box_holds_who_joined_it_and_who_left_with_their_reasons():
    first = told()[0]
    assert roles(first) == ["joined", "exit"]
    joined, out = first.parts
    assert [part.account for part in joined.parts] == ["screening/clinic", "screening/press"]
    assert roles(out) == ["reason", "reason", "division", "note"]
    assert out.parts[2].lead == "By sex"
    assert [part.text for part in out.parts[1].parts] == ["C (n\u00a0=\u00a05)", "Not all reasons are given."]


def test_remarks_are_told_with_what_they_are_about():
    notes = {item.text for item in every(told()) if item.role == "note"}
    assert notes == {"They were told by letter.", "Not all reasons are given.", "Arm added."}
    assert (
        "Left: Out (n = 10): A (n = 4); B (n = 6) [C (n = 5); Not all reasons are given]; By sex: Women (n = 6); "
        "Men (n = 4). They were told by letter. "
    ) in flat(told())


def test_every_account_is_told_once():
    solution = cf.solve(cf.loads(STUDY))
    ids = [item.account for item in every(tell(Words(solution))) if item.account]
    assert sorted(ids) == sorted(solution.network.accounts)


def test_running_text_has_every_word_of_the_structure():
    text = flat(told())
    for item in every(told()):
        for words in (item.text, item.lead):
            assert words.replace("\u00a0", " ").rstrip(".") in text
    assert not re.search(r"\.\.|::|\s\s|\u00a0", text)


def test_attempts_and_transfers_are_told_in_words():
    text = flat(told())
    assert "Underwent apheresis (n = 15); of them: Attempts (n = 16)." in text
    assert "Crossed over (n = 1), from Allocated to Drug to Underwent apheresis (Placebo)." in text


def test_what_is_told_reads_as_a_line_of_its_own():
    assert str(Told("exit", "Out (n = 3)", lead="Left")) == "Left: Out (n = 3)"
    assert str(Told("arm", "Drug (n = 3)", lead="Arm")) == "Arm Drug (n = 3)"
    assert str(Told("of-them", "", lead="of them")) == "of them"
