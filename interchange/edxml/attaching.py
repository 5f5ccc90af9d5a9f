"""The attachments of an edXML file: found, matched with the manifest, unwrapped, named, hashed."""

import re
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from interchange.edxml import sniffing
from interchange.edxml.limits import Deviations, Limits, Room
from interchange.edxml.message import Attachment
from interchange.edxml.tree import Element
from interchange.edxml.unwrapping import unwrapped
from interchange.errors import ExchangeRefused

MAX_NAME = 255
_TIME_PREFIX = re.compile(r"[0-9]{13}_(?=.)")
_UNSAFE = re.compile(r"[/\\:\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PIECE = 2**20


def carried(root: Element, limits: Limits, odd: Deviations) -> tuple[Attachment, ...]:
    """Every attachment, where it was unwrapped. Errors: ExchangeRefused for one that is missing, twice or hostile."""
    listed = _listed(root, odd)
    room = Room(limits.unpacked)
    found: dict[str, Attachment] = {}
    for position, element in enumerate(root.anywhere("Attachment"), start=1):
        content_id = _content_id(element) or f"part-{position}"
        if not _content_id(element):
            odd.note("content_id_missing")
        if content_id in found:
            raise ExchangeRefused("edxml.content_id_repeated", what=content_id)
        if listed and content_id not in listed:
            odd.note("reference_missing")
        found[content_id] = _attachment(element, listed.get(content_id, Element("")), position, (limits, room, odd))
        found[content_id] = replace(found[content_id], content_id=content_id)
    missing = listed.keys() - found.keys()
    if missing:
        raise ExchangeRefused("edxml.attachment_missing", what=min(missing))
    return tuple(found.values())


def _listed(root: Element, odd: Deviations) -> dict[str, Element]:
    """The manifest, by content id."""
    references = [one for manifest in root.anywhere("edXMLManifest") for one in manifest.all("Reference")]
    listed: dict[str, Element] = {}
    for one in references:
        content_id = _content_id(one)
        if not content_id:
            odd.note("content_id_missing")
            continue
        if not one.all("ContentId"):
            odd.note("xlink")
        if content_id in listed:
            raise ExchangeRefused("edxml.content_id_repeated", what=content_id)
        listed[content_id] = one
    if not listed and any(root.anywhere("Attachment")):
        odd.note("manifest_missing")
    return listed


def _content_id(element: Element) -> str:
    text = element.one("ContentId").text or element.attributes.get("href", "")
    return text.removeprefix("cid:").strip("<> ")


def _attachment(
    element: Element, listed: Element, position: int, bounds: tuple[Limits, Room, Deviations]
) -> Attachment:
    limits, room, odd = bounds
    payload = element.one("ContentTransferEncoded").payload
    if payload is None:
        raise ExchangeRefused("edxml.attachment_empty")
    said = _said_name(element, listed, odd)
    path, kind, is_wrapped = unwrapped(payload, said, limits, room)
    name = said or f"attachment-{position}{sniffing.suffix(kind)}"
    declared = element.one("ContentType").text or listed.one("ContentType").text
    _note_type(name, kind, declared, is_wrapped=is_wrapped, odd=odd)
    return Attachment(
        name=name,
        description=element.one("Description").text or listed.one("Description").text,
        declared_type=declared,
        real_type=kind,
        size=path.stat().st_size,
        sha256=hashed(path),
        path=path,
    )


def _said_name(element: Element, listed: Element, odd: Deviations) -> str:
    """What the file is called, without the time that some programs put in front; empty where nothing is said."""
    own, other = element.one("AttachmentName").text, listed.one("AttachmentName").text
    name = own or other
    if not name:
        odd.note("name_missing")
        return ""
    if own and other and own != other:
        odd.note("name_differs")
    check_name(name)
    if _TIME_PREFIX.match(name):
        odd.note("name_time")
    return _TIME_PREFIX.sub("", name)


def check_name(name: str) -> None:
    """Errors: ExchangeRefused "edxml.attachment_name" for a path, something invisible, or too long a name."""
    if _UNSAFE.search(name) or name.strip(". ") == "" or len(name.encode("utf-8", "replace")) > MAX_NAME:
        raise ExchangeRefused("edxml.attachment_name")


def _note_type(name: str, kind: str, declared: str, *, is_wrapped: bool, odd: Deviations) -> None:
    if not is_wrapped:
        odd.note("not_zipped")
    if declared.lower() != (sniffing.ZIP if is_wrapped else kind):
        odd.note("declared_type")
    if not sniffing.fits(name, kind):
        odd.note("real_type")


def hashed(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    total = sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            total.update(piece)
    return total.hexdigest()


def kept(found: Sequence[Attachment], folder: Path) -> tuple[Attachment, ...]:
    """The attachments moved into a folder, each named by its hash."""
    moved = []
    for one in found:
        target = folder / one.sha256
        if one.path is not None:
            one.path.replace(target)
        moved.append(replace(one, path=target))
    return tuple(moved)
