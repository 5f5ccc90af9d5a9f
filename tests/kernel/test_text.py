"""Which text is kept, which can be read, and which shows nothing."""

import pytest

from app.kernel.text import is_blank, is_keepable, is_readable


@pytest.mark.parametrize("text", ["", "Về việc", "dòng 1\r\n\tdòng 2", "ệ", "👍🏽", "a\u200db"])
def test_writing_is_kept_and_read(text: str) -> None:
    assert is_keepable(text)
    assert is_readable(text)


@pytest.mark.parametrize("text", ["\0", "a\ud800b", "\udfff"])
def test_nul_and_lone_surrogates_are_not_kept(text: str) -> None:
    assert not is_keepable(text)
    assert not is_readable(text)


@pytest.mark.parametrize("text", ["\x01", "\x0b", "\x1b[31m", "\x7f", "\x80", "\x9f"])
def test_control_characters_are_not_writing(text: str) -> None:
    assert is_keepable(text)
    assert not is_readable(text)


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b", "\u00a0\u2060\ufeff", "\u3164", "\u2800", "\u0301"])
def test_what_nobody_sees_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "\u200bệ", "…", "0", "√"])
def test_what_is_seen_is_not_blank(text: str) -> None:
    assert not is_blank(text)
