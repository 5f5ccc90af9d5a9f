"""One's own account: posts, language, looks, and tokens for other programs."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.domain.actors import commands, queries
from app.domain.orgunits import queries as orgunits
from app.kernel.errors import Invalid
from app.web import i18n, session, shell
from app.web.i18n import t
from app.web.session import current_actor, current_person, signed_in

bp = Blueprint("account", __name__)
YEAR = 365 * 24 * 3600


@bp.get("/account")
@signed_in
def show() -> ResponseReturnValue:
    """The account page."""
    return _page()


@bp.post("/account/tokens")
@signed_in
def make_token() -> ResponseReturnValue:
    """Make a token and show its secret this once; so the answer is the page itself, not a redirect."""
    label = request.form.get("label", "").strip()
    try:
        return _page(secret=commands.make_token(current_actor(), label=label))
    except Invalid as refusal:
        code, values = refusal.fields["label"]
        return _page(label=label[: commands.LONGEST_LABEL], wrong=t(code, **values)), 422


@bp.post("/account/tokens/<uuid:token_id>/end")
@signed_in
def end_token(token_id: UUID) -> ResponseReturnValue:
    """Make a token useless. Raises Missing when it is not one's own."""
    commands.end_token(current_actor(), token_id)
    flash(t("account.token.ended"), "done")
    return redirect(url_for("account.show"), 303)


@bp.post("/locale")
def choose_locale() -> ResponseReturnValue:
    """Read in another language from now on; works at the door too."""
    chosen = request.form.get("locale", "")
    response = redirect(session.safe_next(request.form.get("next")), 303)
    if chosen in i18n.LOCALES:
        if current_person() is not None:
            commands.choose_locale(current_actor(), chosen)
        _remember(response, i18n.COOKIE, chosen)
    return response


@bp.post("/theme")
def choose_theme() -> ResponseReturnValue:
    """Light, dark, or as the system says; kept in this browser only."""
    response = redirect(session.safe_next(request.form.get("next")), 303)
    if request.form.get("theme") in shell.THEMES:
        _remember(response, shell.THEME_COOKIE, request.form["theme"])
    return response


def _remember(response: Response, name: str, value: str) -> None:
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=secure)


def _page(*, secret: str = "", label: str = "", wrong: str = "") -> str:
    actor = current_actor()
    posts = orgunits.posts(actor.post_ids).values()
    tokens = queries.tokens(actor.person_id) if actor.person_id else []
    return render_template(
        "account.html", person=current_person(), posts=posts, tokens=tokens, secret=secret, label=label, wrong=wrong
    )
