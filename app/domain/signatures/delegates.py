"""What diagrams may ask of signatures. All are answered later, by a worker."""

from uuid import uuid5

from app.domain.cases.contracts import COUNT, ID, LINE, mapping, one_of
from app.domain.cases.operations import Asked, Offers, Params, Written
from app.domain.documents import attachments
from app.domain.documents import queries as documents
from app.domain.documents.models import Document, DocumentFile
from app.domain.signatures import annexes, asking
from app.domain.signatures.asking import INITIALS, Means
from app.domain.signatures.events import VerificationRequested
from app.domain.signers import queries as signers
from app.kernel import events
from app.kernel.errors import Conflict, Missing

SIGNATURES = Offers("signatures")
BEFORE_SIGNING = frozenset({"prepared", "initialled"})
"""The stages of a file that still takes initials."""


@SIGNATURES.operation(takes=mapping({}, {"document_id": ID}), gives=mapping({"sha256": LINE}), later=True)
def sign(asked: Asked) -> Params | None:
    """The person whose act led here signs with their own key (NĐ 30/2020, Đ13)."""
    if asking.asked_before(asked):
        return None
    asked.actor.require("documents.sign", at=asked.case.unit_id)
    document = documents.locked(asked.document_id)
    means = asking.of_person(asked.actor)
    _ask(asked, document, means, kind="person", file=documents.latest_file(document.id))
    return None


@SIGNATURES.operation(takes=mapping({}, {"document_id": ID}), gives=mapping({"sha256": LINE}), later=True)
def seal(asked: Asked) -> Params | None:
    """The clerk applies the organisation's signature, after the person's (NĐ 30/2020, Đ17, Đ32.2d)."""
    if asking.asked_before(asked):
        return None
    asked.actor.require("documents.issue", at=asked.case.unit_id)
    document = documents.locked(asked.document_id)
    if document.state != "numbered":
        raise Conflict("document.not_numbered")
    means = asking.of_agency(asked.actor, asked.case.unit_id)
    newest = documents.newest_files(document.id)
    annexes.ask(asked.actor, document, means, asked.call_id, attachments.among(newest))
    _ask(asked, document, means, kind="organisation", file=newest.get(("main", 0)))
    return None


@SIGNATURES.operation(
    takes=mapping({}, {"document_id": ID}),
    gives=mapping({"verdict": one_of("valid", "invalid", "indeterminate", "unsigned"), "signatures": COUNT}),
    later=True,
    effectful=False,
)
def verify(asked: Asked) -> Params | None:
    """Have every signature of the received file checked."""
    file = documents.latest_file(asked.document_id)
    if file is None:
        raise Missing("document.file_missing")
    fact = VerificationRequested(about=str(asked.document_id), call_id=str(asked.call_id), sha256=file.sha256)
    events.record(fact, actor=asked.actor.name)
    return None


@SIGNATURES.writer
def initial(written: Written) -> Params:
    """Whoever agrees puts initials on (ký nháy), if they have set a signature up; else their act alone is on record.

    The case does not wait for them: a worker puts them on in the order of the acts, before whoever signs.
    """
    actor, file = written.actor, documents.latest_file(written.case.document_id)
    agrees = "sign" in written.answers.values() and file is not None and file.stage in BEFORE_SIGNING
    key = signers.key_of_person(actor.person_id) if agrees and actor.person_id is not None else None
    if key is not None and file is not None:
        document, call_id = documents.document(written.case.document_id), uuid5(written.task.id, INITIALS)
        request = asking.ask(actor, document, Means(key), kind=INITIALS, call_id=call_id, sha256=file.sha256)
        request.post_id = written.task.post_id
    return written.told


def _ask(asked: Asked, document: Document, means: Means, *, kind: str, file: DocumentFile | None) -> None:
    if file is None:
        raise Missing("document.file_missing")
    asking.ask(asked.actor, document, means, kind=kind, call_id=asked.call_id, sha256=file.sha256)
