"""The agency's signature on attachments in files of their own (NĐ 30/2020, Phụ lục I), begun by the clerk's act."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from app.domain.actors.actor import Actor
from app.domain.documents.attachments import Attachment
from app.domain.documents.models import Document
from app.domain.signatures import asking, papers
from app.domain.signatures.asking import Means


def ask(actor: Actor, document: Document, means: Means, call_id: UUID, attached: Sequence[Attachment]) -> None:
    """Ask for a signature on every attachment that has none yet; joins the transaction that asks for the document's."""
    for one in attached:
        if not one.is_sealed:
            its = uuid5(call_id, str(one.file.id))
            asking.ask(actor, document, means, kind=papers.ATTACHMENT, call_id=its, sha256=one.file.sha256)
