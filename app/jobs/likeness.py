"""What a signature looks like on paper: the picture that was set up, or a drawn one for keys of the demonstration."""

from app.domain.orgunits.models import Unit
from app.domain.signers import queries
from app.domain.signers.models import SignerKey
from app.gateways.files import FileStore
from signing import appearance
from signing.appearance import Appearance
from signing.errors import SigningRefused


def of(key: SignerKey, store: FileStore) -> Appearance:
    """The picture of a set-up. Errors: SigningRefused("appearance.missing" | "appearance.*")."""
    if key.image_sha256 is not None:
        with store.open(key.image_sha256) as file:
            return Appearance.from_png(file.read())
    if key.provider != "demo":
        raise SigningRefused("appearance.missing")
    owner = queries.owner(key)
    return appearance.demo_seal(owner.name) if isinstance(owner, Unit) else appearance.demo_signature(key.reference)
