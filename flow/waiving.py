"""Waivers: comments in a study file by which its authors accept a finding, with their reason.

    - kind: follow-up  # consortflow: allow D201: the registry keeps no reasons

speaks of its own line; a comment that has a line for itself speaks of the next line that says something.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Severity, Span, Waived, quoted, rule
from consortflow.schemas.placed import Mark, PlacedList, PlacedMap, Source, lines_of

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

BESIDE = ("R",)
"""Families whose findings come of a comparison with something beside the file: nobody knows here whether they stand."""

_HASH = re.compile(r"(?:^|(?<=\s))#")
_ASKS = re.compile(r"#\s*consortflow:\s*(?P<text>.*?)\s*$")
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

    def accepts(self, finding: Diagnostic) -> list[str]:
        """Return its codes that speak of a finding on its line."""
        return [code for code in self.codes if finding.code.startswith(code)]


def waive(findings: Iterable[Diagnostic], source: Source, *, complete: bool) -> Diagnostics:
    """Return findings without those that the file waives, and with what is wrong with its waivers.

    Only what a rule lets authors decide can be waived. `Diagnostics.waived` holds the rest, with the reasons. Unless
    the findings are `complete`, or where one is an error that no author can decide, a waiver that nothing uses may be
    needed once the file is mended.
    """
    from consortflow.rules import all_rules

    rules = all_rules()
    waivers, wrong = read_waivers(source)
    at: defaultdict[int, list[Waiver]] = defaultdict(list)
    for waiver in waivers:
        at[waiver.line].append(waiver)
    kept: list[Diagnostic] = [*wrong]
    waived: list[Waived] = []
    used: set[tuple[Waiver, str]] = set()
    for finding in findings:
        by = next((waiver for waiver in at.get(finding.span.line, ()) if waiver.accepts(finding)), None)
        if by is None:
            kept.append(finding)
            continue
        used.update((by, code) for code in by.accepts(finding))
        if rules[finding.code].waivable:
            waived.append(Waived(finding, by.reason))
            continue
        kept.append(finding)
        fix = "correct the numbers, or state the gap that the source has with `unexplained`"
        message = f"{finding.code} cannot be waived: {rules[finding.code].title}"
        kept.append(UNREADABLE.found(message, by.span, fix=fix if finding.code.startswith("B") else "correct it"))
    hidden = not complete or any(d.severity is Severity.ERROR and not rules[d.code].waivable for d in kept)
    for waiver in () if hidden else waivers:
        unused = [code for code in waiver.codes if (waiver, code) not in used and not code.startswith(BESIDE)]
        if unused:
            message = f"line {waiver.line} has no {' and no '.join(unused)} to waive"
            fix = "delete the comment" if len(unused) == len(waiver.codes) else f"delete {' and '.join(unused)}"
            kept.append(UNUSED.found(message, waiver.span, fix=fix))
    return Diagnostics(kept, waived)


def read_waivers(source: Source) -> tuple[list[Waiver], list[Diagnostic]]:
    """Return the waivers of a file, and a finding for each comment that looks like one and is none."""
    from consortflow.rules import all_rules

    known = all_rules()
    found: list[Waiver] = []
    wrong: list[Diagnostic] = []
    lines = lines_of(source.text)
    texts = sorted(_marks(source.root))
    speaking = [number for number, line in enumerate(lines, 1) if (said := line.strip()) and said[0] != "#"]
    for number, line in enumerate(lines, 1):
        comment, alone = _comment(line, number, texts) if "consortflow:" in line else (None, False)
        if comment is None:
            continue
        span = Span(source.name, number, comment.start() + 1, number, comment.end() + 1)
        read = _ALLOW.fullmatch(comment["text"])
        if read is None:
            wrong.append(UNREADABLE.found(f"{quoted(comment['text'])} is no waiver", span, fix=_FIX))
            continue
        codes = tuple(dict.fromkeys(code.strip().upper() for code in read["codes"].split(",")))
        unknown = [code for code in codes if not any(name.startswith(code) for name in known)]
        if unknown:
            fix = "consortflow explain lists the codes"
            wrong.append(UNREADABLE.found(f"no finding has the code {unknown[0]}", span, fix=fix))
            continue
        after = bisect_right(speaking, number)
        of = speaking[after] if alone and after < len(speaking) else number
        found.append(Waiver(codes, read["reason"], span, of))
    return found, wrong


def _comment(line: str, number: int, texts: Sequence[Mark]) -> tuple[re.Match[str] | None, bool]:
    """Return the comment of a line that speaks to this program, and whether the line holds nothing else.

    Behind other words of a comment it counts only where the line says something: what is commented out waives nothing.
    """
    starts = [found.start() for found in _HASH.finditer(line) if not _is_text(texts, (number, found.start() + 1))]
    alone = bool(starts) and not line[: starts[0]].strip()
    asking = (_ASKS.match(line, start) for start in (starts[:1] if alone else starts))
    return next((comment for comment in asking if comment is not None), None), alone


def _is_text(texts: Sequence[Mark], at: tuple[int, int]) -> bool:
    """Whether a place lies inside a key or a value, so that a # there starts no comment."""
    place = bisect_right(texts, at, key=lambda mark: mark[:2]) - 1
    return place >= 0 and at < texts[place][2:]


def _marks(node: object) -> Iterator[Mark]:
    """Yield where every key and every text of a mapping or list stands."""
    if isinstance(node, PlacedMap):
        yield from node.keys_at.values()
        for key, value in node.items():
            yield from _marks(value) if isinstance(value, dict | list) else (node.values_at[key],)
    elif isinstance(node, PlacedList):
        for value, mark in zip(node, node.values_at, strict=True):
            yield from _marks(value) if isinstance(value, dict | list) else (mark,)
