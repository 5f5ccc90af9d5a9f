"""What must be true before a process of the product serves anyone."""

from app.domain.actors import queries as actors
from app.kernel.errors import OfficeError
from app.settings import Settings
from signing import profiles
from signing.errors import SigningNotConfigured, TrustRefused


class RefusedToStart(OfficeError):
    """A configuration that is not safe to run."""


def refuse_demo(settings: Settings) -> None:
    """A production start has neither demo keys nor demo people; needs an application context."""
    if not settings.production:
        return
    try:
        profiles.load(settings.pki, production=True)
    except TrustRefused as demo:
        raise RefusedToStart("start.demo_keys") from demo
    except SigningNotConfigured:
        pass  # the product runs; signing itself says what is missing
    if actors.has_demo_people():
        raise RefusedToStart("start.demo_people")
