"""One study file to its figures: what `draw` and a batch of files do with each. Nothing here prints.

Every format is made before any file is written, so that a figure which cannot be had in one leaves the others as they
were.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from consortflow.cli.terminal import CLEAN, OUTSIDE, PROBLEMS, USAGE, number_of
from consortflow.schemas.diagnostics import Diagnostics

if TYPE_CHECKING:
    from consortflow.diagrams.writers import Fonts
    from consortflow.disclosure import Disclosure

__all__ = ["Look", "Order", "Outcome", "Target", "rendered"]


class Look(NamedTuple):
    """What the command line says of how a figure looks; what it leaves out, the study file says."""

    theme: str | None = None
    width: str | None = None
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


def rendered(order: Order) -> Outcome:
    """Draw a study and write it to its targets. Raises FileError where one cannot be written."""
    from consortflow.checking import check_text
    from consortflow.diagrams.errors import (
        DotsError,
        GraphvizError,
        MissingExtraError,
        PictureError,
        ThemeError,
        TypefaceError,
        WidthError,
    )
    from consortflow.diagrams.theme import theme_names
    from consortflow.drawing import draw_solution
    from consortflow.schemas.errors import DisclosureError
    from consortflow.schemas.files import write_atomically

    name, look = order.name, order.look
    solution, findings = check_text(order.text, name)
    if solution is None or not (findings.ok or order.allow_invalid):
        trouble = f"{name} is not drawn: {number_of(len(findings.errors), 'error')}"
        return Outcome(PROBLEMS, findings.errors, trouble=trouble)
    try:
        if order.disclosure is not None:
            from consortflow.disclosure import published

            solution = published(solution, order.disclosure)
        figure = draw_solution(solution, **look._asdict())
        made = {form: figure.to_bytes(form, dpi=order.dpi, fonts=order.fonts) for _, form in order.targets}
    except (ThemeError, WidthError) as error:
        no_theme = isinstance(error, ThemeError) and error.known == theme_names()
        asked = look.theme if no_theme else look.width
        if asked is not None:
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
    for path, form in order.targets:
        if path == "-":
            sys.stdout.buffer.write(made[form])
            sys.stdout.buffer.flush()
        else:
            write_atomically(path, made[form])
    written = tuple(path for path, _ in order.targets if path != "-")
    return Outcome(CLEAN, findings.errors, tuple(f"{name}: {remark}" for remark in figure.remarks), written=written)
