"""Bytes to text and back without a change: byte order mark, encoding and line ends are a manuscript's own."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from consortflow.schemas.errors import FileError

__all__ = ["Coded", "decode", "encode"]

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
UNREAD = re.compile("[\udc80-\udcff]")
"""Bytes that are no letters in UTF-8, as `surrogateescape` holds them."""


class Coded(NamedTuple):
    """A manuscript's text, and how its bytes stand for it."""

    text: str
    codec: str
    mark: bytes
    unicode: bool
    """Whether any letter can be written; False where the encoding is not known, and only ASCII is sure."""


def decode(name: str, data: bytes) -> Coded:
    """Return a manuscript's text; raises FileError where it is none."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            try:
                return Coded(data[len(mark) :].decode(codec), codec, mark, unicode=True)
            except UnicodeDecodeError as error:
                raise FileError(name, f"starts as {codec.upper()} and is not") from error
    if b"\0" in data:
        raise FileError(name, "not text (it holds a zero byte)")
    try:
        return Coded(data.decode("utf-8"), "utf-8", b"", unicode=True)
    except UnicodeDecodeError:
        return Coded(data.decode("utf-8", "surrogateescape"), "utf-8", b"", unicode=False)


def encode(coded: Coded, text: str) -> bytes:
    """Return the bytes of a text in the encoding of the one it replaces."""
    return coded.mark + text.encode(coded.codec, "strict" if coded.unicode else "surrogateescape")
