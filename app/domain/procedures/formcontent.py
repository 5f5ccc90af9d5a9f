"""The content of a form as it is worked on: copies, names made of words, and texts by language."""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, Final

from app.domain.documents.rules import folded
from app.domain.procedures import formshape
from app.kernel.errors import Invalid
from app.kernel.text import is_blank, is_readable

LANGUAGES: Final = ("vi", "en")
Content = dict[str, Any]
Words = Mapping[str, str]
"""A text by language; Vietnamese is the one that is needed."""


def copied(content: Mapping[str, Any]) -> Content:
    """A form of one's own to change, with all the parts a form has."""
    made: Content = deepcopy({"schema": content.get("schema") or {}, "texts": content.get("texts") or {}})
    made["schema"].setdefault("type", "object")
    made["schema"].setdefault("properties", {})
    for language in LANGUAGES:
        made["texts"].setdefault(language, {})
    return made


def label(content: Mapping[str, Any], name: str, language: str = "vi") -> str:
    """What a field is called; its key when it has no label."""
    texts = content.get("texts", {})
    said = texts.get(language, {}).get("fields", {}).get(name, {}) or texts.get("vi", {}).get("fields", {}).get(
        name, {}
    )
    return str(said.get("label") or name)


def named(text: str, taken: Iterable[str]) -> str:
    """A key made of words that nothing else has: `Số ngày nghỉ` is `so_ngay_nghi`."""
    plain = re.sub("[^a-z0-9]+", "_", folded(text)).strip("_")[:40].strip("_")
    stem = plain if plain[:1].isalpha() else f"f_{plain}".strip("_")
    used, number, found = {*taken, formshape.OURS}, 1, stem
    while found in used:
        number += 1
        found = f"{stem}_{number}"
    return found


def tell(texts: Content, part: str, text: str) -> None:
    """Keep a text of a form; an empty one is none."""
    if text.strip():
        texts[part] = text.strip()
    else:
        texts.pop(part, None)


def check_words(name: str, words: Words, longest: int, *, needed: bool) -> None:
    """Refuse a text that is too long, unreadable, or missing in Vietnamese: Invalid by input, `name_language`."""
    for language in LANGUAGES:
        text, place = words.get(language, ""), f"{name}_{language}"
        if len(text.strip()) > longest:
            raise Invalid(
                "builder.wrong", fields={place: ("builder.too_long", {"limit": longest, "length": len(text)})}
            )
        if not is_readable(text):
            raise Invalid("builder.wrong", fields={place: ("form.characters", {})})
    if needed and is_blank(words.get("vi", "")):
        raise Invalid("builder.wrong", fields={f"{name}_vi": ("builder.label_needed", {})})
