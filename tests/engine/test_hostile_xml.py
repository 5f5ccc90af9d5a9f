"""Documents made to harm whoever reads them."""

import pytest

from app.engine import diagram, runtime
from app.engine.declarations import describe
from app.kernel.errors import Invalid, OfficeError, TooLarge
from tests.engine.diagrams import document, ends, node, user


def _line(middle: str) -> bytes:
    return document(ends() + middle, "s > a; a > e")


def _refused(xml: bytes, code: str) -> None:
    """Whichever way a document comes in, it is refused."""
    for read in (lambda: runtime.parse(xml, "p"), lambda: describe(xml), lambda: diagram.render(xml)):
        with pytest.raises(OfficeError) as raised:
            read()
        assert raised.value.code == code


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d [<!ENTITY x "inside">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/evil.dtd">',
        '<!DOCTYPE d PUBLIC "a" "http://127.0.0.1:9/evil.dtd">',
        "<!DOCTYPE d>",
    ],
)
def test_no_document_type_comes_in(doctype: str) -> None:
    _refused(b"<?xml version='1.0'?>" + doctype.encode() + _line(user("a")), "diagram.doctype")


def test_a_billion_laughs_are_not_laughed() -> None:
    laughs = "".join(f'<!ENTITY {two} "{f"&{one};" * 10}">' for one, two in zip("abcdefgh", "bcdefghi", strict=True))
    text = node("userTask", "a", "<bpmn:documentation>&i;</bpmn:documentation>")
    xml = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "{"A" * 1000}">{laughs}]>'.encode() + _line(text)
    with pytest.raises(Invalid, match=r"diagram\.(doctype|not_xml)"):
        runtime.parse(xml, "p")


@pytest.mark.parametrize(
    "xml", [b"", b"<", b"not xml", b"\x00\x01", b"<a></b>", b'<?xml version="1.0" encoding="x"?><a/>']
)
def test_what_is_no_xml_is_refused(xml: bytes) -> None:
    _refused(xml, "diagram.not_xml")


def test_another_language_than_bpmn_is_refused() -> None:
    _refused(b'<svg xmlns="http://www.w3.org/2000/svg"/>', "diagram.not_bpmn")


@pytest.mark.parametrize(
    "xml",
    [
        b" " * 2_000_001,
        _line(user("a", inside="<x>" * 50 + "</x>" * 50)),
        _line(user("a") + "<bpmn:textAnnotation><bpmn:text/></bpmn:textAnnotation>" * 10_001),
    ],
)
def test_what_no_person_has_drawn_is_too_large(xml: bytes) -> None:
    _refused(xml, "diagram.too_large")


def test_more_steps_than_a_procedure_has_are_too_many_to_run() -> None:
    with pytest.raises(TooLarge, match=r"diagram\.too_large"):
        runtime.parse(_line(user("a") + "".join(user(f"u{index}") for index in range(200))), "p")
