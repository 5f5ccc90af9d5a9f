"""At a deployment that cannot reach us (profile `peer`): what waits there for one of our agencies, and our answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from app.gateways.transports.peer import PeerTransport
from interchange import handed, receipts
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from interchange.handed import Handed
from interchange.http import Said
from interchange.receipts import Receipt
from interchange.wire import CHUNK

LONGEST_CODE = 100


@dataclass(frozen=True)
class Waiting:
    """A message that waits: its id there, and for which of our agencies (its code there)."""

    id: UUID
    recipient: str


@dataclass(frozen=True)
class Shelf:
    """A part of what waits: messages, and the agencies of ours (their codes there) for which receipts do."""

    messages: Sequence[Waiting]
    agencies: Sequence[str]
    is_all: bool


class WaitingRoom(PeerTransport):
    """One of our agencies where messages wait for it.

    Errors, of all: ExchangeUnavailable. What is not given to us may be given later, and is no refusal of a message.
    """

    def look(self, after: UUID | None) -> Shelf:
        """A part of what waits for our deployment, behind what was seen."""
        said = self._ask("GET", f"/waiting{_behind(after)}")
        messages = [Waiting(_id(one.get("id")), _code(one.get("recipient"))) for one in _rows(said, "messages")]
        agencies = said.get("receipts")
        if not isinstance(agencies, list):
            raise ExchangeUnavailable("peer.nonsense")
        return Shelf(messages, [_code(one) for one in agencies], said.get("all") is not False)

    def message(self, waiting: Waiting) -> Handed:
        """A message as it came: nobody has looked at it, nor at its signature."""
        try:
            return handed.from_json(self._ask("GET", f"/waiting/{waiting.id}"))
        except ExchangeRefused as nonsense:
            raise ExchangeUnavailable(nonsense.code) from nonsense

    def piece(self, waiting: Waiting, sha256: str, offset: int) -> bytes:
        """A piece of a file from an offset; it may be short, and is never empty."""
        asked = {"Range": f"bytes={offset}-{offset + CHUNK - 1}"}
        said = self._said("GET", f"/waiting/{waiting.id}/files/{sha256}", b"", asked)
        is_there = said.headers.get("Content-Range", "").startswith(f"bytes {offset}-")
        if said.status != HTTPStatus.PARTIAL_CONTENT or not is_there or not 0 < len(said.body) <= CHUNK:
            raise ExchangeUnavailable("peer.nonsense")
        return said.body

    def refuse(self, waiting: Waiting, code: str, data: Mapping[str, Any]) -> None:
        """Say that a message will never be taken, and why."""
        self._post(f"/waiting/{waiting.id}/refusal", {"code": code, "data": dict(data)})

    def receipts(self, after: UUID | None) -> tuple[list[tuple[UUID, Receipt]], bool]:
        """A part of the receipts that wait for our agency, behind the one that was seen; whether these are all."""
        said = self._ask("GET", f"/waiting/receipts{_behind(after)}")
        try:
            found = [(_id(one.get("id")), receipts.from_json(one)) for one in _rows(said, "receipts")]
        except ExchangeRefused as nonsense:
            raise ExchangeUnavailable("peer.nonsense") from nonsense
        return found, said.get("all") is not False

    def acknowledge(self, heard: Sequence[UUID]) -> None:
        """Say which receipts we have kept: they wait no more."""
        self._post("/waiting/receipts", {"heard": [str(one) for one in heard]})

    def _said(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Said:
        try:
            return super()._said(method, path, body, headers)
        except ExchangeRefused as refusal:
            raise ExchangeUnavailable(refusal.code) from refusal


def _behind(after: UUID | None) -> str:
    return "" if after is None else f"?after={after}"


def _rows(said: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = said.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ExchangeUnavailable("peer.nonsense")
    return found


def _id(text: object) -> UUID:
    try:
        return UUID(str(text))
    except ValueError as nonsense:
        raise ExchangeUnavailable("peer.nonsense") from nonsense


def _code(text: object) -> str:
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_CODE:
        raise ExchangeUnavailable("peer.nonsense")
    return text
