"""From what a browser posts on the page of a trial to the record so far and the one act more."""

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from app.domain.procedures.assembly import Assembled
from app.domain.procedures.forms import file_fields
from app.engine.xml import MAX_BYTES
from app.kernel.errors import Invalid
from app.web import forms
from app.web.forms import Posted

LONGEST = 500_000
Told = dict[str, Any]
BEGIN: Told = {"given": {}, "steps": []}


def recorded(posted: Posted) -> Told:
    """The record that the page carried; Invalid "try.record" when it is none."""
    found = _json(posted.get("_record", ""), "try.record")
    if not isinstance(found.get("given", {}), dict) or not isinstance(found.get("steps", []), list):
        raise Invalid("try.record")
    return {"given": found.get("given", {}), "steps": found.get("steps", [])}


def changed(record: Told, posted: Posted) -> Told | None:
    """The record after an act that is about the record itself; None when the act is one of the case."""
    word = posted.get("_act", "")
    if word == "undo":
        return {**record, "steps": record["steps"][:-1]}
    if word == "restart":
        given = dict(record["given"])
        given["now"] = posted.get("_now", "") or given.get("now") or "2026-01-05T08:00"
        if posted.get("_pause"):
            given["operations"] = dict.fromkeys(posted.getlist("_machine"), "later")
        else:
            given.pop("operations", None)
        return {"given": given, "steps": []}
    return record if word.startswith(("choose", "save", "keep", "draw", "sample", "role", "reach")) else None


def act(posted: Posted, assembled: Assembled) -> Told:
    """What shall happen next; Invalid "try.act" for what is no act."""
    word, _, rest = posted.get("_act", "complete").partition(":")
    if word == "complete":
        return _complete(posted, assembled)
    made = _ACTS.get(word)
    if made is None:
        raise Invalid("try.act")
    return {made: int(rest) if made == "working_days" and rest.isdigit() else rest, **_beside(word, posted)}


def _complete(posted: Posted, assembled: Assembled) -> Told:
    node = posted.get("_node", "")
    form = assembled.forms.get(node)
    if form is None:
        raise Invalid("try.act")
    answers = forms.answers(form.schema, posted)
    has_file = bool(file_fields(form.schema)) and bool(posted.get("_file"))
    return {
        "complete": node,
        "as": posted.get("_as", ""),
        **({"answers": answers} if answers else {}),
        **({"file": True} if has_file else {}),
    }


def _beside(word: str, posted: Posted) -> Told:
    if word == "answer":
        return {"result": _json(posted.get("_result", "") or "{}", "try.json")}
    if word == "fail":
        return {"code": posted.get("_code", "").strip() or "error"}
    if word in {"message", "signal"}:
        payload = _json(posted.get("_payload", "") or "{}", "try.json")
        correlation = posted.get("_correlation", "").strip() if word == "message" else ""
        return {"payload": payload, **({"correlation": correlation} if correlation else {})}
    return {}


def packed(diagram: bytes | None) -> str:
    """A diagram as a page can carry it."""
    return "" if diagram is None else base64.b64encode(zlib.compress(diagram, 9)).decode()


def unpacked(posted: Posted) -> bytes | None:
    """The diagram that the page carried, if any; Invalid "try.record" for what unfolds into too much, or is none."""
    text = posted.get("_diagram", "")
    if not text:
        return None
    try:
        found = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), MAX_BYTES + 1)
    except (ValueError, zlib.error) as error:
        raise Invalid("try.record") from error
    if len(found) > MAX_BYTES:
        raise Invalid("try.record")
    return found


def _json(text: str, code: str) -> Told:
    try:
        found = orjson.loads(text) if len(text) <= LONGEST else None
    except ValueError as error:
        raise Invalid(code) from error
    if not isinstance(found, dict):
        raise Invalid(code)
    return found


_ACTS: Mapping[str, str] = {
    "advance": "advance",
    "days": "working_days",
    "timer": "timer",
    "answer": "answer",
    "fail": "fail",
    "message": "message",
    "signal": "signal",
}
