"""The commands that help to write a study file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import consortflow
from consortflow.cli.terminal import OUTSIDE, PROBLEMS, USAGE, app, print_findings, stop

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
    adsl: Annotated[
        str | None, typer.Option("--from-adsl", metavar="TABLE", help="Propose arms, exits and sets from an ADSL.")
    ] = None,
    dm: Annotated[str | None, typer.Option("--from-dm", metavar="TABLE", help="Propose them from SDTM's DM.")] = None,
    ds: Annotated[
        str | None, typer.Option("--from-ds", metavar="TABLE", help="With --from-dm: SDTM's DS, for the disposition.")
    ] = None,
    redcap: Annotated[
        str | None, typer.Option("--from-redcap", metavar="TABLE", help="Propose them from a REDCap export.")
    ] = None,
    dictionary: Annotated[
        str | None, typer.Option("--dictionary", metavar="CSV", help="With --from-redcap: its data dictionary.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Start a study file: from a template, or from records that follow a standard. FILE is kept without --force."""
    from consortflow.schemas.files import write_atomically

    sources = {"adsl": adsl, "dm": dm, "ds": ds, "redcap": redcap, "dictionary": dictionary}
    named = {name: path for name, path in sources.items() if path is not None}
    if file != "-" and Path(file).exists() and not force:
        stop(f"{file} exists; --force overwrites it", USAGE)
    text = _proposed(file, named) if named else _template(template)
    if file == "-":
        typer.echo(text, nl=False)
        return
    write_atomically(file, text.encode("utf-8"))
    typer.echo(f"wrote {file}; next: consortflow {'counts' if named else 'draw'} {file}")


def _template(template: Template) -> str:
    from consortflow.schemas.json_schema import SCHEMA_FILE

    source = PACKAGE / "templates" / f"{template}.yaml"
    return source.read_text(encoding="utf-8").replace(
        "$schema=../../schemas/study.schema.json", f"$schema={SCHEMA_FILE.as_uri()}"
    )


def _proposed(file: str, named: dict[str, str]) -> str:
    """Return the study file that records propose; what stands in the way is printed, and ends the run."""
    from consortflow.registries.verbs import proposed
    from consortflow.schemas.errors import MissingExtraError

    if len({{"ds": "dm", "dictionary": "redcap"}.get(name, name) for name in named}) > 1:
        stop("--from-adsl, --from-dm and --from-redcap exclude each other", USAGE)
    for part, whole in (("ds", "dm"), ("dictionary", "redcap"), ("redcap", "dictionary")):
        if part in named and whole not in named:
            options = {"ds": "--from-ds", "dm": "--from-dm", "redcap": "--from-redcap", "dictionary": "--dictionary"}
            stop(f"{options[part]} needs {options[whole]}", USAGE)
    try:
        text, findings = proposed(**named, folder=None if file == "-" else str(Path(file).parent))
    except MissingExtraError as error:
        stop(str(error), OUTSIDE)
    print_findings(findings, {})
    if text is None:
        raise typer.Exit(PROBLEMS)
    return text
