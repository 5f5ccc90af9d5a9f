"""Rules that need no table."""

import unicodedata

TYPES = ("CV", "QĐ", "TB", "BC", "KH", "TTr", "GM")
COPIES = frozenset({"SY", "SL", "TrS"})
"""Full copies, copies of copies and extracts (NĐ 30/2020, Điều 25)."""
URGENCIES = ("normal", "urgent", "very_urgent", "express")
ALONE = frozenset({"UBND", "HĐND"})


def stands_alone(agency: str) -> bool:
    """Whether an agency prints no superior above its name: councils and committees of every level do not.

    `agency` is its abbreviation. NĐ 30/2020, Phụ lục I, phần I, mục II.2.
    """
    return agency in ALONE


def folded(text: str) -> str:
    """Text as it is searched: lower case, without Vietnamese marks."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def notation(document_type: str, agency: str, field: str) -> str:
    """The notation (ký hiệu) of a document: `UBND-VX` for a công văn, `QĐ-UBND` for a named type.

    NĐ 30/2020, Phụ lục I, phần I, mục II.3: a công văn has no type abbreviation.
    """
    if document_type == "CV":
        return f"{agency}-{field}" if field else agency
    return f"{document_type}-{agency}"
