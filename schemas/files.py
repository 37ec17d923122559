"""Whole files in and out: the one place that touches the disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from consortflow.schemas.errors import FileError

__all__ = ["MAX_BYTES", "decode", "make_folder", "read_text", "write_atomically"]

MAX_BYTES = 64 * 1024 * 1024
"""The largest study file that is read, in bytes."""

_TEMPORARY = ".consortflow-"
_STALE_SECONDS = 3600


def _problem(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "no such file or folder"
        case PermissionError():
            return "no permission"
        case IsADirectoryError():
            return "is a folder, not a file"
        case _:
            return (error.strerror or type(error).__name__).lower()


def read_text(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> str:
    """Return the text of a UTF-8 file, without its byte order mark if it has one.

    Raises FileError where the file is missing, a folder, unreadable, larger than `max_bytes` or not UTF-8.
    """
    name = os.fspath(path)
    try:
        with Path(name).open("rb") as file:
            if stat.S_ISREG(mode := os.fstat(file.fileno()).st_mode) and os.fstat(file.fileno()).st_size > max_bytes:
                raise FileError(name, f"larger than {max_bytes // 1024 // 1024} MB")
            if stat.S_ISDIR(mode):
                raise FileError(name, "is a folder, not a file")
            data = file.read(max_bytes + 1)
    except FileError:
        raise
    except OSError as error:
        raise FileError(name, _problem(error)) from error
    except ValueError as error:  # a NUL in the name
        raise FileError(name.replace("\0", "\\0"), "not a file name") from error
    return decode(name, data, max_bytes=max_bytes)


def decode(name: str, data: bytes, *, max_bytes: int = MAX_BYTES) -> str:
    """Return the text of UTF-8 bytes, with or without a byte order mark; raises FileError as `read_text` does."""
    if len(data) > max_bytes:
        raise FileError(name, f"larger than {max_bytes // 1024 // 1024} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = "; it looks like UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise FileError(name, f"not UTF-8 (byte {error.start}{what}): save it as UTF-8") from error


def make_folder(path: str | os.PathLike[str]) -> None:
    """Make a folder and those above it, where they are missing. Raises FileError where that cannot be done."""
    name = os.fspath(path)
    try:
        Path(name).mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise FileError(name, "is a file, not a folder") from error
    except OSError as error:
        raise FileError(name, _problem(error)) from error
    except ValueError as error:
        raise FileError(name.replace("\0", "\\0"), "not a file name") from error


def write_atomically(path: str | os.PathLike[str], data: bytes, *, mode: int | None = None) -> None:
    """Write `data` to `path` whole or not at all: a temporary file beside it, fsync, rename.

    A symbolic link is followed and stays a link; an existing file keeps its permissions, unless `mode` gives it others:
    it never had more than these, not even while it was written. What is not a regular file
    (a device, a pipe) is written to directly. Temporary files an hour old, left by a killed run, are swept.
    Raises FileError where the folder or the file cannot be written.
    """
    name = os.fspath(path)
    try:
        target = Path(os.path.realpath(name))
        if target.is_dir():
            raise FileError(name, "is a folder, not a file")
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        _replace(target, data, mode)
    except FileError:
        raise
    except OSError as error:
        raise FileError(name, _problem(error)) from error
    except ValueError as error:
        raise FileError(name.replace("\0", "\\0"), "not a file name") from error


def _replace(target: Path, data: bytes, mode: int | None) -> None:
    import tempfile
    import time

    if target.exists() and not os.access(target, os.W_OK):
        raise FileError(str(target), "no permission")
    for stale in target.parent.glob(f"{_TEMPORARY}*"):
        try:
            if time.time() - stale.stat().st_mtime > _STALE_SECONDS:
                stale.unlink()
        except OSError:  # another run swept it, or it is not ours to sweep
            continue
    descriptor, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            Path(temporary).chmod(mode)
        elif target.exists():
            Path(temporary).chmod(stat.S_IMODE(target.stat().st_mode))
        else:
            mask = os.umask(0)
            os.umask(mask)
            Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    if hasattr(os, "O_DIRECTORY"):  # so that the rename itself survives a power cut
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
