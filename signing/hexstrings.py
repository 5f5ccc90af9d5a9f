"""Hexadecimal strings read by the block: pyHanko 0.38 reads digit by digit, and a signature has 24,576 of them.

That was a third of the time of a verdict. Besides, its reader never ends at the end of a file that breaks off in one.
"""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfStreamError

_BLOCK = 8192
_SPACES = b" \t\r\n\f\0"
_DIGITS = frozenset(b"0123456789abcdefABCDEF")


def read(stream: Any) -> Any:
    """A string from "<" to ">" as pyHanko has it; an odd digit at the end counts as if a 0 followed (ISO 32000-1).

    Errors: PdfStreamError.
    """
    stream.read(1)
    start, parts = stream.tell(), []
    while True:
        block = stream.read(_BLOCK)
        end = block.find(b">")
        if end >= 0:
            parts.append(block[:end])
            break
        if not block:
            raise PdfStreamError("Unexpected end of a hex string")
        parts.append(block)
    content = b"".join(parts)
    stream.seek(start + len(content) + 1)
    digits = content.translate(None, _SPACES)
    if not _DIGITS.issuperset(digits):
        raise PdfStreamError("Unexpected token in hex string")
    return generic.pdf_string(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")))


def install() -> None:
    """Let the library read them so, in this process."""
    generic.read_hex_string_from_stream = read
