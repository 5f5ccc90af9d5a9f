"""A document with everything that proves what happened to it, for whoever must check it without us (N19)."""

from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import queries as cases
from app.domain.documents import queries as documents
from app.domain.documents.models import Document, DocumentFile
from app.domain.exchange import keys, queries, receiving, reporting, threads
from app.domain.exchange.models import Arrival, DeliveryStatus, Message, StatusReport
from app.domain.exchange.statuses import ASKED
from app.domain.orgunits import queries as orgunits
from app.domain.registers.models import RegisterEntry
from app.domain.signatures import proofs
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict
from interchange import bundle
from interchange.bundle import Known, Listed, Received, Sent
from interchange.receipts import Receipt, read

LONGEST_SUFFIX = 10


@dataclass(frozen=True)
class Exported:
    """What goes into the folder: files of the store by their path, and the record of the document as JSON."""

    files: Mapping[str, DocumentFile]
    record: Mapping[str, Any]
    messages: tuple[Sent, ...]
    known: tuple[Known, ...]
    exporter: str


@command
def exported(actor: Actor, document_id: UUID) -> Exported:
    """Gather a document that was sent or received. Errors: Missing; Conflict "export.not_exchanged"."""
    document = cases.visible_document(actor, document_id)
    is_ours = document.direction == "outgoing"
    thread: Sequence[Message | Arrival] = threads.sent(document_id) if is_ours else threads.received(document_id)
    if not thread:
        raise Conflict("export.not_exchanged")
    others = {one.document_id: None for one in thread if one.document_id not in (None, document_id)}
    related = [cases.visible_document(actor, UUID(str(one))) for one in others]
    messages = tuple(_message(one) if isinstance(one, Message) else _given(one) for one in thread)
    exporter = orgunits.unit(document.unit_id)
    keys.own_public(exporter.id)
    known = tuple(_known(messages, exporter.id))
    return Exported(_all_files(document, related), _record(document, related), messages, known, exporter.code)


def sealed(found: Exported, unit_id: UUID, listed: Iterable[Listed]) -> bytes:
    """The bundle of an export, once every other file of its folder is known."""
    moment = clock.now().isoformat(timespec="seconds")
    files = sorted(listed, key=lambda one: one.path)
    private = keys.own(unit_id)
    return bundle.built(found.exporter, private, moment, messages=found.messages, known=found.known, files=files)


def _message(message: Message) -> Sent:
    deliveries = queries.of_message(message.id)
    trails = queries.trails(one.id for one in deliveries)
    received = [_heard(one.recipient.code, trails[one.id]) for one in deliveries]
    return Sent(message.manifest.encode(), tuple(one for one in received if one.chain or one.wish))


def _heard(agency: str, trail: list[DeliveryStatus]) -> Received:
    wish = next((_receipt(one) for one in trail if one.code == ASKED and one.sequence < 0), None)
    told = [one for one in trail if one.sequence >= 0 and one.body]
    gapless = [one for place, one in enumerate(told) if one.sequence == place]  # the rest has not been heard yet
    return Received(agency, tuple(_receipt(one) for one in gapless), wish)


def _given(arrival: Arrival) -> Sent:
    """The sender's manifest is not kept as bytes here: it is the canonical form of the envelope."""
    envelope = receiving.envelope_of(arrival)
    chain = tuple(reporting.receipt_of(one) for one in reporting.given(arrival.id) if one.body)
    wish = None
    if envelope.opening is not None:
        wish = Receipt(b64decode(envelope.opening["body"]), b64decode(envelope.opening["signature"]))
    return Sent(envelope.manifest, (Received(envelope.recipient, chain, wish),))


def _receipt(row: DeliveryStatus | StatusReport) -> Receipt:
    return Receipt(b64decode(row.body), b64decode(row.signature))


def _known(messages: tuple[Sent, ...], exporter_id: UUID) -> Iterable[Known]:
    """Every key that signed something in these chains, and the exporter's own."""
    names = {row.fingerprint: row for row in keys.of(exporter_id)}
    for message in messages:
        for one in message.recipients:
            for receipt in (*one.chain, *([one.wish] if one.wish else [])):
                row = keys.by_fingerprint(read(receipt)[1])
                if row is not None:
                    names[row.fingerprint] = row
    codes = {row.unit_id: orgunits.unit(row.unit_id).code for row in names.values()}
    for row in sorted(names.values(), key=lambda one: one.fingerprint):
        until = row.valid_to.isoformat() if row.valid_to else ""
        yield Known(codes[row.unit_id], row.public, row.valid_from.isoformat(), until)


def _all_files(document: Document, related: Sequence[Document]) -> dict[str, DocumentFile]:
    """The files of a document and of those before and after it, by their path in the folder."""
    found = _files(document, "files")
    for place, other in enumerate(related, 1):
        found |= _files(other, f"related-{place}")
    return found


def _files(document: Document, folder: str) -> dict[str, DocumentFile]:
    """The files as they travelled."""
    stages = ("issued", "received")
    kept = [one for one in documents.newest_files(document.id).values() if one.stage in stages]
    return {f"{folder}/{one.role}-{one.position}{_suffix(one.name)}": one for one in kept}


def _suffix(name: str) -> str:
    """The kind of a file as its name ends; its whole name stands in the manifest."""
    found = PurePath(name).suffix.lower()
    return found if found[1:].isascii() and found[1:].isalnum() and len(found) < LONGEST_SUFFIX else ""


def _record(document: Document, related: Sequence[Document]) -> dict[str, Any]:
    """The register entry, the slip, the journal, the verdicts on the signatures, and the documents of the thread."""
    entries = db.session.scalars(select(RegisterEntry).where(RegisterEntry.document_id == document.id))
    case = cases.case_of_document(document.id)
    posts = {} if case is None else orgunits.posts(item.post_id for item in cases.slip_of(case.id))
    return {
        "document": {
            "agency": orgunits.unit(document.unit_id).name,
            "direction": document.direction,
            "reference": document.reference,
            "subject": document.subject,
            "issued_on": str(document.issued_on or ""),
            "state": document.state,
            "arrival_number": document.arrival_number,
        },
        "related": [{"reference": one.reference, "subject": one.subject, "state": one.state} for one in related],
        "register": [{"year": one.year, "number": one.number, "state": one.state} for one in entries],
        "slip": [
            {
                "post": posts[one.post_id].title,
                "part": one.part,
                "made_at": str(one.made_at),
                "done_at": str(one.done_at),
            }
            for one in (cases.slip_of(case.id) if case else ())
        ],
        "journal": [{"at": str(one.at), "name": one.name} for one in events.trail(str(document.id))],
        "signatures": [
            {"at": str(one.at), "file": one.sha256, "verdict": one.outcome} for one in proofs.checks(document.id)
        ],
    }
