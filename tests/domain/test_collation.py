"""Lists of names stand in the order people look them up in."""

import random
import unicodedata

import pytest

from app.domain.orgunits.collation import order

IN_ORDER = [
    "Tịnh Ấn Đông", "Tịnh Ấn Tây", "Tịnh Bắc", "Tịnh Bình", "Tịnh Châu", "Tịnh Đông", "Tịnh Giang", "Tịnh Hà",
    "Tịnh Hiệp", "Tịnh Khê", "Tịnh Minh", "Tịnh Phong", "Tịnh Sơn", "Tịnh Thọ", "Tịnh Trà",
]  # fmt: skip


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_communes_stand_as_in_a_directory(form: str) -> None:
    names = [unicodedata.normalize(form, name) for name in IN_ORDER]  # type: ignore[arg-type]
    mixed = random.Random(7).sample(names, len(names))  # noqa: S311 - any order will do
    assert sorted(mixed, key=order) == names


def test_letters_decide_before_tones_and_case_does_not_matter() -> None:
    words = ["an", "ăn", "ân", "ba", "bà", "bả", "bã", "bá", "bạ", "bách", "da", "đa", "ê", "ô", "ơ", "u", "ư"]
    backwards = [word.upper() if place % 2 else word for place, word in enumerate(words)][::-1]
    backwards.sort(key=order)
    assert [word.lower() for word in backwards] == words


@pytest.mark.parametrize("text", ["", "\u0301", "7", "\u0302\u0301a", "Sở 1"])
def test_any_text_has_a_place(text: str) -> None:
    assert sorted([order(text), order("Sở")])
