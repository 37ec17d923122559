"""The registry of rules as pages of documentation: one for each code, and an index by family."""

from __future__ import annotations

from collections.abc import Mapping

from consortflow.checking import check_text
from consortflow.report.text import render
from consortflow.schemas.diagnostics import Diagnostics, Rule, Severity

__all__ = ["FAMILIES", "INDEX", "pages"]

FAMILIES = {
    "Y": "The YAML text",
    "S": "The study's form, names and structure",
    "B": "Balance: whether counts add up, and what is not known",
    "D": "Designs and reporting guidelines",
    "N": "Participants' records",
    "R": "Registries",
    "M": "Manuscripts",
}
"""What the first letter of a code means."""
INDEX = "README.md"
_STUDY = "study.consort.yaml"
_HEAD = """\
# Findings

What `consortflow check` can say; `consortflow explain CODE` prints the same text. An error stops a drawing, a warning
fails only `check --strict`, a note informs. `--select` and `--ignore` take codes or their prefixes.

A warning or a note can be accepted where it stands, with the reason: by a comment on its line, or alone on the line
before it.

```yaml
exits:
  - {label: Excluded, n: 25}  # consortflow: allow D202: no screening log was kept
```
"""


def pages(rules: Mapping[str, Rule]) -> dict[str, str]:
    """Return the text of every page by its file name, in Markdown."""
    return {INDEX: _index(rules), **{f"{code}.md": _page(rule) for code, rule in rules.items()}}


def _index(rules: Mapping[str, Rule]) -> str:
    parts = [_HEAD]
    for letter, family in FAMILIES.items():
        rows = [
            f"| [{rule.code}]({rule.code}.md) | {rule.severity} | {rule.title} |"
            for rule in rules.values()
            if rule.code[0] == letter
        ]
        if rows:
            table = "\n".join(["| code | severity | finding |", "|---|---|---|", *rows])
            parts += [f"## {letter}: {family}\n", f"{table}\n"]
    return "\n".join(parts)


def _page(rule: Rule) -> str:
    accepted = "It can be waived with a reason." if rule.waivable else "It cannot be waived."
    what = {Severity.ERROR: "An error", Severity.WARNING: "A warning", Severity.NOTE: "A note"}[rule.severity]
    parts = [f"# {rule.code}: {rule.title}\n", f"{what}. {accepted}\n", f"{rule.why}\n"]
    if rule.wrong:
        findings = Diagnostics(d for d in check_text(rule.wrong, _STUDY)[1] if d.code == rule.code)
        said = "\n".join("".join(text for text, _ in line).rstrip() for line in render(findings, {_STUDY: rule.wrong}))
        parts += [
            f"## Wrong\n\n```yaml\n{rule.wrong}\n```\n",
            f"```text\n{said.rstrip()}\n```\n",
            f"## Right\n\n```yaml\n{rule.right}\n```\n",
        ]
    return "\n".join(parts)
