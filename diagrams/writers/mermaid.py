"""A scene's boxes and arrows as a Mermaid flowchart, for pages that draw Mermaid by themselves, such as READMEs.

Mermaid places the boxes; what the figure says, and what follows what, is the same. A label means nothing but its
letters: whatever Mermaid, Markdown or HTML could read as anything else is a character entity.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from consortflow.diagrams.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consortflow.diagrams.scene import Box, Paragraph, Scene
    from consortflow.diagrams.writers import Wishes

__all__ = ["escaped", "write"]

BREAK = "<br/>"
KINDS = ("stage", "exit", "enter", "set")
_MARKED = re.compile("[<>&]")
_READ_AGAIN = re.compile(r"(?<=#36;)(?=#36;)|(?<=#58;)(?=fa-)")
"""Inside two signs of dollar and the name of an icon, which mean something even as entities."""
JOINER = "#8288;"
"""A sign without width, which keeps them apart."""
_SIGN = re.compile(r"(?<=\d)\.(?=\d)|(?<=\w)-(?=\w)|(?<=[ \u00a0])=(?=[ \u00a0])|([!-+\-.:-@[-`{-~])")
"""The signs of ASCII that may mean something; those that do not, by where they stand, come without a group."""
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_LISTED = re.compile(r"^(\d+)\)")
_INDENT = "#160;#160;"


def write(scene: Scene, wishes: Wishes) -> bytes:  # noqa: ARG001 - a writer's form; Mermaid has nothing to wish for
    """Return the scene as a Mermaid flowchart, in UTF-8."""
    return ("\n".join(_lines(scene)) + "\n").encode("utf-8")


def _lines(scene: Scene) -> Iterator[str]:
    theme = scene.theme
    names = {box.id: f"b{number}" for number, box in enumerate(scene.boxes, 1)}
    if not _MARKED.search(scene.title):  # Mermaid would read a heading as HTML, however it is written
        yield from ("---", f"title: {json.dumps(_one_line(scene.title), ensure_ascii=False)}", "---")
    yield "flowchart TB"
    yield f"  accTitle: {escaped(scene.title)}"
    yield f"  accDescr: {escaped(scene.description)}"
    yield f"  classDef default fill:{theme.box_fill},stroke:{theme.ink},color:{theme.ink}"
    for kind in KINDS:
        yield f"  classDef {kind} fill:{theme.fill(kind)},stroke:{theme.ink},color:{theme.ink}"
    for box in scene.boxes:
        yield f'  {names[box.id]}["{_text(box)}"]:::{box.kind if box.kind in KINDS else "stage"}'
    for line in scene.connectors:
        if line.tail in names and line.head in names:
            arrow = "-.->" if line.dotted else "-->"
            label = f'|"{escaped(line.label)}"|' if line.label else ""
            yield f"  {names[line.tail]} {arrow}{label} {names[line.head]}"
    listed = [names[box.id] for box in scene.boxes if any(paragraph.depth for paragraph in box.paragraphs)]
    if scene.footnotes:
        yield f'  notes["{BREAK.join(map(_footnote, scene.footnotes))}"]'
        yield f"  {names[scene.boxes[-1].id]} ~~~ notes"
        yield "  style notes fill:none,stroke:none"
        listed.append("notes")
    if listed:
        yield "  classDef listed text-align:left"
        yield f"  class {','.join(listed)} listed"


def _text(box: Box) -> str:
    return BREAK.join(map(_paragraph, box.paragraphs))


def _paragraph(paragraph: Paragraph) -> str:
    sign = "" if paragraph.depth == 0 else "#8226; " if paragraph.depth == 1 else "#8211; "
    indent = _INDENT * max(paragraph.depth - 1, 0)
    mark = f" #91;{escaped(paragraph.mark)}#93;" if paragraph.mark else ""
    return f"{indent}{sign}{escaped(paragraph.text)}{mark}"


def _footnote(paragraph: Paragraph) -> str:
    mark = f"#91;{escaped(paragraph.mark)}#93; " if paragraph.mark else ""
    return f"{mark}{escaped(paragraph.text)}"


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", printable(text)).strip(" ")


def escaped(text: str) -> str:
    """Return a text for a label in quotation marks.

    >>> escaped('<5% "blasts" `x`; 1) end')
    '#60;5#37; #34;blasts#34; #96;x#96;#59; 1) end'
    """
    signs = _SIGN.sub(_entity, _one_line(text))
    return _READ_AGAIN.sub(JOINER, _LISTED.sub(r"\1#41;", signs))


def _entity(sign: re.Match[str]) -> str:
    return f"#{ord(sign[1])};" if sign[1] and sign[1] not in "()," else sign[0]
