"""Reading accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.commands import secret_hash
from app.domain.actors.models import ApiToken, Person, SignInSession
from app.kernel.clock import now
from app.kernel.db import db


def person_of_session(secret: str) -> Person | None:
    """The person behind a browser session that has neither ended nor expired."""
    return _person(SignInSession, secret)


def person_of_token(secret: str) -> Person | None:
    """The person behind an API token that has neither ended nor expired."""
    return _person(ApiToken, secret)


def tokens(person_id: UUID) -> list[ApiToken]:
    """The tokens of a person that still work, newest first."""
    query = select(ApiToken).where(ApiToken.person_id == person_id, ApiToken.ended_at.is_(None))
    return list(db.session.scalars(query.where(ApiToken.expires_at > now()).order_by(ApiToken.made_at.desc())))


def has_demo_people() -> bool:
    """Whether anyone can sign in with the public password of the demo worlds."""
    return db.session.scalar(select(Person.id).where(Person.is_demo, Person.active).limit(1)) is not None


def _person(kind: type[SignInSession] | type[ApiToken], secret: str) -> Person | None:
    moment: datetime = now()
    query = select(Person).join(kind, kind.person_id == Person.id)
    query = query.where(kind.secret_hash == secret_hash(secret), kind.ended_at.is_(None))
    person: Person | None = db.session.scalar(query.where(kind.expires_at > moment, Person.active))
    return person
