"""The verb table: how many reached each stage, how many left before the next, and which share went on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.checking import solved
from consortflow.proportion import half_up
from consortflow.schemas.study import Study
from consortflow.solving import Interval, Solution

if TYPE_CHECKING:
    from consortflow.disclosure import Disclosure
    from consortflow.network import Account

__all__ = ["AttritionTable", "Step", "attrition", "table"]


class Step(NamedTuple):
    """One stage and one unit of the attrition table."""

    id: str
    arm: str
    """The arms it is in, outermost first, joined by " / "; empty outside arms."""
    stage: str
    """The label."""
    unit: str
    n: Interval
    left: Interval
    """Who left between this stage and the next; those who are ongoing have not."""
    ongoing: Interval
    previous: str | None
    """The share, in percent to one decimal (half up), of the stage before it, or of its split.

    None at a first stage, and where a number is not known."""
    first: str | None
    """The share of the first stage of the flow."""


class AttritionTable(tuple[Step, ...]):
    """The steps of a study in file order. A tuple that converts itself to text and to data frames."""

    language: str = "en-US"
    """Of the heads of its columns, as a study names it."""

    def records(self) -> list[dict[str, Any]]:
        """Return a plain mapping for each step, with numbers as numbers: n, left and ongoing are None where unknown."""
        return [_record(step) for step in self]

    def to_pandas(self) -> Any:
        """Return a tidy pandas data frame, a row for each stage and unit. Raises ImportError without pandas."""
        pd = import_module("pandas")
        frame = pd.DataFrame(self.records(), columns=list(_COLUMNS))
        whole = {name: "Int64" for name, kind in _COLUMNS.items() if kind is int}
        return frame.astype({**whole, "previous": "Float64", "first": "Float64"})

    def to_polars(self) -> Any:
        """Return a tidy Polars data frame, a row for each stage and unit. Raises ImportError without Polars."""
        pl = import_module("polars")
        kinds = {str: pl.String, int: pl.Int64, float: pl.Float64}
        return pl.DataFrame(self.records(), schema={name: kinds[kind] for name, kind in _COLUMNS.items()})

    def _repr_html_(self) -> str:
        from consortflow.report.attrition import as_html

        return as_html(self)


_COLUMNS: dict[str, type] = {
    "id": str, "arm": str, "stage": str, "unit": str, "n": int, "n_low": int, "n_high": int, "left": int,
    "ongoing": int, "previous": float, "first": float,
}  # fmt: skip


def _record(step: Step) -> dict[str, Any]:
    return {
        "id": step.id, "arm": step.arm, "stage": step.stage, "unit": step.unit,
        "n": step.n.n, "n_low": step.n.low, "n_high": step.n.high, "left": step.left.n, "ongoing": step.ongoing.n,
        "previous": None if step.previous is None else float(step.previous),
        "first": None if step.first is None else float(step.first),
    }  # fmt: skip


def table(study: Study | str | os.PathLike[str], *, disclosure: Disclosure | None = None) -> AttritionTable:
    """Return the attrition table of a study, or of the study file at a path; with `disclosure`, as it may be shown.

    Raises InvalidStudyError with every finding where the study has errors, FileError where a file cannot be read.
    """
    return attrition(solved(study, disclosure=disclosure))


def attrition(solution: Solution) -> AttritionTable:
    """Return the attrition table of a solved flow."""
    made = AttritionTable(_steps(solution))
    made.language = solution.network.study.study.language
    return made


def _steps(solution: Solution) -> Iterator[Step]:
    network = solution.network
    first: dict[str, Account] = {}
    for stage in network.stages():
        arm = " / ".join(network.account(full).label for full in stage.around)
        exits = [network.account(full) for full in network.after(stage.id, "exit")]
        gone = [exit_ for exit_ in exits if exit_.item.kind != "ongoing"]
        stay = [exit_ for exit_ in exits if exit_.item.kind == "ongoing"]
        for unit in stage.units:
            start = first.setdefault(unit, stage)
            before = network.account(stage.box) if stage.box else None
            yield Step(
                stage.id, arm, stage.label, unit, solution.interval(stage.id, unit),
                _sum(solution, gone, unit), _sum(solution, stay, unit),
                _share(solution, stage, before, unit), None if start is stage else _share(solution, stage, start, unit),
            )  # fmt: skip


def _sum(solution: Solution, accounts: list[Account], unit: str) -> Interval:
    intervals = [solution.interval(account.id, unit) for account in accounts if unit in account.units]
    if len(intervals) == 1:
        return intervals[0]
    highs = [interval.high for interval in intervals]
    high = None if None in highs else sum(high for high in highs if high is not None)
    return Interval(sum(interval.low for interval in intervals), high)


def _share(solution: Solution, stage: Account, of: Account | None, unit: str) -> str | None:
    if of is None or unit not in of.units:
        return None
    n, base = solution.n(stage.id, unit), solution.n(of.id, unit)
    return half_up(n, base) if n is not None and base else None
