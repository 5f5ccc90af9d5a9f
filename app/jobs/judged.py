"""What was found out about a received file a moment ago: one document to a hundred agencies here is judged once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from app.gateways.files import FileStore
from app.jobs.signingprofile import believed, profile
from app.kernel import clock
from signing import confined
from signing.profiles import Profile
from signing.trust import TrustStore
from signing.verdict import Verdict

LASTS = timedelta(minutes=1)
MOST = 16


@dataclass(frozen=True)
class Judged:
    """A verdict with whom it believed; `renew_at` is when the file's archive time stamp has to be renewed."""

    verdict: Verdict
    trust: TrustStore
    renew_at: datetime | None
    at: datetime
    profile: Profile


def received(sha256: str) -> Judged:
    """The verdict on a file of the store, at most a minute old, by the signing profile of now. Errors: SigningError."""
    kept: dict[str, Judged] = current_app.extensions.setdefault("judged", {})
    found = kept.get(sha256)
    if found is None or found.profile is not profile() or not timedelta() <= clock.now() - found.at < LASTS:
        store: FileStore = current_app.extensions["files"]
        path, trust = store.path(sha256), believed()
        verdict = confined.verify(path, trust, budget=confined.IN_NO_HURRY)
        found = Judged(verdict, trust, confined.due(path, verdict, confined.IN_NO_HURRY), clock.now(), profile())
        while len(kept) >= MOST:
            del kept[next(iter(kept))]
        kept[sha256] = found
    return found
