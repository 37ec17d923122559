"""Counting from participants' records at the command line: which tables, and what is written beside the counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from consortflow.cli.terminal import PROBLEMS, USAGE, number_of, print_findings, stop
from consortflow.cli.waiting import waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consortflow.participants.from_records import CountedStudy
    from consortflow.schemas.diagnostics import Diagnostics
    from consortflow.schemas.study import Study
    from consortflow.solving import Solution

__all__ = ["Recorder", "Records", "checked", "counted_solution"]

Records = Annotated[
    list[str] | None,
    typer.Option(
        "--records",
        metavar="[NAME=]TABLE",
        help="Count these participants, or take this table for the joined NAME; in place of those FILE names.",
    ),
]
_NAMED = re.compile(r"([^\W\d]\w*)=(.+)", re.DOTALL)


class Recorder:
    """Counts studies from the tables that the command line names, or from their own where it names none."""

    def __init__(self, given: Iterable[str] | None, *, shown: bool = True) -> None:
        self.tables = _tables(given or ())
        self.shown = shown
        """Whether a sign of life is shown meanwhile."""
        self.made: list[CountedStudy] = []

    def __call__(self, study: Study) -> CountedStudy:
        """Return a study counted from its records as far as it can be."""
        from contextlib import nullcontext

        from consortflow.participants.from_records import count_records
        from consortflow.participants.progress import share_done

        with waiting("counting records", share_done) if self.shown else nullcontext():
            self.made.append(count_records(study, self.tables))
        return self.made[-1]

    def unused(self, name: str, solution: Solution | None, options: Mapping[str, object] | None = None) -> str:
        """Say which option has no use, since the study has no records; nothing where it has some, or may have."""
        given = next((option for option, value in (options or {"--records": self.tables}).items() if value), "")
        if self.made or solution is None or not given:
            return ""
        return f"{given}: {name} has no records; add `records: {{id: ...}}` to it"


def checked(
    name: str, text: str, records: list[str] | None, *, strict: bool = False
) -> tuple[Solution | None, Diagnostics]:
    """Return what `check_text` does, counted from the tables given; tables that are of no use are wrong usage."""
    from consortflow.checking import check_text

    count = Recorder(records)
    solution, findings = check_text(text, name, strict=strict, count=count)
    if said := count.unused(name, solution):
        stop(said, USAGE)
    return solution, findings


def counted_solution(
    name: str, text: str, records: list[str], write: str | None, list_ids: str | None, *, quiet: bool = False
) -> tuple[Solution, str]:
    """Return the solution of a study, counted where it has records, and the order of attribution in words.

    Writes what was asked for; ids also where counting found errors. Findings are printed, and errors end the run.
    `quiet` leaves out findings that are no errors: they hold exact numbers.
    """
    from consortflow.checking import check_text
    from consortflow.report.records import order_as_text
    from consortflow.schemas.diagnostics import Diagnostics

    count = Recorder(records)
    solution, findings = check_text(text, name, count=count)
    if said := count.unused(name, solution, {"--records": records, "--write": write, "--list-ids": list_ids}):
        stop(said, USAGE)
    made = count.made
    if list_ids is not None and made:
        _write_ids(list_ids, made[-1])
    shown = findings if made and not quiet else findings.errors
    print_findings(Diagnostics(f for f in shown if f.severity != "note" or f.code.startswith("N")), {name: text})
    if solution is None or not findings.ok:
        raise typer.Exit(PROBLEMS)
    if write is not None and made:
        _write_study(write, made[-1])
    return solution, order_as_text(made[-1]) if made else ""


def _tables(given: Iterable[str]) -> dict[str, str] | None:
    """Return the tables that the command line names: NAME=TABLE for a joined one."""
    tables: dict[str, str] = {}
    for text in given:
        named = _NAMED.fullmatch(text)
        key, path = (named[1], named[2]) if named else ("table", text)
        if key in tables:
            what = "for the participants are" if key == "table" else f"called {key} are"
            stop(f"--records {text}: two tables {what} given", USAGE)
        tables[key] = path
    return tables or None


def _write_ids(path: str, counted: CountedStudy) -> None:
    from consortflow.report.records import ids_as_csv
    from consortflow.schemas.files import write_atomically

    text = ids_as_csv(counted)
    write_atomically(path, text.encode("utf-8"), mode=0o600)
    typer.echo(f"wrote {path}: {number_of(text.count(chr(10)) - 1, 'row')}, readable by you alone", err=True)


def _write_study(path: str, counted: CountedStudy) -> None:
    from consortflow.participants.writing import counted as filled_in
    from consortflow.schemas.files import write_atomically

    source = counted.study.source
    assert source is not None  # noqa: S101 - a study that was read from a text
    text = filled_in(source, counted.written())
    if path == "-":
        typer.echo(text, nl=False)
        return
    write_atomically(path, text.encode("utf-8"))
    typer.echo(f"wrote {path}", err=True)
