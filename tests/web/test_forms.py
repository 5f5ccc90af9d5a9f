"""What a browser posts becomes typed answers, and nothing typed is lost on the way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.web import forms

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["subject", "content_decision"],
    "properties": {
        "subject": {"type": "string"},
        "body": {"type": "string", "x-ui": {"widget": "textarea"}},
        "due_on": {"type": "string", "format": "date"},
        "copies": {"type": "integer"},
        "amount": {"type": "number"},
        "answer_wanted": {"type": "boolean"},
        "recipients": {"type": "array", "items": {"type": "string"}},
        "file": {"type": "string", "x-ui": {"widget": "file"}},
        "content_decision": {"type": "string", "enum": ["return", "agree"]},
    },
    "x-layout": [{"title": "content", "fields": ["subject", "content_decision"]}],
}


def read(*pairs: tuple[str, str]) -> dict[str, Any]:
    return forms.answers(SCHEMA, MultiDict(list(pairs)))


def test_blanks_are_absent_and_an_unticked_box_is_false() -> None:
    assert read(("subject", "  "), ("due_on", "")) == {"answer_wanted": False}


def test_text_is_composed_and_trimmed_with_plain_line_ends() -> None:
    assert read(("body", " Tie\u0302m pho\u0300ng\r\ngia su\u0301c "))["body"] == "Tiêm phòng\ngia súc"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("05/01/2026", "2026-01-05"),
        ("5/1/2026", "2026-01-05"),
        ("05-01-2026", "2026-01-05"),
        ("05012026", "2026-01-05"),
        ("2026-01-05", "2026-01-05"),
        ("20260105", "20260105"),
        ("31/02/2026", "31/02/2026"),
        ("ngày mai", "ngày mai"),
    ],
)
def test_days_are_read_as_vietnamese_write_them(typed: str, kept: str) -> None:
    assert read(("due_on", typed))["due_on"] == kept


@pytest.mark.parametrize(
    ("typed", "kept"), [("12", 12), ("1.234", 1234), ("-3", -3), ("1.5", "1.5"), ("mười", "mười"), ("9" * 19, "9" * 19)]
)
def test_whole_numbers_are_read_and_other_text_stays(typed: str, kept: object) -> None:
    assert read(("copies", typed))["copies"] == kept


@pytest.mark.parametrize(("typed", "kept"), [("1.234,5", 1234.5), ("0,25", 0.25), ("7", 7.0), ("1,2,3", "1,2,3")])
def test_numbers_have_a_decimal_comma(typed: str, kept: object) -> None:
    assert read(("amount", typed))["amount"] == kept


def test_a_field_of_many_values_keeps_them_in_order() -> None:
    assert read(("recipients", "b"), ("recipients", ""), ("recipients", "a"))["recipients"] == ["b", "a"]


def test_a_ticked_box_is_true() -> None:
    assert read(("answer_wanted", "on"))["answer_wanted"] is True


def test_fields_the_form_does_not_have_are_passed_on_to_be_refused() -> None:
    found = read(("number", "99"), ("csrf_token", "secret"), ("_next", "1"))
    assert found == {"number": "99", "answer_wanted": False}


def test_a_file_field_is_never_an_answer() -> None:
    assert "file" not in read(("file", "C:\\fakepath\\cv.pdf"))


@given(st.dictionaries(st.sampled_from(sorted(SCHEMA["properties"])), st.text(max_size=40)))
def test_any_text_at_all_can_be_read(posted: dict[str, str]) -> None:
    forms.answers(SCHEMA, MultiDict(posted))
