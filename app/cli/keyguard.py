"""The same for keys; apart, because it needs the whole library of signing and only those who sign should pay for it."""

from app.cli.guard import RefusedToStart
from app.settings import Settings
from signing import profiles
from signing.errors import SigningNotConfigured, TrustRefused


def refuse_demo_keys(settings: Settings) -> None:
    """No demonstration key signs or is believed in production."""
    if not settings.production:
        return
    try:
        profiles.load(settings.pki, production=True)
    except TrustRefused as demo:
        raise RefusedToStart("start.demo_keys") from demo
    except SigningNotConfigured:
        pass  # the product runs; signing itself says what is missing
