"""What a message must have before it is written; a wrong one is refused by name, never sent."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from interchange.edxml import limits, names
from interchange.edxml.attaching import check_name
from interchange.edxml.message import Attachment, Business, Message, Party, Status
from interchange.envelope import BUSINESS
from interchange.errors import ExchangeRefused
from interchange.identifiers import LONGEST

_CODE = re.compile(rf"[0-9A-Za-z][0-9A-Za-z.\-]{{0,{LONGEST - 1}}}")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LARGEST = 2**31 - 1
"""Bytes of a file in a zip that every program can read."""
_MOST = 999_999_999
_STEERING = 3


def check(message: Message | Status) -> None:
    """Errors: ExchangeRefused "edxml.value_missing" and "edxml.value_wrong" with the name of the value (`what`)."""
    total = 0
    for what, text in _texts(message, ""):
        total += len(text)
        if _UNWRITABLE.search(text) or len(text) > limits.DEFAULT.text or total > limits.DEFAULT.texts:
            raise _wrong(what)
    _check_party(message.sender, "from")
    if isinstance(message, Status):
        _check_status(message)
    else:
        _check_message(message)


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one, name)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name), f"{name}.{field.name}".strip("."))


def _check_party(party: Party, what: str) -> None:
    _need(f"{what}.code", party.code)
    _need(f"{what}.name", party.name)
    _check_code(party.code, f"{what}.code")


def _check_code(code: str, what: str) -> None:
    if not _CODE.fullmatch(code):
        raise _wrong(what)


def _check_status(status: Status) -> None:
    target = status.response_for
    _check_code(target.code, "response_for.code")
    _need("response_for.notation", target.notation)
    _need("response_for.document_id", target.document_id)
    _need("response_for.issued_on", target.issued_on)
    if status.code not in names.STATUSES:
        raise _wrong("status")
    if status.code in names.REASONED:
        _need("description", status.description)
    _check_moment(status.at, "at")


def _check_moment(at: datetime, what: str) -> None:
    if at.tzinfo is None:
        raise _wrong(what)


def _check_message(message: Message) -> None:
    _need("to", message.recipients)
    for party in message.recipients:
        _check_party(party, "to")
    for what in ("document_id", "number", "notation", "issued_on", "subject"):
        _need(what, getattr(message, what))
    _need("document_type.name", message.document_type.name)
    _need("signer.name", message.signer.name)
    _check_numbers(message)
    for trace in message.traces:
        _check_code(trace.code, "traces.code")
        _check_moment(trace.at, "traces.at")
    _check_business(message)
    _check_attachments(message.attachments)


def _check_numbers(message: Message) -> None:
    kind = message.document_type
    for what, text in (("document_type.code", kind.code), ("document_type.detail", kind.detail)):
        if not (text.isascii() and text.isdigit()):
            raise _wrong(what)
    most = {"priority": len(names.PRIORITIES) - 1, "steering": _STEERING, "amount": _MOST, "pages": _MOST}
    for what, largest in most.items():
        if not 0 <= getattr(message, what) <= largest:
            raise _wrong(what)


def _check_business(message: Message) -> None:
    """Each kind names its target in its own way (BussinessDocType 0 to 3), and in no other's."""
    business = message.business
    if business.kind not in BUSINESS:
        raise _wrong("business_type")
    if business.kind != "new":
        _need("business.reason", business.reason)
    if business.kind == "recall" and not any(one.code and one.document_id for one in message.reply_to):
        raise ExchangeRefused("edxml.value_missing", what="reply_to")
    if business.kind in ("new", "replace"):
        _need("attachments", message.attachments)
    _check_target(business)


def _check_target(business: Business) -> None:
    is_update, is_replacement = business.kind == "update", business.kind == "replace"
    changes = business.is_content_changed or business.are_receivers_changed or bool(business.receivers)
    if bool(business.document_id) != is_update:
        raise _wrong("business.document_id")
    if changes and not is_update:
        raise _wrong("business.receivers")
    if bool(business.replacements) != is_replacement or not all(one.document_id for one in business.replacements):
        raise _wrong("business.replacements")
    for code in (*(one.code for one in business.receivers), *(a for r in business.replacements for a in r.agencies)):
        _check_code(code, "business.receivers")


def _check_attachments(attachments: tuple[Attachment, ...]) -> None:
    named = [one.content_id for one in attachments if one.content_id]
    if len(attachments) > limits.DEFAULT.attachments or len(set(named)) != len(named):
        raise _wrong("attachments")
    for one in attachments:
        check_name(one.name)
        if one.path is None or not one.path.is_file():
            raise ExchangeRefused("edxml.attachment_unreadable", what=one.name)
        if not 0 < one.size <= _LARGEST:
            raise _wrong("attachments.size")


def _need(what: str, value: object) -> None:
    if not value:
        raise ExchangeRefused("edxml.value_missing", what=what)


def _wrong(what: str) -> ExchangeRefused:
    return ExchangeRefused("edxml.value_wrong", what=what)
