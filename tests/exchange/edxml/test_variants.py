"""What occurs in the wild is read as what was meant, and each deviation is named."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from interchange.edxml.message import Business, Message, Status
from tests.exchange.edxml.letters import (
    NAMESPACE,
    PDF,
    carrying,
    document,
    letter,
    office_document,
    read,
    status,
    text,
    untagged,
    zipped,
)

Change = Callable[[str], str]
_TAG = re.compile(r"(</?)((?:\w+:)?)(\w+)")
_UUID = "35cbf32d-7944-4267-a90d-7e721199c1eb"


def _small(xml: str) -> str:
    return _TAG.sub(lambda tag: tag[1] + tag[2] + tag[3].lower(), xml).replace("edXML:edxmlenv", "edXML:edXMLEnv")


def _no_prefix(xml: str) -> str:
    return xml.replace("<edXML:", "<").replace("</edXML:", "</")


def _undeclared(xml: str) -> str:
    return re.sub(r' xmlns(:edXML)?="[^"]*"', "", xml)


_FORMS: dict[str, tuple[Change, set[str]]] = {
    "as the standard says": (lambda xml: xml, set()),
    "without prefixes": (_no_prefix, set()),
    "with another prefix": (lambda xml: xml.replace("edXML:", "ns0:").replace("xmlns:edXML", "xmlns:ns0"), set()),
    "with a prefix that nobody declared": (_undeclared, {"namespace_missing"}),
    "in the namespace of e-doc": (
        lambda xml: xml.replace(NAMESPACE, "http://www.e-doc.vn/Schema/"),
        {"namespace_legacy"},
    ),
    "in the namespace of go.vn": (lambda xml: xml.replace(NAMESPACE, "http://www.go.vn/eDoc"), {"namespace_legacy"}),
    "in another namespace": (lambda xml: xml.replace(NAMESPACE, "urn:x"), {"namespace_unknown"}),
    "in small letters": (_small, {"letter_case"}),
    "with dates in the order of speech": (
        lambda xml: xml.replace(">2025/08/06<", ">6/8/2025<").replace(">2025/08/20<", ">20-08-2025<"),
        {"date_form"},
    ),
    "with dates of a program": (
        lambda xml: xml.replace(">2025/08/06<", ">2025-08-06T00:00:00+07:00<").replace(
            "2025/08/06 08:09:10", "2025-08-06T01:09:10.123Z"
        ),
        {"date_form"},
    ),
    "with Business spelled well": (lambda xml: xml.replace("Bussiness", "Business"), {"spelling"}),
    "with number and notation as one": (
        lambda xml: xml.replace(">UBND-VX<", "><").replace("<edXML:CodeNumber>12<", "<edXML:CodeNumber>12/UBND-VX<"),
        {"number_whole"},
    ),
    "with more than is known": (
        lambda xml: xml.replace("<edXML:Subject>", "<edXML:Author>x</edXML:Author><edXML:Subject>"),
        {"element_unknown"},
    ),
    "in another order": (
        lambda xml: xml.replace("<edXML:From>", "<edXML:SteeringType>0</edXML:SteeringType><edXML:From>").replace(
            "<edXML:SteeringType>0</edXML:SteeringType>\n", ""
        ),
        {"order"},
    ),
    "with a time before the name": (
        lambda xml: xml.replace("AttachmentName>Công", "AttachmentName>1761211722949_Công"),
        {"name_time"},
    ),
    "with content ids without cid": (lambda xml: xml.replace(">cid:", ">"), set()),
    "with base64 in lines of Windows": (
        lambda xml: re.sub(r"([A-Za-z0-9+/=]{76})", "\\1&#13;\n", xml),
        set(),
    ),
    "with base64 as CDATA": (
        lambda xml: re.sub(r'(QCVN_102_2016">)(UEs[^<]*)<', r"\1<![CDATA[\2]]><", xml),
        set(),
    ),
    "with an instruction and a comment": (
        lambda xml: xml.replace("<edXML xmlns", "<?xml-stylesheet href='x'?><!-- a --><edXML xmlns"),
        {"instruction"},
    ),
    "after a byte order mark": (lambda xml: "\ufeff" + xml, set()),
    "without the root": (
        lambda xml: (
            re.sub(r"</?edXML[^:a-zA-Z][^>]*>|</edXML>|<\?xml.*\?>", "", xml)
            .strip()
            .replace("</edXML:edXMLEnvelope>", "")
            + "</edXML:edXMLEnvelope>"
        ),
        {"root", "namespace_missing"},
    ),
}


@pytest.mark.parametrize("form", sorted(_FORMS))
def test_a_letter_is_the_same_in_every_form(form: str, tmp_path: Path) -> None:
    change, odd = _FORMS[form]
    meant = letter(tmp_path / "files")
    changed = change(text(meant))
    assert form == "as the standard says" or changed != text(meant)
    found = document(changed, tmp_path)
    assert found.warnings == tuple(f"edxml.odd.{one}" for one in _ordered(found, odd))
    content_id = found.attachments[0].content_id
    assert replace(found, warnings=()) == replace(
        meant, attachments=(replace(meant.attachments[0], content_id=content_id),)
    )


def _ordered(found: Message, odd: set[str]) -> list[str]:
    """The expected codes, in whatever order they were found."""
    names = [one.removeprefix("edxml.odd.") for one in found.warnings]
    return sorted(odd, key=lambda one: names.index(one) if one in names else len(names))


_BYTES: dict[str, tuple[bytes, str, str, set[str]]] = {
    "a zip called a PDF, as of 2025": (zipped((f"{_UUID}.pdf", PDF)), "a.pdf", "application/pdf", {"declared_type"}),
    "plain base64, as .NET does": (PDF, "a.pdf", "application/pdf", {"not_zipped"}),
    "a plain .docx, which is a zip itself": (office_document(), "a.docx", "application/zip", {"not_zipped"}),
    "a plain .xlsx": (
        zipped(("[Content_Types].xml", b"<T/>"), ("xl/workbook.xml", b"<w/>")),
        "a.xlsx",
        "x",
        {"not_zipped"},
    ),
    "a plain .odt": (
        zipped(("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<o/>")),
        "a.odt",
        "application/vnd.oasis.opendocument.text",
        {"not_zipped"},
    ),
    "a plain zip of many files": (
        zipped(("a.pdf", PDF), ("b.pdf", PDF)),
        "a.zip",
        "application/zip",
        {"not_zipped"},
    ),
    "a program that calls itself a PDF": (
        zipped((f"{_UUID}.pdf", b"MZ" + bytes(200))),
        "a.pdf",
        "application/zip",
        {"real_type"},
    ),
}


@pytest.mark.parametrize("case", sorted(_BYTES))
def test_the_bytes_say_what_an_attachment_is(case: str, tmp_path: Path) -> None:
    data, name, declared, odd = _BYTES[case]
    xml = text(letter(tmp_path / "files", (name, PDF))).replace("application/zip", declared)
    found = document(carrying(data, xml), tmp_path)
    assert {"edxml.odd.declared_type", *found.warnings} == {
        "edxml.odd.declared_type",
        *(f"edxml.odd.{one}" for one in odd),
    }
    (one,) = found.attachments
    assert one.path is not None
    assert one.name == name
    plain = case.startswith("a zip called") or "calls itself" in case
    assert one.path.read_bytes() == ({True: PDF, False: b"MZ" + bytes(200)}["called" in case] if plain else data)
    assert one.real_type != "application/zip" or name.endswith(".zip")


def test_what_may_be_missing_may_be_missing(tmp_path: Path) -> None:
    xml = text(letter(tmp_path / "files"))
    for name in ("OrganName", "Bussiness", "SignerInfo", "OtherInfo", "edXMLBody", "DueDate", "Description", "To"):
        xml = untagged(name, xml)
    found = document(xml.replace("000.00.00.H48,2025/08/06,12/UBND-VX", f"{{{_UUID}}}"), tmp_path)
    assert (found.business, found.sender.name, found.recipients) == (Business(), "", ())
    assert found.document_id == f"{{{_UUID}}}"
    expected = "organ_name_missing to_missing business_missing signer_missing position_missing manifest_missing"
    assert set(found.warnings) == {f"edxml.odd.{one}" for one in expected.split()}


def test_the_letter_of_a_dotnet_builder_is_understood(tmp_path: Path) -> None:
    meant = letter(tmp_path / "files")
    xml = carrying(PDF, text(meant)).replace("application/zip", "application/pdf")
    xml = xml.replace("edXML:ContentTransferEncoded", "ContentTransferEncoded")
    xml = re.sub(
        r"<edXML:Reference>\s*<edXML:ContentId>(.*?)</edXML:ContentId>",
        r'<edXML:Reference xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="\1" xlink:role="XLinkRole"'
        r' xlink:type="simple">',
        xml,
    )
    attributes = 'id="a1" version="1.0" mustUnderstand="1" actor="http://schemas.xmlsoap.org/soap/actor/next"'
    xml = xml.replace("<edXML:TraceHeaderList>", f"<edXML:TraceHeaderList {attributes}>")
    xml = xml.replace("</edXML:edXMLHeader>", "<edXML:DigitalSignature/></edXML:edXMLHeader>")
    found = document(xml, tmp_path)
    assert found.warnings == ("edxml.odd.xlink", "edxml.odd.not_zipped")
    assert [one.sha256 for one in found.attachments] == [one.sha256 for one in meant.attachments]


def test_a_status_of_old_comes_in_soap(tmp_path: Path) -> None:
    inner = text(status()).split("<edXML:MessageHeader>")[1].split("</edXML:MessageHeader>")[0]
    soap = f"""<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header>
      <edXML:MessageHeader xmlns:edXML="{NAMESPACE}">{inner}</edXML:MessageHeader>
      </SOAP-ENV:Header><SOAP-ENV:Body/></SOAP-ENV:Envelope>"""
    found = read(soap, tmp_path)
    assert isinstance(found, Status)
    assert found.warnings == ("edxml.odd.soap", "edxml.odd.root")
    assert replace(found, warnings=()) == status()


def test_a_status_that_nobody_knows_is_kept(tmp_path: Path) -> None:
    for code, kept, odd in (("103", "103", "status_unknown"), ("3", "03", "status_code_short")):
        found = read(text(status()).replace(">03<", f">{code}<"), tmp_path)
        assert isinstance(found, Status)
        assert (found.code, found.warnings) == (kept, (f"edxml.odd.{odd}",))


def test_a_signature_block_is_read_over_and_said_to_prove_nothing(tmp_path: Path) -> None:
    block = "<Signature><SignedInfo><Reference URI=''/></SignedInfo><SignatureValue>x</SignatureValue></Signature>"
    xml = text(letter(tmp_path / "files")).replace("</edXML:edXMLHeader>", f"{block}</edXML:edXMLHeader>")
    assert document(xml, tmp_path).warnings == ("edxml.odd.signature_unread",)


def test_files_of_the_same_bytes_are_kept_once_and_named_twice(tmp_path: Path) -> None:
    found = document(text(letter(tmp_path / "files", ("a.pdf", PDF), ("b.pdf", PDF))), tmp_path)
    assert [one.name for one in found.attachments] == ["a.pdf", "b.pdf"]
    assert [path.name for path in (tmp_path / "inbox").iterdir()] == [found.attachments[0].sha256]
