"""Looking into PDF files of strangers: always in a child process with little memory, little time and no way out."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.gateways import beside
from app.gateways.beside import Refusals

CHILD = beside.program("app.gateways.pdf_child")
PATIENCE = 60.0
"""Seconds a child may take by the clock on the wall; its processor time is limited in the child itself."""
WIDEST = 2400
_REFUSALS = Refusals(r"(pdf|document)\.[a-z_]+", broken="pdf.damaged", costly="pdf.too_costly")


@dataclass(frozen=True)
class PdfInfo:
    """What a file is, as far as others must know."""

    pages: int


def inspect(path: Path) -> PdfInfo:
    """Say how many pages a file has, or refuse it.

    Errors: Invalid with pdf.not_a_pdf, pdf.encrypted, pdf.damaged, pdf.empty, pdf.too_many_pages,
    pdf.signed_already, pdf.hidden_layers, pdf.form_without_appearance, pdf.too_costly.
    """
    return PdfInfo(pages=int(_ask("inspect", str(path.absolute()))["pages"]))


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


def _ask(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_run(*arguments))
    return found


def _run(*arguments: str) -> bytes:
    return beside.run(CHILD, arguments, _REFUSALS, PATIENCE)
