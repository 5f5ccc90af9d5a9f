"""Acts on the fields of a form (dựng biểu mẫu): adding, moving, removing, restoring; content in, content out."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from app.domain.procedures import formconditions, formkinds, formlayout, formshape
from app.domain.procedures.formcontent import LANGUAGES, Content, Words, check_words, copied, label, named
from app.domain.procedures.formsaying import opened
from app.kernel.errors import Conflict, Invalid

_RULES = ("if", "then", "else", "allOf")


def add(content: Mapping[str, Any], kind: str, labels: Words, section: str) -> tuple[Content, str]:
    """The form with one more field of a kind, last in a section; and the field's name, made of its label.

    Invalid "builder.no_kind", "builder.too_many", or with what is wrong by input.
    """
    spec = formkinds.KINDS.get(kind)
    if spec is None:
        raise Invalid("builder.no_kind")
    check_words("label", labels, formshape.LONGEST["label"], needed=True)
    name = named(labels["vi"], content.get("schema", {}).get("properties", {}))
    return _added(
        content, name, spec, {language: {"label": labels.get(language, "")} for language in LANGUAGES}, section
    )


def add_ready(content: Mapping[str, Any], name: str, section: str) -> tuple[Content, str]:
    """The form with a field of the library. Invalid "builder.no_kind", Conflict "builder.field_there"."""
    found = formkinds.ready(name)
    if found is None:
        raise Invalid("builder.no_kind")
    if name in content.get("schema", {}).get("properties", {}):
        raise Conflict("builder.field_there", key=name)
    return _added(content, name, found.spec, found.texts, section)


def move(content: Mapping[str, Any], name: str, by: int) -> Content:
    """The form with a field one place up (-1) or down (1)."""
    made = copied(content)
    opened(made, name)
    formlayout.move(made, name, by)
    return made


def remove(content: Mapping[str, Any], name: str) -> Content:
    """The form without a field. Conflict "builder.field_needed" while others are shown according to it.

    The layout still knows its place, in case it is restored; what is not there is not drawn.
    """
    made = copied(content)
    opened(made, name)
    schema = made["schema"]
    needing = formconditions.depending(schema, name)
    if needing:
        raise Conflict("builder.field_needed", fields=", ".join(label(made, one) for one in needing))
    formconditions.forget(schema, name)
    del schema["properties"][name]
    if name in schema.get("x-tells", ()):
        schema["x-tells"] = [one for one in schema["x-tells"] if one != name]
    if any(name in rule["any_of"] for rule in schema.get("x-rules", ())):
        schema["x-rules"] = _among(schema["x-rules"], schema["properties"])
    for language in LANGUAGES:
        made["texts"][language].get("fields", {}).pop(name, None)
    return made


def restore(content: Mapping[str, Any], behind: Mapping[str, Any], name: str) -> Content:
    """The form with a field as the places behind say it. Invalid "builder.no_field" when they have none."""
    made, inherited = copied(content), copied(behind)
    if name not in inherited["schema"]["properties"]:
        raise Invalid("builder.no_field", key=name)
    schema, above = made["schema"], inherited["schema"]
    if name in schema["properties"]:
        formconditions.forget(schema, name)
    else:
        formlayout.put_like(made, above, name)
    schema["properties"][name] = above["properties"][name]
    asked, shown = formconditions.is_required(above, name), formconditions.condition(above["properties"][name])
    if shown is not None and shown.field not in schema["properties"]:
        raise Conflict("builder.restore_first", field=label(inherited, shown.field))
    if asked:
        formconditions.ask(schema, name, None if name in above.get("required", ()) else shown)
    if name in above.get("x-tells", ()) and name not in schema.get("x-tells", ()):
        schema["x-tells"] = [*schema.get("x-tells", ()), name]
    if any(name in rule["any_of"] for rule in above.get("x-rules", ())):
        schema["x-rules"] = _among(above["x-rules"], schema["properties"])
    _like(schema, above)
    made["schema"] = formlayout.agreed(schema, above)
    for language in LANGUAGES:
        fields = made["texts"][language].setdefault("fields", {})
        fields[name] = inherited["texts"][language].get("fields", {}).get(name, {})
    return made


def rename(content: Mapping[str, Any], old: str, new: str) -> Content:
    """The form with a field under another key. Invalid with what is wrong by input, Conflict "builder.field_there"."""
    made = copied(content)
    opened(made, old)
    if re.fullmatch(formshape.NAME, new) is None or new == formshape.OURS:
        raise Invalid("builder.wrong", fields={"key": ("builder.key_wrong", {})})
    if new != old and new in made["schema"]["properties"]:
        raise Conflict("builder.field_there", key=new)
    formlayout.rename(made, old, new)
    layout = made["schema"].pop("x-layout", None)
    made["schema"] = formconditions.renamed(made["schema"], old, new)
    if layout is not None:
        made["schema"]["x-layout"] = layout
    for language in LANGUAGES:
        fields = made["texts"][language].get("fields", {})
        if old in fields:
            fields[new] = fields.pop(old)
    return made


def _added(
    content: Mapping[str, Any], name: str, spec: Mapping[str, Any], texts: Mapping[str, Any], section: str
) -> tuple[Content, str]:
    made = copied(content)
    fields = made["schema"]["properties"]
    if len(fields) >= formshape.MOST_FIELDS:
        raise Invalid("builder.too_many", limit=formshape.MOST_FIELDS)
    fields[name] = deepcopy(dict(spec))
    for language in LANGUAGES:
        said = {part: text for part, text in texts.get(language, {}).items() if text}
        made["texts"][language].setdefault("fields", {})[name] = said
    formlayout.put(made, name, section)
    return made, name


def _among(rules: list[Mapping[str, Any]], known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rules that ask for one of several fields, of those that are there."""
    found = ([one for one in rule["any_of"] if one in known] for rule in rules)
    return [{"any_of": names} for names in found if names]


def _like(schema: Content, above: Content) -> None:
    """What says the same in another order says it in the order of the places behind: it is no difference then."""
    for key in ("required", "x-tells"):
        if set(schema.get(key, ())) == set(above.get(key, ())):
            _take(schema, above, (key,))
    if _in_any_order(schema) == _in_any_order(above):
        _take(schema, above, _RULES)


def _take(schema: Content, above: Content, keys: tuple[str, ...]) -> None:
    for key in keys:
        schema.pop(key, None)
        if key in above:
            schema[key] = above[key]


def _in_any_order(schema: Content) -> list[str]:
    return sorted(json.dumps(_sorted(rule), sort_keys=True) for rule in formconditions.rules(schema))


def _sorted(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {key: _sorted(value) for key, value in part.items()}
    return sorted(part, key=str) if isinstance(part, list) else part
