"""Certification attacks: additions that a certified file allows, or seems to, used to cover what it says."""

import io
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from tests.signing import forging
from tests.signing.attacks.target import Attack, Target


def _numbers(*values: float) -> generic.ArrayObject:
    return generic.ArrayObject(generic.FloatObject(value) for value in values)


def _note(kind: str, flags: int = 4, *, drawn: bool = True) -> Attack:
    """An annotation of a kind over the text, with an opaque appearance."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        page, _ = writer.find_page_for_modification(0)
        note = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name(kind),
                pdf_name("/Rect"): _numbers(60, 300, 500, 700),
                pdf_name("/F"): generic.NumberObject(flags),
                pdf_name("/Contents"): pdf_string("Dong y"),
            }
        )
        if drawn:
            picture = generic.StreamObject(
                {
                    pdf_name("/Type"): pdf_name("/XObject"),
                    pdf_name("/Subtype"): pdf_name("/Form"),
                    pdf_name("/BBox"): _numbers(0, 0, 440, 400),
                },
                stream_data=b"1 1 1 rg 0 0 440 400 re f",
            )
            look = generic.DictionaryObject({pdf_name("/N"): writer.add_object(picture)})
            note[pdf_name("/AP")] = look
        writer.register_annotation(page, writer.add_object(note))

    return lambda target: forging.revised(target.data, change)


def _place(target: Target) -> bytes:
    """A signature field over the whole page, empty, with a picture on it."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Phu", on_page=0, box=(60, 300, 500, 700)))

    return forging.revised(target.data, change)


def _drawn_anew(target: Target) -> bytes:
    """Viewers asked to draw the fields again, with letters of somebody else's; some proof comes along as an excuse."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        form: Any = writer.root["/AcroForm"]
        form[pdf_name("/NeedAppearances")] = generic.BooleanObject(True)
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Symbol"}
        letters = generic.DictionaryObject({pdf_name(key): pdf_name(value) for key, value in font.items()})
        fonts = generic.DictionaryObject({pdf_name("/VB"): writer.add_object(letters)})
        form[pdf_name("/DR")] = generic.DictionaryObject({pdf_name("/Font"): fonts})
        writer.update_container(form)
        certificate = target.profile.trust.roots[0].dump()
        proof = generic.ArrayObject([writer.add_object(generic.StreamObject(stream_data=certificate))])
        if "/DSS" in writer.root:
            certificates: Any = writer.root["/DSS"]["/Certs"]
            certificates += proof
            writer.update_container(certificates)
        else:
            store = generic.DictionaryObject({pdf_name("/Certs"): proof})
            writer.root[pdf_name("/DSS")] = writer.add_object(store)
            writer.update_root()

    return forging.revised(target.data, change)


def _permissions(target: Target) -> bytes:
    """A catalogue that no longer says what is permitted."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        writer.root[pdf_name("/Perms")] = generic.DictionaryObject()
        writer.update_root()

    return forging.revised(target.data, change)


def _looser(target: Target) -> bytes:
    """The number of the permission written over in the signed bytes."""
    data = target.data
    for old in (b"/P 2", b"/P 1"):
        data = data.replace(old, b"/P 3")
    return data if data != target.data else data + b" "


def _looser_later(target: Target) -> bytes:
    """The reference of the signature replaced by a looser one in a later revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(target.data))
    for field in writer.root["/AcroForm"]["/Fields"]:
        held: Any = field.get_object()
        if "/V" in held and "/Reference" in held["/V"]:
            held["/V"]["/Reference"][0]["/TransformParams"][pdf_name("/P")] = generic.NumberObject(3)
            writer.mark_update(held.raw_get("/V").reference)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


ATTACKS: dict[str, Attack] = {
    **{f"a {kind[1:]}": _note(kind) for kind in ("/FreeText", "/Stamp", "/Square", "/Highlight", "/Ink", "/Redact")},
    "a link over the text": _note("/Link", drawn=False),
    "a hidden note": _note("/Text", 2),
    "a note only on paper": _note("/Stamp", 4 | 32),
    "a place for a signature over the text": _place,
    "fields drawn anew with other letters": _drawn_anew,
    "no permissions": _permissions,
    "looser permissions": _looser,
    "looser permissions later": _looser_later,
    "a number over the number": lambda target: forging.revised(target.data, forging.set_field("VanBanSo", "99")),
    "fields moved": lambda target: forging.revised(target.data, forging.move_field("VanBanSo")),
}
