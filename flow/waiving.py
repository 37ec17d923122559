"""Waivers: comments in a study file by which its authors accept a finding, with their reason.

    - kind: follow-up  # consortflow: allow D201: the registry keeps no reasons

speaks of its own line; a comment that has a line for itself speaks of the next line that says something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Severity, Span, Waived, quoted, rule
from consortflow.schemas.source import PlacedMap, Source, lines_of

__all__ = ["Waiver", "read_waivers", "waive"]

UNREADABLE = rule(
    "S116",
    "a waiver that cannot be followed",
    why="A waiver names the codes it accepts and says why, so that the next reader need not ask: `# consortflow: "
    "allow D201: the registry keeps no reasons`. Counts that contradict cannot be waived: state the gap that the "
    "source itself has with `unexplained`.",
    wrong="""
stages:
  # consortflow: allow B201
  - {kind: screening, exits: [{label: Out}]}
  - {kind: enrollment, n: 67}""",
    right="""
stages:
  # consortflow: allow B201: nobody kept a screening log
  - {kind: screening, exits: [{label: Out}]}
  - {kind: enrollment, n: 67}""",
    severity=Severity.WARNING,
    waivable=False,
)
UNUSED = rule(
    "S117",
    "a waiver that waives nothing",
    why="What it accepted is mended, or stands on another line. Left in the file, it would one day hide something new.",
    wrong="stages:\n  # consortflow: allow B201: nobody kept a screening log\n  - {kind: screening, n: 92}",
    right="stages:\n  - {kind: screening, n: 92}",
    severity=Severity.WARNING,
    waivable=False,
)

_COMMENT = re.compile(r"(?:^|(?<=\s))#\s*consortflow:\s*(?P<text>.*?)\s*$")
_ALLOW = re.compile(r"allow\s+(?P<codes>[A-Za-z]\d*(?:\s*,\s*[A-Za-z]\d*)*)\s*:\s*(?P<reason>\S.*)")
_FIX = "write the codes and why, as in: # consortflow: allow D201: the registry keeps no reasons"


class Waiver(NamedTuple):
    """Codes, or prefixes of codes, that are accepted on one line."""

    codes: tuple[str, ...]
    reason: str
    span: Span
    """Where the comment stands."""
    line: int
    """The line it speaks of."""

    def accepts(self, finding: Diagnostic) -> bool:
        """Whether it speaks of a finding's line and code."""
        return finding.span.line == self.line and finding.code.startswith(self.codes)


def waive(findings: Iterable[Diagnostic], source: Source, *, complete: bool) -> Diagnostics:
    """Return findings without those that the file waives, and with what is wrong with its waivers.

    Only what a rule lets authors decide can be waived. `Diagnostics.waived` holds the rest, with the reasons. Unless
    the findings are `complete`, a waiver that nothing uses may be needed once the file is mended.
    """
    from consortflow.rules import all_rules

    rules = all_rules()
    waivers, wrong = read_waivers(source)
    kept: list[Diagnostic] = [*wrong]
    waived: list[Waived] = []
    used: set[Waiver] = set()
    for finding in findings:
        by = next((waiver for waiver in waivers if waiver.accepts(finding)), None)
        if by is None:
            kept.append(finding)
            continue
        used.add(by)
        if rules[finding.code].waivable:
            waived.append(Waived(finding, by.reason))
            continue
        kept.append(finding)
        fix = "correct the numbers, or state the gap that the source has with `unexplained`"
        message = f"{finding.code} cannot be waived: {rules[finding.code].title}"
        kept.append(UNREADABLE.found(message, by.span, fix=fix if finding.code.startswith("B") else "correct it"))
    for waiver in waivers if complete else ():
        if waiver not in used:
            message = f"line {waiver.line} has no {' and no '.join(waiver.codes)} to waive"
            kept.append(UNUSED.found(message, waiver.span, fix="delete the comment"))
    return Diagnostics(kept, waived)


def read_waivers(source: Source) -> tuple[list[Waiver], list[Diagnostic]]:
    """Return the waivers of a file, and a finding for each comment that looks like one and is none."""
    from consortflow.rules import all_rules

    known = all_rules()
    found: list[Waiver] = []
    wrong: list[Diagnostic] = []
    lines = lines_of(source.text)
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line)
        if match is None or _is_text(source, number, match.start() + 1):
            continue
        span = Span(source.name, number, match.start() + 1, number, match.end() + 1)
        read = _ALLOW.fullmatch(match["text"])
        if read is None:
            wrong.append(UNREADABLE.found(f"{quoted(match['text'])} is no waiver", span, fix=_FIX))
            continue
        codes = tuple(code.strip().upper() for code in read["codes"].split(","))
        unknown = [code for code in codes if not any(name.startswith(code) for name in known)]
        if unknown:
            fix = "consortflow explain lists the codes"
            wrong.append(UNREADABLE.found(f"no finding has the code {unknown[0]}", span, fix=fix))
            continue
        alone = not line[: match.start()].strip()
        found.append(Waiver(codes, read["reason"], span, _next_said(lines, number) if alone else number))
    return found, wrong


def _next_said(lines: list[str], number: int) -> int:
    """Return the number of the first line after a line that is neither empty nor a comment."""
    after = (at for at, line in enumerate(lines[number:], number + 1) if (said := line.strip()) and said[0] != "#")
    return next(after, number)


def _is_text(source: Source, line: int, column: int) -> bool:
    """Whether a place lies inside a key or a value, so that a # there starts no comment."""
    at = (line, column)
    return any(mark[:2] <= at < mark[2:] for mark in _marks(source.root))


def _marks(node: object) -> Iterator[tuple[int, int, int, int]]:
    """Yield where every key and every text of a mapping or list stands."""
    if isinstance(node, PlacedMap):
        yield from node.keys_at.values()
        for key, value in node.items():
            yield from _marks(value) if isinstance(value, dict | list) else (node.values_at[key],)
    elif isinstance(node, list):
        for value, mark in zip(node, node.values_at, strict=True):  # type: ignore[attr-defined] # lists of a source
            yield from _marks(value) if isinstance(value, dict | list) else (mark,)
