"""The header protocol of the national axis (trục liên thông văn bản quốc gia, VXP), as its kit 2.0.1 speaks it.

Parameters travel as headers; all of them, as one JSON text, carry an HMAC. Nothing here opens a connection.
"""

import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import IO

from interchange.errors import ExchangeRefused

PREFIX = "XroadVnpt-"
VERSION = "3.0.201608"
AGENT = "JAVASDKAgent/1.0.0 XRoad/VPCP"
EDOC, STATUS = "edoc", "status"
"""Kinds of messages (messagetype)."""
PROCESSING, DONE, FAIL = "processing", "done", "fail"
"""What became of a message at its receiver's door (updateStatus)."""
TOLERANCE = 300
"""Seconds by which two clocks may differ."""
_MOMENT = "%d%m%YT%H%M%S%z"
_SIGNATURE = ("sign-header", "sign-header-key", "hash-header")
_LONGEST = 8192
_PLAIN = re.compile(r"[\x20-\x7e]*")
_PIECE = 2**20


def stamp(moment: datetime) -> str:
    """A moment as the headers say it: ddMMyyyyTHHmmss+zzzz."""
    return moment.strftime(_MOMENT)


def moment(text: str) -> datetime:
    """A moment of a header. Errors: ExchangeRefused "vxp.timestamp"."""
    try:
        return datetime.strptime(text, _MOMENT)  # noqa: DTZ007 - the form has a zone
    except ValueError as nonsense:
        raise ExchangeRefused("vxp.timestamp") from nonsense


def java_hex(digest: bytes) -> str:
    """The bytes of a digest one after another, each without its leading zero: the axis' own writing of `hash-file`."""
    return "".join(f"{byte:x}" for byte in digest)


def hash_file(stream: IO[bytes]) -> str:
    """The SHA-256 of a file as the axis writes it."""
    total = sha256()
    while piece := stream.read(_PIECE):
        total.update(piece)
    return java_hex(total.digest())


def signed(parameters: Mapping[str, str], secret: str) -> dict[str, str]:
    """The headers of a request with these parameters (names without their prefix).

    Errors: ExchangeRefused "vxp.header" for a value that no header can carry.
    """
    named = {f"{PREFIX}{name}": value for name, value in parameters.items() if value}
    if not all(_PLAIN.fullmatch(value) for value in named.values()):
        raise ExchangeRefused("vxp.header")
    text = json.dumps(named, separators=(",", ":"))
    return {
        **named,
        f"{PREFIX}sign-header": text,
        f"{PREFIX}sign-header-key": ";".join(named),
        f"{PREFIX}hash-header": _mac(text, secret),
        f"{PREFIX}version": VERSION,
        "User-Agent": AGENT,
    }


def claimed(headers: Mapping[str, str]) -> dict[str, str]:
    """The parameters a request says it has, nothing proved yet; names in small letters, without their prefix."""
    prefix = PREFIX.lower()
    return {name.lower()[len(prefix) :]: value for name, value in headers.items() if name.lower().startswith(prefix)}


def check(headers: Mapping[str, str], secret: str, now: datetime) -> dict[str, str]:
    """The parameters of a request, once it is proved that whoever has the secret said each of them just now.

    Errors: ExchangeRefused "vxp.signature", "vxp.timestamp".
    """
    said = claimed(headers)
    text = said.get("sign-header", "")
    if len(text) > _LONGEST or not hmac.compare_digest(
        _mac(text, secret).encode(), said.get("hash-header", "").encode()
    ):
        raise ExchangeRefused("vxp.signature")
    parameters = claimed(_texts(text))
    unsigned = said.keys() - parameters.keys() - {*_SIGNATURE, "version"}
    if unsigned or any(said.get(name) != value for name, value in parameters.items()):
        raise ExchangeRefused("vxp.signature")
    if abs((moment(parameters.get("timestamp", "")) - now).total_seconds()) > TOLERANCE:
        raise ExchangeRefused("vxp.timestamp")
    return parameters


def _texts(text: str) -> dict[str, str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as nonsense:
        raise ExchangeRefused("vxp.signature") from nonsense
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ExchangeRefused("vxp.signature")
    return value


def _mac(text: str, secret: str) -> str:
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()
