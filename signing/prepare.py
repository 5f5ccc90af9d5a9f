"""Put every field into an unsigned document before the first signature.

A field added after a certification signature would break it, so number, day, month, personal signature and seal all get
their empty places first; later steps only fill them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pikepdf
import pypdfium2 as pdfium
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, append_signature_field

from signing import fonts, initials
from signing.closing import closing
from signing.errors import SigningRefused
from signing.heading import heading
from signing.lettering import drawn, letter
from signing.pagetext import Box
from signing.placement import MM, Closing, Full, Heading, Label, Slot
from signing.source import signable, written

NUMBER, DAY, MONTH = "VanBanSo", "VanBanNgay", "VanBanThang"
PERSON, ORGANISATION, INITIALS = "NguoiKy", "CoQuan", "KyNhay"
"""Signature fields; those for initials are numbered from 1."""
STYLE = "/VBStyle"
"""Key of our own in a text field: font size, baseline above the bottom of the box, 1 when italic."""

_SMALLEST, _LARGEST = 100.0, 1200.0
"""Millimetres of a side of a page: from A6 to A0."""


@dataclass(frozen=True)
class Layout:
    """What the document prints, so that the fields can be placed by it.

    `year` is printed only if the document has no date line of its own (default: the current year in Việt Nam).
    `initials` is for how many people there is to be a place for theirs.
    """

    signer_name: str
    signer_title: str = ""
    year: int | None = None
    initials: int = 0


@dataclass(frozen=True)
class Prepared:
    """Where the fields went: page indexes from 0, boxes (left, bottom, right, top) in points of PDF user space.

    `anchored` is true when the document itself showed all the places, false when a block was added.
    """

    pages: int
    number_box: Box
    day_box: Box
    month_box: Box
    signature_page: int
    signature_box: Box
    seal_box: Box
    anchored: bool
    initials: tuple[Box, ...] = ()


def prepare(source: Path, target: Path, layout: Layout) -> Prepared:
    """Copy an unsigned normalised PDF with all its fields added; the same input gives the same places.

    A document that is full gets a page more for what it lacks.
    Errors: SigningRefused("source.*"): encrypted, damaged, empty, already_signed, page_size; no_room, number_gap,
    date_gap, number_typed, date_typed.
    """
    with signable(source) as flat, written(target):
        try:
            _check_sizes(flat)
            with _placed(flat, layout) as (paper, pages, head, close), ExitStack() as files:
                small = _initials(paper, head, close, layout.initials)
                stream = files.enter_context(paper.open("rb"))
                output = files.enter_context(target.open("wb"))
                writer = IncrementalPdfFileWriter(stream)
                _add(writer, head, close, small)
                writer.write(output)
        except (PdfError, pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SigningRefused("source.damaged") from error
    return Prepared(
        pages=pages,
        number_box=head.number.box,
        day_box=head.day.box,
        month_box=head.month.box,
        signature_page=close.page,
        signature_box=close.signature,
        seal_box=close.seal,
        anchored=not head.labels and not close.labels,
        initials=small,
    )


@contextmanager
def _placed(flat: Path, layout: Layout) -> Iterator[tuple[Path, int, Heading, Closing]]:
    """The file that takes the fields, its number of pages and the places: the given one, or one page longer."""
    with ExitStack() as rest:
        try:
            found = flat, *_places(flat, layout)
        except Full:
            longer = Path(rest.enter_context(tempfile.TemporaryDirectory(prefix="longer-"))) / "longer.pdf"
            spare = _lengthen(flat, longer)
            try:
                found = longer, *_places(longer, layout, spare)
            except Full as error:
                raise SigningRefused("source.no_room") from error
        yield found


def _lengthen(source: Path, target: Path) -> int:
    """Add an empty page as large as the last one is shown; its index."""
    with pikepdf.open(source, suppress_warnings=True) as pdf:
        last = pdf.pages[-1]
        pdf.add_blank_page(page_size=(_shown(last, 0), _shown(last, 1)))
        pdf.save(target, deterministic_id=True)
        return len(pdf.pages) - 1


def _places(path: Path, layout: Layout, spare: int | None = None) -> tuple[int, Heading, Closing]:
    year = layout.year or datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).year
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise SigningRefused("source.damaged") from error
    try:
        head = heading(document, year, spare)
        close = closing(document, layout.signer_name, layout.signer_title, spare)
        return len(document), head, close
    except pdfium.PdfiumError as error:
        raise SigningRefused("source.damaged") from error
    finally:
        document.close()


def _initials(path: Path, head: Heading, close: Closing, count: int) -> tuple[Box, ...]:
    """Places for initials on the page of the signature that keep clear of everything else to come."""
    if not 0 <= count <= initials.MOST:
        raise SigningRefused("initials.count")
    if not count:
        return ()
    slots = (one.box for one in (head.number, head.day, head.month) if one.page == close.page)
    document = pdfium.PdfDocument(path)
    try:
        return tuple(initials.boxes(document, close.page, (close.signature, close.seal, *slots), count))
    finally:
        document.close()


def _check_sizes(path: Path) -> None:
    """Only paper that exists: a seal of its real size, as the decree asks, needs a page of a real size."""
    with pikepdf.open(path, suppress_warnings=True) as pdf:
        for page in pdf.pages:
            sides = [_shown(page, start) / MM for start in (0, 1)]
            if page.get("/UserUnit", 1) != 1 or not all(_SMALLEST <= side <= _LARGEST for side in sides):
                raise SigningRefused("source.page_size")


def _shown(page: pikepdf.Page, start: int) -> float:
    """Width (0) or height (1) of what is shown; the corners of a box come in any order."""
    crop, media = (sorted((float(box[start]), float(box[start + 2]))) for box in (page.cropbox, page.mediabox))
    return min(crop[1], media[1]) - max(crop[0], media[0])


def _add(writer: IncrementalPdfFileWriter, head: Heading, close: Closing, small: tuple[Box, ...]) -> None:
    for label in (*head.labels, *close.labels):
        _print(writer, label)
    for name, slot in ((NUMBER, head.number), (DAY, head.day), (MONTH, head.month)):
        _add_text_field(writer, name, slot)
    for number, box in enumerate(small, 1):
        spec = SigFieldSpec(f"{INITIALS}{number}", on_page=close.page, box=box)  # type: ignore[arg-type]  # floats are fine
        append_signature_field(writer, spec)
    person = SigFieldSpec(PERSON, on_page=close.page, box=close.signature)  # type: ignore[arg-type]  # floats are fine
    lock = FieldMDPSpec(FieldMDPAction.ALL)
    organisation = SigFieldSpec(
        ORGANISATION,
        on_page=close.page,
        box=close.seal,  # type: ignore[arg-type]  # floats are fine
        field_mdp_spec=lock,
        doc_mdp_update_value=MDPPerm.NO_CHANGES,
    )
    append_signature_field(writer, person)
    append_signature_field(writer, organisation)


def _print(writer: IncrementalPdfFileWriter, label: Label) -> None:
    font = fonts.BOLD if label.bold else fonts.ITALIC if label.italic else fonts.REGULAR
    if not label.text:
        return
    line = letter(writer, label.text, font, label.size, label.width)
    x = label.x - line.width / 2 if label.centre else label.x
    _give_contents(writer, label.page)
    # The page may leave a changed coordinate system behind: shut its content in before drawing.
    opening = writer.add_object(generic.StreamObject(stream_data=b"q"))
    writer.add_stream_to_page(label.page, opening, prepend=True)
    key = pdf_name(f"/VB{writer.add_object(generic.NumberObject(0)).idnum}")
    content = b"Q " + drawn(line, x, label.baseline).replace(b"/VB ", str(key).encode() + b" ")
    stream = writer.add_object(generic.StreamObject(stream_data=content))
    resources = generic.DictionaryObject({pdf_name("/Font"): generic.DictionaryObject({key: line.font})})
    writer.add_stream_to_page(label.page, stream, resources)


def _give_contents(writer: IncrementalPdfFileWriter, index: int) -> None:
    """A blank page may have no content at all to add to."""
    reference, _ = writer.find_page_for_modification(index)
    page = reference.get_object()
    if "/Contents" not in page:
        page[pdf_name("/Contents")] = writer.add_object(generic.ArrayObject())
        writer.mark_update(reference)


def _add_text_field(writer: IncrementalPdfFileWriter, name: str, slot: Slot) -> None:
    page, _ = writer.find_page_for_modification(slot.page)
    left, bottom, right, top = slot.box
    empty = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): _numbers(0, 0, right - left, top - bottom),
        },
        stream_data=b"",
    )
    field = generic.DictionaryObject(
        {
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): pdf_string(name),
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/Rect"): _numbers(*slot.box),
            pdf_name("/F"): generic.NumberObject(4),
            pdf_name("/P"): page,
            pdf_name("/DA"): pdf_string("/Helv 0 Tf 0 g"),
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): writer.add_object(empty)}),
            pdf_name(STYLE): _numbers(slot.size, slot.baseline, 1 if slot.italic else 0),
        }
    )
    reference = writer.add_object(field)
    form = _form(writer)
    form["/Fields"].append(reference)
    writer.update_container(form["/Fields"])
    writer.register_annotation(page, reference)


def _form(writer: IncrementalPdfFileWriter) -> Any:
    if "/AcroForm" not in writer.root:
        form = generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject()})
        writer.root["/AcroForm"] = writer.add_object(form)
        writer.update_root()
    return writer.root["/AcroForm"]


def _numbers(*values: float) -> generic.ArrayObject:
    return generic.ArrayObject(generic.FloatObject(value) for value in values)
