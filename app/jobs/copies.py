"""Making copies: pages of a verified original, and the closing block of those on paper."""

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
from app.gateways import copyblock, pdf, scans
from app.gateways.copyblock import Closing
from app.gateways.files import FileStore
from app.jobs import codes, documents, signatures
from app.jobs.signingprofile import believed
from app.kernel import clock, outbox
from app.kernel.db import db
from app.kernel.errors import Invalid, TooLarge
from app.kernel.outbox import Claim
from signing import confined
from signing.errors import SigningRefused
from signing.verdict import Outcome

AGREED = frozenset({"certify", "sign"})
"""What whoever decides on a copy answers; the second in procedures of units that were drawn for the first release."""
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
    except (Invalid, TooLarge, SigningRefused) as refusal:
        with outbox.settle(job):
            cases.fail_call(SYSTEM, call_id, code=documents.FAILED, detail=refusal.code)
        return
    with outbox.settle(job):
        certifying.answer_made(SYSTEM, document.id, call_id, file=file)


def close(job: Claim) -> None:
    """Finish a copy on paper, which is signed and stamped by hand. Twice is harmless: it is issued once."""
    document, call_id = queries.document(UUID(job.payload["about"])), UUID(job.payload["call_id"])
    store: FileStore = current_app.extensions["files"]
    try:
        with store.temporary() as folder:
            closed, pages = _closed(document, store.path(job.payload["sha256"]), folder)
            stored = store.put(closed, limit=current_app.config["UPLOAD_LIMIT"] * 2)
    except (Invalid, TooLarge, SigningRefused) as refusal:
        with outbox.settle(job):
            cases.fail_call(SYSTEM, call_id, code=progress.CAUGHT, detail=refusal.code)
        return
    file = FileGiven(_name(document), stored.sha256, stored.size, pages)
    with outbox.settle(job):
        certifying.answer_closed(SYSTEM, document.id, call_id, file=file)


def _require_valid(document: Document, made: Copying) -> None:
    """A document whose signatures do not hold is not certified by anybody (NĐ 30/2020, Đ25)."""
    store: FileStore = current_app.extensions["files"]
    verdict = confined.verify(store.path(made.file_sha256), believed())
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


def _closed(document: Document, source: Path, folder: Path) -> tuple[Path, int]:
    """The pages with the closing block after them, and how many those are."""
    block, target = folder / "block.pdf", folder / "copy.pdf"
    height = copyblock.render(_closing(document), block)
    pages = pdf.close_with(source, block, target, height).pages
    return codes.coded(document.id, target, folder / "coded.pdf"), pages


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
    return not AGREED.isdisjoint(map(str, task.answers.values()))


def _name(document: Document) -> str:
    return f"{document.document_type.lower()}-{str(document.id)[:8]}.pdf"


HANDLERS: dict[str, Callable[[Claim], None]] = {"copies.make": make, "copies.close": close}
