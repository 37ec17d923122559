"""The attrition table as text, Markdown, CSV, LaTeX and HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple
from unicodedata import combining, east_asian_width

from consortflow.attrition import Step
from consortflow.report.escaping import in_latex, in_markdown
from consortflow.schemas.labels import labels
from consortflow.solving import Interval, Masked
from consortflow.words import digits

__all__ = ["Cells", "as_csv", "as_html", "as_latex", "as_markdown", "as_text", "cells"]

_TO = "\u2013"


class Cells(NamedTuple):
    """A table for people: only the columns that are needed, in the language of the study."""

    heads: list[str]
    rows: list[list[str]]
    text: int
    """How many columns name the row; the others hold numbers."""


def cells(steps: Sequence[Step]) -> Cells:
    """Return the heads of the columns that are needed, and the cells."""
    words = labels(getattr(steps, "language", "en-US"))["table"]
    arms = any(step.arm for step in steps)
    units = len({step.unit for step in steps}) > 1
    ongoing = any(step.ongoing != (0, 0) for step in steps)
    names = [*(["arm"] if arms else []), "stage", *(["unit"] if units else [])]
    numbers = ["n", "left", *(["ongoing"] if ongoing else []), "previous", "first"]
    rows = [
        [
            *([step.arm] if arms else []), step.stage, *([step.unit] if units else []),
            _number(step.n), _number(step.left), *([_number(step.ongoing)] if ongoing else []),
            step.previous or "", step.first or "",
        ]
        for step in steps
    ]  # fmt: skip
    return Cells([words[name] for name in (*names, *numbers)], rows, len(names))


def _number(interval: Interval) -> str:
    if interval.n is not None:
        return digits(interval.n)
    if isinstance(interval, Masked):
        return str(interval)
    if interval.high is None:
        return f"≥{digits(interval.low)}" if interval.low else "?"
    return f"{digits(interval.low)}{_TO}{digits(interval.high)}"


def _wide(cell: str) -> int:
    """Return how many columns of a terminal a cell takes: two for each ideograph, none for a combining mark."""
    if cell.isascii():
        return len(cell)
    return sum(2 if east_asian_width(c) in "WF" else 0 if combining(c) else 1 for c in cell)


def as_text(steps: Sequence[Step]) -> str:
    """Return an aligned table for a terminal."""
    heads, rows, text = cells(steps)
    widths = [max(map(_wide, column)) for column in zip(heads, *rows, strict=True)]

    def line(row: list[str]) -> str:
        room = [" " * (width - _wide(cell)) for cell, width in zip(row, widths, strict=True)]
        return "  ".join(
            f"{c}{r}" if i < text else f"{r}{c}" for i, (c, r) in enumerate(zip(row, room, strict=True))
        ).rstrip()

    return "\n".join([line(heads), line(["-" * width for width in widths]), *map(line, rows)]) + "\n"


def as_markdown(steps: Sequence[Step]) -> str:
    """Return a table of GitHub's Markdown."""
    heads, rows, text = cells(steps)
    rule = [":--" if i < text else "--:" for i in range(len(heads))]
    lines = [heads, rule, *([in_markdown(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_csv(steps: Sequence[Step]) -> str:
    """Return CSV (RFC 4180, CRLF) with a fixed set of columns, so that files can be stacked."""
    import csv
    import io

    from consortflow.attrition import AttritionTable
    from consortflow.report.table import inert

    out = io.StringIO(newline="")
    records = AttritionTable(steps).records()
    writer = csv.DictWriter(out, fieldnames=list(records[0]) if records else [])
    writer.writeheader()
    writer.writerows({name: inert(value) for name, value in record.items()} for record in records)
    return out.getvalue()


def as_latex(steps: Sequence[Step]) -> str:
    """Return a `tabular` that needs no package."""
    heads, rows, text = cells(steps)
    columns = "l" * text + "r" * (len(heads) - text)
    lines = [_latex_row(row) for row in [heads, *rows]]
    body = "\n".join([lines[0], r"\hline", *lines[1:]])
    return f"\\begin{{tabular}}{{{columns}}}\n\\hline\n{body}\n\\hline\n\\end{{tabular}}\n"


def _latex_row(row: list[str]) -> str:
    """Return a row; what starts one in brackets, or with a star, is no option of the end of the row before."""
    line = " & ".join(map(in_latex, row)) + r" \\"
    return f"{{}}{line}" if line.startswith(("[", "*")) else line


def as_html(steps: Sequence[Step]) -> str:
    """Return a `table` element whose first columns are its rows' heads."""
    heads, rows, text = cells(steps)
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heads)
    body = "".join(f"<tr>{''.join(map(_html_cell(text), enumerate(row)))}</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"


def _html_cell(text: int) -> Callable[[tuple[int, str]], str]:
    def cell(placed: tuple[int, str]) -> str:
        column, content = placed
        if column < text:
            return f'<th scope="row">{escape(content)}</th>'
        return f'<td style="text-align: right">{escape(content)}</td>'

    return cell
