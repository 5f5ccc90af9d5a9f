"""Identifiers of agencies in both schemes are read, compared and converted by their form."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interchange import identifiers
from interchange.errors import ExchangeRefused
from interchange.identifiers import parse


@pytest.mark.parametrize(
    ("text", "scheme", "level", "groups"),
    [
        ("000.00.00.H49", "qcvn102", 1, ("H49",)),
        ("000.00.19.H26", "qcvn102", 2, ("H26", "19")),
        ("000.01.19.H26", "qcvn102", 3, ("H26", "19", "01")),
        ("005.00.19.H26", "qcvn102", 4, ("H26", "19", "00", "005")),
        ("H49", "qd20", 1, ("H49",)),
        ("h37.02.02 ", "qd20", 3, ("H37", "02", "02")),
        ("H29.14.63", "qd20", 3, ("H29", "14", "63")),
        ("A00.00.00.A00", "qd20", 4, ("A00", "00", "00", "A00")),
        ("28.22.H17", "reversed", 3, ("H17", "22", "28")),
        ("0305211234", "registration", 1, ("0305211234",)),
    ],
)
def test_an_identifier_says_its_scheme_and_its_level(
    text: str, scheme: str, level: int, groups: tuple[str, ...]
) -> None:
    found = parse(text)
    assert (found.scheme, found.level, found.groups) == (scheme, level, groups)


@pytest.mark.parametrize("text", ["", "H", "H48..1", "H48.Đ", "000.00.00", "H48/1", "H48." + "1" * 40, "a b"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ExchangeRefused, match=r"identifier\.wrong"):
        parse(text)


def test_both_schemes_are_compared_and_converted() -> None:
    old, new, turned = parse("000.01.19.H26"), parse("H26.19.1"), parse("1.19.H26")
    assert old.is_same_as(new)
    assert new.is_same_as(turned)
    assert new.is_within(parse("000.00.00.H26"))
    assert not new.is_within(parse("H26.2"))
    assert not parse("H26.1").is_within(parse("H26.19"))
    assert identifiers.as_qd20(old).text == "H26.19.01"
    assert identifiers.as_qcvn102(new).text == "000.01.19.H26"
    assert identifiers.as_qcvn102(turned).text == "000.01.19.H26"
    assert identifiers.as_qd20(turned).text == "H26.19.1"
    for deep in ("H26.1.2.3.4", "H26.123", "0305211234", "H26.1.2.00001234"):
        with pytest.raises(ExchangeRefused, match=r"identifier\.inconvertible"):
            identifiers.as_qcvn102(parse(deep))


@example("A00.00.00.A00")
@given(st.from_regex(r"[A-Z][0-9]{2}(\.[0-9A-Z]{1,2}){0,2}(\.[0-9A-Z]{1,3})?", fullmatch=True))
def test_what_was_converted_is_still_the_same(text: str) -> None:
    one = parse(text)
    try:
        other = identifiers.as_qcvn102(one)
    except ExchangeRefused:
        return
    assert other.is_same_as(one)
    assert identifiers.as_qd20(other).is_same_as(one)
