"""Files that harm, or that nobody can be sure about, are refused by name and leave nothing behind."""

import contextlib
import io
import re
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interchange.edxml import reader
from interchange.edxml.limits import DEFAULT, Limits
from interchange.errors import ExchangeRefused
from tests.exchange.edxml.letters import PDF, carrying, letter, read, refusal, status, text, untagged, zipped

Change = Callable[[str], str]
_MB = 2**20


def _before_root(head: str) -> Change:
    return lambda xml: xml.replace("<edXML xmlns", f"{head}<edXML xmlns", 1)


def _subject(value: str) -> Change:
    return lambda xml: re.sub(r"(<edXML:Subject>)[^<]*", lambda tag: tag[1] + value, xml)


def _instead(old: str, new: str) -> Change:
    return lambda xml: xml.replace(old, new)


def _again(name: str) -> Change:
    return lambda xml: re.sub(rf"(<edXML:{name}>.*?</edXML:{name}>)", r"\1\1", xml, count=1, flags=re.DOTALL)


def _raw(base64: str) -> Change:
    return lambda xml: carrying(b"", xml, raw=base64)


def _holding(data: bytes) -> Change:
    return lambda xml: carrying(data, xml)


def _locked() -> bytes:
    """A zip that says it needs a password."""
    data = bytearray(zipped(("a.pdf", PDF)))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _crowded() -> bytes:
    """A zip that promises more entries than anybody should list."""
    data = bytearray(zipped(("a.pdf", PDF)))
    end = data.index(b"PK\x05\x06")
    data[end + 8 : end + 16] = struct.pack("<HHL", 60_000, 60_000, 3_000_000)
    return bytes(data)


def _misplaced() -> bytes:
    """A zip whose entry is said to begin before the file does."""
    data = zipped(("a.pdf", PDF))
    return data[:60] + data[64:]


_LAUGHS = "<!DOCTYPE edXML [<!ENTITY a 'ha'>" + "".join(f"<!ENTITY a{i} '{'&a;' * 10}'>" for i in range(9)) + "]>"
_FILE = "<!DOCTYPE edXML [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
_XI = "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd' parse='text'/>"
_PARAMETER = "<!DOCTYPE edXML [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/x.dtd'>%p;]>"
_MANY = " ".join(f"a{i}='1'" for i in range(40))
_BOMB = zipped(("x.pdf", bytes(40 * _MB)))
_HOSTILE: dict[str, tuple[str, Change]] = {
    "a DTD": ("dtd", _before_root("<!DOCTYPE edXML SYSTEM 'http://127.0.0.1:9/x.dtd'>")),
    "entities that grow": ("dtd", _before_root(_LAUGHS)),
    "an entity that is a file": ("dtd", lambda xml: _subject("&x;")(_before_root(_FILE)(xml))),
    "an entity of the DTD": ("dtd", _before_root(_PARAMETER)),
    "an entity out of nowhere": ("entity", _subject("&x;")),
    "an inclusion": ("include", _subject(_XI)),
    "elements in elements": ("too_deep", _subject("<a>" * 60 + "</a>" * 60)),
    "very many elements": ("too_many_elements", _subject("<a/>" * 21_000)),
    "very many attributes": ("attributes", _instead("<edXML xmlns", f"<edXML {_MANY} xmlns")),
    "a long attribute": ("attributes", _instead("<edXML xmlns", f"<edXML a='{'x' * 9000}' xmlns")),
    "a long subject": ("text_too_long", _subject("x" * 300_000)),
    "many long texts": ("text_too_long", _subject(f"<a>{'x' * 200_000}</a>" * 12)),
    "another root": ("root", lambda _: "<html><body/></html>"),
    "no header": ("header_missing", lambda _: "<edXML/>"),
    "no XML": ("malformed", lambda _: "%PDF-1.7"),
    "nothing": ("malformed", lambda _: ""),
    "a file that ends early": ("malformed", lambda xml: xml[: len(xml) // 2]),
    "a declared other encoding": ("encoding", _instead('encoding="UTF-8"', 'encoding="windows-1258"')),
    "no sender": ("sender_missing", lambda xml: untagged("From", xml)),
    "a recipient without a code": ("recipient_missing", _instead("<edXML:OrganId>H48.12.34<", "<edXML:OrganId><")),
    "two ids": ("element_repeated", _again("DocumentId")),
    "two headers": ("element_repeated", _again("MessageHeader")),
    "an unknown business": ("business", _instead("DocType>0<", "DocType>7<")),
    "a day that is none": ("date", _instead(">2025/08/06<", ">2025/02/30<")),
    "a date in words": ("date", _instead(">2025/08/20<", ">hôm nay<")),
    "a status that is a document": (
        "ambiguous",
        _instead("<edXML:Subject>", "<edXML:StatusCode>01</edXML:StatusCode><edXML:Subject>"),
    ),
    "a path as a name": ("attachment_name", _instead(">Công văn 12.pdf<", ">../../etc/cron.d/x<")),
    "a path of Windows": ("attachment_name", _instead(">Công văn 12.pdf<", ">C:\\x.pdf<")),
    "a name written backwards": ("attachment_name", _instead(">Công văn 12.pdf<", ">x\u202efdp.exe<")),
    "a very long name": ("attachment_name", _instead(">Công văn 12.pdf<", f">{'đ' * 200}.pdf<")),
    "only dots as a name": ("attachment_name", _instead(">Công văn 12.pdf<", ">..<")),
    "an attachment that is not there": (
        "attachment_missing",
        lambda xml: re.sub(r"<AttachmentEncoded>.*</AttachmentEncoded>", "", xml, flags=re.DOTALL),
    ),
    "two attachments of an id": (
        "content_id_repeated",
        lambda xml: re.sub(r"(<Attachment>.*</Attachment>)", r"\1\1", xml, flags=re.DOTALL),
    ),
    "two references of an id": ("content_id_repeated", _again("Reference")),
    "no bytes": ("attachment_empty", _raw("")),
    "truncated base64": (
        "base64_truncated",
        lambda xml: re.sub(r"([A-Za-z0-9+/]{8})=*(</edXML:Content)", r"\1A\2", xml),
    ),
    "base64 that is none": ("base64_broken", _raw("JVBE*i0xLjc=")),
    "base64 with letters that are none": ("base64_broken", _raw("JVBÊ")),
    "base64 that goes on after its end": ("base64_broken", _raw("JVBERg==JVBERi0x")),
    "an element in the base64": ("base64_broken", _raw("JVBE<a/>Ri0x")),
    "a zip that grows": ("zip_bomb", _holding(_BOMB)),
    "a zip of a zip that grows": ("zip_bomb", _holding(zipped(("x.docx", _BOMB)))),
    "an office document that grows": (
        "zip_bomb",
        _holding(zipped(("[Content_Types].xml", b"<T/>"), ("word/document.xml", bytes(40 * _MB)))),
    ),
    "a zip in a zip": ("zip_nested", _holding(zipped(("x.pdf", zipped(("y.pdf", PDF)))))),
    "a zip of two that is called a PDF": ("zip_entries", _holding(zipped(("a.pdf", PDF), ("b.pdf", PDF)))),
    "a zip of nothing": ("zip_broken", _holding(b"PK\x03\x04" + bytes(40))),
    "a zip with a long list": ("zip_entries", _holding(_crowded())),
    "a zip with a password": ("zip_encrypted", _holding(_locked())),
    "a zip of another method": ("zip_broken", _holding(zipped(("a.pdf", PDF), method=zipfile.ZIP_LZMA))),
    "a zip cut off": ("zip_broken", _holding(zipped(("a.pdf", PDF * 50))[:-30])),
    "a zip that begins too early": ("zip_broken", _holding(_misplaced())),
    "a zip of many without names": ("zip_entries", _holding(zipped(("x", PDF), ("y", PDF)).replace(b"y", b"\0"))),
    "a zip with wrong bytes": ("zip_broken", _holding(zipped(("a.pdf", PDF), method=0).replace(b"%PDF", b"%PDG"))),
}


@pytest.mark.parametrize("what", sorted(_HOSTILE))
def test_a_hostile_file_is_refused_by_name(what: str, tmp_path: Path) -> None:
    code, change = _HOSTILE[what]
    xml = change(text(letter(tmp_path / "files")))
    assert refusal(lambda: read(xml, tmp_path)) == f"edxml.{code}"
    assert not list((tmp_path / "inbox").iterdir())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp1258"])
def test_only_utf_8_is_read(encoding: str, tmp_path: Path) -> None:
    xml = text(letter(tmp_path / "files")).replace(' encoding="UTF-8"', "")
    data = xml.encode(encoding, "replace").replace(b"?", b"\xff") if encoding == "cp1258" else xml.encode(encoding)
    assert refusal(lambda: read(data, tmp_path)) in ("edxml.encoding", "edxml.malformed")


def test_a_status_about_nothing_or_without_a_code_is_refused(tmp_path: Path) -> None:
    xml = text(status())
    assert refusal(lambda: read(untagged("ResponseFor", xml), tmp_path)) == "edxml.response_for_missing"
    assert refusal(lambda: read(xml.replace(">03<", ">đã đến<"), tmp_path)) == "edxml.status_code"
    assert refusal(lambda: read(untagged("Timestamp", xml), tmp_path)) == "edxml.date"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (replace(DEFAULT, size=2_000), "too_large"),
        (replace(DEFAULT, unpacked=60), "too_large"),
        (replace(DEFAULT, attachments=1), "too_many_attachments"),
    ],
)
def test_how_much_is_allowed_is_said_by_who_reads(limits: Limits, code: str, tmp_path: Path) -> None:
    xml = text(letter(tmp_path / "files", ("a.pdf", PDF * 3), ("b.pdf", PDF * 4)))
    assert refusal(lambda: read(xml, tmp_path, limits)) == f"edxml.{code}"


class _Endless(io.RawIOBase):
    """A head, and then the same for ever; it counts what was taken."""

    def __init__(self, head: bytes, more: bytes) -> None:
        self.head, self.more, self.taken = head, more, 0

    def read(self, _size: int = -1) -> bytes:
        piece, self.head = self.head or self.more, b""
        self.taken += len(piece)
        return piece


@pytest.mark.parametrize(
    ("head", "more"),
    [
        (b"<edXML><MessageHeader><Subject>", b"x" * 60_000),
        (b"<edXML a='", b"x" * 60_000),
        (b"<edXML ", b" a='1'" * 9_000),
        (b"<edXML><", b"x" * 60_000),
        (b"<edXML><!--", b"x" * 60_000),
        (b"<edXML>", b"<a>" * 20_000),
        (b"<edXML><?a ", b"x" * 60_000),
    ],
)
def test_a_header_without_end_is_not_read_to_its_end(head: bytes, more: bytes, tmp_path: Path) -> None:
    source = _Endless(head, more)
    with pytest.raises(ExchangeRefused):
        reader.read(source, tmp_path)  # type: ignore[arg-type]
    assert source.taken < 13 * _MB


@settings(max_examples=150, deadline=None)
@example(0.9375, 4, b"")
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 30), st.binary(max_size=6))
def test_whatever_happens_to_a_file_on_its_way_it_is_read_or_refused(place: float, cut: int, put: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        written = text(letter(Path(name) / "files")).encode()
        begin = int(place * len(written))
        with contextlib.suppress(ExchangeRefused):
            read(written[:begin] + put + written[begin + cut :], Path(name))
        assert all(len(one.name) == 64 for one in (Path(name) / "inbox").iterdir())
