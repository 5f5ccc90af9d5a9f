"""Who calls: every request carries its token."""

from flask import g, request

from app.domain.access import queries as access
from app.domain.actors import queries as actors
from app.kernel.errors import Forbidden


class Unsigned(Forbidden):
    """No token, or one that does not work."""


def sign_in() -> None:
    """Turn the bearer token into the actor of this request."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    person_id = actors.holder_of_token(secret) if scheme.lower() == "bearer" and secret else None
    if person_id is None:
        raise Unsigned("token.refused")
    g.actor = access.actor_of(person_id)
