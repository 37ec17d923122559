"""Study files written for a person to edit: block YAML, quotation marks where they are needed, comments that ask."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, NamedTuple, TypeAlias

from consortflow.schemas.json_schema import SCHEMA_FILE

__all__ = ["Inline", "Node", "Noted", "quoted_scalar", "written"]

WIDE = 110
"""Columns that comments are wrapped to."""

Node: TypeAlias = Any
"""Text, a number, a switch, a list, a mapping, or one of these with comments (Noted) or on one line (Inline)."""

_PLAIN = re.compile(r"(?:\d+ )?[^\W\d_](?:[\w .()/+'%;=-]|,(?= ))*")
"""Text that no reader of YAML takes for anything else: a letter early on, and no sign that means something."""
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "unknown"})


class Noted(NamedTuple):
    """A value with comments: on lines of their own above it, or at the end of its line."""

    value: Node
    above: str = ""
    beside: str = ""


class Inline(NamedTuple):
    """A mapping or list that is written on one line."""

    value: Node


def written(study: Mapping[str, Node], head: Iterable[str]) -> str:
    """Return a study as the text of a study file; `head` are the paragraphs of its first comment."""
    lines = [f"# yaml-language-server: $schema={SCHEMA_FILE.as_uri()}", "#"]
    lines += [line for paragraph in head for line in _comment(paragraph, 0)]
    for place, (key, value) in enumerate(study.items()):
        lines += [""] if place else []
        lines += _entry(key, value, 0)
    return "\n".join(lines) + "\n"


def quoted_scalar(text: str) -> str:
    """Return text as a YAML scalar that every reader takes for this text.

    >>> quoted_scalar("Lost to follow-up"), quoted_scalar("no"), quoted_scalar("Dose: 5 mg")
    ('Lost to follow-up', '"no"', '"Dose: 5 mg"')
    """
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS and text[-1] != " ":
        return text
    return json.dumps(text, ensure_ascii=False)


def _entry(key: str, value: Node, indent: int) -> Iterator[str]:
    """Yield the lines of a key and its value."""
    value, beside, above = _parts(value)
    yield from _comment(above, indent)
    name = f"{' ' * indent}{_key(key)}:"
    if _inline(value):
        yield f"{name} {_flow(value)}{beside}"
        return
    yield f"{name}{beside}"
    yield from _block(value, indent + 2)


def _block(value: Node, indent: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _entry(key, inner, indent)
        return
    for item in value:
        yield from _item(item, indent)


def _item(item: Node, indent: int) -> Iterator[str]:
    """Yield the lines of an item of a list: its first key stands beside the dash."""
    item, beside, above = _parts(item)
    yield from _comment(above, indent)
    if _inline(item):
        yield f"{' ' * indent}- {_flow(item)}{beside}"
        return
    dash = True
    for line in _block(item, indent + 2):
        yield f"{' ' * indent}- {line[indent + 2 :]}{beside}" if dash and not line.lstrip().startswith("#") else line
        dash = dash and line.lstrip().startswith("#")


def _parts(value: Node) -> tuple[Node, str, str]:
    if not isinstance(value, Noted):
        return value, "", ""
    return value.value, f"  # {_said(value.beside)}" if value.beside else "", value.above


def _inline(value: Node) -> bool:
    return not isinstance(value, Mapping | list) or not value


def _flow(value: Node) -> str:
    """Return a value on one line."""
    match value:
        case Inline(inner):
            return _flow(inner)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Mapping():
            return "{" + ", ".join(f"{_key(key, _tight)}: {_flow_in(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(_flow_in(inner) for inner in value) + "]"
        case _:
            return str(value) if value == "unknown" else quoted_scalar(str(value))


def _flow_in(value: Node) -> str:
    """Return a value inside brackets, where a comma ends plain text."""
    return _tight(value) if isinstance(value, str) and value != "unknown" else _flow(value)


def _key(key: str, writer: Callable[[str], str] = quoted_scalar) -> str:
    return key if key == "n" else writer(key)  # the field; nothing else is called so


def _tight(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if "," in text else quoted_scalar(text)


def _comment(text: str, indent: int) -> Sequence[str]:
    lead = f"{' ' * indent}# "
    return [f"{lead}{line}" for line in wrap(_said(text), max(WIDE - indent, 40), break_on_hyphens=False)]


def _said(text: str) -> str:
    """Return the words of a comment; what would be read as a waiver is not."""
    return text.replace("consortflow:", "consortflow :")
