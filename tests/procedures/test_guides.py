"""What administrators read about operations and expressions is what the product does."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.domain.cases.wellasked import problems
from app.engine import expressions, functions, performers
from app.engine.declarations import describe
from app.kernel.errors import OfficeError
from app.web import i18n
from tests.engine.diagrams import HEAD
from tests.procedures import guides
from tests.procedures.test_library import DIAGRAMS, OFFERS

CONTRACTS = {name: one for offers in OFFERS for name, one in offers.contracts.items()}


@pytest.mark.parametrize("page", ["operations", "expressions"])
def test_the_guides_are_current(page: str) -> None:
    made: str = getattr(guides, page)()

    assert (guides.DOCS / f"{page}.md").read_text("utf-8") == made, "run: python -m tests.procedures.guides"


@pytest.mark.parametrize(("text", "value"), [pair for pairs in functions.EXAMPLES.values() for pair in pairs])
def test_every_example_has_the_value_that_is_shown(text: str, value: Any) -> None:
    assert expressions.evaluate(text, {}) == value


@pytest.mark.parametrize("text", performers.EXAMPLES.values())
def test_every_example_of_a_performer_is_one(text: str) -> None:
    found = expressions.evaluate(text, {"unit_id": "u", "drafting_unit_id": "d"}, performer=True)

    assert found["by"] in {"role", "post", "head", "did", "superior", "first"}


def test_every_function_is_shown_and_explained() -> None:
    assert set(functions.EXAMPLES) == set(functions.FUNCTIONS)
    assert set(performers.EXAMPLES) == set(performers.PERFORMERS)


@pytest.mark.parametrize("name", CONTRACTS)
def test_an_operation_says_what_it_takes_and_gives_and_what_it_is_for(name: str) -> None:
    one = CONTRACTS[name]
    for schema in (one.takes, one.gives):
        Draft202012Validator.check_schema(schema)
        assert schema["additionalProperties"] is False
    for language in i18n.LOCALES:
        known = i18n.catalogue(language)
        wanted = [f"operation.{name}", f"operation.text.{name}", *(f"operation.param.{param}" for param in one.params)]
        assert [key for key in wanted if key not in known] == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=str)
def test_every_diagram_of_the_library_asks_for_operations_as_they_want_to_be_asked(path: Path) -> None:
    assert problems(describe(path.read_bytes()), CONTRACTS) == []


def _problems(operation: str, *, after: str = "") -> list[tuple[str, str]]:
    task = f'<bpmn:serviceTask id="a"><bpmn:extensionElements>{operation}</bpmn:extensionElements></bpmn:serviceTask>'
    xml = f'{HEAD}<bpmn:process id="p">{task}{after}</bpmn:process></bpmn:definitions>'
    found: list[OfficeError] = problems(describe(xml.encode()), CONTRACTS)
    assert all(one.data["node"] for one in found)
    return [(one.code, str(one.data.get("field", ""))) for one in found]


def test_an_operation_that_nobody_offers_is_found_before_it_runs() -> None:
    assert _problems('<eo:operation name="cases.fly"/>') == [("operation.not_offered", "")]


def test_missing_unknown_and_wrong_parameters_are_found_before_they_are_given() -> None:
    params = "<eo:param name='status' value='\"07\"'/><eo:param name='colour' value='x'/>"
    assert _problems(f'<eo:operation name="exchange.report">{params}</eo:operation>') == [
        ("operation.param_unknown", "colour"),
        ("operation.param_value", "status"),
    ]
    assert _problems('<eo:operation name="exchange.report"/>') == [("operation.param_missing", "status")]


def test_what_an_answer_does_not_have_cannot_be_asked_of_it() -> None:
    after = '<bpmn:userTask id="b"><bpmn:extensionElements><eo:task deadline="told.due_on"/>{}</bpmn:extensionElements>'
    use = after.format("") + "</bpmn:userTask>"
    asked = '<eo:operation name="cases.set_deadline" result="told"><eo:param name="days" value="{}"/></eo:operation>'
    assert _problems(asked.format("3"), after=use) == []
    assert _problems(asked.format("3"), after=use.replace("due_on", "due")) == [("operation.result_unknown", "due")]
