"""The command that puts figures into a manuscript."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from consortflow.cli.protecting import Mask, Midpoint, Round, disclosure_of, protected
from consortflow.cli.recording import Records, checked
from consortflow.cli.terminal import (
    CLEAN,
    OUTSIDE,
    PROBLEMS,
    USAGE,
    app,
    fail,
    number_of,
    print_findings,
    read_input,
    stop,
)

if TYPE_CHECKING:
    from consortflow.manuscript.embedding import Embedding
    from consortflow.schemas.diagnostics import Diagnostics
    from consortflow.solving import Solution

__all__ = ["embed"]


@app.command()
def embed(
    files: Annotated[
        list[str], typer.Argument(metavar="STUDY... MANUSCRIPT", help="Study files, and the manuscript they go into.")
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="OUT", help="Write the manuscript there, and leave MANUSCRIPT alone."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 where a figure is out of date, and say which.")
    ] = False,
    editable: Annotated[
        bool, typer.Option("--editable", help="Word: shapes that can be moved, not a picture.")
    ] = False,
    legend: Annotated[
        bool, typer.Option("--legend/--no-legend", help="Write the legend, or keep the caption that is there.")
    ] = True,
    format: Annotated[  # noqa: A002 - the option's name
        str | None, typer.Option("--format", "-f", metavar="FORMAT", help="Of image files: svg, pdf, png, ...")
    ] = None,
    theme: Annotated[str | None, typer.Option(metavar="THEME", help="How it looks, as in draw.")] = None,
    width: Annotated[str | None, typer.Option(metavar="WIDTH", help="How wide, as in draw.")] = None,
    records: Records = None,
    mask: Mask = None,
    nearest: Round = None,
    midpoint: Midpoint = None,
) -> None:
    """Put the figure, its legend and its alternative text into a manuscript, or refresh them where they are.

    The manuscript says where: <!-- consortflow: NAME --> in Markdown, Quarto and HTML, % consortflow: NAME in TeX,
    // consortflow: NAME in Typst, <?consortflow NAME?> in JATS, a paragraph [consortflow: NAME] in Word. NAME is the
    study file's, without its ending. All else stays byte for byte.
    """
    from consortflow.diagrams.errors import GraphvizError, PictureError, ThemeError, WidthError
    from consortflow.manuscript.embedding import embed_solutions
    from consortflow.manuscript.findings import InvalidManuscriptError
    from consortflow.manuscript.forms import ManuscriptError
    from consortflow.schemas.errors import MissingExtraError

    *studies, manuscript = files
    if not studies:
        stop("embed takes study files and, last, the manuscript", USAGE)
    disclosure = disclosure_of(mask, nearest, midpoint)
    found = _solutions(studies, [manuscript, *([output] if output else [])], records)
    solutions = {name: protected(solution, disclosure, name) for name, solution in found.items()}
    try:
        done = embed_solutions(
            solutions, manuscript, output=output, editable=editable, check=check, width=width, theme=theme,
            format=format, legend=legend,
        )  # fmt: skip
    except InvalidManuscriptError as error:
        _print(error.diagnostics, manuscript)
        typer.echo(f"{manuscript} is left as it was: {number_of(len(error.diagnostics.errors), 'error')}", err=True)
        raise typer.Exit(PROBLEMS) from error
    except (ManuscriptError, ThemeError, WidthError) as error:
        stop(str(error), USAGE)
    except (GraphvizError, PictureError, MissingExtraError) as error:
        stop(str(error), OUTSIDE)
    _print(done.findings, manuscript)
    raise typer.Exit(_tell(done, check=check))


def _solutions(studies: list[str], written: list[str], records: list[str] | None) -> dict[str, Solution]:
    """Return the solutions of study files by name; the errors of all of them are printed, and end the run."""
    from consortflow.manuscript.embedding import name_of

    solutions: dict[str, Solution] = {}
    wrong = 0
    for file in studies:
        if file == "-":
            stop("a study on standard input has no name that a marker could give", USAGE)
        if any(os.path.realpath(file) == os.path.realpath(path) for path in written):
            stop(f"{file} is the study file itself", USAGE)
        if name_of(file) in solutions:
            stop(f"two studies are called {name_of(file)}: a marker could not tell them apart", USAGE)
        name, text = read_input(file)
        solution, findings = checked(name, text, records)
        if solution is None or not findings.ok:
            print_findings(findings.errors, {name: text})
            wrong += len(findings.errors)
        if solution is not None:
            solutions[name_of(file)] = solution
    if wrong:
        stop(f"nothing is embedded: {number_of(wrong, 'error')}", PROBLEMS)
    return solutions


def _print(findings: Diagnostics, manuscript: str) -> None:
    from consortflow.manuscript.coding import decode
    from consortflow.manuscript.forms import form_of
    from consortflow.schemas.files import read_bytes

    if findings:
        readable = form_of(manuscript).module != "word"
        print_findings(findings, {manuscript: decode(manuscript, read_bytes(manuscript)).text} if readable else {})


def _tell(done: Embedding, *, check: bool) -> int:
    for remark in done.remarks:
        typer.echo(remark, err=True)
    if done.current:
        typer.echo(f"{done.manuscript} is current")
        return CLEAN
    for change in done.changes:
        typer.echo(f"{'out of date' if check else 'wrote'} {change}")
    return fail(f"{done.manuscript} is out of date", PROBLEMS) if check else CLEAN
