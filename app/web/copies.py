"""Copies (sao y, sao lục, trích sao) on the pages of documents: begun from one, and linked with it both ways."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.domain.actors.actor import Actor
from app.domain.cases import drafting, queries
from app.domain.documents import copying
from app.domain.documents.models import Copying, Document
from app.domain.signatures import copying as certifying
from app.domain.signatures import queries as signatures
from app.domain.signatures.models import SignatureVerdict
from app.kernel.errors import Missing
from app.web.session import current_actor, signed_in

bp = Blueprint("copies", __name__)


@dataclass(frozen=True)
class Copied:
    """What a document has to do with copies: how it was made if it is one, and those made of it.

    `source` is the original where the reader may open it; `begins` says whether they may ask for a copy.
    """

    made: Copying | None
    source: Document | None
    verdicts: Sequence[SignatureVerdict]
    copies: Sequence[Document]
    begins: bool


@bp.post("/documents/<uuid:document_id>/copies")
@signed_in
def begin(document_id: UUID) -> ResponseReturnValue:
    """Open a request for a copy of a document."""
    case = certifying.begin(current_actor(), document_id)
    task = queries.tasks_of(case.id)[0]
    return redirect(url_for("tasks.show", task_id=task.id), 303)


def shown(actor: Actor, document: Document) -> Copied:
    """What the page of a document says of copies."""
    of = source(actor, document) or Copied(None, None, [], [], begins=False)
    begins = copying.original(document) is not None and certifying.PROCEDURE in drafting.offered(actor)
    return replace(of, copies=copying.copies_of(document.id), begins=begins)


def source(actor: Actor, document: Document) -> Copied | None:
    """What a copy was made from, for those who compare and sign it; None of any other document."""
    made = copying.of_copy(document.id)
    if made is None:
        return None
    verdicts = [one for one in signatures.verdicts(document.id) if one.sha256 == made.file_sha256]
    return Copied(made, None if made.source_id is None else _visible(actor, made.source_id), verdicts, [], begins=False)


def asked(document: Document) -> dict[str, Any]:
    """What is known already of a request for a copy, by field of its form."""
    made = copying.of_copy(document.id)
    if made is None:
        return {}
    return {
        "source_reference": made.source_reference,
        "source_date": None if made.source_date is None else made.source_date.isoformat(),
        "source_issuer": made.source_issuer,
    }


def _visible(actor: Actor, document_id: UUID) -> Document | None:
    try:
        return queries.visible_document(actor, document_id)
    except Missing:
        return None
