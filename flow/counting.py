"""Every count of a solved flow as rows: for tables, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from consortflow.network import Account
from consortflow.proportion import clopper_pearson, half_up
from consortflow.solving import Solution, Status

__all__ = ["Row", "counts"]


class Row(NamedTuple):
    """One count of one unit."""

    id: str
    label: str
    kind: str
    """stage, exit, reason, detail, arm, enter, transfer, pooled, set or outcome."""
    unit: str
    n: int | None
    """The count, where only one is possible."""
    low: int
    high: int | None
    """The greatest possible count; None where there is no bound."""
    status: Status
    """counted from participants' records; stated and confirmed by the other numbers; derived from them; an interval
    where several values are possible; or unchecked: stated, and nothing else would contradict another number. In a
    study that is protected: masked or rounded."""
    of: str | None = None
    """Outcomes only: the id of the denominator."""
    percent: float | None = None
    """Outcomes only: 100 n / of, one decimal, rounded half up."""
    ci_low: float | None = None
    ci_high: float | None = None
    """Outcomes only: the exact (Clopper-Pearson) 95% confidence interval, in percent, one decimal."""

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain data; what only outcomes have is left out of other rows."""
        row = self._asdict()
        if self.kind != "outcome":
            for key in ("of", "percent", "ci_low", "ci_high"):
                del row[key]
        return row


def counts(solution: Solution) -> Iterator[Row]:
    """Yield a row for each account and unit, in file order."""
    for account in solution.network.accounts.values():
        for unit in account.units:
            interval = solution.interval(account.id, unit)
            row = (
                account.id, account.label, account.kind, unit, interval.n, interval.low, interval.high,
                solution.status(account.id, unit),
            )  # fmt: skip
            yield Row(*row, *(_rate(solution, account, unit) if account.kind == "outcome" else ()))


def _rate(solution: Solution, account: Account, unit: str) -> tuple[str, float | None, float | None, float | None]:
    n, of = solution.n(account.id, unit), solution.n(account.box, unit)
    if n is None or not of or n > of:
        return account.box, None, None, None
    low, high = clopper_pearson(n, of)
    return account.box, float(half_up(n, of)), round(100 * low, 1), round(100 * high, 1)
