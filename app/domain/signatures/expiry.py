"""Certificates that end: whoever signs with one hears of it 60, 30 and 7 days before, and when it is over."""

from uuid import UUID, uuid5

from sqlalchemy import select

from app.domain.cases import notices
from app.domain.orgunits import desks
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Post, PostHolder
from app.domain.signers import queries, rules
from app.domain.signers.models import SignerKey
from app.kernel.clock import OFFICE_ZONE, office_day
from app.kernel.db import command, db

DAYS = (60, 30, 7, 0)
AT_ONCE = 200


@command
def remind() -> int:
    """Tell holders, and for an agency's key also its head; each stage once, and only the latest that is due.

    How many notices were new.
    """
    query = select(SignerKey).where(SignerKey.state == "ready", SignerKey.valid_until.is_not(None))
    told = 0
    for key in db.session.scalars(query.order_by(SignerKey.valid_until).limit(AT_ONCE).with_for_update()):
        left = rules.days_left(key)
        due = [days for days in DAYS if left is not None and left <= days]
        if not due:
            break  # the later ones end later
        if due[-1] not in key.reminded:
            told += _tell(key, due[-1], left or 0)
            key.reminded = due
    return told


def _tell(key: SignerKey, stage: int, left: int) -> int:
    last = "" if key.valid_until is None else f"{key.valid_until.astimezone(OFFICE_ZONE):%d/%m/%Y}"
    detail = {"subject": key.subject, "days": max(left, 0), "day": last, "address": _address(key)}
    code = "notice.key_ends" if left > 0 else "notice.key_ended"
    return notices.give(_posts(key), once=uuid5(key.id, str(stage)), code=code, detail=detail)


def _address(key: SignerKey) -> str:
    return "/account/signing" if key.unit_id is None else f"/units/{orgunits.unit(key.unit_id).code}/signing"


def _posts(key: SignerKey) -> set[UUID]:
    """The posts of who holds a key, and of the head of its agency."""
    if key.unit_id is None:
        return _of(key.person_id)
    inside = desks.of(key.unit_id)
    head, held = desks.head(key.unit_id, inside), queries.holding(key.id)
    holder = _of(None if held is None else held.person_id) & {desk.post_id for desk in inside}
    return holder | (set() if head is None else {head.post_id})


def _of(person_id: UUID | None) -> set[UUID]:
    today = office_day()
    query = select(Post.id).join(PostHolder, PostHolder.post_id == Post.id).where(PostHolder.person_id == person_id)
    query = query.where(PostHolder.valid_from <= today)
    return set(db.session.scalars(query.where(PostHolder.valid_to.is_(None) | (PostHolder.valid_to >= today))))
