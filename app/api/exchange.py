"""What other deployments say to us: signed requests, answered so that asking twice is as good as once.

Every request is signed with the exchange key of the agency that speaks; bodies are small, files come in pieces.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, g, jsonify, request
from sqlalchemy.exc import IntegrityError

from app.api import jsontext
from app.domain.actors.actor import SYSTEM
from app.domain.exchange import directory, hearing, identity, ledger, queries, receiving, reporting
from app.domain.exchange.identity import Caller
from app.domain.orgunits import queries as orgunits
from app.gateways.files import FileStore
from app.gateways.partial import Partials
from app.kernel import clock
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing, OfficeError, TooLarge, TooMany, Unavailable
from interchange import httpsig, ledgers, receipts
from interchange.envelope import Envelope
from interchange.errors import ExchangeRefused
from interchange.httpsig import Asked
from interchange.reading import read_envelope
from interchange.receipts import Receipt
from interchange.wire import CHUNK, INLINE, PREFIX, unpacked

bp = Blueprint("exchange_wire", __name__, url_prefix=PREFIX)
LARGEST_BODY = 2 * INLINE + CHUNK
STATUS: dict[type[OfficeError], int] = {
    Forbidden: 403,
    Missing: 404,
    Conflict: 409,
    TooLarge: 413,
    TooMany: 429,
    Unavailable: 503,
}


@bp.before_request
def knowcaller() -> None:
    """Find out which agency speaks, and that it signed just this request lately."""
    request.max_content_length = LARGEST_BODY
    headers = dict(request.headers)
    claim = httpsig.claimed(headers)
    found = identity.caller(claim.fingerprint)
    asked = Asked(request.method, request.host, request.path, request.query_string.decode(), request.get_data())
    httpsig.check(asked, headers, claim, found.public, now=int(clock.now().timestamp()))
    g.caller = found


@bp.errorhandler(OfficeError)
def _refuse(error: OfficeError) -> tuple[Response, int]:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), HTTPStatus.UNPROCESSABLE_ENTITY)
    return jsonify(code=error.code, data=error.data), status


@bp.errorhandler(ExchangeRefused)
def _refuse_wire(error: ExchangeRefused) -> tuple[Response, int]:
    is_identity = error.code.startswith("request.")
    status = HTTPStatus.UNAUTHORIZED if is_identity else HTTPStatus.UNPROCESSABLE_ENTITY
    return jsonify(code=error.code, data=error.data), status


@bp.post("/offers")
def offer() -> Response:
    """Whether a message would be taken, before its bytes move; what has come of each file already."""
    envelope = _envelope(body())
    given = receiving.given(envelope)
    if given:
        return jsonify(receipts=_told(given))
    receiving.require_acceptable(envelope, largest=current_app.config["EXCHANGE_LIMIT"])
    partials, place = _partials(), caller().place
    return jsonify(receipts=[], have={one.sha256: partials.have(place, one.sha256) for one in envelope.files})


@bp.patch("/files/<sha256>")
def add_piece(sha256: str) -> Response:
    """Take a piece of a file at an offset; how many bytes there are now."""
    try:
        offset, size = int(request.args["offset"]), int(request.args["size"])
    except (KeyError, ValueError) as nonsense:
        raise Invalid("part.elsewhere", have=0) from nonsense
    if not 0 <= offset < size <= current_app.config["EXCHANGE_LIMIT"]:
        raise TooLarge("file.too_large", limit=current_app.config["EXCHANGE_LIMIT"])
    have = _partials().append(caller().place, sha256, request.get_data(), offset=offset, size=size)
    return jsonify(have=have)


@bp.post("/messages")
def take() -> Response:
    """Keep a message durably, with small files inside it; the answer is the receipt of storage, for ever the same."""
    said = body()
    envelope = _envelope(said)
    given = receiving.given(envelope)
    if not given:
        receiving.require_acceptable(envelope, largest=current_app.config["EXCHANGE_LIMIT"])
        _keep_files(envelope, said.get("files"))
        try:
            given = receiving.store(SYSTEM, envelope, peer_id=caller().peer_id)
        except IntegrityError:  # its twin was faster by a moment: both get the receipt of the one that was kept
            given = receiving.store(SYSTEM, envelope, peer_id=caller().peer_id)
    return jsonify(receipts=_told(given))


@bp.get("/messages/<uuid:message_id>/<recipient>")
def ask(message_id: UUID, recipient: str) -> Response:
    """The receipts that were given for a message of the agency that asks; none when it never came."""
    unit = orgunits.unit_by_code(recipient)
    arrival = queries.arrival_of_message(caller().unit.id, message_id, unit.id)
    given = [] if arrival is None else reporting.given(arrival.id)
    return jsonify(receipts=_told([reporting.receipt_of(one) for one in given]))


@bp.post("/receipts")
def hear() -> Response:
    """Hear a receipt for a message of ours. Only the agency that gave it may bring it."""
    receipt = receipts.from_json(body())
    statement, fingerprint = receipts.read(receipt)
    signer = identity.caller(fingerprint)
    if signer.unit.id != caller().unit.id:
        raise Forbidden("exchange.forged_sender", agency=statement.signer)
    hearing.hear(SYSTEM, receipt)
    return jsonify(heard=True)


@bp.get("/ledger/<day>")
def compare(day: str) -> Response:
    """What this deployment and that of the agency that asks exchanged on a day: one hash, and what is behind it.

    `under` names a part, of which large ones are answered with the hashes of their own parts.
    """
    part = request.args.get("under", "")
    try:
        found = ledger.entries(caller().peer_id, date.fromisoformat(day))
    except ValueError as nonsense:
        raise Invalid("request.not_json") from nonsense
    if not ledgers.is_prefix(part):
        raise Invalid("request.not_json")
    return jsonify(ledgers.answer(found, part, request.args.get("root", "")))


@bp.get("/directory")
def list_agencies() -> Response:
    """The agencies of this deployment with their identifiers and public exchange keys."""
    return jsonify(agencies=[asdict(one) for one in directory.published()])


def caller() -> Caller:
    """The agency that speaks."""
    found: Caller = g.caller
    return found


def body() -> dict[str, Any]:
    """What it says. Errors: Invalid."""
    value = jsontext.read(request.get_data())
    if not isinstance(value, dict):
        raise Invalid("request.not_json")
    return value


def _envelope(said: dict[str, Any]) -> Envelope:
    envelope = read_envelope(said.get("envelope"))
    identity.require_sender(caller(), envelope)
    return envelope


def _told(given: Sequence[Receipt]) -> list[dict[str, str]]:
    return [one.as_json() for one in given]


def _keep_files(envelope: Envelope, inside: Any) -> None:
    """Put what came inside a message into the store; everything the envelope names must be there then."""
    store = _store()
    for data in unpacked(inside):
        store.put(data, limit=INLINE)
    missing = [one.name for one in envelope.files if not store.exists(one.sha256)]
    wrong = [one.name for one in envelope.files if one.name not in missing and store.size(one.sha256) != one.size]
    if missing or wrong:
        raise Invalid("exchange.file_missing", name=(missing or wrong)[0])


def _store() -> FileStore:
    store: FileStore = current_app.extensions["files"]
    return store


def _partials() -> Partials:
    return Partials(_store())
