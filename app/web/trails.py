"""How far each recipient of a sent document is: arrived, registered, assigned, in progress, done (QĐ 28/2018)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.documents.models import Document
from app.domain.exchange import assignments, queries, recalling
from app.domain.exchange.assignments import Assignment
from app.domain.exchange.models import Delivery, DeliveryStatus
from app.domain.exchange.recalling import ANSWERS
from app.domain.exchange.statuses import DECLINED, FINAL, rank
from app.domain.orgunits import collation
from app.kernel import clock
from app.web.i18n import has, t

STAGES = ("01", "03", "04", "05", "06")


@dataclass(frozen=True)
class Trail:
    """One recipient: every status it returned; `late` when the document's deadline is over and it is not done."""

    delivery: Delivery
    heard: Sequence[DeliveryStatus]
    late: bool
    recall: Delivery | None = None
    assigned: Sequence[Assignment] = ()

    @property
    def on_the_way(self) -> str:
        """What there is to say of the way itself: that it failed, came late, or was taken back; a key of words."""
        if self.recall is not None and self.recall.status not in ANSWERS:
            return "sent.way.recalling"
        if self.recall is not None and self.recall.status == DECLINED:
            return "sent.way.declined"
        if self.delivery.state == "delivered":
            return "sent.way.delivered_late" if self.delivery.is_late else ""
        return f"sent.way.{self.delivery.state}" if self.delivery.state != "waiting" or self.delivery.cause else ""

    def at(self, code: str) -> DeliveryStatus | None:
        """The first time this status was heard."""
        return next((one for one in self.heard if one.code == code), None)

    @property
    def refused(self) -> DeliveryStatus | None:
        """The refusal, with its reason, if there was one."""
        return self.at("02")

    @property
    def why(self) -> str:
        """The reason of the refusal in the reader's words, then what was written with it."""
        return (
            "" if self.refused is None else ": ".join(one for one in (_reason(self.refused), self.refused.note) if one)
        )

    @property
    def order(self) -> tuple[bool, bool, int, tuple[str, str]]:
        """Late first, then refused, then whoever is least far; by name where they are equal."""
        name = collation.order(self.delivery.recipient.short_name)
        return (not self.late, self.refused is None, rank(self.delivery.status), name)


@dataclass(frozen=True)
class Share:
    """How many recipients stand at one stage; `code` "" is on its way."""

    code: str
    count: int


def of_document(document: Document) -> list[Trail]:
    """The recipients of a sent document, late ones first; seven statements however many there are."""
    deliveries = queries.deliveries(document.id)
    heard = queries.trails(one.id for one in deliveries)
    over = document.due_on is not None and document.due_on < clock.office_day()
    recalls, assigned = _recalls(deliveries), assignments.below(document.unit_id, deliveries)
    found = [
        Trail(
            delivery=one,
            heard=heard[one.id],
            late=over and one.status not in FINAL,
            recall=recalls.get(one.recipient_id),
            assigned=assigned.get(one.recipient_id, ()),
        )
        for one in deliveries
    ]
    return sorted(found, key=lambda trail: trail.order)


def shares(trails: Sequence[Trail]) -> list[Share]:
    """The recipients by stage, furthest first; stages where nobody stands are left out."""
    codes = [trail.delivery.status or "" for trail in trails]
    order = ("06", "05", "04", "03", "01", "", "02")
    return [Share(code, codes.count(code)) for code in order if code in codes]


def complete(trails: Sequence[Trail]) -> bool:
    """Whether no more news is to come."""
    return bool(trails) and all(trail.delivery.status in FINAL for trail in trails)


def _recalls(deliveries: Sequence[Delivery]) -> dict[UUID, Delivery]:
    """What became of the wish to recall, by recipient."""
    wish = recalling.of(deliveries[0].message_id) if deliveries else None
    return {} if wish is None else {one.recipient_id: one for one in queries.of_message(wish.id)}


def _reason(refusal: DeliveryStatus) -> str:
    """A reason that is not in the catalogue comes from another system and is shown as that wrote it."""
    key = f"refusal.{refusal.reason}"
    return t(key) if has(key) else refusal.reason
