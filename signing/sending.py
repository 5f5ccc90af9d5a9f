"""A file sent to be signed elsewhere: with a form, so that a field that comes with a signature is all that is new.

A program that signs a file without a form has to begin one; judged against the sent file, that could hide anything.
"""

from __future__ import annotations

from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing.phases import answered


def with_form(source: Path, target: Path) -> Path:
    """`source` itself if it has a form, else `target`: the same pages with an empty one.

    Errors: SigningRefused("source.damaged").
    """
    with source.open("rb") as stream, answered():
        writer = IncrementalPdfFileWriter(stream)
        if "/AcroForm" in writer.root:
            return source
        form = generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject()})
        writer.root[pdf_name("/AcroForm")] = writer.add_object(form)
        writer.update_root()
        with target.open("wb") as output:
            writer.write(output)
    return target
