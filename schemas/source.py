"""YAML text to plain data that remembers where every key and value stands.

Reads parser events, never composed nodes: events are iterative, so no file can overflow the stack, and each carries its
line and column. The subset is YAML 1.2 without anchors, aliases, tags and merge keys; a scalar that YAML versions read
differently is refused, so that no count changes in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import yaml

from consortflow.schemas.diagnostics import Diagnostic, Related, Rule, Span, quoted, rule
from consortflow.schemas.placed import BlockText, Faulty, Mark, PlacedList, PlacedMap, Source, lines_of

__all__ = ["MAX_DEPTH", "MAX_VALUES", "parse"]

MAX_DEPTH = 40
"""How deep mappings and lists may nest."""
MAX_VALUES = 5_000_000
"""How many keys and values a file may hold."""
MAX_SCALAR = 20_000
"""How many characters one key or value may have."""
MAX_DIGITS = 15
"""How many digits a number may have: beyond them spreadsheets and JSON readers stop being exact."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # 20 times faster where libyaml is present

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+\Z", re.ASCII)
_AMBIGUOUS = re.compile(
    r"""(?ix: y|n|yes|no|on|off
    | [-+]?\d[\d_,]*[_,][\d_,]*      # 1_000 and 1,553
    | [-+]?0\d+                      # 010 is 8 or 10
    | 0[xob][0-9a-f_]+
    | [-+]?\d[\d.]*e[-+]?\d+ | [-+]?\d+\.(?:e\d+)? | [-+]?\.\d+
    | [-+]?\.inf | \.nan
    | \d+(?::[0-5]?\d)+              # 1:30 is 90 or text
    )\Z""",
    re.ASCII,
)
_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Control characters and bidirectional overrides: invisible, and able to make a label read as another."""

SYNTAX = rule(
    "Y001",
    "not valid YAML",
    why="The text cannot be read as YAML, so nothing after this place can be trusted. The usual causes are a tab, a "
    "colon "
    "followed by a space inside an unquoted label, or a quotation mark that is never closed.",
    wrong="stages:\n  - kind: screening\n    label: Screened: first visit",
    right='stages:\n  - kind: screening\n    label: "Screened: first visit"',
)
DUPLICATE = rule(
    "Y002",
    "a key is given twice",
    why="YAML readers keep the last of two equal keys and drop the first in silence: a reason would vanish from the "
    "count.",
    wrong="stages:\n  - kind: screening\n    n: 92\n    n: 29",
    right="stages:\n  - kind: screening\n    n: 92",
)
AMBIGUOUS = rule(
    "Y003",
    "a value that YAML readers understand differently",
    why="010 is 8 or 10, 1_000 is a number or text, 1:30 is 90 or text, no is false or text. Write plain digits for a "
    "number and quotation marks for text.",
    wrong="stages:\n  - kind: screening\n    n: 1,553",
    right="stages:\n  - kind: screening\n    n: 1553",
)
UNSUPPORTED = rule(
    "Y004",
    "YAML that a study file does not use",
    why="Anchors, aliases, merge keys, tags and second documents let one place change another, or a small file grow to "
    "gigabytes. A study file states each fact where it belongs.",
    wrong="stages:\n  - &first {kind: screening, n: 92}\n  - *first",
    right="stages:\n  - {kind: screening, n: 92}\n  - {kind: enrollment, n: 92}",
)
CHARACTER = rule(
    "Y005",
    "a character that cannot be printed",
    why="Control characters and bidirectional overrides are invisible, break XML, and can make a label read as "
    "another.",
    wrong='stages:\n  - kind: screening\n    label: "Screened\\x07"',
    right="stages:\n  - kind: screening\n    label: Screened",
)
EMPTY = rule(
    "Y006",
    "no study in the file",
    why="A study file is a mapping with the key `stages` at its top level.",
    wrong="# nothing but a comment",
    right="stages:\n  - {kind: screening, n: 92}",
)
LIMIT = rule(
    "Y007",
    "beyond a limit of study files",
    why=f"Files nest at most {MAX_DEPTH} levels, hold at most {MAX_VALUES:,} keys and values of at most {MAX_SCALAR:,} "
    f"characters, and numbers of at most {MAX_DIGITS} digits. No real flow comes near; a damaged file does.",
    wrong="stages:\n  - kind: screening\n    n: 12345678901234567890",
    right="stages:\n  - kind: screening\n    n: 1234567890",
)
KEY = rule(
    "Y008",
    "a key that is not text",
    why="Keys are field names and labels. An empty key, a list or a mapping as a key cannot be either.",
    wrong="stages:\n  - kind: screening\n    [n, label]: 92",
    right="stages:\n  - kind: screening\n    n: 92",
)


NO_VALUE = rule(
    "Y009",
    "a key without a value",
    why="Where a value is left out, a number or a whole list may have been lost: a list that is indented too "
    "little, a comma "
    "inside braces. Write `unknown` for a count to be solved, and delete a key that says nothing.",
    wrong="stages:\n  - kind: screening\n    n:",
    right="stages:\n  - kind: screening\n    n: unknown",
)


_HOLDERS = (
    "study", "stages", "analysis_sets", "transfers", "pooled", "records", "picture", "exits", "enters", "details",
    "arms", "reasons", "excluded", "outcomes", "partition", "also", "sides", "order",
)  # fmt: skip
"""Keys whose value is more lines, indented."""


def parse(text: str, name: str = "<study>") -> Source:
    """Return the data of a YAML text with the place of every key and value.

    All findings are in the result, in file order; only a syntax error ends the reading early. Values that are reported
    stand as `Faulty` in the data. Depth, number and length of values are capped (see the module's constants).
    """
    return _Reader(name, text.removeprefix("\ufeff")).read()


class _Reader:
    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.findings: list[Diagnostic] = []
        self.root: Any = None
        self.stack: list[tuple[PlacedMap | PlacedList, str | None]] = []

    def read(self) -> Source:
        readable = self._printable()
        try:
            self._parse(readable)
        except yaml.YAMLError as error:
            self._syntax(error)
        except _TooMuchError:
            pass
        else:
            if not isinstance(self.root, PlacedMap) and not self.findings:
                self.find(EMPTY, (1, 1, 1, 1), "the file holds no study", "start with `stages:` and a list of stages")
        self.findings.sort(key=lambda d: d.span)
        return Source(self.name, self.text, self.root, tuple(self.findings))

    def _parse(self, readable: str) -> None:
        before = list(self.findings)
        try:
            self._events(yaml.parse(readable, Loader=_Loader))
        except yaml.YAMLError as error:
            if "nesting depth" not in str(error):
                raise
            # libyaml looks so far ahead that it meets a limit of its own before we meet ours: go without it
            self.findings, self.root, self.stack = before, None, []
            self._events(yaml.parse(readable, Loader=yaml.SafeLoader))

    def find(self, broken: Rule, mark: Mark, message: str, fix: str = "", related: tuple[Related, ...] = ()) -> None:
        self.findings.append(broken.found(message, Span(self.name, *mark), fix=fix, related=related))

    def _printable(self) -> str:
        """Report characters that are refused, and return the text with spaces in their place."""
        if not _REFUSED.search(self.text):
            return self.text
        for number, line in enumerate(lines_of(self.text), 1):
            for match in _REFUSED.finditer(line):
                self._refused(match.group(), (number, match.start() + 1, number, match.end() + 1))
        return _REFUSED.sub(" ", self.text)

    def _refused(self, character: str, mark: Mark) -> None:
        message = f"character U+{ord(character):04X} cannot be printed"
        self.find(CHARACTER, mark, message, "delete it; it often comes with text pasted from a PDF")

    def _syntax(self, error: yaml.YAMLError) -> None:
        problem = str(getattr(error, "problem", None) or "not valid YAML")
        context = str(getattr(error, "context", None) or "")
        at = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = (at.line + 1, at.column + 1) if at else (1, 1)
        fix = ""
        if at and "\t" in "".join(lines_of(self.text)[at.line : at.line + 1])[: at.column + 1]:
            fix = "YAML indents with spaces: replace the tab"
        elif "mapping values are not allowed" in problem:
            fix = 'a label with ": " in it needs quotation marks; otherwise check the indentation'
        elif "block scalar" in context:
            fix = "a bound that starts with > needs quotation marks, as in '>=10'"
        elif "quoted scalar" in context:
            fix = "close the quotation mark"
        elif "cannot start any token" in problem:
            fix = "text that starts with this character needs quotation marks"
        elif "block mapping" in context or "block collection" in context:
            fix = "keys of one mapping start in the same column: check the indentation"
        message = f"{context}: {problem}" if context else problem
        self.find(SYNTAX, (line, column, line, column + 1), message, fix)

    def _events(self, events: Iterator[Any]) -> None:
        count = documents = 0
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                count += 1
                self._scalar(event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                count += 1
                self._start(event, PlacedMap() if kind is yaml.MappingStartEvent else PlacedList())
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                closed, _ = self.stack.pop()
                end = event.end_mark
                closed.mark = (*closed.mark[:2], end.line + 1, end.column + 1)
            elif kind is yaml.AliasEvent:
                self._unsupported(event, "aliases (*name)", "write the value out")
                self._put(Faulty(), _mark(event), event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._unsupported(event, "a second document (---)", "write one study in one file")
                    raise _TooMuchError
                if event.tags:
                    self._unsupported(event, "tags (%TAG)", "delete the line")
            if count > MAX_VALUES:
                self.find(LIMIT, _mark(event), f"more than {MAX_VALUES:,} keys and values")
                raise _TooMuchError

    def _unsupported(self, event: Any, what: str, fix: str) -> None:
        self.find(UNSUPPORTED, _mark(event), f"{what}: a study file does not use them", fix)

    def _start(self, event: Any, container: PlacedMap | PlacedList) -> None:
        if event.anchor is not None:
            self._unsupported(event, f"anchors (&{event.anchor})", "delete the anchor and write values out")
        if event.tag is not None:
            self._unsupported(event, f"tags ({event.tag})", "delete the tag")
        mark = _mark(event)
        container.mark = mark
        if isinstance(container, PlacedMap):
            container.keys_at = {}
            container.values_at = {}
        else:
            container.values_at = []
        if len(self.stack) >= MAX_DEPTH:
            self.find(LIMIT, mark, f"nested deeper than {MAX_DEPTH} levels")
            raise _TooMuchError
        self._put(container, mark, event)
        self.stack.append((container, None))

    def _scalar(self, event: Any) -> None:
        mark = _mark(event)
        if event.anchor is not None:
            self._unsupported(event, f"anchors (&{event.anchor})", "delete the anchor and write values out")
        if event.tag is not None:
            self._unsupported(event, f"tags ({event.tag})", "delete the tag; write text in quotation marks")
        if len(event.value) > MAX_SCALAR:
            self.find(LIMIT, mark, f"text longer than {MAX_SCALAR:,} characters")
            event.value = event.value[:MAX_SCALAR]
        match = _REFUSED.search(event.value)
        if match:  # an escape in double quotes, as in "\x07"
            self._refused(match.group(), mark)
            event.value = _REFUSED.sub(" ", event.value)
        is_key = bool(self.stack) and isinstance(self.stack[-1][0], PlacedMap) and self.stack[-1][1] is None
        self._put(event.value if is_key else self._value(event, mark), mark, event)

    def _no_value(self, text: str, mark: Mark) -> None:
        container, key = self.stack[-1] if self.stack else (None, None)
        if container is None:  # an empty document is reported as such
            return
        written = f"{text} is" if text else "nothing is"
        if key is None:
            self.find(
                NO_VALUE, mark, f"{written} written for this item of a list", "write the item, or delete the dash"
            )
        elif key.isdecimal():
            fix = "a comma inside braces starts a new key: numbers have none, and labels with one need quotation marks"
            self.find(NO_VALUE, mark, f"{written} written for {quoted(key)}", fix)
        elif key in _HOLDERS:
            fix = "indent what belongs to it further than the key, or delete the key"
            self.find(NO_VALUE, mark, f"{written} written for {quoted(key)}", fix)
        else:
            fix = "write unknown for a count to be solved, a value, or delete the key"
            self.find(NO_VALUE, mark, f"{written} written for {quoted(key)}", fix)

    def _put(self, value: Any, mark: Mark, event: Any) -> None:
        if not self.stack:
            self.root = value
            return
        container, key = self.stack[-1]
        if isinstance(container, PlacedList):
            container.append(value)
            container.values_at.append(mark)
        elif key is None:
            self.stack[-1] = (container, self._key(container, value, mark, event))
        else:
            self.stack[-1] = (container, None)
            if key not in container:
                container[key] = value
                container.values_at[key] = mark

    def _key(self, container: PlacedMap, key: Any, mark: Mark, event: Any) -> str:
        if not isinstance(key, str):
            if not isinstance(key, Faulty):
                self.find(KEY, mark, "a key is a list or a mapping", "write a field's name or a label")
            key = f"\0{mark}"
        elif not key.strip():
            self.find(KEY, mark, "an empty key", "write a field's name or a label before the colon")
            key = f"\0{mark}"
        elif key == "<<" and event.implicit[0]:
            self._unsupported(event, "merge keys (<<)", "write the values out")
        elif key in container:
            first = Related(f"{quoted(key)} is first given here", Span(self.name, *container.keys_at[key]))
            self.find(
                DUPLICATE,
                mark,
                f"{quoted(key)} is given twice",
                "keep one of them, or give them different labels",
                (first,),
            )
            return str(key)
        container.keys_at[key] = mark
        return str(key)

    def _value(self, event: Any, mark: Mark) -> Any:
        text: str = event.value
        if not event.implicit[0]:
            return BlockText(text) if event.style in ("|", ">") else text
        if text in ("", "~", "null", "Null", "NULL"):
            self._no_value(text, mark)
            return Faulty()
        if text in ("true", "True", "TRUE"):
            return True
        if text in ("false", "False", "FALSE"):
            return False
        first = text[0]
        if first in "+-.0123456789yYnNoO":
            if _INTEGER.match(text):
                if len(text) <= MAX_DIGITS:
                    return int(text)
                self.find(LIMIT, mark, f"a number of {len(text)} digits", "no trial has as many participants")
                return Faulty()
            if _DECIMAL.match(text):
                return Decimal(text)
            if _AMBIGUOUS.match(text):
                self.find(AMBIGUOUS, mark, f"{text} is read differently by different YAML readers", _plainer(text))
                return Faulty()
        return text


class _TooMuchError(Exception):
    """Reading stops at a limit; the finding is already made."""


def _mark(event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    return start.line + 1, start.column + 1, end.line + 1, end.column + 1


def _plainer(text: str) -> str:
    digits = re.sub(r"[_,]", "", text)
    if digits != text and digits.isdecimal():
        return f"write {int(digits)} for the number, or '{text}' in quotation marks for text"
    if text.isdecimal():
        return f"write {int(text)} for the number, or '{text}' in quotation marks for text"
    if text.lower() in ("y", "yes", "on"):
        return f"write true, or '{text}' in quotation marks for text"
    if text.lower() in ("n", "no", "off"):
        return f"write false, or '{text}' in quotation marks for text"
    return f"write a plain number, or '{text}' in quotation marks for text"
