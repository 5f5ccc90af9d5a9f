"""Signing in and out."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from sqlalchemy import select

from app.domain.actors.models import Person
from app.kernel.db import db
from app.kernel.errors import Forbidden
from app.web import demo, refusals, session
from app.web.i18n import t

bp = Blueprint("signin", __name__)
LONGEST = 200
REFUSED = 403


@bp.get("/sign-in")
def show() -> ResponseReturnValue:
    """The sign-in page; whoever is signed in already goes on."""
    if session.current_person() is not None:
        return redirect(session.safe_next(request.args.get("next")), 303)
    return _page(request.args.get("name", "")[:LONGEST])


@bp.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Try a name and a password; the answer never says which of the two was wrong. Raises TooMany."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    address = get_remote_address()
    if not name.strip() or not password or max(len(name), len(password)) > LONGEST:
        return _page(name[:LONGEST], "sign_in.incomplete"), 422
    try:
        with refusals.counted(name, address):
            session.begin(name, password)
    except Forbidden as refusal:
        return _page(name, refusal.code), REFUSED
    return redirect(session.safe_next(request.form.get("next")), 303)


@bp.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session, here and in the database."""
    session.end()
    flash(t("sign_in.signed_out"), "done")
    response = redirect(url_for("signin.show"), 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _nobody() -> bool:
    """Whether there is no account at all: then only the operator can make the first one."""
    return db.session.scalar(select(Person.id).limit(1)) is None


def _page(name: str, wrong: str = "") -> str:
    shown = [] if current_app.config["PRODUCTION"] else demo.agencies()
    return render_template(
        "sign_in.html",
        name=name,
        next=session.safe_next(request.values.get("next")),
        wrong=wrong,
        agencies=shown,
        nobody=not shown and _nobody(),
        password=demo.PASSWORD if shown else "",
    )
