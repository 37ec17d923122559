"""The commands that print counts, the attrition table and the legend, and compare the counts of two studies."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from consortflow.cli.importing import compare_with_registry
from consortflow.cli.protecting import Mask, Midpoint, Round, disclosure_of, protected, write_protected
from consortflow.cli.recording import Records, checked, counted_solution
from consortflow.cli.terminal import CLEAN, OUTSIDE, PROBLEMS, STDIN, USAGE, File, app, print_findings, read_input, stop

if TYPE_CHECKING:
    from consortflow.solving import Solution

__all__ = ["AttritionFormat", "ChangesFormat", "LegendFormat", "TableFormat", "compare", "counts", "legend", "table"]


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


class LegendFormat(StrEnum):
    """What a legend can be written as."""

    TEXT = "text"
    MARKDOWN = "markdown"
    LATEX = "latex"
    DOCX = "docx"

    @classmethod
    def by_ending(cls, output: str) -> LegendFormat:
        """Return the format that a file's ending names; text where it names none."""
        endings = {".md": cls.MARKDOWN, ".qmd": cls.MARKDOWN, ".tex": cls.LATEX, ".docx": cls.DOCX}
        return endings.get(os.path.splitext(output)[1].lower(), cls.TEXT)  # noqa: PTH122 - of a name, not of a file


class TableFormat(StrEnum):
    """What counts can be written as."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@app.command()
def counts(
    file: File,
    format: Annotated[TableFormat, typer.Option("--format", "-f", help="How to print them.")] = TableFormat.TABLE,  # noqa: A002
    records: Records = None,
    write: Annotated[
        str | None,
        typer.Option("--write", metavar="OUT", help="Write FILE with counted numbers filled in, or small ones hidden."),
    ] = None,
    list_ids: Annotated[
        str | None,
        typer.Option(
            "--list-ids", metavar="OUT", help="Write which participants findings are about; only you can read OUT."
        ),
    ] = None,
    mask: Mask = None,
    nearest: Round = None,
    midpoint: Midpoint = None,
) -> None:
    """Print every count: counted from records, stated, derived, between two numbers, or stated and unchecked."""
    from consortflow.counting import counts as rows
    from consortflow.report.table import as_csv, as_json, as_table

    name, text = read_input(file)
    disclosure = disclosure_of(mask, nearest, midpoint)
    if file != "-":
        for option, out in (("--write", write), ("--list-ids", list_ids)):
            if out is not None and os.path.realpath(out) == os.path.realpath(file):
                stop(f"{option} {out} is the study file itself", USAGE)
    quiet = disclosure is not None
    solution, order = counted_solution(name, text, records or [], None if quiet else write, list_ids, quiet=quiet)
    solution = protected(solution, disclosure, name)
    if quiet and write is not None:
        write_protected(solution, write)
    writer = {TableFormat.TABLE: as_table, TableFormat.JSON: as_json, TableFormat.CSV: as_csv}[format]
    if write != "-":
        typer.echo(writer(list(rows(solution))), nl=False)
        if format is TableFormat.TABLE and not quiet:
            typer.echo(order, nl=False)


@app.command()
def table(
    file: File,
    format: Annotated[AttritionFormat, typer.Option("--format", "-f", help="How to print it.")] = AttritionFormat.TEXT,  # noqa: A002
    records: Records = None,
    mask: Mask = None,
    nearest: Round = None,
    midpoint: Midpoint = None,
) -> None:
    """Print the attrition table: how many reached each stage, how many left, and which share went on."""
    from consortflow.attrition import attrition
    from consortflow.report import attrition as writers

    name, text = read_input(file)
    disclosure = disclosure_of(mask, nearest, midpoint)
    steps = attrition(protected(_solved(name, text, records, contradictions=False), disclosure, name))
    writer = {
        AttritionFormat.TEXT: writers.as_text,
        AttritionFormat.MARKDOWN: writers.as_markdown,
        AttritionFormat.CSV: writers.as_csv,
        AttritionFormat.LATEX: writers.as_latex,
        AttritionFormat.HTML: writers.as_html,
    }[format]
    typer.echo(writer(steps), nl=False)


@app.command()
def legend(
    file: File,
    format: Annotated[  # noqa: A002 - the option's name
        LegendFormat | None,
        typer.Option("--format", "-f", help="How to write it; by the ending of OUT where left out, else text."),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="OUT", help="Where to write it; - for standard output.")
    ] = "-",
    show_derived: Annotated[
        bool, typer.Option("--show-derived/--hide-derived", help="Say which counts FILE leaves out.")
    ] = True,
    records: Records = None,
    mask: Mask = None,
    nearest: Round = None,
    midpoint: Midpoint = None,
) -> None:
    """Write the figure's legend as prose, with every reason and count."""
    import sys

    from consortflow.legends import legend_of
    from consortflow.schemas.errors import MissingExtraError
    from consortflow.schemas.files import write_atomically

    kind = format or LegendFormat.by_ending(output)
    if output == "-" and kind is LegendFormat.DOCX and sys.stdout.isatty():
        stop("a Word document is no text for a terminal: give -o legend.docx", USAGE)
    name, text = read_input(file)
    disclosure = disclosure_of(mask, nearest, midpoint)
    solution = protected(_solved(name, text, records, contradictions=False), disclosure, name)
    try:
        made = legend_of(solution, kind.value, show_derived=show_derived)
    except MissingExtraError as error:
        stop(str(error), OUTSIDE)
    data = made.encode("utf-8") if isinstance(made, str) else made
    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    if file != "-" and os.path.realpath(output) == os.path.realpath(file):
        stop(f"{output} is the study file itself", USAGE)
    write_atomically(output, data)
    typer.echo(f"wrote {output}")


@app.command()
def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="A study file, or - for standard input.")],
    after: Annotated[
        str,
        typer.Argument(metavar="B", help="The study file to compare it with, or its record of ClinicalTrials.gov."),
    ],
    format: Annotated[ChangesFormat, typer.Option("--format", "-f", help="How to print it.")] = ChangesFormat.TEXT,  # noqa: A002
) -> None:
    """Compare two study files, or one with its registry's record: counts and reasons that differ. Exit 1 if any."""
    import json

    from consortflow.comparing import compare_solutions
    from consortflow.registries.clinicaltrials import is_record
    from consortflow.report.changes import as_data, as_text

    if before == after == "-":
        stop(f"{STDIN} can be read once: name one of the files", USAGE)
    inputs = [read_input(file) for file in (before, after)]
    (first, one), (second, other) = inputs
    if is_record(one) and is_record(other):
        stop("two records, and no study file: import one of them", USAGE)
    if is_record(one) or is_record(other):
        study, record = inputs if is_record(other) else reversed(inputs)
        compare_with_registry(_solved(*study, contradictions=True), record, as_json=format is ChangesFormat.JSON)
    comparison = compare_solutions(*(_solved(name, text, contradictions=True) for name, text in inputs))
    if format is ChangesFormat.JSON:
        typer.echo(json.dumps(as_data(comparison, first, second), indent=2, ensure_ascii=False))
    else:
        typer.echo(as_text(comparison, first, second), nl=False)
    raise typer.Exit(CLEAN if comparison.equal else PROBLEMS)


def _solved(name: str, text: str, records: list[str] | None = None, *, contradictions: bool) -> Solution:
    """Return the solution of a study; errors are printed, and end the run unless it has one and they may stand."""
    solution, findings = checked(name, text, records)
    if not findings.ok:
        print_findings(findings.errors, {name: text})
    if solution is None or not (findings.ok or contradictions):
        raise typer.Exit(PROBLEMS)
    return solution
