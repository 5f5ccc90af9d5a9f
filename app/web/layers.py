"""Drafts, versions and conflicts of what places say about procedures."""

from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.domain.procedures import drafts, imports, patches, publishing, queries
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft, LayerVersion
from app.domain.procedures.publishing import Words
from app.engine import diagram
from app.engine.differences import REMOVED, Difference, differences
from app.kernel.errors import Conflict, Invalid, OfficeError
from app.web import draftpage, errors, placenames, settlement
from app.web.diagrams import Picture, across
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
    others = [one for one in queries.versions(actor, found.kind, found.key) if one.place == found.place]
    other = _other(found, others)
    old = {} if other is None else other.content
    changes = _elements(old, found.content)
    names = placenames.names()
    return render_template(
        "version.html",
        version=found,
        others=[one for one in others if one.id != found.id],
        other=other,
        lines=_lines(old, found.content),
        changes=changes,
        picture=_picture(found.content, changes),
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


def _other(found: LayerVersion, others: list[LayerVersion]) -> LayerVersion | None:
    """The version to compare with: the one the address names, else the one before."""
    wanted = request.args.get("against", "")
    named = next((one for one in others if str(one.number) == wanted and one.id != found.id), None)
    return named or next((one for one in others if one.number < found.number), None)


def _lines(old: Any, new: Any) -> list[tuple[str, str, str]]:
    """The values that differ, as they are read: what, before, now."""
    before, after = patches.leaves(old), patches.leaves(new)
    shown = sorted(
        path for path in patches.changed(old, new) if not _is_drawn(path) or not (path in before and path in after)
    )
    return [
        (placenames.part(patches.dotted(one)), _said(one, before.get(one, "")), _said(one, after.get(one, "")))
        for one in shown
    ]


def _is_drawn(path: patches.Path) -> bool:
    return path in (("diagram",), ("dmn",))


def _said(path: patches.Path, value: Any) -> str:
    """A value as it is read; a drawing is looked at instead."""
    return t("part.drawn") if value and _is_drawn(path) else placenames.written(value)


def _elements(old: Any, new: Any) -> list[Difference]:
    if not (old.get("diagram") and new.get("diagram")):
        return []
    return differences(*(str(one["diagram"]).encode() for one in (old, new)))


def _picture(content: Any, changes: list[Difference]) -> Picture | None:
    """The diagram with a mark at what is new or changed; None without one, or without a drawing."""
    if not content.get("diagram"):
        return None
    badges = {one.id: t(f"difference.{one.what}") for one in changes if one.what != REMOVED}
    try:
        drawn = diagram.render(str(content["diagram"]).encode(), badges=badges, title=t("case.diagram"))
    except OfficeError:
        return None
    return Picture(Markup(drawn), across(drawn), ())  # noqa: S704 - our own renderer escapes every name


def _sentence(refusal: OfficeError) -> str:
    """What is wrong, the first field that is wrong included."""
    fields = refusal.fields if isinstance(refusal, Invalid) else {}
    return next((t(key, field=name, **values) for name, (key, values) in fields.items()), errors.sentence(refusal))
