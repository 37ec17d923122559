"""The options of every command that shows counts: hide small ones, or round all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from consortflow.cli.terminal import PROBLEMS, USAGE, stop

if TYPE_CHECKING:
    from consortflow.disclosure import Disclosure
    from consortflow.solving import Solution

__all__ = ["Mask", "Midpoint", "Round", "disclosure_of", "protected"]

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
    from consortflow.disclosure import Disclosure

    if sum(number is not None for number in (mask, nearest, midpoint)) > 1:
        stop("--mask, --round and --midpoint exclude each other", USAGE)
    if mask is not None:
        return Disclosure("mask", mask)
    if nearest is not None:
        return Disclosure("round", nearest)
    return Disclosure("midpoint", midpoint) if midpoint is not None else None


def protected(solution: Solution, disclosure: Disclosure | None, name: str) -> Solution:
    """Return a solved flow as it may be shown; a flow that cannot be protected ends the run."""
    from consortflow.disclosure import published
    from consortflow.schemas.errors import DisclosureError

    if disclosure is None:
        return solution
    try:
        return published(solution, disclosure)
    except DisclosureError as error:
        stop(f"{name}: {error}", PROBLEMS)
