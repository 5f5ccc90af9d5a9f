"""Open a document for the first signature: refuse what cannot be signed safely, rewrite what only looks awkward."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf

from signing.errors import SigningRefused

_DEEPEST = 32
"""Levels of a tree of form fields: more is an attack."""


@contextmanager
def signable(source: Path) -> Iterator[Path]:
    """An unsigned file without form fields or turned pages: the source itself, or a rewritten temporary copy.

    Errors: SigningRefused("source.encrypted" | "source.damaged" | "source.empty" | "source.already_signed").
    """
    if not _awkward(source):
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="signable-") as directory:
        flat = Path(directory) / "flat.pdf"
        _flatten(source, flat)
        yield flat


@contextmanager
def written(target: Path) -> Iterator[Path]:
    """The target path; when the block fails, nothing is left there."""
    try:
        yield target
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _awkward(source: Path) -> bool:
    """Whether the file must be flattened first."""
    try:
        with pikepdf.open(source, attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise SigningRefused("source.encrypted")
            if not pdf.pages:
                raise SigningRefused("source.empty")
            if _signed(pdf):
                raise SigningRefused("source.already_signed")
            turned = any(int(page.get("/Rotate", 0)) % 360 for page in pdf.pages)
            return turned or "/AcroForm" in pdf.Root
    except pikepdf.PasswordError as error:
        raise SigningRefused("source.encrypted") from error
    except (pikepdf.PdfError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SigningRefused("source.damaged") from error


def _signed(pdf: pikepdf.Pdf) -> bool:
    if "/Perms" in pdf.Root:
        return True
    form = pdf.Root.get("/AcroForm")
    if form is None:
        return False
    return int(form.get("/SigFlags", 0)) & 1 == 1 or any(_signatures(form.get("/Fields"), 0))


def _signatures(fields: pikepdf.Object | None, depth: int) -> Iterator[bool]:
    if fields is None:
        return
    if depth > _DEEPEST:
        raise SigningRefused("source.damaged")
    for field in iter(fields):
        yield field.get("/FT") == "/Sig" and "/V" in field
        yield from _signatures(field.get("/Kids"), depth + 1)


def _flatten(source: Path, target: Path) -> None:
    """Turn pages upright and make form fields part of the page, so that only our own fields stay fillable."""
    job = {
        "inputFile": str(source),
        "outputFile": str(target),
        "flattenRotation": "",
        "flattenAnnotations": "all",
        "generateAppearances": "",
        "objectStreams": "preserve",
    }
    try:
        pikepdf.Job(job).run()
        with pikepdf.open(target, allow_overwriting_input=True) as pdf:
            if "/AcroForm" in pdf.Root:
                del pdf.Root["/AcroForm"]
                pdf.save(target)
    except (pikepdf.PdfError, RuntimeError) as error:
        raise SigningRefused("source.damaged") from error
