"""Taking in a file of a stranger, through whichever door: looked at in the sandbox first, kept only when it passed.

A text document becomes a PDF on the way in: what is read, agreed to and signed is one and the same file.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.gateways import files, office, pdf
from app.gateways.files import FileStore
from app.gateways.pdf import PdfInfo

LONGEST_NAME = 120
SUFFIX = ".pdf"


@dataclass(frozen=True)
class Taken:
    """A PDF that is in the store."""

    name: str
    sha256: str
    size: int
    pages: int


def take(store: FileStore, source: BinaryIO, name: str, *, limit: int, server: str = "") -> Taken:
    """Keep a PDF, or a text document as PDF, and count its pages; `server` is the one of `office.convert`.

    Errors: TooLarge, Invalid (see `pdf.inspect`, `office.check`), Unavailable; then nothing is kept.
    """
    seen: list[PdfInfo] = []
    start = source.read(office.START)
    source.seek(0)
    with ExitStack() as rest:
        converted = office.is_text_document(start)
        content = _as_pdf(source, rest.enter_context(store.temporary()), limit, server) if converted else source
        stored = store.put(content, limit=limit, check=lambda path: seen.append(pdf.inspect(path)))
    return Taken(file_name(name), stored.sha256, stored.size, seen[0].pages)


def _as_pdf(source: BinaryIO, folder: Path, limit: int, server: str) -> Path:
    given, made = folder / "given", folder / "made.pdf"
    files.copy(source, given, limit=limit)
    office.convert(given, made, server=server)
    return made


def file_name(given: str) -> str:
    """A name for a PDF out of what a stranger called it: no folders, nothing that does not print, always `.pdf`."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(character for character in last if character.isprintable()).strip()
    ending = next((one for one in (SUFFIX, *office.SUFFIXES) if clean.lower().endswith(one)), "")
    stem = clean[: len(clean) - len(ending)]
    return (stem.strip(" .")[: LONGEST_NAME - len(SUFFIX)] or "document") + SUFFIX
