"""To another deployment of ours (profile `peer`): signed requests, files in pieces, and no byte twice without need."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.gateways.transports.protocol import Answer, OpenFile
from app.kernel import clock
from interchange import httpsig, ledgers, receipts
from interchange.directory import Listed, read_listed
from interchange.edxml.letters import About
from interchange.envelope import Envelope, FileSent
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from interchange.http import Said, Site
from interchange.httpsig import Asked
from interchange.receipts import Receipt
from interchange.wire import CHUNK, INLINE, PREFIX, packed

ELSEWHERE = "part.elsewhere"
AGAIN = frozenset({"part.hash_wrong", "exchange.file_missing"})
"""What is said of bytes that were damaged on the way, as of requests: nothing is wrong with the message itself."""
CUTS = 3
"""Connections that may break in a row over one piece before the whole message is tried again later."""


@dataclass(frozen=True)
class PeerTransport:
    """One of our agencies at another deployment; `private` is its exchange key."""

    site: Site
    private: bytes

    def preflight(self, envelope: Envelope) -> Answer | None:
        """Ask before bytes move; a small message is its own question."""
        return None if _is_small(envelope) else self._offered(envelope)[0]

    def send(self, envelope: Envelope, open_file: OpenFile) -> Answer:
        """Bring the files that are not there, from where they broke off, then the message."""
        body: dict[str, Any] = {"envelope": asdict(envelope)}
        if _is_small(envelope):
            body["files"] = packed(open_file(one.sha256).read_bytes() for one in envelope.files)
        else:
            known, have = self._offered(envelope)
            if known is not None:
                return known
            for file in envelope.files:
                self._bring(file, open_file(file.sha256), _whole(have.get(file.sha256)))
        return Answer(_receipts(self._post("/messages", body)))

    def ask(self, envelope: Envelope, since: datetime) -> Answer | None:  # noqa: ARG002 - an id is known for ever
        """The receipts of a message, by its id."""
        said = self._ask("GET", f"/messages/{envelope.message_id}/{quote(envelope.recipient, safe='')}")
        found = _receipts(said)
        return Answer(found) if found else None

    def tell(self, receipt: Receipt, about: About) -> None:  # noqa: ARG002 - see `bring`
        """Bring a receipt."""
        self.bring(receipt)

    def bring(self, receipt: Receipt) -> None:
        """Bring a receipt; a deployment knows whose message it was."""
        if self._post("/receipts", receipt.as_json()).get("heard") is not True:
            raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True)

    def ledger(self, day: str, ours: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """The hash of the other side's ledger of a day, and its entries; of these only what differs is sent."""
        return ledgers.walk(lambda part, root: self._ask("GET", f"/ledger/{day}?root={root}&under={part}"), ours)

    def directory(self) -> Sequence[Listed]:
        """The agencies of the other deployment."""
        found = self._ask("GET", "/directory").get("agencies")
        if not isinstance(found, list):
            raise ExchangeUnavailable("peer.nonsense")
        return [read_listed(one) for one in found]

    def _offered(self, envelope: Envelope) -> tuple[Answer | None, dict[str, int]]:
        said = self._post("/offers", {"envelope": asdict(envelope)})
        found = _receipts(said)
        have = said.get("have", {})
        return (Answer(found) if found else None), have if isinstance(have, dict) else {}

    def _bring(self, file: FileSent, path: Path, have: int) -> None:
        """Send a file from where it broke off. The other side says where that is, whatever happened between us.

        After a cut an empty piece asks; that the question is cut, too, is one cut more.
        """
        cuts, asks = 0, False
        with path.open("rb") as stream:
            while have < file.size:
                stream.seek(have)
                try:
                    have = self._piece(file, b"" if asks else stream.read(CHUNK), have)
                except ExchangeUnavailable:
                    cuts, asks = cuts + 1, True
                    if cuts > CUTS:
                        raise
                else:
                    cuts, asks = (cuts if asks else 0), False

    def _piece(self, file: FileSent, piece: bytes, offset: int) -> int:
        try:
            said = self._ask("PATCH", f"/files/{file.sha256}?offset={offset}&size={file.size}", piece)
        except ExchangeRefused as elsewhere:
            if elsewhere.code != ELSEWHERE:
                raise
            said = elsewhere.data
        have = said.get("have")
        if type(have) is not int:
            raise ExchangeUnavailable("peer.nonsense")
        return have

    def _post(self, path: str, body: object) -> dict[str, Any]:
        return self._ask("POST", path, json.dumps(body, ensure_ascii=False).encode())

    def _ask(self, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
        said = self._said(method, path, body, {}).json()
        if not isinstance(said, dict):
            raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True)
        return said

    def _said(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Said:
        target = self.site.path(PREFIX + path)
        where, _, query = target.partition("?")
        asked = Asked(method, self.site.authority_name, where, query, body)
        signed = httpsig.sign(asked, self.private, created=int(clock.now().timestamp()))
        length = {"Content-Length": str(len(body))}
        stream = BytesIO(body)  # so that the time to connect is that of each piece, not of all on a slow line
        said = self.site.ask(method, target, body=stream, headers={**headers, **signed, **length})
        if said.status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(said)
        return said


def _refusal(said: Said) -> ExchangeRefused | ExchangeUnavailable:
    """What the other side will not do; an answer that is not one of its own is nobody's."""
    found = said.json()
    code, data = (found.get("code"), found.get("data")) if isinstance(found, dict) else (None, None)
    if not isinstance(code, str):
        return ExchangeUnavailable("peer.nonsense")
    if code.startswith("request.") or code in AGAIN:
        return ExchangeUnavailable(code)
    return ExchangeRefused(code, **(data if isinstance(data, dict) else {}))


def _receipts(said: dict[str, Any]) -> tuple[Receipt, ...]:
    """The receipts in an answer; those that cannot be read were damaged on the way."""
    try:
        return tuple(receipts.from_json(one) for one in said.get("receipts", ()))
    except (ExchangeRefused, TypeError) as nonsense:
        raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True) from nonsense


def _whole(number: object) -> int:
    return number if type(number) is int and number >= 0 else 0


def _is_small(envelope: Envelope) -> bool:
    return sum(one.size for one in envelope.files) <= INLINE
