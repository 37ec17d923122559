"""What counting from records can be written as: the order of attribution, and the ids that were asked for."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from consortflow.report.table import inert

if TYPE_CHECKING:
    from consortflow.participants.from_records import CountedStudy

__all__ = ["ids_as_csv", "order_as_text"]


def order_as_text(counted: CountedStudy) -> str:
    """Return the criteria that participants left by, in the order they were tried; nothing where there are none."""
    if not counted.order:
        return ""
    rows = [(str(number), said.label, f"{said.n:,}", said.criterion) for number, said in enumerate(counted.order, 1)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"  {number:>{widths[0]}}  {label:<{widths[1]}}  {n:>{widths[2]}}  {criterion}"
        for number, label, n, criterion in rows
    ]
    head = "\nCounted in this order; whoever meets several criteria left for the first of them:"
    return "\n".join([head, *lines]) + "\n"


def ids_as_csv(counted: CountedStudy) -> str:
    """Return which participants the findings are about, as CSV: code, line and id. This text holds ids."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("code", "line", "id"))
    for finding, found in counted.ids():
        writer.writerow((finding.code, finding.span.line, inert(found)))
    return out.getvalue()
