"""Why something did not go through the exchange, in the words of whoever reads of it there, and what to do next."""

from app.domain.exchange.models import Arrival, Delivery
from app.domain.exchange.statuses import TO_BE_FETCHED
from app.web.i18n import has, places, t


def why(code: str) -> str:
    """A cause in words; one that only another system knows is shown as it wrote it.

    What is said to whoever uploads a file is not what helps whoever received it: `cause.*` goes before.
    """
    if has(f"cause.{code}"):
        return t(f"cause.{code}")
    return t(code) if code and has(code) and not places(t(code)) else code


def after_delivery(delivery: Delivery) -> str:
    """What the sender's people should do about a delivery, or that they need do nothing; a key of words."""
    if delivery.state == "waiting":
        return f"exchange.next.{_resting(delivery)}"
    if delivery.state == "delivered":
        held = delivery.status == "02"
        return "exchange.next.refused_there" if held else "exchange.next.delivered"
    return f"exchange.next.{delivery.state}"


def _resting(delivery: Delivery) -> str:
    if delivery.is_paused:
        return "paused"
    if delivery.cause == TO_BE_FETCHED:
        return "to_be_fetched"
    if delivery.is_handed:
        return "handed"
    return "trying" if delivery.cause else "queued"


def after_arrival(arrival: Arrival) -> str:
    """What the recipient's people should do about a message that came; a key of words."""
    return f"exchange.next.{arrival.state}" if arrival.state in ("kept", "quarantined") else ""
