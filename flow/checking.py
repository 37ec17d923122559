"""The verb check: everything that is wrong with a study, in one run and in file order."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from consortflow.rules.accounting import without_records
from consortflow.rules.undetermined import undetermined
from consortflow.schemas.diagnostics import Diagnostic, Diagnostics
from consortflow.schemas.errors import InvalidStudyError
from consortflow.schemas.files import read_text
from consortflow.schemas.read import examine_source
from consortflow.schemas.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from consortflow.disclosure import Disclosure
    from consortflow.network import FlowNetwork
    from consortflow.participants.from_records import CountedStudy
    from consortflow.schemas.placed import Source
    from consortflow.solving import Solution

__all__ = ["check", "check_text", "examine_network", "solved"]


def check(study: Study | str | os.PathLike[str], *, strict: bool = False) -> Diagnostics:
    """Return every finding about a study, or about the study file at a path.

    A wrong file is not an exception: what is wrong with it is in the result, whose `ok` is True where nothing is an
    error. With `strict`, a count that is not determined is an error too. What the file waives is in the result's
    `waived`, not among the findings. Raises FileError where the file cannot be read.
    """
    return _examined(study, strict=strict)[1]


def solved(
    study: Study | str | os.PathLike[str], *, contradictions: bool = False, disclosure: Disclosure | None = None
) -> Solution:
    """Return the solution of a study, or of the study file at a path; as it may be shown, where there is a disclosure.

    Raises InvalidStudyError with every finding where it has errors, but for counts that contradict where these may
    stand; DisclosureError where counts cannot be protected; FileError where a file cannot be read.
    """
    solution, findings = _examined(study)
    if solution is None or not (findings.ok or contradictions):
        raise InvalidStudyError(findings)
    if disclosure is None:
        return solution
    from consortflow.disclosure import published

    return published(solution, disclosure)


def _examined(study: Study | str | os.PathLike[str], *, strict: bool = False) -> tuple[Solution | None, Diagnostics]:
    """Return the solution of a study, or of the file at a path, and every finding that it does not waive."""
    if not isinstance(study, Study):
        return check_text(read_text(study), os.fspath(study), strict=strict)
    solution, found = examine_network(study, strict=strict)
    return solution, _without_waived(found, study.source, complete=_complete(solution, found))


def check_text(
    text: str, name: str, *, strict: bool = False, count: Callable[[Study], CountedStudy] | None = None
) -> tuple[Solution | None, Diagnostics]:
    """Return the solution of the study in a text, where it can be solved, and every finding about it.

    `count` counts a study that names records; the files it names are counted where nothing else is said.
    """
    source, study, findings = examine_source(text, name)
    if study is None:
        return None, _without_waived(findings, source, complete=False)
    solution, found = examine_network(study, strict=strict, count=count)
    if not findings.ok:  # only counts are damaged: what contradicts without them is true, what is not known is not news
        return None, _without_waived((*findings, *found.errors), source, complete=False)
    return solution, _without_waived((*findings, *found), source, complete=_complete(solution, found))


def examine_network(
    study: Study, *, strict: bool = False, count: Callable[[Study], CountedStudy] | None = None
) -> tuple[Solution | None, Diagnostics]:
    """Return the solution of a study, where its structure allows one, and every finding about structure and counts."""
    from consortflow.building import build
    from consortflow.rules import by_design
    from consortflow.solving import solve_network

    study, counting, counted = _counted(study, count)
    network = build(study)
    if _unsolvable(network):
        return None, Diagnostics((*network.findings, *counting))
    solution = solve_network(network)
    if not counting.ok:  # where nobody is counted, or somebody is in no place, it is no news that sums are open
        stated = () if counted else solution.conflicts
        return solution, Diagnostics((*network.findings, *counting, *stated))
    found: list[Diagnostic] = [*network.findings, *counting, *solution.conflicts, *solution.notes]
    if study.records is None:
        found += without_records(network)
    if network.whole:  # or something may only seem to be missing
        if solution.ok:
            found += undetermined(solution, strict=strict)
        found += by_design(solution)
    return solution, Diagnostics(found)


def _complete(solution: Solution | None, found: Diagnostics) -> bool:
    """Whether every rule has spoken."""
    whole = solution is not None and solution.ok and solution.network.whole
    return whole and not any(finding.code.startswith("N") for finding in found.errors)


def _counted(study: Study, count: Callable[[Study], CountedStudy] | None) -> tuple[Study, Diagnostics, bool]:
    """Return a study with the numbers of its records, what counting them found, and whether they were counted."""
    if study._counted is not None:
        return study, study._counted, True
    if study.records is None:
        return study, Diagnostics(), False
    from consortflow.participants.from_records import count_records

    made = (count or count_records)(study)
    return made.study, made.findings, bool(made.numbers)


def _without_waived(findings: Iterable[Diagnostic], source: Source | None, *, complete: bool) -> Diagnostics:
    if source is None or "consortflow:" not in source.text:
        return Diagnostics(findings)
    from consortflow.waiving import waive

    return waive(findings, source, complete=complete)


def _unsolvable(network: FlowNetwork) -> bool:
    """Whether the structure is so damaged that counts would contradict for that reason alone."""
    return network.torn or any(finding.code in ("S107", "S110", "S111", "S112") for finding in network.findings)
