"""Studies with more in them than their file says: the reasons that a column's values are, and counted numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from consortflow.network import FlowNetwork, Path
from consortflow.schemas.count import Count, CountValue, PerUnit
from consortflow.schemas.people import Exit, Reason
from consortflow.schemas.study import Study

__all__ = ["fill", "grouped", "with_reasons"]


def fill(network: FlowNetwork, numbers: Mapping[str, int], unit: str) -> Study:
    """Return the study of a network with the numbers of accounts filled in; it keeps its source, and so its places."""
    changes: dict[Path, Any] = {}
    for full, n in numbers.items():
        account = network.account(full)
        changes[*account.path, "n"] = _counted(account.stated, n, unit, len(account.units))
    return _changed(network.study, changes)


def _counted(stated: CountValue | None, n: int, unit: str, units: int) -> CountValue:
    """Return a number in the form that it is stated in: with the percentage beside it, and other units as they are."""
    if isinstance(stated, PerUnit) or units > 1:
        others = stated.counts if isinstance(stated, PerUnit) else ()
        percent = next((count.percent for name, count in others if name == unit), None)
        mine = (unit, Count(n, n, percent))
        return PerUnit(
            (
                *(mine if name == unit else (name, count) for name, count in others),
                *(() if any(name == unit for name, _ in others) else (mine,)),
            )
        )
    return Count(n, n, stated.percent if stated is not None else None)


def grouped(study: Study) -> Study:
    """Return a study in which exits and reasons that are grouped by a column have a reason for each declared label."""
    changes: dict[Path, Any] = {}
    for path, item in _by(study):
        labels = [*item.values.values(), *([item.other] if item.other is not None else [])]
        if labels:
            changes[*path, "reasons"] = _added(item.reasons, labels)
    return _changed(study, changes) if changes else study


def with_reasons(study: Study, found: Mapping[Path, Iterable[str]]) -> Study:
    """Return a study in which some exits and reasons have a reason for each value found in their column."""
    reasons = {}
    for path, item in _by(study):
        if path in found:
            reasons[*path, "reasons"] = _added(item.reasons, found[path])
    return _changed(study, reasons)


def _added(reasons: tuple[Reason, ...], labels: Iterable[str]) -> tuple[Reason, ...]:
    known = {reason.label for reason in reasons}
    new = [label for label in dict.fromkeys(labels) if label not in known]
    return (*reasons, *(Reason(label=label) for label in new))


def _by(study: Study) -> Iterable[tuple[Path, Exit | Reason]]:
    """Yield the exits and reasons that are grouped by a column, and where they stand."""
    waiting: list[tuple[Path, Any]] = [(("stages", index), stage) for index, stage in enumerate(study.stages)]
    for key in ("analysis_sets", "pooled"):
        waiting += [((key, index), item) for index, item in enumerate(getattr(study, key))]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, Exit | Reason) and item.by is not None:
            yield path, item
        keys = ("exits", "arms", "stages", "reasons", "also", "excluded", "details", "outcomes", "partition")
        for key in keys:
            waiting += [((*path, key, index), inner) for index, inner in enumerate(getattr(item, key, None) or ())]


def _changed(study: Study, changes: Mapping[Path, Any]) -> Study:
    """Return a study with other values at some paths."""
    tree: dict[str | int, Any] = {}
    for path, value in changes.items():
        here = tree
        for part in path[:-1]:
            here = here.setdefault(part, {})
        here.setdefault(path[-1], {})
        here[path[-1]] = _New(value)
    made: Study = _applied(study, tree)
    made._source = study._source
    return made


class _New:
    def __init__(self, value: Any) -> None:
        self.value = value


def _applied(node: Any, tree: Mapping[str | int, Any]) -> Any:
    if isinstance(node, tuple):
        return tuple(_applied(item, tree[index]) if index in tree else item for index, item in enumerate(node))
    if not isinstance(node, BaseModel):
        return node
    update = {}
    for key, below in tree.items():
        name = str(key)
        update[name] = below.value if isinstance(below, _New) else _applied(getattr(node, name), below)
    return node.model_copy(update=update)
