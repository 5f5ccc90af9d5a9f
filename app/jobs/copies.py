"""Making copies: pages of a verified original, then the agency's signature or the closing block of paper."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.actors.models import Person
from app.domain.cases import commands as cases
from app.domain.cases import models as case_models
from app.domain.cases import queries as case_queries
from app.domain.documents import copying, queries
from app.domain.documents.commands import FileGiven
from app.domain.documents.copying import ELECTRONIC, PAPER
from app.domain.documents.models import Copying, Document
from app.domain.documents.rules import stands_alone
from app.domain.orgunits import queries as orgunits
from app.domain.signatures import copying as certifying
from app.domain.signatures import progress
from app.domain.signatures.models import SignatureRequest
from app.domain.signatures.queries import request_of
from app.gateways import copyblock, pdf, scans
from app.gateways.copyblock import Closing
from app.gateways.files import FileStore
from app.jobs import documents, signatures
from app.jobs.signingprofile import profile
from app.kernel import clock, outbox
from app.kernel.db import db
from app.kernel.errors import Invalid, TooLarge, Unavailable
from app.kernel.outbox import Claim
from signing import confined
from signing.cases import Case
from signing.display import DEFAULTS, Shown
from signing.errors import SigningError, SigningUnavailable
from signing.phases import Wish
from signing.sign import sign_once
from signing.verdict import Outcome

MOST_PAGES = 2000
"""Which pages there are was seen when the copy was asked for; the sandbox knows them, too."""


def make(job: Claim) -> None:
    """Verify the original and take its pages. Twice is harmless: the case takes one answer."""
    document, call_id = queries.document(UUID(job.payload["about"])), UUID(job.payload["call_id"])
    made = copying.required(document.id)
    try:
        copying.require_allowed(document.document_type, made)
        if made.source_medium == ELECTRONIC:
            _require_valid(document, made)
        file = _pages(document, made)
    except (Invalid, TooLarge) as refusal:
        with outbox.settle(job):
            cases.fail_call(SYSTEM, call_id, code=documents.FAILED, detail=refusal.code)
        return
    with outbox.settle(job):
        certifying.answer_made(SYSTEM, document.id, call_id, file=file)


def certify(job: Claim) -> None:
    """Finish a copy. Twice is harmless: a copy that is issued stays as it is, and the request takes one result."""
    document, call_id = queries.document(UUID(job.payload["about"])), UUID(job.payload["call_id"])
    store: FileStore = current_app.extensions["files"]
    source = store.path(job.payload["sha256"])
    try:
        with store.temporary() as folder:
            target = folder / "copy.pdf"
            request = request_of(call_id)
            if request is None:
                pages = _printed(document, source, target, folder)
            else:
                pages = _signed(document, request, source, target)
            stored = store.put(target, limit=current_app.config["UPLOAD_LIMIT"] * 2)
    except SigningUnavailable as silence:
        raise Unavailable(silence.code) from silence
    except (SigningError, Invalid, TooLarge) as refusal:
        with outbox.settle(job):
            cases.fail_call(SYSTEM, call_id, code=progress.CAUGHT, detail=refusal.code)
        return
    file = FileGiven(_name(document), stored.sha256, stored.size, pages)
    with outbox.settle(job):
        certifying.answer_certified(SYSTEM, document.id, call_id, file=file)


def _require_valid(document: Document, made: Copying) -> None:
    """A document whose signatures do not hold is not certified by anybody (NĐ 30/2020, Đ25)."""
    store: FileStore = current_app.extensions["files"]
    verdict = confined.verify(store.path(made.file_sha256), profile().trust)
    certifying.keep_source_verdict(
        SYSTEM, document.id, verdict=verdict.outcome.value, found=signatures.found_in(verdict)
    )
    if verdict.outcome is not Outcome.VALID:
        raise Invalid("copy.source_not_valid")


def _pages(document: Document, made: Copying) -> FileGiven:
    store: FileStore = current_app.extensions["files"]
    source = store.path(made.file_sha256)
    if (made.source_medium, made.medium) == (PAPER, ELECTRONIC):
        scans.require_faithful(source)
    with store.temporary() as folder:
        target = folder / "pages.pdf"
        info = pdf.extract(source, target, copying.pages_of(made.pages, MOST_PAGES) if made.pages else ())
        stored = store.put(target, limit=current_app.config["UPLOAD_LIMIT"] * 2)
    return FileGiven(_name(document), stored.sha256, stored.size, info.pages)


def _signed(document: Document, request: SignatureRequest, source: Path, target: Path) -> int:
    """The text of the case at the top right, no seal, no number (NĐ 30/2020, Phụ lục I, ô 14)."""
    values = {"form": copyblock.NAMES[document.document_type], "agency": orgunits.unit(document.unit_id).name}
    wish = Wish(Case.COPY, shown=Shown(DEFAULTS[Case.COPY], values))
    ours = profile()
    sign_once(source, target, wish, ours.keystore.key(request.key_id), ours)
    file = queries.latest_file(document.id)
    return 0 if file is None else file.pages


def _printed(document: Document, source: Path, target: Path, folder: Path) -> int:
    block = folder / "block.pdf"
    height = copyblock.render(_closing(document), block)
    return pdf.close_with(source, block, target, height).pages


def _closing(document: Document) -> Closing:
    lineage = orgunits.lineage(document.unit_id)
    agency = lineage[0]
    signer, name = _signer(document)
    asking = None if document.drafting_unit_id is None else orgunits.unit(document.drafting_unit_id)
    return Closing(
        form=document.document_type,
        parent_agency=lineage[1].name if len(lineage) > 1 and not stands_alone(agency.abbreviation) else "",
        agency=agency.name,
        reference=document.reference,
        place=agency.place,
        on=document.issued_on or clock.office_day(),
        capacity=signer[0],
        signer_title=signer[1],
        signer_name=name,
        recipients=[*([] if asking is None or asking.id == agency.id else [asking.short_name]), "Lưu: VT"],
    )


def _signer(document: Document) -> tuple[tuple[str, str], str]:
    """Capacity and title of the post that agreed to sign, and who held it."""
    case = case_queries.case_of_document(document.id)
    task = None if case is None else _agreed(case)
    if task is None or task.closed_post_id is None:
        return ("", ""), ""
    post, person = orgunits.post(task.closed_post_id), db.session.get(Person, task.closed_by)
    return (post.capacity, post.title), "" if person is None else person.name


def _agreed(case: case_models.Case) -> case_models.Task | None:
    """The last step that decided to sign."""
    ended = [one for one in case_queries.tasks_of(case.id) if one.closed_at is not None and _signs(one)]
    return max(ended, key=lambda one: one.closed_at or one.opened_at, default=None)


def _signs(task: case_models.Task) -> bool:
    return "sign" in task.answers.values()


def _name(document: Document) -> str:
    return f"{document.document_type.lower()}-{str(document.id)[:8]}.pdf"


HANDLERS: dict[str, Callable[[Claim], None]] = {"copies.make": make, "copies.certify": certify}
