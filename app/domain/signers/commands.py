"""Setting up what somebody signs with (cài đặt chữ ký số): key, picture, trial, use, and its end."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from app.domain.actors import queries as actors
from app.domain.actors.actor import Actor
from app.domain.orgunits import queries as orgunits
from app.domain.signers import authentication, queries, rules
from app.domain.signers.events import (
    SignerKeyAdopted,
    SignerKeyChosen,
    SignerKeyRead,
    SignerKeyRetired,
    SignerPictureGiven,
    SignerTestAsked,
    SignerTested,
)
from app.domain.signers.models import KeyHolding, SignerKey
from app.domain.signers.rules import CertificateRead
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing

WAITING = "waiting"
UPLOAD = "signer-upload"
"""What the seal of a file that came with a choice is for."""
FIELD = 36
"""Millimetres of the field of a seal, the largest of local government."""
WIDTHS = {"signature": (25, 60), "seal": (20, FIELD)}
"""Millimetres that a picture may be wide on paper."""
USUAL = {"signature": 45, "seal": FIELD}


@dataclass(frozen=True)
class Proof:
    """What the holder of a key gave to prove it: sealed for the id of a session."""

    session_id: UUID
    sealed: bytes


@dataclass(frozen=True)
class Choice:
    """Which key: its provider, which one there, and the name in the store of a sealed file that came with it."""

    provider: str
    reference: str
    upload: str = ""


@command
def choose_key(actor: Actor, unit_id: UUID | None, choice: Choice, proof: Proof | None = None) -> SignerKey:
    """Begin a set-up: one's own, or that of the agency `unit_id`; a worker reads the certificate. Later ones win.

    Errors: Missing, Forbidden, Conflict "signature.not_holder" when somebody else holds the agency's key.
    """
    if actor.person_id is None:
        raise Missing("signer.missing")
    if unit_id is not None:
        _require_agency(actor, unit_id)
    mine = SignerKey.person_id == actor.person_id if unit_id is None else SignerKey.unit_id == unit_id
    for draft in db.session.scalars(select(SignerKey).where(mine, SignerKey.state == "draft").with_for_update()):
        draft.state = "retired"
    made = SignerKey(provider=choice.provider, reference=choice.reference, test_verdict=WAITING)
    made.made_by = actor.person_id
    made.id, made.unit_id = uuid4(), unit_id
    made.person_id = actor.person_id if unit_id is None else None
    db.session.add(made)
    db.session.flush()
    _prove(actor, made, proof)
    fact = SignerKeyChosen(about=str(made.id), by=str(actor.person_id), upload=choice.upload)
    events.record(fact, actor=actor.name)
    return made


@command
def note_certificate(actor: Actor, key_id: UUID, read: CertificateRead) -> None:
    """Keep what stands in the certificate of a key, or why it is not this owner's; once."""
    key = _locked(key_id)
    if key.certificate or key.state != "draft":
        return
    wrong = rules.refusal(read, key)
    if not wrong and queries.is_taken(key, read.serial, read.issuer):
        wrong = "signer.key_taken"
    if wrong:
        key.test_verdict = wrong
        return
    key.certificate, key.subject, key.issuer, key.serial = read.pem, read.name, read.issuer, read.serial
    key.valid_from, key.valid_until, key.test_verdict = read.valid_from, read.valid_until, ""
    events.record(SignerKeyRead(about=str(key.id), serial=key.serial), actor=actor.name)


@command
def note_trouble(key_id: UUID, code: str) -> None:
    """Keep why a key could not be read, or did not sign."""
    key = _locked(key_id)
    if key.test_verdict == WAITING:
        key.test_verdict = code


@command
def give_picture(actor: Actor, key_id: UUID, *, sha256: str | None, width: int) -> None:
    """Keep the picture of a signature or seal and how wide it is on paper, in millimetres.

    Without a picture the demonstration draws one; other keys need theirs. Errors: Missing, Conflict, Invalid.
    """
    key = _kept(actor, key_id)
    least, most = WIDTHS[what(key)]
    if not least <= width <= most:
        raise Invalid("form.invalid", fields={"width": ("signer.width", {"least": least, "most": most})})
    if sha256 is None and key.image_sha256 is None and key.provider != "demo":
        raise Invalid("form.invalid", fields={"picture": ("appearance.missing", {})})
    key.image_sha256, key.image_width = sha256 or key.image_sha256, width
    if key.state == "draft":
        key.tested_at, key.test_verdict = None, ""
    events.record(SignerPictureGiven(about=str(key.id), sha256=key.image_sha256 or ""), actor=actor.name)


@command
def ask_test(actor: Actor, key_id: UUID, proof: Proof | None = None) -> None:
    """Have a worker sign a sample page and verify it. Errors: Missing, Forbidden, Conflict (under way, too early)."""
    key = _kept(actor, key_id)
    if not key.certificate and key.state == "draft":
        raise Conflict("signer.no_certificate")
    if key.test_verdict == WAITING:
        raise Conflict("signer.being_tested")
    _prove(actor, key, proof)
    key.test_verdict, key.test_found = WAITING, {}
    events.record(SignerTestAsked(about=str(key.id), by=str(actor.person_id)), actor=actor.name)


@command
def note_begun(key_id: UUID, begun: dict[str, Any]) -> None:
    """Keep how far a trial has come while the holder of a remote key is asked to agree."""
    _locked(key_id).test_found = {"begun": begun}


@command
def note_test(actor: Actor, key_id: UUID, *, found: dict[str, Any], sample: str) -> None:
    """Keep what the verifier said of a signed sample."""
    key = _locked(key_id)
    key.test_verdict, key.test_found, key.sample_sha256 = str(found["outcome"]), found, sample
    key.tested_at = clock.now()
    events.record(SignerTested(about=str(key.id), verdict=key.test_verdict), actor=actor.name)


@command
def adopt(actor: Actor, key_id: UUID) -> SignerKey:
    """Use a set-up from now on, in place of the one before; an agency's is held by whoever set it up.

    Errors: Missing, Conflict "signer.not_tested" unless a sample was verified (a key at a desk signs no sample here).
    """
    key = _kept(actor, key_id)
    tested = key.test_verdict in rules.GOOD_ENOUGH and key.tested_at is not None
    if key.state != "draft" or not (tested or (key.provider in rules.AT_DESK and key.certificate)):
        raise Conflict("signer.not_tested")
    before = queries.key_of_unit(key.unit_id) if key.unit_id else queries.key_of_person(key.person_id or key.id)
    if before is not None:
        _retire(actor, before)
    key.state = "ready"
    if key.unit_id is not None and actor.person_id is not None:
        db.session.add(KeyHolding(key_id=key.id, person_id=actor.person_id))
    events.record(SignerKeyAdopted(about=str(key.id), serial=key.serial), actor=actor.name)
    return key


@command
def retire(actor: Actor, key_id: UUID) -> SignerKey:
    """Sign with it no more; what it signed stays as valid as it was. Errors: Missing, Conflict."""
    key = _kept(actor, key_id)
    if key.state != "retired":
        _retire(actor, key)
    return key


def what(key: SignerKey) -> str:
    """What its picture shows: a "signature" or a "seal"."""
    return "signature" if key.unit_id is None else "seal"


def require_holder(actor: Actor, held: KeyHolding | None) -> UUID | None:
    """The person who holds an agency's key, which must be the actor (NĐ 30/2020, Điều 32): it never signs by itself.

    Where nobody is written down, whoever may issue holds it. Errors: Conflict "signature.not_holder".
    """
    if held is None or held.person_id == actor.person_id:
        return actor.person_id
    raise Conflict("signature.not_holder", holder=actors.names([held.person_id]).get(held.person_id, ""))


def _kept(actor: Actor, key_id: UUID) -> SignerKey:
    """A set-up that is the actor's to change. Errors: Missing, Forbidden, Conflict."""
    key = _locked(key_id)
    if not rules.may_see(actor, key):
        raise Missing("signer.missing")
    if key.state == "retired":
        raise Conflict("signer.retired")
    if key.unit_id is not None:
        actor.require(rules.ISSUE, at=key.unit_id)
        if key.state == "draft" and key.made_by != actor.person_id:
            raise Forbidden("signer.not_yours")
        require_holder(actor, queries.holding(key.id))
    return key


def _prove(actor: Actor, key: SignerKey, proof: Proof | None) -> None:
    if proof is not None:
        authentication.authenticate(actor, key.id, proof.session_id, sealed=proof.sealed)


def _require_agency(actor: Actor, unit_id: UUID) -> None:
    if not rules.may_see_unit(actor, unit_id) or not orgunits.unit(unit_id).is_agency:
        raise Missing("unit.missing")
    actor.require(rules.ISSUE, at=unit_id)
    require_holder(actor, queries.key_and_holding(unit_id)[1])


def _locked(key_id: UUID) -> SignerKey:
    found = locked(SignerKey, key_id)
    if found is None:
        raise Missing("signer.missing")
    return found


def _retire(actor: Actor, key: SignerKey) -> None:
    key.state = "retired"
    held = queries.holding(key.id)
    if held is not None:
        held.until = clock.now()
    events.record(SignerKeyRetired(about=str(key.id), serial=key.serial), actor=actor.name)
