"""Errors about records that never hold a value of theirs: what a backend says is replaced by what we may say."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from consortflow.schemas.errors import ConsortflowError, FileError, MissingExtraError

__all__ = ["TableError", "discreetly", "extra"]

T = TypeVar("T")


class TableError(ConsortflowError, ValueError):
    """A table that was handed over cannot be counted from. `table` names it; `problem` says what is wrong with it."""

    def __init__(self, table: str, problem: str) -> None:
        super().__init__(f"{table}: {problem}")
        self.table = table
        self.problem = problem


def discreetly(name: str, call: Callable[[], T], doing: str = "read") -> T:
    """Return what `call` returns; what goes wrong in a backend is raised as FileError without the backend's words.

    pandas, Polars, DuckDB and pyarrow put values of cells into their exceptions. The new error names the table and the
    kind of failure; it has no cause and no context, so that no traceback, log or pickle can bring the old one back.
    Errors of our own pass as they are.
    """
    try:
        return call()
    except ConsortflowError:
        raise
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a backend raises may quote a record; a panic of Polars is none
        kind = type(error).__name__
    raise FileError(name, f"could not be {doing} ({kind})")


def extra(module: str, name: str, doing: str) -> Any:
    """Return a module that an extra of the package brings; raises MissingExtraError with the line that installs it."""
    try:
        return import_module(module)
    except ImportError as error:
        library = (error.name or module).partition(".")[0]
    raise MissingExtraError(name, doing, library)
