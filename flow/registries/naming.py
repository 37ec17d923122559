"""Names in a study file that is made: ids that nothing else has, labels that no reader takes for anything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from consortflow.registries.writing import Noted
from consortflow.schemas.names import slug

__all__ = ["Named", "Naming"]

LONGEST_ID = 60
_LONG_FORM = frozenset({"n", "percent", "of", "reasons", "where", "by", "partition"})
"""Keys that a mapping of reasons or counts reads as fields."""


class Named(NamedTuple):
    """The full id of an arm, and what its mapping says of it."""

    full: str
    keys: dict[str, str]


class Naming:
    """Gives out ids, each once, and labels that are no unit of the study."""

    def __init__(self, units: Iterable[str] = ()) -> None:
        self.units = frozenset(units)
        self.taken: set[str] = set()

    def count_in(self, unit: str, other: str) -> tuple[str, ...]:
        """Take note of what the study counts; return both units where there are two that can be told apart."""
        other = f"{other} (units)" if other in _LONG_FORM else other
        self.units = frozenset({unit, other} - {""})
        return (unit, other) if other not in ("", unit) else ()

    def beside(self) -> Naming:
        """Return a naming for another list of the same study."""
        return Naming(self.units)

    def stage(self, prefix: str, otherwise: str, label: str, kind: str = "") -> dict[str, str]:
        """Return the `id` a stage needs, if any: none where the slug of its label, or its kind, will do."""
        return self._named(prefix, otherwise, label, kind or otherwise).keys

    def arm(self, prefix: str, otherwise: str, label: str) -> Named:
        """Return the full id of an arm, and the `id` it needs, if any."""
        return self._named(prefix, otherwise, label, "")

    def _named(self, prefix: str, otherwise: str, label: str, kind: str) -> Named:
        usual = slug(label) or (kind if not label else "")
        own = usual if usual and len(usual) <= LONGEST_ID else otherwise
        full, number = _joined(prefix, own), 2
        while full in self.taken:
            full, number = _joined(prefix, f"{own}-{number}"), number + 1
        self.taken.add(full)
        name = full.rsplit("/", 1)[-1]
        return Named(full, {} if name == usual else {"id": name})

    def label(self, label: str) -> dict[str, Any]:
        """Return a label as a key of its box, if there is one; one that is a unit's name is told apart."""
        if label in self.units:
            return {"label": Noted(f"{label} (as labelled)", beside="no label may be a unit's name")}
        return {"label": label} if label else {}

    def line(self, label: str) -> str:
        """Return a label that no line of this list has had."""
        found, number = label, 2
        while found in self.taken:
            found, number = f"{label} ({number})", number + 1
        self.taken.add(found)
        return found

    def reasons(self, lines: list[tuple[str, Any, str]]) -> Any:
        """Return labels, counts and notes as a mapping, or as a list where a label would be read as a field."""
        if any(label in _LONG_FORM or label in self.units or note for label, _, note in lines):
            return [{**self.label(label), "n": n, **({"note": note} if note else {})} for label, n, note in lines]
        return {label: n for label, n, _ in lines}


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}/{name}" if prefix else name
