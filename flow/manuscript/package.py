"""The parts of a Word document around its text: relationships, content types and media."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import quoteattr

from consortflow.manuscript.elements import Element, read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from consortflow.manuscript.archive import Archive

__all__ = ["Package", "Relationship"]

_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = f"{_OFFICE}/officeDocument"
_IMAGE = f"{_OFFICE}/image"
_KINDS = {"png": "image/png", "svg": "image/svg+xml"}


class Relationship(NamedTuple):
    """What an identifier in a part stands for."""

    id: str
    kind: str
    target: str
    """The member it leads to; as it is written where it leads outside."""
    element: Element


class Package:
    """A document's archive and what changes in it."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.parts: dict[str, bytes | None] = {}
        """Members that change, by their names; None where one goes."""

    def read(self, name: str) -> bytes:
        """Return a part as it will be. Raises KeyError where there is none, `ArchiveError` where it is damaged."""
        new = self.parts.get(name)
        if new is not None:
            return new
        if name in self.parts:
            raise KeyError(name)
        return self.archive.read(name)

    def holds(self, name: str) -> bool:
        """Whether there is such a part."""
        return self.parts[name] is not None if name in self.parts else name in self.archive.members

    def document(self) -> str:
        """Return the name of the part with the text. Raises KeyError where there is none."""
        main = next((r.target for r in self.relationships("") if r.kind == _MAIN), "word/document.xml")
        if not self.holds(main):
            raise KeyError(main)
        return main

    def relationships(self, part: str) -> Iterator[Relationship]:
        """Yield the relationships of a part, or of the package."""
        name = _rels(part)
        if not self.holds(name):
            return
        for element in read(self.read(name)).children:
            if element.tag == f"{_RELS} Relationship":
                said = element.attributes
                target = said.get("Target", "")
                if said.get("TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")
                yield Relationship(said.get("Id", ""), said.get("Type", ""), target, element)

    def picture(self, part: str, name: str, content: bytes) -> str:
        """Put a picture beside a part's others, and return the identifier that the part refers to it by."""
        target = posixpath.join(posixpath.dirname(part), "media", name)
        if not self.holds(target) or self.read(target) != content:
            self.parts[target] = content
        self._typed(name.rpartition(".")[2])
        related = list(self.relationships(part))
        known = next((r.id for r in related if r.target == target), None)
        if known is not None:
            return known
        numbers = [int(r.id[3:]) for r in related if re.fullmatch(r"rId[0-9]{1,9}", r.id)]
        made = f"rId{max(numbers, default=0) + 1}"
        line = f'<Relationship Id="{made}" Type="{_IMAGE}" Target={quoteattr(f"media/{name}")}/>'
        rels = _rels(part)
        old = self.read(rels) if self.holds(rels) else f'<Relationships xmlns="{_RELS}"></Relationships>'.encode()
        self.parts[rels] = _within(old, line)
        return made

    def drop(self, part: str, ids: Collection[str]) -> None:
        """Take away relationships of a part, and their targets where nothing else leads there."""
        for id_ in ids:
            found = next((r for r in self.relationships(part) if r.id == id_), None)
            if found is None or found.kind != _IMAGE:
                continue
            rels = _rels(part)
            old = self.read(rels)
            self.parts[rels] = old[: found.element.start] + old[found.element.end :]
            if self.holds(found.target) and found.target not in self._led_to():
                self.parts[found.target] = None

    def _led_to(self) -> set[str]:
        """Return every part that a relationship of another leads to."""
        names = [name for name in {*self.archive.members, *self.parts} if name.endswith(".rels") and self.holds(name)]
        parts = [
            posixpath.join(posixpath.dirname(posixpath.dirname(name)), posixpath.basename(name)[:-5]) for name in names
        ]
        return {r.target for part in parts for r in self.relationships(part)}

    def _typed(self, ending: str) -> None:
        name = "[Content_Types].xml"
        old = self.read(name)
        types = read(old)
        if any(
            element.tag == f"{_TYPES} Default" and element.attributes.get("Extension", "").lower() == ending
            for element in types.children
        ):
            return
        line = f'<Default Extension="{ending}" ContentType="{_KINDS[ending]}"/>'.encode()
        self.parts[name] = old[: types.inner] + line + old[types.inner :]


def _rels(part: str) -> str:
    return posixpath.join(posixpath.dirname(part), "_rels", f"{posixpath.basename(part)}.rels")


def _within(old: bytes, line: str) -> bytes:
    """Return a part's bytes with a line before its root ends."""
    root = read(old)
    if root.stop == root.inner and old[root.inner - 2 : root.inner] == b"/>":  # nothing in it yet
        tag = re.match(rb"<([^\s/>]+)", old[root.start : root.inner])
        assert tag is not None  # noqa: S101 - the reader found a start tag there
        return old[: root.inner - 2] + b">" + line.encode() + b"</" + tag[1] + b">" + old[root.inner :]
    return old[: root.stop] + line.encode() + old[root.stop :]
