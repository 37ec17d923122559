"""What every model of the study file is made from: the base, and texts, names and references."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

__all__ = ["MAX_LABEL", "Criterion", "Identifier", "Label", "Model", "Reference", "References", "Text"]

MAX_LABEL = 1000
_ID = r"^[^\s/]+$"


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
Criterion = TypeAliasType("Criterion", Annotated[str, AfterValidator(_not_blank), _NOT_BLANK])
"""Which participants are meant, in the language of `consortflow.schemas.criteria`; kept as it is written."""
Label = TypeAliasType(
    "Label",
    Annotated[
        str, AfterValidator(_one_line), AfterValidator(_not_blank), StringConstraints(max_length=MAX_LABEL), _NOT_BLANK
    ],
)
Identifier = TypeAliasType("Identifier", Annotated[str, StringConstraints(pattern=_ID, max_length=MAX_LABEL)])
Reference = TypeAliasType("Reference", Annotated[str, AfterValidator(_one_line), AfterValidator(_not_blank)])
"""A full id, an unambiguous tail of whole parts of one, or a kind that only one stage has."""


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


References = TypeAliasType(
    "References",
    Annotated[tuple[Reference, ...], Field(json_schema_extra={"consortflow": "OneOrMore"}), BeforeValidator(_listed)],
)
