"""The study file as one frozen model: what a trial says about its participants' flow."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PlainValidator,
    PrivateAttr,
    StrictBool,
    model_validator,
)
from pydantic_core import PydanticCustomError

from consortflow.schemas.base import Criterion, Identifier, Label, Model, Reference, References, Text
from consortflow.schemas.count import UNITS, StatedCount
from consortflow.schemas.diagnostics import Diagnostics
from consortflow.schemas.people import Details, Reasons, Unexplained
from consortflow.schemas.placed import Source
from consortflow.schemas.records import Missing, Records
from consortflow.schemas.stages import Arm, Stage, StageBase

__all__ = ["About", "AnalysisSet", "Picture", "Pooled", "Study", "Transfer"]

TransferKind: TypeAlias = Literal["crossover", "re-entry", "retreatment", "as-treated", "extension"]


class Transfer(Model):
    """People who move sideways or back."""

    id: Identifier | None = None
    """A name to refer to; a slug of the label where none is given."""
    leave: Reference = Field(alias="from")
    """The stage or exit they come from."""
    to: Reference
    """The stage they go to."""
    label: Label | None = None
    """What the figure prints beside the arrow; the kind's default where none is given."""
    n: StatedCount | None = None
    """How many moved."""
    kind: TransferKind = "crossover"
    """What sort of move it is."""
    counted: StrictBool = True
    """Whether they are part of the flow: inside the count of the stage they go to, and gone from where they were."""
    note: Text | None = None
    """A remark, printed as a footnote."""


class AnalysisSet(Model):
    """People who were analysed, and simple outcomes among them: a subset of a stage, not a step."""

    id: Identifier | None = None
    """A name to refer to; a slug of the label where none is given."""
    label: Label
    """What the figure prints."""
    of: References
    """The stage, the set, or the disjoint ones it is part of."""
    within: Reference | None = None
    """The arm it belongs to."""
    n: StatedCount | None = None
    """How many were analysed."""
    excluded: Reasons | None = None
    """Who was not, and why; an empty mapping says that nobody was left out."""
    partial: StrictBool = False
    """`excluded` does not claim to be complete."""
    unexplained: Unexplained | None = None
    """A gap that the source itself has."""
    cutoff: datetime.date | None = None
    """The date the numbers refer to; that of what it is part of where none is given."""
    details: Details = ()
    """Lines inside the box that are no outcomes: the arms it holds, who completed."""
    outcomes: Details = ()
    """Events among those analysed."""
    where: Criterion | None = None
    """Which participants are meant, where counts come from records."""
    missing: Missing | None = None
    """What missing values in `where` mean, where it is not what `records` says."""
    note: Text | None = None
    """A remark, printed as a footnote."""


class Pooled(Model):
    """Reasons that the source gives only for several exits together."""

    id: Identifier | None = None
    """A name to refer to; a slug of the label where none is given."""
    label: Label | None = None
    """What the figure prints; the default where none is given."""
    over: Annotated[References, Field(min_length=1, json_schema_extra={"minItems": 1})]
    """The exits that share the reasons."""
    reasons: Reasons
    """The reasons, which sum to the exits."""
    overlapping: StrictBool = False
    """One person may have several reasons."""
    partial: StrictBool = False
    """The reasons do not claim to be complete."""
    note: Text | None = None
    """A remark, printed as a footnote."""


def _width(value: Any) -> float | str:
    from decimal import Decimal

    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value > 0:
        return float(value)
    if isinstance(value, str) and value.strip():
        return value.strip()
    shown = f"`width` is a number of millimetres above 0, or the name of a column, and this is {value}"
    raise PydanticCustomError("width", "{message}", {"message": shown})


Width: TypeAlias = Annotated[
    float | str, PlainValidator(_width, json_schema_input_type=Annotated[float, Field(gt=0)] | str)
]


class Picture(Model):
    """How to draw the flow; nothing here changes a count or a finding."""

    theme: Text | None = None
    """The name of a theme."""
    width: Width | None = None
    """In millimetres, or the name of one of the theme's columns."""
    height: Width | None = None
    """In millimetres: no taller than this where it can be, with smaller type where nothing else helps."""
    page: Literal["portrait", "landscape"] | None = None
    """The page it goes on: its width and height where these are not given."""
    percent: Literal["none", "previous", "randomised", "parent"] = "none"
    """What percentages beside counts are of."""
    show_derived: StrictBool = False
    """Mark counts that the file leaves out and the others determine."""
    zero_counts: StrictBool = True
    """Print lines whose count is 0."""
    bars: StrictBool = True
    """Draw the bars of the phases at the left."""
    sides: dict[str, Literal["left", "right"]] = Field(default_factory=dict)
    """The side an exit stands on, by its id."""
    order: tuple[Reference, ...] = ()
    """The arms, left to right."""


Design: TypeAlias = Literal[
    "single-arm", "parallel", "multi-arm", "crossover", "cluster", "stepped-wedge", "factorial", "non-inferiority",
    "dose-escalation", "platform", "within-person", "n-of-1", "pilot", "cohort", "diagnostic", "other",
]  # fmt: skip


class About(Model):
    """What the trial is."""

    title: Text | None = None
    """The trial's title."""
    registration: Text | None = None
    """Its number in a registry."""
    design: Design | None = None
    """Its design, which decides the reporting rules."""
    unit: Label | None = None
    """What is counted: participants where nothing is said."""
    units: Annotated[tuple[Label, ...], Field(min_length=1)] | None = None
    """What is counted, where several things are: clusters and participants."""
    data_cutoff: datetime.date | None = None
    """The date the numbers refer to."""
    abbreviations: dict[Label, Text] = Field(default_factory=dict)
    """What the short words of the labels stand for; the legend lists them."""
    language: Literal["en-US", "en-GB", "zh", "de", "fr", "es", "ja"] = "en-US"
    """The language of the default labels."""

    @model_validator(mode="after")
    def _one_way_to_say_units(self) -> "About":
        if self.unit is not None and self.units is not None:
            raise PydanticCustomError("units", "`unit` and `units` are both given", {"fix": "keep one of them"})
        if self.units is not None and len(set(self.units)) < len(self.units):
            raise PydanticCustomError("units", "a unit is named twice", {"fix": "name each unit once"})
        return self

    @property
    def counts(self) -> tuple[str, ...]:
        """The units that the study counts, in order."""
        return self.units or (self.unit or "participants",)


class Study(Model):
    """A trial's participant flow, as its study file describes it."""

    study: About = Field(default_factory=About)
    """What the trial is."""
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    """The flow, top to bottom."""
    analysis_sets: tuple[AnalysisSet, ...] = ()
    """Who was analysed, and simple outcomes."""
    transfers: tuple[Transfer, ...] = ()
    """People who move sideways or back."""
    pooled: tuple[Pooled, ...] = ()
    """Reasons given only for several exits together."""
    records: Records | None = None
    """Participants to count from, in place of numbers."""
    picture: Picture = Field(default_factory=Picture)
    """How to draw it."""

    _source: Source | None = PrivateAttr(default=None)
    _counted: Diagnostics | None = PrivateAttr(default=None)
    """What counting its records found, where its numbers come from them."""
    _tallied: frozenset[tuple[str, str]] = PrivateAttr(default=frozenset())
    """The ids of accounts whose numbers come from its records, each with its unit."""

    @property
    def source(self) -> Source | None:
        """The text it was read from, with the place of every key and value; None where it was built in Python."""
        return self._source

    def __eq__(self, other: object) -> bool:
        """Whether another study says the same, wherever it was read from."""
        return isinstance(other, Study) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.study, self.stages))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "Study":
        """Return a copy; one with other values has no source, whose places would mislead."""
        copy = super().model_copy(update=update, deep=deep)
        if update:
            copy._source = copy._counted = None
            copy._tallied = frozenset()
        return copy

    @model_validator(mode="wrap")
    @classmethod
    def _with_units(cls, data: Any, handler: ModelWrapValidatorHandler["Study"]) -> "Study":
        token = UNITS.set(frozenset(_units(data)) if isinstance(data, Mapping) else frozenset())
        try:
            return handler(data)
        finally:
            UNITS.reset(token)


def _units(data: Mapping[str, Any]) -> Iterable[str]:
    """Yield every unit that a study names, for the whole study or from a stage on."""
    about = data.get("study")
    if isinstance(about, About):
        yield from about.counts
    elif isinstance(about, Mapping):
        yield from _named(about) or ("participants",)
    else:
        yield "participants"
    waiting: list[Any] = [data.get("stages")]
    while waiting:
        for stage in _items(waiting.pop()):
            if isinstance(stage, StageBase):
                stage = {"unit": stage.unit, "units": stage.units, "arms": stage.arms}  # noqa: PLW2901 - one shape below
            if isinstance(stage, Mapping):
                yield from _named(stage)
                for arm in _items(stage.get("arms")):
                    waiting.append(
                        arm.stages if isinstance(arm, Arm) else arm.get("stages") if isinstance(arm, Mapping) else None
                    )


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else ()


def _named(node: Mapping[str, Any]) -> tuple[str, ...]:
    units = node.get("units")
    found = [node.get("unit"), *(units if isinstance(units, list | tuple) else ())]
    return tuple(unit for unit in found if isinstance(unit, str))
