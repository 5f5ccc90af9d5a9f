"""A document as a PDF, laid out as NĐ 30/2020, Phụ lục I, asks: a letter (công văn) or a type that prints its name.

A4; margins 20 mm above and below, 30 mm left, 15 mm right; comments name the boxes (ô) of the decree's sketch.
Number and date stay empty: they are filled in after the person has signed.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from fpdf import FPDF, Align
from fpdf.enums import TextMode
from fpdf.fonts import TTFFont
from pikepdf import Pdf

from app.gateways.wording import NAMES, about, broken, ended, headline, printable, salutation

FONTS = Path(__file__).resolve().parents[2] / "signing" / "fonts"
FAMILY, STYLES = "VBSerif", {"": "Regular", "B": "Bold", "I": "Italic"}
LEFT, RIGHT, TOP, BOTTOM = 30.0, 15.0, 20.0, 20.0
WIDTH = 210.0 - LEFT - RIGHT
HEAD_LEFT = 66.0
LINE, BODY_LINE = 5.6, 6.6
SIZES = (14.0, 13.5, 13.0)
LONGEST_CARRIED = 1200
LONGEST_KEPT_TOGETHER = 12
INDENT = 12.0
SIGNING_ROOM = 38.0
BLANK_NUMBER, BLANK_DAY = " " * 13, " " * 8
URGENCY = {"urgent": "KHẨN", "very_urgent": "THƯỢNG KHẨN", "express": "HỎA TỐC"}
RED = (192, 21, 37)


@dataclass(frozen=True)
class Letter:
    """What is printed; names as the agency writes them, `paragraphs` without line breaks."""

    parent_agency: str
    agency: str
    notation: str
    place: str
    year: int
    subject: str
    recipients_to: Sequence[str]
    paragraphs: Sequence[str]
    recipients: Sequence[str]
    capacity: str
    signer_title: str
    signer_name: str
    urgency: str = "normal"
    document_type: str = "CV"


def render(letter: Letter, path: Path) -> None:
    """Write the letter to a file. Errors: Invalid "document.unprintable", as a letter must not lose what it says.

    No signature stands on a page without words: smaller letters are tried first (the decree allows 13 to 14 points),
    then the last paragraph goes over with it.
    """
    letter = _printed(letter)
    for size in SIZES:
        sheet = _composed(letter, size)
        if not sheet.closed_alone:
            break
        sheet.throw_away()
    else:
        sheet = _composed(letter, SIZES[0], carry=True)
    sheet.output(str(path))
    _tidy(path)


def _tidy(path: Path) -> None:
    """The library writes at which size to open a file: no business of a letter, and of PDF/A neither."""
    with Pdf.open(path, allow_overwriting_input=True) as pdf:
        del pdf.Root.OpenAction
        pdf.save(path, deterministic_id=True)


def _composed(letter: Letter, size: float, *, carry: bool = False) -> "_Sheet":
    sheet = _Sheet(size)
    paragraphs = [text.strip() for text in letter.paragraphs if text.strip()] or [""]
    _head(sheet, letter)
    if letter.document_type in NAMES:
        _headline(sheet, NAMES[letter.document_type], letter.subject)
    _addressees(sheet, salutation(letter.document_type), letter.recipients_to)
    if carry and len(paragraphs) > 1 and len(paragraphs[-1]) <= LONGEST_CARRIED:
        _body(sheet, paragraphs[:-1])
        sheet.add_page()
        _body(sheet, [ended(paragraphs[-1])])
    else:
        _body(sheet, [*paragraphs[:-1], ended(paragraphs[-1])])
    _closing(sheet, letter)
    return sheet


@functools.cache
def _letters() -> frozenset[int]:
    """The characters that all the fonts have."""
    known = []
    for name in STYLES.values():
        with TTFont(FONTS / f"VBSerif-{name}.ttf", lazy=True) as font:
            known.append(frozenset(font.getBestCmap()))
    return frozenset.intersection(*known)


def _printed(letter: Letter) -> Letter:
    """The letter in letters that the fonts have."""
    changed: dict[str, Any] = {}
    for name, said in vars(letter).items():
        if isinstance(said, str):
            changed[name] = printable(said, _letters())
        elif isinstance(said, Sequence):
            changed[name] = [printable(text, _letters()) for text in said]
    return replace(letter, **changed)


class _Sheet(FPDF):
    """A4 with the margins of the decree; pages after the first carry their number above."""

    def __init__(self, size: float) -> None:
        super().__init__(format="A4", enforce_compliance="PDF/A-2B")
        self.size = size
        self.body_line = BODY_LINE * size / SIZES[0]
        self.closed_alone = False
        for style, name in STYLES.items():
            self.add_font(FAMILY, style, FONTS / f"VBSerif-{name}.ttf")
        self.set_lang("vi")
        self.set_margins(LEFT, TOP, RIGHT)
        self.set_auto_page_break(True, BOTTOM)
        self.add_page()

    def throw_away(self) -> None:
        """Close the font files of a sheet that is not written."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def header(self) -> None:
        """The page number, from the second page on (Phụ lục I, mục I.7)."""
        if self.page_no() > 1:
            self.set_xy(LEFT, TOP / 2)
            self.words(str(self.page_no()), 13, width=WIDTH, align=Align.C)
            self.set_y(TOP)

    def words(
        self, text: str, size: float, style: str = "", *, width: float, align: Align = Align.L, line: float = LINE
    ) -> None:
        """Some lines from here on; the next ones start below, at the same place from the left."""
        x = self.get_x()
        self.set_font(FAMILY, style, size)
        self.multi_cell(width, line, text, align=align, new_x="LEFT", new_y="NEXT")
        self.set_x(x)

    def rule(self, centre: float, length: float) -> None:
        """A thin line under what was just written."""
        y = self.get_y() + 0.8
        self.set_line_width(0.25)
        self.line(centre - length / 2, y, centre + length / 2, y)
        self.set_y(y + 1.6)


def _head(sheet: _Sheet, letter: Letter) -> None:
    """Agency, number and subject on the left; the nation, place and date on the right."""
    wide = WIDTH - HEAD_LEFT
    right, centre = LEFT + HEAD_LEFT, LEFT + HEAD_LEFT + wide / 2
    sheet.set_xy(right, TOP)
    sheet.words("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12.5, "B", width=wide, align=Align.C)  # ô 1
    sheet.set_x(right)
    sheet.words("Độc lập - Tự do - Hạnh phúc", 13.5, "B", width=wide, align=Align.C)
    sheet.rule(centre, sheet.get_string_width("Độc lập - Tự do - Hạnh phúc"))
    nation_ends = sheet.get_y()
    sheet.set_xy(LEFT, TOP)
    if letter.parent_agency:
        sheet.words(broken(letter.parent_agency), 12, width=HEAD_LEFT, align=Align.C)  # ô 2
    sheet.set_x(LEFT)
    sheet.words(broken(letter.agency), 12.5, "B", width=HEAD_LEFT, align=Align.C)
    sheet.rule(LEFT + HEAD_LEFT / 2, HEAD_LEFT / 3)
    level = max(nation_ends, sheet.get_y()) + 1
    sheet.set_xy(right, level)
    date = f"{letter.place}, ngày{BLANK_DAY}tháng{BLANK_DAY}năm {letter.year}"
    sheet.words(date, 13, "I", width=wide, align=Align.C)  # ô 4
    sheet.set_xy(LEFT, level)
    sheet.words(f"Số:{BLANK_NUMBER}/{letter.notation}", 13, width=HEAD_LEFT, align=Align.C)  # ô 3
    if letter.document_type not in NAMES:
        sheet.set_x(LEFT + 2)
        sheet.words(about(letter.subject), 12, width=HEAD_LEFT - 4, align=Align.C, line=5)  # ô 5b
    _urgency(sheet, letter.urgency)
    sheet.ln(7)


def _urgency(sheet: _Sheet, urgency: str) -> None:
    """The stamp of urgency, boxed, in red (ô 10b)."""
    text = URGENCY.get(urgency)
    if text is None:
        return
    sheet.set_font(FAMILY, "B", 13)
    wide = sheet.get_string_width(text) + 8
    sheet.set_xy(LEFT + (HEAD_LEFT - wide) / 2, sheet.get_y() + 3)
    with sheet.local_context(text_color=RED, draw_color=RED, line_width=0.5):
        sheet.cell(wide, 8, text, border=1, align=Align.C, new_x="LMARGIN", new_y="NEXT")


def _headline(sheet: _Sheet, name: str, subject: str) -> None:
    """The name of the type and the subject, a rule below (ô 5a)."""
    sheet.set_x(LEFT)
    sheet.words(name, 14, "B", width=WIDTH, align=Align.C, line=sheet.body_line)
    sheet.set_x(LEFT + 12)
    sheet.words(headline(subject), 14, "B", width=WIDTH - 24, align=Align.C, line=sheet.body_line)
    sheet.rule(LEFT + WIDTH / 2, WIDTH * 0.4)
    sheet.ln(3)


def _addressees(sheet: _Sheet, before: str, names: Sequence[str]) -> None:
    """Kính gửi: on one line for one, a list for several (ô 9a); an invitation invites."""
    if not before or not names:
        return
    sheet.set_x(LEFT + 28)
    wide = WIDTH - 28
    if len(names) == 1:
        sheet.words(f"{before} {names[0]}.", sheet.size, width=wide, line=sheet.body_line)
    else:
        sheet.words(before, sheet.size, width=wide, line=sheet.body_line)
        for at, name in enumerate(names, 1):
            sheet.set_x(LEFT + 50)
            sheet.words(
                f"- {name}{'.' if at == len(names) else ';'}", sheet.size, width=WIDTH - 50, line=sheet.body_line
            )
    sheet.ln(3)


def _body(sheet: _Sheet, paragraphs: Sequence[str]) -> None:
    """Justified, the first line indented, 6 pt between paragraphs."""
    sheet.set_x(LEFT)
    sheet.set_font(FAMILY, "", sheet.size)
    with sheet.text_columns(text_align=Align.J, line_height=1.34) as column:
        for text in paragraphs:
            with column.paragraph(first_line_indent=INDENT, bottom_margin=2.1) as paragraph:
                paragraph.write(text)


def _closing(sheet: _Sheet, letter: Letter) -> None:
    """Recipients on the left (ô 9b), the signer on the right (ô 7a-c); never torn apart by a page's end."""
    wide, signing = WIDTH / 2, [text for text in (letter.capacity, letter.signer_title.upper()) if text]
    listed = min(len(letter.recipients), LONGEST_KEPT_TOGETHER) + 1
    needed = 4 + max(listed * LINE, SIGNING_ROOM + (len(signing) + 1) * LINE)
    if sheet.get_y() + needed > sheet.h - BOTTOM:
        sheet.closed_alone = True
        sheet.add_page()
    sheet.ln(4)
    top, right = sheet.get_y(), LEFT + wide
    sheet.set_xy(right, top)
    for text in signing:
        sheet.set_x(right)
        sheet.words(text, 13.5, "B", width=wide, align=Align.C)
    sheet.set_xy(right, sheet.get_y() + SIGNING_ROOM)
    if letter.signer_name:
        sheet.words(letter.signer_name, 13.5, "B", width=wide, align=Align.C)
    # Last, as a long list goes on on the next pages.
    sheet.set_xy(LEFT, top)
    with sheet.local_context(text_mode=TextMode.FILL_STROKE, line_width=0.15):  # the font has no bold italics
        sheet.words("Nơi nhận:", 12, "I", width=wide)
    for at, name in enumerate(letter.recipients, 1):
        sheet.set_x(LEFT)
        sheet.words(f"- {name}{'.' if at == len(letter.recipients) else ';'}", 11, width=wide, line=4.8)
