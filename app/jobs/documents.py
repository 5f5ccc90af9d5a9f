"""Making files ready to be signed."""

from collections.abc import Callable
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.cases import commands as cases
from app.domain.documents import commands, queries
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import Document
from app.domain.documents.rules import stands_alone
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Post
from app.gateways import pdf
from app.gateways.files import FileStore
from app.gateways.letter import Letter, render
from app.gateways.wording import salutation
from app.jobs import codes
from app.kernel import clock, outbox
from app.kernel.errors import Invalid, TooLarge
from app.kernel.outbox import Claim
from signing import confined
from signing.errors import SigningRefused
from signing.prepare import Layout

FAILED = "preparation_failed"


def prepare(job: Claim) -> None:
    """Normalise or render the file and put every field in. Twice is harmless: the case takes one answer."""
    document = queries.document(UUID(job.payload["about"]))
    call_id = UUID(job.payload["task_id"])
    signer = _signer(document)
    title, year = signer.title if signer is not None else "", clock.office_day().year
    try:
        file = _made_ready(document, signer, year, job.payload.get("initials", 0))
    except (Invalid, TooLarge, SigningRefused) as refusal:
        with outbox.settle(job):
            cases.fail_call(SYSTEM, call_id, code=FAILED, detail=refusal.code)
        return
    with outbox.settle(job):
        commands.attach_prepared(SYSTEM, document.id, file=file, signer_title=title, printed_year=year)
        cases.answer_call(SYSTEM, call_id, {"pages": file.pages})


def _made_ready(document: Document, signer: Post | None, year: int, initials: int) -> FileGiven:
    store: FileStore = current_app.extensions["files"]
    uploaded = queries.latest_file(document.id, stage="uploaded")
    title = signer.title if signer else ""
    layout = Layout(signer_name="", signer_title=title, year=year, initials=initials)
    with store.temporary() as folder:
        clean, ready = folder / "clean.pdf", folder / "ready.pdf"
        if uploaded is not None and not document.body:
            pdf.normalise(store.path(uploaded.sha256), clean)
        else:
            render(_letter(document, signer, year), clean)
        broken = pdf.archival(clean)
        prepared = confined.prepare(clean, ready, layout)
        coded = codes.coded(document.id, ready, folder / "coded.pdf")
        stored = store.put(coded, limit=current_app.config["UPLOAD_LIMIT"] * 2)
    return FileGiven(_file_name(document), stored.sha256, stored.size, prepared.pages, broken[0] if broken else "2b")


def _signer(document: Document) -> Post | None:
    posts = orgunits.posts_of_agency(document.unit_id)
    return next((post for post in posts if post.role == "chairman"), None)


def _letter(document: Document, signer: Post | None, year: int) -> Letter:
    lineage = orgunits.lineage(document.unit_id)
    agency = lineage[0]
    recipients = [unit.name for unit in queries.recipients(document.id)]
    drafting = orgunits.unit(document.drafting_unit_id) if document.drafting_unit_id else agency
    return Letter(
        parent_agency=lineage[1].name if len(lineage) > 1 and not stands_alone(agency.abbreviation) else "",
        agency=agency.name,
        notation=document.notation,
        place=agency.place,
        year=year,
        subject=document.subject,
        recipients_to=recipients,
        paragraphs=[part.strip() for part in document.body.splitlines() if part.strip()],
        recipients=_listed(recipients, document.document_type, drafting.abbreviation or drafting.short_name),
        capacity=signer.capacity if signer else "",
        signer_title=signer.title if signer else "",
        signer_name="",
        urgency=document.urgency,
        document_type=document.document_type,
    )


def _listed(recipients: list[str], document_type: str, drafting: str) -> list[str]:
    """Nơi nhận: whoever is named at the head is not named again at the end (NĐ 30/2020, Phụ lục I, ô 9b)."""
    return [*(["Như trên"] if recipients and salutation(document_type) else recipients), f"Lưu: VT, {drafting}"]


def _file_name(document: Document) -> str:
    return f"{document.document_type.lower()}-{str(document.id)[:8]}.pdf"


HANDLERS: dict[str, Callable[[Claim], None]] = {"documents.prepare": prepare}
