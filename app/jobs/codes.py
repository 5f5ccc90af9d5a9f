"""The code on paper that leads to the public page of a document."""

from pathlib import Path
from uuid import UUID

from flask import current_app

from app.domain.signatures import publicpages
from signing import confined


def coded(document_id: UUID, ready: Path, target: Path) -> Path:
    """The file with its code where the agency prints one and it has room, else as it was.

    Errors: SigningRefused("source.*" | "code.*").
    """
    token, address = publicpages.open_page(document_id), current_app.config["ADDRESS"]
    printed = token is not None and address and confined.stamp(ready, target, f"{address}/verify/{token}")
    return target if printed else ready
