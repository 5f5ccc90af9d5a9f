"""Signing in and out, and API tokens."""

import secrets
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.actors.events import SignedIn, SignedOut, SignInRefused, TokenEnded, TokenMade
from app.domain.actors.models import ApiToken, Person, SignInSession
from app.kernel import events
from app.kernel.clock import now
from app.kernel.db import command, db
from app.kernel.errors import Forbidden, Invalid, Missing
from app.kernel.text import is_blank, is_readable

SESSION_LENGTH = timedelta(hours=12)
TOKEN_LENGTH = timedelta(days=90)
LONGEST_LABEL = 80
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)  # OWASP: argon2id, m=19 MiB, t=2
# A name nobody has is checked against this, so that it takes as long as one that exists.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$2q9jzQ3rWvHhQmv4Qj8hCq9hT3bTz5QmJr2yqgZ0n7g"


def password_hash(password: str) -> str:
    """The argon2id hash of a password."""
    return _hasher.hash(password)


def secret_hash(secret: str) -> str:
    """What is kept of a session's or token's secret: it is long and random, so one SHA-256 is enough."""
    return sha256(secret.encode()).hexdigest()


def sign_in(name: str, password: str) -> str:
    """Open a session and give its secret; the same answer for a wrong name and a wrong password."""
    person = db.session.scalar(select(Person).where(Person.sign_in == name.strip().lower()))
    known = person is not None and person.active
    if not _matches(person.password_hash if person and known else _NOBODY, password) or not known or person is None:
        _note_refusal(person)
        raise Forbidden("sign_in.refused")
    return _open_session(person.id)


@command
def sign_out(actor: Actor, secret: str) -> None:
    """End a session; ending it twice does no harm."""
    query = select(SignInSession).where(SignInSession.secret_hash == secret_hash(secret))
    session = db.session.scalar(query)
    if session is not None and session.ended_at is None:
        session.ended_at = now()
        events.record(SignedOut(about=str(session.person_id)), actor=actor.name)


@command
def make_token(actor: Actor, *, label: str) -> str:
    """Make an API token and show its secret once. Raises Invalid on `label`, by which its owner knows it again."""
    if actor.person_id is None:
        raise Forbidden("actor.not_permitted", permission="tokens.make")
    _require_label(label)
    secret = f"eo_{secrets.token_urlsafe(32)}"
    expires = now() + TOKEN_LENGTH
    hashed = secret_hash(secret)
    db.session.add(ApiToken(person_id=actor.person_id, label=label, secret_hash=hashed, expires_at=expires))
    events.record(TokenMade(about=str(actor.person_id)), actor=actor.name)
    return secret


@command
def end_token(actor: Actor, token_id: UUID) -> None:
    """Make one of the actor's tokens useless."""
    token = db.session.get(ApiToken, token_id)
    if token is None or token.person_id != actor.person_id:
        raise Missing("token.missing")
    if token.ended_at is None:
        token.ended_at = now()
        events.record(TokenEnded(about=str(token.person_id)), actor=actor.name)


@command
def choose_locale(actor: Actor, locale: str) -> None:
    """Remember the language a person reads."""
    person = db.session.get(Person, actor.person_id)
    if person is not None:
        person.locale = locale


def _require_label(label: str) -> None:
    if is_blank(label):
        raise Invalid("form.invalid", fields={"label": ("form.required", {})})
    if len(label) > LONGEST_LABEL:
        raise Invalid("form.invalid", fields={"label": ("form.maxLength", {"limit": LONGEST_LABEL})})
    if not is_readable(label):
        raise Invalid("form.invalid", fields={"label": ("form.characters", {})})


@command
def _open_session(person_id: UUID) -> str:
    secret = secrets.token_urlsafe(32)
    expires = now() + SESSION_LENGTH
    db.session.add(SignInSession(person_id=person_id, secret_hash=secret_hash(secret), expires_at=expires))
    events.record(SignedIn(about=str(person_id)), actor=str(person_id))
    return secret


@command
def _note_refusal(person: Person | None) -> None:
    about = str(person.id) if person is not None else "unknown"
    events.record(SignInRefused(about=about), actor="anonymous")


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except VerifyMismatchError:
        return False
