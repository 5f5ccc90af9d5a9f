"""Shadow attacks: the file is prepared before somebody signs it, and changed after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter


@dataclass(frozen=True)
class Shadow:
    """What is put into a file before it is signed, and what is done after."""

    before: Callable[[pikepdf.Pdf], None]
    after: Callable[[IncrementalPdfFileWriter], None]


def cover_with_a_picture(pdf: pikepdf.Pdf) -> None:
    """An annotation hides a paragraph."""
    picture = pikepdf.Stream(pdf, b"1 1 1 rg 0 0 440 200 re f")
    picture.Type, picture.Subtype, picture.BBox = Name.XObject, Name.Form, Array([0, 0, 440, 200])
    stamp = Dictionary(
        Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([60, 450, 500, 650]), F=4, AP=Dictionary(N=picture)
    )
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(stamp)])


def cover_with_an_image(pdf: pikepdf.Pdf) -> None:
    """A picture in the page hides a paragraph."""
    picture = pikepdf.Stream(pdf, b"1 1 1 rg 0 0 440 200 re f")
    picture.Type, picture.Subtype, picture.BBox = Name.XObject, Name.Form, Array([0, 0, 440, 200])
    page = pdf.pages[0]
    page.add_resource(picture, Name.XObject, Name("/Tam"))
    page.contents_add(b"q 1 0 0 1 60 450 cm /Tam Do Q")


def layer(*, on: bool) -> Callable[[pikepdf.Pdf], None]:
    """A paragraph in a layer of its own."""

    def before(pdf: pikepdf.Pdf) -> None:
        group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="Lop"))
        page = pdf.pages[0]
        page.add_resource(group, Name.Properties, Name("/Lop"))
        page.contents_add(b"/OC /Lop BDC q 1 0 0 rg 60 450 440 200 re f Q EMC")
        off = Array([]) if on else Array([group])
        pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(Order=Array([group]), OFF=off))

    return before


def second_page(pdf: pikepdf.Pdf) -> None:
    """A page that is in the file, and in no list of pages."""
    hidden = pdf.make_indirect(Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 595, 842]), Resources=Dictionary()))
    pdf.Root.PieceInfo = Dictionary(Du=Dictionary(Trang=hidden, LastModified="D:20260101000000Z"))


def nothing(_: Any) -> None:
    """Left as it is."""


def uncover(writer: IncrementalPdfFileWriter) -> None:
    """The annotation goes."""
    page, _ = writer.find_page_for_modification(0)
    held: Any = page.get_object()
    held[pdf_name("/Annots")] = generic.ArrayObject(list(held["/Annots"])[1:])
    writer.mark_update(page)


def uncover_by_a_flag(writer: IncrementalPdfFileWriter) -> None:
    """The annotation is told to hide."""
    stamp = _first_annotation(writer)
    stamp.get_object()[pdf_name("/F")] = generic.NumberObject(2)
    writer.mark_update(stamp)


def uncover_by_looks(writer: IncrementalPdfFileWriter) -> None:
    """The annotation gets another appearance."""
    stamp = _first_annotation(writer)
    empty = generic.StreamObject(
        {pdf_name("/Subtype"): pdf_name("/Form"), pdf_name("/BBox"): stamp.get_object()["/Rect"]}, stream_data=b" "
    )
    stamp.get_object()[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(empty)})
    writer.mark_update(stamp)


def _first_annotation(writer: IncrementalPdfFileWriter) -> Any:
    page, _ = writer.find_page_for_modification(0)
    held: Any = page.get_object()
    return held["/Annots"].raw_get(0).reference


def empty_picture(writer: IncrementalPdfFileWriter) -> None:
    """The picture that covered becomes empty."""
    page, _ = writer.find_page_for_modification(0)
    held: Any = page.get_object()
    reference = held["/Resources"]["/XObject"].raw_get("/Tam").reference
    empty = generic.StreamObject(
        {pdf_name("/Subtype"): pdf_name("/Form"), pdf_name("/BBox"): reference.get_object()["/BBox"]}, stream_data=b" "
    )
    writer.objects[(reference.generation, reference.idnum)] = empty


def switch_layers(writer: IncrementalPdfFileWriter) -> None:
    """Layers that were on go off."""
    first: Any = writer.root["/OCProperties"]["/D"]
    first[pdf_name("/BaseState")] = pdf_name("/OFF")
    writer.update_root()


def show_second_page(writer: IncrementalPdfFileWriter) -> None:
    """The list of pages names the one that was hidden."""
    pages: Any = writer.root["/Pages"]
    hidden = writer.root["/PieceInfo"]["/Du"].raw_get("/Trang")
    pages[pdf_name("/Kids")] = generic.ArrayObject([hidden])
    writer.mark_update(writer.root.raw_get("/Pages").reference)


def swap_font(writer: IncrementalPdfFileWriter) -> None:
    """Letters are drawn by another font: every digit of a sum can become another."""
    page, _ = writer.find_page_for_modification(0)
    held: Any = page.get_object()
    fonts = held["/Resources"]["/Font"]
    reference = fonts.raw_get(next(iter(fonts))).reference
    plain = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Symbol"}
    font = generic.DictionaryObject({pdf_name(key): pdf_name(value) for key, value in plain.items()})
    writer.objects[(reference.generation, reference.idnum)] = font


SHADOWS: dict[str, Shadow] = {
    "hide: a cover goes": Shadow(cover_with_a_picture, uncover),
    "hide: a cover is told to hide": Shadow(cover_with_a_picture, uncover_by_a_flag),
    "hide: a cover becomes clear": Shadow(cover_with_a_picture, uncover_by_looks),
    "hide: a picture becomes empty": Shadow(cover_with_an_image, empty_picture),
    "replace: another font": Shadow(nothing, swap_font),
    "hide and replace: another page": Shadow(second_page, show_second_page),
    "layers: one goes off": Shadow(layer(on=True), switch_layers),
    "layers: one was off": Shadow(layer(on=False), nothing),
}
