"""The study file as frozen models: what a trial says about its participants' flow."""

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from consortflow.schemas.count import UNITS, Percent, StatedCount
from consortflow.schemas.source import Source
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PlainValidator,
    PrivateAttr,
    StrictBool,
    StrictInt,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from typing_extensions import TypeAliasType

__all__ = [
    "STAGE_MODELS",
    "About",
    "Allocation",
    "Also",
    "Analysis",
    "AnalysisSet",
    "Apheresis",
    "Arm",
    "Bridging",
    "Detail",
    "Enrollment",
    "Exit",
    "FollowUp",
    "Infusion",
    "Lymphodepletion",
    "Manufacturing",
    "Other",
    "Partition",
    "Percent",
    "Picture",
    "Pooled",
    "Randomization",
    "Reason",
    "Records",
    "RunIn",
    "Screening",
    "Stage",
    "StageBase",
    "Study",
    "Transfer",
    "Treatment",
    "Unexplained",
]  # fmt: skip

MAX_LABEL = 1000
_ID = r"^[^\s/]+$"
_LONG_FORM = ("n", "percent", "reasons", "where", "by")


class Model(BaseModel):
    """The base of every model: closed, frozen, its fields described by the text under them.

    Pydantic would read those descriptions from the source at every start (40 ms); `consortflow.schemas.generate` reads
    them once, for the JSON Schema.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _one_line(text: str) -> str:
    return (
        re.sub(r"\s+", " ", text).strip()
        if not text.isprintable() or "  " in text or text[:1] == " " or text[-1:] == " "
        else text
    )


def _not_blank(text: str) -> str:
    if not any(c.isprintable() and not c.isspace() for c in text):
        raise PydanticCustomError("blank", "the text is empty")
    return text


_NOT_BLANK = Field(json_schema_extra={"pattern": r"\S"})
Text = TypeAliasType("Text", Annotated[str, AfterValidator(_one_line), AfterValidator(_not_blank), _NOT_BLANK])
"""Text of one line: runs of white space become single spaces."""
Label = TypeAliasType(
    "Label",
    Annotated[
        str, AfterValidator(_one_line), AfterValidator(_not_blank), StringConstraints(max_length=MAX_LABEL), _NOT_BLANK
    ],
)
Identifier = TypeAliasType("Identifier", Annotated[str, StringConstraints(pattern=_ID, max_length=MAX_LABEL)])
Reference = TypeAliasType("Reference", Annotated[str, AfterValidator(_one_line), AfterValidator(_not_blank)])
"""A full id, an unambiguous tail of whole parts of one, or a kind that only one stage has."""


class _Labelled:
    """Reads a mapping from label to count, or to more, as the list it stands for; a list passes through.

    `long_form` marks mappings that are an item's own fields; `partition` allows items that divide a box completely.
    """

    def __init__(self, name: str, *, nested: bool, partition: bool = False) -> None:
        self.name = name
        self.nested = nested
        self.partition = partition

    def __call__(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return [self._item(label, content) for label, content in value.items()]
        if isinstance(value, list | tuple):
            return [fold_percent(item) for item in value]
        return value

    def _item(self, label: str, content: Any) -> Any:
        if self.partition and label == "partition" and isinstance(content, Mapping):
            return {"partition": content}
        if label in UNITS.get():
            raise PydanticCustomError(
                "unit_label",
                "{message}",
                {
                    "message": f'"{label}" is a unit of this study, not a label',
                    "fix": "give the line another label",
                    "label": label,
                },
            )
        if isinstance(content, Mapping) and not isinstance(content, BaseModel):
            units = UNITS.get()
            if content and units and all(key in units for key in content):
                return {"label": label, "n": content}
            if any(key in content for key in _LONG_FORM):
                return {**fold_percent(content), "label": label}
            if self.nested:
                return {"label": label, "reasons": content}
        return {"label": label, "n": content}

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(core), {"consortflow": self.name}]}


def fold_percent(item: Any) -> Any:
    """Return an item with the `percent` and `of` that stand beside its `n` moved into its count."""
    if not isinstance(item, Mapping) or "percent" not in item:
        return item
    rest = {key: value for key, value in item.items() if key not in ("n", "percent", "of")}
    return {**rest, "n": {key: item[key] for key in ("n", "percent", "of") if key in item}}


class Unexplained(Model):
    """A gap that the source itself has: people whom its numbers neither keep nor let leave."""

    n: StrictInt | dict[str, StrictInt]
    """How many, for each unit where there are several; negative where the source has more than it can account for."""
    note: Text | None = None
    """What the source says about it."""


class Counted(Model):
    """Something with a label and a count."""

    label: Label
    """What the figure prints."""
    n: StatedCount | None = None
    """How many; left out or `unknown` where it is to be solved."""
    where: Text | None = None
    """Which participants are meant, where counts come from records."""
    note: Text | None = None
    """A remark, printed as a footnote."""


class Reason(Counted):
    """Why people left, and how many for this reason; reasons may have reasons of their own."""

    reasons: "Reasons" = ()
    """What this reason is made of."""
    overlapping: StrictBool = False
    """One person may have several of the reasons below."""
    partial: StrictBool = False
    """The reasons below do not claim to be complete."""
    by: Text | None = None
    """The column of the records whose values are the reasons."""


_REASONS = _Labelled("ReasonMap", nested=True)
Reasons = TypeAliasType("Reasons", Annotated[tuple["Reason", ...], _REASONS, BeforeValidator(_REASONS)])


class Also(Model):
    """The same people divided in another way; the parts add up again."""

    label: Label
    """What the division is by."""
    reasons: Reasons
    """Its parts."""
    overlapping: StrictBool = False
    """One person may be in several parts."""
    partial: StrictBool = False
    """The parts do not claim to be complete."""


class Detail(Counted):
    """A line inside a box that nobody leaves by: who received the intervention, who attended a visit."""

    reasons: Reasons = ()
    """What the line is made of."""
    overlapping: StrictBool = False
    """One person may have several of the reasons below."""
    partial: StrictBool = False
    """The reasons below do not claim to be complete."""


class Partition(Model):
    """Lines that together make up the whole box."""

    partition: Annotated[tuple[Detail, ...], _REASONS, BeforeValidator(_REASONS)]
    """The lines, which sum to the box."""


def _detail_form(value: Any) -> str:
    return (
        "partition"
        if isinstance(value, Partition) or (isinstance(value, Mapping) and "partition" in value)
        else "detail"
    )


DetailItem: TypeAlias = Annotated[
    Annotated[Detail, Tag("detail")] | Annotated[Partition, Tag("partition")], Discriminator(_detail_form)
]
_DETAILS = _Labelled("DetailMap", nested=True, partition=True)
Details = TypeAliasType("Details", Annotated[tuple[DetailItem, ...], _DETAILS, BeforeValidator(_DETAILS)])

ExitKind: TypeAlias = Literal["excluded", "discontinued", "lost-to-follow-up", "withdrew", "died", "ongoing", "other"]


class Exit(Model):
    """People who left between a stage and the next one."""

    id: Identifier | None = None
    """A name to refer to; a slug of the label where none is given."""
    label: Label | None = None
    """What the figure prints; the kind's default where none is given."""
    kind: ExitKind = "excluded"
    """How they left. People who are ongoing have not left the study, and are never called a loss."""
    n: StatedCount | None = None
    """How many left."""
    reasons: Reasons = ()
    """Why they left; the reasons sum to `n`."""
    overlapping: StrictBool = False
    """One person may have several reasons: each is at most `n`, and together they are at least `n`."""
    partial: StrictBool = False
    """The reasons do not claim to be complete: together they are at most `n`."""
    also: tuple[Also, ...] = ()
    """Other divisions of the same people."""
    details: Details = ()
    """Lines inside the box that do not divide it."""
    unexplained: Unexplained | None = None
    """A gap between `n` and the reasons that the source itself has."""
    where: Text | None = None
    """Which participants are meant, where counts come from records."""
    by: Text | None = None
    """The column of the records whose values are the reasons."""
    note: Text | None = None
    """A remark, printed as a footnote."""


class Arm(Model):
    """A group that a stage splits into, with stages of its own."""

    id: Identifier | None = None
    """A name to refer to; a slug of the label where none is given."""
    label: Label
    """The arm's name; it heads its first box."""
    n: StatedCount | None = None
    """How many entered the arm."""
    ratio: Annotated[int, Field(strict=True, ge=1)] | None = None
    """The arm's part in the allocation ratio."""
    status: Literal["dropped", "added", "non-randomised"] | None = None
    """An arm that was not open throughout, or that nobody was randomised to."""
    stages: tuple["Stage", ...] = ()
    """What happens in the arm, top to bottom."""
    where: Text | None = None
    """Which participants are meant, where counts come from records."""
    note: Text | None = None
    """A remark, printed as a footnote."""


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


References = TypeAliasType(
    "References",
    Annotated[tuple[Reference, ...], Field(json_schema_extra={"consortflow": "OneOrMore"}), BeforeValidator(_listed)],
)
_ENTERS = _Labelled("CountMap", nested=False)
Enters = TypeAliasType("Enters", Annotated[tuple[Counted, ...], _ENTERS, BeforeValidator(_ENTERS)])


class StageBase(Model):
    """A box of the flow: the people who reached a step of the trial."""

    kind: str
    """What the stage is."""
    id: Identifier | None = None
    """A name to refer to; a slug of the label, or of the kind, where none is given."""
    label: Label | None = None
    """What the figure prints; the kind's default where none is given."""
    n: StatedCount | None = None
    """Everyone in the box, those who join here included."""
    come_from: References | None = Field(default=None, alias="from")
    """The stage or stages people come from, where it is not the one before in the list."""
    enters: Enters = ()
    """People who join at this stage; at a first stage, its sources."""
    details: Details = ()
    """Lines inside the box that nobody leaves by."""
    exits: tuple[Exit, ...] = ()
    """People who left between this stage and the next; none where nobody left."""
    arms: tuple[Arm, ...] = ()
    """The groups this stage splits into."""
    unit: Label | None = None
    """What is counted from here on, where it changes."""
    units: tuple[Label, ...] | None = None
    """What is counted from here on, where several things are."""
    phase: Label | None = None
    """The bar the stage stands under, when it is not its kind's."""
    unexplained: Unexplained | None = None
    """A gap between this stage and the next that the source itself has."""
    cutoff: datetime.date | None = None
    """The date the numbers refer to; the study's data cutoff where none is given."""
    where: Text | None = None
    """Which participants are meant, where counts come from records."""
    source: Text | None = None
    """Where the number came from."""
    note: Text | None = None
    """A remark, printed as a footnote."""


class Screening(StageBase):
    """People assessed for eligibility."""

    kind: Literal["screening"]


class Enrollment(StageBase):
    """People who joined the trial."""

    kind: Literal["enrollment"]
    definition: Text | None = None
    """What the trial calls enrolled."""


class Apheresis(StageBase):
    """People whose cells were collected."""

    kind: Literal["apheresis"]
    attempts: StatedCount | None = None
    """How many collections were made: procedures, not people."""


class Manufacturing(StageBase):
    """People whose product was made."""

    kind: Literal["manufacturing"]
    attempts: StatedCount | None = None
    """How many products were started: attempts, not people."""


class Bridging(StageBase):
    """People who had therapy while their product was made."""

    kind: Literal["bridging"]
    regimen: Text | None = None
    """The therapy."""


class Lymphodepletion(StageBase):
    """People who received lymphodepleting chemotherapy."""

    kind: Literal["lymphodepletion"]
    regimen: Text | None = None
    """The chemotherapy."""


class Infusion(StageBase):
    """People who were infused."""

    kind: Literal["infusion"]
    product: Text | None = None
    """What was infused."""
    dose: Text | None = None
    """How much."""


class RunIn(StageBase):
    """People who entered a run-in period."""

    kind: Literal["run-in"]


class Randomization(StageBase):
    """People who were randomised."""

    kind: Literal["randomization"]


class Allocation(StageBase):
    """People allocated to an arm."""

    kind: Literal["allocation"]


class Treatment(StageBase):
    """People who were treated."""

    kind: Literal["treatment"]


class FollowUp(StageBase):
    """People who were followed."""

    kind: Literal["follow-up"]


class Analysis(StageBase):
    """People who were analysed."""

    kind: Literal["analysis"]


class Other(StageBase):
    """A step of any other kind; its label says which."""

    kind: Literal["other"]
    label: Label
    """What the figure prints."""


Stage: TypeAlias = Annotated[
    Screening | Enrollment | Apheresis | Manufacturing | Bridging | Lymphodepletion | Infusion | RunIn | Randomization
    | Allocation | Treatment | FollowUp | Analysis | Other,
    Discriminator("kind"),
]  # fmt: skip

STAGE_MODELS: dict[str, type[StageBase]] = {
    "screening": Screening, "enrollment": Enrollment, "apheresis": Apheresis, "manufacturing": Manufacturing,
    "bridging": Bridging, "lymphodepletion": Lymphodepletion, "infusion": Infusion, "run-in": RunIn,
    "randomization": Randomization, "allocation": Allocation, "treatment": Treatment, "follow-up": FollowUp,
    "analysis": Analysis, "other": Other,
}  # fmt: skip
"""The model of each kind of stage."""

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
    outcomes: Details = ()
    """Events among those analysed."""
    where: Text | None = None
    """Which participants are meant, where counts come from records."""
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


class Records(Model):
    """Participants to count from, in place of numbers."""

    table: Text
    """The file of records, one row per participant."""
    id: Text
    """The column that names the participant."""
    unit: Label | None = None
    """What a row is."""


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
    language: Literal["en-US", "en-GB"] = "en-US"
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
            copy._source = None
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
