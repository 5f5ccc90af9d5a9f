"""Decision tables (bảng quyết định) of places: the one a draft holds or inherits, and who asks it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.domain.actors.actor import Actor
from app.domain.procedures import drafts, layers, places, uses
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft
from app.engine import sheets
from app.engine.dmnwriting import written
from app.engine.sheets import Sheet

KIND, PART = "decision", "dmn"


@dataclass(frozen=True)
class Opened:
    """A table that a place says, or that stands behind it: then `origin` is where. `xml` is its whole document."""

    sheet: Sheet
    xml: bytes
    origin: str = ""


def of_draft(draft: LayerDraft) -> Opened:
    """The table of a draft; the one it inherits while it has none of its own, or one to begin with.

    Invalid "decision.*", "diagram.*" or "table.*" when the document cannot be read as a table.
    """
    own = draft.content.get(PART)
    if own is not None:
        return _opened(str(own))
    return inherited(draft) or Opened(sheets.blank(draft.key), b"")


def inherited(draft: LayerDraft) -> Opened | None:
    """The table that stands behind the place of a draft; None when nobody has one."""
    chain = [one for one in places.chart().seen_from(draft.place) if one != draft.place]
    found = layers.thing(layers.shelf(chain).along(chain), KIND, draft.key)
    if found is None or PART not in found.content:
        return None
    return _opened(str(found.content[PART]), found.origins[(PART,)])


def published(draft: LayerDraft) -> Opened | None:
    """The table that the place of a draft says today; None when it has none of its own."""
    said = drafts.published(Subject(draft.kind, draft.key, draft.place)).get(PART)
    return None if said is None else _opened(str(said))


def read(content: Any) -> Sheet | None:
    """The table of a version; None when it has none, or one that cannot be read."""
    return _opened(str(content[PART])).sheet if content.get(PART) else None


def save(actor: Actor, draft: LayerDraft, sheet: Sheet, row_version: int) -> LayerDraft:
    """Keep a table in a draft, in the document that it came from. Raises as `drafts.save_draft` and `written`."""
    xml = written(sheet, of_draft(draft).xml, draft.key)
    return replace(actor, draft, xml, row_version)


def replace(actor: Actor, draft: LayerDraft, xml: bytes, row_version: int) -> LayerDraft:
    """Take a whole document into a draft; Invalid when it holds no single table."""
    sheets.opened(xml)
    content = {**draft.content, PART: xml.decode("utf-8", "replace")}
    return drafts.save_draft(actor, _about(draft), content, row_version=row_version)


def inherit(actor: Actor, draft: LayerDraft, row_version: int) -> LayerDraft:
    """Say nothing of one's own any more: the table that stands behind the place holds."""
    content = {name: value for name, value in draft.content.items() if name != PART}
    return drafts.save_draft(actor, _about(draft), content, row_version=row_version)


def asked_by(actor: Actor, key: str) -> list[tuple[str, str]]:
    """The procedures that ask a table, each with the place that says so; of those places that an actor may see."""
    known = places.chart()
    found: Iterable[layers.Head] = uses.naming(KIND, key)
    return sorted({(one.key, one.place) for one in found if places.sees(actor, one.place, known)})


def _opened(text: str, origin: str = "") -> Opened:
    xml = text.encode()
    return Opened(sheets.opened(xml), xml, origin)


def _about(draft: LayerDraft) -> Subject:
    return Subject(draft.kind, draft.key, draft.place)
