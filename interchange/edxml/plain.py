"""A message as JSON and back: the names of `message`, but "from", "to", and one word each for business and status."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from interchange.edxml import writer
from interchange.edxml.message import Attachment, Message, Status
from interchange.errors import ExchangeRefused

_OURS = {"from": "sender", "to": "recipients", "status": "code", "business_type": "kind"}


def as_json(message: Message | Status) -> dict[str, Any]:
    """A message as JSON values; dates are ISO 8601."""
    told: dict[str, Any] = _told(message)
    kind = "status" if isinstance(message, Status) else "document"
    ends = {"from": told.pop("sender"), "to": told.pop("recipients", [])}
    business = told.pop("business", None)
    words = {"business_type": business and business.pop("kind"), "status": told.pop("code", None)}
    return {"kind": kind, **ends, **words, **told, **({"business": business} if business else {})}


def _told(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _told(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_told(one) for one in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def from_json(value: object, folder: Path | None = None) -> Message | Status:
    """A message from JSON, as `as_json` writes it.

    With a folder, attachments need only a `path` (from that folder when it is relative): their bytes are measured.
    Errors: ExchangeRefused "edxml.value_wrong", "edxml.value_missing" with the name of the value (`what`),
    "edxml.attachment_unreadable", "edxml.attachment_changed" when a file has not the hash that is said.
    """
    given = {name: one for name, one in _mapping(value, "message").items() if one is not None and name != "file"}
    kind = given.pop("kind", "document")
    if kind == "status":
        status: Status = _decoded(Status, _renamed(given, ("from", "status")), "")
        return status
    if kind != "document":
        raise ExchangeRefused("edxml.value_wrong", what="kind")
    business = {**_mapping(given.pop("business", {}), "business"), "business_type": given.pop("business_type", "new")}
    attachments = [] if folder is None else _decoded(list, given.pop("attachments", []), "attachments")
    plain = {**_renamed(given, ("from", "to")), "business": _renamed(business, ("business_type",))}
    message: Message = _decoded(Message, plain, "")
    measured = tuple(_attachment(one, folder) for one in attachments if folder is not None)
    return replace(message, attachments=measured) if measured else message


def _renamed(given: Mapping[str, Any], which: tuple[str, ...]) -> dict[str, Any]:
    empty = [name for name in ("to", "business_type") if name not in which and given.get(name) == []]
    return {_OURS[name] if name in which else name: one for name, one in given.items() if name not in empty}


def _attachment(value: Any, folder: Path) -> Attachment:
    given = _mapping(value, "attachments")
    texts = {name: given.get(name) or "" for name in ("path", "name", "description", "content_id", "sha256")}
    if not all(isinstance(one, str) for one in texts.values()) or not texts["path"]:
        raise ExchangeRefused("edxml.value_wrong", what="attachments")
    found = writer.described(folder / texts["path"], texts["name"], texts["description"])
    if texts["sha256"] not in ("", found.sha256):
        raise ExchangeRefused("edxml.attachment_changed", what=found.name)
    return replace(found, content_id=texts["content_id"])


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ExchangeRefused("edxml.value_wrong", what=what)
    return value


def _decoded(of: Any, value: Any, what: str) -> Any:
    """A value as a type of `message`, which says all that is to be checked."""
    if isinstance(of, types.UnionType):
        return None if value is None else _decoded(get_args(of)[0], value, what)
    if get_origin(of) is tuple:
        if not isinstance(value, list):
            raise ExchangeRefused("edxml.value_wrong", what=what)
        return tuple(_decoded(get_args(of)[0], one, what) for one in value)
    if is_dataclass(of):
        return _dataclass(of, _mapping(value, what), what)
    if of in (date, datetime):
        return _moment(of, value, what)
    if type(value) is not (str if of is Path else of):
        raise ExchangeRefused("edxml.value_wrong", what=what)
    return Path(value) if of is Path else value


def _dataclass(of: Any, given: dict[str, Any], what: str) -> Any:
    hints, wanted = get_type_hints(of), {one.name: one for one in fields(of)}
    unknown = given.keys() - wanted.keys()
    if unknown:
        raise ExchangeRefused("edxml.value_wrong", what=f"{what}.{min(unknown)}".strip("."))
    for name, field in wanted.items():
        if name not in given and _is_required(field):
            raise ExchangeRefused("edxml.value_missing", what=f"{what}.{name}".strip("."))
    return of(**{name: _decoded(hints[name], one, f"{what}.{name}".strip(".")) for name, one in given.items()})


def _is_required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _moment(of: type[date], value: Any, what: str) -> date:
    try:
        return of.fromisoformat(value)
    except (TypeError, ValueError) as nonsense:
        raise ExchangeRefused("edxml.value_wrong", what=what) from nonsense
