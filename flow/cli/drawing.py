"""The command that draws."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from consortflow.cli.terminal import (
    CLEAN,
    OUTSIDE,
    PROBLEMS,
    USAGE,
    File,
    app,
    fail,
    number_of,
    print_findings,
    read_input,
    stop,
)
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from consortflow.diagrams.figure import Figure

__all__ = ["PictureFormat", "draw"]


class PictureFormat(StrEnum):
    """What a figure can be written as."""

    SVG = "svg"
    DOT = "dot"


class _Look(NamedTuple):
    """What the command line says of how a figure looks; what it leaves out, the study file says."""

    theme: str | None
    width: str | None
    show_derived: bool | None


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
    show_derived: Annotated[
        bool | None,
        typer.Option(
            "--show-derived/--hide-derived", help="Mark counts that FILE leaves out and the others determine."
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Draw again whenever FILE changes, until interrupted.")
    ] = False,
) -> None:
    """Draw the figure of a study file. Nothing is written where the file has errors."""
    kind = _format(output, format)
    target = _target(file, output, kind)
    look = _Look(theme, width, show_derived)
    if watch:
        if file == "-" or target == "-":
            stop("--watch needs a file to watch and a file to write", USAGE)
        _watch(file, lambda: _draw(file, target, kind, look, allow_invalid=allow_invalid))
        return
    raise typer.Exit(_draw(file, target, kind, look, allow_invalid=allow_invalid))


def _format(output: str | None, asked: PictureFormat | None) -> PictureFormat:
    if asked is not None or output in (None, "-"):
        return asked or PictureFormat.SVG
    ending = Path(str(output)).suffix.lower().removeprefix(".")
    if ending in ("gv", *PictureFormat):
        return PictureFormat.DOT if ending == "gv" else PictureFormat(ending)
    known = ", ".join(f".{name}" for name in PictureFormat)
    return stop(f"{output}: the ending says no format ({known}); add one, or --format", USAGE)


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
        stop(f"{output} is the study file itself", USAGE)
    return output


def _draw(file: str, target: str, kind: PictureFormat, look: _Look, *, allow_invalid: bool) -> int:
    from consortflow.checking import check_text
    from consortflow.diagrams.errors import GraphvizError, PictureError, ThemeError, WidthError
    from consortflow.diagrams.theme import theme_names
    from consortflow.drawing import draw_solution

    name, text = read_input(file)
    solution, findings = check_text(text, name)
    if solution is None or not findings.ok:
        print_findings(findings.errors, {name: text})
        if solution is None or not allow_invalid:
            typer.echo(f"{name} is not drawn: {number_of(len(findings.errors), 'error')}", err=True)
            return PROBLEMS
    try:
        figure = draw_solution(solution, **look._asdict())
    except (ThemeError, WidthError) as error:
        no_theme = isinstance(error, ThemeError) and error.known == theme_names()
        asked = look.theme if no_theme else look.width
        return fail(str(error) if asked is not None else f"{name}: {error}", USAGE if asked is not None else PROBLEMS)
    except (GraphvizError, PictureError) as error:
        return fail(f"{name}: {error}", OUTSIDE)
    for remark in figure.remarks:
        typer.echo(f"{name}: {remark}", err=True)
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
                    fail(str(error), OUTSIDE)
            time.sleep(0.2)
    except KeyboardInterrupt:
        return
