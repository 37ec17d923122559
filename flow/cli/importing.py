"""The commands that import what a trial has published elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from consortflow.cli.terminal import PROBLEMS, USAGE, app, print_findings, read_input, stop

__all__ = ["clinicaltrials", "sources"]

sources = typer.Typer(no_args_is_help=True, help="Turn a trial's record in a registry into a study file.")
app.add_typer(sources, name="import")


@sources.callback()
def _sources() -> None: ...


@sources.command()
def clinicaltrials(
    record: Annotated[
        str,
        typer.Argument(
            metavar="RECORD", help="A downloaded study: JSON of the API's version 2, or older XML; - for standard input."
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
