"""What a signed file may show to one reader and not to another: layers that are off, and programs that change a page.

So do notes that are seen on paper only or under the pointer, pictures with another one for printing, and content that
is fetched from another file.

Nothing in here is forbidden in a PDF, so it proves no attack; but nobody can say that the signer saw what is shown
now. Harmless, and common in honest files: layers that are on everywhere (also those of a watermark, which say so for
screen, print and export), links to addresses, pages and named places, attachments, and buttons that only print.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from signing.reasons import Reason

_ACTIVE = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/ImportData",
        "/ResetForm",
        "/SubmitForm",
        "/Hide",
        "/SetOCGState",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/GoTo3DView",
        "/RichMediaExecute",
    }
)
"""Actions that run something, or change what is shown or what a form says."""
_MOVING = frozenset({"/RichMedia", "/Movie", "/Screen", "/3D", "/Sound"})
"""Kinds of annotation that play."""
_BY_ITSELF = frozenset({"/AA", "/OpenAction"})
_LEAVING = frozenset({"/URI", "/GoToR", "/GoToE"})
"""Harmless where somebody follows them, not where the file does so by itself."""
_NEVER, _NOT_ON_SCREEN = 2, 32 | 256
"""Flags of an annotation: seen nowhere; on paper only, or under the pointer."""
_OTHERWISE = frozenset({"/Alternates", "/OPI", "/Ref", "/F"})
"""Of a picture or drawing: another one for printing, or the content of another file in its place."""
_STATES = {"/View": "/ViewState", "/Print": "/PrintState", "/Export": "/ExportState"}
_ALWAYS_ALIKE = frozenset({"/CreatorInfo", "/Language", "/PageElement"})
_DEEPEST, _MOST = 64, 100_000
_ACTING = frozenset({"/A", "/AA", "/PA", "/OpenAction"})


class _TooMuch(Exception):
    """More than anybody would look at."""


def unseen(pdf: pikepdf.Pdf) -> tuple[Reason, ...]:
    """HIDDEN_CONTENT or ACTIVE_CONTENT, or both; what cannot be made out counts as found."""
    reasons = []
    if any(_found(look, pdf) for look in (_hides, _shows_at_times, _shows_otherwise)):
        reasons.append(Reason.HIDDEN_CONTENT)
    if _found(_acts, pdf):
        reasons.append(Reason.ACTIVE_CONTENT)
    return tuple(reasons)


def _found(look: Any, pdf: pikepdf.Pdf) -> bool:
    try:
        return bool(look(pdf))
    except (_TooMuch, pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return True


def _hides(pdf: pikepdf.Pdf) -> bool:
    """Whether a layer is off somewhere: at first, when printed, when sent on, at another size, for another reader."""
    layers = pdf.Root.get("/OCProperties")
    if layers is None:
        return False
    first, groups = layers.get("/D", Dictionary()), layers.get("/OCGs", Array())
    if len(groups) > _MOST:
        raise _TooMuch
    if str(first.get("/BaseState", Name.ON)) != "/ON" or len(first.get("/OFF", Array())):
        return True
    switched = (group for rule in first.get("/AS", Array()) for group in rule.get("/OCGs", Array()))
    return any(_switches(group) for group in [*switched, *groups]) or _depends(pdf)


def _switches(group: Any) -> bool:
    """Whether a use of a layer asks for it to be off."""
    usage = group.get("/Usage", Dictionary())
    for use in usage:
        if use in _STATES:
            if str(usage[use].get(_STATES[use], Name.ON)) != "/ON":
                return True
        elif use not in _ALWAYS_ALIKE:  # by size (Zoom) or by reader (User)
            return True
    return False


def _depends(pdf: pikepdf.Pdf) -> bool:
    """Whether something is shown while layers are off, or by a formula."""
    for seen in pdf.objects:
        is_rule = isinstance(seen, Dictionary) and seen.get("/Type") == Name.OCMD
        if is_rule and ("/VE" in seen or str(seen.get("/P", Name.AnyOn)) not in ("/AnyOn", "/AllOn")):
            return True
    return False


def _shows_at_times(pdf: pikepdf.Pdf) -> bool:
    """Whether an annotation is drawn for paper only, or when somebody points at it."""
    return any(_is_seen_at_times(note) for page in pdf.pages for note in page.obj.get("/Annots", Array()))


def _is_seen_at_times(note: Any) -> bool:
    if note is None or "/AP" not in note or int(note.get("/F", 0)) & _NEVER:
        return False
    left, bottom, right, top = (float(side) for side in note.get("/Rect", (0, 0, 0, 0)))
    look = note["/AP"]
    elsewhere = int(note.get("/F", 0)) & _NOT_ON_SCREEN or ("/R" in look and look["/R"] != look.get("/N"))
    return bool(elsewhere) and left != right and bottom != top


def _shows_otherwise(pdf: pikepdf.Pdf) -> bool:
    streams = (seen for seen in pdf.objects if isinstance(seen, pikepdf.Stream))
    return any(_OTHERWISE.intersection(one.keys()) or one.get("/Subtype") == Name.PS for one in streams)


def _acts(pdf: pikepdf.Pdf) -> bool:
    root = pdf.Root
    form = root.get("/AcroForm", Dictionary())
    names = root.get("/Names", Dictionary())
    if "/XFA" in form or "/JavaScript" in names or "/Collection" in root:
        return True
    return any(_runs(holder) for holder in _holders(pdf, form))


def _holders(pdf: pikepdf.Pdf, form: Any) -> Iterator[Any]:
    """Everything that an action can hang on, each once or as often as the file names it."""
    left = _MOST * 2
    for holder in _all_holders(pdf, form):
        left -= 1
        if left < 0:
            raise _TooMuch
        yield holder


def _all_holders(pdf: pikepdf.Pdf, form: Any) -> Iterator[Any]:
    yield pdf.Root
    for page in pdf.pages:
        yield page.obj
        yield from page.obj.get("/Annots", Array())
    yield from _tree(form.get("/Fields", Array()), 0)
    outline = pdf.Root.get("/Outlines")
    if outline is not None:
        yield from _outline(outline.get("/First"), 0)


def _tree(fields: Any, depth: int) -> Iterator[Any]:
    if depth > _DEEPEST:
        raise _TooMuch
    for field in fields:
        yield field
        yield from _tree(field.get("/Kids", Array()), depth + 1)


def _outline(entry: Any, depth: int) -> Iterator[Any]:
    if depth > _DEEPEST:
        raise _TooMuch
    while entry is not None:
        yield entry
        if "/First" in entry:
            yield from _outline(entry["/First"], depth + 1)
        entry = entry.get("/Next")


def _runs(holder: Any) -> bool:
    """Whether something that acts hangs on a page, an annotation, a field or an entry of the outline."""
    if holder is None:  # honest files name annotations that are gone
        return False
    keys = _ACTING.intersection(holder.keys())
    if holder.get("/Subtype") is not None and str(holder.get("/Subtype")) in _MOVING:
        return True
    for key in keys:
        action = holder[key]
        actions = [one for _, one in action.items()] if key == "/AA" else [action]
        if any(_is_active(one, 0) or (key in _BY_ITSELF and _leaves(one)) for one in actions):
            return True
    return False


def _leaves(action: Any) -> bool:
    return isinstance(action, Dictionary) and str(action.get("/S")) in _LEAVING


def _is_active(action: Any, depth: int) -> bool:
    """Whether an action, or one that follows it, does more than go somewhere; a bare destination does not."""
    if depth > _DEEPEST:
        raise _TooMuch
    if not isinstance(action, Dictionary):
        return False
    if str(action.get("/S")) in _ACTIVE or "/JS" in action:
        return True
    following = action.get("/Next", Array())
    more = [following] if isinstance(following, Dictionary) else list(following)
    return any(_is_active(one, depth + 1) for one in more)
