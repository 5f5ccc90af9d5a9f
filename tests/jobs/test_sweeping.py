"""Files that nobody's document names do not stay for ever; everything else does."""

import os
from datetime import timedelta
from hashlib import sha256
from math import inf
from pathlib import Path

import pytest
from flask import Flask

from app.domain.documents import queries as documents
from app.domain.documents.models import DocumentFile
from app.gateways.files import FileStore
from app.jobs import schedule, sweeping
from app.kernel import clock
from app.kernel.db import db, transaction
from tests.house import Office
from tests.story import Ref, Told


@pytest.fixture
def store(app: Flask) -> FileStore:
    found: FileStore = app.extensions["files"]
    return found


@pytest.fixture
def case(office: Office) -> Ref:
    """A document whose first file is a month old, in an office that works to this day."""
    case = Told(office).until("check_content")
    with transaction():
        first = documents.files(case.document_id)[0]
        kept = {name: getattr(first, name) for name in ("document_id", "role", "stage", "name", "size")}
        old = DocumentFile(**kept, revision=9, sha256=_put(office.app.extensions["files"], b"old", days=30))
        old.at = clock.now() - timedelta(days=30)
        db.session.add(old)
    return case


def _put(store: FileStore, content: bytes, *, days: float) -> str:
    name = store.put(content, limit=1000).sha256
    _age(store.path(name), days)
    return name


def _age(path: Path, days: float) -> None:
    moment = (clock.now() - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))


def test_only_what_no_document_names_goes_and_only_after_a_week(store: FileStore, case: Ref) -> None:
    stray, fresh = _put(store, b"stray", days=8), _put(store, b"fresh", days=6)
    for file in documents.files(case.document_id):
        _age(store.path(file.sha256), 8)

    assert sweeping.unclaimed(store) == 1

    assert not store.exists(stray)
    assert store.exists(fresh)
    assert all(store.exists(file.sha256) for file in documents.files(case.document_id))


def test_what_is_older_or_newer_than_all_a_database_knows_belongs_to_another(store: FileStore, case: Ref) -> None:
    older = _put(store, b"of an earlier database", days=40)
    assert sweeping.unclaimed(store) == 0

    with transaction():
        for file in db.session.query(DocumentFile):
            file.at = clock.now() - timedelta(days=30)
    newer = _put(store, b"of the time after a backup", days=10)
    assert sweeping.unclaimed(store) == 0

    assert store.exists(older)
    assert store.exists(newer)


def test_a_database_without_files_removes_none(store: FileStore) -> None:
    stray = _put(store, b"stray", days=8)

    assert sweeping.unclaimed(store) == 0
    assert store.exists(stray)


def test_what_is_put_again_meanwhile_stays(store: FileStore) -> None:
    _put(store, b"stray", days=8)
    limit = clock.now().timestamp() - 7 * 86_400
    [name] = store.names(0, limit)
    assert name == sha256(b"stray").hexdigest()

    store.put(b"stray", limit=1000)

    assert not store.discard(name, limit)
    assert store.exists(name)


def test_the_clock_sweeps_when_it_starts_and_then_once_in_a_while(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[str] = []

    def often(_: FileStore) -> int:
        swept.append("often")
        return 0

    def seldom(_: FileStore) -> int:
        swept.append("seldom")
        return 0

    monkeypatch.setattr(schedule, "SWEEPS", ((60.0, often), (3600.0, seldom)))
    last = dict.fromkeys(schedule.SWEEPS, -inf)

    for moment in (1.0, 30.0, 62.0, 3602.0):
        monkeypatch.setattr(schedule, "monotonic", lambda moment=moment: moment)
        schedule._sweep(app, last)

    assert swept == ["often", "seldom", "often", "often", "seldom"]
