"""Reading a decision table from DMN 1.1 to 1.5: checked as a whole, so that it cannot surprise a case that runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from app.engine import expressions, unary
from app.engine.decisions import NUMERIC, POLICIES, RANKED, SINGLE, TYPES, Column, Output, Rule, Table, typed
from app.engine.overlaps import overlaps, tests
from app.engine.unary import ANYTHING, Cell
from app.engine.xml import document, local, space
from app.kernel.errors import Invalid, TooLarge

MAX_RULES = 200
MAX_COLUMNS = 20
MAX_TESTS = 10_000
LANGUAGE = "eoffice"
SPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)
_EDITOR = "{http://bpmn.io/schema/dmn/biodi/"  # widths of columns
_DRAWN = frozenset({"description", "inputData", "knowledgeSource", "textAnnotation", "association", "DMNDI"})
_PARTS: dict[str, frozenset[str]] = {
    "definitions": frozenset({"decision"}),
    "decision": frozenset({"variable", "informationRequirement", "authorityRequirement", "decisionTable"}),
    "informationRequirement": frozenset({"requiredInput"}),
    "authorityRequirement": frozenset({"requiredInput", "requiredAuthority"}),
    "decisionTable": frozenset({"input", "output", "rule", "annotation"}),
    "input": frozenset({"inputExpression", "inputValues"}),
    "output": frozenset({"outputValues", "defaultOutputEntry"}),
    "rule": frozenset({"inputEntry", "outputEntry", "annotationEntry"}),
    **dict.fromkeys(
        ("inputExpression", "inputValues", "outputValues", "defaultOutputEntry", "inputEntry", "outputEntry"),
        frozenset({"text"}),
    ),
    **dict.fromkeys(("annotation", "annotationEntry"), frozenset({"text"})),
    **dict.fromkeys(("variable", "requiredInput", "requiredAuthority", "text"), frozenset()),
}
_ATTRIBUTES = frozenset(
    {"id", "name", "label", "namespace", "exporter", "exporterVersion", "typeRef", "hitPolicy", "aggregation"}
    | {"preferredOrientation", "outputLabel", "href", "expressionLanguage", "typeLanguage"}
)
_TYPES = {"long": "integer", "double": "number", "datetime": "string", "": "any"}


@dataclass(frozen=True)
class Foreign:
    """A part of a document that the engine does not know: an element, or one `attribute` of it."""

    name: str
    within: str
    element: etree._Element
    attribute: str = ""


def read(xml: bytes) -> Table:
    """The decision table of a document with one decision; Invalid "decision.*" names what is wrong with it."""
    root = document(xml)
    if local(root) != "definitions" or space(root) not in SPACES:
        raise Invalid("decision.not_dmn")
    for one in foreign(root, space(root)):
        raise Invalid("decision.element", element=one.name, within=one.within)
    found = [table for decision in parts(root, "decision") for table in parts(decision, "decisionTable")]
    if len(found) != 1 or len(parts(root, "decision")) != 1:
        raise Invalid("decision.not_one")
    table = _table(found[0])
    _check(table)
    return table


def foreign(element: etree._Element, model: str) -> Iterator[Foreign]:
    """Everything in a document that the engine does not know, and so would leave out of the decision."""
    name = local(element)
    for key, value in element.attrib.items():
        attribute = str(key)
        is_foreign = attribute.startswith("{") and not attribute.startswith(_EDITOR)
        other = attribute == "expressionLanguage" and name != "definitions" and value != LANGUAGE
        if other or is_foreign or not (attribute.startswith("{") or attribute in _ATTRIBUTES):
            yield Foreign(attribute, name, element, attribute)
    for child in element:
        if local(child) in _DRAWN and local(child) not in _PARTS[name]:
            continue
        if space(child) != model or local(child) not in _PARTS[name]:
            yield Foreign(local(child), name, child)
        else:
            yield from foreign(child, model)


def _table(element: etree._Element) -> Table:
    policy = " ".join(filter(None, [element.get("hitPolicy", "UNIQUE"), element.get("aggregation")]))
    inputs = tuple(_column(one) for one in parts(element, "input"))
    outputs = tuple(_output(one, place) for place, one in enumerate(parts(element, "output")))
    rules = parts(element, "rule")
    if policy not in POLICIES or not inputs or not outputs or not rules:
        raise Invalid("decision.table")
    if len(rules) > MAX_RULES or len(inputs) + len(outputs) > MAX_COLUMNS:
        raise TooLarge("decision.too_large", limit=MAX_RULES)
    return Table(
        inputs, outputs, tuple(_rule(rule, place, len(inputs), outputs) for place, rule in _from_1(rules)), policy
    )


def _column(element: etree._Element) -> Column:
    expression, values = parts(element, "inputExpression"), parts(element, "inputValues")
    if len(expression) != 1 or len(values) > 1:
        raise Invalid("decision.table")
    text = text_in(expression[0])
    _check_text(text, 0)
    return Column(text, _kind(expression[0]), _cell(text_in(values[0]), 0) if values else ANYTHING)


def _output(element: etree._Element, place: int) -> Output:
    values, default = parts(element, "outputValues"), parts(element, "defaultOutputEntry")
    order: tuple[Any, ...] = ()
    if values:
        text = f"[{text_in(values[0])}]"
        _check_text(text, 0)
        order = tuple(expressions.evaluate(text, {}))
    if default:
        _check_text(text_in(default[0]), 0)
    name = element.get("name") or f"output_{place + 1}"
    return Output(name, _kind(element), order, text_in(default[0]) if default else None)


def _rule(element: etree._Element, number: int, width: int, outputs: tuple[Output, ...]) -> Rule:
    tests = tuple(_cell(text_in(entry), number) for entry in parts(element, "inputEntry"))
    results = tuple(_result(text_in(entry)) for entry in parts(element, "outputEntry"))
    if len(tests) != width or len(results) != len(outputs):
        raise Invalid("decision.table")
    for text, output in zip(results, outputs, strict=True):
        _check_text(text, number)
        if not expressions.names(text):
            output.value(text, {})
    return Rule(tests, results)


def _check(table: Table) -> None:
    if tests(table) > MAX_TESTS:
        raise TooLarge("decision.too_dense", limit=MAX_TESTS)
    names = [output.name for output in table.outputs]
    lists = table.policy not in SINGLE
    wrong = (
        len(set(names)) < len(names)
        or (table.policy in RANKED and not any(output.order for output in table.outputs))
        or (table.policy.startswith("COLLECT ") and len(names) > 1)
        or (lists and any(output.default is not None for output in table.outputs))
        or (table.policy in NUMERIC and table.outputs[0].kind not in {"any", "number", "integer"})
    )
    if wrong:
        raise Invalid("decision.table")
    for output in table.outputs:
        for value in output.order:
            typed(value, output.kind)
    pair = next(overlaps(table), None) if table.policy == "UNIQUE" else None
    if pair is not None:
        raise Invalid("decision.overlap", first=pair.first, second=pair.second)


def _cell(text: str, rule: int) -> Cell:
    try:
        return unary.cell(text)
    except Invalid as error:
        raise Invalid("decision.cell", rule=rule, text=text[:200], reason=error.code) from error


def _check_text(text: str, rule: int) -> None:
    try:
        expressions.check(text)
    except Invalid as error:
        raise Invalid("decision.cell", rule=rule, text=text[:200], reason=error.code) from error


def _result(text: str) -> str:
    return "null" if text in {"", "-"} else text


def _kind(element: etree._Element) -> str:
    kind = kind_of(element)
    if kind not in TYPES:
        raise Invalid("decision.element", element=kind, within=local(element))
    return kind


def kind_of(element: etree._Element) -> str:
    """The type an element says, in our words; one that we do not know as it stands there."""
    given = element.get("typeRef", "").rpartition(":")[2].lower()
    return _TYPES.get(given, given)


def parts(element: etree._Element, name: str) -> list[etree._Element]:
    """The children of an element that have a name."""
    return [child for child in element if local(child) == name]


def text_in(element: etree._Element) -> str:
    """What is written in a cell."""
    return "".join((part.text or "") for part in parts(element, "text")).strip()


def _from_1(elements: list[etree._Element]) -> Iterator[tuple[int, etree._Element]]:
    return enumerate(elements, start=1)
