"""Taking in a file of a stranger, through whichever door: looked at in the sandbox first, kept only when it passed."""

from dataclasses import dataclass
from typing import BinaryIO

from app.gateways import pdf
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


def take(store: FileStore, source: BinaryIO, name: str, *, limit: int) -> Taken:
    """Keep a PDF and count its pages. Errors: TooLarge, Invalid (see `pdf.inspect`); then nothing is kept."""
    seen: list[PdfInfo] = []
    stored = store.put(source, limit=limit, check=lambda path: seen.append(pdf.inspect(path)))
    return Taken(file_name(name), stored.sha256, stored.size, seen[0].pages)


def file_name(given: str) -> str:
    """A name for a PDF out of what a stranger called it: no folders, nothing that does not print, always `.pdf`."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(character for character in last if character.isprintable()).strip()
    stem = clean[: -len(SUFFIX)] if clean.lower().endswith(SUFFIX) else clean
    return (stem.strip(" .")[: LONGEST_NAME - len(SUFFIX)] or "document") + SUFFIX
