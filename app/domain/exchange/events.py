"""What can have happened in the exchange."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class DeliveryRequested(Event):
    """`about` is the document; `peer_id` who carries it, empty when the recipient is in this deployment."""

    name = "delivery.requested"
    delivery_id: str
    peer_id: str


@dataclass(frozen=True, kw_only=True)
class DeliveryMade(Event):
    name = "delivery.made"
    delivery_id: str


@dataclass(frozen=True, kw_only=True)
class DeliveryLost(Event):
    """It was refused at the door, has expired or was cancelled: `state`, and `cause` the code why."""

    name = "delivery.lost"
    delivery_id: str
    state: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class DeliveryChanged(Event):
    """An operator paused it, let it go on, or had it sent again: `act`."""

    name = "delivery.changed"
    delivery_id: str
    act: str


@dataclass(frozen=True, kw_only=True)
class MessageStored(Event):
    """A message of another deployment is kept and waits to be looked at; `about` is the arrival."""

    name = "arrival.stored"


@dataclass(frozen=True, kw_only=True)
class MessageKept(Event):
    name = "arrival.kept"
    arrival_id: str


@dataclass(frozen=True, kw_only=True)
class MessageQuarantined(Event):
    """`about` is the arrival."""

    name = "arrival.quarantined"
    cause: str


@dataclass(frozen=True, kw_only=True)
class StatusReported(Event):
    """`about` is the received document, or the arrival while there is none; `peer_id` as in `DeliveryRequested`."""

    name = "arrival.status_reported"
    report_id: str
    code: str
    peer_id: str


@dataclass(frozen=True, kw_only=True)
class StatusHeard(Event):
    """`about` is the sent document."""

    name = "delivery.status_heard"
    delivery_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class PeerChanged(Event):
    """`about` is the peer; `act` is what was done: added, paused, resumed, trusted, presented."""

    name = "peer.changed"
    act: str


@dataclass(frozen=True, kw_only=True)
class RecallAsked(Event):
    """`about` is the sent document, `message_id` the wish."""

    name = "recall.asked"
    message_id: str


@dataclass(frozen=True, kw_only=True)
class RecallAnswered(Event):
    """`about` is the sent document; `delivery_id` the delivery that was given back."""

    name = "recall.answered"
    delivery_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class DocumentRecalled(Event):
    """`about` is the received document."""

    name = "document.recalled"


@dataclass(frozen=True, kw_only=True)
class KeyRenewed(Event):
    """`about` is the agency whose exchange key is another one now."""

    name = "exchange_key.renewed"


@dataclass(frozen=True, kw_only=True)
class SuccessorBegun(Event):
    """`about` is the sent document, `document_id` the one that is going to correct, update or replace it: `kind`."""

    name = "successor.begun"
    document_id: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class SuccessorAsked(Event):
    """`about` is the sent document, `message_id` what updates or replaces it."""

    name = "successor.asked"
    message_id: str


@dataclass(frozen=True, kw_only=True)
class SuccessorAnswered(Event):
    """`about` is the sent document, `delivery_id` that of its successor to whoever answered."""

    name = "successor.answered"
    delivery_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class DocumentSucceeded(Event):
    """`about` is the received document, `document_id` the one that updates or replaces it."""

    name = "document.succeeded"
    document_id: str


@dataclass(frozen=True, kw_only=True)
class MailboxDue(Event):
    """Somebody should look whether anything waits for one of our agencies at an axis; `about` is the mailbox."""

    name = "mailbox.due"


@dataclass(frozen=True, kw_only=True)
class MailboxChanged(Event):
    """What an agency signs in with at an axis was given or taken away (`act`); `about` is the peer."""

    name = "mailbox.changed"
    unit_id: str
    act: str


@dataclass(frozen=True, kw_only=True)
class FetchDue(Event):
    """Somebody should fetch what waits for us at a deployment that cannot reach us; `about` is the source."""

    name = "source.due"


@dataclass(frozen=True, kw_only=True)
class ComparisonDue(Event):
    """The ledger of a peer should be compared with ours; `about` is the peer."""

    name = "peer.comparison_due"
    peer_id: str


@dataclass(frozen=True, kw_only=True)
class SuccessorNamed(Event):
    """`about` is the abolished unit."""

    name = "unit.successor_named"
    successor_id: str


@dataclass(frozen=True, kw_only=True)
class AgencyTakenUp(Event):
    """`about` is the unit that was made of an agency which a peer publishes."""

    name = "unit.taken_up"
    peer_id: str


@dataclass(frozen=True, kw_only=True)
class AgencyRouted(Event):
    """`about` is an agency that is reached over an axis because its directory names it and no other way led there."""

    name = "unit.routed"
    peer_id: str


@dataclass(frozen=True, kw_only=True)
class AgencyUnlisted(Event):
    """`about` is an agency that the peer which carries to it does not name any more."""

    name = "unit.unlisted"
    peer_id: str


@dataclass(frozen=True, kw_only=True)
class DirectoryDue(Event):
    """An axis should be asked whom it reaches; `about` is the axis."""

    name = "peer.directory_due"
    peer_id: str
