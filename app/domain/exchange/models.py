"""Both sides of the exchange: what was sent, what arrived, and the chain of receipts of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.documents.models import Document
from app.domain.orgunits.models import Unit
from app.kernel.clock import now
from app.kernel.db import Model

UNTOLD = "told_at IS NULL AND sequence > 0"
"""Receipts that nobody has brought to the sender; the first one is the answer to the message itself."""


class Message(Model):
    """What an agency sends, to one or many: its id is permanent, its content fixed by the manifest.

    `kind`: new, recall, update or replace; `relates_to` is the message that is recalled, updated or replaced, or the
    refused one that this one corrects. `manifest` is empty until the content is fixed, before anything leaves.
    """

    __tablename__ = "message"

    sender_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(default="new")
    manifest: Mapped[str] = mapped_column(default="")
    manifest_sha256: Mapped[str] = mapped_column(default="")
    relates_to: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime] = mapped_column(default=now)

    sender: Mapped[Unit] = relationship()


class Delivery(Model):
    """The sender's side: one message to one recipient.

    `state`: waiting, delivered, refused (at the door: nothing was kept there), expired, cancelled, recalled or
    replaced; `is_late` when it was delivered after it had been given up. `status` is the furthest business status
    heard so far. `is_doubtful` when the last attempt may have arrived, so that the next one asks first. `cause` is why
    the last attempt failed. An axis that has taken it (`handed_at`) calls it `reference` and brings it further by
    itself.
    """

    __tablename__ = "delivery"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(default="")
    is_doubtful: Mapped[bool] = mapped_column(default=False)
    is_paused: Mapped[bool] = mapped_column(default=False)
    is_late: Mapped[bool] = mapped_column(default=False)
    handed_at: Mapped[datetime | None]
    reference: Mapped[str] = mapped_column(default="", server_default="", index=True)
    delivered_at: Mapped[datetime | None]
    receipt: Mapped[str | None]
    status: Mapped[str | None]
    status_at: Mapped[datetime | None]
    arrival_number: Mapped[int | None]

    recipient: Mapped[Unit] = relationship()
    document: Mapped[Document] = relationship()
    message: Mapped[Message] = relationship(lazy="joined")

    @property
    def is_handed(self) -> bool:
        """Whether an axis has it and may bring it at any moment, though nobody has said so yet."""
        return self.state == "waiting" and self.handed_at is not None

    __table_args__ = (UniqueConstraint("message_id", "recipient_id"), Index("ix_delivery_state", "state"))


class Attempt(Model):
    """One try to bring a message to its recipient; rows are added, never changed.

    `outcome`: delivered, handed (to an axis), refused, unavailable or doubtful; `cause` the code why, `next_at` when it
    is tried again, `milliseconds` how long it took.
    """

    __tablename__ = "attempt"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"), index=True)
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    outcome: Mapped[str]
    cause: Mapped[str] = mapped_column(default="")
    next_at: Mapped[datetime | None]
    milliseconds: Mapped[int] = mapped_column(default=0)


class DeliveryStatus(Model):
    """A receipt the sender heard (QĐ 28/2018: 01 to 06, 13, 15, 16); rows are added, never changed.

    `reason` is a code of the refusal, `note` its explanation. `body` and `signature` are the receipt itself, base64;
    `is_observed` when another system gave the status unsigned and our own agency attests that it heard it.
    """

    __tablename__ = "delivery_status"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"), index=True)
    report_id: Mapped[UUID] = mapped_column(unique=True)
    code: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="")
    sequence: Mapped[int]
    body: Mapped[str]
    signature: Mapped[str]
    sha256: Mapped[str]
    is_observed: Mapped[bool] = mapped_column(default=False)
    heard_at: Mapped[datetime] = mapped_column(default=now)


class Arrival(Model):
    """The recipient's side: a message that was kept, once, for ever.

    `state`: kept (durable, not yet looked at), admitted (its document and case are there), quarantined (with
    `cause`), refused, recalled or replaced. `envelope` is as it came. `triple` is number, notation and year, until it
    is refused. An axis calls it `reference`; `foreign_id` is what the sender calls its document, where it is not the
    message's id.
    """

    __tablename__ = "arrival"

    sender_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    message_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(default="new")
    relates_to: Mapped[UUID | None]
    manifest_sha256: Mapped[str]
    envelope: Mapped[dict[str, Any]]
    triple: Mapped[str | None]
    peer_id: Mapped[UUID | None] = mapped_column(ForeignKey("peer.id"))
    reference: Mapped[str] = mapped_column(default="")
    foreign_id: Mapped[str] = mapped_column(default="", server_default="")
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"), index=True)
    state: Mapped[str] = mapped_column(default="kept")
    cause: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=now)

    sender: Mapped[Unit] = relationship(foreign_keys=[sender_id])
    recipient: Mapped[Unit] = relationship(foreign_keys=[recipient_id])

    __table_args__ = (
        UniqueConstraint("sender_id", "message_id", "recipient_id"),
        UniqueConstraint("recipient_id", "sender_id", "triple"),
    )


class StatusReport(Model):
    """A receipt this agency gave to the sender: `body` and `signature` are its bytes (base64), the same for ever."""

    __tablename__ = "status_report"

    arrival_id: Mapped[UUID] = mapped_column(ForeignKey("arrival.id"))
    code: Mapped[str]
    by: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=now)
    sequence: Mapped[int]
    body: Mapped[str]
    signature: Mapped[str]
    sha256: Mapped[str]
    told_at: Mapped[datetime | None]

    arrival: Mapped[Arrival] = relationship()

    __table_args__ = (
        UniqueConstraint("arrival_id", "sequence"),
        Index("ix_status_report_untold", "arrival_id", sqlite_where=text(UNTOLD), postgresql_where=text(UNTOLD)),
    )


class Peer(Model):
    """Another deployment or an axis (trục liên thông) that carries messages of agencies that are not here.

    `profile`: peer, vxp or lgsp; `state`: open or paused; `way`: direct, it_fetches (it cannot be reached: what we have
    for it waits here, `called_at` is when it last came) or we_fetch (it cannot reach us: see `fetching`). After
    `failures` in a row its circuit is open: nothing is tried before `open_until`, then one at a time
    (`probing_until`). `authority` is a certificate (PEM) to trust, `client` the one we show (PEM), and `client_key`
    its sealed key. At `listed_at` it last named its agencies.
    """

    __tablename__ = "peer"

    name: Mapped[str] = mapped_column(unique=True)
    profile: Mapped[str]
    address: Mapped[str]
    authority: Mapped[str] = mapped_column(default="")
    client: Mapped[str] = mapped_column(default="", server_default="")
    client_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="open")
    way: Mapped[str] = mapped_column(default="direct", server_default="direct")
    called_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    open_until: Mapped[datetime | None]
    probing_until: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    listed_at: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(default=now)


class Route(Model):
    """Which peer carries to an agency; since `unlisted_at` it does not name it any more.

    An agency without a route is in this deployment, where somebody has a post in it; to others nothing leads.
    """

    __tablename__ = "route"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), unique=True)
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id"), index=True)
    unlisted_at: Mapped[datetime | None]

    peer: Mapped[Peer] = relationship(lazy="joined")


class Stranger(Model):
    """An agency that a peer publishes and nobody here knows, by its first identifier; `listed` as it was published."""

    __tablename__ = "stranger"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id"))
    code: Mapped[str]
    listed: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("peer_id", "code"),)


class ExchangeKey(Model):
    """An agency's exchange key (Ed25519), held by the server and never its seal; `public` is base64.

    `sealed` is the private part of our own agencies' keys; None for the keys that other deployments publish.
    """

    __tablename__ = "exchange_key"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(unique=True)
    public: Mapped[str]
    sealed: Mapped[str | None]
    valid_from: Mapped[datetime] = mapped_column(default=now)
    valid_to: Mapped[datetime | None]


class Mailbox(Model):
    """One of our agencies at an axis: what its system signs in with, `secret` sealed, and how far it has been emptied.

    `polled_to` is the moment before which nothing waits there any more; `cause` why the last look failed, empty when it
    did not.
    """

    __tablename__ = "mailbox"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    system_id: Mapped[str]
    secret: Mapped[str]
    polled_to: Mapped[datetime] = mapped_column(default=now)
    polled_at: Mapped[datetime | None]
    next_at: Mapped[datetime] = mapped_column(default=now, index=True)
    cause: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime] = mapped_column(default=now)

    unit: Mapped[Unit] = relationship(lazy="joined")
    peer: Mapped[Peer] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("peer_id", "unit_id"),)


class Pickup(Model):
    """One message that was fetched from an axis, by what the axis calls it; `cause` why it was refused, or empty."""

    __tablename__ = "pickup"

    mailbox_id: Mapped[UUID] = mapped_column(ForeignKey("mailbox.id"))
    reference: Mapped[str]
    sender: Mapped[str]
    cause: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("mailbox_id", "reference"),)
