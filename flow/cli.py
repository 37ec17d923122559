"""The command line: the only place that prints, colours or exits.

Exit codes: 0 clean, 1 problems found in a study file, 2 wrong usage, 3 a file could not be read or written, or the
figure could not be drawn.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, assert_never

import typer

from consortflow._version import __version__
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from consortflow.diagrams.figure import Figure
    from consortflow.report.unchecked import Unchecked
    from consortflow.schemas.diagnostics import Diagnostics

__all__ = ["app", "run"]

CLEAN, PROBLEMS, USAGE, OUTSIDE = 0, 1, 2, 3
STDIN = "<stdin>"

app = typer.Typer(
    name="consortflow",
    help="Participant flow diagrams (CONSORT Figure 1) from a study file: counts solved, proven and drawn.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class PictureFormat(StrEnum):
    """What a figure can be written as."""

    SVG = "svg"
    DOT = "dot"


class ReportFormat(StrEnum):
    """What findings can be written as."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


class TableFormat(StrEnum):
    """What counts can be written as."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Template(StrEnum):
    """The study files to start from."""

    SINGLE_ARM = "single-arm-cell-therapy"
    PARALLEL = "parallel"
    CROSSOVER = "crossover"
    CLUSTER = "cluster"


def run() -> int:
    """Run the command line and return its exit code; no input ends in a traceback."""
    try:
        app(standalone_mode=True)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # the reader of our output has seen enough
            return CLEAN
        return end.code if isinstance(end.code, int) else CLEAN if end.code is None else USAGE
    except FileError as error:
        return _fail(str(error), OUTSIDE)
    except OSError as error:  # standard output, as on a full disk; files raise FileError
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the interpreter's last flush
        return _fail(f"standard output: {(error.strerror or type(error).__name__).lower()}", OUTSIDE)
    except (RecursionError, MemoryError) as error:
        return _fail(f"this input is too large ({type(error).__name__})", OUTSIDE)
    return CLEAN


def _fail(message: str, code: int) -> int:
    typer.echo(f"consortflow: {message}", err=True)
    return code


def _stop(message: str, code: int) -> NoReturn:
    raise typer.Exit(_fail(message, code))


def _version(value: bool) -> None:
    if value:
        typer.echo(f"consortflow {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None: ...


File = Annotated[str, typer.Argument(metavar="FILE", help="A study file (*.consort.yaml), or - for standard input.")]


@app.command()
def draw(
    file: File,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="Where to write the figure; - for standard output. Default: beside FILE.",
        ),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        PictureFormat | None, typer.Option("--format", "-f", help="What to write; by the name of OUT where left out.")
    ] = None,
    allow_invalid: Annotated[
        bool, typer.Option("--allow-invalid", help="Draw counts that contradict, marked, for a draft under discussion.")
    ] = False,
    theme: Annotated[
        str | None, typer.Option(metavar="THEME", help="How it looks: consort, plain, blood, ... or a file, mine.toml.")
    ] = None,
    width: Annotated[
        str | None, typer.Option(metavar="WIDTH", help="How wide, as in 170mm, or the name of a column of the theme.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Draw again whenever FILE changes, until interrupted.")
    ] = False,
) -> None:
    """Draw the figure of a study file. Nothing is written where the file has errors."""
    kind = _format(output, format)
    target = _target(file, output, kind)
    if watch:
        if file == "-" or target == "-":
            _stop("--watch needs a file to watch and a file to write", USAGE)
        _watch(file, lambda: _draw(file, target, kind, theme, width, allow_invalid=allow_invalid))
        return
    raise typer.Exit(_draw(file, target, kind, theme, width, allow_invalid=allow_invalid))


def _format(output: str | None, asked: PictureFormat | None) -> PictureFormat:
    if asked is not None or output in (None, "-"):
        return asked or PictureFormat.SVG
    ending = Path(str(output)).suffix.lower().removeprefix(".")
    if ending in ("gv", *PictureFormat):
        return PictureFormat.DOT if ending == "gv" else PictureFormat(ending)
    known = ", ".join(f".{name}" for name in PictureFormat)
    _stop(f"{output}: the ending says no format ({known}); add one, or --format", USAGE)


def _target(file: str, output: str | None, kind: PictureFormat) -> str:
    if output is None:
        if file == "-":
            return "-"
        name = Path(file).name
        if not name:  # "" or a folder such as . or /, which reading refuses in its own words
            raise FileError(file, "is a folder, not a file" if file else "a file needs a name")
        stem = next(
            (
                name.removesuffix(end)
                for end in (".consort.yaml", ".consort.yml", ".yaml", ".yml")
                if name.endswith(end)
            ),
            name,
        )
        output = str(Path(file).with_name(f"{stem or name}.{kind}"))
    if output != "-" and file != "-" and os.path.realpath(output) == os.path.realpath(file):
        _stop(f"{output} is the study file itself", USAGE)
    return output


def _draw(
    file: str, target: str, kind: PictureFormat, theme: str | None, width: str | None, *, allow_invalid: bool
) -> int:
    from consortflow.checking import check_text
    from consortflow.diagrams.errors import GraphvizError, PictureError, ThemeError, WidthError
    from consortflow.diagrams.theme import theme_names
    from consortflow.drawing import draw_solution

    name, text = _text(file)
    solution, findings = check_text(text, name)
    if solution is None or not findings.ok:
        _report(findings.errors, {name: text})
        if solution is None or not allow_invalid:
            typer.echo(f"{name} is not drawn: {_number(len(findings.errors), 'error')}", err=True)
            return PROBLEMS
    try:
        figure = draw_solution(solution, theme=theme, width=width)
    except (ThemeError, WidthError) as error:
        no_theme = isinstance(error, ThemeError) and error.known == theme_names()
        asked = theme if no_theme else width
        return _fail(str(error) if asked is not None else f"{name}: {error}", USAGE if asked is not None else PROBLEMS)
    except (GraphvizError, PictureError) as error:
        return _fail(f"{name}: {error}", OUTSIDE)
    _write(figure, target, kind)
    return CLEAN


def _write(figure: Figure, target: str, kind: PictureFormat) -> None:
    if target == "-":
        sys.stdout.buffer.write(figure.to_bytes(kind))
        sys.stdout.buffer.flush()
        return
    figure.save(target, format=kind)
    typer.echo(f"wrote {target}")


def _watch(file: str, again: Callable[[], int]) -> None:
    import gc
    import time

    gc.enable()
    seen: tuple[float, int] | None = None
    typer.echo(f"watching {file}; Ctrl-C ends", err=True)
    try:
        while True:
            try:
                state = Path(file).stat()
                now = state.st_mtime, state.st_size
            except OSError:
                now = (0.0, -1)
            if now != seen:
                seen = now
                try:
                    again()
                except FileError as error:
                    _fail(str(error), OUTSIDE)
            time.sleep(0.2)
    except KeyboardInterrupt:
        return


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
) -> None:
    """Check study files: their form, and that every count adds up."""
    from consortflow.checking import check_text
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
            name, text = _text(file)
        except FileError as error:
            _fail(str(error), OUTSIDE)
            unreadable = True
            continue
        texts[name] = text
        solution, its = check_text(text, name, strict=strict)
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
                _stop(f"{option} {code}: no finding has such a code; consortflow explain lists them", USAGE)
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

            _report(findings, texts, err=False)
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
def counts(
    file: File,
    format: Annotated[TableFormat, typer.Option("--format", "-f", help="How to print them.")] = TableFormat.TABLE,  # noqa: A002
) -> None:
    """Print every count: stated, derived, between two numbers, or stated and unchecked."""
    from consortflow.checking import check_text
    from consortflow.report.table import as_csv, as_json, as_table

    name, text = _text(file)
    solution, findings = check_text(text, name)
    if solution is None or not findings.ok:
        _report(findings.errors, {name: text})
        raise typer.Exit(PROBLEMS)
    from consortflow.counting import counts as rows

    writer = {TableFormat.TABLE: as_table, TableFormat.JSON: as_json, TableFormat.CSV: as_csv}[format]
    typer.echo(writer(list(rows(solution))), nl=False)


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
        _stop(f"no finding has the code {code}" + (f"; did you mean {near[0]}?" if near else ""), USAGE)
    typer.echo(explanation(rules[code.upper()]), nl=False)


@app.command()
def schema(
    report: Annotated[bool, typer.Option("--report", help="The schema of `check --format json` instead.")] = False,
) -> None:
    """Print the JSON Schema of study files, for editors and other tools."""
    from consortflow.schemas.json_schema import SCHEMA_FILE

    file = Path(__file__).with_name("report") / "report.schema.json" if report else SCHEMA_FILE
    typer.echo(file.read_text(encoding="utf-8"), nl=False)


@app.command()
def init(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="The study file to start; - for standard output.")
    ] = "study.consort.yaml",
    template: Annotated[
        Template, typer.Option("--template", "-t", help="The design to start from.")
    ] = Template.SINGLE_ARM,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Start a study file from a template. An existing file is not overwritten without --force."""
    from consortflow.schemas.files import write_atomically
    from consortflow.schemas.json_schema import SCHEMA_FILE

    source = Path(__file__).with_name("templates") / f"{template}.yaml"
    text = source.read_text(encoding="utf-8").replace(
        "$schema=../../schemas/study.schema.json", f"$schema={SCHEMA_FILE.as_uri()}"
    )
    if file == "-":
        typer.echo(text, nl=False)
        return
    if Path(file).exists() and not force:
        _stop(f"{file} exists; --force overwrites it", USAGE)
    write_atomically(file, text.encode("utf-8"))
    typer.echo(f"wrote {file}; next: consortflow draw {file}")


def _text(file: str) -> tuple[str, str]:
    """Return a file's name in findings, and its text. Raises FileError."""
    from consortflow.schemas.files import MAX_BYTES, decode, read_text

    if file == "-":
        return STDIN, decode(STDIN, sys.stdin.buffer.read(MAX_BYTES + 1))
    return file, read_text(file)


def _report(findings: Diagnostics, texts: dict[str, str], *, err: bool = True) -> None:
    """Print findings, in colour on a terminal that has not asked for none."""
    from consortflow.report.text import render

    stream = sys.stderr if err else sys.stdout
    coloured = stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    if not coloured:
        for line in render(findings, texts):
            typer.echo("".join(text for text, _ in line), err=err)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=True)
    for line in render(findings, texts):
        console.print(Text.assemble(*line))


def _number(n: int, thing: str) -> str:
    return f"{n} {thing}{'' if n == 1 else 's'}"
