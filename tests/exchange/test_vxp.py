"""The headers of the national axis: nobody without the secret can say or change a word of them."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO

import pytest

from interchange import axiscodes, vxp
from interchange.errors import ExchangeRefused, ExchangeUnavailable

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
SAID = {"systemid": "a1", "timestamp": vxp.stamp(NOW), "messagetype": "edoc", "from": "H48", "to": "H48.09"}


def test_the_hash_of_a_file_is_written_without_the_zeros_of_its_bytes() -> None:
    assert vxp.java_hex(bytes([0x00, 0x0A, 0xB0, 0x01])) == "0ab01"
    content = next(data for data in (b"%d" % i for i in range(99)) if "0" in sha256(data).hexdigest()[::2])
    written = vxp.hash_file(BytesIO(content))
    assert written != sha256(content).hexdigest()
    assert written == "".join(f"{byte:x}" for byte in sha256(content).digest())


def test_a_request_is_known_by_its_secret_and_by_no_other() -> None:
    headers = vxp.signed(SAID, "khoa")
    assert vxp.check(headers, "khoa", NOW) == SAID
    assert vxp.check({name.upper(): value for name, value in headers.items()}, "khoa", NOW) == SAID
    assert headers["XroadVnpt-version"] == "3.0.201608"
    with pytest.raises(ExchangeRefused, match=r"vxp\.signature"):
        vxp.check(headers, "khac", NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"XroadVnpt-to": "H48.10"},
        {"XroadVnpt-docId": "x"},
        {"XroadVnpt-sign-header": "{}"},
        {"XroadVnpt-sign-header": "[" * 4000},
        {"XroadVnpt-hash-header": ""},
        {"XroadVnpt-hash-header": "é"},
    ],
)
def test_no_header_may_be_another_or_stand_beside_what_was_signed(change: dict[str, str]) -> None:
    with pytest.raises(ExchangeRefused, match=r"vxp\.signature"):
        vxp.check({**vxp.signed(SAID, "khoa"), **change}, "khoa", NOW)


def test_an_old_request_is_none() -> None:
    headers = vxp.signed(SAID, "khoa")
    for later in (timedelta(minutes=6), timedelta(minutes=-6), timedelta(days=365)):
        with pytest.raises(ExchangeRefused, match=r"vxp\.timestamp"):
            vxp.check(headers, "khoa", NOW + later)


def test_what_no_header_can_carry_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ExchangeRefused, match=r"vxp\.header"):
        vxp.signed({"to": "H48\r\nX-Other: 1"}, "khoa")


@pytest.mark.parametrize("code", ["10", "18", "19", "21", "22", "23", "99"])
def test_what_an_axis_refuses_is_never_tried_again(code: str) -> None:
    refusal = axiscodes.error(code, "vì sao")
    assert isinstance(refusal, ExchangeRefused)
    assert refusal.data == {"said": "vì sao", "number": code}


def test_a_wrong_key_and_a_fault_of_the_axis_say_nothing_about_the_message() -> None:
    wrong, fault = axiscodes.error("15"), axiscodes.error("20")
    assert isinstance(wrong, ExchangeUnavailable)
    assert isinstance(fault, ExchangeUnavailable)
    assert (wrong.code, wrong.again_in, fault.is_ambiguous) == ("axis.credentials", 3600.0, True)
