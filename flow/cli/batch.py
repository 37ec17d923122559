"""Many study files to figures in one folder: one line for each, and none that is wrong stops the rest."""

from __future__ import annotations

import re
import sys
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import typer

from consortflow.cli.named import stem_of
from consortflow.cli.rendering import Order, Outcome, Target, keep_inside, rendered
from consortflow.cli.terminal import CLEAN, OUTSIDE, PROBLEMS, USAGE, number_of, read_input, stop
from consortflow.schemas.errors import ConsortflowError
from consortflow.schemas.files import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["run_batch"]

_Item = TypeVar("_Item")
DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)", re.IGNORECASE)
"""Names that Windows keeps for devices, with any ending."""
PAGE = re.compile(r"(.+)-[0-9]+(\.[a-z0-9]+)")
"""The name of one page's file."""


class _Line(NamedTuple):
    """What one file came to."""

    code: int
    text: str


def run_batch(files: Sequence[str], folder: str | None, formats: Sequence[str], like: Order, jobs: int) -> int:
    """Draw each file into `folder`, or beside it where there is none, and return the exit code of the whole.

    `like` says how: its name, text and targets are not used. Lines come in the order of the files.
    """
    places = _places(files, folder, formats, pages=like.pages)
    if folder is not None:
        make_folder(folder)
    lines: dict[str, _Line] = {}
    printed = 0
    for file, line in _results(places, folder, like, jobs):
        lines[file] = line
        while printed < len(files) and files[printed] in lines:
            typer.echo(lines[files[printed]].text, err=lines[files[printed]].code != CLEAN)
            printed += 1
    codes = [line.code for line in lines.values()]
    failed = sum(code != CLEAN for code in codes)
    drawn = f"{number_of(len(codes) - failed, 'file')} drawn"
    typer.echo(f"{drawn}, {failed} not" if failed else drawn, err=True)
    return next((code for code in (OUTSIDE, USAGE, PROBLEMS) if code in codes), CLEAN)


def _places(
    files: Sequence[str], folder: str | None, formats: Sequence[str], *, pages: bool
) -> dict[str, tuple[Target, ...]]:
    """Return what each file is drawn to; two files that would be drawn to one are wrong usage."""
    taken: dict[str, str] = {}
    places: dict[str, tuple[Target, ...]] = {}
    for file in files:
        stem = stem_of(file)
        if not stem or stem in (".", "..") or DEVICE.match(stem):
            stop(f"{file!r}: a figure cannot be called {stem!r}", USAGE)
        home = Path(folder) if folder is not None else Path(file).parent
        places[file] = tuple(Target(str(home / f"{stem}.{form}"), form) for form in formats)
        for target in places[file]:
            if (other := taken.setdefault(target.path.casefold(), file)) != file:
                stop(f"{other} and {file} would both be drawn to {target.path}", USAGE)
    for path, file in taken.items() if pages else ():
        page = PAGE.fullmatch(path)
        whole = taken.get(page[1] + page[2]) if page else None
        if whole is not None:
            stop(f"a page of {whole} and {file} would both be drawn to {path}", USAGE)
    return places


def _results(
    places: dict[str, tuple[Target, ...]], folder: str | None, like: Order, jobs: int
) -> Iterator[tuple[str, _Line]]:
    """Yield each file with what it came to, as they are done, behind a progress bar where somebody looks at it."""
    if jobs == 1 or len(places) == 1:
        for file, targets in _watched(places.items(), len(places)):
            yield file, _draw(file, targets, folder, like)
        return
    # a worker is a fresh interpreter on every system: what a fork copies of threads and locks is left to chance
    from multiprocessing import get_context

    with ProcessPoolExecutor(min(jobs, len(places)), mp_context=get_context("spawn")) as pool:
        waiting: dict[Future[_Line], str] = {
            pool.submit(_draw, file, targets, folder, like): file for file, targets in places.items()
        }
        try:
            for done in _watched(as_completed(waiting), len(places)):
                yield waiting[done], done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _watched(items: Iterable[_Item], total: int) -> Iterator[_Item]:
    if not sys.stderr.isatty() or total < 2:
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, "drawing", total=total, console=Console(stderr=True), transient=True)


def _draw(file: str, targets: tuple[Target, ...], folder: str | None, like: Order) -> _Line:
    """Draw one file, whatever is wrong with it."""
    try:
        for target in targets:
            keep_inside(target.path, folder)
        name, text = read_input(file)
        outcome = rendered(like._replace(name=name, text=text, targets=targets, folder=folder))
    except ConsortflowError as error:  # a file, a table that cannot be counted from, an extra that is not installed
        return _Line(OUTSIDE, f"{file}: not drawn: {error}")
    except (RecursionError, MemoryError) as error:
        return _Line(OUTSIDE, f"{file}: not drawn: it is too large ({type(error).__name__})")
    return _Line(outcome.code, _told(file, outcome))


def _told(file: str, outcome: Outcome) -> str:
    errors = outcome.findings
    if outcome.code == PROBLEMS and errors and not outcome.written:
        lead = number_of(len(errors), "error") + ("; the first: " if len(errors) > 1 else ": ")
        return f"{file}: not drawn: {lead}{errors[0].span}: error[{errors[0].code}]: {errors[0].message}"
    if outcome.trouble:
        return f"{file}: not drawn: {outcome.trouble.removeprefix('consortflow: ').removeprefix(f'{file}: ')}"
    remarks = "".join(f"; {remark.removeprefix(f'{file}: ')}" for remark in outcome.remarks)
    marked = f"; {number_of(len(errors), 'error')} in it" if errors else ""
    return f"{file}: wrote {', '.join(outcome.written)}{marked}{remarks}"
