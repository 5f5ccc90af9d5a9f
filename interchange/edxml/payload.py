"""Base64 that comes in pieces, decoded into a file, so that memory does not grow with what is attached."""

import binascii
from pathlib import Path

from interchange.edxml.limits import Room
from interchange.errors import ExchangeRefused

_SPACES = b" \t\r\n"
_GROUP = 4


class Payload:
    """One attachment as it travels, on its way into the file at `path`."""

    def __init__(self, path: Path, room: Room) -> None:
        self.path = path
        self._room = room
        self._file = path.open("xb")
        self._pending = b""
        self._is_padded = False

    def feed(self, text: str) -> None:
        """Decode a piece. Errors: ExchangeRefused "edxml.base64_broken", "edxml.too_large"."""
        try:
            data = self._pending + text.encode("ascii").translate(None, _SPACES)
            if data and self._is_padded:
                raise ExchangeRefused("edxml.base64_broken")
            whole = len(data) - len(data) % _GROUP
            self._pending = data[whole:]
            decoded = binascii.a2b_base64(data[:whole], strict_mode=True)
        except ValueError as nonsense:
            raise ExchangeRefused("edxml.base64_broken") from nonsense
        self._is_padded = data[:whole].endswith(b"=")
        self._room.take(len(decoded))
        self._file.write(decoded)

    def finish(self) -> None:
        """Nothing more comes. Errors: ExchangeRefused "edxml.base64_truncated", "edxml.attachment_empty"."""
        self.close()
        if self._pending:
            raise ExchangeRefused("edxml.base64_truncated")
        if not self.path.stat().st_size:
            raise ExchangeRefused("edxml.attachment_empty")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
