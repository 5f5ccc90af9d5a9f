"""What a signature looks like on paper: the picture that was set up, or a drawn one for keys of the demonstration.

A seal is printed in its real size (NĐ 30/2020, Phụ lục I), whatever the size of its field.
"""

from app.domain.orgunits.models import Unit
from app.domain.signers import commands, queries
from app.domain.signers.models import SignerKey
from app.gateways.files import FileStore
from signing import appearance
from signing.appearance import Appearance


def of(key: SignerKey, store: FileStore) -> Appearance:
    """The picture of a set-up, else a drawn one, which signing takes from demonstration keys only.

    Errors: SigningRefused("appearance.*").
    """
    if key.image_sha256 is not None:
        with store.open(key.image_sha256) as file:
            look = Appearance.from_png(file.read())
        of_field = (key.image_width or commands.FIELD) / commands.FIELD
        return look.smaller(of_field) if key.unit_id is not None and of_field < 1 else look
    owner = queries.owner(key)
    return appearance.demo_seal(owner.name) if isinstance(owner, Unit) else appearance.demo_signature(key.reference)
