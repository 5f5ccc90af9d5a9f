"""Sealing scans of paper: the seal, the agency and the time at the top right (NĐ 30/2020, Phụ lục I)."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.documents import queries
from app.domain.documents.commands import FileGiven
from app.domain.orgunits import queries as orgunits
from app.domain.signatures import digitising
from app.domain.signatures.models import SignatureRequest
from app.domain.signatures.queries import request
from app.domain.signers import queries as signers
from app.gateways import pdf
from app.gateways.files import FileStore
from app.jobs.signingprofile import profile
from app.kernel import outbox
from app.kernel.errors import Unavailable
from app.kernel.outbox import Claim
from signing import appearance
from signing.appearance import Appearance
from signing.cases import Case
from signing.display import DEFAULTS, Shown
from signing.errors import SigningError
from signing.phases import Wish
from signing.sign import sign_once


def seal(job: Claim) -> None:
    """Sign a scan. Twice is harmless: the request takes one result."""
    asked = request(UUID(job.payload["request_id"]))
    store: FileStore = current_app.extensions["files"]
    agency = orgunits.unit(queries.document(asked.document_id).unit_id).name
    ours = profile()
    try:
        with store.temporary() as folder:
            clean, target = folder / "clean.pdf", folder / "sealed.pdf"
            pages = pdf.normalise(store.path(asked.input_sha256), clean).pages
            wish = Wish(Case.DIGITISED, _seal(asked, agency), Shown(DEFAULTS[Case.DIGITISED], {"agency": agency}))
            sign_once(clean, target, wish, ours.keystore.key(asked.key_id), ours)
            stored = store.put(target, limit=current_app.config["UPLOAD_LIMIT"] * 2)
    except SigningError as refusal:  # the paper is there and can wait for the key
        raise Unavailable(refusal.code) from refusal
    file = FileGiven(f"so-hoa-{str(asked.document_id)[:8]}.pdf", stored.sha256, stored.size, pages)
    with outbox.settle(job):
        digitising.keep_digitised(SYSTEM, asked.id, file=file)


def _seal(asked: SignatureRequest, agency: str) -> Appearance:
    """The picture of the seal as it was set up; a demonstration draws its own."""
    key = None if asked.signer_key_id is None else signers.key(asked.signer_key_id)
    if key is None or key.image_sha256 is None:
        return appearance.demo_seal(agency)
    store: FileStore = current_app.extensions["files"]
    return Appearance.from_png(store.path(key.image_sha256).read_bytes())


HANDLERS: Mapping[str, Callable[[Claim], None]] = {"digitising.seal": seal}
