"""Asking for a signature, whatever it is for: a worker makes it, or the signer's own machine."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases.operations import Asked
from app.domain.documents.models import Document
from app.domain.signatures import elsewhere, papers, queries
from app.domain.signatures.events import SignatureAwaited, SignatureRequested
from app.domain.signatures.models import SignatureRequest
from app.domain.signers import commands as signer_commands
from app.domain.signers import queries as signers
from app.domain.signers import rules
from app.domain.signers.models import SignerKey
from app.kernel import events
from app.kernel.db import db
from app.kernel.errors import Conflict

INITIALS = "initials"
OF_A_PERSON = frozenset({"person", INITIALS})


@dataclass(frozen=True)
class Means:
    """What a signature is made with, and for an agency's who held the device (NĐ 30/2020, Điều 32)."""

    key: SignerKey
    held_by: UUID | None = None


def of_agency(actor: Actor, unit_id: UUID) -> Means:
    """What an agency signs with. Raises Conflict "signature.not_set_up", "signature.not_holder"."""
    key, held = signers.key_and_holding(unit_id)
    held_by = signer_commands.require_holder(actor, held)
    return Means(_set_up(key, "organisation"), held_by)


def of_person(actor: Actor) -> Means:
    """What a person signs with. Raises Conflict "signature.not_set_up"."""
    key = None if actor.person_id is None else signers.key_of_person(actor.person_id)
    return Means(_set_up(key, "person"))


def ask(actor: Actor, document: Document, means: Means, *, kind: str, call_id: UUID, sha256: str) -> SignatureRequest:
    """Ask for a signature on one file; joins the running transaction."""
    seats = (seat for seat in actor.seats if seat.agency_id == document.unit_id)
    seat = next(seats, None)
    request = SignatureRequest(
        document_id=document.id,
        call_id=call_id,
        kind=kind,
        key_id=means.key.reference,
        signer_key_id=means.key.id,
        certificate_serial=means.key.serial,
        post_id=None if seat is None else seat.post_id,
        asked_by=actor.person_id,
        held_by=means.held_by,
        input_sha256=sha256,
        state=_first_state(means.key),
    )
    db.session.add(request)
    db.session.flush()
    _record(request, actor.name)
    return request


def again(request: SignatureRequest, unit_id: UUID, by: str) -> None:
    """Have a signature tried once more: what failed, with what its signer, or the agency, has set up since.

    Raises Conflict "signature.not_set_up" when that is nothing.
    """
    if request.state in {"failed", "withdrawn"}:
        _use_todays_key(request, unit_id)
    _record(request, by)


def asked_before(asked: Asked) -> bool:
    """Whether this call asks again: then for the same signatures on the same file, so that there is never a second one.

    Conflict "signature.file_changed" when that file is not the document's any more: nobody agreed to sign another.
    """
    request = None if asked.before is None else queries.request_of(asked.call_id)
    if request is None:
        return False
    file = papers.paper(request)
    if request.output_sha256 is None and (file is None or file.sha256 != request.input_sha256):
        raise Conflict("signature.file_changed")
    act = papers.together(request)
    for one in act if request in act else [request]:
        again(one, asked.case.unit_id, asked.actor.name)
    return True


def _set_up(key: SignerKey | None, kind: str) -> SignerKey:
    if key is None:
        raise Conflict("signature.not_set_up", kind=kind)
    return key


def _first_state(key: SignerKey) -> str:
    """A worker signs what is asked; keys at a desk are waited for."""
    return "waiting" if key.provider in rules.AT_DESK else "asked"


def _record(request: SignatureRequest, by: str) -> None:
    told: type[SignatureAwaited | SignatureRequested] = SignatureRequested
    if request.state == "waiting":
        told = SignatureAwaited
        elsewhere.note_wait(request)
    events.record(told(about=str(request.document_id), request_id=str(request.id), kind=request.kind), actor=by)


def _use_todays_key(request: SignatureRequest, unit_id: UUID) -> None:
    person_id = request.asked_by if request.kind in OF_A_PERSON else None
    key = signers.key_of_unit(unit_id) if person_id is None else signers.key_of_person(person_id)
    key = _set_up(key, "organisation" if person_id is None else "person")
    request.key_id, request.signer_key_id, request.certificate_serial = key.reference, key.id, key.serial
    request.state, request.failure = _first_state(key), ""
