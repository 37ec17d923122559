"""Numbers that nothing else in their file would contradict: no problem, and no proof either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from consortflow.schemas.diagnostics import Span
from consortflow.solving import Solution

__all__ = ["Unchecked", "in_words", "unchecked_counts"]

MAX_RUNS = 12
"""Stretches of lines that a report names for each file."""


class Unchecked(NamedTuple):
    """A stated count that could be another number without contradicting anything else in its file."""

    id: str
    label: str
    unit: str
    n: int
    span: Span
    stated: int
    """How many exact counts its file states."""


def unchecked_counts(solution: Solution) -> Iterator[Unchecked]:
    """Yield the unchecked counts of a flow that adds up, in file order."""
    system, network = solution.system, solution.network
    stated = sum(
        name is not None and low == high and name not in network.study._tallied
        for name, low, high in zip(system.names, system.low, system.high, strict=True)
    )  # fmt: skip
    named = ((variable, name) for variable in solution.unchecked if (name := system.names[variable]) is not None)
    found = []
    for variable, (full, unit) in named:
        account = network.account(full)
        span = network.place(account)
        found.append(Unchecked(full, network.name(account), unit, system.low[variable], span, stated))
    yield from sorted(found, key=lambda count: (count.span, count.id, count.unit))


def in_words(counts: Sequence[Unchecked]) -> str:
    """Return a line for each file: how many of its numbers nothing contradicts, and on which lines they are."""
    text = ""
    for file, group in groupby(counts, key=lambda count: count.span.file):
        found = list(group)
        lines = sorted({count.span.line for count in found if count.span.line})
        where = f" ({'line' if len(lines) == 1 else 'lines'} {_runs(lines)})" if lines else ""
        numbers = f"{len(found)} of {found[0].stated} stated numbers {'is' if len(found) == 1 else 'are'}"
        them = "it" if len(found) == 1 else "them"
        text += f"{file}: {numbers} unchecked: no other number would contradict {them}{where}\n"
    return text


def _runs(lines: Sequence[int]) -> str:
    """Return line numbers with runs of them joined, and cut after a few: "16-17, 31 and more"."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:MAX_RUNS]]
    return ", ".join(shown) + (" and more" if len(runs) > MAX_RUNS else "")
