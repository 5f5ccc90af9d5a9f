"""What attackers do to signed files."""

import io
from collections.abc import Callable
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import enumerate_fields_in
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

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


def _field(writer: IncrementalPdfFileWriter, name: str) -> Any:
    for kind in ("/Tx", "/Sig"):
        fields = writer.root["/AcroForm"]["/Fields"]
        for found, _, reference in enumerate_fields_in(fields, refs_seen=set(), target_field_type=kind):
            if str(found) == name:
                return reference
    raise LookupError(name)
