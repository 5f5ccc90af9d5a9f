"""The block that closes a copy on paper (NĐ 30/2020, Phụ lục I, phần II), from its form to its recipients.

It is drawn at the top of a page of its own; `pdf.close_with` puts it after the end of what was copied.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fpdf import FPDF, Align

from app.gateways.letter import FAMILY, FONTS, HEAD_LEFT, LEFT, LINE, SIGNING_ROOM, STYLES, WIDTH
from app.gateways.wording import broken

MM = 72 / 25.4
TITLES = {"SY": "SAO Y", "SL": "SAO LỤC", "TrS": "TRÍCH SAO"}
NAMES = {"SY": "Sao y", "SL": "Sao lục", "TrS": "Trích sao"}
"""The forms of copies as they are printed at the end of paper, and shown on electronic ones."""
MARCH = 3


@dataclass(frozen=True)
class Closing:
    """What the block says; names as the agency writes them, `reference` as "05/SY-UBND", empty without a number."""

    form: str
    parent_agency: str
    agency: str
    reference: str
    place: str
    on: date
    capacity: str
    signer_title: str
    signer_name: str
    recipients: Sequence[str]


def render(closing: Closing, path: Path) -> float:
    """Write the block to a file; its height in points."""
    sheet = _Block()
    _head(sheet, closing)
    _signing(sheet, closing)
    height = sheet.get_y() * MM
    sheet.output(str(path))
    return height


class _Block(FPDF):
    """One page of A4 without margins of its own."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_auto_page_break(False)
        for style, name in STYLES.items():
            self.add_font(FAMILY, style, FONTS / f"VBSerif-{name}.ttf")
        self.add_page()

    def words(self, text: str, size: float, style: str, box: tuple[float, float], *, align: Align = Align.C) -> None:
        """Lines between the left edge and the width of a box; the next ones start below."""
        self.set_x(box[0])
        self.set_font(FAMILY, style, size)
        self.multi_cell(box[1], LINE, text, align=align, new_x="LEFT", new_y="NEXT")


def _head(sheet: _Block, closing: Closing) -> None:
    """A rule that parts it from what was copied; agency and number on the left, form and date on the right."""
    left, right = (LEFT, HEAD_LEFT), (LEFT + HEAD_LEFT, WIDTH - HEAD_LEFT)
    sheet.set_line_width(0.25)
    sheet.line(LEFT, 1, LEFT + WIDTH, 1)
    sheet.set_y(4)
    if closing.parent_agency:
        sheet.words(broken(closing.parent_agency), 12, "", left)
    sheet.words(broken(closing.agency), 12.5, "B", left)
    ended = sheet.get_y() + 1
    sheet.line(LEFT + HEAD_LEFT / 3, ended, LEFT + HEAD_LEFT * 2 / 3, ended)
    sheet.set_y(ended + 1.5)
    number, _, notation = closing.reference.partition("/")
    sheet.words(f"Số: {number}/{notation}" if closing.reference else "", 13, "", left)
    below = sheet.get_y()
    sheet.set_y(4)
    sheet.words(TITLES[closing.form], 14, "B", right)
    sheet.set_y(ended + 1.5)
    sheet.words(f"{closing.place}, {_written(closing.on)}", 13, "I", right)
    sheet.set_y(max(below, sheet.get_y()) + 4)


def _signing(sheet: _Block, closing: Closing) -> None:
    """Recipients on the left; capacity, title, room for signature and seal, and the name on the right."""
    top, half = sheet.get_y(), WIDTH / 2
    for text in (closing.capacity, closing.signer_title.upper()):
        if text:
            sheet.words(text, 13.5, "B", (LEFT + half, half))
    sheet.set_y(sheet.get_y() + SIGNING_ROOM)
    sheet.words(closing.signer_name, 13.5, "B", (LEFT + half, half))
    bottom = sheet.get_y()
    sheet.set_y(top)
    sheet.words("Nơi nhận:", 12, "I", (LEFT, half), align=Align.L)
    for at, name in enumerate(closing.recipients, 1):
        sheet.words(f"- {name}{'.' if at == len(closing.recipients) else ';'}", 11, "", (LEFT, half), align=Align.L)
    sheet.set_y(max(bottom, sheet.get_y()))


def _written(day: date) -> str:
    """Days below ten and the months 1 and 2 with a leading zero (Phụ lục I, mục II.4)."""
    month = f"{day.month:02d}" if day.month < MARCH else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"
