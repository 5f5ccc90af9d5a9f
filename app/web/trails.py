"""How far each recipient of a sent document is: arrived, registered, assigned, in progress, done (QĐ 28/2018)."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.documents.models import Document
from app.domain.exchange import assignments, queries, succeeding
from app.domain.exchange.assignments import Assignment
from app.domain.exchange.models import Delivery, DeliveryStatus
from app.domain.exchange.statuses import AGREED, ASKED, DECLINED, FINAL, HELD, LOST, TO_BE_FETCHED, agrees, rank
from app.domain.orgunits import collation
from app.kernel import clock
from app.web.i18n import has, t
from interchange.envelope import WISHES

STAGES = ("01", "03", "04", "05", "06")
STANDINGS = (
    *("06", "05", "04", "03", AGREED, "01", "", HELD, "02", DECLINED, "expired", "cancelled", "recalled", "replaced"),
)
"""Where a recipient can stand, from the end of the road to those who will not go it; "" is on its way."""
TROUBLES = frozenset({HELD, "02", DECLINED, "expired"})
"""Where somebody has to do something."""


@dataclass(frozen=True)
class Trail:
    """One recipient: every status it returned; `late` when the document's deadline is over and it is not done."""

    delivery: Delivery
    heard: Sequence[DeliveryStatus]
    late: bool
    wish: Delivery | None = None
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
        """What there is to say of the way itself: wished back, tried again, resting or come late; a key of words."""
        if wished := self._wished:
            return wished
        if self.delivery.state == "waiting":
            return _resting(self.delivery)
        return "sent.way.delivered_late" if self.delivery.is_late else ""

    @property
    def answer(self) -> DeliveryStatus | None:
        """The last word on the wish to recall, update or replace it: that it was asked (13), or the answer (15, 16)."""
        said = [one for one in self.wished if one.code in (ASKED, AGREED, DECLINED)]
        return said[-1] if said else None

    @property
    def said(self) -> DeliveryStatus | None:
        """What the recipient said that makes it stand where it does: who and when; None while it said nothing."""
        code = AGREED if self.standing in ("recalled", "replaced") else self.standing
        return next((one for one in (*self.heard, *self.wished) if one.code == code), None)

    @property
    def reached(self) -> int:
        """How many stages of the road are behind this recipient."""
        furthest = max((rank(one.code) for one in self.heard if one.code in STAGES), default=-1)
        return sum(rank(code) <= furthest for code in STAGES)

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
    wished = queries.wishes_about(deliveries[0].message_id) if deliveries else {}
    answers = queries.trails(one.id for one in wished.values())
    assigned = assignments.below(document.unit_id, deliveries)
    found = [
        Trail(
            delivery=one,
            heard=heard[one.id],
            late=over and one.status not in FINAL and one.state not in LOST,
            wish=wished.get(one.recipient_id),
            wished=answers[wished[one.recipient_id].id] if one.recipient_id in wished else (),
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


def _resting(delivery: Delivery) -> str:
    """Why a delivery that waits is not under way; a key of words, none while there is nothing to say."""
    if delivery.is_paused:
        return "sent.way.paused"
    if delivery.cause == TO_BE_FETCHED:
        return "sent.way.to_be_fetched"
    return "sent.way.waiting" if delivery.cause and not delivery.is_handed else ""


def _is_over(trail: Trail) -> bool:
    if trail.wish is not None and trail.wish.state not in LOST and not succeeding.is_answered(trail.wish):
        return False
    return trail.delivery.status in FINAL or trail.delivery.state in LOST


def _reason(refusal: DeliveryStatus) -> str:
    """A reason that is not in the catalogue comes from another system and is shown as that wrote it."""
    key = f"refusal.{refusal.reason}"
    return t(key) if has(key) else refusal.reason
