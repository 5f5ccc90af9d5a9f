"""A hop on the way (TraceHeader), written into a stranger's edXML file: what it said before stays as it was."""

import shutil
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

from interchange.edxml import layout
from interchange.edxml.message import Trace

_PIECE = 64 * 1024
_LIST, _HEADER, _BUSINESS = "traceheaderlist", "edxmlheader", ("bussiness", "business")


def trace(source: Path, target: Path, hop: Trace) -> None:
    """Write a copy with one hop more, behind those it has; a file in whose header none belongs is copied as it is.

    The file was read before (`edxml.reader`): it is well-formed and declares no entities.
    """
    with source.open("rb") as given, target.open("xb") as into:
        place = _Place(given)
        given.seek(0)
        shutil.copyfileobj(_First(given, place.first), into)
        if place.is_found:
            into.write("\n".join(layout.hop(hop, with_list=place.is_list_lacking)).encode())
        given.seek(place.last)
        shutil.copyfileobj(given, into)


class _First:
    """A file that ends after so many bytes."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        self._source, self._left = source, size

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        piece = self._source.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(piece)
        return piece


class _Place:
    """Where the hop belongs: instead of the bytes from `first` to `last`, which are none, or an empty list."""

    def __init__(self, source: BinaryIO) -> None:
        self.first = self.last = 0
        self.is_found = self.is_list_lacking = False
        self._source, self._list = source, -1
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        while not self.is_found and (piece := source.read(_PIECE)):
            self._parser.Parse(piece)

    def _start(self, name: str, _attributes: Any) -> None:
        here = _local(name)
        if here == _LIST:
            self._list = self._parser.CurrentByteIndex
        elif here in _BUSINESS and self._list >= 0:
            self._settle(self._parser.CurrentByteIndex)

    def _end(self, name: str) -> None:
        here, at = _local(name), self._parser.CurrentByteIndex
        if here == _LIST:
            self._settle(self._list if self._is_empty(at) else at, last=at)
        elif here == _HEADER:
            self._settle(at, is_list_lacking=True)

    def _is_empty(self, at: int) -> bool:
        """Whether what ends there is one tag, `<…/>`: of those the parser tells where they are over."""
        reading = self._source.tell()
        self._source.seek(self._list)
        tag = self._source.read(at - self._list)
        self._source.seek(reading)
        return tag.count(b"<") == 1 and tag.endswith(b"/>")

    def _settle(self, first: int, *, last: int | None = None, is_list_lacking: bool = False) -> None:
        if not self.is_found:
            self.first, self.last, self.is_found = first, first if last is None else last, True
            self.is_list_lacking = is_list_lacking or self.first != self.last


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
