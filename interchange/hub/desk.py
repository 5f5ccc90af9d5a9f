"""What every axis does with a message, whatever it is asked in: looks at it, and keeps it for whom it is meant."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from interchange import axiscodes
from interchange.edxml import reader
from interchange.edxml.message import Message, Status, Trace
from interchange.edxml.values import VIETNAM
from interchange.errors import ExchangeRefused
from interchange.hub import book, tracing
from interchange.hub.book import Agency, Book, Letter
from interchange.vxp import EDOC, STATUS

KINDS = (EDOC, STATUS)


class Refused(Exception):
    """An answer with an error code of `axiscodes`."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(code)
        self.code, self.said = code, said or axiscodes.WORDS[code]


def take(kept: Book, agency: Agency, kind: str, file: Path) -> Letter:
    """Take a message of an agency. Errors: Refused."""
    with tempfile.TemporaryDirectory(dir=kept.files.parent) as folder:
        message = _read(file, Path(folder))
        if isinstance(message, Status) != (kind == STATUS):
            raise Refused(axiscodes.FORM)
        _require_own(kept, agency, message)
        recipients = [_recipient(kept, code) for code in _codes(message)]
        moment, name = book.now(), uuid4().hex
        document_id, notation, title = _told(message)
        letter = Letter(
            name, name, kind, agency.code, recipients[0], document_id, notation, title, name, moment, moment
        )
        kept.keep(letter, recipients, _traced(file, Path(folder) / "traced", message, agency))
    return letter


def _traced(file: Path, target: Path, message: Message | Status, agency: Agency) -> Path:
    """A document with the hop that it makes here; statuses have no list of them."""
    if isinstance(message, Status):
        return file
    tracing.trace(file, target, Trace(agency.code, datetime.now(VIETNAM)))
    return target


def written(moment: str) -> str:
    """A moment of the book as axes write it."""
    return datetime.fromisoformat(moment).astimezone(VIETNAM).strftime("%Y/%m/%d %H:%M:%S")


def span(text: str) -> tuple[datetime, datetime]:
    """The first and the last moment of a day, or of a second, as it is asked for. Errors: Refused."""
    for form, length in (("%Y/%m/%d %H:%M:%S", timedelta(seconds=1)), ("%Y/%m/%d", timedelta(days=1))):
        try:
            first = datetime.strptime(text, form).replace(tzinfo=VIETNAM)
        except ValueError:
            continue
        return first, first + length - timedelta(milliseconds=1)
    raise Refused(axiscodes.FILE)


def _read(file: Path, folder: Path) -> Message | Status:
    try:
        with file.open("rb") as source:
            return reader.read(source, folder)
    except ExchangeRefused as wrong:
        is_attached = wrong.code.startswith(("edxml.base64", "edxml.attachment", "edxml.zip"))
        raise Refused(axiscodes.UNREADABLE if is_attached else axiscodes.FORM) from wrong


def _require_own(kept: Book, agency: Agency, message: Message | Status) -> None:
    sender = kept.agency(message.sender.code)
    if sender is None or sender.code != agency.code:
        raise Refused(axiscodes.NO_SENDER)


def _codes(message: Message | Status) -> list[str]:
    """For whom it is; a status is for the agency that it answers."""
    if isinstance(message, Status):
        return [message.response_for.code]
    return list(dict.fromkeys(one.code for one in message.recipients))


def _recipient(kept: Book, code: str) -> str:
    found = kept.agency(code)
    if found is None:
        raise Refused(axiscodes.NO_RECIPIENT)
    if found.is_locked:
        raise Refused(axiscodes.LOCKED)
    return found.code


def _told(message: Message | Status) -> tuple[str, str, str]:
    """Id, number and notation, subject, as the lists of an axis show them."""
    if isinstance(message, Status):
        return message.response_for.document_id, message.response_for.notation, message.code
    return message.document_id, f"{message.number}/{message.notation}", message.subject
