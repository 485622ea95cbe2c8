"""The bytes of files, and how it is told that they are not what they should be."""

from __future__ import annotations

import gzip
import hashlib
import os
import pathlib
import zlib

from ..checks import InputError, refuse

Path = str | os.PathLike[str]
GZIP = b"\x1f\x8b"
# What decompressing raises that is damaged.
DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error)


class MissingError(InputError):
    """What is not there."""


class DamagedError(InputError):
    """What is there, but is not what it should be."""


def content(path: Path, what: str) -> bytes:
    """Of a file, which is to be `what`; decompressed where it is a gzip file."""
    try:
        data = pathlib.Path(path).read_bytes()
    except FileNotFoundError:
        raise refuse("path", str(path), "a file that exists") from None
    except IsADirectoryError:
        raise refuse("path", str(path), what, "It names a folder.") from None
    except PermissionError:
        raise refuse(
            "path", str(path), "a file that can be read", "Permission is denied."
        ) from None
    return expanded(data, path, what)


def expanded(data: bytes, path: Path, what: str) -> bytes:
    """Decompressed where it is gzip."""
    if not data.startswith(GZIP):
        return data
    try:
        return gzip.decompress(data)
    except DAMAGE:
        raise damaged(path, what) from None


def damaged(
    path: Path, what: str, cause: str = "It is damaged, or something else."
) -> DamagedError:
    """The error for a file that is there."""
    return DamagedError(str(refuse("path", str(path), what, cause)))


def sha256(data: bytes) -> str:
    """In hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def verify(data: bytes, expected: str, path: Path, what: str, remedy: str) -> None:
    """Refuse a content that is another than the one that is known."""
    found = sha256(data)
    if found != expected:
        raise differs(path, what, found, expected, remedy)


def differs(path: Path, what: str, found: str, expected: str, remedy: str) -> DamagedError:
    """The error for a content that is another than the one that is known."""
    return DamagedError(
        f"{path} is not {what}: its content has sha256 {found}, but must have {expected}. {remedy}"
    )
