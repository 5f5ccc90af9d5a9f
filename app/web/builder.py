"""The form builder (dựng biểu mẫu): every act is a form that is posted; the page works with and without JavaScript."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.procedures import building, formdiff, formfields, queries
from app.domain.procedures.building import Worked
from app.domain.procedures.drafts import Subject
from app.domain.procedures.formcontent import Content
from app.domain.procedures.models import LayerVersion
from app.kernel.errors import Conflict, Invalid, Missing
from app.web import builderinput, builderpage, errors, placenames
from app.web.builderpage import Attempt
from app.web.session import current_actor, signed_in

bp = Blueprint("builder", __name__, url_prefix="/procedures")
GONE = "draft.missing"
BROKEN = frozenset({"form.schema", "form.texts"})
FRAIL = frozenset({"change", "rename", "remove"})
"""Acts that could take away what the software counts on."""
OPENING = frozenset({"add", "rename"})
"""Acts after which there is more to say about the field."""


@bp.get("/drafts/<uuid:draft_id>/form")
@signed_in
def show(draft_id: UUID) -> ResponseReturnValue:
    """A form as it is built for a place, with a preview; one field or section is open to be changed."""
    actor = current_actor()
    try:
        return builderpage.render(actor, building.worked(actor, draft_id))
    except Invalid as refusal:
        return _broken(draft_id, refusal)


@bp.post("/drafts/<uuid:draft_id>/form")
@signed_in
def act(draft_id: UUID) -> ResponseReturnValue:
    """Do one act; what is not taken stays on the page as it was typed, with the reason."""
    actor = current_actor()
    word, _, name = request.form.get("_do", "").partition(":")
    try:
        form = building.worked(actor, draft_id)
    except Missing as refusal:
        return _gone(refusal)
    except Invalid as refusal:
        return _broken(draft_id, refusal)
    try:
        shown = _done(actor, form, word, name)
    except Invalid as refusal:
        return builderpage.render(actor, form, Attempt(word, name, request.form, refusal)), errors.status_of(refusal)
    except Conflict as refusal:
        fresh = building.worked(actor, draft_id)
        attempt = Attempt(word, name, request.form, refusal, tuple(_mine(fresh, word, name)))
        return builderpage.render(actor, fresh, attempt), errors.status_of(refusal)
    anchor = f"field-{shown}" if shown else None
    opened = shown if word in OPENING else None
    address = url_for(".show", draft_id=draft_id, width=builderpage.width() or None, field=opened, _anchor=anchor)
    return redirect(address, 303)


@bp.post("/drafts/<uuid:draft_id>/form/test")
@signed_in
def test(draft_id: UUID) -> ResponseReturnValue:
    """Fill the preview in: what would be said about it, and what the answers would be; nothing is kept."""
    actor = current_actor()
    try:
        form = building.worked(actor, draft_id)
        tried = builderpage.tried(form, request.form, request.files)
    except Missing as refusal:
        return _gone(refusal)
    except Invalid as refusal:
        return _broken(draft_id, refusal)
    return builderpage.render(actor, form, tried=tried)


@bp.get("/versions/<uuid:version_id>/fields")
@signed_in
def compare(version_id: UUID) -> ResponseReturnValue:
    """Two versions of a form of one place, field by field."""
    actor = current_actor()
    found = queries.visible_version(actor, version_id)
    if found.kind != "form":
        raise Missing("version.missing")
    others = [one for one in queries.versions(actor, "form", found.key) if one.place == found.place]
    wanted = request.args.get("against", "")
    earlier = [one for one in others if one.number < found.number]
    other = next((one for one in others if str(one.number) == wanted and one.id != found.id), next(iter(earlier), None))
    return render_template(
        "form_fields.html",
        version=found,
        other=other,
        others=[one for one in others if one.id != found.id],
        changes=[] if other is None else _changes(other, found),
        names=placenames.names(),
        **builderpage.words(),
    )


def _done(actor: Actor, form: Worked, word: str, name: str) -> str:
    """One act; the field it was about in the end."""
    seen = builderpage.row_version()
    if word == "undo":
        building.undo(actor, form.draft.id, row_version=seen)
        return ""
    content, shown = _changed(form, word, name)
    told = builderinput.about(form.content, word, name) or builderinput.about(content, word, shown)
    building.keep(actor, form, content, act=f"{word}:{told}", row_version=seen)
    return shown


def _changed(form: Worked, word: str, name: str) -> tuple[Content, str]:
    """The form after an act. Invalid "builder.act" for an act there is not."""
    if word == "restore":
        return formfields.restore(form.content, form.behind, name), name
    if word not in builderinput.ACTS:
        raise Invalid("builder.act")
    content, shown = builderinput.ACTS[word](form.content, name, request.form)
    if word == "rename":
        building.check_unpublished(form, name)
    if word in FRAIL:
        building.check_kept(form, content, name)
    return content, shown


def _mine(form: Worked, word: str, name: str) -> list[formdiff.FieldChange]:
    """What the act that came too late would change in the form as it is now."""
    try:
        content, _ = _changed(form, word, name)
    except (Invalid, Conflict):
        return []
    return formdiff.changes(form.content, content)


def _gone(refusal: Missing) -> ResponseReturnValue:
    """A tab of a draft that was published or thrown away: nothing is done, and what was typed can be copied."""
    if refusal.code != GONE:
        raise refusal
    hidden = ("csrf_token", "row_version", "width")
    typed = [(name, text) for name, text in request.form.items(multi=True) if text.strip() and name not in hidden]
    return render_template("builder_gone.html", typed=[one for one in typed if not one[0].startswith("_")]), 404


def _broken(draft_id: UUID, refusal: Invalid) -> ResponseReturnValue:
    """What was written by hand is no form: it is mended where it was written."""
    if refusal.code not in BROKEN:
        raise refusal
    return render_template("builder_broken.html", draft_id=draft_id, why=errors.sentence(refusal)), 400


def _changes(old: LayerVersion, new: LayerVersion) -> list[formdiff.FieldChange]:
    """What differs in the whole form, as both versions make it of what is behind them today."""
    about = Subject("form", new.key, new.place)
    return formdiff.changes(building.whole(about, old.content), building.whole(about, new.content))
