"""A scene as DOT with every position in it: any Graphviz draws the same figure with `dot -Kneato -n2`.

Words are data: every label is written so that Graphviz reads no escapes, entities or HTML in it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from consortflow.diagrams.errors import GraphvizError
from consortflow.diagrams.graphviz import run
from consortflow.diagrams.measure import BULLET, DASH
from consortflow.diagrams.scene import Bar, Box, Connector, Scene

if TYPE_CHECKING:
    from consortflow.diagrams.theme import Theme

__all__ = ["confirm", "literal", "to_dot"]

NBSP = "\u00a0"
PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def to_dot(scene: Scene, *, words: bool = True) -> str:
    """Return the scene in DOT, in reading order; without `words` only the geometry."""
    from graphviz import Digraph  # type: ignore[import-untyped] # it ships no types

    theme = scene.theme
    graph = Digraph(
        "flow",
        graph_attr={
            "notranslate": "true",
            "inputscale": "72",
            "splines": "ortho",
            "outputorder": "edgesfirst",
            "pad": "0.08",
            "bb": f"0,0,{_number(scene.width)},{_number(scene.height)}",
            **({} if theme.paper == "#ffffff" else {"bgcolor": theme.paper}),
        },
        node_attr={
            "shape": "box",
            "fixedsize": "true",
            "style": "filled",
            "fillcolor": theme.box_fill,
            "color": theme.ink,
            "fontcolor": theme.ink,
            "fontname": theme.fonts[0],
            "fontsize": _number(theme.size),
            "penwidth": _number(theme.line_width),
            "label": "",
        },
        edge_attr={
            "arrowsize": "0.55",
            "penwidth": _number(theme.line_width),
            "color": theme.ink,
            **({} if theme.ink == "#000000" else {"fontcolor": theme.ink}),
        },
    )
    if words:
        graph.attr("graph", tooltip=literal(scene.title), comment=literal(scene.title))
    names = _names(scene)
    for box in scene.solids:
        place = {
            "pos": f"{_number(box.x + box.w / 2)},{_number(scene.height - box.y - box.h / 2)}",
            "width": _number(box.w / 72, 5),
            "height": _number(box.h / 72, 5),
        }
        if words:
            place |= _bar_words(box, scene) if isinstance(box, Bar) else _box_words(box, theme)
        graph.node(names[box.id], **place)
    for index, line in enumerate(scene.connectors):
        more = {"id": f"c{index}"}
        if words:
            more |= {"style": "dotted"} if line.dotted else {}
            if line.runs:
                more["xlabel"] = literal(" ".join(text.text for text in line.runs))
        graph.edge(names[line.tail], names[line.head], pos=_route(line, scene), **more)
    return str(graph.source)


def confirm(scene: Scene) -> None:
    """Have Graphviz draw the scene's geometry, and hold it to every place and route it was given.

    `GraphvizError` with code "garbage" where the answer is no drawing, "moved" where it is another one.
    """
    import json

    try:
        answer = json.loads(run(to_dot(scene, words=False)))
        nodes = {item["name"]: item["pos"] for item in answer.get("objects", ()) if "pos" in item}
        edges = {item["id"]: item["pos"] for item in answer.get("edges", ())}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GraphvizError("garbage", f"Graphviz's answer is no drawing: {error}") from error
    names = _names(scene)
    for box in scene.solids:
        given = f"{_number(box.x + box.w / 2)},{_number(scene.height - box.y - box.h / 2)}"
        if not _same(given, nodes.get(names[box.id], "")):
            raise GraphvizError("moved", f"Graphviz did not keep the place of {box.id!r}")
    for index, line in enumerate(scene.connectors):
        if not _same(_route(line, scene), edges.get(f"c{index}", "")):
            raise GraphvizError("moved", f"Graphviz did not keep the route of {line.id!r}")


def literal(text: str) -> str:
    """Return a text as the value of a Graphviz label: no escape, entity or HTML is read in it."""
    return _no_html(_escaped(UNPRINTABLE.sub("\ufffd", text)).replace("\n", "\\n"))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("&", "&amp;")


def _names(scene: Scene) -> dict[str, str]:
    """Return a node name for every box: the card's id where that is a plain word, else its number."""
    names: dict[str, str] = {}
    for index, box in enumerate(scene.solids):
        plain = isinstance(box, Box) and PLAIN_NAME.match(box.id) and not box.id.startswith("box.")
        names[box.id] = box.id if plain else f"box.{index}"
    return names


def _number(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def _route(line: Connector, scene: Scene) -> str:
    """Return a connector as Graphviz's spline, which ends where the arrow begins."""
    points = [(x, scene.height - y) for x, y in line.points]
    (ax, ay), (bx, by) = points[-2:]
    long = max(abs(bx - ax), abs(by - ay), 1e-9)
    back = min(scene.theme.arrow_length, long)
    points[-1] = (bx - (bx - ax) / long * back, by - (by - ay) / long * back)
    curve = [points[0]]
    for start, end in pairwise(points):
        curve += [start, end, end]
    return f"e,{_number(bx)},{_number(by)} " + " ".join(f"{_number(x)},{_number(y)}" for x, y in curve)


def _same(given: str, answered: str) -> bool:
    """Whether two lists of coordinates agree; Graphviz writes five significant digits."""
    if given == answered:
        return True
    one = [float(n) for n in given.replace("e,", "").replace(" ", ",").split(",")]
    try:
        two = [float(n) for n in answered.replace("e,", "").replace(" ", ",").split(",")]
    except ValueError:
        return False
    return len(one) == len(two) and all(abs(a - b) <= 0.02 + 2e-4 * abs(a) for a, b in zip(one, two, strict=True))


def _box_words(box: Box, theme: Theme) -> dict[str, str]:
    """Return a box's lines, left-justified unless they were centred; indents as no-break spaces."""
    by_line: dict[float, list[tuple[float, str]]] = {}
    for text in sorted(box.runs, key=lambda r: (r.y, r.x)):
        base = next((y for y in by_line if abs(y - text.y) < text.size * 0.45), text.y)
        by_line.setdefault(base, []).append((text.x, text.text))
    centred = box.kind != "exit" and not any(run.text in (BULLET, DASH) for run in box.runs)
    label = ""
    left = min((r.x for r in box.runs), default=0.0)
    space = 2.5
    for parts in by_line.values():
        indent = "" if centred else NBSP * round((parts[0][0] - left) / space)
        label += indent + _escaped(UNPRINTABLE.sub("\ufffd", NBSP.join(text for _, text in parts)))
        label += "\\n" if centred else "\\l"
    words = {"label": _no_html(label), "tooltip": literal(box.title or " "), "class": box.kind}
    if theme.fill(box.kind) != theme.box_fill:
        words["fillcolor"] = theme.fill(box.kind)
    if box.flagged:
        words |= {"style": "filled,dashed", "penwidth": "1.5"}
    return words


def _bar_words(bar: Bar, scene: Scene) -> dict[str, str]:
    """Return a bar's name letter under letter: Graphviz turns no labels."""
    letters = list(bar.label)
    size = min(scene.theme.size, (bar.h - 8) / max(len(letters), 1) / 1.2)
    return {
        "label": _no_html("\\n".join(_escaped(UNPRINTABLE.sub("\ufffd", letter)) for letter in letters)),
        "fontsize": _number(size, 2),
        "fillcolor": scene.theme.bar_fill,
        "tooltip": literal(bar.label),
        "class": "phase",
    }


def _no_html(label: str) -> str:
    from graphviz import nohtml

    marked: str = nohtml(label)
    return marked
