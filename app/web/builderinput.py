"""What a form builder posts, read: which act it is, and all that is said about one field."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from werkzeug.datastructures import MultiDict

from app.domain.procedures import formfields, formkinds, formlayout, formsaying, formsections
from app.domain.procedures.formconditions import Condition
from app.domain.procedures.formcontent import LANGUAGES, Content, Words, label
from app.domain.procedures.formsaying import LIMITS, Said
from app.kernel.errors import Invalid
from app.web import forms

Posted = MultiDict[str, str]
Act = Callable[[Mapping[str, Any], str, Posted], tuple[Content, str]]
READY = "ready:"
STEPS = {"up": -1, "down": 1}
BETWEEN = "|"
OWN = "own"
"""The choice of a pattern that is typed rather than chosen."""


def words(posted: Posted, name: str) -> Words:
    """A text in each language."""
    return {language: forms.tidy(posted.get(f"{name}_{language}", "")) for language in LANGUAGES}


def said(content: Mapping[str, Any], name: str, posted: Posted) -> Said:
    """All that somebody says about a field. Invalid with what cannot be read, by input."""
    spec = content["schema"]["properties"].get(name, {})
    kind = formkinds.kind(spec)
    return Said(
        labels=words(posted, "label"),
        hints=words(posted, "hint"),
        required="required" in posted,
        width=posted.get("width", ""),
        limits={limit: _limit(posted, limit) for limit in LIMITS.get(kind, ())},
        pattern=_pattern(posted),
        options=tuple(_options(posted)),
        default=_default(spec, kind, posted),
        section=posted.get("section", formlayout.section_of(content["schema"], name)),
        condition=_condition(posted),
    )


def _limit(posted: Posted, name: str) -> int | None:
    text = posted.get(name, "").strip()
    if not text:
        return None
    number = forms.whole(text)
    if not isinstance(number, int):
        raise Invalid("builder.wrong", fields={name: ("builder.limit", {})})
    return number


def _pattern(posted: Posted) -> str:
    chosen = posted.get("pattern", "")
    return posted.get("pattern_own", "").strip() if chosen == OWN else chosen


def _options(posted: Posted) -> list[tuple[str, Words]]:
    columns = [posted.getlist(name) for name in ("option_value", "option_vi", "option_en")]
    rows = zip(*columns, strict=False)
    return [(value, {"vi": forms.tidy(vi), "en": forms.tidy(en)}) for value, vi, en in rows]


def _default(spec: Mapping[str, Any], kind: str, posted: Posted) -> Any:
    """What a field begins with, in the type of its schema."""
    if kind == "yes_no":
        return True if posted.get("default") else None
    typed = MultiDict([("default", posted.get("default", ""))])
    return forms.answers({"properties": {"default": spec}}, typed).get("default") if kind else None


def _condition(posted: Posted) -> Condition | None:
    """Chosen as `field|value` pairs, all of one field; "true" is yes."""
    pairs = [one.partition(BETWEEN) for one in posted.getlist("when")]
    if not pairs:
        return None
    if len({field for field, _, _ in pairs}) > 1:
        raise Invalid("builder.wrong", fields={"condition": ("builder.condition_one", {})})
    return Condition(pairs[0][0], tuple(value for _, _, value in pairs))


def _typed(content: Mapping[str, Any], wanted: Condition | None) -> Condition | None:
    """A condition with its values in the type of the field."""
    if wanted is None:
        return None
    kind = formkinds.kind(content["schema"]["properties"].get(wanted.field, {}))
    return Condition(wanted.field, (True,)) if kind == "yes_no" else wanted


def _add(content: Mapping[str, Any], _name: str, posted: Posted) -> tuple[Content, str]:
    kind, section = posted.get("kind", ""), posted.get("section", "")
    if kind.startswith(READY):
        return formfields.add_ready(content, kind.removeprefix(READY), section)
    return formfields.add(content, kind, words(posted, "label"), section)


def _change(content: Mapping[str, Any], name: str, posted: Posted) -> tuple[Content, str]:
    told = said(content, name, posted)
    typed = _typed(content, told.condition)
    return formsaying.change(content, name, Said(**{**vars(told), "condition": typed})), name


def _rename(content: Mapping[str, Any], name: str, posted: Posted) -> tuple[Content, str]:
    new = posted.get("key", "").strip()
    return formfields.rename(content, name, new), new


def _move(content: Mapping[str, Any], name: str, _posted: Posted, by: int) -> tuple[Content, str]:
    return formfields.move(content, name, by), name


def _remove(content: Mapping[str, Any], name: str, _posted: Posted) -> tuple[Content, str]:
    return formfields.remove(content, name), ""


def _words(content: Mapping[str, Any], _name: str, posted: Posted) -> tuple[Content, str]:
    return formsections.say(content, {part: words(posted, part) for part in ("title", "intro", "submit")}), ""


def _section(content: Mapping[str, Any], key: str, posted: Posted) -> tuple[Content, str]:
    titles = words(posted, "label")
    return (formsections.change(content, key, titles) if key else formsections.add(content, titles)), ""


def _move_section(content: Mapping[str, Any], key: str, _posted: Posted, by: int) -> tuple[Content, str]:
    return formsections.move(content, key, by), ""


def _remove_section(content: Mapping[str, Any], key: str, _posted: Posted) -> tuple[Content, str]:
    return formsections.remove(content, key), ""


ACTS: Mapping[str, Act] = {
    "add": _add,
    "change": _change,
    "rename": _rename,
    "remove": _remove,
    "words": _words,
    "section": _section,
    "section_remove": _remove_section,
    **{word: partial(_move, by=by) for word, by in STEPS.items()},
    **{f"section_{word}": partial(_move_section, by=by) for word, by in STEPS.items()},
}
"""What can be done with a form; each act says which field it was about in the end."""


def about(content: Mapping[str, Any], word: str, name: str) -> str:
    """What an act is about, as people call it."""
    if word.startswith("section"):
        return str(content["texts"]["vi"].get("sections", {}).get(name, ""))
    return label(content, name) if name else ""
