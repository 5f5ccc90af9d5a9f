"""How far each recipient of a sent document is: arrived, registered, assigned, in progress, done (QĐ 28/2018)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.documents.models import Document
from app.domain.exchange import assignments, queries, recalling
from app.domain.exchange.assignments import Assignment
from app.domain.exchange.models import Delivery, DeliveryStatus
from app.domain.exchange.recalling import ANSWERS
from app.domain.exchange.statuses import AGREED, ASKED, DECLINED, FINAL, HELD, LOST, rank
from app.domain.orgunits import collation
from app.kernel import clock
from app.web.i18n import has, t

STAGES = ("01", "03", "04", "05", "06")
STANDINGS = ("06", "05", "04", "03", "01", "", HELD, "02", "expired", "cancelled", "recalled")
"""Where a recipient can stand, from the end of the road to those who will not go it; "" is on its way."""
TROUBLES = frozenset({HELD, "02", "expired"})
"""Where somebody has to do something."""


@dataclass(frozen=True)
class Trail:
    """One recipient: every status it returned; `late` when the document's deadline is over and it is not done."""

    delivery: Delivery
    heard: Sequence[DeliveryStatus]
    late: bool
    recall: Delivery | None = None
    wished: Sequence[DeliveryStatus] = ()
    assigned: Sequence[Assignment] = ()

    @property
    def standing(self) -> str:
        """Where this recipient is, one of STANDINGS: the furthest status, unless the way ended before or apart."""
        state, status = self.delivery.state, self.delivery.status or ""
        if state == "refused" or status == "02":
            return "02"
        if state in LOST:
            return state
        return HELD if status == "01" and self.heard and self.heard[-1].code == HELD else status

    @property
    def on_the_way(self) -> str:
        """What there is to say of the way itself: that it is tried again, rests or came late; a key of words."""
        if self.delivery.state == "waiting":
            rests = "paused" if self.delivery.is_paused else "waiting" if self.delivery.cause else ""
            return rests and f"sent.way.{rests}"
        return "sent.way.delivered_late" if self.delivery.is_late else ""

    @property
    def wish(self) -> DeliveryStatus | None:
        """The last word on the wish to take the document back: that it was asked (13), or the answer (15, 16)."""
        said = [one for one in self.wished if one.code in (ASKED, AGREED, DECLINED)]
        return said[-1] if said else None

    @property
    def said(self) -> DeliveryStatus | None:
        """What the recipient said that makes it stand where it does: who and when; None while it said nothing."""
        code = "15" if self.standing == "recalled" else self.standing
        return next((one for one in (*self.heard, *self.wished) if one.code == code), None)

    @property
    def reached(self) -> int:
        """How many stages of the road are behind this recipient."""
        return max((i for i, code in enumerate(STAGES, 1) if rank(code) <= self._furthest), default=0)

    @property
    def _furthest(self) -> int:
        return max((rank(one.code) for one in self.heard if one.code in STAGES), default=-1)

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
        """Late first, then whoever refused or was not reached, then the least far; by name where they are equal."""
        name = collation.order(self.delivery.recipient.short_name)
        return (not self.late, self.standing not in TROUBLES, rank(self.delivery.status), name)


@dataclass(frozen=True)
class Share:
    """How many recipients stand at one stage; `code` "" is on its way."""

    code: str
    count: int

    @property
    def asked(self) -> str:
        """What the address asks for to see only these."""
        return self.code or "none"


def of_document(document: Document) -> list[Trail]:
    """The recipients of a sent document, late ones first; eight statements however many there are."""
    deliveries = queries.deliveries(document.id)
    heard = queries.trails(one.id for one in deliveries)
    over = document.due_on is not None and document.due_on < clock.office_day()
    recalls, assigned = _recalls(deliveries), assignments.below(document.unit_id, deliveries)
    wished = queries.trails(one.id for one in recalls.values())
    found = [
        Trail(
            delivery=one,
            heard=heard[one.id],
            late=over and one.status not in FINAL and one.state not in LOST,
            recall=recalls.get(one.recipient_id),
            wished=wished[recalls[one.recipient_id].id] if one.recipient_id in recalls else (),
            assigned=assigned.get(one.recipient_id, ()),
        )
        for one in deliveries
    ]
    return sorted(found, key=lambda trail: trail.order)


def shares(trails: Sequence[Trail]) -> list[Share]:
    """The recipients by where they stand, furthest first; where nobody stands is left out."""
    codes = [trail.standing for trail in trails]
    return [Share(code, codes.count(code)) for code in STANDINGS if code in codes]


def complete(trails: Sequence[Trail]) -> bool:
    """Whether no more news is to come."""
    return bool(trails) and all(_is_over(trail) for trail in trails)


def _is_over(trail: Trail) -> bool:
    asked = trail.recall is not None and trail.recall.status not in ANSWERS and trail.recall.state not in LOST
    return not asked and (trail.delivery.status in FINAL or trail.delivery.state in LOST)


def _recalls(deliveries: Sequence[Delivery]) -> dict[UUID, Delivery]:
    """What became of the wish to recall, by recipient."""
    wish = recalling.of(deliveries[0].message_id) if deliveries else None
    return {} if wish is None else {one.recipient_id: one for one in queries.of_message(wish.id)}


def _reason(refusal: DeliveryStatus) -> str:
    """A reason that is not in the catalogue comes from another system and is shown as that wrote it."""
    key = f"refusal.{refusal.reason}"
    return t(key) if has(key) else refusal.reason
