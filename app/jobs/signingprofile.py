"""What this installation signs with, opened once in each process."""

from pathlib import Path

from flask import current_app

from signing import profiles
from signing.profiles import Profile


def profile() -> Profile:
    """The signing profile of this installation. Errors: SigningNotConfigured without one, TrustRefused."""
    kept: Profile | None = current_app.extensions.get("signing")
    if kept is None:
        folder: Path = current_app.config["PKI"]
        kept = profiles.load(folder, production=current_app.config["PRODUCTION"])
        current_app.extensions["signing"] = kept
    return kept
