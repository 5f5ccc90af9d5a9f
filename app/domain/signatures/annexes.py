"""The agency's signature on attachments in files of their own (NĐ 30/2020, Phụ lục I), begun by the clerk's act."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from app.domain.actors.actor import Actor
from app.domain.documents import attachments, queries
from app.domain.documents import commands as documents
from app.domain.documents.attachments import Attachment
from app.domain.documents.commands import FileGiven
from app.domain.signatures.events import SignatureApplied
from app.domain.signatures.models import SignatureRequest
from app.domain.signatures.queries import request_of
from app.kernel import clock, events
from app.kernel.db import command, db

KIND = "attachment"


def unsealed(document_id: UUID) -> list[Attachment]:
    """The attachments that the agency has not signed yet."""
    return [one for one in attachments.of(document_id) if not one.is_sealed]


@command
def keep_sealed(actor: Actor, seal_id: UUID, source: UUID, *, files: Sequence[FileGiven]) -> None:
    """Keep a signed attachment, and who began the signature; again changes nothing.

    `seal_id` is the request for the agency's signature on the document, `source` the row of the file that was signed;
    `files` are what came of it: the attachment, and its signature if that stands beside it.
    """
    seal = db.session.get_one(SignatureRequest, seal_id)
    document = queries.locked(seal.document_id)
    signed = next((one.file for one in unsealed(document.id) if one.file.id == source), None)
    call_id = uuid5(seal.call_id, str(source))
    if signed is None or request_of(call_id) is not None:
        return
    for file in files:
        documents.add_file(document, file, stage="issued")
    request = SignatureRequest(
        document_id=document.id,
        call_id=call_id,
        kind=KIND,
        key_id=seal.key_id,
        signer_key_id=seal.signer_key_id,
        certificate_serial=seal.certificate_serial,
        post_id=seal.post_id,
        asked_by=seal.asked_by,
        input_sha256=signed.sha256,
        output_sha256=files[-1].sha256,
        state="done",
        done_at=clock.now(),
    )
    db.session.add(request)
    db.session.flush()
    fact = SignatureApplied(
        about=str(document.id), request_id=str(request.id), kind=KIND, sha256=request.output_sha256 or ""
    )
    events.record(fact, actor=actor.name)
