"""A document as people look at it: its newest pages, its signatures, what it is called."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.documents import queries
from app.domain.documents.models import Document, DocumentFile
from app.domain.signatures import queries as signatures
from app.domain.signatures.models import SignatureRequest, SignatureVerdict

WORST_FIRST = ("invalid", "indeterminate", "valid")


@dataclass(frozen=True)
class Paper:
    """A document, the revision of its file that is shown, and what is known of its signatures."""

    document: Document
    file: DocumentFile | None
    verdicts: Sequence[SignatureVerdict]
    requests: Sequence[SignatureRequest]

    @property
    def verdict(self) -> str | None:
        """The worst verdict of all signatures; None before they were checked."""
        found = {one.verdict for one in self.verdicts}
        return next((one for one in WORST_FIRST if one in found), None)

    @property
    def version(self) -> str:
        """Names the revision in the address of a picture, so that a new revision is never an old picture."""
        return self.file.sha256[:12] if self.file is not None else ""


def of(document: Document) -> Paper:
    """The newest revision of a document with its signatures: judged where it arrived, asked for where it was signed."""
    file = queries.latest_file(document.id)
    if document.direction == "incoming":
        judged = [one for one in signatures.verdicts(document.id) if file is not None and one.sha256 == file.sha256]
        return Paper(document, file, judged, ())
    return Paper(document, file, (), signatures.standing(document.id))
