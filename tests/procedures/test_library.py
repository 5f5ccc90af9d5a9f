"""The library that ships: every diagram runs, every step has its form, every form is complete in both languages."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.domain.cases import delegates
from app.domain.cases.children import CHILDREN
from app.domain.cases.duedates import DEADLINES
from app.domain.cases.notices import NOTICES
from app.domain.exchange.delegates import EXCHANGE
from app.domain.procedures import contents, effective, forms, library
from app.domain.signatures.copying import COPIES
from app.domain.signatures.delegates import SIGNATURES
from app.engine import expressions, runtime
from app.engine.declarations import Node, describe

OFFERS = (delegates.CASES, CHILDREN, DEADLINES, NOTICES, delegates.DOCUMENTS, SIGNATURES, COPIES, EXCHANGE)
PROCEDURES = library.catalogue()
FORMS = sorted(path.parent.name for path in (library.ROOT / "forms").glob("*/schema.json"))
MANIFESTS = sorted((library.ROOT / "processes").glob("**/manifest.toml"))
DIAGRAMS = sorted((library.ROOT / "processes").glob("**/process.bpmn"))
ROLES = {one["code"] for one in tomllib.loads((library.ROOT / "demo" / "roles.toml").read_text("utf-8"))["roles"]}
WIDGETS = {
    "text",
    "textarea",
    "date",
    "select",
    "radio",
    "checkboxes",
    "file",
    "units",
    "post",
    "posts",
    "decision",
    "number",
}
STARTERS = {"person", "arrival", "call"}


def test_the_library_has_the_procedures_an_office_needs_and_the_parts_they_share() -> None:
    of_an_office = {
        *("incoming_document", "outgoing_document", "internal_document", "opinion_circulation", "certified_copy"),
        *("recall_replacement", "urgent_document", "dossier_submission", "authorization", "complaint_petition"),
        *("leave_request", "group_signing", "recall_request"),
    }
    shared = {"approve_and_sign", "number_and_seal"}
    assert set(PROCEDURES) == of_an_office | shared
    assert {key for key in PROCEDURES if effective.manifest(key)["starts_with"] == "call"} == shared


@pytest.mark.parametrize("key", PROCEDURES)
def test_a_diagram_passes_the_gate_of_the_engine(key: str) -> None:
    folder = library.ROOT / "processes" / "common" / key
    tables = {path.stem: path.read_bytes() for path in folder.glob("*.dmn")}
    called = {name: _bpmn(name) for name in PROCEDURES if effective.manifest(name)["starts_with"] == "call"}
    called = {name: text for name, text in called.items() if f'calledElement="{name}"'.encode() in _bpmn(key)}
    assert runtime.parse(_bpmn(key), key, called, tables.get).process_id == key


@pytest.mark.parametrize("key", PROCEDURES)
def test_a_procedure_says_its_name_in_both_languages_and_who_starts_it(key: str) -> None:
    manifest = effective.manifest(key)
    assert all(manifest["title"][language].strip() for language in ("vi", "en"))
    assert manifest["starts_with"] in STARTERS


@pytest.mark.parametrize("key", PROCEDURES)
def test_every_operation_of_a_diagram_is_offered(key: str) -> None:
    offered = {name for offers in OFFERS for name in offers.operations}
    assert {node.operation.name for node in _nodes(key) if node.operation is not None} <= offered


@pytest.mark.parametrize("key", PROCEDURES)
def test_every_service_task_asks_for_an_operation(key: str) -> None:
    assert all(node.operation is not None for node in _nodes(key) if node.kind == "serviceTask")


@pytest.mark.parametrize("key", PROCEDURES)
def test_every_human_step_has_a_form_and_somebody_to_do_it(key: str) -> None:
    manifest = effective.manifest(key)
    for node in _nodes(key):
        if node.kind != "userTask":
            continue
        assert node.task is not None, node.id
        assert manifest["forms"][node.id] == node.task.form
        assert node.task.post is not None or node.task.role in ROLES, node.id


@pytest.mark.parametrize("key", PROCEDURES)
def test_every_expression_of_a_diagram_is_of_the_safe_language(key: str) -> None:
    for node in _nodes(key):
        for declaration in (node.task, node.operation):
            for text in () if declaration is None else declaration.expressions:
                expressions.check(text)


@pytest.mark.parametrize("key", PROCEDURES)
def test_every_parameter_a_diagram_reads_has_a_value(key: str) -> None:
    tables = (library.ROOT / "processes" / "common" / key).glob("*.dmn")
    texts = [_bpmn(key).decode(), *(path.read_text("utf-8") for path in tables)]
    read = {name for text in texts for name in re.findall(r"parameters\.(\w+)", text)}
    assert read == set(effective.manifest(key)["parameters"])


@pytest.mark.parametrize("path", MANIFESTS, ids=str)
def test_a_layer_names_only_steps_parameters_and_forms_that_exist(path: Path) -> None:
    manifest = tomllib.loads(path.read_text("utf-8"))
    common = effective.manifest(path.parent.name)
    assert set(manifest.get("forms", {})) <= set(common["forms"])
    assert set(manifest.get("parameters", {})) <= set(common["parameters"])
    assert set(manifest.get("forms", {}).values()) <= set(FORMS)


def test_no_form_lies_unused() -> None:
    used = {form for path in MANIFESTS for form in tomllib.loads(path.read_text("utf-8")).get("forms", {}).values()}
    assert used == set(FORMS)


@pytest.mark.parametrize("key", FORMS)
def test_a_form_is_a_schema_that_lets_nothing_unknown_in(key: str) -> None:
    schema = library.form(key).schema
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    assert "" not in forms.validate(schema, {"nobody_asked_for_this": "x"})
    assert forms.validate(schema, {"nobody_asked_for_this": "x"})["nobody_asked_for_this"][0] == "form.unknown_field"


@pytest.mark.parametrize("key", FORMS)
def test_every_field_has_bounds_and_a_widget(key: str) -> None:
    for name, field in library.form(key).schema["properties"].items():
        assert field["x-ui"]["widget"] in WIDGETS, name
        assert _is_bounded(field), name


@pytest.mark.parametrize("key", FORMS)
def test_every_field_has_exactly_one_place_in_the_layout(key: str) -> None:
    schema = library.form(key).schema
    placed = [name for section in schema["x-layout"] for name in section["fields"]]
    assert sorted(placed) == sorted(schema["properties"])


@pytest.mark.parametrize("key", FORMS)
def test_what_a_form_writes_is_offered(key: str) -> None:
    offered = {None} | {name for offers in OFFERS for name in offers.writers}
    assert library.form(key).schema.get("x-writes") in offered


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("key", FORMS)
def test_a_form_has_every_text_in_every_language_and_no_other(key: str, language: str) -> None:
    form = library.form(key)
    texts = form.texts[language]
    assert texts["title"].strip()
    assert texts["intro"].strip()
    assert set(texts["fields"]) == set(form.schema["properties"])
    assert set(texts["sections"]) <= {section["key"] for section in form.schema["x-layout"]}
    decides = any(field["x-ui"]["widget"] == "decision" for field in form.schema["properties"].values())
    assert ("submit" in texts) != decides
    for name, field in form.schema["properties"].items():
        said = texts["fields"][name]
        assert said["label"].strip()
        assert list(said.get("options", ())) == field.get("enum", []), name


@pytest.mark.parametrize("key", FORMS)
def test_a_form_says_the_same_things_in_both_languages(key: str) -> None:
    vietnamese, english = (_shape(library.form(key).texts[language]) for language in ("vi", "en"))
    assert vietnamese == english


@pytest.mark.parametrize(
    ("key", "decision", "onward"),
    [
        ("check_content", "content_decision", "agree"),
        ("check_form", "form_decision", "agree"),
        ("approve_document", "approval_decision", "sign"),
        ("issue_document", "issue_decision", "issue"),
        ("number_and_seal", "issue_decision", "issue"),
        ("compare_copy", "compare_decision", "agree"),
        ("sign_copy", "copy_decision", "certify"),
        ("check_dossiers", "check_decision", "agree"),
        ("approve_summary", "approval_decision", "agree"),
        ("approve_petition", "approval_decision", "agree"),
    ],
)
def test_whoever_returns_a_document_says_why(key: str, decision: str, onward: str) -> None:
    schema = library.form(key).schema
    assert forms.validate(schema, {decision: onward}) == {}
    assert forms.validate(schema, {decision: "return"}) == {"opinion": ("form.required", {})}
    assert forms.validate(schema, {decision: "return", "opinion": "Sửa lại trích yếu."}) == {}
    assert forms.validate(schema, {decision: "perhaps"})[decision][0] == "form.enum"


@pytest.mark.parametrize("key", ["register_document", "register_document_commune"])
def test_whoever_refuses_a_document_tells_the_sender_why(key: str) -> None:
    schema = library.form(key).schema
    assert forms.validate(schema, {"registration_decision": "register"}) == {}
    assert set(forms.validate(schema, {"registration_decision": "refuse"})) == {"refuse_reason", "refuse_text"}


def test_a_draft_brings_a_text_or_a_file() -> None:
    schema = library.form("draft_document").schema
    unit = "0190a3b4-0000-7000-8000-000000000001"
    draft = {"document_type": "CV", "urgency": "normal", "subject": "Chuyển đổi số", "recipients": [unit]}
    assert set(forms.validate(schema, draft)) == {"body"}
    assert forms.validate(schema, draft, has_file=True) == {}
    assert forms.validate(schema, {**draft, "body": "Thực hiện kế hoạch năm."}) == {}
    assert set(forms.validate(schema, {**draft, "body": "x" * 40_001, "field": "văn xã"})) == {"body", "field"}
    assert set(forms.validate(schema, {**draft, "file": "named but not sent.pdf"})) == {"body"}
    assert set(forms.validate(schema, {**draft, "body": "Hai\ndòng.", "field": "VX\n"})) == {"field"}


def _bpmn(key: str) -> bytes:
    layer = library.layer("common", key)
    assert layer is not None
    assert layer.bpmn is not None
    return layer.bpmn


def _nodes(key: str) -> tuple[Node, ...]:
    return describe(_bpmn(key))


def _is_bounded(field: Mapping[str, Any]) -> bool:
    if field["type"] == "array":
        return "maxItems" in field and _is_bounded(field["items"])
    return field.get("format") in {"date", "uuid"} or any(word in field for word in ("enum", "maxLength", "maximum"))


def _shape(texts: Any) -> Any:
    """The keys of nested texts, without what they say."""
    return {key: _shape(value) for key, value in texts.items()} if isinstance(texts, dict) else None


@pytest.mark.parametrize("said", list(library.contents()), ids=lambda said: f"{said[2]}/{said[0]}/{said[1]}")
def test_what_ships_is_what_a_place_may_say(said: tuple[str, str, str, dict[str, Any]]) -> None:
    kind, key, _place, content = said
    contents.check(kind, content)
    assert contents.is_key(key)
