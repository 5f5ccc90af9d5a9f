"""The zip in which each attachment travels, taken off: one entry, no bomb; office documents are zips of their own."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from interchange.edxml import sniffing
from interchange.edxml.limits import Limits, Room
from interchange.errors import ExchangeRefused

_PIECE = 64 * 1024
_END, _LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _LONGEST_COMMENT = 22, 65_535
_LONGEST_ENTRY = 512
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, ValueError)
"""What opening a zip may end with, if it is not a good one."""
_WRAPPED = re.compile(r"(?i)[0-9a-f-]{32,36}\.zip")


def unwrapped(path: Path, name: str, limits: Limits, room: Room) -> tuple[Path, str, bool]:
    """Where the file itself is, its real type, and whether it was wrapped; `name` is what it will be called.

    Errors: ExchangeRefused "edxml.zip_…" for a zip that is broken, encrypted, nested, of many files, or grows too much.
    """
    kind = sniffing.real_type(path)
    if kind != sniffing.ZIP:
        return path, kind, False
    with _opened(path, limits) as archive:
        kind = sniffing.zip_type(archive)
        entries = [one for one in archive.infolist() if not one.filename.endswith("/")]
        if kind != sniffing.ZIP or not _is_wrapping(name, entries):
            _check_growth(sum(one.file_size for one in entries), path.stat().st_size, limits)
            return path, kind, False
        inner = path.with_suffix(".inner")
        _extract(archive, entries[0], inner, limits, room)
    return inner, _inner_type(inner, name, limits), True


def _is_wrapping(name: str, entries: list[zipfile.ZipInfo]) -> bool:
    """Whether the zip only carries the file; a zip that is the file itself is called one."""
    called_zip = name.lower().endswith(".zip")
    if called_zip and (len(entries) != 1 or not _WRAPPED.fullmatch(entries[0].filename)):
        return False
    if len(entries) != 1:
        raise ExchangeRefused("edxml.zip_entries")
    return True


def _inner_type(inner: Path, name: str, limits: Limits) -> str:
    kind = sniffing.real_type(inner)
    if kind != sniffing.ZIP:
        return kind
    with _opened(inner, limits) as archive:
        kind = sniffing.zip_type(archive)
        _check_growth(sum(one.file_size for one in archive.infolist()), inner.stat().st_size, limits)
    if kind == sniffing.ZIP and not name.lower().endswith(".zip"):
        raise ExchangeRefused("edxml.zip_nested")
    return kind


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    with path.open("rb") as file:
        _check_directory(file, limits)
        try:
            with zipfile.ZipFile(file) as archive:
                if any(one.header_offset < 0 for one in archive.infolist()):
                    raise ExchangeRefused("edxml.zip_broken")
                yield archive
        except ERRORS as broken:
            raise ExchangeRefused("edxml.zip_broken") from broken


def _check_directory(file: BinaryIO, limits: Limits) -> None:
    """Look at how long the list of entries is before anybody reads it into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = file.read()
    end = len(tail) - _END_SIZE if tail[-_END_SIZE:].startswith(_END) and tail.endswith(b"\0\0") else tail.rfind(_END)
    if end < 0 or len(tail) < end + _END_SIZE:
        raise ExchangeRefused("edxml.zip_broken")
    count, length = struct.unpack_from("<HL", tail, end + 10)
    is_huge = tail[max(0, end - 20) : end].startswith(_LOCATOR)
    if is_huge or count > limits.entries or length > limits.entries * _LONGEST_ENTRY:
        raise ExchangeRefused("edxml.zip_entries")


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, limits: Limits, room: Room) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise ExchangeRefused("edxml.zip_encrypted")
    if entry.compress_type not in _METHODS:
        raise ExchangeRefused("edxml.zip_broken")
    size = 0
    with archive.open(entry) as source, target.open("xb") as file:
        while piece := source.read(_PIECE):
            size += len(piece)
            room.take(len(piece))
            _check_growth(size, max(1, entry.compress_size), limits)
            file.write(piece)
    if not size:
        raise ExchangeRefused("edxml.attachment_empty")


def _check_growth(size: int, packed: int, limits: Limits) -> None:
    if size > limits.unpacked or (size > limits.small and size > packed * limits.ratio):
        raise ExchangeRefused("edxml.zip_bomb")
