"""What a PDF file shows to one and not to another: layers, and forms and notes that are not drawn."""

import re
from collections.abc import Iterator
from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

DEEPEST = 32
MARKS = frozenset(
    {
        *("/FreeText", "/Stamp", "/Ink", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Caret", "/Redact"),
        *("/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Watermark"),
    }
)
"""Notes that are drawn on the page; those of other kinds only stand beside it."""
SWITCHES = (("/View", "/ViewState"), ("/Print", "/PrintState"), ("/Export", "/ExportState"))
UNSEEN = 1 | 2
"""Flags of a note that is not shown."""
TRICKY = 1 << 12 | 1 << 13 | 1 << 24
"""Flags of a text field with several lines, a password, or a box for every letter."""
LIST_WITHOUT_BUTTON = 1 << 17
PLAIN = re.compile(r"[ -~]+")
FONT = re.compile(r"(/\S+)\s+(\d*\.?\d+)\s+Tf")


def has_hidden_layers(pdf: Pdf) -> bool:
    """Whether anything is shown here and not there: on the screen, on paper, in another language, after a click."""
    if "/OCProperties" not in pdf.Root:
        return False
    usual = pdf.Root.OCProperties.get("/D", Dictionary())
    if usual.get("/BaseState", Name.ON) != Name.ON or len(usual.get("/OFF", [])) > 0:
        return True
    return any(_is_switched(part) for thing in pdf.objects for part in _parts(thing, 0))


def _is_switched(part: Any) -> bool:
    """Whether a layer is not simply on, or a group of layers is shown by another rule than that they are."""
    usage = part.get("/Usage") if part.get("/Type") == Name.OCG else None
    if isinstance(usage, Dictionary):
        states = [usage[kind].get(state) for kind, state in SWITCHES if kind in usage]
        return any(state != Name.ON for state in states) or any(key in usage for key in ("/Zoom", "/User", "/Language"))
    return part.get("/Type") == Name.OCMD and ("/VE" in part or part.get("/P") in (Name.AnyOff, Name.AllOff))


def _parts(thing: Any, depth: int) -> Iterator[Any]:
    """A dictionary and those written within it."""
    if depth > DEEPEST or not isinstance(thing, Dictionary | Stream):
        return
    yield thing
    for key in thing.keys():  # noqa: SIM118  # the values of a stream are not those of its dictionary
        value = thing.get(key)
        if isinstance(value, Dictionary) and not value.is_indirect:
            yield from _parts(value, depth + 1)


def would_lose(pdf: Pdf) -> bool:
    """Whether a form or a note says something that nobody has drawn: each viewer makes its own picture of it."""
    form = pdf.Root.get("/AcroForm")
    return any(_would_vanish(note, form) for page in pdf.pages for note in page.obj.get("/Annots", []))


def redraw(pdf: Pdf) -> None:
    """Draw a form whose values every viewer is asked to draw; what is drawn already may be older than they are."""
    if not _is_asked(pdf.Root.get("/AcroForm")):
        return
    for page in pdf.pages:
        for note in page.obj.get("/Annots", []):
            if isinstance(note, Dictionary) and _inherited(note, "/FT") in (Name.Tx, Name.Ch) and "/AP" in note:
                del note["/AP"]
    pdf.generate_appearance_streams()


def _is_asked(form: Any) -> bool:
    return isinstance(form, Dictionary) and bool(form.get("/NeedAppearances", False))


def _would_vanish(note: Any, form: Any) -> bool:
    if not isinstance(note, Dictionary) or int(note.get("/F", 0)) & UNSEEN or not _has_area(note):
        return False
    if note.get("/Subtype") != Name.Widget:
        return str(note.get("/Subtype")) in MARKS and not _is_drawn(note)
    kind, value = _inherited(note, "/FT"), _inherited(note, "/V")
    if kind == Name.Btn:
        return note.get("/AS", value) not in (None, Name.Off) and not _is_drawn(note)
    if kind not in (Name.Tx, Name.Ch) or value is None or (isinstance(value, String) and not str(value).strip()):
        return False
    return not (_is_drawable(note, form, value) if _is_asked(form) else _is_drawn(note))


def _has_area(note: Any) -> bool:
    left, bottom, right, top = (float(side) for side in note.get("/Rect", (0, 0, 0, 0)))
    return left != right and bottom != top


def _is_drawn(note: Any) -> bool:
    look = note.get("/AP")
    look = look.get("/N") if isinstance(look, Dictionary) else None
    if isinstance(look, Dictionary):
        look = look.get(str(note.get("/AS", Name.Off)))
    return isinstance(look, Stream)


def _is_drawable(field: Any, form: Any, value: Any) -> bool:
    """Whether qpdf can draw a value: one line, in ASCII, in a font that every viewer has."""
    flags = int(_inherited(field, "/Ff") or 0)
    is_choice = _inherited(field, "/FT") == Name.Ch
    if not isinstance(value, String) or not PLAIN.fullmatch(str(value)):
        return False
    if (not flags & LIST_WITHOUT_BUTTON or _has_labels(field)) if is_choice else flags & TRICKY:
        return False
    named = FONT.findall(str(_inherited(field, "/DA") or form.get("/DA", "")))
    known = form.get("/DR", Dictionary()).get("/Font", Dictionary())
    font = known.get(named[-1][0]) if named else None
    # One that is brought along may lack letters, or number them in its own way.
    return isinstance(font, Dictionary) and font.get("/Subtype") == Name.Type1 and "/FontDescriptor" not in font


def _has_labels(field: Any) -> bool:
    """Whether the choices of a list are shown in other words than they are kept in."""
    return any(isinstance(choice, Array) for choice in _inherited(field, "/Opt") or [])


def _inherited(field: Any, key: str) -> Any:
    """An entry of a field, or of the field it is a part of."""
    for _ in range(DEEPEST):
        if key in field:
            return field[key]
        field = field.get("/Parent", Dictionary())
    return None
