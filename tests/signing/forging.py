"""What attackers do to signed files."""

import io
from collections.abc import Callable
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import enumerate_fields_in
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.metadata.model import DocumentMetadata
from pyhanko.pdf_utils.metadata.xmp_xml import MetadataStream, update_xmp_with_meta
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from signing import fonts
from signing.filling import fill
from signing.lettering import drawn, letter

Change = Callable[[IncrementalPdfFileWriter], None]


def revised(data: bytes, change: Change) -> bytes:
    """The file with one more revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def paint_over(writer: IncrementalPdfFileWriter) -> None:
    """Draw on the first page."""
    stream = writer.add_object(generic.StreamObject(stream_data=b"q 1 0 0 rg 100 400 200 50 re f Q"))
    writer.add_stream_to_page(0, stream)


def swap_pages(writer: IncrementalPdfFileWriter) -> None:
    """Show a hidden page tree instead (shadow attack "hide and replace")."""
    page: Any = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Page"),
            pdf_name("/MediaBox"): generic.ArrayObject(generic.NumberObject(side) for side in (0, 0, 595, 842)),
        }
    )
    reference = writer.add_object(page)
    tree = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Pages"),
            pdf_name("/Count"): generic.NumberObject(1),
            pdf_name("/Kids"): generic.ArrayObject([reference]),
        }
    )
    page["/Parent"] = writer.root["/Pages"] = writer.add_object(tree)
    writer.update_root()


def stick_note(writer: IncrementalPdfFileWriter) -> None:
    """Cover text with an annotation."""
    page, _ = writer.find_page_for_modification(0)
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject(generic.NumberObject(side) for side in (90, 400, 500, 450)),
            pdf_name("/Contents"): pdf_string("Noi dung khac"),
            pdf_name("/F"): generic.NumberObject(4),
        }
    )
    writer.register_annotation(page, writer.add_object(note))


def move_field(name: str) -> Change:
    """Put a field elsewhere on the page."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        reference = _field(writer, name)
        reference.get_object()["/Rect"] = generic.ArrayObject(
            generic.NumberObject(side) for side in (90, 400, 500, 450)
        )
        writer.mark_update(reference)

    return change


def set_field(name: str, text: str) -> Change:
    """Write something into a text field, whether it is empty or not."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        reference = _field(writer, name)
        reference.get_object()["/V"] = pdf_string(text)
        writer.mark_update(reference)

    return change


def drop_form(writer: IncrementalPdfFileWriter) -> None:
    """Make every signature disappear from the list of fields."""
    writer.root["/AcroForm"]["/Fields"] = generic.ArrayObject()
    writer.update_container(writer.root["/AcroForm"])


def add_field(name: str) -> Change:
    """Add an empty text field to an unsigned file."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        page, _ = writer.find_page_for_modification(0)
        field = generic.DictionaryObject(
            {
                pdf_name("/FT"): pdf_name("/Tx"),
                pdf_name("/T"): pdf_string(name),
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/Widget"),
                pdf_name("/Rect"): generic.ArrayObject(generic.NumberObject(side) for side in (90, 300, 300, 320)),
                pdf_name("/DA"): pdf_string("/Helv 0 Tf 0 g"),
            }
        )
        reference = writer.add_object(field)
        writer.root["/AcroForm"]["/Fields"].append(reference)
        writer.update_container(writer.root["/AcroForm"]["/Fields"])
        writer.register_annotation(page, reference)

    return change


def set_entry(name: str, key: str, value: Any) -> Change:
    """Change one entry of a field, such as its flags."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        reference = _field(writer, name)
        reference.get_object()[pdf_name(key)] = value
        writer.mark_update(reference)

    return change


def fill_with(name: str, text: str, shown: str, font: str = fonts.REGULAR) -> Change:
    """Fill a field with one text, and draw another."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        fill(writer, name, text)
        field = _field(writer, name).get_object()
        field["/AP"]["/N"] = writer.add_object(_appearance(writer, field, shown, font))

    return change


def redraw(name: str, shown: str) -> Change:
    """Replace what a filled field shows, in the place where it was."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        field = _field(writer, name).get_object()
        reference = field["/AP"].raw_get("/N").reference
        writer.objects[(reference.generation, reference.idnum)] = _appearance(writer, field, shown, fonts.REGULAR)

    return change


def _appearance(writer: IncrementalPdfFileWriter, field: Any, shown: str, font: str) -> Any:
    """Drawn as the real one is, whatever the value is."""
    line = letter(writer, shown, font, 12.0)
    left, bottom, right, top = (float(side) for side in field["/Rect"])
    fonts_used = generic.DictionaryObject({pdf_name("/VB"): line.font})
    return generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(
                generic.FloatObject(side) for side in (0, 0, right - left, top - bottom)
            ),
            pdf_name("/Resources"): generic.DictionaryObject({pdf_name("/Font"): fonts_used}),
        },
        stream_data=b"/Tx BMC " + drawn(line, 2, 3) + b" EMC",
    )


def retitle(writer: IncrementalPdfFileWriter) -> None:
    """Let the file say that it is called otherwise."""
    writer.set_info(writer.add_object(generic.DictionaryObject({pdf_name("/Title"): pdf_string("Van ban khac")})))


def restate(writer: IncrementalPdfFileWriter) -> None:
    """The same in the newer way (XMP)."""
    meta = DocumentMetadata(title="Van ban khac")
    writer.root[pdf_name("/Metadata")] = writer.add_object(MetadataStream.from_xmp(update_xmp_with_meta(meta)))
    writer.update_root()


def leave_a_place(writer: IncrementalPdfFileWriter) -> None:
    """One more signature field, empty and invisible."""
    append_signature_field(writer, SigFieldSpec("Them"))


def drop_evidence(writer: IncrementalPdfFileWriter) -> None:
    """Revocation lists and certificates go."""
    writer.root[pdf_name("/DSS")] = writer.add_object(generic.DictionaryObject())
    writer.update_root()


def say_nothing(writer: IncrementalPdfFileWriter) -> None:
    """An object that nobody refers to."""
    writer.add_object(generic.StreamObject(stream_data=b"khong ai tro toi"))


def broken_revision(data: bytes) -> bytes:
    """An object that viewers find when they repair, behind a table that verifiers read (incremental saving attack)."""
    start = data[data.rindex(b"startxref") :]
    return data + b"4 0 obj\n<< /Length 3 >>\nstream\nq Q\nendstream\nendobj\n" + start


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    """One place of the file overwritten, counted from its end; nothing moves."""
    assert len(new) <= len(old)
    at = data.rindex(old)
    return data[:at] + new.ljust(len(old)) + data[at + len(old) :]


def smuggled(data: bytes) -> bytes:
    """Objects put into the unsigned gap, where the signature is shorter than its place (signature wrapping)."""
    end = data.rindex(b"00000000>")
    junk = b"> 4 0 obj << /Length 0 >> endobj <"
    return data[: end - len(junk)] + junk + data[end:]


def padded(data: bytes) -> bytes:
    """A few bytes where the place of a signature is longer than the signature."""
    end = data.rindex(b"0000>")
    return data[: end - 40] + b"DEADBEEF" + data[end - 32 :]


def _field(writer: IncrementalPdfFileWriter, name: str) -> Any:
    for kind in ("/Tx", "/Sig"):
        fields = writer.root["/AcroForm"]["/Fields"]
        for found, _, reference in enumerate_fields_in(fields, refs_seen=set(), target_field_type=kind):
            if str(found) == name:
                return reference
    raise LookupError(name)
