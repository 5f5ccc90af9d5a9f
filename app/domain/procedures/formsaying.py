"""Saying all of one field of a form otherwise: words, limits, choices, what it begins with, when it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jsonschema import Draft202012Validator

from app.domain.procedures import formconditions, formkinds, formlayout, formshape, patterns
from app.domain.procedures.formconditions import Condition
from app.domain.procedures.formcontent import LANGUAGES, Content, Words, check_words, copied, label, named, tell
from app.kernel.errors import Conflict, Invalid

LIMITS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("minLength", "maxLength"),
    "long_text": ("minLength", "maxLength"),
    "number": ("minimum", "maximum"),
    "decimal": ("minimum", "maximum"),
    "many": ("minItems", "maxItems"),
    "units": ("minItems", "maxItems"),
    "posts": ("minItems", "maxItems"),
}
"""What can be limited of a field, by its kind."""
LARGEST: Final = 10**9
MOST_AT_A_GLANCE: Final = 6
UNDECIDED: Final = frozenset({"unit", "units", "post", "posts", "file", "many", ""})
"""Kinds that begin with nothing: who or what is meant differs from place to place."""


@dataclass(frozen=True)
class Said:
    """All that can be said about a field; texts by language, Vietnamese needed. An option without a value is new.

    `condition` None shows the field always; `special` leaves a condition alone that this builder cannot read.
    """

    labels: Words
    hints: Words = field(default_factory=dict)
    required: bool = False
    width: str = ""
    limits: Mapping[str, int | None] = field(default_factory=dict)
    pattern: str = ""
    options: tuple[tuple[str, Words], ...] = ()
    default: Any = None
    section: str = ""
    condition: Condition | None = None


def change(content: Mapping[str, Any], name: str, said: Said) -> Content:
    """The form with a field as somebody says it. Invalid with what is wrong by input, Conflict "builder.kept"."""
    made = copied(content)
    spec = opened(made, name)
    spec.setdefault("x-ui", {})
    check_words("label", said.labels, formshape.LONGEST["label"], needed=True)
    check_words("hint", said.hints, formshape.LONGEST["hint"], needed=False)
    for language in LANGUAGES:
        told = made["texts"][language].setdefault("fields", {}).setdefault(name, {})
        tell(told, "label", said.labels.get(language, ""))
        tell(told, "hint", said.hints.get(language, ""))
    kind = formkinds.kind(spec)
    _limit(spec, kind, said)
    if kind in formkinds.CHOSEN:
        _choose(made, name, said.options)
    _default(spec, kind, said.default)
    _say(spec["x-ui"], "width", said.width if said.width in formshape.WIDTHS[1:] else None)
    formlayout.put(made, name, said.section)
    _check_condition(made["schema"], name, said.condition)
    formconditions.settle(made["schema"], name, said.condition, required=said.required)
    if not spec["x-ui"]:
        del spec["x-ui"]
    return made


def opened(made: Content, name: str) -> Content:
    """The schema of a field to change. Invalid "builder.no_field" when there is none."""
    spec = made["schema"]["properties"].get(name)
    if spec is None:
        raise Invalid("builder.no_field", key=name)
    found: Content = spec
    return found


def _limit(spec: Content, kind: str, said: Said) -> None:
    names = LIMITS.get(kind, ())
    for name in names:
        limit = said.limits.get(name)
        if limit is not None and not (-LARGEST if name.endswith("imum") else 0) <= limit <= LARGEST:
            raise Invalid("builder.wrong", fields={name: ("builder.limit", {})})
        _say(spec, name, limit)
    low, high = (spec.get(name) for name in names) if names else (None, None)
    if low is not None and high is not None and low > high:
        raise Invalid("builder.wrong", fields={names[0]: ("builder.limits", {})})
    if kind == "text":
        if said.pattern:
            _check_pattern(said.pattern)
        _say(spec, "pattern", said.pattern or None)


def _check_pattern(pattern: str) -> None:
    try:
        patterns.check(pattern)
    except Invalid as error:
        raise Invalid("builder.wrong", fields={"pattern": (error.code, error.data)}) from error


def _choose(made: Content, name: str, options: tuple[tuple[str, Words], ...]) -> None:
    """Keep the choices in the order given; one without a Vietnamese word is taken away, a new one gets a value."""
    schema = made["schema"]
    spec = schema["properties"][name]
    old, kept = [str(one) for one in formkinds.choices(spec)], dict[str, Words]()
    for value, words in options:
        if not words.get("vi", "").strip():
            continue
        check_words("option", words, formshape.LONGEST["option"], needed=True)
        kept[value if value in old and value not in kept else named(words["vi"], {*old, *kept})] = words
    if not kept or len(kept) > formshape.MOST_CHOICES:
        raise Invalid("builder.wrong", fields={"option_vi": ("builder.choices", {"limit": formshape.MOST_CHOICES})})
    _check_steering(made, name, set(kept))
    source = spec["items"] if spec.get("type") == "array" else spec
    source["enum"] = list(kept)
    if spec["x-ui"].get("widget") == "radio" and len(kept) > MOST_AT_A_GLANCE:
        spec["x-ui"]["widget"] = "select"
    for language in LANGUAGES:
        said = {value: words[language].strip() for value, words in kept.items() if words.get(language, "").strip()}
        made["texts"][language]["fields"][name].pop("options", None)
        if said:
            made["texts"][language]["fields"][name]["options"] = said


def _check_steering(made: Content, name: str, left: set[str]) -> None:
    """Refuse to take a choice away that another field waits for."""
    fields = made["schema"]["properties"]
    shown = {one: formconditions.condition(fields[one]) for one in formconditions.depending(made["schema"], name)}
    needing = [
        one for one, rule in shown.items() if rule is not None and rule.field == name and not set(rule.values) <= left
    ]
    if needing:
        raise Conflict("builder.choice_needed", fields=", ".join(label(made, one) for one in needing))


def _default(spec: Content, kind: str, value: Any) -> None:
    patterns.check_all(spec)
    if value is not None and not Draft202012Validator(spec).is_valid(value):
        raise Invalid("builder.wrong", fields={"default": ("builder.default_wrong", {})})
    if kind not in UNDECIDED:
        _say(spec, "default", value)


def _check_condition(schema: Content, name: str, wanted: Condition | None) -> None:
    """Refuse a condition on a field that cannot decide, on values it never has, and fields that wait for each other."""
    if wanted is None:
        return
    fields = schema["properties"]
    spec = fields.get(wanted.field)
    kind = "" if spec is None else formkinds.kind(spec)
    possible = [True] if kind == "yes_no" else formkinds.choices(spec or {})
    if kind not in formkinds.STEERING or not wanted.values or not set(wanted.values) <= set(possible):
        raise Invalid("builder.wrong", fields={"condition": ("builder.condition", {})})
    seen, at = {name}, wanted.field
    while at in fields:
        if at in seen:
            raise Invalid("builder.wrong", fields={"condition": ("builder.condition_circle", {})})
        seen.add(at)
        above = formconditions.condition(fields[at])
        at = "" if above is None else above.field


def _say(part: Content, name: str, value: Any) -> None:
    if value is None:
        part.pop(name, None)
    else:
        part[name] = value
