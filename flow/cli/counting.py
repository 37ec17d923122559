"""The commands that print counts and the attrition table, and compare the counts of two studies."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from consortflow.cli.protecting import Mask, Midpoint, Round, disclosure_of, protected
from consortflow.cli.terminal import CLEAN, PROBLEMS, STDIN, USAGE, File, app, print_findings, read_input, stop

if TYPE_CHECKING:
    from consortflow.solving import Solution

__all__ = ["AttritionFormat", "ChangesFormat", "TableFormat", "compare", "counts", "table"]


class ChangesFormat(StrEnum):
    """What a comparison can be written as."""

    TEXT = "text"
    JSON = "json"


class AttritionFormat(StrEnum):
    """What an attrition table can be written as."""

    TEXT = "text"
    MARKDOWN = "markdown"
    CSV = "csv"
    LATEX = "latex"
    HTML = "html"


class TableFormat(StrEnum):
    """What counts can be written as."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@app.command()
def counts(
    file: File,
    format: Annotated[TableFormat, typer.Option("--format", "-f", help="How to print them.")] = TableFormat.TABLE,  # noqa: A002
    mask: Mask = None,
    nearest: Round = None,
    midpoint: Midpoint = None,
) -> None:
    """Print every count: stated, derived, between two numbers, or stated and unchecked."""
    from consortflow.counting import counts as rows
    from consortflow.report.table import as_csv, as_json, as_table

    name, text = read_input(file)
    disclosure = disclosure_of(mask, nearest, midpoint)
    solution = protected(_solved(name, text, contradictions=False), disclosure, name)
    writer = {TableFormat.TABLE: as_table, TableFormat.JSON: as_json, TableFormat.CSV: as_csv}[format]
    typer.echo(writer(list(rows(solution))), nl=False)


@app.command()
def table(
    file: File,
    format: Annotated[AttritionFormat, typer.Option("--format", "-f", help="How to print it.")] = AttritionFormat.TEXT,  # noqa: A002
    mask: Mask = None,
    nearest: Round = None,
    midpoint: Midpoint = None,
) -> None:
    """Print the attrition table: how many reached each stage, how many left, and which share went on."""
    from consortflow.attrition import attrition
    from consortflow.report import attrition as writers

    name, text = read_input(file)
    disclosure = disclosure_of(mask, nearest, midpoint)
    steps = attrition(protected(_solved(name, text, contradictions=False), disclosure, name))
    writer = {
        AttritionFormat.TEXT: writers.as_text,
        AttritionFormat.MARKDOWN: writers.as_markdown,
        AttritionFormat.CSV: writers.as_csv,
        AttritionFormat.LATEX: writers.as_latex,
        AttritionFormat.HTML: writers.as_html,
    }[format]
    typer.echo(writer(steps), nl=False)


@app.command()
def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="A study file, or - for standard input.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The study file to compare it with.")],
    format: Annotated[ChangesFormat, typer.Option("--format", "-f", help="How to print it.")] = ChangesFormat.TEXT,  # noqa: A002
) -> None:
    """Compare two study files: counts and reasons that changed, boxes that were added or are gone. Exit 1 if any."""
    import json

    from consortflow.comparing import compare_solutions
    from consortflow.report.changes import as_data, as_text

    if before == after == "-":
        stop(f"{STDIN} can be read once: name one of the files", USAGE)
    inputs = [read_input(file) for file in (before, after)]
    (first, _), (second, _) = inputs
    comparison = compare_solutions(*(_solved(name, text, contradictions=True) for name, text in inputs))
    if format is ChangesFormat.JSON:
        typer.echo(json.dumps(as_data(comparison, first, second), indent=2, ensure_ascii=False))
    else:
        typer.echo(as_text(comparison, first, second), nl=False)
    raise typer.Exit(CLEAN if comparison.equal else PROBLEMS)


def _solved(name: str, text: str, *, contradictions: bool) -> Solution:
    """Return the solution of a study; errors are printed, and end the run unless it has one and they may stand."""
    from consortflow.checking import check_text

    solution, findings = check_text(text, name)
    if not findings.ok:
        print_findings(findings.errors, {name: text})
    if solution is None or not (findings.ok or contradictions):
        raise typer.Exit(PROBLEMS)
    return solution
