"""The commands that import what a trial has published in a registry, and compare a study file with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from consortflow.cli.terminal import CLEAN, PROBLEMS, USAGE, app, print_findings, read_input, stop

if TYPE_CHECKING:
    from consortflow.solving import Solution

__all__ = ["clinicaltrials", "compare_with_registry", "sources"]

sources = typer.Typer(no_args_is_help=True, help="Turn a trial's record in a registry into a study file.")
app.add_typer(sources, name="import")


@sources.callback()
def _sources() -> None: ...


@sources.command()
def clinicaltrials(
    record: Annotated[
        str,
        typer.Argument(
            metavar="RECORD",
            help="A downloaded study: JSON of the API's version 2 or older XML; - for standard input.",
        ),
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The study file to write; - for standard output.")
    ] = "-",
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Import a record of ClinicalTrials.gov: its participant flow, count for count, as a study file to edit.

    Nothing is downloaded: fetch https://clinicaltrials.gov/api/v2/studies/NCT... yourself.
    """
    from consortflow.registries.verbs import imported
    from consortflow.schemas.files import write_atomically

    if output != "-" and Path(output).exists() and not force:
        stop(f"{output} exists; --force overwrites it", USAGE)
    name, text = read_input(record)
    made, findings = imported(text, name)
    print_findings(findings, {name: text})
    if made is None:
        raise typer.Exit(PROBLEMS)
    if output == "-":
        typer.echo(made, nl=False)
        return
    write_atomically(output, made.encode("utf-8"))
    typer.echo(f"wrote {output}; next: consortflow draw {output}")


def compare_with_registry(solution: Solution, record: tuple[str, str], *, as_json: bool) -> NoReturn:
    """Print what a solved study says otherwise than a record (its name and text), and end the run."""
    from consortflow.registries.clinicaltrials import read_record
    from consortflow.registries.verbs import agreement
    from consortflow.report.agreement import as_data, in_words

    name, text = record
    found, findings = read_record(text, name)
    print_findings(findings, {name: text})
    if found is None:
        raise typer.Exit(PROBLEMS)
    compared = agreement(solution, found)
    source = solution.network.study.source
    study = source.name if source is not None else "<study>"
    if as_json:
        typer.echo(json.dumps(as_data(compared, study, name), indent=2, ensure_ascii=False))
    else:
        print_findings(compared.findings, {study: source.text} if source is not None else {}, err=False)
        typer.echo(in_words(compared, study, name), nl=False)
    raise typer.Exit(CLEAN if compared.equal else PROBLEMS)
