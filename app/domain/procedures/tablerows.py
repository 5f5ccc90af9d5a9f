"""The rows of a decision table as a file of cells (CSV): for those who write tables in a spreadsheet.

A spreadsheet computes what begins with `=`, `+`, `-` or `@`, so such a cell is written with an apostrophe before it,
which is taken off again when the file comes back. Columns are not read: they are those of the table.
"""

import csv
import io
from dataclasses import replace
from typing import Final

from app.engine.sheets import INPUT, Line, Sheet
from app.kernel.errors import Invalid, TooLarge

MAX_BYTES: Final = 1_000_000
MAX_ROWS: Final = 1_000
_SEPARATORS: Final = ";,\t"
_COMPUTED: Final = ("=", "+", "-", "@", "\t", "\r", "'")
_NOTE: Final = "#"


def to_csv(sheet: Sheet) -> bytes:
    """The rows with a line of titles before them; UTF-8 with a mark, or spreadsheets would spoil the letters."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=_SEPARATORS[0], lineterminator="\r\n")
    writer.writerow([*_titles(sheet), _NOTE])
    writer.writerows([*map(_out, line.cells), _out(line.note)] for line in sheet.lines)
    return out.getvalue().encode("utf-8-sig")


def from_csv(sheet: Sheet, data: bytes) -> Sheet:
    """The table with the rows of a file in place of its own.

    TooLarge "table.csv_large"; Invalid "table.csv_text" for what is no text, "table.csv_columns" when its columns are
    not those of the table, "table.csv_row" for a row that is too long.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge("table.csv_large", limit=MAX_ROWS)
    rows = _rows(sheet, _text(data))
    if len(rows) > MAX_ROWS:
        raise TooLarge("table.csv_large", limit=MAX_ROWS)
    return replace(sheet, lines=tuple(_line(sheet, number, row) for number, row in enumerate(rows, 1)))


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("table.csv_text") from error


def _rows(sheet: Sheet, text: str) -> list[list[str]]:
    """The rows after the titles, cut where the titles of the table say."""
    titles = _titles(sheet)
    for separator in _SEPARATORS:
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
        except csv.Error:
            continue
        if rows and [one.strip() for one in rows[0]][: len(titles)] == titles:
            return [row for row in rows[1:] if any(cell.strip() for cell in row)]
    raise Invalid("table.csv_columns", titles="; ".join(titles))


def _line(sheet: Sheet, number: int, row: list[str]) -> Line:
    width = len(sheet.fields)
    if len(row) > width + 1:
        raise Invalid("table.csv_row", row=number)
    cells = [_in(cell) for cell in [*row, *[""] * (width + 1 - len(row))]]
    filled = (cell or "-" if one.part == INPUT else cell for one, cell in zip(sheet.fields, cells, strict=False))
    return Line(f"rule_{number}", tuple(filled), cells[width])


def _titles(sheet: Sheet) -> list[str]:
    """Titles are cells too: one that would be computed is not."""
    return [_out(" ".join(one.title.split())) for one in sheet.fields]


def _out(text: str) -> str:
    if text == "-":
        return ""
    return f"'{text}" if text.startswith(_COMPUTED) else text


def _in(text: str) -> str:
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(_COMPUTED) else text
