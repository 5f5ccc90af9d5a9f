"""Keys people and agencies sign with, who holds an agency's, and how long somebody has proved to be its holder."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.db import Model


class SignerKey(Model):
    """One key as it is set up for signing: a person's or an agency's (`unit_id`), never both.

    `provider` says where the key is (a name in the signing profile, "demo", "agent" or "vgca" for the user's own
    machine), `reference` which one there. `state`: draft, ready, retired. `image_sha256` is the picture of the
    signature or seal, `image_width` its printed width in millimetres; a width without a picture means the drawn one of
    the demonstration. `test_verdict`: "waiting" for a worker, a verdict ("valid"), or the code of what went wrong;
    `test_found` and `sample_sha256` are what the verifier said of the last sample. `reminded`: days before the end
    already told.
    """

    __tablename__ = "signer_key"

    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    provider: Mapped[str]
    reference: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    certificate: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    issuer: Mapped[str] = mapped_column(default="")
    serial: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    image_sha256: Mapped[str | None]
    image_width: Mapped[int | None]
    tested_at: Mapped[datetime | None]
    test_verdict: Mapped[str] = mapped_column(default="")
    test_found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sample_sha256: Mapped[str | None]
    reminded: Mapped[list[Any]] = mapped_column(default=list)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)


class KeyHolding(Model):
    """Who keeps an agency's key device, from when to when, and by which record (NĐ 30/2020, Điều 32.2b, c)."""

    __tablename__ = "key_holding"

    key_id: Mapped[UUID] = mapped_column(ForeignKey("signer_key.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_by: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    record_name: Mapped[str] = mapped_column(default="")
    record_sha256: Mapped[str | None]
    since: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime | None]


class SigningSession(Model):
    """One authentication: the PIN of a key, sealed, until it was used or a few minutes are over."""

    __tablename__ = "signing_session"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("signer_key.id"), index=True)
    secret: Mapped[bytes | None]
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
