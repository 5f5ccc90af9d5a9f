"""The exchange keys of agencies (khóa trao đổi): ours are held by the server, others' come from the directory."""

from base64 import b64decode, b64encode
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, and_, make_url, or_, select

from app.domain.actors.actor import Actor
from app.domain.cases import deadjobs
from app.domain.exchange.events import KeyRenewed
from app.domain.exchange.models import ExchangeKey
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.kernel import clock, events
from app.kernel.db import command, db, known, locked
from app.kernel.errors import Conflict, Invalid, Missing
from interchange import keys as curve
from interchange import receipts
from interchange.receipts import Receipt, Statement

_FOLDERS: dict[str, Path] = {}


def install(database_url: str, folder: Path) -> None:
    """Say where the key lies that opens what is sealed in a database."""
    _FOLDERS[str(make_url(database_url))] = folder


def seal(secret: bytes, context: str) -> str:
    """A secret as it may lie in the database: only this installation opens it, and only for the same context."""
    from signing import sealing  # noqa: PLC0415 - cryptography is loaded by those who sign

    return b64encode(sealing.seal(secret, context, _folder())).decode()


def unseal(sealed: str, context: str) -> bytes:
    """What was sealed. Errors: SigningRefused "sealing.broken"."""
    from signing import sealing  # noqa: PLC0415 - cryptography is loaded by those who sign

    return sealing.unseal(b64decode(sealed), context, _folder())


def own(unit_id: UUID, row: ExchangeKey | None = None) -> bytes:
    """The key with which an agency of ours signs what it exchanges; made when it is first needed.

    `row` is that key where the caller has read it already. Errors: Missing "exchange.not_ours" for an agency in which
    nobody here works: it speaks for itself, elsewhere.
    """
    return known(("exchange key", unit_id), lambda: _opened(row or _own_row(unit_id)))


def is_own() -> ColumnElement[bool]:
    """What makes a key one that an agency of ours signs with now, as a part of another statement."""
    still = or_(ExchangeKey.valid_to.is_(None), ExchangeKey.valid_to > clock.now())
    return and_(ExchangeKey.sealed.is_not(None), still)


@command
def own_public(unit_id: UUID) -> ExchangeKey:
    """The key of an agency of ours as others may know it. Errors: as `own`."""
    return _own_row(unit_id)


@command
def renew(actor: Actor, unit_id: UUID) -> ExchangeKey:
    """Give an agency of ours a new key; what the old one signed stays true. Errors: Forbidden, Missing.

    Peers learn it from the directory within a day; until then what it signs is tried again.
    """
    if not actor.system:
        deadjobs.require(actor)
    if not is_ours(unit_id):
        raise Missing("exchange.not_ours")
    locked(Unit, unit_id)
    for old in _valid(unit_id):
        old.valid_to = clock.now()
    events.record(KeyRenewed(about=str(unit_id)), actor=actor.name)
    return _make(unit_id)


@command
def publish(unit: Unit, public: str, valid_from: datetime, valid_to: datetime | None) -> ExchangeKey:
    """Keep a key that another deployment publishes for its agency.

    Errors: Invalid "exchange.key_unreadable"; Conflict "exchange.key_taken" when it is another agency's, or when the
    agency is ours, whose keys nobody else publishes.
    """
    fingerprint = curve.fingerprint(_public(public))
    found = db.session.scalar(select(ExchangeKey).where(ExchangeKey.fingerprint == fingerprint))
    if (found is not None and found.unit_id != unit.id) or is_ours(unit.id):
        raise Conflict("exchange.key_taken", agency=unit.short_name)
    if found is None:
        found = ExchangeKey(unit_id=unit.id, fingerprint=fingerprint, public=public, valid_from=valid_from)
        db.session.add(found)
    found.valid_to = valid_to
    db.session.flush()
    return found


def of(unit_id: UUID) -> list[ExchangeKey]:
    """Every key an agency has or had, oldest first."""
    query = select(ExchangeKey).where(ExchangeKey.unit_id == unit_id).order_by(ExchangeKey.valid_from)
    return list(db.session.scalars(query))


def is_ours(unit_id: UUID) -> bool:
    """Whether an agency signs here: nobody else speaks for it."""
    query = select(ExchangeKey.id).where(ExchangeKey.unit_id == unit_id, ExchangeKey.sealed.is_not(None))
    return db.session.scalar(query.limit(1)) is not None


def by_fingerprint(fingerprint: str) -> ExchangeKey | None:
    """The key of that name, whosoever it is."""
    return db.session.scalar(select(ExchangeKey).where(ExchangeKey.fingerprint == fingerprint))


def is_over(row: ExchangeKey) -> bool:
    """Whether a key is no longer to be trusted for what happens now."""
    return row.valid_to is not None and row.valid_to <= clock.now()


def public_of(row: ExchangeKey) -> bytes:
    """A key as one to check with."""
    return _public(row.public)


def check(receipt: Receipt, signer: Unit) -> Statement:
    """What a receipt says, once an agency's key signed it that was valid then.

    Errors: ExchangeRefused "receipt.unreadable", "receipt.signature_wrong"; Invalid "exchange.key_unknown".
    """
    statement, fingerprint = receipts.read(receipt)
    row = known(("exchange key", fingerprint), lambda: by_fingerprint(fingerprint))
    if row is None or row.unit_id != signer.id or not _covers(row, statement.at):
        raise Invalid("exchange.key_unknown", agency=signer.short_name)
    return receipts.check(receipt, public_of(row))


def _covers(row: ExchangeKey, at: str) -> bool:
    """Whether a key had not been replaced at a moment; when it began is not asked, clocks differ."""
    try:
        return row.valid_to is None or datetime.fromisoformat(at) <= row.valid_to
    except (TypeError, ValueError):
        return False


def _own_row(unit_id: UUID) -> ExchangeKey:
    found = next(iter(_valid(unit_id)), None)
    if found is None:
        locked(Unit, unit_id)
        found = next(iter(_valid(unit_id)), None) or _make(unit_id)
    return found


def _valid(unit_id: UUID) -> list[ExchangeKey]:
    query = select(ExchangeKey).where(ExchangeKey.unit_id == unit_id, is_own())
    return list(db.session.scalars(query.order_by(ExchangeKey.valid_from.desc())))


def _make(unit_id: UUID) -> ExchangeKey:
    if unit_id not in orgunits.at_work():
        raise Missing("exchange.not_ours")
    private = curve.generate()
    public = curve.public(private)
    row = ExchangeKey(unit_id=unit_id, fingerprint=curve.fingerprint(public), public=b64encode(public).decode())
    row.sealed = seal(private, _context(unit_id))
    db.session.add(row)
    db.session.flush()
    return row


def _opened(row: ExchangeKey) -> bytes:
    return unseal(row.sealed or "", _context(row.unit_id))


def _public(public: str) -> bytes:
    try:
        key = b64decode(public, validate=True)
    except ValueError as nonsense:
        raise Invalid("exchange.key_unreadable") from nonsense
    if len(key) != curve.SIZE:
        raise Invalid("exchange.key_unreadable")
    return key


def _context(unit_id: UUID) -> str:
    return f"exchange key of {unit_id}"


def _folder() -> Path:
    return _FOLDERS[str(db.engine.url)]
