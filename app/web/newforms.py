"""All forms there are (biểu mẫu), and beginning one: from nothing, or as a copy of another."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.orgunits.collation import order
from app.domain.procedures import building, layers, places, queries
from app.kernel.errors import Invalid
from app.web import builderinput, errors, placenames
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("newforms", __name__, url_prefix="/procedures/forms")


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """Every form by its title, the drafts of forms, and a way to begin one."""
    return _page()


@bp.post("")
@signed_in
def begin() -> ResponseReturnValue:
    """Begin the draft of a new form, and go on building it."""
    titles = builderinput.words(request.form, "title")
    place, like = request.form.get("place", ""), request.form.get("like", "")
    try:
        draft = building.begin(current_actor(), place, titles, like)
    except Invalid as refusal:
        named = next(iter(refusal.fields.values()), None)
        why = errors.sentence(refusal) if named is None else t(named[0], **named[1])
        return _page(why), errors.status_of(refusal)
    return redirect(url_for("builder.show", draft_id=draft.id), 303)


def _page(why: str = "") -> str:
    actor = current_actor()
    places.require_reader(actor)
    names = placenames.names()
    heads = [one for one in layers.shelf().heads if one.kind == "form" and places.sees(actor, one.place, names.known)]
    keys = {one.key for one in heads}
    return render_template(
        "forms.html",
        forms=sorted(((key, names.title("form", key)) for key in keys), key=lambda one: order(one[1])),
        drafts=[one for one in queries.drafts(actor) if one.kind == "form"],
        editable=names.editable(actor),
        names=names,
        typed=request.form,
        why=why,
    )
