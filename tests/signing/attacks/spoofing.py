"""Spoofing: nothing is broken, it only looks as if somebody had signed."""

import io

import pikepdf

from tests.signing import forging
from tests.signing.attacks.target import Attack, Target


def _without_fields(target: Target) -> bytes:
    """What the page shows, signatures included, printed into a file that nobody signed."""
    with pikepdf.open(io.BytesIO(target.data)) as pdf:
        pdf.flatten_annotations("all")
        if "/AcroForm" in pdf.Root:
            del pdf.Root["/AcroForm"]
        if "/Perms" in pdf.Root:
            del pdf.Root["/Perms"]
        return _saved(pdf)


def _rewritten(target: Target) -> bytes:
    """The file saved anew by a program that knows nothing of signatures."""
    with pikepdf.open(io.BytesIO(target.data)) as pdf:
        return _saved(pdf)


def _transplanted(target: Target) -> bytes:
    """The whole form with its signatures put on another document."""
    with pikepdf.open(io.BytesIO(target.data)) as pdf, pikepdf.new() as other:
        other.add_blank_page()
        other.Root.AcroForm = other.copy_foreign(pdf.make_indirect(pdf.Root.AcroForm))
        return _saved(other)


def _picture_of_a_verdict(target: Target) -> bytes:
    """A green tick and the words of a viewer, drawn on the page."""
    with pikepdf.open(io.BytesIO(target.data)) as pdf:
        tick = pikepdf.Stream(pdf, b"q 0 .6 0 rg 60 780 480 40 re f Q")
        pdf.pages[0].contents_add(tick)
        return _saved(pdf)


def _promised(target: Target) -> bytes:
    """A form that says it holds signatures, with fields that are empty."""
    with pikepdf.open(io.BytesIO(target.data)) as pdf:
        for field in pdf.Root.AcroForm.Fields:
            if "/V" in field:
                del field["/V"]
        pdf.Root.AcroForm.SigFlags = 3
        return _saved(pdf)


def _joined(target: Target) -> bytes:
    """A signed file behind the pages of another."""
    with pikepdf.new() as other:
        other.add_blank_page()
        return _saved(other) + target.data


def _saved(pdf: pikepdf.Pdf) -> bytes:
    output = io.BytesIO()
    pdf.save(output)
    return output.getvalue()


ATTACKS: dict[str, Attack] = {
    "printed signatures": _without_fields,
    "saved anew": _rewritten,
    "signatures of another document": _transplanted,
    "a picture of a verdict": _picture_of_a_verdict,
    "fields that promise a signature": _promised,
    "a signed file behind another": _joined,
    "a name in a note": lambda target: forging.revised(target.data, forging.stick_note),
}
