"""What text may hold, whoever typed it: databases, PDF and XML further down all break on some of Unicode."""

import re
import unicodedata

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
_UNREADABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SEEN = frozenset("LNPS")
_HOLLOW = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols of Unicode that print nothing."""


def is_keepable(text: str) -> bool:
    """Whether every database can keep a text: no NUL, no lone surrogates."""
    return _UNKEEPABLE.search(text) is None


def is_readable(text: str) -> bool:
    """Whether a text is free of characters that stand for nothing written; line ends and tabs are writing."""
    return _UNREADABLE.search(text) is None


def is_blank(text: str) -> bool:
    """Whether nothing would be seen of a text: spaces, and marks that only steer how others are set."""
    return not any(unicodedata.category(one)[0] in _SEEN and one not in _HOLLOW for one in text)


def folded(text: str) -> str:
    """A text for looking things up: small letters without marks, `đ` as `d`."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(one for one in plain if not unicodedata.combining(one))
