"""The commands that check, and explain what checking finds."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from consortflow.cli.recording import Records, checked
from consortflow.cli.terminal import CLEAN, OUTSIDE, PROBLEMS, USAGE, app, fail, print_findings, read_input, stop
from consortflow.schemas.errors import ConsortflowError

if TYPE_CHECKING:
    from consortflow.report.unchecked import Unchecked
    from consortflow.schemas.diagnostics import Diagnostics

__all__ = ["ReportFormat", "check", "explain"]


class ReportFormat(StrEnum):
    """What findings can be written as."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Study files, or - for standard input.")],
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="How to report.")] = ReportFormat.TEXT,  # noqa: A002
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings fail too, and a count that is not determined is an error.")
    ] = False,
    select: Annotated[
        list[str] | None, typer.Option("--select", metavar="CODE", help="Report only these codes, or their prefixes.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE", help="Leave out these codes, or their prefixes.")
    ] = None,
    records: Records = None,
) -> None:
    """Check study files: their form, and that every count adds up."""
    from consortflow.report.unchecked import unchecked_counts
    from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Severity, Waived

    wanted, unwanted = _codes(select or [], "--select"), _codes(ignore or [], "--ignore")

    found: list[Diagnostic] = []
    waived: list[Waived] = []
    unchecked: list[Unchecked] = []
    texts: dict[str, str] = {}
    unreadable = False
    for file in dict.fromkeys(files):
        try:
            name, text = read_input(file)
            solution, its = checked(name, text, records, strict=strict)
        except ConsortflowError as error:  # the file, a table that cannot be counted from, an extra that is missing
            fail(str(error), OUTSIDE)
            unreadable = True
            continue
        texts[name] = text
        found += its
        waived += its.waived
        if solution is not None and solution.ok:
            unchecked += unchecked_counts(solution)

    def asked(finding: Diagnostic) -> bool:
        return (not wanted or finding.code.startswith(wanted)) and not finding.code.startswith(unwanted or ("\0",))

    findings = Diagnostics(filter(asked, found), (w for w in waived if asked(w.finding)))
    _print(findings, texts, unchecked, format, strict=strict)
    bad = not findings.ok or (strict and any(d.severity is Severity.WARNING for d in findings))
    raise typer.Exit(OUTSIDE if unreadable else PROBLEMS if bad else CLEAN)


def _codes(given: list[str], option: str) -> tuple[str, ...]:
    """Return the codes, or prefixes of codes, that an option names: several may stand in one, with commas."""
    codes = tuple(code.strip().upper() for text in given for code in text.split(",") if code.strip())
    if codes:
        from consortflow.rules import all_rules

        known = all_rules()
        for code in codes:
            if not any(name.startswith(code) for name in known):
                stop(f"{option} {code}: no finding has such a code; consortflow explain lists them", USAGE)
    return codes


def _print(
    findings: Diagnostics,
    texts: dict[str, str],
    unchecked: list[Unchecked],
    format: ReportFormat,  # noqa: A002
    *,
    strict: bool,
) -> None:
    """Print findings as asked for; where GitHub runs us, its annotations follow the text."""
    import json

    match format:
        case ReportFormat.TEXT if texts:
            from consortflow.report.text import summary
            from consortflow.report.unchecked import in_words

            print_findings(findings, texts, err=False)
            typer.echo(in_words(unchecked), nl=False)
            typer.echo(summary(findings, len(texts)))
            if os.environ.get("GITHUB_ACTIONS") == "true":
                from consortflow.report.github import as_commands

                typer.echo(as_commands(findings), nl=False)
        case ReportFormat.TEXT:
            return
        case ReportFormat.JSON:
            from consortflow.report.json import as_data

            typer.echo(json.dumps(as_data(findings, list(texts), unchecked), indent=2, ensure_ascii=False))
        case ReportFormat.SARIF:
            from consortflow.report.sarif import as_sarif
            from consortflow.rules import all_rules

            typer.echo(json.dumps(as_sarif(findings, all_rules()), indent=2, ensure_ascii=False))
        case ReportFormat.GITHUB:
            from consortflow.report.github import as_commands

            typer.echo(as_commands(findings), nl=False)
        case ReportFormat.JUNIT:
            from consortflow.report.junit import as_junit

            typer.echo(as_junit(findings, list(texts), strict=strict), nl=False)
        case _:
            assert_never(format)


@app.command()
def explain(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="A finding's code, as in B301.")] = None,
) -> None:
    """Explain a finding's code: why it matters, and how to mend it. Without a code, list them all."""
    from consortflow.report.explain import explanation, listing
    from consortflow.rules import all_rules

    rules = all_rules()
    if code is None:
        typer.echo(listing(rules), nl=False)
        return
    if code.upper() not in rules:
        from difflib import get_close_matches

        near = get_close_matches(code.upper(), rules, n=1, cutoff=0.5)
        stop(f"no finding has the code {code}" + (f"; did you mean {near[0]}?" if near else ""), USAGE)
    typer.echo(explanation(rules[code.upper()]), nl=False)
