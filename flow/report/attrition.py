"""The attrition table as text, Markdown, CSV, LaTeX and HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from consortflow.attrition import Step
from consortflow.solving import Interval, Masked

__all__ = ["as_csv", "as_html", "as_latex", "as_markdown", "as_text"]

_TO = "\u2013"
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
        "~": r"\textasciitilde{}",
        "|": r"\textbar{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
        "≥": r"$\geq$", "≤": r"$\leq$", _TO: "--",
    }
)  # fmt: skip
_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>#|"})


def _cells(steps: Sequence[Step]) -> tuple[list[str], list[list[str]], int]:
    """Return the heads of the columns that are needed, the cells, and how many columns hold text."""
    arms = any(step.arm for step in steps)
    units = len({step.unit for step in steps}) > 1
    ongoing = any(step.ongoing != (0, 0) for step in steps)
    heads = [*(["Arm"] if arms else []), "Stage", *(["Unit"] if units else [])]
    text = len(heads)
    heads += ["n", "Left", *(["Ongoing"] if ongoing else []), "% of previous", "% of first"]
    rows = [
        [
            *([step.arm] if arms else []), step.stage, *([step.unit] if units else []),
            _number(step.n), _number(step.left), *([_number(step.ongoing)] if ongoing else []),
            step.previous or "", step.first or "",
        ]
        for step in steps
    ]  # fmt: skip
    return heads, rows, text


def _number(interval: Interval) -> str:
    if interval.n is not None:
        return str(interval.n)
    if isinstance(interval, Masked):
        return str(interval)
    if interval.high is None:
        return f"≥{interval.low}" if interval.low else "?"
    return f"{interval.low}{_TO}{interval.high}"


def as_text(steps: Sequence[Step]) -> str:
    """Return an aligned table for a terminal."""
    heads, rows, text = _cells(steps)
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]

    def line(cells: list[str]) -> str:
        placed = [f"{c:<{w}}" if i < text else f"{c:>{w}}" for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "  ".join(placed).rstrip()

    return "\n".join([line(heads), line(["-" * width for width in widths]), *map(line, rows)]) + "\n"


def as_markdown(steps: Sequence[Step]) -> str:
    """Return a table of GitHub's Markdown."""
    heads, rows, text = _cells(steps)
    rule = [":--" if i < text else "--:" for i in range(len(heads))]
    lines = [heads, rule, *([cell.translate(_MARKDOWN) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(' '.join(cell.split()) for cell in line)} |\n" for line in lines)


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
    heads, rows, text = _cells(steps)
    columns = "l" * text + "r" * (len(heads) - text)
    lines = [" & ".join(cell.translate(_LATEX) for cell in row) + r" \\" for row in [heads, *rows]]
    body = "\n".join([lines[0], r"\hline", *lines[1:]])
    return f"\\begin{{tabular}}{{{columns}}}\n\\hline\n{body}\n\\hline\n\\end{{tabular}}\n"


def as_html(steps: Sequence[Step]) -> str:
    """Return a `table` element whose first columns are its rows' heads."""
    heads, rows, text = _cells(steps)
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
