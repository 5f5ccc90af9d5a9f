"""What people read, in their language: key catalogues, Vietnamese first, English second."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from flask import current_app, g, has_app_context, has_request_context, request

FOLDER = Path(__file__).parent / "translations"
LOCALES = ("vi", "en")
DEFAULT = "vi"
COOKIE = "eo_locale"
_PLACE = re.compile(r"\{(\w+)\}")


def t(key: str, /, **params: Any) -> str:
    """The sentence of a key in the reader's language, its {places} filled in.

    A key that no catalogue has is an error under test and is shown as it is otherwise: half a page is better than none.
    """
    sentence = catalogue(locale()).get(key)
    if sentence is None:
        if has_app_context() and current_app.testing:
            raise LookupError(key)
        return key
    return _PLACE.sub(lambda place: str(params.get(place[1], "")), sentence)


def has(key: str) -> bool:
    """Whether the reader's catalogue has a sentence for a key."""
    return key in catalogue(locale())


def locale() -> str:
    """The reader's language: what they chose for their account, else their browser's cookie, else Vietnamese."""
    if not has_request_context():
        return DEFAULT
    person = g.get("person")
    chosen = person.locale if person is not None else request.cookies.get(COOKIE)
    return chosen if chosen in LOCALES else DEFAULT


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every sentence of a language, of all its files together; a key in two files is an error."""
    found: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language, abort_invalid=True):
                if not isinstance(message.id, str) or not message.id or not message.string:
                    continue
                if message.id in found:
                    raise ValueError(f"{path.name} repeats {message.id}")
                found[message.id] = str(message.string)
    return found


def places(sentence: str) -> set[str]:
    """The names of the {places} of a sentence."""
    return set(_PLACE.findall(sentence))
