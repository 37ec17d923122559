"""One study file to its figures: what `draw` and a batch of files do with each. Nothing here prints.

Every format is made before any file is written, so that a figure which cannot be had in one leaves the others as they
were.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from consortflow.cli.recording import Recorder
from consortflow.cli.terminal import CLEAN, OUTSIDE, PROBLEMS, USAGE, number_of
from consortflow.diagrams.writers import PAGED, Wishes, write_pages
from consortflow.schemas.diagnostics import Diagnostics
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consortflow.diagrams.figure import Figure
    from consortflow.diagrams.writers import Fonts
    from consortflow.disclosure import Disclosure
    from consortflow.drawing import Orientation

__all__ = ["Look", "Order", "Outcome", "Target", "keep_inside", "numbered", "rendered"]


class Look(NamedTuple):
    """What the command line says of how a figure looks; what it leaves out, the study file says."""

    theme: str | None = None
    width: str | None = None
    height: str | None = None
    page: Orientation | None = None
    show_derived: bool | None = None


class Target(NamedTuple):
    """Where a figure goes, - for standard output, and in which format."""

    path: str
    format: str


class Order(NamedTuple):
    """A study in a text, the name of its file, and what to make of it."""

    name: str
    text: str
    targets: tuple[Target, ...]
    look: Look = Look()
    dpi: int = 300
    fonts: Fonts = "stack"
    allow_invalid: bool = False
    disclosure: Disclosure | None = None
    pages: bool = False
    """Whether what is taller than its page is cut into several files, numbered."""
    folder: str | None = None
    """What no file is written outside of."""
    records: tuple[str, ...] = ()
    """The tables to count from, in place of those that the study names."""


class Outcome(NamedTuple):
    """What came of an order."""

    code: int
    findings: Diagnostics = Diagnostics()
    """The errors of the study, also where it was drawn in spite of them."""
    remarks: tuple[str, ...] = ()
    """What the reader of the figure should know of how it was made to fit."""
    trouble: str = ""
    """Why there is no figure, in one sentence; empty where there is."""
    written: tuple[str, ...] = ()
    """The files that were written."""


def rendered(order: Order, *, waited_for: bool = False) -> Outcome:
    """Draw a study and write it to its targets. Raises FileError where one cannot be written.

    Where it is `waited_for`, a sign of life is shown while records are counted.
    """
    from consortflow.checking import check_text
    from consortflow.diagrams.errors import (
        DotsError,
        GraphvizError,
        PictureError,
        ThemeError,
        TypefaceError,
        WidthError,
    )
    from consortflow.diagrams.theme import theme_names
    from consortflow.drawing import draw_solution
    from consortflow.schemas.errors import DisclosureError, MissingExtraError
    from consortflow.schemas.files import write_atomically

    name, look = order.name, order.look
    count = Recorder(order.records, shown=waited_for)
    solution, findings = check_text(order.text, name, count=count)
    if said := count.unused(name, solution):
        return Outcome(USAGE, findings.errors, trouble=f"consortflow: {said}")
    if solution is None or not (findings.ok or order.allow_invalid):
        trouble = f"{name} is not drawn: {number_of(len(findings.errors), 'error')}"
        return Outcome(PROBLEMS, findings.errors, trouble=trouble)
    try:
        if order.disclosure is not None:
            from consortflow.disclosure import published

            solution = published(solution, order.disclosure)
        figure = draw_solution(solution, **look._asdict())
        sheets = figure.pages() if order.pages else (figure,)
        if len(sheets) > 1 and any(path == "-" and form not in PAGED for path, form in order.targets):
            trouble = f"consortflow: {name}: {len(sheets)} pages do not go to one standard output: give -o"
            return Outcome(USAGE, findings.errors, trouble=trouble)
        made = [file for target in order.targets for file in _files(target, sheets, order)]
    except (ThemeError, WidthError) as error:
        no_theme = isinstance(error, ThemeError) and error.known == theme_names()
        asked = (look.theme,) if no_theme else (look.width, look.height, look.page)
        if any(said is not None for said in asked):
            return Outcome(USAGE, findings.errors, trouble=f"consortflow: {error}")
        return Outcome(PROBLEMS, findings.errors, trouble=f"consortflow: {name}: {error}")
    except DotsError as error:
        return Outcome(USAGE, findings.errors, trouble=f"consortflow: {name}: {error}")
    except (DisclosureError, TypefaceError) as error:
        return Outcome(PROBLEMS, findings.errors, trouble=f"consortflow: {name}: {error}")
    except (GraphvizError, PictureError) as error:
        return Outcome(OUTSIDE, findings.errors, trouble=f"consortflow: {name}: {error}")
    except MissingExtraError as error:
        return Outcome(OUTSIDE, findings.errors, trouble=f"consortflow: {error}")
    for path, data in made:
        if path == "-":
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            keep_inside(path, order.folder)
            write_atomically(path, data)
    written = tuple(path for path, _ in made if path != "-")
    remarks = tuple(f"{name}: {remark}" for sheet in sheets for remark in sheet.remarks)
    return Outcome(CLEAN, findings.errors, remarks, written=written)


def _files(target: Target, sheets: Sequence[Figure], order: Order) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a target: one where its format has pages, and one a page where it has none."""
    path, form = target
    if len(sheets) > 1 and form in PAGED:
        wishes = Wishes(dpi=order.dpi, fonts=order.fonts)
        yield path, write_pages([sheet.scene for sheet in sheets], form, wishes)
        return
    for number, sheet in enumerate(sheets, 1):
        data = sheet.to_bytes(form, dpi=order.dpi, fonts=order.fonts)
        yield path if len(sheets) == 1 else numbered(path, number), data


def numbered(path: str, number: int) -> str:
    """Return the name of one page's file.

    >>> numbered("figure.svg", 2)
    'figure-2.svg'
    """
    place = Path(path)
    return str(place.with_name(f"{place.stem}-{number}{place.suffix}"))


def keep_inside(path: str, folder: str | None) -> None:
    """Raise FileError where a file would be written outside its folder, through a link that stands in it."""
    if folder is None:
        return
    home, target = os.path.realpath(folder), os.path.realpath(path)
    if os.path.commonpath([home, target]) != home:
        raise FileError(path, f"is a link that leads out of {folder}")
