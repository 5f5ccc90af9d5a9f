"""From what a browser posts to the typed answers a form (biểu mẫu) asks for; judging them is the domain's business."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from app.domain.procedures.forms import file_fields

Posted = MultiDict[str, str]
Schema = Mapping[str, Any]
OURS = frozenset({"csrf_token"})
TRUE = frozenset({"on", "true", "1", "yes"})
LONGEST_NUMBER = 18
_WHOLE = re.compile(r"[+-]?(\d+|\d{1,3}([.\u00a0 ]\d{3})+)")
_DECIMAL = re.compile(r"[+-]?(\d+|\d{1,3}([.\u00a0 ]\d{3})+)(,\d+)?")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{2})(\d{2})(\d{4})")


def answers(schema: Schema, posted: Posted) -> dict[str, Any]:
    """The answers in the types of the schema; blanks are absent, what cannot be read stays as it was typed.

    Fields the form does not have are passed on, so that the domain refuses them by name; files travel separately.
    """
    found: dict[str, Any] = {}
    fields = _fields(schema)
    files = set(file_fields(schema))
    for name, field in fields.items():
        if name in files:
            continue
        value = _value(field, name, posted)
        if value is not None:
            found[name] = value
    strange = (name for name in posted if name not in fields and name not in OURS and not name.startswith("_"))
    found.update({name: tidy(posted[name]) for name in strange})
    return found


def tidy(text: str) -> str:
    """Text in Unicode NFC with plain line ends and no space around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def whole(text: str) -> int | str:
    """A whole number, thousands apart as Vietnamese or not; other text as it is."""
    digits = re.sub(r"[.\u00a0 ]", "", text)
    return int(digits) if _WHOLE.fullmatch(text) and len(digits) <= LONGEST_NUMBER else text


def decimal(text: str) -> float | str:
    """A number with a decimal comma, as Vietnamese writes it; other text as it is."""
    digits = re.sub(r"[.\u00a0 ]", "", text).replace(",", ".")
    return float(digits) if _DECIMAL.fullmatch(text) and len(digits) <= LONGEST_NUMBER else text


def day(text: str) -> str:
    """A day as ISO 8601 from `05/01/2026`, `05012026` or ISO itself; other text, and days that never were, stay."""
    found = _DAY.fullmatch(text)
    if found is None:
        return text
    number, month, year = (int(part) for part in found.groups() if part is not None)
    try:
        return date(year, month, number).isoformat()
    except ValueError:
        return text


def _fields(schema: Schema) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    return found


def _value(field: Mapping[str, Any], name: str, posted: Posted) -> Any:
    kind = field.get("type")
    if kind == "array":
        read = _reader(field.get("items", {}))
        typed = [tidy(one) for one in posted.getlist(name)]
        return [read(one) for one in typed if one] or None
    if kind == "boolean":
        return posted.get(name, "").strip().lower() in TRUE
    text = tidy(posted.get(name, ""))
    return _reader(field)(text) if text else None


def _reader(field: Mapping[str, Any]) -> Callable[[str], Any]:
    if field.get("format") == "date":
        return day
    readers: dict[str, Callable[[str], Any]] = {"integer": whole, "number": decimal}
    return readers.get(str(field.get("type")), str)
