"""Archives (zip): written to the same bytes each time, and read as what a stranger may have made to do harm."""

import posixpath
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Final

from app.kernel.errors import Invalid, TooLarge
from app.kernel.text import is_readable

MAX_BYTES: Final = 8_000_000
MAX_ENTRIES: Final = 2_000
MAX_UNPACKED: Final = 24_000_000
MAX_FILE: Final = 4_000_000
MAX_RATIO: Final = 200
SMALL: Final = 100_000
"""Below this size a file may be as much smaller in the archive as it likes."""
DEEPEST, LONGEST_NAME = 8, 300
_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED: Final = 0x1
_FILE_TYPE, _SYMLINK = 0o170000, 0o120000
_NESTED = re.compile(r"\.(zip|jar|7z|rar|tar|tgz|gz|bz2|xz|zst)$", re.IGNORECASE)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def packed(files: Mapping[str, bytes]) -> bytes:
    """An archive of files by name: the same files make the same bytes, whatever day and machine it is.

    Nothing is deflated, because each release of zlib does that in its own way.
    """
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _BEGINNING)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, files[name])
    return into.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """The files of an archive by name.

    Raises TooLarge "archive.too_large" or "archive.too_many", and Invalid "archive.*" for whatever no honest archive
    holds: ways out of its folder, links, a name twice, a password, an archive inside, a bomb.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge("archive.too_large", limit=MAX_BYTES)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            check_names([entry.filename for entry in entries])
            for entry in entries:
                _check_entry(entry)
            check_sizes([entry.file_size for entry in entries])
            return {entry.filename: _read(archive, entry) for entry in entries if not entry.is_dir()}
    except _BROKEN as error:
        raise Invalid("archive.broken") from error


def check_names(names: Iterable[str]) -> None:
    """Refuse names that lead elsewhere, names that some machines take for the same, and too many of them."""
    seen: set[str] = set()
    for number, name in enumerate(names):
        if number >= MAX_ENTRIES:
            raise TooLarge("archive.too_many", limit=MAX_ENTRIES)
        if not _stays_inside(name):
            raise Invalid("archive.path", name=name[:80])
        if _NESTED.search(name):
            raise Invalid("archive.nested", name=name[:80])
        plain = unicodedata.normalize("NFC", name.removesuffix("/")).casefold()
        if plain in seen:
            raise Invalid("archive.twice", name=name[:80])
        seen.add(plain)


def check_sizes(sizes: Iterable[int]) -> None:
    """Refuse what unfolds into too much, in one file or in all of them."""
    total = 0
    for size in sizes:
        total += size
        if size > MAX_FILE or total > MAX_UNPACKED:
            raise TooLarge("archive.unfolds", limit=MAX_UNPACKED)


def _stays_inside(name: str) -> bool:
    """Whether a name is a plain one below the folder it is unpacked in, on every kind of machine."""
    plain = name.removesuffix("/")
    is_plain = plain == posixpath.normpath(plain) and not plain.startswith(("/", "..")) and is_readable(plain)
    return is_plain and not re.search(r"[\\:\x00-\x1f]", plain) and _is_short(plain)


def _is_short(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.count("/") < DEEPEST


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename[:80]
    if entry.flag_bits & _ENCRYPTED:
        raise Invalid("archive.locked", name=name)
    if (entry.external_attr >> 16) & _FILE_TYPE == _SYMLINK:
        raise Invalid("archive.link", name=name)
    if entry.file_size > max(SMALL, MAX_RATIO * entry.compress_size):
        raise Invalid("archive.bomb", name=name)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One file; what turns out to be longer than it says does not fit its checksum."""
    found = archive.read(entry)
    if found.startswith(b"PK\x03\x04"):
        raise Invalid("archive.nested", name=entry.filename[:80])
    return found
