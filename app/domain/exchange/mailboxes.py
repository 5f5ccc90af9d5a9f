"""Our agencies at an axis (trục liên thông): what each signs in with, and what has been fetched from there."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from app.domain.actors.actor import Actor
from app.domain.exchange import keys, peers
from app.domain.exchange.events import MailboxChanged, MailboxDue
from app.domain.exchange.models import Mailbox, Pickup
from app.domain.orgunits import collation
from app.domain.orgunits import queries as orgunits
from app.kernel import clock, events, outbox
from app.kernel.db import command, db, locked
from app.kernel.errors import Invalid, Missing

AXES = frozenset({"vxp", "lgsp"})
"""Profiles of peers at which messages wait until somebody fetches them."""
PERIOD = timedelta(minutes=5)
"""Between two looks at one mailbox."""
FIRST_LOOK = timedelta(days=7)
"""How far back the first look goes: as long as a message lives."""
AT_A_TIME = 50
LONGEST = 500


@command
def give(actor: Actor, peer_id: UUID, unit_id: UUID, *, system_id: str, secret: str) -> Mailbox:
    """Give one of our agencies what it signs in with at an axis; given again, it is replaced.

    Errors: Forbidden; Invalid "mailbox.wrong", "peer.no_mailboxes"; Missing.
    """
    peers.require_operator(actor)
    peer = peers.peer(peer_id)
    unit = orgunits.unit(unit_id)
    if peer.profile not in AXES:
        raise Invalid("peer.no_mailboxes")
    if not unit.is_agency or not _is_line(system_id) or not _is_line(secret):
        raise Invalid("mailbox.wrong")
    found = _of(peer_id, unit_id)
    if found is None:
        found = Mailbox(peer_id=peer_id, unit_id=unit_id, polled_to=clock.now() - FIRST_LOOK)
        db.session.add(found)
    found.system_id, found.secret = system_id.strip(), keys.seal(secret.strip().encode(), _context(peer_id, unit_id))
    found.next_at, found.cause = clock.now(), ""
    db.session.flush()
    events.record(MailboxChanged(about=str(peer_id), unit_id=str(unit_id), act="given"), actor=actor.name)
    outbox.hurry("exchange.deliver", peer_id=str(peer_id))
    return found


@command
def withdraw(actor: Actor, mailbox_id: UUID) -> None:
    """Forget what an agency signs in with; what was fetched stays. Errors: Forbidden, Missing."""
    peers.require_operator(actor)
    found = mailbox(mailbox_id)
    db.session.execute(delete(Pickup).where(Pickup.mailbox_id == found.id))
    db.session.delete(found)
    fact = MailboxChanged(about=str(found.peer_id), unit_id=str(found.unit_id), act="withdrawn")
    events.record(fact, actor=actor.name)


def mailbox(mailbox_id: UUID) -> Mailbox:
    """One mailbox. Errors: Missing."""
    found = db.session.get(Mailbox, mailbox_id)
    if found is None:
        raise Missing("mailbox.missing")
    return found


def of_peer(peer_id: UUID) -> list[Mailbox]:
    """The mailboxes at an axis, by the name of their agency."""
    found = db.session.scalars(select(Mailbox).where(Mailbox.peer_id == peer_id))
    return sorted(found, key=lambda one: collation.order(one.unit.name))


def of_agency(peer_id: UUID, unit_id: UUID) -> Mailbox:
    """The mailbox of one of our agencies at an axis. Errors: Missing "mailbox.missing"."""
    found = _of(peer_id, unit_id)
    if found is None:
        raise Missing("mailbox.missing")
    return found


def secret_of(found: Mailbox) -> str:
    """What it signs in with, opened; never shown and never written anywhere."""
    return keys.unseal(found.secret, _context(found.peer_id, found.unit_id)).decode()


@command
def call() -> int:
    """Have every mailbox looked at whose time has come; how many those were. Two clocks call each once."""
    moment = clock.now()
    query = select(Mailbox).where(Mailbox.next_at <= moment).order_by(Mailbox.next_at).limit(AT_A_TIME)
    found = list(db.session.scalars(query.with_for_update(skip_locked=True, of=Mailbox)))
    for one in found:
        one.next_at = moment + PERIOD
        events.record(MailboxDue(about=str(one.id)), actor="system")
    return len(found)


@command
def look_now(actor: Actor, mailbox_id: UUID) -> None:
    """Have a mailbox looked at without waiting. Errors: Forbidden, Missing."""
    peers.require_operator(actor)
    events.record(MailboxDue(about=str(mailbox(mailbox_id).id)), actor=actor.name)


@command
def note_looked(mailbox_id: UUID, *, since: datetime, cause: str = "") -> None:
    """Write down a look: nothing from before `since` waits there any more, or why nothing could be fetched."""
    found = locked(Mailbox, mailbox_id)
    if found is not None:
        found.polled_at, found.cause = clock.now(), cause
        if not cause:
            found.polled_to = max(found.polled_to, since)


def picked_up(mailbox_id: UUID, reference: str) -> Pickup | None:
    """What became of a message that was fetched before."""
    query = select(Pickup).where(Pickup.mailbox_id == mailbox_id, Pickup.reference == reference)
    return db.session.scalar(query)


@command
def note_picked_up(mailbox_id: UUID, reference: str, *, sender: str, cause: str = "") -> None:
    """Remember for ever what became of a message: kept, or refused with a cause."""
    if picked_up(mailbox_id, reference) is None:
        sender_said = sender[:LONGEST]
        db.session.add(Pickup(mailbox_id=mailbox_id, reference=reference, sender=sender_said, cause=cause))
        db.session.flush()


def refused(peer_id: UUID, *, limit: int = 50) -> list[Pickup]:
    """What was fetched from an axis and refused, the latest first."""
    query = select(Pickup).join(Mailbox, Mailbox.id == Pickup.mailbox_id)
    query = query.where(Mailbox.peer_id == peer_id, Pickup.cause != "")
    return list(db.session.scalars(query.order_by(Pickup.at.desc()).limit(limit)))


def _of(peer_id: UUID, unit_id: UUID) -> Mailbox | None:
    return db.session.scalar(select(Mailbox).where(Mailbox.peer_id == peer_id, Mailbox.unit_id == unit_id))


def _is_line(text: str) -> bool:
    """Whether it can travel in a header."""
    clean = text.strip()
    return 0 < len(clean) <= LONGEST and clean.isascii() and clean.isprintable()


def _context(peer_id: UUID, unit_id: UUID) -> str:
    return f"mailbox of {unit_id} at {peer_id}"
