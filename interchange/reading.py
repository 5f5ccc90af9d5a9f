"""An envelope that comes from outside: hostile until every value in it was looked at."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from interchange import receipts
from interchange.envelope import BUSINESS, WISHES, Envelope, FileSent
from interchange.errors import ExchangeRefused

MAX_FILES = 200
MAX_NAME, MAX_LINE, MAX_TEXT = 255, 500, 4000
MAX_BYTES = 4 * 2**30
MAX_PAGES = 100_000
ROLES = frozenset({"main", "attachment", "signature"})
URGENCIES = frozenset({"normal", "urgent", "very_urgent", "express"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LINES = ("document_type", "field", "subject", "notation", "issuer_name", "signer_title")
_OPTIONAL_LINES = ("place", "replies_to", "secrecy", "signer_name")
_KNOWN = {*_LINES, *_OPTIONAL_LINES, "urgency", "number", "issued_on", "due_on"}


def read_envelope(value: Any) -> Envelope:
    """An envelope from JSON. Errors: ExchangeRefused "envelope.wrong" with the name of the value (`what`)."""
    fields = _mapping(value, "envelope")
    kind = fields.get("kind", "new")
    if kind not in BUSINESS:
        raise _wrong("kind")
    files = fields.get("files")
    if not isinstance(files, list | tuple) or len(files) > MAX_FILES:
        raise _wrong("files")
    sent = tuple(_file(one) for one in files)
    _check_places(sent, kind)
    return Envelope(
        message_id=_id(fields.get("message_id"), "message_id"),
        sender=_line(fields.get("sender"), "sender", longest=100),
        recipient=_line(fields.get("recipient"), "recipient", longest=100),
        facts=_facts(fields.get("facts")),
        files=sent,
        kind=kind,
        relates_to=_id(fields["relates_to"], "relates_to") if fields.get("relates_to") else "",
        reason=_text(fields.get("reason", ""), "reason"),
        opening=_opening(fields.get("opening"), kind),
    )


def _opening(value: Any, kind: str) -> dict[str, str] | None:
    """The sender's receipt for a wish; one to update or replace that came over an axis has none."""
    if kind not in WISHES or (value is None and kind != "recall"):
        return None
    fields = _mapping(value, "opening")
    return receipts.from_json(fields).as_json()


def _file(value: Any) -> FileSent:
    fields = _mapping(value, "files")
    name = _line(fields.get("name"), "name", longest=MAX_NAME)
    if not name or "/" in name or "\\" in name or name in (".", ".."):
        raise _wrong("name")
    sha256 = fields.get("sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise _wrong("sha256")
    role = fields.get("role", "main")
    if role not in ROLES:
        raise _wrong("role")
    numbers = {
        "size": _number(fields.get("size"), "size", most=MAX_BYTES),
        "pages": _number(fields.get("pages", 0), "pages", most=MAX_PAGES),
        "position": _number(fields.get("position", 0), "position", most=MAX_FILES),
    }
    return FileSent(name=name, sha256=sha256, role=role, **numbers)


def _check_places(files: tuple[FileSent, ...], kind: str) -> None:
    """Each file has a place of its own, and a message that carries a document has one main file."""
    places = [(one.role, one.position) for one in files]
    mains = sum(one.role == "main" for one in files)
    if len(set(places)) != len(places) or mains != (0 if kind == "recall" else 1):
        raise _wrong("files")


def _facts(value: Any) -> dict[str, Any]:
    facts = _mapping(value, "facts")
    if set(facts) - _KNOWN:
        raise _wrong("facts")
    read: dict[str, Any] = {name: _line(facts.get(name), name) for name in _LINES}
    read |= {name: _line(facts[name], name) for name in _OPTIONAL_LINES if name in facts}
    if facts.get("urgency") not in URGENCIES:
        raise _wrong("urgency")
    read["urgency"] = facts["urgency"]
    number = facts.get("number")
    read["number"] = None if number is None else _number(number, "number", most=999_999_999)
    read["issued_on"] = _day(facts.get("issued_on"), "issued_on")
    read["due_on"] = _day(facts["due_on"], "due_on") if facts.get("due_on") else None
    return read


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(what)
    return value


def _line(value: Any, what: str, longest: int = MAX_LINE) -> str:
    if not isinstance(value, str) or len(value) > longest or _CONTROL.search(value):
        raise _wrong(what)
    return value


def _text(value: Any, what: str) -> str:
    if (
        not isinstance(value, str)
        or len(value) > MAX_TEXT
        or _CONTROL.search(value.replace("\n", "").replace("\t", ""))
    ):
        raise _wrong(what)
    return value


def _number(value: Any, what: str, *, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise _wrong(what)
    return value


def _id(value: Any, what: str) -> str:
    return str(_parsed(UUID, value, what))


def _day(value: Any, what: str) -> str:
    return str(_parsed(date.fromisoformat, value, what))


def _parsed(parse: Callable[[str], object], value: Any, what: str) -> object:
    try:
        return parse(value)
    except (TypeError, ValueError, AttributeError) as nonsense:
        raise _wrong(what) from nonsense


def _wrong(what: str) -> ExchangeRefused:
    return ExchangeRefused("envelope.wrong", what=what)
