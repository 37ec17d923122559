"""What stands left of what where a flow is not series-parallel: the order that Graphviz `dot` finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consortflow.diagrams.errors import GraphvizError
from consortflow.diagrams.graphviz import run

if TYPE_CHECKING:
    from consortflow.diagrams.grid import Grid

__all__ = ["left_to_right"]

LARGEST = 400
"""Stages that dot is asked to order; a larger tangle stands in the order of its links."""


def left_to_right(stages: list[str], grid: Grid, widths: dict[str, float]) -> list[str]:
    """Return the stages in the order of dot's own middles, ties in the chart's order."""
    if len(stages) > LARGEST:
        return stages
    number = {stage: index for index, stage in enumerate(stages)}
    lines = ["digraph tangle {", 'node [shape=box fixedsize=true height=0.5 label=""]', "ranksep=0.3"]
    lines += [f"{index} [width={widths[stage] / 72:.3f}]" for stage, index in number.items()]
    for stage in stages:
        heads = [*grid.succ[stage], *grid.hangs.get(stage, ())]
        lines += [f"{number[stage]} -> {number[head]}" for head in heads if head in number]
    by_row: dict[int, list[int]] = {}
    for stage in stages:
        by_row.setdefault(grid.row[stage], []).append(number[stage])
    lines += [f"{{rank=same; {'; '.join(map(str, row))}}}" for row in by_row.values()]
    try:
        answer = run("\n".join([*lines, "}"]), form="plain", engine="dot")
    except GraphvizError as error:
        if error.code == "missing":
            raise
        return stages
    x: dict[int, float] = {}
    for line in answer.decode("utf-8", "replace").splitlines():
        words = line.split()
        if words[:1] == ["node"]:
            x[int(words[1])] = float(words[2])
    return sorted(stages, key=lambda stage: (x.get(number[stage], 0.0), number[stage]))
