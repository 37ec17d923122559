"""A study on a page of documentation: its figure with its words, or what is wrong, in sentences with places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consortflow.manuscript.piece import Piece, captioned
from consortflow.schemas.diagnostics import Severity
from consortflow.schemas.errors import ConsortflowError, FileError

if TYPE_CHECKING:
    from consortflow.schemas.diagnostics import Diagnostic

__all__ = ["Problem", "drawn", "drawn_text"]


class Problem(NamedTuple):
    """What keeps a figure from a page, and the line of the study file that says so (0 for none)."""

    message: str
    line: int = 0

    @classmethod
    def of(cls, finding: Diagnostic) -> Problem:
        """Return a finding as the log of a build says it."""
        fix = f" ({finding.fix})" if finding.fix else ""
        return cls(f"{finding.severity}[{finding.code}]: {finding.message}{fix}", finding.span.line)


def drawn(
    path: str, name: str, *, theme: str | None = None, width: str | None = None, legend: bool = True
) -> tuple[Piece | None, tuple[Problem, ...]]:
    """Return the piece of the study file at a path, or, in its place, every problem."""
    from consortflow.schemas.files import read_text

    try:
        text = read_text(path)
    except FileError as error:
        return None, (Problem(error.problem),)
    return drawn_text(text, path, name, theme=theme, width=width, legend=legend)


def drawn_text(
    text: str, path: str, name: str, *, theme: str | None = None, width: str | None = None, legend: bool = True
) -> tuple[Piece | None, tuple[Problem, ...]]:
    """Return the piece of a study's text, or, in its place, every problem; `path` is what themes are relative to."""
    from consortflow.checking import check_text
    from consortflow.drawing import draw_solution

    solution, findings = check_text(text, path)
    errors = tuple(Problem.of(finding) for finding in findings if finding.severity is Severity.ERROR)
    if solution is None or errors:
        return None, errors
    try:
        figure = draw_solution(solution, theme=theme, width=width)
    except ConsortflowError as error:
        return None, (Problem(str(error)),)
    return Piece(name, figure, captioned(solution) if legend else None, width_mm=figure.width_mm if width else None), ()
