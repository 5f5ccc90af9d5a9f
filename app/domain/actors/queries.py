"""Reading accounts."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, bindparam, select

from app.domain.actors.commands import secret_hash
from app.domain.actors.models import ApiToken, Person, SignInSession
from app.kernel.clock import now
from app.kernel.db import Moment, db


def person_of_session(secret: str) -> Person | None:
    """The person behind a browser session that has neither ended nor expired."""
    person: Person | None = db.session.scalar(_behind(SignInSession, Person), _asked(secret))
    return person


def holder_of_token(secret: str) -> UUID | None:
    """The id of the person behind an API token that has neither ended nor expired."""
    person_id: UUID | None = db.session.scalar(_behind(ApiToken, Person.id), _asked(secret))
    return person_id


def tokens(person_id: UUID) -> list[ApiToken]:
    """The tokens of a person that still work, newest first."""
    query = select(ApiToken).where(ApiToken.person_id == person_id, ApiToken.ended_at.is_(None))
    return list(db.session.scalars(query.where(ApiToken.expires_at > now()).order_by(ApiToken.made_at.desc())))


def names(person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What people are called."""
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(set(person_ids))))
    return {row[0]: row[1] for row in rows}


def has_demo_people() -> bool:
    """Whether anyone can sign in with the public password of the demo worlds."""
    return db.session.scalar(select(Person.id).where(Person.is_demo, Person.active).limit(1)) is not None


def _asked(secret: str) -> dict[str, Any]:
    return {"secret": secret_hash(secret), "moment": now()}


@cache
def _behind(kind: type[SignInSession | ApiToken], wanted: Any) -> Select[Any]:
    """The statement for it, built once: every request asks it."""
    query = select(wanted).join(kind, kind.person_id == Person.id).where(Person.active, kind.ended_at.is_(None))
    secret, moment = bindparam("secret", type_=String()), bindparam("moment", type_=Moment())
    return query.where(kind.secret_hash == secret, kind.expires_at > moment)
