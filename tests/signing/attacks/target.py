"""A signed file under attack."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from signing.profiles import Profile


@dataclass(frozen=True)
class Target:
    """The bytes of a signed file, where to work, and the keys that an attacker does not have."""

    data: bytes
    folder: Path
    profile: Profile

    @property
    def start(self) -> int:
        """The offset of the last cross-reference table."""
        return int(self.data[self.data.rindex(b"startxref") :].split()[1])

    @property
    def page(self) -> int:
        """The object number of the first page's content."""
        with pikepdf.open(io.BytesIO(self.data)) as pdf:
            content = pdf.pages[0].obj.Contents
            return int((content[0] if isinstance(content, pikepdf.Array) else content).objgen[0])

    @property
    def root(self) -> int:
        """The object number of the catalogue."""
        with pikepdf.open(io.BytesIO(self.data)) as pdf:
            return int(pdf.Root.objgen[0])

    @property
    def size(self) -> int:
        """One more than the highest object number."""
        with pikepdf.open(io.BytesIO(self.data)) as pdf:
            return len(pdf.objects) + 50


Attack = Callable[[Target], bytes]


def other_page(number: int) -> bytes:
    """The content of the first page, as somebody else would like it."""
    drawing = b"q 1 0 0 rg 60 400 400 300 re f Q"
    return b"%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (number, len(drawing), drawing)


def table(number: int, offset: int) -> bytes:
    """A cross-reference table of one object."""
    return b"xref\n%d 1\n%010d 00000 n \n" % (number, offset)


def last_signature(data: bytes) -> re.Match[bytes]:
    """The byte range of the last signature as it is written."""
    return list(re.finditer(rb"/ByteRange ?\[[^\]]*\]\s*", data))[-1]


def contents(data: bytes) -> tuple[int, int]:
    """From the angle that opens the last signature to behind the one that closes it."""
    opening = data.rindex(b"/Contents <") + len(b"/Contents ")
    return opening, data.index(b">", opening) + 1
