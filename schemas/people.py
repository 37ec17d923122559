"""People who are counted, and what they are made of: reasons, lines inside a box, and those who left."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    StrictBool,
    StrictInt,
    Tag,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from typing_extensions import TypeAliasType

from consortflow.schemas.base import Criterion, Identifier, Label, Model, Text
from consortflow.schemas.count import UNITS, StatedCount
from consortflow.schemas.records import Missing

__all__ = [
    "Also", "Counted", "Detail", "Details", "Enters", "Exit", "Partition", "Reason", "Reasons", "Unexplained",
]  # fmt: skip

_LONG_FORM = ("n", "percent", "reasons", "where", "by")


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
    where: Criterion | None = None
    """Which participants are meant, where counts come from records."""
    missing: Missing | None = None
    """What missing values in `where` mean, where it is not what `records` says."""
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
    values: dict[str, Label] = Field(default_factory=dict)
    """The label of each value of the column `by`; several values may share one."""
    other: Label | None = None
    """The label of all other values of the column `by`."""


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
    where: Criterion | None = None
    """Which participants are meant, where counts come from records."""
    missing: Missing | None = None
    """What missing values in `where` mean, where it is not what `records` says."""
    by: Text | None = None
    """The column of the records whose values are the reasons."""
    values: dict[str, Label] = Field(default_factory=dict)
    """The label of each value of the column `by`; several values may share one."""
    other: Label | None = None
    """The label of all other values of the column `by`."""
    note: Text | None = None
    """A remark, printed as a footnote."""


_ENTERS = _Labelled("CountMap", nested=False)
Enters = TypeAliasType("Enters", Annotated[tuple[Counted, ...], _ENTERS, BeforeValidator(_ENTERS)])
