"""An envelope of ours as edXML, and back: what travels over an axis where nobody speaks our own wire."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path, PurePath
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from interchange.edxml.kinds import coded, named
from interchange.edxml.message import (
    Attachment,
    Business,
    DocumentType,
    Message,
    Party,
    Reference,
    Replacement,
    Signer,
    Staff,
    Status,
)
from interchange.edxml.writer import described
from interchange.envelope import Envelope, FileSent
from interchange.errors import ExchangeRefused
from interchange.reading import MAX_LINE, MAX_TEXT, read_envelope
from interchange.receipts import Statement

URGENCIES = ("normal", "urgent", "very_urgent", "express", "express")
"""By the code of edXML: an hour is not set here for what is to arrive at one."""
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")
_WHOLE = re.compile(r"\s*0*([0-9]{1,9})\s*")
_SIGNED = ".p7s"


@dataclass(frozen=True)
class About:
    """The document a status speaks of, as its sender named it; `code` is the agency that is told."""

    code: str
    document_id: str
    notation: str
    issued_on: date


def message_of(envelope: Envelope, sender: Party, recipient: Party, path: Callable[[str], Path]) -> Message:
    """What to write for a message; `path` is where a file lies, by its SHA-256. A recall is a status, see `status_of`.

    Errors: ExchangeRefused "edxml.value_missing", "edxml.attachment_unreadable".
    """
    facts = envelope.facts
    place = {"main": 0, "attachment": 1, "signature": 2}
    files = sorted(envelope.files, key=lambda one: (place[one.role], one.position))
    return Message(
        sender=sender,
        recipients=(recipient,),
        document_id=envelope.message_id,
        number="" if facts["number"] is None else str(facts["number"]),
        notation=facts["notation"],
        place=facts.get("place", ""),
        issued_on=date.fromisoformat(facts["issued_on"]),
        document_type=DocumentType(named(facts["document_type"])),
        subject=facts["subject"],
        signer=Signer(facts.get("signer_name") or facts["signer_title"], facts["signer_title"]),
        due_on=date.fromisoformat(facts["due_on"]) if facts.get("due_on") else None,
        priority=URGENCIES.index(facts["urgency"]),
        sphere=facts["field"],
        pages=sum(one.pages for one in files),
        amount=1,
        reply_to=(Reference(recipient.code, facts["replies_to"]),) if facts.get("replies_to") else (),
        to_places=(recipient.name,),
        business=_business(envelope),
        attachments=tuple(described(path(one.sha256), one.name) for one in files),
    )


def status_of(statement: Statement, sender: Party, about: About, words: str) -> Status:
    """What to write for a receipt; `words` is why, or what it says besides."""
    return Status(
        sender=sender,
        response_for=Reference(about.code, about.notation, about.document_id, about.issued_on),
        code=statement.code,
        at=datetime.fromisoformat(statement.at),
        description=words or statement.by,
        staff=Staff(name=statement.by),
    )


def envelope_of(message: Message, sender: str, recipient: str) -> Envelope:
    """A message of an axis in our own terms; agencies by our codes of them.

    Errors: ExchangeRefused "envelope.wrong", "edxml.value_missing".
    """
    if message.issued_on is None:
        raise ExchangeRefused("edxml.value_missing", what="issued_on")
    number = _WHOLE.fullmatch(message.number)
    facts: dict[str, Any] = {
        "document_type": _line(coded(message.document_type.name)),
        "field": _line(message.sphere),
        "subject": _line(message.subject or message.content),
        "urgency": URGENCIES[message.priority] if message.priority < len(URGENCIES) else "normal",
        "number": int(number[1]) if number else None,
        "notation": _line(message.notation if number else f"{message.number}/{message.notation}".strip("/")),
        "issued_on": message.issued_on.isoformat(),
        "issuer_name": _line(message.sender.name or sender),
        "signer_title": _line(message.signer.position or message.signer.competence),
        "signer_name": _line(message.signer.name),
        "place": _line(message.place),
        "due_on": message.due_on.isoformat() if message.due_on else None,
    }
    if message.business.kind == "new" and message.reply_to and message.reply_to[0].notation:
        facts["replies_to"] = _line(message.reply_to[0].notation)
    target = _target(message)
    found = Envelope(
        message_id=str(message_id(sender, message.document_id or _whole(message))),
        sender=sender,
        recipient=recipient,
        facts=facts,
        files=_files(message.attachments),
        kind=message.business.kind,
        relates_to=str(message_id(sender, target)) if target else "",
        reason=message.business.reason[:MAX_TEXT],
    )
    return read_envelope(asdict(found))


def message_id(sender: str, document_id: str) -> UUID:
    """The permanent id of a document that its sender calls so: a UUID is one, of any other name one is made."""
    try:
        return UUID(document_id)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"edxml:{sender}:{document_id.strip()}")


def _business(envelope: Envelope) -> Business:
    """A new document needs none; the others name what they change, each in its own way."""
    kind, earlier = envelope.kind, envelope.relates_to
    if kind == "update":
        return Business(kind, envelope.reason, document_id=earlier, is_content_changed=True)
    if kind == "replace":
        return Business(kind, envelope.reason, replacements=(Replacement(earlier),))
    return Business(kind, envelope.reason)


def _target(message: Message) -> str:
    business = message.business
    if business.kind == "recall":
        return message.reply_to[0].document_id if message.reply_to else ""
    if business.kind == "replace":
        return business.replacements[0].document_id if business.replacements else ""
    return business.document_id if business.kind == "update" else ""


def _files(attachments: tuple[Attachment, ...]) -> tuple[FileSent, ...]:
    """The first file is the document, the others go with it; a `.p7s` signs the one it is named after."""
    papers = [one for one in attachments if not one.name.lower().endswith(_SIGNED)] or list(attachments)
    places = {one.name: place for place, one in enumerate(papers)}
    sent = [_sent(one, "attachment" if place else "main", place) for place, one in enumerate(papers)]
    for one in attachments:
        if one not in papers:
            signed = places.get(one.name[: -len(_SIGNED)])
            is_known = signed is not None and not _has(sent, "signature", signed)
            sent.append(_sent(one, "signature", signed or 0) if is_known else _sent(one, "attachment", len(sent)))
    return tuple(sent)


def _has(sent: list[FileSent], role: str, position: int) -> bool:
    return any((one.role, one.position) == (role, position) for one in sent)


def _sent(one: Attachment, role: str, position: int) -> FileSent:
    return FileSent(PurePath(one.name).name, one.sha256, one.size, 0, role, position)


def _whole(message: Message) -> str:
    """What names a document without an id: number, notation and day."""
    return f"{message.number}/{message.notation}, {message.issued_on}"


def _line(text: str) -> str:
    return _BLANK.sub(" ", text).strip()[:MAX_LINE]
