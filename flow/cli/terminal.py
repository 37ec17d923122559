"""The terminal: the application its commands register with, exit codes, and how input is read and findings printed.

Exit codes: 0 clean, 1 problems found in a study file (or two studies that differ), 2 wrong usage, 3 a file could not be
read or written, or the figure could not be drawn.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from consortflow._version import __version__
from consortflow.schemas.errors import ConsortflowError, FileError

if TYPE_CHECKING:
    from consortflow.schemas.diagnostics import Diagnostics

__all__ = [
    "CLEAN", "OUTSIDE", "PROBLEMS", "STDIN", "USAGE", "File", "app", "fail", "number_of", "print_findings",
    "read_input", "run", "stop",
]  # fmt: skip

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

File = Annotated[str, typer.Argument(metavar="FILE", help="A study file (*.consort.yaml), or - for standard input.")]


def run() -> int:
    """Run the command line and return its exit code; no input ends in a traceback."""
    try:
        app(standalone_mode=True)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # the reader of our output has seen enough
            return CLEAN
        return end.code if isinstance(end.code, int) else CLEAN if end.code is None else USAGE
    except FileError as error:
        return fail(str(error), OUTSIDE)
    except OSError as error:  # standard output, as on a full disk; files raise FileError
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the interpreter's last flush
        return fail(f"standard output: {(error.strerror or type(error).__name__).lower()}", OUTSIDE)
    except ConsortflowError as error:  # a table that cannot be counted from, an extra that is not installed
        return fail(str(error), OUTSIDE)
    except (RecursionError, MemoryError) as error:
        return fail(f"this input is too large ({type(error).__name__})", OUTSIDE)
    return CLEAN


def fail(message: str, code: int) -> int:
    """Print one line of what went wrong, and return an exit code."""
    typer.echo(f"consortflow: {message}", err=True)
    return code


def stop(message: str, code: int) -> NoReturn:
    """Print one line of what went wrong, and end the run with an exit code."""
    raise typer.Exit(fail(message, code))


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


def read_input(file: str) -> tuple[str, str]:
    """Return a file's name in findings, and its text. Raises FileError."""
    from consortflow.schemas.files import MAX_BYTES, decode, read_text

    if file == "-":
        return STDIN, decode(STDIN, sys.stdin.buffer.read(MAX_BYTES + 1))
    return file, read_text(file)


def print_findings(findings: Diagnostics, texts: dict[str, str], *, err: bool = True) -> None:
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


def number_of(n: int, thing: str) -> str:
    """Return a number of things in words: "1 error", "2 errors"."""
    return f"{n} {thing}{'' if n == 1 else 's'}"
