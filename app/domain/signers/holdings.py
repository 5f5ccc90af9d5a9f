"""Handing an agency's key over, with a record (biên bản bàn giao; NĐ 30/2020, Điều 32)."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.signers import queries, rules
from app.domain.signers.events import KeyHandedOver
from app.domain.signers.models import KeyHolding, SignerKey
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from app.kernel.text import is_blank, is_readable

LONGEST_DECISION, LONGEST_NOTE = 300, 1000


@dataclass(frozen=True)
class HandOver:
    """What the record says: who gets the key, the written decision, a note, and a file of it if there is one."""

    person_id: UUID
    decided_by: str
    note: str = ""
    record_name: str = ""
    record_sha256: str | None = None


@command
def hand_over(actor: Actor, key_id: UUID, record: HandOver) -> KeyHolding:
    """Write down that an agency's key passes to another person, by the one who holds it or the head of the agency.

    The decree wants a decision in writing. Errors: Missing, Forbidden, Conflict "signer.not_in_use", Invalid.
    """
    key = locked(SignerKey, key_id)
    if key is None or key.unit_id is None or not rules.may_see(actor, key):
        raise Missing("signer.missing")
    if not may_hand_over(actor, key):
        raise Forbidden("signer.not_yours")
    if key.state != "ready":
        raise Conflict("signer.not_in_use")
    _check(record, key.unit_id)
    before = queries.holding(key.id)
    if before is not None and before.person_id == record.person_id:
        raise Invalid("form.invalid", fields={"person": ("signer.holds_already", {})})
    moment = clock.now()
    if before is not None:
        before.until = moment
    made = KeyHolding(
        key_id=key.id,
        person_id=record.person_id,
        given_by=actor.person_id if before is None else before.person_id,
        decided_by=" ".join(record.decided_by.split()),
        note=record.note.strip(),
        record_name=record.record_name,
        record_sha256=record.record_sha256,
        since=moment,
    )
    db.session.add(made)
    db.session.flush()
    events.record(KeyHandedOver(about=str(key.id), holding_id=str(made.id)), actor=actor.name)
    return made


def may_hand_over(actor: Actor, key: SignerKey) -> bool:
    """Whether an actor may: who holds the key, or whoever signs for the agency."""
    if key.unit_id is None:
        return False
    held = queries.holding(key.id)
    holds = actor.may(rules.ISSUE, at=key.unit_id) if held is None else held.person_id == actor.person_id
    return holds or actor.may(rules.SIGN, at=key.unit_id)


def visible_holding(actor: Actor, key_id: UUID, holding_id: UUID) -> KeyHolding:
    """One holding of a key that an actor may know of. Errors: Missing."""
    queries.visible_key(actor, key_id)
    found = db.session.get(KeyHolding, holding_id)
    if found is None or found.key_id != key_id:
        raise Missing("signer.missing")
    return found


def _check(record: HandOver, unit_id: UUID) -> None:
    wrong: dict[str, tuple[str, dict[str, object]]] = {}
    if record.person_id not in {person.id for person, _title in queries.people_of(unit_id)}:
        wrong["person"] = ("form.required", {})
    for name, said, longest in (
        ("decided_by", record.decided_by, LONGEST_DECISION),
        ("note", record.note, LONGEST_NOTE),
    ):
        if len(said) > longest:
            wrong[name] = ("form.maxLength", {"limit": longest})
        elif not is_readable(said):
            wrong[name] = ("form.characters", {})
    if is_blank(record.decided_by):
        wrong["decided_by"] = ("form.required", {})
    if wrong:
        raise Invalid("form.invalid", fields=wrong)
