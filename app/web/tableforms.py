"""What somebody typed into a decision table: the page of rows that was sent, laid upon the table as it is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from app.engine import sheetedits
from app.engine.decisions import POLICIES
from app.engine.sheets import Field, Line, Sheet

Form = MultiDict[str, str]
HEADS = ("label", "text", "kind", "allowed", "default")
MOST_CELLS = 300
MOST_ROWS = 50
"""So much stands on one page: a form has at most 1,000 parts."""


@dataclass(frozen=True)
class Page:
    """The rows of one page: each with its place in the table, from 1."""

    number: int
    count: int
    rows: tuple[tuple[int, Line], ...]


def page(sheet: Sheet, wanted: str) -> Page:
    """One page of a table, the nearest there is to the one that is wanted."""
    size = min(MOST_ROWS, max(5, MOST_CELLS // len(sheet.fields)))
    count = max(1, -(-len(sheet.lines) // size))
    number = min(count, max(1, int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1))  # noqa: PLR2004 - no table has so many
    first = (number - 1) * size
    rows = enumerate(sheet.lines[first : first + size], first + 1)
    return Page(number, count, tuple(rows))


def page_of(sheet: Sheet, key: str) -> int:
    """The page a row stands on."""
    size = min(MOST_ROWS, max(5, MOST_CELLS // len(sheet.fields)))
    return next((at // size + 1 for at, one in enumerate(sheet.lines) if one.id == key), 1)


def typed(kept: Sheet, form: Form) -> Sheet:
    """The table as somebody wants it: what was typed, and what was not on the page as it is kept.

    A row that somebody else removed meanwhile comes back at the end: what was typed into it is not lost.
    """
    fields = tuple(_field(one, form) for one in kept.fields)
    known = {one.id for one in kept.lines}
    added = (Line(key, ("",) * len(fields)) for key in form.getlist("row") if key not in known)
    lines = tuple(_line(one, fields, form) for one in (*kept.lines, *added))
    policy = form.get("policy", "")
    return replace(
        kept,
        fields=fields,
        lines=lines,
        policy=policy if policy in POLICIES else kept.policy,
        name=_tidy(form.get("name", kept.name)),
    )


def edited(sheet: Sheet, wanted: str) -> Sheet:
    """The table after what a button says: `row|copy|rule_2`, `column|add|input`."""
    what, act, key = [*wanted.split("|", 2), "", ""][:3]
    if act == "add":
        return sheetedits.with_row(sheet) if what == "row" else sheetedits.with_column(sheet, _part(key))
    return sheetedits.edited(sheet, what, act, key) if what in {"row", "column"} else sheet


def touched(before: Sheet, after: Sheet, wanted: str) -> str:
    """The row to look at after an act: the one that is new, else the one that was acted on."""
    known = {one.id for one in before.lines}
    return next((one.id for one in after.lines if one.id not in known), wanted.rpartition("|")[2])


def tried(form: Form) -> dict[str, str]:
    """What was typed into the row that is tried, by the path of the data."""
    return {name.removeprefix("try|"): text for name, text in form.items() if name.startswith("try|")}


def lost(form: Form) -> list[list[str]]:
    """The rows that were typed, as far as the form alone tells: for somebody whose draft was published meanwhile."""
    rows = form.getlist("row")
    return [[text for name, text in form.items() if name.startswith((f"cell|{one}|", f"note|{one}"))] for one in rows]


def cell_name(line: Line, column: Field) -> str:
    """What a cell is called in the form."""
    return f"cell|{line.id}|{column.id}"


def cell_of(sheet: Sheet, given: Mapping[str, str]) -> Iterator[tuple[Field, str]]:
    """The column and text of each cell that was sent to be looked at."""
    columns = {one.id: one for one in sheet.fields}
    for name, text in given.items():
        column = columns.get(name.rpartition("|")[2])
        if name.startswith("cell|") and column is not None:
            yield column, _tidy(text)


def _field(one: Field, form: Form) -> Field:
    given = {name: form.get(f"head|{one.id}|{name}", getattr(one, name)) for name in HEADS}
    return replace(one, **{name: _tidy(text) for name, text in given.items()})


def _line(one: Line, fields: tuple[Field, ...], form: Form) -> Line:
    cells = tuple(_tidy(form.get(cell_name(one, column), text)) for column, text in zip(fields, one.cells, strict=True))
    return replace(one, cells=cells, note=_tidy(form.get(f"note|{one.id}", one.note)))


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _part(key: str) -> str:
    return key if key == "output" else "input"
