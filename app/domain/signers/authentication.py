"""Proving to be the holder of a key once, for what is signed in the next minutes (xác thực một lần)."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from app.domain.actors.actor import Actor
from app.domain.signers import queries
from app.domain.signers.models import SigningSession
from app.kernel import clock
from app.kernel.db import command, db
from app.kernel.errors import Missing

LASTS = timedelta(minutes=15)


@command
def authenticate(actor: Actor, key_id: UUID, session_id: UUID, *, sealed: bytes) -> None:
    """Keep what the holder of a key gave, sealed for the id of this session; what was given before is forgotten.

    Raises Missing when the key is not the actor's, nor that of an agency they issue documents for.
    """
    key = queries.key(key_id)
    owns = key.person_id is not None and key.person_id == actor.person_id
    if actor.person_id is None or not (owns or (key.unit_id and actor.may("documents.issue", at=key.unit_id))):
        raise Missing("signer.missing")
    for before in _live(actor.person_id, key_id):
        _end(before)
    made = SigningSession(id=session_id, person_id=actor.person_id, key_id=key_id, secret=sealed)
    made.expires_at = clock.now() + LASTS
    db.session.add(made)
    db.session.flush()


def live(person_id: UUID, key_id: UUID) -> SigningSession | None:
    """What somebody gave for a key and may still be used."""
    return next(iter(_live(person_id, key_id)), None)


@command
def forget(session_id: UUID) -> None:
    """Forget what was given: it was used, or it was wrong."""
    found = db.session.get(SigningSession, session_id, with_for_update=True)
    if found is not None:
        _end(found)


@command
def forget_expired() -> int:
    """Forget what was given and not used in time; how many of those there were."""
    late = or_(SigningSession.expires_at <= clock.now(), SigningSession.ended_at.is_not(None))
    query = update(SigningSession).where(SigningSession.secret.is_not(None), late)
    done = db.session.execute(query.values(secret=None, ended_at=clock.now()))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _live(person_id: UUID, key_id: UUID) -> list[SigningSession]:
    query = select(SigningSession).where(SigningSession.person_id == person_id, SigningSession.key_id == key_id)
    query = query.where(SigningSession.ended_at.is_(None), SigningSession.expires_at > clock.now())
    return list(db.session.scalars(query.order_by(SigningSession.made_at.desc())))


def _end(session: SigningSession) -> None:
    session.secret, session.ended_at = None, session.ended_at or clock.now()
