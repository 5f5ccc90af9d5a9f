"""What waits here for agencies whose deployment nobody can reach: they come for it, and leave their receipt."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.exchange import messages
from app.domain.exchange.models import Delivery
from app.kernel.db import db
from app.kernel.errors import Missing

AT_A_TIME = 100


def waiting(unit_id: UUID) -> list[str]:
    """The deliveries that wait for an agency, oldest first."""
    query = select(Delivery.id).where(Delivery.recipient_id == unit_id, Delivery.state == "waiting")
    found = db.session.scalars(query.where(~Delivery.is_paused).order_by(Delivery.made_at).limit(AT_A_TIME))
    return [str(one) for one in found]


def envelope(unit_id: UUID, delivery_id: UUID) -> dict[str, Any]:
    """The message of a delivery to an agency. Errors: Missing for those to others."""
    _require(unit_id, delivery_id)
    return asdict(messages.envelope(delivery_id))


def require_file(unit_id: UUID, delivery_id: UUID, sha256: str) -> None:
    """Refuse files that are not part of a delivery to an agency. Errors: Missing."""
    _require(unit_id, delivery_id)
    if sha256 not in {one.sha256 for one in messages.envelope(delivery_id).files}:
        raise Missing("file.missing")


def _require(unit_id: UUID, delivery_id: UUID) -> None:
    found = db.session.get(Delivery, delivery_id)
    if found is None or found.recipient_id != unit_id:
        raise Missing("delivery.missing")
