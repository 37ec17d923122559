"""A sign of life while a command works: on a terminal, on standard error, and only once it takes more than a second."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

__all__ = ["waiting"]

PATIENCE = 1.0
"""Seconds before anything is shown."""


@contextmanager
def waiting(text: str, share: Callable[[], float | None]) -> Iterator[None]:
    """Show what is being done and, where `share` tells, how many percent of it are; nothing of it stays."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    done = Event()
    shown = Thread(target=_show, args=(text, share, done), daemon=True)
    shown.start()
    try:
        yield
    finally:
        done.set()
        shown.join()


def _show(text: str, share: Callable[[], float | None], done: Event) -> None:
    if done.wait(PATIENCE):
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task(text, total=None)
        while not done.wait(0.1):
            percent = share()
            progress.update(task, total=None if percent is None else 100, completed=percent or 0)
