"""Findings about a study file, where they point, and the registry of rules that explains each code."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, Self

__all__ = ["RULES", "Diagnostic", "Diagnostics", "Related", "Rule", "Severity", "Span", "Waived", "quoted", "rule"]


class Severity(StrEnum):
    """How much a finding matters: an error stops a drawing, a warning does not, a note only informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Span(NamedTuple):
    """A stretch of a file: lines and columns count from 1, the end is exclusive."""

    file: str = "<study>"
    line: int = 0
    """0 where the study was built in Python and has no file."""
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Related(NamedTuple):
    """Another place that takes part in a finding, and what it says."""

    message: str
    span: Span


class Diagnostic(NamedTuple):
    """One finding: a stable code, a sentence, the place it points at, the places it involves, and what would help."""

    code: str
    severity: Severity
    message: str
    span: Span
    related: tuple[Related, ...] = ()
    fix: str = ""
    subjects: tuple[str, ...] = ()
    """Full ids of the boxes concerned, for a picture that marks them."""

    def __str__(self) -> str:
        return f"{self.span}: {self.severity}[{self.code}]: {self.message}"


class Waived(NamedTuple):
    """A finding that the study file itself waives, and why."""

    finding: Diagnostic
    reason: str


class Diagnostics(tuple[Diagnostic, ...]):
    """Every finding of one run, in file order.

    Behaves as a tuple; `ok` is True where nothing is an error.
    """

    waived: tuple[Waived, ...]
    """What the study file waives, with a reason; none of it is among the findings."""

    def __new__(cls, findings: Iterable[Diagnostic] = (), waived: Iterable[Waived] = ()) -> Self:
        """Sort findings by file, line and column, then code, and drop repetitions."""
        unique = dict.fromkeys(findings)
        made = super().__new__(cls, sorted(unique, key=lambda d: (d.span, d.code, d.message)))
        made.waived = tuple(waived)
        return made

    @property
    def errors(self) -> Diagnostics:
        """The findings that make the study invalid."""
        return Diagnostics(d for d in self if d.severity is Severity.ERROR)

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not any(d.severity is Severity.ERROR for d in self)

    def __str__(self) -> str:
        return "\n".join(map(str, self))


class Rule(NamedTuple):
    """What a code means: its title, why it matters, a study file that breaks it and one that does not."""

    code: str
    title: str
    severity: Severity
    why: str
    wrong: str
    right: str
    waivable: bool = False
    """Whether a study file may waive it, with a reason: a contradiction it cannot."""

    def found(
        self, message: str, span: Span, *, related: Iterable[Related] = (), fix: str = "", subjects: Iterable[str] = ()
    ) -> Diagnostic:
        """Return a finding of this rule at `span`."""
        return Diagnostic(self.code, self.severity, message, span, tuple(related), fix, tuple(subjects))


RULES: dict[str, Rule] = {}
"""Every rule by code; complete once the modules that hold rules are imported (`consortflow.rules.all_rules`)."""


def rule(
    code: str,
    title: str,
    *,
    why: str,
    wrong: str,
    right: str,
    severity: Severity = Severity.ERROR,
    waivable: bool | None = None,
) -> Rule:
    """Register a rule and return it; a code can be registered once (ValueError).

    Errors cannot be waived, warnings and notes can, where nothing else is said.
    """
    may = severity is not Severity.ERROR if waivable is None else waivable
    if code in RULES:
        msg = f"rule {code} is registered twice"
        raise ValueError(msg)
    RULES[code] = made = Rule(code, title, severity, " ".join(why.split()), wrong.strip("\n"), right.strip("\n"), may)
    return made


def quoted(value: object, most: int = 60) -> str:
    """Return what somebody wrote in quotation marks, on one line and cut to `most` characters."""
    text = " ".join(str(value).split())
    return f'"{text[: most - 3]}..."' if len(text) > most else f'"{text}"'
