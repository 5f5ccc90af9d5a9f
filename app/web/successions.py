"""What stands before and after a document, and what its sender wishes of it, as pages show it (văn bản liên quan)."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.documents import queries as documents
from app.domain.documents.models import Document
from app.domain.exchange import consenting, succeeding, threads
from app.domain.exchange.models import Arrival
from app.domain.exchange.threads import Link
from app.web import trails
from app.web.trails import Trail


@dataclass(frozen=True)
class Thread:
    """The documents before and after one; the wish that waits for an answer here; the refusals a draft corrects."""

    links: Sequence[Link]
    wish: Arrival | None
    refusals: Sequence[Trail]

    def __bool__(self) -> bool:
        return bool(self.links or self.wish)


def of(document: Document) -> Thread:
    """The thread of a document, as far as it goes one step before and after."""
    links = threads.of(document)
    wish = consenting.wish_about(document.id) if document.direction == "incoming" else None
    corrected = [one.document for one in links if one.kind == "new" and not one.is_later]
    here = {unit.id for unit in documents.recipients(document.id)} if corrected else set()
    refused = [trail for one in corrected if one.direction == "outgoing" for trail in trails.of_document(one)]
    return Thread(
        links,
        wish,
        [one for one in refused if succeeding.is_refused(one.delivery) and one.delivery.recipient_id in here],
    )
