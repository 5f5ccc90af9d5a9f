"""Diagrams of other tools (sơ đồ từ công cụ khác): taken in as a draft, and worked off without any editor."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.access import queries as access
from app.domain.cases import operations
from app.domain.procedures import drafts, imports, worklist
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft
from app.engine.xml import MAX_BYTES
from app.kernel.errors import Conflict, Invalid, OfficeError, TooLarge
from app.kernel.text import folded
from app.web import diagrams, errors, i18n, placenames
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("importing", __name__, url_prefix="/procedures")
STARTS: Final = ("person", "arrival", "call")
DRAFTER: Final = "drafter_post_id"
"""What a case that a person starts calls the post of whoever started it."""
_PARAM = re.compile(r"\s*([a-z][a-z0-9_]{0,63})\s*=\s*(.+)")
Said = Mapping[str, Any]


@bp.get("/gallery/import")
@signed_in
def choose() -> ResponseReturnValue:
    """Ask for the file, what it is called and for whom."""
    return _form()


@bp.post("/gallery/import")
@signed_in
def take() -> ResponseReturnValue:
    """Make a file the draft of a new procedure; a name that is taken is asked about first."""
    actor, form, given = current_actor(), request.form, request.files.get("file")
    title = form.get("title", "").strip()[:200]
    about = Subject("procedure", key_of(title), form.get("place", "")[:120])
    xml = given.stream.read(MAX_BYTES + 1) if given is not None else b""
    texts = {
        "title": {i18n.DEFAULT: title},
        "description": {i18n.DEFAULT: form.get("description", "").strip()[:2000]},
        "starts_with": form.get("starts_with") if form.get("starts_with") in STARTS else STARTS[0],
        "document": {"direction": "internal", "type": "CV", "subject": title},
    }
    try:
        made = imports.import_new(actor, about, xml, texts, replace=bool(form.get("replace")))
    except (Invalid, Conflict, TooLarge) as refusal:
        return _form(errors.sentence(refusal), is_taken=isinstance(refusal, Conflict)), errors.status_of(refusal)
    flash(t("import.done"), "done")
    return redirect(url_for(".work", draft_id=made.id), 303)


@bp.get("/drafts/<uuid:draft_id>/work")
@signed_in
def work(draft_id: UUID) -> ResponseReturnValue:
    """What is left to say in a diagram, kind by kind, each with the form that says it."""
    return _work(drafts.visible_draft(current_actor(), draft_id))


@bp.post("/drafts/<uuid:draft_id>/work")
@signed_in
def fill(draft_id: UUID) -> ResponseReturnValue:
    """Say one thing that is open; what somebody else said meanwhile is not overwritten."""
    actor, form = current_actor(), request.form
    found = drafts.visible_draft(actor, draft_id)
    element, what = form.get("element", "")[:100], form.get("what", "")
    seen = form.get("row_version", "")
    try:
        said = _SAID[what](form) if what in _SAID else {}
        worklist.fill(actor, draft_id, int(seen) if seen.isdecimal() else 0, element, what, said)
    except (Invalid, Conflict) as refusal:
        return _work(found, {"element": element, "what": what, "why": errors.sentence(refusal)}), errors.status_of(
            refusal
        )
    flash(t("work.said"), "done")
    return redirect(url_for(".work", draft_id=draft_id, _anchor="open"), 303)


def key_of(title: str) -> str:
    """The key of a procedure by its title: small letters without marks."""
    plain = re.sub(r"[^a-z0-9]+", "_", folded(title)).strip("_")
    return (plain if re.match("[a-z]", plain) else f"q_{plain}")[:60].rstrip("_")


def _form(wrong: str = "", *, is_taken: bool = False) -> str:
    return render_template(
        "import.html",
        editable=placenames.names().editable(current_actor()),
        starts=STARTS,
        typed=request.form,
        wrong=wrong,
        is_taken=is_taken,
    )


def _work(found: LayerDraft, refused: Said | None = None) -> str:
    names = placenames.names()
    listed = worklist.worklist(found, operations.names())
    return render_template(
        "work.html",
        draft=found,
        listed=listed,
        kinds=[(kind, listed.of(kind)) for kind in worklist.KINDS],
        refused=refused or {},
        names=names,
        forms=sorted((names.title("form", key), key) for key in worklist.known_forms(found.place)),
        roles=[(one.code, one.name_vi if i18n.locale() == i18n.DEFAULT else one.name_en) for one in access.roles()],
        offered=[(one, diagrams.operation(one.name)) for one in operations.catalogue()],
        drafter=DRAFTER,
        sentence=lambda one: errors.sentence(OfficeError(one.reason, **one.data)),
        told=lambda note: t(note["reason"], **note["data"]),
    )


def _person(form: Mapping[str, str]) -> Said:
    """A role from the list, or a post as an expression; what was typed counts before what was chosen."""
    kind, _, value = form.get("who", "").partition(":")
    typed = form.get("post", "").strip()
    return {"post": typed} if typed else {kind: value} if kind in ("role", "post") else {}


def _operation(form: Mapping[str, str]) -> Said:
    """The operation with its values, one a line: `name = expression`."""
    params: dict[str, str] = {}
    for line in form.get("params", "").splitlines():
        match = _PARAM.fullmatch(line.strip())
        if match is None and line.strip():
            raise Invalid("work.param", line=line.strip()[:80])
        if match is not None:
            params[match[1]] = match[2]
    return {"name": form.get("name", ""), "result": form.get("result", "").strip(), "params": params}


_SAID: Final[Mapping[str, Callable[[Mapping[str, str]], Said]]] = {
    "form": lambda form: {"form": form.get("form", "")},
    "person": _person,
    "operation": _operation,
    "condition": lambda form: {"condition": form.get("condition", "")},
    "default": lambda _form: {},
}
