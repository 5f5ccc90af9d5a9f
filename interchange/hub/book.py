"""What the axis keeps: its agencies, and every message with what became of it. One folder; it survives a restart."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex, token_urlsafe
from threading import Lock
from uuid import uuid4

from interchange import identifiers
from interchange.errors import ExchangeRefused
from interchange.vxp import PROCESSING

_BUSY = 10.0


@dataclass(frozen=True)
class Agency:
    """An agency of the axis: `code` and `code102` in both schemes, and what its system signs in with."""

    code: str
    name: str
    code102: str = ""
    system_id: str = ""
    secret: str = ""
    is_locked: bool = False


@dataclass(frozen=True)
class Letter:
    """One message for one recipient. `sent_id` is what its sender was told; times are ISO 8601 in UTC."""

    doc_id: str
    sent_id: str
    kind: str
    sender: str
    recipient: str
    document_id: str
    notation: str
    title: str
    file: str
    created: str
    updated: str
    status: str = PROCESSING
    description: str = ""


_TABLES = """
CREATE TABLE IF NOT EXISTS agency (code TEXT PRIMARY KEY, name TEXT, code102 TEXT, system_id TEXT UNIQUE, secret TEXT,
  is_locked INTEGER);
CREATE TABLE IF NOT EXISTS letter (doc_id TEXT PRIMARY KEY, sent_id TEXT, kind TEXT, sender TEXT, recipient TEXT,
  document_id TEXT, notation TEXT, title TEXT, file TEXT, created TEXT, updated TEXT, status TEXT, description TEXT);
CREATE INDEX IF NOT EXISTS letter_recipient ON letter (recipient, kind, created);
CREATE INDEX IF NOT EXISTS letter_sender ON letter (sender, created);
"""


class Book:
    """The rows and files of an axis in a folder."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "files"
        self.files.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / "axis.sqlite"
        self._lock = Lock()
        with self._open() as database:
            database.executescript(_TABLES)

    def register(self, code: str, name: str) -> Agency:
        """Take in an agency, with what it signs in with; one that is here already keeps that.

        Errors: ExchangeRefused "identifier.wrong".
        """
        known = self.agency(code)
        if known is not None:
            return known
        written = identifiers.as_qd20(identifiers.parse(code))
        made = Agency(written.text, name, _code102(written), token_hex(8), token_urlsafe(24))
        with self._lock, self._open() as database:
            database.execute("INSERT INTO agency VALUES (?, ?, ?, ?, ?, ?)", astuple(made))
        return made

    def remove(self, code: str) -> None:
        """Strike an agency off."""
        with self._lock, self._open() as database:
            database.execute("DELETE FROM agency WHERE code = ?", (code,))

    def lock(self, code: str, *, locked: bool) -> None:
        """Lock an agency, so that nothing is taken for it any more, or unlock it."""
        with self._lock, self._open() as database:
            database.execute("UPDATE agency SET is_locked = ? WHERE code = ?", (locked, code))

    def agencies(self) -> list[Agency]:
        """All of them by code."""
        with self._open() as database:
            return [_agency(row) for row in database.execute("SELECT * FROM agency ORDER BY code")]

    def agency(self, code: str) -> Agency | None:
        """One by its code in either scheme."""
        try:
            wanted = identifiers.parse(code)
        except ExchangeRefused:
            return None
        return next((one for one in self.agencies() if identifiers.parse(one.code).is_same_as(wanted)), None)

    def signed_in(self, system_id: str) -> Agency | None:
        """The agency whose system it is."""
        with self._open() as database:
            row = database.execute("SELECT * FROM agency WHERE system_id = ?", (system_id,)).fetchone()
        return None if row is None else _agency(row)

    def keep(self, first: Letter, recipients: Sequence[str], source: Path) -> None:
        """Keep a message for each recipient, its file before its rows: whoever is answered can rely on both."""
        shutil.copyfile(source, self.files / first.file)
        rows = [
            (str(uuid4()), first.sent_id, first.kind, first.sender, code, *astuple(first)[5:]) for code in recipients
        ]
        marks = ", ".join("?" * len(fields(Letter)))
        with self._lock, self._open() as database:
            database.executemany(f"INSERT INTO letter VALUES ({marks})", rows)  # noqa: S608 - only question marks

    def received(self, agency: Agency, kind: str, since: datetime, until: datetime) -> list[Letter]:
        """What came for an agency in a while, oldest first."""
        query = "SELECT * FROM letter WHERE recipient = ? AND kind = ? AND created BETWEEN ? AND ? ORDER BY created"
        return self._letters(query, agency.code, kind, _utc(since), _utc(until))

    def sent(self, agency: Agency, since: datetime, until: datetime) -> list[Letter]:
        """The documents an agency sent in a while, oldest first."""
        query = "SELECT * FROM letter WHERE sender = ? AND kind = 'edoc' AND created BETWEEN ? AND ? ORDER BY created"
        return self._letters(query, agency.code, _utc(since), _utc(until))

    def letter(self, agency: Agency, doc_id: str) -> Letter | None:
        """One message that came for an agency."""
        return next(
            iter(self._letters("SELECT * FROM letter WHERE doc_id = ? AND recipient = ?", doc_id, agency.code)), None
        )

    def mark(self, letter: Letter, status: str, description: str = "") -> None:
        """Write down what the receiver says of a message."""
        query = "UPDATE letter SET status = ?, description = ?, updated = ? WHERE doc_id = ?"
        with self._lock, self._open() as database:
            database.execute(query, (status, description[:500], _utc(datetime.now(UTC)), letter.doc_id))

    def _letters(self, query: str, *values: str) -> list[Letter]:
        with self._open() as database:
            return [Letter(*row) for row in database.execute(query, values)]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=_BUSY)) as database, database:
            yield database


def now() -> str:
    """The moment as the book writes it."""
    return _utc(datetime.now(UTC))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _code102(code: identifiers.AgencyCode) -> str:
    try:
        return identifiers.as_qcvn102(code).text
    except ExchangeRefused:
        return ""


def _agency(row: Sequence[object]) -> Agency:
    code, name, code102, system_id, secret, locked = row
    return Agency(str(code), str(name), str(code102), str(system_id), str(secret), is_locked=bool(locked))
