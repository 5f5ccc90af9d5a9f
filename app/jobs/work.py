"""One signature to be made, with everything that it needs."""

from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from app.domain.documents.models import Document
from app.domain.signatures.models import SignatureRequest
from app.domain.signers.models import SignerKey
from app.gateways.files import FileStore, Stored
from signing.cases import Case
from signing.profiles import Profile


@dataclass(frozen=True)
class Work:
    """One request with all that its signature needs; `folder` is for work in progress."""

    request: SignatureRequest
    document: Document
    signer: SignerKey
    profile: Profile
    folder: Path

    @property
    def case(self) -> Case:
        """What the signature is for."""
        return Case(self.request.kind)

    @property
    def store(self) -> FileStore:
        """Where files are kept."""
        store: FileStore = current_app.extensions["files"]
        return store

    def keep(self, file: Path) -> Stored:
        """Put a file of ours into the store; a signature makes what was uploaded a little longer."""
        return self.store.put(file, limit=current_app.config["UPLOAD_LIMIT"] * 2)
