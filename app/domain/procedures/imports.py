"""Diagrams of other tools (sơ đồ từ công cụ khác): made ours in a draft, with what was changed on the way kept."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from app.domain.actors.actor import Actor
from app.domain.procedures import drafts, layers, places
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import DiagramImport, LayerDraft
from app.engine.child import Reader
from app.engine.overriding import named
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid
from app.kernel.text import is_blank

_MOST_NOTES = 500
_NOTHING: Mapping[str, Any] = {}


def import_diagram(
    actor: Actor,
    about: Subject,
    xml: bytes,
    *,
    row_version: int | None = None,
    texts: Mapping[str, Any] = _NOTHING,
    replace: bool = True,
) -> LayerDraft:
    """Make a file of any tool the diagram of a draft; what is left to do is listed, no dialect is refused.

    The file is read in a child process, before the transaction. Its first process is named after the procedure.
    `texts` is what else the draft shall say. Raises as `save_draft`, Invalid "diagram.*" for what is no diagram at
    all, Conflict "draft.has_diagram" when there is a diagram in the draft and nobody said that it may be replaced.
    """
    places.require(actor, "procedures.edit", about.place, places.chart())
    draft = drafts.draft_about(about)
    content = {} if draft is None else draft.content
    if content.get("diagram") and not replace:
        raise Conflict("draft.has_diagram")
    with Reader() as reader:
        found = reader.ask("convert", xml)
    ours = named(found["xml"].encode(), about.key).decode()
    return _keep(actor, about, {**content, **texts, "diagram": ours}, found["report"], row_version)


def import_new(
    actor: Actor, about: Subject, xml: bytes, texts: Mapping[str, Any], *, replace: bool = False
) -> LayerDraft:
    """Make a file of any tool the draft of a new procedure, called as `texts` say.

    Raises as `import_diagram`, Invalid "import.title" without a title, Conflict "import.taken" when its key is that
    of another procedure or draft and nobody said that this is meant.
    """
    places.require(actor, "procedures.edit", about.place, places.chart())
    if any(is_blank(title) for title in texts["title"].values()):
        raise Invalid("import.title")
    draft = drafts.draft_about(about)
    has_diagram = draft is not None and bool(draft.content.get("diagram"))
    is_said = any((one.kind, one.key) == (about.kind, about.key) for one in layers.shelf().heads)
    if (has_diagram or is_said) and not replace:
        raise Conflict("import.taken", key=about.key)
    seen = None if draft is None else draft.row_version
    return import_diagram(actor, about, xml, row_version=seen, texts=texts, replace=replace)


def notes(draft_id: UUID) -> list[Mapping[str, Any]]:
    """What the last import into a draft rewrote or left: verdict, reason and data of each, and its element."""
    found = db.session.scalar(select(DiagramImport).where(DiagramImport.draft_id == draft_id))
    return [] if found is None else list(found.notes)


@command
def _keep(
    actor: Actor, about: Subject, content: Mapping[str, Any], report: Mapping[str, Any], row_version: int | None
) -> LayerDraft:
    draft = drafts.save_draft(actor, about, content, row_version=row_version)
    db.session.execute(delete(DiagramImport).where(DiagramImport.draft_id == draft.id))
    said = [
        {"element": one["id"] or "", "name": one["name"], **note}
        for one in report["findings"]
        for note in one["notes"]
        if note["reason"].startswith("import.")
    ]
    db.session.add(DiagramImport(draft_id=draft.id, notes=said[:_MOST_NOTES]))
    return draft
