"""Issued documents by the dozen: what the exchange carries, without the work of writing and signing each."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from app.cli.kit.pair import Pair, Side
from app.domain.actors.actor import SYSTEM
from app.domain.cases.models import Case
from app.domain.documents import queries as documents
from app.domain.documents.models import Document, DocumentFile
from app.domain.exchange import messages, succeeding
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.domain.procedures import commands as procedures
from app.gateways.files import FileStore, Stored
from app.kernel import clock
from app.kernel.db import db, transaction

LIMIT = 8 * 2**30
SEEDS = 1_000_000
"""Documents numbered from here on have the same paper: the seeds try the way, not the reading of what came by it."""
Attached = tuple[str, bytes | Path]
"""The name of a file, and what is in it or where it lies."""


def a_pdf(words: str) -> bytes:
    """A small PDF that nobody has signed, other for other words."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R>>",
        _stream(f"BT /F 12 Tf 72 770 Td ({words}) Tj ET".encode("ascii", "ignore")),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    written, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(written)
    written += b"xref\n0 6\n0000000000 65535 f \n" + table
    return written + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start


def issue(pair: Pair, number: int, *, recipients: int = 1, attachments: tuple[Attached, ...] = ()) -> UUID:
    """A document of the sender of a pair that is on its way; the id of its message."""
    return issue_from(pair.here, pair.sender, pair.recipients[:recipients], number, attachments)


def issue_from(
    side: Side,
    sender: str,
    recipients: Sequence[str],
    number: int,
    attachments: tuple[Attached, ...] = (),
    follows: tuple[str, UUID] | None = None,
) -> UUID:
    """A document of an agency (its code) that is on its way to others; the id of its message.

    `follows`: update or replace, and the message of which the document wishes that.
    """
    with side.at_home(), transaction():
        return send(write(side, sender, number, attachments), recipients, follows)


def write(side: Side, sender: str, number: int, attachments: tuple[Attached, ...] = ()) -> Case:
    """The case of a document of an agency that is issued and not yet sent. Belongs inside a transaction."""
    store: FileStore = side.app.extensions["files"]
    files = [("van-ban.pdf", store.put(a_pdf(f"So {min(number, SEEDS)}"), limit=LIMIT))]
    files += [(name, store.put(data, limit=LIMIT)) for name, data in attachments]
    agency = orgunits.unit_by_code(sender)
    document = _issued(agency, number, files)
    version = procedures.pin("outgoing_document", agency.id)
    case = Case(version_id=version.id, unit_id=agency.id, document_id=document.id, state=b"", passed=[])
    case.status = "completed"  # nobody is to look at it
    db.session.add(case)
    db.session.flush()
    return case


def send(case: Case, recipients: Sequence[str], follows: tuple[str, UUID] | None = None) -> UUID:
    """Send the document of a case; the id of the message. Belongs inside a transaction."""
    assert case.document_id is not None  # noqa: S101 - it was written with one
    kind, earlier = follows or ("new", None)
    document = documents.document(case.document_id)
    message = messages.begin(document, case, kind=kind, relates_to=earlier, reason="Kiểm thử" if earlier else "")
    messages.address(SYSTEM, message, [orgunits.unit_by_code(code) for code in recipients])
    if earlier is not None:
        succeeding.ask(SYSTEM, message)
    return message.id


def _issued(agency: Unit, number: int, files: Sequence[tuple[str, Stored]]) -> Document:
    """A document with its files, the first of them its paper. Belongs inside a transaction."""
    document = Document(direction="outgoing", unit_id=agency.id, state="issued", subject=f"V/v kiểm thử {number}")
    document.number, document.notation, document.issued_on = number, "UBND-KT", clock.office_day()
    document.issuer_name, document.signer_title = agency.name, "Chủ tịch"
    db.session.add(document)
    db.session.flush()
    for position, (name, kept) in enumerate(files):
        role = "attachment" if position else "main"
        file = DocumentFile(document_id=document.id, role=role, position=position, revision=1, stage="issued")
        file.name, file.sha256, file.size, file.pages = name, kept.sha256, kept.size, int(not position)
        db.session.add(file)
    return document


def _stream(data: bytes) -> bytes:
    return b"<</Length %d>>stream\n%b\nendstream" % (len(data), data)
