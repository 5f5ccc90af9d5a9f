"""Acts on the sections (phần) of a form and on its own words; content in, content out."""

from collections.abc import Mapping
from typing import Any

from app.domain.procedures import formlayout, formshape
from app.domain.procedures.formcontent import LANGUAGES, Content, Words, check_words, copied, named, tell
from app.kernel.errors import Invalid


def add(content: Mapping[str, Any], titles: Words) -> Content:
    """The form with one more section."""
    made = copied(content)
    check_words("label", titles, formshape.LONGEST["label"], needed=True)
    key = named(titles["vi"], [one.key for one in formlayout.sections(made["schema"])])
    formlayout.add_section(made, key)
    return _titled(made, key, titles)


def change(content: Mapping[str, Any], key: str, titles: Words) -> Content:
    """The form with a section called otherwise; without a title it has no heading."""
    made = copied(content)
    check_words("label", titles, formshape.LONGEST["label"], needed=False)
    if not key or key not in {one.key for one in formlayout.sections(made["schema"])}:
        raise Invalid("builder.no_section", key=key)
    return _titled(made, key, titles)


def move(content: Mapping[str, Any], key: str, by: int) -> Content:
    """The form with a section one place up (-1) or down (1)."""
    made = copied(content)
    formlayout.move_section(made, key, by)
    return made


def remove(content: Mapping[str, Any], key: str) -> Content:
    """The form without a section; its fields go to a neighbour."""
    made = copied(content)
    formlayout.remove_section(made, key)
    for language in LANGUAGES:
        made["texts"][language].get("sections", {}).pop(key, None)
    return made


def say(content: Mapping[str, Any], said: Mapping[str, Words]) -> Content:
    """The form with its own texts: `title`, `intro` and the word on its button (`submit`)."""
    made = copied(content)
    for part in ("title", "intro", "submit"):
        check_words(part, said.get(part, {}), formshape.LONGEST.get(part, 200), needed=part == "title")
        for language in LANGUAGES:
            tell(made["texts"][language], part, said.get(part, {}).get(language, ""))
    return made


def _titled(made: Content, key: str, titles: Words) -> Content:
    for language in LANGUAGES:
        tell(made["texts"][language].setdefault("sections", {}), key, titles.get(language, ""))
    return made
