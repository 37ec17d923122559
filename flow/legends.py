"""The verb legend: a study to the legend of its figure."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, overload

from consortflow.checking import solved
from consortflow.schemas.collecting import undisturbed

if TYPE_CHECKING:
    from consortflow.disclosure import Disclosure
    from consortflow.schemas.study import Study
    from consortflow.solving import Solution

__all__ = ["LEGEND_FORMATS", "LegendFormat", "legend", "legend_of"]

LegendFormat = Literal["text", "markdown", "latex", "docx"]
LEGEND_FORMATS: tuple[LegendFormat, ...] = ("text", "markdown", "latex", "docx")


@overload
def legend(
    study: Study | str | os.PathLike[str],
    *,
    format: Literal["text", "markdown", "latex"] = "text",
    show_derived: bool = True,
    disclosure: Disclosure | None = None,
) -> str: ...
@overload
def legend(study: Study | str | os.PathLike[str], *, format: Literal["docx"], show_derived: bool = True) -> bytes: ...
def legend(
    study: Study | str | os.PathLike[str],
    *,
    format: LegendFormat = "text",  # noqa: A002 - the word every caller expects
    show_derived: bool = True,
    disclosure: Disclosure | None = None,
) -> str | bytes:
    """Return the legend of a study's figure, or of the study file at a path: prose with every reason and count.

    Text, Markdown and LaTeX are text, a Word document ("docx") is bytes. With `show_derived` the legend says which
    counts the study leaves out and the others determine; `disclosure` hides small counts or rounds all. Raises
    InvalidStudyError with every finding where the study has errors, DisclosureError where it cannot be protected,
    FileError where a file cannot be read, ValueError for a format there is not, and MissingExtraError (an ImportError)
    where the library for Word is not installed.
    """
    if format not in LEGEND_FORMATS:
        msg = f"no legend as {format!r}; there are {', '.join(LEGEND_FORMATS)}"
        raise ValueError(msg)
    solution = solved(study, disclosure=disclosure)
    return legend_of(solution, format, show_derived=show_derived)


@undisturbed()
def legend_of(solution: Solution, format: LegendFormat = "text", *, show_derived: bool = True) -> str | bytes:  # noqa: A002 - as above
    """Return the legend of a solved flow; see `legend`."""
    from consortflow.prose import write_legend
    from consortflow.report import legend as writers

    made = write_legend(solution, derived=show_derived)
    match format:
        case "text":
            return writers.as_text(made)
        case "markdown":
            return writers.as_markdown(made)
        case "latex":
            return writers.as_latex(made)
        case "docx":
            return writers.as_docx(made)
