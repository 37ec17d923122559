"""A zip file whose other members stay byte for byte: compressed as they were, in their order, with their stamps."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Archive", "ArchiveError", "Member"]

MAX_PART = 128 * 1024 * 1024
"""The largest member that is unpacked, in bytes."""
MAX_MEMBERS = 20_000
_END, _CENTRAL, _LOCAL = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_END_FORM = struct.Struct("<4s4H2LH")
_CENTRAL_FORM = struct.Struct("<4s6H3L5H2L")
_LOCAL_FORM = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_UTF8, _ENCRYPTED = 0x800, 0x1
_STAMP = 0x21
"""The first of January 1980: new members carry no time of their own."""


class ArchiveError(ValueError):
    """Bytes that are no zip file, or one that is not read; the message says what."""


class Member(NamedTuple):
    """One file of an archive: its entry of the directory as it is, and where its bytes begin."""

    name: str
    entry: bytes
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    start: int
    """Of its local header."""


class Archive:
    """A zip file in memory. Raises `ArchiveError` where it is damaged, encrypted, or one of several volumes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        at = data.rfind(_END, max(0, len(data) - 65_557))
        if at < 0 or len(data) < at + _END_FORM.size:
            raise ArchiveError("not a zip file, or cut short")
        _, disk, first, here, count, length, self.directory, comment = _END_FORM.unpack_from(data, at)
        if disk or first or here != count:
            raise ArchiveError("one of several volumes")
        if 0xFFFF in (here, count) or 0xFFFFFFFF in (length, self.directory):
            raise ArchiveError("a ZIP64 archive, which no such document needs")
        if count > MAX_MEMBERS:
            raise ArchiveError(f"more than {MAX_MEMBERS} parts")
        if self.directory + length != at or at + _END_FORM.size + comment != len(data):
            raise ArchiveError("its directory is not where it should be")
        self.tail = data[at + _END_FORM.size :]
        self.members: dict[str, Member] = {}
        self._read(count)

    def _read(self, count: int) -> None:
        at = self.directory
        for _ in range(count):
            if self.data[at : at + 4] != _CENTRAL or len(self.data) < at + _CENTRAL_FORM.size:
                raise ArchiveError("its directory is damaged")
            (_, _, _, flags, method, _, _, checksum, packed, size, name_size, extra, comment, _, _, _, start) = (
                _CENTRAL_FORM.unpack_from(self.data, at)
            )
            end = at + _CENTRAL_FORM.size + name_size + extra + comment
            raw = self.data[at + _CENTRAL_FORM.size : at + _CENTRAL_FORM.size + name_size]
            name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
            if flags & _ENCRYPTED:
                raise ArchiveError("encrypted")
            if name in self.members:
                raise ArchiveError(f"it holds {name} twice")
            self.members[name] = Member(name, self.data[at:end], flags, method, checksum, packed, size, start)
            at = end
        starts = sorted(member.start for member in self.members.values())
        self.ends = dict(zip(starts, [*starts[1:], self.directory], strict=False))
        """Where the bytes of the member that begins there end, with all that belongs to it."""
        if len(self.ends) != len(starts) or any(
            member.start + _LOCAL_FORM.size + member.packed > self.ends[member.start]
            for member in self.members.values()
        ):  # members that share bytes are how small files unpack to large ones
            raise ArchiveError("its parts overlap")

    def read(self, name: str) -> bytes:
        """Return what a member holds; raises KeyError where there is none."""
        member = self.members[name]
        at = member.start
        if self.data[at : at + 4] != _LOCAL:
            raise ArchiveError(f"{name} is not where the directory says")
        name_size, extra = _LOCAL_FORM.unpack_from(self.data, at)[-2:]
        begin = at + _LOCAL_FORM.size + name_size + extra
        packed = self.data[begin : begin + member.packed]
        if member.size > MAX_PART:
            raise ArchiveError(f"{name} unpacks to more than {MAX_PART // 1024 // 1024} MB")
        found = self._unpacked(member, packed)
        if len(found) != member.size or zlib.crc32(found) != member.checksum:
            raise ArchiveError(f"{name} is damaged")
        return found

    @staticmethod
    def _unpacked(member: Member, packed: bytes) -> bytes:
        if member.method == _STORED:
            return packed
        if member.method != _DEFLATED:
            raise ArchiveError(f"{member.name} is compressed in a way that such documents do not use")
        try:
            return zlib.decompressobj(-15).decompress(packed, member.size + 1)  # never more than the directory says
        except zlib.error as error:
            raise ArchiveError(f"{member.name} is damaged") from error

    def replaced(self, parts: Mapping[str, bytes | None]) -> bytes:
        """Return the archive with members replaced, added at the end, or, where they are None, left out."""
        out: list[bytes] = []
        entries: dict[str, bytes] = {}
        at = 0
        in_order = sorted(self.members.values(), key=lambda member: member.start)
        for name in [*(member.name for member in in_order), *(name for name in parts if name not in self.members)]:
            old, new = self.members.get(name), parts.get(name)
            if old is not None and name not in parts:
                raw = self.data[old.start : self.ends[old.start]]
                entry = old.entry[:42] + struct.pack("<L", at) + old.entry[46:]
            elif new is None:
                continue
            else:
                raw, entry = _packed(name, new, at, old)
            out.append(raw)
            entries[name] = entry
            at += len(raw)
        listed = b"".join(entries[name] for name in dict.fromkeys([*self.members, *parts]) if name in entries)
        end = _END_FORM.pack(_END, 0, 0, len(entries), len(entries), len(listed), at, len(self.tail))
        return b"".join([*out, listed, end, self.tail])


def _packed(name: str, content: bytes, at: int, old: Member | None = None) -> tuple[bytes, bytes]:
    """Return a member's bytes and its entry in the directory; a replaced one keeps its stamp and attributes."""
    method = _STORED if name.lower().endswith(".png") else _DEFLATED
    packed = content
    if method == _DEFLATED:
        press = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = press.compress(content) + press.flush()
    time, date, made, attributes = 0, _STAMP, 20, 0
    if old is not None:
        made, _, _, _, time, date = _CENTRAL_FORM.unpack_from(old.entry)[1:7]
        attributes = _CENTRAL_FORM.unpack_from(old.entry)[15]
    raw = name.encode()
    flags = 0 if raw.isascii() else _UTF8
    shared = (20, flags, method, time, date, zlib.crc32(content), len(packed), len(content), len(raw))
    local = _LOCAL_FORM.pack(_LOCAL, *shared, 0)
    entry = _CENTRAL_FORM.pack(_CENTRAL, made, *shared, 0, 0, 0, 0, attributes, at)
    return local + raw + packed, entry + raw
