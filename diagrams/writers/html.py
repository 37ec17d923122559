"""A scene as a page of its own: the figure, the same told as a list, and its counts as a table.

It needs nothing but itself: no script, no other file. It follows the reader's light or dark screen, narrow screens,
and prints in the light.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from consortflow.diagrams.dusk import palettes
from consortflow.diagrams.text import printable
from consortflow.diagrams.writers.svg import to_svg
from consortflow.schemas.labels import labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consortflow.diagrams.chart import Table
    from consortflow.diagrams.dusk import Palette
    from consortflow.diagrams.scene import Scene
    from consortflow.diagrams.writers import Wishes
    from consortflow.telling import Told

__all__ = ["write"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:"
"""What the page may load: nothing."""
SMALLEST = 0.72
"""How much smaller than on paper a figure gets on a narrow screen, before it is moved sideways instead."""
PAGE = """\
:root{color-scheme:light dark;%(light)s}
@media screen and (prefers-color-scheme:dark){:root{%(dark)s}}
@media print{:root{color-scheme:light}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:break-word}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.4rem;line-height:1.3;margin:0 0 1rem}
h2{font-size:1.15rem;margin:2.5rem 0 .75rem}
figure{margin:0}
figcaption{margin-top:.5rem}
.sheet{overflow-x:auto}
.sheet:focus-visible{outline:3px solid currentcolor;outline-offset:3px}
.sheet svg{display:block;width:100%%;max-width:%(width)spt;min-width:%(least)spt;height:auto}
ul{margin:0;padding-left:1.4em}
li{margin:.2em 0}
.lead{font-style:italic}
.note{list-style:none;font-size:.925em}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding-bottom:.5rem}
th,td{padding:.3em .8em;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top;font-weight:400}
thead th{font-weight:600;border-bottom:2px solid var(--ink);vertical-align:bottom}
.number{text-align:right;white-space:nowrap}
thead .number{white-space:normal}
@media print{main{max-width:none;padding:0}.sheet{overflow:visible}\
.sheet svg{min-width:0;width:auto;max-height:80vh}figure,tr{break-inside:avoid}h1,h2{break-after:avoid}}
"""
FIGURE = """\
.sheet .%(prefix)s .paper,.sheet .%(prefix)s .connector rect{fill:var(--paper)}
.sheet .%(prefix)s text,.sheet .%(prefix)s .arrow,.sheet .%(prefix)s>g{fill:var(--ink)}
.sheet .%(prefix)s .phase rect{fill:var(--bar);stroke:var(--ink)}
.sheet .%(prefix)s .box rect{stroke:var(--ink)}
.sheet .%(prefix)s .line{stroke:var(--ink)}
"""


def write(scene: Scene, wishes: Wishes) -> bytes:
    """Return the scene as an HTML document in UTF-8."""
    svg = to_svg(scene, wishes.prefix, wishes.fonts)
    svg = svg[svg.index("<svg") :].rstrip("\n")
    prefix = re.search(r'aria-labelledby="([^" ]+)-title ', svg)[1]  # type: ignore[index] # every figure has a title
    text = labels(scene.language)
    title, kind = printable(scene.title), text["word"]["title"]
    sections = [
        *(_told(scene.telling, prefix, text["page"]["words"]) if scene.telling else ()),
        *(_counted(scene.table, prefix) if scene.table is not None and scene.table.rows else ()),
    ]
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{escape(scene.language)}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        f'<meta name="description" content="{escape(kind if kind == title else f"{kind}: {title}")}">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{_css(scene, prefix)}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{escape(title)}</h1>",
        f'<figure aria-labelledby="{prefix}-caption">',
        f'<div class="sheet" role="region" aria-labelledby="{prefix}-caption" tabindex="0">',
        _silent(svg, prefix, told=bool(scene.telling)),
        "</div>",
        f'<figcaption id="{prefix}-caption">{escape(kind)}</figcaption>',
        "</figure>",
        *sections,
        "</main>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines).encode("utf-8")


def _silent(svg: str, prefix: str, *, told: bool) -> str:
    """Return a figure as it stands in the page; where all is `told` as a list, it leads there and is silent itself."""
    svg = re.sub(r' lang="[^"]*" xml:lang="[^"]*"', "", svg, count=1)  # the page's own says it
    if not told:
        return svg
    svg = svg.replace(f' {prefix}-desc"', f'" aria-details="{prefix}-words"', 1)
    return re.sub(r"<desc\b.*?</desc>\n?", "", svg, count=1, flags=re.DOTALL)


def _css(scene: Scene, prefix: str) -> str:
    light, dark = palettes(scene.theme)
    width = f"{scene.width:.2f}"
    fills = "".join(f".sheet .{prefix} .box.{kind} rect{{fill:var(--{kind})}}\n" for kind, _ in light.fills)
    least = f"{scene.width * SMALLEST:.2f}"
    page = PAGE % {"light": _variables(light), "dark": _variables(dark), "width": width, "least": least}
    return page + FIGURE % {"prefix": prefix} + fills


def _variables(palette: Palette) -> str:
    own = {"paper": palette.paper, "ink": palette.ink, "bar": palette.bar, **dict(palette.fills)}
    rule = "color-mix(in srgb,var(--ink) 25%,var(--paper))"
    return "".join(f"--{name}:{colour};" for name, colour in own.items()) + f"--rule:{rule}"


def _told(told: Sequence[Told], prefix: str, heading: str) -> Iterator[str]:
    yield f'<section id="{prefix}-words" aria-labelledby="{prefix}-words-heading">'
    yield f'<h2 id="{prefix}-words-heading">{escape(heading)}</h2>'
    yield from _list(told)
    yield "</section>"


def _list(told: Sequence[Told]) -> Iterator[str]:
    yield "<ul>"
    for item in told:
        kind = ' class="note"' if item.role == "note" else ""
        opening = f"<li{kind}>{_words(item)}"
        if not item.parts:
            yield f"{opening}</li>"
            continue
        yield opening
        yield from _list(item.parts)
        yield "</li>"
    yield "</ul>"


def _words(item: Told) -> str:
    text = escape(printable(item.text))
    if item.role in ("stage", "set"):
        text = f"<strong>{text}</strong>"
    if not item.lead:
        return text
    colon = "" if item.role == "arm" else ":"
    lead = f'<span class="lead">{escape(printable(item.lead))}{colon}</span>'
    return f"{lead} {text}" if text else lead


def _counted(table: Table, prefix: str) -> Iterator[str]:
    yield "<section>"
    yield f'<h2 id="{prefix}-counts-heading">{escape(table.caption)}</h2>'
    yield f'<div class="sheet" role="region" aria-labelledby="{prefix}-counts-heading" tabindex="0">'
    yield "<table>"
    numbered = ("" if place < table.names else ' class="number"' for place in range(len(table.heads)))
    heads = (
        f'<th scope="col"{kind}>{escape(printable(head))}</th>'
        for head, kind in zip(table.heads, numbered, strict=True)
    )
    yield f"<thead>\n<tr>{''.join(heads)}</tr>\n</thead>"
    yield "<tbody>"
    for row in table.rows:
        yield f"<tr>{''.join(_cell(cell, place, table.names) for place, cell in enumerate(row))}</tr>"
    yield "</tbody>"
    yield "</table>"
    yield "</div>"
    yield "</section>"


def _cell(cell: str, place: int, names: int) -> str:
    text = escape(printable(cell))
    if place >= names:
        return f'<td class="number">{text}</td>'
    return f'<th scope="row">{text}</th>' if text else "<td></td>"
