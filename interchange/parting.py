"""A JSON object of which some texts are too large for memory: one goes into a file, what else is small is told."""

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import IO

from interchange.errors import ExchangeUnavailable

SMALL = 64 * 1024
"""Bytes of a text that is told; a larger one is told as an empty one."""
MOST = 8 * 1024 * 1024
"""Bytes of everything that is told."""
_PIECE = 256 * 1024
_LONGEST_ESCAPE = len(rb"\ud83d\ude00")
_WHOLE = re.compile(
    rb'(?:[^"\\]+|\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})*'
)
"""Letters and whole escapes, up to the end of a text or of what has come of it; half of a pair is none."""
_UTF8 = getincrementaldecoder("utf-8")


def parted(source: IO[bytes], name: str, into: IO[bytes]) -> bytes:
    """The same object without its member of a name, a text that goes into a file in UTF-8, and without large texts.

    Errors: ExchangeUnavailable "peer.nonsense" where that text is none, "peer.too_much".
    """
    try:
        return _Parted(source, name, into).rest()
    except ValueError as nonsense:
        raise ExchangeUnavailable("peer.nonsense") from nonsense


class _Parted:
    """The text of an object on its way; it is read once, from left to right."""

    def __init__(self, source: IO[bytes], name: str, into: IO[bytes]) -> None:
        self._source, self._name, self._into = source, json.dumps(name).encode(), into
        self._come, self._at = b"", 0
        self._kept = bytearray()
        self._depth, self._before, self._last = 0, b"", b""

    def rest(self) -> bytes:
        """What is told, once the one text has gone into its file."""
        while self._at < len(self._come) or self._fill():
            quote = self._come.find(b'"', self._at)
            plain = self._come[self._at : quote if quote >= 0 else len(self._come)]
            self._at += len(plain)
            self._keep(plain)
            self._depth += plain.count(b"{") + plain.count(b"[") - plain.count(b"}") - plain.count(b"]")
            self._before = plain.rstrip()[-1:] or self._before
            if quote >= 0:
                self._at += 1
                self._text()
        return bytes(self._kept)

    def _text(self) -> None:
        """One text: the one that is wanted, or another; those before a colon are names."""
        is_wanted = self._before == b":" and self._depth == 1 and self._last == self._name
        self._before, self._last = b'"', b'""' if is_wanted else self._other()
        self._keep(self._last)
        if is_wanted:
            self._name = b""  # it is not there twice
            decode = _UTF8().decode
            for piece in self._pieces():
                self._into.write(json.loads(f'"{decode(piece)}"').encode())
            decode(b"", final=True)

    def _other(self) -> bytes:
        """A text as it is written, an empty one for what is large."""
        found = bytearray()
        for piece in self._pieces():
            found += piece[: SMALL + 1 - len(found)]
        return b'"' + bytes(found) + b'"' if len(found) <= SMALL else b'""'

    def _pieces(self) -> Iterator[bytes]:
        """A text up to its end, cut where no escape is cut."""
        while True:
            found = _WHOLE.match(self._come, self._at)
            end = found.end() if found else self._at
            piece, self._at = self._come[self._at : end], end
            yield piece
            if self._come[end : end + 1] == b'"':
                self._at += 1
                return
            if len(self._come) - end >= _LONGEST_ESCAPE or not self._fill():
                raise ValueError("no text")

    def _keep(self, piece: bytes) -> None:
        self._kept += piece
        if len(self._kept) > MOST:
            raise ExchangeUnavailable("peer.too_much")

    def _fill(self) -> bool:
        """Read on; what is behind is let go of."""
        more = self._source.read(_PIECE)
        self._come, self._at = self._come[self._at :] + more, 0
        return bool(more)
