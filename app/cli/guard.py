"""What must be true before a process of the product serves anyone in production."""

from app.domain.actors import queries as actors
from app.kernel.errors import OfficeError
from app.settings import Settings


class RefusedToStart(OfficeError):
    """A configuration that is not safe to run."""


def refuse_demo_people(settings: Settings) -> None:
    """Nobody signs in with a password that stands in the README; needs an application context."""
    if settings.production and actors.has_demo_people():
        raise RefusedToStart("start.demo_people")
