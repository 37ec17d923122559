"""Counts as a table, JSON or CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from consortflow.counting import Row

__all__ = ["as_csv", "as_json", "as_table", "inert"]

_FIELDS = ("id", "label", "kind", "unit", "n", "low", "high", "status", "of", "percent", "ci_low", "ci_high")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(rows: Sequence[Row]) -> str:
    """Return rows as a JSON object with the one key `counts`."""
    import json

    return json.dumps({"counts": [row.as_dict() for row in rows]}, indent=2, ensure_ascii=False) + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """Return rows as CSV (RFC 4180, CRLF). Text that a spreadsheet would run as a formula is given a leading quote."""
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_FIELDS)
    for row in rows:
        writer.writerow([inert(getattr(row, name)) for name in _FIELDS])
    return out.getvalue()


def inert(value: Any) -> Any:
    """Return a value so that no spreadsheet runs it: text that would be a formula is given a leading quote."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_table(rows: Sequence[Row]) -> str:
    """Return rows as an aligned table for a terminal, parts indented under what they are part of."""
    several = len({row.unit for row in rows}) > 1
    lines = []
    for row in rows:
        indent = "  " * row.id.count("/")
        cells = [f"{indent}{row.label}", _number(row), row.status]
        if several:
            cells.insert(2, row.unit)
        rate = f"{row.percent}% ({row.ci_low}-{row.ci_high})" if row.percent is not None else ""
        lines.append([*cells, rate])
    widths = [max((len(cells[i]) for cells in lines), default=0) for i in range(len(lines[0]))] if lines else []
    out = []
    for cells in lines:
        first, number, *rest = cells
        shown = [f"{first:<{widths[0]}}", f"{number:>{widths[1]}}"]
        shown += [f"{cell:<{width}}" for cell, width in zip(rest, widths[2:], strict=True)]
        out.append("  ".join(shown).rstrip())
    return "\n".join(out) + "\n" if out else ""


def _number(row: Row) -> str:
    if row.n is not None:
        return str(row.n)
    if row.status == "masked":
        return f"<{row.high + 1}" if row.high is not None else f">={row.low}" if row.low else "?"
    if row.high is None:
        return f">={row.low}" if row.low else "?"
    return f"{row.low}-{row.high}"
