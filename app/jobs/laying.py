"""What a key is asked to sign, laid out: each case with its own picture and words, inside a file or beside it."""

from pathlib import Path

from app.domain.documents.attachments import SIGNATURE
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import DocumentFile
from app.domain.orgunits import queries as orgunits
from app.domain.signatures import papers
from app.gateways import copyblock, pdf
from app.jobs import codes, displays, likeness
from app.jobs.work import Work
from app.kernel.errors import Conflict, Invalid
from signing import detached, phases
from signing.cases import Case
from signing.display import Shown
from signing.errors import SigningRefused
from signing.keys.protocol import Certified
from signing.pending import Pending
from signing.phases import Wish
from signing.sign import fill_number

_IN_THE_CORNER = frozenset({Case.ATTACHMENT, Case.COPY, Case.DIGITISED})
_NO_ROOM = ("source.", "pdf.")
"""How refusals begin that only say that an attachment takes no signature inside: it gets one beside."""


def paper(work: Work) -> DocumentFile:
    """What is to be signed. Errors: Conflict "signature.file_changed" when it is gone."""
    found = papers.paper(work.request)
    if found is None:
        raise Conflict("signature.file_changed")
    return found


def laid_out(work: Work, whose: Certified) -> tuple[str, Pending]:
    """The file that a raw signature will belong to, as the store names it, and what is to be signed.

    Errors: SigningRefused, Invalid, Conflict.
    """
    own, prepared = paper(work), work.folder / "prepared.pdf"
    if own.pages or work.case is not Case.ATTACHMENT:
        try:
            pending = phases.begin(source(work), prepared, wish(work), whose, work.profile)
            return work.keep(prepared).sha256, pending
        except (SigningRefused, Invalid) as refusal:
            if work.case is not Case.ATTACHMENT or not refusal.code.startswith(_NO_ROOM):
                raise
    return own.sha256, detached.begin(work.store.path(own.sha256), whose, work.profile)


def finished(work: Work, prepared_sha256: str, pending: Pending, raw: bytes) -> FileGiven:
    """The file with its signature, or the signature beside it. Errors: SigningRefused, SigningUnavailable, Conflict."""
    target, finish = work.folder / "signed", detached.finish if pending.is_beside else phases.finish
    finish(work.store.path(prepared_sha256), target, pending, raw, work.profile)
    return given(work, target, beside=pending.is_beside)


def given(work: Work, file: Path, *, beside: bool = False) -> FileGiven:
    """What came of a signature, under the name and in the place of what was signed."""
    own, stored = paper(work), work.keep(file)
    if beside:
        name = f"{own.name}{detached.SUFFIX}"
        return FileGiven(name, stored.sha256, stored.size, role=SIGNATURE, position=own.position)
    return FileGiven(own.name, stored.sha256, stored.size, own.pages, role=own.role, position=own.position)


def source(work: Work) -> Path:
    """The file as it was agreed to: an agency signs it with its number and date filled in, uploads are made clean.

    A copy gets the code of its public page, which it has when it has a number.
    """
    agreed, document = work.store.path(work.request.input_sha256), work.document
    made = work.folder / "made.pdf"
    if work.case in {Case.ATTACHMENT, Case.DIGITISED}:
        pdf.normalise(agreed, made)
        return made
    if work.case is Case.COPY and document.number is not None:
        return codes.coded(document.id, agreed, made)
    if work.case is not Case.ORGANISATION:
        return agreed
    if document.number is None or document.issued_on is None:
        raise Invalid("document.not_numbered")
    fill_number(agreed, made, f"{document.number:02d}", document.issued_on)
    return made


def wish(work: Work) -> Wish:
    """What the signature is for, and what it shows. Errors: SigningRefused("appearance.*" | "display.*")."""
    if work.case not in _IN_THE_CORNER:
        return Wish(work.case, likeness.of(work.signer, work.store))
    document = work.document
    values = {
        "reference": document.reference,
        "form": copyblock.NAMES.get(document.document_type, ""),
        "agency": orgunits.unit(document.unit_id).name,
    }
    shown = Shown(displays.of(document.unit_id, work.case), values)
    return Wish(work.case, likeness.of(work.signer, work.store) if shown.display.picture else None, shown)
