"""Pages of documents as pictures, so that phones and old machines need no PDF reader."""

from functools import lru_cache
from pathlib import Path

from flask import Response, current_app, request

from app.domain.documents.models import DocumentFile
from app.gateways import pdf
from app.gateways.files import FileStore
from app.kernel.errors import Missing

WIDTHS = (720, 1080)
KEPT = 48


def picture(file: DocumentFile, page: int, width: int) -> Response:
    """One page as PNG. A browser that has it asks whether it still may see it, and is not sent it again."""
    if not 1 <= page <= file.pages:
        raise Missing("document.page_missing")
    width = width if width in WIDTHS else WIDTHS[-1]
    tag = f"{file.sha256[:32]}-{page}-{width}"
    answer = Response(mimetype="image/png")
    answer.set_etag(tag)
    answer.cache_control.private = True
    answer.cache_control.no_cache = True
    if request.if_none_match.contains(tag):
        answer.status_code = 304
        return answer
    store: FileStore = current_app.extensions["files"]
    answer.data = _png(store.path(file.sha256), page, width)
    return answer


@lru_cache(maxsize=KEPT)
def _png(path: Path, page: int, width: int) -> bytes:
    return pdf.page_image(path, page, width)
