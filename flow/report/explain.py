"""A rule explained, for a terminal: the same text as the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill, indent

from consortflow.schemas.diagnostics import Rule

__all__ = ["explanation", "listing"]


def explanation(rule: Rule) -> str:
    """Return a rule's title, why it matters, and a wrong and a right example."""
    parts = [f"{rule.code} ({rule.severity}): {rule.title}", fill(rule.why, 100)]
    if rule.wrong:
        parts += [f"Wrong:\n\n{indent(rule.wrong, '    ')}", f"Right:\n\n{indent(rule.right, '    ')}"]
    return "\n\n".join(parts) + "\n"


def listing(rules: Mapping[str, Rule]) -> str:
    """Return every rule on a line of its own."""
    return "".join(f"{rule.code}  {rule.severity:<7}  {rule.title}\n" for rule in rules.values())
