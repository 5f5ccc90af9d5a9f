"""What an edXML file says, in our own terms: a document (Message) or a business status of one (Status)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path


@dataclass(frozen=True)
class Party:
    """An agency that sends or receives; `code` in either scheme (see `interchange.identifiers`)."""

    code: str
    name: str = ""
    in_charge: str = ""
    address: str = ""
    email: str = ""
    telephone: str = ""
    fax: str = ""
    website: str = ""


@dataclass(frozen=True)
class Reference:
    """Another document that is answered or meant: the code of an agency, number and notation as one text, id, date."""

    code: str
    notation: str = ""
    document_id: str = ""
    issued_on: date | None = None


@dataclass(frozen=True)
class DocumentType:
    """The kind of a document by its name; no table of the codes is reliable, they are kept as they came."""

    name: str = ""
    code: str = "0"
    detail: str = "0"


@dataclass(frozen=True)
class Signer:
    """Who signed: competence (TM., KT., TL. …), position, full name."""

    name: str = ""
    position: str = ""
    competence: str = ""


@dataclass(frozen=True)
class Staff:
    """Who is to be asked at the other side."""

    name: str = ""
    department: str = ""
    email: str = ""
    mobile: str = ""


@dataclass(frozen=True)
class Receiver:
    """An agency that an update adds to the recipients, or takes from them."""

    code: str
    is_added: bool


@dataclass(frozen=True)
class Replacement:
    """A document that is replaced, and the agencies for which it is."""

    document_id: str
    agencies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Business:
    """What a document is for: `kind` as in `interchange.envelope.BUSINESS`, `reason` why.

    A recall names its target in the message's `reply_to`, an update in `document_id`, a replacement in `replacements`.
    """

    kind: str = "new"
    reason: str = ""
    document_id: str = ""
    is_paper_sent: bool = False
    is_content_changed: bool = False
    are_receivers_changed: bool = False
    receivers: tuple[Receiver, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    staff: Staff = Staff()


@dataclass(frozen=True)
class Trace:
    """A hop on the way: the agency, and when (with zone)."""

    code: str
    at: datetime


@dataclass(frozen=True)
class Attachment:
    """A file: `declared_type` is what the sender says, `real_type` what its bytes say; `size` in bytes.

    Its bytes are at `path`. Without the wrapping (zip, base64) in which it travels.
    """

    name: str
    size: int
    sha256: str
    real_type: str = ""
    content_id: str = ""
    description: str = ""
    declared_type: str = "application/zip"
    path: Path | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Message:
    """A document on its way; `priority` as in `names.PRIORITIES`, `pages` and `amount` (copies) 0 where not said.

    `steering` is 1 for no steering document, 2 for one, 3 for a report on one, 0 not said. `warnings` are codes of
    everything in which the file deviates from the standard.
    """

    sender: Party
    recipients: tuple[Party, ...] = ()
    document_id: str = ""
    number: str = ""
    notation: str = ""
    place: str = ""
    issued_on: date | None = None
    document_type: DocumentType = DocumentType()
    subject: str = ""
    content: str = ""
    signer: Signer = Signer()
    due_on: date | None = None
    priority: int = 0
    sphere: str = ""
    typist: str = ""
    amount: int = 0
    pages: int = 0
    is_direct: bool | None = None
    appendixes: tuple[str, ...] = ()
    reply_to: tuple[Reference, ...] = ()
    steering: int = 0
    to_places: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    application: str = ""
    business: Business = Business()
    traces: tuple[Trace, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Status:
    """What became of a document: `code` as in `names.STATUSES` or unknown, `at` with zone.

    `response_for.code` is the agency to be told: the document's sender, for 13 (take back) its receiver.
    """

    sender: Party
    response_for: Reference
    code: str
    at: datetime
    description: str = ""
    staff: Staff = Staff()
    warnings: tuple[str, ...] = ()
