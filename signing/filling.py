"""Write a text into an empty field of a PDF as an incremental update that leaves earlier signatures whole."""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import find_existing_empty_field
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing import fonts
from signing.lettering import drawn, letter
from signing.prepare import STYLE

READ_ONLY = 1
"""Flag of a form field."""


def fill(writer: IncrementalPdfFileWriter, name: str, text: str) -> None:
    """Fill one text field, centred on its printed baseline, and lock it against typing. Errors: SigningRefused."""
    reference = find_existing_empty_field(writer, name, field_type="/Tx")
    field: Any = reference.get_object()
    left, bottom, right, top = (float(value) for value in field["/Rect"])
    size, baseline, slanted = (float(value) for value in field[STYLE])
    line = letter(writer, text, fonts.ITALIC if slanted else fonts.REGULAR, size, right - left)
    content = drawn(line, (right - left - line.width) / 2, baseline)
    appearance = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(
                generic.FloatObject(value) for value in (0, 0, right - left, top - bottom)
            ),
            pdf_name("/Resources"): generic.DictionaryObject(
                {pdf_name("/Font"): generic.DictionaryObject({pdf_name("/VB"): line.font})}
            ),
        },
        stream_data=b"/Tx BMC " + content + b" EMC",
    )
    field["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(appearance)})
    field["/V"] = pdf_string(text)
    field["/Ff"] = generic.NumberObject(READ_ONLY)
    writer.mark_update(reference)
