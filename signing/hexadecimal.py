"""Read strings of hexadecimal digits in pieces: pyHanko 0.38 reads a signature digit by digit.

That is half of what a check costs. The same digits, white space and errors; `use` puts it in the place of pyHanko's
own for the whole process. A comment between digits is refused: no honest writer puts one there.
"""

from __future__ import annotations

import binascii
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfStreamError

_PIECE = 8192
_SPACE = b" \n\r\t\x00\x0c"


def use() -> None:
    """Let pyHanko read in this way; twice is harmless."""
    generic.read_hex_string_from_stream = read


def read(stream: BinaryIO) -> Any:
    """The string that begins at the angle here, as pyHanko makes it. Errors: PdfStreamError."""
    stream.read(1)
    parts, end = [], -1
    while end < 0:
        at = stream.tell()
        part = stream.read(_PIECE)
        if not part:
            raise PdfStreamError("Stream has ended unexpectedly")
        end = part.find(b">")
        parts.append(part if end < 0 else part[:end])
    stream.seek(at + end + 1)
    digits = b"".join(parts).translate(None, _SPACE)
    try:
        return generic.pdf_string(binascii.unhexlify(digits + b"0" * (len(digits) % 2)))
    except binascii.Error as error:
        raise PdfStreamError("Unexpected token in hex string") from error
