"""Documents as people bring them: written by a library, an office program, or odd on purpose."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from fpdf import FPDF

from signing import fonts

PERSON, TITLE = "Nguyễn Văn An", "CHỦ TỊCH"
MM = 72 / 25.4
AGENCY = "Ủy ban nhân dân huyện Tịnh Hà"

needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="soffice is not installed")
needs_qpdf = pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
needs_pdfsig = pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig (poppler) is not installed")


def letter(path: Path, *, pages: int = 1, name: str = PERSON) -> Path:
    """A letter with the head and the close that the decree asks for."""
    sheet = _sheet()
    sheet.set_xy(30, 20)
    sheet.cell(70, 6, "ỦY BAN NHÂN DÂN HUYỆN TỊNH HÀ", align="C")
    sheet.set_xy(105, 20)
    sheet.cell(90, 6, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", align="C")
    sheet.set_xy(30, 34)
    sheet.cell(70, 6, "Số:                 /UBND-VP", align="C")
    sheet.set_font("VB", "I", 13)
    sheet.set_xy(105, 34)
    sheet.cell(90, 6, "Tịnh Hà, ngày        tháng        năm 2026", align="C")
    sheet.set_font("VB", "", 14)
    sheet.set_xy(30, 60)
    for page in range(pages):
        if page:
            sheet.add_page()
            sheet.set_xy(30, 25)
        sheet.multi_cell(165, 7, "Đề nghị Ủy ban nhân dân các xã báo cáo kết quả chuyển đổi số. " * 6)
    _close(sheet, name)
    sheet.output(str(path))
    return path


@dataclass(frozen=True)
class Words:
    """Words centred at a place of a page, in millimetres from its left and upper edges."""

    x: float
    y: float
    text: str
    style: str = ""
    size: float = 13


NUMBER, DATE = (
    Words(65, 34, "Số:            /UBND-VP"),
    Words(150, 34, "Tịnh Hà, ngày        tháng        năm 2026", "I"),
)
CAPACITY, SIGNER = Words(150, 190, "TM. ỦY BAN NHÂN DÂN", "B"), Words(150, 196, TITLE, "B")
RECIPIENTS = (Words(50, 190, "Nơi nhận:", "I", 12), Words(50, 196, "- Chủ tịch UBND huyện;", size=11))
HEAD, CLOSE = (NUMBER, DATE), (CAPACITY, SIGNER, *RECIPIENTS)


def printed(path: Path, *pages: tuple[Words, ...]) -> Path:
    """Pages with words wherever one likes."""
    sheet = _sheet()
    for at, page in enumerate(pages):
        if at:
            sheet.add_page()
        for words in page:
            sheet.set_font("VB", words.style, words.size)
            sheet.text(words.x - sheet.get_string_width(words.text) / 2, words.y, words.text)
    sheet.output(str(path))
    return path


def scanned(path: Path) -> Path:
    """The pictures of the pages of a file, as a scanner gives them: no letters to be found."""
    sheet = FPDF(format="A4")
    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            sheet.add_page()
            sheet.image(page.render(scale=2).to_pil(), 0, 0, 210, 297)
    sheet.output(str(path))
    return path


def bare(path: Path, *, landscape: bool = False) -> Path:
    """A page that shows no place for anything."""
    sheet = _sheet("L" if landscape else "P")
    sheet.set_xy(30, 100)
    sheet.multi_cell(120, 7, "Một trang không có quốc hiệu, số và ngày tháng.")
    sheet.output(str(path))
    return path


def turned(path: Path) -> Path:
    """A page stored upside down and on its side, shown upright by its /Rotate."""
    bare(path, landscape=True)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].Rotate = 90
        pdf.save(path)
    return path


def packed(path: Path) -> Path:
    """Objects and the cross-reference table in compressed streams (PDF 1.5)."""
    letter(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
    return path


def form(path: Path) -> Path:
    """A letter that brings a form field of its own."""
    letter(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T=pikepdf.String("GhiChu"),
                V=pikepdf.String("da co san"),
                DA=pikepdf.String("/Helv 11 Tf 0 g"),
                Rect=pikepdf.Array([100, 300, 250, 320]),
                F=4,
            )
        )
        pdf.pages[0].Annots = pikepdf.Array([field])
        resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font))
        pdf.Root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array([field]), DR=resources, DA=pikepdf.String("/Helv 0 Tf 0 g"), NeedAppearances=True
        )
        pdf.save(path)
    return path


def encrypted(path: Path, *, password: str = "") -> Path:
    """A letter that only its owner may change; with a password, that only those who know it may read."""
    letter(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="chu-so-huu", user=password))
    return path


def office(path: Path) -> Path:
    """The same letter from an office program."""
    text = path.with_suffix(".html")
    text.write_text(
        f"<html><body><p>Số: &nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;/UBND-VP</p>"
        f"<p>Đề nghị báo cáo kết quả chuyển đổi số.</p><p align='right'>{TITLE}</p><br><br><br><br><br>"
        f"<p align='right'>{PERSON}</p></body></html>",
        "utf-8",
    )
    profile = f"-env:UserInstallation=file://{path.parent}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf:writer_web_pdf_Export", "--outdir"]
    subprocess.run([*command, str(path.parent), str(text)], check=True, capture_output=True, timeout=120)
    return path


KINDS: dict[str, Callable[[Path], Path]] = {
    "a letter": letter,
    "a letter of three pages": lambda path: letter(path, pages=3),
    "compressed objects": packed,
    "a form of its own": form,
    "a page on its side": turned,
    "a page without places": bare,
}


def _sheet(orientation: str = "P") -> FPDF:
    sheet = FPDF(orientation=orientation, format="A4")
    for style, file in (("", fonts.REGULAR), ("B", fonts.BOLD), ("I", fonts.ITALIC)):
        sheet.add_font("VB", style, file)
    sheet.set_auto_page_break(False)
    sheet.add_page()
    sheet.set_font("VB", "", 13)
    return sheet


def _close(sheet: FPDF, name: str) -> None:
    sheet.set_font("VB", "B", 14)
    sheet.set_xy(110, 190)
    sheet.cell(85, 6, TITLE, align="C")
    sheet.set_xy(110, 238)
    sheet.cell(85, 6, name, align="C")
