"""The steps of a trial, a model for each kind, and the arms that a step splits into."""

import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    Discriminator,
    Field,
)

from consortflow.schemas.base import Criterion, Identifier, Label, Model, References, Text
from consortflow.schemas.count import StatedCount
from consortflow.schemas.people import Details, Enters, Exit, Unexplained
from consortflow.schemas.records import Missing

__all__ = [
    "STAGE_MODELS", "Allocation", "Analysis", "Apheresis", "Arm", "Bridging", "Enrollment", "FollowUp", "Infusion",
    "Lymphodepletion", "Manufacturing", "Other", "Randomization", "RunIn", "Screening", "Stage", "StageBase",
    "Treatment",
]  # fmt: skip


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
    phase: Label | None = None
    """The bar an arm without stages stands under, when it is not that of its split."""
    where: Criterion | None = None
    """Which participants are meant, where counts come from records."""
    missing: Missing | None = None
    """What missing values in `where` mean, where it is not what `records` says."""
    note: Text | None = None
    """A remark, printed as a footnote."""


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
    where: Criterion | None = None
    """Which participants are meant, where counts come from records."""
    missing: Missing | None = None
    """What missing values in `where` mean, where it is not what `records` says."""
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
