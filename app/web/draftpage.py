"""The page of a draft (bản nháp): where it stands, what is left to do, and the way from editing to publishing."""

from typing import Any

import orjson
from flask import render_template

from app.domain.actors import queries as actors
from app.domain.procedures import comparing, drafts, editing, queries
from app.domain.procedures.checks import Todo
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft
from app.kernel.errors import OfficeError
from app.web import comparing as sides
from app.web import errors, placenames
from app.web.customising import address
from app.web.session import current_actor

DRAWN = {"procedure": "diagram", "decision": "dmn"}


def page(draft: LayerDraft, *, typed: str = "", wrong: str = "") -> str:
    """The hub of a draft; `typed` is what could not be kept, and `wrong` why. One act is the next sensible one."""
    about, names = Subject(draft.kind, draft.key, draft.place), placenames.names()
    todo, published = drafts.todo(draft), drafts.published(about)
    is_changed = draft.content != published
    return render_template(
        "draft.html",
        draft=draft,
        names=names,
        todo=_grouped(todo),
        ready=is_changed and not todo,
        is_changed=is_changed,
        waiting=[one for one in queries.open_notices(current_actor()) if _about(one) == about],
        customise=address(draft.key, draft.place),
        sentence=lambda one: errors.sentence(OfficeError(one.reason, **one.data)),
        content=orjson.dumps(_typed(draft), option=orjson.OPT_INDENT_2).decode(),
        typed=typed,
        wrong=wrong,
        takes_file=draft.kind in DRAWN,
        **_people(draft),
        **_differing(draft),
    )


def files(draft: LayerDraft) -> dict[str, Any]:
    """What is uploaded rather than typed."""
    name = DRAWN.get(draft.kind, "")
    return {name: draft.content[name]} if name in draft.content else {}


def _typed(draft: LayerDraft) -> dict[str, Any]:
    uploaded = files(draft)
    return {name: value for name, value in draft.content.items() if name not in uploaded}


def _about(one: Any) -> Subject:
    return Subject(one.kind, one.key, one.place)


def _grouped(todo: list[Todo]) -> dict[str, list[Todo]]:
    """What is left to do by the step it is about; what is about no step comes first."""
    found: dict[str, list[Todo]] = {"": []}
    for one in todo:
        found.setdefault(one.name or one.element, []).append(one)
    return {name: group for name, group in found.items() if group}


def _people(draft: LayerDraft) -> dict[str, str]:
    """Who changed it last, and who is drawing it now; nobody is told that they themselves are."""
    hold, me = editing.in_hand(draft.id), current_actor().person_id
    drawing = hold.person_id if hold is not None and hold.person_id != me else None
    known = actors.names([one for one in (draft.changed_by, drawing) if one is not None])
    return {
        "who": known.get(draft.changed_by, "") if draft.changed_by else "",
        "drawing": known.get(drawing, "") if drawing else "",
    }


def _differing(draft: LayerDraft) -> dict[str, Any]:
    """The diagram as it will run, steps of other places included, with a mark at what differs from what is in effect.

    What cannot be read has no picture: what is wrong with it stands among what is left to do.
    """
    try:
        found, _draft = comparing.draft(current_actor(), draft.id)
    except OfficeError:
        return {"is_in_effect": False, "picture": None, "elements": 0, "values": 0}
    return {
        "is_in_effect": bool(found.old.content),
        "picture": sides.picture(found),
        "elements": len(sides.changes(found)),
        "values": len(found.values),
    }
