"""The errors that consortflow raises: misuse by a caller, and the outside world."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consortflow.schemas.diagnostics import Diagnostics

__all__ = ["ConsortflowError", "DisclosureError", "FileError", "InvalidStudyError", "MissingExtraError"]


class ConsortflowError(Exception):
    """The base of every error that consortflow raises."""


class FileError(ConsortflowError, OSError):
    """A file could not be read or written.

    `path` names the file and `problem` says in a few words what is wrong with it.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


class InvalidStudyError(ConsortflowError, ValueError):
    """A study that was needed whole has errors; `diagnostics` holds every finding, warnings and notes included."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        errors = diagnostics.errors
        first = errors[0] if errors else diagnostics[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first.span}: {first.severity}[{first.code}]: {first.message}{more}")
        self.diagnostics = diagnostics


class DisclosureError(ConsortflowError, ValueError):
    """A study cannot be shown with its small counts hidden, or rounded; the message says what is in the way."""


class MissingExtraError(ConsortflowError, ImportError):
    """What is asked for needs a `library` that comes with an `extra` of this package, and is not installed."""

    def __init__(self, extra: str, what: str, library: str) -> None:
        super().__init__(f"{what} needs {library}: pip install 'consortflow[{extra}]'", name=library)
        self.extra = extra
        self.library = library
