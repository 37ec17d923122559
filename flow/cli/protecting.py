"""The options of every command that shows counts: hide small ones, or round all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from consortflow.cli.terminal import PROBLEMS, USAGE, stop

if TYPE_CHECKING:
    from consortflow.disclosure import Disclosure
    from consortflow.solving import Solution

__all__ = ["Mask", "Midpoint", "Round", "disclosure_of", "protected", "write_protected"]

Mask = Annotated[
    int | None,
    typer.Option(
        "--mask", min=2, metavar="K", help="Hide counts below K, and as many more as it takes that none can be told."
    ),
]
Round = Annotated[
    int | None, typer.Option("--round", min=2, metavar="N", help="Round every count to the nearest N, as 5.")
]
Midpoint = Annotated[
    int | None,
    typer.Option("--midpoint", min=2, metavar="N", help="Round every count to the middle of its group of N, as 6."),
]


def disclosure_of(mask: int | None, nearest: int | None, midpoint: int | None) -> Disclosure | None:
    """Return what the options ask for; more than one of them is wrong usage."""
    given = sum(number is not None for number in (mask, nearest, midpoint))
    if given == 0:
        return None
    if given > 1:
        stop("--mask, --round and --midpoint exclude each other", USAGE)
    from consortflow.disclosure import Disclosure

    if mask is not None:
        return Disclosure("mask", mask)
    if nearest is not None:
        return Disclosure("round", nearest)
    return Disclosure("midpoint", midpoint) if midpoint is not None else None


def protected(solution: Solution, disclosure: Disclosure | None, name: str) -> Solution:
    """Return a solved flow as it may be shown; a flow that cannot be protected ends the run."""
    if disclosure is None:
        return solution
    from consortflow.disclosure import published
    from consortflow.schemas.errors import DisclosureError

    try:
        return published(solution, disclosure)
    except DisclosureError as error:
        stop(f"{name}: {error}", PROBLEMS)


def write_protected(solution: Solution, path: str) -> None:
    """Write the study of a protected flow, with bounds in place of what is hidden; to standard output for -."""
    from consortflow.schemas.files import write_atomically
    from consortflow.schemas.write import dumps

    text = dumps(solution.network.study)
    if path == "-":
        typer.echo(text, nl=False)
        return
    write_atomically(path, text.encode("utf-8"))
    typer.echo(f"wrote {path}", err=True)
