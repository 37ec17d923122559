"""The commands that help to write a study file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import consortflow
from consortflow.cli.terminal import USAGE, app, stop

__all__ = ["Template", "init", "schema"]

PACKAGE = Path(consortflow.__file__).parent


class Template(StrEnum):
    """The study files to start from, one for each design."""

    SINGLE_ARM_CELL_THERAPY = "single-arm-cell-therapy"
    SINGLE_ARM = "single-arm"
    DOSE_ESCALATION = "dose-escalation"
    PARALLEL = "parallel"
    MULTI_ARM = "multi-arm"
    NON_INFERIORITY = "non-inferiority"
    FACTORIAL = "factorial"
    CROSSOVER = "crossover"
    N_OF_1 = "n-of-1"
    WITHIN_PERSON = "within-person"
    CLUSTER = "cluster"
    STEPPED_WEDGE = "stepped-wedge"
    RUN_IN = "run-in"
    SMART = "smart"
    PLATFORM = "platform"
    PILOT = "pilot"
    NON_RANDOMISED = "non-randomised"
    COHORT = "cohort"
    DIAGNOSTIC = "diagnostic"


@app.command()
def schema(
    report: Annotated[bool, typer.Option("--report", help="The schema of `check --format json` instead.")] = False,
) -> None:
    """Print the JSON Schema of study files, for editors and other tools."""
    from consortflow.schemas.json_schema import SCHEMA_FILE

    file = PACKAGE / "report" / "report.schema.json" if report else SCHEMA_FILE
    typer.echo(file.read_text(encoding="utf-8"), nl=False)


@app.command()
def init(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="The study file to start; - for standard output.")
    ] = "study.consort.yaml",
    template: Annotated[
        Template,
        typer.Option("--template", "-t", metavar="DESIGN", help=f"The design to start from: {', '.join(Template)}."),
    ] = Template.SINGLE_ARM_CELL_THERAPY,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Start a study file from a template. An existing file is not overwritten without --force."""
    from consortflow.schemas.files import write_atomically
    from consortflow.schemas.json_schema import SCHEMA_FILE

    source = PACKAGE / "templates" / f"{template}.yaml"
    text = source.read_text(encoding="utf-8").replace(
        "$schema=../../schemas/study.schema.json", f"$schema={SCHEMA_FILE.as_uri()}"
    )
    if file == "-":
        typer.echo(text, nl=False)
        return
    if Path(file).exists() and not force:
        stop(f"{file} exists; --force overwrites it", USAGE)
    write_atomically(file, text.encode("utf-8"))
    typer.echo(f"wrote {file}; next: consortflow draw {file}")
