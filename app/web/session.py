"""Who is at the browser: a cookie that holds a secret, and the actor behind it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import Flask, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.domain.access import queries as access
from app.domain.actors import commands, queries
from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.kernel.db import db
from app.kernel.errors import Forbidden

P = ParamSpec("P")
UNTOUCHED = frozenset({"static", "health.show"})
SECRET = "secret"  # noqa: S105 - the name of the entry, not a secret


def init_app(app: Flask) -> None:
    """Know the reader before a page is made, so that even an error speaks their language."""
    app.before_request(_recognise)


def current_person() -> Person | None:
    """The person signed in at this browser, or None. One SQL statement, the first time it is asked for in a request."""
    if "person" not in g:
        secret = session.get(SECRET)
        g.person = queries.person_of_session(secret) if isinstance(secret, str) else None
        if g.person is not None:
            db.session.expunge(g.person)  # a snapshot: a command of this request would make it stale and read it again
    person: Person | None = g.person
    return person


def current_actor() -> Actor:
    """The person signed in, in their posts of today. Two more SQL statements, once in a request.

    Raises Forbidden when nobody is signed in.
    """
    if g.get("actor") is None:
        person = current_person()
        if person is None:
            raise Forbidden("session.required")
        g.actor = access.actor_of(person.id)
    actor: Actor = g.actor
    return actor


def signed_in(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only signed-in people reach a view. Raises Forbidden "session.required": the page of errors takes over."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        current_actor()
        return view(*args, **kwargs)

    vars(guarded)["signed_in"] = True
    return guarded


def to_sign_in() -> Response:
    """Send the browser to the sign-in page; a page that was only posted to is not a place to come back to."""
    here = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else ""
    wanted = safe_next(here)
    target = url_for("signin.show", next=wanted) if wanted != "/" else url_for("signin.show")
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Redirect": url_for("signin.show")})
    return redirect(target, 303)


def begin(name: str, password: str) -> None:
    """Sign a person in: whatever the browser held before is forgotten, so nobody can plant a session beforehand."""
    secret = commands.sign_in(name, password)
    _end()
    session.clear()
    session[SECRET] = secret
    g.pop("person", None)


def end() -> None:
    """Sign out: the session's secret becomes useless, not only forgotten."""
    _end()
    session.clear()
    g.pop("person", None)


def safe_next(target: str | None) -> str:
    """Where to go afterwards: a path of this site, or the inbox; never another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    if any(ord(character) <= ord(" ") or character == "\\" for character in target):
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else "/"


def _recognise() -> None:
    """First of all: forget whoever an earlier request of the same application context was."""
    for name in list(g):
        g.pop(name)
    if SECRET in session and request.endpoint not in UNTOUCHED and not request.path.startswith("/api/"):
        current_person()


def _end() -> None:
    secret = session.get(SECRET)
    person = current_person()
    if isinstance(secret, str) and person is not None:
        commands.sign_out(Actor(name=str(person.id), person_id=person.id), secret)
    g.pop("actor", None)
