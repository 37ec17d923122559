"""XML as elements that know their bytes: a part of a document can be replaced, and all others stay as they are.

Entities are never expanded and nothing outside the document is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.parsers import expat

__all__ = ["Element", "XmlError", "read"]

_OTHER = re.compile(
    rb"\xff\xfe|\xfe\xff|\s*<\?xml[^>]*?encoding\s*=\s*[\"'](?!utf-?8|us-ascii)([^\"']*)", re.IGNORECASE
)
"""How a document begins that is in another encoding."""
MAX_DEPTH = 2000
"""How deep elements may nest."""


class XmlError(ValueError):
    """Bytes that are no XML, or XML that a document does not hold; the message says what."""


class Element:
    """An element, a comment or a processing instruction, and where its bytes are."""

    __slots__ = ("attributes", "children", "end", "inner", "line", "names", "parent", "start", "stop", "tag", "text")

    def __init__(self, tag: str, start: int, line: tuple[int, int], parent: Element | None) -> None:
        self.tag = tag
        """The namespace and the local name with a blank between, "#comment", or "?" and a target."""
        self.attributes: dict[str, str] = {}
        self.names: dict[str, str] = {}
        """Prefixes that begin to stand for a namespace here."""
        self.start = start
        self.inner = self.stop = self.end = start
        """Where its start tag ends, its end tag begins, and it ends."""
        self.line = line
        self.parent = parent
        self.children: list[Element] = []
        self.text: list[str] = []
        """Its own letters; of a comment or an instruction, what it says."""

    def walk(self) -> Iterator[Element]:
        """Yield this element and everything in it, in the order of the document."""
        ahead = [self]
        while ahead:
            element = ahead.pop()
            yield element
            ahead.extend(reversed(element.children))

    def around(self) -> Iterator[Element]:
        """Yield the elements this one is in, the nearest first."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def find(self, *tags: str) -> Element | None:
        """Return the first element of these tags inside this one."""
        return next((element for element in self.walk() if element.tag in tags and element is not self), None)

    def child(self, tag: str) -> Element | None:
        """Return the first child of this tag."""
        return next((element for element in self.children if element.tag == tag), None)


def read(data: bytes, *, doctype: bool = False, encoding: str | None = None) -> Element:
    """Return the root of a document, comments and instructions among its elements' children.

    `doctype` says whether the document may declare its type; what it declares is not used. The bytes are UTF-8, or in
    `encoding` whatever they declare. Raises `XmlError`.
    """
    if encoding is None and (found := _OTHER.match(data)):
        said = f" but {found[1].decode('ascii', 'replace')}" if found[1] else ""
        raise XmlError(f"it is not in UTF-8{said}")
    return _Reader(data, doctype, encoding).root()


class _Reader:
    def __init__(self, data: bytes, doctype: bool, encoding: str | None) -> None:
        self.data = data
        self.open: list[Element] = []
        self.top: list[Element] = []
        self.names: dict[str, str] = {}
        parser = expat.ParserCreate(encoding, " ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.letters
        parser.CommentHandler = self.comment
        parser.ProcessingInstructionHandler = self.instruction
        parser.StartNamespaceDeclHandler = self.named
        parser.DefaultHandler = self.passed  # with it, references to entities are passed on, not expanded
        if not doctype:
            parser.StartDoctypeDeclHandler = self.refused
        self.parser = parser

    def root(self) -> Element:
        try:
            self.parser.Parse(self.data, True)
        except expat.ExpatError as error:
            said = expat.errors.messages.get(error.code, "not XML")
            raise XmlError(f"line {error.lineno}: not well-formed ({said})") from error
        except UnicodeDecodeError as error:
            raise XmlError("its letters are not in the encoding it declares") from error
        return next(element for element in self.top if element.tag[0] not in "#?")

    def begin(self, tag: str) -> Element:
        parent = self.open[-1] if self.open else None
        place = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        element = Element(tag, self.parser.CurrentByteIndex, place, parent)
        (parent.children if parent else self.top).append(element)
        return element

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise XmlError(f"elements nest deeper than {MAX_DEPTH}")
        element = self.begin(tag)
        element.attributes, element.names, self.names = attributes, self.names, {}
        element.inner = element.stop = self.tag_end(element.start)
        self.open.append(element)

    def end(self, _tag: str) -> None:
        element = self.open.pop()
        if self.data[element.inner - 2 : element.inner] == b"/>":
            element.stop = element.end = element.inner
        else:
            element.stop = self.parser.CurrentByteIndex
            element.end = self.data.index(b">", element.stop) + 1

    def tag_end(self, start: int) -> int:
        """Return where a tag ends: attributes may hold >."""
        at, quote = start, 0
        while True:
            letter = self.data[at]
            if quote:
                quote = 0 if letter == quote else quote
            elif letter in b"\"'":
                quote = letter
            elif letter == ord(">"):
                return at + 1
            at += 1

    def letters(self, text: str) -> None:
        self.open[-1].text.append(text)

    def comment(self, text: str) -> None:
        self.aside("#comment", text, b"-->")

    def instruction(self, target: str, text: str) -> None:
        self.aside(f"?{target}", text, b"?>")

    def aside(self, tag: str, text: str, ending: bytes) -> None:
        element = self.begin(tag)
        element.text.append(text)
        element.inner = element.stop = element.end = self.data.index(ending, element.start) + len(ending)

    def named(self, prefix: str | None, space: str | None) -> None:
        self.names[prefix or ""] = space or ""

    def passed(self, data: str) -> None:
        """Take what nothing else takes: the declaration, references to entities."""

    def refused(self, *_declared: object) -> None:
        raise XmlError("it declares a document type, which such a file never does")
