"""The verb draw: a study to its figure."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from consortflow.checking import solved
from consortflow.schemas.collecting import undisturbed
from consortflow.schemas.labels import labels
from consortflow.schemas.study import Study

if TYPE_CHECKING:
    from consortflow.diagrams.chart import Table
    from consortflow.diagrams.figure import Figure
    from consortflow.disclosure import Disclosure
    from consortflow.solving import Solution

__all__ = ["draw", "draw_solution"]

Orientation: TypeAlias = Literal["portrait", "landscape"]
"""How a page is held."""


def draw(
    study: Study | str | os.PathLike[str],
    *,
    theme: str | None = None,
    width: float | str | None = None,
    height: float | str | None = None,
    page: Orientation | None = None,
    allow_invalid: bool = False,
    show_derived: bool | None = None,
    disclosure: Disclosure | None = None,
) -> Figure:
    """Return the figure of a study, or of the study file at a path.

    `theme` (a name, or the path of a TOML file), `width` (millimetres, "170mm", or the name of one of the theme's
    columns), `height` (the most it may have, if that can be) and `page` ("portrait" or "landscape": the width and
    height of an A4 page between margins, where these are not given) win over the study's own `picture`, whose theme's
    path is relative to the study file. Raises
    InvalidStudyError with every finding where the study has errors; with `allow_invalid`, counts that contradict are
    drawn as stated, their boxes marked and the arithmetic under the figure. Raises ThemeError for an unknown theme and
    WidthError where the figure cannot be that narrow (both are ValueErrors), GraphvizError (a RuntimeError) where
    Graphviz cannot be run, FileError where a file cannot be read. `show_derived` says whether counts that the study
    leaves out are marked, and wins over its `picture` too. `disclosure` hides small counts or rounds all, and
    DisclosureError (a ValueError) says where that cannot be done.
    """
    solution = solved(study, contradictions=allow_invalid, disclosure=disclosure)
    return draw_solution(solution, theme=theme, width=width, height=height, page=page, show_derived=show_derived)


@undisturbed()
def draw_solution(
    solution: Solution,
    *,
    theme: str | None = None,
    width: float | str | None = None,
    height: float | str | None = None,
    page: Orientation | None = None,
    show_derived: bool | None = None,
) -> Figure:
    """Return the figure of a solved flow; see `draw`."""
    from consortflow.diagrams.compose import compose
    from consortflow.diagrams.figure import draw_chart
    from consortflow.diagrams.theme import load_theme
    from consortflow.diagrams.width import PAGES, height_in_mm, width_in_mm

    study = solution.network.study
    picture = study.picture
    beside = os.path.dirname(study.source.name) if study.source is not None else ""  # noqa: PTH120 - "" stays ""
    chosen = load_theme(theme) if theme else load_theme(picture.theme or "consort", beside)
    if page is not None:  # what is asked for now wins over all that the study says of its size
        of_page: tuple[float | str | None, float | str | None] = PAGES[page]
    else:
        own = PAGES[picture.page] if picture.page else (None, None)
        of_page = picture.width or own[0], picture.height or own[1]
    wide = width if width is not None else of_page[0]
    tall = height if height is not None else of_page[1]
    if show_derived is not None:
        picture = picture.model_copy(update={"show_derived": show_derived})
    return draw_chart(
        compose(solution, picture),
        chosen,
        None if wide is None else width_in_mm(chosen, wide),
        None if tall is None else height_in_mm(chosen, tall),
        table=partial(_table, solution),
    )


def _table(solution: Solution) -> Table:
    """Return the attrition table as what a page prints beside the figure."""
    from consortflow.attrition import attrition
    from consortflow.diagrams.chart import Table
    from consortflow.report.attrition import cells

    heads, rows, names = cells(attrition(solution))
    caption = labels(solution.network.study.study.language)["page"]["counts"]
    return Table(caption, tuple(heads), tuple(map(tuple, rows)), names)
