"""Drafts, versions and conflicts of what places say about procedures."""

from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.procedures import comparing, drafts, imports, publishing, queries
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft, LayerVersion
from app.domain.procedures.publishing import Words
from app.kernel.errors import Conflict, Invalid, OfficeError
from app.web import comparing as sides
from app.web import draftpage, errors, listing, placenames, settlement
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("layers", __name__, url_prefix="/procedures")


@bp.post("/drafts")
@signed_in
def begin() -> ResponseReturnValue:
    """Begin a draft for a place, from what the place says today; one that was begun already is opened."""
    actor, form = current_actor(), request.form
    about = Subject(form.get("kind", "procedure"), form.get("key", "").strip(), form.get("place", ""))
    found = drafts.draft_about(about)
    if found is None:
        found = drafts.save_draft(actor, about, drafts.published(about))
    return redirect(url_for(".draft", draft_id=found.id), 303)


@bp.get("/drafts/<uuid:draft_id>")
@signed_in
def draft(draft_id: UUID) -> ResponseReturnValue:
    """A draft: what is left to do, its content, and what can be done with it."""
    return draftpage.page(drafts.visible_draft(current_actor(), draft_id))


@bp.post("/drafts/<uuid:draft_id>")
@signed_in
def save(draft_id: UUID) -> ResponseReturnValue:
    """Keep what was typed; when somebody else saved meanwhile both texts are shown."""
    actor = current_actor()
    found = drafts.visible_draft(actor, draft_id)
    typed = request.form.get("content", "")
    try:
        content = {**_read(typed), **draftpage.files(found)}
        drafts.save_draft(actor, _about(found), content, row_version=_row_version())
    except (Invalid, Conflict) as refusal:
        return draftpage.page(found, typed=typed, wrong=errors.sentence(refusal)), errors.status_of(refusal)
    flash(t("draft.saved"), "done")
    return redirect(url_for(".draft", draft_id=draft_id), 303)


@bp.post("/drafts/<uuid:draft_id>/diagram")
@signed_in
def upload(draft_id: UUID) -> ResponseReturnValue:
    """Take a diagram of any tool, or a decision table, into the draft."""
    actor = current_actor()
    found = drafts.visible_draft(actor, draft_id)
    given = request.files.get("file")
    data = given.stream.read() if given is not None else b""
    try:
        if found.kind == "procedure":
            again = bool(request.form.get("replace"))
            imports.import_diagram(actor, _about(found), data, row_version=_row_version(), replace=again)
        else:
            content = {**found.content, draftpage.DRAWN.get(found.kind, ""): data.decode("utf-8", "replace")}
            drafts.save_draft(actor, _about(found), content, row_version=_row_version())
    except (Invalid, Conflict) as refusal:
        return draftpage.page(found, wrong=errors.sentence(refusal)), errors.status_of(refusal)
    flash(t("draft.saved"), "done")
    return redirect(url_for("importing.work" if found.kind == "procedure" else ".draft", draft_id=draft_id), 303)


@bp.post("/drafts/<uuid:draft_id>/publish")
@signed_in
def publish(draft_id: UUID) -> ResponseReturnValue:
    """Publish a draft with a reason, and a label if it has one."""
    actor = current_actor()
    found = drafts.visible_draft(actor, draft_id)
    words = Words(request.form.get("reason", "").strip(), request.form.get("label", "").strip())
    try:
        version = publishing.publish(actor, draft_id, words)
    except (Invalid, Conflict) as refusal:
        return draftpage.page(found, wrong=_sentence(refusal)), errors.status_of(refusal)
    flash(t("version.published", number=version.number), "done")
    return redirect(url_for(".version", version_id=version.id), 303)


@bp.post("/drafts/<uuid:draft_id>/discard")
@signed_in
def discard(draft_id: UUID) -> ResponseReturnValue:
    """Throw a draft away."""
    drafts.discard_draft(current_actor(), draft_id)
    flash(t("draft.thrown"), "done")
    return redirect(url_for("procedures.index"), 303)


@bp.get("/versions/<uuid:version_id>")
@signed_in
def version(version_id: UUID) -> ResponseReturnValue:
    """A version, and what it says differently from another one of its place."""
    actor = current_actor()
    found = queries.visible_version(actor, version_id)
    others = [
        one
        for one in queries.versions(actor, found.kind, found.key)
        if one.place == found.place and one.id != version_id
    ]
    numbers, wanted = {one.number for one in others}, listing.number("against", lowest=0, highest=1_000_000)
    compared, other = comparing.versions(actor, version_id, wanted if wanted in numbers else None)
    names = placenames.names()
    return render_template(
        "version.html",
        version=found,
        others=others,
        other=other,
        lines=sides.lines(compared, names),
        changes=sides.changes(compared),
        picture=sides.picture(compared),
        names=names,
        may_act=found.place in dict(names.editable(actor)),
    )


@bp.post("/versions/<uuid:version_id>/<any(label, retire, rollback):act>")
@signed_in
def change(version_id: UUID, act: str) -> ResponseReturnValue:
    """Label a version, let it begin nothing new, or make its content the newest again."""
    actor, text = current_actor(), request.form.get("text", "").strip()
    acts: dict[str, Any] = {
        "label": lambda: publishing.set_label(actor, version_id, text),
        "retire": lambda: publishing.retire(actor, version_id),
        "rollback": lambda: publishing.rollback(actor, version_id, text),
    }
    try:
        found: LayerVersion = acts[act]()
    except (Invalid, Conflict) as refusal:
        flash(_sentence(refusal), "late")
        return redirect(url_for(".version", version_id=version_id), 303)
    flash(t(f"version.done.{act}", number=found.number), "done")
    return redirect(url_for(".version", version_id=found.id), 303)


@bp.get("/notices/<uuid:change_id>")
@signed_in
def notice(change_id: UUID) -> ResponseReturnValue:
    """What changed above, what the place itself says, and how it can be settled."""
    return settlement.page(change_id)


@bp.post("/notices/<uuid:change_id>")
@signed_in
def settle(change_id: UUID) -> ResponseReturnValue:
    """Settle it as a whole or thing by thing, or see first what that comes to."""
    return settlement.act(change_id)


def _read(typed: str) -> dict[str, Any]:
    try:
        content = orjson.loads(typed or "{}")
    except orjson.JSONDecodeError as error:
        raise Invalid("layer.json", line=error.lineno) from error
    if not isinstance(content, dict):
        raise Invalid("layer.json", line=1)
    return content


def _row_version() -> int:
    text = request.form.get("row_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - a small number


def _about(found: LayerDraft) -> Subject:
    return Subject(found.kind, found.key, found.place)


def _sentence(refusal: OfficeError) -> str:
    """What is wrong, the first field that is wrong included."""
    fields = refusal.fields if isinstance(refusal, Invalid) else {}
    return next((t(key, field=name, **values) for name, (key, values) in fields.items()), errors.sentence(refusal))
