"""Vietnamese alphabetical order (thứ tự chữ cái tiếng Việt), which no database here knows by itself."""

import unicodedata

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = "\u0300\u0309\u0303\u0301\u0323"
"""Huyền, hỏi, ngã, sắc, nặng, in the order of dictionaries; a syllable without a mark comes first."""
_PLACE = {letter: f"{place:02d}" for place, letter in enumerate(ALPHABET, start=10)}


def order(text: str) -> tuple[str, str]:
    """A sorting key: letters decide (a, ă, â, b ... d, đ), then the marks of tone (CLDR, Vietnamese)."""
    letters: list[str] = []
    tones: list[str] = []
    for character in unicodedata.normalize("NFD", text.casefold()):
        if character in TONES:
            tones[-1:] = [str(TONES.index(character) + 1)]
        elif unicodedata.combining(character) and letters:
            letters[-1] = unicodedata.normalize("NFC", letters[-1] + character)
        else:
            letters.append(character)
            tones.append("0")
    return "".join(_PLACE.get(letter, f"0{letter}") for letter in letters), "".join(tones)
