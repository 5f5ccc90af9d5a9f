"""What this installation signs with, opened once in each process."""

from pathlib import Path

from flask import current_app

from signing import profiles
from signing.profiles import Profile
from signing.revocation import RevocationCache
from signing.trust import TrustStore


def profile() -> Profile:
    """The signing profile of this installation. Errors: SigningNotConfigured without one, TrustRefused."""
    kept: Profile | None = current_app.extensions.get("signing")
    if kept is None:
        folder: Path = current_app.config["PKI"]
        kept = profiles.load(folder, production=current_app.config["PRODUCTION"])
        current_app.extensions["signing"] = kept
    return kept


def fetched() -> RevocationCache:
    """The revocation lists that this installation has fetched."""
    return RevocationCache(current_app.config["PKI"] / "revocation")


def believed() -> TrustStore:
    """Whom this installation believes, with the revocation lists it has fetched. Errors: as `profile`."""
    return fetched().known(profile().trust)
