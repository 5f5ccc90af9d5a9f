"""Kinds of fields (loại trường) to build a form of, and fields that are ready because the library's forms have them."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from app.domain.procedures import library

_HALF: Final = {"width": "half"}
_ID: Final = {"type": "string", "format": "uuid"}
_IDS: Final = {"type": "array", "items": _ID, "maxItems": 500, "uniqueItems": True}
KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": {"type": "string", "minLength": 1, "maxLength": 200, "x-ui": {"widget": "text"}},
    "long_text": {"type": "string", "minLength": 1, "maxLength": 2000, "x-ui": {"widget": "textarea", "rows": 3}},
    "number": {"type": "integer", "x-ui": {"widget": "number", **_HALF}},
    "decimal": {"type": "number", "x-ui": {"widget": "number", **_HALF}},
    "date": {"type": "string", "format": "date", "x-ui": {"widget": "date", **_HALF}},
    "one": {"type": "string", "enum": [], "x-ui": {"widget": "radio"}},
    "many": {"type": "array", "items": {"type": "string", "enum": []}, "uniqueItems": True, "x-ui": {"widget": "many"}},
    "yes_no": {"type": "boolean", "x-ui": {"widget": "checkbox"}},
    "unit": {**_ID, "x-ui": {"widget": "unit", "options": "agencies"}},
    "units": {**_IDS, "x-ui": {"widget": "units", "options": "agencies"}},
    "post": {**_ID, "x-ui": {"widget": "post", "options": "posts"}},
    "posts": {**_IDS, "x-ui": {"widget": "posts", "options": "posts"}},
    "file": {"type": "string", "maxLength": 255, "x-ui": {"widget": "file", "accept": "application/pdf,.pdf"}},
}
"""What a field of each kind is before anybody has said more about it."""
READY: Final[Mapping[str, str]] = {
    "subject": "draft_document",
    "document_type": "draft_document",
    "urgency": "draft_document",
    "source_reference": "request_copy",
    "source_date": "request_copy",
    "handling_deadline": "direct_document",
    "instruction": "direct_document",
    "lead_post": "direct_document",
    "co_handler_posts": "direct_document",
    "information_posts": "direct_document",
    "opinion": "agree_leave",
    "result": "handle_document",
    "recipients": "draft_document",
    "body": "draft_document",
    "sender_name": "register_petition",
    "sender_address": "register_petition",
    "approval_decision": "approve_document",
}
"""Fields as staff know them already, and the form of the library each is taken from."""
CHOSEN: Final = frozenset({"one", "many", "decision"})
"""Kinds whose choices stand in the form."""
STEERING: Final = frozenset({"one", "yes_no", "decision"})
"""Kinds that can decide whether another field is shown."""
_BY_OPTIONS: Final = {"agencies": "unit", "posts": "post"}
_BY_WIDGET: Final = {"file": "file", "decision": "decision", "buttons": "decision"}


@dataclass(frozen=True)
class Ready:
    """A field of the library: its schema and its texts by language."""

    spec: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, Any]]


def ready(name: str) -> Ready | None:
    """A ready field, free of conditions on fields that the other form has."""
    if name not in READY:
        return None
    form = library.form(READY[name])
    spec = deepcopy(dict(form.schema["properties"][name]))
    spec["x-ui"] = {key: hint for key, hint in spec.get("x-ui", {}).items() if key != "show_if"}
    texts = {language: deepcopy(said.get("fields", {}).get(name, {})) for language, said in form.texts.items()}
    return Ready(spec, texts)


def kind(spec: Mapping[str, Any]) -> str:
    """Which kind a field is; empty for one that only its JSON can describe."""
    ui = spec.get("x-ui", {})
    widget = str(ui.get("widget", ""))
    if widget in _BY_WIDGET:
        return _BY_WIDGET[widget]
    several = spec.get("type") == "array"
    asked = _BY_OPTIONS.get(str(ui.get("options", "")))
    if asked is not None:
        return f"{asked}s" if several else asked
    if several:
        return "many" if "enum" in spec.get("items", {}) else ""
    return "one" if "enum" in spec else _plain(spec)


def choices(spec: Mapping[str, Any]) -> list[Any]:
    """The values a field may take, when they stand in the form."""
    source = spec.get("items", {}) if spec.get("type") == "array" else spec
    return list(source.get("enum", ()))


def is_kept(schema: Mapping[str, Any], key: str, name: str) -> bool:
    """Whether the software itself writes a field down (`x-writes`): then it must stay what it is.

    `key` is the form's; a copy under another key is kept to every library form that writes the same.
    """
    writes = schema.get("x-writes")
    if writes is None:
        return False
    known = [library.form(one) for one in library.forms()]
    alike = [one for one in known if one.schema.get("x-writes") == writes]
    mine = [one for one in alike if one.key == key] or alike
    return any(name in one.schema["properties"] for one in mine)


def _plain(spec: Mapping[str, Any]) -> str:
    found = {"boolean": "yes_no", "integer": "number", "number": "decimal"}.get(str(spec.get("type")))
    if found is not None or spec.get("type") != "string":
        return found or ""
    if spec.get("format") == "date":
        return "date"
    return "long_text" if spec.get("x-ui", {}).get("widget") == "textarea" else "text"
