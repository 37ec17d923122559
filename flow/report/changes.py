"""A comparison of two studies, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consortflow.comparing import Change, Comparison
from consortflow.schemas.diagnostics import Span
from consortflow.solving import Interval

__all__ = ["VERSION", "as_data", "as_text"]

VERSION = 1
"""Raised when a reader of the JSON would have to change."""
_MARKS = {"changed": "~", "added": "+", "gone": "-", "renamed": "="}


def as_text(comparison: Comparison, before: str, after: str) -> str:
    """Return a line for each difference, and what they come to. What is inside a box that is new or gone is counted."""
    lines = [f"{before} -> {after}"]
    lines += [f"~ {fact.name.replace('_', ' ')}: {_or_none(fact.before)} -> {_or_none(fact.after)}"
              for fact in comparison.facts]  # fmt: skip
    lines += _changes(comparison)
    number = len(comparison.facts) + len(comparison.changes)
    same = f"{comparison.same} {'count is' if comparison.same == 1 else 'counts are'} the same"
    differences = f"{number or 'no'} {'difference' if number == 1 else 'differences'}"
    lines.append(f"{differences}; {same}")
    return "\n".join(lines) + "\n"


def _changes(comparison: Comparison) -> Iterator[str]:
    shown: list[Change] = []
    held: list[int] = []
    for change in comparison.changes:
        if change.held and shown and shown[-1].what == change.what:
            held[-1] += 1
        else:
            shown.append(change)
            held.append(0)
    several = len({change.unit for change in comparison.changes}) > 1
    for change, inside in zip(shown, held, strict=True):
        yield _line(change, inside, several=several)


def _line(change: Change, inside: int, *, several: bool) -> str:
    label = f"{change.within} > {change.label}" if change.within else change.label
    unit = f" ({change.unit})" if several else ""
    was, now = _number(change.before), _number(change.after)
    number = {"changed": f"{was} -> {now}", "renamed": now, "added": now, "gone": was}[change.what]
    called = f', called "{change.before_label}" before' if change.before_label else ""
    more = f", with {inside} {'count' if inside == 1 else 'counts'} inside" if inside else ""
    places = (change.before_at, change.after_at)
    at = " -> ".join(f"line {span.line}" for span in places if span is not None and span.line)
    return f"{_MARKS[change.what]} {label}{unit}: {number}{called}{more}" + (f"  [{at}]" if at else "")


def as_data(comparison: Comparison, before: str, after: str) -> dict[str, Any]:
    """Return a comparison as plain data: version, the files, facts, changes, how many counts are the same."""
    return {
        "version": VERSION,
        "before": before,
        "after": after,
        "equal": comparison.equal,
        "facts": [fact._asdict() for fact in comparison.facts],
        "changes": [_change(change) for change in comparison.changes],
        "same": comparison.same,
    }


def _change(change: Change) -> dict[str, Any]:
    data = change._asdict()
    for name in ("before", "after"):
        data[name] = _interval(data[name])
        data[f"{name}_at"] = _place(data[f"{name}_at"])
    data["before_label"] = change.before_label or None
    return data


def _interval(interval: Interval | None) -> dict[str, int | None] | None:
    return None if interval is None else {"n": interval.n, "low": interval.low, "high": interval.high}


def _place(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"file": span.file, "line": span.line or None, "column": span.column or None}


def _number(interval: Interval | None) -> str:
    return "not there" if interval is None else str(interval)


def _or_none(said: str | None) -> str:
    return "not said" if said is None else said
