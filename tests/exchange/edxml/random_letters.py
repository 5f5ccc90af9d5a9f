"""Any message that may be written, for Hypothesis."""

from datetime import UTC, date, datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

from interchange.edxml import names
from interchange.edxml.message import (
    Business,
    DocumentType,
    Message,
    Party,
    Receiver,
    Reference,
    Replacement,
    Signer,
    Staff,
    Status,
    Trace,
)
from interchange.edxml.values import VIETNAM
from interchange.envelope import BUSINESS

_Thing = TypeVar("_Thing")


def _few(things: st.SearchStrategy[_Thing], least: int = 0) -> st.SearchStrategy[tuple[_Thing, ...]]:
    return st.lists(things, min_size=least, max_size=3).map(tuple)


_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
_TEXT = st.text(_LETTERS | st.sampled_from("<>&\"'\n\r\t]]>đềữ"), max_size=20).map(str.strip)
_WORDS = _TEXT.filter(bool)
_CODES = st.from_regex(r"H[0-9]{2}(\.[0-9]{1,2}){0,3}", fullmatch=True) | st.from_regex(
    r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.H[0-9]{2}", fullmatch=True
)
_DAYS = st.dates(date(1945, 9, 2), date(2999, 12, 31))
_MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2999, 12, 31), timezones=st.sampled_from([UTC, VIETNAM])).map(  # noqa: DTZ001 - Hypothesis adds the zone
    lambda moment: moment.replace(microsecond=0)
)
_PARTIES = st.builds(Party, _CODES, _WORDS, *([_TEXT] * 6))
_REFERENCES = st.builds(Reference, _CODES, _WORDS, _WORDS, _DAYS)
_STAFF = st.builds(Staff, _TEXT, _TEXT, _TEXT, _TEXT)
_NUMBERS = st.integers(0, 999_999_999)
_DIGITS = st.integers(0, 99).map(str)
_REPLACEMENTS = st.builds(Replacement, _WORDS, _few(_CODES))
_RECEIVERS = st.builds(Receiver, _CODES, is_added=st.booleans())
_TARGETS: dict[str, dict[str, Any]] = {
    "update": {
        "document_id": _WORDS,
        "is_content_changed": st.booleans(),
        "are_receivers_changed": st.booleans(),
        "receivers": _few(_RECEIVERS),
    },
    "replace": {"replacements": _few(_REPLACEMENTS, least=1)},
}


def _business(kind: str) -> st.SearchStrategy[Business]:
    return st.builds(
        Business,
        kind=st.just(kind),
        reason=_WORDS,
        is_paper_sent=st.booleans(),
        staff=_STAFF,
        **_TARGETS.get(kind, {}),
    )


def messages(kind: str) -> st.SearchStrategy[Message]:
    """Documents of a kind of business, without their attachments."""
    return st.builds(
        Message,
        sender=_PARTIES,
        recipients=_few(_PARTIES, least=1),
        document_id=_WORDS,
        number=_WORDS,
        notation=_WORDS,
        place=_TEXT,
        issued_on=_DAYS,
        document_type=st.builds(DocumentType, _WORDS, _DIGITS, _DIGITS),
        subject=_WORDS,
        content=_TEXT,
        signer=st.builds(Signer, _WORDS, _WORDS, _TEXT),
        due_on=st.none() | _DAYS,
        priority=st.integers(0, len(names.PRIORITIES) - 1),
        sphere=_TEXT,
        typist=_TEXT,
        amount=_NUMBERS,
        pages=_NUMBERS,
        is_direct=st.none() | st.booleans(),
        appendixes=_few(_WORDS),
        reply_to=_few(_REFERENCES, least=int(kind == "recall")),
        steering=st.integers(0, 3),
        to_places=_few(_WORDS),
        tasks=_few(_WORDS),
        application=_TEXT,
        business=_business(kind),
        traces=_few(st.builds(Trace, _CODES, _MOMENTS)),
        attachments=st.just(()),
        warnings=st.just(()),
    )


ANY_MESSAGE = st.sampled_from(sorted(BUSINESS)).flatmap(messages)
ANY_STATUS = st.builds(
    Status,
    sender=_PARTIES,
    response_for=_REFERENCES,
    code=st.sampled_from(sorted(names.STATUSES)),
    at=_MOMENTS,
    description=_WORDS,
    staff=_STAFF,
    warnings=st.just(()),
)
