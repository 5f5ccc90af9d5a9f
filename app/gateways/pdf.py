"""Looking into PDF files of strangers: always in a child process with little memory, little time and no way out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.gateways import beside
from app.gateways.beside import Refusals

CHILD = beside.program("app.gateways.pdf_child")
PATIENCE = 60.0
"""Seconds a child may take by the clock on the wall; its processor time is limited in the child itself."""
WIDEST = 2400
GIVING_WAY = ("nice", "-n", "10")
_REFUSALS = Refusals(r"(pdf|document)\.[a-z_]+", broken="pdf.damaged", costly="pdf.too_costly")


@dataclass(frozen=True)
class PdfInfo:
    """What a file is, as far as others must know."""

    pages: int


def inspect(path: Path, *, in_no_hurry: bool = False) -> PdfInfo:
    """Say how many pages a file has, or refuse it; `in_no_hurry` when nobody waits for that.

    Errors: Invalid with pdf.not_a_pdf, pdf.encrypted, pdf.damaged, pdf.empty, pdf.too_many_pages,
    pdf.signed_already, pdf.hidden_layers, pdf.form_without_appearance, pdf.too_costly.
    """
    command = (*(GIVING_WAY if in_no_hurry else ()), *CHILD)
    said = json.loads(beside.run(command, ("inspect", str(path.absolute())), _REFUSALS, 2 * PATIENCE))
    return PdfInfo(pages=int(said["pages"]))


def normalise(source: Path, target: Path) -> PdfInfo:
    """Write a clean copy: no scripts, attachments, actions or layers, forms and comments drawn into the page.

    What is signed must be all there is to see (no content that changes later). Errors: as `inspect`.
    """
    return PdfInfo(pages=int(_ask("normalise", str(source.absolute()), str(target.absolute()))["pages"]))


def page_image(path: Path, page: int, width: int) -> bytes:
    """One page, counted from 1, as PNG of so many pixels across (at most 2400).

    Errors: as `inspect`, and document.page_missing.
    """
    return _run("picture", str(path.absolute()), str(page), str(min(width, WIDEST)))


def archival(path: Path) -> list[str]:
    """The rules of PDF/A-2b (ISO 19005-2) a file breaks or may break; none when it keeps them all.

    The check knows no form fields: it is for files that have none yet. Errors: as `inspect`.
    """
    return list(_ask("archival", str(path.absolute()))["broken"])


def extract(source: Path, target: Path, pages: Sequence[int] = ()) -> PdfInfo:
    """Write a clean copy of some pages, counted from 1, or of all; signatures become what they show on paper.

    Errors: as `inspect` but for pdf.signed_already, and document.page_missing.
    """
    chosen = ",".join(str(page) for page in pages)
    return PdfInfo(pages=int(_ask("extract", str(source.absolute()), str(target.absolute()), chosen)["pages"]))


def close_with(source: Path, block: Path, target: Path, height: float) -> PdfInfo:
    """Put a block of so many points, drawn at the top of a page of its own, after the end of a document.

    It goes below what is printed on the last page if there is room, else on a page more. Errors: as `extract`.
    """
    files = (str(one.absolute()) for one in (source, block, target))
    return PdfInfo(pages=int(_ask("close_with", *files, f"{height:.1f}")["pages"]))


def measured(path: Path) -> dict[str, Any]:
    """What the pictures of a scan are like (see `pdf_scan.measured`). Errors: as `inspect`."""
    return _ask("measured", str(path.absolute()))


def _ask(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_run(*arguments))
    return found


def _run(*arguments: str) -> bytes:
    return beside.run(CHILD, arguments, _REFUSALS, PATIENCE)
