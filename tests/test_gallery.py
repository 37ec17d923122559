"""The gallery shows every example, and the examples show everything that a study file can say."""

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import consortflow as cf
from consortflow.schemas.count import Count, PerUnit
from consortflow.schemas.people import Also, Counted, Detail, Exit, Partition, Reason, Unexplained
from consortflow.schemas.stages import STAGE_MODELS, Arm, StageBase
from consortflow.schemas.study import About, AnalysisSet, Picture, Pooled, Study, Transfer

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.consort.yaml"))
GALLERY = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
MODELS = (
    Study, About, *STAGE_MODELS.values(), Arm, Exit, Reason, Also, Counted, Detail, Partition, Unexplained, Transfer,
    Pooled, AnalysisSet, Picture,
)  # fmt: skip
RECORDS = {"records", "where", "missing", "by", "values", "other"}
"""What counts are taken from, where a file states none: a gallery of numbers has no use for it."""


def name(path):
    return path.name.removesuffix(".consort.yaml")


def field(model: type[BaseModel], key: str) -> str:
    """Return what a field is called in a study file, with the model that has it: a stage's, where all stages do."""
    owner = StageBase if key in StageBase.model_fields and issubclass(model, StageBase) else model
    return f"{owner.__name__}.{model.model_fields[key].alias or key}"


def choices(info: FieldInfo) -> set[str]:
    """Return the words that a field may be."""
    waiting, found = [info.annotation], set()
    while waiting:
        kind = waiting.pop()
        found |= set(get_args(kind)) if get_origin(kind) is Literal else set()
        waiting += [] if get_origin(kind) is Literal else get_args(kind)
    return {word for word in found if isinstance(word, str)}


class Said:
    """What study files say: the fields they give, the words they choose, and the counts they state."""

    def __init__(self) -> None:
        self.fields: set[str] = set()
        self.words: defaultdict[str, set[str]] = defaultdict(set)
        self.counts: list[Count] = []

    def read(self, value: object) -> None:
        if isinstance(value, BaseModel):
            for key in value.model_fields_set:
                inner, said = getattr(value, key), field(type(value), key)
                self.fields.add(said)
                if isinstance(inner, str):
                    self.words[said].add(inner)
                self.words[said] |= set(inner.values()) if key == "sides" else set()
                self.read(inner)
        elif isinstance(value, Count):
            self.counts.append(value)
        elif isinstance(value, PerUnit):
            self.counts += [count for _, count in value.counts]
        elif isinstance(value, tuple):
            for item in value:
                self.read(item)


STUDIES = {name(path): cf.read(path) for path in EXAMPLES}
SAID = Said()
for study in STUDIES.values():
    SAID.read(study)


def arms(stages):
    """Yield the arms of each split, those within arms too."""
    for stage in stages:
        if stage.arms:
            yield stage.arms
        for arm in stage.arms:
            yield from arms(arm.stages)


def test_the_gallery_shows_each_example_once_and_nothing_else():
    names = sorted(name(path) for path in EXAMPLES)
    assert sorted(re.findall(r"\]\(\.\./examples/([\w-]+)\.consort\.yaml\)", GALLERY)) == names
    assert sorted(re.findall(r"^!\[[^]]+\]\(figures/([\w-]+)\.svg\)$", GALLERY, re.MULTILINE)) == names


def test_each_section_of_the_gallery_has_words_and_a_picture_of_one_example():
    sections = re.split(r"^## .*\n", GALLERY, flags=re.MULTILINE)[1:]
    assert len(sections) == len(EXAMPLES)
    for section in sections:
        (file,) = re.findall(r"\]\(\.\./examples/([\w-]+)\.consort\.yaml\)", section)
        assert re.findall(r"\]\(figures/([\w-]+)\.svg\)", section) == [file]
        assert len(re.sub(r"!?\[[^]]*\]\([^)]*\)", "", section).split()) > 5, file


def test_no_two_examples_are_of_one_trial():
    titles = Counter(study.study.title for study in STUDIES.values())
    assert None not in titles
    assert titles.most_common(1)[0][1] == 1


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_everything_that_can_be_written_is_written_in_an_example(model):
    missing = {field(model, key) for key in model.model_fields if key not in RECORDS} - SAID.fields
    assert missing == set()


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (model, key)
        for model in MODELS
        for key, info in model.model_fields.items()
        if key not in RECORDS and choices(info)
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_every_word_that_can_be_chosen_is_chosen_in_an_example(model, key):
    info = model.model_fields[key]
    unshown = {"language": {"zh", "de", "fr", "es", "ja"}, "design": {"other"}}.get(key, set())
    if isinstance(info.default, str):
        unshown |= {info.default}
    assert choices(info) - SAID.words[field(model, key)] - unshown == set()


@pytest.mark.parametrize(
    ("form", "is_it"),
    {
        "unknown": lambda count: not count.stated,
        "no more than": lambda count: count.low == 0 and count.high not in (None, 0),
        "at least": lambda count: count.low > 0 and count.high is None,
        "from, to": lambda count: 0 < count.low < (count.high or 0),
        "zero": lambda count: count.exact == 0,
        "a percentage alone": lambda count: count.percent is not None and count.exact is None,
        "a number with its percentage": lambda count: count.percent is not None and count.exact is not None,
        "a percentage of another box": lambda count: count.percent is not None and count.percent.of is not None,
    }.items(),
)
def test_every_form_of_a_count_is_in_an_example(form, is_it):
    assert any(is_it(count) for count in SAID.counts), form


def test_two_three_five_and_eight_arms_are_shown_and_ratios_that_differ():
    splits = [split for study in STUDIES.values() for split in arms(study.stages)]
    assert {2, 3, 5, 8} <= {len(split) for split in splits}
    assert any(len({arm.ratio for arm in split} - {None}) > 1 for split in splits)


def test_transfers_are_counted_and_not_and_start_at_stages_and_exits():
    moves = [(study, move) for study in STUDIES.values() for move in study.transfers]
    assert {move.counted for _, move in moves} == {True, False}
    assert any(move.leave.split("/")[-1] in {exit_.id for exit_ in exits(study.stages)} for study, move in moves)


def exits(stages):
    for stage in stages:
        yield from stage.exits
        for arm in stage.arms:
            yield from exits(arm.stages)


def test_one_example_shows_findings_that_are_accepted_and_why():
    waived = {path.name: cf.check(path).waived for path in EXAMPLES}
    assert {file for file, found in waived.items() if found} == {"cohort.consort.yaml"}
    assert all(len(found.reason) > 20 for found in waived["cohort.consort.yaml"])
