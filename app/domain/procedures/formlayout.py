"""The order of a form: sections (phần) of fields, kept in `x-layout`; what it forgets comes last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.kernel.errors import Invalid

Content = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """Fields under one heading; the key is empty where there is no heading."""

    key: str
    fields: tuple[str, ...]


def sections(schema: Mapping[str, Any]) -> list[Section]:
    """The sections of a form in order, each field in exactly one of them."""
    return [Section(_key(row), tuple(row["fields"])) for row in _rows(schema)]


def section_of(schema: Mapping[str, Any], name: str) -> str:
    """The key of the section a field stands in."""
    return next((one.key for one in sections(schema) if name in one.fields), "")


def put(content: Content, name: str, key: str) -> None:
    """Let a field stand last in a section, if it does not stand in it already. Invalid "builder.no_section"."""
    schema = content["schema"]
    if section_of(schema, name) == key and (key or name in _named(schema)):
        return
    rows = _rows(schema)
    wanted = next((row for row in rows if _key(row) == key), None)
    if wanted is None and key:
        raise Invalid("builder.no_section", key=key)
    for row in rows:
        row["fields"] = [one for one in row["fields"] if one != name]
    if wanted is None:
        rows.append({"fields": [name]})
    else:
        wanted["fields"].append(name)
    _keep(schema, rows)


def put_like(content: Content, behind: Mapping[str, Any], name: str) -> None:
    """Let a field stand where it stands in another form, as far as its neighbours there are still here."""
    rows = _rows(content["schema"])
    like = next((one for one in sections(behind) if name in one.fields), Section("", (name,)))
    row = next((row for row in rows if _key(row) == like.key), None)
    for one in rows:
        one["fields"] = [other for other in one["fields"] if other != name]
    if row is None:
        row = {"key": like.key, "fields": []} if like.key else {"fields": []}
        rows.append(row)
    before = set(like.fields[: like.fields.index(name)])
    at = max((at + 1 for at, other in enumerate(row["fields"]) if other in before), default=0)
    row["fields"].insert(at, name)
    _keep(content["schema"], rows)


def agreed(schema: Content, behind: Mapping[str, Any]) -> Content:
    """A schema whose layout is written as the places behind write it, if it comes to the same order."""
    if sections(schema) != sections(behind):
        return schema
    rest = {key: value for key, value in schema.items() if key != "x-layout"}
    return {**rest, "x-layout": behind["x-layout"]} if "x-layout" in behind else rest


def move(content: Content, name: str, by: int) -> None:
    """Let a field change places with its neighbour; at the edge of a section it goes into the next one."""
    rows = _rows(content["schema"])
    here = next((at for at, row in enumerate(rows) if name in row["fields"]), None)
    if here is None:
        raise Invalid("builder.no_field", key=name)
    fields, there = rows[here]["fields"], here + by
    at = fields.index(name) + by
    if 0 <= at < len(fields):
        fields.remove(name)
        fields.insert(at, name)
    elif 0 <= there < len(rows):
        fields.remove(name)
        rows[there]["fields"].insert(0 if by > 0 else len(rows[there]["fields"]), name)
    _keep(content["schema"], rows)


def rename(content: Content, old: str, new: str) -> None:
    """Call a field otherwise, where it stands."""
    rows = _rows(content["schema"])
    for row in rows:
        row["fields"] = [new if one == old else one for one in row["fields"]]
    _keep(content["schema"], rows)


def add_section(content: Content, key: str) -> None:
    """One more section, the last one."""
    _keep(content["schema"], [*_rows(content["schema"]), {"key": key, "fields": []}])


def move_section(content: Content, key: str, by: int) -> None:
    """Let a section change places with its neighbour."""
    rows = _rows(content["schema"])
    at = next((at for at, row in enumerate(rows) if _key(row) == key), None)
    if at is None:
        raise Invalid("builder.no_section", key=key)
    if 0 <= at + by < len(rows):
        rows.insert(at + by, rows.pop(at))
    _keep(content["schema"], rows)


def remove_section(content: Content, key: str) -> None:
    """Take a section away; its fields go into the one before it, or after it when it was the first."""
    rows = _rows(content["schema"])
    at = next((at for at, row in enumerate(rows) if _key(row) == key), None)
    if at is None or not key:
        raise Invalid("builder.no_section", key=key)
    gone = rows.pop(at)["fields"]
    if gone and at:
        rows[at - 1]["fields"].extend(gone)
    elif gone:
        rows[:1] = [{**rows[0], "fields": [*gone, *rows[0]["fields"]]}] if rows else [{"fields": gone}]
    _keep(content["schema"], rows)


def _rows(schema: Mapping[str, Any]) -> list[Row]:
    """The layout as rows with fields that are there, each once."""
    known, seen = schema.get("properties", {}), set[str]()
    rows: list[Row] = []
    for part in schema.get("x-layout", ()):
        row = dict(part) if isinstance(part, Mapping) else {"fields": [part]}
        row["fields"] = _fresh((one for one in row.get("fields", ()) if one in known), seen)
        rows.append(row)
    rest = _fresh(known, seen)
    return [*rows, {"fields": rest}] if rest else rows


def _fresh(names: Iterable[str], seen: set[str]) -> list[str]:
    found = [one for one in dict.fromkeys(names) if one not in seen]
    seen.update(found)
    return found


def _keep(schema: Content, rows: list[Row]) -> None:
    schema["x-layout"] = [row for row in rows if row["fields"] or _key(row)]


def _key(row: Mapping[str, Any]) -> str:
    return str(row.get("key") or row.get("id") or row.get("section") or "")


def _named(schema: Mapping[str, Any]) -> set[str]:
    parts = schema.get("x-layout", ())
    return {name for part in parts for name in (part.get("fields", ()) if isinstance(part, Mapping) else (part,))}
