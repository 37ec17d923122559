"""The commands that draw."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from consortflow.cli.named import expanded, stem_of
from consortflow.cli.protecting import Mask, Midpoint, Round, disclosure_of
from consortflow.cli.recording import Records
from consortflow.cli.rendering import Look, Order, Target, rendered
from consortflow.cli.terminal import OUTSIDE, USAGE, app, fail, print_findings, read_input, stop
from consortflow.diagrams.writers import FONTS, FORMATS, Fonts, format_named
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from consortflow.drawing import Orientation

__all__ = ["draw"]


@app.command()
def draw(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Study files (*.consort.yaml), patterns in quotation marks, or - for standard input.",
        ),
    ],
    outputs: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="Where to write the figure; - for standard output. May be given several times. Default: beside FILE.",
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help=f"What to write: {', '.join(FORMATS)}; by the name of OUT where left out. Several go beside FILE.",
        ),
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
    height: Annotated[
        str | None,
        typer.Option(metavar="HEIGHT", help="How tall at most, as in 225mm, with smaller type where that helps."),
    ] = None,
    landscape: Annotated[
        bool | None,
        typer.Option("--landscape/--portrait", help="Fit a page, A4 between margins: 257 by 170 mm, or 170 by 247 mm."),
    ] = None,
    pages: Annotated[
        bool,
        typer.Option(
            "--pages", help="Cut what is taller than HEIGHT into pages; without pages in OUT, into OUT-1, OUT-2, ..."
        ),
    ] = False,
    show_derived: Annotated[
        bool | None,
        typer.Option(
            "--show-derived/--hide-derived", help="Mark counts that FILE leaves out and the others determine."
        ),
    ] = None,
    records: Records = None,
    mask: Mask = None,
    nearest: Round = None,
    midpoint: Midpoint = None,
    dpi: Annotated[
        int, typer.Option(min=30, max=1200, metavar="DPI", help="Dots per inch of formats made of dots.")
    ] = 300,
    fonts: Annotated[
        str,
        typer.Option(
            metavar="|".join(FONTS), help="Text of SVG: by names of fonts, with the fonts inside, or as outlines."
        ),
    ] = "stack",
    out_dir: Annotated[
        str | None,
        typer.Option("--out-dir", metavar="DIR", help="The folder for the figures of all files; nothing leaves it."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="How many files to draw at once.")] = 1,
    watch: Annotated[
        bool, typer.Option("--watch", help="Draw again whenever FILE changes, until interrupted.")
    ] = False,
) -> None:
    """Draw the figures of study files. Nothing is written where a file has errors."""
    page: Orientation | None = None if landscape is None else "landscape" if landscape else "portrait"
    like = Order(
        "", "", (), Look(theme, width, height, page, show_derived), dpi, _fonts(fonts), allow_invalid,
        disclosure_of(mask, nearest, midpoint), pages, records=tuple(records or ()),
    )  # fmt: skip
    asked = [_asked(name) for name in dict.fromkeys(formats or [])]
    named = expanded(files)
    if out_dir is None and len(named) == 1:
        file, targets = named[0], _targets(named[0], outputs or [], asked)
        if watch:
            if file == "-" or any(target.path == "-" for target in targets):
                stop("--watch needs a file to watch and a file to write", USAGE)
            _watch(file, lambda: _draw(file, targets, like))
            return
        raise typer.Exit(_draw(file, targets, like))
    if watch:
        stop("--watch takes one file", USAGE)
    if outputs:
        stop("-o is for one file; several go to --out-dir, in each --format", USAGE)
    if "-" in named:
        stop("standard input has no name for its figure: give -o", USAGE)
    from consortflow.cli.batch import run_batch

    raise typer.Exit(run_batch(named, out_dir, asked or ["svg"], like, jobs))


def _fonts(asked: str) -> Fonts:
    kind = next((kind for kind in FONTS if kind == asked), None)
    return kind or stop(f"--fonts {asked}: it is one of {', '.join(FONTS)}", USAGE)


def _asked(name: str) -> str:
    """Return the name of a format that --format gives."""
    try:
        return format_named(name).name
    except ValueError:
        return stop(f"--format {name}: it is one of {', '.join(FORMATS)}", USAGE)


def _targets(file: str, outputs: list[str], formats: list[str]) -> tuple[Target, ...]:
    """Return what one file is drawn to."""
    if len(formats) > 1 and outputs:
        stop("several formats have no one OUT: leave -o out, or give one -o for each", USAGE)
    if not outputs:
        formats = formats or ["svg"]
        if file == "-":
            if len(formats) > 1:
                stop("standard output takes one format: give -o for each", USAGE)
            return (Target("-", formats[0]),)
        if not Path(file).name:  # "" or a folder such as . or /, which reading refuses in its own words
            raise FileError(file, "is a folder, not a file" if file else "a file needs a name")
        outputs = [str(Path(file).with_name(f"{stem_of(file)}.{form}")) for form in formats]
        return tuple(_apart(Target(path, form), file) for path, form in zip(outputs, formats, strict=True))
    found = [_apart(Target(path, _format(path, formats)), file) for path in dict.fromkeys(outputs)]
    places = [os.path.realpath(target.path) for target in found if target.path != "-"]
    if len(set(places)) < len(places):
        stop("two of the outputs are the same file", USAGE)
    return tuple(found)


def _format(output: str, formats: list[str]) -> str:
    if formats or output == "-":
        return formats[0] if formats else "svg"
    try:
        return format_named(Path(output).suffix.removeprefix(".")).name
    except ValueError:
        known = ", ".join(f".{form.endings[0]}" for form in FORMATS.values())
        return stop(f"{output}: the ending says no format ({known}); add one, or --format", USAGE)


def _apart(target: Target, file: str) -> Target:
    if target.path != "-" and file != "-" and os.path.realpath(target.path) == os.path.realpath(file):
        stop(f"{target.path} is the study file itself", USAGE)
    return target


def _draw(file: str, targets: tuple[Target, ...], like: Order) -> int:
    name, text = read_input(file)
    outcome = rendered(like._replace(name=name, text=text, targets=targets), waited_for=True)
    print_findings(outcome.findings, {name: text})
    if outcome.trouble:
        typer.echo(outcome.trouble, err=True)
    for remark in outcome.remarks:
        typer.echo(remark, err=True)
    for path in outcome.written:
        typer.echo(f"wrote {path}")
    return outcome.code


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
