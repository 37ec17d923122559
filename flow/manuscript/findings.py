"""What can be wrong with a manuscript's markers: the rules of family M, and the error that carries the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consortflow.schemas.diagnostics import Severity, rule
from consortflow.schemas.errors import ConsortflowError

if TYPE_CHECKING:
    from consortflow.schemas.diagnostics import Diagnostics

__all__ = ["DAMAGED", "LETTER", "MISPLACED", "OPTION", "TWICE", "UNKNOWN", "UNMARKED", "InvalidManuscriptError"]

UNKNOWN = rule(
    "M101",
    "a marker names no study that was given",
    why="A marker names a study by its file without the ending: trial.consort.yaml is trial. This one waits for a "
    "figure and no study of that name was given, as where the name is misspelt. A marker whose figure is already "
    "there is left alone.",
    wrong="",
    right="",
    severity=Severity.WARNING,
    waivable=False,
)
UNMARKED = rule(
    "M102",
    "a manuscript has no marker for a study",
    why="A figure is put where its marker stands, and nowhere else. In Markdown and HTML a marker is <!-- consortflow: "
    "NAME -->, in TeX % consortflow: NAME, in Typst // consortflow: NAME, in JATS <?consortflow NAME?>, in Word a "
    "paragraph [consortflow: NAME]; NAME is the study's file without its ending. A marker in a code block, in "
    "verbatim text, in a comment or in a script is not one.",
    wrong="",
    right="",
)
MISPLACED = rule(
    "M103",
    "a marker stands where no figure can",
    why="A figure is a block of its own: it cannot stand inside a line of Markdown, in a header, a footnote or a text "
    "box of a Word document, or among the metadata of an article.",
    wrong="",
    right="",
)
TWICE = rule(
    "M104",
    "a study is marked twice",
    why="A figure has one identifier, which the text refers to. The same figure in two places would define it twice, "
    "and references would lead to one of them.",
    wrong="",
    right="",
)
DAMAGED = rule(
    "M105",
    "the end of a figure does not match its marker",
    why="What lies between a marker and its end is replaced when the figure is refreshed. Where an end has no "
    "beginning, or another marker comes first, replacing could take what somebody wrote. Delete the end that is "
    "left over, or put it back behind its figure.",
    wrong="",
    right="",
)
OPTION = rule(
    "M106",
    "a marker asks for what there is not",
    why="After the name, a marker takes options: legend: keep, width: 170mm, theme: NAME, image: PATH, attributes: no. "
    "One that is misspelt would be passed over in silence, and the figure would not be what was asked for.",
    wrong="",
    right="",
)
LETTER = rule(
    "M107",
    "a manuscript's encoding has no such letter",
    why="The manuscript is not in UTF-8, and its encoding cannot hold a letter of the legend. Nothing is written: a "
    "question mark in its place would be printed. Save the manuscript as UTF-8.",
    wrong="",
    right="",
)


class InvalidManuscriptError(ConsortflowError, ValueError):
    """A manuscript cannot take the figures; `diagnostics` holds every finding, with its place."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        first = diagnostics.errors[0]
        more = f" (and {len(diagnostics.errors) - 1} more)" if len(diagnostics.errors) > 1 else ""
        super().__init__(f"{first}{more}" + (f": {first.fix}" if first.fix else ""))
        self.diagnostics = diagnostics
