"""Which work each fact promises; those who do it (`outbox.HANDLERS`) are heavy and live in workers only."""

from app.domain.cases.events import BulkBegun, ChildEnded, MessageSent, SignalReached, SignalSent, TriggerPulled
from app.domain.cases.milestones import ImpactAsked, RolloutCalled, RolloutMoved
from app.domain.documents.events import PreparationRequested
from app.domain.exchange.events import (
    ComparisonDue,
    DeliveryRequested,
    DirectoryDue,
    FetchDue,
    MailboxDue,
    MessageStored,
    StatusReported,
)
from app.domain.orgunits.events import CalendarChanged
from app.domain.signatures.events import (
    CopyRequested,
    CopySealRequested,
    SignatureAnswered,
    SignatureBegun,
    SignatureRequested,
    VerificationRequested,
)
from app.domain.signatures.milestones import CheckAsked, ListsDue, RenewalAsked
from app.domain.signers.events import SignerKeyChosen, SignerTestAsked
from app.kernel.events import Event

SUBSCRIBERS: dict[type[Event], tuple[str, ...]] = {
    PreparationRequested: ("documents.prepare",),
    SignatureRequested: ("signatures.sign",),
    SignatureBegun: ("signatures.lay_out",),
    SignatureAnswered: ("signatures.take",),
    VerificationRequested: ("signatures.check", "attachments.check"),
    CheckAsked: ("proofs.check",),
    RenewalAsked: ("proofs.renew",),
    ListsDue: ("proofs.refresh",),
    SignerKeyChosen: ("signers.read",),
    SignerTestAsked: ("signers.test",),
    CopyRequested: ("copies.make",),
    CopySealRequested: ("copies.close",),
    DeliveryRequested: ("exchange.deliver",),
    MessageStored: ("exchange.admit",),
    StatusReported: ("exchange.tell",),
    MailboxDue: ("exchange.poll",),
    FetchDue: ("exchange.fetch",),
    ComparisonDue: ("exchange.compare",),
    DirectoryDue: ("exchange.list",),
    MessageSent: ("cases.deliver",),
    SignalSent: ("cases.broadcast",),
    SignalReached: ("cases.hear",),
    TriggerPulled: ("cases.begin",),
    CalendarChanged: ("cases.reckon",),
    BulkBegun: ("cases.bulk",),
    ChildEnded: ("cases.report_end",),
    ImpactAsked: ("cases.foresee",),
    RolloutCalled: ("cases.publish",),
    RolloutMoved: ("cases.announce",),
}
