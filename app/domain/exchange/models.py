"""Both sides of the exchange: what was sent, what arrived, and the status trail of each."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.orgunits.models import Unit
from app.kernel.clock import now
from app.kernel.db import Model


class Delivery(Model):
    """The sender's side: one document to one recipient; `status` is the furthest business status heard so far."""

    __tablename__ = "delivery"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    message_id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    made_at: Mapped[datetime] = mapped_column(default=now)
    delivered_at: Mapped[datetime | None]
    receipt: Mapped[str | None]
    status: Mapped[str | None]
    status_at: Mapped[datetime | None]
    arrival_number: Mapped[int | None]

    recipient: Mapped[Unit] = relationship()

    __table_args__ = (UniqueConstraint("document_id", "recipient_id"),)


class DeliveryStatus(Model):
    """A status the sender heard (QĐ 28/2018: 01 to 06, 13, 15, 16); rows are added, never changed.

    `reason` is a code of the refusal, `note` its explanation.
    """

    __tablename__ = "delivery_status"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"), index=True)
    report_id: Mapped[UUID] = mapped_column(unique=True)
    code: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="")


class Arrival(Model):
    """The recipient's side: a message that was kept, once, for ever."""

    __tablename__ = "arrival"

    sender_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    message_id: Mapped[UUID]
    manifest_sha256: Mapped[str]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), unique=True)
    at: Mapped[datetime] = mapped_column(default=now)

    sender: Mapped[Unit] = relationship(foreign_keys=[sender_id])

    __table_args__ = (UniqueConstraint("sender_id", "message_id"),)


class StatusReport(Model):
    """A status this agency returned to the sender."""

    __tablename__ = "status_report"

    arrival_id: Mapped[UUID] = mapped_column(ForeignKey("arrival.id"), index=True)
    code: Mapped[str]
    by: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=now)
    told_at: Mapped[datetime | None]

    arrival: Mapped[Arrival] = relationship()
