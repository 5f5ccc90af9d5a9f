"""What somebody who draws may choose from (danh mục cho trình soạn), so that nobody types what there is a list of."""

from collections.abc import Iterator, Mapping
from inspect import Parameter, signature
from typing import Any

from flask import url_for

from app.domain.access import queries as access
from app.domain.cases import operations
from app.domain.cases.contracts import Contract
from app.domain.orgunits import queries as orgunits
from app.domain.procedures import drafts, layers, library, patches
from app.domain.procedures.doubts import GIVEN, told
from app.domain.procedures.drafts import Subject
from app.domain.procedures.effective import Standing
from app.domain.procedures.models import LayerDraft
from app.engine import functions, performers
from app.engine.declarations import Node, describe
from app.kernel.errors import OfficeError
from app.web.i18n import DEFAULT, has, locale, t
from app.web.placenames import Names

Choice = dict[str, Any]


def of(draft: LayerDraft, xml: str, names: Names) -> Choice:
    """The whole catalogue of a draft of a place, with names in the reader's language."""
    about = Subject(draft.kind, draft.key, draft.place)
    standing = drafts.behind(about)
    nodes, whole = _nodes(xml), _whole(about, draft.content, standing)
    return {
        "forms": [{**one, "url": _address("form", one["value"])} for one in _things(standing, "form", names)],
        "roles": [
            {"value": one.code, "label": one.name_en if locale() == "en" else one.name_vi} for one in access.roles()
        ],
        "posts": _posts(draft.place, names),
        "performers": [
            {"value": text, "label": t(f"editing.performer.{name}"), "hint": t(f"function.{name}")}
            for name, text in performers.EXAMPLES.items()
        ],
        "operations": [_operation(one) for one in operations.catalogue()],
        "processes": [
            one
            for one in _things(standing, "procedure", names)
            if one["value"] != draft.key and _begins_by_call(standing, one["value"])
        ],
        "decisions": [
            {**one, "url": _address("decision", one["value"])} for one in _things(standing, "decision", names)
        ],
        "variables": list(_variables(nodes, whole, standing)),
        "functions": [_function(name, call) for name, call in functions.FUNCTIONS.items()],
        "messages": sorted({node.name for node in nodes if node.message is not None and node.name}),
        "blocks": [{"name": _block(xml), "xml": xml} for xml in library.blocks().values()],
    }


def _whole(about: Subject, content: Mapping[str, Any], standing: Standing) -> Mapping[str, Any]:
    above = layers.thing(standing, about.kind, about.key)
    whole: Mapping[str, Any] = patches.merged({} if above is None else above.content, content)
    return whole


def _nodes(xml: str) -> tuple[Node, ...]:
    """What the diagram declares; nothing while it declares what cannot be read: the check says so."""
    try:
        return describe(xml.encode())
    except OfficeError:
        return ()


def _things(standing: Standing, kind: str, names: Names) -> list[Choice]:
    keys = sorted({one.key for one in standing if one.kind == kind})
    return [{"value": key, "label": names.title(kind, key)} for key in keys]


def _begins_by_call(standing: Standing, key: str) -> bool:
    found = layers.thing(standing, "procedure", key)
    return found is not None and "diagram" in found.content and found.content.get("starts_with") == "call"


def _address(kind: str, key: str) -> str:
    return url_for("procedures.show", key=key, kind=kind)


def _posts(place: str, names: Names) -> list[Choice]:
    """The posts of an agency; what is said for many agencies names no post of one."""
    kind, _, code = place.partition("/")
    if kind != "units":
        return []
    found = orgunits.posts_of_agency(names.known.unit(code).id)
    return [{"value": one.key, "label": f"{one.title}, {one.unit.short_name}"} for one in found]


def _operation(one: Contract) -> Choice:
    parameters, results = dict(one.takes), dict(one.gives)
    parameters["properties"] = {name: _titled(name, field) for name, field in one.takes["properties"].items()}
    return {
        "name": one.name,
        "label": _capital(t(f"operation.{one.name}")),
        "description": t(f"operation.text.{one.name}"),
        "parameters": parameters,
        "results": results,
    }


def _titled(name: str, field: Mapping[str, Any]) -> Choice:
    key = f"operation.param.{name}"
    return {**field, **({"title": _capital(t(key))} if has(key) else {})}


def _variables(nodes: tuple[Node, ...], whole: Mapping[str, Any], standing: Standing) -> Iterator[Choice]:
    """Every name a condition can ask for: what the case knows, its parameters, answers to forms, results."""
    for name, kind in GIVEN.items():
        yield {"name": name, "type": kind, "from": t("editing.from.case")}
    for name, value in whole.get("parameters", {}).items():
        yield {"name": f"parameters.{name}", "type": _type(value), "from": t("editing.from.parameters")}
    said = whole.get("forms", {})
    for node in nodes:
        form = said.get(node.id) or (node.task.form if node.task is not None else None)
        yield from _answers(form, node.name or node.id, standing)
        if node.operation is not None and node.operation.result:
            yield from _results(node.operation.name, node.operation.result, node.name or node.id)
        if node.decision is not None:
            yield {"name": node.decision.result, "type": "object", "from": node.name or node.id}


def _answers(form: str | None, step: str, standing: Standing) -> Iterator[Choice]:
    """The fields of a form that the engine is told of."""
    found = None if form is None else layers.thing(standing, "form", form)
    schema = {} if found is None else found.content.get("schema", {})
    fields = schema.get("properties", {})
    for name in told(schema):
        yield {"name": name, "type": str(fields.get(name, {}).get("type", "string")), "from": step}


def _results(operation: str, result: str, step: str) -> Iterator[Choice]:
    known = {one.name: one for one in operations.catalogue()}.get(operation)
    for name, field in () if known is None else known.gives["properties"].items():
        yield {"name": f"{result}.{name}", "type": str(field.get("type", "string")), "from": step}


def _type(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return kinds.get(type(value), "string")


def _function(name: str, call: Any) -> Choice:
    given = signature(call).parameters.values()
    written = [f"…{one.name}" if one.kind is Parameter.VAR_POSITIONAL else one.name for one in given]
    return {"name": name, "signature": f"{name}({', '.join(written)})", "text": t(f"function.{name}")}


def _block(xml: str) -> str:
    """What a block calls itself, in the reader's language."""
    said = next((node.procedure for node in describe(xml.encode()) if node.procedure is not None), {})
    return said.get("title" if locale() == DEFAULT else "title_en", "")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
