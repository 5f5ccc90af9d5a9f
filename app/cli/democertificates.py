"""What the certificates of the demonstration say: its signers are set up without anybody going through the steps."""

from sqlalchemy import select

from app.domain.signers.models import SignerKey
from app.jobs import keyring
from app.kernel.db import command, db


@command
def note() -> None:
    """Keep with each set-up of the demonstration to whom, by whom and until when its certificate was issued."""
    mine = SignerKey.provider == "demo", SignerKey.state == "ready", SignerKey.certificate == ""
    for key in db.session.scalars(select(SignerKey).where(*mine)):
        read = keyring.shown(key)
        key.certificate, key.subject, key.issuer, key.serial = read.pem, read.name, read.issuer, read.serial
        key.valid_from, key.valid_until = read.valid_from, read.valid_until
