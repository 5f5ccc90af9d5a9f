"""What is written is read as it was meant: every kind of business, every status, whatever the words."""

import io
import json
import re
import tempfile
import zipfile
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from xml.dom.minidom import Element, parseString

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interchange.edxml import names, plain, writer
from interchange.edxml.message import Business, Message, Party, Receiver, Reference, Replacement, Status
from interchange.envelope import BUSINESS
from interchange.errors import ExchangeRefused
from tests.exchange.edxml.letters import PDF, document, letter, office_document, read, refusal, status, text, zipped
from tests.exchange.edxml.random_letters import ANY_MESSAGE, ANY_STATUS

_FILES = {
    "a.pdf": PDF,
    "Biểu mẫu.docx": office_document(),
    "ghi chú.txt": "Kính gửi\n".encode(),
    "hồ sơ.zip": zipped(("a.pdf", PDF), ("b.pdf", PDF)),
    "một.zip": zipped(("a.pdf", PDF)),
}


@settings(max_examples=60, deadline=None)
@given(ANY_MESSAGE, st.lists(st.sampled_from(sorted(_FILES)), min_size=1, max_size=3))
def test_every_document_of_the_four_businesses_comes_back_as_it_was_written(message: Message, files: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        described = letter(folder / "files", *((one, _FILES[one]) for one in files)).attachments
        attached = tuple(replace(one, content_id=f"id-{place}") for place, one in enumerate(described))
        meant = replace(message, attachments=attached)
        found = document(text(meant), folder)
        assert found == meant
        for one, file in zip(found.attachments, files, strict=True):
            assert one.path is not None
            assert one.path.read_bytes() == _FILES[file]
        assert plain.from_json(json.loads(json.dumps(plain.as_json(found)))) == found


@settings(max_examples=60, deadline=None)
@given(ANY_STATUS)
def test_each_of_the_nine_statuses_comes_back_as_it_was_written(said: Status) -> None:
    with tempfile.TemporaryDirectory() as name:
        found = read(text(said), Path(name))
    assert found == said
    assert plain.from_json(json.loads(json.dumps(plain.as_json(found)))) == found


def _children(element: Element) -> list[str]:
    return [one.tagName for one in element.childNodes if isinstance(one, Element)]


def test_a_document_is_written_in_the_order_of_the_standard_with_prefixes(tmp_path: Path) -> None:
    xml = parseString(text(replace(letter(tmp_path), tasks=("T1",), application="x")))  # noqa: S318 - our own
    root = xml.documentElement
    assert isinstance(root, Element)
    assert (root.tagName, root.getAttribute("xmlns"), _children(root)) == (
        "edXML",
        names.NAMESPACE,
        ["edXML:edXMLEnvelope", "AttachmentEncoded"],
    )
    inside = {one.tagName: _children(one) for one in xml.getElementsByTagName("*") if isinstance(one, Element)}
    assert inside["edXML:edXMLEnvelope"] == ["edXML:edXMLHeader", "edXML:edXMLBody"]
    assert inside["edXML:edXMLHeader"] == ["edXML:MessageHeader", "edXML:TraceHeaderList"]
    assert inside["edXML:MessageHeader"] == [f"edXML:{name}" for name in names.HEADER]
    assert inside["edXML:From"] == [f"edXML:{name}" for name, _ in names.PARTY]
    assert inside["edXML:TraceHeaderList"] == ["edXML:TraceHeader", "edXML:Bussiness"]
    assert inside["Attachment"][-1] == "edXML:ContentTransferEncoded"
    outside = {name for name in inside if not name.startswith("edXML:")} - {"edXML"}
    assert outside == {"AttachmentEncoded", "Attachment", "ContentId", "AttachmentName", "Description", "ContentType"}

    told = parseString(text(status()))  # noqa: S318 - our own
    (header,) = told.getElementsByTagName("edXML:MessageHeader")
    assert isinstance(header, Element)
    assert _children(header) == [f"edXML:{name}" for name in names.STATUS_HEADER]
    assert not told.getElementsByTagName("edXML:TraceHeaderList")
    assert not told.getElementsByTagName("edXML:edXMLBody")


def test_the_same_message_has_the_same_bytes_and_its_file_travels_under_a_uuid(tmp_path: Path) -> None:
    message = letter(tmp_path)
    written = text(message)
    assert written == text(message)
    (encoded,) = re.findall(r'QCVN_102_2016">([A-Za-z0-9+/=]+)<', written)
    with zipfile.ZipFile(io.BytesIO(b64decode(encoded))) as archive:
        (name,) = archive.namelist()
        assert re.fullmatch(r"[0-9a-f-]{36}\.pdf", name)
        assert archive.read(name) == PDF


_RECALL = Business("recall", "Sai thể thức")
_WRONG = {
    "from.name": {"sender": Party("H48")},
    "from.code": {"sender": Party("", "UBND")},
    "to": {"recipients": ()},
    "document_id": {"document_id": ""},
    "number": {"number": ""},
    "issued_on": {"issued_on": None},
    "document_type.name": {"document_type": Message(sender=Party("H48")).document_type},
    "signer.name": {"signer": Message(sender=Party("H48")).signer},
    "subject": {"subject": "a\x00b"},
    "priority": {"priority": 5},
    "attachments": {"attachments": ()},
    "business.reason": {"business": Business("recall")},
    "reply_to": {"business": _RECALL, "reply_to": ()},
    "business.document_id": {"business": Business("update", "Sửa ngày")},
    "business.replacements": {"business": Business("replace", "Nhầm", replacements=(Replacement(""),))},
    "business.receivers": {"business": replace(_RECALL, receivers=(Receiver("H48", is_added=True),))},
    "business_type": {"business": Business("burn", "x")},
}


@pytest.mark.parametrize("what", sorted(_WRONG))
def test_nothing_that_lacks_what_it_needs_is_written(what: str, tmp_path: Path) -> None:
    target = io.BytesIO()
    changes = _WRONG[what]
    with pytest.raises(ExchangeRefused) as refused:
        writer.write(replace(letter(tmp_path), **changes), target)  # type: ignore[arg-type]
    assert refused.value.code in ("edxml.value_missing", "edxml.value_wrong")
    assert refused.value.data["what"] == what
    assert not target.getvalue()


def test_a_status_needs_a_known_code_a_document_and_a_reason_to_refuse() -> None:
    assert refusal(lambda: text(replace(status(), code="99"))) == "edxml.value_wrong"
    assert refusal(lambda: text(replace(status("02"), description=""))) == "edxml.value_missing"
    assert refusal(lambda: text(replace(status(), at=status().at.replace(tzinfo=None)))) == "edxml.value_wrong"
    assert refusal(lambda: text(replace(status(), response_for=Reference("H48")))) == "edxml.value_missing"


def test_a_file_that_changed_since_it_was_described_is_not_sent(tmp_path: Path) -> None:
    message = letter(tmp_path)
    path = message.attachments[0].path
    assert path is not None
    path.write_bytes(PDF + b"x")
    assert refusal(lambda: text(message)) == "edxml.attachment_changed"
    path.unlink()
    assert refusal(lambda: text(message)) == "edxml.attachment_unreadable"


def test_the_kinds_of_business_are_those_of_the_envelope() -> None:
    assert BUSINESS == {"new": 0, "recall": 1, "update": 2, "replace": 3}
