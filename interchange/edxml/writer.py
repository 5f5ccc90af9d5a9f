"""Write edXML as QCVN 102:2016 says and as the axis takes it; what would be wrong is refused, not written."""

import zipfile
from binascii import b2a_base64
from dataclasses import replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import NAMESPACE_OID, uuid5

from interchange.edxml import layout, names, sniffing
from interchange.edxml.attaching import hashed
from interchange.edxml.checking import check
from interchange.edxml.message import Attachment, Message, Status
from interchange.edxml.unwrapping import ERRORS
from interchange.errors import ExchangeRefused

SUFFIX = ".edxml"
_PIECE = 2**20
_GROUP = 3
_LONGEST_SUFFIX = 10
_HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="{names.NAMESPACE}">\n'
_OPEN, _CLOSE = f'<edXML:ContentTransferEncoded xmlns:edXML="{names.NAMESPACE}">', "</edXML:ContentTransferEncoded>\n"


def write(message: Message | Status, target: BinaryIO) -> None:
    """Write a message; the same message gives the same bytes. Memory does not grow with the attachments.

    Errors: ExchangeRefused "edxml.value_missing", "edxml.value_wrong", "edxml.attachment_…"; when a file changed
    meanwhile, what is in `target` is worth nothing.
    """
    check(message)
    attachments = _named(message)
    envelope = layout.status(message) if isinstance(message, Status) else layout.document(message, attachments)
    target.write((_HEAD + _lines(envelope)).encode())
    if attachments:
        target.write(b"<AttachmentEncoded>\n")
        for one in attachments:
            _attach(one, target)
        target.write(b"</AttachmentEncoded>\n")
    target.write(b"</edXML>\n")


def described(path: Path, name: str = "", description: str = "") -> Attachment:
    """A file as an attachment, under its own name or another. Errors: ExchangeRefused "edxml.attachment_unreadable"."""
    try:
        return Attachment(
            name=name or path.name,
            size=path.stat().st_size,
            sha256=hashed(path),
            real_type=_real_type(path),
            description=description,
            path=path,
        )
    except (OSError, ValueError) as unread:
        raise ExchangeRefused("edxml.attachment_unreadable", what=name or path.name) from unread


def _real_type(path: Path) -> str:
    kind = sniffing.real_type(path)
    if kind != sniffing.ZIP:
        return kind
    try:
        with zipfile.ZipFile(path) as archive:
            return sniffing.zip_type(archive)
    except ERRORS:
        return kind


def _named(message: Message | Status) -> tuple[Attachment, ...]:
    """The attachments, each with a content id."""
    given = () if isinstance(message, Status) else message.attachments
    return tuple(
        replace(one, content_id=one.content_id or str(uuid5(NAMESPACE_OID, f"{place} {one.sha256}")))
        for place, one in enumerate(given)
    )


def _attach(one: Attachment, target: BinaryIO) -> None:
    target.write((_lines(layout.attachment(one)) + _OPEN).encode())
    encoded = _Base64(target)
    with zipfile.ZipFile(encoded, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        _pack(one, archive)
    encoded.close()
    target.write(f"{_CLOSE}</Attachment>\n".encode())


def _pack(one: Attachment, archive: zipfile.ZipFile) -> None:
    """The one entry, named <uuid>.<suffix>. Errors: ExchangeRefused when the bytes are not those that were meant."""
    total, size = sha256(), 0
    try:
        with Path(str(one.path)).open("rb") as source, archive.open(_entry_name(one), "w") as entry:
            while (piece := source.read(_PIECE)) and size <= one.size:
                total.update(piece)
                size += len(piece)
                entry.write(piece)
    except OSError as unread:
        raise ExchangeRefused("edxml.attachment_unreadable", what=one.name) from unread
    if size != one.size or total.hexdigest() != one.sha256:
        raise ExchangeRefused("edxml.attachment_changed", what=one.name)


def _entry_name(one: Attachment) -> str:
    suffix = PurePosixPath(one.name).suffix[1:]
    is_plain = suffix.isascii() and suffix.isalnum() and len(suffix) <= _LONGEST_SUFFIX
    return f"{uuid5(NAMESPACE_OID, one.sha256)}.{suffix if is_plain else 'bin'}"


def _lines(lines: layout.Lines) -> str:
    return "".join(f"{line}\n" for line in lines)


class _Base64:
    """A file to write to, whose bytes reach another one as base64."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._pending = bytearray()

    def write(self, data: bytes) -> int:
        """Encode; what does not fill a group waits."""
        self._pending += data
        if len(self._pending) >= _PIECE:
            whole = len(self._pending) - len(self._pending) % _GROUP
            self._target.write(b2a_base64(self._pending[:whole], newline=False))
            del self._pending[:whole]
        return len(data)

    def flush(self) -> None:
        """Nothing: groups are flushed whole."""

    def close(self) -> None:
        """The last group."""
        self._target.write(b2a_base64(self._pending, newline=False))
