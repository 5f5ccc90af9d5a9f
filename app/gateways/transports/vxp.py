"""The national axis (VXP): parameters in signed headers; files come and go as streams."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from app.gateways.transports.axis import Dispatch, Entry, Listing, rows, whole
from app.kernel import clock
from interchange import axiscodes, vxp
from interchange.edxml.limits import DEFAULT
from interchange.edxml.values import VIETNAM
from interchange.errors import ExchangeUnavailable
from interchange.http import Said, Site

_LARGEST_SAYING = 65536


@dataclass(frozen=True)
class VxpWire:
    """One system at the axis; `secret` keys the HMAC of its headers and is never sent."""

    site: Site
    system_id: str
    secret: str = field(repr=False)

    def send(self, file: Path, kind: str, sender: str, recipient: str) -> str:
        """Bring an edXML file; what the axis calls it (DocId)."""
        with file.open("rb") as source:
            written = vxp.hash_file(source)
            source.seek(0)
            headers = self._headers({"messagetype": kind, "from": sender, "to": recipient, "hash-file": written})
            headers |= {"Content-Type": "application/octet-stream", "Content-Length": str(file.stat().st_size)}
            said = _read(self.site.ask("POST", self.site.path("/sendEdoc"), body=source, headers=headers))
        return _text(said, "DocId")

    def received(self, kind: str, since: datetime, until: datetime) -> Sequence[Listing]:
        """The list of what came."""
        found = self._list("getReceivedEdocList", since, until, messagetype=kind)
        return [
            Listing(_text(one, "docId"), kind, str(one.get("from", "")), str(one.get("status", ""))) for one in found
        ]

    def sent(self, since: datetime, until: datetime) -> Sequence[Dispatch]:
        """The list of what was sent."""
        found = self._list("getSentEdocList", since, until, messagetype=vxp.EDOC)
        names = ("senderDocId", "toCode", "notation", "receiveStatus", "receiveStatusDesc")
        return [Dispatch(*(str(one.get(name, "")) for name in names)) for one in found]

    def fetch(self, reference: str, target: Path) -> None:
        """Stream the file of a message."""
        headers = self._headers({"docId": reference})
        with target.open("xb") as into:
            path = self.site.path("/downloadEdoc")
            said = whole(self.site, path, into, most=DEFAULT.size, headers=headers)
        if "json" in said.headers.get("Content-Type", "") and target.stat().st_size <= _LARGEST_SAYING:
            _read(Said(said.status, said.headers, target.read_bytes()))
        if said.status != HTTPStatus.OK:
            raise ExchangeUnavailable("peer.nonsense")

    def mark(self, reference: str, status: str) -> None:
        """Tell what became of a message (updateStatus)."""
        self._ask("updateStatus", {"docId": reference, "status": status})

    def agencies(self) -> Sequence[Entry]:
        """The directory; `pid` is the id of the agency above."""
        found = rows(self._ask("getAgenciesList", {}))
        names = ("id", "pid", "name", "mail", "code", "code102", "oldCode")
        lines = [[str(one.get(name) or "") for name in names] for one in found]
        by_id = {line[0]: line[4] for line in lines if line[0]}
        return [Entry(name, tuple(codes), by_id.get(above, ""), mail) for _id, above, name, mail, *codes in lines]

    def _list(self, act: str, since: datetime, until: datetime, **more: str) -> Sequence[Mapping[str, Any]]:
        return rows(self._ask(act, {"fromDate": _moment(since), "toDate": _moment(until), **more}))

    def _ask(self, act: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        return _read(self.site.ask("POST", self.site.path(f"/{act}"), headers=self._headers(parameters)))

    def _headers(self, parameters: Mapping[str, str]) -> dict[str, str]:
        now = vxp.stamp(clock.now().astimezone(VIETNAM))
        named = {"systemid": self.system_id, "timestamp": now, "servicetype": "eDoc", **parameters}
        return vxp.signed(named, self.secret)


def _read(said: Said) -> Mapping[str, Any]:
    """What the axis answered. Errors: those of `axiscodes`; ExchangeUnavailable for what is no answer of an axis."""
    try:
        value = json.loads(said.body)
    except (ValueError, RecursionError) as nonsense:
        raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True) from nonsense
    if not isinstance(value, dict) or "status" not in value:
        raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True)
    if value["status"] != "OK":
        raise axiscodes.error(str(value.get("ErrorCode", "")), str(value.get("ErrorDesc", "")))
    return value


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True)
    return found


def _moment(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).strftime("%Y/%m/%d %H:%M:%S")
