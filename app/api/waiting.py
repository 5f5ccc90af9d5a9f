"""What waits here for a deployment that cannot be reached: it looks, fetches, and answers with its receipts.

Requests are signed and refused as all of the exchange are.
"""

import re
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request

from app.api.exchange import body, caller
from app.domain.exchange import reporting, waiting
from app.gateways.files import FileStore
from app.kernel.errors import Invalid
from interchange.wire import CHUNK

bp = Blueprint("waiting", __name__, url_prefix="/waiting")
_CODE = re.compile(r"[a-z_]{1,40}\.[a-z_]{1,60}")
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")


@bp.get("")
def look() -> Response:
    """A part of what waits for the deployment that asks, oldest first, behind what it has seen (`after`)."""
    shelf = waiting.look(caller(), _after())
    found = [{"id": str(one.id), "kind": one.message.kind, "recipient": one.recipient.code} for one in shelf.deliveries]
    return jsonify(messages=found, receipts=shelf.agencies, all=shelf.is_all)


@bp.get("/<uuid:delivery_id>")
def hand_out(delivery_id: UUID) -> Response:
    """A message that waits for the agency that asks."""
    return jsonify(waiting.hand_out(caller(), delivery_id))


@bp.get("/<uuid:delivery_id>/files/<sha256>")
def give_piece(delivery_id: UUID, sha256: str) -> Response:
    """A piece of a file of a message that waits for the agency that asks, from an offset (`Range`)."""
    file = waiting.file_of(caller(), delivery_id, sha256)
    first, last = _range(file.size)
    store: FileStore = current_app.extensions["files"]
    with store.open(sha256) as stream:
        stream.seek(first)
        piece = stream.read(last - first + 1)
    answer = Response(piece, HTTPStatus.PARTIAL_CONTENT, mimetype="application/octet-stream")
    answer.headers["Content-Range"] = f"bytes {first}-{first + len(piece) - 1}/{file.size}"
    return answer


@bp.post("/<uuid:delivery_id>/refusal")
def refuse(delivery_id: UUID) -> Response:
    """Hear that a message will never be taken, and why."""
    said = body()
    code, data = said.get("code"), said.get("data")
    if not isinstance(code, str) or not _CODE.fullmatch(code) or not isinstance(data, dict):
        raise Invalid("request.not_json")
    waiting.refuse(caller(), delivery_id, code, data)
    return jsonify(heard=True)


@bp.get("/receipts")
def give_receipts() -> Response:
    """A part of the receipts that wait for the agency that asks, oldest first, behind the one it has seen (`after`)."""
    found = waiting.receipts(caller(), _after())
    given = [{"id": str(one.id), **reporting.receipt_of(one).as_json()} for one in found]
    return jsonify(receipts=given, all=len(given) < waiting.AT_A_TIME)


@bp.post("/receipts")
def note_heard() -> Response:
    """Hear which receipts the agency that speaks has kept."""
    ids = body().get("heard")
    if not isinstance(ids, list) or len(ids) > waiting.AT_A_TIME:
        raise Invalid("request.not_json")
    waiting.note_heard(caller(), [_id(one) for one in ids])
    return jsonify(heard=True)


def _range(size: int) -> tuple[int, int]:
    """The first and the last byte that are asked for; of more than a piece only its beginning. Errors: Invalid."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "bytes=0-"))
    first = int(asked[1]) if asked else size
    if asked is None or first >= size:
        raise Invalid("part.elsewhere", have=0)
    return first, min(int(asked[2] or size), first + CHUNK - 1, size - 1)


def _after() -> UUID | None:
    text = request.args.get("after", "")
    return _id(text) if text else None


def _id(text: object) -> UUID:
    try:
        return UUID(str(text))
    except ValueError as nonsense:
        raise Invalid("request.not_json") from nonsense
