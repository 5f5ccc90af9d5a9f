"""Looking into PDF files of strangers: always in a child process with little memory, little time and no way out."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.kernel.errors import Invalid

ROOT = Path(__file__).resolve().parents[2]
CHILD = (sys.executable, "-E", "-s", "-B", "-m", "app.gateways.pdf_child")
PATIENCE = 60.0
"""Seconds a child may take by the clock on the wall; its processor time is limited in the child itself."""
WIDEST = 2400
_LONGEST_ANSWER = 4096
_CODE = re.compile(r"(pdf|document)\.[a-z_]+")


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
    """Run the child; whatever it does other than answering is the file's fault."""
    child = subprocess.Popen(  # noqa: S603 - our own program; the file's name is ours, too
        [*CHILD, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        answer, complaint = child.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired as late:
        raise Invalid("pdf.too_costly") from late
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
    if child.returncode == 0:
        return answer
    raise Invalid(_refusal(complaint, killed=child.returncode < 0))


def _refusal(complaint: bytes, *, killed: bool) -> str:
    """The child's last line names what is wrong; one that broke down, or ran into its limits, names nothing."""
    last = complaint[-_LONGEST_ANSWER:].decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
    if _CODE.fullmatch(last):
        return last
    return "pdf.too_costly" if killed else "pdf.damaged"
