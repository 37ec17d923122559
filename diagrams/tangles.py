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
    """Return the stages in the order of dot's own middles, but the arms of a split in its own; ties in the chart's."""
    if len(stages) > LARGEST:
        return stages
    number = {stage: index for index, stage in enumerate(stages)}
    lines = ["digraph tangle {", 'node [shape=box fixedsize=true height=0.5 label=""]', "ranksep=0.3"]
    lines += [f"{index} [width={widths[stage] / 72:.3f}]" for stage, index in number.items()]
    splits = dict.fromkeys(grid.pred[stage][0] for stage in stages if len(grid.pred[stage]) == 1)
    arms = {
        split: [head for head in grid.succ[split] if head in number and grid.pred[head] == [split]] for split in splits
    }
    lines += [f"{number[split]} [ordering=out]" for split, heads in arms.items() if len(heads) > 1 and split in number]
    for stage in stages:
        heads = [*grid.succ[stage], *grid.hangs.get(stage, ()), *grid.makes.get(stage, ())]
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
    places = {stage: x.get(index, 0.0) for stage, index in number.items()}
    for heads in arms.values():
        _in_order(heads, places, grid)
    return sorted(stages, key=lambda stage: (places[stage], number[stage]))


def _in_order(arms: list[str], places: dict[str, float], grid: Grid) -> None:
    """Exchange the places of a split's arms where they are not in its order, with all that comes of one arm alone."""
    for arm, wanted in zip(arms, sorted(places[arm] for arm in arms), strict=True):
        moved, ahead = wanted - places[arm], [arm] if wanted != places[arm] else []
        while ahead:
            stage = ahead.pop()
            places[stage] += moved
            ahead += [head for head in grid.succ[stage] if head in places and grid.pred[head] == [stage]]
