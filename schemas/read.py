"""A path or a text to a Study, or to every finding about why it is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from consortflow.schemas import base, people, records, stages
from consortflow.schemas import study as models
from consortflow.schemas.collecting import undisturbed
from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Span, quoted, rule
from consortflow.schemas.errors import InvalidStudyError
from consortflow.schemas.files import read_text
from consortflow.schemas.names import nearest
from consortflow.schemas.placed import Faulty, PlacedList, PlacedMap, Source
from consortflow.schemas.source import parse
from consortflow.schemas.stages import STAGE_MODELS
from consortflow.schemas.study import Study

__all__ = ["examine", "examine_source", "loads", "read"]

UNKNOWN_KEY = rule(
    "S101",
    "an unknown key",
    why="A key that nobody reads is a statement lost. It is usually a typing error, or a field of another kind of "
    "stage.",
    wrong="stages:\n  - kind: screening\n    lable: Screened",
    right="stages:\n  - kind: screening\n    label: Screened",
)
MISSING_KEY = rule(
    "S102",
    "a required key is missing",
    why="Without it there is nothing to draw or to count here.",
    wrong="stages:\n  - kind: other\n    n: 12",
    right="stages:\n  - kind: other\n    label: Attended the interview\n    n: 12",
)
WRONG_TYPE = rule(
    "S103",
    "a value of the wrong kind",
    why="The field holds another kind of value: text, a list, a mapping, a date, or one of a few words.",
    wrong="stages:\n  - kind: screening\n    exits: Excluded",
    right="stages:\n  - kind: screening\n    exits:\n      - label: Excluded",
)
UNKNOWN_KIND = rule(
    "S104",
    "an unknown kind of stage",
    why="The kind of a stage decides its fields, its default label and its place in the figure. "
    f"The kinds are {', '.join(STAGE_MODELS)}.",
    wrong="stages:\n  - kind: screened\n    n: 92",
    right="stages:\n  - kind: screening\n    n: 92",
)
NOT_A_COUNT = rule(
    "S105",
    "not a count",
    why="A count is a whole number from 0 up; unknown; a bound (<5, <=5, '>=10', 3-7); a percentage as printed "
    "({percent: 12.5, of: randomization}); or one of these for each unit. Anything else would be guessed at.",
    wrong="stages:\n  - kind: screening\n    n: about 90",
    right="stages:\n  - kind: screening\n    n: 92",
)
UNIT_MIXED_UP = rule(
    "S106",
    "units mixed up",
    why="In a study with several units each balances on its own, so every number must say what it counts, and no "
    "label may "
    "be read as a unit.",
    wrong="study: {units: [homes, residents]}\nstages:\n  - kind: screening\n    n: {homes: 4, people: 80}",
    right="study: {units: [homes, residents]}\nstages:\n  - kind: screening\n    n: {homes: 4, residents: 80}",
)

_HOLDERS: dict[str, type[BaseModel]] = {
    "study": models.About, "exits": people.Exit, "reasons": people.Reason, "excluded": people.Reason,
    "enters": people.Counted, "details": people.Detail, "detail": people.Detail, "outcomes": people.Detail,
    "partition": people.Partition, "also": people.Also, "arms": stages.Arm, "analysis_sets": models.AnalysisSet,
    "transfers": models.Transfer, "pooled": models.Pooled, "records": records.Records, "join": records.Join,
    "picture": models.Picture, "unexplained": people.Unexplained,
}  # fmt: skip
_HARMLESS = {"Y003", "Y007", "Y009", "S105"}
"""Findings that, at a count, leave the rest of the study to be checked with that count unknown."""


def read(path: str | os.PathLike[str]) -> Study:
    """Return the study in a file.

    Raises FileError where the file cannot be read, and InvalidStudyError with every finding where it is not a study.
    Whether its counts add up is not looked at: see `consortflow.check`.
    """
    return _valid(*examine(read_text(path), os.fspath(path)))


def loads(text: str, name: str = "<study>") -> Study:
    """Return the study in a text of YAML; `name` stands for the file in findings. Raises InvalidStudyError."""
    return _valid(*examine(text, name))


def _valid(study: Study | None, findings: Diagnostics) -> Study:
    if study is None or not findings.ok:
        raise InvalidStudyError(findings)
    return study


def examine(text: str, name: str = "<study>") -> tuple[Study | None, Diagnostics]:
    """Return the study in a text and every finding about its form.

    The study is None where its form is too damaged to look further. Where only counts are damaged it is returned with
    those counts unknown, so that what else contradicts can be said in the same run.
    """
    _, study, findings = examine_source(text, name)
    return study, findings


@undisturbed()
def examine_source(text: str, name: str) -> tuple[Source, Study | None, Diagnostics]:
    """Return the source as well, with what `examine` returns: it is there where the study is not."""
    source = parse(text, name)
    findings = list(source.findings)
    if not isinstance(source.root, PlacedMap) or any(d.code == "Y001" for d in findings):
        return source, None, Diagnostics(findings)
    study = None
    try:
        study = Study.model_validate(source.root)
    except ValidationError as error:
        reported = error.errors(include_url=False)
        problems = [problem for problem in reported if not _echo(problem, reported)]
        known = {d.span for d in findings}
        findings += [d for problem in problems if (d := _finding(problem, source)).span not in known]
        if all(d.code in _HARMLESS for d in findings):
            for problem in problems:
                _blank(source, problem["loc"])
            try:
                study = Study.model_validate(source.root)
            except ValidationError:
                study = None
    if study is not None:
        study._source = source
        if not all(d.code in _HARMLESS for d in findings):
            study = None
    return source, study, Diagnostics(findings)


def _echo(problem: Any, problems: list[Any]) -> bool:
    """Whether an error only repeats another: a list whose items are all damaged counts as empty."""
    if problem["type"] == "too_short":
        loc = problem["loc"]
        return any(other["loc"][: len(loc)] == loc and other is not problem for other in problems)
    return problem["type"] == "extra_forbidden" and isinstance(problem["input"], Faulty)


def _blank(source: Source, loc: tuple[str | int, ...]) -> None:
    """Put a faulty value, which a count reads as unknown, in the place of what could not be read."""
    holder, part = source.holder(loc)
    if isinstance(holder, PlacedMap):
        holder[str(part)] = Faulty()
    elif isinstance(holder, PlacedList) and isinstance(part, int):
        holder[part] = Faulty()


def _finding(problem: Any, source: Source) -> Diagnostic:
    """Return a Pydantic error as a finding in our words, at its place."""
    loc: tuple[str | int, ...] = problem["loc"]
    context: dict[str, Any] = problem.get("ctx") or {}
    value = problem["input"]
    at = source.locate(loc)
    match problem["type"]:
        case "count":
            return NOT_A_COUNT.found(context["message"], at, fix=context["fix"])
        case "unit_label":
            place = source.locate((*loc, context["label"]), key=True)
            return UNIT_MIXED_UP.found(context["message"], place, fix=context["fix"])
        case "extra_forbidden":
            return _unknown_key(loc, source)
        case "missing":
            return _missing_key(loc, source)
        case "union_tag_not_found":
            return MISSING_KEY.found("a stage needs a `kind`", at, fix=f"the kinds are {', '.join(STAGE_MODELS)}")
        case "union_tag_invalid":
            kind = str(context.get("tag", ""))
            where = source.locate((*loc, "kind"))
            return UNKNOWN_KIND.found(
                f"no kind of stage is called {quoted(kind)}",
                where,
                fix=nearest(kind, tuple(STAGE_MODELS), "the kinds are"),
            )
        case "literal_error":
            allowed = [word.strip(" '") for word in str(context.get("expected", "")).replace(" or ", ", ").split(",")]
            return WRONG_TYPE.found(
                f"{quoted(value)} is not one of the words for {_field(loc)}",
                at,
                fix=nearest(str(value), allowed, "write"),
            )
        case "units":
            return UNIT_MIXED_UP.found(problem["msg"], at, fix=context.get("fix", ""))
        case kind:
            return WRONG_TYPE.found(*_wrong_type(kind, loc, value, problem["msg"], at))


def _wrong_type(kind: str, loc: tuple[str | int, ...], value: Any, message: str, at: Span) -> tuple[str, Span]:
    field = _field(loc)
    wanted = {
        "string_type": f"{field} is text, and {quoted(value)} is {_a(value)}: put it in quotation marks",
        "tuple_type": f"{field} is a list, and this is {_a(value)}: start each item with a dash",
        "model_type": f"{field} is a mapping of keys to values, and this is {_a(value)}",
        "model_attributes_type": f"{field} is a mapping of keys to values, and this is {_a(value)}",
        "dict_type": f"{field} is a mapping of keys to values, and this is {_a(value)}",
        "bool_type": f"{field} is true or false, and this is {_a(value)}",
        "int_type": f"{field} is a whole number, and this is {_a(value)}",
        "float_type": f"{field} is a number, and this is {_a(value)}",
        "too_short": f"{field} is empty: write at least one item",
        "too_long": f"{field} is longer than {base.MAX_LABEL} characters: move the rest to a note",
        "blank": f"{field} is empty: write its text, or delete the key",
        "string_too_long": f"{field} is longer than {base.MAX_LABEL} characters: move the rest to a note",
        "string_pattern_mismatch": f"{quoted(value)} is no id: an id has no spaces and no slash",
        "greater_than": f"{field} is greater than 0",
        "greater_than_equal": f"{field} is 1 or more",
        "model_attributes": f"{field} is a mapping of keys to values",
    }
    if kind.startswith("date"):
        return f"{quoted(value)} is no date: write year-month-day, as in 2024-03-31", at
    return wanted.get(kind, message[:1].lower() + message[1:]), at


def _unknown_key(loc: tuple[str | int, ...], source: Source) -> Diagnostic:
    key = str(loc[-1])
    holder = _model(loc[:-1])
    known = sorted(
        name
        for name in _keys(holder)
        if name != "kind" or issubclass(holder, stages.StageBase | people.Exit | models.Transfer)
    )
    owners = [kind for kind, model in STAGE_MODELS.items() if key in _keys(model)]
    if issubclass(holder, stages.StageBase) and owners:
        fix = f"{key} belongs to {' and '.join(owners)}"
    else:
        fix = nearest(key, known, "the keys here are")
    return UNKNOWN_KEY.found(f"no key is called {quoted(key)} here", source.locate(loc, key=True), fix=fix)


def _missing_key(loc: tuple[str | int, ...], source: Source) -> Diagnostic:
    key = str(loc[-1])
    at = source.locate(loc[:-1])
    point = Span(at.file, at.line, at.column, at.line, at.column + 1)
    fix = {
        "label": "write what the figure should print",
        "of": "name the stage or set it is part of",
        "stages": "start with `stages:` and a list of stages",
    }.get(key, "")
    return MISSING_KEY.found(f"`{key}` is missing here", point, fix=fix)


def _model(loc: tuple[str | int, ...]) -> type[BaseModel]:
    """Return the model whose fields are expected at a place."""
    for part in reversed(loc):
        if isinstance(part, str):
            if part in STAGE_MODELS:
                return STAGE_MODELS[part]
            if part in _HOLDERS:
                return _HOLDERS[part]
    return Study


def _keys(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())


def _field(loc: tuple[str | int, ...]) -> str:
    names = [part for part in loc if isinstance(part, str) and part not in (*STAGE_MODELS, "detail")]
    if not names:
        return "this"
    return f"an item of `{names[-1]}`" if isinstance(loc[-1], int) else f"`{names[-1]}`"


def _a(value: Any) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "text"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case None:
            return "nothing"
        case _:
            return "a number"
