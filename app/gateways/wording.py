"""The words of a document as NĐ 30/2020 wants them, and only such words as can be printed."""

import unicodedata
from collections.abc import Collection

from app.kernel.errors import Invalid

NAMES = {
    "QĐ": "QUYẾT ĐỊNH",
    "TB": "THÔNG BÁO",
    "BC": "BÁO CÁO",
    "KH": "KẾ HOẠCH",
    "TTr": "TỜ TRÌNH",
    "GM": "GIẤY MỜI",
    "GUQ": "GIẤY ỦY QUYỀN",
}
"""Types that print their name (NĐ 30/2020, Điều 7 and Phụ lục III); a letter (công văn) has none."""
SALUTATIONS = {"GM": "Trân trọng kính mời:", "BC": "Kính gửi:", "TTr": "Kính gửi:"}
"""How a type with a name speaks to its recipients; the others only list them at the end (Phụ lục III)."""
_BEGINNINGS = ("về việc ", "v/v ")
_MOST_SHOWN = 10


def salutation(document_type: str) -> str:
    """The words before the recipients' names, none for a type that is addressed to nobody."""
    return SALUTATIONS.get(document_type, "") if document_type in NAMES else "Kính gửi:"


def about(subject: str) -> str:
    """The subject (trích yếu) of a letter begins with V/v (Phụ lục I, ô 5b)."""
    return f"V/v {_continued(_bare(subject)[1])}"


def headline(subject: str) -> str:
    """The subject under the name of a type begins with a capital letter (Phụ lục I, ô 5a)."""
    begun, bare = _bare(subject)
    return f"Về việc {_continued(bare)}" if begun else f"{bare[:1].upper()}{bare[1:]}"


def broken(agency: str) -> str:
    """An agency's name as it is broken into lines: the kind of agency stands on a line of its own."""
    return agency.upper().replace("ỦY BAN NHÂN DÂN ", "ỦY BAN NHÂN DÂN\n")


def ended(text: str) -> str:
    """The words `./.` end the text of a document."""
    return text if text.endswith("./.") else f"{text.rstrip('. ')}./."


def printable(text: str, letters: Collection[int]) -> str:
    """The text as the font can print it: composed, without what is invisible anyway.

    Errors: Invalid "document.unprintable" with the characters that would be missing on paper.
    """
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(
        " " if one.isspace() and ord(one) not in letters else one
        for one in composed
        if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf")
    )
    missing = sorted({one for one in shown if ord(one) not in letters})
    if missing:
        raise Invalid("document.unprintable", characters=" ".join(missing[:_MOST_SHOWN]))
    return shown


def _bare(subject: str) -> tuple[bool, str]:
    """Whether a subject begins with the words that say it is one, and the rest."""
    words = " ".join(subject.split())
    begun = next((one for one in _BEGINNINGS if words.casefold().startswith(one)), "")
    return bool(begun), words[len(begun) :]


def _continued(words: str) -> str:
    """Words in the middle of a line: a small letter, unless they begin with an abbreviation."""
    return words if words[1:2].isupper() else f"{words[:1].lower()}{words[1:]}"
