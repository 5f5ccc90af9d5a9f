"""Taking in an attachment of a stranger: of a kind that offices use, and really of that kind."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.gateways import pdf
from app.gateways.files import FileStore
from app.kernel.errors import Invalid

LONGEST_NAME = 120
PACKAGES = frozenset({".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"})
STARTS = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff", ".zip": b"PK\x03\x04"}
FOREIGN_STARTS: dict[str, bytes | tuple[bytes, ...]] = {
    **dict.fromkeys((".doc", ".xls", ".ppt"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    **dict.fromkeys((".tif", ".tiff"), (b"II*\x00", b"MM\x00*")),
    ".rtf": b"{\\rtf",
    ".gif": b"GIF8",
    ".bmp": b"BM",
    ".rar": b"Rar!\x1a\x07",
    ".7z": b"7z\xbc\xaf'\x1c",
    ".p7s": (b"\x30\x80", b"\x30\x81", b"\x30\x82", b"\x30\x83", b"-----BEGIN"),
}
"""How files begin that we do not make ourselves, but that others send."""
TEXTS = frozenset({".txt", ".csv", ".xml"})
KINDS = (".pdf", *sorted(PACKAGES), *STARTS, *sorted(TEXTS))
SIGNED = "pdf.signed_already"
MOST_ENTRIES = 10_000
MARKS = frozenset({"[Content_Types].xml", "mimetype"})
MACROS = "vbaproject.bin"
_SAMPLE = 65_536


@dataclass(frozen=True)
class Kept:
    """An attachment in the store; `pages` is 0 for what is no PDF, or a PDF that is signed already."""

    name: str
    sha256: str
    size: int
    pages: int


def take(store: FileStore, source: BinaryIO, name: str, *, limit: int) -> Kept:
    """Keep an attachment as it is.

    Errors: TooLarge; Invalid "attachment.kind", "attachment.not_what_it_says", "attachment.macros", or as
    `pdf.inspect`; then nothing is kept.
    """
    clean = file_name(name)
    suffix = Path(clean).suffix.lower()
    if suffix not in KINDS:
        raise Invalid("attachment.kind", name=clean, kinds=", ".join(one[1:] for one in KINDS))
    counted: list[int] = []
    stored = store.put(source, limit=limit, check=lambda path: counted.append(_pages(path, suffix, clean)))
    return Kept(clean, stored.sha256, stored.size, counted[0])


def require_kind(path: Path, name: str) -> None:
    """Refuse a file of another system that is not what its name says; kinds that say nothing of themselves pass.

    Errors: Invalid "attachment.not_what_it_says", "attachment.macros", or as `pdf.inspect`.
    """
    suffix = Path(name).suffix.lower()
    if suffix in KINDS:
        _pages(path, suffix, name, in_no_hurry=True)
        return
    with path.open("rb") as file:
        if not file.read(16).startswith(FOREIGN_STARTS.get(suffix, b"")):
            raise Invalid("attachment.not_what_it_says", name=name)


def file_name(given: str) -> str:
    """What a stranger called a file, without folders and without anything that does not print."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(character for character in last if character.isprintable()).strip(" .")
    suffix = Path(clean).suffix[:10]
    return (Path(clean).stem.strip(" .")[: LONGEST_NAME - len(suffix)] or "document") + suffix


def _pages(path: Path, suffix: str, name: str, *, in_no_hurry: bool = False) -> int:
    if suffix == ".pdf":
        return _pages_of_pdf(path, in_no_hurry=in_no_hurry)
    check: Callable[[Path], None] = _package if suffix in PACKAGES else _text if suffix in TEXTS else _nothing
    start = STARTS.get(suffix, b"")
    with path.open("rb") as file:
        if file.read(len(start)) != start:
            raise Invalid("attachment.not_what_it_says", name=name)
    try:
        check(path)
    except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, OSError, NotImplementedError) as error:
        raise Invalid("attachment.not_what_it_says", name=name) from error
    return 0


def _pages_of_pdf(path: Path, *, in_no_hurry: bool) -> int:
    """A PDF that another signed stays as it is: the agency's signature is put beside it."""
    try:
        return pdf.inspect(path, in_no_hurry=in_no_hurry).pages
    except Invalid as refusal:
        if refusal.code != SIGNED:
            raise
        return 0


def _package(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        entries = package.infolist()
    if len(entries) > MOST_ENTRIES or not MARKS & {one.filename for one in entries}:
        raise zipfile.BadZipFile
    if any(one.filename.lower().endswith(MACROS) for one in entries):
        raise Invalid("attachment.macros")


def _text(path: Path) -> None:
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    if b"\0" in sample:
        raise ValueError
    sample.decode("utf-8", "strict" if len(sample) < _SAMPLE else "ignore")


def _nothing(_: Path) -> None:
    """What begins as its kind does needs no further look: it is never opened here."""
