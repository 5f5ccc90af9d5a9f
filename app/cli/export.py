"""`python3 -m app export DOCUMENT --to FOLDER`: a document with everything that proves what happened to it.

The folder is the one that the page of the document gives, with the program that checks it. DOCUMENT is the id of a
document, or the address of its page.
"""

import re
import zipfile
from argparse import ArgumentParser
from pathlib import Path
from uuid import UUID

from flask import Flask

from app.cli.bpmn.words import sentence
from app.cli.output import say
from app.domain.actors.actor import SYSTEM
from app.domain.documents import queries as documents
from app.domain.exchange import exporting
from app.factory import create_app
from app.gateways import dossier
from app.gateways.files import FileStore
from app.kernel.db import db
from app.kernel.errors import Missing, OfficeError
from app.settings import from_environment

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def main(argv: list[str]) -> int:
    """Fill a new folder; 1 when there is nothing to export, or the folder is not empty."""
    parser = ArgumentParser(prog="python3 -m app export", description=__doc__)
    parser.add_argument("document", metavar="DOCUMENT")
    parser.add_argument("--to", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--lang", choices=("vi", "en"), default="vi")
    asked = parser.parse_args(argv)
    app = create_app(from_environment())
    try:
        with app.app_context():
            try:
                _fill(app, asked.document, asked.to)
            finally:
                db.session.remove()
                db.engine.dispose()
    except OfficeError as error:
        say(f"✗ {sentence(asked.lang, error.code, error.data)}")
        return 1
    except OSError as error:
        say(f"✗ {asked.to}: {error.strerror}")
        return 1
    say(f"✓ {asked.to}")
    return 0


def _fill(app: Flask, text: str, target: Path) -> None:
    """Errors: Missing; Conflict "export.not_exchanged"; OSError when the folder is not empty or cannot be written."""
    named = _ID.search(text)
    if named is None:
        raise Missing("document.missing")
    document_id = UUID(named[0])
    found = exporting.exported(SYSTEM, document_id)
    unit_id = documents.document(document_id).unit_id
    if target.exists():
        target.rmdir()  # only an empty one
    store: FileStore = app.extensions["files"]
    with store.temporary() as folder:
        packed, files = folder / "export.zip", {path: one.sha256 for path, one in found.files.items()}
        dossier.pack(store, files, found.record, lambda listed: exporting.sealed(found, unit_id, listed), packed)
        zipfile.ZipFile(packed).extractall(target)
