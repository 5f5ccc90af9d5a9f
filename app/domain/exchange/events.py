"""What can have happened in the exchange."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class DeliveryRequested(Event):
    """`about` is the document."""

    name = "delivery.requested"
    delivery_id: str


@dataclass(frozen=True, kw_only=True)
class DeliveryMade(Event):
    name = "delivery.made"
    delivery_id: str


@dataclass(frozen=True, kw_only=True)
class MessageKept(Event):
    name = "arrival.kept"
    arrival_id: str


@dataclass(frozen=True, kw_only=True)
class StatusReported(Event):
    """`about` is the received document."""

    name = "arrival.status_reported"
    report_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class StatusHeard(Event):
    """`about` is the sent document."""

    name = "delivery.status_heard"
    delivery_id: str
    code: str
