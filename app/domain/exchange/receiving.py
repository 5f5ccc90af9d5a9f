"""Taking messages in: kept durably once and for ever, looked at, then registered by people."""

from dataclasses import asdict
from datetime import date
from pathlib import PurePath
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.documents import commands as documents
from app.domain.documents.commands import FileGiven
from app.domain.exchange import consenting, peers, queries, replies, reporting, wishes
from app.domain.exchange.events import MessageKept, MessageQuarantined, MessageStored
from app.domain.exchange.models import Arrival, StatusReport
from app.domain.exchange.reporting import Chain
from app.domain.exchange.statuses import HELD
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.kernel import events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Invalid, Missing, TooLarge
from interchange.envelope import BUSINESS, WISHES, Envelope
from interchange.reading import read_envelope
from interchange.receipts import Receipt

TYPES = frozenset(
    f".{one}"
    for one in (
        *("pdf", "p7s", "doc", "docx", "odt", "rtf", "txt", "xls", "xlsx", "ods", "csv", "ppt", "pptx", "odp"),
        *("xml", "json", "jpg", "jpeg", "png", "tif", "tiff", "gif", "bmp", "svg", "zip", "rar", "7z", "dwg", "dxf"),
        *("mp3", "mp4", "wav", "avi", "mov", "edxml", "kml", "shp", "geojson"),
    )
)
"""Kinds of files that may travel; programs and scripts never do."""


@command
def receive(actor: Actor, envelope: Envelope) -> Receipt:
    """Take a message of an agency in this deployment: keep it, start its case, and give the receipt of storage."""
    given, arrival = _keep(actor, envelope, peer_id=None)
    if arrival.state == "kept":
        admit(actor, arrival.id)
    return reporting.receipt_of(given[0])


@command
def store(actor: Actor, envelope: Envelope, *, peer_id: UUID) -> list[Receipt]:
    """Keep a message of another deployment and give the receipt of storage; a worker looks at it afterwards.

    Its files must be in the store already. A duplicate gets every receipt that was given, the same
    for ever. Errors: as `given`;
    Invalid "envelope.wrong" for a wish that its sender did not sign.
    """
    if envelope.kind in WISHES and envelope.opening is None:
        raise Invalid("envelope.wrong", what="opening")
    given, _arrival = _keep(actor, envelope, peer_id=peer_id)
    return [reporting.receipt_of(one) for one in given]


@command
def pick_up(actor: Actor, envelope: Envelope, *, peer_id: UUID, reference: str, foreign_id: str) -> None:
    """Keep a message that was fetched from an axis, which calls it `reference`; its sender is told that it is stored.

    `foreign_id` is what the sender calls the document. Its files must be in the store already. Errors: as `given`.
    """
    _given, arrival = _keep(actor, envelope, peer_id=peer_id)
    if arrival.reference or envelope.kind == "recall":
        arrival.reference, arrival.foreign_id = arrival.reference or reference, arrival.foreign_id or foreign_id
        return
    arrival.reference, arrival.foreign_id = reference, foreign_id
    [stored] = reporting.given(arrival.id)
    reporting.request(actor, arrival, stored)


def given(envelope: Envelope) -> list[Receipt]:
    """Every receipt that was given for a message so far, the one of storage first; none when it is new.

    Errors, when its recipient cannot have it: Invalid "exchange.recipient_unknown", "exchange.recipient_abolished",
    "exchange.recipient_not_agency", "exchange.sender_unknown", "exchange.unknown_kind", "exchange.secret"; Conflict
    "exchange.same_id_other_content", "exchange.same_number_other_content".
    """
    sender, recipient = _parties(envelope)
    found = _before(envelope, sender, recipient)
    return [] if found is None else [reporting.receipt_of(one) for one in reporting.given(found.id)]


def require_acceptable(envelope: Envelope, *, largest: int) -> None:
    """Refuse by name, type and size, before a byte moves.

    Errors: TooLarge "file.too_large"; Invalid "exchange.file_type", "exchange.secret".
    """
    for file in envelope.files:
        if file.size > largest:
            raise TooLarge("file.too_large", limit=largest)
        if not file.size or PurePath(file.name).suffix.lower() not in TYPES:
            raise Invalid("exchange.file_type", name=file.name)


@command
def admit(actor: Actor, arrival_id: UUID) -> None:
    """Let people work on what was kept: its document and its case begin. Done again it changes nothing.

    What its sender took back before it came is kept, and nobody works on it.
    """
    arrival = _locked(arrival_id)
    if arrival.state not in ("kept", "quarantined"):
        return
    envelope = envelope_of(arrival)
    if envelope.kind == "recall":
        consenting.take_wish(actor, arrival)
        return
    if end := consenting.end_before(arrival):
        arrival.state, arrival.triple = end, None
        return
    files = [FileGiven(**asdict(file)) for file in envelope.files]
    document = documents.receive_document(actor, unit_id=arrival.recipient_id, facts=envelope.facts, files=files)
    arrival.document_id, arrival.state, arrival.cause = document.id, "admitted", ""
    events.record(MessageKept(about=str(document.id), arrival_id=str(arrival.id)), actor=actor.name)
    if envelope.kind in WISHES:
        consenting.take_wish(actor, arrival)
    else:
        consenting.begin_work(arrival)
    replies.hear(actor, document, arrival.sender_id, str(envelope.facts.get("replies_to") or ""))


@command
def quarantine(actor: Actor, arrival_id: UUID, *, cause: str) -> None:
    """Hold back what was kept, and tell the sender why; nothing is registered. Done again it changes nothing."""
    chain = reporting.chain(Arrival.id == arrival_id)
    arrival = chain.arrival
    if arrival.state != "kept":
        return
    arrival.state, arrival.cause = "quarantined", cause
    by = orgunits.unit(arrival.recipient_id).short_name
    reporting.report(actor, chain, code=HELD, by=by, reason=cause)
    events.record(MessageQuarantined(about=str(arrival.id), cause=cause), actor=actor.name)


def arrival(arrival_id: UUID) -> Arrival:
    """One arrival. Errors: Missing."""
    found = db.session.get(Arrival, arrival_id)
    if found is None:
        raise Missing("arrival.missing")
    return found


@command
def release(actor: Actor, arrival_id: UUID) -> None:
    """Let people work on what was held back after all; the operator's act. Errors: Forbidden, Conflict."""
    found = _locked(arrival_id)
    if not actor.may("exchange.register", at=found.recipient_id):
        peers.require_operator(actor)
    if found.state != "quarantined":
        raise Conflict("arrival.not_held")
    admit(actor, arrival_id)


@command
def replay(actor: Actor, arrival_id: UUID) -> None:
    """Have what is held back looked at anew, as if it had just come. Errors: Forbidden, Conflict."""
    found = _locked(arrival_id)
    if not actor.may("exchange.register", at=found.recipient_id):
        peers.require_operator(actor)
    if found.state not in ("quarantined", "kept"):
        raise Conflict("arrival.not_held")
    found.state, found.cause = "kept", ""
    events.record(MessageStored(about=str(found.id)), actor=actor.name)


@command
def refuse(actor: Actor, arrival_id: UUID, *, reason: str, note: str = "") -> None:
    """Refuse for good what was held back, and tell the sender; nothing is registered. Errors: Forbidden, Conflict."""
    chain = reporting.chain(Arrival.id == arrival_id)
    found = chain.arrival
    if not actor.may("exchange.register", at=found.recipient_id):
        peers.require_operator(actor)
    if found.state != "quarantined":
        raise Conflict("arrival.not_held")
    found.state, found.triple = "refused", None
    by = orgunits.unit(found.recipient_id).short_name
    reporting.report(actor, chain, code="02", by=by, reason=reason, note=note)


def envelope_of(arrival: Arrival) -> Envelope:
    """A message as it came."""
    return read_envelope(arrival.envelope)


def _keep(actor: Actor, envelope: Envelope, *, peer_id: UUID | None) -> tuple[list[StatusReport], Arrival]:
    sender, recipient = _parties(envelope)
    found = _before(envelope, sender, recipient)
    if found is not None:
        return reporting.given(found.id), found
    wishes.require_signed(envelope, sender, recipient)
    arrival = Arrival(sender_id=sender.id, recipient_id=recipient.id, message_id=UUID(envelope.message_id))
    arrival.kind, arrival.manifest_sha256, arrival.envelope = envelope.kind, envelope.manifest_sha256, asdict(envelope)
    arrival.relates_to = UUID(envelope.relates_to) if envelope.relates_to else None
    arrival.triple, arrival.peer_id = _triple(envelope), peer_id
    db.session.add(arrival)
    db.session.flush()
    given = reporting.report(actor, Chain(arrival), code="01", by=recipient.short_name)
    if peer_id is not None:
        events.record(MessageStored(about=str(arrival.id)), actor=actor.name)
    return [given], arrival


def _parties(envelope: Envelope) -> tuple[Unit, Unit]:
    if envelope.kind not in BUSINESS:
        raise Invalid("exchange.unknown_kind")
    if envelope.facts.get("secrecy"):
        raise Invalid("exchange.secret")
    sender = _party(envelope.sender, "exchange.sender_unknown")
    recipient = _party(envelope.recipient, "exchange.recipient_unknown")
    if peers.of_agency(recipient.id) is not None:  # it is known here and works elsewhere: nobody here speaks for it
        raise Invalid("exchange.recipient_unknown", agency=envelope.recipient[:100])
    if not recipient.is_agency:
        raise Invalid("exchange.recipient_not_agency")
    if orgunits.is_over(recipient):
        raise Invalid("exchange.recipient_abolished", agency=recipient.name, **_heir(recipient))
    return sender, recipient


def _heir(unit: Unit) -> dict[str, str]:
    """Who is to be written to instead, for whoever is refused."""
    found = orgunits.successor(unit)
    return {} if found is None else {"successor": found.code, "successor_name": found.name}


def _party(code: str, unknown: str) -> Unit:
    try:
        return orgunits.unit_by_code(code)
    except Missing as nobody:
        raise Invalid(unknown, agency=code[:100]) from nobody


def _before(envelope: Envelope, sender: Unit, recipient: Unit) -> Arrival | None:
    """What was kept of this message before: by its id, else by number and notation of its document."""
    found = queries.arrival_of_message(sender.id, UUID(envelope.message_id), recipient.id)
    if found is not None:
        if found.manifest_sha256 != envelope.manifest_sha256:
            raise Conflict("exchange.same_id_other_content")
        return found
    triple = _triple(envelope)
    query = select(Arrival).where(Arrival.sender_id == sender.id, Arrival.recipient_id == recipient.id)
    found = db.session.scalar(query.where(Arrival.triple == triple)) if triple else None
    if found is not None and not _same_files(found, envelope):
        raise Conflict("exchange.same_number_other_content")
    return found


def _same_files(arrival: Arrival, envelope: Envelope) -> bool:
    return [one["sha256"] for one in arrival.envelope["files"]] == [one.sha256 for one in envelope.files]


def _triple(envelope: Envelope) -> str | None:
    """Number, notation and year (the issuing agency is the sender); only a new document must be new."""
    facts = envelope.facts
    if envelope.kind != "new" or facts.get("number") is None:
        return None
    return f"{facts['number']}/{facts.get('notation', '')}/{date.fromisoformat(facts['issued_on']).year}"


def _locked(arrival_id: UUID) -> Arrival:
    found = locked(Arrival, arrival_id)
    if found is None:
        raise Missing("arrival.missing")
    return found
