"""Reading who signs with what."""

from uuid import UUID

from sqlalchemy import select

from app.domain.signers.models import KeyHolding, SignerKey
from app.kernel.db import db
from app.kernel.errors import Missing


def key(key_id: UUID) -> SignerKey:
    """One set-up. Errors: Missing."""
    found = db.session.get(SignerKey, key_id)
    if found is None:
        raise Missing("signer.missing")
    return found


def key_of_person(person_id: UUID) -> SignerKey | None:
    """What a person signs with; None before it is set up."""
    return _ready(SignerKey.person_id == person_id)


def key_of_unit(unit_id: UUID) -> SignerKey | None:
    """What an agency signs with; None before it is set up."""
    return _ready(SignerKey.unit_id == unit_id)


def claimed_files() -> set[str]:
    """The files of the store that set-ups name: pictures and records of hand-over."""
    pictures = select(SignerKey.image_sha256).where(SignerKey.image_sha256.is_not(None))
    records = select(KeyHolding.record_sha256).where(KeyHolding.record_sha256.is_not(None))
    return {name for name in db.session.scalars(pictures.union(records)) if name is not None}


def _ready(owner: object) -> SignerKey | None:
    query = select(SignerKey).where(owner, SignerKey.state == "ready")  # type: ignore[arg-type]  # a condition
    return db.session.scalar(query.order_by(SignerKey.made_at.desc()).limit(1))
