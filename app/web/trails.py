"""How far each recipient of a sent document is: arrived, registered, assigned, in progress, done (QĐ 28/2018)."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.documents.models import Document
from app.domain.exchange import assignments, queries, succeeding
from app.domain.exchange.assignments import Assignment
from app.domain.exchange.models import Delivery, DeliveryStatus
from app.domain.exchange.statuses import AGREED, DECLINED, FINAL, LOST, agrees, rank
from app.domain.orgunits import collation
from app.kernel import clock
from app.web.i18n import has, t
from interchange.envelope import WISHES

STAGES = ("01", "03", "04", "05", "06")


@dataclass(frozen=True)
class Trail:
    """One recipient: every status it returned; `late` when the document's deadline is over and it is not done."""

    delivery: Delivery
    heard: Sequence[DeliveryStatus]
    late: bool
    wish: Delivery | None = None
    assigned: Sequence[Assignment] = ()

    @property
    def on_the_way(self) -> str:
        """What there is to say of the way itself: that it failed, came late, or was wished back; a key of words."""
        if wished := self._wished:
            return wished
        if self.delivery.state == "delivered":
            return "sent.way.delivered_late" if self.delivery.is_late else ""
        return f"sent.way.{self.delivery.state}" if self.delivery.state != "waiting" or self.delivery.cause else ""

    @property
    def _wished(self) -> str:
        """What became of the wish to recall, update or replace it here, or of its own to update or replace another."""
        wish = self.wish or self.delivery
        kind = wish.message.kind
        if kind not in WISHES or wish.state in LOST:
            return ""
        if not succeeding.is_answered(wish):
            return f"sent.way.asked.{kind}"
        if not agrees(wish.status):
            return f"sent.way.declined.{kind}"
        return "sent.way.updated" if kind == "update" else ""

    def at(self, code: str) -> DeliveryStatus | None:
        """The first time this status was heard."""
        return next((one for one in self.heard if one.code == code), None)

    @property
    def refused(self) -> DeliveryStatus | None:
        """The refusal, with its reason, if there was one."""
        return self.at("02") or self.at(DECLINED)

    @property
    def why(self) -> str:
        """The reason of the refusal in the reader's words, then what was written with it."""
        if self.refused is not None:
            return ": ".join(one for one in (_reason(self.refused), self.refused.note) if one)
        return t(self.delivery.cause) if self.delivery.state == "refused" and has(self.delivery.cause) else ""

    @property
    def may_correct(self) -> bool:
        """Whether a corrected document may be sent to whoever refused this one."""
        return succeeding.is_refused(self.delivery)

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
    wished = queries.wishes_about(deliveries[0].message_id) if deliveries else {}
    assigned = assignments.below(document.unit_id, deliveries)
    found = [
        Trail(
            delivery=one,
            heard=heard[one.id],
            late=over and one.status not in FINAL,
            wish=wished.get(one.recipient_id),
            assigned=assigned.get(one.recipient_id, ()),
        )
        for one in deliveries
    ]
    return sorted(found, key=lambda trail: trail.order)


def shares(trails: Sequence[Trail]) -> list[Share]:
    """The recipients by stage, furthest first; stages where nobody stands are left out."""
    codes = [trail.delivery.status or "" for trail in trails]
    order = ("06", "05", "04", "03", AGREED, "01", "", "02", DECLINED)
    return [Share(code, codes.count(code)) for code in order if code in codes]


def complete(trails: Sequence[Trail]) -> bool:
    """Whether no more news is to come."""
    return bool(trails) and all(trail.delivery.status in FINAL for trail in trails)


def _reason(refusal: DeliveryStatus) -> str:
    """A reason that is not in the catalogue comes from another system and is shown as that wrote it."""
    key = f"refusal.{refusal.reason}"
    return t(key) if has(key) else refusal.reason
