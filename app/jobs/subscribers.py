"""Which work each fact promises; those who do it (`outbox.HANDLERS`) are heavy and live in workers only."""

from app.domain.cases.events import ChildEnded
from app.domain.documents.events import PreparationRequested
from app.domain.exchange.events import DeliveryRequested, StatusReported
from app.domain.signatures.events import SignatureRequested, VerificationRequested
from app.kernel.events import Event

SUBSCRIBERS: dict[type[Event], tuple[str, ...]] = {
    PreparationRequested: ("documents.prepare",),
    SignatureRequested: ("signatures.sign",),
    VerificationRequested: ("signatures.check",),
    DeliveryRequested: ("exchange.deliver",),
    StatusReported: ("exchange.tell",),
    ChildEnded: ("cases.report_end",),
}
